//! Logging in through an identity provider: a real one (npm's oidc-provider) from end to end, and one of our own that lies.
//! OpenID Connect Core 3.1; RFC 6749, 7636, 9207. Issue 6, 4.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "these tests send no forms of several parts")]
mod support;

#[path = "oidc/liar.rs"]
mod liar;
#[path = "oidc/real.rs"]
mod real;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Request;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use sigill::archive;
use sigill::web::Options;
use sigill::web::audit;
use sigill::web::audit::Wanted;
use sigill::web::auth::Role;
use sigill::web::oidc::Settings;
use support::Answer;
use support::Service;

use crate::liar::Liar;

/// Where people reach the service.
const HERE: &str = "http://127.0.0.1:8480";
const MINUTES: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
/// What goes when a person says that it is obsolete.
const SCHEDULE: &str = r#"
[schedule]
version = "1"
example = false
plan = "Dokumenthanteringsplan 1"

[[rule]]
id = "anteckningar"
record_types = ["claim"]
handlingstyp = { sv = "Anteckning", en = "Note" }
outcome = "gallras-vid-inaktualitet"
basis = { decision = "KS 2025/9", date = "2025-11-30" }
"#;

fn settings(issuer: &str, client: &str, secret: &Path) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: client.to_owned(),
        client_secret_file: Some(secret.to_owned()),
        ca_file: None,
        name: "kommunkontot".to_owned(),
        scopes: vec!["openid".to_owned()],
        role_claim: "groups".to_owned(),
        person_claim: "sub".to_owned(),
        roles: [("g-arkiv", Role::Archivist), ("g-diariet", Role::Registrar)].map(|(g, r)| (g.to_owned(), r)).into(),
    }
}

fn service(settings: Settings, clock: fn() -> Timestamp) -> Service {
    let options = Options { public_url: Some(HERE.to_owned()), oidc: Some(settings), ..Options::default() };
    Service::keeping_time(options, archive::Options { clock, ..archive::Options::default() }, |home| {
        std::fs::write(home.join("retention.toml"), SCHEDULE).unwrap();
    })
}

fn ask(service: &Service, method: &str, path: &str, cookies: &str, body: &str) -> Answer {
    let request =
        Request::builder().method(method).uri(path).header("host", "127.0.0.1:8480").header("cookie", cookies);
    let request = request.header("content-type", "application/json").header("sec-fetch-site", "same-origin");
    service.ask(request.body(Body::from(body.to_owned())).unwrap())
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(|value| value.split(';').next().unwrap().to_owned()).collect::<Vec<_>>().join("; ")
}

/// Begins a login; gives the browser's cookie, and where it is sent.
fn begun(service: &Service) -> (String, String) {
    let sent = ask(service, "GET", "/logga-in/hos?to=/register", "", "");
    assert_eq!(sent.status, 303, "{}", sent.text());
    (cookies(&sent), sent.header("location").to_owned())
}

fn of_query(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default().to_owned()
}

fn noted(service: &Service) -> Vec<(String, String, String)> {
    let lines = audit::read(service.archive.directory(), &Wanted { limit: usize::MAX, ..Wanted::default() }).unwrap();
    lines.into_iter().map(|line| (line.who, line.what, line.result)).collect()
}

/// Logs somebody in at the real provider; gives the cookies of the session.
fn entered(service: &Service, provider: &real::Real, person: &str) -> Answer {
    let (cookie, place) = begun(service);
    let back = provider.log_in(&place, person, HERE);
    ask(service, "GET", back.strip_prefix(HERE).unwrap(), &cookie, "")
}

#[test]
fn a_real_provider_lets_people_in_who_act_as_their_role_and_are_one_person_each() {
    let Some(provider) = real::Real::start(&format!("{HERE}/logga-in/svar")) else { return };
    for algorithm in ["PS256", "ES256", "EdDSA"] {
        let service =
            service(settings(&provider.issuer, &format!("sigill-{algorithm}"), &provider.secret), Timestamp::now);
        let back = entered(&service, &provider, "anna+g-arkiv");
        assert_eq!((back.status.as_u16(), back.header("location")), (303, "/register"), "{algorithm}: {}", back.text());
    }
    let service = service(settings(&provider.issuer, "sigill-RS256", &provider.secret), Timestamp::now);
    assert!(service.get(None, "/logga-in").text().contains("Logga in med kommunkontot"));
    let anna = cookies(&entered(&service, &provider, "anna+g-arkiv"));
    let bo = cookies(&entered(&service, &provider, "bo+g-arkiv"));
    let clerk = cookies(&entered(&service, &provider, "siv+g-diariet"));
    let stranger = entered(&service, &provider, "ulf+alla");
    assert_eq!(stranger.status, 403);
    assert!(stranger.text().contains("Du har ingen roll här"), "{}", stranger.text());

    let id = service.register(MINUTES, "recordType=claim");
    let list = json!({ "records": [id] }).to_string();
    let proposed = ask(&service, "POST", "/api/v1/disposal-lists", &anna, &list);
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    let path = format!("/api/v1/disposal-lists/{}/decision", proposed.json()["proposal"].as_str().unwrap());
    let decide = |cookies: &str| ask(&service, "POST", &path, cookies, r#"{"decision":"KS 2026/1"}"#).status.as_u16();
    let again = cookies(&entered(&service, &provider, "anna+g-arkiv"));
    assert_eq!(decide(&again), 403, "the same person, logged in anew");
    assert_eq!(decide(&clerk), 403, "a registrar decides nothing");
    assert_eq!(decide(&bo), 201, "another person");

    let out = ask(&service, "POST", "/logga-ut", &bo, "");
    let place = format!("0; url={}/session/end?client_id=sigill-RS256", provider.issuer);
    assert!(out.header("refresh").starts_with(&place), "{:?}", out.headers);
    assert_eq!(decide(&bo), 401, "the session has ended");
    let anna = format!("{}#anna+g-arkiv", provider.issuer);
    assert!(noted(&service).contains(&(anna, "login".to_owned(), "done".to_owned())), "{:?}", noted(&service));
    assert!(noted(&service).contains(&("public".to_owned(), "login".to_owned(), "refused".to_owned())));
}

/// The time that the liar's tests keep.
static CLOCK: AtomicI64 = AtomicI64::new(1_793_000_000);

fn clock() -> Timestamp {
    Timestamp::from_second(CLOCK.load(Ordering::Relaxed)).unwrap()
}

/// What comes of a login in which the provider says this, after `change` of what is true.
fn comes_of(service: &Service, liar: &Liar, change: impl Fn(&mut liar::Token)) -> u16 {
    let (cookie, place) = begun(service);
    let now = clock().as_second();
    let mut token = liar.honest(&of_query(&place, "nonce"), now);
    change(&mut token);
    liar.say(&token);
    let path = format!("/logga-in/svar?code=c&state={}", of_query(&place, "state"));
    let back = ask(service, "GET", &path, &cookie, "");
    let inside =
        back.headers.get_all("set-cookie").iter().any(|set| set.to_str().unwrap().starts_with("sigill-session="));
    assert_eq!(inside, back.status == 303, "a session comes with an accepted login alone");
    back.status.as_u16()
}

#[test]
fn nothing_that_a_token_says_is_believed_unless_all_of_it_holds() {
    let liar = Liar::start();
    let service = service(settings(&liar.issuer, "sigill", &liar.secret), clock);
    let comes_of = |change: &dyn Fn(&mut liar::Token)| comes_of(&service, &liar, change);
    let now = clock().as_second();
    assert_eq!(comes_of(&|_| {}), 303, "what is true is believed");
    assert_eq!(
        comes_of(&|token| token.claims["aud"] = json!(["x", "sigill"])),
        401,
        "for several, asked for by nobody"
    );
    assert_eq!(
        comes_of(&|token| (token.claims["aud"], token.claims["azp"]) = (json!(["x", "sigill"]), json!("sigill"))),
        303
    );
    assert_eq!(comes_of(&|token| token.claims["exp"] = json!(now - 59)), 303, "clocks differ by a minute");
    type Lie<'l> = (&'l str, &'l dyn Fn(&mut liar::Token));
    let lies: [Lie<'_>; 13] = [
        ("another login", &|token| token.claims["nonce"] = json!("another")),
        ("another client", &|token| token.claims["aud"] = json!("another")),
        ("asked for by another", &|token| token.claims["azp"] = json!("another")),
        ("another issuer", &|token| token.claims["iss"] = json!("https://other.example")),
        ("expired", &|token| token.claims["exp"] = json!(now - 60)),
        ("no end", &|token| token.claims["exp"] = json!(null)),
        ("of the future", &|token| token.claims["iat"] = json!(now + 61)),
        ("of the past", &|token| token.claims["iat"] = json!(now - 601)),
        ("nobody", &|token| token.claims["sub"] = json!("")),
        ("no algorithm", &|token| (token.header["alg"], token.how) = (json!("none"), liar::How::Unsigned)),
        ("a shared secret", &|token| (token.header["alg"], token.how) = (json!("HS256"), liar::How::PublicKeyAsSecret)),
        ("another's key", &|token| token.how = liar::How::AnothersKey),
        ("what we do not know", &|token| token.header["crit"] = json!(["b64"])),
    ];
    for (lie, tell) in lies {
        assert_eq!(comes_of(tell), 401, "{lie}");
    }
    assert_eq!(comes_of(&|token| token.claims["sub"] = json!("19620314-1239")), 403, "a personal number names nobody");
    assert_eq!(comes_of(&|token| token.claims["groups"] = json!(["alla"])), 403, "no role");
}

#[test]
fn a_login_is_finished_by_the_browser_that_began_it_and_with_our_proof() {
    let liar = Liar::start();
    let service = service(settings(&liar.issuer, "sigill", &liar.secret), clock);
    let (cookie, place) = begun(&service);
    liar.say(&liar.honest(&of_query(&place, "nonce"), clock().as_second()));
    let state = of_query(&place, "state");
    let finish =
        |cookie: &str, query: &str| ask(&service, "GET", &format!("/logga-in/svar?{query}"), cookie, "").status;
    assert_eq!(finish(&cookie, "code=c&state=another"), 401);
    assert_eq!(finish(&cookie, "code=c"), 401, "no state");
    assert_eq!(finish("", &format!("code=c&state={state}")), 401, "another browser");
    assert_eq!(finish("sigill-login=.", &format!("code=c&state={state}")), 401, "a secret that is none");
    assert_eq!(finish(&cookie, &format!("code=c&state={state}&iss=https://other.example")), 401, "another provider");
    assert_eq!(finish(&cookie, &format!("error=access_denied&state={state}")), 401);
    assert_eq!(liar.redeemed(), 0, "nobody was asked about any of these");
    assert_eq!(finish(&cookie, &format!("code=c&state={state}")), 303);
    assert_eq!(liar.proved(&of_query(&place, "code_challenge")), (true, true), "PKCE's verifier, and our secret");
}

#[test]
fn a_provider_that_takes_the_secret_in_the_form_gets_it_there_and_nowhere_else() {
    for (methods, in_header) in [
        (json!(["client_secret_post"]), false),
        (json!(["private_key_jwt", "client_secret_post"]), false),
        (json!(["client_secret_post", "client_secret_basic"]), true),
        (json!(null), true),
    ] {
        let liar = Liar::with(None, Some(methods.clone()));
        let service = service(settings(&liar.issuer, "sigill", &liar.secret), clock);
        assert_eq!(comes_of(&service, &liar, |_| {}), 303, "{methods}");
        let request = liar.last();
        let (head, form) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.to_lowercase().contains("authorization:"), in_header, "{methods}: {head}");
        let fields: Vec<&str> = form.split('&').collect();
        let sent = fields.contains(&"client_id=sigill") && fields.contains(&"client_secret=s%25cret");
        assert_eq!(sent, !in_header, "{methods}: {form}");
        assert!(!head.contains("cret") || in_header, "the secret stands in no address: {head}");
    }
}

/// Authorities and a server's certificate by `openssl`, as people make them.
fn authority(folder: &Path, name: &str) -> std::path::PathBuf {
    let run = |arguments: &str| {
        let output = std::process::Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let (ca, own) = (format!("{name}-ca"), format!("{name}-server"));
    run(&format!("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.pem"));
    run(&format!("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {own}.key -out {own}.csr"));
    std::fs::write(folder.join("extension"), "subjectAltName=DNS:localhost").unwrap();
    let by = format!("-CA {ca}.pem -CAkey {ca}.key -CAcreateserial -extfile extension");
    run(&format!("x509 -req -in {own}.csr -out {own}.pem -days 2 {by}"));
    folder.join(format!("{ca}.pem"))
}

#[test]
fn a_provider_of_a_bodys_own_authority_is_believed_by_that_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (authority(folder.path(), "own"), authority(folder.path(), "other"));
    let certificate = CertificateDer::from_pem_file(folder.path().join("own-server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.path().join("own-server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let liar = Liar::with(Some(Arc::new(tls)), None);
    let by = |ca_file| service(Settings { ca_file, ..settings(&liar.issuer, "sigill", &liar.secret) }, clock);
    assert_eq!(comes_of(&by(Some(own)), &liar, |_| {}), 303);
    for stranger in [None, Some(other)] {
        let sent = ask(&by(stranger.clone()), "GET", "/logga-in/hos", "", "");
        assert_eq!(sent.header("location"), "", "{stranger:?}: {}", sent.text());
        assert!(sent.status.is_server_error(), "{stranger:?}: {}", sent.status);
    }
    // A file without a certificate stops the service at its start, not a person at the login.
    let archive = Service::new().archive;
    let broken = settings(&liar.issuer, "sigill", &liar.secret);
    let options = |ca_file| Options {
        public_url: Some(HERE.to_owned()),
        oidc: Some(Settings { ca_file: Some(ca_file), ..broken.clone() }),
        ..Options::default()
    };
    for file in ["own-server.key", "absent.pem"] {
        let refused = sigill::web::router(Arc::clone(&archive), options(folder.path().join(file)));
        assert!(refused.is_err_and(|error| error.to_string().contains("ca_file")), "{file}");
    }
}

#[test]
fn a_new_key_is_fetched_when_it_is_used_and_at_most_once_a_minute() {
    static TIME: AtomicI64 = AtomicI64::new(1_793_000_000);
    fn time() -> Timestamp {
        Timestamp::from_second(TIME.load(Ordering::Relaxed)).unwrap()
    }
    let liar = Liar::start();
    let service = service(settings(&liar.issuer, "sigill", &liar.secret), time);
    let log_in = || {
        let (cookie, place) = begun(&service);
        liar.say(&liar.honest(&of_query(&place, "nonce"), time().as_second()));
        let path = format!("/logga-in/svar?code=c&state={}", of_query(&place, "state"));
        ask(&service, "GET", &path, &cookie, "").status.as_u16()
    };
    assert_eq!((log_in(), log_in(), liar.keys_read()), (303, 303, 1));
    liar.rotate();
    assert_eq!((log_in(), liar.keys_read()), (303, 2));
    liar.rotate();
    assert_eq!((log_in(), log_in(), liar.keys_read()), (401, 401, 2), "not again within the minute");
    TIME.fetch_add(60, Ordering::Relaxed);
    assert_eq!((log_in(), liar.keys_read()), (303, 3));
}
