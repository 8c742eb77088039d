//! Questions to a time-stamping authority and evidence records, written in DER. RFC 3161 2.4.1, RFC 4998 3 and 4.
//! The same parts give the same bytes for ever: renewals digest them as they stand.

use crate::format::budget::Budget;
use crate::format::der;
use crate::format::der::Reader;
use crate::format::der::encode;
use crate::verify::crypto::DigestAlgorithm;

/// id-sha256 and id-sha512, whole.
const SHA256: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA512: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
const TRUE: &[u8] = &[0x01, 0x01, 0xff];
const ONE: &[u8] = &[0x02, 0x01, 0x01];
/// `[0]` and `[2]`, constructed, implicit.
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_2: u8 = 0xa2;

/// The algorithms that trees are made with, in the order in which they take over from each other.
pub(super) const ALGORITHMS: [DigestAlgorithm; 2] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];

fn oid(algorithm: DigestAlgorithm) -> &'static [u8] {
    if algorithm == DigestAlgorithm::Sha512 { SHA512 } else { SHA256 }
}

/// The number that only the answer to this question repeats, as the content of a positive INTEGER.
pub(super) fn nonce(random: [u8; 16]) -> [u8; 16] {
    let mut nonce = random;
    // Neither negative nor with leading zeros, so that there is one way to write it.
    nonce[0] = (nonce[0] & 0x3f) | 0x40;
    nonce
}

/// A TimeStampReq for this digest, with the authority's certificate asked for.
pub(super) fn question(algorithm: DigestAlgorithm, digest: &[u8], nonce: &[u8; 16]) -> Vec<u8> {
    let imprint =
        encode(der::SEQUENCE, &[&encode(der::SEQUENCE, &[oid(algorithm)]), &encode(der::OCTET_STRING, &[digest])]);
    encode(der::SEQUENCE, &[ONE, &imprint, &encode(der::INTEGER, &[nonce]), TRUE])
}

/// The token in a response, byte for byte; none where there is none.
pub(super) fn token(response: &[u8], budget: &Budget) -> Option<Vec<u8>> {
    let mut fields = Reader::ber(response, budget).only_sequence().ok()?;
    fields.sequence().ok()?;
    fields.optional(der::SEQUENCE).ok()?.map(|token| token.raw.to_vec())
}

/// An ArchiveTimeStamp: lists where it has any, then the token.
pub(super) fn archive_time_stamp(algorithm: DigestAlgorithm, lists: Option<&[Vec<Vec<u8>>]>, token: &[u8]) -> Vec<u8> {
    let list = |digests: &Vec<Vec<u8>>| {
        let mut digests: Vec<Vec<u8>> = digests.iter().map(|digest| encode(der::OCTET_STRING, &[digest])).collect();
        digests.sort_unstable();
        encode(der::SEQUENCE, &[&digests.concat()])
    };
    let tree = lists.map(|lists| encode(CONTEXT_2, &[&lists.iter().map(list).collect::<Vec<_>>().concat()]));
    encode(der::SEQUENCE, &[&encode(CONTEXT_0, &[oid(algorithm)]), tree.as_deref().unwrap_or_default(), token])
}

/// A chain of ArchiveTimeStamps.
pub(super) fn chain(stamps: &[Vec<u8>]) -> Vec<u8> {
    encode(der::SEQUENCE, &[&stamps.concat()])
}

/// The chains as one SEQUENCE: what renewal with a new algorithm digests beside the document.
pub(super) fn chains(chains: &[Vec<u8>]) -> Vec<u8> {
    encode(der::SEQUENCE, &[&chains.concat()])
}

/// An EvidenceRecord.
pub(super) fn record(algorithms: &[DigestAlgorithm], made: &[Vec<u8>]) -> Vec<u8> {
    let named: Vec<Vec<u8>> = algorithms.iter().map(|one| encode(der::SEQUENCE, &[oid(*one)])).collect();
    encode(der::SEQUENCE, &[ONE, &encode(der::SEQUENCE, &[&named.concat()]), &chains(made)])
}
