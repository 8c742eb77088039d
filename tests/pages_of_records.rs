//! What pages and statements say of what was found once, of what is gone, and of what nothing in the file confirms.
//! USERS 1d, 9.3, 9.4, 9.6 and 10.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "other tests ask for more")]
mod support;

use std::time::Duration;

use axum::body::Body;
use sigill::archive::then;
use sigill::format::budget::Budget;
use sigill::format::csv;
use sigill::format::pdf::Document;
use sigill::format::pdf::text;
use sigill::verify::indication::Verdict;
use sigill::verify::wording;
use sigill::web::auth::Role;
use support::FORM;
use support::Service;
use support::fixture;
use support::form;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const LATER: &str = "fixtures/minutes/styrelseprotokoll-b-lta.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const FLATTENED: &str = "fixtures/minutes/styrelseprotokoll-flattened.pdf";
const TWO_OF_THREE: &str = "fixtures/minutes/styrelseprotokoll-two-of-three.pdf";

const PLAN: &str = r#"
[schedule]
version = "2026.1"
example = false
plan = "Dokumenthanteringsplan"

[[rule]]
id = "summons"
record_types = ["summons"]
handlingstyp = { sv = "Kallelser", en = "Summons" }
outcome = "gallras"
years = 1
from = "meeting"
basis = { decision = "KS 2025/9", date = "2025-03-01" }
"#;

/// A service whose decisions on disposal are carried out after this long.
fn planned(quarantine: Duration) -> Service {
    let how = sigill::archive::Options { quarantine, ..Default::default() };
    let plan = |home: &std::path::Path| std::fs::write(home.join("retention.toml"), PLAN).unwrap();
    Service::over(sigill::web::Options::default(), how, plan)
}

/// Disposes of a record as two people do on the pages; gives the proposal's name.
fn dispose(service: &Service, id: &str) -> String {
    let send = |role, path: &str, body: String| {
        let request =
            service.request(Some(role), "POST", path).header("content-type", "application/x-www-form-urlencoded");
        let answer = service.ask(request.body(Body::from(body)).unwrap());
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
        answer.header("location").split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    let name = send(Role::Registrar, "/gallring/forslag", format!("handling={id}"));
    send(Role::Archivist, &format!("/gallring/forslag/{name}/beslut"), "beslut=KS+2031%2F44".to_owned());
    name
}

/// A page's text with ordinary spaces.
fn page(service: &Service, role: Option<Role>, path: &str) -> String {
    let answer = service.get(role, path);
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.text().replace('\u{a0}', " ")
}

/// The words of a record's statement, on one line.
fn statement(service: &Service, id: &str, lang: &str) -> String {
    let answer = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/statement?lang={lang}"));
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let document = Document::read(&answer.body, &Budget::STANDARD).unwrap();
    let pages = text::read(document.latest(), &Budget::STANDARD);
    let lines: Vec<String> = pages.iter().flat_map(|page| page.lines.clone()).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the start page answers about a file, with ordinary spaces.
fn checked(service: &Service, path: &str) -> String {
    let request = service.request(None, "POST", "/kontrollera").header("content-type", FORM);
    let body = form(&[("fil", Some("protokoll.pdf"), &fixture(path))]);
    service.ask(request.body(Body::from(body)).unwrap()).text().replace('\u{a0}', " ")
}

/// The question with this heading, as it is answered on a page: its class and its words.
fn question(html: &str, title: &str) -> String {
    let at = html.find(&format!("<h3>{title}</h3>")).unwrap();
    let (begin, end) = (html[..at].rfind("<li class").unwrap(), html[at..].find("</li>").unwrap());
    html[begin..at + end].to_owned()
}

#[test]
fn of_a_record_that_was_disposed_of_the_page_says_first_that_it_is_gone_and_then_only_what_is_still_known() {
    let service = planned(Duration::ZERO);
    let id = service.register(SIGNED, "recordType=summons&public=true&title=Kallelse&fileName=kallelse.pdf");
    let path = format!("/handling/{id}");
    assert!(page(&service, None, &path).contains(&format!("/api/v1/records/{id}/receipt")));
    let name = dispose(&service, &id);
    assert_eq!(service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/receipt")).status.as_u16(), 410);
    for role in [None, Some(Role::Auditor), Some(Role::Registrar)] {
        let html = page(&service, role, &path);
        let fold = html.split("<dl class=\"facts wide card\">").next().unwrap();
        for said in [
            "Handlingen gallrades 1 november 2026 enligt beslut KS 2031/44.",
            "Kontrollsumman finns kvar",
            "Underskrifterna var giltiga",
        ] {
            assert!(fold.contains(said), "{role:?}: {said}\n{fold}");
        }
        assert!(html.contains("hade 3 underskrifter när den registrerades. Namnen är gallrade."), "{html}");
        for wrong in [
            "Underskrifterna är giltiga",
            "Ingen har skrivit under",
            "Det finns ingen underskrift",
            "/receipt\"",
            "Själva filen lämnas inte ut här",
            "Jämför den med originalet",
            "<dd> <span class=\"soft\">",
        ] {
            assert!(!html.contains(wrong), "{role:?}: {wrong}\n{html}");
        }
        // The protocol is for those who read everything.
        assert_eq!(fold.contains(&format!("/gallring/protokoll/{name}")), role.is_some(), "{role:?}\n{fold}");
    }
    let english = page(&service, None, &format!("{path}?lang=en"));
    for said in ["The record was disposed of on 1 November 2026 by decision KS 2031/44.", "had 3 signatures"] {
        assert!(english.contains(said), "{said}\n{english}");
    }
    // The one who still has the file is told the same, and is offered nothing that is not there.
    let html = checked(&service, SIGNED);
    assert!(html.contains("Handlingen gallrades 1 november 2026 enligt beslut KS 2031/44."), "{html}");
    assert!(!html.contains("/receipt\""), "{html}");
}

#[test]
fn the_statement_of_a_record_that_was_disposed_of_does_not_contradict_itself() {
    let service = planned(Duration::ZERO);
    let id = service.register(SIGNED, "recordType=summons&title=Kallelse");
    dispose(&service, &id);
    let said = statement(&service, &id, "sv");
    for part in [
        "Handlingen gallrades 1 november 2026 enligt beslut KS 2031/44.",
        "Underskrifterna var giltiga",
        "Handlingen hade 3 underskrifter när den registrerades. Namnen är gallrade.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for wrong in ["är giltiga", "ingen elektronisk underskrift", "Spara originalfilen", "står bara i texten"] {
        assert!(!said.contains(wrong), "{wrong}: {said}");
    }
    assert!(statement(&service, &id, "en").contains("The signatures were valid"));
}

#[test]
fn until_when_a_decision_can_be_undone_is_told_as_people_write_it() {
    let service = planned(Duration::from_secs(30 * 86_400));
    let id = service.register(SIGNED, "recordType=summons&title=Kallelse");
    dispose(&service, &id);
    let html = page(&service, Some(Role::Auditor), &format!("/handling/{id}"));
    let fold = html.split("<dl class=\"facts wide card\">").next().unwrap();
    assert!(fold.contains("Gallring är beslutad (KS 2031/44)"), "{fold}");
    let events = html.split("id=\"handelser\"").nth(1).unwrap();
    assert!(events.contains("Kan ångras till 1 december 2026 kl. 01.00"), "{events}");
    assert!(!events.contains("ångras till 2026-"), "{events}");
}

#[test]
fn what_was_found_when_a_record_came_in_is_told_as_of_then() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let html = page(&service, None, &format!("/handling/{id}"));
    let checked = html.split("<dl class=\"facts wide card\">").next().unwrap();
    assert!(checked.contains("Underskrifterna var giltiga") && checked.contains("vid kontrollen"), "{checked}");
    assert!(!html.contains("Underskrifterna är giltiga"), "{html}");
    let english = page(&service, None, &format!("/handling/{id}?lang=en"));
    assert!(english.contains("The signatures were valid") && !english.contains("The signatures are valid"));
    assert!(statement(&service, &id, "sv").contains("Underskrifterna var giltiga"));
    // A file that is checked now is answered of now.
    assert!(self::checked(&service, LATER).contains("Underskrifterna är giltiga"));
}

#[test]
fn an_id_that_is_only_printed_is_not_shown_as_if_it_were_a_signatures() {
    let alone = "står i texten, hör inte till någon underskrift i filen";
    let service = Service::new();
    // A flattened copy: no signature at all. And one in which two of three people signed.
    for (file, ids, printed) in [(SIGNED, 3, 0), (FLATTENED, 3, 3), (TWO_OF_THREE, 3, 1)] {
        let id = service.register(file, "public=true");
        let found = service.get(None, &format!("/api/v1/records/{id}")).json();
        assert_eq!(found["transactionIds"].as_array().unwrap().len(), ids, "{file}");
        let html = page(&service, None, &format!("/handling/{id}"));
        let facts = html.split("<dl class=\"facts wide card\">").nth(1).unwrap().split("</dl>").next().unwrap();
        assert_eq!(facts.matches(alone).count(), printed, "{file}\n{facts}");
        assert_eq!(statement(&service, &id, "sv").matches(alone).count(), usize::from(printed > 0), "{file}");
    }
    let printed = service.get(None, "/sok?q=KS+1").text();
    assert!(!printed.contains(alone), "{printed}");
}

#[test]
fn who_signed_is_no_green_yes_where_no_signature_holds() {
    let service = Service::new();
    let html = checked(&service, ALTERED);
    assert!(html.contains("0 av 3 underskrifter på underskriftssidan bekräftas"), "{html}");
    let who = question(&html, "Vem har skrivit under?");
    assert!(who.starts_with("<li class=\"open\">") && who.contains("Vet ej"), "{who}");
    assert!(who.contains("underskrifterna håller inte för filen som den är nu"), "{who}");
    let valid = question(&checked(&service, SIGNED), "Vem har skrivit under?");
    assert!(valid.starts_with("<li class=\"good\">") && valid.contains("3 personer"), "{valid}");
}

#[test]
fn a_further_signature_is_listed_with_whose_it_is() {
    let html = checked(&Service::new(), SIGNED);
    let changes = html.split("id=\"andringar\"").nth(1).unwrap().split("</section>").next().unwrap();
    let lines: Vec<&str> = changes.split("<li").skip(1).filter(|line| line.contains("Ytterligare")).collect();
    assert_eq!(lines.len(), 2, "{changes}");
    assert!(lines.iter().all(|line| line.contains("underskrift lades till:")), "{changes}");
    assert_ne!(lines[0], lines[1], "{changes}");
}

#[test]
fn the_list_of_what_is_due_names_the_rule_in_words_and_ticks_nothing() {
    let service = planned(Duration::ZERO);
    service.register(SIGNED, "recordType=summons&title=Kallelse");
    let html = page(&service, Some(Role::Archivist), "/gallring");
    assert!(html.contains("Att gallra (1)") && html.contains("Kallelser, KS 2025/9"), "{html}");
    assert!(!html.contains("summons, "), "{html}");
    assert!(html.contains("type=\"checkbox\"") && !html.contains(" checked>"), "{html}");
    let csv = service.get(Some(Role::Auditor), "/gallring/att-gallra.csv").text();
    assert!(csv.contains("Kallelser, KS 2025/9"), "{csv}");
}

#[test]
fn a_file_without_a_name_is_called_that_in_the_readers_language() {
    let service = Service::new();
    let id = service.register("fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf", "public=true");
    let html = page(&service, None, &format!("/handling/{id}"));
    assert!(html.contains("<dd>Fil utan namn <span") && !html.contains("<dd>document <span"), "{html}");
    assert!(page(&service, None, &format!("/handling/{id}?lang=en")).contains("<dd>A file without a name <span"));
    assert!(statement(&service, &id, "sv").contains("Fil utan namn ("));
}

#[test]
fn whoever_vouches_for_the_time_is_not_among_those_who_signed() {
    let service = Service::new();
    let stamped = fixture(LATER);
    let verified = service.post(None, "/api/v1/verifications", stamped.clone()).json();
    let stamps = verified["signatures"].as_array().unwrap().iter().filter(|one| one["type"] != "signature");
    let authorities: Vec<&str> = stamps.filter_map(|one| one["signer"]["name"].as_str()).collect();
    assert!(!authorities.is_empty(), "{verified}");
    let request = service.request(Some(Role::Registrar), "POST", "/register/lagg-till").header("content-type", FORM);
    let sent = service.ask(request.body(Body::from(form(&[("fil", Some("a.pdf"), &stamped)]))).unwrap());
    let mut review = page(&service, Some(Role::Registrar), sent.header("location"));
    for _ in 0..60 {
        if review.contains("name=\"titel-0\"") {
            break;
        }
        review = page(&service, Some(Role::Registrar), sent.header("location"));
    }
    assert!(review.contains("name=\"titel-0\""), "{review}");
    for authority in authorities {
        assert!(!review.contains(authority), "{authority}\n{review}");
    }
}

#[test]
fn every_answer_has_its_past_and_none_keeps_a_word_of_today() {
    for verdict in [
        Verdict::Valid,
        Verdict::PartlyValid,
        Verdict::Altered,
        Verdict::Indeterminate,
        Verdict::Invalid,
        Verdict::Unsigned,
        Verdict::RegisteredCopy,
    ] {
        for total in [1, 3] {
            let now = wording::headline(verdict, 1, total);
            let once = then::past(&now);
            for word in [" är ", " har ", " kan ", " is ", " are ", " has ", "cannot"] {
                assert!(!once.sv.contains(word) && !once.en.contains(word), "{word}: {once:?}");
            }
            assert!(once.sv != now.sv && once.en != now.en, "{once:?}");
        }
    }
    let once = then::past(&wording::headline(Verdict::Indeterminate, 0, 1));
    assert_eq!(once.sv, "Vi kunde inte avgöra om underskriften var giltig");
    assert_eq!(once.en, "We could not determine whether the signature was valid");
}

#[test]
fn no_cell_of_a_table_begins_a_formula_however_wide_its_sign_is_written() {
    assert_eq!(csv::written(&["＝1", "＋1", "－1", "＠x"]), "'＝1;'＋1;'－1;'＠x\r\n");
    assert_eq!(csv::written(&["\t=1", "\r1", " =1"]), "'\u{fffd}=1;'\u{fffd}1;' =1\r\n");
    let service = Service::new();
    service.register(SIGNED, "title=%EF%BC%9DHYPERLINK(1)&diaryNumber=%EF%BC%8B1");
    let table = service.get(Some(Role::Auditor), "/register.csv").text();
    assert!(table.contains(";'＝HYPERLINK(1);") && table.contains(";'＋1;"), "{table}");
}

#[test]
fn the_field_that_is_refused_is_the_one_that_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut tokens = sigill::web::auth::Tokens::open(directory.path()).unwrap();
    let mut made = |name: &str, person: &str| {
        let (role, person) = (Role::Registrar, Some(person.to_owned()));
        let wish = sigill::web::auth::Wish { name: name.to_owned(), role, expires: None, person };
        tokens.make(wish, None, support::NOW.parse().unwrap()).map_err(|error| error.to_string())
    };
    assert!(made("disk", "rad\nrad").unwrap_err().starts_with("whose token it is"));
    assert!(made("disk\n", "Bo Ek").unwrap_err().starts_with("a token's name"));
    assert!(made("disk", "Bo Ek").is_ok());
}
