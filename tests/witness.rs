//! Town B witnesses town A's ledger over real HTTP: cosignatures in checkpoints and receipts, alarms, races, restarts.
//! C2SP tlog-witness, tlog-cosignature, tlog-policy; LEDGER.md 1.6, 6.3 and 6.4.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::thread;
use std::time::Duration;

use sigill::archive::Archive;
use sigill::archive::Error;
use sigill::archive::Options;
use sigill::archive::fetch::Exchange;
use sigill::archive::fetch::Limits;
use sigill::archive::prove::prove_by;
use sigill::archive::record::Submission;
use sigill::archive::witness::Duty;
use sigill::archive::witness::Feeder;
use sigill::archive::witness::Feeding;
use sigill::archive::witness::WITNESSES_FILE;
use sigill::archive::witness::duty::Answer;
use sigill::ledger;
use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::note::Note;
use sigill::ledger::policy::Policy;
use sigill::ledger::succession::Bounded;
use sigill::ledger::witness::Alarm;
use sigill::ledger::witness::Declined;
use sigill::ledger::witness::Request;
use sigill::ledger::witness::SIZE_KIND;

#[path = "support/town.rs"]
mod town;

use town::Served;
use town::Town;

const A: &str = "a.example.se/ledger";
const B: &str = "b.example.se/ledger";
const MINUTES: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf";

/// Town B as a witness of town A's ledger.
fn witness_of(town: &Town) -> Town {
    let witness = Town::new(B);
    let key = town.open().ledger().vkeys().remove(0);
    Duty::create(&witness.path(), "b.example.se/witness").unwrap();
    Duty::add_log(&witness.path(), &[Bounded::current(key.clone())]).unwrap();
    witness
}

/// Town A asks for both of B's keys.
fn ask_for(town: &Town, witness: &Served) {
    let [first, second] = witness.archive.duty().unwrap().verifiers().try_into().unwrap();
    let url = format!("{}/witness", witness.url);
    let policy = format!("witness b {first} {url}\nwitness b-pq {second} {url}\ngroup both all b b-pq\nquorum both\n");
    fs::write(town.path().join(WITNESSES_FILE), policy).unwrap();
}

fn minutes() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(MINUTES)).unwrap()
}

fn sigill(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("SIGILL_DATA").env("LANG", "sv_SE.UTF-8");
    command.arg("--data").arg(data).args(arguments).output().unwrap()
}

fn request(archive: &Archive, old: u64, size: u64) -> String {
    let ledger = archive.ledger();
    assert_eq!(ledger.size(), size);
    let checkpoint = Note::parse(&ledger.checkpoint()).unwrap();
    Request { old, proof: ledger.consistency(old, size).unwrap(), checkpoint }.to_string()
}

#[test]
fn a_receipt_carries_what_the_witness_saw_and_waits_for_it_where_it_must() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let witness = b.serve();
    ask_for(&a, &witness);
    let served = a.serve_with(Options { require_witnesses: true, ..Options::default() });
    let archive = &served.archive;
    let registered = archive.ingest(&minutes(), &Submission::default()).unwrap();
    let id = registered.record.id.parse().unwrap();
    assert!(matches!(archive.receipt(id), Err(Error::Unwitnessed)), "registered at once, the receipt waits");
    let mut feeder = Feeder::of(archive).unwrap();
    feeder.look(archive).unwrap();
    feeder.round(archive).unwrap();
    let receipt = archive.receipt(id).unwrap().unwrap();
    let policy = Policy::parse(archive.trust_file().as_bytes()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (2, 2), "the trust file names keys and witnesses");
    let proof = prove_by(&policy, &minutes(), &receipt);
    assert!(proof.is_proven(), "{:?}", proof.failed);
    let told = proof.held.iter().filter(|step| step.en.contains("The witness b")).count();
    assert_eq!(told, 2, "{:?}", proof.held);
    let note = Note::parse(&archive.ledger().checkpoint()).unwrap();
    assert_eq!(note.signatures().len(), 4, "two of the ledger, two of the witness");
    let standing = archive.witnesses().unwrap().standing();
    assert_eq!(standing.seen.unwrap().0, 1);
    assert!(standing.witnesses.iter().all(|(_, trouble)| trouble.is_none()), "{standing:?}");
    let stranger = Town::new("c.example.se/ledger");
    Duty::create(&stranger.path(), "b.example.se/witness").unwrap();
    let other = stranger.open().duty().unwrap().verifiers().remove(0);
    let stricter = format!("{}witness c {other}\n", archive.trust_file()).replace("quorum both\n", "") + "quorum c\n";
    let stricter = Policy::parse(stricter.as_bytes()).unwrap();
    assert!(!prove_by(&stricter, &minutes(), &receipt).is_proven(), "a policy that asks for another witness");
}

#[test]
fn the_thread_keeps_up_with_the_ledger_and_over_restarts() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let witness = b.serve();
    ask_for(&a, &witness);
    let served = a.serve();
    let wait_for = |served: &Served, size: u64| {
        for _ in 0..600 {
            if served.archive.ledger().cosigned().is_some_and(|cosigned| cosigned.size == size) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{:?}", served.archive.witnesses().unwrap().standing());
    };
    let start = |served: &Served| Feeding::start(served.archive.clone(), Feeder::of(&served.archive).unwrap()).unwrap();
    let feeding = start(&served);
    for name in ["first", "second"] {
        let submission = Submission { name: name.to_owned(), ..Submission::default() };
        let mut document = minutes();
        document.extend_from_slice(name.as_bytes());
        served.archive.ingest(&document, &submission).unwrap();
        wait_for(&served, served.archive.ledger().size());
    }
    drop(feeding);
    drop(served);
    let served = a.serve();
    assert_eq!(served.archive.ledger().cosigned().unwrap().size, 2);
    // A feeder that knows nothing learns from the witness where it stands (409), and goes on from there.
    let feeding = start(&served);
    served.archive.ingest(&minutes(), &Submission::default()).unwrap();
    wait_for(&served, 3);
    drop(feeding);
    let view = witness.archive.duty().unwrap();
    let folder = sigill::archive::encoding::hex(&sigill::verify::crypto::sha256(&[A.as_bytes()]));
    let seen: Checkpoint = Note::parse(&view.view(&folder).unwrap().unwrap()).unwrap().text().parse().unwrap();
    assert_eq!((seen.size, seen.root), (3, served.archive.ledger().root()));
}

#[test]
fn an_older_copy_put_back_is_told_at_the_start_and_a_fork_when_it_is_shown() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let witness = b.serve();
    ask_for(&a, &witness);
    let (old, other) = (a.copy(), a.copy());
    let served = a.serve();
    served.grow(4, "genuine");
    Feeder::of(&served.archive).unwrap().round(&served.archive).unwrap();
    assert_eq!(served.archive.ledger().cosigned().unwrap().size, 4);
    drop(served);

    let rolled_back = old.open();
    let found = Feeder::of(&rolled_back).unwrap().look(&rolled_back);
    let alarm = Alarm::RolledBack { witness: 4, ours: 0 };
    assert!(matches!(&found, Err(Error::Ledger(ledger::error::Error::Alarm(told))) if *told == alarm), "{found:?}");
    assert_eq!(rolled_back.ledger().alarm(), Some(alarm));
    let refused = rolled_back.ingest(&minutes(), &Submission::default());
    assert!(matches!(refused, Err(Error::Ledger(ledger::error::Error::Alarm(_)))), "nothing is signed: {refused:?}");

    drop(rolled_back);
    let said = sigill(&old.path(), &["ingest", MINUTES]);
    assert_eq!(said.status.code(), Some(2), "nor on the command line: {said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("vittne"), "{said:?}");

    let forked = other.serve();
    forked.grow(6, "forked");
    let mut feeder = Feeder::of(&forked.archive).unwrap();
    let found = feeder.round(&forked.archive);
    let alarm = Alarm::Forked { size: 4 };
    assert!(matches!(&found, Err(Error::Ledger(ledger::error::Error::Alarm(told))) if *told == alarm), "{found:?}");
    let exchange = Exchange::new(&Limits::named([forked.url.as_str()]));
    let ask = |path: &str| exchange.get(&format!("{}{path}", forked.url), Duration::from_secs(10), 1 << 20).unwrap();
    let ready = ask("/readyz");
    assert_eq!(ready.status, 503);
    let told = String::from_utf8(ready.body).unwrap();
    assert!(told.contains("forked") && told.contains("vittne"), "{told}");
    assert_eq!(ask("/checkpoint").status, 200, "reading goes on");
    let looked = Feeder::of(&forked.archive).unwrap().look(&forked.archive);
    assert!(looked.is_err(), "and at the next start it is told before anything is signed");
}

#[test]
fn of_submissions_that_race_one_wins_and_the_others_are_told_the_size() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let served = a.serve();
    let requests: Vec<String> = (1..=8)
        .map(|size| {
            served.grow(size, "entry");
            request(&served.archive, 0, size)
        })
        .collect();
    for _ in 0..5 {
        let b = b.copy();
        let archive = b.open();
        let duty = archive.duty().unwrap();
        let now = archive.now();
        let answers: Vec<_> = thread::scope(|scope| {
            let asked: Vec<_> =
                requests.iter().map(|request| scope.spawn(move || duty.answer(request, now).unwrap())).collect();
            asked.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        let won: Vec<u64> = (1..)
            .zip(&answers)
            .filter(|(_, answer)| matches!(answer, Answer::Cosigned(_)))
            .map(|(size, _)| size)
            .collect();
        let [won] = won.as_slice() else { panic!("{won:?} were cosigned") };
        for answer in &answers {
            let expected = Declined::Size(*won);
            assert!(
                matches!(answer, Answer::Cosigned(_)) || matches!(answer, Answer::Declined(told) if *told == expected)
            );
        }
        drop(archive);
        let again = b.open();
        let answer = again.duty().unwrap().answer(&requests[7], now).unwrap();
        let expected = Declined::Size(*won);
        assert!(matches!(answer, Answer::Declined(told) if told == expected), "durable: {answer:?}");
    }
}

#[test]
fn over_http_every_status_is_the_protocols_own() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let witness = b.serve();
    let served = a.serve();
    served.grow(3, "entry");
    let exchange = Exchange::new(&Limits::named([witness.url.as_str(), served.url.as_str()]));
    let time = Duration::from_secs(10);
    let send = |url: &str, body: &str| {
        exchange.post(&format!("{url}/witness/add-checkpoint"), "text/plain", body.as_bytes(), time, 1 << 20).unwrap()
    };
    let good = request(&served.archive, 0, 3);
    assert_eq!(send(&served.url, &good).status, 404, "an archive that is no witness");
    assert_eq!(send(&witness.url, "what?").status, 400);
    assert_eq!(send(&witness.url, &"x".repeat(200_000)).status, 413);
    assert_eq!(send(&witness.url, &request(&witness.archive, 0, 0)).status, 404, "its own ledger is not on the list");
    assert_eq!(send(&witness.url, &good.replacen("\n3\n", "\n4\n", 1)).status, 403);
    let folder = sigill::archive::encoding::hex(&sigill::verify::crypto::sha256(&[A.as_bytes()]));
    let view = || exchange.get(&format!("{}/witness/{folder}/checkpoint", witness.url), time, 1 << 20).unwrap();
    assert_eq!(view().status, 404, "never cosigned");
    let answer = send(&witness.url, &good);
    assert_eq!((answer.status, answer.kind.as_str()), (200, "text/plain"));
    assert_eq!(String::from_utf8(answer.body).unwrap().lines().count(), 2);
    let answer = send(&witness.url, &good);
    assert_eq!((answer.status, answer.kind.as_str(), answer.body.as_slice()), (409, SIZE_KIND, b"3\n".as_slice()));
    served.grow(7, "entry");
    let mut cut: Request = request(&served.archive, 3, 7).parse().unwrap();
    cut.proof.pop();
    assert_eq!(send(&witness.url, &cut.to_string()).status, 422);
    assert_eq!(send(&witness.url, &request(&served.archive, 3, 7)).status, 200);
    let seen = view();
    assert_eq!((seen.status, seen.kind.as_str()), (200, "text/plain"));
    let note = Note::parse(std::str::from_utf8(&seen.body).unwrap()).unwrap();
    for key in witness.archive.duty().unwrap().verifiers() {
        assert!(note.seen(&key).unwrap().seconds.is_some());
    }
    let kept = b.path().join("witness").join(&folder).join("checkpoint");
    fs::write(&kept, fs::read_to_string(&kept).unwrap().replacen("\n7\n", "\n6\n", 1)).unwrap();
    assert_eq!(send(&witness.url, &request(&served.archive, 7, 7)).status, 500, "on doubt nothing is cosigned");
}

#[test]
fn a_witness_that_does_not_answer_is_told_of_and_stops_nothing() {
    let a = Town::new(A);
    let b = witness_of(&a);
    let witness = b.serve();
    ask_for(&a, &witness);
    drop(witness);
    let served = a.serve();
    served.grow(1, "entry");
    let mut feeder = Feeder::of(&served.archive).unwrap();
    feeder.look(&served.archive).unwrap();
    feeder.round(&served.archive).unwrap();
    served.grow(2, "entry");
    assert!(served.archive.ledger().cosigned().is_none());
    let standing = served.archive.witnesses().unwrap().standing();
    assert!(standing.witnesses.iter().all(|(_, trouble)| trouble.is_some()), "{standing:?}");
}
