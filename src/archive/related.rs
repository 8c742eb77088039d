//! Records that name the same transaction: a printout beside its original, several files signed at once. Derived from the
//! catalogue, so that no event says it; and what a text that claims to be a copy has of the original. SWEDEN 5, USERS 11.

use crate::archive::catalogue::Query;
use crate::archive::encoding::Verification;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::format::minutes::transaction::TransactionId;
use crate::verify::comparison;
use crate::verify::comparison::Comparison;
use crate::verify::indication::Verdict;
use crate::verify::text::Text;
use crate::verify::verdict;

/// Transaction ids of one document that are looked up; one for each signer.
const IDS_MAX: usize = 50;
/// Related records that are told where one document is asked about; one transaction signs a handful of files.
pub const RELATED_MAX: usize = 50;
/// Related records that are told of each file of a batch: enough to see that there are any.
pub const RELATED_FEW: usize = 4;

/// A record that shares transaction ids with a document.
#[derive(Clone, Debug)]
pub struct Related {
    /// The record.
    pub found: Found,
    /// What it is to the document.
    pub kinship: Kinship,
    /// How many ids both name.
    pub shared: usize,
}

/// What a record is to a document with the same transaction ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinship {
    /// It is signed and the document is not: the document claims to be a copy of it.
    Original,
    /// The document is signed and it is not: it claims to be a copy of the document.
    Copy,
    /// Both are signed, or neither.
    Together,
}

impl Kinship {
    /// What another record is to a document, by which of them is signed.
    fn between(document: bool, other: bool) -> Self {
        match (document, other) {
            (false, true) => Self::Original,
            (true, false) => Self::Copy,
            (true, true) | (false, false) => Self::Together,
        }
    }

    /// The code other programs see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Copy => "copy",
            Self::Together => "same-transaction",
        }
    }

    /// In words, with what it is worth.
    pub fn words(self) -> Text {
        match self {
            Self::Original => Text::new(
                "Den här texten säger sig vara en kopia av den handlingen: samma Transaktions-ID står i båda. Text bevisar \
                 ingenting (nivå D); det är den underskrivna handlingen som gäller.",
                "This text claims to be a copy of that record: both name the same transaction id. Text proves nothing \
                 (level D); the signed record counts.",
            ),
            Self::Copy => Text::new(
                "Den säger sig vara en kopia av den här handlingen: samma Transaktions-ID står som text i den. Det bevisar \
                 ingenting (nivå D).",
                "It claims to be a copy of this record: it names the same transaction id as text. That proves nothing \
                 (level D).",
            ),
            Self::Together => Text::new(
                "Samma Transaktions-ID står i båda handlingarna.",
                "Both records name the same transaction id.",
            ),
        }
    }
}

impl Archive {
    /// At most `most` records that name a transaction id which this verification found, but for the document itself; among
    /// the public ones alone unless `all`. Originals come first. Each is read from its file, so that `most` is what it costs.
    ///
    /// # Errors
    /// The store's.
    pub fn related(&self, found: &Verification, all: bool, most: usize) -> Result<Vec<Related>, Error> {
        let own = signed(found);
        let mut related: Vec<Related> = Vec::new();
        let ids = found.transaction_ids();
        for id in ids.iter().take(IDS_MAX).filter_map(|id| TransactionId::parse(id).ok()) {
            for other in self.catalogue.find(&Query::Transaction(id))? {
                if let Some(known) = related.iter_mut().find(|known| known.found.record.id == other.to_string()) {
                    known.shared += 1;
                } else if related.len() < most
                    && let Some(other) = self.another(other, found, all)?
                {
                    let kinship = Kinship::between(own, signed(&other.record.verification));
                    related.push(Related { found: other, kinship, shared: 1 });
                }
            }
        }
        related.sort_by_key(|one| (one.kinship, one.found.index));
        Ok(related)
    }

    /// A record, unless it is the document's own. One that is damaged does not hide the document that was asked about;
    /// `check` tells it.
    fn another(&self, id: RecordId, found: &Verification, all: bool) -> Result<Option<Found>, Error> {
        let row = self.catalogue.row(id)?;
        if row.is_none_or(|row| row.sha256 == found.file.sha256) {
            return Ok(None);
        }
        match self.record_shown(id, all) {
            Err(Error::Damaged(_)) => Ok(None),
            other => other,
        }
    }

    /// The text of a file beside that of a record's document; none where there is no such record.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub fn compare(&self, file: &[u8], id: RecordId) -> Result<Option<Comparison>, Error> {
        let Some(original) = self.document(id)? else { return Ok(None) };
        let words = |document: &[u8]| verdict::words(document, &self.options.budget);
        Ok(Some(comparison::compare(&words(&original), &words(file))))
    }
}

/// Whether somebody's signature is in it, or was before it was disposed of, whatever it is worth: that is what a printout
/// lacks.
fn signed(found: &Verification) -> bool {
    let told = found.verdict != Verdict::Unsigned.name() && found.verdict != Verdict::Unreadable.name();
    told || found.signatures.iter().any(|signature| signature.kind == "signature" && signature.field.is_some())
}
