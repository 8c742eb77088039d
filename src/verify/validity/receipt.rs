//! The invariants that stand between a case and TOTAL-PASSED, whichever process led there. VALIDATION 4.10.
//! Each leaves a receipt that only this file can make.

use jiff::Timestamp;

use crate::format::crl::Reason;
use crate::verify::evidence::Evidence;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::proof::Proofs;
use crate::verify::revocation::Datum;
use crate::verify::text::Finding;
use crate::verify::validity::chain::Chain;
use crate::verify::validity::chain::Link;
use crate::verify::validity::chain::fresh;
use crate::verify::validity::chain::within;
use crate::verify::validity::words;

/// Receipt, INV-1: the certificate was valid at the best-signature-time, and none above it had ended by then. One above
/// may be younger than the signature: CAs are certified anew.
#[derive(Clone, Debug)]
pub struct InTime(());

/// Receipt, INV-2 and INV-3: no certificate was revoked then, by data that was fresh then or came later.
#[derive(Clone, Debug)]
pub struct NotRevoked {
    limitations: Vec<Finding>,
}

impl NotRevoked {
    /// What was not looked at, and why the policy lets it pass. Always shown.
    pub fn limitations(&self) -> &[Finding] {
        &self.limitations
    }
}

/// Receipt, INV-4: every algorithm was reliable when what it made is first known to have existed.
#[derive(Clone, Debug)]
pub struct Reliable(());

/// What the invariants are asserted about.
#[derive(Clone, Copy)]
pub(super) struct Assertion<'a> {
    pub(super) chain: &'a Chain,
    /// The best-signature-time.
    pub(super) existed: Timestamp,
    /// Whether the signature or token states its certificate's digest.
    pub(super) bound: bool,
    pub(super) policy: &'a Policy,
    pub(super) proofs: &'a Proofs,
    pub(super) evidence: &'a Evidence,
}

impl Assertion<'_> {
    /// INV-1.
    pub(super) fn in_time(&self) -> Option<InTime> {
        let leaf = self.chain.leaf().is_some_and(|leaf| within(leaf, self.existed));
        (leaf && self.chain.issuers_lasted(self.existed)).then_some(InTime(()))
    }

    /// INV-2 and INV-3.
    pub(super) fn not_revoked(&self) -> Option<NotRevoked> {
        let mut limitations = Vec::new();
        for (place, link) in self.chain.links.iter().enumerate() {
            limitations.extend(self.link(link, place == 0)?);
        }
        limitations.dedup();
        Some(NotRevoked { limitations })
    }

    /// What limits the answer about one certificate; nothing where it does not hold.
    fn link(&self, link: &Link, leaf: bool) -> Option<Option<Finding>> {
        if link.skipped {
            return Some(Some(words::no_data_ever()));
        }
        if let Some((since, reason)) = link.withdrawn() {
            let held = reason == Reason::CertificateHold;
            return (since > self.existed).then(|| (!held).then(words::revoked_later));
        }
        let current = |datum: &&Datum| datum.issued >= self.existed || fresh(datum, self.existed, self.policy);
        let sound = |datum: &&Datum| {
            let lowest = self.proofs.of_datum(datum.objects(), self.evidence);
            datum.mechanisms.iter().all(|used| self.policy.reliable(*used).at(lowest))
        };
        match link.data.iter().filter(sound).find(current) {
            Some(datum) if datum.issued < self.existed && self.existed < self.proofs.now() => {
                Some(Some(words::older_than_signature()))
            }
            Some(_) => Some(None),
            None if !link.spared => None,
            None if link.data.is_empty() => Some(Some(words::not_checked(leaf))),
            None => Some(Some(words::last_known())),
        }
    }

    /// INV-4: `own`, what the signature or token rests on, at the best-signature-time; each certificate's signature when
    /// the certificate is first known. A signing certificate that the signature is bound to by hash is as old as it (4.3).
    pub(super) fn reliable(&self, own: &[Mechanism]) -> Option<Reliable> {
        let at = |used: &[Mechanism], moment: Timestamp| used.iter().all(|used| self.policy.reliable(*used).at(moment));
        let certificates = self.chain.links.iter().enumerate().all(|(place, link)| {
            let lowest = self.proofs.lowest(&link.id, self.evidence);
            at(&link.mechanisms, if place == 0 && self.bound { lowest.min(self.existed) } else { lowest })
        });
        (at(own, self.existed) && certificates).then_some(Reliable(()))
    }
}
