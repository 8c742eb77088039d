//! Following another's ledger: its tree is derived anew from the entries it serves, and every tile compared.
//! C2SP tlog-tiles, read by its paths alone; where a partial piece is gone (404), what it has become is asked for.

use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::edge::hashes;
use crate::ledger::hash;
use crate::ledger::hash::Hash;
use crate::ledger::rows;
use crate::ledger::tile::Path;
use crate::ledger::tile::WIDTH;

/// What stands at a path; none where there is nothing (404).
pub type Fetch<'f, E> = &'f mut dyn FnMut(Path) -> Result<Option<Vec<u8>>, E>;

/// What is called for every entry: its index and its bytes.
pub type Seen<'s> = &'s mut dyn FnMut(u64, &[u8]);

/// Why a ledger is not what its checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Fewer entries than were seen before.
    #[error("the ledger went back from {before} entries to {now}")]
    WentBack {
        /// Entries seen before.
        before: u64,
        /// Entries now.
        now: u64,
    },
    /// The tree seen before is not the beginning of this one.
    #[error("the ledger forked: the tree of {size} entries that was seen before is not the beginning of this one")]
    Forked {
        /// The entries seen before.
        size: u64,
    },
    /// A piece that the checkpoint promises is not there.
    #[error("{0} is not there")]
    Missing(String),
    /// A piece that is not what the entries make it.
    #[error("{0} is not what the ledger's entries make it")]
    Piece(String),
    /// The entries do not make the root that was signed.
    #[error("the {size} entries do not make the root that was signed")]
    Root {
        /// How many entries.
        size: u64,
    },
}

/// Why an audit ended before it could say that all holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended<E> {
    /// A piece could not be asked for: nothing is known of the ledger.
    Unasked(E),
    /// The ledger is not what its checkpoint says.
    Fault(Fault),
}

impl<E> From<Fault> for Ended<E> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Derives the tree of a checkpoint from the ledger's entries, from the tree seen before on (none: from the beginning),
/// compares every tile on the way, and the root. `seen` is shown every entry that is new; `progress` hears of entries
/// done, and of how many.
///
/// # Errors
/// What is wrong with the ledger; or what `fetch` answered, and then nothing is known.
pub fn audit<E>(
    before: Option<(u64, Hash)>,
    (size, root): (u64, Hash),
    fetch: Fetch<'_, E>,
    seen: Seen<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Ended<E>> {
    let mut grown = |path: Path| match fetch(path)? {
        None => path.in_tree(size).filter(|now| *now != path).map_or(Ok(None), &mut *fetch),
        found => Ok(found),
    };
    let fetch: Fetch<'_, E> = &mut grown;
    let mut edge = match before {
        Some((before, _)) if before > size => return Err(Fault::WentBack { before, now: size }.into()),
        Some((before, root)) if before > 0 => resume(before, root, fetch)?,
        Some(_) | None => Edge::default(),
    };
    while edge.size() < size {
        take_bundle(&mut edge, size, fetch, seen)?;
        progress(edge.size(), size);
    }
    let unfinished: Vec<Tile> = edge.unfinished().filter_map(Tile::of).collect();
    for tile in unfinished {
        tile.compare(fetch)?;
    }
    if edge.root() == root { Ok(()) } else { Err(Fault::Root { size }.into()) }
}

/// The edge of the tree that was seen before, from the pieces there are now.
fn resume<E>(size: u64, root: Hash, fetch: Fetch<'_, E>) -> Result<Edge, Ended<E>> {
    let wide = u16::try_from(size % u64::from(WIDTH)).expect("less than 256");
    let bundle = match wide {
        0 => None,
        width => Some(piece(Path::Bundle { index: size / u64::from(WIDTH), width }, fetch)?),
    };
    let tile = |level, index, width| {
        let width = u16::try_from(width).expect("less than 256");
        piece(Path::Tile { level, index, width }, fetch).map(|bytes| hashes(&bytes))
    };
    let edge = Edge::load(size, tile, bundle)?.filter(|edge| edge.root() == root);
    edge.ok_or(Ended::Fault(Fault::Forked { size }))
}

/// Takes the entries of the next bundle, as far as the tree goes, and compares the tiles that they fill.
fn take_bundle<E>(edge: &mut Edge, size: u64, fetch: Fetch<'_, E>, shown: Seen<'_>) -> Result<(), Ended<E>> {
    let width = u64::from(WIDTH);
    let (index, known) = (edge.size() / width, usize::try_from(edge.size() % width).expect("less than 256"));
    let path = Path::Bundle { index, width: u16::try_from(width.min(size - index * width)).expect("at most 256") };
    let bytes = piece(path, fetch)?;
    // What was seen of it before stands at its beginning still.
    let seen = edge.unfinished().find_map(|piece| match piece {
        Piece::Bundle { bytes, .. } => Some(bytes.to_vec()),
        Piece::Tile { .. } => None,
    });
    let Some(entries) = rows::split(&bytes).filter(|_| bytes.starts_with(&seen.unwrap_or_default())) else {
        return Err(Fault::Piece(path.to_string()).into());
    };
    let mut filled = Vec::new();
    for entry in entries.into_iter().skip(known) {
        shown(edge.size(), entry);
        edge.push(entry, hash::leaf(entry), &mut |piece| filled.extend(Tile::of(piece)));
    }
    for tile in filled {
        tile.compare(fetch)?;
    }
    Ok(())
}

/// A tile as the entries make it.
struct Tile {
    level: u8,
    index: u64,
    hashes: Vec<Hash>,
}

impl Tile {
    fn of(piece: Piece<'_>) -> Option<Self> {
        match piece {
            Piece::Tile { level, index, hashes } => Some(Self { level, index, hashes: hashes.to_vec() }),
            Piece::Bundle { .. } => None,
        }
    }

    fn compare<E>(&self, fetch: Fetch<'_, E>) -> Result<(), Ended<E>> {
        let width = u16::try_from(self.hashes.len()).expect("at most 256");
        let path = Path::Tile { level: self.level, index: self.index, width };
        let bytes = piece(path, fetch)?;
        if bytes == self.hashes.as_flattened() { Ok(()) } else { Err(Fault::Piece(path.to_string()).into()) }
    }
}

/// The bytes of a piece, exactly as wide as asked.
fn piece<E>(path: Path, fetch: Fetch<'_, E>) -> Result<Vec<u8>, Ended<E>> {
    let mut found = fetch(path).map_err(Ended::Unasked)?;
    if found.is_none() {
        found = fetch(path.full()).map_err(Ended::Unasked)?;
    }
    let bytes = found.ok_or_else(|| Fault::Missing(path.to_string()))?;
    let cut = match path {
        Path::Tile { width, .. } => bytes.get(..usize::from(width) * hash::HASH_BYTES).map(<[u8]>::to_vec),
        Path::Bundle { width, .. } => rows::first_entries(bytes, usize::from(width)),
    };
    Ok(cut.ok_or_else(|| Fault::Piece(path.to_string()))?)
}
