//! The service itself: listen, answer, stop. RFC 9112.
//! A stop lets requests under way finish, within a time.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::archive::Archive;
use crate::web::auth;
use crate::web::listen::Listening;
use crate::web::options::Options;
use crate::web::options::Watch;
use crate::web::router::routers;
use crate::web::tls;
use crate::web::tls::Tls;
use crate::web::webhooks;

/// Serves the archive until `shutdown` is done, then lets requests under way finish.
///
/// # Errors
/// The address cannot be listened on, or the tokens cannot be read.
pub async fn serve(
    archive: Arc<Archive>,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (listen, watch, listening) = (options.listen, options.watch, options.listening.clone());
    let tls = options.tls.clone().map(Tls::open).transpose()?;
    let doors = Listening::new(&options, tls);
    // What was changed by hand while nobody served.
    let told = Arc::clone(&archive);
    let told = tokio::task::spawn_blocking(move || auth::tell(&told)).await;
    if !matches!(told, Ok(Ok(_))) {
        tracing::warn!("the ledger was not told of every change of the tokens; the next change tells it");
    }
    let _telling = webhooks::run(Arc::clone(&archive));
    let routers = routers(archive, options)?;
    let listener = TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    let listen = listener.local_addr().unwrap_or(listen);
    tracing::info!(%listen, "listening");
    // Ends with the service, so that a stop can be watched to its end.
    let _watching = watching(watch, routers.watch).await?;
    if let Some(tell) = listening.0 {
        tell(listen);
    }
    let stop = async move {
        shutdown.await;
        tracing::info!("stopping");
    };
    doors.run(listener, routers.service, stop).await;
    Ok(())
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
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The tokens.
    #[error(transparent)]
    Tokens(#[from] auth::Error),
}
