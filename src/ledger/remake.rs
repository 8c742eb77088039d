//! Making the journal and its anchor anew where one of them is damaged or gone: of whatever else holds the entries.
//! LEDGER.md 6.4. Only what leads to the checkpoint that was published last, and to what the anchor still says, will do.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::ledger::Ledger;
use crate::ledger::Recovery;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::note::Note;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::record::Anchored;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::recovery::open_volumes;
use crate::ledger::replay::decoded;
use crate::ledger::rows;
use crate::ledger::tile::WIDTH;
use crate::ledger::volume::database::Database;
use crate::ledger::volume::shelves;
use crate::ledger::volume::shelves::Shelves;
use crate::store;
use crate::store::anchor;
use crate::store::disk;
use crate::store::journal;
use crate::store::journal::Mark;
use crate::store::sled::SledStore;

/// Entries handed to the new journal at once.
const ENTRIES: usize = 1_000;

/// What was made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remade {
    /// Entries in the ledger.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Whether the journal was written anew, or the anchor alone.
    pub journal: bool,
}

/// Makes the journal and the anchor of the ledger in `dir` anew. What was there of the journal is kept beside.
/// `progress` hears of entries written, of how many.
///
/// # Errors
/// [`Error::Unfounded`] where nothing here holds all that was published; [`Error::InUse`]. Nothing is changed then.
pub(crate) fn remake(
    dir: &Path,
    options: &Options,
    clock: Clock,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Remade, Error> {
    let files = Files::new(dir, options);
    let _lock = files.take_lock()?;
    let keys = files.read_keys()?;
    let known = Known::read(&files, &keys)?;
    let inside = Options { anchor: None, ..options.clone() };
    let remaking = dir.join("remaking");
    let beside = Files::new(&remaking, &inside);
    let mut best: Option<(Found, Kept)> = None;
    // The first of equals: the journal as it stands, then one that an interrupted call completed.
    for kept in [Kept::Journal(files.clone()), Kept::Journal(beside.clone()), Kept::rows(&files, options)?] {
        let found = kept.walk(&known, &mut |_, _| Ok(()))?;
        if found.other.is_none() && best.as_ref().is_none_or(|(before, _)| found.edge.size() > before.edge.size()) {
            best = Some((found, kept));
        }
    }
    let size = best.as_ref().map_or(0, |(found, _)| found.edge.size());
    let Some((found, kept)) = best.filter(|(found, _)| found.edge.size() >= known.least()) else {
        return Err(Error::Unfounded { published: known.least(), found: size });
    };
    let (size, root) = (found.edge.size(), found.edge.root());
    let head = match (&kept, found.head) {
        (Kept::Journal(at), Some(head)) if at.journal() == files.journal() => {
            put_anchor(&files, head)?;
            clear(&remaking)?;
            return Ok(Remade { size, root, journal: false });
        }
        (Kept::Journal(_), Some(head)) => head,
        (Kept::Journal(_) | Kept::Rows(_), _) => write(&remaking, &inside, &keys, clock, (&kept, &known), progress)?,
    };
    if (head.size, head.root) != (size, root) {
        return Err(Error::Damaged("the new journal does not lead where the old one did".to_owned()));
    }
    // A crash from here on leaves the new journal, whole, in its place or beside it: the next call goes on with it.
    if files.journal().exists() {
        let aside = files.aside("journal");
        fs::rename(files.journal(), &aside).map_err(disk::Error::at("set aside", &files.journal()))?;
    }
    fs::rename(beside.journal(), files.journal()).map_err(disk::Error::at("put in place", &files.journal()))?;
    disk::sync_name(&files.journal())?;
    put_anchor(&files, head)?;
    clear(&remaking)?;
    Ok(Remade { size, root, journal: true })
}

/// What is known of the ledger without its journal: sizes with their roots.
struct Known {
    /// What was published, and what the anchor knows: nothing that lacks it will do.
    held: Vec<(u64, Hash)>,
    /// What a commit was to lead to.
    begun: Option<(u64, Hash)>,
}

impl Known {
    fn read(files: &Files, keys: &Keys) -> Result<Self, Error> {
        let path = files.checkpoint();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Error::Missing(path)),
            read => read.map_err(disk::Error::at("read", &path))?,
        };
        let published = keys.recognise(&Note::parse(&text)?)?;
        let mut known = Self { held: vec![(published.size, published.root)], begun: None };
        let anchored = match anchor::read_payload(files.anchor()) {
            Ok(payload) => Anchored::decode(&payload),
            Err(anchor::Error::Disk(error)) => return Err(error.into()),
            Err(_) => None,
        };
        if let Some(Anchored { known: durable, begun }) = anchored {
            known.held.push((durable.size, durable.root));
            known.begun = Some((begun.size, begun.root));
        }
        Ok(known)
    }

    /// The least size that will do.
    fn least(&self) -> u64 {
        self.held.iter().map(|(size, _)| *size).max().unwrap_or(0)
    }

    fn contradicts(&self, edge: &Edge) -> bool {
        let known = self.held.iter().chain(&self.begun);
        known.filter(|(size, _)| *size == edge.size()).any(|(_, root)| *root != edge.root())
    }
}

/// Where entries are.
enum Kept {
    Journal(Files),
    /// Sealed volumes, and the database behind them; none where it does not open.
    Rows(Option<(Box<Shelves>, u64)>),
}

/// What is there, as far as it is whole.
struct Found {
    edge: Edge,
    /// The head of a journal that is whole to its end.
    head: Option<Head>,
    /// A size at which it is not what was published.
    other: Option<u64>,
}

impl Found {
    fn take(&mut self, known: &Known, entry: &[u8], each: &mut Each<'_>) -> Result<(), Error> {
        each(self.edge.size(), entry)?;
        self.edge.push(entry, hash::leaf(entry), &mut |_| {});
        if known.contradicts(&self.edge) {
            self.other = Some(self.edge.size());
        }
        Ok(())
    }
}

type Each<'a> = dyn FnMut(u64, &[u8]) -> Result<(), Error> + 'a;

impl Kept {
    fn rows(files: &Files, options: &Options) -> Result<Self, Error> {
        let volumes = open_volumes(files, &mut Recovery::default())?;
        let sealed = shelves::sealed(&volumes);
        let store = match SledStore::open(&files.store(sealed), &rows::SPACES, options.cache_bytes) {
            Err(error @ (store::Error::InUse(_) | store::Error::Disk(_))) => return Err(error.into()),
            Err(_) => return Ok(Self::Rows(None)),
            Ok(store) => store,
        };
        let size = rows::applied(&store).ok().flatten().map_or(sealed, |applied| applied.size);
        let shelves = Shelves::new(files.clone(), options, volumes, Database::new(store));
        Ok(Self::Rows(Some((Box::new(shelves), size))))
    }

    /// Goes through the entries in order, up to the first that is not whole.
    fn walk(&self, known: &Known, each: &mut Each<'_>) -> Result<Found, Error> {
        let mut found = Found { edge: Edge::default(), head: None, other: None };
        match self {
            Self::Journal(files) => walk_journal(&files.journal(), known, &mut found, each)?,
            Self::Rows(None) => {}
            Self::Rows(Some((shelves, size))) => walk_rows(shelves, *size, known, &mut found, each)?,
        }
        Ok(found)
    }
}

fn walk_journal(path: &Path, known: &Known, found: &mut Found, each: &mut Each<'_>) -> Result<(), Error> {
    let records = match journal::read(path, 0) {
        Err(journal::Error::Disk(error)) => return Err(error.into()),
        Err(_) => return Ok(()),
        Ok(records) => records,
    };
    let (mut mark, mut time) = (Mark::START, Timestamp::UNIX_EPOCH);
    for record in records {
        let record = match record {
            Err(journal::Error::Disk(error)) => return Err(error.into()),
            Err(_) => return Ok(()),
            Ok(record) => record,
        };
        mark = record.end;
        match decoded(record) {
            Err(_) => return Ok(()),
            Ok(Record::Genesis { .. }) => {}
            Ok(Record::Batch(batch)) => {
                if (batch.first, batch.old_root) != (found.edge.size(), found.edge.root()) {
                    return Ok(());
                }
                batch.entries.iter().try_for_each(|entry| found.take(known, entry, each))?;
                time = batch.time;
            }
        }
    }
    if mark.records > 0 {
        found.head = Some(Head { size: found.edge.size(), root: found.edge.root(), mark, time });
    }
    Ok(())
}

fn walk_rows(store: &Shelves, size: u64, known: &Known, found: &mut Found, each: &mut Each<'_>) -> Result<(), Error> {
    let width = u64::from(WIDTH);
    while found.edge.size() < size {
        let wanted = usize::try_from(width.min(size - found.edge.size())).unwrap_or(usize::MAX);
        let bundle = rows::bundle(store, found.edge.size() / width, wanted)?;
        let Some(entries) = bundle.as_deref().and_then(rows::split) else { return Ok(()) };
        entries.into_iter().try_for_each(|entry| found.take(known, entry, each))?;
    }
    Ok(())
}

/// Writes a journal of these entries into a ledger of its own, and gives its head.
fn write(
    directory: &Path,
    inside: &Options,
    keys: &Keys,
    clock: Clock,
    (kept, known): (&Kept, &Known),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Head, Error> {
    clear(directory)?;
    let beside = Files::new(directory, inside);
    beside.create_with(&Keys::from_private(keys.to_private().trim_end())?, inside)?;
    let ledger = Ledger::open(directory, inside.clone(), clock)?;
    let mut waiting = Vec::new();
    let size = kept.walk(known, &mut |_, _| Ok(()))?.edge.size();
    kept.walk(known, &mut |index, entry| {
        waiting.push(entry.to_vec());
        if waiting.len() == ENTRIES || index + 1 == size {
            ledger.append_all(std::mem::take(&mut waiting))?;
            progress(index + 1, size);
        }
        Ok(())
    })?;
    drop(ledger);
    let written = Kept::Journal(beside).walk(known, &mut |_, _| Ok(()))?;
    written.head.ok_or_else(|| Error::Damaged("the new journal".to_owned()))
}

fn put_anchor(files: &Files, head: Head) -> Result<(), Error> {
    Ok(disk::replace(files.anchor(), &anchor::image(&Anchored::certain(head).encode())?)?)
}

fn clear(directory: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk::Error::at("remove", directory)(error).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
