//! Validation data and metadata added after signing. VALIDATION 6.4, MD-7, MD-10 and MD-11.

use std::collections::BTreeMap;

use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::printable;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::View;
use crate::format::xml;

/// Objects with how often they are referred to.
type Uses = BTreeMap<pdf::ObjectId, u32>;

/// Entries of a security store that are looked at.
const STORE_ENTRIES_MAX: usize = 20_000;

const ADDED: (&str, &str) = ("Uppgifter för framtida kontroll lades till", "Data for later verification was added");
const STORE_DIFFERS: (&str, &str) = (
    "Det som lades till som valideringsuppgifter är något annat",
    "What was added as validation data is something else",
);
const DATES: (&str, &str) = ("Ändringsdatum i metadata uppdaterades", "Dates in the metadata were updated");
const METADATA_DIFFERS: (&str, &str) = ("Dokumentets metadata har ändrats", "The document's metadata was changed");

/// XMP properties that a tool may touch without saying anything else about the document (MD-10).
const XMP_FREE: &[&str] = &["ModifyDate", "MetadataDate", "InstanceID", "History", "Producer", "CreatorTool"];

impl Delta<'_, '_> {
    /// MD-7: everything under /DSS is preservation, if it has the shape of validation data in both states.
    pub(super) fn security_store(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let (before, after) = (self.before.value(old, b"DSS")?, self.after.value(new, b"DSS")?);
        let (Some(before), Some(after)) = (as_store(&before), as_store(&after)) else {
            self.refuse(ChangeKind::ValidationData, None, "MD-7 /Root/DSS", STORE_DIFFERS);
            return Ok(());
        };
        let was = store_objects(self.before, old, &before)?;
        let is = store_objects(self.after, new, &after)?;
        let (Some(was), Some(is)) = (was, is) else {
            self.refuse(ChangeKind::ValidationData, None, "MD-7 /Root/DSS", STORE_DIFFERS);
            return Ok(());
        };
        let touched = is.keys().any(|id| self.is_named(id.number)) || !self.differing(&before, &after).is_empty();
        if touched {
            self.note(ChangeKind::ValidationData, ChangeLevel::LtaUpdates, "MD-7 /Root/DSS", ADDED);
        }
        // An overridden object must have been validation data before, too, and nothing else: else a page's content
        // could be listed here in one revision and replaced in the next.
        for (id, uses) in was.iter().filter(|(id, _)| is.contains_key(id)) {
            self.grant(Some(*id), Some(*id), *uses);
        }
        Ok(())
    }

    /// MD-10: XMP may change dates and tools.
    pub(super) fn metadata(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let (before, after) = (self.before.value(old, b"Metadata")?, self.after.value(new, b"Metadata")?);
        let named = new.reference(b"Metadata").is_some_and(|id| self.is_named(id.number));
        if !named && self.equal(&before, &after) {
            return Ok(());
        }
        self.grant(old.reference(b"Metadata"), new.reference(b"Metadata"), 1);
        let same = match (xmp(self.before, &before), xmp(self.after, &after)) {
            (Some(before), Some(after)) => before == after,
            (None, _) | (_, None) => false,
        };
        match same {
            true => self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, "MD-10 /Root/Metadata", DATES),
            false => self.refuse(ChangeKind::Metadata, None, "MD-10 /Root/Metadata", METADATA_DIFFERS),
        }
        Ok(())
    }

    /// MD-11: the information dictionary may change its date and producer.
    pub(super) fn information(&mut self) -> Result<(), pdf::Error> {
        let before = self.before.value(self.before.trailer(), b"Info")?;
        let after = self.after.value(self.after.trailer(), b"Info")?;
        self.grant(self.before.trailer().reference(b"Info"), self.after.trailer().reference(b"Info"), 1);
        let empty = Dictionary::default();
        let (before, after) = (before.as_dict().unwrap_or(&empty), after.as_dict().unwrap_or(&empty));
        for key in self.differing(before, after) {
            let path = format!("MD-11 /Info/{}", printable(&key));
            match key.as_slice() {
                b"ModDate" | b"Producer" if !self.draws(after, &key) => {
                    self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, &path, DATES)
                }
                _ => self.refuse(ChangeKind::Metadata, None, &path, METADATA_DIFFERS),
            }
        }
        Ok(())
    }
}

/// The store's dictionary; an empty one where there is none; nothing where something else stands there.
fn as_store(object: &Object) -> Option<Dictionary> {
    let empty = object.is_null().then(Dictionary::default);
    empty.or_else(|| object.as_dict().filter(|_| object.as_stream().is_none()).cloned())
}

/// The ids of all objects that make up the store, with how often the store refers to each; nothing where one of them
/// is not validation data.
fn store_objects(view: View<'_, '_>, catalog: &Dictionary, store: &Dictionary) -> Result<Option<Uses>, pdf::Error> {
    let mut found = Uses::new();
    count(&mut found, catalog.get(b"DSS"));
    for (key, value) in store.iter() {
        let fits = match key {
            b"Type" => value.as_name().is_some(),
            b"Certs" | b"OCSPs" | b"CRLs" => streams(view, value, &mut found)?,
            b"VRI" => hints(view, value, &mut found)?,
            _ => false,
        };
        if !fits || found.len() > STORE_ENTRIES_MAX {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// Counts the reference, if it is one. Whether what it leads to has not been counted before.
fn count(found: &mut Uses, value: Option<&Object>) -> bool {
    let Some(id) = value.and_then(Object::as_reference) else { return true };
    let uses = found.entry(id).or_default();
    *uses = uses.saturating_add(1);
    *uses == 1
}

/// An array of streams that hold DER. A stream that says it is an image or a form is something else.
fn streams(view: View<'_, '_>, array: &Object, found: &mut Uses) -> Result<bool, pdf::Error> {
    if !count(found, Some(array)) {
        return Ok(true);
    }
    let array = view.resolve(array)?;
    for entry in array.as_array().unwrap_or_default() {
        if entry.as_reference().is_none() || found.len() > STORE_ENTRIES_MAX {
            return Ok(false);
        }
        if count(found, Some(entry)) && !is_der(view, &view.resolve(entry)?)? {
            return Ok(false);
        }
    }
    Ok(array.as_array().is_some())
}

fn is_der(view: View<'_, '_>, object: &Object) -> Result<bool, pdf::Error> {
    let Some(stream) = object.as_stream() else { return Ok(object.is_null()) };
    Ok(view.inflate(stream)?.first() == Some(&0x30))
}

/// /VRI: for each signature the streams that concern it.
fn hints(view: View<'_, '_>, hints: &Object, found: &mut Uses) -> Result<bool, pdf::Error> {
    count(found, Some(hints));
    let hints = view.resolve(hints)?;
    let Some(hints) = hints.as_dict() else { return Ok(hints.is_null()) };
    for (key, hint) in hints.iter() {
        if key == b"Type" {
            if hint.as_name().is_none() {
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
                b"Type" => value.as_name().is_some(),
                b"TU" => value.as_string().is_some(),
                b"Cert" | b"CRL" | b"OCSP" => streams(view, value, found)?,
                b"TS" => !count(found, Some(value)) || is_der(view, &view.resolve(value)?)?,
                _ => false,
            };
            if !fits {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What XMP says, as sorted lines, without the properties a tool may touch. Nothing where it is no XMP.
fn xmp(view: View<'_, '_>, object: &Object) -> Option<Vec<String>> {
    let bytes = view.inflate(object.as_stream()?).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let tree = xml::read(text).ok()?;
    let mut lines = Vec::new();
    for node in tree.root().descendants() {
        let free = node.ancestors().any(|node| XMP_FREE.contains(&node.tag_name().name()));
        if free {
            continue;
        }
        if node.is_text() {
            let path: Vec<String> = node.ancestors().map(qualified).collect();
            let words = node.text().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
            if !words.is_empty() {
                lines.push(format!("{} {words}", path.join("<")));
            }
        }
        let attributes = node.attributes().filter(|attribute| !XMP_FREE.contains(&attribute.name()));
        let place = qualified(node);
        lines.extend(
            attributes.map(|a| format!("{place}@{}{} {}", a.namespace().unwrap_or_default(), a.name(), a.value())),
        );
    }
    lines.sort();
    Some(lines)
}

/// A name with its namespace: another vocabulary's `title` is no title.
fn qualified(node: xml::Node<'_, '_>) -> String {
    let name = node.tag_name();
    format!("{}{}", name.namespace().unwrap_or_default(), name.name())
}
