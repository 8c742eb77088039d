//! Pages of other sites that may ask the interface from a browser: those that are named, and nobody else. Fetch, CORS.
//! Never with what a browser adds by itself: a page of another site has to bring a token of its own.

use std::time::Duration;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Uri;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tower::Layer;
use tower::ServiceExt;
use tower_http::cors::AllowOrigin;
use tower_http::cors::CorsLayer;

use crate::web::state::App;

/// What the interface is asked by.
const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];
/// What a question may carry beside what every page may send.
const ASKED_WITH: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    header::RANGE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("prefer"),
    HeaderName::from_static("repr-digest"),
];
/// What of an answer's head such a page may read.
const ANSWERED_WITH: [HeaderName; 9] = [
    header::CONTENT_DISPOSITION,
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("x-request-id"),
];
/// How long a browser may remember that it may ask: an origin that is taken off the list is off within that.
const REMEMBERED: Duration = Duration::from_secs(600);

/// An origin as browsers write it: scheme, host and, where it is not the usual one, a port; nothing else.
pub fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return false,
    };
    let host = authority.host();
    let plain = !host.is_empty() && !host.contains('*') && !authority.as_str().contains('@');
    let port = authority.port_u16().filter(|port| *port != usual);
    let written = port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"));
    // Written back it is the same, so that nothing stands before or after it, and in small letters as browsers write it.
    plain && written == text && written == text.to_lowercase()
}

/// The origin of a page that may ask here.
fn named(app: &App, uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN).filter(|_| uri.path().starts_with("/api/"))?;
    app.options().cors_origins.iter().any(|named| named.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// The outermost layer: also what is refused for want of room or right is told to a page that may ask.
pub(crate) async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(origin) = named(&app, request.uri(), request.headers()) {
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::exact(origin))
            .allow_methods(METHODS)
            .allow_headers(ASKED_WITH)
            .expose_headers(ANSWERED_WITH)
            .max_age(REMEMBERED);
        let answered = layer.layer(next).oneshot(request).await;
        let mut response = answered.unwrap_or_else(|never| match never {}).into_response();
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
        return response;
    }
    let varies = !app.options().cors_origins.is_empty() && request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if varies {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for right in
            ["https://www.example.se", "http://localhost:3000", "https://example.se:8443", "https://[::1]:8443"]
        {
            assert!(is_origin(right), "{right}");
        }
        for wrong in [
            "*",
            "null",
            "",
            "www.example.se",
            "https://",
            "https://*.example.se",
            "https://www.example.se/",
            "https://www.example.se/sida",
            "https://www.example.se?x",
            "https://WWW.example.se",
            "https://www.example.se:443",
            "http://www.example.se:80",
            "https://anna@www.example.se",
            "ftp://www.example.se",
            "https://www.example.se, https://other.example.se",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
