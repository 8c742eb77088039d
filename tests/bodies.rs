//! What goes with bodies: digests (RFC 9530), repetitions (Idempotency-Key), what one has already and parts (RFC 9110).
//! USERS 4b, and 17 of section 8: the same file twice, nothing happens.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

mod support;

use std::sync::Arc;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;
use sigill::web;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::Answer;
use support::FORM;
use support::Service;
use support::fixture;
use support::form;
use tower::ServiceExt;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha2::Sha256::digest(bytes)))
}

/// One request with these headers.
fn send(service: &Service, role: Role, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let request = service.request(Some(role), "POST", path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    service.ask(request.body(Body::from(body)).unwrap())
}

fn assert_problem(answer: &Answer, status: u16, slug: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.json()["type"], format!("/problem/{slug}"));
}

#[test]
fn a_file_that_did_not_arrive_whole_is_refused() {
    let service = Service::new();
    let whole = fixture(SIGNED);
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.pdf"), &whole)];
    let in_form = form(&parts);
    let mut with_epilogue = in_form.clone();
    with_epilogue.extend_from_slice(&[b' '; 100_000]);
    for (kind, body) in [("application/pdf", whole.clone()), (FORM, in_form), (FORM, with_epilogue)] {
        for field in ["content-digest", "repr-digest"] {
            let (right, wrong) = (digest(&body), digest(b"something else"));
            for path in ["/api/v1/verifications", "/api/v1/records"] {
                let refused =
                    send(&service, Role::Registrar, path, &[("content-type", kind), (field, &wrong)], body.clone());
                assert_problem(&refused, 400, "digest-mismatch");
                assert_eq!(service.archive.ledger().size(), 0, "nothing was saved");
            }
            let path = "/api/v1/verifications";
            let taken = send(&service, Role::Registrar, path, &[("content-type", kind), (field, &right)], body.clone());
            assert_eq!(taken.status, 200, "{kind} {}", taken.text());
        }
    }
    let sha512 = format!("sha-512=:{}:", STANDARD.encode(sha2::Sha512::digest(&whole)));
    for (value, status) in [
        (sha512.as_str(), 200),
        ("md5=:AAAA:", 200),
        ("sha-256=:AAAA:", 400),
        ("sha-256", 400),
        (&format!("{}, {}", digest(&whole), digest(b"other")), 400),
    ] {
        let answer =
            send(&service, Role::Registrar, "/api/v1/verifications", &[("content-digest", value)], whole.clone());
        assert_eq!(answer.status.as_u16(), status, "{value}");
    }
}

#[test]
fn a_document_states_its_digest_and_is_given_in_parts() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let whole = fixture(SIGNED);
    let ask = |headers: &[(&str, &str)]| {
        let request = service.request(Some(Role::Auditor), "GET", &format!("/api/v1/records/{id}/document"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        service.ask(request.body(Body::empty()).unwrap())
    };
    let all = ask(&[]);
    assert_eq!((all.header("repr-digest"), all.header("accept-ranges")), (digest(&whole).as_str(), "bytes"));
    let (tag, date) = (all.header("etag"), all.header("last-modified"));
    assert!(date.ends_with(" GMT"), "{date}");
    for (range, from, to) in [("bytes=0-9", 0, 10), ("bytes=-10", whole.len() - 10, whole.len())] {
        for more in [vec![], vec![("if-range", tag)]] {
            let part = ask(&[&[("range", range)], more.as_slice()].concat());
            assert_eq!((part.status.as_u16(), &part.body[..]), (206, &whole[from..to]), "{range}");
            assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{}", to - 1, whole.len()));
            assert_eq!(part.header("repr-digest"), digest(&whole), "of the whole");
        }
    }
    assert_eq!(ask(&[("range", "bytes=0-9"), ("if-range", "\"another\"")]).body, whole);
    let beyond = ask(&[("range", "bytes=99999999-")]);
    assert_problem(&beyond, 416, "range-not-satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{}", whole.len()));
    assert_eq!(ask(&[("if-modified-since", date)]).status, 304);
    assert_eq!(ask(&[("if-modified-since", "Thu, 12 Mar 2020 13:07:00 GMT")]).status, 200);
    assert_eq!(ask(&[("if-modified-since", date), ("if-none-match", "\"another\"")]).status, 200, "the tag decides");
}

#[test]
fn a_request_that_is_repeated_acts_once() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let holds = format!("/api/v1/records/{id}/holds");
    let (body, other) = (br#"{"reason":"Utl\u00e4mnande"}"#.to_vec(), br#"{"reason":"Annat"}"#.to_vec());
    let json = ("content-type", "application/json");
    let place =
        |role, key: &str, body: &[u8]| send(&service, role, &holds, &[json, ("idempotency-key", key)], body.to_vec());
    let count = || service.get(Some(Role::Auditor), &holds).json()["total"].as_u64().unwrap();
    let first = place(Role::Registrar, "\"a-key\"", &body);
    assert_eq!((first.status.as_u16(), count()), (201, 1), "{}", first.text());
    let again = place(Role::Registrar, "a-key", &body);
    assert_eq!((again.status, &again.body, count()), (first.status, &first.body, 1));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/json");
    assert_problem(&place(Role::Registrar, "a-key", &other), 422, "idempotency-key-reused");
    let elsewhere = format!("/api/v1/records/{id}/links");
    let elsewhere = send(&service, Role::Registrar, &elsewhere, &[json, ("idempotency-key", "a-key")], body.clone());
    assert_problem(&elsewhere, 422, "idempotency-key-reused");
    assert_eq!(count(), 1);
    assert_eq!(place(Role::Administrator, "a-key", &body).header("idempotency-replayed"), "", "keys are one's own");
    assert_eq!(place(Role::Registrar, "another", &body).status, 201);
    assert_eq!(count(), 3);
    for key in ["\"\"", "with space", &"x".repeat(256)] {
        assert_problem(&place(Role::Registrar, key, &body), 400, "bad-request");
    }
    // What was refused has not been done, and may be asked for in another way with the same key.
    assert_eq!(place(Role::Registrar, "refused", b"{}").status, 400);
    assert_eq!(place(Role::Registrar, "refused", &body).status, 201);
}

#[test]
fn an_answer_is_repeated_by_a_service_that_was_started_anew() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let path = format!("/api/v1/records/{id}/holds");
    let headers = [("content-type", "application/json"), ("idempotency-key", "a-key")];
    let body = br#"{"reason":"Mal"}"#.to_vec();
    let first = send(&service, Role::Registrar, &path, &headers, body.clone());
    let anew = web::router(Arc::clone(&service.archive), Options::default()).unwrap();
    let request = service.request(Some(Role::Registrar), "POST", &path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let again = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let answer = anew.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let replayed = answer.headers().contains_key("idempotency-replayed");
        (replayed, axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap())
    });
    assert_eq!((again.0, &again.1[..]), (true, &first.body[..]));
}

#[test]
fn the_same_file_twice_is_one_record_with_and_without_a_key() {
    let service = Service::new();
    let key = ("idempotency-key", "one-file");
    let first = send(&service, Role::Registrar, "/api/v1/records", &[key], fixture(SIGNED));
    let again = send(&service, Role::Registrar, "/api/v1/records", &[key], fixture(SIGNED));
    let third = send(&service, Role::Registrar, "/api/v1/records", &[], fixture(SIGNED));
    assert_eq!((first.status.as_u16(), again.status.as_u16(), third.status.as_u16()), (201, 201, 200));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(service.archive.ledger().size(), 1);
}
