//! What every handler shares: the archive, the options, the tokens, and the gate before the processors.
//! The archive waits for disks, so that it is only asked on threads that may wait.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::task;

use crate::archive;
use crate::archive::Archive;
use crate::verify::text::Text;
use crate::web::audit;
use crate::web::audit::Line;
use crate::web::auth;
use crate::web::auth::Token;
use crate::web::auth::Tokens;
use crate::web::batch::Busy;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::holding;
use crate::web::holding::Holding;
use crate::web::jobs::Jobs;
use crate::web::limit::Gate;
use crate::web::oidc::Provider;
use crate::web::options::Options;
use crate::web::rate::Rates;
use crate::web::repeat::Repeats;
use crate::web::session::Lasting;
use crate::web::session::Sessions;
use crate::web::used::Used;

/// The service's shared state; cloning shares it.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    archive: Arc<Archive>,
    options: Options,
    tokens: RwLock<Read>,
    sessions: Sessions,
    provider: Option<Arc<Provider>>,
    used: Used,
    rates: Rates,
    gate: Gate,
    holding: Arc<Holding>,
    busy: Busy,
    ledger_stopped: AtomicBool,
    repeats: Repeats,
    jobs: Jobs,
}

/// Tokens as last read, and what their file looked like then.
struct Read {
    tokens: Tokens,
    stamp: Stamp,
}

/// Tells one state of a file from the next.
type Stamp = Option<(SystemTime, u64)>;

impl App {
    pub(crate) fn new(archive: Arc<Archive>, options: Options) -> Result<Self, auth::Error> {
        let stamp = stamp(&archive);
        let tokens = RwLock::new(Read { tokens: Tokens::open(archive.directory())?, stamp });
        let gate = Gate::new(&options);
        let holding = Arc::new(Holding::new(archive.directory(), &options));
        let sessions = Sessions::new(Lasting { whole: options.session_time_max, idle: options.session_idle_max });
        let (used, repeats) = (Used::open(archive.directory()), Repeats::new(archive.directory()));
        let (ledger_stopped, jobs, rates) = (AtomicBool::new(false), Jobs::new(), Rates::new(&options));
        let provider = options.oidc.clone().map(|settings| Provider::new(settings, options.public_url.as_deref()));
        let provider = provider.transpose().map_err(auth::Error::Provider)?.map(Arc::new);
        let busy = Busy::default();
        let inner = Inner {
            archive,
            options,
            tokens,
            sessions,
            provider,
            used,
            rates,
            gate,
            holding,
            busy,
            ledger_stopped,
            repeats,
            jobs,
        };
        Ok(Self(Arc::new(inner)))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn repeats(&self) -> &Repeats {
        &self.0.repeats
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// The batches that are worked on.
    pub(crate) fn busy(&self) -> &Busy {
        &self.0.busy
    }

    /// The archive, for answers that wait for nothing.
    pub(crate) fn archive(&self) -> &Archive {
        &self.0.archive
    }

    /// Asks the archive on a thread that may wait.
    pub(crate) async fn ask<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&Archive) -> Result<T, archive::Error> + Send + 'static,
    {
        let archive = Arc::clone(&self.0.archive);
        let answer = task::spawn_blocking(move || work(&archive)).await.map_err(|error| {
            tracing::error!(%error, "work broke off");
            Problem::from(Kind::Internal)
        })?;
        answer.map_err(|error| {
            let problem = Problem::from(error);
            if matches!(problem.kind, Kind::LedgerStopped | Kind::DiskFull) {
                self.0.ledger_stopped.store(true, Ordering::Relaxed);
            }
            problem
        })
    }

    /// Asks the place where files wait, on a thread that may wait.
    pub(crate) async fn hold<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&Holding) -> io::Result<T> + Send + 'static,
    {
        let holding = Arc::clone(&self.0.holding);
        let answer = task::spawn_blocking(move || work(&holding)).await.map_err(|error| {
            tracing::error!(%error, "work broke off");
            Problem::from(Kind::Internal)
        })?;
        answer.map_err(|error| holding::refused(&error))
    }

    /// Whether the ledger has said that it stopped.
    pub(crate) fn ledger_stopped(&self) -> bool {
        self.0.ledger_stopped.load(Ordering::Relaxed) || self.0.archive.ledger().alarm().is_some()
    }

    /// Everybody who is logged in.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The identity provider, where there is one.
    pub(crate) fn provider(&self) -> Option<Arc<Provider>> {
        self.0.provider.clone()
    }

    /// The token presented, if it is one.
    pub(crate) fn authenticate(&self, presented: &str) -> Option<Token> {
        self.in_tokens(|tokens, now| {
            let token = tokens.authenticate(presented, now).cloned()?;
            self.0.used.note(&token.id, now);
            Some(token)
        })
    }

    /// The token with this id, while it is there and has not expired.
    pub(crate) fn token(&self, id: &str) -> Option<Token> {
        self.in_tokens(|tokens, now| tokens.find(id, now).cloned())
    }

    /// How often each address has asked.
    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// When tokens were last used.
    pub(crate) fn used(&self) -> &Used {
        &self.0.used
    }

    /// Every token that there is.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        self.in_tokens(|tokens, _| tokens.list().to_vec())
    }

    /// Changes the tokens, and tells the ledger. What the ledger could not be told it is told by the next change.
    pub(crate) async fn change_tokens<T, C>(&self, change: C) -> Result<T, Problem>
    where
        T: Send + 'static,
        C: FnOnce(&mut Tokens) -> Result<T, auth::Error> + Send + 'static,
    {
        let archive = Arc::clone(&self.0.archive);
        let work = move || {
            let changed = Tokens::change(archive.directory(), change)?;
            auth::tell(&archive).inspect_err(|error| tracing::error!(%error, "tokens")).ok();
            Ok(changed)
        };
        let done = task::spawn_blocking(work).await.map_err(|_| Problem::from(Kind::Internal))?;
        done.map_err(|error: auth::Error| match error.asked() {
            Some(Text { sv, en }) => {
                Problem::new(if error.conflicts() { Kind::Refused } else { Kind::BadRequest }, sv, en)
            }
            None => {
                tracing::error!(%error, "tokens");
                Kind::Internal.into()
            }
        })
    }

    /// Asks the tokens by the file as it is now: one made or removed by hand counts at once.
    fn in_tokens<T>(&self, ask: impl FnOnce(&Tokens, Timestamp) -> T) -> T {
        let now = self.0.archive.now();
        let stamp = stamp(&self.0.archive);
        {
            let read = self.0.tokens.read().unwrap_or_else(PoisonError::into_inner);
            if read.stamp == stamp {
                return ask(&read.tokens, now);
            }
        }
        let mut read = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        match Tokens::open(self.0.archive.directory()) {
            // Where the whole directory is gone, that there is no file says nothing about tokens.
            Ok(_) if !self.0.archive.is_in_place() => tracing::error!("the archive's directory is gone"),
            Ok(tokens) => {
                if !tokens.untold().is_empty() {
                    self.tell_ledger();
                }
                *read = Read { tokens, stamp };
            }
            // Half a file is no reason to let anybody in or out: the tokens read last go on.
            Err(error) => tracing::error!(%error, "tokens"),
        }
        ask(&read.tokens, now)
    }
}

impl App {
    /// Tells the ledger what the command line changed about the tokens. Nobody waits for it.
    fn tell_ledger(&self) {
        let archive = Arc::clone(&self.0.archive);
        let tell = move || auth::tell(&archive).inspect_err(|error| tracing::error!(%error, "tokens")).ok();
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn_blocking(tell));
        }
    }

    /// Adds a line to the audit log. Where it cannot be written the log of the service says so: what was done is done.
    pub(crate) async fn note(&self, line: Line) {
        let archive = Arc::clone(&self.0.archive);
        let written = task::spawn_blocking(move || audit::append(archive.directory(), &line)).await;
        if !matches!(written, Ok(Ok(()))) {
            metrics::counter!("sigill_audit_failures_total").increment(1);
            tracing::error!("a line of the audit log could not be written");
        }
    }
}

fn stamp(archive: &Archive) -> Stamp {
    let facts = fs::metadata(archive.directory().join(auth::FILE)).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}
