//! `sigill webhook`: who is told of what happens, and a message to try it with. Standard Webhooks 1.0.
//! Asks no archive, so that it works beside the service too. Secrets and what follows a host in an address are not shown.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::fetch::Trouble;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::WebhookOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::web::webhooks;
use crate::web::webhooks::Endpoint;
use crate::web::webhooks::Error;

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    total: usize,
    webhooks: Vec<Told<'a>>,
}

/// One who is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    name: &'a str,
    host: &'a str,
    /// The kinds of events; all where there are none.
    events: &'a [String],
    delivered_at: Option<String>,
    failures: usize,
    again_at: Option<String>,
    trouble: Option<String>,
}

/// What came of trying one.
#[derive(Serialize)]
struct Tried<'a> {
    schema: &'static str,
    name: &'a str,
    delivered: bool,
    /// The status that it was answered with.
    status: Option<u16>,
    trouble: Option<String>,
}

impl<'a> Told<'a> {
    fn of(endpoint: &'a Endpoint, directory: &Path) -> Self {
        let state = endpoint.remembered(directory).unwrap_or_default();
        Self {
            name: &endpoint.name,
            host: endpoint.host(),
            events: endpoint.events(),
            delivered_at: state.delivered_at().map(|at| at.to_string()),
            failures: state.failures,
            again_at: state.again_at().map(|at| at.to_string()),
            trouble: state.trouble,
        }
    }
}

pub(super) fn run(what: &WebhookOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let settings = Settings::read(&config.data)?;
    let endpoints = webhooks::endpoints(&config.data).map_err(|error| unreadable(&error))?;
    match what {
        WebhookOf::List => list(&endpoints, &config.data, console),
        WebhookOf::Test { name } => test(named(endpoints, name.as_deref())?, &settings.origin, console),
    }
}

fn list(endpoints: &[Endpoint], directory: &Path, console: &Console) -> Result<Answer, Stop> {
    let told: Vec<Told<'_>> = endpoints.iter().map(|one| Told::of(one, directory)).collect();
    if console.json {
        console.json(&List { schema: "sigill.webhooks/1", total: told.len(), webhooks: told })?;
        return Ok(Answer::Yes);
    }
    let choose = |sv, en| console.lang.choose(sv, en);
    if told.is_empty() {
        console.say(
            Style::Plain,
            choose("Ingen får besked: webhooks.toml saknas.", "Nobody is told: no webhooks.toml."),
        )?;
    }
    for one in told {
        let events =
            if one.events.is_empty() { choose("allt", "everything").to_owned() } else { one.events.join(", ") };
        let last = one.delivered_at.as_deref().unwrap_or(choose("aldrig", "never"));
        console.say(
            Style::Plain,
            &format!("{}  {}  {events}  {} {last}", one.name, one.host, choose("senast framme", "last delivered")),
        )?;
        if let Some(trouble) = one.trouble {
            let (failed, again) = (choose("misslyckade försök", "failed attempts"), one.again_at.unwrap_or_default());
            let next = choose("nästa försök", "next attempt");
            console.say(Style::Bad, &format!("  {failed}: {} ({trouble}); {next} {again}", one.failures))?;
        }
    }
    Ok(Answer::Yes)
}

/// Those that were asked for: one by its name, or all.
fn named(endpoints: Vec<Endpoint>, name: Option<&str>) -> Result<Vec<Endpoint>, Stop> {
    let known = endpoints.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(", ");
    let asked: Vec<Endpoint> = endpoints.into_iter().filter(|one| name.is_none_or(|name| one.name == name)).collect();
    match (asked.is_empty(), known.is_empty()) {
        (false, _) => Ok(asked),
        (true, true) => Err(Stop::trouble(
            "Ingen får besked: arkivet har ingen webhooks.toml, eller en tom. Inget har skickats. Boken säger hur den skrivs.",
            "Nobody is told: the archive has no webhooks.toml, or an empty one. Nothing was sent. The book says how to write it.",
        )),
        (true, false) => Err(Stop::trouble(
            format!("Ingen heter så i webhooks.toml. Inget har skickats. De som finns: {known}."),
            format!("Nobody has that name in webhooks.toml. Nothing was sent. Those there are: {known}."),
        )),
    }
}

fn test(asked: Vec<Endpoint>, origin: &str, console: &Console) -> Result<Answer, Stop> {
    let mut all = true;
    for endpoint in asked {
        let answer = endpoint.test(origin, Timestamp::now());
        all &= answer.is_ok();
        let tried = Tried {
            schema: "sigill.webhook-test/1",
            name: &endpoint.name,
            delivered: answer.is_ok(),
            status: answered(&answer),
            trouble: answer.as_ref().err().map(ToString::to_string),
        };
        if console.json {
            console.json(&tried)?;
            continue;
        }
        let (name, host) = (&endpoint.name, endpoint.host());
        let choose = |sv, en| console.lang.choose(sv, en);
        match answer {
            Ok(status) => {
                let took = choose("tog emot beskedet och svarade", "took it and answered");
                console.say(Style::Good, &format!("✓ {name} ({host}) {took} {status}"))?;
            }
            Err(trouble) => {
                let (lost, why) = (choose("beskedet kom inte fram", "it did not arrive"), trouble.text());
                console.say(Style::Bad, &format!("✗ {name} ({host}): {lost}: {}", console.lang.of(&why)))?;
            }
        }
    }
    Ok(Answer::from(all))
}

/// The status of an answer, whichever it was.
fn answered(answer: &Result<u16, Trouble>) -> Option<u16> {
    match answer {
        Ok(status) | Err(Trouble::Status(status)) => Some(*status),
        Err(_) => None,
    }
}

fn unreadable(error: &Error) -> Stop {
    Stop::trouble(
        format!("Filen går inte att följa ({error}). Inget har skickats. Rätta den."),
        format!("The file cannot be followed ({error}). Nothing was sent. Correct it."),
    )
}
