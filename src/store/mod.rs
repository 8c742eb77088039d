//! Durable bytes: what the rooms above may ask of a disk or a database, and nothing about what the bytes mean.
//! The contract below is the project's own; `tests/store.rs` holds every driver to it.

use std::path::PathBuf;

pub mod disk;
pub mod memory;
pub mod sled;
pub mod journal;
pub mod anchor;
pub mod blob;
pub mod remote;
pub mod postgres;
pub mod object;

/// A named key space, one tree or table of a store. The names in use belong to the room that opens the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(pub &'static str);

/// Longest key a store takes, in bytes: index rows of PostgreSQL end at 2 704 bytes, and ours are hashes and numbers.
pub const KEY_BYTES_MAX: usize = 1024;

/// Longest value a store takes, in bytes. Below 64 KiB a sled row never becomes a blob file, which sled never syncs.
pub const VALUE_BYTES_MAX: usize = 65_535;

/// Keys from `from` (included) to `to` (excluded; none is the end of the space), in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key that belongs to the range.
    pub from: Vec<u8>,
    /// The first key that no longer does.
    pub to: Option<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    pub fn all() -> Self {
        Self::default()
    }

    /// The keys that begin with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        // The end is the prefix with its last byte below 0xff raised by one; a prefix of only 0xff has no end.
        let to = prefix.iter().rposition(|byte| *byte != u8::MAX).map(|last| {
            let mut to = prefix.get(..=last).unwrap_or_default().to_vec();
            if let Some(byte) = to.last_mut() {
                *byte = byte.saturating_add(1);
            }
            to
        });
        let from = prefix.to_vec();
        Self { from, to }
    }

    /// The keys from `key` on, itself included.
    pub fn starting_at(key: &[u8]) -> Self {
        Self { from: key.to_vec(), to: None }
    }

    /// The same range without `key` and everything before it: where the next page of a scan begins.
    pub fn after(mut self, key: &[u8]) -> Self {
        self.from = [key, &[0]].concat();
        self
    }

    /// The same range without `key` and everything after it: where the next page of a descending scan begins.
    pub fn before(mut self, key: &[u8]) -> Self {
        self.to = Some(key.to_vec());
        self
    }

    /// Whether no key at all can lie in the range.
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// Which end of a range a scan begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Ascending,
    /// Greatest key first.
    Descending,
}

/// One change to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets the key to the value, whether or not it had one.
    Put(Vec<u8>),
    /// Removes the key, whether or not it was there.
    Delete,
}

/// Changes over one or several spaces that happen together or not at all. Of two changes to one key the later holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    changes: Vec<(Space, Vec<u8>, Change)>,
}

impl Batch {
    /// A batch that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds: set `key` to `value`.
    pub fn put(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.push((space, key.into(), Change::Put(value.into())));
    }

    /// Adds: remove `key`.
    pub fn delete(&mut self, space: Space, key: impl Into<Vec<u8>>) {
        self.changes.push((space, key.into(), Change::Delete));
    }

    /// The changes in the order they were added.
    pub fn changes(&self) -> &[(Space, Vec<u8>, Change)] {
        &self.changes
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Refuses keys and values that a store does not take, before anything is written.
    fn within_limits(&self) -> Result<(), Error> {
        for (_, key, change) in &self.changes {
            key_within_limits(key)?;
            if let Change::Put(value) = change
                && value.len() > VALUE_BYTES_MAX
            {
                return Err(Error::ValueSize { bytes: value.len() });
            }
        }
        Ok(())
    }
}

fn key_within_limits(key: &[u8]) -> Result<(), Error> {
    if key.len() > KEY_BYTES_MAX {
        return Err(Error::KeySize { bytes: key.len() });
    }
    Ok(())
}

/// What must hold for a batch to be applied: `key` has exactly this value, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The space of the key.
    pub space: Space,
    /// The key that is compared.
    pub key: Vec<u8>,
    /// The value it must have; none means that the key must be absent.
    pub value: Option<Vec<u8>>,
}

/// How a batch ended that met no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// All of it is applied.
    Applied,
    /// The expectation did not hold; nothing is applied.
    Conflict,
}

/// Named key spaces with atomic batches and compare-and-swap.
///
/// **Atomicity.** A batch is seen whole or not at all, by every reader and after every crash. A scan may see a batch
/// that was applied while it ran only in part; a caller that cannot bear that reads what a single `get` tells it first.
///
/// **Order.** Batches apply in one order. After `apply` has returned, every later call sees the batch. If a crash
/// loses batches that were not synced, it loses the last ones: never one without all that came after it.
///
/// **Durability.** `apply` alone promises nothing about a power cut. Once `sync` has returned, everything applied
/// before it was called survives one.
///
/// **Retries.** `Conflict` means that nothing happened and the caller may look again. After an `Err` from `apply` or
/// `sync` it is unknown what reached the disk; the store is poisoned, answers [`Error::Poisoned`] to everything and
/// must be opened anew. (After a failed fsync the kernel may forget the lost pages, so that trying again would lie.)
/// A store behind a network answers [`Error::Unavailable`] instead and goes on: whether the batch was applied is unknown
/// in the same way, but the server keeps what it has acknowledged, and looking again tells.
/// Errors that speak of the request itself (`UnknownSpace`, `KeySize`, `ValueSize`) change nothing and poison nothing.
pub trait Store: Send + Sync {
    /// The value of `key`, if it has one.
    ///
    /// # Errors
    /// As told for the whole contract.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// The values of many keys, in their order. One question where the store is far away.
    ///
    /// # Errors
    /// As told for the whole contract.
    fn get_all(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        keys.iter().map(|key| self.get(space, key)).collect()
    }

    /// At most `limit` keys of the range with their values, in byte order from the end that `direction` names.
    ///
    /// # Errors
    /// As told for the whole contract.
    fn scan(&self, space: Space, range: &KeyRange, limit: usize, direction: Direction) -> Result<Vec<Row>, Error>;

    /// Applies the batch as one, if the expectation (none means always) holds at that moment.
    ///
    /// # Errors
    /// As told for the whole contract.
    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, Error>;

    /// Returns when all that was applied before survives a power cut.
    ///
    /// # Errors
    /// As told for the whole contract.
    fn sync(&self) -> Result<(), Error>;
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Creating found something already there.
    #[error("will not create a store over {}", .0.display())]
    Exists(PathBuf),
    /// Opening found no store.
    #[error("there is no store in {}", .0.display())]
    Missing(PathBuf),
    /// Another process has the store open.
    #[error("{} is held by another process", .0.display())]
    InUse(PathBuf),
    /// The store was not opened with this space.
    #[error("the store has no space {0:?}")]
    UnknownSpace(&'static str),
    /// The key is longer than [`KEY_BYTES_MAX`].
    #[error("a key of {bytes} bytes; a store takes {KEY_BYTES_MAX}")]
    KeySize {
        /// Its length.
        bytes: usize,
    },
    /// The value is longer than [`VALUE_BYTES_MAX`].
    #[error("a value of {bytes} bytes; a store takes {VALUE_BYTES_MAX}")]
    ValueSize {
        /// Its length.
        bytes: usize,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// The database engine failed, or panicked where it should have failed.
    #[error("the database engine failed: {0}")]
    Engine(String),
    /// The database server cannot be used at the moment. Whether a batch was applied is unknown until it can.
    #[error("the database server cannot be used at the moment: {0}")]
    Unavailable(String),
    /// An earlier call failed so that the state on disk is unknown; open the store anew.
    #[error("the store stopped after an earlier failure and must be opened anew")]
    Poisoned,
}

#[cfg(test)]
mod tests {
    use super::KeyRange;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        assert_eq!(KeyRange::prefix(b"ab").to, Some(b"ac".to_vec()));
        assert_eq!(KeyRange::prefix(b"a\xff").to, Some(b"b".to_vec()));
        assert_eq!(KeyRange::prefix(b"\xff\xff").to, None);
        assert_eq!(KeyRange::prefix(b""), KeyRange::all());
    }
}
