//! Truth on one machine: journal and anchor, synced side by side before anyone is told, and a database that lags.
//! LEDGER.md 6.2 and its invariants I1–I6 (6.3). Each step says what a crash after it leaves behind.
//!
//! **One wait for the disk.** Signing wants two things durable: the batch in the journal (I1), and in the anchor the
//! only size and root that may be signed next (I2, I3). Synced one after the other they cost every receipt two waits.
//! The anchor is therefore written ahead and names two heads: the one *known* to be in the journal, and the one
//! *begun*. Then neither sync needs the other to come first, both run at once, and a receipt waits for the slower.
//! What is given up against two waits: after a power cut, a journal that has lost exactly the last record that it had
//! synced cannot be told from one that never got it. The next commit, or at rest the next tending (`sync_after`), makes
//! that head a known one; the published checkpoint and witnesses tell of it before.

use std::sync::Arc;
use std::thread;
use std::thread::ScopedJoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::ledger::Fault;
use crate::ledger::Part;
use crate::ledger::error::Error;
use crate::ledger::note::Note;
use crate::ledger::options::Options;
use crate::ledger::options::Step;
use crate::ledger::record::Anchored;
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
use crate::ledger::volume::keeper::Keeper;
use crate::ledger::volume::shelves::Shelves;
use crate::store::anchor::Anchor;
use crate::store::journal::Journal;
use crate::store::journal::Prepared;

/// Journal and anchor, and how far the database lags behind them.
pub(crate) struct Embedded {
    journal: Journal,
    anchor: Anchor,
    /// What the anchor says.
    anchored: Anchored,
    shelves: Arc<Shelves>,
    keeper: Keeper,
    sync_commits: u32,
    sync_after: Duration,
    /// Commits since the database was last handed over to be synced, and when the first of them was.
    unsynced: Option<(u32, Instant)>,
}

impl Embedded {
    /// Journal and anchor must agree that the ledger ends with `head`.
    pub(crate) fn new(
        (journal, anchor, head): (Journal, Anchor, Head),
        shelves: &Arc<Shelves>,
        options: &Options,
    ) -> Result<Self, Error> {
        let Options { sync_commits, sync_after, .. } = *options;
        let keeper = Keeper::start(Arc::clone(shelves))?;
        let (anchored, shelves) = (Anchored::certain(head), Arc::clone(shelves));
        Ok(Self { journal, anchor, anchored, shelves, keeper, sync_commits, sync_after, unsynced: None })
    }

    /// Makes the record and what the anchor says durable, at once.
    fn sync_both(&mut self, record: Prepared) -> Result<(), Error> {
        let Self { journal, anchor, .. } = self;
        let (appended, beside) = thread::scope(|scope| {
            let beside = thread::Builder::new().name("anchor".to_owned()).spawn_scoped(scope, || anchor.sync());
            let appended = journal.commit(record);
            (appended, beside.ok().map(ScopedJoinHandle::join))
        });
        appended?;
        match beside {
            Some(synced) => synced.map_err(|_| Error::Fatal("the anchor could not be synced".to_owned()))??,
            // Where no thread can be had, one is synced after the other.
            None => self.anchor.sync()?,
        }
        Ok(())
    }

    /// Makes the last head a known one, for the journal holds it durably.
    fn confirm(&mut self) -> Result<(), Error> {
        let certain = Anchored::certain(self.anchored.begun);
        if self.anchored != certain {
            self.anchor.swap(&self.anchored.encode(), &certain.encode())?;
            self.anchored = certain;
        }
        Ok(())
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
        let record = self.journal.prepare(&[&Record::Batch(batch).encode()])?;
        let head = Head { size, root, mark: record.end(), time };
        // Crash here: nothing happened. Nobody has been answered.
        told(Step::Computed)?;

        // I2: only one root for each size passes here, before anything is signed. Crash after: the anchor may name a
        // commit that the journal does not hold, and nobody was told of; opening drops it. A torn slot leaves the
        // other, which says the commit before.
        if self.anchored.begun != old {
            return Err(Error::Forked { size: old.size, between: "anchor and sequencer" });
        }
        let ahead = Anchored { known: old, begun: head };
        self.anchor.write(&self.anchored.encode(), &ahead.encode())?;
        self.anchored = ahead;
        told(Step::Anchored)?;

        // COMMIT POINT (I1). Crash during: a torn record, cut off at opening, or a whole one with or without the anchor
        // that names it. Crash after: the entries are in the ledger. Opening completes the commit wherever the record
        // is whole; nobody has been answered, and who submits again is told the same index.
        self.sync_both(record)?;
        told(Step::Journaled)?;

        // Crash after: opening signs the same text and gets the same bytes.
        let note = shared.keys.sign(size, root)?;
        told(Step::Signed)?;

        // I3: the database may fall behind, never lead. Crash during or after, before it is synced: it holds some
        // earlier head, and opening replays the journal from there.
        let applied = Applied::from(&head);
        growth.apply(shared.store.as_ref(), edge, applied)?;
        if self.shelves.turn(edge, applied)? {
            self.keeper.order();
        }
        while self.shelves.is_crowded() {
            self.keeper.finish()?;
        }
        let (commits, since) = self.unsynced.unwrap_or((0, Instant::now()));
        self.unsynced = Some((commits.saturating_add(1), since));
        told(Step::Applied)?;

        // Crash during: readers find the checkpoint before this one, and opening publishes this one.
        shared.files.publish(&note)?;
        Ok(Fate::Committed(Published { head, note: note.into() }))
    }

    fn rest(&self) -> Option<Duration> {
        let due = self.unsynced.map(|(commits, since)| match commits >= self.sync_commits {
            true => Duration::ZERO,
            false => self.sync_after.saturating_sub(since.elapsed()),
        });
        due.or_else(|| self.keeper.is_busy().then_some(self.sync_after))
    }

    /// Hears how the keeper fared, and hands over what has gathered since; all of it waits for the next time where the
    /// keeper is still at work.
    fn tend(&mut self, _shared: &Shared, told: Told<'_>) -> Result<Option<Published>, Error> {
        if self.keeper.look()? {
            told(Step::Synced)?;
        }
        if self.unsynced.is_some() {
            self.confirm()?;
            self.unsynced = if self.keeper.order() { None } else { Some((0, Instant::now())) };
        }
        Ok(None)
    }

    /// If this fails, the journal still has everything.
    fn close(&mut self, _shared: &Shared, told: Told<'_>) -> Result<(), Error> {
        self.confirm()?;
        self.keeper.finish()?;
        told(Step::Synced)
    }

    /// The anchor, in memory and on disk, must name the published head.
    fn examine(&self, shared: &Shared, published: &Published) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.anchor.is_sound().unwrap_or(false) {
            let what = "a slot of the anchor cannot be read, or is not the one written last";
            faults.push(Fault::new(Part::Anchor, what));
        }
        if Anchored::decode(self.anchor.payload()).map(|anchored| anchored.begun) != Some(published.head) {
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
    let parsed = std::str::from_utf8(&on_disk).ok().and_then(|note| Note::parse(note).ok());
    match parsed.map(|note| shared.keys.recognise(&note)) {
        Some(Ok(checkpoint)) if (checkpoint.size, checkpoint.root) == (published.head.size, published.head.root) => {
            if on_disk == published.note.as_bytes() {
                return None;
            }
            fault("the published checkpoint is not the text that was signed")
        }
        Some(Ok(checkpoint)) => {
            let (size, newest) = (checkpoint.size, published.head.size);
            fault(&format!("the published checkpoint is of size {size}, the ledger of size {newest}"))
        }
        Some(Err(_)) | None => fault("the published checkpoint cannot be read or is not signed by us"),
    }
}
