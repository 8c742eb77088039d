//! Was the certificate withdrawn? Judged from CRLs and OCSP answers that are there. VALIDATION 3.4, 9.2–9.4 in part:
//! direct CRLs and OCSP answers of the issuer or its delegate; indirect, partitioned and delta CRLs are not used yet.

use jiff::Timestamp;

use crate::format::authn::AuthnContexts;
use crate::format::crl;
use crate::format::crl::Crl;
use crate::format::ocsp;
use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::evidence::Evidence;
use crate::verify::indication::SubIndication;
use crate::verify::path;
use crate::verify::path::TrustedPath;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::policy::RevocationRule;
use crate::verify::text::Finding;
use crate::verify::wording;

/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// Receipt: nothing at hand says that a certificate of the path was revoked when it mattered, and the policy's demand
/// for data is met.
#[derive(Clone, Debug)]
pub struct NotRevoked {
    limitations: Vec<Finding>,
}

impl NotRevoked {
    /// What was not looked at, and why the policy lets it pass. Always shown.
    pub fn limitations(&self) -> &[Finding] {
        &self.limitations
    }
}

/// The moment a path is judged at.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The validation time; data from later than this is not used.
    pub now: Timestamp,
    /// When the signature is proven to have existed; `now` where nothing proves it.
    pub existed: Timestamp,
}

/// What acceptable data says about one certificate.
enum Status {
    /// No acceptable data.
    Silent,
    /// Good by data that is fresh at the moment in question, or issued after it.
    Good,
    /// Good by data that had run out, or was issued, before the moment in question.
    LastKnownGood,
    /// Revoked since then.
    Revoked(Withdrawn),
}

#[derive(Clone, Copy)]
struct Withdrawn {
    since: Timestamp,
    reason: crl::Reason,
}

/// One acceptable datum's answer, with what freshness needs.
struct Answer {
    issued: Timestamp,
    next: Option<Timestamp>,
    withdrawn: Option<Withdrawn>,
    mechanisms: Vec<Mechanism>,
}

/// Judges every certificate of the path below its anchor.
///
/// # Errors
/// `REVOKED_NO_POE`, `REVOKED_CA_NO_POE`; `CERTIFICATE_CHAIN_GENERAL_FAILURE` or `TRY_LATER` where data that the policy
/// demands is missing or stale.
pub fn judge(
    path: &TrustedPath,
    evidence: &Evidence,
    policy: &Policy,
    moment: Moment,
    meter: &mut Meter,
) -> Result<NotRevoked, (SubIndication, Finding)> {
    let mut limitations = Vec::new();
    for (place, (certificate, issuer)) in path.links().enumerate() {
        if certificate.extensions.no_rev_avail() {
            limitations.push(no_data_ever());
            continue;
        }
        let leaf = place == 0;
        let found = status(certificate, issuer, evidence, policy, moment, meter);
        match found {
            Status::Revoked(withdrawn) if matters(withdrawn, moment) => return Err(revoked(leaf, withdrawn)),
            // What could not be looked at any more may have been the revocation.
            Status::Revoked(_) | Status::Good | Status::LastKnownGood | Status::Silent if meter.is_spent() => {
                return Err((SubIndication::CertificateChainGeneralFailure, wording::limit_met()));
            }
            Status::Good => {}
            Status::Revoked(_) => limitations.push(revoked_later()),
            Status::LastKnownGood if exempt(policy, certificate, leaf) => limitations.push(last_known()),
            Status::LastKnownGood => return Err((SubIndication::TryLater, wording::reason(SubIndication::TryLater))),
            Status::Silent if exempt(policy, certificate, leaf) => limitations.push(not_checked(leaf)),
            Status::Silent => return Err(no_data()),
        }
    }
    limitations.dedup();
    Ok(NotRevoked { limitations })
}

/// Whether the policy lets a certificate pass without (fresh) data: a signing service's single-use key, or a CA.
fn exempt(policy: &Policy, certificate: &Certificate, leaf: bool) -> bool {
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

/// INV-2: a revocation after the proven time does not matter, unless the key may have been in other hands before.
fn matters(withdrawn: Withdrawn, moment: Moment) -> bool {
    let unproven = moment.existed == moment.now;
    let doubtful = match withdrawn.reason {
        crl::Reason::KeyCompromise
        | crl::Reason::CaCompromise
        | crl::Reason::AaCompromise
        | crl::Reason::Unspecified => true,
        crl::Reason::AffiliationChanged
        | crl::Reason::Superseded
        | crl::Reason::CessationOfOperation
        | crl::Reason::CertificateHold
        | crl::Reason::RemoveFromCrl
        | crl::Reason::PrivilegeWithdrawn => false,
    };
    // An unspecified reason after a proven time is what ordinary services give; only a compromise reaches back.
    let reaches_back = doubtful && withdrawn.reason != crl::Reason::Unspecified;
    unproven || withdrawn.since <= moment.existed || reaches_back
}

/// The newest acceptable answer; a revocation wins over every other (VALIDATION 9.4).
fn status(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &Evidence,
    policy: &Policy,
    moment: Moment,
    meter: &mut Meter,
) -> Status {
    let latest = policy.latest(moment.now);
    let mut answers = Vec::new();
    for response in evidence.ocsp_responses() {
        answers.extend(ocsp_answer(response, certificate, issuer, evidence, meter));
    }
    for list in evidence.crls() {
        answers.extend(crl_answer(list, certificate, issuer, meter));
    }
    // XC-14: what rests on something weak is not believed when it says good.
    let reliable = |used: &Mechanism| policy.reliable(*used).at(moment.existed);
    answers.retain(|answer| answer.withdrawn.is_some() || answer.mechanisms.iter().all(reliable));
    answers.retain(|answer| answer.issued <= latest && answer.issued >= certificate.not_before);
    // Of several revocations the one that matters decides, whichever came first.
    let withdrawn = answers.iter().filter_map(|answer| answer.withdrawn);
    if let Some(withdrawn) = withdrawn.min_by_key(|found| (!matters(*found, moment), found.since)) {
        return Status::Revoked(withdrawn);
    }
    let Some(newest) = answers.iter().max_by_key(|answer| answer.issued) else { return Status::Silent };
    let fresh = newest.next.is_some_and(|next| next > moment.existed) || newest.issued >= moment.existed;
    if fresh { Status::Good } else { Status::LastKnownGood }
}

/// OC-1 to OC-9: the answer about this certificate, if the response is acceptable for it.
fn ocsp_answer(
    response: &ocsp::Response,
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &Evidence,
    meter: &mut Meter,
) -> Option<Answer> {
    let single = response.responses.iter().find(|single| asks_about(&single.cert_id, certificate, issuer))?;
    let strange = !response.unknown_critical.is_empty() || !single.unknown_critical.is_empty();
    let other = single.cert_hash.as_ref().is_some_and(|(oid, digest)| {
        let algorithm = DigestAlgorithm::from_oid(oid.as_str());
        algorithm.is_none_or(|algorithm| crypto::digest(algorithm, &[certificate.der()]) != *digest)
    });
    // OC-10: of a certificate that had expired, an answer says nothing unless its responder keeps records.
    let forgotten = single.this_update > certificate.not_after
        && single.archive_cutoff.is_none_or(|cutoff| cutoff > certificate.not_after)
        && single.cert_hash.is_none();
    let withdrawn = match &single.status {
        ocsp::CertStatus::Good if forgotten => return None,
        ocsp::CertStatus::Good => None,
        ocsp::CertStatus::Revoked { date, reason } => {
            Some(Withdrawn { since: *date, reason: reason.unwrap_or(crl::Reason::Unspecified) })
        }
        ocsp::CertStatus::Unknown => return None,
    };
    if strange || other {
        return None;
    }
    let responder = answered_by_right(response, certificate, issuer, evidence, meter)?;
    let delegated = Mechanism::of(&issuer.public_key, &responder.signature_algorithm, None);
    let delegated = delegated.into_iter().filter(|_| responder.public_key != issuer.public_key);
    let mut mechanisms = Mechanism::of(&responder.public_key, &response.signature_algorithm, None);
    mechanisms.extend(delegated);
    Some(Answer { issued: single.this_update, next: single.next_update, withdrawn, mechanisms })
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
) -> Option<&'c Certificate> {
    let named = |candidate: &&Certificate| match &response.responder {
        ocsp::ResponderId::Name(name) => candidate.subject == *name,
        ocsp::ResponderId::KeyHash(digest) => {
            crypto::digest(DigestAlgorithm::Sha1, &[&candidate.public_key.key]) == *digest
        }
    };
    let delegates = response.certificates.iter().chain(evidence.certificates());
    let mut candidates = std::iter::once(issuer).chain(delegates).filter(named);
    candidates.find(|candidate| {
        let own = candidate.public_key == issuer.public_key;
        let delegated = |meter: &mut Meter| {
            *candidate != certificate
                && may_answer(candidate, response.produced_at)
                && meter.signature_check(issuer.public_key.key.len()).is_ok()
                && path::issued(candidate, issuer)
        };
        let (key, algorithm) = (&candidate.public_key, &response.signature_algorithm);
        (own || delegated(meter))
            && meter.signature_check(key.key.len()).is_ok()
            && crypto::verify(key, algorithm, None, &[response.tbs()], &response.signature).is_valid()
    })
}

/// A delegate answers with the purpose stated and within its validity.
fn may_answer(delegate: &Certificate, at: Timestamp) -> bool {
    let purposes = delegate.extensions.extended_key_usage.as_ref();
    let stated = purposes.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose.as_str() == OCSP_SIGNING));
    stated && (delegate.not_before..=delegate.not_after).contains(&at)
}

/// CL-1 to CL-4 for direct, complete lists of the issuer itself.
fn crl_answer(list: &Crl, certificate: &Certificate, issuer: &Certificate, meter: &mut Meter) -> Option<Answer> {
    let ours = list.issuer == certificate.issuer && in_scope(list, certificate);
    let sound = list.unknown_critical.is_empty()
        && list.base_number.is_none()
        && list.signature_algorithm == list.tbs_signature_algorithm;
    let may = issuer.extensions.key_usage.is_none_or(|usage| usage.any(&[KeyUsage::CRL_SIGN]));
    if !ours || !sound || !may || meter.signature_check(issuer.public_key.key.len()).is_err() {
        return None;
    }
    let signed = crypto::verify(&issuer.public_key, &list.signature_algorithm, None, &[list.tbs()], &list.signature);
    if !signed.is_valid() {
        return None;
    }
    let found = list.find(&certificate.issuer, &certificate.serial).ok()?;
    // CL-8: expired certificates drop off lists that do not say they keep them.
    let forgotten = list.this_update > certificate.not_after
        && list.expired_certs_since.is_none_or(|since| since > certificate.not_after);
    if found.is_none() && forgotten {
        return None;
    }
    let withdrawn = found.filter(|found| found.reason != crl::Reason::RemoveFromCrl);
    let withdrawn = withdrawn.map(|found| Withdrawn {
        since: found.invalidity_date.map_or(found.date, |invalid| invalid.min(found.date)),
        reason: found.reason,
    });
    let mechanisms = Mechanism::of(&issuer.public_key, &list.signature_algorithm, None);
    Some(Answer { issued: list.this_update, next: list.next_update, withdrawn, mechanisms })
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

fn revoked(leaf: bool, withdrawn: Withdrawn) -> (SubIndication, Finding) {
    let sub = if leaf { SubIndication::RevokedNoPoe } else { SubIndication::RevokedCaNoPoe };
    let since = withdrawn.since;
    let finding = Finding::new(
        sub.name(),
        format!("Certifikatet spärrades {since} och vi kan inte visa att underskriften gjordes före spärren."),
        format!("The certificate was revoked at {since}, and nothing shows that the signature was made before that."),
    );
    (sub, finding)
}

fn revoked_later() -> Finding {
    Finding::new(
        "REVOKED_AFTER_SIGNING",
        "Certifikatet spärrades senare. Tidsstämpeln visar att underskriften gjordes före spärren.",
        "The certificate was revoked later. The timestamp shows that the signature was made before that.",
    )
}

fn no_data() -> (SubIndication, Finding) {
    let finding = Finding::new(
        "XC-8",
        "Spärruppgifter för certifikatet saknas, och policyn kräver dem.",
        "Revocation data for the certificate is missing, and the policy demands it.",
    );
    (SubIndication::CertificateChainGeneralFailure, finding)
}

fn not_checked(leaf: bool) -> Finding {
    match leaf {
        true => Finding::new(
            "REVOCATION_NOT_CHECKED",
            "Spärrkontroll har inte gjorts: filen saknar spärruppgifter. Policyn godtar det för certifikat vars nyckel \
             underskriftstjänsten använt en enda gång.",
            "Revocation was not checked: the file holds no revocation data. The policy accepts that for certificates \
             whose key the signing service used only once.",
        ),
        false => Finding::new(
            "CA_REVOCATION_NOT_CHECKED",
            "Spärrkontroll av utfärdarens certifikat har inte gjorts: filen saknar spärruppgifter.",
            "Revocation of the issuer's certificate was not checked: the file holds no revocation data.",
        ),
    }
}

fn last_known() -> Finding {
    Finding::new(
        "REVOCATION_LAST_KNOWN_GOOD",
        "Spärruppgifterna i filen är äldre än kontrollen; senast kända läge var utan spärr.",
        "The revocation data in the file is older than the check; the last known state was not revoked.",
    )
}

fn no_data_ever() -> Finding {
    Finding::new(
        "NO_REV_AVAIL",
        "Utfärdaren lämnar inga spärruppgifter för detta certifikat.",
        "The issuer gives no revocation data for this certificate.",
    )
}
