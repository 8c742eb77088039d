//! Swedish dates and times of day in running text.
//! Grammar `date` and `HH.MM` of the notes on Swedish minutes, 5.1.

use jiff::tz::TimeZone;
use jiff::tz::TimeZoneDatabase;

/// Swedish local time, from the rules bundled with the program so that no disk is read.
#[must_use]
pub fn stockholm() -> TimeZone {
    TimeZoneDatabase::bundled()
        .get("Europe/Stockholm")
        .expect("Europe/Stockholm is in the bundled rules")
}
