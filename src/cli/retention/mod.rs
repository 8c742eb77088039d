//! `sigill retention`: until when, why, and what is due; holds, and disposal by two persons.
//! Notes on Swedish minutes, 4.4: preserving is the rule, and disposal needs a decision.

mod deeds;
mod disposal;
mod plan;

use std::ffi::OsStr;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::encoding::Text as WireText;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::archive::retention::Answer as Term;
use crate::archive::retention::Due;
use crate::archive::retention::Outcome;
use crate::cli::Answer;
use crate::cli::args::Retention;
use crate::cli::args::RetentionOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::record;
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

pub(super) fn run(args: &Retention, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let by = args.actor.as_deref().or(config.actor.as_deref()).unwrap_or(NOBODY);
    let desk = Desk { config, console, by };
    match &args.what {
        RetentionOf::Show { record } => show(record, config, console),
        RetentionOf::Due { by } => due(&open::reading(config, console)?, *by, console).map(|()| Answer::Yes),
        RetentionOf::Holds => deeds::holds(&desk),
        RetentionOf::Hold { record, reason, contact } => deeds::hold(&desk, record, reason, contact.as_deref()),
        RetentionOf::Release { record, reason, hold } => deeds::release(&desk, record, reason, hold.as_deref()),
        RetentionOf::Event { record, what, on } => deeds::event(&desk, record, *what, *on),
        RetentionOf::Propose { records, due } => disposal::propose(&desk, records, *due),
        RetentionOf::Proposals => disposal::proposals(&desk),
        RetentionOf::Dispose { proposal, decision, protocol } => {
            disposal::decide(&desk, proposal, decision, protocol.as_deref())
        }
        RetentionOf::Refuse { proposal, reason } => disposal::refuse(&desk, proposal, reason),
        RetentionOf::Undo { proposal, reason } => disposal::undo(&desk, proposal, reason),
        RetentionOf::CarryOut => disposal::carry_out(&desk),
        RetentionOf::Disposed { decision } => disposal::disposed(&desk, decision.as_deref()),
        RetentionOf::Protocol { proposal, output } => disposal::protocol(&desk, proposal, output),
        RetentionOf::Plan { file, version, decision, yes } => plan::run(
            &desk,
            &plan::Wanted { file, version: version.as_deref(), decision: decision.as_deref(), yes: *yes },
        ),
    }
}

/// At which desk something is done: where, how it is told, and by whom.
struct Desk<'a> {
    config: &'a Config,
    console: &'a Console,
    by: &'a str,
}

/// Who acts where nobody is logged in.
const NOBODY: &str = "kommandorad";

impl Desk<'_> {
    /// The archive, to act upon.
    fn archive(&self) -> Result<Archive, Stop> {
        open::archive(self.config, self.console)
    }

    /// The one record that a text stands for.
    fn record(&self, archive: &Archive, query: &OsStr) -> Result<(RecordId, Found), Stop> {
        record::one(archive, query, self.config)
    }
}

fn show(record: &OsStr, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::reading(config, console)?;
    let found = find::only(record, config, &archive)?;
    let term = archive.retention(&found);
    if console.json {
        console.json(&Line::of(&found, &term, None))?;
    } else {
        console.say(Style::Strong, found.record.title.as_deref().unwrap_or(&found.record.id))?;
        tell(console, &term)?;
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
