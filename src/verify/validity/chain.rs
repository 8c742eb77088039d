//! A path with its revocation data, and everything that is wrong with it at a moment. VALIDATION 3.5, XC-8 to XC-17.
//! All findings are kept: which of them later proofs can answer is the processes' to say (3.5, last paragraph).

use jiff::Timestamp;

use crate::format::authn::AuthnContexts;
use crate::format::crl::Reason;
use crate::format::x509::Certificate;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::indication::SubIndication;
use crate::verify::path;
use crate::verify::path::Demands;
use crate::verify::path::TrustedPath;
use crate::verify::path::Untrusted;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::policy::RevocationRule;
use crate::verify::proof::ObjectId;
use crate::verify::revocation;
use crate::verify::revocation::Context;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Says;
use crate::verify::revocation::Withdrawn;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;
use crate::verify::validity::words;
use crate::verify::wording;

/// What an algorithm was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// The signature or token itself: its value, digests and signed attributes.
    Own,
    /// The signature of the certificate at this place of the path.
    Certificate(usize),
    /// The revocation data about that certificate.
    Datum(usize),
}

/// What is wrong, in the terms in which later evidence may answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing can answer it.
    Final,
    /// Revoked since then (XC-10).
    Revoked {
        /// When the revocation took effect.
        since: Timestamp,
        /// The certificate asked about, not one above it.
        leaf: bool,
    },
    /// Suspended since then (XC-11).
    OnHold(Timestamp),
    /// The newest data about the certificate at this place is not fresh (XC-12).
    Stale(usize),
    /// An algorithm is no longer reliable (XC-13, XC-14, SAV-2).
    Weak(Object, Mechanism),
    /// The certificate asked about has expired or is not valid yet (XC-15).
    LeafOutside,
    /// So is one above it (XC-16), or whoever signed the revocation data (XC-17).
    IssuerOutside,
    /// The anchor was trusted until a day that has passed.
    AnchorEnded,
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The standard's word.
    pub sub: SubIndication,
    /// What exactly.
    pub finding: Finding,
    /// What may answer it.
    pub trouble: Trouble,
}

/// One certificate below the anchor, with what is known of its revocation.
#[derive(Clone, Debug)]
pub struct Link {
    /// The certificate.
    pub certificate: Certificate,
    /// Its identity.
    pub id: ObjectId,
    /// Acceptable data about it, newest first.
    pub data: Vec<Datum>,
    /// What its own signature rests on.
    pub mechanisms: Vec<Mechanism>,
    /// Its issuer gives no revocation data for it at all (RFC 9608).
    pub skipped: bool,
    /// The policy lets it pass where data is missing or old.
    pub spared: bool,
}

impl Link {
    /// Whether what decides is in force at a moment (3.4).
    pub fn is_fresh(&self, policy: &Policy, at: Timestamp) -> bool {
        self.decisive().is_some_and(|datum| fresh(datum, at, policy))
    }

    /// The datum that decides (9.4).
    pub fn decisive(&self) -> Option<&Datum> {
        revocation::choose(&self.data)
    }

    /// Revoked or suspended since, if the decisive datum says so.
    pub fn withdrawn(&self) -> Option<(Timestamp, Reason)> {
        let decisive = self.decisive()?.says.withdrawn()?;
        // Of several revocations the earliest counts.
        let finals = self.data.iter().map(|datum| datum.says).filter(|says| says.is_final());
        let others = finals.filter_map(Says::withdrawn);
        Some(others.min_by_key(|(since, _)| *since).unwrap_or(decisive))
    }
}

/// A trusted path with everything known about its certificates.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The path.
    pub path: TrustedPath,
    /// From the certificate asked about to the one the anchor issued.
    pub links: Vec<Link>,
    /// When the anchor stops being believed, if that is known.
    pub trusted_until: Option<Timestamp>,
    exhausted: bool,
}

impl Chain {
    /// Of each certificate below the anchor that it was revoked for good, and since when.
    pub fn revoked(&self) -> Vec<Option<Withdrawn>> {
        let withdrawn = self.links.iter().map(|link| link.withdrawn().filter(|_| !link.skipped));
        let for_good = |(_, reason): &(Timestamp, Reason)| *reason != Reason::CertificateHold;
        withdrawn.map(|one| one.filter(for_good).map(|(since, reason)| Withdrawn { since, reason })).collect()
    }

    /// Every path from a certificate to an anchor, likeliest first, each with its revocation data. `around`: the moment at
    /// which it mattered; of two issuers the one valid then comes first.
    ///
    /// # Errors
    /// Where there is no trusted path.
    pub fn all(
        certificate: &Certificate,
        pool: &[Certificate],
        purpose: Purpose,
        around: Timestamp,
        context: &Context<'_>,
        meter: &mut Meter,
    ) -> Result<Vec<Self>, Untrusted> {
        let demands = Demands { around: Some(around), ..Demands::default() };
        let paths = path::all(certificate, pool, context.trust, purpose, &demands, meter)?;
        Ok(paths.into_iter().map(|path| Self::examine(path, purpose, context, meter)).collect())
    }

    /// One path with its revocation data.
    pub fn examine(path: TrustedPath, purpose: Purpose, context: &Context<'_>, meter: &mut Meter) -> Self {
        let mut exhausted = false;
        let mut links = Vec::new();
        for (place, (certificate, issuer)) in path.links().enumerate() {
            // RFC 9608 4: the extension is for end entities; a CA that bears it is asked about like any other.
            let ca = certificate.extensions.basic_constraints.is_some_and(|basic| basic.ca);
            let skipped = certificate.extensions.no_rev_avail() && !ca;
            let data = if skipped { Ok(Vec::new()) } else { revocation::data(&path, place, context, meter) };
            exhausted |= data.is_err();
            links.push(Link {
                certificate: certificate.clone(),
                id: crypto::sha256(&[certificate.der()]),
                data: data.unwrap_or_default(),
                mechanisms: Mechanism::of(&issuer.public_key, &certificate.signature_algorithm, None),
                skipped,
                spared: spared(context.policy, certificate, place == 0),
            });
        }
        let trusted_until = path.anchor().and_then(|anchor| anchor.trusted_until(purpose));
        Self { path, links, trusted_until, exhausted }
    }

    /// Whether this certificate is the path's anchor.
    pub fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.path.certificates().last() == Some(certificate)
    }

    /// Whether no certificate below the anchor had ended at a moment.
    pub(super) fn issuers_lasted(&self, moment: Timestamp) -> bool {
        self.links.iter().all(|link| moment <= link.certificate.not_after)
    }

    /// Until when what was made with `own` can be verified by this chain alone: the earliest end of validity, of the
    /// anchor's trust and of the algorithms (VALIDATION 11, `renew_before`).
    pub fn holds_until(&self, own: &[Mechanism], policy: &Policy) -> Option<Timestamp> {
        let used = self.links.iter().flat_map(|link| &link.mechanisms).chain(own);
        let ends = used.filter_map(|used| policy.reliable(*used).until());
        self.path.ends().into_iter().chain(self.trusted_until).chain(ends).min()
    }

    /// The certificate asked about.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.path.certificates().first()
    }

    /// XCV at the validation time: all that is wrong, leaf first, the first decides.
    ///
    /// The order is that of 3.5 but for one thing: that a certificate has expired is told before its revocation data is
    /// called missing or stale, since no fresher data could settle it (table 1: `OUT_OF_BOUNDS_NO_POE`).
    pub fn failures(&self, policy: &Policy, now: Timestamp) -> Vec<Failure> {
        let mut failures = Vec::new();
        if self.trusted_until.is_some_and(|ended| ended < now) {
            failures.push(Failure::of(SubIndication::NoCertificateChainFoundNoPoe, Trouble::AnchorEnded));
        }
        if self.exhausted {
            let sub = SubIndication::CertificateChainGeneralFailure;
            failures.push(Failure { sub, finding: wording::limit_met(), trouble: Trouble::Final });
        }
        if self.links.is_empty() && !self.leaf().is_some_and(|anchor| within(anchor, now)) {
            failures.push(Failure::of(SubIndication::OutOfBoundsNotRevoked, Trouble::LeafOutside));
        }
        for (place, link) in self.links.iter().enumerate() {
            self.link_failures(place, link, policy, now, &mut failures);
        }
        failures
    }

    fn link_failures(&self, place: usize, link: &Link, policy: &Policy, now: Timestamp, failures: &mut Vec<Failure>) {
        let leaf = place == 0;
        let outside = !(link.certificate.not_before..=link.certificate.not_after).contains(&now);
        let decisive = link.decisive();
        let fresh = link.skipped || link.is_fresh(policy, now);
        match link.withdrawn() {
            Some((since, Reason::CertificateHold)) => {
                failures.push(Failure {
                    finding: words::on_hold(since),
                    ..Failure::of(SubIndication::TryLater, Trouble::OnHold(since))
                });
            }
            Some((since, _)) => {
                let sub = if leaf { SubIndication::RevokedNoPoe } else { SubIndication::RevokedCaNoPoe };
                failures.push(Failure {
                    sub,
                    finding: words::revoked(sub, since),
                    trouble: Trouble::Revoked { since, leaf },
                });
            }
            None => {}
        }
        if outside {
            let known = fresh && link.withdrawn().is_none();
            let (sub, trouble) = match (leaf, known) {
                (true, true) => (SubIndication::OutOfBoundsNotRevoked, Trouble::LeafOutside),
                (true, false) => (SubIndication::OutOfBoundsNoPoe, Trouble::LeafOutside),
                (false, _) => (SubIndication::OutOfBoundsNoPoe, Trouble::IssuerOutside),
            };
            let failure = Failure::of(sub, trouble);
            failures.push(if leaf { failure } else { Failure { finding: words::issuer_outside(), ..failure } });
        }
        if decisive.is_none() && !link.skipped && !link.spared {
            let sub = SubIndication::CertificateChainGeneralFailure;
            failures.push(Failure { sub, finding: words::no_data(), trouble: Trouble::Final });
        }
        if let Some(datum) = decisive
            && !link.spared
        {
            if !fresh {
                let failure = Failure::of(SubIndication::TryLater, Trouble::Stale(place));
                failures.push(Failure { finding: words::stale(datum), ..failure });
            }
            weak(&datum.mechanisms, Object::Datum(place), now, policy, failures);
            if !self.is_anchor(&datum.issuer) && !within(&datum.issuer, now) {
                failures.push(Failure::of(SubIndication::RevocationOutOfBoundsNoPoe, Trouble::IssuerOutside));
            }
        }
        weak(&link.mechanisms, Object::Certificate(place), now, policy, failures);
    }
}

/// 3.4: whether a datum was in force at a moment, by the policy's greatest age or by its own word.
pub(super) fn fresh(datum: &Datum, at: Timestamp, policy: &Policy) -> bool {
    match policy.revocation_max_age {
        Some(age) => at.checked_sub(age).is_ok_and(|oldest| datum.issued > oldest),
        None => revocation::fresh(datum, at),
    }
}

/// Whether a moment lies in a certificate's validity, both ends included.
pub(super) fn within(certificate: &Certificate, moment: Timestamp) -> bool {
    (certificate.not_before..=certificate.not_after).contains(&moment)
}

impl Failure {
    /// A failure in the words of its sub-indication.
    pub fn of(sub: SubIndication, trouble: Trouble) -> Self {
        Self { sub, finding: wording::reason(sub), trouble }
    }
}

/// One failure for each mechanism that is not reliable at a moment.
pub(super) fn weak(used: &[Mechanism], object: Object, at: Timestamp, policy: &Policy, failures: &mut Vec<Failure>) {
    for mechanism in used.iter().filter(|mechanism| !policy.reliable(**mechanism).at(at)) {
        let sub = SubIndication::CryptoConstraintsFailureNoPoe;
        let finding = words::weak(object, *mechanism, policy.reliable(*mechanism));
        failures.push(Failure { sub, finding, trouble: Trouble::Weak(object, *mechanism) });
    }
}

/// Whether the policy lets a certificate pass without (fresh) data: a signing service's single-use key, or a CA.
fn spared(policy: &Policy, certificate: &Certificate, leaf: bool) -> bool {
    match policy.revocation {
        RevocationRule::Required => false,
        RevocationRule::SingleUseKeysExempt => !leaf || attests_authentication(certificate),
        RevocationRule::IfAvailable => true,
    }
}

/// Whether the certificate's AuthnContext says how the signer was authenticated for this signature. An extension that
/// cannot be read, or is about something else, says nothing of a key that was used only once.
fn attests_authentication(certificate: &Certificate) -> bool {
    let contexts = certificate.authn_contexts().map(AuthnContexts::read);
    contexts.is_some_and(|read| read.is_ok_and(|contexts| contexts.saml().is_some()))
}
