//! The form, and the fields and signatures added to it after signing. VALIDATION 6.4, MD-13, MD-20 and MD-22 to MD-24.

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::dictionary;
use super::delta::printable;
use super::geometry;
use super::geometry::Rect;
use super::pages::PageFacts;
use super::style::sets;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;

/// Widgets of one field.
const WIDGETS_MAX: usize = 1_000;

pub(super) const FORM_DIFFERS: (&str, &str) =
    ("Formuläret har ändrats på ett sätt som inte är tillåtet", "The form was changed in a way that is not permitted");
const DEFAULTS: (&str, &str) = ("Formulärets standardutseende ändrades", "The form's default appearance was changed");
pub(super) const SIGNED: (&str, &str) = ("Ytterligare en underskrift lades till", "A further signature was added");
pub(super) const TIMESTAMPED: (&str, &str) =
    ("En tidsstämpel för dokumentet lades till", "A document timestamp was added");
const EMPTY_FIELD: (&str, &str) = ("Ett tomt underskriftsfält lades till", "An empty signature field was added");
const OVERLAY: (&str, &str) = (
    "Ett synligt fält lades ovanpå innehållet utan att undertecknas",
    "A visible field was laid over the content without being signed",
);
const COVERED: (&str, &str) = (
    "En bild lades ovanpå innehållet tillsammans med en underskrift eller tidsstämpel",
    "A picture was laid over the content together with a signature or timestamp",
);
const SIGNED_SEEN: (&str, &str) = (
    "Ytterligare en underskrift lades till och syns på sidan",
    "A further signature was added and is seen on the page",
);
const SIGNED_OVER: (&str, &str) = (
    "Ytterligare en underskrift lades till och ligger delvis över text på sidan",
    "A further signature was added and partly lies over text on the page",
);
const TIMESTAMP_SEEN: (&str, &str) = (
    "En tidsstämpel för dokumentet lades till och syns på sidan",
    "A document timestamp was added and is seen on the page",
);
const VALUE_COVERS: (&str, &str) =
    ("Det som fylldes i ligger ovanpå text som var underskriven", "What was filled in lies over text that was signed");

/// A widget that shows what it did not show before.
pub(super) struct Shown {
    pub(super) widget: ObjectId,
    pub(super) rect: Rect,
    /// The full name of its field, if that was there before.
    pub(super) field: String,
    /// The place of its field in the file's structure.
    pub(super) path: String,
    pub(super) what: Shows,
}

/// What a widget newly shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// A signature in a field that was there when others signed.
    Signature,
    /// A signature in a field of its own (MD-24).
    NewSignature,
    /// A document timestamp.
    Timestamp,
    /// A signature field that nobody signed.
    Nothing,
    /// What was filled in (MD-25).
    Value,
}

impl Delta<'_, '_> {
    /// MD-20: the form itself, then each of its fields.
    pub(super) fn form(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        self.grant(old.reference(b"AcroForm"), new.reference(b"AcroForm"), 1);
        let old_form = self.before.value(old, b"AcroForm")?.as_dict().cloned().unwrap_or_default();
        let new_form = self.after.value(new, b"AcroForm")?.as_dict().cloned().unwrap_or_default();
        let redrawn = old_form.get(b"NeedAppearances").and_then(Object::as_bool) == Some(true);
        for key in self.differing(&old_form, &new_form) {
            let path = format!("/Root/AcroForm/{}", printable(&key));
            let allowed = match key.as_slice() {
                b"Fields" => true,
                b"SigFlags" => gained(old_form.int(&key).unwrap_or_default(), new_form.int(&key)),
                b"NeedAppearances" => {
                    self.redrawn_no_more(&old_form, redrawn)?;
                    new_form.get(&key).and_then(Object::as_bool) != Some(true)
                }
                b"DR" => self.gained_resources(&old_form, &new_form)?,
                // Where readers draw the fields anew, another default could hide what was filled in and signed.
                b"DA" | b"Q" if old_form.has(&key) && redrawn => false,
                b"DA" | b"Q" if self.drawn_anew(&old_form, &key, Object::is_null)? => false,
                b"DA" | b"Q" => {
                    // Signing services add these when they make the form's first field (idsec sample, pyHanko#55).
                    self.note(ChangeKind::Form, ChangeLevel::FormFilling, ("MD-20", &path), DEFAULTS);
                    true
                }
                _ => false,
            };
            if !allowed || self.draws(&new_form, &key) {
                self.refuse(ChangeKind::Form, ("MD-20", &path), FORM_DIFFERS);
            }
        }
        self.grant(old_form.reference(b"Fields"), new_form.reference(b"Fields"), 1);
        let before = fields(&self.before.value(&old_form, b"Fields")?);
        let after = fields(&self.after.value(&new_form, b"Fields")?);
        if !after.starts_with(&before) {
            self.refuse(ChangeKind::Form, ("MD-20", "/Root/AcroForm/Fields"), FORM_DIFFERS);
        }
        let kept = before.len();
        self.old_fields(before)?;
        for added in after.iter().skip(kept) {
            self.new_field(*added)?;
        }
        Ok(())
    }

    /// MD-20: /DR may gain fonts, and the encodings they name, under new names; and, since PDFBox's visible signatures
    /// (eduSign's among them) put their own form there each time, an XObject's name may move to a new object. Nothing
    /// that was signed may draw by these names: a default appearance can name a font before there is one.
    fn gained_resources(&self, form: &Dictionary, new: &Dictionary) -> Result<bool, pdf::Error> {
        let inside = |view: pdf::View<'_, '_>, on: &Dictionary, key: &[u8]| -> Result<Dictionary, pdf::Error> {
            Ok(view.value(on, key)?.as_dict().cloned().unwrap_or_default())
        };
        let (old, new) = (inside(self.before, form, b"DR")?, inside(self.after, new, b"DR")?);
        let default = self.before.value(form, b"DA")?;
        for key in self.differing(&old, &new) {
            let listed_anew = !old.has(&key) && new.reference(&key).is_some_and(|id| self.is_new(id.number));
            let (was, is) = (inside(self.before, &old, &key)?, inside(self.after, &new, &key)?);
            let fresh = |name: &Vec<u8>| is.reference(name).is_some_and(|id| self.is_new(id.number));
            let names = self.differing(&was, &is);
            let leans = |style: &Object| {
                let style = if style.is_null() { &default } else { style };
                names.iter().any(|name| sets(style.as_string().unwrap_or_default(), name))
            };
            if key == b"Font" && self.drawn_anew(form, b"DA", leans)? {
                return Ok(false);
            }
            let allowed = match key.as_slice() {
                b"ProcSet" => true,
                b"Font" | b"Encoding" => listed_anew || names.iter().all(|name| !was.has(name) && fresh(name)),
                b"XObject" => names.iter().all(fresh),
                _ => false,
            };
            if !allowed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// MD-22 to MD-24, MD-13: only signature fields may be added, each with a signature of its own or none.
    fn new_field(&mut self, id: ObjectId) -> Result<(), pdf::Error> {
        let field = dictionary(self.after, id)?;
        let path = format!("field {}", id.number);
        let kind = field.name(b"FT") == Some(b"Sig");
        let value = !field.has(b"V") || self.signs(&field);
        let widgets = self.new_widgets(id, &field)?.filter(|_| kind && value);
        let Some(widgets) = widgets else {
            self.refuse(ChangeKind::Form, ("MD-23", &path), FORM_DIFFERS);
            return Ok(());
        };
        let what = self.shows(&field)?;
        let mut shown = false;
        for (widget, dictionary) in widgets {
            self.widgets.insert(widget.number);
            shown |= self.show(widget, &dictionary, ("", &path), what)?;
        }
        if shown {
            return Ok(());
        }
        let (kind, level, rule, said) = match what {
            Shows::Timestamp => (ChangeKind::DocumentTimestamp, ChangeLevel::LtaUpdates, "MD-13", TIMESTAMPED),
            Shows::NewSignature => (ChangeKind::Signature, ChangeLevel::FormFilling, "MD-23", SIGNED),
            Shows::Nothing | Shows::Signature | Shows::Value => {
                (ChangeKind::Form, ChangeLevel::FormFilling, "MD-23", EMPTY_FIELD)
            }
        };
        self.note(kind, level, (rule, &path), said);
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
            if !kind || widget.has(b"A") || widget.has(b"AA") || widgets.len() > WIDGETS_MAX {
                return Ok(None);
            }
            widgets.push((id, widget));
        }
        Ok(Some(widgets))
    }

    /// Whether a field's value is a signature that this revision brought (MD-22). One that was there before signs nothing.
    pub(super) fn signs(&self, field: &Dictionary) -> bool {
        field.reference(b"V").is_some_and(|id| self.is_new(id.number)) && !self.draws(field, b"V")
    }

    /// What a field that was added, or signed in this revision, holds.
    pub(super) fn shows(&self, field: &Dictionary) -> Result<Shows, pdf::Error> {
        let value = self.after.value(field, b"V")?;
        let kind = value.as_dict().map(|value| value.name(b"SubFilter") == Some(b"ETSI.RFC3161"));
        Ok(match kind {
            None => Shows::Nothing,
            Some(true) => Shows::Timestamp,
            Some(false) => Shows::NewSignature,
        })
    }

    /// Keeps a widget for when the pages are known. Whether it shows anything.
    pub(super) fn show(
        &mut self,
        widget: ObjectId,
        dictionary: &Dictionary,
        (field, path): (&str, &str),
        what: Shows,
    ) -> Result<bool, pdf::Error> {
        // What is filled in is drawn by viewers, whether the file draws it or not.
        let drawn = dictionary.has(b"AP") || dictionary.has(b"MK") || what == Shows::Value;
        let Some(rect) = geometry::seen(self.after, dictionary)?.filter(|_| drawn) else { return Ok(false) };
        self.shown.push(Shown { widget, rect, field: field.to_owned(), path: path.to_owned(), what });
        Ok(true)
    }

    /// MD-24, MD-25: what fields newly show, with the page it is on and what lies under it.
    pub(super) fn overlays(&mut self, pages: &[PageFacts]) {
        for shown in std::mem::take(&mut self.shown) {
            let listed = (1..).zip(pages).filter(|(_, page)| page.annotations.contains(&shown.widget.number));
            let listed: Vec<(usize, ObjectId)> = listed.map(|(number, page)| (number, page.id)).collect();
            // A widget can stand on several pages; the worst of them counts.
            let covered = listed.iter().find(|(_, page)| self.hides(*page, shown.rect, Some(shown.widget)));
            let page = covered.or(listed.first()).map(|(number, _)| *number);
            self.overlay(&shown, page, covered.is_some());
        }
    }

    fn overlay(&mut self, shown: &Shown, page: Option<usize>, covers: bool) {
        use ChangeKind as Kind;
        use ChangeLevel as Level;
        let large = geometry::large(shown.rect);
        let (kind, level, rule, said) = match shown.what {
            // A timestamp could cover anything, and nobody has to answer for it.
            Shows::Timestamp if covers => (Kind::Annotation, Level::Annotations, "MD-24", COVERED),
            Shows::Timestamp => (Kind::DocumentTimestamp, Level::FormFilling, "MD-24", TIMESTAMP_SEEN),
            Shows::Nothing => (Kind::Annotation, Level::Annotations, "MD-24", OVERLAY),
            Shows::Signature | Shows::NewSignature if large => (Kind::Annotation, Level::Annotations, "MD-33", COVERED),
            Shows::Signature | Shows::NewSignature => {
                let rule = if shown.what == Shows::Signature { "MD-22" } else { "MD-24" };
                (Kind::Signature, Level::FormFilling, rule, if covers { SIGNED_OVER } else { SIGNED_SEEN })
            }
            Shows::Value if covers => (Kind::Form, Level::FormFilling, "MD-25", VALUE_COVERS),
            Shows::Value => return,
        };
        let said = match page {
            Some(page) => (format!("{} (sidan {page})", said.0), format!("{} (page {page})", said.1)),
            None => (said.0.to_owned(), said.1.to_owned()),
        };
        let change = Change::new(kind, level, (rule, &shown.path), (&said.0, &said.1)).on(page).at(Some(shown.rect));
        // Whoever signed first saw where the next signature would be, if its field was there. A field of the second
        // signer's own making that hides words leaves it open what the first one approved: MD-25 warns, we stay undecided.
        let covers = covers && (shown.what != Shows::Signature || large);
        let field = Some(shown.field.clone()).filter(|field| !field.is_empty());
        self.push(Change { covers, field, ..change.warning() });
    }
}

/// The references in an array of fields; anything else in it is no field.
pub(super) fn fields(array: &Object) -> Vec<ObjectId> {
    array.as_array().unwrap_or_default().iter().filter_map(Object::as_reference).collect()
}

/// MD-20: bits may be gained, never lost.
fn gained(old: i64, new: Option<i64>) -> bool {
    new.is_some_and(|new| new & old == old)
}
