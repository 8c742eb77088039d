//! A journal or an anchor that is damaged or gone is made anew of what else holds the entries, and never of less than
//! was published. LEDGER.md 6.4.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::Options;
use sigill::archive::ingest::Ingested;
use sigill::archive::prove::prove;
use sigill::ledger;
use sigill::ledger::Ledger;
use sigill::ledger::remake::Remade;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;
use house::fixture;
use house::flip;
use house::id_of;
use house::options;
use house::submission;
use house::weights;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";
const NEWSLETTER: &str = "nytt-fran-kommunledningsgruppen-2025-09.pdf";

type Damage = fn(&House);

fn segments(house: &House) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir(house.path("ledger/journal")).unwrap().map(|one| one.unwrap().path()).collect();
    found.sort();
    found
}

fn gone(path: &Path) {
    if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
}

fn scribbled(path: &Path) {
    let length = usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
    fs::write(path, vec![0x55; length]).unwrap();
}

fn remake(house: &House, options: Options) -> Result<(Archive, Remade), Error> {
    Archive::remake_journal(&house.path(""), options, &mut |_, _| {})
}

/// An archive of two records, and a receipt from before its damage.
fn filled() -> (House, Vec<Ingested>, String) {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let receipt = archive.receipt(id_of(&ingested[0])).unwrap().unwrap();
    (house, ingested, receipt)
}

#[test]
fn whatever_happened_to_journal_and_anchor_nothing_that_was_acknowledged_is_lost() {
    let damages: [(&str, Damage, bool); 7] = [
        ("the anchor is gone", |house| gone(&house.path("ledger/head.anchor")), false),
        ("the anchor is unreadable", |house| scribbled(&house.path("ledger/head.anchor")), false),
        ("the journal is gone", |house| gone(&house.path("ledger/journal")), true),
        ("the journal is unreadable", |house| scribbled(&segments(house)[0]), true),
        (
            "journal and anchor are gone",
            |house| ["journal", "head.anchor"].iter().for_each(|part| gone(&house.path(&format!("ledger/{part}")))),
            true,
        ),
        (
            "the journal is gone and the new one was not put in place",
            |house| {
                drop(remake(house, options()).unwrap());
                fs::create_dir(house.path("ledger/remaking")).unwrap();
                fs::rename(house.path("ledger/journal"), house.path("ledger/remaking/journal")).unwrap();
                gone(&house.path("ledger/store"));
                gone(&house.path("ledger/head.anchor"));
            },
            true,
        ),
        ("nothing is wrong", |_| {}, false),
    ];
    for (what, damage, journal) in damages {
        let (house, ingested, receipt) = filled();
        let before = {
            let archive = house.open();
            (archive.ledger().size(), archive.ledger().root())
        };
        damage(&house);
        if what != "nothing is wrong" {
            assert!(Archive::open(&house.path(""), options()).is_err(), "{what}: nothing opens");
        }
        let (archive, remade) = remake(&house, options()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(remade, Remade { size: before.0, root: before.1, journal }, "{what}");
        assert_eq!((archive.ledger().size(), archive.ledger().root()), before, "{what}");
        assert_eq!(weights(&archive), [], "{what}");
        let proof = prove(&archive.published_keys(), &fixture(GENUINE), &receipt);
        assert!(proof.is_proven(), "{what}: receipts hold: {proof:?}");
        assert!(archive.ingest(&fixture(NEWSLETTER), &submission()).unwrap().new, "{what}: and it goes on");
        drop(archive);
        let archive = house.open();
        assert_eq!((archive.ledger().size(), weights(&archive)), (before.0 + 1, vec![]), "{what}: also after closing");
        assert_eq!(archive.document(id_of(&ingested[1])).unwrap(), Some(fixture(NOTES)), "{what}");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_the_journal_is_mended_of_the_database() {
    let (house, ..) = filled();
    let before = house.open().ledger().root();
    for part in 0..24 {
        let segment = segments(&house).remove(0);
        let mut bytes = fs::read(&segment).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let offset = (used - 1) * part / 23;
        bytes[offset] ^= 0x10;
        fs::write(&segment, bytes).unwrap();
        let (archive, _) = remake(&house, options()).unwrap();
        assert_eq!(archive.ledger().root(), before, "{offset}");
        assert_eq!(weights(&archive), [], "{offset}");
    }
}

#[test]
fn sealed_volumes_hold_entries_too() {
    let mut small = options();
    small.ledger.volume_doublings = 8;
    small.ledger.sync_commits = 1;
    let house = House::empty();
    let archive = Archive::open(&house.path(""), small.clone()).unwrap();
    let entries = (0..1_000_u32).map(|number| number.to_be_bytes().to_vec()).collect();
    archive.ledger().append_all(entries).unwrap();
    let before = (archive.ledger().size(), archive.ledger().root());
    drop(archive);
    let ledger = house.path("ledger");
    let volumes = || fs::read_dir(house.path("ledger/volumes")).unwrap().count();
    assert!(volumes() > 0);
    gone(&house.path("ledger/journal"));
    let (remade, _) = Ledger::remake(&ledger, small.ledger.clone(), small.clock, &mut |_, _| {}).unwrap();
    assert_eq!((remade.size(), remade.root()), before);
    drop(remade);
    let again = Ledger::open(&ledger, small.ledger, small.clock).unwrap();
    assert_eq!((again.check(&mut |_, _| {}).unwrap(), again.size()), (vec![], before.0));
}

#[test]
fn of_less_than_was_published_nothing_is_made() {
    let (house, ..) = filled();
    house.copy("ledger");
    let archive = house.open();
    archive.ingest(&fixture(NEWSLETTER), &submission()).unwrap();
    drop(archive);
    let published = fs::read(house.path("ledger/checkpoint")).unwrap();
    house.put_back("ledger");
    fs::write(house.path("ledger/checkpoint"), published).unwrap();
    gone(&house.path("ledger/head.anchor"));
    let refused = remake(&house, options());
    let unfounded = ledger::error::Error::Unfounded { published: 3, found: 2 };
    assert!(matches!(&refused, Err(Error::Ledger(error)) if error.to_string() == unfounded.to_string()), "{refused:?}");
    assert!(!house.path("ledger/head.anchor").exists(), "nothing was changed");
}

#[test]
fn without_journal_and_database_the_backup_is_all_there_is() {
    let (house, ..) = filled();
    gone(&house.path("ledger/journal"));
    gone(&house.path("ledger/store"));
    let refused = remake(&house, options());
    assert!(
        matches!(&refused, Err(Error::Ledger(ledger::error::Error::Unfounded { published: 2, found: 0 }))),
        "{refused:?}"
    );
}

#[test]
fn another_history_in_the_database_is_not_taken_for_this_one() {
    let (house, ..) = filled();
    let (other, archive, _) = House::with(&[NEWSLETTER, NOTES]);
    drop(archive);
    gone(&house.path("ledger/journal"));
    gone(&house.path("ledger/store"));
    fs::rename(other.path("ledger/store"), house.path("ledger/store")).unwrap();
    assert!(matches!(remake(&house, options()), Err(Error::Ledger(ledger::error::Error::Unfounded { .. }))));
}

#[test]
fn an_older_ledger_is_still_rolled_back() {
    let (house, ..) = filled();
    house.copy("ledger");
    let archive = house.open();
    archive.ingest(&fixture(NEWSLETTER), &submission()).unwrap();
    drop(archive);
    house.put_back("ledger");
    gone(&house.path("ledger/head.anchor"));
    let refused = remake(&house, options());
    assert!(matches!(refused, Err(Error::RolledBack { known: 3, found: 2 })), "{refused:?}");
    flip(&house.path("ledger/checkpoint"));
    assert!(remake(&house, options()).is_err(), "without what was published nobody knows how far");
}
