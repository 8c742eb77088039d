//! The service itself: listen, answer, stop. RFC 9112.
//! A stop lets requests under way finish, within a time.

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::archive::Archive;
use crate::web::auth;
use crate::web::listen::Listening;
use crate::web::options::Options;
use crate::web::router::router;
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
    let listen = options.listen;
    let tls = options.tls.clone().map(Tls::open).transpose()?;
    let doors = Listening::new(&options, tls);
    // What was changed by hand while nobody served.
    let told = Arc::clone(&archive);
    let told = tokio::task::spawn_blocking(move || auth::tell(&told)).await;
    if !matches!(told, Ok(Ok(_))) {
        tracing::warn!("the ledger was not told of every change of the tokens; the next change tells it");
    }
    let _telling = webhooks::run(Arc::clone(&archive));
    let router = router(archive, options)?;
    let listener = TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    tracing::info!(%listen, "listening");
    let stop = async move {
        shutdown.await;
        tracing::info!("stopping");
    };
    doors.run(listener, router, stop).await;
    Ok(())
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
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The tokens.
    #[error(transparent)]
    Tokens(#[from] auth::Error),
}
