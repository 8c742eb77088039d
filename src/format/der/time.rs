//! Moments in UTCTime and GeneralizedTime.
//! X.690 11.7 and 11.8, as RFC 5280 4.1.2.5 narrows them; fractions of a second are kept (RFC 3161).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::GENERALIZED_TIME;
use super::UTC_TIME;

/// The moment that UTCTime (YYMMDDhhmmssZ) or GeneralizedTime (YYYYMMDDhhmmss[.f…]Z) content names. It allocates nothing:
/// a revocation list may hold a million.
pub(super) fn moment(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = content.strip_suffix(b"Z")?;
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let (year, rest) = match (tag, whole.len()) {
        // RFC 5280 4.1.2.5.1: 50 to 99 are in the twentieth century.
        (UTC_TIME, 12) if fraction.is_none() => {
            let year = number(whole.get(..2)?)?;
            (if year >= 50 { 1900 + year } else { 2000 + year }, whole.get(2..)?)
        }
        (GENERALIZED_TIME, 14) => (number(whole.get(..4)?)?, whole.get(4..)?),
        _ => return None,
    };
    let field = |index: usize| i8::try_from(number(rest.get(index * 2..index * 2 + 2)?)?).ok();
    let nanoseconds = fraction.map_or(Some(0), billionths)?;
    // A leap second is read as the last second of its minute: jiff, like POSIX, counts none.
    let second = field(4).map(|second| if second == 60 { 59 } else { second })?;
    let year = i16::try_from(year).ok()?;
    let civil = DateTime::new(year, field(0)?, field(1)?, field(2)?, field(3)?, second, nanoseconds).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// The number that at most nine digits make.
fn number(digits: &[u8]) -> Option<i32> {
    let add = |sum: i32, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0'));
    if digits.len() > 9 { None } else { digits.iter().try_fold(0, add) }
}

/// What one to nine digits after the point are in billionths.
fn billionths(digits: &[u8]) -> Option<i32> {
    let missing = 9_u32.checked_sub(u32::try_from(digits.len()).ok()?)?;
    if digits.is_empty() { None } else { Some(number(digits)? * 10_i32.pow(missing)) }
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
        for wrong in [
            "20240229120000",
            "20240230120000Z",
            "202402291200Z",
            "20240229120000.Z",
            "2024022912000åZ",
            "20240229120000.1234567890Z",
        ] {
            assert_eq!(time(GENERALIZED_TIME, wrong), None, "{wrong}");
        }
    }
}
