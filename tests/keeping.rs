//! What is done to records over HTTP after they were registered: who may, what is refused, and what is told. INTERFACES
//! section 3: roles; USERS 4 and 9.6.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "the tests that share it each use a part")]
mod support;

use axum::body::Body;
use serde_json::Value;
use serde_json::json;
use sigill::web::auth::Role;
use support::Answer;
use support::Service;
use support::fixture;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";

fn post(service: &Service, role: Option<Role>, path: &str, body: &Value) -> Answer {
    let request = service.request(role, "POST", path).header("content-type", "application/json");
    service.ask(request.body(Body::from(body.to_string())).unwrap())
}

fn registered(service: &Service, record_type: &str) -> String {
    let path = format!("/api/v1/records?recordType={record_type}&public=true");
    service.post(Some(Role::Registrar), &path, fixture(SIGNED)).json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_hold_is_placed_told_and_lifted_and_only_by_those_who_keep_records() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let path = format!("/api/v1/records/{id}/holds");
    let body = json!({"reason": "Utlämnandemål", "contact": "kommunjuristen"});
    for (role, status) in [(None, 401), (Some(Role::Public), 403), (Some(Role::Auditor), 403)] {
        assert_eq!(post(&service, role, &path, &body).status.as_u16(), status);
    }
    let placed = post(&service, Some(Role::Archivist), &path, &body);
    assert_eq!((placed.status.as_u16(), placed.json()["event"].as_str()), (201, Some("held")));
    let hold = placed.json()["hold"].as_str().unwrap().to_owned();
    let record = format!("/api/v1/records/{id}");
    assert_eq!(service.get(None, &record).json()["onHold"], true);
    assert_eq!(service.get(None, &record).json()["holds"], json!([]), "reasons are for those who read everything");
    for place in [format!("{record}/retention"), format!("/handling/{id}"), record.clone(), format!("{record}/events")]
    {
        assert!(!service.get(None, &place).text().contains("Utlämnandemål"), "also in {place}");
    }
    let kept = service.get(None, &format!("{record}/retention")).json();
    assert_eq!(kept["obstacle"]["sv"], "Handlingen har gallringsstopp.");
    let kept = service.get(Some(Role::Auditor), &format!("{record}/retention")).json();
    assert_eq!(kept["obstacle"]["sv"], "Gallringsstopp: Utlämnandemål.");
    assert_eq!(service.get(Some(Role::Auditor), &record).json()["holds"][0]["reason"], "Utlämnandemål");
    let empty = post(&service, Some(Role::Registrar), &path, &json!({"reason": " "}));
    assert_eq!(empty.status.as_u16(), 400, "{}", empty.text());
    let release = format!("{path}/{hold}/release");
    assert_eq!(post(&service, Some(Role::Registrar), &release, &json!({"reason": "Klart"})).status.as_u16(), 201);
    assert_eq!(post(&service, Some(Role::Registrar), &release, &json!({"reason": "Igen"})).status.as_u16(), 404);
    let events = service.get(Some(Role::Auditor), &format!("{record}/events")).json();
    let kinds: Vec<&str> =
        events["items"].as_array().unwrap().iter().map(|one| one["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["registered", "held", "released"]);
}

#[test]
fn a_correction_holds_and_a_body_that_is_none_is_refused_in_words() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let path = format!("/api/v1/records/{id}/corrections");
    let body = json!({"statement": {"diaryNumber": "KS 2026/9"}, "reason": "Fel nummer"});
    assert_eq!(post(&service, Some(Role::Registrar), &path, &body).status.as_u16(), 201);
    assert_eq!(service.get(None, &format!("/api/v1/records/{id}")).json()["diaryNumber"], "KS 2026/9");
    assert_eq!(post(&service, Some(Role::Registrar), &path, &body).status.as_u16(), 409, "nothing new");
    for body in [json!({"statement": {"shoeSize": 43}, "reason": "x"}), json!([]), json!({"reason": "x"})] {
        let refused = post(&service, Some(Role::Registrar), &path, &body);
        assert_eq!(refused.status.as_u16(), 400, "{}", refused.text());
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
}

#[test]
fn a_copy_is_made_registered_and_recognised() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let path = format!("/api/v1/records/{id}/published-copies");
    let copy = post(&service, Some(Role::Registrar), &path, &json!({}));
    assert_eq!((copy.status.as_u16(), copy.header("content-type")), (201, "application/pdf"));
    let checked = service.post(None, "/api/v1/verifications", copy.body.clone()).json();
    assert_eq!(
        (checked["verdict"].as_str(), checked["originalRecordId"].as_str()),
        (Some("registered-copy"), Some(id.as_str()))
    );
    let detail = service.get(None, &format!("/api/v1/records/{id}")).json();
    assert_eq!(detail["copies"][0]["purpose"], "Publiceringskopia");
}

#[test]
fn a_record_is_verified_again_for_the_record() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let again = post(&service, Some(Role::Registrar), &format!("/api/v1/records/{id}/verifications"), &json!({}));
    assert_eq!((again.status.as_u16(), again.json()["verdict"].as_str()), (201, Some("valid")), "{}", again.text());
    assert_eq!(service.get(None, &format!("/api/v1/records/{id}")).json()["verifiedAgain"]["verdict"], "valid");
}

#[test]
fn nothing_is_proposed_under_the_example_schedule_and_deciding_needs_a_role() {
    let service = Service::new();
    let id = registered(&service, "adjustment-notice");
    let lists = "/api/v1/disposal-lists";
    let proposed = post(&service, Some(Role::Registrar), lists, &json!({"records": [id]}));
    assert_eq!(proposed.status.as_u16(), 409, "{}", proposed.text());
    let why = proposed.json()["detail"].as_str().unwrap().to_owned();
    assert!(why.contains(&id) && why.contains("gallringsbeslut") && why.contains("Inget har ändrats."), "{why}");
    let decision = json!({"decision": "KS 2031/44"});
    let decide = |role| post(&service, Some(role), &format!("{lists}/ffffffff/decision"), &decision).status.as_u16();
    assert_eq!((decide(Role::Registrar), decide(Role::Archivist)), (403, 404));
    let due = |service: &Service| service.get(Some(Role::Auditor), "/api/v1/retention/due?by=2099-01-01").json();
    assert_eq!(due(&service)["total"], 0, "what goes when it is obsolete is due when a person says so");
    let other = Service::new();
    registered(&other, "minutes");
    assert_eq!(due(&other)["items"][0]["due"], "delivery");
    assert_eq!(service.get(Some(Role::Auditor), "/api/v1/retention/due?by=sommar").status.as_u16(), 400);
    assert_eq!(service.get(None, "/api/v1/retention/due?by=2099-01-01").status.as_u16(), 401);
}

#[test]
fn a_proposal_of_nothing_is_refused_with_what_to_do() {
    let service = Service::new();
    registered(&service, "minutes");
    for body in [json!({}), json!({"records": []}), json!({"due": "2027-01-01"}), json!({"due": "2099-01-01"})] {
        let refused = post(&service, Some(Role::Registrar), "/api/v1/disposal-lists", &body);
        assert_eq!((refused.status.as_u16(), &refused.json()["type"]), (409, &json!("/problem/refused")), "{body}");
        let why = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(why.starts_with("Ingen handling är på tur") && why.contains("/api/v1/retention/due"), "{why}");
    }
    let id = registered(&service, "minutes");
    let both =
        post(&service, Some(Role::Registrar), "/api/v1/disposal-lists", &json!({"records": [id], "due": "2099-01-01"}));
    assert_eq!(both.status.as_u16(), 400, "named ones are not all that are due");
    let open = service.get(Some(Role::Auditor), "/api/v1/disposal-lists").json();
    assert_eq!((open["total"].as_u64(), service.archive.ledger().size()), (Some(0), 1), "nothing was changed");
}

#[test]
fn records_are_delivered_and_acknowledged_by_programs() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let deliver = |role, body: Value| post(&service, role, "/api/v1/deliveries", &body);
    let body = json!({"records": [id], "recipient": "Kommunarkivet"});
    for (role, status) in [(None, 401), (Some(Role::Auditor), 403)] {
        assert_eq!(deliver(role, body.clone()).status.as_u16(), status);
    }
    let none = deliver(Some(Role::Registrar), json!({"records": [], "recipient": "x"}));
    assert_eq!(none.status.as_u16(), 400, "{}", none.text());
    let nobody = deliver(Some(Role::Registrar), json!({"records": [id], "recipient": " "}));
    assert_eq!(nobody.status.as_u16(), 400, "{}", nobody.text());
    let made = deliver(Some(Role::Registrar), body);
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let package = made.json()["package"].as_str().unwrap().to_owned();
    let file = service.get(Some(Role::Registrar), made.json()["file"].as_str().unwrap());
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/x-tar"));
    let path = format!("/api/v1/deliveries/{package}/acknowledgement");
    let kept = service.post(Some(Role::Registrar), &path, "Mottaget");
    assert_eq!((kept.status.as_u16(), kept.json()["records"].as_u64()), (201, Some(1)), "{}", kept.text());
    assert_eq!(service.post(Some(Role::Registrar), &path, "Mottaget").status.as_u16(), 404, "it waits no more");
    let record = service.get(None, &format!("/api/v1/records/{id}")).json();
    assert!(record["deliveries"][0]["receivedAt"].is_string(), "{record}");
}

#[test]
fn a_plan_is_tried_before_it_is_adopted() {
    let service = Service::new();
    registered(&service, "minutes");
    let table = "handlingstyp;kod;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum\n\
                 Protokoll;minutes;gallras;2;sammanträde;KS 2027/1;2027-01-01\n";
    let try_it = |role, query: &str, table: &str| {
        let request = service.request(role, "POST", &format!("/api/v1/retention/plans?{query}"));
        let request = request.header("content-type", "text/csv");
        service.ask(request.body(Body::from(table.to_owned())).unwrap())
    };
    assert_eq!(try_it(Some(Role::Registrar), "version=2027.1", table).status.as_u16(), 403);
    let tried = try_it(Some(Role::Archivist), "version=2027.1", table);
    assert_eq!(tried.status.as_u16(), 200, "{}", tried.text());
    let told = tried.json();
    assert_eq!(
        (told["changed"].as_u64(), told["shorter"].as_u64(), told["inForce"].as_bool()),
        (Some(1), Some(1), Some(false))
    );
    assert_ne!(service.archive.schedule().version, "2027.1");
    let adopted = try_it(Some(Role::Archivist), "version=2027.1&adopt=true&decision=KS%202027/1", table);
    assert_eq!(adopted.json()["inForce"], true, "{}", adopted.text());
    assert_eq!(service.archive.schedule().version, "2027.1");
    assert_eq!(try_it(Some(Role::Archivist), "version=1", "nonsens\n1\n").status.as_u16(), 400);
}

#[test]
fn where_a_person_is_named_is_told_to_those_who_may() {
    let service = Service::new();
    let id = registered(&service, "minutes");
    let ask = |role, person: &str| post(&service, role, "/api/v1/person-reports", &json!({"person": person}));
    assert_eq!(ask(None, "Annelie Ledin").status.as_u16(), 401);
    let found = ask(Some(Role::Registrar), "Annelie Ledin").json();
    assert_eq!((found["total"].as_u64(), found["items"][0]["record"].as_str()), (Some(1), Some(id.as_str())));
    assert_eq!(ask(Some(Role::Registrar), "Ingen Alls").json()["total"], 0);
    assert_eq!(ask(Some(Role::Registrar), " ").status.as_u16(), 400);
}
