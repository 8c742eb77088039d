//! Ctrl-C and SIGTERM: the first lets what is under way finish, the second ends the process. Nothing acknowledged is lost.

use std::future;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal;
use tokio::signal::unix::SignalKind;

/// Exit status after a second interruption: 128 + SIGINT, as shells expect.
const INTERRUPTED: i32 = 130;

/// Done at the first Ctrl-C or SIGTERM; the second ends the process.
pub(super) fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut term = signal::unix::signal(SignalKind::terminate())?;
    let mut interrupt = signal::unix::signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            process::exit(INTERRUPTED);
        });
    })
}

/// Set at the first Ctrl-C or SIGTERM, for work that looks at it between two steps. Where the system lets nobody listen,
/// an interruption ends the process as it always did.
pub(super) fn asked_to_stop() -> Arc<AtomicBool> {
    let asked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&asked);
    if let Ok(runtime) = Builder::new_current_thread().enable_io().build() {
        thread::spawn(move || {
            runtime.block_on(async {
                if let Ok(stop) = stop() {
                    stop.await;
                    flag.store(true, Ordering::Relaxed);
                    // The second one ends the process; until then it is listened for.
                    future::pending::<()>().await;
                }
            });
        });
    }
    asked
}
