//! Why the archive could not do what was asked. A bad document is never among these: it is a finding in a report.
//! Each error says what happened and whether anything was saved.

use std::path::PathBuf;

use crate::archive::backup;
use crate::archive::refusal::Refusal;
use crate::ledger::error as ledger;
use crate::store;
use crate::store::blob;
use crate::store::disk;

/// Why the archive could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Creating found an archive.
    #[error("{} already holds an archive; nothing was changed", .0.display())]
    Exists(PathBuf),
    /// Opening found none.
    #[error("{} holds no archive; create one with `sigill init --origin NAME`", .0.display())]
    Missing(PathBuf),
    /// Restoring a backup into it was interrupted.
    #[error("restoring into {} was interrupted", .0.display())]
    Unfinished(PathBuf),
    /// The archive was written by a newer version of the program.
    #[error("the archive has data version {found}, this program reads at most {known}; nothing was changed")]
    Version {
        /// As stored.
        found: u32,
        /// As known.
        known: u32,
    },
    /// The backup from before an upgrade could not be made, so that nothing was upgraded.
    #[error("the archive was not upgraded, because it could not be backed up before: {0}; nothing was changed")]
    NotUpgraded(Box<backup::Error>),
    /// The archive's own settings cannot be read.
    #[error("{} cannot be read: {what}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The document is larger than the archive takes.
    #[error("the document has {bytes} bytes, at most {max} are taken; nothing was saved")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The document is empty.
    #[error("the document is empty; nothing was saved")]
    Empty,
    /// The ledger is older than the catalogue that follows it, or than the last backup: an older copy was put back.
    #[error("rolled back: {known} entries were registered, the ledger holds {found}; nothing is signed")]
    RolledBack {
        /// Entries the catalogue has seen, or the last backup has.
        known: u64,
        /// Entries in the ledger.
        found: u64,
    },
    /// What was copied to another place is not what is here.
    #[error("the archive here has {here} entries, its copy {there} or another root; the copy must not be used")]
    NotMoved {
        /// Entries here.
        here: u64,
        /// Entries in the copy.
        there: u64,
    },
    /// Bytes on disk are not those that were registered. Nothing is answered from them.
    #[error("damaged: {0}; run `sigill check`")]
    Damaged(String),
    /// Not enough witnesses have seen the ledger with this entry in it, and this archive waits for them.
    #[error("the receipt waits for the ledger's witnesses; the record is registered; ask again shortly")]
    Unwitnessed,
    /// What was asked is not done to this record; the refusal says why.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Several processes sign with the key, each with its own copy of it.
    #[error("the key of an archive that several processes share cannot be changed; nothing was changed")]
    SharedKey,
    /// The ledger of an archive that several processes share is in their database.
    #[error("an archive that several processes share has no journal; nothing was changed")]
    NoJournal,
    /// The system gave no random bytes.
    #[error("the system has no randomness; nothing was saved")]
    Randomness,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The catalogue's store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Documents and records on disk.
    #[error(transparent)]
    Blob(#[from] blob::Error),
    /// A file.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
