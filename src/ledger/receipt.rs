//! Receipts: that an entry is in the ledger, provable anywhere with the ledger's public key alone.
//! C2SP tlog-proof v1 (draft at commit 5ba5ee8).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ledger::checkpoint;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::checkpoint::base64_hash;
use crate::ledger::checkpoint::decimal;
use crate::ledger::hash::Hash;
use crate::ledger::note;
use crate::ledger::note::VerifierKey;
use crate::ledger::policy;
use crate::ledger::policy::Accepted;
use crate::ledger::policy::Policy;
use crate::ledger::proof;
use crate::ledger::proof::PROOF_HASHES_MAX;

/// Longest receipt that is read, in bytes: the longest note, the longest path, and an extra line of some size.
pub const RECEIPT_BYTES_MAX: usize = 256 << 10;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The first line, whole: it divides receipts that stand one after the other.
pub(crate) const HEADER_LINE: &str = "c2sp.org/tlog-proof@v1\n";

/// A receipt as parsed; nothing in it is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Bytes for whoever made the receipt. **Nothing authenticates them**: the proof neither covers nor needs them.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the ledger.
    pub index: u64,
    /// The inclusion path, the leaf's sibling first.
    pub proof: Vec<Hash>,
    /// The checkpoint with its signatures, as the ledger published it.
    pub checkpoint: String,
}

impl Receipt {
    /// Verifies that the entry with this leaf hash is in the ledger whose key this is; returns the checkpoint that
    /// the proof leads to.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, key: &VerifierKey, leaf: &Hash) -> Result<Checkpoint, Error> {
        self.verify_any(std::slice::from_ref(key), leaf)
    }

    /// Verifies that the entry with this leaf hash is in the ledger whose keys these are, of which one at least must
    /// have signed; returns the checkpoint that the proof leads to.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify_any(&self, keys: &[VerifierKey], leaf: &Hash) -> Result<Checkpoint, Error> {
        let note = note::Note::parse(&self.checkpoint).map_err(checkpoint::Error::from)?;
        let checkpoint = Checkpoint::signed(&note, keys)?;
        proof::verify_inclusion(self.index, checkpoint.size, leaf, &self.proof, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl Receipt {
    /// Verifies that the entry with this leaf hash is in a ledger of the policy, and that enough of its witnesses have
    /// seen the checkpoint that the proof leads to.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn fulfils(&self, policy: &Policy, leaf: &Hash) -> Result<Accepted, Error> {
        let note = note::Note::parse(&self.checkpoint).map_err(checkpoint::Error::from)?;
        let accepted = policy.accept(&note)?;
        let Checkpoint { size, root, .. } = &accepted.checkpoint;
        proof::verify_inclusion(self.index, *size, leaf, &self.proof, root)?;
        Ok(accepted)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(formatter, "{}", STANDARD.encode(hash)))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > RECEIPT_BYTES_MAX {
            return Err(Error::Size);
        }
        // The first empty line ends our part; the rest is the checkpoint, verbatim.
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Error::Checkpoint)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(Error::Header);
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|extra| STANDARD.decode(extra).map_err(|_| Error::Extra)).transpose()?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(decimal).ok_or(Error::Index)?;
        let proof = lines
            .take(PROOF_HASHES_MAX + 1)
            .map(|line| base64_hash(line).ok_or(Error::Hash))
            .collect::<Result<Vec<_>, _>>()?;
        if proof.len() > PROOF_HASHES_MAX {
            return Err(Error::Hash);
        }
        note::Note::parse(checkpoint).map_err(checkpoint::Error::from)?;
        let checkpoint = checkpoint.to_owned();
        Ok(Self { extra, index, proof, checkpoint })
    }
}

/// Why a receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer than [`RECEIPT_BYTES_MAX`].
    #[error("the receipt is too large")]
    Size,
    /// The first line is another.
    #[error("not a receipt: the first line is not {HEADER}")]
    Header,
    /// The extra line is not base64.
    #[error("the receipt's extra line cannot be read")]
    Extra,
    /// There is no index, or it is no plain number.
    #[error("the receipt has no index that can be read")]
    Index,
    /// A line of the path is not the base64 of 32 bytes, or there are too many.
    #[error("the receipt's path cannot be read")]
    Hash,
    /// There is no empty line and no checkpoint after it.
    #[error("the receipt has no checkpoint")]
    Checkpoint,
    /// The checkpoint cannot be read or is not signed by the ledger.
    #[error("the receipt's checkpoint does not hold: {0}")]
    Signature(#[from] checkpoint::Error),
    /// The checkpoint does not fulfil the policy.
    #[error("the receipt's checkpoint does not fulfil the policy: {0}")]
    Policy(#[from] policy::Refusal),
    /// The path does not lead from the entry to the checkpoint's root.
    #[error("the receipt's path does not hold: {0}")]
    Proof(#[from] proof::Error),
}
