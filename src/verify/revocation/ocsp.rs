//! OCSP answers: whether one is acceptable, and what it then says. VALIDATION 9.2, OC-1 to OC-12.

use jiff::Timestamp;

use crate::format::crl;
use crate::format::ocsp;
use crate::format::x509::Certificate;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::evidence::Evidence;
use crate::verify::path;
use crate::verify::policy::Mechanism;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Kind;
use crate::verify::revocation::Says;

/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// OC-1 to OC-9: the answer about this certificate, if the response is acceptable for it.
pub(super) fn answer(
    response: &ocsp::Response,
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &Evidence,
    meter: &mut Meter,
) -> Result<Option<Datum>, Exhausted> {
    let about = response.responses.iter().find(|single| asks_about(&single.cert_id, certificate, issuer));
    let Some(single) = about else { return Ok(None) };
    let strange = !response.unknown_critical.is_empty() || !single.unknown_critical.is_empty();
    let other = single.cert_hash.as_ref().is_some_and(|(oid, digest)| {
        let algorithm = DigestAlgorithm::from_oid(oid.as_str());
        algorithm.is_none_or(|algorithm| crypto::digest(algorithm, &[certificate.der()]) != *digest)
    });
    // OC-10: of a certificate that had expired, an answer says nothing unless its responder keeps records.
    let forgotten = single.this_update > certificate.not_after
        && single.archive_cutoff.is_none_or(|cutoff| cutoff > certificate.not_after)
        && single.cert_hash.is_none();
    let says = match &single.status {
        ocsp::CertStatus::Good if forgotten => return Ok(None),
        ocsp::CertStatus::Good => Says::Good,
        ocsp::CertStatus::Revoked { date, reason } => {
            let reason = reason.unwrap_or(crl::Reason::Unspecified);
            Says::Revoked { since: *date, reason, invalid_since: None }
        }
        ocsp::CertStatus::Unknown => return Ok(None),
    };
    if strange || other {
        return Ok(None);
    }
    let Some(responder) = answered_by_right(response, certificate, issuer, evidence, meter)? else { return Ok(None) };
    let delegated = responder.public_key != issuer.public_key;
    let mut mechanisms = Mechanism::of(&responder.public_key, &response.signature_algorithm, None);
    if delegated {
        mechanisms.extend(Mechanism::of(&issuer.public_key, &responder.signature_algorithm, None));
    }
    Ok(Some(Datum {
        kind: Kind::Ocsp,
        digest: crypto::sha256(&[response.der()]),
        with: Vec::new(),
        issued: single.this_update,
        produced: response.produced_at,
        next: single.next_update,
        says,
        mechanisms,
        issuer: responder.clone(),
        delegated,
        warnings: Vec::new(),
    }))
}

/// OC-2: the digests are those of this very issuer.
fn asks_about(asked: &ocsp::CertId, certificate: &Certificate, issuer: &Certificate) -> bool {
    let Some(algorithm) = DigestAlgorithm::from_oid(asked.digest_algorithm.as_str()) else { return false };
    asked.serial == certificate.serial
        && asked.issuer_name_digest == crypto::digest(algorithm, &[issuer.subject.raw()])
        && asked.issuer_key_digest == crypto::digest(algorithm, &[&issuer.public_key.key])
}

/// OC-1, OC-3 to OC-5, OC-11 in part: signed by the issuer, or by a delegate that the issuer's key made. Whose right it
/// is comes first: a stranger's key may be as long as he likes.
fn answered_by_right<'c>(
    response: &'c ocsp::Response,
    certificate: &Certificate,
    issuer: &'c Certificate,
    evidence: &'c Evidence,
    meter: &mut Meter,
) -> Result<Option<&'c Certificate>, Exhausted> {
    let named = |candidate: &&Certificate| match &response.responder {
        ocsp::ResponderId::Name(name) => candidate.subject == *name,
        ocsp::ResponderId::KeyHash(digest) => {
            crypto::digest(DigestAlgorithm::Sha1, &[&candidate.public_key.key]) == *digest
        }
    };
    let delegates = response.certificates.iter().chain(evidence.certificates());
    for candidate in std::iter::once(issuer).chain(delegates).filter(named) {
        if candidate.public_key != issuer.public_key {
            if candidate == certificate || !may_answer(candidate, response.produced_at) {
                continue;
            }
            meter.signature_check(issuer.public_key.key.len())?;
            if !path::issued(candidate, issuer) {
                continue;
            }
        }
        let (key, algorithm) = (&candidate.public_key, &response.signature_algorithm);
        meter.signature_check(key.key.len())?;
        if crypto::verify(key, algorithm, None, &[response.tbs()], &response.signature).is_valid() {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// A delegate answers with the purpose stated and within its validity.
fn may_answer(delegate: &Certificate, at: Timestamp) -> bool {
    let purposes = delegate.extensions.extended_key_usage.as_ref();
    let stated = purposes.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose.as_str() == OCSP_SIGNING));
    stated && (delegate.not_before..=delegate.not_after).contains(&at)
}
