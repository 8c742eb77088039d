//! What a backup is made of: a directory alone, or what several processes share, told as a directory would tell it.
//! Read in the order that makes it one moment: what witnesses saw, then the ledger, then every file that it speaks of.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::archive::backup::COSIGNED;
use crate::archive::backup::Error;
use crate::archive::backup::KEY;
use crate::archive::backup::NEXT_KEY;
use crate::archive::backup::SUCCESSION;
use crate::archive::backup::write::Secret;
use crate::archive::backup::write::beside;
use crate::archive::error as archive;
use crate::archive::house::Archive;
use crate::archive::house::Options;
use crate::archive::rooms::only_ours;
use crate::archive::settings::Places;
use crate::archive::settings::Settings;
use crate::archive::witness::Duty;
use crate::ledger;
use crate::ledger::durable::Durable;
use crate::ledger::note::SigningKey;
use crate::store::blob::Blobs;
use crate::store::disk;

/// An archive at the moment it is backed up.
pub(super) struct Source {
    pub(super) settings: Settings,
    pub(super) ledger: Durable,
    /// What enough witnesses have seen, no newer than the ledger.
    pub(super) cosigned: Option<Vec<u8>>,
    /// The archive, where it is shared.
    common: Option<Archive>,
    /// Where its ledger was copied out to.
    _scratch: Option<Scratch>,
}

impl Source {
    /// An archive that is in its directory.
    pub(super) fn alone(directory: &Path, settings: Settings, options: &Options) -> Result<Self, Error> {
        let cosigned = read(&directory.join(COSIGNED))?;
        // What was durable by now. Every record that it speaks of was written before it.
        let ledger = Durable::read(&directory.join("ledger"), &options.ledger)?;
        Ok(Self { settings, ledger, cosigned, common: None, _scratch: None })
    }

    /// An archive that several processes share, while they do. Its ledger is copied out to beside `file` first.
    pub(super) fn shared(
        directory: &Path,
        settings: &Settings,
        options: &Options,
        file: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        let archive = Archive::read(directory, options.clone())?;
        let cosigned = archive.ledger().cosigned().map(|cosigned| cosigned.note.as_bytes().to_vec());
        let scratch = Scratch::new(beside(file, ".ledger"))?;
        let inside = ledger::options::Options { anchor: None, ..options.ledger.clone() };
        archive.ledger().transcribe(&scratch.0, &inside, progress)?;
        let ledger = Durable::read(&scratch.0, &inside)?;
        Ok(Self { settings: settings.clone(), ledger, cosigned, common: Some(archive), _scratch: Some(scratch) })
    }

    /// The kinds of files that are in an object store, by the folders they would lie in.
    pub(super) fn rooms(&self) -> Vec<(&'static str, &dyn Blobs)> {
        let common = self.common.as_ref().filter(|_| self.settings.documents.is_some());
        common.map_or_else(Vec::new, |archive| archive.rooms().to_vec())
    }

    /// What the duty as a witness keeps in common with other processes, by its paths.
    pub(super) fn duty(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        let duty = self.common.as_ref().and_then(Archive::duty);
        Ok(duty.map_or_else(|| Ok(Vec::new()), Duty::kept_in_common)?)
    }

    /// What the directory must hold for a backup that can be restored.
    pub(super) fn is_ready(&self, directory: &Path, secret: Secret) -> Result<(), Error> {
        if directory.join(NEXT_KEY).exists() {
            return Err(Error::KeysChanging);
        }
        let text = read(&directory.join(KEY))?.and_then(|bytes| String::from_utf8(bytes).ok());
        let key = text.and_then(|text| SigningKey::from_private(text.trim_end()).ok());
        let ours = key.is_some_and(|key| key.verifier() == self.ledger.key());
        if ours || secret == Secret::Out { Ok(()) } else { Err(Error::KeyMissing) }
    }

    /// The key that was copied from the directory must be the one that the copied ledger is signed with.
    pub(super) fn has_its_keys(&self, directory: &Path) -> Result<(), Error> {
        let path = directory.join(SUCCESSION);
        let now = read(&path)?.unwrap_or_default();
        if now == self.ledger.succession().to_string().into_bytes() {
            return Ok(());
        }
        Err(Error::file(&path)(io::Error::other("the ledger's key was changed meanwhile; take it again")))
    }

    /// The settings of the archive that the backup becomes: one of its own, in a directory.
    pub(super) fn settings_text(&self) -> Result<String, Error> {
        Ok(Settings { store: None, documents: None, ..self.settings.clone() }.text()?)
    }

    /// Where a shared archive was, for whoever restores it to such places.
    pub(super) fn places(&self) -> Result<Option<String>, Error> {
        let Settings { store, documents, .. } = self.settings.clone();
        let unwritable = |what: toml::ser::Error| archive::Error::Damaged(what.to_string());
        let text = store.is_some().then(|| toml::to_string(&Places { store, documents }).map_err(unwritable));
        Ok(text.transpose()?)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => Ok(Some(read.map_err(disk::Error::at("read", path))?)),
    }
}

/// A directory that is gone when this is.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    /// Makes one that is ours alone. What an interrupted run left there is removed.
    pub(super) fn new(path: PathBuf) -> Result<Self, Error> {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk::Error::at("remove", &path)(error).into());
            }
            Ok(()) | Err(_) => {}
        }
        disk::create_directory(&path)?;
        only_ours(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is removed by the next run.
        drop(fs::remove_dir_all(&self.0));
    }
}
