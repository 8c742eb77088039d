//! What can be done to a record, or to the archive, after registration: the deeds, as they are written down.
//! HOUSE, invariant 8: nothing is rewritten; what is known or decided since stands beside it. Words by USERS 10.

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::catalogue::Effect;
use crate::archive::encoding::Verification;
use crate::archive::entry::Event;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::unhex;
use crate::verify::calendar;
use crate::verify::text::Text;

/// One deed. Free text in it has passed `masked`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Deed {
    /// Evidence was added, and the document verified with it and with all that was kept before.
    EvidenceAdded {
        /// What was found then.
        verification: Box<Verification>,
        /// What came now, each piece by its hash.
        evidence: Vec<KeptPiece>,
    },
    /// The document was verified once more: the answer then beside the answer now.
    VerifiedAgain {
        /// What is found now.
        verification: Box<Verification>,
    },
    /// What is stated about the record was corrected.
    Corrected {
        /// What holds from now on.
        statement: Correction,
        /// Why.
        reason: String,
    },
    /// The record belongs with another.
    Linked {
        /// The other record's id.
        to: String,
        /// How it belongs with it, for people: `bilaga till`, `rättelse av`, `samma sammanträde`.
        relation: String,
    },
    /// A copy was made or handed in, and anyone who holds its bytes is told what it is a copy of.
    CopyRegistered {
        /// SHA-256 of the copy, hex.
        sha256: String,
        /// Its bytes.
        size: u64,
        /// What it is for, for people.
        purpose: String,
        /// How many personal identity numbers were taken out of it.
        masked: u64,
    },
    /// Disposal is stopped (gallringsstopp).
    Held {
        /// The hold's own name.
        hold: String,
        /// Why.
        reason: String,
        /// Whom to ask.
        contact: Option<String>,
    },
    /// A hold was lifted.
    Released {
        /// The hold.
        hold: String,
        /// Why.
        reason: String,
    },
    /// Something came to pass that retention is counted from.
    Occurred {
        /// What.
        what: Occurrence,
        /// On which day.
        on: String,
    },
    /// Somebody proposes to dispose of the record.
    DisposalProposed {
        /// The proposal; it may be about many records.
        proposal: String,
        /// On which rule.
        rule: String,
        /// Of which version of the schedule.
        schedule_version: String,
        /// The last day it had to be kept; none where a person found it obsolete.
        until: Option<String>,
    },
    /// Somebody refused the proposal, or withdrew it.
    DisposalRefused {
        /// The proposal.
        proposal: String,
        /// Why.
        reason: String,
    },
    /// Somebody else than who proposed it decided so. The record can be brought back until a day.
    DisposalDecided {
        /// The proposal.
        proposal: String,
        /// The decision's number.
        decision: String,
        /// When it is carried out at the earliest, UTC.
        not_before: String,
    },
    /// The decision was undone before it was carried out.
    DisposalUndone {
        /// The proposal.
        proposal: String,
        /// Why.
        reason: String,
    },
    /// The record was disposed of: document, salt, text, evidence and what was written about its content are destroyed.
    Disposed {
        /// What was decided, by whom and on which rule.
        disposal: Disposal,
        /// What remains of the record.
        remains: Box<Record>,
        /// The index of its registration.
        index: u64,
    },
    /// The record was handed to a long-term archive.
    Delivered {
        /// SHA-256 of the package, hex.
        package: String,
        /// To whom.
        recipient: String,
        /// Whether the document went with its signatures.
        with_signatures: bool,
    },
    /// That archive acknowledged it.
    Received {
        /// Its own name for it, if it gave one.
        reference: Option<String>,
        /// Its receipt, kept as evidence.
        evidence: Vec<KeptPiece>,
    },
    /// A statement (kontrollintyg) was issued.
    StatementIssued {
        /// SHA-256 of the statement, hex.
        sha256: String,
        /// Its bytes.
        size: u64,
        /// `sv` or `en`.
        language: String,
    },
    /// Personal data was shown to somebody.
    Revealed {
        /// What was shown.
        what: String,
        /// For what purpose.
        purpose: String,
    },
    /// The document was registered although its signatures are not valid.
    Justified {
        /// What was found when it was.
        verdict: String,
        /// Why it is kept.
        reason: String,
    },
    /// The salt was destroyed: nobody can show any more that the ledger's entry is about this document.
    Unlinked {
        /// Why.
        reason: String,
        /// The index of the registration.
        index: u64,
    },
    /// The archive got another retention schedule.
    ScheduleAdopted {
        /// Its version.
        version: String,
        /// The decision's number, where one was given.
        decision: Option<String>,
        /// The schedule, as it is written.
        text: String,
    },
    /// A token for the service was made.
    TokenMade {
        /// The token's id.
        token: String,
        /// The system, desk or person that holds it.
        name: String,
        /// What it allows.
        role: String,
        /// Until when, UTC; none is until it is removed.
        expires: Option<String>,
    },
    /// A token was removed.
    TokenRemoved {
        /// The token's id.
        token: String,
        /// Who held it.
        name: String,
    },
}

/// What is stated anew about a record; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correction {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The code of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    /// The diary number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diary_number: Option<String>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The day of the meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_date: Option<String>,
    /// Whether anyone may look it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
}

impl Correction {
    /// Whether it corrects nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what is stated anew in place of what was.
    pub fn amend(&self, record: &mut Record) {
        let put = |new: &Option<String>, old: &mut Option<String>| {
            if new.is_some() {
                old.clone_from(new);
            }
        };
        put(&self.title, &mut record.title);
        put(&self.diary_number, &mut record.diary_number);
        put(&self.body, &mut record.body);
        put(&self.meeting_date, &mut record.meeting_date);
        if let Some(code) = &self.record_type {
            record.record_type.clone_from(code);
        }
        if let Some(public) = self.public {
            record.public = public;
        }
    }
}

/// An event that no document shows and that a person states, from which retention may be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Occurrence {
    /// The matter was closed (ärendet avslutat).
    CaseClosed,
    /// The decision gained legal force (laga kraft).
    LegalForce,
}

/// A disposal: on which decision, by whom, on which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disposal {
    /// The proposal, which names the protocol.
    pub proposal: String,
    /// The decision's number.
    pub decision: String,
    /// The rule.
    pub rule: String,
    /// The schedule's version.
    pub schedule_version: String,
    /// The last day it had to be kept.
    pub until: Option<String>,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who decided.
    pub decided_by: String,
    /// When, UTC.
    pub decided_at: String,
    /// When it is carried out at the earliest, or was, UTC.
    pub not_before: String,
    /// When it was carried out, UTC; none until then: it can be undone.
    pub carried_out_at: Option<String>,
}

impl Deed {
    /// The word for it in the ledger.
    pub fn event(&self) -> Event {
        match self {
            Self::EvidenceAdded { .. } => Event::EvidenceAdded,
            Self::VerifiedAgain { .. } => Event::VerifiedAgain,
            Self::Corrected { .. } => Event::Corrected,
            Self::Linked { .. } => Event::Linked,
            Self::CopyRegistered { .. } => Event::CopyRegistered,
            Self::Held { .. } => Event::Held,
            Self::Released { .. } => Event::Released,
            Self::Occurred { .. } => Event::Occurred,
            Self::DisposalProposed { .. } => Event::DisposalProposed,
            Self::DisposalRefused { .. } => Event::DisposalRefused,
            Self::DisposalDecided { .. } => Event::DisposalDecided,
            Self::DisposalUndone { .. } => Event::DisposalUndone,
            Self::Disposed { .. } => Event::Disposed,
            Self::Delivered { .. } => Event::Delivered,
            Self::Received { .. } => Event::Received,
            Self::StatementIssued { .. } => Event::StatementIssued,
            Self::Revealed { .. } => Event::Revealed,
            Self::Unlinked { .. } => Event::Unlinked,
            Self::ScheduleAdopted { .. } => Event::ScheduleAdopted,
            Self::TokenMade { .. } => Event::TokenMade,
            Self::TokenRemoved { .. } => Event::TokenRemoved,
            Self::Justified { .. } => Event::Justified,
        }
    }

    /// What verification found then, where it is about that.
    pub fn verification(&self) -> Option<&Verification> {
        if let Self::EvidenceAdded { verification, .. } | Self::VerifiedAgain { verification } = self {
            Some(verification)
        } else {
            None
        }
    }

    /// The evidence that came with it.
    pub fn evidence(&self) -> &[KeptPiece] {
        if let Self::EvidenceAdded { evidence, .. } | Self::Received { evidence, .. } = self { evidence } else { &[] }
    }

    /// What it changes about where the record is found and what of it is shown.
    pub(crate) fn effect(&self) -> Effect {
        let mut effect = Effect::default();
        if let Self::Corrected { statement, .. } = self {
            (effect.public, effect.diary_number) = (statement.public, statement.diary_number.clone());
        }
        if let Self::CopyRegistered { sha256, .. } | Self::StatementIssued { sha256, .. } = self {
            effect.copy = unhex(sha256);
        }
        if let Self::DisposalProposed { proposal, .. } = self {
            effect.proposal = Some(proposal.clone());
        }
        if let Self::DisposalDecided { .. } | Self::DisposalUndone { .. } = self {
            effect.withheld = Some(matches!(self, Self::DisposalDecided { .. }));
        }
        effect
    }

    /// What more there is to say of it, in a sentence.
    pub fn said(&self) -> Option<Text> {
        let both = |sv: String, en: String| Some(Text::new(sv, en));
        match self {
            Self::EvidenceAdded { verification, .. } | Self::VerifiedAgain { verification } => {
                both(format!("Svar: {}.", verification.headline.sv), format!("Answer: {}.", verification.headline.en))
            }
            Self::Corrected { reason, .. } | Self::Unlinked { reason, .. } | Self::Justified { reason, .. } => {
                both(format!("Skäl: {reason}."), format!("Reason: {reason}."))
            }
            Self::Linked { to, relation } => both(format!("{relation}: {to}"), format!("{relation}: {to}")),
            Self::CopyRegistered { sha256, purpose, .. } => {
                both(format!("{purpose}, kontrollsumma {sha256}."), format!("{purpose}, SHA-256 {sha256}."))
            }
            Self::Held { hold, reason, .. } => {
                both(format!("Gallringsstopp {hold}: {reason}."), format!("Hold {hold}: {reason}."))
            }
            Self::Released { hold, reason } => {
                both(format!("Gallringsstopp {hold} hävt: {reason}."), format!("Hold {hold} lifted: {reason}."))
            }
            Self::Occurred { what, on } => {
                let (what, day) = (what.text(), calendar::day_of(on));
                both(format!("{} {}.", what.sv, day.sv), format!("{} {}.", what.en, day.en))
            }
            Self::DisposalProposed { proposal, .. } => {
                both(format!("Gallringsförslag {proposal}."), format!("Proposal {proposal}."))
            }
            Self::DisposalRefused { proposal, reason } | Self::DisposalUndone { proposal, reason } => {
                both(format!("Förslag {proposal}: {reason}."), format!("Proposal {proposal}: {reason}."))
            }
            Self::DisposalDecided { decision, not_before, .. } => {
                let until = calendar::moment_of(not_before);
                both(
                    format!("Beslut {decision}. Kan ångras till {}.", until.sv),
                    format!("Decision {decision}. Can be undone until {}.", until.en),
                )
            }
            Self::Disposed { disposal, .. } => {
                let decision = &disposal.decision;
                both(format!("Enligt beslut {decision}."), format!("By decision {decision}."))
            }
            Self::Delivered { recipient, .. } => both(format!("Till {recipient}."), format!("To {recipient}.")),
            Self::Received { reference, .. } => {
                let reference = reference.as_deref()?;
                both(format!("Mottagarens beteckning {reference}."), format!("The recipient calls it {reference}."))
            }
            Self::StatementIssued { sha256, .. } => {
                both(format!("Kontrollsumma {sha256}."), format!("SHA-256 {sha256}."))
            }
            Self::Revealed { what, purpose } => {
                both(format!("{what}. Ändamål: {purpose}."), format!("{what}. Purpose: {purpose}."))
            }
            Self::ScheduleAdopted { version, .. } => both(format!("Version {version}."), format!("Version {version}.")),
            Self::TokenMade { name, role, .. } => {
                both(format!("{name}, rollen {role}."), format!("{name}, role {role}."))
            }
            Self::TokenRemoved { name, .. } => both(format!("{name}."), format!("{name}.")),
        }
    }
}

impl Occurrence {
    /// What came to pass, in words.
    pub fn text(self) -> Text {
        match self {
            Self::CaseClosed => Text::new("Ärendet avslutades", "The matter was closed on"),
            Self::LegalForce => Text::new("Beslutet vann laga kraft", "The decision gained legal force on"),
        }
    }
}
