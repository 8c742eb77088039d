//! A file that was just made for its caller, what is said of it, and the file itself, for as long as it waits.
//! Made by a POST, fetched by a GET: nothing is made twice by loading a page anew.

use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::holding::About;
use crate::web::pages::form::Form;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// Keeps a file for its caller and leads to its page.
pub(crate) async fn offered(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    about: About,
    bytes: Vec<u8>,
) -> Result<Response, Problem> {
    let by = caller.name().to_owned();
    let ticket = app.hold(move |holding| holding.keep(&by, &about, &bytes)).await?;
    Ok(Redirect::to(&shell.href(&format!("/hamta/{ticket}"))).into_response())
}

/// What is said of the file.
pub(crate) async fn about(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(ticket): Path<String>,
) -> Result<Response, Problem> {
    let (about, bytes) = waiting(&app, &caller, &ticket).await?;
    let hours = app.options().holding_time_max.as_secs() / 3600;
    let size = crate::web::pages::moment::size(u64::try_from(bytes.len()).unwrap_or(u64::MAX), shell.language);
    let say = |text: (String, String)| shell.language.say(text.0, text.1);
    let (heading, back) = (say(about.heading), shell.href(&about.back));
    let mut lead: Vec<String> = about.said.into_iter().map(say).collect();
    let wait = shell.say("Filen kan hämtas i", "The file can be fetched for");
    lead.push(format!("{wait} {hours} {}.", shell.say("timmar", "hours")));
    Form {
        lead,
        link: Some((
            format!("/hamta/{ticket}/fil"),
            format!("{} {} ({size})", shell.say("Ladda ner", "Download"), about.name),
        )),
        back: (back, shell.say("Tillbaka", "Back").to_owned()),
        done: true,
        ..Form::told(&shell, &heading)
    }
    .shown()
}

/// The file.
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(ticket): Path<String>,
) -> Result<Response, Problem> {
    let (about, bytes) = waiting(&app, &caller, &ticket).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let name = format!("attachment; filename=\"{}\"", about.name);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(|_| Kind::Internal)?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::try_from(about.media).map_err(|_| Kind::Internal)?);
    Ok(response)
}

async fn waiting(app: &App, caller: &Caller, ticket: &str) -> Result<(About, Vec<u8>), Problem> {
    caller.must_read_all()?;
    let (by, ticket) = (caller.name().to_owned(), ticket.to_owned());
    let found = app.hold(move |holding| Ok(holding.fetch(&by, &ticket))).await?;
    found.ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "Filen väntar inte längre här. Det som registrerades är kvar. Gör om den från handlingens sida.",
            "The file does not wait here any more. What was registered remains. Make it again from the record's page.",
        )
    })
}
