//! Time stamps of an authority made to err: tokens with one fault each, and answers to what was not asked.
//! VALIDATION 7, TS-1 to TS-17; ../shared/vectors/{tsp,tsp-response}. Real tokens are read in tests/vectors.rs.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use jiff::Timestamp;
use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::timestamp;
use sigill::format::timestamp::Response;
use sigill::format::timestamp::Token;
use sigill::format::x509::Serial;
use sigill::verify::asked::Refusal;
use sigill::verify::asked::Request;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::digest;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence;
use sigill::verify::existence::Circumstances;
use sigill::verify::existence::Judged;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::proof::ProofKind;
use sigill::verify::proof::Proofs;
use sigill::verify::trust::Trust;

#[path = "support/hex.rs"]
mod hexadecimal;
#[path = "support/shared.rs"]
mod shared;

const BUDGET: Budget = Budget::STANDARD;

/// Cases that are answered otherwise than the suite wishes, and why.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn tokens_are_judged_as_the_suite_expects() {
    let Some(cases) = shared::json("vectors/tsp/cases.json") else { return };
    let cases = cases["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let id = text(case, "id");
        let judged = judge(case);
        let hint = case["etsi_hint"].as_str();
        let found = judged.failures.first().map(|(sub, _)| sub.name());
        let agrees = found == hint && judged.proof.is_some() == (case["expect"] == "valid");
        let excepted = EXCEPTIONS.iter().any(|(known, _)| *known == id);
        if agrees == excepted {
            wrong.push(format!("{id}: {hint:?} expected, {:?} found, excepted: {excepted}", judged.failures));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println!("ran on {} tokens, {} of them excepted", cases.len(), EXCEPTIONS.len());
}

#[test]
fn an_answer_is_one_only_to_what_was_asked() {
    let Some(cases) = shared::json("vectors/tsp-response/cases.json") else { return };
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let id = text(case, "id");
        let asked = request(case);
        let response = Response::read(&read("tsp-response", text(case, "file")), &BUDGET).unwrap();
        let refusal = asked.answered_by(&response).err();
        let expected = match case["reason"].as_str() {
            None => None,
            Some("TOKEN_MISSING") => Some(Refusal::NoToken),
            Some("IMPRINT_MISMATCH") => Some(Refusal::Imprint),
            Some("NONCE_MISSING" | "NONCE_MISMATCH") => Some(Refusal::Nonce),
            Some("POLICY_MISMATCH") => Some(Refusal::Policy),
            Some(other) => panic!("{id}: a reason we have no word for: {other}"),
        };
        assert_eq!(refusal, expected, "{id}");
    }
    println!("ran on {} responses", cases.len());
}

/// What the case says was asked; the imprint is that of its data.
fn request(case: &Value) -> Request {
    let data = hexadecimal::hex(text(case, "data_hex"));
    Request {
        algorithm: DigestAlgorithm::Sha256,
        imprint: digest(DigestAlgorithm::Sha256, &[&data]),
        nonce: case["request"]["nonce"].as_u64().map(|nonce| Serial::new(&nonce.to_be_bytes())),
        policy: case["request"]["policy"].as_str().map(str::to_owned),
        certificates: true,
    }
}

#[test]
fn a_token_is_no_excuse_for_its_status_and_a_certificate_asked_for_must_be_there() {
    let Some(cases) = shared::json("vectors/tsp-response/cases.json") else { return };
    let granted = cases["cases"].as_array().unwrap().iter().find(|case| case["id"] == "resp-granted").unwrap();
    let asked = request(granted);
    let mut response = Response::read(&read("tsp-response", text(granted, "file")), &BUDGET).unwrap();
    assert!(asked.answered_by(&Response { status: 1, ..response.clone() }).is_ok(), "granted with modifications");
    assert_eq!(asked.answered_by(&Response { status: 2, ..response.clone() }).err(), Some(Refusal::Status(2)));
    response.token.as_mut().unwrap().signed_data.certificates.clear();
    assert_eq!(asked.answered_by(&response).err(), Some(Refusal::NoCertificate));
    assert!(Request { certificates: false, ..asked }.answered_by(&response).is_ok());
}

#[test]
fn after_a_token_only_padding_may_follow() {
    let Ok(token) = fs::read(shared::path("vectors/tsp-real/archive_timestamp.tst")) else {
        println!("NOT RUN: ../shared/vectors is not there");
        return;
    };
    let followed_by = |rest: &[u8]| Token::read(&[&token[..], rest].concat(), &BUDGET);
    assert!(followed_by(&[0; 9]).is_ok(), "the padding of /Contents");
    assert!(matches!(followed_by(&[0, 1]), Err(timestamp::Error::Trailing(2))));
}

fn judge(case: &Value) -> Judged {
    let bytes = read("tsp", text(case, "file"));
    let anchors: Vec<(&str, Vec<u8>)> = names(case, "trust_anchors").map(|name| (name, read("tsp", name))).collect();
    let (trust, problems) = Trust::read(anchors.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
    assert!(problems.is_empty(), "{problems:?}");
    let mut evidence = Evidence::none();
    for name in names(case, "extra_certs") {
        let (extra, _) = Trust::read([(name, read("tsp", name).as_slice())]);
        evidence.add_certificates(extra.anchors().iter().map(|anchor| anchor.certificate.clone()));
    }
    let policy = Policy { revocation: RevocationRule::IfAvailable, ..Policy::swedish_minutes() };
    let now = time(&case["validation_time"]);
    let proofs = Proofs::none(now);
    let known = Circumstances { evidence: &evidence, trust: &trust, policy: &policy, budget: &BUDGET, proofs: &proofs };
    let data = hexadecimal::hex(text(case, "data_hex"));
    let mut meter = Meter::new(budget::Budget::STANDARD);
    existence::judge(&bytes, &[&data], ProofKind::SignatureTimestamp, None, known, &mut meter)
}

fn read(suite: &str, name: &str) -> Vec<u8> {
    fs::read(shared::path("vectors").join(suite).join(name)).unwrap()
}

fn text<'c>(case: &'c Value, field: &str) -> &'c str {
    case[field].as_str().unwrap()
}

fn names<'c>(case: &'c Value, field: &str) -> impl Iterator<Item = &'c str> {
    case[field].as_array().unwrap().iter().map(|name| name.as_str().unwrap())
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
