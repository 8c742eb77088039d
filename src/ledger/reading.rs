//! A ledger opened only to be read: beside a process that writes it, or from a disk that cannot be written.
//! Its rows are derived anew from the journal, in memory: about 200 bytes an entry, which a small machine has for a
//! million. Nothing is locked, repaired, signed or written; what is committed later is not seen.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::RwLock;
use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::Fault;
use crate::ledger::Ledger;
use crate::ledger::Recovery;
use crate::ledger::cluster::Cluster;
use crate::ledger::cosigned::Witnessed;
use crate::ledger::durable::Durable;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::options::Options;
use crate::ledger::record::Applied;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::recovery;
use crate::ledger::replay::decoded;
use crate::ledger::replay::go_on;
use crate::ledger::rows;
use crate::ledger::rows::Growth;
use crate::ledger::scrub::Scrub;
use crate::ledger::sequencer::Published;
use crate::ledger::sequencer::Shared;
use crate::ledger::truth::Fate;
use crate::ledger::truth::Moved;
use crate::ledger::truth::Proposal;
use crate::ledger::truth::Told;
use crate::ledger::truth::Truth;
use crate::store::Store;
use crate::store::journal;
use crate::store::memory::MemoryStore;

impl Ledger {
    /// Opens a ledger to read what was published last. It takes no entries.
    ///
    /// # Errors
    /// [`Error::Missing`] where nothing was ever published; parts that disagree; damage.
    pub fn read(dir: &Path, options: &Options) -> Result<Self, Error> {
        let files = Files::new(dir, options);
        let durable = Durable::read(dir, options)?;
        let note = durable.checkpoint().ok_or_else(|| Error::Missing(files.checkpoint()))?;
        let store = MemoryStore::new(&rows::SPACES);
        let head = derive(&files, &store, durable.signed().0, durable.head)?;
        if (head.size, head.root) != durable.signed() {
            return Err(Error::Forked { size: head.size, between: "journal and published checkpoint" });
        }
        Self::still(
            Shared {
                is_shared: false,
                keys: files.read_keys()?,
                witnessed: Witnessed::default(),
                files,
                store: Arc::new(store),
                shelves: None,
                published: RwLock::new(Arc::new(Published { head, note: note.into() })),
                truth: Mutex::new(Box::new(Onlooker(None))),
            },
            options,
        )
        .with_cosigned()
    }

    /// Opens a shared ledger to read it, also beside a process that has joined it from the same directory. It takes no
    /// entries and locks nothing.
    ///
    /// # Errors
    /// Those of [`Ledger::join`], save that the directory may be in use.
    pub fn look_at(dir: &Path, store: Arc<dyn Store>, options: &Options) -> Result<Self, Error> {
        let files = Files::new(dir, options);
        let keys = files.read_keys()?;
        let (cluster, published) = Cluster::join(store.as_ref(), &keys, [0; 16])?;
        if files.checkpoint().exists() {
            let mut ignored = Recovery::default();
            recovery::published(&files, &keys, store.as_ref(), &published.head, &published.note, &mut ignored)?;
        }
        let shared = Shared {
            is_shared: true,
            keys,
            witnessed: Witnessed::default(),
            files,
            store,
            shelves: None,
            published: RwLock::new(Arc::new(published)),
            truth: Mutex::new(Box::new(Onlooker(Some(cluster)))),
        };
        Self::still(shared, options).with_cosigned()
    }

    /// With what enough witnesses have seen. What they saw since this was read is not seen here.
    fn with_cosigned(self) -> Result<Self, Error> {
        match self.load_cosigned() {
            Ok(()) | Err(Error::AnchorRolledBack { .. }) => Ok(self),
            Err(other) => Err(other),
        }
    }

    /// A ledger without a thread that writes.
    fn still(shared: Shared, options: &Options) -> Self {
        let shared = Arc::new(shared);
        // Nothing is scrubbed by itself here; what a process that writes found last is told.
        let scrub = Scrub::new(Arc::clone(&shared), options, Timestamp::now);
        Self {
            scrubbed: scrub.told(),
            scrub: Arc::new(Mutex::new(scrub)),
            scrubbing: None,
            shared,
            options: options.clone(),
            recovery: Recovery::default(),
            submissions: None,
            sequencer: None,
            _lock: None,
        }
    }
}

/// Derives the rows of the first `size` entries from the journal, and the head there.
fn derive(files: &Files, store: &dyn Store, size: u64, end: Head) -> Result<Head, Error> {
    let mut edge = Edge::default();
    let mut applied: Option<Applied> = None;
    for record in journal::read(&files.journal(), 0)? {
        let record = record?;
        let mark = record.end;
        let mut growth = Growth::begin(&edge, applied);
        if let Record::Batch(batch) = decoded(record)? {
            go_on(&mut edge, &batch, &mut |edge, entry, leaf| growth.push(edge, entry, leaf))?;
        }
        let now = Applied { size: edge.size(), root: edge.root(), records: mark.records };
        growth.apply(store, &edge, now)?;
        applied = Some(now);
        if edge.size() == size {
            return Ok(Head { size, root: edge.root(), mark, time: end.time });
        }
    }
    Err(Error::Damaged("the journal ends before what was published".to_owned()))
}

/// The truth of a ledger that is only read: it takes no entries, holds no lease and writes nothing down. One that is
/// shared is looked at anew each time; any other never moves.
struct Onlooker(Option<Cluster>);

impl Truth for Onlooker {
    fn prepare(&mut self, _shared: &Shared) -> Result<Option<Moved>, Error> {
        Ok(None)
    }

    fn commit(&mut self, _shared: &Shared, _proposal: Proposal<'_>, _told: Told<'_>) -> Result<Fate, Error> {
        Err(Error::Fatal("it was opened to be read only".to_owned()))
    }

    fn rest(&self) -> Option<Duration> {
        None
    }

    fn tend(&mut self, shared: &Shared, _told: Told<'_>) -> Result<Option<Published>, Error> {
        self.0.as_mut().map_or(Ok(None), |cluster| cluster.news(shared))
    }

    fn close(&mut self, _shared: &Shared, _told: Told<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Anchor and checkpoint of one that is not shared were held to the journal when it was opened.
    fn examine(&self, shared: &Shared, published: &Published) -> Vec<Fault> {
        self.0.as_ref().map_or_else(Vec::new, |cluster| cluster.examine(shared, published))
    }
}
