//! Opening a ledger: find out what is durable, bring everything else up to it, and refuse where signing were unsafe.
//! LEDGER.md 6.4. The journal is the truth; the anchor says how much of it must be there; the database may be wrong.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::Recovery;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::files::Lock;
use crate::ledger::keys::Keys;
use crate::ledger::note::Note;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::proof;
use crate::ledger::record::Anchored;
use crate::ledger::record::Applied;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::repair::Repair;
use crate::ledger::replay;
use crate::ledger::replay::Start;
use crate::ledger::replay::record_at;
use crate::ledger::replay::state_after;
use crate::ledger::rotation;
use crate::ledger::rows;
use crate::ledger::rows::Nodes;
use crate::ledger::volume::Span;
use crate::ledger::volume::database::Database;
use crate::ledger::volume::file::Volume;
use crate::ledger::volume::shelves;
use crate::ledger::volume::shelves::Shelves;
use crate::ledger::volume::shelves::goes_on;
use crate::ledger::volume::shelves::seal_next;
use crate::ledger::volume::shelves::sealed;
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
    pub(crate) store: Arc<Shelves>,
    pub(crate) edge: Edge,
    pub(crate) head: Head,
    pub(crate) note: String,
    pub(crate) recovery: Recovery,
}

/// Opens the ledger. `discard` throws the database away first.
pub(crate) fn open(files: Files, options: &Options, clock: Clock, discard: bool) -> Result<Opened, Error> {
    let lock = files.take_lock()?;
    let keys = files.read_keys()?;
    let mut recovery = Recovery::default();
    let mut anchor = Anchor::open(files.anchor())?;
    if anchor.is_damaged() {
        recovery.note(Repair::AnchorSlot);
    }
    let said = anchor.payload().to_vec();
    let damaged = || Error::Damaged("the anchor's content".to_owned());
    let Anchored { known: anchored, begun } = Anchored::decode(&said).ok_or_else(damaged)?;
    not_before(anchored.time, clock(), options)?;
    let discarded = if discard { discard_derived(&files)? } else { Vec::new() };
    let mut volumes = open_volumes(&files, &mut recovery)?;
    let journal = open_journal(&files, options, goes_on(&volumes), &anchored)?;
    if let Some(torn) = journal.torn() {
        recovery.note(Repair::Torn { bytes: torn.bytes, record: torn.sequence });
    }
    same_ledger(&files, &keys)?;
    if state_after(&files.journal(), anchored.mark.records)? != (anchored.size, anchored.root) {
        let between = "anchor and journal";
        return Err(Error::Forked { size: anchored.size, between });
    }
    let completed = replay::holds(&files.journal(), &begun)?;
    seal(&files, options, &mut volumes, journal.end().records, &mut recovery)?;
    let (shelves, edge) = database(&files, options, volumes, &journal, &mut recovery)?;
    let store = Arc::new(shelves);
    let head = Head {
        size: edge.size(),
        root: edge.root(),
        mark: journal.end(),
        time: last_time(&files, &anchored, journal.end().records)?,
    };
    // I3: what is signed from here on lies at or before the anchor. A crash while both were synced left one of them
    // behind. What the journal holds whole is the ledger's, whether or not anyone was told, and opening it has made it
    // durable. What it does not hold was told to nobody, and another commit may take its place.
    if !completed {
        recovery.note(Repair::Dropped);
    } else if head.mark != begun.mark {
        recovery.note(Repair::Completed);
    }
    // Always: what was read from it may so far only be in the system's memory.
    anchor.swap(&said, &Anchored::certain(head).encode())?;
    let before = keys.verifiers();
    let keys = rotation::settle(&files, keys, &head, store.as_ref(), options)?;
    if keys.verifiers() != before {
        recovery.note(Repair::KeysChanged);
    }
    let note = keys.sign(head.size, head.root)?;
    published(&files, &keys, store.as_ref(), &head, &note, &mut recovery)?;
    files.publish(&note)?;
    for path in discarded {
        shelves::remove(&path)?;
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
/// What lies before record `from` is sealed, and read again by `check` and not by every opening.
fn open_journal(files: &Files, options: &Options, from: u64, anchored: &Head) -> Result<Journal, Error> {
    match Journal::open_from(&files.journal(), options.journal_segment_bytes, from, anchored.mark) {
        Err(journal::Error::Lost { durable, found }) => Err(Error::RolledBack { anchor: durable, journal: found }),
        Err(journal::Error::OtherHistory { .. }) => {
            Err(Error::Forked { size: anchored.size, between: "anchor and journal" })
        }
        opened => Ok(opened?),
    }
}

/// The journal's first record names the key it began with; a key that this one did not hand over to would sign another
/// ledger's tree.
fn same_ledger(files: &Files, keys: &Keys) -> Result<(), Error> {
    match record_at(&files.journal(), 0)? {
        Record::Genesis { vkey } if keys.ring().iter().any(|held| held.key.to_string() == vkey) => Ok(()),
        Record::Genesis { .. } => {
            let what =
                "the key is not the one this journal began with, and no file `succession` says that it was changed";
            Err(Error::Damaged(what.to_owned()))
        }
        Record::Batch(_) => Err(Error::Damaged("the journal's first record".to_owned())),
    }
}

fn last_time(files: &Files, anchored: &Head, records: u64) -> Result<Timestamp, Error> {
    match record_at(&files.journal(), records.saturating_sub(1))? {
        Record::Genesis { .. } => Ok(anchored.time),
        Record::Batch(batch) => Ok(batch.time.max(anchored.time)),
    }
}

/// The sealed volumes, from the first on as far as they are whole; those behind are sealed again.
pub(crate) fn open_volumes(files: &Files, recovery: &mut Recovery) -> Result<Vec<Arc<Volume>>, Error> {
    let directory = files.volumes();
    let entries = match std::fs::read_dir(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(disk::Error::at("list", &directory))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(disk::Error::at("list", &directory))?.path());
    }
    paths.sort_unstable();
    let mut volumes = Vec::new();
    for path in paths {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("vol") => {}
            // What an interrupted sealing left.
            Some("tmp") => {
                std::fs::remove_file(&path).map_err(disk::Error::at("remove", &path))?;
                continue;
            }
            Some(_) | None => continue,
        }
        match Volume::open(&path) {
            Ok(volume) if volume.span().first() == sealed(&volumes) => volumes.push(Arc::new(volume)),
            Ok(_) => {
                recovery.note(Repair::VolumeMissing(path));
                break;
            }
            Err(error) if is_damage(&error) => {
                recovery.note(Repair::VolumeUnusable(error.to_string()));
                break;
            }
            // What the system refuses says nothing about the bytes on disk.
            Err(error) => return Err(error.into()),
        }
    }
    Ok(volumes)
}

/// Whether the bytes are wrong, and not the system unwilling.
fn is_damage(error: &disk::Error) -> bool {
    matches!(error.source.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof)
}

/// Seals what the journal has and no volume holds: after an interruption, in a ledger from before there were volumes,
/// and where they were lost. Volumes that the journal does not know are set aside before.
fn seal(
    files: &Files,
    options: &Options,
    volumes: &mut Vec<Arc<Volume>>,
    records: u64,
    recovery: &mut Recovery,
) -> Result<(), Error> {
    let (edge, _) = replay::foundation(volumes.iter().map(Arc::as_ref));
    if goes_on(volumes) > records || !replay::known_to(&files.journal(), &edge, goes_on(volumes), records)? {
        volumes.clear();
        recovery.note(Repair::VolumesForeign);
        if let Some(path) = set_aside(files, &files.volumes(), "volumes")? {
            recovery.note(Repair::Kept(path));
        }
    }
    let (size, _) = state_after(&files.journal(), records)?;
    let before = volumes.len();
    loop {
        let span = Span::next(sealed(volumes), options.volume_doublings);
        if span.end() > size {
            break;
        }
        seal_next(files, volumes, span)?;
    }
    if volumes.len() > before {
        recovery.note(Repair::Sealed(volumes.len() - before));
    }
    Ok(())
}

/// Opens the database behind the volumes and replays what it lacks. One that cannot be opened, or that says anything
/// the journal does not say, is set aside and made anew; an empty one is never a new ledger.
fn database(
    files: &Files,
    options: &Options,
    volumes: Vec<Arc<Volume>>,
    journal: &Journal,
    recovery: &mut Recovery,
) -> Result<(Shelves, Edge), Error> {
    let (behind, records) = (sealed(&volumes), journal.end().records);
    let directory = files.store(behind);
    let (foundation, upper) = replay::foundation(volumes.iter().map(Arc::as_ref));
    let mut begin = Start { applied: None, edge: foundation, upper, from: goes_on(&volumes) };
    let sound = match SledStore::open(&directory, &rows::SPACES, options.cache_bytes) {
        // Neither of these says that anything is wrong with the database.
        Err(error @ (store::Error::InUse(_) | store::Error::Disk(_))) => return Err(error.into()),
        Err(error) => Err(format!("the database could not be opened ({error})")),
        Ok(store) => {
            let store = Database::new(store);
            standing(files, &store, &begin.edge, records).map(|found| (store, found))
        }
    };
    let store = match sound {
        Ok((store, found)) => {
            if let Some((applied, edge)) = found {
                begin = Start { applied: Some(applied), edge, upper: Vec::new(), from: applied.records };
            }
            store
        }
        Err(reason) => {
            recovery.rebuilt = true;
            recovery.note(Repair::Database(reason));
            if let Some(path) = set_aside(files, &directory, "store")? {
                recovery.note(Repair::Kept(path));
            }
            Database::new(SledStore::create(&directory, &rows::SPACES, options.cache_bytes)?)
        }
    };
    let (edge, replayed) = replay::replay(&files.journal(), &store, begin, records)?;
    recovery.replayed = replayed;
    // Those whose entries are all sealed by now.
    for (begins, path) in files.stores()? {
        if begins != behind {
            shelves::remove(&path)?;
        }
    }
    Ok((Shelves::new(files.clone(), options, volumes, store), edge))
}

/// Where the database stands, if the journal agrees; otherwise a sentence that says why it cannot be used.
/// Its leaf index is read on the way.
fn standing(files: &Files, store: &Database, before: &Edge, records: u64) -> Result<Option<(Applied, Edge)>, String> {
    let read = |error: Error| format!("the database could not be read ({error})");
    let Some(applied) = rows::applied(store).map_err(read)? else {
        return Ok(None);
    };
    if applied.records > records {
        return Err("the database is ahead of the journal".to_owned());
    }
    if applied.size < before.size()
        || state_after(&files.journal(), applied.records).map_err(read)? != (applied.size, applied.root)
    {
        return Err("the database's head is not one that the journal knows".to_owned());
    }
    let edge = rows::load_edge(store, &applied).map_err(read)?;
    let edge = edge.ok_or_else(|| "the database's last rows do not lead to its root".to_owned())?;
    match store.index(before, &applied).map_err(read)? {
        true => Ok(Some((applied, edge))),
        false => Err("the database's tiles do not lead to its root".to_owned()),
    }
}

/// Moves what is derived out of the way, all of it, and says where to.
fn discard_derived(files: &Files) -> Result<Vec<PathBuf>, Error> {
    let mut aside = Vec::new();
    for (_, path) in files.stores()? {
        aside.extend(set_aside(files, &path, "store")?);
    }
    aside.extend(set_aside(files, &files.volumes(), "volumes")?);
    Ok(aside)
}

/// Moves a derived part out of the way and says where to; none where there is none. One that there is no room to make
/// anew stays where it is.
fn set_aside(files: &Files, from: &Path, part: &str) -> Result<Option<PathBuf>, Error> {
    disk::has_room(from)?;
    let to = files.aside(part);
    match std::fs::rename(from, &to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::Error::at("set aside", from)(error).into()),
        Ok(()) => {
            disk::sync_name(&to)?;
            Ok(Some(to))
        }
    }
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
            // A new ledger has published none.
            if head.size > 0 {
                recovery.note(Repair::Unpublished);
            }
            return Ok(());
        }
        read => read.map_err(disk::Error::at("read", &path))?,
    };
    if found == note.as_bytes() {
        return Ok(());
    }
    let parsed = std::str::from_utf8(&found).ok().and_then(|found| Note::parse(found).ok());
    let Some(Ok(old)) = parsed.map(|note| keys.recognise(&note)) else {
        recovery.note(Repair::CheckpointDamaged);
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
        recovery.note(Repair::CheckpointBehind);
    }
    Ok(())
}

impl Recovery {
    fn note(&mut self, repair: Repair) {
        self.notes.push(repair);
    }
}
