//! XML signatures: what is signed, how, and with which key's certificate. W3C XML Signature 1.1, narrow on purpose.
//! References point into the same document, at its root or at the one element of that Id; the only transforms are
//! "enveloped" and canonicalization. What they point at is what a reader may believe, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Document;

use super::Node;
use super::canonical::Method;

/// Namespace of XML signatures.
pub const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of exclusive canonicalization, and its identifier.
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Identifier of Canonical XML 1.0.
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// Identifier of Canonical XML 1.1.
const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
/// Identifier of the transform that leaves out the signature itself.
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// References in one signature; trust lists and BankID have two.
const REFERENCES_MAX: usize = 10;
/// Certificates beside one signature.
const CERTIFICATES_MAX: usize = 20;
/// Names under which an element may carry its Id: no schema is read, so each of them counts.
const ID_NAMES: [&str; 3] = ["Id", "ID", "id"];

/// Why a signature is not one that we can judge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Against the standard, or ambiguous: there is nothing to verify.
    #[error("malformed XML signature: {0}")]
    Malformed(&'static str),
    /// Made in a way that we do not compute; it may be a good one.
    #[error("XML signature with {0}")]
    Unsupported(String),
}

/// One signature, read and not verified.
#[derive(Debug)]
pub struct Signature<'a, 'input> {
    /// The element itself.
    pub element: Node<'a, 'input>,
    /// What the key signs, in its canonical form.
    pub signed_info: Node<'a, 'input>,
    /// That form.
    pub canonicalization: Method,
    /// The signature algorithm's identifier (RFC 9231).
    pub algorithm: &'a str,
    /// What it covers.
    pub references: Vec<Reference<'a, 'input>>,
    /// The signature value.
    pub value: Vec<u8>,
    /// The signature value as it is written: BankID binds its OCSP answer to these characters.
    pub value_text: String,
    /// KeyInfo, where there is one.
    pub key_info: Option<Node<'a, 'input>>,
    /// The certificates in KeyInfo, in their order, in DER. A hint like any other.
    pub certificates: Vec<Vec<u8>>,
}

/// One thing a signature covers.
#[derive(Debug)]
pub struct Reference<'a, 'input> {
    /// The root of the document, or an element.
    pub target: Node<'a, 'input>,
    /// Whether the signature itself is left out of it.
    pub enveloped: bool,
    /// The form in which it is digested.
    pub canonicalization: Method,
    /// The digest algorithm's identifier.
    pub digest_algorithm: &'a str,
    /// The digest.
    pub digest: Vec<u8>,
}

impl<'a, 'input> Signature<'a, 'input> {
    /// Reads a Signature element.
    ///
    /// # Errors
    /// When it is malformed, refers to something ambiguous or outside, or uses what we do not compute.
    pub fn read(element: Node<'a, 'input>) -> Result<Self, Error> {
        if !element.has_tag_name((NAMESPACE, "Signature")) {
            return Err(Error::Malformed("another element"));
        }
        let mut children = element.children().filter(Node::is_element).peekable();
        let mut next = |name: &str| children.next_if(|child| child.has_tag_name((NAMESPACE, name)));
        let signed_info = next("SignedInfo").ok_or(Error::Malformed("no SignedInfo"))?;
        let value = next("SignatureValue").ok_or(Error::Malformed("no SignatureValue"))?;
        let key_info = next("KeyInfo");
        if children.any(|child| !child.has_tag_name((NAMESPACE, "Object"))) {
            return Err(Error::Malformed("unknown parts"));
        }

        let mut parts = signed_info.children().filter(Node::is_element);
        let mut part = |name: &'static str| {
            parts.next().filter(|child| child.has_tag_name((NAMESPACE, name))).ok_or(Error::Malformed(name))
        };
        let canonicalization = method(part("CanonicalizationMethod")?)?;
        let algorithm = part("SignatureMethod")?;
        if algorithm.children().any(|child| child.is_element()) {
            return Err(Error::Unsupported("parameters of the signature algorithm".to_owned()));
        }
        let algorithm = algorithm_of(algorithm)?;
        let references: Vec<_> =
            parts.take(REFERENCES_MAX + 1).map(|part| Reference::read(part, element)).collect::<Result<_, _>>()?;
        if references.is_empty() || references.len() > REFERENCES_MAX {
            return Err(Error::Malformed("none or too many references"));
        }
        let value_text = super::text(value);
        Ok(Self {
            element,
            signed_info,
            canonicalization,
            algorithm,
            references,
            value: decode(&value_text)?,
            value_text,
            key_info,
            certificates: key_info.map_or_else(|| Ok(Vec::new()), certificates)?,
        })
    }
}

impl<'a, 'input> Reference<'a, 'input> {
    fn read(node: Node<'a, 'input>, signature: Node<'a, 'input>) -> Result<Self, Error> {
        if !node.has_tag_name((NAMESPACE, "Reference")) {
            return Err(Error::Malformed("Reference"));
        }
        let uri = node.attribute("URI").ok_or_else(|| Error::Unsupported("a reference without address".to_owned()))?;
        let mut children = node.children().filter(Node::is_element).peekable();
        let transforms = children.next_if(|child| child.has_tag_name((NAMESPACE, "Transforms")));
        let mut child = |name: &'static str| {
            children.next().filter(|child| child.has_tag_name((NAMESPACE, name))).ok_or(Error::Malformed(name))
        };
        let digest_algorithm = algorithm_of(child("DigestMethod")?)?;
        let digest = decode(&super::text(child("DigestValue")?))?;
        if children.next().is_some() {
            return Err(Error::Malformed("unknown parts of a reference"));
        }
        let (enveloped, canonicalization) = transforms.map_or(Ok((false, Method::Inclusive)), read_transforms)?;
        let target = target(uri, node.document())?;
        if enveloped && !signature.ancestors().any(|around| around == target) {
            return Err(Error::Malformed("an enveloped signature that is outside"));
        }
        Ok(Self { target, enveloped, canonicalization, digest_algorithm, digest })
    }
}

/// The root, or the one element of this Id; nothing outside the document, and nothing ambiguous.
fn target<'a, 'input>(uri: &str, document: &'a Document<'input>) -> Result<Node<'a, 'input>, Error> {
    if uri.is_empty() {
        return Ok(document.root());
    }
    let id = uri.strip_prefix('#').ok_or_else(|| Error::Unsupported("a reference to something outside".to_owned()))?;
    if id.is_empty() || id.contains(['(', '/', '#', '%']) {
        return Err(Error::Unsupported("a reference by pointer".to_owned()));
    }
    let named = |node: &Node<'_, '_>| node.attributes().any(|one| ID_NAMES.contains(&one.name()) && one.value() == id);
    let mut found = document.descendants().filter(named);
    let target = found.next().ok_or(Error::Malformed("a reference to nothing"))?;
    found.next().map_or(Ok(target), |_| Err(Error::Malformed("an Id given twice")))
}

/// "Enveloped" at most once and first, then at most one canonicalization; without one it is Canonical XML 1.0.
fn read_transforms(transforms: Node<'_, '_>) -> Result<(bool, Method), Error> {
    let mut steps = transforms.children().filter(Node::is_element).peekable();
    let is_enveloped = |step: &Node<'_, '_>| step.attribute("Algorithm") == Some(ENVELOPED);
    let enveloped = steps.next_if(is_enveloped).is_some();
    let form = steps.next().map_or(Ok(Method::Inclusive), method)?;
    match steps.next() {
        Some(_) => Err(Error::Unsupported("several transforms".to_owned())),
        None => Ok((enveloped, form)),
    }
}

fn method(node: Node<'_, '_>) -> Result<Method, Error> {
    let listed = || {
        let lists = node.children().find(|child| child.has_tag_name((EXCLUSIVE, "InclusiveNamespaces")));
        let prefixes = lists.and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
        let prefixes = prefixes.split_ascii_whitespace().take(super::ATTRIBUTES_MAX);
        prefixes.map(|one| if one == "#default" { String::new() } else { one.to_owned() }).collect()
    };
    match algorithm_of(node)? {
        INCLUSIVE => Ok(Method::Inclusive),
        INCLUSIVE_11 => Ok(Method::Inclusive11),
        EXCLUSIVE => Ok(Method::Exclusive(listed())),
        other => Err(Error::Unsupported(format!("the transform {other}"))),
    }
}

fn algorithm_of<'a>(node: Node<'a, '_>) -> Result<&'a str, Error> {
    node.attribute("Algorithm").ok_or(Error::Malformed("no Algorithm"))
}

fn certificates(key_info: Node<'_, '_>) -> Result<Vec<Vec<u8>>, Error> {
    let found = key_info.descendants().filter(|node| node.has_tag_name((NAMESPACE, "X509Certificate")));
    found.take(CERTIFICATES_MAX).map(|node| decode(&super::text(node))).collect()
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).map_err(|_| Error::Malformed("not base64"))
}
