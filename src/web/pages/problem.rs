//! Refusals for people: what happened, whether anything was saved, what to do. USERS 10; RFC 9457, `type`.

use askama::Template;
use axum::extract::Path;
use axum::http::Method;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::web::door;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::check;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    shell: Shell,
    title: String,
    detail: String,
    /// What the kind of problem means in general; the same as `detail` where nothing more is known.
    explanation: String,
    status: u16,
    slug: &'static str,
    /// Where to log in, where that may help.
    login: Option<String>,
    /// Names the request in the log; none on the page that only explains.
    request: Option<String>,
}

impl Page {
    fn of(shell: Shell, problem: &Problem, request: Option<String>) -> Self {
        let say = |text: crate::verify::text::Text| shell.language.say(text.sv, text.en);
        Self {
            title: say(problem.kind.title()),
            detail: say(problem.detail.clone()),
            explanation: say(problem.kind.explanation()),
            status: problem.kind.status().as_u16(),
            slug: problem.kind.slug(),
            login: None,
            request,
            shell,
        }
    }
}

/// A refusal as a page.
pub(crate) fn page(app: &App, shell: Shell, problem: &Problem, method: &Method, request: &str) -> Response {
    if shell.is_form() && !matches!(problem.kind, Kind::Forbidden | Kind::MethodNotAllowed) {
        return check::refused(app, &shell, problem, request).unwrap_or_else(|_| problem.kind.status().into_response());
    }
    let mut page = Page::of(shell.clone(), problem, Some(request.to_owned()));
    // Back to what was looked at. What was sent is not sent again for somebody else.
    let hidden = problem.kind == Kind::NotFound && shell.name().is_none();
    let wanted = hidden || matches!(problem.kind, Kind::Unauthorized | Kind::Forbidden);
    page.login = wanted.then(|| if method.is_safe() { shell.login() } else { shell.href(door::LOGIN) });
    shell.answer(problem.kind.status(), &page).unwrap_or_else(|_| problem.kind.status().into_response())
}

/// What a kind of problem means.
pub(crate) async fn explain(shell: Shell, Path(slug): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.slug() == slug).ok_or(Kind::NotFound)?;
    let page = Page::of(shell.clone(), &kind.into(), None);
    shell.answer(StatusCode::OK, &page)
}
