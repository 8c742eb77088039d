//! An append-only journal in plain files: records chained by SHA-256 and synced before anyone is told.
//! LEDGER.md 6.1 A. A segment is `<first sequence>.jnl`: a header of 80 bytes, then records without gaps.
//!
//! | header | bytes |   | record | bytes |
//! | --- | --- | --- | --- | --- |
//! | magic `SIGJNL1\n` | 8 | | magic `JREC` | 4 |
//! | first sequence, big-endian | 8 | | sequence, big-endian | 8 |
//! | chain before it | 32 | | payload length, big-endian | 4 |
//! | SHA-256 of the above | 32 | | payload | length |
//! | | | | chain: SHA-256(chain before ‖ all of the above) | 32 |
//!
//! The segment being written has zeros ahead of its last record. A record written over them changes neither the file's
//! length nor its extents, so that `fdatasync` waits for its bytes alone and not for the file system's own log. Zeros,
//! and not `fallocate`: blocks that were only reserved are marked written at the first sync, which is that log again.
//! After the last record there are only zeros to the end of the file; anything else is a torn append.

mod error;
mod reader;

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::store::disk;
use crate::store::journal::reader::Reader;

pub use self::error::Error;
pub use self::reader::extent;
pub use self::reader::read;

/// The hash that stands for a journal up to a record, and everything before it.
pub type Chain = [u8; 32];

/// Longest payload of one record, in bytes. Bounds what a reader must hold.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

const SEGMENT_MAGIC: &[u8; 8] = b"SIGJNL1\n";
const HEADER_BYTES: usize = 80;
const RECORD_MAGIC: &[u8; 4] = b"JREC";
const RECORD_HEAD_BYTES: usize = 16;
const CHAIN_BYTES: usize = 32;
/// Zeros written ahead of the records, at most: room for some thirty commits of a thousand entries.
const AHEAD_BYTES: usize = 4 << 20;
/// The chain before the first record.
const CHAIN_START: Chain = [0; CHAIN_BYTES];

/// A position in the journal: so many records, and the chain over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Records before the position; the sequence of the next one.
    pub records: u64,
    /// The chain over those records.
    pub chain: Chain,
}

impl Mark {
    /// The beginning of every journal.
    pub const START: Self = Self { records: 0, chain: CHAIN_START };
}

/// One record as read back: its sequence, its payload, and the position after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the journal, from 0.
    pub sequence: u64,
    /// What was appended.
    pub payload: Vec<u8>,
    /// The position after it.
    pub end: Mark,
}

/// A torn last append that opening removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The sequence of the first record that was not whole.
    pub sequence: u64,
    /// How many bytes were removed.
    pub bytes: u64,
}

/// Records that can be appended where the journal ended when they were made.
#[derive(Debug)]
pub struct Prepared {
    begin: Mark,
    end: Mark,
    bytes: Vec<u8>,
}

impl Prepared {
    /// The position after them.
    pub fn end(&self) -> Mark {
        self.end
    }
}

/// An open journal, ready to append.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    segment_bytes: u64,
    end: Mark,
    /// The last segment, and its name.
    file: File,
    path: PathBuf,
    /// The bytes of header and records in the last segment.
    length: u64,
    /// The length of its file: those bytes and the zeros ahead of them.
    allocated: u64,
    torn: Option<Torn>,
    poisoned: bool,
}

impl Journal {
    /// Creates an empty journal in `directory`, which must not exist or be empty. A segment is closed when it has
    /// reached `segment_bytes`.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is anything already; what the disk answered.
    pub fn create(directory: &Path, segment_bytes: u64) -> Result<Self, Error> {
        disk::create_directory(directory)?;
        let mut entries = std::fs::read_dir(directory).map_err(disk::Error::at("list", directory))?;
        if entries.next().is_some() {
            return Err(Error::Exists(directory.to_owned()));
        }
        let (file, path, length) = create_segment(directory, Mark::START)?;
        Ok(Self {
            directory: directory.to_owned(),
            segment_bytes,
            end: Mark::START,
            file,
            path,
            length,
            allocated: length,
            torn: None,
            poisoned: false,
        })
    }

    /// Opens a journal: reads all of it and verifies every link. Everything before `durable` must be there, as its
    /// chain says; what follows it may end in a torn append, which is cut off. What is whole behind it is written again
    /// and synced: whoever wrote it may have died before it was durable, or over a sync that failed.
    ///
    /// # Errors
    /// [`Error::Lost`] if the journal ends before `durable`, [`Error::Damaged`] if a record before it does not hold,
    /// [`Error::OtherHistory`] if the chain at `durable` is another. Then nothing is changed on disk.
    pub fn open(directory: &Path, segment_bytes: u64, durable: Mark) -> Result<Self, Error> {
        Self::open_from(directory, segment_bytes, Mark::START.records, durable)
    }

    /// Opens a journal as [`Journal::open`] does, but reads it only from the segment that holds record `from`. That
    /// segment's header says the chain before it, and the chain at `durable` holds only if that was true.
    ///
    /// # Errors
    /// As [`Journal::open`]; what is wrong before that segment goes unnoticed here.
    pub fn open_from(directory: &Path, segment_bytes: u64, from: u64, durable: Mark) -> Result<Self, Error> {
        let segments = segments(directory)?;
        let mut reader = Reader::begin(directory, from.min(durable.records.saturating_sub(1)))?;
        let mut chain_at_durable = (durable == Mark::START).then_some(CHAIN_START);
        let mut behind = (reader.path.clone(), 0);
        let damage = loop {
            match reader.step() {
                Ok(Some(record)) if record.end.records == durable.records => {
                    chain_at_durable = Some(record.end.chain);
                    behind = (reader.path.clone(), reader.offset);
                }
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let end = reader.end;
        match damage {
            Some(error) if end.records < durable.records => return Err(error),
            // A disk that cannot be read is no torn append.
            Some(error @ Error::Disk(_)) => return Err(error),
            Some(_) | None if end.records < durable.records => {
                return Err(Error::Lost { durable: durable.records, found: end.records });
            }
            Some(_) | None if chain_at_durable != Some(durable.chain) => {
                return Err(Error::OtherHistory { records: durable.records });
            }
            Some(_) | None => {}
        }
        let torn = match damage {
            Some(_) => Some(cut(&reader, &segments, end)?),
            None => None,
        };
        if end.records > durable.records {
            harden(segments.iter().map(|(_, path)| path.as_path()), &behind, &reader)?;
        }
        let (path, length) = (reader.path.clone(), reader.offset);
        let (file, path, length) = if length < header_bytes() {
            // Even the header of a new segment was torn: begin that segment again.
            std::fs::remove_file(&path).map_err(disk::Error::at("remove", &path))?;
            create_segment(directory, end)?
        } else {
            let file = OpenOptions::new().write(true).open(&path).map_err(disk::Error::at("open", &path))?;
            (file, path, length)
        };
        let allocated = file.metadata().map_err(disk::Error::at("measure", &path))?.len();
        let directory = directory.to_owned();
        Ok(Self { directory, segment_bytes, end, file, path, length, allocated, torn, poisoned: false })
    }

    /// The position after the last record.
    pub fn end(&self) -> Mark {
        self.end
    }

    /// What opening cut off, if anything.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Appends the payloads, one record each, and returns when they survive a power cut, with the position after them.
    ///
    /// # Errors
    /// [`Error::Payload`] changes nothing. After an error of the disk every later append is refused.
    pub fn append(&mut self, payloads: &[&[u8]]) -> Result<Mark, Error> {
        let prepared = self.prepare(payloads)?;
        self.commit(prepared)
    }

    /// Makes records of the payloads, and says where the journal will end with them. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Payload`].
    pub fn prepare(&self, payloads: &[&[u8]]) -> Result<Prepared, Error> {
        let (begin, mut end) = (self.end, self.end);
        let mut bytes = Vec::new();
        for payload in payloads {
            end = encode(&mut bytes, end, payload)?;
        }
        Ok(Prepared { begin, end, bytes })
    }

    /// Appends what was prepared, and returns when it survives a power cut, with the position after it.
    ///
    /// # Errors
    /// [`Error::OtherHistory`] if something else was appended since: nothing is written. After an error of the disk
    /// every later append is refused.
    pub fn commit(&mut self, prepared: Prepared) -> Result<Mark, Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        if prepared.begin != self.end {
            return Err(Error::OtherHistory { records: prepared.begin.records });
        }
        let written = self.write(&prepared.bytes);
        self.poisoned = written.is_err();
        written?;
        self.end = prepared.end;
        Ok(self.end)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.length >= self.segment_bytes && self.length > header_bytes() {
            self.give_back().map_err(disk::Error::at("cut a journal in", &self.directory))?;
            (self.file, self.path, self.length) = create_segment(&self.directory, self.end)?;
            self.allocated = self.length;
        }
        let at = |doing| disk::Error::at(doing, &self.directory);
        let end = self.length + u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
        self.file.write_all_at(bytes, self.length).map_err(at("append to a journal in"))?;
        if end > self.allocated {
            // The same sync as the record's covers these, and the file's new length.
            let room = self.segment_bytes.saturating_sub(end);
            let zeros = vec![0; usize::try_from(room).unwrap_or(AHEAD_BYTES).min(AHEAD_BYTES)];
            self.file.write_all_at(&zeros, end).map_err(at("append to a journal in"))?;
            self.allocated = end + u64::try_from(zeros.len()).expect("a length in memory fits 64 bits");
        }
        self.file.sync_data().map_err(at("sync a journal in"))?;
        // What was removed, or moved away with its folder, goes on taking bytes that nobody will find again.
        let found = std::fs::metadata(&self.path).map_err(disk::Error::at("find", &self.path))?;
        let open = self.file.metadata().map_err(disk::Error::at("measure", &self.path))?;
        if (found.dev(), found.ino()) != (open.dev(), open.ino()) {
            let another = std::io::Error::new(std::io::ErrorKind::NotFound, "another file has its name");
            return Err(disk::Error::at("find", &self.path)(another).into());
        }
        self.length = end;
        Ok(())
    }

    /// Cuts the zeros that no record will be written over. Needs no sync: zeros that are left say nothing.
    fn give_back(&mut self) -> std::io::Result<()> {
        if self.allocated > self.length {
            self.file.set_len(self.length)?;
            self.allocated = self.length;
        }
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // After a failure the file is left as it is, for the next opening to judge.
        if !self.poisoned {
            drop(self.give_back());
        }
    }
}

/// Cuts what follows the last whole record: one append, and at most a segment that was begun for it.
fn cut(reader: &Reader, segments: &[(u64, PathBuf)], end: Mark) -> Result<Torn, Error> {
    // An append reaches into no second segment. If one follows the damage, it was no torn append that caused it.
    if segments.last().is_none_or(|(_, path)| *path != reader.path) {
        return Err(reader.damaged());
    }
    let path = &reader.path;
    let file = OpenOptions::new().write(true).open(path).map_err(disk::Error::at("open", path))?;
    let metadata = file.metadata().map_err(disk::Error::at("measure", path))?;
    file.set_len(reader.offset).map_err(disk::Error::at("cut", path))?;
    file.sync_all().map_err(disk::Error::at("sync", path))?;
    Ok(Torn { sequence: end.records, bytes: metadata.len().saturating_sub(reader.offset) })
}

/// Writes again what stands between a place in one of the segments and the last whole record, and syncs it.
fn harden<'a>(
    segments: impl Iterator<Item = &'a Path>,
    (first, from): &(PathBuf, u64),
    reader: &Reader,
) -> Result<(), Error> {
    for path in segments.skip_while(|path| path != first) {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(disk::Error::at("open", path))?;
        let from = if path == first { *from } else { 0 };
        // A segment begun for an append that left nothing whole in it is begun again.
        let until = if path == reader.path { reader.offset } else { u64::MAX };
        let mut bytes = Vec::new();
        let mut again = || {
            (&file).seek(SeekFrom::Start(from))?;
            (&file).take(until.saturating_sub(from)).read_to_end(&mut bytes)?;
            file.write_all_at(&bytes, from)?;
            file.sync_all()
        };
        again().map_err(disk::Error::at("sync", path))?;
        disk::sync_name(path)?;
    }
    Ok(())
}

/// The segments in order, each with the sequence that its name says it begins with.
fn segments(directory: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(directory.to_owned()));
        }
        entries => entries.map_err(disk::Error::at("list", directory))?,
    };
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry.map_err(disk::Error::at("list", directory))?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            let first = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            segments.push((first.ok_or_else(|| Error::Stranger(path.clone()))?, path));
        }
    }
    segments.sort_unstable();
    if segments.is_empty() {
        return Err(Error::Missing(directory.to_owned()));
    }
    Ok(segments)
}

fn create_segment(directory: &Path, begin: Mark) -> Result<(File, PathBuf, u64), Error> {
    // Twenty digits hold every u64, so that names sort as numbers do.
    let path = directory.join(format!("{:020}.jnl", begin.records));
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(SEGMENT_MAGIC);
    bytes.extend_from_slice(&begin.records.to_be_bytes());
    bytes.extend_from_slice(&begin.chain);
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    disk::write_new(&path, &bytes, &mut OpenOptions::new())?;
    let file = OpenOptions::new().write(true).open(&path).map_err(disk::Error::at("open", &path))?;
    Ok((file, path, header_bytes()))
}

fn header_bytes() -> u64 {
    u64::try_from(HEADER_BYTES).expect("80 fits 64 bits")
}

fn encode(bytes: &mut Vec<u8>, at: Mark, payload: &[u8]) -> Result<Mark, Error> {
    let size = Error::Payload { bytes: payload.len() };
    let length = u32::try_from(payload.len()).ok();
    let length = length.filter(|_| payload.len() <= PAYLOAD_BYTES_MAX).ok_or(size)?;
    let head = [RECORD_MAGIC.as_slice(), &at.records.to_be_bytes(), &length.to_be_bytes()].concat();
    let chain = link(&at.chain, &head, payload);
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&chain);
    Ok(Mark { records: at.records + 1, chain })
}

fn link(before: &Chain, head: &[u8], payload: &[u8]) -> Chain {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(head);
    hasher.update(payload);
    hasher.finalize().into()
}
