//! A ledger as a plain directory of tiles, bundles and a checkpoint: read by path, proven by its key alone.
//! C2SP tlog-tiles v0.1.0; LEDGER.md 6.1 C. Any log's directory will do, not only ours.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::durable::Each;
use crate::ledger::durable::Filled;
use crate::ledger::edge::Edge;
use crate::ledger::edge::hashes_at;
use crate::ledger::error::Error;
use crate::ledger::hash;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::note::Note;
use crate::ledger::note::VerifierKey;
use crate::ledger::rows;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Change;
use crate::ledger::succession::Succession;
use crate::ledger::tile;
use crate::ledger::tile::WIDTH;
use crate::store::disk;

/// The name of the signed checkpoint in such a directory.
pub const CHECKPOINT: &str = "checkpoint";
/// The name of the file that holds the public key, one line.
pub const VKEY: &str = "vkey";

/// The name of the file that proves the changes of its keys; there is none where they never changed.
pub const SUCCESSION: &str = "succession";

/// Longest such file that is read, in bytes: a change has some fifteen thousand.
const SUCCESSION_BYTES_MAX: u64 = 8 << 20;
/// Most bytes in one piece: 256 entries of the longest kind, with their lengths.
pub const PIECE_BYTES_MAX: u64 = 256 * 65_537;
/// Faults after which a check ends: one broken disk is not listed file by file.
const FAULTS_MAX: usize = 100;

/// A directory whose checkpoint is signed by the key it was opened with.
#[derive(Clone, Debug)]
pub struct Mirror {
    directory: PathBuf,
    note: String,
    checkpoint: Checkpoint,
    succession: Succession,
    ring: Vec<Bounded>,
}

/// What is wrong with a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A piece of the tree is not there, or is shorter or longer than the size makes it.
    Missing(tile::Path),
    /// A piece is there and does not follow from the entries.
    Differs(tile::Path),
    /// The entries do not lead to the root that is signed.
    Root,
    /// An entry of this size changed the keys, and `succession` does not prove it: who holds the old key is not led on.
    Unproven(u64),
    /// The file `vkey` names a key that is not this ledger's.
    OtherKey,
    /// There is no file `vkey`; harmless for whoever has the key.
    Keyless,
    /// A file that no part of the tree accounts for; harmless.
    Stranger(PathBuf),
}

impl Mirror {
    /// Opens a directory and verifies its checkpoint's signature: by this key, or one that this key handed over to, by
    /// the proof in the directory.
    ///
    /// # Errors
    /// [`Error::Missing`] without a checkpoint; [`Error::Foreign`] with one that the key has not signed.
    pub fn open(directory: &Path, key: &VerifierKey) -> Result<Self, Error> {
        Self::open_by(directory, &[Bounded::current(key.clone())])
    }

    /// As [`Mirror::open`], by several keys of one log.
    ///
    /// # Errors
    /// As [`Mirror::open`].
    pub fn open_by(directory: &Path, keys: &[Bounded]) -> Result<Self, Error> {
        let path = directory.join(CHECKPOINT);
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let note = read(&path, bytes_max)?.ok_or(Error::Missing(path))?;
        let foreign = |what: String| Error::Foreign { directory: directory.to_owned(), what };
        let note = String::from_utf8(note).map_err(|_| foreign("the checkpoint is no text".to_owned()))?;
        let succession = read(&directory.join(SUCCESSION), SUCCESSION_BYTES_MAX)?.unwrap_or_default();
        let succession = String::from_utf8_lossy(&succession).parse::<Succession>();
        let succession = succession.map_err(|error| foreign(format!("{SUCCESSION}: {error}")))?;
        let parsed = Note::parse(&note).map_err(|error| foreign(error.to_string()))?;
        let ring = succession.follow(keys);
        let signed = succession::signed(&parsed, &ring);
        let checkpoint = signed.map_err(|error| foreign(error.to_string()))?;
        Ok(Self { directory: directory.to_owned(), note, checkpoint, succession, ring })
    }

    /// The key that the directory says is the ledger's: its own claim, which proves nothing.
    ///
    /// # Errors
    /// [`Error::Missing`] where it says nothing; a key that is none.
    pub fn claimed_key(directory: &Path) -> Result<VerifierKey, Error> {
        let path = directory.join(VKEY);
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let text = read(&path, bytes_max)?.ok_or(Error::Missing(path))?;
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().next().unwrap_or_default().parse::<VerifierKey>()?)
    }

    /// Why it is no copy of a ledger.
    pub(crate) fn foreign(&self, what: String) -> Error {
        Error::Foreign { directory: self.directory.clone(), what }
    }

    /// What its checkpoint says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The changes of the log's keys, as the directory proves them.
    pub fn succession(&self) -> &Succession {
        &self.succession
    }

    /// The checkpoint as it is signed.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The root over the first `size` entries, derived from the bundles.
    ///
    /// # Errors
    /// [`Error::Beyond`]; a bundle that is missing.
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        let known = self.checkpoint.size;
        if size > known {
            return Err(Error::Beyond { asked: size, size: known });
        }
        let mut root = (size == 0).then_some(EMPTY_ROOT);
        let mut edge = Edge::default();
        let walked = self.walk(&mut |index, entry, _| {
            if index < size {
                edge.push(entry, hash::leaf(entry), &mut |_| {});
            }
            if index + 1 == size {
                root = Some(edge.root());
            }
            Ok(())
        })?;
        let missing = |path| self.foreign(format!("{path} is missing or cut"));
        walked.map_err(missing)?;
        Ok(root.unwrap_or(EMPTY_ROOT))
    }

    /// Derives every tile and the root from the bundles and compares. `progress` hears of entries done, of how many.
    ///
    /// # Errors
    /// What the disk answered; what is wrong with what was read is in the answer.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Fault>, Error> {
        let size = self.checkpoint.size;
        let (mut faults, mut known) = (Vec::new(), BTreeSet::from([CHECKPOINT, VKEY, SUCCESSION].map(PathBuf::from)));
        let walked = self.walk(&mut |index, entry, filled| {
            faults.extend(self.unproven(index, entry));
            for piece in filled {
                faults.extend(self.compare(piece, size, &mut known)?);
            }
            if (index + 1).is_multiple_of(u64::from(WIDTH)) {
                progress(index + 1, size);
            }
            Ok(())
        })?;
        match walked {
            Err(path) => faults.push(Fault::Missing(path)),
            Ok(edge) => {
                for piece in edge.unfinished().map(Filled::from) {
                    faults.extend(self.compare(&piece, size, &mut known)?);
                }
                if edge.root() != self.checkpoint.root {
                    faults.push(Fault::Root);
                }
                faults.extend(self.strangers(&known)?);
            }
        }
        faults.extend(self.named()?);
        faults.truncate(FAULTS_MAX);
        progress(size, size);
        Ok(faults)
    }

    /// An entry by which this ledger's keys were changed, without its proof.
    fn unproven(&self, index: u64, entry: &[u8]) -> Option<Fault> {
        let ours = |key: &VerifierKey| self.ring.iter().any(|held| held.key == *key);
        let change = Change::read(entry).filter(|change| change.index == index)?;
        let is_ours = change.old.iter().chain(&change.new).any(ours);
        let proven = self.succession.handovers().iter().any(|one| one.change == change);
        (is_ours && !proven).then(|| Fault::Unproven(change.size()))
    }

    /// What is wrong with the key that the directory says is the ledger's.
    fn named(&self) -> Result<Option<Fault>, Error> {
        match Self::claimed_key(&self.directory) {
            Ok(key) if self.ring.iter().any(|held| held.key == key) => Ok(None),
            Ok(_) | Err(Error::Note(_)) => Ok(Some(Fault::OtherKey)),
            Err(Error::Missing(_)) => Ok(Some(Fault::Keyless)),
            Err(other) => Err(other),
        }
    }

    /// Goes through all entries in order. Gives the edge at the end, or the bundle that is not there.
    pub(crate) fn walk(&self, each: &mut Each<'_>) -> Result<Result<Edge, tile::Path>, Error> {
        let mut edge = Edge::default();
        let mut filled = Vec::new();
        while edge.size() < self.checkpoint.size {
            let index = edge.size() / u64::from(WIDTH);
            let wanted = self.checkpoint.size - edge.size();
            let width = u16::try_from(wanted).unwrap_or(WIDTH).min(WIDTH);
            let path = tile::Path::Bundle { index, width };
            let found = self.piece(path)?;
            let entries = found.as_ref().and_then(|(bytes, full)| {
                let expected = usize::from(if *full { WIDTH } else { width });
                rows::split(bytes).filter(|entries| entries.len() == expected)
            });
            let Some(entries) = entries else { return Ok(Err(path)) };
            let entries = entries.get(..usize::from(width)).unwrap_or_default();
            for (entry, leaf) in entries.iter().zip(rows::leaves(entries)) {
                let at = edge.size();
                edge.push(entry, leaf, &mut |piece| filled.push(piece.into()));
                each(at, entry, &filled)?;
                filled.clear();
            }
        }
        Ok(Ok(edge))
    }

    /// Compares a tile with what follows from the entries. A bundle is what everything follows from.
    fn compare(&self, piece: &Filled, size: u64, known: &mut BTreeSet<PathBuf>) -> Result<Option<Fault>, Error> {
        let path = path_of(piece, size);
        known.insert(PathBuf::from(path.to_string()));
        let Filled::Tile { hashes, .. } = piece else { return Ok(None) };
        let expected = hashes.concat();
        Ok(match self.piece(path)? {
            Some((found, full)) => {
                let length = if full { usize::from(WIDTH) * size_of::<Hash>() } else { expected.len() };
                let follows = found.get(..expected.len()) == Some(&expected);
                match found.len() == length {
                    false => Some(Fault::Missing(path)),
                    true => (!follows).then_some(Fault::Differs(path)),
                }
            }
            None => Some(Fault::Missing(path)),
        })
    }

    /// The bytes of a piece, or of the full one where only that is there, and whether they are: its beginning is the
    /// partial one.
    fn piece(&self, path: tile::Path) -> Result<Option<(Vec<u8>, bool)>, Error> {
        let found = read(&self.directory.join(path.to_string()), PIECE_BYTES_MAX)?;
        let full = match path {
            tile::Path::Tile { level, index, .. } => tile::Path::Tile { level, index, width: WIDTH },
            tile::Path::Bundle { index, .. } => tile::Path::Bundle { index, width: WIDTH },
        };
        if found.is_some() || full == path {
            return Ok(found.map(|bytes| (bytes, full == path)));
        }
        Ok(read(&self.directory.join(full.to_string()), PIECE_BYTES_MAX)?.map(|bytes| (bytes, true)))
    }

    /// Files below `tile/` that are no piece of this tree or of an earlier state of it.
    fn strangers(&self, known: &BTreeSet<PathBuf>) -> Result<Vec<Fault>, Error> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.join("tile")];
        while let Some(folder) = folders.pop().filter(|folder| folder.is_dir()) {
            for entry in std::fs::read_dir(&folder).map_err(disk::Error::at("list", &folder))? {
                let path = entry.map_err(disk::Error::at("list", &folder))?.path();
                let inside = path.strip_prefix(&self.directory).unwrap_or(&path).to_owned();
                let earlier = inside.to_str().and_then(|text| text.parse().ok()).is_some_and(|path| self.earlier(path));
                if path.is_dir() {
                    folders.push(path);
                } else if !known.contains(&inside) && !earlier {
                    found.push(Fault::Stranger(inside));
                }
            }
        }
        found.sort_by_key(|fault| format!("{fault:?}"));
        Ok(found)
    }

    /// Whether a path names a partial piece of an earlier state of this tree.
    fn earlier(&self, path: tile::Path) -> bool {
        let (level, index, width) = match path {
            tile::Path::Tile { level, index, width } => (level, index, width),
            tile::Path::Bundle { index, width } => (0, index, width),
        };
        let end = index.checked_mul(u64::from(WIDTH)).and_then(|start| start.checked_add(u64::from(width)));
        end.is_some_and(|end| end <= hashes_at(self.checkpoint.size, level))
    }
}

/// The path of a piece in a tree of this size.
pub(crate) fn path_of(piece: &Filled, size: u64) -> tile::Path {
    match piece {
        Filled::Tile { level, index, hashes } => {
            let width = u16::try_from(hashes.len()).unwrap_or(WIDTH);
            tile::Path::Tile { level: *level, index: *index, width }
        }
        Filled::Bundle { index, .. } => {
            let width = u16::try_from(size - index * u64::from(WIDTH)).unwrap_or(WIDTH).min(WIDTH);
            tile::Path::Bundle { index: *index, width }
        }
    }
}

/// The bytes of a file that may not be there; one that is longer than it may be is damage.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, Error> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
        opened => opened.map_err(disk::Error::at("open", path))?,
    };
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(disk::Error::at("read", path))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(Error::Damaged(format!("{} is longer than it may be", path.display())));
    }
    Ok(Some(bytes))
}
