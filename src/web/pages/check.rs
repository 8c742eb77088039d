//! Kontrollera: the first page. USERS 9.1; nothing is stored, and the page says so.
//! What a form's answer refuses is said above the form that can be sent again (WCAG 3.3.1).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::error::Problem;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// What was wrong with what was sent.
struct Wrong {
    title: String,
    detail: String,
    /// Names the request in the log.
    request: Option<String>,
}

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    shell: Shell,
    megabytes: u64,
    files: usize,
    /// Nobody is trusted, so that no answer can be "valid".
    trusts_nobody: bool,
    error: Option<Wrong>,
}

impl Page {
    fn new(app: &App, shell: &Shell, error: Option<Wrong>) -> Self {
        let options = app.options();
        Self {
            megabytes: options.upload_bytes_max / 1_000_000,
            files: options.files_max,
            trusts_nobody: app.archive().trust().anchors().is_empty(),
            error,
            shell: shell.clone(),
        }
    }
}

pub(crate) async fn form(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    shell.answer(StatusCode::OK, &Page::new(&app, &shell, None))
}

/// The form again, with what was wrong with what was sent.
pub(crate) fn refused(app: &App, shell: &Shell, problem: &Problem, request: &str) -> Result<Response, Problem> {
    let title = problem.kind.title();
    let error = Wrong {
        title: shell.language.say(title.sv, title.en),
        detail: shell.language.say(problem.detail.sv.clone(), problem.detail.en.clone()),
        request: Some(request.to_owned()),
    };
    shell.answer(problem.kind.status(), &Page::new(app, shell, Some(error)))
}
