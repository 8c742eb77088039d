//! What verification answers: plain data for callers, with no serialisation of its own.
//! The shape follows INTERFACES section 2; `archive::encoding` gives it its JSON form.

use jiff::Timestamp;

use crate::format::minutes::meeting::Minutes;
use crate::format::minutes::signpage::SignaturePage;
use crate::format::pdf::Coverage;
use crate::verify::agreement::Agreement;
use crate::verify::bankid::Attested;
use crate::verify::changes::{Change, ChangeLevel, Extent};
use crate::verify::completeness::Completeness;
use crate::verify::ers;
use crate::verify::indication::{Indication, SubIndication, Verdict};
use crate::verify::integrity::Integrity;
use crate::verify::missing::Missing;
use crate::verify::proof::Proof;
use crate::verify::revocation::Withdrawn;
use crate::verify::signer::{EvidenceLevel, Signer};
use crate::verify::svt::Statement;
use crate::verify::text::{Finding, Text};
use crate::verify::trust::ListName;
use crate::verify::validity::Process;

/// The answer about one document.
#[derive(Clone, Debug)]
pub struct Report {
    /// SHA-256 of the whole document.
    pub sha256: [u8; 32],
    /// Length of the document in bytes.
    pub size: u64,
    /// The validation time that was asked about.
    pub checked_at: Timestamp,
    /// The rules that were applied.
    pub policy: PolicyName,
    /// The anchors that were trusted.
    pub trust: TrustName,
    /// The answer about the document.
    pub verdict: Verdict,
    /// The answer in one sentence.
    pub headline: Text,
    /// What the reader of the answer should do.
    pub advice: Text,
    /// Every signature field that holds a value, in signing order.
    pub signatures: Vec<Signature>,
    /// Every revision of the file, oldest first.
    pub revisions: Vec<Extent>,
    /// Names of the signature fields nobody signed.
    pub unsigned_fields: Vec<String>,
    /// What the printed signature page says, where there is one.
    pub signature_page: Option<SignaturePage>,
    /// Why a page that looks like a signature page could not be read.
    pub signature_page_unknown: Option<Text>,
    /// What the minutes say, where the text reads as minutes or as a kindred document.
    pub minutes: Option<Minutes>,
    /// Whether page, minutes and certificates tell the same story.
    pub agreement: Vec<Agreement>,
    /// Whether all whom the minutes name have signed; none where they are no minutes.
    pub completeness: Option<Completeness>,
    /// BankID's own evidence, given beside the document or found in it.
    pub bankid: Vec<Attested>,
    /// What the evidence records that were handed in prove, in the order given.
    pub evidence_records: Vec<EvidenceRecord>,
    /// What was noticed about the document as a whole.
    pub warnings: Vec<Finding>,
    /// What could be gathered to settle what is still open.
    pub missing: Vec<Missing>,
}

/// What an evidence record (RFC 4998) proves about the whole document.
#[derive(Clone, Debug)]
pub struct EvidenceRecord {
    /// The answer.
    pub indication: Indication,
    /// The standard's reason for it; none where it passed.
    pub sub_indication: Option<SubIndication>,
    /// The reasons in words, the decisive one first.
    pub reasons: Vec<Finding>,
    /// The document existed not later than this; only where it passed.
    pub proven: Option<Proof>,
    /// When each of its time stamps says that it was made, oldest first.
    pub stamped: Vec<Timestamp>,
}

impl EvidenceRecord {
    /// What is told of a record that was judged.
    pub fn of(judged: &ers::Judged) -> Self {
        let sub_indication = judged.failures.first().map(|(sub, _)| *sub);
        let stamps = judged.record.iter().flat_map(|record| record.stamps());
        Self {
            indication: sub_indication.map_or(Indication::Passed, SubIndication::indication),
            sub_indication,
            reasons: judged.failures.iter().map(|(_, finding)| finding.clone()).collect(),
            proven: judged.proof.clone(),
            stamped: stamps.map(|stamp| stamp.token.info.gen_time).collect(),
        }
    }
}

/// The name and version of the policy that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName {
    /// For example `sigill-se-minutes`.
    pub name: String,
    /// Rises whenever a verdict could change.
    pub version: String,
    /// SHA-256 over everything it says.
    pub digest: [u8; 32],
}

/// Which anchors were trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustName {
    /// How many.
    pub anchors: usize,
    /// SHA-256 over what is believed, so that two reports can be compared.
    pub digest: [u8; 32],
    /// The trust lists that anchors were taken from.
    pub lists: Vec<ListName>,
}

/// What kind of signature a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Made by a person or an organisation.
    Signature,
    /// Made by a time-stamping authority over the whole revision.
    DocumentTimestamp,
}

/// The baseline level by what is present, never by what is valid. VALIDATION 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// ETSI.CAdES.detached without proof of time.
    PadesB,
    /// With a timestamp.
    PadesT,
    /// With a timestamp and validation data.
    PadesLt,
    /// With a document timestamp over the validation data.
    PadesLta,
    /// A signature of the older `adbe.*` kinds.
    Pdf,
}

impl Level {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PadesB => "PAdES-B-B",
            Self::PadesT => "PAdES-B-T",
            Self::PadesLt => "PAdES-B-LT",
            Self::PadesLta => "PAdES-B-LTA",
            Self::Pdf => "PDF-B",
        }
    }
}

/// The answer about one signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Fully qualified field name; none where no field refers to the signature.
    pub field: Option<String>,
    /// Person's signature or timestamp.
    pub kind: Kind,
    /// As written in the file.
    pub sub_filter: Option<String>,
    /// As written in the file; offsets and lengths in bytes.
    pub byte_range: Vec<i64>,
    /// The baseline level, where known.
    pub level: Option<Level>,
    /// The answer.
    pub indication: Indication,
    /// The standard's reason for it; none where it passed.
    pub sub_indication: Option<SubIndication>,
    /// The reasons in words, the decisive one first.
    pub reasons: Vec<Finding>,
    /// Mathematics alone.
    pub integrity: Integrity,
    /// How much of the file the ByteRange covers; none where it is no range at all.
    pub coverage: Option<Coverage>,
    /// The revision it closes, counted from 0; none where the ByteRange is broken.
    pub revision: Option<usize>,
    /// The worst change in any later revision.
    pub changes_after: ChangeLevel,
    /// Each later change.
    pub changes: Vec<Change>,
    /// Who signed; none where the certificate is missing.
    pub signer: Option<Signer>,
    /// How well the identification is evidenced.
    pub evidence: EvidenceLevel,
    /// Claimed, authenticated and proven times.
    pub times: Times,
    /// What it is made with.
    pub algorithms: Option<Algorithms>,
    /// From the signer's certificate to the anchor, or as far as it goes.
    pub certificates: Vec<CertificateFacts>,
    /// The process of EN 319 102-1 that let it pass; none where it did not pass, and for a timestamp.
    pub process: Option<Process>,
    /// Until when the material at hand can be verified: the earliest end of certificates, trust and algorithms, of the
    /// signature or of the newest timestamp over it (VALIDATION 11, `renew_before`).
    pub verifiable_until: Option<Timestamp>,
    /// What the signer claims about place and reason.
    pub claims: Claims,
    /// What another validator found then, on its word alone; it decides nothing.
    pub svt: Option<Statement>,
    /// Noticed, not decisive.
    pub warnings: Vec<Finding>,
}

/// The times around a signature. Only `proven` may improve an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The signature dictionary's /M.
    pub claimed: Option<Timestamp>,
    /// When the signing service says that the person authenticated.
    pub authenticated: Option<Timestamp>,
    /// Existed not later than this.
    pub proven: Option<Proof>,
}

/// The algorithms of a signature, named for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms {
    /// For example `SHA-256`.
    pub digest: String,
    /// For example `RSA-PKCS1`.
    pub signature: String,
    /// Size of the key in bits.
    pub key_bits: u32,
}

/// A certificate as it is shown. Personal identity numbers are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject name.
    pub subject: String,
    /// Issuer name.
    pub issuer: String,
    /// Serial number in hex.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Fingerprint.
    pub sha256: [u8; 32],
    /// Whether it is a trust anchor.
    pub trusted: bool,
    /// That it was revoked, where that was asked about.
    pub revoked: Option<Withdrawn>,
}

/// What the signature dictionary says on the signer's word alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// /Name.
    pub name: Option<String>,
    /// /Reason.
    pub reason: Option<String>,
    /// /Location.
    pub location: Option<String>,
}
