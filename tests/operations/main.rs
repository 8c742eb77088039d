//! What whoever runs sigill relies on: settings, service manager, packages, alerts, the book. USERS sections 5, 6 and 7.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

#[path = "../by_hand/mod.rs"]
mod by_hand;
mod settings;
mod running;
mod traces;
mod upgrade;
mod doctor;
mod deployed;
mod book;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

/// A file of the project.
fn project(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// A file of the project, as text.
fn text(inside: &str) -> String {
    fs::read_to_string(project(inside)).unwrap_or_else(|error| panic!("{inside}: {error}"))
}

/// An archive in `sigill-data/`, which trusts the test issuer and holds one record; gives its id.
fn archive() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let made = by_hand::call(directory.path(), &["init", "--origin", "test.example/log"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let anchor = project("keys/trust/test/sigill-test-root-ca.pem");
    fs::copy(anchor, directory.path().join("sigill-data/trust/test.pem")).unwrap();
    let file = project("fixtures/minutes/styrelseprotokoll-b-lta.pdf");
    let said = by_hand::call(directory.path(), &["--json", "ingest", file.to_str().unwrap()]);
    let id = said.json()[0]["record"].as_str().unwrap_or_else(|| panic!("{}", said.stderr)).to_owned();
    (directory, id)
}
