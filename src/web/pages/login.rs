//! Logga in, logga ut: a token is handed in once, and the browser gets a session. USERS 9; the token itself is not kept.
//! Where somebody came from is a place of ours, never another's (`door::local`).

use askama::Template;
use axum::Extension;
use axum::Form;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use crate::web::caller::Visitor;
use crate::web::door;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::noted::Said;
use crate::web::pages::provider;
use crate::web::pages::shell::Shell;
use crate::web::session::Holder;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    shell: Shell,
    /// Where to afterwards.
    to: String,
    /// The token that was handed in opens nothing.
    refused: bool,
    /// Who is logged in already.
    name: Option<String>,
    role: String,
    /// The identity provider, by name, and where a login with it begins.
    provider: Option<(String, String)>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

/// The page.
pub(crate) async fn form(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
    shell: Shell,
) -> Result<Response, Problem> {
    page(&app, &shell, &visitor, &asked.to, None)
}

/// A token handed in.
pub(crate) async fn enter(
    State(app): State<App>,
    headers: HeaderMap,
    visitor: Visitor,
    shell: Shell,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let Some(token) = app.authenticate(given.token.trim()) else {
        return page(&app, &shell, &visitor, &given.to, Some(StatusCode::UNAUTHORIZED));
    };
    // Whoever sat here before has left.
    if let Some(before) = door::session(&app, &headers) {
        app.sessions().end(before);
    }
    let said = Said { who: token.actor().to_owned(), what: "login".to_owned() };
    let secret = app.sessions().begin(Holder::Token(token.id), app.archive().now()).map_err(|error| {
        tracing::error!(%error, "a session could not be begun");
        Problem::from(Kind::Internal)
    })?;
    Ok((Extension(said), sent(&app, Some(&secret), &shell, door::local(&given.to))).into_response())
}

/// The session ended.
pub(crate) async fn leave(
    State(app): State<App>,
    headers: HeaderMap,
    Visitor(visitor): Visitor,
    shell: Shell,
) -> Response {
    let now = app.archive().now();
    let holder = door::session(&app, &headers).and_then(|secret| app.sessions().holder(secret, now));
    let said = visitor.known().map(|name| Said { who: name.to_owned(), what: "logout".to_owned() });
    if let Some(secret) = door::session(&app, &headers) {
        app.sessions().end(secret);
    }
    let elsewhere = match holder {
        Some(Holder::Person(_)) => provider::end(&app, &shell).await,
        Some(Holder::Token(_)) | None => None,
    };
    let sent = elsewhere.unwrap_or_else(|| sent(&app, None, &shell, "/"));
    match said {
        Some(said) => (Extension(said), sent).into_response(),
        None => sent,
    }
}

fn sent(app: &App, secret: Option<&str>, shell: &Shell, to: &str) -> Response {
    let to = if to == "/" { shell.href(to) } else { to.to_owned() };
    ([(header::SET_COOKIE, door::cookie(app, secret))], Redirect::to(&to)).into_response()
}

fn page(
    app: &App,
    shell: &Shell,
    Visitor(visitor): &Visitor,
    to: &str,
    refused: Option<StatusCode>,
) -> Result<Response, Problem> {
    let to = door::local(to);
    let role = visitor.role().text();
    let page = Page {
        shell: shell.clone(),
        to: to.to_owned(),
        refused: refused.is_some(),
        name: visitor.known().map(str::to_owned),
        role: shell.language.say(role.sv, role.en),
        provider: app.provider().map(|one| (one.name().to_owned(), shell.login_by(provider::BEGIN, to))),
    };
    shell.answer(refused.unwrap_or(StatusCode::OK), &page)
}
