//! Sealed volumes: what the ledger has grown past lies in static files, so that its database stays small.
//! LEDGER.md 6.5. Derived from the journal like the database, and made anew from it; the tree knows nothing of them.
//!
//! A volume holds 2^n entries (`Options::volume_doublings`) whose first is a multiple of that: `volumes/<first>.vol`.
//!
//! | part | bytes |
//! | --- | --- |
//! | pieces, one behind the other: entry bundles and full tiles, then index blocks, crown, filter | |
//! | table: for each piece its place u64, length u32, SHA-256 | 44 each |
//! | footer: magic `SIGVOL1\n`, first entry, entries, journal record that goes on behind, place of the table, its SHA-256, SHA-256 of the footer before | 104 |
//!
//! Every read is held against the piece's SHA-256: a flipped bit is an error, never another answer. The table is read
//! and verified at opening and kept (132 bytes for 256 entries); so is the filter. Everything else is read when asked.
//!
//! **Index.** For every entry the first eight bytes of its leaf hash and its place in the volume, sorted, in as many
//! blocks as there are bundles, by the first bits of the hash. A look-up asks the filter (Bloom, 10 bits an entry, 1 %
//! wrong "perhaps"), reads one block, and compares the whole leaf hash in the tile: an answer is exact either way.
//!
//! **Crown.** The hashes of the volume's subtrees at the first level whose tiles reach beyond one volume. The crowns of
//! all volumes make the right edge of the tree and its upper tiles: what a new database begins with.

pub(crate) mod build;
pub(crate) mod file;
pub(crate) mod database;
pub(crate) mod shelves;
pub(crate) mod keeper;

use crate::ledger::tile::WIDTH;

/// The fewest entries of a volume, as a power of two: one bundle.
pub(crate) const DOUBLINGS_MIN: u32 = 8;
/// The most: what four bytes can number, with room to spare.
pub(crate) const DOUBLINGS_MAX: u32 = 30;

/// Where a volume lies in the ledger: a power of two of entries, beginning at a multiple of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    first: u64,
    doublings: u32,
}

/// What a piece of a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The bundle of this number, from the volume's first.
    Bundle(u64),
    /// The tile of this level and number, from the volume's first.
    Tile(u8, u64),
    /// The block of the index whose hashes begin with this number.
    Block(u64),
    /// The hashes above the volume's own tiles.
    Crown,
    /// The Bloom filter.
    Filter,
}

impl Span {
    /// None where `first` is no multiple of the volume's size, or that is out of bounds.
    pub(crate) fn new(first: u64, entries: u64) -> Option<Self> {
        let doublings = entries.trailing_zeros();
        let whole = entries.is_power_of_two() && (DOUBLINGS_MIN..=DOUBLINGS_MAX).contains(&doublings);
        (whole && first.is_multiple_of(entries) && first.checked_add(entries).is_some())
            .then_some(Self { first, doublings })
    }

    /// The next volume behind `sealed` entries: as large as asked for, or as the place allows.
    pub(crate) fn next(sealed: u64, doublings: u32) -> Self {
        let asked = doublings.clamp(DOUBLINGS_MIN, DOUBLINGS_MAX);
        // Volumes of another size may lie before; the next one must begin at a multiple of its own.
        let doublings = asked.min(sealed.trailing_zeros());
        Self { first: sealed, doublings }
    }

    pub(crate) fn first(self) -> u64 {
        self.first
    }

    pub(crate) fn entries(self) -> u64 {
        1 << self.doublings
    }

    pub(crate) fn end(self) -> u64 {
        self.first + self.entries()
    }

    /// Whether the entry lies in it.
    pub(crate) fn holds(self, index: u64) -> bool {
        (self.first..self.end()).contains(&index)
    }

    /// Levels of tiles that lie wholly in the volume.
    pub(crate) fn levels(self) -> u8 {
        u8::try_from(self.doublings / 8).expect("at most 30 / 8")
    }

    pub(crate) fn bundles(self) -> u64 {
        self.entries() / u64::from(WIDTH)
    }

    fn tiles(self, level: u8) -> u64 {
        self.bundles() >> (8 * u32::from(level))
    }

    /// The block of the index that a hash beginning with these eight bytes stands in.
    pub(crate) fn block(self, prefix: u64) -> u64 {
        prefix.checked_shr(64 - (self.doublings - DOUBLINGS_MIN)).unwrap_or(0)
    }

    /// Every piece in the order of the table.
    pub(crate) fn parts(self) -> impl Iterator<Item = Part> {
        let tiles =
            (0..self.levels()).flat_map(move |level| (0..self.tiles(level)).map(move |at| Part::Tile(level, at)));
        let bundles = (0..self.bundles()).map(Part::Bundle);
        let blocks = (0..self.bundles()).map(Part::Block);
        bundles.chain(blocks).chain(tiles).chain([Part::Crown, Part::Filter])
    }

    /// The place of a piece in the table.
    pub(crate) fn place(self, part: Part) -> u64 {
        let below = |level: u8| (0..level).map(|level| self.tiles(level)).sum::<u64>();
        let above = 2 * self.bundles();
        match part {
            Part::Bundle(at) => at,
            Part::Block(at) => self.bundles() + at,
            Part::Tile(level, at) => above + below(level) + at,
            Part::Crown => above + below(self.levels()),
            Part::Filter => above + below(self.levels()) + 1,
        }
    }
}

/// The bits of the filter that a leaf hash sets: seven of ten for each entry make one wrong answer in a hundred.
pub(crate) fn filter_bits(leaf: &crate::ledger::hash::Hash, entries: u64) -> impl Iterator<Item = u64> + use<> {
    let word = |from: usize| {
        let bytes = leaf.get(from..from + 8).and_then(|bytes| bytes.try_into().ok());
        u64::from_be_bytes(bytes.expect("a hash has 32 bytes"))
    };
    // The index stands on the first eight bytes; these are others. Odd steps visit every bit of a power of two, and
    // nearly so of any other number.
    let (start, step) = (word(8), word(16) | 1);
    (0..7_u64).map(move |turn| start.wrapping_add(turn.wrapping_mul(step)) % (10 * entries))
}
