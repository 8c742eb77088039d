//! Keys, certificates and XML signatures made for a test, as somebody else's software would make them.
//! P-256 by ring; DER and canonical forms by the library, which `tests/xml.rs` holds against another's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use ring::signature::EcdsaKeyPair;
use ring::signature::EcdsaSigningAlgorithm;
use ring::signature::KeyPair;
use sigill::format::der;
use sigill::format::xml;
use sigill::format::xml::canonical::Method;
use sigill::format::xml::canonical::canonical;
use sigill::format::xml::signature::NAMESPACE;
use sigill::verify::crypto;

/// ecdsa-with-SHA256, id-ecPublicKey with prime256v1, commonName.
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// The signature algorithm of these keys, as XML signatures name it.
pub(crate) const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
/// Exclusive canonicalization.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A P-256 key with a name.
pub(crate) struct Party {
    pub(crate) name: &'static str,
    pkcs8: Vec<u8>,
    point: Vec<u8>,
}

impl Party {
    pub(crate) fn new(name: &'static str) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let pkcs8 = document.as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &SystemRandom::new()).unwrap();
        Self { name, point: pair.public_key().as_ref().to_vec(), pkcs8 }
    }

    fn sign(&self, form: &'static EcdsaSigningAlgorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(form, &self.pkcs8, &random).unwrap();
        pair.sign(&random, message).unwrap().as_ref().to_vec()
    }

    /// A certificate for this party's key that an issuer signs; a CA's where it signs its own.
    pub(crate) fn certified_by(&self, issuer: &Self, from: &str, until: &str) -> Vec<u8> {
        let algorithm = sequence(&[&oid(ECDSA_SHA256)]);
        let key_algorithm = sequence(&[&oid(EC_KEY), &oid(P256)]);
        let key = sequence(&[&key_algorithm, &der::encode(der::BIT_STRING, &[&[0], &self.point])]);
        let time = |text: &str| der::encode(der::GENERALIZED_TIME, &[text.as_bytes()]);
        let constraints = sequence(&[&der::encode(der::BOOLEAN, &[&[0xff]])]);
        let ca = sequence(&[
            &oid(&[0x55, 0x1d, 0x13]),
            &der::encode(der::BOOLEAN, &[&[0xff]]),
            &der::encode(der::OCTET_STRING, &[&constraints]),
        ]);
        let extensions = der::encode(der::context_constructed(3), &[&sequence(&[&ca])]);
        let own = self.name == issuer.name;
        let version = der::encode(der::context_constructed(0), &[&der::encode(der::INTEGER, &[&[2]])]);
        let serial = der::encode(der::INTEGER, &[&[0x11, 0x22]]);
        let validity = sequence(&[&time(from), &time(until)]);
        let (above, subject) = (common_name(issuer.name), common_name(self.name));
        let mut parts: Vec<&[u8]> = vec![&version, &serial, &algorithm, &above, &validity, &subject, &key];
        if own {
            parts.push(&extensions);
        }
        let tbs = sequence(&parts);
        let signature = issuer.sign(&ECDSA_P256_SHA256_ASN1_SIGNING, &tbs);
        sequence(&[&tbs, &algorithm, &der::encode(der::BIT_STRING, &[&[0], &signature])])
    }

    /// The document with this party's signature where `{signature}` stands, over each of the addresses (empty: the
    /// whole document, the signature itself left out).
    pub(crate) fn sign_xml(&self, document: &str, addresses: &[&str], certificate: &[u8]) -> String {
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
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{NAMESPACE}\"><ds:SignedInfo><ds:CanonicalizationMethod \
             Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod Algorithm=\"{ECDSA}\"/>{references}</ds:SignedInfo>\
             <ds:SignatureValue>{{value}}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
            STANDARD.encode(certificate)
        );
        let mut text = document.replace("{signature}", &signature);
        for (index, address) in addresses.iter().enumerate() {
            let digest = STANDARD.encode(crypto::sha256(&[&digested(&text, address)]));
            text = text.replace(&format!("{{digest{index}}}"), &digest);
        }
        let signed_info = with(&text, |document| {
            let node = document.descendants().find(|node| node.has_tag_name((NAMESPACE, "SignedInfo"))).unwrap();
            canonical(node, &Method::Exclusive(Vec::new()), None).unwrap()
        });
        text.replace("{value}", &STANDARD.encode(self.sign(&ECDSA_P256_SHA256_FIXED_SIGNING, &signed_info)))
    }
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

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(der::SEQUENCE, parts)
}

fn oid(content: &[u8]) -> Vec<u8> {
    der::encode(der::OBJECT_IDENTIFIER, &[content])
}

fn common_name(text: &str) -> Vec<u8> {
    let value = der::encode(der::UTF8_STRING, &[text.as_bytes()]);
    sequence(&[&der::encode(der::SET, &[&sequence(&[&oid(COMMON_NAME), &value])])])
}
