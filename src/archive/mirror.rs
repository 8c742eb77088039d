//! The ledger of an archive made anew from a plain directory of tiles: the way back when the ledger's own files are gone.
//! LEDGER.md 6.4 item 6; documents and records are not in such a directory and stay where they are.

use std::path::Path;

use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::house::Options;
use crate::archive::rooms::Layout;
use crate::archive::rooms::furnish;
use crate::archive::rooms::only_ours;
use crate::archive::settings::Places;
use crate::archive::settings::Settings;
use crate::ledger::durable::Durable;
use crate::ledger::error as ledger;
use crate::ledger::export::import;
use crate::ledger::hash::Hash;
use crate::ledger::mirror::Mirror;
use crate::ledger::note::SigningKey;
use crate::store::disk;

impl Archive {
    /// Makes the ledger of the archive in `directory` from a directory of tiles, with the ledger's secret key. Where
    /// there is no archive yet, an empty one is made around it. Gives the size and the root, which is the signed one.
    ///
    /// # Errors
    /// [`ledger::Error::Exists`] where there is a ledger; tiles that do not lead to the root that is signed.
    pub fn import_ledger(
        tiles: &Path,
        directory: &Path,
        key: &str,
        options: &Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(u64, Hash), Error> {
        let key = SigningKey::from_private(key).map_err(ledger::Error::from)?;
        let mirror = Mirror::open(tiles, key.verifier())?;
        let layout = Layout::new(directory);
        let origin = mirror.checkpoint().origin.clone();
        let known = match Settings::read(directory) {
            Ok(settings) if settings.origin == origin => true,
            Ok(_) => return Err(Error::Exists(directory.to_owned())),
            Err(Error::Missing(_)) => false,
            Err(other) => return Err(other),
        };
        disk::create_directory(directory)?;
        only_ours(directory)?;
        // The ledger comes before the settings: where an import was cut off between them, the rest is made up for.
        if known || !is_imported(&mirror, &layout, &key, options) {
            import(&mirror, &layout.ledger(), &key, &options.ledger, options.clock, progress)?;
        }
        if !known {
            furnish(&layout)?;
            Settings::new(&origin, None, Places::default()).write(directory)?;
        }
        Ok((mirror.checkpoint().size, mirror.checkpoint().root))
    }
}

/// Whether the very ledger that is to be imported lies there already.
fn is_imported(mirror: &Mirror, layout: &Layout, key: &SigningKey, options: &Options) -> bool {
    let asked = (mirror.checkpoint().size, mirror.checkpoint().root, key.verifier());
    Durable::read(&layout.ledger(), &options.ledger)
        .is_ok_and(|found| (found.size(), found.root(), found.key()) == asked)
}
