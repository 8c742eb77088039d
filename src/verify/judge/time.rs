//! When was it signed, and was the certificate good then? VALIDATION 3.3 (VCI), 4.1, 4.4 and SAV-3: best-signature-time
//! from tokens that passed, their order, and the processes over the signer's certificate.

use jiff::Timestamp;

use super::Case;
use super::Stage;
use crate::format::cms::SignerInfo;
use crate::format::cms::attribute::SignaturePolicy;
use crate::format::x509::Certificate;
use crate::verify::budget::Meter;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::existence;
use crate::verify::identify::Identified;
use crate::verify::indication::SubIndication;
use crate::verify::missing;
use crate::verify::policy::Mechanism;
use crate::verify::profile::SubFilter;
use crate::verify::proof::Proof;
use crate::verify::proof::ProofKind;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;
use crate::verify::validity;
use crate::verify::validity::Chain;
use crate::verify::validity::Question;
use crate::verify::wording;

/// What tokens that passed say of the time.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    /// Not later than this.
    existed: Option<Timestamp>,
    /// Not earlier than this.
    made_after: Option<Timestamp>,
}

impl Case<'_, '_, '_> {
    /// The first revision that a proof about this signature must cover: the one after its own (VALIDATION 4.3).
    pub(super) fn covered_from(&self) -> usize {
        let own = self.field.range.as_ref().map_or(self.field.revision, |range| range.revision());
        own.saturating_add(1)
    }

    /// VCI-1: the policy that the signer asked for. One that we know must be the one we know; another is named, and said
    /// not to be applied. Ours applies either way.
    pub(super) fn context(&mut self, signer: &SignerInfo) {
        let stated = signer.signed.as_ref().map(|signed| signed.attributes().signature_policy());
        let (oid, digest) = match stated {
            None | Some(Ok(None | Some(SignaturePolicy::Implied))) => return,
            Some(Ok(Some(SignaturePolicy::Explicit { oid, digest }))) => (oid, digest),
            Some(Err(_)) => {
                return self.policy_not_processed(
                    "Undertecknarens hänvisning till en policy kan inte läsas.",
                    "The signer's reference to a policy cannot be read.",
                );
            }
        };
        let known = self.scene.known.policy.signature_policies.iter().find(|known| known.oid == oid.as_str());
        let Some(known) = known else {
            self.warnings.push(Finding::new(
                "VCI-1",
                format!("Undertecknaren hänvisar till en egen policy ({oid}); vår policy har tillämpats."),
                format!("The signer refers to a policy of their own ({oid}); ours was applied."),
            ));
            return;
        };
        let same = digest.is_none_or(|(algorithm, stated)| {
            let algorithm = DigestAlgorithm::from_oid(algorithm.oid.as_str());
            known.digests.iter().any(|(known, digest)| Some(*known) == algorithm && *digest == stated)
        });
        if !same {
            self.policy_not_processed(
                "Undertecknaren hänvisar till en annan lydelse av policyn än den vi känner.",
                "The signer refers to another text of the policy than the one we know.",
            );
        }
    }

    fn policy_not_processed(&mut self, sv: &str, en: &str) {
        self.fail(Stage::Identification, SubIndication::PolicyProcessingError, Finding::new("VCI-1", sv, en));
    }

    /// Best-signature-time: the earliest time that a token which passed proves. Also what must have been before.
    pub(super) fn times(&mut self, signer: &SignerInfo, meter: &mut Meter) -> Times {
        let known = self.scene.known;
        let documents = known.proofs.of_revision(self.covered_from()).cloned();
        let token_existed = documents.as_ref().map(|proof| proof.time);
        let value = [signer.signature.as_slice()];
        let parts = self.field.digest_parts(self.scene.document.bytes()).unwrap_or_default();
        let mut proofs = |case: &mut Self, tokens: Vec<&[u8]>, covered: &[&[u8]], by| -> Vec<Proof> {
            let judge = |token| existence::judge(token, covered, by, token_existed, known, meter);
            tokens.into_iter().map(judge).filter_map(|judged| case.proven(judged)).collect()
        };
        let stamps = proofs(self, signer.signature_time_stamps().collect(), &value, ProofKind::SignatureTimestamp);
        let contents = proofs(self, signer.content_time_stamps().collect(), &parts, ProofKind::ContentTimestamp);
        self.order(&contents, &stamps, documents.as_ref());
        self.proof = stamps.into_iter().chain(documents).min_by_key(|proof| proof.time);
        let made_after = contents.iter().filter_map(|proof| proof.time.checked_sub(proof.accuracy).ok()).max();
        Times { existed: self.proof.as_ref().map(|proof| proof.time), made_after }
    }

    /// The proof of a token; where it gives none, why.
    fn proven(&mut self, judged: existence::Judged) -> Option<Proof> {
        self.missing.extend(judged.missing);
        if judged.proof.is_none() {
            self.warnings.extend(judged.failures.first().map(|(sub, finding)| unproven(*sub, finding)));
        }
        judged.proof
    }

    /// TS-17 and 4.4 step e: content before signature, signature before document, within what the clocks allow.
    fn order(&mut self, contents: &[Proof], stamps: &[Proof], document: Option<&Proof>) {
        let contradicts = |earlier: &Proof, later: &Proof| {
            let from = earlier.time.checked_sub(earlier.accuracy).unwrap_or(Timestamp::MIN);
            let to = later.time.checked_add(later.accuracy).unwrap_or(Timestamp::MAX);
            from > to
        };
        let after = |earlier: &[Proof], later: &[Proof]| {
            earlier.iter().any(|earlier| later.iter().any(|later| contradicts(earlier, later)))
        };
        let document = document.map(std::slice::from_ref).unwrap_or_default();
        if after(contents, stamps) || after(contents, document) || after(stamps, document) {
            let sub = SubIndication::TimestampOrderFailure;
            self.fail(Stage::Path, sub, Finding { code: "TS-17", text: wording::cause(sub) });
        }
    }

    /// XCV, SAV and the processes: path, dates, revocation and algorithms, at the times that are proven.
    pub(super) fn certificate_path(
        &mut self,
        signer: &SignerInfo,
        pool: &[Certificate],
        times: Times,
        meter: &mut Meter,
    ) {
        let Some(certificate) = self.certificate.clone() else { return };
        self.claimed_time(signer, &certificate);
        let known = self.scene.known;
        let own = self.mechanisms(signer, &certificate);
        let Times { existed, made_after } = times;
        let around = existed.unwrap_or(known.proofs.now());
        let chains = match Chain::all(&certificate, pool, Purpose::Signature, around, &known.context(), meter) {
            Ok(chains) => chains,
            Err(untrusted) => {
                self.missing.extend(missing::of_path(&untrusted.furthest));
                self.chain = untrusted.furthest;
                self.fail(Stage::Path, untrusted.sub, untrusted.finding);
                return;
            }
        };
        let bound = self.receipts.identified.as_ref().is_some_and(Identified::is_bound);
        let question = Question { own: &own, existed, made_after, bound, signature: true, proofs: known.proofs };
        let (chain, failures) = match validity::settle(&chains, question, &known.context()) {
            Ok((chain, settled)) => {
                self.warnings.extend(settled.not_revoked.limitations().iter().cloned());
                self.process = Some(settled.process);
                self.receipts.not_revoked = Some(settled.not_revoked);
                self.receipts.in_time = Some(settled.in_time);
                self.receipts.reliable = Some(settled.reliable);
                (Some(chain), Vec::new())
            }
            Err(unsettled) => (unsettled.chain, unsettled.failures),
        };
        let settled = failures.is_empty();
        for failure in failures {
            self.fail(Stage::Path, failure.sub, failure.finding);
        }
        if let Some(chain) = chain {
            self.missing.extend(missing::of_chain(chain, settled, known.policy, known.proofs.now()));
            self.chain = chain.path.certificates().to_vec();
            self.revoked = chain.revoked();
            self.warnings.extend(chain.path.warnings().iter().cloned());
            let stamp = self.proof.as_ref().and_then(|proof| proof.holds_until);
            let token = known.proofs.holds_until(self.covered_from()).max(stamp);
            self.holds_until = chain.holds_until(&own, known.policy).max(token);
            self.receipts.path = Some(chain.path.clone());
        }
    }

    /// SAV-2: what the signature itself rests on: value, digest, and SHA-1 where its kind is built on that.
    fn mechanisms(&self, signer: &SignerInfo, certificate: &Certificate) -> Vec<Mechanism> {
        let stated = DigestAlgorithm::from_oid(signer.digest_algorithm.oid.as_str());
        let own = Mechanism::of(&certificate.public_key, &signer.signature_algorithm, stated);
        let content = stated.map(|digest| Mechanism::Digest(digest.name()));
        let sha1 = (self.kind == SubFilter::Pkcs7Sha1).then_some(Mechanism::Digest("SHA-1"));
        let mut used: Vec<Mechanism> = Vec::new();
        for mechanism in own.into_iter().chain(content).chain(sha1) {
            if !used.contains(&mechanism) {
                used.push(mechanism);
            }
        }
        used
    }

    /// SAV-3: what the signer claims of the time decides nothing, but a claim that cannot be right is told.
    fn claimed_time(&mut self, signer: &SignerInfo, certificate: &Certificate) {
        let attribute = signer.signed.as_ref().and_then(|signed| signed.attributes().signing_time().ok().flatten());
        let claimed = self.field.claimed_time.or(attribute);
        if claimed.is_some_and(|claimed| !(certificate.not_before..=certificate.not_after).contains(&claimed)) {
            self.warnings.push(Finding::new(
                "SAV-3",
                "Tiden som undertecknaren uppger ligger utanför certifikatets giltighetstid.",
                "The time that the signer claims lies outside the certificate's validity.",
            ));
        }
    }
}

fn unproven(sub: SubIndication, finding: &Finding) -> Finding {
    Finding::new(
        "TIMESTAMP_NOT_USED",
        format!("Underskriftens tidsstämpel kunde inte användas som bevis: {}", finding.text.sv),
        format!("The signature's timestamp could not be used as proof ({}): {}", sub.name(), finding.text.en),
    )
}
