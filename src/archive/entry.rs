//! What the ledger holds about a record: an event and a salted commitment, no name, no number, no guessable hash.
//! HOUSE, invariant 7. The opening, kept beside and handed out with the receipt, lets anyone recompute the entry.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::archive::encoding::hex;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::verify::crypto;
use crate::verify::text::Text;

/// First line of every entry.
const HEADER: &str = "sigill.entry/1";
/// What the commitment's hash begins with, so that it is no hash of anything else.
const COMMITMENT: &[u8] = b"sigill.commitment/1\n";
/// The opening's schema.
const OPENING: &str = "sigill.opening/1";

/// Random bytes that make a commitment unguessable. Destroying them unlinks the ledger from the document.
pub type Salt = [u8; 32];

/// What people call the entry at an index: they count from 1, as page and statement do; the ledger, its receipts and what
/// programs read count from 0. USERS 10.
pub fn ordinal(index: u64) -> u64 {
    index.saturating_add(1)
}

/// What happened, to a record or to the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It was registered.
    Registered,
    /// Evidence was added to it, and it was verified with that.
    EvidenceAdded,
    /// It was verified once more.
    VerifiedAgain,
    /// What is stated about it was corrected.
    Corrected,
    /// It was linked to another record.
    Linked,
    /// A copy of it was registered.
    CopyRegistered,
    /// Its disposal was stopped (gallringsstopp).
    Held,
    /// A hold was lifted.
    Released,
    /// What its retention is counted from came to pass.
    Occurred,
    /// Somebody proposed to dispose of it.
    DisposalProposed,
    /// The proposal was refused or withdrawn.
    DisposalRefused,
    /// Somebody else decided so.
    DisposalDecided,
    /// The decision was undone in time.
    DisposalUndone,
    /// It was disposed of.
    Disposed,
    /// It was handed to a long-term archive.
    Delivered,
    /// That archive acknowledged it.
    Received,
    /// A statement about it was issued.
    StatementIssued,
    /// Personal data in it was shown to somebody.
    Revealed,
    /// Its salt was destroyed: the ledger no longer leads to its document.
    Unlinked,
    /// The archive got another retention schedule.
    ScheduleAdopted,
    /// A token for the service was made.
    TokenMade,
    /// A token was removed.
    TokenRemoved,
    /// It was registered although it is not valid, for a reason.
    Justified,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 23] = [
        Self::Registered,
        Self::EvidenceAdded,
        Self::VerifiedAgain,
        Self::Corrected,
        Self::Linked,
        Self::CopyRegistered,
        Self::Held,
        Self::Released,
        Self::Occurred,
        Self::DisposalProposed,
        Self::DisposalRefused,
        Self::DisposalDecided,
        Self::DisposalUndone,
        Self::Disposed,
        Self::Delivered,
        Self::Received,
        Self::StatementIssued,
        Self::Revealed,
        Self::Unlinked,
        Self::ScheduleAdopted,
        Self::TokenMade,
        Self::TokenRemoved,
        Self::Justified,
    ];

    /// The word in entries and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::EvidenceAdded => "evidence-added",
            Self::VerifiedAgain => "verified-again",
            Self::Corrected => "corrected",
            Self::Linked => "linked",
            Self::CopyRegistered => "copy-registered",
            Self::Held => "held",
            Self::Released => "released",
            Self::Occurred => "occurred",
            Self::DisposalProposed => "disposal-proposed",
            Self::DisposalRefused => "disposal-refused",
            Self::DisposalDecided => "disposal-decided",
            Self::DisposalUndone => "disposal-undone",
            Self::Disposed => "disposed",
            Self::Delivered => "delivered",
            Self::Received => "received",
            Self::StatementIssued => "statement-issued",
            Self::Revealed => "revealed",
            Self::Unlinked => "unlinked",
            Self::ScheduleAdopted => "schedule-adopted",
            Self::TokenMade => "token-made",
            Self::TokenRemoved => "token-removed",
            Self::Justified => "justified",
        }
    }

    /// What it is called.
    pub fn text(self) -> Text {
        let (sv, en) = match self {
            Self::Registered => ("Registrerad", "Registered"),
            Self::EvidenceAdded => ("Bevis tillagt", "Evidence added"),
            Self::VerifiedAgain => ("Kontrollerad igen", "Verified again"),
            Self::Corrected => ("Uppgifter rättade", "Corrected"),
            Self::Linked => ("Kopplad till annan handling", "Linked to another record"),
            Self::CopyRegistered => ("Kopia registrerad", "Copy registered"),
            Self::Held => ("Gallringsstopp", "Hold"),
            Self::Released => ("Gallringsstopp hävt", "Hold lifted"),
            Self::Occurred => ("Händelse för bevarandet", "Event for retention"),
            Self::DisposalProposed => ("Gallring föreslagen", "Disposal proposed"),
            Self::DisposalRefused => ("Gallring avslagen", "Disposal refused"),
            Self::DisposalDecided => ("Gallring beslutad", "Disposal decided"),
            Self::DisposalUndone => ("Gallringsbeslut ångrat", "Disposal undone"),
            Self::Disposed => ("Gallrad", "Disposed of"),
            Self::Delivered => ("Levererad till e-arkiv", "Delivered to a long-term archive"),
            Self::Received => ("Mottagen av e-arkiv", "Received by a long-term archive"),
            Self::StatementIssued => ("Kontrollintyg utfärdat", "Statement issued"),
            Self::Revealed => ("Personuppgifter visade", "Personal data shown"),
            Self::Unlinked => ("Koppling till loggen förstörd", "Unlinked from the ledger"),
            Self::ScheduleAdopted => ("Dokumenthanteringsplan ändrad", "Retention schedule changed"),
            Self::TokenMade => ("Nyckel till tjänsten skapad", "Token for the service made"),
            Self::TokenRemoved => ("Nyckel till tjänsten borttagen", "Token for the service removed"),
            Self::Justified => ("Sparad med motivering", "Kept for a reason"),
        };
        Text::new(sv, en)
    }

    /// Whether what was written about it stays when the record is disposed of: what says how the record was kept, not what
    /// it held.
    pub fn stays(self) -> bool {
        match self {
            Self::Held
            | Self::Released
            | Self::Occurred
            | Self::DisposalProposed
            | Self::DisposalRefused
            | Self::DisposalDecided
            | Self::DisposalUndone
            | Self::Disposed
            | Self::Delivered
            | Self::Unlinked
            | Self::ScheduleAdopted
            | Self::TokenMade
            | Self::TokenRemoved => true,
            Self::Registered
            | Self::EvidenceAdded
            | Self::VerifiedAgain
            | Self::Corrected
            | Self::Linked
            | Self::CopyRegistered
            | Self::Received
            | Self::StatementIssued
            | Self::Revealed
            | Self::Justified => false,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// One leaf of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// To which record.
    pub record: RecordId,
    /// When, by the archive's clock.
    pub at: Timestamp,
    /// Salted hash of the document and of what was written about the event: the record, or the act.
    pub commitment: [u8; 32],
}

impl Entry {
    /// The bytes in the ledger: five lines of text, each ended by a line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { event, record, at, commitment } = self;
        let commitment = hex(commitment);
        let event = event.name();
        format!("{HEADER}\nevent {event}\nrecord {record}\nat {at}\ncommitment {commitment}\n").into_bytes()
    }

    /// Reads what `to_bytes` writes, and nothing else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut field = |name: &str| lines.next()?.strip_prefix(name);
        field(HEADER).filter(|rest| rest.is_empty())?;
        let event = Event::named(field("event ")?)?;
        let record = field("record ")?.parse().ok()?;
        let at = field("at ")?.parse().ok()?;
        let commitment = unhex(field("commitment ")?)?;
        let entry = Self { event, record, at, commitment };
        (entry.to_bytes() == bytes).then_some(entry)
    }
}

/// The salted hash that stands in the ledger.
pub fn commitment(salt: &Salt, document: &[u8; 32], record: &[u8; 32]) -> [u8; 32] {
    crypto::sha256(&[COMMITMENT, salt, document, record])
}

/// What a receipt carries so that its entry can be recomputed from the document. Nothing in it need be believed: a
/// wrong value gives another entry, which the proof does not prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
    /// Always `sigill.opening/1`.
    pub schema: String,
    /// What happened.
    pub event: Event,
    /// To which record, hex.
    pub record: String,
    /// When, UTC.
    pub at: String,
    /// Hex.
    pub salt: String,
    /// SHA-256 of the record as written, hex.
    pub record_sha256: String,
}

impl Opening {
    /// The opening of an entry.
    pub fn of(entry: &Entry, salt: &Salt, record: &[u8; 32]) -> Self {
        Self {
            schema: OPENING.to_owned(),
            event: entry.event,
            record: entry.record.to_string(),
            at: entry.at.to_string(),
            salt: hex(salt),
            record_sha256: hex(record),
        }
    }

    /// The bytes that a receipt's extra line carries.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of strings always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The entry that this opening and a document give. None where the opening is not one of ours.
    pub fn entry(bytes: &[u8], document: &[u8; 32]) -> Option<Entry> {
        let opening: Self = serde_json::from_slice(bytes).ok()?;
        if opening.schema != OPENING {
            return None;
        }
        let salt: Salt = unhex(&opening.salt)?;
        let record: [u8; 32] = unhex(&opening.record_sha256)?;
        let entry = Entry {
            event: opening.event,
            record: opening.record.parse().ok()?,
            at: opening.at.parse().ok()?,
            commitment: commitment(&salt, document, &record),
        };
        // One entry, one opening: a receipt that was changed in any way is not the one that was handed out.
        (Self::of(&entry, &salt, &record).to_bytes() == bytes).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            event: Event::Registered,
            record: RecordId::from_random([7; 12]),
            at: "2024-12-17T08:00:00Z".parse().unwrap(),
            commitment: commitment(&[1; 32], &[2; 32], &[3; 32]),
        }
    }

    #[test]
    fn an_entry_reads_back_and_a_changed_one_does_not_pass_for_it() {
        let bytes = entry().to_bytes();
        assert_eq!(Entry::read(&bytes), Some(entry()));
        let with = |from: &str, to: &str| String::from_utf8(bytes.clone()).unwrap().replace(from, to).into_bytes();
        for changed in
            [with("/1", "/2"), with("registered", "withdrawn"), with("Z\n", "Z \n"), [&bytes[..], b"x"].concat()]
        {
            assert_eq!(Entry::read(&changed), None);
        }
    }

    #[test]
    fn an_opening_leads_back_to_the_entry_only_with_the_same_document() {
        let opening = Opening::of(&entry(), &[1; 32], &[3; 32]).to_bytes();
        assert_eq!(Opening::entry(&opening, &[2; 32]), Some(entry()));
        assert_ne!(Opening::entry(&opening, &[4; 32]), Some(entry()));
    }
}
