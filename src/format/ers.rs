//! Evidence records: one time stamp over many documents, renewed before it ages. RFC 4998; VALIDATION 13.1.
//! Chains and time stamps are kept verbatim: renewal digests them as they stand, and re-encoding breaks real records.

use crate::format::budget::Budget;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::timestamp;
use crate::format::timestamp::Token;
use crate::format::x509::AlgorithmIdentifier;

/// Largest record read, in bytes: renewal digests all that came before. Real ones have fifty thousand at most.
const BYTES_MAX: u64 = 4 << 20;
/// Renewals of the hash tree in one record. A century of new digest algorithms every ten years needs ten.
const CHAINS_MAX: usize = 100;
/// Time stamps in one record.
const STAMPS_MAX: usize = 500;
/// Digests, and lists of them, under one time stamp.
const DIGESTS_MAX: usize = 100_000;

/// Why bytes are not an evidence record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ASN.1 is malformed, or bytes follow.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// A time stamp inside is none.
    #[error(transparent)]
    TimeStamp(#[from] timestamp::Error),
    /// Another version than 1.
    #[error("evidence record of version {0}")]
    Version(u64),
    /// No chain, or a chain without a time stamp.
    #[error("evidence record without a time stamp")]
    Empty,
    /// Larger, or with more parts, than is read (LIM-5).
    #[error("evidence record with more {0} than are read")]
    TooMany(&'static str),
}

/// A record: when some documents existed at the latest, and every renewal of that proof.
#[derive(Clone, Debug)]
pub struct EvidenceRecord {
    /// Whether the digests are those of encrypted documents (encryptionInfo).
    pub encrypted: bool,
    /// Never empty; oldest first. Each later one digests the documents and all earlier chains anew.
    pub chains: Vec<Chain>,
}

/// Time stamps with one digest algorithm, each but the first over the one before it.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Every byte of it, tag and all.
    pub raw: Vec<u8>,
    /// Never empty; oldest first.
    pub stamps: Vec<ArchiveTimeStamp>,
}

/// One time stamp, with the digests that lead from a document to its imprint.
#[derive(Clone, Debug)]
pub struct ArchiveTimeStamp {
    /// The digest algorithm of the lists, where it is stated; else the imprint's.
    pub digest_algorithm: Option<AlgorithmIdentifier>,
    /// Lists of digests, from the documents upwards. `None`: the imprint is the document's own digest.
    pub lists: Option<Vec<Vec<Vec<u8>>>>,
    /// The token as it stands, tag and all: what the next renewal digests.
    pub raw_token: Vec<u8>,
    /// The token, read.
    pub token: Token,
}

impl EvidenceRecord {
    /// Reads a record, which must be all there is.
    ///
    /// # Errors
    /// When it is malformed, empty or of another version, or holds more than is read.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > budget.cms_bytes_max.min(BYTES_MAX)) {
            return Err(Error::TooMany("bytes"));
        }
        let mut fields = Reader::ber(bytes, budget).only_sequence()?;
        let version = fields.expect(der::INTEGER)?.unsigned()?;
        if version != 1 {
            return Err(Error::Version(version));
        }
        fields.expect(der::SEQUENCE)?;
        fields.optional(der::context_constructed(0))?;
        let encrypted = fields.optional(der::context_constructed(1))?.is_some();
        let mut sequence = fields.sequence()?;
        fields.finish()?;
        let (mut chains, mut room) = (Vec::new(), STAMPS_MAX);
        while !sequence.is_empty() {
            if chains.len() == CHAINS_MAX {
                return Err(Error::TooMany("chains"));
            }
            chains.push(Chain::read(&sequence.expect(der::SEQUENCE)?, &mut room, budget)?);
        }
        if chains.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Self { encrypted, chains })
    }

    /// Every time stamp, oldest first.
    pub fn stamps(&self) -> impl DoubleEndedIterator<Item = &ArchiveTimeStamp> {
        self.chains.iter().flat_map(|chain| &chain.stamps)
    }

    /// What the first time stamp of a chain, by its place, digests besides the documents: the chains before it as one
    /// SEQUENCE. `None` for the first chain.
    #[must_use]
    pub fn before(&self, chain: usize) -> Option<Vec<u8>> {
        let parts: Vec<&[u8]> = self.chains.iter().take(chain).map(|chain| chain.raw.as_slice()).collect();
        (!parts.is_empty()).then(|| der::encode(der::SEQUENCE, &parts))
    }
}

impl Chain {
    fn read(value: &Value<'_>, room: &mut usize, budget: &Budget) -> Result<Self, Error> {
        let mut reader = value.open()?;
        let mut stamps = Vec::new();
        while !reader.is_empty() {
            *room = room.checked_sub(1).ok_or(Error::TooMany("time stamps"))?;
            stamps.push(ArchiveTimeStamp::read(reader.sequence()?, budget)?);
        }
        if stamps.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Self { raw: value.raw.to_vec(), stamps })
    }
}

impl ArchiveTimeStamp {
    fn read(mut fields: Reader<'_>, budget: &Budget) -> Result<Self, Error> {
        let algorithm = fields.optional(der::context_constructed(0))?;
        fields.optional(der::context_constructed(1))?;
        let tree = fields.optional(der::context_constructed(2))?;
        let stamp = fields.expect(der::SEQUENCE)?;
        fields.finish()?;
        Ok(Self {
            digest_algorithm: algorithm.map(|value| AlgorithmIdentifier::from_fields(value.open()?)).transpose()?,
            lists: tree.map(|tree| lists(&tree)).transpose()?,
            raw_token: stamp.raw.to_vec(),
            token: Token::read(stamp.raw, budget)?,
        })
    }

    /// The digest algorithm of its lists.
    #[must_use]
    pub fn algorithm(&self) -> &Oid {
        self.digest_algorithm.as_ref().map_or(&self.token.info.imprint_algorithm.oid, |algorithm| &algorithm.oid)
    }
}

/// `SEQUENCE OF SEQUENCE OF OCTET STRING`, the outer one already tagged.
fn lists(tree: &Value<'_>) -> Result<Vec<Vec<Vec<u8>>>, Error> {
    let mut reader = tree.open()?;
    let mut room = DIGESTS_MAX;
    let mut spend = || room.checked_sub(1).map(|left| room = left).ok_or(Error::TooMany("digests"));
    let mut lists = Vec::new();
    while !reader.is_empty() {
        spend()?;
        let mut list = reader.sequence()?;
        let mut digests = Vec::new();
        while !list.is_empty() {
            spend()?;
            digests.push(list.octets()?.into_owned());
        }
        lists.push(digests);
    }
    Ok(lists)
}
