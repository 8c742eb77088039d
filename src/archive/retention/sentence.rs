//! Why a record is kept, in one sentence.
//! Wording of the project's user guide: bevaras, gallras, leverera; the rule and its decision are always named.

use jiff::civil::Date;

use crate::archive::retention::Outcome;
use crate::archive::retention::Period;
use crate::archive::retention::Rule;
use crate::archive::retention::Trigger;
use crate::verify::text::Text;

/// The sentence for a rule and the days that follow from it.
pub(super) fn reason(rule: &Rule, until: Option<Date>, deliver_from: Option<Date>, example: bool) -> Text {
    let what = outcome(rule.outcome, until, deliver_from);
    let basis = basis(rule);
    let (sv, en) = if example {
        (
            " Exempelregel: er myndighet måste själv besluta om sin plan.",
            " An example rule: your body must adopt a plan of its own.",
        )
    } else {
        ("", "")
    };
    Text::new(
        format!("{}: {} {}{sv}", rule.label.sv, what.sv, basis.sv),
        format!("{}: {} {}{en}", rule.label.en, what.en, basis.en),
    )
}

fn outcome(outcome: Outcome, until: Option<Date>, deliver_from: Option<Date>) -> Text {
    match outcome {
        Outcome::Preserve { delivery: None } => Text::new("bevaras.", "preserved."),
        Outcome::Preserve { delivery: Some(period) } => match deliver_from {
            Some(day) => Text::new(
                format!("bevaras. Levereras till e-arkiv tidigast {day}."),
                format!("preserved. Delivered to the long-term archive on {day} at the earliest."),
            ),
            None => unknown(period, "bevaras.", "preserved."),
        },
        Outcome::Dispose { after } => match until {
            Some(day) => {
                let (years, from) = (after.years, event(after.from));
                Text::new(
                    format!("sparas till och med {day}, {years} år från {}.", from.sv),
                    format!("kept until and including {day}, {years} years from {}.", from.en),
                )
            }
            None => unknown(after, "sparas tills vidare.", "kept for now."),
        },
        Outcome::DisposeWhenObsolete => Text::new(
            "sparas tills någon beslutar att den är inaktuell.",
            "kept until somebody decides that it is obsolete.",
        ),
        Outcome::Investigate => Text::new("sparas medan frågan utreds.", "kept while the question is investigated."),
    }
}

fn unknown(period: Period, sv: &str, en: &str) -> Text {
    let from = event(period.from);
    Text::new(
        format!("{sv} Tiden räknas från {}, som inte är känd.", from.sv),
        format!("{en} The time is counted from {}, which is not known.", from.en),
    )
}

fn event(trigger: Trigger) -> Text {
    match trigger {
        Trigger::Signed => Text::new("dagen för sista underskriften", "the day of the last signature"),
        Trigger::Registered => Text::new("registreringsdagen", "the day of registration"),
        Trigger::EndOfYear => Text::new("årets slut", "the end of the year"),
        Trigger::CaseClosed => Text::new("dagen då ärendet avslutades", "the day the matter was closed"),
        Trigger::LegalForce => {
            Text::new("dagen då beslutet vann laga kraft", "the day the decision gained legal force")
        }
        Trigger::Meeting => Text::new("sammanträdesdagen", "the day of the meeting"),
    }
}

fn basis(rule: &Rule) -> Text {
    let plan = &rule.basis.plan;
    let Text { mut sv, mut en } = match (&rule.basis.decision, rule.basis.date) {
        (Some(decision), Some(date)) => Text::new(
            format!("Grund: {plan}, beslut {decision} den {date}."),
            format!("Basis: {plan}, decision {decision} of {date}."),
        ),
        (Some(_), None) | (None, _) => Text::new(
            format!("Grund: {plan}. Gallringsbeslut saknas."),
            format!("Basis: {plan}. No decision on disposal."),
        ),
    };
    if let Some(decision) = &rule.basis.in_force_by {
        sv.push_str(&format!(" Planen gäller enligt beslut {decision}."));
        en.push_str(&format!(" The plan is in force by decision {decision}."));
    }
    Text { sv, en }
}
