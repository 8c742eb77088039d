//! How much work bytes from outside may cause: one limit for each thing a reader can be made to do.
//! Figures follow the project's validation spec, section 17 (LIM-1 to LIM-9).

/// The limits every reader in `format` obeys. Sizes in bytes, counts in pieces.
///
/// A reader that meets a limit answers with its own error saying which; it never panics and never returns half a
/// document as a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Largest document read at all. The service sets its own, lower, upload limit before this one is met.
    pub document_bytes_max: u64,
    /// Cross-reference entries over all revisions (LIM-3).
    pub objects_max: u64,
    /// Arrays, dictionaries and ASN.1 values within one another (LIM-3; EU DSS allows 500).
    pub nesting_max: u32,
    /// Incremental updates in one file (LIM-2).
    pub revisions_max: u32,
    /// Signature dictionaries in one file (LIM-2).
    pub signatures_max: u32,
    /// One stream after inflation (LIM-4), kept below the 300 MiB that verification may use in all.
    pub inflated_bytes_max: u64,
    /// All streams of one document after inflation, so that many small bombs cost no more than one.
    pub inflated_total_max: u64,
    /// One CMS structure (LIM-5).
    pub cms_bytes_max: u64,
    /// Characters of page text kept for the signature page and the minutes.
    pub text_chars_max: u64,
    /// Pages whose text is read.
    pub pages_max: u32,
}

impl Budget {
    /// The limits that hold when nobody asked for others.
    pub const STANDARD: Self = Self {
        document_bytes_max: 256_000_000,
        objects_max: 4_000_000,
        nesting_max: 100,
        revisions_max: 1_000,
        signatures_max: 200,
        inflated_bytes_max: 32 << 20,
        inflated_total_max: 128 << 20,
        cms_bytes_max: 16 << 20,
        text_chars_max: 4_000_000,
        pages_max: 2_000,
    };
}

impl Default for Budget {
    fn default() -> Self {
        Self::STANDARD
    }
}
