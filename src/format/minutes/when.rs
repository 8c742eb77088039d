//! Swedish dates and times of day in running text.
//! Grammar `date` and `HH.MM` of the notes on Swedish minutes, 5.1.

use std::ops::Range;

use jiff::civil::Date;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::tz::TimeZoneDatabase;

/// A date found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// Its place in the text, in bytes.
    pub span: Range<usize>,
    /// The day; none where day or year is not said (`17 september`, `September 2025`).
    pub date: Option<Date>,
}

/// The times of day found in a text: from and, where it is said, to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTimes {
    /// Their place in the text, in bytes.
    pub span: Range<usize>,
    /// The first.
    pub start: Time,
    /// The second.
    pub end: Option<Time>,
}

/// Swedish local time, from the rules bundled with the program so that no disk is read.
#[must_use]
pub fn stockholm() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Stockholm").expect("Europe/Stockholm is in the bundled rules")
}

const MONTHS: [(&str, i8); 23] = [
    ("januari", 1),
    ("jan", 1),
    ("februari", 2),
    ("feb", 2),
    ("mars", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("maj", 5),
    ("juni", 6),
    ("jun", 6),
    ("juli", 7),
    ("jul", 7),
    ("augusti", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("oktober", 10),
    ("okt", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
];

/// The first date in a text: `2024-12-13`, `13 december 2024`, or one of the incomplete forms.
#[must_use]
pub fn find_date(text: &str) -> Option<FoundDate> {
    let words: Vec<(usize, &str)> = words(text).collect();
    words.iter().enumerate().find_map(|(at, (start, word))| {
        let span = |last: &(usize, &str)| *start..last.0 + last.1.len();
        if let Some(date) = iso(word) {
            return Some(FoundDate { span: *start..start + word.len(), date: Some(date) });
        }
        let next = words.get(at + 1);
        let after = words.get(at + 2);
        if month(word).is_some() {
            let last = next.filter(|last| year(last.1).is_some())?;
            return Some(FoundDate { span: span(last), date: None });
        }
        let day = small(word)?;
        let month_word = next?;
        let month = month(month_word.1)?;
        let dated = after.and_then(|last| Some((year(last.1)?, last)));
        Some(match dated {
            Some((year, last)) => FoundDate { span: span(last), date: Date::new(year, month, day).ok() },
            None => FoundDate { span: span(month_word), date: None },
        })
    })
}

/// The first times of day in a text: `13.00-16.00`, `kl 13:00`, or `kl. 13-16`.
#[must_use]
pub fn find_times(text: &str) -> Option<FoundTimes> {
    let mut clocks = clocks(text);
    let Some((first, start)) = clocks.next() else {
        return whole_hours(text);
    };
    let second = clocks.next();
    let last = second.as_ref().map_or(first.end, |(span, _)| span.end);
    Some(FoundTimes { span: first.start..last, start, end: second.map(|(_, time)| time) })
}

/// Words of a text without the punctuation around them, each with its place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(' ').filter_map(move |raw| {
        let start = at;
        at += raw.len() + 1;
        let word = raw.trim_matches(|c: char| matches!(c, ',' | '.' | ';' | ':' | '(' | ')'));
        let lead = raw.len() - raw.trim_start_matches([',', '.', ';', ':', '(', ')']).len();
        (!word.is_empty()).then_some((start + lead, word))
    })
}

fn iso(word: &str) -> Option<Date> {
    let mut parts = word.split('-');
    let (year_digits, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || month.len() != 2 || day.len() != 2 {
        return None;
    }
    Date::new(year(year_digits)?, small(month)?, small(day)?).ok()
}

fn year(word: &str) -> Option<i16> {
    let digits = word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    word.parse().ok().filter(|_| digits)
}

/// One or two digits, as days, months and hours have.
fn small(word: &str) -> Option<i8> {
    let word = word.strip_suffix(":e").unwrap_or(word);
    let digits = (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    word.parse().ok().filter(|_| digits)
}

fn month(word: &str) -> Option<i8> {
    // No month's name is longer; a longer word is not worth copying.
    if word.len() > 9 {
        return None;
    }
    let lower = word.to_lowercase();
    MONTHS.iter().find(|(name, _)| *name == lower).map(|(_, number)| *number)
}

/// Every `HH.MM` or `HH:MM` that is not part of a longer number.
fn clocks(text: &str) -> impl Iterator<Item = (Range<usize>, Time)> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | ':');
    let mut at = 0;
    text.split_inclusive(move |c: char| !numeric(c)).filter_map(move |raw| {
        let start = at;
        at += raw.len();
        let run = raw.trim_end_matches(|c: char| !c.is_ascii_digit());
        let (hour, minute) = run.split_once(['.', ':'])?;
        let minute = Some(minute).filter(|m| m.len() == 2)?;
        let time = Time::new(small(hour)?, small(minute)?, 0, 0).ok()?;
        Some((start..start + run.len(), time))
    })
}

/// `kl. 13-16`: hours without minutes, only after the word for the clock.
fn whole_hours(text: &str) -> Option<FoundTimes> {
    let said = words(text).collect::<Vec<_>>();
    said.windows(2).find_map(|pair| {
        let [(_, clock), (start, hours)] = pair else {
            return None;
        };
        if !matches!(clock.to_lowercase().as_str(), "kl" | "klockan") {
            return None;
        }
        let (from, to) = match hours.split_once(['-', '–']) {
            Some((from, to)) => (from, Some(to)),
            None => (*hours, None),
        };
        Some(FoundTimes {
            span: *start..start + hours.len(),
            start: Time::new(small(from)?, 0, 0, 0).ok()?,
            end: to.and_then(|to| Time::new(small(to)?, 0, 0, 0).ok()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_ways_they_are_written() {
        let date = |text| find_date(text).and_then(|found| found.date);
        let expected = Some(jiff::civil::date(2024, 12, 13));
        assert_eq!(date("2024-12-13 kl. 13.00-16.00"), expected);
        assert_eq!(date("fredagen den 13 december 2024, kl 9"), expected);
        assert_eq!(date("2024-13-13"), None);
        assert_eq!(date("17 september, Ängen"), None);
        assert_eq!(find_date("17 september, Ängen").map(|found| found.span), Some(0..12));
        assert_eq!(find_date("Nytt September 2025").map(|found| found.span), Some(5..19));
        assert_eq!(find_date("inget datum här 12"), None);
    }

    #[test]
    fn times_are_read_in_the_ways_they_are_written() {
        let times = |text| find_times(text).map(|found| (found.start.hour(), found.start.minute(), found.end));
        let four = Some(jiff::civil::time(16, 0, 0, 0));
        assert_eq!(times("2024-12-13 kl. 13.00-16.00"), Some((13, 0, four)));
        assert_eq!(times("kl 13:05 – 16:00."), Some((13, 5, four)));
        assert_eq!(times("kl. 13-16"), Some((13, 0, four)));
        assert_eq!(times("2024-12-16 18:19:22"), None);
        assert_eq!(times("25.00"), None);
    }
}
