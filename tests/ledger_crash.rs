//! What becomes of a ledger when processes die, disks lie and copies are put back.
//! LEDGER.md 6.3 and 6.4: nothing acknowledged is lost, no size has two roots, and on doubt it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::Part;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::hash::Hash;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::receipt::Receipt;
use sigill::store::Batch;
use sigill::store::Direction;
use sigill::store::KeyRange;
use sigill::store::Space;
use sigill::store::Store;
use sigill::store::anchor;
use sigill::store::journal;
use sigill::store::sled::SledStore;
use tempfile::TempDir;
use tempfile::tempdir;

const ORIGIN: &str = "archive.example.se/ledger";
const SEED: Seed = Seed([7; 32]);
const SPACES: [Space; 4] = [Space("e"), Space("t"), Space("h"), Space("m")];

fn now() -> Timestamp {
    Timestamp::now()
}

fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

fn key() -> SigningKey {
    SigningKey::new(ORIGIN, &SEED).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Small segments, so that every test crosses some.
fn options() -> Options {
    Options {
        journal_segment_bytes: 500,
        batch_window: Duration::ZERO,
        ..Options::default()
    }
}

/// A ledger on disk, closed unless a test has it open.
struct House {
    dir: TempDir,
}

impl House {
    fn empty() -> Self {
        let dir = tempdir().unwrap();
        Ledger::create(&dir.path().join("l"), ORIGIN, &SEED, &options()).unwrap();
        Self { dir }
    }

    /// With entries 0 to `size`, in several commits.
    fn of(size: u64) -> Self {
        let house = Self::empty();
        let ledger = house.open();
        house.grow(&ledger, size);
        house
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("l")
    }

    fn part(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn open(&self) -> Ledger {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<Ledger, Error> {
        Ledger::open(&self.path(), options(), now)
    }

    fn grow(&self, ledger: &Ledger, size: u64) {
        while ledger.size() < size {
            let until = size.min(ledger.size() + 50);
            ledger
                .append_all((ledger.size()..until).map(entry).collect())
                .unwrap();
        }
    }

    /// A copy of a part, to be put back later.
    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.dir.path().join(format!("copy of {name}"));
        copy_all(&self.part(name), &copy);
        copy
    }

    fn put_back(&self, name: &str) {
        let part = self.part(name);
        if part.is_dir() {
            fs::remove_dir_all(&part).unwrap();
        }
        copy_all(&self.dir.path().join(format!("copy of {name}")), &part);
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(self.part("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort_unstable();
        paths
    }
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

/// Everything that 0 to `size` were appended for is there, and nothing is wrong.
fn holds(ledger: &Ledger, size: u64) {
    assert_eq!(ledger.size(), size);
    let leaves: Vec<Hash> = (0..size).map(|number| hash::leaf(&entry(number))).collect();
    assert_eq!(ledger.root(), hash::root(&leaves));
    let kept: Vec<_> = ledger
        .entries(0..size)
        .map(|entry| entry.unwrap().1)
        .collect();
    assert_eq!(kept, (0..size).map(entry).collect::<Vec<_>>());
    assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
}

// ---- Faults that opening repairs ----

#[test]
fn a_clean_stop_needs_no_repair() {
    let house = House::of(300);
    assert!(house.segments().len() > 2);
    let ledger = house.open();
    assert_eq!(ledger.recovery().notes, Vec::<String>::new());
    assert_eq!(
        (ledger.recovery().replayed, ledger.recovery().rebuilt),
        (0, false)
    );
    holds(&ledger, 300);
}

/// What is done to a closed ledger of 300 entries.
type Damage = fn(&House);

const REPAIRED: &[(&str, Damage, &str)] = &[
    (
        "a torn last append",
        |house| append_to_journal(house, b"JREC\0\0\0"),
        "cut off the journal",
    ),
    (
        "zeros after the last append",
        |house| append_to_journal(house, &[0; 700]),
        "cut off the journal",
    ),
    (
        "a bit of the anchor's older slot",
        |house| flip(&house.part("head.anchor"), 30),
        "anchor's two slots",
    ),
    (
        "a bit of the anchor's newer slot",
        |house| flip(&house.part("head.anchor"), 4126),
        "anchor's two slots",
    ),
    (
        "the database deleted",
        |house| fs::remove_dir_all(house.part("store")).unwrap(),
        "could not be opened",
    ),
    ("an empty database in its place", empty_database, ""),
    (
        "the database's file cut to nothing",
        |house| fs::write(house.part("store/db"), b"").unwrap(),
        "",
    ),
    (
        "the database's file overwritten",
        |house| scribble(&house.part("store/db")),
        "",
    ),
    (
        "the database's file gone",
        |house| fs::remove_file(house.part("store/db")).unwrap(),
        "could not be opened",
    ),
    (
        "the database's settings gone",
        |house| fs::remove_file(house.part("store/conf")).unwrap(),
        "could not be opened",
    ),
    (
        "the published checkpoint deleted",
        |house| fs::remove_file(house.part("checkpoint")).unwrap(),
        "published now",
    ),
    (
        "a bit of the published checkpoint",
        |house| flip(&house.part("checkpoint"), 3),
        "checkpoint was damaged",
    ),
    (
        "the published checkpoint emptied",
        |house| fs::write(house.part("checkpoint"), b"").unwrap(),
        "was damaged",
    ),
];

fn append_to_journal(house: &House, bytes: &[u8]) {
    let last = house.segments().pop().unwrap();
    OpenOptions::new()
        .append(true)
        .open(last)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

fn empty_database(house: &House) {
    fs::remove_dir_all(house.part("store")).unwrap();
    drop(SledStore::create(&house.part("store"), &SPACES, 1 << 20).unwrap());
}

fn scribble(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    (0..length).step_by(97).for_each(|at| flip(path, at));
}

#[test]
fn what_the_journal_can_replace_is_repaired_at_opening_and_said() {
    for (what, damage, said) in REPAIRED {
        println!("{what}");
        let house = House::of(300);
        damage(&house);
        let ledger = house.open();
        let notes = ledger.recovery().notes.join("; ");
        assert!(notes.contains(said), "{what}: {notes:?}");
        assert!(
            !notes.is_empty() || ledger.recovery().replayed > 0,
            "{what} went unnoticed"
        );
        holds(&ledger, 300);
        house.grow(&ledger, 320);
        drop(ledger);
        let ledger = house.open();
        assert_eq!(
            ledger.recovery().notes,
            Vec::<String>::new(),
            "{what}: once repaired, it stays so"
        );
        holds(&ledger, 320);
    }
}

#[test]
fn an_older_database_is_brought_forward() {
    let house = House::of(100);
    house.copy("store");
    house.grow(&house.open(), 300);
    house.put_back("store");
    let ledger = house.open();
    assert!(ledger.recovery().replayed > 0);
    assert!(!ledger.recovery().rebuilt);
    holds(&ledger, 300);
}

#[test]
fn an_older_anchor_alone_is_brought_forward() {
    let house = House::of(100);
    house.copy("head.anchor");
    house.grow(&house.open(), 300);
    house.put_back("head.anchor");
    holds(&house.open(), 300);
}

#[test]
fn a_database_ahead_of_the_journal_is_set_aside() {
    let house = House::of(100);
    for part in ["journal", "head.anchor"] {
        house.copy(part);
    }
    house.grow(&house.open(), 300);
    for part in ["journal", "head.anchor"] {
        house.put_back(part);
    }
    // Without this the published checkpoint would give the older copy away; see below.
    fs::remove_file(house.part("checkpoint")).unwrap();
    let ledger = house.open();
    assert!(ledger.recovery().rebuilt);
    assert!(house.part("store.aside-1").is_dir(), "it is kept");
    holds(&ledger, 100);
}

#[test]
fn another_ledgers_database_is_set_aside() {
    let house = House::of(300);
    let other = House::empty();
    let ledger = other.open();
    (0..300).for_each(|number| drop(ledger.append(entry(number + 1)).unwrap()));
    drop(ledger);
    fs::remove_dir_all(house.part("store")).unwrap();
    copy_all(&other.part("store"), &house.part("store"));
    let ledger = house.open();
    assert!(ledger.recovery().rebuilt);
    holds(&ledger, 300);
}

#[test]
fn rebuilding_gives_the_same_ledger() {
    let house = House::of(300);
    let before = house.open().checkpoint();
    let ledger = Ledger::rebuild(&house.path(), options(), now).unwrap();
    assert_eq!(
        ledger.checkpoint(),
        before,
        "to the last bit of its signature"
    );
    assert!(ledger.recovery().replayed > 0);
    assert!(
        !house.part("store.aside-1").exists(),
        "the old rows are gone once the new ones are there"
    );
    holds(&ledger, 300);
}

// ---- Faults that opening refuses ----

#[test]
fn a_journal_put_back_from_an_older_copy_is_refused() {
    let house = House::of(100);
    house.copy("journal");
    house.grow(&house.open(), 300);
    house.put_back("journal");
    let before = fs::read(house.part("checkpoint")).unwrap();
    assert!(
        matches!(house.try_open(), Err(Error::RolledBack { anchor, journal }) if journal < anchor)
    );
    assert_eq!(
        fs::read(house.part("checkpoint")).unwrap(),
        before,
        "nothing was signed"
    );
}

#[test]
fn a_journal_cut_anywhere_before_the_anchor_is_refused() {
    let house = House::of(100);
    house.copy("journal");
    let last = house.segments().pop().unwrap();
    let bytes = fs::read(&last).unwrap();
    for length in (0..bytes.len()).step_by(13) {
        fs::write(&last, &bytes[..length]).unwrap();
        let refused = house.try_open().unwrap_err();
        let told = matches!(
            refused,
            Error::RolledBack { .. } | Error::Journal(journal::Error::Damaged { .. })
        );
        assert!(told, "cut to {length}: {refused}");
        assert_eq!(
            fs::read(&last).unwrap().len(),
            length,
            "nothing was repaired away"
        );
    }
    house.put_back("journal");
    holds(&house.open(), 100);
}

#[test]
fn a_segment_that_is_gone_is_refused() {
    let house = House::of(300);
    house.copy("journal");
    for segment in house.segments() {
        fs::remove_file(&segment).unwrap();
        assert!(house.try_open().is_err(), "without {}", segment.display());
        house.put_back("journal");
    }
    holds(&house.open(), 300);
}

#[test]
fn a_flipped_bit_anywhere_in_the_journal_is_refused() {
    let house = House::of(100);
    for segment in house.segments() {
        for at in (0..fs::metadata(&segment).unwrap().len()).step_by(7) {
            flip(&segment, at);
            assert!(
                house.try_open().is_err(),
                "byte {at} of {}",
                segment.display()
            );
            flip(&segment, at);
        }
    }
    holds(&house.open(), 100);
}

#[test]
fn everything_put_back_but_the_published_checkpoint_is_refused() {
    let house = House::of(100);
    let parts = ["journal", "head.anchor", "store"];
    parts.iter().for_each(|part| drop(house.copy(part)));
    house.grow(&house.open(), 300);
    parts.iter().for_each(|part| house.put_back(part));
    assert!(matches!(
        house.try_open(),
        Err(Error::AnchorRolledBack {
            published: 300,
            anchor: 100
        })
    ));
}

#[test]
fn an_anchor_on_another_disk_tells_a_directory_put_back() {
    let disks = [tempdir().unwrap(), tempdir().unwrap()];
    let [here, there] = [disks[0].path().join("l"), disks[1].path().join("anchor")];
    let options = Options {
        anchor: Some(there),
        ..options()
    };
    Ledger::create(&here, ORIGIN, &SEED, &options).unwrap();
    let grow = || {
        Ledger::open(&here, options.clone(), now)
            .unwrap()
            .append(now().to_string().into_bytes())
            .unwrap()
    };
    grow();
    copy_all(&here, &disks[0].path().join("copy"));
    grow();
    fs::remove_dir_all(&here).unwrap();
    copy_all(&disks[0].path().join("copy"), &here);
    assert!(matches!(
        Ledger::open(&here, options, now),
        Err(Error::RolledBack { .. })
    ));
}

#[test]
fn another_root_signed_for_a_size_is_a_fork_and_refused() {
    let house = House::of(100);
    for size in [50, 100] {
        let note = Checkpoint::new(ORIGIN, size, EMPTY_ROOT)
            .sign(&key())
            .unwrap();
        fs::write(house.part("checkpoint"), note).unwrap();
        assert!(matches!(house.try_open(), Err(Error::Forked { size: at, .. }) if at == size));
    }
}

#[test]
fn what_nothing_can_replace_is_missed() {
    for part in ["key", "lock", "head.anchor", "journal"] {
        let house = House::of(10);
        let path = house.part(part);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
        let refused = house.try_open().unwrap_err();
        let told = matches!(
            refused,
            Error::Missing(_)
                | Error::Anchor(anchor::Error::Missing(_))
                | Error::Journal(journal::Error::Missing(_))
        );
        assert!(told, "{part}: {refused}");
        assert!(!house.part(part).exists(), "and not made anew");
    }
    let house = House::of(10);
    let other = SigningKey::new(ORIGIN, &Seed([8; 32])).unwrap();
    fs::write(house.part("key"), other.to_private()).unwrap();
    assert!(
        matches!(house.try_open(), Err(Error::Damaged(_))),
        "another key"
    );
    let house = House::of(10);
    for at in [30, 4126] {
        flip(&house.part("head.anchor"), at);
    }
    assert!(
        matches!(
            house.try_open(),
            Err(Error::Anchor(anchor::Error::Unreadable))
        ),
        "both slots"
    );
}

#[test]
fn creating_refuses_where_any_part_is_left() {
    for part in [
        "key",
        "lock",
        "journal",
        "store",
        "checkpoint",
        "head.anchor",
    ] {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join(part), b"left").unwrap();
        let refused = Ledger::create(dir.path(), ORIGIN, &SEED, &options());
        assert!(matches!(refused, Err(Error::Exists(_))), "{part}");
        assert_eq!(fs::read(dir.path().join(part)).unwrap(), b"left");
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing was created beside it"
        );
    }
    let house = House::of(10);
    assert!(matches!(
        Ledger::create(&house.path(), ORIGIN, &SEED, &options()),
        Err(Error::Exists(_))
    ));
    holds(&house.open(), 10);
}

// ---- Faults that a check finds while the ledger is open ----

#[test]
fn a_check_finds_a_flipped_bit_in_every_file() {
    let house = House::of(100);
    let ledger = house.open();
    let segment = house.segments().swap_remove(1);
    for (part, path, at) in [
        (Part::Journal, segment, 150),
        (Part::Anchor, house.part("head.anchor"), 10),
        (Part::Anchor, house.part("head.anchor"), 8000),
        (Part::Checkpoint, house.part("checkpoint"), 30),
        (Part::Checkpoint, house.part("checkpoint"), 120),
    ] {
        flip(&path, at);
        let faults = ledger.check(&mut |_, _| {}).unwrap();
        assert!(
            faults.iter().any(|fault| fault.part == part),
            "{part:?} at {at}: {faults:?}"
        );
        flip(&path, at);
        assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
    }
}

#[test]
fn a_flipped_bit_in_any_row_of_the_database_is_found_by_opening_or_by_a_check() {
    let house = House::of(300);
    let rows = {
        let store = SledStore::open(&house.part("store"), &SPACES, 1 << 20).unwrap();
        let rows = |space| {
            store
                .scan(space, &KeyRange::all(), 1000, Direction::Ascending)
                .unwrap()
        };
        SPACES.map(|space| (space, rows(space)))
    };
    house.copy("store");
    let mut tried = 0;
    for (space, rows) in rows {
        // Of the 300 index rows some stand for all; of the others each is tried.
        let every = if space == Space("h") { 60 } else { 1 };
        for (key, value) in rows.into_iter().step_by(every) {
            for at in [0, value.len() / 2, value.len() - 1] {
                let mut flipped = value.clone();
                flipped[at] ^= 1;
                let mut batch = Batch::new();
                batch.put(space, key.clone(), flipped);
                let store = SledStore::open(&house.part("store"), &SPACES, 1 << 20).unwrap();
                let _applied = store.apply(&batch, None).unwrap();
                store.sync().unwrap();
                drop(store);
                let ledger = house.open();
                let faults = ledger.check(&mut |_, _| {}).unwrap();
                let found =
                    faults.iter().all(|fault| fault.part == Part::Store) && !faults.is_empty();
                assert!(
                    found || ledger.recovery().rebuilt,
                    "{space:?} {} byte {at}",
                    hex(&key)
                );
                drop(ledger);
                let rebuilt = Ledger::rebuild(&house.path(), options(), now).unwrap();
                assert_eq!(
                    rebuilt.check(&mut |_, _| {}).unwrap(),
                    [],
                    "rebuilding heals it"
                );
                drop(rebuilt);
                house.put_back("store");
                tried += 1;
            }
        }
    }
    println!("{tried} bits flipped");
}

#[test]
fn a_check_finds_rows_that_belong_to_no_entry() {
    let house = House::of(100);
    house.copy("store");
    let surplus = [
        (Space("h"), vec![9; 32], 7_u64.to_be_bytes().to_vec()),
        (
            Space("e"),
            [&99_u64.to_be_bytes()[..], &[0, 0]].concat(),
            b"\0\0".to_vec(),
        ),
        (Space("t"), [&[4][..], &[0; 10]].concat(), vec![0; 32]),
    ];
    for (space, key, value) in surplus {
        let store = SledStore::open(&house.part("store"), &SPACES, 1 << 20).unwrap();
        let mut batch = Batch::new();
        batch.put(space, key, value);
        let _applied = store.apply(&batch, None).unwrap();
        store.sync().unwrap();
        drop(store);
        let faults = house.open().check(&mut |_, _| {}).unwrap();
        assert_eq!(
            faults.iter().map(|fault| fault.part).collect::<Vec<_>>(),
            [Part::Store],
            "{space:?}"
        );
        house.put_back("store");
    }
}

#[test]
fn a_check_may_run_while_the_ledger_grows() {
    let house = House::of(100);
    let ledger = house.open();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| house.grow(&ledger, 1000));
        while !writer.is_finished() {
            assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
        }
    });
    holds(&ledger, 1000);
}

// ---- Processes ----

/// What the child prints for every acknowledged entry: number, index, size and root of the checkpoint it was given.
#[derive(Debug)]
struct Acknowledged {
    number: u64,
    index: u64,
    size: u64,
    root: String,
}

/// Run by the tests below in a process of its own; as a test of this process it has nothing to do.
#[test]
fn child() {
    let Ok(order) = std::env::var("SIGILL_TEST_CHILD") else {
        return;
    };
    let mut words = order.split(' ');
    let mut word = || words.next().unwrap();
    let (path, first, step, nth) = (
        word(),
        word().parse::<u64>().unwrap(),
        word(),
        word().parse::<u32>().unwrap(),
    );
    let seen = AtomicU32::new(0);
    let step = step.to_owned();
    let hook = Hook(Arc::new(move |at| {
        if format!("{at:?}") == step && seen.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            std::process::abort();
        }
        Ok(())
    }));
    let options = Options {
        hook: Some(hook),
        sync_commits: 2,
        ..options()
    };
    let ledger = match Ledger::open(Path::new(path), options, now) {
        Ok(ledger) => ledger,
        Err(error) => {
            println!("refused {error}");
            return;
        }
    };
    println!("opened");
    // Three writers, so that commits hold one to three entries.
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in (first + writer..first + 3000).step_by(3) {
                    let appended = ledger.append(entry(number)).unwrap();
                    let receipt: Receipt = appended.receipt(None).parse().unwrap();
                    let checkpoint = receipt
                        .verify(key().verifier(), &hash::leaf(&entry(number)))
                        .unwrap();
                    println!(
                        "ack {number} {} {} {}",
                        appended.index,
                        checkpoint.size,
                        hex(&checkpoint.root)
                    );
                }
            });
        }
    });
}

/// Runs a child on this ledger until it dies, or until `kill` says so, and gives what it printed.
fn run_child(
    house: &House,
    first: u64,
    step: &str,
    nth: u32,
    kill: Option<usize>,
) -> (Vec<Acknowledged>, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(
            "SIGILL_TEST_CHILD",
            format!("{} {first} {step} {nth}", house.path().display()),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let mut rest = String::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        // libtest prints the test's name without a line end before what the test prints.
        let words: Vec<&str> = line.split(' ').collect();
        if let [.., "ack", number, index, size, root] = words[..]
            && root.len() == 64
        {
            let [number, index, size] = [number, index, size].map(|word| word.parse().unwrap());
            acknowledged.push(Acknowledged {
                number,
                index,
                size,
                root: root.to_owned(),
            });
        } else {
            rest.push_str(&line);
        }
        if kill == Some(acknowledged.len()) {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (acknowledged, rest)
}

/// Everything that was ever told about one ledger.
#[derive(Default)]
struct Told {
    roots: BTreeMap<u64, String>,
    indices: BTreeMap<u64, u64>,
}

impl Told {
    fn root(&mut self, size: u64, root: &str) {
        let known = self.roots.entry(size).or_insert_with(|| root.to_owned());
        assert_eq!(known, root, "two roots for size {size}");
    }

    /// What the child told, what it published, and what the ledger says when it is opened again.
    fn hear(&mut self, house: &House, acknowledged: &[Acknowledged]) {
        for told in acknowledged {
            self.root(told.size, &told.root);
            let known = self.indices.entry(told.number).or_insert(told.index);
            assert_eq!(*known, told.index, "two places for entry {}", told.number);
        }
        let published = fs::read_to_string(house.part("checkpoint")).unwrap();
        let published = Checkpoint::verify(&published, key().verifier()).unwrap();
        self.root(published.size, &hex(&published.root));

        let ledger = house.open();
        for (number, index) in &self.indices {
            assert_eq!(
                ledger.entry(*index).unwrap(),
                entry(*number),
                "acknowledged, then lost"
            );
        }
        for (size, root) in &self.roots {
            assert_eq!(
                hex(&ledger.root_at(*size).unwrap()),
                *root,
                "size {size} has another root now"
            );
        }
        assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
        let (size, root) = (ledger.size(), hex(&ledger.root()));
        self.root(size, &root);
    }
}

#[test]
fn a_crash_after_any_step_loses_nothing_acknowledged_and_signs_no_second_root() {
    let house = House::empty();
    let mut told = Told::default();
    let mut first = 0;
    for nth in [1, 2, 5] {
        for step in Step::ALL {
            let (acknowledged, rest) = run_child(&house, first, &format!("{step:?}"), nth, None);
            assert!(rest.contains("opened"), "{step:?}: {rest}");
            assert!(
                acknowledged.len() < 3000,
                "{step:?} {nth}: the child did not crash"
            );
            told.hear(&house, &acknowledged);
            // The same entries again: what was committed without an answer must come back as a duplicate.
            first += u64::try_from(acknowledged.len()).unwrap() / 2;
        }
    }
    println!(
        "{} entries acknowledged, {} sizes signed",
        told.indices.len(),
        told.roots.len()
    );
}

#[test]
fn kill_minus_nine_at_any_moment_loses_nothing_acknowledged_and_signs_no_second_root() {
    let house = House::empty();
    let mut told = Told::default();
    for round in 0..12 {
        let first = u64::try_from(told.indices.len()).unwrap() / 2;
        let (acknowledged, rest) = run_child(&house, first, "never", 0, Some(5 + 17 * round));
        assert!(rest.contains("opened"), "{rest}");
        told.hear(&house, &acknowledged);
    }
    println!(
        "{} entries acknowledged, {} sizes signed",
        told.indices.len(),
        told.roots.len()
    );
}

#[test]
fn a_step_that_fails_answers_fatal_and_opening_repairs() {
    for failing in Step::ALL {
        let house = House::of(20);
        let hook = Hook(Arc::new(move |step| {
            if step == failing {
                Err("failed".to_owned())
            } else {
                Ok(())
            }
        }));
        let options = Options {
            hook: Some(hook),
            sync_commits: 1,
            ..options()
        };
        let ledger = Ledger::open(&house.path(), options, now).unwrap();
        let answer = ledger.append(entry(20));
        if failing < Step::Answered {
            assert!(matches!(answer, Err(Error::Fatal(_))), "{failing:?}");
        } else {
            assert_eq!(answer.unwrap().index, 20);
        }
        assert!(
            matches!(ledger.append(entry(21)), Err(Error::Fatal(_))),
            "{failing:?} stops the ledger"
        );
        drop(ledger);
        let size = if failing == Step::Computed { 20 } else { 21 };
        holds(&house.open(), size);
    }
}

#[test]
fn one_process_at_a_time() {
    let house = House::of(10);
    let ledger = house.open();
    assert!(
        matches!(house.try_open(), Err(Error::InUse(_))),
        "not twice in this process"
    );
    let (acknowledged, rest) = run_child(&house, 0, "never", 0, None);
    assert!(
        rest.contains("refused") && rest.contains("held by another process"),
        "nor in another: {rest}"
    );
    assert!(acknowledged.is_empty());
    assert!(matches!(
        Ledger::rebuild(&house.path(), options(), now),
        Err(Error::InUse(_))
    ));
    drop(ledger);
    holds(&house.open(), 10);
}
