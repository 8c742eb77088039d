//! Record types (handlingstyper): their codes, and what they are called. HOUSE, glossary; SWEDEN 6.
//! A code is what retention rules name; people write a label. One who writes the label means the code.

use crate::archive::retention::Rule;
use crate::archive::retention::Schedule;
use crate::verify::mask::masked;
use crate::verify::text::Text;

/// The types that sigill reads or knows itself: code, Swedish and English label. A schedule may name others.
const KNOWN: [(&str, &str, &str); 9] = [
    ("minutes", "Protokoll", "Minutes"),
    ("meeting-notes", "Mötesanteckningar", "Meeting notes"),
    ("information", "Information", "Information"),
    ("summons", "Kallelse", "Summons"),
    ("delegation-decision", "Delegationsbeslut", "Decision by delegation"),
    ("adjustment-notice", "Justeringsanslag", "Notice of adjustment"),
    ("signed-form", "Underskriven blankett", "Signed form"),
    ("employment-contract", "Anställningsavtal", "Employment contract"),
    ("other", "Annan handling", "Other document"),
];

/// What a type is called: as the schedule has it, else as sigill knows it, else its code.
pub fn label(code: &str, schedule: &Schedule) -> Text {
    if let Some(rule) = rule(code, schedule) {
        return rule.label.clone();
    }
    let known = KNOWN.iter().find(|(own, ..)| *own == code);
    known.map_or_else(|| Text::new(code, code), |(_, sv, en)| Text::new(*sv, *en))
}

/// The rule that holds for a type, if there is one.
pub fn rule<'s>(code: &str, schedule: &'s Schedule) -> Option<&'s Rule> {
    schedule.rules.iter().find(|rule| rule.record_types.iter().any(|own| own == code))
}

/// The code that is meant by what somebody wrote: a code, or the label of one in either language, in any case. A type that
/// neither the schedule nor sigill knows stays as it was written, without personal numbers: no rule holds for it, so it is
/// kept until one does.
pub fn meant(written: &str, schedule: &Schedule) -> String {
    let written = written.trim();
    let folded = written.to_lowercase();
    let is_code = |code: &&str| code.to_lowercase() == folded;
    let ruled = schedule.rules.iter().flat_map(|rule| &rule.record_types).map(String::as_str);
    if let Some(code) = ruled.chain(KNOWN.iter().map(|(code, ..)| *code)).find(is_code) {
        return code.to_owned();
    }
    let is_label = |sv: &str, en: &str| sv.to_lowercase() == folded || en.to_lowercase() == folded;
    let labelled = schedule.rules.iter().find(|rule| is_label(&rule.label.sv, &rule.label.en));
    let ruled = labelled.and_then(|rule| rule.record_types.first().cloned());
    let known = || KNOWN.iter().find(|(_, sv, en)| is_label(sv, en)).map(|(code, ..)| (*code).to_owned());
    ruled.or_else(known).unwrap_or_else(|| masked(written))
}
