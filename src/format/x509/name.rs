//! Distinguished names and general names.
//! RFC 5280 4.1.2.4 and 4.2.1.6; shown after RFC 4514; compared as section 8.4 of the project's spec says.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use x509_parser::extensions::GeneralName as Parsed;
use x509_parser::prelude::FromDer;

use crate::format::der;
use crate::format::der::Oid;
use crate::format::der::Reader;
use crate::format::der::Value;

/// Attributes in one name; the corpus has 10 at most.
const ATTRIBUTES_MAX: usize = 64;

/// One attribute of a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type, such as 2.5.4.3.
    pub oid: Oid,
    /// Its value as text; `#` and hexadecimal DER when it is no string.
    pub value: String,
}

/// A distinguished name. Two are equal when RFC 5280 7.1 says so: string type, letter case, Unicode's compatibility
/// forms and runs of space do not matter.
#[derive(Clone)]
pub struct Name {
    raw: Box<[u8]>,
    attributes: Vec<Attribute>,
    /// One key for each relative distinguished name, equal when the names are.
    keys: Vec<Vec<u8>>,
}

impl Name {
    /// Reads a Name in DER.
    ///
    /// # Errors
    /// When it is not a sequence of sets of attributes, or has more than 64 of them.
    pub fn read(raw: &[u8]) -> Result<Self, der::Error> {
        let mut relative_names = Reader::new(raw).only_sequence()?;
        let (mut attributes, mut keys) = (Vec::new(), Vec::new());
        while !relative_names.is_empty() {
            let at = relative_names.at();
            let mut set = relative_names.expect(der::SET)?.open()?;
            let mut key = Vec::new();
            while !set.is_empty() {
                let mut pair = set.sequence()?;
                let oid = pair.oid()?;
                let value = pair.read()?;
                pair.finish()?;
                key.push(attribute_key(&oid, &value));
                attributes.push(Attribute { oid, value: value.text().unwrap_or_else(|| hexadecimal(value.raw)) });
                if attributes.len() > ATTRIBUTES_MAX {
                    return Err(der::Error::Content { at, what: "name of reasonable length" });
                }
            }
            keys.push(der::encode_set_of(key));
        }
        Ok(Self { raw: raw.into(), attributes, keys })
    }

    /// The name with one more set of attributes, given as the content of that SET.
    ///
    /// # Errors
    /// As for [`Name::read`].
    pub fn with(&self, relative: &[u8]) -> Result<Self, der::Error> {
        let own = Reader::new(&self.raw).expect(der::SEQUENCE)?.content;
        Self::read(&der::encode(der::SEQUENCE, &[own, &der::encode(der::SET, &[relative])]))
    }

    /// The name as it stands in the certificate.
    #[must_use]
    pub const fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The attributes in the order of the encoding.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of the first attribute of this type (dotted).
    #[must_use]
    pub fn find(&self, oid: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.oid == oid).map(|attribute| attribute.value.as_str())
    }

    /// The common name (2.5.4.3), the last one when there are several: the most specific.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.attributes.iter().rfind(|attribute| attribute.oid == "2.5.4.3").map(|attribute| attribute.value.as_str())
    }

    /// Whether it has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Whether the name lies within this subtree (RFC 5280 4.2.1.10): its first parts equal all parts of the other.
    #[must_use]
    pub fn within(&self, subtree: &Self) -> bool {
        self.keys.starts_with(&subtree.keys)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.keys.hash(state);
    }
}

/// Not the name itself: a person's does not belong in a log.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} attributes)", self.attributes.len())
    }
}

/// The most specific attribute first, as RFC 4514 2.1 has it: `CN=…, O=…, C=SE`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.attributes.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match short_name(attribute.oid.as_str()) {
                Some(short) => write!(f, "{short}=")?,
                None => write!(f, "{}=", attribute.oid)?,
            }
            for character in attribute.value.chars() {
                match character {
                    ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{character}")?,
                    // A control character could make a name look like two lines of a report.
                    _ if character.is_control() => write!(f, "\\{:02X}", u32::from(character))?,
                    _ => write!(f, "{character}")?,
                }
            }
        }
        Ok(())
    }
}

/// A name of one of the kinds that extensions, time-stamp tokens and references use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// A mail address.
    Email(String),
    /// A host name.
    Dns(String),
    /// A URI.
    Uri(String),
    /// A distinguished name.
    Directory(Name),
    /// An address (4 or 16 bytes) or, in constraints, address and mask (8 or 32).
    Ip(Vec<u8>),
    /// A registered identifier.
    Registered(Oid),
    /// A kind named by an identifier: its type and the DER of its value.
    Other {
        /// The type.
        oid: Oid,
        /// What stands after it, tags and all.
        value: Vec<u8>,
    },
    /// x400Address, ediPartyName, or one that cannot be read: its context tag number and content.
    Unread {
        /// The context tag number.
        tag: u32,
        /// The content octets, where they are kept.
        value: Vec<u8>,
    },
}

impl GeneralName {
    /// The context tag number of its kind (RFC 5280 4.2.1.6).
    #[must_use]
    pub const fn tag(&self) -> u32 {
        match self {
            Self::Other { .. } => 0,
            Self::Email(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Registered(_) => 8,
            Self::Unread { tag, .. } => *tag,
        }
    }

    /// Reads one GeneralName in DER.
    ///
    /// # Errors
    /// When it is not a context-specific value, or bytes follow it.
    pub fn read(raw: &[u8]) -> Result<Self, der::Error> {
        match Parsed::from_der(raw) {
            Ok(([], parsed)) => Ok(Self::from_parsed(&parsed)),
            Ok((rest, _)) => Err(der::Error::Trailing { at: raw.len() - rest.len(), bytes: rest.len() }),
            Err(_) => Err(der::Error::Content { at: 0, what: "GeneralName" }),
        }
    }

    pub(super) fn from_parsed(parsed: &Parsed<'_>) -> Self {
        let unread = |tag, value: &[u8]| Self::Unread { tag, value: value.to_vec() };
        match parsed {
            Parsed::RFC822Name(text) => Self::Email((*text).to_owned()),
            Parsed::DNSName(text) => Self::Dns((*text).to_owned()),
            Parsed::URI(text) => Self::Uri((*text).to_owned()),
            Parsed::DirectoryName(name) => {
                Name::read(name.as_raw()).map_or_else(|_| unread(4, name.as_raw()), Self::Directory)
            }
            Parsed::IPAddress(bytes) => Self::Ip(bytes.to_vec()),
            Parsed::RegisteredID(oid) => {
                Oid::from_content(oid.as_bytes()).map_or_else(|| unread(8, oid.as_bytes()), Self::Registered)
            }
            Parsed::OtherName(oid, value) => match Oid::from_content(oid.as_bytes()) {
                Some(oid) => Self::Other { oid, value: value.to_vec() },
                None => unread(0, value),
            },
            Parsed::X400Address(any) => unread(3, any.data),
            Parsed::EDIPartyName(any) => unread(5, any.data),
            Parsed::Invalid(tag, bytes) => unread(tag.0, bytes),
        }
    }
}

/// What one attribute is compared by.
fn attribute_key(oid: &Oid, value: &Value<'_>) -> Vec<u8> {
    let form = match value.text() {
        Some(text) => der::encode(der::UTF8_STRING, &[folded(&text).as_bytes()]),
        None => value.raw.to_vec(),
    };
    der::encode(der::SEQUENCE, &[&der::encode(der::UTF8_STRING, &[oid.as_str().as_bytes()]), &form])
}

/// NFKC, case folded, no space at the ends, single spaces within (section 8.4 of the project's spec).
fn folded(text: &str) -> String {
    // Most names are of these letters, of which every form is the same.
    if text.is_ascii() {
        return text.to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let folded: String = text.nfkc().default_case_fold().nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("#".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// The names people know attributes by: RFC 4514 section 3 and, for the rest, what other tools print.
fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[(&[u8], u8, &str)]) -> Name {
        let sets: Vec<Vec<u8>> = parts
            .iter()
            .map(|(oid, tag, text)| {
                let oid = der::encode(der::OBJECT_IDENTIFIER, &[oid]);
                der::encode_set_of(vec![der::encode(der::SEQUENCE, &[&oid, &der::encode(*tag, &[text.as_bytes()])])])
            })
            .collect();
        Name::read(&der::encode(der::SEQUENCE, &sets.iter().map(Vec::as_slice).collect::<Vec<_>>())).unwrap()
    }

    const C: &[u8] = &[0x55, 4, 6];
    const O: &[u8] = &[0x55, 4, 10];
    const CN: &[u8] = &[0x55, 4, 3];

    #[test]
    fn shown_with_the_most_specific_part_first() {
        let name = name(&[(C, 0x13, "SE"), (O, 0x0c, "Myndigheten, för \"allt\""), (CN, 0x0c, "Åsa\nÖ")]);
        assert_eq!(name.to_string(), r#"CN=Åsa\0AÖ, O=Myndigheten\, för \"allt\", C=SE"#);
        assert_eq!(name.common_name(), Some("Åsa\nÖ"));
    }

    #[test]
    fn case_space_and_string_type_do_not_matter_but_order_does() {
        let one = name(&[(C, 0x13, "SE"), (CN, 0x0c, "Sign  Service ÅÄÖ")]);
        let same = name(&[(C, 0x0c, "se"), (CN, 0x0c, " sign service åäö ")]);
        assert_eq!(one, same);
        assert_ne!(one.raw(), same.raw());
        assert_ne!(one, name(&[(CN, 0x0c, "Sign Service ÅÄÖ"), (C, 0x13, "SE")]));
        assert_ne!(one, name(&[(C, 0x13, "SE"), (CN, 0x0c, "Sign ServiceÅÄÖ")]));
        // Composed and decomposed, full width, no-break space, sharp s.
        let composed = name(&[(O, 0x0c, "Åsele Straße ＡＢ")]);
        assert_eq!(composed, name(&[(O, 0x0c, "A\u{30a}sele\u{a0}STRASSE ab")]));
        assert!(one.within(&name(&[(C, 0x13, "SE")])) && !name(&[(C, 0x13, "SE")]).within(&one));
    }
}
