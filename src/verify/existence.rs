//! When did it exist? Timestamp tokens, judged and turned into proofs. VALIDATION 4.2, 4.3 and 7.
//! A timestamp proves "not later than"; the time that a signer claims proves nothing (R4).

use jiff::Timestamp;

use crate::format::budget::Budget;
use crate::format::cms::SignerInfo;
use crate::format::timestamp::TST_INFO;
use crate::format::timestamp::Token;
use crate::format::x509::Certificate;
use crate::format::x509::GeneralName;
use crate::format::x509::KeyUsage;
use crate::verify::budget::Meter;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::evidence::Evidence;
use crate::verify::identify;
use crate::verify::identify::Identified;
use crate::verify::indication::SubIndication;
use crate::verify::integrity;
use crate::verify::integrity::Computed;
use crate::verify::integrity::Content;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::Integrity;
use crate::verify::integrity::SignatureState;
use crate::verify::missing;
use crate::verify::missing::Missing;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::profile;
use crate::verify::profile::SubFilter;
use crate::verify::proof::Proof;
use crate::verify::proof::ProofKind;
use crate::verify::proof::Proofs;
use crate::verify::revocation::Context;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::validity;
use crate::verify::validity::Chain;
use crate::verify::validity::Question;
use crate::verify::wording;

/// What is known when a token is judged.
#[derive(Clone, Copy)]
pub struct Circumstances<'k> {
    /// Certificates and revocation data.
    pub evidence: &'k Evidence,
    /// Anchors.
    pub trust: &'k Trust,
    /// Rules.
    pub policy: &'k Policy,
    /// Limits for reading.
    pub budget: &'k Budget,
    /// What is proven to have existed, and the validation time.
    pub proofs: &'k Proofs,
}

impl<'k> Circumstances<'k> {
    /// What revocation data is weighed with.
    pub fn context(&self) -> Context<'k> {
        Context { evidence: self.evidence, trust: self.trust, policy: self.policy, now: self.proofs.now() }
    }
}

/// A token with everything that was found about it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The token, where it could be read.
    pub token: Option<Token>,
    /// The proof, if the token passed.
    pub proof: Option<Proof>,
    /// Why not, the decisive one first.
    pub failures: Vec<(SubIndication, Finding)>,
    /// Mathematics alone.
    pub integrity: Integrity,
    /// Its certificate.
    pub identified: Option<Identified>,
    /// The certificates from its own to the anchor, or as far as they go.
    pub chain: Vec<Certificate>,
    /// What would settle what is open about them.
    pub missing: Vec<Missing>,
    /// Noticed, not decisive.
    pub warnings: Vec<Finding>,
}

/// Judges a token over the covered bytes. `existed`: when the token itself is proven to have existed, by a newer one.
pub fn judge(
    bytes: &[u8],
    covered: &[&[u8]],
    by: ProofKind,
    existed: Option<Timestamp>,
    known: Circumstances<'_>,
    meter: &mut Meter,
) -> Judged {
    match Token::read(bytes, known.budget) {
        Ok(_) if covered.is_empty() => {
            let mut judged = Judged::nothing();
            let sub = SubIndication::SignedDataNotFound;
            judged.failures.push((sub, Finding { code: "TS-15", text: wording::cause(sub) }));
            judged
        }
        Ok(token) => {
            let imprint = imprint(&token, covered);
            weigh(token, imprint, by, existed, known, meter)
        }
        Err(error) => {
            let mut judged = Judged::nothing();
            judged.fail(SubIndication::FormatFailure, "TS-1", "Tidsstämpeln kan inte läsas.", &error.to_string());
            judged
        }
    }
}

/// As [`judge`], of a token that has been read and whose imprint has been compared.
pub fn weigh(
    token: Token,
    imprint: DigestState,
    by: ProofKind,
    existed: Option<Timestamp>,
    known: Circumstances<'_>,
    meter: &mut Meter,
) -> Judged {
    let mut judged = Judged::nothing();
    judged.weigh(token, imprint, by, existed, known, meter);
    judged
}

/// TS-4, TS-15: whether the imprint is the hash of what the token is said to cover.
pub fn imprint(token: &Token, covered: &[&[u8]]) -> DigestState {
    integrity::stated_digest(&token.info.imprint_algorithm.oid, &token.info.imprint, covered)
}

impl Judged {
    fn nothing() -> Self {
        Self {
            token: None,
            proof: None,
            failures: Vec::new(),
            integrity: Integrity::UNKNOWN,
            identified: None,
            chain: Vec::new(),
            missing: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn fail(&mut self, sub: SubIndication, code: &'static str, sv: &str, en: &str) {
        self.failures.push((sub, Finding::new(code, sv, en)));
    }

    fn weigh(
        &mut self,
        token: Token,
        imprint: DigestState,
        by: ProofKind,
        existed: Option<Timestamp>,
        known: Circumstances<'_>,
        meter: &mut Meter,
    ) {
        self.statement(&token, known);
        if let Some(signer) = token.signed_data.signers.first() {
            let said = profile::judge(&token.signed_data, signer, SubFilter::Timestamp);
            self.failures.extend(said.failures);
            self.warnings.extend(said.warnings);
            let inside = token.signed_data.certificates.iter().chain(known.evidence.certificates());
            let pool: Vec<Certificate> = inside.cloned().collect();
            self.signer(signer, &pool);
            self.compute(&token, signer, imprint, &pool, meter);
            let until = self.trust(&token, existed, known, &pool, meter);
            self.prove(&token, by, until);
        } else {
            self.fail(
                SubIndication::FormatFailure,
                "TS-2",
                "Tidsstämpeln saknar underskrift.",
                "The token has no signer.",
            );
        }
        self.failures.sort_by_key(|(sub, _)| std::cmp::Reverse(sub.indication()));
        self.token = Some(token);
    }

    /// What a token proves that nothing was found against.
    fn prove(&mut self, token: &Token, by: ProofKind, settled: Option<Option<Timestamp>>) {
        let Some(holds_until) = settled.filter(|_| self.failures.is_empty()) else { return };
        let Some(identified) = &self.identified else { return };
        let authority = crate::verify::mask::masked(&identified.certificate().subject.to_string());
        let accuracy = token.info.accuracy.unwrap_or_default();
        self.proof = Some(Proof { time: token.info.gen_time, accuracy, by, authority, holds_until });
    }

    /// TS-3 to TS-5, TS-13 and the content type.
    fn statement(&mut self, token: &Token, known: Circumstances<'_>) {
        if token.signed_data.content_type.as_str() != TST_INFO || !token.info.unknown_critical.is_empty() {
            self.fail(
                SubIndication::FormatFailure,
                "TS-5",
                "Tidsstämpeln kan inte tolkas helt.",
                "The token cannot be interpreted in full.",
            );
        }
        if token.info.gen_time > known.policy.latest(known.proofs.now()) {
            self.fail(
                SubIndication::SigConstraintsFailure,
                "TS-13",
                "Tidsstämpeln ligger i framtiden.",
                "The token's time is in the future.",
            );
        }
        if !token.info.gen_time_is_canonical() {
            self.fail(
                SubIndication::FormatFailure,
                "TS-3",
                "Tidsstämpelns tid är inte skriven som standarden kräver.",
                "The token's time is not written as the standard demands.",
            );
        }
        let algorithm = DigestAlgorithm::from_oid(token.info.imprint_algorithm.oid.as_str());
        if algorithm.is_some_and(|algorithm| algorithm.len() != token.info.imprint.len()) {
            self.fail(
                SubIndication::FormatFailure,
                "TS-4",
                "Tidsstämpelns kontrollsumma har fel längd.",
                "The token's digest has the wrong length.",
            );
        }
    }

    /// TS-9.
    fn signer(&mut self, signer: &SignerInfo, pool: &[Certificate]) {
        match identify::signing_certificate(signer, pool, true) {
            Ok(identified) => self.identified = Some(identified),
            Err(finding) => self.failures.push((SubIndication::NoSigningCertificateFound, finding)),
        }
    }

    /// TS-7, TS-8, TS-15. Where the reference to the certificate is broken, the one that the signer names is tried: a
    /// wrong value is wrong whoever is trusted (R5).
    fn compute(
        &mut self,
        token: &Token,
        signer: &SignerInfo,
        imprint: DigestState,
        pool: &[Certificate],
        meter: &mut Meter,
    ) {
        let identified = self.identified.as_ref().map(Identified::certificate);
        let certificate = identified.or_else(|| identify::named(signer, pool));
        let key = certificate.map_or(0, |certificate| certificate.public_key.key.len());
        if meter.signature_check(key).is_err() {
            self.failures.push((SubIndication::CryptoConstraintsFailureNoPoe, wording::limit_met()));
            return;
        }
        let Computed { integrity, warnings, .. } =
            integrity::compute(&token.signed_data, signer, Content::Inside, certificate);
        self.warnings.extend(warnings);
        let digest = match (integrity.digest, imprint) {
            (DigestState::Match, DigestState::Match) => DigestState::Match,
            (DigestState::Mismatch, _) | (_, DigestState::Mismatch) => DigestState::Mismatch,
            (DigestState::Unknown, _) | (_, DigestState::Unknown) => DigestState::Unknown,
        };
        self.integrity = Integrity { digest, signature: integrity.signature };
        match digest {
            DigestState::Match => {}
            DigestState::Mismatch => self.fail(
                SubIndication::HashFailure,
                "TS-15",
                "Tidsstämpeln gäller något annat.",
                "The token is over something else.",
            ),
            DigestState::Unknown => self.fail(
                SubIndication::CryptoConstraintsFailureNoPoe,
                "TS-16",
                "Tidsstämpelns metod kan inte kontrolleras.",
                "The token's digest cannot be computed.",
            ),
        }
        match integrity.signature {
            SignatureState::Valid => {}
            SignatureState::Invalid => self.fail(
                SubIndication::SigCryptoFailure,
                "TS-8",
                "Tidsstämpelns underskrift är ogiltig.",
                "The token's signature is invalid.",
            ),
            SignatureState::Unsupported => self.fail(
                SubIndication::CryptoConstraintsFailureNoPoe,
                "TS-16",
                "Tidsstämpelns metod kan inte kontrolleras.",
                "The token's algorithm cannot be computed.",
            ),
            SignatureState::Unknown => {}
        }
    }

    /// TS-10, TS-16: the authority's certificate, its path, revocation and algorithms, now or when newer proofs allow
    /// (4.2, 4.6 step 5). Gives until when the token can be verified.
    fn trust(
        &mut self,
        token: &Token,
        existed: Option<Timestamp>,
        known: Circumstances<'_>,
        pool: &[Certificate],
        meter: &mut Meter,
    ) -> Option<Option<Timestamp>> {
        let certificate = self.identified.as_ref()?.certificate().clone();
        self.authority(token, &certificate);
        let own = mechanisms(token, &certificate);
        let around = existed.unwrap_or(known.proofs.now());
        let chains = Chain::all(&certificate, pool, Purpose::Timestamp, around, &known.context(), meter);
        let chains = chains.map_err(|untrusted| {
            self.failures.push((untrusted.sub, untrusted.finding));
            self.missing = missing::of_path(&untrusted.furthest);
            self.chain = untrusted.furthest;
        });
        let chains = chains.ok()?;
        let (made_after, proofs) = (None, known.proofs);
        let question = Question { own: &own, existed, made_after, bound: true, signature: false, proofs };
        match validity::settle(&chains, question, &known.context()) {
            Ok((chain, settled)) => {
                self.chain = chain.path.certificates().to_vec();
                self.missing = missing::of_chain(chain, true, known.policy, known.proofs.now());
                self.warnings.extend(settled.not_revoked.limitations().iter().cloned());
                Some(chain.holds_until(&own, known.policy))
            }
            Err(unsettled) => {
                if let Some(chain) = unsettled.chain {
                    self.chain = chain.path.certificates().to_vec();
                    self.missing = missing::of_chain(chain, false, known.policy, known.proofs.now());
                }
                self.failures.extend(unsettled.failures.into_iter().map(|failure| (failure.sub, failure.finding)));
                None
            }
        }
    }

    /// TS-11, TS-12, TS-14: whether the certificate could make this token then.
    fn authority(&mut self, token: &Token, certificate: &Certificate) {
        let time = token.info.gen_time;
        if time < certificate.not_before {
            self.fail(
                SubIndication::NotYetValid,
                "TS-14",
                "Tidsstämpeln är äldre än sitt certifikat.",
                "The token is older than its certificate.",
            );
        } else if time > certificate.not_after {
            self.fail(
                SubIndication::OutOfBoundsNoPoe,
                "TS-14",
                "Tidsstämpelns certifikat hade gått ut när den gjordes.",
                "The token's certificate had expired when it was made.",
            );
        }
        let named = |name: &GeneralName| {
            *name == GeneralName::Directory(certificate.subject.clone())
                || certificate.extensions.subject_alt_names.contains(name)
        };
        if !token.info.tsa.as_ref().is_none_or(named) {
            self.fail(
                SubIndication::SigConstraintsFailure,
                "TS-12",
                "Tidsstämpeln nämner en annan utgivare än sitt certifikat.",
                "The token names another authority than its certificate.",
            );
        }
        let uses = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::NON_REPUDIATION];
        if certificate.extensions.key_usage.is_some_and(|usage| !usage.only(&uses)) {
            self.fail(
                SubIndication::ChainConstraintsFailure,
                "TS-11",
                "Tidsstämpelns nyckel får användas till annat än underskrifter.",
                "The token's key may be used for other things than signatures.",
            );
        }
    }
}

/// TS-16: what the token itself rests on: imprint, digest and signature.
fn mechanisms(token: &Token, certificate: &Certificate) -> Vec<Mechanism> {
    let digest = |oid: &str| DigestAlgorithm::from_oid(oid);
    let imprint = digest(token.info.imprint_algorithm.oid.as_str());
    let Some(signer) = token.signed_data.signers.first() else { return Vec::new() };
    let stated = digest(signer.digest_algorithm.oid.as_str());
    let named = [imprint, stated].map(|digest| Mechanism::Digest(digest.map_or("unknown", DigestAlgorithm::name)));
    let own = Mechanism::of(&certificate.public_key, &signer.signature_algorithm, stated);
    named.into_iter().chain(own).collect()
}
