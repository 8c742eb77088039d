//! OCSP responses, whole (OCSPResponse) or bare (BasicOCSPResponse), and the requests for them.
//! RFC 6960 4.2, certHash of Common PKI 3.1.1; acceptance (OC-1 to OC-12) is `verify::revocation`'s.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use crate::format::crl::Reason;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::Certificate;
use crate::format::x509::Extension;
use crate::format::x509::Name;
use crate::format::x509::Serial;

const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";
const EXTENDED_REVOKE: &str = "1.3.6.1.5.5.7.48.1.9";
const CERT_HASH: &str = "1.3.36.8.3.13";
/// Extensions of list entries, which answers may bear too (RFC 6960 4.4.5).
const REASON_CODE: &str = "2.5.29.21";
const INVALIDITY_DATE: &str = "2.5.29.24";

/// The identifiers of SHA-1 and of the nonce, as they are written.
const SHA1: &[u8] = &[der::OBJECT_IDENTIFIER, 5, 0x2b, 14, 3, 2, 26];
const NONCE_DER: &[u8] = &[der::OBJECT_IDENTIFIER, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 2];

/// Critical extensions that do not make an answer unusable (OC-9).
const UNDERSTOOD: [&str; 6] = [NONCE, ARCHIVE_CUTOFF, EXTENDED_REVOKE, CERT_HASH, REASON_CODE, INVALIDITY_DATE];

/// Answers and certificates in one response; one certificate asked about needs one of each.
const ITEMS_MAX: usize = 10_000;

/// Why bytes are not an OCSP answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ASN.1 is malformed, or bytes are left over.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// The responder did not answer: responseStatus 1 to 6.
    #[error("the responder answered with status {0}")]
    Unsuccessful(Status),
    /// A responseStatus that does not exist.
    #[error("unknown OCSP status {0}")]
    UnknownStatus(u64),
    /// Successful, and yet nothing in it.
    #[error("a successful OCSP response without content")]
    Empty,
    /// Another type than id-pkix-ocsp-basic.
    #[error("OCSP response of type {0}")]
    ResponseType(Oid),
    /// A version that does not exist.
    #[error("OCSP response of version {0}")]
    Version(u64),
    /// More pieces than any real response has.
    #[error("OCSP response with too many answers")]
    TooMany,
}

/// Why a responder did not answer (RFC 6960 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Status {
    /// 1.
    #[error("malformedRequest")]
    MalformedRequest,
    /// 2.
    #[error("internalError")]
    InternalError,
    /// 3.
    #[error("tryLater")]
    TryLater,
    /// 5.
    #[error("sigRequired")]
    SigRequired,
    /// 6.
    #[error("unauthorized")]
    Unauthorized,
}

/// In which shell the response came; DSS dictionaries should hold the whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// OCSPResponse.
    Whole,
    /// BasicOCSPResponse.
    Basic,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By name.
    Name(Name),
    /// By SHA-1 of the key bits.
    KeyHash(Vec<u8>),
}

/// Which certificate an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// Algorithm of the two digests.
    pub digest_algorithm: Oid,
    /// Digest of the issuer's name in DER.
    pub issuer_name_digest: Vec<u8>,
    /// Digest of the issuer's key bits.
    pub issuer_key_digest: Vec<u8>,
    /// Serial number.
    pub serial: Serial,
}

/// A question about one certificate, its issuer named by SHA-1, which every responder knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// SHA-1 of the issuer's name in DER.
    pub issuer_name_sha1: Vec<u8>,
    /// SHA-1 of the issuer's key bits.
    pub issuer_key_sha1: Vec<u8>,
    /// The certificate's number.
    pub serial: Serial,
}

impl Request {
    /// An OCSPRequest (RFC 6960 4.1.1) in DER. The nonce is what [`Response::nonce`] must then hold (OC-12).
    #[must_use]
    pub fn to_der(&self, nonce: &Nonce) -> Vec<u8> {
        let algorithm = der::encode(der::SEQUENCE, &[SHA1, &[der::NULL, 0]]);
        let name = der::encode(der::OCTET_STRING, &[&self.issuer_name_sha1]);
        let key = der::encode(der::OCTET_STRING, &[&self.issuer_key_sha1]);
        let serial = der::encode(der::INTEGER, &[self.serial.octets()]);
        let cert_id = der::encode(der::SEQUENCE, &[&algorithm, &name, &key, &serial]);
        let list = der::encode(der::SEQUENCE, &[&der::encode(der::SEQUENCE, &[&cert_id])]);
        let value = der::encode(der::OCTET_STRING, &[&nonce.0]);
        let extensions = der::encode(der::SEQUENCE, &[&der::encode(der::SEQUENCE, &[NONCE_DER, &value])]);
        let extensions = der::encode(der::context_constructed(2), &[&extensions]);
        der::encode(der::SEQUENCE, &[&der::encode(der::SEQUENCE, &[&list, &extensions])])
    }
}

/// What binds an answer to its question: 32 random octets (RFC 9654), as the extension holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// From random octets.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(der::encode(der::OCTET_STRING, &[&random]))
    }

    /// Whether the answer may be one to the question with this nonce: it echoes it, or none at all, as responders do
    /// that sign their answers in advance.
    #[must_use]
    pub fn fits(&self, response: &Response) -> bool {
        response.nonce.as_ref().is_none_or(|nonce| *nonce == self.0)
    }
}

/// What the responder says of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not known to be revoked.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        date: Timestamp,
        /// Why, if it is said; an unassigned code counts as unspecified.
        reason: Option<Reason>,
    },
    /// The responder does not know it.
    Unknown,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// About which certificate.
    pub cert_id: CertId,
    /// What.
    pub status: CertStatus,
    /// When this was known to be right.
    pub this_update: Timestamp,
    /// When newer knowledge is there at the latest.
    pub next_update: Option<Timestamp>,
    /// certHash: digest algorithm and digest of the certificate itself.
    pub cert_hash: Option<(Oid, Vec<u8>)>,
    /// archiveCutoff: revocations are kept for certificates that expired since then.
    pub archive_cutoff: Option<Timestamp>,
    /// invalidityDate: since when the key of a revoked certificate may not be trusted, if that is said apart.
    pub invalidity_date: Option<Timestamp>,
    /// Every extension of the answer, as it stands.
    pub extensions: Vec<Extension>,
    /// Critical extensions of the answer we do not understand.
    pub unknown_critical: Vec<Oid>,
}

/// A response with its answers.
#[derive(Clone)]
pub struct Response {
    der: Arc<[u8]>,
    basic: Arc<[u8]>,
    tbs: Range<usize>,
    /// In which shell it came.
    pub shell: Shell,
    /// Who answered.
    pub responder: ResponderId,
    /// When the response was signed.
    pub produced_at: Timestamp,
    /// The answers.
    pub responses: Vec<SingleResponse>,
    /// The nonce, if one was echoed: content of the extension.
    pub nonce: Option<Vec<u8>>,
    /// Every extension of the response, as it stands.
    pub extensions: Vec<Extension>,
    /// Critical extensions of the response we do not understand.
    pub unknown_critical: Vec<Oid>,
    /// The algorithm of the signature.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature over [`Response::tbs`].
    pub signature: Vec<u8>,
    /// Certificates that come with it.
    pub certificates: Vec<Certificate>,
    /// How many certificates there are besides that cannot be read.
    pub certificates_unread: usize,
}

impl Response {
    /// Reads an OCSPResponse or a BasicOCSPResponse in DER.
    ///
    /// # Errors
    /// When it is malformed, unsuccessful, of another type or version, or bytes follow it.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let whole = Reader::new(bytes).only()?;
        if whole.open()?.peek() == Some(der::SEQUENCE) {
            return Self::read_basic(bytes, bytes, Shell::Basic);
        }
        let mut fields = whole.open()?;
        let status = fields.expect(der::ENUMERATED)?.unsigned()?;
        let wrapper = fields.optional(der::context_constructed(0))?;
        fields.finish()?;
        match status {
            0 => {}
            1 => return Err(Error::Unsuccessful(Status::MalformedRequest)),
            2 => return Err(Error::Unsuccessful(Status::InternalError)),
            3 => return Err(Error::Unsuccessful(Status::TryLater)),
            5 => return Err(Error::Unsuccessful(Status::SigRequired)),
            6 => return Err(Error::Unsuccessful(Status::Unauthorized)),
            other => return Err(Error::UnknownStatus(other)),
        }
        let mut fields = wrapper.ok_or(Error::Empty)?.explicit()?.open()?;
        let response_type = fields.oid()?;
        if response_type != BASIC {
            return Err(Error::ResponseType(response_type));
        }
        let basic = fields.octets()?;
        fields.finish()?;
        Self::read_basic(bytes, &basic, Shell::Whole)
    }

    /// The response as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The BasicOCSPResponse, the same bytes whichever shell it came in.
    #[must_use]
    pub fn basic(&self) -> &[u8] {
        &self.basic
    }

    /// The bytes that the responder signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.basic.get(self.tbs.clone()).unwrap_or_default()
    }

    fn read_basic(bytes: &[u8], basic: &[u8], shell: Shell) -> Result<Self, Error> {
        let mut fields = Reader::new(basic).only_sequence()?;
        let tbs = fields.expect(der::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.expect(der::BIT_STRING)?.whole_bits()?.to_vec();
        let wrapper = fields.optional(der::context_constructed(0))?;
        fields.finish()?;
        let (certificates, certificates_unread) = certificates(wrapper.as_ref())?;

        let mut data = tbs.open()?;
        if let Some(version) = data.optional(der::context_constructed(0))? {
            let version = version.explicit()?.unsigned()?;
            if version != 0 {
                return Err(Error::Version(version));
            }
        }
        let responder = responder(&data.read()?)?;
        let produced_at = data.read()?.time()?;
        let mut list = data.sequence()?;
        let wrapper = data.optional(der::context_constructed(1))?;
        data.finish()?;
        let mut responses = Vec::new();
        while !list.is_empty() {
            responses.push(SingleResponse::read(list.sequence()?)?);
            if responses.len() > ITEMS_MAX {
                return Err(Error::TooMany);
            }
        }
        let extensions = extensions(wrapper.as_ref())?;
        let tbs = tbs.at..tbs.at + tbs.raw.len();
        Ok(Self {
            der: bytes.into(),
            tbs,
            shell,
            responder,
            produced_at,
            responses,
            nonce: Extension::find(&extensions, NONCE).map(<[u8]>::to_vec),
            unknown_critical: Extension::unknown_critical(&extensions, &UNDERSTOOD),
            extensions,
            signature_algorithm,
            signature,
            certificates,
            certificates_unread,
            basic: basic.into(),
        })
    }
}

/// Not the bytes, only what they say.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({:?}, {}, {:?})", self.shell, self.produced_at, self.responses)
    }
}

impl SingleResponse {
    fn read(mut fields: Reader<'_>) -> Result<Self, Error> {
        let mut id = fields.sequence()?;
        let cert_id = CertId {
            digest_algorithm: AlgorithmIdentifier::read(&mut id)?.oid,
            issuer_name_digest: id.octets()?.into_owned(),
            issuer_key_digest: id.octets()?.into_owned(),
            serial: Serial::new(id.expect(der::INTEGER)?.integer()?),
        };
        id.finish()?;
        let mut status = cert_status(&fields.read()?)?;
        let this_update = fields.read()?.time()?;
        let next_update = fields.optional(der::context_constructed(0))?;
        let wrapper = fields.optional(der::context_constructed(1))?;
        fields.finish()?;
        let extensions = extensions(wrapper.as_ref())?;
        let found = |oid| Extension::find(&extensions, oid).map(|value| Reader::new(value).only());
        if let (CertStatus::Revoked { reason: reason @ None, .. }, Some(code)) = (&mut status, found(REASON_CODE)) {
            *reason = Some(Reason::from_code(code?.unsigned()?).unwrap_or(Reason::Unspecified));
        }
        let invalidity_date = found(INVALIDITY_DATE).map(|value| value?.time()).transpose()?;
        Ok(Self {
            cert_id,
            status,
            this_update,
            next_update: next_update.map(|value| value.explicit()?.time()).transpose()?,
            cert_hash: Extension::find(&extensions, CERT_HASH).map(cert_hash).transpose()?,
            // Unreadable is as good as absent: only its presence gives an answer more weight (OC-10).
            archive_cutoff: Extension::find(&extensions, ARCHIVE_CUTOFF)
                .and_then(|value| Reader::new(value).only().ok()?.time().ok()),
            invalidity_date,
            unknown_critical: Extension::unknown_critical(&extensions, &UNDERSTOOD),
            extensions,
        })
    }
}

fn certificates(wrapper: Option<&Value<'_>>) -> Result<(Vec<Certificate>, usize), Error> {
    let (mut read, mut unread) = (Vec::new(), 0);
    if let Some(wrapper) = wrapper {
        let mut list = wrapper.explicit()?.open()?;
        while !list.is_empty() {
            match Certificate::read(list.read()?.raw) {
                Ok(certificate) => read.push(certificate),
                Err(_) => unread += 1,
            }
            if read.len() + unread > ITEMS_MAX {
                return Err(Error::TooMany);
            }
        }
    }
    Ok((read, unread))
}

fn extensions(wrapper: Option<&Value<'_>>) -> Result<Vec<Extension>, der::Error> {
    let Some(wrapper) = wrapper else {
        return Ok(Vec::new());
    };
    let mut inside = wrapper.open()?;
    let extensions = Extension::read_all(&mut inside)?;
    inside.finish()?;
    Ok(extensions)
}

fn responder(value: &Value<'_>) -> Result<ResponderId, der::Error> {
    match value.tag {
        tag if tag == der::context_constructed(1) => Ok(ResponderId::Name(Name::read(value.content)?)),
        tag if tag == der::context_constructed(2) => Ok(ResponderId::KeyHash(value.explicit()?.octets()?.into_owned())),
        found => Err(der::Error::Tag { at: value.at, expected: der::context_constructed(1), found }),
    }
}

fn cert_status(value: &Value<'_>) -> Result<CertStatus, der::Error> {
    match value.tag {
        tag if tag == der::context(0) => Ok(CertStatus::Good),
        tag if tag == der::context_constructed(1) => {
            let mut fields = value.open()?;
            let date = fields.read()?.time()?;
            let reason = fields.optional(der::context_constructed(0))?;
            fields.finish()?;
            let code = reason.map(|wrapper| wrapper.explicit()?.unsigned()).transpose()?;
            let reason = code.map(|code| Reason::from_code(code).unwrap_or(Reason::Unspecified));
            Ok(CertStatus::Revoked { date, reason })
        }
        tag if tag == der::context(2) => Ok(CertStatus::Unknown),
        found => Err(der::Error::Tag { at: value.at, expected: der::context(0), found }),
    }
}

/// `SEQUENCE { hashAlgorithm, certificateHash OCTET STRING }`
fn cert_hash(value: &[u8]) -> Result<(Oid, Vec<u8>), der::Error> {
    let mut fields = Reader::new(value).only_sequence()?;
    Ok((AlgorithmIdentifier::read(&mut fields)?.oid, fields.octets()?.into_owned()))
}
