//! The versions that one signed file holds, and the bytes of each: what was signed is still there after it was changed.
//! VALIDATION 6.6 and 16.3: the bytes from the first to the end of a revision are that version, exactly.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::hex;
use crate::format::budget::Budget;
use crate::format::pdf::Coverage;
use crate::format::pdf::Document;
use crate::format::pdf::Error;
use crate::format::pdf::SignatureField;
use crate::verify::changes;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Hasher;
use crate::verify::mask::masked;

/// One version of a file, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Counted from 0, as signatures and changes name it.
    pub revision: usize,
    /// Its length in bytes: it is the file up to there.
    pub size: usize,
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// Who probably made it: `signature`, `document-timestamp` or `unknown`.
    pub author: String,
    /// The signatures that close it, counted from 1 in signing order as a verification lists them.
    pub signatures: Vec<usize>,
    /// Their fields.
    pub fields: Vec<String>,
}

/// All versions of a file, oldest first, each with its bytes.
///
/// # Errors
/// If it is no PDF file, opens only after repair, or a budget is used up.
pub fn list<'a>(document: &'a [u8], budget: &Budget) -> Result<Vec<(Version, &'a [u8])>, Error> {
    let read = Document::read(document, budget)?;
    let mut hash = Hasher::new(DigestAlgorithm::Sha256);
    let mut from = 0;
    let version = |extent: changes::Extent| {
        let bytes = document.get(..extent.end).unwrap_or(document);
        hash.update(document.get(from..bytes.len()).unwrap_or_default());
        from = bytes.len();
        let closes = |(_, field): &(usize, &SignatureField)| {
            let whole = field.range.as_ref().filter(|range| range.coverage() != Coverage::Partial);
            whole.is_some_and(|range| range.revision() == extent.revision)
        };
        let signatures = read.signatures().iter().enumerate().filter(closes).map(|(place, _)| place + 1).collect();
        let version = Version {
            revision: extent.revision,
            size: bytes.len(),
            sha256: hex(&hash.clone().finish()),
            author: extent.author.name().to_owned(),
            signatures,
            fields: extent.fields.iter().map(|field| masked(field)).collect(),
        };
        (version, bytes)
    };
    Ok(changes::extents(&read).into_iter().map(version).collect())
}
