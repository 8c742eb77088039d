//! `sigill receipt` and `sigill prove`: the proof is written by whoever keeps the archive, and checked by anyone.
//! C2SP tlog-proof v1; proving needs the file, the receipt and the public key, no archive and no network.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::archive::encoding::Text as WireText;
use crate::archive::prove;
use crate::archive::record::RecordId;
use crate::cli::Answer;
use crate::cli::args::Prove;
use crate::cli::args::ReceiptOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config::Config;
use crate::ledger::policy::Policy;
use crate::ledger::receipt::RECEIPT_BYTES_MAX;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::verify::text::Text;

/// First words of every receipt; only such a file is written over.
const BEGINNING: &[u8] = b"c2sp.org/tlog-proof@";
/// Largest key file read, in bytes: keys have some hundreds or thousands, the proof of a change some fifteen thousand.
const KEY_BYTES_MAX: u64 = 1 << 20;

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    record: &'a str,
    entry: u64,
    receipt: &'a str,
}

#[derive(Serialize)]
struct Proven {
    schema: &'static str,
    proven: bool,
    held: Vec<WireText>,
    failed: Option<WireText>,
}

pub(super) fn write(args: &ReceiptOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::reading(config, console)?;
    let found = find::only(&args.record, config, &archive)?;
    let id: RecordId = found.record.id.parse().map_err(|_| damaged(&found.record.id))?;
    let receipt = archive.receipt(id)?.ok_or_else(|| damaged(&found.record.id))?;
    if let Some(path) = args.output.as_deref().filter(|path| path.as_os_str() != open::STDIN) {
        save(path, &receipt)?;
        console.note(&Text::new(
            format!(
                "Kvittot är skrivet till {0}. Kontrollera det var som helst: sigill prove --key VKEY FIL {0}",
                path.display()
            ),
            format!(
                "The receipt was written to {0}. Check it anywhere: sigill prove --key VKEY FILE {0}",
                path.display()
            ),
        ));
    }
    if console.json {
        console.json(&Written {
            schema: "sigill.receipt/1",
            record: &found.record.id,
            entry: found.index,
            receipt: &receipt,
        })?;
    } else if args.output.as_deref().is_none_or(|path| path.as_os_str() == open::STDIN) {
        console.raw(&receipt)?;
    }
    Ok(Answer::Yes)
}

/// Writes a receipt, over an older receipt if need be, never over anything else.
fn save(path: &Path, receipt: &str) -> Result<(), Stop> {
    match fs::read(path) {
        Ok(bytes) if !bytes.starts_with(BEGINNING) => {
            let path = path.display();
            return Err(Stop::trouble(
                format!("{path} finns redan och är inget kvitto. Den är orörd. Välj ett annat namn med -o."),
                format!("{path} exists and is no receipt. It was left alone. Choose another name with -o."),
            ));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Stop::Trouble(words::unreadable_file(path, &error)));
        }
        Ok(_) | Err(_) => {}
    }
    fs::write(path, receipt).map_err(|error| {
        let path = path.display();
        Stop::trouble(
            format!(
                "Kvittot kunde inte skrivas till {path}: {error}. Handlingen är fortfarande registrerad. Välj en \
                 annan plats med -o."
            ),
            format!(
                "The receipt could not be written to {path}: {error}. The record is still registered. Choose \
                 another place with -o."
            ),
        )
    })
}

fn damaged(id: &str) -> Stop {
    Stop::trouble(
        format!("Sökregistret stämmer inte för {id}. Inget kvitto har skrivits. Kör `sigill check`."),
        format!("The catalogue is wrong about {id}. No receipt was written. Run `sigill check`."),
    )
}

pub(super) fn prove(args: &Prove, of_logs: Option<&Path>, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let policy = policy(args.key.as_deref(), of_logs)?;
    let document = open::file(&args.file, config.archive.budget.document_bytes_max).map_err(Stop::Trouble)?;
    let receipt_bytes_max = u64::try_from(RECEIPT_BYTES_MAX).unwrap_or(u64::MAX);
    let receipt = open::file(&args.receipt, receipt_bytes_max).map_err(Stop::Trouble)?;
    // A receipt that is no text is a receipt that cannot be read, which is what the answer will say.
    let proof = prove::prove_by(&policy, &document, &String::from_utf8_lossy(&receipt));
    let proven = proof.is_proven();
    if console.json {
        let held = proof.held.iter().map(WireText::from).collect();
        let failed = proof.failed.as_ref().map(WireText::from);
        console.json(&Proven { schema: "sigill.proof/1", proven, held, failed })?;
        return Ok(Answer::from(proven));
    }
    for step in &proof.held {
        console.say(Style::Plain, &format!("✓ {}", console.lang.of(step)))?;
    }
    if let Some(step) = &proof.failed {
        console.say(Style::Bad, &format!("✕ {}", console.lang.of(step)))?;
    }
    let (style, answer) = if proven {
        (
            Style::Good,
            console
                .lang
                .choose("Bevisat: filen är den som registrerades.", "Proven: the file is the one that was registered."),
        )
    } else {
        (
            Style::Bad,
            console.lang.choose(
                "Inte bevisat. Kontrollera att fil, kvitto och nyckel hör ihop, eller begär ett nytt kvitto av den \
                 som håller arkivet.",
                "Not proven. Check that file, receipt and key belong together, or ask whoever keeps the archive for a \
                 new receipt.",
            ),
        )
    };
    console.say(style, answer)?;
    Ok(Answer::from(proven))
}

/// Largest policy file read, in bytes.
const POLICY_MAX: u64 = 256 << 10;

/// The policy that a file says, or that the keys given make: any of them, no witness.
///
/// # Errors
/// Neither, or one that cannot be read.
pub(super) fn policy(given: Option<&OsStr>, file: Option<&Path>) -> Result<Policy, Stop> {
    match (given, file) {
        (_, Some(file)) => {
            let bytes = open::file(file, POLICY_MAX).map_err(Stop::Trouble)?;
            Policy::parse(&bytes).map_err(|error| unreadable(&error))
        }
        (Some(given), None) => Ok(Policy::of_keys(keys(given)?)),
        (None, None) => Err(unreadable(&"–")),
    }
}

/// The keys as given, or those of the file that was named, with those that its proofs of changed keys lead to.
///
/// # Errors
/// None, or one that cannot be read.
pub(super) fn keys(given: &OsStr) -> Result<Vec<Bounded>, Stop> {
    succession::keys(&keys_text(given)?).map_err(|error| unreadable(&error))
}

fn unreadable(what: &dyn std::fmt::Display) -> Stop {
    Stop::trouble(
        format!("Nyckeln eller policyn kan inte läsas: {what}. Inget har gjorts. Ange --key VKEY eller --policy FIL."),
        format!("The key or the policy cannot be read: {what}. Nothing was done. Give --key VKEY or --policy FILE."),
    )
}

/// The keys as given, or the text of the file that was named.
fn keys_text(given: &OsStr) -> Result<String, Stop> {
    let path = Path::new(given);
    if !path.is_file() {
        return given
            .to_str()
            .map(str::to_owned)
            .ok_or_else(|| Stop::Trouble(words::unreadable_file(path, &io::ErrorKind::NotFound.into())));
    }
    let bytes = open::file(path, KEY_BYTES_MAX).map_err(Stop::Trouble)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
