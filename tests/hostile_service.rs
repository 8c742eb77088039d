//! The service under attack, over real sockets: slow, endless, broken and guessing callers, and documents that want it to
//! ask inside. Nothing is lost, nothing leaks, others are answered. `TEST_HOSTILE_MINUTES` makes it an hour or what one likes.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test asks over a socket")]
mod support;
#[path = "support/listening.rs"]
mod listening;
#[path = "support/minted.rs"]
#[expect(dead_code, reason = "its minutes are signed once and nothing else")]
mod minted;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/writer.rs"]
#[expect(dead_code, reason = "this test needs the plainest of files")]
mod writer;

use std::env;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use listening::Listening;
use listening::answer;
use minted::Minutes;
use pki::Holder;
use pki::Profile;
use sigill::archive;
use sigill::archive::fetch::Hosts;
use sigill::archive::fetch::Limits;
use sigill::archive::gather;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::FORM;
use support::Service;
use support::fixture;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
/// Connections at once in the short form.
const CONNECTIONS: usize = 1_500;
/// How long one who behaves may have to wait, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

/// The service with a record in it, and limits that are met soon.
fn service() -> Listening {
    let service = Service::new();
    service.register(SIGNED, "public=true&diaryNumber=KS%202026/123");
    let limits = Options {
        upload_bytes_max: 3_000_000,
        silence_time_max: Duration::from_millis(500),
        request_time_max: Duration::from_secs(30),
        ..Options::default()
    };
    Listening::of(service, limits)
}

/// How often an attack is repeated: once, or for as long as was asked for.
fn repeated(mut attack: impl FnMut()) {
    let minutes = env::var("TEST_HOSTILE_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    loop {
        attack();
        if Instant::now() >= until {
            return;
        }
    }
}

/// Somebody who behaves is answered, while whatever else goes on.
fn others_are_answered(service: &Listening) {
    for (path, needle) in [
        ("/healthz", "\"ok\""),
        ("/api/v1/records?q=KS%202026/123", "\"total\":1"),
        ("/checkpoint", "sigill.exempel.se"),
    ] {
        let began = Instant::now();
        let told = service.say(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert!(told.starts_with("HTTP/1.1 200") && told.contains(needle), "{path}: {told}");
        assert!(began.elapsed() < PATIENCE, "{path} after {:?}", began.elapsed());
    }
}

/// What was there is there, as it was, and everything adds up.
fn nothing_is_lost(service: &Listening, entries: u64) {
    let archive = &service.service.archive;
    assert_eq!(archive.ledger().size(), entries);
    assert_eq!(archive.ledger().check(&mut |_, _| {}).unwrap(), []);
    let document = service.service.get(Some(Role::Auditor), "/api/v1/records?q=KS%202026/123").json();
    let document = document["items"][0]["links"]["document"].as_str().unwrap().to_owned();
    assert_eq!(service.service.get(Some(Role::Auditor), &document).body, fixture(SIGNED));
}

/// No secret of ours, no path of this machine.
fn nothing_leaks(service: &Listening, told: &str) {
    let home = service.service.archive.directory().to_string_lossy().into_owned();
    let secrets = [home, "root:x:".to_owned(), "PRIVATE KEY".to_owned(), "panicked".to_owned()];
    let tokens = Role::ALL.map(|role| service.service.token(role).to_owned());
    for secret in secrets.iter().chain(&tokens) {
        assert!(!told.contains(secret.as_str()), "{told}");
    }
}

#[test]
fn callers_who_never_finish_hold_nobody_up() {
    let service = service();
    repeated(|| {
        let begun: Vec<TcpStream> = (0..100)
            .map(|number| {
                let mut socket = service.connect();
                let slow: &[u8] = match number % 4 {
                    0 => b"G",
                    1 => b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
                    2 => b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n%PDF",
                    _ => b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n%PDF",
                };
                socket.write_all(slow).unwrap();
                socket
            })
            .collect();
        others_are_answered(&service);
        // One byte now and then keeps them alive, and still hinders nobody.
        for _ in 0..5 {
            for mut socket in &begun {
                let _ = socket.write_all(b"a");
            }
            thread::sleep(Duration::from_millis(100));
            others_are_answered(&service);
        }
        let mut bodies = begun.into_iter().skip(2).step_by(4);
        let mut fallen_silent = bodies.next().unwrap();
        let told = answer(&mut fallen_silent);
        assert!(told.starts_with("HTTP/1.1 4"), "a body that falls silent is given up: {told}");
        assert!(service.service.get(None, "/healthz").status == 200);
    });
    nothing_is_lost(&service, 1);
}

#[test]
fn what_is_too_large_or_never_ends_is_cut_off() {
    let service = service();
    repeated(|| {
        let told = service.say("POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n%PDF");
        assert!(told.starts_with("HTTP/1.1 413"), "{told}");
        let mut endless = service.connect();
        endless
            .write_all(b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            .unwrap();
        let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
        // Far less than this fits into the limit; the other end refuses long before, or closes.
        let sent = (0..2_000).take_while(|_| endless.write_all(&chunk).is_ok()).count();
        assert!(sent < 2_000, "somebody read 130 MB");
        let long = "x".repeat(1 << 20);
        for request in [
            format!("GET /{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\nConnection: close\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: x\r\n{}Connection: close\r\n\r\n", "X-Many: x\r\n".repeat(5_000)),
        ] {
            let mut socket = service.connect();
            let _ = socket.write_all(request.as_bytes());
            let told = answer(&mut socket);
            assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
        }
        others_are_answered(&service);
    });
    nothing_is_lost(&service, 1);
}

/// As many as this process may hold both ends of, and no more than ten thousand.
fn connections() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find(|line| line.starts_with("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().nth(3)?.parse().ok()).unwrap_or(1024_usize);
    let wanted = if env::var_os("TEST_HOSTILE_MINUTES").is_some() { 10_000 } else { CONNECTIONS };
    wanted.min(files.saturating_sub(400) / 2)
}

#[test]
fn thousands_of_connections_are_a_crowd_and_no_more() {
    let service = service();
    let many = connections();
    repeated(|| {
        let mut crowd = Vec::new();
        while crowd.len() < many {
            // What is not let in any more has met a limit, which is an answer as well.
            let Ok(mut socket) = TcpStream::connect(service.at) else { break };
            if crowd.len() % 2 == 0 {
                let _ = socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n");
            }
            crowd.push(socket);
        }
        // Once they are gone, at the latest, everything is as before.
        drop(crowd);
        others_are_answered(&service);
    });
    nothing_is_lost(&service, 1);
}

#[test]
fn broken_requests_are_refused_and_break_nothing() {
    let service = service();
    let pdf = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\r\n";
    let bodies = [
        String::new(),
        "--XX".to_owned(),
        "--XX--".to_owned(),
        "--XX\r\n\r\n--XX--\r\n".to_owned(),
        format!("{pdf}--XX\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\nx", "n".repeat(100_000)),
        format!("{pdf}{}", "--XX\r\n".repeat(10_000)),
        "--XX\r\nContent-Disposition: form-data; name=\"a\u{0}b\"; filename=\"../../../etc/passwd\"\r\n\r\n\r\n--XX--\r\n".to_owned(),
        "--XX\r\nContent-Disposition: attachment\r\n\r\nx\r\n--XX--\r\n".to_owned(),
        format!("{}--XX--\r\n", "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n".repeat(5_000)),
    ];
    repeated(|| {
        for body in &bodies {
            let length = body.len();
            for kind in [
                FORM,
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"\u{7f}\"",
            ] {
                let mut socket = service.connect();
                let head = format!(
                    "POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
                );
                let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body.as_bytes()));
                let told = answer(&mut socket);
                assert!(
                    told.is_empty() || told.starts_with("HTTP/1.1 4") || told.starts_with("HTTP/1.1 2"),
                    "{kind} {told}"
                );
                nothing_leaks(&service, &told);
            }
        }
        for raw in [
            "\r\n\r\n".to_owned(),
            "\u{0}\u{0}\u{0}".to_owned(),
            "GET\r\n\r\n".to_owned(),
            "GET / HTTP/9.9\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: -1\r\n\r\n".to_owned(),
            "POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello".to_owned(),
            "POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            "POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nfffffffffffffffff\r\n".to_owned(),
        ] {
            let mut socket = service.connect();
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let _ = socket.write_all(raw.as_bytes());
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let told = answer(&mut socket);
            assert!(!told.starts_with("HTTP/1.1 5"), "{raw:?} {told}");
            assert!(told.matches("HTTP/1.1 ").count() <= 1, "one request, one answer: {raw:?} {told}");
        }
        others_are_answered(&service);
    });
    nothing_is_lost(&service, 1);
}

#[test]
fn no_path_leads_out_of_the_house() {
    let service = service();
    let tricks = [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/tile/../../tokens.toml",
        "/tile/..%2f..%2ftokens.toml",
        "/tile/0/000.p/../../../../ledger/key",
        "/api/v1/records/..%2f..%2ftokens/document",
        "/api/v1/records/%2e%2e/document",
        "/api/v1/records/%00/document",
        "/api/v1/records//document",
        "//etc/passwd",
        "/style.css/../../../../etc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/witness/..%2f..%2f..%2fetc%2fpasswd/checkpoint",
        "/problem/..%2f..%2fetc%2fpasswd",
        "/api/v1/jobs/..%2f..%2f..%2fetc%2fpasswd",
        "http://127.0.0.1/etc/passwd",
        "/api/v1/records?q=..%2f..%2fetc%2fpasswd",
    ];
    repeated(|| {
        for role in [None, Some(Role::Administrator)] {
            let bearer = role.map(|role| format!("Authorization: Bearer {}\r\n", service.service.token(role)));
            let bearer = bearer.unwrap_or_default();
            for trick in tricks {
                let told =
                    service.say(&format!("GET {trick} HTTP/1.1\r\nHost: x\r\n{bearer}Connection: close\r\n\r\n"));
                assert!(told.starts_with("HTTP/1.1 4"), "{trick}: {told}");
                nothing_leaks(&service, &told);
            }
        }
        others_are_answered(&service);
    });
    nothing_is_lost(&service, 1);
}

#[test]
fn guessing_tokens_opens_nothing_and_closes_nothing() {
    let service = service();
    let whole = service.service.token(Role::Administrator).to_owned();
    let near: Vec<String> = (0..whole.len())
        .map(|at| {
            let mut guess = whole.clone().into_bytes();
            guess[at] = if guess[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(guess).unwrap()
        })
        .chain((1..whole.len()).map(|length| whole[..length].to_owned()))
        .chain((0..200).map(|number| format!("sgl_{number:043}")))
        .chain(["".to_owned(), format!("{whole}A"), "null".to_owned(), "' OR 1=1 --".to_owned()])
        .filter(|guess| *guess != whole)
        .collect();
    repeated(|| {
        for guess in &near {
            let told = service.say(&format!(
                "GET /api/v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {guess}\r\nConnection: close\r\n\r\n"
            ));
            let refused = told.starts_with("HTTP/1.1 401") || told.starts_with("HTTP/1.1 429");
            assert!(refused, "{guess}: {told}");
            nothing_leaks(&service, &told);
        }
        // Whoever has a token is answered as before: by the router, past any limit for the address of the guesser.
        assert_eq!(service.service.get(Some(Role::Administrator), "/api/v1/records").status, 200);
    });
    nothing_is_lost(&service, 1);
}

/// A server that nobody should ask, and how often it was.
fn trap() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    (port.to_string(), asked)
}

/// Minutes whose signer's certificate wants to be asked about there, and the root to trust.
fn minutes(address: &str) -> (Vec<u8>, Vec<u8>) {
    let [is_ca, may_issue] = pki::authority();
    let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
    let signer = Profile::new("Signer", 2, "2024-01-01", "2030-01-01");
    let signer = root.issues(&signer.with(pki::signing()).with(pki::answered_at(address)));
    (Minutes::blank().signed(|covered| signer.sign(covered, &[])).bytes().to_vec(), root.der.clone())
}

/// The service that gathers, by these hosts, with that document registered.
fn gathering(hosts: Hosts, address: &str) -> u16 {
    let (document, root) = minutes(address);
    let limits = Limits { hosts, answer_time_max: Duration::from_secs(3), ..Limits::PUBLIC };
    let how = archive::Options {
        policy: Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() },
        gather: Some(gather::Options { limits, ..gather::Options::STANDARD }),
        ..archive::Options::default()
    };
    let service = Service::over(Options::default(), how, |home| fs::write(home.join("trust/root.der"), &root).unwrap());
    service.post(Some(Role::Registrar), "/api/v1/records", document).status.as_u16()
}

#[test]
fn a_document_cannot_make_the_service_ask_inside() {
    let (port, asked) = trap();
    for address in [
        format!("http://127.0.0.1:{port}/ocsp"),
        format!("http://localhost:{port}/ocsp"),
        format!("http://[::1]:{port}/ocsp"),
        format!("http://0.0.0.0:{port}/ocsp"),
        format!("http://127.1:{port}/ocsp"),
        format!("http://2130706433:{port}/ocsp"),
        format!("http://[::ffff:127.0.0.1]:{port}/ocsp"),
        format!("http://evil@127.0.0.1:{port}/ocsp"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1:6379/_FLUSHALL".to_owned(),
    ] {
        assert_eq!(gathering(Hosts::PUBLIC, &address), 201, "{address}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "somebody asked inside");
    let inside = Hosts { inside: vec!["127.0.0.1".parse().unwrap()], ..Hosts::PUBLIC };
    assert_eq!(gathering(inside, &format!("http://127.0.0.1:{port}/ocsp")), 201);
    assert!(asked.load(Ordering::SeqCst) > 0, "the trap works: where the operator lets it, it is asked");
}

/// Everything at once, while somebody registers: what was acknowledged is there.
#[test]
fn what_is_acknowledged_in_the_middle_of_it_is_kept() {
    let service = service();
    let over = AtomicBool::new(false);
    thread::scope(|threads| {
        for attack in 0..8 {
            let (service, over) = (&service, &over);
            threads.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let Ok(mut socket) = TcpStream::connect(service.at) else { continue };
                    let request: &[u8] = match attack % 4 {
                        0 => b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
                        1 => b"POST /api/v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sgl_x\r\nContent-Length: 3\r\n\r\nabc",
                        2 => b"GET /api/v1/records?q=KS%202026/123 HTTP/1.1\r\nHost: x\r\n\r\n",
                        _ => b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\nabc",
                    };
                    let _ = socket.write_all(request);
                    thread::sleep(Duration::from_millis(5));
                }
            });
        }
        let files = ["styrelseprotokoll-altered-vote.pdf", "motesanteckningar-koncernledningsgruppen.pdf"];
        for (number, file) in files.iter().enumerate() {
            let document = fixture(&format!("fixtures/minutes/{file}"));
            let bearer = service.service.token(Role::Registrar);
            let head = format!(
                "POST /api/v1/records HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\nContent-Length: {}\r\n\r\n",
                document.len()
            );
            let mut socket = service.connect();
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(&document).unwrap();
            let told = answer(&mut socket);
            assert!(told.starts_with("HTTP/1.1 201"), "{number}: {told}");
        }
        over.store(true, Ordering::Relaxed);
    });
    others_are_answered(&service);
    nothing_is_lost(&service, 3);
}
