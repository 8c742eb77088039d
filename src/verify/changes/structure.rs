//! The structure that screen readers follow, where widgets were added to it. VALIDATION 6.4, MD-12.

use std::collections::BTreeSet;

use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::dictionary;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// The keys of a structure element, of a number tree's nodes and of the root (ISO 32000-2, 14.7.2 and 7.9.7).
const KEYS: &[&[u8]] = &[
    b"Type",
    b"S",
    b"ID",
    b"P",
    b"Pg",
    b"K",
    b"A",
    b"C",
    b"R",
    b"T",
    b"Lang",
    b"Alt",
    b"E",
    b"ActualText",
    b"NS",
    b"Kids",
    b"Nums",
    b"Limits",
    b"IDTree",
    b"ParentTree",
    b"ParentTreeNextKey",
    b"RoleMap",
    b"ClassMap",
    b"Namespaces",
];

/// The keys of a new element: no words that would be read instead of what is shown.
const NEW_KEYS: &[&[u8]] = &[b"Type", b"S", b"P", b"Pg", b"K", b"ID", b"A", b"C", b"T", b"Lang"];

const TAGGED: (&str, &str) = (
    "Underskriftens plats lades till i dokumentets läsordning",
    "The signature's place was added to the document's reading order",
);

impl Delta<'_, '_> {
    /// MD-12: elements for granted widgets may be appended, and the tree that finds them may grow. What is there stays,
    /// so what a screen reader says of the pages does too. A node must have no key of anything else in either state,
    /// and its kids must be nodes or marked content: then nothing can draw by it, whatever else refers to it.
    pub(super) fn structure(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        if old.reference(b"StructTreeRoot").is_none_or(|root| new.reference(b"StructTreeRoot") != Some(root)) {
            return Ok(());
        }
        let of = |kind: pdf::ChangeKind| move |(id, own): &&(ObjectId, pdf::ChangeKind)| (*own == kind).then_some(*id);
        let named: Vec<(ObjectId, pdf::ChangeKind)> = self.named.values().copied().collect();
        let mut elements = BTreeSet::new();
        for id in named.iter().filter_map(|named| of(pdf::ChangeKind::New)(&named)) {
            if self.is_element(&dictionary(self.after, id)?)? {
                elements.insert(id);
            }
        }
        let mut grown = false;
        for id in named.iter().filter_map(|named| of(pdf::ChangeKind::Override)(&named)) {
            let (Some(before), Some(after)) = (self.before.get(id)?, self.after.get(id)?) else { continue };
            let grows = match (&before, &after) {
                (Object::Dictionary(before), Object::Dictionary(after)) => self.grows(before, after, &elements)?,
                (Object::Array(_), Object::Array(_)) => self.gains(&before, &after, &elements, false)?,
                (_, _) => false,
            };
            if grows && !elements.is_empty() {
                self.grant_whole(id);
                grown = true;
            }
        }
        if grown {
            self.note(ChangeKind::Form, ChangeLevel::FormFilling, ("MD-12", "/Root/StructTreeRoot"), TAGGED);
        }
        Ok(())
    }

    /// Whether a new object is an element for a widget that this revision may add or sign.
    fn is_element(&self, element: &Dictionary) -> Result<bool, pdf::Error> {
        let kind = matches!(element.name(b"S"), Some(b"Form" | b"Annot"));
        let keys = element.iter().all(|(key, _)| NEW_KEYS.contains(&key));
        if !kind || !keys || !element.has(b"P") {
            return Ok(false);
        }
        for kid in list(&self.after.value(element, b"K")?) {
            let kid = self.after.resolve(&kid)?;
            let object =
                kid.as_dict().filter(|kid| kid.name(b"Type") == Some(b"OBJR")).and_then(|kid| kid.reference(b"Obj"));
            if !object.is_some_and(|object| self.widgets.contains(&object.number)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a node only gained elements, and what leads to them.
    fn grows(&self, old: &Dictionary, new: &Dictionary, elements: &BTreeSet<ObjectId>) -> Result<bool, pdf::Error> {
        if !old.iter().chain(new.iter()).all(|(key, _)| KEYS.contains(&key)) {
            return Ok(false);
        }
        let tree =
            |view: View<'_, '_>, on: &Dictionary| view.value(on, b"ParentTree").map(|tree| tree.as_dict().cloned());
        for key in self.differing(old, new) {
            let allowed = match key.as_slice() {
                b"K" | b"Nums" => {
                    let (before, after) = (self.before.value(old, &key)?, self.after.value(new, &key)?);
                    self.gains(&before, &after, elements, key == b"Nums")?
                }
                b"ParentTree" => match (tree(self.before, old)?, tree(self.after, new)?) {
                    (Some(old), Some(new)) if !old.has(&key) && !new.has(&key) => self.grows(&old, &new, elements)?,
                    (_, _) => false,
                },
                b"ParentTreeNextKey" => old.int(&key).unwrap_or(0) < new.int(&key).unwrap_or(0),
                b"Limits" => new.get(&key).is_some_and(|limits| limits.as_array().is_some()),
                _ => false,
            };
            if !allowed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a list of kids, or of a number tree's keys and elements, is the old one with new elements among them.
    fn gains(&self, old: &Object, new: &Object, elements: &BTreeSet<ObjectId>, tree: bool) -> Result<bool, pdf::Error> {
        let (old, new) = (list(old), list(new));
        for kid in &old {
            if !is_kid(self.before, kid)? {
                return Ok(false);
            }
        }
        let mut kept = old.iter().peekable();
        // A number tree's keys come with its values; marked content, which is a number too, is not added to anything.
        let keyed = |pair: &[Object]| pair.first().is_some_and(|key| key.as_int().is_some()) && pair.len() == 2;
        let pairs = tree && new.chunks(2).all(keyed);
        let added = |one: &Object| match one.as_reference() {
            Some(id) => elements.contains(&id),
            None => pairs && one.as_int().is_some(),
        };
        let gains = new.iter().all(|one| kept.next_if(|kept| self.equal(kept, one)).is_some() || added(one));
        Ok(gains && kept.next().is_none())
    }
}

/// One kid or many.
fn list(kids: &Object) -> Vec<Object> {
    let one = if kids.is_null() { &[] } else { std::slice::from_ref(kids) };
    kids.as_array().unwrap_or(one).to_vec()
}

/// Whether a value can be a kid of the structure or an entry of its number tree, and can not draw anything.
fn is_kid(view: View<'_, '_>, kid: &Object) -> Result<bool, pdf::Error> {
    let marked = |kid: &Dictionary| matches!(kid.name(b"Type"), Some(b"MCR" | b"OBJR"));
    let node = |kid: &Dictionary| kid.iter().all(|(key, _)| KEYS.contains(&key));
    let kid = view.resolve(kid)?;
    if let Some(kids) = kid.as_array() {
        return Ok(kids.iter().all(|kid| kid.as_reference().is_some() || kid.is_null()));
    }
    let draws_not = |own: &Dictionary| kid.as_stream().is_none() && (marked(own) || node(own));
    Ok(kid.as_dict().map_or(kid.as_int().is_some() || kid.is_null(), draws_not))
}
