//! Truth on one machine: a journal that is synced before anyone is told, an anchor, and a database that lags.
//! LEDGER.md 6.2 and its invariants I1–I6 (6.3). Each step says what a crash after it leaves behind.

use std::time::Duration;
use std::time::Instant;

use crate::ledger::Fault;
use crate::ledger::Part;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::options::Options;
use crate::ledger::options::Step;
use crate::ledger::record::Applied;
use crate::ledger::record::Batch;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::sequencer::Published;
use crate::ledger::sequencer::Shared;
use crate::ledger::truth::Fate;
use crate::ledger::truth::Moved;
use crate::ledger::truth::Proposal;
use crate::ledger::truth::Told;
use crate::ledger::truth::Truth;
use crate::store::anchor::Anchor;
use crate::store::journal::Journal;

/// Journal and anchor, and how far the database lags behind them.
pub(crate) struct Embedded {
    journal: Journal,
    anchor: Anchor,
    sync_commits: u32,
    sync_after: Duration,
    /// Commits since the database was synced, and when the first of them was.
    unsynced: Option<(u32, Instant)>,
}

impl Embedded {
    pub(crate) fn new(journal: Journal, anchor: Anchor, options: &Options) -> Self {
        let Options { sync_commits, sync_after, .. } = *options;
        Self { journal, anchor, sync_commits, sync_after, unsynced: None }
    }
}

impl Truth for Embedded {
    /// The lock on the directory keeps others out: it is always our turn, and nothing moves without us.
    fn prepare(&mut self, _shared: &Shared) -> Result<Option<Moved>, Error> {
        Ok(None)
    }

    fn commit(&mut self, shared: &Shared, proposal: Proposal<'_>, told: Told<'_>) -> Result<Fate, Error> {
        let (size, root) = proposal.leads_to();
        let Proposal { old, time, entries, growth, edge, more: _ } = proposal;
        let batch = Batch { first: old.size, time, old_root: old.root, new_root: root, entries };
        let record = Record::Batch(batch);
        // Crash here: nothing happened. Nobody has been answered.
        told(Step::Computed)?;

        // COMMIT POINT (I1). Crash during: a torn record, cut off at opening. Crash after: the entries are in the
        // ledger; opening finds the journal ahead of the anchor and completes the commit. Nobody has been answered,
        // and who submits again is told the same index.
        let mark = self.journal.append(&[&record.encode()])?;
        told(Step::Journaled)?;

        // I2: only one root for each size passes here, before anything is signed. Crash during: a torn slot, the
        // other holds the old head, and the journal is ahead of it as above. Crash after: opening signs this head.
        let head = Head { size, root, mark, time };
        self.anchor.swap(&old.encode(), &head.encode())?;
        told(Step::Anchored)?;

        // Crash after: opening signs the same text and gets the same bytes.
        let note = shared.keys.sign(size, root)?;
        told(Step::Signed)?;

        // I3: the database may fall behind, never lead. Crash during or after, before it is synced: it holds some
        // earlier head, and opening replays the journal from there.
        growth.apply(shared.store.as_ref(), edge, Applied::from(&head))?;
        let (commits, since) = self.unsynced.unwrap_or((0, Instant::now()));
        self.unsynced = Some((commits.saturating_add(1), since));
        told(Step::Applied)?;

        // Crash during: readers find the checkpoint before this one, and opening publishes this one.
        shared.files.publish(&note)?;
        Ok(Fate::Committed(Published { head, note: note.into() }))
    }

    fn rest(&self) -> Option<Duration> {
        self.unsynced.map(|(commits, since)| match commits >= self.sync_commits {
            true => Duration::ZERO,
            false => self.sync_after.saturating_sub(since.elapsed()),
        })
    }

    fn tend(&mut self, shared: &Shared, told: Told<'_>) -> Result<Option<Published>, Error> {
        if self.unsynced.take().is_some() {
            shared.store.sync()?;
            told(Step::Synced)?;
        }
        Ok(None)
    }

    /// If this sync fails, the journal still has everything.
    fn close(&mut self, shared: &Shared, told: Told<'_>) -> Result<(), Error> {
        self.tend(shared, told).map(drop)
    }

    /// The anchor, in memory and on disk, must name the published head.
    fn examine(&self, shared: &Shared, published: &Published) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.anchor.is_sound().unwrap_or(false) {
            let what = "a slot of the anchor cannot be read, or is not the one written last";
            faults.push(Fault::new(Part::Anchor, what));
        }
        if Head::decode(self.anchor.payload()) != Some(published.head) {
            faults.push(Fault::new(Part::Anchor, "the anchor and the published head differ"));
        }
        faults.extend(published_file(shared, published));
        faults
    }
}

/// The checkpoint on disk must be the one that was signed.
fn published_file(shared: &Shared, published: &Published) -> Option<Fault> {
    let fault = |what: &str| Some(Fault::new(Part::Checkpoint, what));
    let on_disk = std::fs::read(shared.files.checkpoint()).unwrap_or_default();
    let verified = std::str::from_utf8(&on_disk).map(|note| Checkpoint::verify(note, shared.keys.verifier()));
    match verified {
        Ok(Ok(checkpoint)) if (checkpoint.size, checkpoint.root) == (published.head.size, published.head.root) => {
            if on_disk == published.note.as_bytes() {
                return None;
            }
            fault("the published checkpoint is not the text that was signed")
        }
        Ok(Ok(checkpoint)) => {
            let (size, newest) = (checkpoint.size, published.head.size);
            fault(&format!("the published checkpoint is of size {size}, the ledger of size {newest}"))
        }
        Ok(Err(_)) | Err(_) => fault("the published checkpoint cannot be read or is not signed by us"),
    }
}
