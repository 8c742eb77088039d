//! Telling other systems: what is sent, that it is signed as Standard Webhooks 1.0 says (an independent library verifies it),
//! that it is sent again until it arrives, also by a service that was started anew, and that it goes nowhere else.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test asks over a socket")]
mod support;
#[path = "support/listening.rs"]
mod listening;

use std::env;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use listening::Listening;
use serde_json::Value;
use sigill::archive;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::Service;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const UNSIGNED: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf";
/// Base64 of 32 bytes.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A message as it came.
#[derive(Clone, Debug)]
struct Came {
    head: String,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver that answers with a status which can be changed.
struct Receiver {
    port: u16,
    status: Arc<AtomicU16>,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    fn new(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (status, came) = (Arc::new(AtomicU16::new(status)), Arc::new(Mutex::new(Vec::new())));
        let (answer, kept) = (Arc::clone(&status), Arc::clone(&came));
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
                let whole = loop {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    if let Some((head, body)) = text.split_once("\r\n\r\n") {
                        let length = head.lines().find_map(|line| {
                            line.to_lowercase()
                                .strip_prefix("content-length: ")
                                .and_then(|text| text.parse::<usize>().ok())
                        });
                        if body.len() >= length.unwrap_or(0) {
                            break Some(Came { head: head.to_owned(), body: body.to_owned() });
                        }
                    }
                    match connection.read(&mut buffer) {
                        Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
                        Ok(_) | Err(_) => break None,
                    }
                };
                kept.lock().unwrap().extend(whole);
                let status = answer.load(Ordering::SeqCst);
                let _ = write!(connection, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        Self { port, status, came }
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Waits until so many came.
    fn until(&self, count: usize) -> Vec<Came> {
        for _ in 0..600 {
            if self.came().len() >= count {
                return self.came();
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{:?}", self.came());
    }

    fn settings(&self, inside: bool, events: &str) -> String {
        format!(
            "[[endpoint]]\nname = \"diariet\"\nurl = \"http://127.0.0.1:{}/hook\"\nsecret = \"{SECRET}\"\ninside = {inside}\nevents = [{events}]\n",
            self.port
        )
    }
}

fn service(settings: &str) -> Listening {
    let settings = settings.to_owned();
    let service = Service::over(Options::default(), archive::Options::default(), move |home| {
        fs::write(home.join("webhooks.toml"), settings).unwrap();
    });
    let listening = Listening::of(service, Options::default());
    // It has been seen once: from now on it is told.
    let seen = listening.service.archive.directory().join("service/webhooks/diariet.json");
    for _ in 0..600 {
        if seen.exists() {
            return listening;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("nobody reads webhooks.toml");
}

#[test]
fn a_new_record_is_told_of_with_ids_alone_and_signed() {
    let receiver = Receiver::new(204);
    let to = service(&receiver.settings(true, ""));
    let id = to.service.register(SIGNED, "title=Hemligt%20m%C3%B6te&diaryNumber=KS%202026/123");
    let came = receiver.until(1).remove(0);
    assert!(came.head.starts_with("POST /hook HTTP/1.1"), "{}", came.head);
    let told = came.json();
    assert_eq!((&told["type"], &told["data"]["record"]), (&"record.registered".into(), &id.as_str().into()));
    assert_eq!((&told["data"]["verdict"], &told["data"]["index"]), (&"valid".into(), &0.into()));
    for personal in ["Hemligt", "KS 2026", "registrar-desk"] {
        assert!(!came.body.contains(personal), "{}", came.body);
    }
    assert!(came.header("webhook-id").starts_with("msg_"), "{}", came.head);
    // Another implementation of the standard takes it, and refuses it where one byte is another. Its clock is today's.
    let tools = env::var_os("TEST_HTTP_TOOLS").map(PathBuf::from);
    assert!(tools.is_some() || env::var_os("CI").is_none(), "CI runs this with .ci/servers");
    let Some(tools) = tools else { return };
    let script = "import sys,json\nimport standardwebhooks.webhooks as w\n\
        h=json.loads(sys.argv[2]); b=sys.stdin.read()\n\
        import datetime\n\
        w.Webhook._Webhook__verify_timestamp=lambda self,t: datetime.datetime.fromtimestamp(float(t),datetime.timezone.utc)\n\
        w.Webhook(sys.argv[1]).verify(b,h)";
    let verified = |body: &str| {
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| (name, came.header(name)));
        let headers: serde_json::Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let mut python = Command::new(tools.join("python"))
            .args(["-c", script, SECRET, &Value::Object(headers).to_string()])
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        let ended = python.wait_with_output().unwrap();
        (ended.status.success(), String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    let (right, said) = verified(&came.body);
    assert!(right, "{said}");
    let (wrong, said) = verified(&came.body.replace("valid", "vaIid"));
    assert!(!wrong && said.contains("WebhookVerificationError"), "{said}");
}

#[test]
fn what_does_not_arrive_is_sent_again_with_the_same_id_and_nothing_is_passed_over() {
    let receiver = Receiver::new(500);
    let to = service(&receiver.settings(true, ""));
    to.service.register(SIGNED, "");
    to.service.register(UNSIGNED, "");
    let first = receiver.until(1).remove(0);
    let standing = to.service.get(Some(Role::Administrator), "/api/v1/webhooks").json();
    assert_eq!(standing["items"][0]["name"], "diariet");
    thread::sleep(Duration::from_millis(1_500));
    let standing = to.service.get(Some(Role::Administrator), "/api/v1/webhooks").json();
    assert_eq!(
        (&standing["items"][0]["behind"], &standing["items"][0]["failures"]),
        (&2.into(), &1.into()),
        "{standing}"
    );
    assert_eq!(receiver.came().len(), 1, "not at once");
    // What it owes stands on disk, and so does when: nothing of it is in memory.
    let state = to.service.archive.directory().join("service/webhooks/diariet.json");
    receiver.status.store(200, Ordering::SeqCst);
    let text = fs::read_to_string(&state).unwrap();
    let mut due: Value = serde_json::from_str(&text).unwrap();
    due["again_at"] = 0.into();
    fs::write(&state, due.to_string()).unwrap();
    let came = receiver.until(3);
    assert_eq!(came[1].header("webhook-id"), first.header("webhook-id"), "one event, one id");
    assert_ne!(came[2].header("webhook-id"), first.header("webhook-id"));
    assert_eq!(came[2].json()["data"]["index"], 1);
}

#[test]
fn an_address_inside_is_not_asked_unless_it_is_said_to_be_inside() {
    let receiver = Receiver::new(200);
    let to = service(&receiver.settings(false, ""));
    to.service.register(SIGNED, "");
    thread::sleep(Duration::from_secs(3));
    assert!(receiver.came().is_empty());
    let standing = to.service.get(Some(Role::Administrator), "/api/v1/webhooks").json();
    assert!(standing["items"][0]["trouble"].as_str().unwrap().contains("not a public address"), "{standing}");
}

#[test]
fn one_is_told_of_what_one_wants_and_a_test_tells_of_nothing() {
    let receiver = Receiver::new(200);
    let to = service(&receiver.settings(true, "\"record.verification-failed\", \"ledger.alarm\""));
    let id = to.service.register(UNSIGNED, "");
    let again = to.service.post(Some(Role::Registrar), &format!("/api/v1/records/{id}/verifications"), "");
    assert_eq!(again.status, 201, "{}", again.text());
    let came = receiver.until(1);
    assert_eq!((came.len(), &came[0].json()["type"]), (1, &"record.verification-failed".into()));
    let path = "/api/v1/webhooks/diariet/test";
    for (role, status) in [(None, 401), (Some(Role::Registrar), 403), (Some(Role::Archivist), 403)] {
        assert_eq!(to.service.post(role, path, "").status.as_u16(), status, "{role:?}");
        assert_eq!(to.service.get(role, "/api/v1/webhooks").status.as_u16(), status, "{role:?}");
    }
    let tried = to.service.post(Some(Role::Administrator), path, "").json();
    assert_eq!(tried["delivered"], true, "{tried}");
    assert_eq!(receiver.until(2)[1].json()["type"], "sigill.test");
    receiver.status.store(410, Ordering::SeqCst);
    let tried = to.service.post(Some(Role::Administrator), path, "").json();
    assert_eq!((&tried["delivered"], &tried["trouble"]), (&false.into(), &"http status: 410".into()));
    let absent = to.service.post(Some(Role::Administrator), "/api/v1/webhooks/annan/test", "");
    assert_eq!(absent.status, 404);
}

/// The command line beside the running service: exit status and what it said.
fn by_hand(to: &Listening, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.env_clear().arg("--data").arg(to.service.archive.directory()).args(arguments);
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(told).unwrap())
}

#[test]
fn by_hand_they_are_listed_and_tried_while_the_service_runs() {
    let receiver = Receiver::new(202);
    let other = Receiver::new(200);
    let second = other.settings(true, "\"ledger.alarm\"").replace("diariet", "larmet");
    let to = service(&(receiver.settings(true, "") + &second));
    let (status, told) = by_hand(&to, &["--json", "webhook", "test", "diariet"]);
    let tried: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, &tried["delivered"], &tried["status"]), (Some(0), &true.into(), &202.into()), "{tried}");
    let came = receiver.until(1).remove(0);
    assert_eq!((came.json()["type"].as_str(), other.came().len()), (Some("sigill.test"), 0), "whom one named, alone");
    // What was sent is signed with the secret of the file.
    let signed = format!("{}.{}.{}", came.header("webhook-id"), came.header("webhook-timestamp"), came.body);
    let key: Vec<u8> = (0..32).collect();
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key), signed.as_bytes());
    let expected = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag);
    assert_eq!(came.header("webhook-signature"), format!("v1,{expected}"));
    // All of them, of whom one refuses.
    receiver.status.store(500, Ordering::SeqCst);
    let (status, told) = by_hand(&to, &["webhook", "test"]);
    assert_eq!((status, other.came().len()), (Some(1), 1), "{told}");
    assert!(told.contains("✗ diariet (127.0.0.1:") && told.contains("svaret var HTTP 500"), "{told}");
    assert!(told.contains("✓ larmet (127.0.0.1:") && told.contains("svarade 200"), "{told}");
    let (status, told) = by_hand(&to, &["webhook", "test", "annan"]);
    assert!(status == Some(2) && told.contains("diariet, larmet") && told.contains("Inget har skickats"), "{told}");
    let (status, told) = by_hand(&to, &["--json", "webhook", "list"]);
    let list: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, &list["total"], &list["webhooks"][1]["name"]), (Some(0), &2.into(), &"larmet".into()));
    assert_eq!(list["webhooks"][1]["events"], serde_json::json!(["ledger.alarm"]));
    for said in [told, by_hand(&to, &["webhook", "list"]).1, by_hand(&to, &["webhook", "test"]).1] {
        assert!(!said.contains("whsec_") && !said.contains("/hook"), "neither secret nor path: {said}");
    }
}

#[test]
fn by_hand_nobody_to_tell_is_said() {
    let to = Service::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command.env_clear().arg("--data").arg(to.archive.directory()).args(["webhook", "test"]);
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("webhooks.toml"), "{told}");
}

#[test]
fn settings_that_are_wrong_are_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        fs::write(home.path().join("webhooks.toml"), text).unwrap();
        sigill::web::webhooks::endpoints(home.path()).map(|all| all.len()).map_err(|error| error.to_string())
    };
    assert!(sigill::web::webhooks::endpoints(home.path()).unwrap().is_empty(), "no file, nobody");
    let row = |name: &str, url: &str, secret: &str| {
        format!("[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\nsecret = \"{secret}\"\n")
    };
    assert_eq!(read(&row("a", "https://x.example", SECRET)), Ok(1));
    assert_eq!(read(&row("a", "https://x.example", &format!("{SECRET} {SECRET}"))), Ok(1), "two while one is changed");
    for (text, said) in [
        (row("a", "https://x.example", "whsec_AAAA"), "secret of a"),
        (row("a", "https://x.example", "hemligt"), "secret of a"),
        (row("a", "ftp://x.example", SECRET), "a:"),
        (row("../a", "https://x.example", SECRET), "../a"),
        (row("a", "https://x.example", SECRET).repeat(2), "name of its own"),
        ("[[endpoint]]\nnamn = 1".to_owned(), "unknown field"),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.contains(said), "{error}");
        assert!(!error.contains("whsec_") || error.contains("is not whsec_"), "no secret is repeated: {error}");
    }
}
