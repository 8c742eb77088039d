//! Evidence that an archive keeps with a record: fetched when the document is registered, or added later as an event of its
//! own. It holds when nobody answers any more, and no record is rewritten. VALIDATION 2 and 9.1 (7), HOUSE invariant 9.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

#[path = "support/minted.rs"]
#[expect(dead_code, reason = "its minutes are signed once and nothing else")]
mod minted;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/writer.rs"]
#[expect(dead_code, reason = "this test needs the plainest of files")]
mod writer;

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use sigill::archive::Archive;
use sigill::archive::Options;
use sigill::archive::check::Weight;
use sigill::archive::entry::Event;
use sigill::archive::fetch::Hosts;
use sigill::archive::fetch::Limits;
use sigill::archive::gather;
use sigill::archive::ingest::Ingested;
use sigill::archive::pieces::Collected;
use sigill::archive::pieces::Kind;
use sigill::archive::pieces::Piece;
use sigill::archive::record::RecordId;
use sigill::archive::record::Submission;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use tempfile::TempDir;

use minted::Minutes;
use pki::Holder;
use pki::Profile;

fn clock() -> Timestamp {
    pki::at("2026-06-01")
}

/// An archive that demands revocation data, and minutes whose signer's certificate says where it is told.
struct Town {
    directory: TempDir,
    root: Holder,
    minutes: Vec<u8>,
}

impl Town {
    fn new(url: &str) -> Self {
        let [is_ca, may_issue] = pki::authority();
        let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
        let signer = Profile::new("Signer", 2, "2024-01-01", "2030-01-01");
        let signer = root.issues(&signer.with(pki::signing()).with(pki::answered_at(url)));
        let minutes = Minutes::blank().signed(|covered| signer.sign(covered, &[])).bytes().to_vec();
        let town = Self { directory: tempfile::tempdir().unwrap(), root, minutes };
        Archive::create(&town.home(), "arkiv.example.se", None, &town.options(false)).unwrap();
        fs::write(town.home().join("trust/root.der"), &town.root.der).unwrap();
        town
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("archive")
    }

    fn options(&self, gathers: bool) -> Options {
        let policy = Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() };
        let hosts = Hosts { inside: vec!["127.0.0.1".parse().unwrap()], ..Hosts::PUBLIC };
        let limits = Limits { hosts, answer_time_max: Duration::from_secs(10), ..Limits::PUBLIC };
        let gather = gathers.then_some(gather::Options { limits, ..gather::Options::STANDARD });
        Options { clock, policy, gather, ..Options::default() }
    }

    fn open(&self, gathers: bool) -> Archive {
        Archive::open(&self.home(), self.options(gathers)).unwrap()
    }

    /// What the responder says of the signer: good.
    fn answer(&self) -> Vec<u8> {
        self.root.ocsp(2, "2026-05-31", "2026-07-01", None)
    }

    /// The answer as somebody hands it in, and a list that says no more.
    fn handed_in(&self, list: bool) -> Collected {
        let piece = |name: &str, kind, bytes| Piece { name: name.to_owned(), kind: Some(kind), bytes, address: None };
        let answer = piece("svar.ocsp", Kind::Ocsp, self.answer());
        let list = list.then(|| piece("lista.crl", Kind::Crl, self.root.crl("2026-05-30", "2026-07-01", &[])));
        Collected::given(&[answer].into_iter().chain(list).collect::<Vec<_>>())
    }

    fn ingest(&self, archive: &Archive, given: &Collected) -> Ingested {
        archive.ingest_with(&self.minutes, &submission(), given).unwrap()
    }
}

fn submission() -> Submission {
    Submission { name: "protokoll.pdf".to_owned(), actor: "registrator".to_owned(), ..Submission::default() }
}

fn id(ingested: &Ingested) -> RecordId {
    ingested.record.id.parse().unwrap()
}

/// What is found now, with all that is kept.
fn again(archive: &Archive, id: RecordId) -> &'static str {
    archive.verify_again(id).unwrap().unwrap().verdict.name()
}

/// Each event with what was found then, and how much evidence came with it.
fn events(archive: &Archive, id: RecordId) -> Vec<(Event, String, usize, u64)> {
    let happened = archive.events(id).unwrap().unwrap();
    happened.into_iter().map(|one| (one.event, one.found.unwrap().verdict, one.evidence.len(), one.index)).collect()
}

fn weights(archive: &Archive) -> Vec<Weight> {
    archive.check(&mut |_, _| {}).unwrap().into_iter().map(|fault| fault.weight).collect()
}

#[test]
fn what_was_fetched_at_registration_is_kept_and_holds_when_the_responder_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/ocsp", listener.local_addr().unwrap().port());
    let town = Town::new(&url);
    let answer = town.answer();
    // It answers one question and is no more.
    let responder = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (mut asked, mut buffer) = (Vec::new(), [0; 4096]);
        while !asked.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = connection.read(&mut buffer).unwrap();
            asked.extend_from_slice(&buffer[..read]);
        }
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&answer).unwrap();
        String::from_utf8_lossy(&asked).into_owned()
    });
    let archive = town.open(true);
    assert_eq!(archive.verify(&town.minutes).verdict.name(), "indeterminate", "a mere verification fetches nothing");
    let ingested = town.ingest(&archive, &Collected::default());
    assert!(responder.join().unwrap().starts_with("POST /ocsp "));
    assert_eq!(ingested.record.verification.verdict, "valid");
    let [kept] = ingested.record.evidence.as_slice() else { panic!("one piece: {:?}", ingested.record.evidence) };
    assert_eq!((kept.kind.as_str(), kept.address.as_deref()), ("ocsp", Some(url.as_str())));
    drop(archive);

    let archive = town.open(false);
    assert_eq!(
        archive.verify(&town.minutes).verdict.name(),
        "indeterminate",
        "the file alone proves no more than before"
    );
    assert_eq!(again(&archive, id(&ingested)), "valid", "with what is kept");
    assert_eq!(weights(&archive), []);
    assert_eq!(events(&archive, id(&ingested)), [(Event::Registered, "valid".to_owned(), 1, 0)]);
}

#[test]
fn evidence_for_a_registered_document_becomes_an_event_and_the_record_stays() {
    let town = Town::new("http://127.0.0.1:9/ocsp");
    let archive = town.open(false);
    let first = town.ingest(&archive, &Collected::default());
    let id = id(&first);
    assert!(first.new && first.added.is_none());
    assert_eq!(first.record.verification.verdict, "indeterminate");
    let receipt = archive.receipt(id).unwrap().unwrap();

    let later = town.ingest(&archive, &town.handed_in(false));
    assert!(!later.new && later.record.id == first.record.id && later.index == 0);
    assert_eq!(later.record.verification.verdict, "indeterminate", "what was found then stays");
    let added = later.added.unwrap();
    assert_eq!((added.index, added.act.deed.verification().unwrap().verdict.as_str()), (1, "valid"));
    assert_eq!(again(&archive, id), "valid");
    // The same again adds nothing; with another piece, that one alone.
    assert!(town.ingest(&archive, &town.handed_in(false)).added.is_none());
    let more = town.ingest(&archive, &town.handed_in(true)).added.unwrap();
    let kinds: Vec<&str> = more.act.deed.evidence().iter().map(|one| one.kind.as_str()).collect();
    assert_eq!((more.index, kinds), (2, vec!["crl"]));
    let then_and_now = [
        (Event::Registered, "indeterminate".to_owned(), 0, 0),
        (Event::EvidenceAdded, "valid".to_owned(), 1, 1),
        (Event::EvidenceAdded, "valid".to_owned(), 1, 2),
    ];
    assert_eq!(events(&archive, id), then_and_now);
    assert_eq!(archive.newest(0, 10).unwrap().len(), 1, "one record, whatever was added");
    assert_eq!(archive.receipt(id).unwrap().unwrap().lines().next(), receipt.lines().next());
    assert_eq!(weights(&archive), []);
    drop(archive);

    // Derived anew, and read beside the service: the same.
    let rebuilt = Archive::rebuild(&town.home(), town.options(false)).unwrap();
    assert_eq!((events(&rebuilt, id), again(&rebuilt, id)), (then_and_now.to_vec(), "valid"));
    drop(rebuilt);
    let read = Archive::read(&town.home(), town.options(false)).unwrap();
    assert_eq!((events(&read, id), again(&read, id), weights(&read)), (then_and_now.to_vec(), "valid", vec![]));
}

#[test]
fn an_addition_that_was_changed_or_lost_on_the_disk_is_found_and_never_believed() {
    let town = Town::new("http://127.0.0.1:9/ocsp");
    let archive = town.open(false);
    let record = id(&town.ingest(&archive, &Collected::default()));
    let before = files(&town);
    town.ingest(&archive, &town.handed_in(false));
    let [addition] =
        files(&town).into_iter().filter(|file| !before.contains(file)).collect::<Vec<_>>().try_into().unwrap();
    let written = fs::read_to_string(&addition).unwrap();
    for (change, weight) in [(Some(written.replace("registrator", "someone")), Weight::Lost), (None, Weight::Lost)] {
        fs::remove_file(&addition).unwrap();
        if let Some(changed) = change {
            fs::write(&addition, changed).unwrap();
        }
        assert_eq!(weights(&archive), [weight]);
        assert!(archive.events(record).is_err() && archive.verify_again(record).is_err());
        fs::write(&addition, &written).unwrap();
    }
    assert_eq!((weights(&archive), again(&archive, record)), (vec![], "valid"));
}

/// The files that records and what was added to them are in.
fn files(town: &Town) -> Vec<PathBuf> {
    let inside = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let folders = inside(town.home().join("records")).into_iter().filter(|path| !path.ends_with("tmp"));
    folders.flat_map(inside).collect()
}
