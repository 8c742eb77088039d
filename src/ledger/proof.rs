//! Proofs that an entry is in a tree and that one tree continues another: made and verified.
//! RFC 9162 2.1.3 and 2.1.4 (RFC 6962 2.1.1 and 2.1.2).

use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::hash::node;

/// No tree of 2^64 entries has a longer proof.
pub const PROOF_HASHES_MAX: usize = 64;

/// A complete subtree: the hash over `2^level` entries from `index * 2^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Its height; leaves have 0.
    pub level: u32,
    /// Its place among those of its height.
    pub index: u64,
}

/// The inclusion path of entry `index` in the tree of `size` entries, the leaf's sibling first.
///
/// # Errors
/// [`Error::Beyond`] unless `index < size`; what `fetch` answered.
pub fn inclusion<E: From<Error>>(
    index: u64,
    size: u64,
    fetch: &mut impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(Error::Beyond { asked: index, size }.into());
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(range(middle, to, fetch)?);
            to = middle;
        } else {
            path.push(range(from, middle, fetch)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `size2` entries continues that of `size1`.
///
/// # Errors
/// [`Error::Beyond`] unless `size1 <= size2`, [`Error::EmptyTree`] for `size1 == 0`; what `fetch` answered.
pub fn consistency<E: From<Error>>(
    size1: u64,
    size2: u64,
    fetch: &mut impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if size1 > size2 {
        let (asked, size) = (size1, size2);
        return Err(Error::Beyond { asked, size }.into());
    }
    if size1 == 0 {
        return Err(Error::EmptyTree.into());
    }
    let (mut from, mut to) = (0, size2);
    let mut path = Vec::new();
    // RFC 6962 2.1.2: walk towards the right edge of the old tree; what lies beside the way proves the rest.
    while to != size1 {
        let middle = from + split(to - from);
        if size1 <= middle {
            path.push(range(middle, to, fetch)?);
            to = middle;
        } else {
            path.push(range(from, middle, fetch)?);
            from = middle;
        }
    }
    if from > 0 {
        path.push(range(from, to, fetch)?);
    }
    path.reverse();
    Ok(path)
}

/// The root of the tree of `size` entries.
///
/// # Errors
/// What `fetch` answered.
pub fn root<E: From<Error>>(size: u64, fetch: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 {
        return Ok(EMPTY_ROOT);
    }
    range(0, size, fetch)
}

/// Verifies that the entry with this leaf hash is number `index` in the tree of `size` entries with this root.
///
/// # Errors
/// Why the proof does not show it.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> Result<(), Error> {
    if index >= size {
        return Err(Error::Beyond { asked: index, size });
    }
    bounded(proof)?;
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(Error::Length);
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(Error::Length);
    }
    if hash != *root {
        return Err(Error::Root);
    }
    Ok(())
}

/// Verifies that the tree (`size2`, `root2`) continues the tree (`size1`, `root1`).
///
/// # Errors
/// Why the proof does not show it. A tree without entries has nothing to prove: `size1 == 0` is an error here, and
/// whoever speaks a protocol that allows it decides before calling.
pub fn verify_consistency(size1: u64, size2: u64, root1: &Hash, root2: &Hash, proof: &[Hash]) -> Result<(), Error> {
    if size1 > size2 {
        let (asked, size) = (size1, size2);
        return Err(Error::Beyond { asked, size });
    }
    if size1 == 0 {
        return Err(Error::EmptyTree);
    }
    bounded(proof)?;
    if size1 == size2 {
        return match proof {
            [] if root1 == root2 => Ok(()),
            [] => Err(Error::Root),
            [_, ..] => Err(Error::Length),
        };
    }
    // RFC 9162 2.1.4.2: an old tree that is complete is itself the first node of the path.
    let complete = [*root1];
    let (first, rest) = if size1.is_power_of_two() { (complete.first(), proof) } else { split_first(proof) };
    let first = *first.ok_or(Error::Length)?;
    let (mut at, mut last) = (size1 - 1, size2 - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut hash1, mut hash2) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(Error::Length);
        }
        if at & 1 == 1 || at == last {
            hash1 = node(sibling, &hash1);
            hash2 = node(sibling, &hash2);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash2 = node(&hash2, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(Error::Length);
    }
    if hash1 != *root1 || hash2 != *root2 {
        return Err(Error::Root);
    }
    Ok(())
}

/// Verifies that the entry with this leaf hash is number `index` in the subtree over the entries `start..end`, whose hash
/// is `root`. draft-ietf-plants-merkle-tree-certs 4.3.
///
/// # Errors
/// Why the proof does not show it; [`Error::Subtree`] where no tree has such a part.
pub fn verify_subtree_inclusion(
    index: u64,
    (start, end): (u64, u64),
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), Error> {
    is_subtree(start, end)?;
    let place = index.checked_sub(start).ok_or(Error::Beyond { asked: index, size: end })?;
    verify_inclusion(place, end - start, leaf, proof, root)
}

/// Verifies that the subtree over the entries `start..end`, whose hash is `part`, is part of the tree (`size`, `root`).
/// draft-ietf-plants-merkle-tree-certs 4.4; a consistency proof is the case `start == 0`.
///
/// # Errors
/// Why the proof does not show it; [`Error::Subtree`] where no tree has such a part.
pub fn verify_subtree_consistency(
    (start, end): (u64, u64),
    size: u64,
    part: &Hash,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), Error> {
    if end > size {
        return Err(Error::Beyond { asked: end, size });
    }
    bounded(proof)?;
    if start == end {
        // The empty part is part of every tree.
        return match proof {
            [] if *part == EMPTY_ROOT => Ok(()),
            [] => Err(Error::Root),
            [_, ..] => Err(Error::Length),
        };
    }
    is_subtree(start, end)?;
    let (mut from, mut at, mut last) = (start, end - 1, size - 1);
    // Up to the node from which the part's own hash is made, and that of the tree.
    while from != at && (at == last || at & 1 == 1) {
        (from, at, last) = (from >> 1, at >> 1, last >> 1);
    }
    let whole = [*part];
    let (first, rest) = if from == at { (whole.first(), proof) } else { split_first(proof) };
    let first = *first.ok_or(Error::Length)?;
    let (mut hash1, mut hash2) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(Error::Length);
        }
        if at & 1 == 1 || at == last {
            if from < at {
                hash1 = node(sibling, &hash1);
            }
            hash2 = node(sibling, &hash2);
            while at & 1 == 0 && at != 0 {
                (from, at, last) = (from >> 1, at >> 1, last >> 1);
            }
        } else {
            hash2 = node(&hash2, sibling);
        }
        (from, at, last) = (from >> 1, at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(Error::Length);
    }
    if hash1 != *part || hash2 != *root {
        return Err(Error::Root);
    }
    Ok(())
}

/// A part of a tree that has a hash of its own begins at a multiple of the power of two at or above its length.
fn is_subtree(start: u64, end: u64) -> Result<(), Error> {
    let width = end.checked_sub(start).filter(|width| *width > 0).and_then(u64::checked_next_power_of_two);
    match width {
        Some(width) if start.is_multiple_of(width) => Ok(()),
        Some(_) | None => Err(Error::Subtree),
    }
}

fn split_first(proof: &[Hash]) -> (Option<&Hash>, &[Hash]) {
    match proof.split_first() {
        Some((first, rest)) => (Some(first), rest),
        None => (None, &[]),
    }
}

fn bounded(proof: &[Hash]) -> Result<(), Error> {
    if proof.len() > PROOF_HASHES_MAX {
        return Err(Error::Length);
    }
    Ok(())
}

/// The greatest power of two smaller than `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash over the entries `from..to`, where `from` is a multiple of the power of two at or above their number.
fn range<E>(from: u64, to: u64, fetch: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let count = to - from;
    if count.is_power_of_two() {
        let level = count.ilog2();
        let index = from >> level;
        return fetch(Node { level, index });
    }
    let middle = from + split(count);
    let left = range(from, middle, fetch)?;
    let right = range(middle, to, fetch)?;
    Ok(node(&left, &right))
}

/// Why a proof does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The index or the size lies outside the tree.
    #[error("{asked} lies outside a tree of {size}")]
    Beyond {
        /// The index or the older size.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
    /// Nothing can be proven about the empty tree.
    #[error("the empty tree is continued by every tree; there is nothing to prove")]
    EmptyTree,
    /// No tree has a part of its own over these entries.
    #[error("the entries are no subtree of any tree")]
    Subtree,
    /// The path is too short or too long for this index and size.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The path leads to another root.
    #[error("the proof leads to another root")]
    Root,
}
