//! What answers have in common: entity tags for what never changes (RFC 9110, 8.8.3), and the refusals every call has.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::IntoResponses;

use crate::archive::encoding::hex;
use crate::verify::crypto;
use crate::web::api::partial;
use crate::web::digest;
use crate::web::digest::REPR_DIGEST;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::error::ProblemDocument;

/// How long an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For ever, in any cache: tiles.
    Immutable,
    /// Ask again each time, with the tag: checkpoints.
    AskAgain,
    /// As above, and in no shared cache: records.
    Private,
}

/// Bytes with their entity tag; 304 where the caller has them already.
pub(crate) fn tagged(asked: &HeaderMap, kind: &'static str, bytes: Vec<u8>, keep: Keep) -> Response {
    given(asked, kind, bytes, keep, None)
}

/// The same for a file that has stood unchanged since a moment: also by date, and in parts (RFC 9110 13 and 14).
pub(crate) fn file(asked: &HeaderMap, kind: &'static str, bytes: Vec<u8>, since: Option<Timestamp>) -> Response {
    let mut response = given(asked, kind, bytes, Keep::Private, Some(since));
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// `file` is the moment of a file, and says that it may be given in parts.
fn given(
    asked: &HeaderMap,
    kind: &'static str,
    bytes: Vec<u8>,
    keep: Keep,
    file: Option<Option<Timestamp>>,
) -> Response {
    let sha256 = crypto::sha256(&[&bytes]);
    let tag = format!("\"{}\"", hex(&sha256));
    let since = file.flatten();
    let keep = match keep {
        Keep::Immutable => "public, max-age=31536000, immutable",
        Keep::AskAgain => "no-cache",
        Keep::Private => "private, no-cache",
    };
    let mut response = if known(asked, &tag, since) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if file.is_some() {
        partial::of(asked, kind, bytes, &tag)
    } else {
        ([(header::CONTENT_TYPE, kind)], bytes).into_response()
    };
    if let Some(digest) = digest::field(&sha256) {
        response.headers_mut().insert(REPR_DIGEST, digest);
    }
    if let Some(since) = since.and_then(|since| HeaderValue::try_from(partial::date(since)).ok()) {
        response.headers_mut().insert(header::LAST_MODIFIED, since);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Whether the caller has it already: by its tag, else by its date.
fn known(asked: &HeaderMap, tag: &str, since: Option<Timestamp>) -> bool {
    let said = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match said(header::IF_NONE_MATCH) {
        Some(tags) => {
            tags.split(',').map(|own| own.trim().trim_start_matches("W/")).any(|own| own == tag || own == "*")
        }
        None => {
            let seen = said(header::IF_MODIFIED_SINCE).and_then(partial::moment);
            seen.zip(since).is_some_and(|(seen, since)| since.as_second() <= seen.as_second())
        }
    }
}

/// JSON with its entity tag.
pub(crate) fn tagged_json(asked: &HeaderMap, value: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(value).map_err(|_| Problem::from(Kind::Internal))?;
    Ok(tagged(asked, "application/json", bytes, Keep::Private))
}

/// Refusals that any call can meet. / Fel som varje anrop kan ge.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum Refusals {
    /// Something in the request cannot be understood. / Något i frågan går inte att tolka.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemDocument),
    /// No token where one is needed, or one that is not known. / Nyckel saknas eller är okänd.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemDocument),
    /// It took too long; nothing is half done. / Det tog för lång tid; inget är halvgjort.
    #[response(status = 408, content_type = "application/problem+json")]
    Timeout(ProblemDocument),
    /// The address is too long. / Adressen är för lång.
    #[response(status = 414, content_type = "application/problem+json")]
    AddressTooLong(ProblemDocument),
    /// The request's headers are too large. / Frågans huvud är för stort.
    #[response(status = 431, content_type = "application/problem+json")]
    HeadersTooLarge(ProblemDocument),
    /// Too many requests from you; `Retry-After` says when to come back, `RateLimit` what is left. / För många frågor från
    /// dig; `Retry-After` säger när, `RateLimit` vad som är kvar.
    #[response(status = 429, content_type = "application/problem+json")]
    TooManyRequests(ProblemDocument),
    /// The fault is ours. / Felet är vårt.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemDocument),
    /// Busy; `Retry-After` says when to come back. / Upptaget; `Retry-After` säger när.
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(ProblemDocument),
    /// The archive's disk is full; what is registered is untouched. / Arkivets disk är full; det registrerade är orört.
    #[response(status = 507, content_type = "application/problem+json")]
    DiskFull(ProblemDocument),
}

/// Refusals of calls that name one thing. / Fel för anrop som gäller en viss sak.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum Absent {
    /// Not there, or not for you: the answer is the same. / Finns inte, eller inte för dig: svaret är detsamma.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
}

/// Refusals of uploads. / Fel för uppladdningar.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum UploadRefusals {
    /// Larger than we take; nothing was saved. / Större än vi tar emot; inget har sparats.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemDocument),
    /// JSON or XML, where a file is expected; nothing was saved. / JSON eller XML i stället för en fil; inget har sparats.
    #[response(status = 415, content_type = "application/problem+json")]
    UnsupportedType(ProblemDocument),
}

/// Refusals of calls that need a role. / Fel för anrop som kräver en roll.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum RoleRefusals {
    /// The token's role does not allow it. / Nyckelns roll räcker inte.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemDocument),
}

/// Refusals of calls that change what is kept. / Fel för anrop som ändrar det som bevaras.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum Conflicts {
    /// As the record is now, that may not be done; nothing was changed. / Det får inte göras nu; inget har ändrats.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(ProblemDocument),
    /// It was disposed of; nothing was changed. / Den är gallrad; inget har ändrats.
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(ProblemDocument),
}

/// What else a file can be answered with. / Vad en fil annars kan besvaras med.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the description of the interface only")]
pub(crate) enum PartAnswers {
    /// The part that `Range` names. / Den del som `Range` anger.
    #[response(status = 206, content_type = "application/octet-stream")]
    Part(Vec<u8>),
    /// `Range` begins after the end. / `Range` börjar efter slutet.
    #[response(status = 416, content_type = "application/problem+json")]
    RangeNotSatisfiable(ProblemDocument),
}
