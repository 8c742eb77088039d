//! Limits: how many at once, how long, how large. Each refusal is an answer, never a hang.
//! An upload is let in before its body is read, so that what waits in memory is bounded.

use std::sync::Arc;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::TryAcquireError;

use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::options::Options;
use crate::web::state::App;

/// The gate before the processors: few work, some wait with their file in memory, the rest is sent away at once.
pub(crate) struct Gate {
    requests: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn new(options: &Options) -> Self {
        let working = options.verifications_max.max(1);
        Self {
            requests: Arc::new(Semaphore::new(options.requests_max.max(1))),
            admitted: Arc::new(Semaphore::new(working.saturating_add(options.waiting_max))),
            working: Arc::new(Semaphore::new(working)),
        }
    }

    /// A place for an upload; it is held until the answer is made.
    pub(crate) fn admit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        taken(Arc::clone(&self.admitted).try_acquire_owned())
    }

    /// Waits for a processor. Those who wait have been admitted, so that the queue is short.
    pub(crate) async fn work(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.working).acquire_owned().await.map_err(|_| Kind::Busy.into())
    }
}

fn taken(permit: Result<OwnedSemaphorePermit, TryAcquireError>) -> Result<OwnedSemaphorePermit, Problem> {
    permit.map_err(|_| Kind::Busy.into())
}

/// Refuses what is beyond the number of requests or the size of headers.
pub(crate) async fn bounds(State(app): State<App>, request: Request, next: Next) -> Response {
    if header_bytes(request.headers()) > app.options().header_bytes_max {
        return Problem::from(Kind::HeadersTooLarge).into_response();
    }
    match taken(Arc::clone(&app.gate().requests).try_acquire_owned()) {
        Ok(_place) => next.run(request).await,
        Err(busy) => busy.into_response(),
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum()
}
