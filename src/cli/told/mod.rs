//! Every error of the ledger, the disk and the archive, told: what happened, how bad it is, what to do, what still works.
//! USERS sections 5 and 10. What a command recommends is never itself; the system's own words are quoted at the end.

use std::fmt::Display;
use std::io;
use std::io::ErrorKind;
use std::path::Path;

use crate::store;
use crate::store::disk;
use crate::verify::text::Text;

mod archive;
mod ledger;
#[cfg(test)]
mod every;

pub(super) use archive::archive;
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
