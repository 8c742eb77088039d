//! The trace that a caller says his request belongs to: `traceparent` of W3C Trace Context, taken only in its exact form.

use axum::http::HeaderMap;

/// The lengths of its parts: version, trace, span, flags.
const PARTS: [usize; 4] = [2, 32, 16, 2];
/// The version whose form is known; later ones begin in the same way and may go on.
const KNOWN: &str = "00";
/// A version that there never is.
const NONE: &str = "ff";

/// The trace and the span that this request continues, as the caller wrote them; nothing else that he wrote.
pub(crate) fn parent(headers: &HeaderMap) -> Option<String> {
    let mut said = headers.get_all("traceparent").iter();
    let (Some(text), None) = (said.next(), said.next()) else { return None };
    let text = text.to_str().ok()?;
    let mut parts = text.split('-');
    let known: Vec<&str> = parts.by_ref().take(PARTS.len()).collect();
    let formed = known.len() == PARTS.len() && known.iter().zip(PARTS).all(|(part, length)| is_hex(part, length));
    let version = known.first().copied()?;
    let whole = version != NONE && (version != KNOWN || parts.next().is_none());
    (formed && whole).then(|| known.join("-"))
}

fn is_hex(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
