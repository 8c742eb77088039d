//! Granskning: who did what, for auditors and administrators. USERS 4b; the same lines as `sigill audit`.

use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::web::audit;
use crate::web::audit::Line;
use crate::web::audit::Wanted;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// Lines on the page; the command gives more.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    lines: Vec<Line>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    record: String,
    name: String,
    day: String,
}

/// The newest lines that fit.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response, Problem> {
    caller.must_audit()?;
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let record = some(&asked.record).map(|id| id.to_lowercase());
    let wanted = Wanted { record, who: some(&asked.name), day: some(&asked.day), limit: SHOWN };
    let read = app.ask(move |archive| Ok(audit::read(archive.directory(), &wanted))).await?;
    let mut lines = read.map_err(|error| {
        tracing::error!(%error, "the audit log");
        Problem::from(Kind::Internal)
    })?;
    lines.reverse();
    shell.answer(StatusCode::OK, &Page { shell: shell.clone(), asked, lines })
}
