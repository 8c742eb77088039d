//! One signature, judged: every check that can run runs, and the first that fails decides. VALIDATION 3, 4.1, 4.4, 4.10.
//! TOTAL-PASSED can only be said with all receipts in hand, and only the checks make receipts (HOUSE, invariant 1).

mod answer;
mod guardtime;
mod kinds;
mod time;

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
use crate::verify::existence::Circumstances;
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
use crate::verify::material::Material;
use crate::verify::missing::Missing;
use crate::verify::path::TrustedPath;
use crate::verify::profile;
use crate::verify::profile::SubFilter;
use crate::verify::proof::Proof;
use crate::verify::report::Signature;
use crate::verify::revocation::Withdrawn;
use crate::verify::text::Finding;
use crate::verify::validity::InTime;
use crate::verify::validity::NotRevoked;
use crate::verify::validity::Process;
use crate::verify::validity::Reliable;
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
    /// What the document brings.
    pub material: &'s Material,
    /// What the field's `/Contents` hold, if that can be read.
    pub signed_data: Option<&'s SignedData>,
    /// What each revision changed.
    pub history: &'s History,
    /// Evidence, anchors, rules, limits, what is proven so far, and the validation time.
    pub known: Circumstances<'s>,
}

/// A signature's answer, with whether something was changed after it that nobody permits.
pub struct Judged {
    /// The answer.
    pub signature: Signature,
    /// Changed after signing beyond what is permitted.
    pub altered: bool,
    /// The revision that a document timestamp closes, and what it proves, if it passed.
    pub proof: Option<(usize, Proof)>,
    /// What would settle what is open about its certificates.
    pub missing: Vec<Missing>,
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
    /// What is known of their revocation, in the same order; shorter where less is.
    revoked: Vec<Option<Withdrawn>>,
    missing: Vec<Missing>,
    signer_info: Option<SignerInfo>,
    proof: Option<Proof>,
    process: Option<Process>,
    holds_until: Option<Timestamp>,
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
        revoked: Vec::new(),
        missing: Vec::new(),
        signer_info: None,
        proof: None,
        process: None,
        holds_until: None,
        altered: false,
    };
    case.container();
    let (level, changes) = case.changes();
    if !case.too_long(meter) {
        case.weigh(meter);
    }
    case.answer(level, changes)
}

impl<'c, 's> Case<'c, 's, '_> {
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
        if !whole && !scene.document.is_wreck() {
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
                let unsaid = || self.scene.document.sealed().map_or_else(|| wording::cause(sub), wording::sealed);
                let text = said.map_or_else(unsaid, |change| change.text.clone());
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
    fn read(&mut self) -> Option<&'s SignedData> {
        let read = self.scene.signed_data.filter(|data| !data.signers.is_empty());
        if read.is_some() {
            return read;
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
        let said = profile::judge(data, signer, self.kind);
        self.warnings.extend(said.warnings);
        for (sub, finding) in said.failures {
            let stage = if sub.indication() == Indication::Failed { Stage::Format } else { Stage::Acceptance };
            self.fail(stage, sub, finding);
        }
        let inside = data.certificates.iter().chain(self.scene.known.evidence.certificates());
        let pool: Vec<Certificate> = inside.cloned().collect();
        self.identify(signer, &pool);
        if let Some(certificate) = &self.certificate {
            self.warnings.extend(profile::claims(data, signer, certificate, self.field.claimed_time));
        }
        self.twins(signer);
        self.mathematics(data, signer, meter);
        self.context(signer);
        let times = self.times(signer, meter);
        self.certificate_path(signer, &pool, times, meter);
        self.signer_info = Some(signer.clone());
    }

    /// SAV-4: no two signatures have one value.
    fn twins(&mut self, signer: &SignerInfo) {
        if self.scene.material.repeats(&signer.signature) {
            let finding = Finding::new(
                "SAV-4",
                "Samma underskrift finns två gånger i filen.",
                "One and the same signature is in the file twice.",
            );
            self.fail(Stage::Format, SubIndication::FormatFailure, finding);
        }
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
            let sub = SubIndication::SignedDataNotFound;
            self.fail(Stage::Mathematics, sub, Finding { code: "CV-1", text: wording::cause(sub) });
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
}

/// A fault of the container in words. The detail stays English: it is for whoever repairs the software that wrote it.
fn container_finding(fault: &Fault) -> Finding {
    let place = fault.at.map(|at| format!(" (byte {at})")).unwrap_or_default();
    Finding::new(
        fault.rule,
        format!("Filens uppbyggnad avviker från standarden (teknisk uppgift: {}{place}).", fault.detail),
        format!("The file's structure deviates from the standard: {}{place}", fault.detail),
    )
}
