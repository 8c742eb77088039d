//! What becomes of a ledger when disks lie and copies are put back: repaired, or refused, and always said.
//! LEDGER.md 6.3 and 6.4.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use sigill::ledger::Ledger;
use sigill::ledger::Part;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::error::Error;
use sigill::ledger::hash::EMPTY_ROOT;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::options::Hook;
use sigill::ledger::options::Options;
use sigill::ledger::options::Step;
use sigill::store::Batch;
use sigill::store::Direction;
use sigill::store::KeyRange;
use sigill::store::Space;
use sigill::store::Store;
use sigill::store::anchor;
use sigill::store::journal;
use sigill::store::sled::SledStore;
use tempfile::tempdir;

use crate::house::House;
use crate::house::ORIGIN;
use crate::house::SEED;
use crate::house::SPACES;
use crate::house::copy_all;
use crate::house::entry;
use crate::house::flip;
use crate::house::hex;
use crate::house::holds;
use crate::house::key;
use crate::house::now;
use crate::house::options;
use crate::house::sound;
use crate::house::told;

// ---- Faults that opening repairs ----

#[test]
fn a_clean_stop_needs_no_repair() {
    let house = House::of(300);
    assert!(house.segments().len() > 2);
    let ledger = house.open();
    assert_eq!(ledger.recovery().notes, []);
    assert_eq!((ledger.recovery().replayed, ledger.recovery().rebuilt), (0, false));
    holds(&ledger, 300);
}

/// What is done to a closed ledger of 300 entries.
type Damage = fn(&House);

const REPAIRED: &[(&str, Damage, &str)] = &[
    ("a torn last append", |house| append_to_journal(house, b"JREC\0\0\0"), "cut off the journal"),
    ("zeros, and then a torn append", |house| append_to_journal(house, &zeros_and("J")), "cut off the journal"),
    ("a bit of the anchor's older slot", |house| flip(&house.part("head.anchor"), 30), "anchor's two slots"),
    ("a bit of the anchor's newer slot", |house| flip(&house.part("head.anchor"), 4126), "anchor's two slots"),
    ("the database deleted", |house| fs::remove_dir_all(house.part("store")).unwrap(), "could not be opened"),
    ("an empty database in its place", empty_database, ""),
    ("the database's file cut to nothing", |house| fs::write(house.part("store/db"), b"").unwrap(), ""),
    ("the database's file overwritten", |house| scribble(&house.part("store/db")), ""),
    ("the database's file gone", |house| fs::remove_file(house.part("store/db")).unwrap(), "could not be opened"),
    ("the database's settings gone", |house| fs::remove_file(house.part("store/conf")).unwrap(), "could not be opened"),
    ("the published checkpoint deleted", |house| fs::remove_file(house.part("checkpoint")).unwrap(), "published now"),
    ("a bit of the published checkpoint", |house| flip(&house.part("checkpoint"), 3), "checkpoint was damaged"),
    ("the published checkpoint emptied", |house| fs::write(house.part("checkpoint"), b"").unwrap(), "was damaged"),
];

fn zeros_and(text: &str) -> Vec<u8> {
    [&[0; 700], text.as_bytes()].concat()
}

fn append_to_journal(house: &House, bytes: &[u8]) {
    let last = house.segments().pop().unwrap();
    OpenOptions::new().append(true).open(last).unwrap().write_all(bytes).unwrap();
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
        let notes = told(&ledger);
        assert!(notes.contains(said), "{what}: {notes:?}");
        assert!(!notes.is_empty() || ledger.recovery().replayed > 0, "{what} went unnoticed");
        holds(&ledger, 300);
        house.grow(&ledger, 320);
        drop(ledger);
        let ledger = house.open();
        assert_eq!(ledger.recovery().notes, [], "{what}: once repaired, it stays so");
        holds(&ledger, 320);
    }
}

#[test]
fn zeros_after_the_last_append_are_room_for_the_next() {
    let house = House::of(300);
    append_to_journal(&house, &[0; 700]);
    let ledger = house.open();
    assert_eq!(ledger.recovery().notes, [], "a journal is written ahead with zeros");
    house.grow(&ledger, 320);
    drop(ledger);
    holds(&house.open(), 320);
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
    assert!(told(&ledger).contains("ahead of the journal"));
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
    assert_eq!(ledger.checkpoint(), before, "to the last bit of its signature");
    assert!(ledger.recovery().replayed > 0);
    assert!(!house.part("store.aside-1").exists(), "the old rows are gone once the new ones are there");
    holds(&ledger, 300);
}

#[test]
fn a_backup_taken_while_the_ledger_grows_opens_as_some_size_it_had() {
    let house = House::of(100);
    let ledger = house.open();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| house.grow(&ledger, 2000));
        for round in 0.. {
            let to = house.part(&format!("backup {round}"));
            fs::create_dir_all(to.join("journal")).unwrap();
            let before = ledger.size();
            for file in ledger.backup_files().unwrap() {
                fs::copy(&file, to.join(file.strip_prefix(house.path()).unwrap())).unwrap();
            }
            let copy = Ledger::open(&to, options(), now).unwrap();
            assert!(copy.size() >= before, "what was answered before the backup is in it");
            while ledger.size() < copy.size() {
                std::thread::yield_now();
            }
            assert_eq!(copy.root(), ledger.root_at(copy.size()).unwrap());
            sound(&copy);
            if writer.is_finished() {
                break;
            }
        }
    });
}

// ---- Faults that opening refuses ----

#[test]
fn a_journal_put_back_from_an_older_copy_is_refused() {
    let house = House::of(100);
    house.copy("journal");
    house.grow(&house.open(), 300);
    house.put_back("journal");
    let before = fs::read(house.part("checkpoint")).unwrap();
    assert!(matches!(house.try_open(), Err(Error::RolledBack { anchor, journal }) if journal < anchor));
    assert_eq!(fs::read(house.part("checkpoint")).unwrap(), before, "nothing was signed");
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
        let told = matches!(refused, Error::RolledBack { .. } | Error::Journal(journal::Error::Damaged { .. }));
        assert!(told, "cut to {length}: {refused}");
        assert_eq!(fs::read(&last).unwrap().len(), length, "nothing was repaired away");
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
            assert!(house.try_open().is_err(), "byte {at} of {}", segment.display());
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
    assert!(matches!(house.try_open(), Err(Error::AnchorRolledBack { published: 300, anchor: 100 })));
}

#[test]
fn an_anchor_on_another_disk_tells_a_directory_put_back() {
    let disks = [tempdir().unwrap(), tempdir().unwrap()];
    let [here, there] = [disks[0].path().join("l"), disks[1].path().join("anchor")];
    let options = Options { anchor: Some(there), ..options() };
    Ledger::create(&here, ORIGIN, &SEED, &options).unwrap();
    let grow = || Ledger::open(&here, options.clone(), now).unwrap().append(now().to_string().into_bytes()).unwrap();
    grow();
    copy_all(&here, &disks[0].path().join("copy"));
    grow();
    fs::remove_dir_all(&here).unwrap();
    copy_all(&disks[0].path().join("copy"), &here);
    assert!(matches!(Ledger::open(&here, options, now), Err(Error::RolledBack { .. })));
}

#[test]
fn another_root_signed_for_a_size_is_a_fork_and_refused() {
    let house = House::of(100);
    for size in [50, 100] {
        let note = Checkpoint::new(ORIGIN, size, EMPTY_ROOT).sign(&key()).unwrap();
        fs::write(house.part("checkpoint"), note).unwrap();
        assert!(matches!(house.try_open(), Err(Error::Forked { size: at, .. }) if at == size));
    }
}

#[test]
fn a_commit_that_only_the_anchor_knows_is_dropped_and_another_in_its_place_is_a_fork_once_it_is_back() {
    let house = House::of(20);
    let stop = |step| if step == Step::Anchored { Err("the power goes".to_owned()) } else { Ok(()) };
    let interrupted = Options { hook: Some(Hook(Arc::new(stop))), ..options() };
    let ledger = Ledger::open(&house.path(), interrupted, now).unwrap();
    assert!(matches!(ledger.append(entry(20)), Err(Error::Fatal(_))));
    drop(ledger);
    house.copy("head.anchor");
    let ledger = house.open();
    assert!(told(&ledger).contains("dropped"), "{:?}", ledger.recovery().notes);
    assert_eq!(ledger.append(entry(30)).unwrap().index, 20, "nobody was told of the other");
    drop(ledger);
    house.put_back("head.anchor");
    assert!(matches!(house.try_open(), Err(Error::Forked { size: 21, between: "anchor and journal" })));
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
            Error::Missing(_) | Error::Anchor(anchor::Error::Missing(_)) | Error::Journal(journal::Error::Missing(_))
        );
        assert!(told, "{part}: {refused}");
        assert!(!house.part(part).exists(), "and not made anew");
    }
    let house = House::of(10);
    let other = SigningKey::new(ORIGIN, &Seed([8; 32])).unwrap();
    fs::write(house.part("key"), other.to_private()).unwrap();
    assert!(matches!(house.try_open(), Err(Error::Damaged(_))), "another key");
    let house = House::of(10);
    for at in [30, 4126] {
        flip(&house.part("head.anchor"), at);
    }
    assert!(matches!(house.try_open(), Err(Error::Anchor(anchor::Error::Unreadable))), "both slots");
}

#[test]
fn creating_refuses_where_any_part_is_left() {
    for part in ["key", "lock", "journal", "store", "checkpoint", "head.anchor"] {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join(part), b"left").unwrap();
        let refused = Ledger::create(dir.path(), ORIGIN, &SEED, &options());
        assert!(matches!(refused, Err(Error::Exists(_))), "{part}");
        assert_eq!(fs::read(dir.path().join(part)).unwrap(), b"left");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing was created beside it");
    }
    let house = House::of(10);
    assert!(matches!(Ledger::create(&house.path(), ORIGIN, &SEED, &options()), Err(Error::Exists(_))));
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
        assert!(faults.iter().any(|fault| fault.part == part), "{part:?} at {at}: {faults:?}");
        flip(&path, at);
        sound(&ledger);
    }
}

#[test]
fn a_flipped_bit_in_any_row_of_the_database_is_found_by_opening_or_by_a_check() {
    let house = House::of(300);
    let rows = {
        let store = SledStore::open(&house.part("store"), &SPACES, 1 << 20).unwrap();
        let rows = |space| store.scan(space, &KeyRange::all(), 1000, Direction::Ascending).unwrap();
        SPACES.map(|space| (space, rows(space)))
    };
    house.copy("store");
    let mut tried = 0;
    for (space, rows) in rows {
        for (key, value) in rows {
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
                let found = faults.iter().all(|fault| fault.part == Part::Store) && !faults.is_empty();
                assert!(found || ledger.recovery().rebuilt, "{space:?} {} byte {at}", hex(&key));
                drop(ledger);
                let rebuilt = Ledger::rebuild(&house.path(), options(), now).unwrap();
                assert_eq!(rebuilt.check(&mut |_, _| {}).unwrap(), [], "rebuilding heals it");
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
        (Space("e"), [&99_u64.to_be_bytes()[..], &[0, 0]].concat(), b"\0\0".to_vec()),
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
        assert_eq!(faults.iter().map(|fault| fault.part).collect::<Vec<_>>(), [Part::Store], "{space:?}");
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
            sound(&ledger);
        }
    });
    holds(&ledger, 1000);
}
