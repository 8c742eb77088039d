//! What a record has become: its acts summed up, oldest first. HOUSE, invariant 8: what was registered stays as it was
//! written; what holds now follows from what was done since.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::act::Acted;
use crate::archive::act::Correction;
use crate::archive::act::Deed;
use crate::archive::act::Disposal;
use crate::archive::act::Occurrence;
use crate::archive::encoding::Verification;
use crate::archive::record::Record;

/// What a record has become.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// What is stated anew, oldest first.
    pub corrections: Vec<Correction>,
    /// The holds on it, oldest first. One is enough to stop disposal.
    pub holds: Vec<Hold>,
    /// What retention may be counted from, as it was stated last.
    pub occurred: BTreeMap<Occurrence, Date>,
    /// How far its disposal has come.
    pub disposal: Option<Stage>,
    /// Packages in which it was handed to a long-term archive, oldest first.
    pub deliveries: Vec<Delivery>,
    /// Copies and statements that were made of it.
    pub copies: Vec<Copied>,
    /// Records it was linked to, with how it belongs with each.
    pub links: Vec<(String, String)>,
    /// The newest answer about it, where it was verified again.
    pub verified_again: Option<(String, Verification)>,
    /// Whether its salt was destroyed.
    pub unlinked: bool,
    /// What remains of it, where it was disposed of.
    pub remains: Option<Record>,
}

/// A hold (gallringsstopp).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Who placed it.
    pub by: String,
    /// When, UTC.
    pub at: String,
}

/// How far a disposal has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Somebody proposed it.
    Proposed(Proposed),
    /// Somebody else decided it; it can be undone until it is carried out.
    Decided(Disposal),
    /// It was carried out.
    Done(Disposal),
}

/// A proposal, as far as it is about one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// Its name.
    pub proposal: String,
    /// The rule.
    pub rule: String,
    /// The schedule's version.
    pub schedule_version: String,
    /// The last day the record had to be kept.
    pub until: Option<String>,
    /// Who proposed it.
    pub by: String,
    /// When, UTC.
    pub at: String,
}

/// A record's way to a long-term archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// SHA-256 of the package, hex.
    pub package: String,
    /// To whom.
    pub recipient: String,
    /// When, UTC.
    pub at: String,
    /// When the recipient's receipt came, UTC.
    pub received_at: Option<String>,
}

/// A copy or a statement that was made of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its SHA-256, hex.
    pub sha256: String,
    /// What it is for; none where it is a statement.
    pub purpose: Option<String>,
    /// When, UTC.
    pub at: String,
}

impl Life {
    /// What a record has become by these acts.
    pub fn of(acts: &[Acted]) -> Self {
        let mut life = Self::default();
        acts.iter().for_each(|acted| life.goes_on(acted));
        life
    }

    /// The record with what is stated about it now; what remains of it where it was disposed of.
    pub fn amended(&self, written: Record) -> Record {
        let mut record = self.remains.clone().unwrap_or(written);
        self.corrections.iter().for_each(|correction| correction.amend(&mut record));
        record
    }

    /// The disposal that was decided or carried out.
    pub fn disposal(&self) -> Option<&Disposal> {
        match self.disposal.as_ref()? {
            Stage::Proposed(_) => None,
            Stage::Decided(disposal) | Stage::Done(disposal) => Some(disposal),
        }
    }

    fn goes_on(&mut self, Acted { act, .. }: &Acted) {
        let (at, by) = (act.at.clone(), act.by.clone());
        match act.deed.clone() {
            Deed::VerifiedAgain { verification } | Deed::EvidenceAdded { verification, .. } => {
                self.verified_again = Some((at, *verification));
            }
            Deed::Corrected { statement, .. } => self.corrections.push(statement),
            Deed::Linked { to, relation } => self.links.push((to, relation)),
            Deed::CopyRegistered { sha256, purpose, .. } => {
                self.copies.push(Copied { sha256, purpose: Some(purpose), at });
            }
            Deed::StatementIssued { sha256, .. } => self.copies.push(Copied { sha256, purpose: None, at }),
            Deed::Held { hold, reason, contact } => self.holds.push(Hold { name: hold, reason, contact, by, at }),
            Deed::Released { hold, .. } => self.holds.retain(|one| one.name != hold),
            Deed::Occurred { what, on } => self.occurred.extend(on.parse().ok().map(|day: Date| (what, day))),
            Deed::Delivered { package, recipient, .. } => {
                self.deliveries.push(Delivery { package, recipient, at, received_at: None });
            }
            Deed::Received { .. } => {
                if let Some(last) = self.deliveries.last_mut() {
                    last.received_at = Some(at);
                }
            }
            Deed::Unlinked { .. } => self.unlinked = true,
            Deed::Revealed { .. }
            | Deed::ScheduleAdopted { .. }
            | Deed::Justified { .. }
            | Deed::TokenMade { .. }
            | Deed::TokenRemoved { .. } => {}
            deed @ (Deed::DisposalProposed { .. }
            | Deed::DisposalRefused { .. }
            | Deed::DisposalDecided { .. }
            | Deed::DisposalUndone { .. }
            | Deed::Disposed { .. }) => self.goes_towards_disposal(deed, at, by),
        }
    }

    fn goes_towards_disposal(&mut self, deed: Deed, at: String, by: String) {
        let stage = self.disposal.take();
        self.disposal = match (deed, stage) {
            (Deed::DisposalProposed { proposal, rule, schedule_version, until }, None) => {
                Some(Stage::Proposed(Proposed { proposal, rule, schedule_version, until, by, at }))
            }
            (Deed::DisposalDecided { decision, not_before, .. }, Some(Stage::Proposed(proposed))) => {
                Some(Stage::Decided(Disposal {
                    proposal: proposed.proposal,
                    decision,
                    rule: proposed.rule,
                    schedule_version: proposed.schedule_version,
                    until: proposed.until,
                    proposed_by: proposed.by,
                    decided_by: by,
                    decided_at: at,
                    not_before,
                    carried_out_at: None,
                }))
            }
            (Deed::DisposalRefused { .. } | Deed::DisposalUndone { .. }, _) => None,
            (Deed::Disposed { disposal, remains, .. }, _) => {
                self.remains = Some(*remains);
                self.corrections.clear();
                Some(Stage::Done(disposal))
            }
            (_, stage) => stage,
        };
    }
}

impl Stage {
    /// The proposal it goes back to.
    pub fn proposal(&self) -> &str {
        match self {
            Self::Proposed(proposed) => &proposed.proposal,
            Self::Decided(disposal) | Self::Done(disposal) => &disposal.proposal,
        }
    }
}

impl Disposal {
    /// When it may be carried out.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before.parse().ok()
    }
}
