//! The form's fields with their full names and inherited values. ISO 32000-2, 12.7.4; validation spec, 5.2.

use std::collections::HashSet;
use std::rc::Rc;

use crate::format::pdf::encoding::text_string;
use crate::format::pdf::fault::Error;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::fault::Faults;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::view::View;

/// Fields within fields (validation spec, 5.2).
const NESTING_MAX: u32 = 32;

/// Signature fields in one form, filled or empty; ten times the signatures that are verified.
const FIELDS_MAX: usize = 2_000;

/// Characters of a full name; what is longer is cut, for a name nobody reads is not worth the memory.
const NAME_MAX: usize = 1_000;

/// A signature field.
#[derive(Debug)]
pub(crate) struct Field {
    /// `None` where it is no object of its own.
    pub(crate) id: Option<ObjectId>,
    /// Fully qualified.
    pub(crate) name: String,
    pub(crate) dictionary: Dictionary,
    /// `/V`, its own or inherited.
    pub(crate) value: Option<Object>,
    /// The first widget that is not the field itself.
    pub(crate) widget: Option<ObjectId>,
}

/// A node of the field tree that waits for its turn.
struct Waiting {
    node: Object,
    parent: Rc<str>,
    signature: bool,
    value: Option<Object>,
    depth: u32,
}

impl Waiting {
    fn root(node: Object) -> Self {
        Self { node, parent: Rc::from(""), signature: false, value: None, depth: 0 }
    }
}

/// All signature fields of a view, in the order of the form. Unreadable fields are faults, not errors.
pub(crate) fn signature_fields(view: View<'_, '_>, faults: &mut Faults) -> Result<Vec<Field>, Error> {
    let form = view.value(&view.catalog()?, b"AcroForm")?;
    let Some(form) = form.as_dict() else {
        return Ok(Vec::new());
    };
    let roots = view.value(form, b"Fields")?;
    let mut names = HashSet::new();
    let mut seen = HashSet::new();
    let mut fields: Vec<Field> = Vec::new();
    let roots = roots.as_array().unwrap_or_default().iter().rev();
    let mut waiting: Vec<Waiting> = roots.cloned().map(Waiting::root).collect();
    while let Some(next) = waiting.pop() {
        let id = next.node.as_reference();
        if next.depth > NESTING_MAX || id.is_some_and(|id| !seen.insert(id)) {
            faults.push(Fault::fail("SF-4", None, "fields nested too deep, or met twice"));
            continue;
        }
        let Some(node) = readable(view.resolve(&next.node), faults)? else {
            continue;
        };
        let Object::Dictionary(node) = node else {
            continue;
        };
        let name = full_name(&next.parent, &node, view);
        let kind = readable(view.value(&node, b"FT"), faults)?.unwrap_or(Object::Null);
        // GuardTime's seals stand in fields of a type of their own.
        let signature = kind.as_name().map_or(next.signature, |kind| matches!(kind, b"Sig" | b"KSI"));
        let value = node.get(b"V").cloned().or(next.value);
        let kids = readable(view.value(&node, b"Kids"), faults)?.unwrap_or(Object::Null);
        let (kids, widget) = sorted_kids(view, kids.as_array().unwrap_or_default());
        if !kids.is_empty() {
            let parent: Rc<str> = Rc::from(name);
            let wait = |node| Waiting {
                node,
                parent: Rc::clone(&parent),
                signature,
                value: value.clone(),
                depth: next.depth + 1,
            };
            waiting.extend(kids.into_iter().rev().map(wait));
        } else if signature {
            if fields.len() >= FIELDS_MAX {
                return Err(Error::Limit { rule: "LIM-2", at: 0, what: "signature fields" });
            }
            if !names.insert(name.clone()) && view.file().sealed().is_none() {
                faults.push(Fault::warn("SF-4", None, "two signature fields have one name"));
            }
            fields.push(Field { id, name, dictionary: node, value, widget });
        }
    }
    Ok(fields)
}

/// What could be read; `None` and a fault for what could not, an error only for a limit.
fn readable(found: Result<Object, Error>, faults: &mut Faults) -> Result<Option<Object>, Error> {
    match found {
        Ok(object) => Ok(Some(object)),
        Err(error @ Error::Limit { .. }) => Err(error),
        Err(Error::Filter { what: "encrypted", .. }) => {
            faults.push(Fault::warn("5.6", None, "form fields are encrypted"));
            Ok(None)
        }
        Err(error) => {
            let detail = format!("a form field cannot be read: {error}");
            faults.push(Fault::fail("PF-6", error.offset(), detail));
            Ok(None)
        }
    }
}

/// Kids that are fields, for they have a name; and the first that is a widget of this one.
fn sorted_kids(view: View<'_, '_>, kids: &[Object]) -> (Vec<Object>, Option<ObjectId>) {
    let named = |kid: &&Object| view.resolve(kid).is_ok_and(|kid| kid.as_dict().is_some_and(|kid| kid.has(b"T")));
    let (fields, widgets): (Vec<&Object>, Vec<&Object>) = kids.iter().partition(named);
    (fields.into_iter().cloned().collect(), widgets.into_iter().find_map(Object::as_reference))
}

fn full_name(parent: &str, node: &Dictionary, view: View<'_, '_>) -> String {
    // Ciphertext is no name.
    let own = view.value(node, b"T").ok().filter(|_| view.file().sealed().is_none());
    let own = own.and_then(|name| name.as_string().map(text_string));
    let parts = [parent, own.as_deref().unwrap_or_default()];
    let separator = if parts.iter().any(|part| part.is_empty()) { "" } else { "." };
    parts.join(separator).chars().take(NAME_MAX).collect()
}

/// The name that a field has in a view, found from below, if the form of that view leads to it.
pub(crate) fn name_of(view: View<'_, '_>, id: ObjectId) -> Option<(String, Dictionary)> {
    let mut chain = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next {
        let Ok(Some(Object::Dictionary(node))) = view.get(id) else {
            return None;
        };
        if chain.len() > usize::try_from(NESTING_MAX).unwrap_or_default() {
            return None;
        }
        next = node.reference(b"Parent");
        chain.push((id, node));
    }
    let root = Object::Reference(chain.last()?.0);
    let form = view.value(&view.catalog().ok()?, b"AcroForm").ok()?;
    let fields = view.value(form.as_dict()?, b"Fields").ok()?;
    if !fields.as_array()?.contains(&root) {
        return None;
    }
    let name = chain.iter().rev().fold(String::new(), |parent, (_, node)| full_name(&parent, node, view));
    chain.into_iter().next().map(|(_, node)| (name, node))
}
