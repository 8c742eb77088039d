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

use crate::archive::look_up::Found;
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

#[derive(Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
}

/// What came of it.
enum Outcome {
    Nothing,
    Malformed,
    Absent,
    Hits(Vec<Hit>),
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
}

#[derive(Template)]
#[template(path = "look_up.html")]
struct Page {
    shell: Shell,
    asked: String,
    outcome: Outcome,
}

pub(crate) async fn search(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(Asked { q }): QueryString<Asked>,
) -> Result<Response, Problem> {
    let asked = q.unwrap_or_default();
    let outcome = look(&app, caller, &shell, &asked).await?;
    if let Outcome::Hits(hits) = &outcome
        && let [one] = hits.as_slice()
    {
        return Ok(Redirect::to(&one.link).into_response());
    }
    let status = match outcome {
        Outcome::Malformed => StatusCode::BAD_REQUEST,
        Outcome::Nothing | Outcome::Absent | Outcome::Hits(_) => StatusCode::OK,
    };
    shell.answer(status, &Page { shell: shell.clone(), asked: masked(&asked), outcome })
}

async fn look(app: &App, caller: Caller, shell: &Shell, asked: &str) -> Result<Outcome, Problem> {
    if asked.trim().is_empty() {
        return Ok(Outcome::Nothing);
    }
    let Ok(meanings) = query::anything(asked) else { return Ok(Outcome::Malformed) };
    let found = app.ask(move |archive| records::matching(archive, &[meanings], &caller)).await?;
    let hits: Vec<Hit> = found.iter().map(|found| hit(found, shell)).collect();
    Ok(if hits.is_empty() { Outcome::Absent } else { Outcome::Hits(hits) })
}

fn hit(found: &Found, shell: &Shell) -> Hit {
    let record = &found.record;
    let verdict = record.verification.verdict.as_str();
    Hit {
        link: shell.href(&format!("/handling/{}", record.id)),
        title: record.title.as_deref().map_or_else(|| record.verification.file.name.clone(), masked),
        diary_number: record.diary_number.as_deref().map(masked),
        registered: Moment::read(&record.registered_at, shell.language),
        icon: Icon::of_verdict(verdict),
        class: words::class(verdict),
        headline: shell.language.of_text(&record.verification.headline).to_owned(),
    }
}
