//! What a path and each certificate of it must be: XC-2 to XC-7 of VALIDATION 3.5; 8.1, 8.3 and 8.5.

use crate::format::der::Oid;
use crate::format::x509::Certificate;
use crate::format::x509::KeyUsage;
use crate::format::x509::NameConstraints;
use crate::verify::budget::Meter;
use crate::verify::indication::SubIndication;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;

use super::Demands;
use super::Role;
use super::names;
use super::policies::Policies;

/// anyExtendedKeyUsage.
const ANY_PURPOSE: &str = "2.5.29.37.0";
/// Purposes of a signer's certificate that fit minutes (VALIDATION 8.5): any, mail, documents, and the same by the names
/// that Adobe and Microsoft gave them. None at all fits too.
const SIGNING_PURPOSES: &[&str] =
    &[ANY_PURPOSE, "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5", "1.3.6.1.4.1.311.10.3.12"];
/// id-kp-timeStamping, the only purpose a time-stamping certificate may have (TS-10).
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// Extensions that bind what an anchor may vouch for: keyUsage, basicConstraints, nameConstraints, policyConstraints,
/// inhibitAnyPolicy.
const BINDING: &[&str] = &["2.5.29.15", "2.5.29.19", "2.5.29.30", "2.5.29.36", "2.5.29.54"];
/// subjectAltName.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// Uses of a key that signs something other than certificates and CRLs.
const SIGNING_USES: &[KeyUsage] = &[KeyUsage::NON_REPUDIATION, KeyUsage::DIGITAL_SIGNATURE];
/// Longest serial number, in octets (RFC 5280 4.1.2.2).
const SERIAL_OCTETS_MAX: usize = 20;

/// XC-2, XC-3, XC-7: whether the last certificate of `path` may issue the one before it.
pub(super) fn may_issue(path: &[&Certificate], anchor: bool, demands: &Demands) -> Result<(), Finding> {
    let Some((issuer, below)) = path.split_last() else { return Ok(()) };
    let extensions = &issuer.extensions;
    let basic = extensions.basic_constraints;
    // An anchor may be older than basicConstraints; one that says it is no CA, or is an ordinary certificate that
    // somebody chose to believe, vouches for itself and not for others.
    if !basic.map_or(anchor && issuer.is_self_issued(), |basic| basic.ca) {
        return Err(Finding::new(
            "XC-2",
            "En utfärdare i kedjan är ingen utfärdare.",
            "An issuer in the path is no CA.",
        ));
    }
    let between = below.iter().skip(1).filter(|ca| !ca.is_self_issued()).count();
    let between = u64::try_from(between).unwrap_or(u64::MAX);
    if basic.and_then(|basic| basic.path_len).is_some_and(|allowed| between > allowed) {
        return Err(Finding::new(
            "XC-2",
            "Certifikatkedjan är längre än utfärdaren tillåter.",
            "The path is longer than its issuer allows.",
        ));
    }
    if demands.depth_max.is_some_and(|allowed| between > u64::from(allowed)) {
        return Err(Finding::new(
            "XC-2",
            "Certifikatkedjan är längre än vad som begärts.",
            "The path is longer than was asked for.",
        ));
    }
    if extensions.key_usage.is_some_and(|usage| !usage.any(&[KeyUsage::KEY_CERT_SIGN])) {
        return Err(Finding::new(
            "XC-3",
            "Utfärdarens nyckel får inte utfärda certifikat.",
            "The issuer's key may not issue certificates.",
        ));
    }
    if anchor { bound(issuer) } else { understood(issuer) }
}

/// XC-6: names and policies, from the anchor down; what the anchor's own certificate demands counts too.
pub(super) fn whole(path: &[&Certificate], demands: &Demands, meter: &mut Meter) -> Result<(), Finding> {
    let Some((anchor, below)) = path.split_last() else { return Ok(()) };
    let mut policies = Policies::under(anchor, below.len(), demands);
    let mut constraints: Vec<&NameConstraints> = anchor.extensions.name_constraints.iter().collect();
    for (place, certificate) in below.iter().enumerate().rev() {
        let last = place == 0;
        if last || !certificate.is_self_issued() {
            names::obey(certificate, &constraints, meter)?;
        }
        policies.descend(certificate, last)?;
        if !last {
            policies.prepare(certificate)?;
            constraints.extend(&certificate.extensions.name_constraints);
        }
    }
    below.first().map_or(Ok(()), |certificate| policies.conclude(certificate))
}

/// XC-7 and 8.1: of version 3, with an issuer, and nothing critical that we do not understand, nothing malformed or
/// stated twice.
fn understood(certificate: &Certificate) -> Result<(), Finding> {
    if certificate.version != 3 || certificate.issuer.is_empty() {
        return Err(Finding::new(
            "XC-7",
            "Ett certifikat i kedjan är av en gammal sort eller saknar utfärdare.",
            "A certificate in the path is of an old version or names no issuer.",
        ));
    }
    let extensions = &certificate.extensions;
    let strange = extensions.unknown_critical.iter().chain(&extensions.malformed).chain(&extensions.duplicates);
    strange.map(uninterpreted).next().map_or(Ok(()), Err)
}

/// 8.3: an anchor is believed as it is, but what binds it must be readable.
fn bound(anchor: &Certificate) -> Result<(), Finding> {
    let extensions = &anchor.extensions;
    let mut strange = extensions.malformed.iter().chain(&extensions.duplicates);
    strange.find(|oid| BINDING.contains(&oid.as_str())).map(uninterpreted).map_or(Ok(()), Err)
}

fn uninterpreted(oid: &Oid) -> Finding {
    Finding::new(
        "XC-7",
        format!("Ett certifikat har ett villkor ({oid}) som inte kan tolkas."),
        format!("A certificate has an extension ({oid}) that cannot be interpreted."),
    )
}

/// XC-4, XC-5, XC-7: whether the certificate itself may do what it did. Gives what is noticed and not decisive.
pub(super) fn end_entity(
    certificate: &Certificate,
    purpose: Purpose,
    demands: &Demands,
) -> Result<Vec<Finding>, (SubIndication, Finding)> {
    understood(certificate).map_err(|finding| (SubIndication::CertificateChainGeneralFailure, finding))?;
    for usage in &demands.key_usage {
        key_may(certificate, &[*usage])?;
    }
    if !demands.extended_key_usage.iter().all(|oid| allows(certificate, &[ANY_PURPOSE, oid])) {
        return Err(unfit("XC-5", "Certifikatet är inte till för detta.", "The certificate is not meant for this."));
    }
    match (demands.role, purpose) {
        (Role::Signer, Purpose::Signature) => signer(certificate),
        (Role::Signer, Purpose::BankId | Purpose::ValidationToken) => {
            key_may(certificate, SIGNING_USES).map(|()| Vec::new())
        }
        (Role::Signer, Purpose::Timestamp) => time_stamper(certificate).map(|()| Vec::new()),
        (Role::CrlIssuer, _) => key_may(certificate, &[KeyUsage::CRL_SIGN]).map(|()| Vec::new()),
        (Role::OcspResponder, _) if states(certificate, OCSP_SIGNING) => Ok(Vec::new()),
        (Role::OcspResponder, _) => Err(unfit(
            "XC-5",
            "Certifikatet är inte till för svar om spärrade certifikat.",
            "The certificate is not meant for answers about revocation.",
        )),
        (Role::Unstated, _) => Ok(Vec::new()),
    }
}

type Unfit = (SubIndication, Finding);

/// 8.5, signature: other purposes than signing are a warning, and so is logging in alone.
fn signer(certificate: &Certificate) -> Result<Vec<Finding>, Unfit> {
    key_may(certificate, SIGNING_USES)?;
    if certificate.extensions.ocsp_no_check() {
        let sv = "Certifikatet är till för svar om spärrade certifikat, inte för underskrifter.";
        let en = "The certificate is meant for answers about revocation, not for signatures.";
        return Err((SubIndication::CertificateChainGeneralFailure, Finding::new("XC-7", sv, en)));
    }
    if allows(certificate, SIGNING_PURPOSES) {
        return Ok(Vec::new());
    }
    Ok(vec![Finding::new(
        "XC-5",
        "Certifikatets angivna ändamål nämner inte underskrifter.",
        "The certificate's stated purposes do not mention signatures.",
    )])
}

/// TS-10.
fn time_stamper(certificate: &Certificate) -> Result<(), Unfit> {
    key_may(certificate, SIGNING_USES)?;
    let purposes = certificate.extensions.extended_key_usage.as_ref();
    let alone = purposes.is_some_and(|usage| usage.critical && usage.purposes.len() == 1);
    if alone && states(certificate, TIME_STAMPING) {
        return Ok(());
    }
    Err(unfit(
        "TS-10",
        "Certifikatet är inte till för enbart tidsstämplar.",
        "The certificate is not for timestamps alone.",
    ))
}

/// XC-4: where uses are stated, one of these is.
fn key_may(certificate: &Certificate, uses: &[KeyUsage]) -> Result<(), Unfit> {
    match certificate.extensions.key_usage {
        Some(stated) if !stated.any(uses) => Err(unfit(
            "XC-4",
            "Certifikatets nyckel är inte till för underskrifter.",
            "The key is not meant for signatures.",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whether this purpose is stated.
fn states(certificate: &Certificate, purpose: &str) -> bool {
    let purposes = certificate.extensions.extended_key_usage.as_ref();
    purposes.is_some_and(|usage| usage.purposes.iter().any(|stated| stated.as_str() == purpose))
}

/// Whether one of these purposes is stated, or none at all.
fn allows(certificate: &Certificate, purposes: &[&str]) -> bool {
    certificate.extensions.extended_key_usage.is_none() || purposes.iter().any(|oid| states(certificate, oid))
}

fn unfit(code: &'static str, sv: &str, en: &str) -> Unfit {
    (SubIndication::ChainConstraintsFailure, Finding::new(code, sv, en))
}

/// 8.1, 8.4: where certificates of the path, the anchor left out, stray from their profile without being refused.
pub(super) fn noticed(below: &[&Certificate]) -> Vec<Finding> {
    let strays = |what: &str, detail: &str| {
        Finding::new(
            "CERTIFICATE_PROFILE",
            format!("Ett certifikat i kedjan avviker från standarden: {what}."),
            format!("A certificate in the path strays from its standard: {detail}."),
        )
    };
    let mut found = Vec::new();
    for certificate in below {
        let extensions = &certificate.extensions;
        let ca = extensions.basic_constraints.is_some_and(|basic| basic.ca);
        if !certificate.serial.is_positive() || certificate.serial.octets().len() > SERIAL_OCTETS_MAX {
            found
                .push(strays("serienumret är inte positivt eller för långt", "its number is not positive or too long"));
        }
        if certificate.subject.is_empty() && !extensions.find(SUBJECT_ALT_NAME).is_some_and(|names| names.critical) {
            found.push(strays("det saknar innehavare", "it has no subject"));
        }
        if !ca && extensions.name_constraints.is_some() {
            found.push(strays("det begränsar namn utan att vara utfärdare", "it constrains names and is no CA"));
        }
        if !ca && extensions.key_usage.is_some_and(|usage| usage.any(&[KeyUsage::KEY_CERT_SIGN])) {
            found.push(strays(
                "nyckeln får utfärda certifikat utan att vara utfärdare",
                "its key may issue and it is no CA",
            ));
        }
    }
    found.dedup();
    found
}
