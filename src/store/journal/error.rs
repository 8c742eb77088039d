//! Why the journal could not do what was asked. LEDGER.md 6.3.

use std::path::PathBuf;

use crate::store::disk;
use crate::store::journal::PAYLOAD_BYTES_MAX;

/// Why the journal could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Creating found something already there.
    #[error("will not create a journal over {}", .0.display())]
    Exists(PathBuf),
    /// There is no journal.
    #[error("there is no journal in {}", .0.display())]
    Missing(PathBuf),
    /// A file that is named like a segment and is none.
    #[error("{} is no part of the journal", .0.display())]
    Stranger(PathBuf),
    /// The journal ends before what is known to have been durable.
    #[error("the journal ends after {found} records; {durable} were durable")]
    Lost {
        /// Records known to have been durable.
        durable: u64,
        /// Records found.
        found: u64,
    },
    /// A record does not hold: flipped, cut, or not where it belongs.
    #[error("the journal is damaged at record {sequence}, byte {offset} of its segment")]
    Damaged {
        /// Its sequence.
        sequence: u64,
        /// Where it begins in its segment.
        offset: u64,
    },
    /// All records are there, but they are not those that were made durable.
    #[error("the first {records} records are not the ones that were written")]
    OtherHistory {
        /// How many records the chain covers.
        records: u64,
    },
    /// The payload is longer than [`PAYLOAD_BYTES_MAX`].
    #[error("a journal record of {bytes} bytes; it takes {PAYLOAD_BYTES_MAX}")]
    Payload {
        /// Its length.
        bytes: usize,
    },
    /// An earlier append failed so that the state on disk is unknown.
    #[error("the journal stopped after an earlier failure and must be opened anew")]
    Poisoned,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}
