//! The evidence kept with a record, and its document verified once more with it. INTERFACES section 3.

use std::time::Instant;

use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::Response;

use crate::archive::encoding::Verification;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Keep;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::tagged;
use crate::web::api::records::visible;
use crate::web::api::verifications::counted;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// Verify a registered document once more.
///
/// As of now, by the rules and anchors in force now, with the evidence that is kept with it. Nothing is fetched and nothing
/// is stored: what the record and its events say was found then stays.
///
/// **På svenska:** Kontrollera en registrerad handling igen, efter reglerna som gäller nu och med bevisen som är sparade med
/// den. Inget hämtas och inget sparas.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/verification",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "What is found now. / Svaret nu.", body = Verification),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn again(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Verification>, Problem> {
    let (id, found) = visible(&app, &caller, &id).await?;
    let name = found.record.verification.file.name;
    let work = app.gate().work().await?;
    let answer = app.ask(move |archive| {
        let (_held, began) = (work, Instant::now());
        let report = archive.verify_again(id)?;
        Ok(report.map(|report| {
            counted(&report, began);
            Verification::of(&report, &name, archive.body())
        }))
    });
    Ok(Json(answer.await?.ok_or(Kind::NotFound)?))
}

/// One piece of evidence, byte for byte, as it was handed in or fetched.
///
/// **På svenska:** Ett bevis, oförändrat, som det lämnades eller hämtades.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/evidence/{sha256}",
    tag = "records",
    params(
        ("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror."),
        ("sha256" = String, Path, description = "As the record lists it. / Som handlingen anger den."),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The bytes. / Filen.", content((Vec<u8> = "application/octet-stream"))),
        (status = 304, description = "You have it already. / Du har den redan."),
        Refusals,
        RoleRefusals,
        Absent,
    )
)]
pub(crate) async fn piece(
    State(app): State<App>,
    caller: Caller,
    Path((id, sha256)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let (id, _) = visible(&app, &caller, &id).await?;
    let kept = app.ask(move |archive| archive.evidence_of(id)).await?;
    let kept = kept.into_iter().find(|one| one.sha256 == sha256).ok_or_else(no_piece)?;
    let piece = app.ask(move |archive| archive.piece(&kept)).await?.ok_or(Kind::Damaged)?;
    let mut response = tagged(&headers, "application/octet-stream", piece.bytes, Keep::Private);
    let name = format!("attachment; filename=\"{sha256}.bin\"");
    let name = HeaderValue::try_from(name).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn no_piece() -> Problem {
    Problem::new(
        Kind::NotFound,
        "Handlingen har inget sådant bevis. Se vilka den har i dess uppgifter.",
        "The record has no such evidence. See which it has in the record itself.",
    )
}
