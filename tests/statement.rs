//! The statement about a record: what stands in it, that one page is enough, and whose seal it bears.
//! USERS 1d (printing) and 8 (9); ISO 19005-2 level A; PAdES.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "other tests ask for more")]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use sigill::archive::encoding::Verification;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::pdf::Document;
use sigill::format::pdf::text;
use sigill::format::x509::Certificate;
use sigill::verify::crypto;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Trust;
use sigill::web::auth::Role;
use support::Service;

#[expect(dead_code, reason = "the moment is for other tests")]
#[path = "support/setting.rs"]
mod setting;

use setting::Setting;

const MINUTES: &str = "fixtures/minutes/styrelseprotokoll-genuine.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const UNSIGNED: &str = "fixtures/minutes/styrelseprotokoll-flattened.pdf";
const SEALED: &str = "fixtures/minutes/organisationsstampel-familj-b.pdf";

/// A statement, asked for by a registrar.
fn statement(service: &Service, id: &str, lang: &str) -> Vec<u8> {
    let answer = service.get(Some(Role::Registrar), &format!("/api/v1/records/{id}/statement?lang={lang}"));
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/pdf"));
    answer.body.to_vec()
}

/// What was found, as of then.
fn headline(lang: &str) -> &'static str {
    if lang == "sv" { "Underskrifterna var giltiga" } else { "The signatures were valid" }
}

/// The pages' words, in lines.
fn pages(pdf: &[u8]) -> Vec<String> {
    let document = Document::read(pdf, &Budget::STANDARD).unwrap();
    text::read(document.latest(), &Budget::STANDARD).iter().map(|page| page.lines.join("\n")).collect()
}

/// The words of a statement without its line ends, so that it does not matter where a line ends.
fn words(pdf: &[u8]) -> String {
    pages(pdf).concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The certificate that a statement is sealed with.
fn sealed_with(pdf: &[u8]) -> Certificate {
    let document = Document::read(pdf, &Budget::STANDARD).unwrap();
    let [seal] = document.signatures() else { panic!("one seal") };
    let data = SignedData::read(seal.contents.as_ref().unwrap().value(), &Budget::STANDARD).unwrap();
    data.certificates[0].clone()
}

/// What our own verifier finds, as one who trusts that certificate, now.
fn judged(pdf: &[u8], trusted: Option<Certificate>) -> Verification {
    let anchors = trusted.into_iter().map(|certificate| Anchor::usual(certificate, "the archive's own"));
    let trust = Trust::of(anchors.collect());
    Setting { trust, at: jiff::Timestamp::now(), ..Setting::new() }.verify(pdf)
}

#[test]
fn a_statement_says_on_one_page_what_was_found_and_where_it_is_proven() {
    let service = Service::new();
    let id = service.register(MINUTES, "title=Styrelseprotokoll%20nr%204&diaryNumber=KS%202026/123");
    let record = service.get(Some(Role::Registrar), &format!("/api/v1/records/{id}")).json();
    let retention = service.get(Some(Role::Registrar), &format!("/api/v1/records/{id}/retention")).json();
    for (lang, other) in [("sv", "en"), ("en", "sv")] {
        let pdf = statement(&service, &id, lang);
        assert_eq!(pages(&pdf).len(), 1, "three signers fit one page");
        let said = words(&pdf);
        let squeezed: String = said.split(' ').collect();
        let found = &record["verification"];
        for part in [
            headline(lang),
            "Styrelseprotokoll nr 4",
            "KS 2026/123",
            &id,
            found["policy"]["name"].as_str().unwrap(),
            retention["reason"][lang].as_str().unwrap(),
        ] {
            let part: String = part.split_whitespace().collect();
            assert!(squeezed.contains(&part), "{lang}: {part} is not in: {said}");
        }
        assert!(squeezed.contains(found["file"]["sha256"].as_str().unwrap()), "the digest is there whole");
        let signers = found["signatures"].as_array().unwrap();
        assert_eq!(signers.len(), 3);
        for signer in signers {
            assert!(said.contains(signer["signer"]["name"].as_str().unwrap()), "{signer}");
        }
        for transaction in record["transactionIds"].as_array().unwrap() {
            assert!(squeezed.contains(transaction.as_str().unwrap()), "{transaction}");
        }
        let level = if lang == "sv" { "Bevisnivå B" } else { "Evidence level B" };
        assert_eq!(said.matches(level).count(), 3, "{said}");
        let checkpoint = service.archive.ledger().checkpoint();
        let root = checkpoint.lines().nth(2).unwrap();
        assert!(squeezed.contains(root), "the checkpoint's root");
        let entry = if lang == "sv" { "Post nr 1, registrerad" } else { "Entry no. 1, registered" };
        assert!(said.contains(entry), "{said}");
        assert!(!squeezed.contains(headline(other).replace(' ', "").as_str()), "one language");
        assert!(!said.contains("189001"), "no personal number");
    }
}

#[test]
fn an_altered_and_an_unsigned_document_are_not_praised() {
    let service = Service::new();
    let altered = words(&statement(&service, &service.register(ALTERED, ""), "sv"));
    assert!(altered.contains("Dokumentet hade ändrats efter underskrift"), "{altered}");
    let unsigned = words(&statement(&service, &service.register(UNSIGNED, ""), "sv"));
    assert!(unsigned.contains("Handlingen har ingen elektronisk underskrift."), "{unsigned}");
    let undecided = words(&statement(&service, &service.register(SEALED, ""), "en"));
    assert!(undecided.contains("Cannot be determined"), "{undecided}");
    assert!([&altered, &unsigned].iter().all(|said| !said.contains("Underskrifterna är giltiga")));
}

#[test]
fn our_own_verifier_finds_the_seal_intact_and_every_change_of_it() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let pdf = statement(&service, &id, "sv");
    let certificate = sealed_with(&pdf);
    let found = judged(&pdf, Some(certificate.clone()));
    assert_eq!(found.verdict, "valid", "{:?}", found.signatures[0].reasons);
    let [seal] = found.signatures.as_slice() else { panic!("one seal") };
    assert_eq!((seal.coverage.as_str(), seal.changes_after.as_str()), ("whole-file", "none"));
    assert_eq!(seal.level.as_deref(), Some("PAdES-B-B"));
    assert!(seal.signer.as_ref().unwrap().subject.contains("Kontrollintyg"), "{:?}", seal.signer);
    let stranger = judged(&pdf, None);
    assert_eq!(stranger.signatures[0].sub_indication.as_deref(), Some("NO_CERTIFICATE_CHAIN_FOUND"));
    assert_eq!(stranger.signatures[0].integrity.signature, "valid", "the mathematics need no trust");

    let gap = found.signatures[0].byte_range.clone();
    let [_, before, after, _] = gap[..] else { panic!("four numbers") };
    let (before, after) = (usize::try_from(before).unwrap(), usize::try_from(after).unwrap());
    for at in [20, before / 2, before - 1, after, pdf.len() - 8] {
        let mut spoilt = pdf.clone();
        spoilt[at] ^= 1;
        let found = judged(&spoilt, Some(certificate.clone()));
        assert_ne!(found.verdict, "valid", "byte {at}");
    }

    assert_eq!(sealed_with(&statement(&service, &id, "en")).der(), certificate.der(), "one seal for all");
    let key = service.archive.directory().join("seal.pem");
    assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn it_is_tagged_and_says_what_it_conforms_to() {
    let service = Service::new();
    let pdf = statement(&service, &service.register(MINUTES, ""), "sv");
    let text = String::from_utf8_lossy(&pdf);
    for part in [
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
        "/MarkInfo <</Marked true>>",
        "/Lang (sv-SE)",
        "/S /H1 ",
        "/S /H2 ",
        "/FontFile2",
        "/ToUnicode",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("/DeviceRGB") && !text.contains("/Encrypt"), "nothing that PDF/A forbids");
    let document = Document::read(&pdf, &Budget::STANDARD).unwrap();
    assert!(document.faults().is_empty(), "{:?}", document.faults());
}

#[test]
fn whoever_sees_the_record_gets_it_and_nobody_else() {
    let service = Service::new();
    let (hidden, public) = (service.register(MINUTES, ""), service.register(ALTERED, "public=true"));
    let ask = |id: &str| service.get(None, &format!("/api/v1/records/{id}/statement")).status.as_u16();
    assert_eq!((ask(&hidden), ask(&public), ask("000000000000000000000000")), (404, 200, 404));
    let asked = service.request(None, "GET", &format!("/api/v1/records/{public}")).header("accept", "application/pdf");
    let answer = service.ask(asked.body(axum::body::Body::empty()).unwrap());
    assert_eq!(answer.header("content-type"), "application/pdf");
}

#[test]
fn an_issued_statement_is_an_event_of_the_record_and_found_by_its_digest() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let path = format!("/api/v1/records/{id}/statements?lang=en");
    assert_eq!(service.post(None, &path, "").status.as_u16(), 401);
    assert_eq!(service.post(Some(Role::Auditor), &path, "").status.as_u16(), 403);
    let before = service.archive.ledger().size();
    let issued = service.post(Some(Role::Registrar), &path, "");
    assert_eq!((issued.status.as_u16(), issued.header("content-type")), (201, "application/pdf"));
    assert_eq!(service.archive.ledger().size(), before + 1, "an entry of its own");
    let events = service.get(Some(Role::Registrar), &format!("/api/v1/records/{id}/events")).text();
    let digest: String = crypto::sha256(&[&issued.body]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(events.contains("statement-issued") && events.contains(&digest), "{events}");
    statement(&service, &id, "sv");
    assert_eq!(service.archive.ledger().size(), before + 1, "one that is only read is not registered");
}

#[test]
fn by_hand_it_is_written_once_and_never_over_another_file() {
    let service = Service::new();
    let id = service.register(MINUTES, "");
    let data = service.archive.directory().to_owned();
    let file = data.join("kontrollintyg.pdf");
    let run = || {
        let mut sigill = Command::new(env!("CARGO_BIN_EXE_sigill"));
        sigill
            .arg("--data")
            .arg(&data)
            .args(["--json", "statement", "--unregistered", &id, "-o"])
            .arg(&file)
            .output()
            .unwrap()
    };
    let answer = run();
    assert_eq!(answer.status.code(), Some(0), "{}", String::from_utf8_lossy(&answer.stderr));
    let told: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(told["record"], id.as_str());
    assert!(words(&fs::read(&file).unwrap()).contains("Kontrollintyg"));
    assert_eq!(run().status.code(), Some(2), "a file that is there is left alone");
}
