//! The rules documents are judged by: ours, a body's own from a file, and what "strict" makes of a warning.
//! VALIDATION 3.3 (VCI), 3.4, 12 and 18.

use jiff::SignedDuration;
use jiff::Timestamp;
use sigill::archive::policy_file;
use sigill::verify::crypto::DigestAlgorithm;
use sigill::verify::crypto::LatticeSet;
use sigill::verify::crypto::Scheme;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::AnnotationRule;
use sigill::verify::policy::Mechanism;
use sigill::verify::policy::Policy;
use sigill::verify::policy::Reliable;
use sigill::verify::policy::RevocationRule;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;

const WHOLE: &str = r#"
name = "kommunens-policy"
version = "3"
base = "sigill-se-minutes"
revocation = "required"
annotations = "allow"
revocation_max_age_days = 7
decisive = ["SAV-3", "SH-4"]
[[algorithm]]
kind = "digest"
name = "SHA-256"
until = "2027-01-01"
[[algorithm]]
kind = "signature"
name = "RSA-PKCS1"
min_bits = 1900
until = "never"
[[signature_policy]]
oid = "1.2.3.4"
sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
"#;

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

#[test]
fn everything_that_can_be_computed_is_dated() {
    let policy = Policy::swedish_minutes();
    for algorithm in DigestAlgorithm::ALL {
        assert_ne!(policy.reliable(Mechanism::Digest(algorithm.name())), Reliable::Never, "{algorithm}");
    }
    let sets = [LatticeSet::L44, LatticeSet::L65, LatticeSet::L87].map(|set| (Scheme::MlDsa(set), 0));
    let schemes = [(Scheme::RsaPkcs1, 2048), (Scheme::RsaPss, 3072), (Scheme::Ecdsa, 256), (Scheme::Dsa, 2048)];
    for (scheme, bits) in schemes.into_iter().chain(sets).chain([(Scheme::Ed25519, 256), (Scheme::Ed448, 456)]) {
        assert!(policy.reliable(Mechanism::Signature(scheme.name(), bits)).at(at("2026-11-22T00:00:00Z")), "{scheme}");
    }
    let until = |name| policy.reliable(Mechanism::Digest(name)).until();
    assert_eq!(until("SHA3-224"), until("SHA-224"), "as strong, and as long");
    assert_eq!(policy.reliable(Mechanism::Signature("ML-DSA-65", 0)), Reliable::Open);
    assert_eq!(Mechanism::Signature("ML-DSA-65", 0).name(), "ML-DSA-65");
}

#[test]
fn a_file_says_what_differs_and_the_rest_is_ours() {
    let policy = policy_file::read(WHOLE).expect("it reads");
    assert_eq!((policy.name.as_str(), policy.version.as_str()), ("kommunens-policy", "3"));
    assert_eq!((policy.revocation, policy.annotations), (RevocationRule::Required, AnnotationRule::Allow));
    assert_eq!(policy.revocation_max_age, Some(SignedDuration::from_hours(7 * 24)));
    let sha256 = policy.reliable(Mechanism::Digest("SHA-256"));
    assert!(sha256.at(at("2026-12-31T23:59:59Z")) && !sha256.at(at("2027-01-01T00:00:00Z")));
    assert_eq!(policy.reliable(Mechanism::Signature("RSA-PKCS1", 2048)), Reliable::Never);
    assert_eq!(policy.reliable(Mechanism::Digest("SHA-512")), Reliable::Open);
    assert_eq!(policy.clock_skew_seconds, Policy::swedish_minutes().clock_skew_seconds);
    assert_eq!(policy.decides("SAV-3"), Some(SubIndication::SigConstraintsFailure));
    assert_eq!(policy.decides("SAV-4"), None);
}

#[test]
fn a_file_that_cannot_be_followed_is_refused_with_the_reason() {
    let minimal = "name = \"a\"\nversion = \"1\"\n";
    assert!(policy_file::read(minimal).is_ok());
    for (added, said) in [
        ("revokation = \"required\"", "revokation"),
        ("revocation = \"sometimes\"", "single-use-keys-exempt"),
        ("base = \"mine\"", "there is no policy"),
        ("bankid_relying_parties = [\"556000-0001\"]", "ten digits"),
        ("[[algorithm]]\nkind = \"hash\"\nname = \"SHA-1\"\nuntil = \"open\"", "digest, signature"),
        ("[[algorithm]]\nkind = \"digest\"\nname = \"SHA-1\"\nuntil = \"2030-02-31\"", "no day"),
        ("[[signature_policy]]\noid = \"1.2\"\nsha256 = \"åäö\"", "64 hexadecimal digits"),
    ] {
        let error = policy_file::read(&format!("{minimal}{added}")).expect_err(added);
        assert!(error.contains(said), "{added}: {error}");
    }
    for name in ["", "sigill-strict"] {
        assert!(
            policy_file::read(&format!("name = \"{name}\"\nversion = \"1\"")).is_err(),
            "{name:?} is no name of its own"
        );
    }
}

#[test]
fn the_digest_tells_any_two_policies_apart() {
    let mut digests = vec![Policy::swedish_minutes().digest(), Policy::strict().digest()];
    digests.push(policy_file::read(WHOLE).expect("it reads").digest());
    for (said, instead) in [("\"3\"", "\"4\""), ("2027", "2028"), ("SH-4", "SH-5"), ("= 7", "= 8"), ("aabb", "aabc")] {
        digests.push(policy_file::read(&WHOLE.replacen(said, instead, 1)).expect("it reads").digest());
    }
    for numbers in ["5560000001", "5560000002", "5560000001\", \"5560000002"] {
        let added = format!("bankid_relying_parties = [\"{numbers}\"]\n{WHOLE}");
        digests.push(policy_file::read(&added).expect("it reads").digest());
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn ours_are_found_by_name_and_strict_demands_what_ours_only_notes() {
    assert_eq!(policy_file::named("sigill-strict"), Some(Policy::strict()));
    assert_eq!(policy_file::named("sigill"), None);
    let mut setting = Setting::new();
    let genuine = fixture(GENUINE);
    assert_eq!(setting.verify(&genuine).verdict, "valid");
    setting.policy = Policy::strict();
    let strict = setting.verify(&genuine);
    assert_eq!(strict.verdict, "indeterminate", "single-use keys need revocation data too");
    assert_eq!(strict.policy.name, "sigill-strict");
    assert_eq!(strict.policy.digest.as_deref().map(str::len), Some(64));
}

#[test]
fn a_warning_that_a_policy_lets_decide_decides() {
    let mut setting = Setting::new();
    let genuine = fixture(GENUINE);
    let noted = setting.verify(&genuine);
    let code = "REVOCATION_NOT_CHECKED";
    assert!(noted.signatures.iter().all(|signature| signature.warnings.iter().any(|warning| warning.code == code)));
    setting.policy.decisive.push(code.to_owned());
    let decided = setting.verify(&genuine);
    assert_eq!(decided.verdict, "indeterminate");
    for signature in &decided.signatures {
        assert_eq!(signature.sub_indication.as_deref(), Some("SIG_CONSTRAINTS_FAILURE"));
        assert_eq!(signature.reasons[0].code, code);
        assert!(signature.warnings.iter().all(|warning| warning.code != code), "said once, as a reason");
    }
}

#[test]
fn where_eu_dss_would_only_warn_the_answer_says_so() {
    let would = |name: &str| {
        let verification = Setting::new().verify(&fixture(name));
        let reasons = verification.signatures.into_iter().flat_map(|signature| signature.reasons);
        let changed = reasons.filter(|reason| reason.code == "CHANGED_AFTER_SIGNING");
        changed.map(|reason| reason.eu_dss_default_would).next().expect("the change decides")
    };
    assert_eq!(would("styrelseprotokoll-altered-vote.pdf").as_deref(), Some("warn"));
    assert_eq!(would("styrelseprotokoll-extra-page.pdf"), None, "another number of pages fails there too");
}
