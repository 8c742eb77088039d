//! The one thread that makes the ledger grow: gathers entries, commits them together, answers everyone who waits.
//! LEDGER.md 6.2 and its invariants I1–I6 (6.3).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::ledger::Appended;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::options::Step;
use crate::ledger::proof;
use crate::ledger::record::Applied;
use crate::ledger::record::Batch;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::recovery::not_before;
use crate::ledger::rows;
use crate::ledger::rows::Growth;
use crate::ledger::rows::Nodes;
use crate::store::Store;
use crate::store::anchor::Anchor;
use crate::store::journal;
use crate::store::journal::Journal;

/// Whatever the options say, a commit fits into one journal record: half of it, and one entry more.
const BATCH_BYTES_LIMIT: usize = journal::PAYLOAD_BYTES_MAX / 2;

/// An entry that waits for its place.
pub(crate) struct Submission {
    pub(crate) entry: Vec<u8>,
    pub(crate) leaf: Hash,
    pub(crate) answer: SyncSender<Result<Appended, Error>>,
}

/// The newest head that everyone may know, and its signed checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) head: Head,
    pub(crate) note: Arc<str>,
}

/// What the sequencer shares with readers.
pub(crate) struct Shared {
    pub(crate) files: Files,
    pub(crate) keys: Keys,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) published: RwLock<Arc<Published>>,
    /// The sources of truth. The sequencer holds them through a whole commit; who else holds them sees no half one.
    pub(crate) truth: Mutex<Truth>,
}

/// Journal and anchor.
pub(crate) struct Truth {
    pub(crate) journal: Journal,
    pub(crate) anchor: Anchor,
}

impl Shared {
    pub(crate) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The thread's own state.
pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) edge: Edge,
    /// Commits since the database was synced, and when the first of them was.
    pub(crate) unsynced: Option<(u32, Instant)>,
}

/// Where an entry is, or will be.
struct Place {
    index: u64,
    duplicate: bool,
}

impl Sequencer {
    /// Works until nobody can submit any more. After a failed commit it only says that it has stopped.
    pub(crate) fn run(mut self, submissions: &Receiver<Submission>) {
        let fatal = loop {
            let wait = self.unsynced.map(|(_, since)| self.options.sync_after.saturating_sub(since.elapsed()));
            let first = match wait {
                Some(wait) => submissions.recv_timeout(wait),
                None => submissions.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let done = match first {
                Ok(first) => {
                    let batch = self.gather(first, submissions);
                    self.commit(batch).and_then(|()| self.sync_if_due())
                }
                Err(RecvTimeoutError::Timeout) => self.sync(),
                // A clean stop. If this sync fails, the journal still has everything.
                Err(RecvTimeoutError::Disconnected) => return drop(self.sync()),
            };
            if let Err(error) = done {
                break error.to_string();
            }
        };
        // I6: nothing is tried again. What the failed step left behind is for the next opening to find out.
        for submission in submissions {
            drop(submission.answer.send(Err(Error::Fatal(fatal.clone()))));
        }
    }

    /// The first entry and those that come while it waits.
    fn gather(&self, first: Submission, submissions: &Receiver<Submission>) -> Vec<Submission> {
        let until = Instant::now() + self.options.batch_window;
        let bytes_max = self.options.batch_bytes_max.min(BATCH_BYTES_LIMIT);
        let mut bytes = first.entry.len();
        let mut batch = vec![first];
        while batch.len() < self.options.batch_entries_max && bytes < bytes_max {
            let left = until.saturating_duration_since(Instant::now());
            let next =
                if left == Duration::ZERO { submissions.try_recv().ok() } else { submissions.recv_timeout(left).ok() };
            let Some(next) = next else { break };
            bytes += next.entry.len();
            batch.push(next);
        }
        batch
    }

    /// Commits a batch and answers everyone in it.
    fn commit(&mut self, mut batch: Vec<Submission>) -> Result<(), Error> {
        // I5. A clock that stands behind is no damage: this batch is refused, later ones may pass.
        let last = self.shared.published().head.time;
        let done = match not_before(last, (self.clock)(), &self.options) {
            Ok(time) => self.write(&mut batch, time),
            Err(Error::ClockBehind { now, last }) => {
                answer(batch, || Err(Error::ClockBehind { now, last }));
                return Ok(());
            }
            Err(error) => Err(error),
        };
        let appended = match done {
            Ok(appended) => appended,
            Err(error) => {
                answer(batch, || Err(Error::Fatal(error.to_string())));
                return Err(error);
            }
        };
        let mut appended = appended.into_iter();
        answer(batch, || Ok(appended.next().expect("one answer for each entry")));
        self.hook(Step::Answered)
    }

    /// Writes what is new in the batch and gives the answers, one for each entry.
    fn write(&mut self, batch: &mut [Submission], time: Timestamp) -> Result<Vec<Appended>, Error> {
        let places = self.place(batch)?;
        let mut fresh = Vec::new();
        for (submission, _) in batch.iter_mut().zip(&places).filter(|(_, place)| !place.duplicate) {
            fresh.push((std::mem::take(&mut submission.entry), submission.leaf));
        }
        if !fresh.is_empty() {
            self.grow(fresh, time)?;
        }
        let published = self.shared.published();
        let size = published.head.size;
        let mut nodes = Nodes::new(self.shared.store.as_ref(), size);
        let answers = places.into_iter().map(|Place { index, duplicate }| {
            Ok(Appended {
                index,
                duplicate,
                size,
                checkpoint: Arc::clone(&published.note),
                proof: proof::inclusion(index, size, &mut |node| nodes.fetch(node))?,
            })
        });
        answers.collect()
    }

    /// Gives every entry its index: the old one if it is in the ledger, or earlier in the batch; else the next one.
    fn place(&self, batch: &[Submission]) -> Result<Vec<Place>, Error> {
        let mut fresh = HashMap::new();
        let mut places = Vec::new();
        for Submission { leaf, .. } in batch {
            let known = match fresh.get(leaf) {
                Some(index) => Some(*index),
                None => rows::find(self.shared.store.as_ref(), leaf)?,
            };
            let next = self.edge.size() + u64::try_from(fresh.len()).expect("a length in memory fits 64 bits");
            let (index, duplicate) = (known.unwrap_or(next), known.is_some());
            if !duplicate {
                fresh.insert(*leaf, index);
            }
            places.push(Place { index, duplicate });
        }
        Ok(places)
    }

    /// Makes new entries durable, signed and published. Each step says what a crash after it leaves behind.
    fn grow(&mut self, fresh: Vec<(Vec<u8>, Hash)>, time: Timestamp) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        let mut truth = shared.truth.lock().unwrap_or_else(PoisonError::into_inner);
        let old = shared.published().head;
        let mut growth = Growth::begin(&self.edge, Some(Applied::from(&old)));
        for (entry, leaf) in &fresh {
            growth.push(&mut self.edge, entry, *leaf);
        }
        let (size, root) = (self.edge.size(), self.edge.root());
        let record = Record::Batch(Batch {
            first: old.size,
            time,
            old_root: old.root,
            new_root: root,
            entries: fresh.into_iter().map(|(entry, _)| entry).collect(),
        });
        // Crash here: nothing happened. Nobody has been answered.
        self.hook(Step::Computed)?;

        // COMMIT POINT (I1). Crash during: a torn record, cut off at opening. Crash after: the entries are in the
        // ledger; opening finds the journal ahead of the anchor and completes the commit. Nobody has been answered,
        // and who submits again is told the same index.
        let mark = truth.journal.append(&[&record.encode()])?;
        self.hook(Step::Journaled)?;

        // I2: only one root for each size passes here, before anything is signed. Crash during: a torn slot, the
        // other holds the old head, and the journal is ahead of it as above. Crash after: opening signs this head.
        let head = Head { size, root, mark, time };
        truth.anchor.swap(&old.encode(), &head.encode())?;
        self.hook(Step::Anchored)?;

        // Crash after: opening signs the same text and gets the same bytes.
        let note = shared.keys.sign(size, root)?;
        self.hook(Step::Signed)?;

        // I3: the database may fall behind, never lead. Crash during or after, before it is synced: it holds some
        // earlier head, and opening replays the journal from there.
        growth.apply(shared.store.as_ref(), &self.edge, Applied::from(&head))?;
        let (commits, since) = self.unsynced.unwrap_or((0, Instant::now()));
        self.unsynced = Some((commits.saturating_add(1), since));
        self.hook(Step::Applied)?;

        // Crash during: readers find the checkpoint before this one, and opening publishes this one.
        shared.files.publish(&note)?;
        let published = Arc::new(Published { head, note: note.into() });
        *shared.published.write().unwrap_or_else(PoisonError::into_inner) = published;
        // Crash after: everything is there; whoever waited submits again and gets a duplicate's answer.
        self.hook(Step::Published)
    }

    fn sync_if_due(&mut self) -> Result<(), Error> {
        match self.unsynced {
            Some((commits, since))
                if commits >= self.options.sync_commits || since.elapsed() >= self.options.sync_after =>
            {
                self.sync()
            }
            Some(_) | None => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), Error> {
        if self.unsynced.take().is_some() {
            self.shared.store.sync()?;
            self.hook(Step::Synced)?;
        }
        Ok(())
    }

    fn hook(&self, step: Step) -> Result<(), Error> {
        match &self.options.hook {
            Some(hook) => (hook.0)(step).map_err(Error::Fatal),
            None => Ok(()),
        }
    }
}

/// Answers everyone in the batch. Nobody waiting any more is no reason to stop.
fn answer(batch: Vec<Submission>, mut next: impl FnMut() -> Result<Appended, Error>) {
    for submission in batch {
        drop(submission.answer.send(next()));
    }
}
