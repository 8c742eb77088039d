//! The only outbound network: what is fetched, from whom, and how much at most. Servers stand in the test itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sigill::archive::fetch::Exchange;
use sigill::archive::fetch::Hosts;
use sigill::archive::fetch::Limits;
use sigill::archive::fetch::Trouble;
use sigill::archive::gather;
use sigill::archive::gather::Gathered;
use sigill::archive::gather::Options;
use sigill::format::budget::Budget;
use sigill::format::der;
use sigill::format::ocsp::Request;
use sigill::verify::budget::Meter;
use sigill::verify::crypto;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::evidence::Evidence;
use sigill::verify::missing;
use sigill::verify::missing::Missing;
use sigill::verify::policy::Policy;
use sigill::verify::revocation::Context;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;
use sigill::verify::validity::Chain;
use sigill::verify::verdict;

#[expect(dead_code, reason = "made for revocation, of which little is fetched")]
#[path = "support/authority.rs"]
mod authority;

use authority::Answer;
use authority::Draft;
use authority::List;
use authority::Party;

// --- the scene ---------------------------------------------------------------------------------------------------

/// A server on this machine that answers every request the same way, and remembers what was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// `answer` writes to the connection after the request was read.
    fn new(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut connection = connection;
                    kept.lock().unwrap().push(request(&mut connection));
                    answer(&mut connection);
                });
            }
        });
        Self { port, asked }
    }

    fn giving(body: Vec<u8>) -> Self {
        Self::new(move |connection| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
        })
    }

    fn redirecting(to: String) -> Self {
        Self::new(move |connection| {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            let _ = connection.write_all(head.as_bytes());
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/x", self.port)
    }

    fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// Head and body of a request.
fn request(connection: &mut TcpStream) -> Vec<u8> {
    connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let head = end.map(|end| String::from_utf8_lossy(&bytes[..end]).to_lowercase());
        let length = head.and_then(|head| {
            let stated = head.lines().find_map(|line| line.strip_prefix("content-length:").map(str::to_owned));
            Some(end? + 4 + stated.map_or(0, |stated| stated.trim().parse::<usize>().unwrap()))
        });
        if length.is_some_and(|length| bytes.len() >= length) {
            return bytes;
        }
        match connection.read(&mut buffer) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            Ok(_) | Err(_) => return bytes,
        }
    }
}

/// This machine may be asked, and no other that is not public; nothing takes long.
fn options() -> Options {
    let hosts = Hosts { inside: vec!["127.0.0.1".parse().unwrap()], ..Hosts::PUBLIC };
    let limits = Limits {
        hosts,
        connect_time_max: Duration::from_secs(2),
        answer_time_max: Duration::from_secs(2),
        ..Limits::PUBLIC
    };
    Options { limits, ..Options::STANDARD }
}

/// The same, with other hosts.
fn asking(hosts: Hosts) -> Options {
    Options { limits: Limits { hosts, ..options().limits }, ..options() }
}

/// The same, with another limit to the time of one answer.
fn waiting(answer_time_max: Duration) -> Options {
    Options { limits: Limits { answer_time_max, ..options().limits }, ..options() }
}

/// Gathers for a report that always misses the same, and counts what was known at the last judgement.
fn gather(options: &Options, missing: &[Missing]) -> (Gathered, [usize; 3]) {
    let known = Mutex::new([0; 3]);
    let judge = |evidence: &Evidence| {
        let pieces = [evidence.certificates().len(), evidence.crls().len(), evidence.ocsp_responses().len()];
        *known.lock().unwrap() = pieces;
        let (policy, at) = (Policy::swedish_minutes(), "2024-07-01T00:00:00Z".parse().unwrap());
        let mut report = verdict::verify(b"x", evidence, &Trust::nobody(), &policy, &Budget::STANDARD, at);
        report.missing = missing.to_vec();
        report
    };
    let gathered = gather::gather(options, Evidence::none(), judge);
    let known = *known.lock().unwrap();
    (gathered, known)
}

/// Why the one thing that was asked for did not come.
fn trouble(options: &Options, url: &str) -> Trouble {
    let (gathered, known) = gather(options, &[Missing::Crl(url.to_owned())]);
    assert_eq!(known, [0; 3]);
    assert_eq!(gathered.asked.len(), 1, "asked once, not again");
    gathered.asked.into_iter().next().unwrap().answer.unwrap_err()
}

fn ca() -> Party {
    Party::root("CA", 2)
}

fn question(ca: &Party, person: &Party) -> Request {
    let sha1 = |bytes: &[u8]| crypto::digest(DigestAlgorithm::Sha1, &[bytes]);
    Request {
        issuer_name_sha1: sha1(ca.certificate.subject.raw()),
        issuer_key_sha1: sha1(&ca.certificate.public_key.key),
        serial: person.certificate.serial.clone(),
    }
}

// --- what comes --------------------------------------------------------------------------------------------------

#[test]
fn lists_and_issuers_come_in_der_and_in_pem() {
    let (list, certificate) = (ca().crl(&List::default()), ca().certificate.der().to_vec());
    let pem = |kind: &str, der: &[u8]| {
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der)).into_bytes()
    };
    for (list, certificate) in
        [(list.clone(), certificate.clone()), (pem("X509 CRL", &list), pem("CERTIFICATE", &certificate))]
    {
        let (lists, issuers) = (Server::giving(list), Server::giving(certificate));
        let missing = [Missing::Crl(lists.url()), Missing::Issuer(issuers.url())];
        let (gathered, known) = gather(&options(), &missing);
        assert_eq!(known, [1, 1, 0]);
        assert!(gathered.asked.iter().all(|asked| asked.answer.is_ok()));
        assert!(matches!(gathered.asked[0].missing, Missing::Issuer(_)), "the small first, lists in the next round");
        assert_eq!((lists.requests(), issuers.requests()), (1, 1));
    }
}

#[test]
fn a_question_about_a_certificate_is_posted_and_bound_to_its_answer() {
    let ca = ca();
    let person = ca.issue(&Draft::default());
    let answer = |nonce| ca.ocsp(&person.certificate, &ca.certificate, &Answer { nonce, ..Answer::default() });
    let silent = Server::giving(answer(Vec::new()));
    let (_, known) = gather(&options(), &[Missing::Ocsp(silent.url(), question(&ca, &person))]);
    assert_eq!(known, [0, 0, 1], "a responder that signs in advance echoes no nonce");
    let asked = String::from_utf8_lossy(&silent.asked.lock().unwrap()[0]).into_owned();
    assert!(asked.starts_with("POST /x HTTP/1.1\r\n") && asked.contains("application/ocsp-request"), "{asked}");

    let other = Server::giving(answer(der::encode(der::OCTET_STRING, &[&[7; 32]])));
    let (gathered, known) = gather(&options(), &[Missing::Ocsp(other.url(), question(&ca, &person))]);
    assert_eq!(known, [0; 3], "an answer to somebody else's question (OC-12)");
    assert!(matches!(gathered.asked[0].answer, Err(Trouble::Nonce)));
}

#[test]
fn what_is_not_what_was_asked_for_is_refused() {
    let server = Server::giving(b"<html>not found</html>".to_vec());
    assert!(matches!(trouble(&options(), &server.url()), Trouble::Unreadable(_)));
    let gone = Server::new(|connection| {
        let _ = connection.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    });
    assert!(matches!(trouble(&options(), &gone.url()), Trouble::Status(404)));
}

// --- whom we ask -------------------------------------------------------------------------------------------------

#[test]
fn nothing_inside_is_asked_by_whatever_name() {
    let options = asking(Hosts::PUBLIC);
    let server = Server::giving(ca().crl(&List::default()));
    let port = server.port;
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://[fe80::1]/".to_owned(),
    ] {
        let trouble = trouble(&options, &url);
        assert!(matches!(trouble, Trouble::Inside(_)), "{url}: {trouble}");
    }
    assert_eq!(server.requests(), 0, "no connection was made");
}

#[test]
fn other_schemes_and_other_services_are_not_asked() {
    for url in [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "ldap://127.0.0.1/x",
        "http://127.0.0.1:22/",
        "http://u:p@127.0.0.1/",
        "",
    ] {
        let trouble = trouble(&options(), url);
        assert!(matches!(trouble, Trouble::Address | Trouble::Http(_)), "{url}: {trouble}");
    }
}

#[test]
fn a_list_of_hosts_leaves_out_all_others() {
    let server = Server::giving(ca().crl(&List::default()));
    let hosts = Hosts { only: vec!["crl.example.se".to_owned()], ..options().limits.hosts };
    assert!(matches!(trouble(&asking(hosts), &server.url()), Trouble::Host(_)));
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_redirect_is_checked_like_a_first_address() {
    let target = Server::giving(ca().crl(&List::default()));
    let (_, known) = gather(&options(), &[Missing::Crl(Server::redirecting(target.url()).url())]);
    assert_eq!(known, [0, 1, 0], "to an address that may be asked");
    for inside in ["http://127.0.0.2/x", "http://10.0.0.1/", "http://[::1]:9999/", "http://169.254.169.254/"] {
        let server = Server::redirecting(inside.to_owned());
        let trouble = trouble(&options(), &server.url());
        assert!(matches!(trouble, Trouble::Inside(_)), "{inside}: {trouble}");
    }
    let away = Server::redirecting("file:///etc/passwd".to_owned());
    assert!(matches!(trouble(&options(), &away.url()), Trouble::Address | Trouble::Http(_)));
    let circle = Server::redirecting("/x".to_owned());
    assert!(matches!(trouble(&options(), &circle.url()), Trouble::Http(_)));
    assert_eq!(circle.requests(), 4, "three redirects are followed");
}

#[test]
fn a_host_that_the_operator_wrote_down_is_asked_wherever_it_stands_and_leads_nowhere_else() {
    let server = Server::new(|connection| {
        let answer = b"HTTP/1.1 409 Conflict\r\nContent-Type: Text/X.Size; a=b\r\nContent-Length: 3\r\n\r\n12\n";
        let _ = connection.write_all(answer);
    });
    let (url, time) = (server.url(), Duration::from_secs(2));
    let exchange = Exchange::new(&Limits::named([url.as_str()]));
    let answer = exchange.post(&url, "application/timestamp-query", b"question", time, 100).unwrap();
    assert_eq!((answer.status, answer.kind.as_str(), answer.body.as_slice()), (409, "text/x.size", &b"12\n"[..]));
    assert!(matches!(answer.ok(), Err(Trouble::Status(409))));
    let asked = String::from_utf8(server.asked.lock().unwrap().remove(0)).unwrap().to_lowercase();
    assert!(asked.starts_with("post /x ") && asked.contains("content-type: application/timestamp-query"), "{asked}");
    assert!(matches!(exchange.post(&url, "x/x", b"", time, 2), Err(Trouble::TooLarge(2))));

    let local = url.replace("127.0.0.1", "localhost");
    assert!(matches!(exchange.get(&local, time, 100), Err(Trouble::Host(_))), "the same machine by another name");
    let redirecting = Server::redirecting(local);
    let exchange = Exchange::new(&Limits::named([redirecting.url().as_str()]));
    assert_eq!(exchange.get(&redirecting.url(), time, 100).unwrap().status, 302, "not followed");
}

// --- how much ----------------------------------------------------------------------------------------------------

#[test]
fn an_endless_answer_is_cut_short() {
    let options = Options { list_bytes_max: 100_000, ..options() };
    let endless = |head: &'static str| {
        Server::new(move |connection| {
            let _ = connection.write_all(head.as_bytes());
            while connection.write_all(b"1000\r\n").is_ok()
                && connection.write_all(&[b'x'; 4096]).is_ok()
                && connection.write_all(b"\r\n").is_ok()
            {}
        })
    };
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ] {
        let trouble = trouble(&options, &endless(head).url());
        assert!(matches!(trouble, Trouble::TooLarge(100_000)), "{head}: {trouble}");
    }
    let trouble = trouble(&options, &endless("HTTP/1.1 200 OK\r\nX: ").url());
    assert!(matches!(trouble, Trouble::Http(_)), "endless heads: {trouble}");
}

#[test]
fn a_slow_answer_is_not_waited_for() {
    let options = waiting(Duration::from_millis(400));
    let silent = Server::new(|_| thread::sleep(Duration::from_secs(10)));
    let dripping = Server::new(|connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while connection.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    for server in [silent, dripping] {
        let start = Instant::now();
        let trouble = trouble(&options, &server.url());
        assert!(matches!(trouble, Trouble::TooSlow), "{trouble}");
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[test]
fn one_document_causes_only_so_many_questions_and_so_much_waiting() {
    let server = Server::giving(b"nothing".to_vec());
    let many: Vec<Missing> = (0..50).map(|n| Missing::Crl(format!("{}/{n}", server.url()))).collect();
    let (gathered, _) = gather(&options(), &many);
    assert_eq!((gathered.asked.len(), server.requests()), (20, 20));

    let slow = Server::new(|_| thread::sleep(Duration::from_secs(10)));
    let many: Vec<Missing> = (0..50).map(|n| Missing::Crl(format!("{}/{n}", slow.url()))).collect();
    let start = Instant::now();
    gather(&Options { time_max: Duration::from_secs(1), ..waiting(Duration::from_millis(300)) }, &many);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn an_anchor_is_never_fetched() {
    let (gathered, known) = gather(&options(), &[Missing::Anchor("http://127.0.0.1/".to_owned())]);
    assert_eq!((gathered.asked.len(), known), (0, [0; 3]));
}

// --- from the certificate to the answer --------------------------------------------------------------------------

/// What is known of a person's certificate, and what would settle it.
struct Asking {
    person: Party,
    trust: Trust,
}

impl Asking {
    fn judge(&self, evidence: &Evidence) -> (Option<Chain>, Vec<Missing>) {
        let (policy, now) = (Policy::swedish_minutes(), "2024-07-01T00:00:00Z".parse().unwrap());
        let context = Context { evidence, trust: &self.trust, policy: &policy, now };
        let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
        let pool = evidence.certificates();
        match Chain::all(&self.person.certificate, pool, Purpose::Signature, context.now, &context, &mut meter) {
            Ok(mut chains) => {
                let missing = missing::of_chain(&chains[0], false, &policy, context.now);
                (Some(chains.remove(0)), missing)
            }
            Err(untrusted) => (None, missing::of_path(&untrusted.furthest)),
        }
    }
}

#[test]
fn an_issuer_then_answers_then_lists_are_fetched_until_nothing_is_open() {
    let root = Party::root("Root", 1);
    let anchored = Trust::of(vec![Anchor::usual(root.certificate.clone(), "root")]);
    let lists = Server::giving(root.crl(&List::default()));
    let ca = Draft { serial: 2, subject: "CA", key: 2, extensions: authority::ca(), ..Draft::default() };
    let points = authority::points(&lists.url());
    let ca = root.issue(&Draft { extensions: ca.extensions.iter().cloned().chain([points]).collect(), ..ca });
    let issuers = Server::giving(ca.certificate.der().to_vec());
    let answers = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&answers);
    let responder = Server::new(move |connection| {
        let body: Vec<u8> = kept.lock().unwrap().clone();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
    });
    let access = authority::access(&responder.url(), &issuers.url());
    let person = ca.issue(&Draft { extensions: vec![authority::usage(0), access], ..Draft::default() });
    *answers.lock().unwrap() = ca.ocsp(&person.certificate, &ca.certificate, &Answer::default());

    let asking = Asking { person, trust: anchored };
    let judge = |evidence: &Evidence| {
        let (policy, at) = (Policy::swedish_minutes(), "2024-07-01T00:00:00Z".parse().unwrap());
        let mut report = verdict::verify(b"x", evidence, &Trust::nobody(), &policy, &Budget::STANDARD, at);
        report.missing = asking.judge(evidence).1;
        report
    };
    let gathered = gather::gather(&options(), Evidence::none(), judge);
    let kinds: Vec<&str> = gathered
        .asked
        .iter()
        .map(|asked| match asked.missing {
            Missing::Issuer(_) => "issuer",
            Missing::Ocsp(..) => "answer",
            Missing::Crl(_) => "list",
            Missing::Anchor(_) => "anchor",
        })
        .collect();
    assert_eq!(kinds, ["issuer", "answer", "list"]);
    assert!(gathered.report.missing.is_empty(), "{:?}", gathered.report.missing);
    let asked = responder.asked.lock().unwrap();
    let serial = [der::INTEGER, 1, 1];
    assert!(asked[0].windows(3).any(|window| window == serial), "about this certificate");
}

#[test]
fn what_fetching_cannot_settle_is_not_called_missing() {
    let root = Party::root("Root", 1);
    let url = "http://ocsp.example/";
    let asking = |draft: &Draft<'_>| Asking {
        person: root.issue(draft),
        trust: Trust::of(vec![Anchor::usual(root.certificate.clone(), "root")]),
    };
    let extensions = || vec![authority::usage(0), authority::access(url, "ldap://directory.example/cn=ca")];
    let missing = asking(&Draft { extensions: extensions(), ..Draft::default() }).judge(&Evidence::none()).1;
    let [Missing::Ocsp(at, request)] = missing.as_slice() else { panic!("one question, not {missing:?}") };
    assert_eq!((at.as_str(), missing[0].host()), (url, Some("ocsp.example")));
    assert_eq!(request.issuer_key_sha1, crypto::digest(DigestAlgorithm::Sha1, &[&root.certificate.public_key.key]));
    let expired = Draft { extensions: extensions(), not_after: "2024-06-01", ..Draft::default() };
    assert_eq!(asking(&expired).judge(&Evidence::none()).1, [], "nothing fresh is to be had of it");
    let mut evidence = Evidence::none();
    let entries = vec![authority::entry(1, "2024-05-01", 4)];
    evidence.add_crl(&root.crl(&List { entries, ..List::default() }));
    assert_eq!(asking(&Draft { extensions: extensions(), ..Draft::default() }).judge(&evidence).1, [], "it is revoked");
    let stranger = Party::root("Elsewhere", 9).issue(&Draft { extensions: extensions(), ..Draft::default() });
    let asking = Asking { person: stranger, trust: Trust::nobody() };
    assert_eq!(asking.judge(&Evidence::none()).1, [], "its issuer is kept in a directory, not on the web");
}
