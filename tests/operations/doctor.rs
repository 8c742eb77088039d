//! `sigill doctor`: what it looks at, a hint for each fault, and what `--fix` mends. USERS sections 5 and 8.14.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::archive;
use crate::by_hand::call;

fn look(directory: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let said = call(directory, &[&["--json", "doctor"], more].concat());
    (said.status, said.json().remove(0))
}

fn status<'a>(answer: &'a Value, id: &str) -> &'a str {
    let found = answer["checks"].as_array().unwrap().iter().find(|check| check["id"] == id);
    found.and_then(|check| check["status"].as_str()).unwrap_or_else(|| panic!("{id}: {answer}"))
}

#[test]
fn it_looks_at_everything_and_hints_at_each_fault() {
    let (directory, _) = archive();
    let (code, answer) = look(directory.path(), &[]);
    assert_eq!(code, Some(0), "{answer}");
    for id in ["paths", "clock", "disk", "space", "data-version", "permissions", "trust-anchors", "trust-lists"] {
        assert_eq!(status(&answer, id), "ok", "{id}");
    }
    for id in ["tokens", "seal", "log", "scrub"] {
        assert_eq!(status(&answer, id), "ok", "{id}");
    }
    for id in ["backup", "security-txt", "retention"] {
        assert_eq!(status(&answer, id), "warning", "{id}");
    }
    for check in answer["checks"].as_array().unwrap() {
        let hinted = check["hint"]["sv"].as_str().is_some_and(|hint| hint.len() > 10);
        assert!(check["status"] == "ok" || hinted, "{check}");
    }
    call(directory.path(), &["backup", "copy.tar"]);
    assert_eq!(status(&look(directory.path(), &[]).1, "backup"), "ok");
}

#[test]
fn people_are_told_what_was_looked_at_in_their_own_words() {
    let (directory, _) = archive();
    let said = call(directory.path(), &["doctor"]).stdout;
    for subject in ["Klocka: ", "Betrodda utfärdare: ", "Säkerhetskopia: "] {
        assert!(said.contains(subject), "{subject}: {said}");
    }
    for id in ["clock: ", "trust-anchors: ", "backup: "] {
        assert!(!said.contains(id), "{id}: {said}");
    }
}

#[test]
fn a_security_contact_is_watched_to_its_last_day() {
    let (directory, _) = archive();
    let now = jiff::Timestamp::now();
    for (days, expected) in [(-1, "error"), (10, "warning"), (200, "ok")] {
        let until = now + jiff::SignedDuration::from_hours(24 * days);
        let until = until.strftime("%F").to_string();
        let settings = format!("security_contact = [\"mailto:a@example.se\"]\nsecurity_expires = \"{until}\"");
        fs::write(directory.path().join("sigill.toml"), settings).unwrap();
        let (_, answer) = look(directory.path(), &["--config", "sigill.toml"]);
        assert_eq!(status(&answer, "security-txt"), expected, "{until}: {answer}");
    }
}

#[test]
fn rights_that_others_have_on_secrets_are_found_and_mended() {
    let (directory, _) = archive();
    let data = directory.path().join("sigill-data");
    for name in ["ledger/key", "tokens.toml", "."] {
        let path = data.join(name);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(before.mode() | 0o044)).unwrap();
        let (code, answer) = look(directory.path(), &[]);
        assert_eq!((code, status(&answer, "permissions")), (Some(1), "error"), "{name}");
        let (code, answer) = look(directory.path(), &["--fix"]);
        assert_eq!((code, status(&answer, "permissions")), (Some(0), "ok"), "{name}: {answer}");
        assert_eq!(answer["mended"].as_array().unwrap().len(), 1, "{answer}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{name}");
    }
    fs::remove_dir_all(data.join("trust")).unwrap();
    let (_, answer) = look(directory.path(), &["--fix"]);
    assert!(data.join("trust").is_dir() && status(&answer, "trust-anchors") == "warning", "{answer}");
}
