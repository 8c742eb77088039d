//! Which certificate is the signer's? The one the signature itself is bound to, never "the one that fits".
//! VALIDATION 3.2, ISC-1 to ISC-6.

use crate::format::cms::SignerInfo;
use crate::format::cms::attribute::CertificateReference;
use crate::format::x509::Certificate;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::text::Finding;

/// Receipt: the signing certificate, as the signature names it.
#[derive(Clone, Debug)]
pub struct Identified {
    certificate: Certificate,
    bound: bool,
    warnings: Vec<Finding>,
}

impl Identified {
    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether the signature states the certificate's digest, so that a proof over the one is one over the other (4.3).
    pub fn is_bound(&self) -> bool {
        self.bound
    }

    /// Noticed, not decisive.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}

/// Finds the signing certificate among the candidates. `bound`: the profile demands a reference inside the signature
/// (ETSI's); otherwise the signer's own identifier is enough, with a warning.
///
/// # Errors
/// The check that failed; always `NO_SIGNING_CERTIFICATE_FOUND`.
pub fn signing_certificate(
    signer: &SignerInfo,
    candidates: &[Certificate],
    bound: bool,
) -> Result<Identified, Finding> {
    let attributes = signer.signed.as_ref().map(|signed| signed.attributes());
    let read = |found: Option<_>| found.transpose().map_err(|_| malformed());
    let v2 = read(attributes.map(|attributes| attributes.signing_certificate_v2()))?.flatten();
    let v1 = read(attributes.map(|attributes| attributes.signing_certificate()))?.flatten();
    let mut warnings = Vec::new();
    let references = [v2.as_deref(), v1.as_deref()].into_iter().flatten().filter_map(<[_]>::first);
    let references: Vec<&CertificateReference> = references.collect();
    let certificate = match references.split_first() {
        Some((first, others)) => {
            let certificate = referred(first, candidates)?;
            if others.iter().any(|other| !refers(other, certificate)) {
                return Err(finding(
                    "ISC-5",
                    "Två hänvisningar till certifikat motsäger varandra.",
                    "Two certificate references contradict one another.",
                ));
            }
            certificate
        }
        None if bound => {
            return Err(finding(
                "ISC-1",
                "Underskriften är inte knuten till något certifikat.",
                "The signature is bound to no certificate.",
            ));
        }
        None => {
            warnings.push(finding(
                "ISC-1",
                "Underskriften är inte knuten till certifikatet på det sätt som dagens standard kräver.",
                "The signature is not bound to its certificate as today's standard demands.",
            ));
            named(signer, candidates).ok_or_else(missing)?
        }
    };
    if !signer.sid.names(certificate) {
        return Err(finding(
            "ISC-4",
            "Underskriften anger ett annat certifikat.",
            "The signature names another certificate.",
        ));
    }
    if v2.is_none() && v1.is_some() {
        warnings.push(finding(
            "ISC-6",
            "Hänvisningen till certifikatet är gjord med SHA-1.",
            "The certificate reference uses SHA-1.",
        ));
    }
    Ok(Identified { certificate: certificate.clone(), bound: !references.is_empty(), warnings })
}

/// The certificate that the signer's identifier names. For mathematics only: it binds nothing.
pub fn named<'c>(signer: &SignerInfo, candidates: &'c [Certificate]) -> Option<&'c Certificate> {
    candidates.iter().find(|candidate| signer.sid.names(candidate))
}

/// ISC-2, ISC-3.
fn referred<'c>(reference: &CertificateReference, candidates: &'c [Certificate]) -> Result<&'c Certificate, Finding> {
    let found = candidates.iter().find(|candidate| refers(reference, candidate)).ok_or_else(missing)?;
    let names = reference.issuer_serial.as_ref().is_none_or(|named| named.names(&found.issuer, &found.serial));
    if !names {
        return Err(finding(
            "ISC-3",
            "Certifikatets utfärdare eller nummer stämmer inte med underskriften.",
            "The certificate's issuer or serial number is not the one in the signature.",
        ));
    }
    Ok(found)
}

fn refers(reference: &CertificateReference, candidate: &Certificate) -> bool {
    let algorithm = DigestAlgorithm::from_oid(reference.digest_algorithm.as_str());
    algorithm.is_some_and(|algorithm| crypto::digest(algorithm, &[candidate.der()]) == reference.digest)
}

fn missing() -> Finding {
    finding("ISC-2", "Undertecknarens certifikat saknas i filen.", "The signer's certificate is not in the file.")
}

fn malformed() -> Finding {
    finding("ISC-1", "Hänvisningen till certifikatet kan inte läsas.", "The certificate reference cannot be read.")
}

fn finding(code: &'static str, sv: &str, en: &str) -> Finding {
    Finding::new(code, sv, en)
}
