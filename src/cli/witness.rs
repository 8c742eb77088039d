//! `sigill witness`: being a witness for other archives' ledgers. LEDGER.md 1.6.

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::witness::Duty;
use crate::cli::Answer;
use crate::cli::args::WitnessOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::receipt;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::ledger::note::VerifierKey;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Wire {
    schema: &'static str,
    vkeys: Vec<String>,
    origins: Vec<String>,
}

pub(super) fn run(what: &WitnessOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    match what {
        WitnessOf::Init { name } => {
            let archive = open::archive(config, console)?;
            let ours = format!("{}/witness", archive.ledger().origin());
            let keys = Duty::create(archive.directory(), name.as_deref().unwrap_or(&ours))?;
            copied(&archive, console);
            tell(console, &keys, Vec::new())
        }
        WitnessOf::Add { key } => {
            let archive = open::archive(config, console)?;
            let keys = receipt::keys(key)?;
            duty(&archive)?;
            Duty::add_log(archive.directory(), &keys)?;
            copied(&archive, console);
            let name = keys.first().map(|held| held.key.name().to_owned()).unwrap_or_default();
            console.say(Style::Good, &format!("✓ {name}"))?;
            Ok(Answer::Yes)
        }
        WitnessOf::Show => {
            let archive = open::archive(config, console)?;
            let duty = duty(&archive)?;
            tell(console, &duty.verifiers(), duty.origins().map(str::to_owned).collect())
        }
    }
}

/// Several processes have one duty: what they cosigned is common, key and logs are each one's own copy.
fn copied(archive: &Archive, console: &Console) {
    if archive.ledger().is_shared() {
        console.note(&Text::new(
            "Arkivet delas av flera processer: kopiera mappen witness till var och en av dem och starta om dem.",
            "Several processes share the archive: copy the folder witness to each of them and restart them.",
        ));
    }
}

fn tell(console: &Console, keys: &[VerifierKey], origins: Vec<String>) -> Result<Answer, Stop> {
    let vkeys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    if console.json {
        console.json(&Wire { schema: "sigill.witness/1", vkeys, origins })?;
        return Ok(Answer::Yes);
    }
    for line in vkeys.iter().chain(&origins) {
        console.say(Style::Plain, line)?;
    }
    Ok(Answer::Yes)
}

fn duty(archive: &Archive) -> Result<&Duty, Stop> {
    archive.duty().ok_or_else(|| {
        Stop::trouble(
            "Arkivet är inget vittne. Inget har ändrats. Skapa en nyckel med `sigill witness init`.",
            "The archive is no witness. Nothing was changed. Make a key with `sigill witness init`.",
        )
    })
}
