//! Signature fields, their dictionaries and what their ByteRange really covers. ISO 32000-2, 12.8; validation spec,
//! sections 5.2, 5.3 and 5.5.

use std::ops::Range;

use jiff::Timestamp;

use crate::format::pdf::fault::Fault;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::ObjectId;

/// One signature or document timestamp: a field with a value, or a dictionary that no field holds (SF-1).
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The fully qualified field name; `None` for an orphan.
    pub name: Option<String>,
    /// The field's own object, if it is one.
    pub field: Option<ObjectId>,
    /// The object that is the signature dictionary; the field's own where `/V` is direct (SF-3).
    pub dictionary_id: ObjectId,
    /// The signature dictionary as stored in the revision that introduced it.
    pub dictionary: Dictionary,
    /// The revision that introduced the dictionary.
    pub revision: usize,
    /// `/Type`, if stored.
    pub type_name: Option<String>,
    /// `/Filter`, if stored.
    pub filter: Option<String>,
    /// `/SubFilter`, if stored.
    pub sub_filter: Option<String>,
    /// `/ByteRange` as stored, if all its elements are integers.
    pub byte_range: Option<Vec<i64>>,
    /// `/Contents`, if it is a string.
    pub contents: Option<Contents>,
    /// `/M` as stored.
    pub claimed_time_raw: Option<Vec<u8>>,
    /// `/M` as a time; without an offset it is UTC (ISO 32000-2, 7.9.4).
    pub claimed_time: Option<Timestamp>,
    /// `/Reason`, a claim.
    pub reason: Option<String>,
    /// `/Location`, a claim.
    pub location: Option<String>,
    /// `/ContactInfo`, a claim.
    pub contact: Option<String>,
    /// `/Name`, a claim.
    pub name_claim: Option<String>,
    /// The page the field's widget stands on, counted from 0.
    pub page: Option<usize>,
    /// The widget's rectangle in points, lower left and upper right as stored.
    pub rect: Option<[f64; 4]>,
    /// The permission of a certification signature (`/Reference` with DocMDP), 1 to 3, 2 where it is not stored.
    pub doc_mdp: Option<u8>,
    /// What `/Reference` with FieldMDP locks.
    pub field_mdp: Option<FieldLock>,
    /// What the field's own `/Lock` locks.
    pub lock: Option<FieldLock>,
    /// The signed bytes, if BR-1 to BR-4 hold.
    pub range: Option<SignedRange>,
    /// What is wrong with it: BR, SF, SD, PF-9 and the rules of 5.3 (named `5.3`).
    pub faults: Vec<Fault>,
}

impl SignatureField {
    /// The bytes that the stored ByteRange names, if it has an even number of integers and all lie within the file.
    /// For the digest's mathematics only: unlike `range` this says nothing of what the signature covers.
    #[must_use]
    pub fn digest_parts<'a>(&self, bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let _ = bytes;
        todo!()
    }

    /// Whether it is a document timestamp: by `/SubFilter`, whatever `/Type` says.
    #[must_use]
    pub fn is_document_timestamp(&self) -> bool {
        self.sub_filter.as_deref() == Some("ETSI.RFC3161")
    }
}

/// The value of `/Contents`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The string token's place in the file, with its delimiters.
    pub extent: Range<usize>,
    /// The decoded bytes with their padding.
    pub bytes: Vec<u8>,
    /// How many bytes the one DER or BER value at the beginning has; `None` if there is none.
    pub value_len: Option<usize>,
}

impl Contents {
    /// The CMS structure without its padding; everything where there is no DER or BER value to cut at.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.value_len
            .and_then(|len| self.bytes.get(..len))
            .unwrap_or(&self.bytes)
    }
}

/// Which fields a signature locks (`/Lock`, FieldMDP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLock {
    /// Which fields are meant.
    pub action: LockAction,
    /// Fully qualified names; empty for `All`.
    pub fields: Vec<String>,
    /// `/P` of a `/Lock`: the permission from this signature on, 1 to 3.
    pub permission: Option<u8>,
}

/// How the names of a lock are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockAction {
    /// Every field.
    All,
    /// The named fields.
    Include,
    /// Every field but the named.
    Exclude,
}

/// Bytes that a signature covers: from the first of the file, with one gap that is exactly the `/Contents` token of this
/// signature's dictionary at its cross-reference offset. Only this module makes one (BR-1 to BR-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRange {
    gap: Range<usize>,
    end: usize,
    coverage: Coverage,
    revision: usize,
}

impl SignedRange {
    /// The two signed parts of the document it was read from.
    #[must_use]
    pub fn parts<'a>(&self, bytes: &'a [u8]) -> [&'a [u8]; 2] {
        let part = |range: Range<usize>| bytes.get(range).unwrap_or_default();
        [part(0..self.gap.start), part(self.gap.end..self.end)]
    }

    /// The one place that is not signed: the `/Contents` token.
    #[must_use]
    pub fn gap(&self) -> Range<usize> {
        self.gap.clone()
    }

    /// Where the signed bytes end.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// How much of the file that is.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// The revision that introduced the signature.
    #[must_use]
    pub fn revision(&self) -> usize {
        self.revision
    }
}

/// How much of a file a signed range covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// All of it, save perhaps a last end-of-line.
    WholeFile,
    /// All of it up to the end of the revision that introduced the signature.
    WholeRevision,
    /// Neither; never acceptable.
    Partial,
}
