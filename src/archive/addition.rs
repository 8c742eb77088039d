//! Evidence that came after its document was registered: an event of its own, with what was found then. HOUSE, invariant 9:
//! a record is never rewritten; what is known since stands beside it, and a later verification beside the earlier one.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::entry;
use crate::archive::entry::Entry;
use crate::archive::entry::Event;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::house::Kept;
use crate::archive::ingest;
use crate::archive::ingest::Ingested;
use crate::archive::pieces;
use crate::archive::pieces::Collected;
use crate::archive::pieces::Kind;
use crate::archive::pieces::Piece;
use crate::archive::record::KeptPiece;
use crate::archive::record::RecordId;
use crate::archive::record::Submission;
use crate::archive::record::unhex;
use crate::verify::crypto;

/// The schema's name.
const SCHEMA: &str = "sigill.addition/1";

/// Evidence added to a record, as it was written: once, as a record is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Addition {
    /// Always `sigill.addition/1`.
    pub schema: String,
    /// The record's id.
    pub record: String,
    /// When, UTC.
    pub added_at: String,
    /// By whom.
    pub added_by: String,
    /// What was found then, with this and all evidence that was kept before.
    pub verification: Verification,
    /// What came now, each piece by its hash.
    pub evidence: Vec<KeptPiece>,
}

/// An addition with its place in the ledger.
#[derive(Clone, Debug)]
pub struct Added {
    /// As written.
    pub addition: Addition,
    /// The index of its entry, from 0.
    pub index: u64,
}

impl Archive {
    /// What was added to a record since it was registered, oldest first.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn additions(&self, id: RecordId) -> Result<Vec<Added>, Error> {
        let rows = self.catalogue.additions(id)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let kept = self.kept(id)?;
        let read =
            |(index, commitment): (u64, [u8; 32])| Ok(Added { addition: self.addition(&kept, &commitment)?, index });
        rows.into_iter().map(read).collect()
    }

    /// Every piece of evidence that is kept with a record: what came with it, then what was added.
    ///
    /// # Errors
    /// As [`Self::additions`].
    pub fn evidence_of(&self, id: RecordId) -> Result<Vec<KeptPiece>, Error> {
        let first = self.kept(id)?.record.evidence;
        let later = self.additions(id)?.into_iter().flat_map(|added| added.addition.evidence);
        Ok(first.into_iter().chain(later).collect())
    }

    /// The addition that a commitment is about. Its name in the files is the commitment, so that no other bytes pass.
    pub(crate) fn addition(&self, kept: &Kept, commitment: &[u8; 32]) -> Result<Addition, Error> {
        let lost = || Error::Damaged(format!("an addition to record {} is missing or unreadable", kept.record.id));
        let bytes = self.records.get(&hex(commitment))?.ok_or_else(lost)?;
        let document = unhex(&kept.record.verification.file.sha256).ok_or_else(lost)?;
        if entry::commitment(&kept.salt, &document, &crypto::sha256(&[&bytes])) != *commitment {
            return Err(lost());
        }
        serde_json::from_slice(&bytes).map_err(|_| lost())
    }

    /// Adds to a registered document what it is not kept with yet: the evidence, and what is found with it. Nothing new
    /// changes nothing. The caller holds the document alone.
    pub(crate) fn add(
        &self,
        known: Ingested,
        document: &[u8],
        submission: &Submission,
        given: &Collected,
    ) -> Result<Ingested, Error> {
        let id: RecordId = known.record.id.parse().map_err(|_| Error::Damaged(known.record.id.clone()))?;
        let before = self.evidence_of(id)?;
        let new = |found: &Collected| -> Vec<(Kind, Piece)> {
            let fresh = |piece: &Piece| !before.iter().any(|kept| kept.sha256 == hex(&crypto::sha256(&[&piece.bytes])));
            found.readable.iter().filter(|(_, piece)| fresh(piece)).cloned().collect()
        };
        let mut came = new(given);
        if came.is_empty() {
            return Ok(known);
        }
        let at = self.now();
        let (old, lost) = self.pieces(&before)?;
        let mut evidence = Collected::of(&old).evidence;
        for (kind, piece) in &came {
            pieces::add(*kind, &piece.bytes, &mut evidence);
        }
        let (mut report, fetched) = self.judged(document, evidence, at);
        report.warnings.extend(given.findings.iter().cloned().chain(lost));
        came.extend(new(&fetched));
        let addition = Addition {
            schema: SCHEMA.to_owned(),
            record: id.to_string(),
            added_at: at.to_string(),
            added_by: submission.actor.clone(),
            verification: Verification::of(&report, &known.record.verification.file.name, self.options.body),
            evidence: self.keep_pieces(&came)?,
        };
        let index = self.append(id, &addition, at)?;
        Ok(Ingested { added: Some(Added { addition, index }), ..known })
    }

    /// Writes an addition and its entry. When this returns, both survive a power cut.
    fn append(&self, id: RecordId, addition: &Addition, at: Timestamp) -> Result<u64, Error> {
        let kept = self.kept(id)?;
        let damaged = || Error::Damaged(format!("record {id}"));
        let document = unhex(&kept.record.verification.file.sha256).ok_or_else(damaged)?;
        let bytes = serde_json::to_vec_pretty(addition).map_err(|error| Error::Damaged(error.to_string()))?;
        let commitment = entry::commitment(&kept.salt, &document, &crypto::sha256(&[&bytes]));
        self.records.put(&hex(&commitment), &bytes)?;
        // A crash here leaves an addition that no entry names: nobody was told, `check` tells, and it counts for nothing.
        let entry = Entry { event: Event::EvidenceAdded, record: id, at, commitment };
        let appended = self.ledger.append_once(entry.to_bytes(), &commitment)?;
        // COMMIT POINT passed, as for a record. A crash here is repaired by `catch_up` at opening.
        self.catalogue.apply_addition(id, appended.index, &commitment)?;
        Ok(appended.index)
    }

    /// Keeps pieces, and gives what names them.
    pub(crate) fn keep_pieces(&self, found: &[(Kind, Piece)]) -> Result<Vec<KeptPiece>, Error> {
        let keep = |(kind, piece): &(Kind, Piece)| {
            let kept = ingest::kept_piece(*kind, piece);
            self.evidence.put(&kept.sha256, &piece.bytes)?;
            Ok(kept)
        };
        found.iter().map(keep).collect()
    }
}
