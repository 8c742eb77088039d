//! Signature fields and their dictionaries. ISO 32000-2, 12.8; validation spec, 5.2 and 5.3.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;

use crate::format::pdf::claim::FieldLock;
use crate::format::pdf::claim::Transforms;
use crate::format::pdf::claim::date;
use crate::format::pdf::claim::key_faults;
use crate::format::pdf::claim::lock;
use crate::format::pdf::encoding::text_string;
use crate::format::pdf::fault::Error;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::fault::Faults;
use crate::format::pdf::field::Field;
use crate::format::pdf::field::name_of;
use crate::format::pdf::field::signature_fields;
use crate::format::pdf::file::File;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Key;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::range::Contents;
use crate::format::pdf::range::Place;
use crate::format::pdf::range::SignedRange;
use crate::format::pdf::range::judge;
use crate::format::pdf::revision::Entry;
use crate::format::pdf::view::View;

/// One signature or document timestamp: a field with a value, or a dictionary that no field holds (SF-1).
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The fully qualified field name; `None` for an orphan.
    pub name: Option<String>,
    /// The field's own object, if it is one.
    pub field: Option<ObjectId>,
    /// The field's widget: the field itself or the first of its kids.
    pub widget: Option<ObjectId>,
    /// The object that is the signature dictionary; the field's own where `/V` is direct (SF-3).
    pub dictionary_id: ObjectId,
    /// The signature dictionary as stored in the revision that introduced it.
    pub dictionary: Dictionary,
    /// The revision that introduced the dictionary.
    pub revision: usize,
    /// `/Type`, if stored.
    pub type_name: Option<String>,
    /// `/Filter`, if stored.
    pub filter: Option<String>,
    /// `/SubFilter`, if stored.
    pub sub_filter: Option<String>,
    /// `/ByteRange` as stored, if all its elements are integers.
    pub byte_range: Option<Vec<i64>>,
    /// `/Contents`, if it is a string.
    pub contents: Option<Contents>,
    /// `/M` as stored.
    pub claimed_time_raw: Option<Vec<u8>>,
    /// `/M` as a time; without an offset it is UTC (ISO 32000-2, 7.9.4).
    pub claimed_time: Option<Timestamp>,
    /// `/Reason`, a claim.
    pub reason: Option<String>,
    /// `/Location`, a claim.
    pub location: Option<String>,
    /// `/ContactInfo`, a claim.
    pub contact: Option<String>,
    /// `/Name`, a claim.
    pub name_claim: Option<String>,
    /// The page the field's widget stands on, counted from 0.
    pub page: Option<usize>,
    /// The widget's rectangle in points, lower left and upper right as stored.
    pub rect: Option<[f64; 4]>,
    /// The permission of a certification signature (`/Reference` with DocMDP), 1 to 3, 2 where it is not stored.
    pub doc_mdp: Option<u8>,
    /// What `/Reference` with FieldMDP locks.
    pub field_mdp: Option<FieldLock>,
    /// What the field's own `/Lock` locks.
    pub lock: Option<FieldLock>,
    /// The signed bytes, if BR-1 to BR-4 hold.
    pub range: Option<SignedRange>,
    /// What is wrong with it: BR, SF, SD, PF-9 and the rules of 5.3 (named `5.3`).
    pub faults: Vec<Fault>,
}

impl SignatureField {
    /// The bytes that the stored ByteRange names, if it has an even number of integers and all lie within the file.
    /// For the digest's mathematics only: unlike `range` this says nothing of what the signature covers.
    #[must_use]
    pub fn digest_parts<'a>(&self, bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let numbers = self.byte_range.as_deref().filter(|numbers| !numbers.is_empty() && numbers.len() % 2 == 0)?;
        let part = |pair: &[i64]| {
            let &[start, length] = pair else { return None };
            let start = usize::try_from(start).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        };
        numbers.chunks(2).map(part).collect()
    }

    /// Whether it is a document timestamp: by `/SubFilter`, whatever `/Type` says.
    #[must_use]
    pub fn is_document_timestamp(&self) -> bool {
        self.sub_filter.as_deref() == Some("ETSI.RFC3161")
    }

    /// Where the stored ByteRange ends, to sort by.
    fn stored_end(&self) -> i64 {
        let ends = self.byte_range.as_deref().unwrap_or_default().chunks(2);
        ends.map(|pair| pair.iter().fold(0, |sum: i64, &number| sum.saturating_add(number))).max().unwrap_or(i64::MAX)
    }
}

/// The signatures of a file and the names of its empty signature fields.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) signatures: Vec<SignatureField>,
    pub(crate) unsigned: Vec<String>,
}

/// Finds every signature: by the form, and among `candidates`, the live objects that look like one (SF-1).
pub(crate) fn find(file: &File<'_>, candidates: &[ObjectId], faults: &mut Faults) -> Result<Found, Error> {
    let latest = View::of(file, usize::MAX);
    let mut found = Found::default();
    let mut known: Vec<ObjectId> = Vec::new();
    let fields = match signature_fields(latest, faults) {
        Err(Error::Filter { what: "encrypted", .. }) => {
            faults.push(Fault::warn("5.6", None, "the catalog is encrypted"));
            Vec::new()
        }
        fields => fields?,
    };
    for field in fields {
        let Some(value) = field.value.as_ref() else {
            found.unsigned.push(field.name);
            continue;
        };
        let Some(id) = value.as_reference().or(field.id) else {
            faults.push(Fault::fail("SF-3", None, "a signature that is no object of its own"));
            continue;
        };
        if value.as_reference().is_some() && known.contains(&id) {
            faults.push(Fault::warn("SF-2", None, "two fields share one signature"));
            continue;
        }
        room(file, known.len())?;
        known.push(id);
        found.signatures.push(read(file, id, Some(&field))?);
    }
    for &id in candidates {
        if !known.contains(&id) {
            room(file, known.len())?;
            known.push(id);
            found.signatures.push(read(file, id, None)?);
        }
    }
    found.signatures.sort_by_key(|signature| (signature.stored_end(), signature.revision));
    compare(&mut found.signatures);
    flags(latest, &found, faults);
    pages(latest, &mut found.signatures);
    Ok(found)
}

/// Signatures of a file that cannot be read: what their dictionaries hold for the mathematics, and nothing else.
pub(crate) fn adrift(file: &File<'_>, found: &[ObjectId]) -> Result<Vec<SignatureField>, Error> {
    let bare = |signature: SignatureField| SignatureField {
        claimed_time_raw: None,
        claimed_time: None,
        reason: None,
        location: None,
        contact: None,
        name_claim: None,
        doc_mdp: None,
        field_mdp: None,
        range: None,
        faults: Vec::new(),
        ..signature
    };
    let mut signatures: Vec<SignatureField> =
        found.iter().map(|&id| read(file, id, None).map(bare)).collect::<Result<_, _>>()?;
    signatures.sort_by_key(SignatureField::stored_end);
    Ok(signatures)
}

fn room(file: &File<'_>, known: usize) -> Result<(), Error> {
    let room = u32::try_from(known).is_ok_and(|known| known < file.budget().signatures_max);
    if room { Ok(()) } else { Err(Error::Limit { rule: "LIM-2", at: 0, what: "signatures" }) }
}

/// BR-7 and BR-8, in order of the ranges' ends: no two share anything, and later ones cover earlier revisions whole.
fn compare(signatures: &mut [SignatureField]) {
    for later in 1..signatures.len() {
        let Some((before, [own, ..])) = signatures.split_at_mut_checked(later) else {
            return;
        };
        for earlier in before {
            let shared = earlier.byte_range.is_some() && earlier.byte_range == own.byte_range;
            let copied = match (&earlier.contents, &own.contents) {
                (Some(earlier), Some(own)) => {
                    earlier.value() == own.value() && !own.bytes.iter().all(|&byte| byte == 0)
                }
                (None, _) | (_, None) => false,
            };
            if shared || copied {
                let fault = Fault::fail("BR-8", None, "two signatures share /ByteRange or /Contents");
                earlier.faults.push(fault.clone());
                own.faults.push(fault);
            }
            let (Some(earlier), Some(range)) = (&earlier.range, &own.range) else {
                continue;
            };
            if range.gap().start < earlier.end() {
                let detail = "the gap is within what an earlier signature covers";
                own.faults.push(Fault::fail("BR-7", range.gap().start, detail));
            }
        }
    }
}

/// `/SigFlags` should tell that there are signatures.
fn flags(view: View<'_, '_>, found: &Found, faults: &mut Faults) {
    let flags = || {
        let form = view.value(&view.catalog().ok()?, b"AcroForm").ok()?;
        view.value(form.as_dict()?, b"SigFlags").ok()?.as_int()
    };
    if found.signatures.iter().any(|signature| signature.name.is_some()) && flags().unwrap_or(0) & 1 == 0 {
        faults.push(Fault::warn("5.2", None, "/SigFlags does not tell that there are signatures"));
    }
}

/// The page of each signature's widget: the one it names, or else the one that names it.
fn pages(view: View<'_, '_>, signatures: &mut [SignatureField]) {
    if signatures.iter().all(|signature| signature.widget.is_none()) {
        return;
    }
    let pages = view.pages().unwrap_or_default();
    let mut places: HashMap<ObjectId, usize> = HashMap::new();
    for (place, &page) in pages.iter().enumerate() {
        let annotations = || {
            let page = view.get(page).ok()??;
            let annotations = view.value(page.as_dict()?, b"Annots").ok()?;
            Some(annotations.as_array()?.iter().filter_map(Object::as_reference).collect())
        };
        for annotation in annotations().unwrap_or_else(Vec::new) {
            places.entry(annotation).or_insert(place);
        }
    }
    for signature in signatures {
        signature.page = signature.widget.and_then(|widget| {
            let named = view.get(widget).ok()??.as_dict()?.reference(b"P");
            let named = named.and_then(|named| pages.iter().position(|&page| page == named));
            places.get(&widget).copied().or(named)
        });
    }
}

/// The dictionary as its own revision stored it, with its extents.
struct Origin {
    revision: usize,
    dictionary: Dictionary,
    extent: Option<Range<usize>>,
    values: Vec<(Key, Range<usize>)>,
}

fn read(file: &File<'_>, id: ObjectId, field: Option<&Field>) -> Result<SignatureField, Error> {
    let mut faults = Vec::new();
    if field.is_none() {
        faults.push(Fault::warn("SF-1", None, "a signature that no field holds"));
    }
    let Origin { revision, dictionary, extent, values } = origin(file, id, field, &mut faults)?;
    let view = View::of(file, revision);
    let value = |key: &[u8]| view.value(&dictionary, key).unwrap_or(Object::Null);
    let name = |key: &[u8]| value(key).as_name().map(|name| String::from_utf8_lossy(name).into_owned());
    // Ciphertext claims nothing.
    let text = |key: &[u8]| value(key).as_string().filter(|_| file.sealed().is_none()).map(text_string);
    let byte_range = value(b"ByteRange");
    let token = values.iter().rfind(|(key, _)| **key == *b"Contents").map(|(_, token)| token.clone());
    let stored = value(b"Contents");
    let new = |bytes: &[u8]| Contents::new(token.unwrap_or(0..0), bytes.to_vec());
    let contents = stored.as_string().map(new);
    let place = Place {
        bytes: file.bytes(),
        revisions: file.revisions(),
        revision,
        dictionary: extent,
        contents: contents.as_ref(),
    };
    let direct = dictionary.get(b"ByteRange").is_some_and(|stored| stored.as_array().is_some());
    let range = judge(Some(&byte_range), direct, &place, &mut faults);
    if let Some(field) = field {
        alone(file, revision, id, field, &mut faults);
    }
    let sub_filter = name(b"SubFilter");
    key_faults(&dictionary, sub_filter.as_deref(), &mut faults);
    let transforms = Transforms::read(view, &dictionary, &mut faults);
    let integers = |numbers: &[Object]| numbers.iter().map(Object::as_int).collect();
    let claimed_time_raw = value(b"M").as_string().map(<[u8]>::to_vec);
    let widget = field.and_then(|field| field.widget.or(field.id));
    Ok(SignatureField {
        name: field.map(|field| field.name.clone()),
        field: field.and_then(|field| field.id),
        widget,
        dictionary_id: id,
        revision,
        type_name: name(b"Type"),
        filter: name(b"Filter"),
        sub_filter,
        byte_range: byte_range.as_array().and_then(integers),
        claimed_time: claimed_time_raw.as_deref().and_then(date),
        claimed_time_raw,
        reason: text(b"Reason"),
        location: text(b"Location"),
        contact: text(b"ContactInfo"),
        name_claim: text(b"Name"),
        page: None,
        rect: widget.and_then(|widget| rectangle(View::of(file, usize::MAX), widget)),
        doc_mdp: transforms.doc_mdp,
        field_mdp: transforms.field_mdp,
        lock: field.and_then(|field| own_lock(view, field)),
        range,
        faults,
        contents,
        dictionary,
    })
}

/// `/Lock` of the field as it stood in the signature's own revision: a later one cannot unlock anything.
fn own_lock(view: View<'_, '_>, field: &Field) -> Option<FieldLock> {
    let signed = field.id.and_then(|id| view.get(id).ok()?);
    let signed = signed.as_ref().and_then(Object::as_dict).unwrap_or(&field.dictionary);
    lock(view, view.value(signed, b"Lock").ok()?.as_dict()?)
}

fn rectangle(view: View<'_, '_>, widget: ObjectId) -> Option<[f64; 4]> {
    let widget = view.get(widget).ok()??;
    let rectangle = view.value(widget.as_dict()?, b"Rect").ok()?;
    let corners: Option<Vec<f64>> = rectangle.as_array()?.iter().map(Object::as_number).collect();
    corners?.try_into().ok()
}

/// Whether the file cut at the end of its own revision opens by itself and shows this signature in a field of the same
/// name (BR-11). The chain of sections up to there is the one that was read, if that revision's `startxref` begins it.
fn alone(file: &File<'_>, revision: usize, id: ObjectId, field: &Field, faults: &mut Vec<Fault>) {
    let own = file.revisions().get(revision);
    if own.is_none_or(|own| own.startxref != Some(own.xref)) {
        faults.push(Fault::fail("BR-11", None, "the signed part does not open by itself"));
    }
    let view = View::of(file, revision);
    let same =
        |name: &str, value: Option<&Object>| name == field.name && value.and_then(Object::as_reference) == Some(id);
    let from_below = field.id.and_then(|field| name_of(view, field));
    let from_below = from_below.is_some_and(|(name, field)| same(&name, field.get(b"V")));
    // Kids that inherit the value, or do not name their parent, are only found from above, which costs more.
    let shown = from_below || {
        let fields = signature_fields(view, &mut Faults::default()).unwrap_or_default();
        fields.iter().any(|field| same(&field.name, field.value.as_ref()))
    };
    if !shown {
        faults.push(Fault::fail("BR-11", None, "the signed part does not show this signature in its field"));
    }
}

/// Goes back from the newest entry for as long as it is a signature dictionary: the oldest is the one that was signed.
/// A later one that differs is a forgery of reason, name or time (SD-1).
fn origin(file: &File<'_>, id: ObjectId, field: Option<&Field>, faults: &mut Vec<Fault>) -> Result<Origin, Error> {
    let bare = |dictionary| Origin {
        revision: file.history(id.number).last().map_or(0, |entry| usize::from(entry.revision)),
        dictionary,
        extent: None,
        values: Vec::new(),
    };
    if let Some(Object::Dictionary(direct)) = field.and_then(|field| field.value.as_ref()) {
        faults.push(Fault::fail("SF-3", None, "a signature that is no object of its own"));
        return Ok(bare(direct.clone()));
    }
    let mut origin: Option<Origin> = None;
    let mut replaced = false;
    for entry in file.history(id.number).iter().rev() {
        let Some(older) = stored(file, entry, id)? else {
            break;
        };
        replaced |= origin.is_some_and(|newer| newer.dictionary != older.dictionary);
        origin = Some(older);
    }
    if replaced {
        faults.push(Fault::fail("SD-1", None, "the signature dictionary was replaced in a later revision"));
    }
    Ok(origin.unwrap_or_else(|| {
        faults.push(Fault::fail("SF-3", None, "a signature field's value is no signature dictionary"));
        bare(Dictionary::default())
    }))
}

/// The signature dictionary that an entry leads to, if it is one.
fn stored(file: &File<'_>, entry: &Entry, id: ObjectId) -> Result<Option<Origin>, Error> {
    let revision = usize::from(entry.revision);
    let found = match file.traced(entry) {
        Err(error @ Error::Limit { rule: "LIM-8", .. }) => return Err(error),
        Err(_) => return Ok(None),
        Ok(found) => found,
    };
    let (object, extent, values) = match found {
        // A stream is no signature dictionary.
        Some(found) if found.data.is_some() => return Ok(None),
        Some(found) => (Some(found.object), Some(found.extent), found.values),
        None => (View::of(file, revision).get(id).ok().flatten(), None, Vec::new()),
    };
    let Some(Object::Dictionary(dictionary)) = object else {
        return Ok(None);
    };
    Ok(dictionary.is_signature().then_some(Origin { revision, dictionary, extent, values }))
}
