//! `sigill deliver`: records in a package that a long-term archive takes. A command of its own and no `export`, which gives the
//! ledger away: a delivery is an act upon records, with a recipient. USERS 8 (18), SWEDEN 4.5 and 4.6.

use std::path::Path;

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::entry::ordinal;
use crate::archive::package::Order;
use crate::archive::package::write::Error;
use crate::archive::record::RecordId;
use crate::cli::Answer;
use crate::cli::args::Deliver;
use crate::cli::console::Console;
use crate::cli::console::on_one_line;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::config::Config;
use crate::verify::text::Text;

/// What was written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    schema: &'static str,
    package: &'a str,
    path: String,
    sha256: &'a str,
    records: Vec<String>,
    signatures: bool,
}

/// What was acknowledged.
#[derive(Serialize)]
struct Acknowledged {
    schema: &'static str,
    record: String,
    event: &'static str,
    entry: u64,
}

/// Largest acknowledgement kept, in bytes: a letter, or a report of a whole delivery.
const ACKNOWLEDGEMENT_BYTES_MAX: u64 = 64 << 20;
/// Who does it where nobody says.
const NOBODY: &str = "cli";

pub(super) fn run(args: &Deliver, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let by = args.actor.as_deref().or(config.actor.as_deref()).unwrap_or(NOBODY);
    match (&args.received, &args.output) {
        (Some(receipt), _) => acknowledge(receipt, by, args, config, console),
        (None, Some(output)) => deliver(output, by, args, config, console),
        // The command line asks for one of them.
        (None, None) => Ok(Answer::No),
    }
}

fn named(args: &Deliver, config: &Config, archive: &Archive) -> Result<Vec<RecordId>, Stop> {
    let one = |record| find::only(record, config, archive)?.record.id.parse().map_err(|_| gone());
    args.records.iter().map(|record| one(record)).collect()
}

fn deliver(output: &Path, by: &str, args: &Deliver, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let tar = is_tar(output)?;
    let archive = open::archive(config, console)?;
    let ids = named(args, config, &archive)?;
    let without_signatures = args.without_signatures;
    let order = Order { recipient: args.recipient.clone(), agreement: args.agreement.clone(), without_signatures };
    let Some(package) = archive.package(&ids, &order)? else { return Err(gone()) };
    let written = if tar { package.write_tar(&archive, output) } else { package.write_folder(&archive, output) };
    let written = written.map_err(|error| not_written(&error))?;
    // The package is there before its delivery is stated: what is stated is not undone.
    let recipient = args.recipient.as_deref().unwrap_or_default();
    archive.hand_over(&package, &written, recipient, by)?;
    if console.json {
        console.json(&Said {
            schema: "sigill.delivery/1",
            package: &package.name,
            path: written.path.display().to_string(),
            sha256: &written.sha256,
            records: package.records.iter().map(ToString::to_string).collect(),
            signatures: !without_signatures,
        })?;
    } else {
        let (n, path, sha256) = (package.records.len(), on_one_line(&written.path), &written.sha256);
        let records = if n == 1 { ("handling", "record") } else { ("handlingar", "records") };
        let (with, and) = if without_signatures { ("utan", "without") } else { ("med", "with") };
        console.tell(&Text::new(
            format!(
                "Leveranspaketet {path} är skrivet, {n} {} {with} underskrifter, och leveransen är antecknad. \
                 Kontrollsumma (SHA-256): {sha256}. Anteckna mottagarens kvittens med `sigill deliver --received FIL`.",
                records.0
            ),
            format!(
                "The package {path} is written, {n} {} {and} signatures, and the delivery is recorded. SHA-256: \
                 {sha256}. Record the recipient's acknowledgement with `sigill deliver --received FILE`.",
                records.1
            ),
        ))?;
    }
    Ok(Answer::Yes)
}

fn acknowledge(file: &Path, by: &str, args: &Deliver, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let bytes = open::file(file, ACKNOWLEDGEMENT_BYTES_MAX).map_err(Stop::Trouble)?;
    let archive = open::archive(config, console)?;
    for id in named(args, config, &archive)? {
        let acted = archive.acknowledge(id, &open::name(file), &bytes, args.reference.as_deref(), by)?;
        let (event, index) = (acted.act.deed.event(), acted.index);
        if console.json {
            console.json(&Acknowledged {
                schema: "sigill.done/1",
                record: id.to_string(),
                event: event.name(),
                entry: index,
            })?;
        } else {
            let (what, entry) = (event.text(), ordinal(index));
            console.tell(&Text::new(
                format!("{}: handling {id}, post nr {entry} i loggen.", what.sv),
                format!("{}: record {id}, entry no. {entry} of the ledger.", what.en),
            ))?;
        }
    }
    Ok(Answer::Yes)
}

/// Whether a tar file is meant; another kind of file is none that we write.
fn is_tar(path: &Path) -> Result<bool, Stop> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("tar") => Ok(true),
        Some("zip" | "gz" | "tgz" | "7z") => Err(Stop::trouble(
            "Leveranspaket skrivs som mapp eller .tar, som varje e-arkiv tar emot enligt FGS Paketstruktur. Inget har \
             skrivits. Ange en fil som slutar på .tar, eller en mapp.",
            "Packages are written as a folder or a .tar file, both of which E-ARK packages may be. Nothing was written. \
             Name a file that ends in .tar, or a folder.",
        )),
        _ => Ok(false),
    }
}

fn gone() -> Stop {
    Stop::trouble(
        "En av handlingarna finns inte längre. Inget har skrivits. Sök upp dem på nytt med `sigill find`.",
        "One of the records is not there any more. Nothing was written. Find them anew with `sigill find`.",
    )
}

fn not_written(error: &Error) -> Stop {
    match error {
        Error::Exists(path) => {
            let path = on_one_line(path);
            Stop::trouble(
                format!("{path} finns redan. Inget har skrivits. Ange en annan plats med -o."),
                format!("{path} is there already. Nothing was written. Name another place with -o."),
            )
        }
        Error::Disk { path, source } => {
            let path = on_one_line(path);
            Stop::trouble(
                format!("{path} kan inte skrivas: {source}. Det påbörjade är borttaget. Välj en annan plats med -o."),
                format!("{path} cannot be written: {source}. What was begun is removed. Name another place with -o."),
            )
        }
        Error::Archive(error) => Stop::Trouble(told::archive(error).text(While::Other)),
    }
}
