//! At the door: who comes, by which way, and whether another site sent their browser. INTERFACES section 3; RFC 6750.
//! A token in the request goes before a cookie. What a browser adds by itself is believed only for requests of our own
//! pages (Fetch Metadata; RFC 6454, Origin), so that no form needs a secret of its own.

use axum::extract::Request;
use axum::http::Extensions;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header;

use crate::web::caller::Caller;
use crate::web::caller::Way;
use crate::web::certificate;
use crate::web::session::Holder;
use crate::web::state::App;
use crate::web::tls::ClientCertificate;

/// What a proxy says of the scheme by which it was reached.
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// Where people log in.
pub(crate) const LOGIN: &str = "/logga-in";
/// Where they log out.
pub(crate) const LOGOUT: &str = "/logga-ut";
/// The session's cookie where browsers reach us by TLS alone; no other host or path can set one of this name.
const COOKIE: &str = "__Host-sigill";
/// The same without TLS, where browsers refuse that name.
const COOKIE_PLAIN: &str = "sigill-session";
/// How long somebody may take at the identity provider, in seconds: to find a card and a code.
const BEGUN_SECONDS: u32 = 600;

/// Who made a request.
pub(crate) fn caller(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Caller {
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let (scheme, presented) = header.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
        let token = scheme.eq_ignore_ascii_case("bearer").then(|| app.authenticate(presented.trim())).flatten();
        // A token that is not known is never the public: whoever sent it expects more, and should be told.
        return token.map_or_else(|| Caller::nobody(Way::Unknown), |token| Caller::of(token, Way::Bearer));
    }
    let session = session(app, headers);
    let entered =
        session.and_then(|secret| by_session(app, secret)).or_else(|| by_certificate(app, headers, extensions));
    entered.unwrap_or_else(|| Caller::nobody(if session.is_some() { Way::Ended } else { Way::Nobody }))
}

/// The holder of a client certificate: proved to us, or to a proxy that is trusted to say so (RFC 9440).
fn by_certificate(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Option<Caller> {
    let known = &app.options().client_certificates;
    let shown = match extensions.get::<ClientCertificate>() {
        Some(ClientCertificate(shown)) => shown.clone(),
        None if app.rates().by_proxy(extensions) => certificate::told(headers)?,
        None => return None,
    };
    let known = certificate::find(known, &shown)?;
    Some(Caller::named(&known.name, known.role, Way::Certificate))
}

fn by_session(app: &App, secret: &str) -> Option<Caller> {
    match app.sessions().holder(secret, app.archive().now())? {
        Holder::Token(id) => app.token(&id).map(|token| Caller::of(token, Way::Session)),
        Holder::Person(person) => Some(Caller::named(&person.name, person.role, Way::Session)),
    }
}

/// What the session's cookie holds, where there is one.
pub(crate) fn session<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    held(headers, cookie_name(app))
}

/// What the cookie of a login at the identity provider holds, while it is under way.
pub(crate) fn begun<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    held(headers, begun_name(app))
}

fn held<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, value)| *own == name && !value.is_empty()).map(|(_, value)| value)
}

/// The header that gives a browser its session; with no secret, that takes it away.
///
/// `Lax`, not `Strict`: a link in a colleague's mail must find people logged in, and an identity provider sends them back
/// by one. What such a link can ask for changes nothing, and [`foreign`] refuses the rest.
pub(crate) fn cookie(app: &App, secret: Option<&str>) -> String {
    let (name, secure) = (cookie_name(app), if app.options().secure() { "; Secure" } else { "" });
    let (value, ended) = secret.map_or(("", "; Max-Age=0"), |secret| (secret, ""));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{ended}")
}

/// The header that binds a login at the identity provider to a browser; with no value, that ends it.
pub(crate) fn begun_cookie(app: &App, value: Option<&str>) -> String {
    let (name, secure) = (begun_name(app), if app.options().secure() { "; Secure" } else { "" });
    let (value, seconds) = value.map_or(("", 0), |value| (value, BEGUN_SECONDS));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

fn begun_name(app: &App) -> &'static str {
    if app.options().secure() { "__Host-sigill-login" } else { "sigill-login" }
}

fn cookie_name(app: &App) -> &'static str {
    if app.options().secure() { COOKIE } else { COOKIE_PLAIN }
}

/// Whether a request would change something on behalf of whoever sits at the browser, and comes from another site.
pub(crate) fn foreign(app: &App, caller: &Caller, request: &Request) -> bool {
    // To be logged in or out by a foreign page is harm too, and needs no session.
    let door = [LOGIN, LOGOUT].contains(&request.uri().path());
    !request.method().is_safe() && (door || caller.comes_by_browser()) && !ours(app, request)
}

/// Whether it is one of our own pages that asks, by what browsers say of it and pages cannot forge. Programs say nothing.
fn ours(app: &App, request: &Request) -> bool {
    let said = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = said("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = said("origin") else { return true };
    if app.options().public_url.as_deref().is_some_and(|own| origin.eq_ignore_ascii_case(own)) {
        return true;
    }
    let (Some((scheme, from)), Some(host)) = (origin.split_once("://"), said("host")) else { return false };
    let reached = reached_by(app, request).is_none_or(|own| scheme.eq_ignore_ascii_case(own));
    reached && !host.is_empty() && from.eq_ignore_ascii_case(host)
}

/// The scheme by which the browser reached us, where that is known: a page of the same host without TLS may be anybody's
/// who stands between. A proxy that is trusted knows; the last word of what it says is its own.
fn reached_by<'r>(app: &'r App, request: &'r Request) -> Option<&'r str> {
    if app.options().tls.is_some() {
        return Some("https");
    }
    let told = request.headers().get_all(FORWARDED_PROTO).iter().next_back().and_then(|value| value.to_str().ok());
    let told = told.and_then(|told| told.rsplit(',').next()).map(str::trim);
    let told = told.filter(|_| app.rates().by_proxy(request.extensions()));
    told.or_else(|| app.options().public_url.as_deref().and_then(|url| url.split_once("://")).map(|(scheme, _)| scheme))
}

/// A place within the service that somebody is sent to after login; anything else is the first page. No other host: a
/// browser reads `//host` and `/\host` as one. Not the doors themselves, which are no places to be.
pub(crate) fn local(place: &str) -> &str {
    let mut characters = place.chars();
    let begins = characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'));
    let plain = place.chars().all(|each| each.is_ascii_graphic() && each != '\\');
    let door = [LOGIN, LOGOUT].iter().any(|door| place.starts_with(door));
    if begins && plain && !door && place.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none()) {
        place
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for place in ["/", "/sok?q=1&lang=en", "/handling/1a", "/a//b", "/%2F%2Fb"] {
            assert_eq!(local(place), place);
        }
        for place in [
            "",
            "sok",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/a\r\nb: c",
            "https://evil.example",
            "javascript:alert(1)",
            "/å",
            " /",
            "/ /evil.example",
            "/logga-in/svar?error=access_denied&state=zz",
            "/logga-ut",
        ] {
            assert_eq!(local(place), "/", "{place:?}");
        }
    }
}
