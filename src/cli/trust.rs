//! `sigill trust`: whom this archive believes, for what and when, and the trust lists behind it. VALIDATION 8.5.
//! No list comes with the program, and none is believed before somebody pinned who signs it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::anchors;
use crate::archive::lists;
use crate::cli::Answer;
use crate::cli::args::TrustOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::verify::crypto;
use crate::verify::text::Text;
use crate::verify::trust::Anchor;
use crate::verify::trust::Grant;
use crate::verify::trust::ListName;

/// A list, in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    name: String,
    territory: String,
    sequence: u64,
    issued: String,
    next_update: Option<String>,
    age_days: i64,
    expired: bool,
    anchors: usize,
}

/// An anchor, in JSON.
#[derive(Serialize)]
struct One {
    subject: String,
    sha256: String,
    source: String,
    grants: Vec<Granted>,
}

/// What it is believed for, in JSON.
#[derive(Serialize)]
struct Granted {
    purpose: &'static str,
    from: Option<String>,
    until: Option<String>,
    service: Option<String>,
}

/// All of it.
#[derive(Serialize)]
struct Whole {
    digest: String,
    anchors: Vec<One>,
    lists: Vec<List>,
    problems: Vec<String>,
}

pub(super) fn run(what: &TrustOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let folder = config.trust.clone().unwrap_or_else(|| config.data.join("trust"));
    match what {
        TrustOf::List => list(&folder, console),
        TrustOf::Add { name, signer, source } => add(&folder, name, signer.as_deref(), source, console),
        TrustOf::Update => update(&folder, console),
    }
}

fn list(folder: &Path, console: &Console) -> Result<Answer, Stop> {
    let (trust, problems) = anchors::read_folder(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
    let lists: Vec<List> = trust.lists().iter().map(List::of).collect();
    if console.json {
        let whole = Whole {
            digest: hex(&trust.digest()),
            anchors: trust.anchors().iter().map(One::of).collect(),
            lists,
            problems: problems.iter().map(ToString::to_string).collect(),
        };
        console.json(&whole)?;
        return Ok(Answer::from(problems.is_empty()));
    }
    for anchor in trust.anchors() {
        console.say(Style::Strong, &anchor.certificate.subject.to_string())?;
        console.say(Style::Plain, &format!("    {}", anchor.source))?;
        for grant in &anchor.grants {
            console.say(Style::Plain, &format!("    {}", window(grant, console)))?;
        }
    }
    for list in &lists {
        console.say(Style::Strong, &format!("{} ({} {})", list.name, list.territory, list.sequence))?;
        console.say(Style::Plain, &format!("    {}", console.lang.of(&list.age())))?;
    }
    problems.iter().for_each(|problem| console.note(&words::anchor_problem(problem)));
    Ok(Answer::from(problems.is_empty()))
}

fn add(folder: &Path, name: &str, signer: Option<&Path>, source: &Path, console: &Console) -> Result<Answer, Stop> {
    if source.to_str().is_some_and(|text| text.contains("://")) {
        return Err(Stop::trouble(
            "Listan hämtas inte över nätet ännu. Hämta filen själv och ange den. Inget har ändrats.",
            "Lists are not fetched over the network yet. Fetch the file yourself and name it. Nothing was changed.",
        ));
    }
    let signers = signer.map(fs::read).transpose();
    let signers = signers.map_err(|error| unreadable(signer.unwrap_or(folder), &error.to_string()))?;
    let source = fs::canonicalize(source).map_err(|error| unreadable(source, &error.to_string()))?;
    match lists::add(folder, name, &source, signers.as_deref()) {
        Ok(taken) => {
            told(console, &taken)?;
            Ok(Answer::Yes)
        }
        Err(error) => {
            let (sv, en) = refused(name, &error);
            Err(Stop::trouble(sv, en))
        }
    }
}

fn update(folder: &Path, console: &Console) -> Result<Answer, Stop> {
    let outcomes = lists::update(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
    let mut whole = true;
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(taken) => told(console, taken)?,
            Err(error) => {
                whole = false;
                let (sv, en) = refused(name, error);
                console.trouble(&Text::new(sv, en));
            }
        }
    }
    Ok(Answer::from(whole))
}

fn told(console: &Console, taken: &ListName) -> Result<(), Stop> {
    let list = List::of(taken);
    if console.json {
        return Ok(console.json(&list)?);
    }
    let line = format!("{} ({} {}): {}", list.name, list.territory, list.sequence, console.lang.of(&list.age()));
    Ok(console.say(Style::Plain, &line)?)
}

fn refused(name: &str, error: &lists::Error) -> (String, String) {
    (
        format!("Listan {name} togs inte in: {error}. Det som fanns förut gäller fortfarande."),
        format!("The list {name} was not taken in: {error}. What was there before still holds."),
    )
}

fn unreadable(path: &Path, error: &str) -> Stop {
    let path: PathBuf = path.to_owned();
    let path = path.display();
    Stop::trouble(
        format!("{path} kan inte läsas: {error}. Inget har ändrats."),
        format!("{path} cannot be read: {error}. Nothing was changed."),
    )
}

impl List {
    fn of(list: &ListName) -> Self {
        let now = Timestamp::now();
        Self {
            name: list.name.clone(),
            territory: list.territory.clone(),
            sequence: list.sequence,
            issued: list.issued.to_string(),
            next_update: list.next.map(|next| next.to_string()),
            age_days: now.duration_since(list.issued).as_hours() / 24,
            expired: list.next.is_none_or(|next| next <= now),
            anchors: list.anchors,
        }
    }

    fn age(&self) -> Text {
        let (days, count) = (self.age_days, self.anchors);
        let (sv, en) = if self.expired { (" Listan har gått ut.", " The list has run out.") } else { ("", "") };
        Text::new(
            format!("Utfärdad för {days} dagar sedan, {count} betrodda certifikat.{sv}"),
            format!("Issued {days} days ago, {count} trusted certificates.{en}"),
        )
    }
}

impl One {
    fn of(anchor: &Anchor) -> Self {
        let granted = |grant: &Grant| Granted {
            purpose: grant.purpose.name(),
            from: grant.from.map(|at| at.to_string()),
            until: grant.until.map(|at| at.to_string()),
            service: grant.service.clone(),
        };
        Self {
            subject: anchor.certificate.subject.to_string(),
            sha256: hex(&crypto::sha256(&[anchor.certificate.der()])),
            source: anchor.source.clone(),
            grants: anchor.grants.iter().map(granted).collect(),
        }
    }
}

fn window(grant: &Grant, console: &Console) -> String {
    let day = |at: Option<Timestamp>| at.map_or_else(|| "…".to_owned(), |at| at.strftime("%F").to_string());
    let until = console.lang.choose("till", "until");
    format!("{}: {} {until} {}", grant.purpose.name(), day(grant.from), day(grant.until))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
