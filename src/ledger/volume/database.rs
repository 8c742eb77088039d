//! The database of one volume's entries while they are not sealed: tiles and bundles in rows, the leaf index in memory.
//! LEDGER.md 6.1 B. Rows of random keys are what such a database is slowest at, and the level-0 tiles hold every leaf.
//!
//! The index is read from the tiles at opening, all of it hashed up to the root that the journal knows: 80 bytes and a
//! third of a microsecond an entry, for as many entries as a volume has.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::hash::Hash;
use crate::ledger::record::Applied;
use crate::ledger::rows;
use crate::ledger::rows::LEAVES;
use crate::ledger::tile::WIDTH;
use crate::store;
use crate::store::Batch;
use crate::store::Change;
use crate::store::Direction;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Row;
use crate::store::Space;
use crate::store::Store;
use crate::store::sled::SledStore;

/// A database. Once its entries are sealed, its directory goes with its last reader.
pub(crate) struct Database {
    rows: Option<SledStore>,
    leaves: RwLock<HashMap<Hash, u64>>,
    /// Set when its entries are sealed.
    discard: RwLock<Option<PathBuf>>,
}

impl Database {
    /// One without entries, or whose index is read next.
    pub(crate) fn new(rows: SledStore) -> Self {
        Self { rows: Some(rows), leaves: RwLock::default(), discard: RwLock::new(None) }
    }

    /// Reads the index of a database that begins behind `before`; says whether its leaves lead to its root.
    pub(crate) fn index(&self, before: &Edge, applied: &Applied) -> Result<bool, Error> {
        let (mut edge, width) = (before.clone(), u64::from(WIDTH));
        let mut leaves = self.leaves.write().unwrap_or_else(PoisonError::into_inner);
        while edge.size() < applied.size {
            let wanted = usize::try_from(width.min(applied.size - edge.size())).expect("at most 256");
            let Some(hashes) = rows::tile(self.rows(), 0, edge.size() / width, wanted)? else { return Ok(false) };
            for leaf in hashes {
                leaves.insert(leaf, edge.size());
                edge.push_subtree(0, leaf, &mut |_| {});
            }
        }
        Ok((edge.size(), edge.root()) == (applied.size, applied.root))
    }

    /// How many of its entries lie before this size.
    pub(crate) fn entries_before(&self, size: u64) -> u64 {
        let leaves = self.leaves.read().unwrap_or_else(PoisonError::into_inner);
        let before = leaves.values().filter(|index| **index < size).count();
        u64::try_from(before).expect("a length in memory fits 64 bits")
    }

    /// Says what is to become of its directory when its last reader is gone.
    pub(crate) fn discard(&self, directory: Option<PathBuf>) {
        *self.discard.write().unwrap_or_else(PoisonError::into_inner) = directory;
    }

    fn rows(&self) -> &SledStore {
        self.rows.as_ref().expect("taken only when this is dropped")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The engine lets go of its files before they are removed.
        self.rows = None;
        if let Some(directory) = self.discard.get_mut().unwrap_or_else(PoisonError::into_inner) {
            // What is left of it goes when the ledger is opened next.
            drop(std::fs::remove_dir_all(directory));
        }
    }
}

/// As the rows' own, but for the leaf index.
impl Store for Database {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, store::Error> {
        if space != LEAVES {
            return self.rows().get(space, key);
        }
        let leaves = self.leaves.read().unwrap_or_else(PoisonError::into_inner);
        let index = <&Hash>::try_from(key).ok().and_then(|leaf| leaves.get(leaf));
        Ok(index.map(|index| index.to_be_bytes().to_vec()))
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Row>, store::Error> {
        self.rows().scan(space, range, limit, direction)
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, store::Error> {
        let (mut rows, mut fresh) = (Batch::new(), Vec::new());
        for (space, key, change) in batch.changes() {
            match change {
                Change::Put(value) if *space == LEAVES => {
                    let index = value.as_slice().try_into().map(u64::from_be_bytes).ok();
                    fresh.extend(Hash::try_from(key.as_slice()).ok().zip(index));
                }
                Change::Put(value) => rows.put(*space, key.as_slice(), value.as_slice()),
                Change::Delete => rows.delete(*space, key.as_slice()),
            }
        }
        let outcome = self.rows().apply(&rows, expect)?;
        if outcome == Outcome::Applied {
            self.leaves.write().unwrap_or_else(PoisonError::into_inner).extend(fresh);
        }
        Ok(outcome)
    }

    fn sync(&self) -> Result<(), store::Error> {
        self.rows().sync()
    }
}
