//! One signature, judged: every check that can run runs, and the first that fails decides. VALIDATION 3, 4.1, 4.4, 4.10.
//! TOTAL-PASSED can only be said with all receipts in hand, and only the checks make receipts (HOUSE, invariant 1).

mod answer;
mod guardtime;
mod kinds;

use jiff::Timestamp;

use crate::format::cms::SignedData;
use crate::format::cms::SignerInfo;
use crate::format::pdf::Coverage;
use crate::format::pdf::Document;
use crate::format::pdf::Fault;
use crate::format::pdf::Severity;
use crate::format::pdf::SignatureField;
use crate::format::x509::Certificate;
use crate::verify::budget::Meter;
use crate::verify::changes::Change;
use crate::verify::changes::ChangeLevel;
use crate::verify::changes::History;
use crate::verify::changes::Permission;
use crate::verify::changes::Unchanged;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::existence;
use crate::verify::existence::Circumstances;
use crate::verify::existence::Proof;
use crate::verify::existence::ProofKind;
use crate::verify::identify;
use crate::verify::identify::Identified;
use crate::verify::indication::Indication;
use crate::verify::indication::SubIndication;
use crate::verify::integrity;
use crate::verify::integrity::Content;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::Intact;
use crate::verify::integrity::Integrity;
use crate::verify::integrity::SignatureState;
use crate::verify::path;
use crate::verify::path::TrustedPath;
use crate::verify::policy::Mechanism;
use crate::verify::profile;
use crate::verify::profile::SubFilter;
use crate::verify::report::Signature;
use crate::verify::revocation;
use crate::verify::revocation::NotRevoked;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;
use crate::verify::wording;

/// Changes told of one signature: each of two hundred signatures repeats them.
const CHANGES_SHOWN_MAX: usize = 500;

/// Warnings about changes told of one signature.
const WARNINGS_SHOWN_MAX: usize = 20;

/// What is known when a signature is judged.
#[derive(Clone, Copy)]
pub struct Scene<'s, 'a> {
    /// The document.
    pub document: &'s Document<'a>,
    /// What each revision changed.
    pub history: &'s History,
    /// Evidence, anchors, rules, limits and the validation time.
    pub known: Circumstances<'s>,
    /// Document timestamps that passed: where their signed bytes end, and what they prove.
    pub proofs: &'s [(usize, Proof)],
    /// The first revision whose document security store holds anything.
    pub store_since: Option<usize>,
}

/// A signature's answer, with whether something was changed after it that nobody permits.
pub struct Judged {
    /// The answer.
    pub signature: Signature,
    /// Changed after signing beyond what is permitted.
    pub altered: bool,
    /// Where the signed bytes end, and the proof of a document timestamp that passed.
    pub proof: Option<(usize, Proof)>,
}

/// The order in which failures decide (VALIDATION 3 and 4.1: a broken value beats every problem of the path).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Format,
    Mathematics,
    Identification,
    Path,
    Acceptance,
}

/// Receipt: the certificates of the path were valid when the signature is known to have existed (INV-1).
struct InTime(());

/// Receipt: every algorithm used was reliable then (INV-4).
struct Reliable(());

/// Everything a passed signature needs.
#[derive(Default)]
struct Receipts {
    intact: Option<Intact>,
    identified: Option<Identified>,
    path: Option<TrustedPath>,
    not_revoked: Option<NotRevoked>,
    in_time: Option<InTime>,
    reliable: Option<Reliable>,
    unchanged: Option<Unchanged>,
}

impl Receipts {
    fn complete(&self) -> bool {
        let Self { intact, identified, path, not_revoked, in_time, reliable, unchanged } = self;
        intact.is_some()
            && identified.is_some()
            && path.is_some()
            && not_revoked.is_some()
            && in_time.is_some()
            && reliable.is_some()
            && unchanged.is_some()
    }
}

/// A case while it is heard.
struct Case<'c, 's, 'a> {
    field: &'c SignatureField,
    scene: Scene<'s, 'a>,
    kind: SubFilter,
    failures: Vec<(Stage, SubIndication, Finding)>,
    warnings: Vec<Finding>,
    receipts: Receipts,
    integrity: Integrity,
    certificate: Option<Certificate>,
    chain: Vec<Certificate>,
    signer_info: Option<SignerInfo>,
    proof: Option<Proof>,
    altered: bool,
}

/// Judges one signature or document timestamp.
pub fn judge(field: &SignatureField, scene: Scene<'_, '_>, meter: &mut Meter) -> Judged {
    let mut case = Case {
        field,
        scene,
        kind: SubFilter::named(field.sub_filter.as_deref()),
        failures: Vec::new(),
        warnings: Vec::new(),
        receipts: Receipts::default(),
        integrity: Integrity::UNKNOWN,
        certificate: None,
        chain: Vec::new(),
        signer_info: None,
        proof: None,
        altered: false,
    };
    case.container();
    let (level, changes) = case.changes();
    if !case.too_long(meter) {
        case.weigh(meter);
    }
    case.answer(level, changes)
}

impl<'c> Case<'c, '_, '_> {
    fn fail(&mut self, stage: Stage, sub: SubIndication, finding: Finding) {
        self.failures.push((stage, sub, finding));
    }

    /// FC: what is wrong with the file and with this signature's place in it.
    fn container(&mut self) {
        let (field, scene) = (self.field, self.scene);
        for fault in field.faults.iter().chain(scene.document.faults()) {
            let finding = container_finding(fault);
            match fault.severity {
                // A limit that was met says nothing about the file (HOUSE, invariant 3).
                Severity::Fail if fault.rule.starts_with("LIM-") => {
                    self.fail(Stage::Acceptance, SubIndication::SigConstraintsFailure, finding);
                }
                Severity::Fail => self.fail(Stage::Format, SubIndication::FormatFailure, finding),
                Severity::Warn => self.warnings.push(finding),
            }
        }
        let whole = self.field.range.as_ref().is_some_and(|range| range.coverage() != Coverage::Partial);
        if !whole {
            let finding = Finding::new(
                "BR-6",
                "Underskriften täcker inte hela den version av filen som den sattes i.",
                "The signature does not cover the whole revision it was made in.",
            );
            self.fail(Stage::Format, SubIndication::FormatFailure, finding);
        }
    }

    /// What the signature itself says, by its kind.
    fn weigh(&mut self, meter: &mut Meter) {
        match self.kind {
            SubFilter::Timestamp => self.timestamp(meter),
            SubFilter::X509RsaSha1 => self.bare(),
            SubFilter::CadesDetached | SubFilter::Pkcs7Detached | SubFilter::Pkcs7Sha1 => self.cms(meter),
            SubFilter::Unknown => self.unknown(meter),
        }
    }

    /// Whether the signed bytes of all signatures together are more than are digested.
    fn too_long(&mut self, meter: &mut Meter) -> bool {
        let parts = self.field.digest_parts(self.scene.document.bytes()).unwrap_or_default();
        let bytes =
            parts.iter().fold(0_u64, |sum, part| sum.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX)));
        let spent = meter.digest(bytes).is_err();
        if spent {
            self.fail(Stage::Mathematics, SubIndication::CryptoConstraintsFailureNoPoe, wording::limit_met());
        }
        spent
    }

    /// Section 6: what came after.
    fn changes(&mut self) -> (ChangeLevel, Vec<Change>) {
        let range = self.field.range.as_ref().filter(|range| range.coverage() != Coverage::Partial);
        let after = self.scene.history.after(range.map(|range| range.revision()));
        let permission = Permission::of(self.field, self.scene.document.signatures());
        self.warn_of(&after.changes, &permission);
        match after.permitted(&permission, self.scene.known.policy) {
            Ok(receipt) => self.receipts.unchanged = Some(receipt),
            Err(sub) if range.is_some() => {
                self.altered = sub == SubIndication::FormatFailure || after.level == ChangeLevel::Annotations;
                let said = after.changes.iter().max_by_key(|change| change.level);
                let text = said.map_or_else(|| wording::cause(sub), |change| change.text.clone());
                let code = if self.altered { "CHANGED_AFTER_SIGNING" } else { "CHANGES_NOT_CHECKED" };
                let stage = if self.altered { Stage::Format } else { Stage::Acceptance };
                self.fail(stage, sub, Finding { code, text });
            }
            Err(_) => {}
        }
        let mut shown = after.changes;
        shown.truncate(CHANGES_SHOWN_MAX);
        (after.level, shown)
    }

    /// What is permitted and still worth a look (6.6, 6.7).
    fn warn_of(&mut self, changes: &[Change], permission: &Permission) {
        let told = changes.iter().filter(|change| change.warns).take(WARNINGS_SHOWN_MAX);
        self.warnings.extend(told.map(|change| Finding { code: change.rule, text: change.text.clone() }));
        if permission.forbids_everything() && changes.iter().any(|change| change.level == ChangeLevel::LtaUpdates) {
            self.warnings.push(Finding::new(
                "DM-1",
                "Underskriften tillåter inga ändringar. Att uppgifter för framtida kontroll lagts till är ändå tillåtet, \
                 men äldre program kan klaga på det.",
                "The signature permits no changes. Data for later verification may be added all the same, but older \
                 programs may complain about it.",
            ));
        }
    }

    /// The signature's CMS, or nothing with the failure said.
    fn read(&mut self) -> Option<SignedData> {
        let contents = self.field.contents.as_ref();
        let read = contents.map(|contents| SignedData::read(contents.value(), self.scene.known.budget));
        match read {
            Some(Ok(data)) if !data.signers.is_empty() => return Some(data),
            Some(Ok(_)) | Some(Err(_)) | None => {}
        }
        let finding =
            Finding::new("CM-1", "Underskriftens innehåll kan inte läsas.", "The signature's contents cannot be read.");
        self.fail(Stage::Format, SubIndication::FormatFailure, finding);
        None
    }

    /// CMS signatures: every check in the order of VALIDATION 3.
    fn cms(&mut self, meter: &mut Meter) {
        let Some(data) = self.read() else { return };
        let Some(signer) = data.signers.first() else { return };
        let said = profile::judge(&data, signer, self.kind);
        self.warnings.extend(said.warnings);
        for (sub, finding) in said.failures {
            let stage = if sub.indication() == Indication::Failed { Stage::Format } else { Stage::Acceptance };
            self.fail(stage, sub, finding);
        }
        let inside = data.certificates.iter().chain(self.scene.known.evidence.certificates());
        let pool: Vec<Certificate> = inside.cloned().collect();
        self.identify(signer, &pool);
        self.mathematics(&data, signer, meter);
        let existed = self.existed(signer, meter);
        self.path(&pool, existed, meter);
        self.algorithms(signer, existed);
        self.signer_info = Some(signer.clone());
    }

    fn identify(&mut self, signer: &SignerInfo, pool: &[Certificate]) {
        match identify::signing_certificate(signer, pool, self.kind == SubFilter::CadesDetached) {
            Ok(identified) => {
                self.warnings.extend(identified.warnings().iter().cloned());
                self.certificate = Some(identified.certificate().clone());
                self.receipts.identified = Some(identified);
            }
            Err(finding) => {
                self.certificate = identify::named(signer, pool).cloned();
                self.fail(Stage::Identification, SubIndication::NoSigningCertificateFound, finding);
            }
        }
    }

    /// CV.
    fn mathematics(&mut self, data: &SignedData, signer: &SignerInfo, meter: &mut Meter) {
        let key = self.certificate.as_ref().map_or(0, |certificate| certificate.public_key.key.len());
        if meter.signature_check(key).is_err() {
            self.fail(Stage::Mathematics, SubIndication::CryptoConstraintsFailureNoPoe, wording::limit_met());
            return;
        }
        let parts = self.field.digest_parts(self.scene.document.bytes()).unwrap_or_default();
        let content = match self.kind {
            SubFilter::Pkcs7Sha1 => Content::DigestInside(&parts),
            SubFilter::CadesDetached
            | SubFilter::Pkcs7Detached
            | SubFilter::X509RsaSha1
            | SubFilter::Timestamp
            | SubFilter::Unknown => Content::Detached(&parts),
        };
        if parts.is_empty() {
            return;
        }
        let computed = integrity::compute(data, signer, content, self.certificate.as_ref());
        self.integrity = computed.integrity;
        self.receipts.intact = computed.intact;
        for warning in computed.warnings {
            match warning.code {
                // CM-10: which of two digests was meant is nobody's to choose.
                "CM-10" => self.fail(Stage::Acceptance, SubIndication::SigConstraintsFailure, warning),
                _ => self.warnings.push(warning),
            }
        }
        self.broken();
    }

    /// The failures that the two facts of mathematics mean.
    fn broken(&mut self) {
        match self.integrity.digest {
            DigestState::Mismatch => {
                self.fail(Stage::Mathematics, SubIndication::HashFailure, wording::reason(SubIndication::HashFailure));
            }
            DigestState::Match | DigestState::Unknown => {}
        }
        let unsupported = SubIndication::CryptoConstraintsFailureNoPoe;
        match self.integrity.signature {
            SignatureState::Invalid => {
                let sub = SubIndication::SigCryptoFailure;
                self.fail(Stage::Mathematics, sub, wording::reason(sub));
            }
            SignatureState::Unsupported => self.fail(Stage::Mathematics, unsupported, wording::reason(unsupported)),
            SignatureState::Valid | SignatureState::Unknown => {}
        }
    }

    /// Best-signature-time: the earliest time that a token which passed proves; else the time of validation.
    fn existed(&mut self, signer: &SignerInfo, meter: &mut Meter) -> Timestamp {
        let end = self.field.range.as_ref().map_or(usize::MAX, |range| range.end());
        let covering = self.scene.proofs.iter().filter(|(covered, _)| *covered > end).map(|(_, proof)| proof);
        let mut best: Option<Proof> = covering.min_by_key(|proof| proof.time).cloned();
        let now = self.scene.known.now;
        let token_existed = best.as_ref().map_or(now, |proof| proof.time);
        for token in signer.signature_time_stamps() {
            let covered = [signer.signature.as_slice()];
            let by = ProofKind::SignatureTimestamp;
            let judged = existence::judge(token, &covered, by, token_existed, self.scene.known, meter);
            match judged.proof {
                Some(proof) if best.as_ref().is_none_or(|best| proof.time < best.time) => best = Some(proof),
                Some(_) => {}
                None => self.warnings.extend(judged.failures.first().map(|(sub, finding)| unproven(*sub, finding))),
            }
        }
        self.proof = best;
        self.proof.as_ref().map_or(now, |proof| proof.time)
    }

    /// XCV: path, dates and revocation, all at the time that is proven.
    fn path(&mut self, pool: &[Certificate], existed: Timestamp, meter: &mut Meter) {
        let Some(certificate) = self.certificate.clone() else { return };
        let known = self.scene.known;
        match path::find(&certificate, pool, known.trust, Purpose::Signature, meter) {
            Err(untrusted) => {
                self.chain = untrusted.furthest;
                self.fail(Stage::Path, untrusted.sub, untrusted.finding);
            }
            Ok(path) => {
                self.chain = path.certificates().to_vec();
                self.warnings.extend(path.warnings().iter().cloned());
                let Circumstances { evidence, trust, policy, now, .. } = known;
                let context = revocation::Context { evidence, trust, policy, now };
                match revocation::judge(&path, &context, existed, meter) {
                    Ok(receipt) => {
                        self.warnings.extend(receipt.limitations().iter().cloned());
                        self.receipts.not_revoked = Some(receipt);
                    }
                    Err((sub, finding)) => self.fail(Stage::Path, sub, finding),
                }
                self.dates(&path, existed);
                self.receipts.path = Some(path);
            }
        }
    }

    /// XC-15, XC-16 and 4.4 step 4: every certificate valid when the signature is known to have existed.
    fn dates(&mut self, path: &TrustedPath, existed: Timestamp) {
        let Some(certificate) = path.certificates().first() else { return };
        let proven = self.proof.is_some();
        let outside = |one: &Certificate| existed < one.not_before || existed > one.not_after;
        let ca_outside = path.links().skip(1).any(|(ca, _)| outside(ca));
        if proven && existed < certificate.not_before {
            self.fail(Stage::Path, SubIndication::NotYetValid, wording::reason(SubIndication::NotYetValid));
        } else if outside(certificate) {
            let known_good = self.receipts.not_revoked.as_ref().is_some_and(|receipt| receipt.limitations().is_empty());
            let sub = match known_good {
                true => SubIndication::OutOfBoundsNotRevoked,
                false => SubIndication::OutOfBoundsNoPoe,
            };
            self.fail(Stage::Path, sub, wording::reason(sub));
        } else if ca_outside {
            let sub = SubIndication::OutOfBoundsNoPoe;
            self.fail(Stage::Path, sub, wording::reason(sub));
        } else {
            self.receipts.in_time = Some(InTime(()));
        }
    }

    /// SAV-2: digest, signature and the certificates' own algorithms reliable when the signature is known to have existed.
    fn algorithms(&mut self, signer: &SignerInfo, existed: Timestamp) {
        let Some(certificate) = &self.certificate else { return };
        let policy = self.scene.known.policy;
        let stated = DigestAlgorithm::from_oid(signer.digest_algorithm.oid.as_str());
        let own = Mechanism::of(&certificate.public_key, &signer.signature_algorithm, stated);
        let issued = self.receipts.path.iter().flat_map(TrustedPath::mechanisms);
        let content = stated.map(|digest| Mechanism::Digest(digest.name()));
        let sha1 = (self.kind == SubFilter::Pkcs7Sha1).then_some(Mechanism::Digest("SHA-1"));
        let used: Vec<Mechanism> = own.into_iter().chain(issued).chain(content).chain(sha1).collect();
        match used.into_iter().find(|mechanism| !policy.reliable(*mechanism).at(existed)) {
            None => self.receipts.reliable = Some(Reliable(())),
            Some(weak) => {
                let (name, sub) = (weak.name(), SubIndication::CryptoConstraintsFailureNoPoe);
                let finding = Finding::new(
                    "SAV-2",
                    format!("Underskriften använder {name}, som inte längre räknas som säker."),
                    format!("The signature uses {name}, which no longer counts as secure."),
                );
                self.fail(Stage::Acceptance, sub, finding);
            }
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

/// A fault of the container in words. The detail stays English: it is for whoever repairs the software that wrote it.
fn container_finding(fault: &Fault) -> Finding {
    let place = fault.at.map(|at| format!(" (byte {at})")).unwrap_or_default();
    Finding::new(
        fault.rule,
        format!("Filens uppbyggnad avviker från standarden: {}{place}", fault.detail),
        format!("The file's structure deviates from the standard: {}{place}", fault.detail),
    )
}
