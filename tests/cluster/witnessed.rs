//! Witnesses of an archive that several processes share, and the duty as a witness that several processes share.
//! LEDGER.md 1.6: whichever process commits shows it; what one of them saw signed, all of them have.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use sigill::ledger::Ledger;
use sigill::ledger::note::Note;
use sigill::ledger::options::Options;
use sigill::ledger::witness::Request;

use crate::houses;
use crate::processes::Service;
use crate::processes::Shared;
use crate::processes::answer;
use crate::processes::document;
use crate::processes::serve;
use crate::processes::sigill;
use crate::seed;

fn note(ledger: &Ledger) -> Note {
    Note::parse(&ledger.checkpoint()).unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < limit, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_one_member_has_had_cosigned_every_member_has_and_never_less() {
    for house in houses() {
        let (one, other) = (house.join(), house.join());
        one.append(b"one".to_vec()).unwrap();
        let first = note(&one);
        assert!(one.committed_last(), "whoever committed shows it");
        one.keep_cosigned(&first).unwrap();
        until("the other never has it", || other.cosigned().is_some_and(|seen| seen.size == 1));
        assert!(!other.committed_last());
        other.append(b"two".to_vec()).unwrap();
        assert!(other.committed_last());
        other.keep_cosigned(&note(&other)).unwrap();
        // The slower of two does not take away what the quicker has brought, whether or not it knows of it yet.
        one.keep_cosigned(&first).unwrap();
        until("the first never has it", || one.cosigned().is_some_and(|seen| seen.size == 2));
        assert!(!one.committed_last());
        drop((one, other));
        let later = house.join();
        assert_eq!(later.cosigned().unwrap().size, 2, "it is found again");
    }
}

fn text(service: &Service, path: &str) -> String {
    service.text(path).unwrap()
}

/// Names the witness in a process's directory.
fn ask_for(data: &Path, vkey: &str, witness: &Service) {
    let policy = format!("witness w {vkey} http://{}/witness\nquorum w\n", witness.address);
    fs::write(data.join("witnesses.policy"), policy).unwrap();
}

#[test]
fn what_one_process_shows_to_a_witness_every_process_publishes() {
    let Some(shared) = Shared::new() else { return };
    let key = String::from_utf8(sigill(&shared.member(0), &["ledger", "key"]).output().unwrap().stdout).unwrap();
    let other = shared.directory.path().join("witness");
    answer(sigill(&other, &["--json", "init", "--origin", "w.example/l"]));
    let duty = answer(sigill(&other, &["--json", "witness", "init", "--name", "w.example/vittne"]));
    assert!(sigill(&other, &["witness", "add", key.trim()]).status().unwrap().success());
    let witness = serve(&other, "");
    let vkey = duty["vkeys"][0].as_str().unwrap();
    (0..2).for_each(|number| ask_for(&shared.member(number), vkey, &witness));
    let services = [shared.serve(0), shared.serve(1)];
    for number in 0..4 {
        let committing = &services[number % 2];
        assert_eq!(committing.ask("POST", "/api/v1/records", &shared.token, &document(number)).unwrap().0, 201);
        for service in &services {
            until("a process does not have the cosignature", || {
                let note = text(service, "/checkpoint");
                note.lines().nth(1) == Some(&(number + 1).to_string()) && note.contains("— w.example/vittne ")
            });
        }
    }
    drop(services);
    // Nobody who ran was told that the ledger went back, however far each of them was.
    let told = answer(sigill(&shared.member(0), &["--json", "check"]));
    assert_eq!((told["sound"].as_bool(), told["size"].as_u64()), (Some(true), Some(4)));
}

#[test]
fn several_processes_with_one_duty_never_cosign_what_another_of_them_would_not() {
    let Some(shared) = Shared::new() else { return };
    // A log, and one of the same key that forks after two entries.
    let (ours, forked, seed) = (shared.directory.path().join("log"), shared.directory.path().join("forked"), seed());
    let log = |directory: &Path, last: &[u8]| {
        Ledger::create(directory, "x.example/l", &seed, &Options::default()).unwrap();
        let ledger = Ledger::open(directory, Options::default(), Timestamp::now).unwrap();
        let mut notes = Vec::new();
        for entry in [b"one".as_slice(), b"two", last] {
            ledger.append(entry.to_vec()).unwrap();
            notes.push(note(&ledger));
        }
        (ledger, notes)
    };
    let ((ledger, notes), (fork, other)) = (log(&ours, b"three"), log(&forked, b"drei"));
    let first = shared.member(0);
    answer(sigill(&first, &["--json", "witness", "init", "--name", "w.example/vittne"]));
    assert!(sigill(&first, &["witness", "add", &ledger.vkey()]).status().unwrap().success());
    let second = shared.member(1);
    fs::create_dir(second.join("witness")).unwrap();
    for part in ["witness/key", "witness/logs.policy"] {
        fs::copy(first.join(part), second.join(part)).unwrap();
    }
    let services = [shared.serve(0), shared.serve(1)];
    let ask = |service: &Service, of: &Ledger, old: u64, checkpoint: &Note, size: u64| {
        let proof = of.consistency(old, size).unwrap();
        let request = Request { old, proof, checkpoint: checkpoint.clone() }.to_string();
        service.ask("POST", "/witness/add-checkpoint", "", request.as_bytes()).unwrap().0
    };
    assert_eq!(ask(&services[0], &ledger, 0, &notes[1], 2), 200);
    assert_eq!(ask(&services[1], &ledger, 0, &notes[2], 3), 409, "the other process knows what the first cosigned");
    assert_eq!(ask(&services[1], &ledger, 2, &notes[2], 3), 200);
    assert_eq!(ask(&services[0], &fork, 2, &other[2], 3), 409, "and the first what the other did");
    assert_eq!(ask(&services[0], &fork, 3, &other[2], 3), 422, "two trees of one size are never both cosigned");
    drop(services);
    let service = shared.serve(1);
    assert_eq!(ask(&service, &ledger, 2, &notes[2], 3), 409, "it is still known after a restart");
    // It goes into a backup, and comes back from it as an archive's own.
    let (file, back) = (shared.directory.path().join("kopia.tar"), shared.directory.path().join("back"));
    answer(sigill(&shared.member(2), &["--json", "backup", file.to_str().unwrap()]));
    drop(service);
    answer(sigill(&back, &["--json", "restore", file.to_str().unwrap()]));
    assert!(!back.join("witness").exists(), "a process without the duty backs up none");
    fs::remove_file(&file).unwrap();
    fs::remove_dir_all(&back).unwrap();
    answer(sigill(&first, &["--json", "backup", file.to_str().unwrap()]));
    answer(sigill(&back, &["--json", "restore", file.to_str().unwrap()]));
    let alone = serve(&back, "");
    assert_eq!(ask(&alone, &ledger, 2, &notes[2], 3), 409, "what it cosigned is not forgotten by a restored archive");
}
