//! Every error of the ledger, the disk and the archive, told: what happened, how bad it is, what to do, what still works.
//! USERS sections 5 and 10. What a command recommends is never itself; the system's own words are quoted at the end.

use std::fmt::Display;
use std::io;
use std::io::ErrorKind;
use std::path::Path;

use crate::archive;
use crate::store;
use crate::store::blob;
use crate::store::disk;
use crate::verify::text::Text;

mod ledger;
#[cfg(test)]
mod every;

pub(super) use ledger::ledger;

/// The four answers.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// What happened.
    pub(super) what: Text,
    /// How bad it is: what was saved, what was changed.
    harm: Text,
    /// What to do.
    remedy: Remedy,
    /// What still works.
    works: Text,
}

/// What to do about an error.
#[derive(Clone, Debug)]
enum Remedy {
    /// This.
    Do(Text),
    /// Let `check` say what is wrong.
    Check,
    /// Make anew what can be made anew.
    Rebuild,
    /// Make the ledger's journal and anchor anew of what else holds the entries, or else put back a backup.
    Journal,
    /// Only a backup helps.
    Restore,
}

/// The command that met the error, where it changes what can be recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum While {
    /// `sigill check`.
    Checking,
    /// `sigill rebuild`.
    Rebuilding,
    /// `sigill restore`.
    Restoring,
    /// Any other.
    Other,
}

impl Told {
    fn new(what: Text, harm: Text, remedy: Remedy, works: Text) -> Self {
        Self { what, harm, remedy, works }
    }

    /// What to do, for whom the command that failed is no advice any more.
    pub(super) fn remedy(&self, met: While) -> Text {
        match (&self.remedy, met) {
            (Remedy::Do(text), _) => text.clone(),
            (_, While::Restoring) => Text::new(
                "Mappen är inget arkiv än: töm den och återställ en annan säkerhetskopia.",
                "The directory is no archive yet: empty it and restore another backup.",
            ),
            (Remedy::Check, While::Other) => Text::new(
                "Kör `sigill check`, som säger vad som är fel.",
                "Run `sigill check`, which says what is wrong.",
            ),
            (Remedy::Rebuild, While::Other | While::Checking) => Text::new(
                "Stoppa tjänsten och kör `sigill rebuild`, som gör om det av journalen.",
                "Stop the service and run `sigill rebuild`, which makes it anew from the journal.",
            ),
            (Remedy::Journal, _) => Text::new(
                "Är disken inte monterad, montera den. Stoppa annars tjänsten, spara katalogen som den är och kör `sigill \
                 rebuild --journal`, som gör om det av databasen om den har allt som publicerats. Räcker den inte till: \
                 återställ den senaste säkerhetskopian i en ny mapp (`sigill restore`); det som registrerats efter den \
                 finns då bara i den sparade katalogen.",
                "If the disk is not mounted, mount it. Otherwise stop the service, keep the directory as it is and run \
                 `sigill rebuild --journal`, which makes it anew from the database if that holds all that was published. \
                 If it does not: restore the newest backup to a new folder (`sigill restore`); what was registered after \
                 it is then in the kept directory only.",
            ),
            (Remedy::Check | Remedy::Rebuild | Remedy::Restore, _) => Text::new(
                "Stoppa tjänsten, spara katalogen som den är och återställ den senaste säkerhetskopian i en ny mapp \
                 (`sigill restore`).",
                "Stop the service, keep the directory as it is and restore the newest backup to a new folder (`sigill \
                 restore`).",
            ),
        }
    }

    /// How bad it is and what still works.
    pub(super) fn loss(&self) -> Text {
        Text::new(format!("{} {}", self.harm.sv, self.works.sv), format!("{} {}", self.harm.en, self.works.en))
    }

    /// All four, one after the other.
    pub(super) fn text(&self, met: While) -> Text {
        let parts = [&self.what, &self.harm, &self.remedy(met), &self.works];
        let join = |part: fn(&Text) -> &str| {
            let said: Vec<&str> = parts.into_iter().map(part).filter(|part| !part.is_empty()).collect();
            said.join(" ")
        };
        Text::new(join(|text| &text.sv), join(|text| &text.en))
    }
}

// ---- Sentences that stand under several errors ----

fn unchanged() -> Text {
    Text::new("Inget har ändrats.", "Nothing was changed.")
}

fn not_saved() -> Text {
    Text::new(
        "Det som pågick är inte sparat; det som kvitterats finns kvar.",
        "What was under way is not saved; what was acknowledged is still there.",
    )
}

fn perhaps_saved() -> Text {
    Text::new(
        "Det som pågick kan vara sparat: registrera det igen, så svarar arkivet om det redan finns. Det som kvitterats \
         finns kvar.",
        "What was under way may be saved: register it again, and the archive says whether it is there already. What was \
         acknowledged is still there.",
    )
}

fn receipts_hold() -> Text {
    Text::new("Kvitton som lämnats ut gäller.", "Receipts already handed out hold.")
}

fn all_else() -> Text {
    Text::new("Allt annat fungerar.", "Everything else works.")
}

fn readable() -> Text {
    Text::new(
        "Det registrerade går att söka, läsa och bevisa under tiden.",
        "What is registered can be found, read and proven meanwhile.",
    )
}

fn again() -> Remedy {
    Remedy::Do(Text::new("Försök igen om en stund.", "Try again shortly."))
}

/// What a part of the program says of its own, for whoever looks after it.
fn detail(sv: &str, en: &str, error: &dyn Display) -> Text {
    Text::new(format!("{sv} (teknisk uppgift: {error})."), format!("{en} ({error})."))
}

// ---- The disk ----

/// A file operation that failed.
pub(super) fn disk(error: &disk::Error) -> Told {
    system(&error.path, &error.source, error)
}

/// What the system answered about a path. `whole` is what to quote.
pub(super) fn system(path: &Path, error: &io::Error, whole: &dyn Display) -> Told {
    let path = path.display();
    let told = |sv: String, en: String, sv_do: String, en_do: String, works: Text| {
        let what = Text::new(format!("{sv} (systemet svarar: {whole})."), format!("{en} ({whole})."));
        Told::new(what, not_saved(), Remedy::Do(Text::new(sv_do, en_do)), works)
    };
    let kind = error.kind();
    if disk::is_full(error) {
        return told(
            format!("Disken är full vid {path}"),
            format!("The disk is full at {path}"),
            "Frigör utrymme och försök igen.".to_owned(),
            "Free some space and try again.".to_owned(),
            readable(),
        );
    }
    if kind == ErrorKind::PermissionDenied {
        return told(
            format!("Behörighet saknas till {path}"),
            format!("No permission for {path}"),
            format!("Kör som den användare som äger arkivet, eller ge den rätt till {path}."),
            format!("Run as the user who owns the archive, or give it permission for {path}."),
            Text::new(
                "Arkivet är orört och tjänsten påverkas inte.",
                "The archive is untouched and so is the service.",
            ),
        );
    }
    if kind == ErrorKind::ReadOnlyFilesystem {
        return told(
            format!("Disken är skrivskyddad vid {path}"),
            format!("The disk is read-only at {path}"),
            "Så blir den ofta efter ett diskfel: läs systemets logg, och montera den skrivbar.".to_owned(),
            "Disks often become so after an error: read the system's log, and mount it writable.".to_owned(),
            readable(),
        );
    }
    if matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) {
        return told(
            format!("{path} finns inte, eller är inte vad den ska vara"),
            format!("{path} is not there, or not what it must be"),
            "Är disken monterad? Lägg annars tillbaka den, ur säkerhetskopian om den inte finns någon annanstans."
                .to_owned(),
            "Is the disk mounted? Otherwise put it back, from the backup where it is nowhere else.".to_owned(),
            receipts_hold(),
        );
    }
    told(
        format!("Disken svarade med ett fel vid {path}"),
        format!("The disk answered with an error at {path}"),
        "Kontrollera disk, utrymme och rättigheter, läs systemets logg och försök igen. Är disken trasig: återställ \
         säkerhetskopian på en annan."
            .to_owned(),
        "Check disk, space and permissions, read the system's log and try again. If the disk is broken: restore the \
         backup on another."
            .to_owned(),
        receipts_hold(),
    )
}

// ---- The archive ----

/// A database or a bucket that holds an archive, or the beginnings of one.
fn occupied(place: &dyn Display) -> Told {
    Told::new(
        Text::new(format!("Där finns redan något: {place}."), format!("There is something already: {place}.")),
        unchanged(),
        Remedy::Do(Text::new(
            "Ange en annan plats (schema och adress i places.toml), eller ta bort det som ett avbrutet försök lämnade.",
            "Name another place (schema and address in places.toml), or remove what an interrupted attempt left.",
        )),
        all_else(),
    )
}

fn unavailable(error: &dyn Display) -> Told {
    Told::new(
        detail("Databasen eller objektlagret svarar inte", "The database or the object store does not answer", error),
        Text::new(
            "Om det som pågick sparades är okänt; att göra om det är ofarligt, samma fil registreras bara en gång.",
            "Whether what was under way is saved is unknown; doing it again is safe, the same file is registered only \
             once.",
        ),
        again(),
        receipts_hold(),
    )
}

fn rolled_back(error: &dyn Display) -> Told {
    Told::new(
        detail(
            "Loggen stämmer inte med det som redan undertecknats",
            "The ledger is not what was signed before",
            error,
        ),
        Text::new("Inget skrivs förrän det är utrett.", "Nothing is written until this is settled."),
        Remedy::Do(Text::new(
            "Spara katalogen som den är och lägg tillbaka den senaste säkerhetskopian i en ny mapp.",
            "Keep the directory as it is and put back the newest backup in a new folder.",
        )),
        receipts_hold(),
    )
}

fn engine(error: &dyn Display) -> Told {
    Told::new(
        detail("Databasen, som är härledd, kan inte användas", "The database, which is derived, cannot be used", error),
        Text::new("Inget registrerat är förlorat.", "Nothing registered is lost."),
        Remedy::Rebuild,
        receipts_hold(),
    )
}

fn fault(error: &dyn Display) -> Told {
    Told::new(
        detail("Ett fel i programmet", "A fault in the program", error),
        unchanged(),
        Remedy::Do(Text::new("Anmäl det med orden ovan.", "Report it with the words above.")),
        receipts_hold(),
    )
}

/// An error of the rows behind ledger or catalogue.
fn rows(error: &store::Error) -> Told {
    use store::Error as E;
    match error {
        E::Exists(place) => occupied(&place.display()),
        E::Missing(_) | E::Engine(_) | E::Poisoned => engine(error),
        E::InUse(_) => in_use(),
        E::Unavailable(_) => unavailable(error),
        // The rows are derived: what they are missing may stand in the ledger.
        E::Disk(error) => Told { harm: perhaps_saved(), ..disk(error) },
        E::UnknownSpace(_) | E::KeySize { .. } | E::ValueSize { .. } => fault(error),
    }
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

/// A part of the archive that nothing else can replace.
fn missing(part: &Path) -> Told {
    let path = part.display();
    Told::new(
        Text::new(format!("En del av arkivet saknas: {path}."), format!("A part of the archive is missing: {path}.")),
        Text::new(
            "Den kan inte göras om av resten. Inget har ändrats, och inget skrivs utan den.",
            "It cannot be made anew from the rest. Nothing was changed, and nothing is written without it.",
        ),
        Remedy::Do(Text::new(
            "Är den flyttad eller disken inte monterad: lägg tillbaka den. Återställ annars den senaste säkerhetskopian i \
             en ny mapp (`sigill restore`).",
            "If it was moved or the disk is not mounted: put it back. Otherwise restore the newest backup to a new folder \
             (`sigill restore`).",
        )),
        receipts_hold(),
    )
}

fn in_use() -> Told {
    Told::new(
        Text::new(
            "Arkivet är öppet i en annan process, troligen `sigill serve`.",
            "The archive is open in another process, probably `sigill serve`.",
        ),
        unchanged(),
        Remedy::Do(Text::new(
            "Fråga tjänsten i stället, eller stoppa den först.",
            "Ask the service instead, or stop it first.",
        )),
        Text::new("Tjänsten fortsätter som förut.", "The service goes on as before."),
    )
}

fn stopped(what: &dyn Display) -> Told {
    Told::new(
        detail("Loggen har stannat", "The ledger has stopped", what),
        Text::new(
            "Det som kvitterats är sparat; om det som pågick kom med visar sig när arkivet öppnas.",
            "What was acknowledged is saved; whether what was under way is in it shows when the archive is opened.",
        ),
        Remedy::Do(Text::new(
            "Åtgärda orsaken (utrymme, disk, rättigheter) och öppna arkivet på nytt.",
            "Remedy the cause (space, disk, permissions) and open the archive anew.",
        )),
        readable(),
    )
}

/// An error of the archive.
pub(super) fn archive(error: &archive::Error) -> Told {
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
        E::TooLarge { bytes, max } => short(super::words::too_large(*bytes, *max)),
        E::Empty => short(super::words::empty()),
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
