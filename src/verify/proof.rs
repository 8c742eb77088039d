//! Proofs of existence: what is known to have existed, and since when. VALIDATION 2 (POE) and 4.3.
//! Only a token or record that passed gives one; everything at hand exists now; a claimed time proves nothing (R4).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::verify::evidence::Evidence;

/// What kind of token proves a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// Over one signature's value.
    SignatureTimestamp,
    /// Over the content, made before the signature.
    ContentTimestamp,
    /// Over a revision of the whole document.
    DocumentTimestamp,
    /// Over the whole document as it is, by an archive (RFC 4998).
    EvidenceRecord,
}

impl ProofKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignatureTimestamp => "signature-timestamp",
            Self::ContentTimestamp => "content-timestamp",
            Self::DocumentTimestamp => "document-timestamp",
            Self::EvidenceRecord => "evidence-record",
        }
    }
}

/// A proof that something existed not later than a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Not later than this.
    pub time: Timestamp,
    /// How far the authority's clock may be off, either way.
    pub accuracy: SignedDuration,
    /// Proven by this kind of token.
    pub by: ProofKind,
    /// Who vouches for the time, masked as every name.
    pub authority: String,
    /// Until when the token itself can be verified: the earliest end among its certificates and algorithms.
    pub holds_until: Option<Timestamp>,
}

/// SHA-256 over the bytes of a certificate, revocation list or OCSP response as received: its identity.
pub type ObjectId = [u8; 32];

/// All proofs at hand. A whole-document proof covers whatever the revision it closes holds, and nothing added later.
#[derive(Clone, Debug)]
pub struct Proofs {
    now: Timestamp,
    whole: Vec<(usize, Proof)>,
    stated: BTreeMap<ObjectId, Timestamp>,
}

impl Proofs {
    /// Nothing proven: all there is exists now.
    pub fn none(now: Timestamp) -> Self {
        Self { now, whole: Vec::new(), stated: BTreeMap::new() }
    }

    /// Proofs about single objects that the caller vouches for.
    pub fn stated(now: Timestamp, stated: impl IntoIterator<Item = (ObjectId, Timestamp)>) -> Self {
        Self { now, whole: Vec::new(), stated: stated.into_iter().collect() }
    }

    /// The validation time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds a proof over everything up to and in `revision`.
    pub fn add(&mut self, revision: usize, proof: Proof) {
        self.whole.push((revision, proof));
    }

    /// Whether there is a proof over a whole document: archive material (VALIDATION 4.6 step 3).
    pub fn has_archive(&self) -> bool {
        !self.whole.is_empty()
    }

    /// The earliest proof over what stands in the document from `revision` on.
    pub fn of_revision(&self, revision: usize) -> Option<&Proof> {
        let covering = self.whole.iter().filter(|(covered, _)| *covered >= revision);
        covering.map(|(_, proof)| proof).min_by_key(|proof| proof.time)
    }

    /// Until when some proof over what stands in the document from `revision` on can be verified: the newest need not be
    /// the one that holds longest.
    pub fn holds_until(&self, revision: usize) -> Option<Timestamp> {
        let covering = self.whole.iter().filter(|(covered, _)| *covered >= revision);
        covering.filter_map(|(_, proof)| proof.holds_until).max()
    }

    /// When all of these objects are first proven to have existed: a datum and what it rests on.
    pub fn of_datum<'o>(&self, objects: impl IntoIterator<Item = &'o ObjectId>, evidence: &Evidence) -> Timestamp {
        objects.into_iter().map(|object| self.lowest(object, evidence)).max().unwrap_or(self.now)
    }

    /// When an object is first proven to have existed; the validation time where nothing else proves it.
    pub fn lowest(&self, object: &ObjectId, evidence: &Evidence) -> Timestamp {
        let placed = evidence.revision_of(object).and_then(|revision| self.of_revision(revision));
        let stated = self.stated.get(object).copied();
        placed.map(|proof| proof.time).into_iter().chain(stated).min().map_or(self.now, |proven| proven.min(self.now))
    }
}
