//! The service on a socket of its own, until it is dropped.

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
use tokio::sync::oneshot;

use crate::support::Service;

/// A service that listens.
pub(crate) struct Listening {
    pub(crate) at: SocketAddr,
    pub(crate) service: Service,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Listening {
    /// This archive, behind a socket with these limits.
    pub(crate) fn of(service: Service, limits: Options) -> Self {
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let limits = Options { listen: at, stop_time_max: Duration::from_secs(1), ..limits };
        let (stop, stopped) = oneshot::channel::<()>();
        let archive = Arc::clone(&service.archive);
        let running = thread::spawn(move || {
            let signal = async { stopped.await.unwrap_or_default() };
            tokio::runtime::Runtime::new().unwrap().block_on(web::serve(archive, limits, signal)).unwrap();
        });
        let listening = Self { at, service, stop: Some(stop), running: Some(running) };
        let alive = listening.say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
        listening
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = (0..100).find_map(|_| {
            let socket = TcpStream::connect(self.at).ok();
            if socket.is_none() {
                thread::sleep(Duration::from_millis(20));
            }
            socket
        });
        socket.unwrap()
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) fn say(&self, request: &str) -> String {
        let mut socket = self.connect();
        socket.write_all(request.as_bytes()).unwrap();
        answer(&mut socket)
    }
}

/// Everything that comes until the other end closes.
pub(crate) fn answer(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is cut off has said what it has said.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.take().unwrap().join().unwrap();
    }
}
