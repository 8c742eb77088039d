//! Scrubbing: in the background, a little every minute, everything on disk is read again and held against itself.
//! LEDGER.md 6.4 item 8. One pass: the journal's records, the tree they make, and the rows that must follow from it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::Fault;
use crate::ledger::Part;
use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::error::Error;
use crate::ledger::hash;
use crate::ledger::hash::Hash;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::replay::decoded;
use crate::ledger::rows;
use crate::ledger::sequencer::Shared;
use crate::ledger::tile::WIDTH;
use crate::store::disk;
use crate::store::journal;

/// How often a little is scrubbed.
const TURN: Duration = Duration::from_secs(60);

/// Faults that are kept and told; one broken disk is not listed row by row.
const FAULTS_MAX: usize = 20;

/// What scrubbing has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// How often everything was read, since the ledger was opened.
    pub cycles: u64,
    /// When everything had been read last, by this process or one before it.
    pub finished: Option<Timestamp>,
    /// Entries read in the cycle under way.
    pub entries: u64,
    /// What was found wrong, in this cycle and the one before; at most twenty.
    pub faults: Vec<Fault>,
}

/// Where a cycle has come.
struct Cycle {
    records: Box<dyn Iterator<Item = Result<journal::Record, journal::Error>> + Send>,
    edge: Edge,
    /// How far it goes: what was published when it began.
    head: Head,
}

/// Scrubs the ledger; one thread's own.
pub(crate) struct Scrub {
    shared: Arc<Shared>,
    told: Arc<Mutex<Scrubbed>>,
    cycle: Option<Cycle>,
    clock: Clock,
    cycle_time: Duration,
}

impl Scrub {
    pub(crate) fn new(shared: Arc<Shared>, options: &Options, clock: Clock) -> Self {
        let finished = std::fs::read_to_string(shared.files.scrubbed()).ok();
        let finished = finished.and_then(|time| time.trim_end().parse().ok());
        let told = Arc::new(Mutex::new(Scrubbed { finished, ..Scrubbed::default() }));
        Self { shared, told, cycle: None, clock, cycle_time: options.scrub_cycle }
    }

    /// What others may look at.
    pub(crate) fn told(&self) -> Arc<Mutex<Scrubbed>> {
        Arc::clone(&self.told)
    }

    /// Works until the sender of `stop` is gone.
    pub(crate) fn run(scrub: &Mutex<Self>, stop: &Receiver<()>) {
        while stop.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            let mut scrub = scrub.lock().unwrap_or_else(PoisonError::into_inner);
            // So many entries each minute that the cycle is over in time; at least a bundle.
            let turns = (scrub.cycle_time.as_secs() / TURN.as_secs()).max(1);
            let entries = scrub.shared.published().head.size.div_ceil(turns).max(u64::from(WIDTH));
            scrub.turn(entries);
        }
    }

    /// Reads so many entries more, or to the end of the cycle.
    pub(crate) fn turn(&mut self, entries: u64) {
        // Of a shared ledger nothing lies here: its rows are the server's, which has checksums of its own.
        if self.shared.is_shared {
            return;
        }
        let mut done = 0;
        let mut found = Vec::new();
        while done < entries {
            match self.step(&mut found) {
                Ok(Some(read)) => done += read,
                Ok(None) => break,
                // What cannot be read is what this is for.
                Err(error) => {
                    found.push(Fault::new(Part::Journal, &error.to_string()));
                    self.cycle = None;
                    break;
                }
            }
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.entries = self.cycle.as_ref().map_or(0, |cycle| cycle.edge.size());
        found.retain(|fault| !told.faults.contains(fault));
        told.faults.extend(found);
        told.faults.truncate(FAULTS_MAX);
    }

    /// Reads one record; none where a cycle has just ended.
    fn step(&mut self, found: &mut Vec<Fault>) -> Result<Option<u64>, Error> {
        let mut cycle = match self.cycle.take() {
            Some(cycle) => cycle,
            None => Cycle {
                records: Box::new(journal::read(&self.shared.files.journal(), 0)?),
                edge: Edge::default(),
                head: self.shared.published().head,
            },
        };
        let Some(record) = cycle.records.next() else {
            return Err(Error::Damaged("the journal ends before what was published".to_owned()));
        };
        let record = record?;
        let end = record.end;
        let before = cycle.edge.size();
        if let Record::Batch(batch) = decoded(record)? {
            for entry in &batch.entries {
                self.entry(&mut cycle.edge, entry, found)?;
            }
            if cycle.edge.root() != batch.new_root {
                found.push(Fault::new(Part::Journal, "a journal record does not lead where it says"));
            }
        }
        let read = cycle.edge.size() - before;
        if end.records < cycle.head.mark.records {
            self.cycle = Some(cycle);
            return Ok(Some(read));
        }
        if (end, cycle.edge.root()) != (cycle.head.mark, cycle.head.root) {
            found.push(Fault::new(Part::Journal, "the journal does not lead to what was published"));
        }
        self.finish();
        Ok(None)
    }

    /// Grows the tree by an entry of the journal, and compares the rows that it completes.
    fn entry(&self, edge: &mut Edge, entry: &[u8], found: &mut Vec<Fault>) -> Result<(), Error> {
        let store = self.shared.store.as_ref();
        let (at, leaf) = (edge.size(), hash::leaf(entry));
        let mut wrong = |what: String| found.push(Fault::new(Part::Store, &what));
        match rows::find(store, &leaf) {
            Ok(Some(index)) if index == at => {}
            Ok(_) => wrong(format!("entry {at} is not the one that the index knows")),
            Err(error) => wrong(format!("entry {at} cannot be looked up: {error}")),
        }
        edge.push(entry, leaf, &mut |piece| match piece {
            Piece::Bundle { index, bytes } => {
                if !rows::bundle(store, index, usize::from(WIDTH)).is_ok_and(|found| found.as_deref() == Some(bytes)) {
                    wrong(format!("entry bundle {index} is not what the journal holds"));
                }
            }
            Piece::Tile { level, index, hashes } => {
                let same = |found: Option<Vec<Hash>>| found.as_deref() == Some(hashes);
                if !rows::tile(store, level, index, hashes.len()).is_ok_and(same) {
                    wrong(format!("tile {index} of level {level} does not follow from the entries"));
                }
            }
        });
        Ok(())
    }

    fn finish(&self) {
        let now = (self.clock)();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.cycles += 1;
        told.finished = Some(now);
        // Only a hint for whoever looks later; it is written again after the next cycle.
        drop(disk::replace_unsynced(&self.shared.files.scrubbed(), format!("{now}\n").as_bytes()));
    }
}
