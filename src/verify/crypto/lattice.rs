//! ML-DSA, the lattice signatures that are to outlive quantum computers. FIPS 204, RFC 9881 and 9882.

use ml_dsa::EncodedVerifyingKey;
use ml_dsa::MlDsa44;
use ml_dsa::MlDsa65;
use ml_dsa::MlDsa87;
use ml_dsa::MlDsaParams;
use ml_dsa::Signature;
use ml_dsa::VerifyingKey;

use super::algorithm::LatticeSet;

/// Whether `signature` is the key's over the message itself, with an empty context.
pub(super) fn verify(set: LatticeSet, key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    let message = message.concat();
    let holds = match set {
        LatticeSet::L44 => holds::<MlDsa44>(key, &message, signature),
        LatticeSet::L65 => holds::<MlDsa65>(key, &message, signature),
        LatticeSet::L87 => holds::<MlDsa87>(key, &message, signature),
    };
    holds.unwrap_or(false)
}

/// `None`: no key or no signature of this set.
fn holds<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let key = VerifyingKey::<P>::decode(&EncodedVerifyingKey::<P>::try_from(key).ok()?);
    let signature = Signature::<P>::try_from(signature).ok()?;
    Some(key.verify_with_context(message, &[], &signature))
}
