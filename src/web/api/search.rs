//! Looking people up: by the words of a name, in a body and never in an address. DIGG's REST profile RES.02; SWEDEN 4.7.
//! Whoever asks is written down; what was asked for is not.

use axum::Json;
use axum::extract::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Text;
use crate::verify::mask::masked;
use crate::web::api::answer::Refusals;
use crate::web::api::answer::RoleRefusals;
use crate::web::api::answer::UploadRefusals;
use crate::web::api::keeping::Body;
use crate::web::api::keeping::body;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::guard::RequestId;
use crate::web::state::App;
use crate::web::wire::RecordSummary;

/// Records in one answer when nobody says otherwise (FNS.07).
const LIMIT: usize = 20;
/// Records in one answer at most.
const LIMIT_MAX: usize = 100;
/// The shortest name that is looked for, in characters: less names everybody.
const NAME_CHARS_MIN: usize = 3;
/// The longest, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Whom to look for. / Vem som söks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// A name, or a part of one; never a personal number. / Ett namn eller en del av det; aldrig ett personnummer.
    #[schema(example = "Anna Ek")]
    person: String,
    /// Records in the answer, 1 to 100; default 20. / Antal i svaret.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    limit: Option<usize>,
    /// Records to pass over; default 0. / Antal att hoppa över.
    #[schema(minimum = 0, example = 0)]
    offset: Option<usize>,
}

/// Records that name somebody. / Handlingar som nämner någon.
#[derive(Serialize, ToSchema)]
pub(crate) struct Mentions {
    /// How many there are in all. / Hur många som finns.
    total: usize,
    /// As asked. / Som frågat.
    limit: usize,
    /// As asked. / Som frågat.
    offset: usize,
    /// Oldest first. / Äldst först.
    items: Vec<Mentioned>,
}

/// A record, and as what it names her. / En handling, och som vad den nämner henne.
#[derive(Serialize, ToSchema)]
pub(crate) struct Mentioned {
    /// The record. / Handlingen.
    record: RecordSummary,
    /// For example as a signer, or as adjuster. / Till exempel som undertecknare eller justerare.
    roles: Vec<Text>,
}

/// Look for a person by name.
///
/// In signatures, signature pages and minutes. Every record is read, so that this takes its time. A personal number is refused: it is never
/// a parameter. Needs a token that reads everything; that somebody asked is written to the audit log, the name is not.
///
/// **På svenska:** Sök en person på namn i underskrifter, underskriftssidor och protokoll. Personnummer tas inte emot. Kräver
/// en nyckel som läser allt; att någon frågat skrivs i granskningsloggen, namnet gör det inte.
#[utoipa::path(
    post,
    path = "/api/v1/search",
    tag = "records",
    request_body(content = Wanted, description = "Whom. / Vem."),
    security(("token" = [])),
    responses(
        (status = 200, description = "What was found. / Det som hittades.", body = Mentions),
        Refusals,
        RoleRefusals,
        UploadRefusals,
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    Extension(request): Extension<RequestId>,
    caller: Caller,
    asked: Body<Wanted>,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let Wanted { person, limit, offset } = body(asked)?;
    let (limit, offset) = (limit.unwrap_or(LIMIT), offset.unwrap_or(0));
    let person = person.trim().to_owned();
    let long = person.chars().count() >= NAME_CHARS_MIN && person.len() <= NAME_BYTES_MAX;
    let digits = person.chars().filter(char::is_ascii_digit).count();
    if !long || digits > NAME_CHARS_MIN || masked(&person) != person || !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::new(
            Kind::BadRequest,
            format!(
                "`person` är ett namn på minst {NAME_CHARS_MIN} tecken, inte ett nummer; `limit` är från 1 till {LIMIT_MAX}. \
                 Inget har ändrats."
            ),
            format!(
                "`person` is a name of at least {NAME_CHARS_MIN} characters, not a number; `limit` is from 1 to {LIMIT_MAX}. \
                 Nothing was changed."
            ),
        ));
    }
    let work = app.gate().work().await?;
    let found = app.ask(move |archive| {
        let _held = work;
        archive.about(&person)
    });
    let found = found.await?;
    let total = found.len();
    tracing::info!(target: "sigill::audit", actor = caller.name(), action = "search-person", found = total, request = request.0);
    let items = found.into_iter().skip(offset).take(limit).map(|mention| Mentioned {
        record: RecordSummary::of(&mention.found, &caller),
        roles: mention.roles.iter().map(Into::into).collect(),
    });
    let items = items.collect();
    Ok(Json(Mentions { total, limit, offset, items }).into_response())
}
