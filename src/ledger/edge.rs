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
    Tile { level: u8, index: u64, hashes: &'a [Hash] },
    Bundle { index: u64, bytes: &'a [u8] },
}

/// The state of a growing tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    tiles: Vec<Unfinished>,
    bundle: Vec<u8>,
}

/// The tile at the edge of one level.
#[derive(Clone, Debug, Default)]
struct Unfinished {
    hashes: Vec<Hash>,
    /// The roots of the complete subtrees over `hashes`, greatest first: one for each bit of their number.
    peaks: Vec<Hash>,
}

impl Unfinished {
    fn push(&mut self, hash: Hash) {
        self.hashes.push(hash);
        let mut peak = hash;
        // As in counting: each trailing zero of the new number joins two subtrees of one size.
        for _ in 0..self.hashes.len().trailing_zeros() {
            let left = self.peaks.pop().expect("a carry has a peak to its left");
            peak = node(&left, &peak);
        }
        self.peaks.push(peak);
    }
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
            let found = if width == 0 { Some(Vec::new()) } else { tile(level, hashes / u64::from(WIDTH), width)? };
            let Some(hashes) = found else { return Ok(None) };
            let mut unfinished = Unfinished::default();
            hashes.into_iter().for_each(|hash| unfinished.push(hash));
            tiles.push(unfinished);
            level += 1;
        }
        let leaves = tiles.first().map_or(&[][..], |tile| tile.hashes.as_slice());
        let Some(bundle) = bundle.or_else(|| leaves.is_empty().then(Vec::new)) else {
            return Ok(None);
        };
        let mut rest = bundle.as_slice();
        let whole = leaves.iter().all(|leaf| take_entry(&mut rest).is_some_and(|entry| hash::leaf(entry) == *leaf));
        let whole = whole && rest.is_empty();
        Ok(whole.then_some(Self { size, tiles, bundle }))
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

    /// Adds a whole subtree of 256^`level` entries by its hash. The tree must end at a multiple of that.
    pub(crate) fn push_subtree(&mut self, level: u8, hash: Hash, full: &mut impl FnMut(Piece<'_>)) {
        self.size += 1 << (8 * u32::from(level));
        let below = usize::from(level);
        if self.tiles.len() < below {
            self.tiles.resize_with(below, Unfinished::default);
        }
        self.push_hash(level, hash, full);
    }

    fn push_hash(&mut self, level: u8, hash: Hash, full: &mut impl FnMut(Piece<'_>)) {
        let place = usize::from(level);
        if self.tiles.len() == place {
            self.tiles.push(Unfinished::default());
        }
        let tile = self.tiles.get_mut(place).expect("a level is begun before the one above it");
        tile.push(hash);
        if tile.hashes.len() == usize::from(WIDTH) {
            let index = hashes_at(self.size, level) / u64::from(WIDTH) - 1;
            let hashes = &tile.hashes;
            full(Piece::Tile { level, index, hashes });
            let whole = tile.peaks.pop().expect("a full tile is one complete subtree");
            tile.hashes.clear();
            self.push_hash(level + 1, whole, full);
        }
    }

    /// The tiles and the bundle that are begun and not full.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = Piece<'_>> {
        let tiles = (0_u8..).zip(&self.tiles).map(|(level, Unfinished { hashes, .. })| {
            let index = hashes_at(self.size, level) / u64::from(WIDTH);
            Piece::Tile { level, index, hashes }
        });
        let index = self.size / u64::from(WIDTH);
        let bytes = &self.bundle;
        let bundle = (!bytes.is_empty()).then_some(Piece::Bundle { index, bytes });
        let begun = |piece: &Piece<'_>| !matches!(piece, Piece::Tile { hashes: [], .. });
        tiles.filter(begun).chain(bundle)
    }

    /// The root: the complete subtrees that stand at the edge, joined from the smallest on the right to the greatest.
    pub(crate) fn root(&self) -> Hash {
        let peaks = self.tiles.iter().flat_map(|tile| tile.peaks.iter().rev());
        let joined =
            peaks.fold(None, |right: Option<Hash>, peak| Some(right.map_or(*peak, |right| node(peak, &right))));
        joined.unwrap_or(EMPTY_ROOT)
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
