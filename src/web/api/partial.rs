//! A part of a file, and dates of HTTP. RFC 9110 14.2 and 5.6.7: one range of bytes; whatever else is asked, the whole.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::web::error::Kind;
use crate::web::error::Problem;

/// What `Range` asks of a file of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    /// From the first byte to before the second.
    Part(usize, usize),
    /// Beginning after the end.
    Beyond,
}

/// The file, or the part of it that is asked for.
pub(crate) fn of(asked: &HeaderMap, kind: &'static str, mut bytes: Vec<u8>, tag: &str) -> Response {
    let length = bytes.len();
    let range = asked.get(header::RANGE).and_then(|value| value.to_str().ok());
    // A part goes together with the part that the caller has, or with nothing.
    let same = asked.get(header::IF_RANGE).is_none_or(|value| value == tag);
    let (status, from, to) = match range.filter(|_| same).map_or(Asked::Whole, |range| read(range, length)) {
        Asked::Whole => return ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Asked::Beyond => {
            let mut response = Problem::from(Kind::RangeNotSatisfiable).into_response();
            ranged(&mut response, format!("bytes */{length}"));
            return response;
        }
        Asked::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
    };
    bytes.truncate(to);
    let part = bytes.split_off(from.min(bytes.len()));
    let mut response = (status, [(header::CONTENT_TYPE, kind)], part).into_response();
    ranged(&mut response, format!("bytes {from}-{}/{length}", to.saturating_sub(1)));
    response
}

fn ranged(response: &mut Response, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
}

fn read(range: &str, length: usize) -> Asked {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Whole;
    };
    match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), _) if first >= length && (last.is_empty() || last.parse::<usize>().is_ok()) => Asked::Beyond,
        (Ok(first), Ok(last)) if first <= last => Asked::Part(first, last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.is_empty() => Asked::Part(first, length),
        (Err(_), Ok(0)) if first.is_empty() => Asked::Beyond,
        (Err(_), Ok(last)) if first.is_empty() => Asked::Part(length.saturating_sub(last), length),
        _ => Asked::Whole,
    }
}

/// As HTTP writes a moment; empty for one that it cannot write.
pub(crate) fn date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

/// A moment as HTTP writes it.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_anything_else_the_whole() {
        for (range, answer) in [
            ("bytes=0-9", Asked::Part(0, 10)),
            ("bytes=90-", Asked::Part(90, 100)),
            ("bytes=90-900", Asked::Part(90, 100)),
            ("bytes=-10", Asked::Part(90, 100)),
            ("bytes=-900", Asked::Part(0, 100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=", Asked::Whole),
            ("bytes=x-", Asked::Whole),
            ("lines=0-9", Asked::Whole),
        ] {
            assert_eq!(read(range, 100), answer, "{range}");
        }
    }

    #[test]
    fn moments_are_written_as_they_are_read() {
        let at: Timestamp = "2026-03-12T13:07:00Z".parse().expect("a moment");
        assert_eq!(date(at), "Thu, 12 Mar 2026 13:07:00 GMT");
        assert_eq!(moment(&date(at)), Some(at));
    }
}
