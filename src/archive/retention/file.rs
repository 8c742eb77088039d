//! The schedule file as it is written, and its way to rules.
//! TOML; an unknown key is refused, because a misspelt one would silently shorten or lengthen a time.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::archive::retention::Basis;
use crate::archive::retention::Fault;
use crate::archive::retention::Outcome;
use crate::archive::retention::Period;
use crate::archive::retention::Rule;
use crate::archive::retention::Trigger;
use crate::verify::text::Text;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schedule: Head,
    #[serde(default)]
    pub(super) rule: Vec<Written>,
}

/// What holds for all rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) version: String,
    /// Must be said: a schedule nobody adopted must not dispose of anything.
    pub(super) example: bool,
    pub(super) plan: String,
    /// The decision by which all of it was put in force, where one was named then.
    pub(super) decision: Option<String>,
}

/// A rule as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) id: Spanned<String>,
    record_types: Vec<String>,
    handlingstyp: Label,
    outcome: Word,
    years: Option<u16>,
    from: Option<Event>,
    deliver_after_years: Option<u16>,
    #[serde(default)]
    classification: Vec<String>,
    #[serde(default)]
    basis: Decision,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    sv: String,
    en: String,
}

/// The outcomes in the words of the plans.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Bevaras,
    Gallras,
    GallrasVidInaktualitet,
    Utredning,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Event {
    Signed,
    Registered,
    EndOfYear,
    Meeting,
    CaseClosed,
    LegalForce,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    decision: Option<String>,
    date: Option<String>,
    note: Option<String>,
}

/// Longer than any plan's term; more is a slip of the hand.
pub(super) const YEARS_MAX: u16 = 200;

impl Written {
    /// The rule, where its keys fit its outcome. `plan` is the plan all rules belong to.
    pub(super) fn into_rule(self, plan: &str) -> Result<Rule, Fault> {
        let outcome = self.outcome()?;
        let id = self.id.into_inner();
        if id.trim().is_empty() {
            return Err(Fault::NoId);
        }
        if self.record_types.is_empty() {
            return Err(Fault::NoType);
        }
        let date = self.basis.date.map(|text| day("basis.date", &text)).transpose()?;
        Ok(Rule {
            id,
            record_types: self.record_types,
            label: Text::new(self.handlingstyp.sv, self.handlingstyp.en),
            classification: self.classification,
            outcome,
            basis: Basis {
                plan: plan.to_owned(),
                decision: self.basis.decision.filter(|decision| !decision.trim().is_empty()),
                date,
                in_force_by: None,
                note: self.basis.note,
            },
        })
    }

    fn outcome(&self) -> Result<Outcome, Fault> {
        let outcome = self.outcome.name();
        let needs = |key| Fault::Needs { outcome, key };
        match self.outcome {
            Word::Bevaras => {
                self.superfluous("years", self.years.is_some())?;
                let Some(years) = self.deliver_after_years else {
                    self.superfluous("from", self.from.is_some())?;
                    return Ok(Outcome::Preserve { delivery: None });
                };
                let from = self.from.ok_or(needs("from"))?.trigger();
                let years = term("deliver_after_years", years)?;
                Ok(Outcome::Preserve { delivery: Some(Period { years, from }) })
            }
            Word::Gallras => {
                self.superfluous("deliver_after_years", self.deliver_after_years.is_some())?;
                let years = term("years", self.years.ok_or(needs("years"))?)?;
                let from = self.from.ok_or(needs("from"))?.trigger();
                Ok(Outcome::Dispose { after: Period { years, from } })
            }
            Word::GallrasVidInaktualitet => self.untimed().map(|()| Outcome::DisposeWhenObsolete),
            Word::Utredning => self.untimed().map(|()| Outcome::Investigate),
        }
    }

    /// Refuses every key that speaks of time.
    fn untimed(&self) -> Result<(), Fault> {
        self.superfluous("years", self.years.is_some())?;
        self.superfluous("from", self.from.is_some())?;
        self.superfluous("deliver_after_years", self.deliver_after_years.is_some())
    }

    fn superfluous(&self, key: &'static str, given: bool) -> Result<(), Fault> {
        let outcome = self.outcome.name();
        if given { Err(Fault::Superfluous { outcome, key }) } else { Ok(()) }
    }
}

impl Word {
    fn name(self) -> &'static str {
        match self {
            Self::Bevaras => "bevaras",
            Self::Gallras => "gallras",
            Self::GallrasVidInaktualitet => "gallras-vid-inaktualitet",
            Self::Utredning => "utredning",
        }
    }
}

impl Event {
    fn trigger(self) -> Trigger {
        match self {
            Self::Signed => Trigger::Signed,
            Self::Registered => Trigger::Registered,
            Self::EndOfYear => Trigger::EndOfYear,
            Self::Meeting => Trigger::Meeting,
            Self::CaseClosed => Trigger::CaseClosed,
            Self::LegalForce => Trigger::LegalForce,
        }
    }
}

fn term(key: &'static str, years: u16) -> Result<u16, Fault> {
    if (1..=YEARS_MAX).contains(&years) { Ok(years) } else { Err(Fault::Years(key)) }
}

fn day(key: &'static str, text: &str) -> Result<Date, Fault> {
    text.parse().map_err(|_| Fault::NoDate(key))
}
