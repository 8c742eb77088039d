//! Whether a request names the host it is for, once and in a form that is one. RFC 9112 section 3.2.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Request;
use axum::http::Version;
use axum::http::header;
use axum::http::uri::Authority;

/// Said of a request that does not; `guard` refuses it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unnamed;

/// Marks a request that came on a connection and does not name its host as it must.
pub(crate) fn mark<B>(request: &mut Request<B>) {
    if !named(request.version(), request.headers()) {
        request.extensions_mut().insert(Unnamed);
    }
}

/// Only before HTTP/1.1 may the host be left out.
fn named(version: Version, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(value), None) => is_host(value),
        (Some(_), Some(_)) => false,
    }
}

/// `uri-host [ ":" port ]`, and a host that is not empty (RFC 9110 section 4.2.1).
fn is_host(value: &HeaderValue) -> bool {
    let Some(text) = value.to_str().ok() else { return false };
    let Ok(authority) = text.parse::<Authority>() else { return false };
    // What stands before the host is somebody's name, which has no place here.
    let Some(rest) = text.strip_prefix(authority.host()) else { return false };
    let port = rest.strip_prefix(':').unwrap_or(rest);
    !authority.host().is_empty() && port.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        let host = |text: &str| is_host(&HeaderValue::from_bytes(text.as_bytes()).expect("a header"));
        for right in ["localhost", "sigill.exempel.se", "a_b.se:8480", "127.0.0.1:80", "[::1]", "[::1]:8480", "x:"] {
            assert!(host(right), "{right}");
        }
        for wrong in
            ["", ":80", "a b", "a, b", "a/b", "http://a", "anna@a", "a:b", "a:8o", "a:80:80", "å", "[::1", "::1", "a?b"]
        {
            assert!(!host(wrong), "{wrong}");
        }
    }
}
