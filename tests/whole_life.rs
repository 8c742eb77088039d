//! An archive's life from its first day to the restoring of its backup, through the public API: two hundred documents come,
//! some are held, what has had its time goes by two persons' decision, some are delivered, and at each step every
//! Transaktions-ID leads to the right answer. Issue 5, "Must show"; SWEDEN 4.4; HOUSE, invariants 6 to 9.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;

use jiff::SignedDuration;
use jiff::Timestamp;
use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::Options;
use sigill::archive::backup;
use sigill::archive::backup::Secret;
use sigill::archive::backup::Wanted;
use sigill::archive::catalogue::Query;
use sigill::archive::disposed;
use sigill::archive::life::Stage;
use sigill::archive::package::Order;
use sigill::archive::record::RecordId;
use sigill::archive::record::Submission;
use sigill::archive::refusal::Refusal;
use sigill::archive::retention::Due;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;

const COUNT: usize = 200;

const SCHEDULE: &str = r#"
[schedule]
version = "2026.1"
example = false
plan = "Dokumenthanteringsplan"

[[rule]]
id = "protokoll"
record_types = ["minutes"]
handlingstyp = { sv = "Protokoll", en = "Minutes" }
outcome = "bevaras"
deliver_after_years = 2
from = "registered"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "anteckningar"
record_types = ["meeting-notes"]
handlingstyp = { sv = "Anteckningar", en = "Notes" }
outcome = "gallras"
years = 2
from = "registered"
basis = { decision = "KS 2025/9", date = "2025-03-01" }
"#;

thread_local! {
    static DAYS: Cell<i64> = const { Cell::new(0) };
}

fn clock() -> Timestamp {
    let began: Timestamp = house::NOW.parse().unwrap();
    began + SignedDuration::from_hours(24 * DAYS.get())
}

fn options() -> Options {
    Options { clock, ..house::options() }
}

/// The signature page of a signing service as text, with its own transaction id.
fn document(number: usize) -> (Vec<u8>, String) {
    let transaction = format!("{number:08x}4468491abafd389e9b0451b4");
    let text = format!(
        "Handling nummer {number}\n\nDetta är ett elektroniskt undertecknat dokument\n\nUnderskrift 1\nNamn: Anna Ek\n\
         Företag: Exempelkommunen\nIdentifieringsmetod: BankId\nDatum och tid: 2024-12-16 18:19:22 GMT+01:00\n\
         Transaktions-ID: {transaction}\n"
    );
    (text.into_bytes(), transaction)
}

/// Which kind a document is of: a rule that disposes, one that preserves, and none.
fn kind(number: usize) -> &'static str {
    ["meeting-notes", "minutes", "zeppelin", "zeppelin"][number % 4]
}

struct Kept {
    id: RecordId,
    document: Vec<u8>,
    transaction: String,
}

/// Every Transaktions-ID leads to its record; the document of what is gone is refused by its decision, all others are whole.
fn every_transaction_is_answered(archive: &Archive, kept: &[Kept], gone: &BTreeSet<RecordId>) {
    for Kept { id, document, transaction } in kept {
        let found = archive.find(&Query::parse(transaction).unwrap()).unwrap();
        let [found] = found.as_slice() else { panic!("{transaction}: {} records", found.len()) };
        assert_eq!(found.record.id, id.to_string());
        if gone.contains(id) {
            assert!(matches!(&found.life.disposal, Some(Stage::Done(one)) if one.decision == "KS 2029/44"), "{id}");
            match archive.document(*id) {
                Err(Error::Refused(refusal)) => assert_eq!(*refusal, Refusal::Disposed("KS 2029/44".to_owned())),
                other => panic!("{id}: {other:?}"),
            }
        } else {
            assert_eq!(&archive.document(*id).unwrap().unwrap(), document);
        }
    }
}

#[test]
fn two_hundred_documents_come_are_held_disposed_of_delivered_backed_up_and_restored() {
    let house = House::empty();
    fs::write(house.path("retention.toml"), SCHEDULE).unwrap();
    let archive = Archive::open(&house.path(""), options()).unwrap();
    let kept: Vec<Kept> = (0..COUNT)
        .map(|number| {
            let (document, transaction) = document(number);
            let submission = Submission { record_type: Some(kind(number).to_owned()), ..house::submission() };
            let ingested = archive.ingest(&document, &submission).unwrap();
            assert!(ingested.new && ingested.record.transaction_ids == [transaction.clone()], "{number}");
            Kept { id: ingested.record.id.parse().unwrap(), document, transaction }
        })
        .collect();
    let of = |which: &str| -> Vec<RecordId> { (0..COUNT).filter(|n| kind(*n) == which).map(|n| kept[n].id).collect() };
    let (notes, minutes) = (of("meeting-notes"), of("minutes"));
    every_transaction_is_answered(&archive, &kept, &BTreeSet::new());

    // A backup of the first day, with everything in it.
    let first = house.path("../first.tar");
    drop(archive);
    backup::write(&house.path(""), &options(), &first, Secret::In, &mut |_, _| {}).unwrap();
    let archive = Archive::open(&house.path(""), options()).unwrap();

    // Hold, due.
    let held: BTreeSet<RecordId> = notes.iter().copied().take(5).collect();
    for id in &held {
        archive.hold(*id, "Utlämnandemål", None, "registrator").unwrap();
    }
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(archive.due(day("2027-01-01")).unwrap().len(), 0, "nothing has had its time");
    let due = archive.due(day("2029-01-01")).unwrap();
    let count = |what: Due| due.iter().filter(|(_, _, one)| *one == what).count();
    assert_eq!((count(Due::Disposal), count(Due::Delivery)), (notes.len(), minutes.len()));

    // Propose, decide, dispose.
    DAYS.set(3 * 366);
    let proposal = archive.propose_disposal(&notes, "registrator").unwrap();
    let skipped: BTreeSet<RecordId> = proposal.skipped.iter().map(|(id, _)| *id).collect();
    assert_eq!((skipped, proposal.done.len()), (held.clone(), notes.len() - held.len()));
    let decided = archive.decide_disposal(&proposal.proposal, "KS 2029/44", "arkivarie").unwrap();
    assert_eq!(decided.done, proposal.done);
    DAYS.set(3 * 366 + 31);
    let gone: BTreeSet<RecordId> = archive.carry_out_disposals().unwrap().into_iter().collect();
    assert_eq!(gone, proposal.done.iter().copied().collect());
    assert_eq!(archive.protocol(&proposal.proposal).unwrap().lines.len(), gone.len());
    every_transaction_is_answered(&archive, &kept, &gone);
    assert_eq!(archive.check(&mut |_, _| {}).unwrap(), []);

    // Deliver.
    let package = archive.package(&minutes[..3], &Order::default()).unwrap().unwrap();
    let written = package.write_folder(&archive, &house.path("../delivery")).unwrap();
    archive.hand_over(&package, &written, "Regionarkivet", "arkivarie").unwrap();
    let due = archive.due(day("2030-01-01")).unwrap();
    assert_eq!(due.iter().filter(|(_, _, what)| *what == Due::Delivery).count(), minutes.len() - 3);

    // Back up, restore, check.
    let root = (archive.ledger().size(), archive.ledger().root());
    drop(archive);
    let last = house.path("../last.tar");
    backup::write(&house.path(""), &options(), &last, Secret::In, &mut |_, _| {}).unwrap();
    let there = house.path("../restored");
    let restored = backup::restore(&last, &there, &options(), &Wanted::default(), &mut |_, _| {}).unwrap();
    assert_eq!(restored.faults, []);
    let archive = Archive::open(&there, options()).unwrap();
    assert_eq!((archive.ledger().size(), archive.ledger().root()), root);
    every_transaction_is_answered(&archive, &kept, &gone);
    assert_eq!(archive.held().unwrap().len(), held.len());

    // The first day's backup does not bring back what is gone, where it is told what that is.
    let list = disposed::read(&house.path("")).unwrap();
    assert_eq!(list.keys().copied().collect::<BTreeSet<_>>(), gone);
    assert!(list.values().all(|decision| !decision.is_empty()), "each says by which decision: {list:?}");
    let there = house.path("../of-the-first-day");
    let wanted = Wanted { disposed: list, older: true, ..Wanted::default() };
    backup::restore(&first, &there, &options(), &wanted, &mut |_, _| {}).unwrap();
    let archive = Archive::open(&there, options()).unwrap();
    for one in &kept {
        let back = archive.record(one.id).unwrap().is_some();
        assert_eq!(back, !gone.contains(&one.id), "{}", one.id);
    }
}
