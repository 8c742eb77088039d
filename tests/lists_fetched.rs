//! Trust lists over the network, and their age wherever somebody looks. TS 119 612; VALIDATION 8.5, INTERFACES 1 and 3.
//! The lists' publisher stands in the test itself; the command line is the built binary.

#![expect(clippy::unwrap_used, reason = "the lists are made here")]

#[path = "support/authority.rs"]
#[expect(dead_code, reason = "this test needs certificates alone")]
mod authority;
#[expect(dead_code, reason = "this test sets the environment of its calls")]
mod by_hand;
#[path = "support/list.rs"]
#[expect(dead_code, reason = "this test needs granted services alone")]
mod list;
#[path = "support/seal.rs"]
mod seal;
#[expect(dead_code, reason = "this test asks and registers nothing")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

use authority::Party;
use by_hand::Said;
use by_hand::said;
use by_hand::sigill;
use list::CA_QC;
use list::Draft;
use list::GRANTED;
use list::pointer;
use list::service;
use sigill::archive;
use sigill::archive::fetch::Hosts;
use sigill::archive::fetch::Limits;
use sigill::archive::fetch::Trouble;
use sigill::archive::lists;
use sigill::archive::lists::Error;
use sigill::archive::lists::Source;
use sigill::verify::listed::Refused;
use sigill::web::Options;
use support::Service;
use tempfile::TempDir;

/// Gives what stands at each path, and 404 for the rest.
struct Publisher {
    port: u16,
    stands: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Publisher {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stands = Arc::new(Mutex::new(BTreeMap::<String, Vec<u8>>::new()));
        let given = Arc::clone(&stands);
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
                while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
                    match connection.read(&mut buffer) {
                        Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
                        Ok(_) | Err(_) => break,
                    }
                }
                let path = String::from_utf8_lossy(&bytes).split(' ').nth(1).unwrap_or_default().to_owned();
                let found = given.lock().unwrap().get(&path).cloned();
                let status = if found.is_some() { "200 OK" } else { "404 Not Found" };
                let body = found.unwrap_or_default();
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
            }
        });
        Self { port, stands }
    }

    fn put(&self, path: &str, list: impl Into<Vec<u8>>) {
        self.stands.lock().unwrap().insert(path.to_owned(), list.into());
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn source(&self, path: &str) -> Source {
        Source::Url(self.url(path))
    }
}

/// The parties: who signs the list of lists, who the Swedish one, and nobody.
fn parties() -> [Party; 3] {
    [("Europe", 1), ("Sweden", 2), ("Stranger", 3)].map(|(name, key)| Party::root(name, key))
}

fn swedish(sequence: u64) -> Draft {
    let root = support::fixture("keys/trust/test/sigill-test-root-ca.pem");
    let root = sigill::verify::trust::certificates(&root).unwrap().remove(0);
    Draft { sequence, services: service(&root, &[(CA_QC, GRANTED, "2020-01-01")]), ..Draft::default() }
}

/// The list of lists, which points at the Swedish one for people to read, at where it was, and at where it is.
fn europe(publisher: &Publisher, sweden: &Party) -> Draft {
    let kind = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists";
    let places = ["/se.pdf", "/gone.xml", "/se.xml"].map(|path| pointer("SE", &publisher.url(path), sweden));
    let pointers = format!("<PointersToOtherTSL>{}</PointersToOtherTSL>", places.concat());
    Draft { territory: "EU", kind, pointers, ..Draft::default() }
}

/// This machine may be asked too.
fn near() -> Limits {
    Limits { hosts: Hosts { inside: vec!["127.0.0.1".parse().unwrap()], ..Hosts::PUBLIC }, ..Limits::PUBLIC }
}

fn sequences(trust: &Path) -> Vec<u64> {
    lists::read(trust).unwrap().0.iter().map(|(list, _)| list.sequence).collect()
}

#[test]
fn a_list_is_fetched_verified_and_only_then_in_the_place_of_the_old_one() {
    let (publisher, house) = (Publisher::new(), tempfile::tempdir().unwrap());
    let [_, sweden, stranger] = parties();
    let der = sweden.certificate.der();
    let add = |signer| lists::add(house.path(), "se", &publisher.source("/se.xml"), signer, &Limits::PUBLIC);
    assert!(matches!(add(Some(der)), Err(Error::Fetch { trouble: Trouble::Status(404), .. })));
    publisher.put("/se.xml", swedish(8).signed(&sweden));
    assert!(matches!(add(None), Err(Error::Refused(Refused::Stranger))), "nobody was pinned");
    assert_eq!(add(Some(der)).unwrap().sequence, 8, "its host may stand anywhere: the operator wrote it down");
    for (what, refused) in [
        (swedish(9).signed(&stranger), "another's"),
        (swedish(9).signed(&sweden).replace("Tj", "Xj"), "changed"),
        (swedish(7).signed(&sweden), "older"),
        (String::new(), "empty"),
        ("x".repeat(17 << 20), "too large"),
    ] {
        publisher.put("/se.xml", what);
        assert!(lists::update(house.path(), &Limits::PUBLIC).unwrap()[0].1.is_err(), "{refused}");
        assert_eq!(sequences(house.path()), [8], "{refused}");
    }
    publisher.put("/se.xml", swedish(9).signed(&sweden));
    assert!(lists::update(house.path(), &Limits::PUBLIC).unwrap()[0].1.is_ok());
    assert_eq!(sequences(house.path()), [9]);
}

#[test]
fn a_national_list_is_fetched_from_where_the_list_of_lists_says_and_not_from_inside() {
    let (publisher, house) = (Publisher::new(), tempfile::tempdir().unwrap());
    let [europes, sweden, stranger] = parties();
    let add = |name: &str, source: &Source, signer: Option<&[u8]>, limits: &Limits| {
        lists::add(house.path(), name, source, signer, limits)
    };
    let land = Source::Territory("SE".to_owned());
    assert!(matches!(add("se", &land, None, &near()), Err(Error::Unpointed(_))), "nobody says where it is");
    publisher.put("/eu.xml", europe(&publisher, &sweden).signed(&europes));
    publisher.put("/se.pdf", swedish(1).signed(&stranger));
    publisher.put("/se.xml", swedish(8).signed(&sweden));
    add("eu", &publisher.source("/eu.xml"), Some(europes.certificate.der()), &Limits::PUBLIC).unwrap();
    let inside = add("se", &land, None, &Limits::PUBLIC);
    assert!(
        matches!(inside, Err(Error::Fetch { trouble: Trouble::Inside(_), .. })),
        "no list leads inside: {inside:?}"
    );
    assert_eq!(add("se", &land, None, &near()).unwrap().sequence, 8);
    assert!(matches!(add("no", &Source::Territory("NO".to_owned()), None, &near()), Err(Error::Unpointed(_))));
    // Another country's list is not Sweden's, though her signer signed it.
    publisher.put("/se.xml", Draft { territory: "DK", ..swedish(9) }.signed(&sweden));
    assert!(add("se", &land, None, &near()).is_err());
    // The list of lists names another signer from now on: the next Swedish list is hers.
    let renewed = Draft { sequence: 8, ..europe(&publisher, &stranger) };
    publisher.put("/eu.xml", renewed.signed(&europes));
    publisher.put("/se.xml", swedish(9).signed(&stranger));
    let outcomes = lists::update(house.path(), &near()).unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()), "{outcomes:?}");
    assert_eq!(sequences(house.path()), [8, 9]);
}

/// `sigill` over an archive in `house/`, allowed to ask this machine.
fn call(directory: &TempDir, arguments: &[&str]) -> Said {
    let mut command = sigill(directory.path());
    command.env("SIGILL_GATHER_INSIDE", "127.0.0.1").args(["--data", "house"]).args(arguments);
    said(command.output().unwrap())
}

#[test]
fn by_hand_lists_are_added_updated_and_shown_with_their_age() {
    let (publisher, directory) = (Publisher::new(), tempfile::tempdir().unwrap());
    let [europes, sweden, _] = parties();
    assert_eq!(call(&directory, &["init", "--origin", "test.example/log"]).status, Some(0));
    let signer = directory.path().join("eu.der");
    fs::write(&signer, europes.certificate.der()).unwrap();
    publisher.put("/eu.xml", europe(&publisher, &sweden).signed(&europes));
    publisher.put("/se.xml", swedish(8).signed(&sweden));
    let (url, signer) = (publisher.url("/eu.xml"), signer.to_str().unwrap());
    let nameless = call(&directory, &["trust", "add", &url, "--signer", signer]);
    assert!(nameless.status == Some(2) && nameless.stderr.contains("--name"), "{}", nameless.stderr);
    let unpinned = call(&directory, &["trust", "add", &url, "--name", "eu"]);
    assert!(unpinned.status == Some(2) && unpinned.stderr.contains("--signer"), "{}", unpinned.stderr);
    let added = call(&directory, &["trust", "add", &url, "--name", "eu", "--signer", signer]);
    assert!(added.status == Some(0) && added.stdout.contains("eu (EU 7)"), "{}{}", added.stdout, added.stderr);
    let added = call(&directory, &["--json", "trust", "add", "SE"]);
    assert_eq!((added.status, added.json()[0]["name"].as_str()), (Some(0), Some("se")), "{}", added.stderr);

    let told = call(&directory, &["trust", "list"]);
    assert!(
        told.status == Some(0) && told.stdout.contains("se (SE 8)") && told.stdout.contains("dagar sedan"),
        "{}",
        told.stdout
    );
    let list = call(&directory, &["--json", "trust", "list"]).json().remove(0);
    assert_eq!(
        (&list["lists"][1]["sequence"], &list["anchors"][0]["grants"][0]["purpose"]),
        (&8.into(), &"signature".into())
    );
    assert!(list["lists"][1]["ageDays"].is_i64() && list["lists"][1]["nextUpdate"] == "2027-03-01T00:00:00Z", "{list}");

    publisher.put("/se.xml", swedish(9).signed(&sweden));
    assert_eq!(call(&directory, &["trust", "update"]).status, Some(0));
    publisher.put("/se.xml", swedish(7).signed(&sweden));
    let older = call(&directory, &["trust", "update"]);
    assert_eq!(older.status, Some(1));
    assert!(
        older.stderr.contains("nummer 7 är äldre än nummer 9") && older.stderr.contains("gäller fortfarande"),
        "{}",
        older.stderr
    );
    assert_eq!(call(&directory, &["--json", "trust", "list"]).json()[0]["lists"][1]["sequence"], 9);
    let doctor = call(&directory, &["--json", "doctor"]).json().remove(0).to_string();
    assert!(doctor.contains("se (9)"), "{doctor}");
    for (lang, words) in [("sv", "Exempel: sigill trust add https://"), ("en", "Example: sigill trust add https://")] {
        let help = call(&directory, &["trust", "add", "--help", "--lang", lang]);
        assert!(
            help.status == Some(0) && help.stdout.contains(words) && help.stdout.contains("--signer"),
            "{}",
            help.stdout
        );
    }
}

/// A service whose archive took in a list that lasts until `next`.
fn service_with(next: &'static str) -> Service {
    Service::over(Options::default(), archive::Options::default(), |home| {
        let [_, sweden, _] = parties();
        let file = home.join("se.xml");
        fs::write(&file, Draft { next, ..swedish(8) }.signed(&sweden)).unwrap();
        let signer = Some(sweden.certificate.der());
        lists::add(&home.join("trust"), "se", &Source::File(file), signer, &Limits::PUBLIC).unwrap();
    })
}

#[test]
fn the_service_tells_how_old_its_lists_are() {
    for (next, state, word) in [
        ("<dateTime>2027-03-01T00:00:00Z</dateTime>", "ok", "2027"),
        ("<dateTime>2026-10-01T00:00:00Z</dateTime>", "warning", "har gått ut"),
        ("", "warning", "stängd"),
    ] {
        let service = service_with(next);
        let ready = service.get(None, "/readyz").json();
        let check = ready["checks"].as_array().unwrap().iter().find(|check| check["id"] == "trust-lists").unwrap();
        assert_eq!((check["status"].as_str(), ready["status"].as_str()), (Some(state), Some("ok")), "{next}");
        let page = service.get(None, "/sa-kontrollerar-vi").text();
        for part in ["se (SE)", "61 dagar gammal", word] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}
