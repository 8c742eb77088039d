//! Evidence that is handed in with a document: taken into account, kept with its record, and used again.
//! INTERFACES section 3, SWEDEN 2.5; over the HTTP interface, with a bank made here.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[path = "support/authority.rs"]
#[expect(dead_code, reason = "this test needs certificates and OCSP answers alone")]
mod authority;
#[path = "support/seal.rs"]
mod seal;
#[path = "support/setting.rs"]
#[expect(dead_code, reason = "this test needs the fixtures alone")]
mod setting;
#[path = "support/signing.rs"]
mod signing;
#[expect(dead_code, reason = "this test needs one way to ask alone")]
mod support;

use std::fs;
use std::path::Path;

use axum::body::Body;
use serde_json::Value;
use sigill::archive;
use sigill::archive::Archive;
use sigill::verify::policy::Policy;
use sigill::web::Options;
use sigill::web::auth::Role;
use signing::OURS;
use signing::Signing;
use signing::signers;
use support::Answer;
use support::FORM;
use support::Service;
use support::form;

/// A part of a form: name, file name, content.
type Part<'p> = (&'p str, Option<&'p str>, &'p [u8]);

fn minutes() -> Vec<u8> {
    setting::fixture(setting::GENUINE)
}

/// An archive's way to run in which one service may ask for BankID signatures.
fn how() -> archive::Options {
    let policy = Policy { relying_parties: vec![OURS.to_owned()], ..Policy::swedish_minutes() };
    archive::Options { policy, ..archive::Options::default() }
}

/// A service that believes the bank's root for BankID.
fn service() -> Service {
    Service::over(Options::default(), how(), |home: &Path| {
        let (root, _) = Signing::bank();
        fs::write(home.join("trust/bank.der"), root.certificate.der()).unwrap();
        fs::write(home.join("trust/bank.toml"), "purposes = [\"bankid\"]").unwrap();
    })
}

/// What BankID answered about the first signer's signing of the minutes.
fn completion() -> Vec<u8> {
    Signing::by(&signers()[0]).evidence()
}

fn send(service: &Service, role: Option<Role>, path: &str, parts: &[Part<'_>]) -> Answer {
    let request = service.request(role, "POST", path).header("content-type", FORM);
    service.ask(request.body(Body::from(form(parts))).unwrap())
}

/// The levels of the signatures' evidence.
fn levels(verification: &Value) -> Vec<&str> {
    let signatures = verification["signatures"].as_array().unwrap();
    signatures.iter().filter_map(|one| one["signer"]["evidence"].as_str()).collect()
}

fn codes(verification: &Value) -> Vec<&str> {
    let warnings = verification["warnings"].as_array().unwrap();
    warnings.iter().map(|one| one["code"].as_str().unwrap()).filter(|code| code.starts_with("EVIDENCE_")).collect()
}

#[test]
fn evidence_in_the_form_is_taken_into_account() {
    let (service, minutes, completion) = (service(), minutes(), completion());
    let document: Part<'_> = ("file", Some("protokoll.pdf"), &minutes);
    let alone = send(&service, None, "/api/v1/verifications", &[document]).json();
    assert_eq!(levels(&alone[0]), ["B", "B", "B"]);
    // By its name, by its content, as a file or as the value of a field, and before the document or after it.
    for parts in [
        [document, ("bankid", Some("svar.json"), &completion[..])],
        [("evidence", Some("svar"), &completion[..]), document],
        [("bankid", None, &completion[..]), document],
    ] {
        let found = send(&service, None, "/api/v1/verifications", &parts).json();
        assert_eq!(levels(&found[0]), ["A", "B", "B"]);
        assert_eq!((found[0]["verdict"].as_str(), codes(&found[0])), (Some("valid"), Vec::new()));
    }
    let page = send(&service, None, "/kontrollera", &[document, ("evidence", Some("svar.json"), &completion)]);
    let page = page.text();
    for part in ["<span class=\"level\">A</span>", "BankID:s eget svar", "skrev under med BankID", "hos Underskrift"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let broken = send(&service, None, "/kontrollera", &[document, ("evidence", Some("svar.json"), b"{}")]).text();
    assert!(broken.contains("Bevis som inte har använts") && broken.contains("svar.json"), "{broken}");
    assert_eq!(service.archive.ledger().size(), 0);
}

#[test]
fn a_piece_that_cannot_be_read_is_a_finding_and_changes_no_verdict() {
    let (service, minutes, completion) = (service(), minutes(), completion());
    let document: Part<'_> = ("file", Some("protokoll.pdf"), &minutes);
    for kind in ["evidence", "bankid", "ocsp", "crl", "certificate", "evidence-record", "evidenceRecord"] {
        for bytes in [&b"nonsense"[..], b"{}", b"<a/>", b"\x30\x03\x02\x01\x05", b"-----BEGIN X-----\n-----END"] {
            let parts = [document, (kind, Some("fil 198112289874.bin"), bytes)];
            let found = send(&service, None, "/api/v1/verifications", &parts).json();
            let found = &found[0];
            assert_eq!(
                (found["verdict"].as_str(), codes(found)),
                (Some("valid"), vec!["EVIDENCE_UNREADABLE"]),
                "{kind}"
            );
            let told = found["warnings"].to_string();
            assert!(told.contains("bin") && !told.contains("9874"), "named, and masked: {told}");
        }
    }
    // What is said to be one thing is not read as another.
    let parts = [document, ("crl", Some("svar.json"), &completion[..])];
    let found = send(&service, None, "/api/v1/verifications", &parts).json();
    assert_eq!((codes(&found[0]), levels(&found[0])), (vec!["EVIDENCE_UNREADABLE"], vec!["B", "B", "B"]));
    // Nothing but evidence, and more than anybody has, are refused.
    let parts = [("bankid", Some("svar.json"), &completion[..])];
    assert_eq!(send(&service, None, "/api/v1/verifications", &parts).status, 400);
    let many: Vec<Part<'_>> = std::iter::once(document).chain((0..51).map(|_| ("ocsp", None, &b"x"[..]))).collect();
    assert_eq!(send(&service, None, "/api/v1/verifications", &many).status, 400);
}

#[test]
fn evidence_is_kept_with_the_record_and_used_when_it_is_verified_again() {
    let (service, minutes, completion) = (service(), minutes(), completion());
    let parts: [Part<'_>; 4] = [
        ("file", Some("protokoll.pdf"), &minutes),
        ("bankid", Some("svar.json"), &completion),
        ("crl", Some("trasig.crl"), b"nonsense"),
        ("public", None, b"true"),
    ];
    let made = send(&service, Some(Role::Registrar), "/api/v1/records", &parts);
    assert_eq!(made.status, 201, "{}", made.text());
    let record = made.json();
    let [kept] = record["evidence"].as_array().unwrap().as_slice() else { panic!("one piece: {record}") };
    assert_eq!((kept["kind"].as_str(), kept["name"].as_str()), (Some("bankid"), Some("svar.json")));
    assert_eq!(kept["size"], completion.len());
    assert_eq!(codes(&record["verification"]), ["EVIDENCE_UNREADABLE"]);
    assert_eq!(levels(&record["verification"]), ["A", "B", "B"]);

    let path = format!("/api/v1/records/{}", record["id"].as_str().unwrap());
    let piece = format!("{path}/evidence/{}", kept["sha256"].as_str().unwrap());
    assert_eq!(service.get(Some(Role::Auditor), &piece).body, completion);
    for (role, status) in [(None, 401), (Some(Role::Public), 403), (Some(Role::Archivist), 200)] {
        assert_eq!(service.get(role, &piece).status.as_u16(), status, "a BankID answer names a person");
    }
    assert_eq!(service.get(None, &path).json()["evidence"].as_array().map(Vec::len), Some(0));
    let other = format!("{path}/evidence/{}", "0".repeat(64));
    assert_eq!(service.get(Some(Role::Auditor), &other).status, 404);

    let again = service.get(None, &format!("{path}/verification")).json();
    assert_eq!((again["verdict"].as_str(), levels(&again)), (Some("valid"), vec!["A", "B", "B"]));
    let page = service.get(None, &format!("/handling/{}", record["id"].as_str().unwrap())).text();
    for part in
        ["BankID:s svar om en underskrift (inlämnat med filen", "/revisions/1\"", "Underskriven av", "/verification"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("svar.json"), "a file's name may name a person");
    assert!(service.archive.check(&mut |_, _| {}).unwrap().is_empty());
    // Evidence that was lost or changed on the disk is said to be, and not believed.
    let blob = service.archive.directory().join("evidence").join(&kept["sha256"].as_str().unwrap()[..2]);
    let blob = blob.join(kept["sha256"].as_str().unwrap());
    fs::remove_file(&blob).unwrap();
    fs::write(&blob, b"{}").unwrap();
    let faults = service.archive.check(&mut |_, _| {}).unwrap();
    assert!(faults.len() == 1 && faults[0].what.en.contains("evidence kept with it"), "{faults:?}");
    let again = service.get(None, &format!("{path}/verification")).json();
    assert_eq!((codes(&again), levels(&again)), (vec!["EVIDENCE_LOST"], vec!["B", "B", "B"]));
    assert_eq!(service.get(Some(Role::Auditor), &piece).status, 500);
}

#[test]
fn evidence_for_a_registered_document_is_an_event_and_the_record_is_not_written_anew() {
    let (service, minutes, completion) = (service(), minutes(), completion());
    let document: Part<'_> = ("file", Some("protokoll.pdf"), &minutes);
    let register = |parts: &[Part<'_>]| send(&service, Some(Role::Registrar), "/api/v1/records", parts);
    let first = register(&[document, ("bankid", Some("svar.json"), &completion)]);
    assert_eq!(first.status, 201);
    // The same again, in part, or with something that is no evidence: the record that is there.
    for parts in [&[document, ("bankid", None, &completion[..])][..], &[document], &[document, ("ocsp", None, b"x")]] {
        let again = register(parts);
        assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &first.json()["id"]));
    }
    let other = Signing::by(&signers()[1]).evidence();
    assert_eq!(service.archive.ledger().size(), 1);
    let late = register(&[document, ("bankid", None, &other)]);
    assert_eq!((late.status.as_u16(), &late.json()["verification"]), (200, &first.json()["verification"]));
    assert_eq!(service.archive.ledger().size(), 2);

    // Beside the record stands what happened since: the later answer beside the earlier one.
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/records/{id}");
    let happened = service.get(Some(Role::Auditor), &format!("{path}/events")).json();
    let told = |place: usize| {
        let one = &happened["items"][place];
        (one["event"].as_str().unwrap(), one["index"].as_u64().unwrap(), one["verdict"].as_str().unwrap())
    };
    assert_eq!((told(0), told(1)), (("registered", 0, "valid"), ("evidence-added", 1, "valid")));
    let piece = happened["items"][1]["evidence"][0]["sha256"].as_str().unwrap();
    assert_eq!(service.get(Some(Role::Auditor), &format!("{path}/evidence/{piece}")).body, other);
    let anybody = service.get(Some(Role::Public), &format!("{path}/events"));
    assert_eq!(anybody.status, 404, "the record is not public");
    let again = service.get(Some(Role::Auditor), &format!("{path}/verification")).json();
    assert_eq!(levels(&again), ["A", "A", "B"]);
    let request = service.request(Some(Role::Auditor), "GET", &format!("/handling/{id}"));
    let page = service.ask(request.body(Body::empty()).unwrap()).text();
    assert!(page.contains("Bevis tillagt") && page.contains("Svar då"), "{page}");
    assert!(service.archive.check(&mut |_, _| {}).unwrap().is_empty());
}

#[test]
fn an_archive_from_before_there_was_evidence_opens_and_takes_some() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("archive");
    Archive::create(&home, "sigill.exempel.se", None, &how()).unwrap();
    fs::remove_dir_all(home.join("evidence")).unwrap();
    let archive = Archive::open(&home, how()).unwrap();
    assert!(archive.check(&mut |_, _| {}).unwrap().is_empty());
    assert!(home.join("evidence").is_dir());
}
