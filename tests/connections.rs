//! Connections over real sockets: slow headers, many connections, guessed tokens, TLS and client certificates.
//! Issue 6, 4 and "a hostile hour": others are answered all the while.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::StreamOwned;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use sigill::archive;
use sigill::archive::Archive;
use sigill::web;
use sigill::web::Options;
use sigill::web::auth::Role;
use sigill::web::auth::Tokens;
use sigill::web::certificate::Known;
use sigill::web::tls::Files;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A service on a port of this machine, until it is dropped.
struct Served {
    at: SocketAddr,
    token: String,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
    _directory: TempDir,
}

impl Served {
    fn with(options: Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("archive");
        Archive::create(&home, "sigill.exempel.se", None, &archive::Options::default()).unwrap();
        let mut tokens = Tokens::open(&home).unwrap();
        let token = tokens.create("desk", Role::Auditor, None, Timestamp::now()).unwrap();
        let archive = Arc::new(Archive::open(&home, archive::Options::default()).unwrap());
        // A port that was free a moment ago.
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let runtime = Runtime::new().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(web::serve(archive, Options { listen: at, ..options }, async move {
            let _ = stopped.await;
        }));
        let began = Instant::now();
        while TcpStream::connect(at).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "the service does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { at, token, stop: Some(stop), runtime: Some(runtime), _directory: directory }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The status of an answer, and the whole of it.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        answer(self.connect(), method, path, headers, body)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

fn answer(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // TLS without a farewell is an end too.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text)
}

#[test]
fn a_slow_header_is_let_go_while_others_are_answered() {
    let served = Served::with(Options { header_time_max: Duration::from_millis(300), ..Options::default() });
    let mut slow: Vec<TcpStream> = (0..50).map(|_| served.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").unwrap();
    }
    assert_eq!(served.ask("GET", "/livez", &[], "").0, 200, "others are answered");
    for mut stream in slow {
        let mut rest = Vec::new();
        // Without a limit this would wait for ever, and the read time out with an error.
        stream.read_to_end(&mut rest).unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 2"));
    }
}

#[test]
fn a_request_names_its_host_once_and_in_a_form_that_is_one() {
    let served = Served::with(Options::default());
    let say = |request: &str| {
        let mut stream = served.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    for hosts in ["", "host: a\r\nhost: a\r\n", "host: a b\r\n", "host: \r\n", "host: anna@a\r\n", "host: a:b\r\n"] {
        for path in ["/", "/api/v1/records", "/livez", "/nowhere"] {
            let told = say(&format!("GET {path} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n"));
            assert!(told.starts_with("HTTP/1.1 400 "), "{hosts:?} {path}: {told}");
            assert_eq!(header(&told, "content-type"), Some("application/problem+json"), "{told}");
            assert!(told.contains(r#""type":"/problem/wrong-host","#) && told.contains(r#""status":400"#), "{told}");
        }
    }
    for right in ["GET /livez HTTP/1.0\r\n", "GET /livez HTTP/1.1\r\nhost: [::1]:8480\r\n"] {
        let told = say(&format!("{right}connection: close\r\n\r\n"));
        assert_eq!(told.split(' ').nth(1), Some("200"), "{told}");
    }
    let two = say("GET /livez HTTP/1.0\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n");
    assert_eq!(two.split(' ').nth(1), Some("400"), "two hosts are none, whoever asks: {two}");
}

#[test]
fn an_address_or_headers_that_are_too_large_are_refused_in_words() {
    let served = Served::with(Options::default());
    // More than we take of either; less than a connection's buffer, beyond which there are no words.
    let long = "x".repeat(20_000);
    let problem = |told: &str, slug: &str| {
        assert_eq!(header(told, "content-type"), Some("application/problem+json"), "{told}");
        assert!(told.contains(&format!(r#""type":"/problem/{slug}""#)), "{told}");
    };
    let (status, told) = served.ask("GET", &format!("/api/v1/records?q={long}"), &[], "");
    assert_eq!(status, 414, "{told}");
    problem(&told, "address-too-long");
    let (status, told) = served.ask("GET", "/api/v1/records?q=KS%201", &[("x-long", &long)], "");
    assert_eq!(status, 431, "{told}");
    problem(&told, "headers-too-large");
    let (status, told) = served.ask("GET", &format!("/sok?q={long}"), &[], "");
    assert!(status == 414 && told.contains("Adressen är för lång"), "a page for people: {told}");
}

#[test]
fn who_comes_beyond_the_number_of_connections_waits_and_is_answered() {
    let time = Duration::from_millis(500);
    let served = Served::with(Options { connections_max: 4, header_time_max: time, ..Options::default() });
    let idle: Vec<TcpStream> = (0..8).map(|_| served.connect()).collect();
    assert_eq!(served.ask("GET", "/livez", &[], "").0, 200, "once those who say nothing were let go");
    drop(idle);
}

#[test]
fn guessing_is_slowed_and_locks_nobody_out() {
    let served = Served::with(Options {
        failures_per_minute_max: 3,
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Options::default()
    });
    let guess = |from: &str| {
        let headers = [("x-forwarded-for", from), ("authorization", "Bearer sgl_guess")];
        served.ask("GET", "/api/v1/records", &headers, "")
    };
    assert_eq!([1, 2, 3].map(|_| guess("203.0.113.9").0), [401, 401, 401]);
    let (status, text) = guess("203.0.113.9");
    assert_eq!(status, 429);
    assert!(text.contains("retry-after: ") && text.contains("/problem/too-many-requests"), "{text}");
    let login = |from: &str, token: &str| {
        let headers = [("x-forwarded-for", from), ("content-type", "application/x-www-form-urlencoded")];
        served.ask("POST", "/logga-in", &headers, &format!("token={token}")).0
    };
    assert_eq!(login("203.0.113.9", "sgl_guess"), 429, "a login is a guess like any other");
    assert_eq!(login("203.0.113.8", "sgl_guess"), 401, "others are others");
    let bearer = served.bearer();
    let headers = [("x-forwarded-for", "203.0.113.9"), ("authorization", bearer.as_str())];
    assert_eq!(
        served.ask("GET", "/api/v1/retention/due?by=2030-01-01", &headers, "").0,
        200,
        "a colleague there works on"
    );
    assert_eq!(login("203.0.113.9", &served.token), 303, "and comes in");
}

#[test]
fn whoever_is_not_known_looks_up_and_verifies_so_often() {
    let served = Served::with(Options {
        look_ups_per_minute_max: 2,
        verifications_per_minute_max: 1,
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Options::default()
    });
    let from = ("x-forwarded-for", "203.0.113.9");
    let look = |headers: &[(&str, &str)]| served.ask("GET", "/api/v1/records/00112233445566778899aabb", headers, "").0;
    assert_eq!([look(&[from]), look(&[from]), look(&[from])], [404, 404, 429]);
    let bearer = served.bearer();
    assert_eq!(look(&[from, ("authorization", &bearer)]), 404, "whoever is known is not counted");
    assert_eq!(look(&[]), 404, "nor is this machine");
    let verify = || served.ask("POST", "/api/v1/verifications", &[from, ("content-type", "application/pdf")], "x").0;
    assert_eq!([verify(), verify()], [200, 429]);
    assert_eq!(served.ask("GET", "/", &[from], "").0, 200, "pages that cost nothing are not counted");
}

/// What a header of an answer says.
fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim)
}

#[test]
fn whoever_is_counted_is_told_how_he_stands() {
    let served = Served::with(Options {
        look_ups_per_minute_max: 2,
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Options::default()
    });
    let from = ("x-forwarded-for", "203.0.113.9");
    let path = "/api/v1/records/00112233445566778899aabb";
    let look = |headers: &[(&str, &str)]| served.ask("GET", path, headers, "").1;
    let (first, second, third) = (look(&[from]), look(&[from]), look(&[from]));
    assert_eq!(header(&first, "ratelimit-policy"), Some("\"look-ups\";q=2;w=60"), "{first}");
    assert!(header(&first, "ratelimit").unwrap().starts_with("\"look-ups\";r=1;t="), "{first}");
    assert!(header(&second, "ratelimit").unwrap().starts_with("\"look-ups\";r=0;t="), "{second}");
    let (wait, left) = (header(&third, "retry-after").unwrap(), header(&third, "ratelimit").unwrap());
    // A second may have passed between the two.
    let seconds = |text: &str| text.rsplit('=').next().unwrap().parse::<i64>().unwrap();
    assert!((seconds(wait) - seconds(left)).abs() <= 1 && left.contains(";r=0;"), "{third}");
    let bearer = served.bearer();
    for uncounted in [look(&[from, ("authorization", &bearer)]), look(&[]), served.ask("GET", "/", &[from], "").1] {
        assert_eq!((header(&uncounted, "ratelimit"), header(&uncounted, "ratelimit-policy")), (None, None));
    }
    let guess = served.ask("GET", "/api/v1/records", &[from, ("authorization", "Bearer sgl_guess")], "").1;
    assert!(header(&guess, "ratelimit").unwrap().starts_with("\"failures\";r=9;"), "{guess}");
}

#[test]
fn a_full_house_and_a_guessing_caller_are_still_told_that_it_lives() {
    let served = Served::with(Options {
        requests_max: 1,
        failures_per_minute_max: 1,
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Options::default()
    });
    // An upload that is never finished takes the only place, and has it once the service asks for its body: a question
    // that came before would take the place itself for a moment, and the upload be the one that is refused.
    let mut held = served.connect();
    let upload =
        "POST /api/v1/verifications HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100000\r\n\r\n";
    held.write_all(upload.as_bytes()).unwrap();
    let mut asked = [0; b"HTTP/1.1 100 Continue".len()];
    held.read_exact(&mut asked).unwrap();
    assert_eq!(asked.as_slice(), b"HTTP/1.1 100 Continue");
    assert_eq!(served.ask("GET", "/version", &[], "").0, 503);
    for path in ["/healthz", "/livez", "/readyz"] {
        assert_eq!(served.ask("GET", path, &[], "").0, 200, "{path}");
    }
    assert_eq!(served.ask("GET", "/version", &[], "").0, 503, "and it was full all the while");
    drop(held);
    let guess = [("x-forwarded-for", "203.0.113.9"), ("authorization", "Bearer sgl_guess")];
    for path in ["/livez", "/livez", "/readyz", "/healthz"] {
        assert_eq!(served.ask("GET", path, &guess, "").0, 200, "{path}");
    }
    let refused = || served.ask("GET", "/api/v1/records", &guess, "").0;
    let began = Instant::now();
    let first = loop {
        match refused() {
            503 => assert!(began.elapsed() < Duration::from_secs(60), "the place was not given back"),
            status => break status,
        }
    };
    assert!([401, 429].contains(&first) && refused() == 429);
    assert_eq!(served.ask("GET", "/livez", &guess, "").0, 200, "also when every other question is refused");
}

/// Certificates by `openssl`, as people make them.
struct Pki(TempDir);

impl Pki {
    fn new() -> Self {
        let own = Self(tempfile::tempdir().unwrap());
        own.openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem");
        own.issue("server", "/CN=localhost", "subjectAltName=DNS:localhost");
        own.issue("client", "/C=SE/O=Exempelkommunen/CN=diariet", "extendedKeyUsage=clientAuth");
        own
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn issue(&self, name: &str, subject: &str, extension: &str) {
        std::fs::write(self.path("extension"), extension).unwrap();
        self.openssl(&format!("req -newkey rsa:2048 -nodes -subj {subject} -keyout {name}.key -out {name}.csr"));
        let (ca, of) = ("-CA ca.pem -CAkey ca.key -CAcreateserial", format!("-in {name}.csr -out {name}.pem"));
        self.openssl(&format!("x509 -req {of} -days 2 {ca} -extfile extension"));
    }

    fn files(&self) -> Files {
        Files { certificate: self.path("server.pem"), key: self.path("server.key"), clients: Some(self.path("ca.pem")) }
    }

    /// Speaks TLS to a service, with a client certificate where one is named.
    fn connect(&self, served: &Served, client: Option<&str>) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let key = PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).unwrap();
                let certificate = CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        StreamOwned::new(connection, served.connect())
    }
}

fn due(stream: impl Read + Write, headers: &[(&str, &str)]) -> u16 {
    answer(stream, "GET", "/api/v1/retention/due?by=2030-01-01", headers, "").0
}

fn base64(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with('-')).collect()
}

#[test]
fn tls_is_ended_here_and_a_client_certificate_is_a_way_in() {
    let pki = Pki::new();
    pki.issue("stranger", "/CN=stranger", "extendedKeyUsage=clientAuth");
    let known = Known::read("auditor diariet = CN=diariet, O=Exempelkommunen, C=SE").unwrap();
    let options = Options {
        tls: Some(pki.files()),
        client_certificates: vec![known],
        header_time_max: Duration::from_millis(500),
        ..Options::default()
    };
    let served = Served::with(options);
    let (status, page) = answer(pki.connect(&served, None), "GET", "/", &[], "");
    assert_eq!(status, 200, "{page}");
    assert_eq!(due(pki.connect(&served, None), &[]), 401, "a certificate is asked for, not required");
    assert_eq!(due(pki.connect(&served, Some("client")), &[]), 200);
    assert_eq!(due(pki.connect(&served, Some("stranger")), &[]), 401, "of the same authority, but nobody we know");
    let told = format!(":{}:", base64(&pki.path("client.pem")));
    assert_eq!(due(pki.connect(&served, None), &[("client-cert", &told)]), 401, "anybody can write that header");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let (_, login) =
        answer(pki.connect(&served, None), "POST", "/logga-in", &[form], &format!("token={}", served.token));
    assert!(login.contains("set-cookie: __Host-sigill=") && login.contains("; Secure"), "{login}");
    // Somebody who never finishes the handshake is let go.
    let mut silent = served.connect();
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).unwrap();
    // A new certificate is served without a restart; half a change is not.
    std::fs::write(pki.path("server.key"), "half").unwrap();
    assert_eq!(answer(pki.connect(&served, None), "GET", "/livez", &[], "").0, 200, "what held holds");
    std::thread::sleep(Duration::from_millis(20));
    pki.issue("server", "/CN=localhost/O=new", "subjectAltName=DNS:localhost");
    let mut stream = pki.connect(&served, None);
    assert_eq!(answer(&mut stream, "GET", "/livez", &[], "").0, 200);
    let shown = stream.conn.peer_certificates().unwrap().first().unwrap().clone();
    assert_eq!(shown, CertificateDer::from_pem_file(pki.path("server.pem")).unwrap());
}

#[test]
fn a_proxy_that_is_trusted_says_which_certificate_it_was_shown() {
    let pki = Pki::new();
    let known = Known::read("auditor diariet = CN=diariet, O=Exempelkommunen, C=SE").unwrap();
    let behind = |proxies: &[&str]| {
        Served::with(Options {
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            client_certificates: vec![known.clone()],
            ..Options::default()
        })
    };
    let told = format!(":{}:", base64(&pki.path("client.pem")));
    let (trusted, not) = (behind(&["127.0.0.0/8"]), behind(&["192.0.2.1", "126.0.0.0/8"]));
    assert_eq!(due(trusted.connect(), &[("client-cert", &told)]), 200);
    assert_eq!(due(not.connect(), &[("client-cert", &told)]), 401);
    assert_eq!(due(trusted.connect(), &[("client-cert", &told), ("client-cert", &told)]), 401, "one, or none");
    assert_eq!(due(trusted.connect(), &[("client-cert", ":AAAA:")]), 401);
    // A browser shows its certificate to any page: what another site asks with it is refused.
    let foreign = [("client-cert", told.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(trusted.ask("POST", "/api/v1/records/00112233445566778899aabb/holds", &foreign, "{}").0, 403);
}
