//! The row of versions a file holds: where each ends, and who probably made it. VALIDATION 6.7.

use crate::format::pdf::Coverage;
use crate::format::pdf::Document;
use crate::format::pdf::SignedRange;

/// One version of the document: a revision of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The revision, counted from 0, the oldest.
    pub revision: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Who probably made it.
    pub author: Author,
    /// The signature fields that it signs.
    pub fields: Vec<String>,
}

/// Who probably made a revision, by what it brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A signer's program: it brought a signature.
    Signature,
    /// A timestamping or preservation service: it brought a document timestamp.
    DocumentTimestamp,
    /// Nobody says.
    Unknown,
}

impl Author {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::DocumentTimestamp => "document-timestamp",
            Self::Unknown => "unknown",
        }
    }
}

/// Every revision of the file, oldest first.
pub fn extents(document: &Document<'_>) -> Vec<Extent> {
    let extent = |revision: usize, start: usize, end: usize| {
        let own = || document.signatures().iter().filter(move |field| field.revision == revision);
        let author = match (own().any(|field| !field.is_document_timestamp()), own().next()) {
            (true, _) => Author::Signature,
            (false, Some(_)) => Author::DocumentTimestamp,
            (false, None) => Author::Unknown,
        };
        // A ByteRange may take in the white space after %%EOF: so does the version it covers.
        let whole = |range: &&SignedRange| range.coverage() != Coverage::Partial;
        let covered = own().filter_map(|field| field.range.as_ref()).filter(whole).map(SignedRange::end).max();
        let end = covered.map_or(end, |covered| covered.max(end));
        Extent { revision, start, end, author, fields: own().filter_map(|field| field.name.clone()).collect() }
    };
    document.revisions().iter().map(|one| extent(one.index, one.start, one.end)).collect()
}
