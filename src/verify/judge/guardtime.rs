//! GuardTime's seals, which Scrive makes: KSI signatures, and before them time-stamp tokens signed in GuardTime's way.
//! Only the digest can be compared; the rest takes GuardTime's calendar. Listed and named, never passed (VALIDATION 5.4).

use super::Case;
use super::Stage;
use crate::format::ksi::Seal;
use crate::format::pdf::SignatureField;
use crate::format::timestamp::Token;
use crate::verify::existence;
use crate::verify::indication::SubIndication;
use crate::verify::integrity;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::SignatureState;
use crate::verify::text::Finding;
use crate::verify::wording;

/// Whether the dictionary says that GuardTime made it; the SubFilter with a space is theirs too.
pub(super) fn made(field: &SignatureField) -> bool {
    matches!(field.filter.as_deref(), Some("GT.KSI" | "GTTS.TimeStamp"))
        || field.sub_filter.as_deref() == Some("ETSI.RFC 3161")
}

impl Case<'_, '_, '_> {
    /// Compares the digest and says what the seal is.
    pub(super) fn guardtime(&mut self) {
        let bytes = self.scene.document.bytes();
        let parts = self.field.digest_parts(bytes).unwrap_or_default();
        // A KSI signature is no BER value: the padding goes with it.
        let contents = self.field.contents.as_ref().map(|contents| contents.bytes.as_slice()).unwrap_or_default();
        let digest = match (Seal::read(contents), Token::read(contents, self.scene.known.budget)) {
            (Ok(seal), _) => integrity::stated_digest(&seal.digest_algorithm, &seal.digest, &parts),
            (Err(_), Ok(token)) => existence::imprint(&token, &parts),
            (Err(_), Err(_)) => DigestState::Unknown,
        };
        self.integrity.digest = digest;
        self.integrity.signature = SignatureState::Unsupported;
        if digest == DigestState::Mismatch {
            let sub = SubIndication::HashFailure;
            self.fail(Stage::Format, sub, wording::reason(sub));
        }
        self.fail(Stage::Format, SubIndication::SigConstraintsFailure, seal(digest));
        if !covers(self.field, bytes) {
            let finding = Finding::new(
                "CHANGES_NOT_CHECKED",
                "Sigillet täcker inte hela filen; något kan ha lagts till efteråt.",
                "The seal does not cover the whole file; something may have been added later.",
            );
            self.fail(Stage::Acceptance, SubIndication::SigConstraintsFailure, finding);
        }
    }
}

/// Whether all of the file is sealed but the contents, and the spaces that these seals have beside them.
fn covers(field: &SignatureField, bytes: &[u8]) -> bool {
    let (Some(contents), Some([0, first, second, last])) = (&field.contents, field.byte_range.as_deref()) else {
        return false;
    };
    let blank = |from: usize, to: usize| bytes.get(from..to).is_some_and(|gap| gap.iter().all(u8::is_ascii_whitespace));
    match (usize::try_from(*first), usize::try_from(*second), usize::try_from(second.saturating_add(*last))) {
        (Ok(first), Ok(second), Ok(end)) => {
            blank(first, contents.extent.start) && blank(contents.extent.end, second) && end == bytes.len()
        }
        (Ok(_) | Err(_), Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}

/// What the seal is, and what could be told of it.
fn seal(digest: DigestState) -> Finding {
    let (sv, en) = match digest {
        DigestState::Match => {
            ("Innehållet stämmer med sigillets kontrollsumma.", "The content fits the digest in the seal.")
        }
        DigestState::Mismatch => {
            ("Innehållet stämmer inte med sigillets kontrollsumma.", "The content does not fit the digest in the seal.")
        }
        DigestState::Unknown => {
            ("Sigillets kontrollsumma kunde inte jämföras.", "The digest in the seal could not be compared.")
        }
    };
    Finding::new(
        "GUARDTIME_SEAL",
        format!(
            "Det här är ett GuardTime-sigill, som tjänsten Scrive sätter. {sv} Sigillet självt kan vi inte kontrollera; \
             det gör man hos Scrive. Att vi inte kan betyder inte att det är falskt."
        ),
        format!(
            "This is a GuardTime seal, as the service Scrive sets. {en} The seal itself we cannot verify; Scrive can. \
             That we cannot does not mean that it is forged."
        ),
    )
}
