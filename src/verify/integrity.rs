//! Mathematics alone: is the digest the signed one, and does the signature value fit the key? VALIDATION 3.6, CM-2.
//! Independent of trust, time and policy; computed also where the container is broken.

use crate::format::cms::SignedData;
use crate::format::cms::SignerInfo;
use crate::format::der::Oid;
use crate::format::x509::Certificate;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::KeyKind;
use crate::verify::crypto::Outcome;
use crate::verify::crypto::PublicKey;
use crate::verify::crypto::Quirk;
use crate::verify::text::Finding;

/// Whether the content is what the signature speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestState {
    /// It is.
    Match,
    /// It is not.
    Mismatch,
    /// Could not be computed, or nothing says what it should be.
    Unknown,
}

/// Whether the signature value was made by the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureState {
    /// It was.
    Valid,
    /// It was not.
    Invalid,
    /// Made with something we do not compute.
    Unsupported,
    /// No key or no signature to compute with.
    Unknown,
}

/// Two facts of mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integrity {
    /// The content.
    pub digest: DigestState,
    /// The signature value.
    pub signature: SignatureState,
}

impl Integrity {
    /// Nothing could be computed.
    pub const UNKNOWN: Self = Self { digest: DigestState::Unknown, signature: SignatureState::Unknown };
}

/// Receipt: the content is what was signed, and the key signed it.
#[derive(Clone, Copy, Debug)]
pub struct Intact(());

/// What a signature speaks of.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Bytes of the document, in parts.
    Detached(&'a [&'a [u8]]),
    /// The content inside must be the SHA-1 of these parts (`adbe.pkcs7.sha1`).
    DigestInside(&'a [&'a [u8]]),
    /// The content inside itself (a time-stamp token).
    Inside,
}

/// What was computed.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The two facts.
    pub integrity: Integrity,
    /// The receipt, if both hold.
    pub intact: Option<Intact>,
    /// Noticed on the way.
    pub warnings: Vec<Finding>,
}

/// Computes both facts. `certificate` is whose key is tried: the identified one, or else the one the signer names.
pub fn compute(
    data: &SignedData,
    signer: &SignerInfo,
    content: Content<'_>,
    certificate: Option<&Certificate>,
) -> Computed {
    let algorithm = DigestAlgorithm::from_oid(signer.digest_algorithm.oid.as_str());
    let mut warnings = Vec::new();
    let digest = digest_state(data, signer, content, algorithm);
    let signature = match certificate {
        None => SignatureState::Unknown,
        Some(certificate) => signature_state(data, signer, content, certificate, algorithm, &mut warnings),
    };
    // Without signed attributes the signature value itself speaks of the content.
    let digest = match (signer.signed.is_some(), signature) {
        (false, SignatureState::Valid) if digest == DigestState::Unknown => DigestState::Match,
        _ => digest,
    };
    let integrity = Integrity { digest, signature };
    let both = digest == DigestState::Match && signature == SignatureState::Valid;
    Computed { integrity, intact: both.then_some(Intact(())), warnings }
}

/// CV-2: the digest over the content equals the message-digest attribute.
fn digest_state(
    data: &SignedData,
    signer: &SignerInfo,
    content: Content<'_>,
    algorithm: Option<DigestAlgorithm>,
) -> DigestState {
    if let Content::DigestInside(parts) = content
        && data.e_content.as_deref() != Some(crypto::digest(DigestAlgorithm::Sha1, parts).as_slice())
    {
        return DigestState::Mismatch;
    }
    let Some(signed) = &signer.signed else { return DigestState::Unknown };
    let Ok(Some(stated)) = signed.attributes().message_digest() else { return DigestState::Unknown };
    let (Some(algorithm), Some(parts)) = (algorithm, parts(data, content)) else { return DigestState::Unknown };
    if crypto::digest(algorithm, &parts) == stated { DigestState::Match } else { DigestState::Mismatch }
}

/// The bytes whose digest the message-digest attribute states.
fn parts<'a>(data: &'a SignedData, content: Content<'a>) -> Option<Vec<&'a [u8]>> {
    match content {
        Content::Detached(parts) => Some(parts.to_vec()),
        Content::DigestInside(_) | Content::Inside => data.e_content.as_deref().map(|content| vec![content]),
    }
}

/// CV-3, CM-2: the signature value over the signed attributes as stored, else as they should have been stored.
fn signature_state(
    data: &SignedData,
    signer: &SignerInfo,
    content: Content<'_>,
    certificate: &Certificate,
    algorithm: Option<DigestAlgorithm>,
    warnings: &mut Vec<Finding>,
) -> SignatureState {
    let check = |message: &[&[u8]]| {
        crypto::verify(&certificate.public_key, &signer.signature_algorithm, algorithm, message, &signer.signature)
    };
    let outcome = match &signer.signed {
        Some(signed) => {
            let stored = check(&[signed.stored_as_set()]);
            if stored == Outcome::Invalid && !signed.is_der() {
                warnings.push(Finding::new(
                    "CM-2",
                    "De undertecknade uppgifterna är inte lagrade i rätt ordning.",
                    "The signed attributes are not stored in DER order.",
                ));
                check(&[signed.der_sorted()])
            } else {
                stored
            }
        }
        None => match parts(data, content) {
            Some(parts) => check(&parts),
            None => return SignatureState::Unknown,
        },
    };
    match outcome {
        Outcome::Valid { quirk } => {
            warnings.extend(quirk.map(quirk_finding));
            warnings.extend(unrecommended(certificate));
            SignatureState::Valid
        }
        Outcome::Invalid => SignatureState::Invalid,
        Outcome::Unsupported(what) => {
            warnings.push(Finding::new(
                "UNSUPPORTED_ALGORITHM",
                format!("Underskriften är gjord med en metod vi inte kan räkna på ({what})."),
                format!("The signature uses a method we cannot compute ({what})."),
            ));
            SignatureState::Unsupported
        }
    }
}

/// VALIDATION 12: a curve that is large enough and that nobody recommends; one that others do not accept (18).
fn unrecommended(certificate: &Certificate) -> Option<Finding> {
    match PublicKey::read(&certificate.public_key).kind() {
        KeyKind::Ec(curve) if !curve.is_recommended() => Some(Finding::new(
            "CURVE_NOT_RECOMMENDED",
            format!("Underskriftens kurva ({}) finns inte bland dem som rekommenderas.", curve.name),
            format!("The signature's curve ({}) is not among the recommended.", curve.name),
        )),
        KeyKind::Ed25519 | KeyKind::Ed448 => Some(Finding::new(
            "EDDSA",
            "Underskriften är gjord med en nyare metod (EdDSA) som vi godtar men som andra program kan underkänna.",
            "The signature uses a newer method (EdDSA) that we accept and other programs may refuse.",
        )),
        KeyKind::Ec(_) | KeyKind::Rsa | KeyKind::Dsa | KeyKind::MlDsa(_) | KeyKind::Unknown => None,
    }
}

fn quirk_finding(quirk: Quirk) -> Finding {
    match quirk {
        Quirk::DigestInfoNullAbsent => Finding::new(
            "RSA_DIGESTINFO_NULL_ABSENT",
            "RSA-underskriften saknar fältet NULL. Svenska underskriftstjänster gör så; Adobe kan underkänna den.",
            "The RSA signature lacks the NULL field. Swedish signing services do this; Adobe may reject it.",
        ),
        Quirk::DigestDiffers(_) => Finding::new(
            "CM-10",
            "Två olika hashmetoder anges för samma underskrift.",
            "Two different digest algorithms are stated for one signature.",
        ),
        Quirk::MaskDigestDiffers => Finding::new(
            "CM-10",
            "Underskriften använder en hashmetod för innehållet och en annan för sin mask.",
            "The signature uses one digest algorithm for the content and another for its mask.",
        ),
        Quirk::DigestUnfit => Finding::new(
            "CM-10",
            "Underskriftens hashmetod är inte den som hör till dess kurva.",
            "The signature's digest algorithm is not the one that goes with its curve.",
        ),
        Quirk::SaltLength => Finding::new(
            "PSS_SALT_LENGTH",
            "Saltets längd avviker från standarden.",
            "The salt's length deviates from the standard.",
        ),
    }
}

/// Whether a digest stated elsewhere (in a time stamp, a seal) is that of the parts.
pub fn stated_digest(algorithm: &Oid, digest: &[u8], parts: &[&[u8]]) -> DigestState {
    match DigestAlgorithm::from_oid(algorithm.as_str()) {
        None => DigestState::Unknown,
        Some(algorithm) if crypto::digest(algorithm, parts) == digest => DigestState::Match,
        Some(_) => DigestState::Mismatch,
    }
}

/// `adbe.x509.rsa_sha1`: a bare RSA value over the document, with the certificate beside it. The digest is whichever
/// the value was made with; nothing binds the certificate (VALIDATION 5.4), so there is no receipt.
pub fn compute_bare(value: &[u8], parts: &[&[u8]], certificate: &Certificate) -> Integrity {
    let tried = [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    let algorithm = &certificate.public_key.algorithm;
    let holds = |digest: &DigestAlgorithm| {
        matches!(crypto::verify(&certificate.public_key, algorithm, Some(*digest), parts, value), Outcome::Valid { .. })
    };
    match tried.iter().any(holds) {
        true => Integrity { digest: DigestState::Match, signature: SignatureState::Valid },
        false => Integrity { digest: DigestState::Unknown, signature: SignatureState::Invalid },
    }
}
