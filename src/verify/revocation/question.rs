//! One question: what is said of a certificate; and the questions it raises about whoever says it. OC-11, CL-4.

use jiff::Timestamp;

use crate::format::crl::Reason;
use crate::format::x509::Certificate;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::policy::Mechanism;
use crate::verify::policy::RevocationRule;
use crate::verify::revocation::Context;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Says;
use crate::verify::revocation::choose;
use crate::verify::revocation::fresh;
use crate::verify::revocation::list;
use crate::verify::revocation::newest_first;
use crate::verify::revocation::ocsp;
use crate::verify::text::Finding;

/// A certificate asked about.
#[derive(Clone, Copy)]
pub(super) struct Question<'q> {
    /// The certificate.
    pub(super) certificate: &'q Certificate,
    /// Its issuer.
    pub(super) issuer: &'q Certificate,
    /// Its issuer and so on to the anchor.
    pub(super) above: &'q [Certificate],
    /// What is known.
    pub(super) context: &'q Context<'q>,
    /// The question whose answer waits for this one.
    waiting: Option<&'q Self>,
}

/// What is known of a signer of revocation data.
pub(super) enum Standing {
    /// It was good when it signed, on the strength of these.
    Good(Vec<Mechanism>),
    /// Nothing acceptable says so.
    Unknown,
    /// It was revoked when it signed, or its key was in other hands.
    Revoked,
}

impl<'q> Question<'q> {
    /// The question about the first certificate of a chain. `None` about an anchor.
    pub(super) fn new(chain: &'q [Certificate], context: &'q Context<'q>) -> Option<Self> {
        let (certificate, above) = chain.split_first()?;
        Some(Self { certificate, issuer: above.first()?, above, context, waiting: None })
    }

    /// All acceptable data, newest first.
    pub(super) fn ask(&self, meter: &mut Meter) -> Result<Vec<Datum>, Exhausted> {
        let mut data = list::answers(self, meter)?;
        for response in self.context.evidence.ocsp_responses() {
            data.extend(ocsp::answers(response, self, meter)?);
        }
        newest_first(&mut data);
        Ok(data)
    }

    /// Whether something known right at a moment can be about the certificate: not from the future, nor from before it
    /// was (OC-6, CL-1, CL-9).
    pub(super) fn in_time(&self, issued: Timestamp, next: Option<Timestamp>) -> bool {
        let (policy, now) = (self.context.policy, self.context.now);
        issued <= policy.latest(now) && issued >= self.certificate.not_before && next.is_none_or(|next| next >= issued)
    }

    /// OC-10, CL-8: whether, at a moment, the certificate had been dropped from the records. `kept`: they say that they
    /// keep certificates that expired since then; a trust list may say it of the issuer too.
    pub(super) fn forgotten(&self, issued: Timestamp, kept: Option<Timestamp>) -> bool {
        let mut anchors = self.context.trust.anchors().iter();
        let listed = anchors.find(|anchor| anchor.certificate == *self.issuer);
        let listed = listed.and_then(|anchor| anchor.keeps_expired_since);
        let end = self.certificate.not_after;
        issued > end && kept.into_iter().chain(listed).all(|since| since > end)
    }

    /// What is known of a signer that signed at a moment, and of those between it and this question's path.
    pub(super) fn standing(
        &self,
        signer: &[Certificate],
        at: Timestamp,
        meter: &mut Meter,
    ) -> Result<Standing, Exhausted> {
        let mut mechanisms = Vec::new();
        let lenient = self.context.policy.revocation == RevocationRule::IfAvailable;
        for place in 0..signer.len() {
            let Some(mut further) = Question::new(signer.get(place..).unwrap_or_default(), self.context) else { break };
            // What stands on the path itself is asked about by whoever judges the path.
            if self.above.contains(further.certificate) {
                break;
            }
            mechanisms.extend(signed_with(further.certificate, further.issuer));
            if place == 0 && self.is_answered_by_itself(further.certificate) {
                continue;
            }
            further.waiting = Some(self);
            let depth = usize::try_from(meter.budget().revocation_depth_max).unwrap_or(usize::MAX);
            if self.awaits(further.certificate) || further.depth() > depth {
                return Ok(Standing::Unknown);
            }
            match choose(&further.ask(meter)?) {
                Some(Datum { says, .. })
                    if says.withdrawn().is_some_and(|(since, reason)| since <= at || reaches_back(reason)) =>
                {
                    return Ok(Standing::Revoked);
                }
                Some(datum) if datum.says == Says::Good && (lenient || fresh(datum, at) || datum.issued >= at) => {
                    mechanisms.extend(datum.mechanisms.iter().copied());
                }
                None if lenient => {}
                Some(_) | None => return Ok(Standing::Unknown),
            }
        }
        Ok(Standing::Good(mechanisms))
    }

    /// CL-4: a CRL signer that is listed only on its own list is not asked about for ever; nor is a key that its own
    /// CA changed to.
    fn is_answered_by_itself(&self, signer: &Certificate) -> bool {
        signer == self.certificate && (self.waiting.is_some() || signer.is_self_issued())
    }

    /// Whether this or an earlier question is about the certificate: its answer would rest on itself.
    fn awaits(&self, certificate: &Certificate) -> bool {
        let mut questions = std::iter::successors(Some(self), |question| question.waiting);
        questions.any(|question| question.certificate == certificate)
    }

    fn depth(&self) -> usize {
        std::iter::successors(self.waiting, |question| question.waiting).count()
    }
}

/// What a certificate's own signature rests on.
fn signed_with(certificate: &Certificate, issuer: &Certificate) -> Vec<Mechanism> {
    Mechanism::of(&issuer.public_key, &certificate.signature_algorithm, None)
}

/// Whether the key may have been in other hands before the date that is stated.
pub(super) fn reaches_back(reason: Reason) -> bool {
    match reason {
        Reason::KeyCompromise | Reason::CaCompromise | Reason::AaCompromise => true,
        Reason::Unspecified
        | Reason::AffiliationChanged
        | Reason::Superseded
        | Reason::CessationOfOperation
        | Reason::CertificateHold
        | Reason::RemoveFromCrl
        | Reason::PrivilegeWithdrawn => false,
    }
}

/// The signer's own standing is not known; what it says is kept only because it says revoked.
pub(super) fn doubtful() -> Finding {
    Finding::new(
        "OC-11",
        "Den som uppger spärren kunde inte själv kontrolleras mot spärruppgifter.",
        "Whoever states the revocation could not itself be checked against revocation data.",
    )
}
