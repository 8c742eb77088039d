//! The ledger: an append-only Merkle tree over entries, whose growth anyone can follow and nobody can undo.
//! C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-proof at commit 5ba5ee8; RFC 6962; LEDGER.md section 6.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::ledger::error::Error;
use crate::ledger::hash::Hash;
use crate::ledger::note::Seed;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::receipt::Receipt;

pub mod hash;
pub mod proof;
pub mod note;
pub mod checkpoint;
pub mod receipt;
pub mod tile;
pub mod error;
pub mod options;

/// An open ledger. Threads share it by reference; one thread of its own does all the writing.
#[derive(Debug)]
pub struct Ledger {}

/// The answer to an entry: where it is, and the proof. It is only given once the entry survives a power cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The entry's place, from 0.
    pub index: u64,
    /// Whether the same bytes were in the ledger before; then `index` is where they have been all the time.
    pub duplicate: bool,
    /// The size of the tree that `proof` leads to.
    pub size: u64,
    /// The signed checkpoint of that tree.
    pub checkpoint: Arc<str>,
    /// The inclusion path, the leaf's sibling first.
    pub proof: Vec<Hash>,
}

impl Appended {
    /// The receipt for the entry, as text (`.tlog-proof`). `extra` is carried along unauthenticated.
    pub fn receipt(&self, extra: Option<&[u8]>) -> String {
        let receipt = Receipt {
            extra: extra.map(<[u8]>::to_vec),
            index: self.index,
            proof: self.proof.clone(),
            checkpoint: self.checkpoint.to_string(),
        };
        receipt.to_string()
    }
}

/// An entry on its way into the ledger.
#[derive(Debug)]
pub struct Ticket {}

impl Ticket {
    /// Waits until the entry is durable and its checkpoint published.
    ///
    /// # Errors
    /// [`Error::Fatal`]: the ledger stopped; whether the entry is in it shows when it is opened anew.
    pub fn wait(self) -> Result<Appended, Error> {
        unimplemented!()
    }
}

/// Something that [`Ledger::check`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// What is wrong, with the values compared; names no entry's content.
    pub what: String,
}

/// The parts of a ledger on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The journal: entries in the order of their commits. Nothing else can replace it; restore it from a copy.
    Journal,
    /// The anchor: the newest head. Opening heals it from the journal while one of its two slots is whole.
    Anchor,
    /// The database: derived rows. [`Ledger::rebuild`] makes them anew.
    Store,
    /// The published checkpoint. Opening publishes it anew.
    Checkpoint,
}

/// What opening found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Sentences for the operator, one for each thing found; none after a clean stop.
    pub notes: Vec<String>,
    /// Journal records replayed into the database.
    pub replayed: u64,
    /// Whether the database was set aside and rebuilt.
    pub rebuilt: bool,
}

impl Ledger {
    /// Creates an empty ledger in `dir`: key, journal, database, anchor. Returns its public key (vkey).
    ///
    /// # Errors
    /// [`Error::Exists`] if any part of a ledger is there already; nothing is changed then.
    pub fn create(
        _dir: &Path,
        _origin: &str,
        _seed: &Seed,
        _options: &Options,
    ) -> Result<String, Error> {
        unimplemented!()
    }

    /// Opens a ledger and repairs what an interruption left: replays the journal, rebuilds the database if it must.
    ///
    /// # Errors
    /// Everything that makes signing unsafe: see [`Error`]. Then nothing is signed.
    pub fn open(_dir: &Path, _options: Options, _clock: Clock) -> Result<Self, Error> {
        unimplemented!()
    }

    /// Throws away the derived rows and opens the ledger, which replays all of the journal.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn rebuild(_dir: &Path, _options: Options, _clock: Clock) -> Result<Self, Error> {
        unimplemented!()
    }

    /// What opening found and did.
    pub fn recovery(&self) -> &Recovery {
        unimplemented!()
    }

    /// Appends an entry and waits for the answer. An entry that is there already is not stored again.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::EntrySize`]: nothing happened. [`Error::Fatal`]: unknown.
    pub fn append(&self, entry: Vec<u8>) -> Result<Appended, Error> {
        self.submit(entry)?.wait()
    }

    /// Hands in an entry without waiting for the answer.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn submit(&self, _entry: Vec<u8>) -> Result<Ticket, Error> {
        unimplemented!()
    }

    /// Appends many entries, in their order, waiting for room in the queue instead of answering `Busy`.
    ///
    /// # Errors
    /// The first error; entries before and after it may be in the ledger.
    pub fn append_all(&self, _entries: Vec<Vec<u8>>) -> Result<Vec<Appended>, Error> {
        unimplemented!()
    }

    /// How many entries are published.
    pub fn size(&self) -> u64 {
        unimplemented!()
    }

    /// The root over the published entries.
    pub fn root(&self) -> Hash {
        unimplemented!()
    }

    /// The newest published checkpoint, signed.
    pub fn checkpoint(&self) -> Arc<str> {
        unimplemented!()
    }

    /// The ledger's public key (vkey).
    pub fn vkey(&self) -> String {
        unimplemented!()
    }

    /// The ledger's name.
    pub fn origin(&self) -> &str {
        unimplemented!()
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// [`Error::Beyond`]; the store's.
    pub fn entry(&self, _index: u64) -> Result<Vec<u8>, Error> {
        unimplemented!()
    }

    /// Where an entry with these bytes is, if it is in the ledger and published.
    ///
    /// # Errors
    /// The store's.
    pub fn find(&self, _leaf: &Hash) -> Result<Option<u64>, Error> {
        unimplemented!()
    }

    /// The receipt of an entry against the newest checkpoint (`.tlog-proof`). `extra` is carried along unauthenticated.
    ///
    /// # Errors
    /// [`Error::Beyond`]; the store's.
    pub fn receipt(&self, _index: u64, _extra: Option<&[u8]>) -> Result<String, Error> {
        unimplemented!()
    }

    /// The proof that the tree of `size2` entries continues that of `size1`; empty for `size1 == 0`.
    ///
    /// # Errors
    /// [`Error::Beyond`] past the published size; the store's.
    pub fn consistency(&self, _size1: u64, _size2: u64) -> Result<Vec<Hash>, Error> {
        unimplemented!()
    }

    /// The first `width` hashes of a tile, as C2SP tlog-tiles serves them; none (404) beyond the published size.
    ///
    /// # Errors
    /// The store's.
    pub fn tile_bytes(
        &self,
        _level: u8,
        _index: u64,
        _width: u16,
    ) -> Result<Option<Vec<u8>>, Error> {
        unimplemented!()
    }

    /// The first `width` entries of a bundle, as C2SP tlog-tiles serves them; none (404) beyond the published size.
    ///
    /// # Errors
    /// The store's.
    pub fn bundle_bytes(&self, _index: u64, _width: u16) -> Result<Option<Vec<u8>>, Error> {
        unimplemented!()
    }

    /// The published entries of a range with their indices, in order; read as they are asked for.
    pub fn entries(
        &self,
        range: Range<u64>,
    ) -> impl Iterator<Item = Result<(u64, Vec<u8>), Error>> + '_ {
        range.map(|index| Ok((index, self.entry(index)?)))
    }

    /// Derives every tile, root and chain anew from the bytes on disk and compares all parts, contents included.
    /// `progress` hears how many of how many steps are done. Appends may go on meanwhile.
    ///
    /// # Errors
    /// What kept the check from being made; what it found wrong is in the answer.
    pub fn check(&self, _progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Fault>, Error> {
        unimplemented!()
    }
}
