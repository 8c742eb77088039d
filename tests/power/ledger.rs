//! A ledger on a disk whose power is cut, round after round; and the same without fsync, which must fail.
//! What the writer told before the cut is compared with what is there after it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use sigill::ledger::hash;
use sigill::ledger::note::{Seed, SigningKey};
use sigill::ledger::options::Options;
use sigill::ledger::receipt::Receipt;
use sigill::ledger::{Appended, Ledger};

use crate::disk;
use crate::disk::Disk;

pub(crate) const ORIGIN: &str = "power.example.se/ledger";
pub(crate) const SEED: Seed = Seed([3; 32]);

/// Rounds in every test run; `POWER_ROUNDS` for more.
const ROUNDS: usize = 6;
/// Rounds on one disk: later ones cut into a ledger that has been cut before.
const ROUNDS_PER_DISK: usize = 12;
/// Rounds without fsync, at most: the first loss ends them, and comes with the first that was told of anything.
const ROUNDS_WITHOUT: usize = 12;

/// Makes every sync a word without meaning.
const NO_SYNC: &str = "
int fsync(int fd) { return 0; }
int fdatasync(int fd) { return 0; }
int sync_file_range(int fd, long long from, long long bytes, unsigned flags) { return 0; }
";

fn entry(number: u64) -> Vec<u8> {
    format!("entry {number} of those that are told about before the power goes").into_bytes()
}

/// Everything small, so that each round crosses segments, syncs and whatever else happens now and then.
pub(crate) fn options() -> Options {
    let batch_window = Duration::from_millis(1);
    Options { journal_segment_bytes: 20_000, batch_window, sync_commits: 3, volume_doublings: 8, ..Options::default() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tell(number: u64, appended: &Appended) {
    let key = SigningKey::new(ORIGIN, &SEED).unwrap();
    let receipt: Receipt = appended.receipt(None).parse().unwrap();
    let checkpoint = receipt.verify(key.verifier(), &hash::leaf(&entry(number))).unwrap();
    println!("told {number} {} {} {} .", appended.index, checkpoint.size, hex(&checkpoint.root));
}

/// Run by the tests below in a process of its own, until its power goes; as a test it has nothing to do.
#[test]
fn writer() {
    let Ok(order) = std::env::var("TEST_WRITER") else {
        return;
    };
    let (path, first) = order.rsplit_once(' ').unwrap();
    let first: u64 = first.parse().unwrap();
    let steps = std::env::var("TEST_ENTRIES").map_or(2_000, |entries| entries.parse().unwrap());
    let ledger = match Ledger::open(Path::new(path), options(), Timestamp::now) {
        Ok(ledger) => ledger,
        Err(error) => return println!("stopped: {error}"),
    };
    println!("opened {} {} .", ledger.size(), hex(&ledger.root()));
    thread::scope(|scope| {
        for writer in 0..4 {
            let ledger = &ledger;
            // Three that wait for each answer, and one that hands in forty entries at a time.
            let together = if writer == 3 { 40 } else { 1 };
            scope.spawn(move || {
                for start in (first + writer * 1_000_000..).step_by(together).take(steps / together) {
                    let numbers: Vec<u64> = (start..).take(together).collect();
                    let answers = match ledger.append_all(numbers.iter().copied().map(entry).collect()) {
                        Ok(answers) => answers,
                        Err(error) => return println!("stopped: {error}"),
                    };
                    numbers.iter().zip(&answers).for_each(|(number, appended)| tell(*number, appended));
                }
            });
        }
    });
}

/// What the writers of one disk were told, and told on.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) indices: BTreeMap<u64, u64>,
    roots: BTreeMap<u64, String>,
}

/// What is wrong after a cut.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    Lost(String),
    Unopenable(String),
    Forked(String),
}

#[derive(Default)]
struct Count {
    rounds: usize,
    told: usize,
    lost: usize,
    unopenable: usize,
    forked: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, told, lost, unopenable, forked } = self;
        write!(out, "{rounds} cuts, {told} entries told about before them: rounds with a loss {lost}, ")?;
        write!(out, "unopenable {unopenable}, forked {forked}")
    }
}

impl Told {
    fn root(&mut self, size: u64, root: &str) -> Result<(), Harm> {
        let known = self.roots.entry(size).or_insert_with(|| root.to_owned());
        if known == root { Ok(()) } else { Err(Harm::Forked(format!("two roots for size {size}"))) }
    }

    /// Takes in a line of the writer; half a line says nothing.
    fn hear(&mut self, line: &str) -> Result<bool, Harm> {
        // libtest prints the test's name without a line end before what the test prints.
        if let Some((_, opened)) = line.rsplit_once("opened ") {
            let [size, root, "."] = opened.split(' ').collect::<Vec<_>>()[..] else { return Ok(false) };
            self.root(size.parse().unwrap(), root)?;
        }
        let Some((_, told)) = line.rsplit_once("told ") else { return Ok(false) };
        let [number, index, size, root, "."] = told.split(' ').collect::<Vec<_>>()[..] else { return Ok(false) };
        let (number, index) = (number.parse().unwrap(), index.parse().unwrap());
        if *self.indices.entry(number).or_insert(index) != index {
            return Err(Harm::Forked(format!("two places for entry {number}")));
        }
        self.root(size.parse().unwrap(), root)?;
        Ok(true)
    }

    /// Takes in lines until so many entries were told about, or there are no more.
    pub(crate) fn hear_some(&mut self, lines: &mut impl Iterator<Item = String>, entries: usize) -> Result<(), Harm> {
        let mut heard = 0;
        while heard < entries {
            let Some(line) = lines.next() else { return Ok(()) };
            heard += usize::from(self.hear(&line)?);
        }
        Ok(())
    }

    /// Opens the ledger as the next start would, and compares.
    pub(crate) fn compare(&mut self, path: &Path) -> Result<(), Harm> {
        let ledger = Ledger::open(path, options(), Timestamp::now);
        let ledger = ledger.map_err(|error| Harm::Unopenable(error.to_string()))?;
        for (number, index) in &self.indices {
            match ledger.entry(*index) {
                Ok(found) if found == entry(*number) => {}
                Ok(_) => return Err(Harm::Forked(format!("another entry at {index}"))),
                Err(error) => return Err(Harm::Lost(error.to_string())),
            }
        }
        for (size, root) in &self.roots {
            match ledger.root_at(*size) {
                Ok(found) if hex(&found) == *root => {}
                Ok(_) => return Err(Harm::Forked(format!("size {size} has another root now"))),
                Err(error) => return Err(Harm::Lost(error.to_string())),
            }
        }
        let faults = ledger.check(&mut |_, _| {}).map_err(|error| Harm::Unopenable(error.to_string()))?;
        if !faults.is_empty() {
            return Err(Harm::Lost(format!("{faults:?}")));
        }
        self.root(ledger.size(), &hex(&ledger.root()))
    }
}

/// Starts a writer, cuts the power once so many entries were told about and `pause` later, and looks.
fn round(disk: &mut Disk, told: &mut Told, preload: Option<&Path>, after: usize, pause: Duration) -> Result<(), Harm> {
    let path = disk.path().join("ledger");
    let fuse = disk.fuse().unwrap();
    let first = u64::try_from(told.indices.len()).unwrap();
    let mut writer = Command::new(std::env::current_exe().unwrap());
    writer.args(["--exact", "ledger::writer", "--nocapture", "--test-threads=1"]);
    writer.env("TEST_WRITER", format!("{} {first}", path.display()));
    writer.envs(preload.map(|library| ("LD_PRELOAD", library)));
    let mut writer = writer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
    let before = told.hear_some(&mut lines, after);
    thread::sleep(pause);
    fuse.cut().unwrap();
    // What is in the pipe was told before its disk refused, and holds.
    let rest = told.hear_some(&mut lines, usize::MAX);
    writer.kill().unwrap();
    writer.wait().unwrap();
    disk.unmount().unwrap();
    disk.mount().unwrap();
    before.and(rest)?;
    told.compare(&path)
}

fn rounds(rounds: usize, preload: Option<&Path>) -> Count {
    let mut count = Count::default();
    while count.rounds < rounds && (preload.is_none() || count.lost + count.unopenable + count.forked == 0) {
        let mut disk = Disk::make(96).unwrap();
        disk.mount().unwrap();
        Ledger::create(&disk.path().join("ledger"), ORIGIN, &SEED, &options()).unwrap();
        let mut told = Told::default();
        for turn in 0..ROUNDS_PER_DISK.min(rounds - count.rounds) {
            // Spread over opening, the first commits and steady work, and over the steps of a commit.
            let after = [0, 1, 40, 150, 400, 7][turn % 6];
            let pause = Duration::from_micros(u64::try_from(count.rounds * 7919 % 9_000).unwrap());
            count.rounds += 1;
            let harm = round(&mut disk, &mut told, preload, after, pause).err();
            if let Some(harm) = harm {
                println!("round {}: {harm:?}", count.rounds);
                match harm {
                    Harm::Lost(_) => count.lost += 1,
                    Harm::Unopenable(_) => count.unopenable += 1,
                    Harm::Forked(_) => count.forked += 1,
                }
                break;
            }
        }
        count.told += told.indices.len();
    }
    count
}

pub(crate) fn asked() -> usize {
    std::env::var("POWER_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_goes() {
    if let Some(missing) = disk::missing() {
        return println!("NOT RUN: no power to cut on this machine ({missing})");
    }
    let count = rounds(asked(), None);
    println!("{count}");
    assert!(count.told > 100, "{count}");
    assert_eq!((count.lost, count.unopenable, count.forked), (0, 0, 0), "{count}");
}

#[test]
fn without_fsync_the_same_rounds_lose() {
    if let Some(missing) = disk::missing() {
        return println!("NOT RUN: no power to cut on this machine ({missing})");
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = no_sync(directory.path()) else { return };
    let count = rounds(ROUNDS_WITHOUT, Some(&library));
    println!("without fsync: {count}");
    assert!(count.lost + count.unopenable + count.forked > 0, "cuts that harm nothing prove nothing: {count}");
}

/// The library that takes fsync away; none, and a line of output, where there is no compiler.
pub(crate) fn no_sync(directory: &Path) -> Option<PathBuf> {
    disk::library(directory, "no_sync", NO_SYNC)
        .map_err(|missing| println!("NOT RUN: nothing to take fsync away with ({missing})"))
        .ok()
}

#[test]
fn what_a_failed_sync_left_is_durable_once_the_ledger_was_opened_over_it() {
    if let Some(missing) = disk::missing() {
        return println!("NOT RUN: no power to cut on this machine ({missing})");
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(faults) = crate::faults::library(directory.path()) else { return };
    let mut disk = Disk::make(96).unwrap();
    disk.mount().unwrap();
    let path = disk.path().join("ledger");
    Ledger::create(&path, ORIGIN, &SEED, &options()).unwrap();
    let mut told = Told::default();
    let mut open = |entries: &str, fault: &str| {
        let mut writer = Command::new(std::env::current_exe().unwrap());
        writer.args(["--exact", "ledger::writer", "--nocapture", "--test-threads=1"]);
        writer.env("TEST_WRITER", format!("{} 0", path.display())).env("TEST_ENTRIES", entries);
        let output = writer.env("LD_PRELOAD", &faults).env("FAULT", fault).stderr(Stdio::null()).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        told.hear_some(&mut output.lines().map(str::to_owned), usize::MAX).unwrap();
    };
    open("40", "sync /journal/ 9 5 once");
    // The record is in the system's memory, and the system takes it for written: what is signed over it must be safe.
    open("0", "");
    let (newest, known) = (*told.roots.keys().max().unwrap(), told.indices.len());
    assert!(newest > u64::try_from(known).unwrap(), "the commit whose sync failed is completed");
    disk.fuse().unwrap().cut().unwrap();
    disk.unmount().unwrap();
    disk.mount().unwrap();
    assert_eq!(told.compare(&path), Ok(()));
}
