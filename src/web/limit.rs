//! Limits: how many at once, how long, how large. Each refusal is an answer, never a hang.
//! An upload reserves its bytes before they are read, so that what is in memory is bounded, however many come at once;
//! a processor is taken only while it computes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::TryAcquireError;
use tokio::time::timeout;

use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::options::Options;
use crate::web::state::App;

/// Bytes that one permit stands for.
const UNIT: u64 = 4096;
/// An upload up to this size is small: most minutes are, and they do not wait behind the large ones.
const SMALL_BYTES_MAX: u64 = 2_000_000;
/// The part of the memory that is set aside for small uploads.
const SMALL_PART: u64 = 4;

/// The gate before memory and processors.
pub(crate) struct Gate {
    requests: Arc<Semaphore>,
    small: Lane,
    large: Lane,
    working: Arc<Semaphore>,
    patience: Duration,
    upload_bytes_max: u64,
}

/// Memory that uploads of a size share, in the order of their coming.
struct Lane {
    free: Arc<Semaphore>,
    units: u32,
}

/// Memory reserved for one upload; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _held: OwnedSemaphorePermit,
    bytes: u64,
}

impl Lane {
    fn of(bytes: u64) -> Self {
        let units = units(bytes);
        Self { free: Arc::new(Semaphore::new(usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS))), units }
    }

    /// Waits its turn. One that is larger than all there is takes all there is.
    async fn reserve(&self, bytes: u64, patience: Duration) -> Result<Place, Problem> {
        let reserved = Arc::clone(&self.free).acquire_many_owned(units(bytes).min(self.units));
        match timeout(patience, reserved).await {
            Ok(Ok(held)) => Ok(Place { _held: held, bytes }),
            Ok(Err(_)) | Err(_) => Err(Kind::Busy.into()),
        }
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX)
}

impl Gate {
    pub(crate) fn new(options: &Options) -> Self {
        let small = (options.uploads_bytes_max / SMALL_PART).max(SMALL_BYTES_MAX);
        let large = options.uploads_bytes_max.saturating_sub(small).max(options.upload_bytes_max);
        Self {
            requests: Arc::new(Semaphore::new(options.requests_max.max(1))),
            small: Lane::of(small),
            large: Lane::of(large),
            working: Arc::new(Semaphore::new(options.verifications_max.max(1))),
            patience: options.waiting_time_max,
            upload_bytes_max: options.upload_bytes_max,
        }
    }

    /// Memory for an upload of the length it says, or for a small one where it says none; held until the answer is made.
    pub(crate) async fn admit(&self, length: Option<u64>) -> Result<Place, Problem> {
        match length {
            Some(length) if length > SMALL_BYTES_MAX => self.large.reserve(length, self.patience).await,
            Some(length) => self.small.reserve(length, self.patience).await,
            None => self.small.reserve(SMALL_BYTES_MAX, self.patience).await,
        }
    }

    /// Memory for `bytes` in all. An upload that said no length and is not small moves over to the large ones, which never
    /// wait for the small: nobody waits in a circle.
    pub(crate) async fn grow(&self, place: &mut Place, bytes: u64) -> Result<(), Problem> {
        if bytes > place.bytes {
            *place = self.large.reserve(self.upload_bytes_max, self.patience).await?;
        }
        Ok(())
    }

    /// Waits for a processor. Those who wait hold their memory, so that the queue is short.
    pub(crate) async fn work(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.working).acquire_owned().await.map_err(|_| Kind::Busy.into())
    }

    /// Bytes reserved for uploads at this moment.
    pub(crate) fn reserved(&self) -> u64 {
        let taken = |lane: &Lane| u64::from(lane.units) - lane.free.available_permits().try_into().unwrap_or(0);
        (taken(&self.small) + taken(&self.large)) * UNIT
    }
}

fn taken(permit: Result<OwnedSemaphorePermit, TryAcquireError>) -> Result<OwnedSemaphorePermit, Problem> {
    permit.map_err(|_| Kind::Busy.into())
}

/// Refuses what is beyond the number of requests, the size of headers, or the same size for the address. What is larger than
/// a connection's buffer never comes so far: `hyper` refuses it by itself, with a status and nothing else.
pub(crate) async fn bounds(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|asked| asked.as_str().len() > app.options().header_bytes_max) {
        return Problem::from(Kind::AddressTooLong).into_response();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(patience: Duration) -> Gate {
        Gate::new(&Options {
            uploads_bytes_max: 40_100_000, // two of 15 MB fit beside the small, each rounded up to whole units
            upload_bytes_max: 15_000_000,
            waiting_time_max: patience,
            ..Options::default()
        })
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn memory_is_reserved_by_the_byte_and_small_uploads_do_not_wait_behind_large_ones() {
        let gate = gate(Duration::ZERO);
        run(async {
            // A quarter, 10 MB, is for the small; in the 30 MB that remain two uploads of 15 MB find room.
            let first = gate.admit(Some(15_000_000)).await.unwrap();
            let _second = gate.admit(Some(14_900_000)).await.unwrap();
            assert_eq!(gate.admit(Some(3_000_000)).await.unwrap_err().kind, Kind::Busy);
            let small: Vec<Place> = {
                let mut small = Vec::new();
                for _ in 0..50 {
                    small.push(gate.admit(Some(190_000)).await.unwrap());
                }
                small
            };
            assert!((39_000_000..40_100_000).contains(&gate.reserved()), "{}", gate.reserved());
            drop((first, small));
            assert!(gate.admit(Some(3_000_000)).await.is_ok(), "given back");
            assert!(gate.reserved() < 15_000_000);
        });
    }

    #[test]
    fn who_says_no_length_is_small_until_it_is_not() {
        let gate = gate(Duration::ZERO);
        run(async {
            let mut place = gate.admit(None).await.unwrap();
            gate.grow(&mut place, SMALL_BYTES_MAX).await.unwrap();
            assert!(gate.reserved() <= SMALL_BYTES_MAX + UNIT);
            gate.grow(&mut place, SMALL_BYTES_MAX + 1).await.unwrap();
            assert!(gate.reserved() >= 15_000_000, "as much as an upload may have, and the small place given back");
            let _other = gate.admit(Some(15_000_000)).await.unwrap();
            let mut third = gate.admit(None).await.unwrap();
            assert!(gate.grow(&mut third, SMALL_BYTES_MAX + 1).await.is_err());
        });
    }

    #[test]
    fn those_who_wait_come_in_their_order() {
        let gate = gate(Duration::from_secs(30));
        run(async {
            let held = gate.admit(Some(15_000_000)).await.unwrap();
            let _kept = gate.admit(Some(15_000_000)).await.unwrap();
            let (first, _) = tokio::join!(gate.admit(Some(15_000_000)), async { drop(held) });
            assert!(first.is_ok());
        });
    }
}
