//! Who may come in, and who did what: tokens made and removed on the page and by hand, and the audit log. USERS 4b, 9.8.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "these tests send no forms of several parts")]
mod support;

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use http_body::Frame;
use serde_json::Value;
use sigill::archive;
use sigill::archive::record::RecordId;
use sigill::web::Options;
use sigill::web::audit;
use sigill::web::audit::Line;
use sigill::web::audit::Wanted;
use sigill::web::auth;
use sigill::web::auth::Role;
use sigill::web::auth::Tokens;
use support::Answer;
use support::Service;

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
const KEYS: &str = "/installningar/nycklar";

fn send(service: &Service, role: Option<Role>, path: &str, form: &str) -> Answer {
    let request = service.request(role, "POST", path).header("content-type", "application/x-www-form-urlencoded");
    service.ask(request.body(Body::from(form.to_owned())).unwrap())
}

fn lines(service: &Service) -> Vec<Line> {
    audit::read(service.archive.directory(), &Wanted { limit: usize::MAX, ..Wanted::default() }).unwrap()
}

/// The token that a page shows.
fn shown(page: &str) -> String {
    let at = page.find("sgl_").unwrap();
    page[at..].chars().take_while(|each| !each.is_whitespace() && *each != '<').collect()
}

#[test]
fn a_token_made_on_the_page_is_shown_once_and_opens_what_it_may_until_it_is_removed() {
    let service = Service::new();
    let made = send(&service, Some(Role::Administrator), KEYS, "name=diariet&role=auditor&expires=2026-12-31&person=");
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.header("cache-control"), "no-store");
    let secret = shown(&made.text());
    let page = service.get(Some(Role::Administrator), KEYS).text().replace('\u{a0}', " ");
    assert!(page.contains("diariet") && page.contains("31 december 2026") && !page.contains("sgl_"), "{page}");
    let ask = |path: &str| {
        let request = service.request(None, "GET", path).header("authorization", format!("Bearer {secret}"));
        service.ask(request.body(Body::empty()).unwrap()).status.as_u16()
    };
    assert_eq!(ask("/api/v1/retention/due?by=2030-01-01"), 200);
    assert_eq!(ask(KEYS), 403, "an auditor makes no tokens");
    let tokens = Tokens::open(service.archive.directory()).unwrap();
    let token = tokens.list().last().unwrap();
    assert_eq!((token.name.as_str(), token.role), ("diariet", Role::Auditor));
    assert_eq!(token.expires.unwrap().to_string(), "2026-12-31T23:00:00Z", "to the end of the day in Sweden");
    let page = service.get(Some(Role::Administrator), KEYS).text().replace('\u{a0}', " ");
    assert!(page.contains("2026-11-01"), "the day of its last use: {page}");
    let removed = send(&service, Some(Role::Administrator), &format!("{KEYS}/{}/ta-bort", token.id), "");
    assert_eq!(removed.status, 303);
    assert_eq!(ask("/api/v1/retention/due?by=2030-01-01"), 401);
    // Both stand in the ledger, by whom; the token itself stands nowhere.
    let acts = service.archive.acts(RecordId::ARCHIVE).unwrap();
    let told: Vec<(&str, &str)> =
        acts.iter().map(|acted| (acted.act.deed.event().name(), acted.act.by.as_str())).collect();
    assert_eq!(told, [("token-made", "administrator-desk"), ("token-removed", "administrator-desk")]);
    assert!(service.archive.schedules().unwrap().is_empty(), "a token is no retention schedule");
    let said: Vec<String> = lines(&service).into_iter().map(|line| line.what).collect();
    let [made, gone] = [format!("token create {} auditor", token.id), format!("token remove {}", token.id)];
    assert!(said.contains(&made) && said.contains(&gone), "{said:?}");
}

#[test]
fn only_administrators_decide_who_may_come_in() {
    let service = Service::new();
    for (role, status) in [
        (None, 401),
        (Some(Role::Public), 403),
        (Some(Role::Auditor), 403),
        (Some(Role::Registrar), 403),
        (Some(Role::Archivist), 403),
    ] {
        assert_eq!(service.get(role, KEYS).status, status, "{role:?}");
        assert_eq!(send(&service, role, KEYS, "name=x&role=administrator").status, status, "{role:?}");
        assert_eq!(send(&service, role, &format!("{KEYS}/00000000/ta-bort"), "").status, status, "{role:?}");
    }
    assert_eq!(Tokens::open(service.archive.directory()).unwrap().list().len(), Role::ALL.len(), "none was made");
    assert_eq!(send(&service, Some(Role::Administrator), &format!("{KEYS}/00000000/ta-bort"), "").status, 404);
}

/// A body that is nothing well-formed, and tells whether anybody looked.
#[derive(Clone, Default)]
struct Told(Arc<AtomicBool>);

impl HttpBody for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let again = self.0.swap(true, Ordering::Relaxed);
        Poll::Ready((!again).then(|| Ok(Frame::data(Bytes::from_static(b"{ \xff")))))
    }
}

#[test]
fn who_may_not_act_is_told_so_before_anything_they_sent_is_looked_at() {
    let service = Service::new();
    let description = service.get(None, "/api/v1/openapi.json").json();
    let acts = description["paths"].as_object().unwrap().iter();
    let acts = acts.filter(|(_, calls)| !calls["post"]["security"].is_null());
    let acts: Vec<String> = acts.map(|(path, _)| format!("/api/v1{}", path.replace(['{', '}'], "%FF"))).collect();
    assert_eq!(acts.len(), 18, "{acts:?}");
    let send = |role: Option<Role>, path: &str, header: (&str, &str)| {
        let body = Told::default();
        let request = service.request(role, "POST", &format!("{path}?unknown=%FF")).header(header.0, header.1);
        let answer = service.ask(request.body(Body::new(body.clone())).unwrap());
        (answer, body.0.load(Ordering::Relaxed))
    };
    let headers = [
        ("content-type", "application/json"),
        ("content-type", "multipart/form-data"),
        ("content-encoding", "gzip"),
        ("content-digest", "sha-256=:A:"),
        ("content-length", "999999999999"),
        ("idempotency-key", "not a key"),
    ];
    for path in &acts {
        for header in headers {
            let callers = [(None, 401), (Some(Role::Public), 403), (Some(Role::Auditor), 403)];
            // An auditor may search.
            let callers = callers.into_iter().take(if path == "/api/v1/search" { 2 } else { 3 });
            for (role, status) in callers {
                let (answer, read) = send(role, path, header);
                assert_eq!((answer.status.as_u16(), read), (status, false), "{role:?} {path} {header:?}");
                assert_eq!(answer.header("content-type"), "application/problem+json");
            }
        }
        let (answer, _) = send(Some(Role::Administrator), path, headers[0]);
        assert!([400, 404, 415].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
        let other = service.ask(service.request(None, "PUT", path).body(Body::empty()).unwrap());
        assert_eq!(other.status, 405, "{path}: no act at all");
    }
}

#[test]
fn a_key_that_was_used_opens_nothing_for_who_may_not_act() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let send = |path: &str, body: &str| {
        let request = service.request(Some(Role::Registrar), "POST", path).header("idempotency-key", "a-key");
        let request = request.header("content-type", "application/json");
        service.ask(request.body(Body::from(body.to_owned())).unwrap()).status.as_u16()
    };
    assert_eq!(send(&format!("/api/v1/records/{id}/holds"), r#"{"reason":"Mal"}"#), 201);
    assert_eq!(send("/api/v1/disposal-lists/9f2c41d0/decision", r#"{"decision":"KS 1"}"#), 403);
}

#[test]
fn a_token_that_would_break_a_log_or_name_a_personal_number_is_not_made() {
    let service = Service::new();
    for form in [
        "name=&role=auditor",
        "name=a%0Ab&role=auditor",
        "name=Anna+19620314-1239&role=auditor",
        "name=x&role=auditor&person=196203141239",
        "name=x&role=auditor&expires=2026-10-31",
        "name=x&role=auditor&expires=snart",
    ] {
        let answer = send(&service, Some(Role::Administrator), KEYS, form);
        assert_eq!(answer.status, 400, "{form}");
        assert!(answer.text().contains("Ingen nyckel har skapats."), "{form}: {}", answer.text());
    }
    assert!(send(&service, Some(Role::Administrator), KEYS, "name=x&role=king").status.is_client_error());
    assert_eq!(Tokens::open(service.archive.directory()).unwrap().list().len(), Role::ALL.len());
}

#[test]
fn no_two_tokens_have_one_name_at_a_time_so_that_it_can_be_told_who_acted() {
    let service = Service::new();
    let make = |name: &str, more: &str| {
        let form = format!("name={name}&role=auditor{more}");
        let answer = send(&service, Some(Role::Administrator), KEYS, &form);
        (answer.status.as_u16(), answer.text())
    };
    assert_eq!(make("diariet", "&expires=2026-12-31").0, 200);
    let kept = Tokens::open(service.archive.directory()).unwrap();
    // However it is typed, also with a letter of another script; and whoever is behind it.
    for (name, more) in [("diariet", ""), ("Diariet+", ""), ("di%D0%B0riet", ""), ("diariet", "&person=Bo+Li")] {
        let (status, page) = make(name, more);
        assert_eq!(status, 409, "{name}{more}");
        for said in ["Det finns redan en nyckel som heter ”diariet”", "inget har ändrats", "Välj ett annat namn"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
    assert_eq!(make("diariet-2", "").0, 200, "another name may be had");
    let english =
        send(&service, Some(Role::Administrator), &format!("{KEYS}?lang=en"), "name=diariet&role=auditor").text();
    assert!(english.contains("nothing was changed. Choose another name"), "{english}");
    let now = Tokens::open(service.archive.directory()).unwrap();
    assert_eq!(now.list().split_last().unwrap().1, kept.list(), "only the one with another name was made");
    // The ledger says until when the removed one had the name, and from when on the next.
    let id = kept.list().last().unwrap().id.clone();
    assert_eq!(send(&service, Some(Role::Administrator), &format!("{KEYS}/{id}/ta-bort"), "").status, 303);
    assert_eq!(make("diariet", "").0, 200);
    let acts = service.archive.acts(RecordId::ARCHIVE).unwrap();
    let told: Vec<&str> = acts.iter().map(|acted| acted.act.deed.event().name()).collect();
    assert_eq!(told, ["token-made", "token-made", "token-removed", "token-made"]);
}

#[test]
fn by_hand_a_name_is_refused_that_a_token_has_or_had_until_the_ledger_is_told() {
    let service = Service::new();
    let home = service.archive.directory().to_owned();
    let make = || told(&home, &["token", "create", "--name", "systemet", "--role", "auditor"]);
    assert_eq!(make().0, Some(0));
    let kept = Tokens::open(&home).unwrap();
    let (status, said) = make();
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("finns redan") && said.contains("inget har ändrats. Välj ett annat namn"), "{said}");
    assert_eq!(Tokens::open(&home).unwrap(), kept);
    // While the service holds the ledger, the removal waits to be told.
    assert_eq!(sigill(&home, &["token", "remove", &kept.list().last().unwrap().id]).0, Some(0));
    let (status, said) = make();
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("ännu inte infört i loggen") && said.contains("Välj ett annat namn"), "{said}");
    auth::tell(&service.archive).unwrap();
    assert_eq!(make().0, Some(0));
}

#[test]
fn two_tokens_of_one_person_are_one_person_when_something_is_disposed_of() {
    let service = Service::over(Options::default(), archive::Options::default(), |home| {
        std::fs::write(home.join("retention.toml"), SCHEDULE).unwrap();
    });
    let of = |role: &str, name: &str, person: &str| {
        let form = format!("name={name}&role={role}&person={person}");
        shown(&send(&service, Some(Role::Administrator), KEYS, &form).text())
    };
    let (first, second) = (of("archivist", "stationen", "Anna+Ek"), of("administrator", "hemma", "anna++%D0%B5k"));
    let other = of("archivist", "kansliet", "Bo+Li");
    let id = service.register(MINUTES, "recordType=claim");
    let send = |token: &str, path: &str, body: Value| {
        let request = service.request(None, "POST", path).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        service.ask(request.body(Body::from(body.to_string())).unwrap())
    };
    let proposed = send(&first, "/api/v1/disposal-lists", serde_json::json!({"records": [id]}));
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    let proposal = proposed.json()["proposal"].as_str().unwrap_or_else(|| panic!("{}", proposed.text())).to_owned();
    let path = format!("/api/v1/disposal-lists/{proposal}/decision");
    let decision = serde_json::json!({"decision": "KS 2026/1"});
    assert_eq!(
        send(&second, &path, decision.clone()).status,
        403,
        "the same person, typed otherwise, by another token"
    );
    assert_eq!(send(&other, &path, decision).status, 201);
}

#[test]
fn what_is_done_refused_and_handed_out_is_noted_without_what_it_was_about() {
    let service = Service::new();
    let id = service.register(MINUTES, "diaryNumber=KS%202026/7");
    let record = format!("/api/v1/records/{id}");
    service.get(Some(Role::Auditor), &format!("{record}/document"));
    service.get(Some(Role::Auditor), &record);
    service.get(Some(Role::Auditor), "/api/v1/records?q=19620314-1239");
    service.get(None, &record);
    service.post(Some(Role::Auditor), &format!("{record}/holds"), "{}");
    send(&service, None, "/logga-in", &format!("token={}", service.token(Role::Archivist)));
    send(&service, None, "/logga-in", "token=sgl_no");
    send(&service, None, "/logga-ut", "");
    let text: Vec<String> = lines(&service).iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    let told: Vec<(String, String, Option<String>, String)> =
        lines(&service).into_iter().map(|line| (line.who, line.what, line.record, line.result)).collect();
    let line = |who: &str, what: &str, record: Option<&str>, result: &str| {
        (who.to_owned(), what.to_owned(), record.map(str::to_owned), result.to_owned())
    };
    let id = Some(id.as_str());
    assert_eq!(
        told,
        [
            line("registrar-desk", "POST /api/v1/records", id, "done"),
            line("auditor-desk", "GET /api/v1/records/{id}/document", id, "done"),
            line("auditor-desk", "POST /api/v1/records/{id}/holds", id, "refused"),
            line("archivist-desk", "login", None, "done"),
            line("public", "POST /logga-in", None, "refused"),
        ]
    );
    let whole = text.join("\n");
    assert!(!whole.contains("1239") && !whole.contains("KS 2026") && !whole.contains("sgl_"), "{whole}");
    let first = lines(&service).remove(0);
    assert_eq!((first.at.as_str(), first.status), (support::NOW, Some(201)));
    assert_eq!(first.request.map(|id| id.len()), Some(16), "the request's id, as in the service's log");
}

#[test]
fn auditors_and_administrators_read_what_was_noted() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let place = "/installningar/granskning";
    for (role, status) in [(None, 401), (Some(Role::Registrar), 403), (Some(Role::Archivist), 403)] {
        assert_eq!(service.get(role, place).status, status);
    }
    let page = service.get(Some(Role::Auditor), &format!("{place}?record={}", id.to_uppercase())).text();
    assert!(page.contains("registrar-desk") && page.contains(&id), "{page}");
    let none = service.get(Some(Role::Administrator), &format!("{place}?name=nobody")).text();
    assert!(none.contains("Inget är antecknat.") && !none.contains("registrar-desk"), "{none}");
}

fn sigill(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(data, arguments);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The same, with what is said beside the answer.
fn told(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(data, arguments);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.env_clear().env("SIGILL_ACTOR", "driften").arg("--data").arg(data).args(arguments);
    command.output().unwrap()
}

#[test]
fn tokens_are_made_listed_and_removed_by_hand_also_while_the_service_runs() {
    let service = Service::new();
    let home = service.archive.directory().to_owned();
    let create = ["token", "create", "--name", "systemet", "--role", "auditor", "--expires", "2031-01-01", "--json"];
    let (status, made) = sigill(&home, &create);
    assert_eq!(status, Some(0), "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((&made["schema"], &made["role"]), (&"sigill.token/1".into(), &"auditor".into()));
    let secret = made["token"].as_str().unwrap().to_owned();
    let ask = || {
        let path = "/api/v1/retention/due?by=2030-01-01";
        let request = service.request(None, "GET", path).header("authorization", format!("Bearer {secret}"));
        service.ask(request.body(Body::empty()).unwrap()).status.as_u16()
    };
    assert_eq!(ask(), 200, "it counts at once");
    let (_, list) = sigill(&home, &["token", "list", "--json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["total"], 6);
    assert_eq!((&list["tokens"][5]["id"], &list["tokens"][5]["lastUsed"]), (&made["id"], &"2026-11-01".into()));
    assert!(!list.to_string().contains(&secret) && !list.to_string().contains("sha256"));
    let id = made["id"].as_str().unwrap();
    assert_eq!(sigill(&home, &["token", "remove", id]).0, Some(0));
    assert_eq!(sigill(&home, &["token", "remove", id]).0, Some(1), "it is gone");
    assert_eq!(ask(), 401);
    auth::tell(&service.archive).unwrap();
    let acts = service.archive.acts(RecordId::ARCHIVE).unwrap();
    let by: Vec<&str> = acts.iter().map(|acted| acted.act.by.as_str()).collect();
    assert!(by.len() >= 2 && by.iter().all(|by| *by == "driften"), "the ledger was told: {by:?}");
    assert_eq!(auth::tell(&service.archive).unwrap(), 0, "and is told once");
    let (status, lines) = sigill(&home, &["audit", "--name", "driften", "--json"]);
    let lines: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!((status, &lines["total"]), (Some(0), &2.into()));
    assert_eq!(lines["lines"][0]["what"], format!("token create {id} auditor"));
    assert_eq!(sigill(&home, &["audit", "--day", "2001-01-01"]).0, Some(1));
    for wrong in [["--expires", "snart"], ["--expires", "2020-01-01"], ["--name", "Anna 19620314-1239"]] {
        let rest = ["token", "create", "--role", "auditor"];
        let name = if wrong[0] == "--name" { vec![] } else { vec!["--name", "x"] };
        assert_eq!(sigill(&home, &[&rest[..], &wrong[..], &name].concat()).0, Some(2), "{wrong:?}");
    }
}
