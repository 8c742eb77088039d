//! `sigill ledger`: the ledger's head and its public key.
//! INTERFACES section 1; the root is written in hexadecimal, as `sigill prove` writes it.

use serde::Serialize;

use crate::archive::encoding::hex;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::Head;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::ledger::durable::Durable;
use crate::ledger::hash::Hash;

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    origin: &'a str,
    size: u64,
    root: String,
    checkpoint: &'a str,
    vkey: &'a str,
}

pub(super) fn run(what: Head, config: &Config, console: &Console) -> Result<Answer, Stop> {
    // Its durable files say all of it, at once and beside the service, unless there is something to repair.
    if let Some(known) = Known::durable(config) {
        return tell(what, &known, console);
    }
    let archive = open::reading(config, console)?;
    let ledger = archive.ledger();
    tell(
        what,
        &Known {
            size: ledger.size(),
            root: ledger.root(),
            checkpoint: ledger.checkpoint().to_string(),
            vkey: ledger.vkey(),
            origin: ledger.origin().to_owned(),
        },
        console,
    )
}

/// The ledger's head and key.
struct Known {
    size: u64,
    root: Hash,
    checkpoint: String,
    vkey: String,
    origin: String,
}

impl Known {
    fn durable(config: &Config) -> Option<Self> {
        Settings::read(&config.data).ok()?;
        let ledger = Durable::read(&config.data.join("ledger"), &config.archive.ledger).ok()?;
        let whole = ledger.signed() == (ledger.size(), ledger.root());
        let checkpoint = ledger.checkpoint().filter(|_| whole)?.to_owned();
        let (vkey, origin) = (ledger.key().to_string(), ledger.key().name().to_owned());
        Some(Self { size: ledger.size(), root: ledger.root(), checkpoint, vkey, origin })
    }
}

fn tell(what: Head, ledger: &Known, console: &Console) -> Result<Answer, Stop> {
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
        Head::Key => console.say(Style::Plain, &ledger.vkey)?,
    }
    Ok(Answer::Yes)
}
