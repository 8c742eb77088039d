//! Somebody else's ledger, watched from outside over real HTTP: what held is remembered, what cannot be true is told.
//! LEDGER.md 6.7; exit status and webhook as `sigill monitor` says.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::sync::mpsc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sigill::archive::encoding::hex;
use sigill::verify::crypto::sha256;

#[expect(dead_code, reason = "whoever watches opens no archive")]
#[path = "support/town.rs"]
mod town;

use town::Served;
use town::Town;

const ORIGIN: &str = "a.example.se/ledger";

/// `sigill monitor`: its status, its answer, and what it said besides.
fn monitor(url: &str, memory: &Path, more: &[&str]) -> (i32, Value, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_sigill"))
        .args(["monitor", url, "--json", "--lang", "en", "--memory"])
        .arg(memory)
        .args(more)
        .output()
        .unwrap();
    let said = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    (status.code().unwrap(), said, String::from_utf8(stderr).unwrap())
}

/// What is remembered is now about this address: what a thief of the name makes of it.
fn redirect(at: &Path, url: &str) {
    let mut memory: Value = serde_json::from_slice(&fs::read(at).unwrap()).unwrap();
    memory["url"] = url.into();
    fs::write(at, memory.to_string()).unwrap();
}

#[test]
fn a_ledger_that_grows_holds_and_what_held_is_remembered() {
    let town = Town::new(ORIGIN);
    let served = town.serve();
    let key = served.archive.ledger().vkey();
    let place = tempfile::tempdir().unwrap();
    let memory = place.path().join("a.json");
    let mut before = Value::Null;
    for size in [0, 3, 3, 300, 513] {
        served.grow(size, "entry");
        let (code, said, told) = monitor(&served.url, &memory, &["--key", &key]);
        assert_eq!(code, 0, "{said} {told}");
        assert_eq!((&said["schema"], &said["holds"]), (&"sigill.audit/1".into(), &true.into()));
        assert_eq!((&said["size"], &said["before"]), (&size.into(), &before), "{said}");
        assert!(said["succeededAt"].is_string());
        before = size.into();
    }
    drop(served);
    let (code, said, told) = monitor("http://127.0.0.1:9", &place.path().join("other.json"), &["--key", &key]);
    assert_eq!((code, said), (2, Value::Null), "who does not answer is no liar: {told}");
    assert!(told.contains("says nothing about the ledger"), "{told}");
    let (code, _, _) = monitor("http://127.0.0.1:9", &memory, &["--key", &key]);
    assert_eq!(code, 2, "another ledger's memory is not taken for this one's");
    let (code, _, told) = monitor("http://127.0.0.1:9", &memory, &[]);
    assert!(code == 2 && told.contains("--key"), "{told}");
}

/// A listener that answers once and tells what it was sent.
fn webhook() -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alarm", listener.local_addr().unwrap());
    let (sender, told) = mpsc::channel();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let read = connection.read(&mut piece).unwrap();
            bytes.extend_from_slice(&piece[..read]);
            let body = bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| &bytes[at + 4..]);
            if let Some(Ok(alarm)) = body.map(serde_json::from_slice) {
                connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                sender.send(alarm).unwrap();
                return;
            }
        }
    });
    (url, told)
}

fn alarm(served: &Served, memory: &Path, more: &[&str], expected: &str) {
    redirect(memory, &served.url);
    let kept = fs::read(memory).unwrap();
    let (url, told) = webhook();
    let more = [more, &["--webhook", &url]].concat();
    let (code, said, stderr) = monitor(&served.url, memory, &more);
    assert_eq!(code, 1, "{said} {stderr}");
    assert!(said["what"].as_str().unwrap().contains(expected), "{said}");
    assert!(said["succeededAt"].is_string(), "when all held last: {said}");
    let sent = told.recv().unwrap();
    assert_eq!((&sent["schema"], &sent["what"]), (&"sigill.alarm/1".into(), &said["what"]));
    assert!(sent["before"].is_string() && sent["now"].is_string(), "both checkpoints are shown");
    let beside: Value = serde_json::from_slice(&fs::read(memory.with_extension("alarm.json")).unwrap()).unwrap();
    assert_eq!(beside, sent);
    assert_eq!(fs::read(memory).unwrap(), kept, "what held is remembered still");
}

#[test]
fn a_ledger_that_forks_goes_back_or_loses_its_witnesses_is_an_alarm_each_time() {
    let town = Town::new(ORIGIN);
    let (older, forked) = (town.copy(), town.copy());
    let place = tempfile::tempdir().unwrap();
    let memory = place.path().join("a.json");
    let served = town.serve();
    served.grow(5, "genuine");
    let key = served.archive.ledger().vkey();
    let more = ["--key", key.as_str()];
    assert_eq!(monitor(&served.url, &memory, &more).0, 0);
    let older = older.serve();
    older.grow(2, "genuine");
    alarm(&older, &memory, &more, "went back from 5 entries to 2");
    let forked = forked.serve();
    for size in [5, 9, 9] {
        forked.grow(size, "another");
        alarm(&forked, &memory, &more, "forked");
    }
    redirect(&memory, &served.url);
    assert_eq!(monitor(&served.url, &memory, &more).0, 0, "the genuine one holds as before");
    let stranger = Town::new(ORIGIN);
    alarm(&stranger.serve(), &memory, &more, "not signed by this key");
    let policy = place.path().join("a.policy");
    fs::write(&policy, format!("log {key}\nwitness w {}\nquorum w\n", some_witness())).unwrap();
    // A witness may be late: only one that stays away is an alarm, and what is wrong otherwise is one at once.
    let watched = ["--policy", policy.to_str().unwrap()];
    redirect(&memory, &served.url);
    let (code, said, told) = monitor(&served.url, &memory, &watched);
    assert!(code == 2 && said == Value::Null && told.contains("may be late"), "{told}");
    let mut remembered: Value = serde_json::from_slice(&fs::read(&memory).unwrap()).unwrap();
    assert!(remembered["unwitnessedSince"].is_string() && remembered["checkpoint"].is_string(), "{remembered}");
    alarm(&older, &memory, &watched, "went back from 5 entries to 2");
    remembered["unwitnessedSince"] = "2026-01-01T00:00:00Z".into();
    fs::write(&memory, remembered.to_string()).unwrap();
    alarm(&served, &memory, &watched, "no quorum");
    redirect(&memory, &served.url);
    assert_eq!(monitor(&served.url, &memory, &more).0, 0, "who asks for no witness needs none");
    let kept: Value = serde_json::from_slice(&fs::read(&memory).unwrap()).unwrap();
    assert!(kept["unwitnessedSince"].is_null(), "what was late has come: {kept}");
}

#[test]
fn an_alarm_and_a_memory_of_another_ledger_are_told_in_swedish() {
    let town = Town::new(ORIGIN);
    let older = town.copy();
    let place = tempfile::tempdir().unwrap();
    let memory = place.path().join("a.json");
    let served = town.serve();
    served.grow(5, "genuine");
    let key = served.archive.ledger().vkey();
    assert_eq!(monitor(&served.url, &memory, &["--key", &key]).0, 0);
    let older = older.serve();
    older.grow(2, "genuine");
    let told = |url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
        let command = command.args(["monitor", url, "--lang", "sv", "--key", &key, "--memory"]).arg(&memory);
        let Output { status, stdout, stderr } = command.output().unwrap();
        (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
    };
    let (code, said) = told(&older.url);
    assert!(code == Some(2) && said.contains("minns en annan logg") && said.contains("egen fil"), "{said}");
    redirect(&memory, &older.url);
    let (code, said) = told(&older.url);
    assert!(code == Some(1) && said.contains("loggen har gått bakåt, från 5 poster till 2"), "{said}");
    assert!(!said.contains("went back"), "{said}");
}

/// The vkey of a witness that nobody has asked.
fn some_witness() -> String {
    let bytes = [[4].as_slice(), &[7; 32]].concat();
    let hash = sha256(&[b"w.example\n", &bytes]);
    format!("w.example+{}+{}", hex(&hash[..4]), STANDARD.encode(bytes))
}
