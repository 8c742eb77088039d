//! Why a command ended without an answer, in words that say what happened, what was saved and what to do.
//! USERS section 10. Errors of the rooms below are told in both languages here, in one place.

use std::io;

use crate::archive;
use crate::config;
use crate::ledger::error as ledger;
use crate::store;
use crate::store::blob;
use crate::verify::text::Text;

/// Why a command ended without an answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// The question could not be answered. Exit status 2.
    Trouble(Text),
    /// Nobody reads the answer any more.
    PipeClosed,
}

impl Stop {
    pub(super) fn trouble(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Trouble(Text::new(sv, en))
    }
}

/// The only `io::Error` that reaches a command as itself is that of its own answer.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::PipeClosed
        } else {
            Self::trouble(
                format!("Svaret kunde inte skrivas: {error}. Frigör utrymme eller skriv det någon annanstans."),
                format!("The answer could not be written: {error}. Free some space or write it elsewhere."),
            )
        }
    }
}

impl From<config::Error> for Stop {
    fn from(error: config::Error) -> Self {
        Self::Trouble(error.text())
    }
}

impl From<archive::Error> for Stop {
    fn from(error: archive::Error) -> Self {
        Self::Trouble(archive_error(&error))
    }
}

/// A database or a bucket that holds an archive, or the beginnings of one.
fn occupied(place: &str) -> Text {
    Text::new(
        format!(
            "Där finns redan något: {place}. Inget har ändrats. Ange ett annat schema och en annan adress i \
             places.toml, eller ta bort det som ett avbrutet försök lämnade."
        ),
        format!(
            "There is something already: {place}. Nothing was changed. Name another schema and another address in \
             places.toml, or remove what an interrupted attempt left."
        ),
    )
}

/// An error of the archive, told.
pub(super) fn archive_error(error: &archive::Error) -> Text {
    use archive::Error as E;
    match error {
        E::Exists(directory) => {
            let directory = directory.display();
            Text::new(
                format!(
                    "{directory} innehåller redan något. Inget har ändrats. Välj en tom mapp med --data, eller använd \
                     arkivet som finns där."
                ),
                format!(
                    "{directory} already holds something. Nothing was changed. Choose an empty folder with --data, or \
                     use the archive that is there."
                ),
            )
        }
        E::Missing(directory) => {
            let directory = directory.display();
            Text::new(
                format!(
                    "I {directory} finns inget arkiv. Inget har sparats. Skapa ett med `sigill init --origin NAMN`, \
                     eller peka ut rätt mapp med --data."
                ),
                format!(
                    "There is no archive in {directory}. Nothing was saved. Create one with `sigill init --origin \
                     NAME`, or name the right folder with --data."
                ),
            )
        }
        E::Version { found, known } => Text::new(
            format!(
                "Arkivet har dataversion {found}; det här programmet läser version {known}. Inget har ändrats. Använd \
                 programversionen som skrev arkivet."
            ),
            format!(
                "The archive has data version {found}; this program reads version {known}. Nothing was changed. Use \
                 the version of the program that wrote it."
            ),
        ),
        E::Settings { path, what } => {
            let path = path.display();
            Text::new(
                format!("{path} kan inte läsas: {what}. Inget har ändrats. Återställ filen från säkerhetskopia."),
                format!("{path} cannot be read: {what}. Nothing was changed. Restore the file from a backup."),
            )
        }
        E::SharedKey => Text::new(
            "Arkivet delas av flera processer, som var och en har en kopia av nyckeln: den kan inte bytas där. Inget har \
             ändrats. Är nyckeln röjd: stoppa alla processer, flytta arkivet till en maskin och byt nyckeln där.",
            "Several processes share the archive, each with a copy of the key: it cannot be changed there. Nothing was \
             changed. If the key is known to others: stop all processes, move the archive to one machine and change it \
             there.",
        ),
        E::TooLarge { bytes, max } => super::words::too_large(*bytes, *max),
        E::Empty => super::words::empty(),
        E::Damaged(what) => Text::new(
            format!("Arkivet är skadat: {what}. Inget har sparats. Kör `sigill check`, som säger vad som ska göras."),
            format!("The archive is damaged: {what}. Nothing was saved. Run `sigill check`, which says what to do."),
        ),
        E::Unwitnessed => Text::new(
            "Kvittot väntar på loggens vittnen. Handlingen är registrerad. Hämta kvittot om en stund.",
            "The receipt waits for the ledger's witnesses. The record is registered. Ask for it again shortly.",
        ),
        E::Randomness => Text::new(
            "Systemet lämnar inga slumptal. Inget har sparats. Kontakta driften.",
            "The system gives no random numbers. Nothing was saved. Contact operations.",
        ),
        E::NotMoved { .. } => Text::new(
            format!("Flytten misslyckades: {error}. Arkivet här är oförändrat. Töm målet och börja om."),
            format!("The move failed: {error}. The archive here is unchanged. Empty the target and start again."),
        ),
        E::Store(store::Error::Exists(place)) => occupied(&place.display().to_string()),
        E::Blob(blob::Error::Exists(kind)) if kind.is_relative() => occupied(&format!("{} (S3)", kind.display())),
        E::Blob(blob::Error::Refused(_)) => Text::new(
            format!(
                "Objektlagret nekar: {error}. Inget har sparats. Kontrollera bucket, nyckelns namn, hemlighet och \
                 rättigheter: [documents] i archive.toml."
            ),
            format!(
                "The object store refuses: {error}. Nothing was saved. Check the bucket, the key's name, its secret and \
                 its rights: [documents] in archive.toml."
            ),
        ),
        E::Store(store::Error::Unavailable(_))
        | E::Blob(blob::Error::Unavailable(_))
        | E::Ledger(ledger::Error::Store(store::Error::Unavailable(_))) => unavailable(error),
        E::RolledBack { .. } => rolled_back(error),
        E::Ledger(error) => ledger_error(error),
        E::Store(error) => disk(error),
        E::Blob(error) => disk(error),
        E::Disk(error) => disk(error),
    }
}

pub(super) fn disk(error: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!(
            "Disken svarade med ett fel: {error}. Det som pågick är inte sparat. Kontrollera att arkivets katalog är \
             hel, att det finns utrymme och att rättigheterna stämmer, och försök igen."
        ),
        format!(
            "The disk answered with an error: {error}. What was under way is not saved. Check that the archive's \
             directory is complete, that there is space and that the permissions are right, and try again."
        ),
    )
}

fn unavailable(error: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!(
            "Databasen eller objektlagret svarar inte: {error}. Om det som pågick sparades är okänt; att göra om det \
             är ofarligt, samma fil registreras bara en gång. Försök igen om en stund."
        ),
        format!(
            "The database or the object store does not answer: {error}. Whether what was under way is saved is \
             unknown; doing it again is safe, the same file is registered only once. Try again shortly."
        ),
    )
}

fn rolled_back(error: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!(
            "Loggen stämmer inte med det som redan undertecknats: {error}. Inget skrivs förrän det är utrett. Spara \
             katalogen som den är och lägg tillbaka den senaste säkerhetskopian. Utlämnade kvitton gäller."
        ),
        format!(
            "The ledger is not what was signed before: {error}. Nothing is written until this is settled. Keep the \
             directory as it is and put back the newest backup. Receipts already handed out hold."
        ),
    )
}

pub(super) fn ledger_error(error: &ledger::Error) -> Text {
    use ledger::Error as E;
    match error {
        E::InUse(_) => Text::new(
            "Arkivet är öppet i en annan process, troligen `sigill serve`. Inget har ändrats. Fråga tjänsten i \
             stället, \
             eller stoppa den först.",
            "The archive is open in another process, probably `sigill serve`. Nothing was changed. Ask the service \
             instead, or stop it first.",
        ),
        E::RolledBack { .. } | E::AnchorRolledBack { .. } | E::RolledBackShared { .. } | E::Forked { .. } => {
            rolled_back(error)
        }
        E::Alarm(alarm) => Text::new(
            format!(
                "Ett vittne säger sig ha sett något annat av loggen än det som finns här: {alarm}. Inget undertecknas. \
                 Spara katalogen som den är. Är en äldre kopia återlagd, lägg tillbaka den senaste säkerhetskopian. Säger \
                 `sigill check`, säkerhetskopian och de andra vittnena att allt stämmer, är det vittnet som har fel: ta \
                 bort dess rad ur witnesses.policy och starta om."
            ),
            format!(
                "A witness says that it has seen something else of the ledger than what is here: {alarm}. Nothing is \
                 signed. Keep the directory as it is. If an older copy was put back, put back the newest backup. If `sigill \
                 check`, the backup and the other witnesses say that all is well, the witness is wrong: take its line out \
                 of witnesses.policy and restart."
            ),
        ),
        E::ClockBehind { .. } => Text::new(
            format!("Datorns klocka går fel: {error}. Inget har sparats. Ställ klockan och försök igen."),
            format!("The computer's clock is wrong: {error}. Nothing was saved. Set it and try again."),
        ),
        E::Busy => Text::new(
            "Loggen hinner inte med just nu. Filen är inte registrerad. Försök igen om en stund.",
            "The ledger is busy. The file is not registered. Try again shortly.",
        ),
        E::Fatal(what) => Text::new(
            format!(
                "Loggen har stannat: {what}. Det som kvitterats är sparat. Åtgärda orsaken (utrymme, disk, rättigheter) \
                 och öppna arkivet på nytt; då visar det sig om det som pågick kom med."
            ),
            format!(
                "The ledger has stopped: {what}. What was acknowledged is saved. Remedy the cause (space, disk, \
                 permissions) and open the archive anew; then it shows whether what was under way is in it."
            ),
        ),
        E::Note(note) => Text::new(
            format!("Loggens nyckel eller namn kan inte användas: {note}. Inget har skapats eller ändrats."),
            format!("The ledger's key or name cannot be used: {note}. Nothing was created or changed."),
        ),
        E::EntrySize { .. }
        | E::Beyond { .. }
        | E::Exists(_)
        | E::Missing(_)
        | E::Damaged(_)
        | E::Store(_)
        | E::Journal(_)
        | E::Anchor(_)
        | E::Disk(_)
        | E::Checkpoint(_)
        | E::Proof(_) => Text::new(
            format!(
                "Loggen kan inte användas: {error}. Det som kvitterats ligger kvar på disken. Kör `sigill check`; \
                 hjälper inte `sigill rebuild`, återställ från säkerhetskopia."
            ),
            format!(
                "The ledger cannot be used: {error}. What was acknowledged is still on disk. Run `sigill check`; where \
                 `sigill rebuild` does not help, restore from a backup."
            ),
        ),
    }
}
