//! Signature values against Project Wycheproof's vectors: valid ones hold, invalid ones never do.
//! Uses ../shared/vectors/wycheproof when it is there; says so when it is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sigill::format::der;
use sigill::format::der::Reader;
use sigill::format::x509::AlgorithmIdentifier;
use sigill::format::x509::PublicKeyInfo;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::KeyKind;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::P256;
use sigill::verify::crypto::Quirk;
use sigill::verify::crypto::Scheme;
use sigill::verify::crypto::describe;
use sigill::verify::crypto::verify;

#[path = "support/hex.rs"]
mod hexadecimal;
#[path = "support/shared.rs"]
mod shared;

/// Files we do not compute, and why. Every case in them must come out as "unsupported", never as "no".
const NOT_COMPUTED: [(&str, &str); 2] = [
    ("ed448_test.json", "Ed448 is reported, not computed: two signatures in 400 use it"),
    ("mldsa_44_verify_test.json", "ML-DSA has no place in PDF signatures yet"),
];

/// Files that test a form no algorithm identifier of ours names.
const NOT_APPLICABLE: &str = "_p1363_";

#[test]
fn wycheproof() {
    let directory = shared::path("vectors/wycheproof");
    if !directory.is_dir() {
        println!("NOT RUN: {} is not there", directory.display());
        return;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(NOT_APPLICABLE) {
            println!("{name}: not applicable, signatures are not in DER");
            continue;
        }
        let file = shared::json(&format!("vectors/wycheproof/{name}")).unwrap();
        let tally = run(name, &file, &mut wrong);
        println!("{name}: {tally:?}");
    }
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[derive(Debug, Default)]
struct Tally {
    valid: usize,
    quirk: usize,
    invalid: usize,
    unsupported: usize,
}

fn run(name: &str, file: &Value, wrong: &mut Vec<String>) -> Tally {
    let not_computed = NOT_COMPUTED.iter().any(|(file, _)| *file == name);
    let mut tally = Tally::default();
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKeyInfo::read(&hex(&group["publicKeyDer"]));
        let (algorithm, exception) = algorithm(name, group);
        for case in group["tests"].as_array().unwrap() {
            let (message, signature) = (hex(&case["msg"]), hex(&case["sig"]));
            let outcome = match &key {
                Ok(key) => verify(key, &algorithm, None, &[&message], &signature),
                Err(error) => Outcome::Unsupported(error.to_string()),
            };
            // In two parts the message takes the way around ring; the answer must be the same. Every seventh will do.
            if let (Ok(key), Some(0)) = (&key, case["tcId"].as_u64().map(|id| id % 7)) {
                let (one, two) = message.split_at(message.len() / 2);
                let again = verify(key, &algorithm, None, &[one, two], &signature);
                assert_eq!(again, outcome, "{name} {case}");
            }
            let right = match (case["result"].as_str().unwrap(), &outcome) {
                (_, Outcome::Unsupported(_)) if not_computed || exception.is_some() => true,
                (_, _) if not_computed || exception.is_some() => false,
                ("valid", Outcome::Valid { quirk }) => !matches!(quirk, Some(Quirk::DigestInfoNullAbsent)),
                // The only acceptable ones are the Swedish ones: DigestInfo without NULL.
                ("acceptable", Outcome::Valid { quirk }) => *quirk == Some(Quirk::DigestInfoNullAbsent),
                ("invalid", Outcome::Invalid | Outcome::Unsupported(_)) => true,
                _ => false,
            };
            match &outcome {
                Outcome::Valid { quirk: None } => tally.valid += 1,
                Outcome::Valid { quirk: Some(_) } => tally.quirk += 1,
                Outcome::Invalid => tally.invalid += 1,
                Outcome::Unsupported(_) => tally.unsupported += 1,
            }
            if !right {
                wrong.push(format!(
                    "{name} {}: {} gives {outcome:?} ({})",
                    case["tcId"], case["result"], case["comment"]
                ));
            }
        }
    }
    tally
}

/// The identifier the group's signatures would stand under, and why its cases must be unsupported, if they must.
fn algorithm(name: &str, group: &Value) -> (AlgorithmIdentifier, Option<&'static str>) {
    let text = |field: &str| group[field].as_str().unwrap_or_default();
    match text("type") {
        "EcdsaVerify" => (identifier(ecdsa_oid(text("sha")), None), None),
        "RsassaPkcs1Verify" => (identifier(rsa_oid(text("sha")), Some(&[5, 0])), None),
        "EddsaVerify" if name == "ed25519_test.json" => (identifier("1.3.101.112", None), None),
        "EddsaVerify" => (identifier("1.3.101.113", None), None),
        "MlDsaVerify" => (identifier("2.16.840.1.101.3.4.3.17", None), None),
        "RsassaPssVerify" | "RsassaPssWithParametersVerify" => {
            let salt = u8::try_from(group["sLen"].as_u64().unwrap()).unwrap();
            let exception = if group["sha"] != group["mgfSha"] {
                Some("CM-10 wants one digest for message and mask")
            } else if digest_oid(text("sha")).1 {
                None
            } else {
                Some("SHA-512/224 is in no signature")
            };
            (pss_identifier(digest_oid(text("sha")).0, digest_oid(text("mgfSha")).0, salt), exception)
        }
        other => panic!("a new kind of test: {other}"),
    }
}

fn ecdsa_oid(sha: &str) -> &'static str {
    match sha {
        "SHA-256" => "1.2.840.10045.4.3.2",
        "SHA-384" => "1.2.840.10045.4.3.3",
        "SHA-512" => "1.2.840.10045.4.3.4",
        other => panic!("{other}"),
    }
}

fn rsa_oid(sha: &str) -> &'static str {
    match sha {
        "SHA-256" => "1.2.840.113549.1.1.11",
        "SHA-384" => "1.2.840.113549.1.1.12",
        "SHA-512" => "1.2.840.113549.1.1.13",
        other => panic!("{other}"),
    }
}

/// The identifier, and whether we compute the digest.
fn digest_oid(sha: &str) -> (&'static str, bool) {
    match sha {
        "SHA-1" => (DigestAlgorithm::Sha1.oid(), true),
        "SHA-224" => (DigestAlgorithm::Sha224.oid(), true),
        "SHA-256" => (DigestAlgorithm::Sha256.oid(), true),
        "SHA-384" => (DigestAlgorithm::Sha384.oid(), true),
        "SHA-512" => (DigestAlgorithm::Sha512.oid(), true),
        "SHA-512/256" => (DigestAlgorithm::Sha512_256.oid(), true),
        "SHA-512/224" => ("2.16.840.1.101.3.4.2.5", false),
        other => panic!("{other}"),
    }
}

/// A key and a message signed by OpenSSL 3 for this test; P-256, SHA-256.
const KEY: &str = concat!(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004157682fa4c362b68336bdce913",
    "1385b658440490cf0a2be4240a48e1320111d53580d7abd433ae0a819d082ccda3cd51db56d0e655",
    "146f2e28cdb5d17ba6094d",
);
const MESSAGE: &[u8] = b"Protokoll justerat";
const SIGNATURE: &str = concat!(
    "304402202e5cce76553dfc340e0df00ae3e42dd9f08b3d256617dcf39c18367eb12a18c002205675",
    "63b01e155d84e385325bb4ff09f41f0c5b4c6fb8406208457377192f9bc3",
);

#[test]
fn a_spoiled_signature_message_or_key_never_holds() {
    let key = PublicKeyInfo::read(&hex(&KEY.into())).unwrap();
    let algorithm = identifier("1.2.840.10045.4.3.2", None);
    let signature = hex(&SIGNATURE.into());
    assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &signature), Outcome::Valid { quirk: None });
    for index in 0..signature.len() {
        let mut spoiled = signature.clone();
        spoiled[index] ^= 1;
        assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &spoiled), Outcome::Invalid, "signature byte {index}");
        assert_eq!(verify(&key, &algorithm, None, &[MESSAGE], &signature[..index]), Outcome::Invalid);
    }
    for index in 0..MESSAGE.len() {
        let mut spoiled = MESSAGE.to_vec();
        spoiled[index] ^= 1;
        assert_eq!(verify(&key, &algorithm, None, &[&spoiled], &signature), Outcome::Invalid, "message byte {index}");
    }
    for index in 0..key.key.len() {
        let mut spoiled = key.clone();
        spoiled.key[index] ^= 1;
        assert_eq!(verify(&spoiled, &algorithm, None, &[MESSAGE], &signature), Outcome::Invalid, "key byte {index}");
    }
}

#[test]
fn what_we_cannot_tell_is_unsupported_and_what_does_not_fit_is_invalid() {
    let key = PublicKeyInfo::read(&hex(&KEY.into())).unwrap();
    let signature = hex(&SIGNATURE.into());
    let outcome = |oid: &str, digest| verify(&key, &identifier(oid, None), digest, &[MESSAGE], &signature);
    assert!(matches!(outcome("1.2.3.4", None), Outcome::Unsupported(_)), "an unknown algorithm");
    assert!(matches!(outcome("1.2.840.10045.2.1", None), Outcome::Unsupported(_)), "no digest is named anywhere");
    let sha256 = Some(DigestAlgorithm::Sha256);
    assert_eq!(outcome("1.2.840.10045.2.1", sha256), Outcome::Valid { quirk: None }, "the SignerInfo's digest");
    assert_eq!(outcome("1.2.840.113549.1.1.11", sha256), Outcome::Invalid, "RSA with a key on a curve");
    let differs = outcome("1.2.840.10045.4.3.2", Some(DigestAlgorithm::Sha512));
    assert_eq!(differs, Outcome::Valid { quirk: Some(Quirk::DigestDiffers(DigestAlgorithm::Sha256)) });

    let mut explicit = key.clone();
    explicit.algorithm.parameters = Some(vec![0x30, 0]);
    let outcome = verify(&explicit, &identifier("1.2.840.10045.4.3.2", None), None, &[MESSAGE], &signature);
    assert!(matches!(outcome, Outcome::Unsupported(_)), "CM-18: parameters of its own");
}

#[test]
fn a_signature_is_described_without_being_computed() {
    let key = PublicKeyInfo::read(&hex(&KEY.into())).unwrap();
    let description = describe(&key, &identifier("1.2.840.10045.2.1", None), Some(DigestAlgorithm::Sha384));
    assert_eq!(description.scheme, Some(Scheme::Ecdsa));
    assert_eq!(description.digest.map(DigestAlgorithm::name), Some("SHA-384"));
    assert_eq!((description.key, description.key_bits), (KeyKind::Ec(P256), 256));
    assert_eq!(describe(&key, &identifier("1.2.3.4", None), None).scheme, None);
}

fn hex(text: &Value) -> Vec<u8> {
    hexadecimal::hex(text.as_str().unwrap())
}

fn identifier(oid: &str, parameters: Option<&[u8]>) -> AlgorithmIdentifier {
    let encoded = der::encode(der::SEQUENCE, &[&object_identifier(oid), parameters.unwrap_or_default()]);
    AlgorithmIdentifier::read(&mut Reader::new(&encoded)).unwrap()
}

fn pss_identifier(digest: &str, mask_digest: &str, salt: u8) -> AlgorithmIdentifier {
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
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in [&[arcs[0] * 40 + arcs[1]], &arcs[2..]].concat() {
        let sevens = (1..10).take_while(|n| arc >> (7 * n) > 0).count();
        for n in (0..=sevens).rev() {
            let more = if n > 0 { 0x80 } else { 0 };
            content.push(u8::try_from(arc >> (7 * n) & 0x7f).unwrap() | more);
        }
    }
    der::encode(der::OBJECT_IDENTIFIER, &[&content])
}
