//! Signatures on curves: ring for what it takes, RustCrypto for the mixtures of curve and digest it lacks, `weierstrass`
//! for the curves that neither has.
//! FIPS 186-5 (ECDSA, (r, s) in DER), RFC 8032 (Ed25519, Ed448).

use ecdsa::signature::hazmat::PrehashVerifier;
use ring::signature as ring_signature;
use ring::signature::UnparsedPublicKey;
use ring::signature::VerificationAlgorithm;

use super::digest::DigestAlgorithm;
use super::digest::digest;
use super::key::BP256;
use super::key::BP320;
use super::key::BP384;
use super::key::BP512;
use super::key::Curve;
use super::key::FRP256;
use super::key::K256;
use super::key::P192;
use super::key::P224;
use super::key::P256;
use super::key::P384;
use super::key::P521;
use super::modular::padded;
use super::weierstrass;

/// One body for every curve: their types share traits, but too many to write down. A point off the curve is no key
/// (CM-18). Of s and its negative both hold; secp256k1's crate takes the lower only.
macro_rules! on_curve {
    ($curve:ty, $field_octets:literal, $point:expr, $digest:expr, $signature:expr) => {
        (|| {
            let key = ecdsa::VerifyingKey::<$curve>::from_sec1_bytes($point).ok()?;
            let signature = ecdsa::Signature::<$curve>::from_der($signature).ok()?;
            // The crates want at least the field's length; zeros before the digest leave its number as it is.
            let digest = padded($digest, $field_octets.max($digest.len()))?;
            key.verify_prehash(&digest, &signature.normalize_s()).ok()
        })()
    };
}

/// ECDSA. `None`: a curve we cannot compute on.
pub(super) fn ecdsa(
    curve: Curve,
    point: &[u8],
    algorithm: DigestAlgorithm,
    message: &[&[u8]],
    signature: &[u8],
) -> Option<bool> {
    let ring_algorithm: Option<&dyn VerificationAlgorithm> = match (curve, algorithm) {
        (P256, DigestAlgorithm::Sha256) => Some(&ring_signature::ECDSA_P256_SHA256_ASN1),
        (P256, DigestAlgorithm::Sha384) => Some(&ring_signature::ECDSA_P256_SHA384_ASN1),
        (P384, DigestAlgorithm::Sha256) => Some(&ring_signature::ECDSA_P384_SHA256_ASN1),
        (P384, DigestAlgorithm::Sha384) => Some(&ring_signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    };
    // ring takes a message in one piece and a point in full.
    if let (Some(algorithm), [message], Some(4)) = (ring_algorithm, message, point.first()) {
        return Some(UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok());
    }
    let digest = digest(algorithm, message);
    let holds = match curve {
        P224 => on_curve!(p224::NistP224, 28, point, &digest, signature),
        P256 => on_curve!(p256::NistP256, 32, point, &digest, signature),
        P384 => on_curve!(p384::NistP384, 48, point, &digest, signature),
        P521 => on_curve!(p521::NistP521, 66, point, &digest, signature),
        K256 => on_curve!(k256::Secp256k1, 32, point, &digest, signature),
        BP256 => on_curve!(bp256::BrainpoolP256r1, 32, point, &digest, signature),
        BP384 => on_curve!(bp384::BrainpoolP384r1, 48, point, &digest, signature),
        P192 => weierstrass::P192.verify(point, &digest, signature),
        FRP256 => weierstrass::FRP256.verify(point, &digest, signature),
        BP320 => weierstrass::BP320.verify(point, &digest, signature),
        BP512 => weierstrass::BP512.verify(point, &digest, signature),
        _ => return None,
    };
    Some(holds.is_some())
}

/// Ed25519 over the message itself (RFC 8419: no digest beforehand).
pub(super) fn ed25519(key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ring_signature::ED25519, key).verify(&message.concat(), signature).is_ok()
}

/// Ed448 over the message itself, with an empty context. The last octet of a point is its sign and nothing else (RFC
/// 8032 5.2.2); the crate overlooks what more may stand there.
pub(super) fn ed448(key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    let is_point = |octets: &[u8]| octets.get(56).is_some_and(|last| last & 0x7f == 0);
    let holds = || {
        if !is_point(key) || !is_point(signature) {
            return None;
        }
        let key = ed448_goldilocks::VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
        let signature = ed448_goldilocks::Signature::try_from(signature).ok()?;
        key.verify_raw(&signature, &message.concat()).ok()
    };
    holds().is_some()
}
