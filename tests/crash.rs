//! Killed in the middle (`kill -9`), again and again: whatever was acknowledged is there, and the archive is sound.
//! HOUSE, invariant 6: acknowledged means durable. `CRASH_ROUNDS=50 cargo test --test crash` for the long run.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

mod by_hand;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use by_hand::{call, sigill};
use serde_json::Value;

const ROUNDS: usize = 10;
/// Files in one round's batch; more than one is killed after.
const FILES: usize = 120;

/// Record and entry of each file that was acknowledged.
type Acknowledged = BTreeMap<String, (String, u64)>;

fn batch(folder: &Path, round: usize) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..FILES {
        let text = format!("Protokoll\nKommunstyrelsen\n\nOmgång {round}, handling {number}.\n§ 1 Mötet öppnas\n");
        fs::write(folder.join(format!("{number:03}.txt")), text).unwrap();
    }
}

fn read(line: &Value, into: &mut Acknowledged) -> String {
    assert_eq!(line["error"], Value::Null, "{line}");
    let place = (line["record"].as_str().unwrap().to_owned(), line["entry"].as_u64().unwrap());
    let file = line["file"].as_str().unwrap().to_owned();
    if let Some(before) = into.insert(file, place.clone()) {
        assert_eq!(before, place, "an acknowledged record stays what and where it was");
    }
    line["outcome"].as_str().unwrap().to_owned()
}

/// Ingests a folder and kills the process once so many lines were read, or a moment after the start for none.
fn ingest_and_kill(directory: &Path, folder: &str, after: usize, acknowledged: &mut Acknowledged) -> usize {
    let mut command = sigill(directory);
    command.args(["--data", "house", "--json", "ingest", folder]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut line, mut count) = (String::new(), 0);
    if after == 0 {
        thread::sleep(Duration::from_millis(15));
        child.kill().unwrap();
    }
    // What is in the pipe was said before the kill and holds; half a line says nothing.
    while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        read(&serde_json::from_str(&line).unwrap(), acknowledged);
        line.clear();
        count += 1;
        if count == after {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    count
}

#[test]
fn whatever_was_acknowledged_survives_a_kill_at_any_moment() {
    let rounds = std::env::var("CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let made = call(directory, &["init", "--data", "house", "--origin", "crash.example/log"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let mut acknowledged = Acknowledged::new();
    let (mut killed_after, mut interrupted) = (0, 0);
    for round in 0..rounds {
        let folder = format!("round-{round}");
        batch(&directory.join(&folder), round);
        // Spread over the batch; 37 and 120 have no common factor.
        let after = (round * 37) % FILES;
        killed_after += ingest_and_kill(directory, &folder, after, &mut acknowledged);
        let check = call(directory, &["--data", "house", "--lang", "en", "check"]);
        assert_eq!(check.status, Some(0), "round {round}, killed after {after}: {}{}", check.stdout, check.stderr);
        interrupted += usize::from(check.stdout.contains("interrupted"));
        // The same batch again: what was acknowledged is known, where it was; the rest becomes new.
        let known_before: Vec<String> = acknowledged.keys().filter(|file| file.starts_with(&folder)).cloned().collect();
        let again = call(directory, &["--data", "house", "--json", "ingest", &folder]);
        let lines = again.json();
        assert_eq!((again.status, lines.len()), (Some(0), FILES), "{}", again.stderr);
        for line in &lines {
            let outcome = read(line, &mut acknowledged);
            let known = known_before.iter().any(|file| line["file"] == file.as_str());
            assert!(!known || outcome == "known", "{line}");
        }
    }
    let mut entries: Vec<u64> = acknowledged.values().map(|(_, entry)| *entry).collect();
    entries.sort_unstable();
    let all: Vec<u64> = (0..).take(rounds * FILES).collect();
    assert_eq!(entries, all, "every file has an entry of its own and no entry is without a file");
    assert_eq!(call(directory, &["--data", "house", "check"]).status, Some(0));
    println!(
        "{rounds} kills, {killed_after} lines read before them, {interrupted} checks told of interrupted registrations"
    );
}
