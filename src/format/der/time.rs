//! Moments in UTCTime and GeneralizedTime.
//! X.690 11.7 and 11.8, as RFC 5280 4.1.2.5 narrows them; fractions of a second are kept (RFC 3161).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::GENERALIZED_TIME;
use super::UTC_TIME;

/// The moment that UTCTime (YYMMDDhhmmssZ) or GeneralizedTime (YYYYMMDDhhmmss[.f…]Z) content names.
pub(super) fn moment(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let (year, rest) = match (tag, whole.len()) {
        // RFC 5280 4.1.2.5.1: 50 to 99 are in the twentieth century.
        (UTC_TIME, 12) if !text.contains('.') => {
            let year: i16 = whole.get(..2)?.parse().ok()?;
            (if year >= 50 { 1900 + year } else { 2000 + year }, whole.get(2..)?)
        }
        (GENERALIZED_TIME, 14) => (whole.get(..4)?.parse().ok()?, whole.get(4..)?),
        _ => return None,
    };
    let field = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse::<i8>().ok();
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    // A leap second is read as the last second of its minute: jiff, like POSIX, counts none.
    let second = field(4).map(|second| if second == 60 { 59 } else { second })?;
    let civil = DateTime::new(year, field(0)?, field(1)?, field(2)?, field(3)?, second, nanoseconds).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_name_moments_in_utc() {
        let time = |tag, text: &str| moment(tag, text.as_bytes()).map(|time| time.to_string());
        assert_eq!(time(UTC_TIME, "491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(time(UTC_TIME, "500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(time(GENERALIZED_TIME, "20240229120000.25Z").as_deref(), Some("2024-02-29T12:00:00.25Z"));
        for wrong in ["20240229120000", "20240230120000Z", "202402291200Z", "20240229120000.Z", "2024022912000åZ"] {
            assert_eq!(time(GENERALIZED_TIME, wrong), None, "{wrong}");
        }
    }
}
