//! Checkpoints: which log, how many entries, which root; the text that a log signs.
//! C2SP tlog-checkpoint v1.0.0.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ledger::hash::Hash;
use crate::ledger::note;
use crate::ledger::note::Note;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;

/// What a log says about itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its name for ever, by custom a URL without scheme.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines, which this log never writes and every reader passes over.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The signed note over this checkpoint, with this key's line alone.
    ///
    /// # Errors
    /// As [`Checkpoint::sign_all`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, Error> {
        self.sign_all(&[key])
    }

    /// The signed note over this checkpoint, with a line of each key.
    ///
    /// # Errors
    /// [`Error::Origin`] unless the keys bear the origin's name; [`Error::NotALogKey`] for a witness's.
    pub fn sign_all(&self, keys: &[&SigningKey]) -> Result<String, Error> {
        for key in keys {
            self.log_key(key.verifier())?;
        }
        Ok(note::sign(&self.to_string(), keys)?)
    }

    /// Parses a signed note and returns its checkpoint, if the log's key has signed it. The log's key bears the name
    /// of the origin and signs as a log: a witness's cosignature is not enough.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(note: &str, key: &VerifierKey) -> Result<Self, Error> {
        Self::signed(&Note::parse(note)?, std::slice::from_ref(key))
    }

    /// The checkpoint of a note that at least one of the log's keys has signed, and none of them badly.
    ///
    /// # Errors
    /// What does not hold.
    pub fn signed(note: &Note, keys: &[VerifierKey]) -> Result<Self, Error> {
        let checkpoint = note.verify_any(keys)?.parse::<Self>()?;
        keys.iter().try_for_each(|key| checkpoint.log_key(key))?;
        Ok(checkpoint)
    }

    fn log_key(&self, key: &VerifierKey) -> Result<(), Error> {
        match (key.kind().may_be_log(), key.name() == self.origin) {
            (false, _) => Err(Error::NotALogKey),
            (true, false) => Err(Error::Origin),
            (true, true) => Ok(()),
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut lines = text.strip_suffix('\n').ok_or(Error::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(Error::Lines);
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(Error::Lines);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or(Error::Size)?,
            root: base64_hash(root).ok_or(Error::Root)?,
            extensions,
        })
    }
}

/// A number as checkpoints, proofs and tile paths write it: digits only, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text == "0" || !text.starts_with('0');
    (digits && plain).then(|| text.parse().ok())?
}

/// A hash as checkpoints and proofs write it: standard base64 with padding, exactly 32 bytes.
pub(crate) fn base64_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Why a checkpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not three lines or more, all with content.
    #[error("a checkpoint has an origin, a size and a root, each on its line")]
    Lines,
    /// The size is no plain decimal number below 2^64.
    #[error("the checkpoint's size is no plain number")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("the checkpoint's root is not the base64 of 32 bytes")]
    Root,
    /// The checkpoint is another log's.
    #[error("the checkpoint's origin is not the name of the key")]
    Origin,
    /// The key is a witness's.
    #[error("the key is a witness's, not a log's")]
    NotALogKey,
    /// Signed by nobody but a key that was replaced before.
    #[error("a tree of {size} entries is signed by a key that was retired at {until} entries")]
    Retired {
        /// The size that it signed.
        size: u64,
        /// The largest it may.
        until: u64,
    },
    /// The note around it.
    #[error(transparent)]
    Note(#[from] note::Error),
}
