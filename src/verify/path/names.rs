//! Whether a certificate's names obey the constraints above it. VALIDATION 8.4, RFC 5280 4.2.1.10 and 6.1.3 (b), (c).
//! Each constraint is asked by itself: a name within all of them is within their intersection.

use std::collections::BTreeMap;

use crate::format::x509::Certificate;
use crate::format::x509::GeneralName;
use crate::format::x509::Host;
use crate::format::x509::Hosts;
use crate::format::x509::Mailbox;
use crate::format::x509::Name;
use crate::format::x509::NameConstraints;
use crate::format::x509::Subtree;
use crate::verify::budget::Meter;
use crate::verify::text::Finding;
use crate::verify::wording;

/// emailAddress in a distinguished name (RFC 2985).
const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

/// Context tag number of rfc822Name.
const MAIL: u32 = 1;
/// Those of the kinds that are compared.
const COMPARED: [u32; 5] = [MAIL, 2, 4, 6, 7];

/// A name as constraints see it.
enum Borne<'c> {
    Directory(&'c Name),
    Mail(Mailbox),
    Dns(Host),
    /// Every host with one label more than this one.
    Wildcard(Host),
    Uri(Host),
    Ip(&'c [u8]),
    /// One that cannot be compared: of another kind, or malformed. Its context tag number.
    Other(u32),
}

/// Asks every constraint about every name of the certificate.
///
/// # Errors
/// A name that breaks a constraint or cannot be compared with it; more comparisons than the budget allows.
pub(super) fn obey(
    certificate: &Certificate,
    constraints: &[&NameConstraints],
    meter: &mut Meter,
) -> Result<(), Finding> {
    if constraints.is_empty() {
        return Ok(());
    }
    let mut by_kind = BTreeMap::<u32, Vec<Borne<'_>>>::new();
    for name in borne_by(certificate) {
        by_kind.entry(name.tag()).or_default().push(name);
    }
    for (one, (kind, names)) in constraints.iter().flat_map(|one| by_kind.iter().map(move |kind| (one, kind))) {
        let (permitted, excluded) = (of_kind(*kind, &one.permitted), of_kind(*kind, &one.excluded));
        for name in names {
            for _ in 0..permitted.len() + excluded.len() {
                meter.name_comparison().map_err(|_| wording::limit_met())?;
            }
            name.obeys(&permitted, &excluded, one.critical)?;
        }
    }
    Ok(())
}

fn of_kind(kind: u32, list: &[Subtree]) -> Vec<&Subtree> {
    list.iter().filter(|subtree| subtree.tag() == kind).collect()
}

/// The subject, its mail addresses where the alternative names have none, and the alternative names.
fn borne_by(certificate: &Certificate) -> Vec<Borne<'_>> {
    let (subject, alternative) = (&certificate.subject, &certificate.extensions.subject_alt_names);
    let directory = (!subject.is_empty()).then_some(Borne::Directory(subject));
    let mail_stated = alternative.iter().any(|name| name.tag() == MAIL);
    let addresses = subject.attributes().iter().filter(|attribute| !mail_stated && attribute.oid == EMAIL_ADDRESS);
    let addresses = addresses.map(|attribute| Mailbox::read(&attribute.value).map_or(Borne::Other(MAIL), Borne::Mail));
    directory.into_iter().chain(addresses).chain(alternative.iter().map(Borne::of)).collect()
}

impl<'c> Borne<'c> {
    fn of(name: &'c GeneralName) -> Self {
        let read = match name {
            GeneralName::Directory(name) => Some(Self::Directory(name)),
            GeneralName::Email(text) => Mailbox::read(text).map(Self::Mail),
            GeneralName::Dns(text) => match text.strip_prefix("*.") {
                Some(base) => Host::read(base).map(Self::Wildcard),
                None => Host::read(text).map(Self::Dns),
            },
            GeneralName::Uri(text) => Host::of_uri(text).map(Self::Uri),
            GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16).then_some(Self::Ip(bytes)),
            GeneralName::Registered(_) | GeneralName::Other { .. } | GeneralName::Unread { .. } => None,
        };
        read.unwrap_or_else(|| Self::Other(name.tag()))
    }

    const fn tag(&self) -> u32 {
        match self {
            Self::Mail(_) => MAIL,
            Self::Dns(_) | Self::Wildcard(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Other(tag) => *tag,
        }
    }

    /// `permitted` and `excluded` are those of the name's own kind.
    fn obeys(&self, permitted: &[&Subtree], excluded: &[&Subtree], critical: bool) -> Result<(), Finding> {
        if let Self::Other(kind) = self {
            // A kind nobody compares may only be passed over where the constraint says that it may.
            let passed_over = !critical && !COMPARED.contains(kind);
            let constrained = !permitted.is_empty() || !excluded.is_empty();
            return if constrained && !passed_over { Err(not_compared()) } else { Ok(()) };
        }
        if excluded.iter().any(|subtree| self.may_be_within(subtree)) {
            return Err(forbidden());
        }
        let outside = !permitted.is_empty() && !permitted.iter().any(|subtree| self.is_within(subtree));
        if outside { Err(not_permitted()) } else { Ok(()) }
    }

    /// Whether all that the name stands for is within the subtree.
    fn is_within(&self, subtree: &Subtree) -> bool {
        match (self, subtree) {
            (Self::Directory(name), Subtree::Directory(base)) => name.within(base),
            (Self::Mail(mailbox), Subtree::Mailbox(one)) => mailbox == one,
            (Self::Mail(mailbox), Subtree::Mail(hosts)) => hosts.contain(&mailbox.host),
            (Self::Dns(host) | Self::Wildcard(host), Subtree::Dns(hosts)) => hosts.contain(host),
            (Self::Uri(host), Subtree::Uri(hosts)) => hosts.contain(host),
            (Self::Ip(own), Subtree::Ip { address, mask }) => {
                let masked = |bytes: &[u8]| bytes.iter().zip(mask).map(|(byte, mask)| byte & mask).collect::<Vec<_>>();
                own.len() == address.len() && masked(own) == masked(address)
            }
            _ => false,
        }
    }

    /// Whether something that the name stands for could be within it: of a wildcard, any expansion.
    fn may_be_within(&self, subtree: &Subtree) -> bool {
        let expands = match (self, subtree) {
            (Self::Wildcard(base), Subtree::Dns(Hosts::One(host) | Hosts::Below(host) | Hosts::From(host))) => {
                host.within(base)
            }
            _ => false,
        };
        expands || self.is_within(subtree)
    }
}

fn not_permitted() -> Finding {
    Finding::new(
        "XC-6",
        "Ett namn i ett certifikat ligger utanför vad dess utfärdare får ge certifikat till.",
        "A name in a certificate lies outside what its issuer may certify.",
    )
}

fn forbidden() -> Finding {
    Finding::new(
        "XC-6",
        "Ett namn i ett certifikat är ett som dess utfärdare inte får ge certifikat till.",
        "A name in a certificate is one that its issuer may not certify.",
    )
}

fn not_compared() -> Finding {
    Finding::new(
        "XC-6",
        "Ett namn i ett certifikat kan inte jämföras med vad dess utfärdare får ge certifikat till.",
        "A name in a certificate cannot be compared with what its issuer may certify.",
    )
}
