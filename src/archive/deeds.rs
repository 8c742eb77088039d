//! Deeds upon one record: hold and release, correct, link, state what came to pass, verify anew for the record, note who
//! was shown personal data. Each is an act; nothing is rewritten. HOUSE, invariant 8; SWEDEN 4.4: a hold always wins.

use jiff::civil::Date;

use crate::archive::act::Acted;
use crate::archive::act::Correction;
use crate::archive::act::Deed;
use crate::archive::act::Occurrence;
use crate::archive::catalogue::Closed;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::ingest::random;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::record::DIARY_BYTES_MAX;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::archive::record_type;
use crate::archive::refusal::Refusal;
use crate::verify::mask::masked;
use crate::verify::text::Text;

impl Archive {
    /// Stops a record's disposal, whatever was proposed or decided, until the hold is lifted. Gives the hold's name.
    ///
    /// # Errors
    /// [`Refusal`] where no reason is given, or the record was disposed of; the disk's and the ledger's.
    pub fn hold(&self, id: RecordId, reason: &str, contact: Option<&str>, by: &str) -> Result<(String, Acted), Error> {
        let reason = given(reason, "skälet till gallringsstoppet", "the reason for the hold")?;
        let hold = hex(&random::<4>()?);
        let contact = contact.map(masked).filter(|contact| !contact.trim().is_empty());
        let deed = Deed::Held { hold: hold.clone(), reason, contact };
        Ok((hold, self.do_to(id, by, |life| exists(life).map(|()| deed))?))
    }

    /// Lifts a hold; where none is named, the only one.
    ///
    /// # Errors
    /// [`Refusal`] where no reason is given, or there is no such hold; the disk's and the ledger's.
    pub fn release(&self, id: RecordId, hold: Option<&str>, reason: &str, by: &str) -> Result<Acted, Error> {
        let reason = given(reason, "skälet till att stoppet hävs", "the reason for lifting it")?;
        self.do_to(id, by, |life| {
            let name = match (hold, life.holds.as_slice()) {
                (Some(name), holds) => holds.iter().find(|one| one.name == name).map(|one| one.name.clone()),
                (None, [only]) => Some(only.name.clone()),
                (None, _) => None,
            };
            Ok(Deed::Released { hold: name.ok_or(Refusal::NotHeld)?, reason })
        })
    }

    /// Corrects what is stated about a record. What was stated before stays readable among its events.
    ///
    /// # Errors
    /// [`Refusal`] where nothing would change, no reason is given, or the record was disposed of.
    pub fn correct(&self, id: RecordId, statement: &Correction, reason: &str, by: &str) -> Result<Acted, Error> {
        let reason = given(reason, "skälet till rättelsen", "the reason for the correction")?;
        let free = |text: &Option<String>| text.as_deref().map(masked);
        diary_number_fits(statement.diary_number.as_deref())?;
        let statement = Correction {
            title: free(&statement.title),
            body: free(&statement.body),
            diary_number: free(&statement.diary_number),
            record_type: statement.record_type.as_deref().map(|said| record_type::meant(said, &self.schedule())),
            ..statement.clone()
        };
        let record = self.record(id)?.ok_or(Refusal::NoRecord(id))?.record;
        self.do_to(id, by, |life| {
            exists(life)?;
            let before = serde_json::to_value(&record).ok();
            let mut after = record.clone();
            statement.amend(&mut after);
            if statement.is_empty() || serde_json::to_value(&after).ok() == before {
                return Err(Refusal::NothingNew);
            }
            Ok(Deed::Corrected { statement: statement.clone(), reason })
        })
    }

    /// States that a record belongs with another. Both show it.
    ///
    /// # Errors
    /// [`Refusal`] where there is no such record, it is itself, or the link is there.
    pub fn link(&self, id: RecordId, to: RecordId, relation: &str, by: &str) -> Result<Acted, Error> {
        let relation = given(relation, "hur handlingarna hör ihop", "how the records belong together")?;
        if id == to || self.catalogue.row(to)?.is_none() {
            return Err(Refusal::NoRecord(to).into());
        }
        self.do_to(id, by, |life| {
            exists(life)?;
            let link = (to.to_string(), relation.clone());
            if life.links.contains(&link) {
                Err(Refusal::NothingNew)
            } else {
                Ok(Deed::Linked { to: link.0, relation })
            }
        })
    }

    /// States what came to pass on which day, that retention is counted from. The newest statement holds.
    ///
    /// # Errors
    /// [`Refusal`] where it is stated so already, or the record was disposed of.
    pub fn occurred(&self, id: RecordId, what: Occurrence, on: Date, by: &str) -> Result<Acted, Error> {
        self.do_to(id, by, |life| {
            exists(life)?;
            match life.occurred.get(&what) {
                Some(day) if *day == on => Err(Refusal::NothingNew),
                Some(_) | None => Ok(Deed::Occurred { what, on: on.to_string() }),
            }
        })
    }

    /// Verifies a record's document once more and keeps the answer beside the earlier ones.
    ///
    /// # Errors
    /// As [`Self::verify_again`]; the ledger's.
    pub fn verify_for_the_record(&self, id: RecordId, by: &str) -> Result<Acted, Error> {
        let report = self.verify_again(id)?.ok_or(Refusal::NoRecord(id))?;
        let name = self.written(id)?.verification.file.name;
        let verification = Box::new(Verification::of(&report, &name, self.options.body));
        self.do_to(id, by, |life| exists(life).map(|()| Deed::VerifiedAgain { verification }))
    }

    /// Notes that personal data in a record was shown to somebody. To be called before it is.
    ///
    /// # Errors
    /// [`Refusal`] where no purpose is given, or nothing is left to be shown.
    pub fn reveal(&self, id: RecordId, what: &str, purpose: &str, by: &str) -> Result<Acted, Error> {
        let purpose = given(purpose, "för vilket ändamål uppgifterna visas", "for what purpose the data is shown")?;
        let what = masked(what);
        self.do_to(id, by, |life| exists(life).map(|()| Deed::Revealed { what, purpose }))
    }

    /// Notes why a document was registered although its signatures are not valid.
    ///
    /// # Errors
    /// [`Refusal`] where no reason is given, or the record was disposed of; the disk's and the ledger's.
    pub fn justify(&self, id: RecordId, reason: &str, by: &str) -> Result<Acted, Error> {
        let reason = given(reason, "motiveringen", "the reason")?;
        let verdict = self.record(id)?.ok_or(Refusal::NoRecord(id))?.record.verification.verdict;
        self.do_to(id, by, |life| exists(life).map(|()| Deed::Justified { verdict, reason }))
    }

    /// Destroys a record's salt: from then on nobody can show that its entry in the ledger is about this document, and no
    /// receipt is made for it. The record and its document stay.
    ///
    /// # Errors
    /// [`Refusal`] where no reason is given, it was done, or the record was disposed of.
    pub fn forget_salt(&self, id: RecordId, reason: &str, by: &str) -> Result<Acted, Error> {
        let reason = given(reason, "skälet", "the reason")?;
        let index = self.catalogue.row(id)?.ok_or(Refusal::NoRecord(id))?.index;
        self.do_to(id, by, |life| {
            exists(life)?;
            if life.unlinked { Err(Refusal::NothingNew) } else { Ok(Deed::Unlinked { reason, index }) }
        })
    }

    /// Every record on hold.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn held(&self) -> Result<Vec<Found>, Error> {
        let mut held = Vec::new();
        for id in self.catalogue.acted_on()? {
            held.extend(self.record(id)?.filter(|found| !found.life.holds.is_empty()));
        }
        Ok(held)
    }

    /// What a record has become.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn life(&self, id: RecordId) -> Result<Life, Error> {
        Ok(Life::of(&self.acts(id)?))
    }

    /// Does what `deed` decides upon what the record has become, while nobody else in this process acts on it.
    pub(crate) fn do_to(
        &self,
        id: RecordId,
        by: &str,
        deed: impl FnOnce(&Life) -> Result<Deed, Refusal>,
    ) -> Result<Acted, Error> {
        if self.ledger.is_shared() {
            self.catch_up()?;
        }
        let row = self.catalogue.row(id)?.ok_or(Refusal::NoRecord(id))?;
        let document = unhex(&row.sha256).ok_or_else(|| Error::Damaged(format!("the catalogue's row of {id}")))?;
        let _alone = self.alone(document);
        let deed = deed(&self.life(id)?)?;
        self.act(id, &document, deed, by)
    }

    /// Refuses a record whose document is given out no more.
    pub(crate) fn open_to_all(&self, id: RecordId, closed: Option<Closed>) -> Result<(), Error> {
        match closed {
            None => Ok(()),
            Some(Closed::Lost) => Err(Error::Damaged(format!("record {id} is not what was registered"))),
            Some(Closed::Decided | Closed::Disposed) => Err(gone(&self.life(id)?).into()),
        }
    }
}

/// Refuses where the record is gone. What is decided only can still be held.
pub(crate) fn exists(life: &Life) -> Result<(), Refusal> {
    match &life.disposal {
        Some(Stage::Done(disposal)) => Err(Refusal::Disposed(disposal.decision.clone())),
        Some(Stage::Proposed(_) | Stage::Decided(_)) | None => Ok(()),
    }
}

/// Why a document is given out no more.
fn gone(life: &Life) -> Refusal {
    match &life.disposal {
        Some(Stage::Decided(disposal)) => Refusal::Decided(disposal.not_before.clone()),
        Some(Stage::Done(disposal)) => Refusal::Disposed(disposal.decision.clone()),
        Some(Stage::Proposed(_)) | None => Refusal::Disposed("–".to_owned()),
    }
}

/// Refuses a diary number that no registry would write.
pub(crate) fn diary_number_fits(diary_number: Option<&str>) -> Result<(), Refusal> {
    if diary_number.is_none_or(|number| number.len() <= DIARY_BYTES_MAX) {
        return Ok(());
    }
    Err(Refusal::Empty(Text::new(
        format!("ett diarienummer på högst {DIARY_BYTES_MAX} tecken (å, ä och ö räknas som två)"),
        format!("a diary number of {DIARY_BYTES_MAX} characters at most (å, ä and ö count as two)"),
    )))
}

/// A text that must say something, without personal numbers.
pub(crate) fn given(text: &str, sv: &str, en: &str) -> Result<String, Refusal> {
    let text = masked(text.trim());
    if text.is_empty() { Err(Refusal::Empty(Text::new(sv, en))) } else { Ok(text) }
}
