//! A record's whole life, through the public API: what was done to it since it was registered, holds, disposal by two
//! persons, and what remains. SWEDEN 4.4; USERS 3b and 9.6; HOUSE, invariants 7 to 9.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::fs;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::Options;
use sigill::archive::act::Correction;
use sigill::archive::act::Occurrence;
use sigill::archive::backup;
use sigill::archive::backup::Secret;
use sigill::archive::backup::Wanted;
use sigill::archive::catalogue::Query;
use sigill::archive::check::Weight;
use sigill::archive::disposed;
use sigill::archive::entry::Event;
use sigill::archive::ingest::Ingested;
use sigill::archive::life::Stage;
use sigill::archive::look_up::Found;
use sigill::archive::record::RecordId;
use sigill::archive::record::Submission;
use sigill::archive::refusal::Refusal;
use sigill::ledger::export::export_shared;
use sigill::ledger::tile;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;

use house::House;
use house::fixture;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";
const NEWSLETTER: &str = "nytt-fran-kommunledningsgruppen-2025-09.pdf";

/// The rules that a body adopted: notes go after two years, claims when they are obsolete, forms after the case.
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
deliver_after_years = 5
from = "end-of-year"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "anteckningar"
record_types = ["meeting-notes", "information"]
handlingstyp = { sv = "Anteckningar", en = "Notes" }
outcome = "gallras"
years = 2
from = "registered"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "underlag"
record_types = ["claim"]
handlingstyp = { sv = "Underlag", en = "Claims" }
outcome = "gallras-vid-inaktualitet"
basis = { decision = "KS 2025/9", date = "2025-03-01" }

[[rule]]
id = "blanketter"
record_types = ["form"]
handlingstyp = { sv = "Blanketter", en = "Forms" }
outcome = "gallras"
years = 1
from = "legal-force"
basis = { decision = "KS 2025/9", date = "2025-03-01" }
"#;

thread_local! {
    /// Days since the archive began; each test has a thread of its own, so the clock is per thread.
    static DAYS: AtomicI64 = const { AtomicI64::new(0) };
}

fn clock() -> Timestamp {
    let days = DAYS.with(|days| days.load(Ordering::Relaxed));
    let began: Timestamp = house::NOW.parse().unwrap();
    began + jiff::SignedDuration::from_hours(24 * days)
}

fn days_pass(days: i64) {
    DAYS.with(|passed| passed.fetch_add(days, Ordering::Relaxed));
}

fn options() -> Options {
    Options { clock, ..house::options() }
}

/// An archive with an adopted schedule.
struct Town {
    house: House,
    archive: Archive,
}

impl Town {
    fn new() -> Self {
        let house = House::empty();
        fs::write(house.path("retention.toml"), SCHEDULE).unwrap();
        let archive = Archive::open(&house.path(""), options()).unwrap();
        Self { house, archive }
    }

    fn reopened(self) -> Self {
        drop(self.archive);
        let archive = Archive::open(&self.house.path(""), options()).unwrap();
        Self { archive, ..self }
    }

    fn rebuilt(self) -> Self {
        drop(self.archive);
        let archive = Archive::rebuild(&self.house.path(""), options()).unwrap();
        Self { archive, ..self }
    }

    fn registers(&self, name: &str) -> RecordId {
        self.hands_in(&fixture(name), None).record.id.parse().unwrap()
    }

    fn hands_in(&self, document: &[u8], record_type: Option<&str>) -> Ingested {
        let record_type = record_type.map(str::to_owned);
        self.archive.ingest(document, &Submission { record_type, ..house::submission() }).unwrap()
    }

    fn found(&self, id: RecordId) -> Found {
        self.archive.record(id).unwrap().unwrap()
    }

    fn happened(&self, id: RecordId) -> Vec<Event> {
        self.archive.events(id).unwrap().unwrap().into_iter().map(|one| one.event).collect()
    }

    /// Proposed by one, decided by another.
    fn disposes_of(&self, id: RecordId) -> String {
        let proposal = self.archive.propose_disposal(&[id], "registrator").unwrap();
        assert_eq!((proposal.done.as_slice(), proposal.skipped.as_slice()), ([id].as_slice(), [].as_slice()));
        self.archive.decide_disposal(&proposal.proposal, "KS 2029/44", "arkivarie").unwrap();
        proposal.proposal
    }

    fn is_sound(&self) {
        assert_eq!(self.archive.check(&mut |_, _| {}).unwrap(), []);
        // What is gone by decision is missing by right in a backup too.
        let place = tempfile::tempdir().unwrap();
        let (house, file) = (self.house.path(""), place.path().join("b.tar"));
        assert_eq!(backup::write(&house, &options(), &file, Secret::In, &mut |_, _| {}).unwrap().faults, []);
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

const THREE_YEARS: i64 = 3 * 366;

#[test]
fn what_is_stated_is_corrected_by_appending() {
    let town = Town::new();
    let id = town.registers(NOTES);
    let before = town.found(id).record;
    let statement = Correction {
        title: Some("Mötesanteckningar, rättad 19620314-1234".to_owned()),
        diary_number: Some("KS 2026/7".to_owned()),
        public: Some(false),
        ..Correction::default()
    };
    town.archive.correct(id, &statement, "Fel diarienummer", "registrator").unwrap();
    let town = town.reopened();
    let now = town.found(id).record;
    assert_eq!(now.title.as_deref(), Some("Mötesanteckningar, rättad 19620314-••••"), "no whole personal number");
    assert_eq!((now.diary_number.as_deref(), now.public), (Some("KS 2026/7"), false));
    for number in ["KS 2026/7", "KS 2024/123"] {
        let found = town.archive.find(&[Query::Diary(number.to_owned())]).unwrap();
        assert_eq!(found.len(), 1, "{number}: old letters name the old number");
    }
    assert!(town.archive.record_shown(id, false).unwrap().is_none(), "public no more");
    assert_eq!(town.happened(id), [Event::Registered, Event::Corrected]);
    let again = refusal(town.archive.correct(id, &statement, "Igen", "registrator"));
    assert_eq!(again, Refusal::NothingNew);
    assert!(matches!(refusal(town.archive.correct(id, &statement, " ", "registrator")), Refusal::Empty(_)));
    assert_eq!(before.verification.file.sha256, now.verification.file.sha256);
    town.is_sound();
    town.rebuilt().is_sound();
}

#[test]
fn the_answer_then_stands_beside_the_answer_now() {
    let town = Town::new();
    let id = town.registers(GENUINE);
    fs::remove_file(town.house.path("trust/sigill-test-root-ca.pem")).unwrap();
    let town = town.reopened();
    town.archive.verify_for_the_record(id, "revisor").unwrap();
    let (then, now) =
        (town.found(id).record.verification.verdict, town.found(id).life.verified_again.unwrap().1.verdict);
    assert_eq!((then.as_str(), now.as_str()), ("valid", "indeterminate"));
    assert_eq!(town.happened(id), [Event::Registered, Event::VerifiedAgain]);
    town.is_sound();
}

#[test]
fn records_of_one_meeting_are_linked_once_and_never_to_themselves() {
    let town = Town::new();
    let (minutes, notes) = (town.registers(GENUINE), town.registers(NOTES));
    town.archive.link(notes, minutes, "bilaga till", "registrator").unwrap();
    assert_eq!(town.found(notes).life.links, [(minutes.to_string(), "bilaga till".to_owned())]);
    assert_eq!(refusal(town.archive.link(notes, minutes, "bilaga till", "registrator")), Refusal::NothingNew);
    assert_eq!(refusal(town.archive.link(notes, notes, "sig själv", "registrator")), Refusal::NoRecord(notes));
    let stranger = RecordId::from_random([7; 12]);
    assert_eq!(refusal(town.archive.link(notes, stranger, "bilaga till", "r")), Refusal::NoRecord(stranger));
}

#[test]
fn a_term_from_legal_force_begins_when_somebody_states_the_day() {
    let town = Town::new();
    let id: RecordId = town.hands_in(b"en blankett", Some("form")).record.id.parse().unwrap();
    assert_eq!(town.archive.retention(&town.found(id)).until, None, "nobody has said when");
    let day: Date = "2026-11-20".parse().unwrap();
    town.archive.occurred(id, Occurrence::LegalForce, day, "registrator").unwrap();
    assert_eq!(town.archive.retention(&town.found(id)).until, Some("2027-11-20".parse().unwrap()));
    assert_eq!(refusal(town.archive.occurred(id, Occurrence::LegalForce, day, "r")), Refusal::NothingNew);
}

#[test]
fn nothing_is_disposed_of_before_its_time_or_without_a_rule_that_says_so() {
    let town = Town::new();
    let (minutes, notes) = (town.registers(GENUINE), town.registers(NOTES));
    let odd: RecordId = town.hands_in(b"okant", Some("zeppelin")).record.id.parse().unwrap();
    let outcomes = town.archive.propose_disposal(&[minutes, notes, odd], "registrator").unwrap();
    assert!(outcomes.done.is_empty() && outcomes.proposal.is_empty(), "{outcomes:?}");
    assert!(outcomes.skipped.iter().all(|(_, why)| matches!(why, Refusal::Kept(_))), "{outcomes:?}");
    days_pass(THREE_YEARS);
    let outcomes = town.archive.propose_disposal(&[minutes, notes, odd], "registrator").unwrap();
    assert_eq!(outcomes.done, [notes], "minutes are preserved, what no rule knows is kept");
    assert_eq!(outcomes.skipped.len(), 2);
}

#[test]
fn what_is_obsolete_is_so_when_a_person_says_it() {
    let town = Town::new();
    let id: RecordId = town.hands_in(b"ett underlag", Some("claim")).record.id.parse().unwrap();
    assert_eq!(town.archive.due("2099-01-01".parse().unwrap()).unwrap().len(), 0, "nothing proposes it by itself");
    assert_eq!(town.archive.propose_disposal(&[id], "registrator").unwrap().done, [id]);
}

#[test]
fn one_proposes_another_decides_and_only_with_a_number() {
    let town = Town::new();
    let id = town.registers(NOTES);
    days_pass(THREE_YEARS);
    let proposal = town.archive.propose_disposal(&[id], "Registrator").unwrap().proposal;
    let decide = |number: &str, by: &str| town.archive.decide_disposal(&proposal, number, by);
    assert_eq!(refusal(decide("KS 2029/44", " registrator ")), Refusal::OwnProposal);
    assert!(matches!(refusal(decide("  ", "arkivarie")), Refusal::Empty(_)));
    let none = refusal(town.archive.decide_disposal("ffffffff", "KS 2029/44", "arkivarie"));
    assert_eq!(none, Refusal::NoProposal("ffffffff".to_owned()));
    assert!(town.archive.document(id).unwrap().is_some(), "until it is decided, nothing is withheld");
    let twice = town.archive.propose_disposal(&[id], "någon annan").unwrap();
    assert_eq!(twice.skipped, [(id, Refusal::Proposed(proposal.clone()))]);
    assert_eq!(decide("KS 2029/44", "arkivarie").unwrap().done, [id]);
    assert!(matches!(refusal(town.archive.document(id)), Refusal::Decided(_)));
    assert!(matches!(town.found(id).life.disposal, Some(Stage::Decided(_))));
}

#[test]
fn a_proposal_may_be_refused_and_made_again() {
    let town = Town::new();
    let id = town.registers(NOTES);
    days_pass(THREE_YEARS);
    let proposal = town.archive.propose_disposal(&[id], "registrator").unwrap().proposal;
    town.archive.refuse_disposal(&proposal, "Behövs i en tvist", "arkivarie").unwrap();
    assert!(town.archive.proposals().unwrap().is_empty());
    assert_eq!(refusal(town.archive.decide_disposal(&proposal, "KS 1", "a")), Refusal::NoProposal(proposal));
    assert_eq!(town.archive.propose_disposal(&[id], "registrator").unwrap().done, [id]);
}

#[test]
fn a_hold_always_wins_also_over_a_decision() {
    let town = Town::new();
    let (id, other) = (town.registers(NOTES), town.registers(NEWSLETTER));
    let (first, _) = town.archive.hold(id, "Utlämnandemål", Some("kommunjuristen"), "registrator").unwrap();
    let (second, _) = town.archive.hold(id, "Revision", None, "revisor").unwrap();
    days_pass(THREE_YEARS);
    assert!(town.archive.retention(&town.found(id)).obstacle().unwrap().sv.contains("Utlämnandemål; Revision"));
    let outcomes = town.archive.propose_disposal(&[id, other], "registrator").unwrap();
    assert_eq!(outcomes.done, [other]);
    assert!(matches!(outcomes.skipped.as_slice(), [(held, Refusal::Held(why))] if *held == id && why.len() == 2));
    assert_eq!(refusal(town.archive.release(id, None, "Klart", "registrator")), Refusal::NotHeld, "which of the two?");
    town.archive.release(id, Some(&first), "Målet är avgjort", "registrator").unwrap();
    assert_eq!(town.archive.held().unwrap().len(), 1);
    town.archive.release(id, Some(&second), "Klart", "revisor").unwrap();
    town.disposes_of(id);
    town.archive.hold(id, "Ny begäran", None, "registrator").unwrap();
    days_pass(31);
    assert_eq!(town.archive.carry_out_disposals().unwrap(), [], "the decision is older, the hold wins");
    town.archive.release(id, None, "Begäran återkallad", "registrator").unwrap();
    assert_eq!(town.archive.carry_out_disposals().unwrap(), [id]);
    town.is_sound();
}

#[test]
fn a_decision_can_be_undone_until_it_is_carried_out() {
    let town = Town::new();
    let id = town.registers(NOTES);
    days_pass(THREE_YEARS);
    let proposal = town.disposes_of(id);
    days_pass(29);
    assert_eq!(town.archive.carry_out_disposals().unwrap(), []);
    town.is_sound();
    town.archive.undo_disposal(&proposal, "Fel handling", "arkivarie").unwrap();
    let town = town.reopened();
    assert_eq!(town.archive.document(id).unwrap().unwrap(), fixture(NOTES));
    let proposal = town.disposes_of(id);
    days_pass(31);
    town.archive.carry_out_disposals().unwrap();
    assert_eq!(refusal(town.archive.undo_disposal(&proposal, "För sent", "arkivarie")), Refusal::NothingDecided);
    assert!(matches!(refusal(town.archive.hold(id, "För sent", None, "r")), Refusal::Disposed(_)));
}

#[test]
fn of_what_is_disposed_of_its_hash_its_identifiers_and_the_decision_remain_and_nothing_else() {
    let town = Town::new();
    let document = fixture(GENUINE);
    let id: RecordId = town.hands_in(&document, Some("claim")).record.id.parse().unwrap();
    let stays = town.registers(NOTES);
    let before = town.found(id).record;
    let names: Vec<String> =
        before.verification.signatures.iter().filter_map(|one| one.signer.as_ref()?.name.clone()).collect();
    assert_eq!(names.len(), 3);
    town.archive.verify_for_the_record(id, "revisor").unwrap();
    let word = "välfärdskonferensen".as_bytes();
    assert!(everything_in(&town.house).iter().any(|(_, bytes)| holds(bytes, word)), "its words can be searched for");
    town.disposes_of(id);
    days_pass(31);
    assert_eq!(town.archive.carry_out_disposals().unwrap(), [id]);

    let town = town.reopened();
    let transaction = Query::parse(&before.transaction_ids[0]).unwrap();
    let found = town.archive.find(&transaction).unwrap();
    let gone = found.iter().find(|one| one.record.id == id.to_string()).unwrap();
    let disposal = gone.life.disposal().unwrap();
    assert_eq!((disposal.decision.as_str(), disposal.rule.as_str()), ("KS 2029/44", "underlag"));
    assert_eq!((disposal.proposed_by.as_str(), disposal.decided_by.as_str()), ("registrator", "arkivarie"));
    assert!(disposal.carried_out_at.is_some());
    assert_eq!(gone.record.verification.file.sha256, before.verification.file.sha256);
    assert_eq!(gone.record.transaction_ids, before.transaction_ids);
    assert!(matches!(refusal(town.archive.document(id)), Refusal::Disposed(_)));
    assert!(matches!(refusal(town.archive.receipt(id)), Refusal::Disposed(_)));
    assert!(matches!(refusal(town.archive.ingest(&document, &house::submission())), Refusal::Disposed(_)));
    assert_eq!(
        town.happened(id),
        [Event::Registered, Event::DisposalProposed, Event::DisposalDecided, Event::Disposed]
    );
    assert_eq!(town.archive.document(stays).unwrap().unwrap(), fixture(NOTES), "nothing else is touched");
    town.is_sound();
    let left = everything_in(&town.house);
    for name in names.iter().chain([&"protokoll.pdf".to_owned()]) {
        let where_it_is: Vec<&String> =
            left.iter().filter(|(_, bytes)| holds(bytes, name.as_bytes())).map(|(path, _)| path).collect();
        assert!(where_it_is.iter().all(|path| path.contains(&stays.to_string())), "{name}: {where_it_is:?}");
    }
    assert!(!left.iter().any(|(_, bytes)| *bytes == document));
    let words: Vec<&String> = left.iter().filter(|(_, bytes)| holds(bytes, word)).map(|(path, _)| path).collect();
    assert!(words.is_empty(), "the index's words are gone from the database's files too: {words:?}");
    let town = town.rebuilt();
    assert_eq!(town.archive.find(&transaction).unwrap().len(), found.len());
    assert!(matches!(town.found(id).life.disposal, Some(Stage::Done(_))));
    town.is_sound();
}

/// Files of the archive that hold words; the databases are derived and hold hashes only.
fn everything_in(house: &House) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![house.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    found
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The entry is in the ledger and the power goes before anything is destroyed; or somebody puts the files back.
#[test]
fn a_disposal_that_was_interrupted_is_finished_and_what_comes_back_is_told_and_destroyed() {
    let town = Town::new();
    let id = town.registers(NOTES);
    let sha256 = town.found(id).record.verification.file.sha256;
    let files = [town.house.blob("documents", &sha256), town.house.blob("records", &id.to_string())];
    let salt = town.house.blob("salts", &id.to_string());
    let kept: Vec<(&std::path::PathBuf, Vec<u8>)> =
        files.iter().chain([&salt]).map(|path| (path, fs::read(path).unwrap())).collect();
    days_pass(THREE_YEARS);
    town.disposes_of(id);
    days_pass(31);
    town.archive.carry_out_disposals().unwrap();
    assert!(kept.iter().all(|(path, _)| !path.exists()));
    // The opening after a disposal makes the catalogue anew; this is about later ones.
    let town = town.reopened();
    drop(town.archive);
    for (path, bytes) in &kept {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let archive = Archive::open(&town.house.path(""), options()).unwrap();
    let faults = archive.check(&mut |_, _| {}).unwrap();
    assert!(
        faults.iter().any(|fault| fault.weight == Weight::Derived && fault.what.sv.contains("gallrad")),
        "{faults:?}"
    );
    drop(archive);
    let archive = Archive::rebuild(&town.house.path(""), options()).unwrap();
    assert!(kept.iter().all(|(path, _)| !path.exists()), "the ledger says that it is gone");
    assert_eq!(archive.check(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn without_days_to_undo_it_a_decision_is_carried_out_at_once() {
    let house = House::empty();
    fs::write(house.path("retention.toml"), SCHEDULE).unwrap();
    let options = Options { quarantine: Duration::ZERO, ..options() };
    let archive = Archive::open(&house.path(""), options).unwrap();
    let town = Town { house, archive };
    let id = town.registers(NOTES);
    days_pass(THREE_YEARS);
    town.disposes_of(id);
    assert!(matches!(town.found(id).life.disposal, Some(Stage::Done(_))));
    assert_eq!(town.archive.disposed_of().unwrap().len(), 1);
}

#[test]
fn a_record_whose_salt_is_destroyed_stays_and_the_ledger_leads_to_it_no_more() {
    let town = Town::new();
    let (id, other) = (town.registers(GENUINE), town.registers(NOTES));
    assert!(town.archive.receipt(id).unwrap().is_some());
    let salt = town.house.blob("salts", &id.to_string());
    town.archive.forget_salt(id, "Begäran om radering", "arkivarie").unwrap();
    assert!(!salt.exists());
    town.is_sound();
    let town = town.reopened().rebuilt();
    assert_eq!(town.archive.document(id).unwrap().unwrap(), fixture(GENUINE));
    assert_eq!(refusal(town.archive.receipt(id)), Refusal::Unlinked);
    assert!(town.archive.receipt(other).unwrap().is_some());
    assert_eq!(refusal(town.archive.forget_salt(id, "Igen", "arkivarie")), Refusal::NothingNew);
    assert_eq!(town.happened(id), [Event::Registered, Event::Unlinked]);
    town.is_sound();
}

#[test]
fn what_is_gone_is_written_down_with_its_decision_also_where_the_ledgers_anchor_lies() {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut away = options();
    away.ledger.anchor = Some(elsewhere.path().join("head.anchor"));
    away.quarantine = Duration::ZERO;
    let house = House::empty();
    fs::write(house.path("retention.toml"), SCHEDULE).unwrap();
    fs::rename(house.path("ledger/head.anchor"), elsewhere.path().join("head.anchor")).unwrap();
    let archive = Archive::open(&house.path(""), away.clone()).unwrap();
    let town = Town { house, archive };
    let id = town.registers(NOTES);
    days_pass(THREE_YEARS);
    town.disposes_of(id);
    let lists =
        [disposed::read(&town.house.path("")).unwrap(), disposed::beside(away.ledger.anchor.as_deref()).unwrap()];
    for list in lists {
        assert_eq!(list.into_iter().collect::<Vec<_>>(), [(id, "KS 2029/44".to_owned())]);
    }
}

#[test]
fn a_restore_learns_from_the_published_ledger_what_was_disposed_of_after_the_backup() {
    let house = House::empty();
    fs::write(house.path("retention.toml"), SCHEDULE).unwrap();
    let options = Options { quarantine: Duration::ZERO, ..options() };
    let archive = Archive::open(&house.path(""), options.clone()).unwrap();
    let town = Town { house, archive };
    let (id, other) = (town.registers(NOTES), town.registers(GENUINE));
    let place = tempfile::tempdir().unwrap();
    let (file, published) = (place.path().join("b.tar"), place.path().join("published"));
    backup::write(&town.house.path(""), &options, &file, Secret::In, &mut |_, _| {}).unwrap();
    days_pass(THREE_YEARS);
    town.disposes_of(id);
    export_shared(town.archive.ledger(), &published, &mut |_, _| {}).unwrap();
    let note = town.archive.ledger().checkpoint().to_string();

    let about = backup::about(&file).unwrap();
    let mut piece = |path: tile::Path| Ok::<_, String>(fs::read(published.join(path.to_string())).ok());
    let (disposed, size) = backup::disposed_since(&about, &note, None, &mut piece).unwrap();
    assert_eq!((disposed.keys().collect::<Vec<_>>(), size), (vec![&id], town.archive.ledger().size()));
    let wanted = Wanted { published: vec![note.clone()], older: true, disposed, ..Wanted::default() };
    let back = place.path().join("back");
    assert_eq!(backup::restore(&file, &back, &options, &wanted, &mut |_, _| {}).unwrap().faults, []);
    let back = Archive::open(&back, options).unwrap();
    assert!(back.record(id).unwrap().is_none());
    assert!(back.record(other).unwrap().is_some());

    // Entries that the checkpoint does not prove say nothing, and neither do entries that cannot be had.
    let mut lying = |path: tile::Path| {
        let mut bytes = fs::read(published.join(path.to_string())).ok();
        let last =
            bytes.as_mut().filter(|_| matches!(path, tile::Path::Bundle { .. })).and_then(|bytes| bytes.last_mut());
        last.into_iter().for_each(|byte| *byte ^= 1);
        Ok::<_, String>(bytes)
    };
    let told = backup::disposed_since(&about, &note, None, &mut lying);
    assert!(matches!(told, Err(backup::Error::Unfollowed(_))), "{told:?}");
    let told = backup::disposed_since(&about, &note, None, &mut |_| Err("silent"));
    assert!(matches!(told, Err(backup::Error::Unfollowed(_))), "{told:?}");
    let told = backup::disposed_since(&about, &note.replace("\n5\n", "\n6\n"), None, &mut piece);
    assert!(matches!(told, Err(backup::Error::Checkpoint(_))), "{told:?}");
}
