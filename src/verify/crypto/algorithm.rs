//! Which scheme and digest an AlgorithmIdentifier names.
//! RFC 8017 and 4055 (RSA), RFC 5758 and NIST CSOR (ECDSA, SHA-3), RFC 8410 and 8419 (Edwards curves), RFC 9882 (ML-DSA).

use std::fmt;

use super::digest::DigestAlgorithm;
use crate::format::der;
use crate::format::der::Reader;
use crate::format::x509::AlgorithmIdentifier;

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS.
    RsaPss,
    /// ECDSA with (r, s) in DER.
    Ecdsa,
    /// EdDSA on Curve25519.
    Ed25519,
    /// EdDSA on Curve448.
    Ed448,
    /// DSA with (r, s) in DER.
    Dsa,
    /// ML-DSA over the message itself, with an empty context.
    MlDsa(LatticeSet),
}

/// The parameter sets of ML-DSA (FIPS 204).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LatticeSet {
    /// ML-DSA-44.
    L44,
    /// ML-DSA-65.
    L65,
    /// ML-DSA-87.
    L87,
}

impl LatticeSet {
    /// The set that an object identifier names, of keys and signatures alike.
    pub(super) fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "2.16.840.1.101.3.4.3.17" => Some(Self::L44),
            "2.16.840.1.101.3.4.3.18" => Some(Self::L65),
            "2.16.840.1.101.3.4.3.19" => Some(Self::L87),
            _ => None,
        }
    }

    /// The name, such as `ML-DSA-65`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L44 => "ML-DSA-44",
            Self::L65 => "ML-DSA-65",
            Self::L87 => "ML-DSA-87",
        }
    }
}

impl Scheme {
    /// The name used in reports, such as `RSA-PKCS1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaPkcs1 => "RSA-PKCS1",
            Self::RsaPss => "RSASSA-PSS",
            Self::Ecdsa => "ECDSA",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::Dsa => "DSA",
            Self::MlDsa(set) => set.name(),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Parameters of RSASSA-PSS (RFC 4055 3.1), the trailer being the only one there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PssParameters {
    pub(super) digest: DigestAlgorithm,
    pub(super) mask_digest: DigestAlgorithm,
    pub(super) salt_length: usize,
}

/// What a signature algorithm identifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignatureAlgorithm {
    pub(super) scheme: Scheme,
    /// `None`: the identifier names none.
    pub(super) digest: Option<DigestAlgorithm>,
    pub(super) pss: Option<PssParameters>,
}

const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";

impl SignatureAlgorithm {
    /// What the identifier says, or why we cannot tell.
    pub(super) fn read(identifier: &AlgorithmIdentifier) -> Result<Self, String> {
        if identifier.oid == RSASSA_PSS {
            let parameters = identifier.parameters.as_deref().ok_or("RSASSA-PSS without parameters")?;
            let pss = PssParameters::read(parameters)?;
            return Ok(Self { scheme: Scheme::RsaPss, digest: Some(pss.digest), pss: Some(pss) });
        }
        if let Some(set) = LatticeSet::from_oid(identifier.oid.as_str()) {
            return Ok(Self { scheme: Scheme::MlDsa(set), digest: None, pss: None });
        }
        let (scheme, digest) = scheme_and_digest(identifier.oid.as_str())
            .ok_or_else(|| format!("signature algorithm {}", identifier.oid))?;
        Ok(Self { scheme, digest, pss: None })
    }
}

impl PssParameters {
    /// `SEQUENCE { [0] hash = sha1, [1] mask = mgf1SHA1, [2] saltLength = 20, [3] trailer = 1 }`, with these defaults.
    pub(super) fn read(parameters: &[u8]) -> Result<Self, String> {
        let malformed = |_| "malformed RSASSA-PSS parameters".to_owned();
        let mut fields = Reader::new(parameters).only_sequence().map_err(malformed)?;
        let digest = fields.optional(der::context_constructed(0)).map_err(malformed)?;
        let mask = fields.optional(der::context_constructed(1)).map_err(malformed)?;
        let salt = fields.optional(der::context_constructed(2)).map_err(malformed)?;
        let trailer = fields.optional(der::context_constructed(3)).map_err(malformed)?;
        fields.finish().map_err(malformed)?;

        let number = |value: &der::Value<'_>| value.explicit()?.unsigned();
        let salt_length = salt.as_ref().map_or(Ok(20), number).map_err(malformed)?;
        if trailer.as_ref().map_or(Ok(1), number).map_err(malformed)? != 1 {
            return Err("RSASSA-PSS with an unknown trailer".to_owned());
        }
        let digest = digest.map_or(Ok(DigestAlgorithm::Sha1), |value| named_digest(value.open()))?;
        let mask_digest = match mask {
            None => DigestAlgorithm::Sha1,
            Some(value) => {
                let mut fields = value.open().and_then(|mut inside| inside.sequence()).map_err(malformed)?;
                if fields.oid().map_err(malformed)? != MGF1 {
                    return Err("RSASSA-PSS with another mask than MGF1".to_owned());
                }
                named_digest(Ok(fields))?
            }
        };
        let salt_length = usize::try_from(salt_length).map_err(|_| "RSASSA-PSS with an absurd salt".to_owned())?;
        Ok(Self { digest, mask_digest, salt_length })
    }
}

fn named_digest(reader: Result<Reader<'_>, der::Error>) -> Result<DigestAlgorithm, String> {
    let identifier = reader.and_then(|mut reader| AlgorithmIdentifier::read(&mut reader));
    let oid = identifier.map_err(|_| "malformed RSASSA-PSS parameters".to_owned())?.oid;
    DigestAlgorithm::from_oid(oid.as_str()).ok_or_else(|| format!("digest algorithm {oid}"))
}

fn scheme_and_digest(oid: &str) -> Option<(Scheme, Option<DigestAlgorithm>)> {
    use DigestAlgorithm as D;
    Some(match oid {
        // The second is X.500's own name for RSA, found in French time stamps.
        "1.2.840.113549.1.1.1" | "2.5.8.1.1" => (Scheme::RsaPkcs1, None),
        "1.2.840.113549.1.1.4" => (Scheme::RsaPkcs1, Some(D::Md5)),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => (Scheme::RsaPkcs1, Some(D::Sha1)),
        "1.3.36.3.3.1.2" => (Scheme::RsaPkcs1, Some(D::Ripemd160)),
        "1.2.840.113549.1.1.14" => (Scheme::RsaPkcs1, Some(D::Sha224)),
        "1.2.840.113549.1.1.11" => (Scheme::RsaPkcs1, Some(D::Sha256)),
        "1.2.840.113549.1.1.12" => (Scheme::RsaPkcs1, Some(D::Sha384)),
        "1.2.840.113549.1.1.13" => (Scheme::RsaPkcs1, Some(D::Sha512)),
        "1.2.840.113549.1.1.16" => (Scheme::RsaPkcs1, Some(D::Sha512_256)),
        "2.16.840.1.101.3.4.3.13" => (Scheme::RsaPkcs1, Some(D::Sha3_224)),
        "2.16.840.1.101.3.4.3.14" => (Scheme::RsaPkcs1, Some(D::Sha3_256)),
        "2.16.840.1.101.3.4.3.15" => (Scheme::RsaPkcs1, Some(D::Sha3_384)),
        "2.16.840.1.101.3.4.3.16" => (Scheme::RsaPkcs1, Some(D::Sha3_512)),
        "1.2.840.10045.2.1" => (Scheme::Ecdsa, None),
        "1.2.840.10045.4.1" => (Scheme::Ecdsa, Some(D::Sha1)),
        "1.2.840.10045.4.3.1" => (Scheme::Ecdsa, Some(D::Sha224)),
        "1.2.840.10045.4.3.2" => (Scheme::Ecdsa, Some(D::Sha256)),
        "1.2.840.10045.4.3.3" => (Scheme::Ecdsa, Some(D::Sha384)),
        "1.2.840.10045.4.3.4" => (Scheme::Ecdsa, Some(D::Sha512)),
        "2.16.840.1.101.3.4.3.9" => (Scheme::Ecdsa, Some(D::Sha3_224)),
        "2.16.840.1.101.3.4.3.10" => (Scheme::Ecdsa, Some(D::Sha3_256)),
        "2.16.840.1.101.3.4.3.11" => (Scheme::Ecdsa, Some(D::Sha3_384)),
        "2.16.840.1.101.3.4.3.12" => (Scheme::Ecdsa, Some(D::Sha3_512)),
        "1.3.101.112" => (Scheme::Ed25519, None),
        "1.3.101.113" => (Scheme::Ed448, None),
        "1.2.840.10040.4.1" => (Scheme::Dsa, None),
        "1.2.840.10040.4.3" => (Scheme::Dsa, Some(D::Sha1)),
        "2.16.840.1.101.3.4.3.1" => (Scheme::Dsa, Some(D::Sha224)),
        "2.16.840.1.101.3.4.3.2" => (Scheme::Dsa, Some(D::Sha256)),
        _ => return None,
    })
}
