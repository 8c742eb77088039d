//! What a configuration says of logins, connections and rates, put into the service's options.

use std::time::Duration;

use crate::web::Options;

/// Figures as they are written; what is not said stays as it is.
pub(super) struct Doors {
    pub(super) session_hours: Option<u64>,
    pub(super) session_idle_minutes: Option<u64>,
    pub(super) connections: Option<u64>,
    pub(super) connections_per_address: Option<u64>,
    pub(super) header_seconds: Option<u64>,
    pub(super) failures: Option<u64>,
    pub(super) verifications: Option<u64>,
    pub(super) look_ups: Option<u64>,
}

impl Doors {
    pub(super) fn set(self, web: &mut Options) {
        let time = |number: u64, seconds: u64| Duration::from_secs(number.saturating_mul(seconds));
        put(&mut web.session_time_max, self.session_hours.map(|hours| time(hours, 3600)));
        put(&mut web.session_idle_max, self.session_idle_minutes.map(|minutes| time(minutes, 60)));
        put(&mut web.header_time_max, self.header_seconds.map(Duration::from_secs));
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        put(&mut web.connections_max, self.connections.map(count));
        put(&mut web.connections_per_address_max, self.connections_per_address.map(count));
        let rate = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        put(&mut web.failures_per_minute_max, self.failures.map(rate));
        put(&mut web.verifications_per_minute_max, self.verifications.map(rate));
        put(&mut web.look_ups_per_minute_max, self.look_ups.map(rate));
    }
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
