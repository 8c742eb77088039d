//! Kontrollera: the first page. USERS 9.1; nothing is stored, and the page says so.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::error::Problem;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    shell: Shell,
    megabytes: u64,
    files: usize,
    /// Nobody is trusted, so that no answer can be "valid".
    trusts_nobody: bool,
}

pub(crate) async fn form(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    let options = app.options();
    let trusts_nobody = app.archive().trust().anchors().is_empty();
    let page = Page {
        megabytes: options.upload_bytes_max / 1_000_000,
        files: options.files_max,
        trusts_nobody,
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}
