//! `sigill check` and `sigill rebuild`: is the archive sound, and making anew what can be made anew.
//! USERS section 5: how bad is it, what to do, what still works; and an explicit all-clear.

use std::io::ErrorKind;

use serde::Serialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::check::Fault;
use crate::archive::check::Weight;
use crate::archive::encoding::Text as WireText;
use crate::archive::encoding::hex;
use crate::cli::Answer;
use crate::cli::args::Rebuild;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::config::Config;
use crate::ledger::error as ledger;
use crate::store;
use crate::store::anchor;
use crate::store::blob;
use crate::store::disk;
use crate::store::journal;
use crate::verify::text::Text;
use crate::web::auth::Tokens;

#[derive(Serialize)]
struct Checked {
    schema: &'static str,
    sound: bool,
    size: Option<u64>,
    root: Option<String>,
    faults: Vec<Wire>,
}

#[derive(Serialize)]
pub(super) struct Wire {
    weight: &'static str,
    what: WireText,
    severity: WireText,
    loss: WireText,
    remedy: WireText,
}

#[derive(Serialize)]
struct Rebuilt {
    schema: &'static str,
    size: u64,
    root: String,
    /// Whether the journal was written anew; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<bool>,
}

pub(super) fn check(config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = match Archive::open(&config.data, config.archive.clone()) {
        Ok(archive) => archive,
        Err(error) if open::only_readable(&error) => {
            console.note(&Text::new(
                "Arkivet är öppet i en annan process eller går inte att skriva till. Logg, handlingar och \
                 kontrollsummor undersöks; databas och sökregister undersöks bara när tjänsten är stoppad.",
                "The archive is open in another process or cannot be written to. Ledger, records and checksums are \
                 examined; database and catalogue only when the service is stopped.",
            ));
            match Archive::read(&config.data, config.archive.clone()) {
                Ok(archive) => archive,
                Err(error) => return closed(console, &error),
            }
        }
        Err(error) => return closed(console, &error),
    };
    open::tell_opening(&archive, console);
    let bar = console.progress(0);
    let faults = archive.check(&mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let mut faults = faults.map_err(|error| not_asked(&error))?;
    faults.extend(archive.opening_fault());
    faults.extend(tokens(config));
    let sound = faults.iter().all(|fault| fault.weight.is_sound());
    let size = archive.ledger().size();
    if console.json {
        let root = Some(hex(&archive.ledger().root()));
        let faults = faults.iter().map(wire).collect();
        console.json(&Checked { schema: "sigill.check/1", sound, size: Some(size), root, faults })?;
        return Ok(Answer::from(sound));
    }
    faults.iter().try_for_each(|fault| tell(console, fault))?;
    let all = faults.iter().all(|fault| fault.weight != Weight::Unregistered);
    let clear = match all {
        true => console.lang.choose("Inga fel hittades.", "No errors found."),
        false => console
            .lang
            .choose("Inga fel hittades i det som står i loggen.", "No errors found in what is in the ledger."),
    };
    if sound {
        console.say(Style::Good, &format!("✓ {clear}"))?;
        console.note(&if archive.is_reading() {
            Text::new(
                format!("{size} poster kontrollerade: logg, handlingar och kontrollsummor."),
                format!("{size} entries checked: ledger, records and checksums."),
            )
        } else {
            Text::new(
                format!("{size} poster kontrollerade: logg, handlingar, kontrollsummor och sökregister."),
                format!("{size} entries checked: ledger, records, checksums and catalogue."),
            )
        });
    }
    Ok(Answer::from(sound))
}

/// The service's tokens, where they cannot be read: nobody gets in with one.
fn tokens(config: &Config) -> Option<Fault> {
    let error = Tokens::open(&config.data).err()?;
    let what = Text::new(
        format!("Nycklarna till tjänsten (tokens.toml) kan inte läsas, så ingen kommer in med nyckel: {error}."),
        format!("The service's tokens (tokens.toml) cannot be read, so that nobody gets in with one: {error}."),
    );
    Some(Fault { weight: Weight::Access, what })
}

/// Where the archive could not even be looked at: not there, of another version, the disk or a server does not answer.
fn keeps_from_asking(error: &archive::Error) -> bool {
    use archive::Error as E;
    let unread = |error: &disk::Error| !matches!(error.source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    let rows = |error: &store::Error| {
        matches!(error, store::Error::Unavailable(_) | store::Error::InUse(_))
            || matches!(error, store::Error::Disk(error) if unread(error))
    };
    match error {
        E::Missing(_) | E::Unfinished(_) | E::Version { .. } | E::NotUpgraded(_) => true,
        E::Disk(error) | E::Ledger(ledger::Error::Disk(error)) => unread(error),
        E::Blob(blob::Error::Disk(error)) | E::Ledger(ledger::Error::Journal(journal::Error::Disk(error))) => {
            unread(error)
        }
        E::Ledger(ledger::Error::Anchor(anchor::Error::Disk(error))) => unread(error),
        E::Blob(error) => matches!(error, blob::Error::Unavailable(_) | blob::Error::Refused(_)),
        E::Store(error) | E::Ledger(ledger::Error::Store(error)) => rows(error),
        E::Ledger(error) => matches!(error, ledger::Error::ClockBehind { .. } | ledger::Error::InUse(_)),
        E::Exists(_)
        | E::Settings { .. }
        | E::TooLarge { .. }
        | E::Empty
        | E::RolledBack { .. }
        | E::NotMoved { .. }
        | E::Damaged(_)
        | E::Unwitnessed
        | E::Refused(_)
        | E::SharedKey
        | E::NoJournal
        | E::Randomness => false,
    }
}

/// An archive that does not open has a fault, and that is the answer.
fn closed(console: &Console, error: &archive::Error) -> Result<Answer, Stop> {
    if keeps_from_asking(error) {
        return Err(not_asked(error));
    }
    let told = told::archive(error);
    if console.json {
        let severity = Text::new("Allvarligt: arkivet öppnas inte.", "Serious: the archive does not open.");
        let fault = Wire {
            weight: "lost",
            what: (&told.what).into(),
            severity: (&severity).into(),
            loss: (&told.loss()).into(),
            remedy: (&told.remedy(While::Checking)).into(),
        };
        console.json(&Checked {
            schema: "sigill.check/1",
            sound: false,
            size: None,
            root: None,
            faults: vec![fault],
        })?;
    } else {
        let closed = console.lang.choose("Arkivet går inte att öppna.", "The archive cannot be opened.");
        console.say(Style::Bad, &format!("✕ {closed} {}", console.lang.of(&told.text(While::Checking))))?;
    }
    Ok(Answer::No)
}

/// The question could not be answered, which says nothing about the archive.
fn not_asked(error: &archive::Error) -> Stop {
    Stop::Trouble(told::archive(error).text(While::Checking))
}

fn name(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "note",
        Weight::Unregistered => "unregistered",
        Weight::Access => "access",
        Weight::Derived => "derived",
        Weight::Lost => "lost",
    }
}

pub(super) fn wire(fault: &Fault) -> Wire {
    Wire {
        weight: name(fault.weight),
        what: (&fault.what).into(),
        severity: (&fault.severity()).into(),
        loss: (&fault.loss()).into(),
        remedy: (&fault.remedy()).into(),
    }
}

/// The four questions: what is wrong, how bad is it, is anything lost, what is to be done.
pub(super) fn tell(console: &Console, fault: &Fault) -> Result<(), Stop> {
    let (style, label) = match fault.weight {
        Weight::Note => (Style::Plain, console.lang.choose("Notering", "Note")),
        Weight::Unregistered => (Style::Open, console.lang.choose("Inte i loggen", "Not in the ledger")),
        Weight::Access => {
            (Style::Open, console.lang.choose("Fel i tjänstens nycklar", "Wrong with the service's tokens"))
        }
        Weight::Derived => {
            (Style::Open, console.lang.choose("Fel i det som kan göras om", "Wrong, but can be made anew"))
        }
        Weight::Lost => (Style::Bad, console.lang.choose("Förlust", "Loss")),
    };
    console.say(style, &format!("{label}: {}", console.lang.of(&fault.what)))?;
    for answer in [fault.severity(), fault.loss(), fault.remedy()] {
        console.say(Style::Plain, &format!("  {}", console.lang.of(&answer)))?;
    }
    Ok(())
}

pub(super) fn rebuild(args: &Rebuild, config: &Config, console: &Console) -> Result<Answer, Stop> {
    if args.journal {
        return remake_journal(config, console);
    }
    let rebuilt = Archive::rebuild(&config.data, config.archive.clone());
    let archive = rebuilt.map_err(|error| Stop::Trouble(told::archive(&error).text(While::Rebuilding)))?;
    let (size, root) = (archive.ledger().size(), hex(&archive.ledger().root()));
    if console.json {
        console.json(&Rebuilt { schema: "sigill.rebuilt/1", size, root, journal: None })?;
    } else {
        console.tell(&Text::new(
            format!("Sökregister och databas är gjorda på nytt av {size} poster. Roten är {root}."),
            format!("Catalogue and database were made anew from {size} entries. The root is {root}."),
        ))?;
    }
    Ok(Answer::Yes)
}

/// The ledger's journal and anchor made anew of what else holds the entries.
fn remake_journal(config: &Config, console: &Console) -> Result<Answer, Stop> {
    let bar = console.progress(0);
    let remade = Archive::remake_journal(&config.data, config.archive.clone(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let (archive, remade) = remade.map_err(|error| Stop::Trouble(told::archive(&error).text(While::Rebuilding)))?;
    open::tell_opening(&archive, console);
    let (size, root) = (remade.size, hex(&remade.root));
    if console.json {
        console.json(&Rebuilt { schema: "sigill.rebuilt/1", size, root, journal: Some(remade.journal) })?;
    } else {
        console.tell(&match remade.journal {
            true => Text::new(
                format!(
                    "Loggens journal och ankare är gjorda på nytt av {size} poster, som leder till det som publicerats. \
                     Fanns något kvar av den gamla ligger det bredvid (journal.aside). Roten är {root}."
                ),
                format!(
                    "The ledger's journal and anchor were made anew from {size} entries, which lead to what was published. \
                     Anything left of the old one lies beside (journal.aside). The root is {root}."
                ),
            ),
            false => Text::new(
                format!("Journalen är hel: {size} poster. Ankaret är gjort på nytt av den. Roten är {root}."),
                format!("The journal is whole: {size} entries. The anchor was made anew from it. The root is {root}."),
            ),
        })?;
    }
    Ok(Answer::Yes)
}
