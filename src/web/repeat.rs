//! A request that acts and is sent twice acts once: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-08).
//! Answers are kept for a day on this machine's disk, for whoever asked, and no more of them than fit.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::SystemTime;

use axum::body::Body;
use axum::body::to_bytes;
use axum::extract::FromRequestParts;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;
use tokio::task;

use crate::archive::encoding::hex;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::web::caller::Caller;
use crate::web::digest::Watched;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// The key's header.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is an earlier one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Where answers are kept, in the archive's directory.
const FOLDER: &str = "service/repeats";
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Answers kept at most; the oldest go first.
const ANSWERS_MAX: usize = 10_000;
/// The longest answer kept, in bytes: a list of disposals, a statement.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 255;
/// What is kept of an answer's headers.
const HEADERS: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::LOCATION, header::CONTENT_DISPOSITION, header::CACHE_CONTROL];

/// The answers that may be asked for once more.
pub(crate) struct Repeats {
    folder: PathBuf,
    under_way: Mutex<BTreeSet<String>>,
}

/// A key that somebody works under; free again when this is dropped.
struct Held<'r> {
    repeats: &'r Repeats,
    name: String,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.repeats.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// SHA-256 of the request: method, address, body.
    request: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Repeats {
    pub(crate) fn new(directory: &Path) -> Self {
        let repeats = Self { folder: directory.join(FOLDER), under_way: Mutex::default() };
        // What is too old goes at the latest when the service begins; a folder that is not there holds nothing.
        let _ = repeats.make_room();
        repeats
    }

    fn hold(&self, name: &str) -> Result<Held<'_>, Problem> {
        let free = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        if free { Ok(Held { repeats: self, name: name.to_owned() }) } else { Err(Kind::KeyInUse.into()) }
    }

    /// The answer kept by this name, unless it is too old.
    fn read(&self, name: &str) -> Option<Kept> {
        let path = self.folder.join(name);
        let young = fs::metadata(&path).and_then(|facts| facts.modified()).is_ok_and(|at| age(at) < KEPT);
        young.then(|| serde_json::from_slice(&fs::read(&path).ok()?).ok()).flatten()
    }

    /// Keeps an answer: whole or not at all.
    fn write(&self, name: &str, kept: &Kept) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.make_room()?;
        let (new, path) = (self.folder.join(format!("{name}.new")), self.folder.join(name));
        fs::write(&new, serde_json::to_vec(kept)?)?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(new, path)
    }

    /// Takes away what is too old, and the oldest where there are too many.
    fn make_room(&self) -> io::Result<()> {
        let mut there = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            there.push((entry.metadata()?.modified()?, entry.path()));
        }
        there.sort_unstable_by(|one, other| other.cmp(one));
        let old = there.into_iter().enumerate();
        for (_, (_, path)) in old.filter(|(place, (at, _))| *place + 1 >= ANSWERS_MAX || age(*at) >= KEPT) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

fn age(at: SystemTime) -> Duration {
    SystemTime::now().duration_since(at).unwrap_or_default()
}

/// Lets a request that acts through once; whoever repeats it gets the same answer.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let key = if request.method() == Method::POST { key(request.headers())? } else { None };
    let Some(key) = key else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    if caller.known().is_none() {
        // Nobody's request keeps nothing: verifications only, which change nothing.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let name = hex(&crypto::sha256(&[caller.name().as_bytes(), b"\0", key.as_bytes()]));
    let held = app.repeats().hold(&name)?;
    let said = format!("{} {}", parts.method, parts.uri);
    let watched = Watched::new(body, [DigestAlgorithm::Sha256]);
    let (asked, own) = (app.clone(), name.clone());
    let before = task::spawn_blocking(move || asked.repeats().read(&own)).await.ok().flatten();
    let bytes_max = app.options().upload_bytes_max;
    if let Some(before) = before {
        let same = before.request == fingerprint(&said, watched, bytes_max).await?;
        return if same { replayed(before) } else { Err(Kind::KeyReused.into()) };
    }
    let response = next.run(with(parts, watched.body())).await;
    if !response.status().is_success() {
        // Nothing was done: asking again is asking for the first time.
        return Ok(response);
    }
    let request = fingerprint(&said, watched, bytes_max).await?;
    let answer = keep(&app, name, request, response).await;
    drop(held);
    answer
}

fn with(parts: Parts, body: Body) -> Request {
    Request::from_parts(parts, body)
}

/// The key, with or without the quotes that the draft wants.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if inner.is_empty() || inner.len() > KEY_CHARS_MAX || inner.chars().any(|letter| !letter.is_ascii_graphic()) {
        return Err(Problem::new(
            Kind::BadRequest,
            format!("Idempotency-Key har 1 till {KEY_CHARS_MAX} tecken utan mellanslag. Inget har sparats."),
            format!("An Idempotency-Key has 1 to {KEY_CHARS_MAX} characters without spaces. Nothing was saved."),
        ));
    }
    Ok(Some(inner.to_owned()))
}

async fn fingerprint(said: &str, watched: Watched, bytes_max: u64) -> Result<String, Problem> {
    let digests = watched.finish(bytes_max).await?;
    let parts: Vec<&[u8]> = [said.as_bytes(), b"\0"].into_iter().chain(digests.iter().map(Vec::as_slice)).collect();
    Ok(hex(&crypto::sha256(&parts)))
}

/// Keeps an answer, and gives it.
async fn keep(app: &App, name: String, request: String, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Problem::from(Kind::Internal))?;
    if body.len() <= ANSWER_BYTES_MAX {
        let told = |name: &HeaderName| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
        let headers = HEADERS.iter().filter_map(told).collect();
        let kept = Kept { request, status: parts.status.as_u16(), headers, body: STANDARD.encode(&body) };
        let app = app.clone();
        let written = task::spawn_blocking(move || app.repeats().write(&name, &kept)).await;
        if let Ok(Err(error)) = written {
            tracing::error!(%error, "an answer was not kept for repetition");
        }
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// An earlier answer, as it was.
fn replayed(kept: Kept) -> Result<Response, Problem> {
    let body = STANDARD.decode(&kept.body).map_err(|_| Problem::from(Kind::Internal))?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    for (name, value) in &kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
