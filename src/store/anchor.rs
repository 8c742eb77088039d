//! The newest head, kept apart from everything else: two alternating slots, compare-and-swap, synced.
//! LEDGER.md 6.1 D: a torn write can spoil one slot; the other still holds the head before it.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::store::disk;

/// Longest payload, in bytes: what a slot leaves beside magic, counter, length and hash.
pub const PAYLOAD_BYTES_MAX: usize = SLOT_BYTES - HEADER_BYTES - HASH_BYTES;

/// One slot is one page: what disks and file systems write in one piece, if anything is.
const SLOT_BYTES: usize = 4096;
/// Magic 8, counter 8, length 4.
const HEADER_BYTES: usize = 20;
const HASH_BYTES: usize = 32;
const MAGIC: &[u8; 8] = b"SIGANC1\n";

/// An open anchor.
#[derive(Debug)]
pub struct Anchor {
    path: PathBuf,
    file: File,
    current: Slot,
    damaged: bool,
    poisoned: bool,
}

/// What a slot says, once it is known to be whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    counter: u64,
    payload: Vec<u8>,
}

impl Anchor {
    /// Creates the file with its first payload, durably.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is such a file; [`Error::Payload`]; what the disk answered.
    pub fn create(path: &Path, payload: &[u8]) -> Result<Self, Error> {
        let bytes = image(payload)?;
        match disk::write_new(path, &bytes, &mut OpenOptions::new()) {
            Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(path.to_owned())),
            Err(error) => Err(error.into()),
            Ok(()) => Self::open(path),
        }
    }

    /// Opens the file and finds the newest whole slot.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is no such file; [`Error::Unreadable`] where neither slot is whole.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Missing(path.to_owned()));
            }
            opened => opened.map_err(disk::Error::at("open", path))?,
        };
        let (current, damaged) = read(&file, path)?;
        Ok(Self { path: path.to_owned(), file, current, damaged, poisoned: false })
    }

    /// The newest payload.
    pub fn payload(&self) -> &[u8] {
        &self.current.payload
    }

    /// How often the anchor has been swapped since it was created.
    pub fn counter(&self) -> u64 {
        self.current.counter
    }

    /// Whether one of the two slots could not be read at opening: a torn write, or damage. The next two swaps heal it.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Reads both slots from the disk again and says whether both are whole and the newest is still ours.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where neither slot is whole; what the disk answered.
    pub fn is_sound(&self) -> Result<bool, Error> {
        let (newest, damaged) = read(&self.file, &self.path)?;
        Ok(!damaged && newest == self.current)
    }

    /// Replaces the payload if it is still `expected`; durable when it returns.
    ///
    /// # Errors
    /// As [`Anchor::write`] and [`Anchor::sync`].
    pub fn swap(&mut self, expected: &[u8], payload: &[u8]) -> Result<(), Error> {
        self.write(expected, payload)?;
        self.sync()
    }

    /// Replaces the payload if it is still `expected`; durable after the next [`Anchor::sync`], which must come before
    /// the next write, so that one of the two slots is always whole.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the anchor, here or on disk, says something else: nothing is written.
    /// After an error of the disk everything later is refused.
    pub fn write(&mut self, expected: &[u8], payload: &[u8]) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let (newest, _) = read(&self.file, &self.path)?;
        if newest != self.current || newest.payload != expected {
            return Err(Error::Conflict);
        }
        let next = Slot { counter: newest.counter.checked_add(1).ok_or(Error::Conflict)?, payload: payload.to_vec() };
        let bytes = next.encode()?;
        let offset = if next.counter.is_multiple_of(2) { 0 } else { SLOT_OFFSET };
        let written = self.file.write_all_at(&bytes, offset);
        self.poisoned = written.is_err();
        written.map_err(disk::Error::at("write", &self.path))?;
        self.current = next;
        Ok(())
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// What the disk answered; after it everything later is refused.
    pub fn sync(&mut self) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let synced = self.file.sync_data();
        self.poisoned = synced.is_err();
        Ok(synced.map_err(disk::Error::at("sync", &self.path))?)
    }
}

/// The bytes of an anchor that says `payload` and has not been swapped since.
///
/// # Errors
/// [`Error::Payload`].
pub fn image(payload: &[u8]) -> Result<Vec<u8>, Error> {
    // Both slots are written, so that from here on a slot that cannot be read has been damaged.
    let slots = [0, 1].map(|counter| {
        let payload = payload.to_vec();
        Slot { counter, payload }.encode()
    });
    Ok(slots.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// The newest payload, read without opening the anchor, while somebody else may be swapping it.
///
/// # Errors
/// As [`Anchor::open`].
pub fn read_payload(path: &Path) -> Result<Vec<u8>, Error> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing(path.to_owned())),
        opened => {
            let file = opened.map_err(disk::Error::at("open", path))?;
            Ok(read(&file, path)?.0.payload)
        }
    }
}

/// Where the second slot begins.
const SLOT_OFFSET: u64 = 4096;

/// The newest whole slot, and whether the other one is damaged.
fn read(file: &File, path: &Path) -> Result<(Slot, bool), Error> {
    let mut slots = Vec::new();
    for offset in [0, SLOT_OFFSET] {
        let mut bytes = [0; SLOT_BYTES];
        match file.read_exact_at(&mut bytes, offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            done => {
                done.map_err(disk::Error::at("read", path))?;
                slots.extend(Slot::decode(&bytes));
            }
        }
    }
    let damaged = slots.len() < 2;
    let newest = slots.into_iter().max_by_key(|slot| slot.counter);
    Ok((newest.ok_or(Error::Unreadable)?, damaged))
}

impl Slot {
    fn encode(&self) -> Result<Vec<u8>, Error> {
        let length = u32::try_from(self.payload.len()).map_err(|_| Error::Payload)?;
        if self.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(Error::Payload);
        }
        let mut bytes = Vec::with_capacity(SLOT_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes.resize(SLOT_BYTES - HASH_BYTES, 0);
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        Ok(bytes)
    }

    /// The slot, if its bytes are whole: the hash covers all of them, padding included.
    fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Self> {
        let (body, hash) = bytes.split_last_chunk::<HASH_BYTES>()?;
        if Sha256::digest(body).as_slice() != hash {
            return None;
        }
        let rest = body.strip_prefix(MAGIC)?;
        let (counter, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        Some(Self { counter: u64::from_be_bytes(*counter), payload: rest.get(..length)?.to_vec() })
    }
}

/// Why the anchor could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Creating found a file.
    #[error("will not create an anchor over {}", .0.display())]
    Exists(PathBuf),
    /// Opening found none.
    #[error("the anchor {} is missing", .0.display())]
    Missing(PathBuf),
    /// Neither slot is whole.
    #[error("neither slot of the anchor can be read")]
    Unreadable,
    /// The payload is longer than [`PAYLOAD_BYTES_MAX`].
    #[error("an anchor takes {PAYLOAD_BYTES_MAX} bytes")]
    Payload,
    /// The anchor does not say what was expected; somebody else has moved it.
    #[error("the anchor has been moved by somebody else")]
    Conflict,
    /// An earlier swap failed so that the state on disk is unknown.
    #[error("the anchor stopped after an earlier failure and must be opened anew")]
    Poisoned,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}
