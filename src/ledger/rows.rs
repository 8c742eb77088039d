//! The ledger's rows in a store: tiles, bundles, the index of leaves and the head. All of them can be derived anew.
//! LEDGER.md 6.1 B. Bundles and tiles are cut into rows of 4 KiB, so that growing rewrites only the last one.
//!
//! | space | key | value |
//! | --- | --- | --- |
//! | `e` | bundle u64, piece u16 | bytes of the bundle |
//! | `t` | level u8, tile u64, piece u16 | bytes of the tile |
//! | `h` | leaf hash | index u64; on one machine `volume::database` keeps it in memory |
//! | `m` | `head` | size, root, journal records applied |

use std::collections::HashMap;

use crate::ledger::edge;
use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::edge::hashes_at;
use crate::ledger::error::Error;
use crate::ledger::hash;
use crate::ledger::hash::HASH_BYTES;
use crate::ledger::hash::Hash;
use crate::ledger::hash::node;
use crate::ledger::proof::Node;
use crate::ledger::record::Applied;
use crate::ledger::record::take_entry;
use crate::ledger::tile::WIDTH;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Space;
use crate::store::Store;

/// Entry bundles.
pub(crate) const BUNDLES: Space = Space("e");
/// Tiles.
pub(crate) const TILES: Space = Space("t");
/// Leaf hash to index: what makes duplicates known.
pub(crate) const LEAVES: Space = Space("h");
/// The head.
pub(crate) const META: Space = Space("m");

/// The spaces that a ledger's store is opened with.
pub(crate) const SPACES: [Space; 4] = [BUNDLES, TILES, LEAVES, META];

/// A key that is given with an entry, to its index: what is only registered once, in a shared ledger.
pub(crate) const KEYS: Space = Space("k");

/// The spaces that a shared ledger's store is opened with.
pub const SHARED_SPACES: [Space; 5] = [BUNDLES, TILES, LEAVES, META, KEYS];

const HEAD_KEY: &[u8] = b"head";

/// Bytes in a row of a bundle or tile. Sixteen rows, what sled keeps in a leaf, stay below its blob threshold.
pub(crate) const PIECE_BYTES: usize = 4096;

/// Most rows that one bundle can have: 256 entries of 65537 bytes each, with their lengths.
const PIECES_MAX: usize = 4097;

/// The key of a bundle, before its piece.
pub(crate) fn bundle_key(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

/// The key of a tile, before its piece.
pub(crate) fn tile_key(level: u8, index: u64) -> Vec<u8> {
    [&[level], index.to_be_bytes().as_slice()].concat()
}

/// How far the store has come; none in a store without rows.
pub(crate) fn applied(store: &dyn Store) -> Result<Option<Applied>, Error> {
    let Some(value) = store.get(META, HEAD_KEY)? else {
        return Ok(None);
    };
    Applied::decode(&value).map(Some).ok_or_else(|| Error::Damaged("the database's head row".to_owned()))
}

/// The rows by which a tree grows, gathered entry by entry.
#[derive(Debug)]
pub(crate) struct Growth {
    rows: Batch,
    before: Option<Applied>,
    /// Where the bytes of the bundle that was unfinished before begin to be new.
    bundle_from: usize,
}

impl Growth {
    /// Begins to grow from this edge, which the store holds as `before` says.
    pub(crate) fn begin(edge: &Edge, before: Option<Applied>) -> Self {
        Self { rows: Batch::new(), before, bundle_from: edge.bundle_bytes() }
    }

    /// Adds one entry to the edge, and the rows that it completes.
    pub(crate) fn push(&mut self, edge: &mut Edge, entry: &[u8], leaf: Hash) {
        self.rows.put(LEAVES, leaf, edge.size().to_be_bytes());
        edge.push(entry, leaf, &mut |piece| self.put(piece));
    }

    /// Adds a full tile that the tree has grown past, for a store that does not have it.
    pub(crate) fn put_full(&mut self, level: u8, index: u64, hashes: &[Hash]) {
        self.put_pieces(TILES, &tile_key(level, index), hashes.as_flattened(), 0);
    }

    /// Adds the row by which a key is known to belong to an entry.
    pub(crate) fn claim(&mut self, key: &[u8], index: u64) {
        self.rows.put(KEYS, key, index.to_be_bytes());
    }

    /// The rows with the unfinished ones; the head is not among them.
    pub(crate) fn into_rows(mut self, edge: &Edge) -> Batch {
        edge.unfinished().for_each(|piece| self.put(piece));
        self.rows
    }

    /// Adds the unfinished rows and the head, and applies all as one. Nobody else may have moved the head.
    pub(crate) fn apply(self, store: &dyn Store, edge: &Edge, after: Applied) -> Result<(), Error> {
        let value = self.before.map(|before| before.encode());
        let mut rows = self.into_rows(edge);
        rows.put(META, HEAD_KEY, after.encode());
        let expect = Expectation { space: META, key: HEAD_KEY.to_vec(), value };
        match store.apply(&rows, Some(&expect))? {
            Outcome::Applied => Ok(()),
            Outcome::Conflict => Err(Error::Damaged("the database's head moved without the ledger".to_owned())),
        }
    }

    fn put(&mut self, piece: Piece<'_>) {
        let size = self.before.map_or(0, |before| before.size);
        match piece {
            Piece::Tile { level, index, hashes } => {
                let old = hashes_at(size, level);
                let old = if old / u64::from(WIDTH) == index { old % u64::from(WIDTH) } else { 0 };
                let old = usize::try_from(old).expect("less than 256");
                if hashes.len() > old {
                    self.put_pieces(TILES, &tile_key(level, index), hashes.as_flattened(), old * HASH_BYTES);
                }
            }
            Piece::Bundle { index, bytes } => {
                let from = if size / u64::from(WIDTH) == index { self.bundle_from } else { 0 };
                self.put_pieces(BUNDLES, &bundle_key(index), bytes, from);
            }
        }
    }

    /// Puts the rows of `bytes` from the one in which the byte `from` lies.
    fn put_pieces(&mut self, space: Space, key: &[u8], bytes: &[u8], from: usize) {
        let pieces = (0_u16..).zip(bytes.chunks(PIECE_BYTES));
        for (number, piece) in pieces.skip(from / PIECE_BYTES) {
            self.rows.put(space, [key, &number.to_be_bytes()].concat(), piece);
        }
    }
}

/// The bytes of a bundle or tile, put together from its rows.
pub(crate) fn joined(store: &dyn Store, space: Space, key: &[u8]) -> Result<Vec<u8>, Error> {
    let rows = store.scan(space, &KeyRange::prefix(key), PIECES_MAX, Direction::Ascending)?;
    Ok(rows.into_iter().flat_map(|(_, piece)| piece).collect())
}

/// The first `width` hashes of a tile; none if the rows are not that long.
pub(crate) fn tile(store: &dyn Store, level: u8, index: u64, width: usize) -> Result<Option<Vec<Hash>>, Error> {
    let bytes = joined(store, TILES, &tile_key(level, index))?;
    Ok(bytes.get(..width * HASH_BYTES).and_then(edge::hashes))
}

/// The first `width` entries of a bundle, as bundles hold them; none if the rows do not hold so many.
pub(crate) fn bundle(store: &dyn Store, index: u64, width: usize) -> Result<Option<Vec<u8>>, Error> {
    Ok(first_entries(joined(store, BUNDLES, &bundle_key(index))?, width))
}

/// The bytes of a bundle's first entries; none if it does not hold so many.
pub(crate) fn first_entries(mut bundle: Vec<u8>, width: usize) -> Option<Vec<u8>> {
    let mut rest = bundle.as_slice();
    if !(0..width).all(|_| take_entry(&mut rest).is_some()) {
        return None;
    }
    let length = bundle.len() - rest.len();
    bundle.truncate(length);
    Some(bundle)
}

/// The index of the entry with this leaf hash, if the store has it.
pub(crate) fn find(store: &dyn Store, leaf: &Hash) -> Result<Option<u64>, Error> {
    let Some(value) = store.get(LEAVES, leaf)? else {
        return Ok(None);
    };
    let index = value.try_into().map_err(|_| Error::Damaged("a row of the leaf index".to_owned()))?;
    Ok(Some(u64::from_be_bytes(index)))
}

/// The indices of many entries by their leaf hashes ([`LEAVES`]) or their keys ([`KEYS`]).
pub(crate) fn find_all(store: &dyn Store, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<u64>>, Error> {
    let damaged = || Error::Damaged("a row of the leaf index".to_owned());
    let index = |value: Vec<u8>| value.try_into().map(u64::from_be_bytes).map_err(|_| damaged());
    store.get_all(space, keys)?.into_iter().map(|value| value.map(index).transpose()).collect()
}

/// The edge of the tree as the store holds it; none if its rows contradict `applied`.
pub(crate) fn load_edge(store: &dyn Store, applied: &Applied) -> Result<Option<Edge>, Error> {
    let width = usize::try_from(applied.size % u64::from(WIDTH)).expect("less than 256");
    let bundle = match width {
        0 => None,
        _ => bundle(store, applied.size / u64::from(WIDTH), width)?,
    };
    let edge = Edge::load(applied.size, |level, index, width| tile(store, level, index, width), bundle)?;
    Ok(edge.filter(|edge| edge.root() == applied.root))
}

/// Reads nodes of the tree from tiles and keeps what it has hashed, so that many proofs cost little more than one.
pub(crate) struct Nodes<'a> {
    store: &'a dyn Store,
    size: u64,
    /// For every tile used: its hashes, then for each height above them the hashes over complete pairs.
    tiles: HashMap<(u8, u64), Vec<Vec<Hash>>>,
}

impl<'a> Nodes<'a> {
    /// The nodes of the tree of `size` entries, which the store holds.
    pub(crate) fn new(store: &'a dyn Store, size: u64) -> Self {
        let tiles = HashMap::new();
        Self { store, size, tiles }
    }

    /// The hash of a complete subtree.
    pub(crate) fn fetch(&mut self, wanted: Node) -> Result<Hash, Error> {
        let lost = || Error::Damaged(format!("no hash for node {} of height {}", wanted.index, wanted.level));
        let (level, height) = (wanted.level / 8, wanted.level % 8);
        let level = u8::try_from(level).map_err(|_| lost())?;
        // A tile has 2^(8-height) nodes of this height.
        let (index, place) = (wanted.index >> (8 - height), wanted.index & ((1 << (8 - height)) - 1));
        let heights = match self.tiles.entry((level, index)) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let hashes = hashes_at(self.size, level).saturating_sub(index * u64::from(WIDTH));
                let width = usize::from(WIDTH).min(usize::try_from(hashes).unwrap_or(usize::MAX));
                let hashes = tile(self.store, level, index, width)?.ok_or_else(lost)?;
                free.insert(heights(hashes))
            }
        };
        let (height, place) = (usize::try_from(height).ok(), usize::try_from(place).ok());
        let found = height.and_then(|height| heights.get(height)).zip(place).and_then(|(row, place)| row.get(place));
        found.copied().ok_or_else(lost)
    }
}

/// The hashes of a tile, and for each height above them those over complete pairs.
fn heights(hashes: Vec<Hash>) -> Vec<Vec<Hash>> {
    let mut heights = vec![hashes];
    while let Some(last) = heights.last().filter(|last| last.len() > 1) {
        let (pairs, _) = last.as_chunks::<2>();
        let above = pairs.iter().map(|[left, right]| node(left, right)).collect();
        heights.push(above);
    }
    heights
}

/// Splits a bundle's bytes into its entries; none if they do not end where an entry does.
pub(crate) fn split(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        entries.push(take_entry(&mut bytes)?);
    }
    Some(entries)
}

/// The leaf hash of each entry of a bundle.
pub(crate) fn leaves(entries: &[&[u8]]) -> Vec<Hash> {
    entries.iter().map(|entry| hash::leaf(entry)).collect()
}
