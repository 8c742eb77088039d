//! The pages in a real browser, walked as people walk them: see `tests/browser/`. USERS 9; WCAG 2.1 AA by axe.
//! Needs chromium, node and npm; `.ci/run` installs them, and under `CI=true` nothing passes without them.
//! `TEST_WALKS` picks walks by a part of their names; `TEST_SHOTS=1` writes a picture of every page to target/browser/screenshots.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

use std::env;
use std::fs;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use sigill::archive;
use sigill::archive::Archive;
use sigill::web::auth::Role;
use sigill::web::auth::Tokens;

/// A schedule by which summonses signed more than a year ago may go.
const SCHEDULE: &str = r#"
[schedule]
version = "2026.1"
example = false
plan = "Dokumenthanteringsplan"
[[rule]]
id = "kallelser"
record_types = ["summons"]
handlingstyp = { sv = "Kallelser", en = "Summonses" }
outcome = "gallras"
years = 1
from = "signed"
basis = { decision = "KS 2020/1", date = "2020-01-15" }
"#;

/// The binary, stopped when the test ends, however it ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a browser's test needs beyond Rust.
fn tools() -> bool {
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].iter().any(|file| Path::new(file).exists());
    let runs = |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    let there = chromium && runs("node") && runs("npm");
    assert!(there || env::var("CI").as_deref() != Ok("true"), "chromium, node or npm is missing, and CI is to walk");
    if !there {
        println!("NOT RUN: chromium, node or npm is missing (Debian: apt-get install chromium nodejs npm)");
    }
    there
}

/// An archive that trusts the samples' issuer, and a token for each role as JSON.
fn archive(home: &Path) -> String {
    Archive::create(home, "sigill.exempel.se", Some("Exempelkommunen"), &archive::Options::default()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("keys/trust/test/sigill-test-root-ca.pem"), home.join("trust/test.pem")).unwrap();
    fs::write(home.join("retention.toml"), SCHEDULE).unwrap();
    let mut tokens = Tokens::open(home).unwrap();
    let mut made = |role: Role| tokens.create(&format!("{}-desk", role.name()), role, None, Timestamp::now()).unwrap();
    let mut all: serde_json::Map<_, _> =
        Role::ALL.map(|role| (role.name().to_owned(), made(role).into())).into_iter().collect();
    // Whoever decides must be another person than whoever proposes.
    all.insert(
        "second-archivist".to_owned(),
        tokens.create("second", Role::Archivist, None, Timestamp::now()).unwrap().into(),
    );
    serde_json::Value::Object(all).to_string()
}

fn serve(home: &Path) -> (Served, String) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = free.local_addr().unwrap();
    drop(free);
    let address = format!("http://{listen}");
    let settings = home.with_extension("toml");
    fs::write(&settings, format!("public_url = \"{address}\"\nupload_megabytes_max = 4\n")).unwrap();
    let mut sigill = Command::new(env!("CARGO_BIN_EXE_sigill"));
    sigill.args(["serve", "--data"]).arg(home).args(["--listen", &listen.to_string(), "--config"]).arg(&settings);
    let served = Served(sigill.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..300 {
        if TcpStream::connect(listen).is_ok() {
            return (served, address);
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the service did not answer on {listen}");
}

#[test]
fn the_pages_are_walked_in_a_real_browser() {
    if !tools() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("archive");
    let tokens = archive(&home);
    let (_served, address) = serve(&home);
    let mut walk = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/run"));
    walk.env("TEST_ADDRESS", &address).env("TEST_TOKENS", tokens);
    let words = env::var("TEST_WALKS").unwrap_or_default();
    walk.args(words.split_whitespace());
    assert!(walk.status().unwrap().success(), "a walk failed: see above");
}
