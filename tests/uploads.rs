//! What many uploads at once may cost: bytes in memory are counted before they are read, over real sockets.
//! USERS 5; counted, not timed: an upload that may be sent is told so (100 Continue, RFC 9110 10.1.1).

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test needs the service alone")]
mod support;

use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use sigill::web;
use sigill::web::Options;
use support::Service;
use tokio::sync::oneshot;

/// A service that listens, until it is dropped.
struct Listening {
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
    _service: Service,
}

impl Listening {
    fn with(limits: Options) -> Self {
        let service = Service::new();
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let limits = Options { listen: at, stop_time_max: Duration::from_secs(1), ..limits };
        let (stop, stopped) = oneshot::channel::<()>();
        let archive = Arc::clone(&service.archive);
        let running = thread::spawn(move || {
            let signal = async { stopped.await.unwrap_or_default() };
            tokio::runtime::Runtime::new().unwrap().block_on(web::serve(archive, limits, signal)).unwrap();
        });
        let listening = Self { at, stop: Some(stop), running: Some(running), _service: service };
        assert!(
            listening.say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200")
        );
        listening
    }

    fn connect(&self) -> TcpStream {
        let socket = (0..100).find_map(|_| {
            thread::sleep(Duration::from_millis(20));
            TcpStream::connect(self.at).ok()
        });
        socket.unwrap()
    }

    /// Sends a request and reads the answer to its end.
    fn say(&self, request: &str) -> String {
        let mut socket = self.connect();
        socket.write_all(request.as_bytes()).unwrap();
        answer(&mut socket)
    }

    /// Says that so many bytes are to come, and asks whether they may.
    fn announce(&self, length: usize) -> TcpStream {
        let mut socket = self.connect();
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket.write_all(head(length, "Expect: 100-continue\r\n").as_bytes()).unwrap();
        socket
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.take().unwrap().join().unwrap();
    }
}

fn head(length: usize, more: &str) -> String {
    format!(
        "POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n"
    )
}

fn answer(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether it was told to go on, as far as it has been told anything.
fn may_send(socket: &mut TcpStream) -> bool {
    let mut told = [0; 25];
    match socket.read_exact(&mut told) {
        Ok(()) => told.starts_with(b"HTTP/1.1 100 Continue"),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Two uploads of 2.5 MB fit into the 6 MB that large ones may take; the rest wait unread, and come one by one.
#[test]
fn only_as_many_uploads_are_read_as_there_is_memory_for() {
    let service = Listening::with(Options {
        upload_bytes_max: 3_000_000,
        uploads_bytes_max: 8_000_000,
        waiting_time_max: Duration::from_secs(600),
        silence_time_max: Duration::from_secs(600),
        request_time_max: Duration::from_secs(600),
        verifications_max: 1,
        ..Options::default()
    });
    let mut waiting: Vec<TcpStream> = (0..5).map(|_| service.announce(2_500_000)).collect();
    let mut sending: Vec<TcpStream> = Vec::new();
    for answered in 0..5 {
        let mut still = Vec::new();
        for mut socket in waiting {
            if may_send(&mut socket) { sending.push(socket) } else { still.push(socket) }
        }
        waiting = still;
        let open = (5_usize - answered).min(2);
        assert_eq!(sending.len(), open, "after {answered} answers {open} may send");
        // Small ones find room beside them, and the one processor: nobody computes while it is read.
        let small = service.say(&format!("{}hello", head(5, "")));
        assert!(small.starts_with("HTTP/1.1 200") && small.contains("\"verdict\""), "{small}");
        let mut first = sending.remove(0);
        first.set_read_timeout(None).unwrap();
        first.write_all(&vec![b'x'; 2_500_000]).unwrap();
        let answer = answer(&mut first);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn what_finds_no_room_is_busy_and_what_never_comes_is_given_up() {
    let service = Listening::with(Options {
        upload_bytes_max: 5_000_000,
        uploads_bytes_max: 5_000_000,
        waiting_time_max: Duration::from_millis(100),
        silence_time_max: Duration::from_secs(60),
        request_time_max: Duration::from_secs(3),
        verifications_max: 1,
        ..Options::default()
    });
    let mut slow = service.announce(4_000_000);
    assert!((0..10).any(|_| may_send(&mut slow)));
    let busy = service.say(&head(4_000_000, ""));
    assert!(
        busy.starts_with("HTTP/1.1 503") && busy.contains("retry-after: 5") && busy.contains("/problem/busy"),
        "{busy}"
    );
    let other = service.say("GET /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(other.starts_with("HTTP/1.1 200"), "what needs no memory goes on: {other}");
    slow.set_read_timeout(None).unwrap();
    let given_up = answer(&mut slow);
    assert!(given_up.starts_with("HTTP/1.1 408") && given_up.contains("/problem/timeout"), "{given_up}");
    let mut again = service.announce(4_000_000);
    assert!((0..10).any(|_| may_send(&mut again)), "the room is free again");
}

#[test]
fn an_upload_that_falls_silent_is_given_up() {
    let service = Listening::with(Options { silence_time_max: Duration::from_millis(200), ..Options::default() });
    let answer = service.say(&format!("{}hel", head(5, "")));
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("/problem/bad-request"), "{answer}");
}

#[test]
fn a_burst_of_small_uploads_is_a_queue() {
    let service = Listening::with(Options { verifications_max: 1, ..Options::default() });
    let request = format!("{}hello", head(5, ""));
    let answers: Vec<String> = thread::scope(|threads| {
        let all: Vec<_> = (0..50).map(|_| threads.spawn(|| service.say(&request))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let answered = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200")).count();
    assert_eq!(answered, 50, "{:?}", answers.iter().find(|answer| !answer.starts_with("HTTP/1.1 200")));
}
