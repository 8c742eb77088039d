//! OCSP answers: whether one is acceptable, and what it then says. VALIDATION 9.2, OC-1 to OC-11.

use crate::format::crl::Reason;
use crate::format::ocsp;
use crate::format::ocsp::CertStatus;
use crate::format::ocsp::Response;
use crate::format::ocsp::SingleResponse;
use crate::format::x509::Certificate;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::path;
use crate::verify::policy::Mechanism;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Kind;
use crate::verify::revocation::Says;
use crate::verify::revocation::question::Question;
use crate::verify::revocation::question::Standing;
use crate::verify::revocation::question::doubtful;

/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// What an acceptable response says of the certificate; several answers, where it holds several about it.
pub(super) fn answers(
    response: &Response,
    question: &Question<'_>,
    meter: &mut Meter,
) -> Result<Vec<Datum>, Exhausted> {
    let about = response.responses.iter().filter(|single| asks_about(single, question));
    let told: Vec<(&SingleResponse, Says)> =
        about.filter_map(|single| told(response, single, question).map(|says| (single, says))).collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let Some(responder) = responder(response, question, meter)? else { return Ok(Vec::new()) };
    let standing = standing(responder, response, question, meter)?;
    let datum = |(single, says)| accepted(response, single, says, responder, &standing, question);
    Ok(told.into_iter().filter_map(datum).collect())
}

/// The datum, where the responder's own standing allows it.
fn accepted(
    response: &Response,
    single: &SingleResponse,
    says: Says,
    responder: &Certificate,
    standing: &Standing,
    question: &Question<'_>,
) -> Option<Datum> {
    let mut mechanisms = Mechanism::of(&responder.public_key, &response.signature_algorithm, None);
    let warnings = match standing {
        Standing::Good(further) => {
            mechanisms.extend(further);
            Vec::new()
        }
        Standing::Unknown if says != Says::Good => vec![doubtful()],
        Standing::Unknown | Standing::Revoked => return None,
    };
    Some(Datum {
        kind: Kind::Ocsp,
        digest: crypto::sha256(&[response.der()]),
        with: Vec::new(),
        issued: single.this_update,
        produced: response.produced_at,
        next: single.next_update,
        says,
        mechanisms,
        issuer: responder.clone(),
        delegated: responder.public_key != question.issuer.public_key,
        warnings,
    })
}

/// OC-2: the digests are those of this very issuer.
fn asks_about(single: &SingleResponse, question: &Question<'_>) -> bool {
    let asked = &single.cert_id;
    let digest = |bytes: &[u8]| {
        DigestAlgorithm::from_oid(asked.digest_algorithm.as_str()).map(|algorithm| crypto::digest(algorithm, &[bytes]))
    };
    asked.serial == question.certificate.serial
        && digest(question.issuer.subject.raw()).as_ref() == Some(&asked.issuer_name_digest)
        && digest(&question.issuer.public_key.key).as_ref() == Some(&asked.issuer_key_digest)
}

/// OC-6 to OC-10: what an answer says, if it may be taken to say anything.
fn told(response: &Response, single: &SingleResponse, question: &Question<'_>) -> Option<Says> {
    let policy = question.context.policy;
    let timely = question.in_time(single.this_update, single.next_update)
        && response.produced_at <= policy.latest(question.context.now)
        && policy.latest(response.produced_at) >= single.this_update;
    let understood = response.unknown_critical.is_empty() && single.unknown_critical.is_empty();
    let named = single.cert_hash.as_ref().map(|(oid, digest)| {
        let algorithm = DigestAlgorithm::from_oid(oid.as_str());
        algorithm.is_some_and(|algorithm| crypto::digest(algorithm, &[question.certificate.der()]) == *digest)
    });
    if !timely || !understood || named == Some(false) {
        return None;
    }
    match single.status {
        // A responder that names the certificate itself has it in its records.
        CertStatus::Good if named.is_none() && question.forgotten(single.this_update, single.archive_cutoff) => None,
        CertStatus::Good => Some(Says::Good),
        CertStatus::Revoked { date, reason } => {
            let reason = reason.unwrap_or(Reason::Unspecified);
            Some(Says::Revoked { since: date, reason, invalid_since: single.invalidity_date })
        }
        CertStatus::Unknown => None,
    }
}

/// OC-1, OC-3 to OC-5: who signed it, if that is the issuer, or a delegate that the issuer's key made. Whose right it
/// is comes first: a stranger's key may be as long as he likes.
fn responder<'r>(
    response: &'r Response,
    question: &Question<'r>,
    meter: &mut Meter,
) -> Result<Option<&'r Certificate>, Exhausted> {
    let issuer = question.issuer;
    let named = |candidate: &&Certificate| match &response.responder {
        ocsp::ResponderId::Name(name) => candidate.subject == *name,
        ocsp::ResponderId::KeyHash(digest) => {
            crypto::digest(DigestAlgorithm::Sha1, &[&candidate.public_key.key]) == *digest
        }
    };
    let delegates = response.certificates.iter().chain(question.context.evidence.certificates());
    for candidate in std::iter::once(issuer).chain(delegates).filter(named) {
        let itself = candidate.public_key == question.certificate.public_key;
        if itself || !(candidate.not_before..=candidate.not_after).contains(&response.produced_at) {
            continue;
        }
        if candidate.public_key != issuer.public_key {
            if !may_answer(candidate) {
                continue;
            }
            if !path::issued(candidate, issuer, meter)? {
                continue;
            }
        }
        let (key, algorithm) = (&candidate.public_key, &response.signature_algorithm);
        if meter.verify(key, algorithm, response.tbs(), &response.signature)?.is_valid() {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// OC-3 (b): the purpose is stated, and nothing critical in the certificate is strange to us (XC-7).
fn may_answer(delegate: &Certificate) -> bool {
    let extensions = &delegate.extensions;
    let purposes = extensions.extended_key_usage.as_ref();
    purposes.is_some_and(|usage| usage.purposes.iter().any(|purpose| purpose.as_str() == OCSP_SIGNING))
        && extensions.unknown_critical.is_empty()
        && extensions.malformed.is_empty()
        && extensions.duplicates.is_empty()
}

/// OC-11: a delegate's own revocation, unless its issuer says that nobody need ask.
fn standing(
    responder: &Certificate,
    response: &Response,
    question: &Question<'_>,
    meter: &mut Meter,
) -> Result<Standing, Exhausted> {
    let issuer = question.issuer;
    if responder.public_key == issuer.public_key {
        return Ok(Standing::Good(Vec::new()));
    }
    if responder.extensions.ocsp_no_check() {
        return Ok(Standing::Good(Mechanism::of(&issuer.public_key, &responder.signature_algorithm, None)));
    }
    let chain: Vec<Certificate> = std::iter::once(responder).chain(question.above).cloned().collect();
    question.standing(&chain, response.produced_at, meter)
}
