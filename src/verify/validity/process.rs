//! The three processes of EN 319 102-1 over one signature or token: basic, with time, with archive material.
//! VALIDATION 4.1, 4.4 and 4.6. Failures are a set, so that none hides another; what a process cannot answer remains,
//! and the first that remains decides. Nothing leaves without the invariants of 4.10.

use jiff::Timestamp;

use crate::verify::indication::SubIndication;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::proof::Proofs;
use crate::verify::revocation::Context;
use crate::verify::text::Finding;
use crate::verify::text::Text;
use crate::verify::validity::chain::Chain;
use crate::verify::validity::chain::Failure;
use crate::verify::validity::chain::Object;
use crate::verify::validity::chain::Trouble;
use crate::verify::validity::chain::fresh;
use crate::verify::validity::chain::weak;
use crate::verify::validity::chain::within;
use crate::verify::validity::past::Past;
use crate::verify::validity::receipt::Assertion;
use crate::verify::validity::receipt::InTime;
use crate::verify::validity::receipt::NotRevoked;
use crate::verify::validity::receipt::Reliable;
use crate::verify::wording;

/// The process that gave the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Process {
    /// At the validation time alone (4.1).
    Basic,
    /// At a proven time (4.4).
    LongTerm,
    /// By proofs over the certificates and revocation data too (4.6).
    Archive,
}

impl Process {
    /// The name in the report: `Basic`, `LTVM`, `LTA`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::LongTerm => "LTVM",
            Self::Archive => "LTA",
        }
    }
}

/// What is asked about a certificate.
#[derive(Clone, Copy)]
pub struct Question<'q> {
    /// What the signature's or token's value, digests and signed attributes rest on.
    pub own: &'q [Mechanism],
    /// Not later than this, by a proof that passed.
    pub existed: Option<Timestamp>,
    /// Not earlier than this, by a content timestamp that passed; it can only make things worse (4.1).
    pub made_after: Option<Timestamp>,
    /// Whether what is asked about states the certificate's digest: then the certificate is as old as it is (4.3).
    pub bound: bool,
    /// A person's signature, for which a proven time settles things by itself (4.4); a token needs 4.6 step 5.
    pub signature: bool,
    /// Proofs of existence.
    pub proofs: &'q Proofs,
}

/// A certificate that was good when it mattered.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which process said so.
    pub process: Process,
    /// INV-1.
    pub in_time: InTime,
    /// INV-2, INV-3.
    pub not_revoked: NotRevoked,
    /// INV-4.
    pub reliable: Reliable,
}

/// No chain held: the one with the fewest failures, and these, the decisive one first.
#[derive(Clone, Debug)]
pub struct Unsettled<'c> {
    /// The chain.
    pub chain: Option<&'c Chain>,
    /// What remains unanswered.
    pub failures: Vec<Failure>,
}

/// Judges the candidate chains and gives the first that holds, or the one with the fewest failures with these.
///
/// # Errors
/// What remains unanswered of the best chain, the decisive one first.
pub fn settle<'c>(
    chains: &'c [Chain],
    question: Question<'_>,
    context: &Context<'_>,
) -> Result<(&'c Chain, Settled), Unsettled<'c>> {
    let mut best = Unsettled { chain: None, failures: Vec::new() };
    for chain in chains {
        match (Hearing { chain, question, context }).outcome() {
            Ok(settled) => return Ok((chain, settled)),
            Err(failures) if best.chain.is_none() || failures.len() < best.failures.len() => {
                best = Unsettled { chain: Some(chain), failures };
            }
            Err(_) => {}
        }
    }
    Err(best)
}

/// One chain before the processes.
struct Hearing<'h> {
    chain: &'h Chain,
    question: Question<'h>,
    context: &'h Context<'h>,
}

impl Hearing<'_> {
    fn policy(&self) -> &Policy {
        self.context.policy
    }

    fn existed(&self) -> Timestamp {
        self.question.existed.unwrap_or(self.question.proofs.now())
    }

    fn outcome(&self) -> Result<Settled, Vec<Failure>> {
        let now = self.question.proofs.now();
        let mut failures = self.chain.failures(self.policy(), now);
        weak(self.question.own, Object::Own, now, self.policy(), &mut failures);
        failures.iter_mut().for_each(|failure| self.worsen(failure));
        if self.question.existed.is_some() && self.chain.leaf().is_some_and(|leaf| self.existed() < leaf.not_before) {
            failures.insert(0, Failure::of(SubIndication::NotYetValid, Trouble::Final));
        }
        let basic =
            if self.question.existed.is_some() && self.question.signature { Process::LongTerm } else { Process::Basic };
        let (process, mut left) = match failures.is_empty() {
            true => (basic, failures),
            false => self.answered(failures),
        };
        if !left.is_empty() {
            // A failure that is final for good decides before one that later evidence could answer.
            left.sort_by_key(|failure| std::cmp::Reverse(failure.sub.indication()));
            return Err(left);
        }
        self.assert(process)
    }

    /// What remains of the failures after the processes that the proofs allow.
    fn answered(&self, failures: Vec<Failure>) -> (Process, Vec<Failure>) {
        let left: Vec<Failure> = match self.question.existed {
            Some(existed) if self.question.signature => {
                failures.into_iter().filter(|failure| !self.answered_by_time(failure, existed)).collect()
            }
            Some(_) | None => failures,
        };
        if left.is_empty() || !self.question.proofs.has_archive() {
            return (Process::LongTerm, left);
        }
        let (policy, proofs, evidence) = (self.policy(), self.question.proofs, self.context.evidence);
        let (existed, bound) = (self.existed(), self.question.bound);
        let past = Past { chain: self.chain, policy, proofs, evidence, existed, bound };
        (Process::Archive, past.unanswered(&left))
    }

    /// 4.4 steps 4 to 8.
    fn answered_by_time(&self, failure: &Failure, existed: Timestamp) -> bool {
        let valid = self.chain.leaf().is_some_and(|leaf| within(leaf, existed));
        match failure.trouble {
            Trouble::Revoked { since, .. } => since > existed && valid,
            Trouble::OnHold(since) => existed < since && valid,
            Trouble::Stale(place) => self.chain.links.get(place).is_some_and(|link| {
                link.data.iter().any(|datum| fresh(datum, existed, self.policy()) || datum.issued >= existed)
            }),
            Trouble::LeafOutside => valid,
            Trouble::Weak(Object::Own, used) => self.policy().reliable(used).at(existed),
            Trouble::Weak(Object::Certificate(_) | Object::Datum(_), _) => false,
            Trouble::Final | Trouble::IssuerOutside | Trouble::AnchorEnded => false,
        }
    }

    /// 4.1: with a content timestamp it is proven that the signature came after, and nothing can answer that.
    fn worsen(&self, failure: &mut Failure) {
        let Some(made_after) = self.question.made_after else { return };
        let sub = match failure.trouble {
            Trouble::Revoked { since, leaf: true } if made_after > since => SubIndication::Revoked,
            Trouble::LeafOutside if self.chain.leaf().is_some_and(|leaf| made_after > leaf.not_after) => {
                SubIndication::Expired
            }
            Trouble::Weak(Object::Own, used) if !self.policy().reliable(used).at(made_after) => {
                SubIndication::CryptoConstraintsFailure
            }
            Trouble::Revoked { .. } | Trouble::LeafOutside | Trouble::Weak(..) => return,
            Trouble::Final | Trouble::OnHold(_) | Trouble::Stale(_) | Trouble::IssuerOutside | Trouble::AnchorEnded => {
                return;
            }
        };
        *failure = Failure::of(sub, Trouble::Final);
    }

    /// 4.10. That one does not hold here is our mistake, or a rule stricter than the standard's: said as such.
    fn assert(&self, process: Process) -> Result<Settled, Vec<Failure>> {
        let (policy, proofs, evidence) = (self.policy(), self.question.proofs, self.context.evidence);
        let (existed, bound) = (self.existed(), self.question.bound);
        let assertion = Assertion { chain: self.chain, existed, bound, policy, proofs, evidence };
        let in_time = assertion.in_time().ok_or_else(|| violated("INV-1", SubIndication::OutOfBoundsNoPoe))?;
        let not_revoked = assertion.not_revoked().ok_or_else(|| violated("INV-3", SubIndication::TryLater))?;
        let reliable = assertion.reliable(self.question.own);
        let reliable = reliable.ok_or_else(|| violated("INV-4", SubIndication::CryptoConstraintsFailureNoPoe))?;
        Ok(Settled { process, in_time, not_revoked, reliable })
    }
}

fn violated(code: &'static str, sub: SubIndication) -> Vec<Failure> {
    let Text { sv, en } = wording::cause(sub);
    vec![Failure { sub, finding: Finding::new(code, sv, en), trouble: Trouble::Final }]
}
