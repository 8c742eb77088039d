//! Signature fields and their dictionaries. ISO 32000-2, 12.8; validation spec, 5.2 and 5.3.

use std::ops::Range;

use jiff::Timestamp;

use crate::format::pdf::encoding::text_string;
use crate::format::pdf::fault::Error;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::fault::Faults;
use crate::format::pdf::field::Field;
use crate::format::pdf::field::name_of;
use crate::format::pdf::field::signature_fields;
use crate::format::pdf::file::File;
use crate::format::pdf::file::View;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::range::Contents;
use crate::format::pdf::range::Place;
use crate::format::pdf::range::SignedRange;
use crate::format::pdf::range::judge;
use crate::format::pdf::revision::Entry;
use crate::format::pdf::xref::Slot;

/// One signature or document timestamp: a field with a value, or a dictionary that no field holds (SF-1).
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The fully qualified field name; `None` for an orphan.
    pub name: Option<String>,
    /// The field's own object, if it is one.
    pub field: Option<ObjectId>,
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
        let numbers = self
            .byte_range
            .as_deref()
            .filter(|numbers| !numbers.is_empty() && numbers.len() % 2 == 0)?;
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
        ends.map(|pair| {
            pair.iter()
                .fold(0, |sum: i64, &number| sum.saturating_add(number))
        })
        .max()
        .unwrap_or(i64::MAX)
    }
}

/// Which fields a signature locks (`/Lock`, FieldMDP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLock {
    /// Which fields are meant.
    pub action: LockAction,
    /// Fully qualified names; empty for `All`.
    pub fields: Vec<String>,
    /// `/P` of a `/Lock`: the permission from this signature on, 1 to 3.
    pub permission: Option<u8>,
}

/// How the names of a lock are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockAction {
    /// Every field.
    All,
    /// The named fields.
    Include,
    /// Every field but the named.
    Exclude,
}

/// The signatures of a file and the names of its empty signature fields.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) signatures: Vec<SignatureField>,
    pub(crate) unsigned: Vec<String>,
}

/// Finds every signature: by the form, and among `candidates`, the live objects that look like one (SF-1).
pub(crate) fn find(
    file: &File<'_>,
    candidates: &[ObjectId],
    faults: &mut Faults,
) -> Result<Found, Error> {
    let latest = file.view(usize::MAX);
    let mut found = Found::default();
    let mut known: Vec<ObjectId> = Vec::new();
    for field in signature_fields(latest, faults)? {
        let Some(value) = field.value.as_ref() else {
            found.unsigned.push(field.name);
            continue;
        };
        let id = value.as_reference().or(field.id);
        match id {
            Some(id) if value.as_reference().is_some() && known.contains(&id) => {
                faults.push(Fault::warn("SF-2", None, "two fields share one signature"));
            }
            Some(id) => {
                room(file, known.len())?;
                known.push(id);
                found.signatures.push(read(file, id, Some(&field))?);
            }
            None => faults.push(Fault::fail(
                "SF-3",
                None,
                "a signature field without an object of its own",
            )),
        }
    }
    for &id in candidates {
        if !known.contains(&id) {
            room(file, known.len())?;
            known.push(id);
            found.signatures.push(read(file, id, None)?);
        }
    }
    found
        .signatures
        .sort_by_key(|signature| (signature.stored_end(), signature.revision));
    Ok(found)
}

/// Whether a dictionary is a signature's, wherever it is found (validation spec, 5.2).
pub(crate) fn is_signature(dictionary: &Dictionary) -> bool {
    dictionary.has(b"ByteRange")
        || matches!(dictionary.name(b"Type"), Some(b"Sig" | b"DocTimeStamp"))
        || (dictionary.has(b"Contents") && dictionary.has(b"SubFilter"))
}

fn room(file: &File<'_>, known: usize) -> Result<(), Error> {
    let room = u32::try_from(known).is_ok_and(|known| known < file.budget().signatures_max);
    if room {
        Ok(())
    } else {
        Err(Error::Limit {
            rule: "LIM-2",
            at: 0,
            what: "signatures",
        })
    }
}

/// The dictionary as its own revision stored it, with its extents.
struct Origin {
    revision: usize,
    dictionary: Dictionary,
    extent: Option<Range<usize>>,
    values: Vec<(Vec<u8>, Range<usize>)>,
}

fn read(file: &File<'_>, id: ObjectId, field: Option<&Field>) -> Result<SignatureField, Error> {
    let mut faults = Vec::new();
    if field.is_none() {
        faults.push(Fault::warn("SF-1", None, "a signature that no field holds"));
    }
    let origin = origin(file, id, field, &mut faults)?;
    let view = file.view(origin.revision);
    let dictionary = &origin.dictionary;
    let value = |key: &[u8]| view.value(dictionary, key).unwrap_or(Object::Null);
    let name = |key: &[u8]| {
        value(key)
            .as_name()
            .map(|name| String::from_utf8_lossy(name).into_owned())
    };
    let text = |key: &[u8]| value(key).as_string().map(text_string);
    let byte_range = value(b"ByteRange");
    let extent = origin
        .values
        .iter()
        .rfind(|(key, _)| key == b"Contents")
        .map(|(_, extent)| extent.clone());
    let contents = value(b"Contents")
        .as_string()
        .map(|bytes| Contents::new(extent.unwrap_or(0..0), bytes.to_vec()));
    let place = Place {
        bytes: file.bytes(),
        revisions: file.revisions(),
        revision: origin.revision,
        dictionary: origin.extent.clone(),
        contents: contents.as_ref(),
    };
    let direct = dictionary
        .get(b"ByteRange")
        .is_some_and(|stored| stored.as_array().is_some());
    let range = judge(Some(&byte_range), direct, &place, &mut faults);
    let integers = |numbers: &[Object]| numbers.iter().map(Object::as_int).collect();
    let claimed_time_raw = value(b"M").as_string().map(<[u8]>::to_vec);
    let mut signature = SignatureField {
        name: field.map(|field| field.name.clone()),
        field: field.and_then(|field| field.id),
        dictionary_id: id,
        revision: origin.revision,
        type_name: name(b"Type"),
        filter: name(b"Filter"),
        sub_filter: name(b"SubFilter"),
        byte_range: byte_range.as_array().and_then(integers),
        contents: contents.clone(),
        claimed_time: claimed_time_raw.as_deref().and_then(date),
        claimed_time_raw,
        reason: text(b"Reason"),
        location: text(b"Location"),
        contact: text(b"ContactInfo"),
        name_claim: text(b"Name"),
        page: None,
        rect: None,
        doc_mdp: None,
        field_mdp: None,
        lock: None,
        range,
        faults,
        dictionary: origin.dictionary,
    };
    let _ = (name_of(view, id), Slot::Free { generation: 0 });
    let _: Option<View<'_, '_>> = None;
    signature.faults.shrink_to_fit();
    Ok(signature)
}

/// Goes back from the newest entry for as long as it is a signature dictionary: the oldest is the one that was signed.
/// A later one that differs is a forgery of reason, name or time (SD-1).
fn origin(
    file: &File<'_>,
    id: ObjectId,
    field: Option<&Field>,
    faults: &mut Vec<Fault>,
) -> Result<Origin, Error> {
    let mut origin: Option<Origin> = None;
    let mut newest: Option<Dictionary> = None;
    for entry in file.history(id.number).iter().rev() {
        let Some(older) = stored(file, entry, id, field)? else {
            break;
        };
        if newest
            .as_ref()
            .is_some_and(|newest| *newest != older.dictionary)
        {
            faults.push(Fault::fail(
                "SD-1",
                None,
                "the signature dictionary was replaced in a later revision",
            ));
        }
        newest.get_or_insert_with(|| older.dictionary.clone());
        origin = Some(older);
    }
    Ok(origin.unwrap_or_else(|| {
        faults.push(Fault::fail(
            "SF-3",
            None,
            "a signature field's value is no signature dictionary",
        ));
        Origin {
            revision: file.revisions().len().saturating_sub(1),
            dictionary: Dictionary::default(),
            extent: None,
            values: Vec::new(),
        }
    }))
}

/// The signature dictionary that an entry leads to, if it is one.
fn stored(
    file: &File<'_>,
    entry: &Entry,
    id: ObjectId,
    field: Option<&Field>,
) -> Result<Option<Origin>, Error> {
    let _ = field;
    let revision = usize::from(entry.revision);
    let plain = match file.plain(entry) {
        Err(error @ Error::Limit { .. }) => return Err(error),
        Err(_) => return Ok(None),
        Ok(found) => found,
    };
    let Some(found) = plain else {
        let packed = file.view(revision).get(id).ok().flatten();
        let dictionary = packed
            .and_then(|object| object.as_dict().cloned())
            .filter(is_signature);
        let origin = |dictionary| Origin {
            revision,
            dictionary,
            extent: None,
            values: Vec::new(),
        };
        return Ok(dictionary.map(origin));
    };
    let (extent, values) = (Some(found.indirect.extent), found.indirect.values);
    let Object::Dictionary(dictionary) = found.indirect.object else {
        return Ok(None);
    };
    Ok(is_signature(&dictionary).then_some(Origin {
        revision,
        dictionary,
        extent,
        values,
    }))
}

/// `D:YYYYMMDDHHmmSSOHH'mm'`, cut short anywhere after the year.
fn date(raw: &[u8]) -> Option<Timestamp> {
    let text = text_string(raw);
    let text = text.trim();
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (stamp, offset) = text.split_at_checked(digits)?;
    let part = |from: usize, to: usize, otherwise: i16| match stamp.get(from..to) {
        Some(part) => part.parse().ok(),
        None => (stamp.len() <= from).then_some(otherwise),
    };
    let small = |from: usize, otherwise: i16| {
        part(from, from + 2, otherwise).and_then(|part| i8::try_from(part).ok())
    };
    let civil = jiff::civil::DateTime::new(
        part(0, 4, 0).filter(|_| digits >= 4)?,
        small(4, 1)?,
        small(6, 1)?,
        small(8, 0)?,
        small(10, 0)?,
        small(12, 0)?,
        0,
    )
    .ok()?;
    let mut parts = offset.get(1..).unwrap_or_default().split('\'');
    let mut next = || {
        parts
            .next()
            .filter(|part| !part.is_empty())
            .map_or(Some(0), |part| part.parse::<i32>().ok())
    };
    let seconds = match offset.chars().next() {
        None | Some('Z') => 0,
        Some(sign @ ('+' | '-')) => {
            let (hours, minutes) = (next()?, next()?);
            let seconds = hours
                .checked_mul(3600)?
                .checked_add(minutes.checked_mul(60)?)?;
            if sign == '-' { -seconds } else { seconds }
        }
        Some(_) => return None,
    };
    jiff::tz::Offset::from_seconds(seconds)
        .ok()?
        .to_timestamp(civil)
        .ok()
}
