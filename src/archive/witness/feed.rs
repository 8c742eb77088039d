//! Having our ledger witnessed: each published checkpoint is shown to the witnesses, and what they sign is gathered.
//! C2SP tlog-witness. After publication and beside it: a commit waits for no witness. An alarm stops the ledger.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::archive::error::Error;
use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::archive::house::Archive;
use crate::archive::witness::WITNESSES_FILE;
use crate::archive::witness::folder;
use crate::archive::witness::read_policy;
use crate::ledger::Ledger;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::ledger::note::Note;
use crate::ledger::note::Signature;
use crate::ledger::note::VerifierKey;
use crate::ledger::policy::Policy;
use crate::ledger::succession;
use crate::ledger::witness;
use crate::ledger::witness::Meaning;
use crate::ledger::witness::Request;

/// How long one witness may take to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Times that one checkpoint is offered to one witness in a round: the first says where it stands.
const TRIES_MAX: usize = 3;
/// How long a witness that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(30);
/// After how long a checkpoint that did not grow is shown again, so that it is known to be the newest still.
const REFRESH: Duration = Duration::from_secs(600);
/// How long the processes of a shared archive leave a checkpoint to the one that committed it, which may have died.
const LEAVE: Duration = Duration::from_secs(4);
/// They do not all step in at once: each waits up to this long more.
const STEP_IN: Duration = Duration::from_secs(4);
const REQUEST_KIND: &str = "text/plain";

/// Who witnesses our ledger, and how it stands with them.
#[derive(Debug)]
pub struct Witnesses {
    policy: Policy,
    text: String,
    standing: Mutex<Standing>,
}

/// How it stands with our witnesses, for operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Entries that enough witnesses have seen, and since when that is known.
    pub seen: Option<(u64, Timestamp)>,
    /// For each witness by its address: what is wrong, if anything is.
    pub witnesses: Vec<(String, Option<String>)>,
}

impl Witnesses {
    /// Those of an archive; none where it names none.
    ///
    /// # Errors
    /// The file cannot be read, or breaks a rule.
    pub(crate) fn open(archive: &Path) -> Result<Option<Self>, Error> {
        let policy = read_policy(&archive.join(WITNESSES_FILE))?;
        Ok(policy.map(|(policy, text)| Self { policy, text, standing: Mutex::default() }))
    }

    /// What the file says.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The trust file that goes with evidence: what the file says, for this ledger's keys also where it leaves them out.
    pub(crate) fn trust_file(&self, keys: &[VerifierKey]) -> String {
        let named = |key: &&VerifierKey| self.policy.logs().iter().any(|log| log.key == **key);
        let logs = keys.iter().filter(|key| !named(key)).map(|key| format!("log {key}\n"));
        format!("{}{}", logs.collect::<String>(), self.text)
    }

    /// How it stands with them.
    pub fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The policy by which the archive's receipts are judged: its own keys, and these witnesses.
    fn with_logs(&self, keys: &[VerifierKey]) -> Policy {
        self.policy.for_logs(keys)
    }
}

/// One witness: an address and the keys that answer there.
#[derive(Debug)]
struct Party {
    url: String,
    keys: Vec<VerifierKey>,
    /// The size that it cosigned last, as far as we know; 0 at first, which makes it say.
    size: u64,
    /// What it signed last of the text that is being shown.
    lines: Vec<Signature>,
    /// When that was.
    answered: Option<Instant>,
    /// Left alone until then.
    paused: Option<Instant>,
    trouble: Option<String>,
}

/// Shows the ledger to its witnesses, round by round.
#[derive(Debug)]
pub struct Feeder {
    exchange: Exchange,
    parties: Vec<Party>,
    /// The text that `lines` of the parties are for.
    shown: String,
    /// Since when.
    since: Instant,
    /// What enough witnesses had seen when it was looked at last, and since when.
    kept: Option<(Arc<str>, Instant)>,
    /// For how long another process's checkpoint is left to it.
    leave: Duration,
}

impl Feeder {
    /// For the witnesses of an archive that have an address; none where it has none.
    pub fn of(archive: &Archive) -> Option<Self> {
        let mut parties: Vec<Party> = Vec::new();
        for witness in archive.witnesses()?.policy.witnesses() {
            let Some(url) = witness.url.as_deref().map(|url| url.trim_end_matches('/').to_owned()) else { continue };
            match parties.iter_mut().find(|party| party.url == url) {
                Some(party) => party.keys.push(witness.key.clone()),
                None => parties.push(Party {
                    url,
                    keys: vec![witness.key.clone()],
                    size: 0,
                    lines: Vec::new(),
                    answered: None,
                    paused: None,
                    trouble: None,
                }),
            }
        }
        let limits = Limits::named(parties.iter().map(|party| party.url.as_str()));
        let share = f64::from(std::process::id() % 64) / 64.0;
        Some(Self {
            exchange: Exchange::new(&limits),
            parties,
            shown: String::new(),
            since: Instant::now(),
            kept: None,
            leave: LEAVE + STEP_IN.mul_f64(share),
        })
    }

    /// Asks every witness what it saw last, before anything is signed. One that does not answer says nothing.
    ///
    /// # Errors
    /// [`crate::ledger::error::Error::Alarm`]: a witness has seen more than there is, or another tree. The ledger is
    /// stopped then.
    pub fn look(&mut self, archive: &Archive) -> Result<(), Error> {
        let ledger = archive.ledger();
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        for party in &mut self.parties {
            let url = format!("{}/{}/checkpoint", party.url, folder(ledger.origin()));
            let answer = self.exchange.get(&url, ANSWER_TIME_MAX, bytes_max);
            let body = match answer.and_then(crate::archive::fetch::Answer::ok) {
                Ok(body) => body,
                Err(Trouble::Status(404)) => continue,
                Err(trouble) => {
                    tracing::warn!(witness = party.url, %trouble, "a witness could not be asked what it saw last");
                    continue;
                }
            };
            let Some(note) = String::from_utf8(body).ok().and_then(|text| Note::parse(&text).ok()) else { continue };
            // Other processes may have committed since; what is in the ledger was there before any witness saw it.
            ledger.catch_up()?;
            let root_at = |size| ledger.root_at(size);
            if let Some(alarm) = witness::view(&note, ledger.origin(), &party.keys, ledger.size(), root_at)? {
                ledger.stop(alarm);
                return Err(crate::ledger::error::Error::Alarm(alarm).into());
            }
            party.size = note.text().parse::<Checkpoint>().map_or(0, |seen| seen.size.min(ledger.size()));
        }
        Ok(())
    }

    /// Shows the newest checkpoint to every witness that has not seen it, and keeps it once enough have. Whether it is
    /// worth while to come back soon: some witness is still to be asked.
    ///
    /// # Errors
    /// [`crate::ledger::error::Error::Alarm`], after which the ledger is stopped; the ledger's.
    pub fn round(&mut self, archive: &Archive) -> Result<(), Error> {
        let ledger = archive.ledger();
        let Some(witnesses) = archive.witnesses() else { return Ok(()) };
        // With the lines of retired keys, where there are any: that is how a witness learns that the key is changed.
        let keys: Vec<VerifierKey> = ledger.ring().into_iter().map(|held| held.key).collect();
        let note = Note::parse(&ledger.checkpoint()).map_err(crate::ledger::error::Error::from)?.only(&keys);
        if self.shown != note.text() {
            note.text().clone_into(&mut self.shown);
            self.since = Instant::now();
            self.parties.iter_mut().for_each(Party::forget);
        }
        if self.is_left_to_others(ledger) {
            let seen = ledger.cosigned().map(|cosigned| cosigned.size);
            let mut standing = witnesses.standing.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(size) = seen.filter(|size| standing.seen.is_none_or(|(known, _)| known < *size)) {
                standing.seen = Some((size, archive.now()));
            }
            return Ok(());
        }
        let (mut news, mut stopped) = (false, None);
        for party in &mut self.parties {
            if party.is_due() && stopped.is_none() {
                match party.show(&self.exchange, ledger, &note) {
                    Ok(cosigned) => news |= cosigned,
                    Err(error) => stopped = Some(error),
                }
            }
        }
        if let Some(error) = stopped {
            // Who stopped the ledger, and whether it proved what it says, is what the operator must know.
            self.tell(witnesses);
            return Err(error);
        }
        let lines: Vec<Signature> = self.parties.iter().flat_map(|party| party.lines.clone()).collect();
        let cosigned = note.with(&lines).map_err(crate::ledger::error::Error::from)?;
        let accepted = witnesses.with_logs(&ledger.vkeys()).accept(&cosigned);
        if news && let Ok(accepted) = &accepted {
            ledger.keep_cosigned(&cosigned)?;
            let mut standing = witnesses.standing.lock().unwrap_or_else(PoisonError::into_inner);
            standing.seen = Some((accepted.checkpoint.size, archive.now()));
        }
        self.tell(witnesses);
        Ok(())
    }

    fn tell(&self, witnesses: &Witnesses) {
        let told = self.parties.iter().map(|party| (party.url.clone(), party.trouble.clone())).collect();
        witnesses.standing.lock().unwrap_or_else(PoisonError::into_inner).witnesses = told;
    }

    /// Whether another process of a shared archive has seen to this checkpoint, or is still likely to.
    fn is_left_to_others(&mut self, ledger: &Ledger) -> bool {
        let newest = ledger.cosigned().map(|cosigned| Arc::clone(&cosigned.note));
        if newest.as_ref() != self.kept.as_ref().map(|(kept, _)| kept) {
            self.kept = newest.map(|note| (note, Instant::now()));
        }
        if ledger.committed_last() {
            return false;
        }
        let done = self.kept.as_ref().filter(|(kept, _)| kept.starts_with(&self.shown));
        match done {
            Some((_, since)) => since.elapsed() < REFRESH + self.leave,
            None => self.since.elapsed() < self.leave,
        }
    }
}

impl Party {
    fn forget(&mut self) {
        self.lines.clear();
        self.answered = None;
    }

    fn is_due(&self) -> bool {
        let rested = self.paused.is_none_or(|until| Instant::now() >= until);
        rested && self.answered.is_none_or(|at| at.elapsed() >= REFRESH)
    }

    /// Whether it cosigned.
    fn show(&mut self, exchange: &Exchange, ledger: &Ledger, note: &Note) -> Result<bool, Error> {
        let meaning = self.ask(exchange, ledger, note)?;
        self.paused = Some(Instant::now() + PAUSE);
        self.trouble = match meaning {
            Ok(Meaning::Cosigned(lines)) => {
                self.lines = lines;
                self.answered = Some(Instant::now());
                self.paused = None;
                self.trouble = None;
                return Ok(true);
            }
            Ok(Meaning::Alarm(alarm)) => {
                // The protocol has the ledger stop for what a witness only says: a copy put back must never sign.
                ledger.stop(alarm);
                let proven = self.proves(exchange, ledger);
                self.trouble = Some(match proven {
                    true => format!("{alarm}; it shows a checkpoint with our own signature, which proves it"),
                    false => format!("{alarm}; it shows nothing that proves it, so that it may itself be wrong"),
                });
                tracing::error!(witness = self.url, %alarm, proven, "a witness raised an alarm; nothing is signed any more");
                return Err(crate::ledger::error::Error::Alarm(alarm).into());
            }
            Ok(Meaning::Trouble(witness::Trouble::Untrusted)) if !ledger.succession().is_empty() => Some(
                "the witness does not trust the ledger's new key; its operator must add it: /ledger.vkeys".to_owned(),
            ),
            Ok(Meaning::Trouble(trouble)) => Some(trouble.to_string()),
            Ok(Meaning::Later) => Some("it is busy".to_owned()),
            Ok(Meaning::At(size)) => Some(format!("it says {size} again and again")),
            Err(trouble) => Some(trouble.to_string()),
        };
        tracing::warn!(witness = self.url, trouble = self.trouble, "a witness did not cosign");
        Ok(false)
    }

    /// Whether what it shows is signed by our own keys, and is nothing that we hold. What only its own signature says may
    /// be a lie.
    fn proves(&self, exchange: &Exchange, ledger: &Ledger) -> bool {
        let url = format!("{}/{}/checkpoint", self.url, folder(ledger.origin()));
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let shown = exchange.get(&url, ANSWER_TIME_MAX, bytes_max).and_then(crate::archive::fetch::Answer::ok);
        let note = shown.ok().and_then(|body| Note::parse(&String::from_utf8(body).ok()?).ok());
        let Some(Ok(seen)) = note.map(|note| succession::signed(&note, &ledger.ring())) else { return false };
        seen.size > ledger.size() || ledger.root_at(seen.size).is_ok_and(|root| root != seen.root)
    }

    /// What it answered at last.
    fn ask(&mut self, exchange: &Exchange, ledger: &Ledger, note: &Note) -> Result<Result<Meaning, Trouble>, Error> {
        let size = note.text().parse::<Checkpoint>().map_err(crate::ledger::error::Error::from)?.size;
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let mut meaning = Meaning::Later;
        for _ in 0..TRIES_MAX {
            // It has seen a newer one of ours, by another way: that one is shown in the next round.
            if self.size > size {
                return Ok(Ok(Meaning::Later));
            }
            let request =
                Request { old: self.size, proof: ledger.consistency(self.size, size)?, checkpoint: note.clone() };
            let url = format!("{}/add-checkpoint", self.url);
            let body = request.to_string();
            let answer = match exchange.post(&url, REQUEST_KIND, body.as_bytes(), ANSWER_TIME_MAX, bytes_max) {
                Ok(answer) => answer,
                Err(trouble) => return Ok(Err(trouble)),
            };
            // Our size now, not then, and whoever committed it: only what we never had is a rollback.
            ledger.catch_up()?;
            meaning = witness::meaning(&request, ledger.size(), &self.keys, answer.status, &answer.kind, &answer.body);
            match &meaning {
                Meaning::At(at) => self.size = *at,
                Meaning::Cosigned(_) => {
                    self.size = size;
                    break;
                }
                Meaning::Later | Meaning::Trouble(_) | Meaning::Alarm(_) => break,
            }
        }
        Ok(Ok(meaning))
    }
}
