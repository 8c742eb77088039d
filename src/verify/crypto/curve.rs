//! Signatures on curves: ring for what it takes, RustCrypto for the mixtures of curve and digest it lacks.
//! FIPS 186-5 (ECDSA, (r, s) in DER), RFC 8032 (Ed25519).

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use ring::signature as ring_signature;
use ring::signature::UnparsedPublicKey;
use ring::signature::VerificationAlgorithm;

use super::digest::DigestAlgorithm;
use super::digest::digest;
use super::key::Curve;
use super::key::P256;
use super::key::P384;
use super::key::P521;

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
    match curve {
        P256 => Some(p256_holds(point, &digest, signature).is_some()),
        P384 => Some(p384_holds(point, &digest, signature).is_some()),
        P521 => Some(p521_holds(point, &digest, signature).is_some()),
        _ => None,
    }
}

/// Ed25519 over the message itself (RFC 8419: no digest beforehand).
pub(super) fn ed25519(key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    let whole;
    let message = match message {
        [one] => one,
        parts => {
            whole = parts.concat();
            whole.as_slice()
        }
    };
    UnparsedPublicKey::new(&ring_signature::ED25519, key).verify(message, signature).is_ok()
}

/// One function for each curve crate; they share names and no type.
macro_rules! on_curve {
    ($name:ident, $curve:ident, $field_octets:literal) => {
        fn $name(point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = $curve::ecdsa::Signature::from_der(signature).ok()?;
            key.verify_prehash(&as_long_as::<$field_octets>(digest), &signature).ok()
        }
    };
}

on_curve!(p256_holds, p256, 32);
on_curve!(p384_holds, p384, 48);
on_curve!(p521_holds, p521, 66);

/// The digest with zeros before it up to the field's length: the same number, which the crates want so long.
fn as_long_as<const FIELD_OCTETS: usize>(digest: &[u8]) -> Vec<u8> {
    let mut padded = vec![0; FIELD_OCTETS.saturating_sub(digest.len())];
    padded.extend_from_slice(digest);
    padded
}
