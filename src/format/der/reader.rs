//! Values, read one after another.
//! X.690 8 (BER) and 10 (DER); the typed readings are those RFC 5280, 5652 and 6960 need.

use std::borrow::Cow;

use jiff::Timestamp;

use super::BOOLEAN;
use super::CONSTRUCTED;
use super::Error;
use super::IA5_STRING;
use super::OBJECT_IDENTIFIER;
use super::OCTET_STRING;
use super::PRINTABLE_STRING;
use super::SEQUENCE;
use super::UTF8_STRING;
use super::length::END_OF_CONTENTS;
use super::length::Rules;
use super::length::head;
use super::length::indefinite_length;
use super::oid::Oid;
use super::time::moment;
use crate::format::budget::Budget;

/// Values within one another in BER (CM-1): finding the end of one of indefinite length walks over all it holds, so
/// depth multiplies the work. The deepest of the corpus has 25 in all.
const BER_DEPTH_MAX: u32 = 32;

/// One value: its tag, its content, and every byte of it.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// Length of identifier and length octets.
    pub header: usize,
    /// The content octets, without the end mark of an indefinite length.
    pub content: &'a [u8],
    /// The whole value as it stands in the input.
    pub raw: &'a [u8],
    /// Offset of the value from the start of the outermost reader.
    pub at: usize,
    rules: Rules,
    depth_left: u32,
}

/// Reads values one after another.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
    rules: Rules,
    depth_left: u32,
}

impl<'a> Reader<'a> {
    /// A reader that takes DER only, nested as deep as the standard budget allows.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0, rules: Rules::Der, depth_left: Budget::STANDARD.nesting_max }
    }

    /// A reader that also takes indefinite lengths, padded lengths and strings in pieces.
    #[must_use]
    pub const fn ber(bytes: &'a [u8], budget: &Budget) -> Self {
        Self {
            rest: bytes,
            at: 0,
            rules: Rules::Ber,
            depth_left: if budget.nesting_max < BER_DEPTH_MAX { budget.nesting_max } else { BER_DEPTH_MAX },
        }
    }

    /// Whether every value has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Offset of the next value.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The tag of the next value, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, whatever it is.
    ///
    /// # Errors
    /// When there is none, or it is not well formed.
    pub fn read(&mut self) -> Result<Value<'a>, Error> {
        let at = self.at;
        let (tag, header, length) = head(self.rest, at, self.rules)?;
        let (content_length, whole) = match length {
            Some(length) => (length, header.checked_add(length).ok_or(Error::Length { at })?),
            None => {
                let body = self.rest.get(header..).ok_or(Error::Truncated { at })?;
                let length = indefinite_length(body, at, self.depth_left)?;
                (length, header + length + END_OF_CONTENTS.len())
            }
        };
        let (raw, rest) = self.rest.split_at_checked(whole).ok_or(Error::Truncated { at })?;
        let content = raw.get(header..header + content_length).ok_or(Error::Truncated { at })?;
        self.rest = rest;
        self.at += whole;
        Ok(Value { tag, header, content, raw, at, rules: self.rules, depth_left: self.depth_left })
    }

    /// The next value, which must have this tag.
    ///
    /// # Errors
    /// When there is none, it has another tag, or it is not well formed.
    pub fn expect(&mut self, tag: u8) -> Result<Value<'a>, Error> {
        match self.peek() {
            Some(found) if found == tag => self.read(),
            found => Err(Error::Tag { at: self.at, expected: tag, found: found.unwrap_or(0) }),
        }
    }

    /// The next value if it has this tag; otherwise nothing is read.
    ///
    /// # Errors
    /// When it has the tag and is not well formed.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, Error> {
        if self.peek() == Some(tag) { self.read().map(Some) } else { Ok(None) }
    }

    /// The only value there is.
    ///
    /// # Errors
    /// When there is none, another follows it, or it is not well formed.
    pub fn only(mut self) -> Result<Value<'a>, Error> {
        let value = self.read()?;
        self.finish()?;
        Ok(value)
    }

    /// The fields of the SEQUENCE that is the only value there is.
    ///
    /// # Errors
    /// As for [`Reader::only`], and when it is no SEQUENCE.
    pub fn only_sequence(mut self) -> Result<Self, Error> {
        let fields = self.sequence()?;
        self.finish()?;
        Ok(fields)
    }

    /// The next value, which must be a SEQUENCE, opened.
    ///
    /// # Errors
    /// As for [`Reader::expect`], and when it lies too deep.
    pub fn sequence(&mut self) -> Result<Self, Error> {
        self.expect(SEQUENCE)?.open()
    }

    /// The next value, which must be an object identifier.
    ///
    /// # Errors
    /// When it is not one.
    pub fn oid(&mut self) -> Result<Oid, Error> {
        self.expect(OBJECT_IDENTIFIER)?.oid()
    }

    /// The next value, which must be an OCTET STRING (in pieces too, under BER).
    ///
    /// # Errors
    /// When it is not one.
    pub fn octets(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        match self.peek() {
            Some(tag) if tag & !CONSTRUCTED == OCTET_STRING => self.read()?.octets(),
            found => Err(Error::Tag { at: self.at, expected: OCTET_STRING, found: found.unwrap_or(0) }),
        }
    }

    /// A BOOLEAN DEFAULT FALSE.
    ///
    /// # Errors
    /// When a BOOLEAN is there and not well formed.
    pub fn default_false(&mut self) -> Result<bool, Error> {
        self.optional(BOOLEAN)?.map_or(Ok(false), |value| value.boolean())
    }

    /// Says that nothing more may follow.
    ///
    /// # Errors
    /// When something does.
    pub const fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Trailing { at: self.at, bytes: self.rest.len() }) }
    }
}

impl<'a> Value<'a> {
    /// Whether its own length and form are DER's; says nothing of what is inside.
    #[must_use]
    pub fn is_der(&self) -> bool {
        self.tag != OCTET_STRING | CONSTRUCTED && head(self.raw, self.at, Rules::Der).is_ok()
    }

    /// A reader over the values inside this one, under the same rules, one level deeper.
    ///
    /// # Errors
    /// When that is deeper than the budget allows.
    pub fn open(&self) -> Result<Reader<'a>, Error> {
        let depth_left = self.depth_left.checked_sub(1).ok_or(Error::Depth { at: self.at })?;
        Ok(Reader { rest: self.content, at: self.at + self.header, rules: self.rules, depth_left })
    }

    /// The single value inside this one (an EXPLICIT tag).
    ///
    /// # Errors
    /// When there is none, more than one, or it lies too deep.
    pub fn explicit(&self) -> Result<Self, Error> {
        self.open()?.only()
    }

    /// As object identifier.
    ///
    /// # Errors
    /// When the content is not one.
    pub fn oid(&self) -> Result<Oid, Error> {
        Oid::from_content(self.content).ok_or_else(|| self.not("object identifier"))
    }

    /// As INTEGER: its content in two's complement, never empty.
    ///
    /// # Errors
    /// When the content is empty, or padded where DER is required.
    pub fn integer(&self) -> Result<&'a [u8], Error> {
        let padded = matches!(self.content, [0, next, ..] if next & 0x80 == 0)
            || matches!(self.content, [0xff, next, ..] if next & 0x80 != 0);
        if self.content.is_empty() || (padded && self.rules == Rules::Der) {
            return Err(self.not("INTEGER"));
        }
        Ok(self.content)
    }

    /// As INTEGER or ENUMERATED that is not negative and fits 64 bits.
    ///
    /// # Errors
    /// When it does not.
    pub fn unsigned(&self) -> Result<u64, Error> {
        let content = self.integer()?;
        let digits = content.iter().skip_while(|byte| **byte == 0).count();
        if digits > 8 || content.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(self.not("small INTEGER"));
        }
        Ok(content.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    /// As BOOLEAN.
    ///
    /// # Errors
    /// When the content is not one byte, or neither 00 nor FF where DER is required.
    pub fn boolean(&self) -> Result<bool, Error> {
        match (self.content, self.rules) {
            ([0], _) => Ok(false),
            ([0xff], _) | ([_], Rules::Ber) => Ok(true),
            _ => Err(self.not("BOOLEAN")),
        }
    }

    /// As OCTET STRING, or an IMPLICIT one; pieces are put together under BER.
    ///
    /// # Errors
    /// When it is in pieces where DER is required, or a piece is not an OCTET STRING.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, Error> {
        if self.tag & CONSTRUCTED == 0 {
            return Ok(Cow::Borrowed(self.content));
        }
        if self.rules == Rules::Der {
            return Err(self.not("OCTET STRING in one piece"));
        }
        let mut whole = Vec::with_capacity(self.content.len());
        // Pieces may themselves be in pieces: a stack of readers, as deep as the budget allows.
        let mut open = vec![self.open()?];
        while let Some(reader) = open.last_mut() {
            if reader.is_empty() {
                open.pop();
                continue;
            }
            let piece = reader.read()?;
            match piece.tag {
                OCTET_STRING => whole.extend_from_slice(piece.content),
                tag if tag == OCTET_STRING | CONSTRUCTED => open.push(piece.open()?),
                found => {
                    return Err(Error::Tag { at: piece.at, expected: OCTET_STRING, found });
                }
            }
        }
        Ok(Cow::Owned(whole))
    }

    /// As BIT STRING: the number of unused bits (0 to 7) and the bytes.
    ///
    /// # Errors
    /// When the first octet is missing or impossible.
    pub fn bits(&self) -> Result<(u8, &'a [u8]), Error> {
        match self.content.split_first() {
            Some((unused @ 0..=7, bytes)) if self.tag & CONSTRUCTED == 0 && (*unused == 0 || !bytes.is_empty()) => {
                Ok((*unused, bytes))
            }
            _ => Err(self.not("BIT STRING")),
        }
    }

    /// As BIT STRING of whole bytes: keys and signatures.
    ///
    /// # Errors
    /// When bits are left unused, or it is no BIT STRING.
    pub fn whole_bits(&self) -> Result<&'a [u8], Error> {
        match self.bits()? {
            (0, bytes) => Ok(bytes),
            _ => Err(self.not("BIT STRING of whole bytes")),
        }
    }

    /// As text, whichever string type it is. `None` when it is no string or its bytes are not what its type says.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.tag {
            // UTF8String; NumericString, PrintableString, IA5String and VisibleString, in which some write UTF-8.
            UTF8_STRING | 0x12 | PRINTABLE_STRING | IA5_STRING | 0x1a => {
                std::str::from_utf8(self.content).ok().map(str::to_owned)
            }
            // TeletexString: in practice ISO 8859-1 (or, by mistake, UTF-8).
            0x14 => Some(
                std::str::from_utf8(self.content)
                    .map_or_else(|_| self.content.iter().map(|byte| char::from(*byte)).collect(), str::to_owned),
            ),
            // UniversalString and BMPString.
            0x1c => {
                let (points, []) = self.content.as_chunks::<4>() else {
                    return None;
                };
                points.iter().map(|point| char::from_u32(u32::from_be_bytes(*point))).collect()
            }
            0x1e => {
                let (units, []) = self.content.as_chunks::<2>() else {
                    return None;
                };
                char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit))).collect::<Result<_, _>>().ok()
            }
            _ => None,
        }
    }

    /// As UTCTime or GeneralizedTime in UTC, seconds present, as RFC 5280 4.1.2.5 demands; fractions are kept.
    ///
    /// # Errors
    /// When it is neither, or names no moment.
    pub fn time(&self) -> Result<Timestamp, Error> {
        moment(self.tag, self.content).ok_or_else(|| self.not("time"))
    }

    const fn not(&self, what: &'static str) -> Error {
        Error::Content { at: self.at, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::der::INTEGER;

    const BUDGET: Budget = Budget::STANDARD;

    #[test]
    fn der_refuses_what_ber_takes() {
        for bytes in [&[0x30, 0x80, 0x05, 0, 0, 0][..], &[0x30, 0x81, 2, 5, 0], &[0x30, 0x82, 0, 2, 5, 0]] {
            assert!(matches!(Reader::new(bytes).read(), Err(Error::Length { at: 0 })));
            let value = Reader::ber(bytes, &BUDGET).read().unwrap();
            assert_eq!((value.tag, value.content, value.raw), (SEQUENCE, &[5, 0][..], bytes));
        }
        assert!(
            Reader::ber(&[0x04, 0x80, 0, 0], &BUDGET).read().is_err(),
            "only what is constructed may be indefinite"
        );
    }

    #[test]
    fn strings_in_pieces_are_put_together() {
        let pieces = [0x24, 0x80, 0x04, 1, b'a', 0x24, 3, 0x04, 1, b'b', 0x04, 1, b'c', 0, 0];
        assert_eq!(*Reader::ber(&pieces, &BUDGET).octets().unwrap(), *b"abc");
        assert!(Reader::ber(&[0x24, 3, 0x0c, 1, b'a'], &BUDGET).octets().is_err());
    }

    #[test]
    fn integers_and_what_is_left_over() {
        let mut reader = Reader::new(&[2, 2, 0, 0x80, 2, 2, 0, 1, 9]);
        assert_eq!(reader.expect(INTEGER).unwrap().unsigned().unwrap(), 128);
        assert!(reader.expect(INTEGER).unwrap().integer().is_err(), "padded");
        assert_eq!(reader.finish(), Err(Error::Trailing { at: 8, bytes: 1 }));
    }
}
