//! How a ledger runs: its limits with their reasons, and the hook by which tests interrupt it.
//! LEDGER.md 6.2; every figure has a default that needs no thought.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::store;

/// Where the time comes from. The ledger asks nobody else.
pub type Clock = fn() -> Timestamp;

/// How a ledger runs. `Options::default()` is right for an archive on one machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Entries in one commit at most. A thousand keep one commit below some 50 ms of tree and database work.
    pub batch_entries_max: usize,
    /// Bytes of entries in one commit at most (one entry always fits). Keeps a journal record readable in one piece.
    pub batch_bytes_max: usize,
    /// How long the first entry of a commit waits for company. Commits already gather while the one before is
    /// written, so that a short wait is enough.
    pub batch_window: Duration,
    /// Entries waiting to be committed at most; more are answered `Busy`. Bounds memory and waiting.
    pub queue_entries_max: usize,
    /// Commits after which the database is synced. The journal makes entries durable; this bounds replay after a crash.
    pub sync_commits: u32,
    /// Time after which the database is synced, if anything changed.
    pub sync_after: Duration,
    /// What the database may cache, in bytes.
    pub cache_bytes: u64,
    /// Journal files are closed when they reach this many bytes, so that none grows beyond handling.
    pub journal_segment_bytes: u64,
    /// Entries after which what is behind them is sealed into a volume, as a power of two (8 to 30), while commits
    /// go on. A database holds one volume's entries: 2^18 of them keep it small in memory, and opened within a second.
    /// Fewer and larger volumes are right from some 10^8 entries on: see [`crate::ledger`].
    pub volume_doublings: u32,
    /// In how much time scrubbing reads everything on disk once, in the background.
    pub scrub_cycle: Duration,
    /// How far the clock may stand behind the last commit at opening. Small steps back are what time servers make.
    pub clock_back_max: Duration,
    /// Where the anchor lies; none is `head.anchor` in the ledger's directory. Another disk tells a restored copy of
    /// the directory from the newest one.
    pub anchor: Option<PathBuf>,
    /// For tests: called at every step of a commit.
    pub hook: Option<Hook>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_entries_max: 1_000,
            batch_bytes_max: 4 << 20,
            batch_window: Duration::from_millis(2),
            queue_entries_max: 4_096,
            sync_commits: 64,
            sync_after: Duration::from_secs(1),
            cache_bytes: store::sled::CACHE_BYTES,
            journal_segment_bytes: 16 << 20,
            volume_doublings: 18,
            scrub_cycle: Duration::from_secs(7 * 24 * 3600),
            clock_back_max: Duration::from_secs(300),
            anchor: None,
            hook: None,
        }
    }
}

/// The steps of a commit, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Leaves, tiles and root are computed; nothing is written.
    Computed,
    /// The anchor names the new size and root, perhaps not durably.
    Anchored,
    /// The journal holds the batch and the anchor names it, both durably: the commit point.
    Journaled,
    /// The checkpoint is signed; nobody has seen it.
    Signed,
    /// The database holds the new rows, perhaps not durably.
    Applied,
    /// The checkpoint is published; opening publishes it again if that is lost.
    Published,
    /// Everybody who waited has an answer.
    Answered,
    /// The database is synced, and what was full is sealed: some commits later, or at a clean stop.
    Synced,
    /// The key that is to take over is written beside the one in force, durably. Of a change of keys, as all below.
    KeyMade,
    /// The change is proven to everyone: the tree with its entry is signed by the old and the new key, durably.
    HandedOver,
    /// The new key has taken the old one's place, which is gone.
    KeyTaken,
}

impl Step {
    /// What a change of keys does besides the commit of its entry, in order.
    pub const OF_KEYS: [Self; 3] = [Self::KeyMade, Self::HandedOver, Self::KeyTaken];

    /// Every step of a commit, in order.
    pub const ALL: [Self; 8] = [
        Self::Computed,
        Self::Anchored,
        Self::Journaled,
        Self::Signed,
        Self::Applied,
        Self::Published,
        Self::Answered,
        Self::Synced,
    ];
}

/// Called after each step of a commit. It may end the process, or return a sentence to make the step fail.
#[derive(Clone)]
pub struct Hook(pub Arc<dyn Fn(Step) -> Result<(), String> + Send + Sync>);

impl fmt::Debug for Hook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hook")
    }
}
