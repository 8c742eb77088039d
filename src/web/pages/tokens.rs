//! Nycklar: who may come in, for administrators. USERS 9.8: name, rights, until when, last used; shown once.

use askama::Template;
use axum::Extension;
use axum::Form;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::web::auth;
use crate::web::auth::Role;
use crate::web::auth::Token;
use crate::web::auth::Wish;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::noted::Said;
use crate::web::pages::moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// The page's own place.
const PLACE: &str = "/installningar/nycklar";

#[derive(Template)]
#[template(path = "tokens.html")]
struct Page {
    shell: Shell,
    tokens: Vec<Row>,
    roles: Vec<(&'static str, String)>,
    /// The token that was just made, shown this once.
    made: Option<Made>,
    /// What was asked for cannot be.
    refused: Option<String>,
}

struct Made {
    name: String,
    secret: String,
}

/// Why nothing was made.
struct Refused {
    status: StatusCode,
    text: String,
}

struct Row {
    id: String,
    name: String,
    person: Option<String>,
    role: String,
    until: Option<String>,
    ended: bool,
    used: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    name: String,
    role: Role,
    #[serde(default)]
    expires: String,
    #[serde(default)]
    person: String,
}

/// The tokens that there are, and a form to make one.
pub(crate) async fn list(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_administer()?;
    page(&app, &shell, None, None)
}

/// Makes a token and shows it, once.
pub(crate) async fn make(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    caller.must_administer()?;
    let expires = match asked.expires.trim() {
        "" => None,
        typed => match auth::ends(typed) {
            Some(ends) if ends > app.archive().now() => Some(ends),
            Some(_) | None => {
                let (sv, en) = (
                    "Sista dagen är ingen dag, eller har redan varit. Ingen nyckel har skapats.",
                    "The last day is none, or has been. No token was made.",
                );
                let refused = Refused { status: StatusCode::BAD_REQUEST, text: shell.say(sv, en).to_owned() };
                return page(&app, &shell, None, Some(refused));
            }
        },
    };
    let person = Some(asked.person.trim().to_owned()).filter(|person| !person.is_empty());
    let wish = Wish { name: asked.name.trim().to_owned(), role: asked.role, expires, person };
    let (by, now) = (caller.name().to_owned(), app.archive().now());
    let made = app.change_tokens(move |tokens| {
        let secret = tokens.make(wish, Some(&by), now)?;
        Ok((secret, tokens.list().last().cloned()))
    });
    let (secret, token) = match made.await {
        Ok((secret, Some(token))) => (secret, token),
        Ok((_, None)) => return Err(Kind::Internal.into()),
        Err(problem) if matches!(problem.kind, Kind::BadRequest | Kind::Refused) => {
            let text = shell.language.say(problem.detail.sv, problem.detail.en);
            return page(&app, &shell, None, Some(Refused { status: problem.kind.status(), text }));
        }
        Err(problem) => return Err(problem),
    };
    let said = said(&caller, &format!("token create {} {}", token.id, token.role.name()));
    let page = page(&app, &shell, Some(Made { name: token.name, secret }), None)?;
    Ok((Extension(said), page).into_response())
}

/// Removes a token.
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.must_administer()?;
    let by = caller.name().to_owned();
    let token = app.change_tokens(move |tokens| tokens.take(&id, Some(&by))).await?.ok_or(Kind::NotFound)?;
    let said = said(&caller, &format!("token remove {}", token.id));
    Ok((Extension(said), Redirect::to(&shell.href(PLACE))).into_response())
}

fn said(caller: &Caller, what: &str) -> Said {
    Said { who: caller.name().to_owned(), what: what.to_owned() }
}

fn page(app: &App, shell: &Shell, made: Option<Made>, refused: Option<Refused>) -> Result<Response, Problem> {
    let status = refused.as_ref().map_or(StatusCode::OK, |refused| refused.status);
    let word = |role: Role| {
        let text = role.text();
        shell.language.say(text.sv, text.en)
    };
    let day = |at: Timestamp| moment::day(at.to_zoned(TimeZone::UTC).date(), shell.language);
    let row = |token: Token| Row {
        used: app.used().day(&token.id),
        until: token.expires.map(day),
        ended: !token.holds(app.archive().now()),
        role: word(token.role),
        id: token.id,
        name: token.name,
        person: token.person,
    };
    let page = Page {
        tokens: app.tokens().into_iter().map(row).collect(),
        roles: Role::ALL.map(|role| (role.name(), word(role))).into(),
        made,
        refused: refused.map(|refused| refused.text),
        shell: shell.clone(),
    };
    shell.answer(status, &page)
}
