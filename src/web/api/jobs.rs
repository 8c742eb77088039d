//! Jobs: how far one has come, what it found for each file, and stopping it. USERS 4b; RFC 7240.

use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Verification;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::error::ProblemDocument;
use crate::web::guard::RequestId;
use crate::web::jobs::Job;
use crate::web::jobs::Outcome;
use crate::web::jobs::Task;
use crate::web::language::Language;
use crate::web::state::App;

/// Seconds until it is worth asking again.
const ASK_AGAIN: u64 = 2;

/// A job. / Ett jobb.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
pub(crate) struct JobShape {
    /// Its name. / Jobbets namn.
    #[schema(example = "5f0c6a0b-0a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    id: String,
    /// `verifications` or `records`.
    #[schema(example = "verifications")]
    kind: &'static str,
    /// `queued`, `running`, `finished`, `cancelled`.
    #[schema(example = "running")]
    status: &'static str,
    /// UTC.
    created_at: String,
    /// UTC; null until then. / Null tills dess.
    finished_at: Option<String>,
    /// How many files. / Antal filer.
    #[schema(example = 12)]
    total: usize,
    /// How many have an answer. / Antal med svar.
    #[schema(example = 3)]
    done: usize,
    /// One for each file, in the order sent. / En för varje fil, i den ordning de skickades.
    items: Vec<JobItem>,
}

/// What became of one file. / Vad det blev av en fil.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobItem {
    /// As it was sent. / Som den skickades.
    #[schema(example = "protokoll.pdf")]
    file_name: String,
    /// `pending`, `verified`, `registered`, `known` (it was registered before), `failed`, `cancelled`.
    #[schema(example = "registered")]
    status: &'static str,
    /// The record, where it is registered. / Handlingen, om den är registrerad.
    record: Option<String>,
    /// What was found. / Svaret.
    #[schema(example = "valid")]
    verdict: Option<String>,
    /// The whole answer, where it was verified. / Hela svaret, om den kontrollerades.
    verification: Option<Verification>,
    /// Why it was not done. / Varför det inte gjordes.
    problem: Option<ProblemDocument>,
}

impl JobItem {
    fn of(name: &str, outcome: &Outcome, instance: &str) -> Self {
        let mut item = Self {
            file_name: name.to_owned(),
            status: "pending",
            record: None,
            verdict: None,
            verification: None,
            problem: None,
        };
        match outcome {
            Outcome::Pending => {}
            Outcome::Verified(found) => {
                item.status = "verified";
                item.verdict = Some(found.verdict.clone());
                item.verification = Some((**found).clone());
            }
            Outcome::Registered(id, new, found) => {
                item.status = if *new { "registered" } else { "known" };
                item.record = Some(id.clone());
                item.verdict = Some(found.verdict.clone());
            }
            Outcome::Failed(problem) => {
                item.status = "failed";
                item.problem = Some(problem.document(Language::Sv, instance));
            }
            Outcome::Cancelled => item.status = "cancelled",
        }
        item
    }
}

impl JobShape {
    fn of(job: &Job, instance: &str) -> Self {
        let progress = job.progress();
        let items = job.names.iter().zip(&progress.outcomes).map(|(name, one)| JobItem::of(name, one, instance));
        Self {
            id: job.id.clone(),
            kind: match job.task {
                Task::Verify => "verifications",
                Task::Register => "records",
            },
            status: progress.stage.name(),
            created_at: job.created.to_string(),
            finished_at: progress.ended.map(|at| at.to_string()),
            total: job.names.len(),
            done: progress.outcomes.iter().filter(|one| !matches!(one, Outcome::Pending)).count(),
            items: items.collect(),
        }
    }
}

/// That a job was taken on: where to ask, and when.
pub(crate) fn accepted(app: &App, job: &Job, request: &RequestId, preferred: bool) -> Result<Response, Problem> {
    let base = app.options().public_url.as_deref().unwrap_or_default();
    let address = HeaderValue::try_from(format!("{base}/api/v1/jobs/{}", job.id)).map_err(|_| Kind::Internal)?;
    let mut response = (StatusCode::ACCEPTED, Json(JobShape::of(job, &request.0))).into_response();
    response.headers_mut().insert(header::LOCATION, address);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ASK_AGAIN));
    if preferred {
        let applied = HeaderName::from_static("preference-applied");
        response.headers_mut().insert(applied, HeaderValue::from_static("respond-async"));
    }
    Ok(response)
}

/// The caller's name, where there is one that counts.
pub(crate) fn owner(caller: &Caller) -> Option<String> {
    caller.known().map(str::to_owned)
}

/// How far a job has come, and what it found.
///
/// `Retry-After` says when to ask again, until it is over. Answers are kept for an hour. Jobs do not outlive the service: one of
/// an earlier run is answered 410, and whatever it had registered is registered. A job that was begun with a token is told to
/// that token alone; one that was begun without, to whoever knows its id.
///
/// **På svenska:** Hur långt ett jobb har kommit och vad det visade. Svaren finns kvar i en timme. Jobb överlever inte att
/// tjänsten startas om: då svaras 410, och det som hann registreras är registrerat.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{jobId}",
    tag = "jobs",
    params(("jobId" = String, Path, description = "As `Location` said. / Som `Location` sade.",
            example = "5f0c6a0b-0a1b2c3d4e5f60718293a4b5c6d7e8f9")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The job. / Jobbet.", body = JobShape),
        (status = 410, description = "Of an earlier run, or ended long ago. / Från en tidigare körning, eller klart sedan länge.",
         body = ProblemDocument, content_type = "application/problem+json"),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn read(
    State(app): State<App>,
    axum::Extension(request): axum::Extension<RequestId>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = app.jobs().find(&id, owner(&caller).as_deref(), app.archive().now())?;
    Ok(told(&job, &request))
}

/// Stop a job before its next file. What it has done stands.
///
/// **På svenska:** Avbryt ett jobb före nästa fil. Det som är gjort står kvar.
#[utoipa::path(
    delete,
    path = "/api/v1/jobs/{jobId}",
    tag = "jobs",
    params(("jobId" = String, Path, description = "As `Location` said. / Som `Location` sade.",
            example = "5f0c6a0b-0a1b2c3d4e5f60718293a4b5c6d7e8f9")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The job, which will stop. / Jobbet, som kommer att sluta.", body = JobShape),
        (status = 410, description = "Of an earlier run, or ended long ago. / Från en tidigare körning, eller klart sedan länge.",
         body = ProblemDocument, content_type = "application/problem+json"),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    axum::Extension(request): axum::Extension<RequestId>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = app.jobs().find(&id, owner(&caller).as_deref(), app.archive().now())?;
    job.cancel();
    tracing::info!(target: "sigill::audit", actor = caller.name(), action = "cancel-job", job = job.id, request = request.0);
    Ok(told(&job, &request))
}

fn told(job: &Job, request: &RequestId) -> Response {
    let over = job.progress().stage.is_over();
    let mut response = Json(JobShape::of(job, &request.0)).into_response();
    if !over {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ASK_AGAIN));
    }
    response
}
