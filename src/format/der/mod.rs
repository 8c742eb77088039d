//! ASN.1 values, read one at a time from bytes that nobody vouches for.
//! ITU-T X.690: DER, or BER (indefinite lengths, strings in pieces) where CM-1 of the project's spec allows it.

mod oid;
mod time;
mod length;
mod reader;
mod encode;

pub use self::encode::encode;
pub use self::encode::encode_set_of;
pub use self::encode::to_der;
pub use self::oid::Oid;
pub use self::reader::Reader;
pub use self::reader::Value;

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// BIT STRING in one piece.
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING in one piece.
pub const OCTET_STRING: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// UTF8String.
pub const UTF8_STRING: u8 = 0x0c;
/// PrintableString.
pub const PRINTABLE_STRING: u8 = 0x13;
/// IA5String.
pub const IA5_STRING: u8 = 0x16;
/// UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// SEQUENCE and SEQUENCE OF.
pub const SEQUENCE: u8 = 0x30;
/// SET and SET OF.
pub const SET: u8 = 0x31;
/// The bit that says "made of other values".
pub const CONSTRUCTED: u8 = 0x20;

/// The tag of a context-specific primitive value `[n]`.
#[must_use]
pub const fn context(n: u8) -> u8 {
    0x80 | n
}

/// The tag of a context-specific constructed value `[n]`.
#[must_use]
pub const fn context_constructed(n: u8) -> u8 {
    0xa0 | n
}

/// Why bytes are not the ASN.1 value that was asked for. Offsets count from the start of the outermost reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value is longer than the bytes there are.
    #[error("ASN.1 value at {at} is cut short")]
    Truncated {
        /// Offset of the value.
        at: usize,
    },
    /// Another tag than the one the structure demands, or nothing where a value must be.
    #[error("ASN.1 tag {found:#04x} at {at}, expected {expected:#04x}")]
    Tag {
        /// Offset of the value.
        at: usize,
        /// The tag demanded.
        expected: u8,
        /// The tag found; zero when there was no value at all.
        found: u8,
    },
    /// A tag number above 30: no structure of ours has one.
    #[error("ASN.1 tag of several bytes at {at}")]
    LongTag {
        /// Offset of the value.
        at: usize,
    },
    /// A length that is indefinite or not minimal where DER is required, or larger than memory.
    #[error("ASN.1 length at {at} is not acceptable")]
    Length {
        /// Offset of the value.
        at: usize,
    },
    /// More values within one another than the budget allows.
    #[error("ASN.1 nesting too deep at {at}")]
    Depth {
        /// Offset of the value.
        at: usize,
    },
    /// Bytes after the last value the structure knows.
    #[error("{bytes} surplus bytes at {at}")]
    Trailing {
        /// Offset of the first surplus byte.
        at: usize,
        /// How many there are.
        bytes: usize,
    },
    /// The tag is right and the content is not.
    #[error("ASN.1 value at {at} is not a valid {what}")]
    Content {
        /// Offset of the value.
        at: usize,
        /// What it should have been.
        what: &'static str,
    },
}
