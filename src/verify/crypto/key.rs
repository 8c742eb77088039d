//! Public keys: which kind, how long, on which curve.
//! RFC 3279, 4055, 5480, 8410 and 9881; only named curves (CM-18), RSA within limits that keep the arithmetic short.

use super::algorithm::LatticeSet;
use super::algorithm::PssParameters;
use super::dsa::DsaKey;
use crate::format::der;
use crate::format::der::Reader;
use crate::format::x509::PublicKeyInfo;

/// Longest modulus computed with; ring stops at 8192, and a check of this size takes about 65 ms.
const MODULUS_BITS_MAX: u32 = 16_384;
/// Longest exponent computed with, as in ring: 2³² + 1 and everything in use below.
const EXPONENT_BITS_MAX: u32 = 33;

/// A named curve, by its field size in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Curve {
    /// The name, such as `P-256`.
    pub name: &'static str,
    /// Bits of the field.
    pub bits: u32,
}

impl Curve {
    /// Whether TS 119 312 recommends it; of others only the size counts (VALIDATION 12).
    #[must_use]
    pub fn is_recommended(self) -> bool {
        [P256, P384, P521, BP256, BP384, BP512, FRP256].contains(&self)
    }
}

/// NIST P-256, secp256r1.
pub const P256: Curve = Curve { name: "P-256", bits: 256 };
/// NIST P-384, secp384r1.
pub const P384: Curve = Curve { name: "P-384", bits: 384 };
/// NIST P-521, secp521r1.
pub const P521: Curve = Curve { name: "P-521", bits: 521 };

/// NIST P-192, secp192r1.
pub const P192: Curve = Curve { name: "P-192", bits: 192 };
/// NIST P-224, secp224r1.
pub const P224: Curve = Curve { name: "P-224", bits: 224 };
/// SECG secp256k1.
pub const K256: Curve = Curve { name: "secp256k1", bits: 256 };
/// BrainpoolP256r1.
pub const BP256: Curve = Curve { name: "brainpoolP256r1", bits: 256 };
/// BrainpoolP320r1.
pub const BP320: Curve = Curve { name: "brainpoolP320r1", bits: 320 };
/// BrainpoolP384r1.
pub const BP384: Curve = Curve { name: "brainpoolP384r1", bits: 384 };
/// BrainpoolP512r1.
pub const BP512: Curve = Curve { name: "brainpoolP512r1", bits: 512 };
/// FRP256v1.
pub const FRP256: Curve = Curve { name: "FRP256v1", bits: 256 };

/// The curve an object identifier names.
pub(super) fn curve(oid: &str) -> Option<Curve> {
    Some(match oid {
        "1.2.840.10045.3.1.7" => P256,
        "1.3.132.0.34" => P384,
        "1.3.132.0.35" => P521,
        "1.2.840.10045.3.1.1" => P192,
        "1.3.132.0.33" => P224,
        "1.3.132.0.10" => K256,
        "1.2.250.1.223.101.256.1" => FRP256,
        "1.3.36.3.3.2.8.1.1.7" => BP256,
        "1.3.36.3.3.2.8.1.1.9" => BP320,
        "1.3.36.3.3.2.8.1.1.11" => BP384,
        "1.3.36.3.3.2.8.1.1.13" => BP512,
        _ => return None,
    })
}

/// A public key, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(pub(super) Key);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Rsa(RsaKey),
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
    Ed448(Vec<u8>),
    Dsa(DsaKey),
    MlDsa(LatticeSet, Vec<u8>),
    /// Why it cannot be used.
    Other(String),
}

/// Modulus and exponent, big-endian without leading zeros, within limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RsaKey {
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
    pub(super) bits: u32,
    /// Made for RSASSA-PSS only.
    pub(super) pss_only: bool,
    /// The parameters such a key is bound to, if any.
    pub(super) pss: Option<PssParameters>,
}

/// Kinds of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// On a named curve.
    Ec(Curve),
    /// Edwards curve 25519.
    Ed25519,
    /// Edwards curve 448.
    Ed448,
    /// DSA.
    Dsa,
    /// A lattice.
    MlDsa(LatticeSet),
    /// Anything else, or a key that cannot be read.
    Unknown,
}

impl PublicKey {
    /// Reads the key in a certificate. One that cannot be read is of unknown kind: signatures by it are unsupported.
    #[must_use]
    pub fn read(info: &PublicKeyInfo) -> Self {
        let parameters = info.algorithm.parameters.as_deref();
        let key = match info.algorithm.oid.as_str() {
            "1.2.840.113549.1.1.1" => rsa_key(&info.key, false, None),
            "1.2.840.113549.1.1.10" => {
                parameters.map(PssParameters::read).transpose().and_then(|pss| rsa_key(&info.key, true, pss))
            }
            "1.2.840.10045.2.1" => named_curve(parameters).map(|curve| Key::Ec { curve, point: info.key.clone() }),
            "1.3.101.112" => Ok(Key::Ed25519(info.key.clone())),
            "1.3.101.113" => Ok(Key::Ed448(info.key.clone())),
            "1.2.840.10040.4.1" => DsaKey::read(parameters, &info.key).map(Key::Dsa),
            other => match LatticeSet::from_oid(other) {
                Some(set) => Ok(Key::MlDsa(set, info.key.clone())),
                None => Err(format!("public key algorithm {other}")),
            },
        };
        Self(key.unwrap_or_else(Key::Other))
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match &self.0 {
            Key::Rsa(_) => KeyKind::Rsa,
            Key::Ec { curve, .. } => KeyKind::Ec(*curve),
            Key::Ed25519(_) => KeyKind::Ed25519,
            Key::Ed448(_) => KeyKind::Ed448,
            Key::Dsa(_) => KeyKind::Dsa,
            Key::MlDsa(set, _) => KeyKind::MlDsa(*set),
            Key::Other(_) => KeyKind::Unknown,
        }
    }

    /// Its size as section 12 counts it: modulus bits, or field bits. Zero when unknown, or when the kind says it all.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        match &self.0 {
            Key::Rsa(key) => key.bits,
            Key::Ec { curve, .. } => curve.bits,
            Key::Ed25519(_) => 256,
            Key::Ed448(_) => 456,
            Key::Dsa(key) => key.bits,
            Key::MlDsa(..) | Key::Other(_) => 0,
        }
    }
}

fn rsa_key(bytes: &[u8], pss_only: bool, pss: Option<PssParameters>) -> Result<Key, String> {
    let numbers = || {
        let mut fields = Reader::new(bytes).only_sequence()?;
        let modulus = fields.expect(der::INTEGER)?.integer()?;
        let exponent = fields.expect(der::INTEGER)?.integer()?;
        fields.finish()?;
        Ok::<_, der::Error>((modulus, exponent))
    };
    let (modulus, exponent) = numbers().map_err(|_| "malformed RSA key".to_owned())?;
    // Estonian cards of 2012 to 2014 carry a modulus without the zero octet that makes it positive. A modulus is
    // never negative, so its octets are read as they are, by us as by OpenSSL.
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let (Some(bits), Some(exponent_bits)) = (bits(&modulus), bits(&exponent)) else {
        return Err("RSA key of zero length".to_owned());
    };
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    if bits > MODULUS_BITS_MAX || !(2..=EXPONENT_BITS_MAX).contains(&exponent_bits) || !odd(&modulus) || !odd(&exponent)
    {
        return Err(format!("RSA key of {bits} bits with an exponent of {exponent_bits} bits"));
    }
    Ok(Key::Rsa(RsaKey { modulus, exponent, bits, pss_only, pss }))
}

pub(super) fn without_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|octet| *octet == 0).collect()
}

/// Bits of a number without leading zeros. `None`: zero, or absurdly long.
pub(super) fn bits(number: &[u8]) -> Option<u32> {
    let octets = u32::try_from(number.len()).ok()?;
    Some(octets.checked_mul(8)? - number.first()?.leading_zeros())
}

fn named_curve(parameters: Option<&[u8]>) -> Result<Curve, String> {
    let value = parameters.and_then(|bytes| Reader::new(bytes).read().ok()).ok_or("EC key without parameters")?;
    if value.tag != der::OBJECT_IDENTIFIER {
        return Err("EC key with parameters of its own instead of a named curve".to_owned());
    }
    let oid = value.oid().map_err(|_| "EC key on a malformed curve".to_owned())?;
    curve(oid.as_str()).ok_or_else(|| format!("curve {oid}"))
}
