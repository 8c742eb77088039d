//! Digests and signature values: the one folder that names crypto crates.
//! RFC 8017, 5758, 8032, 8419, 9882; CM-10, CM-17 and CM-18 of the project's spec. Dates and reliability: `verify::policy`.

use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::PublicKeyInfo;

mod digest;
mod algorithm;
mod modular;
mod dsa;
mod key;
mod rsa;
mod curve;
mod weierstrass;
mod lattice;

use self::algorithm::PssParameters;
use self::algorithm::SignatureAlgorithm;
use self::key::Key;
use self::key::RsaKey;
use self::rsa::DigestInfoForm;

pub use self::algorithm::LatticeSet;
pub use self::algorithm::Scheme;
pub use self::digest::DigestAlgorithm;
pub use self::digest::Hasher;
pub use self::digest::digest;
pub use self::digest::sha256;
pub use self::key::BP256;
pub use self::key::BP320;
pub use self::key::BP384;
pub use self::key::BP512;
pub use self::key::Curve;
pub use self::key::FRP256;
pub use self::key::K256;
pub use self::key::KeyKind;
pub use self::key::P192;
pub use self::key::P224;
pub use self::key::P256;
pub use self::key::P384;
pub use self::key::P521;
pub use self::key::PublicKey;

/// What came of computing one signature value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The key made this signature over this message.
    Valid {
        /// A deviation that does not touch the proof, for policy to judge.
        quirk: Option<Quirk>,
    },
    /// It did not, or the algorithm stated is not one for this key.
    Invalid,
    /// We cannot tell: the algorithm, key or curve is not one we compute. Never to be read as "no".
    Unsupported(String),
}

impl Outcome {
    /// Whether the key made the signature, quirks or not.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }
}

/// How a valid signature deviates from its standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// RSA: DigestInfo lacks the NULL that RFC 8017 B.1 demands (RSA_DIGESTINFO_NULL_ABSENT in reports).
    DigestInfoNullAbsent,
    /// The signature algorithm names another digest than digestAlgorithm (CM-10). This one was used; producers
    /// differ, and so do OpenSSL (digestAlgorithm) and NSS (the signature algorithm).
    DigestDiffers(DigestAlgorithm),
    /// RSASSA-PSS: the salt is not as long as the digest (CM-10: WARN).
    SaltLength,
    /// RSASSA-PSS: the mask is made with another digest than the message's (CM-10).
    MaskDigestDiffers,
    /// EdDSA: digestAlgorithm is not the one that goes with the curve (CM-10, RFC 8419 3).
    DigestUnfit,
}

/// What a signature was made with, for reports and policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// The scheme. `None`: unknown.
    pub scheme: Option<Scheme>,
    /// The digest inside the scheme. `None`: unknown, or part of the scheme (Edwards curves).
    pub digest: Option<DigestAlgorithm>,
    /// The kind of key.
    pub key: KeyKind,
    /// Its size: modulus bits or field bits; zero when unknown.
    pub key_bits: u32,
}

/// What a signature with this key and algorithm is made with; computes nothing.
#[must_use]
pub fn describe(
    key: &PublicKeyInfo,
    algorithm: &AlgorithmIdentifier,
    digest_algorithm: Option<DigestAlgorithm>,
) -> Description {
    let key = PublicKey::read(key);
    let stated = SignatureAlgorithm::read(algorithm).ok();
    let digest = stated.and_then(|stated| match stated.scheme {
        Scheme::Ed25519 | Scheme::Ed448 | Scheme::MlDsa(_) => None,
        Scheme::RsaPkcs1 | Scheme::RsaPss | Scheme::Ecdsa | Scheme::Dsa => stated.digest.or(digest_algorithm),
    });
    Description { scheme: stated.map(|stated| stated.scheme), digest, key: key.kind(), key_bits: key.bits() }
}

/// Whether `signature` is this key's signature over the message.
///
/// `algorithm` is as stated beside the signature (SignerInfo, certificate, CRL, response). `digest_algorithm` is
/// SignerInfo's: used when `algorithm` names none, or when nothing holds with the one it names. The message comes in
/// parts, so that the two sides of a ByteRange need not be copied together.
pub fn verify(
    key: &PublicKeyInfo,
    algorithm: &AlgorithmIdentifier,
    digest_algorithm: Option<DigestAlgorithm>,
    message: &[&[u8]],
    signature: &[u8],
) -> Outcome {
    let stated = match SignatureAlgorithm::read(algorithm) {
        Ok(stated) => stated,
        // A curve is not an algorithm we lack: nothing can be signed with it.
        Err(_) if key::curve(algorithm.oid.as_str()).is_some() => return Outcome::Invalid,
        Err(reason) => return Outcome::Unsupported(reason),
    };
    let key = PublicKey::read(key).0;
    let outcome = |digest| stated_outcome(&key, stated, digest, message, signature);
    match (stated.digest, digest_algorithm) {
        (Some(named), Some(given)) if named != given => {
            let differs = |digest| match outcome(Some(digest)) {
                Outcome::Valid { .. } => Outcome::Valid { quirk: Some(Quirk::DigestDiffers(digest)) },
                other @ (Outcome::Invalid | Outcome::Unsupported(_)) => other,
            };
            match (stated.pss, differs(named)) {
                (None, Outcome::Invalid) => differs(given),
                (Some(_) | None, other) => other,
            }
        }
        (named, given) => outcome(named.or(given)),
    }
}

/// The outcome with this digest; RSASSA-PSS has its own in the parameters.
fn stated_outcome(
    key: &Key,
    stated: SignatureAlgorithm,
    digest: Option<DigestAlgorithm>,
    message: &[&[u8]],
    signature: &[u8],
) -> Outcome {
    let without_digest = || Outcome::Unsupported(format!("{} without a digest algorithm we know", stated.scheme));
    match (stated.scheme, key) {
        (_, Key::Other(reason)) => Outcome::Unsupported(reason.clone()),
        (Scheme::RsaPkcs1, Key::Rsa(key)) if !key.pss_only => match digest {
            Some(digest) => rsa_pkcs1(key, digest, message, signature),
            None => without_digest(),
        },
        (Scheme::RsaPss, Key::Rsa(key)) => match stated.pss {
            Some(parameters) => rsa_pss(key, parameters, message, signature),
            None => without_digest(),
        },
        (Scheme::Ecdsa, Key::Ec { curve, point }) => match digest {
            Some(digest) => match curve::ecdsa(*curve, point, digest, message, signature) {
                Some(holds) => yes_or_no(holds),
                None => Outcome::Unsupported(format!("curve {}", curve.name)),
            },
            None => without_digest(),
        },
        (Scheme::Dsa, Key::Dsa(key)) => match digest {
            Some(digest) => yes_or_no(key.verify(digest, message, signature)),
            None => without_digest(),
        },
        (Scheme::Ed25519, Key::Ed25519(key)) => {
            edwards(curve::ed25519(key, message, signature), DigestAlgorithm::Sha512, digest)
        }
        (Scheme::Ed448, Key::Ed448(key)) => {
            edwards(curve::ed448(key, message, signature), DigestAlgorithm::Shake256, digest)
        }
        (Scheme::MlDsa(set), Key::MlDsa(own, key)) if set == *own => {
            yes_or_no(lattice::verify(set, key, message, signature))
        }
        // The algorithm stated is known, and not one for this key.
        (
            Scheme::RsaPkcs1
            | Scheme::RsaPss
            | Scheme::Ecdsa
            | Scheme::Ed25519
            | Scheme::Ed448
            | Scheme::Dsa
            | Scheme::MlDsa(_),
            Key::Rsa(_) | Key::Ec { .. } | Key::Ed25519(_) | Key::Ed448(_) | Key::Dsa(_) | Key::MlDsa(..),
        ) => Outcome::Invalid,
    }
}

/// RFC 8419 3: with each of the two curves goes one digest, where any is stated.
fn edwards(holds: bool, fitting: DigestAlgorithm, stated: Option<DigestAlgorithm>) -> Outcome {
    match stated {
        Some(stated) if holds && stated != fitting => Outcome::Valid { quirk: Some(Quirk::DigestUnfit) },
        Some(_) | None => yes_or_no(holds),
    }
}

fn rsa_pkcs1(key: &RsaKey, digest: DigestAlgorithm, message: &[&[u8]], signature: &[u8]) -> Outcome {
    match rsa::pkcs1(key, digest, message, signature) {
        Some(DigestInfoForm::Null) => Outcome::Valid { quirk: None },
        Some(DigestInfoForm::Absent) => Outcome::Valid { quirk: Some(Quirk::DigestInfoNullAbsent) },
        None => Outcome::Invalid,
    }
}

fn rsa_pss(key: &RsaKey, parameters: PssParameters, message: &[&[u8]], signature: &[u8]) -> Outcome {
    // RFC 4055 1.2: a key bound to parameters makes no signature with others, or with a shorter salt.
    let outside_binding = key.pss.is_some_and(|bound| {
        (bound.digest, bound.mask_digest) != (parameters.digest, parameters.mask_digest)
            || parameters.salt_length < bound.salt_length
    });
    if outside_binding || !rsa::pss(key, parameters, message, signature) {
        return Outcome::Invalid;
    }
    let quirk = if parameters.digest != parameters.mask_digest {
        Some(Quirk::MaskDigestDiffers)
    } else {
        (parameters.salt_length != parameters.digest.len()).then_some(Quirk::SaltLength)
    };
    Outcome::Valid { quirk }
}

const fn yes_or_no(holds: bool) -> Outcome {
    if holds { Outcome::Valid { quirk: None } } else { Outcome::Invalid }
}
