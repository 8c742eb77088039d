//! From a certificate to an anchor: building and checking paths. VALIDATION 8 and 3.5, XC-1 to XC-7; RFC 5280 6.1.
//! Dates and revocation are judged apart, at the time that can be proven.

use jiff::Timestamp;

use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::crypto::Outcome;
use crate::verify::indication::SubIndication;
use crate::verify::policy::Mechanism;
use crate::verify::text::Finding;
use crate::verify::trust::Anchor;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::wording;

mod names;
mod policies;
mod rules;
mod search;

use self::search::Known;
use self::search::Search;
use self::search::Way;

/// Paths that [`all`] gives at most.
const PATHS_GIVEN_MAX: usize = 5;

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
    /// The policies (dotted) that count, where a policy is needed at all (user-initial-policy-set); `None` is any.
    pub policies: Option<Vec<String>>,
    /// Some policy must hold (initial-explicit-policy).
    pub explicit_policy: bool,
    /// Policy mappings do not count (initial-policy-mapping-inhibit).
    pub inhibit_mapping: bool,
    /// anyPolicy does not count (initial-any-policy-inhibit).
    pub inhibit_any: bool,
    /// What the end certificate did.
    pub role: Role,
    /// Purposes (dotted) all of which the end certificate's extendedKeyUsage must allow, where it has one.
    pub extended_key_usage: Vec<String>,
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

/// Finds a path from a certificate to an anchor: the first that [`all`] would give, with no demands.
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
    let demands = Demands::default();
    let ways = Search::new(Known { pool, trust, purpose }, &demands, 1, meter).from(certificate)?;
    let path = receipts(ways, purpose, &demands)?.into_iter().next();
    path.ok_or_else(|| unknown_issuer(certificate))
}

/// Finds paths from a certificate to anchors, the best first, at most five: so that one which has expired or holds a
/// revoked certificate hides no other. Dates and revocation are not judged here.
///
/// # Errors
/// `NO_CERTIFICATE_CHAIN_FOUND` where no anchor is reached; `CERTIFICATE_CHAIN_GENERAL_FAILURE`,
/// `CHAIN_CONSTRAINTS_FAILURE` or `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` where one is, or would be, and a check fails. The
/// path that got furthest is told.
pub fn all(
    certificate: &Certificate,
    pool: &[Certificate],
    trust: &Trust,
    purpose: Purpose,
    demands: &Demands,
    meter: &mut Meter,
) -> Result<Vec<TrustedPath>, Untrusted> {
    let ways = Search::new(Known { pool, trust, purpose }, demands, PATHS_GIVEN_MAX, meter).from(certificate)?;
    receipts(ways, purpose, demands)
}

/// XC-4, XC-5: a path is one only for a certificate that may do what it did.
fn receipts(ways: Vec<Way<'_>>, purpose: Purpose, demands: &Demands) -> Result<Vec<TrustedPath>, Untrusted> {
    let receipt = |(path, anchor): Way<'_>| {
        let certificates = with_inherited_keys(&path);
        let fit = path.first().map_or(Ok(Vec::new()), |certificate| rules::end_entity(certificate, purpose, demands));
        let mut warnings = match fit {
            Ok(warnings) => warnings,
            Err((sub, finding)) => return Err(Untrusted { sub, finding, furthest: certificates }),
        };
        let below = path.len().saturating_sub(1);
        warnings.extend(rules::noticed(path.get(..below).unwrap_or_default()));
        Ok(TrustedPath { certificates, anchor: Some(anchor.clone()), warnings })
    };
    ways.into_iter().map(receipt).collect()
}

/// The certificates of a path, each with the parameters that its key has from above.
fn with_inherited_keys(path: &[&Certificate]) -> Vec<Certificate> {
    let mut above: Option<Certificate> = None;
    let mut certificates: Vec<Certificate> = Vec::with_capacity(path.len());
    for certificate in path.iter().rev() {
        let own = above.as_ref().map_or_else(|| Certificate::clone(certificate), |above| certificate.under(above));
        above = Some(own.clone());
        certificates.push(own);
    }
    certificates.reverse();
    certificates
}

fn unknown_issuer(certificate: &Certificate) -> Untrusted {
    let sub = SubIndication::NoCertificateChainFound;
    Untrusted { sub, finding: wording::reason(sub), furthest: vec![certificate.clone()] }
}

/// XC-1: whether the issuer's key made the certificate's signature. Both stated algorithms must be the same (8.1).
///
/// # Errors
/// When the budget is spent.
pub fn issued(certificate: &Certificate, issuer: &Certificate, meter: &mut Meter) -> Result<bool, Exhausted> {
    signed(certificate, issuer, meter).map(|outcome| outcome.is_valid())
}

fn signed(certificate: &Certificate, issuer: &Certificate, meter: &mut Meter) -> Result<Outcome, Exhausted> {
    let algorithm = &certificate.signature_algorithm;
    if *algorithm != certificate.tbs_signature_algorithm {
        return Ok(Outcome::Invalid);
    }
    meter.verify(&issuer.public_key, algorithm, certificate.tbs(), &certificate.signature)
}
