//! The fault table: what the disk may answer, at each file that a commit writes. Each fault stops the ledger, loses
//! nothing acknowledged, and is gone after the next opening. LEDGER.md 6.3 I6: an fsync that failed is never repeated.

use std::path::Path;
use std::process::{Command, Stdio};

use sigill::ledger::Ledger;

use crate::disk;
use crate::ledger::{ORIGIN, SEED, Told, options};

/// The library that makes calls fail; none, and a line of output, where there is no compiler.
pub(crate) fn library(directory: &Path) -> Option<std::path::PathBuf> {
    disk::library(directory, "faults", include_str!("faults.c"))
        .map_err(|missing| println!("NOT RUN: nothing to make calls fail with ({missing})"))
        .ok()
}

const FULL: &str = "28";
const BROKEN: &str = "5";

/// What happens, in which call, on which file, at which such call, with which errno, how; what the ledger says of it.
type Row = (&'static str, &'static str, &'static str, u32, &'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    ("the disk is full: journal", "write", "/journal/", 9, FULL, "on", "No space left"),
    ("the disk is full: journal, at the first entry", "write", "/journal/", 1, FULL, "on", "No space left"),
    ("the disk is full: published checkpoint", "write", "/checkpoint.tmp", 5, FULL, "on", "No space left"),
    ("the disk is full: a volume", "write", "/volumes/", 1, FULL, "on", "No space left"),
    ("a write to the journal fails", "write", "/journal/", 12, BROKEN, "once", "error"),
    ("a write to the anchor fails", "write", "/head.anchor", 7, BROKEN, "once", "error"),
    ("a write to the published checkpoint fails", "write", "/checkpoint.tmp", 7, BROKEN, "once", "error"),
    ("a write to the database fails", "write", "/store", 3, BROKEN, "once", ""),
    ("a write to a volume fails", "write", "/volumes/", 1, BROKEN, "once", "error"),
    ("a sync of the journal fails once", "sync", "/journal/", 10, BROKEN, "once", "error"),
    ("a sync of the anchor fails once", "sync", "/head.anchor", 6, BROKEN, "once", "error"),
    ("a sync of the database fails once", "sync", "/store", 2, BROKEN, "once", "error"),
    ("a sync of a volume fails once", "sync", "/volumes/", 1, BROKEN, "once", "error"),
    ("the journal is written, and said to have failed", "write", "/journal/", 11, BROKEN, "after", "error"),
    ("the journal is synced, and said to have failed", "sync", "/journal/", 11, BROKEN, "after", "error"),
    ("the anchor is synced, and said to have failed", "sync", "/head.anchor", 5, BROKEN, "after", "error"),
];

#[test]
fn every_fault_of_the_disk_stops_the_ledger_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = library(directory.path()) else { return };
    for (number, (what, call, part, nth, errno, mode, said)) in TABLE.iter().enumerate() {
        let path = directory.path().join(format!("ledger-{number}"));
        Ledger::create(&path, ORIGIN, &SEED, &options()).unwrap();
        let mut told = Told::default();
        // The first time with the fault, then without: the second writer goes on where the first was stopped.
        for fault in [Some(format!("{call} {part} {nth} {errno} {mode}")), None] {
            let mut writer = Command::new(std::env::current_exe().unwrap());
            writer.args(["--exact", "ledger::writer", "--nocapture", "--test-threads=1"]);
            writer.env("TEST_WRITER", format!("{} {}", path.display(), told.indices.len()));
            writer.env("TEST_ENTRIES", if fault.is_some() { "120" } else { "40" });
            let stopped = fault.is_some();
            if let Some(fault) = fault {
                writer.env("LD_PRELOAD", &library).env("FAULT", fault);
            }
            let output = writer.stderr(Stdio::null()).output().unwrap();
            let output = String::from_utf8(output.stdout).unwrap();
            told.hear_some(&mut output.lines().map(str::to_owned), usize::MAX).unwrap();
            let answer = output.lines().find_map(|line| line.rsplit_once("stopped: ").map(|(_, error)| error));
            assert_eq!(answer.is_some(), stopped, "{what}: {answer:?}");
            assert!(answer.unwrap_or_default().contains(if stopped { said } else { "" }), "{what}: {answer:?}");
            told.compare(&path).unwrap_or_else(|harm| panic!("{what}: {harm:?}"));
        }
        println!("{what}: stopped, {} entries told about, all there", told.indices.len());
    }
}
