//! Records found by what they decided, by whoever may see them; the rows can be lost and made anew, or forgotten.
//! And records that name the same transaction, over HTTP.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

mod support;

use serde_json::Value;
use serde_json::json;
use sigill::archive::search::Terms;
use sigill::web::auth::Role;
use support::Service;
use support::fixture;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-genuine.pdf";
const NOTES: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.txt";
const TEXT: &str = "fixtures/minutes/styrelseprotokoll.txt";

fn search(service: &Service, role: Option<Role>, words: &str) -> Value {
    let answer = service.get(role, &format!("/api/v1/records?text={words}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[test]
fn a_record_is_found_by_words_of_its_matters_with_the_matter_that_has_them() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let reader = Some(Role::Auditor);
    // Titles and decisions, whole words and beginnings, in any case and order; å ä ö are letters of their own.
    for words in ["v%C3%A4lf%C3%A4rdskonferensen", "INRIKTNING%20godk%C3%A4nna", "v%C3%A4lf%C3%A4rdskonf"] {
        let found = search(&service, reader, words);
        assert_eq!((ids(&found), &found["total"]), (vec![id.as_str()], &json!(1)), "{words}");
    }
    let found = search(&service, reader, "v%C3%A4lf%C3%A4rdskonferensen");
    assert_eq!(
        found["items"][0]["matters"],
        json!([{"number": 51, "title": "Inriktning Välfärdskonferensen", "snippet": "Godkänna inriktning av Välfärdskonferensen"}])
    );
    for nothing in ["valfardskonferensen", "konferensen", "v%C3%A4lf%C3%A4rdskonferensen%20zeppelin"] {
        assert_eq!(search(&service, reader, nothing)["total"], 0, "{nothing}");
    }
    let both = service.get(reader, "/api/v1/records?text=budget&q=KS%202026");
    let none = service.get(reader, "/api/v1/records?text=191212121212");
    assert_eq!((both.status.as_u16(), none.status.as_u16()), (400, 400), "a long number is no word");
}

#[test]
fn words_find_only_what_the_caller_may_see() {
    let service = Service::new();
    let hidden = service.register(SIGNED, "");
    assert_eq!(ids(&search(&service, Some(Role::Auditor), "delegationsordning")), [hidden.as_str()]);
    let public = search(&service, None, "delegationsordning");
    assert_eq!((ids(&public), &public["total"]), (Vec::new(), &json!(0)), "neither the record nor that there is one");
    let page = service.get(None, "/sok?text=delegationsordning").text();
    assert!(page.contains("Ingen handling här") && !page.contains(&hidden), "{page}");
}

#[test]
fn the_page_lists_matters_and_says_what_is_no_word() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let page = service.get(None, "/sok?text=inriktning");
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = page.text();
    assert!(
        text.contains(&format!("/handling/{id}")) && text.contains("§ 51 Inriktning Välfärdskonferensen"),
        "{text}"
    );
    let none = service.get(None, "/sok?text=%C2%A7");
    assert_eq!((none.status.as_u16(), none.text().contains("Det finns inget ord att söka på")), (400, true));
}

#[test]
fn a_record_whose_text_is_forgotten_is_found_by_no_word_and_by_its_id() {
    let service = Service::new();
    let (signed, notes) = (service.register(SIGNED, ""), service.register(NOTES, ""));
    let hits = |words: &str| {
        let found = service.archive.search(&Terms::read(words).unwrap(), true, 0, 10).unwrap();
        found.hits.into_iter().map(|hit| hit.found.record.id).collect::<Vec<_>>()
    };
    assert_eq!((hits("inriktning"), hits("flextidsavtalet")), (vec![signed.clone()], vec![notes.clone()]));
    service.archive.forget_text(signed.parse().unwrap()).unwrap();
    assert_eq!((hits("inriktning"), hits("flextidsavtalet")), (Vec::new(), vec![notes]));
    assert!(service.archive.record(signed.parse().unwrap()).unwrap().is_some());
    service.archive.forget_text(signed.parse().unwrap()).unwrap();
}

#[test]
fn a_text_that_names_a_records_transactions_is_related_to_those_who_may_see_it() {
    let service = Service::new();
    let signed = service.register(SIGNED, "");
    let text = service.register(TEXT, "public=true");
    let related =
        |role: Option<Role>, id: &str| service.get(role, &format!("/api/v1/records/{id}")).json()["related"].clone();
    let of_text = related(Some(Role::Auditor), &text);
    assert_eq!(
        (&of_text[0]["id"], &of_text[0]["kind"], &of_text[0]["sharedTransactionIds"]),
        (&json!(signed), &json!("original"), &json!(3))
    );
    assert!(of_text[0]["text"]["sv"].as_str().unwrap().contains("nivå D"));
    assert_eq!(related(Some(Role::Auditor), &signed)[0]["kind"], "copy");
    assert_eq!(related(None, &text), json!([]), "the public does not learn that there is an original");
    let page = service.get(None, &format!("/handling/{text}")).text();
    assert!(!page.contains(&signed) && !page.contains("Hör ihop med"), "{page}");

    let open = Service::new();
    let signed = open.register(SIGNED, "public=true");
    let text = open.register(TEXT, "public=true");
    let page = open.get(None, &format!("/handling/{text}")).text();
    assert!(page.contains("Hör ihop med") && page.contains(&format!("/handling/{signed}")), "{page}");
}

#[test]
fn the_answer_to_a_file_that_claims_a_record_says_what_differs() {
    let service = Service::new();
    let altered = String::from_utf8(fixture(TEXT)).unwrap().replace("Godkänna inriktning av", "Avslå inriktning av");
    let check = |role: Option<Role>| {
        let form = support::form(&[("file", Some("avskrift.txt"), altered.as_bytes())]);
        let request = service.request(role, "POST", "/kontrollera").header("content-type", support::FORM);
        service.ask(request.body(form.into()).unwrap()).text()
    };
    assert!(!check(Some(Role::Auditor)).contains("Säger sig vara en kopia"), "there is nothing to be a copy of");
    let id = service.register(SIGNED, "");
    let told = check(Some(Role::Auditor));
    assert!(told.contains("Säger sig vara en kopia") && told.contains(&format!("/handling/{id}")), "{told}");
    assert!(
        told.contains("<del>Godkänna</del>") && told.contains("<ins>Avslå</ins>") && told.contains("nivå D"),
        "{told}"
    );
    assert!(told.contains("data-verdict=\"unsigned\""), "a hint never changes the verdict");
    let public = check(None);
    assert!(!public.contains("Säger sig vara en kopia") && !public.contains(&id), "who may not see it learns nothing");

    let open = Service::new();
    open.register(SIGNED, "public=true");
    let form = support::form(&[("file", Some("avskrift.txt"), altered.as_bytes())]);
    let request = open.request(None, "POST", "/kontrollera").header("content-type", support::FORM);
    let told = open.ask(request.body(form.into()).unwrap()).text();
    assert!(told.contains("<ins>Avslå</ins>"), "the public sees where its own file differs: {told}");
    assert!(!told.contains("<del>"), "and no words of the original's document, which needs a token");
}
