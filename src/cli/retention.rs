//! `sigill retention`: until when, why, and what is due. Answers only; deciding and disposing are other commands.
//! Notes on Swedish minutes, 4.4: preserving is the rule, and disposal needs a decision.

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::encoding::Text as WireText;
use crate::archive::look_up::Found;
use crate::archive::retention::Answer as Term;
use crate::archive::retention::Due;
use crate::archive::retention::Outcome;
use crate::cli::Answer;
use crate::cli::args::RetentionOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::verify::text::Text;

/// Until when a record must be kept, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire {
    rule: Option<String>,
    schedule_version: String,
    outcome: &'static str,
    until: Option<String>,
    deliver_from: Option<String>,
    reason: WireText,
    obstacle: Option<WireText>,
    adopted: bool,
}

impl Wire {
    pub(super) fn of(term: &Term) -> Self {
        Self {
            rule: term.rule_id.clone(),
            schedule_version: term.schedule_version.clone(),
            outcome: match term.outcome {
                Outcome::Preserve { .. } => "preserve",
                Outcome::Dispose { .. } => "dispose",
                Outcome::DisposeWhenObsolete => "dispose-when-obsolete",
                Outcome::Investigate => "investigate",
            },
            until: term.until.map(|date| date.to_string()),
            deliver_from: term.deliver_from.map(|date| date.to_string()),
            reason: (&term.reason).into(),
            obstacle: term.obstacle().as_ref().map(WireText::from),
            adopted: term.adopted,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    schema: &'static str,
    record: &'a str,
    title: Option<&'a str>,
    due: Option<&'static str>,
    retention: Wire,
}

impl<'a> Line<'a> {
    fn of(found: &'a Found, term: &Term, due: Option<Due>) -> Self {
        let (record, title) = (found.record.id.as_str(), found.record.title.as_deref());
        Self { schema: SCHEMA, record, title, due: due.map(name), retention: Wire::of(term) }
    }
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    by: String,
    total: usize,
    records: Vec<Line<'a>>,
}

const SCHEMA: &str = "sigill.retention/1";

pub(super) fn run(what: &RetentionOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::reading(config, console)?;
    match what {
        RetentionOf::Show { record } => {
            let found = find::only(record, config, &archive)?;
            let term = archive.retention(&found);
            if console.json {
                console.json(&Line::of(&found, &term, None))?;
            } else {
                console.say(Style::Strong, found.record.title.as_deref().unwrap_or(&found.record.id))?;
                tell(console, &term)?;
            }
        }
        RetentionOf::Due { by } => due(&archive, *by, console)?,
    }
    Ok(Answer::Yes)
}

fn due(archive: &Archive, by: Date, console: &Console) -> Result<(), Stop> {
    let due = archive.due(by)?;
    if console.json {
        let records = due.iter().map(|(found, term, what)| Line::of(found, term, Some(*what))).collect();
        let list = List { schema: "sigill.retention-due/1", by: by.to_string(), total: due.len(), records };
        return Ok(console.json(&list)?);
    }
    if due.is_empty() {
        let day = words::day(by, console.lang);
        console.tell(&Text::new(
            format!("Inget att gallra eller leverera till och med {day}. Inget raderas automatiskt."),
            format!("Nothing to dispose of or deliver by {day}. Nothing is ever removed automatically."),
        ))?;
    }
    for (found, term, what) in &due {
        let label = match what {
            Due::Disposal => console.lang.choose("Gallring", "Disposal"),
            Due::Delivery => console.lang.choose("Leverans", "Delivery"),
        };
        let title = found.record.title.as_deref().unwrap_or_default();
        console.say(Style::Strong, &format!("{label}: {} {title}", found.record.id))?;
        tell(console, term)?;
    }
    Ok(())
}

fn name(due: Due) -> &'static str {
    match due {
        Due::Disposal => "disposal",
        Due::Delivery => "delivery",
    }
}

fn tell(console: &Console, term: &Term) -> Result<(), Stop> {
    console.say(Style::Plain, &format!("  {}", console.lang.of(&term.reason)))?;
    if let Some(obstacle) = term.obstacle() {
        console.say(Style::Plain, &format!("  {}", console.lang.of(&obstacle)))?;
    }
    Ok(())
}
