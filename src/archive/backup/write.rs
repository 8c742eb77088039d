//! Taking a backup: the ledger up to its anchor, then every other file, hashed as it is copied.
//! Nothing is locked and nothing of the archive is changed, save the note of when it was last backed up.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufWriter;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Digest;
use sha2::Sha256;
use tar::EntryType;
use tar::Header;

use crate::archive::backup::ABOUT;
use crate::archive::backup::ANCHOR;
use crate::archive::backup::About;
use crate::archive::backup::Backup;
use crate::archive::backup::COSIGNED;
use crate::archive::backup::END;
use crate::archive::backup::End;
use crate::archive::backup::Error;
use crate::archive::backup::KEY;
use crate::archive::backup::PLACES;
use crate::archive::backup::SCHEMA;
use crate::archive::backup::SETTINGS;
use crate::archive::backup::SUCCESSION;
use crate::archive::backup::SUMS;
use crate::archive::backup::SUMS_LINES;
use crate::archive::backup::examine::Changed;
use crate::archive::backup::examine::examine;
use crate::archive::backup::examine::is_changed;
use crate::archive::backup::source::Source;
use crate::archive::encoding::hex;
use crate::archive::error as archive;
use crate::archive::house::Options;
use crate::archive::settings::Settings;
use crate::archive::statement::seal;
use crate::archive::upgrade;
use crate::store::blob;
use crate::store::blob::Blobs;
use crate::store::blob::TEMPORARY;
use crate::store::disk;

/// Whether the ledger's secret key goes into the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// It does: the backup alone brings the archive back, and must be kept as secret as the archive.
    In,
    /// It does not: restoring asks for it.
    Out,
}

/// Where it is noted when the archive was last backed up.
const NOTED: &str = "last-backup.json";
/// Folders deeper than this are not ours.
const DEPTH_MAX: usize = 12;
/// Bytes copied at once.
const BUFFER_BYTES: usize = 1 << 16;

/// When an archive was last backed up, and how far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When, UTC.
    pub at: String,
    /// Entries in it.
    pub size: u64,
}

/// When the archive was last backed up, where that is known.
pub fn last(directory: &Path) -> Option<Last> {
    serde_json::from_slice(&fs::read(directory.join(NOTED)).ok()?).ok()
}

/// Writes the archive in `directory` to `file`, which must not exist; compressed where its name ends in `gz`.
/// `progress` hears of files done, of about how many.
///
/// # Errors
/// [`Error::Exists`]; damage of the ledger; what the disk answered. Then there is no `file`.
pub fn write(
    directory: &Path,
    options: &Options,
    file: &Path,
    secret: Secret,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Backup, Error> {
    if file.symlink_metadata().is_ok() {
        return Err(Error::Exists(file.to_owned()));
    }
    let source = match Settings::read(directory)? {
        settings if settings.store.is_some() => Source::shared(directory, &settings, options, file, progress)?,
        settings => Source::alone(directory, settings, options)?,
    };
    source.is_ready(directory, secret)?;
    let (mut parts, duty) = (Parts::of(directory, secret)?, source.duty()?);
    parts.files.retain(|file| duty.iter().all(|(kept, _)| kept != file));
    let rooms =
        source.rooms().into_iter().map(|(room, blobs)| Ok((room, blobs, blobs.list().map_err(archive::Error::from)?)));
    let rooms = rooms.collect::<Result<Vec<_>, Error>>()?;
    let files = parts.files.len() + rooms.iter().map(|(_, _, names)| names.len()).sum::<usize>();
    let about = About {
        schema: SCHEMA.to_owned(),
        made_at: (options.clock)().to_string(),
        origin: source.settings.origin.clone(),
        vkey: source.ledger.key().to_string(),
        retired: source.ledger.succession().retired().map(|held| held.to_string()).collect(),
        size: source.ledger.size(),
        root: hex(&source.ledger.root()),
        checkpoint: source.ledger.checkpoint().map(str::to_owned),
        secret_key: secret == Secret::In,
        files: u64::try_from(files).unwrap_or(u64::MAX),
    };
    let partial = beside(file, ".partial");
    let made = tape(&partial, file).and_then(|out| {
        let mut tape = Tape::new(out, &about);
        tape.begin(&source, &about, &parts, &rooms)?;
        duty.iter().try_for_each(|(inside, bytes)| tape.bytes(&inside.to_string_lossy(), bytes))?;
        let mut done = 0;
        let mut tell = || {
            done += 1;
            progress(done, about.files);
        };
        for inside in &parts.files {
            tape.copy(directory, inside)?;
            tell();
        }
        for (room, blobs, names) in &rooms {
            for name in names {
                tape.blob(room, *blobs, name)?;
                tell();
            }
        }
        source.has_its_keys(directory)?;
        tape.bytes(SETTINGS, source.settings_text()?.as_bytes())?;
        tape.end()
    });
    let Taped { files, bytes, gone, fingerprint, changed } = made.inspect_err(|_| drop(fs::remove_file(&partial)))?;
    let faults = examine(&source, directory, &changed).inspect_err(|_| drop(fs::remove_file(&partial)))?;
    fs::rename(&partial, file).map_err(Error::file(file))?;
    disk::sync_name(file)?;
    note(directory, &Last { at: about.made_at.clone(), size: about.size });
    Ok(Backup { about, files, bytes, gone, fingerprint, faults })
}

/// That it was backed up is worth knowing and nothing more: a read-only archive is backed up all the same.
fn note(directory: &Path, last: &Last) {
    if let Ok(bytes) = serde_json::to_vec(last) {
        drop(disk::replace(&directory.join(NOTED), &bytes));
    }
}

/// The name of something that lies beside a file until it is complete.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

/// Where the bytes go: a file of ours alone, compressed or not.
enum Out {
    Plain(BufWriter<File>),
    Packed(GzEncoder<BufWriter<File>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Packed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Packed(out) => out.flush(),
        }
    }
}

impl Out {
    /// Ends the file, durably.
    fn end(self) -> io::Result<()> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Packed(out) => out.finish()?,
        };
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

fn tape(partial: &Path, file: &Path) -> Result<Out, Error> {
    // What an earlier, interrupted backup left under this name is no backup.
    drop(fs::remove_file(partial));
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(partial).map_err(Error::file(partial))?;
    let out = BufWriter::with_capacity(BUFFER_BYTES, opened);
    let packed = file.extension().is_some_and(|end| end == "gz" || end == "tgz");
    Ok(if packed { Out::Packed(GzEncoder::new(out, Compression::default())) } else { Out::Plain(out) })
}

/// What is kept in an object store: the folder that it would lie in, the store, the names.
type Room<'a> = (&'static str, &'a dyn Blobs, Vec<String>);

/// What is copied besides the ledger's own files: folders, and files, by their paths in the archive.
struct Parts {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Parts {
    fn of(directory: &Path, secret: Secret) -> Result<Self, Error> {
        let mut parts = Self { folders: Vec::new(), files: Vec::new() };
        parts.list(directory, Path::new(""), secret)?;
        parts.folders.sort();
        parts.files.sort();
        Ok(parts)
    }

    fn list(&mut self, directory: &Path, inside: &Path, secret: Secret) -> Result<(), Error> {
        let folder = directory.join(inside);
        for entry in fs::read_dir(&folder).map_err(disk::Error::at("list", &folder))? {
            let name = entry.map_err(disk::Error::at("list", &folder))?.file_name();
            let inside = inside.join(&name);
            let Some(text) = inside.to_str() else { continue };
            let path = directory.join(&inside);
            let depth = inside.components().count();
            if derived(text) || (secret == Secret::Out && (text.starts_with(KEY) || text == seal::FILE)) {
                continue;
            }
            if path.is_dir() && depth < DEPTH_MAX {
                self.folders.push(inside.clone());
                if name != "tmp" {
                    self.list(directory, &inside, secret)?;
                }
            } else if path.is_file() {
                self.files.push(inside);
            }
        }
        Ok(())
    }
}

/// What is made anew, belongs to this machine only, or is copied by itself.
fn derived(inside: &str) -> bool {
    let ours =
        [SETTINGS, PLACES, NOTED, SUCCESSION, "ledger/lock", ANCHOR, "ledger/checkpoint", COSIGNED, "ledger/journal"];
    ours.contains(&inside)
        // What the service remembers for a day is nobody's to bring back.
        || inside == "service"
        || inside.starts_with("service/")
        || ["ledger/store", "catalogue", upgrade::FOLDER].contains(&inside)
        || inside.starts_with("ledger/store.")
        || inside.starts_with("ledger/journal.")
        || inside.starts_with("ledger/remaking")
        || inside.starts_with("ledger/store-")
        || inside.starts_with("ledger/volumes")
        || inside == "ledger/scrubbed"
        || inside.starts_with("catalogue.")
        || inside.ends_with(".tmp")
}

/// A tar file as it is written, with the hashes of what went into it.
struct Tape {
    tar: tar::Builder<Out>,
    made: u64,
    lines: Vec<String>,
    lists: u64,
    sums: Sha256,
    files: u64,
    bytes: u64,
    gone: u64,
    changed: Changed,
}

/// What was written: files, bytes, files that were gone, the hash over all lists, and what is not as its name says.
struct Taped {
    files: u64,
    bytes: u64,
    gone: u64,
    fingerprint: String,
    changed: Changed,
}

impl Tape {
    fn new(out: Out, about: &About) -> Self {
        let made: Option<Timestamp> = about.made_at.parse().ok();
        let made = made.and_then(|made| u64::try_from(made.as_second()).ok()).unwrap_or_default();
        let tar = tar::Builder::new(out);
        Self {
            tar,
            made,
            lines: Vec::new(),
            lists: 0,
            sums: Sha256::new(),
            files: 0,
            bytes: 0,
            gone: 0,
            changed: Changed::new(),
        }
    }

    /// Whose it is, its folders, and the ledger.
    fn begin(&mut self, source: &Source, about: &About, parts: &Parts, rooms: &[Room<'_>]) -> Result<(), Error> {
        self.bytes(ABOUT, &pretty(about))?;
        let folders = ["ledger", "ledger/journal"].map(PathBuf::from).into_iter().chain(parts.folders.iter().cloned());
        let elsewhere = rooms.iter().flat_map(|(room, _, _)| [PathBuf::from(room), Path::new(room).join(TEMPORARY)]);
        folders.chain(elsewhere).try_for_each(|folder| self.folder(&folder))?;
        self.bytes("ledger/lock", b"")?;
        self.bytes(ANCHOR, &source.ledger.anchor_image()?)?;
        if let Some(note) = source.ledger.checkpoint() {
            self.bytes("ledger/checkpoint", note.as_bytes())?;
        }
        if let Some(note) = &source.cosigned {
            self.bytes(COSIGNED, note)?;
        }
        if let Some(places) = source.places()? {
            self.bytes(PLACES, places.as_bytes())?;
        }
        let succession = source.ledger.succession();
        if !succession.is_empty() {
            self.bytes(SUCCESSION, succession.to_string().as_bytes())?;
        }
        for (path, length) in source.ledger.journal()? {
            let name = Path::new("ledger/journal").join(path.file_name().unwrap_or_default());
            let file = File::open(&path).map_err(Error::file(&path))?;
            self.put(&name, &path, length, file)?;
        }
        Ok(())
    }

    /// Copies what is kept elsewhere to where it would lie in a directory.
    fn blob(&mut self, room: &str, blobs: &dyn Blobs, name: &str) -> Result<(), Error> {
        let inside = Path::new(room).join(blob::place(name).map_err(archive::Error::from)?);
        match blobs.get(name).map_err(archive::Error::from)? {
            Some(bytes) => self.bytes(&inside.to_string_lossy(), &bytes),
            None => {
                self.gone += 1;
                Ok(())
            }
        }
    }

    fn folder(&mut self, inside: &Path) -> Result<(), Error> {
        let mut header = self.header(0, EntryType::Directory, 0o700);
        self.tar.append_data(&mut header, inside, io::empty()).map_err(Error::file(inside))
    }

    /// Copies a file of the archive. One that is gone by now was disposed of.
    fn copy(&mut self, directory: &Path, inside: &Path) -> Result<(), Error> {
        let path = directory.join(inside);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone += 1;
                return Ok(());
            }
            opened => opened.map_err(Error::file(&path))?,
        };
        let length = file.metadata().map_err(Error::file(&path))?.len();
        self.put(inside, &path, length, file)
    }

    fn bytes(&mut self, inside: &str, bytes: &[u8]) -> Result<(), Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.put(Path::new(inside), Path::new(inside), length, bytes)
    }

    /// The first `length` bytes of what `from` reads.
    fn put(&mut self, inside: &Path, path: &Path, length: u64, from: impl Read) -> Result<(), Error> {
        let mut header = self.header(length, EntryType::Regular, 0o600);
        let mut hashed = Hashed { from: from.take(length), hash: Sha256::new(), length: 0 };
        self.tar.append_data(&mut header, inside, &mut hashed).map_err(Error::file(path))?;
        if hashed.length != length {
            return Err(Error::file(path)(io::Error::other("it changed while it was copied")));
        }
        self.files += 1;
        self.bytes += length;
        let hash: [u8; 32] = hashed.hash.finalize().into();
        let name = inside.display().to_string();
        self.lines.push(format!("{}  {name}\n", hex(&hash)));
        if is_changed(&name, &hash) {
            self.changed.insert(name);
        }
        if self.lines.len() == SUMS_LINES { self.list() } else { Ok(()) }
    }

    fn header(&self, length: u64, kind: EntryType, mode: u32) -> Header {
        let mut header = Header::new_gnu();
        header.set_size(length);
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(self.made);
        header
    }

    /// Writes the hashes of what came since the list before.
    fn list(&mut self) -> Result<(), Error> {
        let text = std::mem::take(&mut self.lines).concat();
        self.sums.update(text.as_bytes());
        let name = format!("{SUMS}{:06}", self.lists);
        self.lists += 1;
        self.plain(&name, text.as_bytes())
    }

    /// A file that no list names.
    fn plain(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut header = self.header(length, EntryType::Regular, 0o600);
        self.tar.append_data(&mut header, name, bytes).map_err(Error::file(Path::new(name)))
    }

    /// Ends the tape.
    fn end(mut self) -> Result<Taped, Error> {
        self.list()?;
        let sums = hex(&std::mem::take(&mut self.sums).finalize());
        let end = End { schema: "sigill.backup-end/1".to_owned(), files: self.files, sums: sums.clone() };
        self.plain(END, &pretty(&end))?;
        let ended = self.tar.into_inner().and_then(Out::end);
        ended.map_err(Error::file(Path::new(END)))?;
        Ok(Taped { files: self.files, bytes: self.bytes, gone: self.gone, fingerprint: sums, changed: self.changed })
    }
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    // Structs of strings and numbers always serialise.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

/// Hashes and counts what is read through it.
struct Hashed<R> {
    from: R,
    hash: Sha256,
    length: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.length += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}
