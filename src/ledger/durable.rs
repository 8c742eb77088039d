//! The ledger as its durable files say: read without a lock, while another process writes, or from a disk that is
//! read-only. LEDGER.md 6.1: anchor first, then the journal up to where the anchor says; what comes later is not read.

use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::note::Note;
use crate::ledger::note::VerifierKey;
use crate::ledger::options::Options;
use crate::ledger::record::Anchored;
use crate::ledger::record::Head;
use crate::ledger::record::Record;
use crate::ledger::replay::decoded;
use crate::ledger::replay::holds;
use crate::ledger::replay::record_at;
use crate::ledger::replay::state_after;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::store::anchor;
use crate::store::disk;
use crate::store::journal;

/// How often the published checkpoint is looked at until it is that of the anchor: a commit lies between the two.
const LOOKS: usize = 20;
/// The time between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// A ledger at the moment it was read. Nothing of it is locked, repaired or changed.
#[derive(Clone, Debug)]
pub struct Durable {
    files: Files,
    key: VerifierKey,
    succession: Succession,
    pub(crate) head: Head,
    published: Option<Published>,
}

/// What is called for every entry: its index and its bytes.
pub type Entry<'a> = dyn FnMut(u64, &[u8]) -> Result<(), Error> + 'a;

/// What is called for every entry: its index, its bytes, and the tiles and bundle that it fills.
pub(crate) type Each<'a> = dyn FnMut(u64, &[u8], &[Filled]) -> Result<(), Error> + 'a;

/// A tile or bundle that will not grow any more, or the unfinished one at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    Tile { level: u8, index: u64, hashes: Vec<Hash> },
    Bundle { index: u64, bytes: Vec<u8> },
}

impl From<Piece<'_>> for Filled {
    fn from(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Tile { level, index, hashes } => Self::Tile { level, index, hashes: hashes.to_vec() },
            Piece::Bundle { index, bytes } => Self::Bundle { index, bytes: bytes.to_vec() },
        }
    }
}

impl Durable {
    /// Reads whose ledger it is, how far it is durable, and what was published last.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is none; [`Error::Forked`], [`Error::AnchorRolledBack`] where its parts disagree.
    pub fn read(dir: &Path, options: &Options) -> Result<Self, Error> {
        let files = Files::new(dir, options);
        if !files.journal().is_dir() {
            return Err(Error::Missing(files.journal()));
        }
        let key = match record_at(&files.journal(), 0)? {
            Record::Genesis { vkey } => vkey.parse::<VerifierKey>()?,
            Record::Batch(_) => return Err(Error::Damaged("the journal's first record".to_owned())),
        };
        let succession = files.read_succession()?;
        let key = succession.last().and_then(|last| last.change.new.first()).cloned().unwrap_or(key);
        let (head, published) = newest(&files, &known(&succession, &key))?;
        if state_after(&files.journal(), head.mark.records)? != (head.size, head.root) {
            return Err(Error::Forked { size: head.size, between: "anchor and journal" });
        }
        Ok(Self { files, key, succession, head, published })
    }

    /// How many entries are durable.
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.head.root
    }

    /// The checkpoint that was published last, signed. Its size is [`Durable::size`], unless a commit was interrupted;
    /// none before a new ledger was opened for the first time.
    pub fn checkpoint(&self) -> Option<&str> {
        self.published.as_ref().map(|published| published.note.as_str())
    }

    /// The ledger's public key.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The changes of its keys, with their proofs.
    pub fn succession(&self) -> &Succession {
        &self.succession
    }

    /// Every key it ever had, as far as each may sign; the one in force first.
    pub fn ring(&self) -> Vec<Bounded> {
        known(&self.succession, &self.key)
    }

    /// The anchor as a file that says this head.
    ///
    /// # Errors
    /// None that a head can cause.
    pub fn anchor_image(&self) -> Result<Vec<u8>, Error> {
        Ok(anchor::image(&Anchored::certain(self.head).encode())?)
    }

    /// The journal's files up to this head, each with how many of its bytes belong to it.
    ///
    /// # Errors
    /// Damage; what the disk answered.
    pub fn journal(&self) -> Result<Vec<(PathBuf, u64)>, Error> {
        Ok(journal::extent(&self.files.journal(), self.head.mark)?)
    }

    /// The size and root of that checkpoint; those of the empty tree where there is none.
    pub fn signed(&self) -> (u64, Hash) {
        self.published.as_ref().map_or((0, EMPTY_ROOT), |known| (known.checkpoint.size, known.checkpoint.root))
    }

    /// The root over the first `size` entries, derived from them.
    ///
    /// # Errors
    /// [`Error::Beyond`]; damage.
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.walk_to(size, &mut |_, _, _| Ok(())).map(|edge| edge.root())
    }

    /// Goes through all entries in order, holding every batch to the roots it says.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the journal does not lead where it says; what `each` answers.
    pub fn entries(&self, each: &mut Entry<'_>) -> Result<(), Error> {
        self.walk_to(self.size(), &mut |index, entry, _| each(index, entry)).map(drop)
    }

    /// As [`Durable::entries`] up to a size, with the pieces of the tree that each entry fills; gives the edge there.
    pub(crate) fn walk_to(&self, size: u64, each: &mut Each<'_>) -> Result<Edge, Error> {
        if size > self.size() {
            return Err(Error::Beyond { asked: size, size: self.size() });
        }
        let mut edge = Edge::default();
        let mut filled = Vec::new();
        if size == 0 {
            return Ok(edge);
        }
        for record in journal::read(&self.files.journal(), 0)? {
            let Record::Batch(batch) = decoded(record?)? else { continue };
            let leads = |holds: bool| {
                let what = || format!("the journal's batch at entry {} does not lead where it says", batch.first);
                if holds { Ok(()) } else { Err(Error::Damaged(what())) }
            };
            leads((batch.first, batch.old_root) == (edge.size(), edge.root()))?;
            for entry in &batch.entries {
                let index = edge.size();
                edge.push(entry, hash::leaf(entry), &mut |piece| filled.push(piece.into()));
                each(index, entry, &filled)?;
                filled.clear();
                if edge.size() == size && size < self.size() {
                    return Ok(edge);
                }
            }
            leads(batch.new_root == edge.root())?;
            if edge.size() == size {
                leads(edge.root() == self.root())?;
                return Ok(edge);
            }
        }
        Err(Error::Damaged("the journal ends before what the anchor says".to_owned()))
    }
}

/// The keys after these changes, as far as each may sign; the one in force first.
fn known(succession: &Succession, key: &VerifierKey) -> Vec<Bounded> {
    let new = succession.last().map_or_else(|| vec![key.clone()], |last| last.change.new.clone());
    new.into_iter().map(Bounded::current).chain(succession.retired()).collect()
}

/// What was published last.
#[derive(Clone, Debug)]
struct Published {
    note: String,
    checkpoint: Checkpoint,
}

/// The anchor's head and the published checkpoint, of one size if no commit was interrupted between them.
fn newest(files: &Files, ring: &[Bounded]) -> Result<(Head, Option<Published>), Error> {
    let mut look = 0;
    loop {
        look += 1;
        let payload = anchor::read_payload(files.anchor())?;
        let anchored = Anchored::decode(&payload).ok_or_else(|| Error::Damaged("the anchor's content".to_owned()))?;
        // What is being appended at this moment may look damaged, and counts as not there yet.
        let holds = holds(&files.journal(), &anchored.begun).unwrap_or(false);
        let head = if holds { anchored.begun } else { anchored.known };
        let published = published(files, ring)?;
        let said = published.as_ref().map_or((0, EMPTY_ROOT), |known| (known.checkpoint.size, known.checkpoint.root));
        if said == (head.size, head.root) || (said.0 < head.size && look == LOOKS) {
            return Ok((head, published));
        }
        if look == LOOKS && said.0 == head.size {
            return Err(Error::Forked { size: head.size, between: "anchor and published checkpoint" });
        }
        if look == LOOKS {
            return Err(Error::AnchorRolledBack { published: said.0, anchor: head.size });
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// The published checkpoint; none before a new ledger was opened for the first time.
fn published(files: &Files, ring: &[Bounded]) -> Result<Option<Published>, Error> {
    let path = files.checkpoint();
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => {
            let note = read.map_err(disk::Error::at("read", &path))?;
            let checkpoint = succession::signed(&Note::parse(&note)?, ring)?;
            Ok(Some(Published { note, checkpoint }))
        }
    }
}
