//! The stored and published form of one signature, with everything found about it. INTERFACES section 2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::archive::encoding::Finding;
use crate::archive::encoding::Text;

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
