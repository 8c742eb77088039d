//! Opening a ledger: find out what is durable, bring everything else up to it, and refuse where signing were unsafe.
//! LEDGER.md 6.4. The journal is the truth; the anchor says how much of it must be there; the database may be wrong.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::Recovery;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::files::Lock;
use crate::ledger::hash;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::proof;
use crate::ledger::record::Applied;
use crate::ledger::record::Batch;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::rows;
use crate::ledger::rows::Growth;
use crate::ledger::rows::Nodes;
use crate::store;
use crate::store::Store;
use crate::store::anchor::Anchor;
use crate::store::disk;
use crate::store::journal;
use crate::store::journal::Journal;
use crate::store::sled::SledStore;

/// A ledger ready to grow.
pub(crate) struct Opened {
    pub(crate) files: Files,
    pub(crate) lock: Lock,
    pub(crate) keys: Keys,
    pub(crate) journal: Journal,
    pub(crate) anchor: Anchor,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) edge: Edge,
    pub(crate) head: Head,
    pub(crate) note: String,
    pub(crate) recovery: Recovery,
}

/// Replayed records after which the database is synced: an interrupted replay then goes on from there.
const REPLAY_SYNC_RECORDS: u64 = 256;

/// Opens the ledger. `discard` throws the database away first.
pub(crate) fn open(files: Files, options: &Options, clock: Clock, discard: bool) -> Result<Opened, Error> {
    let lock = files.take_lock()?;
    let keys = files.read_keys()?;
    let mut recovery = Recovery::default();
    let mut anchor = Anchor::open(files.anchor())?;
    if anchor.is_damaged() {
        recovery.note("one of the anchor's two slots could not be read; the other one was used");
    }
    let anchored = Head::decode(anchor.payload()).ok_or_else(|| Error::Damaged("the anchor's content".to_owned()))?;
    not_before(anchored.time, clock(), options)?;
    let journal = open_journal(&files, options, &anchored)?;
    if let Some(torn) = journal.torn() {
        let (bytes, record) = (torn.bytes, torn.sequence);
        recovery.note(&format!("{bytes} bytes of an unfinished append were cut off the journal at record {record}"));
    }
    same_ledger(&files, &keys)?;
    if state_after(&files, anchored.mark.records)? != (anchored.size, anchored.root) {
        let between = "anchor and journal";
        return Err(Error::Forked { size: anchored.size, between });
    }
    let discarded = if discard { set_aside(&files)? } else { None };
    let (store, edge) = database(&files, options, &journal, &mut recovery)?;
    let head = Head {
        size: edge.size(),
        root: edge.root(),
        mark: journal.end(),
        time: last_time(&files, &anchored, journal.end().records)?,
    };
    // I3: what is signed from here on lies at or before the anchor. A crash between journal and anchor left the
    // anchor behind; the records were durable, so that they are the ledger's, whether or not anyone was told.
    if head.mark != anchored.mark {
        recovery.note("the journal was ahead of the anchor: a commit had been interrupted; it is completed");
    }
    if head.mark != anchored.mark || anchor.is_damaged() {
        anchor.swap(&anchored.encode(), &head.encode())?;
    }
    let note = keys.sign(head.size, head.root)?;
    published(&files, &keys, store.as_ref(), &head, &note, &mut recovery)?;
    files.publish(&note)?;
    if let Some(path) = discarded {
        std::fs::remove_dir_all(&path).map_err(disk::Error::at("remove", &path))?;
    }
    Ok(Opened { files, lock, keys, journal, anchor, store, edge, head, note, recovery })
}

/// I5: refuses a clock that stands far behind the last commit, and gives the time to use, in whole milliseconds.
pub(crate) fn not_before(last: Timestamp, now: Timestamp, options: &Options) -> Result<Timestamp, Error> {
    if now.duration_until(last).unsigned_abs() > options.clock_back_max && now < last {
        return Err(Error::ClockBehind { now, last });
    }
    // What is written must read back the same, so that it is cut before it is compared.
    let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    Ok(now.max(last))
}

/// Opens the journal, which must hold at least what the anchor vouches for.
fn open_journal(files: &Files, options: &Options, anchored: &Head) -> Result<Journal, Error> {
    match Journal::open(&files.journal(), options.journal_segment_bytes, anchored.mark) {
        Err(journal::Error::Lost { durable, found }) => Err(Error::RolledBack { anchor: durable, journal: found }),
        Err(journal::Error::OtherHistory { .. }) => {
            Err(Error::Forked { size: anchored.size, between: "anchor and journal" })
        }
        opened => Ok(opened?),
    }
}

/// The journal's first record names the key; another key would sign another ledger's tree.
fn same_ledger(files: &Files, keys: &Keys) -> Result<(), Error> {
    match record_at(files, 0)? {
        Record::Genesis { vkey } if vkey == keys.verifier().to_string() => Ok(()),
        Record::Genesis { .. } => Err(Error::Damaged("the key is not the one this journal began with".to_owned())),
        Record::Batch(_) => Err(Error::Damaged("the journal's first record".to_owned())),
    }
}

/// The size and root after so many journal records.
pub(crate) fn state_after(files: &Files, records: u64) -> Result<(u64, Hash), Error> {
    match records.checked_sub(1) {
        Some(last) => Ok(record_at(files, last)?.state()),
        None => Ok((0, EMPTY_ROOT)),
    }
}

fn last_time(files: &Files, anchored: &Head, records: u64) -> Result<Timestamp, Error> {
    match record_at(files, records.saturating_sub(1))? {
        Record::Genesis { .. } => Ok(anchored.time),
        Record::Batch(batch) => Ok(batch.time.max(anchored.time)),
    }
}

pub(crate) fn record_at(files: &Files, sequence: u64) -> Result<Record, Error> {
    let record = journal::read(&files.journal(), sequence)?.next();
    decoded(record.ok_or_else(|| unreadable(sequence))??)
}

/// What a journal record says.
pub(crate) fn decoded(record: journal::Record) -> Result<Record, Error> {
    Record::decode(&record.payload).ok_or_else(|| unreadable(record.sequence))
}

fn unreadable(sequence: u64) -> Error {
    Error::Damaged(format!("journal record {sequence} cannot be read"))
}

/// Opens the database and replays what it lacks. One that cannot be opened, or that says anything the journal does
/// not say, is set aside and made anew; an empty one is never a new ledger.
fn database(
    files: &Files,
    options: &Options,
    journal: &Journal,
    recovery: &mut Recovery,
) -> Result<(Arc<dyn Store>, Edge), Error> {
    let sound = match SledStore::open(&files.store(), &rows::SPACES, options.cache_bytes) {
        // Neither of these says that anything is wrong with the database.
        Err(error @ (store::Error::InUse(_) | store::Error::Disk(_))) => return Err(error.into()),
        Err(error) => Err(format!("the database could not be opened ({error})")),
        Ok(store) => standing(files, &store, journal.end().records).map(|(applied, edge)| (store, applied, edge)),
    };
    let (store, applied, mut edge) = match sound {
        Ok(sound) => sound,
        Err(reason) => {
            recovery.rebuilt = true;
            recovery.note(&reason);
            if let Some(path) = set_aside(files)? {
                recovery.note(&format!("it is kept as {}", path.display()));
            }
            let store = SledStore::create(&files.store(), &rows::SPACES, options.cache_bytes)?;
            (store, None, Edge::default())
        }
    };
    recovery.replayed = replay(files, &store, applied, &mut edge, journal.end().records)?;
    Ok((Arc::new(store), edge))
}

/// Where the database stands, if the journal agrees; otherwise a sentence that says why it cannot be used.
fn standing(files: &Files, store: &dyn Store, records: u64) -> Result<(Option<Applied>, Edge), String> {
    let read = |error: Error| format!("the database could not be read ({error})");
    let Some(applied) = rows::applied(store).map_err(read)? else {
        return Ok((None, Edge::default()));
    };
    if applied.records > records {
        return Err("the database is ahead of the journal".to_owned());
    }
    if state_after(files, applied.records).map_err(read)? != (applied.size, applied.root) {
        return Err("the database's head is not one that the journal knows".to_owned());
    }
    let edge = rows::load_edge(store, &applied).map_err(read)?;
    let edge = edge.ok_or_else(|| "the database's last rows do not lead to its root".to_owned())?;
    Ok((Some(applied), edge))
}

/// Moves the database out of the way and says where to; none where there was no database.
fn set_aside(files: &Files) -> Result<Option<PathBuf>, Error> {
    let (from, to) = (files.store(), files.aside());
    match std::fs::rename(&from, &to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::at("set aside", &from)(error).into()),
        Ok(()) => {
            disk::sync_name(&to)?;
            Ok(Some(to))
        }
    }
}

/// Applies the journal records that the database lacks, by the same steps by which they would have been applied.
fn replay(
    files: &Files,
    store: &dyn Store,
    mut applied: Option<Applied>,
    edge: &mut Edge,
    records: u64,
) -> Result<u64, Error> {
    let mut replayed = 0;
    // Of a database without a head nothing is applied, not even the journal's first record.
    let from = applied.map_or(0, |applied| applied.records);
    for record in journal::read(&files.journal(), from)? {
        let record = record?;
        let after = record.end.records;
        let mut growth = Growth::begin(edge, applied);
        if let Record::Batch(batch) = decoded(record)? {
            grow(&mut growth, edge, &batch)?;
        }
        let now = Applied { size: edge.size(), root: edge.root(), records: after };
        growth.apply(store, edge, now)?;
        applied = Some(now);
        replayed += 1;
        if replayed % REPLAY_SYNC_RECORDS == 0 {
            store.sync()?;
        }
    }
    store.sync()?;
    if applied.map(|applied| applied.records) != Some(records) {
        return Err(Error::Damaged("the journal changed while it was replayed".to_owned()));
    }
    Ok(replayed)
}

/// Grows the edge by a batch that must continue it, and lead where it says.
pub(crate) fn grow(growth: &mut Growth, edge: &mut Edge, batch: &Batch) -> Result<(), Error> {
    if batch.first != edge.size() || batch.old_root != edge.root() {
        return Err(Error::Damaged(format!("the journal's batch at entry {} continues another tree", batch.first)));
    }
    for entry in &batch.entries {
        growth.push(edge, entry, hash::leaf(entry));
    }
    if batch.new_root != edge.root() {
        return Err(Error::Damaged(format!("the journal's batch at entry {} has another root", batch.first)));
    }
    Ok(())
}

/// Compares the checkpoint that was published last with where the ledger stands.
pub(crate) fn published(
    files: &Files,
    keys: &Keys,
    store: &dyn Store,
    head: &Head,
    note: &str,
    recovery: &mut Recovery,
) -> Result<(), Error> {
    let path = files.checkpoint();
    let found = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            recovery.note("no checkpoint was published; it is published now");
            return Ok(());
        }
        read => read.map_err(disk::Error::at("read", &path))?,
    };
    if found == note.as_bytes() {
        return Ok(());
    }
    let verified = std::str::from_utf8(&found).ok().map(|found| Checkpoint::verify(found, keys.verifier()));
    let Some(Ok(old)) = verified else {
        recovery.note("the published checkpoint was damaged; it is published anew");
        return Ok(());
    };
    if old.size > head.size {
        return Err(Error::AnchorRolledBack { published: old.size, anchor: head.size });
    }
    let mut nodes = Nodes::new(store, head.size);
    let root = proof::root(old.size, &mut |node| nodes.fetch(node))?;
    if root != old.root {
        return Err(Error::Forked { size: old.size, between: "journal and published checkpoint" });
    }
    if old.size < head.size {
        recovery.note("the published checkpoint was behind; it is published anew");
    }
    Ok(())
}

impl Recovery {
    fn note(&mut self, sentence: &str) {
        self.notes.push(sentence.to_owned());
    }
}
