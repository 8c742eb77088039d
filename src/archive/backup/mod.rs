//! The whole archive in one file that any `tar` opens: taken while the archive is served, proven when it is put back.
//! LEDGER.md 6.4, USERS 2 and 5. The anchor is read first and the journal copied up to it; what it speaks of was durable
//! before it, so that everything copied afterwards is there. What several processes share becomes such a file too, and any
//! such file can be put back either way.
//!
//! | in the file | |
//! | --- | --- |
//! | `sigill-backup.json` | first: whose archive, how far, the signed checkpoint |
//! | `ledger/…`, `documents/…`, … | as they lie in the archive; database and catalogue are derived, `service/` passes; both left out |
//! | `sums/000000`, … | SHA-256 of every file before it, as `sha256sum -c` reads it |
//! | `sigill-backup-end.json` | last: how many files; without it the file was cut |

mod write;
mod examine;
mod source;
mod restore;
mod room;
mod since;
mod elsewhere;

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::check::Fault;
use crate::archive::error as archive;
use crate::ledger::checkpoint;
use crate::ledger::error as ledger;
use crate::ledger::note;
use crate::store::disk;

pub use elsewhere::restore_to;
pub use restore::Restored;
pub use restore::Wanted;
pub use restore::restore;
pub use since::about;
pub use since::disposed_since;
pub use write::Secret;
pub use write::last;
pub use write::write;

/// The first file's name.
const ABOUT: &str = "sigill-backup.json";
/// The last file's name.
const END: &str = "sigill-backup-end.json";
/// The folder of the lists of hashes.
const SUMS: &str = "sums/";
/// The archive's own settings come after everything else, and are put in place when everything else is proven.
const SETTINGS: &str = super::settings::FILE;
/// Files under one list of hashes; bounds what must be remembered.
const SUMS_LINES: usize = 10_000;
/// The schema of the first file.
const SCHEMA: &str = "sigill.backup/1";
/// Where the ledger's secret key lies; names that begin so are secrets too.
const KEY: &str = "ledger/key";
/// Where the next secret key lies while the keys are changed.
const NEXT_KEY: &str = "ledger/key.next";
/// Where the changes of the ledger's keys lie.
const SUCCESSION: &str = "ledger/succession";
/// Where what witnesses saw lies.
const COSIGNED: &str = "ledger/cosigned";
/// Where a shared archive's places are written down in its backup.
const PLACES: &str = "places.toml";
/// Where the ledger's anchor lies, unless the configuration puts it elsewhere.
const ANCHOR: &str = "ledger/head.anchor";

/// What a backup says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Always `sigill.backup/1`.
    pub schema: String,
    /// When it was begun, UTC.
    pub made_at: String,
    /// The ledger's name.
    pub origin: String,
    /// The ledger's public key.
    pub vkey: String,
    /// The keys that it had before, each with the size until which it signed; none where it was never changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<String>,
    /// Entries in the ledger as it was copied.
    pub size: u64,
    /// The root over them, hex.
    pub root: String,
    /// The checkpoint published last; none of an archive that was never opened.
    pub checkpoint: Option<String>,
    /// Whether the ledger's secret key is in it.
    pub secret_key: bool,
    /// About how many files follow.
    pub files: u64,
}

/// What the last file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    schema: String,
    /// Files, without lists of hashes and this one.
    files: u64,
    /// SHA-256 over all lists of hashes, hex.
    sums: String,
}

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// What it says about itself.
    pub about: About,
    /// Files in it.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
    /// Files that were removed while it was taken: disposal does that, and they belong to nothing any more.
    pub gone: u64,
    /// SHA-256 over the lists of hashes, hex: who notes it down knows the backup again.
    pub fingerprint: String,
    /// What was missing or changed in the archive already, and is so in the backup: an earlier one has it.
    pub faults: Vec<Fault>,
}

/// Why a backup could not be taken or put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is such a file, or the directory is not empty.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// The file is no backup, or something in it is not as we write it.
    #[error("not a backup: {0}")]
    NotABackup(String),
    /// The file ends before its end.
    #[error("the backup is cut")]
    Cut,
    /// A file in it is not the one that was put in.
    #[error("{0} is not the file that was put in")]
    Differs(String),
    /// A newer state of this ledger was published.
    #[error("a checkpoint over {published} entries was published, the backup holds {backup}")]
    Older {
        /// Entries under the newest known checkpoint.
        published: u64,
        /// Entries in the backup.
        backup: u64,
    },
    /// What was published is not what the backup holds: two histories.
    #[error("the checkpoint over {0} entries has another root than the backup")]
    OtherHistory(u64),
    /// The entries that were published could not be read, or are not what the checkpoint over them says.
    #[error("what was published cannot be followed: {0}")]
    Unfollowed(String),
    /// The key is not in the backup, and none was given.
    #[error("the backup was made without the ledger's secret key")]
    KeyNeeded,
    /// A change of the ledger's keys was interrupted, and is completed by the next opening.
    #[error("a change of the ledger's keys is unfinished")]
    KeysChanging,
    /// The secret key that was to be in the backup is missing, damaged or another's.
    #[error("the ledger's secret key is missing or damaged")]
    KeyMissing,
    /// The key that was given is another ledger's.
    #[error("the key is not this ledger's")]
    OtherKey,
    /// A checkpoint that was given to compare with.
    #[error("the checkpoint to compare with: {0}")]
    Checkpoint(#[from] checkpoint::Error),
    /// A key that was given.
    #[error(transparent)]
    Key(#[from] note::Error),
    /// The file itself.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The archive.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

impl Error {
    fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}
