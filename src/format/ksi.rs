//! GuardTime KSI signatures, which Scrive seals documents with: read only as far as the digest of what was sealed.
//! KSI's own tag-length-value form: signature 0x800, aggregation hash chain 0x801, RFC 3161 record 0x806.

use crate::format::der::Oid;

/// A KSI signature.
const SIGNATURE: u16 = 0x800;
/// One step of the way from the document's digest to GuardTime's calendar.
const AGGREGATION_CHAIN: u16 = 0x801;
/// What a seal that began as a time-stamp token carries in front of the chains.
const RFC3161_RECORD: u16 = 0x806;
/// A chain's place: the longer the index, the nearer to the document.
const CHAIN_INDEX: u16 = 0x03;
/// Digest with its algorithm in front.
const INPUT_HASH: u16 = 0x05;

/// What a KSI signature says was sealed. Nothing of it is verified: that takes GuardTime's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Digest algorithm.
    pub digest_algorithm: Oid,
    /// Digest of what was sealed.
    pub digest: Vec<u8>,
}

/// Why bytes are no KSI signature that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An element is longer than the bytes there are.
    #[error("KSI element cut short")]
    Truncated,
    /// Something else than a KSI signature, or bytes other than zeros after it.
    #[error("not a KSI signature")]
    Form,
    /// No digest of a document inside, or of an algorithm without a number here.
    #[error("KSI signature without a digest we know")]
    Digest,
}

impl Seal {
    /// Reads a KSI signature; after it only the zeros that pad /Contents may follow.
    ///
    /// # Errors
    /// When it is malformed or holds no digest.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let (signature, rest) = element(bytes)?;
        if signature.tag != SIGNATURE || rest.iter().any(|byte| *byte != 0) {
            return Err(Error::Form);
        }
        // The record of a former token stands nearest to the document, then the chain with the longest index.
        let mut nearest: Option<(usize, &[u8])> = None;
        for part in elements(signature.content)? {
            let fields = match part.tag {
                AGGREGATION_CHAIN | RFC3161_RECORD => elements(part.content)?,
                _ => continue,
            };
            let index = fields.iter().filter(|field| field.tag == CHAIN_INDEX).count();
            let rank = if part.tag == RFC3161_RECORD { usize::MAX } else { index };
            let input = fields.iter().find(|field| field.tag == INPUT_HASH).ok_or(Error::Digest)?;
            if nearest.is_none_or(|(found, _)| rank > found) {
                nearest = Some((rank, input.content));
            }
        }
        let (number, digest) = nearest.and_then(|(_, imprint)| imprint.split_first()).ok_or(Error::Digest)?;
        let digest_algorithm = Oid::known(algorithm(*number).ok_or(Error::Digest)?);
        Ok(Self { digest_algorithm, digest: digest.to_vec() })
    }
}

/// GuardTime's number of a digest algorithm.
const fn algorithm(number: u8) -> Option<&'static str> {
    Some(match number {
        0x00 => "1.3.14.3.2.26",
        0x01 => "2.16.840.1.101.3.4.2.1",
        0x02 => "1.3.36.3.2.1",
        0x04 => "2.16.840.1.101.3.4.2.2",
        0x05 => "2.16.840.1.101.3.4.2.3",
        0x08 => "2.16.840.1.101.3.4.2.8",
        0x09 => "2.16.840.1.101.3.4.2.9",
        0x0a => "2.16.840.1.101.3.4.2.10",
        _ => return None,
    })
}

struct Element<'a> {
    tag: u16,
    content: &'a [u8],
}

fn elements(mut bytes: &[u8]) -> Result<Vec<Element<'_>>, Error> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (next, rest) = element(bytes)?;
        found.push(next);
        bytes = rest;
    }
    Ok(found)
}

/// The first element and what follows it. Short form: five bits of tag, eight of length; long form (the highest bit):
/// thirteen and sixteen.
fn element(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), Error> {
    let (tag, length, rest) = match bytes {
        [first, low, high, last, rest @ ..] if first & 0x80 != 0 => {
            (u16::from_be_bytes([first & 0x1f, *low]), u16::from_be_bytes([*high, *last]), rest)
        }
        [first, length, rest @ ..] if first & 0x80 == 0 => (u16::from(first & 0x1f), u16::from(*length), rest),
        _ => return Err(Error::Truncated),
    };
    let (content, rest) = rest.split_at_checked(usize::from(length)).ok_or(Error::Truncated)?;
    Ok((Element { tag, content }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signature over two chains; the second stands nearer to the document.
    const SEAL: [u8; 28] = [
        0x88, 0x00, 0, 24, 0x88, 0x01, 0, 7, 0x03, 1, 9, 0x05, 2, 0x01, 0xee, 0x88, 0x01, 0, 9, 0x03, 1, 9, 0x03, 0,
        0x05, 2, 0x01, 0xaa,
    ];

    #[test]
    fn the_digest_nearest_to_the_document_is_what_was_sealed() {
        let seal = Seal::read(&SEAL).unwrap();
        assert_eq!((seal.digest_algorithm.as_str(), seal.digest.as_slice()), ("2.16.840.1.101.3.4.2.1", &[0xaa][..]));
        let padded = [&SEAL[..], &[0, 0]].concat();
        assert_eq!(Seal::read(&padded), Ok(seal));
    }

    #[test]
    fn what_is_cut_or_something_else_is_no_seal() {
        for end in 0..SEAL.len() {
            assert_eq!(Seal::read(&SEAL[..end]), Err(Error::Truncated), "{end} bytes");
        }
        assert_eq!(Seal::read(&[&SEAL[..], &[1]].concat()), Err(Error::Form));
        assert_eq!(Seal::read(&[0x30, 0]), Err(Error::Form));
        assert_eq!(Seal::read(&[0x88, 0, 0, 0]), Err(Error::Digest));
    }
}
