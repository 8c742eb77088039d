//! Holds, and what came to pass that a term is counted from. SWEDEN 4.4: a hold always wins.

use std::ffi::OsStr;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::act::Occurrence;
use crate::cli::Answer;
use crate::cli::args::Came;
use crate::cli::console::Style;
use crate::cli::record::told;
use crate::cli::retention::Desk;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::verify::text::Text;

/// A hold in a list, in JSON.
#[derive(Serialize)]
struct Held<'a> {
    record: &'a str,
    title: Option<&'a str>,
    hold: &'a str,
    reason: &'a str,
    contact: Option<&'a str>,
    by: &'a str,
    at: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    total: usize,
    holds: Vec<Held<'a>>,
}

pub(super) fn hold(desk: &Desk<'_>, record: &OsStr, reason: &str, contact: Option<&str>) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    let (id, _) = desk.record(&archive, record)?;
    let (name, acted) = archive.hold(id, reason, contact, desk.by)?;
    told(desk.console, &acted, Some(&name))
}

pub(super) fn release(desk: &Desk<'_>, record: &OsStr, reason: &str, hold: Option<&str>) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    let (id, _) = desk.record(&archive, record)?;
    let acted = archive.release(id, hold, reason, desk.by)?;
    told(desk.console, &acted, None)
}

pub(super) fn event(desk: &Desk<'_>, record: &OsStr, what: Came, on: Date) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    let (id, _) = desk.record(&archive, record)?;
    let what = match what {
        Came::CaseClosed => Occurrence::CaseClosed,
        Came::LegalForce => Occurrence::LegalForce,
    };
    let acted = archive.occurred(id, what, on, desk.by)?;
    told(desk.console, &acted, None)
}

pub(super) fn holds(desk: &Desk<'_>) -> Result<Answer, Stop> {
    let archive = crate::cli::open::reading(desk.config, desk.console)?;
    let found = archive.held()?;
    let holds = found.iter().flat_map(|found| {
        found.life.holds.iter().map(|hold| Held {
            record: &found.record.id,
            title: found.record.title.as_deref(),
            hold: &hold.name,
            reason: &hold.reason,
            contact: hold.contact.as_deref(),
            by: &hold.by,
            at: &hold.at,
        })
    });
    let holds: Vec<Held<'_>> = holds.collect();
    if desk.console.json {
        desk.console.json(&List { schema: "sigill.holds/1", total: holds.len(), holds })?;
        return Ok(Answer::Yes);
    }
    if holds.is_empty() {
        desk.console.tell(&Text::new("Ingen handling har gallringsstopp.", "No record is on hold."))?;
    }
    for one in holds {
        let title = one.title.unwrap_or_default();
        desk.console.say(Style::Strong, &format!("{} {title}", one.record))?;
        let (since, contact) = (words::moment_of(one.at, desk.console.lang), one.contact.unwrap_or_default());
        desk.console.say(Style::Plain, &format!("  {}: {} ({}, {since}) {contact}", one.hold, one.reason, one.by))?;
    }
    Ok(Answer::Yes)
}
