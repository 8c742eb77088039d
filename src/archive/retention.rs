//! The retention schedule: until when must a record be kept, and why?
//! Notes on Swedish minutes, 4.4: preserving is the rule, disposal needs a decision; an unknown type is always kept.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::verify::text::Text;

/// A body's schedule as read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The version the body gave it.
    pub version: String,
    /// True where nobody has adopted it: it answers, but disposes of nothing.
    pub example: bool,
    /// The rules, in the file's order.
    pub rules: Vec<Rule>,
}

/// One rule of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule's own name.
    pub id: String,
    /// Codes of the record types it holds for.
    pub record_types: Vec<String>,
    /// The handlingstyp as people write it.
    pub label: Text,
    /// Classification codes, with their scheme in front. Data: no scheme is built in.
    pub classification: Vec<String>,
    /// What happens.
    pub outcome: Outcome,
    /// On whose decision.
    pub basis: Basis,
}

/// What a rule lets happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Kept for ever (bevaras).
    Preserve {
        /// When it goes to the long-term archive, if it does.
        delivery: Option<Period>,
    },
    /// Disposed of after a time (gallras).
    Dispose {
        /// How long it is kept at least.
        after: Period,
    },
    /// Disposed of when a person finds it obsolete (gallras vid inaktualitet).
    DisposeWhenObsolete,
    /// To be investigated; kept meanwhile (utredning).
    Investigate,
}

/// A number of years from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Whole years.
    pub years: u16,
    /// What the years are counted from.
    pub from: Trigger,
}

/// The event a period is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The day of the last signature.
    Signed,
    /// The day of registration.
    Registered,
    /// The last day of the year of the latest of the other three.
    EndOfYear,
    /// The day of the meeting.
    Meeting,
}

/// Who decided a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// The document plan (dokumenthanteringsplan).
    pub plan: String,
    /// The decision's number.
    pub decision: Option<String>,
    /// The day of the decision.
    pub date: Option<Date>,
    /// Where the example comes from, or another note.
    pub note: Option<String>,
}

/// What is known about a record.
#[derive(Clone, Copy, Debug)]
pub struct RecordFacts<'a> {
    /// The code of its type.
    pub record_type: &'a str,
    /// When it was registered.
    pub registered: Timestamp,
    /// When it was last signed.
    pub last_signed: Option<Timestamp>,
    /// The day of the meeting.
    pub meeting_date: Option<Date>,
}

/// Until when a record must be kept, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rule that holds; none where no rule knows the type.
    pub rule_id: Option<String>,
    /// The schedule's version.
    pub schedule_version: String,
    /// What happens.
    pub outcome: Outcome,
    /// The last day it must be kept; none where it is kept without end or nobody can say yet.
    pub until: Option<Date>,
    /// The first day it may be delivered to the long-term archive.
    pub deliver_from: Option<Date>,
    /// Why, as a sentence.
    pub reason: Text,
    /// On whose decision.
    pub basis: Option<Basis>,
    /// True where a decision stands behind the rule and the schedule is no example.
    pub adopted: bool,
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Its time has passed: propose disposal.
    Disposal,
    /// It may be delivered.
    Delivery,
}

/// Why a schedule cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not TOML, an unknown key, or a value of the wrong kind. The text names line and column.
    #[error("the retention schedule cannot be read: {0}")]
    Syntax(String),
    /// A rule that contradicts itself.
    #[error("line {line}, rule `{rule}`: {fault}")]
    Rule {
        /// The line of the rule's id.
        line: usize,
        /// The rule's id.
        rule: String,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Another rule has the same id.
    #[error("the id is used twice")]
    IdTwice,
}

impl Schedule {
    /// Reads a schedule file.
    ///
    /// # Errors
    /// [`Error`] names the line and the rule.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Err(Error::Syntax(text.len().to_string()))
    }

    /// Until when must this record be kept, and why? A type no rule knows is kept.
    #[must_use]
    pub fn answer(&self, facts: &RecordFacts<'_>) -> Answer {
        let _ = facts;
        Answer {
            rule_id: None,
            schedule_version: self.version.clone(),
            outcome: Outcome::Preserve { delivery: None },
            until: None,
            deliver_from: None,
            reason: Text::default(),
            basis: None,
            adopted: false,
        }
    }
}

impl Answer {
    /// What is to be done by a day: disposal once the last day has passed, delivery from its first day.
    #[must_use]
    pub fn due(&self, by: Date) -> Option<Due> {
        let _ = by;
        None
    }
}
