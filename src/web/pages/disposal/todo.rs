//! What is to be done: proposals to examine, records to dispose of, records to deliver and deliveries to acknowledge.
//! USERS 9.6; it answers from the register's lines, however many records there are.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use jiff::civil::Date;

use crate::archive::disposal::Outcomes;
use crate::archive::life::Stage;
use crate::archive::listing::Listed;
use crate::archive::record::RecordId;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Answer;
use crate::archive::retention::Due;
use crate::archive::retention::Outcome;
use crate::archive::retention::Schedule;
use crate::format::csv;
use crate::format::minutes::when::stockholm;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::asked::Asked;
use crate::web::pages::disposal::Tabs;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::register::table;
use crate::web::pages::register::titled;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// Rows shown of a list; the CSV has all.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "todo.html")]
struct Page {
    shell: Shell,
    tabs: Tabs,
    fault: Option<String>,
    said: Option<String>,
    /// Until which day, as it was asked for.
    until: String,
    proposals: Vec<ProposalView>,
    dispose: Vec<DueView>,
    dispose_total: usize,
    /// How many are on hold, in a sentence.
    left: String,
    deliver: Vec<DueView>,
    deliver_total: usize,
    sent: Vec<SentView>,
    next: Option<(String, usize)>,
    keeps: bool,
}

struct ProposalView {
    link: String,
    name: String,
    records: usize,
    by: String,
    state: String,
}

struct DueView {
    id: String,
    link: String,
    title: String,
    day: String,
    rule: String,
    obstacle: Option<String>,
}

struct SentView {
    link: Option<String>,
    recipient: String,
    at: Option<Moment>,
    records: usize,
}

/// Who proposed it, how many records it has, and where it is decided, the decision and until when it can be undone.
type Open = (String, usize, Option<(String, String)>);

/// What is read of the archive for the page.
#[derive(Default)]
struct Found {
    due: Vec<(Listed, Answer, Due)>,
    next: Option<(Date, usize)>,
    /// By name.
    proposals: BTreeMap<String, Open>,
    /// By package: recipient, when, how many.
    sent: BTreeMap<String, (String, String, usize)>,
}

pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    page(&app, &caller, &shell, &Asked::new(pairs), None).await
}

async fn page(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    asked: &Asked,
    fault: Option<String>,
) -> Result<Response, Problem> {
    let until: Option<Date> = asked.get("till").and_then(|day| day.parse().ok());
    let today = app.archive().now().to_zoned(stockholm()).date();
    let found = read(app, until.unwrap_or(today)).await?;
    let (dispose, deliver): (Vec<_>, Vec<_>) = found.due.iter().partition(|(_, _, due)| *due == Due::Disposal);
    let schedule = &app.archive().schedule();
    let view = |(row, answer, _): &&(Listed, Answer, Due)| due_view(row, answer, schedule, shell);
    let proposal = |(name, (by, records, decided)): (String, Open)| ProposalView {
        link: shell.href(&format!("/gallring/forslag/{name}")),
        state: match decided {
            Some((decision, until)) => {
                let until = Moment::read(&until, shell.language).map(|at| at.plain()).unwrap_or_default();
                match shell.language {
                    Language::Sv => format!("Beslutat ({decision}), kan ångras till {until}"),
                    Language::En => format!("Decided ({decision}), can be undone until {until}"),
                }
            }
            None => shell.say("Väntar på beslut", "Waits for a decision").to_owned(),
        },
        name,
        records,
        by,
    };
    let keeps = caller.must_keep().is_ok();
    let sent = |(package, (recipient, at, records)): (String, (String, String, usize))| SentView {
        link: keeps.then(|| shell.href(&format!("/gallring/leverans/{package}/kvittens"))),
        recipient,
        at: Moment::read(&at, shell.language),
        records,
    };
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = Page {
        tabs: Tabs::at(shell, "/gallring"),
        said: said(shell, asked),
        fault,
        until: until.map(|day| day.to_string()).unwrap_or_default(),
        left: left_out(dispose.iter().filter(|(row, ..)| !row.holds.is_empty()).count(), 0, shell.language),
        dispose_total: dispose.len(),
        deliver_total: deliver.len(),
        dispose: dispose.iter().take(SHOWN).map(view).collect(),
        deliver: deliver.iter().take(SHOWN).map(view).collect(),
        next: found.next.map(|(day, count)| (moment::day(day, shell.language), count)),
        proposals: found.proposals.into_iter().map(proposal).collect(),
        sent: found.sent.into_iter().map(sent).collect(),
        keeps,
        shell: shell.clone(),
    };
    shell.answer(status, &page)
}

async fn read(app: &App, until: Date) -> Result<Found, Problem> {
    // A term ends with its last day.
    let by = until.tomorrow().unwrap_or(until);
    app.ask(move |archive| {
        let deadlines = archive.deadlines(by)?;
        let mut found = Found { due: deadlines.due, next: deadlines.next, ..Found::default() };
        archive.each_listed(|row| {
            if let Some(sent) = row.delivery.filter(|sent| sent.received_at.is_none()) {
                found.sent.entry(sent.package).or_insert((sent.recipient, sent.at, 0)).2 += 1;
            }
            let (name, by, decided) = match row.stage {
                Some(Stage::Proposed(one)) => (one.proposal, one.by, None),
                Some(Stage::Decided(one)) => (one.proposal, one.proposed_by, Some((one.decision, one.not_before))),
                Some(Stage::Done(_)) | None => return,
            };
            // Of a decided proposal what is on hold stays proposed.
            let proposal = found.proposals.entry(name).or_insert((by, 0, None));
            proposal.1 += 1;
            proposal.2 = proposal.2.take().or(decided);
        })?;
        Ok(found)
    })
    .await
}

/// What a rule is about, in the plan's words; its name where the plan in force has no such rule.
pub(crate) fn named(id: Option<&str>, schedule: &Schedule, language: Language) -> String {
    let Some(id) = id else { return "–".to_owned() };
    let rule = schedule.rules.iter().find(|rule| rule.id == id);
    rule.map_or_else(|| id.to_owned(), |rule| language.say(&rule.label.sv, &rule.label.en).clone())
}

/// The rule of a disposal, with the version of the plan it stands in.
pub(crate) fn of_plan(rule: &str, version: &str, schedule: &Schedule, language: Language) -> String {
    format!("{}, plan {version}", named(Some(rule), schedule, language))
}

fn due_view(row: &Listed, answer: &Answer, schedule: &Schedule, shell: &Shell) -> DueView {
    let language = shell.language;
    let basis = answer.basis.as_ref();
    let decision = basis.and_then(|basis| Some(format!("{} {}", basis.decision.as_deref()?, basis.date?)));
    let rule = named(answer.rule_id.as_deref(), schedule, language);
    DueView {
        id: row.id.clone(),
        link: shell.href(&format!("/handling/{}", row.id)),
        title: titled(&row.title, language),
        day: answer.until.or(answer.deliver_from).map(|day| moment::day(day, language)).unwrap_or_default(),
        rule: match decision {
            Some(decision) => format!("{rule}, {decision}"),
            None => rule,
        },
        obstacle: match answer.outcome {
            Outcome::Preserve { .. } => None,
            Outcome::Dispose { .. } | Outcome::DisposeWhenObsolete | Outcome::Investigate => {
                answer.obstacle().map(|why| language.say(why.sv, why.en))
            }
        },
    }
}

/// What was just done, as the address says.
fn said(shell: &Shell, asked: &Asked) -> Option<String> {
    let text = match asked.get("klart")? {
        "avslag" => shell.say(
            "Förslaget är avslaget. Handlingarna är som före förslaget.",
            "The proposal is refused. The records are as before it.",
        ),
        "angra" => shell.say(
            "Beslutet är ångrat. Handlingarna är som före förslaget.",
            "The decision is undone. The records are as before the proposal.",
        ),
        "kvittens" => shell.say("Kvittensen är sparad.", "The acknowledgement is kept."),
        _ => return None,
    };
    Some(text.to_owned())
}

/// How many were left out, in a sentence; nothing where none was.
pub(crate) fn left_out(held: usize, others: usize, language: Language) -> String {
    let mut said = Vec::new();
    if held > 0 {
        said.push(match language {
            Language::Sv => {
                format!("{held} {} gallringsstopp och hoppas över.", plural(held, "handling har", "handlingar har"))
            }
            Language::En => format!("{held} {} on hold and left out.", plural(held, "record is", "records are")),
        });
    }
    if others > 0 {
        said.push(match language {
            Language::Sv => {
                format!("{others} {} inte gallras och hoppas över.", plural(others, "handling får", "handlingar får"))
            }
            Language::En => {
                format!("{others} {} not be disposed of and left out.", plural(others, "record may", "records may"))
            }
        });
    }
    said.join(" ")
}

pub(crate) fn plural<'w>(count: usize, one: &'w str, several: &'w str) -> &'w str {
    if count == 1 { one } else { several }
}

/// How many records of these outcomes were on hold, and how many were left out for another reason.
pub(crate) fn skipped(outcomes: &Outcomes) -> (usize, usize) {
    let held = outcomes.skipped.iter().filter(|(_, why)| matches!(why, Refusal::Held(_))).count();
    (held, outcomes.skipped.len().saturating_sub(held))
}

/// Proposes to dispose of the records that were ticked.
pub(crate) async fn propose(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let asked = Asked::new(pairs);
    let ids: Result<Vec<RecordId>, _> = asked.all("handling").into_iter().map(str::parse).collect();
    let ids = ids.map_err(|_| Problem::from(Kind::MalformedIdentifier))?;
    if ids.is_empty() {
        let none = shell.say(
            "Välj minst en handling att gallra. Inget har ändrats.",
            "Choose at least one record. Nothing was changed.",
        );
        return page(&app, &caller, &shell, &Asked::default(), Some(none.to_owned())).await;
    }
    let by = caller.name().to_owned();
    let outcomes = app.ask(move |archive| archive.propose_disposal(&ids, &by)).await?;
    doing::noted("propose-disposal", outcomes.done.len(), outcomes.skipped.len());
    if outcomes.proposal.is_empty() {
        let why = outcomes.skipped.first().map(|(_, why)| why.text());
        let why = why.map(|why| shell.language.say(why.sv, why.en)).unwrap_or_default();
        let nothing = shell.say("Inget förslag skapades.", "No proposal was made.");
        return page(&app, &caller, &shell, &Asked::default(), Some(format!("{nothing} {why}"))).await;
    }
    let (held, others) = skipped(&outcomes);
    let mut pairs = vec![("klart".to_owned(), "forslag".to_owned())];
    pairs.extend([("stopp".to_owned(), held.to_string()), ("ovriga".to_owned(), others.to_string())]);
    pairs.extend(shell.carried().map(|tag| ("lang".to_owned(), tag.to_owned())));
    let address = Asked::new(pairs).address(&format!("/gallring/forslag/{}", outcomes.proposal), &[]);
    Ok(Redirect::to(&address).into_response())
}

/// What is to be disposed of, as CSV.
pub(crate) async fn dispose_csv(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    exported(&app, &caller, &shell, &Asked::new(pairs), Due::Disposal).await
}

/// What is to be delivered, as CSV.
pub(crate) async fn deliver_csv(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    exported(&app, &caller, &shell, &Asked::new(pairs), Due::Delivery).await
}

async fn exported(app: &App, caller: &Caller, shell: &Shell, asked: &Asked, what: Due) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let until: Option<Date> = asked.get("till").and_then(|day| day.parse().ok());
    let today = app.archive().now().to_zoned(stockholm()).date();
    let found = read(app, until.unwrap_or(today)).await?;
    let schedule = &app.archive().schedule();
    let last = if what == Due::Disposal { "Frist gick ut" } else { "Leverera tidigast" };
    let mut out = csv::BEGIN.to_owned() + &csv::written(&["Id", "Handling", "Diarienummer", last, "Regel", "Hinder"]);
    for (row, answer, _) in found.due.iter().filter(|(_, _, due)| *due == what) {
        let view = due_view(row, answer, schedule, shell);
        let day = answer.until.or(answer.deliver_from).map(|day| day.to_string()).unwrap_or_default();
        let number = row.diary_number.as_deref().map(masked).unwrap_or_default();
        out +=
            &csv::written(&[&view.id, &view.title, &number, &day, &view.rule, view.obstacle.as_deref().unwrap_or("")]);
    }
    Ok(table(if what == Due::Disposal { "att-gallra.csv" } else { "att-leverera.csv" }, out))
}
