//! What real signatures say: CMS, certificates, revocation data, time stamps, authentication contexts.
//! Uses ../shared (corpus and vectors) when it is there; says so when it is not.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::cms::SignerInfo;
use sigill::format::cms::attribute::CertificateReference;
use sigill::format::timestamp::TST_INFO;
use sigill::format::timestamp::TstInfo;
use sigill::format::x509::Certificate;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::digest;
use sigill::verify::crypto::verify;

const BUDGET: Budget = Budget::STANDARD;

/// The integrity of one signature, as the manifest names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Integrity {
    Intact,
    Broken,
    Indeterminate,
}

/// Digest and signature value over the two parts of the ByteRange; nothing on trust, nothing on form.
fn integrity(parts: &[&[u8]], contents: &[u8], subfilter: &str) -> Result<(), (Integrity, String)> {
    let broken = |why: &str| (Integrity::Broken, why.to_owned());
    let unsure = |why: &str| (Integrity::Indeterminate, why.to_owned());
    let data = SignedData::read(contents, &BUDGET).map_err(|error| broken(&error.to_string()))?;
    let [signer] = data.signers.as_slice() else {
        return Err(broken("not one signer"));
    };
    let algorithm = |oid: &str| {
        DigestAlgorithm::from_oid(oid).ok_or_else(|| unsure(&format!("digest algorithm {oid}")))
    };
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
    let certificate =
        signer_certificate(&data, signer).ok_or_else(|| unsure("no signer certificate"))?;
    let holds = |message: &[&[u8]]| {
        let key = &certificate.public_key;
        verify(
            key,
            &signer.signature_algorithm,
            Some(digest_algorithm),
            message,
            &signer.signature,
        )
    };
    let outcome = match &signer.signed {
        Some(signed) => {
            let stated = signed
                .attributes()
                .message_digest()
                .map_err(|error| broken(&error.to_string()))?;
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
        Outcome::Valid { .. } => Ok(()),
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
        data.certificates
            .iter()
            .find(|one| digest(algorithm, &[one.der()]) == reference.digest)
    });
    by_reference.or_else(|| data.certificates.iter().find(|one| signer.sid.names(one)))
}

/// Gold signatures on which this file and the manifest differ, and why that is right.
const EXCEPTIONS: [(&str, &str); 8] = [
    ("itext__bad-digest-ed448", ED448),
    ("itext__cmp_padesSignatureEd448Test", ED448),
    ("itext__cmp_twoStepSigningBaselineBTest3", ED448),
    ("itext__cmp_twoStepSigningBaselineLTTest3", ED448),
    (
        "itext__sample-brainpoolP384r1-sha3_384",
        "Brainpool curves are not computed",
    ),
    ("itext__sample-ed448-shake256", ED448),
    ("itext__signatureWithInvalidOcspTest", "DSA is not computed"),
    ("", ""),
];
const ED448: &str = "Ed448 is not computed";

#[test]
fn the_corpus_agrees() {
    let Some(manifest) = json("corpus/dev/manifest.json") else {
        return;
    };
    let (mut gold, mut agreed, mut ber, mut read, mut skipped) = (0, 0, 0, 0, 0);
    let (mut false_valid, mut unexpected) = (Vec::new(), Vec::new());
    for entry in manifest.as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let file = fs::read(shared(&format!("corpus/dev/pdf/{id}.pdf"))).unwrap();
        let mut ranges = Vec::new();
        for (index, signature) in entry["signatures"].as_array().unwrap().iter().enumerate() {
            let (truth, range) = (&signature["truth"], &signature["byte_range"]);
            let subfilter = signature["subfilter"].as_str().unwrap_or_default();
            // What stands in the gap is not this signature's /Contents, or is no CMS: `format::pdf` finds the former.
            let elsewhere = signature["contents_gap_exact"] != true || ranges.contains(&range);
            let parts = signed_parts(&file, range)
                .filter(|_| !elsewhere && subfilter != "/adbe.x509.rsa_sha1");
            ranges.push(range);
            let Some((parts, contents)) = parts else {
                skipped += 1;
                continue;
            };
            if let Ok(data) = SignedData::read(&contents, &BUDGET) {
                read += 1;
                ber += usize::from(data.ber);
            }
            let stated = truth["integrity"].as_str().unwrap();
            let (found, why) = match integrity(&parts, &contents, subfilter) {
                Ok(()) => (Integrity::Intact, String::new()),
                Err(found) => found,
            };
            let same = matches!(
                (stated, found),
                ("intact", Integrity::Intact)
                    | ("broken", Integrity::Broken)
                    | ("indeterminate", Integrity::Indeterminate)
            );
            let is_gold = truth["confidence"] == "gold";
            let note = format!(
                "{id}[{index}] {subfilter} gold {is_gold} stated {stated}, found {found:?}: {why}"
            );
            if found == Integrity::Intact && stated == "broken" && truth["accept_either"].is_null()
            {
                false_valid.push(note.clone());
            }
            gold += usize::from(is_gold);
            agreed += usize::from(is_gold && same);
            let excepted = EXCEPTIONS.iter().any(|(excepted, _)| *excepted == id);
            if is_gold && same == excepted {
                unexpected.push(note);
            } else if !same {
                println!("{note}");
            }
        }
    }
    println!("ran on the corpus: {read} SignedData read ({ber} in BER), {skipped} skipped");
    println!("{agreed} of {gold} gold signatures agree");
    assert!(
        false_valid.is_empty(),
        "called intact and is broken: {false_valid:#?}"
    );
    assert!(
        unexpected.is_empty(),
        "neither agrees nor is excepted, or both: {unexpected:#?}"
    );
    assert!(agreed * 100 >= gold * 95, "{agreed} of {gold}");
}

/// The two parts of the ByteRange and the bytes of the hexadecimal string between them.
fn signed_parts<'f>(file: &'f [u8], range: &Value) -> Option<(Vec<&'f [u8]>, Vec<u8>)> {
    let number = |index: usize| usize::try_from(range.get(index)?.as_u64()?).ok();
    let (start, length, second, second_length) = (number(0)?, number(1)?, number(2)?, number(3)?);
    let first_end = start.checked_add(length)?;
    let gap = file.get(first_end..second)?;
    let parts = vec![
        file.get(start..first_end)?,
        file.get(second..second.checked_add(second_length)?)?,
    ];
    let digits: Vec<u8> = gap.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let digits = std::str::from_utf8(&digits).ok()?;
    Some((parts, hex(digits.get(..digits.len() / 2 * 2)?)))
}

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path)
}

fn json(path: &str) -> Option<Value> {
    match fs::read(shared(path)) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            println!("NOT RUN: ../shared/{path} is not there");
            None
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
