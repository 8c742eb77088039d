//! The sceptic's commands by hand, while another process has the archive open: asked, backed up, exported, never
//! disturbed. INTERFACES section 1; USERS 5: nobody stops the service to ask it something.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::check::Weight;
use sigill::ledger::error::Error as LedgerError;
use sigill::verify::crypto::sha256;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;
use house::fixture;
use house::flip;
use house::found;
use house::id_of;
use house::options;
use house::submission;
use house::weights;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";

/// What a command answered.
struct Said {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Said {
    fn json(&self) -> Value {
        let lines: Vec<&str> = self.stdout.lines().collect();
        let [line] = lines[..] else { panic!("one document: {}{}", self.stdout, self.stderr) };
        serde_json::from_str(line).unwrap()
    }
}

/// Runs the program over an archive, in a process of its own.
fn sigill(data: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.current_dir(data.parent().unwrap()).arg("--data").arg(data).args(arguments);
    for name in ["SIGILL_DATA", "SIGILL_CONFIG", "SIGILL_LANG", "SIGILL_TRUST"] {
        command.env_remove(name);
    }
    let done = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { status: done.status.code(), stdout: text(done.stdout), stderr: text(done.stderr) }
}

/// The digest of every file. The databases are left out: whoever has them open writes them when it likes.
fn everything(folder: &Path) -> BTreeMap<PathBuf, [u8; 32]> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("catalogue") || path.ends_with("ledger/store") {
            continue;
        }
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.insert(path.clone(), sha256(&[&fs::read(&path).unwrap()]));
        }
    }
    found
}

#[test]
fn what_the_service_is_about_to_put_in_place_is_left_to_it_by_every_other_process() {
    let (house, archive, _) = House::with(&[GENUINE]);
    let data = house.path("");
    let rooms = ["documents", "evidence", "records", "salts"];
    let under_way = || rooms.map(|room| data.join(room).join("tmp").join("under-way"));
    under_way().iter().for_each(|path| fs::write(path, "half").unwrap());
    for arguments in [
        &["find", "x"][..],
        &["check"],
        &["search", "protokoll"],
        &["doctor"],
        &["rebuild"],
        &["ingest", "archive.toml"],
    ] {
        drop(sigill(&data, arguments));
        assert!(under_way().iter().all(|path| path.exists()), "{arguments:?}");
    }
    drop(archive);
    drop(Archive::open(&data, options()).unwrap());
    assert!(!under_way().iter().any(|path| path.exists()), "an interrupted put is cleared away by whoever is alone");
}

#[test]
fn whoever_asks_gets_the_same_answer_while_the_archive_is_open() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    // What was just registered is confirmed in the anchor a moment later; what is opened anew is at rest.
    drop(archive);
    let archive = house.open();
    let data = house.path("");
    let before = everything(&data);
    let id = &ingested[0].record.id;
    for question in [id, &ingested[0].record.transaction_ids[0], &ingested[0].record.verification.file.sha256] {
        let said = sigill(&data, &["--json", "find", question]);
        assert_eq!((said.status, &said.json()["records"][0]["id"]), (Some(0), &id.as_str().into()), "{}", said.stderr);
    }
    assert_eq!(sigill(&data, &["find", "00000000-0000-0000-0000-000000000000"]).status, Some(1));
    let size = sigill(&data, &["ledger", "size"]);
    assert_eq!((size.status, size.stdout.trim()), (Some(0), "2"), "{}", size.stderr);
    assert_eq!(sigill(&data, &["ledger", "checkpoint"]).stdout, archive.ledger().checkpoint().to_string());
    let receipt = sigill(&data, &["receipt", id]);
    assert_eq!(receipt.stdout, archive.receipt(id_of(&ingested[0])).unwrap().unwrap());
    assert_eq!(sigill(&data, &["retention", "show", id]).status, Some(0));
    let doctor = sigill(&data, &["doctor"]);
    assert_eq!(doctor.status, Some(0), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("Poster i loggen: 2."), "{}", doctor.stdout);
    let check = sigill(&data, &["check"]);
    assert_eq!(check.status, Some(0), "{}", check.stdout);
    assert!(check.stdout.contains("Inga fel hittades") && check.stderr.contains("annan process"), "{}", check.stderr);
    let refused = sigill(&data, &["rebuild"]);
    assert_eq!(refused.status, Some(2), "who would write must wait: {}", refused.stdout);
    assert_eq!(everything(&data), before, "nobody wrote anything");
    assert_eq!(
        archive.ingest(&fixture("nytt-fran-kommunledningsgruppen-2025-09.pdf"), &submission()).unwrap().index,
        2
    );
}

#[test]
fn what_is_wrong_is_found_beside_the_service_too() {
    let (house, _archive, ingested) = House::with(&[GENUINE]);
    flip(&house.blob("documents", &ingested[0].record.verification.file.sha256));
    let said = sigill(&house.path(""), &["--json", "check"]);
    let fault = &said.json()["faults"][0];
    assert_eq!((said.status, &fault["weight"]), (Some(1), &"lost".into()), "{}", said.stdout);
    for question in ["what", "severity", "loss", "remedy"] {
        assert!(!fault[question]["sv"].as_str().unwrap().is_empty(), "{question}: {fault}");
        assert!(!fault[question]["en"].as_str().unwrap().is_empty(), "{question}: {fault}");
    }
}

#[test]
fn an_archive_that_is_read_takes_nothing_and_misses_nothing() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let read = Archive::read(&house.path(""), options()).unwrap();
    assert!(read.is_reading() && !archive.is_reading());
    assert_eq!(read.ledger().root(), archive.ledger().root());
    assert_eq!(found(&read, &ingested[0].record.id).len(), 1);
    assert_eq!(weights(&read), Vec::<Weight>::new());
    let before = everything(&house.path(""));
    read.ingest(&fixture(NOTES), &submission()).unwrap_err();
    assert_eq!(everything(&house.path("")), before);
    archive.ingest(&fixture(NOTES), &submission()).unwrap();
    assert_eq!(read.ledger().size(), 1, "it stays at the moment when it was opened");
    assert_eq!(Archive::read(&house.path(""), options()).unwrap().ledger().size(), 2);
}

#[test]
fn a_half_written_document_beside_is_left_alone() {
    let (house, archive, _ingested) = House::with(&[GENUINE]);
    let begun = house.path("documents/tmp/0011");
    fs::write(&begun, "half").unwrap();
    drop(Archive::read(&house.path(""), options()).unwrap());
    assert!(begun.exists(), "somebody may be writing it");
    drop(archive);
    drop(house.open());
    assert!(!begun.exists(), "opening in earnest clears it away");
}

#[test]
fn reading_refuses_an_older_journal_under_a_newer_anchor() {
    let (house, archive, _ingested) = House::with(&[GENUINE]);
    house.copy("ledger/journal");
    archive.ingest(&fixture(NOTES), &submission()).unwrap();
    drop(archive);
    house.put_back("ledger/journal");
    let read = Archive::read(&house.path(""), options());
    assert!(matches!(read, Err(Error::Ledger(LedgerError::Damaged(_) | LedgerError::Forked { .. }))), "{read:?}");
}

#[test]
fn backup_and_restore_by_hand() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let data = house.path("");
    let said = sigill(&data, &["backup", "kopia.tar"]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("hemliga nyckel är med"), "{}", said.stderr);
    let again = sigill(&data, &["backup", "kopia.tar"]);
    assert_eq!(again.status, Some(2), "never over another: {}", again.stdout);
    let doctor = sigill(&data, &["--lang", "en", "doctor"]);
    assert!(doctor.stdout.contains("The last backup is 0 days old"), "{}", doctor.stdout);
    let new = data.parent().unwrap().join("new");
    let file = data.parent().unwrap().join("checkpoint");
    fs::write(&file, archive.ledger().checkpoint().as_bytes()).unwrap();
    let back = sigill(&new, &["--json", "restore", "kopia.tar", "--published", "checkpoint"]);
    let told = back.json();
    assert_eq!((back.status, &told["sound"], &told["size"]), (Some(0), &true.into(), &2.into()), "{}", back.stderr);
    assert_eq!(sigill(&new, &["check"]).status, Some(0));
    let question = &ingested[0].record.transaction_ids[0];
    assert_eq!(sigill(&new, &["find", question]).stdout, sigill(&data, &["find", question]).stdout);
    let over = sigill(&new, &["restore", "kopia.tar"]);
    assert!(over.status == Some(2) && over.stderr.contains("inte tom"), "{}", over.stderr);
    archive.ingest(&fixture("nytt-fran-kommunledningsgruppen-2025-09.pdf"), &submission()).unwrap();
    fs::write(&file, archive.ledger().checkpoint().as_bytes()).unwrap();
    let third = data.parent().unwrap().join("third");
    let older = sigill(&third, &["restore", "kopia.tar", "--published", "checkpoint"]);
    assert!(older.status == Some(2) && older.stderr.contains("offentliggjorts med 3"), "{}", older.stderr);
    let told = sigill(&third, &["restore", "kopia.tar", "--published", "checkpoint", "--older"]);
    assert!(told.status == Some(0) && told.stderr.contains("gått bakåt"), "{}", told.stderr);
}

#[test]
fn export_check_and_import_by_hand() {
    let (house, archive, _ingested) = House::with(&[GENUINE, NOTES]);
    let data = house.path("");
    let said = sigill(&data, &["--json", "export", "spegel"]);
    assert_eq!((said.status, &said.json()["written"]), (Some(0), &2.into()), "{}", said.stderr);
    let checked = sigill(&data, &["check", "--directory", "spegel", "--key", &house.vkey]);
    assert_eq!(checked.status, Some(0), "{}", checked.stdout);
    let claimed = sigill(&data, &["check", "--directory", "spegel"]);
    assert!(claimed.status == Some(0) && claimed.stderr.contains("själv uppger"), "{}", claimed.stderr);
    let other = House::empty();
    let wrong = sigill(&data, &["check", "--directory", "spegel", "--key", &other.vkey]);
    assert_eq!(wrong.status, Some(2), "another's key: {}", wrong.stdout);
    let mirror = data.parent().unwrap().join("spegel");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiles/fsck.py");
    match Command::new("python3").arg(script).arg(&mirror).arg(&house.vkey).output() {
        Ok(run) => assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout)),
        Err(_) => println!("NOT RUN: there is no python3"),
    }
    flip(&mirror.join("tile/0/000.p/2"));
    let wrong = sigill(&data, &["--json", "check", "--directory", "spegel"]);
    assert_eq!((wrong.status, &wrong.json()["sound"]), (Some(1), &false.into()));
    flip(&mirror.join("tile/0/000.p/2"));
    // The ledger is gone; documents and records are where they were.
    let (key, root) = (house.path("../key"), archive.ledger().root());
    fs::copy(house.path("ledger/key"), &key).unwrap();
    drop(archive);
    fs::remove_dir_all(house.path("ledger")).unwrap();
    fs::remove_dir_all(house.path("catalogue")).unwrap();
    let back = sigill(&data, &["import", "spegel", "--key", key.to_str().unwrap()]);
    assert_eq!(back.status, Some(0), "{}", back.stderr);
    let known = sigill(&data, &["--json", "ledger", "root"]).json();
    let hex: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(known["root"], hex.as_str());
    let check = sigill(&data, &["check"]);
    assert_eq!(check.status, Some(0), "{}{}", check.stdout, check.stderr);
}
