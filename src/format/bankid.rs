//! BankID's own evidence of one signing: what `collect` answers when it is complete, or the bare XML signature.
//! BankID relying party API v5 and v6 as SWEDEN.md 2.1 and 2.2 describe it; verified by `verify::bankid`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::format::xml;
use crate::format::xml::Node;
use crate::format::xml::signature;

/// Namespace of what the person signed.
pub const NAMESPACE: &str = "http://www.bankid.com/signature/v1.0.0/types";
/// Largest evidence read. The official sample has 9 KB; the text a person may be shown has 40 KB in base64.
const BYTES_MAX: usize = 1 << 20;

/// Why bytes are not BankID's evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer than any real one.
    #[error("{0} bytes are more than BankID evidence has")]
    TooLarge(usize),
    /// Neither JSON with a `signature` nor an XML signature.
    #[error("no BankID signature in it")]
    NoSignature,
    /// A part is not base64, or not text where text belongs.
    #[error("{0} cannot be decoded")]
    Encoding(&'static str),
    /// Beyond the limits, or not well formed.
    #[error(transparent)]
    Xml(#[from] xml::Error),
    /// Not what SWEDEN.md 2.2 describes.
    #[error("{0} is missing or given twice")]
    Structure(&'static str),
}

/// What was handed in: one person's signature and what BankID's authority said of her certificate at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The XML signature, byte for byte.
    pub xml: String,
    /// The same in base64 as it came: BankID binds its OCSP answer to these characters.
    pub signature: String,
    /// The OCSP answer, DER.
    pub ocsp: Option<Vec<u8>>,
    /// The order's reference, where the whole answer of `collect` was kept. Nothing signs it.
    pub order: Option<String>,
}

impl Completion {
    /// Reads `completionData`, the whole answer of `collect` around it, or the bare XML signature. Unknown members are
    /// passed over; `user` too, for nothing signs it.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > BYTES_MAX {
            return Err(Error::TooLarge(bytes.len()));
        }
        if let Ok(text) = xml::decode(bytes)
            && text.trim_start().starts_with('<')
        {
            let signed = text.contains(NAMESPACE).then(|| text.to_owned());
            let xml = signed.ok_or(Error::NoSignature)?;
            return Ok(Self { signature: STANDARD.encode(bytes), xml, ocsp: None, order: None });
        }
        let answer: Value = serde_json::from_slice(bytes).map_err(|_| Error::NoSignature)?;
        let data = answer.get("completionData").unwrap_or(&answer);
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let signature = text(data, "signature").ok_or(Error::NoSignature)?;
        let ocsp = text(data, "ocspResponse").map(|ocsp| decode(&ocsp, "ocspResponse")).transpose()?;
        let xml = String::from_utf8(decode(&signature, "signature")?).map_err(|_| Error::Encoding("signature"))?;
        Ok(Self { xml, signature, ocsp, order: text(&answer, "orderRef") })
    }
}

/// What the person was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// To sign.
    Signing,
    /// To say who she is. No signature, whatever text was shown.
    Identification,
    /// Something else.
    Other,
}

/// What the person signed with her BankID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// The text she was shown.
    pub visible: Vec<u8>,
    /// What was signed and not shown.
    pub hidden: Vec<u8>,
    /// Who asked, as BankID knows them: `cn=…,name=…,serialNumber=…`.
    pub relying_party: String,
    /// Who asked, as she was told.
    pub display_name: Option<String>,
    /// What she was asked to do.
    pub function: Function,
}

impl SignedData {
    /// Reads a bankIdSignedData element: one that a verified signature returned.
    ///
    /// # Errors
    /// When a part is missing, stands twice, or cannot be decoded.
    pub fn read(node: Node<'_, '_>) -> Result<Self, Error> {
        let server = only(node, "srvInfo")?;
        let client = only(node, "clientInfo")?;
        let hidden = node.children().any(|child| child.has_tag_name((NAMESPACE, "usrNonVisibleData")));
        let display = server.children().any(|child| child.has_tag_name((NAMESPACE, "displayName")));
        Ok(Self {
            visible: content(node, "usrVisibleData")?,
            hidden: if hidden { content(node, "usrNonVisibleData")? } else { Vec::new() },
            relying_party: words(server, "name")?,
            display_name: if display { Some(words(server, "displayName")?) } else { None },
            function: match xml::text(only(client, "funcId")?).trim() {
                "Signing" => Function::Signing,
                "Identification" => Function::Identification,
                _ => Function::Other,
            },
        })
    }

    /// The relying party's organisation number: its only `serialNumber`. A name that holds another makes it doubtful.
    #[must_use]
    pub fn organisation_number(&self) -> Option<&str> {
        let mut numbers = self.relying_party.split(',').filter_map(|part| part.trim().strip_prefix("serialNumber="));
        numbers.next().filter(|_| numbers.next().is_none())
    }
}

/// The signature element and the one bankIdSignedData in a document that is nothing else.
///
/// # Errors
/// When either stands twice, or the signature is not the document itself: somebody wrapped it.
pub fn parts<'a, 'input>(document: &'a xml::Document<'input>) -> Result<(Node<'a, 'input>, Node<'a, 'input>), Error> {
    let named = |name: (&'static str, &'static str)| {
        let mut found = document.descendants().filter(move |node| node.has_tag_name(name));
        found.next().filter(|_| found.next().is_none())
    };
    let element = named((signature::NAMESPACE, "Signature")).filter(|one| *one == document.root_element());
    let data = named((NAMESPACE, "bankIdSignedData"));
    Ok((element.ok_or(Error::Structure("Signature"))?, data.ok_or(Error::Structure("bankIdSignedData"))?))
}

fn only<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> Result<Node<'a, 'input>, Error> {
    xml::only(node, (NAMESPACE, name)).ok_or(Error::Structure(name))
}

fn content(node: Node<'_, '_>, name: &'static str) -> Result<Vec<u8>, Error> {
    decode(&xml::text(only(node, name)?), name)
}

fn words(node: Node<'_, '_>, name: &'static str) -> Result<String, Error> {
    String::from_utf8(content(node, name)?).map_err(|_| Error::Encoding(name))
}

fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, Error> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).map_err(|_| Error::Encoding(what))
}
