//! `sigill trust`: whom this archive believes, for what and when, and the trust lists behind it. VALIDATION 8.5.
//! No list comes with the program, and none is believed before somebody pinned who signs it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::anchors;
use crate::archive::fetch::Hosts;
use crate::archive::fetch::Limits;
use crate::archive::lists;
use crate::archive::lists::Source;
use crate::cli::Answer;
use crate::cli::args::TrustOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::verify::crypto;
use crate::verify::listed::Refused;
use crate::verify::text::Text;
use crate::verify::trust::Anchor;
use crate::verify::trust::Grant;
use crate::verify::trust::ListName;

/// Time for one list to come; the largest have some megabytes, and their publishers are slow.
const LIST_TIME_MAX: Duration = Duration::from_secs(60);

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
        TrustOf::Add { name, signer, source } => {
            let list = Adding { name: name.as_deref(), signer: signer.as_deref(), source: Source::typed(source) };
            add(&folder, &list, &asking(config), console)
        }
        TrustOf::Update => update(&folder, &asking(config), console),
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

/// How lists are asked for: from anybody, for they are believed for their signature alone; slowly, for they are large.
fn asking(config: &Config) -> Limits {
    let limits = config.online.limits.clone();
    let hosts = Hosts { only: Vec::new(), ..limits.hosts };
    Limits { hosts, answer_time_max: LIST_TIME_MAX, ..limits }
}

/// A list to be taken in.
struct Adding<'a> {
    name: Option<&'a str>,
    signer: Option<&'a Path>,
    source: Source,
}

impl Adding<'_> {
    /// What it is called: by its territory where nothing else is said.
    fn name(&self) -> Result<String, Stop> {
        match (self.name, &self.source) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, Source::Territory(territory)) => Ok(territory.to_ascii_lowercase()),
            (None, Source::File(_) | Source::Url(_)) => Err(Stop::trouble(
                "Ange med --name vad förteckningen ska kallas här. Inget har ändrats.",
                "Say with --name what the list is to be called here. Nothing was changed.",
            )),
        }
    }
}

fn add(folder: &Path, list: &Adding<'_>, limits: &Limits, console: &Console) -> Result<Answer, Stop> {
    let signers = list.signer.map(fs::read).transpose();
    let signers = signers.map_err(|error| unreadable(list.signer.unwrap_or(folder), &error.to_string()))?;
    let name = list.name()?;
    match lists::add(folder, &name, &list.source, signers.as_deref(), limits) {
        Ok(taken) => {
            told(console, &taken)?;
            Ok(Answer::Yes)
        }
        Err(error) => Err(Stop::Trouble(refused(&name, &error))),
    }
}

fn update(folder: &Path, limits: &Limits, console: &Console) -> Result<Answer, Stop> {
    let outcomes = lists::update(folder, limits).map_err(|error| unreadable(folder, &error.to_string()))?;
    let mut whole = true;
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(taken) => told(console, taken)?,
            Err(error) => {
                whole = false;
                console.trouble(&refused(name, error));
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

fn refused(name: &str, error: &lists::Error) -> Text {
    let why = match error {
        lists::Error::Name(_) => Text::new(
            "det är inget namn; små bokstäver, siffror och bindestreck går bra",
            "that is no name; lower-case letters, digits and hyphens will do",
        ),
        lists::Error::Refused(Refused::Stranger) => Text::new(
            "den är inte underskriven av någon som får det. Ange dess undertecknare med --signer, eller ta först in \
             förteckningen över förteckningar",
            "it is not signed by anybody who may. Name its signers with --signer, or take in the list of lists first",
        ),
        lists::Error::Refused(Refused::Changed) => {
            Text::new("den har ändrats sedan den skrevs under", "it has been changed since it was signed")
        }
        lists::Error::Older { new, old } => Text::new(
            format!("nummer {new} är äldre än nummer {old}, som vi har"),
            format!("number {new} is older than number {old}, which we have"),
        ),
        lists::Error::Unpointed(territory) => Text::new(
            format!("ingen förteckning över förteckningar säger var förteckningen för {territory} finns"),
            format!("no list of lists says where the list of {territory} is"),
        ),
        lists::Error::Fetch { url, trouble } => {
            Text::new(format!("{url} gav ingen förteckning ({trouble})"), format!("{url} gave no list ({trouble})"))
        }
        lists::Error::Missing(_)
        | lists::Error::Refused(_)
        | lists::Error::Signers(_)
        | lists::Error::Beside(_)
        | lists::Error::Disk(_) => {
            Text::new(format!("den kan inte läsas ({error})"), format!("it cannot be read ({error})"))
        }
    };
    Text::new(
        format!("Förteckningen {name} togs inte in: {}. Det som fanns förut gäller fortfarande.", why.sv),
        format!("The list {name} was not taken in: {}. What was there before still holds.", why.en),
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
