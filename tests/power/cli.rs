//! The same faults as a registrar's sysadmin meets them: what the command says, in both languages, and what it keeps.
//! USERS section 10: what happened, whether anything was saved, what to do.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::Path;

use crate::by_hand::{Said, call, said, sigill};
use crate::faults::library;

/// A fault, as the environment that makes it, and words of what must be said of it in Swedish and in English.
type Row = (&'static str, (&'static str, &'static str), &'static [&'static str], &'static [&'static str]);

const TABLE: &[Row] = &[
    (
        "the disk is full",
        ("FAULT", "write /ledger/journal/ 1 28 on"),
        &["No space left", "kvitterats är sparat", "Åtgärda", "öppna arkivet på nytt"],
        &["No space left", "acknowledged is saved", "Remedy", "open the archive anew"],
    ),
    (
        "a write fails",
        ("FAULT", "write /ledger/journal/ 1 5 once"),
        &["Input/output error", "kvitterats är sparat", "Åtgärda"],
        &["Input/output error", "acknowledged is saved", "Remedy"],
    ),
    (
        "a sync fails",
        ("FAULT", "sync /ledger/journal/ 1 5 once"),
        &["Input/output error", "kvitterats är sparat", "Åtgärda"],
        &["Input/output error", "acknowledged is saved", "Remedy"],
    ),
    (
        "a document cannot be written",
        ("FAULT", "write /documents/ 1 28 on"),
        &["Disken är full", "No space left", "inte sparat", "Frigör utrymme", "läsa och bevisa under tiden"],
        &["The disk is full", "No space left", "not saved", "Free some space", "read and proven meanwhile"],
    ),
    (
        "the ledger may not be opened",
        ("FAULT", "open /ledger/lock 1 13 on"),
        &["Behörighet saknas", "ledger/lock", "inte sparat", "användare som äger arkivet", "Arkivet är orört"],
        &["No permission", "ledger/lock", "not saved", "user who owns the archive", "The archive is untouched"],
    ),
    (
        "the disk is read-only",
        ("FAULT", "open /ledger/lock 1 30 on"),
        &["skrivskyddad", "inte sparat", "montera den skrivbar", "läsa och bevisa under tiden"],
        &["read-only", "not saved", "mount it writable", "read and proven meanwhile"],
    ),
    (
        "the disk is broken",
        ("FAULT", "open /ledger/head.anchor 1 5 on"),
        &["Disken svarade med ett fel", "Input/output error", "inte sparat", "återställ säkerhetskopian på en annan"],
        &["answered with an error", "Input/output error", "not saved", "restore the backup on another"],
    ),
    (
        "the clock stands a day back",
        ("FAULT_CLOCK", "-86400"),
        &["klocka går fel", "Inget har sparats", "Ställ klockan"],
        &["clock is wrong", "Nothing was saved", "Set it"],
    ),
];

fn with(directory: &Path, library: &Path, fault: (&str, &str), arguments: &[&str]) -> Said {
    let mut command = sigill(directory);
    said(command.env("LD_PRELOAD", library).env(fault.0, fault.1).args(arguments).output().unwrap())
}

fn document(directory: &Path, name: &str) {
    fs::write(directory.join(name), format!("Protokoll\nKommunstyrelsen\n§ 1 Handling {name}\n")).unwrap();
}

#[test]
fn every_fault_is_told_with_what_was_saved_and_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let Some(library) = library(directory) else { return };
    assert_eq!(call(directory, &["init", "--data", "house", "--origin", "faults.example/log"]).status, Some(0));
    document(directory, "first.txt");
    assert_eq!(call(directory, &["--data", "house", "ingest", "first.txt"]).status, Some(0));
    for (number, (what, fault, sv, en)) in TABLE.iter().enumerate() {
        for (lang, words) in [("sv", sv), ("en", en)] {
            let name = format!("{number}-{lang}.txt");
            document(directory, &name);
            let answer = with(directory, &library, *fault, &["--data", "house", "--lang", lang, "ingest", &name]);
            let told = format!("{}{}", answer.stdout, answer.stderr);
            assert_ne!(answer.status, Some(0), "{what}: {told}");
            for word in *words {
                assert!(told.contains(word), "{what}: not {word:?} in {told}");
            }
            assert_eq!(call(directory, &["--data", "house", "check"]).status, Some(0), "{what}: sound again");
            // Without the fault it goes in, and nothing that was there before is gone.
            let again = call(directory, &["--data", "house", "ingest", &name]);
            assert_eq!(again.status, Some(0), "{what}: {}", again.stderr);
        }
        println!("{what}: told in Swedish and English, nothing lost");
    }
    let all = call(directory, &["--data", "house", "--json", "check"]);
    assert_eq!(all.json()[0]["size"], 1 + 2 * u64::try_from(TABLE.len()).unwrap());
}

#[test]
fn check_cannot_answer_about_a_disk_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let Some(library) = library(directory) else { return };
    assert_eq!(call(directory, &["init", "--data", "house", "--origin", "faults.example/log"]).status, Some(0));
    document(directory, "first.txt");
    assert_eq!(call(directory, &["--data", "house", "ingest", "first.txt"]).status, Some(0));
    for fault in ["open /ledger/head.anchor 1 5 on", "open /ledger/journal/ 1 5 on", "open /ledger/lock 1 5 on"] {
        let answer = with(directory, &library, ("FAULT", fault), &["--data", "house", "check"]);
        assert_eq!((answer.status, answer.stdout.as_str()), (Some(2), ""), "{fault}: {}", answer.stderr);
        assert!(answer.stderr.contains("Disken svarade med ett fel"), "{}", answer.stderr);
        assert!(!answer.stderr.contains("sigill check"), "no command recommends itself: {}", answer.stderr);
    }
}

#[test]
fn what_is_registered_is_found_and_proven_on_a_disk_that_is_full_and_nothing_is_set_aside_there() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let Some(library) = library(directory) else { return };
    assert_eq!(call(directory, &["init", "--data", "house", "--origin", "faults.example/log"]).status, Some(0));
    document(directory, "first.txt");
    assert_eq!(call(directory, &["--data", "house", "ingest", "first.txt"]).status, Some(0));
    let parts = || {
        let list = |part: &str| fs::read_dir(directory.join(part)).unwrap().map(|entry| entry.unwrap().file_name());
        ["house", "house/ledger"].map(|part| list(part).collect::<BTreeSet<_>>())
    };
    let before = parts();
    // The second round meets what the first left.
    for round in 0..2 {
        for arguments in
            [&["find", "first.txt"][..], &["receipt", "first.txt", "-o", &format!("{round}.tlog-proof")], &["check"]]
        {
            let full = ("FAULT", "write /house/ 1 28 on");
            let said = with(directory, &library, full, &[&["--data", "house"], arguments].concat());
            assert_eq!(said.status, Some(0), "{arguments:?}: {}{}", said.stdout, said.stderr);
            assert_eq!(parts(), before, "{arguments:?}");
        }
    }
    // A database that cannot be opened is made anew only where there is room for it.
    fs::write(directory.join("house/ledger/store/db"), "spoilt").unwrap();
    for round in 0..2 {
        let full = ("FAULT", "write /house/ 1 28 on");
        let said = with(directory, &library, full, &["--data", "house", "find", "first.txt"]);
        assert_eq!((said.status, parts()), (Some(0), before.clone()), "{round}: {}", said.stderr);
    }
    assert_eq!(call(directory, &["--data", "house", "check"]).status, Some(0), "with room it is made anew");
}

#[test]
fn what_is_registered_is_read_under_a_clock_that_is_behind_or_was_ahead() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let Some(library) = library(directory) else { return };
    assert_eq!(call(directory, &["init", "--data", "house", "--origin", "faults.example/log"]).status, Some(0));
    document(directory, "first.txt");
    document(directory, "second.txt");
    let ahead = ("FAULT_CLOCK", "864000");
    assert_eq!(with(directory, &library, ahead, &["--data", "house", "ingest", "first.txt"]).status, Some(0));
    let refused = call(directory, &["--data", "house", "ingest", "second.txt"]);
    assert_eq!(refused.status, Some(2), "the clock only goes forward: {}", refused.stdout);
    assert!(
        refused.stderr.contains("gått före förut") && refused.stderr.contains("läsa och bevisa"),
        "{}",
        refused.stderr
    );
    for arguments in [&["find", "first.txt"][..], &["receipt", "first.txt", "-o", "r.tlog-proof"]] {
        let said = call(directory, &[&["--data", "house"], arguments].concat());
        assert_eq!(said.status, Some(0), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("klocka går fel"), "{}", said.stderr);
    }
    assert_eq!(with(directory, &library, ahead, &["--data", "house", "ingest", "second.txt"]).status, Some(0));
}

#[test]
fn a_second_process_is_told_who_has_the_archive() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    assert_eq!(call(directory, &["init", "--data", "house", "--origin", "faults.example/log"]).status, Some(0));
    document(directory, "first.txt");
    let lock = OpenOptions::new().write(true).open(directory.join("house/ledger/lock")).unwrap();
    lock.lock().unwrap();
    for (lang, words) in
        [("sv", ["annan process", "Inget har ändrats"]), ("en", ["another process", "Nothing was changed"])]
    {
        let answer = call(directory, &["--data", "house", "--lang", lang, "ingest", "first.txt"]);
        assert_eq!(answer.status, Some(2));
        assert!(words.iter().all(|word| answer.stderr.contains(word)), "{}", answer.stderr);
    }
}
