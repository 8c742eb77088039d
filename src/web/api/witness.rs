//! Being a witness for other archives over HTTP. C2SP tlog-witness: its status codes, its two media types.
//! Nobody needs a token: the log's own signature is what counts.

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::archive::witness::duty::Answer;
use crate::ledger::witness::Declined;
use crate::ledger::witness::REQUEST_BYTES_MAX;
use crate::ledger::witness::SIZE_KIND;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Keep;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::tagged;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// Said as it is, so that `guard` leaves the protocol's own refusals alone.
const TEXT: &str = "text/plain";

/// Cosigns another ledger's checkpoint, if it continues the last one.
///
/// **På svenska:** Medundertecknar en annan loggs kontrollpunkt, om den fortsätter den förra.
#[utoipa::path(
    post,
    path = "/witness/add-checkpoint",
    tag = "ledger",
    request_body(content = String, content_type = "text/plain",
                 description = "As C2SP tlog-witness says. / Enligt C2SP tlog-witness."),
    responses((status = 200, description = "Signature lines. / Underskriftsrader.", body = String,
               content_type = "text/plain"),
              (status = 403, description = "Not signed by a key that is trusted here. / Ingen betrodd underskrift."),
              (status = 409, description = "The size cosigned last. / Den storlek som medundertecknades sist."),
              (status = 422, description = "It does not continue the last one. / Den fortsätter inte den förra."),
              Refusals, Absent)
)]
pub(crate) async fn add_checkpoint(State(app): State<App>, body: Bytes) -> Result<Response, Problem> {
    let declined = |declined: Declined| match declined {
        Declined::Size(size) => said(409, SIZE_KIND, format!("{size}\n")),
        Declined::Malformed | Declined::Origin | Declined::Signature | Declined::Inconsistent => {
            said(declined.status(), TEXT, format!("{declined}\n"))
        }
    };
    let text = String::from_utf8(body.to_vec()).ok().filter(|text| text.len() <= REQUEST_BYTES_MAX);
    let Some(text) = text else { return Ok(declined(Declined::Malformed)) };
    if app.archive().duty().is_none() {
        return Err(Kind::NotFound.into());
    }
    let answer = app
        .ask(move |archive| {
            let now = archive.now();
            archive.duty().map(|duty| duty.answer(&text, now)).transpose()
        })
        .await?
        .ok_or(Kind::NotFound)?;
    Ok(match answer {
        Answer::Cosigned(lines) => said(200, TEXT, lines),
        Answer::Declined(why) => declined(why),
    })
}

/// The checkpoint of another ledger that was cosigned here last; its folder is the SHA-256 of its origin.
///
/// **På svenska:** Den kontrollpunkt av en annan logg som medundertecknades här sist.
#[utoipa::path(
    get,
    path = "/witness/{origin}/checkpoint",
    tag = "ledger",
    params(("origin" = String, Path, description = "SHA-256 of the origin, hex. / SHA-256 av loggens namn, hexadecimalt.")),
    responses((status = 200, description = "A signed note. / En undertecknad not.", body = String,
               content_type = "text/plain"), Refusals, Absent)
)]
pub(crate) async fn view(
    State(app): State<App>,
    Path(origin): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = app.ask(move |archive| archive.duty().map(|duty| duty.view(&origin)).transpose()).await?;
    let note = seen.flatten().ok_or(Kind::NotFound)?;
    Ok(tagged(&headers, "text/plain; charset=utf-8", note.into_bytes(), Keep::AskAgain))
}

/// The public keys of this archive as a witness, one on each line.
///
/// **På svenska:** Arkivets publika nycklar som vittne, en på varje rad.
#[utoipa::path(
    get,
    path = "/witness.vkeys",
    tag = "ledger",
    responses((status = 200, description = "vkeys. / vkeys.", body = String, content_type = "text/plain"),
              Refusals, Absent)
)]
pub(crate) async fn vkeys(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let duty = app.archive().duty().ok_or(Kind::NotFound)?;
    let lines: String = duty.verifiers().iter().map(|key| format!("{key}\n")).collect();
    Ok(tagged(&headers, "text/plain; charset=utf-8", lines.into_bytes(), Keep::AskAgain))
}

fn said(status: u16, kind: &'static str, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
