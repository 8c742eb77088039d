//! Stamping by itself while the archive is served: once each day (UTC), and again in a while where the authority was away.
//! Beside registration, which never waits for it. What is stamped and renewed, and when, is `stamps`' business.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::archive::house::Archive;
use crate::archive::repeat::Repeat;
use crate::archive::stamps::Authority;
use crate::archive::stamps::ENTRIES_MAX;
use crate::archive::stamps::Error;
use crate::archive::stamps::Stamped;

/// How often it is looked whether a day has begun.
const LOOK: Duration = Duration::from_secs(5);
/// How long an authority that did not answer is left alone at first; twice as long each time after.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How long at most.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(2);

/// When to stamp.
#[derive(Debug)]
pub struct Daily {
    authority: Authority,
    /// The day that is done.
    done: Option<Date>,
    /// Not before then, after failures; and for how long the authority is left alone next.
    rest: Option<(Timestamp, SignedDuration)>,
}

impl Daily {
    /// By this authority. Nothing is known to be done yet.
    pub fn new(authority: Authority) -> Self {
        Self { authority, done: None, rest: None }
    }

    /// Stamps if it is time, and says what came of it; none where it is not. The clock is the archive's.
    pub fn turn(&mut self, archive: &Archive) -> Option<Result<Stamped, Error>> {
        let now = archive.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        if self.done.is_none() {
            // After a restart: what the newest stamp says was done.
            self.done = archive.last_stamped().ok().flatten().map(|at| at.to_zoned(TimeZone::UTC).date());
        }
        let resting = self.rest.is_some_and(|(until, _)| now < until);
        if self.done.is_some_and(|done| done >= today) || resting {
            return None;
        }
        let stamped = self.whole(archive);
        match &stamped {
            Ok(_) => {
                self.done = Some(today);
                self.rest = None;
            }
            Err(_) => {
                let pause = self.rest.map_or(PAUSE, |(_, pause)| pause);
                let twice = pause.checked_mul(2).unwrap_or(PAUSE_MAX).min(PAUSE_MAX);
                self.rest = now.checked_add(pause).ok().map(|until| (until, twice));
            }
        }
        Some(stamped)
    }

    /// Everything that was registered, in as many stamps as it takes.
    fn whole(&self, archive: &Archive) -> Result<Stamped, Error> {
        let mut sum = Stamped::default();
        loop {
            let done = archive.stamp(&self.authority)?;
            sum.entries += done.entries;
            sum.renewed += done.renewed;
            sum.rehashed += done.rehashed;
            sum.covered = done.covered;
            sum.time = sum.time.max(done.time);
            // What is registered meanwhile is tomorrow's, unless it is more than one stamp takes.
            if done.entries < ENTRIES_MAX {
                return Ok(sum);
            }
        }
    }
}

/// Stamping goes on until this is dropped.
#[derive(Debug)]
pub struct Stamping {
    _repeat: Repeat,
}

impl Stamping {
    /// Begins.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(archive: Arc<Archive>, mut daily: Daily) -> io::Result<Self> {
        let repeat = Repeat::start("stamps", LOOK, move || {
            match daily.turn(&archive) {
                None => {}
                Some(Ok(done)) => {
                    let Stamped { entries, renewed, rehashed, covered, .. } = done;
                    metrics::gauge!("sigill_stamp_in_trouble").set(0.0);
                    metrics::gauge!("sigill_stamp_covered").set(figure(covered));
                    metrics::gauge!("sigill_stamp_succeeded_at_seconds").set(seconds(archive.now()));
                    tracing::info!(entries, renewed, rehashed, covered, "the day's stamp is made");
                }
                Some(Err(error)) => {
                    metrics::gauge!("sigill_stamp_in_trouble").set(1.0);
                    tracing::warn!(%error, "the day's stamp could not be made; it is tried again");
                }
            }
            true
        })?;
        Ok(Self { _repeat: repeat })
    }
}

/// A count as Prometheus takes it; counts beyond 2^32 are given as that.
fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Seconds since 1970, as Prometheus takes a time; from 2106 on the last there is.
fn seconds(at: Timestamp) -> f64 {
    f64::from(u32::try_from(at.as_second()).unwrap_or(u32::MAX))
}
