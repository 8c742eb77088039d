//! One proposal: examined, decided by somebody else, refused, undone while that can be. USERS 9.6.

use askama::Template;
use axum::extract::Path;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::archive::disposal::about_backups;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::retention::Schedule;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::asked::Asked;
use crate::web::pages::disposal::Tabs;
use crate::web::pages::disposal::todo::left_out;
use crate::web::pages::disposal::todo::of_plan;
use crate::web::pages::disposal::todo::plural;
use crate::web::pages::disposal::todo::skipped;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "proposal.html")]
struct Page {
    shell: Shell,
    tabs: Tabs,
    name: String,
    said: Vec<String>,
    /// What is wrong, and with which field.
    fault: Option<(&'static str, String)>,
    by: String,
    rows: Vec<RowView>,
    size: String,
    /// How many are on hold, in a sentence.
    left: String,
    /// The button that decides.
    submit: String,
    /// The protocol's page.
    protocol: String,
    /// The decision, and until when it can be undone.
    decided: Option<(String, String)>,
    backups: String,
    typed: Asked,
    may: May,
}

impl Page {
    /// Where a form is sent.
    fn link(&self, deed: &str) -> String {
        self.shell.href(&format!("/gallring/forslag/{}/{deed}", self.name))
    }
}

/// The words of the button that decides.
fn submit(count: usize, language: Language) -> String {
    match language {
        Language::Sv => format!("Gallra {count} {}", plural(count, "handling", "handlingar")),
        Language::En => format!("Dispose of {count} {}", plural(count, "record", "records")),
    }
}

/// What this caller may do here.
struct May {
    decide: bool,
    refuse: bool,
    undo: bool,
    own: bool,
}

struct RowView {
    link: String,
    title: String,
    diary_number: String,
    until: String,
    rule: String,
    held: bool,
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(name): Path<String>,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    page(&app, &caller, &shell, name, &Asked::new(pairs), None).await
}

async fn page(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    name: String,
    asked: &Asked,
    fault: Option<(&'static str, Problem)>,
) -> Result<Response, Problem> {
    let proposal = name.clone();
    let found = app.ask(move |archive| archive.in_proposal(&proposal)).await?;
    let stages = || found.iter().filter_map(|one| one.life.disposal.clone());
    // Of a decided proposal what is on hold stays proposed.
    let decided = stages().find(|stage| !matches!(stage, Stage::Proposed(_)));
    let Some(stage) = decided.or_else(|| stages().next()) else {
        return Err(Problem::new(
            Kind::NotFound,
            "Förslaget finns inte, eller är avslaget. Inget har ändrats. Se Att göra under Gallring.",
            "There is no such proposal, or it was refused. Nothing was changed. See To do under Disposal.",
        ));
    };
    let language = shell.language;
    let (by, decided, done) = match &stage {
        Stage::Proposed(one) => (one.by.clone(), None, false),
        Stage::Decided(one) => (one.proposed_by.clone(), Some(one), false),
        Stage::Done(one) => (one.proposed_by.clone(), Some(one), true),
    };
    let decided = decided.map(|one| (one.decision.clone(), one.not_before.clone()));
    let open = decided.is_none();
    let own = by.trim().to_lowercase() == caller.name().trim().to_lowercase();
    let decides = caller.must_decide().is_ok();
    let may = May {
        decide: open && decides && !own,
        refuse: open && caller.must_keep().is_ok(),
        undo: !open && !done && decides,
        own: open && decides && own,
    };
    let held = found.iter().filter(|one| !one.life.holds.is_empty()).count();
    let size: u64 = found.iter().map(|one| one.record.verification.file.size).sum();
    let status = fault.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.kind.status());
    let backups = about_backups();
    let schedule = &app.archive().schedule();
    let page = Page {
        tabs: Tabs::at(shell, "/gallring"),
        said: said(shell, asked),
        fault: fault.map(|(field, problem)| (field, language.say(problem.detail.sv, problem.detail.en))),
        left: left_out(held, 0, language),
        submit: submit(found.len().saturating_sub(held), language),
        protocol: shell.href(&format!("/gallring/protokoll/{name}")),
        rows: found.iter().map(|one| view(one, schedule, shell)).collect(),
        size: moment::size(size, language),
        decided: decided.map(|(decision, until)| {
            (decision, Moment::read(&until, language).map(|at| at.plain()).unwrap_or_default())
        }),
        backups: language.say(backups.sv, backups.en),
        typed: asked.clone(),
        name,
        by,
        may,
        shell: shell.clone(),
    };
    shell.answer(status, &page)
}

fn view(found: &Found, schedule: &Schedule, shell: &Shell) -> RowView {
    let record = &found.record;
    let stood = match &found.life.disposal {
        Some(Stage::Proposed(one)) => Some((&one.until, &one.rule, &one.schedule_version)),
        Some(Stage::Decided(one) | Stage::Done(one)) => Some((&one.until, &one.rule, &one.schedule_version)),
        None => None,
    };
    let rule = stood.map(|(_, rule, version)| of_plan(rule, version, schedule, shell.language));
    let day = stood.and_then(|(until, ..)| until.as_deref());
    let day = day.and_then(|day| day.parse().ok()).map(|day| moment::day(day, shell.language));
    RowView {
        link: shell.href(&format!("/handling/{}", record.id)),
        title: record.title.as_deref().map_or_else(|| record.id.clone(), masked),
        diary_number: record.diary_number.as_deref().map_or_else(|| "–".to_owned(), masked),
        until: day.unwrap_or_else(|| shell.say("inaktuell", "obsolete").to_owned()),
        rule: rule.unwrap_or_default(),
        held: !found.life.holds.is_empty(),
    }
}

/// What was just done, as the address says.
fn said(shell: &Shell, asked: &Asked) -> Vec<String> {
    let count = |name: &str| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(0_usize);
    let done = match asked.get("klart") {
        Some("forslag") => shell.say(
            "Gallringsförslaget är skapat. Någon annan granskar och beslutar.",
            "The proposal is made. Somebody else examines it and decides.",
        ),
        Some("beslut") => shell.say(
            "Gallringen är beslutad. Dokumenten lämnas inte ut mer, och förstörs när tiden att ångra har gått ut.",
            "The disposal is decided. The documents are given out no more, and destroyed when it cannot be undone any more.",
        ),
        _ => return Vec::new(),
    };
    let left = left_out(count("stopp"), count("ovriga"), shell.language);
    [done.to_owned(), left].into_iter().filter(|line| !line.is_empty()).collect()
}

/// Decides, refuses or undoes.
pub(crate) async fn act(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path((name, deed)): Path<(String, String)>,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let asked = Asked::new(pairs);
    let (proposal, by) = (name.clone(), caller.name().to_owned());
    let text = |field: &str| asked.text(field).unwrap_or_default();
    let (field, action, outcomes) = match deed.as_str() {
        "beslut" => {
            caller.must_decide()?;
            let decision = text("beslut");
            (
                "beslut",
                "decide-disposal",
                app.ask(move |archive| archive.decide_disposal(&proposal, &decision, &by)).await,
            )
        }
        "avslag" => {
            caller.must_keep()?;
            let reason = text("avslag");
            (
                "avslag",
                "refuse-disposal",
                app.ask(move |archive| archive.refuse_disposal(&proposal, &reason, &by)).await,
            )
        }
        "angra" => {
            caller.must_decide()?;
            let reason = text("angra");
            ("angra", "undo-disposal", app.ask(move |archive| archive.undo_disposal(&proposal, &reason, &by)).await)
        }
        _ => return Err(Kind::NotFound.into()),
    };
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(problem) if problem.kind.status().is_client_error() => {
            return page(&app, &caller, &shell, name, &asked, Some((field, problem))).await;
        }
        Err(problem) => return Err(problem),
    };
    doing::noted(action, outcomes.done.len(), outcomes.skipped.len());
    let (held, others) = skipped(&outcomes);
    if outcomes.done.is_empty() {
        let (sv, en) = (left_out(held, others, Language::Sv), left_out(held, others, Language::En));
        let problem =
            Problem::new(Kind::Refused, format!("{sv} Inget har ändrats."), format!("{en} Nothing was changed."));
        return page(&app, &caller, &shell, name, &asked, Some((field, problem))).await;
    }
    let mut pairs = vec![("klart".to_owned(), field.to_owned())];
    pairs.extend([("stopp".to_owned(), held.to_string()), ("ovriga".to_owned(), others.to_string())]);
    pairs.extend(shell.carried().map(|tag| ("lang".to_owned(), tag.to_owned())));
    let to = if field == "beslut" { format!("/gallring/forslag/{name}") } else { "/gallring".to_owned() };
    Ok(Redirect::to(&Asked::new(pairs).address(&to, &[])).into_response())
}
