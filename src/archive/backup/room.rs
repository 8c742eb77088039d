//! The directory that a backup is put into: empty, or left half filled when restoring was interrupted. HOUSE, invariant 9.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::archive::backup::Error;
use crate::archive::backup::SETTINGS;
use crate::archive::settings::UNFINISHED;
use crate::store::disk;

/// Takes an empty directory into use, or one that an interrupted restoring left, which is emptied first.
///
/// # Errors
/// [`Error::Exists`] where there is anything else.
pub(super) fn claim(directory: &Path) -> Result<(), Error> {
    let begun = directory.join(UNFINISHED);
    if begun.exists() {
        empty(directory).map_err(disk::Error::at("empty", directory))?;
    }
    let filled = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if filled || (directory.exists() && !directory.is_dir()) {
        return Err(Error::Exists(directory.to_owned()));
    }
    disk::create_directory(directory)?;
    Ok(disk::write_new(&begun, &[], &mut OpenOptions::new())?)
}

/// Makes the directory an archive, in one step: until then the settings have the name of something unfinished.
pub(super) fn settle(directory: &Path, settings: &[u8]) -> Result<(), disk::Error> {
    let (begun, place) = (directory.join(UNFINISHED), directory.join(SETTINGS));
    disk::replace(&begun, settings)?;
    fs::rename(&begun, &place).map_err(disk::Error::at("put in place", &place))?;
    disk::sync_name(&place)
}

/// Removes everything in the directory; last what says that it was unfinished, so that this too can be interrupted.
pub(super) fn empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        match path.file_name() {
            Some(name) if name == UNFINISHED => {}
            _ if path.is_dir() => fs::remove_dir_all(&path)?,
            _ => fs::remove_file(&path)?,
        }
    }
    match fs::remove_file(directory.join(UNFINISHED)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, disk::Error> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(disk::Error::at("list", &folder))? {
            let path = entry.map_err(disk::Error::at("list", &folder))?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    Ok(found)
}

/// Makes everything below a directory durable: files first, then the names.
pub(super) fn sync(directory: &Path) -> Result<(), disk::Error> {
    for path in files(directory)? {
        let file = File::open(&path).map_err(disk::Error::at("open", &path))?;
        file.sync_all().map_err(disk::Error::at("sync", &path))?;
    }
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        disk::sync_directory(&folder)?;
        for entry in fs::read_dir(&folder).map_err(disk::Error::at("list", &folder))? {
            let path = entry.map_err(disk::Error::at("list", &folder))?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(())
}
