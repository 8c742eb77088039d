//! Changing the ledger's keys while it stays the same ledger: its name, its tree and its receipts go on.
//! Each step says what a crash after it leaves behind; opening completes a change whose entry is in the journal.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::ledger::Ledger;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::note::Seed;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::options::Step;
use crate::ledger::proof;
use crate::ledger::receipt::Receipt;
use crate::ledger::record::Head;
use crate::ledger::repair::Repair;
use crate::ledger::rows;
use crate::ledger::rows::Nodes;
use crate::ledger::succession::Change;
use crate::ledger::succession::Handover;
use crate::ledger::tile::WIDTH;
use crate::store::Store;
use crate::store::disk;

impl Ledger {
    /// Replaces both keys of the ledger in `dir` by those of a new seed, and opens it. The old secret is gone then.
    /// Nobody else may have the ledger open. Where a change had been interrupted it is completed, and is this one.
    ///
    /// # Errors
    /// As [`Ledger::open`] and [`Ledger::append`]. What was begun is completed by the next opening, or never happened.
    pub fn rotate(dir: &Path, seed: &Seed, options: Options, clock: Clock) -> Result<Self, Error> {
        let ledger = Self::open(dir, options.clone(), clock)?;
        if ledger.recovery.notes.contains(&Repair::KeysChanged) {
            return Ok(ledger);
        }
        let files = Files::new(dir, &options);
        let (old, next) = (&ledger.shared.keys, Keys::new(ledger.origin(), seed)?);
        if old.ring().iter().any(|held| next.verifiers().contains(&held.key)) {
            return Err(Error::Damaged("the new key is one that the ledger had before".to_owned()));
        }
        // What an earlier change left that never happened.
        remove(&files.next_key())?;
        disk::write_new(&files.next_key(), next.to_private().as_bytes(), OpenOptions::new().mode(0o600))?;
        // Crash here: the ledger knows nothing of the new key, and opening removes it.
        told(&options, Step::KeyMade)?;

        let change = Change {
            origin: ledger.origin().to_owned(),
            at: clock(),
            index: ledger.size(),
            old: old.verifiers().to_vec(),
            new: next.verifiers().to_vec(),
        };
        let entry = change.entry(&[old.signers(), next.signers()].concat())?;
        // COMMIT POINT: the sequencer's. From there on the change is in the ledger, and `settle` completes it.
        ledger.append(entry)?;
        drop(ledger);
        let mut ledger = Self::open(dir, options, clock)?;
        ledger.recovery.notes.retain(|note| *note != Repair::KeysChanged);
        Ok(ledger)
    }
}

/// Completes a change of keys whose entry is the last one in the ledger; removes a key that never came so far. Gives the
/// keys to sign with, which are those that the last change led to.
pub(crate) fn settle(
    files: &Files,
    keys: Keys,
    head: &Head,
    store: &dyn Store,
    options: &Options,
) -> Result<Keys, Error> {
    let keys = match files.read_next_keys()? {
        Some(next) => match newest_change(store, head.size)? {
            Some((change, entry)) if change.new == next.verifiers() => {
                take_over(files, (keys, next), (change, entry), head, store, options)?
            }
            // No entry names it, and none will: whoever made it began again or gave up.
            Some(_) | None => {
                remove(&files.next_key())?;
                keys
            }
        },
        None => keys,
    };
    let Some(last) = keys.succession().last() else { return Ok(keys) };
    if last.change.new != keys.verifiers() {
        let size = last.change.size();
        return Err(Error::Damaged(format!("the file `key` holds a key that was replaced at {size} entries")));
    }
    let Checkpoint { size, root, .. } = last.checkpoint;
    if size > head.size {
        return Err(Error::AnchorRolledBack { published: size, anchor: head.size });
    }
    if root_at(store, size)? != root {
        return Err(Error::Forked { size, between: "journal and the last change of keys" });
    }
    Ok(keys)
}

/// The steps of a change that follow on the commit of its entry. All make the same bytes each time.
fn take_over(
    files: &Files,
    (old, next): (Keys, Keys),
    (change, entry): (Change, Vec<u8>),
    head: &Head,
    store: &dyn Store,
    options: &Options,
) -> Result<Keys, Error> {
    // Written by an opening that was interrupted after it.
    let known = old.succession().last().is_some_and(|last| last.change == change);
    let succession = if known {
        old.succession().clone()
    } else {
        if change.old != old.verifiers() {
            return Err(Error::Damaged("the ledger's last entry changes keys that it does not have".to_owned()));
        }
        let signers = [old.signers(), next.signers()].concat();
        let checkpoint = Checkpoint::new(old.origin(), head.size, head.root).sign_all(&signers)?;
        let mut nodes = Nodes::new(store, head.size);
        let proof = proof::inclusion(change.index, head.size, &mut |node| nodes.fetch(node))?;
        let receipt = Receipt { extra: Some(entry), index: change.index, proof, checkpoint };
        let unproven = |error| Error::Damaged(format!("the change of keys: {error}"));
        old.succession().with(Handover::of(receipt).map_err(unproven)?).map_err(unproven)?
    };
    disk::replace(&files.succession(), succession.to_string().as_bytes())?;
    // Crash here: the old key is in place still, and the new one beside it: opening comes here again. Only when the
    // proof is durable may the old secret go: nobody could make it anew.
    told(options, Step::HandedOver)?;

    fs::rename(files.next_key(), files.key()).map_err(disk::Error::at("replace", &files.key()))?;
    disk::sync_name(&files.key())?;
    // Crash here: nothing is left to do but to publish the checkpoint that both have signed, which opening does.
    told(options, Step::KeyTaken)?;
    Ok(next.after(succession))
}

/// The change that the ledger's last entry is, if it is one, with its bytes.
fn newest_change(store: &dyn Store, size: u64) -> Result<Option<(Change, Vec<u8>)>, Error> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    let width = u64::from(WIDTH);
    let damaged = || Error::Damaged(format!("entry {last}"));
    let wanted = usize::try_from(last % width + 1).expect("at most 256");
    let bundle = rows::bundle(store, last / width, wanted)?.ok_or_else(damaged)?;
    let entry = rows::split(&bundle).and_then(|entries| entries.last().map(|entry| entry.to_vec()));
    let entry = entry.ok_or_else(damaged)?;
    let change = Change::read(&entry).filter(|change| change.size() == size);
    Ok(change.map(|change| (change, entry)))
}

fn root_at(store: &dyn Store, size: u64) -> Result<Hash, Error> {
    let mut nodes = Nodes::new(store, size);
    proof::root(size, &mut |node| nodes.fetch(node))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed.map_err(disk::Error::at("remove", path))?),
    }
}

fn told(options: &Options, step: Step) -> Result<(), Error> {
    match &options.hook {
        Some(hook) => (hook.0)(step).map_err(Error::Fatal),
        None => Ok(()),
    }
}
