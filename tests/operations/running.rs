//! The service as a service manager and a monitor see it: ready, alive, stopping, figures on an address of their own.
//! USERS section 5; sd_notify(3).

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use crate::archive;
use crate::by_hand::sigill;

pub(crate) struct Running {
    pub(crate) directory: TempDir,
    pub(crate) child: Child,
    pub(crate) log: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let (directory, _) = archive();
        let mut command = sigill(directory.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("SIGILL_LOG_FORMAT", "json");
        command.envs(settings.iter().copied()).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { directory, child, log }
    }

    /// The log up to the line with this message, whose address is given.
    pub(crate) fn address(&mut self, message: &str) -> String {
        let mut seen = String::new();
        while self.log.read_line(&mut seen).unwrap() > 0 {
            let line = seen.lines().last().unwrap_or_default();
            let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            if line["message"] == message {
                return line["listen"].as_str().unwrap().to_owned();
            }
        }
        panic!("{message}\n{seen}")
    }

    pub(crate) fn stop(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Status and body of a plain GET.
pub(crate) fn get(address: &str, path: &str, headers: &str) -> (u16, String) {
    let (head, body) = ask(address, path, headers);
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

/// Head and body of the answer to a plain GET.
pub(crate) fn ask(address: &str, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn figures_have_an_address_of_their_own_and_nothing_else_is_there() {
    let mut service = Running::start(&[("SIGILL_METRICS_LISTEN", "127.0.0.1:0")]);
    let public = service.address("listening");
    let watch = service.address("telling figures and health");
    for path in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(get(&watch, path, "").0, 200, "{path}");
    }
    let (status, version) = get(&watch, "/version", "");
    assert!(status == 200 && version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let (status, figures) = get(&watch, "/metrics", "");
    assert!(status == 200 && figures.contains("sigill_ledger_size 1"), "{figures}");
    assert!(figures.contains("sigill_disk_free_bytes ") && !figures.contains("sigill_backup_at_seconds "), "{figures}");
    for path in ["/", "/register", "/api/v1/records", "/drift"] {
        assert_eq!(get(&watch, path, "").0, 404, "{path}");
    }
    assert_eq!(get(&public, "/metrics", "").0, 200, "a program on this machine");
    for proxied in ["X-Forwarded-For: 192.0.2.1\r\n", "Forwarded: for=192.0.2.1\r\n", "Via: 1.1 proxy\r\n"] {
        assert_eq!(get(&public, "/metrics", proxied).0, 401, "somebody elsewhere, through a proxy");
    }
}

#[test]
fn a_taken_address_stops_only_a_service_that_was_told_to_have_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut told = Running::start(&[("SIGILL_METRICS_LISTEN", &address)]);
    assert_eq!(told.child.wait().unwrap().code(), Some(2));
    let mut off = Running::start(&[("SIGILL_METRICS_LISTEN", "off")]);
    let public = off.address("listening");
    assert_eq!(get(&public, "/livez", "").0, 200);
}

#[test]
fn the_service_manager_hears_when_it_is_ready_alive_and_stopping() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let hear = || {
        let mut bytes = [0; 64];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let settings =
        [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "400000"), ("SIGILL_METRICS_LISTEN", "off")];
    let mut service = Running::start(&settings);
    // The runtime may turn before the address is listened on.
    let first: Vec<String> = std::iter::repeat_with(hear).take_while(|word| word != "READY=1").take(50).collect();
    assert!(first.iter().all(|word| word == "WATCHDOG=1"), "{first:?}");
    let public = service.address("listening");
    assert_eq!(get(&public, "/livez", "").0, 200, "ready means that it answers");
    assert_eq!((hear(), hear()), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    service.stop();
    assert!(std::iter::repeat_with(hear).take(50).any(|word| word == "STOPPING=1"));
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(service.directory.path().join("sigill-data").is_dir());
}

#[test]
fn whom_to_tell_of_a_weakness_is_told_where_it_is_set() {
    let settings = [
        ("SIGILL_METRICS_LISTEN", "off"),
        ("SIGILL_SECURITY_CONTACT", "mailto:sakerhet@example.se,https://example.se/sakerhet"),
        ("SIGILL_SECURITY_EXPIRES", "2099-01-02"),
        ("SIGILL_PUBLIC_URL", "https://arkiv.example.se"),
    ];
    let mut told = Running::start(&settings);
    let address = told.address("listening");
    let (status, text) = get(&address, "/.well-known/security.txt", "");
    assert_eq!(
        (status, text.as_str()),
        (
            200,
            "Contact: mailto:sakerhet@example.se\nContact: https://example.se/sakerhet\nExpires: 2099-01-02T00:00:00Z\n\
             Preferred-Languages: sv, en\nCanonical: https://arkiv.example.se/.well-known/security.txt\n"
        )
    );
    let mut silent = Running::start(&[("SIGILL_METRICS_LISTEN", "off")]);
    let address = silent.address("listening");
    assert_eq!(get(&address, "/.well-known/security.txt", "").0, 404, "rather than one that lies");
}

#[test]
fn the_page_for_operations_tells_what_doctor_sees_to_those_who_read_everything() {
    let mut service = Running::start(&[("SIGILL_METRICS_LISTEN", "off")]);
    let address = service.address("listening");
    assert_eq!(get(&address, "/drift", "").0, 401);
    let tokens = service.directory.path().join("other");
    let made = sigill(service.directory.path())
        .args(["--json", "--data", "other", "init", "--origin", "x/y"])
        .output()
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let data = service.directory.path().join("sigill-data");
    std::fs::copy(tokens.join("tokens.toml"), data.join("tokens.toml")).unwrap();
    let token = format!("Authorization: Bearer {}\r\n", made["token"].as_str().unwrap());
    let (status, page) = get(&address, "/drift", &token);
    assert_eq!(status, 200, "{page}");
    for words in ["Säkerhetskopia", "Ingen säkerhetskopia har tagits härifrån", "Dataversion", "Poster i loggen: 1."]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}
