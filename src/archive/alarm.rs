//! What an auditor's alarm says, in both languages. LEDGER.md 6.7.

use crate::ledger::audit::Fault;
use crate::ledger::checkpoint;
use crate::ledger::policy::Refusal;
use crate::verify::text::Text;

/// What is wrong with a ledger.
pub(crate) fn fault(fault: &Fault) -> Text {
    let sv = match fault {
        Fault::WentBack { before, now } => format!("loggen har gått bakåt, från {before} poster till {now}"),
        Fault::Forked { size } => {
            format!("loggen har två historier: trädet över {size} poster som sågs förut är inte början på det här")
        }
        Fault::Missing(what) => format!("{what} finns inte"),
        Fault::Piece(what) => format!("{what} är inte vad loggens poster gör det till"),
        Fault::Root { size } => format!("de {size} posterna leder inte till den rot som är undertecknad"),
    };
    Text::new(sv, fault.to_string())
}

/// Why a checkpoint is not accepted.
pub(crate) fn refusal(refusal: &Refusal) -> Text {
    use checkpoint::Error as E;
    let sv = match refusal {
        Refusal::Quorum { saw, known } => {
            format!("{saw} av policyns {known} vittnen har sett den, vilket inte räcker")
        }
        Refusal::Checkpoint(E::Retired { size, until }) => {
            format!("ett träd med {size} poster är undertecknat med en nyckel som byttes ut vid {until} poster")
        }
        Refusal::Checkpoint(E::Note(_)) => "kontrollpunkten är inte undertecknad med loggens nyckel".to_owned(),
        Refusal::Checkpoint(E::Origin | E::NotALogKey) => "kontrollpunkten är en annan loggs".to_owned(),
        Refusal::Checkpoint(E::Lines | E::Size | E::Root) => "kontrollpunkten kan inte tolkas".to_owned(),
    };
    Text::new(sv, refusal.to_string())
}
