//! Waiting, from any thread, for what lies behind a network: drivers are asynchronous, the rooms above are not.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Threads that drive connections. Those who wait wait elsewhere; moving bytes needs few.
const THREADS: usize = 2;

/// The threads on which drivers run.
pub struct Remote(Option<Runtime>);

impl Remote {
    /// Starts them.
    ///
    /// # Errors
    /// What the system answered.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("remote").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs `work` over there and waits for it here; none if it is not done within `limit`, and is then given up.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, answer) = mpsc::sync_channel(1);
        self.0.as_ref()?.spawn(async move {
            if let Ok(done) = timeout(limit, work).await {
                // Whoever asked has gone, or takes it.
                drop(sender.send(done));
            }
        });
        answer.recv().ok()
    }
}

impl Drop for Remote {
    /// A runtime must not be waited for on a thread of another one, so it is left to end by itself.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Remote")
    }
}
