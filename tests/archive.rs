//! The archive as its users meet it: created, filled, asked, damaged, rebuilt.
//! HOUSE, invariants 6 to 9; INTERFACES section 1 (`find`, `receipt`, `prove`, `check`, `rebuild`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::thread;

use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::act::Correction;
use sigill::archive::catalogue;
use sigill::archive::catalogue::Query;
use sigill::archive::check::Weight;
use sigill::archive::entry::Entry;
use sigill::archive::prove::prove;
use sigill::archive::record::RecordId;
use sigill::archive::record::Submission;
use sigill::archive::record::diary_key;
use sigill::archive::retention::Outcome;
use sigill::store::Batch;
use sigill::store::Space;
use sigill::store::Store;
use sigill::store::sled::SledStore;

#[path = "support/archive.rs"]
mod house;

use house::House;
use house::NOW;
use house::ORIGIN;
use house::fixture;
use house::flip;
use house::found;
use house::id_of;
use house::options;
use house::submission;
use house::weights;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const ARCHIVED: &str = "styrelseprotokoll-b-lta.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";
const NEWSLETTER: &str = "nytt-fran-kommunledningsgruppen-2025-09.pdf";

#[test]
fn creating_is_not_opening() {
    let house = House::empty();
    let again = Archive::create(&house.path(""), ORIGIN, None, &options());
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    let opened = Archive::open(elsewhere.path(), options());
    assert!(matches!(opened, Err(Error::Missing(_))), "{opened:?}");
    assert!(fs::read_dir(elsewhere.path()).unwrap().next().is_none(), "opening creates nothing");
    fs::write(elsewhere.path().join("letter.txt"), "x").unwrap();
    let over = Archive::create(elsewhere.path(), ORIGIN, None, &options());
    assert!(matches!(over, Err(Error::Exists(_))), "{over:?}");
    assert_eq!(house.open().organisation(), Some("Exempelförbundet"));
}

#[test]
fn a_record_says_what_the_minutes_say() {
    let (_house, archive, ingested) = House::with(&[GENUINE]);
    let [one] = &ingested[..] else { panic!("one record") };
    assert_eq!((one.index, one.new, archive.ledger().size()), (0, true, 1));
    let record = &one.record;
    assert_eq!(record.verification.verdict, "valid");
    assert_eq!((record.record_type.as_str(), record.registered_at.as_str()), ("minutes", NOW));
    assert!(record.title.as_deref().unwrap().starts_with("Styrelseprotokoll"), "{:?}", record.title);
    assert_eq!(record.meeting_date.as_deref(), Some("2024-12-13"));
    assert_eq!(record.transaction_ids.len(), 3);
    let last = record.last_signed_at.as_deref().unwrap();
    assert!(("2024-12-16T17:50:00Z".."2024-12-16T18:01:00Z").contains(&last), "{last}");
}

#[test]
fn a_document_timestamp_is_not_the_last_signature() {
    let (_house, _archive, ingested) = House::with(&[GENUINE, ARCHIVED]);
    let last = |which: usize| ingested[which].record.last_signed_at.clone();
    assert_eq!(last(0), last(1), "the timestamp of 18:35 proves, it does not sign");
}

#[test]
fn the_same_bytes_are_one_record() {
    let (_house, archive, first) = House::with(&[GENUINE]);
    let renamed = Submission { name: "annat namn.pdf".to_owned(), ..submission() };
    let again = archive.ingest(&fixture(GENUINE), &renamed).unwrap();
    assert_eq!((again.record.id.as_str(), again.index, again.new), (first[0].record.id.as_str(), 0, false));
    assert_eq!(archive.ledger().size(), 1);
    assert_eq!(again.record.verification.file.name, "protokoll.pdf", "the record is as it was");
}

#[test]
fn the_same_bytes_handed_in_by_many_at_once_are_one_record() {
    let house = House::empty();
    let archive = house.open();
    let answers: Vec<_> = thread::scope(|scope| {
        let hands: Vec<_> = (0..4).map(|_| scope.spawn(|| archive.ingest(&fixture(NOTES), &submission()))).collect();
        hands.into_iter().map(|hand| hand.join().unwrap().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.new).count(), 1);
    assert!(answers.iter().all(|answer| answer.record.id == answers[0].record.id && answer.index == 0));
    assert_eq!((archive.ledger().size(), weights(&archive)), (1, vec![]));
}

#[test]
fn nothing_and_too_much_are_refused_and_leave_nothing() {
    let house = House::empty();
    let mut small = options();
    small.budget.document_bytes_max = 100;
    let archive = Archive::open(&house.path(""), small).unwrap();
    assert!(matches!(archive.ingest(b"", &submission()), Err(Error::Empty)));
    assert!(matches!(archive.ingest(&[b'x'; 101], &submission()), Err(Error::TooLarge { bytes: 101, max: 100 })));
    assert_eq!((archive.ledger().size(), weights(&archive)), (0, vec![]));
}

#[test]
fn whatever_a_person_holds_in_the_hand_leads_to_the_record() {
    let (_house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let record = &ingested[0].record;
    let (id, transaction) = (record.id.clone(), record.transaction_ids[0].replace('-', "").to_lowercase());
    let hyphens = format!(
        "{}-{}-{}-{}-{}",
        &transaction[..8],
        &transaction[8..12],
        &transaction[12..16],
        &transaction[16..20],
        &transaction[20..]
    );
    let sha256 = &record.verification.file.sha256;
    for pasted in [
        transaction.clone(),
        transaction.to_uppercase(),
        hyphens.clone(),
        hyphens.to_uppercase(),
        format!("  {hyphens}\n"),
        format!("Transaktions-ID: {transaction}"),
        format!("Transaktions-ID {}", hyphens.to_uppercase()),
        sha256.clone(),
        sha256.to_uppercase(),
        format!("sha256:{sha256}"),
        id.clone(),
        id.to_uppercase(),
    ] {
        assert_eq!(found(&archive, &pasted), [id.as_str()], "{pasted}");
    }
    let mut both = [record.id.clone(), ingested[1].record.id.clone()];
    both.sort();
    for pasted in ["KS 2024/123", "ks  2024/123", "Dnr: KS 2024/123", "Diarienummer KS 2024/123"] {
        let mut answer = found(&archive, pasted);
        answer.sort();
        assert_eq!(answer, both, "{pasted}");
    }
    for other in &record.transaction_ids[1..] {
        assert_eq!(found(&archive, other), [id.as_str()]);
    }
}

#[test]
fn not_there_is_another_answer_than_no_question() {
    let (_house, archive, ingested) = House::with(&[NOTES]);
    for absent in ["00000000-0000-4000-8000-000000000001", &"0".repeat(64), &"a1".repeat(12), "KS 1999/1"] {
        assert_eq!(found(&archive, absent), [""; 0], "{absent}");
    }
    let (cut, mistyped) = ("41c226cf-4468-491a", "41c226cf-4468-491a-bafd-389e9b0451bz");
    for malformed in ["", "   ", "hej", "§", &"x".repeat(2_000), cut, mistyped] {
        assert!(Query::parse(malformed).is_err(), "{malformed}");
    }
    let stranger = RecordId::from_random([1; 12]);
    assert!(archive.record(stranger).unwrap().is_none());
    assert!(archive.document(stranger).unwrap().is_none());
    assert!(archive.receipt(stranger).unwrap().is_none());
    assert!(archive.events(stranger).unwrap().is_none());
    assert_eq!(archive.events(id_of(&ingested[0])).unwrap().unwrap().len(), 1);
}

#[test]
fn the_document_comes_back_byte_for_byte_also_after_closing() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let id = id_of(&ingested[0]);
    assert_eq!(archive.document(id).unwrap().unwrap(), fixture(GENUINE));
    let before = serde_json::to_string(&archive.record(id).unwrap().unwrap().record).unwrap();
    drop(archive);
    let archive = house.open();
    assert_eq!(archive.document(id).unwrap().unwrap(), fixture(GENUINE));
    assert_eq!(serde_json::to_string(&archive.record(id).unwrap().unwrap().record).unwrap(), before);
}

#[test]
fn a_receipt_proves_its_document_and_nothing_else() {
    let (house, archive, ingested) = House::with(&[NOTES, GENUINE, NEWSLETTER]);
    let receipt = archive.receipt(id_of(&ingested[1])).unwrap().unwrap();
    let proof = prove(&house.vkey, &fixture(GENUINE), &receipt);
    assert!(proof.is_proven(), "{:?}", proof.failed);
    assert!(proof.held.len() >= 5, "every step is named: {:?}", proof.held);
    for other in [fixture(NOTES), fixture(ARCHIVED), Vec::new()] {
        assert!(!prove(&house.vkey, &other, &receipt).is_proven());
    }
    let stranger = House::empty();
    assert!(!prove(&stranger.vkey, &fixture(GENUINE), &receipt).is_proven(), "the same name, another key");
    assert!(!prove("", &fixture(GENUINE), &receipt).is_proven());
}

/// Nobody can say of a changed receipt that it proves: with the Ed25519 key alone, this holds up to the end of that
/// key's line, for lines of keys that one does not know must be passed over (C2SP signed-note). With both keys of the
/// ledger it holds for the second line's signature too; only its key's name or id, changed, makes it a stranger's line.
#[test]
fn no_byte_of_a_receipt_may_change() {
    let (house, archive, ingested) = House::with(&[NEWSLETTER, NOTES]);
    let (document, receipt) = (fixture(NOTES), archive.receipt(id_of(&ingested[1])).unwrap().unwrap());
    let both: String = archive.ledger().vkeys().iter().map(|key| format!("{key}\n")).collect();
    assert!(both.starts_with(&format!("{}\n", house.vkey)));
    assert!(prove(&house.vkey, &document, &receipt).is_proven());
    assert!(prove(&both, &document, &receipt).is_proven());
    let second = receipt.rfind("\n\u{2014} ").unwrap() + 1;
    let its_signature = second + "\u{2014} ".len() + ORIGIN.len() + 1 + 6;
    for at in (0..second).chain((its_signature..receipt.len()).step_by(7)) {
        let keys = if at < second { &house.vkey } else { &both };
        for flip in [0x01, 0x02, 0x20] {
            let mut changed = receipt.clone().into_bytes();
            changed[at] ^= flip;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(!prove(keys, &document, &changed).is_proven(), "byte {at}:\n{changed}");
        }
        let shorter = [&receipt.as_bytes()[..at], &receipt.as_bytes()[at + 1..]].concat();
        let shorter = String::from_utf8(shorter).unwrap_or_default();
        assert!(!prove(keys, &document, &shorter).is_proven(), "without byte {at}");
    }
    let stranger = receipt.replace(&format!("\n\u{2014} {ORIGIN} "), "\n\u{2014} someone.else ");
    assert!(!prove(&both, &document, &stranger).is_proven(), "both lines a stranger's");
}

#[test]
fn how_long_a_record_is_kept_follows_from_its_type() {
    let (_house, archive, ingested) = House::with(&[GENUINE, NOTES, NEWSLETTER]);
    let kept = |which: usize| archive.retention(&ingested[which].found());
    assert_eq!(kept(0).rule_id.as_deref(), Some("protokoll"));
    assert!(matches!(kept(0).outcome, Outcome::Preserve { .. }), "{:?}", kept(0).outcome);
    assert_eq!(kept(1).rule_id.as_deref(), Some("motesanteckningar"));
    assert_eq!(kept(2).rule_id.as_deref(), Some("information"));
    assert!(!kept(0).adopted && !kept(1).adopted, "the example is no decision");
    let odd = Submission { record_type: Some("zeppelin".to_owned()), ..submission() };
    let odd = archive.ingest(b"en text utan rubrik", &odd).unwrap();
    let answer = archive.retention(&odd.found());
    assert_eq!((answer.rule_id, answer.until), (None, None), "without a rule nothing is disposed of");
}

#[test]
fn a_sound_archive_has_no_faults_and_progress_reaches_its_end() {
    let (_house, archive, _) = House::with(&[GENUINE, NOTES]);
    let mut steps = Vec::new();
    assert_eq!(archive.check(&mut |done, total| steps.push((done, total))).unwrap(), []);
    assert!(steps.last().is_some_and(|(done, total)| done == total), "{steps:?}");
}

#[test]
fn lost_or_changed_bytes_are_found_and_never_given_out() {
    type Damage = fn(&House, &str, &str);
    let damages: [(&str, Damage); 5] = [
        ("a changed document", |house, _, sha256| flip(&house.blob("documents", sha256))),
        ("a deleted document", |house, _, sha256| fs::remove_file(house.blob("documents", sha256)).unwrap()),
        ("a changed record", |house, id, _| flip(&house.blob("records", id))),
        ("a deleted record", |house, id, _| fs::remove_file(house.blob("records", id)).unwrap()),
        ("a missing salt", |house, id, _| fs::remove_file(house.blob("salts", id)).unwrap()),
    ];
    for (what, damage) in damages {
        let (house, archive, ingested) = House::with(&[NOTES, NEWSLETTER]);
        let record = &ingested[0].record;
        damage(&house, &record.id, &record.verification.file.sha256);
        let faults = archive.check(&mut |_, _| {}).unwrap();
        let [lost] = &faults[..] else { panic!("{what}: {faults:?}") };
        assert_eq!(lost.weight, Weight::Lost, "{what}");
        assert!(lost.remedy().sv.contains("säkerhetskopia"), "{what}");
        if what.ends_with("document") {
            assert!(matches!(archive.document(id_of(&ingested[0])), Err(Error::Damaged(_))), "{what}");
        }
        assert!(archive.document(id_of(&ingested[1])).unwrap().is_some(), "{what}: the other still comes");
        assert!(archive.receipt(id_of(&ingested[1])).unwrap().is_some(), "{what}: and its receipt");
    }
}

#[test]
fn a_catalogue_that_says_something_else_is_derived_and_rebuilt() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES]);
    let (record, transaction) = (ingested[0].record.clone(), ingested[0].record.transaction_ids[0].clone());
    drop((archive, ingested));
    for space in ["record", "document", "transaction", "diary", "order"] {
        let store = SledStore::open(&house.path("catalogue"), catalogue::SPACES, 1 << 20).unwrap();
        let rows = store.scan(Space(space), &sigill::store::KeyRange::all(), 10, sigill::store::Direction::Ascending);
        let mut batch = Batch::new();
        rows.unwrap().into_iter().for_each(|(key, _)| batch.delete(Space(space), key));
        let _ = store.apply(&batch, None).unwrap();
        store.sync().unwrap();
        drop(store);
        let archive = house.open();
        let faults = weights(&archive);
        assert!(!faults.is_empty() && faults.iter().all(|weight| *weight == Weight::Derived), "{space}: {faults:?}");
        drop(archive);
        let archive = house.rebuild();
        assert_eq!((weights(&archive), found(&archive, &transaction)), (vec![], vec![record.id.clone()]), "{space}");
    }
}

#[test]
fn what_is_derived_is_made_again_from_plain_files() {
    let (house, archive, ingested) = House::with(&[GENUINE, NOTES, NEWSLETTER]);
    let (root, size) = (archive.ledger().root(), archive.ledger().size());
    let receipt = archive.receipt(id_of(&ingested[0])).unwrap().unwrap();
    drop(archive);
    for gone in [&["catalogue"][..], &["ledger/store"], &["catalogue", "ledger/store"]] {
        gone.iter().for_each(|part| fs::remove_dir_all(house.path(part)).unwrap());
        let archive = house.rebuild();
        assert_eq!((archive.ledger().root(), archive.ledger().size()), (root, size), "{gone:?}");
        assert_eq!(weights(&archive), [], "{gone:?}");
        for one in &ingested {
            assert_eq!(found(&archive, &one.record.verification.file.sha256), [one.record.id.as_str()]);
        }
        assert_eq!(archive.receipt(id_of(&ingested[0])).unwrap().unwrap(), receipt, "{gone:?}");
    }
}

#[test]
fn a_catalogue_that_lags_behind_is_caught_up_at_opening() {
    let (house, archive, _) = House::with(&[NOTES]);
    drop(archive);
    house.copy("catalogue");
    let archive = house.open();
    let later = archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    drop(archive);
    house.put_back("catalogue");
    let archive = house.open();
    assert_eq!(found(&archive, &later.record.transaction_ids[0]), [later.record.id.as_str()]);
    assert_eq!((archive.registered(&[0; 32]).unwrap().is_none(), weights(&archive)), (true, vec![]));
}

#[test]
fn what_an_interrupted_registration_left_is_told() {
    let (house, archive, ingested) = House::with(&[NOTES]);
    let name = "ab".repeat(32);
    let (note, unregistered) = (Weight::Note, Weight::Unregistered);
    for (room, name, told) in
        [("documents", name.as_str(), note), ("records", &name[..24], unregistered), ("salts", &name[..24], note)]
    {
        let path = house.path(room).join(&name[..2]);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(name), "left over").unwrap();
        assert_eq!(weights(&archive), [told], "{room}");
        fs::remove_file(path.join(name)).unwrap();
    }
    assert_eq!((weights(&archive), ingested.len()), (vec![], 1));
}

#[test]
fn the_ledger_holds_no_personal_data_and_no_hash_that_can_be_guessed() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let record = &ingested[0].record;
    let entry = archive.ledger().entry(0).unwrap();
    let text = String::from_utf8(entry.clone()).unwrap().to_lowercase();
    let sha256 = &record.verification.file.sha256;
    let names = ["ledin", "lövgren", "svanholm", "1890", "protokoll", "ks 2024", "registrator"];
    let ids = record.transaction_ids.iter().map(|id| id.to_lowercase());
    for word in names.map(str::to_owned).into_iter().chain(ids).chain([sha256.clone()]) {
        assert!(!text.contains(&word), "{word} in {text}");
    }
    // Without the salt the commitment follows from nothing that anyone can hold; with another it is another.
    let known = Entry::read(&entry).unwrap();
    fs::remove_file(house.blob("salts", &record.id)).unwrap();
    let written = fs::read(house.blob("records", &record.id)).unwrap();
    let hashes = [sigill::verify::crypto::sha256(&[&written]), sigill::verify::crypto::sha256(&[&fixture(GENUINE)])];
    let guess = sigill::archive::entry::commitment(&[0; 32], &hashes[1], &hashes[0]);
    assert!(guess != known.commitment && !hashes.contains(&known.commitment));
    assert!(archive.receipt(id_of(&ingested[0])).is_err(), "no receipt without the salt");
    assert_eq!(weights(&archive), [Weight::Lost]);
}

#[test]
fn an_older_ledger_put_back_is_refused() {
    let (house, archive, _) = House::with(&[NOTES]);
    drop(archive);
    house.copy("ledger");
    let archive = house.open();
    archive.ingest(&fixture(GENUINE), &submission()).unwrap();
    drop(archive);
    house.put_back("ledger");
    let refused = Archive::open(&house.path(""), options());
    assert!(matches!(refused, Err(Error::RolledBack { known: 2, found: 1 })), "{refused:?}");
}

#[test]
fn one_lost_record_hides_no_other_also_after_rebuilding() {
    let (house, archive, ingested) = House::with(&[GENUINE, ARCHIVED]);
    let transaction = ingested[0].record.transaction_ids[0].clone();
    drop(archive);
    let lost = &ingested[1].record.id;
    fs::remove_file(house.blob("records", lost)).unwrap();
    let kept = [ingested[0].record.id.as_str()];
    let archive = house.open();
    assert_eq!(found(&archive, &transaction), kept, "as it stands");
    drop(archive);
    let archive = Archive::rebuild(&house.path(""), options()).unwrap();
    assert_eq!(found(&archive, &transaction), kept, "rebuilt");
    assert!(weights(&archive).contains(&Weight::Lost), "and the loss is told");
}

#[test]
fn a_damaged_document_is_healed_by_the_same_bytes() {
    let (house, archive, ingested) = House::with(&[GENUINE]);
    let sha256 = &ingested[0].record.verification.file.sha256;
    fs::write(house.blob("documents", sha256), b"something else").unwrap();
    let id = id_of(&ingested[0]);
    assert!(archive.document(id).is_err(), "never given out");
    assert!(!archive.ingest(&fixture(GENUINE), &submission()).unwrap().new);
    assert_eq!(archive.document(id).unwrap(), Some(fixture(GENUINE)));
}

#[test]
fn a_title_carries_no_personal_number() {
    let (_house, archive, _) = House::with(&[]);
    let titled = Submission { title: Some("Ärende om 189001019802".to_owned()), ..submission() };
    let record = archive.ingest(b"Ett brev utan underskrift.\n", &titled).unwrap().record;
    assert_eq!(record.title.as_deref(), Some("Ärende om 18900101-••••"));
}

#[test]
fn who_may_not_see_a_record_is_told_nothing_of_its_state() {
    let (house, archive, _) = House::with(&[]);
    let hidden = Submission { public: false, ..submission() };
    let record = archive.ingest(&fixture(GENUINE), &hidden).unwrap().record;
    let id: RecordId = record.id.parse().unwrap();
    fs::remove_file(house.blob("records", &record.id)).unwrap();
    assert!(archive.record(id).is_err(), "who may see it hears of the damage");
    assert!(archive.record_shown(id, false).unwrap().is_none());
    let asked = Query::parse(&record.transaction_ids[0]).unwrap();
    assert!(archive.find_shown(&asked, false).unwrap().is_empty());
}

#[test]
fn a_diary_number_beyond_all_measure_is_refused_before_anything_is_written() {
    let (_house, archive, ingested) = House::with(&[NOTES]);
    let long = "9".repeat(2_000);
    let submission = Submission { diary_number: Some(long.clone()), ..submission() };
    let refused = archive.ingest(&fixture(GENUINE), &submission);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    let correction = Correction { diary_number: Some(long.clone()), ..Correction::default() };
    let refused = archive.correct(id_of(&ingested[0]), &correction, "Inklistrat", "registrator");
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(archive.ledger().size(), 1);
    // An archive that took one before still opens: its key is as long as a store takes.
    assert!(diary_key(&long).len() < 1_000 && diary_key(&"ß".repeat(2_000)).len() < 1_000);
}

#[test]
fn whoever_writes_what_a_type_is_called_means_its_code() {
    let (_house, archive, ingested) = House::with(&[NOTES]);
    let id = id_of(&ingested[0]);
    let typed = |written: &str| Correction { record_type: Some(written.to_owned()), ..Correction::default() };
    let rows = [
        ("Protokoll", "minutes"),
        ("Delegationsbeslut", "delegation-decision"),
        (" MINUTES ", "minutes"),
        ("Kallelse", "summons"),
        ("signed-form", "signed-form"),
    ];
    for (written, code) in rows {
        archive.correct(id, &typed(written), "Fel handlingstyp", "registrator").unwrap();
        assert_eq!(archive.record(id).unwrap().unwrap().record.record_type, code, "{written}");
    }
    let given = Submission { record_type: Some("Protokoll".to_owned()), ..submission() };
    assert_eq!(archive.ingest(&fixture(GENUINE), &given).unwrap().record.record_type, "minutes");
    // What nobody here knows stays as it was written, and is kept until a rule says otherwise.
    archive.correct(id, &typed("Ritning"), "Fel handlingstyp", "registrator").unwrap();
    assert_eq!(archive.record(id).unwrap().unwrap().record.record_type, "Ritning");
}
