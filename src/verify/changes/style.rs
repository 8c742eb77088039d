//! Values that viewers draw themselves, and what they draw them by. VALIDATION 6.4, MD-20; ISO 32000-2, 12.7.4.3.

use std::collections::BTreeSet;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::dictionary;
use super::field::drawn;
use super::field::folded;
use super::field::inherited;
use super::field::value;
use super::fill::FIELDS_MAX;
use super::form::fields;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;

const UNMASKED: (&str, &str) = (
    "Formulärets värden visas inte längre så som de visades när dokumentet skrevs under",
    "The form's values are no longer shown as they were when the document was signed",
);

/// A widget that holds a value.
struct Valued {
    id: ObjectId,
    /// Whether the file draws it.
    drawn: bool,
    /// What its field, or one above it, says under a key.
    style: Object,
}

impl Delta<'_, '_> {
    /// Whether viewers draw a value anew that was there before, and `leans` on what its field or those above it say
    /// under a key. They do so where the form tells them to, and where the file does not draw the value itself.
    pub(super) fn drawn_anew(
        &self,
        form: &Dictionary,
        key: &[u8],
        leans: impl Fn(&Object) -> bool,
    ) -> Result<bool, pdf::Error> {
        let told = form.get(b"NeedAppearances").and_then(Object::as_bool) == Some(true);
        Ok(self.valued(form, key)?.iter().any(|widget| (told || !widget.drawn) && leans(&widget.style)))
    }

    /// MD-20: where viewers drew values anew and cease to, they show what the file draws. If that is not known to be the
    /// same, what was signed may be seen as another, or no longer.
    pub(super) fn redrawn_no_more(&mut self, form: &Dictionary, redrawn: bool) -> Result<(), pdf::Error> {
        let widgets = if redrawn { self.valued(form, b"DA")? } else { Vec::new() };
        for widget in widgets {
            let field = dictionary(self.after, widget.id)?;
            let (kind, _) = inherited(self.after, &field, b"FT")?;
            let text = matches!(kind.as_name(), Some(b"Tx" | b"Ch"));
            if text && folded(&value(self.after, kind.as_name(), &field)?) != drawn(self.after, &field) {
                let place = ("MD-20", "/Root/AcroForm/NeedAppearances");
                let change = Change::new(ChangeKind::Form, ChangeLevel::FormFilling, place, UNMASKED);
                self.push(Change { overwrites: true, ..change.warning() });
            }
        }
        Ok(())
    }

    /// The widgets of the form as it was before that hold a value.
    fn valued(&self, form: &Dictionary, key: &[u8]) -> Result<Vec<Valued>, pdf::Error> {
        let top = fields(&self.before.value(form, b"Fields")?);
        let mut open: Vec<(ObjectId, Object, bool)> = top.into_iter().map(|id| (id, Object::Null, false)).collect();
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        while let Some((id, style, valued)) = open.pop() {
            if !seen.insert(id) || seen.len() > FIELDS_MAX {
                continue;
            }
            let field = dictionary(self.before, id)?;
            let style = if field.has(key) { self.before.value(&field, key)? } else { style };
            let valued = if field.has(b"V") { !value(self.before, None, &field)?.is_empty() } else { valued };
            let kids = fields(&self.before.value(&field, b"Kids")?);
            open.extend(kids.into_iter().map(|kid| (kid, style.clone(), valued)));
            if valued && field.has(b"Rect") {
                found.push(Valued { id, drawn: field.has(b"AP"), style });
            }
        }
        Ok(found)
    }
}

/// Whether a default appearance sets the font of this name, which may be written with `#` and digits (ISO 32000-2, 7.3.5).
pub(super) fn sets(style: &[u8], font: &[u8]) -> bool {
    let ends = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace() || b"/[]<>(){}%".contains(byte);
    let names = style.split(|byte| *byte == b'/').skip(1).filter_map(|rest| rest.split(ends).next());
    names.into_iter().any(|name| unescaped(name) == font)
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut plain, mut rest) = (Vec::new(), name);
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.first_chunk::<2>().filter(|_| byte == b'#');
        let code = pair.and_then(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
        plain.push(code.unwrap_or(byte));
        rest = after.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    plain
}
