//! How fast the ledger is: durable, strictly deduplicated appends with a receipt each, beside the disk's own pace.
//! Usage: `cargo bench --bench ledger [-- ENTRIES]`. Everything is synced; nothing is left to the page cache.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::note::Seed;
use sigill::ledger::options::Options;
use tempfile::tempdir_in;

/// Bytes in an entry: about what a commitment with its metadata takes.
const ENTRY_BYTES: usize = 100;

/// Entries in one raw append, as many as the ledger puts into one commit.
const BATCH: usize = 1_000;

/// Entries that each writer has on their way at once.
const AHEAD: usize = 1_000;

const WRITERS: usize = 3;

fn entry(number: usize) -> Vec<u8> {
    let mut bytes = vec![0x5a; ENTRY_BYTES];
    bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    bytes
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn main() {
    // `cargo bench` hands on `--bench`; the first number is ours.
    let entries = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    // In target, not in /tmp, which may be memory.
    let dir = tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/target")).unwrap();
    println!("{entries} entries of {ENTRY_BYTES} bytes; {WRITERS} writers, {AHEAD} entries on their way each");

    let raw = raw_appends(dir.path(), entries, BATCH);
    print("raw append + fdatasync, 1000 at a time", entries, raw.0, raw.1);

    let path = dir.path().join("ledger");
    Ledger::create(&path, "bench.example/ledger", &Seed([1; 32]), &Options::default()).unwrap();
    let ledger = Ledger::open(&path, Options::default(), now).unwrap();
    let many = ledger_appends(&ledger, entries);
    print("ledger, new entries, time to receipt", entries, many.0, many.1);
    println!("{:>58} 1 : {:.1}", "ratio to raw", many.0.as_secs_f64() / raw.0.as_secs_f64());

    let again = ledger_appends(&ledger, entries);
    print("ledger, the same entries again, time to receipt", entries, again.0, again.1);
    assert_eq!(ledger.size(), u64::try_from(entries).unwrap(), "strictly deduplicated");

    one_at_a_time(&ledger, dir.path(), entries);
    drop(ledger);
    upkeep(&path, entries);
}

/// Without company: what one entry costs that must be durable before the next one is handed in.
fn one_at_a_time(ledger: &Ledger, dir: &Path, first: usize) {
    let singles = 200;
    let raw = raw_appends(dir, singles, 1);
    print("raw append + fdatasync, one at a time", singles, raw.0, raw.1);
    let started = Instant::now();
    let times = (first..first + singles).map(|number| {
        let started = Instant::now();
        ledger.append(entry(number)).unwrap();
        started.elapsed()
    });
    let times = times.collect();
    print("ledger, one at a time, time to receipt", singles, started.elapsed(), times);
}

/// What opening, checking and rebuilding take, and what is on disk.
fn upkeep(path: &Path, entries: usize) {
    let started = Instant::now();
    let ledger = Ledger::open(path, Options::default(), now).unwrap();
    println!("{:>58} {:.2?}", "open", started.elapsed());
    let started = Instant::now();
    assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
    println!("{:>58} {:.2?}", "check of everything", started.elapsed());
    drop(ledger);
    let started = Instant::now();
    drop(Ledger::rebuild(path, Options::default(), now).unwrap());
    println!("{:>58} {:.2?}", "rebuild from the journal", started.elapsed());
    let per_entry = |part| bytes_below(&path.join(part)) / u64::try_from(entries).unwrap();
    let (journal, store) = (per_entry("journal"), per_entry("store"));
    println!("{:>58} journal {journal}, database {store}", "bytes on disk per entry");
}

/// The whole time, and the time of each append.
fn raw_appends(dir: &Path, entries: usize, batch: usize) -> (Duration, Vec<Duration>) {
    let mut file = File::create(dir.join("raw")).unwrap();
    let started = Instant::now();
    let mut times = Vec::new();
    for first in (0..entries).step_by(batch) {
        let begun = Instant::now();
        let bytes: Vec<u8> = (first..first + batch).flat_map(entry).collect();
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
        times.push(begun.elapsed());
    }
    (started.elapsed(), times)
}

/// The whole time, and for each entry the time from handing it in to holding its receipt.
fn ledger_appends(ledger: &Ledger, entries: usize) -> (Duration, Vec<Duration>) {
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || {
                    let numbers: Vec<usize> = (writer..entries).step_by(WRITERS).collect();
                    let mut times = Vec::new();
                    let mut tickets = std::collections::VecDeque::new();
                    for number in numbers {
                        if tickets.len() == AHEAD {
                            times.push(receipt(tickets.pop_front().unwrap()));
                        }
                        tickets.push_back((Instant::now(), ledger.submit(entry(number)).unwrap()));
                    }
                    times.extend(tickets.into_iter().map(receipt));
                    times
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    (started.elapsed(), times)
}

fn receipt((started, ticket): (Instant, sigill::ledger::Ticket)) -> Duration {
    let appended = ticket.wait().unwrap();
    std::hint::black_box(appended.receipt(None));
    started.elapsed()
}

fn print(what: &str, entries: usize, whole: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let pace = u32::try_from(entries).map_or(0.0, f64::from) / whole.as_secs_f64();
    println!("{what:>58} {pace:>9.0}/s   p50 {:>9.2?}   p99 {:>9.2?}", at(50), at(99));
}

fn bytes_below(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => bytes_below(&entry.path()),
        metadata => metadata.len(),
    });
    sizes.sum()
}
