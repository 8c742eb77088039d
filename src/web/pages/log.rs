//! Logg: what the ledger says of itself, and how to check it without us. USERS 9.7.
//! The public sees event types and numbers; the ledger itself holds nothing else.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::hex;
use crate::archive::entry::Entry;
use crate::ledger::note::Note;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// Entries shown.
const ENTRIES: u64 = 20;

#[derive(Template)]
#[template(path = "log.html")]
struct Page {
    shell: Shell,
    size: u64,
    entries: String,
    root: String,
    origin: String,
    vkey: String,
    checkpoint: String,
    address: String,
    stopped: bool,
    /// When the service had last read every entry from its disk, finding them in order.
    scrubbed: Option<Moment>,
    /// Who has cosigned the checkpoint.
    witnesses: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    number: String,
    at: Option<Moment>,
    what: String,
    link: Option<String>,
}

pub(crate) async fn show(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    let own = shell.clone();
    let rows = app.ask(move |archive| rows(archive, &caller, &own)).await?;
    let ledger = app.archive().ledger();
    let (options, scrubbed) = (app.options(), ledger.scrubbed());
    let size = ledger.size();
    let page = Page {
        size,
        entries: moment::number(size),
        root: hex(&ledger.root()),
        origin: ledger.origin().to_owned(),
        vkey: ledger.vkey(),
        checkpoint: ledger.checkpoint().to_string(),
        address: options.public_url.clone().unwrap_or_else(|| format!("http://{}", options.listen)),
        stopped: app.ledger_stopped(),
        scrubbed: scrubbed.finished.filter(|_| scrubbed.faults.is_empty()).map(|at| Moment::new(at, shell.language)),
        witnesses: witnesses(&ledger.checkpoint(), ledger.origin()),
        rows,
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Names on a checkpoint that are not the log's own.
fn witnesses(checkpoint: &str, origin: &str) -> Vec<String> {
    let Ok(note) = Note::parse(checkpoint) else { return Vec::new() };
    note.signatures().iter().map(|line| line.name.clone()).filter(|name| name != origin).collect()
}

/// The newest entries, newest first.
fn rows(archive: &Archive, caller: &Caller, shell: &Shell) -> Result<Vec<Row>, archive::Error> {
    let size = archive.ledger().size();
    let mut rows = Vec::new();
    for entry in archive.ledger().entries(size.saturating_sub(ENTRIES)..size) {
        let (index, bytes) = entry?;
        let Some(entry) = Entry::read(&bytes) else { continue };
        let seen = archive.record(entry.record)?.filter(|found| caller.sees(found));
        rows.push(Row {
            number: moment::number(index.saturating_add(1)),
            at: Some(Moment::new(entry.at, shell.language)),
            what: {
                let what = entry.event.text();
                shell.language.say(what.sv, what.en)
            },
            link: seen.map(|found| shell.href(&format!("/handling/{}", found.record.id))),
        });
    }
    rows.reverse();
    Ok(rows)
}
