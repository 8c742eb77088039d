//! Signed and unsigned attributes of a SignerInfo.
//! RFC 5652 5.3 and 11, RFC 5035 (signing certificate), RFC 6211 (algorithm protection), EN 319 122-1 (CAdES).

use jiff::Timestamp;

use super::Error;
use super::ITEMS_MAX;
use crate::format::budget::Budget;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::GeneralName;
use crate::format::x509::Name;
use crate::format::x509::Serial;

/// content-type.
pub const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// message-digest.
pub const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// signing-time, which proves nothing.
pub const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// countersignature.
pub const COUNTER_SIGNATURE: &str = "1.2.840.113549.1.9.6";
/// signing-certificate, with SHA-1.
pub const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
/// signature-time-stamp.
pub const SIGNATURE_TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.14";
/// signature-policy-identifier.
pub const SIGNATURE_POLICY: &str = "1.2.840.113549.1.9.16.2.15";
/// commitment-type-indication.
pub const COMMITMENT_TYPE: &str = "1.2.840.113549.1.9.16.2.16";
/// signer-location.
pub const SIGNER_LOCATION: &str = "1.2.840.113549.1.9.16.2.17";
/// content-time-stamp.
pub const CONTENT_TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.20";
/// certificate-values.
pub const CERTIFICATE_VALUES: &str = "1.2.840.113549.1.9.16.2.23";
/// CAdES-C-timestamp, over the signature and its references.
pub const CADES_C_TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.25";
/// certs-and-CRLs timestamp, over the references alone.
pub const REFERENCES_TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.26";
/// archive-time-stamp of CAdES, version 1.
pub const ARCHIVE_TIME_STAMP_V1: &str = "1.2.840.113549.1.9.16.2.27";
/// evidence record over the whole SignedData (RFC 4998 A.1).
pub const EVIDENCE_RECORD_INTERNAL: &str = "1.2.840.113549.1.9.16.2.49";
/// evidence record over a SignedData and its detached content (RFC 4998 A.1).
pub const EVIDENCE_RECORD_EXTERNAL: &str = "1.2.840.113549.1.9.16.2.50";
/// archive-time-stamp of CAdES, version 2.
pub const ARCHIVE_TIME_STAMP_V2: &str = "1.2.840.113549.1.9.16.2.48";
/// archive-time-stamp of CAdES, version 3.
pub const ARCHIVE_TIME_STAMP_V3: &str = "0.4.0.1733.2.4";
/// revocation-values.
pub const REVOCATION_VALUES: &str = "1.2.840.113549.1.9.16.2.24";
/// signing-certificate-v2.
pub const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// CMSAlgorithmProtection.
pub const ALGORITHM_PROTECTION: &str = "1.2.840.113549.1.9.52";
/// adbe-revocationInfoArchival.
pub const ADOBE_REVOCATION: &str = "1.2.840.113583.1.1.8";

/// An attribute as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub oid: Oid,
    /// Its values, each whole, tag and all.
    pub values: Vec<Vec<u8>>,
}

/// Attributes in the order they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

/// A reference to a certificate by digest (ESSCertID, ESSCertIDv2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateReference {
    /// The digest algorithm: SHA-1 in version 1, SHA-256 by default in version 2.
    pub digest_algorithm: Oid,
    /// Digest of the certificate in DER.
    pub digest: Vec<u8>,
    /// Issuer and serial number, if they are given.
    pub issuer_serial: Option<IssuerSerial>,
}

/// Issuer and serial number inside a certificate reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerSerial {
    /// Names of the issuer; ISC-3 demands exactly one directory name.
    pub issuer: Vec<GeneralName>,
    /// Serial number.
    pub serial: Serial,
}

impl IssuerSerial {
    /// Whether it names this issuer and serial number, and only them.
    #[must_use]
    pub fn names(&self, issuer: &Name, serial: &Serial) -> bool {
        self.serial == *serial && matches!(self.issuer.as_slice(), [GeneralName::Directory(name)] if name == issuer)
    }
}

/// The algorithms the signer bound himself to (RFC 6211).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmProtection {
    /// Must equal the SignerInfo's.
    pub digest_algorithm: AlgorithmIdentifier,
    /// Must equal the SignerInfo's; absent only for MACs.
    pub signature_algorithm: Option<AlgorithmIdentifier>,
}

/// The signature policy the signer refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignaturePolicy {
    /// Implied by context: says nothing.
    Implied,
    /// Named.
    Explicit {
        /// Its identifier.
        oid: Oid,
        /// Digest algorithm and digest of the policy document, if given.
        digest: Option<(AlgorithmIdentifier, Vec<u8>)>,
    },
}

/// Revocation data carried in an attribute, each piece whole as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationData {
    /// CertificateList each.
    pub crls: Vec<Vec<u8>>,
    /// OCSPResponse (Adobe) or BasicOCSPResponse (CAdES) each; `format::ocsp` reads both.
    pub ocsps: Vec<Vec<u8>>,
}

impl Attributes {
    /// Every attribute.
    #[must_use]
    pub fn all(&self) -> &[Attribute] {
        &self.0
    }

    /// Types that occur more than once, or with other than exactly one value (CM-6).
    #[must_use]
    pub fn irregular(&self) -> Vec<&Oid> {
        let repeated = |attribute: &Attribute| self.0.iter().filter(|one| one.oid == attribute.oid).count() > 1;
        self.0.iter().filter(|one| one.values.len() != 1 || repeated(one)).map(|one| &one.oid).collect()
    }

    /// All values of this type (dotted), whole.
    pub fn values(&self, oid: &str) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |attribute| attribute.oid == oid).flat_map(|one| one.values.iter().map(Vec::as_slice))
    }

    /// The content of the first value of this type, read by `read`.
    fn first<T>(&self, oid: &str, read: impl FnOnce(&Value<'_>) -> Result<T, der::Error>) -> Result<Option<T>, Error> {
        let Some(bytes) = self.values(oid).next() else {
            return Ok(None);
        };
        let mut reader = Reader::ber(bytes, &Budget::STANDARD);
        let value = reader.read().and_then(|value| read(&value));
        value.map(Some).map_err(|source| Error::Attribute { oid: oid.to_owned(), source })
    }

    /// content-type.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn content_type(&self) -> Result<Option<Oid>, Error> {
        self.first(CONTENT_TYPE, |value| expected(value, der::OBJECT_IDENTIFIER)?.oid())
    }

    /// message-digest.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn message_digest(&self) -> Result<Option<Vec<u8>>, Error> {
        // In BER it may be constructed of pieces.
        self.first(MESSAGE_DIGEST, |value| match value.tag & !der::CONSTRUCTED {
            der::OCTET_STRING => Ok(value.octets()?.into_owned()),
            found => Err(der::Error::Tag { at: value.at, expected: der::OCTET_STRING, found }),
        })
    }

    /// signing-time: what the signer's computer said.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn signing_time(&self) -> Result<Option<Timestamp>, Error> {
        self.first(SIGNING_TIME, |value| value.time())
    }

    /// signing-certificate (version 1): references, the first the signer's.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn signing_certificate(&self) -> Result<Option<Vec<CertificateReference>>, Error> {
        self.first(SIGNING_CERTIFICATE, |value| references(value, "1.3.14.3.2.26"))
    }

    /// signing-certificate-v2: references, the first the signer's.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn signing_certificate_v2(&self) -> Result<Option<Vec<CertificateReference>>, Error> {
        self.first(SIGNING_CERTIFICATE_V2, |value| references(value, "2.16.840.1.101.3.4.2.1"))
    }

    /// CMSAlgorithmProtection.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn algorithm_protection(&self) -> Result<Option<AlgorithmProtection>, Error> {
        self.first(ALGORITHM_PROTECTION, |value| {
            let mut fields = expected(value, der::SEQUENCE)?.open()?;
            let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
            let signature = fields.optional(der::context_constructed(1))?;
            fields.finish()?;
            let signature = signature.map(|value| AlgorithmIdentifier::from_fields(value.open()?)).transpose()?;
            Ok(AlgorithmProtection { digest_algorithm, signature_algorithm: signature })
        })
    }

    /// signature-policy-identifier.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn signature_policy(&self) -> Result<Option<SignaturePolicy>, Error> {
        self.first(SIGNATURE_POLICY, |value| {
            if value.tag == der::NULL {
                return Ok(SignaturePolicy::Implied);
            }
            let mut fields = expected(value, der::SEQUENCE)?.open()?;
            let oid = fields.oid()?;
            let digest = match fields.optional(der::SEQUENCE)? {
                Some(digest) => {
                    let mut digest = digest.open()?;
                    Some((AlgorithmIdentifier::read(&mut digest)?, digest.octets()?.into_owned()))
                }
                None => None,
            };
            Ok(SignaturePolicy::Explicit { oid, digest })
        })
    }

    /// commitment-type-indication: what the signer commits to.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn commitment_type(&self) -> Result<Option<Oid>, Error> {
        self.first(COMMITMENT_TYPE, |value| expected(value, der::SEQUENCE)?.open()?.oid())
    }

    /// adbe-revocationInfoArchival: CRLs and whole OCSPResponses.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn adobe_revocation(&self) -> Result<Option<RevocationData>, Error> {
        self.first(ADOBE_REVOCATION, revocation_data)
    }

    /// revocation-values: CRLs and BasicOCSPResponses.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn revocation_values(&self) -> Result<Option<RevocationData>, Error> {
        self.first(REVOCATION_VALUES, revocation_data)
    }

    /// certificate-values: certificates, each whole.
    ///
    /// # Errors
    /// When it is there and malformed.
    pub fn certificate_values(&self) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.first(CERTIFICATE_VALUES, |value| {
            let mut list = expected(value, der::SEQUENCE)?.open()?;
            let mut certificates = Vec::new();
            while !list.is_empty() && certificates.len() < ITEMS_MAX {
                certificates.push(list.read()?.raw.to_vec());
            }
            Ok(certificates)
        })
    }

    /// Reads the attributes inside `[0]` or `[1]`.
    pub(super) fn read(set: &Value<'_>) -> Result<Self, Error> {
        let mut reader = set.open()?;
        let mut attributes = Vec::new();
        while !reader.is_empty() {
            let mut fields = reader.sequence()?;
            let oid = fields.oid()?;
            let mut set = fields.expect(der::SET)?.open()?;
            fields.finish()?;
            let mut values = Vec::new();
            while !set.is_empty() {
                values.push(set.read()?.raw.to_vec());
                if values.len() > ITEMS_MAX {
                    return Err(Error::TooMany("attribute values"));
                }
            }
            attributes.push(Attribute { oid, values });
            if attributes.len() > ITEMS_MAX {
                return Err(Error::TooMany("attributes"));
            }
        }
        Ok(Self(attributes))
    }
}

/// The attributes the signature covers, and the two forms in which they may have been signed (CM-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAttributes {
    stored: Vec<u8>,
    sorted: Vec<u8>,
    attributes: Attributes,
}

impl SignedAttributes {
    /// The bytes as received with the tag of a SET instead of `[0]`: what was signed, by RFC 5652 5.4.
    #[must_use]
    pub fn stored_as_set(&self) -> &[u8] {
        &self.stored
    }

    /// The same attributes in DER, sorted: what should have been signed. Differs only if the producer erred.
    #[must_use]
    pub fn der_sorted(&self) -> &[u8] {
        &self.sorted
    }

    /// Whether the producer stored them in DER, as RFC 5652 5.3 demands.
    #[must_use]
    pub fn is_der(&self) -> bool {
        self.stored == self.sorted
    }

    /// The attributes.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    pub(super) fn read(set: &Value<'_>, budget: &Budget) -> Result<Self, Error> {
        let mut stored = set.raw.to_vec();
        if let Some(tag) = stored.first_mut() {
            *tag = der::SET;
        }
        let sorted = der::to_der(&stored, budget)?;
        Ok(Self { stored, sorted, attributes: Attributes::read(set)? })
    }
}

/// The value, if its tag is this and no other.
pub(super) fn expected<'v, 'a>(value: &'v Value<'a>, tag: u8) -> Result<&'v Value<'a>, der::Error> {
    if value.tag == tag { Ok(value) } else { Err(der::Error::Tag { at: value.at, expected: tag, found: value.tag }) }
}

/// `SEQUENCE { certs SEQUENCE OF ESSCertID, policies … OPTIONAL }`
fn references(value: &Value<'_>, default: &'static str) -> Result<Vec<CertificateReference>, der::Error> {
    let mut list = expected(value, der::SEQUENCE)?.open()?.sequence()?;
    let mut references = Vec::new();
    while !list.is_empty() && references.len() < ITEMS_MAX {
        let mut fields = list.sequence()?;
        let digest_algorithm = match fields.peek() {
            Some(der::SEQUENCE) => AlgorithmIdentifier::read(&mut fields)?.oid,
            Some(_) | None => Oid::known(default),
        };
        let digest = fields.octets()?.into_owned();
        let issuer_serial = fields.optional(der::SEQUENCE)?.map(|value| issuer_serial(&value)).transpose()?;
        references.push(CertificateReference { digest_algorithm, digest, issuer_serial });
    }
    list.finish()?;
    Ok(references)
}

fn issuer_serial(value: &Value<'_>) -> Result<IssuerSerial, der::Error> {
    let mut fields = value.open()?;
    let mut names = fields.sequence()?;
    let serial = Serial::new(fields.expect(der::INTEGER)?.integer()?);
    let mut issuer = Vec::new();
    while !names.is_empty() && issuer.len() < ITEMS_MAX {
        let name = names.read()?;
        let unread = || GeneralName::Unread { tag: u32::from(name.tag & 0x1f), value: name.content.to_vec() };
        issuer.push(GeneralName::read(name.raw).unwrap_or_else(|_| unread()));
    }
    names.finish()?;
    Ok(IssuerSerial { issuer, serial })
}

/// `SEQUENCE { [0] SEQUENCE OF CRL, [1] SEQUENCE OF response, [2] other }`, each part optional.
fn revocation_data(value: &Value<'_>) -> Result<RevocationData, der::Error> {
    let mut fields = expected(value, der::SEQUENCE)?.open()?;
    let mut data = RevocationData::default();
    while !fields.is_empty() {
        let part = fields.read()?;
        let into = match part.tag {
            tag if tag == der::context_constructed(0) => &mut data.crls,
            tag if tag == der::context_constructed(1) => &mut data.ocsps,
            _ => continue,
        };
        let mut list = part.explicit()?.open()?;
        while !list.is_empty() && into.len() < ITEMS_MAX {
            into.push(list.read()?.raw.to_vec());
        }
        list.finish()?;
    }
    Ok(data)
}
