//! What one signature covers: its ByteRange against the file, token by token. Validation spec, 5.5 (BR-1 to BR-10).

use std::ops::Range;

use crate::format::pdf::fault::Fault;
use crate::format::pdf::object::Object;
use crate::format::pdf::revision::Revision;
use crate::format::pdf::syntax::is_space;

/// Integers up to here are exact everywhere (BR-1).
const INTEGER_MAX: u64 = 1 << 53;

/// Values within values in a CMS structure, as the ASN.1 readers allow (LIM-5).
const BER_NESTING_MAX: usize = 64;

/// Bytes that a signature covers: from the first of the file, with one gap that is exactly the `/Contents` token of
/// this signature's dictionary at its cross-reference offset. Only this module makes one (BR-1 to BR-4).
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

/// The value of `/Contents`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The place in the file of the token that is the key's value.
    pub extent: Range<usize>,
    /// The decoded bytes with their padding.
    pub bytes: Vec<u8>,
    /// How many bytes the one DER or BER value at the beginning has; `None` if there is none.
    pub value_len: Option<usize>,
}

impl Contents {
    pub(crate) fn new(extent: Range<usize>, bytes: Vec<u8>) -> Self {
        let value_len = ber_length(&bytes);
        Self { extent, bytes, value_len }
    }

    /// The CMS structure without its padding; everything where there is no DER or BER value to cut at.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.value_len.and_then(|len| self.bytes.get(..len)).unwrap_or(&self.bytes)
    }

    /// One DER or BER value, then nothing but zeros (BR-9).
    fn padding_fault(&self) -> Option<Fault> {
        let Some(len) = self.value_len else {
            return Some(Fault::fail("BR-9", self.extent.start, "/Contents is no DER or BER value"));
        };
        let padded = self.bytes.get(len..).unwrap_or_default().iter().all(|&byte| byte == 0);
        (!padded).then(|| Fault::warn("BR-9", self.extent.start, "/Contents ends in something else than zeros"))
    }
}

/// Where the signature dictionary stands and what is known of it.
pub(crate) struct Place<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) revisions: &'a [Revision],
    /// The revision that introduced it.
    pub(crate) revision: usize,
    /// Its extent from `<<` to `>>`, if it is an object of the file itself (BR-5).
    pub(crate) dictionary: Option<Range<usize>>,
    pub(crate) contents: Option<&'a Contents>,
}

/// Judges a ByteRange as stored, `direct` or behind references. The range exists only if BR-1 to BR-4 hold.
pub(crate) fn judge(
    stored: Option<&Object>,
    direct: bool,
    place: &Place<'_>,
    faults: &mut Vec<Fault>,
) -> Option<SignedRange> {
    let at = place.dictionary.as_ref().map(|dictionary| dictionary.start);
    faults.extend(place.contents.and_then(Contents::padding_fault));
    let fault = |rule, what| Fault::fail(rule, at, what);
    let numbers = stored.filter(|_| direct).and_then(four);
    let Some([first, gap_start, gap_end, length]) = numbers else {
        faults.push(fault("BR-1", "/ByteRange is not four direct integers"));
        return None;
    };
    let end = gap_end.checked_add(length).filter(|&end| end <= place.bytes.len());
    let Some(end) = end.filter(|_| first == 0 && gap_start > 0 && gap_end > gap_start && length > 0) else {
        faults.push(fault("BR-2", "/ByteRange does not begin at 0, has no gap, or leaves the file"));
        return None;
    };
    let gap = gap_start..gap_end;
    let token = hex_token(place.bytes.get(gap.clone()).unwrap_or_default());
    match token {
        Token::Hex => {}
        Token::Spaced => faults.push(Fault::warn("BR-3", gap.start, "white space within /Contents")),
        Token::Other => faults.push(Fault::fail("BR-3", gap.start, "the gap is not one hexadecimal string")),
    }
    let own = place.contents.is_some_and(|contents| contents.extent == gap) && place.dictionary.is_some();
    if !own {
        faults.push(Fault::fail("BR-4", gap.start, "the gap is not the /Contents of this signature"));
    }
    let coverage = coverage(place, end);
    surroundings(place, &gap, end, coverage, faults);
    (own && token != Token::Other).then_some(SignedRange { gap, end, coverage, revision: place.revision })
}

/// BR-5, BR-6 and BR-10: where the range lies in relation to the dictionary and the revision.
fn surroundings(place: &Place<'_>, gap: &Range<usize>, end: usize, coverage: Coverage, faults: &mut Vec<Fault>) {
    match &place.dictionary {
        None => faults.push(Fault::fail("BR-5", None, "the signature dictionary is no object of the file itself")),
        Some(dictionary) => {
            if dictionary.end > end || dictionary.start >= gap.start || dictionary.end < gap.end {
                faults.push(Fault::fail("BR-5", dictionary.start, "the signature dictionary is not within the range"));
            }
            if dictionary.end.saturating_sub(b">>".len()) < gap.end || dictionary.end > end {
                faults.push(Fault::fail("BR-10", gap.end, "the dictionary's end is not in the second signed part"));
            }
        }
    }
    if coverage == Coverage::Partial {
        faults.push(Fault::fail("BR-6", end, "the range does not end where the signature's revision ends"));
    }
}

/// A range may stop short of the end-of-lines that close the revision; nothing can stand in them.
fn coverage(place: &Place<'_>, end: usize) -> Coverage {
    let is_end = |revision: &Revision| {
        let after = place.bytes.get(revision.eof..).unwrap_or_default();
        let spaces = after.iter().take_while(|&&byte| is_space(byte)).count();
        (revision.eof..=revision.eof + spaces).contains(&end)
    };
    let ends_revision = place.revisions.get(place.revision).is_some_and(is_end);
    let last = place.revision + 1 == place.revisions.len();
    let rest = place.bytes.get(end..).unwrap_or_default();
    match ends_revision {
        true if last && rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) => Coverage::WholeFile,
        true => Coverage::WholeRevision,
        false => Coverage::Partial,
    }
}

/// Four integers that are exact everywhere.
fn four(stored: &Object) -> Option<[usize; 4]> {
    let exact = |element: &Object| {
        let value = u64::try_from(element.as_int()?).ok().filter(|&value| value < INTEGER_MAX)?;
        usize::try_from(value).ok()
    };
    let numbers: Option<Vec<usize>> = stored.as_array()?.iter().map(exact).collect();
    numbers?.try_into().ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Hex,
    Spaced,
    Other,
}

/// `<`, hexadecimal digits in even number, `>` (BR-3).
fn hex_token(token: &[u8]) -> Token {
    let Some(inner) = token.strip_prefix(b"<").and_then(|token| token.strip_suffix(b">")) else {
        return Token::Other;
    };
    let digits = inner.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let spaces = inner.iter().filter(|&&byte| is_space(byte)).count();
    match (digits + spaces == inner.len() && digits % 2 == 0, spaces) {
        (true, 0) => Token::Hex,
        (true, _) => Token::Spaced,
        (false, _) => Token::Other,
    }
}

/// The length of the DER or BER value at the beginning; only indefinite lengths have to be looked into.
fn ber_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    let mut open = 0_usize;
    loop {
        let rest = bytes.get(at..)?;
        if open > 0 && rest.starts_with(&[0, 0]) {
            at += 2;
            open -= 1;
        } else {
            let (header, content) = ber_header(rest)?;
            at = at.checked_add(header)?;
            match content {
                Some(length) => at = at.checked_add(length).filter(|&end| end <= bytes.len())?,
                None => open += 1,
            }
        }
        if open == 0 {
            return Some(at);
        }
        if open > BER_NESTING_MAX {
            return None;
        }
    }
}

/// The length of tag and length, and of the content if it is definite.
fn ber_header(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let (&tag, rest) = bytes.split_first()?;
    let long_tag = if tag & 0x1F == 0x1F { rest.iter().position(|byte| byte & 0x80 == 0)? + 1 } else { 0 };
    let (&first, rest) = rest.get(long_tag..)?.split_first()?;
    let header = 2 + long_tag;
    match first {
        0 if tag == 0 => None,
        0..=0x7F => Some((header, Some(usize::from(first)))),
        0x80 => (tag & 0x20 != 0).then_some((header, None)),
        0x81..=0xFF => {
            let octets = rest.get(..usize::from(first & 0x7F))?;
            let significant = octets.iter().skip_while(|&&octet| octet == 0);
            let add = |length: usize, &octet: &u8| length.checked_mul(256)?.checked_add(usize::from(octet));
            let length = significant.copied().collect::<Vec<_>>().iter().try_fold(0, add)?;
            Some((header + octets.len(), Some(length)))
        }
    }
}
