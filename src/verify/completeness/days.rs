//! Which days a legal time may end on in Sweden: lag (1930:173) om beräkning av lagstadgad tid, 2 §.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::civil::Weekday;

/// Free days in a row, at most: over Christmas and New Year there are four or five.
const FREE_IN_A_ROW_MAX: i64 = 10;

/// The day itself, or the next weekday where it is a Saturday, a Sunday, another public holiday, or the eve of
/// midsummer, Christmas or New Year. Past the last day there is, the day itself.
#[must_use]
pub fn moved(day: Date) -> Date {
    let next = (0..FREE_IN_A_ROW_MAX).filter_map(|days| day.checked_add(days.days()).ok());
    next.into_iter().find(|day| !is_free(*day)).unwrap_or(day)
}

/// Whether a time that ends on this day is moved.
#[must_use]
pub fn is_free(day: Date) -> bool {
    let fixed = matches!((day.month(), day.day()), (1, 1 | 6) | (5, 1) | (6, 6) | (12, 24 | 25 | 26 | 31));
    // Good Friday, Easter Monday and Ascension Day; Whit Sunday is a Sunday, and All Saints' Day a Saturday.
    let movable = [-2, 1, 39].into_iter().any(|from: i64| easter(day.year()).saturating_add(from.days()) == day);
    let midsummer_eve = day.month() == 6 && day.weekday() == Weekday::Friday && (19..=25).contains(&day.day());
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || fixed || movable || midsummer_eve
}

/// Easter Sunday in the Gregorian calendar, by the computus of Meeus, Jones and Butcher.
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let skipped = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + skipped + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * sunday) / 451;
    let days = moon + sunday - 7 * late;
    let march = Date::new(i16::try_from(year).unwrap_or(i16::MAX), 3, 22).unwrap_or(Date::MAX);
    march.saturating_add(i64::from(days).days())
}
