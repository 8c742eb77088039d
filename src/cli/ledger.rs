//! `sigill ledger`: the ledger's head and its keys, and changing those.
//! INTERFACES section 1; the root is written in hexadecimal, as `sigill prove` writes it.

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::encoding::hex;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::Head;
use crate::cli::args::KeyOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ledger::durable::Durable;
use crate::ledger::hash::Hash;
use crate::ledger::note::Kind;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    origin: &'a str,
    size: u64,
    root: String,
    checkpoint: &'a str,
    vkey: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireKeys<'a> {
    schema: &'static str,
    origin: &'a str,
    keys: Vec<WireKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireKey {
    vkey: String,
    algorithm: &'static str,
    /// Whether it signs now.
    current: bool,
    /// Entries and time from which it signs; none where the ledger began with it.
    from_size: u64,
    from: Option<String>,
    /// Entries and time until which it signed; none where it signs still.
    until_size: Option<u64>,
    until: Option<String>,
}

pub(super) fn run(what: Head, config: &Config, console: &Console) -> Result<Answer, Stop> {
    if let Head::Key { what: Some(KeyOf::Rotate { yes }) } = what {
        return rotate(yes, config, console);
    }
    // Its durable files say all of it, at once and beside the service, unless there is something to repair.
    if let Some(known) = Known::durable(config).filter(|_| !matches!(what, Head::Key { what: Some(_) })) {
        return tell(what, &known, console);
    }
    let archive = open::reading(config, console)?;
    let ledger = archive.ledger();
    tell(what, &Known::of(ledger), console)
}

/// The ledger's head and key.
struct Known {
    size: u64,
    root: Hash,
    checkpoint: String,
    vkey: String,
    origin: String,
    ring: Vec<Bounded>,
    succession: Succession,
}

impl Known {
    fn of(ledger: &Ledger) -> Self {
        Self {
            size: ledger.size(),
            root: ledger.root(),
            checkpoint: ledger.checkpoint().to_string(),
            vkey: ledger.vkey(),
            origin: ledger.origin().to_owned(),
            ring: ledger.ring(),
            succession: ledger.succession().clone(),
        }
    }

    fn durable(config: &Config) -> Option<Self> {
        Settings::read(&config.data).ok()?;
        let ledger = Durable::read(&config.data.join("ledger"), &config.archive.ledger).ok()?;
        let whole = ledger.signed() == (ledger.size(), ledger.root());
        let checkpoint = ledger.checkpoint().filter(|_| whole)?.to_owned();
        let (vkey, origin) = (ledger.key().to_string(), ledger.key().name().to_owned());
        let (ring, succession) = (ledger.ring(), ledger.succession().clone());
        Some(Self { size: ledger.size(), root: ledger.root(), checkpoint, vkey, origin, ring, succession })
    }
}

fn tell(what: Head, ledger: &Known, console: &Console) -> Result<Answer, Stop> {
    if let Head::Key { what: Some(_) } = what {
        return list(ledger, console);
    }
    if console.json {
        console.json(&Wire {
            schema: "sigill.ledger/1",
            origin: &ledger.origin,
            size: ledger.size,
            root: hex(&ledger.root),
            checkpoint: &ledger.checkpoint,
            vkey: &ledger.vkey,
        })?;
        return Ok(Answer::Yes);
    }
    match what {
        Head::Size => console.say(Style::Plain, &ledger.size.to_string())?,
        Head::Root => console.say(Style::Plain, &hex(&ledger.root))?,
        Head::Checkpoint => console.raw(&ledger.checkpoint)?,
        Head::Key { .. } => console.say(Style::Plain, &ledger.vkey)?,
    }
    Ok(Answer::Yes)
}

/// Every key that the ledger ever had, with its share of it.
fn list(ledger: &Known, console: &Console) -> Result<Answer, Stop> {
    let changes = ledger.succession.handovers();
    let keys = ledger.ring.iter().map(|held| {
        let from = changes.iter().rfind(|one| one.change.new.contains(&held.key));
        let until = changes.iter().find(|one| one.change.old.contains(&held.key));
        let algorithm = if held.key.kind() == Kind::Subtree { "ML-DSA-44" } else { "Ed25519" };
        WireKey {
            vkey: held.key.to_string(),
            algorithm,
            current: held.until.is_none(),
            from_size: from.map_or(0, |one| one.change.size()),
            from: from.map(|one| one.change.at.to_string()),
            until_size: until.map(|one| one.change.size()),
            until: until.map(|one| one.change.at.to_string()),
        }
    });
    let keys: Vec<WireKey> = keys.collect();
    if console.json {
        console.json(&WireKeys { schema: "sigill.ledger-keys/1", origin: &ledger.origin, keys })?;
        return Ok(Answer::Yes);
    }
    for key in keys {
        let begins = key.from.map_or_else(String::new, |at| format!(" ({at})"));
        let (from, algorithm) = (key.from_size, key.algorithm);
        let span = match (key.until_size, key.until) {
            (Some(until), Some(at)) => Text::new(
                format!("# {algorithm}, utbytt: undertecknade från {from}{begins} till {until} poster ({at})"),
                format!("# {algorithm}, retired: signed from {from}{begins} to {until} entries ({at})"),
            ),
            (_, _) => Text::new(
                format!("# {algorithm}, gäller: undertecknar från {from} poster{begins}"),
                format!("# {algorithm}, in force: signs from {from} entries{begins}"),
            ),
        };
        console.say(Style::Plain, console.lang.of(&span))?;
        let until = key.until_size.map_or_else(String::new, |until| format!(" until {until}"));
        console.say(Style::Plain, &format!("{}{until}", key.vkey))?;
    }
    Ok(Answer::Yes)
}

fn rotate(yes: bool, config: &Config, console: &Console) -> Result<Answer, Stop> {
    if !yes {
        let command = format!("sigill --data {} ledger key rotate --yes", config.data.display());
        console.note(&Text::new(
            format!(
                "Inget har ändrats. Ett nyckelbyte kan inte ångras: den gamla hemliga nyckeln förstörs. Loggens namn, poster \
                 och kvitton består. Tjänsten ska vara stoppad. Säkerhetskopiera först och kör sedan: {command}"
            ),
            format!(
                "Nothing was changed. A change of keys cannot be undone: the old secret key is destroyed. The ledger's name, \
                 entries and receipts stay. The service must be stopped. Back up first, then run: {command}"
            ),
        ));
        return Ok(Answer::No);
    }
    let archive = Archive::rotate(&config.data, config.archive.clone())?;
    open::tell_opening(&archive, console);
    list(&Known::of(archive.ledger()), console)?;
    console.note(&Text::new(
        "Nycklarna är bytta. Säkerhetskopiera nu, starta tjänsten, ersätt nyckeln där den gamla är publicerad \
         (/ledger.vkeys), och låt varje vittne ta in den (sigill witness add). Den som har den gamla nyckeln leds till den \
         nya av /ledger.succession; granskare hämtar den själva.",
        "The keys are changed. Back up now, start the service, replace the key where the old one is published \
         (/ledger.vkeys), and have every witness add it (sigill witness add). Who holds the old key is led to the new one \
         by /ledger.succession; monitors fetch it themselves.",
    ));
    Ok(Answer::Yes)
}
