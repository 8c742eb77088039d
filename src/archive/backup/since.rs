//! What became of records after a backup was made, as the ledger that was published meanwhile says: each disposal is an
//! entry of its own there. HOUSE, invariant 7: a restore never brings back what was disposed of.

use std::path::Path;

use crate::archive::backup::ABOUT;
use crate::archive::backup::About;
use crate::archive::backup::Error;
use crate::archive::backup::restore;
use crate::archive::disposed::Disposed;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::record::unhex;
use crate::ledger::audit;
use crate::ledger::audit::Ended;
use crate::ledger::audit::Fetch;
use crate::ledger::note::Note;
use crate::ledger::succession;
use crate::ledger::succession::Succession;

/// What a backup says about itself, without the rest of it being looked at.
///
/// # Errors
/// The disk's; [`Error::NotABackup`], [`Error::Cut`].
pub fn about(file: &Path) -> Result<About, Error> {
    let mut tape = tar::Archive::new(restore::opened(file)?);
    let cut = |error: std::io::Error| Error::NotABackup(error.to_string());
    let mut entry = tape.entries().map_err(cut)?.next().ok_or(Error::Cut)?.map_err(cut)?;
    if restore::inside(&entry.path_bytes())? != ABOUT {
        return Err(Error::NotABackup(format!("it does not begin with {ABOUT}")));
    }
    let bytes = restore::held(ABOUT, &mut entry)?;
    serde_json::from_slice(&bytes).map_err(|error| Error::NotABackup(error.to_string()))
}

/// The records that were disposed of between a backup and the checkpoint `note`, and how many entries there are under it.
/// Every entry is proven by that checkpoint, and that by the keys of the backup, `changes` of them followed. What `fetch`
/// finds are the ledger's tiles and entries. The decisions are not in a ledger, so none is remarked.
///
/// # Errors
/// [`Error::Checkpoint`] where nobody we know signed it; [`Error::OtherHistory`] where the backup's ledger is not the
/// beginning of that one; [`Error::Unfollowed`] where its entries could not be had.
pub fn disposed_since<E: std::fmt::Display>(
    about: &About,
    note: &str,
    changes: Option<&Succession>,
    fetch: Fetch<'_, E>,
) -> Result<(Disposed, u64), Error> {
    let ring = restore::ring(about)?;
    let ring = changes.map_or_else(|| ring.clone(), |changes| changes.follow(&ring));
    let now = succession::signed(&Note::parse(note)?, &ring)?;
    let root = unhex::<32>(&about.root).ok_or_else(|| Error::NotABackup(about.root.clone()))?;
    let mut disposed = Disposed::new();
    if now.size <= about.size {
        return Ok((disposed, now.size));
    }
    let mut seen = |_: u64, bytes: &[u8]| {
        let entry = Entry::read(bytes).filter(|entry| entry.event == Event::Disposed);
        disposed.extend(entry.map(|entry| (entry.record, String::new())));
    };
    let before = (about.size > 0).then_some((about.size, root));
    match audit::audit(before, (now.size, now.root), fetch, &mut seen, &mut |_, _| {}) {
        Ok(()) => Ok((disposed, now.size)),
        Err(Ended::Fault(audit::Fault::Forked { size })) => Err(Error::OtherHistory(size)),
        Err(Ended::Fault(fault)) => Err(Error::Unfollowed(fault.to_string())),
        Err(Ended::Unasked(error)) => Err(Error::Unfollowed(error.to_string())),
    }
}
