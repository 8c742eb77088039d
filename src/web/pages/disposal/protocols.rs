//! Protocols of disposals (gallringsprotokoll): a list, each as a page, a table and a sealed PDF. USERS 3a and 9.6.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::archive::life::Stage;
use crate::archive::protocol::COLUMNS;
use crate::archive::protocol::Line;
use crate::archive::protocol::Protocol;
use crate::archive::retention::Schedule;
use crate::archive::statement::Language as Written;
use crate::format::csv;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::disposal::Tabs;
use crate::web::pages::disposal::todo::of_plan;
use crate::web::pages::moment::Moment;
use crate::web::pages::register::table;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "protocols.html")]
struct Page {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<RowView>,
}

struct RowView {
    name: String,
    link: String,
    decision: String,
    at: Option<Moment>,
    records: usize,
    gone: usize,
}

#[derive(Template)]
#[template(path = "protocol.html")]
struct OnePage {
    shell: Shell,
    tabs: Tabs,
    name: String,
    decision: String,
    decided_by: String,
    proposed_by: String,
    at: Option<Moment>,
    lines: Vec<LineView>,
}

struct LineView {
    link: String,
    title: String,
    diary_number: String,
    entry: String,
    sha256: String,
    rule: String,
    gone: Option<Moment>,
}

/// What a list says of one protocol: decision, when, records, and how many of them are gone.
type Summary = (String, String, usize, usize);

pub(crate) async fn show(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let view = |(name, (decision, at, records, gone)): (String, Summary)| RowView {
        link: shell.href(&format!("/gallring/protokoll/{name}")),
        at: Moment::read(&at, shell.language),
        name,
        decision,
        records,
        gone,
    };
    let rows = all(&app).await?.into_iter().map(view).collect();
    shell.answer(StatusCode::OK, &Page { tabs: Tabs::at(&shell, "/gallring/protokoll"), rows, shell: shell.clone() })
}

/// Every protocol, the newest decision first.
async fn all(app: &App) -> Result<Vec<(String, Summary)>, Problem> {
    let found = app
        .ask(|archive| {
            let mut found: BTreeMap<String, Summary> = BTreeMap::new();
            archive.each_listed(|row| {
                let (disposal, gone) = match row.stage {
                    Some(Stage::Decided(disposal)) => (disposal, 0),
                    Some(Stage::Done(disposal)) => (disposal, 1),
                    Some(Stage::Proposed(_)) | None => return,
                };
                let one = found.entry(disposal.proposal).or_insert((disposal.decision, disposal.decided_at, 0, 0));
                one.2 += 1;
                one.3 += gone;
            })?;
            Ok(found)
        })
        .await?;
    let mut found: Vec<(String, Summary)> = found.into_iter().collect();
    found.sort_by(|(_, one), (_, other)| other.1.cmp(&one.1));
    Ok(found)
}

/// The list as CSV.
pub(crate) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let mut out = csv::BEGIN.to_owned() + &csv::written(&["Protokoll", "Beslut", "Beslutat", "Handlingar", "Gallrade"]);
    for (name, (decision, at, records, gone)) in all(&app).await? {
        out += &csv::written(&[&name, &decision, &at, &records.to_string(), &gone.to_string()]);
    }
    Ok(table("protokoll.csv", out))
}

async fn read(app: &App, caller: &Caller, name: &str) -> Result<Protocol, Problem> {
    caller.must_read_all()?;
    let name = name.to_owned();
    app.ask(move |archive| archive.protocol(&name)).await
}

/// One protocol's page, or what its ending asks for.
pub(crate) async fn one(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    if let Some(name) = name.strip_suffix(".csv") {
        let protocol = read(&app, &caller, name).await?;
        let rows = protocol.lines.iter().map(|line| csv::written(&line.cells().each_ref().map(String::as_str)));
        let rows: String = rows.collect();
        return Ok(table(
            &format!("gallringsprotokoll-{name}.csv"),
            format!("{}{}{rows}", csv::BEGIN, csv::written(&COLUMNS)),
        ));
    }
    if let Some(name) = name.strip_suffix(".pdf") {
        return doing::protocol(&app, &caller, name, shell.language.say(Written::Sv, Written::En)).await;
    }
    let Protocol { lines, .. } = read(&app, &caller, &name).await?;
    let disposal = lines.first().map(|line| line.disposal.clone()).ok_or(Kind::NotFound)?;
    let schedule = &app.archive().schedule();
    let page = OnePage {
        tabs: Tabs::at(&shell, "/gallring/protokoll"),
        name,
        decision: disposal.decision,
        decided_by: disposal.decided_by,
        proposed_by: disposal.proposed_by,
        at: Moment::read(&disposal.decided_at, shell.language),
        lines: lines.iter().map(|line| view(line, schedule, &shell)).collect(),
        shell: shell.clone(),
    };
    shell.answer(StatusCode::OK, &page)
}

fn view(line: &Line, schedule: &Schedule, shell: &Shell) -> LineView {
    LineView {
        link: shell.href(&format!("/handling/{}", line.record)),
        title: line.title.as_deref().map_or_else(|| line.record.clone(), masked),
        diary_number: line.diary_number.as_deref().map_or_else(|| "–".to_owned(), masked),
        entry: crate::web::pages::moment::number(line.index.saturating_add(1)),
        sha256: line.sha256.clone(),
        rule: of_plan(&line.disposal.rule, &line.disposal.schedule_version, schedule, shell.language),
        gone: line.disposal.carried_out_at.as_deref().and_then(|at| Moment::read(at, shell.language)),
    }
}
