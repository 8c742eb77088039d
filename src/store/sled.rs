//! A store on sled 0.34.7, with the fsyncs that sled itself leaves out.
//! LEDGER.md section 5: sled's `flush` is `sync_file_range`, which covers neither the file's growth nor the drive.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sled::IVec;
use sled::Transactional;
use sled::Tree;
use sled::transaction::ConflictableTransactionError;
use sled::transaction::TransactionError;

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
use crate::store::disk;
use crate::store::key_within_limits;

/// What sled may keep in memory by default, in bytes. Observed use is two to four times as much.
pub const CACHE_BYTES: u64 = 16_000_000;

/// One sled database in a directory of its own.
pub struct SledStore {
    db: sled::Db,
    trees: Vec<(Space, Tree)>,
    directory: PathBuf,
    /// Our own descriptor of sled's one file, so that we can really sync it.
    file: File,
    /// Blob files already synced. A leaf of large values outgrows 128 KiB and becomes a file that sled never syncs.
    blobs: Mutex<BTreeSet<OsString>>,
    poisoned: AtomicBool,
}

impl SledStore {
    /// Creates a database in `directory`, which must not exist or be empty, with these spaces.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is anything already; what sled or the system answered.
    pub fn create(directory: &Path, spaces: &[Space], cache_bytes: u64) -> Result<Self, Error> {
        disk::create_directory(directory)?;
        let mut entries = std::fs::read_dir(directory).map_err(disk::Error::at("list", directory))?;
        if entries.next().is_some() {
            return Err(Error::Exists(directory.to_owned()));
        }
        let store = Self::start(directory, spaces, cache_bytes)?;
        store.sync()?;
        for name in ["conf", "db"] {
            let path = directory.join(name);
            let file = File::open(&path).map_err(disk::Error::at("open", &path))?;
            file.sync_all().map_err(disk::Error::at("sync", &path))?;
        }
        disk::sync_directory(directory)?;
        disk::sync_name(directory)?;
        Ok(store)
    }

    /// Opens a database that was created before.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is none, [`Error::InUse`] where another process has it; [`Error::Disk`] where the
    /// system refused, [`Error::Engine`] where sled could not read, or panicked over, what it found.
    pub fn open(directory: &Path, spaces: &[Space], cache_bytes: u64) -> Result<Self, Error> {
        // sled would create what is missing and call it a database: an empty one is never an answer here.
        if !directory.join("db").is_file() || !directory.join("conf").is_file() {
            return Err(Error::Missing(directory.to_owned()));
        }
        Self::start(directory, spaces, cache_bytes)
    }

    fn start(directory: &Path, spaces: &[Space], cache_bytes: u64) -> Result<Self, Error> {
        let config = sled::Config::new().path(directory).cache_capacity(cache_bytes).flush_every_ms(None);
        let open = || {
            let db = config.open()?;
            let trees = spaces.iter().map(|space| Ok((*space, db.open_tree(space.0)?)));
            let trees = trees.collect::<Result<Vec<_>, sled::Error>>()?;
            Ok::<_, sled::Error>((db, trees))
        };
        let mut tries = LOCK_TRIES;
        let (db, trees) = loop {
            tries -= 1;
            match catch_unwind(AssertUnwindSafe(open)) {
                Err(_) => return Err(Error::Engine("sled panicked while opening".to_owned())),
                Ok(Ok(opened)) => break opened,
                Ok(Err(error)) if is_locked(&error) && tries == 0 => {
                    return Err(Error::InUse(directory.to_owned()));
                }
                Ok(Err(error)) if is_locked(&error) => std::thread::sleep(LOCK_PAUSE),
                Ok(Err(error)) => return Err(failed("open the database in", directory, error)),
            }
        };
        let path = directory.join("db");
        Ok(Self {
            db,
            trees,
            file: File::open(&path).map_err(disk::Error::at("open", &path))?,
            directory: directory.to_owned(),
            blobs: Mutex::new(BTreeSet::new()),
            poisoned: AtomicBool::new(false),
        })
    }

    /// Runs one call into sled. Its errors and panics poison the store: what they left behind is unknown.
    fn call<T>(&self, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned);
        }
        let answer =
            catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(Error::Engine("sled panicked".to_owned())));
        if answer.is_err() {
            self.poisoned.store(true, Ordering::Release);
        }
        answer
    }

    /// An answer of sled's, of this database.
    fn engine(&self, error: sled::Error) -> Error {
        failed("use the database in", &self.directory, error)
    }

    fn tree(&self, space: Space) -> Result<&Tree, Error> {
        let found = self.trees.iter().find(|(name, _)| *name == space);
        found.map(|(_, tree)| tree).ok_or(Error::UnknownSpace(space.0))
    }

    /// Syncs the blob files that appeared since the last time, and their names.
    fn sync_blobs(&self) -> Result<(), Error> {
        let directory = self.directory.join("blobs");
        let mut synced = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut present = BTreeSet::new();
        for entry in std::fs::read_dir(&directory).map_err(disk::Error::at("list", &directory))? {
            let entry = entry.map_err(disk::Error::at("list", &directory))?;
            let name = entry.file_name();
            if !synced.contains(&name) {
                match File::open(entry.path()) {
                    // sled may remove a blob at any time.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    opened => {
                        opened.and_then(|file| file.sync_all()).map_err(disk::Error::at("sync", &entry.path()))?
                    }
                }
            }
            present.insert(name);
        }
        if present.iter().any(|name| !synced.contains(name)) {
            disk::sync_directory(&directory)?;
        }
        *synced = present;
        Ok(())
    }
}

/// sled's lock may outlive its owner for a moment, where a process is just being started with a copy of it.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Whether somebody else holds sled's lock, which sled only says in words.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

/// What the system refuses (rights, space, descriptors) says nothing about the bytes on disk. sled gives some of its
/// answers on in words of its own, with their kind alone.
fn failed(doing: &'static str, directory: &Path, error: sled::Error) -> Error {
    match error {
        sled::Error::Io(error) if error.raw_os_error().is_some() || disk::is_full(&error) => {
            disk::Error::at(doing, directory)(error).into()
        }
        sled::Error::Io(_)
        | sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. } => Error::Engine(error.to_string()),
    }
}

/// Bounds as sled's `range` takes them.
fn bounds(range: &KeyRange) -> (std::ops::Bound<&[u8]>, std::ops::Bound<&[u8]>) {
    let to = range.to.as_deref();
    (std::ops::Bound::Included(range.from.as_slice()), to.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded))
}

impl Store for SledStore {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        key_within_limits(key)?;
        let tree = self.tree(space)?;
        let value = self.call(|| tree.get(key).map_err(|error| self.engine(error)))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, range: &KeyRange, limit: usize, direction: Direction) -> Result<Vec<Row>, Error> {
        let tree = self.tree(space)?;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let owned = |row: Result<(IVec, IVec), sled::Error>| {
            row.map(|(key, value)| (key.to_vec(), value.to_vec())).map_err(|error| self.engine(error))
        };
        self.call(|| {
            let found = tree.range::<&[u8], _>(bounds(range));
            match direction {
                Direction::Ascending => found.take(limit).map(owned).collect(),
                Direction::Descending => found.rev().take(limit).map(owned).collect(),
            }
        })
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, Error> {
        batch.within_limits()?;
        // The trees that take part, each once, and for every change the place of its tree among them.
        let mut spaces: Vec<Space> = batch.changes().iter().map(|(space, _, _)| *space).collect();
        spaces.extend(expect.map(|expect| expect.space));
        spaces.sort_unstable();
        spaces.dedup();
        let trees = spaces.iter().map(|space| self.tree(*space)).collect::<Result<Vec<_>, _>>()?;
        if trees.is_empty() {
            return Ok(Outcome::Applied);
        }
        let place = |space: &Space| spaces.binary_search(space).expect("every space named was collected above");
        self.call(|| {
            let done = trees.as_slice().transaction(|views| {
                let view = |space: &Space| views.get(place(space)).expect("one view for each tree");
                if let Some(expect) = expect
                    && view(&expect.space).get(&expect.key)?.as_deref() != expect.value.as_deref()
                {
                    return Err(ConflictableTransactionError::Abort(()));
                }
                for (space, key, change) in batch.changes() {
                    match change {
                        Change::Put(value) => view(space).insert(key.as_slice(), value.as_slice())?,
                        Change::Delete => view(space).remove(key.as_slice())?,
                    };
                }
                Ok(())
            });
            match done {
                Ok(()) => Ok(Outcome::Applied),
                Err(TransactionError::Abort(())) => Ok(Outcome::Conflict),
                Err(TransactionError::Storage(error)) => Err(self.engine(error)),
            }
        })
    }

    fn sync(&self) -> Result<(), Error> {
        self.call(|| {
            self.db.flush().map_err(|error| self.engine(error))?;
            self.sync_blobs()?;
            let synced = self.file.sync_all();
            synced.map_err(disk::Error::at("sync", &self.directory.join("db")))?;
            Ok(())
        })
    }
}
