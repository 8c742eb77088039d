//! The ledger for foreign tools, byte for byte. C2SP tlog-tiles v0.1.0 and tlog-checkpoint v1.0.0.
//! Tiles never change and are cached for ever; the checkpoint is asked for anew.

use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::ledger::tile;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Keep;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::tagged;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

const TEXT: &str = "text/plain; charset=utf-8";

/// The newest signed checkpoint.
///
/// **På svenska:** Den senaste undertecknade kontrollpunkten.
#[utoipa::path(
    get,
    path = "/checkpoint",
    tag = "ledger",
    responses((status = 200, description = "A signed note. / En undertecknad not.", body = String,
               content_type = "text/plain"), Refusals)
)]
pub(crate) async fn checkpoint(State(app): State<App>, headers: HeaderMap) -> Response {
    let note = app.archive().ledger().checkpoint();
    tagged(&headers, TEXT, note.as_bytes().to_vec(), Keep::AskAgain)
}

/// The ledger's public key, for checking without us.
///
/// **På svenska:** Loggens publika nyckel, för att kontrollera utan oss.
#[utoipa::path(
    get,
    path = "/ledger.vkey",
    tag = "ledger",
    responses((status = 200, description = "A vkey on one line. / En vkey på en rad.", body = String,
               content_type = "text/plain"), Refusals)
)]
pub(crate) async fn vkey(State(app): State<App>, headers: HeaderMap) -> Response {
    let line = format!("{}\n", app.archive().ledger().vkey());
    tagged(&headers, TEXT, line.into_bytes(), Keep::AskAgain)
}

/// Every public key of the ledger, one on each line. Those in force come first: the one of `/ledger.vkey`, and one that
/// outlives quantum computers (ML-DSA-44). A retired one is followed by `until`, the size of the largest tree that it may
/// have signed, and when it was replaced; `/ledger.succession` proves it.
///
/// **På svenska:** Loggens alla publika nycklar, en på varje rad, de gällande först. Efter en som bytts ut står `until`,
/// hur många poster den som mest får ha undertecknat, och när den byttes.
#[utoipa::path(
    get,
    path = "/ledger.vkeys",
    tag = "ledger",
    responses((status = 200, description = "vkeys. / vkeys.", body = String, content_type = "text/plain"), Refusals)
)]
pub(crate) async fn vkeys(State(app): State<App>, headers: HeaderMap) -> Response {
    tagged(&headers, TEXT, app.archive().published_keys().into_bytes(), Keep::AskAgain)
}

/// How the ledger's keys were changed: for each change its entry and the proof under both keys, as tlog-proofs one after
/// the other. Appended to a file with an old key, it leads whoever trusts that one to the key of now. Empty where the keys
/// were never changed.
///
/// **På svenska:** Hur loggens nycklar har bytts, bevisat av både den gamla och den nya. Läggs det till en fil med en
/// gammal nyckel så leder det den som litar på den till den nya.
#[utoipa::path(
    get,
    path = "/ledger.succession",
    tag = "ledger",
    responses((status = 200, description = "Receipts. / Kvitton.", body = String, content_type = "text/plain"), Refusals)
)]
pub(crate) async fn succession(State(app): State<App>, headers: HeaderMap) -> Response {
    tagged(&headers, TEXT, app.archive().ledger().succession().to_string().into_bytes(), Keep::AskAgain)
}

/// Which keys and which witnesses a receipt of this ledger is judged by (C2SP tlog-policy), to be kept with receipts.
///
/// **På svenska:** Vilka nycklar och vittnen ett kvitto från loggen prövas mot, att spara med kvitton.
#[utoipa::path(
    get,
    path = "/ledger.policy",
    tag = "ledger",
    responses((status = 200, description = "A policy. / En policy.", body = String, content_type = "text/plain"),
              Refusals)
)]
pub(crate) async fn policy(State(app): State<App>, headers: HeaderMap) -> Response {
    tagged(&headers, TEXT, app.archive().trust_file().into_bytes(), Keep::AskAgain)
}

/// A tile of hashes or a bundle of entries.
///
/// `tile/<level>/<index>[.p/<width>]` and `tile/entries/<index>[.p/<width>]`, the index in groups of three digits. Entries
/// hold salted commitments only: no name, no number, no guessable hash.
///
/// **På svenska:** En del av loggens träd, eller en bunt poster. Posterna innehåller inga personuppgifter.
#[utoipa::path(
    get,
    path = "/tile/{path}",
    tag = "ledger",
    params(("path" = String, Path, description = "As C2SP tlog-tiles says. / Enligt C2SP tlog-tiles.", example = "0/000")),
    responses((status = 200, description = "The bytes. / Byten.", body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 304, description = "You have it already. / Du har den redan."),
              Refusals, Absent)
)]
pub(crate) async fn piece(
    State(app): State<App>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A path that names no tile is as absent as a tile beyond the end.
    let path: tile::Path = format!("tile/{path}").parse().map_err(|_| Kind::NotFound)?;
    let bytes = app
        .ask(move |archive| {
            let ledger = archive.ledger();
            Ok(match path {
                tile::Path::Tile { level, index, width } => ledger.tile_bytes(level, index, width)?,
                tile::Path::Bundle { index, width } => ledger.bundle_bytes(index, width)?,
            })
        })
        .await?
        .ok_or(Kind::NotFound)?;
    Ok(tagged(&headers, "application/octet-stream", bytes, Keep::Immutable))
}
