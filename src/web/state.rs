//! What every handler shares: the archive, the options, the tokens, and the gate before the processors.
//! The archive waits for disks, so that it is only asked on threads that may wait.

use std::fs;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use jiff::Timestamp;
use tokio::task;

use crate::archive;
use crate::archive::Archive;
use crate::ledger;
use crate::web::auth;
use crate::web::auth::Token;
use crate::web::auth::Tokens;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::limit::Gate;
use crate::web::options::Options;
use crate::web::session::Lasting;
use crate::web::session::Sessions;

/// The service's shared state; cloning shares it.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    archive: Arc<Archive>,
    options: Options,
    tokens: RwLock<Read>,
    sessions: Sessions,
    gate: Gate,
    ledger_stopped: AtomicBool,
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
        let sessions = Sessions::new(Lasting { whole: options.session_time_max, idle: options.session_idle_max });
        let ledger_stopped = AtomicBool::new(false);
        Ok(Self(Arc::new(Inner { archive, options, tokens, sessions, gate, ledger_stopped })))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
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
            if matches!(error, archive::Error::Ledger(ledger::error::Error::Fatal(_))) {
                self.0.ledger_stopped.store(true, Ordering::Relaxed);
            }
            error.into()
        })
    }

    /// Whether the ledger has said that it stopped.
    pub(crate) fn ledger_stopped(&self) -> bool {
        self.0.ledger_stopped.load(Ordering::Relaxed) || self.0.archive.ledger().alarm().is_some()
    }

    /// Everybody who is logged in.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The token presented, if it is one.
    pub(crate) fn authenticate(&self, presented: &str) -> Option<Token> {
        self.in_tokens(|tokens, now| tokens.authenticate(presented, now).cloned())
    }

    /// The token with this id, while it is there and has not expired.
    pub(crate) fn token(&self, id: &str) -> Option<Token> {
        self.in_tokens(|tokens, now| tokens.find(id, now).cloned())
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
            Ok(tokens) => *read = Read { tokens, stamp },
            // Half a file is no reason to let anybody in or out: the tokens read last go on.
            Err(error) => tracing::error!(%error, "tokens"),
        }
        ask(&read.tokens, now)
    }
}

fn stamp(archive: &Archive) -> Stamp {
    let facts = fs::metadata(archive.directory().join(auth::FILE)).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}
