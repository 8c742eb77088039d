//! The ledger: an append-only Merkle tree over entries, whose growth anyone can follow and nobody can undo.
//! C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-proof at commit 5ba5ee8; RFC 6962; LEDGER.md section 6.
//!
//! # Growing to 10^9
//!
//! Measured by `benches/ledger.rs`, on two cores shared with others, entries of 100 bytes, options as they are by default.
//! The last column is reckoned from the one before and from what `volume` says an entry takes.
//!
//! | entries | 10^4 | 10^5 | 10^6 | grows with | 10^9 |
//! | --- | --- | --- | --- | --- | --- |
//! | appends a second, each with its receipt | 54 000 | 49 000 | 47 000 | volumes: one filter each, 40 ns | 5 800, or 32 000 (below) |
//! | journal, bytes an entry | 102 | 102 | 102 | entries | 102: 102 GB in 6 400 files |
//! | volumes and database, bytes an entry | 525 | 262 | 169 | entries | 148: 148 GB in 3 815 files |
//! | memory, MB | 28 | 53 | 200 | one volume, and 1.8 bytes an entry | 2 000 |
//! | opening after a clean stop, s | 0.04 | 0.2 | 0.3 | 1.8 bytes an entry, read and hashed | 5 |
//! | `check`, s | 0.02 | 0.3 | 1.8 | entries | 1 800 |
//! | `rebuild`, s | | | 2.5 | entries | 2 500 |
//!
//! Nothing that is written is ever merged or written again, so that an append costs O(log n) hashes (thirty at 10^9) and
//! at most 2^18 entries' rows in the database, some ten thousand, whatever the size. A proof reads at most four tiles.
//! Every number is a u64; an entry's place within its volume has 30 bits.
//!
//! What gives way first is not the disk but the look-up of what is new: it asks every volume's filter. With volumes of
//! 2^18 entries that is 1.5 µs at 10^7, 15 µs at 10^8 (the pace falls by some two fifths) and 150 µs at 10^9. From
//! 10^8 on `volume_doublings = 22` is right: 239 volumes at 10^9, 10 µs, for a leaf index of 300 MB where it was 20. Then
//! comes memory: filters and tables pass 300 MB at some 10^8 entries. Then time: a `check` of 10^9 reads 250 GB, half an
//! hour at best; `scrub` does the same within a week (`scrub_cycle`), 1 700 entries a second. A backup is as large as the
//! journal. Beyond that a ledger is several ledgers, or one in a database of its own ([`Ledger::join`]).

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::TrySendError;
use std::thread;
use std::thread::JoinHandle;

use crate::ledger::cluster::Cluster;
use crate::ledger::cosigned::Witnessed;
use crate::ledger::edge::Edge;
use crate::ledger::embedded::Embedded;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::files::Lock;
use crate::ledger::hash::Hash;
use crate::ledger::note::Seed;
use crate::ledger::note::VerifierKey;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::receipt::Receipt;
use crate::ledger::recovery::Opened;
use crate::ledger::remake::Remade;
use crate::ledger::repair::Repair;
use crate::ledger::rows::Nodes;
use crate::ledger::scrub::Scrub;
use crate::ledger::scrub::Scrubbed;
use crate::ledger::sequencer::Published;
use crate::ledger::sequencer::Sequencer;
use crate::ledger::sequencer::Shared;
use crate::ledger::sequencer::Submission;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::ledger::tile::WIDTH;
use crate::store::Store;

pub mod hash;
pub mod proof;
pub mod key;
pub mod cosignature;
pub mod note;
pub mod checkpoint;
pub mod receipt;
pub mod repair;
pub mod succession;
pub mod policy;
pub mod witness;
pub mod tile;
pub mod error;
pub mod options;
pub mod durable;
mod reading;
pub mod export;
mod transcript;
pub mod mirror;
mod keys;
pub mod cosigned;
mod record;
mod edge;
mod rows;
mod volume;
mod replay;
mod files;
mod rotation;
mod recovery;
pub mod remake;
mod truth;
mod embedded;
mod cluster;
mod sequencer;
mod check;
pub mod scrub;
pub mod audit;

pub use crate::ledger::rows::SHARED_SPACES;

/// Longest entry, in bytes: what the two bytes of length in an entry bundle can say.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// An open ledger. Threads share it by reference; one thread of its own does all the writing.
pub struct Ledger {
    shared: Arc<Shared>,
    options: Options,
    recovery: Recovery,
    /// Taken when the ledger is dropped: the sequencer works until the last sender is gone.
    submissions: Option<SyncSender<Submission>>,
    sequencer: Option<JoinHandle<()>>,
    scrub: Arc<Mutex<Scrub>>,
    scrubbed: Arc<Mutex<Scrubbed>>,
    /// The scrubbing thread works until this is dropped.
    scrubbing: Option<(SyncSender<()>, JoinHandle<()>)>,
    /// Held, not used: other processes are kept out until it is dropped, after the sequencer has ended.
    _lock: Option<Lock>,
}

/// The answer to an entry: where it is, and the proof. It is only given once the entry survives a power cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The entry's place, from 0.
    pub index: u64,
    /// Whether the same bytes were in the ledger before; then `index` is where they have been all the time.
    pub duplicate: bool,
    /// The size of the tree that `proof` leads to.
    pub size: u64,
    /// The signed checkpoint of that tree.
    pub checkpoint: Arc<str>,
    /// The inclusion path, the leaf's sibling first.
    pub proof: Vec<Hash>,
}

impl Appended {
    /// The receipt for the entry, as text (`.tlog-proof`). `extra` is carried along unauthenticated.
    pub fn receipt(&self, extra: Option<&[u8]>) -> String {
        let receipt = Receipt {
            extra: extra.map(<[u8]>::to_vec),
            index: self.index,
            proof: self.proof.clone(),
            checkpoint: self.checkpoint.to_string(),
        };
        receipt.to_string()
    }
}

/// An entry on its way into the ledger.
#[derive(Debug)]
pub struct Ticket {
    answer: Receiver<Result<Appended, Error>>,
}

impl Ticket {
    /// Waits until the entry is durable and its checkpoint published.
    ///
    /// # Errors
    /// [`Error::Fatal`]: the ledger stopped; whether the entry is in it shows when it is opened anew.
    pub fn wait(self) -> Result<Appended, Error> {
        self.answer.recv().unwrap_or_else(|_| Err(stopped()))
    }
}

/// Something that [`Ledger::check`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// What is wrong, with the values compared; names no entry's content.
    pub what: String,
}

/// The parts of a ledger on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The journal: entries in the order of their commits. Nothing else can replace it; restore it from a copy.
    Journal,
    /// The anchor: the newest head. Opening heals it from the journal while one of its two slots is whole.
    Anchor,
    /// The database: derived rows. [`Ledger::rebuild`] makes them anew.
    Store,
    /// The published checkpoint. Opening publishes it anew.
    Checkpoint,
    /// The rows of a shared ledger. Nothing else can replace them; restore them from a copy.
    Shared,
}

/// What opening found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// What was found, each thing once; nothing after a clean stop.
    pub notes: Vec<Repair>,
    /// Journal records replayed into the database.
    pub replayed: u64,
    /// Whether the database was set aside and rebuilt.
    pub rebuilt: bool,
}

impl Ledger {
    /// Creates an empty ledger in `dir`: key, journal, database, anchor. Returns its public key (vkey).
    ///
    /// # Errors
    /// [`Error::Exists`] if any part of a ledger is there already; nothing is changed then.
    pub fn create(dir: &Path, origin: &str, seed: &Seed, options: &Options) -> Result<String, Error> {
        Files::new(dir, options).create(origin, seed, options)
    }

    /// Opens a ledger and repairs what an interruption left: replays the journal, rebuilds the database if it must.
    ///
    /// # Errors
    /// Everything that makes signing unsafe: see [`Error`]. Then nothing is signed.
    pub fn open(dir: &Path, options: Options, clock: Clock) -> Result<Self, Error> {
        let opened = recovery::open(Files::new(dir, &options), &options, clock, false)?;
        Self::start(opened, options, clock)
    }

    /// Throws away the derived rows and opens the ledger, which replays all of the journal.
    ///
    /// # Errors
    /// As [`Ledger::open`]. The old rows are only removed when the new ones are complete.
    pub fn rebuild(dir: &Path, options: Options, clock: Clock) -> Result<Self, Error> {
        let opened = recovery::open(Files::new(dir, &options), &options, clock, true)?;
        Self::start(opened, options, clock)
    }

    /// Makes the journal and the anchor anew of what else holds the entries, where one of them is damaged or gone; then
    /// the rows. `progress` hears of entries written, of how many.
    ///
    /// # Errors
    /// [`Error::Unfounded`] where nothing holds all that was published; nothing is changed then. As [`Ledger::open`].
    pub fn remake(
        dir: &Path,
        options: Options,
        clock: Clock,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Self, Remade), Error> {
        let remade = remake::remake(dir, &options, clock, progress)?;
        let opened = recovery::open(Files::new(dir, &options), &options, clock, remade.journal)?;
        Ok((Self::start(opened, options, clock)?, remade))
    }

    fn start(opened: Opened, options: Options, clock: Clock) -> Result<Self, Error> {
        let published = Published { head: opened.head, note: opened.note.into() };
        let truth = Embedded::new((opened.journal, opened.anchor, opened.head), &opened.store, &options)?;
        let shared = Shared {
            files: opened.files,
            keys: opened.keys,
            shelves: Some(Arc::clone(&opened.store)),
            witnessed: Witnessed::default(),
            store: opened.store,
            is_shared: false,
            published: RwLock::new(Arc::new(published)),
            truth: Mutex::new(Box::new(truth)),
        };
        Self::run(shared, opened.edge, options, clock, opened.recovery, opened.lock)
    }

    /// Starts the thread that writes.
    fn run(
        shared: Shared,
        edge: Edge,
        options: Options,
        clock: Clock,
        recovery: Recovery,
        lock: Lock,
    ) -> Result<Self, Error> {
        let shared = Arc::new(shared);
        let sequencer = Sequencer { shared: Arc::clone(&shared), options: options.clone(), clock, edge };
        let scrub = Scrub::new(Arc::clone(&shared), &options, clock);
        let (scrubbed, scrub) = (scrub.told(), Arc::new(Mutex::new(scrub)));
        // Of a shared ledger there is no journal here to read again.
        let scrubbing = if shared.is_shared { None } else { Some(start_scrubbing(&scrub)?) };
        let (sender, submissions) = mpsc::sync_channel(options.queue_entries_max);
        let thread = thread::Builder::new().name("ledger".to_owned());
        let thread = thread.spawn(move || sequencer.run(&submissions));
        let ledger = Self {
            sequencer: Some(thread.map_err(|error| Error::Fatal(error.to_string()))?),
            scrub,
            scrubbed,
            scrubbing,
            shared,
            options,
            recovery,
            submissions: Some(sender),
            _lock: Some(lock),
        };
        ledger.load_cosigned()?;
        Ok(ledger)
    }

    /// Founds an empty shared ledger: key in `dir`, head in `store`, which must have [`SHARED_SPACES`]. Returns its
    /// public key (vkey). Whoever is to join it gets a copy of the key.
    ///
    /// # Errors
    /// [`Error::Exists`] if `dir` holds part of a ledger, or the store a shared one; nothing is changed in the store.
    pub fn found(dir: &Path, store: &dyn Store, origin: &str, seed: &Seed, options: &Options) -> Result<String, Error> {
        let keys = Files::new(dir, options).create_member(origin, seed)?;
        Cluster::found(store, &keys)?;
        Ok(keys.verifier().to_string())
    }

    /// Founds an empty shared ledger with this one's key, to be filled with this one's entries: an archive moves.
    ///
    /// # Errors
    /// As [`Ledger::found`].
    pub fn found_again(&self, dir: &Path, store: &dyn Store) -> Result<String, Error> {
        let keys = Files::new(dir, &Options::default()).copy_member(&self.shared.files)?;
        Cluster::found(store, &keys)?;
        Ok(keys.verifier().to_string())
    }

    /// Joins a shared ledger, which other processes may be appending to. `dir` holds the key, a lock, and the newest
    /// checkpoint that was seen from here. `name` is what this process calls itself: random.
    ///
    /// # Errors
    /// Everything that makes signing unsafe, among it a store that is older than what was seen from here.
    pub fn join(
        dir: &Path,
        store: Arc<dyn Store>,
        name: [u8; 16],
        options: Options,
        clock: Clock,
    ) -> Result<Self, Error> {
        let files = Files::new(dir, &options);
        let lock = files.take_lock()?;
        let keys = files.read_keys()?;
        let (cluster, published) = Cluster::join(store.as_ref(), &keys, name)?;
        // That others have gone on since is nothing to tell anyone.
        let mut ignored = Recovery::default();
        if files.checkpoint().exists() {
            recovery::published(&files, &keys, store.as_ref(), &published.head, &published.note, &mut ignored)?;
        }
        files.publish(&published.note)?;
        let shared = Shared {
            files,
            keys,
            store,
            witnessed: Witnessed::default(),
            is_shared: true,
            shelves: None,
            published: RwLock::new(Arc::new(published)),
            truth: Mutex::new(Box::new(cluster)),
        };
        Self::run(shared, Edge::default(), options, clock, Recovery::default(), lock)
    }

    /// What opening found and did.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Appends an entry and waits for the answer. An entry that is there already is not stored again.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::EntrySize`], [`Error::ClockBehind`]: nothing happened. [`Error::Fatal`]: unknown.
    pub fn append(&self, entry: Vec<u8>) -> Result<Appended, Error> {
        self.submit(entry)?.wait()
    }

    /// Hands in an entry without waiting for the answer.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn submit(&self, entry: Vec<u8>) -> Result<Ticket, Error> {
        self.submit_with(entry, None)
    }

    /// Appends an entry unless a shared ledger has one with this key already, which then is the answer: exact across
    /// all processes. Where a ledger is one process's alone, that process knows, and the key is not kept.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn append_once(&self, entry: Vec<u8>, key: &[u8]) -> Result<Appended, Error> {
        self.submit_with(entry, Some(key.to_vec()))?.wait()
    }

    fn submit_with(&self, entry: Vec<u8>, key: Option<Vec<u8>>) -> Result<Ticket, Error> {
        self.shared.witnessed.calm()?;
        let (submission, ticket) = self.submission(entry, key)?;
        let queue = self.submissions.as_ref().ok_or_else(stopped)?;
        match queue.try_send(submission) {
            Ok(()) => Ok(ticket),
            Err(TrySendError::Full(_)) => Err(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// Appends many entries, in their order, waiting for room in the queue instead of answering `Busy`.
    ///
    /// # Errors
    /// The first error; entries before and after it may be in the ledger.
    pub fn append_all(&self, entries: Vec<Vec<u8>>) -> Result<Vec<Appended>, Error> {
        self.append_all_once(entries.into_iter().map(|entry| (None, entry)).collect())
    }

    /// As [`Ledger::append_all`], each entry with its key, where it has one, as in [`Ledger::append_once`].
    ///
    /// # Errors
    /// As [`Ledger::append_all`].
    pub fn append_all_once(&self, entries: Vec<(Option<Vec<u8>>, Vec<u8>)>) -> Result<Vec<Appended>, Error> {
        self.shared.witnessed.calm()?;
        let queue = self.submissions.as_ref().ok_or_else(stopped)?;
        // Sized first: one entry that is too long must not leave the others half appended.
        let pairs =
            entries.into_iter().map(|(key, entry)| self.submission(entry, key)).collect::<Result<Vec<_>, _>>()?;
        let mut tickets = Vec::with_capacity(pairs.len());
        for (submission, ticket) in pairs {
            queue.send(submission).map_err(|_| stopped())?;
            tickets.push(ticket);
        }
        tickets.into_iter().map(Ticket::wait).collect()
    }

    /// How many entries are published.
    pub fn size(&self) -> u64 {
        self.shared.published().head.size
    }

    /// Looks whether others have committed, so that what they have been told can be answered from here at once.
    ///
    /// # Errors
    /// The store's, and everything that makes a shared ledger unsafe.
    pub fn catch_up(&self) -> Result<(), Error> {
        if !self.shared.is_shared {
            return Ok(());
        }
        let mut truth = self.shared.truth();
        let tended = truth.tend(&self.shared, &|_| Ok(()))?;
        tended.into_iter().for_each(|published| self.shared.publish(published));
        Ok(())
    }

    /// Whether other processes append to the same ledger.
    pub fn is_shared(&self) -> bool {
        self.shared.is_shared
    }

    /// The root over the published entries.
    pub fn root(&self) -> Hash {
        self.shared.published().head.root
    }

    /// The newest published checkpoint, signed; with the cosignatures of witnesses once enough have seen it.
    pub fn checkpoint(&self) -> Arc<str> {
        let published = self.shared.published();
        match self.cosigned() {
            Some(cosigned) if cosigned.size == published.head.size => Arc::clone(&cosigned.note),
            Some(_) | None => Arc::clone(&published.note),
        }
    }

    /// The ledger's public key (vkey).
    pub fn vkey(&self) -> String {
        self.shared.keys.verifier().to_string()
    }

    /// Every public key that the ledger signs with, each checkpoint by all of them; the one that [`Ledger::vkey`] names
    /// is the first.
    pub fn vkeys(&self) -> Vec<VerifierKey> {
        self.shared.keys.verifiers().to_vec()
    }

    /// Every public key that the ledger ever had, those in force first, each with the largest tree that it may sign.
    pub fn ring(&self) -> Vec<Bounded> {
        self.shared.keys.ring()
    }

    /// The changes of the ledger's keys, with their proofs.
    pub fn succession(&self) -> &Succession {
        self.shared.keys.succession()
    }

    /// The ledger's name.
    pub fn origin(&self) -> &str {
        self.shared.keys.origin()
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// [`Error::Beyond`]; the store's.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, Error> {
        self.reach(index)?;
        let end = index.saturating_add(1);
        self.entries(index..end).next().map_or(Err(self.beyond(index)), |found| Ok(found?.1))
    }

    /// Where the entry with this leaf hash is, if it is in the ledger and published.
    ///
    /// # Errors
    /// The store's.
    pub fn find(&self, leaf: &Hash) -> Result<Option<u64>, Error> {
        let size = self.size();
        Ok(rows::find(self.store(), leaf)?.filter(|index| *index < size))
    }

    /// The receipt of an entry (`.tlog-proof`) against the newest cosigned checkpoint that covers it, or where none
    /// does, against the newest there is. `extra` is carried along unauthenticated.
    ///
    /// # Errors
    /// [`Error::Beyond`]; the store's.
    pub fn receipt(&self, index: u64, extra: Option<&[u8]>) -> Result<String, Error> {
        self.reach(index)?;
        let published = self.shared.published();
        let (size, note) = match self.cosigned() {
            Some(cosigned) if index < cosigned.size => (cosigned.size, Arc::clone(&cosigned.note)),
            Some(_) | None => (published.head.size, Arc::clone(&published.note)),
        };
        let mut nodes = Nodes::new(self.store(), size);
        let receipt = Receipt {
            extra: extra.map(<[u8]>::to_vec),
            index,
            proof: proof::inclusion(index, size, &mut |node| nodes.fetch(node))?,
            checkpoint: note.to_string(),
        };
        Ok(receipt.to_string())
    }

    /// The root over the first `size` entries.
    ///
    /// # Errors
    /// [`Error::Beyond`] past the published size; the store's.
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        if size > self.size() {
            return Err(self.beyond(size));
        }
        let mut nodes = Nodes::new(self.store(), size);
        proof::root(size, &mut |node| nodes.fetch(node))
    }

    /// The proof that the tree of `size2` entries continues that of `size1`; empty for `size1 == 0`.
    ///
    /// # Errors
    /// [`Error::Beyond`] past the published size; the store's.
    pub fn consistency(&self, size1: u64, size2: u64) -> Result<Vec<Hash>, Error> {
        if size2 > self.size() {
            return Err(self.beyond(size2));
        }
        // The proof speaks of trees with entries. Every tree continues the empty one, and that takes no hashes.
        if size1 == 0 {
            return Ok(Vec::new());
        }
        let mut nodes = Nodes::new(self.store(), size2);
        proof::consistency(size1, size2, &mut |node| nodes.fetch(node))
    }

    /// The first `width` hashes of a tile, as C2SP tlog-tiles serves them; none (404) beyond the published size.
    /// Every width that was ever published is a beginning of the tile there is now, so that all of them are served.
    ///
    /// # Errors
    /// The store's.
    pub fn tile_bytes(&self, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error> {
        if !within(edge::hashes_at(self.size(), level), index, width) {
            return Ok(None);
        }
        let hashes = rows::tile(self.store(), level, index, usize::from(width))?;
        let hashes = hashes.ok_or_else(|| Error::Damaged(format!("tile {index} of level {level}")))?;
        Ok(Some(hashes.into_flattened()))
    }

    /// The first `width` entries of a bundle, as C2SP tlog-tiles serves them; none (404) beyond the published size.
    ///
    /// # Errors
    /// The store's.
    pub fn bundle_bytes(&self, index: u64, width: u16) -> Result<Option<Vec<u8>>, Error> {
        if !within(self.size(), index, width) {
            return Ok(None);
        }
        let bytes = rows::bundle(self.store(), index, usize::from(width))?;
        bytes.map(Some).ok_or_else(|| Error::Damaged(format!("entry bundle {index}")))
    }

    /// The published entries of a range with their indices, in order; read bundle by bundle as they are asked for.
    /// What lies beyond the size published now is left out. Ends after an error.
    pub fn entries(&self, range: Range<u64>) -> impl Iterator<Item = Result<(u64, Vec<u8>), Error>> + '_ {
        let range = range.start..range.end.min(self.size());
        Entries { store: self.store(), range, bundle: Vec::new().into_iter() }
    }

    /// Derives every tile, root and chain anew from the bytes on disk and compares all parts, contents included.
    /// `progress` hears how many of how many steps are done. Appends may go on meanwhile.
    ///
    /// # Errors
    /// What kept the check from being made; what it found wrong is in the answer.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Fault>, Error> {
        check::run(&self.shared, progress)
    }

    /// Reads so many entries more of what lies on disk, or to the end of the cycle, and says what scrubbing has found
    /// so far. A thread of the ledger's own does this all the time, so that a cycle takes `Options::scrub_cycle`.
    pub fn scrub(&self, entries: u64) -> Scrubbed {
        self.scrub.lock().unwrap_or_else(PoisonError::into_inner).turn(entries);
        self.scrubbed()
    }

    /// What scrubbing has found so far.
    pub fn scrubbed(&self) -> Scrubbed {
        self.scrubbed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The files that make up a backup, **in the order in which they must be copied** while the ledger goes on: the
    /// journal last, so that it holds at least what the copied anchor and checkpoint speak of. The database is left
    /// out; opening the copy makes it anew. A copy put back where a newer ledger was known is a rollback: whoever
    /// restores compares the newest checkpoint that others hold.
    ///
    /// # Errors
    /// What the disk answered.
    pub fn backup_files(&self) -> Result<Vec<PathBuf>, Error> {
        self.shared.files.backup()
    }

    /// An entry ready for the queue. A key is only kept in a shared ledger, whose store has a space for it.
    fn submission(&self, entry: Vec<u8>, key: Option<Vec<u8>>) -> Result<(Submission, Ticket), Error> {
        submission(entry, key.filter(|_| self.shared.is_shared))
    }

    fn store(&self) -> &dyn Store {
        self.shared.store.as_ref()
    }

    /// What another process has told of an instant ago is looked for before it is said to lie beyond.
    fn reach(&self, index: u64) -> Result<(), Error> {
        if index < self.size() { Ok(()) } else { self.catch_up() }
    }

    fn beyond(&self, asked: u64) -> Error {
        let size = self.size();
        Error::Beyond { asked, size }
    }
}

impl Drop for Ledger {
    /// Ends the sequencer: what was submitted is committed and the database synced before the lock is given back.
    fn drop(&mut self) {
        self.submissions = None;
        if let Some((running, scrubbing)) = self.scrubbing.take() {
            drop(running);
            drop(scrubbing.join());
        }
        if let Some(sequencer) = self.sequencer.take() {
            // A panic in there has been answered as `Fatal` to everyone who waited.
            drop(sequencer.join());
        }
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ledger({}, size {}, {:?})", self.origin(), self.size(), self.options)
    }
}

/// Starts the thread that scrubs until the sender is dropped.
fn start_scrubbing(scrub: &Arc<Mutex<Scrub>>) -> Result<(SyncSender<()>, JoinHandle<()>), Error> {
    let (running, stop) = mpsc::sync_channel(0);
    let scrub = Arc::clone(scrub);
    let thread = thread::Builder::new().name("scrub".to_owned());
    let thread = thread.spawn(move || Scrub::run(&scrub, &stop));
    Ok((running, thread.map_err(|error| Error::Fatal(error.to_string()))?))
}

/// The error of a ledger whose thread is gone.
fn stopped() -> Error {
    Error::Fatal("a commit failed".to_owned())
}

/// An entry ready for the queue, and the ticket for its answer. Its hash is made here, by the thread that submits.
fn submission(entry: Vec<u8>, key: Option<Vec<u8>>) -> Result<(Submission, Ticket), Error> {
    if entry.len() > ENTRY_BYTES_MAX {
        return Err(Error::EntrySize { bytes: entry.len() });
    }
    let (sender, answer) = mpsc::sync_channel(1);
    let submission = Submission { leaf: hash::leaf(&entry), entry, key, answer: sender };
    Ok((submission, Ticket { answer }))
}

/// Whether the first `width` of a tile's or bundle's 256 lie within `count`.
fn within(count: u64, index: u64, width: u16) -> bool {
    let end = index.checked_mul(u64::from(WIDTH)).and_then(|start| start.checked_add(u64::from(width)));
    (1..=WIDTH).contains(&width) && end.is_some_and(|end| end <= count)
}

/// Reads entries bundle by bundle.
struct Entries<'a> {
    store: &'a dyn Store,
    range: Range<u64>,
    bundle: std::vec::IntoIter<Vec<u8>>,
}

impl Entries<'_> {
    /// Loads the bundle that holds the next entry, without what lies before and after the range.
    fn load(&mut self) -> Result<(), Error> {
        let width = u64::from(WIDTH);
        let index = self.range.start / width;
        let before = usize::try_from(self.range.start % width).expect("less than 256");
        let wanted = usize::try_from(width.min(self.range.end - index * width)).expect("at most 256");
        let damaged = || Error::Damaged(format!("entry bundle {index}"));
        let bytes = rows::bundle(self.store, index, wanted)?.ok_or_else(damaged)?;
        let entries = rows::split(&bytes).ok_or_else(damaged)?;
        let owned: Vec<Vec<u8>> = entries.into_iter().skip(before).map(<[u8]>::to_vec).collect();
        self.bundle = owned.into_iter();
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<(u64, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        if self.bundle.len() == 0
            && let Err(error) = self.load()
        {
            self.range.end = self.range.start;
            return Some(Err(error));
        }
        let entry = self.bundle.next()?;
        let index = self.range.start;
        self.range.start += 1;
        Some(Ok((index, entry)))
    }
}
