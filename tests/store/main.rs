//! What every store promises: one table, run on each driver.
//! The contract is `sigill::store::Store`'s documentation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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
use sigill::store::memory::MemoryStore;
use sigill::store::postgres::PostgresStore;
use sigill::store::postgres::Server;
use sigill::store::postgres::Settings;
use sigill::store::sled::SledStore;
use tempfile::tempdir;

#[path = "../support/servers.rs"]
mod servers;
mod journal;
mod anchor;
mod blob;

const A: Space = Space("a");
const B: Space = Space("b");
const CACHE: u64 = 8 << 20;

/// A promise in words, and the function that sees whether a store keeps it.
type Promise = (&'static str, fn(&dyn Store));

const CONTRACT: &[Promise] = &[
    ("what was put is got, what was deleted is not", put_get_delete),
    ("spaces do not mix", spaces_do_not_mix),
    ("the later change to a key holds", later_change_holds),
    ("an empty batch applies", |store| applied(store.apply(&Batch::new(), None))),
    ("a scan is in byte order, bounded, from either end", scans),
    ("a scan goes on where it stopped", scan_in_pages),
    ("an expectation that holds applies", expectation_holds),
    ("one that does not hold applies nothing, in no space", expectation_fails),
    ("absence can be expected", absence),
    ("an expectation may stand in a space that does not change", other_space),
    ("of writers that expect the same, one wins", one_wins),
    ("a batch is seen whole or not at all", whole_batches),
    ("many keys are got at once, in the order they were asked for", many),
    ("limits are refused, and nothing of the batch is applied", limits),
    ("an unknown space is refused, and nothing of the batch is applied", unknown_space),
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

#[test]
fn postgres_keeps_the_contract() {
    let Some(url) = servers::postgres() else { return };
    for (promise, holds) in CONTRACT {
        println!("postgres: {promise}");
        holds(&PostgresStore::create(&servers::connect(&url, &servers::schema()), "s", &[A, B]).unwrap());
    }
}

#[test]
fn postgres_creating_is_not_opening_and_a_new_space_is_added() {
    let Some(url) = servers::postgres() else { return };
    let server = servers::connect(&url, &servers::schema());
    assert!(matches!(PostgresStore::open(&server, "s", &[A]), Err(Error::Missing(_))));
    put(&PostgresStore::create(&server, "s", &[A]).unwrap(), A, b"k", b"v");
    assert!(matches!(PostgresStore::create(&server, "s", &[A]), Err(Error::Exists(_))));
    assert!(matches!(PostgresStore::open(&server, "other", &[A]), Err(Error::Missing(_))));
    let opened = PostgresStore::open(&server, "s", &[A, B]).unwrap();
    assert_eq!(opened.get(A, b"k").unwrap(), Some(b"v".to_vec()));
    put(&opened, B, b"k", b"v");
}

#[test]
fn postgres_is_not_reached_where_nobody_listens() {
    let Some(url) = servers::postgres() else { return };
    drop(url);
    let nobody = "postgres://sigill:hemligt@127.0.0.1:1/nowhere".to_owned();
    let settings = Settings { url: nobody, schema: "s".to_owned(), password: None, roots: None };
    let error = Server::connect(&settings).err().unwrap();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    assert!(!format!("{error:?}{error}{settings:?}").contains("hemligt"), "no password in what is logged");
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
    Expectation { space, key: key.to_vec(), value: value.map(<[u8]>::to_vec) }
}

fn put_get_delete(store: &dyn Store) {
    assert_eq!(store.get(A, b"k").unwrap(), None);
    put(store, A, b"k", b"v");
    assert_eq!(store.get(A, b"k").unwrap(), Some(b"v".to_vec()));
    put(store, A, b"k", b"");
    assert_eq!(store.get(A, b"k").unwrap(), Some(Vec::new()), "an empty value is a value");
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
    let rows = store.scan(B, &KeyRange::all(), 10, Direction::Ascending).unwrap();
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
    let all = [b"a".to_vec(), b"ab".to_vec(), b"a\xff".to_vec(), b"b".to_vec(), b"c".to_vec(), b"\xff\xff".to_vec()];
    assert_eq!(keys(store, &KeyRange::all(), 100, up), all);
    assert_eq!(keys(store, &KeyRange::all(), 2, up), all[..2]);
    assert_eq!(keys(store, &KeyRange::all(), 0, up).len(), 0);
    assert_eq!(keys(store, &KeyRange::prefix(b"a"), 100, up), all[..3]);
    assert_eq!(keys(store, &KeyRange::prefix(b"\xff"), 100, up), all[5..]);
    assert_eq!(keys(store, &KeyRange::starting_at(b"b"), 100, up), all[3..]);
    assert_eq!(keys(store, &KeyRange::all(), 2, Direction::Descending), [all[5].clone(), all[4].clone()]);
    let between = KeyRange { from: b"ab".to_vec(), to: Some(b"c".to_vec()) };
    assert_eq!(keys(store, &between, 100, up), all[1..4], "from is included, to is not");
    let backwards = KeyRange { from: b"c".to_vec(), to: Some(b"a".to_vec()) };
    assert_eq!(keys(store, &backwards, 100, up).len(), 0, "a range that ends before it begins is empty");
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
        let outcome = store.apply(&batch, Some(&expect(A, b"head", wrong))).unwrap();
        assert_eq!(outcome, Outcome::Conflict);
    }
    assert_eq!(store.get(A, b"head").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.get(B, b"row").unwrap(), None);
}

fn absence(store: &dyn Store) {
    let mut batch = Batch::new();
    batch.put(A, b"head", b"");
    applied(store.apply(&batch, Some(&expect(A, b"head", None))));
    let again = store.apply(&batch, Some(&expect(A, b"head", None))).unwrap();
    assert_eq!(again, Outcome::Conflict, "an empty value is not absence");
}

fn other_space(store: &dyn Store) {
    put(store, B, b"lease", b"mine");
    let mut batch = Batch::new();
    batch.put(A, b"k", b"v");
    let other = store.apply(&batch, Some(&expect(B, b"lease", Some(b"theirs")))).unwrap();
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
                    store.apply(&batch, Some(&expect(A, b"head", Some(b"0")))).unwrap() == Outcome::Applied
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(wins, 1);
    assert_eq!(store.scan(B, &KeyRange::all(), 10, Direction::Ascending).unwrap().len(), 1);
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

fn many(store: &dyn Store) {
    put(store, A, b"1", b"one");
    put(store, A, b"2", b"two");
    let found = store.get_all(A, &[b"2", b"none", b"1", b"2"]).unwrap();
    assert_eq!(found, [Some(b"two".to_vec()), None, Some(b"one".to_vec()), Some(b"two".to_vec())]);
    assert!(store.get_all(A, &[]).unwrap().is_empty());
}

fn limits(store: &dyn Store) {
    let longest = vec![1; VALUE_BYTES_MAX];
    put(store, A, &[2; KEY_BYTES_MAX], &longest);
    assert_eq!(store.get(A, &[2; KEY_BYTES_MAX]).unwrap(), Some(longest));
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(A, b"too long", vec![0; VALUE_BYTES_MAX + 1]);
    assert!(matches!(store.apply(&batch, None), Err(Error::ValueSize { bytes: 65_536 })));
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(A, [0; KEY_BYTES_MAX + 1], b"");
    assert!(matches!(store.apply(&batch, None), Err(Error::KeySize { bytes: 1025 })));
    assert_eq!(store.get(A, b"first").unwrap(), None, "and the store is not poisoned by it");
}

fn unknown_space(store: &dyn Store) {
    let unknown = Space("unknown");
    let mut batch = Batch::new();
    batch.put(A, b"first", b"");
    batch.put(unknown, b"k", b"");
    assert!(matches!(store.apply(&batch, None), Err(Error::UnknownSpace("unknown"))));
    assert!(matches!(store.get(unknown, b"k"), Err(Error::UnknownSpace("unknown"))));
    assert_eq!(store.get(A, b"first").unwrap(), None);
}

// ---- sled alone ----

#[test]
fn sled_creating_is_not_opening() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("s");
    assert!(matches!(SledStore::open(&path, &[A], CACHE), Err(Error::Missing(_))));
    assert!(!path.exists(), "opening creates nothing");
    drop(SledStore::create(&path, &[A], CACHE).unwrap());
    assert!(matches!(SledStore::create(&path, &[A], CACHE), Err(Error::Exists(_))));
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
        assert_eq!(store.get(A, &[key]).unwrap(), Some(vec![key; VALUE_BYTES_MAX]));
    }
}
