//! A record as it lies on this disk, and the same once it is known to be what was registered. HOUSE, invariant 9.
//! What was changed here is our damage: nothing is answered, stated, proven or delivered from it.

use crate::archive::catalogue::Row;
use crate::archive::disposed;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::entry::Salt;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::verify::crypto;

/// A record with what its commitment is made of.
pub(crate) struct Kept {
    pub(crate) record: Record,
    /// The very bytes that the ledger's entry commits to.
    pub(crate) bytes: Vec<u8>,
    pub(crate) salt: Salt,
    pub(crate) sha256: [u8; 32],
}

impl Kept {
    pub(crate) fn row(&self, index: u64) -> Row {
        Row {
            index,
            sha256: self.record.verification.file.sha256.clone(),
            record_sha256: hex(&self.sha256),
            public: self.record.public,
            unlinked: false,
            closed: None,
        }
    }

    /// The SHA-256 of its document, where this is what the entry commits to.
    pub(crate) fn document(&self, entry: &Entry) -> Option<[u8; 32]> {
        let document = unhex(&self.record.verification.file.sha256)?;
        (entry::commitment(&self.salt, &document, &self.sha256) == entry.commitment).then_some(document)
    }
}

impl Archive {
    /// A record as it lies on the disk, with the SHA-256 of its bytes. Whether it is what was registered is for the caller
    /// to compare.
    pub(crate) fn on_disk(&self, id: RecordId) -> Result<(Record, Vec<u8>), Error> {
        let lost = || Error::Damaged(format!("record {id} is missing or unreadable"));
        let bytes = self.records.get(&id.to_string())?.ok_or_else(lost)?;
        let record = serde_json::from_slice(&bytes).map_err(|_| lost())?;
        Ok((record, bytes))
    }

    /// A record as it was registered: its bytes are compared with the hash that was derived from the ledger.
    pub(crate) fn written(&self, id: RecordId) -> Result<Record, Error> {
        let (record, bytes) = self.on_disk(id)?;
        match self.catalogue.row(id)? {
            Some(row) if row.record_sha256 != hex(&crypto::sha256(&[&bytes])) => {
                Err(Error::Damaged(format!("record {id} was changed on the disk")))
            }
            Some(_) | None => Ok(record),
        }
    }

    /// A record as it lies on the disk, with its salt; compared with nothing.
    pub(crate) fn kept_on_disk(&self, id: RecordId) -> Result<Kept, Error> {
        let (record, bytes) = self.on_disk(id)?;
        let salt = self.salts.get(&id.to_string())?.and_then(|salt| salt.try_into().ok());
        let salt = salt.ok_or_else(|| Error::Damaged(format!("the salt of record {id} is missing or unreadable")))?;
        let sha256 = crypto::sha256(&[&bytes]);
        Ok(Kept { record, bytes, salt, sha256 })
    }

    /// The record that an entry registers, with the SHA-256 of its document: record and salt are what it commits to.
    pub(crate) fn kept(&self, index: u64, entry: &Entry) -> Result<(Kept, [u8; 32]), Error> {
        let kept = self.kept_on_disk(entry.record)?;
        match kept.document(entry).filter(|_| entry.event == Event::Registered) {
            Some(document) => Ok((kept, document)),
            None => Err(Error::Damaged(format!("record {} is not what entry {index} commits to", entry.record))),
        }
    }

    /// The same by the place of the entry.
    pub(crate) fn kept_at(&self, index: u64) -> Result<(Entry, Kept), Error> {
        let bytes = self.ledger.entry(index)?;
        let entry = Entry::read(&bytes).ok_or_else(|| Error::Damaged(format!("entry {index} of the ledger")))?;
        let (kept, _) = self.kept(index, &entry)?;
        Ok((entry, kept))
    }

    /// Goes on past an entry whose record or act is not what it was. What was disposed of after the backup that was restored
    /// is not lost: it is gone by decision.
    pub(crate) fn pass_over(&self, index: u64, entry: &Entry) -> Result<(), Error> {
        let lost = entry.event == Event::Registered && !disposed::read(self.directory())?.contains_key(&entry.record);
        let passed = match lost {
            true => self.catalogue.pass_over_lost(entry.record, index),
            false => self.catalogue.pass_over(index),
        };
        Ok(passed?)
    }

    /// Puts an entry of the ledger into the catalogue.
    pub(crate) fn catalogue_entry(&self, index: u64, entry: &Entry) -> Result<(), Error> {
        if entry.event != Event::Registered {
            let act = self.read_act(entry.record, &entry.commitment)?;
            return self.take_effect(entry.record, index, &entry.commitment, &act);
        }
        let (kept, document) = self.kept(index, entry)?;
        Ok(self.catalogue.apply(entry.record, &kept.row(index), &document, &kept.record)?)
    }
}
