//! What is done to a record after it was registered: holds, corrections, links, verified anew, copies. INTERFACES section 3.
//! Each is an event of the record and an entry of the ledger; who did it is the token's name.

use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive;
use crate::archive::Archive;
use crate::archive::act::Acted;
use crate::archive::act::Correction;
use crate::archive::encoding::Text;
use crate::archive::record::RecordId;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Conflicts;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::records::visible;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::since::HoldShape;
use crate::web::state::App;

/// A JSON body, read whole or refused.
pub(crate) type Body<T> = Result<Json<T>, JsonRejection>;

/// What was done. / Vad som gjordes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    /// The record. / Handlingen.
    record: String,
    /// The event. / Händelsen.
    #[schema(example = "held")]
    event: &'static str,
    /// The same in words. / Detsamma i ord.
    title: Text,
    /// Its index in the ledger. / Postens nummer i loggen.
    index: u64,
    /// The hold's name, where it is one. / Gallringsstoppets namn.
    hold: Option<String>,
    /// What was found, where it was verified. / Svaret, om den kontrollerades.
    verdict: Option<String>,
}

/// A hold to place. / Ett gallringsstopp att sätta.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHold {
    /// Why; no personal data. / Varför; inga personuppgifter.
    #[schema(example = "Utlämnandemål 1234-31")]
    reason: String,
    /// Whom to ask. / Vem man frågar.
    contact: Option<String>,
}

/// A reason. / Ett skäl.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Why; no personal data. / Varför; inga personuppgifter.
    #[schema(example = "Målet är avgjort")]
    pub(crate) reason: String,
}

/// What is stated anew. / Det som ska stå.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCorrection {
    /// What holds from now on; what is not named stays. / Det som gäller från och med nu.
    statement: Correction,
    /// Why; no personal data. / Varför; inga personuppgifter.
    #[schema(example = "Fel diarienummer")]
    reason: String,
}

/// A link to another record. / En koppling till en annan handling.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// The other record's id. / Den andra handlingens id.
    #[schema(example = "8d1f0c2a4be69f7035d8a1c2")]
    to: String,
    /// How it belongs with it. / Hur den hör ihop med den.
    #[schema(example = "bilaga till")]
    relation: String,
}

/// A copy to make. / En kopia att göra.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCopy {
    /// What it is for. / Vad den är till för.
    purpose: Option<String>,
}

/// The holds on a record. / Gallringsstoppen på en handling.
#[derive(Serialize, ToSchema)]
pub(crate) struct Holds {
    /// How many. / Antal.
    total: usize,
    /// Oldest first. / Äldst först.
    items: Vec<HoldShape>,
}

impl Done {
    fn of(acted: &Acted, hold: Option<String>) -> Self {
        let event = acted.act.deed.event();
        Self {
            record: acted.act.record.clone(),
            event: event.name(),
            title: (&event.text()).into(),
            index: acted.index,
            hold,
            verdict: acted.act.deed.verification().map(|found| found.verdict.clone()),
        }
    }
}

/// The body, or a problem in words that say what was wrong with it.
pub(crate) fn body<T>(body: Body<T>) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|_| {
        Problem::new(
            Kind::BadRequest,
            "Skicka ett JSON-objekt som gränssnittets beskrivning säger. Inget har ändrats.",
            "Send a JSON object as the interface's description says. Nothing was changed.",
        )
    })
}

/// Does something to a record that the caller may see and act upon; told as created.
async fn deed<W>(app: &App, caller: Caller, id: &str, act: W) -> Result<Response, Problem>
where
    W: FnOnce(&Archive, RecordId, &str) -> Result<(Acted, Option<String>), archive::Error> + Send + 'static,
{
    let (acted, hold) = doing::deed(app, &caller, id, act).await?;
    Ok((StatusCode::CREATED, Json(Done::of(&acted, hold))).into_response())
}

/// The holds on a record.
///
/// **På svenska:** Gallringsstoppen på en handling.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/holds",
    tag = "retention",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security(("token" = [])),
    responses((status = 200, description = "The holds. / Stoppen.", body = Holds), Refusals, RoleRefusals, Absent)
)]
pub(crate) async fn holds(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Holds>, Problem> {
    caller.must_read_all()?;
    let (_, found) = visible(&app, &caller, &id).await?;
    let items: Vec<HoldShape> = found.life.holds.iter().map(HoldShape::of).collect();
    Ok(Json(Holds { total: items.len(), items }))
}

/// Stop a record's disposal.
///
/// It wins over every proposal and decision until it is lifted. Needs the role registrar, archivist or administrator.
///
/// **På svenska:** Sätt gallringsstopp. Det går före varje förslag och beslut tills det hävs.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/holds",
    tag = "retention",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    request_body = NewHold,
    security(("token" = [])),
    responses((status = 201, description = "Placed. / Satt.", body = Done), Refusals, RoleRefusals, Absent, UploadRefusals, Conflicts)
)]
pub(crate) async fn hold(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Body<NewHold>,
) -> Result<Response, Problem> {
    let NewHold { reason, contact } = body(asked)?;
    deed(&app, caller, &id, move |archive, id, by| {
        archive.hold(id, &reason, contact.as_deref(), by).map(|(hold, acted)| (acted, Some(hold)))
    })
    .await
}

/// Lift a hold.
///
/// **På svenska:** Häv ett gallringsstopp.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/holds/{hold}/release",
    tag = "retention",
    params(
        ("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror."),
        ("hold" = String, Path, description = "The hold's name. / Stoppets namn."),
    ),
    request_body = Reason,
    security(("token" = [])),
    responses((status = 201, description = "Lifted. / Hävt.", body = Done), Refusals, RoleRefusals, Absent, UploadRefusals, Conflicts)
)]
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller,
    Path((id, hold)): Path<(String, String)>,
    asked: Body<Reason>,
) -> Result<Response, Problem> {
    let Reason { reason } = body(asked)?;
    deed(&app, caller, &id, move |archive, id, by| {
        archive.release(id, Some(&hold), &reason, by).map(|acted| (acted, None))
    })
    .await
}

/// Correct what is stated about a record.
///
/// What was stated before stays among its events; nothing is rewritten.
///
/// **På svenska:** Rätta uppgifter om en handling. Det som stod förut finns kvar bland händelserna.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/corrections",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    request_body = NewCorrection,
    security(("token" = [])),
    responses((status = 201, description = "Corrected. / Rättat.", body = Done), Refusals, RoleRefusals, Absent, UploadRefusals, Conflicts)
)]
pub(crate) async fn correct(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Body<NewCorrection>,
) -> Result<Response, Problem> {
    let NewCorrection { statement, reason } = body(asked)?;
    deed(&app, caller, &id, move |archive, id, by| {
        archive.correct(id, &statement, &reason, by).map(|acted| (acted, None))
    })
    .await
}

/// State that a record belongs with another.
///
/// **På svenska:** Ange att en handling hör ihop med en annan.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/links",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    request_body = NewLink,
    security(("token" = [])),
    responses((status = 201, description = "Linked. / Kopplad.", body = Done), Refusals, RoleRefusals, Absent, UploadRefusals, Conflicts)
)]
pub(crate) async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Body<NewLink>,
) -> Result<Response, Problem> {
    let NewLink { to, relation } = body(asked)?;
    let to: RecordId = to.parse().map_err(|_| Problem::from(Kind::MalformedIdentifier))?;
    deed(&app, caller, &id, move |archive, id, by| archive.link(id, to, &relation, by).map(|acted| (acted, None))).await
}

/// Verify a record's document once more, and keep the answer beside the earlier ones.
///
/// **På svenska:** Kontrollera en handling igen och spara svaret bredvid de tidigare.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/verifications",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    security(("token" = [])),
    responses((status = 201, description = "Verified. / Kontrollerad.", body = Done), Refusals, RoleRefusals, Absent, Conflicts)
)]
pub(crate) async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (acted, hold) = doing::verify(&app, &caller, &id).await?;
    Ok((StatusCode::CREATED, Json(Done::of(&acted, hold))).into_response())
}

/// Make a copy without signatures and personal numbers.
///
/// Its hash is registered, so that whoever checks the copy later is told what it is a copy of. The copy is not kept.
///
/// **På svenska:** Gör en kopia utan underskrifter och personnummer. Dess kontrollsumma registreras, så att den som
/// kontrollerar kopian får veta vad den är en kopia av. Kopian sparas inte.
#[utoipa::path(
    post,
    path = "/api/v1/records/{id}/published-copies",
    tag = "records",
    params(("id" = String, Path, description = "24 hex digits. / 24 hexadecimala siffror.")),
    request_body = NewCopy,
    security(("token" = [])),
    responses(
        (status = 201, description = "The copy. / Kopian.", content(
            (Vec<u8> = "application/pdf"), (Vec<u8> = "text/plain"))),
        Refusals, RoleRefusals, Absent, UploadRefusals, Conflicts,
    )
)]
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Body<NewCopy>,
) -> Result<Response, Problem> {
    let NewCopy { purpose } = body(asked)?;
    let copy = doing::publish(&app, &caller, &id, purpose).await?;
    let kind = if copy.bytes.starts_with(b"%PDF-") { "application/pdf" } else { "text/plain; charset=utf-8" };
    let mut response = (StatusCode::CREATED, [(header::CONTENT_TYPE, kind)], copy.bytes).into_response();
    let tag = HeaderValue::try_from(format!("\"{}\"", copy.sha256)).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}
