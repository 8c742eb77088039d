//! Name constraints: which names the certificates below a CA may bear.
//! RFC 5280 4.2.1.10; section 8.4 of the project's spec. Whether names obey is `verify::path`'s.

use super::host::Host;
use super::host::Mailbox;
use super::name::GeneralName;
use super::name::Name;
use crate::format::der;
use crate::format::der::Reader;
use crate::format::der::Value;

/// Entries in one extension (section 8.1).
const SUBTREES_MAX: usize = 10_000;

/// nameConstraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameConstraints {
    /// Of each kind of name stated here, only names within one of these may occur. Never empty with `excluded`.
    pub permitted: Vec<Subtree>,
    /// No name within one of these may occur.
    pub excluded: Vec<Subtree>,
    /// Whether one who does not understand a kind of name in it must refuse such names.
    pub critical: bool,
}

/// Which hosts a constraint speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Every host.
    All,
    /// This one.
    One(Host),
    /// Those below this domain.
    Below(Host),
    /// This one and those below it.
    From(Host),
}

/// The names that one entry speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// Distinguished names that start with this one.
    Directory(Name),
    /// One mail address.
    Mailbox(Mailbox),
    /// All mail addresses at these hosts.
    Mail(Hosts),
    /// Host names.
    Dns(Hosts),
    /// URIs at these hosts.
    Uri(Hosts),
    /// Addresses with these bits under this mask, both of 4 or of 16 bytes.
    Ip {
        /// The bits.
        address: Vec<u8>,
        /// Ones, then zeros.
        mask: Vec<u8>,
    },
    /// A kind of name that sigill does not compare: its context tag number.
    Other(u32),
}

impl NameConstraints {
    /// `SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] }`, one of them at least.
    pub(super) fn read(value: &[u8], critical: bool) -> Result<Self, der::Error> {
        let mut fields = Reader::new(value).only_sequence()?;
        let permitted = fields.optional(der::context_constructed(0))?.map(|list| subtrees(&list)).transpose()?;
        let excluded = fields.optional(der::context_constructed(1))?.map(|list| subtrees(&list)).transpose()?;
        fields.finish()?;
        if permitted.is_none() && excluded.is_none() {
            return Err(der::Error::Content { at: 0, what: "name constraint, for it is empty" });
        }
        Ok(Self { permitted: permitted.unwrap_or_default(), excluded: excluded.unwrap_or_default(), critical })
    }
}

/// Never empty.
fn subtrees(list: &Value<'_>) -> Result<Vec<Subtree>, der::Error> {
    let mut list = list.open()?;
    let at = list.at();
    let mut found = vec![subtree(list.sequence()?)?];
    while !list.is_empty() {
        if found.len() == SUBTREES_MAX {
            return Err(der::Error::Content { at, what: "list of at most 10 000 name constraints" });
        }
        found.push(subtree(list.sequence()?)?);
    }
    Ok(found)
}

/// `SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }`; RFC 5280 allows neither to say anything.
fn subtree(mut fields: Reader<'_>) -> Result<Subtree, der::Error> {
    let base = fields.read()?;
    let minimum = fields.optional(der::context(0))?.map_or(Ok(0), |minimum| minimum.unsigned())?;
    fields.finish()?;
    let malformed = der::Error::Content { at: base.at, what: "name constraint" };
    if minimum != 0 {
        return Err(malformed);
    }
    Subtree::of(GeneralName::read(base.raw)?).ok_or(malformed)
}

impl Subtree {
    /// The context tag number of the kind of name it speaks of.
    #[must_use]
    pub const fn tag(&self) -> u32 {
        match self {
            Self::Mailbox(_) | Self::Mail(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip { .. } => 7,
            Self::Other(tag) => *tag,
        }
    }

    /// `None`: what stands there is no constraint.
    fn of(base: GeneralName) -> Option<Self> {
        Some(match base {
            GeneralName::Directory(name) => Self::Directory(name),
            GeneralName::Email(text) if text.contains('@') => Self::Mailbox(Mailbox::read(&text)?),
            GeneralName::Email(text) => Self::Mail(Hosts::read(&text, Hosts::One)?),
            GeneralName::Dns(text) if text.is_empty() => Self::Dns(Hosts::All),
            GeneralName::Dns(text) => Self::Dns(Hosts::read(&text, Hosts::From)?),
            GeneralName::Uri(text) => Self::Uri(Hosts::read(&text, Hosts::One)?),
            GeneralName::Ip(bytes) => network(&bytes)?,
            GeneralName::Registered(_) => Self::Other(8),
            GeneralName::Other { .. } => Self::Other(0),
            // A kind that is compared, and cannot be read.
            GeneralName::Unread { tag: 1 | 2 | 4 | 6 | 7, .. } => return None,
            GeneralName::Unread { tag, .. } => Self::Other(tag),
        })
    }
}

impl Hosts {
    /// `.example.se` is what lies below; what `example.se` is depends on the kind of name.
    fn read(text: &str, plain: impl Fn(Host) -> Self) -> Option<Self> {
        match text.strip_prefix('.') {
            Some(domain) => Host::read(domain).map(Self::Below),
            None => Host::read(text).map(plain),
        }
    }

    /// Whether this host is one of them.
    #[must_use]
    pub fn contain(&self, host: &Host) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => host == one,
            Self::Below(domain) => host.below(domain),
            Self::From(domain) => host.within(domain),
        }
    }
}

/// Address and mask of 4 or 16 bytes each; the mask is ones, then zeros.
fn network(bytes: &[u8]) -> Option<Subtree> {
    if !matches!(bytes.len(), 8 | 32) {
        return None;
    }
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let ones = mask.iter().take_while(|byte| **byte == 0xff).count();
    let mut rest = mask.iter().skip(ones);
    let contiguous = rest.next().is_none_or(|byte| byte.leading_ones() + byte.trailing_zeros() >= 8);
    let sound = contiguous && rest.all(|byte| *byte == 0);
    sound.then(|| Subtree::Ip { address: address.to_vec(), mask: mask.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraints(base: &[u8]) -> Result<NameConstraints, der::Error> {
        let list = der::encode(der::context_constructed(0), &[&der::encode(der::SEQUENCE, &[base])]);
        NameConstraints::read(&der::encode(der::SEQUENCE, &[&list]), true)
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        let text = |tag: u8, text: &str| constraints(&der::encode(der::context(tag), &[text.as_bytes()])).is_ok();
        assert!(text(2, "example.se") && text(2, ".example.se") && text(2, ""));
        assert!(!text(2, "*.example.se") && !text(2, "example..se") && !text(2, "exämple.se"));
        assert!(text(1, "a@example.se") && text(1, "example.se") && text(1, ".example.se"));
        assert!(!text(1, "a@b@example.se") && !text(1, "") && !text(6, "http://example.se"));
        assert!(text(6, ".example.se"));
    }

    #[test]
    fn masks_are_contiguous_and_as_long_as_their_address() {
        let address = |bytes: &[u8]| constraints(&der::encode(der::context(7), &[bytes])).is_ok();
        assert!(address(&[192, 0, 2, 0, 255, 255, 254, 0]) && address(&[0; 8]) && address(&[255; 32]));
        assert!(!address(&[192, 0, 2, 0]) && !address(&[0; 16]));
        assert!(!address(&[192, 0, 2, 0, 255, 0, 255, 0]) && !address(&[192, 0, 2, 0, 255, 253, 0, 0]));
    }

    #[test]
    fn distances_and_empty_lists_are_refused() {
        let base = der::encode(der::context(2), &[b"example.se"]);
        let with = |field: &[u8]| constraints(&[base.as_slice(), field].concat());
        assert!(with(&[]).is_ok() && with(&[0x80, 1, 0]).is_ok());
        assert!(with(&[0x80, 1, 1]).is_err() && with(&[0x81, 1, 0]).is_err());
        let empty = der::encode(der::context_constructed(0), &[]);
        assert!(NameConstraints::read(&der::encode(der::SEQUENCE, &[&empty]), true).is_err());
        assert!(NameConstraints::read(&der::encode(der::SEQUENCE, &[]), true).is_err());
    }
}
