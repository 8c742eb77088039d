//! Verifying without storing. INTERFACES section 3, `POST /api/v1/verifications`.
//! Computing happens on threads of its own, a few at a time.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::archive::Archive;
use crate::archive::encoding::Verification;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::state::App;
use crate::web::upload::Sent;
use crate::web::upload::Upload;

/// What a document that came without a name is called.
pub(crate) const NAMELESS: &str = "document";

/// Verify a document; nothing is stored.
///
/// The body is the file itself (`application/pdf`, or any bytes): the answer is one verification. With
/// `multipart/form-data` each file part is verified: the answer is a list, in the order sent. A document that cannot be
/// read is an answer (`unreadable`), not an error.
///
/// **På svenska:** Kontrollera en handling; inget sparas. Skicka filen som den är och få ett svar, eller flera filer som
/// `multipart/form-data` och få en lista. En fil som inte går att läsa är ett svar (`unreadable`), inte ett fel.
#[utoipa::path(
    post,
    path = "/api/v1/verifications",
    tag = "verifications",
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/octet-stream"),
        (inline(super::records::FileForm) = "multipart/form-data")
    ), description = "The file, or several. / Filen, eller flera."),
    responses(
        (status = 200, description = "What was found; a list for multipart. / Svaret; en lista för multipart.",
         body = Verification),
        Refusals,
        UploadRefusals,
    )
)]
pub(crate) async fn verify(State(app): State<App>, _caller: Caller, upload: Upload) -> Result<Response, Problem> {
    let several = upload.multipart;
    let mut found = all(&app, upload).await?;
    Ok(match found.pop() {
        Some(one) if !several => Json(one).into_response(),
        last => Json(found.into_iter().chain(last).collect::<Vec<_>>()).into_response(),
    })
}

/// Verifies every file of an upload, in its order.
pub(crate) async fn all(app: &App, upload: Upload) -> Result<Vec<Verification>, Problem> {
    let work = app.gate().work().await?;
    let Upload { files, place, .. } = upload;
    app.ask(move |archive| {
        // Held here, so that they are given back when the computing ends, even where nobody waits for it any more.
        let _held = (work, place);
        Ok(files.iter().map(|file| one(archive, file)).collect())
    })
    .await
}

fn one(archive: &Archive, file: &Sent) -> Verification {
    let began = Instant::now();
    let report = archive.verify(&file.bytes);
    metrics::histogram!("sigill_verification_seconds").record(began.elapsed().as_secs_f64());
    metrics::counter!("sigill_verifications_total", "verdict" => report.verdict.name()).increment(1);
    Verification::of(&report, if file.name.is_empty() { NAMELESS } else { &file.name })
}
