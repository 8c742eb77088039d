//! What a certificate says of itself beyond name and key.
//! RFC 5280 4.2, RFC 9608 (noRevAvail), RFC 6960 4.2.2.2.1 (ocsp-nocheck); whether it suffices is judged in `verify`.

use x509_parser::extensions::DistributionPointName as ParsedPointName;
use x509_parser::extensions::GeneralName as ParsedName;
use x509_parser::extensions::ReasonFlags;
use x509_parser::prelude::AuthorityInfoAccess;
use x509_parser::prelude::AuthorityKeyIdentifier;
use x509_parser::prelude::CRLDistributionPoints;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::SubjectAlternativeName;

use super::name::GeneralName;
use super::name::Name;
use super::serial::Serial;
use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;

/// Extensions in one certificate, CRL or response (section 8.1).
pub(super) const EXTENSIONS_MAX: usize = 200;

/// One extension as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type.
    pub oid: Oid,
    /// Whether one who does not understand it must refuse.
    pub critical: bool,
    /// The content of extnValue: DER of what the type says.
    pub value: Vec<u8>,
}

impl Extension {
    /// Reads `SEQUENCE OF Extension`, the reader standing before it.
    ///
    /// # Errors
    /// When it is malformed, or there are more than 200.
    pub fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, der::Error> {
        let at = reader.at();
        let mut list = reader.sequence()?;
        let mut extensions = Vec::new();
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let oid = fields.oid()?;
            let critical = fields.default_false()?;
            let value = fields.octets()?.into_owned();
            fields.finish()?;
            extensions.push(Self {
                oid,
                critical,
                value,
            });
            if extensions.len() > EXTENSIONS_MAX {
                return Err(der::Error::Content {
                    at,
                    what: "list of at most 200 extensions",
                });
            }
        }
        Ok(extensions)
    }

    /// The critical ones whose type is not in `known`.
    #[must_use]
    pub fn unknown_critical(extensions: &[Self], known: &[&str]) -> Vec<Oid> {
        let unknown =
            |extension: &&Self| extension.critical && !known.contains(&extension.oid.as_str());
        extensions
            .iter()
            .filter(unknown)
            .map(|extension| extension.oid.clone())
            .collect()
    }
}

/// basicConstraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// May issue certificates.
    pub ca: bool,
    /// Non-self-issued CA certificates that may follow; `None` is no limit.
    pub path_len: Option<u64>,
}

/// keyUsage: what the key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Signatures other than those below (bit 0).
    pub const DIGITAL_SIGNATURE: Self = Self(1 << 0);
    /// Content commitment, once called non-repudiation (bit 1).
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// Signing certificates (bit 5).
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// Signing CRLs (bit 6).
    pub const CRL_SIGN: Self = Self(1 << 6);

    /// Whether any of these uses is allowed.
    #[must_use]
    pub const fn any(self, uses: &[Self]) -> bool {
        let mut index = 0;
        while index < uses.len() {
            if self.0 & uses[index].0 != 0 {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Whether no use is allowed but these.
    #[must_use]
    pub fn only(self, uses: &[Self]) -> bool {
        self.0 & !uses.iter().fold(0, |sum, one| sum | one.0) == 0
    }

    /// The bits by RFC 5280 4.2.1.3, bit 0 lowest.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

/// extendedKeyUsage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// The purposes.
    pub purposes: Vec<Oid>,
    /// Whether the extension is critical, as a time-stamping certificate's must be.
    pub critical: bool,
}

/// authorityKeyIdentifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// Identifier of the issuer's key.
    pub key_id: Option<Vec<u8>>,
    /// Names of the issuer's issuer.
    pub issuer: Vec<GeneralName>,
    /// Serial number of the issuer's certificate.
    pub serial: Option<Serial>,
}

/// Where a CRL can be found, and for which reasons it speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// fullName.
    pub names: Vec<GeneralName>,
    /// nameRelativeToCRLIssuer: the DER content of the relative name; rare.
    pub relative_name: bool,
    /// Reason bits, bit n = reason flag n of RFC 5280 4.2.1.13; `None` is all.
    pub reasons: Option<u16>,
    /// cRLIssuer, when it is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    /// The URIs among the names.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        uris(&self.names)
    }

    pub(in crate::format) fn set_point_name(&mut self, name: &ParsedPointName<'_>) {
        match name {
            ParsedPointName::FullName(names) => self.names = general_names(names),
            ParsedPointName::NameRelativeToCRLIssuer(_) => self.relative_name = true,
        }
    }
}

/// The extensions sigill understands, typed. An extension that is there and cannot be read is in `malformed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Every extension as it stands, in order.
    pub all: Vec<Extension>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extendedKeyUsage.
    pub extended_key_usage: Option<ExtendedKeyUsage>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// authorityKeyIdentifier.
    pub authority_key_id: Option<AuthorityKeyId>,
    /// certificatePolicies: the identifiers. `None`: no such extension.
    pub policies: Option<Vec<Oid>>,
    /// cRLDistributionPoints.
    pub crl_distribution_points: Vec<DistributionPoint>,
    /// authorityInfoAccess: where OCSP is answered.
    pub ocsp_urls: Vec<String>,
    /// authorityInfoAccess: where the issuer's certificate is.
    pub ca_issuer_urls: Vec<String>,
    /// subjectAltName.
    pub subject_alt_names: Vec<GeneralName>,
    /// qcStatements: the statements' identifiers. `None`: no such extension.
    pub qc_statements: Option<Vec<Oid>>,
    /// Critical extensions sigill does not understand.
    pub unknown_critical: Vec<Oid>,
    /// Understood types whose content cannot be read.
    pub malformed: Vec<Oid>,
    /// Types that occur more than once.
    pub duplicates: Vec<Oid>,
}

const SUBJECT_KEY_ID: &str = "2.5.29.14";
const KEY_USAGE: &str = "2.5.29.15";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
const CERTIFICATE_POLICIES: &str = "2.5.29.32";
const POLICY_MAPPINGS: &str = "2.5.29.33";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
const NO_REV_AVAIL: &str = "2.5.29.56";
const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
const QC_STATEMENTS: &str = "1.3.6.1.5.5.7.1.3";
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const ACCESS_OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];
const ACCESS_CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];

/// Critical extensions that do not make a certificate unusable (section 8.3); path validation reads the name
/// constraints and policy rules from `all`.
const UNDERSTOOD: [&str; 13] = [
    SUBJECT_KEY_ID,
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    CRL_DISTRIBUTION_POINTS,
    CERTIFICATE_POLICIES,
    POLICY_MAPPINGS,
    POLICY_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    INHIBIT_ANY_POLICY,
    QC_STATEMENTS,
    OCSP_NO_CHECK,
];

impl Extensions {
    pub(super) fn new(all: Vec<Extension>) -> Self {
        let mut extensions = Self {
            unknown_critical: Extension::unknown_critical(&all, &UNDERSTOOD),
            ..Self::default()
        };
        for (index, extension) in all.iter().enumerate() {
            let earlier = all.get(..index).unwrap_or_default();
            if earlier.iter().any(|one| one.oid == extension.oid) {
                extensions.duplicates.push(extension.oid.clone());
            } else if extensions.take(extension).is_none() {
                extensions.malformed.push(extension.oid.clone());
            }
        }
        extensions.all = all;
        extensions
    }

    /// The extension of this type (dotted), as it stands.
    #[must_use]
    pub fn find(&self, oid: &str) -> Option<&Extension> {
        self.all.iter().find(|extension| extension.oid == oid)
    }

    /// Whether name constraints are stated (2.5.29.30).
    #[must_use]
    pub fn has_name_constraints(&self) -> bool {
        self.find(NAME_CONSTRAINTS).is_some()
    }

    /// Whether the issuer says that no revocation data will ever be there (RFC 9608).
    #[must_use]
    pub fn no_rev_avail(&self) -> bool {
        self.find(NO_REV_AVAIL).is_some()
    }

    /// Whether a responder's certificate need not be checked for revocation (RFC 6960 4.2.2.2.1).
    #[must_use]
    pub fn ocsp_no_check(&self) -> bool {
        self.find(OCSP_NO_CHECK).is_some()
    }

    /// The URIs of all CRL distribution points.
    pub fn crl_urls(&self) -> impl Iterator<Item = &str> {
        self.crl_distribution_points
            .iter()
            .flat_map(DistributionPoint::urls)
    }

    /// Sets the field the extension belongs to. `None`: its content cannot be read.
    fn take(&mut self, extension: &Extension) -> Option<()> {
        let value = extension.value.as_slice();
        match extension.oid.as_str() {
            BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value).ok()?),
            KEY_USAGE => self.key_usage = Some(KeyUsage(named_bits(value).ok()?)),
            EXTENDED_KEY_USAGE => {
                let purposes = identifiers(value, |list| list.oid()).ok()?;
                self.extended_key_usage = Some(ExtendedKeyUsage {
                    purposes,
                    critical: extension.critical,
                });
            }
            CERTIFICATE_POLICIES => {
                self.policies = Some(identifiers(value, first_identifier).ok()?)
            }
            QC_STATEMENTS => self.qc_statements = Some(identifiers(value, first_identifier).ok()?),
            SUBJECT_KEY_ID => {
                let mut reader = Reader::new(value);
                self.subject_key_id = Some(reader.octets().ok()?.into_owned());
                reader.finish().ok()?;
            }
            AUTHORITY_KEY_ID => {
                let parsed = whole::<AuthorityKeyIdentifier<'_>>(value)?;
                self.authority_key_id = Some(AuthorityKeyId {
                    key_id: parsed.key_identifier.map(|id| id.0.to_vec()),
                    issuer: parsed
                        .authority_cert_issuer
                        .as_deref()
                        .map(general_names)
                        .unwrap_or_default(),
                    serial: parsed.authority_cert_serial.map(Serial::new),
                });
            }
            SUBJECT_ALT_NAME => {
                self.subject_alt_names =
                    general_names(&whole::<SubjectAlternativeName<'_>>(value)?.general_names);
            }
            CRL_DISTRIBUTION_POINTS => {
                let points = whole::<CRLDistributionPoints<'_>>(value)?.points;
                self.crl_distribution_points = points.iter().map(distribution_point).collect();
            }
            AUTHORITY_INFO_ACCESS => {
                let parsed = whole::<AuthorityInfoAccess<'_>>(value)?;
                for access in parsed.iter() {
                    let ParsedName::URI(url) = access.access_location else {
                        continue;
                    };
                    match access.access_method.as_bytes() {
                        ACCESS_OCSP => self.ocsp_urls.push(url.to_owned()),
                        ACCESS_CA_ISSUERS => self.ca_issuer_urls.push(url.to_owned()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// What x509-parser reads from the value, if it reads all of it.
fn whole<'a, T: FromDer<'a, x509_parser::error::X509Error>>(value: &'a [u8]) -> Option<T> {
    match T::from_der(value) {
        Ok(([], parsed)) => Some(parsed),
        Ok(_) | Err(_) => None,
    }
}

pub(in crate::format) fn general_names(parsed: &[ParsedName<'_>]) -> Vec<GeneralName> {
    parsed.iter().map(GeneralName::from_parsed).collect()
}

fn distribution_point(
    parsed: &x509_parser::extensions::CRLDistributionPoint<'_>,
) -> DistributionPoint {
    let mut point = DistributionPoint {
        reasons: parsed
            .reasons
            .as_ref()
            .map(|reasons: &ReasonFlags| reasons.flags),
        crl_issuer: parsed
            .crl_issuer
            .as_deref()
            .map(general_names)
            .unwrap_or_default(),
        ..DistributionPoint::default()
    };
    if let Some(name) = &parsed.distribution_point {
        point.set_point_name(name);
    }
    point
}

fn uris(names: &[GeneralName]) -> impl Iterator<Item = &str> {
    names.iter().filter_map(|name| {
        if let GeneralName::Uri(uri) = name {
            Some(uri.as_str())
        } else {
            None
        }
    })
}

/// `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, der::Error> {
    let mut reader = Reader::new(value);
    let mut fields = reader.sequence()?;
    reader.finish()?;
    let ca = fields.default_false()?;
    let path_len = fields
        .optional(der::INTEGER)?
        .map(|length| length.unsigned())
        .transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

/// A BIT STRING whose bits have names, bit 0 lowest in the result.
pub(in crate::format) fn named_bits(value: &[u8]) -> Result<u16, der::Error> {
    let mut reader = Reader::new(value);
    let (_, bytes) = reader.expect(der::BIT_STRING)?.bits()?;
    reader.finish()?;
    Ok(flags(bytes))
}

/// The first sixteen bits, bit 0 lowest; no list of ours has more than nine.
pub(in crate::format) fn flags(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .take(2)
        .rev()
        .fold(0, |sum, byte| (sum << 8) | u16::from(byte.reverse_bits()))
}

/// A SEQUENCE OF something that starts with or is an identifier; never empty (RFC 5280 4.2.1.4, 4.2.1.12).
fn identifiers(
    value: &[u8],
    one: impl Fn(&mut Reader<'_>) -> Result<Oid, der::Error>,
) -> Result<Vec<Oid>, der::Error> {
    let mut reader = Reader::new(value);
    let mut list = reader.sequence()?;
    reader.finish()?;
    let mut found = vec![one(&mut list)?];
    while !list.is_empty() {
        found.push(one(&mut list)?);
    }
    Ok(found)
}

fn first_identifier(reader: &mut Reader<'_>) -> Result<Oid, der::Error> {
    reader.sequence()?.oid()
}

impl From<&Name> for GeneralName {
    fn from(name: &Name) -> Self {
        Self::Directory(name.clone())
    }
}
