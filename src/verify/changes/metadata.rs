//! What a file says of itself, before and after: XMP and the information dictionary. VALIDATION 6.4, MD-10 and MD-11.

use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::printable;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::View;
use crate::format::xml;

const DATES: (&str, &str) = ("Ändringsdatum i metadata uppdaterades", "Dates in the metadata were updated");
const REPEATED: (&str, &str) = (
    "Dokumentets uppgifter upprepades i ett annat format",
    "The document's own statements were repeated in another format",
);
const DIFFERS: (&str, &str) = ("Dokumentets metadata har ändrats", "The document's metadata was changed");

const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const XMP_MM: &str = "http://ns.adobe.com/xap/1.0/mm/";
const PDF: &str = "http://ns.adobe.com/pdf/1.3/";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const META: &str = "adobe:ns:meta/";

/// XMP properties that a tool may touch without saying anything else about the document (MD-10).
const FREE: &[(&str, &str)] = &[
    (XMP, "ModifyDate"),
    (XMP, "MetadataDate"),
    (XMP, "CreatorTool"),
    (XMP_MM, "InstanceID"),
    (XMP_MM, "History"),
    (PDF, "Producer"),
];

/// XMP properties that say what a key of the information dictionary says (ISO 32000-2, 14.3.2 and table 349).
const REPEATS: &[(&str, &str, &[u8])] = &[
    (DC, "title", b"Title"),
    (DC, "creator", b"Author"),
    (DC, "description", b"Subject"),
    (PDF, "Keywords", b"Keywords"),
    (XMP, "CreateDate", b"CreationDate"),
];

impl Delta<'_, '_> {
    /// MD-10: XMP may change dates and tools. Where there was none, it may be made and repeat what the information
    /// dictionary said before this revision: then nothing is stated that was not stated already.
    pub(super) fn metadata(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let (before, after) = (self.before.value(old, b"Metadata")?, self.after.value(new, b"Metadata")?);
        let named = new.reference(b"Metadata").is_some_and(|id| self.is_named(id.number));
        if !named && self.equal(&before, &after) {
            return Ok(());
        }
        self.grant(old.reference(b"Metadata"), new.reference(b"Metadata"), 1);
        let said = match (before.is_null(), statements(self.before, &before), statements(self.after, &after)) {
            (true, _, Some(after)) if self.repeats(&after)? => REPEATED,
            (false, Some(before), Some(after)) if before == after => DATES,
            (_, _, _) => DIFFERS,
        };
        let place = ("MD-10", "/Root/Metadata");
        match said == DIFFERS {
            false => self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, place, said),
            true => self.refuse(ChangeKind::Metadata, place, said),
        }
        Ok(())
    }

    /// Whether everything that new XMP says was said by the information dictionary before, is the media type that the
    /// file has anyway, or an identifier that says nothing.
    fn repeats(&self, statements: &[Statement]) -> Result<bool, pdf::Error> {
        let information = self.before.value(self.before.trailer(), b"Info")?;
        let empty = Dictionary::default();
        let information = information.as_dict().unwrap_or(&empty);
        let said = |key: &[u8]| -> Option<String> {
            Some(pdf::text_string(self.before.value(information, key).ok()?.as_string()?))
        };
        Ok(statements.iter().all(|Statement { namespace, name, value }| {
            let repeated = REPEATS.iter().find(|(other, property, _)| other == namespace && property == name);
            match (namespace.as_str(), name.as_str(), repeated) {
                (XMP, "CreateDate", Some((_, _, key))) => {
                    said(key).and_then(|said| moment(&said)).is_some_and(|said| Some(said) == moment(value))
                }
                (_, _, Some((_, _, key))) => said(key).is_some_and(|said| said.trim() == value),
                (DC, "format", None) => value == "application/pdf",
                (XMP_MM, "DocumentID", None) => is_identifier(value),
                (META, "xmptk", None) => true,
                (RDF, "about", None) => value.is_empty(),
                (XML, "lang<title" | "lang<description", None) => value == "x-default",
                (_, _, None) => false,
            }
        }))
    }

    /// MD-11: the information dictionary may change its date and producer.
    pub(super) fn information(&mut self) -> Result<(), pdf::Error> {
        let before = self.before.value(self.before.trailer(), b"Info")?;
        let after = self.after.value(self.after.trailer(), b"Info")?;
        self.grant(self.before.trailer().reference(b"Info"), self.after.trailer().reference(b"Info"), 1);
        let empty = Dictionary::default();
        let (before, after) = (before.as_dict().unwrap_or(&empty), after.as_dict().unwrap_or(&empty));
        let text = |on: &Dictionary, key: &[u8]| on.get(key).and_then(Object::as_string).map(pdf::text_string);
        for key in self.differing(before, after) {
            if text(before, &key).is_some_and(|was| Some(was) == text(after, &key)) {
                // The same words in another encoding.
                continue;
            }
            let path = format!("/Info/{}", printable(&key));
            let allowed = match key.as_slice() {
                b"ModDate" | b"Producer" => true,
                b"CreationDate" => created_again(before, after),
                _ => false,
            };
            match allowed && !self.draws(after, &key) {
                true => self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, ("MD-11", &path), DATES),
                false => self.refuse(ChangeKind::Metadata, ("MD-11", &path), DIFFERS),
            }
        }
        Ok(())
    }
}

/// Some tools stamp each save as a creation. Such a date tells of the update and of nothing else: it is the very moment
/// that the update gives as its own, and later than what was signed. A document cannot be made older by it.
fn created_again(before: &Dictionary, after: &Dictionary) -> bool {
    let date = |information: &Dictionary, key: &[u8]| {
        let raw = information.get(key).and_then(Object::as_string)?;
        moment(&pdf::text_string(raw))
    };
    let (was, is) = (date(before, b"CreationDate"), date(after, b"CreationDate"));
    is.is_some() && is == date(after, b"ModDate") && was.zip(is).is_some_and(|(was, is)| was <= is)
}

/// One thing that XMP says: a property with its value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    namespace: String,
    name: String,
    value: String,
}

/// What XMP says, sorted, without the properties a tool may touch. Nothing where it is no XMP: UTF-8, well-formed,
/// without DTD, and `x:xmpmeta` or `rdf:RDF` at its root (MD-10).
fn statements(view: View<'_, '_>, object: &Object) -> Option<Vec<Statement>> {
    let bytes = view.inflate(object.as_stream()?).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let tree = xml::read(text).ok()?;
    let is = |node: &xml::Node<'_, '_>, namespace: &str, name: &str| {
        node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
    };
    let root = tree.root().first_element_child().unwrap_or(tree.root());
    if !is(&root, META, "xmpmeta") && !is(&root, RDF, "RDF") {
        return None;
    }
    let mut found = Vec::new();
    for node in root.descendants() {
        let free = node.ancestors().any(|node| is_free(node.tag_name().namespace(), node.tag_name().name()));
        if free {
            continue;
        }
        let (namespace, name) = property(node);
        for attribute in node.attributes().filter(|attribute| !is_free(attribute.namespace(), attribute.name())) {
            let namespace = attribute.namespace().unwrap_or_default().to_owned();
            let place = if name.is_empty() { String::new() } else { format!("<{name}") };
            let (name, value) = (format!("{}{place}", attribute.name()), attribute.value().to_owned());
            found.push(Statement { namespace, name, value });
        }
        let words = node.text().filter(|_| node.is_text()).unwrap_or_default();
        let value = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            found.push(Statement { namespace, name, value });
        }
    }
    found.sort();
    Some(found)
}

fn is_free(namespace: Option<&str>, name: &str) -> bool {
    FREE.iter().any(|(own, property)| namespace == Some(*own) && name == *property)
}

/// The property that text belongs to: the node's path below `rdf:Description`, the lists of RDF left out, so that
/// a title as text and a title as the only entry of a list say the same.
fn property(node: xml::Node<'_, '_>) -> (String, String) {
    let own = |node: &xml::Node<'_, '_>| {
        let name = node.tag_name();
        let wraps = matches!(name.name(), "RDF" | "Description" | "Seq" | "Alt" | "Bag" | "li");
        !(name.name().is_empty() || (name.namespace() == Some(RDF) && wraps) || name.namespace() == Some(META))
    };
    let mut path = node.ancestors().filter(own);
    let innermost = path.next();
    let outer: Vec<&str> = path.map(|node| node.tag_name().name()).collect();
    let name = innermost.map(|node| node.tag_name());
    let namespace = name.and_then(|name| name.namespace()).unwrap_or_default().to_owned();
    let name = name.map(|name| name.name()).unwrap_or_default();
    (namespace, std::iter::once(name).chain(outer).collect::<Vec<_>>().join("<"))
}

/// A date of PDF or of XMP as a moment.
fn moment(date: &str) -> Option<jiff::Timestamp> {
    date.parse().ok().or_else(|| pdf::date(date.as_bytes()))
}

/// `uuid:332f16c7-fefa-400e-a435-cafd570a03ad`, also with `xmp.did:` or nothing before it.
fn is_identifier(value: &str) -> bool {
    let digits = value.trim_start_matches("uuid:").trim_start_matches("xmp.did:");
    digits.len() <= 36 && digits.chars().all(|digit| digit.is_ascii_hexdigit() || digit == '-')
}
