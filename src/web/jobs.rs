//! Work that nobody waits for: many files, verified or registered one after the other. RFC 7240 (`respond-async`).
//! Jobs live in memory, for a verification stores nothing: a service that begins anew says that they are gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use axum::http::HeaderMap;
use jiff::SignedDuration;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::pieces::Collected;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;
use crate::web::upload::Sent;
use crate::web::upload::Upload;

/// How many times as many files a job takes as a request that is waited for.
pub(crate) const FILES_TIMES: usize = 10;
/// Jobs that wait or are worked on; more are answered 503.
const UNFINISHED_MAX: usize = 16;
/// Files whose answers are kept, of all jobs together; the oldest jobs go first.
const RESULTS_MAX: usize = 2_000;
/// How long a job's answers are kept once it has ended.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// What a job does with each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Verify,
    Register,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Queued,
    Running,
    Finished,
    Cancelled,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }
}

/// What became of one file.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Pending,
    Verified(Arc<Verification>),
    /// The record, whether it is new, and what was found.
    Registered(String, bool, Arc<Verification>),
    Failed(Problem),
    Cancelled,
}

/// One job.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) task: Task,
    pub(crate) created: Timestamp,
    pub(crate) names: Vec<String>,
    /// Who asked; nobody's job is told to whoever knows its id.
    owner: Option<String>,
    cancelled: AtomicBool,
    progress: Mutex<Progress>,
}

/// What has become of a job.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Job {
    pub(crate) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// Asks it to stop before its next file.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, place: usize, outcome: Outcome) {
        if let Some(of) = self.lock().outcomes.get_mut(place) {
            *of = outcome;
        }
    }

    fn end(&self, now: Timestamp) {
        let mut progress = self.lock();
        let whole = !progress.outcomes.iter().any(|one| matches!(one, Outcome::Cancelled));
        progress.stage = if whole { Stage::Finished } else { Stage::Cancelled };
        progress.ended = Some(now);
    }
}

/// Every job of this run of the service.
pub(crate) struct Jobs {
    /// Stands in every id, so that the jobs of an earlier run are known as such.
    run: String,
    all: Mutex<BTreeMap<String, Arc<Job>>>,
    turn: Arc<Semaphore>,
}

impl Jobs {
    pub(crate) fn new() -> Self {
        Self { run: random::<4>(), all: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// A job for these files, unless too many wait already.
    fn open(&self, task: Task, names: Vec<String>, owner: Option<String>, now: Timestamp) -> Result<Arc<Job>, Problem> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        tidy(&mut all, names.len(), now);
        if all.values().filter(|job| !job.lock().stage.is_over()).count() >= UNFINISHED_MAX {
            return Err(Kind::Busy.into());
        }
        let outcomes = names.iter().map(|_| Outcome::Pending).collect();
        let job = Arc::new(Job {
            id: format!("{}-{}", self.run, random::<16>()),
            task,
            created: now,
            names,
            owner,
            cancelled: AtomicBool::new(false),
            progress: Mutex::new(Progress { stage: Stage::Queued, ended: None, outcomes }),
        });
        all.insert(job.id.clone(), Arc::clone(&job));
        Ok(job)
    }

    /// The job with this id, if it is this caller's.
    pub(crate) fn find(&self, id: &str, caller: Option<&str>, now: Timestamp) -> Result<Arc<Job>, Problem> {
        let hexadecimal = |part: &str, length| part.len() == length && part.chars().all(|c| c.is_ascii_hexdigit());
        let (run, own) = id.split_once('-').unwrap_or_default();
        if !(hexadecimal(run, 8) && hexadecimal(own, 32)) {
            return Err(Kind::NotFound.into());
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        tidy(&mut all, 0, now);
        match all.get(id) {
            Some(job) if job.owner.as_deref().is_none_or(|owner| Some(owner) == caller) => Ok(Arc::clone(job)),
            Some(_) => Err(Kind::NotFound.into()),
            None => Err(Kind::JobGone.into()),
        }
    }
}

/// Takes away what ended long ago, and the oldest where the answers are too many.
fn tidy(all: &mut BTreeMap<String, Arc<Job>>, coming: usize, now: Timestamp) {
    let over = |job: &Job| job.lock().ended;
    all.retain(|_, job| over(job).is_none_or(|ended| now.duration_since(ended) < KEPT));
    while all.values().map(|job| job.names.len()).sum::<usize>().saturating_add(coming) > RESULTS_MAX {
        let ended = all.values().filter_map(|job| Some((over(job)?, job.id.clone())));
        let Some((_, oldest)) = ended.min() else { return };
        all.remove(&oldest);
    }
}

fn random<const N: usize>() -> String {
    let mut bytes = [0; N];
    // Without randomness ids are guessable, and the jobs of nobody with them; nothing else depends on it.
    let _ = SystemRandom::new().fill(&mut bytes);
    hex(&bytes)
}

/// Whether the caller would rather be told where to ask later.
pub(crate) fn prefers_async(headers: &HeaderMap) -> bool {
    let said = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split([',', ';'])).any(|part| part.trim().eq_ignore_ascii_case("respond-async"))
}

/// Begins a job over the files of an upload; `each` is what is done with one of them.
pub(crate) fn begin<F>(
    app: &App,
    task: Task,
    owner: Option<String>,
    upload: Upload,
    each: F,
) -> Result<Arc<Job>, Problem>
where
    F: Fn(&Archive, &Sent, &Collected) -> Result<Outcome, archive::Error> + Send + Sync + 'static,
{
    let names = upload.files.iter().map(|file| file.name.clone()).collect();
    let job = app.jobs().open(task, names, owner, app.archive().now())?;
    tokio::spawn(work(app.clone(), Arc::clone(&job), upload, Arc::new(each)));
    Ok(job)
}

async fn work<F>(app: App, job: Arc<Job>, upload: Upload, each: Arc<F>)
where
    F: Fn(&Archive, &Sent, &Collected) -> Result<Outcome, archive::Error> + Send + Sync + 'static,
{
    let Upload { files, evidence, place, .. } = upload;
    let turn = Arc::clone(&app.jobs().turn).acquire_owned().await;
    job.lock().stage = Stage::Running;
    let given = Arc::new(Collected::given(&evidence));
    for (at, file) in files.into_iter().enumerate() {
        if job.cancelled.load(Ordering::Relaxed) {
            job.note(at, Outcome::Cancelled);
            continue;
        }
        let held = match app.gate().work().await {
            Ok(held) => held,
            Err(busy) => {
                job.note(at, Outcome::Failed(busy));
                continue;
            }
        };
        let (given, each) = (Arc::clone(&given), Arc::clone(&each));
        let done = app.ask(move |archive| {
            let _held = held;
            each(archive, &file, &given)
        });
        job.note(at, done.await.unwrap_or_else(Outcome::Failed));
    }
    job.end(app.archive().now());
    drop((turn, place));
}
