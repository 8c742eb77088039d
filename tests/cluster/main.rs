//! One ledger, several processes: one history, no entry twice, whoever fights, dies or lies.
//! Over a store in memory always; over a real PostgreSQL where `.ci/servers` has started one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::SHARED_SPACES;
use sigill::ledger::error::Error;
use sigill::ledger::note::Seed;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::ledger::proof;
use sigill::store;
use sigill::store::Batch;
use sigill::store::Direction;
use sigill::store::Expectation;
use sigill::store::KeyRange;
use sigill::store::Outcome;
use sigill::store::Row;
use sigill::store::Space;
use sigill::store::Store;
use sigill::store::memory::MemoryStore;
use sigill::store::postgres::PostgresStore;

#[path = "../support/servers.rs"]
mod servers;
mod objects;
mod processes;
mod copies;
mod failover;
mod witnessed;
mod deploy;

const META: Space = Space("m");

/// What gives each member its own way to the store that all share.
type Way = Box<dyn Fn() -> Arc<dyn Store>>;

/// A shared ledger that has been founded, and the directories of its members.
struct House {
    directory: tempfile::TempDir,
    way: Way,
    members: AtomicU32,
}

impl House {
    fn found(way: Way) -> Self {
        let house = Self { directory: tempfile::tempdir().unwrap(), way, members: AtomicU32::new(0) };
        let first = house.directory.path().join("key");
        Ledger::found(&first, (house.way)().as_ref(), "kommun.example/logg", &seed(), &Options::default()).unwrap();
        house
    }

    fn in_memory() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(&SHARED_SPACES));
        Self::found(Box::new(move || Arc::clone(&store)))
    }

    /// A new member: an own directory with a copy of the key.
    fn join(&self) -> Ledger {
        self.join_with(Options::default())
    }

    fn join_with(&self, options: Options) -> Ledger {
        let number = self.members.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.path().join(format!("member-{number}"));
        std::fs::create_dir(&directory).unwrap();
        for part in ["key", "lock"] {
            std::fs::copy(self.directory.path().join("key").join(part), directory.join(part)).unwrap();
        }
        enter(&directory, (self.way)(), options).unwrap()
    }
}

fn enter(directory: &Path, store: Arc<dyn Store>, options: Options) -> Result<Ledger, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let mut name = [7; 16];
    name[..4].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Ledger::join(directory, store, name, options, Timestamp::now)
}

fn seed() -> Seed {
    Seed::generate().unwrap()
}

/// Every house a test is run in: in memory, and on PostgreSQL where there is one.
fn houses() -> Vec<House> {
    let mut houses = vec![House::in_memory()];
    if let Some(url) = servers::postgres() {
        let schema = servers::schema();
        PostgresStore::create(&servers::connect(&url, &schema), "ledger", &SHARED_SPACES).unwrap();
        // Connections of its own for each member, as processes have.
        houses.push(House::found(Box::new(move || {
            Arc::new(PostgresStore::open(&servers::connect(&url, &schema), "ledger", &SHARED_SPACES).unwrap())
        })));
    }
    houses
}

/// One history: every index has one entry, every entry one index, and everything derived agrees.
fn sound(house: &House, answered: &[(Vec<u8>, u64)]) {
    let ledger = house.join();
    let found: BTreeMap<u64, Vec<u8>> = ledger.entries(0..ledger.size()).map(Result::unwrap).collect();
    assert_eq!(u64::try_from(found.len()).unwrap(), ledger.size());
    let distinct: BTreeSet<&Vec<u8>> = found.values().collect();
    assert_eq!(distinct.len(), found.len(), "an entry stands twice");
    for (entry, index) in answered {
        assert_eq!(found.get(index), Some(entry), "an acknowledged entry is not where it was said to be");
    }
    assert_eq!(ledger.check(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn what_one_member_appends_every_member_finds() {
    for house in houses() {
        let (one, other) = (house.join(), house.join());
        let first = one.append(b"one".to_vec()).unwrap();
        let second = other.append(b"two".to_vec()).unwrap();
        assert_eq!((first.index, second.index), (0, 1), "the other goes on where the first stopped");
        let again = other.append(b"one".to_vec()).unwrap();
        assert_eq!((again.index, again.duplicate), (0, true), "and knows what the first has appended");
        one.catch_up().unwrap();
        assert_eq!((one.size(), one.root()), (other.size(), other.root()));
        assert_eq!(one.checkpoint(), other.checkpoint(), "one tree has one text");
        assert_eq!(one.entry(1).unwrap(), b"two");
        let proof = one.consistency(1, 2).unwrap();
        let (old, new) = (one.root_at(1).unwrap(), one.root());
        proof::verify_consistency(1, 2, &old, &new, &proof).unwrap();
        drop((one, other));
        sound(&house, &[(b"one".to_vec(), 0), (b"two".to_vec(), 1)]);
    }
}

#[test]
fn a_reader_learns_of_growth_without_asking() {
    for house in houses() {
        let (writer, reader) = (house.join(), house.join());
        writer.append(b"news".to_vec()).unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while reader.size() == 0 {
            assert!(Instant::now() < until, "the reader never saw it");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(reader.root(), writer.root());
    }
}

#[test]
fn two_sequencers_fight_and_there_is_one_history() {
    const EACH: usize = 4_000;
    for house in houses() {
        let members = [house.join(), house.join()];
        let answered: Vec<(Vec<u8>, u64)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4_usize)
                .map(|writer| {
                    let ledger = &members[writer % 2];
                    scope.spawn(move || {
                        // The even hundreds are the same for all, so that members race for one entry too.
                        let entry = |number: usize| match (number / 100) % 2 {
                            0 => format!("common {number}").into_bytes(),
                            _ => format!("writer {writer} {number}").into_bytes(),
                        };
                        let entries: Vec<_> = (0..EACH / 4).map(entry).collect();
                        let mut answered = Vec::new();
                        for part in entries.chunks(137) {
                            let appended = ledger.append_all(part.to_vec()).unwrap();
                            answered.extend(part.iter().cloned().zip(appended.iter().map(|one| one.index)));
                        }
                        answered
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        drop(members);
        assert_eq!(answered.len(), EACH);
        sound(&house, &answered);
        let ledger = house.join();
        let distinct: BTreeSet<&Vec<u8>> = answered.iter().map(|(entry, _)| entry).collect();
        assert_eq!(ledger.size(), u64::try_from(distinct.len()).unwrap(), "no index twice, none in vain");
    }
}

#[test]
fn what_is_registered_once_has_one_entry_whoever_races() {
    for house in houses() {
        let members = [house.join(), house.join(), house.join()];
        let indices: BTreeSet<u64> = std::thread::scope(|scope| {
            let race = |number: usize| {
                let ledger = &members[number % 3];
                scope.spawn(move || {
                    ledger.append_once(format!("from {number}").into_bytes(), b"the document").unwrap().index
                })
            };
            let threads: Vec<_> = (0..9).map(race).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(indices.len(), 1, "{indices:?}");
        members[0].catch_up().unwrap();
        assert_eq!(members[0].size(), 1);
    }
}

#[test]
fn a_holder_that_stands_still_is_taken_over_and_outrun() {
    for house in houses() {
        // The member hangs in the middle of its first commit for longer than the lease lasts.
        let hung = Arc::new(AtomicBool::new(false));
        let once = Arc::clone(&hung);
        let hang = move |step: Step| {
            if step == Step::Signed && !once.swap(true, Ordering::SeqCst) {
                std::thread::sleep(Duration::from_secs(5));
            }
            Ok(())
        };
        let slow = house.join_with(Options { hook: Some(Hook(Arc::new(hang))), ..Options::default() });
        let quick = house.join();
        let ticket = slow.submit(b"slow".to_vec()).unwrap();
        while !hung.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let began = Instant::now();
        assert_eq!(quick.append(b"quick".to_vec()).unwrap().index, 0);
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(ticket.wait().unwrap().index, 1, "the slow one was outrun, looked again, and lost nothing");
        drop((slow, quick));
        sound(&house, &[(b"quick".to_vec(), 0), (b"slow".to_vec(), 1)]);
    }
}

#[test]
fn a_member_that_dies_at_any_step_leaves_one_history() {
    for house in houses() {
        for step in [Step::Computed, Step::Signed, Step::Applied, Step::Published, Step::Answered] {
            let fail = move |at: Step| if at == step { Err("died".to_owned()) } else { Ok(()) };
            let dying = house.join_with(Options { hook: Some(Hook(Arc::new(fail))), ..Options::default() });
            let entry = format!("{step:?}").into_bytes();
            let answer = dying.append(entry.clone());
            drop(dying);
            let next = house.join();
            let appended = next.append(entry.clone()).unwrap();
            if let Ok(before) = answer {
                assert_eq!(before.index, appended.index, "{step:?}: what was acknowledged is there");
            }
            assert_eq!(next.entry(appended.index).unwrap(), entry);
        }
        sound(&house, &[]);
    }
}

#[test]
fn a_store_that_was_put_back_is_refused() {
    let store = Arc::new(MemoryStore::new(&SHARED_SPACES));
    let shared: Arc<dyn Store> = store.clone();
    let house = House::found(Box::new(move || Arc::clone(&shared)));
    let directory = house.directory.path().join("key");
    let ledger = enter(&directory, store.clone(), Options::default()).unwrap();
    ledger.append(b"yesterday".to_vec()).unwrap();
    let dump = dumped(store.as_ref());
    ledger.append(b"today".to_vec()).unwrap();
    drop(ledger);
    restore(store.as_ref(), &dump);
    // This member remembers what it has seen; a new one cannot know.
    let refused = enter(&directory, store.clone(), Options::default()).err().unwrap();
    assert!(matches!(refused, Error::AnchorRolledBack { published: 2, anchor: 1 }), "{refused}");
}

#[test]
fn a_store_that_goes_back_under_an_open_ledger_stops_it() {
    let store = Arc::new(MemoryStore::new(&SHARED_SPACES));
    let shared: Arc<dyn Store> = store.clone();
    let house = House::found(Box::new(move || Arc::clone(&shared)));
    let ledger = house.join();
    ledger.append(b"yesterday".to_vec()).unwrap();
    let dump = dumped(store.as_ref());
    ledger.append(b"today".to_vec()).unwrap();
    restore(store.as_ref(), &dump);
    let refused = ledger.append(b"tomorrow".to_vec()).err().unwrap();
    assert!(matches!(refused, Error::Fatal(_)), "{refused}");
    assert_eq!(ledger.size(), 2, "what was published stays published here");
}

#[test]
fn a_head_that_our_key_did_not_sign_is_not_believed() {
    let store = Arc::new(MemoryStore::new(&SHARED_SPACES));
    let shared: Arc<dyn Store> = store.clone();
    let house = House::found(Box::new(move || Arc::clone(&shared)));
    let ledger = house.join();
    ledger.append(b"ours".to_vec()).unwrap();
    let (key, mut forged) = store.scan(META, &KeyRange::all(), 1, Direction::Ascending).unwrap().remove(0);
    // The size stands after version, epoch and holder.
    forged[32] ^= 2;
    let mut batch = Batch::new();
    batch.put(META, key, forged);
    assert_eq!(store.apply(&batch, None).unwrap(), Outcome::Applied);
    assert!(matches!(ledger.append(b"more".to_vec()), Err(Error::Fatal(_))));
    let error = enter(&house.directory.path().join("key"), store, Options::default()).err().unwrap();
    assert!(matches!(error, Error::Damaged(_)), "{error}");
}

#[test]
fn founding_twice_is_refused() {
    for house in houses() {
        let other = tempfile::tempdir().unwrap();
        let again = Ledger::found(other.path(), (house.way)().as_ref(), "annan.example", &seed(), &Options::default());
        assert!(matches!(again, Err(Error::Exists(_))));
    }
}

#[test]
fn connections_that_the_server_has_closed_are_replaced_and_nothing_is_lost() {
    let Some(url) = servers::postgres() else { return };
    let schema = servers::schema();
    PostgresStore::create(&servers::connect(&url, &schema), "ledger", &SHARED_SPACES).unwrap();
    let (at, named) = (url.clone(), schema.clone());
    let house = House::found(Box::new(move || {
        Arc::new(PostgresStore::open(&servers::connect(&at, &named), "ledger", &SHARED_SPACES).unwrap())
    }));
    let ledger = house.join();
    let (mut answered, mut ended) = (Vec::new(), 0);
    for number in 0..20_u64 {
        let entry = number.to_be_bytes().to_vec();
        answered.push((entry.clone(), ledger.append(entry).unwrap().index));
        ended += terminated(&url, &schema);
    }
    assert!(ended > 0, "no connection was ever ended, so that nothing was tried");
    drop(ledger);
    sound(&house, &answered);
}

/// Ends the connections whose last statement names the schema, as a restart of the server would; says how many.
fn terminated(url: &str, schema: &str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE pid <> pg_backend_pid() AND query LIKE '%' || $1::text || '%'";
        client.execute(sql, &[&schema]).await.unwrap()
    })
}

/// A store that does something between a member's look at the head and its look for entries, once.
struct Meddling {
    store: Arc<dyn Store>,
    between: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Store for Meddling {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, store::Error> {
        self.store.get(space, key)
    }

    fn get_all(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, store::Error> {
        let between = self.between.lock().unwrap().take();
        between.into_iter().for_each(|between| between());
        self.store.get_all(space, keys)
    }

    fn scan(&self, space: Space, range: &KeyRange, limit: usize, up: Direction) -> Result<Vec<Row>, store::Error> {
        self.store.scan(space, range, limit, up)
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, store::Error> {
        self.store.apply(batch, expect)
    }

    fn sync(&self) -> Result<(), store::Error> {
        self.store.sync()
    }
}

#[test]
fn an_entry_that_another_commits_between_two_looks_is_found_and_proven() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(&SHARED_SPACES));
    let kept = Arc::clone(&store);
    let house = House::found(Box::new(move || Arc::clone(&kept)));
    let other = house.join();
    let between = move || drop(other.append(b"same".to_vec()).unwrap());
    let meddling = Meddling { store, between: Mutex::new(Some(Box::new(between))) };
    let ledger = enter(&house.directory.path().join("key"), Arc::new(meddling), Options::default()).unwrap();
    let appended = ledger.append(b"same".to_vec()).unwrap();
    assert_eq!((appended.index, appended.duplicate, appended.size), (0, true, 1));
}

/// A store that now and then cannot be reached, before or after it has done what it was asked.
struct Flaky {
    store: Arc<dyn Store>,
    calls: AtomicU32,
}

impl Flaky {
    fn trouble(&self) -> Option<bool> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        (call % 7 == 3).then_some(call.is_multiple_of(2))
    }
}

fn away<T>() -> Result<T, store::Error> {
    Err(store::Error::Unavailable("made so by the test".to_owned()))
}

impl Store for Flaky {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, store::Error> {
        if self.trouble().is_some() { away() } else { self.store.get(space, key) }
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Row>, store::Error> {
        self.store.scan(space, range, limit, direction)
    }

    fn apply(&self, batch: &Batch, expect: Option<&Expectation>) -> Result<Outcome, store::Error> {
        match self.trouble() {
            None => self.store.apply(batch, expect),
            Some(false) => away(),
            Some(true) => {
                let _ = self.store.apply(batch, expect)?;
                away()
            }
        }
    }

    fn sync(&self) -> Result<(), store::Error> {
        self.store.sync()
    }
}

#[test]
fn an_answer_that_is_lost_on_the_way_makes_no_entry_twice() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(&SHARED_SPACES));
    let kept = Arc::clone(&store);
    let house = House::found(Box::new(move || Arc::clone(&kept)));
    let flaky = Arc::new(Flaky { store, calls: AtomicU32::new(0) });
    let ledger = enter(&house.directory.path().join("key"), flaky, Options::default()).unwrap();
    let mut answered = Vec::new();
    for number in 0..60 {
        let entry = format!("{number}").into_bytes();
        // Who is told that it is unknown asks again.
        let appended = loop {
            match ledger.append(entry.clone()) {
                Ok(appended) => break appended,
                Err(error) => assert!(error.is_passing(), "{error}"),
            }
        };
        answered.push((entry, appended.index));
    }
    drop(ledger);
    let places: Vec<u64> = answered.iter().map(|(_, index)| *index).collect();
    assert_eq!(places, (0..60).collect::<Vec<_>>());
    sound(&house, &answered);
}

fn dumped(store: &dyn Store) -> Vec<(Space, Vec<Row>)> {
    let all = |space: Space| store.scan(space, &KeyRange::all(), 10_000, Direction::Ascending).unwrap();
    SHARED_SPACES.iter().map(|space| (*space, all(*space))).collect()
}

fn restore(store: &dyn Store, dump: &[(Space, Vec<Row>)]) {
    let mut batch = Batch::new();
    for (space, rows) in dump {
        for (key, _) in store.scan(*space, &KeyRange::all(), 10_000, Direction::Ascending).unwrap() {
            batch.delete(*space, key);
        }
        rows.iter().for_each(|(key, value)| batch.put(*space, key.clone(), value.clone()));
    }
    assert_eq!(store.apply(&batch, None).unwrap(), Outcome::Applied);
}
