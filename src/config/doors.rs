//! What a configuration says of logins, connections, rates and the desk where files are added, put into the service's options.

use std::time::Duration;

use crate::config::count;
use crate::config::megabytes;
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

/// Limits of what is added on the pages.
pub(super) struct Desk {
    pub(super) files: Option<u64>,
    pub(super) megabytes: Option<u64>,
    pub(super) held_megabytes: Option<u64>,
    pub(super) held_hours: Option<u64>,
}

impl Desk {
    pub(super) fn set(self, web: &mut Options) {
        put(&mut web.batch_files_max, self.files.map(count));
        put(&mut web.batch_bytes_max, self.megabytes.map(megabytes));
        put(&mut web.holding_bytes_max, self.held_megabytes.map(megabytes));
        put(&mut web.holding_time_max, self.held_hours.map(|hours| Duration::from_secs(hours.saturating_mul(3600))));
    }
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
