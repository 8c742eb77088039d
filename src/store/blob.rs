//! Immutable documents, each under a name that its owner gives (lower-case hexadecimal); here as plain files.
//! Written beside, synced, renamed into place, directory synced: a name that exists holds all of its bytes.

use std::ffi::OsStr;
use std::fmt;
use std::fs::OpenOptions;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::store::disk;

/// Longest name, in characters: room for SHA-512.
pub const NAME_CHARS_MAX: usize = 128;

/// Documents that are put once and never changed; each name holds all of its bytes or nothing.
pub trait Blobs: Send + Sync + fmt::Debug {
    /// Stores `bytes` under `name`; durable when it returns. Putting the same bytes again changes nothing.
    ///
    /// # Errors
    /// [`Error::Differs`] if the name already holds other bytes: those are left as they are.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<Put, Error>;

    /// The bytes under `name`, if there are any.
    ///
    /// # Errors
    /// [`Error::Name`]; what the disk or the server answered.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Whether there is something under `name`.
    ///
    /// # Errors
    /// [`Error::Name`]; what the disk or the server answered.
    fn exists(&self, name: &str) -> Result<bool, Error>;

    /// Every name, sorted. What bears no valid name is not ours and is left out.
    ///
    /// # Errors
    /// What the disk or the server answered.
    fn list(&self) -> Result<Vec<String>, Error>;

    /// Removes what is under `name`, durably, and says whether there was anything.
    ///
    /// # Errors
    /// [`Error::Name`]; what the disk or the server answered.
    fn remove(&self, name: &str) -> Result<bool, Error>;
}

/// A directory of immutable files, `<first two characters>/<name>`. After an error of the disk it refuses every change.
#[derive(Debug)]
pub struct FileBlobs {
    directory: PathBuf,
    /// One held while a name is given its bytes, so that two writers of one name compare instead of overwriting. Names
    /// of different first digits do not wait for each other: a writer waits for the disk, and the disk takes many at once.
    naming: [Mutex<()>; LANES],
    /// Set by a failed write or sync: what the disk holds is unknown, and trying again would hide it.
    poisoned: AtomicBool,
}

/// A lane for each first digit of a name, so that all that lies in one subdirectory is in one lane.
const LANES: usize = 16;

/// How a blob that was put met the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was not there before.
    New,
    /// The same bytes were there under the same name.
    Existing,
}

impl FileBlobs {
    /// Creates the directory; it must not exist or be empty.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is anything already.
    pub fn create(directory: &Path) -> Result<Self, Error> {
        disk::create_directory(directory)?;
        if list_directory(directory)?.is_empty() {
            disk::create_directory(&directory.join(TEMPORARY))?;
            Self::open(directory)
        } else {
            Err(Error::Exists(directory.to_owned()))
        }
    }

    /// Opens a directory that was created before. Nothing in it is touched: another process may have it open.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is none.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        if !directory.join(TEMPORARY).is_dir() {
            return Err(Error::Missing(directory.to_owned()));
        }
        Ok(Self { directory: directory.to_owned(), naming: Default::default(), poisoned: AtomicBool::new(false) })
    }

    /// Clears away what interrupted `put`s left. Only for a process that no other has the directory open beside.
    ///
    /// # Errors
    /// The disk's.
    pub fn clear_away(&self) -> Result<(), Error> {
        let temporary = self.directory.join(TEMPORARY);
        for name in list_directory(&temporary)? {
            let path = temporary.join(name);
            std::fs::remove_file(&path).map_err(disk::Error::at("remove", &path))?;
        }
        Ok(())
    }

    /// Opens a directory to be read only, beside whoever writes it: nothing is cleared away, every change is refused.
    ///
    /// # Errors
    /// None; what is not there is empty.
    pub fn read_only(directory: &Path) -> Result<Self, Error> {
        Ok(Self { directory: directory.to_owned(), naming: Default::default(), poisoned: AtomicBool::new(true) })
    }

    fn put_at(&self, name: &str, path: &Path, bytes: &[u8]) -> Result<Put, Error> {
        if let Some(present) = read(path)? {
            return if present == bytes {
                // An earlier put may have been cut off between the rename and the sync of its directory.
                disk::sync_name(path)?;
                Ok(Put::Existing)
            } else {
                Err(Error::Differs { name: name.to_owned() })
            };
        }
        // Another process, where several share the directory, writes under another name.
        let temporary = self.directory.join(TEMPORARY).join(format!("{name}.{}", std::process::id()));
        // A put that failed earlier in this process may have left its file; nobody else writes under this lock.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(disk::Error::at("remove", &temporary)(error).into());
            }
            Ok(()) | Err(_) => {}
        }
        // Its name of now need not be durable: it gets another, and an interrupted put is cleared away.
        disk::write_unnamed(&temporary, bytes, &mut OpenOptions::new())?;
        if let Some(parent) = path.parent() {
            disk::create_directory(parent)?;
        }
        std::fs::rename(&temporary, path).map_err(disk::Error::at("rename", path))?;
        disk::sync_name(path)?;
        Ok(Put::New)
    }

    /// Runs a change of what lies under `name`, one at a time. A failure of the disk ends all changes.
    fn change<T>(&self, name: &str, run: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
        let path = self.path(name)?;
        let lane = name.chars().next().and_then(|digit| digit.to_digit(16)).and_then(|lane| usize::try_from(lane).ok());
        let lane = lane.and_then(|lane| self.naming.get(lane)).ok_or(Error::Name)?;
        let _naming = lane.lock().unwrap_or_else(PoisonError::into_inner);
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned);
        }
        let done = run(&path);
        if matches!(done, Err(Error::Disk(_))) {
            self.poisoned.store(true, Ordering::Release);
        }
        done
    }

    /// Where `name` lies. Only hexadecimal gets here, so that no name leads out of the directory.
    fn path(&self, name: &str) -> Result<PathBuf, Error> {
        Ok(self.directory.join(place(name)?))
    }
}

impl Blobs for FileBlobs {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<Put, Error> {
        self.change(name, |path| self.put_at(name, path, bytes))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(read(&self.path(name)?)?)
    }

    fn exists(&self, name: &str) -> Result<bool, Error> {
        let path = self.path(name)?;
        Ok(path.try_exists().map_err(disk::Error::at("look at", &path))?)
    }

    fn list(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        if !self.directory.is_dir() {
            return Ok(names);
        }
        for shelf in list_directory(&self.directory)? {
            if shelf == TEMPORARY || !self.directory.join(&shelf).is_dir() {
                continue;
            }
            let found = list_directory(&self.directory.join(&shelf))?;
            names.extend(found.into_iter().filter(|name| valid(name) && name.starts_with(&shelf)));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, name: &str) -> Result<bool, Error> {
        self.change(name, |path| match std::fs::remove_file(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(disk::Error::at("remove", path)(error).into()),
            Ok(()) => {
                disk::sync_name(path)?;
                Ok(true)
            }
        })
    }
}

/// Why the blobs could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Creating found something already there.
    #[error("will not create a blob directory over {}", .0.display())]
    Exists(PathBuf),
    /// Opening found no blob directory.
    #[error("there is no blob directory in {}", .0.display())]
    Missing(PathBuf),
    /// The name is not lower-case hexadecimal of an even length from 4 to [`NAME_CHARS_MAX`].
    #[error("a blob's name is 4 to {NAME_CHARS_MAX} lower-case hexadecimal digits, an even number")]
    Name,
    /// Other bytes are stored under the name.
    #[error("other bytes are already stored as {name}")]
    Differs {
        /// The name.
        name: String,
    },
    /// The server cannot be used at the moment. Whether a change was made is unknown; making it again is safe.
    #[error("the object store cannot be used at the moment: {0}")]
    Unavailable(String),
    /// The server does not let us: another key, other rights, another bucket are needed. Nothing was changed.
    #[error("the object store refuses: {0}")]
    Refused(String),
    /// An earlier change failed so that the state on disk is unknown.
    #[error("the blob directory stopped after an earlier failure and must be opened anew")]
    Poisoned,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

/// Where what bears this name lies in a directory of blobs.
///
/// # Errors
/// [`Error::Name`]
pub fn place(name: &str) -> Result<PathBuf, Error> {
    match name.get(..SHELF_CHARS) {
        Some(shelf) if valid(name) => Ok(Path::new(shelf).join(name)),
        Some(_) | None => Err(Error::Name),
    }
}

/// Where blobs are written before they get their place.
pub const TEMPORARY: &str = "tmp";

/// So many first characters name the subdirectory: 256 of them keep each small up to some million blobs.
const SHELF_CHARS: usize = 2;

pub(crate) fn valid(name: &str) -> bool {
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (2 * SHELF_CHARS..=NAME_CHARS_MAX).contains(&name.len())
        && name.len().is_multiple_of(2)
        && name.bytes().all(hexadecimal)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, disk::Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::at("read", path)(error)),
    }
}

/// The names in a directory that are text; ours all are.
fn list_directory(path: &Path) -> Result<Vec<String>, disk::Error> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(disk::Error::at("list", path))? {
        let name = entry.map_err(disk::Error::at("list", path))?.file_name();
        names.extend(OsStr::to_str(&name).map(str::to_owned));
    }
    Ok(names)
}
