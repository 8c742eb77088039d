//! What happens around every request: a request id, a log line, metrics, security headers, and words for refusals.
//! RFC 9457 for programs, a page for people; CSP Level 3. Log lines carry route templates, never paths or queries.

use std::any::Any;
use std::net::IpAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::MatchedPath;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::archive::encoding::hex;
use crate::web::caller::Caller;
use crate::web::caller::Way;
use crate::web::door;
use crate::web::error::Kind;
use crate::web::error::PROBLEM_JSON;
use crate::web::error::Problem;
use crate::web::host::Unnamed;
use crate::web::language::Language;
use crate::web::noted;
use crate::web::pages;
use crate::web::pages::shell::Shell;
use crate::web::rate;
use crate::web::rate::Matter;
use crate::web::rate::Standing;
use crate::web::state::App;
use crate::web::traced;

/// The header that names a request, in answers and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The limit that a caller is counted by, and how he stands (draft-ietf-httpapi-ratelimit-headers).
const POLICY_OF_RATE: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE: HeaderName = HeaderName::from_static("ratelimit");

/// Where it is asked whether the service is there.
const PULSE: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// Nothing but our own style sheet, script and icons; forms go only to us; nobody frames us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The two answers that differ from all others: the page that shows a document in itself, and the document it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// May show what is ours in a frame.
    Frames,
    /// May be shown in a frame of ours; a file that somebody handed in runs and fetches nothing.
    Framed,
}

impl Framing {
    /// The policy and the older header that says the same.
    fn headers(framing: Option<Self>) -> (&'static str, &'static str) {
        match framing {
            None => (POLICY, "DENY"),
            Some(Self::Frames) => (FRAMES, "DENY"),
            Some(Self::Framed) => (FRAMED, "SAMEORIGIN"),
        }
    }
}

const FRAMES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
const FRAMED: &str = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// Names a request. Made here; what a caller sends is not believed.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    fn new() -> Self {
        let mut bytes = [0; 8];
        // Without randomness the id is zero; it only helps to find a line.
        let _ = SystemRandom::new().fill(&mut bytes);
        Self(hex(&bytes))
    }
}

/// The outermost layer.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::new();
    request.extensions_mut().insert(id.clone());
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let traceparent = traced::parent(request.headers());
    let language = Language::of(&uri, request.headers());
    let caller = door::caller(&app, request.headers(), request.extensions());
    let foreign = door::foreign(&app, &caller, &request);
    request.extensions_mut().insert(caller.clone());
    let unnamed = request.extensions().get::<Unnamed>().is_some();
    let from = app.rates().address(request.extensions(), request.headers());

    let matter = counted(&caller, &method, &route, uri.path());
    let too_many = matter.and_then(|matter| app.rates().count(matter, from, Instant::now()).err());
    let response = match too_many {
        Some(seconds) => wait(seconds).into_response(),
        None if unnamed => Problem::from(Kind::WrongHost).into_response(),
        None if foreign => elsewhere().into_response(),
        None => next.run(request).await,
    };
    let (matter, response) = tried(&app, matter, &method, &uri, from, response);
    let said = noted::of(&caller, &method, &route, &uri, &response);
    if let Some(what) = said {
        app.note(what.line(&id.0, app.archive().now())).await;
    }
    let frame = Shell::new(&app, &uri, language, &caller);
    let mut response = worded(&app, frame, response, &method, &uri, &id);
    secure(&app, &mut response, &id);
    let standing = matter.and_then(|matter| app.rates().standing(matter, from, Instant::now()));
    if let Some(standing) = standing {
        tell(&mut response, &standing);
    }

    let (status, seconds) = (response.status().as_u16(), began.elapsed().as_secs_f64());
    let method = known(&method);
    tracing::info!(request = id.0, method, route, status, seconds, traceparent, "request");
    metrics::counter!("sigill_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("sigill_request_seconds", "route" => route).record(seconds);
    response
}

/// What a request is counted as: nothing where somebody is known, or asks whether the service is there.
fn counted(caller: &Caller, method: &Method, route: &str, path: &str) -> Option<Matter> {
    if PULSE.contains(&route) {
        return None;
    }
    match caller.way() {
        Way::Unknown => Some(Matter::Failure),
        Way::Nobody | Way::Ended => rate::matter(method, path),
        Way::Bearer | Way::Session | Way::Certificate => None,
    }
}

/// A login that failed counts too. One that does not fail is never refused: no stranger locks a colleague out.
fn tried(
    app: &App,
    matter: Option<Matter>,
    method: &Method,
    uri: &Uri,
    from: Option<IpAddr>,
    response: Response,
) -> (Option<Matter>, Response) {
    let failed = method == Method::POST && uri.path() == door::LOGIN && response.status() == StatusCode::UNAUTHORIZED;
    if !failed || matter == Some(Matter::Failure) {
        return (matter, response);
    }
    let counted = app.rates().count(Matter::Failure, from, Instant::now());
    (Some(Matter::Failure), counted.err().map_or(response, |seconds| wait(seconds).into_response()))
}

/// Tells a caller how he stands against the limit he is counted by.
fn tell(response: &mut Response, standing: &Standing) {
    for (name, value) in [(POLICY_OF_RATE, standing.policy()), (RATE, standing.left())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
}

fn wait(seconds: u32) -> Problem {
    Problem { retry_after: Some(seconds), ..Kind::TooManyRequests.into() }
}

/// The refusal of what another site's page asks on behalf of whoever is logged in here.
fn elsewhere() -> Problem {
    Problem::new(
        Kind::Forbidden,
        "Frågan kom från en annan webbplats än den här, med din inloggning. Inget har ändrats. Gör det du vill göra på \
         arkivets egna sidor.",
        "The request came from another site than this, with your login. Nothing was changed. Do what you want to do on \
         the archive's own pages.",
    )
}

/// The methods anybody uses, so that an invented one makes no new series of figures.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Gives a refusal its form: a problem document for programs, a page for people.
fn worded(app: &App, frame: Shell, mut response: Response, method: &Method, uri: &Uri, id: &RequestId) -> Response {
    let language = frame.language;
    let status = response.status();
    let refusal = status.is_client_error() || status.is_server_error();
    let problem = response.extensions_mut().remove::<Problem>();
    // What axum refuses by itself is empty or plain text; a handler that wrote an answer of its own keeps it.
    let own = |kind: &HeaderValue| kind != "text/plain; charset=utf-8";
    if !refusal || (problem.is_none() && response.headers().get(header::CONTENT_TYPE).is_some_and(own)) {
        return response;
    }
    let problem = problem.unwrap_or_else(|| Kind::of_status(status).into());
    // No browser leaves out the host.
    let program = for_programs(uri.path()) || problem.kind == Kind::WrongHost;
    let mut worded = if program {
        let form = [(header::CONTENT_TYPE, PROBLEM_JSON), (header::CONTENT_LANGUAGE, language.tag())];
        (problem.kind.status(), form, Json(problem.document(language, &id.0))).into_response()
    } else {
        pages::problem::page(app, frame, &problem, method, &id.0)
    };
    worded.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Json says application/json; what was said before it, and what the refusal brought (Allow, Retry-After), stays.
    for name in [
        header::ALLOW,
        header::CONTENT_RANGE,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
    ] {
        if let Some(value) = response.headers_mut().remove(&name) {
            worded.headers_mut().insert(name, value);
        }
    }
    if program {
        worded.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    }
    worded
}

/// Whether programs ask here.
fn for_programs(path: &str) -> bool {
    const PLACES: [&str; 9] =
        ["/api/", "/tile/", "/checkpoint", "/ledger.", "/witness", "/healthz", "/readyz", "/livez", "/metrics"];
    path == "/api" || PLACES.iter().any(|place| path.starts_with(place))
}

fn secure(app: &App, response: &mut Response, id: &RequestId) {
    let (policy, framed) = Framing::headers(response.extensions().get().copied());
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, framed),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // RFC 6797. Only where the operator says that people come by https: the same host may serve others without.
    if app.options().public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // Unless a handler knows better, an answer is the asker's own: look-ups must not stay in shared caches.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("authorization, cookie, accept-language"));
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
}

/// The answer where a handler panicked. What it panicked about is in the log, not in the answer.
pub(crate) fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::from(Kind::Internal).into_response()
}

/// The status of requests that took too long; `worded` gives it its words.
pub(crate) const TIMED_OUT: StatusCode = StatusCode::REQUEST_TIMEOUT;
