//! The service itself: listen, answer, stop. RFC 9112.
//! A stop lets requests under way finish, within a time.

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time;

use crate::archive::Archive;
use crate::web::auth;
use crate::web::options::Options;
use crate::web::router::router;

/// Serves the archive until `shutdown` is done, then lets requests under way finish.
///
/// # Errors
/// The address cannot be listened on, or the tokens cannot be read.
pub async fn serve(
    archive: Arc<Archive>,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (listen, stop_time_max) = (options.listen, options.stop_time_max);
    // What was changed by hand while nobody served.
    let told = Arc::clone(&archive);
    let told = tokio::task::spawn_blocking(move || auth::tell(&told)).await;
    if !matches!(told, Ok(Ok(_))) {
        tracing::warn!("the ledger was not told of every change of the tokens; the next change tells it");
    }
    let router = router(archive, options)?;
    let listener = TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    tracing::info!(%listen, "listening");
    let (stopping, stopped) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping");
        // Nobody waits any more where the service ended by itself.
        let _ = stopping.send(());
    };
    let service = axum::serve(listener, router).with_graceful_shutdown(signal);
    let overdue = async move {
        let _ = stopped.await;
        time::sleep(stop_time_max).await;
    };
    tokio::select! {
        result = service.into_future() => result.map_err(Error::Serve),
        () = overdue => {
            tracing::warn!("requests under way were cut off");
            Ok(())
        }
    }
}

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: std::net::SocketAddr,
        /// What the system answered.
        source: std::io::Error,
    },
    /// Listening broke off.
    #[error("the service broke off: {0}")]
    Serve(std::io::Error),
    /// The tokens.
    #[error(transparent)]
    Tokens(#[from] auth::Error),
}
