//! Writing the ledger as a plain directory that any tlog-tiles reader understands, and making a ledger of such a one.
//! LEDGER.md 6.1 C and 6.4: backup, static mirror and thirty-year format in one; made from the journal, without a lock.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::ledger::Ledger;
use crate::ledger::durable::Durable;
use crate::ledger::durable::Each;
use crate::ledger::durable::Filled;
use crate::ledger::edge::Edge;
use crate::ledger::edge::hashes_at;
use crate::ledger::error::Error;
use crate::ledger::files::Files;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::mirror::CHECKPOINT;
use crate::ledger::mirror::Mirror;
use crate::ledger::mirror::SUCCESSION;
use crate::ledger::mirror::VKEY;
use crate::ledger::mirror::path_of;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::options::Clock;
use crate::ledger::options::Options;
use crate::ledger::record::Anchored;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::ledger::tile;
use crate::ledger::tile::WIDTH;
use crate::ledger::transcript::Moment;
use crate::store::anchor;
use crate::store::disk;

/// Entries handed to a new ledger at once.
const IMPORT_ENTRIES: usize = 1_000;

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Entries that the directory now holds.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Entries that it held before.
    pub before: u64,
    /// Tiles and bundles written; those that were there are left as they are.
    pub written: u64,
}

/// A ledger at one moment, as an export reads it.
pub(crate) trait Source {
    /// Its public key.
    fn key(&self) -> &VerifierKey;
    /// Every key that it had, as far as each may sign, and how they followed one another.
    fn ring(&self) -> Vec<Bounded>;
    fn succession(&self) -> &Succession;
    /// The checkpoint that was published last, signed, and what it says.
    fn checkpoint(&self) -> Option<&str>;
    fn signed(&self) -> (u64, Hash);
    fn root_at(&self, size: u64) -> Result<Hash, Error>;
    /// Goes through the first `size` entries with the pieces of the tree that each fills; gives the edge there.
    fn walk_to(&self, size: u64, each: &mut Each<'_>) -> Result<Edge, Error>;
}

impl Source for Durable {
    fn key(&self) -> &VerifierKey {
        self.key()
    }

    fn ring(&self) -> Vec<Bounded> {
        self.ring()
    }

    fn succession(&self) -> &Succession {
        self.succession()
    }

    fn checkpoint(&self) -> Option<&str> {
        self.checkpoint()
    }

    fn signed(&self) -> (u64, Hash) {
        self.signed()
    }

    fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.root_at(size)
    }

    fn walk_to(&self, size: u64, each: &mut Each<'_>) -> Result<Edge, Error> {
        self.walk_to(size, each)
    }
}

/// Writes what `directory` lacks: tiles, bundles, key, and last of all the checkpoint, so that a reader at any moment
/// finds all that the checkpoint speaks of. `progress` hears of entries done, of how many.
///
/// # Errors
/// [`Error::Forked`] or [`Error::AnchorRolledBack`] where the directory holds what does not lead here; then nothing is
/// written. What the disk answered.
pub fn export(ledger: &Durable, directory: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Exported, Error> {
    write(ledger, directory, progress)
}

/// As [`export`], of a ledger that several processes share, as it is now.
///
/// # Errors
/// As [`export`].
pub fn export_shared(ledger: &Ledger, directory: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Exported, Error> {
    write(&Moment::of(ledger), directory, progress)
}

fn write(ledger: &dyn Source, directory: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Exported, Error> {
    let note = ledger.checkpoint().ok_or_else(|| Error::Missing(PathBuf::from(CHECKPOINT)))?;
    let signed = ledger.signed();
    disk::create_directory(directory)?;
    let before = match Mirror::open_by(directory, &ledger.ring()) {
        Ok(mirror) => Some(mirror.checkpoint().clone()),
        Err(Error::Missing(_)) => None,
        Err(other) => return Err(other),
    };
    let old = before.as_ref().map_or(0, |old| old.size);
    if old > signed.0 {
        return Err(Error::AnchorRolledBack { published: old, anchor: signed.0 });
    }
    // The directory's own past comes first: nothing is written beside a history that is not this one.
    if let Some(before) = before.filter(|before| before.size > 0)
        && ledger.root_at(before.size)? != before.root
    {
        return Err(Error::Forked { size: before.size, between: "journal and exported checkpoint" });
    }
    let mut written = 0;
    let edge = ledger.walk_to(signed.0, &mut |index, _, filled| {
        for piece in filled {
            written += u64::from(put(directory, piece, signed.0)?);
        }
        if (index + 1).is_multiple_of(u64::from(WIDTH)) {
            progress(index + 1, signed.0);
        }
        Ok(())
    })?;
    for piece in edge.unfinished().map(Filled::from) {
        written += u64::from(put(directory, &piece, signed.0)?);
    }
    if !ledger.succession().is_empty() {
        disk::replace(&directory.join(SUCCESSION), ledger.succession().to_string().as_bytes())?;
    }
    disk::replace(&directory.join(VKEY), format!("{}\n", ledger.key()).as_bytes())?;
    disk::replace(&directory.join(CHECKPOINT), note.as_bytes())?;
    clear_outgrown(directory, old, signed.0)?;
    progress(signed.0, signed.0);
    Ok(Exported { size: signed.0, root: signed.1, before: old, written })
}

/// Writes a piece that is not there in its full length, and says whether it did.
fn put(directory: &Path, piece: &Filled, size: u64) -> Result<bool, Error> {
    let path = directory.join(path_of(piece, size).to_string());
    let bytes = match piece {
        Filled::Tile { hashes, .. } => &hashes.concat(),
        Filled::Bundle { bytes, .. } => bytes,
    };
    let length = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
    if fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == length) {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        disk::create_directory(parent)?;
    }
    disk::replace(&path, bytes)?;
    Ok(true)
}

/// Removes the partial pieces of an older size that wider ones have taken the place of.
fn clear_outgrown(directory: &Path, old: u64, new: u64) -> Result<(), Error> {
    let partial = |size: u64, level: u8| {
        let hashes = hashes_at(size, level);
        let width = u16::try_from(hashes % u64::from(WIDTH)).unwrap_or(0);
        (hashes / u64::from(WIDTH), width)
    };
    for level in (0..u8::MAX).take_while(|level| hashes_at(old, *level) > 0) {
        let (index, width) = partial(old, level);
        if width == 0 || (index, width) == partial(new, level) {
            continue;
        }
        let mut outgrown = vec![tile::Path::Tile { level, index, width }];
        if level == 0 {
            outgrown.push(tile::Path::Bundle { index, width });
        }
        for path in outgrown {
            remove(&directory.join(path.to_string()))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        removed => removed.map_err(disk::Error::at("remove", path))?,
    }
    // Its directory goes too where it was the last in it; where it was not, that is no error.
    if let Some(parent) = path.parent() {
        drop(fs::remove_dir(parent));
    }
    Ok(())
}

/// Makes a ledger in `dir` of a directory of tiles, with the ledger's own key, and compares the roots. It is built
/// beside and put in place when it is complete. Documents and records are not in such a directory.
///
/// # Errors
/// [`Error::Exists`] where there is a ledger; [`Error::Foreign`] where the entries do not lead to the signed root.
pub fn import(
    mirror: &Mirror,
    dir: &Path,
    key: &SigningKey,
    options: &Options,
    clock: Clock,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    if dir.exists() {
        return Err(Error::Exists(dir.to_owned()));
    }
    if let Some(last) = mirror.succession().last().filter(|last| !last.change.new.contains(key.verifier())) {
        let size = last.change.size();
        return Err(mirror.foreign(format!("the key was replaced at {size} entries; name the one that is in force")));
    }
    let beside = dir.with_extension("importing");
    clear(&beside)?;
    let inside = Options { anchor: None, ..options.clone() };
    Files::new(&beside, &inside).create_with(&Keys::from_private(&key.to_private())?, &inside)?;
    let ledger = Ledger::open(&beside, inside.clone(), clock)?;
    let size = mirror.checkpoint().size;
    let mut waiting = Vec::new();
    let walked = mirror.walk(&mut |index, entry, _| {
        waiting.push(entry.to_vec());
        if waiting.len() == IMPORT_ENTRIES || index + 1 == size {
            ledger.append_all(std::mem::take(&mut waiting))?;
            progress(index + 1, size);
        }
        Ok(())
    })?;
    let came = (ledger.size(), ledger.root());
    drop(ledger);
    if let Err(path) = walked {
        clear(&beside)?;
        return Err(mirror.foreign(format!("{path} is missing or cut")));
    }
    if came != (size, mirror.checkpoint().root) {
        clear(&beside)?;
        return Err(mirror.foreign(format!("the entries do not lead to the root over {size} that is signed")));
    }
    if !mirror.succession().is_empty() {
        let files = Files::new(&beside, &inside);
        disk::replace(&files.succession(), mirror.succession().to_string().as_bytes())?;
    }
    if let Some(anchor) = &options.anchor {
        take_over(anchor, &beside.join("head.anchor"), mirror)?;
    }
    fs::rename(&beside, dir).map_err(disk::Error::at("put in place", dir))?;
    Ok(disk::sync_name(dir)?)
}

/// Puts the new anchor where the old one lies, which must not know of anything that the directory lacks.
fn take_over(old: &Path, new: &Path, mirror: &Mirror) -> Result<(), Error> {
    let (size, known) = (mirror.checkpoint().size, anchored(old)?);
    if let Some((known, root)) = known {
        if known > size {
            return Err(Error::AnchorRolledBack { published: size, anchor: known });
        }
        let here = mirror.root_at(known)?;
        if here != root {
            return Err(Error::Forked { size: known, between: "anchor and imported tiles" });
        }
    }
    let bytes = fs::read(new).map_err(disk::Error::at("read", new))?;
    disk::replace(old, &bytes)?;
    fs::remove_file(new).map_err(disk::Error::at("remove", new))?;
    Ok(())
}

/// The size and root that an anchor knows; none where there is none.
///
/// # Errors
/// An anchor that cannot be read.
pub fn anchored(path: &Path) -> Result<Option<(u64, Hash)>, Error> {
    let payload = match anchor::read_payload(path) {
        Err(anchor::Error::Missing(_)) => return Ok(None),
        read => read?,
    };
    let damaged = || Error::Damaged("the anchor's content".to_owned());
    // A commit that was begun may have been told of.
    let head = Anchored::decode(&payload).ok_or_else(damaged)?.begun;
    Ok(Some((head.size, head.root)))
}

/// Removes what an interrupted import left.
fn clear(beside: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(disk::Error::at("remove", beside)(error).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
