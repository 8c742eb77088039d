//! The witness protocol, both sides, without network or disk: what is asked, what is answered, what it means.
//! C2SP tlog-witness v1.0.0 with the head of 2026-07: 404 for an unknown origin, 422 for every proof that does not hold.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::checkpoint::base64_hash;
use crate::ledger::checkpoint::decimal;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::note;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::note::Note;
use crate::ledger::note::Signature;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::proof;

/// Most hashes in a request's proof.
const HASHES_MAX: usize = 63;
/// Longest request that is read, in bytes: a note, the proof, and the line before it.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + (HASHES_MAX + 2) * 64;
/// The media type of a size, which tells a conflict of sizes from any other.
pub const SIZE_KIND: &str = "text/x.tlog.size";

/// A request to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size that the witness is thought to have cosigned last.
    pub old: u64,
    /// That the tree continues that one.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed by the log.
    pub checkpoint: Note,
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(formatter, "{}", STANDARD.encode(hash)))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}

impl FromStr for Request {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() > REQUEST_BYTES_MAX {
            return Err(Malformed);
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Malformed)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal).ok_or(Malformed)?;
        let proof =
            lines.take(HASHES_MAX + 1).map(|line| base64_hash(line).ok_or(Malformed)).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > HASHES_MAX {
            return Err(Malformed);
        }
        let checkpoint = match Note::parse(checkpoint) {
            // Lines that cannot be read are lines of nobody: the answer is 403, if the log is one we know.
            Err(note::Error::SignatureLine) => Note::without_lines(checkpoint),
            parsed => parsed,
        };
        Ok(Self { old, proof, checkpoint: checkpoint.map_err(|_| Malformed)? })
    }
}

/// The request is none: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a request to cosign a checkpoint")]
pub struct Malformed;

// ---- Being a witness ----

/// A log that this witness knows, with the keys that it trusts for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The log's name.
    pub origin: String,
    /// Its keys; one of them must have signed.
    pub keys: Vec<VerifierKey>,
}

/// Why a checkpoint is not cosigned, with what HTTP says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// 400.
    #[error("the request cannot be read")]
    Malformed,
    /// 404.
    #[error("the checkpoint's origin is not one that is witnessed here")]
    Origin,
    /// 403.
    #[error("no key that is trusted for this log has signed the checkpoint")]
    Signature,
    /// 409, with the size.
    #[error("the checkpoint cosigned last has size {0}")]
    Size(u64),
    /// 422. Two of the log's signatures over this and the last checkpoint are proof that it forked.
    #[error("the checkpoint does not continue the one cosigned last")]
    Inconsistent,
}

impl Declined {
    /// HTTP's status code.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Signature => 403,
            Self::Origin => 404,
            Self::Size(_) => 409,
            Self::Inconsistent => 422,
        }
    }
}

impl From<Malformed> for Declined {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Request {
    /// The checkpoint, if the log that is known by its origin has signed it.
    ///
    /// # Errors
    /// 404 or 403. Which log it is must be known before its state can be looked up.
    pub fn log<'k>(&self, known: &'k [Known]) -> Result<(&'k Known, Checkpoint), Declined> {
        let checkpoint: Checkpoint = self.checkpoint.text().parse().map_err(|_| Declined::Malformed)?;
        let known = known.iter().find(|log| log.origin == checkpoint.origin).ok_or(Declined::Origin)?;
        self.checkpoint.verify_any(&known.keys).map_err(|_| Declined::Signature)?;
        Ok((known, checkpoint))
    }

    /// Whether the checkpoint continues the one cosigned last (none: there is none yet). It says nothing about whether
    /// that is still the last one when the answer is written down: whoever calls holds it still.
    ///
    /// # Errors
    /// 400, 409 or 422.
    pub fn continues(&self, checkpoint: &Checkpoint, last: Option<&Checkpoint>) -> Result<(), Declined> {
        if self.old > checkpoint.size {
            return Err(Declined::Malformed);
        }
        let (size, root) = last.map_or((0, EMPTY_ROOT), |last| (last.size, last.root));
        if self.old != size {
            return Err(Declined::Size(size));
        }
        // Every tree continues the empty one, and that takes no hashes; the empty tree has one root.
        let holds = match (size, checkpoint.size) {
            (0, 0) => self.proof.is_empty() && checkpoint.root == EMPTY_ROOT,
            (0, _) => self.proof.is_empty(),
            (_, _) => proof::verify_consistency(size, checkpoint.size, &root, &checkpoint.root, &self.proof).is_ok(),
        };
        if holds { Ok(()) } else { Err(Declined::Inconsistent) }
    }

    /// The answer of 200: a line of each key; and the note to keep and to show, which has the log's lines that verify
    /// and ours, and nobody else's.
    ///
    /// # Errors
    /// [`Declined::Malformed`] for a text that the keys do not sign.
    pub fn cosigned(
        &self,
        known: &Known,
        keys: &[&SigningKey],
        seconds: u64,
    ) -> Result<(Vec<Signature>, Note), Declined> {
        let text = self.checkpoint.text();
        let lines = keys.iter().map(|key| key.cosign(text, seconds)).collect::<Result<Vec<_>, _>>();
        let lines = lines.map_err(|_| Declined::Malformed)?;
        let note = self.checkpoint.only(&known.keys).with(&lines).map_err(|_| Declined::Malformed)?;
        Ok((lines, note))
    }
}

// ---- Asking a witness ----

/// What a witness's answer means for the log that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It has seen the checkpoint: the lines of its keys that hold.
    Cosigned(Vec<Signature>),
    /// It is at this size: ask again with a proof from there.
    At(u64),
    /// It is busy, or has no quiet moment: later.
    Later,
    /// Its configuration or ours is wrong; nothing is wrong with the ledger. What to say of it.
    Trouble(Trouble),
    /// It holds what cannot be unless this ledger was rolled back or has forked. Nothing may be signed any more.
    Alarm(Alarm),
}

/// Why a witness does not cosign, where the ledger is not at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// 404.
    #[error("the witness does not know this ledger; its operator must add our key")]
    Unknown,
    /// 403.
    #[error("the witness does not trust our key; its operator must add it")]
    Untrusted,
    /// 400.
    #[error("the witness could not read our request")]
    Malformed,
    /// 200 without a line that holds.
    #[error("the witness's answer has no cosignature by its key that holds")]
    NoSignature,
    /// Any other status.
    #[error("the witness answered {0}")]
    Status(u16),
}

/// A sign that this ledger is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// The witness has cosigned a larger tree than the one we hold.
    #[error("rolled back: a witness has cosigned {witness} entries of this ledger, which holds {ours}")]
    RolledBack {
        /// The witness's size.
        witness: u64,
        /// Ours.
        ours: u64,
    },
    /// The witness has cosigned a tree that ours does not continue.
    #[error("forked: a witness has cosigned a tree of this ledger that this one does not continue, at {size} entries")]
    Forked {
        /// The size at which they part, or up to which they do.
        size: u64,
    },
}

/// What the answer to a request of size `ours` means. `keys` are the witness's.
pub fn meaning(request: &Request, ours: u64, keys: &[VerifierKey], status: u16, kind: &str, body: &[u8]) -> Meaning {
    match status {
        200 => cosigned(request, keys, body),
        409 if kind == SIZE_KIND => match size(body) {
            Some(size) if size > ours => Meaning::Alarm(Alarm::RolledBack { witness: size, ours }),
            // It says that it is where we took it to be, and yet that it is not.
            Some(size) if size == request.old => Meaning::Trouble(Trouble::Status(409)),
            Some(size) => Meaning::At(size),
            None => Meaning::Trouble(Trouble::Status(409)),
        },
        // A witness of 2026-07 says so of another root at the same size; others of a proof that does not hold.
        409 | 422 => Meaning::Alarm(Alarm::Forked { size: request.old }),
        400 => Meaning::Trouble(Trouble::Malformed),
        403 => Meaning::Trouble(Trouble::Untrusted),
        404 => Meaning::Trouble(Trouble::Unknown),
        429 | 500..=599 => Meaning::Later,
        other => Meaning::Trouble(Trouble::Status(other)),
    }
}

fn size(body: &[u8]) -> Option<u64> {
    decimal(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}

fn cosigned(request: &Request, keys: &[VerifierKey], body: &[u8]) -> Meaning {
    let lines = std::str::from_utf8(body).ok().and_then(|text| Signature::lines(text).ok()).unwrap_or_default();
    let holds = |line: &&Signature| {
        let note = request.checkpoint.only(&[]).with(std::slice::from_ref(*line));
        note.is_ok_and(|note| keys.iter().any(|key| note.seen(key).is_ok_and(|seen| seen.seconds.is_some())))
    };
    let lines: Vec<Signature> = lines.iter().filter(holds).cloned().collect();
    if lines.is_empty() { Meaning::Trouble(Trouble::NoSignature) } else { Meaning::Cosigned(lines) }
}

/// What a witness's own view of this ledger means (its monitoring `checkpoint`), where `root_at` gives our root of a
/// size. None: nothing to fear. The view must be cosigned by the witness, or it means nothing.
///
/// # Errors
/// What `root_at` answered.
pub fn view<E>(
    note: &Note,
    origin: &str,
    keys: &[VerifierKey],
    ours: u64,
    root_at: impl FnOnce(u64) -> Result<Hash, E>,
) -> Result<Option<Alarm>, E> {
    let cosigned = keys.iter().any(|key| note.seen(key).is_ok_and(|seen| seen.seconds.is_some()));
    let seen = note.text().parse::<Checkpoint>().ok().filter(|seen| cosigned && seen.origin == origin);
    let Some(seen) = seen else { return Ok(None) };
    if seen.size > ours {
        return Ok(Some(Alarm::RolledBack { witness: seen.size, ours }));
    }
    let forked = root_at(seen.size)? != seen.root;
    Ok(forked.then_some(Alarm::Forked { size: seen.size }))
}
