//! Validation data added after signing. VALIDATION 6.4, MD-7.

use std::collections::BTreeMap;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::View;

/// Objects with how often they are referred to.
pub(super) type Uses = BTreeMap<pdf::ObjectId, u32>;

/// Which objects are known to hold DER.
type Known<'k> = &'k dyn Fn(pdf::ObjectId) -> bool;

/// Entries of a security store that are looked at.
const STORE_ENTRIES_MAX: usize = 20_000;

const ADDED: (&str, &str) = ("Uppgifter för framtida kontroll lades till", "Data for later verification was added");
const STORE_DIFFERS: (&str, &str) = (
    "Det som lades till som valideringsuppgifter är något annat",
    "What was added as validation data is something else",
);
const REMOVED: (&str, &str) = ("Uppgifter för framtida kontroll togs bort", "Data for later verification was removed");
const PLACE: (&str, &str) = ("MD-7", "/Root/DSS");

impl Delta<'_, '_> {
    /// MD-7: everything under /DSS is preservation, if it has the shape of validation data in both states.
    pub(super) fn security_store(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let (before, after) = (self.before.value(old, b"DSS")?, self.after.value(new, b"DSS")?);
        let (Some(before), Some(after)) = (as_store(&before), as_store(&after)) else {
            self.refuse(ChangeKind::ValidationData, PLACE, STORE_DIFFERS);
            return Ok(());
        };
        let was = match self.store.take() {
            Some(known) => Some(known),
            None => store_objects(self.before, old, &before, &|_| false)?,
        };
        let known = |id: pdf::ObjectId| {
            let before = was.as_ref().and_then(|was| was.get(&id)).is_some_and(|uses| *uses > 0);
            before && !self.is_named(id.number)
        };
        let is = store_objects(self.after, new, &after, &known)?;
        let (Some(was), Some(is)) = (was, is) else {
            self.refuse(ChangeKind::ValidationData, PLACE, STORE_DIFFERS);
            return Ok(());
        };
        let touched = is.keys().any(|id| self.is_named(id.number)) || !self.differing(&before, &after).is_empty();
        if touched {
            self.note(ChangeKind::ValidationData, ChangeLevel::LtaUpdates, PLACE, ADDED);
        }
        if was.keys().any(|id| !is.contains_key(id)) && streams_in(self.before, &was)? > streams_in(self.after, &is)? {
            let removed = Change::new(ChangeKind::ValidationData, ChangeLevel::LtaUpdates, PLACE, REMOVED);
            self.push(removed.warning());
        }
        // An overridden object must have been validation data before, too, and nothing else: else a page's content
        // could be listed here in one revision and replaced in the next.
        for (id, uses) in was.iter().filter(|(id, _)| is.contains_key(id)) {
            self.grant(Some(*id), Some(*id), *uses);
        }
        self.store = Some(is);
        Ok(())
    }
}

/// The store's dictionary; an empty one where there is none; nothing where something else stands there.
fn as_store(object: &Object) -> Option<Dictionary> {
    let empty = object.is_null().then(Dictionary::default);
    empty.or_else(|| object.as_dict().filter(|_| object.as_stream().is_none()).cloned())
}

/// The ids of all objects that make up the store, with how often the store refers to each; nothing where one of them
/// is not validation data. Those that are known to hold DER are not looked into again.
fn store_objects(
    view: View<'_, '_>,
    catalog: &Dictionary,
    store: &Dictionary,
    known: Known<'_>,
) -> Result<Option<Uses>, pdf::Error> {
    let mut found = Uses::new();
    count(&mut found, catalog.get(b"DSS"));
    for (key, value) in store.iter() {
        let fits = match key {
            b"Type" => is_label(value),
            b"Certs" | b"OCSPs" | b"CRLs" => streams(view, value, &mut found, known)?,
            b"VRI" => hints(view, value, &mut found, known)?,
            _ => false,
        };
        if !fits || found.len() > STORE_ENTRIES_MAX {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// A name, or the string that some write in its place.
fn is_label(value: &Object) -> bool {
    value.as_name().is_some() || value.as_string().is_some()
}

/// How many certificates, answers and lists a store holds.
fn streams_in(view: View<'_, '_>, uses: &Uses) -> Result<usize, pdf::Error> {
    let mut count = 0;
    for id in uses.keys() {
        count += usize::from(view.get(*id)?.is_some_and(|object| object.as_stream().is_some()));
    }
    Ok(count)
}

/// Counts the reference, if it is one. Whether what it leads to has not been counted before.
fn count(found: &mut Uses, value: Option<&Object>) -> bool {
    let Some(id) = value.and_then(Object::as_reference) else { return true };
    let uses = found.entry(id).or_default();
    *uses = uses.saturating_add(1);
    *uses == 1
}

/// An array of streams that hold DER. A stream that says it is an image or a form is something else.
fn streams(view: View<'_, '_>, array: &Object, found: &mut Uses, known: Known<'_>) -> Result<bool, pdf::Error> {
    if !count(found, Some(array)) {
        return Ok(true);
    }
    let array = view.resolve(array)?;
    for entry in array.as_array().unwrap_or_default() {
        if entry.as_reference().is_none() || found.len() > STORE_ENTRIES_MAX {
            return Ok(false);
        }
        let held = entry.as_reference().is_some_and(known);
        if count(found, Some(entry)) && !held && !is_der(view, entry, found)? {
            return Ok(false);
        }
    }
    Ok(array.as_array().is_some())
}

/// Whether an entry holds DER. What cannot be inflated shows nothing and is no help either: it may be listed, but never
/// be overridden later, for it counts as used nowhere here.
fn is_der(view: View<'_, '_>, entry: &Object, found: &mut Uses) -> Result<bool, pdf::Error> {
    let object = view.resolve(entry)?;
    let Some(stream) = object.as_stream() else { return Ok(object.is_null()) };
    match view.inflate(stream) {
        Ok(bytes) => Ok(bytes.first() == Some(&0x30)),
        Err(pdf::Error::Filter { .. }) => {
            found.extend(entry.as_reference().map(|id| (id, 0)));
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// /VRI: for each signature the streams that concern it.
fn hints(view: View<'_, '_>, hints: &Object, found: &mut Uses, known: Known<'_>) -> Result<bool, pdf::Error> {
    count(found, Some(hints));
    let hints = view.resolve(hints)?;
    let Some(hints) = hints.as_dict() else { return Ok(hints.is_null()) };
    for (key, hint) in hints.iter() {
        if key == b"Type" {
            if !is_label(hint) {
                return Ok(false);
            }
            continue;
        }
        if !count(found, Some(hint)) {
            continue;
        }
        let hint = view.resolve(hint)?;
        let Some(hint) = hint.as_dict() else { return Ok(false) };
        for (key, value) in hint.iter() {
            let fits = match key {
                b"Type" => is_label(value),
                b"TU" => value.as_string().is_some(),
                b"Cert" | b"CRL" | b"OCSP" => streams(view, value, found, known)?,
                b"TS" => !count(found, Some(value)) || is_der(view, value, found)?,
                _ => false,
            };
            if !fits {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
