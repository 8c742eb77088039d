//! Being a witness for other archives: a checkpoint that continues the last one is kept durably, then cosigned.
//! C2SP tlog-witness. What is kept is what is shown: `witness/<SHA-256 of the origin>/checkpoint`, replaced as a whole; a row
//! of that name, compared and swapped, where several processes have one key and so one duty.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::archive::error::Error;
use crate::archive::witness::folder;
use crate::archive::witness::read_policy;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error as ledger;
use crate::ledger::note::Kind;
use crate::ledger::note::Note;
use crate::ledger::note::Seed;
use crate::ledger::note::Seen;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::succession::Bounded;
use crate::ledger::witness::Declined;
use crate::ledger::witness::Known;
use crate::ledger::witness::Request;
use crate::store::Batch;
use crate::store::Direction;
use crate::store::Expectation;
use crate::store::KeyRange;
use crate::store::Outcome;
use crate::store::Space;
use crate::store::Store;
use crate::store::disk;

/// The space of the rows that several processes share.
pub(crate) const SPACE: Space = Space("witness");
/// Logs that are witnessed, at most, times two: each has a row, and one more where it forked.
const ROWS_MAX: usize = 10_000;
const KEY_FILE: &str = "key";
const LOGS_FILE: &str = "logs.policy";
const CHECKPOINT_FILE: &str = "checkpoint";
const FORK_FILE: &str = "fork";
/// What a new file of logs begins with.
const LOGS_BEGINNING: &str = "\
# Logs that this archive witnesses, one line each: log <vkey> [url]. C2SP tlog-policy.
quorum none
";

/// An archive's duty as a witness.
pub struct Duty {
    directory: PathBuf,
    keys: [SigningKey; 2],
    known: Vec<Known>,
    /// Rows that other processes with this duty have too; none where the archive's lock keeps them out.
    common: Option<Box<dyn Store>>,
    /// Held from reading the last checkpoint of a log until the next one is durable: of two that race, one wins, and the
    /// other is told the new size.
    turn: Mutex<()>,
}

/// The last checkpoint cosigned for a log: as it is kept, what it says, our line.
type Last = (String, Checkpoint, Seen);

/// What was answered, or why not.
#[derive(Debug)]
pub enum Answer {
    /// Lines of our keys, to be sent with 200.
    Cosigned(String),
    /// Why not, with its status.
    Declined(Declined),
}

impl Duty {
    /// Makes a key and an empty list of logs in `<archive>/witness`. Gives the public keys.
    ///
    /// # Errors
    /// A name that no key can bear; [`Error::Disk`] where there is a key already: it is never written over.
    pub fn create(archive: &Path, name: &str) -> Result<Vec<VerifierKey>, Error> {
        let directory = place(archive);
        let seed = Seed::generate().map_err(|_| Error::Randomness)?;
        let keys = keys(SigningKey::of_kind(Kind::Witness, name, &seed).map_err(ledger::Error::from)?, &seed)?;
        disk::create_directory(&directory)?;
        let secret = format!("{}\n", keys[0].to_private());
        disk::write_new(&directory.join(KEY_FILE), secret.as_bytes(), OpenOptions::new().mode(0o600))?;
        if !directory.join(LOGS_FILE).exists() {
            disk::replace(&directory.join(LOGS_FILE), LOGS_BEGINNING.as_bytes())?;
        }
        Ok(keys.iter().map(|key| key.verifier().clone()).collect())
    }

    /// Adds a log with these keys to the list of an archive that witnesses. Keys that are retired are taken out of it:
    /// what one of them signs from now on is not the log's.
    ///
    /// # Errors
    /// [`Error::Settings`] where the list, with it, breaks a rule: no log's key, or one that is there already.
    pub fn add_log(archive: &Path, keys: &[Bounded]) -> Result<(), Error> {
        let path = place(archive).join(LOGS_FILE);
        let text = fs::read_to_string(&path).map_err(disk::Error::at("read", &path))?;
        let retired: Vec<String> =
            keys.iter().filter(|held| held.until.is_some()).map(|held| held.key.to_string()).collect();
        let names =
            |line: &str, key: &str| line.strip_prefix("log ").is_some_and(|rest| rest.split(' ').next() == Some(key));
        let kept = text.lines().filter(|line| !retired.iter().any(|key| names(line, key)));
        let fresh = keys.iter().filter(|held| held.until.is_none()).map(|held| format!("log {}", held.key));
        // One that is there already is only an error where there is nothing else to do.
        let there = |line: &String| text.lines().any(|old| old == line);
        let fresh: Vec<String> = fresh.filter(|line| retired.is_empty() || !there(line)).collect();
        let lines: Vec<String> = kept.map(str::to_owned).chain(fresh).collect();
        let text = format!("{}\n", lines.join("\n"));
        crate::ledger::policy::Policy::parse(text.as_bytes())
            .map_err(|error| Error::Settings { path: path.clone(), what: error.to_string() })?;
        Ok(disk::replace(&path, text.as_bytes())?)
    }

    /// The duty of an archive; none where it has no witness's key. `common` is where processes that share it keep what
    /// they cosigned; what one kept by itself before goes there.
    ///
    /// # Errors
    /// A key or a list of logs that cannot be read.
    pub(crate) fn open(archive: &Path, common: Option<Box<dyn Store>>) -> Result<Option<Self>, Error> {
        let directory = place(archive);
        let path = directory.join(KEY_FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(disk::Error::at("read", &path))?,
        };
        let first = SigningKey::from_private(text.trim_end()).map_err(ledger::Error::from)?;
        let seed = first.seed().clone();
        let (policy, _) = read_policy(&directory.join(LOGS_FILE))?.unwrap_or_default();
        let mut known: Vec<Known> = Vec::new();
        for key in policy.log_keys() {
            match known.iter_mut().find(|log| log.origin == key.name()) {
                Some(log) => log.keys.push(key),
                None => known.push(Known { origin: key.name().to_owned(), keys: vec![key] }),
            }
        }
        let duty = Self { directory, keys: keys(first, &seed)?, known, common, turn: Mutex::new(()) };
        if let Some(rows) = &duty.common {
            for name in duty.known.iter().map(|log| checkpoint_of(&log.origin)) {
                if let Some(text) = duty.file(&name)? {
                    // Where there is a row already, that is the newer one.
                    let _ = swap(rows.as_ref(), &name, None, &text)?;
                }
            }
        }
        Ok(Some(duty))
    }

    /// What processes keep in common, by the paths in an archive's directory where one alone would keep it.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn kept_in_common(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        let Some(rows) = &self.common else { return Ok(Vec::new()) };
        let rows = rows.scan(SPACE, &KeyRange::all(), ROWS_MAX, Direction::Ascending)?;
        let path = |name: Vec<u8>| place(Path::new("")).join(String::from_utf8_lossy(&name).as_ref());
        Ok(rows.into_iter().map(|(name, text)| (path(name), text)).collect())
    }

    /// Our public keys as a witness: Ed25519 and ML-DSA-44.
    pub fn verifiers(&self) -> Vec<VerifierKey> {
        self.keys.iter().map(|key| key.verifier().clone()).collect()
    }

    /// The origins of the logs that are witnessed.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|log| log.origin.as_str())
    }

    /// Answers a request to cosign. What is cosigned is durable first.
    ///
    /// # Errors
    /// The disk; what was kept is damaged. Then nothing is cosigned.
    pub fn answer(&self, request: &str, now: Timestamp) -> Result<Answer, Error> {
        let parsed = request.parse::<Request>().map_err(Declined::from);
        let asked = parsed.and_then(|request| {
            let (log, checkpoint) = request.log(&self.known)?;
            Ok((log.clone(), checkpoint, request))
        });
        let (log, checkpoint, request) = match asked {
            Ok(asked) => asked,
            Err(declined) => return Ok(Answer::Declined(declined)),
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let last = self.last(&log.origin)?;
            if let Err(declined) = request.continues(&checkpoint, last.as_ref().map(|(_, last, _)| last)) {
                if let (Declined::Inconsistent, Some((_, last, _))) = (declined, &last) {
                    self.remember_fork(&log, last, &checkpoint, &request)?;
                }
                return Ok(Answer::Declined(declined));
            }
            // A clock that went back does not make us say that we saw the larger tree before the smaller one.
            let seconds = u64::try_from(now.as_second()).unwrap_or_default();
            let seconds = seconds.max(last.as_ref().map_or(1, |(_, _, seen)| seen.seconds.unwrap_or(1)));
            let keys: Vec<&SigningKey> = self.keys.iter().collect();
            let (lines, note) = match request.cosigned(&log, &keys, seconds) {
                Ok(cosigned) => cosigned,
                Err(declined) => return Ok(Answer::Declined(declined)),
            };
            // Durable before the reply: after a crash here the log asks again with the old size and is told the new
            // one. Where another process was first, what it kept is looked at.
            if self.keep(&log.origin, last.as_ref(), &note)? {
                return Ok(Answer::Cosigned(lines.iter().map(ToString::to_string).collect()));
            }
        }
    }

    /// Keeps what is cosigned for an origin, unless something else than `last` is kept by now.
    fn keep(&self, origin: &str, last: Option<&Last>, note: &Note) -> Result<bool, Error> {
        let name = checkpoint_of(origin);
        if let Some(rows) = &self.common {
            return swap(rows.as_ref(), &name, last.map(|(text, _, _)| text.as_str()), &note.to_string());
        }
        let path = self.directory.join(name);
        path.parent().map_or(Ok(()), disk::create_directory)?;
        disk::replace(&path, note.to_string().as_bytes())?;
        Ok(true)
    }

    /// The last checkpoint that was cosigned for the log with this folder, as it is shown; none if there is none.
    ///
    /// # Errors
    /// The disk.
    pub fn view(&self, folder_asked: &str) -> Result<Option<String>, Error> {
        match self.known.iter().find(|log| folder(&log.origin) == folder_asked) {
            Some(log) => Ok(self.last(&log.origin)?.map(|(note, _, _)| note)),
            None => Ok(None),
        }
    }

    /// The last checkpoint cosigned for an origin. What does not bear our cosignature is not what we kept.
    fn last(&self, origin: &str) -> Result<Option<Last>, Error> {
        let name = checkpoint_of(origin);
        let kept = match &self.common {
            Some(rows) => rows.get(SPACE, name.as_bytes())?.map(|row| String::from_utf8_lossy(&row).into_owned()),
            None => self.file(&name)?,
        };
        let Some(text) = kept else { return Ok(None) };
        let note = Note::parse(&text).ok();
        let seen = note.as_ref().and_then(|note| note.seen(self.keys[0].verifier()).ok());
        let checkpoint = note.as_ref().and_then(|note| note.text().parse::<Checkpoint>().ok());
        match (checkpoint, seen) {
            (Some(checkpoint), Some(seen)) if checkpoint.origin == origin => Ok(Some((text, checkpoint, seen))),
            (Some(_) | None, Some(_) | None) => Err(Error::Damaged(format!("witness/{name} is not what was kept"))),
        }
    }

    fn file(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.directory.join(name);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => Ok(Some(read.map_err(disk::Error::at("read", &path))?)),
        }
    }

    /// Two roots for one size, both signed by the log, are proof for anyone that it forked: the first such is kept.
    fn remember_fork(&self, log: &Known, last: &Checkpoint, other: &Checkpoint, asked: &Request) -> Result<(), Error> {
        if last.size != other.size || last.root == other.root {
            return Ok(());
        }
        let (name, proof) = (format!("{}/{FORK_FILE}", folder(&log.origin)), asked.checkpoint.only(&log.keys));
        let path = self.directory.join(&name);
        match &self.common {
            Some(rows) => swap(rows.as_ref(), &name, None, &proof.to_string()).map(drop),
            None if path.exists() => Ok(()),
            None => Ok(disk::replace(&path, proof.to_string().as_bytes())?),
        }
    }
}

/// Where the last checkpoint of a log is kept: below the duty's directory, or as a row.
fn checkpoint_of(origin: &str) -> String {
    format!("{}/{CHECKPOINT_FILE}", folder(origin))
}

/// Puts a row where there is `old` now, durably. Whether there was.
fn swap(rows: &dyn Store, name: &str, old: Option<&str>, new: &str) -> Result<bool, Error> {
    let mut batch = Batch::new();
    batch.put(SPACE, name, new);
    let value = old.map(|old| old.as_bytes().to_vec());
    let expected = Expectation { space: SPACE, key: name.as_bytes().to_vec(), value };
    let swapped = rows.apply(&batch, Some(&expected))? == Outcome::Applied;
    rows.sync()?;
    Ok(swapped)
}

fn place(archive: &Path) -> PathBuf {
    archive.join("witness")
}

/// Both keys of a seed, as the ledger has them.
fn keys(first: SigningKey, seed: &Seed) -> Result<[SigningKey; 2], Error> {
    let second = SigningKey::of_kind(Kind::Subtree, first.verifier().name(), &seed.second());
    Ok([first, second.map_err(ledger::Error::from)?])
}
