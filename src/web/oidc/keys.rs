//! An identity provider's public keys, and signatures checked with them. RFC 7517, 7518 and 8037.
//! Four algorithms; a key is used only for the one that fits its kind, so that no token chooses how it is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature;
use ring::signature::RsaPublicKeyComponents;
use ring::signature::UnparsedPublicKey;
use serde::Deserialize;

/// Keys looked at: providers publish a handful.
const KEYS_MAX: usize = 50;
/// Bytes of a coordinate on P-256.
const COORDINATE_BYTES: usize = 32;
/// How a point that is given by both coordinates begins.
const UNCOMPRESSED: u8 = 4;

/// What a token may be signed with. Neither `none` nor a shared secret (`HS…`) is among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn read(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A key as it is published.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}

/// The keys of a published set; those of kinds that we do not know are passed over.
pub(super) fn read(json: &[u8]) -> Option<Vec<Key>> {
    let published: Published = serde_json::from_slice(json).ok()?;
    Some(published.keys.into_iter().take(KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// Whether there is a key by the name that a token gives.
pub(super) fn knows(keys: &[Key], kid: Option<&str>) -> bool {
    kid.is_none_or(|kid| keys.iter().any(|key| key.kid.as_deref() == Some(kid)))
}

/// Whether a key among these made this signature. A token that names a key is believed by that key alone.
pub(super) fn signed(
    keys: &[Key],
    kid: Option<&str>,
    algorithm: Algorithm,
    name: &str,
    message: &[u8],
    value: &[u8],
) -> bool {
    let named = keys.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
    let mut fit = named.filter(|key| {
        key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && key.alg.as_deref().is_none_or(|alg| alg == name)
    });
    fit.any(|key| key.verifies(algorithm, message, value).unwrap_or(false))
}

impl Key {
    /// `None`: not a key for this algorithm.
    fn verifies(&self, algorithm: Algorithm, message: &[u8], value: &[u8]) -> Option<bool> {
        match (algorithm, self.kty.as_str(), self.crv.as_str()) {
            (Algorithm::Rs256, "RSA", _) => self.rsa(&signature::RSA_PKCS1_2048_8192_SHA256, message, value),
            (Algorithm::Ps256, "RSA", _) => self.rsa(&signature::RSA_PSS_2048_8192_SHA256, message, value),
            (Algorithm::Es256, "EC", "P-256") => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                let whole = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
                let point = [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
                Some(whole && key.verify(message, value).is_ok())
            }
            (Algorithm::EdDsa, "OKP", "Ed25519") => {
                let key = UnparsedPublicKey::new(&signature::ED25519, bytes(&self.x)?);
                Some(key.verify(message, value).is_ok())
            }
            _ => None,
        }
    }

    fn rsa(&self, how: &'static signature::RsaParameters, message: &[u8], value: &[u8]) -> Option<bool> {
        let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
        // Some write the sign's byte, which RFC 7518 does not want and `ring` refuses.
        let (n, e) = (unpadded(&n), unpadded(&e));
        Some(RsaPublicKeyComponents { n, e }.verify(how, message, value).is_ok())
    }
}

fn unpadded(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
