//! Verifying without storing. INTERFACES section 3, `POST /api/v1/verifications`.
//! Computing happens on threads of its own, a few at a time.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::Extension;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::Verification;
use crate::archive::pieces::Collected;
use crate::archive::record::NAMELESS;
use crate::verify::report::Report;
use crate::web::answered::Answered;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::forms;
use crate::web::api::forms::Form;
use crate::web::api::jobs as job_api;
use crate::web::api::jobs::JobShape;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::guard::RequestId;
use crate::web::jobs;
use crate::web::jobs::Job;
use crate::web::jobs::Outcome;
use crate::web::jobs::Task;
use crate::web::state::App;
use crate::web::upload::Batch;
use crate::web::upload::Sent;
use crate::web::upload::Upload;

/// A file in a form, with evidence beside it. / En fil i ett formulär, med bevis bredvid.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "exists for the description of the interface only")]
pub(crate) struct FileForm {
    /// One or several files. / En eller flera filer.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Evidence of any kind below, recognised by its content. / Bevis av något slag nedan, som känns igen på innehållet.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    evidence: Option<Vec<u8>>,
    /// What BankID answered about one signing: `completionData`, the whole answer of `collect`, or the bare XML. /
    /// BankID:s svar om en underskrift.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    bankid: Option<Vec<u8>>,
    /// An OCSP answer, DER or PEM. / Ett spärrsvar.
    #[schema(format = Binary, content_media_type = "application/ocsp-response")]
    ocsp: Option<Vec<u8>>,
    /// A revocation list, DER or PEM. / En spärrlista.
    #[schema(format = Binary, content_media_type = "application/pkix-crl")]
    crl: Option<Vec<u8>>,
    /// A certificate, or several in PEM or PKCS #7; never trusted for being sent. / Certifikat; blir aldrig betrodda av
    /// att de skickas.
    #[schema(format = Binary, content_media_type = "application/pkix-cert")]
    certificate: Option<Vec<u8>>,
    /// An evidence record (RFC 4998) over the whole file. / En bevispost över hela filen.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    evidence_record: Option<Vec<u8>>,
}

/// Verify a document; nothing is stored.
///
/// The body is the file itself (`application/pdf`, or any bytes): the answer is one verification. With
/// `multipart/form-data` each file part is verified: the answer is a list, in the order sent. A document that cannot be
/// read is an answer (`unreadable`), not an error. Parts named `evidence`, `bankid`, `ocsp`, `crl`, `certificate` or
/// `evidenceRecord` are evidence: taken into account for every file, and a warning where one cannot be read. With
/// `Accept: application/xml` one document is answered with ETSI's report (TS 119 102-2). More files than are answered at
/// once, or `Prefer: respond-async`, become a job.
///
/// **På svenska:** Kontrollera en handling; inget sparas. Skicka filen som den är och få ett svar, eller flera filer som
/// `multipart/form-data` och få en lista. En fil som inte går att läsa är ett svar (`unreadable`), inte ett fel. Delar
/// som heter `evidence`, `bankid`, `ocsp`, `crl`, `certificate` eller `evidenceRecord` är bevis som tas med för varje fil.
/// Med `Accept: application/xml` ges ETSI:s rapport om en handling. Många filer, eller `Prefer: respond-async`, blir ett jobb.
#[utoipa::path(
    post,
    path = "/api/v1/verifications",
    tag = "verifications",
    params(("Prefer" = Option<String>, Header, description = "`respond-async`: answer at once with a job. / Svara genast med ett jobb.",
            example = "respond-async")),
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/octet-stream"),
        (inline(FileForm) = "multipart/form-data")
    ), description = "The file, or several. / Filen, eller flera."),
    responses(
        (status = 200, description = "What was found; a list for multipart. / Svaret; en lista för multipart.",
         content((Answers = "application/json"), (String = "application/xml"))),
        (status = 202, description = "Taken on as a job; `Location` says where to ask. / Mottaget som ett jobb.",
         body = JobShape, headers(
            ("Location" = String, description = "The job. / Jobbet."),
            ("Retry-After" = u32, description = "Seconds. / Sekunder."))),
        Refusals,
        UploadRefusals,
    )
)]
pub(crate) async fn verify(
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    caller: Caller,
    headers: HeaderMap,
    Batch(upload): Batch,
) -> Result<Response, Problem> {
    let preferred = jobs::prefers_async(&headers);
    if preferred || upload.files.len() > app.options().files_max {
        let job = later(&app, &caller, upload)?;
        return job_api::accepted(&app, &job, &request, preferred);
    }
    if forms::asked(&headers) == Form::Xml {
        return forms::verification_as_xml(&app, upload).await;
    }
    let several = upload.multipart;
    let mut found: Vec<Answered> = all(&app, &caller, upload).await?.into_iter().map(Answered::from).collect();
    let answers = match found.pop() {
        Some(one) if !several => Answers::One(Box::new(one)),
        last => Answers::Several(found.into_iter().chain(last).collect()),
    };
    Ok(Json(answers).into_response())
}

/// One answer, or one for each file. / Ett svar, eller ett för varje fil.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Answers {
    /// Of the file that was the body. / Om filen som skickades som den är.
    One(Box<Answered>),
    /// Of the files of a form, in their order. / Om filerna i ett formulär, i ordning.
    Several(Vec<Answered>),
}

/// Verifies every file of an upload, and waits for nothing.
fn later(app: &App, caller: &Caller, upload: Upload) -> Result<Arc<Job>, Problem> {
    let all = caller.reads_all();
    jobs::begin(app, Task::Verify, job_api::owner(caller), upload, move |archive, file, given| {
        let mut found = one(archive, file, given);
        archive.recognise(&mut found, all)?;
        Ok(Outcome::Verified(Arc::new(found)))
    })
}

/// A version that a signed file holds, from the file itself; nothing is stored.
///
/// The body is the file; the answer is the file as it was when that version was made, byte for byte: verifying it answers what
/// was signed then. A verification's `signedRevisions` tells which there are.
///
/// **På svenska:** En version som en underskriven fil rymmer. Skicka filen och få den som den var då, oförändrad; inget sparas.
#[utoipa::path(
    post,
    path = "/api/v1/signed-revisions/{n}",
    tag = "verifications",
    params(("n" = usize, Path, description = "The version, counted from 0. / Versionen, räknad från 0.", example = 0)),
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/octet-stream"),
        (inline(FileForm) = "multipart/form-data")
    ), description = "The file. / Filen."),
    responses(
        (status = 200, description = "The bytes. / Filen.", content((Vec<u8> = "application/pdf"))),
        Refusals,
        UploadRefusals,
        Absent,
    )
)]
pub(crate) async fn revision(
    State(app): State<App>,
    Path(n): Path<String>,
    upload: Upload,
) -> Result<Response, Problem> {
    let n: usize = n.parse().map_err(|_| Problem::from(Kind::BadRequest))?;
    let work = app.gate().work().await?;
    let Upload { files, place, .. } = upload;
    let bytes = app.ask(move |archive| {
        let _held = (work, place);
        let Some(Sent { mut bytes, .. }) = files.into_iter().next() else { return Ok(None) };
        let report = archive.verify_with(&bytes, &Collected::default());
        let found = Verification::of(&report, NAMELESS, archive.body());
        let end = found.revisions.iter().find(|one| one.revision == n).map(|one| one.end);
        Ok(end.map(|end| {
            bytes.truncate(end);
            bytes
        }))
    });
    let bytes = bytes.await?.ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "Filen har ingen sådan version. Kontrollera den för att se vilka som finns. Inget har sparats.",
            "The file has no such version. Verify it to see which there are. Nothing was saved.",
        )
    })?;
    let name =
        HeaderValue::try_from(format!("attachment; filename=\"version-{n}.pdf\"")).map_err(|_| Kind::Internal)?;
    Ok((
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")), (header::CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}

/// Verifies every file of an upload, in its order.
pub(crate) async fn all(app: &App, caller: &Caller, upload: Upload) -> Result<Vec<Verification>, Problem> {
    let found = each(app, caller, upload, |_, _, _| Ok(())).await?;
    Ok(found.into_iter().map(|(found, ())| found).collect())
}

/// The same, with what somebody else has to say of each file while it is at hand.
pub(crate) async fn each<T: Send + 'static>(
    app: &App,
    caller: &Caller,
    upload: Upload,
    beside: impl Fn(&Archive, &[u8], &Verification) -> Result<T, archive::Error> + Send + 'static,
) -> Result<Vec<(Verification, T)>, Problem> {
    let (work, all) = (app.gate().work().await?, caller.reads_all());
    let Upload { files, evidence, place, .. } = upload;
    app.ask(move |archive| {
        // Held here, so that they are given back when the computing ends, even where nobody waits for it any more.
        let _held = (work, place);
        let given = Collected::given(&evidence);
        let told = |file: &Sent| {
            let mut found = one(archive, file, &given);
            archive.recognise(&mut found, all)?;
            let more = beside(archive, &file.bytes, &found)?;
            Ok((found, more))
        };
        files.iter().map(told).collect()
    })
    .await
}

fn one(archive: &Archive, file: &Sent, given: &Collected) -> Verification {
    let name = if file.name.is_empty() { NAMELESS } else { &file.name };
    let began = Instant::now();
    let report = archive.verify_with(&file.bytes, given);
    counted(&report, began);
    Verification::of(&report, name, archive.body())
}

/// Notes a verification that began then in the figures.
pub(crate) fn counted(report: &Report, began: Instant) {
    metrics::histogram!("sigill_verification_seconds").record(began.elapsed().as_secs_f64());
    metrics::counter!("sigill_verifications_total", "verdict" => report.verdict.name()).increment(1);
}
