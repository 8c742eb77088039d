//! Logging in on the pages: a token becomes a session, which acts as the token would, and ends. USERS 9; issue 6, 4.
//! What another site's page asks with somebody's session is refused, whatever it asks.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "these tests send no forms of several parts")]
mod support;

use std::net::SocketAddr;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use jiff::Timestamp;
use sigill::archive;
use sigill::web::Options;
use sigill::web::auth::Role;
use sigill::web::auth::Tokens;
use support::Answer;
use support::Service;

const FORM: &str = "application/x-www-form-urlencoded";
const MINUTES: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("host", "sigill.exempel.se");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.to_owned())).unwrap()
}

fn login(service: &Service, token: &str, to: &str) -> Answer {
    let own = [("content-type", FORM), ("sec-fetch-site", "same-origin")];
    service.ask(request("POST", "/logga-in", &own, &format!("token={token}&to={to}")))
}

/// The cookie as the browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn entered(service: &Service, role: Role) -> String {
    cookie(&login(service, service.token(role), "/"))
}

fn get(service: &Service, cookie: &str, path: &str) -> Answer {
    service.ask(request("GET", path, &[("cookie", cookie)], ""))
}

#[test]
fn a_session_does_what_its_token_may_and_no_more() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let record = format!("/api/v1/records/{id}");
    assert_eq!(get(&service, "", &record).status, 404);
    let auditor = entered(&service, Role::Auditor);
    assert_eq!(get(&service, &auditor, &record).status, 200);
    assert_eq!(get(&service, &format!("a=b; {auditor}; c=d"), &format!("/handling/{id}")).status, 200);
    assert_eq!(get(&service, &entered(&service, Role::Public), &record).status, 404);
    let hold = |cookie: &str| {
        let own = [("cookie", cookie), ("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        service.ask(request("POST", &format!("{record}/holds"), &own, r#"{"reason":"prövning"}"#))
    };
    assert_eq!(hold(&auditor).status, 403);
    let answer = hold(&entered(&service, Role::Archivist));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let events = service.get(Some(Role::Auditor), &format!("{record}/events")).text();
    assert!(events.contains("archivist-desk"), "the act stands in the token's name: {events}");
}

#[test]
fn the_cookie_is_for_nobody_else_and_says_nothing() {
    let plain = Service::new();
    let answer = login(&plain, plain.token(Role::Registrar), "/");
    assert_eq!(answer.status, 303);
    let set = answer.header("set-cookie").to_owned();
    let (value, rest) = set.split_once(';').unwrap();
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Lax");
    let secret = value.strip_prefix("sigill-session=").unwrap();
    assert_eq!(secret.len(), 43, "32 random bytes");
    assert!(!plain.token(Role::Registrar).contains(secret));
    assert_ne!(value, cookie(&login(&plain, plain.token(Role::Registrar), "/")), "each login its own");
    let page = get(&plain, value, "/");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("vary").contains("cookie"), "{}", page.header("vary"));
    assert!(page.text().contains("registrar-desk"));

    let url = Some("https://sigill.exempel.se".to_owned());
    let behind_tls = Service::with(Options { public_url: url, ..Options::default() });
    let answer = login(&behind_tls, behind_tls.token(Role::Registrar), "/");
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-sigill="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{set}");
}

#[test]
fn what_is_no_token_opens_nothing() {
    let service = Service::new();
    let almost = {
        let mut token = service.token(Role::Administrator).to_owned();
        token.pop();
        token
    };
    for token in ["", "sgl_nonsense", &almost, &"x".repeat(5000)] {
        let answer = login(&service, token, "/");
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (401, ""));
        let page = answer.text();
        assert!(page.contains("Nyckeln gäller inte.") && page.contains("Du är inte inloggad."), "{page}");
        assert!(token.is_empty() || !page.contains(token), "what was handed in is not shown");
    }
    for made_up in ["sigill-session=", "sigill-session=x", &format!("sigill-session={}", "A".repeat(43))] {
        assert_eq!(get(&service, made_up, "/api/v1/retention/due?by=2030-01-01").status, 401, "{made_up}");
    }
}

#[test]
fn a_token_in_the_request_goes_before_the_cookie() {
    let service = Service::new();
    let cookie = entered(&service, Role::Administrator);
    let ask = |bearer: &str| {
        let headers = [("cookie", cookie.as_str()), ("authorization", bearer)];
        service.ask(request("GET", "/api/v1/records?limit=1", &headers, "")).status.as_u16()
    };
    assert_eq!(ask("Bearer sgl_nonsense"), 401, "an unknown token is refused, though the cookie is good");
    assert_eq!(ask(&format!("Bearer {}", service.token(Role::Auditor))), 200);
}

#[test]
fn logging_out_ends_the_session_and_not_only_the_cookie() {
    let service = Service::new();
    let cookie = entered(&service, Role::Registrar);
    let out = service.ask(request("POST", "/logga-ut", &[("cookie", &cookie), ("sec-fetch-site", "same-origin")], ""));
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/"));
    assert_eq!(out.header("set-cookie"), "sigill-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_eq!(
        get(&service, &cookie, "/api/v1/retention/due?by=2030-01-01").status,
        401,
        "whoever kept the cookie has nothing"
    );
    assert_eq!(get(&service, &cookie, "/logga-ut").status, 405, "no link logs anybody out");
    let page = get(&service, &cookie, "/logga-in").text();
    assert!(page.contains("Du är inte längre inloggad"), "{page}");
}

static MINUTE: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    let noon: Timestamp = "2026-11-01T12:00:00Z".parse().unwrap();
    noon + jiff::SignedDuration::from_mins(MINUTE.load(Ordering::SeqCst))
}

#[test]
fn a_session_ends_with_its_token_and_with_time() {
    let mut soon = String::new();
    let mut removed = (String::new(), String::new());
    let mut home = std::path::PathBuf::new();
    let how = archive::Options { clock, ..archive::Options::default() };
    let service = Service::keeping_time(Options::default(), how, |archive| {
        home = archive.to_owned();
        let mut tokens = Tokens::open(archive).unwrap();
        let ends = clock() + jiff::SignedDuration::from_mins(30);
        soon = tokens.create("short", Role::Auditor, Some(ends), clock()).unwrap();
        removed.0 = tokens.create("removed", Role::Auditor, None, clock()).unwrap();
        removed.1 = tokens.list().last().unwrap().id.clone();
    });
    let enter = |token: &str| cookie(&login(&service, token, "/"));
    let (soon, other, idle) = (enter(&soon), enter(&removed.0), enter(service.token(Role::Auditor)));
    let open = |cookie: &str| get(&service, cookie, "/api/v1/retention/due?by=2030-01-01").status.as_u16();
    assert_eq!((open(&soon), open(&other), open(&idle)), (200, 200, 200));
    assert!(Tokens::open(&home).unwrap().remove(&removed.1).unwrap());
    assert_eq!((open(&other), open(&idle)), (401, 200), "a session goes with its token, at once");
    MINUTE.store(30, Ordering::SeqCst);
    assert_eq!((open(&soon), open(&idle)), (401, 200), "and with its token's time");
    MINUTE.store(90, Ordering::SeqCst);
    assert_eq!(open(&idle), 401, "idle for an hour");
    let busy = enter(service.token(Role::Auditor));
    for minute in (90..690).step_by(45) {
        MINUTE.store(minute, Ordering::SeqCst);
        assert_eq!(open(&busy), 200, "{minute}");
    }
    MINUTE.store(690, Ordering::SeqCst);
    assert_eq!(open(&busy), 401, "ten hours are a day, for whoever is busy too");
    let page = get(&service, &busy, "/");
    assert_eq!(page.status, 200, "on pages that anybody sees, the session is simply over");
    assert!(page.text().contains("Logga in"));
}

#[test]
fn what_another_site_asks_with_somebodys_session_is_refused() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let cookie = entered(&service, Role::Administrator);
    let bearer = format!("Bearer {}", service.token(Role::Administrator));
    let hold = |headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
        let path = format!("/api/v1/records/{id}/holds");
        service.ask(request("POST", &path, &headers, r#"{"reason":"prövning"}"#)).status.as_u16()
    };
    let session = ("cookie", cookie.as_str());
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "invented"),
        ("origin", "https://evil.example"),
        ("origin", "http://sigill.exempel.se.evil.example"),
        ("origin", "http://sigill.exempel.se:8080"),
        ("origin", "null"),
        ("origin", "sigill.exempel.se"),
    ] {
        assert_eq!(hold(&[session, foreign]), 403, "{foreign:?}");
    }
    assert_eq!(hold(&[session, ("sec-fetch-site", "cross-site"), ("origin", "http://sigill.exempel.se")]), 403);
    for own in [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", "http://sigill.exempel.se")] {
        assert_eq!(hold(&[session, own]), 201, "{own:?}");
    }
    assert_eq!(hold(&[session]), 201, "a program that keeps cookies says nothing of sites");
    assert_eq!(hold(&[("authorization", &bearer), ("sec-fetch-site", "cross-site")]), 201, "no browser adds a token");
    let events = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/events")).text();
    assert_eq!(events.matches("\"held\"").count(), 5, "what was refused was not done: {events}");
    // To be logged in as somebody else, or out, is harm as well.
    let form = format!("token={}", service.token(Role::Auditor));
    let foreign = [("sec-fetch-site", "cross-site"), ("content-type", FORM)];
    let answer = service.ask(request("POST", "/logga-in", &foreign, &form));
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""));
    assert_eq!(service.ask(request("POST", "/logga-ut", &[session, foreign[0]], "")).status, 403);
    let link = service.ask(request("GET", "/sok", &[session, foreign[0]], ""));
    assert!(link.text().contains("administrator-desk"), "a link from elsewhere finds them logged in");
}

#[test]
fn login_leads_back_to_where_one_was_and_nowhere_else() {
    let service = Service::new();
    let refused = service.ask(request("GET", "/handling/0123456789abcdef0123456789abcdef?a=1&lang=en", &[], ""));
    assert_eq!(refused.status, 404);
    let link = "/logga-in?to=/handling/0123456789abcdef0123456789abcdef%3Fa%3D1%26lang%3Den&#38;lang=en";
    assert!(refused.text().contains(link), "{}", refused.text());
    let page = service.get(None, &link.replace("&#38;", "&")).text();
    assert!(page.contains(r#"name="to" value="/handling/0123456789abcdef0123456789abcdef?a=1&#38;lang=en""#), "{page}");
    let to = |place: &str| login(&service, service.token(Role::Auditor), place).header("location").to_owned();
    assert_eq!(to("/sok%3Fq%3D1"), "/sok?q=1");
    for place in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "%09//evil.example", "javascript:1"] {
        assert_eq!(to(place), "/", "{place}");
        let page = service.get(None, &format!("/logga-in?to={place}")).text();
        assert!(page.contains(r#"name="to" value="/""#), "{page}");
    }
}

#[test]
fn the_frame_shows_who_is_logged_in_and_where_they_work() {
    let service = Service::new();
    let nobody = get(&service, "", "/sok?lang=en").text();
    assert!(nobody.contains(">Log in</a>") && !nobody.contains("/gallring") && !nobody.contains("/logga-ut"));
    let public = get(&service, &entered(&service, Role::Public), "/sok").text();
    assert!(public.contains("public-desk") && !public.contains("/gallring"));
    let auditor = get(&service, &entered(&service, Role::Auditor), "/sok?lang=en").text();
    assert!(auditor.contains("auditor-desk") && auditor.contains(r#"action="/logga-ut?lang=en" method="post""#));
    assert!(auditor.contains("Disposal and delivery") && !auditor.contains(">Log in</a>"));
}

#[test]
fn a_page_of_the_same_host_without_tls_is_another_site_where_we_are_reached_by_tls() {
    let proxy: SocketAddr = "10.0.0.9:4000".parse().unwrap();
    let stranger: SocketAddr = "203.0.113.9:4000".parse().unwrap();
    let (own, plain) = ("https://sigill.exempel.se", "http://sigill.exempel.se");
    let url = |url: &str| Some(url.to_owned());
    // public_url, who speaks to us, what they say of the scheme, and whether pages of each origin are ours.
    for (public_url, peer, said, by_tls, without) in [
        (None, proxy, Some("https"), 401, 403),
        (None, proxy, Some("http"), 403, 401),
        (None, proxy, Some("http, https"), 401, 403),
        (None, stranger, Some("https"), 401, 401),
        (None, proxy, None, 401, 401),
        (url("https://annat.exempel.se"), stranger, None, 401, 403),
        (url("https://annat.exempel.se"), stranger, Some("http"), 401, 403),
        (url("https://sigill.exempel.se"), proxy, Some("http"), 401, 401),
        (url("http://sigill.exempel.se"), stranger, None, 403, 401),
    ] {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let service = Service::with(Options { public_url: public_url.clone(), trusted_proxies, ..Options::default() });
        for (origin, expected) in [(own, by_tls), (plain, without)] {
            let mut headers = vec![("content-type", FORM), ("origin", origin)];
            headers.extend(said.map(|said| ("x-forwarded-proto", said)));
            let mut login = request("POST", "/logga-in", &headers, "token=sgl_no");
            login.extensions_mut().insert(ConnectInfo(peer));
            // A token that is none is looked at only where the page that sent it is ours.
            assert_eq!(service.ask(login).status, expected, "{public_url:?} {peer} {said:?} {origin}");
        }
    }
}
