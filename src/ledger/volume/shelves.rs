//! The store of a ledger on one machine: sealed volumes, and behind the last of them a database.
//! Whoever asks sees one store: a row that was sealed is answered from its volume, byte for byte as it was put.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash::Hash;
use crate::ledger::options::Options;
use crate::ledger::replay;
use crate::ledger::replay::Start;
use crate::ledger::rows;
use crate::ledger::rows::BUNDLES;
use crate::ledger::rows::LEAVES;
use crate::ledger::rows::PIECE_BYTES;
use crate::ledger::rows::TILES;
use crate::ledger::tile::WIDTH;
use crate::ledger::volume::Span;
use crate::ledger::volume::file::Volume;
use crate::store;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Row;
use crate::store::Space;
use crate::store::Store;
use crate::store::disk;
use crate::store::sled::SledStore;

/// Volumes, and the database behind them.
pub(crate) struct Shelves {
    files: Files,
    doublings: u32,
    cache_bytes: u64,
    inside: RwLock<Arc<Inside>>,
}

/// What readers see at one moment.
pub(crate) struct Inside {
    /// Each begins where the one before it ends, the first at 0.
    pub(crate) volumes: Vec<Arc<Volume>>,
    pub(crate) store: Arc<Database>,
}

/// A database. Once its entries are sealed, its directory goes with its last reader.
pub(crate) struct Database {
    store: Option<SledStore>,
    /// Set when its entries are sealed.
    discard: RwLock<Option<PathBuf>>,
}

impl Database {
    pub(crate) fn new(store: SledStore) -> Self {
        Self { store: Some(store), discard: RwLock::new(None) }
    }

    pub(crate) fn rows(&self) -> &SledStore {
        self.store.as_ref().expect("taken only when this is dropped")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The engine lets go of its files before they are removed.
        self.store = None;
        if let Some(directory) = self.discard.get_mut().unwrap_or_else(PoisonError::into_inner) {
            // What is left of it goes when the ledger is opened next.
            drop(std::fs::remove_dir_all(directory));
        }
    }
}

/// Entries in the volumes.
pub(crate) fn sealed(volumes: &[Arc<Volume>]) -> u64 {
    volumes.last().map_or(0, |volume| volume.span().end())
}

/// The journal record that goes on behind the volumes.
pub(crate) fn goes_on(volumes: &[Arc<Volume>]) -> u64 {
    volumes.last().map_or(0, |volume| volume.next())
}

/// Seals one more volume from the journal.
pub(crate) fn seal_next(files: &Files, volumes: &mut Vec<Arc<Volume>>, span: Span) -> Result<(), Error> {
    let directory = files.volumes();
    disk::create_directory(&directory)?;
    let (edge, _) = replay::foundation(volumes.iter().map(Arc::as_ref));
    // Twenty digits hold every u64, so that names sort as numbers do.
    let path = directory.join(format!("{:020}.vol", span.first()));
    volumes.push(Arc::new(replay::seal(&path, &files.journal(), span, &edge, goes_on(volumes))?));
    Ok(())
}

impl Shelves {
    pub(crate) fn new(files: Files, options: &Options, volumes: Vec<Arc<Volume>>, store: SledStore) -> Self {
        let inside = Inside { volumes, store: Arc::new(Database::new(store)) };
        Self {
            files,
            doublings: options.volume_doublings,
            cache_bytes: options.cache_bytes,
            inside: RwLock::new(Arc::new(inside)),
        }
    }

    /// What there is at this moment.
    pub(crate) fn inside(&self) -> Arc<Inside> {
        Arc::clone(&self.inside.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals what is ready, and goes on with a new database for what is not. Called between two commits.
    fn seal(&self) -> Result<(), Error> {
        let inside = self.inside();
        let Some(applied) = rows::applied(inside.store.rows())? else { return Ok(()) };
        let mut volumes = inside.volumes.clone();
        loop {
            let span = Span::next(sealed(&volumes), self.doublings);
            if span.end() > applied.size {
                break;
            }
            seal_next(&self.files, &mut volumes, span)?;
        }
        let behind = sealed(&volumes);
        if behind == sealed(&inside.volumes) {
            return Ok(());
        }
        // Crash from here on: opening finds the volumes, and makes this database in the same way.
        let path = self.files.store(behind);
        remove(&path)?;
        let store = SledStore::create(&path, &rows::SPACES, self.cache_bytes)?;
        let (edge, upper) = replay::foundation(volumes.iter().map(Arc::as_ref));
        let start = Start { applied: None, edge, upper, from: goes_on(&volumes) };
        replay::replay(&self.files.journal(), &store, start, applied.records)?;
        let next = Inside { volumes, store: Arc::new(Database::new(store)) };
        let old = self.files.store(sealed(&inside.volumes));
        *inside.store.discard.write().unwrap_or_else(PoisonError::into_inner) = Some(old);
        *self.inside.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

/// Removes a database, if there is one.
pub(crate) fn remove(directory: &std::path::Path) -> Result<(), disk::Error> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk::Error::at("remove", directory)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Inside {
    /// The volume that an entry lies in.
    fn volume_of(&self, entry: u64) -> Option<&Volume> {
        let at = self.volumes.partition_point(|volume| volume.span().end() <= entry);
        self.volumes.get(at).map(Arc::as_ref).filter(|volume| volume.span().holds(entry))
    }

    /// The bytes of a sealed bundle or tile whose rows begin with the key that the range begins with.
    fn sealed_piece(&self, space: Space, from: &[u8]) -> Result<Option<Row>, disk::Error> {
        let (key, found) = if space == BUNDLES {
            let Some(index) = from.first_chunk::<8>().map(|index| u64::from_be_bytes(*index)) else { return Ok(None) };
            let volume = index.checked_mul(u64::from(WIDTH)).and_then(|entry| self.volume_of(entry));
            (rows::bundle_key(index), volume.map(|volume| volume.bundle(index)))
        } else if space == TILES {
            let Some((level, rest)) = from.split_first() else { return Ok(None) };
            let Some(index) = rest.first_chunk::<8>().map(|index| u64::from_be_bytes(*index)) else { return Ok(None) };
            let width = 1_u64.checked_shl(8 * (u32::from(*level) + 1));
            let entry = width.and_then(|width| index.checked_mul(width));
            let volume = entry.and_then(|entry| self.volume_of(entry));
            (rows::tile_key(*level, index), volume.map(|volume| volume.tile(*level, index)))
        } else {
            return Ok(None);
        };
        Ok(found.transpose()?.flatten().map(|bytes| (key, bytes)))
    }
}

impl Store for Shelves {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, store::Error> {
        let inside = self.inside();
        if let Some(value) = inside.store.rows().get(space, key)? {
            return Ok(Some(value));
        }
        let Some(leaf) = <&Hash>::try_from(key).ok().filter(|_| space == LEAVES) else { return Ok(None) };
        // The newest first: what was registered lately is asked for most.
        for volume in inside.volumes.iter().rev() {
            if let Some(index) = volume.find(leaf)? {
                return Ok(Some(index.to_be_bytes().to_vec()));
            }
        }
        Ok(None)
    }

    /// A scan that begins in a sealed bundle or tile ends with it; every other one is the database's.
    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Row>, store::Error> {
        let inside = self.inside();
        let Some((key, bytes)) = inside.sealed_piece(space, &range.from)? else {
            return inside.store.rows().scan(space, range, limit, direction);
        };
        let pieces = (0_u16..).zip(bytes.chunks(PIECE_BYTES));
        let rows = pieces.map(|(number, piece)| ([key.as_slice(), &number.to_be_bytes()].concat(), piece.to_vec()));
        let within = |(key, _): &Row| *key >= range.from && range.to.as_ref().is_none_or(|to| key < to);
        let mut rows: Vec<Row> = rows.filter(within).collect();
        if direction == Direction::Descending {
            rows.reverse();
        }
        rows.truncate(limit);
        Ok(rows)
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, store::Error> {
        self.inside().store.rows().apply(batch, expect)
    }

    /// Syncs the database, and seals what is ready.
    fn sync(&self) -> Result<(), store::Error> {
        self.inside().store.rows().sync()?;
        self.seal().map_err(|error| store::Error::Engine(format!("a volume could not be sealed: {error}")))
    }
}
