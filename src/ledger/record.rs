//! What the ledger writes for itself: journal records, the head in the anchor, the head in the database.
//! LEDGER.md 6.1; our own encodings, big-endian, each behind a byte that names its version.

use jiff::Timestamp;

use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::store::journal::Mark;

const VERSION: u8 = 1;
/// An anchor with two heads.
const VERSION_BEGUN: u8 = 2;
const KIND_GENESIS: u8 = 0;
const KIND_BATCH: u8 = 1;

/// Where the ledger stands after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Entries.
    pub(crate) size: u64,
    /// The root over them.
    pub(crate) root: Hash,
    /// The end of the journal record that made it so.
    pub(crate) mark: Mark,
    /// When that was.
    pub(crate) time: Timestamp,
}

impl Head {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.extend_from_slice(&self.mark.records.to_be_bytes());
        bytes.extend_from_slice(&self.mark.chain);
        bytes.extend_from_slice(&self.time.as_millisecond().to_be_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            size: u64::from_be_bytes(take(bytes)?),
            root: take(bytes)?,
            mark: Mark { records: u64::from_be_bytes(take(bytes)?), chain: take(bytes)? },
            time: Timestamp::from_millisecond(i64::from_be_bytes(take(bytes)?)).ok()?,
        })
    }
}

/// The anchor's payload: how far the ledger is for certain, and where the commit that was begun last leads.
///
/// The anchor is synced beside the journal, so that after a crash either may be without the other. `known` must be in
/// the journal; `begun` may be missing there if nobody was told of it, and nothing else may stand in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchored {
    /// The journal held this, durably, before the anchor said so.
    pub(crate) known: Head,
    /// The only commit that may follow it.
    pub(crate) begun: Head,
}

impl Anchored {
    /// No commit is under way.
    pub(crate) fn certain(head: Head) -> Self {
        Self { known: head, begun: head }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (version, heads) = match self.known == self.begun {
            true => (VERSION, [Some(&self.known), None]),
            false => (VERSION_BEGUN, [Some(&self.known), Some(&self.begun)]),
        };
        let mut bytes = vec![version];
        heads.into_iter().flatten().for_each(|head| head.put(&mut bytes));
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, mut bytes) = bytes.split_first()?;
        let known = Head::take(&mut bytes)?;
        let begun = match *version {
            VERSION => known,
            VERSION_BEGUN => Head::take(&mut bytes)?,
            _ => return None,
        };
        bytes.is_empty().then_some(Self { known, begun })
    }
}

/// How far the database has come: the value of its head row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Entries.
    pub(crate) size: u64,
    /// The root over them.
    pub(crate) root: Hash,
    /// Journal records applied.
    pub(crate) records: u64,
}

impl From<&Head> for Applied {
    fn from(head: &Head) -> Self {
        Self { size: head.size, root: head.root, records: head.mark.records }
    }
}

impl Applied {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.extend_from_slice(&self.records.to_be_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.strip_prefix(&[VERSION])?;
        let applied = Self {
            size: u64::from_be_bytes(take(&mut bytes)?),
            root: take(&mut bytes)?,
            records: u64::from_be_bytes(take(&mut bytes)?),
        };
        bytes.is_empty().then_some(applied)
    }
}

/// One journal record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// The first: whose ledger this is.
    Genesis {
        /// Its public key, with the origin as its name.
        vkey: String,
    },
    /// One commit.
    Batch(Batch),
}

/// One commit as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The index of its first entry: the size before it.
    pub(crate) first: u64,
    /// When it was committed.
    pub(crate) time: Timestamp,
    /// The root before it.
    pub(crate) old_root: Hash,
    /// The root after it.
    pub(crate) new_root: Hash,
    /// The entries, in order.
    pub(crate) entries: Vec<Vec<u8>>,
}

impl Record {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Genesis { vkey } => [&[VERSION, KIND_GENESIS], vkey.as_bytes()].concat(),
            Self::Batch(batch) => {
                let mut bytes = vec![VERSION, KIND_BATCH];
                bytes.extend_from_slice(&batch.first.to_be_bytes());
                bytes.extend_from_slice(&batch.time.as_millisecond().to_be_bytes());
                bytes.extend_from_slice(&batch.old_root);
                bytes.extend_from_slice(&batch.new_root);
                for entry in &batch.entries {
                    put_entry(&mut bytes, entry);
                }
                bytes
            }
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, mut bytes) = bytes.strip_prefix(&[VERSION])?.split_first()?;
        match *kind {
            KIND_GENESIS => Some(Self::Genesis { vkey: String::from_utf8(bytes.to_vec()).ok()? }),
            KIND_BATCH => {
                let mut batch = Batch {
                    first: u64::from_be_bytes(take(&mut bytes)?),
                    time: Timestamp::from_millisecond(i64::from_be_bytes(take(&mut bytes)?)).ok()?,
                    old_root: take(&mut bytes)?,
                    new_root: take(&mut bytes)?,
                    entries: Vec::new(),
                };
                while !bytes.is_empty() {
                    batch.entries.push(take_entry(&mut bytes)?.to_vec());
                }
                Some(Self::Batch(batch))
            }
            _ => None,
        }
    }

    /// The size and root of the ledger after this record.
    pub(crate) fn state(&self) -> (u64, Hash) {
        match self {
            Self::Genesis { .. } => (0, EMPTY_ROOT),
            Self::Batch(batch) => (batch.first + count(&batch.entries), batch.new_root),
        }
    }
}

/// The number of entries.
pub(crate) fn count(entries: &[Vec<u8>]) -> u64 {
    u64::try_from(entries.len()).expect("a length in memory fits 64 bits")
}

/// Appends an entry as bundles hold it: its length in two bytes, then itself.
pub(crate) fn put_entry(bytes: &mut Vec<u8>, entry: &[u8]) {
    let length = u16::try_from(entry.len()).expect("entries over 65535 bytes are refused before they get here");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(entry);
}

/// Takes an entry, as bundles hold it, from the front.
pub(crate) fn take_entry<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(take(bytes)?);
    let (entry, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    Some(entry)
}

/// Takes `N` bytes from the front.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
