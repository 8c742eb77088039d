//! Time from an authority over what was registered, each record's own evidence of it, and renewal before it ages.
//! RFC 3161, RFC 4998; VALIDATION 7 and 13. The authority stands in the test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::date;
use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::archive::check::Weight;
use sigill::archive::ingest::Ingested;
use sigill::archive::stamps::Authority;
use sigill::archive::stamps::Error;
use sigill::archive::stamps::daily::Daily;
use sigill::format::ers::EvidenceRecord;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::ers;
use sigill::verify::ers::Object;
use sigill::verify::ers::Scope;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence::Circumstances;
use sigill::verify::policy::Kind;
use sigill::verify::policy::Policy;
use sigill::verify::policy::Reliable;
use sigill::verify::policy::RevocationRule;
use sigill::verify::policy::Row;
use sigill::verify::proof::Proofs;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;
#[path = "support/pki.rs"]
mod pki;

use house::House;
use house::NOW;
use house::fixture;
use house::id_of;
use house::submission;
use house::weights;
use pki::Holder;
use pki::Profile;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";
const NOTES: &str = "motesanteckningar-koncernledningsgruppen.pdf";
const NEWSLETTER: &str = "nytt-fran-kommunledningsgruppen-2025-09.pdf";

fn root() -> Holder {
    let [ca, usage] = pki::authority();
    Holder::root(&Profile::new("Tidsrot", 1, "2020-01-01", "2049-12-31").with(ca).with(usage))
}

/// An authority whose certificate ends on a day.
fn clerk(serial: u8, until: &str) -> Holder {
    let name = if serial == 2 { "Tidstjänst 1" } else { "Tidstjänst 2" };
    root().issues(&Profile::new(name, serial, "2020-01-01", until).with(pki::purpose(8)))
}

/// What an authority does with a question.
type Answers = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// A server that answers questions over HTTP, and what it answers next.
struct Server {
    port: u16,
    answers: Arc<Mutex<Arc<Answers>>>,
    asked: Arc<Mutex<usize>>,
}

impl Server {
    fn new(answers: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: Arc<Mutex<Arc<Answers>>> = Arc::new(Mutex::new(Arc::new(answers)));
        let asked = Arc::new(Mutex::new(0));
        let (held, counted) = (Arc::clone(&answers), Arc::clone(&asked));
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let question = body(&mut connection);
                *counted.lock().unwrap() += 1;
                let answers = Arc::clone(&held.lock().unwrap());
                let body = answers(&question);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
            }
        });
        Self { port, answers, asked }
    }

    /// From now on it answers so.
    fn answers(&self, answers: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) {
        *self.answers.lock().unwrap() = Arc::new(answers);
    }

    fn authority(&self) -> Authority {
        Authority { url: format!("http://127.0.0.1:{}/tsa", self.port) }
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

fn body(connection: &mut TcpStream) -> Vec<u8> {
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head {
            let text = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap_or("0");
            let length: usize = length.trim().parse().unwrap();
            if bytes.len() >= end + 4 + length {
                return bytes.split_off(end + 4);
            }
        }
        match connection.read(&mut buffer) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            Ok(_) | Err(_) => return bytes,
        }
    }
}

/// Revocation data counts where there is any; SHA-256 holds until the day.
fn policy(sha256: Reliable) -> Policy {
    let mut policy = Policy { revocation: RevocationRule::IfAvailable, ..Policy::swedish_minutes() };
    policy.algorithms.set(Row { kind: Kind::Digest, name: "SHA-256".to_owned(), min_bits: 0, reliable: sha256 });
    policy
}

/// When the clocks of a later archive stand.
fn later() -> Timestamp {
    "2027-12-01T00:00:00Z".parse().unwrap()
}

/// An archive that believes the authority's root, with these registered.
struct Scene {
    house: House,
    ingested: Vec<Ingested>,
}

impl Scene {
    fn with(names: &[&str]) -> Self {
        let (house, archive, ingested) = House::with(names);
        drop(archive);
        fs::write(house.path("trust/time.der"), root().der).unwrap();
        Self { house, ingested }
    }

    fn open(&self, clock: fn() -> Timestamp, policy: Policy) -> Archive {
        Archive::open(&self.house.path(""), Options { clock, policy, ..house::options() }).unwrap()
    }

    fn now(&self) -> Archive {
        self.open(house::options().clock, policy(Reliable::Open))
    }

    fn evidence(&self, archive: &Archive, which: usize) -> Result<Vec<u8>, Error> {
        archive.evidence_record(id_of(&self.ingested[which]), self.ingested[which].index)
    }
}

/// What a stranger finds who has the document, the record and the root, and nothing of ours.
fn judged(record: &[u8], document: &[u8], now: Timestamp, policy: &Policy) -> ers::Judged {
    let (trust, problems) = sigill::verify::trust::Trust::read([("time", root().der.as_slice())]);
    assert!(problems.is_empty());
    let (evidence, proofs) = (Evidence::none(), Proofs::none(now));
    let budget = sigill::format::budget::Budget::STANDARD;
    let known = Circumstances { evidence: &evidence, trust: &trust, policy, budget: &budget, proofs: &proofs };
    let mut meter = Meter::new(budget::Budget::STANDARD);
    ers::judge(record, &[Object::Bytes(document)], Scope::Each, known, &mut meter)
}

#[test]
fn one_token_proves_every_document_below_it_and_no_other() {
    let names = [GENUINE, NOTES, NEWSLETTER];
    let scene = Scene::with(&names);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let archive = scene.now();
    let done = archive.stamp(&server.authority()).unwrap();
    assert_eq!((done.entries, done.covered, done.time), (3, 3, Some(NOW.parse().unwrap())));
    assert_eq!(server.asked(), 1, "one question for all of them");
    for (which, name) in names.iter().enumerate() {
        let record = scene.evidence(&archive, which).unwrap();
        let found = judged(&record, &fixture(name), NOW.parse().unwrap(), &policy(Reliable::Open));
        assert_eq!(found.failures, [], "{name}");
        assert_eq!(found.proof.unwrap().time, NOW.parse::<Timestamp>().unwrap());
        let other = judged(&record, &fixture(names[(which + 1) % 3]), NOW.parse().unwrap(), &policy(Reliable::Open));
        assert!(other.proof.is_none(), "{name}: another document has no part in it");
    }
    let again = archive.stamp(&server.authority()).unwrap();
    assert_eq!((again.entries, again.renewed, again.covered, server.asked()), (0, 0, 3, 1), "nothing is asked twice");
}

#[test]
fn what_is_registered_later_gets_the_next_stamp() {
    let mut scene = Scene::with(&[GENUINE]);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let archive = scene.now();
    archive.stamp(&server.authority()).unwrap();
    scene.ingested.push(archive.ingest(&fixture(NOTES), &submission()).unwrap());
    assert!(matches!(scene.evidence(&archive, 1), Err(Error::NotYet(1))));
    assert_eq!(archive.stamp(&server.authority()).unwrap().covered, 2);
    scene.evidence(&archive, 0).unwrap();
    scene.evidence(&archive, 1).unwrap();
}

#[test]
fn ones_evidence_tells_nothing_of_anothers_document() {
    let scene = Scene::with(&[GENUINE, NOTES]);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let archive = scene.now();
    archive.stamp(&server.authority()).unwrap();
    let record = scene.evidence(&archive, 0).unwrap();
    let guess = sigill::verify::crypto::sha256(&[&fixture(NOTES)]);
    assert!(!record.windows(32).any(|window| window == guess), "who guesses the other document finds no digest of it");
    let stamp = fs::read_dir(scene.house.path("stamps")).unwrap().next().unwrap().unwrap().path();
    let hex: String = guess.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!fs::read_to_string(stamp).unwrap().contains(&hex), "nor in what is kept");
}

#[test]
fn a_token_that_does_not_hold_is_not_kept() {
    let scene = Scene::with(&[GENUINE]);
    let archive = scene.now();
    let other = |question: &[u8]| {
        let [ca, usage] = pki::authority();
        let root = Holder::root(&Profile::new("Annan rot", 1, "2020-01-01", "2049-12-31").with(ca).with(usage));
        let clerk = root.issues(&Profile::new("Annan", 9, "2020-01-01", "2040-01-01").with(pki::purpose(8)));
        clerk.answer(question, NOW)
    };
    let server = Server::new(other);
    assert!(matches!(archive.stamp(&server.authority()), Err(Error::NotProven(_))), "nobody we believe");
    server.answers(|question| {
        let purposeless = root().issues(&Profile::new("Utan ändamål", 8, "2020-01-01", "2040-01-01"));
        purposeless.answer(question, NOW)
    });
    assert!(matches!(archive.stamp(&server.authority()), Err(Error::NotProven(_))), "not for time stamps");
    let old = Mutex::new(None::<Vec<u8>>);
    server.answers(move |question| {
        let mut old = old.lock().unwrap();
        old.get_or_insert_with(|| clerk(2, "2040-01-01").answer(question, "2020-06-01")).clone()
    });
    let first = archive.stamp(&server.authority());
    assert!(first.is_ok(), "{first:?}");
    archive.ingest(&fixture(NOTES), &submission()).unwrap();
    assert!(matches!(archive.stamp(&server.authority()), Err(Error::Refused(_))), "an old answer played again");
    server.answers(|_| b"no".to_vec());
    assert!(matches!(archive.stamp(&server.authority()), Err(Error::Unreadable)));
    assert_eq!(fs::read_dir(scene.house.path("stamps")).unwrap().count(), 1, "only what held was kept");
}

#[test]
fn a_token_is_renewed_before_its_certificate_ends() {
    let scene = Scene::with(&[GENUINE, NOTES]);
    let server = Server::new(|question| clerk(2, "2028-01-01").answer(question, NOW));
    scene.now().stamp(&server.authority()).unwrap();
    server.answers(|question| clerk(3, "2049-01-01").answer(question, "2027-12-01"));
    let archive = scene.open(later, policy(Reliable::Open));
    let done = archive.stamp(&server.authority()).unwrap();
    assert_eq!((done.entries, done.renewed, done.rehashed), (0, 1, 0), "31 days before the end");
    assert_eq!(archive.stamp(&server.authority()).unwrap().renewed, 0);
    let record = scene.evidence(&archive, 1).unwrap();
    let long_after = "2045-01-01T00:00:00Z".parse().unwrap();
    let found = judged(&record, &fixture(NOTES), long_after, &unending());
    assert_eq!(found.failures, []);
    assert_eq!(found.proof.unwrap().time, NOW.parse::<Timestamp>().unwrap(), "the first token's time, still");
    let read = EvidenceRecord::read(&record, &sigill::format::budget::Budget::STANDARD).unwrap();
    assert_eq!((read.chains.len(), read.chains[0].stamps.len()), (1, 2));
}

/// Algorithms without end, so that only certificates age.
fn unending() -> Policy {
    let mut policy = policy(Reliable::Open);
    for name in ["SHA-512", "Ed25519"] {
        for kind in [Kind::Digest, Kind::Signature] {
            policy.algorithms.set(Row { kind, name: name.to_owned(), min_bits: 0, reliable: Reliable::Open });
        }
    }
    policy
}

#[test]
fn a_tree_is_made_anew_before_its_digest_ages() {
    let scene = Scene::with(&[GENUINE, NOTES, NEWSLETTER]);
    let server = Server::new(|question| clerk(2, "2049-01-01").answer(question, NOW));
    scene.now().stamp(&server.authority()).unwrap();
    server.answers(|question| clerk(3, "2049-01-01").answer(question, "2027-12-01"));
    let ending = policy(Reliable::Until(date(2028, 1, 1)));
    let archive = scene.open(later, ending.clone());
    let done = archive.stamp(&server.authority()).unwrap();
    assert_eq!((done.renewed, done.rehashed), (0, 1));
    for (which, name) in [GENUINE, NOTES, NEWSLETTER].iter().enumerate() {
        let record = scene.evidence(&archive, which).unwrap();
        let read = EvidenceRecord::read(&record, &sigill::format::budget::Budget::STANDARD).unwrap();
        assert_eq!(read.chains.len(), 2, "{name}");
        let found = judged(&record, &fixture(name), later(), &ending);
        assert_eq!(found.failures, [], "{name}");
        assert_eq!(found.proof.unwrap().time, NOW.parse::<Timestamp>().unwrap());
        let changed = [&fixture(name)[..], b"\n"].concat();
        assert!(judged(&record, &changed, later(), &ending).proof.is_none(), "{name}, changed");
    }
}

#[test]
fn what_was_disposed_of_takes_nothing_from_the_others() {
    let scene = Scene::with(&[GENUINE, NOTES]);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    scene.now().stamp(&server.authority()).unwrap();
    for room in ["salts", "records"] {
        fs::remove_file(scene.house.blob(room, &scene.ingested[0].record.id)).unwrap();
    }
    let archive = scene.now();
    let record = scene.evidence(&archive, 1).unwrap();
    let found = judged(&record, &fixture(NOTES), NOW.parse().unwrap(), &policy(Reliable::Open));
    assert!(found.proof.is_some(), "{:?}", found.failures);
}

#[test]
fn a_stamp_that_was_changed_on_disk_is_no_evidence() {
    let scene = Scene::with(&[GENUINE, NOTES]);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let archive = scene.now();
    archive.stamp(&server.authority()).unwrap();
    let path = fs::read_dir(scene.house.path("stamps")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("leaves\":[\"").unwrap() + 12;
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    fs::write(&path, [&text[..at], digit, &text[at + 1..]].concat()).unwrap();
    assert!(matches!(scene.evidence(&archive, 0), Err(Error::NotProven(_))));
}

/// Hours since the archives of these tests were made, on a clock that moves.
static HOURS: AtomicI64 = AtomicI64::new(0);

fn moving() -> Timestamp {
    let hours = SignedDuration::from_hours(HOURS.load(Ordering::SeqCst));
    NOW.parse::<Timestamp>().unwrap() + hours
}

#[test]
fn the_service_stamps_once_a_day_renews_and_comes_back_to_an_authority_that_was_away() {
    let mut scene = Scene::with(&[GENUINE]);
    let server = Server::new(|_| b"closed".to_vec());
    let archive = scene.open(moving, unending());
    let mut daily = Daily::new(server.authority());
    let pass = |hours: i64| HOURS.fetch_add(hours, Ordering::SeqCst);
    assert!(matches!(daily.turn(&archive), Some(Err(Error::Unreadable))));
    assert!(daily.turn(&archive).is_none() && server.asked() == 1, "it is left alone for a while");
    scene.ingested.push(archive.ingest(&fixture(NOTES), &submission()).unwrap());
    pass(1);
    assert!(matches!(daily.turn(&archive), Some(Err(_))), "and asked again");
    let answers = |serial: u8, until: &'static str| {
        move |question: &[u8]| clerk(serial, until).answer(question, &moving().strftime("%F").to_string())
    };
    server.answers(answers(2, "2028-01-01"));
    pass(3);
    let done = daily.turn(&archive).unwrap().unwrap();
    assert_eq!((done.entries, done.covered), (2, 2), "what was registered meanwhile too");
    archive.ingest(&fixture(NEWSLETTER), &submission()).unwrap();
    pass(19);
    assert!(daily.turn(&archive).is_none() && server.asked() == 3, "the same day still");
    let mut again = Daily::new(server.authority());
    assert!(again.turn(&archive).is_none() && server.asked() == 3, "also after a restart");
    pass(1);
    let done = again.turn(&archive).unwrap().unwrap();
    assert_eq!((done.entries, done.covered, server.asked()), (1, 3, 4), "the next day");
    pass(24);
    let done = again.turn(&archive).unwrap().unwrap();
    assert_eq!((done.entries, done.renewed, server.asked()), (0, 0, 4), "nothing new is no question");
    pass(24 * 393);
    server.answers(answers(3, "2049-01-01"));
    let done = again.turn(&archive).unwrap().unwrap();
    assert_eq!((done.entries, done.renewed), (0, 2), "each stamp by itself, before its certificate ends");
    scene.evidence(&archive, 1).unwrap();
}

#[test]
fn one_who_stamps_keeps_others_from_it_meanwhile() {
    let scene = Scene::with(&[GENUINE]);
    let archive = scene.now();
    fs::create_dir_all(scene.house.path("stamps")).unwrap();
    let held = fs::File::open(scene.house.path("stamps")).unwrap();
    held.lock().unwrap();
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    assert!(matches!(archive.stamp(&server.authority()), Err(Error::UnderWay)));
    held.unlock().unwrap();
    assert_eq!(archive.stamp(&server.authority()).unwrap().covered, 1);
}

#[test]
fn a_check_examines_stamps_and_tells_of_files_that_belong_to_nothing() {
    let scene = Scene::with(&[GENUINE, NOTES]);
    let server = Server::new(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let archive = scene.now();
    archive.stamp(&server.authority()).unwrap();
    assert_eq!(weights(&archive), []);
    let path = fs::read_dir(scene.house.path("stamps")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&path).unwrap();
    let spoiled = |part: &str, by: usize| {
        let at = text.find(part).unwrap() + part.len() + by;
        let letter = if &text[at..=at] == "1" { "2" } else { "1" };
        [&text[..at], letter, &text[at + 1..]].concat()
    };
    let leaf = "leaves\":[\"";
    let wrong = [
        ("the checkpoint's leaf", spoiled(leaf, 2)),
        ("a document's leaf", spoiled(leaf, 64 + 3 + 2)),
        ("its checkpoint", spoiled("\"checkpoint\":\"", 2)),
        ("its token", spoiled("tokens\":[\"", 400)),
        ("its end", text[..text.len() - 2].to_owned()),
        ("its span", text.replace("\"to\":2", "\"to\":1")),
    ];
    for (what, changed) in wrong {
        assert_ne!(changed, text, "{what}");
        fs::write(&path, changed).unwrap();
        let found = weights(&archive);
        assert!(!found.is_empty() && found.iter().all(|weight| *weight == Weight::Lost), "{what}: {found:?}");
    }
    fs::write(&path, text).unwrap();
    // One is named as no stamp is: it is not looked for under another name.
    for stranger in ["stamps/readme", "stamps/0.json"] {
        fs::write(scene.house.path(stranger), "?").unwrap();
    }
    let folder = scene.house.path("evidence/ab");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("ab{}", "0".repeat(62))), "?").unwrap();
    assert_eq!(weights(&archive), [Weight::Note, Weight::Note]);
}

/// `sigill` in a directory, in English, by the policy in `own.toml`.
fn by_hand(directory: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    let command = command.args(["--lang", "en", "--data", "a", "--policy", "own.toml"]).args(arguments);
    let out = command.current_dir(directory).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

#[test]
fn stamp_and_evidence_by_hand() {
    let scene = Scene::with(&[GENUINE]);
    let here = scene.house.path("..");
    fs::write(here.join("own.toml"), "name = \"own\"\nversion = \"1\"\nrevocation = \"if-available\"\n").unwrap();
    let id = scene.ingested[0].record.id.clone();
    let (code, _, told) = by_hand(&here, &["stamp"]);
    assert!(code == Some(2) && told.contains("--url"), "{told}");
    let (code, _, told) = by_hand(&here, &["evidence", &id, "-o", "e.ers"]);
    assert!(code == Some(2) && told.contains("no time stamp yet"), "{told}");
    let server = Server::new(|_| b"closed".to_vec());
    let url = server.authority().url;
    let (code, _, told) = by_hand(&here, &["stamp", "--url", &url]);
    assert!(
        code == Some(2) && told.contains("Nothing was stamped") || told.contains("Nothing new was stamped"),
        "{told}"
    );
    server.answers(|question| clerk(2, "2040-01-01").answer(question, NOW));
    let (code, said, told) = by_hand(&here, &["--json", "stamp", "--url", &url]);
    assert_eq!(code, Some(0), "{told}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said["schema"], &said["entries"], &said["covered"]),
        (&"sigill.stamped/1".into(), &1.into(), &1.into())
    );
    let (code, _, told) = by_hand(&here, &["evidence", &id, "-o", "e.ers"]);
    assert_eq!(code, Some(0), "{told}");
    let record = fs::read(here.join("e.ers")).unwrap();
    let found = judged(&record, &fixture(GENUINE), NOW.parse().unwrap(), &policy(Reliable::Open));
    assert!(found.proof.is_some(), "{:?}", found.failures);
    let (code, _, told) = by_hand(&here, &["evidence", &id, "-o", "e.ers"]);
    assert!(code == Some(2) && told.contains("was left alone"), "{told}");
}
