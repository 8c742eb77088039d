//! What was found once, said as of then, and what is said of a record whose content is gone. USERS 9.3, 9.4 and 10.
//! For pages and statements alike, so that they never tell two stories.

use jiff::Timestamp;

use crate::archive::act::Disposal;
use crate::archive::encoding::Verification;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::archive::record::Record;
use crate::format::minutes::when::stockholm;
use crate::verify::calendar;
use crate::verify::text::Text;

/// The verbs of a headline, as of now and as of then: Swedish, then English.
const THEN: [(&str, &str); 10] = [
    (" är ", " var "),
    ("kan inte", "kunde inte"),
    ("har ändrats", "hade ändrats"),
    ("har ingen", "hade ingen"),
    (" is ", " was "),
    (" are ", " were "),
    ("cannot", "could not"),
    ("was changed", "had been changed"),
    ("has no", "had no"),
    ("This is", "This was"),
];

/// A headline of now, as one of then.
pub fn past(headline: &Text) -> Text {
    let past = |text: &str| THEN.iter().fold(text.to_owned(), |text, (now, then)| text.replace(now, then));
    Text::new(past(&headline.sv), past(&headline.en))
}

/// The answer of a verification, as what it was: what was found when a document came in says nothing of today.
pub fn headline(found: &Verification) -> Text {
    past(&Text::new(found.headline.sv.clone(), found.headline.en.clone()))
}

/// The disposal of a record, where it was carried out.
pub fn disposal(life: &Life) -> Option<&Disposal> {
    match life.disposal.as_ref()? {
        Stage::Done(disposal) => Some(disposal),
        Stage::Proposed(_) | Stage::Decided(_) => None,
    }
}

/// That a record was disposed of, when and by which decision; or that this is decided. None where neither is.
pub fn gone(life: &Life) -> Option<Text> {
    match life.disposal.as_ref()? {
        Stage::Proposed(_) => None,
        Stage::Decided(one) => {
            let until = one.not_before().map(calendar::moment).unwrap_or_default();
            Some(Text::new(
                format!(
                    "Gallring är beslutad ({}). Dokumentet lämnas inte ut. Beslutet kan ångras till {}.",
                    one.decision, until.sv
                ),
                format!(
                    "Disposal is decided ({}). The document is not given out. The decision can be undone until {}.",
                    one.decision, until.en
                ),
            ))
        }
        Stage::Done(one) => {
            let at: Option<Timestamp> = one.carried_out_at.as_deref().and_then(|at| at.parse().ok());
            let day = at.map(|at| calendar::day(at.to_zoned(stockholm()).date()));
            let (sv, en) = day.map_or_else(Default::default, |day| (format!(" {}", day.sv), format!(" on {}", day.en)));
            Some(Text::new(
                format!("Handlingen gallrades{sv} enligt beslut {}.", one.decision),
                format!("The record was disposed of{en} by decision {}.", one.decision),
            ))
        }
    }
}

/// What remains of a record that was disposed of, and what does not.
pub fn remains() -> Text {
    Text::new(
        "Kontrollsumman finns kvar, liksom de här uppgifterna, händelserna och posten i loggen. Dokumentet, dess text, \
         underskrifterna med namnen och bevisen är förstörda. Nya kvitton kan inte göras; kvitton och kontrollintyg som \
         lämnades ut före gallringen gäller.",
        "The SHA-256 remains, and so do these facts, the events and the entry in the log. The document, its text, the \
         signatures with their names and the evidence are destroyed. No receipts can be made any more; receipts and \
         statements handed out before the disposal still hold.",
    )
}

/// Who signed a record that was disposed of, as far as that is still known.
pub fn signers(record: &Record) -> Text {
    match record.signatures {
        Some(0) => Text::new(
            "Handlingen hade ingen underskrift när den registrerades.",
            "The record had no signature when it was registered.",
        ),
        Some(1) => Text::new(
            "Handlingen hade 1 underskrift när den registrerades. Namnet är gallrat.",
            "The record had 1 signature when it was registered. The name is gone.",
        ),
        Some(count) => Text::new(
            format!("Handlingen hade {count} underskrifter när den registrerades. Namnen är gallrade."),
            format!("The record had {count} signatures when it was registered. The names are gone."),
        ),
        None => Text::new("Vilka som hade skrivit under är gallrat.", "Who had signed it went with the disposal."),
    }
}
