//! PDF files as a verifier needs them: every revision as it stood, and every signature with its exact place.
//! ISO 32000-2, read as strictly as the project's validation spec, section 5, demands; nothing is ever repaired.

use crate::format::budget::Budget;

mod fault;
mod object;
mod encryption;
mod syntax;
mod filter;
mod xref;
mod revision;
mod file;
mod view;
mod survey;
mod encoding;
mod field;
mod claim;
mod range;
mod signature;
mod wreck;
pub mod dss;
pub mod attachment;
mod font;
mod layout;
pub mod text;
pub mod copy;

pub use claim::FieldLock;
pub use claim::LockAction;
pub use claim::date;
pub use encoding::text_string;
pub use encryption::Sealed;
pub use fault::Error;
pub use fault::Fault;
pub use fault::Severity;
pub use object::Dictionary;
pub use object::Object;
pub use object::ObjectId;
pub use object::Stream;
pub use range::Contents;
pub use range::Coverage;
pub use range::SignedRange;
pub use revision::Change;
pub use revision::ChangeKind;
pub use revision::Revision;
pub use signature::SignatureField;
pub use view::View;

/// A PDF file that could be read without guessing.
pub struct Document<'a> {
    file: file::File<'a>,
    signatures: Vec<SignatureField>,
    unsigned_fields: Vec<String>,
    faults: Vec<Fault>,
    /// Revisions whose cross-reference leads past a signature.
    passed_over: Vec<usize>,
    wreck: bool,
}

impl<'a> Document<'a> {
    /// Reads the file's skeleton and all its signatures. Pages, fonts and images are read when asked for.
    ///
    /// # Errors
    /// If it is no PDF file, opens only after repair, or a budget is used up.
    pub fn read(bytes: &'a [u8], budget: &Budget) -> Result<Self, Error> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > budget.document_bytes_max) {
            return Err(Error::Limit { rule: "LIM-1", at: bytes.len(), what: "bytes in the file" });
        }
        let mut skeleton = revision::Skeleton::read(bytes, budget)?;
        let mut faults = std::mem::take(&mut skeleton.faults);
        let file = file::File::new(bytes, budget, skeleton);
        let surveyed = survey::survey(&file, Dictionary::is_signature, &mut faults)?;
        let mut found = signature::find(&file, &surveyed.candidates, &mut faults)?;
        let first_signed = found.signatures.iter().map(|signature| signature.revision).min();
        let faults = faults.settle(first_signed);
        let passed = wreck::passed_over(bytes, budget, &surveyed.unnamed);
        let mut passed_over: Vec<usize> = passed.iter().map(|signature| signature.revision).collect();
        passed_over.dedup();
        found.signatures.extend(passed);
        let (signatures, unsigned_fields) = (found.signatures, found.unsigned);
        Ok(Self { file, signatures, unsigned_fields, faults, passed_over, wreck: false })
    }

    /// What is left of a file that opens only after repair: the signature dictionaries that stand in its bytes, so that
    /// they are listed and their mathematics done. It says neither what they cover nor what they claim, and `error` is
    /// among its faults, so that nothing in it can pass (PF-4). `None` where `error` is a limit, or this is no PDF file.
    #[must_use]
    pub fn wreck(bytes: &'a [u8], budget: &Budget, error: &Error) -> Option<Self> {
        if matches!(error, Error::Limit { .. } | Error::NotPdf) {
            return None;
        }
        let (skeleton, found) = wreck::skeleton(bytes, 0, budget);
        let file = file::File::new(bytes, budget, skeleton);
        let signatures = signature::adrift(&file, &found).ok()?;
        let faults = vec![Fault::fail("PF-4", error.offset(), error.to_string())];
        let (unsigned_fields, passed_over) = (Vec::new(), Vec::new());
        Some(Self { file, signatures, unsigned_fields, faults, passed_over, wreck: true })
    }

    /// Whether it is only what is left of a file that opens after repair.
    #[must_use]
    pub fn is_wreck(&self) -> bool {
        self.wreck
    }

    /// The bytes it was read from.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.file.bytes()
    }

    /// The revisions, oldest first; a linearized file's two sections and a hybrid's are one.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        self.file.revisions()
    }

    /// The file as it stood at the end of a revision; of the last, where there is none with that number.
    #[must_use]
    pub fn view(&self, revision: usize) -> View<'_, 'a> {
        View::of(&self.file, revision)
    }

    /// The file as it is.
    #[must_use]
    pub fn latest(&self) -> View<'_, 'a> {
        View::of(&self.file, usize::MAX)
    }

    /// What a revision's cross-reference does to each object number it names, its containers included.
    pub fn changes(&self, revision: usize) -> impl Iterator<Item = Change> + '_ {
        let numbers = self.revisions().get(revision).map_or(&[][..], |revision| &revision.numbers);
        numbers.iter().filter_map(move |&number| self.file.change(number, revision))
    }

    /// Whether a revision's `/Prev` leads past a version that somebody signed (PF-3).
    #[must_use]
    pub fn passes_over(&self, revision: usize) -> bool {
        self.passed_over.contains(&revision)
    }

    /// Every signature field with a value and every orphaned signature, in order of the end of their ByteRange; then
    /// those that the cross-reference passes over.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureField] {
        &self.signatures
    }

    /// The names of the signature fields without a value.
    #[must_use]
    pub fn unsigned_fields(&self) -> &[String] {
        &self.unsigned_fields
    }

    /// What is wrong with the file itself; what is wrong with a signature stands there.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Why strings and streams cannot be read, where they are encrypted and the empty password does not open them.
    /// `/Contents` of a signature dictionary is never encrypted.
    #[must_use]
    pub fn sealed(&self) -> Option<Sealed> {
        self.file.sealed()
    }
}
