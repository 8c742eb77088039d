//! Records: registering, finding, reading. INTERFACES section 3.
//! Whoever may not see a record gets the very answer that they would get if it were not there.

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use axum::extract::Path;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::catalogue::Query;
use crate::archive::ingest::Ingested;
use crate::archive::look_up::Found;
use crate::archive::pieces::Collected;
use crate::archive::record;
use crate::archive::record::NAMELESS;
use crate::archive::record::RecordId;
use crate::archive::record::Submission;
use crate::archive::related::RELATED_MAX;
use crate::archive::related::Related;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Keep;
use crate::web::api::answer::PartAnswers;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::answer::file;
use crate::web::api::answer::tagged;
use crate::web::api::answer::tagged_json;
use crate::web::api::forms;
use crate::web::api::forms::Form;
use crate::web::api::jobs as job_api;
use crate::web::api::jobs::JobShape;
use crate::web::api::listing;
use crate::web::api::query;
use crate::web::api::query::Questions;
use crate::web::api::verifications::FileForm;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::guard::RequestId;
use crate::web::jobs;
use crate::web::jobs::Job;
use crate::web::jobs::Outcome;
use crate::web::jobs::Task;
use crate::web::language::Language;
use crate::web::state::App;
use crate::web::upload::Batch;
use crate::web::upload::Upload;
use crate::web::upload::display_name;
use crate::web::wire::Events;
use crate::web::wire::RecordDetail;
use crate::web::wire::RecordList;
use crate::web::wire::RecordSummary;
use crate::web::wire::Retention;

/// What may be said about a document that is handed in; as query parameters or as parts of the form.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Said {
    /// The file's name, for people. / Filens namn.
    file_name: Option<String>,
    /// A title; else the one read from the document. / En rubrik; annars den som står i dokumentet.
    title: Option<String>,
    /// A code of the retention schedule; else what the text reads as. / Handlingstyp.
    #[param(example = "minutes")]
    record_type: Option<String>,
    /// Diarienummer.
    #[param(example = "KS 2026/123")]
    diary_number: Option<String>,
    /// The body it belongs to. / Organ.
    body: Option<String>,
    /// Those who are to sign, with commas between; each may say the role: `Anna Ek (ordförande)`. / De som ska skriva under.
    #[param(example = "Anna Ek (ordförande), Bo Berg")]
    expected_signers: Option<String>,
    /// Whether anyone may look it up; default false. / Om vem som helst får slå upp den.
    #[param(default = false)]
    public: Option<bool>,
    /// Language of problem texts: `sv` or `en`. / Språk för feltexter.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// Register a document.
///
/// The document is verified, kept, and committed to in the ledger before the answer is given. The same bytes again give
/// the record that is there already and change nothing; evidence with them that the record is not kept with yet becomes
/// an event of the record, with what is found with it. Documents that are not `valid` are registered as well, with what
/// was found. With `multipart/form-data` the metadata may be parts of the form. Several files are registered by a job: with
/// `Prefer: respond-async`, the metadata then being that of each. Needs the role registrar or administrator.
///
/// **På svenska:** Registrera en handling. Den kontrolleras, sparas och binds i loggen innan svaret ges. Samma fil igen
/// ger handlingen som redan finns och ändrar inget; nya bevis blir en händelse på handlingen, med svaret de ger. Flera
/// filer registreras av ett jobb, med `Prefer: respond-async`. Kräver rollen registrar eller administrator.
#[utoipa::path(
    post,
    path = "/api/v1/records",
    tag = "records",
    params(Said,
           ("Prefer" = Option<String>, Header, description = "`respond-async`: answer at once with a job. / Svara genast med ett jobb.",
            example = "respond-async")),
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/octet-stream"),
        (inline(FileForm) = "multipart/form-data")
    ), description = "The file. / Filen."),
    security(("token" = [])),
    responses(
        (status = 201, description = "Registered now. / Registrerad nu.", body = RecordDetail,
         headers(("Location" = String, description = "The record. / Handlingen."))),
        (status = 200, description = "The same bytes were registered before. / Samma fil fanns redan.", body = RecordDetail,
         headers(("Location" = String, description = "The record. / Handlingen."))),
        (status = 202, description = "Taken on as a job; `Location` says where to ask. / Mottaget som ett jobb.",
         body = JobShape, headers(
            ("Location" = String, description = "The job. / Jobbet."),
            ("Retry-After" = u32, description = "Seconds. / Sekunder."))),
        Refusals,
        RoleRefusals,
        UploadRefusals,
    )
)]
pub(crate) async fn register(
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    caller: Caller,
    said: Result<QueryString<Said>, QueryRejection>,
    headers: HeaderMap,
    Batch(upload): Batch,
) -> Result<Response, Problem> {
    caller.must_register()?;
    let QueryString(said) = said.map_err(|_| unknown_parameter())?;
    let preferred = jobs::prefers_async(&headers);
    if preferred || upload.files.len() > app.options().files_max {
        let job = later(&app, &caller, &request, said, upload)?;
        return job_api::accepted(&app, &job, &request, preferred);
    }
    if upload.files.len() != 1 {
        return Err(one_at_a_time());
    }
    let submission = submission(said, &upload, &caller)?;
    let work = app.gate().work().await?;
    let ingested = app
        .ask(move |archive| {
            let _held = (work, upload.place);
            let file = upload.files.first().ok_or(archive::Error::Empty)?;
            archive.ingest_with(&file.bytes, &submission, &Collected::given(&upload.evidence))
        })
        .await;
    noted(&ingested, &request.0);
    let ingested = ingested?;
    let status = if ingested.new { StatusCode::CREATED } else { StatusCode::OK };
    let (found, related) = with_related(&app, ingested.found(), &caller).await?;
    let detail = RecordDetail::of(&found, &related, &caller);
    let base = app.options().public_url.as_deref().unwrap_or_default();
    let location = HeaderValue::try_from(format!("{base}{}", detail.summary.links.this)).map_err(|_| Kind::Internal)?;
    Ok((status, [(header::LOCATION, location)], Json(detail)).into_response())
}

fn one_at_a_time() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "En handling registreras i taget. Inget har sparats. Skicka varje fil för sig, eller alla med `Prefer: respond-async` \
         och utan title och fileName.",
        "One document is registered at a time. Nothing was saved. Send each file by itself, or all with `Prefer: \
         respond-async` and without title and fileName.",
    )
}

/// Registers every file of an upload, and waits for nothing. What is said is said of all of them.
fn later(app: &App, caller: &Caller, request: &RequestId, said: Said, upload: Upload) -> Result<Arc<Job>, Problem> {
    let submission = submission(said, &upload, caller)?;
    let own = upload.files.len() > 1 && submission.title.is_some();
    if own || (upload.files.len() > 1 && upload.field("fileName").is_some()) {
        return Err(one_at_a_time());
    }
    let request = request.0.clone();
    jobs::begin(app, Task::Register, job_api::owner(caller), upload, move |archive, file, given| {
        let name = if file.name.is_empty() { submission.name.clone() } else { file.name.clone() };
        let ingested = archive.ingest_with(&file.bytes, &Submission { name, ..submission.clone() }, given);
        noted(&ingested, &request);
        let ingested = ingested?;
        let (id, found) = (ingested.record.id.clone(), Arc::new(ingested.record.verification.clone()));
        Ok(Outcome::Registered(id, ingested.new, found))
    })
}

/// Writes down who registered what, and counts it.
fn noted<E>(ingested: &Result<Ingested, E>, request: &str) {
    let result = match &ingested {
        Ok(ingested) if ingested.new => "new",
        Ok(ingested) if ingested.added.is_some() => "added",
        Ok(_) => "known",
        Err(_) => "failed",
    };
    let record = ingested.as_ref().map_or("", |ingested| &ingested.record.id);
    tracing::info!(target: "sigill::audit", action = "register", record, result, request);
    metrics::counter!("sigill_ingests_total", "result" => result).increment(1);
}

fn submission(said: Said, upload: &Upload, caller: &Caller) -> Result<Submission, Problem> {
    let part = |said: Option<String>, name: &str| {
        let said = said.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        upload.field(name).map(str::to_owned).or(said)
    };
    let sent = upload.files.first().map(|file| file.name.clone()).filter(|name| !name.is_empty());
    let name = part(said.file_name, "fileName").map(|name| display_name(&name)).or(sent);
    let public = match upload.field("public") {
        Some(word) => word.parse().map_err(|_| unknown_parameter())?,
        None => said.public.unwrap_or(false),
    };
    Ok(Submission {
        name: name.unwrap_or_else(|| NAMELESS.to_owned()),
        title: part(said.title, "title"),
        record_type: part(said.record_type, "recordType"),
        diary_number: part(said.diary_number, "diaryNumber"),
        body: part(said.body, "body"),
        meeting_date: None,
        expected_signers: part(said.expected_signers, "expectedSigners")
            .map(|names| record::names(&names))
            .unwrap_or_default(),
        public,
        actor: caller.name().to_owned(),
    })
}

fn unknown_parameter() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "Uppgifterna är fileName, title, recordType, diaryNumber, body, expectedSigners, public (true eller false) och \
         lang. Inget har sparats.",
        "The parameters are fileName, title, recordType, diaryNumber, body, expectedSigners, public (true or false) and \
         lang. Nothing was saved.",
    )
}

/// Look records up.
///
/// By anything one can hold in the hand (`q`), by one kind of identifier (several narrow the answer), or by words in titles
/// and decisions (`text`): then each record tells the matters that have them. An identifier that
/// is not there gives an empty list; one that cannot be an identifier gives 400. Without any, all records, newest first;
/// that needs a token. Without a token only records marked public are found.
///
/// **På svenska:** Sök handlingar på vad man än har i handen (`q`), på ett visst slags ID, eller på ord i rubriker och beslut
/// (`text`). Ett ID som inte finns ger
/// en tom lista; något som inte kan vara ett ID ger 400. Utan nyckel hittas bara offentliga handlingar.
#[utoipa::path(
    get,
    path = "/api/v1/records",
    tag = "records",
    params(Questions),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "What was found. / Det som hittades.", body = RecordList,
         headers(("Link" = String, description = "`rel=\"next\"`: the next page, where there is one. / Nästa sida."))),
        Refusals,
        RoleRefusals,
    )
)]
pub(crate) async fn find(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
    asked: Questions,
) -> Result<Response, Problem> {
    let (limit, offset, meanings) = (asked.limit()?, asked.offset(), asked.meanings()?);
    let filters = asked.filters()?;
    if let Some(terms) = asked.terms()? {
        let all = caller.reads_all();
        let searched = app.ask(move |archive| archive.search(&terms, all, offset, limit)).await?;
        let items = searched.hits.iter().map(|hit| RecordSummary::of_hit(hit, &caller)).collect();
        let total = u64::try_from(searched.total).unwrap_or(u64::MAX);
        return listing::linked(&uri, RecordList { total, whole: searched.whole, limit, offset, items });
    }
    if !filters.is_empty() {
        caller.must_read_all()?;
        let work = app.gate().work().await?;
        let part = app.ask(move |archive| {
            let _held = work;
            filters.part(archive, offset, limit)
        });
        let part = part.await?;
        let items = part.found.iter().map(|found| RecordSummary::of(found, &caller)).collect();
        let total = u64::try_from(part.total).unwrap_or(u64::MAX);
        return listing::linked(&uri, RecordList { total, whole: part.whole, limit, offset, items });
    }
    if meanings.is_empty() {
        caller.must_read_all()?;
        let asked = app.ask(move |archive| Ok((archive.newest(offset, limit)?, archive.count()?)));
        let (page, total) = asked.await?;
        let items = page.iter().map(|found| RecordSummary::of(found, &caller)).collect();
        return listing::linked(&uri, RecordList { total, whole: true, limit, offset, items });
    }
    let seen = caller.clone();
    let found = app.ask(move |archive| matching(archive, &meanings, &seen)).await?;
    let items = found.iter().skip(offset).take(limit).map(|found| RecordSummary::of(found, &caller)).collect();
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    listing::linked(&uri, RecordList { total, whole: true, limit, offset, items })
}

/// The records that a caller sees and that fit every question.
pub(crate) fn matching(
    archive: &Archive,
    meanings: &[Vec<Query>],
    caller: &Caller,
) -> Result<Vec<Found>, archive::Error> {
    let mut fitting: Option<Vec<Found>> = None;
    for meaning in meanings {
        let found = archive.find_shown(meaning, caller.reads_all())?;
        fitting = Some(match fitting {
            None => found,
            Some(before) => {
                let fits = |one: &Found| found.iter().any(|other| other.record.id == one.record.id);
                before.into_iter().filter(fits).collect()
            }
        });
    }
    Ok(fitting.unwrap_or_default().into_iter().filter(|found| caller.sees(found)).collect())
}

/// The record with this id, if it is there for this caller.
pub(crate) async fn visible(app: &App, caller: &Caller, id: &str) -> Result<(RecordId, Found), Problem> {
    let id = query::record(id)?;
    let all = caller.reads_all();
    let found = app.ask(move |archive| archive.record_shown(id, all)).await?;
    found.map(|found| (id, found)).ok_or_else(no_record)
}

/// A record with those that belong to it, as far as this caller may know of them.
pub(crate) async fn with_related(app: &App, found: Found, caller: &Caller) -> Result<(Found, Vec<Related>), Problem> {
    let all = caller.reads_all();
    app.ask(move |archive| {
        archive.related(&found.record.verification, all, RELATED_MAX).map(|related| (found, related))
    })
    .await
}

/// Not there, or not for this caller: one answer.
fn no_record() -> Problem {
    Problem::new(
        Kind::NotFound,
        "Vi hittar ingen handling med det ID:t, eller så kräver den behörighet.",
        "We find no record with that id, or it needs a token.",
    )
}

/// One record, with what was found when it was registered.
///
/// With `Accept: application/xml` as `/report.xml`, with `Accept: application/pdf` as `/statement`, with `Accept: text/plain`
/// as `/receipt`; with `Accept: text/html` it leads to the page.
///
/// **På svenska:** En handling, med svaret från när den registrerades.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The record. / Handlingen.",
         content(
            (RecordDetail = "application/json"), (String = "application/xml"), (Vec<u8> = "application/pdf"),
            (String = "text/plain")),
         headers(("ETag" = String, description = "Changes when the answer does. / Ändras när svaret gör det."))),
        (status = 303, description = "To the page, where HTML is asked for. / Till sidan, om HTML efterfrågas.",
         headers(("Location" = String, description = "The page. / Sidan."))),
        (status = 304, description = "You have it already. / Du har den redan."),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, found) = visible(&app, &caller, &id).await?;
    match forms::asked(&headers) {
        Form::Xml => return forms::record_as_xml(&app, id).await,
        Form::Pdf => return forms::record_as_pdf(&app, id, Language::of(&uri, &headers)).await,
        Form::Html => return Ok(Redirect::to(&format!("/handling/{id}")).into_response()),
        Form::Proof => return proof(&app, id, &headers).await,
        Form::Json => {}
    }
    let (found, related) = with_related(&app, found, &caller).await?;
    let mut response = tagged_json(&headers, &RecordDetail::of(&found, &related, &caller))?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, authorization, accept-language"));
    Ok(response)
}

/// The bytes that were registered, compared with their hash before they are given out.
///
/// Needs a token, also for public records: a signed file carries its signers' personal numbers in its certificates.
///
/// **På svenska:** Filen som registrerades, jämförd med sin kontrollsumma innan den lämnas ut. Kräver nyckel även för
/// offentliga handlingar: en underskriven fil bär undertecknarnas personnummer i sina certifikat.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/document",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The bytes. / Filen.", content(
            (Vec<u8> = "application/pdf"), (Vec<u8> = "application/octet-stream"))),
        PartAnswers,
        (status = 304, description = "You have it already. / Du har den redan."),
        Refusals,
        RoleRefusals,
        Absent,
    )
)]
pub(crate) async fn document(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    given(&app, &caller, &id, &headers, "attachment").await
}

/// The document, to be kept (`attachment`) or looked at (`inline`).
pub(crate) async fn given(
    app: &App,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    how: &str,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let (id, found) = visible(app, caller, id).await?;
    let bytes = app.ask(move |archive| archive.document(id)).await?.ok_or_else(no_record)?;
    let pdf = bytes.starts_with(b"%PDF-");
    let (kind, ending) = if pdf { ("application/pdf", "pdf") } else { ("application/octet-stream", "bin") };
    let mut response = file(headers, kind, bytes, found.record.registered_at.parse().ok());
    // What is not PDF is never shown, whatever a browser takes it for.
    let how = if pdf { how } else { "attachment" };
    // The name is the record's: the one it came with may hold anything.
    let name = HeaderValue::try_from(format!("{how}; filename=\"{id}.{ending}\"")).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The receipt: proves with the document and the ledger's key alone that it was registered.
///
/// C2SP tlog-proof v1 against the newest checkpoint. It grows old in no way; fetch a new one to prove against a newer
/// checkpoint.
///
/// **På svenska:** Kvittot, som med filen och loggens publika nyckel visar att handlingen är registrerad, utan oss.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/receipt",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses(
        (status = 200, description = "A .tlog-proof. / Ett kvitto.", body = String, content_type = "text/plain"),
        (status = 304, description = "You have it already. / Du har det redan."),
        Refusals,
        Absent,
    )
)]
pub(crate) async fn receipt(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, _) = visible(&app, &caller, &id).await?;
    proof(&app, id, &headers).await
}

/// A record's receipt.
async fn proof(app: &App, id: RecordId, headers: &HeaderMap) -> Result<Response, Problem> {
    let text = app.ask(move |archive| archive.receipt(id)).await?.ok_or_else(no_record)?;
    let mut response = tagged(headers, "text/plain; charset=utf-8", text.into_bytes(), Keep::Private);
    let name =
        HeaderValue::try_from(format!("attachment; filename=\"{id}.tlog-proof\"")).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Until when the record must be kept, and why.
///
/// **På svenska:** Hur länge handlingen måste sparas, och varför.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/retention",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses((status = 200, description = "The answer. / Svaret.", body = Retention), Refusals, Absent)
)]
pub(crate) async fn retention(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Retention>, Problem> {
    let (_, found) = visible(&app, &caller, &id).await?;
    let answer = app.archive().retention(&found);
    // Why a hold was placed is for those who may read the record's events.
    let answer = if caller.reads_all() { answer } else { answer.without_reasons() };
    Ok(Json(Retention::of(&found.record.id, &answer)))
}

/// What happened to the record, oldest first; each event is an entry of the ledger.
///
/// **På svenska:** Vad som hänt med handlingen, äldst först; varje händelse är en post i loggen.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/events",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security((), ("token" = [])),
    responses((status = 200, description = "The events. / Händelserna.", body = Events), Refusals, Absent)
)]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Events>, Problem> {
    let (id, _) = visible(&app, &caller, &id).await?;
    let happened = app.ask(move |archive| archive.events(id)).await?.ok_or_else(no_record)?;
    Ok(Json(Events::of(happened, &caller)))
}
