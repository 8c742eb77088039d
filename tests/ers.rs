//! Evidence records: made to be right, made wrong in one thing, and real ones of several producers.
//! VALIDATION 13; ../shared/vectors/{ers,ers-real}.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use base64::Engine;
use jiff::Timestamp;
use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::ers::EvidenceRecord;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::ers;
use sigill::verify::ers::Failure;
use sigill::verify::ers::Judged;
use sigill::verify::ers::Object;
use sigill::verify::ers::Scope;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence::Circumstances;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Kind;
use sigill::verify::policy::Policy;
use sigill::verify::policy::Reliable;
use sigill::verify::policy::RevocationRule;
use sigill::verify::policy::Row;
use sigill::verify::proof::ProofKind;
use sigill::verify::proof::Proofs;
use sigill::verify::trust::Trust;

#[path = "support/hex.rs"]
mod hexadecimal;
#[path = "support/shared.rs"]
mod shared;

const BUDGET: Budget = Budget::STANDARD;

/// Cases that are answered otherwise than the suite wishes: which, how, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// The suite asks in 2031 and its tokens are RSA PKCS#1 v1.5, which our table ends with 2028. It is about records and not
/// about that date: here it has none. What else the table dates (SHA-1) stays dated.
fn policy() -> Policy {
    let mut policy = Policy { revocation: RevocationRule::IfAvailable, ..Policy::swedish_minutes() };
    let (kind, name) = (Kind::Signature, "RSA-PKCS1".to_owned());
    policy.algorithms.set(Row { kind, name, min_bits: 1900, reliable: Reliable::Open });
    policy
}

/// An object of a case: its bytes, or only its SHA-256.
enum Given {
    Bytes(Vec<u8>),
    Digest(Vec<u8>),
}

impl Given {
    fn object(&self) -> Object<'_> {
        match self {
            Self::Bytes(bytes) => Object::Bytes(bytes),
            Self::Digest(digest) => Object::Digest(DigestAlgorithm::Sha256, digest),
        }
    }
}

/// The digests of a record over objects, without its signatures.
fn digests(record: &EvidenceRecord, given: &[Given], scope: Scope) -> Result<(), Failure> {
    let objects: Vec<Object<'_>> = given.iter().map(Given::object).collect();
    ers::digests(record, &objects, scope, &mut Meter::new(budget::Budget::STANDARD))
}

#[test]
fn the_digests_of_made_records_lead_where_the_suite_says() {
    let Some(cases) = shared::json("vectors/ers/cases.json") else { return };
    let (mut ran, mut refused) = (0, Vec::new());
    for case in cases["cases"].as_array().unwrap() {
        let id = text(case, "id");
        let Ok(record) = EvidenceRecord::read(&read("ers", text(case, "file")), &BUDGET) else {
            // Nothing is digested of what is malformed; the whole judgement is the next test's.
            assert_eq!(case["etsi_hint"], "FORMAT_FAILURE", "{id}");
            refused.push(id.to_owned());
            continue;
        };
        let found = digests(&record, &objects(case), Scope::Each);
        let broken = matches!(&found, Err((SubIndication::HashFailure, _)));
        assert_eq!(broken, case["hash_chain"] == "invalid", "{id}: {found:?}");
        ran += 1;
    }
    println!("ran on {ran} records; refused as malformed: {refused:?}");
}

#[test]
fn made_records_are_judged_as_the_suite_expects() {
    let Some(cases) = shared::json("vectors/ers/cases.json") else { return };
    let mut wrong = Vec::new();
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let judged = judge(case);
        let found = judged.failures.first().map(|(sub, _)| sub.name());
        let proof = judged.proof.as_ref().map(|proof| proof.time);
        let wished = (case["etsi_hint"].as_str(), case["poe"].as_str().map(|time| time.parse::<Timestamp>().unwrap()));
        let excepted = EXCEPTIONS.iter().find(|(id, ..)| case["id"] == *id);
        let expected = excepted.map_or(wished, |(_, sub, _)| (Some(*sub), None));
        if (found, proof) != expected {
            wrong.push(format!("{}: {expected:?} expected, {:?}", case["id"], judged.failures));
        }
        assert!(judged.proof.is_none_or(|proof| proof.by == ProofKind::EvidenceRecord));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println!("ran on {} records, {} of them excepted", cases.len(), EXCEPTIONS.len());
}

fn judge(case: &Value) -> Judged {
    let names = || case["trust_anchors"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let anchors: Vec<(&str, Vec<u8>)> = names().map(|name| (name, read("ers", name))).collect();
    let (trust, problems) = Trust::read(anchors.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
    assert!(problems.is_empty(), "{problems:?}");
    let policy = policy();
    let evidence = Evidence::none();
    let proofs = Proofs::none(text(case, "validation_time").parse().unwrap());
    let known = Circumstances { evidence: &evidence, trust: &trust, policy: &policy, budget: &BUDGET, proofs: &proofs };
    let scope = if case["mode"] == "group" { Scope::Group } else { Scope::Each };
    let given = objects(case);
    let objects: Vec<Object<'_>> = given.iter().map(Given::object).collect();
    let bytes = read("ers", text(case, "file"));
    ers::judge(&bytes, &objects, scope, known, &mut Meter::new(budget::Budget::STANDARD))
}

#[test]
fn real_records_read_and_lead_as_others_found() {
    let Some(cases) = shared::json("vectors/ers-real/cases.json") else { return };
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let id = text(case, "id");
        let read = EvidenceRecord::read(&read("ers-real", text(case, "file")), &BUDGET);
        let valid = case["hash_chain"] == "valid";
        let Ok(record) = read else {
            assert!(!valid, "{id}: {read:?}");
            continue;
        };
        assert_eq!(facts(&record), expected_facts(&case["chains"]), "{id}");
        let given = objects(case);
        let found = digests(&record, &given, Scope::Each);
        assert_eq!(found.is_ok(), valid, "{id}: {found:?}");
        if let Some(complete) = case["group_complete"].as_bool() {
            assert_eq!(digests(&record, &given, Scope::Group).is_ok(), complete, "{id}");
        }
    }
    println!("ran on {} cases of real records", cases.len());
}

/// Algorithm, time and number of lists of each time stamp, chain by chain.
type Facts = Vec<Vec<(String, Timestamp, usize)>>;

fn facts(record: &EvidenceRecord) -> Facts {
    let chains = record.chains.iter().map(|chain| {
        let stamps = chain.stamps.iter().map(|stamp| {
            let algorithm = DigestAlgorithm::from_oid(stamp.algorithm().as_str()).unwrap().name();
            let lists = stamp.lists.as_ref().map_or(0, Vec::len);
            let whole_seconds = Timestamp::from_second(stamp.token.info.gen_time.as_second()).unwrap();
            (algorithm.replace('-', "").to_lowercase(), whole_seconds, lists)
        });
        stamps.collect()
    });
    chains.collect()
}

fn expected_facts(chains: &Value) -> Facts {
    let stamp = |stamp: &Value| {
        let lists = usize::try_from(stamp["hash_lists"].as_u64().unwrap()).unwrap();
        (text(stamp, "alg").to_owned(), text(stamp, "gen_time").parse().unwrap(), lists)
    };
    let chain = |chain: &Value| chain.as_array().unwrap().iter().map(stamp).collect();
    chains.as_array().unwrap().iter().map(chain).collect()
}

#[test]
fn a_digest_that_only_an_upper_list_holds_is_not_a_documents() {
    let Some(_) = shared::json("vectors/ers/cases.json") else { return };
    let record = EvidenceRecord::read(&read("ers", "ok-tree7-doc0.ers"), &BUDGET).unwrap();
    let lists = record.chains[0].stamps[0].lists.as_ref().unwrap();
    let (own, inner) = (lists[0][0].clone(), lists[1][0].clone());
    assert!(digests(&record, &[Given::Digest(own)], Scope::Each).is_ok());
    let found = digests(&record, &[Given::Digest(inner)], Scope::Each);
    assert!(matches!(found, Err((SubIndication::HashFailure, _))), "{found:?}");
    assert!(digests(&record, &[], Scope::Each).is_err(), "nothing presented, nothing proven");
}

fn objects(case: &Value) -> Vec<Given> {
    let suite = if case["mode"].is_string() { "ers" } else { "ers-real" };
    let given = |object: &Value| match (object.as_str(), &object["file"], &object["hex"], &object["sha256_b64"]) {
        (Some(name), ..) => match name.strip_prefix("hex:") {
            Some(digits) => Given::Bytes(hexadecimal::hex(digits)),
            None => Given::Bytes(read(suite, name)),
        },
        (None, Value::String(name), ..) => Given::Bytes(read(suite, name)),
        (None, _, Value::String(digits), _) => Given::Bytes(hexadecimal::hex(digits)),
        (None, _, _, Value::String(digest)) => {
            Given::Digest(base64::engine::general_purpose::STANDARD.decode(digest).unwrap())
        }
        _ => panic!("an object of a kind we have no word for: {object}"),
    };
    case["objects"].as_array().unwrap().iter().map(given).collect()
}

fn read(suite: &str, name: &str) -> Vec<u8> {
    fs::read(shared::path("vectors").join(suite).join(name)).unwrap()
}

fn text<'c>(case: &'c Value, field: &str) -> &'c str {
    case[field].as_str().unwrap()
}
