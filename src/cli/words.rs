//! Sentences that several commands say, and how times, sizes and verdicts are written for people.
//! USERS sections 1d and 10: dates in Swedish time, shape and word for every verdict, never colour alone.

use std::io;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::archive::retention::Unfollowed;
use crate::archive::upgrade::Upgraded;
use crate::cli::console::Style;
use crate::config::Lang;
use crate::ledger::repair::Repair;
use crate::verify::calendar;
use crate::verify::text::Text;
use crate::verify::trust::Problem;

/// What a signature's or a document's answer looks like: a shape and a style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) shape: &'static str,
    pub(super) style: Style,
}

/// How a document's verdict looks, by its name in JSON.
pub(super) fn verdict(name: &str) -> Look {
    let (shape, style) = match name {
        "valid" => ("✓", Style::Good),
        "registered-copy" => ("⧉", Style::Good),
        "partly-valid" => ("◐", Style::Open),
        "altered" => ("✎", Style::Bad),
        "invalid" => ("✕", Style::Bad),
        "unsigned" => ("–", Style::Strong),
        "unreadable" => ("!", Style::Open),
        _ => ("?", Style::Open),
    };
    Look { shape, style }
}

/// How a signature's indication looks, by its name in JSON.
pub(super) fn indication(name: &str) -> Look {
    let (shape, style) = match name {
        "TOTAL-PASSED" | "PASSED" => ("✓", Style::Good),
        "TOTAL-FAILED" | "FAILED" => ("✕", Style::Bad),
        _ => ("?", Style::Open),
    };
    Look { shape, style }
}

/// The number of a Swedish level of assurance; other levels as they are.
pub(super) fn assurance(level: &str) -> &str {
    let last = level.rsplit('/').next().unwrap_or(level);
    last.strip_prefix("loa").filter(|number| !number.is_empty()).unwrap_or(level)
}

/// A day as people write it: 12 mars 2026.
pub(super) fn day(date: Date, lang: Lang) -> String {
    lang.of(&calendar::day(date)).to_owned()
}

/// A moment in Swedish time: 12 mars 2026 kl. 14.05.
pub(super) fn moment(time: Timestamp, lang: Lang) -> String {
    lang.of(&calendar::moment(time)).to_owned()
}

/// A moment given as text; text that is none is shown as it is.
pub(super) fn moment_of(text: &str, lang: Lang) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |time| moment(time, lang))
}

/// A size as file managers show it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} byte"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

pub(super) fn too_large(bytes: u64, max: u64) -> Text {
    let (bytes, max) = (size(bytes), size(max));
    Text::new(
        format!(
            "Filen är för stor ({bytes}). Högst {max}. Inget har sparats. Höj document_megabytes_max om den ska med."
        ),
        format!(
            "The file is too large ({bytes}). At most {max}. Nothing was saved. Raise document_megabytes_max to take \
             it."
        ),
    )
}

pub(super) fn empty() -> Text {
    Text::new(
        "Filen är tom. Inget har sparats. Hämta den på nytt från avsändaren.",
        "The file is empty. Nothing was saved. Fetch it again from the sender.",
    )
}

pub(super) fn named(path: &Path, text: &Text) -> Text {
    let path = path.display();
    Text::new(format!("{path}: {}", text.sv), format!("{path}: {}", text.en))
}

pub(super) fn unreadable_file(path: &Path, error: &io::Error) -> Text {
    let text = if error.kind() == ErrorKind::NotFound {
        Text::new("Filen finns inte.", "There is no such file.")
    } else if error.kind() == ErrorKind::PermissionDenied {
        Text::new("Du har inte rätt att läsa den.", "You are not permitted to read it.")
    } else {
        Text::new(format!("Den kunde inte läsas: {error}."), format!("It could not be read: {error}."))
    };
    let Text { sv, en } = text;
    let todo = Text::new(
        format!("{sv} Inget har sparats. Kontrollera namn och rättigheter."),
        format!("{en} Nothing was saved. Check its name and permissions."),
    );
    named(path, &todo)
}

pub(super) fn is_a_folder(path: &Path) -> Text {
    let text = Text::new(
        "Det är en mapp, inte en fil. Ange filerna i den; hela mappar tar `sigill ingest`.",
        "That is a folder, not a file. Name the files in it; `sigill ingest` takes whole folders.",
    );
    named(path, &text)
}

pub(super) fn no_file(path: &Path) -> Text {
    let text = Text::new(
        "Det är ingen vanlig fil utan ett rör eller en enhet. Inget har sparats. Flytta bort den ur mappen.",
        "That is no ordinary file but a pipe or a device. Nothing was saved. Move it out of the folder.",
    );
    named(path, &text)
}

pub(super) fn own_fault(place: &str) -> Text {
    Text::new(
        format!(
            "Fel i programmet ({place}). Det som kvitterats är sparat, det som pågick är det inte. Försök igen och \
             rapportera felet om det kvarstår."
        ),
        format!(
            "A fault in the program ({place}). What was acknowledged is saved, what was under way is not. Try again, \
             and report it if it persists."
        ),
    )
}

/// What opening the ledger repaired. Nothing of it costs a registration that was acknowledged.
pub(super) fn repaired(repair: &Repair) -> Text {
    let sv = match repair {
        Repair::AnchorSlot => "loggens ankare hade en oläslig halva; den andra användes".to_owned(),
        Repair::Torn { bytes, record } => {
            format!("{bytes} byte av en oavslutad skrivning togs bort ur journalen, vid post {record}")
        }
        Repair::Dropped => "en avbruten registrering, som ingen fått besked om, hann inte sparas".to_owned(),
        Repair::Completed => "en avbruten registrering slutfördes".to_owned(),
        Repair::VolumeMissing(next) => format!("en volym före {} saknas och skrivs om", next.display()),
        Repair::VolumeUnusable(why) => format!("en volym kan inte användas och skrivs om ({why})"),
        Repair::VolumesForeign => "volymerna stämde inte med journalen och skrivs om".to_owned(),
        Repair::Sealed(count) => format!("{count} volymer skrevs färdigt"),
        Repair::Database(why) => format!("loggens databas kunde inte användas och byggdes om ur journalen ({why})"),
        Repair::Kept(path) => format!("det som låg i vägen finns kvar som {}", path.display()),
        Repair::KeysChanged => {
            "ett avbrutet byte av loggens nycklar slutfördes; den gamla nyckeln är utbytt. Säkerhetskopiera nu"
                .to_owned()
        }
        Repair::Unpublished => "kontrollpunkten saknades och är publicerad igen".to_owned(),
        Repair::CheckpointDamaged => "kontrollpunkten var skadad och är publicerad igen".to_owned(),
        Repair::CheckpointBehind => "kontrollpunkten var gammal och är publicerad igen".to_owned(),
    };
    Text::new(format!("Lagat vid öppning: {sv}."), format!("Repaired at opening: {repair}."))
}

pub(super) fn schedule_problem(problem: &Unfollowed) -> Text {
    let Unfollowed { file, what: Text { sv, en } } = problem;
    Text::new(
        format!(
            "Gallringsplanen {file} kan inte följas: {sv}. Till dess att den rättas bevaras allt; i övrigt fungerar \
             arkivet som vanligt."
        ),
        format!(
            "The retention schedule {file} cannot be followed: {en}. Until it is corrected everything is kept; the \
             archive works as usual otherwise."
        ),
    )
}

pub(super) fn anchor_problem(problem: &Problem) -> Text {
    let Problem { file, what } = problem;
    Text::new(
        format!(
            "{file} är inget certifikat som går att läsa ({what}). Ingen blir betrodd genom den filen. Rätta eller ta \
             bort den."
        ),
        format!(
            "{file} is no certificate that can be read ({what}). Nobody is trusted by that file. Correct or remove it."
        ),
    )
}

/// An archive of an older version was brought forward.
pub(super) fn upgraded(upgraded: &Upgraded) -> Text {
    let Upgraded { from, to, backup } = upgraded;
    let place = backup.as_ref().map(|file| file.display());
    let (sv, en) = place.map_or_else(Default::default, |place| {
        (
            format!(" Arkivet som det var ligger i {place}; ta bort filen när allt fungerar."),
            format!(" The archive as it was is in {place}; remove that file when all works."),
        )
    });
    Text::new(
        format!("Arkivet är uppgraderat från dataversion {from} till {to}.{sv}"),
        format!("The archive was upgraded from data version {from} to {to}.{en}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_swedish_time() {
        let time = "2026-03-12T13:05:00Z".parse().unwrap();
        assert_eq!(moment(time, Lang::Sv), "12 mars 2026 kl. 14.05");
        assert_eq!(moment(time, Lang::En), "12 March 2026 at 14:05");
    }

    #[test]
    fn levels_are_shortened() {
        assert_eq!(assurance("http://id.elegnamnden.se/loa/1.0/loa3"), "3");
        assert_eq!(assurance("urn:substantial"), "urn:substantial");
    }
}
