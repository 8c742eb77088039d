//! Fields that were there and are filled in or signed. VALIDATION 6.4, MD-21, MD-22, MD-25 to MD-27.

use std::collections::BTreeSet;

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::dictionary;
use super::delta::printable;
use super::field::drawn;
use super::field::folded;
use super::field::pictured;
use super::field::value;
use super::form::FORM_DIFFERS;
use super::form::SIGNED;
use super::form::Shows;
use super::form::TIMESTAMPED;
use super::form::fields;
use super::geometry::HIDDEN;
use super::geometry::NO_VIEW;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::ObjectId;
use crate::format::pdf::View;

/// Fields visited in one comparison.
pub(super) const FIELDS_MAX: usize = 20_000;

/// Letters of a value that are told.
const TOLD_MAX: usize = 60;

/// Flags of a field (ISO 32000-2, 12.7.4.1, 12.7.5.2, 12.7.5.3).
const READ_ONLY: i64 = 1;
const PASSWORD: i64 = 1 << 13;
const PUSH_BUTTON: i64 = 1 << 16;

/// A field of the old state on the walk through its tree.
struct Place {
    id: ObjectId,
    name: String,
    kind: Option<Vec<u8>>,
    flags: i64,
    /// Whether this revision signs it: then its widgets may show the signature.
    signed: bool,
    /// Whether this revision filled it in further up: then its widgets may show that, though nobody touched them.
    filled: bool,
}

impl Delta<'_, '_> {
    /// Every field that was there, for those this revision names.
    pub(super) fn old_fields(&mut self, top: Vec<ObjectId>) -> Result<(), pdf::Error> {
        let place =
            |id: ObjectId| Place { id, name: String::new(), kind: None, flags: 0, signed: false, filled: false };
        let mut open: Vec<Place> = top.into_iter().map(place).collect();
        let mut seen = BTreeSet::new();
        let redraws = self.named.values().any(|(_, kind)| *kind == pdf::ChangeKind::Override);
        while let Some(at) = open.pop() {
            if !seen.insert(at.id) || seen.len() > FIELDS_MAX {
                continue;
            }
            let old = dictionary(self.before, at.id)?;
            let mut at = inherit(at, &old);
            if self.is_named(at.id.number) || (redraws && self.appearance_is_named(&old)?) {
                let new = dictionary(self.after, at.id)?;
                at.signed |= at.kind.as_deref() == Some(b"Sig") && !old.has(b"V") && self.signs(&new);
                self.old_field(&at, &old, &new)?;
            }
            at.filled &= !old.has(b"V");
            if at.filled {
                self.show(at.id, &old, ("", &format!("field {}", at.id.number)), Shows::Value)?;
            }
            let kids = fields(&self.before.value(&old, b"Kids")?);
            at.filled |= !kids.is_empty() && self.written(&at, &old)?;
            let kid = |id| Place { id, name: at.name.clone(), kind: at.kind.clone(), ..at };
            open.extend(kids.into_iter().map(kid));
        }
        Ok(())
    }

    /// Whether this revision gives a field of text another value, or another look to it.
    fn written(&self, at: &Place, old: &Dictionary) -> Result<bool, pdf::Error> {
        if !self.is_named(at.id.number) || !matches!(at.kind.as_deref(), Some(b"Tx" | b"Ch")) {
            return Ok(false);
        }
        let differing = self.differing(old, &dictionary(self.after, at.id)?);
        Ok(differing.iter().any(|key| matches!(key.as_slice(), b"V" | b"DA" | b"I")))
    }

    /// MD-21, MD-22, MD-25, MD-27: what may change in a field that was there. Nothing else may: not its rectangle, its
    /// border, its parent, its name or its flags.
    fn old_field(&mut self, at: &Place, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let differing = self.differing(old, new);
        self.grant_dictionary(at.id)?;
        let touched = !differing.is_empty() || self.appearance_is_named(new)?;
        if !touched {
            return Ok(());
        }
        let signature = at.kind.as_deref() == Some(b"Sig");
        let fillable = match at.kind.as_deref() {
            Some(b"Tx" | b"Ch") => true,
            Some(b"Btn") => at.flags & PUSH_BUTTON == 0,
            Some(b"Sig") => at.signed,
            Some(_) | None => false,
        };
        let allowed = |key: &Vec<u8>| match key.as_slice() {
            _ if self.draws(new, key) => false,
            b"V" | b"AP" | b"AS" | b"Type" => true,
            b"Lock" | b"P" => signature,
            b"I" | b"DA" => !signature,
            b"F" => !hides(old, new),
            _ => false,
        };
        let read_only = at.flags & READ_ONLY != 0 && !signature;
        let path = format!("field {}", at.id.number);
        if read_only || !fillable || !differing.iter().all(allowed) {
            let keys: Vec<String> = differing.iter().map(|key| printable(key)).collect();
            let path = format!("{path} /{}", keys.join(" /"));
            self.refuse(ChangeKind::Form, ("MD-21", &path), FORM_DIFFERS);
            return Ok(());
        }
        self.appearance(old, new)?;
        match signature {
            true => self.signed(at, new, &path),
            false => self.filled(at, (old, new), &path),
        }
    }

    /// MD-22: a field that was there and is signed now, or a widget of it.
    fn signed(&mut self, at: &Place, new: &Dictionary, path: &str) -> Result<(), pdf::Error> {
        self.widgets.insert(at.id.number);
        let what = self.shows(new)?;
        let timestamp = what == Shows::Timestamp;
        if self.show(at.id, new, (&at.name, path), if timestamp { what } else { Shows::Signature })? {
            return Ok(());
        }
        let (kind, level, rule, said) = match timestamp {
            true => (ChangeKind::DocumentTimestamp, ChangeLevel::LtaUpdates, "MD-13", TIMESTAMPED),
            false => (ChangeKind::Signature, ChangeLevel::FormFilling, "MD-22", SIGNED),
        };
        let field = Some(at.name.clone()).filter(|name| !name.is_empty());
        self.push(Change { field, ..Change::new(kind, level, (rule, path), said) });
        Ok(())
    }

    /// MD-21, MD-26: a field filled in: what it says now, whether it said something else before, and whether it shows
    /// what it says.
    fn filled(&mut self, at: &Place, (old, new): (&Dictionary, &Dictionary), path: &str) -> Result<(), pdf::Error> {
        let kind = at.kind.as_deref();
        let (was, is) = (value(self.before, kind, old)?, value(self.after, kind, new)?);
        let drawn = [(self.before, old), (self.after, new)].map(|(view, field)| drawn(view, field));
        let [was_drawn, is_drawn] = drawn;
        let button = kind == Some(b"Btn");
        // Equal text may be drawn in white, or under a picture: what showed anything and is drawn anew is replaced.
        let showed = !was.is_empty() || !was_drawn.is_empty() || button || pictured(self.before, old);
        // A mark that was signed is what the state shows, whatever value is stored.
        let set = old.name(b"AS").is_some_and(|state| state != b"Off");
        let unset = button && set && old.name(b"AS") != new.name(b"AS");
        // Another colour or size hides a value that viewers draw, its own and those of the fields below it.
        let restyled = old.get(b"DA") != new.get(b"DA") && (showed || old.has(b"Kids"));
        // So does a flag by which it is no longer printed.
        let restyled = restyled || (showed && old.int(b"F") != new.int(b"F"));
        let overwrites = (!was.is_empty() && was != is) || unset || restyled || (showed && self.redraws(old, new)?);
        let state = new.name(b"AS").map(|state| String::from_utf8_lossy(state).into_owned());
        let agrees = match button {
            true => state.is_none_or(|state| state == is || state == "Off"),
            false => !new.has(b"AP") || at.flags & PASSWORD != 0 || folded(&is) == is_drawn,
        };
        let told: String = is.chars().take(TOLD_MAX).collect();
        let name = &at.name;
        let (sv, en) = match (overwrites, agrees) {
            (_, false) => (
                format!("Formulärfältet ”{name}” fylldes i, men visar något annat än det värde som sparades"),
                format!("The form field “{name}” was filled in, but shows something else than its stored value"),
            ),
            (true, true) => (
                format!("Formulärfältet ”{name}” hade ett värde och fick ett annat: ”{told}”"),
                format!("The form field “{name}” held a value and was given another: “{told}”"),
            ),
            (false, true) => (
                format!("Formulärfältet ”{name}” fylldes i: ”{told}”"),
                format!("The form field “{name}” was filled in: “{told}”"),
            ),
        };
        let rule = if agrees { "MD-21" } else { "MD-26" };
        let change = Change::new(ChangeKind::Form, ChangeLevel::FormFilling, (rule, path), (&sv, &en));
        let warns = overwrites || !agrees || old.get(b"DA") != new.get(b"DA");
        self.push(Change { field: Some(name.clone()), overwrites, warns, ..change });
        self.show(at.id, new, ("", path), Shows::Value)?;
        Ok(())
    }

    /// The appearances of a field: its dictionary of them, if it is an object, and the streams in it.
    fn appearances(view: View<'_, '_>, field: &Dictionary) -> Result<Vec<ObjectId>, pdf::Error> {
        let states = view.value(field, b"AP")?;
        let mut found: Vec<ObjectId> = field.reference(b"AP").into_iter().collect();
        for (_, state) in states.as_dict().into_iter().flat_map(Dictionary::iter) {
            found.extend(state.as_reference());
            if let Object::Dictionary(streams) = view.resolve(state)? {
                found.extend(streams.iter().filter_map(|(_, stream)| stream.as_reference()));
            }
        }
        Ok(found)
    }

    /// Whether a field that had an appearance has another now.
    fn redraws(&self, old: &Dictionary, new: &Dictionary) -> Result<bool, pdf::Error> {
        let (was, is) = (old.get(b"AP"), new.get(b"AP"));
        let same = was.zip(is).is_some_and(|(was, is)| self.equal(was, is));
        Ok(was.is_some() && (!same || self.appearance_is_named(old)?))
    }

    fn appearance_is_named(&self, field: &Dictionary) -> Result<bool, pdf::Error> {
        Ok(Self::appearances(self.after, field)?.iter().any(|id| self.is_named(id.number)))
    }

    /// MD-21: what a field's appearance was may be overridden only if this field is all that uses it.
    fn appearance(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let before = Self::appearances(self.before, old)?;
        for id in Self::appearances(self.after, new)? {
            if before.contains(&id) && self.references.to(id.number) == 1 {
                self.grant_whole(id);
            }
        }
        Ok(())
    }
}

/// What a field takes from its parents, its own values first.
fn inherit(at: Place, field: &Dictionary) -> Place {
    let partial = field.get(b"T").and_then(Object::as_string).map(pdf::text_string);
    let name = match partial {
        None => at.name,
        Some(partial) if at.name.is_empty() => partial,
        Some(partial) => format!("{}.{partial}", at.name),
    };
    let kind = field.name(b"FT").map(<[u8]>::to_vec).or(at.kind);
    Place { name, kind, flags: field.int(b"Ff").unwrap_or(at.flags), ..at }
}

/// MD-21: the Hidden and NoView bits stay as they are.
fn hides(old: &Dictionary, new: &Dictionary) -> bool {
    let flags = |field: &Dictionary| field.int(b"F").unwrap_or_default() & (HIDDEN | NO_VIEW);
    flags(old) != flags(new)
}
