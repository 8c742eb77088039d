//! The pages that registrars and archivists work in, asked as their browser asks: each page, each role, each refusal.
//! USERS 9.4 to 9.6 and 10; WCAG 2.1 AA where text can tell.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

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

const PLAN: &str = r#"
[schedule]
version = "2026.1"
example = false
plan = "Dokumenthanteringsplan"

[[rule]]
id = "protokoll"
record_types = ["minutes"]
handlingstyp = { sv = "Protokoll", en = "Minutes" }
outcome = "bevaras"
deliver_after_years = 1
from = "meeting"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "kallelser"
record_types = ["summons"]
handlingstyp = { sv = "Kallelser", en = "Summons" }
outcome = "gallras"
years = 1
from = "meeting"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "utkast"
record_types = ["draft"]
handlingstyp = { sv = "Utkast", en = "Drafts" }
outcome = "gallras"
years = 1
from = "meeting"
"#;

fn planned() -> Service {
    let plan = |home: &std::path::Path| std::fs::write(home.join("retention.toml"), PLAN).unwrap();
    Service::over(sigill::web::Options::default(), sigill::archive::Options::default(), plan)
}

/// What a browser sends of a form without files.
fn send(service: &Service, role: Role, path: &str, fields: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect()
    };
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let request = service.request(Some(role), "POST", path).header("content-type", "application/x-www-form-urlencoded");
    service.ask(request.body(axum::body::Body::from(body.join("&"))).unwrap())
}

/// Follows a redirect, and gives the page it leads to.
fn led(service: &Service, role: Role, answer: &Answer) -> String {
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    page(&service.get(Some(role), answer.header("location")), 200)
}

#[test]
fn what_can_be_done_to_a_record_is_shown_to_those_who_may() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let record = format!("/handling/{id}");
    for role in [None, Some(Role::Auditor)] {
        assert!(!page(&service.get(role, &record), 200).contains("id=\"atgarder\""), "{role:?}");
    }
    let html = page(&service.get(Some(Role::Registrar), &record), 200);
    let pages = [
        "gallringsstopp",
        "ratta",
        "koppla",
        "handelse",
        "kontrollera-igen",
        "publiceringskopia",
        "kontrollintyg",
        "personuppgifter",
    ];
    for what in pages {
        let path = format!("{record}/{what}");
        assert!(html.contains(&path), "{what}\n{html}");
        page(&service.get(Some(Role::Registrar), &path), 200);
        page(&service.get(Some(Role::Registrar), &format!("{path}?lang=en")), 200);
        assert_eq!(service.get(None, &path).status.as_u16(), 401, "{what}");
        assert_eq!(service.get(Some(Role::Auditor), &path).status.as_u16(), 403, "{what}");
        assert_eq!(send(&service, Role::Auditor, &path, &[]).status.as_u16(), 403, "{what}");
    }
    assert_eq!(service.get(Some(Role::Archivist), &format!("{record}/kontrollintyg")).status.as_u16(), 403);
    assert_eq!(service.get(Some(Role::Registrar), &format!("{record}/annat")).status.as_u16(), 404);
    assert_eq!(service.get(Some(Role::Registrar), "/handling/nope/ratta").status.as_u16(), 404);
}

#[test]
fn a_hold_is_placed_and_lifted_on_pages_and_needs_its_reason() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let path = format!("/handling/{id}/gallringsstopp");
    let empty = page(&send(&service, Role::Registrar, &path, &[("skal", " "), ("kontakt", HOSTILE)]), 400);
    assert!(
        empty.contains("<title>Fel:") && empty.contains("href=\"#skal\"") && empty.contains("autofocus"),
        "{empty}"
    );
    let placed = send(&service, Role::Registrar, &path, &[("skal", "Utlämnandemål <b>"), ("kontakt", "juristen")]);
    let html = led(&service, Role::Registrar, &placed);
    assert!(html.contains("role=\"status\">Gallringsstoppet är satt."), "{html}");
    assert!(html.contains("Utlämnandemål &#60;b&#62;"), "{html}");
    let found = service.archive.record(id.parse().unwrap()).unwrap().unwrap();
    let hold = &found.life.holds[0];
    assert_eq!((hold.by.as_str(), hold.contact.as_deref()), ("registrar-desk", Some("juristen")));
    let list = read(&service, "/gallring/stopp");
    assert!(list.contains("1 gallringsstopp") && list.contains("juristen"), "{list}");
    assert!(service.get(Some(Role::Auditor), "/gallring/stopp.csv").text().contains(";juristen;registrar-desk;"));
    let lift = format!("{path}/{}", hold.name);
    assert!(page(&service.get(Some(Role::Registrar), &lift), 200).contains("Utlämnandemål"));
    assert!(page(&send(&service, Role::Registrar, &lift, &[]), 400).contains("href=\"#skal\""));
    let lifted = send(&service, Role::Archivist, &lift, &[("skal", "Klart")]);
    assert!(led(&service, Role::Archivist, &lifted).contains("Gallringsstoppet är hävt."));
    assert_eq!(service.get(Some(Role::Registrar), &lift).status.as_u16(), 404, "lifted already");
    assert!(read(&service, "/gallring/stopp").contains("Ingen handling har gallringsstopp."));
}

#[test]
fn what_is_stated_is_corrected_and_nothing_new_is_refused_in_words() {
    let service = Service::new();
    let id = service.register(SIGNED, "title=Fel&diaryNumber=KS%202026/1");
    let path = format!("/handling/{id}/ratta");
    let form = page(&service.get(Some(Role::Registrar), &path), 200);
    assert!(form.contains("value=\"KS 2026/1\"") && form.contains("Gallras") && form.contains("Bevaras"), "{form}");
    let same = send(&service, Role::Registrar, &path, &[("titel", "Fel"), ("offentlig", "nej"), ("skal", "x")]);
    assert!(page(&same, 409).contains("Det står redan så. Inget har ändrats."));
    let day = send(&service, Role::Registrar, &path, &[("titel", "Rätt"), ("sammantrade", "igår"), ("skal", "x")]);
    assert!(page(&day, 400).contains("href=\"#sammantrade\""));
    let fields = [("titel", "Rätt"), ("diarienummer", "KS 2026/1"), ("offentlig", "ja"), ("skal", "Skrivfel")];
    let html = led(&service, Role::Registrar, &send(&service, Role::Registrar, &path, &fields));
    assert!(html.contains("Rätt</h1>") && html.contains("Uppgifterna är rättade."), "{html}");
    let found = service.archive.record(id.parse().unwrap()).unwrap().unwrap();
    assert!(found.record.public);
    assert_eq!(found.life.corrections[0].diary_number, None, "what did not change is not stated anew");
}

#[test]
fn records_are_linked_checked_again_and_dated_on_pages() {
    let service = Service::new();
    let (one, other) = (service.register(SIGNED, ""), service.register(OTHER, "diaryNumber=KS%202026/7"));
    let link = format!("/handling/{one}/koppla");
    let nowhere = send(&service, Role::Registrar, &link, &[("till", "KS 1999/1"), ("samband", "bilaga till")]);
    assert!(page(&nowhere, 400).contains("Vi hittar ingen handling med det ID:t."));
    let linked = send(&service, Role::Registrar, &link, &[("till", "KS 2026/7"), ("samband", "bilaga till")]);
    assert!(led(&service, Role::Registrar, &linked).contains("Handlingarna är kopplade."));
    let found = service.archive.record(one.parse().unwrap()).unwrap().unwrap();
    assert_eq!(found.life.links, [(other, "bilaga till".to_owned())]);
    let again = format!("/handling/{one}/kontrollera-igen");
    led(&service, Role::Registrar, &send(&service, Role::Registrar, &again, &[]));
    let html = page(&service.get(Some(Role::Registrar), &again), 200);
    assert!(html.contains("Kontrollen då") && html.contains("Kontrollen nu"), "{html}");
    let dated = format!("/handling/{one}/handelse");
    let fields = [("vad", "laga-kraft"), ("dag", "2026-02-01")];
    led(&service, Role::Registrar, &send(&service, Role::Registrar, &dated, &fields));
    assert_eq!(page(&send(&service, Role::Registrar, &dated, &fields), 409).matches("Det står redan så.").count(), 1);
}

#[test]
fn a_copy_and_a_statement_are_made_once_and_fetched_by_their_maker() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let made = send(&service, Role::Registrar, &format!("/handling/{id}/publiceringskopia"), &[("andamal", "Webben")]);
    let html = led(&service, Role::Registrar, &made);
    assert!(html.contains("Borttaget: underskrifterna") && html.contains("Inte borttaget: namn"), "{html}");
    let ticket = made.header("location").to_owned();
    let file = service.get(Some(Role::Registrar), &format!("{ticket}/fil"));
    assert!(file.body.starts_with(b"%PDF-") && file.header("content-disposition").contains("attachment"));
    assert_eq!(service.get(Some(Role::Administrator), &format!("{ticket}/fil")).status.as_u16(), 404, "another's");
    assert_eq!(service.get(None, &format!("{ticket}/fil")).status.as_u16(), 401);
    let checked = service.post(None, "/api/v1/verifications", file.body.clone()).json();
    assert_ne!(checked["verdict"], "valid");
    let issued = send(&service, Role::Registrar, &format!("/handling/{id}/kontrollintyg"), &[]);
    assert!(led(&service, Role::Registrar, &issued).contains("Kontrollintyget är utfärdat"));
    let found = service.archive.record(id.parse().unwrap()).unwrap().unwrap();
    let purposes: Vec<Option<&str>> = found.life.copies.iter().map(|one| one.purpose.as_deref()).collect();
    assert_eq!(purposes, [Some("Webben"), None]);
}

#[test]
fn personal_numbers_are_shown_after_a_note_in_the_log_and_not_again() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let path = format!("/handling/{id}/personuppgifter");
    assert!(page(&send(&service, Role::Registrar, &path, &[]), 400).contains("href=\"#andamal\""));
    let before = service.archive.ledger().size();
    let shown = page(&send(&service, Role::Registrar, &path, &[("andamal", "Begäran om utdrag")]), 200);
    assert!(shown.contains("antecknat som post nr"), "{shown}");
    assert_eq!(service.archive.ledger().size(), before + 1);
    assert!(!page(&service.get(Some(Role::Registrar), &path), 200).contains("189001"));
}

#[test]
fn nothing_to_dispose_of_says_when_there_will_be() {
    let service = planned();
    assert!(read(&service, "/gallring").contains("Inget att gallra eller leverera."));
    for path in ["/gallring", "/gallring/stopp", "/gallring/regler", "/gallring/protokoll", "/gallring/regler.csv"] {
        assert_eq!(service.get(None, path).status.as_u16(), 401, "{path}");
        assert_eq!(service.get(Some(Role::Public), path).status.as_u16(), 403, "{path}");
    }
    let text = support::fixture("fixtures/minutes/styrelseprotokoll.txt");
    let kept = service.post(Some(Role::Registrar), "/api/v1/records?recordType=summons", text).json();
    let id: sigill::archive::record::RecordId = kept["id"].as_str().unwrap().parse().unwrap();
    let later = sigill::archive::act::Correction { meeting_date: Some("2026-10-30".to_owned()), ..Default::default() };
    service.archive.correct(id, &later, "Rätt dag", "registrator").unwrap();
    let html = read(&service, "/gallring");
    assert!(html.contains("Nästa frist:") && html.contains("30\u{a0}oktober\u{a0}2027 (1 handling)"), "{html}");
    assert!(read(&service, "/gallring?till=2027-10-30").contains("Att gallra (1)"));
}

#[test]
fn one_proposes_another_decides_and_what_is_on_hold_is_left_out() {
    let service = planned();
    let gone = service.register(SIGNED, "recordType=summons&title=Kallelse");
    let held = service.register(OTHER, "recordType=summons&title=Stoppad");
    let draft = service.register(ALTERED, "recordType=draft&title=Utkast");
    let list = page(&service.get(Some(Role::Archivist), "/gallring"), 200);
    assert!(list.contains("Att gallra (3)") && list.contains("Regeln saknar gallringsbeslut"), "{list}");
    assert!(
        service.get(Some(Role::Auditor), "/gallring/att-gallra.csv").text().contains("Regeln saknar gallringsbeslut")
    );
    assert!(page(&send(&service, Role::Archivist, "/gallring/forslag", &[]), 409).contains("Välj minst en handling"));
    let only = page(&send(&service, Role::Archivist, "/gallring/forslag", &[("handling", &draft)]), 409);
    assert!(only.contains("Inget förslag skapades.") && only.contains("saknar gallringsbeslut"), "{only}");
    let all = [("handling", gone.as_str()), ("handling", &held), ("handling", &draft)];
    let proposed = send(&service, Role::Archivist, "/gallring/forslag", &all);
    let html = led(&service, Role::Archivist, &proposed);
    assert!(html.contains("Gallringsförslaget är skapat.") && html.contains("1 handling får inte gallras"), "{html}");
    assert!(html.contains("Du kan inte besluta om ditt eget förslag"), "{html}");
    let proposal = proposed.header("location").split('?').next().unwrap().to_owned();
    service.archive.hold(held.parse().unwrap(), "Utlämnandemål", None, "registrator").unwrap();
    let decide = format!("{proposal}/beslut");
    let own = send(&service, Role::Archivist, &decide, &[("beslut", "KS 2031/44")]);
    assert!(page(&own, 403).contains("Du kan inte besluta om ditt eget förslag"));
    assert_eq!(send(&service, Role::Registrar, &decide, &[("beslut", "KS 2031/44")]).status.as_u16(), 403);
    let review = page(&service.get(Some(Role::Administrator), &proposal), 200);
    for text in
        ["Gallra 1 handling", "1 handling har gallringsstopp och hoppas över.", "Metadata, kontrollsumma", "--disposed"]
    {
        assert!(review.contains(text), "{text}\n{review}");
    }
    let unnumbered = page(&send(&service, Role::Administrator, &decide, &[("beslut", " ")]), 400);
    assert!(
        unnumbered.contains("href=\"#beslut\"") && unnumbered.contains("gallringsbeslutets nummer"),
        "{unnumbered}"
    );
    let decided = send(&service, Role::Administrator, &decide, &[("beslut", "KS 2031/44")]);
    let html = led(&service, Role::Administrator, &decided);
    assert!(
        html.contains("Gallringen är beslutad.") && html.contains("1 handling har gallringsstopp och hoppas över."),
        "{html}"
    );
    assert_eq!(
        service.get(Some(Role::Administrator), &format!("/api/v1/records/{gone}/document")).status.as_u16(),
        410
    );
    assert!(read(&service, "/gallring").contains("Beslutat (KS 2031/44), kan ångras till"));
    assert!(
        page(&send(&service, Role::Administrator, &format!("{proposal}/angra"), &[]), 400).contains("href=\"#angra\"")
    );
    let undone = send(&service, Role::Administrator, &format!("{proposal}/angra"), &[("angra", "Fel beslut")]);
    assert!(led(&service, Role::Administrator, &undone).contains("Beslutet är ångrat."));
    assert_eq!(
        service.get(Some(Role::Administrator), &format!("/api/v1/records/{gone}/document")).status.as_u16(),
        200
    );
}

#[test]
fn a_proposal_is_refused_with_a_reason_and_is_no_more() {
    let service = planned();
    let id = service.register(SIGNED, "recordType=summons");
    let proposed = send(&service, Role::Registrar, "/gallring/forslag", &[("handling", &id)]);
    let proposal = proposed.header("location").split('?').next().unwrap().to_owned();
    let path = format!("{proposal}/avslag");
    assert!(page(&send(&service, Role::Archivist, &path, &[]), 400).contains("href=\"#avslag\""));
    let refused = send(&service, Role::Archivist, &path, &[("avslag", "Behövs än")]);
    assert!(led(&service, Role::Archivist, &refused).contains("Förslaget är avslaget."));
    let nowhere = page(&service.get(Some(Role::Archivist), &proposal), 404);
    assert!(nowhere.contains("Förslaget finns inte"), "{nowhere}");
}

#[test]
fn the_protocol_is_a_page_a_table_and_a_sealed_pdf() {
    let service = planned();
    let id = service.register(SIGNED, &format!("recordType=summons&title={HOSTILE}&diaryNumber=KS%202024/1"));
    assert!(read(&service, "/gallring/protokoll").contains("Inget är gallrat än."));
    let proposed = send(&service, Role::Registrar, "/gallring/forslag", &[("handling", &id)]);
    let name = proposed.header("location").split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    send(&service, Role::Archivist, &format!("/gallring/forslag/{name}/beslut"), &[("beslut", "KS 2031/44")]);
    assert!(read(&service, "/gallring/protokoll").contains("KS 2031/44"));
    assert!(
        service.get(Some(Role::Auditor), "/gallring/protokoll.csv").text().contains(&format!("{name};KS 2031/44;"))
    );
    assert!(read(&service, &format!("/gallring/protokoll/{name}")).contains("archivist-desk"));
    let csv = service.get(Some(Role::Auditor), &format!("/gallring/protokoll/{name}.csv")).text();
    assert!(csv.contains("KS 2024/1") && csv.lines().count() == 2, "{csv}");
    let pdf = service.get(Some(Role::Auditor), &format!("/gallring/protokoll/{name}.pdf"));
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    let budget = sigill::format::budget::Budget::STANDARD;
    let document = sigill::format::pdf::Document::read(&pdf.body, &budget).unwrap();
    assert_eq!(document.signatures().len(), 1, "sealed");
    let pages = sigill::format::pdf::text::read(document.latest(), &budget);
    let said: Vec<String> = pages.iter().flat_map(|page| page.lines.clone()).collect();
    let said = said.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    for text in ["Gallringsprotokoll", "KS 2031/44", "KS 2024/1", "archivist-desk", "registrar-desk", "Kallelser"] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert_eq!(service.get(Some(Role::Auditor), "/gallring/protokoll/ffffffff.pdf").status.as_u16(), 404);
    assert_eq!(service.get(None, &format!("/gallring/protokoll/{name}.pdf")).status.as_u16(), 401);
}

#[test]
fn records_are_delivered_and_acknowledged_on_pages() {
    let service = planned();
    let id = service.register(SIGNED, "recordType=minutes&title=Protokoll");
    let list = page(&service.get(Some(Role::Registrar), "/gallring"), 200);
    assert!(list.contains("Att leverera (1)"), "{list}");
    assert!(service.get(Some(Role::Auditor), "/gallring/att-leverera.csv").text().contains(&id));
    assert_eq!(service.get(Some(Role::Registrar), "/gallring/leverans").status.as_u16(), 400);
    let path = format!("/gallring/leverans?handling={id}");
    assert_eq!(service.get(Some(Role::Auditor), &path).status.as_u16(), 403);
    assert!(page(&service.get(Some(Role::Registrar), &path), 200).contains("Protokoll"));
    assert!(page(&send(&service, Role::Registrar, &path, &[]), 400).contains("href=\"#mottagare\""));
    let made = send(&service, Role::Registrar, &path, &[("mottagare", "Kommunarkivet")]);
    let html = led(&service, Role::Registrar, &made);
    assert!(html.contains("Leveranspaketet är skapat"), "{html}");
    let tar = service.get(Some(Role::Registrar), &format!("{}/fil", made.header("location")));
    assert_eq!(tar.header("content-type"), "application/x-tar");
    let found = service.archive.record(id.parse().unwrap()).unwrap().unwrap();
    let package = found.life.deliveries[0].package.clone();
    assert!(html.contains(&package), "{html}");
    assert!(page(&service.get(Some(Role::Registrar), "/gallring"), 200).contains("Skickade, väntar på kvittens"));
    let receive = format!("/gallring/leverans/{package}/kvittens");
    page(&service.get(Some(Role::Registrar), &receive), 200);
    let post = |parts: &[(&str, Option<&str>, &[u8])]| {
        let request = service.request(Some(Role::Registrar), "POST", &receive).header("content-type", support::FORM);
        service.ask(request.body(axum::body::Body::from(support::form(parts))).unwrap())
    };
    assert!(page(&post(&[("kvittens", Some(""), b"")]), 400).contains("Välj filen med mottagarens kvittens."));
    let kept = post(&[("kvittens", Some("kvitto.pdf"), b"Mottaget"), ("beteckning", None, b"E 17")]);
    assert!(led(&service, Role::Registrar, &kept).contains("Kvittensen är sparad."));
    let found = service.archive.record(id.parse().unwrap()).unwrap().unwrap();
    assert!(found.life.deliveries[0].received_at.is_some());
    assert_eq!(service.get(Some(Role::Registrar), &receive).status.as_u16(), 404, "nothing waits any more");
}

#[test]
fn rules_are_read_from_a_table_shown_and_only_then_in_force() {
    let service = planned();
    let id = service.register(SIGNED, "recordType=summons");
    let exported = service.get(Some(Role::Auditor), "/gallring/regler.csv").text();
    assert!(exported.contains("Kallelser;summons;gallras;1;sammanträde;KS 2025/9;2025-03-01;"), "{exported}");
    assert!(read(&service, "/gallring/regler").contains("Regeln saknar gallringsbeslut"));
    let path = "/gallring/regler/ny";
    assert_eq!(service.get(Some(Role::Registrar), path).status.as_u16(), 403);
    page(&service.get(Some(Role::Archivist), path), 200);
    let post = |table: &str, version: &str, decision: &str| {
        let parts = [
            ("tabell", Some(if table.is_empty() { "" } else { "plan.csv" }), table.as_bytes()),
            ("version", None, version.as_bytes()),
            ("beslut", None, decision.as_bytes()),
        ];
        let request = service.request(Some(Role::Archivist), "POST", path).header("content-type", support::FORM);
        service.ask(request.body(axum::body::Body::from(support::form(&parts))).unwrap())
    };
    assert!(page(&post("", "2027.1", ""), 400).contains("Välj en tabell att läsa in."));
    assert!(page(&post(&exported, "", ""), 400).contains("href=\"#version\""));
    let wrong = page(&post("handlingstyp;åtgärd\nKallelser;bränns\n", "2027.1", ""), 400);
    assert!(wrong.contains("Rad 2") && wrong.contains("bränns"), "{wrong}");
    let longer = exported.replace("summons;gallras;1;", "summons;gallras;9;");
    let preview = led(&service, Role::Archivist, &post(&longer, "2027.1", ""));
    assert!(preview.contains("påverkar 1 handlingar, 0 får kortare frist."), "{preview}");
    assert_eq!(service.archive.schedule().version, "2026.1", "nothing is in force before it is agreed to");
    let waiting = post(&longer, "2027.1", "").header("location").to_owned();
    assert!(led(&service, Role::Archivist, &send(&service, Role::Archivist, &waiting, &[])).contains("Planen gäller"));
    assert_eq!(service.archive.schedule().version, "2027.1", "without a restart");
    let line = service.archive.listed(id.parse().unwrap()).unwrap().unwrap();
    assert!(line.answer(&service.archive.schedule()).until.unwrap().to_string().as_str() > "2030");
    let shorter = post(&exported, "2028.1", "").header("location").to_owned();
    let barred = page(&service.get(Some(Role::Archivist), &shorter), 200);
    assert!(barred.contains("1 får kortare frist.") && barred.contains("utan nytt beslut"), "{barred}");
    assert_eq!(send(&service, Role::Archivist, &shorter, &[]).status.as_u16(), 409);
    let decided = post(&exported, "2028.1", "KS 2028/1").header("location").to_owned();
    led(&service, Role::Archivist, &send(&service, Role::Archivist, &decided, &[]));
    assert_eq!(service.archive.schedule().version, "2028.1");
}

/// Sends files to be added, and gives the address of the page where they are examined.
fn added(service: &Service, files: &[(&str, Vec<u8>)]) -> Answer {
    let parts: Vec<(&str, Option<&str>, &[u8])> =
        files.iter().map(|(name, bytes)| ("fil", Some(*name), bytes.as_slice())).collect();
    let path = "/register/lagg-till";
    let request = service.request(Some(Role::Registrar), "POST", path).header("content-type", support::FORM);
    service.ask(request.body(axum::body::Body::from(support::form(&parts))).unwrap())
}

/// The page of a batch once nothing is under way.
fn settled(service: &Service, address: &str) -> String {
    for _ in 0..60 {
        let answer = service.get(Some(Role::Registrar), address);
        if answer.header("refresh").is_empty() {
            return page(&answer, 200);
        }
    }
    panic!("the work never ends");
}

/// The fields of the review as a browser would send them back, some of them changed.
fn filled<'a>(html: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let attribute =
        |tag: &'a str, name: &str| tag.split(&format!(" {name}=\"")).nth(1).map(|rest| rest.split('"').next().unwrap());
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for tag in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let ticked = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
        fields.extend(
            attribute(tag, "name").filter(|_| ticked).map(|name| (name, attribute(tag, "value").unwrap_or(""))),
        );
    }
    for select in html.split("<select ").skip(1).map(|rest| rest.split("</select>").next().unwrap()) {
        let chosen = select.split("<option ").find(|option| option.contains(" selected"));
        let value = chosen
            .and_then(|option| option.split("value=\"").nth(1))
            .map_or("other", |rest| rest.split('"').next().unwrap());
        fields.extend(select.split("name=\"").nth(1).map(|rest| (rest.split('"').next().unwrap(), value)));
    }
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    fields.extend(changed);
    fields
}

#[test]
fn a_file_that_was_saved_just_before_a_crash_is_told_as_saved() {
    let service = planned();
    let address = added(&service, &[("a.pdf", support::fixture(SIGNED))]).header("location").to_owned();
    let html = settled(&service, &address);
    // As far as the desk got: the record is there, and nobody noted it in the batch.
    service.register(SIGNED, "");
    send(&service, Role::Registrar, &address, &filled(&html, &[]));
    let html = settled(&service, &address);
    assert!(html.contains("1 av 1") && !html.contains("Filen finns redan"), "{html}");
}

#[test]
fn files_are_added_together_and_one_that_is_bad_stops_none() {
    let service = planned();
    let files = [
        ("a.pdf", support::fixture(SIGNED)),
        ("b.pdf", support::fixture(OTHER)),
        ("ändrad.pdf", support::fixture(ALTERED)),
    ];
    let sent = added(&service, &files);
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    let address = sent.header("location").to_owned();
    let html = settled(&service, &address);
    assert_eq!(service.archive.ledger().size(), 0, "nothing is in the register yet");
    for text in [
        "Spara 3 handlingar",
        "Dokumentet har ändrats",
        "Spara ändå med motivering",
        "Bevaras, levereras efter 1 år",
        "Gallras efter 1 år",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    let saved = send(
        &service,
        Role::Registrar,
        &address,
        &filled(&html, &[("diarienummer-0", "KS 2026/1"), ("offentlig-1", "ja")]),
    );
    assert_eq!(saved.status.as_u16(), 303, "{}", saved.text());
    // A place within the page in the address would keep `Refresh` from loading it anew.
    assert!(!saved.header("location").contains('#'), "{}", saved.header("location"));
    let html = settled(&service, &address);
    assert!(
        html.contains("2 av 3") && html.contains("1 fil behöver åtgärd.") && html.contains("<title>Fel:"),
        "{html}"
    );
    assert!(html.contains("href=\"#motivering-2\"") && html.contains("autofocus"), "{html}");
    assert!(html.contains("ändrad.pdf") && !html.contains("id=\"rad-0\""), "what is saved is asked about no more");
    assert_eq!(service.archive.ledger().size(), 2);
    let reason = [("motivering-2", "Beviset behövs i ärendet")];
    send(&service, Role::Registrar, &address, &filled(&html, &reason));
    let html = settled(&service, &address);
    assert!(html.contains("3 av 3") && html.contains("Till registret"), "{html}");
    let altered = service.archive.newest(0, 1).unwrap().remove(0);
    let events = service.archive.events(altered.record.id.parse().unwrap()).unwrap().unwrap();
    assert_eq!(events.last().unwrap().event.name(), "justified");
    assert!(
        page(&service.get(Some(Role::Auditor), &format!("/handling/{}", altered.record.id)), 200)
            .contains("Beviset behövs i ärendet")
    );
    assert!(read(&service, "/register?text=KS+2026%2F1").contains("1 av 3 handlingar"));
    let again = added(&service, &files[..1]);
    let html = settled(&service, again.header("location"));
    assert!(html.contains("Filen finns redan:") && html.contains("Inget har ändrats."), "{html}");
    assert_eq!(service.archive.ledger().size(), 4);
}

#[test]
fn adding_is_for_registrars_needs_files_and_is_bounded() {
    let limited = sigill::web::Options { batch_files_max: 2, batch_bytes_max: 3_000_000, ..Default::default() };
    let service = Service::with(limited);
    for role in [None, Some(Role::Auditor), Some(Role::Archivist)] {
        let status = if role.is_none() { 401 } else { 403 };
        assert_eq!(service.get(role, "/register/lagg-till").status.as_u16(), status, "{role:?}");
        assert_eq!(service.post(role, "/register/lagg-till", "x").status.as_u16(), status, "{role:?}");
    }
    assert!(page(&service.get(Some(Role::Registrar), "/register/lagg-till"), 200).contains("högst 2"));
    assert!(page(&added(&service, &[("", Vec::new())]), 400).contains("Välj minst en fil att lägga till."));
    let one = || support::fixture(SIGNED);
    let many = added(&service, &[("a.pdf", one()), ("b.pdf", one()), ("c.pdf", one())]);
    assert!(page(&many, 400).contains("Högst 2 filer tas emot på en gång. Inget har sparats."));
    let large = added(&service, &[("a.pdf", vec![b'x'; 3_500_000])]);
    assert!(page(&large, 400).contains("större än 3 MB"), "{}", large.text());
    assert_eq!(service.get(Some(Role::Registrar), "/register/lagg-till/00").status.as_u16(), 404);
    assert_eq!(
        std::fs::read_dir(service.archive.directory().join("holding")).map_or(0, |one| one
            .flatten()
            .map(|caller| std::fs::read_dir(caller.path()).unwrap().count())
            .sum::<usize>()),
        0,
        "what is refused does not stay"
    );
}

#[test]
fn the_same_file_twice_in_one_go_and_a_file_that_is_left_out() {
    let service = Service::new();
    let sent = added(
        &service,
        &[("a.pdf", support::fixture(SIGNED)), ("samma.pdf", support::fixture(SIGNED)), ("<b>.txt", b"hej".to_vec())],
    );
    let address = sent.header("location").to_owned();
    let html = settled(&service, &address);
    send(&service, Role::Registrar, &address, &filled(&html, &[("hoppa-2", "ja")]));
    let html = settled(&service, &address);
    assert!(html.contains("Filen finns redan:") && html.contains("Inte sparade"), "{html}");
    assert_eq!(service.archive.ledger().size(), 1);
    let other = service.get(Some(Role::Administrator), &address);
    assert_eq!(other.status.as_u16(), 404, "another's files");
}

#[test]
fn the_document_is_shown_within_the_record_only_to_those_who_may_read_it() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let (page_of, document) = (format!("/handling/{id}"), format!("/handling/{id}/document"));
    let policy = |answer: &Answer| answer.header("content-security-policy").to_owned();
    let (own, strangers) = (service.get(Some(Role::Auditor), &page_of), service.get(None, &page_of));
    assert!(own.text().contains("<iframe") && policy(&own).contains("frame-src 'self'"), "{}", own.text());
    assert!(!strangers.text().contains("<iframe") && !policy(&strangers).contains("frame-src"));
    assert!(strangers.text().contains("Kontakta registrator för att ta del av den"), "why, and whom to ask");
    for answer in [&own, &strangers] {
        assert!(policy(answer).contains("frame-ancestors 'none'"), "no other site frames us");
    }
    let shown = service.get(Some(Role::Auditor), &document);
    assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "application/pdf"));
    assert!(shown.header("content-disposition").starts_with("inline;"));
    assert!(policy(&shown).starts_with("default-src 'none'") && policy(&shown).ends_with("frame-ancestors 'self'"));
    assert_eq!(shown.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(shown.body, std::fs::read(SIGNED).unwrap());
    assert_eq!(service.get(None, &document).status.as_u16(), 401);
    assert_eq!(service.get(Some(Role::Public), &document).status.as_u16(), 403);
    let noted = service.get(Some(Role::Auditor), "/installningar/granskning").text();
    assert!(noted.contains("GET /handling/{id}/document") && noted.contains(&id), "that it was handed out: {noted}");
}

#[test]
fn a_checked_file_goes_on_to_the_register_from_the_page_that_holds_it() {
    let service = Service::new();
    let file = std::fs::read(SIGNED).unwrap();
    let check = |role| {
        let request = service.request(role, "POST", "/kontrollera").header("content-type", support::FORM);
        let form = support::form(&[("fil", Some("protokoll.pdf"), &file)]);
        page(&service.ask(request.body(axum::body::Body::from(form)).unwrap()), 200)
    };
    assert!(!check(None).contains("Spara i registret") && !check(Some(Role::Auditor)).contains("Spara i registret"));
    let checked = check(Some(Role::Registrar));
    let field = |name: &str| {
        let value = checked.split(&format!("name=\"{name}\" value=\"")).nth(1);
        value.unwrap_or_else(|| panic!("no {name}: {checked}")).split('"').next().unwrap().to_owned()
    };
    let (name, bytes) = (field("namn"), field("base64"));
    let send = |bytes: &str| {
        let form = support::form(&[("namn", None, name.as_bytes()), ("base64", None, bytes.as_bytes())]);
        let request = service.request(Some(Role::Registrar), "POST", "/register/lagg-till");
        let request = request.header("content-type", support::FORM);
        service.ask(request.body(axum::body::Body::from(form)).unwrap())
    };
    let review = settled(&service, send(&bytes).header("location"));
    assert!(review.contains("protokoll.pdf") && review.contains("Underskrifterna är giltiga"), "{review}");
    assert!(review.contains("Spara 1 handling"), "nothing is saved before it is examined");
    assert_eq!(send("not base64!").status.as_u16(), 400);
    service.register(SIGNED, "");
    assert!(!check(Some(Role::Registrar)).contains("Spara i registret"), "it is there already");
}

#[test]
fn what_was_found_then_stands_beside_what_is_found_now() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    assert!(!read(&service, &format!("/handling/{id}")).contains("Kontrollen då"));
    let again = send(&service, Role::Registrar, &format!("/handling/{id}/kontrollera-igen"), &[]);
    led(&service, Role::Registrar, &again);
    let html = read(&service, &format!("/handling/{id}"));
    let both = html.split("id=\"da-och-nu\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(
        both.contains("Kontrollen då") && both.contains("Kontrollen nu") && both.contains("Svaret är detsamma."),
        "{both}"
    );
    assert!(both.contains("Underskrifterna var giltiga") && both.contains("Underskrifterna är giltiga"), "{both}");
}
