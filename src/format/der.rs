//! ASN.1 values, read one at a time from bytes that nobody vouches for.
//! ITU-T X.690: DER, or BER (indefinite lengths, strings in pieces) where CM-1 of the project's spec allows it.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::format::budget::Budget;

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

/// Longest object identifier read, in content bytes; the longest real one seen (a time-stamp policy) has 62.
const OID_BYTES_MAX: usize = 128;

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

/// Which encodings a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    Der,
    Ber,
}

/// An object identifier in dotted form, such as `1.2.840.113549.1.7.2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Box<str>);

impl Oid {
    /// The dotted form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One that a standard names, where a structure has it as its default.
    #[must_use]
    pub(super) fn known(dotted: &'static str) -> Self {
        Self(dotted.into())
    }

    /// From the content bytes of an OBJECT IDENTIFIER. `None` if they are malformed or longer than any real one.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Option<Self> {
        if content.len() > OID_BYTES_MAX || content.last().is_none_or(|last| last & 0x80 != 0) {
            return None;
        }
        let mut dotted = String::new();
        let mut arc: u128 = 0;
        let mut arc_started = false;
        for &byte in content {
            // X.690 8.19.2: an arc never starts with a padding byte.
            if !arc_started && byte == 0x80 {
                return None;
            }
            arc_started = true;
            arc = arc.checked_mul(128)?.checked_add(u128::from(byte & 0x7f))?;
            if byte & 0x80 != 0 {
                continue;
            }
            if dotted.is_empty() {
                let root = (arc / 40).min(2);
                dotted = format!("{root}.{}", arc - root * 40);
            } else {
                dotted.push('.');
                dotted.push_str(&arc.to_string());
            }
            (arc, arc_started) = (0, false);
        }
        Some(Self(dotted.into()))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Oid {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Oid {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

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
        Self {
            rest: bytes,
            at: 0,
            rules: Rules::Der,
            depth_left: Budget::STANDARD.nesting_max,
        }
    }

    /// A reader that also takes indefinite lengths, padded lengths and strings in pieces.
    #[must_use]
    pub const fn ber(bytes: &'a [u8], budget: &Budget) -> Self {
        Self {
            rest: bytes,
            at: 0,
            rules: Rules::Ber,
            depth_left: budget.nesting_max,
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
            Some(length) => (
                length,
                header.checked_add(length).ok_or(Error::Length { at })?,
            ),
            None => {
                let body = self.rest.get(header..).ok_or(Error::Truncated { at })?;
                let length = indefinite_length(body, at, self.depth_left)?;
                (length, header + length + END_OF_CONTENTS.len())
            }
        };
        let (raw, rest) = self
            .rest
            .split_at_checked(whole)
            .ok_or(Error::Truncated { at })?;
        let content = raw
            .get(header..header + content_length)
            .ok_or(Error::Truncated { at })?;
        self.rest = rest;
        self.at += whole;
        Ok(Value {
            tag,
            header,
            content,
            raw,
            at,
            rules: self.rules,
            depth_left: self.depth_left,
        })
    }

    /// The next value, which must have this tag.
    ///
    /// # Errors
    /// When there is none, it has another tag, or it is not well formed.
    pub fn expect(&mut self, tag: u8) -> Result<Value<'a>, Error> {
        match self.peek() {
            Some(found) if found == tag => self.read(),
            found => Err(Error::Tag {
                at: self.at,
                expected: tag,
                found: found.unwrap_or(0),
            }),
        }
    }

    /// The next value if it has this tag; otherwise nothing is read.
    ///
    /// # Errors
    /// When it has the tag and is not well formed.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, Error> {
        if self.peek() == Some(tag) {
            self.read().map(Some)
        } else {
            Ok(None)
        }
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
            found => Err(Error::Tag {
                at: self.at,
                expected: OCTET_STRING,
                found: found.unwrap_or(0),
            }),
        }
    }

    /// A BOOLEAN DEFAULT FALSE.
    ///
    /// # Errors
    /// When a BOOLEAN is there and not well formed.
    pub fn default_false(&mut self) -> Result<bool, Error> {
        self.optional(BOOLEAN)?
            .map_or(Ok(false), |value| value.boolean())
    }

    /// Says that nothing more may follow.
    ///
    /// # Errors
    /// When something does.
    pub const fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Error::Trailing {
                at: self.at,
                bytes: self.rest.len(),
            })
        }
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
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or(Error::Depth { at: self.at })?;
        Ok(Reader {
            rest: self.content,
            at: self.at + self.header,
            rules: self.rules,
            depth_left,
        })
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
        Ok(content
            .iter()
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
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
                    return Err(Error::Tag {
                        at: piece.at,
                        expected: OCTET_STRING,
                        found,
                    });
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
            Some((unused @ 0..=7, bytes))
                if self.tag & CONSTRUCTED == 0 && (*unused == 0 || !bytes.is_empty()) =>
            {
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
            0x14 => Some(std::str::from_utf8(self.content).map_or_else(
                |_| self.content.iter().map(|byte| char::from(*byte)).collect(),
                str::to_owned,
            )),
            // UniversalString and BMPString.
            0x1c => {
                let (points, []) = self.content.as_chunks::<4>() else {
                    return None;
                };
                points
                    .iter()
                    .map(|point| char::from_u32(u32::from_be_bytes(*point)))
                    .collect()
            }
            0x1e => {
                let (units, []) = self.content.as_chunks::<2>() else {
                    return None;
                };
                char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                    .collect::<Result<_, _>>()
                    .ok()
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

/// One DER value made of a tag and content in parts.
#[must_use]
pub fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let octets = length.to_be_bytes();
    let significant = octets
        .iter()
        .skip_while(|octet| **octet == 0)
        .copied()
        .collect::<Vec<_>>();
    match (significant.as_slice(), u8::try_from(significant.len())) {
        ([], _) => out.push(0),
        ([short @ 0..=0x7f], _) => out.push(*short),
        (long, count) => {
            out.push(0x80 | count.expect("a length has at most eight octets"));
            out.extend_from_slice(long);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A SET OF these encoded elements, in the order DER demands (X.690 11.6).
#[must_use]
pub fn encode_set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort_unstable();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    encode(SET, &parts)
}

/// The same value in DER: definite minimal lengths, strings in one piece, TRUE as FF, sets in order.
///
/// # Errors
/// When the bytes are not one well-formed BER value, or nested deeper than the budget allows.
pub fn to_der(bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, Error> {
    transcoded(&Reader::ber(bytes, budget).only()?)
}

/// Recursion is bounded by the depth the value carries.
fn transcoded(value: &Value<'_>) -> Result<Vec<u8>, Error> {
    if value.tag & CONSTRUCTED == 0 {
        let content: &[u8] = if value.tag == BOOLEAN && value.boolean()? {
            &[0xff]
        } else {
            value.content
        };
        return Ok(encode(value.tag, &[content]));
    }
    if value.tag == OCTET_STRING | CONSTRUCTED {
        return Ok(encode(OCTET_STRING, &[&value.octets()?]));
    }
    let mut reader = value.open()?;
    let mut elements = Vec::new();
    while !reader.is_empty() {
        elements.push(transcoded(&reader.read()?)?);
    }
    if value.tag == SET {
        return Ok(encode_set_of(elements));
    }
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    Ok(encode(value.tag, &parts))
}

/// What ends a value of indefinite length.
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// Tag, header length and content length (`None`: indefinite) of the value that starts `bytes`.
fn head(bytes: &[u8], at: usize, rules: Rules) -> Result<(u8, usize, Option<usize>), Error> {
    let [tag, first, rest @ ..] = bytes else {
        return Err(Error::Truncated { at });
    };
    if tag & 0x1f == 0x1f {
        return Err(Error::LongTag { at });
    }
    if *first < 0x80 {
        return Ok((*tag, 2, Some(usize::from(*first))));
    }
    if *first == 0x80 {
        let allowed = rules == Rules::Ber && tag & CONSTRUCTED != 0;
        return if allowed {
            Ok((*tag, 2, None))
        } else {
            Err(Error::Length { at })
        };
    }
    let count = usize::from(first & 0x7f);
    let octets = rest.get(..count).ok_or(Error::Truncated { at })?;
    let minimal = octets.first().is_some_and(|octet| *octet != 0)
        && (count > 1 || octets.first() >= Some(&0x80));
    if rules == Rules::Der && !minimal {
        return Err(Error::Length { at });
    }
    let length = octets.iter().try_fold(0_usize, |sum, octet| {
        sum.checked_mul(256)?.checked_add(usize::from(*octet))
    });
    Ok((*tag, 2 + count, Some(length.ok_or(Error::Length { at })?)))
}

/// How many bytes come before the end mark that closes a value of indefinite length.
///
/// Values of definite length are stepped over, so the walk is linear and needs no stack but a count.
fn indefinite_length(body: &[u8], at: usize, depth_max: u32) -> Result<usize, Error> {
    let mut position = 0;
    let mut open = 1;
    loop {
        let rest = body.get(position..).ok_or(Error::Truncated { at })?;
        if rest.starts_with(&END_OF_CONTENTS) {
            open -= 1;
            if open == 0 {
                return Ok(position);
            }
            position += END_OF_CONTENTS.len();
            continue;
        }
        let (_, header, length) = head(rest, at, Rules::Ber)?;
        match length {
            Some(length) => {
                position = header
                    .checked_add(length)
                    .and_then(|whole| position.checked_add(whole))
                    .ok_or(Error::Length { at })?;
            }
            None if open == depth_max => return Err(Error::Depth { at }),
            None => {
                open += 1;
                position += header;
            }
        }
    }
}

/// The moment that UTCTime (YYMMDDhhmmssZ) or GeneralizedTime (YYYYMMDDhhmmss[.f…]Z) content names.
fn moment(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let (year, rest) = match (tag, whole.len()) {
        // RFC 5280 4.1.2.5.1: 50 to 99 are in the twentieth century.
        (UTC_TIME, 12) if !text.contains('.') => {
            let year: i16 = whole.get(..2)?.parse().ok()?;
            (
                if year >= 50 { 1900 + year } else { 2000 + year },
                whole.get(2..)?,
            )
        }
        (GENERALIZED_TIME, 14) => (whole.get(..4)?.parse().ok()?, whole.get(4..)?),
        _ => return None,
    };
    let field = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse::<i8>().ok();
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    // A leap second is read as the last second of its minute: jiff, like POSIX, counts none.
    let second = field(4).map(|second| if second == 60 { 59 } else { second })?;
    let civil = DateTime::new(
        year,
        field(0)?,
        field(1)?,
        field(2)?,
        field(3)?,
        second,
        nanoseconds,
    )
    .ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget::STANDARD;

    #[test]
    fn dotted_identifiers() {
        let oid = |bytes: &[u8]| Oid::from_content(bytes).map(|oid| oid.to_string());
        assert_eq!(
            oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]).as_deref(),
            Some("1.2.840.113549.1.7.2")
        );
        assert_eq!(
            oid(&[0x2a, 0x85, 0x70, 0x81, 0x49, 5, 1]).as_deref(),
            Some("1.2.752.201.5.1")
        );
        assert_eq!(oid(&[0x88, 0x37]).as_deref(), Some("2.999"));
        assert_eq!(oid(&[]), None);
        assert_eq!(oid(&[0x2a, 0x86]), None, "an arc is cut short");
        assert_eq!(oid(&[0x2a, 0x80, 1]), None, "an arc is padded");
        assert_eq!(oid(&[0xff; 40]), None);
    }

    #[test]
    fn der_refuses_what_ber_takes() {
        for bytes in [
            &[0x30, 0x80, 0x05, 0, 0, 0][..],
            &[0x30, 0x81, 2, 5, 0],
            &[0x30, 0x82, 0, 2, 5, 0],
        ] {
            assert!(matches!(
                Reader::new(bytes).read(),
                Err(Error::Length { at: 0 })
            ));
            let value = Reader::ber(bytes, &BUDGET).read().unwrap();
            assert_eq!(
                (value.tag, value.content, value.raw),
                (SEQUENCE, &[5, 0][..], bytes)
            );
        }
        assert!(
            Reader::ber(&[0x04, 0x80, 0, 0], &BUDGET).read().is_err(),
            "only what is constructed may be indefinite"
        );
    }

    #[test]
    fn strings_in_pieces_are_put_together() {
        let pieces = [
            0x24, 0x80, 0x04, 1, b'a', 0x24, 3, 0x04, 1, b'b', 0x04, 1, b'c', 0, 0,
        ];
        assert_eq!(*Reader::ber(&pieces, &BUDGET).octets().unwrap(), *b"abc");
        assert_eq!(to_der(&pieces, &BUDGET).unwrap(), [4, 3, b'a', b'b', b'c']);
        assert!(
            Reader::ber(&[0x24, 3, 0x0c, 1, b'a'], &BUDGET)
                .octets()
                .is_err()
        );
    }

    #[test]
    fn der_form_sorts_sets_and_shortens_lengths() {
        let stored = [0x31, 0x80, 2, 1, 9, 2, 0x81, 1, 3, 1, 1, 7, 0, 0];
        assert_eq!(
            to_der(&stored, &BUDGET).unwrap(),
            [0x31, 9, 1, 1, 0xff, 2, 1, 3, 2, 1, 9]
        );
    }

    #[test]
    fn lengths_are_written_in_the_fewest_octets() {
        assert_eq!(encode(SEQUENCE, &[]), [0x30, 0]);
        assert_eq!(encode(4, &[&[0; 0x7f]])[..2], [4, 0x7f]);
        assert_eq!(encode(4, &[&[0; 0x80]])[..3], [4, 0x81, 0x80]);
        assert_eq!(encode(4, &[&[0; 200], &[0; 100]])[..4], [4, 0x82, 1, 0x2c]);
    }

    #[test]
    fn depth_is_bounded_for_every_shape() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(matches!(
            Reader::ber(&deep, &BUDGET).read(),
            Err(Error::Depth { .. })
        ));
        let definite = (0..200).fold(vec![5, 0], |inner, _| encode(SEQUENCE, &[&inner]));
        assert!(matches!(
            to_der(&definite, &BUDGET),
            Err(Error::Depth { .. })
        ));
    }

    #[test]
    fn times_name_moments_in_utc() {
        let time = |tag, text: &str| moment(tag, text.as_bytes()).map(|time| time.to_string());
        assert_eq!(
            time(UTC_TIME, "491231235959Z").as_deref(),
            Some("2049-12-31T23:59:59Z")
        );
        assert_eq!(
            time(UTC_TIME, "500101000000Z").as_deref(),
            Some("1950-01-01T00:00:00Z")
        );
        assert_eq!(
            time(GENERALIZED_TIME, "20240229120000.25Z").as_deref(),
            Some("2024-02-29T12:00:00.25Z")
        );
        for wrong in [
            "20240229120000",
            "20240230120000Z",
            "202402291200Z",
            "20240229120000.Z",
            "2024022912000åZ",
        ] {
            assert_eq!(time(GENERALIZED_TIME, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn integers_and_what_is_left_over() {
        let mut reader = Reader::new(&[2, 2, 0, 0x80, 2, 2, 0, 1, 9]);
        assert_eq!(reader.expect(INTEGER).unwrap().unsigned().unwrap(), 128);
        assert!(reader.expect(INTEGER).unwrap().integer().is_err(), "padded");
        assert_eq!(reader.finish(), Err(Error::Trailing { at: 8, bytes: 1 }));
    }
}
