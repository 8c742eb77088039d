//! Copies of an archive that several processes share: a backup, put back either way, and a plain directory of tiles.
//! All of them are taken beside services that register meanwhile, from a directory that one of those holds.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use crate::objects;
use crate::processes::Service;
use crate::processes::Shared;
use crate::processes::answer;
use crate::processes::check;
use crate::processes::document;
use crate::processes::places;
use crate::processes::sigill;

fn run(data: &Path, arguments: &[&str]) -> Output {
    sigill(data, arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn register(service: &Service, token: &str, number: usize) -> (u16, Value) {
    service.ask("POST", "/api/v1/records", token, &document(number)).unwrap()
}

/// Registers documents at both services until `work` is done. Gives its answer and the numbers acknowledged before it
/// began.
fn while_registering<T>(shared: &Shared, services: &[Service; 2], work: impl FnOnce() -> T) -> (T, Vec<usize>) {
    let (done, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for (writer, service) in services.iter().enumerate() {
            let (done, acknowledged) = (&done, &acknowledged);
            scope.spawn(move || {
                for number in (0..).map(|number| number * 2 + writer) {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    assert_eq!(register(service, &shared.token, number).0, 201);
                    acknowledged.lock().unwrap().push(number);
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 20 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let before = acknowledged.lock().unwrap().clone();
        let worked = work();
        done.store(true, Ordering::Relaxed);
        (worked, before)
    })
}

/// Whether a restored archive knows every one of these documents.
fn knows(data: &Path, scratch: &Path, numbers: &[usize]) {
    let paths: Vec<PathBuf> = numbers
        .iter()
        .map(|number| {
            let path = scratch.join(format!("{number}.pdf"));
            fs::write(&path, document(*number)).unwrap();
            path
        })
        .collect();
    let mut ingest = sigill(data, &["--json", "ingest"]);
    let told = String::from_utf8(ingest.args(&paths).output().unwrap().stdout).unwrap();
    let outcomes: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(outcomes.len(), numbers.len());
    assert!(outcomes.iter().all(|told| told["outcome"] == "known"), "something acknowledged is not there: {told}");
}

#[test]
fn a_backup_taken_while_two_services_register_goes_back_to_a_directory_and_to_places() {
    let Some(shared) = Shared::new() else { return };
    let (directory, data) = (shared.directory.path(), shared.member(0));
    let file = directory.join("kopia.tar");
    let services = [shared.serve(0), shared.serve(1)];
    let (told, before) =
        while_registering(&shared, &services, || answer(sigill(&data, &["--json", "backup", text(&file)])));
    assert!(told["size"].as_u64().unwrap() >= 20, "{told}");
    assert!(!directory.join("kopia.tar.ledger").exists(), "what it was made by way of is gone");
    assert!(check(&shared.member(2)) > told["size"].as_u64().unwrap(), "more was registered meanwhile");

    // To a directory of its own: an archive that needs no server.
    let alone = directory.join("alone");
    let back = answer(sigill(&alone, &["--json", "restore", text(&file)]));
    assert_eq!((&back["size"], &back["root"], &back["sound"]), (&told["size"], &told["root"], &Value::Bool(true)));
    assert!(!fs::read_to_string(alone.join("archive.toml")).unwrap().contains("[store]"));
    assert!(fs::read_to_string(alone.join("places.toml")).unwrap().contains("[store]"), "where it was is told");
    knows(&alone, directory, &before);

    // And to a database and a bucket, by way of a directory that is gone afterwards.
    let elsewhere = directory.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let places = places(&elsewhere).unwrap();
    let again = directory.join("again");
    let back = answer(sigill(&again, &["--json", "restore", text(&file), "--places", text(&places)]));
    assert_eq!((&back["size"], &back["root"], &back["sound"]), (&told["size"], &told["root"], &Value::Bool(true)));
    assert!(!directory.join("again.restoring").exists() && !again.join("ledger/journal").exists());
    assert_eq!(Some(check(&again)), told["size"].as_u64());
    knows(&again, directory, &before);
}

#[test]
fn a_backup_older_than_what_a_process_has_seen_is_refused_without_a_word() {
    let Some(shared) = Shared::new() else { return };
    let (directory, data) = (shared.directory.path(), shared.member(0));
    let file = directory.join("kopia.tar");
    let service = shared.serve(0);
    register(&service, &shared.token, 1);
    answer(sigill(&data, &["--json", "backup", text(&file)]));
    register(&service, &shared.token, 2);
    drop(service);
    // A service that was killed may have written down an older one; one that ends cleanly has the newest.
    answer(sigill(&data, &["--json", "check"]));
    let (back, published) = (directory.join("back"), data.join("ledger/checkpoint"));
    fs::create_dir(directory.join("elsewhere")).unwrap();
    let places = places(&directory.join("elsewhere")).unwrap();
    for more in [vec![], vec!["--places", text(&places)]] {
        let restore = ["--lang", "en", "restore", text(&file), "--published", text(&published)];
        let refused = run(&back, &[&restore[..], &more].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("published with 2"), "{said}");
        assert!(!back.join("archive.toml").exists() && !directory.join("back.restoring").exists());
    }
    // Nothing was left at the places either, and with the word it is done.
    let restore = ["--json", "restore", text(&file), "--published", text(&published), "--older"];
    let told = answer(sigill(&back, &[&restore[..], &["--places", text(&places)]].concat()));
    assert_eq!((&told["size"], &told["newer"]), (&Value::from(1), &Value::from(2)));
    // Nothing is put over an archive.
    let twice = run(&directory.join("twice"), &["--lang", "en", "restore", text(&file), "--places", text(&places)]);
    let said = String::from_utf8(twice.stderr).unwrap();
    assert!(twice.status.code() == Some(2) && said.contains("already") && said.contains("Nothing"), "{said}");
    assert_eq!(check(&back), 1);
}

#[test]
fn questions_are_answered_and_tiles_are_written_from_a_directory_that_a_service_holds() {
    let Some(shared) = Shared::new() else { return };
    let (directory, data) = (shared.directory.path(), shared.member(0));
    let tiles = directory.join("tiles");
    let services = [shared.serve(0), shared.serve(1)];
    let (first, _) = while_registering(&shared, &services, || {
        assert!(check(&data) >= 20, "the check looks at one moment, whatever is registered meanwhile");
        answer(sigill(&data, &["--json", "export", text(&tiles)]))
    });
    let (status, told) = register(&services[1], &shared.token, 1_000_001);
    assert_eq!(status, 201);
    let second = answer(sigill(&data, &["--json", "export", text(&tiles)]));
    assert_eq!(second["before"], first["size"], "an export goes on where it was");
    assert!(second["size"].as_u64() > first["size"].as_u64());
    let key = String::from_utf8(run(&data, &["ledger", "key"]).stdout).unwrap();
    let checked = answer(sigill(&data, &["--json", "check", "--directory", text(&tiles), "--key", key.trim()]));
    assert_eq!((&checked["sound"], &checked["root"]), (&Value::Bool(true), &second["root"]));
    // What the other process registered is found, and its receipt holds, beside both.
    let (id, receipt) = (told["id"].as_str().unwrap(), directory.join("kvitto"));
    let taken = run(&data, &["receipt", id, "-o", text(&receipt)]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert!(fs::read_to_string(receipt).unwrap().starts_with("c2sp.org/tlog-proof@v1"));
    // Nothing can be registered by it: the directory is held.
    let held = run(&data, &["ingest", text(&data.join("archive.toml"))]);
    assert_eq!(held.status.code(), Some(2));
}

#[test]
fn an_object_store_in_trouble_makes_nothing_acknowledged_that_is_not_there() {
    let Some(shared) = Shared::new() else { return };
    let (healthy, data) = (shared.member(1), shared.member(0));
    let endpoint = crate::servers::address("TEST_S3").unwrap();
    let troubled = objects::troubled(endpoint.trim_start_matches("http://"));
    let settings = fs::read_to_string(data.join("archive.toml")).unwrap();
    fs::write(data.join("archive.toml"), settings.replace(&endpoint, &troubled)).unwrap();
    let service = shared.serve(0);
    let registered: Vec<usize> =
        (0..20).filter(|number| matches!(register(&service, &shared.token, *number).0, 200 | 201)).collect();
    assert!(registered.len() > 10, "{} of 20 came through", registered.len());
    drop(service);
    check(&healthy);
    knows(&healthy, shared.directory.path(), &registered);
}
