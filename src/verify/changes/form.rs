//! Fields and signatures added or filled in after signing. VALIDATION 6.4, MD-20 to MD-27.

use std::collections::BTreeSet;

use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::dictionary;
use super::delta::printable;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;

/// Fields visited in one comparison.
const FIELDS_MAX: usize = 20_000;

const FORM_DIFFERS: (&str, &str) =
    ("Formuläret har ändrats på ett sätt som inte är tillåtet", "The form was changed in a way that is not permitted");
const DEFAULTS: (&str, &str) = ("Formulärets standardutseende ändrades", "The form's default appearance was changed");
const SIGNED: (&str, &str) = ("Ytterligare en underskrift lades till", "A further signature was added");
const TIMESTAMPED: (&str, &str) = ("En tidsstämpel för dokumentet lades till", "A document timestamp was added");
const EMPTY_FIELD: (&str, &str) = ("Ett tomt underskriftsfält lades till", "An empty signature field was added");
const OVERLAY: (&str, &str) = (
    "Ett synligt fält lades ovanpå innehållet utan att undertecknas",
    "A visible field was laid over the content without being signed",
);

/// Flags of an annotation (ISO 32000-2, 12.5.3).
const HIDDEN: i64 = 1 << 1;
const PRINT: i64 = 1 << 2;
const NO_VIEW: i64 = 1 << 5;
const TOGGLE_NO_VIEW: i64 = 1 << 8;

/// Flags of a field (12.7.4.1, 12.7.5.2).
const READ_ONLY: i64 = 1;
const PUSH_BUTTON: i64 = 1 << 16;

/// A field of the old state on the walk through its tree.
struct Place {
    id: ObjectId,
    name: String,
    kind: Option<Vec<u8>>,
    flags: i64,
}

impl Delta<'_, '_> {
    /// MD-20: the form itself, then each of its fields.
    pub(super) fn form(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        self.grant(old.reference(b"AcroForm"), new.reference(b"AcroForm"), 1);
        let old_form = self.before.value(old, b"AcroForm")?.as_dict().cloned().unwrap_or_default();
        let new_form = self.after.value(new, b"AcroForm")?.as_dict().cloned().unwrap_or_default();
        for key in self.differing(&old_form, &new_form) {
            let path = format!("MD-20 /Root/AcroForm/{}", printable(&key));
            let allowed = match key.as_slice() {
                b"Fields" => true,
                b"SigFlags" => gained(old_form.int(&key).unwrap_or_default(), new_form.int(&key)),
                b"NeedAppearances" => new_form.get(&key).and_then(Object::as_bool) != Some(true),
                b"DR" => self.gained_resources(&old_form, &new_form)?,
                b"DA" | b"Q" => {
                    // Signing services add these when they make the form's first field (idsec sample, pyHanko#55).
                    self.note(ChangeKind::Form, ChangeLevel::FormFilling, &path, DEFAULTS);
                    true
                }
                _ => false,
            };
            if !allowed || self.draws(&new_form, &key) {
                self.refuse(ChangeKind::Form, None, &path, FORM_DIFFERS);
            }
        }
        self.grant(old_form.reference(b"Fields"), new_form.reference(b"Fields"), 1);
        let before = fields(&self.before.value(&old_form, b"Fields")?);
        let after = fields(&self.after.value(&new_form, b"Fields")?);
        if !after.starts_with(&before) {
            self.refuse(ChangeKind::Form, None, "MD-20 /Root/AcroForm/Fields", FORM_DIFFERS);
        }
        let kept = before.len();
        self.old_fields(before)?;
        for added in after.iter().skip(kept) {
            self.new_field(*added)?;
        }
        Ok(())
    }

    /// MD-20: /DR may gain fonts under new names; and, since PDFBox's visible signatures (eduSign's among them) put their
    /// own form there each time, an XObject's name may move to a new object. Nothing that was signed draws by these names.
    fn gained_resources(&self, old: &Dictionary, new: &Dictionary) -> Result<bool, pdf::Error> {
        let inside = |view: pdf::View<'_, '_>, on: &Dictionary, key: &[u8]| -> Result<Dictionary, pdf::Error> {
            Ok(view.value(on, key)?.as_dict().cloned().unwrap_or_default())
        };
        let (old, new) = (inside(self.before, old, b"DR")?, inside(self.after, new, b"DR")?);
        for key in self.differing(&old, &new) {
            let listed_anew = !old.has(&key) && new.reference(&key).is_some_and(|id| self.is_new(id.number));
            let (was, is) = (inside(self.before, &old, &key)?, inside(self.after, &new, &key)?);
            let fresh = |name: &Vec<u8>| is.reference(name).is_some_and(|id| self.is_new(id.number));
            let names = self.differing(&was, &is);
            let allowed = match key.as_slice() {
                b"ProcSet" => true,
                b"Font" => listed_anew || names.iter().all(|name| !was.has(name) && fresh(name)),
                b"XObject" => names.iter().all(fresh),
                _ => false,
            };
            if !allowed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every field that was there, for those this revision names.
    fn old_fields(&mut self, top: Vec<ObjectId>) -> Result<(), pdf::Error> {
        let place = |id: ObjectId| Place { id, name: String::new(), kind: None, flags: 0 };
        let mut open: Vec<Place> = top.into_iter().map(place).collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            if !seen.insert(at.id) || seen.len() > FIELDS_MAX {
                continue;
            }
            let old = dictionary(self.before, at.id)?;
            let at = inherit(at, &old);
            if self.is_named(at.id.number) {
                self.old_field(&at, &old)?;
            }
            let kids = fields(&self.before.value(&old, b"Kids")?);
            let kid = |id: ObjectId| Place { id, name: at.name.clone(), kind: at.kind.clone(), flags: at.flags };
            open.extend(kids.into_iter().map(kid));
        }
        Ok(())
    }

    /// MD-21, MD-22: what may change in a field that was there.
    fn old_field(&mut self, at: &Place, old: &Dictionary) -> Result<(), pdf::Error> {
        let new = dictionary(self.after, at.id)?;
        let differing = self.differing(old, &new);
        self.grant_dictionary(at.id)?;
        if differing.is_empty() {
            return Ok(());
        }
        let path = format!(
            "MD-21 field {} {:?}",
            at.id.number,
            differing.iter().map(|key| printable(key)).collect::<Vec<_>>()
        );
        if at.kind.as_deref() == Some(b"Sig") {
            let signs = !old.has(b"V") && self.signs(&new);
            let allowed = |key: &Vec<u8>| match key.as_slice() {
                _ if self.draws(&new, key) => false,
                b"V" | b"AP" | b"Lock" | b"AS" | b"Type" | b"P" => true,
                b"F" => !hides(old, &new),
                _ => false,
            };
            if signs && differing.iter().all(allowed) {
                self.widgets.insert(at.id.number);
                let shown = visible(self.after, &new)?;
                return self.signed(&new, shown, &path);
            }
            self.refuse(ChangeKind::Form, None, &path, FORM_DIFFERS);
            return Ok(());
        }
        let allowed = |key: &Vec<u8>| match key.as_slice() {
            _ if self.draws(&new, key) => false,
            b"V" | b"AS" | b"AP" | b"I" | b"DA" | b"Type" => true,
            b"F" => !hides(old, &new),
            _ => false,
        };
        let read_only = at.flags & READ_ONLY != 0;
        let fillable = match at.kind.as_deref() {
            Some(b"Tx" | b"Ch") => true,
            Some(b"Btn") => at.flags & PUSH_BUTTON == 0,
            Some(_) | None => false,
        };
        if read_only || !fillable || !differing.iter().all(allowed) {
            self.refuse(ChangeKind::Form, None, &path, FORM_DIFFERS);
            return Ok(());
        }
        self.appearance(old, &new)?;
        self.filled(at.name.clone(), &path, ("Ett formulärfält fylldes i", "A form field was filled in"));
        Ok(())
    }

    /// MD-21: an appearance stream may be overridden only if this field is all that uses it.
    fn appearance(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let of = |view: pdf::View<'_, '_>, field: &Dictionary| -> Result<Option<ObjectId>, pdf::Error> {
            Ok(view.value(field, b"AP")?.as_dict().and_then(|states| states.reference(b"N")))
        };
        if let (Some(before), Some(after)) = (of(self.before, old)?, of(self.after, new)?)
            && before == after
            && self.references.to(after.number) == 1
        {
            self.grant_whole(after);
        }
        Ok(())
    }

    /// MD-22 to MD-24, MD-13: only signature fields may be added, each with a signature of its own or none.
    fn new_field(&mut self, id: ObjectId) -> Result<(), pdf::Error> {
        let field = dictionary(self.after, id)?;
        let path = format!("MD-23 field {}", id.number);
        let kind = field.name(b"FT") == Some(b"Sig");
        let value = !field.has(b"V") || self.signs(&field);
        let widgets = self.new_widgets(id, &field)?.filter(|_| kind && value);
        let Some(widgets) = widgets else {
            self.refuse(ChangeKind::Form, None, &path, FORM_DIFFERS);
            return Ok(());
        };
        let mut shown = false;
        for (widget, dictionary) in widgets {
            self.widgets.insert(widget.number);
            shown |= visible(self.after, &dictionary)?;
        }
        if field.has(b"V") {
            return self.signed(&field, shown, &path);
        }
        match shown {
            true => self.push_overlay(&path),
            false => self.note(ChangeKind::Form, ChangeLevel::FormFilling, &path, EMPTY_FIELD),
        }
        Ok(())
    }

    /// The field's own widgets: itself and its kids. Nothing where one of them was there before, acts, or is an
    /// annotation of another kind.
    fn new_widgets(&self, id: ObjectId, field: &Dictionary) -> Result<Option<Vec<(ObjectId, Dictionary)>>, pdf::Error> {
        let kids = self.after.value(field, b"Kids")?;
        let kids = kids.as_array().unwrap_or_default();
        let mut widgets = Vec::new();
        for id in std::iter::once(Some(id)).chain(kids.iter().map(Object::as_reference)) {
            let Some(id) = id.filter(|id| self.is_new(id.number)) else { return Ok(None) };
            let Some(Object::Dictionary(widget)) = self.after.get(id)? else { return Ok(None) };
            let kind = widget.get(b"Subtype").is_none_or(|kind| kind.as_name() == Some(b"Widget"));
            if !kind || widget.has(b"A") || widget.has(b"AA") || widgets.len() > FIELDS_MAX {
                return Ok(None);
            }
            widgets.push((id, widget));
        }
        Ok(Some(widgets))
    }

    /// Whether a field's value is a signature that this revision brought (MD-22). One that was there before signs nothing.
    fn signs(&self, field: &Dictionary) -> bool {
        field.reference(b"V").is_some_and(|id| self.is_new(id.number)) && !self.draws(field, b"V")
    }

    fn push_overlay(&mut self, path: &str) {
        self.note(ChangeKind::Annotation, ChangeLevel::Annotations, path, OVERLAY);
    }

    /// A signature, or a document timestamp, which shows nothing and is mere preservation (MD-13): a visible one could
    /// cover anything, and nobody has to answer for it.
    fn signed(&mut self, field: &Dictionary, shown: bool, path: &str) -> Result<(), pdf::Error> {
        let value = self.after.value(field, b"V")?;
        let timestamp = value.as_dict().and_then(|value| value.name(b"SubFilter")) == Some(b"ETSI.RFC3161");
        let mut widgets = fields(&self.after.value(field, b"Kids")?).into_iter().map(|kid| dictionary(self.after, kid));
        let large =
            large(self.after, field)? || widgets.any(|kid| kid.is_ok_and(|kid| large(self.after, &kid) == Ok(true)));
        match (timestamp, shown) {
            (true, true) => self.push_overlay(path),
            (false, true) if large => self.push_overlay(path),
            (true, false) => {
                self.note(ChangeKind::DocumentTimestamp, ChangeLevel::LtaUpdates, path, TIMESTAMPED);
            }
            (false, _) => self.note(ChangeKind::Signature, ChangeLevel::FormFilling, path, SIGNED),
        }
        Ok(())
    }
}

/// The references in an array of fields; anything else in it is no field.
fn fields(array: &Object) -> Vec<ObjectId> {
    array.as_array().unwrap_or_default().iter().filter_map(Object::as_reference).collect()
}

/// What a field takes from its parents, its own values first.
fn inherit(at: Place, field: &Dictionary) -> Place {
    let partial = field.get(b"T").and_then(Object::as_string).map(pdf::text_string);
    let name = match partial {
        None => at.name,
        Some(partial) if at.name.is_empty() => partial,
        Some(partial) => format!("{}.{partial}", at.name),
    };
    Place {
        id: at.id,
        name,
        kind: field.name(b"FT").map(<[u8]>::to_vec).or(at.kind),
        flags: field.int(b"Ff").unwrap_or(at.flags),
    }
}

/// MD-20: bits may be gained, never lost.
fn gained(old: i64, new: Option<i64>) -> bool {
    new.is_some_and(|new| new & old == old)
}

/// MD-21: the Hidden (2) and NoView (6) bits stay as they are.
fn hides(old: &Dictionary, new: &Dictionary) -> bool {
    let flags = |field: &Dictionary| field.int(b"F").unwrap_or_default() & (HIDDEN | NO_VIEW);
    flags(old) != flags(new)
}

/// Whether a widget is larger than half a page of A4 (MD-33): no signature's own picture needs that.
fn large(view: pdf::View<'_, '_>, widget: &Dictionary) -> Result<bool, pdf::Error> {
    /// Half of 595 × 842 points.
    const HALF_PAGE: f64 = 250_000.0;
    let rectangle = view.value(widget, b"Rect")?;
    let sides: Vec<f64> = rectangle.as_array().unwrap_or_default().iter().filter_map(Object::as_number).collect();
    Ok(matches!(sides[..], [left, bottom, right, top] if ((right - left) * (top - bottom)).abs() > HALF_PAGE))
}

/// Whether a widget shows anything, on screen or on paper: a rectangle with an area, an appearance, no flag that hides.
fn visible(view: pdf::View<'_, '_>, widget: &Dictionary) -> Result<bool, pdf::Error> {
    let rectangle = view.value(widget, b"Rect")?;
    let sides: Vec<f64> = rectangle.as_array().unwrap_or_default().iter().filter_map(Object::as_number).collect();
    let area = matches!(sides[..], [left, bottom, right, top] if left != right && bottom != top);
    let flags = view.value(widget, b"F")?.as_int().unwrap_or_default();
    let hidden = flags & HIDDEN != 0 || (flags & NO_VIEW != 0 && flags & (PRINT | TOGGLE_NO_VIEW) == 0);
    let drawn = widget.has(b"AP") || widget.has(b"MK");
    let merged = widget.has(b"Rect");
    Ok(!hidden && drawn && (area || !merged))
}
