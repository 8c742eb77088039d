//! Disposal by two persons: propose, decide, refuse, undo, carry out, and the protocol. USERS 9.6.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::act::Disposal;
use crate::archive::disposal::Outcomes;
use crate::archive::disposal::about_backups;
use crate::archive::encoding::Text as WireText;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::protocol;
use crate::archive::record::RecordId;
use crate::archive::retention::Due;
use crate::archive::statement::Language;
use crate::cli::Answer;
use crate::cli::console::Style;
use crate::cli::csv::Csv;
use crate::cli::open;
use crate::cli::retention::Desk;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Lang;
use crate::verify::text::Text;

/// What became of a list of records, in JSON.
#[derive(Serialize)]
struct Became {
    schema: &'static str,
    proposal: Option<String>,
    done: Vec<String>,
    skipped: Vec<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backups: Option<WireText>,
}

#[derive(Serialize)]
struct Skipped {
    record: String,
    reason: WireText,
}

/// A proposal, in JSON.
#[derive(Serialize)]
struct Open<'a> {
    proposal: &'a str,
    records: Vec<Member<'a>>,
}

/// A record of a proposal or of a decision, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    record: &'a str,
    title: Option<&'a str>,
    proposed_by: Option<&'a str>,
    on_hold: bool,
    disposal: Option<&'a Disposal>,
}

#[derive(Serialize)]
struct List<T> {
    schema: &'static str,
    total: usize,
    items: Vec<T>,
}

pub(super) fn propose(desk: &Desk<'_>, records: &[OsString], due: Option<Date>) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    let mut ids: Vec<RecordId> = Vec::new();
    if let Some(by) = due {
        let over = archive.due(by)?.into_iter().filter(|(_, _, what)| *what == Due::Disposal);
        ids.extend(over.filter_map(|(found, _, _)| found.record.id.parse::<RecordId>().ok()));
    }
    for record in records {
        ids.push(desk.record(&archive, record)?.0);
    }
    let outcomes = archive.propose_disposal(&ids, desk.by)?;
    let said = Text::new(
        format!("Gallringsförslag {}. Någon annan granskar och beslutar: sigill retention dispose", outcomes.proposal),
        format!("Proposal {}. Somebody else examines it and decides: sigill retention dispose", outcomes.proposal),
    );
    became(desk, &outcomes, &said, None)
}

pub(super) fn decide(desk: &Desk<'_>, proposal: &str, decision: &str, protocol: Option<&Path>) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    // A place that cannot be written to is known before anything is decided.
    let mut begun = protocol.map(begin).transpose()?;
    let outcomes = archive.decide_disposal(proposal, decision, desk.by)?;
    if let Some((begun, path)) = &mut begun
        && !outcomes.done.is_empty()
    {
        write(desk, &archive, begun, proposal, path)?;
    }
    drop(archive);
    if desk.config.archive.quarantine.is_zero() && !outcomes.done.is_empty() {
        drop(desk.archive()?);
    }
    let days = desk.config.archive.quarantine.as_secs() / (24 * 3600);
    let (sv, en) = match days {
        0 => (
            "De förstörs nu; det kan inte ångras.".to_owned(),
            "They are destroyed now; there is no undoing.".to_owned(),
        ),
        _ => (
            format!("Beslutet kan ångras i {days} dagar (sigill retention undo {proposal}); därefter förstörs de."),
            format!("It can be undone for {days} days (sigill retention undo {proposal}); then they are destroyed."),
        ),
    };
    let said = Text::new(
        format!(
            "Gallring beslutad enligt {decision}. Dokumenten lämnas inte ut mer. {sv} Uppgift om vad de var, \
             kontrollsumma, händelser och protokoll sparas."
        ),
        format!(
            "Disposal decided by {decision}. The documents are given out no more. {en} What they were, their SHA-256, \
             events and protocol are kept."
        ),
    );
    became(desk, &outcomes, &said, Some(about_backups()))
}

pub(super) fn refuse(desk: &Desk<'_>, proposal: &str, reason: &str) -> Result<Answer, Stop> {
    let outcomes = desk.archive()?.refuse_disposal(proposal, reason, desk.by)?;
    let said = Text::new(format!("Förslag {proposal} avslaget."), format!("Proposal {proposal} refused."));
    became(desk, &outcomes, &said, None)
}

pub(super) fn undo(desk: &Desk<'_>, proposal: &str, reason: &str) -> Result<Answer, Stop> {
    let outcomes = desk.archive()?.undo_disposal(proposal, reason, desk.by)?;
    let said = Text::new(
        format!("Beslutet om {proposal} är ångrat. Handlingarna är som före förslaget."),
        format!("The decision on {proposal} is undone. The records are as before the proposal."),
    );
    became(desk, &outcomes, &said, None)
}

pub(super) fn carry_out(desk: &Desk<'_>) -> Result<Answer, Stop> {
    let archive = desk.archive()?;
    let done = archive.carry_out_disposals()?;
    drop(archive);
    if !done.is_empty() {
        // Opening makes the catalogue anew, without the words of what is gone.
        drop(desk.archive()?);
    }
    let outcomes = Outcomes { done, ..Outcomes::default() };
    let count = outcomes.done.len();
    let said = Text::new(format!("{count} handlingar gallrade."), format!("{count} records disposed of."));
    let backups = (count > 0).then(about_backups);
    became(desk, &outcomes, &said, backups).map(|_| Answer::Yes)
}

pub(super) fn proposals(desk: &Desk<'_>) -> Result<Answer, Stop> {
    let archive = open::reading(desk.config, desk.console)?;
    let open = archive.proposals()?;
    if desk.console.json {
        let items =
            open.iter().map(|one| Open { proposal: &one.name, records: one.records.iter().map(member).collect() });
        desk.console.json(&List { schema: "sigill.proposals/1", total: open.len(), items: items.collect() })?;
        return Ok(Answer::Yes);
    }
    if open.is_empty() {
        desk.console.tell(&Text::new("Det finns inga öppna gallringsförslag.", "There are no open proposals."))?;
    }
    for one in &open {
        desk.console.say(Style::Strong, &one.name)?;
        one.records.iter().try_for_each(|found| listed(desk, found))?;
    }
    Ok(Answer::Yes)
}

pub(super) fn disposed(desk: &Desk<'_>, decision: Option<&str>) -> Result<Answer, Stop> {
    let archive = open::reading(desk.config, desk.console)?;
    let mut gone = archive.disposed_of()?;
    let by = |found: &Found, number: &str| found.life.disposal().is_some_and(|one| one.decision == number);
    gone.retain(|found| decision.is_none_or(|number| by(found, number)));
    if desk.console.json {
        let items: Vec<Member<'_>> = gone.iter().map(member).collect();
        desk.console.json(&List { schema: "sigill.disposed/1", total: items.len(), items })?;
        return Ok(Answer::Yes);
    }
    if gone.is_empty() {
        desk.console.tell(&Text::new("Ingen handling är gallrad så.", "No record was disposed of so."))?;
    }
    gone.iter().try_for_each(|found| listed(desk, found))?;
    Ok(Answer::Yes)
}

pub(super) fn protocol(desk: &Desk<'_>, proposal: &str, output: &Path) -> Result<Answer, Stop> {
    let archive = open::reading(desk.config, desk.console)?;
    archive.protocol(proposal)?;
    let (mut begun, path) = begin(output)?;
    write(desk, &archive, &mut begun, proposal, path)?;
    let path = output.display();
    desk.console.note(&Text::new(
        format!("Gallringsprotokollet är skrivet till {path}."),
        format!("The protocol is written to {path}."),
    ));
    Ok(Answer::Yes)
}

/// A protocol that is being written: a table, or pages.
enum Begun {
    Table(Csv),
    Paper(File),
}

/// Begins it: pages where the name ends in `.pdf`, else a table.
fn begin(path: &Path) -> Result<(Begun, &Path), Stop> {
    if path.exists() {
        return Err(no_protocol(path, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let paper = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
    let begun = if paper {
        File::create_new(path).map(Begun::Paper)
    } else {
        Csv::create(path, &protocol::COLUMNS).map(Begun::Table)
    };
    Ok((begun.map_err(|error| no_protocol(path, &error))?, path))
}

fn write(desk: &Desk<'_>, archive: &Archive, begun: &mut Begun, proposal: &str, path: &Path) -> Result<(), Stop> {
    let written = match begun {
        Begun::Table(table) => {
            let protocol = archive.protocol(proposal)?;
            protocol.lines.iter().try_for_each(|line| table.row(&line.cells().each_ref().map(String::as_str)))
        }
        Begun::Paper(file) => {
            let language = match desk.console.lang {
                Lang::Sv => Language::Sv,
                Lang::En => Language::En,
            };
            let pages = archive.protocol_paper(proposal, language)?;
            file.write_all(&pages).and_then(|()| file.sync_all())
        }
    };
    written.map_err(|error| no_protocol(path, &error))
}

fn no_protocol(path: &Path, error: &std::io::Error) -> Stop {
    let path = path.display();
    Stop::trouble(
        format!(
            "Protokollet {path} kan inte skrivas: {error}. Skriv det till en annan plats med `sigill retention protocol`; \
             `sigill retention proposals` visar vad som är beslutat."
        ),
        format!(
            "The protocol {path} cannot be written: {error}. Write it elsewhere with `sigill retention protocol`; \
             `sigill retention proposals` shows what is decided."
        ),
    )
}

fn member(found: &Found) -> Member<'_> {
    let proposed_by = match &found.life.disposal {
        Some(Stage::Proposed(proposed)) => Some(proposed.by.as_str()),
        Some(Stage::Decided(disposal) | Stage::Done(disposal)) => Some(disposal.proposed_by.as_str()),
        None => None,
    };
    Member {
        record: &found.record.id,
        title: found.record.title.as_deref(),
        proposed_by,
        on_hold: !found.life.holds.is_empty(),
        disposal: found.life.disposal(),
    }
}

fn listed(desk: &Desk<'_>, found: &Found) -> Result<(), Stop> {
    let lang = desk.console.lang;
    let moment = |text: &str| words::moment_of(text, lang);
    let state = match &found.life.disposal {
        Some(Stage::Proposed(one)) => {
            let (by, at) = (&one.by, moment(&one.at));
            Text::new(format!("föreslagen av {by} {at}"), format!("proposed by {by} {at}"))
        }
        Some(Stage::Decided(one)) => {
            let (number, until) = (&one.decision, moment(&one.not_before));
            Text::new(format!("beslut {number}, kan ångras till {until}"), format!("decision {number}, until {until}"))
        }
        Some(Stage::Done(one)) => {
            let (number, at) = (&one.decision, moment(one.carried_out_at.as_deref().unwrap_or_default()));
            Text::new(format!("gallrad {at} enligt beslut {number}"), format!("disposed of {at} by decision {number}"))
        }
        None => Text::new("", ""),
    };
    let held = if found.life.holds.is_empty() { "" } else { lang.choose(" – gallringsstopp", " – on hold") };
    let title = found.record.title.as_deref().unwrap_or_default();
    Ok(desk.console.say(Style::Plain, &format!("  {} {title}: {}{held}", found.record.id, lang.of(&state)))?)
}

fn became(desk: &Desk<'_>, outcomes: &Outcomes, said: &Text, backups: Option<Text>) -> Result<Answer, Stop> {
    let some = !outcomes.done.is_empty();
    let backups = backups.filter(|_| some);
    if desk.console.json {
        let skipped = outcomes
            .skipped
            .iter()
            .map(|(id, why)| Skipped { record: id.to_string(), reason: (&why.text()).into() })
            .collect();
        desk.console.json(&Became {
            schema: "sigill.disposal/1",
            proposal: some.then(|| outcomes.proposal.clone()),
            done: outcomes.done.iter().map(ToString::to_string).collect(),
            skipped,
            backups: backups.as_ref().map(WireText::from),
        })?;
        return Ok(Answer::from(some));
    }
    for id in &outcomes.done {
        desk.console.say(Style::Plain, &format!("  {id}"))?;
    }
    for (id, why) in &outcomes.skipped {
        let why = why.text();
        desk.console
            .tell(&Text::new(format!("  {id} hoppas över: {}", why.sv), format!("  {id} left out: {}", why.en)))?;
    }
    if some {
        desk.console.tell(said)?;
    } else if outcomes.skipped.is_empty() {
        desk.console.tell(&Text::new("Inget att göra.", "Nothing to do."))?;
    }
    backups.as_ref().map_or(Ok(()), |backups| desk.console.tell(backups))?;
    Ok(Answer::from(some))
}
