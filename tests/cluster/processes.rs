//! Several `sigill` processes over one archive in PostgreSQL and S3: they fight, one is killed, an archive moves in.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use tempfile::tempdir;

use crate::servers;

/// An archive that several processes share.
pub(crate) struct Shared {
    pub(crate) directory: TempDir,
    pub(crate) token: String,
}

/// A `sigill serve` that is killed when the test lets go of it.
pub(crate) struct Service {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been killed by the test already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `[store]` and `[documents]` of places that no other test uses; none where there are no servers.
pub(crate) fn places(directory: &Path) -> Option<PathBuf> {
    let (postgres, s3) = (servers::postgres()?, servers::address("TEST_S3")?);
    let (schema, prefix, path) = (servers::schema(), servers::schema(), directory.join("places.toml"));
    let text = format!(
        "[store]\nurl = \"{postgres}\"\nschema = \"{schema}\"\n\n[documents]\nurl = \"s3://sigill/{prefix}\"\n\
         endpoint = \"{s3}\"\nkey_id = \"test\"\n"
    );
    fs::write(&path, text).unwrap();
    Some(path)
}

pub(crate) fn sigill(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.env_clear().env("SIGILL_DOCUMENTS_SECRET", "hemligt").arg("--data").arg(data).args(arguments);
    command
}

pub(crate) fn answer(mut command: Command) -> Value {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out} {err}");
    serde_json::from_str(out.trim()).unwrap_or_else(|error| panic!("{error}: {out} {err}"))
}

impl Shared {
    pub(crate) fn new() -> Option<Self> {
        let directory = tempdir().unwrap();
        let places = places(directory.path())?;
        let data = directory.path().join("member-0");
        let told = answer(sigill(&data, &["--json", "init", "--origin", "k.example/l", "--places", places.to_str()?]));
        Some(Self { token: told["token"].as_str()?.to_owned(), directory })
    }

    /// The directory of another process: settings, key, tokens, schedule. That is all there is.
    pub(crate) fn member(&self, number: usize) -> PathBuf {
        let (first, data) =
            (self.directory.path().join("member-0"), self.directory.path().join(format!("member-{number}")));
        if number > 0 {
            for part in ["archive.toml", "ledger/key", "ledger/lock", "tokens.toml", "retention.toml"] {
                fs::create_dir_all(data.join(part).parent().unwrap()).unwrap();
                fs::copy(first.join(part), data.join(part)).unwrap();
            }
            fs::create_dir_all(data.join("trust")).unwrap();
        }
        data
    }

    pub(crate) fn serve(&self, number: usize) -> Service {
        serve(&self.member(number), &self.token)
    }
}

/// A service over what is in a directory.
pub(crate) fn serve(data: &Path, token: &str) -> Service {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut command = sigill(data, &["serve", "--listen", &address]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let service = Service { child, address };
    let until = Instant::now() + Duration::from_secs(60);
    while !matches!(service.ask("GET", "/readyz", token, b""), Ok((200, _))) {
        assert!(Instant::now() < until, "the service did not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    service
}

impl Service {
    /// One request and its answer; an error where the service is gone.
    pub(crate) fn ask(&self, method: &str, path: &str, token: &str, body: &[u8]) -> std::io::Result<(u16, Value)> {
        let text = self.whole(method, path, token, body)?;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other("no answer"))?;
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }

    /// What is shown to anybody.
    pub(crate) fn text(&self, path: &str) -> std::io::Result<String> {
        Ok(self
            .whole("GET", path, "", b"")?
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default())
    }

    fn whole(&self, method: &str, path: &str, token: &str, body: &[u8]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let length = body.len();
        let who = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\n{who}content-length: {length}\r\n\
             content-type: application/octet-stream\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The document with this number.
pub(crate) fn document(number: usize) -> Vec<u8> {
    format!("Protokoll nummer {number}").into_bytes()
}

pub(crate) fn check(data: &Path) -> u64 {
    let told = answer(sigill(data, &["--json", "check"]));
    assert_eq!(told["sound"], true, "{told}");
    told["size"].as_u64().unwrap()
}

#[test]
fn two_services_over_one_archive_have_one_record_for_one_document() {
    let Some(shared) = Shared::new() else { return };
    let services = [shared.serve(0), shared.serve(1)];
    let records: Vec<(usize, String, bool)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_usize)
            .map(|writer| {
                let (service, token) = (&services[writer % 2], &shared.token);
                scope.spawn(move || {
                    let register = |number: usize| {
                        let (status, told) = service.ask("POST", "/api/v1/records", token, &document(number)).unwrap();
                        assert!(status == 200 || status == 201, "{status} {told}");
                        (number, told["id"].as_str().unwrap().to_owned(), status == 201)
                    };
                    // Everybody the same documents, in the same order: as much of a race as there can be.
                    (0..25).map(register).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut ids: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for (number, id, _) in &records {
        ids.entry(*number).or_default().insert(id);
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "a document has two records: {ids:?}");
    assert_eq!(records.iter().filter(|(_, _, new)| *new).count(), 25, "each was registered once");
    // What one has registered the other finds at once.
    let (status, told) = services[0].ask("POST", "/api/v1/records", &shared.token, b"nyss").unwrap();
    assert_eq!(status, 201);
    let path = format!("/api/v1/records/{}", told["id"].as_str().unwrap());
    assert_eq!(services[1].ask("GET", &path, &shared.token, b"").unwrap().0, 200);
    assert_eq!(services[1].ask("GET", &format!("{path}/receipt"), &shared.token, b"").unwrap().0, 200);
    drop(services);
    assert_eq!(check(&shared.member(2)), 26);
}

#[test]
fn one_service_is_killed_at_full_rate_and_the_other_goes_on() {
    let Some(shared) = Shared::new() else { return };
    let (mut dying, other) = (shared.serve(0), shared.serve(1));
    let acknowledged = Mutex::new(BTreeMap::new());
    let (killed, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let first_after = Mutex::new(None);
    std::thread::scope(|scope| {
        for writer in 0..6_usize {
            let (dying, other, shared) = (dying.address.clone(), &other, &shared);
            let (acknowledged, killed, done, first_after) = (&acknowledged, &killed, &done, &first_after);
            scope.spawn(move || {
                let dying = Address(dying);
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let bytes = document(writer * 1_000_000 + number);
                    let to_dying = writer % 2 == 0 && !killed.load(Ordering::Relaxed);
                    let told = match to_dying {
                        true => dying.register(&shared.token, &bytes),
                        false => other.ask("POST", "/api/v1/records", &shared.token, &bytes),
                    };
                    if let Ok((200 | 201, told)) = told {
                        if killed.load(Ordering::Relaxed) && !to_dying {
                            first_after.lock().unwrap().get_or_insert_with(Instant::now);
                        }
                        acknowledged.lock().unwrap().insert(bytes, told["id"].as_str().unwrap().to_owned());
                    }
                }
            });
        }
        let since = Instant::now();
        while acknowledged.lock().unwrap().len() < 60 && since.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        dying.child.kill().unwrap();
        let at = Instant::now();
        killed.store(true, Ordering::Relaxed);
        while first_after.lock().unwrap().is_none() && at.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_secs(2));
        done.store(true, Ordering::Relaxed);
        let gap = first_after.lock().unwrap().expect("the other goes on") - at;
        println!("the other went on after {gap:?}");
        assert!(gap < Duration::from_secs(10), "{gap:?}");
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} acknowledged", acknowledged.len());
    assert!(acknowledged.len() > 20, "{} is no full rate", acknowledged.len());
    for (bytes, id) in &acknowledged {
        let (status, told) = other.ask("POST", "/api/v1/records", &shared.token, bytes).unwrap();
        assert_eq!((status, told["id"].as_str()), (200, Some(id.as_str())), "an acknowledged record is not found");
    }
    drop(other);
    let size = check(&shared.member(2));
    assert!(size >= u64::try_from(acknowledged.len()).unwrap());
}

/// Where a service was that may be gone.
struct Address(String);

impl Address {
    fn register(&self, token: &str, bytes: &[u8]) -> std::io::Result<(u16, Value)> {
        let child = Command::new("true").spawn()?;
        Service { child, address: self.0.clone() }.ask("POST", "/api/v1/records", token, bytes)
    }
}

#[test]
fn an_archive_moves_and_its_root_and_receipts_stay() {
    let directory = tempdir().unwrap();
    let Some(places) = places(directory.path()) else { return };
    let (old, new) = (directory.path().join("old"), directory.path().join("new"));
    answer(sigill(&old, &["--json", "init", "--origin", "k.example/l"]));
    for number in 0..12 {
        fs::write(directory.path().join(format!("{number}.pdf")), document(number)).unwrap();
    }
    let paths: Vec<String> =
        (0..12).map(|number| directory.path().join(format!("{number}.pdf")).display().to_string()).collect();
    let mut ingest = sigill(&old, &["--json", "ingest"]);
    let ingested = ingest.args(&paths).output().unwrap();
    assert!(ingested.status.success(), "{}", String::from_utf8_lossy(&ingested.stdout));
    let root = |data: &Path| {
        let output = sigill(data, &["ledger", "checkpoint"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let before = root(&old);
    let move_it = ["--json", "migrate", "--from", "sled", "--to", "postgres", "--places", places.to_str().unwrap()];
    let told = answer({
        let mut command = sigill(&old, &move_it);
        command.arg("--into").arg(&new);
        command
    });
    assert_eq!(told["size"], 12);
    assert_eq!(root(&new), before, "the same checkpoint, signed by the same key");
    assert_eq!(root(&old), before, "the old one is as it was");
    assert_eq!((check(&old), check(&new)), (12, 12));
    // The same file again is known there too; nothing is moved over an archive.
    let again = answer(sigill(&new, &["--json", "ingest", &paths[0]]));
    assert_eq!(again["outcome"], "known", "{again}");
    let twice = sigill(&old, &move_it).arg("--into").arg(directory.path().join("newer")).output().unwrap();
    assert!(!twice.status.success());
    assert_eq!(check(&new), 12);
}

#[test]
fn a_password_in_the_address_is_refused_and_not_repeated() {
    let directory = tempdir().unwrap();
    let places = directory.path().join("places.toml");
    fs::write(&places, "[store]\nurl = \"postgres://sigill:hemligt@db.example/sigill\"\n").unwrap();
    let data = directory.path().join("data");
    let told =
        sigill(&data, &["init", "--origin", "k.example/l", "--places", places.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned() + &String::from_utf8_lossy(&told.stdout);
    assert!(!told.status.success() && said.contains("password_file"), "{said}");
    assert!(!said.contains("hemligt") && !data.exists(), "{said}");
}
