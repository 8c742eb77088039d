//! Proving the archive sound: everything derived anew from the bytes on disk and compared. HOUSE, invariant 9.
//! USERS 5: for each fault what is wrong, how bad it is, what to do, and what still works.

use std::collections::BTreeSet;

use crate::archive::catalogue::Closed;
use crate::archive::catalogue::Query;
use crate::archive::catalogue::Row;
use crate::archive::disposed;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::life::Stage;
use crate::archive::record::KeptPiece;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::format::minutes::transaction::TransactionId;
use crate::ledger::Part;
use crate::ledger::succession::Change;
use crate::verify::crypto;
use crate::verify::text::Text;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing registered is touched.
    Note,
    /// What is not in the ledger: begun and never registered, or registered in a ledger that an older one replaced.
    Unregistered,
    /// The service's own tokens cannot be read: nobody gets in with one. No record is touched.
    Access,
    /// Derived data is wrong; `sigill rebuild` makes it anew.
    Derived,
    /// Registered bytes are lost or changed; only a backup brings them back.
    Lost,
}

impl Weight {
    /// Whether everything that is in the ledger is as it must be.
    pub fn is_sound(self) -> bool {
        match self {
            Self::Note | Self::Unregistered => true,
            Self::Access | Self::Derived | Self::Lost => false,
        }
    }
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong.
    pub what: Text,
}

impl Fault {
    pub(crate) fn new(weight: Weight, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { weight, what: Text::new(sv, en) }
    }

    /// How bad it is.
    pub fn severity(&self) -> Text {
        match self.weight {
            Weight::Note => Text::new("Ofarligt.", "Harmless."),
            Weight::Unregistered => Text::new(
                "Ofarligt om något avbrutits, till exempel av ett strömavbrott: då har ingen fått besked att det är \
                 registrerat. Allvarligt om loggen har ersatts av en äldre kopia: då var det registrerat.",
                "Harmless if something was interrupted, by a power cut for instance: then nobody was told that it is \
                 registered. Serious if the ledger was replaced by an older copy: then it was.",
            ),
            Weight::Access => Text::new(
                "Allvarligt för den som ska in i tjänsten, inte för det registrerade.",
                "Serious for whoever must get into the service, not for what is registered.",
            ),
            Weight::Derived => Text::new(
                "Allvarligt för sökningen men inte för bevisningen: det kan göras om.",
                "Serious for finding, not for proving: it can be made anew.",
            ),
            Weight::Lost => Text::new(
                "Allvarligt: registrerade uppgifter på den här disken är inte längre att lita på.",
                "Serious: registered data on this disk can no longer be relied on.",
            ),
        }
    }

    /// Whether anything is lost.
    pub fn loss(&self) -> Text {
        match self.weight {
            Weight::Note | Weight::Access | Weight::Derived => {
                Text::new("Inget registrerat är förlorat.", "Nothing registered is lost.")
            }
            Weight::Unregistered => Text::new(
                "Inget som står i loggen är förlorat. Dokumenten finns kvar i arkivets mapp.",
                "Nothing that is in the ledger is lost. The documents are still in the archive's folder.",
            ),
            Weight::Lost => Text::new(
                "Det som nämns är förlorat här; en säkerhetskopia har det. Allt annat är orört.",
                "What is named is lost here; a backup has it. All else is untouched.",
            ),
        }
    }

    /// What to do about it, and what still works.
    pub fn remedy(&self) -> Text {
        match self.weight {
            Weight::Note => {
                Text::new("Inget behöver göras. Allt fungerar.", "Nothing needs to be done. Everything works.")
            }
            Weight::Unregistered => Text::new(
                "Har mappen ledger eller en hel disk lagts tillbaka ur en äldre kopia, eller har någon ett kvitto på en \
                 handling som inte hittas här: registrera inget mer, och återställ den senaste säkerhetskopian i en ny mapp \
                 (`sigill restore`). Annars: registrera filerna igen, så får de sin plats i loggen.",
                "If the folder ledger or a whole disk was put back from an older copy, or somebody has a receipt for a \
                 record that is not found here: register nothing more, and restore the newest backup to a new folder \
                 (`sigill restore`). Otherwise register the files again, and they get their place in the ledger.",
            ),
            Weight::Access => Text::new(
                "Rätta filen eller lägg tillbaka den ur säkerhetskopian, och starta om tjänsten. Allt som inte kräver nyckel \
                 fungerar.",
                "Correct the file or put it back from the backup, and restart the service. What needs no token works.",
            ),
            Weight::Derived => Text::new(
                "Stoppa tjänsten och kör `sigill rebuild`. Till dess gäller kvitton och logg som vanligt.",
                "Stop the service and run `sigill rebuild`. Until then receipts and ledger hold as always.",
            ),
            Weight::Lost => Text::new(
                "Stoppa tjänsten, spara katalogen som den är och återställ från säkerhetskopia. Övriga handlingar och \
                 redan utlämnade kvitton gäller.",
                "Stop the service, keep the directory as it is and restore from a backup. Other records and receipts \
                 already handed out still hold.",
            ),
        }
    }
}

impl Archive {
    /// Examines everything: the ledger, then every entry's record, salt, document and catalogue rows. `progress` is told
    /// how many of how many steps are done.
    ///
    /// # Errors
    /// When the disk cannot be read at all. What is wrong with what was read is in the answer.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Fault>, Error> {
        let size = self.ledger.size();
        if self.ledger.is_shared() {
            // What another process registered an instant ago may not be in the catalogue yet.
            self.catch_up()?;
        }
        let disposed = self.gone()?;
        let ledger = self.ledger.check(&mut |done, total| progress(done, total.saturating_add(size)))?;
        let mut faults: Vec<Fault> = ledger.into_iter().map(ledger_fault).collect();
        let (mut records, mut documents, mut evidence) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut all_named, mut all_read) = (true, true);
        for entry in self.ledger.entries(0..size) {
            let (index, bytes) = entry?;
            match Entry::read(&bytes) {
                Some(entry) => {
                    let gone = disposed.contains(&entry.record);
                    if entry.event == Event::Registered {
                        records.insert(entry.record.to_string());
                        match self.document_of(entry.record)? {
                            Some(name) => drop(documents.insert(name)),
                            None => all_read &= gone,
                        }
                        match self.evidence_of(entry.record) {
                            Ok(kept) => evidence.extend(kept.into_iter().map(|one| one.sha256)),
                            // What cannot be read may name some.
                            Err(_) => all_named &= gone,
                        }
                    } else {
                        records.insert(hex(&entry.commitment));
                    }
                    faults.extend(if entry.event != Event::Registered {
                        // What was disposed of is gone by decision; its entries stay.
                        let forgotten = gone && !entry.event.stays();
                        if forgotten { Vec::new() } else { self.check_act(index, &entry)? }
                    } else if gone {
                        self.check_gone(index, &entry)?
                    } else {
                        self.check_entry(index, &entry)?
                    });
                }
                // The ledger's own entry: no record's.
                None if Change::read(&bytes).is_some() => {}
                None => faults.push(Fault::new(
                    Weight::Lost,
                    format!("Post {index} i loggen kan inte tolkas."),
                    format!("Entry {index} of the ledger cannot be interpreted."),
                )),
            }
            let done = size.saturating_mul(2).saturating_add(index).saturating_add(1);
            progress(done, size.saturating_mul(3));
        }
        // Beside processes that register, what no entry leads to yet is not left over.
        if !self.reading && !self.ledger.is_shared() {
            faults.extend(self.left_over(&records, Some(&documents).filter(|_| all_read))?);
            if all_named {
                faults.extend(self.strays(&evidence)?);
            }
        }
        faults.extend(self.check_stamps()?);
        Ok(faults)
    }

    /// What opening made anew of the archive and nobody asked for: whoever checks is told that it was gone.
    pub fn opening_fault(&self) -> Option<Fault> {
        let size = self.ledger.size();
        self.catalogue_lost.then(|| {
            Fault::new(
                Weight::Note,
                format!(
                    "Sökregistret saknades eller gick inte att öppna. Det gjordes om av {size} poster när arkivet öppnades; \
                     det gamla ligger i catalogue.set-aside om något fanns."
                ),
                format!(
                    "The catalogue was missing or could not be opened. It was made anew from {size} entries when the \
                     archive was opened; the old one is in catalogue.set-aside where there was any."
                ),
            )
        })
    }

    /// The name of a record's document: by the record, or where that is damaged by the catalogue.
    fn document_of(&self, id: RecordId) -> Result<Option<String>, Error> {
        let bytes = self.records.get(&id.to_string())?;
        match bytes.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok()) {
            Some(record) => Ok(Some(record.verification.file.sha256)),
            None => Ok(self.catalogue.row(id)?.filter(|row| !row.is_lost()).map(|row| row.sha256)),
        }
    }

    /// Records, salts and documents that no entry leads to. An interrupted registration leaves them, and so does an older
    /// ledger put in the place of a newer: nobody can tell these apart here, unless the record was never complete or its
    /// document is registered by another. Where some record cannot be read, nobody knows whose documents they are.
    fn left_over(&self, records: &BTreeSet<String>, documents: Option<&BTreeSet<String>>) -> Result<Vec<Fault>, Error> {
        let unnamed = |kept: Vec<String>| -> BTreeSet<String> {
            kept.into_iter().filter(|name| !records.contains(name)).collect()
        };
        let (complete, salts) = (unnamed(self.records.list()?), unnamed(self.salts.list()?));
        let (mut open, mut waiting) = (0_usize, BTreeSet::new());
        for name in &complete {
            let bytes = self.records.get(name)?;
            let record = bytes.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
            let document = record.map(|record| record.verification.file.sha256).unwrap_or_default();
            if !documents.is_some_and(|documents| documents.contains(&document)) {
                open = open.saturating_add(1);
                waiting.insert(document);
            }
        }
        let of_none = |name: &String| documents.is_some_and(|documents| !documents.contains(name));
        let stored = self.documents.list()?.into_iter().filter(|name| of_none(name) && !waiting.contains(name)).count();
        let again = complete.len().saturating_sub(open);
        let interrupted = salts.difference(&complete).count().max(stored).saturating_add(again);
        Ok([(open > 0).then(|| not_in_the_ledger(open)), (interrupted > 0).then(|| never_registered(interrupted))]
            .into_iter()
            .flatten()
            .collect())
    }

    /// Evidence that no record names: kept for a registration that was interrupted, or of a record that is gone.
    fn strays(&self, named: &BTreeSet<String>) -> Result<Option<Fault>, Error> {
        let count = self.evidence.list()?.into_iter().filter(|name| !named.contains(name)).count();
        Ok((count > 0).then(|| {
            Fault::new(
                Weight::Note,
                format!("{count} filer i evidence/ hör inte till någon handling."),
                format!("{count} files in evidence/ belong to no record."),
            )
        }))
    }

    /// What was disposed of: as it is written down here, and as the ledger says.
    fn gone(&self) -> Result<BTreeSet<RecordId>, Error> {
        let mut gone: BTreeSet<RecordId> = disposed::read(self.directory())?.into_keys().collect();
        for (_, id) in self.catalogue.proposed(None)? {
            if self.catalogue.row(id)?.is_some_and(|row| row.closed == Some(Closed::Disposed)) {
                gone.insert(id);
            }
        }
        Ok(gone)
    }

    /// Whether what was disposed of is gone indeed.
    fn check_gone(&self, index: u64, entry: &Entry) -> Result<Vec<Fault>, Error> {
        let id = entry.record.to_string();
        let document = match self.catalogue.row(entry.record)?.filter(|row| !row.is_lost()) {
            Some(row) => self.documents.get(&row.sha256)?.is_some(),
            None => false,
        };
        let there = document || self.records.get(&id)?.is_some() || self.salts.get(&id)?.is_some();
        Ok(Vec::from_iter(there.then(|| {
            Fault::new(
                Weight::Derived,
                format!("Handlingen i post {index} är gallrad, men något av den finns kvar."),
                format!("The record of entry {index} was disposed of, but something of it is still there."),
            )
        })))
    }

    fn check_entry(&self, index: u64, entry: &Entry) -> Result<Vec<Fault>, Error> {
        let id = entry.record;
        let row = self.catalogue.row(id)?;
        let unlinked = row.as_ref().is_some_and(|row| row.unlinked);
        // Where the salt was destroyed, the ledger says nothing of the record any more.
        let read = if unlinked {
            self.on_disk(id).map(|(record, bytes)| (record, crypto::sha256(&[&bytes]), None))
        } else {
            self.kept_on_disk(id).map(|kept| (kept.record, kept.sha256, Some(kept.salt)))
        };
        let Ok((record, sha256, salt)) = read else {
            return Ok(vec![lost(index, "uppgifterna saknas eller är oläsliga", "its data is missing or unreadable")]);
        };
        let stated = unhex(&record.verification.file.sha256).unwrap_or_default();
        if salt.is_some_and(|salt| entry::commitment(&salt, &stated, &sha256) != entry.commitment) {
            return Ok(vec![lost(index, "uppgifterna har ändrats på disken", "its data was changed on disk")]);
        }
        let mut faults = Vec::new();
        match self.documents.get(&hex(&stated))? {
            None => faults.push(lost(index, "dokumentet saknas", "its document is missing")),
            Some(bytes) if crypto::sha256(&[&bytes]) != stated => {
                faults.push(lost(index, "dokumentet har ändrats på disken", "its document was changed on disk"));
            }
            Some(_) => {}
        }
        faults.extend(self.check_pieces(index, &record.evidence)?);
        let expected = self.expected_row(id, index, &record, &sha256);
        let listed = expected.is_none_or(|expected| row == Some(expected))
            && self.catalogue.of_document(&stated)? == Some(id)
            && self.catalogue.of_index(index)? == Some(id)
            && self.finds(&record, id)?;
        if !listed {
            faults.push(unlisted(index));
        }
        Ok(faults)
    }

    /// The row that a record and its acts give; none where an act is lost, which its own entry tells.
    fn expected_row(&self, id: RecordId, index: u64, record: &Record, sha256: &[u8; 32]) -> Option<Row> {
        let life = self.life(id).ok()?;
        let decided = matches!(life.disposal, Some(Stage::Decided(_)));
        Some(Row {
            index,
            sha256: record.verification.file.sha256.clone(),
            record_sha256: hex(sha256),
            public: life.amended(record.clone()).public,
            unlinked: life.unlinked,
            closed: decided.then_some(Closed::Decided),
        })
    }

    /// What was done to a record later: as it was written, with its evidence, and found where the record is.
    fn check_act(&self, index: u64, entry: &Entry) -> Result<Vec<Fault>, Error> {
        let Ok(act) = self.read_act(entry.record, &entry.commitment) else {
            return Ok(vec![lost(
                index,
                "uppgifterna om händelsen saknas eller har ändrats",
                "what was written about the event is missing or was changed",
            )]);
        };
        let mut faults = self.check_pieces(index, act.deed.evidence())?;
        let same = act.deed.event() == entry.event;
        if !same || !self.catalogue.acts(entry.record)?.contains(&(index, entry.commitment)) {
            faults.push(unlisted(index));
        }
        Ok(faults)
    }

    fn check_pieces(&self, index: u64, kept: &[KeptPiece]) -> Result<Vec<Fault>, Error> {
        let mut faults = Vec::new();
        for one in kept {
            if self.piece(one)?.is_none() {
                faults.push(lost(
                    index,
                    "ett bevis som sparades med den saknas eller har ändrats",
                    "evidence kept with it is missing or was changed",
                ));
            }
        }
        Ok(faults)
    }

    /// Whether everything that a person can hold in the hand leads to the record.
    fn finds(&self, record: &Record, id: RecordId) -> Result<bool, Error> {
        let transactions = record.transaction_ids.iter().filter_map(|text| TransactionId::parse(text).ok());
        let diary = record.diary_number.clone().map(Query::Diary);
        for query in transactions.map(Query::Transaction).chain(diary) {
            if !self.catalogue.leads(&query, id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn unlisted(index: u64) -> Fault {
    Fault::new(
        Weight::Derived,
        format!("Sökregistret stämmer inte för post {index}."),
        format!("The catalogue is wrong about entry {index}."),
    )
}

fn not_in_the_ledger(count: usize) -> Fault {
    Fault::new(
        Weight::Unregistered,
        format!("{count} handlingar ligger i arkivets mapp men står inte i loggen."),
        format!("{count} records lie in the archive's folder but are not in the ledger."),
    )
}

fn never_registered(count: usize) -> Fault {
    Fault::new(
        Weight::Note,
        format!("{count} påbörjade registreringar avbröts innan de blev registrerade."),
        format!("{count} registrations were interrupted before they were registered."),
    )
}

pub(crate) fn lost(index: u64, sv: &str, en: &str) -> Fault {
    Fault::new(Weight::Lost, format!("Handlingen i post {index}: {sv}."), format!("The record of entry {index}: {en}."))
}

fn ledger_fault(fault: crate::ledger::Fault) -> Fault {
    let weight = match fault.part {
        Part::Journal | Part::Shared => Weight::Lost,
        Part::Anchor | Part::Store | Part::Checkpoint => Weight::Derived,
    };
    Fault::new(weight, format!("Loggen: {}.", fault.what), format!("The ledger: {}.", fault.what))
}
