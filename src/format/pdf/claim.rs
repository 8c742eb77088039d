//! What a signature dictionary and its field say of themselves: time, permissions, locks.
//! ISO 32000-2, 12.8.2 and 12.7.5.5.

use jiff::Timestamp;

use crate::format::pdf::encoding::text_string;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::view::View;

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

/// The transforms that a signature's `/Reference` names.
#[derive(Debug, Default)]
pub(crate) struct Transforms {
    pub(crate) doc_mdp: Option<u8>,
    pub(crate) field_mdp: Option<FieldLock>,
}

impl Transforms {
    pub(crate) fn read(view: View<'_, '_>, dictionary: &Dictionary, faults: &mut Vec<Fault>) -> Self {
        let mut transforms = Self::default();
        let references = view.value(dictionary, b"Reference").unwrap_or(Object::Null);
        for reference in references.as_array().unwrap_or_default() {
            let reference = view.resolve(reference).unwrap_or(Object::Null);
            let Some(reference) = reference.as_dict() else {
                continue;
            };
            let method = view.value(reference, b"TransformMethod").unwrap_or(Object::Null);
            let parameters = view.value(reference, b"TransformParams").unwrap_or(Object::Null);
            let none = Dictionary::default();
            let parameters = parameters.as_dict().unwrap_or(&none);
            match method.as_name() {
                Some(b"DocMDP") => transforms.doc_mdp = Some(permission(view, parameters).unwrap_or(2)),
                Some(b"FieldMDP") => transforms.field_mdp = lock(view, parameters),
                Some(b"Identity") => {}
                Some(_) | None => faults.push(Fault::warn("5.3", None, "a transform that is not judged")),
            }
        }
        transforms
    }
}

/// A `/Lock` or the parameters of a FieldMDP; `None` if the action is unknown.
pub(crate) fn lock(view: View<'_, '_>, dictionary: &Dictionary) -> Option<FieldLock> {
    let action = match view.value(dictionary, b"Action").ok()?.as_name()? {
        b"All" => LockAction::All,
        b"Include" => LockAction::Include,
        b"Exclude" => LockAction::Exclude,
        _ => return None,
    };
    let fields = view.value(dictionary, b"Fields").unwrap_or(Object::Null);
    let name = |field: &Object| Some(text_string(view.resolve(field).ok()?.as_string()?));
    let fields = fields.as_array().unwrap_or_default().iter().filter_map(name).collect();
    Some(FieldLock { action, fields, permission: permission(view, dictionary) })
}

fn permission(view: View<'_, '_>, dictionary: &Dictionary) -> Option<u8> {
    let permission = view.value(dictionary, b"P").ok()?.as_int()?;
    u8::try_from(permission).ok().filter(|permission| (1..=3).contains(permission))
}

/// The keys of a signature dictionary that have rules of their own (validation spec, 5.3).
pub(crate) fn key_faults(dictionary: &Dictionary, sub_filter: Option<&str>, faults: &mut Vec<Fault>) {
    let timestamp = sub_filter == Some("ETSI.RFC3161");
    let mut warn = |detail| faults.push(Fault::warn("5.3", None, detail));
    if sub_filter != Some("adbe.x509.rsa_sha1") && dictionary.has(b"Cert") {
        warn("/Cert with a CMS signature is not looked at");
    }
    if timestamp && dictionary.name(b"Type") != Some(b"DocTimeStamp") {
        warn("a document timestamp without /Type /DocTimeStamp");
    }
    let stored = dictionary.get(b"M").and_then(Object::as_string);
    if stored.is_some_and(|stored| date(stored).is_none()) && !timestamp {
        warn("/M is no date");
    }
    let mut fail = |detail| faults.push(Fault::fail("5.3", None, detail));
    match dictionary.name(b"Type") {
        None | Some(b"Sig") => {}
        Some(b"DocTimeStamp") if timestamp => {}
        Some(b"DocTimeStamp") => fail("/Type /DocTimeStamp with another /SubFilter"),
        Some(_) => fail("/Type is not /Sig"),
    }
    if !dictionary.has(b"Filter") {
        fail("/Filter is missing");
    }
}

/// `D:YYYYMMDDHHmmSSOHH'mm'`, cut short anywhere after the year; without an offset it is UTC (ISO 32000-2, 7.9.4).
#[must_use]
pub fn date(raw: &[u8]) -> Option<Timestamp> {
    let text = text_string(raw);
    let text = text.trim_matches(['\0', ' ']);
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (stamp, offset) = text.split_at_checked(digits)?;
    let part = |from: usize, to: usize, otherwise: i16| match stamp.get(from..to) {
        Some(part) => part.parse().ok(),
        None => (stamp.len() <= from).then_some(otherwise),
    };
    let small = |from, otherwise| part(from, from + 2, otherwise).and_then(|part| i8::try_from(part).ok());
    let year = part(0, 4, 0).filter(|_| digits >= 4)?;
    let (month, day) = (small(4, 1)?, small(6, 1)?);
    let (hour, minute, second) = (small(8, 0)?, small(10, 0)?, small(12, 0)?);
    let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let seconds = offset_seconds(offset)?;
    jiff::tz::Offset::from_seconds(seconds).ok()?.to_timestamp(civil).ok()
}

/// `+02'00'`, with or without the last apostrophe or any, `Z`, or nothing.
fn offset_seconds(offset: &str) -> Option<i32> {
    let (sign, rest) = match offset.chars().next() {
        None | Some('Z') => return Some(0),
        Some('+') => (1, offset.get(1..)?),
        Some('-') => (-1, offset.get(1..)?),
        Some(_) => return None,
    };
    let digits: String = rest.chars().filter(|character| *character != '\'').collect();
    let part = |from: usize| match digits.get(from..from + 2) {
        Some(part) => part.parse::<i32>().ok(),
        None => (digits.len() <= from).then_some(0),
    };
    Some(sign * (part(0)? * 3600 + part(2)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_an_offset_or_is_utc_and_may_be_cut_short() {
        let time = |raw: &[u8]| date(raw).map(|time| time.to_string());
        assert_eq!(time(b"D:20250321164435+01'00'").as_deref(), Some("2025-03-21T15:44:35Z"));
        assert_eq!(time(b"D:20250321164435-0330").as_deref(), Some("2025-03-21T20:14:35Z"));
        assert_eq!(time(b"D:20250321164435Z").as_deref(), Some("2025-03-21T16:44:35Z"));
        assert_eq!(time(b"D:20250321").as_deref(), Some("2025-03-21T00:00:00Z"));
        assert_eq!(time(b"D:2025032"), None);
        assert_eq!(time(b"D:20251321"), None);
        assert_eq!(time(b"yesterday"), None);
    }
}
