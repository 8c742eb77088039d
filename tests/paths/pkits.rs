//! NIST PKITS 1.0.1, as far as shared/vectors holds it. SHA-1 and short keys are its material: what algorithms are worth
//! is not asked here.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use sigill::verify::evidence::Evidence;
use sigill::verify::path::Demands;
use sigill::verify::trust::Trust;

use crate::shared;
use crate::suite::Case;
use crate::suite::Tally;
use crate::suite::strings;

#[test]
fn pkits() {
    let Some(suite) = shared::json("vectors/pkits/cases.json") else { return };
    let exceptions = BTreeMap::new();
    let mut tally = Tally::default();
    for case in suite["cases"].as_array().unwrap() {
        let answer = read(case).judge();
        if let (Err(why), Some(reason)) = (&answer, case["reason"].as_str()) {
            assert!(fits(why, reason), "{}: {reason}, and not {why}", case["id"]);
        }
        tally.count(case, &answer, &exceptions);
    }
    tally.conclude("PKITS", &exceptions);
}

/// Whether it fails for what PKITS made it fail for.
fn fits(why: &str, reason: &str) -> bool {
    let causes: &[&str] = match reason {
        "BAD_SIGNATURE" | "NAME_CHAINING" => &["NO_CERTIFICATE_CHAIN_FOUND", "XC-1"],
        "NOT_A_CA" | "PATH_LENGTH" => &["XC-2"],
        "KEY_USAGE" => &["XC-3"],
        "POLICY" | "POLICY_MAPPING_ANY" | "NAME_NOT_PERMITTED" | "NAME_EXCLUDED" => &["XC-6"],
        "NOT_YET_VALID" | "EXPIRED" => &["dates"],
        "REVOKED" => &["revoked"],
        "REVOCATION_STALE" => &["stale", "no revocation data"],
        _ => &["no revocation data"],
    };
    causes.iter().any(|cause| why.starts_with(cause))
}

fn read(case: &Value) -> Case {
    let anchor = file(&case["trust_anchor"]);
    let (trust, problems) = Trust::read([("pkits", anchor.as_slice())]);
    assert!(problems.is_empty(), "{}", case["id"]);
    let mut evidence = Evidence::none();
    case["intermediates"].as_array().unwrap().iter().for_each(|name| evidence.add_certificate(&file(name)));
    case["crls"].as_array().unwrap().iter().for_each(|name| evidence.add_crl(&file(name)));
    let policies: Vec<String> = strings(&case["initial_policy_set"]).map(str::to_owned).collect();
    let flag = |name: &str| case[name].as_bool().unwrap();
    let demands = Demands {
        policies: (policies != ["any"]).then_some(policies),
        explicit_policy: flag("initial_explicit_policy"),
        inhibit_mapping: flag("initial_policy_mapping_inhibit"),
        inhibit_any: flag("initial_any_policy_inhibit"),
        ..Demands::default()
    };
    Case {
        trust,
        leaf: file(&case["leaf"]),
        evidence,
        demands,
        at: case["validation_time"].as_str().unwrap().parse().unwrap(),
        revocation_required: case["revocation"] == "require",
    }
}

fn file(name: &Value) -> Vec<u8> {
    fs::read(shared::path("vectors/pkits").join(name.as_str().unwrap())).unwrap()
}
