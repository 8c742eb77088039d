//! Building: every way from a certificate up to an anchor, likeliest first, within the budget. VALIDATION 8.2, LIM-6.
//! Depth first and with backtracking; the order depends on the certificates alone, never on where they were found.

use crate::format::x509::Certificate;
use crate::format::x509::GeneralName;
use crate::verify::budget::Meter;
use crate::verify::crypto::Outcome;
use crate::verify::indication::SubIndication;
use crate::verify::text::Finding;
use crate::verify::trust::Anchor;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::wording;
use std::cmp::Reverse;

use super::Demands;
use super::Untrusted;
use super::rules;
use super::signed;

/// How far a path got: of several that fail, the furthest tells why.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Nobody known issued the last certificate.
    Unknown,
    /// Somebody did, and may not.
    Broken,
    /// An anchor was reached, and the path as a whole breaks a rule.
    Whole,
    /// The budget was spent, so nobody knows.
    Limit,
}

/// A way up: from the certificate asked about to its anchor.
pub(super) type Way<'s> = (Vec<&'s Certificate>, &'s Anchor);

/// A path in the making, and what came of those before it.
pub(super) struct Search<'s> {
    known: Known<'s>,
    demands: &'s Demands,
    meter: &'s mut Meter,
    wanted: usize,
    path: Vec<&'s Certificate>,
    found: Vec<Way<'s>>,
    worst: Option<(Reach, Untrusted)>,
    spent: bool,
}

/// Where issuers may be found, and what for.
#[derive(Clone, Copy)]
pub(super) struct Known<'s> {
    pub(super) pool: &'s [Certificate],
    pub(super) trust: &'s Trust,
    pub(super) purpose: Purpose,
}

/// Somebody who bears the name of a certificate's issuer.
struct Candidate<'s> {
    certificate: &'s Certificate,
    anchor: Option<&'s Anchor>,
}

impl<'s> Search<'s> {
    /// Nothing looked for yet.
    pub(super) fn new(known: Known<'s>, demands: &'s Demands, wanted: usize, meter: &'s mut Meter) -> Self {
        let (path, found) = (Vec::new(), Vec::new());
        Self { known, demands, meter, wanted, path, found, worst: None, spent: false }
    }

    /// All ways up that hold, as many as wanted, the best first; or why there is none.
    pub(super) fn from(mut self, certificate: &'s Certificate) -> Result<Vec<Way<'s>>, Untrusted> {
        self.meter.next_certificate();
        self.path.push(certificate);
        match self.known.trust.anchor(certificate, self.known.purpose) {
            Some(anchor) => self.arrive(anchor),
            None => self.climb(certificate),
        }
        match self.worst {
            Some((_, worst)) if self.found.is_empty() => Err(worst),
            Some(_) | None => Ok(self.found),
        }
    }

    /// Tries every issuer of the path's last certificate.
    fn climb(&mut self, last: &'s Certificate) {
        for candidate in self.candidates(last) {
            if self.spent || self.found.len() >= self.wanted {
                return;
            }
            self.step(last, &candidate);
        }
        let sub = SubIndication::NoCertificateChainFound;
        self.remember(Reach::Unknown, sub, wording::reason(sub));
    }

    /// One issuer: its signature, its right to issue, and the way on from it.
    fn step(&mut self, last: &'s Certificate, candidate: &Candidate<'s>) {
        let Candidate { certificate: issuer, anchor } = *candidate;
        if self.repeats(candidate) {
            return;
        }
        let length = self.path.len() + usize::from(anchor.is_none());
        if u32::try_from(length).is_ok_and(|length| length <= self.meter.budget().path_length_max) {
            self.try_under(last, issuer, anchor);
        } else {
            self.remember(Reach::Limit, SubIndication::CertificateChainGeneralFailure, wording::limit_met());
        }
    }

    fn try_under(&mut self, last: &'s Certificate, issuer: &'s Certificate, anchor: Option<&'s Anchor>) {
        match self.signatures(issuer, anchor.is_some()) {
            Some(Outcome::Valid { .. }) => {}
            Some(Outcome::Invalid) => {
                // One of the same name may be another; an anchor whose very key is named is not.
                if anchor.is_some() && names_key(last, issuer) {
                    self.remember(Reach::Broken, SubIndication::CertificateChainGeneralFailure, not_signed());
                }
                return;
            }
            Some(Outcome::Unsupported(what)) => {
                self.remember(Reach::Broken, SubIndication::CryptoConstraintsFailureNoPoe, not_computed(&what));
                return;
            }
            None => {
                self.spent = true;
                self.remember(Reach::Limit, SubIndication::CertificateChainGeneralFailure, wording::limit_met());
                return;
            }
        }
        self.path.push(issuer);
        match (rules::may_issue(&self.path, anchor.is_some(), self.demands), anchor) {
            (Ok(()), Some(anchor)) => self.arrive(anchor),
            (Ok(()), None) => self.climb(issuer),
            (Err(finding), _) => {
                self.remember(Reach::Broken, SubIndication::CertificateChainGeneralFailure, finding);
            }
        }
        self.path.pop();
    }

    /// XC-1: what comes of the last certificate's signature by this issuer, and of those below that waited for it. `None`:
    /// the budget is spent.
    ///
    /// A DSA key may have its parameters from its issuer (8.3 step 4): what it signed is computed when somebody further up
    /// has given them, at the anchor at the latest.
    fn signatures(&mut self, issuer: &'s Certificate, anchor: bool) -> Option<Outcome> {
        self.meter.path().ok()?;
        if issuer.public_key.inherits_parameters() && !anchor {
            return Some(Outcome::Valid { quirk: None });
        }
        let mut issuer = issuer.clone();
        for certificate in self.path.iter().rev() {
            let outcome = signed(certificate, &issuer, self.meter).ok()?;
            if !outcome.is_valid() || !certificate.public_key.inherits_parameters() {
                return Some(outcome);
            }
            issuer = certificate.under(&issuer);
        }
        Some(Outcome::Valid { quirk: None })
    }

    /// The path ends in an anchor: it is judged as a whole, from there down.
    fn arrive(&mut self, anchor: &'s Anchor) {
        // XC-18: another service's status at issuance is no matter of one that is an anchor itself.
        let below = self.path.first().filter(|_| self.path.len() > 1);
        if below.is_some_and(|certificate| !anchor.vouches(self.known.purpose, certificate.not_before)) {
            self.remember(Reach::Broken, SubIndication::NoCertificateChainFound, not_granted());
            return;
        }
        let Err(finding) = rules::whole(&self.path, self.demands, self.meter) else {
            self.found.push((self.path.clone(), anchor));
            return;
        };
        let reach = if finding == wording::limit_met() { Reach::Limit } else { Reach::Whole };
        self.remember(reach, SubIndication::CertificateChainGeneralFailure, finding);
    }

    /// Everybody of the issuer's name, the likeliest first.
    fn candidates(&self, last: &'s Certificate) -> Vec<Candidate<'s>> {
        let (Known { pool, trust, purpose }, around) = (self.known, self.demands.around);
        let anchors = trust.issuers_of(last, purpose);
        let anchors = anchors.map(|anchor| Candidate { certificate: &anchor.certificate, anchor: Some(anchor) });
        let known = pool.iter().filter(|known| known.subject == last.issuer);
        let known = known.map(|certificate| Candidate { certificate, anchor: None });
        let mut candidates: Vec<Candidate<'s>> = anchors.chain(known).collect();
        candidates.sort_by_cached_key(|candidate| {
            let issuer = candidate.certificate;
            let valid = around.is_none_or(|around| (issuer.not_before..=issuer.not_after).contains(&around));
            let unlike = [candidate.anchor.is_none(), !names_key(last, issuer), !names_number(last, issuer), !valid];
            (unlike, Reverse(issuer.not_before), issuer.der())
        });
        // An anchor may itself have been issued under another, and stand in the pool too.
        candidates.dedup_by_key(|candidate| (candidate.anchor.is_some(), candidate.certificate));
        candidates
    }

    /// A name comes with one key only once, so that cycles end; the anchor's own copy is no step towards it.
    fn repeats(&self, candidate: &Candidate<'_>) -> bool {
        let issuer = candidate.certificate;
        let alike = |known: &Certificate| known.subject == issuer.subject && known.public_key == issuer.public_key;
        self.path.iter().any(|known| if candidate.anchor.is_some() { *known == issuer } else { alike(known) })
    }

    /// Of failures the one that got further tells more, then that of the longer path.
    fn remember(&mut self, reach: Reach, sub: SubIndication, finding: Finding) {
        let known = self.worst.as_ref().map(|(reach, worst)| (*reach, worst.furthest.len()));
        if known.is_none_or(|known| known < (reach, self.path.len())) {
            let furthest = self.path.iter().copied().cloned().collect();
            self.worst = Some((reach, Untrusted { sub, finding, furthest }));
        }
    }
}

/// Whether the authority key identifier points at this issuer's key. It orders, it never excludes.
fn names_key(certificate: &Certificate, issuer: &Certificate) -> bool {
    let wanted = certificate.extensions.authority_key_id.as_ref().and_then(|id| id.key_id.as_ref());
    wanted.is_some() && wanted == issuer.extensions.subject_key_id.as_ref()
}

/// Whether it points at this issuer's certificate, by issuer and number. It orders, it never excludes.
fn names_number(certificate: &Certificate, issuer: &Certificate) -> bool {
    let Some(id) = certificate.extensions.authority_key_id.as_ref() else { return false };
    let named = |name: &GeneralName| matches!(name, GeneralName::Directory(name) if *name == issuer.issuer);
    id.serial.as_ref() == Some(&issuer.serial) && id.issuer.iter().any(named)
}

/// XC-18 (8.5).
fn not_granted() -> Finding {
    Finding::new(
        "XC-18",
        "Utfärdaren var inte godkänd för detta ändamål när certifikatet utfärdades.",
        "The issuer was not trusted for this purpose when the certificate was issued.",
    )
}

fn not_signed() -> Finding {
    Finding::new(
        "XC-1",
        "Ett certifikat i kedjan är inte undertecknat av den utfärdare som det anger.",
        "A certificate in the path is not signed by the issuer that it names.",
    )
}

fn not_computed(what: &str) -> Finding {
    Finding::new(
        "XC-1",
        format!("Ett certifikat i kedjan är undertecknat med en metod som vi inte kan kontrollera ({what})."),
        format!("A certificate in the path is signed with a method that we cannot check ({what})."),
    )
}
