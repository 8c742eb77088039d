//! What becomes of a record, in the few words that fit a table or a list. USERS 9.5: "Bevaras", "Gallras efter 2 år".

use crate::archive::life::Stage;
use crate::archive::listing::Listed;
use crate::archive::record_type;
use crate::archive::retention::Answer;
use crate::archive::retention::Outcome;
use crate::archive::retention::Rule;
use crate::archive::retention::Schedule;
use crate::verify::text::Text;
use crate::web::language::Language;
use crate::web::pages::moment;

/// What becomes of a record by now.
pub(crate) fn of(row: &Listed, answer: &Answer, language: Language) -> String {
    match &row.stage {
        Some(Stage::Done(disposal)) => {
            return format!("{} ({})", language.say("Gallrad", "Disposed of"), disposal.decision);
        }
        Some(Stage::Decided(disposal)) => {
            return format!("{} ({})", language.say("Gallring beslutad", "Disposal decided"), disposal.decision);
        }
        Some(Stage::Proposed(_)) | None => {}
    }
    let day = |day| moment::day(day, language);
    match (answer.outcome, answer.until, answer.deliver_from) {
        (Outcome::Preserve { .. }, _, _) if answer.rule_id.is_none() => {
            language.say("Ingen regel, bevaras", "No rule, kept").to_owned()
        }
        (Outcome::Preserve { .. }, _, _) if answer.delivered => {
            language.say("Bevaras, levererad", "Preserved, delivered").to_owned()
        }
        (Outcome::Preserve { .. }, _, Some(from)) => {
            format!("{} {}", language.say("Bevaras, levereras tidigast", "Preserved, delivered from"), day(from))
        }
        (Outcome::Preserve { .. }, _, None) => language.say("Bevaras", "Preserved").to_owned(),
        (Outcome::Dispose { .. }, Some(until), _) => {
            format!("{} {}", language.say("Gallras efter", "Disposed of after"), day(until))
        }
        (Outcome::Dispose { .. }, None, _) => {
            language.say("Gallras, tiden är inte känd än", "Disposed of, time not known yet").to_owned()
        }
        (Outcome::DisposeWhenObsolete, _, _) => {
            language.say("Gallras vid inaktualitet", "Disposed of when obsolete").to_owned()
        }
        (Outcome::Investigate, _, _) => language.say("Utreds, bevaras så länge", "Investigated, kept").to_owned(),
    }
}

/// What a rule does, before it is known to which record.
pub(crate) fn rule(rule: Option<&Rule>, language: Language) -> String {
    let years = |years: u16| match (years, language) {
        (1, Language::En) => "1 year".to_owned(),
        (years, Language::En) => format!("{years} years"),
        (years, Language::Sv) => format!("{years} år"),
    };
    match rule.map(|rule| rule.outcome) {
        None => language.say("Ingen regel, bevaras", "No rule, kept").to_owned(),
        Some(Outcome::Preserve { delivery: None }) => language.say("Bevaras", "Preserved").to_owned(),
        Some(Outcome::Preserve { delivery: Some(period) }) => format!(
            "{} {}",
            language.say("Bevaras, levereras efter", "Preserved, delivered after"),
            years(period.years)
        ),
        Some(Outcome::Dispose { after }) => {
            format!("{} {}", language.say("Gallras efter", "Disposed of after"), years(after.years))
        }
        Some(Outcome::DisposeWhenObsolete) => {
            language.say("Gallras vid inaktualitet", "Disposed of when obsolete").to_owned()
        }
        Some(Outcome::Investigate) => language.say("Utreds, bevaras så länge", "Investigated, kept").to_owned(),
    }
}

/// What a record type is called.
pub(crate) fn kind(code: &str, schedule: &Schedule, language: Language) -> String {
    let Text { sv, en } = record_type::label(code, schedule);
    language.say(sv, en)
}
