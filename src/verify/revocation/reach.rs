//! Whether a revocation list speaks of a certificate, and of which reasons. CL-2 and CL-3; RFC 5280 6.3.3 (b) and (d).

use std::borrow::Cow;

use crate::format::crl::Crl;
use crate::format::x509::Certificate;
use crate::format::x509::DistributionPoint;
use crate::format::x509::GeneralName;

/// Every reason flag there is (RFC 5280 4.2.1.13): bits 1 to 8.
pub(super) const EVERY_REASON: u16 = 0b1_1111_1110;

/// The reasons for which the list speaks of the certificate; none where it does not speak of it.
pub(super) fn reasons(list: &Crl, certificate: &Certificate) -> u16 {
    // RFC 5280 6.3.3, last step: the issuer's own lists count even where no distribution point names them.
    let own = DistributionPoint {
        names: vec![GeneralName::Directory(certificate.issuer.clone())],
        ..DistributionPoint::default()
    };
    let stated = &certificate.extensions.crl_distribution_points;
    let points = stated.iter().chain(std::iter::once(&own));
    if !of_kind(list, certificate) {
        return 0;
    }
    points.filter(|point| is_for(list, point, certificate)).fold(0, |sum, point| {
        let some = list.scope.as_ref().and_then(|scope| scope.only_some_reasons);
        sum | (some.unwrap_or(EVERY_REASON) & point.reasons.unwrap_or(EVERY_REASON) & EVERY_REASON)
    })
}

/// onlyContainsUserCerts, CACerts, AttributeCerts.
fn of_kind(list: &Crl, certificate: &Certificate) -> bool {
    let Some(scope) = &list.scope else { return true };
    let ca = certificate.extensions.basic_constraints.is_some_and(|basic| basic.ca);
    let excluded = if ca { scope.only_user_certs } else { scope.only_ca_certs };
    !excluded && !scope.only_attribute_certs
}

/// Whether the list is one for this distribution point: issued by whom it names, for a name it has.
fn is_for(list: &Crl, point: &DistributionPoint, certificate: &Certificate) -> bool {
    let issuer = match point.crl_issuer.as_slice() {
        [] => (list.issuer == certificate.issuer).then_some(&certificate.issuer),
        named => {
            let indirect = list.scope.as_ref().is_some_and(|scope| scope.indirect);
            let issuer = GeneralName::Directory(list.issuer.clone());
            (indirect && named.contains(&issuer)).then_some(&list.issuer)
        }
    };
    let Some(issuer) = issuer else { return false };
    let Some(stated) = list.scope.as_ref().and_then(|scope| scope.point.as_ref()) else { return true };
    let stated = stated.names_under(&list.issuer);
    let known: Cow<'_, [GeneralName]> = match point.names_under(issuer) {
        none if none.is_empty() => Cow::Borrowed(&point.crl_issuer),
        names => Cow::Owned(names),
    };
    stated.iter().any(|name| known.contains(name))
}
