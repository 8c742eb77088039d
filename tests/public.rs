//! What nobody known is told of a record that is not public: in every respect the same as of one that is not there, by
//! every way in. USERS 11.2.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "these tests read only")]
mod support;

use axum::body::Body;
use sigill::archive::encoding::hex;
use sigill::verify::crypto;
use sigill::web::auth::Role;
use support::Answer;
use support::Service;
use support::fixture;

const OTHER: &str = "fixtures/minutes/styrelseprotokoll-b-lta.pdf";
const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
/// What is asked for: of the record that is hidden, and of one that never was.
const ABSENT_ID: &str = "fedcba99887766554433221a";
const ABSENT_SHA256: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const ABSENT_TRANSACTION: &str = "00112233445546778899aabbccddeeff";

/// An answer without what differs from one request to the next, and without what was asked for.
fn told(answer: &Answer, asked: &[&str]) -> String {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    let request = answer.header("x-request-id");
    let mut text = format!("{}\n{}\n{}", answer.status, lines.join("\n"), answer.text());
    if !request.is_empty() {
        text = text.replace(request, "REQUEST");
    }
    asked.iter().filter(|asked| !asked.is_empty()).fold(text, |text, asked| text.replace(asked, "ASKED"))
}

fn transaction(service: &Service, id: &str) -> String {
    let record = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}")).text();
    let at = record.find("\"transactionId\":\"").map(|at| at + 17);
    at.map(|at| record[at..].split('"').next().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn a_record_that_is_not_public_is_to_nobody_known_as_one_that_is_not_there() {
    let service = Service::new();
    let id = service.register(SIGNED, "diaryNumber=KS%202026/7&title=Hemlig%20rubrik");
    let sha256 = hex(&crypto::sha256(&[&fixture(SIGNED)]));
    let mut places: Vec<(String, String)> = Vec::new();
    for path in [
        "/api/v1/records/{}",
        "/api/v1/records/{}/document",
        "/api/v1/records/{}/receipt",
        "/api/v1/records/{}/retention",
        "/api/v1/records/{}/events",
        "/api/v1/records/{}/revisions",
        "/api/v1/records/{}/revisions/1",
        "/api/v1/records/{}/verification",
        "/api/v1/records/{}/report",
        "/api/v1/records/{}/statement",
        "/api/v1/records/{}/holds",
        "/api/v1/records?q={}",
        "/handling/{}",
        "/sok?q={}",
    ] {
        places.push((path.replace("{}", &id), path.replace("{}", ABSENT_ID)));
    }
    for path in ["/api/v1/records?q={}", "/api/v1/records?sha256={}", "/sok?q={}"] {
        places.push((path.replace("{}", &sha256), path.replace("{}", ABSENT_SHA256)));
    }
    places.push(("/api/v1/records?diaryNumber=KS%202026/7".into(), "/api/v1/records?diaryNumber=KS%202026/8".into()));
    places.push(("/sok?q=KS%202026/7".into(), "/sok?q=KS%202026/8".into()));
    places.push(("/api/v1/records?text=hemlig".into(), "/api/v1/records?text=zyxord".into()));
    let transaction = transaction(&service, &id);
    if !transaction.is_empty() {
        for path in ["/api/v1/transactions/{}", "/api/v1/records?transactionId={}", "/sok?q={}"] {
            places.push((path.replace("{}", &transaction), path.replace("{}", ABSENT_TRANSACTION)));
        }
    }
    let known = [id.as_str(), &sha256, &transaction, "KS 2026/7", "KS%25202026/7", "hemlig"];
    let absent = [ABSENT_ID, ABSENT_SHA256, ABSENT_TRANSACTION, "KS 2026/8", "KS%25202026/8", "zyxord"];
    for (hidden, never) in &places {
        for method in ["GET", "HEAD"] {
            for role in [None, Some(Role::Public)] {
                let ask = |path: &str| {
                    let request = service.request(role, method, path).header("if-none-match", "*");
                    service.ask(request.body(Body::empty()).unwrap())
                };
                let (one, other) = (ask(hidden), ask(never));
                let (one_told, other_told) = (told(&one, &known), told(&other, &absent));
                assert_eq!(one_told, other_told, "{method} {hidden} {role:?}");
                assert!(!one_told.contains("Hemlig") && one.status != 304, "{method} {hidden}");
            }
        }
    }
    // Whoever hands in the very bytes learns what they are, not that they are kept.
    let seen = service.post(None, "/api/v1/verifications", fixture(SIGNED)).json();
    assert!(seen["record"].is_null() && seen["registered"].is_null() && seen["originalRecordId"].is_null(), "{seen}");
    assert!(!seen.to_string().contains(&id));
    // The check fails where it should: to those who read everything the two differ.
    let all = |path: &str| service.get(Some(Role::Auditor), path).status.as_u16();
    assert_eq!((all(&places[0].0), all(&places[0].1)), (200, 404));
}

#[test]
fn a_record_that_is_not_public_hides_no_public_one_that_answers_to_the_same_words() {
    let service = Service::new();
    let hidden = service.register(SIGNED, "title=Hemlig%20rubrik");
    let shown = service.register(OTHER, &format!("public=true&diaryNumber={hidden}"));
    let found = service.get(None, &format!("/api/v1/records?q={hidden}")).text();
    assert!(found.contains(&format!("\"id\":\"{shown}\"")) && !found.contains("Hemlig"), "{found}");
    let all = service.get(Some(Role::Auditor), &format!("/api/v1/records?q={hidden}")).text();
    assert!(all.contains("Hemlig") && !all.contains(&shown), "its own id goes before a diary number: {all}");
}
