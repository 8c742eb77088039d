//! RFC 3161 time-stamp tokens and the responses they come in, parsed; judged in `verify::existence`.
//! RFC 3161 2.4.2, RFC 5816; TS-1 to TS-5 of the project's spec.

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::format::budget::Budget;
use crate::format::cms;
use crate::format::cms::SignedData;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::Extension;
use crate::format::x509::GeneralName;
use crate::format::x509::Serial;

/// eContentType of a time-stamp token.
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// The extension that carries a signature validation token (RFC 9321 B.2, as Sweden Connect names it).
pub const SVT: &str = "1.2.752.201.5.2";

/// Why bytes are not a time-stamp token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not SignedData.
    #[error(transparent)]
    Cms(#[from] cms::Error),
    /// The ASN.1 of the TSTInfo or response is malformed, or bytes are left over.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// SignedData of something else.
    #[error("content type {0} is not TSTInfo")]
    ContentType(Oid),
    /// SignedData without the TSTInfo.
    #[error("the TSTInfo is not inside")]
    Detached,
    /// Another version than 1.
    #[error("TSTInfo of version {0}")]
    Version(u64),
    /// Bytes after the token other than padding (TS-1).
    #[error("{0} bytes follow the time-stamp token")]
    Trailing(usize),
}

/// What an authority answers when it is asked (TimeStampResp). Whether it answered what was asked is for
/// `verify::asked` to say; a token is no excuse for its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// 0 granted, 1 granted with modifications, anything else refused.
    pub status: u64,
    /// The token, which only a granted one should have.
    pub token: Option<Token>,
}

/// A token: the statement and the SignedData around it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The signature over the statement; its `e_content` is what TS-7 digests.
    pub signed_data: SignedData,
    /// The statement.
    pub info: TstInfo,
}

/// What the authority states: this digest existed at this time.
#[derive(Clone, Debug)]
pub struct TstInfo {
    /// Under which policy.
    pub policy: Oid,
    /// Algorithm of the imprint.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// Digest of what existed.
    pub imprint: Vec<u8>,
    /// Number of the token with its authority.
    pub serial: Serial,
    /// When.
    pub gen_time: Timestamp,
    /// genTime as written; a fraction that ends in zero is against RFC 3161 (TS-3).
    pub gen_time_literal: String,
    /// How far genTime may be off. `None`: not stated.
    pub accuracy: Option<SignedDuration>,
    /// Whether genTimes of this authority's tokens order them.
    pub ordering: bool,
    /// The nonce of the request.
    pub nonce: Option<Serial>,
    /// The authority's name, which need not be given.
    pub tsa: Option<GeneralName>,
    /// Extensions; an unknown critical one forbids use (TS-5).
    pub extensions: Vec<Extension>,
    /// The critical ones among them that we do not understand.
    pub unknown_critical: Vec<Oid>,
}

impl Token {
    /// Reads a token; after it only the zeros that pad /Contents may follow.
    ///
    /// # Errors
    /// When it is malformed, or is no time-stamp token.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        let signed_data = SignedData::read(bytes, budget)?;
        let rest = bytes.get(signed_data.length..).unwrap_or_default();
        if rest.iter().any(|byte| *byte != 0) {
            return Err(Error::Trailing(rest.len()));
        }
        if signed_data.content_type != TST_INFO {
            return Err(Error::ContentType(signed_data.content_type));
        }
        let info = TstInfo::read(signed_data.e_content.as_deref().ok_or(Error::Detached)?, budget)?;
        Ok(Self { signed_data, info })
    }
}

impl Response {
    /// Reads a response.
    ///
    /// # Errors
    /// When it or the token in it is malformed.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        let mut fields = Reader::ber(bytes, budget).only_sequence()?;
        let status = fields.sequence()?.expect(der::INTEGER)?.unsigned()?;
        let token = fields.optional(der::SEQUENCE)?;
        fields.finish()?;
        Ok(Self { status, token: token.map(|token| Token::read(token.raw, budget)).transpose()? })
    }
}

impl TstInfo {
    /// Reads a TSTInfo.
    ///
    /// # Errors
    /// When it is malformed, of another version, or bytes follow it.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        let mut fields = Reader::ber(bytes, budget).only_sequence()?;
        let version = fields.expect(der::INTEGER)?.unsigned()?;
        if version != 1 {
            return Err(Error::Version(version));
        }
        let policy = fields.oid()?;
        let mut imprint = fields.sequence()?;
        let imprint_algorithm = AlgorithmIdentifier::read(&mut imprint)?;
        let digest = imprint.octets()?.into_owned();
        imprint.finish()?;
        let serial = Serial::new(fields.expect(der::INTEGER)?.integer()?);
        let gen_time = fields.expect(der::GENERALIZED_TIME)?;
        let accuracy = fields.optional(der::SEQUENCE)?.map(|value| accuracy(&value)).transpose()?;
        let ordering = fields.default_false()?;
        let nonce = fields.optional(der::INTEGER)?;
        let tsa = fields.optional(der::context_constructed(0))?;
        let extensions = fields.optional(der::context_constructed(1))?;
        fields.finish()?;
        let extensions = extensions.map_or(Ok(Vec::new()), |list| Extension::read_fields(list.open()?))?;
        Ok(Self {
            policy,
            imprint_algorithm,
            imprint: digest,
            serial,
            gen_time: gen_time.time()?,
            gen_time_literal: String::from_utf8_lossy(gen_time.content).into_owned(),
            accuracy,
            ordering,
            nonce: nonce.map(|value| value.integer().map(Serial::new)).transpose()?,
            tsa: tsa.map(|value| GeneralName::read(value.explicit()?.raw)).transpose()?,
            unknown_critical: Extension::unknown_critical(&extensions, &[SVT]),
            extensions,
        })
    }

    /// The signature validation token carried in this one, if any: content of the extension.
    #[must_use]
    pub fn svt(&self) -> Option<&[u8]> {
        self.extensions.iter().find(|extension| extension.oid == SVT).map(|extension| extension.value.as_slice())
    }

    /// Whether genTime is written as RFC 3161 2.4.2 demands: no zero at the end of a fraction (TS-3).
    #[must_use]
    pub fn gen_time_is_canonical(&self) -> bool {
        let fraction = self.gen_time_literal.split_once('.').map(|(_, fraction)| fraction.trim_end_matches('Z'));
        fraction.is_none_or(|fraction| !fraction.ends_with('0'))
    }
}

/// The time and the policy, nothing of the content.
impl fmt::Display for TstInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by policy {}", self.gen_time, self.policy)
    }
}

/// `SEQUENCE { seconds INTEGER, millis [0] 1..999, micros [1] 1..999 }`, each optional.
fn accuracy(value: &Value<'_>) -> Result<SignedDuration, der::Error> {
    let absurd = der::Error::Content { at: value.at, what: "accuracy" };
    let mut fields = value.open()?;
    let mut part = |tag| fields.optional(tag)?.map_or(Ok(0), |value| value.unsigned());
    let (seconds, millis, micros) = (part(der::INTEGER)?, part(der::context(0))?, part(der::context(1))?);
    fields.finish()?;
    if millis > 999 || micros > 999 {
        return Err(absurd);
    }
    // An accuracy of more than a century is no accuracy.
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds < 1 << 32).ok_or(absurd)?;
    let micros = i64::try_from(millis * 1_000 + micros).unwrap_or_default();
    Ok(SignedDuration::from_secs(seconds) + SignedDuration::from_micros(micros))
}
