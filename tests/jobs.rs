//! Many files without waiting: jobs over HTTP, and the other forms an answer can have. RFC 7240; USERS 4b, 8 (2, 3, 10).

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test asks over a socket, where jobs go on between requests")]
mod support;
#[path = "support/listening.rs"]
mod listening;

use std::io::Write;
use std::thread;
use std::time::Duration;

use listening::Listening;
use listening::answer;
use serde_json::Value;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::FORM;
use support::Service;
use support::fixture;
use support::form;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const UNSIGNED: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf";

/// Status, headers, JSON.
struct Told {
    head: String,
    body: Value,
}

impl Told {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

fn ask(to: &Listening, method: &str, path: &str, role: Option<Role>, headers: &str, body: &[u8]) -> Told {
    let bearer = role.map(|role| format!("Authorization: Bearer {}\r\n", to.service.token(role))).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{bearer}{headers}\r\n"
    );
    let mut socket = to.connect();
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body).unwrap();
    let told = answer(&mut socket);
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    Told { head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
}

fn files(names: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let parts: Vec<(&str, Option<&str>, &[u8])> =
        names.iter().map(|(name, bytes)| ("file", Some(*name), bytes.as_slice())).collect();
    form(&parts)
}

/// Asks until it is over.
fn ended(to: &Listening, job: &str, role: Option<Role>) -> Value {
    for _ in 0..600 {
        let told = ask(to, "GET", job, role, "", b"");
        assert_eq!(told.status(), 200, "{}", told.body);
        if ["finished", "cancelled"].contains(&told.body["status"].as_str().unwrap()) {
            assert_eq!(told.header("retry-after"), None);
            return told.body;
        }
        assert!(told.header("retry-after").is_some());
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the job does not end");
}

fn asynchronously() -> String {
    format!("Content-Type: {FORM}\r\nPrefer: respond-async\r\n")
}

#[test]
fn files_are_verified_one_after_the_other_while_nobody_waits() {
    let to = Listening::of(Service::new(), Options::default());
    let three = files(&[("a.pdf", fixture(SIGNED)), ("b.pdf", b"no pdf\0".to_vec()), ("c.pdf", fixture(ALTERED))]);
    let taken = ask(&to, "POST", "/api/v1/verifications", None, &asynchronously(), &three);
    assert_eq!((taken.status(), taken.header("preference-applied")), (202, Some("respond-async")));
    assert!(taken.header("retry-after").is_some());
    let job = taken.header("location").unwrap().to_owned();
    let done = ended(&to, &job, None);
    let told: Vec<_> =
        done["items"].as_array().unwrap().iter().map(|one| (&one["fileName"], &one["verdict"])).collect();
    let expected = [("a.pdf", "valid"), ("b.pdf", "unreadable"), ("c.pdf", "altered")];
    assert_eq!(
        format!("{told:?}"),
        format!("{:?}", expected.map(|(name, verdict)| (Value::from(name), Value::from(verdict))))
    );
    assert_eq!(done["items"][0]["verification"]["schema"], "sigill.verification/1");
    assert_eq!((&done["done"], &done["total"]), (&3.into(), &3.into()));
    assert_eq!(to.service.archive.ledger().size(), 0, "nothing is stored");
}

#[test]
fn files_are_registered_by_a_job_that_only_its_owner_sees_and_a_bad_one_stops_nothing() {
    let to = Listening::of(Service::new(), Options::default());
    let all = files(&[
        ("a.pdf", fixture(SIGNED)),
        ("tom.pdf", Vec::new()),
        ("b.pdf", fixture(UNSIGNED)),
        ("a2.pdf", fixture(SIGNED)),
    ]);
    let role = Some(Role::Registrar);
    let taken = ask(&to, "POST", "/api/v1/records?body=Styrelsen", role, &asynchronously(), &all);
    assert_eq!(taken.status(), 202, "{}", taken.body);
    let job = taken.header("location").unwrap().to_owned();
    let done = ended(&to, &job, role);
    let told: Vec<&str> = done["items"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["registered", "failed", "registered", "known"], "{done}");
    assert_eq!(done["items"][1]["problem"]["type"], "/problem/empty-document");
    assert_eq!(to.service.archive.ledger().size(), 2);
    for (other, status) in [(None, 404), (Some(Role::Auditor), 404), (role, 200)] {
        assert_eq!(ask(&to, "GET", &job, other, "", b"").status(), status, "{other:?}");
        assert_eq!(ask(&to, "DELETE", &job, other, "", b"").status(), status, "{other:?}");
    }
    for refused in [None, Some(Role::Auditor)] {
        let answer = ask(&to, "POST", "/api/v1/records", refused, &asynchronously(), &all);
        assert!([401, 403].contains(&answer.status()));
    }
    let titled = ask(&to, "POST", "/api/v1/records?title=En", role, &asynchronously(), &all);
    assert_eq!(titled.status(), 400, "a title is one document's");
}

#[test]
fn a_job_stops_before_its_next_file() {
    let to = Listening::of(Service::new(), Options { verifications_max: 1, ..Options::default() });
    let many: Vec<(&str, Vec<u8>)> = (0..40).map(|_| ("a.pdf", fixture(SIGNED))).collect();
    let taken = ask(&to, "POST", "/api/v1/verifications", None, &asynchronously(), &files(&many));
    let job = taken.header("location").unwrap().to_owned();
    assert_eq!(ask(&to, "DELETE", &job, None, "", b"").status(), 200);
    let done = ended(&to, &job, None);
    let told = |status: &str| done["items"].as_array().unwrap().iter().filter(|one| one["status"] == status).count();
    assert_eq!((done["status"].as_str().unwrap(), told("pending")), ("cancelled", 0));
    assert!(told("cancelled") > 0 && told("cancelled") + told("verified") == 40, "{done}");
}

#[test]
fn a_job_of_an_earlier_run_is_gone_and_that_is_said() {
    let to = Listening::of(Service::new(), Options::default());
    let taken =
        ask(&to, "POST", "/api/v1/verifications", None, &asynchronously(), &files(&[("a.pdf", fixture(SIGNED))]));
    let job = taken.header("location").unwrap().to_owned();
    let other = Listening::of(Service::new(), Options::default());
    let gone = ask(&other, "GET", &job, None, "", b"");
    assert_eq!((gone.status(), &gone.body["type"]), (410, &"/problem/job-gone".into()));
    for nonsense in ["/api/v1/jobs/x", "/api/v1/jobs/5f0c6a0b", "/api/v1/jobs/..%2f"] {
        assert_eq!(ask(&to, "GET", nonsense, None, "", b"").status(), 404, "{nonsense}");
    }
}

#[test]
fn so_many_jobs_wait_and_no_more() {
    let to = Listening::of(Service::new(), Options { verifications_max: 1, ..Options::default() });
    let ten: Vec<(&str, Vec<u8>)> = (0..10).map(|_| ("a.pdf", fixture(SIGNED))).collect();
    let body = files(&ten);
    let statuses: Vec<u16> =
        (0..30).map(|_| ask(&to, "POST", "/api/v1/verifications", None, &asynchronously(), &body).status()).collect();
    assert!(statuses.contains(&503) && statuses.iter().all(|status| [202, 503].contains(status)), "{statuses:?}");
    assert_eq!(ask(&to, "GET", "/healthz", None, "", b"").status(), 200);
}

#[test]
fn what_a_person_asks_next_stands_beside_the_answer() {
    let to = Listening::of(Service::new(), Options::default());
    let pdf = "Content-Type: application/pdf\r\n";
    let altered = ask(&to, "POST", "/api/v1/verifications", None, pdf, &fixture(ALTERED)).body;
    assert_eq!(altered["verdict"], "altered");
    let signed = &altered["signedRevisions"][0];
    let href = signed["href"].as_str().unwrap();
    // What was signed is got out of the file itself, and verifies.
    let request = to.service.request(None, "POST", href).body(fixture(ALTERED).into()).unwrap();
    let version = to.service.ask(request);
    assert_eq!(version.status, 200);
    assert_eq!(version.body, fixture(ALTERED)[..usize::try_from(signed["size"].as_u64().unwrap()).unwrap()]);
    let then = ask(&to, "POST", "/api/v1/verifications", None, pdf, &version.body).body;
    assert_ne!(then["verdict"], "altered", "as it was when it was signed");
    assert_eq!(ask(&to, "POST", "/api/v1/signed-revisions/99", None, pdf, &fixture(ALTERED)).status(), 404);
    let valid = ask(&to, "POST", "/api/v1/verifications", None, pdf, &fixture(SIGNED)).body;
    assert_eq!((&valid["reason"], valid["textMentions"].as_array().unwrap().len()), (&Value::Null, 0));
    let untrusting = Service::over(Options::default(), sigill::archive::Options::default(), |home| {
        std::fs::remove_dir_all(home.join("trust")).unwrap();
    });
    let unknown = untrusting.post(None, "/api/v1/verifications", fixture(SIGNED)).json();
    assert_eq!(unknown["verdict"], "indeterminate");
    assert!(
        unknown["reason"]["sv"].as_str().unwrap().contains("inte att underskriften är falsk"),
        "{}",
        unknown["reason"]
    );
    assert!(unknown["nextStep"]["sv"].as_str().unwrap().len() > 20);
}

#[test]
fn a_record_is_given_in_the_form_that_is_asked_for() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    for (accept, status, kind) in [
        ("application/json", 200, "application/json"),
        ("application/xml", 200, "application/xml"),
        ("application/pdf", 200, "application/pdf"),
        ("text/plain", 200, "text/plain; charset=utf-8"),
        ("text/html,*/*;q=0.8", 303, ""),
        ("image/png", 200, "application/json"),
    ] {
        let request = service.request(None, "GET", &format!("/api/v1/records/{id}")).header("accept", accept);
        let answer = service.ask(request.body(axum::body::Body::empty()).unwrap());
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, kind), "{accept}");
        assert!(status != 303 || answer.header("location") == format!("/handling/{id}"));
    }
}
