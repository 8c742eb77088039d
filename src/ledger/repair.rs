//! What opening a ledger found in need of repair, and did. Each is told to the operator; none costs anything that was
//! acknowledged. LEDGER.md 6.4.

use std::fmt;
use std::path::PathBuf;

/// One thing that was repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// One of the anchor's two slots could not be read.
    AnchorSlot,
    /// An unfinished append was cut off the journal.
    Torn {
        /// How many bytes of it there were.
        bytes: u64,
        /// The record that it would have been.
        record: u64,
    },
    /// A commit that nobody was told of is not in the journal.
    Dropped,
    /// A commit that nobody was told of is in the journal.
    Completed,
    /// A sealed volume is missing before this one.
    VolumeMissing(PathBuf),
    /// A sealed volume cannot be used, and why.
    VolumeUnusable(String),
    /// The sealed volumes are not what the journal knows.
    VolumesForeign,
    /// So many volumes were sealed.
    Sealed(usize),
    /// The database could not be used, and why.
    Database(String),
    /// What was in the way is kept here.
    Kept(PathBuf),
    /// A change of the ledger's keys that had been interrupted.
    KeysChanged,
    /// No checkpoint was published.
    Unpublished,
    /// The published checkpoint was damaged.
    CheckpointDamaged,
    /// The published checkpoint was behind.
    CheckpointBehind,
}

impl fmt::Display for Repair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnchorSlot => {
                out.write_str("one of the anchor's two slots could not be read; the other one was used")
            }
            Self::Torn { bytes, record } => {
                write!(out, "{bytes} bytes of an unfinished append were cut off the journal at record {record}")
            }
            Self::Dropped => out.write_str(
                "a commit had been interrupted before anyone was told of it; it is not in the journal, and dropped",
            ),
            Self::Completed => {
                out.write_str("the journal was ahead of the anchor: a commit had been interrupted; it is completed")
            }
            Self::VolumeMissing(next) => {
                write!(out, "a volume before {} is missing; it is sealed anew", next.display())
            }
            Self::VolumeUnusable(why) => write!(out, "a volume cannot be used ({why}); it is sealed anew"),
            Self::VolumesForeign => out.write_str("the volumes are not what the journal knows; they are sealed anew"),
            Self::Sealed(count) => write!(out, "{count} volumes were sealed"),
            Self::Database(why) => write!(out, "{why}; it is made anew from the journal"),
            Self::Kept(path) => write!(out, "what was in the way is kept as {}", path.display()),
            Self::KeysChanged => out.write_str(
                "a change of the ledger's keys had been interrupted; it is completed: the old key is retired",
            ),
            Self::Unpublished => out.write_str("no checkpoint was published; it is published now"),
            Self::CheckpointDamaged => out.write_str("the published checkpoint was damaged; it is published anew"),
            Self::CheckpointBehind => out.write_str("the published checkpoint was behind; it is published anew"),
        }
    }
}
