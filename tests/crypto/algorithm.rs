//! Algorithm identifiers as signatures stand under them, built from names.

use sigill::format::der;
use sigill::format::der::Reader;
use sigill::format::x509::AlgorithmIdentifier;

/// An identifier with these parameters, which are DER; none where they are absent.
pub(crate) fn identifier(oid: &str, parameters: Option<&[u8]>) -> AlgorithmIdentifier {
    let encoded = der::encode(der::SEQUENCE, &[&object_identifier(oid), parameters.unwrap_or_default()]);
    AlgorithmIdentifier::read(&mut Reader::new(&encoded)).expect("an identifier")
}

/// RSASSA-PSS with these digests and this length of salt.
pub(crate) fn pss_identifier(digest: &str, mask_digest: &str, salt: u8) -> AlgorithmIdentifier {
    let digest = der::encode(der::SEQUENCE, &[&object_identifier(digest)]);
    let mask_digest = der::encode(der::SEQUENCE, &[&object_identifier(mask_digest)]);
    let mask = der::encode(der::SEQUENCE, &[&object_identifier("1.2.840.113549.1.1.8"), &mask_digest]);
    let salt = der::encode(der::INTEGER, &[&[salt]]);
    let fields: Vec<Vec<u8>> = [digest, mask, salt]
        .iter()
        .zip(0..)
        .map(|(field, n)| der::encode(der::context_constructed(n), &[field]))
        .collect();
    let parameters = der::encode(der::SEQUENCE, &fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
    identifier("1.2.840.113549.1.1.10", Some(&parameters))
}

fn object_identifier(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().expect("a number")).collect();
    let mut content = Vec::new();
    for arc in [&[arcs[0] * 40 + arcs[1]], &arcs[2..]].concat() {
        let sevens = (1..10).take_while(|n| arc >> (7 * n) > 0).count();
        for n in (0..=sevens).rev() {
            let more = if n > 0 { 0x80 } else { 0 };
            content.push(u8::try_from(arc >> (7 * n) & 0x7f).expect("seven bits") | more);
        }
    }
    der::encode(der::OBJECT_IDENTIFIER, &[&content])
}
