//! What lies in an archive's directory, and how each part comes to be there. HOUSE, invariants 6 and 9: what is derived may
//! be made anew, and what is set aside is kept.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::archive::catalogue;
use crate::archive::catalogue::Catalogue;
use crate::archive::error::Error;
use crate::archive::retention::Schedule;
use crate::archive::retention::Unfollowed;
use crate::store;
use crate::store::blob;
use crate::store::blob::FileBlobs;
use crate::store::disk;
use crate::store::sled::SledStore;
use crate::verify::text::Text;

/// The example schedule that a new archive starts with; the body must adopt its own.
pub(crate) const EXAMPLE_SCHEDULE: &str = include_str!("../../deploy/retention.toml");

/// The parts of an archive's directory.
pub(crate) struct Layout(PathBuf);

impl Layout {
    pub(crate) fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    pub(crate) fn documents(&self) -> PathBuf {
        self.0.join("documents")
    }

    pub(crate) fn evidence(&self) -> PathBuf {
        self.0.join("evidence")
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.0.join("records")
    }

    pub(crate) fn salts(&self) -> PathBuf {
        self.0.join("salts")
    }

    pub(crate) fn catalogue(&self) -> PathBuf {
        self.0.join("catalogue")
    }

    /// The folder of trust anchors that this archive believes.
    pub(crate) fn trust(&self) -> PathBuf {
        self.0.join("trust")
    }

    /// A file that the settings name: as it stands there, or beside them.
    pub(crate) fn named(&self, path: &Path) -> PathBuf {
        self.0.join(path)
    }

    pub(crate) fn schedule(&self) -> PathBuf {
        self.0.join("retention.toml")
    }
}

/// Refuses a directory that holds anything.
pub(crate) fn is_free(directory: &Path) -> Result<(), Error> {
    let held = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if held { Err(Error::Exists(directory.to_owned())) } else { Ok(()) }
}

/// Makes the rooms of an archive that are not there yet.
pub(crate) fn furnish(layout: &Layout) -> Result<(), Error> {
    for folder in [layout.documents(), layout.evidence(), layout.records(), layout.salts()] {
        match FileBlobs::open(&folder) {
            Err(blob::Error::Missing(_)) => drop(FileBlobs::create(&folder)?),
            opened => drop(opened?),
        }
    }
    disk::create_directory(&layout.trust())?;
    Ok(disk::replace(&layout.schedule(), EXAMPLE_SCHEDULE.as_bytes())?)
}

/// The folder of evidence; archives from before there was one get theirs now.
pub(crate) fn open_evidence(path: &Path) -> Result<FileBlobs, Error> {
    Ok(if path.exists() { FileBlobs::open(path)? } else { FileBlobs::create(path)? })
}

/// Documents and salts are nobody else's on this machine. Where there are no such rights, there is nothing to set.
pub(crate) fn only_ours(directory: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, rights).map_err(disk::Error::at("protect", directory))?;
    }
    Ok(())
}

/// Opens the catalogue, and says whether it was there. One that is missing or that sled cannot open is derived data: it is
/// made anew, and the old one is kept beside for whoever wants to know why.
pub(crate) fn open_catalogue(path: &Path, cache_bytes: u64) -> Result<(Catalogue, bool), Error> {
    let stale = stale(path);
    let purged = stale.exists();
    if purged {
        // Words of a record that was disposed of stay in the database's files until it is made anew.
        remove_derived(path)?;
        remove_derived(&path.with_extension("set-aside"))?;
        fs::remove_file(&stale).map_err(disk::Error::at("remove", &stale))?;
    }
    let opened = SledStore::open(path, catalogue::SPACES, cache_bytes);
    let (store, was_there) = match opened {
        Ok(store) => (store, true),
        Err(store::Error::Missing(_) | store::Error::Engine(_)) => {
            set_aside(path)?;
            (SledStore::create(path, catalogue::SPACES, cache_bytes)?, false)
        }
        Err(other) => return Err(other.into()),
    };
    Ok((Catalogue::open(Box::new(store))?, was_there || purged))
}

/// The mark beside a catalogue that is to be made anew at the next opening.
fn stale(catalogue: &Path) -> PathBuf {
    catalogue.with_extension("stale")
}

/// Marks the catalogue as one that is to be made anew at the next opening.
pub(crate) fn mark_stale(layout: &Layout) -> Result<(), Error> {
    Ok(disk::replace(&stale(&layout.catalogue()), b"")?)
}

fn set_aside(path: &Path) -> Result<(), Error> {
    let aside = path.with_extension("set-aside");
    if path.exists() {
        disk::has_room(path)?;
        remove_derived(&aside)?;
        fs::rename(path, &aside).map_err(disk::Error::at("set aside", path))?;
        disk::sync_name(path)?;
    }
    Ok(())
}

pub(crate) fn remove_derived(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk::Error::at("remove", path)(error).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The schedule; one that cannot be followed lets nothing be disposed of, and is a problem.
pub(crate) fn read_schedule(path: &Path) -> (Schedule, Option<Unfollowed>) {
    let text = match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(EXAMPLE_SCHEDULE.to_owned()),
        Err(error) => Err(Text::new(
            format!("filen går inte att läsa (teknisk uppgift: {error})"),
            format!("the file cannot be read: {error}"),
        )),
    };
    match text.and_then(|text| Schedule::parse(&text).map_err(|error| error.text())) {
        Ok(schedule) => (schedule, None),
        Err(what) => (Schedule::none(), Some(Unfollowed { file: path.display().to_string(), what })),
    }
}
