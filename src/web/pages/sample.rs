//! Stickprov: records drawn at random, verified again as of now, each with its place in the log computed anew. USERS 9.7.
//! For those who may read all records; nothing is changed and nothing stored, and the page prints as an audit sheet.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::Verification;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::record::RecordId;
use crate::ledger::hash;
use crate::ledger::receipt::Receipt;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::words;
use crate::web::state::App;

/// Records in a sample.
const RECORDS: usize = 25;
/// Draws for each record wanted: entries about what was done to a record, and records drawn before, are passed over.
const DRAWS: usize = 8;

/// A record of the sample.
struct Row {
    entry: String,
    link: String,
    title: String,
    then: String,
    now: String,
    icon: Icon,
    class: &'static str,
    said: &'static str,
}

#[derive(Template)]
#[template(path = "sample.html")]
struct Page {
    shell: Shell,
    rows: Vec<Row>,
    at: Moment,
    name: String,
    size: String,
    checkpoint: String,
    different: usize,
}

pub(crate) async fn draw(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let (work, own) = (app.gate().work().await?, shell.clone());
    let rows = app.ask(move |archive| {
        let _held = work;
        drawn(archive)?.into_iter().map(|(index, id)| row(archive, index, id, &own)).collect::<Result<Vec<_>, _>>()
    });
    let rows: Vec<Row> = rows.await?.into_iter().flatten().collect();
    let page = Page {
        different: rows.iter().filter(|row| row.class != "good").count(),
        rows,
        at: Moment::new(app.archive().now(), shell.language),
        name: caller.name().to_owned(),
        size: moment::number(app.archive().ledger().size()),
        checkpoint: app.archive().ledger().checkpoint().to_string(),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Registrations drawn from the log, each record once, by their places.
fn drawn(archive: &Archive) -> Result<Vec<(u64, RecordId)>, archive::Error> {
    let (size, random) = (archive.ledger().size(), SystemRandom::new());
    let mut found: Vec<(u64, RecordId)> = Vec::new();
    for _ in 0..RECORDS.saturating_mul(DRAWS) {
        let mut bytes = [0; 8];
        if size == 0 || found.len() == RECORDS || random.fill(&mut bytes).is_err() {
            break;
        }
        let index = u64::from_le_bytes(bytes) % size;
        let Some(entry) = Entry::read(&archive.ledger().entry(index)?) else { continue };
        if entry.event == Event::Registered && !found.iter().any(|(drawn, _)| *drawn == index) {
            found.push((index, entry.record));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A record verified again; none where it is disposed of, and has nothing left to verify.
fn row(archive: &Archive, index: u64, id: RecordId, shell: &Shell) -> Result<Option<Row>, archive::Error> {
    let Some(found) = archive.record(id)? else { return Ok(None) };
    if found.life.disposal().is_some() {
        return Ok(None);
    }
    let (language, record) = (shell.language, found.record);
    let again = archive.verify_again(id)?;
    let now = again.map(|report| Verification::of(&report, &record.verification.file.name, archive.body()));
    let same = now.as_ref().is_some_and(|now| now.verdict == record.verification.verdict);
    let (icon, class, said) = outcome(placed(archive, index)?, same, now.is_some(), language);
    Ok(Some(Row {
        entry: moment::number(index.saturating_add(1)),
        link: shell.href(&format!("/handling/{}", record.id)),
        title: record.title.as_deref().map_or_else(|| record.verification.file.name.clone(), masked),
        then: language.of_text(&record.verification.headline).to_owned(),
        now: now.map_or_else(|| "–".to_owned(), |now| language.of_text(&now.headline).to_owned()),
        icon,
        class,
        said,
    }))
}

/// Whether the entry's receipt, made now, leads to the checkpoint of now.
fn placed(archive: &Archive, index: u64) -> Result<bool, archive::Error> {
    let ledger = archive.ledger();
    let leaf = hash::leaf(&ledger.entry(index)?);
    let receipt = ledger.receipt(index, None)?.parse::<Receipt>();
    Ok(receipt.is_ok_and(|receipt| receipt.verify_any(&ledger.vkeys(), &leaf).is_ok()))
}

fn outcome(placed: bool, same: bool, there: bool, language: Language) -> (Icon, &'static str, &'static str) {
    match (placed, there, same) {
        (false, _, _) => {
            (Icon::Cross, "bad", language.say("Beviset i loggen håller inte", "The proof in the log fails"))
        }
        (true, false, _) => (Icon::Cross, "bad", language.say("Filen saknas eller är skadad", "The file is missing")),
        (true, true, false) => {
            (Icon::Question, words::class("indeterminate"), language.say("Annat svar nu", "Another answer now"))
        }
        (true, true, true) => (Icon::Tick, "good", language.say("Stämmer", "In order")),
    }
}
