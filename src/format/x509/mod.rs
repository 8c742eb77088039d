//! X.509 certificates.
//! RFC 5280 section 4, read strictly (section 8.1 of the project's spec); whether to believe them is `verify::path`'s.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use x509_parser::prelude::ASN1Time;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::X509Certificate;

use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;

mod serial;
mod name;
mod host;
mod constraint;
mod policy;
mod distribution;
mod extension;

pub use self::constraint::Hosts;
pub use self::constraint::NameConstraints;
pub use self::constraint::Subtree;
pub use self::distribution::DistributionPoint;
pub(in crate::format) use self::distribution::flags;
pub use self::extension::AuthorityKeyId;
pub use self::extension::BasicConstraints;
pub use self::extension::ExtendedKeyUsage;
pub use self::extension::Extension;
pub use self::extension::Extensions;
pub use self::extension::KeyUsage;
pub use self::host::Host;
pub use self::host::Mailbox;
pub use self::name::Attribute;
pub use self::name::GeneralName;
pub use self::name::Name;
pub use self::policy::PolicyConstraints;
pub use self::policy::PolicyMapping;
pub use self::serial::Serial;

/// Longest certificate read (section 8.1); those with the largest statements have about 40 KiB.
pub const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

/// Keys of DSA.
const DSA: &str = "1.2.840.10040.4.1";

/// The extension with the signer's authentication, RFC 7773, as the Swedish framework names it.
pub const AUTHN_CONTEXT: &str = "1.2.752.201.5.1";

/// Why bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer than any real one.
    #[error("certificate of {0} bytes is larger than any we read")]
    TooLarge(usize),
    /// The ASN.1 is malformed, or bytes are left over.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// The ASN.1 is well formed and is not a certificate.
    #[error("not a certificate: {0}")]
    Structure(String),
}

/// An algorithm and its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlgorithmIdentifier {
    /// The algorithm.
    pub oid: Oid,
    /// The parameters as they stand, tag and all. `None`: absent, which is not the same as NULL.
    pub parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    /// Reads one, the reader standing before it.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, der::Error> {
        Self::from_fields(reader.sequence()?)
    }

    /// Reads one whose SEQUENCE is already open (an IMPLICIT tag).
    ///
    /// # Errors
    /// When it is malformed.
    pub fn from_fields(mut fields: Reader<'_>) -> Result<Self, der::Error> {
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.read()?.raw.to_vec()) };
        fields.finish()?;
        Ok(Self { oid, parameters })
    }
}

/// A public key as certificates carry it (SubjectPublicKeyInfo).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKeyInfo {
    /// The whole structure in DER.
    pub raw: Vec<u8>,
    /// The kind of key and its parameters.
    pub algorithm: AlgorithmIdentifier,
    /// Content of the BIT STRING: what key identifiers are computed over (OC-2, OC-4).
    pub key: Vec<u8>,
}

impl PublicKeyInfo {
    /// Reads a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When it is malformed or bytes follow it.
    pub fn read(raw: &[u8]) -> Result<Self, der::Error> {
        let mut fields = Reader::new(raw).only_sequence()?;
        let algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let key = fields.expect(der::BIT_STRING)?.whole_bits()?.to_vec();
        fields.finish()?;
        Ok(Self { raw: raw.to_vec(), algorithm, key })
    }

    /// Whether it is a DSA key that has its issuer's parameters, stating none (RFC 3279 2.3.2).
    #[must_use]
    pub fn inherits_parameters(&self) -> bool {
        self.algorithm.oid == DSA && self.algorithm.parameters.is_none()
    }

    /// The key with these parameters in it, as if it stated them.
    fn with_parameters(&self, parameters: &[u8]) -> Result<Self, der::Error> {
        let mut fields = Reader::new(&self.raw).only_sequence()?;
        let oid = fields.sequence()?.read()?.raw;
        let key = fields.read()?.raw;
        let algorithm = der::encode(der::SEQUENCE, &[oid, parameters]);
        Self::read(&der::encode(der::SEQUENCE, &[&algorithm, key]))
    }
}

/// What stands in a certificate.
#[derive(Clone, Debug)]
pub struct Contents {
    der: Vec<u8>,
    tbs: Vec<u8>,
    /// 1, 2 or 3.
    pub version: u32,
    /// Its number with its issuer.
    pub serial: Serial,
    /// The algorithm stated outside what is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The algorithm stated inside; must be the same.
    pub tbs_signature_algorithm: AlgorithmIdentifier,
    /// Who issued it.
    pub issuer: Name,
    /// Whose key it is.
    pub subject: Name,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// The key; of a certificate that was put [under](Certificate::under) its issuer, with the parameters it inherits.
    pub public_key: PublicKeyInfo,
    /// The extensions.
    pub extensions: Extensions,
    /// The issuer's signature over [`Contents::tbs`].
    pub signature: Vec<u8>,
}

impl Contents {
    /// The certificate as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that its issuer signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// The content of the AuthnContext extension, for `format::authn` to read.
    #[must_use]
    pub fn authn_contexts(&self) -> Option<&[u8]> {
        self.extensions.find(AUTHN_CONTEXT).map(|extension| extension.value.as_slice())
    }
}

/// A certificate. Cheap to clone; two are the same when their bytes are.
#[derive(Clone)]
pub struct Certificate(Arc<Contents>);

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// When it is larger than 64 KiB, malformed, or bytes follow it.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > CERTIFICATE_BYTES_MAX {
            return Err(Error::TooLarge(bytes.len()));
        }
        let mut fields = Reader::new(bytes).only_sequence()?;
        let tbs = fields.expect(der::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.expect(der::BIT_STRING)?.whole_bits()?.to_vec();
        fields.finish()?;

        let mut before_issuer = tbs.open()?;
        before_issuer.optional(der::context_constructed(0))?;
        let serial = Serial::new(before_issuer.expect(der::INTEGER)?.content);
        let tbs_signature_algorithm = AlgorithmIdentifier::read(&mut before_issuer)?;

        let (_, parsed) = X509Certificate::from_der(bytes).map_err(|error| Error::Structure(error.to_string()))?;
        let parsed = parsed.tbs_certificate;
        Ok(Self(Arc::new(Contents {
            der: bytes.to_vec(),
            tbs: tbs.raw.to_vec(),
            version: parsed.version.0.saturating_add(1),
            serial,
            signature_algorithm,
            tbs_signature_algorithm,
            issuer: Name::read(parsed.issuer.as_raw())?,
            subject: Name::read(parsed.subject.as_raw())?,
            not_before: moment(parsed.validity.not_before)?,
            not_after: moment(parsed.validity.not_after)?,
            public_key: PublicKeyInfo::read(parsed.subject_pki.raw)?,
            extensions: Extensions::new(extensions(parsed.extensions())?),
            signature,
        })))
    }

    /// The certificate with what its key has of its issuer's, so that it can be computed with: the same certificate.
    #[must_use]
    pub fn under(&self, issuer: &Self) -> Self {
        let parameters = issuer.public_key.algorithm.parameters.as_deref();
        let given = parameters.filter(|_| issuer.public_key.algorithm.oid == DSA);
        let inherited = given.filter(|_| self.public_key.inherits_parameters());
        match inherited.map(|parameters| self.public_key.with_parameters(parameters)) {
            Some(Ok(public_key)) => Self(Arc::new(Contents { public_key, ..Contents::clone(self) })),
            Some(Err(_)) | None => self.clone(),
        }
    }
}

impl Deref for Certificate {
    type Target = Contents;

    fn deref(&self) -> &Contents {
        &self.0
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der.hash(state);
    }
}

/// No subject: a signer's name does not belong in a log.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.serial)
    }
}

fn moment(time: ASN1Time) -> Result<Timestamp, Error> {
    Timestamp::from_second(time.timestamp()).map_err(|error| Error::Structure(error.to_string()))
}

fn extensions(parsed: &[x509_parser::extensions::X509Extension<'_>]) -> Result<Vec<Extension>, Error> {
    let own = |extension: &x509_parser::extensions::X509Extension<'_>| {
        let oid = Oid::from_content(extension.oid.as_bytes());
        let oid = oid.ok_or_else(|| Error::Structure("an extension's identifier is malformed".to_owned()))?;
        Ok(Extension { oid, critical: extension.critical, value: extension.value.to_vec() })
    };
    if parsed.len() > extension::EXTENSIONS_MAX {
        return Err(Error::Structure(format!("{} extensions", parsed.len())));
    }
    parsed.iter().map(own).collect()
}
