//! The statement (kontrollintyg): what was found about a record, on one A4 page for up to four signers, sealed by the
//! archive. USERS 1d (printing), 8 (9) and 10; tagged PDF/A-2a.

use jiff::Timestamp;

use crate::archive::act::Acted;
use crate::archive::act::Deed;
use crate::archive::deeds;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::signer::Signer;
use crate::archive::statement::paper::About;
use crate::archive::statement::paper::Paper;
use crate::archive::then;
use crate::verify::crypto;
use crate::verify::text::Text;

mod font;
mod paper;
pub mod qr;
mod sheet;
mod layout;
mod disposal;
mod words;
pub mod seal;

/// The language of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl Language {
    fn say(self, text: &Text) -> &str {
        match self {
            Self::Sv => &text.sv,
            Self::En => &text.en,
        }
    }

    fn choose<'a>(self, sv: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Sv => sv,
            Self::En => en,
        }
    }

    /// As `/Lang` has it.
    fn tag(self) -> &'static str {
        match self {
            Self::Sv => "sv-SE",
            Self::En => "en-GB",
        }
    }
}

/// All that a statement says. Plain data: equal facts give the same page.
pub(crate) struct Facts<'a> {
    pub(crate) record: &'a Record,
    /// Who keeps the archive.
    pub(crate) organisation: Option<&'a str>,
    /// Its ledger's name.
    pub(crate) origin: &'a str,
    /// The record's page.
    pub(crate) address: Option<String>,
    /// The record's entry, from 0.
    pub(crate) entry: u64,
    /// The checkpoint's size and root, as it states them.
    pub(crate) checkpoint: (String, String),
    pub(crate) retention: Text,
    /// That it was disposed of, or that this is decided.
    pub(crate) gone: Option<Text>,
    /// Whether its content is destroyed.
    pub(crate) destroyed: bool,
    /// The newest answer, where it was verified once more, and when.
    pub(crate) again: Option<&'a (String, Verification)>,
    pub(crate) issued_at: Timestamp,
    /// Whose seal the statement bears.
    pub(crate) sealed_by: String,
}

impl Archive {
    /// The statement about a record, and its issue as an event of the record: whoever holds it can then be told that it is
    /// ours. `None`: there is no such record.
    ///
    /// # Errors
    /// As [`Archive::statement`]; a refusal where the record was disposed of; the ledger's.
    pub fn issue_statement(
        &self,
        id: RecordId,
        language: Language,
        public_url: Option<&str>,
        by: &str,
    ) -> Result<Option<(Vec<u8>, Acted)>, Error> {
        let Some(pdf) = self.statement(id, language, public_url)? else { return Ok(None) };
        let deed = Deed::StatementIssued {
            sha256: hex(&crypto::sha256(&[&pdf])),
            size: u64::try_from(pdf.len()).unwrap_or(u64::MAX),
            language: language.choose("sv", "en").to_owned(),
        };
        let acted = self.do_to(id, by, |life| deeds::exists(life).map(|()| deed))?;
        Ok(Some((pdf, acted)))
    }

    /// The statement about a record, sealed now. `public_url`: the service's address, for the way back to the record's page.
    /// `None`: there is no such record.
    ///
    /// # Errors
    /// The disk's; a seal that cannot be read.
    pub fn statement(
        &self,
        id: RecordId,
        language: Language,
        public_url: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(found) = self.record(id)? else { return Ok(None) };
        let retention = self.retention(&found).reason;
        let Found { record, index, life } = found;
        let now = (self.options.clock)();
        let signer = self.sealer(now)?;
        let checkpoint = self.ledger.checkpoint();
        let mut lines = checkpoint.lines().skip(1).map(str::to_owned);
        let facts = Facts {
            organisation: self.organisation(),
            origin: self.ledger.origin(),
            address: public_url.map(|url| format!("{url}/handling/{id}")),
            entry: index,
            checkpoint: (lines.next().unwrap_or_default(), lines.next().unwrap_or_default()),
            retention,
            gone: then::gone(&life),
            destroyed: then::disposal(&life).is_some(),
            again: life.verified_again.as_ref(),
            issued_at: now,
            sealed_by: signer.certificate().map(seal::subject).unwrap_or_default(),
            record: &record,
        };
        let page = layout::drawn(&facts, language).ok_or_else(|| Error::Damaged("a font of the program".to_owned()))?;
        let title = format!(
            "{} – {}",
            language.choose("Kontrollintyg", "Statement of verification"),
            words::title(&record, language)
        );
        sealed(page, &signer, language, &title, now).map(Some)
    }

    /// The protocol of a disposal, sealed now.
    ///
    /// # Errors
    /// As [`Archive::protocol`]; a seal that cannot be read.
    pub fn protocol_paper(&self, proposal: &str, language: Language) -> Result<Vec<u8>, Error> {
        let protocol = self.protocol(proposal)?;
        let now = (self.options.clock)();
        let signer = self.sealer(now)?;
        let checkpoint = self.ledger.checkpoint();
        let mut lines = checkpoint.lines().skip(1).map(str::to_owned);
        let facts = disposal::Facts {
            protocol: &protocol,
            origin: self.ledger.origin(),
            checkpoint: (lines.next().unwrap_or_default(), lines.next().unwrap_or_default()),
            schedule: self.schedule(),
            issued_at: now,
            sealed_by: signer.certificate().map(seal::subject).unwrap_or_default(),
        };
        let page =
            disposal::drawn(&facts, language).ok_or_else(|| Error::Damaged("a font of the program".to_owned()))?;
        let title = format!("{} {proposal}", language.choose("Gallringsprotokoll", "Protocol of disposal"));
        sealed(page, &signer, language, &title, now)
    }

    /// What seals.
    fn sealer(&self, now: Timestamp) -> Result<Signer, Error> {
        let name = format!("Kontrollintyg {}", self.settings.origin);
        seal::signer(self.directory(), &name, self.organisation(), now)
    }
}

/// The finished file.
fn sealed(page: Paper, signer: &Signer, language: Language, title: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
    let sealed_by = signer.certificate().map(seal::subject).unwrap_or_default();
    let about = About {
        language: language.tag(),
        title,
        made_at: now,
        sealed_by: &sealed_by,
        seal_bytes_max: seal::bytes_max(signer),
    };
    page.sealed(&about, |content| seal::container(signer, content)).map_err(|_| Error::Randomness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::record;
    use crate::format::budget::Budget;
    use crate::verify::evidence::Evidence;
    use crate::verify::policy::Policy;
    use crate::verify::trust::Trust;
    use crate::verify::verdict;

    /// A record of minutes that four signed, one more than in any fixture, and all that can be said of it.
    fn record(file: &[u8], copies: usize) -> Record {
        let (policy, at) = (Policy::swedish_minutes(), "2026-11-01T00:00:00.123456Z".parse().unwrap());
        let report = verdict::verify(file, &Evidence::none(), &Trust::nobody(), &policy, &Budget::STANDARD, at);
        let mut verification = Verification::of(&report, "styrelseprotokoll-2024-12-16-undertecknat.pdf", None);
        let last = verification.signatures.last().cloned().unwrap();
        verification.signatures.extend(std::iter::repeat_n(last, copies));
        let transaction = "41c226cf4468491abafd389e9b0451b4".to_owned();
        Record {
            schema: record::SCHEMA.to_owned(),
            id: "0a827da1a6e68416c1cd975e".to_owned(),
            registered_at: at.to_string(),
            registered_by: "registrator".to_owned(),
            title: Some("Kommunstyrelsens protokoll, sammanträde den 16 december 2024".to_owned()),
            record_type: "minutes".to_owned(),
            diary_number: Some("KS 2026/123".to_owned()),
            body: Some("Kommunstyrelsen".to_owned()),
            public: false,
            meeting_date: Some("2024-12-16".to_owned()),
            last_signed_at: None,
            transaction_ids: vec![transaction; verification.signatures.len()],
            verification,
            expected_signers: Vec::new(),
            evidence: Vec::new(),
            signatures: None,
        }
    }

    fn pages(record: &Record, language: Language) -> usize {
        let reason = "Protokoll: bevaras. Levereras till e-arkiv tidigast 2031-12-31. Grund: Dokumenthanteringsplan för \
                      kommunstyrelsen, beslut KS 2025/9 den 14 januari 2025.";
        let facts = Facts {
            record,
            organisation: Some("Exempelstads kommun"),
            origin: "arkiv.exempelstad.se/logg",
            address: Some("https://arkiv.exempelstad.se/handling/0a827da1a6e68416c1cd975e".to_owned()),
            entry: 1283,
            checkpoint: ("1301".to_owned(), "dXmxzL6dSAr+RA6RexDpeHUpb9RgVA2ENCLvegA94nE=".to_owned()),
            retention: Text::new(reason, reason),
            gone: None,
            destroyed: false,
            again: None,
            issued_at: record.registered(),
            sealed_by: "Kontrollintyg arkiv.exempelstad.se/logg".to_owned(),
        };
        layout::drawn(&facts, language).unwrap().pages()
    }

    #[test]
    fn four_signers_fit_one_page_also_where_much_is_to_be_said_and_more_go_on() {
        let altered = include_bytes!("../../../fixtures/minutes/styrelseprotokoll-altered-vote.pdf");
        let signed = include_bytes!("../../../fixtures/minutes/styrelseprotokoll-genuine.pdf");
        for language in [Language::Sv, Language::En] {
            for file in [&altered[..], &signed[..]] {
                assert_eq!(pages(&record(file, 1), language), 1, "{language:?}");
            }
            assert_eq!(pages(&record(altered, 12), language), 2, "{language:?}: nothing is left out");
        }
    }
}
