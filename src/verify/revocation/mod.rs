//! Was the certificate withdrawn? What CRLs and OCSP answers say, and which of it is acceptable. VALIDATION 3.4 and 9.
//! What says good must be beyond doubt; what says revoked needs only be authentic, so that no doubt turns it to silence.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::format::crl;
use crate::format::x509::Certificate;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::evidence::Evidence;
use crate::verify::path::TrustedPath;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::revocation::question::Question;
use crate::verify::text::Finding;
use crate::verify::trust::Trust;

mod question;
mod ocsp;
mod reach;
mod issuer;
mod list;

/// What kind of object said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
}

/// What is said of a certificate. Where nothing is known there is no datum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Not revoked.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// Why; `CertificateHold` is a hold.
        reason: crl::Reason,
        /// Since when the key may not be trusted, where that is said apart (invalidityDate).
        invalid_since: Option<Timestamp>,
    },
}

impl Says {
    /// Since when the certificate counts for nothing, and why: the earlier of the two dates that may be stated (INV-2).
    pub fn withdrawn(self) -> Option<(Timestamp, crl::Reason)> {
        match self {
            Self::Good => None,
            Self::Revoked { since, reason, invalid_since } => {
                Some((invalid_since.map_or(since, |invalid| invalid.min(since)), reason))
            }
        }
    }

    /// Whether it is a revocation for good: not a hold, which may end.
    pub fn is_final(self) -> bool {
        match self {
            Self::Good => false,
            Self::Revoked { reason, .. } => reason != crl::Reason::CertificateHold,
        }
    }
}

/// Since when a certificate counts for nothing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Since when: the earlier of the dates that were stated (INV-2).
    pub since: Timestamp,
    /// The reason, as RFC 5280 has it.
    pub reason: crl::Reason,
}

/// One acceptable revocation datum's answer about one certificate (RAC, 9.2 and 9.3), whatever the time asked about.
#[derive(Clone, Debug)]
pub struct Datum {
    /// A list or an answer.
    pub kind: Kind,
    /// SHA-256 of the object as received: its object id.
    pub digest: [u8; 32],
    /// Other objects it rests on: the base of a delta list, the lists for the other reasons.
    pub with: Vec<[u8; 32]>,
    /// thisUpdate: when this was known to be right.
    pub issued: Timestamp,
    /// producedAt of an answer; thisUpdate of a list.
    pub produced: Timestamp,
    /// nextUpdate.
    pub next: Option<Timestamp>,
    /// What it says.
    pub says: Says,
    /// What its own signature rests on, and those of its signer's certificates below the certificate's issuer.
    pub mechanisms: Vec<Mechanism>,
    /// Who signed it.
    pub issuer: Certificate,
    /// Whether that is somebody else than the certificate's issuer.
    pub delegated: bool,
    /// Noticed, not decisive.
    pub warnings: Vec<Finding>,
}

impl Datum {
    /// The objects it rests on: itself and what it must be read with.
    pub fn objects(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.digest).chain(&self.with)
    }
}

/// What is known when data is weighed.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// Certificates and revocation data.
    pub evidence: &'c Evidence,
    /// Anchors.
    pub trust: &'c Trust,
    /// Rules.
    pub policy: &'c Policy,
    /// The validation time; data from later than this is not used.
    pub now: Timestamp,
}

/// All acceptable data about the certificate at `place` of the path (0 is the one the path is for), newest first. None
/// about the anchor.
///
/// # Errors
/// When the budget ran out: what was not looked at may have been the revocation.
pub fn data(
    path: &TrustedPath,
    place: usize,
    context: &Context<'_>,
    meter: &mut Meter,
) -> Result<Vec<Datum>, Exhausted> {
    let chain = path.certificates().get(place..).unwrap_or_default();
    Question::new(chain, context).map_or_else(|| Ok(Vec::new()), |question| question.ask(meter))
}

/// In the order of 9.4: by production; of two as new, the one that says worse first.
fn newest_first(data: &mut [Datum]) {
    data.sort_by_key(|datum| Reverse((datum.produced, datum.issued, datum.says != Says::Good, datum.digest)));
}

/// 9.4: the datum that decides among these, which stand newest first. A revocation for good wins over every other; else
/// the newest, so that a hold ends where something newer says good.
pub fn choose(data: &[Datum]) -> Option<&Datum> {
    data.iter().find(|datum| datum.says.is_final()).or(data.first())
}

/// 3.4, rule 2: whether the datum was still in force at a time. One without nextUpdate never is.
pub fn fresh(datum: &Datum, at: Timestamp) -> bool {
    datum.next.is_some_and(|next| next > at)
}
