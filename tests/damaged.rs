//! What is on the disk is not what was registered: our damage is told as ours, and never as the document's.
//! HOUSE, invariant 9; USERS section 5.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::backup;
use sigill::archive::backup::Secret;
use sigill::archive::catalogue::Query;
use sigill::archive::check::Weight;
use sigill::archive::ingest::Ingested;
use sigill::archive::statement::Language;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;
use house::fixture;
use house::flip;
use house::found;
use house::id_of;
use house::options;
use house::submission;
use house::weights;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";

/// An archive of two records, the first of which says another title than was registered, in the same form.
fn altered() -> (House, Archive, Vec<Ingested>) {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let path = house.blob("records", &ingested[0].record.id);
    let written = fs::read_to_string(&path).unwrap();
    let other = written.replacen("Styrelseprotokoll", "Styrelseprotokolx", 1);
    assert_ne!(written, other);
    fs::write(path, other).unwrap();
    (house, archive, ingested)
}

fn query(text: &str) -> Vec<Query> {
    Query::parse(text).unwrap()
}

fn is_damage<T: std::fmt::Debug>(answer: Result<T, Error>) -> bool {
    match answer {
        Err(Error::Damaged(_)) => true,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_that_was_altered_on_the_disk_is_neither_shown_nor_stated_nor_proven() {
    let (_house, archive, ingested) = altered();
    let (id, sha256) = (id_of(&ingested[0]), &ingested[0].record.verification.file.sha256);
    assert!(is_damage(archive.record(id)));
    assert!(is_damage(archive.find(&query(sha256))));
    assert!(is_damage(archive.find(&query(&ingested[0].record.transaction_ids[0]))));
    assert!(is_damage(archive.events(id)));
    assert!(is_damage(archive.statement(id, Language::Sv, None)));
    assert!(is_damage(archive.receipt(id)));
    assert!(is_damage(archive.verify_for_the_record(id, "registrator")));
    assert!(is_damage(archive.ingest(&fixture(GENUINE), &submission())));
    assert_eq!(weights(&archive), [Weight::Lost]);
    let other = id_of(&ingested[1]);
    assert!(
        archive.record(other).unwrap().is_some() && archive.receipt(other).unwrap().is_some(),
        "the other still is"
    );
    assert!(archive.is_answering().unwrap(), "and the service stands");
}

#[test]
fn no_receipt_is_made_with_a_salt_that_is_not_the_registered_one() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    flip(&house.blob("salts", &ingested[0].record.id));
    assert!(is_damage(archive.receipt(id_of(&ingested[0]))));
    assert_eq!(weights(&archive), [Weight::Lost]);
}

#[test]
fn what_was_lost_before_the_catalogue_was_made_is_registered_all_the_same() {
    let (house, archive, ingested) = altered();
    drop(archive);
    let archive = house.rebuild();
    let (id, record) = (id_of(&ingested[0]), &ingested[0].record);
    assert!(is_damage(archive.record(id)));
    for asked in [&record.verification.file.sha256, &record.transaction_ids[0], &"ab".repeat(32)] {
        assert!(is_damage(archive.find(&query(asked))), "nobody can say that {asked} is not registered");
    }
    assert_eq!(found(&archive, &ingested[1].record.id), [ingested[1].record.id.as_str()]);
    assert_eq!(archive.count().unwrap(), 2);
    assert_eq!(weights(&archive), [Weight::Lost]);
}

#[test]
fn what_is_put_back_is_found_again_once_it_is_rebuilt() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    drop(archive);
    let path = house.blob("records", &ingested[0].record.id);
    let written = fs::read(&path).unwrap();
    flip(&path);
    drop(house.rebuild());
    fs::write(&path, written).unwrap();
    assert_eq!(weights(&house.open()), [Weight::Derived], "`check` says to rebuild");
    let archive = house.rebuild();
    assert_eq!(found(&archive, &ingested[0].record.id), [ingested[0].record.id.as_str()]);
    assert_eq!(archive.find(&query(&"ab".repeat(32))).unwrap().len(), 0, "and nothing hides any more");
    assert_eq!(weights(&archive), []);
}

/// An archive whose ledger and catalogue are those from before its last registration.
fn with_an_older_ledger() -> (House, Ingested) {
    let (house, archive, _) = House::with(&[NOTES]);
    drop(archive);
    ["ledger", "catalogue"].iter().for_each(|part| drop(house.copy(part)));
    let archive = house.open();
    let later = archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    drop(archive);
    ["ledger", "catalogue"].iter().for_each(|part| house.put_back(part));
    (house, later)
}

#[test]
fn records_that_no_entry_names_may_have_been_registered_and_nobody_says_that_nothing_is_lost() {
    let (house, later) = with_an_older_ledger();
    let archive = house.open();
    let faults = archive.check(&mut |_, _| {}).unwrap();
    let [fault] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(fault.weight, Weight::Unregistered);
    assert!(fault.severity().sv.contains("äldre kopia"), "{fault:?}");
    assert!(fault.loss().sv.starts_with("Inget som står i loggen"), "{fault:?}");
    assert!(fault.remedy().sv.contains("sigill restore") && fault.remedy().sv.contains("kvitto"), "{fault:?}");
    let again = archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    assert!(again.new && again.record.id != later.record.id);
    assert_eq!(weights(&archive), [Weight::Note], "registered by another record: the first is nobody's any more");
}

#[test]
fn a_ledger_shorter_than_the_last_backup_is_rolled_back() {
    let (house, archive, _) = House::with(&[NOTES]);
    drop(archive);
    ["ledger", "catalogue"].iter().for_each(|part| drop(house.copy(part)));
    let archive = house.open();
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    drop(archive);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("b.tar");
    backup::write(&house.path(""), &options(), &file, Secret::In, &mut |_, _| {}).unwrap();
    drop(house.open());
    ["ledger", "catalogue"].iter().for_each(|part| house.put_back(part));
    for opened in [Archive::open(&house.path(""), options()), Archive::read(&house.path(""), options())] {
        assert!(matches!(opened, Err(Error::RolledBack { known: 2, found: 1 })), "{opened:?}");
    }
    let back = place.path().join("back");
    backup::restore(&file, &back, &options(), &backup::Wanted::default(), &mut |_, _| {}).unwrap();
    assert_eq!(weights(&Archive::open(&back, options()).unwrap()), [], "the backup leads out of it");
}
