//! From a certificate to an anchor: building and checking a path. VALIDATION 8.2 and 8.3 in part, XC-1 to XC-5 and XC-7.
//! Dates and revocation are judged apart, at the time that can be proven. Name and policy constraints are not judged
//! yet: a path that carries them is no trusted path here.

use jiff::Timestamp;

use crate::format::der::Oid;
use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::indication::SubIndication;
use crate::verify::policy::Mechanism;
use crate::verify::text::Finding;
use crate::verify::trust::Anchor;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::wording;

/// Purposes of a signer's certificate that fit minutes (VALIDATION 8.5); none at all fits too.
const SIGNING_PURPOSES: &[&str] = &[
    "2.5.29.37.0",
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.2.840.113583.1.1.5",
    "1.3.6.1.4.1.311.10.3.12",
    "1.3.6.1.5.5.7.3.2",
];
/// id-kp-timeStamping, the only purpose a time-stamping certificate may have (TS-10).
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
/// nameConstraints and policyConstraints: understood by the reader, not yet judged here.
const NOT_JUDGED: &[&str] = &["2.5.29.30", "2.5.29.36"];

/// What the certificate at the end of a path did (VALIDATION 8.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It signed for the purpose asked about: XC-4 and XC-5, or TS-10.
    #[default]
    Signer,
    /// It signed a CRL: cRLSign where keyUsage is stated.
    CrlIssuer,
    /// It signed OCSP answers: id-kp-OCSPSigning is stated.
    OcspResponder,
    /// Nothing that needs a right; what [`Demands`] says besides still holds.
    Unstated,
}

/// What is demanded of a path beyond what its certificates demand themselves; the default is nothing.
/// RFC 5280 6.1.1 names the first four.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// The policies one of which must hold (user-initial-policy-set); `None` is any.
    pub policies: Option<Vec<Oid>>,
    /// Some policy must hold (initial-explicit-policy).
    pub explicit_policy: bool,
    /// Policy mappings do not count (initial-policy-mapping-inhibit).
    pub inhibit_mapping: bool,
    /// anyPolicy does not count (initial-any-policy-inhibit).
    pub inhibit_any: bool,
    /// What the end certificate did.
    pub role: Role,
    /// Purposes that the end certificate's extendedKeyUsage must allow, where it has one.
    pub extended_key_usage: Vec<Oid>,
    /// Uses all of which its keyUsage must allow, where it has one.
    pub key_usage: Vec<KeyUsage>,
    /// CAs between the end certificate and the anchor, self-issued ones not counted; the budget holds besides.
    pub depth_max: Option<u32>,
    /// The moment that matters, where it is known: of several issuers one valid then is tried first. Excludes none.
    pub around: Option<Timestamp>,
}

/// Receipt: each certificate is signed by the next, the last is an anchor, and each may do what it did.
#[derive(Clone, Debug)]
pub struct TrustedPath {
    certificates: Vec<Certificate>,
    anchor: Option<Anchor>,
    warnings: Vec<Finding>,
}

impl TrustedPath {
    /// From the certificate asked about to the anchor.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Each certificate below the anchor with its issuer.
    pub fn links(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        self.certificates.iter().zip(self.certificates.iter().skip(1))
    }

    /// The earliest end of validity among the certificates below the anchor, or the anchor's own where it stands alone.
    pub fn ends(&self) -> Option<Timestamp> {
        let below = self.links().map(|(certificate, _)| certificate.not_after).min();
        below.or_else(|| self.certificates.first().map(|anchor| anchor.not_after))
    }

    /// What the certificates' own signatures rest on, the anchor's left out.
    pub fn mechanisms(&self) -> impl Iterator<Item = Mechanism> {
        self.links().flat_map(|(one, issuer)| Mechanism::of(&issuer.public_key, &one.signature_algorithm, None))
    }

    /// The anchor at its end.
    pub fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// Noticed, not decisive.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}

/// Why there is no trusted path.
#[derive(Clone, Debug)]
pub struct Untrusted {
    /// The standard's word.
    pub sub: SubIndication,
    /// What exactly.
    pub finding: Finding,
    /// The path that got furthest, from the certificate asked about.
    pub furthest: Vec<Certificate>,
}

/// Finds a path from a certificate to an anchor, trying the likeliest issuer first. The first of [`all`], with no
/// demands.
///
/// # Errors
/// As for [`all`].
pub fn find(
    certificate: &Certificate,
    pool: &[Certificate],
    trust: &Trust,
    purpose: Purpose,
    meter: &mut Meter,
) -> Result<TrustedPath, Untrusted> {
    let paths = all(certificate, pool, trust, purpose, &Demands::default(), meter)?;
    paths.into_iter().next().ok_or_else(|| unknown_issuer(std::slice::from_ref(certificate)))
}

/// Finds paths from a certificate to anchors, the best first, at most five: so that one that has expired or holds a
/// revoked certificate hides no other. Dates and revocation are not judged; everything else is. Never empty.
///
/// # Errors
/// `NO_CERTIFICATE_CHAIN_FOUND` where no anchor is reached, `CERTIFICATE_CHAIN_GENERAL_FAILURE` or
/// `CHAIN_CONSTRAINTS_FAILURE` where one is and a check fails. The path that got furthest is told.
pub fn all(
    certificate: &Certificate,
    pool: &[Certificate],
    trust: &Trust,
    purpose: Purpose,
    _demands: &Demands,
    meter: &mut Meter,
) -> Result<Vec<TrustedPath>, Untrusted> {
    meter.next_certificate();
    let mut search = Search { pool, trust, purpose, meter, path: vec![certificate.clone()], worst: None };
    if trust.anchor(certificate, purpose).is_some() || search.climb() {
        let certificates = search.path;
        return match end_entity(certificate, purpose) {
            Ok(warnings) => {
                let last = certificates.last();
                let anchor = trust.anchors().iter().find(|anchor| Some(&anchor.certificate) == last).cloned();
                Ok(vec![TrustedPath { certificates, anchor, warnings }])
            }
            Err((sub, finding)) => Err(Untrusted { sub, finding, furthest: certificates }),
        };
    }
    Err(search.worst.unwrap_or_else(|| unknown_issuer(std::slice::from_ref(certificate))))
}

/// A depth-first search with backtracking.
struct Search<'s> {
    pool: &'s [Certificate],
    trust: &'s Trust,
    purpose: Purpose,
    meter: &'s mut Meter,
    path: Vec<Certificate>,
    worst: Option<Untrusted>,
}

impl Search<'_> {
    /// Extends the path to an anchor, or leaves it as it was.
    fn climb(&mut self) -> bool {
        let Some(last) = self.path.last().cloned() else { return false };
        for anchor in self.trust.issuers_of(&last, self.purpose) {
            if !self.path.first().is_some_and(|leaf| anchor.vouches(self.purpose, leaf.not_before)) {
                self.remember(not_granted(&self.path));
            } else if self.step(&last, &anchor.certificate, true) {
                return true;
            }
        }
        let mut issuers: Vec<&Certificate> = self.pool.iter().filter(|known| known.subject == last.issuer).collect();
        issuers.sort_by_key(|issuer| (!names_key(&last, issuer), std::cmp::Reverse(issuer.not_before)));
        issuers.into_iter().any(|issuer| !self.repeats(issuer) && self.step(&last, issuer, false)) || self.ends_here()
    }

    /// One issuer: its signature, its right to issue, and the way on from it.
    fn step(&mut self, last: &Certificate, issuer: &Certificate, anchor: bool) -> bool {
        let deep = u32::try_from(self.path.len()).unwrap_or(u32::MAX) > self.meter.budget().path_length_max;
        if deep || self.meter.path().is_err() {
            self.remember(limit_met(&self.path));
            return false;
        }
        match issued(last, issuer, self.meter) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(_) => {
                self.remember(limit_met(&self.path));
                return false;
            }
        }
        self.path.push(issuer.clone());
        let below = self.path.iter().skip(1).rev().skip(1).filter(|ca| !ca.is_self_issued()).count();
        match may_issue(last, issuer, below, anchor) {
            Ok(()) if anchor || self.climb() => return true,
            Ok(()) => {}
            Err(finding) => self.remember(Untrusted {
                sub: SubIndication::CertificateChainGeneralFailure,
                finding,
                furthest: self.path.clone(),
            }),
        }
        self.path.pop();
        false
    }

    fn repeats(&self, issuer: &Certificate) -> bool {
        let same = |known: &Certificate| known.subject == issuer.subject && known.public_key == issuer.public_key;
        self.path.iter().any(same)
    }

    fn ends_here(&mut self) -> bool {
        self.remember(unknown_issuer(&self.path));
        false
    }

    /// A failure behind an anchor tells more than an unknown issuer, and a longer path more than a shorter one.
    fn remember(&mut self, failure: Untrusted) {
        let rank = |failure: &Untrusted| {
            (failure.sub == SubIndication::CertificateChainGeneralFailure, failure.furthest.len())
        };
        if self.worst.as_ref().is_none_or(|worst| rank(worst) < rank(&failure)) {
            self.worst = Some(failure);
        }
    }
}

fn unknown_issuer(path: &[Certificate]) -> Untrusted {
    let sub = SubIndication::NoCertificateChainFound;
    Untrusted { sub, finding: wording::reason(sub), furthest: path.to_vec() }
}

/// XC-18: the anchor was not believed for this when the certificate was issued (VALIDATION 8.5).
fn not_granted(path: &[Certificate]) -> Untrusted {
    let finding = Finding::new(
        "XC-18",
        "Utfärdaren var inte godkänd för detta ändamål när certifikatet utfärdades.",
        "The issuer was not trusted for this purpose when the certificate was issued.",
    );
    Untrusted { sub: SubIndication::NoCertificateChainFound, finding, furthest: path.to_vec() }
}

fn limit_met(path: &[Certificate]) -> Untrusted {
    let sub = SubIndication::CertificateChainGeneralFailure;
    Untrusted { sub, finding: wording::limit_met(), furthest: path.to_vec() }
}

/// Whether the authority key identifier points at this issuer's key. It orders, it never excludes.
fn names_key(certificate: &Certificate, issuer: &Certificate) -> bool {
    let wanted = certificate.extensions.authority_key_id.as_ref().and_then(|id| id.key_id.as_ref());
    wanted.is_some() && wanted == issuer.extensions.subject_key_id.as_ref()
}

/// XC-1: the issuer's key made the certificate's signature. Both stated algorithms must be the same (8.1).
///
/// # Errors
/// When the budget is spent.
pub fn issued(certificate: &Certificate, issuer: &Certificate, meter: &mut Meter) -> Result<bool, Exhausted> {
    let stated = &certificate.signature_algorithm;
    Ok(*stated == certificate.tbs_signature_algorithm
        && crypto::holds(&issuer.public_key, stated, certificate.tbs(), &certificate.signature, meter)?)
}

/// XC-2, XC-3, XC-7: whether a certificate may issue another, with `below` non-self-issued CAs under it.
fn may_issue(issued: &Certificate, issuer: &Certificate, below: usize, anchor: bool) -> Result<(), Finding> {
    understood(issued)?;
    let extensions = &issuer.extensions;
    let basic = extensions.basic_constraints.as_ref();
    if !anchor {
        understood(issuer)?;
    }
    // An anchor may be older than basicConstraints; one that says it is no CA, or is an ordinary certificate that
    // somebody chose to believe, vouches for itself and not for others.
    let may = basic.map_or(anchor && issuer.is_self_issued(), |basic| basic.ca);
    if !may {
        return Err(Finding::new(
            "XC-2",
            "En utfärdare i kedjan är ingen utfärdare.",
            "An issuer in the path is no CA.",
        ));
    }
    let allowed = basic.and_then(|basic| basic.path_len);
    if allowed.is_some_and(|allowed| u64::try_from(below).is_ok_and(|below| below > allowed)) {
        return Err(Finding::new(
            "XC-2",
            "Certifikatkedjan är längre än utfärdaren tillåter.",
            "The path is longer than its issuer allows.",
        ));
    }
    if extensions.key_usage.is_some_and(|usage| !usage.any(&[KeyUsage::KEY_CERT_SIGN])) {
        return Err(Finding::new(
            "XC-3",
            "Utfärdarens nyckel får inte utfärda certifikat.",
            "The issuer's key may not issue certificates.",
        ));
    }
    if let Some(constraint) = NOT_JUDGED.iter().find(|oid| extensions.find(oid).is_some()) {
        return Err(Finding::new(
            "XC-6",
            format!("Kedjan har villkor ({constraint}) som vi ännu inte bedömer."),
            format!("The path carries constraints ({constraint}) that are not judged yet."),
        ));
    }
    Ok(())
}

/// XC-7: nothing critical that we do not understand, nothing malformed or stated twice.
fn understood(certificate: &Certificate) -> Result<(), Finding> {
    let extensions = &certificate.extensions;
    let strange =
        extensions.unknown_critical.first().or(extensions.malformed.first()).or(extensions.duplicates.first());
    strange.map_or(Ok(()), |oid| {
        Err(Finding::new(
            "XC-7",
            format!("Ett certifikat har ett villkor ({oid}) som inte kan tolkas."),
            format!("A certificate has an extension ({oid}) that cannot be interpreted."),
        ))
    })
}

/// XC-4, XC-5: whether the certificate itself may do what it did. Gives what is noticed and not decisive.
fn end_entity(certificate: &Certificate, purpose: Purpose) -> Result<Vec<Finding>, (SubIndication, Finding)> {
    understood(certificate).map_err(|finding| (SubIndication::CertificateChainGeneralFailure, finding))?;
    let extensions = &certificate.extensions;
    let uses = [KeyUsage::NON_REPUDIATION, KeyUsage::DIGITAL_SIGNATURE];
    let constrained =
        |code, sv: &str, en: &str| Err((SubIndication::ChainConstraintsFailure, Finding::new(code, sv, en)));
    if extensions.key_usage.is_some_and(|usage| !usage.any(&uses)) {
        return constrained(
            "XC-4",
            "Certifikatets nyckel är inte till för underskrifter.",
            "The key is not meant for signatures.",
        );
    }
    let purposes = extensions.extended_key_usage.as_ref();
    let stated = |oid: &str| purposes.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose.as_str() == oid));
    match purpose {
        Purpose::BankId | Purpose::ValidationToken => Ok(Vec::new()),
        Purpose::Signature if purposes.is_none() || SIGNING_PURPOSES.iter().any(|oid| stated(oid)) => Ok(Vec::new()),
        Purpose::Signature => Ok(vec![Finding::new(
            "XC-5",
            "Certifikatets angivna ändamål nämner inte underskrifter.",
            "The certificate's stated purposes do not mention signatures.",
        )]),
        Purpose::Timestamp => {
            let only =
                purposes.is_some_and(|usage| usage.critical && usage.purposes.len() == 1) && stated(TIME_STAMPING);
            match only {
                true => Ok(Vec::new()),
                false => constrained(
                    "TS-10",
                    "Certifikatet är inte till för enbart tidsstämplar.",
                    "The certificate is not for timestamps alone.",
                ),
            }
        }
    }
}
