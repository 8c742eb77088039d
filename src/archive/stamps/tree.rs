//! One tree over many documents, and the few digests that lead from one of them to its root. RFC 4998 4; VALIDATION 13.2.
//! A node is the digest of its children in ascending order. Leaves are blinded: whoever holds one record's evidence
//! learns nothing that could be guessed about the others.

use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;

/// What the blinding digest begins with, so that it is no digest of anything else.
const BLINDER: &[u8] = b"sigill.blinder/1\n";

/// The digest that stands beside a document's in its leaf. Destroying the salt unlinks the leaf from the document.
pub(super) fn blinder(algorithm: DigestAlgorithm, salt: &[u8; 32]) -> Vec<u8> {
    crypto::digest(algorithm, &[BLINDER, salt])
}

/// The node over digests; one alone stays itself.
pub(super) fn node(algorithm: DigestAlgorithm, children: &[&[u8]]) -> Vec<u8> {
    let mut sorted = children.to_vec();
    sorted.sort_unstable();
    match sorted.as_slice() {
        [only] => only.to_vec(),
        several => crypto::digest(algorithm, several),
    }
}

/// The root over leaves; none of no leaves.
pub(super) fn root(algorithm: DigestAlgorithm, leaves: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = above(algorithm, &level);
    }
    level.pop()
}

fn above(algorithm: DigestAlgorithm, level: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let pair = |pair: &[Vec<u8>]| node(algorithm, &pair.iter().map(Vec::as_slice).collect::<Vec<_>>());
    level.chunks(2).map(pair).collect()
}

/// The lists that lead from the leaf at `place`, whose own digests are `first`, to the root (reducedHashtree).
pub(super) fn reduced(
    algorithm: DigestAlgorithm,
    leaves: &[Vec<u8>],
    place: usize,
    first: Vec<Vec<u8>>,
) -> Vec<Vec<Vec<u8>>> {
    let (mut lists, mut level, mut place) = (vec![first], leaves.to_vec(), place);
    while level.len() > 1 {
        lists.extend(level.get(place ^ 1).map(|sibling| vec![sibling.clone()]));
        level = above(algorithm, &level);
        place /= 2;
    }
    lists
}
