//! Algorithms by the addresses that XML signatures name them with, as certificates name them.
//! W3C XML Signature 1.1 section 6, RFC 9231 section 2.

use crate::format::der;
use crate::format::der::Oid;
use crate::format::x509::AlgorithmIdentifier;

/// A digest algorithm's dotted object identifier. `None`: not one we know.
#[must_use]
pub fn digest(address: &str) -> Option<&'static str> {
    Some(match address {
        "http://www.w3.org/2000/09/xmldsig#sha1" => "1.3.14.3.2.26",
        "http://www.w3.org/2001/04/xmldsig-more#sha224" => "2.16.840.1.101.3.4.2.4",
        "http://www.w3.org/2001/04/xmlenc#sha256" => "2.16.840.1.101.3.4.2.1",
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => "2.16.840.1.101.3.4.2.2",
        "http://www.w3.org/2001/04/xmlenc#sha512" => "2.16.840.1.101.3.4.2.3",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256" => "2.16.840.1.101.3.4.2.8",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-384" => "2.16.840.1.101.3.4.2.9",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-512" => "2.16.840.1.101.3.4.2.10",
        _ => return None,
    })
}

/// A signature algorithm. `None`: not one we know.
#[must_use]
pub fn signature(address: &str) -> Option<AlgorithmIdentifier> {
    let (standard, name) = address.split_once('#')?;
    let oid = match (standard, name) {
        ("http://www.w3.org/2000/09/xmldsig", "rsa-sha1") => "1.2.840.113549.1.1.5",
        ("http://www.w3.org/2001/04/xmldsig-more", "rsa-sha224") => "1.2.840.113549.1.1.14",
        ("http://www.w3.org/2001/04/xmldsig-more", "rsa-sha256") => "1.2.840.113549.1.1.11",
        ("http://www.w3.org/2001/04/xmldsig-more", "rsa-sha384") => "1.2.840.113549.1.1.12",
        ("http://www.w3.org/2001/04/xmldsig-more", "rsa-sha512") => "1.2.840.113549.1.1.13",
        ("http://www.w3.org/2001/04/xmldsig-more", "ecdsa-sha1") => "1.2.840.10045.4.1",
        ("http://www.w3.org/2001/04/xmldsig-more", "ecdsa-sha224") => "1.2.840.10045.4.3.1",
        ("http://www.w3.org/2001/04/xmldsig-more", "ecdsa-sha256") => "1.2.840.10045.4.3.2",
        ("http://www.w3.org/2001/04/xmldsig-more", "ecdsa-sha384") => "1.2.840.10045.4.3.3",
        ("http://www.w3.org/2001/04/xmldsig-more", "ecdsa-sha512") => "1.2.840.10045.4.3.4",
        ("http://www.w3.org/2021/04/xmldsig-more", "eddsa-ed25519") => "1.3.101.112",
        ("http://www.w3.org/2007/05/xmldsig-more", mgf1) => return pss(mgf1),
        _ => return None,
    };
    Some(AlgorithmIdentifier { oid: Oid::known(oid), parameters: None })
}

/// Whether the value is two numbers of equal length, one after the other, where certificates write a SEQUENCE.
#[must_use]
pub fn writes_a_pair(address: &str) -> bool {
    address.contains("#ecdsa-")
}

/// Such a value as certificates write it. `None`: it is no pair.
#[must_use]
pub fn pair(value: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = value.split_at(value.len() / 2);
    let number = |half: &[u8]| {
        let significant = half.iter().position(|byte| *byte != 0).unwrap_or(half.len().saturating_sub(1));
        let digits = half.get(significant..).unwrap_or_default();
        let sign: &[u8] = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
        der::encode(der::INTEGER, &[sign, digits])
    };
    (!r.is_empty() && r.len() == s.len()).then(|| der::encode(der::SEQUENCE, &[&number(r), &number(s)]))
}

/// RSASSA-PSS with one digest for message and mask and a salt of its length (RFC 9231 2.3.10).
fn pss(name: &str) -> Option<AlgorithmIdentifier> {
    const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
    const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
    let (digest, salt): (Vec<u8>, u8) = match name {
        "sha1-rsa-MGF1" => (vec![0x2b, 0x0e, 3, 2, 0x1a], 20),
        "sha224-rsa-MGF1" => ([&SHA2[..], &[4]].concat(), 28),
        "sha256-rsa-MGF1" => ([&SHA2[..], &[1]].concat(), 32),
        "sha384-rsa-MGF1" => ([&SHA2[..], &[2]].concat(), 48),
        "sha512-rsa-MGF1" => ([&SHA2[..], &[3]].concat(), 64),
        _ => return None,
    };
    let tagged = |number, inside: &[u8]| der::encode(der::context_constructed(number), &[inside]);
    let digest = der::encode(der::SEQUENCE, &[&der::encode(der::OBJECT_IDENTIFIER, &[&digest])]);
    let mask = der::encode(der::SEQUENCE, &[&der::encode(der::OBJECT_IDENTIFIER, &[MGF1]), &digest]);
    let salt = der::encode(der::INTEGER, &[&[salt]]);
    let parts = [tagged(0, &digest), tagged(1, &mask), tagged(2, &salt)];
    let parameters = der::encode(der::SEQUENCE, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    Some(AlgorithmIdentifier { oid: Oid::known("1.2.840.113549.1.1.10"), parameters: Some(parameters) })
}
