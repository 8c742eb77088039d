//! What a certificate says of itself beyond name and key.
//! RFC 5280 4.2, RFC 9608 (noRevAvail), RFC 6960 4.2.2.2.1 (ocsp-nocheck); whether it suffices is judged in `verify`.

use super::constraint::NameConstraints;
use super::distribution::DistributionPoint;
use super::distribution::distribution_points;
use super::distribution::flags;
use super::distribution::general_names;
use super::name::GeneralName;
use super::policy;
use super::policy::PolicyConstraints;
use super::policy::PolicyMapping;
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
    /// When it is malformed, one type occurs twice, or there are more than 200.
    pub fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, der::Error> {
        Self::read_fields(reader.sequence()?)
    }

    /// Reads the extensions of a SEQUENCE that is already open (an IMPLICIT tag).
    ///
    /// # Errors
    /// As for [`Extension::read_all`].
    pub fn read_fields(mut list: Reader<'_>) -> Result<Vec<Self>, der::Error> {
        let at = list.at();
        let mut extensions = Vec::new();
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let oid = fields.oid()?;
            let critical = fields.default_false()?;
            let value = fields.octets()?.into_owned();
            fields.finish()?;
            // RFC 5280 4.2 and 5.2: of two of a kind, one could hide the other.
            let repeated = Self::find(&extensions, oid.as_str()).is_some();
            if repeated || extensions.len() == EXTENSIONS_MAX {
                return Err(der::Error::Content { at, what: "list of at most 200 different extensions" });
            }
            extensions.push(Self { oid, critical, value });
        }
        Ok(extensions)
    }

    /// The content of the first extension of this type (dotted).
    #[must_use]
    pub fn find<'e>(extensions: &'e [Self], oid: &str) -> Option<&'e [u8]> {
        extensions.iter().find(|extension| extension.oid == oid).map(|extension| extension.value.as_slice())
    }

    /// The critical ones whose type is not in `known`.
    #[must_use]
    pub fn unknown_critical(extensions: &[Self], known: &[&str]) -> Vec<Oid> {
        let unknown = |extension: &&Self| extension.critical && !known.contains(&extension.oid.as_str());
        extensions.iter().filter(unknown).map(|extension| extension.oid.clone()).collect()
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
    pub fn any(self, uses: &[Self]) -> bool {
        uses.iter().any(|one| self.0 & one.0 != 0)
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
    /// policyMappings.
    pub policy_mappings: Vec<PolicyMapping>,
    /// policyConstraints.
    pub policy_constraints: Option<PolicyConstraints>,
    /// inhibitAnyPolicy: after how many further certificates anyPolicy no longer counts.
    pub inhibit_any_policy: Option<u64>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
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
const ACCESS_OCSP: &str = "1.3.6.1.5.5.7.48.1";
const ACCESS_CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// Critical extensions that do not make a certificate unusable (section 8.3).
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
        let mut extensions =
            Self { unknown_critical: Extension::unknown_critical(&all, &UNDERSTOOD), ..Self::default() };
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
        self.crl_distribution_points.iter().flat_map(DistributionPoint::urls)
    }

    /// Sets the field the extension belongs to. `None`: its content cannot be read.
    fn take(&mut self, extension: &Extension) -> Option<()> {
        let value = extension.value.as_slice();
        match extension.oid.as_str() {
            BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value).ok()?),
            KEY_USAGE => self.key_usage = Some(KeyUsage(named_bits(value).ok()?)),
            EXTENDED_KEY_USAGE => {
                let purposes = identifiers(value, |list| list.oid()).ok()?;
                self.extended_key_usage = Some(ExtendedKeyUsage { purposes, critical: extension.critical });
            }
            CERTIFICATE_POLICIES => self.policies = Some(identifiers(value, first_identifier).ok()?),
            POLICY_MAPPINGS => self.policy_mappings = policy::mappings(value).ok()?,
            POLICY_CONSTRAINTS => self.policy_constraints = Some(policy::constraints(value).ok()?),
            INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(policy::inhibit_any(value).ok()?),
            NAME_CONSTRAINTS => {
                self.name_constraints = Some(NameConstraints::read(value, extension.critical).ok()?);
            }
            QC_STATEMENTS => self.qc_statements = Some(identifiers(value, first_identifier).ok()?),
            SUBJECT_KEY_ID => {
                self.subject_key_id = Some(Reader::new(value).only().ok()?.octets().ok()?.into_owned());
            }
            AUTHORITY_KEY_ID => self.authority_key_id = Some(authority_key_id(value).ok()?),
            SUBJECT_ALT_NAME => {
                self.subject_alt_names = general_names(Reader::new(value).only_sequence().ok()?).ok()?
            }
            CRL_DISTRIBUTION_POINTS => self.crl_distribution_points = distribution_points(value).ok()?,
            AUTHORITY_INFO_ACCESS => self.take_access(value).ok()?,
            _ => {}
        }
        Some(())
    }

    /// `SEQUENCE OF SEQUENCE { accessMethod, accessLocation }`; locations that are no URI are not for us.
    fn take_access(&mut self, value: &[u8]) -> Result<(), der::Error> {
        let mut list = Reader::new(value).only_sequence()?;
        while !list.is_empty() {
            let mut access = list.sequence()?;
            let method = access.oid()?;
            let location = GeneralName::read(access.only()?.raw)?;
            match (method.as_str(), location) {
                (ACCESS_OCSP, GeneralName::Uri(url)) => self.ocsp_urls.push(url),
                (ACCESS_CA_ISSUERS, GeneralName::Uri(url)) => self.ca_issuer_urls.push(url),
                _ => {}
            }
        }
        Ok(())
    }
}

/// `SEQUENCE { keyIdentifier [0], authorityCertIssuer [1], authorityCertSerialNumber [2] }`, each optional.
fn authority_key_id(value: &[u8]) -> Result<AuthorityKeyId, der::Error> {
    let mut fields = Reader::new(value).only_sequence()?;
    let key_id = fields.optional(der::context(0))?.map(|id| id.content.to_vec());
    let issuer = fields.optional(der::context_constructed(1))?;
    let issuer = issuer.map_or_else(|| Ok(Vec::new()), |names| general_names(names.open()?))?;
    let serial = fields.optional(der::context(2))?.map(|number| number.integer().map(Serial::new)).transpose()?;
    fields.finish()?;
    Ok(AuthorityKeyId { key_id, issuer, serial })
}

/// `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, der::Error> {
    let mut fields = Reader::new(value).only_sequence()?;
    let ca = fields.default_false()?;
    let path_len = fields.optional(der::INTEGER)?.map(|length| length.unsigned()).transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

/// A BIT STRING whose bits have names, bit 0 lowest in the result.
fn named_bits(value: &[u8]) -> Result<u16, der::Error> {
    let (_, bytes) = Reader::new(value).only()?.bits()?;
    Ok(flags(bytes))
}

/// A SEQUENCE OF something that starts with or is an identifier; never empty (RFC 5280 4.2.1.4, 4.2.1.12).
fn identifiers(value: &[u8], one: impl Fn(&mut Reader<'_>) -> Result<Oid, der::Error>) -> Result<Vec<Oid>, der::Error> {
    let mut list = Reader::new(value).only_sequence()?;
    let mut found = vec![one(&mut list)?];
    while !list.is_empty() {
        found.push(one(&mut list)?);
    }
    Ok(found)
}

fn first_identifier(reader: &mut Reader<'_>) -> Result<Oid, der::Error> {
    reader.sequence()?.oid()
}
