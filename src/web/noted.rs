//! Which requests leave a line in the audit log: what anybody changed or tried to, who came and went, what was refused to
//! somebody known, and every document handed out, since documents hold whole personal numbers. USERS 4b.

use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header::LOCATION;
use axum::response::Response;
use jiff::Timestamp;

use crate::archive::record::RecordId;
use crate::web::audit::Line;
use crate::web::caller::Caller;
use crate::web::door;

/// The routes whose answers hold documents as they were signed.
const DOCUMENTS: [&str; 4] = ["/document", "/revisions/{n}", "/evidence/{sha256}", "/hamta/{ticket}/fil"];

/// What a handler knows better than its request tells: who came in, and which token was made.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) who: String,
    pub(crate) what: String,
}

/// Something to note.
pub(crate) struct Noted {
    who: String,
    way: &'static str,
    what: String,
    record: Option<String>,
    status: u16,
}

/// What there is to note of a request and its answer, if anything.
pub(crate) fn of(caller: &Caller, method: &Method, route: &str, uri: &Uri, response: &Response) -> Option<Noted> {
    let status = response.status();
    // What was refused for coming too often leaves no line, or guessing would push everything else out.
    if status == StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let door = method == Method::POST && route == door::LOGIN;
    let refused = matches!(status.as_u16(), 401 | 403);
    let handed_out = status.is_success() && DOCUMENTS.iter().any(|end| route.ends_with(end));
    let wanted = door || (caller.known().is_some() && (!method.is_safe() || refused || handed_out));
    let said = response.extensions().get::<Said>();
    (wanted || said.is_some()).then(|| Noted {
        who: said.map_or_else(|| caller.name().to_owned(), |said| said.who.clone()),
        way: caller.way_name(),
        what: said.map_or_else(|| format!("{method} {route}"), |said| said.what.clone()),
        record: record(route, uri.path()).or_else(|| registered(response)),
        status: status.as_u16(),
    })
}

/// The record that a path is about.
fn record(route: &str, path: &str) -> Option<String> {
    let mut parts = route.split('/').zip(path.split('/'));
    let (_, id) = parts.find(|(name, _)| *name == "{id}")?;
    id.parse::<RecordId>().ok().map(|id| id.to_string())
}

/// The record that came of a registration.
fn registered(response: &Response) -> Option<String> {
    let place = response.headers().get(LOCATION)?.to_str().ok()?;
    place.strip_prefix("/api/v1/records/")?.parse::<RecordId>().ok().map(|id| id.to_string())
}

impl Noted {
    pub(crate) fn line(self, request: &str, at: Timestamp) -> Line {
        let result = match self.status {
            ..400 => "done",
            400..500 => "refused",
            500.. => "failed",
        };
        Line {
            at: at.to_string(),
            who: self.who,
            way: self.way.to_owned(),
            what: self.what,
            record: self.record,
            result: result.to_owned(),
            status: Some(self.status),
            request: Some(request.to_owned()),
            from: None,
        }
    }
}
