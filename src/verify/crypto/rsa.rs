//! RSA signatures: ring for what it takes, the raw public operation and a comparison of blocks for the rest.
//! RFC 8017 8.1.2 and 8.2.2; CM-17: the expected block is built and compared, the recovered one is never parsed.

use ring::signature as ring_signature;

use super::algorithm::PssParameters;
use super::digest::DigestAlgorithm;
use super::digest::Hasher;
use super::digest::digest;
use super::key::RsaKey;
use super::modular::Modulus;
use super::modular::padded;
use crate::format::der;

/// Which of the two encodings of DigestInfo was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DigestInfoForm {
    /// With NULL parameters, as RFC 8017 B.1 demands.
    Null,
    /// Without: what current Swedish signing services produce (SWEDEN.md 0.1).
    Absent,
}

/// RSASSA-PKCS1-v1_5. `None`: the signature does not hold.
pub(super) fn pkcs1(
    key: &RsaKey,
    algorithm: DigestAlgorithm,
    message: &[&[u8]],
    signature: &[u8],
) -> Option<DigestInfoForm> {
    let ring_algorithm = match algorithm {
        DigestAlgorithm::Sha256 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA256),
        DigestAlgorithm::Sha384 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA384),
        DigestAlgorithm::Sha512 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA512),
        DigestAlgorithm::Md5
        | DigestAlgorithm::Sha1
        | DigestAlgorithm::Ripemd160
        | DigestAlgorithm::Sha224
        | DigestAlgorithm::Sha512_224
        | DigestAlgorithm::Sha512_256
        | DigestAlgorithm::Sha3_224
        | DigestAlgorithm::Sha3_256
        | DigestAlgorithm::Sha3_384
        | DigestAlgorithm::Sha3_512
        | DigestAlgorithm::Shake256 => None,
    };
    if ring_accepts(key, ring_algorithm, message, signature) {
        return Some(DigestInfoForm::Null);
    }
    let block = recovered(key, signature)?;
    let digest = digest(algorithm, message);
    let expected = |form| expected_block(block.len(), &digest_info(algorithm, &digest, form));
    [DigestInfoForm::Null, DigestInfoForm::Absent].into_iter().find(|form| expected(*form).as_ref() == Some(&block))
}

/// RSASSA-PSS with the digests of the parameters for message and mask.
pub(super) fn pss(key: &RsaKey, parameters: PssParameters, message: &[&[u8]], signature: &[u8]) -> bool {
    let usual = parameters.salt_length == parameters.digest.len() && parameters.mask_digest == parameters.digest;
    let ring_algorithm = match parameters.digest {
        DigestAlgorithm::Sha256 if usual => Some(&ring_signature::RSA_PSS_2048_8192_SHA256),
        DigestAlgorithm::Sha384 if usual => Some(&ring_signature::RSA_PSS_2048_8192_SHA384),
        DigestAlgorithm::Sha512 if usual => Some(&ring_signature::RSA_PSS_2048_8192_SHA512),
        DigestAlgorithm::Sha256
        | DigestAlgorithm::Sha384
        | DigestAlgorithm::Sha512
        | DigestAlgorithm::Md5
        | DigestAlgorithm::Sha1
        | DigestAlgorithm::Ripemd160
        | DigestAlgorithm::Sha224
        | DigestAlgorithm::Sha512_224
        | DigestAlgorithm::Sha512_256
        | DigestAlgorithm::Sha3_224
        | DigestAlgorithm::Sha3_256
        | DigestAlgorithm::Sha3_384
        | DigestAlgorithm::Sha3_512
        | DigestAlgorithm::Shake256 => None,
    };
    ring_accepts(key, ring_algorithm, message, signature)
        || recovered(key, signature).is_some_and(|block| {
            let digest = digest(parameters.digest, message);
            pss_block_holds(key, parameters, &block, &digest).is_some()
        })
}

/// ring takes a message in one piece, and keys of 2048 to 8192 bits.
fn ring_accepts(
    key: &RsaKey,
    algorithm: Option<&ring_signature::RsaParameters>,
    message: &[&[u8]],
    signature: &[u8],
) -> bool {
    let (Some(algorithm), [message]) = (algorithm, message) else {
        return false;
    };
    let components = ring_signature::RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent };
    components.verify(algorithm, message, signature).is_ok()
}

/// The block that was signed: signature to the power of the exponent, as long as the modulus (RFC 8017 5.2.2).
fn recovered(key: &RsaKey, signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != key.modulus.len() {
        return None;
    }
    let block = Modulus::new(&key.modulus)?.residue(signature)?.power(&key.exponent).octets();
    padded(&block, key.modulus.len())
}

/// `SEQUENCE { SEQUENCE { digest algorithm, NULL or nothing }, OCTET STRING digest }`
fn digest_info(algorithm: DigestAlgorithm, digest: &[u8], form: DigestInfoForm) -> Vec<u8> {
    let oid = der::encode(der::OBJECT_IDENTIFIER, &[algorithm.oid_content()]);
    let null: &[u8] = match form {
        DigestInfoForm::Null => &[der::NULL, 0],
        DigestInfoForm::Absent => &[],
    };
    let identifier = der::encode(der::SEQUENCE, &[&oid, null]);
    der::encode(der::SEQUENCE, &[&identifier, &der::encode(der::OCTET_STRING, &[digest])])
}

/// `00 01 FF … FF 00 DigestInfo`, at least eight FF (RFC 8017 9.2). `None`: the key is too short for it.
fn expected_block(length: usize, digest_info: &[u8]) -> Option<Vec<u8>> {
    let padding = length.checked_sub(digest_info.len() + 3).filter(|padding| *padding >= 8)?;
    let mut block = vec![0x00, 0x01];
    block.resize(2 + padding, 0xff);
    block.push(0x00);
    block.extend_from_slice(digest_info);
    Some(block)
}

/// EMSA-PSS-VERIFY, RFC 8017 9.1.2.
fn pss_block_holds(key: &RsaKey, parameters: PssParameters, block: &[u8], digest: &[u8]) -> Option<()> {
    let encoded_bits = key.bits.checked_sub(1)?;
    let encoded_length = usize::try_from(encoded_bits.div_ceil(8)).ok()?;
    // With a modulus of 8n + 1 bits the encoded message is one octet shorter than the block.
    let (zeros, encoded) = block.split_at_checked(block.len().checked_sub(encoded_length)?)?;
    let (encoded, [0xbc]) = encoded.split_last_chunk::<1>()? else {
        return None;
    };
    let (masked, stated) = encoded.split_at_checked(encoded.len().checked_sub(parameters.digest.len())?)?;
    let unused_bits = u32::try_from(encoded_length).ok()? * 8 - encoded_bits;
    let unused_mask = !(0xff_u8.checked_shr(unused_bits)?);
    if zeros.iter().any(|octet| *octet != 0) || masked.first()? & unused_mask != 0 {
        return None;
    }
    let mask = mask_generation(parameters.mask_digest, stated, masked.len());
    let mut data: Vec<u8> = masked.iter().zip(&mask).map(|(one, other)| one ^ other).collect();
    *data.first_mut()? &= !unused_mask;
    let (padding, salt) = data.split_at_checked(data.len().checked_sub(parameters.salt_length)?)?;
    let (1, padding) = padding.split_last()? else {
        return None;
    };
    if padding.iter().any(|octet| *octet != 0) {
        return None;
    }
    let mut hasher = Hasher::new(parameters.digest);
    [&[0; 8], digest, salt].iter().for_each(|part| hasher.update(part));
    (hasher.finish() == stated).then_some(())
}

/// MGF1, RFC 8017 B.2.1.
fn mask_generation(algorithm: DigestAlgorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length + algorithm.len());
    let mut counter: u32 = 0;
    while mask.len() < length {
        mask.extend(digest(algorithm, &[seed, &counter.to_be_bytes()]));
        counter += 1;
    }
    mask.truncate(length);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_encodings_of_digest_info() {
        let digest = digest(DigestAlgorithm::Sha256, &[b"abc"]);
        let with = digest_info(DigestAlgorithm::Sha256, &digest, DigestInfoForm::Null);
        let without = digest_info(DigestAlgorithm::Sha256, &digest, DigestInfoForm::Absent);
        // RFC 8017 9.2 note 1, and SWEDEN.md 0.1 as recovered from a Swedish signature.
        let prefix = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
        let swedish = [0x30, 0x2f, 0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20];
        assert_eq!(with, [&prefix[..], &digest].concat());
        assert_eq!(without, [&swedish[..], &digest].concat());
    }

    #[test]
    fn a_block_has_at_least_eight_octets_of_padding() {
        assert_eq!(expected_block(15, &[7; 4]), Some([&[0, 1][..], &[0xff; 8], &[0], &[7; 4]].concat()));
        assert_eq!(expected_block(14, &[7; 4]), None);
        assert_eq!(expected_block(3, &[7; 4]), None);
    }

    #[test]
    fn a_signature_as_large_as_the_modulus_is_refused() {
        let key = RsaKey { modulus: vec![0xf1; 64], exponent: vec![3], bits: 512, pss_only: false, pss: None };
        assert_eq!(recovered(&key, &[0xf1; 64]), None);
        assert_eq!(recovered(&key, &[0xff; 64]), None);
        assert_eq!(recovered(&key, &[1; 63]), None);
        assert_eq!(recovered(&key, &[0; 64]), Some(vec![0; 64]));
    }
}
