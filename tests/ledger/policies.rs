//! Policies: what their files may say, and which checkpoints and receipts fulfil them. C2SP tlog-policy.

use std::fs;

use sigill::ledger::checkpoint::Checkpoint;
use sigill::ledger::hash;
use sigill::ledger::note::Kind;
use sigill::ledger::note::Note;
use sigill::ledger::note::Seed;
use sigill::ledger::note::SigningKey;
use sigill::ledger::policy::Fault;
use sigill::ledger::policy::Policy;
use sigill::ledger::policy::Refusal;
use sigill::ledger::receipt::Receipt;

use crate::house::ORIGIN;
use crate::house::VKEY;
use crate::house::key;
use crate::proofs::inclusion;
use crate::proofs::leaves;
use crate::vectors::bytes;
use crate::vectors::json;
use crate::vectors::text;
use crate::vectors::vectors;

/// A witness's key: of Ed25519, or for even numbers of ML-DSA-44.
fn witness(number: u8) -> SigningKey {
    let kind = if number.is_multiple_of(2) { Kind::Subtree } else { Kind::Witness };
    SigningKey::of_kind(kind, &format!("w{number}.example"), &Seed([100 + number; 32])).unwrap()
}

fn with(rest: &str) -> String {
    let witnesses: String = (1..=6).map(|n| format!("witness w{n} {}\n", witness(n).verifier())).collect();
    format!("# ours\nlog {VKEY} https://archive.example.se/\n\n{witnesses}{rest}")
}

fn fault(policy: &str) -> Fault {
    Policy::parse(policy.as_bytes()).unwrap_err().fault
}

#[test]
fn a_policy_says_who_must_have_seen_a_checkpoint() {
    let groups = "group a 2 w1 w2 w3\n\tgroup b  any w4 w5 \ngroup both all a b\nquorum both\n";
    let policy = Policy::parse(with(groups).as_bytes()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://archive.example.se/"));
    let note = Note::parse(&Checkpoint::new(ORIGIN, 5, hash::root(&leaves(5))).sign(&key()).unwrap()).unwrap();
    let seen_by = |numbers: &[u8]| {
        let lines: Vec<_> =
            numbers.iter().map(|n| witness(*n).cosign(note.text(), 1_000 + u64::from(*n)).unwrap()).collect();
        policy.accept(&note.with(&lines).unwrap())
    };
    for enough in [&[1, 2, 4][..], &[3, 1, 5], &[1, 2, 3, 4, 5, 6]] {
        assert!(seen_by(enough).is_ok(), "{enough:?}");
    }
    for (too_few, saw) in [(&[][..], 0), (&[1, 2], 2), (&[1, 4, 5, 6], 4), (&[4], 1), (&[1, 1, 4], 2)] {
        assert_eq!(seen_by(too_few), Err(Refusal::Quorum { saw, known: 6 }), "{too_few:?}");
    }
    let accepted = seen_by(&[1, 2, 4]).unwrap();
    assert_eq!(accepted.checkpoint.size, 5);
    assert_eq!(accepted.seen, [("w1".to_owned(), 1_001), ("w2".to_owned(), 1_002), ("w4".to_owned(), 1_004)]);
    let mut bad = witness(6).cosign(note.text(), 7).unwrap();
    bad.bytes[20] ^= 1;
    let lines = [1, 2, 4].map(|n| witness(n).cosign(note.text(), 7).unwrap());
    let spoiled = note.with(&lines).unwrap().with(&[bad]).unwrap();
    assert!(matches!(policy.accept(&spoiled), Err(Refusal::Checkpoint(_))), "a known witness's bad line spoils it");
    let other = SigningKey::new(ORIGIN, &Seed([8; 32])).unwrap();
    let other = Note::parse(&other.sign(note.text()).unwrap()).unwrap().with(&lines).unwrap();
    assert!(matches!(policy.accept(&other), Err(Refusal::Checkpoint(_))), "witnesses do not stand in for the log");
}

#[test]
fn a_witness_that_names_no_time_has_not_seen_it() {
    let lattice = SigningKey::of_kind(Kind::Subtree, "w.example", &Seed([3; 32])).unwrap();
    let policy = format!("log {VKEY}\nwitness w {}\nquorum w\n", lattice.verifier());
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let text = Checkpoint::new(ORIGIN, 0, hash::EMPTY_ROOT).to_string();
    let timeless = lattice.sign(&text).unwrap();
    let timeless = Note::parse(&timeless).unwrap().signatures().to_vec();
    let note = Note::parse(&key().sign(&text).unwrap()).unwrap();
    assert_eq!(policy.accept(&note.with(&timeless).unwrap()), Err(Refusal::Quorum { saw: 0, known: 1 }));
    assert!(policy.accept(&note.with(&[lattice.cosign(&text, 1).unwrap()]).unwrap()).is_ok());
}

#[test]
fn a_policy_that_breaks_a_rule_is_refused_with_its_line() {
    assert!(Policy::parse(with("quorum none\n").as_bytes()).unwrap().witnesses().len() == 6);
    assert!(!Policy::parse(b"quorum none").unwrap().asks_for_witnesses());
    assert!(Policy::parse(b"# caf\xe9 \n quorum\t none \n").is_ok(), "octets above 127 are opaque");
    let w1 = witness(1);
    let w1 = w1.verifier();
    let renamed = SigningKey::of_kind(Kind::Witness, "other.example", &Seed([101; 32])).unwrap();
    let renamed = renamed.verifier();
    for (rest, expected) in [
        ("".to_owned(), Fault::Quorum),
        ("quorum none\nquorum none\n".to_owned(), Fault::Quorum),
        ("quorum w7\n".to_owned(), Fault::Unknown),
        ("quorum g\ngroup g any w1\n".to_owned(), Fault::Unknown),
        ("group g any g\nquorum g\n".to_owned(), Fault::Unknown),
        ("group g any none\nquorum g\n".to_owned(), Fault::Unknown),
        ("group none any w1\nquorum none\n".to_owned(), Fault::Twice),
        ("group w1 any w2\nquorum w1\n".to_owned(), Fault::Twice),
        ("group g any w1\ngroup h any w1\nquorum g\n".to_owned(), Fault::Twice),
        ("group g any w1 w1\nquorum g\n".to_owned(), Fault::Twice),
        ("group g 0 w1\nquorum g\n".to_owned(), Fault::Threshold),
        ("group g 3 w1 w2\nquorum g\n".to_owned(), Fault::Threshold),
        ("group g 01 w1\nquorum g\n".to_owned(), Fault::Threshold),
        ("group g any\nquorum none\n".to_owned(), Fault::Threshold),
        ("group g\nquorum none\n".to_owned(), Fault::Form),
        ("quorum\n".to_owned(), Fault::Form),
        ("Quorum none\n".to_owned(), Fault::Form),
        ("quorum none\r\n".to_owned(), Fault::Octet),
        ("quorum none\n\u{7f}".to_owned(), Fault::Octet),
        (format!("witness again {w1}\n"), Fault::Twice),
        (format!("witness again {renamed}\n"), Fault::Twice),
        (format!("log {w1}\n"), Fault::Kind),
        (format!("witness log {VKEY}\n"), Fault::Kind),
        (format!("log {VKEY}\n"), Fault::Twice),
        (format!("log {VKEY} url more\n"), Fault::Form),
    ] {
        assert_eq!(fault(&with(&rest)), expected, "{rest:?}");
    }
    assert!(matches!(fault("log x\n"), Fault::Key(_)));
    assert_eq!(Policy::parse(b"quorum none\n\nlog x\n").unwrap_err().line, 3);
    assert_eq!(fault(&"#\n".repeat(200_000)), Fault::Size);
}

#[test]
fn receipts_of_the_vectors_fulfil_the_vectors_policy() {
    let Some(path) = vectors("tlog-proof") else {
        return;
    };
    let manifest = json(&path.join("manifest.json"));
    let policy = Policy::parse(text(&manifest, "policy").as_bytes()).unwrap();
    for case in manifest["cases"].as_array().unwrap() {
        let leaf = hash::leaf(&bytes(&case["leaf_data_b64"]));
        let receipt = fs::read_to_string(path.join(text(case, "file"))).unwrap().parse::<Receipt>();
        let holds = receipt.is_ok_and(|receipt| receipt.fulfils(&policy, &leaf).is_ok());
        assert_eq!(holds, case["valid"].as_bool().unwrap(), "{}", text(case, "file"));
    }
}

#[test]
fn a_receipt_needs_the_quorum_that_the_policy_asks_for() {
    let policy = Policy::parse(with("quorum w1\n").as_bytes()).unwrap();
    let leaves = leaves(5);
    let note = Checkpoint::new(ORIGIN, 5, hash::root(&leaves)).sign(&key()).unwrap();
    let seen = Note::parse(&note).unwrap();
    let seen = seen.with(&[witness(1).cosign(seen.text(), 9).unwrap()]).unwrap();
    let receipt = |note: String| Receipt { extra: None, index: 3, proof: inclusion(3, &leaves), checkpoint: note };
    assert!(receipt(note).fulfils(&policy, &leaves[3]).is_err());
    let receipt = receipt(seen.to_string());
    assert_eq!(receipt.fulfils(&policy, &leaves[3]).unwrap().seen, [("w1".to_owned(), 9)]);
    assert!(receipt.fulfils(&policy, &leaves[2]).is_err());
    assert!(receipt.verify(key().verifier(), &leaves[3]).is_ok(), "and by the key alone, as before");
}
