//! How a signer was authenticated when a signing service signed for him: the AuthnContext certificate extension.
//! RFC 7773 and the Swedish framework's SAML profile of it; tolerant where real certificates are (SWEDEN.md 1.6).

use jiff::Timestamp;

use crate::format::der;
use crate::format::der::Reader;
use crate::format::xml;
use crate::format::xml::Node;

/// contextType of SAML information; also the namespace of its elements.
pub const SAML_CONTEXT: &str = "http://id.elegnamnden.se/auth-cont/1.0/saci";
/// Namespace of ExtAuthInfo.
const EXT_AUTH_INFO: &str = "http://id.swedenconnect.se/auth-cont/1.0/ext-auth-info";
/// Namespace of SAML assertions.
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// ExtAuthInfo that names the transaction.
const TRANSACTION_ID: &str = "urn:oid:1.2.752.201.3.2";

/// Contexts in one extension and mappings in one context; the corpus has 1 and 5.
const ITEMS_MAX: usize = 100;

/// Why the extension is not what RFC 7773 says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ASN.1 is malformed.
    #[error(transparent)]
    Encoding(#[from] der::Error),
    /// The XML is malformed or beyond its limits.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// XML of something else.
    #[error("the authentication context has no SAMLAuthContext")]
    Root,
    /// More than any real extension has.
    #[error("the authentication context has too many parts")]
    TooMany,
}

/// Everything one certificate's extension says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnContexts(pub Vec<AuthnContext>);

/// One context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthnContext {
    /// Authentication by SAML.
    Saml(SamlAuthContext),
    /// SAML is announced and what follows cannot be read.
    Unreadable(Error),
    /// A type we do not know: its name.
    Other {
        /// contextType.
        context_type: String,
    },
}

/// What the identity provider asserted, and where the certificate's subject comes from. Attributes the schema
/// demands are optional here: what is missing is reported, not refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamlAuthContext {
    /// Who authenticated the signer.
    pub identity_provider: Option<String>,
    /// When, if it is written as a time.
    pub authentication_instant: Option<Timestamp>,
    /// When, as written.
    pub authentication_instant_literal: Option<String>,
    /// How well: the level of assurance.
    pub authn_context_class_ref: Option<String>,
    /// Identifier of the assertion.
    pub assertion_ref: Option<String>,
    /// The service that asked; not always a URI.
    pub service_id: Option<String>,
    /// Further information by name, such as the transaction identifier.
    pub ext_auth_info: Vec<(String, String)>,
    /// From which attribute each part of the subject comes.
    pub mappings: Vec<AttributeMapping>,
}

/// From which SAML attribute a part of the certificate's subject comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeMapping {
    /// `rdn`, `san` or `sda`: where in the certificate.
    pub kind: String,
    /// Type of the certificate's attribute, dotted, such as 2.5.4.5.
    pub reference: String,
    /// Name of the SAML attribute, which real certificates leave out.
    pub name: Option<String>,
    /// Its name for people.
    pub friendly_name: Option<String>,
    /// Its first value.
    pub value: Option<String>,
}

impl AuthnContexts {
    /// Reads the content of the extension.
    ///
    /// # Errors
    /// When its ASN.1 is malformed. A context that cannot be read is [`AuthnContext::Unreadable`].
    pub fn read(extension: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::new(extension).only_sequence()?;
        let mut contexts = Vec::new();
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let context_type = text(&mut fields)?;
            let info = if fields.is_empty() { String::new() } else { text(&mut fields)? };
            fields.finish()?;
            contexts.push(match context_type.as_str() {
                SAML_CONTEXT => SamlAuthContext::read(&info).map_or_else(AuthnContext::Unreadable, AuthnContext::Saml),
                _ => AuthnContext::Other { context_type },
            });
            if contexts.len() > ITEMS_MAX {
                return Err(Error::TooMany);
            }
        }
        Ok(Self(contexts))
    }

    /// The first SAML context that could be read.
    #[must_use]
    pub fn saml(&self) -> Option<&SamlAuthContext> {
        self.0.iter().find_map(|context| match context {
            AuthnContext::Saml(saml) => Some(saml),
            AuthnContext::Unreadable(_) | AuthnContext::Other { .. } => None,
        })
    }
}

impl SamlAuthContext {
    /// Reads a SAMLAuthContext: by namespace, whatever the prefixes, in any order.
    ///
    /// # Errors
    /// When it is not well-formed XML within limits, or something else.
    pub fn read(text: &str) -> Result<Self, Error> {
        let document = xml::read(text)?;
        let root = document.root_element();
        if !root.has_tag_name((SAML_CONTEXT, "SAMLAuthContext")) {
            return Err(Error::Root);
        }
        let mut context = Self::default();
        for node in root.descendants() {
            if node.has_tag_name((SAML_CONTEXT, "AuthContextInfo")) {
                context.take_info(node);
            } else if node.has_tag_name((EXT_AUTH_INFO, "ExtAuthInfo")) {
                let name = node.attribute("Name").unwrap_or_default().to_owned();
                context.ext_auth_info.push((name, own_text(node)));
            } else if node.has_tag_name((SAML_CONTEXT, "AttributeMapping")) {
                context.mappings.push(AttributeMapping::read(node));
            }
            if context.mappings.len().max(context.ext_auth_info.len()) > ITEMS_MAX {
                return Err(Error::TooMany);
            }
        }
        Ok(context)
    }

    /// The identifier of the signing transaction, if the service states it.
    #[must_use]
    pub fn transaction_id(&self) -> Option<&str> {
        self.ext_auth_info.iter().find(|(name, _)| name == TRANSACTION_ID).map(|(_, value)| value.as_str())
    }

    /// The value mapped to this type of the subject (dotted).
    #[must_use]
    pub fn mapped(&self, reference: &str) -> Option<&str> {
        self.mappings.iter().find(|mapping| mapping.reference == reference)?.value.as_deref()
    }

    fn take_info(&mut self, node: Node<'_, '_>) {
        let attribute = |name| node.attribute(name).map(str::to_owned);
        self.identity_provider = attribute("IdentityProvider");
        self.authentication_instant_literal = attribute("AuthenticationInstant");
        self.authentication_instant = node.attribute("AuthenticationInstant").and_then(|text| text.trim().parse().ok());
        self.authn_context_class_ref = attribute("AuthnContextClassRef");
        self.assertion_ref = attribute("AssertionRef");
        self.service_id = attribute("ServiceID");
    }
}

impl AttributeMapping {
    fn read(node: Node<'_, '_>) -> Self {
        let attribute = node.children().find(|child| child.has_tag_name((SAML, "Attribute")));
        let value = attribute.and_then(|one| one.children().find(|child| child.has_tag_name((SAML, "AttributeValue"))));
        let of_attribute = |name| attribute.and_then(|one| one.attribute(name)).map(str::to_owned);
        Self {
            kind: node.attribute("Type").unwrap_or_default().to_owned(),
            reference: node.attribute("Ref").unwrap_or_default().to_owned(),
            name: of_attribute("Name"),
            friendly_name: of_attribute("FriendlyName"),
            value: value.map(own_text),
        }
    }
}

/// The text of an element without the space around it.
fn own_text(node: Node<'_, '_>) -> String {
    xml::text(node).trim().to_owned()
}

fn text(fields: &mut Reader<'_>) -> Result<String, der::Error> {
    let value = fields.expect(der::UTF8_STRING)?;
    value.text().ok_or(der::Error::Content { at: value.at, what: "UTF8String" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"<x:SAMLAuthContext xmlns:x="http://id.elegnamnden.se/auth-cont/1.0/saci"
        xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"><x:IdAttributes><x:AttributeMapping Ref="2.5.4.6" Type="rdn">
        <s:Attribute FriendlyName="country"><s:AttributeValue>S<!-- -->E</s:AttributeValue></s:Attribute>
        </x:AttributeMapping></x:IdAttributes><x:AuthContextInfo AuthenticationInstant="2023-01-11T13:46:00.435+01:00"
        IdentityProvider="idp"><e:ExtAuthInfo xmlns:e="http://id.swedenconnect.se/auth-cont/1.0/ext-auth-info"
        Name="urn:oid:1.2.752.201.3.2"> f6e7 </e:ExtAuthInfo></x:AuthContextInfo></x:SAMLAuthContext>"#;

    fn extension(contexts: &[(&str, &str)]) -> Vec<u8> {
        let encoded: Vec<Vec<u8>> = contexts
            .iter()
            .map(|(kind, info)| {
                let info = der::encode(der::UTF8_STRING, &[info.as_bytes()]);
                der::encode(der::SEQUENCE, &[&der::encode(der::UTF8_STRING, &[kind.as_bytes()]), &info])
            })
            .collect();
        der::encode(der::SEQUENCE, &encoded.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn order_prefix_offset_and_missing_name_do_not_matter() {
        let contexts = AuthnContexts::read(&extension(&[("urn:other", "?"), (SAML_CONTEXT, ONE)])).unwrap();
        assert_eq!(contexts.0.first(), Some(&AuthnContext::Other { context_type: "urn:other".to_owned() }));
        let saml = contexts.saml().unwrap();
        assert_eq!(saml.authentication_instant, Some("2023-01-11T12:46:00.435Z".parse().unwrap()));
        assert_eq!(saml.authentication_instant_literal.as_deref(), Some("2023-01-11T13:46:00.435+01:00"));
        assert_eq!((saml.transaction_id(), saml.mapped("2.5.4.6")), (Some("f6e7"), Some("SE")));
        let [country] = saml.mappings.as_slice() else { panic!("one mapping") };
        assert_eq!((country.name.as_deref(), country.friendly_name.as_deref()), (None, Some("country")));
        assert_eq!(saml.assertion_ref, None);
    }

    #[test]
    fn what_cannot_be_read_is_kept_as_such() {
        let contexts = AuthnContexts::read(&extension(&[(SAML_CONTEXT, "<a/>"), (SAML_CONTEXT, "<")])).unwrap();
        assert!(matches!(contexts.0.as_slice(), [AuthnContext::Unreadable(Error::Root), AuthnContext::Unreadable(_)]));
        assert_eq!(contexts.saml(), None);
        assert!(AuthnContexts::read(b"\x30\x05junk").is_err());
    }
}
