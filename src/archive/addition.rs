//! Evidence that came after its document was registered: an event of its own, with what was found then. HOUSE, invariant 9:
//! a record is never rewritten; what is known since stands beside it, and a later verification beside the earlier one.

use crate::archive::act::Deed;
use crate::archive::encoding::Verification;
use crate::archive::encoding::hex;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::ingest;
use crate::archive::ingest::Ingested;
use crate::archive::pieces;
use crate::archive::pieces::Collected;
use crate::archive::pieces::Kind;
use crate::archive::pieces::Piece;
use crate::archive::record::KeptPiece;
use crate::archive::record::RecordId;
use crate::archive::record::Submission;
use crate::verify::crypto;
use crate::verify::verdict;

impl Archive {
    /// Every piece of evidence that is kept with a record: what came with it, then what was added.
    ///
    /// # Errors
    /// As [`Self::acts`].
    pub fn evidence_of(&self, id: RecordId) -> Result<Vec<KeptPiece>, Error> {
        let mut pieces = self.written(id)?.evidence;
        for acted in self.acts(id)? {
            pieces.extend_from_slice(acted.act.deed.evidence());
        }
        Ok(pieces)
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
        verdict::expect(&mut report, &known.record.expected_signers);
        came.extend(new(&fetched));
        let verification = Verification::of(&report, &known.record.verification.file.name, self.options.body);
        let deed = Deed::EvidenceAdded { verification: Box::new(verification), evidence: self.keep_pieces(&came)? };
        let added = self.act(id, &crypto::sha256(&[document]), deed, &submission.actor)?;
        Ok(Ingested { added: Some(added), ..known })
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
