//! Copies for other eyes: made without signatures and personal identity numbers, registered by their hash, and told from
//! anything else later. USERS 0 (4) and 8 (5): most copies that people hold are such, and elsewhere they are just unsigned.

use crate::archive::act::Deed;
use crate::archive::deeds::exists;
use crate::archive::deeds::given;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::archive::refusal::Refusal;
use crate::format::pdf::Document;
use crate::format::pdf::copy;
use crate::format::pdf::copy::Copy;
use crate::format::pdf::text;
use crate::verify::crypto;
use crate::verify::indication::Verdict;
use crate::verify::mask::masked_lines;
use crate::verify::mask::personal;
use crate::verify::text::Text;
use crate::verify::wording;

/// What a copy is for where nobody says it.
const PURPOSE: &str = "Publiceringskopia";

/// A copy that was made and registered.
#[derive(Clone, Debug)]
pub struct Published {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Its SHA-256, hex.
    pub sha256: String,
    /// How many personal identity numbers were taken out of its text.
    pub hidden: u64,
    /// Images on its pages: what can be read in them stays, and somebody must look.
    pub images: usize,
    /// The index of the event.
    pub index: u64,
}

impl Archive {
    /// Makes a copy of a record's document without signatures and personal identity numbers, and registers its hash, so that
    /// whoever checks it later is told what it is a copy of. The copy itself is not kept.
    ///
    /// # Errors
    /// [`Refusal`] where the document cannot be copied so, with nothing registered; the disk's and the ledger's.
    pub fn publish(&self, id: RecordId, purpose: Option<&str>, by: &str) -> Result<Published, Error> {
        let purpose = given(purpose.unwrap_or(PURPOSE), "vad kopian är till för", "what the copy is for")?;
        let document = self.document(id)?.ok_or(Refusal::NoRecord(id))?;
        let Copy { bytes, hidden, images, .. } = self.redacted(&document)?;
        let sha256 = hex(&crypto::sha256(&[&bytes]));
        let (size, hidden) = (count(bytes.len()), count(hidden));
        let deed = Deed::CopyRegistered { sha256: sha256.clone(), size, purpose, masked: hidden };
        let acted = self.do_to(id, by, |life| exists(life).map(|()| deed))?;
        Ok(Published { bytes, sha256, hidden, images, index: acted.index })
    }

    /// A record's document without its signatures, for a long-term archive that takes none; nothing is registered.
    ///
    /// # Errors
    /// [`Refusal`] where the document cannot be copied so.
    pub fn without_signatures(&self, id: RecordId) -> Result<Vec<u8>, Error> {
        let document = self.document(id)?.ok_or(Refusal::NoRecord(id))?;
        if !document.starts_with(b"%PDF-") {
            return Ok(document);
        }
        let budget = &self.options.budget;
        let read = Document::read(&document, budget).map_err(uncopied)?;
        Ok(copy::without_signatures(&read, budget).map_err(uncopied)?.bytes)
    }

    /// The copy, proven: read anew, no personal number is in its text and no signature in its fields.
    fn redacted(&self, document: &[u8]) -> Result<Copy, Error> {
        if !document.starts_with(b"%PDF-") {
            let text = String::from_utf8(document.to_vec()).map_err(uncopied)?;
            let hidden = personal(&text).len();
            return Ok(Copy { bytes: masked_lines(&text).into_bytes(), pages: 1, hidden, images: 0 });
        }
        let budget = &self.options.budget;
        let read = Document::read(document, budget).map_err(uncopied)?;
        if read.sealed().is_some() {
            return Err(uncopied("encrypted").into());
        }
        let copy = copy::redacted(&read, &personal, budget).map_err(uncopied)?;
        let again = Document::read(&copy.bytes, budget).map_err(uncopied)?;
        let pages = text::read(again.latest(), budget);
        let clean = pages.iter().all(|page| personal(&page.lines.join("\n")).is_empty());
        if !clean || !again.signatures().is_empty() || pages.len() != read.latest().pages().map_err(uncopied)?.len() {
            return Err(
                Refusal::NoCopy("personal numbers, signatures or pages do not come out as they must".into()).into()
            );
        }
        Ok(copy)
    }

    /// The record that bytes are a registered copy of; none where they are none.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn copied_from(&self, sha256: &[u8; 32]) -> Result<Option<Found>, Error> {
        self.original_of(sha256)?.map_or(Ok(None), |id| self.record(id))
    }

    /// The same, by its id alone.
    ///
    /// # Errors
    /// The store's.
    pub fn original_of(&self, sha256: &[u8; 32]) -> Result<Option<RecordId>, Error> {
        Ok(self.catalogue.of_copy(sha256)?)
    }

    /// Says of an unsigned file that it is a registered copy. To anybody: a copy is made to be given away, and whoever
    /// holds its bytes is who it was made for; of a record that is not public nothing more is said than that it is here,
    /// unless `all`.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn recognise(&self, found: &mut Verification, all: bool) -> Result<(), Error> {
        let unsigned = [Verdict::Unsigned.name(), Verdict::Unreadable.name()].contains(&found.verdict.as_str());
        let Some(sha256) = unhex(&found.file.sha256).filter(|_| unsigned) else { return Ok(()) };
        let Some(original) = self.copied_from(&sha256)? else { return Ok(()) };
        found.verdict = Verdict::RegisteredCopy.name().to_owned();
        found.headline = (&wording::headline(Verdict::RegisteredCopy, 0, 0)).into();
        found.advice = (&self.advice(&original, all || original.record.public)).into();
        found.original_record_id = Some(original.record.id);
        Ok(())
    }

    /// Where the original of a copy is, and under which number where that may be `told`.
    fn advice(&self, original: &Found, told: bool) -> Text {
        let said = wording::advice(Verdict::RegisteredCopy);
        let number = original.record.diary_number.as_deref().filter(|_| told);
        let (sv, en) = (number.map(|number| format!(", dnr {number}")), number.map(|number| format!(", no. {number}")));
        let keeper = self.organisation();
        Text::new(
            format!(
                "{} Originalet finns hos {}{}.",
                said.sv,
                keeper.unwrap_or("det här arkivet"),
                sv.unwrap_or_default()
            ),
            format!("{} The original is with {}{}.", said.en, keeper.unwrap_or("this archive"), en.unwrap_or_default()),
        )
    }
}

fn uncopied(error: impl std::fmt::Display) -> Refusal {
    Refusal::NoCopy(error.to_string())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
