//! The thread that shows the ledger to its witnesses while the archive is open.
//! It looks whether the ledger has grown, rather than being told, so that no commit knows of it.

use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::archive::house::Archive;
use crate::archive::witness::Feeder;

/// How often the ledger is looked at. A receipt that waits for witnesses waits this long and one exchange more.
const LOOK: Duration = Duration::from_millis(500);

/// Feeding goes on until this is dropped.
#[derive(Debug)]
pub struct Feeding {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Feeding {
    /// Begins. An alarm ends it: the ledger is stopped then, and says why.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(archive: Arc<Archive>, mut feeder: Feeder) -> io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let watched = Arc::clone(&stop);
        let thread = thread::Builder::new().name("witnesses".to_owned()).spawn(move || {
            while !wait(&watched) {
                if archive.ledger().alarm().is_some() {
                    break;
                }
                if let Err(error) = feeder.round(&archive) {
                    tracing::error!(%error, "witnesses");
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

/// Waits for the next look. Whether it is time to end.
fn wait(stop: &(Mutex<bool>, Condvar)) -> bool {
    let (stopped, bell) = stop;
    let stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
    let (stopped, _) =
        bell.wait_timeout_while(stopped, LOOK, |stopped| !*stopped).unwrap_or_else(PoisonError::into_inner);
    *stopped
}

impl Drop for Feeding {
    /// Ends after the exchange that is under way.
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic in there has nothing to tell anyone here.
            drop(thread.join());
        }
    }
}
