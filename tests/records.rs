//! Evidence records made here: renewed in time and too late, and what one does for a document whose algorithms have aged.
//! VALIDATION 4.6 step 1, 9.1, 13.4. The suites of others are in tests/ers.rs.

use sigill::archive::encoding::Verification;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::der::encode;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::crypto::sha256;
use sigill::verify::ers;
use sigill::verify::ers::Judged;
use sigill::verify::ers::Object;
use sigill::verify::ers::Scope;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence::Circumstances;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::RevocationRule;
use sigill::verify::proof::Proofs;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Trust;

#[path = "support/pki.rs"]
mod pki;
#[path = "support/setting.rs"]
mod setting;

use pki::Holder;
use pki::Profile;
use pki::SEQUENCE;
use setting::GENUINE;
use setting::Setting;
use setting::fixture;

/// A root with two authorities, the second of which takes over before the first ends.
struct Authorities {
    root: Holder,
    first: Holder,
    second: Holder,
}

impl Authorities {
    fn new() -> Self {
        let [is_ca, may_issue] = pki::authority();
        let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2049-01-01").with(is_ca).with(may_issue));
        let stamping = |name, serial, from, to| Profile::new(name, serial, from, to).with(pki::purpose(8));
        let first = root.issues(&stamping("TSA 1", 2, "2020-01-01", "2030-01-01"));
        let second = root.issues(&stamping("TSA 2", 3, "2025-01-01", "2045-01-01"));
        Self { root, first, second }
    }

    /// The tests' setting in 2040, with this root trusted too and a list of its of that time.
    fn setting(&self) -> Setting {
        let mut setting = Setting { at: pki::at("2040-01-01"), ..Setting::new() };
        let root = Anchor::usual(self.root.certificate(), "test");
        setting.trust = Trust::of(setting.trust.anchors().iter().cloned().chain([root]).collect());
        setting.evidence.add_crl(&self.root.crl("2039-12-15", "2040-01-15", &[]));
        setting
    }
}

/// Time stamps in chains, each with no lists: its token is over exactly one thing.
fn record(chains: &[&[&[u8]]]) -> Vec<u8> {
    let chains: Vec<Vec<u8>> = chains.iter().map(|tokens| chain(tokens)).collect();
    encode(SEQUENCE, &[&pki::integer(1), &encode(SEQUENCE, &[]), &pki::sequence(&chains)])
}

fn chain(tokens: &[&[u8]]) -> Vec<u8> {
    let stamps: Vec<Vec<u8>> = tokens.iter().map(|token| encode(SEQUENCE, &[token])).collect();
    pki::sequence(&stamps)
}

/// What the first time stamp of a second chain is over: 13.4, H(H(d) ‖ H(ATSSeq)), before the last digest.
fn renewed(document: &[u8], first: &[u8]) -> Vec<u8> {
    let before = encode(SEQUENCE, &[first]);
    [sha256(&[document]), sha256(&[&before])].concat()
}

fn judge(record: &[u8], document: &[u8], setting: &Setting) -> Judged {
    let Setting { evidence, trust, policy, budget, at } = setting;
    let proofs = Proofs::none(*at);
    let known = Circumstances { evidence, trust, policy, budget, proofs: &proofs };
    ers::judge(record, &[Object::Bytes(document)], Scope::Each, known, &mut Meter::new(budget::Budget::STANDARD))
}

fn first_failure(judged: &Judged) -> Option<SubIndication> {
    judged.failures.first().map(|(sub, _)| *sub)
}

#[test]
fn a_record_renewed_in_time_proves_its_first_time() {
    let (document, by) = (b"minutes".as_slice(), Authorities::new());
    let token = by.first.stamp(document, "2026-03-01");
    let again = by.second.stamp(&token, "2028-03-01");
    let anew = by.second.stamp(&renewed(document, &chain(&[&token])), "2028-03-01");
    let mut setting = by.setting();
    // Lists from before the renewals, which the tokens here do not carry.
    setting.policy.revocation = RevocationRule::IfAvailable;
    for (renewal, record) in
        [("of the stamp", record(&[&[&token, &again]])), ("of the tree", record(&[&[&token], &[&anew]]))]
    {
        let judged = judge(&record, document, &setting);
        assert_eq!(first_failure(&judged), None, "{renewal}: {:?}", judged.failures);
        let proof = judged.proof.expect("a proof");
        assert_eq!(proof.time, pki::at("2026-03-01"), "{renewal}");
        assert_eq!(proof.holds_until, Some(pki::at("2045-01-01")), "{renewal}: as long as the newest token");
        let other = judge(&record, b"other minutes", &setting);
        assert_eq!(first_failure(&other), Some(SubIndication::HashFailure), "{renewal}");
        assert!(other.proof.is_none());
    }
}

#[test]
fn a_record_renewed_too_late_or_never_proves_nothing() {
    let (document, by) = (b"minutes".as_slice(), Authorities::new());
    let token = by.first.stamp(document, "2026-03-01");
    let late = by.second.stamp(&token, "2031-03-01");
    for record in [record(&[&[&token]]), record(&[&[&token, &late]])] {
        let judged = judge(&record, document, &by.setting());
        assert_eq!(first_failure(&judged), Some(SubIndication::OutOfBoundsNoPoe), "{:?}", judged.failures);
        assert!(judged.proof.is_none());
    }
}

#[test]
fn a_record_over_encrypted_documents_is_left_undecided() {
    let (document, by) = (b"minutes".as_slice(), Authorities::new());
    let token = by.second.stamp(document, "2026-03-01");
    let chains = pki::sequence(&[chain(&[&token])]);
    let encrypted = encode(0xa1, &[&encode(SEQUENCE, &[])]);
    let record = encode(SEQUENCE, &[&pki::integer(1), &encode(SEQUENCE, &[]), &encrypted, &chains]);
    let judged = judge(&record, document, &by.setting());
    assert_eq!(first_failure(&judged), Some(SubIndication::SigConstraintsFailure), "{:?}", judged.failures);
}

/// What is answered in 2040 about the fixture with a record over these bytes.
fn verified(covered: &[u8], at: &str, trusted: bool) -> Verification {
    let by = Authorities::new();
    let mut setting = by.setting();
    if !trusted {
        setting.trust = Setting::new().trust;
    }
    setting.evidence.add_record(&record(&[&[&by.second.stamp(covered, at)]]));
    setting.verify(&fixture(GENUINE))
}

#[test]
fn a_document_whose_algorithms_have_aged_is_proven_by_its_record() {
    let document = fixture(GENUINE);
    let bare = Authorities::new().setting().verify(&document);
    assert_eq!(bare.verdict, "indeterminate", "RSA PKCS#1 v1.5 ended with 2028");
    assert!(bare.evidence_records.is_empty());

    let kept = verified(&document, "2026-11-01", true);
    assert_eq!(kept.verdict, "valid", "{:?}", kept.signatures.iter().map(|one| &one.reasons).collect::<Vec<_>>());
    let [record] = kept.evidence_records.as_slice() else { panic!("one record") };
    assert_eq!((record.indication.as_str(), record.proven.as_deref()), ("PASSED", Some("2026-11-01T00:00:00Z")));
    for signature in &kept.signatures {
        assert_eq!(signature.times.proven_by.as_deref(), Some("evidence-record"));
    }
}

#[test]
fn a_record_over_something_else_or_of_a_stranger_or_too_late_changes_nothing() {
    let document = fixture(GENUINE);
    let longer = [&document[..], b"\n"].concat();
    let cases = [
        (verified(&longer, "2026-11-01", true), Some("HASH_FAILURE"), "over other bytes"),
        (verified(&document, "2026-11-01", false), Some("NO_CERTIFICATE_CHAIN_FOUND"), "of a stranger"),
        (verified(&document, "2031-01-01", true), None, "younger than the end of the algorithm"),
    ];
    for (found, sub, which) in cases {
        assert_eq!(found.verdict, "indeterminate", "{which}");
        let [record] = found.evidence_records.as_slice() else { panic!("{which}: one record") };
        assert_eq!(record.sub_indication.as_deref(), sub, "{which}");
    }
}

#[test]
fn what_an_archive_timestamp_carries_is_used_though_it_proves_nothing_itself() {
    let by = Authorities::new();
    let values = pki::attribute(23, &pki::sequence(std::slice::from_ref(&by.root.der)));
    let inner = pki::with_unsigned(&by.second.stamp(b"x", "2026-03-01"), &values);
    // archive-time-stamp-v3.
    let archive = encode(SEQUENCE, &[&encode(6, &[&[0x04, 0x00, 0x8d, 0x45, 2, 4]]), &encode(pki::SET, &[&inner])]);
    let signature = pki::with_unsigned(&by.first.sign(b"minutes", &[]), &archive);
    let data = SignedData::read(&signature, &Budget::STANDARD).expect("a signature");
    let mut evidence = Evidence::none();
    evidence.hold(&data, 3, &Budget::STANDARD);
    let known: Vec<&[u8]> = evidence.certificates().iter().map(|one| one.der()).collect();
    assert_eq!(known, [&by.first, &by.second, &by.root].map(|holder| holder.der.as_slice()));
    assert!(known.iter().all(|der| evidence.revision_of(&sha256(&[der])) == Some(3)));
}
