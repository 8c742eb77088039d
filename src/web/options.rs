//! How the service runs: its limits with their reasons. INTERFACES section 3.
//! Every figure has a default that needs no thought; configuration is read elsewhere.

use std::fmt;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::web::certificate::Known;
use crate::web::finding::Doctor;
use crate::web::network::Network;
use crate::web::oidc;
use crate::web::tls;

/// Where figures and health are told besides the service's own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Nowhere.
    Off,
    /// There, and the service does not start where that is taken.
    At(SocketAddr),
    /// There unless it is taken: the default, so that two services on one machine need no thought.
    Perhaps(SocketAddr),
}

/// Whom to tell of a weakness (RFC 9116), and until when that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityContact {
    /// Addresses: `mailto:`, `https:` or `tel:`, the preferred one first.
    pub contacts: Vec<String>,
    /// When somebody must have looked whether they still hold.
    pub expires: Timestamp,
}

/// What a body says in its accessibility statement (the act on accessibility to digital public services, 2018:1937).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accessibility {
    /// Whom to tell of gaps: `mailto:`, `https:` or `tel:` each.
    pub contacts: Vec<String>,
    /// The day on which the body assessed its installation.
    pub assessed: Option<Date>,
    /// The day on which the statement was last changed.
    pub updated: Option<Date>,
}

/// Called with the address when the service listens.
#[derive(Clone, Default)]
pub struct Hook(pub Option<Arc<dyn Fn(SocketAddr) + Send + Sync>>);

impl fmt::Debug for Hook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hook")
    }
}

/// How the service runs. `Options::default()` is right on one machine behind a proxy that ends TLS.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens. Default 127.0.0.1:8480: nobody but this machine, until somebody decides otherwise.
    pub listen: SocketAddr,
    /// The address people use, without a final slash, for links that leave the service. Default: links stay relative.
    pub public_url: Option<String>,
    /// Largest upload, all files of a request together, in bytes. Default 50 MB: minutes with scanned appendices fit.
    pub upload_bytes_max: u64,
    /// Files in one request. Default 20: a meeting's papers; more belongs in `sigill ingest`.
    pub files_max: usize,
    /// Files added to the register in one go. Default 200: a year's minutes of a board. They wait on disk, not in memory.
    pub batch_files_max: usize,
    /// Bytes of them together. Default 200 MB.
    pub batch_bytes_max: u64,
    /// Bytes on disk of all that waits between two steps of a form, everybody's. Default 1 GB.
    pub holding_bytes_max: u64,
    /// How long it waits. Default 2 h: a lunch between choosing files and saving them.
    pub holding_time_max: Duration,
    /// Bytes of request headers, names and values together, and of an address. Default 16 KiB, as common proxies allow.
    pub header_bytes_max: usize,
    /// How long a request may take, upload included. Default 60 s: 50 MB over a slow line, and the verification.
    pub request_time_max: Duration,
    /// Requests under way at most; more are answered 503. Default 512: bounds memory and open answers.
    pub requests_max: usize,
    /// Verifications worked on at once. Default: one for each processor; it is computing, not waiting.
    pub verifications_max: usize,
    /// Bytes of uploads in memory at once, from the first byte of one to its answer. Default 200 MB: three of the largest
    /// uploads, and with them many small ones, for which a fourth part is set aside.
    pub uploads_bytes_max: u64,
    /// How long an upload waits for that memory before it is answered 503. Default 20 s: a burst is a short queue.
    pub waiting_time_max: Duration,
    /// How long an upload may say nothing before it is given up. Default 10 s.
    pub silence_time_max: Duration,
    /// How long requests under way may go on after a stop was asked for. Default 20 s, below the 30 s that service
    /// managers wait.
    pub stop_time_max: Duration,
    /// How long a login on the pages lasts, whatever is done. Default 10 h: a working day; the next begins with a new login.
    pub session_time_max: Duration,
    /// How long a login lasts without a request. Default 1 h: a meeting, not a night at an unlocked desk.
    pub session_idle_max: Duration,
    /// Connections at most; who comes beyond them waits. Default 2048: each holds a few kilobytes and one file.
    pub connections_max: usize,
    /// Connections of one address at most; more are closed. Default 64: an office behind one address, not an attack. Proxies
    /// that are trusted, and this machine, are not counted.
    pub connections_per_address_max: usize,
    /// How long a header, or a handshake, may take, and a connection be idle. Default 15 s: slower is nobody's line.
    pub header_time_max: Duration,
    /// Proxies whose word on who asked them is taken (`X-Forwarded-For`, `X-Forwarded-Proto`, `Client-Cert`). Default: none.
    pub trusted_proxies: Vec<Network>,
    /// Origins whose pages may ask `/api` from a browser, with a token of their own. Default: none.
    pub cors_origins: Vec<String>,
    /// Unknown tokens and failed logins of one address a minute; 0 counts none. Default 10: people mistype, programs guess.
    pub failures_per_minute_max: u32,
    /// Verifications of one address a minute by nobody known; 0 counts none. Default 60: each may take a second of a
    /// processor, which others wait for.
    pub verifications_per_minute_max: u32,
    /// Look-ups of one address a minute by nobody known; 0 counts none. Default 600: ten a second is a program, and one that
    /// goes through identifiers finds little at that pace.
    pub look_ups_per_minute_max: u32,
    /// Where certificate and key are, where TLS is ended here. Default: nowhere; a proxy in front does it.
    pub tls: Option<tls::Files>,
    /// Who comes in by which client certificate. Default: nobody.
    pub client_certificates: Vec<Known>,
    /// Where `/livez`, `/readyz`, `/version` and `/metrics` are, without the rest. Default 127.0.0.1:8481: whoever watches
    /// the machine needs no way in to the service, and a crowded service still answers there.
    pub watch: Watch,
    /// Who is told that the service listens. Default: nobody.
    pub listening: Hook,
    /// Who looks at everything for the page *Drift*. Default: nobody.
    pub doctor: Doctor,
    /// What a body says of itself in the accessibility statement. Default: nothing; the statement says what we know.
    pub accessibility: Accessibility,
    /// Whom to tell of a weakness, for `/.well-known/security.txt`. Default: nobody, and the file is not there.
    pub security: Option<SecurityContact>,
    /// Who else is believed about who somebody is, for logins. Default: nobody.
    pub oidc: Option<oidc::Settings>,
    /// Where `/metrics` takes its figures from. Default: nowhere, and `/metrics` is not there.
    pub metrics: Option<PrometheusHandle>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            public_url: None,
            upload_bytes_max: 50_000_000,
            files_max: 20,
            batch_files_max: 200,
            batch_bytes_max: 200_000_000,
            holding_bytes_max: 1_000_000_000,
            holding_time_max: Duration::from_secs(2 * 3600),
            header_bytes_max: 16 << 10,
            request_time_max: Duration::from_secs(60),
            requests_max: 512,
            verifications_max: thread::available_parallelism().map_or(2, usize::from),
            uploads_bytes_max: 200_000_000,
            waiting_time_max: Duration::from_secs(20),
            silence_time_max: Duration::from_secs(10),
            stop_time_max: Duration::from_secs(20),
            session_time_max: Duration::from_secs(10 * 3600),
            session_idle_max: Duration::from_secs(3600),
            connections_max: 2048,
            connections_per_address_max: 64,
            header_time_max: Duration::from_secs(15),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            failures_per_minute_max: 10,
            verifications_per_minute_max: 60,
            look_ups_per_minute_max: 600,
            tls: None,
            client_certificates: Vec::new(),
            watch: Watch::Perhaps(SocketAddr::from((Ipv4Addr::LOCALHOST, 8481))),
            listening: Hook::default(),
            doctor: Doctor::default(),
            accessibility: Accessibility::default(),
            security: None,
            oidc: None,
            metrics: None,
        }
    }
}

impl Options {
    /// Whether browsers reach the service by TLS alone.
    pub(crate) fn secure(&self) -> bool {
        self.tls.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}
