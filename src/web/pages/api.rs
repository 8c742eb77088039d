//! The interface's documentation for people, made from its description: nothing is written twice. USERS 4b and 9.8.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::web::api::contract;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// What separates the English half of a longer text from the Swedish.
const IN_SWEDISH: &str = "**På svenska:**";
/// The longest example shown, in characters; the description has the whole.
const EXAMPLE_CHARS_MAX: usize = 1_500;

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    shell: Shell,
    base: String,
    groups: Vec<Group>,
}

/// Calls about one thing.
struct Group {
    name: String,
    about: String,
    calls: Vec<Call>,
}

struct Call {
    id: String,
    method: String,
    path: String,
    about: Vec<Span>,
    token: &'static str,
    parameters: Vec<Parameter>,
    bodies: Vec<String>,
    answers: Vec<Answer>,
    example: Option<String>,
}

/// A part of a sentence.
struct Span {
    code: bool,
    text: String,
}

struct Parameter {
    name: String,
    place: String,
    about: String,
    example: String,
}

struct Answer {
    status: String,
    about: String,
    kinds: String,
}

/// The documentation page.
pub(crate) async fn show(State(app): State<App>, shell: Shell) -> Result<Response, Problem> {
    let document = contract::document(app.options());
    let base = text(&document, "/servers/0/url").to_owned();
    let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
    let groups = tags.map(|tag| {
        let name = text(tag, "/name").to_owned();
        let about = half(text(tag, "/description"), shell.language).to_owned();
        Group { calls: calls(&document, &name, &base, shell.language), name, about }
    });
    let groups = groups.filter(|group| !group.calls.is_empty()).collect();
    let page = Page { base, groups, shell: shell.clone() };
    shell.answer(StatusCode::OK, &page)
}

fn text<'d>(of: &'d Value, place: &str) -> &'d str {
    of.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

/// The half of `English. / Svenska.` in a language.
fn half(both: &str, language: Language) -> &str {
    match both.split_once(" / ") {
        Some((en, sv)) => language.say(sv, en),
        None => both,
    }
}

fn calls(document: &Value, tag: &str, base: &str, language: Language) -> Vec<Call> {
    let mut found = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let own = item.get("servers").is_none();
        for (method, call) in item.as_object().into_iter().flatten().filter(|(name, _)| *name != "servers") {
            if text(call, "/tags/0") == tag {
                let path = if own { format!("{}{path}", base.trim_end_matches('/')) } else { path.clone() };
                found.push(Call::of(method, path, call, language));
            }
        }
    }
    found
}

impl Call {
    fn of(method: &str, path: String, call: &Value, language: Language) -> Self {
        let said = text(call, "/description");
        let (en, sv) = said.split_once(IN_SWEDISH).unwrap_or((said, said));
        let en = format!("{} {en}", text(call, "/summary"));
        let security = call.get("security").and_then(Value::as_array).map(Vec::len);
        let parameters = call.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let contents = |of: &Value| of.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
        let answers = call.get("responses").and_then(Value::as_object).into_iter().flatten();
        Self {
            id: text(call, "/operationId").to_owned(),
            method: method.to_ascii_uppercase(),
            path,
            about: spans(language.say(sv, &en)),
            token: match security {
                None => language.say("Kräver ingen nyckel.", "Needs no token."),
                Some(1) => language.say("Kräver nyckel.", "Needs a token."),
                Some(_) => language.say("Visar mer med nyckel.", "Shows more with a token."),
            },
            parameters: parameters.map(|one| Parameter::of(one, language)).collect(),
            bodies: call.get("requestBody").map(|body| contents(body).keys().cloned().collect()).unwrap_or_default(),
            answers: answers
                .map(|(status, answer)| Answer {
                    status: status.clone(),
                    about: half(text(answer, "/description"), language).to_owned(),
                    kinds: contents(answer).keys().cloned().collect::<Vec<_>>().join(", "),
                })
                .collect(),
            example: example(call),
        }
    }
}

impl Parameter {
    fn of(one: &Value, language: Language) -> Self {
        let example = one.get("example").cloned().unwrap_or_default();
        Self {
            name: text(one, "/name").to_owned(),
            place: text(one, "/in").to_owned(),
            about: half(text(one, "/description"), language).to_owned(),
            example: example.as_str().map_or_else(|| example.to_string(), str::to_owned),
        }
    }
}

/// What the call answers when all is well, as far as it fits.
fn example(call: &Value) -> Option<String> {
    let answers = call.get("responses")?.as_object()?;
    let (_, well) = answers.iter().find(|(status, _)| status.starts_with('2'))?;
    let shown = serde_json::to_string_pretty(well.pointer("/content/application~1json/example")?).ok()?;
    let short: String = shown.chars().take(EXAMPLE_CHARS_MAX).collect();
    Some(if short.len() < shown.len() { format!("{short}\n…") } else { short })
}

/// A text with its words of code, which stand in backticks.
fn spans(said: &str) -> Vec<Span> {
    let parts = said.trim().split('`').enumerate();
    let spans = parts.map(|(place, text)| Span { code: place % 2 == 1, text: text.replace('\n', " ") });
    spans.filter(|span| !span.text.is_empty()).collect()
}
