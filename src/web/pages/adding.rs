//! Lägg till handlingar: files are chosen, looked at one by one with what was read from each, and saved together. USERS 9.5.
//! Without a script: the files wait in the holding place, so that nobody sends them twice.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use askama::Template;
use axum::extract::Multipart;
use axum::extract::Path;
use axum::extract::State as Shared;
use axum::extract::multipart::MultipartRejection;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::REFRESH;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::verify::mask::masked;
use crate::web::batch;
use crate::web::batch::Batch;
use crate::web::batch::Row;
use crate::web::batch::Said;
use crate::web::batch::State;
use crate::web::caller::Allowed;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::asked::Asked;
use crate::web::pages::deeds::types;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::words;
use crate::web::state::App;
use crate::web::upload::display_name;

/// How long an answer waits for the work before it tells how far it has come.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a browser looks again, in seconds.
const AGAIN: &str = "2";

/// The fields in which a page that was given a file hands it on, after what it is called.
const ENCODED: &str = "base64";
const NAMED: &str = "namn";

#[derive(Template)]
#[template(path = "adding.html")]
struct Choose {
    shell: Shell,
    fault: Option<String>,
    files: usize,
    megabytes: u64,
    hours: u64,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct Review {
    shell: Shell,
    /// This page.
    address: String,
    under_way: bool,
    /// How far it has come while it is under way: done, and of how many.
    done: usize,
    total: usize,
    saved: usize,
    faults: usize,
    /// Files to be saved, files that are there already, files that are saved, files that were left out.
    open: Vec<RowView>,
    known: Vec<RowView>,
    kept: Vec<RowView>,
    left: Vec<RowView>,
    types: Vec<(String, String)>,
}

struct RowView {
    number: usize,
    name: String,
    size: String,
    icon: Icon,
    class: &'static str,
    headline: String,
    signers: String,
    valid: bool,
    said: Said,
    fault: Option<(String, String)>,
    link: String,
    first: bool,
}

impl RowView {
    /// Whether this field is the one to mend.
    fn is_wrong(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|(own, _)| own == field)
    }
}

/// The page where files are chosen.
pub(crate) async fn choose(Shared(app): Shared<App>, caller: Allowed, shell: Shell) -> Result<Response, Problem> {
    let Allowed(_) = caller;
    chooser(&app, &shell, None)
}

fn chooser(app: &App, shell: &Shell, fault: Option<String>) -> Result<Response, Problem> {
    let options = app.options();
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Choose {
        files: options.batch_files_max,
        megabytes: options.batch_bytes_max / 1_000_000,
        hours: options.holding_time_max.as_secs() / 3600,
        fault,
        shell: shell.clone(),
    };
    shell.answer(status, &page)
}

/// Takes the files in and leads to what was found in them.
pub(crate) async fn upload(
    Shared(app): Shared<App>,
    caller: Allowed,
    shell: Shell,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let Allowed(caller) = caller;
    let form = form.map_err(|_| broken())?;
    let by = caller.name().to_owned();
    let (ticket, folder) = app.hold(move |holding| holding.begin(&by)).await?;
    let taken = take(&app, form, &folder).await;
    let batch = match taken {
        Ok(batch) if !batch.rows.is_empty() => batch,
        other => {
            let _ = app.hold(move |_| fs::remove_dir_all(folder)).await;
            let none = shell.say("Välj minst en fil att lägga till.", "Choose at least one file to add.");
            return match other {
                Ok(_) => chooser(&app, &shell, Some(none.to_owned())),
                Err(problem) if problem.kind == Kind::BadRequest || problem.kind == Kind::TooLarge => {
                    chooser(&app, &shell, Some(shell.language.say(problem.detail.sv, problem.detail.en)))
                }
                Err(problem) => Err(problem),
            };
        }
    };
    let at = folder.clone();
    app.hold(move |_| batch.write(&at)).await?;
    worked(&app, caller.name(), &folder).await;
    Ok(Redirect::to(&shell.href(&format!("/register/lagg-till/{ticket}"))).into_response())
}

/// The files of a form, one at a time in memory, then on disk.
async fn take(app: &App, mut form: Multipart, folder: &std::path::Path) -> Result<Batch, Problem> {
    let (files_max, bytes_max) = (app.options().batch_files_max, app.options().batch_bytes_max);
    let (mut batch, mut total, mut called) = (Batch::default(), 0_u64, None);
    let mut room = app.gate().admit(None).await?;
    while let Some(mut part) = form.next_field().await.map_err(|_| broken())? {
        let encoded = part.name() == Some(ENCODED);
        let name = match part.file_name().map(display_name) {
            Some(name) => name,
            None if encoded => called.take().unwrap_or_default(),
            None => {
                if part.name() == Some(NAMED) {
                    called = part.text().await.ok().map(|name| display_name(&name));
                }
                continue;
            }
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|_| broken())? {
            total = total.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if total > bytes_max {
                return Err(Problem::new(
                    Kind::TooLarge,
                    format!(
                        "Filerna är tillsammans större än {} MB. Inget har sparats. Lägg till dem i omgångar.",
                        bytes_max / 1_000_000
                    ),
                    format!(
                        "The files are larger than {} MB together. Nothing was saved. Add them in several goes.",
                        bytes_max / 1_000_000
                    ),
                ));
            }
            bytes.extend_from_slice(&chunk);
            app.gate().grow(&mut room, u64::try_from(bytes.len()).unwrap_or(u64::MAX)).await?;
        }
        if encoded {
            bytes = STANDARD.decode(&bytes).map_err(|_| broken())?;
        }
        if name.is_empty() && bytes.is_empty() {
            continue;
        }
        let number = batch.rows.len();
        if number >= files_max {
            return Err(Problem::new(
                Kind::BadRequest,
                format!(
                    "Högst {files_max} filer tas emot på en gång. Inget har sparats. Lägg till dem i omgångar, eller kör sigill ingest."
                ),
                format!(
                    "At most {files_max} files are taken at once. Nothing was saved. Add them in several goes, or run sigill ingest."
                ),
            ));
        }
        batch.rows.push(Row::new(masked(&name), u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
        let place = batch::place(folder, number);
        app.hold(move |holding| {
            if holding.room() < u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            fs::write(place, bytes)
        })
        .await?;
    }
    Ok(batch)
}

fn broken() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "Det som skickades bröts av eller är för stort. Inget har sparats. Försök igen, eller med färre filer.",
        "What was sent broke off or is too large. Nothing was saved. Try again, or with fewer files.",
    )
}

/// Has the work done that is to be done, and waits a little for it.
async fn worked(app: &App, by: &str, folder: &std::path::Path) {
    let work = tokio::spawn(batch::go_on(app.clone(), by.to_owned(), folder.to_owned()));
    // Where it takes longer it goes on, and the page tells how far it has come.
    let _ = tokio::time::timeout(PATIENCE, work).await;
}

async fn waiting(app: &App, by: &str, ticket: &str) -> Result<(PathBuf, Batch), Problem> {
    let (by, ticket) = (by.to_owned(), ticket.to_owned());
    let found = app
        .hold(move |holding| {
            let folder = holding.folder(&by, &ticket);
            Ok(folder.and_then(|folder| Batch::read(&folder).map(|batch| (folder, batch))))
        })
        .await?;
    found.ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "Filerna väntar inte längre här. Det som sparades finns i registret. Välj de andra igen.",
            "The files do not wait here any more. What was saved is in the register. Choose the others again.",
        )
    })
}

/// What was found, and what is said of each file.
pub(crate) async fn review(
    Shared(app): Shared<App>,
    caller: Allowed,
    shell: Shell,
    Path(ticket): Path<String>,
) -> Result<Response, Problem> {
    let Allowed(caller) = caller;
    let (folder, batch) = waiting(&app, caller.name(), &ticket).await?;
    let batch = if batch.is_under_way() {
        worked(&app, caller.name(), &folder).await;
        waiting(&app, caller.name(), &ticket).await?.1
    } else {
        batch
    };
    shown(&app, &shell, &ticket, &batch, StatusCode::OK)
}

fn shown(app: &App, shell: &Shell, ticket: &str, batch: &Batch, status: StatusCode) -> Result<Response, Problem> {
    let views = |state: &[State]| -> Vec<RowView> {
        let rows = batch.rows.iter().enumerate().filter(|(_, row)| state.contains(&row.state));
        let mut first = true;
        rows.map(|(number, row)| {
            let wrong = row.fault.is_some() && std::mem::take(&mut first);
            RowView { first: wrong, ..view(number, row, shell) }
        })
        .collect()
    };
    let open = views(&[State::Checked]);
    let under_way = batch.is_under_way();
    let saving = batch.count(State::Saving) > 0;
    let page = Review {
        under_way,
        done: if saving {
            batch.count(State::Saved)
        } else {
            batch.rows.len().saturating_sub(batch.count(State::Waiting))
        },
        total: batch.rows.len(),
        saved: batch.count(State::Saved),
        faults: open.iter().filter(|row| row.fault.is_some()).count(),
        known: views(&[State::Known]),
        kept: views(&[State::Saved]),
        left: views(&[State::Left]),
        types: types(&app.archive().schedule(), open.iter().map(|row| row.said.record_type.as_str()), shell.language),
        open,
        address: shell.href(&format!("/register/lagg-till/{ticket}")),
        shell: shell.clone(),
    };
    let mut response = shell.answer(status, &page)?;
    if under_way {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static(AGAIN));
    }
    Ok(response)
}

fn view(number: usize, row: &Row, shell: &Shell) -> RowView {
    let language = shell.language;
    let found = row.found.clone().unwrap_or_default();
    let (sv, en) = found.headline;
    RowView {
        number,
        name: row.name.clone(),
        size: moment::size(row.size, language),
        icon: Icon::of_verdict(&found.verdict),
        class: words::class(&found.verdict),
        headline: language.say(sv, en),
        signers: found.signers.join(", "),
        valid: row.is_valid(),
        said: row.said.clone(),
        fault: row.fault.clone().map(|(field, sv, en)| (field, language.say(sv, en))),
        link: row.record.as_deref().map(|id| shell.href(&format!("/handling/{id}"))).unwrap_or_default(),
        first: false,
    }
}

/// Saves those that can be saved; the others stay, each with what is to be mended.
pub(crate) async fn save(
    Shared(app): Shared<App>,
    caller: Allowed,
    shell: Shell,
    Path(ticket): Path<String>,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let Allowed(caller) = caller;
    let (folder, mut batch) = waiting(&app, caller.name(), &ticket).await?;
    let asked = Asked::new(pairs);
    if !app.busy().is(&folder) && !batch.is_under_way() {
        for (number, row) in batch.rows.iter_mut().enumerate().filter(|(_, row)| row.state == State::Checked) {
            decided(row, number, &asked);
        }
        let (state, at) = (batch.clone(), folder.clone());
        app.hold(move |_| state.write(&at)).await?;
    }
    worked(&app, caller.name(), &folder).await;
    // Not to a place within the page: an address with one is not loaded anew by `Refresh`, and the page would stand still.
    Ok(Redirect::to(&shell.href(&format!("/register/lagg-till/{ticket}"))).into_response())
}

/// What its owner decided about a file.
fn decided(row: &mut Row, number: usize, asked: &Asked) {
    let text = |name: &str| asked.text(&format!("{name}-{number}")).unwrap_or_default();
    row.said = Said {
        title: text("titel"),
        diary_number: text("diarienummer"),
        body: text("organ"),
        meeting_date: text("datum"),
        record_type: text("typ"),
        expected: text("undertecknare"),
        public: text("offentlig") == "ja",
        reason: text("motivering"),
        leave: text("hoppa") == "ja",
    };
    row.fault = None;
    if row.said.leave {
        row.state = State::Left;
        return;
    }
    let fault = |field: &str, sv: &str, en: &str| Some((field.to_owned(), sv.to_owned(), en.to_owned()));
    if !row.said.meeting_date.is_empty() && row.said.meeting_date.parse::<jiff::civil::Date>().is_err() {
        row.fault = fault("datum", "Skriv dagen som 2026-03-12.", "Write the day as 2026-03-12.");
    } else if !row.is_valid() && row.said.reason.is_empty() {
        row.fault = fault(
            "motivering",
            "Underskrifterna är inte giltiga. Ange varför filen ska sparas ändå, eller hoppa över den.",
            "The signatures are not valid. Give the reason to save it anyway, or leave it out.",
        );
    } else {
        row.state = State::Saving;
    }
}
