//! The pages that registrars and archivists work in, asked as their browser asks: each page, each role, each refusal.
//! USERS 9.4 to 9.6 and 10; WCAG 2.1 AA where text can tell.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "the tests that share it each use a part")]
mod support;

use sigill::web::auth::Role;
use support::Answer;
use support::Service;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const OTHER: &str = "fixtures/minutes/styrelseprotokoll-b-lta.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const HOSTILE: &str = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%3E%3Cb%3E";

/// What every page must be; gives its text.
fn page(answer: &Answer, status: u16) -> String {
    let html = answer.text();
    assert_eq!(answer.status.as_u16(), status, "{html}");
    assert_eq!(html.matches("<h1").count(), 1, "one heading\n{html}");
    assert!(html.contains("<html lang=\"sv\">") || html.contains("<html lang=\"en\">"), "{html}");
    for alien in ["<script>alert", "javascript:", "style=\"", "onclick", "<b>\""] {
        assert!(!html.contains(alien), "{alien}\n{html}");
    }
    for table in html.split("<table").skip(1) {
        assert!(table.contains("<caption") && table.contains("scope=\"col\"") && table.contains("scope=\"row\""));
    }
    for field in
        html.split("<input ").skip(1).chain(html.split("<select ").skip(1)).chain(html.split("<textarea ").skip(1))
    {
        let tag = field.split('>').next().unwrap();
        if tag.contains("type=\"hidden\"") {
            continue;
        }
        let id = tag.split("id=\"").nth(1).unwrap_or_else(|| panic!("no id: {tag}")).split('"').next().unwrap();
        assert!(html.contains(&format!("for=\"{id}\"")), "{tag} has no label\n{html}");
    }
    let ids: Vec<&str> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "ids are unique: {ids:?}");
    html
}

fn read(service: &Service, path: &str) -> String {
    page(&service.get(Some(Role::Auditor), path), 200)
}

/// The titles of the register's rows, in their order.
fn titles(html: &str) -> Vec<String> {
    let cells = html.split("<th scope=\"row\"><a href=\"/handling/").skip(1);
    cells.map(|cell| cell.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn the_register_is_for_those_who_read_everything_and_says_when_it_is_empty() {
    let service = Service::new();
    for (role, status) in [(None, 401), (Some(Role::Public), 403)] {
        let refused = page(&service.get(role, "/register"), status);
        assert!(refused.contains("<title>Fel:"), "{refused}");
        assert_eq!(service.get(role, "/register.csv").status.as_u16(), status);
    }
    let empty = page(&service.get(Some(Role::Registrar), "/register"), 200);
    assert!(empty.contains("Registret är tomt.") && empty.contains("/register/lagg-till"), "{empty}");
    assert!(!read(&service, "/register").contains("/register/lagg-till"), "who may not add is not asked to");
    assert!(page(&service.get(Some(Role::Auditor), "/register?lang=en"), 200).contains("The register is empty."));
}

#[test]
fn the_register_is_narrowed_sorted_and_counted() {
    let service = Service::new();
    service.register(SIGNED, "title=%C3%85kerns%20protokoll&diaryNumber=KS%202026/9&body=Styrelsen");
    service.register(OTHER, "title=Budget&diaryNumber=KS%202026/123&body=N%C3%A4mnden&recordType=summons");
    service.register(ALTERED, "title=Zonplan&body=Styrelsen&diaryNumber=KS%202026/10");
    let by = |query: &str| titles(&read(&service, &format!("/register?{query}")));
    assert_eq!(by("sortera=handling&ordning=stigande"), ["Budget", "Zonplan", "Åkerns protokoll"]);
    assert_eq!(by("sortera=handling&ordning=fallande"), ["Åkerns protokoll", "Zonplan", "Budget"]);
    assert_eq!(by("sortera=diarienummer&ordning=stigande"), ["Åkerns protokoll", "Zonplan", "Budget"]);
    assert_eq!(by("svar=altered"), ["Zonplan"]);
    assert_eq!(by("organ=N%C3%A4mnden"), ["Budget"]);
    assert_eq!(by("typ=summons"), ["Budget"]);
    assert_eq!(by("text=%C3%85KERNS"), ["Åkerns protokoll"]);
    assert_eq!(by("text=ks+2026%2F1&sortera=handling&ordning=stigande"), ["Budget", "Zonplan"]);
    let day = service.archive.newest(0, 1).unwrap()[0].record.meeting_date.clone().unwrap();
    assert_eq!(by(&format!("fran={day}&till={day}")).len(), 3, "the day of the meeting");
    assert_eq!(by("fran=2026-10-31"), Vec::<String>::new(), "not that of registration");
    let html = read(&service, "/register?organ=Styrelsen&sortera=handling&ordning=stigande");
    assert!(html.contains("2 av 3 handlingar") && html.contains("role=\"status\""), "{html}");
    assert!(html.contains("aria-sort=\"ascending\"") && html.contains("Giltig"), "{html}");
    assert!(html.contains("/register.csv?organ=Styrelsen"), "the export has the same filter\n{html}");
    let wrong = page(&service.get(Some(Role::Auditor), "/register?fran=sommar"), 400);
    assert!(wrong.contains("<title>Fel:") && wrong.contains("href=\"#fran\"") && wrong.contains("Skriv den som"));
}

#[test]
fn what_is_done_to_a_record_shows_in_the_register_and_a_rebuilt_one_says_the_same() {
    let service = Service::new();
    let id = service.register(SIGNED, "title=Budget");
    let id = id.parse().unwrap();
    service.archive.hold(id, "Utlämnandemål", None, "registrator").unwrap();
    let correction = sigill::archive::act::Correction { title: Some("Budget 2026".to_owned()), ..Default::default() };
    service.archive.correct(id, &correction, "Fel titel", "registrator").unwrap();
    let html = read(&service, "/register?stopp=ja");
    assert_eq!(titles(&html), ["Budget 2026"]);
    assert!(html.contains("badge open\">Gallringsstopp"), "{html}");
    assert_eq!(titles(&read(&service, "/register?stopp=nej")), Vec::<String>::new());
    let listed = service.archive.listed(id).unwrap().unwrap();
    let directory = service.archive.directory().to_owned();
    let read = sigill::archive::Archive::read(&directory, sigill::archive::Options::default()).unwrap();
    assert_eq!(read.listed(id).unwrap().unwrap(), listed, "made anew from the records");
    service.archive.release(id, None, "Klart", "registrator").unwrap();
    assert!(service.archive.listed(id).unwrap().unwrap().holds.is_empty());
}

#[test]
fn the_export_is_a_table_of_what_is_shown_and_no_formula() {
    let service = Service::new();
    service.register(SIGNED, "title=%3DHYPERLINK(1)&diaryNumber=KS%202026/9");
    service.register(OTHER, "title=B%3Bb");
    let answer = service.get(Some(Role::Auditor), "/register.csv?text=ks");
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").contains("register.csv"));
    let text = answer.text();
    assert!(text.starts_with("\u{feff}Id;Datum;Handling;"), "{text}");
    assert_eq!(text.lines().count(), 2, "the same filter: {text}");
    assert!(text.contains(";'=HYPERLINK(1);"), "{text}");
    assert!(service.get(Some(Role::Auditor), "/register.csv").text().contains(";\"B;b\";"));
}

#[test]
fn the_register_is_turned_over_and_hostile_words_stay_words() {
    let service = Service::new();
    service.register(SIGNED, &format!("title={HOSTILE}&body={HOSTILE}&diaryNumber={HOSTILE}"));
    read(&service, "/register");
    let html =
        read(&service, &format!("/register?text={HOSTILE}&organ={HOSTILE}&sortera={HOSTILE}&sida=9&ordning={HOSTILE}"));
    assert!(html.contains("rel=\"prev\"") && !html.contains("rel=\"next\""), "{html}");
    assert!(!read(&service, "/register?text=19121212-1212").contains("19121212-1212"));
}
