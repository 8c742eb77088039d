//! Logging in through the identity provider, and out of it: to it, back from it, and what is said when nobody comes in.
//! What of a refusal helps only whoever forged something stands in the log, not on the page.

use askama::Template;
use axum::Extension;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::AppendHeaders;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tokio::task;

use crate::verify::text::Text;
use crate::web::auth::random;
use crate::web::door;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::noted::Said;
use crate::web::oidc::Answer;
use crate::web::oidc::Person;
use crate::web::oidc::Refusal;
use crate::web::pages::shell::Shell;
use crate::web::session::Holder;
use crate::web::state::App;

/// Where a login through the provider begins.
pub(crate) const BEGIN: &str = "/logga-in/hos";
/// Bytes of randomness that bind a login to a browser.
const SECRET_BYTES: usize = 32;
/// Characters of it in the cookie.
const SECRET_CHARACTERS: usize = 43;
/// Longest place to come back to that is remembered, in bytes.
const PLACE_BYTES_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "provider.html")]
struct Page {
    shell: Shell,
    title: String,
    detail: String,
    /// Where to go on; to the login page where there is nothing else.
    on: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    to: String,
}

/// Sends somebody to the provider.
pub(crate) async fn begin(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response, Problem> {
    let provider = app.provider().ok_or(Kind::NotFound)?;
    let secret = random::<SECRET_BYTES>().map_err(|_| Problem::from(Kind::Internal))?;
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let to = Some(door::local(&asked.to)).filter(|to| to.len() <= PLACE_BYTES_MAX).unwrap_or("/");
    let cookie = door::begun_cookie(&app, Some(&format!("{secret}.{}", URL_SAFE_NO_PAD.encode(to))));
    let now = app.archive().now();
    let name = provider.name().to_owned();
    match waited(move || provider.begin(&secret, now)).await? {
        Ok(place) => Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&place)).into_response()),
        Err(refusal) => refused(&shell, &name, &refusal),
    }
}

/// Somebody whom the provider sends back.
pub(crate) async fn finish(
    State(app): State<App>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
    shell: Shell,
) -> Result<Response, Problem> {
    let provider = app.provider().ok_or(Kind::NotFound)?;
    let (now, name) = (app.archive().now(), provider.name().to_owned());
    let (secret, to) = door::begun(&app, &headers).and_then(|begun| begun.split_once('.')).unwrap_or_default();
    let over = door::begun_cookie(&app, None);
    let found = if secret.len() == SECRET_CHARACTERS {
        let secret = secret.to_owned();
        waited(move || provider.finish(&secret, &answer, now)).await?
    } else {
        Err(Refusal::NotAsked)
    };
    let person = match found {
        Ok(person) => person,
        Err(refusal) => {
            let said = Said { who: "public".to_owned(), what: "login".to_owned() };
            let over = AppendHeaders([(header::SET_COOKIE, over)]);
            return Ok((Extension(said), over, refused(&shell, &name, &refusal)?).into_response());
        }
    };
    let to = URL_SAFE_NO_PAD.decode(to).ok().and_then(|to| String::from_utf8(to).ok()).unwrap_or_default();
    let session = entered(&app, &headers, &person)?;
    let said = Said { who: person.name, what: "login".to_owned() };
    let cookies = AppendHeaders([(header::SET_COOKIE, session), (header::SET_COOKIE, over)]);
    Ok((Extension(said), cookies, Redirect::to(door::local(&to))).into_response())
}

/// Begins the session; gives its cookie. Whoever sat here before has left.
fn entered(app: &App, headers: &HeaderMap, person: &Person) -> Result<String, Problem> {
    if let Some(before) = door::session(app, headers) {
        app.sessions().end(before);
    }
    let session = app.sessions().begin(Holder::Person(person.clone()), app.archive().now()).map_err(|error| {
        tracing::error!(%error, "a session could not be begun");
        Problem::from(Kind::Internal)
    })?;
    Ok(door::cookie(app, Some(&session)))
}

/// Sends somebody whose session here has ended on to be logged out at the provider too, where it has a place for that.
/// Not by a redirect: a form of ours leads to ours alone (`form-action`).
pub(crate) async fn end(app: &App, shell: &Shell) -> Option<Response> {
    let provider = app.provider()?;
    let (now, name) = (app.archive().now(), provider.name().to_owned());
    let place = waited(move || provider.end(now)).await.ok()??;
    let text = Text::new(
        format!("Du är utloggad här. Du skickas vidare för att loggas ut även från {name}."),
        format!("You are logged out here. You are sent on to be logged out of {name} as well."),
    );
    let page = Page {
        shell: shell.clone(),
        title: shell.say("Utloggad", "Logged out").to_owned(),
        detail: shell.language.say(text.sv, text.en),
        on: Some(place.clone()),
    };
    let page = shell.answer(StatusCode::OK, &page).ok()?;
    let headers = [
        (header::SET_COOKIE, door::cookie(app, None)),
        (HeaderName::from_static("refresh"), format!("0; url={place}")),
    ];
    Some((AppendHeaders(headers), page).into_response())
}

/// Work that waits for the network.
async fn waited<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "work broke off");
        Problem::from(Kind::Internal)
    })
}

fn refused(shell: &Shell, name: &str, refusal: &Refusal) -> Result<Response, Problem> {
    match refusal {
        Refusal::Unreachable(why) => tracing::error!(why, "the identity provider"),
        Refusal::NotBelieved(why) => tracing::warn!(why, "a login was not believed"),
        Refusal::Denied | Refusal::NotAsked | Refusal::NoRole | Refusal::NoName => {}
    }
    let (title, detail) = (title(refusal), detail(refusal, name));
    let page = Page {
        shell: shell.clone(),
        title: shell.language.say(title.sv, title.en),
        detail: shell.language.say(detail.sv, detail.en),
        on: None,
    };
    let status = match refusal {
        Refusal::Unreachable(_) => StatusCode::BAD_GATEWAY,
        Refusal::Denied | Refusal::NotAsked | Refusal::NotBelieved(_) => StatusCode::UNAUTHORIZED,
        Refusal::NoRole | Refusal::NoName => StatusCode::FORBIDDEN,
    };
    shell.answer(status, &page)
}

fn title(refusal: &Refusal) -> Text {
    match refusal {
        Refusal::Unreachable(_) => Text::new("Inloggningstjänsten svarar inte", "The login service does not answer"),
        Refusal::Denied => Text::new("Inloggningen avbröts", "The login was broken off"),
        Refusal::NotAsked | Refusal::NotBelieved(_) => {
            Text::new("Inloggningen godtas inte", "The login is not accepted")
        }
        Refusal::NoRole => Text::new("Du har ingen roll här", "You have no role here"),
        Refusal::NoName => Text::new("Ditt konto kan inte användas", "Your account cannot be used"),
    }
}

fn detail(refusal: &Refusal, name: &str) -> Text {
    match refusal {
        Refusal::Unreachable(_) => Text::new(
            format!(
                "{name} gick inte att nå, eller svarade inte som väntat. Du är inte inloggad och inget har ändrats. \
                     Försök igen om en stund. Administratören ser orsaken i loggen."
            ),
            format!(
                "{name} could not be reached, or did not answer as expected. You are not logged in and nothing was \
                     changed. Try again in a while. The administrator sees the reason in the log."
            ),
        ),
        Refusal::Denied => Text::new(
            format!(
                "{name} släppte inte in dig, eller så avbröt du. Du är inte inloggad och inget har ändrats. Försök \
                     igen, eller logga in med en nyckel."
            ),
            format!(
                "{name} did not let you in, or you broke it off. You are not logged in and nothing was changed. Try \
                     again, or log in with a token."
            ),
        ),
        Refusal::NotAsked => Text::new(
            "Svaret hör inte till en inloggning som började i den här webbläsaren, eller så tog den längre än tio minuter. \
             Du är inte inloggad och inget har ändrats. Börja om.",
            "The answer is not to a login that began in this browser, or it took longer than ten minutes. You are not \
             logged in and nothing was changed. Begin again.",
        ),
        Refusal::NotBelieved(_) => Text::new(
            format!(
                "Det som {name} svarade går inte att lita på. Du är inte inloggad och inget har ändrats. Börja om. \
                     Händer det igen: be administratören läsa loggen."
            ),
            format!(
                "What {name} answered cannot be trusted. You are not logged in and nothing was changed. Begin again. \
                     If it happens again, ask the administrator to read the log."
            ),
        ),
        Refusal::NoRole => Text::new(
            format!(
                "{name} känner dig, men ditt konto har ingen roll i det här systemet. Du är inte inloggad och inget \
                     har ändrats. Be administratören om en grupp som har det."
            ),
            format!(
                "{name} knows you, but your account has no role in this system. You are not logged in and nothing \
                     was changed. Ask the administrator for a group that has one."
            ),
        ),
        Refusal::NoName => Text::new(
            format!(
                "Det namn som {name} ger dig saknas, är för långt eller innehåller ett personnummer, som inte får \
                     stå i loggar. Du är inte inloggad och inget har ändrats. Administratören kan välja en annan uppgift \
                     (person_claim)."
            ),
            format!(
                "The name that {name} gives you is missing, too long or holds a personal number, which may not stand \
                     in logs. You are not logged in and nothing was changed. The administrator can choose another claim \
                     (person_claim)."
            ),
        ),
    }
}
