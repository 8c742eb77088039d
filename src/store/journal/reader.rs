//! Reading the journal back: every link verified, nothing longer than its bounds held. LEDGER.md 6.1 A.

use std::fs::File;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::store::disk;
use crate::store::journal::CHAIN_BYTES;
use crate::store::journal::CHAIN_START;
use crate::store::journal::Chain;
use crate::store::journal::Error;
use crate::store::journal::HEADER_BYTES;
use crate::store::journal::Mark;
use crate::store::journal::PAYLOAD_BYTES_MAX;
use crate::store::journal::RECORD_HEAD_BYTES;
use crate::store::journal::RECORD_MAGIC;
use crate::store::journal::Record;
use crate::store::journal::SEGMENT_MAGIC;
use crate::store::journal::header_bytes;
use crate::store::journal::link;
use crate::store::journal::segments;

/// Reads the records of a journal from `sequence` on, verifying each link, while others may append.
///
/// The chain before the first record read is taken from its segment's header.
///
/// # Errors
/// [`Error::Missing`] where there is no journal or no segment that could hold `sequence`. The iterator ends after an
/// error, and at the last whole record: a record that is being appended may look torn.
pub fn read(directory: &Path, sequence: u64) -> Result<impl Iterator<Item = Result<Record, Error>> + use<>, Error> {
    let mut reader = Reader::begin(directory, sequence)?;
    let mut ended = false;
    let records = std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let step = reader.step().transpose();
        ended = !matches!(step, Some(Ok(_)));
        step
    });
    Ok(records.skip_while(move |record| record.as_ref().is_ok_and(|record| record.sequence < sequence)))
}

/// The segments that hold everything before a position, in order, each with how many of its bytes do: what a copy of
/// the journal up to there is made of. Every link is verified on the way; others may append meanwhile.
///
/// # Errors
/// [`Error::Lost`] if the journal ends before it, [`Error::OtherHistory`] if its chain there is another; damage.
pub fn extent(directory: &Path, until: Mark) -> Result<Vec<(PathBuf, u64)>, Error> {
    let mut reader = Reader::begin(directory, Mark::START.records)?;
    let mut parts: Vec<(PathBuf, u64)> = Vec::new();
    while reader.end.records < until.records {
        if reader.step()?.is_none() {
            return Err(Error::Lost { durable: until.records, found: reader.end.records });
        }
        match parts.last_mut().filter(|(path, _)| *path == reader.path) {
            Some((_, length)) => *length = reader.offset,
            None => parts.push((reader.path.clone(), reader.offset)),
        }
    }
    if reader.end != until {
        return Err(Error::OtherHistory { records: until.records });
    }
    Ok(parts)
}

/// Walks the segments record by record.
pub(super) struct Reader {
    pub(super) following: std::vec::IntoIter<(u64, PathBuf)>,
    pub(super) path: PathBuf,
    pub(super) file: BufReader<File>,
    /// The end of the last whole record in this segment, in bytes; less than a header if that is not whole.
    pub(super) offset: u64,
    /// The position after the last whole record.
    pub(super) end: Mark,
    /// Whether the chain before this segment is known from the one before it.
    pub(super) linked: bool,
    pub(super) headed: bool,
}

impl Reader {
    /// Begins at the start of the segment that would hold `sequence`.
    pub(super) fn begin(directory: &Path, sequence: u64) -> Result<Self, Error> {
        let segments = segments(directory)?;
        let held = segments.iter().rposition(|(first, _)| *first <= sequence);
        let skipped = held.ok_or(Error::Missing(directory.to_owned()))?;
        let mut following = segments.into_iter().skip(skipped).collect::<Vec<_>>().into_iter();
        let (first, path) = following.next().ok_or(Error::Missing(directory.to_owned()))?;
        let file = File::open(&path).map_err(disk::Error::at("open", &path))?;
        Ok(Self {
            following,
            path,
            file: BufReader::new(file),
            offset: 0,
            end: Mark { records: first, chain: CHAIN_START },
            // The journal's first segment hangs on nothing, and that is known.
            linked: first == 0,
            headed: false,
        })
    }

    /// The next record; none at the end of the journal.
    pub(super) fn step(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if !self.headed {
                self.header()?;
            }
            let mut head = [0; RECORD_HEAD_BYTES];
            let filled = self.fill(&mut head)?;
            if head.iter().any(|byte| *byte != 0) {
                return if filled == RECORD_HEAD_BYTES { self.record(&head).map(Some) } else { Err(self.damaged()) };
            }
            self.zeros_only()?;
            // This segment has ended where a record would begin.
            let Some((first, path)) = self.following.next() else {
                return Ok(None);
            };
            if first != self.end.records {
                return Err(self.damaged());
            }
            self.file = BufReader::new(File::open(&path).map_err(disk::Error::at("open", &path))?);
            self.path = path;
            self.offset = 0;
            self.headed = false;
        }
    }

    fn header(&mut self) -> Result<(), Error> {
        let mut bytes = [0; HEADER_BYTES];
        if self.fill(&mut bytes)? != HEADER_BYTES {
            return Err(self.damaged());
        }
        let chain = decode_header(&bytes, self.end.records).ok_or_else(|| self.damaged())?;
        if self.linked && chain != self.end.chain {
            return Err(self.damaged());
        }
        self.end.chain = chain;
        self.linked = true;
        self.headed = true;
        self.offset = header_bytes();
        Ok(())
    }

    /// Reads the rest of a record and verifies its link.
    fn record(&mut self, head: &[u8; RECORD_HEAD_BYTES]) -> Result<Record, Error> {
        let length = decode_head(head, self.end.records).ok_or_else(|| self.damaged())?;
        let mut payload = vec![0; length];
        let mut chain = [0; CHAIN_BYTES];
        if self.fill(&mut payload)? != length || self.fill(&mut chain)? != CHAIN_BYTES {
            return Err(self.damaged());
        }
        if link(&self.end.chain, head, &payload) != chain {
            return Err(self.damaged());
        }
        let sequence = self.end.records;
        self.end = Mark { records: sequence + 1, chain };
        let bytes = RECORD_HEAD_BYTES + length + CHAIN_BYTES;
        self.offset += u64::try_from(bytes).expect("a length in memory fits 64 bits");
        Ok(Record { sequence, payload, end: self.end })
    }

    /// Reads until the buffer is full or the segment ends, and says how many bytes it got.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(disk::Error::at("read", &self.path)(error).into()),
            }
        }
        Ok(filled)
    }

    /// Reads the rest of the segment, in which no record follows.
    fn zeros_only(&mut self) -> Result<(), Error> {
        let mut bytes = [0; 8192];
        loop {
            match self.fill(&mut bytes)? {
                0 => return Ok(()),
                filled if bytes.iter().take(filled).any(|byte| *byte != 0) => return Err(self.damaged()),
                _ => {}
            }
        }
    }

    pub(super) fn damaged(&self) -> Error {
        Error::Damaged { sequence: self.end.records, offset: self.offset }
    }
}

/// The chain before the segment, if the header is whole and says that `first` is its first sequence.
fn decode_header(bytes: &[u8; HEADER_BYTES], first: u64) -> Option<Chain> {
    let (body, hash) = bytes.split_last_chunk::<CHAIN_BYTES>()?;
    if Sha256::digest(body).as_slice() != hash {
        return None;
    }
    let (number, rest) = body.strip_prefix(SEGMENT_MAGIC)?.split_first_chunk::<8>()?;
    (u64::from_be_bytes(*number) == first).then(|| rest.first_chunk().copied())?
}

/// The payload's length, if this begins the record with this sequence.
fn decode_head(head: &[u8; RECORD_HEAD_BYTES], sequence: u64) -> Option<usize> {
    let (number, rest) = head.strip_prefix(RECORD_MAGIC)?.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
    (u64::from_be_bytes(*number) == sequence && length <= PAYLOAD_BYTES_MAX).then_some(length)
}
