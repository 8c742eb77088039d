//! Time stamps that nobody here made up as they pleased: tokens with one fault each, responses to a question, and real
//! ones. VALIDATION 7, TS-1 to TS-17; ../shared/vectors/{tsp,tsp-response,tsp-real}.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use jiff::Timestamp;
use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence;
use sigill::verify::existence::Circumstances;
use sigill::verify::existence::Judged;
use sigill::verify::existence::ProofKind;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::trust::Trust;

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
    let known = Circumstances { evidence: &evidence, trust: &trust, policy: &policy, budget: &BUDGET, now };
    let data = shared::hex(text(case, "data_hex"));
    let mut meter = Meter::new(budget::Budget::STANDARD);
    existence::judge(&bytes, &[&data], ProofKind::SignatureTimestamp, now, known, &mut meter)
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
