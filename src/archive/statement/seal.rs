//! The archive's own seal: a key and a certificate that says whose it is, and signatures with it in CMS.
//! RFC 5652, RFC 5035, ETSI EN 319 122-1 and EN 319 142-1 (PAdES-B-B); RFC 5280 for the certificate.
//! Made by the archive at first need, beside its settings; an operator may put a key and certificate of their own there.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use ring::signature::EcdsaKeyPair;
use ring::signature::KeyPair;

use crate::archive::error::Error;
use crate::archive::signer;
use crate::archive::signer::ECDSA_SHA256;
use crate::archive::signer::Signer;
use crate::format::der;
use crate::format::der::encode;
use crate::format::x509::Certificate;
use crate::store::disk;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::mask::masked;

/// In the archive's directory.
pub(crate) const FILE: &str = "seal.pem";
/// How long the certificate says that it holds: longer than statements are asked for, for nobody renews it.
const YEARS: i32 = 40;

/// The key and its certificate; made now where there are none.
///
/// # Errors
/// What the disk answered; a file that holds no key and certificate.
pub(crate) fn signer(
    directory: &Path,
    name: &str,
    organisation: Option<&str>,
    now: Timestamp,
) -> Result<Signer, Error> {
    let path = directory.join(FILE);
    match read(&path) {
        Err(Error::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let made = made(name, organisation, now).map_err(|_| Error::Randomness)?;
    match disk::write_new(&path, made.as_bytes(), OpenOptions::new().mode(0o600)) {
        // Somebody else made one meanwhile: theirs is the archive's.
        Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    read(&path)
}

fn read(path: &Path) -> Result<Signer, Error> {
    let pem = fs::read(path).map_err(disk::Error::at("read", path))?;
    Signer::read(&pem, &pem).map_err(|error| Error::Settings { path: path.to_owned(), what: error.to_string() })
}

/// What the seal's certificate calls the archive; none where there is no seal yet.
///
/// # Errors
/// As [`signer`].
pub fn name(directory: &Path) -> Result<Option<String>, Error> {
    match read(&directory.join(FILE)) {
        Ok(signer) => Ok(signer.certificate().map(subject)),
        Err(Error::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whose certificate it is.
pub(super) fn subject(certificate: &Certificate) -> String {
    certificate.subject.common_name().map_or_else(String::new, masked)
}

const SHA256: &[u8] = &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA384: &[u8] = &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA512: &[u8] = &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// id-data, id-signedData, id-contentType, id-messageDigest, id-aa-signingCertificateV2: whole.
const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const CONTENT_TYPE: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const SIGNING_CERTIFICATE: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f];
const ONE: &[u8] = &[der::INTEGER, 1, 1];
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_3: u8 = 0xa3;

/// Bytes that a container may take, at most.
pub(super) fn bytes_max(signer: &Signer) -> usize {
    let certificates: usize = signer.certificates().iter().map(|one| one.der().len()).sum();
    certificates.saturating_add(2048)
}

/// A detached signature over these bytes, as PAdES has it in /Contents.
///
/// # Errors
/// Without random numbers.
pub(super) fn container(signer: &Signer, content: &[&[u8]]) -> Result<Vec<u8>, signer::Error> {
    let sequence = |parts: &[&[u8]]| encode(der::SEQUENCE, parts);
    let own = signer.certificate().ok_or(signer::Error::Certificate)?;
    let digests = [(DigestAlgorithm::Sha384, SHA384), (DigestAlgorithm::Sha512, SHA512)];
    let named = digests.into_iter().find(|(of, _)| *of == signer.digest()).map_or(SHA256, |(_, named)| named);
    let attribute = |kind: &[u8], value: &[u8]| sequence(&[kind, &encode(der::SET, &[value])]);
    let digest = crypto::digest(signer.digest(), content);
    // SHA-256 is the default of ESSCertIDv2, so it is not named (RFC 5035 4).
    let reference = sequence(&[&encode(der::OCTET_STRING, &[&crypto::sha256(&[own.der()])])]);
    let attributes = der::encode_set_of(vec![
        attribute(CONTENT_TYPE, DATA),
        attribute(MESSAGE_DIGEST, &encode(der::OCTET_STRING, &[&digest])),
        attribute(SIGNING_CERTIFICATE, &sequence(&[&sequence(&[&reference])])),
    ]);
    let (value, algorithm) = signer.sign_cms(&attributes)?;
    // The same bytes with the tag [0] instead of SET's (RFC 5652 5.4).
    let mut stored = attributes;
    if let Some(tag) = stored.first_mut() {
        *tag = CONTEXT_0;
    }
    let issuer = sequence(&[own.issuer.raw(), &encode(der::INTEGER, &[own.serial.octets()])]);
    let info = sequence(&[ONE, &issuer, named, &stored, algorithm, &encode(der::OCTET_STRING, &[&value])]);
    let certificates: Vec<&[u8]> = signer.certificates().iter().map(|one| one.der()).collect();
    let data = sequence(&[
        ONE,
        &encode(der::SET, &[named]),
        &sequence(&[DATA]),
        &encode(CONTEXT_0, &certificates),
        &encode(der::SET, &[&info]),
    ]);
    Ok(sequence(&[SIGNED_DATA, &encode(CONTEXT_0, &[&data])]))
}

/// commonName and organizationName; ecPublicKey with prime256v1; keyUsage and subjectKeyIdentifier: whole.
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x0a];
const EC_P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
const KEY_USAGE: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x0f];
const KEY_IDENTIFIER: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x0e];
const TRUE: &[u8] = &[der::BOOLEAN, 1, 0xff];
/// digitalSignature and nonRepudiation.
const SIGNS: &[u8] = &[der::BIT_STRING, 2, 6, 0xc0];

/// A new key on P-256 and a certificate that it signs itself, in one PEM file.
fn made(name: &str, organisation: Option<&str>, now: Timestamp) -> Result<String, ring::error::Unspecified> {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
        .map_err(|_| ring::error::Unspecified)?;
    let mut serial = [0; 16];
    random.fill(&mut serial)?;
    // Neither negative nor with leading zeros.
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let sequence = |parts: &[&[u8]]| encode(der::SEQUENCE, parts);
    let text = |kind: &[u8], text: &str| {
        encode(der::SET, &[&sequence(&[kind, &encode(der::UTF8_STRING, &[text.as_bytes()])])])
    };
    let organisation = organisation.map(|organisation| text(ORGANISATION, organisation)).unwrap_or_default();
    let subject = sequence(&[&organisation, &text(COMMON_NAME, name)]);
    let public = pair.public_key().as_ref();
    let identifier = encode(der::OCTET_STRING, &[crypto::sha256(&[public]).get(..20).unwrap_or_default()]);
    let extension =
        |kind: &[u8], critical: &[u8], value: &[u8]| sequence(&[kind, critical, &encode(der::OCTET_STRING, &[value])]);
    let extensions = [extension(KEY_USAGE, TRUE, SIGNS), extension(KEY_IDENTIFIER, &[], &identifier)].concat();
    let later = now.to_zoned(TimeZone::UTC).checked_add(YEARS.years()).map_or(now, |later| later.timestamp());
    let body = sequence(&[
        &encode(CONTEXT_0, &[&[der::INTEGER, 1, 2]]),
        &encode(der::INTEGER, &[&serial]),
        ECDSA_SHA256,
        &subject,
        &sequence(&[&time(now), &time(later)]),
        &subject,
        &sequence(&[EC_P256, &encode(der::BIT_STRING, &[&[0], public])]),
        &encode(CONTEXT_3, &[&sequence(&[&extensions])]),
    ]);
    let signature = pair.sign(&random, &body)?;
    let certificate = sequence(&[&body, ECDSA_SHA256, &encode(der::BIT_STRING, &[&[0], signature.as_ref()])]);
    Ok(pem("PRIVATE KEY", pkcs8.as_ref()) + &pem("CERTIFICATE", &certificate))
}

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
fn time(at: Timestamp) -> Vec<u8> {
    let utc = at.to_zoned(TimeZone::UTC);
    if utc.year() < 2050 {
        return encode(der::UTC_TIME, &[utc.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()]);
    }
    encode(der::GENERALIZED_TIME, &[utc.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()])
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
