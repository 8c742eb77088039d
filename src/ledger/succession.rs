//! Who may sign, and how much: a ledger's keys, and the entries by which each hands over to the next.
//! No published format has this: a change is a signed note in the ledger, its proof a tlog-proof under both keys.
//!
//! The entry that changes the keys is signed by the old and the new one, and the checkpoint right after it by all of
//! both. Whoever holds the old key is led to the new one by that alone, and from then on believes the old one for no
//! larger tree. Who has not been told is as far as before: see the book, *Nyckelceremoni*, for what that means.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::ledger::checkpoint;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::checkpoint::decimal;
use crate::ledger::hash;
use crate::ledger::note;
use crate::ledger::note::Kind;
use crate::ledger::note::Note;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::receipt;
use crate::ledger::receipt::Receipt;

/// First line of an entry that changes the keys.
const HEADER: &str = "sigill.key-change/1";
/// What begins a line that says until which size a key may sign.
const UNTIL: &str = "until";
/// Most changes that are read: one a year for as long as anybody will care.
const CHANGES_MAX: usize = 256;

/// What an entry says that changes the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose keys: the ledger's name.
    pub origin: String,
    /// When, by the ledger's clock.
    pub at: Timestamp,
    /// Entries before it, which is its own index.
    pub index: u64,
    /// The keys that sign no larger tree than the one with this entry in it.
    pub old: Vec<VerifierKey>,
    /// The keys that sign from that tree on.
    pub new: Vec<VerifierKey>,
}

impl Change {
    /// The entry's bytes: a note by those of these keys that sign texts.
    pub(crate) fn entry(&self, keys: &[&SigningKey]) -> Result<Vec<u8>, note::Error> {
        let of_texts = |key: &&&SigningKey| key.verifier().kind() == Kind::Log;
        let keys: Vec<&SigningKey> = keys.iter().filter(of_texts).copied().collect();
        Ok(note::sign(&self.to_string(), &keys)?.into_bytes())
    }

    /// The change that an entry is, if both the old and the new keys have signed it: nobody else can make one.
    pub fn read(entry: &[u8]) -> Option<Self> {
        // Most entries are none, and are told so by their first bytes.
        let text = entry.starts_with(HEADER.as_bytes()).then(|| std::str::from_utf8(entry).ok())??;
        let note = Note::parse(text).ok()?;
        let change = Self::parse(note.text())?;
        for keys in [&change.old, &change.new] {
            let mut signers = keys.iter().filter(|key| key.kind() == Kind::Log).peekable();
            signers.peek()?;
            if signers.any(|key| note.verify(key).is_err()) {
                return None;
            }
        }
        Some(change)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().peekable();
        lines.next().filter(|line| *line == HEADER)?;
        let origin = lines.next()?.strip_prefix("origin ")?.to_owned();
        let at = lines.next()?.strip_prefix("at ")?.parse().ok()?;
        let index = lines.next()?.strip_prefix("index ").and_then(decimal)?;
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for line in lines {
            match line.split_once(' ')? {
                ("old", key) => old.push(key.parse::<VerifierKey>().ok()?),
                ("new", key) => new.push(key.parse::<VerifierKey>().ok()?),
                (_, _) => return None,
            }
        }
        let change = Self { origin, at, index, old, new };
        let ours = |key: &VerifierKey| key.name() == change.origin && key.kind().may_be_log();
        let whole = change.old.iter().chain(&change.new).all(ours) && change.to_string() == text;
        whole.then_some(change)
    }

    /// Entries of the tree that it closes: the largest that the old keys sign.
    pub fn size(&self) -> u64 {
        self.index.saturating_add(1)
    }
}

impl fmt::Display for Change {
    /// The text that is signed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, at, index, old, new } = self;
        write!(formatter, "{HEADER}\norigin {origin}\nat {at}\nindex {index}\n")?;
        old.iter().try_for_each(|key| writeln!(formatter, "old {key}"))?;
        new.iter().try_for_each(|key| writeln!(formatter, "new {key}"))
    }
}

/// A change, proven: the entry is the last one of a tree that all old and all new keys have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// What the entry says.
    pub change: Change,
    /// The tree that it closes.
    pub checkpoint: Checkpoint,
    receipt: Receipt,
}

impl Handover {
    /// Reads the proof of a change; its extra line is the entry.
    ///
    /// # Errors
    /// What of it does not hold.
    pub fn of(receipt: Receipt) -> Result<Self, Error> {
        let entry = receipt.extra.as_deref().unwrap_or_default();
        let change = Change::read(entry).ok_or(Error::Entry)?;
        let leaf = hash::leaf(entry);
        let mut checkpoint = None;
        for key in change.old.iter().chain(&change.new) {
            checkpoint = Some(receipt.verify(key, &leaf)?);
        }
        let checkpoint = checkpoint.filter(|found| (found.size, receipt.index) == (change.size(), change.index));
        Ok(Self { change, checkpoint: checkpoint.ok_or(Error::Place)?, receipt })
    }

    /// The checkpoint with the signatures of all keys, old and new.
    pub(crate) fn note(&self) -> &str {
        &self.receipt.checkpoint
    }
}

/// A key, and the largest tree that it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// The key.
    pub key: VerifierKey,
    /// The size beyond which nothing that it signed is believed; none: it is in force.
    pub until: Option<u64>,
}

impl Bounded {
    /// A key in force.
    pub fn current(key: VerifierKey) -> Self {
        Self { key, until: None }
    }

    /// Whether it may sign a tree of this size.
    pub fn covers(&self, size: u64) -> bool {
        self.until.is_none_or(|until| size <= until)
    }
}

impl fmt::Display for Bounded {
    /// The vkey, and behind it until when, if it is retired.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.key)?;
        self.until.map_or(Ok(()), |until| write!(formatter, " {UNTIL} {until}"))
    }
}

impl FromStr for Bounded {
    type Err = note::Error;

    /// Reads a line of published keys. What stands behind the size, a time, is for people.
    fn from_str(line: &str) -> Result<Self, note::Error> {
        let mut words = line.split_whitespace();
        let key = words.next().ok_or(note::Error::VerifierKey)?.parse()?;
        let until = match (words.next(), words.next()) {
            (None, _) => None,
            (Some(UNTIL), Some(size)) => Some(decimal(size).ok_or(note::Error::VerifierKey)?),
            (Some(_), _) => return Err(note::Error::VerifierKey),
        };
        Ok(Self { key, until })
    }
}

/// All changes of a ledger's keys, oldest first; each begins with the keys that the one before ended with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession(Vec<Handover>);

impl Succession {
    /// The changes.
    pub fn handovers(&self) -> &[Handover] {
        &self.0
    }

    /// Whether the keys were never changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn last(&self) -> Option<&Handover> {
        self.0.last()
    }

    /// The same, and one change more.
    pub(crate) fn with(&self, next: Handover) -> Result<Self, Error> {
        let follows = self.last().is_none_or(|last| {
            last.change.new == next.change.old
                && last.change.origin == next.change.origin
                && last.change.index < next.change.index
        });
        if !follows || self.0.len() >= CHANGES_MAX {
            return Err(Error::Order);
        }
        Ok(Self(self.0.iter().cloned().chain([next]).collect()))
    }

    /// The keys that are led to by the ones that are trusted: those that they handed over to are trusted from then on,
    /// and they themselves for no larger tree. A change by keys that are not trusted, or no longer, leads nowhere.
    #[must_use]
    pub fn follow(&self, trusted: &[Bounded]) -> Vec<Bounded> {
        let mut ring = trusted.to_vec();
        for Handover { change, .. } in &self.0 {
            let hands_over = |held: &Bounded| held.covers(change.size()) && change.old.contains(&held.key);
            if !ring.iter().any(hands_over) {
                continue;
            }
            for held in ring.iter_mut().filter(|held| change.old.contains(&held.key)) {
                held.until = Some(held.until.map_or(change.size(), |until| until.min(change.size())));
            }
            let fresh = change.new.iter().filter(|new| !ring.iter().any(|held| held.key == **new));
            ring.extend(fresh.cloned().map(Bounded::current).collect::<Vec<_>>());
        }
        ring
    }

    /// The retired keys, oldest first.
    pub fn retired(&self) -> impl Iterator<Item = Bounded> + '_ {
        let keys = self.0.iter().flat_map(|one| one.change.old.iter().map(|key| (key, one.change.size())));
        keys.map(|(key, until)| Bounded { key: key.clone(), until: Some(until) })
    }
}

impl fmt::Display for Succession {
    /// The proofs, one after the other.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|one| write!(formatter, "{}", one.receipt))
    }
}

impl FromStr for Succession {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut succession = Self::default();
        if text.is_empty() {
            return Ok(succession);
        }
        let parts = text.strip_prefix(receipt::HEADER_LINE).ok_or(receipt::Error::Header)?;
        for part in parts.split(receipt::HEADER_LINE) {
            let receipt: Receipt = format!("{}{part}", receipt::HEADER_LINE).parse()?;
            succession = succession.with(Handover::of(receipt)?)?;
        }
        Ok(succession)
    }
}

/// Reads published keys, each on its line, and behind them the proofs of their changes, if there are any: then the keys
/// that they lead to are trusted too. Empty lines and lines that begin with `#` are passed over. All are one log's.
///
/// # Errors
/// The first line that is no key; no key at all, or keys of several logs; a change that is not proven.
pub fn keys(text: &str) -> Result<Vec<Bounded>, Error> {
    let (lines, changes) = match text.find(receipt::HEADER_LINE) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys = lines.map(str::parse).collect::<Result<Vec<Bounded>, _>>()?;
    let one = |first: &Bounded| keys.iter().all(|held| held.key.name() == first.key.name());
    if !keys.first().is_some_and(one) {
        return Err(note::Error::VerifierKey.into());
    }
    Ok(changes.parse::<Succession>()?.follow(&keys))
}

/// The checkpoint of a note, if a key that may sign a tree of its size has done so, and none of those badly.
///
/// # Errors
/// [`checkpoint::Error::Retired`] where only keys have that were retired before; what does not hold.
pub fn signed(note: &Note, ring: &[Bounded]) -> Result<Checkpoint, checkpoint::Error> {
    let said: Checkpoint = note.text().parse()?;
    let (mut keys, mut retired) = (Vec::new(), Vec::new());
    for held in ring.iter().filter(|held| held.key.name() == said.origin) {
        if held.covers(said.size) { keys.push(held.key.clone()) } else { retired.push(held) }
    }
    let found = Checkpoint::signed(note, &keys);
    let late = retired.iter().find(|held| note.verify(&held.key).is_ok()).and_then(|held| held.until);
    match (found, late) {
        (Err(checkpoint::Error::Note(note::Error::NotSigned)), Some(until)) => {
            Err(checkpoint::Error::Retired { size: said.size, until })
        }
        (found, _) => found,
    }
}

/// Why a change of keys is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The entry is no change, or not signed by both keys.
    #[error("not the entry of a change of keys, signed by the old and the new one")]
    Entry,
    /// It stands elsewhere than it says, or is not the last of the tree that is signed.
    #[error("the change of keys is not the last entry of the tree that was signed")]
    Place,
    /// It does not begin with the keys that the one before ended with.
    #[error("the changes of keys do not follow each other")]
    Order,
    /// The proof.
    #[error(transparent)]
    Receipt(#[from] receipt::Error),
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// A key or a note.
    #[error(transparent)]
    Note(#[from] note::Error),
}
