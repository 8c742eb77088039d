//! Transaction ids: opaque, compared lower-case without hyphens.
//! Rule of the notes on Swedish minutes, 1.8: no open norm says what they are or where else they stand.

use crate::format::minutes::lines;

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
        let text = lines::plain(pasted);
        let literal = without_label(&text).trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let key = transaction_key(literal);
        let found = key.chars().count();
        let digits = key.bytes().filter(u8::is_ascii_digit).count();
        if found == 0 {
            return Err(Malformed::Empty);
        }
        if let Some(at) = literal.chars().position(|c| !is_id_letter(c) && !is_filler(c)) {
            return Err(Malformed::Character { at: at + 1 });
        }
        if digits == found && matches!(found, 10 | 12) {
            return Err(Malformed::PersonalNumber);
        }
        if found < ID_MIN {
            return Err(Malformed::TooShort { found, min: ID_MIN });
        }
        if found > ID_MAX {
            return Err(Malformed::TooLong { max: ID_MAX });
        }
        if digits == 0 {
            return Err(Malformed::NoDigit);
        }
        Ok(Self { literal: literal.to_owned(), key })
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

/// The form in which any transaction id is compared and indexed: lower-case, without hyphens and spaces.
#[must_use]
pub fn transaction_key(id: &str) -> String {
    id.chars().filter(|c| !is_filler(*c)).flat_map(char::to_lowercase).collect()
}

/// Fewer characters cannot tell one transaction from another; the shortest known id has 19 digits.
const ID_MIN: usize = 16;
/// The longest known id, an assertion's, has 33 characters.
const ID_MAX: usize = 128;
/// Labels that people copy along with an id, longest first.
const ID_LABELS: [&str; 9] = [
    "bankid:s referensnummer",
    "transaktions-id",
    "transaktions id",
    "transaction-id",
    "transaction id",
    "transaktionsid",
    "transactionid",
    "transaktion",
    "urn:uuid:",
];

fn without_label(text: &str) -> &str {
    let bare = text.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    ID_LABELS
        .iter()
        .find_map(|label| {
            let begin = bare.get(..label.len())?;
            begin.eq_ignore_ascii_case(label).then(|| bare.get(label.len()..))?
        })
        .unwrap_or(bare)
}

fn is_id_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.')
}

/// Hyphens, the dashes that word processors make of them, and spaces.
fn is_filler(letter: char) -> bool {
    matches!(letter, '-' | '–' | '—' | '−' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_id_loses_its_label_case_hyphens_and_spaces() {
        let key = |text| TransactionId::parse(text).map(|id| id.key().to_owned());
        let expected = Ok("0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d".to_owned());
        assert_eq!(key("0a1b2c3d4e5f4a6b8c7d9e0f1a2b3c4d"), expected);
        assert_eq!(key(" Transaktions-ID: 0A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D"), expected);
        assert_eq!(key("transaktionsid 0a1b2c3d 4e5f4a6b 8c7d9e0f 1a2b3c4d."), expected);
        assert_eq!(key("{0A1B2C3D–4E5F–4A6B–8C7D–9E0F1A2B3C4D}"), expected);
        assert_eq!(key("_8db6eb9e8dc043d554eaa0dad145cfda").as_deref(), Ok("_8db6eb9e8dc043d554eaa0dad145cfda"));
    }

    #[test]
    fn what_cannot_be_an_id_says_why() {
        let fault = |text| TransactionId::parse(text).err();
        assert_eq!(fault("  "), Some(Malformed::Empty));
        assert_eq!(fault("Transaktions-ID:"), Some(Malformed::Empty));
        assert_eq!(fault("KS 2026/123"), Some(Malformed::Character { at: 8 }));
        assert_eq!(fault("abc123"), Some(Malformed::TooShort { found: 6, min: 16 }));
        assert_eq!(fault("kommunstyrelsens protokoll"), Some(Malformed::NoDigit));
        assert_eq!(fault("19620314-0000"), Some(Malformed::PersonalNumber));
        assert_eq!(fault(&"a1".repeat(100)), Some(Malformed::TooLong { max: 128 }));
    }
}
