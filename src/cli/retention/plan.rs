//! Putting another retention schedule in force, its effect shown first. USERS 3b and 9.6: "påverkar 412 handlingar, 0 får
//! kortare frist"; a term is shortened only by a new decision.

use std::path::Path;

use serde::Serialize;

use crate::archive::encoding::Text as WireText;
use crate::archive::entry::ordinal;
use crate::archive::retention::Schedule;
use crate::archive::retention::plan;
use crate::archive::schedules::Changed;
use crate::archive::schedules::Preview;
use crate::cli::Answer;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::retention::Desk;
use crate::cli::stop::Stop;
use crate::verify::text::Text;

/// Largest schedule read, in bytes.
const PLAN_BYTES_MAX: u64 = 4 << 20;
/// Records that are named one by one; the others are counted.
const NAMED: usize = 20;

/// What was asked for.
pub(super) struct Wanted<'a> {
    pub(super) file: &'a Path,
    pub(super) version: Option<&'a str>,
    pub(super) decision: Option<&'a str>,
    pub(super) yes: bool,
}

/// The effect of a schedule, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Effect {
    schema: &'static str,
    version: String,
    rules: usize,
    records: usize,
    changed: Vec<Line>,
    shorter: usize,
    in_force: bool,
    entry: Option<u64>,
}

#[derive(Serialize)]
struct Line {
    record: String,
    title: Option<String>,
    now: WireText,
    then: WireText,
    shorter: bool,
}

pub(super) fn run(desk: &Desk<'_>, wanted: &Wanted<'_>) -> Result<Answer, Stop> {
    let text = text(wanted)?;
    let schedule = Schedule::parse(&text).map_err(|error| unreadable(wanted.file, &error.text()))?;
    let archive = if wanted.yes { desk.archive()? } else { open::reading(desk.config, desk.console)? };
    let preview = archive.preview(&schedule)?;
    let undecided = preview.undecided().count();
    // A new number on the command line is a new decision, whatever the file says of each rule.
    let barred = undecided > 0 && wanted.decision.is_none();
    let entry = match wanted.yes && !barred {
        true => Some(archive.adopt(&schedule, &text, wanted.decision, desk.by)?.index),
        false => None,
    };
    tell(desk, &schedule, &preview, undecided, entry)?;
    Ok(Answer::from(!barred))
}

/// The schedule as TOML, made from a table where the file is one.
fn text(wanted: &Wanted<'_>) -> Result<String, Stop> {
    let bytes = open::file(wanted.file, PLAN_BYTES_MAX).map_err(Stop::Trouble)?;
    let table = wanted.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if !table {
        return String::from_utf8(bytes)
            .map_err(|_| unreadable(wanted.file, &Text::new("den är inte UTF-8", "it is not UTF-8")));
    }
    let version = wanted.version.ok_or_else(|| {
        Stop::trouble(
            "Tabellen har ingen version. Inget har ändrats. Ange en med --plan-version, till exempel 2027.1.",
            "The table has no version. Nothing was changed. Give one with --plan-version, for example 2027.1.",
        )
    })?;
    let name = wanted.file.file_stem().unwrap_or_default().to_string_lossy();
    plan::toml_of(&bytes, version, &name).map_err(|fault| {
        let (path, row) = (wanted.file.display(), fault.row);
        Stop::trouble(
            format!("{path}, rad {row}: {}. Inget har ändrats. Rätta raden och försök igen.", fault.what.sv),
            format!("{path}, row {row}: {}. Nothing was changed. Correct the row and try again.", fault.what.en),
        )
    })
}

fn tell(
    desk: &Desk<'_>,
    schedule: &Schedule,
    preview: &Preview,
    undecided: usize,
    entry: Option<u64>,
) -> Result<(), Stop> {
    let console = desk.console;
    let shorter = preview.shorter().count();
    if console.json {
        let effect = Effect {
            schema: "sigill.plan/1",
            version: schedule.version.clone(),
            rules: schedule.rules.len(),
            records: preview.records,
            changed: preview.changed.iter().map(line).collect(),
            shorter,
            in_force: entry.is_some(),
            entry,
        };
        return Ok(console.json(&effect)?);
    }
    let (version, rules, changed) = (&schedule.version, schedule.rules.len(), preview.changed.len());
    console.tell(&Text::new(
        format!("Plan {version}, {rules} regler: påverkar {changed} handlingar, {shorter} får kortare frist."),
        format!("Schedule {version}, {rules} rules: changes {changed} records, {shorter} of them to a shorter term."),
    ))?;
    for one in preview.changed.iter().take(NAMED) {
        let style = if one.shorter { Style::Open } else { Style::Plain };
        let title = one.title.as_deref().unwrap_or_default();
        console.say(style, &format!("  {} {title}", one.record))?;
        console.say(Style::Plain, &format!("    – {}", console.lang.of(&one.now.reason)))?;
        console.say(Style::Plain, &format!("    + {}", console.lang.of(&one.then.reason)))?;
    }
    let said = match entry.map(ordinal) {
        Some(entry) => Text::new(
            format!("Planen gäller från och med nu, post nr {entry} i loggen. Starta om tjänsten om den är igång."),
            format!("The schedule is in force, entry no. {entry} of the ledger. Restart the service where it runs."),
        ),
        None if undecided > 0 => Text::new(
            format!("{undecided} handlingar får kortare frist utan nytt beslut. Inget har ändrats. Ange --decision."),
            format!(
                "{undecided} records get a shorter term without a new decision. Nothing was changed. Give --decision."
            ),
        ),
        None => Text::new(
            "Inget har ändrats. Lägg till --yes för att låta planen gälla.",
            "Nothing was changed. Add --yes to put the schedule in force.",
        ),
    };
    Ok(console.tell(&said)?)
}

fn line(changed: &Changed) -> Line {
    let Changed { record, title, now, then, shorter } = changed.clone();
    Line { record, title, now: (&now.reason).into(), then: (&then.reason).into(), shorter }
}

fn unreadable(path: &Path, what: &Text) -> Stop {
    let (path, Text { sv, en }) = (path.display(), what);
    Stop::trouble(
        format!("Planen {path} kan inte följas: {sv}. Inget har ändrats. Rätta den och försök igen."),
        format!("The schedule {path} cannot be followed: {en}. Nothing was changed. Correct it and try again."),
    )
}
