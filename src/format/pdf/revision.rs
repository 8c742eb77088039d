//! From the last `startxref` back to the first section: the row of revisions, and where each object is in each of them.
//! ISO 32000-2, 7.5.5–7.5.6 and Annex F; validation spec, PF-1 to PF-8.

use std::collections::HashMap;
use std::collections::HashSet;

use memchr::memmem::find;
use memchr::memmem::find_iter;
use memchr::memmem::rfind;

use crate::format::budget::Budget;
use crate::format::pdf::fault::Error;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::fault::Faults;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::is_space;
use crate::format::pdf::xref::Room;
use crate::format::pdf::xref::Section;
use crate::format::pdf::xref::Slot;

/// How far from the end `%%EOF` and `startxref` may be, and how much white space may follow (PF-2, MD-40).
const TAIL_MAX: usize = 1024;

/// One state of the file: everything from the end of the state before to its own `%%EOF`.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its place in the row, counted from 0, the oldest.
    pub index: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte after its `%%EOF` and the end-of-line after that.
    pub end: usize,
    /// The byte after its `%%EOF` itself.
    pub eof: usize,
    /// Where its newest cross-reference section is.
    pub xref: usize,
    /// The offset that its own last `startxref` gives.
    pub startxref: Option<usize>,
    /// The trailer of its newest section.
    pub trailer: Dictionary,
    /// Its own cross-reference streams and object streams.
    pub containers: Vec<ObjectId>,
    /// The object numbers it has an entry for, in order.
    pub numbers: Vec<u32>,
}

impl Revision {
    /// The first of the file's identifiers, which stays the same in every revision (PF-8).
    pub(crate) fn first_id(&self) -> Option<&[u8]> {
        self.trailer.get(b"ID")?.as_array()?.first()?.as_string()
    }
}

/// What a revision does to one object number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object: as it is now, or as it was where it is freed.
    pub id: ObjectId,
    /// What happens to it.
    pub kind: ChangeKind,
}

/// The ways a revision's cross-reference entry changes what a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Nothing ever had this number before.
    New,
    /// Something has it, and now something else may.
    Override,
    /// Nothing has it any longer.
    Freed,
    /// It is in use again after having been free, or with another generation.
    Reused,
}

/// Where one revision says that one object is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) number: u32,
    pub(crate) revision: u16,
    section: u16,
    pub(crate) slot: Slot,
}

/// What a file is made of before any object is read.
#[derive(Debug)]
pub(crate) struct Skeleton {
    pub(crate) revisions: Vec<Revision>,
    /// Sorted by number, then revision.
    pub(crate) entries: Vec<Entry>,
    pub(crate) faults: Faults,
    /// The last hidden stream of a hybrid that was read: in which revision, and where.
    hidden: Option<(usize, usize)>,
    /// Where each section ends, with the revision that it belongs to.
    ends: Vec<(usize, usize)>,
}

/// The first revision that ends no earlier than a byte; one more than there are, where none does.
pub(crate) fn holding(revisions: &[Revision], end: usize) -> usize {
    revisions.iter().position(|revision| end <= revision.eof).unwrap_or(revisions.len())
}

impl Skeleton {
    pub(crate) fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        let (revisions, entries, ends) = (Vec::new(), Vec::new(), Vec::new());
        let mut skeleton = Self { revisions, entries, faults: Faults::default(), hidden: None, ends };
        let last = skeleton.tail(bytes)?;
        let mut room = Room {
            nesting_max: budget.nesting_max,
            entries: budget.objects_max,
            inflated: usize::try_from(budget.inflated_bytes_max).unwrap_or(usize::MAX),
        };
        let sections = chain(bytes, last, budget, &mut room)?;
        let closes = Close::of_all(bytes, &sections);
        for group in skeleton.group(bytes, sections, &closes) {
            skeleton.revision(bytes, group, &closes, &mut room)?;
        }
        skeleton.beyond();
        skeleton.sort();
        skeleton.after_last(bytes);
        Ok(skeleton)
    }

    /// One revision as long as the file, with these entries and nothing else.
    pub(crate) fn of_one_revision(length: usize, entries: Vec<(u32, Slot)>) -> Self {
        let whole = Revision {
            index: 0,
            start: 0,
            end: length,
            eof: length,
            xref: 0,
            startxref: None,
            trailer: Dictionary::default(),
            containers: Vec::new(),
            numbers: Vec::new(),
        };
        let entries = entries.into_iter().map(|(number, slot)| Entry { number, revision: 0, section: 0, slot });
        let entries = entries.collect();
        let (revisions, ends) = (vec![whole], Vec::new());
        let mut skeleton = Self { revisions, entries, faults: Faults::default(), hidden: None, ends };
        skeleton.sort();
        skeleton
    }

    /// The header and the last `startxref` (PF-1, PF-2).
    fn tail(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let header = find(bytes.get(..bytes.len().min(TAIL_MAX)).unwrap_or_default(), b"%PDF-").ok_or(Error::NotPdf)?;
        if header > 0 {
            self.faults.push(Fault::fail("PF-1", 0, format!("{header} bytes before %PDF-")));
        }
        let repair = |what| Error::NeedsRepair { at: bytes.len(), what };
        let eof = rfind(bytes, b"%%EOF").unwrap_or(bytes.len());
        let before = bytes.get(..eof).unwrap_or_default();
        let mark = rfind(before, b"startxref").ok_or(repair("no startxref"))?;
        let close = Close::read(bytes, mark);
        if eof - mark > TAIL_MAX || close.is_none_or(|close| close.eof != eof + b"%%EOF".len()) {
            self.faults.push(Fault::fail("PF-2", mark, "startxref, a number and %%EOF do not end the file"));
        }
        let mut parser = Parser::new(bytes, mark + b"startxref".len(), 0);
        parser.skip_space();
        parser.unsigned().and_then(|offset| usize::try_from(offset).ok()).ok_or(repair("no number after startxref"))
    }

    /// Sections that make one revision together: a linearized file's pair, Microsoft Word's hybrid (PF-5), and a
    /// section without a `startxref` of its own with the one that comes after it.
    fn group(&mut self, bytes: &[u8], sections: Vec<Section>, closes: &Closes) -> Vec<Vec<Section>> {
        let linearized = linearized_length(bytes);
        let mut groups: Vec<Vec<Section>> = Vec::new();
        for section in sections {
            let in_base = groups.len() == 1;
            let last = groups.last().and_then(|group| Some((group.last()?, group.len())));
            let Some((before, group)) = last else {
                groups.push(vec![section]);
                continue;
            };
            let close = closes.get(&before.at).copied();
            let pair = in_base && group == 1 && section.at < before.at;
            let hybrid = in_base && section.trailer.has(b"XRefStm") && section.entries.is_empty();
            let whole = |(length, close): (usize, Close)| (close.eof..=close.end).contains(&length);
            if pair && !linearized.zip(close).is_some_and(whole) {
                let detail = "a pair of sections that is not linearized";
                self.faults.push_in(0, Fault::warn("PF-3", section.at, detail));
            } else if section.at < before.at && !pair {
                let detail = "a section's /Prev goes forward";
                self.faults.push(Fault::fail("PF-3", section.at, detail));
            }
            match groups.last_mut() {
                Some(group) if pair || hybrid || close.is_none() => group.push(section),
                Some(_) | None => groups.push(vec![section]),
            }
        }
        groups
    }

    fn revision(
        &mut self,
        bytes: &[u8],
        sections: Vec<Section>,
        closes: &Closes,
        room: &mut Room,
    ) -> Result<(), Error> {
        let index = self.revisions.len();
        let start = self.revisions.last().map_or(0, |before| before.end);
        let closes = sections.iter().filter_map(|section| closes.get(&section.at));
        let close = closes.copied().max_by_key(|close| close.end).filter(|close| close.end > start);
        let Some(newest) = sections.last() else {
            return Ok(());
        };
        let close = close.unwrap_or_else(|| {
            self.faults.push(Fault::fail("PF-3", newest.at, "a section without its own startxref and %%EOF"));
            Close { startxref: None, eof: newest.end.max(start), end: newest.end.max(start) }
        });
        self.ends.extend(sections.iter().map(|section| (index, section.end)));
        let mut containers: Vec<ObjectId> = sections.iter().filter_map(|section| section.stream).collect();
        let (xref, trailer) = (newest.at, newest.trailer.clone());
        self.place(bytes, index, &sections, room, &mut containers)?;
        let Close { startxref, eof, end } = close;
        let numbers = Vec::new();
        self.revisions.push(Revision { index, start, end, eof, xref, startxref, trailer, containers, numbers });
        Ok(())
    }

    /// Enters what the sections of one revision say, older sections first, and the hidden stream of a hybrid (PF-5).
    fn place(
        &mut self,
        bytes: &[u8],
        index: usize,
        sections: &[Section],
        room: &mut Room,
        containers: &mut Vec<ObjectId>,
    ) -> Result<(), Error> {
        let revision = u16::try_from(index).map_err(|_| too_many_revisions(0))?;
        let mut ordinal = 0;
        let mut plain: Option<HashMap<u32, Slot>> = None;
        let mut enter = |entries: &[(u32, Slot)], all: &mut Vec<Entry>| {
            let used = entries.iter().filter(|(number, _)| *number > 0);
            all.extend(used.map(|&(number, slot)| Entry { number, revision, section: ordinal, slot }));
            ordinal += 1;
        };
        for section in sections {
            enter(&section.entries, &mut self.entries);
            let Some(at) = section.offset(b"XRefStm")? else {
                continue;
            };
            let before = self.hidden.replace((index, at));
            if before.is_some_and(|(before, known)| before + 1 == index && known == at) {
                // PDFBox copies the key from the trailer before; what the stream says is already known.
                self.faults.push_in(index, Fault::warn("PF-5", section.at, "/XRefStm copied"));
                continue;
            }
            let mut hidden = Section::read(bytes, at, room)?;
            self.ends.push((index, hidden.end));
            self.faults.push_in(index, Fault::warn("PF-5", section.at, "a hybrid cross-reference"));
            let plain = plain.get_or_insert_with(|| {
                let tables = sections.iter().flat_map(|section| &section.entries);
                tables.filter(|(_, slot)| matches!(slot, Slot::Plain { .. })).copied().collect()
            });
            // Word's stream lists itself as its table does.
            let conflict = |(number, slot): &(u32, Slot)| plain.get(number).is_some_and(|known| known != slot);
            let conflicts = hidden.entries.iter().any(conflict);
            hidden.entries.retain(|(number, _)| !plain.contains_key(number));
            if conflicts {
                self.faults.push(Fault::fail("PF-5", at, "a hybrid's stream and table give the same object"));
            }
            containers.extend(hidden.stream);
            enter(&hidden.entries, &mut self.entries);
        }
        Ok(())
    }

    /// A section that only a later revision holds was not there when its own was signed (PF-3).
    fn beyond(&mut self) {
        for (revision, end) in &self.ends {
            let holder = holding(&self.revisions, *end);
            if holder > *revision {
                self.faults.push_in(holder, Fault::warn("PF-3", *end, "a section ends beyond its revision"));
            }
        }
    }

    /// Sorts the entries, keeps the newest of each revision, and gives each revision its numbers and containers.
    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| (entry.number, entry.revision, entry.section));
        let faults = &mut self.faults;
        self.entries.dedup_by(|later, kept| {
            let same = (later.number, later.revision) == (kept.number, kept.revision);
            if same && later.section == kept.section && later.slot != kept.slot {
                let detail = format!("object {} twice in one section", later.number);
                faults.push_in(usize::from(later.revision), Fault::fail("PF-6", None, detail));
            }
            if same {
                kept.section = later.section;
                kept.slot = later.slot;
            }
            same
        });
        for entry in &self.entries {
            let Some(revision) = self.revisions.get_mut(usize::from(entry.revision)) else {
                continue;
            };
            revision.numbers.push(entry.number);
        }
        self.own_containers();
    }

    /// The object streams that a revision both has and uses.
    fn own_containers(&mut self) {
        let mut used: Vec<(u16, u32)> = Vec::new();
        for entry in &self.entries {
            if let Slot::Packed { container, .. } = entry.slot
                && used.last() != Some(&(entry.revision, container))
            {
                used.push((entry.revision, container));
            }
        }
        used.sort_unstable();
        used.dedup();
        for (revision, number) in used {
            let Some(revision) = self.revisions.get_mut(usize::from(revision)) else {
                continue;
            };
            let id = ObjectId { number, generation: 0 };
            if revision.numbers.binary_search(&number).is_ok() {
                revision.containers.push(id);
            }
        }
        for revision in &mut self.revisions {
            revision.containers.sort_unstable();
            revision.containers.dedup();
        }
    }

    /// Bytes after the last revision (MD-40).
    fn after_last(&mut self, bytes: &[u8]) {
        let end = self.revisions.last().map_or(0, |last| last.end);
        let rest = bytes.get(end..).unwrap_or_default();
        if rest.len() > TAIL_MAX || !rest.iter().all(|&byte| is_space(byte)) {
            self.faults.push(Fault::fail("MD-40", end, format!("{} bytes after the last revision", rest.len())));
        } else if !rest.is_empty() {
            self.faults.push(Fault::warn("MD-40", end, format!("{} bytes of white space at the end", rest.len())));
        }
    }
}

/// `startxref`, its number and `%%EOF`.
#[derive(Clone, Copy, Debug)]
struct Close {
    startxref: Option<usize>,
    eof: usize,
    end: usize,
}

/// What closes each section, by the section's offset.
type Closes = HashMap<usize, Close>;

impl Close {
    /// What closes each section: what follows it, or else the next mark that names it, for all in one pass.
    fn of_all(bytes: &[u8], sections: &[Section]) -> Closes {
        let followed = |section: &Section| Some((section.at, Self::after(bytes, section)?));
        let mut closes: Closes = sections.iter().filter_map(followed).collect();
        if let Some((at, close)) = linearized_close(bytes, sections) {
            closes.entry(at).or_insert(close);
        }
        let open = sections.iter().filter(|section| !closes.contains_key(&section.at));
        let open: HashMap<usize, usize> = open.map(|section| (section.at, section.end)).collect();
        let from = open.values().copied().min().unwrap_or(bytes.len());
        for at in find_iter(bytes.get(from..).unwrap_or_default(), b"startxref") {
            let at = from + at;
            if let Some(close) = Self::read(bytes, at)
                && let Some(named) = close.startxref.filter(|named| open.get(named).is_some_and(|end| *end <= at))
            {
                closes.entry(named).or_insert(close);
            }
        }
        closes
    }

    /// What follows a section.
    fn after(bytes: &[u8], section: &Section) -> Option<Self> {
        let mut parser = Parser::new(bytes, section.end, 0);
        for word in [&b"endstream"[..], b"endobj"] {
            parser.skip_space();
            parser.word(word);
        }
        parser.skip_space();
        Self::read(bytes, parser.at())
    }

    /// Reads them where they have to begin, white space between and nothing else: so that no byte is read for two.
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let mut parser = Parser::new(bytes, at, 0);
        if !parser.word(b"startxref") {
            return None;
        }
        let spaces = bytes.get(parser.at()..)?.iter().take_while(|&&byte| is_space(byte)).count();
        parser.seek(parser.at() + spaces);
        let startxref = usize::try_from(parser.unsigned()?).ok();
        let rest = bytes.get(parser.at()..)?;
        let eof = parser.at() + rest.iter().take_while(|&&byte| is_space(byte)).count();
        let after = bytes.get(eof..)?.strip_prefix(b"%%EOF")?;
        let eof = eof + b"%%EOF".len();
        let end_of_line = match after {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        Some(Self { startxref, eof, end: eof + end_of_line })
    }
}

/// The sections from the last back to the first, then turned round: oldest first (PF-3).
fn chain(bytes: &[u8], last: usize, budget: &Budget, room: &mut Room) -> Result<Vec<Section>, Error> {
    let mut sections: Vec<Section> = Vec::new();
    let mut seen = HashSet::new();
    let mut next = Some(last);
    while let Some(at) = next {
        if !seen.insert(at) {
            return Err(Error::XrefLoop { at });
        }
        if u64::try_from(sections.len()).is_ok_and(|count| count >= u64::from(budget.revisions_max)) {
            return Err(too_many_revisions(at));
        }
        let section = Section::read(bytes, at, room)?;
        next = section.offset(b"Prev")?;
        sections.push(section);
    }
    sections.reverse();
    Ok(sections)
}

fn too_many_revisions(at: usize) -> Error {
    Error::Limit { rule: "LIM-2", at, what: "revisions" }
}

/// What closes a linearized base: its second section stands at the end, in front of the `startxref` of the first, and
/// some producers write a trailer of no use between.
fn linearized_close(bytes: &[u8], sections: &[Section]) -> Option<(usize, Close)> {
    let [last, first, ..] = sections else { return None };
    let length = linearized_length(bytes).filter(|length| first.at < last.at && *length > last.end)?;
    let tail = bytes.get(last.end.max(length.saturating_sub(TAIL_MAX))..length)?;
    let mark = length - tail.len() + rfind(tail, b"startxref")?;
    let close = Close::read(bytes, mark).filter(|close| (close.eof..=close.end).contains(&length))?;
    (close.startxref == Some(first.at)).then_some((last.at, close))
}

/// `/L` of a linearization dictionary, which has to be the first object.
fn linearized_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..bytes.len().min(TAIL_MAX))?;
    let start = find(head, b" obj")?;
    let digits = |at: &usize| head.get(*at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b' ');
    let start = (0..start).rev().take_while(digits).last()?;
    let first = Parser::new(bytes, start, 4).indirect().ok()?;
    let dictionary = first.object.as_dict().filter(|dictionary| dictionary.has(b"Linearized"))?;
    usize::try_from(dictionary.get(b"L").and_then(Object::as_int)?).ok()
}
