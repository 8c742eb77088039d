//! What every store promises (one table, run on each driver), and what journal, anchor and blobs promise.
//! The contract is `sigill::store::Store`'s documentation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use sigill::store::Batch;
use sigill::store::Direction;
use sigill::store::Error;
use sigill::store::Expectation;
use sigill::store::KEY_BYTES_MAX;
use sigill::store::KeyRange;
use sigill::store::Outcome;
use sigill::store::Space;
use sigill::store::Store;
use sigill::store::VALUE_BYTES_MAX;
use sigill::store::anchor;
use sigill::store::anchor::Anchor;
use sigill::store::blob;
use sigill::store::blob::Blobs;
use sigill::store::blob::Put;
use sigill::store::journal;
use sigill::store::journal::Journal;
use sigill::store::journal::Mark;
use sigill::store::memory::MemoryStore;
use sigill::store::sled::SledStore;
use tempfile::tempdir;

const A: Space = Space("a");
const B: Space = Space("b");
const CACHE: u64 = 8 << 20;

// ---- The contract, one line for each promise ----

/// A promise in words, and the function that sees whether a store keeps it.
type Promise = (&'static str, fn(&dyn Store));

const CONTRACT: &[Promise] = &[
    (
        "what was put is got, what was deleted is not",
        put_get_delete,
    ),
    ("spaces do not mix", spaces_do_not_mix),
    ("the later change to a key holds", later_change_holds),
    ("an empty batch applies", |store| {
        applied(store.apply(&Batch::new(), None))
    }),
    ("a scan is in byte order, bounded, from either end", scans),
    ("a scan goes on where it stopped", scan_in_pages),
    ("an expectation that holds applies", expectation_holds),
    (
        "one that does not hold applies nothing, in no space",
        expectation_fails,
    ),
    ("absence can be expected", absence),
    (
        "an expectation may stand in a space that does not change",
        other_space,
    ),
    ("of writers that expect the same, one wins", one_wins),
    ("a batch is seen whole or not at all", whole_batches),
    (
        "limits are refused, and nothing of the batch is applied",
        limits,
    ),
    (
        "an unknown space is refused, and nothing of the batch is applied",
        unknown_space,
    ),
    ("sync answers", |store| store.sync().unwrap()),
];

#[test]
fn memory_keeps_the_contract() {
    for (promise, holds) in CONTRACT {
        println!("memory: {promise}");
        holds(&MemoryStore::new(&[A, B]));
    }
}

#[test]
fn sled_keeps_the_contract() {
    for (promise, holds) in CONTRACT {
        println!("sled: {promise}");
        let dir = tempdir().unwrap();
        holds(&SledStore::create(&dir.path().join("s"), &[A, B], CACHE).unwrap());
    }
}

fn applied(outcome: Result<Outcome, Error>) {
    assert_eq!(outcome.unwrap(), Outcome::Applied);
}

fn put(store: &dyn Store, space: Space, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(space, key, value);
    applied(store.apply(&batch, None));
}

fn expect(space: Space, key: &[u8], value: Option<&[u8]>) -> Expectation {
    Expectation {
        space,
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    }
}

fn put_get_delete(store: &dyn Store) {
    assert_eq!(store.get(A, b"k").unwrap(), None);
    put(store, A, b"k", b"v");
    assert_eq!(store.get(A, b"k").unwrap(), Some(b"v".to_vec()));
    put(store, A, b"k", b"");
    assert_eq!(
        store.get(A, b"k").unwrap(),
        Some(Vec::new()),
        "an empty value is a value"
    );
    let mut batch = Batch::new();
    batch.delete(A, b"k");
    batch.delete(A, b"never there");
    applied(store.apply(&batch, None));
    assert_eq!(store.get(A, b"k").unwrap(), None);
}

fn spaces_do_not_mix(store: &dyn Store) {
    put(store, A, b"k", b"a");
    assert_eq!(store.get(B, b"k").unwrap(), None);
    put(store, B, b"k", b"b");
    assert_eq!(store.get(A, b"k").unwrap(), Some(b"a".to_vec()));
    let rows = store
        .scan(B, &KeyRange::all(), 10, Direction::Ascending)
        .unwrap();
    assert_eq!(rows, [(b"k".to_vec(), b"b".to_vec())]);
}

fn later_change_holds(store: &dyn Store) {
    let mut batch = Batch::new();
    batch.put(A, b"k", b"1");
    batch.delete(A, b"k");
    batch.put(A, b"k", b"2");
    batch.put(A, b"gone", b"1");
    batch.delete(A, b"gone");
    applied(store.apply(&batch, None));
    assert_eq!(store.get(A, b"k").unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.get(A, b"gone").unwrap(), None);
}

fn keys(store: &dyn Store, range: &KeyRange, limit: usize, direction: Direction) -> Vec<Vec<u8>> {
    let rows = store.scan(A, range, limit, direction).unwrap();
    rows.into_iter().map(|(key, _)| key).collect()
}

fn scans(store: &dyn Store) {
    for key in [b"b".as_slice(), b"a", b"ab", b"a\xff", b"\xff\xff", b"c"] {
        put(store, A, key, b"");
    }
    let up = Direction::Ascending;
    let all = [
        b"a".to_vec(),
        b"ab".to_vec(),
        b"a\xff".to_vec(),
        b"b".to_vec(),
        b"c".to_vec(),
        b"\xff\xff".to_vec(),
    ];
    assert_eq!(keys(store, &KeyRange::all(), 100, up), all);
    assert_eq!(keys(store, &KeyRange::all(), 2, up), all[..2]);
    assert_eq!(keys(store, &KeyRange::all(), 0, up).len(), 0);
    assert_eq!(keys(store, &KeyRange::prefix(b"a"), 100, up), all[..3]);
    assert_eq!(keys(store, &KeyRange::prefix(b"\xff"), 100, up), all[5..]);
    assert_eq!(keys(store, &KeyRange::starting_at(b"b"), 100, up), all[3..]);
    assert_eq!(
        keys(store, &KeyRange::all(), 2, Direction::Descending),
        [all[5].clone(), all[4].clone()]
    );
    let between = KeyRange {
        from: b"ab".to_vec(),
        to: Some(b"c".to_vec()),
    };
    assert_eq!(
        keys(store, &between, 100, up),
        all[1..4],
        "from is included, to is not"
    );
    let backwards = KeyRange {
        from: b"c".to_vec(),
        to: Some(b"a".to_vec()),
    };
    assert_eq!(
        keys(store, &backwards, 100, up).len(),
        0,
        "a range that ends before it begins is empty"
    );
}

fn scan_in_pages(store: &dyn Store) {
    let wanted: Vec<Vec<u8>> = (0..25_u8).map(|key| vec![key]).collect();
    wanted.iter().for_each(|key| put(store, A, key, key));
    for direction in [Direction::Ascending, Direction::Descending] {
        let mut found = Vec::new();
        let mut range = KeyRange::all();
        loop {
            let page = keys(store, &range, 4, direction);
            let Some(last) = page.last() else { break };
            range = match direction {
                Direction::Ascending => range.after(last),
                Direction::Descending => range.before(last),
            };
            found.extend(page);
        }
        found.sort_unstable();
        assert_eq!(found, wanted);
    }
}

fn expectation_holds(store: &dyn Store) {
    put(store, A, b"head", b"1");
    let mut batch = Batch::new();
    batch.put(A, b"head", b"2");
    batch.put(B, b"row", b"x");
    applied(store.apply(&batch, Some(&expect(A, b"head", Some(b"1")))));
    assert_eq!(store.get(A, b"head").unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.get(B, b"row").unwrap(), Some(b"x".to_vec()));
}

fn expectation_fails(store: &dyn Store) {
    put(store, A, b"head", b"1");
    let mut batch = Batch::new();
    batch.put(B, b"row", b"x");
    batch.put(A, b"head", b"2");
    for wrong in [Some(b"0".as_slice()), Some(b""), None] {
        let outcome = store
            .apply(&batch, Some(&expect(A, b"head", wrong)))
            .unwrap();
        assert_eq!(outcome, Outcome::Conflict);
    }
    assert_eq!(store.get(A, b"head").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.get(B, b"row").unwrap(), None);
}

fn absence(store: &dyn Store) {
    let mut batch = Batch::new();
    batch.put(A, b"head", b"");
    applied(store.apply(&batch, Some(&expect(A, b"head", None))));
    let again = store
        .apply(&batch, Some(&expect(A, b"head", None)))
        .unwrap();
    assert_eq!(again, Outcome::Conflict, "an empty value is not absence");
}

fn other_space(store: &dyn Store) {
    put(store, B, b"lease", b"mine");
    let mut batch = Batch::new();
    batch.put(A, b"k", b"v");
    let other = store
        .apply(&batch, Some(&expect(B, b"lease", Some(b"theirs"))))
        .unwrap();
    assert_eq!(other, Outcome::Conflict);
    applied(store.apply(&batch, Some(&expect(B, b"lease", Some(b"mine")))));
}

fn one_wins(store: &dyn Store) {
    put(store, A, b"head", b"0");
    let wins = std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=8_u8)
            .map(|writer| {
                scope.spawn(move || {
                    let mut batch = Batch::new();
                    batch.put(A, b"head", [writer]);
                    batch.put(B, [writer], b"won");
                    store
                        .apply(&batch, Some(&expect(A, b"head", Some(b"0"))))
                        .unwrap()
                        == Outcome::Applied
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .filter(|won| *won)
            .count()
    });
    assert_eq!(wins, 1);
    assert_eq!(
        store
            .scan(B, &KeyRange::all(), 10, Direction::Ascending)
            .unwrap()
            .len(),
        1
    );
}

fn whole_batches(store: &dyn Store) {
    put(store, A, b"x", &[0]);
    put(store, B, b"x", &[0]);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 1..=200_u8 {
                let mut batch = Batch::new();
                batch.put(A, b"x", [round]);
                batch.put(B, b"x", [round]);
                applied(store.apply(&batch, None));
            }
        });
        while !writer.is_finished() {
            // B is read after A, so that B can only be newer.
            let (first, then) = (store.get(A, b"x").unwrap(), store.get(B, b"x").unwrap());
            assert!(first <= then, "{first:?} was seen before {then:?}");
        }
    });
}

fn limits(store: &dyn Store) {
    let longest = vec![1; VALUE_BYTES_MAX];
    put(store, A, &[2; KEY_BYTES_MAX], &longest);
    assert_eq!(store.get(A, &[2; KEY_BYTES_MAX]).unwrap(), Some(longest));
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(A, b"too long", vec![0; VALUE_BYTES_MAX + 1]);
    assert!(matches!(
        store.apply(&batch, None),
        Err(Error::ValueSize { bytes: 65_536 })
    ));
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(A, [0; KEY_BYTES_MAX + 1], b"");
    assert!(matches!(
        store.apply(&batch, None),
        Err(Error::KeySize { bytes: 1025 })
    ));
    assert_eq!(
        store.get(A, b"first").unwrap(),
        None,
        "and the store is not poisoned by it"
    );
}

fn unknown_space(store: &dyn Store) {
    let unknown = Space("unknown");
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(unknown, b"k", b"");
    assert!(matches!(
        store.apply(&batch, None),
        Err(Error::UnknownSpace("unknown"))
    ));
    assert!(matches!(
        store.get(unknown, b"k"),
        Err(Error::UnknownSpace("unknown"))
    ));
    assert_eq!(store.get(A, b"first").unwrap(), None);
}

// ---- sled alone ----

#[test]
fn sled_creating_is_not_opening() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("s");
    assert!(matches!(
        SledStore::open(&path, &[A], CACHE),
        Err(Error::Missing(_))
    ));
    assert!(!path.exists(), "opening creates nothing");
    drop(SledStore::create(&path, &[A], CACHE).unwrap());
    assert!(matches!(
        SledStore::create(&path, &[A], CACHE),
        Err(Error::Exists(_))
    ));
}

#[test]
fn sled_keeps_what_was_synced_also_leaves_that_become_blob_files() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("s");
    let store = SledStore::create(&path, &[A], CACHE).unwrap();
    for key in 0..40_u8 {
        put(&store, A, &[key], &vec![key; VALUE_BYTES_MAX]);
    }
    store.sync().unwrap();
    drop(store);
    let store = SledStore::open(&path, &[A], CACHE).unwrap();
    for key in 0..40_u8 {
        assert_eq!(
            store.get(A, &[key]).unwrap(),
            Some(vec![key; VALUE_BYTES_MAX])
        );
    }
}

// ---- The journal ----

const SEGMENT: u64 = 300;

fn journal_of(path: &Path, records: u8) -> Journal {
    let mut journal = Journal::create(path, SEGMENT).unwrap();
    for record in 0..records {
        journal.append(&[&[record; 40]]).unwrap();
    }
    journal
}

/// The bytes of all segments, first to last.
fn segments(path: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_journal_gives_back_what_was_appended_from_any_place() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 10).end();
    assert!(
        segments(&path).len() > 2,
        "so that the test crosses segments"
    );
    let mut journal = Journal::open(&path, SEGMENT, end).unwrap();
    assert_eq!(journal.end(), end);
    assert_eq!(journal.torn(), None);
    journal.append(&[b"ten", b"", b"twelve"]).unwrap();
    for from in 0..=12 {
        let read: Vec<_> = journal::read(&path, from)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let sequences: Vec<u64> = read.iter().map(|record| record.sequence).collect();
        assert_eq!(sequences, (from..=12).collect::<Vec<_>>());
        assert_eq!(read.last().unwrap().payload, b"twelve");
        assert_eq!(read.last().unwrap().end, journal.end());
    }
}

#[test]
fn a_journal_is_created_once_and_opened_only_if_there() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    assert!(matches!(
        Journal::open(&path, SEGMENT, Mark::START),
        Err(journal::Error::Missing(_))
    ));
    drop(Journal::create(&path, SEGMENT).unwrap());
    assert!(matches!(
        Journal::create(&path, SEGMENT),
        Err(journal::Error::Exists(_))
    ));
    assert_eq!(
        Journal::open(&path, SEGMENT, Mark::START).unwrap().end(),
        Mark::START
    );
}

#[test]
fn a_torn_append_is_cut_off_wherever_it_was_torn() {
    let dir = tempdir().unwrap();
    // The record takes 16 + 40 + 32 bytes. All of them gone is no tear.
    for torn in 1..=88 {
        let path = dir.path().join(torn.to_string());
        let mut journal = Journal::create(&path, 1 << 20).unwrap();
        let durable = journal.append(&[&[7; 40]]).unwrap();
        journal.append(&[&[8; 40]]).unwrap();
        let file = segments(&path).pop().unwrap();
        let length = fs::metadata(&file).unwrap().len();
        OpenOptions::new()
            .write(true)
            .open(&file)
            .unwrap()
            .set_len(length - torn)
            .unwrap();

        let mut journal = Journal::open(&path, 1 << 20, durable).unwrap();
        assert_eq!(journal.torn().map_or(0, |torn| torn.bytes), 88 - torn);
        assert_eq!(journal.end(), durable);
        journal.append(&[b"after"]).unwrap();
        assert_eq!(
            journal::read(&path, 0).unwrap().map(Result::unwrap).count(),
            2
        );
    }
}

#[test]
fn a_torn_header_of_a_new_segment_is_written_again() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 3).end();
    fs::write(path.join(format!("{:020}.jnl", end.records)), b"SIGJ").unwrap();
    let mut journal = Journal::open(&path, SEGMENT, end).unwrap();
    journal.append(&[b"after"]).unwrap();
    let end = journal.end();
    assert_eq!(Journal::open(&path, SEGMENT, end).unwrap().end(), end);
}

#[test]
fn a_journal_shorter_than_what_was_durable_is_refused_and_left_alone() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 10).end();
    let last = segments(&path).pop().unwrap();
    let bytes = fs::read(&last).unwrap();

    fs::remove_file(&last).unwrap();
    let refused = Journal::open(&path, SEGMENT, end);
    assert!(matches!(refused, Err(journal::Error::Lost { durable: 10, found }) if found < 10));

    fs::write(&last, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(
        Journal::open(&path, SEGMENT, end),
        Err(journal::Error::Damaged { sequence: 9, .. })
    ));
    assert_eq!(
        fs::read(&last).unwrap().len(),
        bytes.len() - 1,
        "nothing was cut"
    );
}

#[test]
fn every_flipped_bit_in_what_was_durable_is_found() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("j");
    let end = journal_of(&path, 6).end();
    for segment in segments(&path) {
        let bytes = fs::read(&segment).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&segment, &flipped).unwrap();
            assert!(
                Journal::open(&path, SEGMENT, end).is_err(),
                "byte {at} of {}",
                segment.display()
            );
            assert!(
                journal::read(&path, 0)
                    .unwrap()
                    .any(|record| record.is_err()),
                "byte {at}"
            );
        }
        fs::write(&segment, bytes).unwrap();
    }
    assert!(Journal::open(&path, SEGMENT, end).is_ok());
}

#[test]
fn another_journal_of_the_same_length_is_not_this_one() {
    let dir = tempdir().unwrap();
    let end = journal_of(&dir.path().join("one"), 3).end();
    let path = dir.path().join("two");
    let mut other = Journal::create(&path, SEGMENT).unwrap();
    for _ in 0..3 {
        other.append(&[b"else"]).unwrap();
    }
    assert!(matches!(
        Journal::open(&path, SEGMENT, end),
        Err(journal::Error::OtherHistory { records: 3 })
    ));
}

#[test]
fn a_journal_refuses_what_no_reader_would_take() {
    let dir = tempdir().unwrap();
    let mut journal = Journal::create(&dir.path().join("j"), SEGMENT).unwrap();
    let long = vec![0; journal::PAYLOAD_BYTES_MAX + 1];
    assert!(matches!(
        journal.append(&[&long]),
        Err(journal::Error::Payload { .. })
    ));
    assert_eq!(journal.append(&[b"still open"]).unwrap().records, 1);
}

// ---- The anchor ----

#[test]
fn an_anchor_moves_only_from_what_is_expected() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    assert!(matches!(
        Anchor::open(&path),
        Err(anchor::Error::Missing(_))
    ));
    let mut anchor = Anchor::create(&path, b"0").unwrap();
    assert!(matches!(
        Anchor::create(&path, b"0"),
        Err(anchor::Error::Exists(_))
    ));
    assert!(matches!(
        anchor.swap(b"1", b"2"),
        Err(anchor::Error::Conflict)
    ));
    for round in 0..5_u8 {
        anchor.swap(&[b'0' + round], &[b'1' + round]).unwrap();
        assert_eq!(Anchor::open(&path).unwrap().payload(), [b'1' + round]);
    }
    let mut other = Anchor::open(&path).unwrap();
    anchor.swap(b"5", b"6").unwrap();
    assert!(
        matches!(other.swap(b"5", b"7"), Err(anchor::Error::Conflict)),
        "the other one moved it on disk"
    );
}

#[test]
fn one_torn_slot_leaves_the_head_before_it() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    let mut anchor = Anchor::create(&path, b"0").unwrap();
    anchor.swap(b"0", b"1").unwrap();
    anchor.swap(b"1", b"2").unwrap();
    drop(anchor);
    let sound = fs::read(&path).unwrap();
    // The head is counter 3, in the second slot; the next one is written to the first. Tear that at every 512 bytes.
    for torn in (0..4096).step_by(512) {
        let mut bytes = sound.clone();
        bytes[torn..4096].fill(0xee);
        fs::write(&path, &bytes).unwrap();
        let mut anchor = Anchor::open(&path).unwrap();
        assert_eq!(anchor.payload(), b"2");
        assert!(anchor.is_damaged());
        anchor.swap(b"2", b"3").unwrap();
        assert!(
            !Anchor::open(&path).unwrap().is_damaged(),
            "the next swap heals it"
        );
    }
}

#[test]
fn every_flipped_bit_in_an_anchor_is_found_and_two_bad_slots_are_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("anchor");
    let anchor = Anchor::create(&path, b"payload").unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    for (at, byte) in bytes.iter().enumerate() {
        file.write_all_at(&[byte ^ 1], at.try_into().unwrap())
            .unwrap();
        assert!(!anchor.is_sound().unwrap(), "byte {at}");
        file.write_all_at(&[*byte], at.try_into().unwrap()).unwrap();
    }
    assert!(anchor.is_sound().unwrap());
    file.write_all_at(b"x", 100).unwrap();
    file.write_all_at(b"x", 5000).unwrap();
    assert!(matches!(
        Anchor::open(&path),
        Err(anchor::Error::Unreadable)
    ));
}

// ---- Blobs ----

#[test]
fn blobs_are_put_once_got_listed_and_removed() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("b");
    assert!(matches!(Blobs::open(&path), Err(blob::Error::Missing(_))));
    let blobs = Blobs::create(&path).unwrap();
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::New);
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::Existing);
    assert_eq!(blobs.put("0a0b", b"").unwrap(), Put::New);
    assert!(matches!(
        blobs.put("00ff", b"two"),
        Err(blob::Error::Differs { .. })
    ));
    assert!(matches!(Blobs::create(&path), Err(blob::Error::Exists(_))));
    fs::write(path.join("tmp").join("left"), b"by a crash").unwrap();
    fs::write(path.join("00").join("stranger"), b"").unwrap();

    let blobs = Blobs::open(&path).unwrap();
    assert_eq!(fs::read_dir(path.join("tmp")).unwrap().count(), 0);
    assert_eq!(blobs.list().unwrap(), ["00ff", "0a0b"]);
    assert_eq!(
        blobs.get("00ff").unwrap(),
        Some(b"one".to_vec()),
        "the second put changed nothing"
    );
    assert_eq!(blobs.get("dead").unwrap(), None);
    assert!(blobs.exists("0a0b").unwrap());
    assert!(blobs.remove("00ff").unwrap());
    assert!(!blobs.remove("00ff").unwrap());
    assert!(!blobs.exists("00ff").unwrap());
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let dir = tempdir().unwrap();
    let blobs = Blobs::create(&dir.path().join("b")).unwrap();
    let long = "ab".repeat(65);
    for name in [
        "", "ab", "abc", "ABCD", "../../x", "ab/cd", "åäöå", "abcg", "ab\0d", "tmp/", &long,
    ] {
        assert!(
            matches!(blobs.put(name, b""), Err(blob::Error::Name)),
            "{name:?}"
        );
        assert!(
            matches!(blobs.get(name), Err(blob::Error::Name)),
            "{name:?}"
        );
        assert!(
            matches!(blobs.remove(name), Err(blob::Error::Name)),
            "{name:?}"
        );
    }
}
