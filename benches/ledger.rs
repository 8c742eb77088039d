//! How fast the ledger is, and how it grows: durable, strictly deduplicated appends with a receipt each.
//! Usage: `cargo bench --bench ledger [-- ENTRIES]`, from 10 000 by tens up to ENTRIES (100 000; 10000000 takes a quarter
//! of an hour). Beside it the disk's own pace, and SQLite on the same batches where there is `python3`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::Ticket;
use sigill::ledger::note::Seed;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use tempfile::tempdir_in;

/// Bytes in an entry: about what a commitment with its metadata takes.
const ENTRY_BYTES: usize = 100;

/// Entries in one raw append, as many as the ledger puts into one commit.
const BATCH: usize = 1_000;

/// Entries that each writer has on their way at once.
const AHEAD: usize = 1_000;

const WRITERS: usize = 3;

/// Entries of the comparisons, at most.
const COMPARED: usize = 1_000_000;

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
    let entries: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    // In target, not in /tmp, which may be memory.
    let dir = tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/target")).unwrap();
    println!("entries of {ENTRY_BYTES} bytes; {WRITERS} writers, {AHEAD} entries on their way each; {}", load());
    let path = dir.path().join("ledger");
    Ledger::create(&path, "bench.example/ledger", &Seed([1; 32]), &Options::default()).unwrap();
    let (mut size, mut peers, mut million) = (0, Peers::default(), None);
    for to in SIZES.into_iter().take_while(|size| *size <= entries) {
        println!("--- from {size} to {to} entries");
        peers.measure(dir.path(), size, to);
        let pace = grow(&path, size, to, &peers);
        if to == 1_000_000 {
            million = Some(pace);
        }
        if let Some(million) = million.filter(|_| to > 1_000_000) {
            println!("{:>58} {:.2} : 1", "this pace : pace up to a million", pace / million);
        }
        size = to;
    }
    println!("--- at {size} entries");
    repeat(&path, size.min(100_000));
    one_at_a_time(&path, dir.path(), size);
    if size <= 1_000_000 {
        let started = Instant::now();
        drop(Ledger::rebuild(&path, Options::default(), now).unwrap());
        println!("{:>58} {:.2?}", "rebuild from the journal", started.elapsed());
    }
}

/// Where the ledger is looked at: by tens, and where LEDGER.md 5.2 has figures of sled alone.
const SIZES: [usize; 5] = [10_000, 100_000, 1_000_000, 5_000_000, 10_000_000];

/// The others, in the same minutes: the disk's own pace, and SQLite grown from and to the same sizes, a million at most.
#[derive(Default)]
struct Peers {
    raw: Option<Measured>,
    sqlite: Option<Measured>,
}

impl Peers {
    fn measure(&mut self, dir: &Path, from: usize, to: usize) {
        let appends = (to - from).min(COMPARED);
        let raw = raw_appends(dir, appends, BATCH);
        print(&format!("{appends} raw appends + fdatasync, {BATCH} at a time"), &raw);
        self.raw = Some(raw);
        if to > COMPARED {
            return println!("{:>58}", "SQLite: its pace up to a million, as above");
        }
        match sqlite(dir, from, to) {
            Some(sqlite) => {
                print(&format!("SQLite (WAL, FULL), from {from} to {to}, {BATCH} at a time"), &sqlite);
                self.sqlite = Some(sqlite);
            }
            None => println!("SQLite: not measured, there is no python3 with sqlite3"),
        }
    }

    fn compare(&self, ledger: f64) {
        if let Some(raw) = &self.raw {
            println!("{:>58} {:.3} : 1", "ledger : raw", ledger / raw.pace());
        }
        if let Some(sqlite) = &self.sqlite {
            println!("{:>58} {:.2} : 1", "ledger : SQLite", ledger / sqlite.pace());
        }
    }
}

/// What was measured: how much, the whole time, and the single times in steps of a tenth of a millisecond.
struct Measured {
    entries: usize,
    whole: Duration,
    steps: Vec<u32>,
}

/// Longest time told apart, in tenths of a millisecond: ten seconds.
const STEPS: usize = 100_000;

impl Measured {
    fn new() -> Self {
        Self { entries: 0, whole: Duration::ZERO, steps: vec![0; STEPS] }
    }

    fn take(&mut self, entries: usize, time: Duration) {
        self.entries += entries;
        let step = usize::try_from(time.as_micros() / 100).unwrap_or(STEPS);
        self.steps[step.min(STEPS - 1)] += 1;
    }

    fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.whole += other.whole;
        self.steps.iter_mut().zip(other.steps).for_each(|(all, part)| *all += part);
    }

    fn pace(&self) -> f64 {
        u32::try_from(self.entries).map_or(0.0, f64::from) / self.whole.as_secs_f64()
    }

    fn longest(&self) -> f64 {
        let step = self.steps.iter().rposition(|count| *count > 0);
        u32::try_from(step.unwrap_or(0)).map_or(0.0, f64::from) / 10.0
    }

    fn at(&self, percent: u64) -> f64 {
        let all: u64 = self.steps.iter().map(|count| u64::from(*count)).sum();
        let mut before = 0;
        let step = self.steps.iter().position(|count| {
            before += u64::from(*count);
            before * 100 >= all * percent
        });
        u32::try_from(step.unwrap_or(STEPS)).map_or(0.0, f64::from) / 10.0
    }
}

fn print(what: &str, measured: &Measured) {
    let (pace, p50, p99, max) = (measured.pace(), measured.at(50), measured.at(99), measured.longest());
    println!("{what:>58} {pace:>9.0}/s   p50 {p50:>7.1} ms   p99 {p99:>7.1} ms   max {max:>7.1} ms");
}

/// Grows the ledger, and says what it takes at that size. Gives the pace.
fn grow(path: &Path, from: usize, to: usize, peers: &Peers) -> f64 {
    let ledger = Ledger::open(path, Options::default(), now).unwrap();
    let mut all = Measured::new();
    for from in (from..to).step_by(COMPARED) {
        let until = to.min(from + COMPARED);
        let some = ledger_appends(&ledger, from, until);
        if until < to {
            print(&format!("so far {until}; {} MB; {}", memory("VmRSS"), load()), &some);
        }
        all.add(some);
    }
    print(&format!("ledger, from {from} to {to}, time to receipt"), &all);
    peers.compare(all.pace());
    println!("{:>58} {} MB ({} MB at most so far)", "memory", memory("VmRSS"), memory("VmHWM"));
    let started = Instant::now();
    drop(ledger);
    println!("{:>58} {:.2?}", "close", started.elapsed());
    let started = Instant::now();
    let ledger = Ledger::open(path, Options::default(), now).unwrap();
    println!("{:>58} {:.2?}", "open", started.elapsed());
    if to.ilog10() > (to - 1).ilog10() {
        let started = Instant::now();
        assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
        println!("{:>58} {:.2?}", "check of everything", started.elapsed());
    }
    assert_eq!(ledger.size(), u64::try_from(to).unwrap());
    drop(ledger);
    let per_entry = |bytes: u64| bytes / u64::try_from(to).unwrap();
    let journal = per_entry(bytes_below(&path.join("journal")));
    let derived = per_entry(bytes_below(path)) - journal;
    println!("{:>58} journal {journal}, derived {derived}; {}", "bytes on disk per entry", load());
    all.pace()
}

/// The same entries again: each is found and none is stored.
fn repeat(path: &Path, entries: usize) {
    let ledger = Ledger::open(path, Options::default(), now).unwrap();
    let size = ledger.size();
    let again = ledger_appends(&ledger, 0, entries);
    print("ledger, the first entries again, time to receipt", &again);
    assert_eq!(ledger.size(), size, "strictly deduplicated");
}

/// Without company: what one entry costs that must be durable before the next one is handed in. The disk's own figure,
/// a write over zeros and its sync, is taken in turn, so that both have the same disk.
fn one_at_a_time(path: &Path, dir: &Path, first: usize) {
    let singles = 300;
    let steps = Steps::default();
    let ledger = Ledger::open(path, Options { hook: Some(steps.hook()), ..Options::default() }, now).unwrap();
    let (mut raw, mut ours) = (Measured::new(), Measured::new());
    let file = File::create(dir.join("raw")).unwrap();
    file.write_all_at(&vec![0; singles * ENTRY_BYTES], 0).unwrap();
    file.sync_all().unwrap();
    for number in first..first + singles {
        let started = Instant::now();
        file.write_all_at(&entry(number), u64::try_from((number - first) * ENTRY_BYTES).unwrap()).unwrap();
        file.sync_data().unwrap();
        raw.take(1, started.elapsed());
        raw.whole += started.elapsed();
        let started = Instant::now();
        steps.begin();
        ledger.append(entry(number)).unwrap();
        ours.take(1, started.elapsed());
        ours.whole += started.elapsed();
    }
    print("raw write + fdatasync, one at a time", &raw);
    print("ledger, one at a time, time to receipt", &ours);
    let waited = Options::default().batch_window.as_secs_f64() * 1e3;
    println!("{:>58} {:.2} ms", "that is: window", waited);
    println!("{:>58} {:.2} ms at p50", "the disk's one sync", raw.at(50));
    println!("{:>58} {:.2} ms at p50", "and everything else", ours.at(50) - raw.at(50) - waited);
    steps.print();
}

/// When each step of a commit was reached, counted from the one before.
#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Reached>>);

#[derive(Default)]
struct Reached {
    last: Option<Instant>,
    took: BTreeMap<Step, Vec<Duration>>,
}

impl Steps {
    fn begin(&self) {
        self.0.lock().unwrap().last = Some(Instant::now());
    }

    fn hook(&self) -> Hook {
        let steps = self.clone();
        Hook(Arc::new(move |step| {
            let mut reached = steps.0.lock().unwrap();
            let before = reached.last.replace(Instant::now());
            let took = before.map(|before| before.elapsed()).unwrap_or_default();
            reached.took.entry(step).or_default().push(took);
            Ok(())
        }))
    }

    /// The middle of each; the first holds the window too.
    fn print(&self) {
        let mut told = Vec::new();
        for (step, times) in &mut self.0.lock().unwrap().took {
            times.sort_unstable();
            let middle = times.get(times.len() / 2).copied().unwrap_or_default();
            told.push(format!("{step:?} {:.2}", middle.as_secs_f64() * 1e3));
        }
        println!("{:>58} {} ms at p50", "step by step", told.join(", "));
    }
}

fn raw_appends(dir: &Path, entries: usize, batch: usize) -> Measured {
    let mut file = File::create(dir.join("raw")).unwrap();
    let mut measured = Measured::new();
    let started = Instant::now();
    for first in (0..entries).step_by(batch) {
        let begun = Instant::now();
        let bytes: Vec<u8> = (first..first + batch).flat_map(entry).collect();
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
        measured.take(batch, begun.elapsed());
    }
    measured.whole = started.elapsed();
    measured
}

/// The same batches into SQLite; none where that cannot be had. Of the times only the middle, the 99th and the longest are told.
fn sqlite(dir: &Path, from: usize, to: usize) -> Option<Measured> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sqlite.py");
    let told =
        Command::new("python3").arg(script).arg(dir).args([from, to].map(|size| size.to_string())).output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let mut seconds = told.split_whitespace().map(|word| word.parse().map(Duration::from_secs_f64));
    let mut measured = Measured::new();
    measured.whole = seconds.next()?.ok()?;
    let mut next = || seconds.next()?.ok();
    let (middle, slow, longest) = (next()?, next()?, next()?);
    (0..980).for_each(|_| measured.take(0, middle));
    (0..15).for_each(|_| measured.take(0, slow));
    (0..5).for_each(|_| measured.take(0, longest));
    measured.entries = to - from;
    Some(measured)
}

/// Appends, and for each entry takes the time from handing it in to holding its receipt.
fn ledger_appends(ledger: &Ledger, from: usize, to: usize) -> Measured {
    let started = Instant::now();
    let mut measured = Measured::new();
    std::thread::scope(|scope| {
        let write = |writer: usize| {
            let mut measured = Measured::new();
            let mut tickets = VecDeque::new();
            for number in (from + writer..to).step_by(WRITERS) {
                if tickets.len() == AHEAD {
                    receipt(tickets.pop_front().unwrap(), &mut measured);
                }
                tickets.push_back((Instant::now(), ledger.submit(entry(number)).unwrap()));
            }
            tickets.into_iter().for_each(|ticket| receipt(ticket, &mut measured));
            measured
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        for writer in writers {
            measured.add(writer.join().unwrap());
        }
    });
    measured.whole = started.elapsed();
    measured
}

fn receipt((started, ticket): (Instant, Ticket), measured: &mut Measured) {
    let appended = ticket.wait().unwrap();
    std::hint::black_box(appended.receipt(None));
    measured.take(1, started.elapsed());
}

/// Megabytes of this process, as the system tells them.
fn memory(which: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// How busy the machine is with others.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", load.split(' ').next().unwrap_or("unknown"))
}

fn bytes_below(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => bytes_below(&entry.path()),
        metadata => metadata.len(),
    });
    sizes.sum()
}
