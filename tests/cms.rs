//! What real signatures say: CMS, certificates, revocation data, time stamps, authentication contexts.
//! Uses ../shared (corpus and vectors) when it is there; says so when it is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::cms::DATA;
use sigill::format::cms::SignedData;
use sigill::format::cms::SignerIdentifier;
use sigill::format::cms::SignerInfo;
use sigill::format::cms::attribute::CertificateReference;
use sigill::format::der;
use sigill::format::timestamp::TST_INFO;
use sigill::format::timestamp::TstInfo;
use sigill::format::x509::Certificate;
use sigill::format::x509::Serial;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::Quirk;
use sigill::verify::crypto::digest;
use sigill::verify::crypto::verify;

#[path = "support/hex.rs"]
mod hexadecimal;
#[path = "support/shared.rs"]
mod shared;

const BUDGET: Budget = Budget::STANDARD;

/// The integrity of one signature, as the manifest names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Integrity {
    Intact,
    Broken,
    Indeterminate,
}

/// Digest and signature value over the two parts of the ByteRange; nothing on trust, nothing on form.
fn integrity(parts: &[&[u8]], contents: &[u8], subfilter: &str) -> Result<Option<Quirk>, (Integrity, String)> {
    let broken = |why: &str| (Integrity::Broken, why.to_owned());
    let unsure = |why: &str| (Integrity::Indeterminate, why.to_owned());
    let data = SignedData::read(contents, &BUDGET).map_err(|error| broken(&error.to_string()))?;
    let [signer] = data.signers.as_slice() else {
        return Err(broken("not one signer"));
    };
    let algorithm =
        |oid: &str| DigestAlgorithm::from_oid(oid).ok_or_else(|| unsure(&format!("digest algorithm {oid}")));
    let digest_algorithm = algorithm(signer.digest_algorithm.oid.as_str())?;
    let inside = data.e_content.as_deref();
    let content = if data.content_type == TST_INFO {
        let inside = inside.ok_or_else(|| broken("no TSTInfo"))?;
        let info = TstInfo::read(inside, &BUDGET).map_err(|error| broken(&error.to_string()))?;
        if digest(algorithm(info.imprint_algorithm.oid.as_str())?, parts) != info.imprint {
            return Err(broken("imprint differs"));
        }
        vec![inside]
    } else if subfilter == "/adbe.pkcs7.sha1" {
        let inside = inside.filter(|inside| *inside == digest(DigestAlgorithm::Sha1, parts));
        vec![inside.ok_or_else(|| broken("content is not the digest of the range"))?]
    } else {
        parts.to_vec()
    };
    let certificate = signer_certificate(&data, signer).ok_or_else(|| unsure("no signer certificate"))?;
    let holds = |message: &[&[u8]]| {
        let key = &certificate.public_key;
        verify(key, &signer.signature_algorithm, Some(digest_algorithm), message, &signer.signature)
    };
    let outcome = match &signer.signed {
        Some(signed) => {
            let stated = signed.attributes().message_digest().map_err(|error| broken(&error.to_string()))?;
            if stated != Some(digest(digest_algorithm, &content)) {
                return Err(broken("message-digest differs"));
            }
            match holds(&[signed.stored_as_set()]) {
                Outcome::Invalid => holds(&[signed.der_sorted()]),
                outcome @ (Outcome::Valid { .. } | Outcome::Unsupported(_)) => outcome,
            }
        }
        None => holds(&content),
    };
    match outcome {
        Outcome::Valid { quirk } => Ok(quirk),
        Outcome::Unsupported(reason) => Err(unsure(&reason)),
        Outcome::Invalid => Err(broken("signature value")),
    }
}

/// By signing-certificate-v2, else version 1, else the signer identifier.
fn signer_certificate<'a>(data: &'a SignedData, signer: &SignerInfo) -> Option<&'a Certificate> {
    let attributes = signer.signed.as_ref().map(|signed| signed.attributes());
    let reference = attributes.and_then(|all| {
        let first = |references: Option<Vec<CertificateReference>>| references?.into_iter().next();
        first(all.signing_certificate_v2().ok()?).or(first(all.signing_certificate().ok()?))
    });
    let by_reference = reference.and_then(|reference| {
        let algorithm = DigestAlgorithm::from_oid(reference.digest_algorithm.as_str())?;
        data.certificates.iter().find(|one| digest(algorithm, &[one.der()]) == reference.digest)
    });
    by_reference.or_else(|| data.certificates.iter().find(|one| signer.sid.names(one)))
}

/// Gold signatures on which this file and the manifest differ, and why that is right.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// What came of the corpus.
#[derive(Default)]
struct Findings {
    gold: usize,
    agreed: usize,
    read: usize,
    ber: usize,
    skipped: usize,
    /// Called intact where the manifest says broken.
    false_valid: Vec<String>,
    /// Gold signatures that neither agree nor are excepted, or both.
    unexpected: Vec<String>,
    /// Intact although DigestInfo lacks its NULL.
    null_absent: Vec<String>,
}

impl Findings {
    fn take(&mut self, id: &str, signature: &Value, parts: &[&[u8]], contents: &[u8]) {
        if let Ok(data) = SignedData::read(contents, &BUDGET) {
            self.read += 1;
            self.ber += usize::from(data.ber);
        }
        let (truth, subfilter) = (&signature["truth"], signature["subfilter"].as_str().unwrap_or_default());
        let outcome = integrity(parts, contents, subfilter);
        if outcome == Ok(Some(Quirk::DigestInfoNullAbsent)) {
            self.null_absent.push(id.to_owned());
        }
        let (found, why) = outcome.map_or_else(|found| found, |_| (Integrity::Intact, String::new()));
        let stated = match truth["integrity"].as_str().unwrap() {
            "intact" => Some(Integrity::Intact),
            "broken" => Some(Integrity::Broken),
            "indeterminate" => Some(Integrity::Indeterminate),
            _ => None,
        };
        let (same, gold) = (stated == Some(found), truth["confidence"] == "gold");
        let note = format!("{id} {subfilter} gold {gold} stated {stated:?}, found {found:?}: {why}");
        let false_valid = found == Integrity::Intact && stated == Some(Integrity::Broken);
        if false_valid && truth["accept_either"].is_null() {
            self.false_valid.push(note.clone());
        }
        self.gold += usize::from(gold);
        self.agreed += usize::from(gold && same);
        let excepted = EXCEPTIONS.iter().any(|(excepted, _)| id.starts_with(excepted));
        if gold && same == excepted {
            self.unexpected.push(note);
        } else if !same {
            println!("{note}");
        }
    }
}

#[test]
fn the_corpus_agrees() {
    let Some(manifest) = shared::json("corpus/dev/manifest.json") else {
        return;
    };
    let mut findings = Findings::default();
    for entry in manifest.as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let file = fs::read(shared::path(&format!("corpus/dev/pdf/{id}.pdf"))).unwrap();
        let mut ranges = Vec::new();
        for (index, signature) in entry["signatures"].as_array().unwrap().iter().enumerate() {
            // What stands in the gap is not this signature's /Contents, or is no CMS: `format::pdf` finds the former.
            let range = &signature["byte_range"];
            let elsewhere = signature["contents_gap_exact"] != true || ranges.contains(&range);
            let no_cms = signature["subfilter"] == "/adbe.x509.rsa_sha1";
            ranges.push(range);
            match signed_parts(&file, range).filter(|_| !elsewhere && !no_cms) {
                Some((parts, contents)) => findings.take(&format!("{id}[{index}]"), signature, &parts, &contents),
                None => findings.skipped += 1,
            }
        }
    }
    let Findings { gold, agreed, read, ber, skipped, false_valid, unexpected, null_absent } = findings;
    println!("ran on the corpus: {read} SignedData read ({ber} in BER), {skipped} skipped");
    println!("{agreed} of {gold} gold signatures agree; without NULL in DigestInfo: {null_absent:?}");
    for swedish in ["swedenconnect__add-annotation[0]", "underskrift__kushal_about-signed[0]"] {
        assert!(null_absent.iter().any(|id| id == swedish), "{swedish} is intact in the Swedish way");
    }
    assert_eq!((false_valid, unexpected), (Vec::new(), Vec::new()), "called intact and broken; out of step");
    assert!(agreed * 100 >= gold * 95, "{agreed} of {gold}");
}

/// A SignedData small enough to spoil everywhere: no certificate, every attribute we type, BER around it.
fn small_signed_data() -> Vec<u8> {
    let sequence = |parts: &[&[u8]]| der::encode(der::SEQUENCE, parts);
    let set = |parts: &[&[u8]]| der::encode(der::SET, parts);
    let oid = |content: &[u8]| der::encode(der::OBJECT_IDENTIFIER, &[content]);
    let octets = |content: &[u8]| der::encode(der::OCTET_STRING, &[content]);
    let pkcs9 = |last: &[u8]| oid(&[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9], last].concat());
    let sha256 = sequence(&[&oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1])]);
    let rsa = sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), &[5, 0]]);
    let data = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
    let common_name = sequence(&[&oid(&[0x55, 4, 3]), &der::encode(der::UTF8_STRING, &["Åsa".as_bytes()])]);
    let name = sequence(&[&set(&[&common_name])]);
    let directory_name = der::encode(der::context_constructed(4), &[&name]);
    let issuer_serial = sequence(&[&sequence(&[&directory_name]), &[2, 1, 7]]);
    let reference = sequence(&[&sequence(&[&sequence(&[&octets(&[9; 32]), &issuer_serial])])]);
    let attribute = |last: &[u8], value: &[u8]| sequence(&[&pkcs9(last), &set(&[value])]);
    let protection = sequence(&[&sha256, &der::encode(der::context_constructed(1), &[rsa.get(2..).unwrap()])]);
    let signed = [
        attribute(&[3], &data),
        attribute(&[4], &octets(&[1; 32])),
        attribute(&[5], &der::encode(der::UTC_TIME, &[b"240229120000Z"])),
        attribute(&[16, 2, 47], &reference),
        attribute(&[52], &protection),
    ]
    .concat();
    let unsigned = attribute(&[16, 2, 14], &sequence(&[&data]));
    let signer = sequence(&[
        &[2, 1, 1],
        &sequence(&[&name, &[2, 1, 7]]),
        &sha256,
        &der::encode(der::context_constructed(0), &[&signed]),
        &rsa,
        &octets(&[3; 64]),
        &der::encode(der::context_constructed(1), &[&unsigned]),
    ]);
    let signed_data = sequence(&[&[2, 1, 1], &set(&[&sha256]), &sequence(&[&data]), &set(&[&signer])]);
    let signed_data_oid = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]);
    // Indefinite lengths around, as one signature in twelve has them.
    [&[0x30, 0x80], &*signed_data_oid, &[0xa0, 0x80], &signed_data, &[0; 4]].concat()
}

#[test]
fn a_small_signature_says_what_was_put_into_it() {
    let bytes = small_signed_data();
    let padded = [&bytes[..], &[0; 100]].concat();
    let data = SignedData::read(&padded, &BUDGET).unwrap();
    assert!((data.length, data.ber) == (bytes.len(), true) && data.e_content.is_none());
    let [signer] = data.signers.as_slice() else { panic!("one signer") };
    let signed = signer.signed.as_ref().unwrap();
    let attributes = signed.attributes();
    assert_eq!(attributes.content_type().unwrap().unwrap(), DATA);
    assert_eq!(attributes.message_digest(), Ok(Some(vec![1; 32])));
    assert_eq!(attributes.signing_time(), Ok(Some("2024-02-29T12:00:00Z".parse().unwrap())));
    let references = attributes.signing_certificate_v2().unwrap().unwrap();
    let [reference] = references.as_slice() else { panic!("one reference") };
    assert_eq!(reference.digest_algorithm, DigestAlgorithm::Sha256.oid());
    let SignerIdentifier::IssuerAndSerial { issuer, serial } = &signer.sid else { panic!("by issuer and serial") };
    assert!(reference.issuer_serial.as_ref().unwrap().names(issuer, serial));
    assert!(!reference.issuer_serial.as_ref().unwrap().names(issuer, &Serial::new(&[8])));
    let protection = attributes.algorithm_protection().unwrap().unwrap();
    assert_eq!(protection.digest_algorithm, signer.digest_algorithm);
    assert_eq!(protection.signature_algorithm.as_ref(), Some(&signer.signature_algorithm));
    assert_eq!(attributes.signature_policy(), Ok(None));
    assert!(attributes.irregular().is_empty());
    assert_eq!(signer.signature_time_stamps().count(), 1);
    // message-digest was put before the shorter signing-time, which DER wants first (CM-2).
    assert!(!signed.is_der() && signed.stored_as_set() != signed.der_sorted());
    assert_eq!(der::to_der(signed.stored_as_set(), &BUDGET).as_deref(), Ok(signed.der_sorted()));
    assert_eq!(signed.stored_as_set().first(), Some(&der::SET));
}

#[test]
fn whatever_is_cut_off_or_spoiled_nothing_panics() {
    let bytes = small_signed_data();
    for length in 0..bytes.len() {
        assert!(SignedData::read(&bytes[..length], &BUDGET).is_err(), "cut at {length}");
    }
    let mut survived = 0;
    for index in 0..bytes.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut spoiled = bytes.clone();
            spoiled[index] ^= bit;
            if let Ok(data) = SignedData::read(&spoiled, &BUDGET) {
                survived += 1;
                for signed in data.signers.iter().filter_map(|signer| signer.signed.as_ref()) {
                    let all = signed.attributes();
                    let _ = (all.content_type(), all.message_digest(), all.signing_time(), all.algorithm_protection());
                    let _ = (all.signing_certificate(), all.signing_certificate_v2(), all.irregular());
                }
            }
        }
    }
    assert!(survived > 0, "a changed digest is still well formed");
}

/// The two parts of the ByteRange and the bytes of the hexadecimal string between them.
fn signed_parts<'f>(file: &'f [u8], range: &Value) -> Option<(Vec<&'f [u8]>, Vec<u8>)> {
    let number = |index: usize| usize::try_from(range.get(index)?.as_u64()?).ok();
    let (start, length, second, second_length) = (number(0)?, number(1)?, number(2)?, number(3)?);
    let first_end = start.checked_add(length)?;
    let gap = file.get(first_end..second)?;
    let parts = vec![file.get(start..first_end)?, file.get(second..second.checked_add(second_length)?)?];
    let digits: Vec<u8> = gap.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let digits = std::str::from_utf8(&digits).ok()?;
    Some((parts, hexadecimal::hex(digits.get(..digits.len() / 2 * 2)?)))
}
