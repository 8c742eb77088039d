//! Acting on a record: a page for each deed, and what of it the record's own page offers. USERS 9.4.
//! Only for those who may; a deed that is refused is the form again, with why.

use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::archive::act::Correction;
use crate::archive::act::Occurrence;
use crate::archive::life::Hold;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::archive::statement;
use crate::web::api::records::visible;
use crate::web::caller::Caller;
use crate::web::doing;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::holding::About;
use crate::web::language::Language;
use crate::web::pages::asked::Asked;
use crate::web::pages::deeds::What;
use crate::web::pages::deeds::made;
use crate::web::pages::deeds::release_page;
use crate::web::pages::fetch;
use crate::web::pages::form::Form;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// What the record's page offers to those who may act on it, and what was just done.
#[derive(Template)]
#[template(path = "acts.html")]
pub(crate) struct Acts {
    shell: Shell,
    id: String,
    /// Address and words of each page.
    offers: Vec<(String, String)>,
    /// The holds, for those who read everything.
    holds: Vec<HoldView>,
}

impl askama::filters::HtmlSafe for Acts {}

struct HoldView {
    reason: String,
    contact: Option<String>,
    by: String,
    at: Option<Moment>,
    /// The page that lifts it.
    link: Option<String>,
}

impl Acts {
    /// What this caller may do to a record.
    pub(crate) fn of(shell: &Shell, caller: &Caller, found: &Found) -> Self {
        let id = found.record.id.clone();
        let gone = matches!(found.life.disposal, Some(Stage::Done(_)));
        let withheld = found.life.disposal().is_some();
        let offered = |what: &What| {
            let content = matches!(what, What::Verify | What::Publish | What::Reveal);
            (!withheld || (!gone && !content)) && what.may(caller).is_ok()
        };
        let page = |what: What| (shell.href(&format!("/handling/{id}/{}", what.slug())), what.name(shell).to_owned());
        let mut offers: Vec<(String, String)> = What::ALL.into_iter().filter(offered).map(page).collect();
        let keeps = caller.must_keep().is_ok() && !gone;
        if keeps && !withheld {
            let address = Asked::new(vec![("handling".to_owned(), id.clone())]).address("/gallring/leverans", &[]);
            offers.push((address, shell.say("Leverera till e-arkiv", "Deliver to a long-term archive").to_owned()));
        }
        let hold = |hold: &Hold| HoldView {
            reason: hold.reason.clone(),
            contact: hold.contact.clone(),
            by: hold.by.clone(),
            at: Moment::read(&hold.at, shell.language),
            link: keeps.then(|| shell.href(&format!("/handling/{id}/gallringsstopp/{}", hold.name))),
        };
        let holds = if caller.reads_all() { found.life.holds.iter().map(hold).collect() } else { Vec::new() };
        Self { shell: shell.clone(), offers, holds, id }
    }

    /// What was just done, as the address says; none where it says nothing that is known.
    pub(crate) fn said(shell: &Shell, uri: &Uri) -> Option<String> {
        let done = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("klart="))?;
        if done == "havt" {
            return Some(shell.say("Gallringsstoppet är hävt.", "The hold is lifted.").to_owned());
        }
        What::named(done).ok().map(|what| what.done(shell).to_owned())
    }
}

/// The page of a deed.
pub(crate) async fn form(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path((id, what)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let what = What::named(&what)?;
    what.may(&caller)?;
    let (_, found) = visible(&app, &caller, &id).await.map_err(absent)?;
    made(&app, &shell, what, &found).shown()
}

/// Does it.
pub(crate) async fn act(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path((id, what)): Path<(String, String)>,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let what = What::named(&what)?;
    what.may(&caller)?;
    let asked = Asked::new(pairs);
    let (record, found) = visible(&app, &caller, &id).await.map_err(absent)?;
    let mut form = made(&app, &shell, what, &found);
    if !form.fields.is_empty() {
        form = form.filled(&asked);
    }
    if !form.complete(&asked) {
        return form.shown();
    }
    match done(&app, &caller, &shell, what, (record, &found), &asked).await {
        Ok(response) => Ok(response),
        Err(problem) => form.refused(problem),
    }
}

/// Where whoever has done something is led.
fn led(shell: &Shell, id: &str, done: &str) -> Response {
    let mut pairs = vec![("klart".to_owned(), done.to_owned())];
    pairs.extend(shell.carried().map(|tag| ("lang".to_owned(), tag.to_owned())));
    Redirect::to(&Asked::new(pairs).address(&format!("/handling/{id}"), &[])).into_response()
}

/// A page's address that is mistyped is a page that is not there.
fn absent(problem: Problem) -> Problem {
    if problem.kind == Kind::MalformedIdentifier || problem.kind == Kind::NotFound {
        Kind::NotFound.into()
    } else {
        problem
    }
}

async fn done(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    what: What,
    (record, found): (RecordId, &Found),
    asked: &Asked,
) -> Result<Response, Problem> {
    let id = record.to_string();
    let reason = asked.text("skal").unwrap_or_default();
    match what {
        What::Hold => {
            let contact = asked.text("kontakt");
            let act = move |archive: &crate::archive::Archive, id, by: &str| {
                archive.hold(id, &reason, contact.as_deref(), by).map(|(hold, acted)| (acted, Some(hold)))
            };
            doing::deed(app, caller, &id, act).await?;
        }
        What::Correct => {
            let statement = correction(asked, found);
            doing::deed(app, caller, &id, move |archive, id, by| {
                archive.correct(id, &statement, &reason, by).map(|acted| (acted, None))
            })
            .await?;
        }
        What::Link => {
            let to = other(app, caller, &asked.text("till").unwrap_or_default()).await?;
            let relation = asked.text("samband").unwrap_or_default();
            doing::deed(app, caller, &id, move |archive, id, by| {
                archive.link(id, to, &relation, by).map(|acted| (acted, None))
            })
            .await?;
        }
        What::Occurred => {
            let event =
                if asked.get("vad") == Some("laga-kraft") { Occurrence::LegalForce } else { Occurrence::CaseClosed };
            let on = asked.get("dag").and_then(|day| day.parse().ok()).ok_or(Kind::BadRequest)?;
            doing::deed(app, caller, &id, move |archive, id, by| {
                archive.occurred(id, event, on, by).map(|acted| (acted, None))
            })
            .await?;
        }
        What::Verify => {
            doing::verify(app, caller, &id).await?;
        }
        What::Publish => return published(app, caller, shell, &id, asked.text("andamal")).await,
        What::Statement => return stated(app, caller, shell, record).await,
        What::Reveal => return revealed(app, caller, shell, record, asked.text("andamal").unwrap_or_default()).await,
    }
    Ok(led(shell, &id, what.slug()))
}

/// What is stated otherwise than it is now; an empty field says nothing.
fn correction(asked: &Asked, found: &Found) -> Correction {
    let record = &found.record;
    let new = |name: &str, old: Option<&str>| asked.text(name).filter(|text| Some(text.as_str()) != old);
    let public = asked.get("offentlig").map(|word| word == "ja").filter(|public| *public != record.public);
    Correction {
        title: new("titel", record.title.as_deref()),
        record_type: new("typ", Some(&record.record_type)),
        diary_number: new("diarienummer", record.diary_number.as_deref()),
        body: new("organ", record.body.as_deref()),
        meeting_date: new("sammantrade", record.meeting_date.as_deref()),
        public,
    }
}

/// The one record that an id, a diary number or what else stands for.
async fn other(app: &App, caller: &Caller, text: &str) -> Result<RecordId, Problem> {
    let meanings = crate::web::api::query::anything(text)?;
    let seen = caller.clone();
    let found = app.ask(move |archive| crate::web::api::records::matching(archive, &[meanings], &seen)).await?;
    match found.as_slice() {
        [one] => one.record.id.parse().map_err(|_| Kind::Internal.into()),
        [] => Err(Problem::new(
            Kind::BadRequest,
            "Vi hittar ingen handling med det ID:t. Inget har ändrats. Kopiera handlingens id från dess sida.",
            "We find no record with that id. Nothing was changed. Copy the record's id from its page.",
        )),
        _ => Err(Problem::new(
            Kind::BadRequest,
            "Flera handlingar har det numret. Inget har ändrats. Ange handlingens id, som står på dess sida.",
            "Several records have that number. Nothing was changed. Give the record's id, which is on its page.",
        )),
    }
}

async fn published(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    id: &str,
    purpose: Option<String>,
) -> Result<Response, Problem> {
    let copy = doing::publish(app, caller, id, purpose).await?;
    let pdf = copy.bytes.starts_with(b"%PDF-");
    let (hidden, images) = (copy.hidden, copy.images);
    let mut said = vec![
        (
            format!("Borttaget: underskrifterna med sina certifikat, metadata, och {hidden} personnummer i texten."),
            format!(
                "Taken out: the signatures with their certificates, metadata, and {hidden} personal numbers in the text."
            ),
        ),
        (
            "Inte borttaget: namn, adresser och annat i texten. Läs igenom kopian innan den publiceras.".to_owned(),
            "Not taken out: names, addresses and what else the text says. Read the copy before it is published."
                .to_owned(),
        ),
    ];
    if images > 0 {
        said.push((
            format!("{images} bilder finns kvar som de är: vi kan inte läsa vad som står i dem. Titta på dem."),
            format!("{images} images stay as they are: we cannot read what they show. Look at them."),
        ));
    }
    said.push((
        "Kopians kontrollsumma är registrerad: den som kontrollerar kopian får veta vilken handling den är en kopia av.".to_owned(),
        "The copy's SHA-256 is registered: whoever checks the copy is told what it is a copy of.".to_owned(),
    ));
    let about = About {
        name: format!("kopia-{id}.{}", if pdf { "pdf" } else { "txt" }),
        media: if pdf { "application/pdf" } else { "text/plain; charset=utf-8" }.to_owned(),
        heading: ("Publiceringskopian är skapad".to_owned(), "The copy for publication is made".to_owned()),
        said,
        back: format!("/handling/{id}"),
    };
    fetch::offered(app, caller, shell, about, copy.bytes).await
}

async fn stated(app: &App, caller: &Caller, shell: &Shell, id: RecordId) -> Result<Response, Problem> {
    let language = shell.language.say(statement::Language::Sv, statement::Language::En);
    let (bytes, _) = doing::issue(app, caller, id, language).await?;
    let about = About {
        name: format!("kontrollintyg-{id}.pdf"),
        media: "application/pdf".to_owned(),
        heading: ("Kontrollintyget är utfärdat".to_owned(), "The statement of verification is issued".to_owned()),
        said: vec![(
            "Intyget är förseglat, och dess kontrollsumma är registrerad som en händelse på handlingen.".to_owned(),
            "The statement is sealed, and its SHA-256 is registered as an event of the record.".to_owned(),
        )],
        back: format!("/handling/{id}"),
    };
    fetch::offered(app, caller, shell, about, bytes).await
}

/// The whole numbers, after an event that says who saw them. Shown once, on this answer alone.
async fn revealed(
    app: &App,
    caller: &Caller,
    shell: &Shell,
    id: RecordId,
    purpose: String,
) -> Result<Response, Problem> {
    let by = caller.name().to_owned();
    let (persons, acted) = app.ask(move |archive| archive.unmasked(id, &purpose, &by)).await?;
    tracing::info!(target: "sigill::audit", actor = caller.name(), action = "revealed", record = %id, result = "done");
    let entry = acted.index.saturating_add(1);
    let none = shell.say("Certifikaten innehåller inga personnummer.", "The certificates hold no personal numbers.");
    let page = Form {
        lead: vec![
            match shell.language {
                Language::Sv => format!(
                    "Att du har sett dem är antecknat som post nr {entry} i loggen. De visas bara på den här sidan."
                ),
                Language::En => format!(
                    "That you saw them is noted as entry no. {entry} of the log. They are shown on this page only."
                ),
            },
            if persons.is_empty() { none.to_owned() } else { String::new() },
        ],
        facts: persons.into_iter().map(|one| (one.name.unwrap_or_else(|| "–".to_owned()), one.identifier)).collect(),
        ..Form::told(shell, shell.say("Undertecknarnas personnummer", "The signers' personal numbers"))
    };
    let back = shell.href(&format!("/handling/{id}"));
    Form { back: (back, shell.say("Tillbaka till handlingen", "Back to the record").to_owned()), ..page }.shown()
}

/// The page that lifts a hold.
pub(crate) async fn release_form(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path((id, hold)): Path<(String, String)>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let (_, found) = visible(&app, &caller, &id).await.map_err(absent)?;
    release_page(&shell, &found, &hold)?.shown()
}

/// Lifts it.
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path((id, hold)): Path<(String, String)>,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_keep()?;
    let asked = Asked::new(pairs);
    let (_, found) = visible(&app, &caller, &id).await.map_err(absent)?;
    let mut form = release_page(&shell, &found, &hold)?.filled(&asked);
    if !form.complete(&asked) {
        return form.shown();
    }
    let reason = asked.text("skal").unwrap_or_default();
    let lifted = doing::deed(&app, &caller, &id, move |archive, id, by| {
        archive.release(id, Some(&hold), &reason, by).map(|acted| (acted, None))
    });
    match lifted.await {
        Ok(_) => Ok(led(&shell, &id, "havt")),
        Err(problem) => form.refused(problem),
    }
}
