//! Revocation lists: whether one is acceptable for a certificate, and what it then says. VALIDATION 9.3, CL-1 to CL-9.

use crate::format::crl::Crl;
use crate::format::crl::Reason;
use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::policy::Mechanism;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Kind;
use crate::verify::revocation::Says;

/// CL-1 to CL-4 for direct, complete lists of the issuer itself.
pub(super) fn answer(
    list: &Crl,
    certificate: &Certificate,
    issuer: &Certificate,
    meter: &mut Meter,
) -> Result<Option<Datum>, Exhausted> {
    let ours = list.issuer == certificate.issuer && in_scope(list, certificate);
    let sound = list.unknown_critical.is_empty()
        && list.base_number.is_none()
        && list.signature_algorithm == list.tbs_signature_algorithm;
    let may = issuer.extensions.key_usage.is_none_or(|usage| usage.any(&[KeyUsage::CRL_SIGN]));
    if !ours || !sound || !may {
        return Ok(None);
    }
    meter.signature_check(issuer.public_key.key.len())?;
    let signed = crypto::verify(&issuer.public_key, &list.signature_algorithm, None, &[list.tbs()], &list.signature);
    if !signed.is_valid() {
        return Ok(None);
    }
    let Ok(found) = list.find(&certificate.issuer, &certificate.serial) else { return Ok(None) };
    // CL-8: expired certificates drop off lists that do not say they keep them.
    let forgotten = list.this_update > certificate.not_after
        && list.expired_certs_since.is_none_or(|since| since > certificate.not_after);
    if found.is_none() && forgotten {
        return Ok(None);
    }
    let says = match found.filter(|found| found.reason != Reason::RemoveFromCrl) {
        Some(found) => Says::Revoked { since: found.date, reason: found.reason, invalid_since: found.invalidity_date },
        None => Says::Good,
    };
    Ok(Some(Datum {
        kind: Kind::Crl,
        digest: crypto::sha256(&[list.der()]),
        with: Vec::new(),
        issued: list.this_update,
        produced: list.this_update,
        next: list.next_update,
        says,
        mechanisms: Mechanism::of(&issuer.public_key, &list.signature_algorithm, None),
        issuer: issuer.clone(),
        delegated: false,
        warnings: Vec::new(),
    }))
}

/// CL-3: whether the list speaks of this certificate and of all reasons.
fn in_scope(list: &Crl, certificate: &Certificate) -> bool {
    let Some(scope) = &list.scope else { return true };
    let ca = certificate.extensions.basic_constraints.as_ref().is_some_and(|basic| basic.ca);
    let point = scope.point.as_ref().is_none_or(|point| {
        let mut stated = certificate.extensions.crl_distribution_points.iter().flat_map(|known| known.urls());
        stated.any(|url| point.urls().any(|named| named == url))
    });
    let other_kind = if ca { scope.only_user_certs } else { scope.only_ca_certs };
    point && !other_kind && !scope.only_attribute_certs && !scope.indirect && scope.only_some_reasons.is_none()
}
