//! The version that was signed, taken out of a file that was changed afterwards: by hand, over HTTP, byte for byte.
//! VALIDATION 6.6 and 16.3.

#![expect(clippy::unwrap_used, reason = "the archive of the tests is in order")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use serde_json::Value;
use sigill::archive::versions;
use sigill::format::budget::Budget;
use sigill::web::auth::Role;

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "other tests ask for more")]
mod support;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use support::Service;
use support::fixture;
use update::Update;

const GENUINE: &str = "fixtures/minutes/styrelseprotokoll-genuine.pdf";

/// The genuine minutes with another first page.
fn altered() -> Vec<u8> {
    Update::onto(&fixture(GENUINE)).stream(24, "", b"BT ET").table()
}

fn sigill(arguments: &[&str], inside: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.args(arguments).current_dir(inside).env_clear().output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_version_is_the_file_up_to_its_end() {
    let file = altered();
    let found = versions::list(&file, &Budget::STANDARD).expect("it reads");
    assert_eq!(
        found.iter().map(|(one, _)| one.signatures.clone()).collect::<Vec<_>>(),
        [vec![], vec![1], vec![2], vec![3], vec![]]
    );
    for (version, bytes) in &found {
        assert_eq!((version.size, *bytes), (bytes.len(), &file[..version.size]));
        assert_eq!(version.sha256.len(), 64);
    }
    assert_eq!(found[3].1, fixture(GENUINE), "what the last signature covers is the file as it was signed");
}

#[test]
fn the_signed_version_is_written_and_holds_and_nothing_is_written_over() {
    let home = tempfile::tempdir().expect("a place");
    fs::write(home.path().join("a.pdf"), altered()).expect("written");
    let written = sigill(&["revision", "a.pdf", "--signature", "3", "-o", "b.pdf", "--json"], home.path());
    assert!(written.status.success(), "{}", text(&written.stderr));
    let said: Value = serde_json::from_slice(&written.stdout).expect("JSON");
    let bytes = fs::read(home.path().join("b.pdf")).expect("it is there");
    assert_eq!(bytes, fixture(GENUINE));
    assert_eq!(said["sha256"], sha256(&bytes));
    let again = sigill(&["revision", "a.pdf", "--signature", "1", "-o", "b.pdf"], home.path());
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("finns redan"), "{}", text(&again.stderr));
    assert_eq!(fs::read(home.path().join("b.pdf")).expect("still there"), bytes);
    let none = sigill(&["revision", "a.pdf", "--signature", "4", "-o", "c.pdf"], home.path());
    assert_eq!((none.status.code(), home.path().join("c.pdf").exists()), (Some(2), false));
}

fn sha256(bytes: &[u8]) -> String {
    sigill::archive::encoding::hex(&sigill::verify::crypto::sha256(&[bytes]))
}

#[test]
fn the_versions_are_listed_for_people_and_programs() {
    let home = tempfile::tempdir().expect("a place");
    fs::write(home.path().join("a.pdf"), altered()).expect("written");
    let listed = sigill(&["revision", "--list", "a.pdf"], home.path());
    let said = text(&listed.stdout);
    assert_eq!((listed.status.success(), said.lines().count()), (true, 5), "{said}");
    assert!(said.lines().nth(3).expect("the fourth").ends_with("underskrift 3"), "{said}");
    let listed = sigill(&["revision", "--list", "a.pdf", "--json"], home.path());
    let said: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(said["revisions"][4]["author"], "unknown");
}

#[test]
fn an_altered_document_says_how_to_get_what_was_signed() {
    let home = tempfile::tempdir().expect("a place");
    fs::write(home.path().join("a.pdf"), altered()).expect("written");
    let said = text(&sigill(&["verify", "a.pdf"], home.path()).stdout);
    assert!(said.contains("Versionen som undertecknades är intakt"), "{said}");
    assert!(said.contains("sigill revision FIL --signature 3 -o UT"), "{said}");
}

#[test]
fn a_record_gives_out_its_versions_to_those_who_may_have_the_document() {
    let service = Service::new();
    let id = service.register(GENUINE, "public=true");
    let path = format!("/api/v1/records/{id}/revisions");
    for asked in [path.clone(), format!("{path}/1")] {
        assert_eq!(service.get(None, &asked).status, 401, "{asked}");
        assert_eq!(service.get(Some(Role::Public), &asked).status, 403, "{asked}");
    }
    let listed = service.get(Some(Role::Auditor), &path).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(4));
    let one = service.get(Some(Role::Auditor), &format!("{path}/1"));
    assert_eq!((one.status.as_u16(), one.header("content-type")), (200, "application/pdf"));
    assert_eq!(listed["items"][1]["sha256"], sha256(&one.body));
    assert!(fixture(GENUINE).starts_with(&one.body));
    assert_eq!(service.get(Some(Role::Auditor), &format!("{path}/4")).status, 404);
    assert_eq!(service.get(Some(Role::Auditor), &format!("{path}/x")).status, 400);
    let gone = "/api/v1/records/000000000000000000000000/revisions";
    assert_eq!(service.get(Some(Role::Auditor), gone).status, 404);
}
