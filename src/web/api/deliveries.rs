//! Deliveries to a long-term archive and the retention plan, over HTTP: what the pages can do, programs can. USERS 9.6.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Text;
use crate::archive::persons::Mention;
use crate::archive::record::RecordId;
use crate::archive::schedules::Changed;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Conflicts;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::keeping::Body;
use crate::web::api::keeping::body;
use crate::web::api::verifications::FileForm;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::doing::Handed;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;
use crate::web::upload::Upload;

/// A delivery to make. / En leverans att göra.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewDelivery {
    /// Ids of the records. / Handlingarnas id.
    records: Vec<String>,
    /// To whom. / Till vem.
    #[schema(example = "Kommunarkivet")]
    recipient: String,
    /// The agreement that it follows. / Leveransöverenskommelsen.
    agreement: Option<String>,
    /// Copies without signatures go instead. / Kopior utan underskrifter i stället.
    #[serde(default)]
    without_signatures: bool,
}

/// A package that was made. / Ett paket som skapades.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeDelivery {
    /// SHA-256 of the package, hex, which names the delivery. / Paketets kontrollsumma, som leveransen heter efter.
    package: String,
    /// Where it can be fetched for some hours, by whoever made it. / Var det kan hämtas i några timmar.
    file: String,
}

/// What was acknowledged. / Vad som kvitterades.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcknowledgedDelivery {
    /// SHA-256 of the package, hex. / Paketets kontrollsumma.
    package: String,
    /// How many records it has. / Antal handlingar.
    records: usize,
}

/// Make a delivery.
///
/// An E-ARK package of the records with statement, receipt and events; that they are handed over is registered. Needs the
/// role registrar, archivist or administrator.
///
/// **På svenska:** Gör en leverans: ett E-ARK-paket med kontrollintyg, kvitto och händelser. Att den lämnas registreras.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries",
    tag = "retention",
    request_body = NewDelivery,
    security(("token" = [])),
    responses((status = 201, description = "Made. / Gjord.", body = MadeDelivery), Refusals, RoleRefusals, UploadRefusals, Absent, Conflicts)
)]
pub(crate) async fn deliver(
    State(app): State<App>,
    caller: Caller,
    asked: Body<NewDelivery>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let NewDelivery { records, recipient, agreement, without_signatures } = body(asked)?;
    let ids: Result<Vec<RecordId>, _> = records.iter().map(|id| id.parse()).collect();
    let ids = ids.map_err(|_| Problem::from(Kind::MalformedIdentifier))?;
    if ids.is_empty() {
        return Err(Problem::new(
            Kind::BadRequest,
            "Ange minst en handling i records. Inget har ändrats.",
            "Name at least one record in records. Nothing was changed.",
        ));
    }
    let handed = Handed { recipient, agreement, without_signatures };
    let (ticket, package) = doing::deliver(&app, &caller, ids, handed).await?;
    let made = MadeDelivery { package, file: format!("/hamta/{ticket}/fil") };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Keep the acknowledgement of a delivery.
///
/// The body is the recipient's file, or a form with it and `reference`. It is kept with each record of the package.
///
/// **På svenska:** Spara mottagarens kvittens på en leverans. Den sparas med varje handling i paketet.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries/{package}/acknowledgement",
    tag = "retention",
    params(("package" = String, Path, description = "SHA-256 of the package, hex. / Paketets kontrollsumma.")),
    request_body(content(
        (Vec<u8> = "application/octet-stream"),
        (inline(FileForm) = "multipart/form-data")
    ), description = "The acknowledgement. / Kvittensen."),
    security(("token" = [])),
    responses((status = 201, description = "Kept. / Sparad.", body = AcknowledgedDelivery), Refusals, RoleRefusals, UploadRefusals, Absent)
)]
pub(crate) async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    Path(package): Path<String>,
    mut upload: Upload,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let reference = upload.field("reference").map(str::to_owned);
    let file = upload.files.pop().ok_or(Kind::EmptyDocument)?;
    let records = doing::acknowledge(&app, &caller, &package, file, reference).await?;
    if records == 0 {
        return Err(Problem::new(
            Kind::NotFound,
            "Ingen leverans med den kontrollsumman väntar på kvittens. Inget har ändrats.",
            "No delivery of that SHA-256 waits for an acknowledgement. Nothing was changed.",
        ));
    }
    Ok((StatusCode::CREATED, Json(AcknowledgedDelivery { package, records })).into_response())
}

/// About the plan that is sent. / Om planen som skickas.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlanSaid {
    /// Its version. / Dess version.
    #[param(example = "2027.1")]
    version: String,
    /// The decision on it; needed where a term gets shorter. / Beslutet om den; krävs om en frist blir kortare.
    #[param(example = "KS 2027/3")]
    decision: Option<String>,
    /// Whether to put it in force; default false, and only its effect is told. / Om den ska gälla.
    #[param(default = false)]
    adopt: Option<bool>,
    /// Language of problem texts: `sv` or `en`. / Språk för feltexter.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// What a plan changes. / Vad en plan ändrar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanEffect {
    /// Its version. / Dess version.
    version: String,
    /// How many rules it has. / Antal regler.
    rules: usize,
    /// How many records there are. / Antal handlingar.
    records: usize,
    /// How many get another answer. / Antal som påverkas.
    changed: usize,
    /// How many of them may be disposed of sooner. / Antal som får kortare frist.
    shorter: usize,
    /// Whether it is in force now. / Om den gäller nu.
    in_force: bool,
    /// The first hundred that change. / De första hundra som ändras.
    items: Vec<PlanChange>,
}

/// A record for which a plan changes the answer. / En handling som påverkas.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanChange {
    /// The record. / Handlingen.
    record: String,
    /// Why it is kept now. / Varför den sparas nu.
    now: Text,
    /// The same by the plan. / Detsamma enligt planen.
    then: Text,
    /// Whether it may be disposed of sooner. / Om fristen blir kortare.
    shorter: bool,
}

/// Changes told one by one.
const TOLD: usize = 100;

impl PlanChange {
    fn of(one: &Changed) -> Self {
        let (now, then) = ((&one.now.reason).into(), (&one.then.reason).into());
        Self { record: one.record.clone(), now, then, shorter: one.shorter }
    }
}

/// See what a document plan would change, or put it in force.
///
/// The body is the plan as a table (CSV: *handlingstyp;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum*). Without `adopt`
/// nothing changes. A shorter term needs `decision`. Needs the role archivist or administrator.
///
/// **På svenska:** Se vad en dokumenthanteringsplan skulle ändra, eller låt den gälla. Utan `adopt` ändras inget.
#[utoipa::path(
    post,
    path = "/api/v1/retention/plans",
    tag = "retention",
    params(PlanSaid),
    request_body(content((String = "text/csv")), description = "The table. / Tabellen."),
    security(("token" = [])),
    responses((status = 200, description = "What it changes. / Vad den ändrar.", body = PlanEffect), Refusals, RoleRefusals, UploadRefusals, Conflicts)
)]
pub(crate) async fn plan(
    State(app): State<App>,
    caller: Caller,
    said: Result<QueryString<PlanSaid>, QueryRejection>,
    upload: Upload,
) -> Result<Json<PlanEffect>, Problem> {
    caller.must_decide()?;
    let said = said.map_err(|_| Problem::from(Kind::BadRequest))?.0;
    let file = upload.files.first().ok_or(Kind::EmptyDocument)?;
    let text = doing::plan_of(&file.bytes, "plan", &said.version)?;
    let effect = doing::plan(&app, &caller, text, said.decision, said.adopt.unwrap_or(false)).await?;
    Ok(Json(PlanEffect {
        version: effect.version,
        rules: effect.rules,
        records: effect.preview.records,
        changed: effect.preview.changed.len(),
        shorter: effect.preview.shorter().count(),
        in_force: effect.in_force,
        items: effect.preview.changed.iter().take(TOLD).map(PlanChange::of).collect(),
    }))
}

/// About whom. / Om vem.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AboutPerson {
    /// A name, or a whole personal number; neither is logged. / Ett namn eller ett helt personnummer; loggas inte.
    #[schema(example = "Anna Ek")]
    person: String,
}

/// Where a person is named. / Var en person nämns.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonReport {
    /// How many records. / Antal handlingar.
    total: usize,
    /// Record by record. / Handling för handling.
    items: Vec<Named>,
}

/// A record that names somebody. / En handling som nämner någon.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// The record. / Handlingen.
    record: String,
    /// Its title. / Dess rubrik.
    title: Option<String>,
    /// As what. / Som vad.
    roles: Vec<BTreeMap<&'static str, String>>,
}

impl Named {
    fn of(mention: Mention) -> Self {
        let role = |text: crate::verify::text::Text| BTreeMap::from([("sv", text.sv), ("en", text.en)]);
        let (record, title) = (mention.found.record.id, mention.found.record.title);
        Self { record, title, roles: mention.roles.into_iter().map(role).collect() }
    }
}

/// See where a person is named.
///
/// For whoever asks what the archive holds about her. In the body, so that no name and no number stands in an address. Reads
/// every record. Needs the role registrar, archivist or administrator.
///
/// **På svenska:** Se var en person nämns, för den som frågar vad arkivet har om henne. Läser alla handlingar.
#[utoipa::path(
    post,
    path = "/api/v1/person-reports",
    tag = "records",
    request_body = AboutPerson,
    security(("token" = [])),
    responses((status = 200, description = "Where. / Var.", body = PersonReport), Refusals, RoleRefusals, UploadRefusals)
)]
pub(crate) async fn person(
    State(app): State<App>,
    caller: Caller,
    asked: Body<AboutPerson>,
) -> Result<Json<PersonReport>, Problem> {
    caller.must_keep()?;
    let AboutPerson { person } = body(asked)?;
    if person.trim().chars().count() < 2 {
        return Err(Problem::new(
            Kind::BadRequest,
            "Ange ett namn eller ett personnummer. Inget har ändrats.",
            "Give a name or a personal number. Nothing was changed.",
        ));
    }
    let work = app.gate().work().await?;
    let found = app
        .ask(move |archive| {
            let _held = work;
            archive.about(&person)
        })
        .await?;
    doing::noted("person-report", found.len(), 0);
    let items: Vec<Named> = found.into_iter().map(Named::of).collect();
    Ok(Json(PersonReport { total: items.len(), items }))
}
