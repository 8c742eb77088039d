//! x509-limbo (C2SP), the cases that are not about TLS: `core`, `strict`, `dos` and `depth`.

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use serde_json::Value;
use sigill::verify::evidence::Evidence;
use sigill::verify::path::Demands;
use sigill::verify::path::Role;
use sigill::verify::trust::Trust;

use crate::shared;
use crate::suite::Case;
use crate::suite::Tally;
use crate::suite::strings;

const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";

const ORDERS: &str = "8.2: key identifiers order issuers, a missing one excludes none";
const TOLD: &str = "8.1, 8.4: told in the report, not refused";
const CHOSEN: &str = "8.1: an anchor is believed because somebody chose it, whatever its form and dates";

/// Where sigill answers otherwise than limbo wants, and why. All of them are of class `strict`.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("crl::crlnumber-critical", "CL-3: a critical extension is refused when it is not understood, and this one is"),
    ("crl::crlnumber-missing", "CL-1: a list without a number is told, not refused"),
    ("rfc5280::aki::cross-signed-root-missing-aki", ORDERS),
    ("rfc5280::aki::intermediate-missing-aki", ORDERS),
    ("rfc5280::ski::intermediate-missing-ski", ORDERS),
    ("rfc5280::ski::root-missing-ski", ORDERS),
    ("rfc5280::leaf-ku-keycertsign", TOLD),
    ("rfc5280::nc::not-allowed-in-ee-noncritical", TOLD),
    ("rfc5280::san::noncritical-with-empty-subject", TOLD),
    ("rfc5280::serial::too-long", TOLD),
    ("rfc5280::serial::zero", TOLD),
    ("rfc5280::nc::permitted-dns-match-noncritical", "8.4: the constraint is obeyed, critical or not"),
    ("rfc5280::root-missing-basic-constraints", CHOSEN),
    ("rfc5280::validity::expired-root", CHOSEN),
];

#[test]
fn limbo() {
    let Some(suite) = shared::json("vectors/limbo/cases.json") else { return };
    let exceptions: BTreeMap<&str, &str> = EXCEPTIONS.iter().copied().collect();
    let mut tally = Tally::default();
    for case in suite["cases"].as_array().unwrap() {
        let start = Instant::now();
        let (id, answer) = (case["id"].as_str().unwrap(), read(case).judge());
        let took = start.elapsed();
        // One second is what it may take; the rest is room for a machine that does other things.
        assert!(case["cls"] != "dos" || took < Duration::from_secs(30), "{id} took {took:?}");
        assert!(case["cls"] == "strict" || !exceptions.contains_key(id), "{id}");
        if exceptions.get(id) == Some(&TOLD) {
            assert!(
                answer.as_ref().is_ok_and(|warnings| warnings.contains(&"CERTIFICATE_PROFILE")),
                "{id}: {answer:?}"
            );
        }
        tally.count(case, &answer, &exceptions);
    }
    tally.conclude("limbo", &exceptions);
}

fn read(case: &Value) -> Case {
    let anchors: Vec<&str> = strings(&case["trust_anchors"]).collect();
    // An anchor that cannot be read trusts nobody, which is an answer too.
    let (trust, _) = Trust::read(anchors.iter().map(|pem| ("limbo", pem.as_bytes())));
    let mut evidence = Evidence::none();
    strings(&case["intermediates"]).for_each(|pem| evidence.add_certificate(&der(pem)));
    strings(&case["crls"]).for_each(|pem| evidence.add_crl(&der(pem)));
    let purpose = |name: &str| match name {
        "serverAuth" => SERVER.to_owned(),
        "clientAuth" => CLIENT.to_owned(),
        other => panic!("{other}: a purpose without its number"),
    };
    assert!(case["required_key_usage"].as_array().unwrap().is_empty());
    let demands = Demands {
        role: Role::Unstated,
        extended_key_usage: strings(&case["required_eku"]).map(purpose).collect(),
        depth_max: case["max_chain_depth"].as_u64().map(|depth| u32::try_from(depth).unwrap()),
        ..Demands::default()
    };
    let at = case["validation_time"].as_str().unwrap().parse().unwrap();
    let revocation_required = case["revocation"] == "require" && !case["crls"].as_array().unwrap().is_empty();
    Case { trust, leaf: der(case["leaf"].as_str().unwrap()), evidence, demands, at, revocation_required }
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}
