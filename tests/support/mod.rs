//! An archive in a temporary directory behind the real router, asked without a network.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde_json::Value;
use sigill::archive;
use sigill::archive::Archive;
use sigill::web;
use sigill::web::Options;
use sigill::web::auth::Role;
use sigill::web::auth::Tokens;
use tempfile::TempDir;
use tower::ServiceExt;

/// The moment of the fixtures' expectations.
pub(crate) const NOW: &str = "2026-11-01T00:00:00Z";

fn clock() -> Timestamp {
    NOW.parse().unwrap()
}

/// A service over a fresh archive that trusts the test root.
pub(crate) struct Service {
    pub(crate) archive: Arc<Archive>,
    router: Router,
    _directory: TempDir,
    tokens: Vec<(Role, String)>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        Self::over(options, archive::Options::default(), |_| {})
    }

    /// The same over an archive that runs in another way, and whose directory somebody prepares before it is opened.
    pub(crate) fn over(options: Options, how: archive::Options, prepare: impl FnOnce(&Path)) -> Self {
        Self::keeping_time(options, archive::Options { clock, ..how }, prepare)
    }

    /// The same, with a clock of the test's own.
    pub(crate) fn keeping_time(options: Options, how: archive::Options, prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("archive");
        Archive::create(&home, "sigill.exempel.se", Some("Exempelkommunen"), &how).unwrap();
        let root = fixture("keys/trust/test/sigill-test-root-ca.pem");
        std::fs::write(home.join("trust/test.pem"), root).unwrap();
        let mut tokens = Tokens::open(&home).unwrap();
        let made =
            Role::ALL.map(|role| (role, tokens.create(&format!("{}-desk", role.name()), role, None, clock()).unwrap()));
        prepare(&home);
        let archive = Arc::new(Archive::open(&home, how).unwrap());
        let router = web::router(Arc::clone(&archive), options).unwrap();
        Self { archive, router, _directory: directory, tokens: made.into() }
    }

    pub(crate) fn token(&self, role: Role) -> &str {
        &self.tokens.iter().find(|(own, _)| *own == role).unwrap().1
    }

    pub(crate) fn ask(&self, request: Request<Body>) -> Answer {
        let router = self.router.clone();
        tokio::runtime::Runtime::new().unwrap().block_on(async move {
            let response = router.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }

    pub(crate) fn get(&self, role: Option<Role>, path: &str) -> Answer {
        self.ask(self.request(role, "GET", path).body(Body::empty()).unwrap())
    }

    pub(crate) fn post(&self, role: Option<Role>, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(self.request(role, "POST", path).body(body.into()).unwrap())
    }

    pub(crate) fn request(&self, role: Option<Role>, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match role {
            Some(role) => request.header(AUTHORIZATION, format!("Bearer {}", self.token(role))),
            None => request,
        }
    }

    /// Registers a fixture; gives the record's id.
    pub(crate) fn register(&self, file: &str, query: &str) -> String {
        let answer = self.post(Some(Role::Registrar), &format!("/api/v1/records?{query}"), fixture(file));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}

/// A file of the project.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A `multipart/form-data` body: parts of name, file name and content. The type to send it with is [`FORM`].
pub(crate) fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    body
}

/// The type of [`form`]'s bodies.
pub(crate) const FORM: &str = "multipart/form-data; boundary=XX";
