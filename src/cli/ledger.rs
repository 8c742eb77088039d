//! `sigill ledger`: the ledger's head and its public key.
//! INTERFACES section 1; the root is written in hexadecimal, as `sigill prove` writes it.

use serde::Serialize;

use crate::archive::encoding::hex;
use crate::cli::Answer;
use crate::cli::args::Head;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;

#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    origin: &'a str,
    size: u64,
    root: String,
    checkpoint: &'a str,
    vkey: String,
}

pub(super) fn run(what: Head, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::archive(config, console)?;
    let ledger = archive.ledger();
    let checkpoint = ledger.checkpoint();
    if console.json {
        console.json(&Wire {
            schema: "sigill.ledger/1",
            origin: ledger.origin(),
            size: ledger.size(),
            root: hex(&ledger.root()),
            checkpoint: &checkpoint,
            vkey: ledger.vkey(),
        })?;
        return Ok(Answer::Yes);
    }
    match what {
        Head::Size => console.say(Style::Plain, &ledger.size().to_string())?,
        Head::Root => console.say(Style::Plain, &hex(&ledger.root()))?,
        Head::Checkpoint => console.raw(&checkpoint)?,
        Head::Key => console.say(Style::Plain, &ledger.vkey())?,
    }
    Ok(Answer::Yes)
}
