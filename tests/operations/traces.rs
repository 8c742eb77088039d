//! Traces as a collector gets them: a span for each request, in the caller's trace, and nothing about anybody. Issue 6
//! part 5; OTLP 1 over HTTP as JSON, W3C Trace Context.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::running::Running;
use crate::running::ask;
use crate::running::get;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
/// How long the exporter waits for more spans: here, hardly.
const SOON: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "100");
/// How a collector says that it has taken something.
const TAKEN: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const UNWATCHED: (&str, &str) = ("SIGILL_METRICS_LISTEN", "off");

/// A collector that takes everything.
struct Collector {
    address: String,
    asked: Receiver<(String, String)>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (told, asked) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // Noted before it is answered: whoever has the answer finds it noted.
                if told.send(take(&mut stream)).is_err() {
                    return;
                }
                stream.write_all(TAKEN.as_bytes()).unwrap();
            }
        });
        Self { address, asked }
    }

    /// Heads and bodies of all that came so far.
    fn asked(&self) -> Vec<(String, String)> {
        self.asked.try_iter().collect()
    }
}

fn take(stream: &mut TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// The spans of what a collector got.
fn spans(asked: &[(String, String)]) -> Vec<Value> {
    let bodies = asked.iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap());
    bodies.flat_map(|body| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()).collect()
}

/// Names and values of attributes, sorted.
fn attributes(span: &Value) -> Vec<(String, String)> {
    let mut all: Vec<_> = span["attributes"].as_array().unwrap().iter().map(attribute).collect();
    all.sort();
    all
}

fn attribute(one: &Value) -> (String, String) {
    let (_, value) = one["value"].as_object().unwrap().iter().next().unwrap();
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (one["key"].as_str().unwrap().to_owned(), text)
}

/// Waits for the end of a service that was told to stop, and says how it ended and what it still logged.
fn ended(mut service: Running) -> (Option<i32>, String) {
    service.stop();
    let mut log = String::new();
    service.log.read_to_string(&mut log).unwrap();
    (service.child.wait().unwrap().code(), log)
}

#[test]
fn a_request_is_a_span_in_its_callers_trace() {
    let collector = Collector::start();
    // What is logged decides nothing about what is traced.
    let silent = ("SIGILL_LOG_FILTER", "info,sigill::web::guard=off");
    let secret = ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=opens");
    let mut service = Running::start(&[("SIGILL_OTLP_ENDPOINT", &collector.address), UNWATCHED, silent, secret]);
    let address = service.address("listening");
    let header = format!("Traceparent: 00-{TRACE}-{CALLER}-01\r\n");
    let (head, _) = ask(&address, "/api/v1/records/unknown", &header);
    let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    assert_eq!(get(&address, "/livez", "").0, 200);
    let (status, log) = ended(service);
    assert_eq!(status, Some(0), "{log}");

    let asked = collector.asked();
    for (head, _) in &asked {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("\r\nx-collector-key: opens\r\n"), "{head}");
    }
    let spans = spans(&asked);
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("{spans:#?}"));
    let span = named("GET /api/v1/records/{id}");
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&json!(TRACE), &json!(CALLER)));
    assert_eq!(span["kind"], 2, "a server's");
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "400"),
        ("http.route", "/api/v1/records/{id}"),
        ("sigill.request", id),
    ];
    assert_eq!(attributes(span), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let at = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(at("startTimeUnixNano") < at("endTimeUnixNano"));
    let own = named("GET /livez");
    assert!(own["traceId"] != TRACE && own["parentSpanId"].as_str().is_none_or(str::is_empty), "{own}");
    assert_eq!(spans.len(), 2, "one for each request");
}

#[test]
fn nothing_about_anybody_is_in_a_span_or_taken_from_a_strange_header() {
    let collector = Collector::start();
    let settings = [("SIGILL_OTLP_ENDPOINT", collector.address.as_str()), UNWATCHED];
    let mut service = Running::start(&settings);
    let address = service.address("listening");
    let personal = "Authorization: Bearer hemlignyckel\r\nTracestate: anna=svensson\r\nBaggage: namn=svensson\r\n\
                    Referer: http://x/svensson\r\nUser-Agent: svensson\r\nCookie: session=hemlignyckel\r\n";
    let forms = [
        "svensson".to_owned(),
        format!("00-{TRACE}-{CALLER}-01-svensson"),
        format!("00-{}-{CALLER}-01", "svensson".repeat(4)),
        format!("ff-{TRACE}-{CALLER}-01"),
        format!("00-{TRACE}-{CALLER}-01\r\nTraceparent: 00-{TRACE}-{CALLER}-01"),
    ];
    for form in &forms {
        let headers = format!("{personal}Traceparent: {form}\r\n");
        get(&address, "/api/v1/records/191212121212?name=svensson", &headers);
        get(&address, "/svensson/protokoll.pdf?q=svensson", &headers);
    }
    get(&address, "/livez", &format!("Traceparent: 00-{TRACE}-{CALLER}-00\r\n"));
    let (status, log) = ended(service);
    assert_eq!(status, Some(0), "{log}");
    let asked = collector.asked();
    let spans = spans(&asked);
    assert_eq!(spans.len(), 2 * forms.len(), "the last one's trace is followed by nobody");
    for (_, body) in &asked {
        for word in ["svensson", "191212121212", "hemlignyckel", "protokoll", TRACE, CALLER, "127.0.0.1"] {
            assert!(!body.contains(word), "{word}: {body}");
        }
    }
    assert!(!log.contains("svensson"), "{log}");
}

#[test]
fn no_collector_named_no_span_sent() {
    let collector = Collector::start();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str()), UNWATCHED];
    let mut service = Running::start(&settings);
    let address = service.address("listening");
    assert_eq!(get(&address, "/livez", "").0, 200);
    assert_eq!(ended(service).0, Some(0));
    assert_eq!(collector.asked(), []);
}

#[test]
fn a_collector_that_is_away_is_told_of_once_and_what_it_misses_is_counted() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = [("SIGILL_OTLP_ENDPOINT", format!("http://{gone}"))];
    let settings = [(settings[0].0, settings[0].1.as_str()), UNWATCHED, SOON];
    let mut service = Running::start(&settings);
    let address = service.address("listening");
    let dropped = || {
        let (status, figures) = get(&address, "/metrics", "");
        assert_eq!(status, 200, "the service answers");
        let figure = figures.lines().find_map(|line| line.strip_prefix("sigill_spans_total{result=\"dropped\"} "));
        figure.map_or(0, |figure| figure.parse::<u64>().unwrap())
    };
    let first = Instant::now();
    let (mut counted, mut rounds) = (0, 0);
    // Two batches at least are lost.
    while rounds < 2 && first.elapsed() < Duration::from_secs(120) {
        let now = dropped();
        rounds += u32::from(now > counted);
        counted = now;
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(rounds, 2, "{counted}");
    let (status, log) = ended(service);
    assert_eq!(status, Some(0), "{log}");
    assert_eq!(log.matches("the collector of traces does not take them").count(), 1, "{log}");
}

#[test]
fn a_collector_that_never_answers_holds_up_neither_answers_nor_the_stop() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let mut service = Running::start(&[("SIGILL_OTLP_ENDPOINT", &address), UNWATCHED, SOON]);
    let public = service.address("listening");
    assert_eq!(get(&public, "/livez", "").0, 200);
    let held = silent.accept().unwrap();
    assert_eq!(get(&public, "/livez", "").0, 200);
    let stop = |service| {
        let began = Instant::now();
        assert_eq!(ended(service).0, Some(0));
        began.elapsed()
    };
    let with = stop(service);
    drop(held);
    // An answer may take 10 s: without a limit of its own the stop would take that much longer than one that waits for
    // nobody, however slow this machine is.
    let mut alone = Running::start(&[UNWATCHED]);
    alone.address("listening");
    let without = stop(alone);
    assert!(with < without + Duration::from_secs(8), "{with:?} and {without:?}");
}
