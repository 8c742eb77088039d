//! Why something was not done to a record, in words that say what to do instead. USERS 9.6 and 10.

use std::fmt;

use crate::archive::record::RecordId;
use crate::verify::calendar;
use crate::verify::text::Text;

/// Why something was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such record.
    NoRecord(RecordId),
    /// There is no such proposal that is open.
    NoProposal(String),
    /// A reason, a name or a number is needed and is empty.
    Empty(Text),
    /// The same person proposed it.
    OwnProposal,
    /// A hold stops it.
    Held(Vec<String>),
    /// Nothing holds it, or not by this name.
    NotHeld,
    /// Retention does not allow it: the schedule's reason.
    Kept(Text),
    /// It is proposed already.
    Proposed(String),
    /// Its disposal is decided; the day until which that can be undone.
    Decided(String),
    /// It was disposed of, by this decision.
    Disposed(String),
    /// Nothing is decided that could be undone.
    NothingDecided,
    /// Nothing would change.
    NothingNew,
    /// The document cannot be copied without signatures and personal numbers: the reason.
    NoCopy(String),
    /// Its salt was destroyed, so no receipt can be made.
    Unlinked,
    /// It was never delivered, so nothing can be acknowledged.
    NotDelivered,
    /// The bytes are a registered copy of this record, and not a document of their own.
    Copy(RecordId),
}

impl Refusal {
    /// What is the matter, and what to do.
    pub fn text(&self) -> Text {
        let both = |sv: String, en: String| Text::new(sv, en);
        match self {
            Self::NoRecord(id) => both(format!("Det finns ingen handling {id}."), format!("There is no record {id}.")),
            Self::NoProposal(name) => both(
                format!("Det finns inget öppet gallringsförslag {name}. Se dem med `sigill retention proposals`."),
                format!("There is no open proposal {name}. See them with `sigill retention proposals`."),
            ),
            Self::Empty(what) => both(format!("Ange {}.", what.sv), format!("Give {}.", what.en)),
            Self::OwnProposal => Text::new(
                "Du kan inte besluta om ditt eget förslag. Någon annan ska granska och besluta.",
                "You cannot decide on your own proposal. Somebody else is to examine it and decide.",
            ),
            Self::Held(reasons) => {
                let reasons = reasons.join("; ");
                both(
                    format!("Handlingen har gallringsstopp ({reasons}). Häv stoppet först, om det får hävas."),
                    format!("The record is on hold ({reasons}). Lift the hold first, if it may be lifted."),
                )
            }
            Self::NotHeld => {
                Text::new("Handlingen har inget sådant gallringsstopp.", "There is no such hold on the record.")
            }
            Self::Kept(reason) => both(
                format!("Handlingen får inte gallras: {}", reason.sv),
                format!("The record may not be disposed of: {}", reason.en),
            ),
            Self::Proposed(name) => both(
                format!("Handlingen ingår redan i gallringsförslag {name}."),
                format!("The record is in proposal {name} already."),
            ),
            Self::Decided(until) => {
                let until = calendar::moment_of(until);
                both(
                    format!("Gallring av handlingen är beslutad. Beslutet kan ångras till {}.", until.sv),
                    format!("The record's disposal is decided. That can be undone until {}.", until.en),
                )
            }
            Self::Disposed(decision) => both(
                format!(
                    "Handlingen är gallrad enligt beslut {decision}: dokument och salt är förstörda. Händelserna och \
                     kontrollsumman finns kvar, och kvitton och kontrollintyg som lämnats ut före gallringen gäller."
                ),
                format!(
                    "The record was disposed of by decision {decision}: document and salt are destroyed. Events and \
                     SHA-256 remain, and receipts and statements handed out before still hold."
                ),
            ),
            Self::NothingDecided => Text::new(
                "Det finns inget gallringsbeslut att ångra. Ett som har verkställts kan inte ångras.",
                "There is no decision on disposal to undo. One that was carried out cannot be undone.",
            ),
            Self::NothingNew => Text::new("Det står redan så.", "That is stated already."),
            Self::NoCopy(why) => both(
                format!(
                    "Handlingen kan inte kopieras utan underskrifter och personnummer ({why}). Gör kopian för hand."
                ),
                format!(
                    "The document cannot be copied without signatures and personal numbers ({why}). Copy it by hand."
                ),
            ),
            Self::Unlinked => Text::new(
                "Handlingens salt är förstört, så inget kvitto kan göras. Kvitton som redan lämnats ut gäller.",
                "The record's salt was destroyed, so no receipt can be made. Receipts handed out before still hold.",
            ),
            Self::NotDelivered => Text::new(
                "Handlingen har inte levererats, så det finns inget att kvittera.",
                "The record was not delivered, so there is nothing to acknowledge.",
            ),
            Self::Copy(id) => both(
                format!("Filen är en registrerad kopia av handling {id}, och är ingen egen handling."),
                format!("The file is a registered copy of record {id}, and no record of its own."),
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} Nothing was changed.", self.text().en)
    }
}

impl std::error::Error for Refusal {}
