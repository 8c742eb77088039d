//! The rules in force, and others in their place: a table is read, its effect shown, and only then does it hold. USERS 9.6:
//! "påverkar 412 handlingar, 0 får kortare frist".

use std::fs;

use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::retention::Outcome;
use crate::archive::retention::Rule;
use crate::archive::retention::Schedule;
use crate::archive::retention::Trigger;
use crate::archive::schedules::Preview;
use crate::format::csv;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::asked::Asked;
use crate::web::pages::disposal::Tabs;
use crate::web::pages::form::Field;
use crate::web::pages::form::Form;
use crate::web::pages::form::Input;
use crate::web::pages::register::table;
use crate::web::pages::retained;
use crate::web::pages::shell::Shell;
use crate::web::state::App;
use crate::web::upload::Upload;

/// What waits between the preview and the adoption.
const WAITING: &str = "plan.json";
/// Records told of one by one in a preview.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "rules.html")]
struct Page {
    shell: Shell,
    tabs: Tabs,
    said: bool,
    version: String,
    example: bool,
    problem: bool,
    rows: Vec<RowView>,
    form: Option<String>,
}

struct RowView {
    name: String,
    codes: String,
    action: String,
    from: String,
    decision: String,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    shell: Shell,
    tabs: Tabs,
    version: String,
    rules: usize,
    changed: usize,
    shorter: usize,
    undecided: usize,
    decision: Option<String>,
    rows: Vec<ChangeView>,
    action: String,
}

struct ChangeView {
    link: String,
    title: String,
    now: String,
    then: String,
    shorter: bool,
}

/// A schedule that is not in force yet.
#[derive(Serialize, Deserialize)]
struct Waiting {
    text: String,
    decision: Option<String>,
}

pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    uri: axum::http::Uri,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let schedule = app.archive().schedule();
    let page = Page {
        tabs: Tabs::at(&shell, "/gallring/regler"),
        said: uri.query().is_some_and(|query| query.contains("klart=plan")),
        version: schedule.version.clone(),
        example: schedule.example,
        problem: app.archive().schedule_problem().is_some(),
        rows: schedule.rules.iter().map(|rule| view(rule, &shell)).collect(),
        form: caller.must_decide().is_ok().then(|| shell.href("/gallring/regler/ny")),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

fn view(rule: &Rule, shell: &Shell) -> RowView {
    let decision = match (&rule.basis.decision, rule.basis.date) {
        (Some(decision), Some(date)) => format!("{decision}, {date}"),
        (Some(decision), None) => decision.clone(),
        (None, _) => shell.say("Regeln saknar gallringsbeslut", "The rule has no decision").to_owned(),
    };
    let trigger = period(rule.outcome).map(|(_, from)| from.to_owned());
    RowView {
        name: shell.language.say(&rule.label.sv, &rule.label.en).clone(),
        codes: rule.record_types.join(", "),
        action: retained::rule(Some(rule), shell.language),
        from: trigger.unwrap_or_else(|| "–".to_owned()),
        decision,
    }
}

/// Years, and what they are counted from, as a plan's table has it.
fn period(outcome: Outcome) -> Option<(u16, &'static str)> {
    let period = match outcome {
        Outcome::Preserve { delivery } => delivery?,
        Outcome::Dispose { after } => after,
        Outcome::DisposeWhenObsolete | Outcome::Investigate => return None,
    };
    let from = match period.from {
        Trigger::Signed => "underskrift",
        Trigger::Registered => "registrering",
        Trigger::EndOfYear => "årets slut",
        Trigger::Meeting => "sammanträde",
        Trigger::CaseClosed => "ärendet avslutat",
        Trigger::LegalForce => "laga kraft",
    };
    Some((period.years, from))
}

/// The rules as a table that can be changed and read again.
pub(crate) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let heading = [
        "handlingstyp",
        "kod",
        "åtgärd",
        "frist_år",
        "utgångspunkt",
        "beslut",
        "beslutsdatum",
        "klassificering",
        "anmärkning",
    ];
    let mut out = csv::BEGIN.to_owned() + &csv::written(&heading);
    let schedule = app.archive().schedule();
    for rule in &schedule.rules {
        let action = match rule.outcome {
            Outcome::Preserve { .. } => "bevaras",
            Outcome::Dispose { .. } => "gallras",
            Outcome::DisposeWhenObsolete => "gallras vid inaktualitet",
            Outcome::Investigate => "utredning",
        };
        let (years, from) = period(rule.outcome).map(|(years, from)| (years.to_string(), from)).unwrap_or_default();
        let basis = &rule.basis;
        let date = basis.date.map(|date| date.to_string()).unwrap_or_default();
        let (decision, note) = (basis.decision.as_deref().unwrap_or(""), basis.note.as_deref().unwrap_or(""));
        let classes = rule.classification.join(" ");
        for code in &rule.record_types {
            out += &csv::written(&[&rule.label.sv, code, action, &years, from, decision, &date, &classes, note]);
        }
    }
    Ok(table("regler.csv", out))
}

/// The page where a table is handed in.
pub(crate) async fn form(caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_decide()?;
    blank(&shell).shown()
}

fn blank(shell: &Shell) -> Form {
    let file = Field::new("tabell", shell.say("Tabell (CSV)", "Table (CSV)"), Input::File).needed().hint(shell.say(
        "Kolumner: handlingstyp;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum. Utgångspunkt är årets slut, underskrift, \
         registrering, sammanträde, ärendet avslutat eller laga kraft. Exportera reglerna som de är för en mall.",
        "Columns: handlingstyp;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum. Utgångspunkt (counted from) is årets slut, \
         underskrift, registrering, sammanträde, ärendet avslutat or laga kraft. Export the present rules for a pattern.",
    ));
    let version = Field::new("version", shell.say("Planens version", "The plan's version"), Input::Line).needed();
    let decision = Field::new("beslut", shell.say("Beslut om planen", "Decision on the plan"), Input::Line)
        .hint(shell.say("Krävs om någon frist blir kortare.", "Needed where a term gets shorter."));
    Form {
        lead: vec![
            shell
                .say(
                    "Först visas vad planen skulle ändra. Inget ändras förrän du godkänner det.",
                    "First you are shown what the plan would change. Nothing changes until you agree.",
                )
                .to_owned(),
        ],
        action: shell.href("/gallring/regler/ny"),
        fields: vec![file, version.hint(shell.say("Till exempel 2027.1.", "For example 2027.1.")), decision],
        submit: shell.say("Visa vad som ändras", "Show what changes").to_owned(),
        back: (shell.href("/gallring/regler"), shell.say("Avbryt", "Cancel").to_owned()),
        ..Form::told(shell, shell.say("Läs in regler", "Read rules"))
    }
}

/// Reads a table and leads to what it would do.
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    upload: Result<Upload, Problem>,
) -> Result<Response, Problem> {
    caller.must_decide()?;
    let upload = match upload {
        Ok(upload) => upload,
        Err(problem) if problem.kind == Kind::EmptyDocument => {
            let none = Problem::new(
                Kind::BadRequest,
                "Välj en tabell att läsa in. Inget har ändrats.",
                "Choose a table to read. Nothing was changed.",
            );
            return blank(&shell).refused(none);
        }
        Err(problem) => return Err(problem),
    };
    let asked = Asked::new(upload.fields.clone());
    let mut form = blank(&shell).filled(&asked);
    if !form.complete(&asked) {
        return form.shown();
    }
    let (version, decision) = (asked.text("version").unwrap_or_default(), asked.text("beslut"));
    let file = upload.files.first().ok_or(Kind::BadRequest)?;
    let text = match doing::plan_of(&file.bytes, &file.name, &version) {
        Ok(text) => text,
        Err(problem) => return form.refused(problem),
    };
    let (by, waiting) = (caller.name().to_owned(), Waiting { text, decision });
    let ticket = app
        .hold(move |holding| {
            let (ticket, folder) = holding.begin(&by)?;
            fs::write(folder.join(WAITING), serde_json::to_vec(&waiting)?)?;
            Ok(ticket)
        })
        .await?;
    Ok(Redirect::to(&shell.href(&format!("/gallring/regler/ny/{ticket}"))).into_response())
}

/// What the schedule that waits would do.
pub(crate) async fn preview(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(ticket): Path<String>,
) -> Result<Response, Problem> {
    caller.must_decide()?;
    let (schedule, waiting) = waiting(&app, &caller, &ticket).await?;
    let (version, rules) = (schedule.version.clone(), schedule.rules.len());
    let preview: Preview = app.ask(move |archive| archive.preview(&schedule)).await?;
    let change = |one: &crate::archive::schedules::Changed| ChangeView {
        link: shell.href(&format!("/handling/{}", one.record)),
        title: one.title.as_deref().map_or_else(|| one.record.clone(), masked),
        now: shell.language.say(&one.now.reason.sv, &one.now.reason.en).clone(),
        then: shell.language.say(&one.then.reason.sv, &one.then.reason.en).clone(),
        shorter: one.shorter,
    };
    let page = PreviewPage {
        tabs: Tabs::at(&shell, "/gallring/regler"),
        changed: preview.changed.len(),
        shorter: preview.shorter().count(),
        undecided: if waiting.decision.is_some() { 0 } else { preview.undecided().count() },
        rows: preview.changed.iter().take(SHOWN).map(change).collect(),
        decision: waiting.decision,
        action: shell.href(&format!("/gallring/regler/ny/{ticket}")),
        version,
        rules,
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Puts it in force.
pub(crate) async fn adopt(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(ticket): Path<String>,
) -> Result<Response, Problem> {
    caller.must_decide()?;
    let (_, Waiting { text, decision }) = waiting(&app, &caller, &ticket).await?;
    doing::plan(&app, &caller, text, decision, true).await?;
    let mut pairs = vec![("klart".to_owned(), "plan".to_owned())];
    pairs.extend(shell.carried().map(|tag| ("lang".to_owned(), tag.to_owned())));
    Ok(Redirect::to(&Asked::new(pairs).address("/gallring/regler", &[])).into_response())
}

async fn waiting(app: &App, caller: &Caller, ticket: &str) -> Result<(Schedule, Waiting), Problem> {
    let gone = || {
        Problem::new(
            Kind::NotFound,
            "Planen väntar inte längre här. Inget har ändrats. Läs in den igen.",
            "The plan does not wait here any more. Nothing was changed. Read it again.",
        )
    };
    let (by, ticket) = (caller.name().to_owned(), ticket.to_owned());
    let read = app.hold(move |holding| Ok(holding.folder(&by, &ticket).and_then(|at| fs::read(at.join(WAITING)).ok())));
    let waiting: Waiting = read.await?.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(gone)?;
    let schedule = Schedule::parse(&waiting.text).map_err(|_| gone())?;
    Ok((schedule, waiting))
}
