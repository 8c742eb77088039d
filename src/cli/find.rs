//! `sigill find`: records by anything a person can hold in the hand.
//! INTERFACES section 1: whatever matches nothing is exit 1; USERS 8 (6): "wrong form" and "not there" in two sentences.

use std::ffi::OsStr;
use std::path::Path;

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::act::Disposal;
use crate::archive::catalogue::Query;
use crate::archive::disposed;
use crate::archive::encoding::hex;
use crate::archive::entry::ordinal;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::record::Record;
use crate::archive::related::RELATED_FEW;
use crate::archive::related::RELATED_MAX;
use crate::cli::Answer;
use crate::cli::args::Find;
use crate::cli::compare;
use crate::cli::compare::Kin;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::retention;
use crate::cli::show;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::verify::crypto;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Answered<'a> {
    schema: &'static str,
    total: usize,
    records: Vec<Hit<'a>>,
}

/// A record with its place in the ledger and its term, in JSON.
#[derive(Serialize)]
pub(super) struct Hit<'a> {
    entry: u64,
    #[serde(flatten)]
    record: &'a Record,
    /// What was decided on its disposal, where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    disposal: Option<&'a Disposal>,
    retention: retention::Wire,
    related: Vec<Kin>,
}

impl<'a> Hit<'a> {
    pub(super) fn of(archive: &Archive, found: &'a Found) -> Result<Self, Stop> {
        let retention = retention::Wire::of(&archive.retention(found));
        let related = archive.related(&found.record.verification, true, RELATED_MAX)?.iter().map(Kin::from).collect();
        let disposal = found.life.disposal();
        Ok(Self { entry: found.index, record: &found.record, disposal, related, retention })
    }
}

pub(super) fn run(args: &Find, config: &Config, console: &Console) -> Result<Answer, Stop> {
    // What can mean nothing matches nothing: exit 1, in words of its own.
    let meanings = meanings(&args.query, config)?;
    let archive = open::reading(config, console)?;
    let found = archive.find(meanings.as_deref().unwrap_or_default())?;
    if console.json {
        let records: Result<_, _> = found.iter().map(|one| Hit::of(&archive, one)).collect();
        let records = records?;
        console.json(&Answered { schema: "sigill.found/1", total: found.len(), records })?;
    } else if found.is_empty() {
        let meanings = meanings.as_deref();
        console.note(&gone(&archive, meanings).or_else(|| meanings.map(not_there)).unwrap_or_else(malformed));
    } else {
        if let Some([Query::Document(asked)]) = meanings.as_deref()
            && found.iter().all(|one| one.record.verification.file.sha256 != hex(asked))
        {
            console.tell(&made_of_it())?;
        }
        found.iter().try_for_each(|one| tell(console, &archive, one))?;
    }
    Ok(Answer::from(!found.is_empty()))
}

/// The one record that a text stands for: its id, or whatever else finds exactly one.
pub(super) fn only(query: &OsStr, config: &Config, archive: &Archive) -> Result<Found, Stop> {
    let meanings = meanings(query, config)?.ok_or_else(|| Stop::Trouble(malformed()))?;
    let mut found = archive.find(&meanings)?;
    match (found.pop(), found.len()) {
        (None, _) => Err(Stop::Trouble(not_there(&meanings))),
        (Some(one), 0) => Ok(one),
        (Some(last), _) => {
            let mut ids: Vec<String> = found.iter().map(|one| one.record.id.clone()).collect();
            ids.push(last.record.id);
            let ids = ids.join(", ");
            Err(Stop::trouble(
                format!("Flera handlingar svarar mot det: {ids}. Inget har gjorts. Ange ett av de id:na."),
                format!("Several records answer to that: {ids}. Nothing was done. Give one of those ids."),
            ))
        }
    }
}

/// What a text may mean; none where it can mean nothing. A file that exists is meant by its bytes.
fn meanings(query: &OsStr, config: &Config) -> Result<Option<Vec<Query>>, Stop> {
    let path = Path::new(query);
    if path.is_file() || query == open::STDIN {
        let document = open::file(path, config.archive.budget.document_bytes_max).map_err(Stop::Trouble)?;
        return Ok(Some(vec![Query::Document(crypto::sha256(&[&document]))]));
    }
    Ok(query.to_str().and_then(|text| Query::parse(text).ok()))
}

/// That a record is gone, or is to go, or is on hold: before anything else is said of it.
fn became(found: &Found) -> Option<Text> {
    let day = |text: &str| text.split('T').next().unwrap_or_default().to_owned();
    match (&found.life.disposal, found.life.holds.as_slice()) {
        (Some(Stage::Done(one)), _) => {
            let (at, number) = (day(one.carried_out_at.as_deref().unwrap_or_default()), &one.decision);
            Some(Text::new(
                format!(
                    "Handlingen gallrades {at} enligt beslut {number}. Kontrollsumma och uppgifterna nedan finns kvar."
                ),
                format!(
                    "The record was disposed of on {at} by decision {number}. Its SHA-256 and what stands below remain."
                ),
            ))
        }
        (Some(Stage::Decided(one)), _) => {
            let (until, number) = (day(&one.not_before), &one.decision);
            Some(Text::new(
                format!("Gallring är beslutad ({number}) och kan ångras till {until}. Dokumentet lämnas inte ut."),
                format!(
                    "Disposal is decided ({number}) and can be undone until {until}. The document is not given out."
                ),
            ))
        }
        (Some(Stage::Proposed(_)) | None, holds @ [_, ..]) => {
            let reason = holds.iter().map(|hold| hold.reason.as_str()).collect::<Vec<_>>().join("; ");
            Some(Text::new(format!("Gallringsstopp: {reason}."), format!("On hold: {reason}.")))
        }
        (Some(Stage::Proposed(_)) | None, []) => None,
    }
}

/// What is shown is about the record, not about the file that was asked for.
fn made_of_it() -> Text {
    Text::new(
        "Filen är inte handlingen själv utan en registrerad kopia av den, eller ett kontrollintyg om den. Det som står \
         nedan gäller originalet:",
        "The file is not the record itself but a registered copy of it, or a statement about it. What stands below is \
         about the original:",
    )
}

fn malformed() -> Text {
    Text::new(
        "Det där går inte att söka på. Ange ett Transaktions-ID (oftast 36 tecken med bindestreck), en kontrollsumma \
         (64 tecken), ett handlings-id (24 tecken), ett diarienummer eller namnet på en fil som finns.",
        "That cannot be looked up. Give a transaction id (mostly 36 characters with hyphens), a SHA-256 (64 characters), \
         a record id (24 characters), a diary number or the name of a file that exists.",
    )
}

/// That a record was disposed of which this archive, restored from an older backup, has no more than the tombstone of.
fn gone(archive: &Archive, meanings: Option<&[Query]>) -> Option<Text> {
    let disposed = disposed::read(archive.directory()).ok()?;
    let id = meanings?.iter().find_map(|meaning| match meaning {
        Query::Record(id) => Some(id),
        Query::Transaction(_) | Query::Document(_) | Query::Diary(_) => None,
    })?;
    let decision = disposed.get(id)?;
    let (sv, en) = match decision.as_str() {
        "" => (String::new(), String::new()),
        decision => (format!(" enligt beslut {decision}"), format!(" by decision {decision}")),
    };
    Some(Text::new(
        format!("Handling {id} är gallrad{sv}. Arkivet är återställt från en äldre kopia, så mer finns inte om den."),
        format!(
            "Record {id} was disposed of{en}. The archive was restored from an older backup and has no more of it."
        ),
    ))
}

fn not_there(meanings: &[Query]) -> Text {
    if matches!(meanings, [Query::Document(_)]) {
        return Text::new(
            "Ingen handling med den kontrollsumman är registrerad här. Filen kan vara en annan version: kontrollera \
             den \
             med `sigill verify`.",
            "No record with that SHA-256 is registered here. The file may be another version: verify it with `sigill \
             verify`.",
        );
    }
    Text::new(
        "Vi hittar ingen handling med det ID:t. Kontrollera att du kopierat hela; handlingen kan finnas hos en annan \
         myndighet. Har du filen? Kontrollera den med `sigill verify`.",
        "No record with that id was found. Check that you copied all of it; the record may be kept by another body. Do \
         you have the file? Verify it with `sigill verify`.",
    )
}

fn tell(console: &Console, archive: &Archive, found: &Found) -> Result<(), Stop> {
    let Found { record, index, .. } = found;
    let choose = |sv, en| console.lang.choose(sv, en);
    let moment = |text: &str| words::moment_of(text, console.lang);
    console.say(Style::Strong, record.title.as_deref().unwrap_or(&record.verification.file.name))?;
    if let Some(state) = became(found) {
        console.tell(&state)?;
    }
    show::headline_then(console, &record.verification)?;
    show::signers(console, &record.verification)?;
    let (number, of) = (ordinal(*index), archive.ledger().size());
    let registered = match console.lang {
        crate::config::Lang::Sv => format!("post nr {number} av {of}, {}", moment(&record.registered_at)),
        crate::config::Lang::En => format!("entry no. {number} of {of}, {}", moment(&record.registered_at)),
    };
    let rows = [
        (choose("Registrerad", "Registered"), Some(registered)),
        (choose("Handlings-id", "Record id"), Some(record.id.clone())),
        (choose("Diarienummer", "Diary number"), record.diary_number.clone()),
        (choose("Organ", "Body"), record.body.clone()),
        (choose("Sammanträde", "Meeting"), record.meeting_day().map(|date| words::day(date, console.lang))),
        ("Transaktions-ID", Some(record.transaction_ids.join(", ")).filter(|ids| !ids.is_empty())),
        (choose("Kontrollsumma", "SHA-256"), Some(record.verification.file.sha256.clone())),
        (choose("Bevarande", "Retention"), Some(console.lang.of(&archive.retention(found).reason).to_owned())),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            console.say(Style::Plain, &format!("  {label}: {value}"))?;
        }
    }
    compare::tell_related(console, &archive.related(&record.verification, true, RELATED_FEW)?)?;
    Ok(console.say(Style::Plain, "")?)
}
