//! What a document's text was understood to say, as a table for people: nothing here is verified.
//! Notes on Swedish minutes, 5; USERS 8 number 20.

use std::io;

use crate::archive::encoding::MinutesFacts;
use crate::archive::encoding::ParagraphFacts;
use crate::cli::console::Console;
use crate::cli::console::Style;

/// Width of the left column, the longest label and a space.
const LABELS: usize = 20;

/// Shows kind, meeting and people; with `details`, each matter and what was decided. Nothing where nothing was read.
pub(super) fn told(console: &Console, minutes: &MinutesFacts, details: bool) -> io::Result<()> {
    let choose = |sv: &'static str, en: &'static str| console.lang.choose(sv, en);
    let row = |label: &str, value: &str| -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        console.say(Style::Plain, &format!("      {label:LABELS$}{value}"))
    };
    console.say(Style::Plain, &format!("  {}", choose("Så läste vi texten:", "What we read in the text:")))?;
    row(choose("Slag", "Kind"), kind(console, &minutes.kind))?;
    row(choose("Rubrik", "Title"), minutes.title.as_deref().unwrap_or_default())?;
    row(choose("Organ", "Body"), minutes.body.as_deref().unwrap_or_default())?;
    row(choose("Datum", "Date"), minutes.date.as_deref().unwrap_or_default())?;
    row(choose("Plats", "Place"), minutes.place.as_deref().unwrap_or_default())?;
    row(choose("Närvarande", "Present"), &counted(minutes.present.len()))?;
    row(choose("Sekreterare", "Secretary"), minutes.secretary.as_deref().unwrap_or_default())?;
    row(choose("Ordförande", "Chair"), &minutes.chairs.join(", "))?;
    row(choose("Justerare", "Adjusters"), &minutes.adjusters.join(", "))?;
    row(choose("Ärenden", "Matters"), &matters(minutes))?;
    if details {
        minutes.paragraphs.iter().try_for_each(|matter| decided(console, matter))?;
    }
    if let Some(signing) = &minutes.signing {
        row(choose("Underskrifter", "Signatures"), console.lang.choose(&signing.sv, &signing.en))?;
    }
    let computed = minutes.dates.iter().flat_map(|dates| &dates.computed);
    computed
        .zip([choose("Dagar", "Days")].into_iter().chain(std::iter::repeat("")))
        .try_for_each(|(text, label)| row(label, console.lang.choose(&text.sv, &text.en)))
}

fn kind<'a>(console: &Console, kind: &'a str) -> &'a str {
    let (sv, en) = match kind {
        "minutes" => ("protokoll", "minutes"),
        "meeting-notes" => ("mötesanteckningar", "meeting notes"),
        "information" => ("information", "information"),
        "summons" => ("kallelse", "summons"),
        _ => return kind,
    };
    console.lang.choose(sv, en)
}

fn counted(count: usize) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}

/// `13, §§ 43–55`
fn matters(minutes: &MinutesFacts) -> String {
    let range = minutes.paragraph_range.map(|(first, last)| format!(", §§ {first}–{last}"));
    match counted(minutes.paragraphs.len()) {
        none if none.is_empty() => none,
        count => format!("{count}{}", range.unwrap_or_default()),
    }
}

fn decided(console: &Console, matter: &ParagraphFacts) -> io::Result<()> {
    let number = matter.number.map(|number| format!("§ {number} ")).unwrap_or_default();
    console.say(Style::Plain, &format!("        {number}{}", matter.title))?;
    matter.decisions.iter().try_for_each(|decision| console.say(Style::Plain, &format!("          – {decision}")))
}
