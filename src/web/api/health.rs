//! Whether the service lives, and whether it can be relied on; figures for Prometheus. INTERFACES section 3.
//! Ready means that documents can be registered: a ledger that has stopped is not ready, though checks still work.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::archive::Archive;
use crate::archive::backup::last;
use crate::archive::encoding::Text;
use crate::archive::settings::DATA_VERSION;
use crate::archive::witness::Witnesses;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note::VerifierKey;
use crate::store::disk;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;
use crate::web::wire::Check;
use crate::web::wire::Health;
use crate::web::wire::Program;

/// The service answers. Also as `/livez`.
///
/// **På svenska:** Tjänsten svarar. Även som `/livez`.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "It lives. / Den lever.", body = Health)))]
pub(crate) async fn alive() -> Json<Health> {
    Json(Health { status: "ok", checks: Vec::new() })
}

/// The same as `/healthz`, by the name that orchestrators use.
///
/// **På svenska:** Samma som `/healthz`.
#[utoipa::path(get, path = "/livez", tag = "operations",
    responses((status = 200, description = "It lives. / Den lever.", body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    alive().await
}

/// The service can be relied on; each check by its name.
///
/// **På svenska:** Tjänsten går att lita på; varje kontroll för sig.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready. / Redo.", body = Health),
              (status = 503, description = "Not ready; the checks say why. / Inte redo; kontrollerna säger varför.",
               body = Health)))]
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let mut checks = vec![ledger(&app), catalogue(&app).await, trust(&app), lists(&app), retention(&app), scrub(&app)];
    checks.extend(witnesses(&app));
    let failed = checks.iter().any(|check| check.status == "failed");
    let (code, status) = if failed { (StatusCode::SERVICE_UNAVAILABLE, "failed") } else { (StatusCode::OK, "ok") };
    (code, Json(Health { status, checks })).into_response()
}

fn check(id: &'static str, status: &'static str, hint: Option<(&str, &str)>) -> Check {
    Check { id, status, hint: hint.map(|(sv, en)| Text { sv: sv.to_owned(), en: en.to_owned() }) }
}

/// It has not stopped, and what it publishes is signed by its own key.
fn ledger(app: &App) -> Check {
    let ledger = app.archive().ledger();
    let key = ledger.vkey().parse::<VerifierKey>().ok();
    let signed = key.is_some_and(|key| Checkpoint::verify(&ledger.checkpoint(), &key).is_ok());
    if let Some(alarm) = ledger.alarm() {
        let troubled = troubled(app);
        let (sv, en) = (
            format!(
                "Ett vittne säger sig ha sett något annat av loggen än det som finns här, och inget undertecknas: {alarm} \
                 ({troubled}). Spara katalogen som den är. Visar vittnet en kontrollpunkt som vi själva undertecknat är en \
                 äldre kopia återlagd: återställ den nyaste. Visar det ingen, och `sigill check`, säkerhetskopian och de \
                 andra vittnena säger att allt stämmer, är det vittnet som har fel: ta bort dess rad ur witnesses.policy \
                 och starta om tjänsten."
            ),
            format!(
                "A witness says that it has seen something else of the ledger than what is here, and nothing is signed: \
                 {alarm} ({troubled}). Keep the directory as it is. If the witness shows a checkpoint that we have signed \
                 ourselves, an older copy was put back: restore the newest. If it shows none, and `sigill check`, the \
                 backup and the other witnesses say that all is well, the witness is wrong: take its line out of \
                 witnesses.policy and restart the service."
            ),
        );
        return check("ledger", "failed", Some((&sv, &en)));
    }
    if !app.archive().is_in_place() {
        return check(
            "ledger",
            "failed",
            Some((
                "Arkivets mapp finns inte längre där den öppnades: flyttad, borttagen eller en disk som inte är monterad. \
                 Stoppa tjänsten, lägg tillbaka mappen och starta igen; är den borta, återställ säkerhetskopian.",
                "The archive's directory is no longer where it was opened: moved, deleted, or on a disk that is not mounted. \
                 Stop the service, put the directory back and start again; if it is gone, restore the backup.",
            )),
        );
    }
    if app.ledger_stopped() {
        return check(
            "ledger",
            "failed",
            Some((
                "Loggen har stannat. Starta om tjänsten; öppningen reparerar.",
                "The ledger has stopped. Restart the service; opening repairs it.",
            )),
        );
    }
    if !signed {
        return check(
            "ledger",
            "failed",
            Some((
                "Kontrollpunkten går inte att kontrollera med loggens nyckel. Kör `sigill check`.",
                "The checkpoint does not verify with the ledger's key. Run `sigill check`.",
            )),
        );
    }
    check("ledger", "ok", None)
}

/// Look-ups are answered.
async fn catalogue(app: &App) -> Check {
    match app.ask(Archive::is_answering).await {
        Ok(true) => check("catalogue", "ok", None),
        Ok(false) | Err(_) => check(
            "catalogue",
            "failed",
            Some((
                "Sökregistret svarar inte som det ska. Kör `sigill check`, och `sigill rebuild` om den säger det.",
                "The catalogue does not answer as it should. Run `sigill check`, and `sigill rebuild` if it says so.",
            )),
        ),
    }
}

/// The ledger's witnesses, where it has any, have seen it. That some do not answer is a warning: registration goes on.
fn witnesses(app: &App) -> Option<Check> {
    app.archive().witnesses()?;
    let troubled = troubled(app);
    if troubled.is_empty() {
        return Some(check("witnesses", "ok", None));
    }
    let (sv, en) = (
        format!("Vittnen svarar inte som de ska ({troubled}). Registrering fungerar; kvitton kan få vänta."),
        format!("Witnesses do not answer as they should ({troubled}). Registration works; receipts may have to wait."),
    );
    Some(check("witnesses", "warning", Some((&sv, &en))))
}

/// What is wrong with which witnesses.
fn troubled(app: &App) -> String {
    let standing = app.archive().witnesses().map(Witnesses::standing).unwrap_or_default();
    let told = |(url, trouble): &(String, Option<String>)| trouble.as_ref().map(|trouble| format!("{url}: {trouble}"));
    standing.witnesses.iter().filter_map(told).collect::<Vec<_>>().join("; ")
}

/// Somebody is trusted. Without that everything works and nothing is ever `valid`: a warning.
fn trust(app: &App) -> Check {
    if !app.archive().trust_problems().is_empty() {
        return check(
            "trust",
            "warning",
            Some((
                "Någon fil i trust/ går inte att läsa. Kör `sigill doctor`.",
                "Some file in trust/ cannot be read. Run `sigill doctor`.",
            )),
        );
    }
    if app.archive().trust().anchors().is_empty() {
        return check(
            "trust",
            "warning",
            Some((
                "Inga betrodda utfärdare. Inget svar kan bli ”giltig”. Lägg certifikat i arkivets trust/.",
                "No trusted issuers. No answer can be \"valid\". Put certificates in the archive's trust/.",
            )),
        );
    }
    check("trust", "ok", None)
}

/// What lies on disk is what was written, as far as it has been read again. Registering works meanwhile: a warning.
fn scrub(app: &App) -> Check {
    if app.archive().ledger().scrubbed().faults.is_empty() {
        return check("scrub", "ok", None);
    }
    check(
        "scrub",
        "warning",
        Some((
            "Något på disken är inte som det skrevs. Stoppa tjänsten och kör `sigill check`, som säger vad som ska göras.",
            "Something on disk is not as it was written. Stop the service and run `sigill check`, which says what to do.",
        )),
    )
}

/// No trust list has run out. One that has vouches for nothing that came after: a warning.
fn lists(app: &App) -> Check {
    let now = app.archive().now();
    let trust = app.archive().trust();
    let ended = trust.lists().iter().find(|list| list.next.is_none_or(|next| next <= now));
    match ended {
        None => check("trust-lists", "ok", None),
        Some(list) => {
            let (name, issued) = (&list.name, list.issued.strftime("%F"));
            let sv = format!("Förteckningen {name} från {issued} har gått ut. Kör `sigill trust update`.");
            let en = format!("The list {name} of {issued} has run out. Run `sigill trust update`.");
            check("trust-lists", "warning", Some((&sv, &en)))
        }
    }
}

/// The schedule can be followed. Otherwise everything is kept: a warning.
fn retention(app: &App) -> Check {
    match app.archive().schedule_problem() {
        None => check("retention", "ok", None),
        Some(_) => check(
            "retention",
            "warning",
            Some((
                "Gallringsplanen kan inte följas, så allt bevaras. Kör `sigill doctor`.",
                "The retention schedule cannot be followed, so everything is kept. Run `sigill doctor`.",
            )),
        ),
    }
}

/// Which program this is, and which archives it reads.
///
/// **På svenska:** Vilket program detta är, och vilka arkiv det läser.
#[utoipa::path(get, path = "/version", tag = "operations",
    responses((status = 200, description = "The program's version. / Programmets version.", body = Program)))]
pub(crate) async fn version() -> Json<Program> {
    Json(Program { name: "sigill", version: env!("CARGO_PKG_VERSION"), data_version: DATA_VERSION })
}

/// Figures for Prometheus, for whoever asks on this machine, and elsewhere for whoever may read everything. Best asked on
/// the separate listener (`metrics_listen`).
///
/// **På svenska:** Mätvärden för Prometheus, för den som frågar på samma dator, och annars för den som får läsa allt.
/// Frågas helst på den särskilda adressen (`metrics_listen`).
#[utoipa::path(get, path = "/metrics", tag = "operations", security((), ("token" = [])),
    responses((status = 200, description = "Prometheus' text format. / Prometheus textformat.", body = String,
               content_type = "text/plain"), Refusals, RoleRefusals, Absent))]
pub(crate) async fn metrics(State(app): State<App>, caller: Caller, request: Request) -> Result<Response, Problem> {
    if !asked_here(&request) {
        caller.must_read_all()?;
    }
    figures(State(app)).await
}

/// Whether a program on this machine asks by itself: a proxy says for whom it asks.
fn asked_here(request: &Request) -> bool {
    const THROUGH: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    from.is_some_and(|ConnectInfo(from)| from.ip().to_canonical().is_loopback())
        && !THROUGH.iter().any(|name| request.headers().contains_key(*name))
}

/// The figures, for the listener that only this machine, or whoever was let in to it, reaches.
pub(crate) async fn figures(State(app): State<App>) -> Result<Response, Problem> {
    let handle = app.options().metrics.as_ref().ok_or(Kind::NotFound)?;
    metrics::gauge!("sigill_ledger_size").set(figure(app.archive().ledger().size()));
    metrics::gauge!("sigill_ledger_stopped").set(if app.ledger_stopped() { 1.0 } else { 0.0 });
    metrics::gauge!("sigill_upload_bytes_reserved").set(figure(app.gate().reserved()));
    let scrubbed = app.archive().ledger().scrubbed();
    metrics::gauge!("sigill_scrub_cycles").set(figure(scrubbed.cycles));
    metrics::gauge!("sigill_scrub_entries").set(figure(scrubbed.entries));
    metrics::gauge!("sigill_scrub_faults").set(figure(u64::try_from(scrubbed.faults.len()).unwrap_or(u64::MAX)));
    metrics::gauge!("sigill_ledger_alarm").set(if app.archive().ledger().alarm().is_some() { 1.0 } else { 0.0 });
    if let Some(witnesses) = app.archive().witnesses() {
        let seen = app.archive().ledger().cosigned().map_or(0, |cosigned| cosigned.size);
        metrics::gauge!("sigill_ledger_witnessed_size").set(figure(seen));
        let troubled = witnesses.standing().witnesses.iter().filter(|(_, trouble)| trouble.is_some()).count();
        metrics::gauge!("sigill_witnesses_in_trouble").set(figure(u64::try_from(troubled).unwrap_or(u64::MAX)));
    }
    let trust = app.archive().trust();
    let anchors = u64::try_from(trust.anchors().len()).unwrap_or(u64::MAX);
    metrics::gauge!("sigill_trust_anchors").set(figure(anchors));
    let now = app.archive().now();
    for list in trust.lists() {
        let seconds = |of: SignedDuration| of.as_secs_f64();
        metrics::gauge!("sigill_trust_list_age_seconds", "list" => list.name.clone())
            .set(seconds(now.duration_since(list.issued)));
        // A closed list has run out when it was issued.
        metrics::gauge!("sigill_trust_list_remaining_seconds", "list" => list.name.clone())
            .set(seconds(list.next.unwrap_or(list.issued).duration_since(now)));
    }
    kept(&app);
    handle.run_upkeep();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response())
}

/// What is told of the directory: its last backup, and the room that is left. Nothing where that is not known.
fn kept(app: &App) {
    let directory = app.archive().directory();
    let at = last(directory).and_then(|last| last.at.parse::<Timestamp>().ok());
    if let Some(at) = at {
        metrics::gauge!("sigill_backup_at_seconds").set(at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64());
    }
    if let Some(free) = disk::free(directory) {
        // Kilobytes fit a count for four terabytes; more is room enough.
        metrics::gauge!("sigill_disk_free_bytes").set(figure(free / 1024) * 1024.0);
    }
}

/// A count as Prometheus takes it; counts beyond 2^32 are given as that.
fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
