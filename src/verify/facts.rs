//! Facts for the report: certificates and algorithms as people read them. INTERFACES section 2.

use crate::format::cms::SignerInfo;
use crate::format::der;
use crate::format::pdf::Object;
use crate::format::pdf::SignatureField;
use crate::format::x509::Certificate;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::mask::masked;
use crate::verify::report::Algorithms;
use crate::verify::report::CertificateFacts;
use crate::verify::trust::Trust;

/// A certificate as it is shown.
pub fn certificate(certificate: &Certificate, trust: &Trust) -> CertificateFacts {
    CertificateFacts {
        subject: masked(&certificate.subject.to_string()),
        issuer: masked(&certificate.issuer.to_string()),
        serial: certificate.serial.to_string(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        sha256: crypto::sha256(&[certificate.der()]),
        trusted: trust.contains(certificate),
        revoked: None,
    }
}

/// What a signature is made with, in names.
pub fn algorithms(certificate: &Certificate, signer: &SignerInfo) -> Algorithms {
    let stated = DigestAlgorithm::from_oid(signer.digest_algorithm.oid.as_str());
    let description = crypto::describe(&certificate.public_key, &signer.signature_algorithm, stated);
    let digest = stated.or(description.digest).map(|digest| digest.name().to_owned());
    let signature = description.scheme.map(|scheme| scheme.name().to_owned());
    Algorithms {
        digest: digest.unwrap_or_else(|| signer.digest_algorithm.oid.to_string()),
        signature: signature.unwrap_or_else(|| signer.signature_algorithm.oid.to_string()),
        key_bits: description.key_bits,
    }
}

/// The RSA value and certificate of an `adbe.x509.rsa_sha1` signature: /Contents is an OCTET STRING, /Cert holds the
/// chain, leaf first.
pub fn bare(field: &SignatureField) -> Option<(Vec<u8>, Certificate)> {
    let contents = field.contents.as_ref()?;
    let value = der::Reader::new(contents.value()).octets().ok()?.into_owned();
    let stored = field.dictionary.get(b"Cert")?;
    let leaf = stored.as_array().map_or(Some(stored), <[Object]>::first)?.as_string()?;
    Some((value, Certificate::read(leaf).ok()?))
}

/// Whether a signature dictionary only grants usage rights to a viewer (UR, UR3): nobody signs anything with it.
pub fn grants_usage_rights(field: &SignatureField) -> bool {
    let Some(references) = field.dictionary.get(b"Reference").and_then(Object::as_array) else { return false };
    let methods = references.iter().filter_map(|one| one.as_dict()?.name(b"TransformMethod"));
    field.name.is_none() && methods.into_iter().any(|method| matches!(method, b"UR" | b"UR3"))
}
