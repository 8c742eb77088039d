//! Signature values against Project Wycheproof's vectors: valid ones hold, invalid ones never do.
//! Uses ../shared/vectors/wycheproof when it is there; says so when it is not.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sigill::format::x509::AlgorithmIdentifier;
use sigill::format::x509::PublicKeyInfo;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::Outcome;
use sigill::verify::crypto::Quirk;
use sigill::verify::crypto::verify;

use crate::algorithm::identifier;
use crate::algorithm::pss_identifier;
use crate::hexadecimal;
use crate::shared;

/// Files of which no case is run, and why.
const NOT_APPLICABLE: [(&str, &str); 1] =
    [("_p1363_", "signatures are two numbers side by side: no algorithm identifier of ours names that form")];

/// What is expected of a case: the file's own word, unless a reason speaks against it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// It holds, with no quirk but one of the salt.
    Valid,
    /// It holds, with this quirk.
    ValidWith(Quirk),
    /// It does not hold.
    Invalid,
}

#[test]
fn wycheproof() {
    let directory = shared::path("vectors/wycheproof");
    if !directory.is_dir() {
        println!("NOT RUN: {} is not there", directory.display());
        return;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut run_in_all, mut wrong) = (0, Vec::new());
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if let Some((_, reason)) = NOT_APPLICABLE.iter().find(|(part, _)| name.contains(part)) {
            println!("{name}: not applicable, {reason}");
            continue;
        }
        let file = shared::json(&format!("vectors/wycheproof/{name}")).unwrap();
        let cases = run(name, &file, &mut wrong);
        println!("{name}: {cases} cases");
        run_in_all += cases;
    }
    println!("RAN: {run_in_all} cases");
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run_in_all > 6_500, "cases are missing");
}

/// Runs every case of a file and gives their number.
fn run(name: &str, file: &Value, wrong: &mut Vec<String>) -> usize {
    let mut cases = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKeyInfo::read(&hex(&group["publicKeyDer"]));
        let algorithm = named(group);
        for case in group["tests"].as_array().unwrap() {
            cases += 1;
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
            let expected = expected(group, case);
            let right = match (&outcome, expected) {
                (Outcome::Valid { quirk }, Expected::Valid) => matches!(quirk, None | Some(Quirk::SaltLength)),
                (Outcome::Valid { quirk }, Expected::ValidWith(own)) => *quirk == Some(own),
                // A key that is none, or a curve that is none, is nothing we can compute with.
                (Outcome::Invalid | Outcome::Unsupported(_), Expected::Invalid) => true,
                _ => false,
            };
            if !right {
                let (id, comment) = (&case["tcId"], &case["comment"]);
                wrong.push(format!("{name} {id}: {outcome:?}, expected {expected:?} ({comment})"));
            }
        }
    }
    cases
}

/// What a case has to give. Two of the answers are not the file's own, and each has its reason.
fn expected(group: &Value, case: &Value) -> Expected {
    let result = case["result"].as_str().unwrap();
    let with_context = case["ctx"].as_str().is_some_and(|context| !context.is_empty());
    match result {
        // RFC 9881 and 9882 sign with an empty context; no field of ours could say another.
        "valid" if with_context => Expected::Invalid,
        // CM-10: told of, and left to the policy.
        "valid" if group["sha"] != group["mgfSha"] && !group["mgfSha"].is_null() => {
            Expected::ValidWith(Quirk::MaskDigestDiffers)
        }
        "valid" => Expected::Valid,
        // The only acceptable ones are the Swedish ones: DigestInfo without NULL.
        "acceptable" => Expected::ValidWith(Quirk::DigestInfoNullAbsent),
        "invalid" => Expected::Invalid,
        other => panic!("a new kind of result: {other}"),
    }
}

/// The identifier the group's signatures would stand under.
fn named(group: &Value) -> AlgorithmIdentifier {
    let text = |field: &str| group[field].as_str().unwrap_or_default();
    match text("type") {
        "EcdsaVerify" => identifier(ecdsa_oid(text("sha")), None),
        "RsassaPkcs1Verify" => identifier(rsa_oid(text("sha")), Some(&[5, 0])),
        "EddsaVerify" if group["publicKey"]["curve"] == "edwards25519" => identifier("1.3.101.112", None),
        "EddsaVerify" => identifier("1.3.101.113", None),
        "MlDsaVerify" => identifier("2.16.840.1.101.3.4.3.17", None),
        "RsassaPssVerify" | "RsassaPssWithParametersVerify" => {
            let salt = u8::try_from(group["sLen"].as_u64().unwrap()).unwrap();
            pss_identifier(digest_oid(text("sha")), digest_oid(text("mgfSha")), salt)
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

fn digest_oid(sha: &str) -> &'static str {
    DigestAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name() == sha).expect(sha).oid()
}

fn hex(text: &Value) -> Vec<u8> {
    hexadecimal::hex(text.as_str().unwrap())
}
