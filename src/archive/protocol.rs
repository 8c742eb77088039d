//! The protocol of a disposal (gallringsprotokoll): what went, when, by which decision and rule. It is derived from the acts
//! that stay, which the ledger commits to, so it can be made again at any time. USERS 3a and 9.6.

use crate::archive::act::Disposal;
use crate::archive::entry::ordinal;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::life::Stage;
use crate::archive::refusal::Refusal;

/// The protocol of one proposal.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The proposal, which is its name.
    pub proposal: String,
    /// The body that keeps the archive.
    pub organisation: Option<String>,
    /// A line for each record of which disposal was decided.
    pub lines: Vec<Line>,
}

/// A record in a protocol: what remains of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The record's id.
    pub record: String,
    /// The index of its registration.
    pub index: u64,
    /// What it was.
    pub title: Option<String>,
    /// The code of its type.
    pub record_type: String,
    /// The diary number.
    pub diary_number: Option<String>,
    /// When it was registered, UTC.
    pub registered_at: String,
    /// SHA-256 of its document.
    pub sha256: String,
    /// What was decided.
    pub disposal: Disposal,
}

/// The columns, Swedish first, as they are written in [`Line::cells`].
pub const COLUMNS: [&str; 14] = [
    "handling",
    "post",
    "titel",
    "handlingstyp",
    "diarienummer",
    "registrerad",
    "kontrollsumma",
    "regel",
    "plan",
    "sparades till",
    "förslag av",
    "beslut",
    "beslutat av",
    "gallrad",
];

impl Line {
    /// The cells of the line, in the order of [`COLUMNS`]. What is decided and not carried out has no last cell.
    pub fn cells(&self) -> [String; 14] {
        let Disposal { decision, rule, schedule_version, until, proposed_by, decided_by, carried_out_at, .. } =
            self.disposal.clone();
        [
            self.record.clone(),
            ordinal(self.index).to_string(),
            self.title.clone().unwrap_or_default(),
            self.record_type.clone(),
            self.diary_number.clone().unwrap_or_default(),
            self.registered_at.clone(),
            self.sha256.clone(),
            rule,
            schedule_version,
            until.unwrap_or_default(),
            proposed_by,
            decision,
            decided_by,
            carried_out_at.unwrap_or_default(),
        ]
    }
}

impl Archive {
    /// The protocol of a proposal that was decided.
    ///
    /// # Errors
    /// [`Refusal`] where nothing was decided by that name; the store's, or damage.
    pub fn protocol(&self, proposal: &str) -> Result<Protocol, Error> {
        let mut lines = Vec::new();
        for found in self.in_proposal(proposal)? {
            let Some(Stage::Decided(disposal) | Stage::Done(disposal)) = found.life.disposal else { continue };
            let record = found.record;
            lines.push(Line {
                record: record.id,
                index: found.index,
                title: record.title,
                record_type: record.record_type,
                diary_number: record.diary_number,
                registered_at: record.registered_at,
                sha256: record.verification.file.sha256,
                disposal,
            });
        }
        if lines.is_empty() {
            return Err(Refusal::NoProposal(proposal.to_owned()).into());
        }
        lines.sort_by_key(|line| line.index);
        let organisation = self.organisation().map(str::to_owned);
        Ok(Protocol { proposal: proposal.to_owned(), organisation, lines })
    }
}
