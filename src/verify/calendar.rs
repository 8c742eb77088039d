//! Days and moments as people write them: "12 mars 2026 kl. 14.05", Swedish time. USERS 10.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::format::minutes::when::stockholm;
use crate::verify::text::Text;

const SWEDISH: &str = "januari februari mars april maj juni juli augusti september oktober november december";
const ENGLISH: &str = "January February March April May June July August September October November December";

/// A day: 12 mars 2026, 12 March 2026.
pub fn day(date: Date) -> Text {
    let month = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    let written = |months: &str| {
        let month = months.split(' ').nth(month).unwrap_or_default();
        format!("{} {month} {}", date.day(), date.year())
    };
    Text::new(written(SWEDISH), written(ENGLISH))
}

/// A moment in Swedish time, to the minute.
pub fn moment(at: Timestamp) -> Text {
    let local = at.to_zoned(stockholm());
    let (day, hour, minute) = (day(local.date()), local.hour(), local.minute());
    Text::new(format!("{} kl. {hour:02}.{minute:02}", day.sv), format!("{} at {hour:02}:{minute:02}", day.en))
}

/// A moment from RFC 3339 text, as it is stored; the text itself where it is none.
pub fn moment_of(text: &str) -> Text {
    text.parse().map_or_else(|_| Text::new(text, text), moment)
}

/// A day from 2026-03-12, as it is stored; the text itself where it is none.
pub fn day_of(text: &str) -> Text {
    text.parse().map_or_else(|_| Text::new(text, text), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_here_write_them() {
        let at = |text: &str| moment(text.parse().unwrap());
        assert_eq!(at("2026-03-12T13:05:00Z"), Text::new("12 mars 2026 kl. 14.05", "12 March 2026 at 14:05"));
        assert_eq!(at("2026-07-01T22:30:00Z"), Text::new("2 juli 2026 kl. 00.30", "2 July 2026 at 00:30"));
    }
}
