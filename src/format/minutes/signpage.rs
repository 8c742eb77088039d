//! The signature page: what a signing service printed about who signed, when and under which transaction id.
//! Labels are data, one template for each service (notes on Swedish minutes, 1.8, 2.6 and 5.3).

use jiff::Timestamp;

use crate::format::minutes::Line;

/// The signing services whose page is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Signport (Knowit): text labels, read in full.
    Signport,
    /// eduSign (Sunet): the entries are an image, only the page itself is recognised.
    EduSign,
    /// Netpublicator Sign: recognised, its layout is not known.
    Netpublicator,
    /// Scrive: the verification page is recognised, its layout is not read.
    Scrive,
    /// Visma Sign: recognised, its layout is not known.
    Visma,
}

/// One person's block on a signature page, as printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageEntry {
    /// The number of the block: 2 for `Underskrift 2`.
    pub ordinal: u32,
    /// `Namn`.
    pub name: Option<String>,
    /// `Företag`: entered by somebody, confirmed by nothing.
    pub organisation: Option<String>,
    /// `Identifieringsmetod`, spelt as printed (`BankId`).
    pub method: Option<String>,
    /// `Datum och tid` as printed.
    pub signed_at_literal: Option<String>,
    /// The same as a moment, where it can be read.
    pub signed_at: Option<Timestamp>,
    /// `Transaktions-ID`.
    pub transaction_id: Option<TransactionId>,
}

/// A signature page whose service is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignaturePage {
    /// Whose page it is.
    pub template: Template,
    /// The page it begins on.
    pub page: usize,
    /// The blocks in the order they are printed; empty where the template is recognised by its markers only.
    pub entries: Vec<PageEntry>,
    /// True where the page's opening words stand in more than one place; the last place was read.
    pub repeated: bool,
}

/// Why a page that looks like a signature page was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It says that the document is signed, in words that belong to no known service.
    UnknownHeading,
    /// Labels of a known service without its opening words.
    LabelsWithoutHeading,
    /// The opening words of a known service without a single block.
    NoEntries,
}

/// What a document's lines say about signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that looks like a signature page.
    None,
    /// A page of a known service.
    Known(SignaturePage),
    /// Looks like a signature page, of no template we know.
    Unknown {
        /// What is missing for it to be known.
        why: Doubt,
    },
}

/// A transaction id: opaque, compared lower-case without hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionId {
    literal: String,
    key: String,
}

/// Why pasted text is not a transaction id. Carries counts and places, never the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Nothing is left once label, spaces and hyphens are gone.
    #[error("the transaction id is empty")]
    Empty,
    /// Too short to tell one transaction from another.
    #[error("a transaction id has at least {min} characters, this has {found}")]
    TooShort {
        /// Characters found, hyphens and spaces not counted.
        found: usize,
        /// The fewest accepted.
        min: usize,
    },
    /// Longer than any identifier a service prints.
    #[error("a transaction id has at most {max} characters")]
    TooLong {
        /// The most accepted.
        max: usize,
    },
    /// A character no identifier contains, counted from the first after the label.
    #[error("character {at} cannot be part of a transaction id")]
    Character {
        /// Its place, from 1.
        at: usize,
    },
    /// Words, not an identifier.
    #[error("a transaction id contains digits")]
    NoDigit,
    /// Ten or twelve digits: a personal identity number, which must not be used for look-ups.
    #[error("this has the form of a personal identity number, not of a transaction id")]
    PersonalNumber,
}

impl TransactionId {
    /// Reads an id as people paste it: any case, with hyphens, spaces or its label.
    ///
    /// # Errors
    /// [`Malformed`] says why the text cannot be an id; whether an id is known is another question.
    pub fn parse(pasted: &str) -> Result<Self, Malformed> {
        let _ = pasted;
        Err(Malformed::Empty)
    }

    /// The id as it was written, without its label.
    #[must_use]
    pub fn literal(&self) -> &str {
        &self.literal
    }

    /// The id as it is compared and indexed: lower-case, hyphens stripped.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Reads the signature page among a document's lines.
#[must_use]
pub fn read(lines: &[Line]) -> Outcome {
    let _ = lines;
    Outcome::None
}
