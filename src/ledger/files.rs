//! Where the parts of a ledger lie on disk, and the parts that are plain files: key, lock, published checkpoint.
//! LEDGER.md 6.1; creating refuses if any part is there already (6.3 I4).

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::ledger::error::Error;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::keys::Keys;
use crate::ledger::note::Seed;
use crate::ledger::options::Options;
use crate::ledger::record::Anchored;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::rows;
use crate::ledger::succession::Succession;
use crate::store::anchor::Anchor;
use crate::store::disk;
use crate::store::journal::Journal;
use crate::store::sled::SledStore;

/// The ledger's lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// Closing alone would not do: a process that is just being started has a copy of the descriptor for a moment.
    fn drop(&mut self) {
        // If this fails, the lock is given back when the last copy is closed.
        drop(self.0.unlock());
    }
}

/// The paths of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    directory: PathBuf,
    anchor: PathBuf,
}

impl Files {
    pub(crate) fn new(directory: &Path, options: &Options) -> Self {
        let beside = || directory.join("head.anchor");
        Self { directory: directory.to_owned(), anchor: options.anchor.clone().unwrap_or_else(beside) }
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.directory.join("key")
    }

    /// The key that is to take over, from before it is in the ledger until it has.
    pub(crate) fn next_key(&self) -> PathBuf {
        self.directory.join("key.next")
    }

    /// The changes of keys with their proofs; where there is no such file, the key was never changed.
    pub(crate) fn succession(&self) -> PathBuf {
        self.directory.join("succession")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.directory.join("lock")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.directory.join("journal")
    }

    /// The database that begins behind so many sealed entries.
    pub(crate) fn store(&self, sealed: u64) -> PathBuf {
        match sealed {
            0 => self.directory.join("store"),
            _ => self.directory.join(format!("store-{sealed}")),
        }
    }

    /// When scrubbing had read everything last.
    pub(crate) fn scrubbed(&self) -> PathBuf {
        self.directory.join("scrubbed")
    }

    /// The sealed volumes.
    pub(crate) fn volumes(&self) -> PathBuf {
        self.directory.join("volumes")
    }

    /// Every database there is, with how many sealed entries it begins behind.
    pub(crate) fn stores(&self) -> Result<Vec<(u64, PathBuf)>, Error> {
        let listed = disk::Error::at("list", &self.directory);
        let begins = |path: &Path| match path.file_name()?.to_str()?.strip_prefix("store")? {
            "" => Some(0),
            sealed => sealed.strip_prefix('-')?.parse().ok(),
        };
        let mut stores = Vec::new();
        let read = std::fs::read_dir(&self.directory).and_then(|mut entries| {
            entries.try_for_each(|entry| {
                let path = entry?.path();
                stores.extend(begins(&path).map(|sealed| (sealed, path)));
                Ok(())
            })
        });
        read.map_err(listed)?;
        Ok(stores)
    }

    pub(crate) fn anchor(&self) -> &Path {
        &self.anchor
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.directory.join("checkpoint")
    }

    /// The newest cosigned checkpoint.
    pub(crate) fn cosigned(&self) -> PathBuf {
        self.directory.join("cosigned")
    }

    /// A name beside a derived part that nothing bears yet.
    pub(crate) fn aside(&self, part: &str) -> PathBuf {
        let names = (1_u64..).map(|number| self.directory.join(format!("{part}.aside-{number}")));
        let mut free = names.filter(|path| !path.exists());
        free.next().expect("there are more numbers than directories")
    }

    /// Takes the lock, which the system gives back when the process ends, however it ends.
    pub(crate) fn take_lock(&self) -> Result<Lock, Error> {
        let path = self.lock();
        let file = match OpenOptions::new().write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Missing(path));
            }
            opened => opened.map_err(disk::Error::at("open", &path))?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(path)),
            Err(TryLockError::Error(error)) => Err(disk::Error::at("lock", &path)(error).into()),
        }
    }

    /// Reads the signing keys, and how they came to be those.
    pub(crate) fn read_keys(&self) -> Result<Keys, Error> {
        let path = self.key();
        let text = read_if_there(&path)?.ok_or(Error::Missing(path))?;
        Ok(Keys::from_private(text.trim_end())?.after(self.read_succession()?))
    }

    /// Reads the keys that are to take over; none where none are.
    pub(crate) fn read_next_keys(&self) -> Result<Option<Keys>, Error> {
        read_if_there(&self.next_key())?.map(|text| Keys::from_private(text.trim_end())).transpose()
    }

    /// Reads the changes of keys.
    pub(crate) fn read_succession(&self) -> Result<Succession, Error> {
        let path = self.succession();
        let text = read_if_there(&path)?.unwrap_or_default();
        text.parse().map_err(|error| Error::Damaged(format!("{}: {error}", path.display())))
    }

    /// Publishes a checkpoint: whoever reads sees the old one or the new one. Not synced: opening publishes it anew.
    pub(crate) fn publish(&self, note: &str) -> Result<(), Error> {
        Ok(disk::replace_unsynced(&self.checkpoint(), note.as_bytes())?)
    }

    /// What a backup copies, in order; the journal's names sort as their numbers do.
    pub(crate) fn backup(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = vec![self.key(), self.lock(), self.anchor.clone(), self.checkpoint()];
        let journal = self.journal();
        let entries = std::fs::read_dir(&journal).map_err(disk::Error::at("list", &journal))?;
        let mut segments = Vec::new();
        for entry in entries {
            segments.push(entry.map_err(disk::Error::at("list", &journal))?.path());
        }
        segments.sort_unstable();
        files.extend(segments);
        Ok(files)
    }

    /// Creates what one process of a shared ledger keeps for itself: the key and the lock.
    pub(crate) fn create_member(&self, origin: &str, seed: &Seed) -> Result<Keys, Error> {
        let keys = Keys::new(origin, seed)?;
        if let Some(part) = [self.key(), self.lock()].into_iter().find(|part| part.symlink_metadata().is_ok()) {
            return Err(Error::Exists(part));
        }
        disk::create_directory(&self.directory)?;
        disk::write_new(&self.lock(), b"", &mut OpenOptions::new())?;
        disk::write_new(&self.key(), keys.to_private().as_bytes(), OpenOptions::new().mode(0o600))?;
        Ok(keys)
    }

    /// Creates what one process of a shared ledger keeps for itself, with the key of another ledger.
    pub(crate) fn copy_member(&self, from: &Self) -> Result<Keys, Error> {
        if let Some(part) = [self.key(), self.lock()].into_iter().find(|part| part.symlink_metadata().is_ok()) {
            return Err(Error::Exists(part));
        }
        disk::create_directory(&self.directory)?;
        disk::write_new(&self.lock(), b"", &mut OpenOptions::new())?;
        let key = std::fs::read(from.key()).map_err(disk::Error::at("read", &from.key()))?;
        disk::write_new(&self.key(), &key, OpenOptions::new().mode(0o600))?;
        let succession = from.read_succession()?;
        if !succession.is_empty() {
            disk::replace(&self.succession(), succession.to_string().as_bytes())?;
        }
        self.read_keys()
    }

    /// Creates every part of an empty ledger, the anchor last: without it nothing opens what is here.
    pub(crate) fn create(&self, origin: &str, seed: &Seed, options: &Options) -> Result<String, Error> {
        self.create_with(&Keys::new(origin, seed)?, options)
    }

    /// As `create`, with keys that there are already.
    pub(crate) fn create_with(&self, keys: &Keys, options: &Options) -> Result<String, Error> {
        let derived = [self.store(0), self.volumes(), self.checkpoint()];
        let keys_of_then = [self.succession(), self.next_key()];
        let parts = [self.key(), self.lock(), self.journal(), self.anchor.clone()].into_iter();
        let parts = parts.chain(derived).chain(keys_of_then);
        for part in parts {
            if part.symlink_metadata().is_ok() {
                return Err(Error::Exists(part));
            }
        }
        disk::create_directory(&self.directory)?;
        disk::write_new(&self.lock(), b"", &mut OpenOptions::new())?;
        let _lock = self.take_lock()?;
        disk::write_new(&self.key(), keys.to_private().as_bytes(), OpenOptions::new().mode(0o600))?;
        let vkey = keys.verifier().to_string();
        let genesis = Record::Genesis { vkey: vkey.clone() };
        let mut journal = Journal::create(&self.journal(), options.journal_segment_bytes)?;
        let mark = journal.append(&[&genesis.encode()])?;
        SledStore::create(&self.store(0), &rows::SPACES, options.cache_bytes)?;
        let head = Head { size: 0, root: EMPTY_ROOT, mark, time: Timestamp::UNIX_EPOCH };
        Anchor::create(&self.anchor, &Anchored::certain(head).encode())?;
        Ok(vkey)
    }
}

/// A file's text; none where there is no such file.
fn read_if_there(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => Ok(Some(read.map_err(disk::Error::at("read", path))?)),
    }
}
