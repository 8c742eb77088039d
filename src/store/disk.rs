//! Files and directories that survive a power cut: what must be synced, and in which order.
//! POSIX `fsync`, and the rules that ext4 and XFS add: a new name is durable only when its directory is.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// A file operation that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {source}", .path.display())]
pub struct Error {
    /// What was tried, as a verb.
    pub doing: &'static str,
    /// On which file or directory.
    pub path: PathBuf,
    /// What the system answered.
    #[source]
    pub source: std::io::Error,
}

impl Error {
    /// Puts what was tried, and on what, around the system's answer. For `map_err`.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self { doing, path: path.to_owned(), source }
    }
}

/// Bytes that whoever runs this may still write where `path` is; none where the system does not tell.
pub fn free(path: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(path).ok()?;
    Some(told.f_bavail.saturating_mul(told.f_frsize))
}

/// Whether that is what the system answers where there is no room left.
pub fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// What the system answered, of all that lies behind an error.
pub fn answers<'e>(error: &'e (dyn std::error::Error + 'static)) -> impl Iterator<Item = &'e std::io::Error> {
    std::iter::successors(Some(error), |error| error.source()).filter_map(<dyn std::error::Error>::downcast_ref)
}

/// Bytes that a database needs at least, to be made anew.
const ROOM: usize = 1 << 20;

/// Whether there is room beside `path` for a part that is made anew, found by writing as much and removing it: what is
/// set aside on a full disk is missed, and nothing comes in its place.
///
/// # Errors
/// What the system answered.
pub fn has_room(path: &Path) -> Result<(), Error> {
    let trial = path.with_extension("room");
    let written = std::fs::write(&trial, vec![0; ROOM]).map_err(Error::at("find room at", path));
    match std::fs::remove_file(&trial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            written.and(Err(Error::at("remove", &trial)(error)))
        }
        Ok(()) | Err(_) => written,
    }
}

/// Makes the names in a directory durable.
///
/// # Errors
/// What the system answered.
pub fn sync_directory(path: &Path) -> Result<(), Error> {
    let directory = File::open(path).map_err(Error::at("open", path))?;
    directory.sync_all().map_err(Error::at("sync", path))
}

/// Makes the name of `path` durable, by its directory.
///
/// # Errors
/// What the system answered.
pub fn sync_name(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_directory(Path::new(".")),
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}

/// Creates a directory, and those above it, durably. One that is there already is left as it is.
///
/// # Errors
/// What the system answered.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_directory(parent)?;
    }
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::at("create", path)(error)),
        Ok(()) | Err(_) => sync_name(path),
    }
}

/// Writes a file that must not exist yet, durably. `options` carries its mode.
///
/// # Errors
/// What the system answered; `AlreadyExists` if there is such a file.
pub fn write_new(path: &Path, bytes: &[u8], options: &mut OpenOptions) -> Result<(), Error> {
    write_unnamed(path, bytes, options)?;
    sync_name(path)
}

/// The same for a file that is renamed next: its bytes are durable, its name is not.
///
/// # Errors
/// As [`write_new`].
pub fn write_unnamed(path: &Path, bytes: &[u8], options: &mut OpenOptions) -> Result<(), Error> {
    let mut file = options.write(true).create_new(true).open(path).map_err(Error::at("create", path))?;
    file.write_all(bytes).map_err(Error::at("write", path))?;
    file.sync_all().map_err(Error::at("sync", path))
}

/// Replaces a small file: whoever reads sees the old bytes or the new, also after a power cut.
///
/// # Errors
/// What the system answered. The old bytes may or may not have been replaced.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = beside(path);
    let mut file = File::create(&temporary).map_err(Error::at("create", &temporary))?;
    file.write_all(bytes).map_err(Error::at("write", &temporary))?;
    file.sync_all().map_err(Error::at("sync", &temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::at("replace", path))?;
    sync_name(path)
}

/// Replaces a small file that is derived from durable ones: whoever reads sees the old bytes or the new, at once; a
/// power cut may leave either, or nothing whole. Waits for no disk.
///
/// # Errors
/// What the system answered. The old bytes may or may not have been replaced.
pub fn replace_unsynced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = beside(path);
    std::fs::write(&temporary, bytes).map_err(Error::at("write", &temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::at("replace", path))
}

/// Where the bytes of a file are written before they get its name.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    path.with_file_name(name)
}
