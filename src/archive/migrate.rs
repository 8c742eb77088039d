//! Moving an archive from this machine into a database and an object store: the same key, the same entries, one root.
//! Nothing is deleted. What is copied is compared, and only then is the move said to have succeeded.

use std::fs;
use std::path::Path;

use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::parts::Key;
use crate::archive::record::unhex;
use crate::archive::settings::Places;
use crate::ledger::error as ledger;
use crate::ledger::note::Note;
use crate::store::blob::Blobs;
use crate::store::disk;

/// Entries handed to the new ledger at a time.
const ENTRIES: usize = 1_000;

/// What an archive's directory holds that is moved in other ways, or made anew.
const PARTS: [&str; 8] = ["archive.toml", "ledger", "documents", "evidence", "records", "salts", "catalogue", "lock"];

impl Archive {
    /// Moves a copy of this archive to where `places` says; `into` becomes the directory of one process of it.
    /// `progress` hears of entries done, of all there are. Gives the moved archive, whose root is this one's.
    ///
    /// # Errors
    /// [`Error::Exists`] where `into` or the places hold anything already; [`Error::NotMoved`] where what was copied
    /// is not what is here. This archive is never changed.
    pub fn migrate(&self, into: &Path, places: Places, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, Error> {
        let organisation = self.settings.organisation.as_deref();
        Self::create_with(into, &self.settings.origin, organisation, places, &Key::Of(&self.ledger), &self.options)?;
        copy_rest(self.directory(), into)?;
        let moved = Self::open(into, self.options.clone())?;
        for ((_, from), (_, to)) in self.rooms().into_iter().zip(moved.rooms()) {
            copy_blobs(from, to)?;
        }
        let size = self.ledger.size();
        let mut batch = Vec::new();
        for entry in self.ledger.entries(0..size) {
            let (index, bytes) = entry?;
            batch.push((self.key_of(&bytes)?, bytes));
            if batch.len() == ENTRIES || index + 1 == size {
                moved.ledger.append_all_once(std::mem::take(&mut batch))?;
                progress(index + 1, size);
            }
        }
        if (moved.ledger.size(), moved.ledger.root()) != (size, self.ledger.root_at(size)?) {
            return Err(Error::NotMoved { here: size, there: moved.ledger.size() });
        }
        moved.catch_up()?;
        if let Some(seen) = self.ledger.cosigned() {
            moved.ledger.keep_cosigned(&Note::parse(&seen.note).map_err(ledger::Error::from)?)?;
        }
        Ok(moved)
    }

    /// What an entry is only registered once by: its document, where the catalogue knows it; an act, itself.
    fn key_of(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Some(entry) = Entry::read(bytes) else { return Ok(None) };
        if entry.event != Event::Registered {
            return Ok(Some(entry.commitment.to_vec()));
        }
        let row = self.catalogue.row(entry.record)?;
        Ok(row.and_then(|row| unhex(&row.sha256)).map(|sha256: [u8; 32]| sha256.to_vec()))
    }
}

fn copy_blobs(from: &dyn Blobs, to: &dyn Blobs) -> Result<(), Error> {
    for name in from.list()? {
        // What was removed since it was listed is not copied.
        if let Some(bytes) = from.get(&name)? {
            to.put(&name, &bytes)?;
        }
    }
    Ok(())
}

/// Copies trust anchors, schedule, tokens and whatever else stands beside.
fn copy_rest(from: &Path, into: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(from).map_err(disk::Error::at("list", from))? {
        let entry = entry.map_err(disk::Error::at("list", from))?;
        let (source, target) = (entry.path(), into.join(entry.file_name()));
        if PARTS.iter().any(|part| entry.file_name() == *part) {
            continue;
        }
        if source.is_dir() {
            disk::create_directory(&target)?;
            copy_rest(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(disk::Error::at("copy", &source))?;
        }
    }
    Ok(())
}
