//! The catalog's own keys, those left out that have rules of their own. VALIDATION 6.4, MD-6 and MD-8; PF-11.

use super::Change;
use super::ChangeKind;
use super::ChangeLevel;
use super::delta::Delta;
use super::delta::UNREADABLE;
use super::delta::printable;
use crate::format::pdf;
use crate::format::pdf::Dictionary;

/// Developers whose extensions say which later part of the standard a file uses, and draw nothing (MD-6).
const DEVELOPERS: &[&[u8]] = &[b"ADBE", b"ESIC", b"ISO_"];

const VERSION: (&str, &str) = ("Uppgift om PDF-version lades till", "A statement of the PDF version was added");
const LOWERED: (&str, &str) = ("Uppgiften om PDF-version sänktes", "The stated PDF version was lowered");
const MARKED: (&str, &str) = ("Uppgift om tillgänglighet lades till", "A statement about accessibility was added");
const PRIVATE: (&str, &str) =
    ("Ett program sparade egna uppgifter i filen", "A program kept data of its own in the file");
const CERTIFIED: (&str, &str) = (
    "Den första underskriften bestämmer vad som får ändras efter den",
    "The first signature says what may be changed after it",
);

impl Delta<'_, '_> {
    /// MD-6: nothing else in the catalog may change. What it opens with, its layers, names, outlines and attachments
    /// change what a reader sees.
    pub(super) fn catalog(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        self.extensions(old, new)?;
        for key in self.differing(old, new) {
            let allowed = match key.as_slice() {
                b"AcroForm" | b"DSS" | b"Metadata" | b"Extensions" => continue,
                b"Version" => self.restates(old, new),
                b"MarkInfo" => self.marks(old, new)?,
                b"PieceInfo" => self.private_data(),
                b"Perms" => self.certifies(old, new)?,
                _ => false,
            };
            if !allowed || self.draws(new, &key) {
                self.refuse(ChangeKind::Content, ("MD-6", &format!("/Root/{}", printable(&key))), UNREADABLE);
            }
        }
        Ok(())
    }

    /// /Version may rise, above an earlier one or above the header's, which the catalog's overrides. Readers draw what
    /// they know whatever it says, so that a lower one is told and hides nothing (PF-11).
    fn restates(&mut self, old: &Dictionary, new: &Dictionary) -> bool {
        let header = self.document.bytes().get(5..8).and_then(version);
        let stated = |catalog: &Dictionary| catalog.name(b"Version").and_then(version);
        let (before, after) = (stated(old).max(header), stated(new).max(header));
        let place = ("MD-6", "/Root/Version");
        if after < before {
            let lowered = Change::new(ChangeKind::Metadata, ChangeLevel::LtaUpdates, ("PF-11", place.1), LOWERED);
            self.push(lowered.warning());
        } else {
            self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, place, VERSION);
        }
        !new.has(b"Version") || stated(new).is_some()
    }

    /// /Extensions may gain developers that are known, and a known one may rise. Nothing is drawn by it; the dictionary
    /// itself and each developer's are granted only where the catalog is all that leads to them.
    fn extensions(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), pdf::Error> {
        let inside = |view: pdf::View<'_, '_>, on: &Dictionary, key: &[u8]| -> Result<Dictionary, pdf::Error> {
            Ok(view.value(on, key)?.as_dict().cloned().unwrap_or_default())
        };
        let (was, is) = (inside(self.before, old, b"Extensions")?, inside(self.after, new, b"Extensions")?);
        self.grant(old.reference(b"Extensions"), new.reference(b"Extensions"), 1);
        let named = |id: Option<pdf::ObjectId>| id.is_some_and(|id| self.is_named(id.number));
        let touched = named(new.reference(b"Extensions")) || is.iter().any(|(_, value)| named(value.as_reference()));
        if !touched && !self.differing(old, new).iter().any(|key| key == b"Extensions") {
            return Ok(());
        }
        let mut allowed = !self.draws(new, b"Extensions");
        for key in was.iter().chain(is.iter()).map(|(key, _)| key).filter(|key| *key != b"Type") {
            let (before, after) = (inside(self.before, &was, key)?, inside(self.after, &is, key)?);
            let level = |extension: &Dictionary| extension.int(b"ExtensionLevel").unwrap_or(0);
            let kept = is.has(key) && !self.draws(&is, key) && level(&after) >= level(&before);
            let same = was.has(key) && self.differing(&before, &after).is_empty();
            allowed &= same || (kept && DEVELOPERS.contains(&key));
            self.grant(was.reference(key), is.reference(key), 1);
        }
        let place = ("MD-6", "/Root/Extensions");
        match allowed {
            true => self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, place, VERSION),
            false => self.refuse(ChangeKind::Content, place, UNREADABLE),
        }
        Ok(())
    }

    /// /MarkInfo may gain /Marked, which only tells that the document is tagged.
    fn marks(&mut self, old: &Dictionary, new: &Dictionary) -> Result<bool, pdf::Error> {
        let (was, is) = (self.before.value(old, b"MarkInfo")?, self.after.value(new, b"MarkInfo")?);
        let (was, is) = (was.as_dict().cloned().unwrap_or_default(), is.as_dict().cloned().unwrap_or_default());
        let marks =
            self.differing(&was, &is).iter().all(|key| key == b"Marked" && !was.has(key) && !self.draws(&is, key));
        if marks {
            self.note(ChangeKind::Metadata, ChangeLevel::LtaUpdates, ("MD-6", "/Root/MarkInfo"), MARKED);
        }
        Ok(marks)
    }

    /// /PieceInfo is a program's own data: no viewer draws by it. Objects it overrides are not granted here, so they
    /// must be granted by what else leads to them.
    pub(super) fn private_data(&mut self) -> bool {
        self.note(ChangeKind::Metadata, ChangeLevel::FormFilling, ("MD-6", "/PieceInfo"), PRIVATE);
        true
    }

    /// MD-8: /Perms may be made once, by the certification that is the document's first signature and that this very
    /// revision brought. Document timestamps before it do not count (DM-1 speaks of signatures): nobody who made one
    /// gave or withheld permission, /Perms draws nothing, and what it permits holds only from this signature on
    /// ([`super::Permission::of`]), so that nothing which came before is permitted by it.
    fn certifies(&mut self, old: &Dictionary, new: &Dictionary) -> Result<bool, pdf::Error> {
        let permissions = self.after.value(new, b"Perms")?;
        let only = permissions.as_dict().filter(|permissions| permissions.len() == 1);
        let signature = only.and_then(|permissions| permissions.reference(b"DocMDP"));
        let mut signatures = self.document.signatures().iter();
        let made = signatures.clone().any(|field| {
            let here = field.revision == self.revision && field.name.is_some() && field.doc_mdp.is_some();
            here && Some(field.dictionary_id) == signature
        });
        let first = !signatures.any(|field| field.revision < self.revision && !field.is_document_timestamp());
        let certifies = !old.has(b"Perms") && made && first;
        if certifies {
            self.note(ChangeKind::Signature, ChangeLevel::FormFilling, ("MD-8", "/Root/Perms"), CERTIFIED);
        }
        Ok(certifies)
    }
}

/// `1.7` as two numbers.
fn version(name: &[u8]) -> Option<(u8, u8)> {
    let digit = |byte: &u8| char::from(*byte).to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    match name {
        [major, b'.', minor] => Some((digit(major)?, digit(minor)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_two_digits() {
        assert_eq!(version(b"1.7"), Some((1, 7)));
        assert!(version(b"2.0") > version(b"1.7"));
        assert_eq!((version(b"1,7"), version(b"17")), (None, None));
    }
}
