//! Every route on one page. INTERFACES section 3.
//! What is described in OpenAPI is routed from the description, so that the two cannot part.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use axum::routing::get;
use axum::routing::post;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use crate::archive::Archive;
use crate::ledger::witness::REQUEST_BYTES_MAX;
use crate::web::api::deliveries;
use crate::web::api::disposals;
use crate::web::api::evidence;
use crate::web::api::forms;
use crate::web::api::health;
use crate::web::api::info;
use crate::web::api::jobs;
use crate::web::api::keeping;
use crate::web::api::ledger;
use crate::web::api::records;
use crate::web::api::revisions;
use crate::web::api::search;
use crate::web::api::transactions;
use crate::web::api::verifications;
use crate::web::api::webhooks;
use crate::web::api::witness;
use crate::web::auth;
use crate::web::caller;
use crate::web::caller::Right;
use crate::web::cors;
use crate::web::door;
use crate::web::guard;
use crate::web::limit;
use crate::web::oidc;
use crate::web::options::Options;
use crate::web::pages;
use crate::web::repeat;
use crate::web::state::App;

/// For programs. What is sent goes through `guarded`, which is told who may.
fn api(guarded: impl Fn(Right, MethodRouter<App>) -> MethodRouter<App>) -> OpenApiRouter<App> {
    let acts = acts().into_iter().flat_map(|(right, acts)| acts.into_iter().map(move |act| (right, act)));
    acts.fold(asked(), |api, (right, act)| api.routes(act.map(|methods| guarded(right, methods))))
}

/// What is asked for: each is answered by what they may see.
fn asked() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(info::Head::openapi())
        .routes(routes!(jobs::read, jobs::cancel))
        .routes(routes!(records::find))
        .routes(routes!(records::read))
        .routes(routes!(records::document))
        .routes(routes!(revisions::list))
        .routes(routes!(revisions::read))
        .routes(routes!(evidence::again))
        .routes(routes!(evidence::piece))
        .routes(routes!(forms::report))
        .routes(routes!(forms::statement))
        .routes(routes!(records::receipt))
        .routes(routes!(records::retention))
        .routes(routes!(records::events))
        .routes(routes!(keeping::holds))
        .routes(routes!(disposals::due))
        .routes(routes!(disposals::list))
        .routes(routes!(disposals::protocol))
        .routes(routes!(webhooks::list))
        .routes(routes!(transactions::read))
        .routes(routes!(info::api_info))
        .routes(routes!(info::openapi_json))
        .routes(routes!(health::version))
        .routes(routes!(health::metrics))
        .merge(tiles())
        .merge(cosigning())
}

/// What is sent, by who may: that is asked before anything of it is looked at (`caller::only`).
fn acts() -> [(Right, Vec<UtoipaMethodRouter<App>>); 6] {
    let anybody = vec![routes!(verifications::verify), routes!(verifications::revision)];
    let read = vec![routes!(search::search)];
    let register = vec![routes!(records::register), routes!(forms::issue)];
    let keep = vec![
        routes!(keeping::hold),
        routes!(keeping::release),
        routes!(keeping::correct),
        routes!(keeping::link),
        routes!(keeping::verify),
        routes!(keeping::publish),
        routes!(disposals::propose),
        routes!(disposals::refuse),
        routes!(deliveries::deliver),
        routes!(deliveries::acknowledge),
        routes!(deliveries::person),
    ];
    let decide = vec![routes!(disposals::decide), routes!(disposals::undo), routes!(deliveries::plan)];
    let administer = vec![routes!(webhooks::test)];
    [
        (Right::None, anybody),
        (Right::ReadAll, read),
        (Right::Register, register),
        (Right::Keep, keep),
        (Right::Decide, decide),
        (Right::Administer, administer),
    ]
}

/// For whoever asks whether the service is there: never shed, so that a full house is not taken for a dead one.
fn pulse() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health::alive)).routes(routes!(health::live)).routes(routes!(health::ready))
}

/// For tools that read C2SP logs, also from other sites' pages.
fn tiles() -> OpenApiRouter<App> {
    let anyone = SetResponseHeaderLayer::overriding(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    OpenApiRouter::new()
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(ledger::vkey))
        .routes(routes!(ledger::vkeys))
        .routes(routes!(ledger::succession))
        .routes(routes!(ledger::policy))
        .routes(routes!(witness::view))
        .routes(routes!(witness::vkeys))
        // The one route that is described by hand (in `info::Head`): OpenAPI knows no paths of several parts.
        .route("/tile/{*path}", get(ledger::piece))
        .layer(anyone)
}

/// For other archives' ledgers, which we witness.
fn cosigning() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(witness::add_checkpoint))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX.saturating_add(1)))
}

/// For people.
fn pages(batch: usize) -> Router<App> {
    Router::new()
        .route("/", get(pages::check::form))
        .route("/kontrollera", get(pages::check::form).post(pages::verdict::check))
        .route("/sok", get(pages::look_up::search).post(pages::look_up::receipt))
        .route("/handling/{id}", get(pages::record::show))
        .route("/handling/{id}/document", get(pages::record::document))
        .route("/register", get(pages::register::show))
        .route("/register.csv", get(pages::register::export))
        .route("/handling/{id}/{what}", get(pages::acting::form).post(pages::acting::act))
        .route("/handling/{id}/gallringsstopp/{hold}", get(pages::acting::release_form).post(pages::acting::release))
        .route("/hamta/{ticket}", get(pages::fetch::about))
        .route("/hamta/{ticket}/fil", get(pages::fetch::file))
        .merge(disposal())
        .merge(adding(batch))
        .route("/logg", get(pages::log::show))
        .route("/logg/kontrollpunkt", get(pages::consistency::show))
        .route("/logg/stickprov", post(pages::sample::draw))
        .route(door::LOGIN, get(pages::login::form).post(pages::login::enter))
        .route(pages::provider::BEGIN, get(pages::provider::begin))
        .route(oidc::ANSWER, get(pages::provider::finish))
        .route(door::LOGOUT, post(pages::login::leave))
        .route("/installningar/nycklar", get(pages::tokens::list).post(pages::tokens::make))
        .route("/installningar/nycklar/{id}/ta-bort", post(pages::tokens::remove))
        .route("/installningar/granskning", get(pages::audit::show))
        .route("/sa-kontrollerar-vi", get(pages::small::how))
        .route("/hjalp/adobe", get(pages::small::adobe))
        .route("/tillganglighet", get(pages::small::accessibility))
        .route("/api", get(pages::api::show))
        .route("/drift", get(pages::operations::show))
        .route("/.well-known/security.txt", get(pages::security::contact))
        .route("/problem/{slug}", get(pages::problem::explain))
        .route("/style.css", get(pages::small::style))
        .route("/app.js", get(pages::small::script))
        .route("/integritet", get(pages::small::privacy))
        .route("/sakerhet", get(pages::small::security))
        .route("/icon.svg", get(pages::small::icon))
}

/// For people who register: more bytes than elsewhere, since they wait on disk.
fn adding(batch: usize) -> Router<App> {
    use pages::adding;
    Router::new()
        .route("/register/lagg-till", get(adding::choose).post(adding::upload))
        .layer(DefaultBodyLimit::max(batch))
        .route("/register/lagg-till/{ticket}", get(adding::review).post(adding::save))
}

/// For people who dispose and deliver.
fn disposal() -> Router<App> {
    use pages::disposal::delivery;
    use pages::disposal::holds;
    use pages::disposal::proposal;
    use pages::disposal::protocols;
    use pages::disposal::rules;
    use pages::disposal::todo;
    Router::new()
        .route("/gallring", get(todo::show))
        .route("/gallring/att-gallra.csv", get(todo::dispose_csv))
        .route("/gallring/att-leverera.csv", get(todo::deliver_csv))
        .route("/gallring/forslag", post(todo::propose))
        .route("/gallring/forslag/{name}", get(proposal::show))
        .route("/gallring/forslag/{name}/{deed}", post(proposal::act))
        .route("/gallring/leverans", get(delivery::form).post(delivery::make))
        .route("/gallring/leverans/{package}/kvittens", get(delivery::receipt_form).post(delivery::receive))
        .route("/gallring/stopp", get(holds::show))
        .route("/gallring/stopp.csv", get(holds::export))
        .route("/gallring/regler", get(rules::show))
        .route("/gallring/regler.csv", get(rules::export))
        .route("/gallring/regler/ny", get(rules::form).post(rules::read))
        .route("/gallring/regler/ny/{ticket}", get(rules::preview).post(rules::adopt))
        .route("/gallring/protokoll", get(protocols::show))
        .route("/gallring/protokoll.csv", get(protocols::export))
        .route("/gallring/protokoll/{name}", get(protocols::one))
}

/// For whoever watches the machine: nothing else is there, and nobody is asked who he is.
fn watched() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/version", get(health::version))
        .route("/metrics", get(health::figures))
}

/// What is served: the service, and beside it what watches it.
pub(crate) struct Routers {
    pub(crate) service: Router,
    pub(crate) watch: Router,
}

/// The whole service as a router, for tests.
///
/// # Errors
/// The tokens cannot be read.
pub fn router(archive: Arc<Archive>, options: Options) -> Result<Router, auth::Error> {
    Ok(routers(archive, options)?.service)
}

/// The whole service, for serving.
pub(crate) fn routers(archive: Arc<Archive>, options: Options) -> Result<Routers, auth::Error> {
    let upload = usize::try_from(options.upload_bytes_max).unwrap_or(usize::MAX);
    // What a form adds to its files.
    let batch = usize::try_from(options.batch_bytes_max.saturating_add(1_000_000)).unwrap_or(usize::MAX);
    let (time, silence) = (options.request_time_max, options.silence_time_max);
    let app = App::new(archive, options)?;
    // The last layer is the outermost.
    let once = from_fn_with_state(app.clone(), repeat::once);
    let guarded = |right, act: MethodRouter<App>| {
        act.route_layer(once.clone()).route_layer(from_fn_with_state(right, caller::only))
    };
    let (api, _) = api(guarded).split_for_parts();
    let (pulse, _) = pulse().split_for_parts();
    let pulse = pulse
        .layer(TimeoutLayer::with_status_code(guard::TIMED_OUT, time))
        .layer(CatchPanicLayer::custom(guard::panicked));
    let watch = watched().layer(CatchPanicLayer::custom(guard::panicked)).with_state(app.clone());
    let service = api
        .merge(pages(batch))
        .layer(DefaultBodyLimit::max(upload))
        .layer(RequestBodyTimeoutLayer::new(silence))
        .layer(TimeoutLayer::with_status_code(guard::TIMED_OUT, time))
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(app.clone(), limit::bounds))
        .merge(pulse)
        .layer(from_fn_with_state(app.clone(), guard::observe))
        .layer(from_fn_with_state(app.clone(), cors::answer))
        .with_state(app);
    Ok(Routers { service, watch })
}

/// The description of the interface, OpenAPI 3.1.
pub fn openapi() -> openapi::OpenApi {
    api(|_, act| act).merge(pulse()).into_openapi()
}
