//! Work that goes on beside the service for as long as the archive is open, on a thread of its own.
//! It looks whether there is something to do, rather than being told, so that no commit knows of it.

use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

/// Goes on until this is dropped.
#[derive(Debug)]
pub(crate) struct Repeat {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Repeat {
    /// Calls `turn` every now and then, until it says that it is over.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(crate) fn start(
        name: &str,
        every: Duration,
        mut turn: impl FnMut() -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let watched = Arc::clone(&stop);
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || while !wait(&watched, every) && turn() {})?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

/// Waits for the next turn. Whether it is time to end.
fn wait(stop: &(Mutex<bool>, Condvar), every: Duration) -> bool {
    let (stopped, bell) = stop;
    let stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
    let (stopped, _) =
        bell.wait_timeout_while(stopped, every, |stopped| !*stopped).unwrap_or_else(PoisonError::into_inner);
    *stopped
}

impl Drop for Repeat {
    /// Ends after the turn that is under way.
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic in there has nothing to tell anyone here.
            drop(thread.join());
        }
    }
}
