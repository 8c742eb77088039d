//! `sigill compare`: what differs between a file's text and a record's. A hint for people, evidence level D, never a verdict.
//! USERS 11 number 1: likeness of text is no verdict.

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::encoding::Text as WireText;
use crate::archive::encoding::Verification;
use crate::archive::look_up::Found;
use crate::archive::related::RELATED_MAX;
use crate::archive::related::Related;
use crate::cli::Answer;
use crate::cli::args::Compare;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::verify::comparison::Comparison;
use crate::verify::comparison::Place;
use crate::verify::text::Text;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered<'a> {
    schema: &'static str,
    file: &'a str,
    record: &'a str,
    evidence: &'static str,
    equal_lines: usize,
    lines: usize,
    places: Vec<WirePlace<'a>>,
    more_places: usize,
    truncated: bool,
    #[serde(flatten)]
    text: WireText,
}

#[derive(Serialize)]
struct WirePlace<'a> {
    kind: &'static str,
    page: usize,
    before: &'a str,
    original: &'a str,
    copy: &'a str,
}

impl<'a> From<&'a Place> for WirePlace<'a> {
    fn from(place: &'a Place) -> Self {
        let Place { kind, page, before, original, copy } = place;
        Self { kind: kind.code(), page: *page, before, original, copy }
    }
}

/// A record that belongs to another, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kin {
    record: String,
    title: Option<String>,
    kind: &'static str,
    shared_transaction_ids: usize,
    #[serde(flatten)]
    text: WireText,
}

impl From<&Related> for Kin {
    fn from(one: &Related) -> Self {
        let record = &one.found.record;
        Self {
            record: record.id.clone(),
            title: record.title.clone(),
            kind: one.kinship.name(),
            shared_transaction_ids: one.shared,
            text: (&one.kinship.words()).into(),
        }
    }
}

/// The records that belong to one, a line or two for each.
pub(super) fn tell_related(console: &Console, related: &[Related]) -> std::io::Result<()> {
    for one in related {
        let record = &one.found.record;
        let title = record.title.as_deref().unwrap_or(&record.verification.file.name);
        let label = console.lang.choose("Hör ihop med", "Belongs with");
        console.say(Style::Plain, &format!("  {label}: {title}, {}", record.id))?;
        console.say(Style::Plain, &format!("      {}", console.lang.of(&one.kinship.words())))?;
    }
    Ok(())
}

pub(super) fn run(args: &Compare, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let file = open::file(&args.file, config.archive.budget.document_bytes_max).map_err(Stop::Trouble)?;
    let archive = open::reading(config, console)?;
    let found = match &args.record {
        Some(record) => find::only(record, config, &archive)?,
        None => claimed(&archive, &file)?,
    };
    let id = found.record.id.parse().map_err(|_| gone(&found.record.id))?;
    let compared = archive.compare(&file, id)?.ok_or_else(|| gone(&found.record.id))?;
    if console.json {
        console.json(&Answered {
            schema: "sigill.compared/1",
            file: &open::name(&args.file),
            record: &found.record.id,
            evidence: "D",
            equal_lines: compared.equal,
            lines: compared.lines,
            places: compared.places.iter().map(WirePlace::from).collect(),
            more_places: compared.more,
            truncated: compared.truncated,
            text: (&compared.text).into(),
        })?;
    } else {
        tell(console, &found, &compared)?;
    }
    Ok(Answer::from(compared.places.is_empty() && !compared.truncated))
}

/// The record that a file claims to be a copy of; where several are, the first that is signed.
fn claimed(archive: &Archive, file: &[u8]) -> Result<Found, Stop> {
    let found = Verification::of(&archive.verify(file), "", archive.body());
    let related = archive.related(&found, true, RELATED_MAX)?;
    related.into_iter().next().map(|one| one.found).ok_or_else(|| {
        Stop::trouble(
            "Filen nämner inget Transaktions-ID som någon handling här har. Inget har jämförts. Ange handlingen: dess id \
             eller diarienummer.",
            "The file names no transaction id that a record here has. Nothing was compared. Name the record: its id or diary \
             number.",
        )
    })
}

fn gone(id: &str) -> Stop {
    Stop::trouble(
        format!("Handlingen {id} finns inte kvar. Inget har jämförts."),
        format!("The record {id} is no longer there. Nothing was compared."),
    )
}

fn tell(console: &Console, found: &Found, compared: &Comparison) -> std::io::Result<()> {
    let record = &found.record;
    let title = record.title.as_deref().unwrap_or(&record.verification.file.name);
    console.say(Style::Strong, &format!("{title}, {}", record.id))?;
    console.say(Style::Plain, console.lang.of(&compared.text))?;
    for place in &compared.places {
        let (page, what) = (console.lang.choose("Sida", "Page"), place.kind.words());
        let after = console.lang.choose("efter", "after");
        let what = console.lang.of(&what);
        console.say(Style::Plain, &format!("  {page} {}, {after} ”… {}”: {what}", place.page, place.before))?;
        let sides = [("Originalet", "Original", &place.original), ("Filen", "File", &place.copy)];
        for (sv, en, words) in sides.into_iter().filter(|(_, _, words)| !words.is_empty()) {
            console.say(Style::Plain, &format!("      {}: {words}", console.lang.choose(sv, en)))?;
        }
    }
    if compared.more > 0 {
        let text = Text::new(
            format!("  … och {} ställen till.", compared.more),
            format!("  … and {} places more.", compared.more),
        );
        console.say(Style::Plain, console.lang.of(&text))?;
    }
    Ok(())
}
