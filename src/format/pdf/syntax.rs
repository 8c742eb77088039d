//! Bytes to values: the tokens of PDF, with their exact extents where a signature depends on them.
//! ISO 32000-2, 7.2 and 7.3.

use std::ops::Range;
use std::rc::Rc;

use memchr::memchr;

use crate::format::pdf::fault::Error;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Key;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;

/// Values in one object. Each costs 32 bytes or more of memory for as little as two bytes of file.
const VALUES_MAX: u32 = 1_000_000;

/// Digits of an offset, a length or a number of an object, zeros in front included.
const DIGITS_MAX: usize = 20;

/// What comes next where operands and operators mix: a value, or a word that is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Value(Object),
    Word(&'a [u8]),
}

/// An object as it stands at an offset: `12 0 obj … `, and the places of its parts.
#[derive(Debug)]
pub(crate) struct Indirect {
    pub(crate) id: ObjectId,
    pub(crate) object: Object,
    /// The value without `obj` and `endobj`; of a stream, its dictionary.
    pub(crate) extent: Range<usize>,
    /// The keys of the outermost dictionary with the extents of their value tokens, where they were asked for.
    pub(crate) values: Vec<(Key, Range<usize>)>,
    /// Where a stream's bytes begin.
    pub(crate) data: Option<usize>,
    /// Where reading stopped.
    pub(crate) end: usize,
    /// White space before the header, which should be where the cross-reference says.
    pub(crate) early: usize,
}

/// Reads values one after another.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    nesting_max: u32,
    values_left: u32,
    /// Whether `12 0 R` is a reference; in content streams there are none.
    references: bool,
    /// Extents of the outermost dictionary's values, where someone wants them.
    extents: Option<Vec<(Key, Range<usize>)>>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, nesting_max: u32) -> Self {
        Self { bytes, at, nesting_max, values_left: VALUES_MAX, references: true, extents: None }
    }

    /// For operands and operators: the content of a page, a form or a character map.
    pub(crate) fn of_content(bytes: &'a [u8], nesting_max: u32) -> Self {
        Self { references: false, ..Self::new(bytes, 0, nesting_max) }
    }

    /// Where the next byte is read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes on somewhere else.
    pub(crate) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Forgets how many values were read: for content streams, which are read value by value and thrown away.
    pub(crate) fn refresh(&mut self) {
        self.values_left = VALUES_MAX;
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                self.at += self.rest().iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
            } else {
                break;
            }
        }
    }

    /// Takes the word if it stands exactly here and ends here.
    pub(crate) fn word(&mut self, word: &[u8]) -> bool {
        let here = self.rest().strip_prefix(word);
        let found = here.is_some_and(|after| after.first().is_none_or(|&byte| !is_regular(byte)));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes an unsigned integer that stands exactly here.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let digits = self.rest().iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = Some(digits).filter(|digits| *digits <= DIGITS_MAX)?;
        let value = std::str::from_utf8(self.rest().get(..digits)?).ok()?.parse().ok()?;
        self.at += digits;
        Some(value)
    }

    /// The next value.
    pub(crate) fn value(&mut self) -> Result<Object, Error> {
        self.nested(0)
    }

    /// The next value or operator; `None` at the end.
    pub(crate) fn token(&mut self) -> Result<Option<Token<'a>>, Error> {
        self.skip_space();
        let Some(byte) = self.peek() else {
            return Ok(None);
        };
        if is_regular(byte) && !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.') {
            let word = self.regular();
            return Ok(Some(constant(word).map_or(Token::Word(word), Token::Value)));
        }
        self.value().map(Token::Value).map(Some)
    }

    /// `12 0 obj`, its value, and where a stream's bytes begin. The header has to stand here, white space apart. Whether
    /// or not that is found, the parser then stands behind all that it looked at.
    pub(crate) fn indirect(&mut self) -> Result<Indirect, Error> {
        let header = self.at;
        self.at += self.rest().iter().take_while(|&&byte| is_space(byte)).count();
        let early = self.at - header;
        let id = self.header().ok_or(Error::WrongObject { at: header })?;
        self.skip_space();
        let start = self.at;
        let object = self.value()?;
        let extent = start..self.at;
        let values = self.extents.take().unwrap_or_default();
        self.skip_space();
        let data = (matches!(object, Object::Dictionary(_)) && self.rest().starts_with(b"stream")).then(|| {
            self.at += b"stream".len();
            self.at += match self.rest() {
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => 0,
            };
            self.at
        });
        Ok(Indirect { id, object, extent, values, data, end: self.at, early })
    }

    /// As `indirect`, with the extents of the outermost dictionary's values.
    pub(crate) fn traced(&mut self) -> Result<Indirect, Error> {
        self.extents = Some(Vec::new());
        self.indirect()
    }

    /// Takes `12 0 obj` if it stands exactly here.
    pub(crate) fn header(&mut self) -> Option<ObjectId> {
        let number = u32::try_from(self.unsigned()?).ok()?;
        self.skip_space();
        let generation = u16::try_from(self.unsigned()?).ok()?;
        self.skip_space();
        self.rest().starts_with(b"obj").then(|| {
            self.at += b"obj".len();
            ObjectId { number, generation }
        })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes regular characters.
    fn regular(&mut self) -> &'a [u8] {
        let length = self.rest().iter().take_while(|&&byte| is_regular(byte)).count();
        let word = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        word
    }

    fn syntax<T>(&self, what: &'static str) -> Result<T, Error> {
        Err(Error::Syntax { at: self.at, what })
    }

    fn nested(&mut self, depth: u32) -> Result<Object, Error> {
        let limit = |what| Error::Limit { rule: "LIM-3", at: self.at, what };
        if depth > self.nesting_max {
            return Err(limit("nested values"));
        }
        self.values_left = self.values_left.checked_sub(1).ok_or(limit("values in one object"))?;
        self.skip_space();
        match self.rest() {
            [b'<', b'<', ..] => self.dictionary(depth),
            [b'<', ..] => self.hex_string(),
            [b'(', ..] => self.literal_string(),
            [b'/', ..] => Ok(Object::Name(self.name())),
            [b'[', ..] => self.array(depth),
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => self.number(),
            _ => {
                let start = self.at;
                constant(self.regular()).ok_or(Error::Syntax { at: start, what: "value" })
            }
        }
    }

    fn dictionary(&mut self, depth: u32) -> Result<Object, Error> {
        self.at += 2;
        let mut pairs = Vec::new();
        loop {
            self.skip_space();
            match self.rest() {
                [b'>', b'>', ..] => break,
                [b'/', ..] => {
                    let key: Key = self.name();
                    self.skip_space();
                    let start = self.at;
                    let value = self.nested(depth + 1)?;
                    if depth == 0 {
                        let extent = start..self.at;
                        self.extents.iter_mut().for_each(|extents| extents.push((key.clone(), extent.clone())));
                    }
                    pairs.push((key, value));
                }
                _ => return self.syntax("key of a dictionary"),
            }
        }
        self.at += 2;
        Ok(Object::Dictionary(Dictionary::from_pairs(pairs)))
    }

    fn array(&mut self, depth: u32) -> Result<Object, Error> {
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b']') => break,
                Some(_) => elements.push(self.nested(depth + 1)?),
                None => return self.syntax("end of an array"),
            }
        }
        self.at += 1;
        Ok(Object::Array(elements.into()))
    }

    fn name(&mut self) -> Rc<[u8]> {
        self.at += 1;
        let raw = self.regular();
        if !raw.contains(&b'#') {
            return raw.into();
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((&byte, after)) = rest.split_first() {
            let escaped = match after {
                [high, low, ..] if byte == b'#' => nibble(*high).zip(nibble(*low)),
                _ => None,
            };
            name.push(escaped.map_or(byte, |(high, low)| high << 4 | low));
            rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
        }
        name.into()
    }

    /// Digits that are no hexadecimal are passed over as most readers do; BR-3 looks at the raw token.
    fn hex_string(&mut self) -> Result<Object, Error> {
        let Some(length) = memchr(b'>', self.rest()) else {
            self.at = self.bytes.len();
            return self.syntax("end of a hexadecimal string");
        };
        let token = self.rest().get(1..length).unwrap_or_default();
        self.at += length + 1;
        // A signature's contents: tens of thousands of digits in pairs, with nothing between them.
        let (pairs, odd) = token.as_chunks::<2>();
        if odd.is_empty() && token.iter().fold(0, |bits, &byte| bits | digit(byte)) < 16 {
            return Ok(Object::String(pairs.iter().map(|&[high, low]| digit(high) << 4 | digit(low)).collect()));
        }
        let digits: Vec<u8> = token.iter().filter_map(|&byte| nibble(byte)).collect();
        let (pairs, odd) = digits.as_chunks::<2>();
        let last = odd.iter().map(|high| high << 4);
        Ok(Object::String(pairs.iter().map(|[high, low]| high << 4 | low).chain(last).collect()))
    }

    fn literal_string(&mut self) -> Result<Object, Error> {
        self.at += 1;
        let mut string = Vec::new();
        let mut open = 1_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => {
                    self.escape(&mut string);
                    continue;
                }
                b'\r' => {
                    self.at += usize::from(self.peek() == Some(b'\n'));
                    string.push(b'\n');
                    continue;
                }
                _ => {}
            }
            if open == 0 {
                return Ok(Object::String(string.into()));
            }
            string.push(byte);
        }
        self.syntax("end of a string")
    }

    fn escape(&mut self, string: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => string.push(b'\n'),
            b'r' => string.push(b'\r'),
            b't' => string.push(b'\t'),
            b'b' => string.push(8),
            b'f' => string.push(12),
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = byte - b'0';
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    code = code.wrapping_mul(8).wrapping_add(digit - b'0');
                    self.at += 1;
                }
                string.push(code);
            }
            other => string.push(other),
        }
    }

    fn number(&mut self) -> Result<Object, Error> {
        let start = self.at;
        let length = self.rest().iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')).count();
        let text = self.rest().get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        self.at += length;
        if let Ok(integer) = text.parse::<i64>() {
            let leads = self.references && !text.starts_with(['+', '-']);
            let reference = leads.then(|| self.reference(integer)).flatten();
            return Ok(reference.map_or(Object::Integer(integer), Object::Reference));
        }
        // Some producers write `--5` or `4.-5`: as in other readers, what stands after a second sign is dropped.
        let unsigned = text.trim_start_matches(['+', '-']);
        let magnitude = unsigned.split(['+', '-']).next().unwrap_or_default();
        match magnitude.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Object::Real(if text.starts_with('-') { -value } else { value })),
            Ok(_) | Err(_) if matches!(magnitude, "." | "") => Ok(Object::Real(0.0)),
            Ok(_) | Err(_) => Err(Error::Syntax { at: start, what: "number" }),
        }
    }

    /// `0 R` after an integer makes both a reference.
    fn reference(&mut self, number: i64) -> Option<ObjectId> {
        let back = self.at;
        let reference = u32::try_from(number).ok().and_then(|number| {
            self.skip_space();
            let generation = u16::try_from(self.unsigned()?).ok()?;
            self.skip_space();
            self.word(b"R").then_some(ObjectId { number, generation })
        });
        if reference.is_none() {
            self.at = back;
        }
        reference
    }
}

fn constant(word: &[u8]) -> Option<Object> {
    match word {
        b"null" => Some(Object::Null),
        b"true" => Some(Object::Boolean(true)),
        b"false" => Some(Object::Boolean(false)),
        _ => None,
    }
}

/// Whether the byte is white space to PDF.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

/// Whether the byte can be part of a word, a name or a number.
fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// The value of a hexadecimal digit, or 0xFF: without a branch, so that compilers read many at a time.
const fn digit(byte: u8) -> u8 {
    let (number, letter) = (byte.wrapping_sub(b'0'), (byte | 0x20).wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xFF };
    if number < 10 { number } else { letter }
}

/// The value of a hexadecimal digit.
pub(crate) const fn nibble(byte: u8) -> Option<u8> {
    match digit(byte) {
        0xFF => None,
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &[u8]) -> Result<Object, Error> {
        Parser::new(text, 0, 3).value()
    }

    #[test]
    fn values_are_read_as_the_standard_writes_them() {
        assert_eq!(value(b"(a\\(b\\051 (c)\\\r\nd\r\ne)"), Ok(Object::String(b"a(b) (c)d\ne"[..].into())));
        assert_eq!(value(b"<4 1 7>"), Ok(Object::String(b"Ap"[..].into())));
        assert_eq!(value(b"/A#20b#zz"), Ok(Object::Name(b"A b#zz"[..].into())));
        assert_eq!(value(b"12 0 R"), Ok(Object::Reference(ObjectId { number: 12, generation: 0 })));
        assert_eq!(value(b"+17"), Ok(Object::Integer(17)));
        assert_eq!(value(b"-.5"), Ok(Object::Real(-0.5)));
        assert_eq!(value(b"--5"), Ok(Object::Real(-5.0)));
        assert_eq!(value(b"% note\n[1 2 /R true]").unwrap().as_array().map(<[Object]>::len), Some(4));
    }

    #[test]
    fn of_a_key_given_twice_the_last_value_counts_and_the_key_is_told() {
        let object = value(b"<</A 1 /B null /A 2>>").unwrap();
        let dictionary = object.as_dict().unwrap();
        assert_eq!((dictionary.int(b"A"), dictionary.len()), (Some(2), 1));
        assert_eq!(dictionary.duplicated(), Some(&b"A"[..]));
    }

    #[test]
    fn nesting_ends_at_the_limit_and_nothing_else_is_guessed() {
        assert!(value(b"[[[1]]]").is_ok());
        assert!(matches!(value(b"[[[[1]]]]"), Err(Error::Limit { rule: "LIM-3", .. })));
        for broken in [&b"(open"[..], b"<41", b"[1", b"<</A>>", b"<<1 2>>", b"nul", b""] {
            assert!(value(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn the_extents_of_values_are_those_of_their_tokens() {
        let bytes = b"7 0 obj <</A (x) /Contents  <00>/B 1>> endobj";
        let indirect = Parser::new(bytes, 0, 3).traced().unwrap();
        let (key, extent) = &indirect.values[1];
        assert_eq!((key.as_ref(), &bytes[extent.clone()]), (&b"Contents"[..], &b"<00>"[..]));
        assert_eq!(&bytes[indirect.extent], b"<</A (x) /Contents  <00>/B 1>>");
    }
}
