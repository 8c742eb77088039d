//! Every error of the archive, told: what happened, whether anything was saved, what to do, what still works.
//! USERS sections 5 and 10.

use std::fmt::Display;

use crate::archive;
use crate::cli::told::Remedy;
use crate::cli::told::Told;
use crate::cli::told::all_else;
use crate::cli::told::detail;
use crate::cli::told::disk;
use crate::cli::told::fault;
use crate::cli::told::ledger;
use crate::cli::told::missing;
use crate::cli::told::occupied;
use crate::cli::told::readable;
use crate::cli::told::receipts_hold;
use crate::cli::told::rolled_back;
use crate::cli::told::rows;
use crate::cli::told::stopped;
use crate::cli::told::unavailable;
use crate::cli::told::unchanged;
use crate::cli::words;
use crate::store::blob;
use crate::verify::text::Text;

/// An error of the archive.
pub(in crate::cli) fn archive(error: &archive::Error) -> Told {
    use archive::Error as E;
    let told = |what, harm, sv: &str, en: &str, works| Told::new(what, harm, Remedy::Do(Text::new(sv, en)), works);
    let nothing_saved = || Text::new("Inget har sparats.", "Nothing was saved.");
    match error {
        E::Exists(directory) => {
            let directory = directory.display();
            told(
                Text::new(
                    format!("{directory} innehåller redan något."),
                    format!("{directory} already holds something."),
                ),
                unchanged(),
                "Välj en tom mapp med --data, eller använd arkivet som finns där.",
                "Choose an empty folder with --data, or use the archive that is there.",
                all_else(),
            )
        }
        E::Missing(directory) => {
            let directory = directory.display();
            told(
                Text::new(format!("I {directory} finns inget arkiv."), format!("There is no archive in {directory}.")),
                nothing_saved(),
                "Peka ut rätt mapp med --data, eller skapa ett arkiv med `sigill init --origin NAMN`.",
                "Name the right folder with --data, or create an archive with `sigill init --origin NAME`.",
                Text::new(
                    "Kontroller (`sigill verify`) fungerar utan arkiv.",
                    "`sigill verify` works without an archive.",
                ),
            )
        }
        E::Unfinished(directory) => {
            let directory = directory.display();
            told(
                Text::new(
                    format!("En återläsning till {directory} avbröts innan den var klar."),
                    format!("Restoring into {directory} was interrupted before it was done."),
                ),
                nothing_saved(),
                "Ge samma `sigill restore` igen: det börjar om från början. Eller ta bort mappen, som inte är något arkiv.",
                "Give the same `sigill restore` again: it begins anew. Or remove the folder, which is no archive.",
                Text::new(
                    "Säkerhetskopian är orörd, och kontroller (`sigill verify`) fungerar utan arkiv.",
                    "The backup is untouched, and `sigill verify` works without an archive.",
                ),
            )
        }
        E::Version { found, known } => told(
            Text::new(
                format!("Arkivet har dataversion {found}; det här programmet läser till och med version {known}."),
                format!("The archive has data version {found}; this program reads up to version {known}."),
            ),
            unchanged(),
            "En nyare version av sigill har skrivit arkivet: installera den igen.",
            "A newer version of sigill wrote the archive: install that again.",
            receipts_hold(),
        ),
        E::NotUpgraded(error) => told(
            Text::new(
                format!("Arkivet kunde inte säkerhetskopieras före uppgraderingen (teknisk uppgift: {error})."),
                format!("The archive could not be backed up before the upgrade ({error})."),
            ),
            unchanged(),
            "Ge plats för en kopia av hela arkivet i dess mapp upgrades och starta igen.",
            "Make room for a copy of the whole archive in its folder upgrades and start again.",
            receipts_hold(),
        ),
        E::Settings { path, what } => {
            let path = path.display();
            told(
                Text::new(
                    format!("{path} kan inte läsas (teknisk uppgift: {what})."),
                    format!("{path} cannot be read ({what})."),
                ),
                unchanged(),
                "Rätta filen, eller lägg tillbaka den ur säkerhetskopian.",
                "Correct the file, or put it back from the backup.",
                receipts_hold(),
            )
        }
        E::SharedKey => told(
            Text::new(
                "Arkivet delas av flera processer, som var och en har en kopia av nyckeln: den kan inte bytas där.",
                "Several processes share the archive, each with a copy of the key: it cannot be changed there.",
            ),
            unchanged(),
            "Är nyckeln röjd: stoppa alla processer, flytta arkivet till en maskin och byt nyckeln där.",
            "If the key is known to others: stop all processes, move the archive to one machine and change it there.",
            all_else(),
        ),
        E::NoJournal => told(
            Text::new(
                "Arkivet delas av flera processer, och dess logg finns i databasen: där är ingen journal.",
                "Several processes share the archive, and its ledger is in the database: there is no journal.",
            ),
            unchanged(),
            "Är databasen skadad: återställ den ur dess egen säkerhetskopia.",
            "If the database is damaged, restore it from its own backup.",
            all_else(),
        ),
        E::TooLarge { bytes, max } => short(words::too_large(*bytes, *max)),
        E::Empty => short(words::empty()),
        E::Refused(refusal) => {
            let Text { sv, en } = refusal.text();
            short(Text::new(format!("{sv} Inget har ändrats."), format!("{en} Nothing was changed.")))
        }
        E::Damaged(what) => damaged(what),
        E::Unwitnessed => told(
            Text::new("Kvittot väntar på loggens vittnen.", "The receipt waits for the ledger's witnesses."),
            Text::new("Handlingen är registrerad.", "The record is registered."),
            "Hämta kvittot om en stund.",
            "Ask for it again shortly.",
            all_else(),
        ),
        E::Randomness => told(
            Text::new("Systemet lämnar inga slumptal.", "The system gives no random numbers."),
            nothing_saved(),
            "Kontakta driften.",
            "Contact operations.",
            readable(),
        ),
        E::NotMoved { .. } => told(
            detail("Flytten misslyckades", "The move failed", error),
            Text::new("Arkivet här är oförändrat.", "The archive here is unchanged."),
            "Töm målet och börja om.",
            "Empty the target and start again.",
            all_else(),
        ),
        E::RolledBack { .. } => rolled_back(error),
        E::Ledger(error) => ledger(error),
        E::Store(error) => rows(error),
        E::Blob(error) => files(error),
        E::Disk(error) => disk(error),
    }
}

/// What is told elsewhere in one sentence or two, and is about one file that was handed in.
fn short(what: Text) -> Told {
    let none = || Text::new("", "");
    Told::new(what, none(), Remedy::Do(none()), none())
}

/// An error of the folders of documents, records, salts and evidence.
fn files(error: &blob::Error) -> Told {
    use blob::Error as E;
    match error {
        E::Exists(kind) if kind.is_relative() => occupied(&format!("{} (S3)", kind.display())),
        E::Exists(place) => occupied(&place.display()),
        E::Missing(folder) => missing(folder),
        E::Differs { .. } => damaged(error),
        E::Refused(_) => Told::new(
            detail("Objektlagret nekar", "The object store refuses", error),
            Text::new("Inget har sparats.", "Nothing was saved."),
            Remedy::Do(Text::new(
                "Kontrollera bucket, nyckelns namn, hemlighet och rättigheter: [documents] i archive.toml.",
                "Check the bucket, the key's name, its secret and its rights: [documents] in archive.toml.",
            )),
            receipts_hold(),
        ),
        E::Unavailable(_) => unavailable(error),
        E::Poisoned => stopped(error),
        E::Disk(error) => disk(error),
        E::Name => fault(error),
    }
}

fn damaged(error: &dyn Display) -> Told {
    Told::new(
        detail("Arkivet är skadat", "The archive is damaged", error),
        Text::new("Inget har sparats.", "Nothing was saved."),
        Remedy::Check,
        Text::new(
            "Övriga handlingar och kvitton som lämnats ut gäller.",
            "Other records and receipts already handed out hold.",
        ),
    )
}
