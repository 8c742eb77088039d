//! What a timestamp token must be (VALIDATION 7, TS-1 to TS-16), each rule broken by a token that breaks nothing else; and in
//! which order tokens must have been made (TS-17, 4.4 step 4 e), over minutes that are signed here.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its material fails")]

#[path = "support/minted.rs"]
#[expect(dead_code, reason = "its signatures are all of one kind")]
mod minted;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/writer.rs"]
#[expect(dead_code, reason = "this test needs the plainest of files")]
mod writer;

use jiff::Timestamp;
use sigill::format::budget::Budget;
use sigill::verify::budget;
use sigill::verify::budget::Meter;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence;
use sigill::verify::existence::Circumstances;
use sigill::verify::existence::Judged;
use sigill::verify::indication::Indication;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::proof::ProofKind;
use sigill::verify::proof::Proofs;
use sigill::verify::report::Signature;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;

use minted::Minutes;
use pki::Holder;
use pki::Profile;
use pki::SEQUENCE;
use pki::Stamp;
use pki::at;
use pki::extension;
use pki::purpose;
use sigill::format::der::encode;

const NOW: &str = "2026-06-01";
const COVERED: &[u8] = b"minutes";
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];

/// A root, someone who signs, and a time-stamping authority.
struct People {
    root: Holder,
    signer: Holder,
    tsa: Holder,
}

impl People {
    fn new() -> Self {
        Self::with(&Profile::new("TSA", 3, "2024-01-01", "2030-01-01").with(purpose(8)))
    }

    /// The same with another authority.
    fn with(tsa: &Profile<'_>) -> Self {
        let [is_ca, may_issue] = pki::authority();
        let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
        let signer = root.issues(&Profile::new("Signer", 2, "2024-01-01", "2030-01-01").with(pki::signing()));
        let tsa = root.issues(tsa);
        Self { root, signer, tsa }
    }

    fn trust(&self) -> Trust {
        Trust::of(vec![Anchor::usual(self.root.certificate(), "test")])
    }

    /// Revocation data of the day before, of everybody.
    fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::none();
        evidence.add_crl(&self.root.crl("2026-05-31", "2026-07-01", &[]));
        evidence
    }

    fn judge(&self, token: &[u8]) -> Judged {
        self.judge_over(token, &[COVERED])
    }

    fn judge_over(&self, token: &[u8], covered: &[&[u8]]) -> Judged {
        let (trust, evidence, policy) = (self.trust(), self.evidence(), policy());
        let proofs = Proofs::none(at(NOW));
        let known = Circumstances {
            evidence: &evidence,
            trust: &trust,
            policy: &policy,
            budget: &Budget::STANDARD,
            proofs: &proofs,
        };
        let mut meter = Meter::new(budget::Budget::STANDARD);
        existence::judge(token, covered, ProofKind::SignatureTimestamp, None, known, &mut meter)
    }

    /// What is said of the minutes' first signature.
    fn verify(&self, minutes: &Minutes) -> Signature {
        let (trust, evidence) = (self.trust(), self.evidence());
        let report = verdict::verify(minutes.bytes(), &evidence, &trust, &policy(), &Budget::STANDARD, at(NOW));
        report.signatures.into_iter().next().expect("a signature")
    }
}

fn policy() -> Policy {
    Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() }
}

/// What is wrong, each with its rule.
fn failures(judged: &Judged) -> Vec<(SubIndication, &'static str)> {
    assert_eq!(judged.proof.is_none(), !judged.failures.is_empty(), "a proof, or why not");
    judged.failures.iter().map(|(sub, finding)| (*sub, finding.code)).collect()
}

use SubIndication as S;

#[test]
fn a_token_that_obeys_every_rule_is_a_proof() {
    let people = People::new();
    let judged = people.judge(&people.tsa.stamp(COVERED, "2026-05-01"));
    assert_eq!(failures(&judged), []);
    assert_eq!(judged.proof.map(|proof| proof.time), Some(at("2026-05-01")));
}

/// A token that is as it should be but for one thing.
fn other(change: impl FnOnce(&mut Stamp<'_>)) -> Vec<(SubIndication, &'static str)> {
    let people = People::new();
    let mut stamp = Stamp::over(COVERED, "2026-05-01");
    change(&mut stamp);
    failures(&people.judge(&people.tsa.stamp_as(&stamp)))
}

#[test]
fn what_a_token_states_must_be_understood_in_full() {
    let strange = |critical| encode(0xa1, &[&extension(&[0x2a, 3, 4, 5], critical, &[5, 0])]);
    assert_eq!(other(|stamp| stamp.more = vec![strange(true)]), [(S::FormatFailure, "TS-5")]);
    assert_eq!(other(|stamp| stamp.more = vec![strange(false)]), []);
    let data: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    assert_eq!(other(|stamp| stamp.kind = data), [(S::FormatFailure, "TS-1")], "it says that it is something else");
    let whole = |digits: &str| format!("20260501000000{digits}Z");
    assert_eq!(other(|stamp| stamp.time = whole(".5")), []);
    assert_eq!(other(|stamp| stamp.time = whole(".50")), [(S::FormatFailure, "TS-3")]);
    let short = other(|stamp| stamp.imprint.truncate(20));
    assert_eq!(short, [(S::FormatFailure, "TS-4"), (S::HashFailure, "TS-15")], "SHA-256 has 32 bytes");
}

#[test]
fn a_token_is_over_what_it_is_laid_over() {
    let people = People::new();
    let token = people.tsa.stamp(COVERED, "2026-05-01");
    assert_eq!(failures(&people.judge_over(&token, &[b"other minutes"])), [(S::HashFailure, "TS-15")]);
    assert_eq!(failures(&people.judge_over(&token, &[])), [(S::SignedDataNotFound, "TS-15")]);
    let mut spoiled = token.clone();
    *spoiled.last_mut().expect("a byte") ^= 1;
    assert_eq!(failures(&people.judge(&spoiled)), [(S::SigCryptoFailure, "TS-8")]);
    assert_eq!(failures(&people.judge(b"nonsense")), [(S::FormatFailure, "TS-1")]);
}

#[test]
fn a_token_from_the_future_proves_nothing_and_five_minutes_are_no_future() {
    for (time, expected) in
        [("2026-06-01T00:05:00Z", vec![]), ("2026-06-01T00:05:01Z", vec![(S::SigConstraintsFailure, "TS-13")])]
    {
        let people = People::new();
        assert_eq!(failures(&people.judge(&people.tsa.stamp(COVERED, time))), expected, "{time}");
    }
}

#[test]
fn the_authority_must_be_one_and_its_certificate_valid_when_it_stamped() {
    let profile = |from, to| Profile::new("TSA", 3, from, to);
    let said = |tsa: &Profile<'_>| {
        let people = People::with(tsa);
        failures(&people.judge(&people.tsa.stamp(COVERED, "2026-05-01")))
    };
    let usual = || profile("2024-01-01", "2030-01-01");
    assert_eq!(said(&usual()), [(S::ChainConstraintsFailure, "TS-10")], "for no purpose");
    assert_eq!(said(&usual().with(purpose(9))), [(S::ChainConstraintsFailure, "TS-10")], "for another purpose");
    let usage = |bits: u8| extension(KEY_USAGE, true, &[3, 2, 0, bits]);
    let used = |bits| said(&usual().with(purpose(8)).with(usage(bits)));
    assert_eq!(used(0xc0), [], "digitalSignature and nonRepudiation");
    assert_eq!(used(0xa0), [(S::ChainConstraintsFailure, "TS-11")], "keyEncipherment too");
    let younger = said(&profile("2026-05-02", "2030-01-01").with(purpose(8)));
    assert_eq!(younger, [(S::NotYetValid, "TS-14")]);
    let ended = said(&profile("2024-01-01", "2026-04-01").with(purpose(8)));
    assert!(ended.contains(&(S::OutOfBoundsNoPoe, "TS-14")), "{ended:?}");
    let name = |common: &str| encode(0xa0, &[&encode(0xa4, &[&pki::name(common)])]);
    assert_eq!(other(|stamp| stamp.more = vec![name("TSA")]), []);
    assert_eq!(other(|stamp| stamp.more = vec![name("Another")]), [(S::SigConstraintsFailure, "TS-12")]);
}

#[test]
fn a_time_after_the_certificate_ended_is_not_rescued_by_a_newer_token() {
    let people = People::with(&Profile::new("TSA", 3, "2024-01-01", "2026-04-01").with(purpose(8)));
    let (trust, mut evidence, policy) = (people.trust(), people.evidence(), policy());
    evidence.add_crl(&people.root.crl("2026-03-01", "2026-04-30", &[]));
    let lists: Vec<Vec<u8>> = evidence.crls().iter().map(|list| list.der().to_vec()).collect();
    lists.iter().chain([&people.tsa.der, &people.root.der]).for_each(|piece| evidence.place(piece, 1));
    // Its clock ran ahead: a newer token proves that it existed while its certificate was valid.
    let existed: Timestamp = at("2026-03-15");
    let proof = people.judge(&people.tsa.stamp(COVERED, "2026-03-15"));
    assert!(proof.proof.is_none(), "its certificate has ended");
    let mut proofs = Proofs::none(at(NOW));
    let newer = People::new().judge(&People::new().tsa.stamp(COVERED, "2026-03-15")).proof.expect("a proof");
    proofs.add(1, newer);
    let known = Circumstances {
        evidence: &evidence,
        trust: &trust,
        policy: &policy,
        budget: &Budget::STANDARD,
        proofs: &proofs,
    };
    for (time, expected) in [("2026-03-14", vec![]), ("2026-04-02", vec![(S::OutOfBoundsNoPoe, "TS-14")])] {
        let token = people.tsa.stamp(COVERED, time);
        let mut meter = Meter::new(budget::Budget::STANDARD);
        let judged =
            existence::judge(&token, &[COVERED], ProofKind::DocumentTimestamp, Some(existed), known, &mut meter);
        assert_eq!(failures(&judged), expected, "{time}");
    }
}

// --- over minutes ------------------------------------------------------------------------------------------------

/// Minutes whose signature says that its content existed at a time, is stamped at another, and lies under a stamp of a third.
fn minutes(people: &People, content: Option<Stamped>, value: Option<Stamped>, document: Option<&str>) -> Minutes {
    let tsa = &people.tsa;
    let sign = |covered: &[u8]| {
        let content = content.map(|stamped| pki::attribute(20, &tsa.stamp_as(&stamped.over(covered))));
        let cms = people.signer.sign(covered, content.as_slice());
        match value {
            Some(stamped) => pki::stamped(&cms, |value| tsa.stamp_as(&stamped.over(value))),
            None => cms,
        }
    };
    let signed = Minutes::blank().signed(sign);
    match document {
        Some(time) => signed.stamped(tsa, time),
        None => signed,
    }
}

/// When, and by how many seconds the clock may be wrong.
#[derive(Clone, Copy)]
struct Stamped(&'static str, u8);

impl Stamped {
    fn over(self, covered: &[u8]) -> Stamp<'static> {
        let accuracy = encode(SEQUENCE, &[&[2, 1, self.1]]);
        Stamp { more: vec![accuracy], ..Stamp::over(covered, self.0) }
    }
}

fn said(signature: &Signature) -> (Indication, Option<SubIndication>) {
    (signature.indication, signature.sub_indication)
}

#[test]
fn minutes_signed_here_pass_and_are_as_old_as_their_oldest_stamp() {
    let people = People::new();
    let plain = people.verify(&minutes(&people, None, None, None));
    assert_eq!(said(&plain), (Indication::Passed, None), "{:?}", plain.reasons);
    assert!(plain.times.proven.is_none());
    let stamped = minutes(&people, None, Some(Stamped("2026-05-01", 1)), Some("2026-05-02"));
    let stamped = people.verify(&stamped);
    assert_eq!(said(&stamped), (Indication::Passed, None), "{:?}", stamped.reasons);
    assert_eq!(stamped.times.proven.map(|proof| proof.time), Some(at("2026-05-01")));
    let document = people.verify(&minutes(&people, None, None, Some("2026-05-02")));
    assert_eq!(document.times.proven.map(|proof| proof.time), Some(at("2026-05-02")));
}

#[test]
fn stamps_in_an_order_that_cannot_be_are_told() {
    let people = People::new();
    let order = (Indication::Indeterminate, Some(S::TimestampOrderFailure));
    let passed = (Indication::Passed, None);
    let (first, second) = (Stamped("2026-05-01T00:00:00Z", 1), Stamped("2026-05-01T00:00:10Z", 1));
    let (late, early) = ("2026-05-02", "2026-04-30");
    for (content, value, document, expected, what) in [
        (Some(first), Some(second), Some(late), passed, "content, signature, document"),
        (Some(second), Some(first), None, order, "the content after the signature"),
        (Some(first), None, Some(early), order, "the content after the document"),
        (None, Some(first), Some(early), order, "the signature after the document"),
        (Some(Stamped("2026-05-01T00:00:10Z", 9)), Some(first), None, passed, "as far as the clocks can tell"),
        (Some(Stamped("2026-05-01T00:00:10Z", 8)), Some(first), None, order, "one second further"),
    ] {
        let found = people.verify(&minutes(&people, content, value, document));
        assert_eq!(said(&found), expected, "{what}: {:?}", found.reasons);
        let told = found.reasons.iter().any(|reason| reason.code == "TS-17");
        assert_eq!(told, expected == order, "{what}");
    }
}

#[test]
fn a_stamp_that_does_not_hold_proves_nothing_and_is_told() {
    let people = People::new();
    let sign =
        |covered: &[u8]| pki::stamped(&people.signer.sign(covered, &[]), |_| people.tsa.stamp(b"else", "2026-05-01"));
    let found = people.verify(&Minutes::blank().signed(sign));
    assert_eq!(said(&found), (Indication::Passed, None), "{:?}", found.reasons);
    assert!(found.times.proven.is_none());
    assert!(found.warnings.iter().any(|warning| warning.code == "TIMESTAMP_NOT_USED"), "{:?}", found.warnings);
}

#[test]
fn a_stamp_from_after_the_revocation_does_not_help_and_one_from_before_does() {
    let people = People::new();
    let verify = |minutes: &Minutes| {
        let mut evidence = Evidence::none();
        evidence.add_crl(&people.root.crl("2026-05-31", "2026-07-01", &[(people.signer.serial, "2026-05-10", 4)]));
        let report =
            verdict::verify(minutes.bytes(), &evidence, &people.trust(), &policy(), &Budget::STANDARD, at(NOW));
        said(&report.signatures[0])
    };
    let no_proof = (Indication::Indeterminate, Some(S::RevokedNoPoe));
    assert_eq!(verify(&minutes(&people, None, None, None)), no_proof);
    assert_eq!(verify(&minutes(&people, None, Some(Stamped("2026-05-11", 1)), None)), no_proof);
    assert_eq!(verify(&minutes(&people, None, Some(Stamped("2026-05-09", 1)), None)), (Indication::Passed, None));
    let after = minutes(&people, Some(Stamped("2026-05-11", 1)), Some(Stamped("2026-05-12", 1)), None);
    assert_eq!(verify(&after), (Indication::Failed, Some(S::Revoked)), "the content is younger than the revocation");
}

#[test]
fn evidence_in_the_store_is_as_old_as_the_stamp_over_it() {
    let people = People::new();
    let list = people.root.crl("2026-04-30", "2026-05-30", &[]);
    let signed = || Minutes::blank().signed(|covered| people.signer.sign(covered, &[]));
    let report = |minutes: &Minutes| {
        let nothing = Evidence::none();
        verdict::verify(minutes.bytes(), &nothing, &people.trust(), &policy(), &Budget::STANDARD, at("2026-05-05"))
    };
    let bare = report(&signed());
    assert_eq!(said(&bare.signatures[0]), (Indication::Indeterminate, Some(S::CertificateChainGeneralFailure)));
    let kept = signed().with_store(&[&people.root.der], &[&list]).stamped(&people.tsa, "2026-05-01");
    let kept = report(&kept);
    assert_eq!(said(&kept.signatures[0]), (Indication::Passed, None), "{:?}", kept.signatures[0].reasons);
    assert_eq!(said(&kept.signatures[1]), (Indication::Passed, None), "{:?}", kept.signatures[1].reasons);
}
