//! The versions that a record's document holds: listed, and given out byte for byte. INTERFACES section 3; VALIDATION 6.6.

use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::versions::Version;
use crate::web::api::answer::Absent;
use crate::web::api::answer::PartAnswers;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::file;
use crate::web::api::answer::tagged_json;
use crate::web::api::records::visible;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// The versions of a record's document. / Versionerna av en handlings fil.
#[derive(Serialize, ToSchema)]
pub(crate) struct Versions {
    /// The record. / Handlingen.
    record: String,
    /// Oldest first; none where the document is no PDF file. / Äldst först.
    items: Vec<Version>,
}

/// The versions that the document holds.
///
/// A PDF file that is signed or changed keeps every earlier version. `signatures` says which signatures cover a version:
/// if the document reads `altered`, that version is still what was signed. Needs a token, as the document does.
///
/// **På svenska:** Versionerna som filen rymmer. En PDF som skrivs under eller ändras har alla tidigare versioner kvar;
/// `signatures` säger vilka underskrifter som gäller en version. Kräver nyckel, som filen själv.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/revisions",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The versions. / Versionerna.", body = Versions),
        (status = 304, description = "You have it already. / Du har den redan."),
        Refusals,
        RoleRefusals,
        Absent,
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let (id, _) = visible(&app, &caller, &id).await?;
    let items = app.ask(move |archive| archive.versions(id)).await?.ok_or_else(no_version)?;
    tagged_json(&headers, &Versions { record: id.to_string(), items })
}

/// One version of the document, byte for byte.
///
/// The bytes from the first of the file to the end of that version. Verifying them answers what was signed then.
///
/// **På svenska:** En version av filen, oförändrad. Kontrollerar man den får man svar på vad som skrevs under då.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/revisions/{n}",
    tag = "records",
    params(
        ("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror."),
        ("n" = usize, Path, description = "The version, counted from 0. / Versionen, räknad från 0."),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The bytes. / Filen.", content((Vec<u8> = "application/pdf"))),
        PartAnswers,
        (status = 304, description = "You have it already. / Du har den redan."),
        Refusals,
        RoleRefusals,
        Absent,
    )
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path((id, n)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let n: usize = n.parse().map_err(|_| not_a_number())?;
    caller.must_read_all()?;
    let (id, found) = visible(&app, &caller, &id).await?;
    let bytes = app.ask(move |archive| archive.version(id, n)).await?.ok_or_else(no_version)?;
    let mut response = file(&headers, "application/pdf", bytes, found.record.registered_at.parse().ok());
    let name = HeaderValue::try_from(format!("attachment; filename=\"{id}-{n}.pdf\"")).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn not_a_number() -> Problem {
    Problem::new(Kind::BadRequest, "Versionen är ett tal, räknat från 0.", "The version is a number, counted from 0.")
}

fn no_version() -> Problem {
    Problem::new(
        Kind::NotFound,
        "Filen har ingen sådan version. Se vilka som finns under /revisions.",
        "The document has no such version. See which there are under /revisions.",
    )
}
