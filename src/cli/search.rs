//! `sigill search`: records by words in their matters and decisions. USERS 9.5 (fritext): nothing found is exit 1.

use serde::Serialize;

use crate::archive::encoding::Verification;
use crate::archive::search::Hit;
use crate::archive::search::Matter;
use crate::archive::search::Searched;
use crate::archive::search::Terms;
use crate::cli::Answer;
use crate::cli::args::Search;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Answered<'a> {
    schema: &'static str,
    total: usize,
    /// False where a word begins so many others that not all were looked through.
    whole: bool,
    records: Vec<WireHit<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireHit<'a> {
    record: &'a str,
    entry: u64,
    title: Option<&'a str>,
    diary_number: Option<&'a str>,
    meeting_date: Option<&'a str>,
    verdict: &'a str,
    matters: Vec<WireMatter<'a>>,
}

#[derive(Serialize)]
struct WireMatter<'a> {
    number: Option<u32>,
    title: &'a str,
    snippet: Option<&'a str>,
}

impl<'a> From<&'a Hit> for WireHit<'a> {
    fn from(hit: &'a Hit) -> Self {
        let record = &hit.found.record;
        let matter = |matter: &'a Matter| WireMatter {
            number: matter.number,
            title: &matter.title,
            snippet: matter.snippet.as_deref(),
        };
        let Verification { verdict, .. } = &record.verification;
        Self {
            record: &record.id,
            entry: hit.found.index,
            title: record.title.as_deref(),
            diary_number: record.diary_number.as_deref(),
            meeting_date: record.meeting_date.as_deref(),
            verdict,
            matters: hit.matters.iter().map(matter).collect(),
        }
    }
}

pub(super) fn run(args: &Search, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let Ok(terms) = Terms::read(&args.words.join(" ")) else {
        return Err(Stop::trouble(
            "Det finns inget ord att söka på. Ange minst ett ord med två bokstäver; långa nummer söks inte.",
            "There is no word to search for. Give at least one word of two letters; long numbers are not searched for.",
        ));
    };
    let archive = open::reading(config, console)?;
    let searched = archive.search(&terms, true, 0, args.limit)?;
    if console.json {
        let records = searched.hits.iter().map(WireHit::from).collect();
        let (total, whole) = (searched.total, searched.whole);
        console.json(&Answered { schema: "sigill.searched/1", total, whole, records })?;
    } else {
        searched.hits.iter().try_for_each(|hit| tell(console, hit))?;
        console.note(&sum(&searched));
    }
    Ok(Answer::from(searched.total > 0))
}

fn tell(console: &Console, hit: &Hit) -> std::io::Result<()> {
    let record = &hit.found.record;
    let title = record.title.as_deref().unwrap_or(&record.verification.file.name);
    let day = record.meeting_day().map(|day| format!(", {}", words::day(day, console.lang))).unwrap_or_default();
    let number = record.diary_number.as_deref().map(|number| format!(", {number}")).unwrap_or_default();
    console.say(Style::Strong, &format!("{title}{day}{number}, {}", record.id))?;
    for matter in &hit.matters {
        let number = matter.number.map(|number| format!("§ {number} ")).unwrap_or_default();
        console.say(Style::Plain, &format!("  {number}{}", matter.title))?;
        matter.snippet.iter().try_for_each(|snippet| console.say(Style::Plain, &format!("      – {snippet}")))?;
    }
    Ok(())
}

fn sum(searched: &Searched) -> Text {
    let (total, shown) = (searched.total, searched.hits.len());
    let mut text = match total {
        0 => Text::new(
            "Ingen handling har alla de orden i rubriker eller beslut. Pröva färre ord, eller bara början av dem.",
            "No record has all those words in titles or decisions. Try fewer words, or only their beginnings.",
        ),
        _ if shown < total => Text::new(
            format!("{shown} av {total} handlingar. Visa fler med --limit, eller lägg till ett ord."),
            format!("{shown} of {total} records. Show more with --limit, or add a word."),
        ),
        1 => Text::new("1 handling.", "1 record."),
        _ => Text::new(format!("{total} handlingar."), format!("{total} records.")),
    };
    if !searched.whole {
        text.sv.push_str(" Ett av orden är så vanligt att alla inte söktes igenom: skriv mer av det.");
        text.en.push_str(" One of the words is so common that not all were looked through: type more of it.");
    }
    text
}
