//! The kinds of signature that are not CMS over the document: timestamps, bare RSA values, and the unknown.
//! VALIDATION 4.2, 4.7 and 5.4.

use super::Case;
use super::Stage;
use super::guardtime;
use crate::format::timestamp::Token;
use crate::verify::budget::Meter;
use crate::verify::existence;
use crate::verify::facts;
use crate::verify::indication::Indication;
use crate::verify::indication::SubIndication;
use crate::verify::integrity;
use crate::verify::integrity::SignatureState;
use crate::verify::proof::ProofKind;
use crate::verify::text::Finding;

impl Case<'_, '_, '_> {
    /// A document timestamp (4.2, 4.7).
    pub(super) fn timestamp(&mut self, meter: &mut Meter) {
        let Some(contents) = &self.field.contents else {
            let _ = self.read();
            return;
        };
        let parts = self.field.digest_parts(self.scene.document.bytes()).unwrap_or_default();
        let existed = self.scene.known.proofs.of_revision(self.covered_from()).map(|proof| proof.time);
        let by = ProofKind::DocumentTimestamp;
        let judged = existence::judge(contents.value(), &parts, by, existed, self.scene.known, meter);
        self.integrity = judged.integrity;
        self.warnings.extend(judged.warnings);
        for (sub, finding) in judged.failures {
            let mathematics = matches!(sub, SubIndication::HashFailure | SubIndication::SigCryptoFailure);
            let stage = match sub.indication() {
                Indication::Failed if mathematics => Stage::Mathematics,
                Indication::Failed => Stage::Format,
                Indication::Indeterminate | Indication::Passed => Stage::Path,
            };
            self.fail(stage, sub, finding);
        }
        self.certificate = judged.identified.map(|identified| identified.certificate().clone());
        self.chain = judged.chain;
        self.missing = judged.missing;
        let newer = self.scene.known.proofs.holds_until(self.covered_from());
        self.holds_until = judged.proof.as_ref().and_then(|proof| proof.holds_until.max(newer));
        self.signer_info = judged.token.and_then(|token| token.signed_data.signers.first().cloned());
        self.proof = judged.proof;
    }

    /// `adbe.x509.rsa_sha1`: the value is computed; nothing binds the certificate, so it never passes (5.4).
    pub(super) fn bare(&mut self) {
        let found = facts::bare(self.field).and_then(|(value, certificate)| {
            let parts = self.field.digest_parts(self.scene.document.bytes())?;
            Some((integrity::compute_bare(&value, &parts, &certificate), certificate))
        });
        if let Some((integrity, certificate)) = found {
            self.integrity = integrity;
            self.certificate = Some(certificate);
            self.broken();
        }
        let finding = Finding::new(
            "SUBFILTER_UNBOUND",
            "Underskriften är av en äldre sort som inte är knuten till sitt certifikat.",
            "The signature is of an older kind that is not bound to its certificate.",
        );
        self.fail(Stage::Acceptance, SubIndication::SigConstraintsFailure, finding);
    }

    /// A kind we have no rules for. Never passed, and never called forged either: what its container breaks are rules
    /// that it does not promise to keep (5.4). The digest is compared where the contents are a token or detached CMS.
    pub(super) fn unknown(&mut self, meter: &mut Meter) {
        let broken = std::mem::take(&mut self.failures);
        self.warnings.extend(broken.into_iter().map(|(_, _, finding)| finding));
        self.altered = false;
        if guardtime::made(self.field) {
            return self.guardtime();
        }
        let contents = self.field.contents.as_ref().map(|contents| contents.value()).unwrap_or_default();
        let budget = self.scene.known.budget;
        if let Ok(token) = Token::read(contents, budget) {
            let parts = self.field.digest_parts(self.scene.document.bytes()).unwrap_or_default();
            self.integrity.digest = existence::imprint(&token, &parts);
            self.integrity.signature = SignatureState::Unsupported;
        } else if self.scene.signed_data.is_some_and(|data| data.e_content.is_none()) {
            self.cms(meter);
        }
        let finding = Finding::new(
            "SUBFILTER_UNSUPPORTED",
            "Underskriften är av en sort som vi inte kan kontrollera. Det betyder inte att den är falsk.",
            "The signature is of a kind that we cannot check. That does not mean that it is forged.",
        );
        self.fail(Stage::Format, SubIndication::SigConstraintsFailure, finding);
    }
}
