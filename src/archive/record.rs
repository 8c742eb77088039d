//! A record: one registered document with what was found when it came in. HOUSE, glossary and invariants 7 and 8.
//! The bytes of `sigill.record/1` are written once; its hash, salted, is what the ledger commits to.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::archive::encoding::Verification;
use crate::verify::mask::masked;
use crate::verify::text::Text;

/// The schema's name.
pub const SCHEMA: &str = "sigill.record/1";

/// The kind of a piece that is a receiving archive's acknowledgement.
pub const ACKNOWLEDGEMENT: &str = "acknowledgement";

/// Bytes of a record id: unguessable, so that knowing one says nothing about others.
const ID_BYTES: usize = 12;

/// A record's name: 24 hex digits, random, saying nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; ID_BYTES]);

impl RecordId {
    /// No record: what an act is about that is about the archive.
    pub const ARCHIVE: Self = Self([0; ID_BYTES]);

    /// From random bytes.
    pub fn from_random(bytes: [u8; ID_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// The text is not a record id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record id is 24 hexadecimal digits")]
pub struct NotAnId;

impl FromStr for RecordId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        unhex(text).map(Self).ok_or(NotAnId)
    }
}

/// Exactly `N` bytes from hex digits of either case.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

/// What somebody says about a document when handing it in. Nothing here is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The file's name, for people.
    pub name: String,
    /// A title; else the one read from the document.
    pub title: Option<String>,
    /// The code of its type; else what its text reads as.
    pub record_type: Option<String>,
    /// The diary number (diarienummer).
    pub diary_number: Option<String>,
    /// The body it belongs to.
    pub body: Option<String>,
    /// The day of the meeting, as 2026-03-12; else the one read from the document.
    pub meeting_date: Option<String>,
    /// Those who are to sign, as whoever hands it in says: `Anna Ek`, or `Anna Ek (ordförande)`.
    pub expected_signers: Vec<String>,
    /// Whether anyone may look it up.
    pub public: bool,
    /// Who hands it in: the name of a token or of a login, never a person's number.
    pub actor: String,
}

/// A record as it was registered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Always `sigill.record/1`.
    pub schema: String,
    /// 24 hex digits.
    pub id: String,
    /// When, UTC.
    pub registered_at: String,
    /// By whom.
    pub registered_by: String,
    /// For people.
    pub title: Option<String>,
    /// A code that the retention schedule knows.
    pub record_type: String,
    /// The diary number.
    pub diary_number: Option<String>,
    /// The body.
    pub body: Option<String>,
    /// Whether anyone may look it up.
    pub public: bool,
    /// The day of the meeting, local.
    pub meeting_date: Option<String>,
    /// The last signature's time, UTC: authenticated, else claimed, else proven.
    pub last_signed_at: Option<String>,
    /// Transaction ids found, as printed.
    pub transaction_ids: Vec<String>,
    /// Those who were said to be going to sign, as said; whether they have stands with the verification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected_signers: Vec<String>,
    /// What was found then.
    pub verification: Verification,
    /// The evidence beside the document that was kept with it, each piece by its hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<KeptPiece>,
    /// How many signatures it had, where it was disposed of: they themselves are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<usize>,
}

/// A piece of evidence that is kept with a record. The record names its hash, so that the ledger commits to it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptPiece {
    /// `bankid`, `ocsp`, `crl`, `certificate` or `evidence-record`; `acknowledgement` from the archive it was delivered to.
    pub kind: String,
    /// What whoever handed it in called it; the end of its address where it was fetched.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// The address it was fetched from when the document was registered; none where it was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// What a document that came without a name is called in data.
pub const NAMELESS: &str = "document";

/// What a document or a record is called for people: its own name, or that it has none.
pub fn called(name: &str) -> Text {
    match name {
        "" | NAMELESS => Text::new("Fil utan namn", "A file without a name"),
        name => {
            let name = masked(name);
            Text::new(name.clone(), name)
        }
    }
}

impl Record {
    /// What it is called: its title, else its file's name.
    pub fn called(&self) -> Text {
        called(self.title.as_deref().unwrap_or(&self.verification.file.name))
    }

    /// When it was registered; the epoch where the text is damaged, which `check` would have told.
    pub fn registered(&self) -> Timestamp {
        self.registered_at.parse().unwrap_or_default()
    }

    /// The last signature's time.
    pub fn last_signed(&self) -> Option<Timestamp> {
        self.last_signed_at.as_deref()?.parse().ok()
    }

    /// The day of the meeting.
    pub fn meeting_day(&self) -> Option<Date> {
        self.meeting_date.as_deref()?.parse().ok()
    }
}

/// Names in one text, with commas or semicolons between, each with its role in brackets.
pub fn names(text: &str) -> Vec<String> {
    let names = text.split([',', ';', '|', '\n']).map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Longest diary number that is taken, in bytes; no registry's has more than a few dozen.
pub const DIARY_BYTES_MAX: usize = 200;

/// A diary number as it is compared: upper case, without spaces and label.
pub fn diary_key(number: &str) -> String {
    // A store bounds its keys: however long a number is, an archive that holds it opens.
    let number = (0..=DIARY_BYTES_MAX).rev().find_map(|end| number.get(..end)).unwrap_or_default();
    let text: String = number.split_whitespace().map(str::to_uppercase).collect();
    let labels = ["DIARIENUMMER:", "DIARIENUMMER", "DNR:", "DNR"];
    let bare = labels.iter().find_map(|label| text.strip_prefix(label)).unwrap_or(&text);
    bare.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_nothing_else_does() {
        let id = RecordId::from_random([0xab; 12]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "abab", &"z".repeat(24), &"+1".repeat(12), &"ab".repeat(13)] {
            assert_eq!(text.parse::<RecordId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_diary_number_is_found_however_it_is_typed() {
        for typed in ["KS 2026/123", "KS2026/123", "ks  2026/123", " Dnr: KS 2026/123 ", "Diarienummer KS 2026/123"] {
            assert_eq!(diary_key(typed), "KS2026/123", "{typed}");
        }
    }
}
