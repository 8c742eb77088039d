//! The pages, read as a person and a screen reader would read them. USERS 1d, 9 and 10; WCAG 2.1 AA where text can tell.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

mod support;

use axum::body::Body;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::Answer;
use support::FORM;
use support::Service;
use support::fixture;
use support::form;

const FOLDER: &str = "fixtures/minutes";
const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";

/// Words that belong in Tekniska detaljer and nowhere else.
const JARGON: [&str; 11] = [
    "INDETERMINATE",
    "TOTAL-",
    "TOTAL_",
    "POE",
    "PAdES",
    "CAdES",
    "CHAIN_FOUND",
    "NO_CERTIFICATE",
    "FAILURE",
    "ByteRange",
    "XC-",
];

fn check(service: &Service, language: &str, files: &[(&str, &[u8])]) -> Answer {
    let parts: Vec<(&str, Option<&str>, &[u8])> =
        files.iter().map(|(name, bytes)| ("fil", Some(*name), *bytes)).collect();
    let request = service.request(None, "POST", &format!("/kontrollera{language}")).header("content-type", FORM);
    service.ask(request.body(Body::from(form(&parts))).unwrap())
}

/// What every page must be.
/// Whether it stands there as a word or begins one; letters within a checksum are none.
fn is_a_word(word: &str, text: &str) -> bool {
    let letter = |found: Option<char>| found.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        !letter(text[..at].chars().next_back()) && (word.len() > 4 || !letter(text[at + word.len()..].chars().next()))
    })
}

fn assert_page(answer: &Answer, language: &str) -> String {
    let html = answer.text();
    assert!(answer.header("content-type").starts_with("text/html"));
    assert_eq!(html.matches("<h1").count(), 1, "one heading\n{html}");
    assert!(html.contains(&format!("<html lang=\"{language}\">")), "{html}");
    assert_eq!(answer.header("content-language"), language);
    assert!(html.contains("class=\"skip\" href=\"#main\"") && html.contains("id=\"main\""));
    let html = html.replacen("<script src=\"/app.js\" defer></script>", "", 1);
    for alien in ["<script", "javascript:", "style=\"", "onclick", "src=\"http", "href=\"http:", "<img"] {
        assert!(!html.contains(alien), "{alien}\n{html}");
    }
    let plain = html.split("<details").next().unwrap();
    for word in JARGON {
        assert!(!is_a_word(word, plain), "{word}\n{plain}");
    }
    assert_eq!(personal_number(&html), None);
    for table in html.split("<table").skip(1) {
        assert!(table.contains("<caption") && table.contains("scope=\"col\"") && table.contains("scope=\"row\""));
    }
    assert_eq!(ids(&html).len(), ids(&html).iter().collect::<std::collections::BTreeSet<_>>().len(), "ids are unique");
    html
}

fn ids(html: &str) -> Vec<String> {
    html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Digits in the form of a personal number.
fn personal_number(html: &str) -> Option<String> {
    let digits: Vec<String> = html.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(str::to_owned).collect();
    digits.into_iter().find(|word| {
        let bare: String = word.chars().filter(|c| *c != '-').collect();
        let form = word.len() == bare.len() || word.as_bytes().iter().rev().nth(4) == Some(&b'-');
        let date = bare.get(bare.len().saturating_sub(8)..bare.len().saturating_sub(4)).unwrap_or_default();
        let (month, day) = (date.get(..2).unwrap_or("0"), date.get(2..).unwrap_or("0"));
        matches!(bare.len(), 10 | 12)
            && bare.bytes().all(|b| b.is_ascii_digit())
            && form
            && (1..=12).contains(&month.parse::<u8>().unwrap_or(0))
            && (1..=31).contains(&day.parse::<u8>().unwrap_or(0))
    })
}

#[test]
fn every_page_is_there_in_both_languages() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true&diaryNumber=KS%202026/123&title=Styrelsens%20protokoll");
    let record = format!("/handling/{id}");
    for path in [
        "/",
        "/kontrollera",
        "/sok",
        &record,
        "/logg",
        "/sa-kontrollerar-vi",
        "/hjalp/adobe",
        "/tillganglighet",
        "/problem/too-large",
    ] {
        let swedish = service.get(None, path);
        assert_eq!(swedish.status, 200, "{path}");
        let html = assert_page(&swedish, "sv");
        assert!(html.contains("lang=\"en\" hreflang=\"en\">English"), "{path}");
        let english = service.get(None, &format!("{path}?lang=en"));
        let html = assert_page(&english, "en");
        assert!(html.contains("href=\"/sok?lang=en\""), "the language is carried on: {path}");
    }
}

#[test]
fn each_fixture_gets_its_verdict_as_the_heading() {
    let service = Service::new();
    let table = fixture(&format!("{FOLDER}/expected.toml"));
    let table: toml::Table = toml::from_str(std::str::from_utf8(&table).unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for file in table["file"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let mut fair = vec![file["verdict"].as_str().unwrap()];
        fair.extend(file["verdict_also"].as_array().unwrap().iter().filter_map(toml::Value::as_str));
        let html = assert_page(&check(&service, "", &[(name, &fixture(&format!("{FOLDER}/{name}")))]), "sv");
        let verdict = html.split("data-verdict=\"").nth(1).unwrap().split('"').next().unwrap();
        // Whether the verdict itself is right is verify's own tests' business; here it is said in the heading.
        if !fair.contains(&verdict) {
            println!("{name}: said {verdict}, expected {fair:?}");
        }
        assert!(html.contains(&format!("<h1 data-verdict=\"{verdict}\">")));
        let answered = ["good", "open", "bad"].map(|class| html.matches(&format!("<li class=\"{class}\">")).count());
        assert!(answered.iter().sum::<usize>() >= 3, "{name}: three questions are answered");
        seen.insert(verdict.to_owned());
        assert_page(&check(&service, "?lang=en", &[(name, &fixture(&format!("{FOLDER}/{name}")))]), "en");
    }
    for verdict in ["valid", "altered", "indeterminate", "unsigned"] {
        assert!(seen.contains(verdict), "{verdict} was never said: {seen:?}");
    }
    assert_eq!(service.archive.ledger().size(), 0, "nothing is stored");
}

#[test]
fn the_verdict_page_follows_its_order() {
    let service = Service::new();
    let html = check(&service, "", &[("p.pdf", &fixture(SIGNED))]).text();
    let order = [
        "Underskrifterna är giltiga",
        "Undertecknat av",
        "Ingen offentlig handling här",
        "Är dokumentet oförändrat?",
        "Vem har skrivit under?",
        "Går underskriften att lita på?",
        "Undertecknare</h2>",
        "Hur vet vi det?",
        "Ändringar efter underskrift",
        "Gör så här",
        "Vad vi inte kontrollerar",
        "Tekniska detaljer",
        "TOTAL-PASSED",
    ];
    let places: Vec<usize> =
        order.iter().map(|text| html.find(text).unwrap_or_else(|| panic!("{text}\n{html}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
}

/// "Cannot tell" never sounds like "forged", and a name below an unknown issuer is never vouched for.
#[test]
fn an_unknown_issuer_is_neither_trusted_nor_accused() {
    let service = Service::new();
    let html =
        check(&service, "", &[("p.pdf", &fixture("fixtures/minutes/styrelseprotokoll-unknown-issuer.pdf"))]).text();
    assert!(html.contains("data-verdict=\"indeterminate\""));
    assert!(html.contains("Det betyder inte att underskriften är falsk"));
    assert!(html.contains("enligt certifikat vars utfärdare inte finns på vår lista"));
    assert!(!html.contains("Intyget är kontrollerat"));
}

#[test]
fn an_alteration_is_in_the_headline_and_listed() {
    let service = Service::new();
    let html =
        check(&service, "", &[("p.pdf", &fixture("fixtures/minutes/styrelseprotokoll-altered-vote.pdf"))]).text();
    assert!(html.contains("<h1 data-verdict=\"altered\">Dokumentet har ändrats efter underskrift</h1>"));
    assert!(html.contains("<li class=\"bad\">"), "the change is listed\n{html}");
}

#[test]
fn what_was_registered_is_recognised_only_where_it_is_public() {
    let service = Service::new();
    let other = "fixtures/minutes/styrelseprotokoll-b-lta.pdf";
    let public = service.register(SIGNED, "public=true&diaryNumber=KS%202026/123");
    service.register(other, "diaryNumber=KS%202026/124");
    let html = check(&service, "", &[("p.pdf", &fixture(SIGNED))]).text();
    assert!(html.contains("Registrerad hos Exempelkommunen") && html.contains(&format!("/handling/{public}")));
    let html = check(&service, "", &[("p.pdf", &fixture(other))]).text();
    assert!(html.contains("Ingen offentlig handling här har samma innehåll") && !html.contains("KS 2026/124"));
}

#[test]
fn several_files_become_a_table() {
    let service = Service::new();
    let (signed, garbage) = (fixture(SIGNED), b"hej hej \x00\x01".to_vec());
    let answer = check(&service, "", &[("a.pdf", &signed), ("b.doc", &garbage), ("c.pdf", b"")]);
    let html = assert_page(&answer, "sv");
    assert!(html.contains("data-verdict=\"valid\"") && html.matches("data-verdict=\"unreadable\"").count() == 2);
    assert!(html.contains("Word-filer och bilder kan inte kontrolleras") && html.contains("Filen är tom."));
}

#[test]
fn of_a_file_that_could_not_be_read_nobody_says_that_it_is_unsigned() {
    let service = Service::new();
    let cut = &fixture(SIGNED)[..60_000];
    for (name, bytes) in [("cut.pdf", cut), ("letter.pdf", b"hej hej \x00\x01")] {
        let html = assert_page(&check(&service, "", &[(name, bytes)]), "sv");
        assert!(html.contains("data-verdict=\"unreadable\""), "{name}");
        assert_eq!(html.matches("Det går inte att se: filen kunde inte läsas").count(), 3, "{name}");
        assert!(!html.contains("Ingen har skrivit under") && !html.contains("ingen underskrift att bedöma"), "{name}");
    }
    let unsigned = fixture("fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf");
    assert!(check(&service, "", &[("p.pdf", &unsigned)]).text().contains("Ingen har skrivit under elektroniskt"));
}

#[test]
fn of_a_file_that_is_not_built_as_it_must_nobody_says_that_it_is_unchanged() {
    let mut file = fixture(SIGNED);
    file.extend_from_slice(b"\n%x");
    let html = assert_page(&check(&Service::new(), "", &[("p.pdf", &file)]), "sv");
    assert!(!html.contains("inget har ändrats efter sista underskriften"), "{html}");
    assert!(html.contains("Filens uppbyggnad följer inte standarden"));
}

#[test]
fn no_link_of_a_page_leads_to_another_site() {
    let service = Service::new();
    for path in ["//evil.example/", "///evil.example/x"] {
        let html = service.get(None, path).text();
        assert!(!html.contains("href=\"//") && !html.contains("evil.example?lang"), "{path}: {html}");
    }
}

#[test]
fn refusals_are_pages_that_say_whether_anything_was_saved() {
    let service = Service::with(Options { upload_bytes_max: 1_000_000, ..Options::default() });
    let empty = check(&service, "", &[("", b"")]);
    assert_eq!(empty.status, 400);
    assert!(assert_page(&empty, "sv").contains("Välj en fil att kontrollera"));
    let request = service.request(None, "POST", "/kontrollera?lang=en").header("content-type", FORM);
    let body = form(&[("fil", Some("stor.pdf"), &vec![b'x'; 1_200_000])]);
    let length = body.len();
    let large = service.ask(request.header("content-length", length).body(Body::from(body)).unwrap());
    assert_eq!(large.status, 413);
    assert!(assert_page(&large, "en").contains("The file is too large (2 MB). At most 1 MB. Nothing was saved."));
    let nowhere = service.get(None, "/finns-inte");
    assert_eq!(nowhere.status, 404);
    let html = assert_page(&nowhere, "sv");
    assert!(html.contains("Sidan finns inte") && html.contains(nowhere.header("x-request-id")));
    for path in ["/handling/0123456789abcdef01234567", "/handling/nope", "/problem/nope"] {
        assert_eq!(service.get(None, path).status, 404, "{path}");
    }
}

#[test]
fn looking_up_tells_wrong_form_from_not_there() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true&diaryNumber=KS%202026/123");
    service.register("fixtures/minutes/styrelseprotokoll-b-lta.pdf", "public=true&diaryNumber=KS%202026/123");
    let wrong = service.get(None, "/sok?q=hej");
    assert!(assert_page(&wrong, "sv").contains("Det ser inte ut som ett Transaktions-ID."));
    let absent = service.get(None, "/sok?q=KS+1999%2F1");
    assert!(assert_page(&absent, "sv").contains("Vi hittar ingen handling med det ID:t."));
    let person = service.get(None, "/sok?q=19121212-1212");
    assert!(assert_page(&person, "sv").contains("Sök inte på personnummer"));
    let one = service.get(None, &format!("/sok?lang=en&q={id}"));
    assert_eq!((one.status.as_u16(), one.header("location")), (303, format!("/handling/{id}?lang=en").as_str()));
    let two = service.get(None, "/sok?q=KS+2026%2F123");
    assert!(assert_page(&two, "sv").contains("2 handlingar hör till det ID:t."));
}

#[test]
fn the_record_page_has_proof_retention_and_events() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true&recordType=minutes&title=Styrelsens%20protokoll");
    let record = service.get(None, &format!("/api/v1/records/{id}")).json();
    let html = assert_page(&service.get(None, &format!("/handling/{id}")), "sv");
    let sha256 = record["sha256"].as_str().unwrap();
    let transaction = record["transactionIds"][0].as_str().unwrap();
    for text in [
        "Styrelsens protokoll</h1>",
        sha256,
        transaction,
        "Bevis i loggen",
        &format!("/api/v1/records/{id}/receipt"),
        "Bevarande",
        "bevaras",
        "Händelser",
        "Registrerad",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert!(!html.contains("registrar-desk"), "who registered is not the public's business");
    let log = assert_page(&service.get(None, "/logg"), "sv");
    assert!(
        log.contains(&service.archive.ledger().vkey().replace('+', "&#43;"))
            || log.contains(&service.archive.ledger().vkey())
    );
    assert!(log.contains(&format!("/handling/{id}")));
}

/// Names come from files, titles and questions: none of them may become markup.
#[test]
fn hostile_names_stay_text() {
    let service = Service::new();
    let hostile = "<script>alert(1)</script>\"'><b>.pdf";
    let encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22'%3E%3Cb%3E";
    let request = service.request(None, "POST", "/kontrollera").header("content-type", FORM);
    let body = form(&[("fil", Some(&hostile.replace('"', "%22")), &fixture(SIGNED))]);
    assert_page(&service.ask(request.body(Body::from(body)).unwrap()), "sv");
    let id = service.register(
        SIGNED,
        &format!("public=true&title={encoded}&diaryNumber={encoded}1&fileName={encoded}&body={encoded}"),
    );
    let html = assert_page(&service.get(None, &format!("/handling/{id}")), "sv");
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{html}");
    assert_page(&service.get(None, &format!("/sok?q={encoded}")), "sv");
    assert_page(&service.get(None, &format!("/sok?q={encoded}2&lang=%22%3E%3Cscript%3E")), "sv");
    assert_page(&service.get(None, &format!("/{encoded}")), "sv");
}

#[test]
fn nobody_trusted_is_said_on_the_first_page() {
    let service = Service::new();
    assert!(!service.get(None, "/").text().contains("Inga betrodda utfärdare"));
    assert!(service.get(None, "/sa-kontrollerar-vi").text().contains("1 betrodda utfärdare"));
}

#[test]
fn readers_see_more_with_a_token() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    assert_eq!(service.get(None, &format!("/handling/{id}")).status, 404);
    assert_eq!(service.get(Some(Role::Auditor), &format!("/handling/{id}")).status, 200);
}

#[test]
fn the_accessibility_statement_says_what_the_body_says_of_itself() {
    let accessibility = sigill::web::Accessibility {
        contacts: vec!["mailto:kommun@example.se".to_owned(), "tel:+46101234567".to_owned()],
        assessed: Some("2027-01-15".parse().unwrap()),
        updated: Some("2027-02-01".parse().unwrap()),
    };
    let told = |options| Service::with(options).get(None, "/tillganglighet").text().replace('\u{a0}', " ");
    let own = told(Options { accessibility, ..Options::default() });
    for part in [
        "<a href=\"mailto:kommun@example.se\">kommun@example.se</a>",
        "<a href=\"tel:+46101234567\">+46101234567</a>",
        "15 januari 2027",
        "1 februari 2027",
        "https://www.digg.se/tdosanmalan",
    ] {
        assert!(own.contains(part), "{part}: {own}");
    }
    assert!(!own.contains("22 november 2026"), "{own}");
    let silent = told(Options::default());
    assert!(silent.contains("myndigheten har inte angett någon egen") && !silent.contains("mailto:"), "{silent}");
}
