//! Disposal over HTTP: what is due, proposals, decisions by somebody else, the protocol. INTERFACES section 3, USERS 9.6.

use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::disposal::Outcomes;
use crate::archive::disposal::about_backups;
use crate::archive::encoding::Text;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::protocol::Line;
use crate::archive::record::RecordId;
use crate::archive::retention::Due;
use crate::archive::statement::Language as Written;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Conflicts;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::forms;
use crate::web::api::forms::Form;
use crate::web::api::keeping::Body;
use crate::web::api::keeping::Reason;
use crate::web::api::keeping::body;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::since::DisposalShape;
use crate::web::state::App;
use crate::web::wire::Retention;

/// Which day. / Vilken dag.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct By {
    /// The day. / Dagen.
    #[param(example = "2031-12-31")]
    by: String,
    /// Language of problem texts: `sv` or `en`. / Språk för feltexter.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// A record for which something is due. / En handling på tur.
#[derive(Serialize, ToSchema)]
pub(crate) struct DueRecord {
    /// The record. / Handlingen.
    record: String,
    /// Its title. / Dess rubrik.
    title: Option<String>,
    /// `disposal` or `delivery`.
    due: &'static str,
    /// Until when and why. / Hur länge och varför.
    retention: Retention,
}

/// What is due. / Vad som är på tur.
#[derive(Serialize, ToSchema)]
pub(crate) struct DueList {
    /// How many. / Antal.
    total: usize,
    /// Newest first. / Nyast först.
    items: Vec<DueRecord>,
}

/// Records to propose: named, or all whose time has passed on a day; one of the two. / Handlingar att föreslå: namngivna,
/// eller alla vars tid gått ut en viss dag; det ena eller det andra.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"records": ["8d1f0c2a4be69f7035d8a1c2"]}))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProposal {
    /// Their ids. / Deras id.
    #[serde(default)]
    records: Vec<String>,
    /// A day. / En dag.
    #[schema(example = "2031-12-31")]
    due: Option<String>,
}

/// A decision. / Ett beslut.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDecision {
    /// Its number. / Dess nummer.
    #[schema(example = "KS 2031/44")]
    decision: String,
}

/// What became of a list of records. / Vad det blev av handlingarna.
#[derive(Serialize, ToSchema)]
pub(crate) struct Became {
    /// The proposal's name; null where nothing was done. / Förslagets namn.
    #[schema(example = "9f2c41d0")]
    proposal: Option<String>,
    /// The records for which it was done. / Handlingarna det gjordes för.
    done: Vec<String>,
    /// Those that were left out, and why. / De som hoppades över, och varför.
    skipped: Vec<Skipped>,
    /// What happens to copies elsewhere, where something is disposed of. / Vad som händer med säkerhetskopior.
    backups: Option<Text>,
}

/// A record that was left out. / En handling som hoppades över.
#[derive(Serialize, ToSchema)]
pub(crate) struct Skipped {
    /// The record. / Handlingen.
    record: String,
    /// Why. / Varför.
    reason: Text,
}

/// Open proposals. / Öppna förslag.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proposals {
    /// How many. / Antal.
    total: usize,
    /// By name. / Efter namn.
    items: Vec<ProposalShape>,
}

/// A proposal. / Ett förslag.
#[derive(Serialize, ToSchema)]
#[schema(as = Proposal)]
pub(crate) struct ProposalShape {
    /// Its name. / Dess namn.
    proposal: String,
    /// Its records. / Dess handlingar.
    records: Vec<Member>,
}

/// A record of a proposal. / En handling i ett förslag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    /// The record. / Handlingen.
    record: String,
    /// Its title. / Dess rubrik.
    title: Option<String>,
    /// Who proposed it. / Vem som föreslog.
    proposed_by: Option<String>,
    /// Whether a hold stops it. / Om den har gallringsstopp.
    on_hold: bool,
    /// The decision, where there is one. / Beslutet, om det finns.
    disposal: Option<DisposalShape>,
}

/// The protocol of a disposal. / Ett gallringsprotokoll.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProtocolShape {
    /// The proposal, which names it. / Förslaget, som det heter efter.
    proposal: String,
    /// The body. / Myndigheten.
    organisation: Option<String>,
    /// A line for each record. / En rad för varje handling.
    lines: Vec<ProtocolLine>,
}

/// A line of a protocol. / En rad i ett protokoll.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProtocolLine {
    /// The record. / Handlingen.
    record: String,
    /// The index of its registration. / Registreringens post i loggen.
    index: u64,
    /// What it was. / Vad den var.
    title: Option<String>,
    /// The code of its type. / Handlingstypens kod.
    record_type: String,
    /// Diarienummer.
    diary_number: Option<String>,
    /// UTC.
    registered_at: String,
    /// Of its document. / Dokumentets kontrollsumma.
    sha256: String,
    /// What was decided. / Vad som beslutades.
    disposal: DisposalShape,
    /// Who proposed it. / Vem som föreslog.
    proposed_by: String,
    /// Who decided. / Vem som beslutade.
    decided_by: String,
}

impl Became {
    fn of(outcomes: &Outcomes, backups: Option<Text>) -> Self {
        let some = !outcomes.done.is_empty();
        let skipped = outcomes.skipped.iter();
        Self {
            proposal: some.then(|| outcomes.proposal.clone()),
            done: outcomes.done.iter().map(ToString::to_string).collect(),
            skipped: skipped
                .map(|(id, why)| Skipped { record: id.to_string(), reason: (&why.text()).into() })
                .collect(),
            backups: backups.filter(|_| some),
        }
    }
}

impl Member {
    fn of(found: &Found) -> Self {
        let proposed_by = match &found.life.disposal {
            Some(Stage::Proposed(proposed)) => Some(proposed.by.clone()),
            Some(Stage::Decided(disposal) | Stage::Done(disposal)) => Some(disposal.proposed_by.clone()),
            None => None,
        };
        Self {
            record: found.record.id.clone(),
            title: found.record.title.clone(),
            proposed_by,
            on_hold: !found.life.holds.is_empty(),
            disposal: found.life.disposal().map(DisposalShape::of),
        }
    }
}

impl ProtocolLine {
    fn of(line: &Line) -> Self {
        Self {
            record: line.record.clone(),
            index: line.index,
            title: line.title.clone(),
            record_type: line.record_type.clone(),
            diary_number: line.diary_number.clone(),
            registered_at: line.registered_at.clone(),
            sha256: line.sha256.clone(),
            disposal: DisposalShape::of(&line.disposal),
            proposed_by: line.disposal.proposed_by.clone(),
            decided_by: line.disposal.decided_by.clone(),
        }
    }
}

fn day(text: &str) -> Result<jiff::civil::Date, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            Kind::BadRequest,
            "Dagen anges som 2031-12-31. Inget har ändrats.",
            "The day is given as 2031-12-31. Nothing was changed.",
        )
    })
}

/// What may be disposed of or delivered by a day.
///
/// **På svenska:** Vad som får gallras eller levereras till en viss dag.
#[utoipa::path(
    get,
    path = "/api/v1/retention/due",
    tag = "retention",
    params(By),
    security(("token" = [])),
    responses((status = 200, description = "What is due. / Vad som är på tur.", body = DueList), Refusals, RoleRefusals)
)]
pub(crate) async fn due(
    State(app): State<App>,
    caller: Caller,
    asked: Result<axum::extract::Query<By>, QueryRejection>,
) -> Result<Json<DueList>, Problem> {
    caller.must_read_all()?;
    let by = asked.map_err(|_| Problem::from(Kind::BadRequest))?.0.by;
    let by = day(&by)?;
    let due = app.ask(move |archive| archive.due(by)).await?;
    let items: Vec<DueRecord> = due
        .into_iter()
        .map(|(found, answer, what)| DueRecord {
            retention: Retention::of(&found.record.id, &answer),
            record: found.record.id,
            title: found.record.title,
            due: match what {
                Due::Disposal => "disposal",
                Due::Delivery => "delivery",
            },
        })
        .collect();
    Ok(Json(DueList { total: items.len(), items }))
}

/// Open proposals, and what is decided and can be undone.
///
/// **På svenska:** Öppna gallringsförslag, och vad som är beslutat och kan ångras.
#[utoipa::path(
    get,
    path = "/api/v1/disposal-lists",
    tag = "retention",
    security(("token" = [])),
    responses((status = 200, description = "The proposals. / Förslagen.", body = Proposals), Refusals, RoleRefusals)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Proposals>, Problem> {
    caller.must_read_all()?;
    let open = app.ask(crate::archive::Archive::proposals).await?;
    let shape = |one: crate::archive::disposal::Proposal| ProposalShape {
        proposal: one.name,
        records: one.records.iter().map(Member::of).collect(),
    };
    let items: Vec<ProposalShape> = open.into_iter().map(shape).collect();
    Ok(Json(Proposals { total: items.len(), items }))
}

/// Propose to dispose of records; somebody else decides.
///
/// Records that may not be disposed of are left out, each with the reason. Where that leaves none, or none is due, no
/// proposal is made: 409 says why. Needs the role registrar, archivist or administrator.
///
/// **På svenska:** Föreslå gallring; någon annan beslutar. Handlingar som inte får gallras hoppas över, med skäl. Blir inga
/// kvar, eller är ingen på tur, skapas inget förslag: 409 säger varför.
#[utoipa::path(
    post,
    path = "/api/v1/disposal-lists",
    tag = "retention",
    request_body = NewProposal,
    security(("token" = [])),
    responses((status = 201, description = "What became of it. / Vad det blev.", body = Became), Refusals, RoleRefusals, UploadRefusals, Absent, Conflicts)
)]
pub(crate) async fn propose(
    State(app): State<App>,
    caller: Caller,
    asked: Body<NewProposal>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let NewProposal { records, due } = body(asked)?;
    let due = due.as_deref().map(day).transpose()?;
    if due.is_some() && !records.is_empty() {
        return Err(Problem::new(
            Kind::BadRequest,
            "Ange antingen `records` (just de handlingarna) eller `due` (alla vars tid gått ut den dagen), inte båda. Inget \
             har föreslagits.",
            "Give either `records` (those and no others) or `due` (all whose time has passed on that day), not both. Nothing \
             was proposed.",
        ));
    }
    let ids: Result<Vec<RecordId>, _> = records.iter().map(|id| id.parse()).collect();
    let mut ids = ids.map_err(|_| Problem::from(Kind::MalformedIdentifier))?;
    let by = caller.name().to_owned();
    let outcomes = app
        .ask(move |archive| {
            if let Some(by) = due {
                let over = archive.due(by)?.into_iter().filter(|(_, _, what)| *what == Due::Disposal);
                ids.extend(over.filter_map(|(found, _, _)| found.record.id.parse::<RecordId>().ok()));
            }
            archive.propose_disposal(&ids, &by)
        })
        .await?;
    if outcomes.done.is_empty() {
        return Err(nothing(&outcomes));
    }
    told("propose-disposal", &outcomes, None)
}

/// Records whose reasons are told where nothing could be proposed.
const REASONS: usize = 5;

/// That a proposal would propose nothing: why, and what to do.
fn nothing(outcomes: &Outcomes) -> Problem {
    if outcomes.skipped.is_empty() {
        return Problem::new(
            Kind::Refused,
            "Ingen handling är på tur att gallras, så inget förslag skapades. Inget har ändrats. Ange en senare dag i `due` \
             eller handlingar i `records`; GET /api/v1/retention/due visar vad som är på tur och när.",
            "No record is due for disposal, so no proposal was made. Nothing was changed. Give a later day in `due`, or \
             records in `records`; GET /api/v1/retention/due tells what is due and when.",
        );
    }
    let reasons = outcomes.skipped.iter().take(REASONS).map(|(id, why)| (id, why.text()));
    let (sv, en): (Vec<String>, Vec<String>) =
        reasons.map(|(id, why)| (format!("{id}: {}", why.sv), format!("{id}: {}", why.en))).unzip();
    Problem::new(
        Kind::Refused,
        format!("Ingen av handlingarna kan föreslås, så inget förslag skapades. Inget har ändrats. {}", sv.join(" ")),
        format!("None of the records can be proposed, so no proposal was made. Nothing was changed. {}", en.join(" ")),
    )
}

/// Decide a proposal that somebody else made.
///
/// The documents are given out no more, and destroyed when the time to undo it has passed. Records on hold are left out.
/// Needs the role archivist or administrator, and another token than the proposal's.
///
/// **På svenska:** Besluta om någon annans förslag. Dokumenten lämnas inte ut mer och förstörs när tiden att ångra gått ut.
#[utoipa::path(
    post,
    path = "/api/v1/disposal-lists/{proposal}/decision",
    tag = "retention",
    params(("proposal" = String, Path, description = "The proposal's name. / Förslagets namn.")),
    request_body = NewDecision,
    security(("token" = [])),
    responses((status = 201, description = "What became of it. / Vad det blev.", body = Became), Refusals, RoleRefusals, UploadRefusals, Absent, Conflicts)
)]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(proposal): Path<String>,
    asked: Body<NewDecision>,
) -> Result<Response, Problem> {
    caller.must_decide()?;
    let NewDecision { decision } = body(asked)?;
    let by = caller.name().to_owned();
    let outcomes = app.ask(move |archive| archive.decide_disposal(&proposal, &decision, &by)).await?;
    told("decide-disposal", &outcomes, Some((&about_backups()).into()))
}

/// Refuse a proposal, or withdraw it.
///
/// **På svenska:** Avslå ett förslag, eller dra tillbaka det.
#[utoipa::path(
    post,
    path = "/api/v1/disposal-lists/{proposal}/refusal",
    tag = "retention",
    params(("proposal" = String, Path, description = "The proposal's name. / Förslagets namn.")),
    request_body = Reason,
    security(("token" = [])),
    responses((status = 201, description = "What became of it. / Vad det blev.", body = Became), Refusals, RoleRefusals, UploadRefusals, Absent, Conflicts)
)]
pub(crate) async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(proposal): Path<String>,
    asked: Body<Reason>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let Reason { reason } = body(asked)?;
    let by = caller.name().to_owned();
    let outcomes = app.ask(move |archive| archive.refuse_disposal(&proposal, &reason, &by)).await?;
    told("refuse-disposal", &outcomes, None)
}

/// Undo a decision before it is carried out.
///
/// **På svenska:** Ångra ett beslut innan det verkställs.
#[utoipa::path(
    post,
    path = "/api/v1/disposal-lists/{proposal}/undo",
    tag = "retention",
    params(("proposal" = String, Path, description = "The proposal's name. / Förslagets namn.")),
    request_body = Reason,
    security(("token" = [])),
    responses((status = 201, description = "What became of it. / Vad det blev.", body = Became), Refusals, RoleRefusals, UploadRefusals, Absent, Conflicts)
)]
pub(crate) async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(proposal): Path<String>,
    asked: Body<Reason>,
) -> Result<Response, Problem> {
    caller.must_decide()?;
    let Reason { reason } = body(asked)?;
    let by = caller.name().to_owned();
    let outcomes = app.ask(move |archive| archive.undo_disposal(&proposal, &reason, &by)).await?;
    told("undo-disposal", &outcomes, None)
}

/// The protocol of a disposal (gallringsprotokoll).
///
/// With `Accept: application/pdf` as a sealed PDF/A in the language asked for.
///
/// **På svenska:** Gallringsprotokollet; med `Accept: application/pdf` som förseglad PDF.
#[utoipa::path(
    get,
    path = "/api/v1/disposal-lists/{proposal}/protocol",
    tag = "retention",
    params(("proposal" = String, Path, description = "The proposal's name. / Förslagets namn.")),
    security(("token" = [])),
    responses((status = 200, description = "The protocol. / Protokollet.", content(
        (ProtocolShape = "application/json"), (Vec<u8> = "application/pdf"))), Refusals, RoleRefusals, Absent)
)]
pub(crate) async fn protocol(
    State(app): State<App>,
    caller: Caller,
    Path(proposal): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    if forms::asked(&headers) == Form::Pdf {
        let language = Language::of(&uri, &headers).say(Written::Sv, Written::En);
        return doing::protocol(&app, &caller, &proposal, language).await;
    }
    let protocol = app.ask(move |archive| archive.protocol(&proposal)).await?;
    let lines = protocol.lines.iter().map(ProtocolLine::of).collect();
    let shape = ProtocolShape { proposal: protocol.proposal, organisation: protocol.organisation, lines };
    Ok(Json(shape).into_response())
}

fn told(action: &'static str, outcomes: &Outcomes, backups: Option<Text>) -> Result<Response, Problem> {
    doing::noted(action, outcomes.done.len(), outcomes.skipped.len());
    Ok((StatusCode::CREATED, Json(Became::of(outcomes, backups))).into_response())
}
