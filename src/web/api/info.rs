//! About the interface: `api-info` and the OpenAPI description. DIGG's REST API profile VER.06 and DOK.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::Response;
use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::security::HttpAuthScheme;
use utoipa::openapi::security::HttpBuilder;
use utoipa::openapi::security::SecurityScheme;

use crate::web::api::answer::Keep;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::tagged;
use crate::web::api::contract;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::error::ProblemDocument;
use crate::web::state::App;
use crate::web::wire::ApiInfo;

/// Version of the interface, not of the program.
const API_VERSION: &str = "1.0.0";
/// The day that version appeared.
const API_RELEASED: &str = "2026-11-22";

/// The head of the description; the router adds every call.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "sigill",
        version = "1.0.0",
        description = "Verifies Swedish electronically signed minutes, registers them in an append-only ledger, and \
                       answers questions about them. Errors are RFC 9457 problems in the language of `Accept-Language`. \
                       Times are RFC 3339 in UTC. Personal numbers are masked and never parameters.\n\n\
                       **På svenska:** Kontrollerar elektroniskt underskrivna protokoll, registrerar dem i en logg som \
                       bara kan växa, och svarar på frågor om dem. Fel följer RFC 9457 på det språk `Accept-Language` \
                       anger. Personnummer maskas och är aldrig parametrar.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
        contact(name = "The body that runs this service / Myndigheten som driver tjänsten", url = "/tillganglighet"),
    ),
    tags(
        (name = "verifications", description = "Verify without storing. / Kontrollera utan att spara."),
        (name = "jobs", description = "Many files, without waiting. / Många filer, utan att vänta."),
        (name = "records", description = "Register, find, read. / Registrera, sök, läs."),
        (name = "retention", description = "Due, holds, disposal by two persons. / På tur, gallringsstopp, gallring."),
        (name = "transactions", description = "Look up a Transaktions-ID. / Slå upp ett Transaktions-ID."),
        (name = "webhooks", description = "Telling other systems. / Besked till andra system."),
        (name = "ledger", description = "C2SP tlog-tiles, for foreign tools. / För främmande verktyg."),
        (name = "operations", description = "Health and metrics. / Drift."),
        (name = "about", description = "About the interface. / Om gränssnittet."),
    ),
    paths(crate::web::api::ledger::piece),
    components(schemas(ProblemDocument)),
    modifiers(&Token),
)]
pub(crate) struct Head;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sgl_…").description(Some(
            "A token made with `sigill token`. Roles: public, auditor, registrar, archivist, administrator. / En nyckel \
             gjord med `sigill token`.",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// About this interface and the ledger behind it.
///
/// **På svenska:** Om gränssnittet och loggen bakom det.
#[utoipa::path(get, path = "/api/v1/api-info", tag = "about",
    responses((status = 200, description = "About. / Om.", body = ApiInfo), Refusals))]
pub(crate) async fn api_info(State(app): State<App>) -> Json<ApiInfo> {
    let base = app.options().public_url.as_deref().unwrap_or_default();
    let archive = app.archive();
    Json(ApiInfo {
        api_name: "sigill",
        api_version: API_VERSION,
        api_released: API_RELEASED,
        api_documentation: format!("{base}/api/v1/openapi.json"),
        api_status: "active",
        software_version: env!("CARGO_PKG_VERSION"),
        organisation: archive.organisation().map(str::to_owned),
        origin: archive.ledger().origin().to_owned(),
        vkey: archive.ledger().vkey(),
    })
}

/// This description.
///
/// **På svenska:** Den här beskrivningen.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json"), Refusals))]
pub(crate) async fn openapi_json(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(&contract::document(app.options())).map_err(|_| Kind::Internal)?;
    let mut response = tagged(&headers, "application/json", bytes, Keep::AskAgain);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    Ok(response)
}
