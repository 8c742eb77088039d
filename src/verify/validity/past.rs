//! Past validation: what later proofs of existence still settle. VALIDATION 4.5: validation time sliding (VTS), past
//! certificate validation (PCV), past signature validation (PSV).

use jiff::Timestamp;

use crate::verify::crypto;
use crate::verify::evidence::Evidence;
use crate::verify::indication::SubIndication;
use crate::verify::policy::Policy;
use crate::verify::proof::ObjectId;
use crate::verify::proof::Proofs;
use crate::verify::revocation::Datum;
use crate::verify::validity::chain::Chain;
use crate::verify::validity::chain::Failure;
use crate::verify::validity::chain::Link;
use crate::verify::validity::chain::Object;
use crate::verify::validity::chain::Trouble;
use crate::verify::validity::chain::fresh;
use crate::verify::validity::chain::within;

/// What past validation works with.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) chain: &'a Chain,
    pub(super) policy: &'a Policy,
    pub(super) proofs: &'a Proofs,
    pub(super) evidence: &'a Evidence,
    /// The earliest proof of the signature or token.
    pub(super) existed: Timestamp,
    /// Whether the signature or token states its certificate's digest.
    pub(super) bound: bool,
}

/// Validation time sliding (4.5, VTS): the last moment at which the whole chain is known to have been good.
///
/// # Errors
/// `NO_POE` where a certificate has no acceptable data that is proven to have existed by then.
pub fn slide(chain: &Chain, policy: &Policy, proofs: &Proofs, evidence: &Evidence) -> Result<Timestamp, SubIndication> {
    Past { chain, policy, proofs, evidence, existed: proofs.now(), bound: false }.slide(false)
}

impl Past<'_> {
    /// PSV: which of the failures remain. All of them where the certificate cannot be validated in the past.
    pub(super) fn unanswered(&self, failures: &[Failure]) -> Vec<Failure> {
        match self.certificate() {
            Ok(control) if self.existed <= control => {}
            Ok(_) => return failures.to_vec(),
            // Why the proofs did not help stands last: it explains, it does not decide (PSV step 2).
            Err(sub) => return failures.iter().cloned().chain([Failure::of(sub, Trouble::Final)]).collect(),
        }
        let mut left: Vec<Failure> = failures.iter().filter(|failure| !self.answers(failure)).cloned().collect();
        if left.is_empty() && !self.target_known() {
            left.push(Failure::of(SubIndication::RevocationOutOfBoundsNoPoe, Trouble::Final));
        }
        left
    }

    /// PCV: all certificates were valid together at some time, and the chain was good until the control time.
    fn certificate(&self) -> Result<Timestamp, SubIndication> {
        let below = || self.chain.links.iter().map(|link| &link.certificate);
        let (from, to) = (below().map(|one| one.not_before).max(), below().map(|one| one.not_after).min());
        let together = from.zip(to).is_none_or(|(from, to)| from <= to);
        if together { self.slide(true) } else { Err(SubIndication::CertificateChainGeneralFailure) }
    }

    /// PSV step 1: whether data about the target was signed by someone whose certificate is known from when it was valid.
    fn target_known(&self) -> bool {
        let Some(target) = self.chain.links.first() else { return true };
        target.skipped || target.spared || target.data.iter().any(|datum| self.issuer_known(datum))
    }

    fn issuer_known(&self, datum: &Datum) -> bool {
        let id = crypto::sha256(&[datum.issuer.der()]);
        self.chain.is_anchor(&datum.issuer) || self.lowest(&id) <= datum.issuer.not_after
    }

    fn lowest(&self, id: &ObjectId) -> Timestamp {
        self.proofs.lowest(id, self.evidence)
    }

    /// A datum that rests on others is as old as the youngest of them.
    fn datum_lowest(&self, datum: &Datum) -> Timestamp {
        self.proofs.of_datum(datum.objects(), self.evidence)
    }

    /// The certificate asked about is as old as the signature that is bound to it by hash (4.3).
    fn certificate_lowest(&self, place: usize, link: &Link) -> Timestamp {
        let lowest = self.lowest(&link.id);
        if place == 0 && self.bound { lowest.min(self.existed) } else { lowest }
    }

    /// VTS. With `target`, data about the target is narrowed to what PSV step 1 keeps.
    fn slide(&self, target: bool) -> Result<Timestamp, SubIndication> {
        let ended = self.chain.trusted_until;
        let mut control = ended.map_or(self.proofs.now(), |ended| ended.min(self.proofs.now()));
        for (place, link) in self.chain.links.iter().enumerate().rev() {
            let datum = match link.skipped {
                true => None,
                false => self.datum(place, link, control, target && place == 0)?,
            };
            if let Some(datum) = datum {
                match datum.says.withdrawn().filter(|_| datum.says.is_final()) {
                    Some((since, _)) => control = control.min(since),
                    None if !fresh(datum, control, self.policy) => control = control.min(self.vouched(datum)),
                    None => {}
                }
            }
            let used = link.mechanisms.iter().chain(datum.iter().flat_map(|datum| &datum.mechanisms));
            control = used.fold(control, |control, used| {
                self.policy.reliable(*used).until().map_or(control, |end| end.min(control))
            });
        }
        Ok(control)
    }

    /// Until when a datum that is no longer fresh vouches: as long as it was fresh, if it was so at the proven time; else
    /// only for its own issuance. By the letter of VTS it is always the issuance; that would refuse here what 4.4 step 6
    /// and INV-3 accept at the same time, and with it every archived signature whose issuer's list is older than it.
    fn vouched(&self, datum: &Datum) -> Timestamp {
        let until = || match self.policy.revocation_max_age {
            Some(age) => datum.issued.checked_add(age).ok(),
            None => datum.next,
        };
        let then = fresh(datum, self.existed, self.policy);
        then.then(until).flatten().unwrap_or(datum.issued)
    }

    /// The datum that decides at the control time: the latest that says revoked, else the latest.
    fn datum<'l>(
        &self,
        place: usize,
        link: &'l Link,
        control: Timestamp,
        narrowed: bool,
    ) -> Result<Option<&'l Datum>, SubIndication> {
        let narrowed = narrowed && link.data.iter().any(|datum| self.issuer_known(datum));
        let known = self.certificate_lowest(place, link) <= control;
        let usable = |datum: &&Datum| {
            known
                && datum.issued < control
                && self.datum_lowest(datum) <= control
                && (!narrowed || self.issuer_known(datum))
        };
        let revoked = |datum: &&Datum| datum.says.is_final();
        let newest =
            |of: &dyn Fn(&&Datum) -> bool| link.data.iter().filter(usable).filter(of).max_by_key(|datum| datum.issued);
        match newest(&revoked).or_else(|| newest(&|_| true)) {
            Some(datum) => Ok(Some(datum)),
            None if link.spared && !link.data.iter().any(|datum| revoked(&datum)) => Ok(None),
            None => Err(SubIndication::NoPoe),
        }
    }

    /// PSV steps 3 to 5, for one failure, the control time being no earlier than the signature.
    fn answers(&self, failure: &Failure) -> bool {
        let valid = self.chain.leaf().is_some_and(|leaf| within(leaf, self.existed));
        match failure.trouble {
            Trouble::Final => false,
            Trouble::IssuerOutside => valid && self.chain.issuers_lasted(self.existed),
            Trouble::AnchorEnded | Trouble::LeafOutside | Trouble::OnHold(_) => valid,
            Trouble::Revoked { leaf: true, .. } => valid,
            Trouble::Revoked { since, leaf: false } => valid && self.target_data_before(since),
            Trouble::Stale(place) => {
                let data = self.chain.links.get(place).map(|link| link.data.as_slice()).unwrap_or_default();
                valid && data.iter().any(|datum| fresh(datum, self.existed, self.policy))
            }
            Trouble::Weak(object, used) => self.policy.reliable(used).at(self.object_lowest(object)),
        }
    }

    /// Whether data about the signing certificate is proven to be older than its issuer's revocation.
    fn target_data_before(&self, since: Timestamp) -> bool {
        let Some(target) = self.chain.links.first() else { return false };
        target.skipped || target.data.iter().any(|datum| self.datum_lowest(datum) <= since)
    }

    fn object_lowest(&self, object: Object) -> Timestamp {
        let link = |place: usize| self.chain.links.get(place);
        match object {
            Object::Own => self.existed,
            Object::Certificate(place) => {
                link(place).map_or(Timestamp::MAX, |link| self.certificate_lowest(place, link))
            }
            Object::Datum(place) => {
                let datum = link(place).and_then(Link::decisive);
                datum.map_or(Timestamp::MAX, |datum| self.datum_lowest(datum))
            }
        }
    }
}
