//! The objects of a copy: those that the pages need, each read once, renumbered, and without what only signatures, forms,
//! scripts and attachments need. ISO 32000-2, 7.3 and 7.7.2.

use std::collections::HashMap;

use lopdf::Dictionary as Written;
use lopdf::Object as Value;

use crate::format::budget::Budget;
use crate::format::pdf::Error;
use crate::format::pdf::copy::Hide;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::object::Stream;
use crate::format::pdf::text_string;
use crate::format::pdf::view::View;

/// Objects in a copy; a long document with many fonts has some ten thousand.
const OBJECTS_MAX: usize = 500_000;
/// Values within one object, one in another.
const NESTING_MAX: u32 = 64;

/// What a document's catalogue keeps. Everything else speaks of signatures, forms, scripts, attachments or metadata.
const CATALOG: &[&[u8]] = &[
    b"Pages",
    b"Lang",
    b"MarkInfo",
    b"StructTreeRoot",
    b"Outlines",
    b"PageLabels",
    b"ViewerPreferences",
    b"PageLayout",
    b"PageMode",
    b"OutputIntents",
    b"Dests",
    b"OCProperties",
];
/// What no object keeps.
const NOWHERE: &[&[u8]] =
    &[b"Metadata", b"PieceInfo", b"AF", b"AA", b"OpenAction", b"Thumb", b"EF", b"JavaScript", b"JS"];
/// Actions that a copy does not keep: what opens something within the document, or an address, stays.
const ACTIONS: &[&[u8]] = &[b"GoTo", b"URI", b"Named"];

/// A copy as it grows.
pub(super) struct Graph<'d, 'a> {
    pub(super) view: View<'d, 'a>,
    pub(super) budget: Budget,
    copy: lopdf::Document,
    known: HashMap<ObjectId, lopdf::ObjectId>,
    waiting: Vec<ObjectId>,
    /// What is put in place of an object of the file.
    instead: HashMap<ObjectId, Value>,
    /// What is changed in strings that are text.
    pub(super) hide: Option<&'d Hide>,
    images: usize,
}

impl<'d, 'a> Graph<'d, 'a> {
    pub(super) fn new(view: View<'d, 'a>, budget: &Budget) -> Self {
        Self {
            view,
            budget: *budget,
            copy: lopdf::Document::with_version("1.7"),
            known: HashMap::new(),
            waiting: Vec::new(),
            instead: HashMap::new(),
            hide: None,
            images: 0,
        }
    }

    pub(super) fn images(&self) -> usize {
        self.images
    }

    /// A new object.
    pub(super) fn add(&mut self, value: Value) -> lopdf::ObjectId {
        self.copy.add_object(value)
    }

    /// Puts a value in the place of an object, wherever the file names it.
    pub(super) fn put(&mut self, id: ObjectId, value: Value) {
        self.instead.insert(id, value);
    }

    /// The copy of a value; objects that it names are copied later.
    pub(super) fn value(&mut self, object: &Object) -> Result<Value, Error> {
        self.nested(object, 0)
    }

    /// The copy of a dictionary without some of its keys.
    pub(super) fn dictionary(&mut self, dictionary: &Dictionary, without: &[&[u8]]) -> Result<Written, Error> {
        self.entries(dictionary, without, 0)
    }

    fn nested(&mut self, object: &Object, depth: u32) -> Result<Value, Error> {
        if depth > NESTING_MAX {
            return Err(Error::Limit { rule: "LIM-3", at: 0, what: "values in one another" });
        }
        Ok(match object {
            Object::Null => Value::Null,
            Object::Boolean(truth) => Value::Boolean(*truth),
            Object::Integer(number) => Value::Integer(*number),
            Object::Real(number) => Value::Real(narrow(*number)),
            Object::String(bytes) => self.string(bytes),
            Object::Name(name) => Value::Name(name.to_vec()),
            Object::Array(elements) => {
                let elements = elements.iter().map(|element| self.nested(element, depth + 1));
                Value::Array(elements.collect::<Result<_, _>>()?)
            }
            Object::Dictionary(dictionary) if stays(dictionary) => {
                Value::Dictionary(self.entries(dictionary, &[], depth + 1)?)
            }
            Object::Dictionary(_) => Value::Null,
            Object::Stream(stream) => self.stream(stream, depth)?,
            Object::Reference(id) => Value::Reference(self.named(*id)?),
        })
    }

    fn string(&self, bytes: &[u8]) -> Value {
        let text = self.hide.map(|_| text_string(bytes)).unwrap_or_default();
        let hidden = self.hide.map(|hide| hide(&text)).unwrap_or_default();
        if hidden.is_empty() {
            return Value::String(bytes.to_vec(), lopdf::StringFormat::Hexadecimal);
        }
        let (mut shown, mut from) = (String::new(), 0);
        for part in hidden {
            shown.push_str(text.get(from..part.start).unwrap_or_default());
            shown.push_str("••••");
            from = part.end;
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        let units = shown.encode_utf16().flat_map(u16::to_be_bytes);
        Value::String([0xFE, 0xFF].into_iter().chain(units).collect(), lopdf::StringFormat::Hexadecimal)
    }

    fn entries(&mut self, dictionary: &Dictionary, without: &[&[u8]], depth: u32) -> Result<Written, Error> {
        let mut copy = Written::new();
        for (key, value) in dictionary.iter() {
            if !NOWHERE.contains(&key) && !without.contains(&key) {
                copy.set(key, self.nested(value, depth)?);
            }
        }
        Ok(copy)
    }

    fn stream(&mut self, stream: &Stream, depth: u32) -> Result<Value, Error> {
        let dictionary = &stream.dictionary;
        if dictionary.name(b"Type") == Some(b"EmbeddedFile") {
            return Ok(Value::Null);
        }
        if dictionary.name(b"Subtype") == Some(b"Image") {
            self.images += 1;
        }
        let copy = self.entries(dictionary, &[b"Length"], depth + 1)?;
        let bytes = self.view.file().clear(stream)?.into_owned();
        let mut copied = lopdf::Stream::new(copy, bytes);
        // Its filters stay as they are; nothing is packed anew.
        copied.allows_compression = false;
        Ok(Value::Stream(copied))
    }

    /// The name that an object has in the copy.
    fn named(&mut self, id: ObjectId) -> Result<lopdf::ObjectId, Error> {
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        if self.known.len() >= OBJECTS_MAX {
            return Err(Error::Limit { rule: "LIM-2", at: 0, what: "objects to copy" });
        }
        let new = self.copy.new_object_id();
        self.known.insert(id, new);
        self.waiting.push(id);
        Ok(new)
    }

    /// Copies what is named, until nothing is left, and writes it all.
    pub(super) fn written(mut self) -> Result<Vec<u8>, Error> {
        let catalog = self.view.catalog()?;
        let mut root = Written::new();
        root.set("Type", Value::Name(b"Catalog".to_vec()));
        for (key, value) in catalog.iter().filter(|(key, _)| CATALOG.contains(key)) {
            let value = self.value(value)?;
            root.set(key, value);
        }
        let info = self.view.value(self.view.trailer(), b"Info")?;
        let title = info.as_dict().and_then(|info| info.get(b"Title")).map(|title| self.value(title)).transpose()?;
        while let Some(id) = self.waiting.pop() {
            let value = match self.instead.remove(&id) {
                Some(value) => value,
                None => {
                    let object = self.view.get(id)?.unwrap_or(Object::Null);
                    self.value(&object)?
                }
            };
            if let Some(new) = self.known.get(&id) {
                self.copy.objects.insert(*new, value);
            }
        }
        let root = self.copy.add_object(root);
        self.copy.trailer.set("Root", Value::Reference(root));
        if let Some(title) = title {
            let mut info = Written::new();
            info.set("Title", title);
            let info = self.copy.add_object(info);
            self.copy.trailer.set("Info", Value::Reference(info));
        }
        let mut bytes = Vec::new();
        match self.copy.save_to(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(_) => Err(Error::NeedsRepair { at: 0, what: "copy" }),
        }
    }
}

/// Whether a dictionary belongs in a copy: none of a signature, a field on a page, an attachment or a script.
fn stays(dictionary: &Dictionary) -> bool {
    let kind = dictionary.name(b"Type");
    let widget = dictionary.name(b"Subtype") == Some(b"Widget") || dictionary.has(b"FT");
    let attached = matches!(kind, Some(b"Filespec" | b"F" | b"EmbeddedFile" | b"SigRef" | b"TransformParams"));
    let action = dictionary.name(b"S");
    let harmful = action
        .is_some_and(|action| SCRIPTS.contains(&action) || (kind == Some(b"Action") && !ACTIONS.contains(&action)));
    !(dictionary.is_signature() || widget || attached || harmful)
}

/// Actions by their names, also where `/Type` is left out.
const SCRIPTS: &[&[u8]] =
    &[b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"ResetForm", b"GoToR", b"GoToE", b"Rendition"];

/// A number as lopdf holds it.
fn narrow(number: f64) -> f32 {
    // Six digits of a coordinate are more than any page needs; the parse is the rounding.
    format!("{number:.6}").parse().unwrap_or_default()
}
