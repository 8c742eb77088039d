//! Webhooks: how it stands with those who are told, and a message to try one with. Standard Webhooks 1.0.
//! Who is told is written in the archive's `webhooks.toml`; addresses and secrets are not given out here.

use axum::Json;
use axum::extract::Extension;
use axum::extract::Path;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::Archive;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::guard::RequestId;
use crate::web::state::App;
use crate::web::webhooks;
use crate::web::webhooks::Endpoint;

/// Those who are told. / De som får besked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Webhooks {
    /// How many. / Antal.
    total: usize,
    /// In the file's order. / I filens ordning.
    items: Vec<Webhook>,
}

/// One who is told. / En som får besked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    /// By which it is known here. / Vad den heter här.
    #[schema(example = "diariet")]
    name: String,
    /// Ledger entries that it has not been told of. / Poster i loggen som den inte fått besked om.
    #[schema(example = 0)]
    behind: u64,
    /// Attempts that failed since one succeeded. / Försök som misslyckats i rad.
    #[schema(example = 0)]
    failures: usize,
    /// When something was delivered last, UTC. / När något senast kom fram.
    delivered_at: Option<String>,
    /// When it is tried again, UTC. / När nästa försök görs.
    again_at: Option<String>,
    /// What went wrong last. / Vad som senast gick fel.
    #[schema(example = "http status: 500")]
    trouble: Option<String>,
}

/// What came of trying. / Hur försöket gick.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tried {
    /// Whether it arrived: it was answered with 2xx. / Om det kom fram: svaret var 2xx.
    delivered: bool,
    /// Why not. / Varför inte.
    #[schema(example = "http status: 500")]
    trouble: Option<String>,
}

impl Webhook {
    fn of(endpoint: &Endpoint, archive: &Archive) -> Self {
        let state = endpoint.state(archive);
        Self {
            name: endpoint.name.clone(),
            behind: archive.ledger().size().saturating_sub(state.next),
            failures: state.failures,
            delivered_at: state.delivered_at().map(|at| at.to_string()),
            again_at: state.again_at().map(|at| at.to_string()),
            trouble: state.trouble,
        }
    }
}

/// Administrators alone: nobody else both registers and decides.
fn must_administer(caller: &Caller) -> Result<(), Problem> {
    caller.must_register()?;
    caller.must_decide()
}

fn endpoints(app: &App) -> Result<Vec<Endpoint>, Problem> {
    webhooks::endpoints(app.archive().directory()).map_err(|error| {
        tracing::error!(%error, "webhooks");
        Problem::new(
            Kind::Internal,
            "webhooks.toml går inte att läsa; loggen säger varför. Inget har skickats.",
            "webhooks.toml cannot be read; the log says why. Nothing was sent.",
        )
    })
}

/// How it stands with those who are told of what happens.
///
/// Told are: `record.registered`, `record.verification-failed` and `ledger.alarm`, with ids alone: no names, no titles. Needs
/// the role administrator.
///
/// **På svenska:** Hur det står till med dem som får besked om nya handlingar, kontroller som inte håller och loggens larm.
/// Beskeden innehåller inga personuppgifter. Kräver rollen administrator.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    tag = "webhooks",
    security(("token" = [])),
    responses((status = 200, description = "Those who are told. / De som får besked.", body = Webhooks), Refusals, RoleRefusals)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Webhooks>, Problem> {
    must_administer(&caller)?;
    let all = endpoints(&app)?;
    let items: Vec<Webhook> =
        app.ask(move |archive| Ok(all.iter().map(|one| Webhook::of(one, archive)).collect())).await?;
    Ok(Json(Webhooks { total: items.len(), items }))
}

/// Send a message that tells of nothing (`sigill.test`), to see that it arrives.
///
/// Needs the role administrator.
///
/// **På svenska:** Skicka ett besked om ingenting, för att se att det kommer fram. Kräver rollen administrator.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{name}/test",
    tag = "webhooks",
    params(("name" = String, Path, description = "As in webhooks.toml. / Som i webhooks.toml.", example = "diariet")),
    security(("token" = [])),
    responses((status = 200, description = "What came of it. / Hur det gick.", body = Tried), Refusals, RoleRefusals, Absent)
)]
pub(crate) async fn test(
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Tried>, Problem> {
    must_administer(&caller)?;
    let endpoint = endpoints(&app)?.into_iter().find(|one| one.name == name).ok_or(Kind::NotFound)?;
    let tried = app.ask(move |archive| Ok(endpoint.test(archive.ledger().origin(), archive.now())));
    let trouble = tried.await?.err().map(|trouble| trouble.to_string());
    let delivered = trouble.is_none();
    tracing::info!(target: "sigill::audit", actor = caller.name(), action = "test-webhook", delivered, request = request.0);
    Ok(Json(Tried { delivered, trouble }))
}
