//! XML signatures made for a test, as somebody else's software would make them: Ed25519 by ring, canonical forms by the
//! library, which `tests/xml.rs` holds against another's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sigill::format::xml;
use sigill::format::xml::canonical::Method;
use sigill::format::xml::canonical::canonical;
use sigill::format::xml::signature::NAMESPACE;
use sigill::verify::crypto;

use crate::authority::Party;

/// The signature algorithm of these keys, as XML signatures name it.
pub(crate) const ED25519: &str = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519";
/// Exclusive canonicalization.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// The document with a party's signature where `{signature}` stands, over each of the addresses (empty: the whole
/// document, the signature itself left out). KeyInfo, `#key`, holds the party's certificate and those given.
pub(crate) fn sign_xml(document: &str, addresses: &[&str], party: &Party, others: &[&Party]) -> String {
    let reference = |(index, address): (usize, &&str)| {
        let enveloped = match address.is_empty() {
            true => format!("<ds:Transform Algorithm=\"{NAMESPACE}enveloped-signature\"/>"),
            false => String::new(),
        };
        format!(
            "<ds:Reference URI=\"{address}\"><ds:Transforms>{enveloped}<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
             <ds:DigestValue>{{digest{index}}}</ds:DigestValue></ds:Reference>"
        )
    };
    let references: String = addresses.iter().enumerate().map(reference).collect();
    let der = |party: &&Party| STANDARD.encode(party.certificate.der());
    let certificates = std::iter::once(&party).chain(others).map(der);
    let certificates = certificates.map(|one| format!("<ds:X509Certificate>{one}</ds:X509Certificate>"));
    let inside = format!(
        "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod \
         Algorithm=\"{ED25519}\"/>{references}</ds:SignedInfo><ds:SignatureValue>{{value}}</ds:SignatureValue>\
         <ds:KeyInfo Id=\"key\"><ds:X509Data>{}</ds:X509Data></ds:KeyInfo>",
        certificates.collect::<String>()
    );
    let whole = format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\">{inside}</ds:Signature>");
    let mut text = document.replace("{signature}", &whole).replace("{inside}", &inside);
    for (index, address) in addresses.iter().enumerate() {
        let digest = STANDARD.encode(crypto::sha256(&[&digested(&text, address)]));
        text = text.replace(&format!("{{digest{index}}}"), &digest);
    }
    let signed_info = with(&text, |document| {
        let node = document.descendants().find(|node| node.has_tag_name((NAMESPACE, "SignedInfo"))).unwrap();
        canonical(node, &Method::Exclusive(Vec::new()), None).unwrap()
    });
    text.replace("{value}", &STANDARD.encode(party.sign(&signed_info)))
}

/// What a reference digests.
fn digested(text: &str, address: &str) -> Vec<u8> {
    with(text, |document| {
        let named = |node: &xml::Node<'_, '_>| node.attribute("Id").is_some_and(|id| format!("#{id}") == address);
        let signature = document.descendants().find(|node| node.has_tag_name((NAMESPACE, "Signature"))).unwrap();
        let (target, without) = match document.descendants().find(named) {
            Some(element) => (element, None),
            None => (document.root(), Some(signature)),
        };
        canonical(target, &Method::Exclusive(Vec::new()), without).unwrap()
    })
}

fn with<T>(text: &str, use_it: impl FnOnce(&xml::Document<'_>) -> T) -> T {
    use_it(&xml::read(text).unwrap())
}
