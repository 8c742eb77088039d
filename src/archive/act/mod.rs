//! Acts: what was done to a record since it was registered. Each is written once, under the commitment that its entry in
//! the ledger makes, and carries its own salt, so that destroying the file unlinks the entry. HOUSE, invariants 7 and 8.

mod deed;

use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::deed::Correction;
pub use self::deed::Deed;
pub use self::deed::Disposal;
pub use self::deed::Occurrence;
use crate::archive::catalogue::Effect;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Salt;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::ingest::random;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::archive::listing::Listed;
use crate::archive::record::RecordId;
use crate::archive::record::unhex;
use crate::verify::crypto;

/// The schema's name.
const SCHEMA: &str = "sigill.act/1";

/// One act, as it was written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Act {
    /// Always `sigill.act/1`.
    pub schema: String,
    /// The record's id; only noughts where it is about the archive.
    pub record: String,
    /// SHA-256 of the record's document, hex; only noughts where it is about the archive.
    pub document: String,
    /// When, UTC.
    pub at: String,
    /// By whom: the name of a token or of a login, never a person's number.
    pub by: String,
    /// 32 random bytes, hex, that make the commitment unguessable.
    pub salt: String,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
}

/// An act with its place in the ledger.
#[derive(Clone, Debug)]
pub struct Acted {
    /// As written.
    pub act: Act,
    /// The index of its entry, from 0.
    pub index: u64,
}

impl Act {
    /// The commitment that bytes of an act make; none where they are no act.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, [u8; 32])> {
        let act: Self = serde_json::from_slice(bytes).ok()?;
        let (salt, document): (Salt, [u8; 32]) = (unhex(&act.salt)?, unhex(&act.document)?);
        let commitment = entry::commitment(&salt, &document, &crypto::sha256(&[bytes]));
        Some((act, commitment))
    }
}

impl Archive {
    /// What was done to a record since it was registered, oldest first.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn acts(&self, id: RecordId) -> Result<Vec<Acted>, Error> {
        let rows = self.catalogue.acts(id)?;
        let read = |(index, commitment): (u64, [u8; 32])| Ok(Acted { act: self.read_act(id, &commitment)?, index });
        rows.into_iter().map(read).collect()
    }

    /// The act that a commitment is about. Its name among the files is the commitment, so that no other bytes pass.
    pub(crate) fn read_act(&self, id: RecordId, commitment: &[u8; 32]) -> Result<Act, Error> {
        let lost = || Error::Damaged(format!("what was written about an event of record {id} is missing or changed"));
        let bytes = self.records.get(&hex(commitment))?.ok_or_else(lost)?;
        match Act::read(&bytes) {
            Some((act, made)) if made == *commitment && act.record == id.to_string() => Ok(act),
            Some(_) | None => Err(lost()),
        }
    }

    /// Does something to a record: writes it down and commits it. When this returns it survives a power cut. Whether it
    /// may be done is for the caller to know, who holds the record alone.
    pub(crate) fn act(&self, id: RecordId, document: &[u8; 32], deed: Deed, by: &str) -> Result<Acted, Error> {
        let (at, salt): (_, Salt) = (self.now(), random()?);
        let act = Act {
            schema: SCHEMA.to_owned(),
            record: id.to_string(),
            document: hex(document),
            at: at.to_string(),
            by: by.to_owned(),
            salt: hex(&salt),
            deed,
        };
        let bytes = serde_json::to_vec_pretty(&act).map_err(|error| Error::Damaged(error.to_string()))?;
        let commitment = entry::commitment(&salt, document, &crypto::sha256(&[&bytes]));
        self.records.put(&hex(&commitment), &bytes)?;
        // A crash here leaves an act that no entry names: nobody was told, `check` tells, and it counts for nothing.
        let entry = Entry { event: act.deed.event(), record: id, at, commitment };
        let appended = self.ledger.append_once(entry.to_bytes(), &commitment)?;
        // COMMIT POINT passed, as for a record. A crash here is repaired by `catch_up` at opening.
        self.take_effect(id, appended.index, &commitment, &act)?;
        Ok(Acted { act, index: appended.index })
    }

    /// The register's line of a record once this act is done to it; none where the record itself is lost, or the act is
    /// about the archive.
    fn line_after(&self, id: RecordId, index: u64, act: &Act) -> Result<Option<Vec<u8>>, Error> {
        let (Some(row), Ok(record)) = (self.catalogue.row(id)?, self.written(id)) else { return Ok(None) };
        let mut acts: Vec<Acted> = self.acts(id)?.into_iter().filter(|acted| acted.index != index).collect();
        acts.push(Acted { act: act.clone(), index });
        acts.sort_by_key(|acted| acted.index);
        let life = Life::of(&acts);
        let line = Listed::line(&life.amended(record), row.index, &life);
        serde_json::to_vec(&line).map(Some).map_err(|error| Error::Damaged(error.to_string()))
    }

    /// What follows from an act that is in the ledger: rows of the catalogue, and where it says so, destruction. Doing it
    /// twice changes nothing.
    pub(crate) fn take_effect(&self, id: RecordId, index: u64, commitment: &[u8; 32], act: &Act) -> Result<(), Error> {
        if let Deed::Disposed { disposal, remains, index: registered } = &act.deed {
            let life = Life { disposal: Some(Stage::Done(disposal.clone())), ..Life::default() };
            let line = Listed::line(remains, *registered, &life);
            return self.destroy(id, remains, &line, index, commitment);
        }
        if let Deed::Unlinked { index: registered, .. } = &act.deed {
            self.unlink(id, *registered)?;
        }
        let effect = Effect { line: self.line_after(id, index, act)?, ..act.deed.effect() };
        Ok(self.catalogue.apply_act(id, index, commitment, &effect)?)
    }
}
