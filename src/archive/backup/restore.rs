//! Putting a backup back: only into an empty directory, and an archive again only when everything in it is proven.
//! LEDGER.md 6.3 I2 and 6.4: an older state over a newer published one would let the ledger sign two histories.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use flate2::bufread::MultiGzDecoder;
use sha2::Digest;
use sha2::Sha256;
use tar::EntryType;

use crate::archive::act::Act;
use crate::archive::backup::ABOUT;
use crate::archive::backup::ANCHOR;
use crate::archive::backup::About;
use crate::archive::backup::END;
use crate::archive::backup::End;
use crate::archive::backup::Error;
use crate::archive::backup::KEY;
use crate::archive::backup::SCHEMA;
use crate::archive::backup::SETTINGS;
use crate::archive::backup::SUMS;
use crate::archive::backup::room;
use crate::archive::check::Fault;
use crate::archive::disposed;
use crate::archive::disposed::Disposed;
use crate::archive::encoding::hex;
use crate::archive::error as archive;
use crate::archive::house::Archive;
use crate::archive::house::Options;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::ledger::durable::Durable;
use crate::ledger::export::anchored;
use crate::ledger::hash::Hash;
use crate::ledger::note::Note;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::store::disk;

/// Longest path in a backup, in bytes. Ours have about a hundred.
const PATH_BYTES_MAX: usize = 500;
/// Largest list, settings file or page about the backup that is held in memory, in bytes.
const HELD_BYTES_MAX: u64 = 16 << 20;
/// Most folders and files in a backup whose sums are still to come.
const PENDING_MAX: usize = 20_000;

/// What restoring is told besides the backup itself.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'w> {
    /// The ledger's secret key, where the backup is without it.
    pub key: Option<&'w str>,
    /// Checkpoints of this ledger that others hold: signed notes.
    pub published: Vec<String>,
    /// Changes of the ledger's keys as it publishes them: what was published after one is signed by another key.
    pub changes: Vec<Succession>,
    /// Whether an older state is to be restored over a newer published one, whatever that breaks.
    pub older: bool,
    /// Records that were disposed of since, which do not come back.
    pub disposed: Disposed,
}

/// An archive that was put back.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup says about itself.
    pub about: About,
    /// Files put back.
    pub files: u64,
    /// SHA-256 over the lists of hashes, hex.
    pub fingerprint: String,
    /// What a whole check of the new archive found: what was wrong already when it was backed up.
    pub faults: Vec<Fault>,
    /// The size of a newer state that was published, where it was said to restore all the same.
    pub newer: Option<u64>,
}

/// Puts the backup in `file` into `directory`, which must be empty or not there, and examines all of it. What an
/// interrupted restoring left there is removed first.
/// `progress` hears of files or entries done, of how many.
///
/// # Errors
/// Whatever keeps the result from being the archive that was backed up. Then the directory is as empty as before.
pub fn restore(
    file: &Path,
    directory: &Path,
    options: &Options,
    wanted: &Wanted<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Restored, Error> {
    let mut input = Watched { from: opened(file)?, ended: false };
    room::claim(directory)?;
    let mut put = Put::new(directory, options, wanted);
    let done = (|| {
        let taken = put.take_all(&mut tar::Archive::new(&mut input), progress);
        // What begins as a backup and ends before its last file was cut, wherever that is.
        let cut = input.ended && put.about.is_some() && !put.ended;
        taken.map_err(|error| {
            let unread = matches!(error, Error::NotABackup(_) | Error::Differs(_));
            if cut && unread { Error::Cut } else { error }
        })?;
        put.prove(progress)
    })();
    done.inspect_err(|_| drop(room::empty(directory)))
}

/// The keys by which a backup's ledger is known: its own, and those it had before.
pub(super) fn ring(about: &About) -> Result<Vec<Bounded>, Error> {
    let retired = about.retired.iter().map(|line| line.parse()).collect::<Result<Vec<Bounded>, _>>()?;
    Ok([Bounded::current(about.vkey.parse()?)].into_iter().chain(retired).collect())
}

/// The file's bytes, unpacked where they are packed.
pub(super) fn opened(file: &Path) -> Result<Box<dyn Read>, Error> {
    let mut input = BufReader::new(File::open(file).map_err(Error::file(file))?);
    let packed = input.fill_buf().map_err(Error::file(file))?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) })
}

/// What is read, and whether its end was met.
struct Watched<R> {
    from: R,
    ended: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

/// A backup on its way into a directory.
struct Put<'p> {
    directory: &'p Path,
    options: &'p Options,
    wanted: &'p Wanted<'p>,
    about: Option<About>,
    newer: Option<u64>,
    /// Hashes of files whose list is still to come.
    pending: BTreeMap<String, [u8; 32]>,
    sums: Sha256,
    files: u64,
    ended: bool,
    settings: Option<Vec<u8>>,
    anchor: Option<Vec<u8>>,
    /// Documents of records that were disposed of, and the evidence that was kept with them.
    unwanted: BTreeSet<Blob>,
}

impl<'p> Put<'p> {
    fn new(directory: &'p Path, options: &'p Options, wanted: &'p Wanted<'p>) -> Self {
        Self {
            directory,
            options,
            wanted,
            about: None,
            newer: None,
            pending: BTreeMap::new(),
            sums: Sha256::new(),
            files: 0,
            ended: false,
            settings: None,
            anchor: None,
            unwanted: BTreeSet::new(),
        }
    }

    fn take_all<R: Read>(
        &mut self,
        tape: &mut tar::Archive<R>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), Error> {
        let cut = |error: io::Error| {
            if error.kind() == io::ErrorKind::UnexpectedEof { Error::Cut } else { Error::NotABackup(error.to_string()) }
        };
        for entry in tape.entries().map_err(cut)? {
            let mut entry = entry.map_err(cut)?;
            let path = inside(&entry.path_bytes())?;
            let kind = entry.header().entry_type();
            if self.ended {
                return Err(Error::NotABackup(format!("{path} follows the end")));
            }
            self.take(&path, kind, &mut entry)?;
            progress(self.files, self.about.as_ref().map_or(0, |about| about.files));
        }
        if !self.ended {
            return Err(Error::Cut);
        }
        Ok(())
    }

    fn take(&mut self, path: &str, kind: EntryType, from: &mut impl Read) -> Result<(), Error> {
        match (kind, &self.about) {
            (EntryType::Directory, Some(_)) => self.folder(path),
            (EntryType::Regular, None) if path == ABOUT => {
                let bytes = held(path, from)?;
                self.begin(&bytes)?;
                self.remember(path, Sha256::digest(&bytes).into())
            }
            (EntryType::Regular, Some(_)) if path.starts_with(SUMS) => self.compare(&held(path, from)?),
            (EntryType::Regular, Some(_)) if path == END => self.end(&held(path, from)?),
            (EntryType::Regular, Some(_)) => self.file(path, from),
            _ => Err(Error::NotABackup(format!("{path} has no place there"))),
        }
    }

    /// Reads what the backup says about itself, and whether it may be put back at all.
    fn begin(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let about: About = serde_json::from_slice(bytes).map_err(|error| Error::NotABackup(error.to_string()))?;
        if about.schema != SCHEMA {
            return Err(Error::NotABackup(about.schema));
        }
        let ring = ring(&about)?;
        let key: VerifierKey = about.vkey.parse()?;
        match self.wanted.key.map(SigningKey::from_private).transpose()? {
            None if !about.secret_key => return Err(Error::KeyNeeded),
            Some(given) if *given.verifier() != key => return Err(Error::OtherKey),
            None | Some(_) => {}
        }
        for (size, _) in self.published(&ring)? {
            if size > about.size && !self.wanted.older {
                return Err(Error::Older { published: size, backup: about.size });
            }
            self.newer = self.newer.max(Some(size).filter(|size| *size > about.size));
        }
        self.about = Some(about);
        Ok(())
    }

    /// Every state of this ledger that is known to have been published: checkpoints that others hold, and the anchor
    /// where it lies on another disk.
    fn published(&self, ring: &[Bounded]) -> Result<Vec<(u64, Hash)>, Error> {
        let mut known = Vec::new();
        let ring = self.wanted.changes.iter().fold(ring.to_vec(), |ring, changes| changes.follow(&ring));
        for note in &self.wanted.published {
            let checkpoint = succession::signed(&Note::parse(note)?, &ring)?;
            known.push((checkpoint.size, checkpoint.root));
        }
        if let Some(path) = &self.options.ledger.anchor {
            known.extend(anchored(path)?);
        }
        Ok(known)
    }

    fn folder(&self, path: &str) -> Result<(), Error> {
        let path = self.directory.join(path);
        let mut builder = fs::DirBuilder::new();
        Ok(builder.recursive(true).mode(0o700).create(&path).map_err(disk::Error::at("create", &path))?)
    }

    fn file(&mut self, path: &str, from: &mut impl Read) -> Result<(), Error> {
        if path == SETTINGS || path == ANCHOR {
            let bytes = held(path, from)?;
            self.remember(path, Sha256::digest(&bytes).into())?;
            let place = if path == SETTINGS { &mut self.settings } else { &mut self.anchor };
            *place = Some(bytes);
            return Ok(());
        }
        let hash = match self.disposed(path) {
            Some(room) => {
                let bytes = held(path, from)?;
                if room == "records"
                    && let Ok(record) = serde_json::from_slice::<Record>(&bytes)
                {
                    self.unwanted.extend(named_by(Some(&record), &record.evidence));
                }
                Sha256::digest(&bytes).into()
            }
            None => self.copy(path, from)?,
        };
        self.remember(path, hash)
    }

    /// The room of a file that belongs to a record that was disposed of.
    fn disposed<'f>(&self, path: &'f str) -> Option<&'f str> {
        let (room, rest) = path.split_once('/')?;
        let id: RecordId = rest.rsplit('/').next()?.parse().ok()?;
        (["records", "salts"].contains(&room) && self.wanted.disposed.contains_key(&id)).then_some(room)
    }

    fn copy(&self, path: &str, from: &mut impl Read) -> Result<[u8; 32], Error> {
        let place = self.directory.join(path);
        if let Some(parent) = Path::new(path).parent().and_then(Path::to_str).filter(|parent| !parent.is_empty()) {
            self.folder(parent)?;
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&place);
        let mut file = file.map_err(disk::Error::at("create", &place))?;
        let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => return Ok(hash.finalize().into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Error::Cut),
                Err(error) => return Err(Error::NotABackup(error.to_string())),
            };
            let bytes = buffer.get(..count).unwrap_or_default();
            hash.update(bytes);
            file.write_all(bytes).map_err(disk::Error::at("write", &place))?;
        }
    }

    fn remember(&mut self, path: &str, hash: [u8; 32]) -> Result<(), Error> {
        self.files += 1;
        let twice = self.pending.insert(path.to_owned(), hash).is_some();
        if twice || self.pending.len() > PENDING_MAX {
            return Err(Error::NotABackup(format!("{path} has no place there")));
        }
        Ok(())
    }

    /// Holds what came since the last list to this one.
    fn compare(&mut self, list: &[u8]) -> Result<(), Error> {
        self.sums.update(list);
        let text = String::from_utf8_lossy(list);
        for line in text.lines() {
            let (hash, path) = line.split_once("  ").ok_or_else(|| Error::NotABackup(line.to_owned()))?;
            let stated: Option<[u8; 32]> = unhex(hash);
            if self.pending.remove(path) != stated || stated.is_none() {
                return Err(Error::Differs(path.to_owned()));
            }
        }
        match self.pending.pop_first() {
            Some((path, _)) => Err(Error::Differs(path)),
            None => Ok(()),
        }
    }

    fn end(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let end: End = serde_json::from_slice(bytes).map_err(|error| Error::NotABackup(error.to_string()))?;
        let sums = hex(&self.sums.clone().finalize());
        if let Some((path, _)) = self.pending.pop_first() {
            return Err(Error::Differs(path));
        }
        if (end.files, end.sums) != (self.files, sums) {
            return Err(Error::Differs(END.to_owned()));
        }
        self.ended = true;
        Ok(())
    }

    /// Makes an archive of what was put, examines all of it, and only then says that it is one.
    fn prove(self, progress: &mut dyn FnMut(u64, u64)) -> Result<Restored, Error> {
        let lacks = |what: &str| Error::NotABackup(format!("it holds no {what}"));
        let about = self.about.clone().ok_or_else(|| lacks(ABOUT))?;
        let settings = self.settings.clone().ok_or_else(|| lacks(SETTINGS))?;
        self.keys()?;
        self.place_anchor(about.size)?;
        self.forget()?;
        room::sync(self.directory)?;
        let ledger = Durable::read(&self.directory.join("ledger"), &self.options.ledger)?;
        for (size, root) in self.published(&ledger.ring())? {
            if size <= about.size && ledger.root_at(size)? != root {
                return Err(Error::OtherHistory(size));
            }
        }
        let archive = Archive::open_before_settings(self.directory, &settings, self.options.clone())?;
        let came = (archive.ledger().size(), hex(&archive.ledger().root()), archive.ledger().vkey());
        if came != (about.size, about.root.clone(), about.vkey.clone()) {
            return Err(Error::Differs("ledger/journal".to_owned()));
        }
        let faults = archive.check(progress)?;
        drop(archive);
        // From here on the directory is an archive.
        room::settle(self.directory, &settings)?;
        let fingerprint = hex(&self.sums.finalize());
        Ok(Restored { about, files: self.files, fingerprint, faults, newer: self.newer })
    }

    fn keys(&self) -> Result<(), Error> {
        let path = self.directory.join(KEY);
        match self.wanted.key {
            Some(key) if !path.exists() => {
                let line = format!("{}\n", key.trim_end());
                Ok(disk::write_new(&path, line.as_bytes(), OpenOptions::new().mode(0o600))?)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Puts the anchor where the configuration wants it. One that is there already and knows no more stays: opening
    /// holds it to the journal. One that knows more is kept under another name.
    fn place_anchor(&self, size: u64) -> Result<(), Error> {
        let image = self.anchor.as_deref().ok_or_else(|| Error::NotABackup(format!("it holds no {ANCHOR}")))?;
        let path = self.options.ledger.anchor.clone().unwrap_or_else(|| self.directory.join(ANCHOR));
        match anchored(&path)? {
            Some((known, _)) if known <= size => return Ok(()),
            Some(_) => {
                let mut aside = path.clone().into_os_string();
                aside.push(".before-restore");
                fs::rename(&path, PathBuf::from(aside)).map_err(disk::Error::at("set aside", &path))?;
            }
            None => {}
        }
        Ok(disk::write_new(&path, image, &mut OpenOptions::new())?)
    }

    /// Leaves out what only disposed records had: documents, evidence, and what was added to them. Writes down what was
    /// disposed of.
    fn forget(&self) -> Result<(), Error> {
        if self.wanted.disposed.is_empty() {
            return Ok(());
        }
        let (mut unwanted, mut needed) = (self.unwanted.clone(), BTreeSet::new());
        for path in room::files(&self.directory.join("records"))? {
            let bytes = fs::read(&path).map_err(disk::Error::at("read", &path))?;
            if let Ok(record) = serde_json::from_slice::<Record>(&bytes) {
                needed.extend(named_by(Some(&record), &record.evidence));
            } else if let Ok(act) = serde_json::from_slice::<Act>(&bytes) {
                let gone = act.record.parse().is_ok_and(|id| self.wanted.disposed.contains_key(&id))
                    && !act.deed.event().stays();
                let names = named_by(None, act.deed.evidence());
                if gone {
                    unwanted.extend(names);
                    remove(&path)?;
                } else {
                    needed.extend(names);
                }
            }
        }
        for (room, name) in unwanted.difference(&needed).filter(|(_, name)| unhex::<32>(name).is_some()) {
            let shelf = name.get(..2).unwrap_or_default();
            remove(&self.directory.join(room).join(shelf).join(name))?;
        }
        let mut known = disposed::read(self.directory)?;
        known.extend(self.wanted.disposed.clone());
        Ok(disposed::write(self.directory, &known)?)
    }
}

/// A file that records name: its room, and its SHA-256 in hexadecimal digits.
type Blob = (&'static str, String);

fn named_by(record: Option<&Record>, evidence: &[KeptPiece]) -> Vec<Blob> {
    let document = record.map(|record| ("documents", record.verification.file.sha256.clone()));
    document.into_iter().chain(evidence.iter().map(|one| ("evidence", one.sha256.clone()))).collect()
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed.map_err(disk::Error::at("remove", path))?),
    }
}

impl Archive {
    /// Opens an archive whose settings are not in place yet.
    fn open_before_settings(directory: &Path, settings: &[u8], options: Options) -> Result<Self, archive::Error> {
        let path = directory.join(SETTINGS);
        let unreadable = |what: String| archive::Error::Settings { path: path.clone(), what };
        let text = std::str::from_utf8(settings).map_err(|error| unreadable(error.to_string()))?;
        let settings = toml::from_str(text).map_err(|error| unreadable(error.message().to_owned()))?;
        Self::open_with(directory, settings, options)
    }
}

/// A path that leads nowhere but into the directory.
pub(super) fn inside(bytes: &[u8]) -> Result<String, Error> {
    let strange = || Error::NotABackup(String::from_utf8_lossy(bytes).into_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| strange())?;
    let text = text.strip_suffix('/').unwrap_or(text);
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(char::is_control);
    let holds = text.len() <= PATH_BYTES_MAX && text.split('/').all(plain);
    if holds { Ok(text.to_owned()) } else { Err(strange()) }
}

/// The bytes of a small file in the backup.
pub(super) fn held(path: &str, from: &mut impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    from.take(HELD_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| Error::Cut)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > HELD_BYTES_MAX) {
        return Err(Error::NotABackup(format!("{path} is too large")));
    }
    Ok(bytes)
}
