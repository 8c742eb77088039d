//! The register as a list, and people looked up in it: what is wanted, next pages, and what no address may say.
//! USERS 4a (RES.02, FNS), 9.5.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test sends no forms")]
mod support;

use serde_json::Value;
use serde_json::json;
use sigill::web::auth::Role;
use support::Service;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const UNSIGNED: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf";

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[test]
fn the_register_is_narrowed_by_what_its_records_are() {
    let service = Service::new();
    let signed = service.register(SIGNED, "body=Styrelsen&recordType=minutes");
    let altered = service.register(ALTERED, "body=styrelsen&recordType=other");
    let notes = service.register(UNSIGNED, "body=Gruppen");
    let json = [("content-type", "application/json")];
    let hold = service.request(Some(Role::Registrar), "POST", &format!("/api/v1/records/{altered}/holds"));
    let hold = json.iter().fold(hold, |request, (name, value)| request.header(*name, *value));
    assert_eq!(service.ask(hold.body(r#"{"reason":"Mal"}"#.into()).unwrap()).status, 201);
    let asked = |query: &str| service.get(Some(Role::Auditor), &format!("/api/v1/records?{query}")).json();
    for (query, expected) in [
        ("body=STYRELSEN", vec![&altered, &signed]),
        ("body=Styrelsen&recordType=minutes", vec![&signed]),
        ("verdict=unsigned", vec![&notes]),
        ("verdict=altered&onHold=true", vec![&altered]),
        ("onHold=false", vec![&notes, &signed]),
        ("body=Annan", vec![]),
        ("from=2099-01-01", vec![]),
        ("to=1999-12-31", vec![]),
        ("from=1999-01-01&to=2099-12-31&body=Gruppen", vec![&notes]),
    ] {
        let list = asked(query);
        assert_eq!(ids(&list), expected, "{query}");
        assert_eq!((&list["total"], &list["whole"]), (&expected.len().into(), &true.into()), "{query}");
    }
    for (caller, status) in [(None, 401), (Some(Role::Public), 403)] {
        assert_eq!(service.get(caller, "/api/v1/records?body=Styrelsen").status.as_u16(), status);
    }
    for wrong in ["from=i+gar", "onHold=kanske", "body=A&q=KS%201", "verdict=valid&text=avgift"] {
        assert_eq!(service.get(Some(Role::Auditor), &format!("/api/v1/records?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn a_list_says_where_it_goes_on() {
    let service = Service::new();
    let mut all: Vec<String> =
        [SIGNED, ALTERED, UNSIGNED].iter().map(|file| service.register(file, "body=A")).collect();
    all.reverse();
    for query in ["limit=2", "limit=1&body=A"] {
        let (mut next, mut seen) = (format!("/api/v1/records?{query}"), Vec::new());
        while !next.is_empty() {
            let page = service.get(Some(Role::Auditor), &next);
            seen.extend(ids(&page.json()).into_iter().map(str::to_owned));
            let link = page.header("link");
            next = link
                .strip_prefix('<')
                .and_then(|link| link.strip_suffix(">; rel=\"next\""))
                .unwrap_or_default()
                .to_owned();
            assert!(seen.len() <= 3, "{link}");
        }
        assert_eq!(seen, all, "{query}");
    }
}

#[test]
fn people_are_looked_up_in_a_body_by_those_who_may_and_never_by_number() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let search = |role, body: Value| {
        let request = service.request(role, "POST", "/api/v1/search").header("content-type", "application/json");
        service.ask(request.body(body.to_string().into()).unwrap())
    };
    let auditor = Some(Role::Auditor);
    let found = search(auditor, json!({ "person": "Malin Svanholm" })).json();
    assert_eq!((&found["total"], &found["items"][0]["record"]["id"]), (&1.into(), &id.as_str().into()), "{found}");
    assert!(found["items"][0]["roles"][0]["sv"].as_str().unwrap().len() > 3);
    assert_eq!(search(auditor, json!({ "person": "Nils Holgersson" })).json()["total"], 0);
    assert_eq!(search(auditor, json!({ "person": "Malin Svanholm", "offset": 1 })).json()["items"], json!([]));
    for (role, status) in [(None, 401), (Some(Role::Public), 403)] {
        assert_eq!(search(role, json!({ "person": "Malin Svanholm" })).status.as_u16(), status);
    }
    for wrong in ["19121212-1212", "191212121212", "ab", " ", &"x".repeat(201)] {
        assert_eq!(search(auditor, json!({ "person": wrong })).status, 400, "{wrong}");
    }
    assert_eq!(search(auditor, json!({ "person": "Malin", "limit": 101 })).status, 400);
    assert_eq!(service.get(auditor, "/api/v1/records?person=Malin").status, 400, "no address names a person");
}
