//! Sök: by anything one can hold in the hand. USERS 9.3: "wrong form" and "not there" are two answers.
//! A personal number is never looked for, and never repeated on the page.

use askama::Template;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::attested;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::archive::search::Matter;
use crate::archive::then;
use crate::format::minutes::transaction::TransactionId;
use crate::ledger::hash;
use crate::ledger::receipt::Receipt;
use crate::verify::mask::masked;
use crate::web::api::query;
use crate::web::api::records;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::words;
use crate::web::state::App;
use crate::web::upload::Upload;

/// Records shown of a search by words; the API gives the rest.
const WORDED_SHOWN: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
    text: Option<String>,
}

/// What came of it.
enum Outcome {
    Nothing,
    Malformed,
    Absent,
    Hits(Vec<Hit>),
    /// Records that have words, with how many there are and whether all were looked through.
    Worded {
        hits: Vec<Hit>,
        total: usize,
        whole: bool,
    },
    /// There was no word to look for.
    NoWords,
    /// What was handed in is no receipt of this log.
    NoReceipt,
}

/// A record in a list.
struct Hit {
    link: String,
    title: String,
    diary_number: Option<String>,
    registered: Option<Moment>,
    icon: Icon,
    class: &'static str,
    headline: String,
    /// That the id asked for is only printed in it.
    note: Option<String>,
    /// What of it has the words looked for: heading and decision.
    matters: Vec<(String, Option<String>)>,
}

#[derive(Template)]
#[template(path = "look_up.html")]
struct Page {
    shell: Shell,
    asked: String,
    /// The words asked for.
    text: String,
    outcome: Outcome,
}

pub(crate) async fn search(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(Asked { q, text }): QueryString<Asked>,
) -> Result<Response, Problem> {
    let (asked, text) = (q.unwrap_or_default(), text.unwrap_or_default());
    let words = asked.trim().is_empty() && !text.trim().is_empty();
    let outcome =
        if words { worded(&app, &caller, &shell, &text).await? } else { look(&app, caller, &shell, &asked).await? };
    if let Outcome::Hits(hits) = &outcome
        && let [one] = hits.as_slice()
    {
        return Ok(Redirect::to(&one.link).into_response());
    }
    let status = match outcome {
        Outcome::Malformed | Outcome::NoWords | Outcome::NoReceipt => StatusCode::BAD_REQUEST,
        Outcome::Nothing | Outcome::Absent | Outcome::Hits(_) | Outcome::Worded { .. } => StatusCode::OK,
    };
    let (asked, text) = (masked(&asked), masked(&text));
    shell.answer(status, &Page { shell: shell.clone(), asked, text, outcome })
}

/// The record that a receipt is for, if the receipt holds. The receipt is read and forgotten.
pub(crate) async fn receipt(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    upload: Upload,
) -> Result<Response, Problem> {
    let text = upload.files.first().map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default();
    let all = caller.reads_all();
    let found = app.ask(move |archive| receipted(archive, &text, all)).await?;
    let outcome = match found {
        Some(Some(id)) => return Ok(Redirect::to(&shell.href(&format!("/handling/{id}"))).into_response()),
        Some(None) => Outcome::Absent,
        None => Outcome::NoReceipt,
    };
    let status = if matches!(outcome, Outcome::NoReceipt) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    shell.answer(status, &Page { shell: shell.clone(), asked: String::new(), text: String::new(), outcome })
}

/// The record a receipt names, as far as it may be shown; outside none: it is no receipt of this log, or does not hold.
fn receipted(archive: &Archive, text: &str, all: bool) -> Result<Option<Option<RecordId>>, archive::Error> {
    let ledger = archive.ledger();
    let Some(receipt) = text.parse::<Receipt>().ok().filter(|receipt| receipt.index < ledger.size()) else {
        return Ok(None);
    };
    let leaf = hash::leaf(&ledger.entry(receipt.index)?);
    if receipt.verify_any(&ledger.vkeys(), &leaf).is_err() {
        return Ok(None);
    }
    let Some(id) = archive.record_of_index(receipt.index)? else { return Ok(Some(None)) };
    Ok(Some(archive.record_shown(id, all)?.map(|_| id)))
}

async fn look(app: &App, caller: Caller, shell: &Shell, asked: &str) -> Result<Outcome, Problem> {
    if asked.trim().is_empty() {
        return Ok(Outcome::Nothing);
    }
    let Ok(meanings) = query::anything(asked) else { return Ok(Outcome::Malformed) };
    let found = app.ask(move |archive| records::matching(archive, &[meanings], &caller)).await?;
    let id = TransactionId::parse(asked.trim()).ok();
    let hits: Vec<Hit> =
        found.iter().map(|found| Hit { note: printed(found, id.as_ref(), shell), ..hit(found, shell) }).collect();
    Ok(if hits.is_empty() { Outcome::Absent } else { Outcome::Hits(hits) })
}

/// Records by words in their matters and decisions, the last registered first.
async fn worded(app: &App, caller: &Caller, shell: &Shell, text: &str) -> Result<Outcome, Problem> {
    let Ok(terms) = query::terms(text) else { return Ok(Outcome::NoWords) };
    let all = caller.reads_all();
    let searched = app.ask(move |archive| archive.search(&terms, all, 0, WORDED_SHOWN)).await?;
    let told = |matter: &Matter| {
        let number = matter.number.map(|number| format!("§ {number} ")).unwrap_or_default();
        (format!("{number}{}", matter.title), matter.snippet.clone())
    };
    let hits = searched.hits.iter();
    let hits = hits.map(|one| Hit { matters: one.matters.iter().map(told).collect(), ..hit(&one.found, shell) });
    Ok(Outcome::Worded { hits: hits.collect(), total: searched.total, whole: searched.whole })
}

/// That the transaction id asked for is no signature's, where it only stands in the text.
fn printed(found: &Found, id: Option<&TransactionId>, shell: &Shell) -> Option<String> {
    let id = id?;
    let alone = attested::printed_alone(&found.record.verification);
    let is_it = |text: &String| TransactionId::parse(text).is_ok_and(|own| own.key() == id.key());
    let why = attested::not_a_signatures();
    alone.iter().any(is_it).then(|| format!("Transaktions-ID: {}.", shell.language.say(why.sv, why.en)))
}

fn hit(found: &Found, shell: &Shell) -> Hit {
    let record = &found.record;
    let verdict = record.verification.verdict.as_str();
    let (then, title) = (then::headline(&record.verification), record.called());
    Hit {
        link: shell.href(&format!("/handling/{}", record.id)),
        title: shell.language.say(title.sv, title.en),
        diary_number: record.diary_number.as_deref().map(masked),
        registered: Moment::read(&record.registered_at, shell.language),
        icon: Icon::of_verdict(verdict),
        class: words::class(verdict),
        headline: match then::disposal(&found.life) {
            Some(_) => shell.say("Gallrad", "Disposed of").to_owned(),
            None => shell.language.say(then.sv, then.en),
        },
        note: None,
        matters: Vec::new(),
    }
}
