//! Telling other systems: a new record, a verification that no longer holds, a ledger's alarm. Standard Webhooks 1.0.
//! The queue is the ledger: each endpoint remembers which entry it is told of next, so that nothing is lost and nothing grows.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use tokio::task;
use tokio::task::JoinHandle;
use tokio::time;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::hex;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::fetch::Exchange;
use crate::archive::fetch::Hosts;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::verify::crypto;

/// Who is told, in the archive's directory; without it, nobody.
pub const FILE: &str = "webhooks.toml";
/// What each endpoint has been told, in the archive's directory.
const FOLDER: &str = "service/webhooks";
/// How often the ledger is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// Entries looked at for one endpoint before the others have their turn.
const ENTRIES_AT_ONCE: u64 = 200;
/// Time for one delivery.
const TIME: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read; nothing in them matters.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Seconds until the next attempt, after each failure; the last holds from then on.
const PAUSES: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 21_600];
/// Bytes of a secret, as the standard wants them.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// One who is told.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// By which it is known here.
    pub name: String,
    /// Where it listens.
    pub url: String,
    secrets: Vec<Vec<u8>>,
    /// Whether it stands inside one's own network.
    inside: bool,
    /// The kinds of events it wants; all where there are none.
    events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    endpoint: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    url: String,
    /// `whsec_…`; two with a space between while one is changed for the other.
    secret: String,
    #[serde(default)]
    inside: bool,
    #[serde(default)]
    events: Vec<String>,
}

/// Why nobody can be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("webhooks.toml: {0}")]
    Disk(#[from] io::Error),
    /// The file is not TOML of our form.
    #[error("webhooks.toml: {0}")]
    Form(#[from] toml::de::Error),
    /// A secret is not `whsec_` and 24 to 64 bytes in base64.
    #[error("webhooks.toml: the secret of {0} is not whsec_ and 24 to 64 bytes in base64")]
    Secret(String),
    /// A name or an address is missing, or a name is there twice.
    #[error("webhooks.toml: {0}: every endpoint has a name of its own and an http(s) address")]
    Name(String),
}

/// What an endpoint has been told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The ledger entry that comes next.
    pub(crate) next: u64,
    /// Attempts that failed since one succeeded.
    pub(crate) failures: usize,
    /// Not before then, in Unix seconds.
    again_at: Option<i64>,
    /// When something was delivered last, in Unix seconds.
    delivered_at: Option<i64>,
    /// What went wrong last.
    pub(crate) trouble: Option<String>,
    /// SHA-256 of the alarm that it was told of.
    alarm: Option<String>,
}

impl State {
    /// When it is tried again.
    pub(crate) fn again_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.again_at?).ok()
    }

    /// When something was delivered last.
    pub(crate) fn delivered_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.delivered_at?).ok()
    }
}

/// A message on its way.
struct Message {
    id: String,
    body: Vec<u8>,
}

/// Those who are told, as the archive's file has them.
///
/// # Errors
/// What is wrong with the file.
pub fn endpoints(directory: &Path) -> Result<Vec<Endpoint>, Error> {
    let text = match fs::read_to_string(directory.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let rows = toml::from_str::<File>(&text)?.endpoint;
    let mut all: Vec<Endpoint> = Vec::new();
    for row in rows {
        let web = row.url.starts_with("https://") || row.url.starts_with("http://");
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let named = !row.name.is_empty() && row.name.chars().all(plain);
        if !(web && named) || all.iter().any(|other| other.name == row.name) {
            return Err(Error::Name(row.name));
        }
        let secrets: Option<Vec<Vec<u8>>> = row.secret.split_whitespace().map(secret).collect();
        let secrets = secrets.filter(|all| !all.is_empty()).ok_or_else(|| Error::Secret(row.name.clone()))?;
        all.push(Endpoint { name: row.name, url: row.url, secrets, inside: row.inside, events: row.events });
    }
    Ok(all)
}

fn secret(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
}

impl Endpoint {
    fn wants(&self, kind: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|own| own == kind)
    }

    /// `webhook-signature`: one for each secret.
    fn signature(&self, message: &Message, timestamp: i64) -> String {
        let signed = [message.id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", &message.body].concat();
        let of = |secret: &Vec<u8>| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)))
        };
        self.secrets.iter().map(of).collect::<Vec<_>>().join(" ")
    }

    /// Delivers one message; a status of 2xx is taken for received, and given back.
    fn deliver(&self, message: &Message, now: Timestamp) -> Result<u16, Trouble> {
        let limits = match self.inside {
            true => Limits::named([self.url.as_str()]),
            // Redirects would carry the message to somebody who was not written down.
            false => Limits { redirects_max: 0, hosts: Hosts::PUBLIC, ..Limits::PUBLIC },
        };
        let (timestamp, signature) = (now.as_second().to_string(), self.signature(message, now.as_second()));
        let headers =
            [("webhook-id", message.id.as_str()), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)];
        let answer = Exchange::new(&limits).post_with(
            &self.url,
            "application/json",
            &headers,
            &message.body,
            TIME,
            ANSWER_BYTES_MAX,
        )?;
        if (200..300).contains(&answer.status) { Ok(answer.status) } else { Err(Trouble::Status(answer.status)) }
    }

    /// Sends a message that tells of nothing, to see that it arrives; gives the status of its answer.
    ///
    /// # Errors
    /// Why it did not arrive.
    pub fn test(&self, origin: &str, now: Timestamp) -> Result<u16, Trouble> {
        let data = json!({ "endpoint": self.name });
        self.deliver(&message(origin, "sigill.test", &now.to_string(), &now.to_string(), &data), now)
    }

    /// The host that it is on; what follows may be a secret.
    pub(crate) fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.rsplit_once('@').map_or(host, |(_, host)| host)
    }

    /// The kinds of events it wants; all where there are none.
    pub(crate) fn events(&self) -> &[String] {
        &self.events
    }

    fn path(&self, directory: &Path) -> PathBuf {
        directory.join(FOLDER).join(format!("{}.json", self.name))
    }

    /// What it has been told, where it has been seen.
    pub(crate) fn remembered(&self, directory: &Path) -> Option<State> {
        fs::read(self.path(directory)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    }

    /// What it has been told; one that is new is told of what comes from now on.
    pub(crate) fn state(&self, archive: &Archive) -> State {
        let read = self.remembered(archive.directory());
        read.unwrap_or_else(|| State { next: archive.ledger().size(), ..State::default() })
    }

    fn remember(&self, archive: &Archive, state: &State) -> io::Result<()> {
        let path = self.path(archive.directory());
        fs::create_dir_all(path.parent().unwrap_or(archive.directory()))?;
        let new = path.with_extension("new");
        fs::write(&new, serde_json::to_vec(state)?)?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(new, path)
    }
}

/// A message; the same event always has the same id, however often it is sent.
fn message(origin: &str, kind: &str, which: &str, at: &str, data: &Value) -> Message {
    let id = hex(&crypto::sha256(&[origin.as_bytes(), b"\0", kind.as_bytes(), b"\0", which.as_bytes()]));
    let body = json!({ "type": kind, "timestamp": at, "data": data }).to_string().into_bytes();
    Message { id: format!("msg_{}", id.chars().take(32).collect::<String>()), body }
}

/// The message of a ledger entry, if it is one that anybody is told of: ids and words of ours, no names, no titles.
fn of_entry(archive: &Archive, index: u64, entry: &[u8]) -> Result<Option<(&'static str, Message)>, archive::Error> {
    let Some(entry) = Entry::read(entry) else { return Ok(None) };
    let new = entry.event == Event::Registered;
    if !(new || matches!(entry.event, Event::VerifiedAgain | Event::EvidenceAdded)) {
        return Ok(None);
    }
    let kind = if new { "record.registered" } else { "record.verification-failed" };
    let happened = archive.events(entry.record)?.unwrap_or_default();
    let Some(happened) = happened.into_iter().find(|one| one.index == index) else { return Ok(None) };
    let verdict = happened.found.as_ref().map(|found| found.verdict.as_str());
    if !new && verdict.is_none_or(|verdict| verdict == "valid") {
        return Ok(None);
    }
    let record = entry.record.to_string();
    let data =
        json!({ "record": record, "index": index, "verdict": verdict, "link": format!("/api/v1/records/{record}") });
    Ok(Some((kind, message(archive.ledger().origin(), kind, &index.to_string(), &happened.at, &data))))
}

/// Tells one endpoint what it has not been told, until it fails, there is no more, or the service stops.
fn tell(archive: &Archive, endpoint: &Endpoint, state: &mut State, stop: &AtomicBool) -> Result<(), archive::Error> {
    let now = archive.now();
    if let Some(alarm) = archive.ledger().alarm().map(|alarm| alarm.to_string()) {
        let own = hex(&crypto::sha256(&[alarm.as_bytes()]));
        if state.alarm.as_ref() != Some(&own) && endpoint.wants("ledger.alarm") {
            let data = json!({ "origin": archive.ledger().origin() });
            let origin = archive.ledger().origin();
            let told = endpoint.deliver(&message(origin, "ledger.alarm", &own, &now.to_string(), &data), now);
            if !noted(state, told, now) {
                return Ok(());
            }
            state.alarm = Some(own);
        }
    }
    let end = archive.ledger().size().min(state.next.saturating_add(ENTRIES_AT_ONCE));
    for entry in archive.ledger().entries(state.next..end) {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (index, entry) = entry.map_err(archive::Error::Ledger)?;
        if let Some((kind, message)) = of_entry(archive, index, &entry)?
            && endpoint.wants(kind)
            && !noted(state, endpoint.deliver(&message, now), now)
        {
            return Ok(());
        }
        state.next = index.saturating_add(1);
    }
    Ok(())
}

/// Writes down how a delivery went; whether it arrived.
fn noted(state: &mut State, told: Result<u16, Trouble>, now: Timestamp) -> bool {
    match told {
        Ok(_) => {
            *state = State {
                failures: 0,
                again_at: None,
                trouble: None,
                delivered_at: Some(now.as_second()),
                ..state.clone()
            };
            true
        }
        Err(trouble) => {
            let pause = PAUSES.get(state.failures).or(PAUSES.last()).copied().unwrap_or_default();
            state.failures = state.failures.saturating_add(1);
            state.again_at = Some(now.as_second().saturating_add(pause));
            state.trouble = Some(trouble.to_string());
            false
        }
    }
}

/// Every endpoint once.
fn round(archive: &Archive, stop: &AtomicBool) {
    let endpoints = match endpoints(archive.directory()) {
        Ok(endpoints) => endpoints,
        Err(error) => return tracing::error!(%error, "webhooks"),
    };
    for endpoint in endpoints {
        let before = endpoint.state(archive);
        let known = endpoint.path(archive.directory()).exists();
        if before.again_at.is_some_and(|at| at > archive.now().as_second()) {
            continue;
        }
        let mut state = before.clone();
        if let Err(error) = tell(archive, &endpoint, &mut state, stop) {
            tracing::error!(%error, endpoint = endpoint.name, "webhooks");
        }
        if let (Some(trouble), true) = (&state.trouble, state.failures > before.failures) {
            tracing::warn!(endpoint = endpoint.name, trouble, failures = state.failures, "a webhook did not arrive");
        }
        let same = before.next == state.next && before.failures == state.failures && before.alarm == state.alarm;
        if !(known && same)
            && let Err(error) = endpoint.remember(archive, &state)
        {
            tracing::error!(%error, endpoint = endpoint.name, "webhooks");
        }
    }
}

/// Tells, for as long as the service runs.
pub(crate) fn run(archive: Arc<Archive>) -> Telling {
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let task = tokio::spawn(async move {
        loop {
            let (archive, stop) = (Arc::clone(&archive), Arc::clone(&stop));
            if let Err(error) = task::spawn_blocking(move || round(&archive, &stop)).await {
                tracing::error!(%error, "webhooks broke off");
            }
            time::sleep(PERIOD).await;
        }
    });
    Telling { stopping, task }
}

/// The telling that goes on beside the service; it ends, after the delivery under way, when this is dropped.
pub(crate) struct Telling {
    stopping: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}
