//! Putting a backup back to a database and an object store that several processes share: proven in a directory first,
//! then moved, and proven once more where it came to be.

use std::path::Path;

use crate::archive::backup::Error;
use crate::archive::backup::Restored;
use crate::archive::backup::Wanted;
use crate::archive::backup::restore::restore;
use crate::archive::backup::source::Scratch;
use crate::archive::backup::write::beside;
use crate::archive::house::Archive;
use crate::archive::house::Options;
use crate::archive::settings::Places;
use crate::ledger;

/// Puts the backup in `file` to `places`, which must be empty, by way of a directory beside `directory`, which takes
/// as much room as the archive until it is done. `directory` becomes that of one process.
/// `progress` hears of files or entries done, of how many.
///
/// # Errors
/// As [`restore`](fn@crate::archive::backup::restore); the places hold an archive already: then nothing was done.
pub fn restore_to(
    file: &Path,
    directory: &Path,
    places: Places,
    options: &Options,
    wanted: &Wanted<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Restored, Error> {
    Archive::may_be_created_at(directory, &places, options)?;
    let scratch = Scratch::new(beside(directory, ".restoring"))?;
    // A shared archive has no anchor; the one that the configuration names is another's.
    let ledger = ledger::options::Options { anchor: None, ..options.ledger.clone() };
    let inside = Options { ledger, ..options.clone() };
    let restored = restore(file, &scratch.0, &inside, wanted, progress)?;
    let moved = Archive::open(&scratch.0, inside)?.migrate(directory, places, progress)?;
    Ok(Restored { faults: moved.check(progress)?, ..restored })
}
