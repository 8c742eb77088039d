//! The store of a ledger on one machine: sealed volumes, databases that are full and being sealed, and one that grows.
//! Whoever asks sees one store: a row that was sealed is answered from its volume, byte for byte as it was put.
//!
//! A database takes the entries of one volume. The commit that fills it turns to the next, which costs that commit a
//! few rows: no commit reaches over a volume's end. The full one is sealed by the keeper, from the journal, while
//! commits go on in the next; it answers until its volume does, and is then removed.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::ledger::edge::Edge;
use crate::ledger::edge::hashes_at;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash::Hash;
use crate::ledger::options::Options;
use crate::ledger::record::Applied;
use crate::ledger::replay;
use crate::ledger::rows;
use crate::ledger::rows::BUNDLES;
use crate::ledger::rows::LEAVES;
use crate::ledger::rows::PIECE_BYTES;
use crate::ledger::rows::TILES;
use crate::ledger::tile::WIDTH;
use crate::ledger::volume::Span;
use crate::ledger::volume::database::Database;
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

/// Full databases that wait to be sealed, at most; then commits wait. Each holds memory, and makes the next opening long.
const FULL_MAX: usize = 2;

/// Volumes, and the databases behind them.
pub(crate) struct Shelves {
    files: Files,
    doublings: u32,
    cache_bytes: u64,
    inside: RwLock<Arc<Inside>>,
    /// The database that the next turn goes on with, and how many entries it begins behind.
    ready: Mutex<Option<(u64, Database)>>,
}

/// What readers see at one moment.
#[derive(Clone)]
pub(crate) struct Inside {
    /// Each begins where the one before it ends, the first at 0.
    pub(crate) volumes: Vec<Arc<Volume>>,
    /// Those behind the volumes, oldest first, each with the entries that will make its volume.
    pub(crate) full: Vec<(Span, Arc<Database>)>,
    /// The entries that the growing one takes.
    open: Span,
    pub(crate) store: Arc<Database>,
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
    pub(crate) fn new(files: Files, options: &Options, volumes: Vec<Arc<Volume>>, store: Database) -> Self {
        let doublings = options.volume_doublings;
        let open = Span::next(sealed(&volumes), doublings);
        let inside = Inside { volumes, full: Vec::new(), open, store: Arc::new(store) };
        let (inside, ready) = (RwLock::new(Arc::new(inside)), Mutex::new(None));
        Self { files, doublings, cache_bytes: options.cache_bytes, inside, ready }
    }

    /// What there is at this moment.
    pub(crate) fn inside(&self) -> Arc<Inside> {
        Arc::clone(&self.inside.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut inside));
    }

    /// The size that no commit may reach over.
    pub(crate) fn end(&self) -> u64 {
        self.inside().open.end()
    }

    /// Whether so much waits to be sealed that commits should.
    pub(crate) fn is_crowded(&self) -> bool {
        self.inside().full.len() > FULL_MAX
    }

    /// Goes on with a new database if the tree has reached the end of the one that grows; says whether it did.
    pub(crate) fn turn(&self, edge: &Edge, applied: Applied) -> Result<bool, Error> {
        let inside = self.inside();
        if applied.size < inside.open.end() {
            return Ok(false);
        }
        let mut upper = Vec::new();
        for (level, index) in inside.above(applied.size) {
            let hashes = rows::tile(self, level, index, usize::from(WIDTH))?;
            upper.push((level, index, hashes.ok_or_else(|| Error::Damaged(format!("tile {index} of level {level}")))?));
        }
        // Held until it is in use: the keeper must not make it once more.
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match ready.take() {
            Some((begins, store)) if begins == applied.size => store,
            Some(_) | None => self.create(applied.size)?,
        };
        replay::found(&store, edge, upper, applied)?;
        // Crash from here on: opening seals what is full, and finds this database or makes it in the same way.
        store.discard(None);
        self.change(|inside| {
            let store = std::mem::replace(&mut inside.store, Arc::new(store));
            inside.full.push((inside.open, store));
            inside.open = Span::next(applied.size, self.doublings);
        });
        Ok(true)
    }

    /// A new database, removed again unless it is put to use.
    fn create(&self, behind: u64) -> Result<Database, Error> {
        let path = self.files.store(behind);
        remove(&path)?;
        let store = Database::new(SledStore::create(&path, &rows::SPACES, self.cache_bytes)?);
        store.discard(Some(path));
        Ok(store)
    }

    /// The keeper's work: syncs the database, seals what is full, makes the next database ready.
    pub(crate) fn keep(&self) -> Result<(), Error> {
        self.sync()?;
        while let Some((span, store)) = self.inside().full.first() {
            let mut volumes = self.inside().volumes.clone();
            seal_next(&self.files, &mut volumes, *span)?;
            // Crash before: opening finds the volume and removes the database.
            store.discard(Some(self.files.store(span.first())));
            self.change(|inside| {
                inside.volumes = volumes;
                inside.full.remove(0);
            });
        }
        self.make_ready()
    }

    /// Makes the next database while there is time: when the one that grows is half full.
    fn make_ready(&self) -> Result<(), Error> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = self.inside();
        let (end, half) = (inside.open.end(), inside.open.entries() / 2);
        let applied = rows::applied(inside.store.as_ref())?;
        if ready.is_none() && applied.is_some_and(|applied| applied.size + half >= end) {
            *ready = Some((end, self.create(end)?));
        }
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

    /// The full database that a row of this level of tiles over this entry lies in.
    fn full_of(&self, entry: u64, level: u8) -> Option<&Database> {
        let found = self.full.iter().find(|(span, _)| span.holds(entry) && level < span.levels());
        found.map(|(_, store)| store.as_ref())
    }

    /// The full tiles of a tree of this size that reach beyond one volume: every database holds all of them.
    fn above(&self, size: u64) -> Vec<(u8, u64)> {
        let spans = || {
            let volumes = self.volumes.iter().map(|volume| volume.span());
            volumes.chain(self.full.iter().map(|(span, _)| *span)).chain([self.open])
        };
        let mut above = Vec::new();
        for level in (1..u8::MAX).take_while(|level| hashes_at(size, *level) > 0) {
            // Spans of few levels are few, or there are few tiles: both are looked through.
            let shift = 8 * (u32::from(level) + 1);
            let within: Vec<Span> = spans().filter(|span| level < span.levels()).collect();
            let full = 0..size.checked_shr(shift).unwrap_or(0);
            let within = |index: &u64| within.iter().any(|span| span.holds(index << shift));
            above.extend(full.filter(|index| !within(index)).map(|index| (level, index)));
        }
        above
    }

    /// The database that a row lies in: a full one, or the one that grows.
    fn rows_of(&self, space: Space, from: &[u8]) -> &Database {
        let full = match place_of(space, from) {
            Some((level, _, entry)) => self.full_of(entry, level),
            None => None,
        };
        full.unwrap_or(&self.store)
    }

    /// The bytes of a sealed bundle or tile whose rows begin with the key that the range begins with.
    fn sealed_piece(&self, space: Space, from: &[u8]) -> Result<Option<Row>, disk::Error> {
        let Some((level, index, entry)) = place_of(space, from) else { return Ok(None) };
        let Some(volume) = self.volume_of(entry) else { return Ok(None) };
        let (key, found) = if space == BUNDLES {
            (rows::bundle_key(index), volume.bundle(index))
        } else {
            (rows::tile_key(level, index), volume.tile(level, index))
        };
        Ok(found?.map(|bytes| (key, bytes)))
    }
}

/// The level, number and first entry of the bundle or tile that a key belongs to; bundles lie at level 0.
fn place_of(space: Space, key: &[u8]) -> Option<(u8, u64, u64)> {
    let (level, rest) = match space {
        BUNDLES => (0, key),
        TILES => key.split_first().map(|(level, rest)| (*level, rest))?,
        _ => return None,
    };
    let index = u64::from_be_bytes(*rest.first_chunk::<8>()?);
    let width = 1_u64.checked_shl(8 * (u32::from(level) + 1))?;
    Some((level, index, index.checked_mul(width)?))
}

impl Store for Shelves {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, store::Error> {
        let inside = self.inside();
        if let Some(value) = inside.store.get(space, key)? {
            return Ok(Some(value));
        }
        let Some(leaf) = <&Hash>::try_from(key).ok().filter(|_| space == LEAVES) else { return Ok(None) };
        // The newest first: what was registered lately is asked for most.
        for (_, store) in inside.full.iter().rev() {
            if let Some(value) = store.get(space, key)? {
                return Ok(Some(value));
            }
        }
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
            return inside.rows_of(space, &range.from).scan(space, range, limit, direction);
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
        self.inside().store.apply(batch, expect)
    }

    /// Syncs the database that grows. Whatever else there is was durable before, or is in the journal.
    fn sync(&self) -> Result<(), store::Error> {
        self.inside().store.sync()
    }
}
