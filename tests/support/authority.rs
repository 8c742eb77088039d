//! A PKI made on the spot: certificates, revocation lists and OCSP answers, signed with Ed25519 keys that follow from a
//! number. Nothing is random, so every run makes the same bytes.

use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::verify::crypto;
use sigill::verify::crypto::DigestAlgorithm;

/// id-Ed25519.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// cRLReason, invalidityDate and certificateIssuer of entries; issuingDistributionPoint, deltaCRLIndicator, cRLNumber.
pub(crate) const REASON: &[u8] = &[0x55, 0x1d, 0x15];
pub(crate) const INVALIDITY: &[u8] = &[0x55, 0x1d, 0x18];
pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];
pub(crate) const SCOPE: &[u8] = &[0x55, 0x1d, 0x1c];
pub(crate) const DELTA: &[u8] = &[0x55, 0x1d, 0x1b];
pub(crate) const NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
pub(crate) const EXPIRED_CERTS: &[u8] = &[0x55, 0x1d, 0x3c];
pub(crate) const POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
const ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
pub(crate) const NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
const NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
pub(crate) const ARCHIVE_CUTOFF: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 6];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const PURPOSES: &[u8] = &[0x55, 0x1d, 0x25];
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
const BASIC_RESPONSE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(der::SEQUENCE, parts)
}

pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    der::encode(der::OBJECT_IDENTIFIER, &[content])
}

pub(crate) fn time(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    der::encode(der::GENERALIZED_TIME, &[format!("{digits:0<14}Z").as_bytes()])
}

/// A distinguished name of one common name.
pub(crate) fn name(text: &str) -> Vec<u8> {
    sequence(&[&der::encode(der::SET, &[&common_name(text)])])
}

/// One attribute, as a name relative to a CRL issuer has it.
pub(crate) fn common_name(text: &str) -> Vec<u8> {
    sequence(&[&oid(&[0x55, 4, 3]), &der::encode(der::UTF8_STRING, &[text.as_bytes()])])
}

/// directoryName.
pub(crate) fn directory(text: &str) -> Vec<u8> {
    der::encode(der::context_constructed(4), &[&name(text)])
}

/// uniformResourceIdentifier.
pub(crate) fn url(text: &str) -> Vec<u8> {
    der::encode(der::context(6), &[text.as_bytes()])
}

/// `[0] { fullName [0] { names } }`
pub(crate) fn full_name(names: &[&[u8]]) -> Vec<u8> {
    der::encode(der::context_constructed(0), &[&der::encode(der::context_constructed(0), names)])
}

/// cRLDistributionPoints with one address.
pub(crate) fn points(address: &str) -> Vec<u8> {
    let point = sequence(&[&full_name(&[&url(address)])]);
    extension(POINTS, false, &sequence(&[&point]))
}

/// authorityInfoAccess: where OCSP is answered, and where the issuer's certificate is.
pub(crate) fn access(ocsp: &str, issuer: &str) -> Vec<u8> {
    let way = |method, address| sequence(&[&oid(&[0x2b, 6, 1, 5, 5, 7, 48, method]), &url(address)]);
    extension(ACCESS, false, &sequence(&[&way(1, ocsp), &way(2, issuer)]))
}

pub(crate) fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[der::BOOLEAN, 1, 0xff] } else { &[] };
    sequence(&[&oid(kind), critical, &der::encode(der::OCTET_STRING, &[value])])
}

/// What an authority may be asked to make.
pub(crate) struct Draft<'d> {
    pub(crate) serial: u8,
    pub(crate) subject: &'d str,
    /// serialNumber, the person's identity number; empty: none.
    pub(crate) number: &'d str,
    pub(crate) key: u8,
    pub(crate) not_after: &'d str,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Default for Draft<'_> {
    fn default() -> Self {
        Self { serial: 1, subject: "Person", number: "", key: 100, not_after: "2030-01-01", extensions: vec![usage(0)] }
    }
}

/// keyUsage with one bit.
pub(crate) fn usage(bit: u8) -> Vec<u8> {
    extension(KEY_USAGE, true, &[der::BIT_STRING, 2, 7 - bit, 0x80 >> bit])
}

/// keyUsage for signing certificates and lists, and that it is a CA.
pub(crate) fn ca() -> Vec<Vec<u8>> {
    let constraints = sequence(&[&[der::BOOLEAN, 1, 0xff]]);
    vec![extension(BASIC_CONSTRAINTS, true, &constraints), extension(KEY_USAGE, true, &[der::BIT_STRING, 2, 1, 0x06])]
}

/// id-kp-OCSPSigning.
pub(crate) fn ocsp_signing() -> Vec<u8> {
    extension(PURPOSES, false, &sequence(&[&oid(OCSP_SIGNING)]))
}

/// A name with an identity number, as people's certificates have it.
fn numbered_name(text: &str, number: &str) -> Vec<u8> {
    let serial = sequence(&[&oid(&[0x55, 4, 5]), &der::encode(der::PRINTABLE_STRING, &[number.as_bytes()])]);
    sequence(&[&der::encode(der::SET, &[&serial]), &der::encode(der::SET, &[&common_name(text)])])
}

/// Somebody with a key and a certificate.
pub(crate) struct Party {
    pub(crate) certificate: Certificate,
    key: u8,
}

impl Party {
    pub(crate) fn root(subject: &str, key: u8) -> Self {
        let draft = Draft { subject, key, extensions: ca(), ..Draft::default() };
        Self { certificate: certificate(&draft, &name(subject), key), key }
    }

    pub(crate) fn issue(&self, draft: &Draft<'_>) -> Self {
        Self { certificate: certificate(draft, self.certificate.subject.raw(), self.key), key: draft.key }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        pair(self.key).sign(message).as_ref().to_vec()
    }

    pub(crate) fn crl(&self, list: &List<'_>) -> Vec<u8> {
        let entries = if list.entries.is_empty() { Vec::new() } else { sequence(&[&list.entries.concat()]) };
        let extensions = match list.extensions.as_slice() {
            [] => Vec::new(),
            all => der::encode(der::context_constructed(0), &[&sequence(&[&all.concat()])]),
        };
        let (from, next) = (time(list.issued), list.next.map(time).unwrap_or_default());
        let issuer = self.certificate.subject.raw();
        signed(&sequence(&[&[der::INTEGER, 1, 1], &algorithm(), issuer, &from, &next, &entries, &extensions]), self.key)
    }

    /// An OCSP answer by this party, about a certificate that `issuer` made, with this party's certificate in it.
    pub(crate) fn ocsp(&self, about: &Certificate, issuer: &Certificate, answer: &Answer<'_>) -> Vec<u8> {
        let digest = |bytes: &[u8]| der::encode(der::OCTET_STRING, &[&crypto::digest(DigestAlgorithm::Sha1, &[bytes])]);
        let id = sequence(&[
            &sequence(&[&oid(SHA1)]),
            &digest(issuer.subject.raw()),
            &digest(&issuer.public_key.key),
            &der::encode(der::INTEGER, &[about.serial.octets()]),
        ]);
        let next = answer.next.map(|next| der::encode(der::context_constructed(0), &[&time(next)])).unwrap_or_default();
        let extensions = match answer.extensions.as_slice() {
            [] => Vec::new(),
            all => der::encode(der::context_constructed(1), &[&sequence(&[&all.concat()])]),
        };
        let single = sequence(&[&id, &answer.status, &time(answer.issued), &next, &extensions]);
        let responder = der::encode(der::context_constructed(1), &[self.certificate.subject.raw()]);
        let nonce = match answer.nonce.as_slice() {
            [] => Vec::new(),
            nonce => der::encode(der::context_constructed(1), &[&sequence(&[&extension(NONCE, true, nonce)])]),
        };
        let tbs = sequence(&[&responder, &time(answer.issued), &sequence(&[&single]), &nonce]);
        let own = der::encode(der::context_constructed(0), &[&sequence(&[self.certificate.der()])]);
        let signature = der::encode(der::BIT_STRING, &[&[0], &self.sign(&tbs)]);
        let basic = der::encode(der::OCTET_STRING, &[&sequence(&[&tbs, &algorithm(), &signature, &own])]);
        let bytes = der::encode(der::context_constructed(0), &[&sequence(&[&oid(BASIC_RESPONSE), &basic])]);
        sequence(&[&[der::ENUMERATED, 1, 0], &bytes])
    }
}

/// A revocation list to be made.
pub(crate) struct List<'l> {
    pub(crate) issued: &'l str,
    pub(crate) next: Option<&'l str>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Default for List<'_> {
    fn default() -> Self {
        Self { issued: "2024-06-01", next: Some("2025-06-01"), entries: Vec::new(), extensions: vec![number(1)] }
    }
}

/// cRLNumber.
pub(crate) fn number(number: u8) -> Vec<u8> {
    extension(NUMBER, false, &[der::INTEGER, 1, number])
}

/// deltaCRLIndicator.
pub(crate) fn delta_over(number: u8) -> Vec<u8> {
    extension(DELTA, true, &[der::INTEGER, 1, number])
}

/// issuingDistributionPoint.
pub(crate) fn scope(parts: &[&[u8]]) -> Vec<u8> {
    extension(SCOPE, true, &sequence(parts))
}

/// An entry with a reason code.
pub(crate) fn entry(serial: u8, since: &str, reason: u8) -> Vec<u8> {
    entry_with(serial, since, &[extension(REASON, false, &[der::ENUMERATED, 1, reason])])
}

pub(crate) fn entry_with(serial: u8, since: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[&[der::INTEGER, 1, serial], &time(since), &sequence(&[&extensions.concat()])])
}

/// An OCSP answer to be made.
pub(crate) struct Answer<'a> {
    pub(crate) status: Vec<u8>,
    pub(crate) issued: &'a str,
    pub(crate) next: Option<&'a str>,
    pub(crate) extensions: Vec<Vec<u8>>,
    /// The nonce as it stands in its OCTET STRING; empty: none.
    pub(crate) nonce: Vec<u8>,
}

impl Default for Answer<'_> {
    fn default() -> Self {
        let status = der::encode(der::context(0), &[]);
        Self { status, issued: "2024-06-01", next: Some("2025-06-01"), extensions: Vec::new(), nonce: Vec::new() }
    }
}

/// The status "revoked", with a reason.
pub(crate) fn revoked(since: &str, reason: u8) -> Vec<u8> {
    let reason = der::encode(der::context_constructed(0), &[&[der::ENUMERATED, 1, reason]]);
    der::encode(der::context_constructed(1), &[&time(since), &reason])
}

fn algorithm() -> Vec<u8> {
    sequence(&[&oid(ED25519)])
}

fn pair(key: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[key; 32]).expect("any seed makes a key")
}

fn signed(tbs: &[u8], key: u8) -> Vec<u8> {
    let signature = der::encode(der::BIT_STRING, &[&[0], pair(key).sign(tbs).as_ref()]);
    sequence(&[tbs, &algorithm(), &signature])
}

fn certificate(draft: &Draft<'_>, issuer: &[u8], signer: u8) -> Certificate {
    let key = der::encode(der::BIT_STRING, &[&[0], pair(draft.key).public_key().as_ref()]);
    let tbs = sequence(&[
        &der::encode(der::context_constructed(0), &[&[der::INTEGER, 1, 2]]),
        &[der::INTEGER, 1, draft.serial],
        &algorithm(),
        issuer,
        &sequence(&[&time("2020-01-01"), &time(draft.not_after)]),
        &if draft.number.is_empty() { name(draft.subject) } else { numbered_name(draft.subject, draft.number) },
        &sequence(&[&algorithm(), &key]),
        &der::encode(der::context_constructed(3), &[&sequence(&[&draft.extensions.concat()])]),
    ]);
    Certificate::read(&signed(&tbs, signer)).expect("a certificate made here can be read")
}
