//! An independent auditor of somebody's ledger: what was signed last time must be the beginning of what is signed now.
//! LEDGER.md 6.7. It knows an address, keys or a policy, and the last checkpoint that held; nothing else is believed.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::alarm;
use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::ledger::audit;
use crate::ledger::audit::Ended;
use crate::ledger::audit::Fault;
use crate::ledger::checkpoint;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::mirror::PIECE_BYTES_MAX;
use crate::ledger::note;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::note::Note;
use crate::ledger::note::VerifierKey;
use crate::ledger::policy::Policy;
use crate::ledger::policy::Refusal;
use crate::ledger::succession::Change;
use crate::ledger::succession::Succession;
use crate::ledger::tile;
use crate::store::disk;
use crate::verify::text::Text;

const SCHEMA: &str = "sigill.monitor/1";
const ALARM_SCHEMA: &str = "sigill.alarm/1";
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest answer to an alarm that is read.
const WEBHOOK_BYTES_MAX: u64 = 64 << 10;
/// Longest answer about changed keys that is read.
const CHANGES_BYTES_MAX: u64 = 8 << 20;
const NOT_FOUND: u16 = 404;
/// How long too few witnesses may have seen what is signed before it is an alarm: what a witness may lag (tlog-witness).
const LATE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What an auditor remembers, as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Memory {
    schema: String,
    /// Where the ledger is read.
    pub url: String,
    /// The last checkpoint that held, with its signatures.
    pub checkpoint: String,
    /// When an audit last succeeded.
    pub succeeded_at: String,
    /// The changes of the ledger's keys that were learnt, with their proofs: a retired key is not believed again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub succession: String,
    /// Since when too few witnesses have seen what the ledger signs; none where enough have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwitnessed_since: Option<String>,
}

/// What an alarm says, as it is kept beside the memory and sent to the webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    schema: String,
    /// Where the ledger is read.
    pub url: String,
    /// What is wrong.
    pub what: String,
    /// The same in Swedish.
    pub what_sv: String,
    /// When it was found.
    pub at: String,
    /// When an audit last succeeded.
    pub succeeded_at: Option<String>,
    /// The checkpoint that held then.
    pub before: Option<String>,
    /// The checkpoint of now. Where both are signed and cannot both be true, the two are proof for anyone.
    pub now: String,
}

/// An audit that found nothing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The ledger as it is now.
    pub checkpoint: Checkpoint,
    /// Entries before; none at the first audit.
    pub before: Option<u64>,
    /// The policy's witnesses that have seen it.
    pub witnesses: usize,
    /// The keys that sign now, where they are others than at the audit before.
    pub new_keys: Vec<VerifierKey>,
}

/// Why an audit did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something is wrong with the ledger.
    #[error("alarm: {}", .0.what)]
    Alarm(Box<Alarm>),
    /// It could not be asked: nothing is known of it.
    #[error("the ledger could not be asked: {0}")]
    Unasked(#[from] Trouble),
    /// All holds, but too few of the policy's witnesses have seen it yet. An alarm when that lasts.
    #[error("{saw} of the policy's {known} witnesses have seen the {size} entries yet, which is no quorum")]
    Late {
        /// Entries.
        size: u64,
        /// How many have.
        saw: usize,
        /// How many the policy knows.
        known: usize,
    },
    /// The memory is of another ledger. It is left as it is.
    #[error("{} is about {url}", .path.display())]
    OtherMemory {
        /// The file.
        path: PathBuf,
        /// The ledger that it is about.
        url: String,
    },
    /// The memory cannot be read. It is left as it is.
    #[error("{} cannot be read: {what}", .path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The memory cannot be written.
    #[error(transparent)]
    Disk(#[from] disk::Error),
}

/// An auditor of one ledger.
#[derive(Debug)]
pub struct Monitor {
    url: String,
    policy: Policy,
    memory: PathBuf,
    webhook: Option<String>,
    exchange: Exchange,
}

impl Monitor {
    /// Of the ledger that is read under `url`, accepted by `policy`, remembering in the file `memory`.
    pub fn new(url: &str, policy: Policy, memory: &Path, webhook: Option<&str>) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let exchange = Exchange::new(&Limits::named([url.as_str()].into_iter().chain(webhook)));
        Self { url, policy, memory: memory.to_owned(), webhook: webhook.map(str::to_owned), exchange }
    }

    /// What is remembered; none before the first audit.
    ///
    /// # Errors
    /// [`Error::Memory`]: a file that is none, or another ledger's.
    pub fn memory(&self) -> Result<Option<Memory>, Error> {
        let unreadable = |what: String| Error::Memory { path: self.memory.clone(), what };
        let text = match fs::read_to_string(&self.memory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| unreadable(error.to_string()))?,
        };
        let memory: Memory = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if memory.schema != SCHEMA {
            return Err(unreadable(format!("it is written as {}", memory.schema)));
        }
        if memory.url != self.url {
            return Err(Error::OtherMemory { path: self.memory.clone(), url: memory.url });
        }
        Ok(Some(memory))
    }

    /// Audits the ledger once, and remembers what held. An alarm is kept beside the memory and sent to the webhook, and
    /// the memory stays as it was: the next audit raises it again.
    ///
    /// # Errors
    /// See [`Error`]. What could not be asked is no alarm.
    pub fn run(&self, now: Timestamp, progress: &mut dyn FnMut(u64, u64)) -> Result<Held, Error> {
        let memory = self.memory()?;
        let url = format!("{}/checkpoint", self.url);
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let text = self.exchange.get(&url, ANSWER_TIME_MAX, bytes_max)?.ok()?;
        let text = String::from_utf8(text).map_err(|error| Trouble::Unreadable(error.to_string()))?;
        match self.judge(memory.as_ref(), &text, progress) {
            Ok((held, succession)) => {
                let memory = Memory {
                    schema: SCHEMA.to_owned(),
                    url: self.url.clone(),
                    checkpoint: text,
                    succeeded_at: now.to_string(),
                    succession: succession.to_string(),
                    unwitnessed_since: None,
                };
                self.remember(&memory)?;
                Ok(held)
            }
            Err(Found::Late { size, saw, known }) => {
                let since =
                    memory.as_ref().and_then(|memory| memory.unwitnessed_since.as_ref()?.parse().ok()).unwrap_or(now);
                if now.duration_since(since) > LATE_MAX {
                    let what = alarm::refusal(&Refusal::Quorum { saw, known });
                    return Err(self.alarmed(what, memory, text, now)?);
                }
                if let Some(memory) = memory {
                    self.remember(&Memory { unwitnessed_since: Some(since.to_string()), ..memory })?;
                }
                Err(Error::Late { size, saw, known })
            }
            Err(Found::Unasked(trouble)) => Err(trouble.into()),
            Err(Found::Wrong(what)) => Err(self.alarmed(what, memory, text, now)?),
        }
    }

    fn remember(&self, memory: &Memory) -> Result<(), Error> {
        Ok(disk::replace(&self.memory, &serde_json::to_vec_pretty(memory).unwrap_or_default())?)
    }

    /// Raises an alarm, and gives it.
    fn alarmed(&self, what: Text, memory: Option<Memory>, text: String, now: Timestamp) -> Result<Error, Error> {
        let alarm = Alarm {
            schema: ALARM_SCHEMA.to_owned(),
            url: self.url.clone(),
            what: what.en,
            what_sv: what.sv,
            at: now.to_string(),
            succeeded_at: memory.as_ref().map(|memory| memory.succeeded_at.clone()),
            before: memory.map(|memory| memory.checkpoint),
            now: text,
        };
        self.raise(&alarm)?;
        Ok(Error::Alarm(Box::new(alarm)))
    }

    fn judge(
        &self,
        memory: Option<&Memory>,
        text: &str,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Held, Succession), Found> {
        let note = Note::parse(text)?;
        let learnt = memory.map(|memory| memory.succession.parse::<Succession>()).transpose();
        let learnt = learnt.map_err(|error| {
            let sv = format!("de ihågkomna nycklarna kan inte läsas (teknisk uppgift: {error})");
            Found::wrong(sv, format!("the remembered keys: {error}"))
        });
        let learnt = learnt?.unwrap_or_default();
        let (now, seen_by, succession) = self.accept(&note, &learnt)?;
        // What is remembered held by the keys of then; the text of our own file is believed.
        let before = memory.map(|memory| Note::parse(&memory.checkpoint)).transpose()?;
        let seen = before.as_ref().map(|note| note.text().parse::<Checkpoint>()).transpose();
        let seen = seen.map_err(|error| {
            let sv = format!("den ihågkomna kontrollpunkten kan inte läsas (teknisk uppgift: {error})");
            Found::wrong(sv, format!("the remembered checkpoint: {error}"))
        })?;
        if let Some(other) = seen.as_ref().filter(|seen| seen.origin != now.origin) {
            return Err(Found::wrong(
                format!("loggen {} svarar i stället för {}", now.origin, other.origin),
                format!("the ledger {} answers in the place of {}", now.origin, other.origin),
            ));
        }
        let bounded = self.policy.after(&succession);
        // Unless a stolen key signed it after it was replaced, before we heard of that.
        if let Some(Err(late @ checkpoint::Error::Retired { .. })) = before.map(|note| bounded.signed(&note)) {
            let Text { sv, en } = alarm::refusal(&late.into());
            return Err(Found::wrong(
                format!("det som sågs förut var inte loggens: {sv}"),
                format!("what was seen before was not the ledger's: {en}"),
            ));
        }
        self.walk(seen.as_ref(), &now, &succession, progress)?;
        let known = self.policy.after(&learnt).in_force();
        let new_keys = bounded.in_force().into_iter().filter(|key| !known.contains(key)).collect();
        let before = seen.map(|seen| seen.size);
        // Only what holds in every other way is late.
        let size = now.size;
        let witnesses = seen_by.map_err(|(saw, known)| Found::Late { size, saw, known })?;
        Ok((Held { checkpoint: now, before, witnesses, new_keys }, succession))
    }

    /// Accepts a checkpoint by the keys that were given and those that they lead to. Only where these do not do it, the
    /// ledger is asked whether its keys were changed since.
    fn accept(&self, note: &Note, learnt: &Succession) -> Result<(Checkpoint, Seen, Succession), Found> {
        let refused = match self.signed_after(learnt, note) {
            Ok((checkpoint, seen)) => return Ok((checkpoint, seen, learnt.clone())),
            Err(refused) => refused,
        };
        let not_signed = matches!(
            refused,
            Refusal::Checkpoint(checkpoint::Error::Note(note::Error::NotSigned) | checkpoint::Error::Retired { .. })
        );
        let changes = if not_signed { self.changes()? } else { None };
        let Some(changes) = changes else { return Err(refused.into()) };
        let succession: Succession = changes.parse().map_err(|error| {
            let Text { sv, en } = alarm::refusal(&refused);
            Found::wrong(
                format!("{sv}, och dess byten av nycklar kan inte läsas (teknisk uppgift: {error})"),
                format!("{en}; its changes of keys: {error}"),
            )
        })?;
        // What was learnt once stays: no change is taken back, or made in another way.
        if !learnt.handovers().iter().all(|one| succession.handovers().contains(one)) {
            return Err(Found::wrong(
                "loggen har bytt nycklar på ett annat sätt än det som sågs förut",
                "the ledger changed its keys in another way than was seen before",
            ));
        }
        let (checkpoint, seen) = self.signed_after(&succession, note)?;
        Ok((checkpoint, seen, succession))
    }

    /// What a note says that the policy's log has signed after these changes, and how many witnesses have seen it.
    fn signed_after(&self, changes: &Succession, note: &Note) -> Result<(Checkpoint, Seen), Refusal> {
        let policy = self.policy.after(changes);
        match policy.accept(note) {
            Ok(accepted) => Ok((accepted.checkpoint, Ok(accepted.seen.len()))),
            Err(Refusal::Quorum { saw, known }) => Ok((policy.signed(note)?, Err((saw, known)))),
            Err(refused) => Err(refused),
        }
    }

    /// What the ledger says of changes of its keys; none where it says nothing of such.
    fn changes(&self) -> Result<Option<String>, Found> {
        let url = format!("{}/ledger.succession", self.url);
        let answer = self.exchange.get(&url, ANSWER_TIME_MAX, CHANGES_BYTES_MAX).map_err(Found::Unasked)?;
        if answer.status == NOT_FOUND {
            return Ok(None);
        }
        let bytes = answer.ok().map_err(Found::Unasked)?;
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.is_empty()))
    }

    /// Follows the tree from where it was seen to where it is, through every tree in which keys were changed: those are
    /// its past too. An entry that changes keys otherwise than was proven means that a replaced key goes on signing.
    fn walk(
        &self,
        before: Option<&Checkpoint>,
        now: &Checkpoint,
        succession: &Succession,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), Found> {
        let mut at = before.map(|seen| (seen.size, seen.root));
        let from = at.map_or(0, |(size, _)| size);
        let between = succession.handovers().iter().map(|one| &one.checkpoint);
        let legs = between.filter(|tree| (from..now.size).contains(&tree.size)).chain([now]);
        let ring = self.policy.after(succession).in_force();
        let mut late = None;
        for leg in legs {
            let next = (leg.size, leg.root);
            let mut seen = |index: u64, entry: &[u8]| {
                let change = Change::read(entry).filter(|change| change.index == index && change.size() < now.size);
                let of_ours = change.filter(|change| change.old.iter().any(|key| ring.contains(key)));
                late = late.or(of_ours.map(|change| change.size()));
            };
            audit::audit(at, next, &mut |path| self.piece(path), &mut seen, progress)?;
            at = Some(next);
        }
        match late {
            Some(until) => Err(Refusal::from(checkpoint::Error::Retired { size: now.size, until }).into()),
            None => Ok(()),
        }
    }

    fn piece(&self, path: tile::Path) -> Result<Option<Vec<u8>>, Trouble> {
        let answer = self.exchange.get(&format!("{}/{path}", self.url), ANSWER_TIME_MAX, PIECE_BYTES_MAX)?;
        if answer.status == NOT_FOUND { Ok(None) } else { answer.ok().map(Some) }
    }

    /// Keeps an alarm, and tells of it. A webhook that does not answer makes the alarm no smaller.
    fn raise(&self, alarm: &Alarm) -> Result<(), Error> {
        let bytes = serde_json::to_vec_pretty(alarm).unwrap_or_default();
        disk::replace(&self.memory.with_extension("alarm.json"), &bytes)?;
        if let Some(webhook) = &self.webhook {
            let told = self.exchange.post(webhook, "application/json", &bytes, ANSWER_TIME_MAX, WEBHOOK_BYTES_MAX);
            if let Err(trouble) = told {
                tracing::error!(%trouble, "the webhook could not be told of the alarm");
            }
        }
        Ok(())
    }
}

/// What ended an audit.
enum Found {
    Wrong(Text),
    Late { size: u64, saw: usize, known: usize },
    Unasked(Trouble),
}

impl Found {
    fn wrong(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Wrong(Text::new(sv, en))
    }
}

/// How many witnesses have seen a checkpoint; where that is no quorum, of how many.
type Seen = Result<usize, (usize, usize)>;

impl From<Ended<Trouble>> for Found {
    fn from(ended: Ended<Trouble>) -> Self {
        match ended {
            Ended::Unasked(trouble) => Self::Unasked(trouble),
            Ended::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Found {
    fn from(fault: Fault) -> Self {
        Self::Wrong(alarm::fault(&fault))
    }
}

impl From<Refusal> for Found {
    fn from(refusal: Refusal) -> Self {
        Self::Wrong(alarm::refusal(&refusal))
    }
}

/// A page of somebody's proxy is no checkpoint and no lie of the ledger's.
impl From<note::Error> for Found {
    fn from(error: note::Error) -> Self {
        Self::Unasked(Trouble::Unreadable(error.to_string()))
    }
}
