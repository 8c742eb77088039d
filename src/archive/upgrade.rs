//! Bringing an archive that an older program wrote up to this one: a backup first, then each step, the version last.
//! USERS 5: forward by itself, never back. Interrupted anywhere, it starts over; a newer archive is refused unchanged.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::archive::Archive;
use crate::archive::backup;
use crate::archive::backup::Secret;
use crate::archive::error::Error;
use crate::archive::house::Options;
use crate::archive::rooms::Layout;
use crate::archive::rooms::mark_stale;
use crate::archive::settings::DATA_VERSION;
use crate::archive::settings::Settings;
use crate::store::disk;

/// The folder of backups from before; it is in no backup itself.
pub(crate) const FOLDER: &str = "upgrades";

/// What one version has that the one before lacks, by the version it leads to.
type Step = fn(&Layout) -> Result<(), Error>;

/// Version 2: whom and what minutes name can be searched. The catalogue is derived, and is made anew when it is opened.
const STEPS: &[(u32, Step)] = &[(2, mark_stale)];

/// An archive that was brought forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The version it had.
    pub from: u32,
    /// The version it has.
    pub to: u32,
    /// The backup from before; none where database and documents are elsewhere, and nothing there is touched.
    pub backup: Option<PathBuf>,
}

/// Brings an archive forward; nothing is done to one that is as this program writes it.
pub(crate) fn bring_forward(
    directory: &Path,
    settings: &Settings,
    options: &Options,
) -> Result<Option<Upgraded>, Error> {
    let from = settings.data_version;
    if from >= DATA_VERSION {
        return Ok(None);
    }
    let shared = settings.store.is_some();
    // Opened as it is: nobody else has it then, and what an interruption left is repaired before it is copied.
    let held = Archive::open_with(directory, settings.clone(), options.clone())?;
    let backup = if shared { None } else { Some(back_up(directory, from, options)?) };
    if !shared {
        let layout = Layout::new(directory);
        STEPS.iter().filter(|(to, _)| *to > from).try_for_each(|(_, step)| step(&layout))?;
    }
    Settings { data_version: DATA_VERSION, ..settings.clone() }.write(directory)?;
    drop(held);
    Ok(Some(Upgraded { from, to: DATA_VERSION, backup }))
}

/// The archive as it was, in place of what an interrupted attempt left.
fn back_up(directory: &Path, from: u32, options: &Options) -> Result<PathBuf, Error> {
    let folder = directory.join(FOLDER);
    disk::create_directory(&folder)?;
    let file = folder.join(format!("version-{from}.tar"));
    if file.exists() {
        fs::remove_file(&file).map_err(disk::Error::at("remove", &file))?;
    }
    let made = backup::write(directory, options, &file, Secret::In, &mut |_, _| ());
    made.map(|_| file).map_err(|error| Error::NotUpgraded(Box::new(error)))
}
