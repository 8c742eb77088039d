//! What a document's text was understood to say, as a table for people: nothing here is verified.
//! Notes on Swedish minutes, 5; USERS 8 number 20.

use std::io;

use crate::archive::encoding::MinutesFacts;
use crate::archive::encoding::Page;
use crate::archive::encoding::ParagraphFacts;
use crate::archive::encoding::Verification;
use crate::cli::console::Console;
use crate::cli::console::Style;

/// Width of the left column, the longest label and a space.
const LABELS: usize = 20;

/// Shows all that was read in a document just handed in: its text, every matter in it, and its signature page.
pub(super) fn whole(console: &Console, found: &Verification) -> io::Result<()> {
    if let Some(minutes) = &found.minutes {
        told(console, minutes, true)?;
    }
    if let Some(signing) = &found.signing {
        row(console, ("Underskrifter", "Signatures"), console.lang.choose(&signing.sv, &signing.en))?;
    }
    found.signature_page.as_ref().map_or(Ok(()), |page| printed(console, page))
}

/// Who stands on the signature page, when and under which transaction id, and how little that proves.
fn printed(console: &Console, page: &Page) -> io::Result<()> {
    let choose = |sv: &'static str, en: &'static str| console.lang.choose(sv, en);
    let protected = page.entries.iter().all(|entry| entry.evidence != "D");
    let level = if protected {
        choose("nivå C: text som en underskrift i filen skyddar", "level C: text that a signature in the file protects")
    } else {
        choose("nivå D: bara text, inget skyddar den", "level D: only text, nothing protects it")
    };
    row(console, ("Underskriftssida", "Signature page"), &format!("{} ({level})", page.template))?;
    page.entries.iter().try_for_each(|entry| {
        let said = [&entry.name, &entry.signed_at, &entry.transaction_id];
        let said: Vec<&str> = said.into_iter().filter_map(Option::as_deref).collect();
        row(console, ("", ""), &said.join(", "))
    })
}

/// One line of the table; none where there is nothing to say.
fn row(console: &Console, label: (&'static str, &'static str), value: &str) -> io::Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    let label = console.lang.choose(label.0, label.1);
    console.say(Style::Plain, &format!("      {label:LABELS$}{value}"))
}

/// Shows kind, meeting and people; with `details`, each matter and what was decided. Nothing where nothing was read.
pub(super) fn told(console: &Console, minutes: &MinutesFacts, details: bool) -> io::Result<()> {
    let choose = |sv: &'static str, en: &'static str| console.lang.choose(sv, en);
    console.say(Style::Plain, &format!("  {}", choose("Så läste vi texten:", "What we read in the text:")))?;
    row(console, ("Slag", "Kind"), kind(console, &minutes.kind))?;
    row(console, ("Rubrik", "Title"), minutes.title.as_deref().unwrap_or_default())?;
    row(console, ("Organ", "Body"), minutes.body.as_deref().unwrap_or_default())?;
    row(
        console,
        ("Datum", "Date"),
        minutes.date.as_deref().or(minutes.time_as_written.as_deref()).unwrap_or_default(),
    )?;
    row(console, ("Plats", "Place"), minutes.place.as_deref().unwrap_or_default())?;
    row(console, ("Närvarande", "Present"), &counted(minutes.present.len()))?;
    row(console, ("Sekreterare", "Secretary"), minutes.secretary.as_deref().unwrap_or_default())?;
    row(console, ("Ordförande", "Chair"), &minutes.chairs.join(", "))?;
    row(console, ("Justerare", "Adjusters"), &minutes.adjusters.join(", "))?;
    row(console, ("Ärenden", "Matters"), &matters(minutes))?;
    if details {
        minutes.paragraphs.iter().try_for_each(|matter| decided(console, matter))?;
    }
    minutes
        .oddities
        .iter()
        .zip([("Att se över", "To look at")].into_iter().chain(std::iter::repeat(("", ""))))
        .try_for_each(|(odd, label)| row(console, label, console.lang.choose(&odd.sv, &odd.en)))?;
    if let Some(signing) = &minutes.signing {
        row(console, ("Underskrifter", "Signatures"), console.lang.choose(&signing.sv, &signing.en))?;
    }
    let computed = minutes.dates.iter().flat_map(|dates| &dates.computed);
    computed
        .zip([("Dagar", "Days")].into_iter().chain(std::iter::repeat(("", ""))))
        .try_for_each(|(text, label)| row(console, label, console.lang.choose(&text.sv, &text.en)))?;
    minutes
        .rules
        .as_ref()
        .map_or(Ok(()), |rules| row(console, ("Regler", "Rules"), console.lang.choose(&rules.sv, &rules.en)))
}

fn kind<'a>(console: &Console, kind: &'a str) -> &'a str {
    let (sv, en) = match kind {
        "minutes" => ("protokoll", "minutes"),
        "meeting-notes" => ("mötesanteckningar", "meeting notes"),
        "information" => ("information", "information"),
        "summons" => ("kallelse", "summons"),
        "other" => ("annat", "other"),
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
