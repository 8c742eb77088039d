//! Whose signature is it, and under which policy was it made? Minutes signed here whose signature refers to its certificate
//! in every way that there is. VALIDATION 3.2 (ISC-1 to ISC-6) and 3.3 (VCI-1).

#![expect(clippy::unwrap_used, reason = "a test that cannot make its material fails")]

#[path = "support/minted.rs"]
#[expect(dead_code, reason = "its minutes are signed once and nothing else")]
mod minted;
#[path = "support/pki.rs"]
mod pki;
#[path = "support/writer.rs"]
#[expect(dead_code, reason = "this test needs the plainest of files")]
mod writer;

use sigill::format::budget::Budget;
use sigill::format::der::encode;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::evidence::Evidence;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::policy::SignaturePolicy;
use sigill::verify::report::Signature;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;

use minted::Minutes;
use pki::Holder;
use pki::Profile;
use pki::SEQUENCE;
use pki::attribute;

use SubIndication as S;

const CADES: &str = "ETSI.CAdES.detached";
const ADOBE: &str = "adbe.pkcs7.detached";

/// A signer under a root, and another one of the same.
struct People {
    root: Holder,
    signer: Holder,
    other: Holder,
}

impl People {
    fn new() -> Self {
        let [is_ca, may_issue] = pki::authority();
        let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
        let under =
            |name, serial| root.issues(&Profile::new(name, serial, "2024-01-01", "2030-01-01").with(pki::signing()));
        let (signer, other) = (under("Signer", 2), under("Other", 3));
        Self { root, signer, other }
    }

    fn verify(&self, sub_filter: &str, policy: &Policy, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Signature {
        let trust = Trust::of(vec![Anchor::usual(self.root.certificate(), "test")]);
        let mut evidence = Evidence::none();
        evidence.add_crl(&self.root.crl("2026-05-31", "2026-07-01", &[]));
        evidence.add_certificate(&self.other.der);
        let minutes = Minutes::blank().signed_as(sub_filter, sign);
        let at = pki::at("2026-06-01");
        let report = verdict::verify(minutes.bytes(), &evidence, &trust, policy, &Budget::STANDARD, at);
        report.signatures.into_iter().next().expect("a signature")
    }

    /// What is said of minutes whose signature refers so and names this one: the answer, and the rule that says why.
    fn said(&self, kind: &str, references: &[Vec<u8>], named: &Holder) -> (Option<SubIndication>, &'static str) {
        let sign = |covered: &[u8]| self.signer.sign_referring(covered, references, named);
        let found = self.verify(kind, &policy(), sign);
        let ours = |code: &str| code.starts_with("ISC-");
        let mut codes =
            found.reasons.iter().chain(&found.warnings).map(|finding| finding.code).filter(|code| ours(code));
        (found.sub_indication, codes.next().unwrap_or_default())
    }
}

fn policy() -> Policy {
    Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() }
}

const NOT_FOUND: Option<SubIndication> = Some(S::NoSigningCertificateFound);

#[test]
fn a_signature_is_bound_to_its_certificate_by_what_it_signed() {
    let people = People::new();
    let People { signer, other, .. } = &people;
    let malformed = attribute(47, &[0x02, 1, 1]);
    for (references, expected, what) in [
        (vec![signer.reference(None)], (None, ""), "by its digest"),
        (vec![signer.reference(Some(("Root", 2)))], (None, ""), "and its issuer and number"),
        (vec![signer.old_reference(None)], (None, "ISC-6"), "by SHA-1 alone"),
        (vec![signer.reference(None), signer.old_reference(None)], (None, ""), "by both"),
        (vec![], (NOT_FOUND, "ISC-1"), "by nothing"),
        (vec![malformed], (NOT_FOUND, "ISC-1"), "by what cannot be read"),
        (vec![people.root.reference(None)], (NOT_FOUND, "ISC-2"), "to one that is not there"),
        (vec![signer.reference(Some(("Root", 3)))], (NOT_FOUND, "ISC-3"), "with another number"),
        (vec![signer.reference(Some(("Signer", 2)))], (NOT_FOUND, "ISC-3"), "with another issuer"),
        (vec![other.reference(None)], (NOT_FOUND, "ISC-4"), "to another than the one it names"),
        (vec![signer.reference(None), other.old_reference(None)], (NOT_FOUND, "ISC-5"), "to two"),
    ] {
        assert_eq!(people.said(CADES, &references, signer), expected, "{what}");
    }
    // Whoever it names made no such value, and that decides (4.1).
    let named = people.said(CADES, &[signer.reference(None)], other);
    assert_eq!(named, (Some(S::SigCryptoFailure), "ISC-4"), "the signer names another");
}

#[test]
fn older_kinds_may_name_their_certificate_alone_and_that_is_told() {
    let people = People::new();
    let signer = &people.signer;
    assert_eq!(people.said(ADOBE, &[], signer), (None, "ISC-1"));
    assert_eq!(people.said(ADOBE, &[signer.reference(None)], signer), (None, ""));
    assert_eq!(
        people.said(ADOBE, &[people.root.reference(None)], signer),
        (NOT_FOUND, "ISC-2"),
        "a broken one is none"
    );
    // The one it names made no such value: wrong is wrong, whatever is not bound (4.1).
    assert_eq!(people.said(ADOBE, &[], &people.other).0, Some(S::SigCryptoFailure));
}

#[test]
fn a_policy_that_the_signer_names_is_applied_where_it_is_known_and_told_where_not() {
    let people = People::new();
    let stated = |value: &[u8]| {
        let known =
            SignaturePolicy { oid: "1.2.3.4".to_owned(), digests: vec![(DigestAlgorithm::Sha256, vec![7; 32])] };
        let policy = Policy { signature_policies: vec![known], ..policy() };
        let attribute = attribute(15, value);
        let sign = |covered: &[u8]| people.signer.sign(covered, std::slice::from_ref(&attribute));
        let found = people.verify(CADES, &policy, sign);
        let told = found.reasons.iter().chain(&found.warnings).any(|finding| finding.code == "VCI-1");
        (found.sub_indication, told)
    };
    let named = |last: u8, digest: &[u8]| {
        let sha256 = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
        let hash = encode(SEQUENCE, &[&encode(SEQUENCE, &[&sha256]), &encode(4, &[digest])]);
        encode(SEQUENCE, &[&[0x06, 3, 0x2a, 3, last], &hash])
    };
    assert_eq!(stated(&[5, 0]), (None, false), "implied");
    assert_eq!(stated(&named(4, &[7; 32])), (None, false), "known");
    assert_eq!(stated(&named(5, &[7; 32])), (None, true), "not known: ours was applied");
    let error = Some(S::PolicyProcessingError);
    assert_eq!(stated(&named(4, &[8; 32])), (error, true), "another text of it");
    assert_eq!(stated(&[2, 1, 1]), (error, true), "not readable");
}
