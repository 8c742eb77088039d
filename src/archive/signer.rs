//! A key of ours that signs what we say: validation tokens and statements. PKCS #8 and X.509, through `ring`.
//! The ledger's key is another one, and signs nothing but checkpoints.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature;
use ring::signature::EcdsaKeyPair;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use ring::signature::RsaKeyPair;

use crate::format::x509::Certificate;
use crate::verify::crypto::DigestAlgorithm;

/// Why a key and its certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither PKCS #8 in PEM or DER, or a kind of key that we do not sign with.
    #[error("not a private key in PKCS #8 of a kind used here: EC P-256 or P-384, RSA of 2048 bits or more, Ed25519")]
    Key,
    /// No certificate in PEM or DER.
    #[error("not a certificate")]
    Certificate,
    /// Key and certificate are of different pairs.
    #[error("the certificate is not that of the key")]
    Pair,
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    Randomness,
}

/// ECDSA is written in two ways, and `ring` signs in each with a key of its own.
enum Pair {
    P256 { plain: EcdsaKeyPair, der: EcdsaKeyPair },
    P384 { plain: EcdsaKeyPair, der: EcdsaKeyPair },
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A private key with its certificate, and those above it.
pub struct Signer {
    pair: Pair,
    random: SystemRandom,
    certificates: Vec<Certificate>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Signer({})", self.jose())
    }
}

impl Signer {
    /// Reads a key and its certificate, each in PEM or DER; further certificates in PEM are those above it.
    ///
    /// # Errors
    /// Where one is none, or they do not belong together.
    pub fn read(key: &[u8], certificates: &[u8]) -> Result<Self, Error> {
        let key = blocks(key, "PRIVATE KEY").into_iter().next().unwrap_or_else(|| key.to_vec());
        let mut ders = blocks(certificates, "CERTIFICATE");
        if ders.is_empty() {
            ders.push(certificates.to_vec());
        }
        let certificates: Result<Vec<Certificate>, Error> =
            ders.iter().map(|der| Certificate::read(der).map_err(|_| Error::Certificate)).collect();
        let random = SystemRandom::new();
        let this = Self { pair: pair(&key, &random).ok_or(Error::Key)?, random, certificates: certificates? };
        let own = this.certificate().map(|certificate| certificate.public_key.key.as_slice() == this.public());
        if own == Some(true) { Ok(this) } else { Err(Error::Pair) }
    }

    /// The key's own certificate.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// Its own certificate, and those above it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The digest that goes with the key, inside its signatures and beside them.
    pub fn digest(&self) -> DigestAlgorithm {
        match &self.pair {
            Pair::P256 { .. } | Pair::Rsa(_) => DigestAlgorithm::Sha256,
            Pair::P384 { .. } => DigestAlgorithm::Sha384,
            Pair::Ed25519(_) => DigestAlgorithm::Sha512,
        }
    }

    /// What JSON Web Signatures call it (RFC 7518, RFC 8037).
    pub fn jose(&self) -> &'static str {
        match &self.pair {
            Pair::P256 { .. } => "ES256",
            Pair::P384 { .. } => "ES384",
            Pair::Rsa(_) => "PS256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// A signature as JSON Web Signatures write it.
    ///
    /// # Errors
    /// Without random numbers.
    pub fn sign_jose(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.pair {
            Pair::P256 { plain, .. } | Pair::P384 { plain, .. } => self.ecdsa(plain, message),
            Pair::Rsa(key) => self.rsa(key, &signature::RSA_PSS_SHA256, message),
            Pair::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
        }
    }

    /// A signature as CMS writes it, and its AlgorithmIdentifier in DER (RFC 5754, RFC 5758, RFC 8419).
    ///
    /// # Errors
    /// Without random numbers.
    pub fn sign_cms(&self, message: &[u8]) -> Result<(Vec<u8>, &'static [u8]), Error> {
        match &self.pair {
            Pair::P256 { der, .. } => Ok((self.ecdsa(der, message)?, ECDSA_SHA256)),
            Pair::P384 { der, .. } => Ok((self.ecdsa(der, message)?, ECDSA_SHA384)),
            Pair::Rsa(key) => Ok((self.rsa(key, &signature::RSA_PKCS1_SHA256, message)?, RSA_SHA256)),
            Pair::Ed25519(key) => Ok((key.sign(message).as_ref().to_vec(), ED25519)),
        }
    }

    fn ecdsa(&self, key: &EcdsaKeyPair, message: &[u8]) -> Result<Vec<u8>, Error> {
        key.sign(&self.random, message).map(|made| made.as_ref().to_vec()).map_err(|_| Error::Randomness)
    }

    fn rsa(
        &self,
        key: &RsaKeyPair,
        padding: &'static dyn signature::RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut made = vec![0; key.public().modulus_len()];
        key.sign(padding, &self.random, message, &mut made).map_err(|_| Error::Randomness)?;
        Ok(made)
    }

    fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::P256 { der, .. } | Pair::P384 { der, .. } => der.public_key().as_ref(),
            Pair::Rsa(key) => key.public_key().as_ref(),
            Pair::Ed25519(key) => key.public_key().as_ref(),
        }
    }
}

/// ecdsa-with-SHA256, ecdsa-with-SHA384, sha256WithRSAEncryption with its NULL, Ed25519: whole.
pub(crate) const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_SHA384: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const RSA_SHA256: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];
const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// The key by the first kind that it is one of.
fn pair(key: &[u8], random: &SystemRandom) -> Option<Pair> {
    let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, key, random).ok();
    let p256 =
        ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).zip(ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING));
    let p384 =
        ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).zip(ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING));
    None.or_else(|| p256.map(|(plain, der)| Pair::P256 { plain, der }))
        .or_else(|| p384.map(|(plain, der)| Pair::P384 { plain, der }))
        .or_else(|| RsaKeyPair::from_pkcs8(key).ok().map(Pair::Rsa))
        .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(key).ok().map(Pair::Ed25519))
}

/// The blocks of this kind in a PEM file (RFC 7468), decoded.
fn blocks(text: &[u8], label: &str) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(text) else { return Vec::new() };
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let parts = text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split(end.as_str()).next());
    let decoded = parts.map(|part| part.split_whitespace().collect::<String>());
    decoded.filter_map(|base64| STANDARD.decode(base64).ok()).collect()
}
