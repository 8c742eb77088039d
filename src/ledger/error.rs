//! Why the ledger could not do what was asked, and why it would not start.
//! LEDGER.md 6.3 and 6.4: on doubt it stops and says so.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::ledger::checkpoint;
use crate::ledger::note;
use crate::ledger::proof;
use crate::ledger::witness;
use crate::store;
use crate::store::anchor;
use crate::store::disk;
use crate::store::journal;

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The queue is full: nothing happened, try again later.
    #[error("the ledger is busy; try again shortly")]
    Busy,
    /// The entry is longer than the two bytes of length that an entry bundle has for it.
    #[error("an entry of {bytes} bytes; the ledger takes 65535")]
    EntrySize {
        /// Its length.
        bytes: usize,
    },
    /// A commit failed. What it had reached is unknown; the ledger has stopped and must be opened anew, which repairs.
    #[error("the ledger has stopped and must be opened anew: {0}")]
    Fatal(String),
    /// A witness holds what cannot be unless this ledger was rolled back or has forked. Nothing is signed.
    #[error("a witness raised an alarm; nothing is signed: {0}")]
    Alarm(witness::Alarm),
    /// What was asked for lies beyond the published size.
    #[error("{asked} lies beyond the published size {size}")]
    Beyond {
        /// The index or size that was asked for.
        asked: u64,
        /// The published size.
        size: u64,
    },
    /// Creating found part of a ledger.
    #[error("will not create a ledger over {}", .0.display())]
    Exists(PathBuf),
    /// Opening found part of a ledger missing that nothing else can replace.
    #[error("there is no ledger here: {} is missing", .0.display())]
    Missing(PathBuf),
    /// Another process has the ledger open.
    #[error("{} is held by another process", .0.display())]
    InUse(PathBuf),
    /// The journal ends before what the anchor says was signed: an older copy has been put back. Nothing is signed.
    #[error("rolled back: the anchor knows {anchor} journal records, the journal holds {journal}")]
    RolledBack {
        /// Records the anchor vouches for.
        anchor: u64,
        /// Records found.
        journal: u64,
    },
    /// A checkpoint with our signature is newer than the anchor: an older anchor has been put back. Nothing is signed.
    #[error("rolled back: a checkpoint of size {published} is published, the anchor knows {anchor}")]
    AnchorRolledBack {
        /// The size in the published checkpoint.
        published: u64,
        /// The size in the anchor.
        anchor: u64,
    },
    /// The shared ledger is smaller than what this process knows to be signed: an older copy has been put back.
    #[error("rolled back: a checkpoint of size {known} is published, the shared database knows {found}")]
    RolledBackShared {
        /// The size that was published.
        known: u64,
        /// The size found.
        found: u64,
    },
    /// Two different roots for one size. Nothing is signed.
    #[error("two different roots for size {size}: {between}")]
    Forked {
        /// The size.
        size: u64,
        /// Which two parts disagree.
        between: &'static str,
    },
    /// Nothing here holds all that was published, so that the journal cannot be made anew.
    #[error("{published} entries were published; what is here holds {found} of them")]
    Unfounded {
        /// Entries that were published.
        published: u64,
        /// Entries found.
        found: u64,
    },
    /// The clock stands before what the ledger last wrote, by more than `Options::clock_back_max`.
    #[error("the clock says {now}, but the ledger was last written at {last}")]
    ClockBehind {
        /// What the clock said.
        now: Timestamp,
        /// The time of the last commit.
        last: Timestamp,
    },
    /// A directory of tiles is not one that the key speaks for: another ledger's, another key's, or a spoiled copy.
    #[error("{} is not a copy that this ledger's key has signed: {what}", .directory.display())]
    Foreign {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Bytes on disk do not mean what they must.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The database behind the tiles.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The anchor.
    #[error(transparent)]
    Anchor(#[from] anchor::Error),
    /// A file.
    #[error(transparent)]
    Disk(#[from] disk::Error),
    /// A key or a note.
    #[error(transparent)]
    Note(#[from] note::Error),
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// A proof.
    #[error(transparent)]
    Proof(#[from] proof::Error),
}
