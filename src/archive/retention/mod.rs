//! The retention schedule: until when must a record be kept, and why?
//! Notes on Swedish minutes, 4.4: preserving is the rule, disposal needs a decision; an unknown type is always kept.

mod file;
pub mod plan;
mod sentence;

use jiff::Span;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::format::minutes::when::stockholm;
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
    /// The day the matter was closed, as a person stated it.
    CaseClosed,
    /// The day the decision gained legal force (laga kraft), as a person stated it.
    LegalForce,
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
    /// The decision by which the schedule was put in force, where it is another than the rule's own.
    pub in_force_by: Option<String>,
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
    /// The day the matter was closed.
    pub case_closed: Option<Date>,
    /// The day the decision gained legal force.
    pub legal_force: Option<Date>,
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
    /// Why it is on hold, each hold's reason, empty where it is not told; a hold always wins.
    pub held: Vec<String>,
    /// Whether it went to a long-term archive.
    pub delivered: bool,
    /// Whether its disposal is proposed, decided or done.
    pub under_disposal: bool,
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
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("line {line} cannot be read: {what}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What TOML's reader says, in English.
        what: String,
    },
    /// The schedule has no version, so no answer could say which rules it follows.
    #[error("the retention schedule has no version")]
    NoVersion,
    /// A rule that contradicts itself or another.
    #[error("line {line}, rule `{rule}`: {fault}")]
    Rule {
        /// The line of the rule's id, from 1.
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
    /// The id is empty.
    #[error("the id is empty")]
    NoId,
    /// Another rule has the same id.
    #[error("the id is used twice")]
    IdTwice,
    /// The rule holds for nothing.
    #[error("no record type is named")]
    NoType,
    /// Another rule already holds for the record type.
    #[error("record type `{0}` already has a rule")]
    TypeTwice(String),
    /// The outcome needs a key that is not there.
    #[error("outcome `{outcome}` needs `{key}`")]
    Needs {
        /// The outcome.
        outcome: &'static str,
        /// The missing key.
        key: &'static str,
    },
    /// The outcome has no use for a key that is there.
    #[error("outcome `{outcome}` does not take `{key}`")]
    Superfluous {
        /// The outcome.
        outcome: &'static str,
        /// The key.
        key: &'static str,
    },
    /// Disposal at once is no retention.
    #[error("`{0}` must be from 1 to 200 years")]
    Years(&'static str),
    /// A day that does not exist.
    #[error("`{0}` is not a date such as 2026-01-31")]
    NoDate(&'static str),
}

impl Error {
    /// The same in both languages.
    pub fn text(&self) -> Text {
        let sv = match self {
            Self::Syntax { line, what } => format!("rad {line} går inte att läsa (teknisk uppgift: {what})"),
            Self::NoVersion => "planen har ingen version".to_owned(),
            Self::Rule { line, rule, fault } => format!("rad {line}, regeln `{rule}`: {}", fault.swedish()),
        };
        Text::new(sv, self.to_string())
    }
}

impl Fault {
    fn swedish(&self) -> String {
        match self {
            Self::NoId => "den har inget id".to_owned(),
            Self::IdTwice => "en annan regel har samma id".to_owned(),
            Self::NoType => "ingen handlingstyp anges (record_types)".to_owned(),
            Self::TypeTwice(name) => format!("handlingstypen `{name}` har redan en regel"),
            Self::Needs { outcome, key } => format!("till `{outcome}` hör `{key}`, som saknas"),
            Self::Superfluous { outcome, key } => format!("till `{outcome}` hör inte `{key}`"),
            Self::Years(key) => format!("`{key}` ska vara 1 till {} år", file::YEARS_MAX),
            Self::NoDate(key) => format!("`{key}` är ingen dag, till exempel 2026-01-31"),
        }
    }
}

/// Why the schedule in force is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfollowed {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub what: Text,
}

impl Schedule {
    /// No rules: everything is kept until somebody decides.
    pub fn none() -> Self {
        Self { version: "–".to_owned(), example: true, rules: Vec::new() }
    }

    /// Reads a schedule file.
    ///
    /// # Errors
    /// [`Error`] names the line and the rule.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: file::File = toml::from_str(text).map_err(|error| {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            Error::Syntax { line, what: error.message().to_owned() }
        })?;
        if file.schedule.version.trim().is_empty() {
            return Err(Error::NoVersion);
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(file.rule.len());
        for written in file.rule {
            let line = line_of(text, written.id.span().start);
            let id = written.id.get_ref().clone();
            let fault = |fault| Error::Rule { line, rule: id.clone(), fault };
            let mut rule = written.into_rule(&file.schedule.plan).map_err(fault)?;
            rule.basis.in_force_by =
                file.schedule.decision.clone().filter(|one| rule.basis.decision.as_ref() != Some(one));
            free(&rules, &rule).map_err(fault)?;
            rules.push(rule);
        }
        Ok(Self { version: file.schedule.version, example: file.schedule.example, rules })
    }

    /// A schedule's text with the decision by which it is put in force, instead of the one it named.
    pub fn put_in_force_by(text: &str, decision: &str) -> String {
        const HEAD: &str = "[schedule]";
        let said = format!("decision = {}", toml::Value::from(decision));
        let mut within = false;
        let mut lines = Vec::new();
        for line in text.lines() {
            let bare = line.trim();
            if bare.starts_with('[') {
                within = bare == HEAD;
            }
            if !within || bare.split('=').next().is_none_or(|key| key.trim() != "decision") {
                lines.push(line);
            }
            if bare == HEAD {
                lines.push(&said);
            }
        }
        lines.join("\n") + "\n"
    }

    /// Until when must this record be kept, and why? A type no rule knows is kept.
    #[must_use]
    pub fn answer(&self, facts: &RecordFacts<'_>) -> Answer {
        let known = |rule: &&Rule| rule.record_types.iter().any(|own| own == facts.record_type);
        let Some(rule) = self.rules.iter().find(known) else {
            return Answer {
                rule_id: None,
                schedule_version: self.version.clone(),
                outcome: Outcome::Preserve { delivery: None },
                until: None,
                deliver_from: None,
                reason: Text::new(
                    "Ingen regel – bevaras tills beslut finns.",
                    "No rule: kept until there is a decision.",
                ),
                basis: None,
                adopted: false,
                held: Vec::new(),
                delivered: false,
                under_disposal: false,
            };
        };
        let (until, deliver_from) = match rule.outcome {
            Outcome::Preserve { delivery } => (None, delivery.and_then(|period| period.ends(facts))),
            Outcome::Dispose { after } => (after.ends(facts), None),
            Outcome::DisposeWhenObsolete | Outcome::Investigate => (None, None),
        };
        Answer {
            rule_id: Some(rule.id.clone()),
            schedule_version: self.version.clone(),
            outcome: rule.outcome,
            until,
            deliver_from,
            reason: sentence::reason(rule, until, deliver_from, self.example),
            basis: Some(rule.basis.clone()),
            adopted: !self.example && rule.basis.decision.is_some() && rule.basis.date.is_some(),
            held: Vec::new(),
            delivered: false,
            under_disposal: false,
        }
    }
}

impl Answer {
    /// What is to be done by a day: disposal once the last day has passed, delivery from its first day.
    ///
    /// Says only that the time has come; [`Self::obstacle`] says whether disposal may be decided at all.
    #[must_use]
    pub fn due(&self, by: Date) -> Option<Due> {
        match self.outcome {
            _ if self.under_disposal => None,
            Outcome::Dispose { .. } => self.until.filter(|until| *until < by).map(|_| Due::Disposal),
            Outcome::Preserve { .. } if self.delivered => None,
            Outcome::Preserve { .. } => self.deliver_from.filter(|from| *from <= by).map(|_| Due::Delivery),
            Outcome::DisposeWhenObsolete | Outcome::Investigate => None,
        }
    }

    /// The same for whoever may not read why holds were placed: that there is one, and no reason.
    #[must_use]
    pub fn without_reasons(self) -> Self {
        Self { held: self.held.iter().map(|_| String::new()).collect(), ..self }
    }

    /// Why nothing may be disposed of under this answer; none where a decision allows it.
    #[must_use]
    pub fn obstacle(&self) -> Option<Text> {
        if !self.held.is_empty() && self.held.iter().all(String::is_empty) {
            return Some(Text::new("Handlingen har gallringsstopp.", "The record is on hold."));
        }
        if !self.held.is_empty() {
            let reasons = self.held.join("; ");
            return Some(Text::new(format!("Gallringsstopp: {reasons}."), format!("On hold: {reasons}.")));
        }
        match self.outcome {
            Outcome::Preserve { .. } => Some(Text::new("Handlingen bevaras.", "The record is preserved.")),
            Outcome::Investigate => Some(Text::new("Frågan utreds.", "The question is being investigated.")),
            Outcome::Dispose { .. } | Outcome::DisposeWhenObsolete => (!self.adopted).then(|| {
                Text::new(
                    "Regeln saknar gallringsbeslut. Utan beslut gallras ingenting.",
                    "The rule has no decision on disposal. Without one nothing is disposed of.",
                )
            }),
        }
    }
}

impl Period {
    /// The last day of the period; none where its event is not known or the calendar ends.
    ///
    /// A year ends on the same day of a later year, 29 February on 28 February where there is no other: the rule of
    /// lag 1930:173, 1 §.
    #[must_use]
    pub fn ends(&self, facts: &RecordFacts<'_>) -> Option<Date> {
        let years = Span::new().try_years(self.years).ok()?;
        self.from.day(facts)?.checked_add(years).ok()
    }
}

impl Trigger {
    /// The day the years are counted from, in Swedish time.
    fn day(self, facts: &RecordFacts<'_>) -> Option<Date> {
        let zone = stockholm();
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let signed = facts.last_signed.map(day);
        let registered = day(facts.registered);
        match self {
            Self::Signed => signed,
            Self::Registered => Some(registered),
            Self::Meeting => facts.meeting_date,
            Self::CaseClosed => facts.case_closed,
            Self::LegalForce => facts.legal_force,
            Self::EndOfYear => {
                let latest = [signed, facts.meeting_date].into_iter().flatten().fold(registered, Date::max);
                Some(latest.last_of_year())
            }
        }
    }
}

/// Refuses a rule whose id or record type another rule has.
fn free(rules: &[Rule], rule: &Rule) -> Result<(), Fault> {
    for other in rules {
        if other.id == rule.id {
            return Err(Fault::IdTwice);
        }
        if let Some(code) = rule.record_types.iter().find(|code| other.record_types.contains(code)) {
            return Err(Fault::TypeTwice(code.clone()));
        }
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
