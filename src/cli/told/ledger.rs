//! Every error of the ledger, told: what can be made anew is, what cannot comes from a backup, and never from a guess.
//! LEDGER.md 6.3 and 6.4; USERS section 5.

use std::fmt::Display;
use std::path::Path;

use crate::cli::told::Remedy;
use crate::cli::told::Told;
use crate::cli::told::again;
use crate::cli::told::all_else;
use crate::cli::told::detail;
use crate::cli::told::disk;
use crate::cli::told::fault;
use crate::cli::told::in_use;
use crate::cli::told::missing;
use crate::cli::told::occupied;
use crate::cli::told::readable;
use crate::cli::told::receipts_hold;
use crate::cli::told::rolled_back;
use crate::cli::told::rows;
use crate::cli::told::stopped;
use crate::cli::told::unchanged;
use crate::ledger::error as ledger;
use crate::store::anchor;
use crate::store::journal;
use crate::verify::text::Text;

/// An error of the ledger.
pub(in crate::cli) fn ledger(error: &ledger::Error) -> Told {
    use ledger::Error as E;
    match error {
        E::InUse(_) => in_use(),
        E::RolledBack { .. } | E::AnchorRolledBack { .. } | E::RolledBackShared { .. } | E::Forked { .. } => {
            rolled_back(error)
        }
        E::Alarm(alarm) => Told::new(
            detail(
                "Ett vittne säger sig ha sett något annat av loggen än det som finns här",
                "A witness says that it has seen something else of the ledger than what is here",
                alarm,
            ),
            Text::new("Inget undertecknas.", "Nothing is signed."),
            Remedy::Do(Text::new(
                "Spara katalogen som den är. Är en äldre kopia återlagd, lägg tillbaka den senaste säkerhetskopian. Säger \
                 `sigill check`, säkerhetskopian och de andra vittnena att allt stämmer, är det vittnet som har fel: ta \
                 bort dess rad ur witnesses.policy och starta om.",
                "Keep the directory as it is. If an older copy was put back, put back the newest backup. If `sigill \
                 check`, the backup and the other witnesses say that all is well, the witness is wrong: take its line out \
                 of witnesses.policy and restart.",
            )),
            readable(),
        ),
        E::ClockBehind { .. } => Told::new(
            detail("Datorns klocka går fel", "The computer's clock is wrong", error),
            Text::new("Inget har sparats.", "Nothing was saved."),
            Remedy::Do(Text::new(
                "Ställ klockan och försök igen. Går den rätt har den gått före förut: inget kan registreras förrän den \
                 tiden har passerat.",
                "Set it and try again. If it is right, it was ahead before: nothing can be registered until that time has \
                 passed.",
            )),
            readable(),
        ),
        E::Busy => Told::new(
            Text::new("Loggen hinner inte med just nu.", "The ledger is busy."),
            Text::new("Filen är inte registrerad.", "The file is not registered."),
            again(),
            all_else(),
        ),
        E::Fatal(what) => stopped(what),
        E::Note(note) => Told::new(
            detail("Loggens nyckel eller namn kan inte användas", "The ledger's key or name cannot be used", note),
            Text::new("Inget har skapats eller ändrats.", "Nothing was created or changed."),
            Remedy::Do(Text::new(
                "Ange en annan nyckel eller ett annat namn; är det arkivets egen (ledger/key), lägg tillbaka den ur \
                 säkerhetskopian.",
                "Name another key or another name; if it is the archive's own (ledger/key), put it back from the backup.",
            )),
            receipts_hold(),
        ),
        E::Exists(place) => Told::new(
            Text::new(
                format!("Där finns redan en logg, eller en del av en: {}.", place.display()),
                format!("There is a ledger already, or part of one: {}.", place.display()),
            ),
            unchanged(),
            Remedy::Do(Text::new(
                "Välj en tom mapp med --data. Det som finns ska aldrig skrivas över.",
                "Choose an empty folder with --data. What is there must never be written over.",
            )),
            all_else(),
        ),
        E::Missing(part) if part.ends_with("journal") => gone(part),
        E::Missing(part) => missing(part),
        E::Unfounded { published, found } => unfounded(*published, *found),
        E::Foreign { directory, what } => foreign(directory, what),
        E::Beyond { asked, size } => Told::new(
            Text::new(
                format!("Post {asked} finns inte: loggen har {size} poster."),
                format!("There is no entry {asked}: the ledger has {size}."),
            ),
            unchanged(),
            Remedy::Do(Text::new("Fråga efter en som finns.", "Ask for one that is there.")),
            all_else(),
        ),
        E::Damaged(_) | E::Checkpoint(_) | E::Proof(_) => spoiled(error, Remedy::Restore),
        E::EntrySize { .. } => fault(error),
        E::Store(error) => rows(error),
        E::Journal(error) => journal(error),
        E::Anchor(error) => anchor(error),
        E::Disk(error) => disk(error),
    }
}

/// A directory of tiles that is not this ledger's.
fn foreign(directory: &Path, error: &dyn Display) -> Told {
    let directory = directory.display();
    Told::new(
        detail(
            &format!("{directory} är ingen kopia som loggens nyckel har undertecknat"),
            &format!("{directory} is no copy that the ledger's key has signed"),
            error,
        ),
        unchanged(),
        Remedy::Do(Text::new(
            "Ange en annan mapp, eller nyckeln till den logg som mappen hör till. Är den en kopia av den här loggen: gör \
             den på nytt i en tom mapp.",
            "Name another directory, or the key of the ledger that it belongs to. If it is a copy of this ledger: make it \
             anew in an empty one.",
        )),
        Text::new("Arkivet är orört.", "The archive is untouched."),
    )
}

/// What the ledger's durable files say is not what they must.
/// A part of the ledger that may be made anew of the others.
fn gone(part: &Path) -> Told {
    let path = part.display();
    Told::new(
        Text::new(format!("En del av loggen saknas: {path}."), format!("A part of the ledger is missing: {path}.")),
        Text::new(
            "Inget har ändrats, och inget skrivs utan den.",
            "Nothing was changed, and nothing is written without it.",
        ),
        Remedy::Journal,
        receipts_hold(),
    )
}

/// Nothing holds all that was published.
fn unfounded(published: u64, found: u64) -> Told {
    Told::new(
        Text::new(
            format!("Publicerade poster: {published}. Hela här: {found}."),
            format!("Entries published: {published}. Whole here: {found}."),
        ),
        unchanged(),
        Remedy::Restore,
        receipts_hold(),
    )
}

fn spoiled(error: &dyn Display, remedy: Remedy) -> Told {
    Told::new(
        detail("Loggens filer är skadade", "The ledger's files are damaged", error),
        Text::new(
            "Det som är oskadat ligger kvar. Inget har ändrats.",
            "What is undamaged is still there. Nothing was changed.",
        ),
        remedy,
        receipts_hold(),
    )
}

fn journal(error: &journal::Error) -> Told {
    use journal::Error as E;
    match error {
        E::Exists(place) => occupied(&place.display()),
        E::Missing(place) => gone(place),
        E::Stranger(path) => {
            let path = path.display();
            Told::new(
                Text::new(format!("{path} hör inte till journalen."), format!("{path} is no part of the journal.")),
                unchanged(),
                Remedy::Do(Text::new("Flytta bort filen och försök igen.", "Move the file away and try again.")),
                receipts_hold(),
            )
        }
        E::Lost { .. } | E::OtherHistory { .. } => rolled_back(error),
        E::Damaged { .. } => spoiled(error, Remedy::Journal),
        E::Payload { .. } => fault(error),
        E::Poisoned => stopped(error),
        E::Disk(error) => disk(error),
    }
}

fn anchor(error: &anchor::Error) -> Told {
    use anchor::Error as E;
    match error {
        E::Exists(place) => occupied(&place.display()),
        E::Missing(place) => gone(place),
        E::Unreadable => spoiled(error, Remedy::Journal),
        E::Payload => fault(error),
        E::Conflict => Told::new(
            detail("En annan process har skrivit till loggen", "Another process has written to the ledger", error),
            unchanged(),
            Remedy::Do(Text::new(
                "Stoppa alla processer utom en. Delar två arkiv fil för ankaret, ge dem var sin.",
                "Stop all processes but one. Where two archives share the anchor's file, give each its own.",
            )),
            receipts_hold(),
        ),
        E::Poisoned => stopped(error),
        E::Disk(error) => disk(error),
    }
}
