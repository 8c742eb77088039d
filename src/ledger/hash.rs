//! The hashes of the tree: one for entries, one for pairs, and the tree over a list of them.
//! RFC 6962 2.1 (RFC 9162 2.1), SHA-256.

use sha2::Digest;
use sha2::Sha256;

/// A SHA-256 hash: of an entry, of two hashes, of a tree.
pub type Hash = [u8; 32];

/// The length of a hash in bytes.
pub const HASH_BYTES: usize = 32;

/// The root of the tree without entries: the hash of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The hash of an entry. The prefix keeps entries and pairs apart.
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    hasher.finalize().into()
}

/// The hash of two hashes.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The tree over these hashes: the left half holds the greatest power of two smaller than their number.
pub fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_ROOT,
        [hash] => *hash,
        _ => {
            // The greatest power of two below n is half of the one at or above it.
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node(&root(left), &root(right))
        }
    }
}
