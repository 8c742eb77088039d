//! ETSI trust lists: who is supervised for which trust service, now and before. TS 119 612 (versions 5 and 6).
//! Read from the one element that a verified signature returned; what a list does not say cannot be believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::format::xml;
use crate::format::xml::Node;

/// Namespace of trust lists.
pub const NAMESPACE: &str = "http://uri.etsi.org/02231/v2#";
/// Namespace of their further information.
const ADDITIONAL: &str = "http://uri.etsi.org/02231/v2/additionaltypes#";
/// Extension that says from when on expired certificates are kept.
const EXPIRED_CERTS: &str = "ExpiredCertsRevocationInfo";
/// Services, statuses of one service, certificates of one identity, and pointers. The largest list has some thousands.
const SERVICES_MAX: usize = 20_000;
const STATUSES_MAX: usize = 200;
const CERTIFICATES_MAX: usize = 50;
const POINTERS_MAX: usize = 500;

/// Why an element is not a trust list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another element.
    #[error("no TrustServiceStatusList")]
    Root,
    /// A part that the standard demands, once.
    #[error("{0} is missing or given twice")]
    Missing(&'static str),
    /// A part that cannot be read.
    #[error("{0} cannot be read")]
    Malformed(&'static str),
    /// Another version than 5 or 6.
    #[error("trust list version {0}")]
    Version(String),
    /// More than any list has.
    #[error("too many {0}")]
    TooMany(&'static str),
}

/// One trust list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    /// TSLVersionIdentifier, 5 or 6.
    pub version: u64,
    /// Rises with every issue.
    pub sequence: u64,
    /// What kind of list, a URI; a list of lists ends in `EUlistofthelists`.
    pub kind: String,
    /// The country or area, such as `SE` or `EU`.
    pub territory: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// When the next comes at the latest; none: this is the last.
    pub next: Option<Timestamp>,
    /// Other lists, and who signs them.
    pub pointers: Vec<Pointer>,
    /// The services of all providers.
    pub services: Vec<Service>,
}

/// Where another list is, and with which certificates it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Its address.
    pub location: String,
    /// Its country or area, where that is said.
    pub territory: Option<String>,
    /// The certificates of those who may sign it, DER.
    pub signers: Vec<Vec<u8>>,
}

/// One service with all it has been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Who provides it.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// The certificates by which it is known, DER, of now and of before.
    pub certificates: Vec<Vec<u8>>,
    /// What it was and is, oldest first.
    pub statuses: Vec<Status>,
    /// From when on its revocation data covers expired certificates.
    pub keeps_expired_since: Option<Timestamp>,
}

/// What a service was from a moment until the next status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its type, a URI such as `…/Svctype/CA/QC`.
    pub kind: String,
    /// Its status, a URI such as `…/Svcstatus/granted`.
    pub status: String,
    /// From when on.
    pub since: Timestamp,
}

impl TrustList {
    /// Reads the list's element.
    ///
    /// # Errors
    /// When a part that the standard demands is missing, given twice or cannot be read, or there are too many.
    pub fn read(root: Node<'_, '_>) -> Result<Self, Error> {
        if !root.has_tag_name((NAMESPACE, "TrustServiceStatusList")) {
            return Err(Error::Root);
        }
        let scheme = only(root, "SchemeInformation")?;
        let version = said(scheme, "TSLVersionIdentifier")?;
        let version = version.parse().ok().filter(|number| matches!(number, 5 | 6)).ok_or(Error::Version(version))?;
        let sequence = said(scheme, "TSLSequenceNumber")?.parse();
        let next = only(scheme, "NextUpdate")?;
        let next = if maybe(next, "dateTime")?.is_some() { Some(moment(next, "dateTime")?) } else { None };
        Ok(Self {
            version,
            sequence: sequence.map_err(|_| Error::Malformed("TSLSequenceNumber"))?,
            kind: said(scheme, "TSLType")?,
            territory: said(scheme, "SchemeTerritory")?,
            issued: moment(scheme, "ListIssueDateTime")?,
            next,
            pointers: maybe(scheme, "PointersToOtherTSL")?.map_or_else(|| Ok(Vec::new()), pointers)?,
            services: maybe(root, "TrustServiceProviderList")?.map_or_else(|| Ok(Vec::new()), services)?,
        })
    }
}

fn pointers(list: Node<'_, '_>) -> Result<Vec<Pointer>, Error> {
    let mut pointers = Vec::new();
    for node in named(list, "OtherTSLPointer") {
        let identities = maybe(node, "ServiceDigitalIdentities")?;
        let territory = node.descendants().find(|one| one.has_tag_name((NAMESPACE, "SchemeTerritory")));
        pointers.push(Pointer {
            location: said(node, "TSLLocation")?,
            territory: territory.map(|one| xml::text(one).trim().to_owned()),
            signers: identities.map_or_else(|| Ok(Vec::new()), certificates)?,
        });
        if pointers.len() > POINTERS_MAX {
            return Err(Error::TooMany("pointers"));
        }
    }
    Ok(pointers)
}

fn services(list: Node<'_, '_>) -> Result<Vec<Service>, Error> {
    let mut services = Vec::new();
    for provider in named(list, "TrustServiceProvider") {
        let name = maybe(provider, "TSPInformation")?.map_or_else(String::new, |about| called(about, "TSPName"));
        let Some(all) = maybe(provider, "TSPServices")? else { continue };
        for service in named(all, "TSPService") {
            services.push(Service::read(service, &name)?);
            if services.len() > SERVICES_MAX {
                return Err(Error::TooMany("services"));
            }
        }
    }
    Ok(services)
}

impl Service {
    fn read(node: Node<'_, '_>, provider: &str) -> Result<Self, Error> {
        let now = only(node, "ServiceInformation")?;
        let history = maybe(node, "ServiceHistory")?;
        let before = history.into_iter().flat_map(|history| named(history, "ServiceHistoryInstance"));
        let mut statuses = Vec::new();
        let mut certificates = Vec::new();
        for state in std::iter::once(now).chain(before) {
            statuses.push(Status {
                kind: said(state, "ServiceTypeIdentifier")?,
                status: said(state, "ServiceStatus")?,
                since: moment(state, "StatusStartingTime")?,
            });
            for der in self::certificates(only(state, "ServiceDigitalIdentity")?)? {
                if !certificates.contains(&der) {
                    certificates.push(der);
                }
            }
            if statuses.len() > STATUSES_MAX || certificates.len() > CERTIFICATES_MAX {
                return Err(Error::TooMany("statuses or certificates of one service"));
            }
        }
        statuses.sort_by_key(|status| status.since);
        let expired = now.descendants().find(|one| one.tag_name().name() == EXPIRED_CERTS);
        let expired = expired.filter(|one| matches!(one.tag_name().namespace(), Some(NAMESPACE | ADDITIONAL)));
        let keeps_expired_since = expired.map(|one| time(&xml::text(one), EXPIRED_CERTS)).transpose()?;
        Ok(Self {
            provider: provider.to_owned(),
            name: called(now, "ServiceName"),
            certificates,
            statuses,
            keeps_expired_since,
        })
    }
}

/// The certificates in a digital identity, or in several.
fn certificates(identity: Node<'_, '_>) -> Result<Vec<Vec<u8>>, Error> {
    let found = identity.descendants().filter(|node| node.has_tag_name((NAMESPACE, "X509Certificate")));
    let decoded = found.take(CERTIFICATES_MAX).map(|node| {
        let text: String = xml::text(node).split_ascii_whitespace().collect();
        STANDARD.decode(text).map_err(|_| Error::Malformed("X509Certificate"))
    });
    decoded.collect()
}

fn named<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name((NAMESPACE, name)))
}

fn only<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> Result<Node<'a, 'input>, Error> {
    xml::only(node, (NAMESPACE, name)).ok_or(Error::Missing(name))
}

/// A part that may be absent, and never stands twice.
fn maybe<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> Result<Option<Node<'a, 'input>>, Error> {
    if named(node, name).next().is_none() { Ok(None) } else { only(node, name).map(Some) }
}

fn said(node: Node<'_, '_>, name: &'static str) -> Result<String, Error> {
    Ok(xml::text(only(node, name)?).trim().to_owned())
}

/// The first of a name's languages; for people.
fn called(node: Node<'_, '_>, name: &'static str) -> String {
    let names = named(node, name).next();
    let first = names.and_then(|names| named(names, "Name").next());
    first.map(|name| xml::text(name).trim().to_owned()).unwrap_or_default()
}

fn moment(node: Node<'_, '_>, name: &'static str) -> Result<Timestamp, Error> {
    time(&said(node, name)?, name)
}

fn time(text: &str, what: &'static str) -> Result<Timestamp, Error> {
    text.trim().parse().map_err(|_| Error::Malformed(what))
}
