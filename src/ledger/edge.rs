//! The right edge of the tree: the unfinished tile of each level and the unfinished bundle, all that growing needs.
//! C2SP tlog-tiles: a full tile of 256 hashes becomes one hash of the level above; partial tiles never do.

use crate::ledger::hash;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::HASH_BYTES;
use crate::ledger::hash::Hash;
use crate::ledger::hash::node;
use crate::ledger::record::put_entry;
use crate::ledger::record::take_entry;
use crate::ledger::tile::WIDTH;

/// A tile or bundle as the tree grows through it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    Tile {
        level: u8,
        index: u64,
        hashes: &'a [Hash],
    },
    Bundle {
        index: u64,
        bytes: &'a [u8],
    },
}

/// The state of a growing tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    tiles: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

impl Edge {
    /// The edge of a tree of `size` entries from its last tiles and bundle. None if they are not as wide as that
    /// size makes them, or if the entries of the bundle do not hash to the end of level 0.
    pub(crate) fn load<E>(
        size: u64,
        mut tile: impl FnMut(u8, u64, usize) -> Result<Option<Vec<Hash>>, E>,
        bundle: Option<Vec<u8>>,
    ) -> Result<Option<Self>, E> {
        let mut tiles = Vec::new();
        let mut level: u8 = 0;
        while hashes_at(size, level) > 0 {
            let hashes = hashes_at(size, level);
            let width = usize::try_from(hashes % u64::from(WIDTH)).expect("less than 256");
            let found = if width == 0 {
                Some(Vec::new())
            } else {
                tile(level, hashes / u64::from(WIDTH), width)?
            };
            let Some(hashes) = found else { return Ok(None) };
            tiles.push(hashes);
            level += 1;
        }
        let leaves = tiles.first().map_or(&[][..], Vec::as_slice);
        let Some(bundle) = bundle.or_else(|| leaves.is_empty().then(Vec::new)) else {
            return Ok(None);
        };
        let mut rest = bundle.as_slice();
        let whole = leaves
            .iter()
            .all(|leaf| take_entry(&mut rest).is_some_and(|entry| hash::leaf(entry) == *leaf));
        let whole = whole && rest.is_empty();
        Ok(whole.then_some(Self {
            size,
            tiles,
            bundle,
        }))
    }

    /// Entries in the tree.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes in the unfinished bundle.
    pub(crate) fn bundle_bytes(&self) -> usize {
        self.bundle.len()
    }

    /// Adds an entry and its leaf hash; `full` hears of the tiles and the bundle that this fills.
    pub(crate) fn push(&mut self, entry: &[u8], leaf: Hash, full: &mut impl FnMut(Piece<'_>)) {
        let at = self.size / u64::from(WIDTH);
        put_entry(&mut self.bundle, entry);
        self.size += 1;
        if self.size.is_multiple_of(u64::from(WIDTH)) {
            let bytes = &self.bundle;
            full(Piece::Bundle { index: at, bytes });
            self.bundle.clear();
        }
        self.push_hash(0, leaf, full);
    }

    fn push_hash(&mut self, level: u8, hash: Hash, full: &mut impl FnMut(Piece<'_>)) {
        let place = usize::from(level);
        if self.tiles.len() == place {
            self.tiles.push(Vec::with_capacity(usize::from(WIDTH)));
        }
        let hashes = self
            .tiles
            .get_mut(place)
            .expect("a level is begun before the one above it");
        hashes.push(hash);
        if hashes.len() == usize::from(WIDTH) {
            let index = hashes_at(self.size, level) / u64::from(WIDTH) - 1;
            full(Piece::Tile {
                level,
                index,
                hashes,
            });
            let hash = hash::root(hashes);
            hashes.clear();
            self.push_hash(level + 1, hash, full);
        }
    }

    /// The tiles and the bundle that are begun and not full.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = Piece<'_>> {
        let tiles = (0_u8..).zip(&self.tiles).map(|(level, hashes)| {
            let index = hashes_at(self.size, level) / u64::from(WIDTH);
            Piece::Tile {
                level,
                index,
                hashes,
            }
        });
        let index = self.size / u64::from(WIDTH);
        let bytes = &self.bundle;
        let bundle = (!bytes.is_empty()).then_some(Piece::Bundle { index, bytes });
        let begun = |piece: &Piece<'_>| !matches!(piece, Piece::Tile { hashes: [], .. });
        tiles.filter(begun).chain(bundle)
    }

    /// The root: the complete subtrees that stand at the edge, joined from the smallest on the right to the greatest.
    pub(crate) fn root(&self) -> Hash {
        let mut root = None;
        for hashes in &self.tiles {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                // The lowest bit of a width is the size of its last complete subtree.
                let (before, subtree) =
                    rest.split_at(rest.len() - (1 << rest.len().trailing_zeros()));
                let peak = hash::root(subtree);
                root = Some(root.map_or(peak, |right| node(&peak, &right)));
                rest = before;
            }
        }
        root.unwrap_or(EMPTY_ROOT)
    }
}

/// How many hashes a level of tiles has in a tree of this size.
pub(crate) fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// Hashes from the bytes of a tile; none if they are not a whole number of hashes.
pub(crate) fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    rest.is_empty().then(|| hashes.to_vec())
}
