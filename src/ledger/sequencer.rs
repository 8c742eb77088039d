//! The one thread that makes the ledger grow: gathers entries, commits them together, answers everyone who waits.
//! LEDGER.md 6.2. What makes a commit true is `truth`'s business.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::ledger::Appended;
use crate::ledger::cosigned::Witnessed;
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
use crate::ledger::record::Head;
use crate::ledger::recovery::not_before;
use crate::ledger::rows;
use crate::ledger::rows::Growth;
use crate::ledger::rows::Nodes;
use crate::ledger::truth::Fate;
use crate::ledger::truth::Proposal;
use crate::ledger::truth::Truth;
use crate::ledger::volume::shelves::Shelves;
use crate::store;
use crate::store::Store;
use crate::store::journal;

/// Whatever the options say, a commit fits into one journal record: half of it, and one entry more.
const BATCH_BYTES_LIMIT: usize = journal::PAYLOAD_BYTES_MAX / 2;

/// An entry that waits for its place.
pub(crate) struct Submission {
    pub(crate) entry: Vec<u8>,
    pub(crate) leaf: Hash,
    /// What is only registered once: in a shared ledger an entry whose key is there is not added.
    pub(crate) key: Option<Vec<u8>>,
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
    pub(crate) witnessed: Witnessed,
    pub(crate) store: Arc<dyn Store>,
    /// The same store once more, where it is one of sealed volumes.
    pub(crate) shelves: Option<Arc<Shelves>>,
    /// Whether other processes append to the same ledger.
    pub(crate) is_shared: bool,
    pub(crate) published: RwLock<Arc<Published>>,
    /// The sequencer holds it through a whole commit; who else holds it sees no half one.
    pub(crate) truth: Mutex<Box<dyn Truth>>,
}

impl Shared {
    pub(crate) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, published: Published) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
    }

    pub(crate) fn truth(&self) -> MutexGuard<'_, Box<dyn Truth>> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's own state.
pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) edge: Edge,
}

/// Where an entry is, or will be.
struct Place {
    index: u64,
    duplicate: bool,
}

impl Sequencer {
    /// Works until nobody can submit any more. After a failed commit it only says that it has stopped.
    pub(crate) fn run(mut self, submissions: &Receiver<Submission>) {
        // An entry that was seen waiting while the batch before it was gathered.
        let mut waiting = None;
        let fatal = loop {
            let first = match waiting.take() {
                Some(waiting) => Ok(waiting),
                None => self.await_entry(submissions),
            };
            let done = match first {
                Ok(first) => {
                    let batch = self.gather(first, submissions);
                    waiting = submissions.try_recv().ok();
                    self.commit(batch, waiting.is_some()).and_then(|()| self.tend_if_due())
                }
                Err(RecvTimeoutError::Timeout) => self.tend(),
                Err(RecvTimeoutError::Disconnected) => {
                    return drop(self.shared.truth().close(&self.shared, &|step| self.told(step)));
                }
            };
            if let Err(error) = done {
                break error.to_string();
            }
        };
        // I6: nothing is tried again. What the failed step left behind is for the next opening to find out.
        for submission in waiting.into_iter().chain(submissions) {
            drop(submission.answer.send(Err(Error::Fatal(fatal.clone()))));
        }
    }

    /// The next entry, unless the truth wants to be tended before.
    fn await_entry(&self, submissions: &Receiver<Submission>) -> Result<Submission, RecvTimeoutError> {
        // Asked first, so that the lock is not held while nothing happens.
        let rest = self.shared.truth().rest();
        match rest {
            Some(rest) => submissions.recv_timeout(rest),
            None => submissions.recv().map_err(|_| RecvTimeoutError::Disconnected),
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

    /// Commits a batch and answers everyone in it. `more` says whether entries wait already.
    fn commit(&mut self, mut batch: Vec<Submission>, more: bool) -> Result<(), Error> {
        while !batch.is_empty() {
            batch = self.commit_some(batch, more)?;
        }
        Ok(())
    }

    /// Commits a batch as far as the room for it reaches, and gives what is left.
    fn commit_some(&mut self, mut batch: Vec<Submission>, more: bool) -> Result<Vec<Submission>, Error> {
        let appended = match self.write(&batch, more) {
            Ok(appended) => appended,
            // The store may be back for the next batch; nothing of this ledger is in doubt.
            Err(Error::Store(store::Error::Unavailable(what))) => {
                answer(batch, || Err(Error::Store(store::Error::Unavailable(what.clone()))));
                return Ok(Vec::new());
            }
            // I5. A clock that stands behind is no damage: this batch is refused, later ones may pass.
            Err(Error::ClockBehind { now, last }) => {
                answer(batch, || Err(Error::ClockBehind { now, last }));
                return Ok(Vec::new());
            }
            Err(error) => {
                answer(batch, || Err(Error::Fatal(error.to_string())));
                return Err(error);
            }
        };
        let rest = batch.split_off(appended.len());
        let mut appended = appended.into_iter();
        answer(batch, || Ok(appended.next().expect("one answer for each entry")));
        self.told(Step::Answered)?;
        Ok(rest)
    }

    /// Writes what is new in the batch and gives the answers, one for each entry: for all, or for the first of them as
    /// far as there is room.
    fn write(&mut self, batch: &[Submission], more: bool) -> Result<Vec<Appended>, Error> {
        let shared = Arc::clone(&self.shared);
        // Nothing is signed after a witness's alarm, and what waited is told so.
        shared.witnessed.calm()?;
        let mut truth = shared.truth();
        let places = loop {
            if let Some(moved) = truth.prepare(&shared)? {
                self.edge = moved.edge;
                shared.publish(moved.published);
            }
            let time = not_before(shared.published().head.time, (self.clock)(), &self.options)?;
            let places = if shared.is_shared { self.place_shared(batch)? } else { Some(self.place(batch)?) };
            // Somebody has committed one of these entries since we looked: look again, so that it can be proven.
            let Some(places) = places else { continue };
            if places.iter().all(|place| place.duplicate) {
                break places;
            }
            let proposal = propose(&mut self.edge, shared.published().head, batch, &places, time, more);
            let options = &self.options;
            match truth.commit(&shared, proposal, &|step| told(options, step))? {
                Fate::Committed(published) => {
                    shared.publish(published);
                    // Crash after: everything is there; whoever waited submits again and gets a duplicate's answer.
                    self.told(Step::Published)?;
                    break places;
                }
                Fate::Outrun => {}
            }
        };
        let published = shared.published();
        let size = published.head.size;
        let mut nodes = Nodes::new(shared.store.as_ref(), size);
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
    /// Ends before the first new entry for which there is no room.
    fn place(&self, batch: &[Submission]) -> Result<Vec<Place>, Error> {
        let end = self.shared.shelves.as_ref().map_or(u64::MAX, |shelves| shelves.end());
        let mut fresh = HashMap::new();
        let mut places = Vec::new();
        for Submission { leaf, .. } in batch {
            let known = match fresh.get(leaf) {
                Some(index) => Some(*index),
                None => rows::find(self.shared.store.as_ref(), leaf)?,
            };
            let next = self.edge.size() + u64::try_from(fresh.len()).expect("a length in memory fits 64 bits");
            let (index, duplicate) = (known.unwrap_or(next), known.is_some());
            if index >= end {
                break;
            }
            if !duplicate {
                fresh.insert(*leaf, index);
            }
            places.push(Place { index, duplicate });
        }
        Ok(places)
    }

    /// As `place`, with few questions to a store that is far away, and by key as well as by content. None where the
    /// store knows an entry beyond the tree that we have looked at.
    fn place_shared(&self, batch: &[Submission]) -> Result<Option<Vec<Place>>, Error> {
        let store = self.shared.store.as_ref();
        let leaves: Vec<&[u8]> = batch.iter().map(|one| one.leaf.as_slice()).collect();
        let keys: Vec<&[u8]> = batch.iter().filter_map(|one| one.key.as_deref()).collect();
        let mut known: HashMap<&[u8], u64> = HashMap::new();
        for (space, asked) in [(rows::LEAVES, leaves), (rows::KEYS, keys)] {
            let found = if asked.is_empty() { Vec::new() } else { rows::find_all(store, space, &asked)? };
            known.extend(asked.into_iter().zip(found).filter_map(|(name, index)| Some((name, index?))));
        }
        let mut next = self.edge.size();
        if known.values().any(|index| *index >= next) {
            return Ok(None);
        }
        let places = batch.iter().map(|one| {
            let names = [Some(one.leaf.as_slice()), one.key.as_deref()];
            let found = names.into_iter().flatten().find_map(|name| known.get(name).copied());
            let (index, duplicate) = (found.unwrap_or(next), found.is_some());
            if !duplicate {
                known.extend(names.into_iter().flatten().map(|name| (name, index)));
                next += 1;
            }
            Place { index, duplicate }
        });
        Ok(Some(places.collect()))
    }

    fn tend_if_due(&self) -> Result<(), Error> {
        let rest = self.shared.truth().rest();
        if rest == Some(Duration::ZERO) { self.tend() } else { Ok(()) }
    }

    fn tend(&self) -> Result<(), Error> {
        // Held until it is published: nothing older may come after.
        let mut truth = self.shared.truth();
        let tended = truth.tend(&self.shared, &|step| self.told(step))?;
        tended.into_iter().for_each(|published| self.shared.publish(published));
        Ok(())
    }

    fn told(&self, step: Step) -> Result<(), Error> {
        told(&self.options, step)
    }
}

/// Grows the edge by the entries that are new. They are copied: who was outrun proposes them again.
fn propose<'a>(
    edge: &'a mut Edge,
    old: Head,
    batch: &[Submission],
    places: &[Place],
    time: Timestamp,
    more: bool,
) -> Proposal<'a> {
    let mut growth = Growth::begin(edge, Some(Applied::from(&old)));
    let mut entries = Vec::new();
    for (Submission { entry, leaf, key, .. }, _) in batch.iter().zip(places).filter(|(_, place)| !place.duplicate) {
        if let Some(key) = key {
            growth.claim(key, edge.size());
        }
        growth.push(edge, entry, *leaf);
        entries.push(entry.clone());
    }
    Proposal { old, time, entries, growth, edge, more }
}

/// Tells whoever wants to hear of every step.
fn told(options: &Options, step: Step) -> Result<(), Error> {
    match &options.hook {
        Some(hook) => (hook.0)(step).map_err(Error::Fatal),
        None => Ok(()),
    }
}

/// Answers everyone in the batch. Nobody waiting any more is no reason to stop.
fn answer(batch: Vec<Submission>, mut next: impl FnMut() -> Result<Appended, Error>) {
    for submission in batch {
        drop(submission.answer.send(next()));
    }
}
