//! One look at everything the cross-reference names: is each object where it should be, and which are signatures?
//! Validation spec, 5.1 (PF-6 to PF-11) and 5.2 (orphans).

use std::ops::Range;

use memchr::memmem;

use crate::format::pdf::fault::Error;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::fault::Faults;
use crate::format::pdf::file::File;
use crate::format::pdf::file::Length;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::revision;
use crate::format::pdf::revision::Entry;
use crate::format::pdf::revision::Revision;
use crate::format::pdf::view::View;
use crate::format::pdf::wreck::MARK;
use crate::format::pdf::xref::Slot;

/// What one look at a file found.
#[derive(Debug, Default)]
pub(crate) struct Surveyed {
    /// The live dictionaries that were looked for.
    pub(crate) candidates: Vec<ObjectId>,
    /// Bytes that belong to no object of any revision and mention a signature, with the revision that they stand in.
    pub(crate) unnamed: Vec<(usize, Range<usize>)>,
}

/// Reads every object that any revision names, once, and gives the live dictionaries that `looks_signed` picks out.
///
/// # Errors
/// Only if a budget for the whole file is used up; an unreadable object is a fault.
pub(crate) fn survey(
    file: &File<'_>,
    looks_signed: fn(&Dictionary) -> bool,
    faults: &mut Faults,
) -> Result<Surveyed, Error> {
    trailers(file, faults);
    let critical = critical(file);
    let mut candidates = Vec::new();
    let mut extents: Vec<Range<usize>> = Vec::new();
    let mut entries = file.entries().iter().peekable();
    let mut before: Option<&Entry> = None;
    while let Some(entry) = entries.next() {
        let repeated = before.is_some_and(|before| before.number == entry.number && before.slot == entry.slot);
        before = Some(entry);
        if !repeated {
            place(file, entry, faults);
        }
        let live = entries.peek().is_none_or(|next| next.number != entry.number);
        let object = match read(file, entry, &mut extents, faults) {
            Ok(Some(object)) => object,
            Ok(None) => continue,
            Err(error @ Error::Limit { rule: "LIM-8", .. }) => return Err(error),
            Err(error) => {
                unreadable(entry, &error, faults);
                continue;
            }
        };
        duplicates(entry, &object, &critical, faults);
        if let (true, Object::Dictionary(dictionary)) = (live, &object)
            && looks_signed(dictionary)
        {
            candidates.push(id(entry));
        }
    }
    let unnamed = strays(file, extents, faults);
    Ok(Surveyed { candidates, unnamed })
}

fn id(entry: &Entry) -> ObjectId {
    ObjectId { number: entry.number, generation: entry.slot.generation().unwrap_or_default() }
}

/// The object of an entry; a stream's wrong length is a fault (PF-10).
fn read(
    file: &File<'_>,
    entry: &Entry,
    extents: &mut Vec<Range<usize>>,
    faults: &mut Faults,
) -> Result<Option<Object>, Error> {
    let revision = usize::from(entry.revision);
    match entry.slot {
        Slot::Free { .. } => Ok(None),
        Slot::Packed { .. } if file.sealed().is_some() => Ok(None),
        Slot::Packed { .. } => View::of(file, revision).get(id(entry)),
        Slot::Plain { offset, .. } => {
            let Some(found) = file.plain(entry)? else {
                return Ok(None);
            };
            beyond(file, entry, found.indirect.end, faults);
            extents.push(offset..found.indirect.end);
            if found.indirect.early > 0 {
                faults.push_in(revision, Fault::warn("PF-6", offset, "white space before an object"));
            }
            match found.length {
                Length::Exact => {}
                Length::Spaced => {
                    faults.push_in(revision, Fault::warn("PF-10", offset, "white space before endstream"));
                }
                Length::Wrong => {
                    faults.push_in(revision, Fault::fail("PF-10", offset, "/Length does not lead to endstream"));
                }
            }
            Ok(Some(found.indirect.object))
        }
    }
}

fn unreadable(entry: &Entry, error: &Error, faults: &mut Faults) {
    let detail = format!("object {} cannot be read: {error}", entry.number);
    let rule = if matches!(error, Error::Limit { .. }) { error.rule() } else { "PF-6" };
    faults.push_in(usize::from(entry.revision), Fault::fail(rule, error.offset(), detail));
}

/// A revision's own entries lead into the revision itself (PF-7).
fn place(file: &File<'_>, entry: &Entry, faults: &mut Faults) {
    let revision = usize::from(entry.revision);
    let (Slot::Plain { offset, .. }, Some(own)) = (entry.slot, file.revisions().get(revision)) else {
        return;
    };
    if !(own.start..own.eof).contains(&offset) {
        let detail = format!("object {} of revision {revision} lies outside of it", entry.number);
        faults.push_in(revision, Fault::warn("PF-7", offset, detail));
    }
}

/// An object that only a later revision completes was not there when its own was signed, and shows what was added (PF-7).
fn beyond(file: &File<'_>, entry: &Entry, end: usize, faults: &mut Faults) {
    let holder = revision::holding(file.revisions(), end);
    if holder > usize::from(entry.revision) {
        let detail = format!("object {} ends beyond its revision", entry.number);
        faults.push_in(holder, Fault::warn("PF-7", end, detail));
    }
}

/// Bytes of an update that belong to no object, cross-reference or comment (MD-41). Only told: nothing leads to them.
/// Those that mention a signature are given back: there may be one that was passed over (PF-3).
fn strays(file: &File<'_>, mut extents: Vec<Range<usize>>, faults: &mut Faults) -> Vec<(usize, Range<usize>)> {
    extents.extend(file.revisions().iter().map(|revision| revision.xref..revision.end));
    extents.sort_unstable_by_key(|extent| extent.start);
    let mut unnamed = Vec::new();
    for revision in file.revisions() {
        let from = extents.partition_point(|extent| extent.start < revision.start);
        let own = extents.get(from..).unwrap_or_default().iter().take_while(|extent| extent.start < revision.end);
        let (mut at, mut stray) = (revision.start, 0);
        for extent in own {
            let gap = file.bytes().get(at..extent.start).unwrap_or_default();
            stray += meant(gap);
            if memmem::find(gap, MARK).is_some() {
                unnamed.push((revision.index, at..extent.start));
            }
            at = at.max(extent.end);
        }
        if stray > 0 && revision.index > 0 {
            let detail = format!("{stray} bytes of revision {} belong to no object", revision.index);
            faults.push(Fault::warn("MD-41", revision.start, detail));
        }
    }
    unnamed
}

/// Bytes that are neither white space, a comment, nor the words that close an object.
fn meant(gap: &[u8]) -> usize {
    let lines = gap.split(|&byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::trim_ascii);
    let closes = |line: &&[u8]| matches!(*line, b"endobj" | b"endstream" | b"endstream endobj");
    lines.filter(|line| !line.starts_with(b"%") && !closes(line)).map(<[u8]>::len).sum()
}

/// Objects whose keys decide what a document is (PF-9): the catalog, its form and its security store.
fn critical(file: &File<'_>) -> Vec<ObjectId> {
    let mut critical = Vec::new();
    for revision in file.revisions() {
        critical.extend(revision.trailer.reference(b"Root"));
        if let Ok(catalog) = View::of(file, revision.index).catalog() {
            critical.extend(catalog.reference(b"AcroForm"));
            critical.extend(catalog.reference(b"DSS"));
        }
    }
    critical.sort_unstable();
    critical.dedup();
    critical
}

/// Keys given twice (PF-9).
fn duplicates(entry: &Entry, object: &Object, critical: &[ObjectId], faults: &mut Faults) {
    if !any_duplicated(object) {
        return;
    }
    let decides = |dictionary: &Dictionary| {
        matches!(dictionary.name(b"Type"), Some(b"Catalog" | b"Pages" | b"Page" | b"Sig" | b"DocTimeStamp"))
            || [&b"FT"[..], b"ByteRange", b"Kids"].into_iter().any(|key| dictionary.has(key))
    };
    let at = match entry.slot {
        Slot::Plain { offset, .. } => Some(offset),
        Slot::Free { .. } | Slot::Packed { .. } => None,
    };
    let detail = format!("object {} gives a key twice", entry.number);
    let decisive = critical.binary_search(&id(entry)).is_ok() || object.as_dict().is_some_and(decides);
    let fault = if decisive { Fault::fail("PF-9", at, detail) } else { Fault::warn("PF-9", at, detail) };
    faults.push_in(usize::from(entry.revision), fault);
}

/// As deep as the parser went, which is bounded.
fn any_duplicated(object: &Object) -> bool {
    let own = object.as_dict().is_some_and(|dictionary| dictionary.duplicated().is_some());
    own || object.children().into_iter().any(any_duplicated)
}

/// What one trailer may change of the one before (PF-8), and the version in the catalog (PF-11).
fn trailers(file: &File<'_>, faults: &mut Faults) {
    for revision in file.revisions() {
        if revision.trailer.duplicated().is_some() {
            faults.push(Fault::fail("PF-9", revision.xref, "a trailer gives a key twice"));
        }
    }
    for pair in file.revisions().windows(2) {
        let [before, after] = pair else { continue };
        let fail = |what| Fault::fail("PF-8", after.xref, what);
        if before.trailer.get(b"Encrypt") != after.trailer.get(b"Encrypt") || encryption_changed(file, before, after) {
            faults.push(fail("/Encrypt changes"));
        }
        if after.trailer.int(b"Size") < before.trailer.int(b"Size") {
            // The spec wants FAIL. PDFBox has written such files, and nothing here depends on /Size.
            faults.push(Fault::warn("PF-8", after.xref, "/Size falls"));
        }
        if before.trailer.get(b"Root") != after.trailer.get(b"Root") {
            faults.push(Fault::warn("PF-8", after.xref, "/Root changes"));
        }
        if before.first_id() != after.first_id() {
            faults.push(Fault::warn("PF-8", after.xref, "/ID[0] changes"));
        }
        let version = |revision: &Revision| {
            let catalog = View::of(file, revision.index).catalog().ok()?;
            catalog.name(b"Version").map(<[u8]>::to_vec)
        };
        if version(before).is_some_and(|before| version(after).is_none_or(|after| after < before)) {
            faults.push(Fault::warn("PF-11", after.xref, "/Version falls"));
        }
    }
}

fn encryption_changed(file: &File<'_>, before: &Revision, after: &Revision) -> bool {
    let encryption = |revision: &Revision| {
        let view = View::of(file, revision.index);
        view.value(&revision.trailer, b"Encrypt").ok()
    };
    encryption(before) != encryption(after)
}
