//! Certificate revocation lists.
//! RFC 5280 section 5; entries stay bytes and are read when asked (CL-1: lists of 50 MB exist). Judged in `verify`.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::DistributionPoint;
use crate::format::x509::Extension;
use crate::format::x509::GeneralName;
use crate::format::x509::Name;
use crate::format::x509::Serial;
use crate::format::x509::flags;

const CRL_NUMBER: &str = "2.5.29.20";
const REASON_CODE: &str = "2.5.29.21";
const INVALIDITY_DATE: &str = "2.5.29.24";
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const EXPIRED_CERTS_ON_CRL: &str = "2.5.29.60";

/// Critical extensions of the list, and of its entries, that do not make it unusable.
const UNDERSTOOD: [&str; 4] = [CRL_NUMBER, DELTA_CRL_INDICATOR, ISSUING_DISTRIBUTION_POINT, AUTHORITY_KEY_ID];
const UNDERSTOOD_IN_ENTRIES: [&str; 3] = [REASON_CODE, INVALIDITY_DATE, CERTIFICATE_ISSUER];

/// Why bytes are not a CRL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ASN.1 is malformed, or bytes are left over.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// An extension we must understand cannot be read.
    #[error("extension {oid} of the CRL is malformed")]
    Extension {
        /// Its type.
        oid: &'static str,
        /// What is wrong with it.
        source: der::Error,
    },
}

/// Why a certificate was revoked (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No reason given.
    Unspecified,
    /// The private key is in other hands.
    KeyCompromise,
    /// The issuer's private key is in other hands.
    CaCompromise,
    /// The subject has moved.
    AffiliationChanged,
    /// There is a newer certificate.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// On hold; may come back.
    CertificateHold,
    /// Off hold (delta CRLs only).
    RemoveFromCrl,
    /// A privilege was withdrawn.
    PrivilegeWithdrawn,
    /// The attribute authority's key is in other hands.
    AaCompromise,
}

impl Reason {
    /// Its name in RFC 5280, 5.3.1.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// From its code. `None`: not assigned.
    #[must_use]
    pub const fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }

    /// How much it takes to undo: nothing follows a revocation for good.
    const fn weight(self) -> u8 {
        match self {
            Self::RemoveFromCrl => 0,
            Self::CertificateHold => 1,
            Self::Unspecified
            | Self::KeyCompromise
            | Self::CaCompromise
            | Self::AffiliationChanged
            | Self::Superseded
            | Self::CessationOfOperation
            | Self::PrivilegeWithdrawn
            | Self::AaCompromise => 2,
        }
    }
}

/// What a list says of one certificate on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub date: Timestamp,
    /// Why; an unassigned code counts as unspecified.
    pub reason: Reason,
    /// Since when the key may not be trusted, if that is earlier.
    pub invalidity_date: Option<Timestamp>,
}

/// Which certificates and reasons the list speaks of (issuingDistributionPoint).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The point the list is for; `None` when it names none.
    pub point: Option<DistributionPoint>,
    /// End-entity certificates only.
    pub only_user_certs: bool,
    /// CA certificates only.
    pub only_ca_certs: bool,
    /// Attribute certificates only.
    pub only_attribute_certs: bool,
    /// These reasons only, bit n = reason flag n; `None` is all.
    pub only_some_reasons: Option<u16>,
    /// Certificates of other issuers too.
    pub indirect: bool,
}

/// A CRL. Cheap to clone.
#[derive(Clone)]
pub struct Crl {
    der: Arc<[u8]>,
    tbs: Range<usize>,
    entries: Range<usize>,
    /// 1 or 2.
    pub version: u64,
    /// The algorithm stated outside what is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The algorithm stated inside; must be the same.
    pub tbs_signature_algorithm: AlgorithmIdentifier,
    /// Who issued it.
    pub issuer: Name,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When the next one is issued at the latest.
    pub next_update: Option<Timestamp>,
    /// How many entries it has.
    pub entry_count: usize,
    /// cRLNumber.
    pub number: Option<Serial>,
    /// BaseCRLNumber: present in delta CRLs only.
    pub base_number: Option<Serial>,
    /// issuingDistributionPoint, if present.
    pub scope: Option<Scope>,
    /// expiredCertsOnCRL: certificates that expired since then are still listed.
    pub expired_certs_since: Option<Timestamp>,
    /// Every extension of the list, as it stands.
    pub extensions: Vec<Extension>,
    /// Critical extensions we do not understand, of the list or any entry: they make it unusable (CL-3).
    pub unknown_critical: Vec<Oid>,
    /// The issuer's signature over [`Crl::tbs`].
    pub signature: Vec<u8>,
}

impl Crl {
    /// Reads one CRL in DER; every entry is looked at once, none is kept.
    ///
    /// # Errors
    /// When it is malformed, or bytes follow it.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::new(bytes).only_sequence()?;
        let tbs = fields.expect(der::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.expect(der::BIT_STRING)?.whole_bits()?.to_vec();
        fields.finish()?;

        let mut fields = tbs.open()?;
        let version = fields.optional(der::INTEGER)?.map_or(Ok(0), |version| version.unsigned())?.saturating_add(1);
        let tbs_signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let issuer = Name::read(fields.expect(der::SEQUENCE)?.raw)?;
        let this_update = fields.read()?.time()?;
        let timed = matches!(fields.peek(), Some(der::UTC_TIME | der::GENERALIZED_TIME));
        let next_update = if timed { Some(fields.read()?.time()?) } else { None };
        let entries = fields.optional(der::SEQUENCE)?;
        let wrapper = fields.optional(der::context_constructed(0))?;
        fields.finish()?;

        let extensions = match wrapper {
            Some(wrapper) => Extension::read_all(&mut wrapper.open()?)?,
            None => Vec::new(),
        };
        let mut crl = Self {
            der: bytes.into(),
            tbs: tbs.at..tbs.at + tbs.raw.len(),
            entries: entries.map_or(0..0, |list| list.at + list.header..list.at + list.raw.len()),
            version,
            signature_algorithm,
            tbs_signature_algorithm,
            issuer,
            this_update,
            next_update,
            entry_count: 0,
            number: None,
            base_number: None,
            scope: None,
            expired_certs_since: None,
            unknown_critical: Extension::unknown_critical(&extensions, &UNDERSTOOD),
            extensions,
            signature,
        };
        crl.look_at_entries()?;
        crl.take_extensions()?;
        Ok(crl)
    }

    /// The list as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that its issuer signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// What the list says of the certificate with this issuer and serial number; walks the entries once (CL-6).
    ///
    /// # Errors
    /// When an entry's extension that decides the answer is malformed: then the list says nothing.
    pub fn find(&self, issuer: &Name, serial: &Serial) -> Result<Option<Revoked>, Error> {
        let indirect = self.scope.as_ref().is_some_and(|scope| scope.indirect);
        let mut entry_issuer = self.issuer.clone();
        let mut reader = self.entries();
        let mut worst = None;
        while !reader.is_empty() {
            let entry = Entry::read(&mut reader)?;
            let same_serial = entry.serial == serial.octets();
            if !indirect && !same_serial {
                continue;
            }
            let extensions = entry.extensions()?;
            if let Some(stated) = read(&extensions, CERTIFICATE_ISSUER, certificate_issuer)? {
                entry_issuer = stated;
            }
            if same_serial && entry_issuer == *issuer {
                let revoked = entry.revoked(&extensions)?;
                // There should be one entry; of several, the worst counts.
                if worst.as_ref().is_none_or(|worst: &Revoked| worst.reason.weight() < revoked.reason.weight()) {
                    worst = Some(revoked);
                }
            }
        }
        Ok(worst)
    }

    fn entries(&self) -> Reader<'_> {
        Reader::new(self.der.get(self.entries.clone()).unwrap_or_default())
    }

    /// Counts the entries and notes critical extensions in them that we do not understand.
    fn look_at_entries(&mut self) -> Result<(), Error> {
        let (mut count, mut unknown) = (0, Vec::new());
        let mut reader = self.entries();
        while !reader.is_empty() {
            let entry = Entry::read(&mut reader)?;
            entry.date.time()?;
            count += 1;
            for oid in Extension::unknown_critical(&entry.extensions()?, &UNDERSTOOD_IN_ENTRIES) {
                if !unknown.contains(&oid) && unknown.len() < UNKNOWN_LISTED_MAX {
                    unknown.push(oid);
                }
            }
        }
        self.entry_count = count;
        self.unknown_critical.extend(unknown);
        Ok(())
    }

    fn take_extensions(&mut self) -> Result<(), Error> {
        let number = |value: &Value<'_>| value.integer().map(Serial::new);
        self.number = read(&self.extensions, CRL_NUMBER, number)?;
        self.base_number = read(&self.extensions, DELTA_CRL_INDICATOR, number)?;
        self.scope = read(&self.extensions, ISSUING_DISTRIBUTION_POINT, scope)?;
        self.expired_certs_since = read(&self.extensions, EXPIRED_CERTS_ON_CRL, |value| value.time())?;
        Ok(())
    }
}

/// Not the bytes: there may be fifty million.
impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries)", self.this_update, self.entry_count)
    }
}

/// Different unknown critical extensions listed; one is enough to refuse, so the rest is for the reader.
const UNKNOWN_LISTED_MAX: usize = 16;

/// One entry, only its number read: a search passes by most of them.
struct Entry<'a> {
    /// In the fewest octets, as DER demands and [`Serial::octets`] gives them.
    serial: &'a [u8],
    date: Value<'a>,
    extensions: Reader<'a>,
}

impl<'a> Entry<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, der::Error> {
        let mut fields = reader.sequence()?;
        let serial = fields.expect(der::INTEGER)?.integer()?;
        Ok(Self { serial, date: fields.read()?, extensions: fields })
    }

    fn extensions(&self) -> Result<Vec<Extension>, der::Error> {
        if self.extensions.is_empty() {
            return Ok(Vec::new());
        }
        let mut reader = self.extensions.clone();
        let extensions = Extension::read_all(&mut reader)?;
        reader.finish()?;
        Ok(extensions)
    }

    fn revoked(&self, extensions: &[Extension]) -> Result<Revoked, Error> {
        let code = read(extensions, REASON_CODE, |value| value.unsigned())?;
        Ok(Revoked {
            date: self.date.time()?,
            reason: code.and_then(Reason::from_code).unwrap_or(Reason::Unspecified),
            invalidity_date: read(extensions, INVALIDITY_DATE, |value| value.time())?,
        })
    }
}

/// What the extension of this type holds, if there is one.
fn read<T>(
    extensions: &[Extension],
    oid: &'static str,
    read: impl FnOnce(&Value<'_>) -> Result<T, der::Error>,
) -> Result<Option<T>, Error> {
    let Some(bytes) = Extension::find(extensions, oid) else {
        return Ok(None);
    };
    let value = Reader::new(bytes).only().and_then(|value| read(&value));
    value.map(Some).map_err(|source| Error::Extension { oid, source })
}

/// certificateIssuer: GeneralNames of which the first directory name counts.
fn certificate_issuer(value: &Value<'_>) -> Result<Name, der::Error> {
    let mut names = value.open()?;
    loop {
        if let GeneralName::Directory(name) = GeneralName::read(names.read()?.raw)? {
            return Ok(name);
        }
    }
}

/// issuingDistributionPoint; an unreadable part must not be read as "no restriction".
fn scope(value: &Value<'_>) -> Result<Scope, der::Error> {
    let mut fields = value.open()?;
    let mut scope = Scope::default();
    while !fields.is_empty() {
        let part = fields.read()?;
        match part.tag {
            0xa0 => {
                let mut point = DistributionPoint::default();
                point.read_name(&part)?;
                scope.point = Some(point);
            }
            0x81 => scope.only_user_certs = part.boolean()?,
            0x82 => scope.only_ca_certs = part.boolean()?,
            0x83 => scope.only_some_reasons = Some(flags(part.bits()?.1)),
            0x84 => scope.indirect = part.boolean()?,
            0x85 => scope.only_attribute_certs = part.boolean()?,
            found => {
                return Err(der::Error::Tag { at: part.at, expected: der::context_constructed(0), found });
            }
        }
    }
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    const KNOWN: &[u8] = &[0x55, 0x1d, 0x15];
    const ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];
    const SCOPE: &[u8] = &[0x55, 0x1d, 0x1c];
    const UNKNOWN: &[u8] = &[0x2a, 3, 4];

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        der::encode(der::SEQUENCE, parts)
    }

    fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
        let oid = der::encode(der::OBJECT_IDENTIFIER, &[oid]);
        sequence(&[&oid, &[der::BOOLEAN, 1, 0xff], &der::encode(der::OCTET_STRING, &[value])])
    }

    fn name(text: &str) -> Vec<u8> {
        let text = der::encode(der::UTF8_STRING, &[text.as_bytes()]);
        let attribute = sequence(&[&der::encode(der::OBJECT_IDENTIFIER, &[&[0x55, 4, 3]]), &text]);
        sequence(&[&der::encode(der::SET, &[&attribute])])
    }

    fn entry(serial: u8, extensions: &[Vec<u8>]) -> Vec<u8> {
        let date = der::encode(der::UTC_TIME, &[b"240101000000Z"]);
        let extensions = if extensions.is_empty() { Vec::new() } else { sequence(&[&extensions.concat()]) };
        sequence(&[&[der::INTEGER, 1, serial], &date, &extensions])
    }

    fn crl(entries: &[Vec<u8>], extensions: &[Vec<u8>]) -> Result<Crl, Error> {
        let algorithm = sequence(&[&der::encode(der::OBJECT_IDENTIFIER, &[&[0x2b, 0x65, 0x70]])]);
        let time = der::encode(der::UTC_TIME, &[b"240201000000Z"]);
        let extensions = der::encode(der::context_constructed(0), &[&sequence(&[&extensions.concat()])]);
        let entries = sequence(&[&entries.concat()]);
        let tbs = sequence(&[&[der::INTEGER, 1, 1], &algorithm, &name("CA"), &time, &entries, &extensions]);
        Crl::read(&sequence(&[&tbs, &algorithm, &[der::BIT_STRING, 2, 0, 7]]))
    }

    fn issued_by(text: &str) -> Name {
        Name::read(&name(text)).unwrap()
    }

    #[test]
    fn an_entry_is_found_with_its_reason() {
        let reason = extension(KNOWN, &[der::ENUMERATED, 1, 6]);
        let crl = crl(&[entry(1, &[]), entry(2, &[reason])], &[]).unwrap();
        let found = crl.find(&issued_by("CA"), &Serial::new(&[2])).unwrap().unwrap();
        assert_eq!((found.reason, crl.entry_count), (Reason::CertificateHold, 2));
        assert_eq!(found.date, "2024-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(crl.find(&issued_by("CA"), &Serial::new(&[3])), Ok(None));
        assert_eq!(crl.find(&issued_by("Other"), &Serial::new(&[2])), Ok(None));
    }

    #[test]
    fn in_an_indirect_list_an_issuer_holds_for_the_entries_after_it() {
        let issuer = der::encode(der::context_constructed(4), &[&name("Other")]);
        let stated = extension(ISSUER, &sequence(&[&issuer]));
        let entries = [entry(1, &[]), entry(2, &[stated]), entry(3, &[])];
        let indirect = extension(SCOPE, &sequence(&[&[0x84, 1, 0xff]]));
        let crl = crl(&entries, &[indirect]).unwrap();
        let listed = |issuer, serial| crl.find(&issued_by(issuer), &Serial::new(&[serial])).unwrap().is_some();
        assert!(listed("CA", 1) && listed("Other", 2) && listed("Other", 3));
        assert!(!listed("Other", 1) && !listed("CA", 2) && !listed("CA", 3));
    }

    #[test]
    fn what_is_not_understood_is_said_and_what_is_malformed_is_refused() {
        let unknown = extension(UNKNOWN, &[der::NULL, 0]);
        let crl_of = |entries: &[Vec<u8>], extensions: &[Vec<u8>]| crl(entries, extensions);
        assert_eq!(crl_of(&[entry(1, from_ref(&unknown))], &[]).unwrap().unknown_critical.len(), 1);
        assert_eq!(crl_of(&[], from_ref(&unknown)).unwrap().unknown_critical.len(), 1);
        assert!(crl_of(&[], &[unknown.clone(), unknown]).is_err(), "one of them would be hidden");
        let wrong = extension(SCOPE, &sequence(&[&[0x84, 1, 0x01]]));
        assert!(crl_of(&[], &[wrong]).is_err(), "a boolean that is neither must not be read as false");
    }
}
