//! The service itself: listen, answer, stop. RFC 9112.
//! A stop lets requests under way finish, within a time.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time;

use crate::archive::Archive;
use crate::web::auth;
use crate::web::options::Options;
use crate::web::options::Watch;
use crate::web::router::routers;

/// Serves the archive until `shutdown` is done, then lets requests under way finish.
///
/// # Errors
/// The address cannot be listened on, or the tokens cannot be read.
pub async fn serve(
    archive: Arc<Archive>,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    // What was changed by hand while nobody served.
    let told = Arc::clone(&archive);
    let told = tokio::task::spawn_blocking(move || auth::tell(&told)).await;
    if !matches!(told, Ok(Ok(_))) {
        tracing::warn!("the ledger was not told of every change of the tokens; the next change tells it");
    }
    let (listen, stop_time_max, watch) = (options.listen, options.stop_time_max, options.watch);
    let listening = options.listening.clone();
    let routers = routers(archive, options)?;
    let listener = TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    let listen = listener.local_addr().unwrap_or(listen);
    tracing::info!(%listen, "listening");
    // Ends with the service, so that a stop can be watched to its end.
    let _watching = watching(watch, routers.watch).await?;
    if let Some(tell) = listening.0 {
        tell(listen);
    }
    let (stopping, stopped) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping");
        // Nobody waits any more where the service ended by itself.
        let _ = stopping.send(());
    };
    // Who asks is known to the handlers: figures are for this machine.
    let router = routers.service.into_make_service_with_connect_info::<SocketAddr>();
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

/// Tells figures and health where that was asked for, until what is given here is dropped.
async fn watching(watch: Watch, router: Router) -> Result<JoinSet<()>, Error> {
    let mut tasks = JoinSet::new();
    let (listen, must) = match watch {
        Watch::Off => return Ok(tasks),
        Watch::At(listen) => (listen, true),
        Watch::Perhaps(listen) => (listen, false),
    };
    match TcpListener::bind(listen).await {
        Ok(listener) => {
            let listen = listener.local_addr().unwrap_or(listen);
            tracing::info!(%listen, "telling figures and health");
            tasks.spawn(async move { drop(axum::serve(listener, router).await) });
        }
        Err(source) if must => return Err(Error::Listen { listen, source }),
        Err(error) => tracing::warn!(%listen, %error, "figures and health are not told separately: metrics_listen"),
    }
    Ok(tasks)
}

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
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
