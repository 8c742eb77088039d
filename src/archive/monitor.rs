//! An independent auditor of somebody's ledger: what was signed last time must be the beginning of what is signed now.
//! LEDGER.md 6.7. It knows an address, keys or a policy, and the last checkpoint that held; nothing else is believed.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::ledger::audit;
use crate::ledger::audit::Ended;
use crate::ledger::audit::Fault;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::note::Note;
use crate::ledger::policy::Policy;
use crate::ledger::policy::Refusal;
use crate::ledger::tile;
use crate::store::disk;

const SCHEMA: &str = "sigill.monitor/1";
const ALARM_SCHEMA: &str = "sigill.alarm/1";
/// Largest tile or bundle: 256 entries of 65535 bytes, each after its length.
const PIECE_BYTES_MAX: u64 = 256 * 65_537;
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest answer to an alarm that is read.
const WEBHOOK_BYTES_MAX: u64 = 64 << 10;
const NOT_FOUND: u16 = 404;

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
        if memory.schema != SCHEMA || memory.url != self.url {
            return Err(unreadable(format!("it is about {}", memory.url)));
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
            Ok(held) => {
                let memory = Memory {
                    schema: SCHEMA.to_owned(),
                    url: self.url.clone(),
                    checkpoint: text,
                    succeeded_at: now.to_string(),
                };
                disk::replace(&self.memory, &serde_json::to_vec_pretty(&memory).unwrap_or_default())?;
                Ok(held)
            }
            Err(Found::Unasked(trouble)) => Err(trouble.into()),
            Err(Found::Wrong(what)) => {
                let alarm = Alarm {
                    schema: ALARM_SCHEMA.to_owned(),
                    url: self.url.clone(),
                    what,
                    at: now.to_string(),
                    succeeded_at: memory.as_ref().map(|memory| memory.succeeded_at.clone()),
                    before: memory.map(|memory| memory.checkpoint),
                    now: text,
                };
                self.raise(&alarm)?;
                Err(Error::Alarm(Box::new(alarm)))
            }
        }
    }

    fn judge(&self, memory: Option<&Memory>, text: &str, progress: &mut dyn FnMut(u64, u64)) -> Result<Held, Found> {
        let accepted = self.policy.accept(&Note::parse(text)?)?;
        let now = accepted.checkpoint;
        // What is remembered held by the keys of then; the text of our own file is believed.
        let before = memory.map(|memory| Note::parse(&memory.checkpoint)).transpose()?;
        let before = before.map(|note| note.text().parse::<Checkpoint>()).transpose();
        let before = before.map_err(|error| Found::Wrong(format!("the remembered checkpoint: {error}")))?;
        if let Some(other) = before.as_ref().filter(|before| before.origin != now.origin) {
            return Err(Found::Wrong(format!("the ledger {} answers in the place of {}", now.origin, other.origin)));
        }
        let seen = before.as_ref().map(|before| (before.size, before.root));
        audit::audit(seen, (now.size, now.root), &mut |path| self.piece(path), progress)?;
        Ok(Held { checkpoint: now, before: before.map(|before| before.size), witnesses: accepted.seen.len() })
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
    Wrong(String),
    Unasked(Trouble),
}

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
        Self::Wrong(fault.to_string())
    }
}

impl From<Refusal> for Found {
    fn from(refusal: Refusal) -> Self {
        Self::Wrong(refusal.to_string())
    }
}

/// A page of somebody's proxy is no checkpoint and no lie of the ledger's.
impl From<note::Error> for Found {
    fn from(error: note::Error) -> Self {
        Self::Unasked(Trouble::Unreadable(error.to_string()))
    }
}
