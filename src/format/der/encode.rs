//! Values, written in DER.
//! X.690 10 and 11; needed to compare with what was signed, never to mend it.

use super::BOOLEAN;
use super::CONSTRUCTED;
use super::Error;
use super::OCTET_STRING;
use super::SET;
use super::reader::Reader;
use super::reader::Value;
use crate::format::budget::Budget;

/// One DER value made of a tag and content in parts.
#[must_use]
pub fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let octets = length.to_be_bytes();
    let significant = octets.iter().skip_while(|octet| **octet == 0).copied().collect::<Vec<_>>();
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
        let content: &[u8] = if value.tag == BOOLEAN && value.boolean()? { &[0xff] } else { value.content };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::der::SEQUENCE;

    const BUDGET: Budget = Budget::STANDARD;

    #[test]
    fn der_form_sorts_sets_and_shortens_lengths() {
        let pieces = [0x24, 0x80, 0x04, 1, b'a', 0x24, 3, 0x04, 1, b'b', 0, 0];
        assert_eq!(to_der(&pieces, &BUDGET).unwrap(), [4, 2, b'a', b'b']);
        let stored = [0x31, 0x80, 2, 1, 9, 2, 0x81, 1, 3, 1, 1, 7, 0, 0];
        assert_eq!(to_der(&stored, &BUDGET).unwrap(), [0x31, 9, 1, 1, 0xff, 2, 1, 3, 2, 1, 9]);
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
        assert!(matches!(Reader::ber(&deep, &BUDGET).read(), Err(Error::Depth { .. })));
        let definite = (0..200).fold(vec![5, 0], |inner, _| encode(SEQUENCE, &[&inner]));
        assert!(matches!(to_der(&definite, &BUDGET), Err(Error::Depth { .. })));
    }
}
