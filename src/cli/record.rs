//! `sigill record` and `sigill publish`: one record's life after it was registered, and copies of it for other eyes.
//! HOUSE, invariant 8; USERS 8 (5). What is done is an event, told with its entry.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Read;

use serde::Serialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::act::Acted;
use crate::archive::act::Correction;
use crate::archive::encoding::Text as WireText;
use crate::archive::entry::ordinal;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::cli::Answer;
use crate::cli::args::Publish;
use crate::cli::args::RecordArgs;
use crate::cli::args::RecordOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::store::disk;
use crate::verify::text::Text;

/// Who acts where nobody is logged in.
const NOBODY: &str = "kommandorad";
/// Who registers by hand, as events name it.
const COMMAND_LINE: &str = "cli";
/// Longest name or number read from stdin, in bytes.
const PERSON_BYTES_MAX: u64 = 1_000;

/// What was done to a record, in JSON.
#[derive(Serialize)]
pub(super) struct Done<'a> {
    schema: &'static str,
    record: &'a str,
    event: &'static str,
    entry: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<&'a str>,
}

/// An event, in JSON.
#[derive(Serialize)]
struct Line {
    event: &'static str,
    at: String,
    by: String,
    entry: u64,
    verdict: Option<String>,
    detail: Option<WireText>,
}

#[derive(Serialize)]
struct Events<'a> {
    schema: &'static str,
    record: &'a str,
    total: usize,
    events: Vec<Line>,
}

/// A copy that was made, in JSON.
#[derive(Serialize)]
struct Copied<'a> {
    schema: &'static str,
    record: &'a str,
    sha256: &'a str,
    masked: u64,
    images: usize,
    entry: u64,
}

/// What a record says of a person, in JSON.
#[derive(Serialize)]
struct Named<'a> {
    record: &'a str,
    title: Option<&'a str>,
    roles: Vec<WireText>,
}

#[derive(Serialize)]
struct Persons<'a> {
    schema: &'static str,
    total: usize,
    records: Vec<Named<'a>>,
}

/// A signer, whole, in JSON.
#[derive(Serialize)]
struct Signer<'a> {
    name: Option<&'a str>,
    identifier: &'a str,
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    record: &'a str,
    entry: u64,
    signers: Vec<Signer<'a>>,
}

pub(super) fn run(args: &RecordArgs, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let by = args.actor.as_deref().or(config.actor.as_deref()).unwrap_or(NOBODY);
    if let RecordOf::Events { record } = &args.what {
        let archive = open::reading(config, console)?;
        return events(&archive, &one(&archive, record, config)?, console);
    }
    if let RecordOf::Person { person } = &args.what {
        return about(&open::reading(config, console)?, person, console);
    }
    let archive = open::archive(config, console)?;
    let acted = match &args.what {
        RecordOf::Correct { record, reason, title, record_type, diary_number, body, meeting_date, public } => {
            let statement = Correction {
                title: title.clone(),
                record_type: record_type.clone(),
                diary_number: diary_number.clone(),
                body: body.clone(),
                meeting_date: meeting_date.map(|day| day.to_string()),
                public: *public,
            };
            archive.correct(one(&archive, record, config)?.0, &statement, reason, by)?
        }
        RecordOf::Link { record, other, relation } => {
            let (id, other) = (one(&archive, record, config)?.0, one(&archive, other, config)?.0);
            archive.link(id, other, relation, by)?
        }
        RecordOf::VerifyAgain { record } => archive.verify_for_the_record(one(&archive, record, config)?.0, by)?,
        RecordOf::Reveal { record, purpose } => {
            return reveal(&archive, &one(&archive, record, config)?, purpose, by, console);
        }
        RecordOf::ForgetSalt { record, reason, yes } => {
            let (id, _) = one(&archive, record, config)?;
            if !yes {
                console.tell(&would_forget())?;
                return Ok(Answer::No);
            }
            archive.forget_salt(id, reason, by)?
        }
        RecordOf::Events { .. } | RecordOf::Person { .. } => return Ok(Answer::No),
    };
    told(console, &acted, None)
}

/// The one record that a text stands for.
pub(super) fn one(archive: &Archive, query: &OsStr, config: &Config) -> Result<(RecordId, Found), Stop> {
    let found = find::only(query, config, archive)?;
    let id = found.record.id.parse().map_err(|_| archive::Error::Damaged(found.record.id.clone()))?;
    Ok((id, found))
}

/// Tells what was done, with the entry that proves it.
pub(super) fn told(console: &Console, acted: &Acted, hold: Option<&str>) -> Result<Answer, Stop> {
    let event = acted.act.deed.event();
    if console.json {
        let (record, event, entry) = (acted.act.record.as_str(), event.name(), acted.index);
        console.json(&Done { schema: "sigill.done/1", record, event, entry, hold })?;
        return Ok(Answer::Yes);
    }
    let (what, entry) = (event.text(), ordinal(acted.index));
    let name = hold.map(|hold| format!(" {hold}")).unwrap_or_default();
    console.tell(&Text::new(
        format!("{}{name}: handling {}, post nr {entry} i loggen.", what.sv, acted.act.record),
        format!("{}{name}: record {}, entry no. {entry} of the ledger.", what.en, acted.act.record),
    ))?;
    if let Some(said) = acted.act.deed.said() {
        console.tell(&Text::new(format!("  {}", said.sv), format!("  {}", said.en)))?;
    }
    Ok(Answer::Yes)
}

fn events(archive: &Archive, (id, found): &(RecordId, Found), console: &Console) -> Result<Answer, Stop> {
    let happened = archive.events(*id)?.unwrap_or_default();
    if console.json {
        let line = |one: &archive::look_up::Happened| Line {
            event: one.event.name(),
            at: one.at.clone(),
            by: one.actor.clone(),
            entry: one.index,
            verdict: one.found.as_ref().map(|found| found.verdict.clone()),
            detail: one.deed.as_ref().and_then(|deed| deed.said()).as_ref().map(WireText::from),
        };
        let events: Vec<Line> = happened.iter().map(line).collect();
        let record = found.record.id.as_str();
        console.json(&Events { schema: "sigill.events/1", record, total: events.len(), events })?;
        return Ok(Answer::Yes);
    }
    console.say(Style::Strong, found.record.title.as_deref().unwrap_or(&found.record.id))?;
    let number = console.lang.choose("post nr", "entry no.");
    for one in &happened {
        let (what, at) = (one.event.text(), words::moment_of(&one.at, console.lang));
        let said = one.deed.as_ref().and_then(|deed| deed.said()).map(|said| console.lang.of(&said).to_owned());
        let said = said.unwrap_or_default();
        let (what, entry) = (console.lang.of(&what), ordinal(one.index));
        let by = if one.actor == COMMAND_LINE { console.lang.choose(NOBODY, "command line") } else { &one.actor };
        console.say(Style::Plain, &format!("  {at}  {what} ({by}, {number} {entry})  {said}"))?;
    }
    Ok(Answer::Yes)
}

fn about(archive: &Archive, person: &str, console: &Console) -> Result<Answer, Stop> {
    let mut typed = String::new();
    if person == open::STDIN {
        let read = std::io::stdin().lock().take(PERSON_BYTES_MAX).read_to_string(&mut typed);
        read.map_err(|error| Stop::Trouble(words::unreadable_file(std::path::Path::new(person), &error)))?;
    }
    let mentions = archive.about(if typed.is_empty() { person } else { &typed })?;
    if console.json {
        let records = mentions.iter().map(|one| Named {
            record: &one.found.record.id,
            title: one.found.record.title.as_deref(),
            roles: one.roles.iter().map(WireText::from).collect(),
        });
        console.json(&Persons { schema: "sigill.person/1", total: mentions.len(), records: records.collect() })?;
        return Ok(Answer::from(!mentions.is_empty()));
    }
    if mentions.is_empty() {
        console.tell(&Text::new("Ingen handling nämner den personen.", "No record names that person."))?;
    }
    for one in &mentions {
        let roles: Vec<&str> = one.roles.iter().map(|role| console.lang.of(role)).collect();
        let title = one.found.record.title.as_deref().unwrap_or_default();
        console.say(Style::Strong, &format!("{} {title}", one.found.record.id))?;
        console.say(Style::Plain, &format!("  {}", roles.join(", ")))?;
    }
    Ok(Answer::from(!mentions.is_empty()))
}

fn reveal(
    archive: &Archive,
    (id, found): &(RecordId, Found),
    purpose: &str,
    by: &str,
    console: &Console,
) -> Result<Answer, Stop> {
    let (persons, acted) = archive.unmasked(*id, purpose, by)?;
    if console.json {
        let signers = persons.iter().map(|one| Signer { name: one.name.as_deref(), identifier: &one.identifier });
        let (record, entry) = (found.record.id.as_str(), acted.index);
        console.json(&Shown { schema: "sigill.revealed/1", record, entry, signers: signers.collect() })?;
        return Ok(Answer::Yes);
    }
    for one in &persons {
        console.say(Style::Plain, &format!("{} {}", one.name.as_deref().unwrap_or_default(), one.identifier))?;
    }
    told(console, &acted, None)
}

fn would_forget() -> Text {
    Text::new(
        "Handlingens salt skulle förstöras. Då kan ingen längre visa att posten i loggen gäller dokumentet, och inga nya \
         kvitton kan göras; handlingen och redan utlämnade kvitton finns kvar. Inget har ändrats. Lägg till --yes.",
        "The record's salt would be destroyed. Then nobody can show any more that the ledger's entry is about the document, \
         and no new receipts can be made; the record, and receipts handed out, remain. Nothing was changed. Add --yes.",
    )
}

pub(super) fn publish(args: &Publish, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let by = args.actor.as_deref().or(config.actor.as_deref()).unwrap_or(NOBODY);
    let archive = open::archive(config, console)?;
    let (id, found) = one(&archive, &args.record, config)?;
    let path = &args.new_file;
    if path.exists() {
        return Err(unwritten(path, &std::io::Error::from(std::io::ErrorKind::AlreadyExists).to_string()));
    }
    let copy = archive.publish(id, args.purpose.as_deref(), by)?;
    disk::write_new(path, &copy.bytes, &mut OpenOptions::new()).map_err(|error| unwritten(path, &error.to_string()))?;
    if console.json {
        console.json(&Copied {
            schema: "sigill.published/1",
            record: &found.record.id,
            sha256: &copy.sha256,
            masked: copy.hidden,
            images: copy.images,
            entry: copy.index,
        })?;
        return Ok(Answer::Yes);
    }
    let (place, hidden, entry, sha256) = (path.display(), copy.hidden, ordinal(copy.index), &copy.sha256);
    console.tell(&Text::new(
        format!(
            "Kopian är skriven till {place}: utan underskrifter, {hidden} personnummer borttagna. Dess kontrollsumma \
             {sha256} är registrerad, post nr {entry}; den som kontrollerar kopian får veta vad den är en kopia av. \
             Läs igenom kopian innan den lämnas ut: namn och annat i texten är kvar."
        ),
        format!(
            "The copy was written to {place}: without signatures, {hidden} personal numbers taken out. Its SHA-256 {sha256} \
             is registered, entry no. {entry}; whoever checks the copy is told what it is a copy of. Read the copy through \
             before it is given away: names and all else in the text are still there."
        ),
    ))?;
    if copy.images > 0 {
        let images = copy.images;
        console.note(&Text::new(
            format!("Obs: {images} bilder på sidorna har inte granskats. Se efter att inget personnummer syns i dem."),
            format!("Note: {images} images on its pages were not examined. See that no personal number shows in them."),
        ));
    }
    Ok(Answer::Yes)
}

fn unwritten(path: &std::path::Path, error: &str) -> Stop {
    let path = path.display();
    Stop::trouble(
        format!("Kopian kan inte skrivas till {path}: {error}. Originalet är orört. Välj en annan plats med -o."),
        format!(
            "The copy cannot be written to {path}: {error}. The original is untouched. Choose another place with -o."
        ),
    )
}
