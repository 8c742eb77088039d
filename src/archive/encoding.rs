//! The stored and published form of a verification: the JSON object `sigill.verification/1`.
//! INTERFACES section 2. Free text from documents passes `masked` here, so that no personal number leaves the house.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::verify::mask::masked;
use crate::verify::text;

/// The schema's name; a change that a reader could notice gives it a new number.
pub const SCHEMA: &str = "sigill.verification/1";

/// Digits of a hash or serial number.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// One sentence in Swedish and English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

impl From<&text::Text> for Text {
    fn from(text: &text::Text) -> Self {
        Self { sv: masked(&text.sv), en: masked(&text.en) }
    }
}

/// A stable code and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// A check id, a sub-indication or an upper-case word.
    pub code: String,
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
    /// What EU DSS 6.4 would do here under its default policy, where that is known to differ: `ignore`, `warn` or `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eu_dss_default_would: Option<String>,
}

impl From<&text::Finding> for Finding {
    fn from(finding: &text::Finding) -> Self {
        let Text { sv, en } = Text::from(&finding.text);
        Self { code: finding.code.to_owned(), sv, en, eu_dss_default_would: None }
    }
}

/// The answer about one document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Always `sigill.verification/1`.
    pub schema: String,
    /// The bytes that were judged.
    pub file: File,
    /// The validation time, UTC.
    pub checked_at: String,
    /// The rules applied.
    pub policy: Policy,
    /// The anchors trusted.
    pub trust: Trust,
    /// `valid`, `partly-valid`, `altered`, `indeterminate`, `invalid`, `unsigned`, `unreadable`, `registered-copy`.
    pub verdict: String,
    /// The verdict in one sentence.
    pub headline: Text,
    /// What to do.
    pub advice: Text,
    /// Every signature, in signing order.
    pub signatures: Vec<Signature>,
    /// The versions the file holds, oldest first.
    #[serde(default)]
    pub revisions: Vec<Revision>,
    /// Signature fields that nobody signed.
    pub unsigned_fields: Vec<String>,
    /// What the signature page says, where there is one.
    pub signature_page: Option<Page>,
    /// What the minutes say, where there are any.
    pub minutes: Option<MinutesFacts>,
    /// Whether page, minutes and certificates agree.
    pub agreement: Vec<Agreement>,
    /// BankID's own evidence, given beside the document or found in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bankid_evidence: Vec<BankIdEvidence>,
    /// What evidence records that were handed in prove about the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence_records: Vec<EvidenceRecord>,
    /// Noticed about the document.
    pub warnings: Vec<Finding>,
    /// What could be gathered to settle an open question.
    pub missing: Vec<Needed>,
}

/// What BankID's own evidence says of one person, names and numbers masked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BankIdEvidence {
    /// The person's name in her certificate.
    pub name: Option<String>,
    /// Her identity number.
    pub identifier: Option<String>,
    /// The service that asked, as she was told.
    pub service: Option<String>,
    /// Its organisation number.
    pub organisation: Option<String>,
    /// BankID's reference, as it was handed in.
    pub order: Option<String>,
    /// What she was shown.
    pub text: Option<String>,
    /// When BankID answered for her certificate.
    pub at: Option<String>,
    /// The revision of this document that she signed, from 0.
    pub revision: Option<usize>,
    /// The signature field that it evidences (level A), or null.
    pub field: Option<String>,
    /// Every reservation; empty where it holds.
    pub findings: Vec<Finding>,
}

/// One version of the file: everything up to where it was saved once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    /// Counted from 0, the oldest; signatures and changes name it.
    pub revision: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last: the version is everything before this.
    pub end: usize,
    /// Who probably made it: `signature`, `document-timestamp` or `unknown`.
    pub author: String,
    /// The signature fields that it signs.
    pub fields: Vec<String>,
}

/// The bytes that were judged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct File {
    /// As the caller named it.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// A policy's name and version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// For example `sigill-se-minutes`.
    pub name: String,
    /// Rises whenever a verdict could change.
    pub version: String,
    /// SHA-256 over everything it says, in hexadecimal.
    #[serde(default)]
    pub digest: Option<String>,
}

/// Which anchors were trusted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Trust {
    /// How many.
    pub anchors: usize,
    /// SHA-256 over what is believed of them, hex.
    pub digest: String,
    /// The trust lists they were taken from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<TrustList>,
}

/// A trust list that anchors were taken from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustList {
    /// What it is called here.
    pub name: String,
    /// Its country or area.
    pub territory: String,
    /// Rises with every issue.
    pub sequence: u64,
    /// When it was issued.
    pub issued: String,
    /// When it runs out, or null where it was closed.
    pub next_update: Option<String>,
    /// Certificates believed on its word.
    pub anchors: usize,
}

/// The answer about one signature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// Field name.
    pub field: Option<String>,
    /// `signature` or `document-timestamp`.
    #[serde(rename = "type")]
    pub kind: String,
    /// As written in the file.
    pub sub_filter: Option<String>,
    /// Offsets and lengths in bytes.
    pub byte_range: Vec<i64>,
    /// `PAdES-B-B` … or null.
    pub level: Option<String>,
    /// `TOTAL-PASSED` … for a signature, `PASSED` … for a timestamp.
    pub indication: String,
    /// ETSI EN 319 102-1's name, or null.
    pub sub_indication: Option<String>,
    /// The decisive one first.
    pub reasons: Vec<Finding>,
    /// Mathematics alone.
    pub integrity: Integrity,
    /// `whole-file`, `whole-revision`, `partial`.
    pub coverage: String,
    /// The revision it closes, counted from 0.
    pub revision: Option<usize>,
    /// `none`, `lta-updates`, `form-filling`, `annotations`, `other`, `not-checked`.
    pub changes_after: String,
    /// Each later change.
    pub changes: Vec<Change>,
    /// Who signed.
    pub signer: Option<Signer>,
    /// Claimed, authenticated, proven.
    pub times: Times,
    /// What it is made with.
    pub algorithms: Option<Algorithms>,
    /// From the signer to the anchor.
    pub certificates: Vec<Certificate>,
    /// The process of EN 319 102-1 that let it pass: `Basic`, `LTVM`, `LTA`.
    #[serde(default)]
    pub process: Option<String>,
    /// Until when the material at hand can be verified.
    pub verifiable_until: Option<String>,
    /// On the signer's word alone.
    pub claims: Claims,
    /// What another validator found then (RFC 9321), on its word alone; it decides nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svt: Option<Svt>,
    /// Noticed, not decisive.
    pub warnings: Vec<Finding>,
}

/// What an evidence record (RFC 4998) proves about the whole document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceRecord {
    /// `PASSED`, `INDETERMINATE`, `FAILED`.
    pub indication: String,
    /// ETSI EN 319 102-1's name, or null.
    pub sub_indication: Option<String>,
    /// The decisive one first.
    pub reasons: Vec<Finding>,
    /// The document existed not later than this, UTC.
    pub proven: Option<String>,
    /// Who vouches for that.
    pub authority: Option<String>,
    /// When each of its time stamps says that it was made, oldest first, UTC.
    pub stamped: Vec<String>,
}

/// What a signature validation token says of a signature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Svt {
    /// The validation service's name for itself.
    pub issuer: String,
    /// UTC.
    pub issued_at: String,
    /// UTC; after this it says nothing.
    pub expires: Option<String>,
    /// All of this in a sentence.
    pub summary: Text,
    /// Whether its issuer is trusted here and every check of it held.
    pub believed: bool,
    /// One for each policy of the validator.
    pub answers: Vec<SvtAnswer>,
    /// Times that the validator found proven, UTC.
    pub times: Vec<String>,
    /// Why it is not believed.
    pub doubts: Vec<Finding>,
}

/// One answer of a signature validation token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SvtAnswer {
    /// The policy's address.
    pub policy: String,
    /// `PASSED`, `FAILED`, `INDETERMINATE`.
    pub result: String,
    /// In the validator's own words.
    pub message: Option<String>,
}

/// Two facts of mathematics.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Integrity {
    /// `match`, `mismatch`, `unknown`.
    pub digest: String,
    /// `valid`, `invalid`, `unsupported`, `unknown`.
    pub signature: String,
}

/// One change after signing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// The revision that brought it, counted from 0.
    pub revision: usize,
    /// For example `signature`, `validation-data`, `annotation`, `content`.
    pub kind: String,
    /// How far it goes: as `changesAfter`. Empty in records of before it was kept.
    #[serde(default)]
    pub level: String,
    /// Counted from 1, where it concerns a page.
    pub page: Option<usize>,
    /// Where on the page, in points: lower left and upper right corner.
    #[serde(default)]
    pub rect: Option<[f64; 4]>,
    /// The form field that was filled in.
    #[serde(default)]
    pub field: Option<String>,
    /// The rule that granted or refused it: `MD-15`.
    #[serde(default)]
    pub rule: String,
    /// The place in the file's structure.
    #[serde(default)]
    pub path: String,
    /// Whether it should be looked at even where it is permitted.
    #[serde(default)]
    pub warning: bool,
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

/// Who signed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Signer {
    /// As the certificate says.
    pub name: Option<String>,
    /// The subject, personal number masked.
    pub subject: String,
    /// Masked.
    pub identifier: Option<String>,
    /// Where the certificate names one.
    pub organisation: Option<String>,
    /// How the person was identified, where the certificate attests it.
    pub identification: Option<Identification>,
    /// `A`, `B`, `C`, `D`.
    pub evidence: String,
}

/// How the signer was identified, on the signing service's word.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identification {
    /// In plain words, `BankID`.
    pub method: String,
    /// The identity provider.
    pub provider: Option<String>,
    /// The service that asked.
    pub service: Option<String>,
    /// Level of assurance.
    pub level_of_assurance: Option<String>,
    /// UTC.
    pub authenticated_at: Option<String>,
    /// The assertion's id.
    pub assertion: Option<String>,
    /// Where the certificate carries one.
    pub transaction_id: Option<String>,
}

/// The times around a signature, UTC.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    /// On the signer's word.
    pub claimed: Option<String>,
    /// On the signing service's word.
    pub authenticated: Option<String>,
    /// Existed not later than this.
    pub proven: Option<String>,
    /// `signature-timestamp`, `document-timestamp`, `evidence-record`.
    pub proven_by: Option<String>,
}

/// What a signature is made with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Algorithms {
    /// `SHA-256`.
    pub digest: String,
    /// `RSA-PKCS1`.
    pub signature: String,
    /// Bits.
    pub key_bits: u32,
}

/// A certificate as shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Masked.
    pub subject: String,
    /// Issuer name.
    pub issuer: String,
    /// Hex.
    pub serial: String,
    /// UTC.
    pub not_before: String,
    /// UTC.
    pub not_after: String,
    /// Fingerprint, hex.
    pub sha256: String,
    /// Whether it is an anchor.
    pub trusted: bool,
}

/// On the signer's word alone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Claims {
    /// /Name.
    pub name: Option<String>,
    /// /Reason.
    pub reason: Option<String>,
    /// /Location.
    pub location: Option<String>,
}

/// What the printed signature page says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// For example `signport`.
    pub template: String,
    /// In the order printed.
    pub entries: Vec<PageEntry>,
}

/// One signer on the page.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageEntry {
    /// As printed.
    pub name: Option<String>,
    /// As printed; nothing confirms it.
    pub organisation: Option<String>,
    /// As printed.
    pub method: Option<String>,
    /// With the offset printed.
    pub signed_at: Option<String>,
    /// As printed.
    pub transaction_id: Option<String>,
    /// `C` inside what a signature covers, else `D`.
    pub evidence: String,
}

/// What minutes say about themselves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MinutesFacts {
    /// `minutes`, `meeting-notes`, `information`, `other`.
    pub kind: String,
    /// First heading.
    pub title: Option<String>,
    /// The body that met.
    pub body: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Local date.
    pub date: Option<String>,
    /// Local time.
    pub start: Option<String>,
    /// Local time.
    pub end: Option<String>,
    /// Members present, as printed.
    pub present: Vec<String>,
    /// Absent, as printed.
    pub absent: Vec<String>,
    /// Appointed to adjust.
    pub adjusters: Vec<String>,
    /// First and last paragraph stated.
    pub paragraph_range: Option<(u32, u32)>,
    /// Who keeps the minutes.
    pub secretary: Option<String>,
    /// Who presides; several where the chair changed.
    pub chairs: Vec<String>,
    /// Each paragraph.
    pub paragraphs: Vec<ParagraphFacts>,
}

/// One paragraph of the minutes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParagraphFacts {
    /// The paragraph sign's number; none in notes.
    pub number: Option<u32>,
    /// Its heading.
    pub title: String,
    /// What was decided.
    pub decisions: Vec<String>,
}

/// One line of comparison.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// What is compared.
    pub subject: String,
    /// What the page or the minutes say.
    pub left: String,
    /// What the other place says.
    pub right: Option<String>,
    /// `match`, `partial`, `different`, `missing`.
    pub outcome: String,
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

/// Evidence that would settle an open question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Needed {
    /// `crl`, `ocsp`, `issuer-certificate`, `trust-anchor`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Address or name.
    pub subject: String,
    /// The number of the certificate that an OCSP answer must be about, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}
