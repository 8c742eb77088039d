//! The small pages: how we check, why Adobe says something else, accessibility; style sheet and icon. USERS 9.8.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::verify::trust::Anchor;
use crate::verify::trust::ListName;
use crate::web::api::answer::Keep;
use crate::web::api::answer::tagged;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("app.js");
const ICON: &str = include_str!("icon.svg");

#[derive(Template)]
#[template(path = "how.html")]
struct How {
    shell: Shell,
    policy: String,
    statement: Vec<String>,
    anchors: Vec<AnchorView>,
    lists: Vec<ListView>,
    unreadable: usize,
}

/// A trust list and its age.
struct ListView {
    name: String,
    number: u64,
    issued: String,
    days: i64,
    next: Option<String>,
    ended: bool,
    anchors: usize,
}

impl ListView {
    fn of(list: &ListName, now: Timestamp, language: Language) -> Self {
        let day = |at: Timestamp| moment::day(at.to_zoned(TimeZone::UTC).date(), language);
        Self {
            name: format!("{} ({})", list.name, list.territory),
            number: list.sequence,
            issued: day(list.issued),
            days: now.duration_since(list.issued).as_hours() / 24,
            next: list.next.map(day),
            ended: list.next.is_none_or(|next| next <= now),
            anchors: list.anchors,
        }
    }
}

struct AnchorView {
    name: String,
    until: String,
}

/// How we check, and whom we trust.
pub(crate) async fn how(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    let archive = app.archive();
    let (policy, trust) = (archive.policy(), archive.trust());
    let anchor = |anchor: &Anchor| AnchorView {
        name: anchor.certificate.subject.to_string(),
        until: moment::day(anchor.certificate.not_after.to_zoned(TimeZone::UTC).date(), shell.language),
    };
    let page = How {
        policy: format!("{} {}", policy.name, policy.version),
        statement: policy.statement().into_iter().map(|text| shell.language.say(text.sv, text.en)).collect(),
        anchors: trust.anchors().iter().map(anchor).collect(),
        lists: trust.lists().iter().map(|list| ListView::of(list, archive.now(), shell.language)).collect(),
        unreadable: archive.trust_problems().len(),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "adobe.html")]
struct Adobe {
    shell: Shell,
}

/// Why Adobe or the browser says something else.
pub(crate) async fn adobe(shell: Shell) -> Result<Response, Problem> {
    shell.answer(StatusCode::OK, &Adobe { shell: shell.clone() })
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct Accessibility {
    shell: Shell,
    keeper: Option<String>,
    contacts: Vec<Contact>,
    assessed: Option<String>,
    updated: Option<String>,
}

/// An address, and how it is read.
struct Contact {
    address: String,
    read: String,
}

impl Contact {
    fn of(address: &str) -> Self {
        let read = address.strip_prefix("mailto:").or(address.strip_prefix("tel:")).unwrap_or(address);
        Self { address: address.to_owned(), read: read.to_owned() }
    }
}

/// The accessibility statement.
pub(crate) async fn accessibility(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    let keeper = app.archive().organisation().map(str::to_owned);
    let told = &app.options().accessibility;
    let day = |day: jiff::civil::Date| moment::day(day, shell.language);
    let page = Accessibility {
        keeper,
        contacts: told.contacts.iter().map(|address| Contact::of(address)).collect(),
        assessed: told.assessed.map(day),
        updated: told.updated.map(day),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

/// The style sheet.
pub(crate) async fn style(headers: HeaderMap) -> Response {
    tagged(&headers, "text/css; charset=utf-8", STYLE.as_bytes().to_vec(), Keep::AskAgain)
}

/// The one script.
pub(crate) async fn script(headers: HeaderMap) -> Response {
    tagged(&headers, "text/javascript; charset=utf-8", SCRIPT.as_bytes().to_vec(), Keep::AskAgain)
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Privacy {
    shell: Shell,
}

/// What is known of whoever uses the service.
pub(crate) async fn privacy(shell: Shell) -> Result<Response, Problem> {
    shell.answer(StatusCode::OK, &Privacy { shell: shell.clone() })
}

#[derive(Template)]
#[template(path = "security.html")]
struct Security {
    shell: Shell,
}

/// How the service protects itself, and where faults are told.
pub(crate) async fn security(shell: Shell) -> Result<Response, Problem> {
    shell.answer(StatusCode::OK, &Security { shell: shell.clone() })
}

/// The icon of the browser's tab.
pub(crate) async fn icon(headers: HeaderMap) -> Response {
    tagged(&headers, "image/svg+xml", ICON.as_bytes().to_vec(), Keep::AskAgain)
}
