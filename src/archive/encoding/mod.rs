//! The stored and published form of a verification: the JSON object `sigill.verification/1`.
//! INTERFACES section 2. Free text from documents passes `masked` here, so that no personal number leaves the house.

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use crate::verify::mask::masked;

use crate::verify::text;

mod signature;
mod said;

pub use self::said::Agreement;
pub use self::said::DatesFacts;
pub use self::said::DutyFacts;
pub use self::said::MinutesFacts;
pub use self::said::Page;
pub use self::said::PageEntry;
pub use self::said::ParagraphFacts;
pub use self::said::SigningFacts;
pub use self::signature::Algorithms;
pub use self::signature::Certificate;
pub use self::signature::Change;
pub use self::signature::Claims;
pub use self::signature::Identification;
pub use self::signature::Integrity;
pub use self::signature::Signature;
pub use self::signature::Signer;
pub use self::signature::Svt;
pub use self::signature::SvtAnswer;
pub use self::signature::Times;

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
    /// The record that it is a copy of, where it is a registered copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_record_id: Option<String>,
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
    /// Who was expected to sign, and has, where no text could be read; else it stands with what the text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SigningFacts>,
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
