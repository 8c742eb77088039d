//! The verdict: one file's page, or a table for several. USERS 1d and 9.2.
//! Made from the stored form of a verification, which is masked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::archive;
use crate::archive::Archive;
use crate::archive::catalogue::Query;
use crate::archive::encoding::Verification;
use crate::archive::record::unhex;
use crate::verify::mask::masked;
use crate::web::api::verifications;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::words::Answer;
use crate::web::state::App;
use crate::web::upload::Upload;

/// The technical details of a verification.
#[derive(Template)]
#[template(path = "details.html")]
pub(crate) struct Details {
    pub(crate) shell: Shell,
    pub(crate) found: Verification,
}

impl askama::filters::HtmlSafe for Details {}

/// What stands between the heading and the details, on verdict and record pages.
#[derive(Template)]
#[template(path = "answer.html")]
pub(crate) struct Body {
    pub(crate) shell: Shell,
    pub(crate) answer: Answer,
}

impl askama::filters::HtmlSafe for Body {}

/// The record that holds the same bytes, as far as this caller may know.
#[derive(Clone)]
struct Registered {
    id: String,
    diary_number: Option<String>,
    at: Option<Moment>,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct One {
    shell: Shell,
    file: String,
    size: String,
    sha256: String,
    checked: Option<Moment>,
    policy: String,
    answer: Answer,
    registered: Option<Registered>,
    keeper: Option<String>,
    body: Body,
    details: Details,
}

#[derive(Template)]
#[template(path = "verdicts.html")]
struct Several {
    shell: Shell,
    rows: Vec<One>,
}

pub(crate) async fn check(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    upload: Upload,
) -> Result<Response, Problem> {
    let found = verifications::all(&app, &caller, upload).await?;
    let (looked, language) = (found.clone(), shell.language);
    let look = move |one: &Verification, archive: &Archive| registered(archive, one, &caller, language);
    let known: Vec<Option<Registered>> =
        app.ask(move |archive| looked.iter().map(|one| look(one, archive)).collect()).await?;
    let keeper = app.archive().organisation().map(str::to_owned);
    let one = |(found, registered)| page(&shell, keeper.clone(), found, registered);
    let mut rows: Vec<One> = found.into_iter().zip(known).map(one).collect();
    match (rows.pop(), rows.is_empty()) {
        (Some(only), true) => shell.answer(StatusCode::OK, &only),
        (last, _) => {
            rows.extend(last);
            shell.answer(StatusCode::OK, &Several { shell: shell.clone(), rows })
        }
    }
}

fn registered(
    archive: &Archive,
    found: &Verification,
    caller: &Caller,
    language: Language,
) -> Result<Option<Registered>, archive::Error> {
    let Some(sha256) = unhex(&found.file.sha256) else { return Ok(None) };
    let known = archive.find_shown(&[Query::Document(sha256)], caller.reads_all())?.pop().map(|known| known.record);
    Ok(known.map(|record| Registered {
        at: Moment::read(&record.registered_at, language),
        diary_number: record.diary_number.as_deref().map(masked),
        id: record.id,
    }))
}

fn page(shell: &Shell, keeper: Option<String>, found: Verification, registered: Option<Registered>) -> One {
    let answer = Answer::of(&found, shell.language);
    One {
        shell: shell.clone(),
        file: found.file.name.clone(),
        size: moment::size(found.file.size, shell.language),
        sha256: found.file.sha256.clone(),
        checked: Moment::read(&found.checked_at, shell.language),
        policy: format!("{} {}", found.policy.name, found.policy.version),
        registered,
        keeper,
        body: Body { shell: shell.clone(), answer: answer.clone() },
        answer,
        details: Details { shell: shell.clone(), found },
    }
}
