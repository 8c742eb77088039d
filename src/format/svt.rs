//! Signature validation tokens: what another validator found, as a signed JSON Web Token. RFC 9321, RFC 7515 compact.
//! Members are typed and none may occur twice, so that none hides another; what is unknown is left aside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::IgnoredAny;

use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::Certificate;
use crate::format::xml::algorithm;

/// Largest token read, in bytes. One signature takes some ten thousand, most of it certificates.
const BYTES_MAX: usize = 4 << 20;

/// Why bytes are no signature validation token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Larger than is read.
    #[error("token of {0} bytes")]
    TooLarge(usize),
    /// Not three parts in base64url.
    #[error("not a JSON Web Token in compact form")]
    Form,
    /// The header or the claims are not what RFC 9321 says.
    #[error("the {part} cannot be read from column {column} on")]
    Json {
        /// `header` or `claims`.
        part: &'static str,
        /// Where.
        column: usize,
    },
    /// The header demands something that we do not understand (RFC 7515 4.1.11).
    #[error("a critical header parameter")]
    Critical,
}

/// A token, its signature not yet verified.
#[derive(Clone, Debug)]
pub struct Token {
    /// What was signed: header, a full stop, claims.
    pub signed: Vec<u8>,
    /// The signature value as JWS writes it.
    pub signature: Vec<u8>,
    /// How it is signed, and by whom.
    pub header: Header,
    /// What was found.
    pub claims: Claims,
}

/// The JOSE header.
#[derive(Clone, Debug, Deserialize)]
pub struct Header {
    /// `JWT`.
    pub typ: Option<String>,
    /// The algorithm's name by RFC 7518, such as `ES512`.
    pub alg: String,
    /// The issuer's certificate, then those above it.
    #[serde(default)]
    pub x5c: Option<Vec<Base64>>,
    /// Digest of the issuer's certificate in base64, where the certificate is not sent.
    #[serde(default)]
    pub kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// Who says it, when, and until when it holds.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    /// The validation service's name for itself.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// When the token was made.
    #[serde(rename = "iat")]
    pub issued_at: Seconds,
    /// After this it says nothing; often not stated.
    #[serde(rename = "exp", default)]
    pub expires: Option<Seconds>,
    /// What was found.
    #[serde(rename = "sig_val_claims")]
    pub found: Found,
}

/// What was found about one document's signatures.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    /// `1.0`.
    #[serde(rename = "ver")]
    pub version: String,
    /// `PDF` here.
    pub profile: String,
    /// The digest algorithm's address, such as `http://www.w3.org/2001/04/xmlenc#sha512`.
    #[serde(rename = "hash_algo")]
    pub digest_algorithm: String,
    /// One for each signature.
    #[serde(rename = "sig")]
    pub signatures: Vec<Finding>,
}

/// What was found about one signature.
#[derive(Clone, Debug, Deserialize)]
pub struct Finding {
    /// Which one.
    #[serde(rename = "sig_ref")]
    pub signature: SignatureReference,
    /// What it is over.
    #[serde(rename = "sig_data_ref")]
    pub data: Vec<DataReference>,
    /// Whose it is.
    #[serde(rename = "signer_cert_ref")]
    pub signer: SignerReference,
    /// The answers, one for each policy applied.
    #[serde(rename = "sig_val")]
    pub answers: Vec<Answer>,
    /// Times that the validator found proven.
    #[serde(rename = "time_val", default)]
    pub times: Option<Vec<ProvenTime>>,
}

/// A signature by its digests.
#[derive(Clone, Debug, Deserialize)]
pub struct SignatureReference {
    /// Of the signature value's octets.
    #[serde(rename = "sig_hash")]
    pub value: Base64,
    /// Of the signed attributes in DER, as a SET.
    #[serde(rename = "sb_hash")]
    pub attributes: Base64,
}

/// Signed data by its digest.
#[derive(Clone, Debug, Deserialize)]
pub struct DataReference {
    /// The ByteRange as text: `0 848145 867091 33295`.
    #[serde(rename = "ref")]
    pub range: String,
    /// Of those bytes.
    pub hash: Base64,
}

/// The signer's certificate and those above it.
#[derive(Clone, Debug, Deserialize)]
pub struct SignerReference {
    /// In which form.
    #[serde(rename = "type")]
    pub form: SignerForm,
    /// The signer's first.
    #[serde(rename = "ref")]
    pub parts: Vec<Base64>,
}

/// How a certificate is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignerForm {
    /// Certificates, whole.
    Chain,
    /// The digest of the signer's, and one of all the others.
    ChainHash,
}

/// The answer by one policy.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    /// The policy's address.
    #[serde(rename = "pol")]
    pub policy: String,
    /// The answer.
    #[serde(rename = "res")]
    pub result: Outcome,
    /// In the validator's words.
    #[serde(rename = "msg", default)]
    pub message: Option<String>,
}

/// An answer's main word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// The signature was found valid.
    Passed,
    /// It was found invalid.
    Failed,
    /// Neither.
    Indeterminate,
}

impl Outcome {
    /// As tokens write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::Indeterminate => "INDETERMINATE",
        }
    }
}

/// A time that the validator found proven.
#[derive(Clone, Debug, Deserialize)]
pub struct ProvenTime {
    /// When.
    pub time: Seconds,
    /// By what, an address such as `http://id.swedenconnect.se/svt/timeval-type/sig-timestamp/01`.
    #[serde(rename = "type")]
    pub kind: String,
    /// By whom.
    #[serde(rename = "iss", default)]
    pub issuer: Option<String>,
}

/// Bytes that stand in JSON as base64 with padding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Base64(pub Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

/// A moment that stands in JSON as whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "i64")]
pub struct Seconds(pub Timestamp);

impl TryFrom<i64> for Seconds {
    type Error = jiff::Error;

    fn try_from(seconds: i64) -> Result<Self, Self::Error> {
        Timestamp::from_second(seconds).map(Self)
    }
}

impl Token {
    /// Reads a token in compact form; blanks around it are left aside.
    ///
    /// # Errors
    /// When it is too large, malformed, or demands what is not understood.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.trim_ascii();
        if bytes.len() > BYTES_MAX {
            return Err(Error::TooLarge(bytes.len()));
        }
        let parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'.').collect();
        let [header, claims, signature] = parts.as_slice() else { return Err(Error::Form) };
        let decoded = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Form);
        let read_header: Header = json("header", &decoded(header)?)?;
        if read_header.crit.is_some() {
            return Err(Error::Critical);
        }
        Ok(Self {
            signed: [header, &b"."[..], claims].concat(),
            signature: decoded(signature)?,
            header: read_header,
            claims: json("claims", &decoded(claims)?)?,
        })
    }
}

fn json<T: DeserializeOwned>(part: &'static str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::Json { part, column: error.column() })
}

impl Header {
    /// The certificates sent, those that can be read.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        let sent = self.x5c.as_deref().unwrap_or_default();
        sent.iter().filter_map(|der| Certificate::read(&der.0).ok()).collect()
    }

    /// The algorithm as certificates name it. `None`: not one we know.
    #[must_use]
    pub fn algorithm(&self) -> Option<AlgorithmIdentifier> {
        algorithm::signature(self.address()?)
    }

    /// The signature value as certificates write it: JWS writes the two numbers of ECDSA one after the other.
    #[must_use]
    pub fn value(&self, signature: &[u8]) -> Option<Vec<u8>> {
        match algorithm::writes_a_pair(self.address()?) {
            true => algorithm::pair(signature),
            false => Some(signature.to_vec()),
        }
    }

    /// RFC 7518 3.1 and RFC 8037 3.1, in the words of XML signatures.
    fn address(&self) -> Option<&'static str> {
        Some(match self.alg.as_str() {
            "RS256" => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "RS384" => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            "RS512" => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "PS256" => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            "PS384" => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            "PS512" => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            "ES256" => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            "ES384" => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            "ES512" => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            "EdDSA" => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
            _ => return None,
        })
    }
}
