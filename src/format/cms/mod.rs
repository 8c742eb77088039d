//! CMS SignedData as it stands in a PDF's /Contents and in time-stamp tokens.
//! RFC 5652 section 5, attributes of RFC 5035, 6211 and CAdES; BER is taken (CM-1), judged in `verify::integrity`.

use crate::format::budget::Budget;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::Certificate;
use crate::format::x509::Name;
use crate::format::x509::Serial;

pub mod attribute;

use self::attribute::expected;

pub use self::attribute::Attribute;
pub use self::attribute::Attributes;
pub use self::attribute::SignedAttributes;

/// ContentInfo's type for SignedData.
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// eContentType of a document signature.
pub const DATA: &str = "1.2.840.113549.1.7.1";
/// SignedData.crls: an OCSP response instead of a CRL (RFC 5940).
const OCSP_RESPONSE: &str = "1.3.6.1.5.5.7.16.2";

/// Certificates, CRLs, signers, attributes or values in one set; the corpus has 7 at most.
pub const ITEMS_MAX: usize = 1_000;

/// Why bytes are not the SignedData we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Larger than the budget (LIM-5).
    #[error("CMS structure of {found} bytes, at most {max} are read")]
    TooLarge {
        /// Bytes there are.
        found: usize,
        /// Bytes the budget allows.
        max: u64,
    },
    /// More pieces than any real signature has.
    #[error("more {0} than are read")]
    TooMany(&'static str),
    /// The ASN.1 is malformed.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// A CMS structure of another kind.
    #[error("content type {0} is not SignedData")]
    ContentType(Oid),
    /// An attribute is there and its value is malformed.
    #[error("attribute {oid} is malformed")]
    Attribute {
        /// Its type.
        oid: String,
        /// What is wrong with it.
        source: der::Error,
    },
}

/// A SignedData with everything in it.
#[derive(Clone, Debug)]
pub struct SignedData {
    /// Bytes of the input it takes; what follows in /Contents may only be zeros.
    pub length: usize,
    /// Whether a shell is BER and not DER (CM-1).
    pub ber: bool,
    /// eContentType.
    pub content_type: Oid,
    /// The content, if it is inside. `None`: detached.
    pub e_content: Option<Vec<u8>>,
    /// Digest algorithms announced.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// Certificates, in order.
    pub certificates: Vec<Certificate>,
    /// How many certificates there are besides that cannot be read.
    pub certificates_unread: usize,
    /// How many attribute certificates and other kinds there are besides (CM-15).
    pub certificates_of_other_kinds: usize,
    /// CRLs, each whole.
    pub crls: Vec<Vec<u8>>,
    /// OCSPResponses among the CRLs, each whole.
    pub ocsps: Vec<Vec<u8>>,
    /// Signers; CM-3 demands exactly one.
    pub signers: Vec<SignerInfo>,
}

/// How a signer is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// By the issuer and serial number of the certificate.
    IssuerAndSerial {
        /// Issuer.
        issuer: Name,
        /// Serial number.
        serial: Serial,
    },
    /// By the identifier of the key.
    SubjectKeyId(Vec<u8>),
}

impl SignerIdentifier {
    /// Whether it names this certificate (ISC-4).
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => *issuer == certificate.issuer && *serial == certificate.serial,
            Self::SubjectKeyId(id) => certificate.extensions.subject_key_id.as_ref() == Some(id),
        }
    }
}

/// One signer's signature.
#[derive(Clone, Debug)]
pub struct SignerInfo {
    /// Who.
    pub sid: SignerIdentifier,
    /// The algorithm the content and the signed attributes are digested with.
    pub digest_algorithm: AlgorithmIdentifier,
    /// The algorithm of the signature value.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature value: also what a signature time-stamp covers.
    pub signature: Vec<u8>,
    /// What is signed besides the content. `None`: the content alone is signed.
    pub signed: Option<SignedAttributes>,
    /// What was added afterwards.
    pub unsigned: Attributes,
}

impl SignerInfo {
    /// Signature time-stamp tokens, each whole.
    pub fn signature_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned.values(attribute::SIGNATURE_TIME_STAMP)
    }

    /// Archive time-stamp tokens, each whole. Not judged: what they carry is used, what they are over is not rebuilt.
    pub fn archive_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        let versions = [attribute::ARCHIVE_TIME_STAMP_V2, attribute::ARCHIVE_TIME_STAMP_V3];
        versions.into_iter().flat_map(|version| self.unsigned.values(version))
    }

    /// Content time-stamp tokens, each whole.
    pub fn content_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        let signed = self.signed.iter();
        signed.flat_map(|signed| signed.attributes().values(attribute::CONTENT_TIME_STAMP))
    }
}

impl SignedData {
    /// Reads a ContentInfo with SignedData at the start of `bytes`; what follows is not looked at.
    ///
    /// # Errors
    /// When it is too large, malformed, or something else than SignedData.
    pub fn read(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > budget.cms_bytes_max) {
            return Err(Error::TooLarge { found: bytes.len(), max: budget.cms_bytes_max });
        }
        let content_info = Reader::ber(bytes, budget).expect(der::SEQUENCE)?;
        let mut fields = content_info.open()?;
        let content_type = fields.oid()?;
        if content_type != SIGNED_DATA {
            return Err(Error::ContentType(content_type));
        }
        let wrapper = fields.expect(der::context_constructed(0))?;
        fields.finish()?;
        let signed_data = wrapper.explicit()?;
        let mut data = Self::read_fields(&signed_data, budget)?;
        data.length = content_info.raw.len();
        data.ber |= [content_info, wrapper, signed_data].iter().any(|shell| !shell.is_der());
        Ok(data)
    }

    fn read_fields(signed_data: &Value<'_>, budget: &Budget) -> Result<Self, Error> {
        let mut fields = signed_data.open()?;
        // The version says nothing that the structure does not (CM-13).
        fields.expect(der::INTEGER)?;
        let digest_algorithms = fields.expect(der::SET)?;
        let content_info = fields.expect(der::SEQUENCE)?;
        let certificates = fields.optional(der::context_constructed(0))?;
        let crls = fields.optional(der::context_constructed(1))?;
        let signers = fields.expect(der::SET)?;
        fields.finish()?;

        let mut content = content_info.open()?;
        let content_type = content.oid()?;
        let e_content = content.optional(der::context_constructed(0))?;
        content.finish()?;
        let e_content = e_content.map(|wrapper| wrapper.explicit()).transpose()?;

        let mut data = Self {
            length: 0,
            ber: [Some(digest_algorithms), Some(content_info), certificates, crls, Some(signers), e_content]
                .iter()
                .flatten()
                .any(|shell| !shell.is_der()),
            content_type,
            e_content: e_content.map(|value| content_octets(&value)).transpose()?,
            digest_algorithms: each(&digest_algorithms, "digest algorithms", algorithm)?,
            certificates: Vec::new(),
            certificates_unread: 0,
            certificates_of_other_kinds: 0,
            crls: Vec::new(),
            ocsps: Vec::new(),
            signers: each(&signers, "signers", |value| SignerInfo::read(value, budget))?,
        };
        if let Some(set) = certificates {
            each(&set, "certificates", |value| {
                data.add_certificate(value);
                Ok(())
            })?;
        }
        if let Some(set) = crls {
            each(&set, "CRLs", |value| data.add_revocation(value))?;
        }
        Ok(data)
    }

    fn add_certificate(&mut self, value: &Value<'_>) {
        match (value.tag, Certificate::read(value.raw)) {
            (der::SEQUENCE, Ok(certificate)) => self.certificates.push(certificate),
            (der::SEQUENCE, Err(_)) => self.certificates_unread += 1,
            _ => self.certificates_of_other_kinds += 1,
        }
    }

    fn add_revocation(&mut self, value: &Value<'_>) -> Result<(), Error> {
        if value.tag == der::SEQUENCE {
            self.crls.push(value.raw.to_vec());
        } else if value.tag == der::context_constructed(1) {
            let mut other = value.open()?;
            if other.oid()? == OCSP_RESPONSE {
                self.ocsps.push(other.read()?.raw.to_vec());
            }
        }
        Ok(())
    }
}

impl SignerInfo {
    fn read(value: &Value<'_>, budget: &Budget) -> Result<Self, Error> {
        let mut fields = expected(value, der::SEQUENCE)?.open()?;
        fields.expect(der::INTEGER)?;
        let sid = signer_identifier(&fields.read()?)?;
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signed = fields.optional(der::context_constructed(0))?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.octets()?.into_owned();
        let unsigned = fields.optional(der::context_constructed(1))?;
        fields.finish()?;
        Ok(Self {
            sid,
            digest_algorithm,
            signature_algorithm,
            signature,
            signed: signed.map(|set| SignedAttributes::read(&set, budget)).transpose()?,
            unsigned: unsigned.map_or_else(|| Ok(Attributes::default()), |set| Attributes::read(&set))?,
        })
    }
}

fn signer_identifier(value: &Value<'_>) -> Result<SignerIdentifier, Error> {
    match value.tag {
        der::SEQUENCE => {
            let mut fields = value.open()?;
            let issuer = Name::read(fields.expect(der::SEQUENCE)?.raw)?;
            let serial = Serial::new(fields.expect(der::INTEGER)?.integer()?);
            fields.finish()?;
            Ok(SignerIdentifier::IssuerAndSerial { issuer, serial })
        }
        tag if tag & !der::CONSTRUCTED == der::context(0) => {
            Ok(SignerIdentifier::SubjectKeyId(value.octets()?.into_owned()))
        }
        found => Err(der::Error::Tag { at: value.at, expected: der::SEQUENCE, found }.into()),
    }
}

/// What is digested of the content: the octets of an OCTET STRING, in whatever pieces.
fn content_octets(value: &Value<'_>) -> Result<Vec<u8>, Error> {
    match value.tag & !der::CONSTRUCTED {
        der::OCTET_STRING => Ok(value.octets()?.into_owned()),
        found => Err(der::Error::Tag { at: value.at, expected: der::OCTET_STRING, found }.into()),
    }
}

fn algorithm(value: &Value<'_>) -> Result<AlgorithmIdentifier, Error> {
    Ok(AlgorithmIdentifier::from_fields(expected(value, der::SEQUENCE)?.open()?)?)
}

/// Reads every value of a set, so many at most.
fn each<T>(
    set: &Value<'_>,
    what: &'static str,
    mut read: impl FnMut(&Value<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut reader = set.open()?;
    let mut items = Vec::new();
    while !reader.is_empty() {
        if items.len() == ITEMS_MAX {
            return Err(Error::TooMany(what));
        }
        items.push(read(&reader.read()?)?);
    }
    Ok(items)
}
