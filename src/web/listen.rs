//! Connections: taken in, counted, answered, let finish. RFC 9112; TLS by `tls`, where it is ours to end.
//! Whoever is slow to say what they want is let go, whoever holds too many connections gets no more: `axum::serve` waits
//! for a header as long as it takes.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time;
use tower::ServiceExt;

use crate::web::host;
use crate::web::network::Network;
use crate::web::options::Options;
use crate::web::tls::ClientCertificate;
use crate::web::tls::Tls;

/// How long we rest where the system gives no more connections (EMFILE): others have to end first.
const REST: Duration = Duration::from_millis(100);

/// How connections are taken.
pub(crate) struct Listening {
    slots: Arc<Semaphore>,
    by_address: Arc<ByAddress>,
    proxies: Vec<Network>,
    header_time_max: Duration,
    stop_time_max: Duration,
    header_bytes_max: usize,
    tls: Option<Tls>,
}

/// Connections of each address, at most so many.
struct ByAddress {
    max: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place; given back when it is dropped.
struct Place {
    _slot: OwnedSemaphorePermit,
    _own: Option<Own>,
}

struct Own {
    by_address: Arc<ByAddress>,
    address: IpAddr,
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut open = self.by_address.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

impl Listening {
    pub(crate) fn new(options: &Options, tls: Option<Tls>) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(options.connections_max.max(1))),
            by_address: Arc::new(ByAddress { max: options.connections_per_address_max.max(1), open: Mutex::default() }),
            proxies: options.trusted_proxies.clone(),
            header_time_max: options.header_time_max,
            stop_time_max: options.stop_time_max,
            header_bytes_max: options.header_bytes_max,
            tls,
        }
    }

    /// Answers connections until `stop` is done, then lets those under way finish, within their time.
    pub(crate) async fn run(self, listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
        let (own, graceful) = (Arc::new(self), GracefulShutdown::new());
        tokio::pin!(stop);
        loop {
            let taken = tokio::select! {
                taken = own.take(&listener) => taken,
                () = &mut stop => break,
            };
            if let Some((stream, address, place)) = taken {
                let (own, router, watcher) = (Arc::clone(&own), router.clone(), graceful.watcher());
                tokio::spawn(async move {
                    own.answer(stream, address, router, watcher).await;
                    drop(place);
                });
            }
        }
        drop(listener);
        if time::timeout(own.stop_time_max, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests under way were cut off");
        }
    }

    /// The next connection that may come in. While all places are taken, who comes waits in the system's own queue.
    async fn take(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, Place)> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, address)) => {
                let own = self.own_place(address.ip()).ok()?;
                // Answers are written whole; waiting to fill a packet helps nobody.
                let _ = stream.set_nodelay(true);
                Some((stream, address, Place { _slot: slot, _own: own }))
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::ConnectionAborted && error.kind() != io::ErrorKind::ConnectionReset {
                    tracing::warn!(%error, "no connection could be taken");
                    time::sleep(REST).await;
                }
                None
            }
        }
    }

    /// A place among those of an address. A proxy stands for many, and so does this machine, where a proxy may be that
    /// nobody named.
    fn own_place(&self, address: IpAddr) -> Result<Option<Own>, ()> {
        let address = address.to_canonical();
        if address.is_loopback() || self.proxies.iter().any(|proxy| proxy.contains(address)) {
            return Ok(None);
        }
        let mut open = self.by_address.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.by_address.max {
            metrics::counter!("sigill_connections_refused_total").increment(1);
            return Err(());
        }
        *count += 1;
        drop(open);
        Ok(Some(Own { by_address: Arc::clone(&self.by_address), address }))
    }

    async fn answer(&self, stream: TcpStream, address: SocketAddr, router: Router, watcher: Watcher) {
        let Some(tls) = &self.tls else {
            return self.speak(stream, address, None, router, watcher).await;
        };
        // A handshake is part of what somebody may be slow with.
        match time::timeout(self.header_time_max, tls.accept(stream)).await {
            Ok(Ok((stream, certificate))) => self.speak(stream, address, certificate, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: SocketAddr,
        certificate: Option<ClientCertificate>,
        router: Router,
        watcher: Watcher,
    ) {
        let service = router.map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            host::mark(&mut request);
            if let Some(certificate) = &certificate {
                request.extensions_mut().insert(certificate.clone());
            }
            request.map(Body::new)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_time_max)
            // Room for the largest header taken, which `limit::bounds` measures, and its names' separators.
            .max_buf_size(self.header_bytes_max.saturating_mul(4).max(8192))
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        // What a connection ends of is its peer's affair.
        let _ = watcher.watch(connection).await;
    }
}
