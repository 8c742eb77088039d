//! A whole archive on a disk whose power is cut: documents, what came beside them, records, catalogue and ledger.
//! What `sigill ingest` had acknowledged before the cut is there after it, whole, where it was said to be.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::by_hand::{call, sigill};
use crate::disk::{self, Disk};
use crate::ledger::{asked, no_sync};

/// Files in one round's folder; more than are ingested before the cut.
const FILES: usize = 60;
/// Rounds on one disk: later ones cut into an archive that has been cut before.
const ROUNDS_PER_DISK: usize = 10;
/// Lines read before the cut, round by round: none, the first, and steady work.
const AFTER: [usize; 5] = [1, 0, 7, 25, 45];

/// Evidence that is kept with every document.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/minutes/evidence");

/// What was acknowledged: record and entry, by file.
type Acknowledged = BTreeMap<String, (String, u64)>;

fn folder(path: &Path, round: usize) {
    fs::create_dir_all(path).unwrap();
    for number in 0..FILES {
        let text = format!("Protokoll\nKommunstyrelsen\n\nOmgång {round}, handling {number}.\n§ 1 Mötet öppnas\n");
        fs::write(path.join(format!("{number:03}.txt")), text).unwrap();
    }
}

/// Takes in a line of the answer: acknowledged, so that it must stay what and where it is.
fn hear(line: &str, told: &mut Acknowledged) -> Result<(), String> {
    let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    // Once its disk is gone it says so of every file that is left.
    let (Some(record), Some(entry)) = (line["record"].as_str(), line["entry"].as_u64()) else { return Ok(()) };
    let place = (record.to_owned(), entry);
    let file = line["file"].as_str().unwrap_or_default().to_owned();
    match told.insert(file, place.clone()) {
        Some(before) if before != place => Err(format!("{line} was {before:?} before")),
        Some(_) | None => Ok(()),
    }
}

/// Ingests a folder until the power goes, and gives what is wrong after it.
fn round(disk: &mut Disk, home: &Path, told: &mut Acknowledged, after: usize, how: &How<'_>) -> Result<(), String> {
    let fuse = disk.fuse()?;
    let house = disk.path().join("house");
    let house = house.to_str().unwrap();
    let mut command = sigill(home);
    command.envs(how.preload.map(|library| ("LD_PRELOAD", library)));
    command.args(["--data", house, "--json", "ingest", how.folder, "--evidence", BESIDE]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let heard = lines.by_ref().take(after).try_for_each(|line| hear(&line, told));
    thread::sleep(how.pause);
    let cut = fuse.cut();
    // What is in the pipe was said before its disk refused, and holds.
    let rest = lines.try_for_each(|line| hear(&line, told));
    child.wait().unwrap();
    cut?;
    disk.unmount()?;
    disk.mount()?;
    heard.and(rest)?;
    compare(home, house, told)
}

struct How<'a> {
    folder: &'a str,
    pause: Duration,
    preload: Option<&'a Path>,
}

/// The archive is sound, by its own check; and each file that was acknowledged is known, as the record that it became.
fn compare(home: &Path, house: &str, told: &mut Acknowledged) -> Result<(), String> {
    let check = call(home, &["--data", house, "--lang", "en", "check"]);
    if check.status != Some(0) {
        return Err(format!("check: {}{}", check.stdout, check.stderr));
    }
    let folders: Vec<String> = told.keys().filter_map(|file| Some(file.split_once('/')?.0.to_owned())).collect();
    let Some(last) = folders.last() else { return Ok(()) };
    let known: Vec<String> = told.keys().filter(|file| file.starts_with(last.as_str())).cloned().collect();
    let again = call(home, &["--data", house, "--json", "ingest", last, "--evidence", BESIDE]);
    if again.status != Some(0) {
        return Err(format!("ingest again: {}{}", again.stdout, again.stderr));
    }
    for line in again.stdout.lines() {
        hear(line, told)?;
        let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if known.iter().any(|file| line["file"] == file.as_str()) && line["outcome"] != "known" {
            return Err(format!("acknowledged, and unknown after the cut: {line}"));
        }
    }
    Ok(())
}

/// Cuts so many times, or until something is wrong; gives that, and what was acknowledged in all.
fn rounds(rounds: usize, preload: Option<&Path>) -> (usize, usize, Option<String>) {
    let (mut done, mut acknowledged) = (0, 0);
    while done < rounds {
        let home = tempfile::tempdir().unwrap();
        let mut disk = Disk::make(192).unwrap();
        disk.mount().unwrap();
        let house = disk.path().join("house");
        let made = call(home.path(), &["init", "--data", house.to_str().unwrap(), "--origin", "power.example/log"]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
        let mut told = Acknowledged::new();
        for turn in 0..ROUNDS_PER_DISK.min(rounds - done) {
            let name = format!("round-{turn}");
            folder(&home.path().join(&name), turn);
            let pause = Duration::from_micros(u64::try_from(done * 7919 % 20_000).unwrap());
            let how = How { folder: &name, pause, preload };
            done += 1;
            let harm = round(&mut disk, home.path(), &mut told, AFTER[turn % AFTER.len()], &how).err();
            if let Some(harm) = harm {
                return (done, acknowledged + told.len(), Some(harm));
            }
        }
        acknowledged += told.len();
    }
    (done, acknowledged, None)
}

#[test]
fn nothing_of_an_archive_that_was_acknowledged_is_lost_when_the_power_goes() {
    if let Some(missing) = disk::missing() {
        return println!("NOT RUN: no power to cut on this machine ({missing})");
    }
    let (done, acknowledged, harm) = rounds(asked().div_ceil(2), None);
    println!("{done} cuts, {acknowledged} documents acknowledged before them: {harm:?}");
    assert_eq!(harm, None);
    assert!(acknowledged > 50, "{acknowledged}");
}

#[test]
fn without_fsync_the_same_archive_loses() {
    if let Some(missing) = disk::missing() {
        return println!("NOT RUN: no power to cut on this machine ({missing})");
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = no_sync(directory.path()) else { return };
    let (done, acknowledged, harm) = rounds(ROUNDS_PER_DISK, Some(&library));
    println!("without fsync: {done} cuts, {acknowledged} documents acknowledged before them: {harm:?}");
    assert!(harm.is_some(), "cuts that harm nothing prove nothing");
}
