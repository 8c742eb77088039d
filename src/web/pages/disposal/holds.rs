//! Every hold: on what, why, since when, by whom. USERS 9.6.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::archive::life::Hold;
use crate::archive::listing::Listed;
use crate::format::csv;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::pages::disposal::Tabs;
use crate::web::pages::moment::Moment;
use crate::web::pages::register::table;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "holds.html")]
struct Page {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<RowView>,
}

struct RowView {
    link: String,
    title: String,
    reason: String,
    contact: String,
    by: String,
    at: Option<Moment>,
    release: Option<String>,
}

pub(crate) async fn show(State(app): State<App>, caller: Caller, shell: Shell) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let keeps = caller.must_keep().is_ok();
    let view = |(row, hold): (Listed, Hold)| RowView {
        link: shell.href(&format!("/handling/{}", row.id)),
        title: masked(&row.title),
        reason: hold.reason,
        contact: hold.contact.unwrap_or_else(|| "–".to_owned()),
        by: hold.by,
        at: Moment::read(&hold.at, shell.language),
        release: keeps.then(|| shell.href(&format!("/handling/{}/gallringsstopp/{}", row.id, hold.name))),
    };
    let rows = held(&app).await?.into_iter().map(view).collect();
    shell.answer(StatusCode::OK, &Page { tabs: Tabs::at(&shell, "/gallring/stopp"), rows, shell: shell.clone() })
}

pub(crate) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let heading = ["Id", "Handling", "Diarienummer", "Skäl", "Kontakt", "Satt av", "Sedan"];
    let mut out = csv::BEGIN.to_owned() + &csv::written(&heading);
    for (row, hold) in held(&app).await? {
        let number = row.diary_number.as_deref().map(masked).unwrap_or_default();
        let contact = hold.contact.unwrap_or_default();
        out += &csv::written(&[&row.id, &masked(&row.title), &number, &hold.reason, &contact, &hold.by, &hold.at]);
    }
    Ok(table("gallringsstopp.csv", out))
}

/// Every hold with its record, the newest first.
async fn held(app: &App) -> Result<Vec<(Listed, Hold)>, Problem> {
    let mut held = app
        .ask(|archive| {
            let mut held: Vec<(Listed, Hold)> = Vec::new();
            archive.each_listed(|row| held.extend(row.holds.clone().into_iter().map(|hold| (row.clone(), hold))))?;
            Ok(held)
        })
        .await?;
    held.sort_by(|(_, one), (_, other)| other.at.cmp(&one.at));
    Ok(held)
}
