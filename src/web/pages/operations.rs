//! Drift: what doctor sees, for those who look after the archive and those who audit it. USERS 9.8.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::archive::settings::DATA_VERSION;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::finding::Finding;
use crate::web::finding::Status;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "operations.html")]
struct Page {
    shell: Shell,
    at: Moment,
    data_version: u32,
    headline: String,
    errors: usize,
    warnings: usize,
    rows: Vec<Row>,
}

/// One thing looked at: shape, word and colour say the same.
struct Row {
    shape: &'static str,
    word: &'static str,
    class: &'static str,
    subject: String,
    what: String,
    hint: Option<String>,
}

pub(crate) async fn show(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let doctor = app.options().doctor.clone();
    let findings = app.ask(move |archive| Ok(doctor.0.map(|look| look(archive)).unwrap_or_default())).await?;
    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    let (errors, warnings) = (count(Status::Error), count(Status::Warning));
    let headline = match (findings.is_empty(), errors, warnings) {
        (true, ..) => shell.say("Ingen har sett efter.", "Nobody has looked.").to_owned(),
        (_, 0, 0) => shell.say("Allt är som det ska.", "All is well.").to_owned(),
        _ => format!(
            "{}: {errors}. {}: {warnings}.",
            shell.say("Fungerar inte", "Does not work"),
            shell.say("Behöver åtgärd", "Needs attention")
        ),
    };
    let page = Page {
        at: Moment::new(app.archive().now(), shell.language),
        data_version: DATA_VERSION,
        headline,
        errors,
        warnings,
        rows: findings.into_iter().map(|finding| row(finding, &shell)).collect(),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

fn row(finding: Finding, shell: &Shell) -> Row {
    let (shape, class, word) = match finding.status {
        Status::Ok => ("✓", "good", shell.say("Bra", "Good")),
        Status::Warning => ("!", "open", shell.say("Åtgärda", "See to it")),
        Status::Error => ("✕", "bad", shell.say("Fel", "Error")),
    };
    let own = |text: crate::verify::text::Text| shell.say(&text.sv, &text.en).to_owned();
    let subject = own(finding.subject());
    let (what, hint) = (own(finding.what), finding.hint.map(own));
    Row { shape, word, class, subject, what, hint }
}
