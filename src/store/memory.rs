//! A store in memory, for tests and for questions that need no archive: the contract without the disk.
//! `sync` promises nothing here; everything else is as `Store` says.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::store::Batch;
use crate::store::Change;
use crate::store::Direction;
use crate::store::Error;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Row;
use crate::store::Space;
use crate::store::Store;
use crate::store::key_within_limits;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Sorted maps behind one lock.
#[derive(Debug)]
pub struct MemoryStore {
    spaces: RwLock<BTreeMap<Space, Rows>>,
}

impl MemoryStore {
    /// An empty store with these spaces.
    pub fn new(spaces: &[Space]) -> Self {
        let spaces = spaces.iter().map(|space| (*space, Rows::new())).collect();
        Self { spaces: RwLock::new(spaces) }
    }

    /// Calls `read` with the rows of a space. A panic in another thread cannot leave a batch half applied here.
    fn with<T>(&self, space: Space, read: impl FnOnce(&Rows) -> T) -> Result<T, Error> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.get(&space).map(read).ok_or(Error::UnknownSpace(space.0))
    }
}

impl Store for MemoryStore {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        key_within_limits(key)?;
        self.with(space, |rows| rows.get(key).cloned())
    }

    fn scan(&self, space: Space, range: &KeyRange, limit: usize, direction: Direction) -> Result<Vec<Row>, Error> {
        self.with(space, |rows| {
            if range.is_empty() {
                return Vec::new();
            }
            let to = range.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let found = rows.range::<[u8], _>((Bound::Included(range.from.as_slice()), to));
            let owned = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
            match direction {
                Direction::Ascending => found.take(limit).map(owned).collect(),
                Direction::Descending => found.rev().take(limit).map(owned).collect(),
            }
        })
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, Error> {
        batch.within_limits()?;
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        let named = batch.changes().iter().map(|(space, _, _)| *space);
        for space in named.chain(expect.map(|expect| expect.space)) {
            if !spaces.contains_key(&space) {
                return Err(Error::UnknownSpace(space.0));
            }
        }
        if let Some(expect) = expect
            && spaces.get(&expect.space).and_then(|rows| rows.get(&expect.key)) != expect.value.as_ref()
        {
            return Ok(Outcome::Conflict);
        }
        for (space, key, change) in batch.changes() {
            let rows = spaces.entry(*space).or_default();
            match change {
                Change::Put(value) => rows.insert(key.clone(), value.clone()),
                Change::Delete => rows.remove(key),
            };
        }
        Ok(Outcome::Applied)
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }
}
