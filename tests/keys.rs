//! New keys for an archive's ledger: by hand, watched from outside, witnessed, backed up and put back.
//! Receipts from before and after are proven by whoever holds the old key alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

mod by_hand;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use by_hand::Said;
use by_hand::call;
use serde_json::Value;
use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::archive::witness::Duty;
use sigill::ledger::succession::Bounded;
use tempfile::TempDir;

#[path = "support/town.rs"]
mod town;

use town::Served;
use town::Town;

const ORIGIN: &str = "a.example.se/ledger";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/minutes").join(name)
}

/// An archive in `house/` with one document and its receipt `old.tlog-proof`, and its key in `old.vkey`.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        assert_eq!(scene.call(&["init", "--data", "house", "--origin", ORIGIN]).status, Some(0));
        scene.ingest("styrelseprotokoll-b-lta.pdf", "old");
        let key = scene.house(&["ledger", "key"]).stdout;
        fs::write(scene.path("old.vkey"), key).unwrap();
        scene
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    fn call(&self, arguments: &[&str]) -> Said {
        call(self.0.path(), arguments)
    }

    fn house(&self, arguments: &[&str]) -> Said {
        self.call(&[&["--data", "house", "--lang", "en"], arguments].concat())
    }

    /// Registers a document and writes its receipt.
    fn ingest(&self, name: &str, receipt: &str) {
        let document = fixture(name);
        assert_eq!(self.house(&["ingest", document.to_str().unwrap()]).status, Some(0));
        let to = format!("{receipt}.tlog-proof");
        let said = self.house(&["receipt", document.to_str().unwrap(), "-o", &to]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
    }

    /// What `prove` says of a receipt, by the keys in a file.
    fn proves(&self, key: &str, name: &str, receipt: &str) -> bool {
        let (document, receipt) = (fixture(name), format!("{receipt}.tlog-proof"));
        let said = self.call(&["prove", "--key", key, document.to_str().unwrap(), &receipt]);
        assert_ne!(said.status, Some(2), "{}", said.stderr);
        said.status == Some(0)
    }

    fn keys(&self) -> Vec<Value> {
        let said = self.house(&["--json", "ledger", "key", "list"]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        said.json()[0]["keys"].as_array().unwrap().clone()
    }
}

const BEFORE: &str = "styrelseprotokoll-b-lta.pdf";
const AFTER: &str = "motesanteckningar-koncernledningsgruppen.pdf";

#[test]
fn a_key_is_changed_by_hand_and_everything_else_goes_on() {
    let scene = Scene::new();
    let only_told = scene.house(&["ledger", "key", "rotate"]);
    assert_eq!(only_told.status, Some(1), "{}", only_told.stderr);
    assert!(only_told.stderr.contains("cannot be undone"), "{}", only_told.stderr);
    assert_eq!(scene.keys().len(), 2, "nothing was changed");
    let open = Archive::open(&scene.path("house"), Options::default()).unwrap();
    let refused = scene.house(&["ledger", "key", "rotate", "--yes"]);
    assert_eq!(refused.status, Some(2), "while the service has it");
    assert!(refused.stderr.contains("another process"), "{}", refused.stderr);
    drop(open);
    let done = scene.house(&["ledger", "key", "rotate", "--yes"]);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    let spans: Vec<_> = scene
        .keys()
        .iter()
        .map(|key| (key["current"] == true, key["fromSize"].clone(), key["untilSize"].clone()))
        .collect();
    let (now, then) = ((true, 2.into(), Value::Null), (false, 0.into(), 2.into()));
    assert_eq!(spans, [now.clone(), now, then.clone(), then]);
    scene.ingest(AFTER, "new");

    let succession = fs::read_to_string(scene.path("house/ledger/succession")).unwrap();
    let old = fs::read_to_string(scene.path("old.vkey")).unwrap();
    fs::write(scene.path("led.vkey"), format!("{old}{succession}")).unwrap();
    let listed = scene.house(&["ledger", "key", "list"]).stdout;
    fs::write(scene.path("listed.vkey"), listed).unwrap();
    assert!(scene.proves("old.vkey", BEFORE, "old") && !scene.proves("old.vkey", AFTER, "new"));
    for keys in ["led.vkey", "listed.vkey"] {
        assert!(scene.proves(keys, BEFORE, "old") && scene.proves(keys, AFTER, "new"), "{keys}");
    }
    for arguments in [&["check"][..], &["rebuild"], &["check"], &["find", "--", "a"], &["backup", "b.tar"]] {
        let said = scene.house(arguments);
        assert!(said.status != Some(2), "{arguments:?} {}", said.stderr);
        assert!(arguments[0] == "find" || said.status == Some(0), "{arguments:?} {} {}", said.stdout, said.stderr);
    }
    let said = scene.call(&["--data", "again", "restore", "b.tar"]);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    let checkpoint = |data: &str| scene.call(&["--data", data, "ledger", "checkpoint"]).stdout;
    assert_eq!(checkpoint("again"), checkpoint("house"));
    let (before, after) = (scene.path("old.note"), scene.path("new.note"));
    fs::write(&after, checkpoint("house")).unwrap();
    let receipt = fs::read_to_string(scene.path("old.tlog-proof")).unwrap();
    fs::write(&before, receipt.split_once("\n\n").unwrap().1).unwrap();
    for (place, note) in [("third", before), ("fourth", after)] {
        let said = scene.call(&["--data", place, "restore", "b.tar", "--published", note.to_str().unwrap()]);
        assert_eq!(said.status, Some(0), "a checkpoint by the key of then or of now: {}", said.stderr);
    }
}

/// `sigill monitor`, once.
fn monitor(served: &Served, memory: &Path, key: &str) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    let command =
        command.args(["monitor", &served.url, "--json", "--lang", "en", "--key", key, "--memory"]).arg(memory);
    let out = command.output().unwrap();
    let said = serde_json::from_slice(&out.stdout).unwrap_or(Value::Null);
    (out.status.code().unwrap(), said, String::from_utf8(out.stderr).unwrap())
}

/// What is remembered is now about this address.
fn redirect(memory: &Path, served: &Served) {
    let mut value: Value = serde_json::from_slice(&fs::read(memory).unwrap()).unwrap();
    value["url"] = served.url.clone().into();
    fs::write(memory, value.to_string()).unwrap();
}

#[test]
fn a_monitor_with_the_old_key_learns_the_new_one_and_never_believes_the_old_one_again() {
    let town = Town::new(ORIGIN);
    let place = tempfile::tempdir().unwrap();
    let memory = place.path().join("a.json");
    let served = town.serve();
    let old = served.archive.ledger().vkey();
    assert_eq!(monitor(&served, &memory, &old).0, 0);
    drop(served);
    // Somebody takes a copy, and so the old key.
    let thief = town.copy();
    drop(Archive::rotate(&town.path(), Options::default()).unwrap());
    let served = town.serve();
    served.grow(300, "genuine");
    redirect(&memory, &served);
    let (code, said, told) = monitor(&served, &memory, &old);
    assert_eq!((code, &said["size"]), (0, &300.into()), "{said} {told}");
    let learnt: Vec<String> = served.archive.ledger().vkeys().iter().map(ToString::to_string).collect();
    assert_eq!(said["newKeys"], Value::from(learnt));
    assert!(told.contains("changed its key"), "{told}");
    let (code, said, _) = monitor(&served, &memory, &old);
    assert_eq!((code, &said["newKeys"]), (0, &Value::Array(Vec::new())), "told once, remembered");
    let thief = thief.serve();
    thief.grow(301, "stolen");
    redirect(&memory, &thief);
    let (code, said, _) = monitor(&thief, &memory, &old);
    assert_eq!(code, 1);
    assert!(said["what"].as_str().unwrap().contains("retired at 1 entries"), "{said}");
    let fresh = place.path().join("fresh.json");
    assert_eq!(monitor(&thief, &fresh, &old).0, 0, "who never heard of the change is as far as before");
    redirect(&fresh, &served);
    let (code, said, _) = monitor(&served, &fresh, &old);
    assert_eq!(code, 1, "and hears of it as soon as the genuine ledger answers");
    assert!(said["what"].as_str().unwrap().contains("was not the ledger's"), "{said}");
}

#[test]
fn a_witness_takes_the_new_key_and_drops_the_old_one() {
    let (a, b) = (Town::new(ORIGIN), Town::new("b.example.se/ledger"));
    let old = Bounded::current(a.open().ledger().vkeys().remove(0));
    Duty::create(&b.path(), "b.example.se/witness").unwrap();
    Duty::add_log(&b.path(), std::slice::from_ref(&old)).unwrap();
    let archive = Archive::rotate(&a.path(), Options::default()).unwrap();
    Duty::add_log(&b.path(), &archive.ledger().ring()).unwrap();
    let logs = fs::read_to_string(b.path().join("witness/logs.policy")).unwrap();
    assert!(!logs.contains(&old.key.to_string()), "{logs}");
    assert!(archive.ledger().vkeys().iter().all(|key| logs.contains(&format!("log {key}\n"))), "{logs}");
    assert_eq!(b.open().duty().unwrap().origins().collect::<Vec<_>>(), [ORIGIN]);
}
