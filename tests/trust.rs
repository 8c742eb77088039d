//! Whom the program believes, for what and when: folders of anchors, their sidecars, their digest. VALIDATION 2 and 8.5.
//! The certificate believed here is the fixtures' root; the documents are the fixtures' minutes.

#![expect(clippy::unwrap_used, reason = "the fixtures are there")]

#[path = "support/setting.rs"]
mod setting;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use setting::Setting;
use setting::fixture;
use setting::project;
use sigill::archive::anchors;
use sigill::archive::encoding::Verification;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Problem;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

/// The fixtures' root in a folder, and beside it what is said of it.
fn folder(sidecar: Option<&str>) -> (Trust, Vec<Problem>) {
    let folder = tempfile::tempdir().unwrap();
    let root = project("keys/trust/test/sigill-test-root-ca.pem");
    fs::copy(root, folder.path().join("root.pem")).unwrap();
    if let Some(text) = sidecar {
        fs::write(folder.path().join("root.toml"), text).unwrap();
    }
    anchors::read_folder(folder.path()).unwrap()
}

/// The one anchor of a folder in which nothing is wrong.
fn anchor(sidecar: Option<&str>) -> Anchor {
    let (trust, problems) = folder(sidecar);
    assert!(problems.is_empty(), "{problems:?}");
    let [anchor] = trust.anchors() else { panic!("one anchor") };
    anchor.clone()
}

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

fn verify(trust: Trust) -> Verification {
    Setting { trust, ..Setting::new() }.verify(&fixture(setting::GENUINE))
}

#[test]
fn a_certificate_alone_is_believed_for_signatures_and_timestamps_and_for_nothing_else() {
    let anchor = anchor(None);
    for purpose in Purpose::ALL {
        assert_eq!(anchor.serves(purpose), Purpose::USUAL.contains(&purpose), "{}", purpose.name());
        assert_eq!(anchor.vouches(purpose, Timestamp::MIN), Purpose::USUAL.contains(&purpose));
    }
    assert_eq!(anchor.trusted_until(Purpose::Signature), None, "no sunset");
    assert_eq!(anchor.trusted_until(Purpose::BankId), Some(Timestamp::MIN), "never was");
}

#[test]
fn a_sidecar_says_for_what_and_during_which_time() {
    let anchor = anchor(Some(
        "purposes = ['timestamp', 'bankid']\nfrom = 2020-01-01\nuntil = 2025-06-30T22:00:00+02:00\nnote = 'dnr 1'",
    ));
    assert!(!anchor.serves(Purpose::Signature));
    for purpose in [Purpose::Timestamp, Purpose::BankId] {
        assert!(!anchor.vouches(purpose, at("2019-12-31T23:59:59Z")));
        assert!(anchor.vouches(purpose, at("2020-01-01T00:00:00Z")), "the first moment counts");
        assert!(anchor.vouches(purpose, at("2025-06-30T19:59:59Z")));
        assert!(!anchor.vouches(purpose, at("2025-06-30T20:00:00Z")), "the sunset does not");
        assert_eq!(anchor.trusted_until(purpose), Some(at("2025-06-30T20:00:00Z")));
    }
}

#[test]
fn a_sidecar_that_cannot_be_read_makes_its_certificate_trust_nobody() {
    for wrong in [
        "purpose = ['signature']",
        "purposes = ['signatur']",
        "from = 2025-01-01\nuntil = 2025-01-01",
        "until = 12:00:00",
        "until = 2025-01-01T00:00:00",
        "until = '2025-01-01'",
        "purposes =",
    ] {
        let (trust, problems) = folder(Some(wrong));
        assert!(trust.anchors().is_empty() && problems.len() == 1, "{wrong}: {problems:?}");
        assert!(problems[0].file.ends_with("root.pem"), "{wrong}: {problems:?}");
    }
    let alone = tempfile::tempdir().unwrap();
    fs::write(alone.path().join("gone.toml"), "purposes = []").unwrap();
    let (_, problems) = anchors::read_folder(alone.path()).unwrap();
    assert!(problems[0].file.ends_with("gone.toml"), "what is said of no certificate is told");
    let none = anchor(Some("purposes = []"));
    assert!(Purpose::ALL.into_iter().all(|purpose| !none.serves(purpose)), "an empty list is no list of all");
}

#[test]
fn the_digest_covers_what_is_believed_and_not_where_it_stands() {
    let digest = |sidecar| folder(sidecar).0.digest();
    let plain = digest(None);
    assert_eq!(plain, digest(None), "another folder, the same trust");
    assert_eq!(plain, digest(Some("note = 'nothing more'")));
    assert_eq!(plain, digest(Some("purposes = ['timestamp', 'signature', 'signature']")));
    let others = [
        Some("purposes = []"),
        Some("purposes = ['signature']"),
        Some("purposes = ['timestamp']"),
        Some("from = 2020-01-01"),
        Some("until = 2020-01-01"),
        Some("until = 2020-01-02"),
    ];
    let mut digests: Vec<[u8; 32]> = others.into_iter().map(digest).collect();
    digests.extend([plain, Trust::nobody().digest()]);
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), others.len() + 2, "each differs from each");
}

#[test]
fn one_certificate_in_two_files_is_one_anchor_with_what_either_was_granted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, terms) in [("a", "purposes = ['signature']\nuntil = 2020-01-01"), ("b", "purposes = ['timestamp']")] {
        let root = project("keys/trust/test/sigill-test-root-ca.pem");
        fs::copy(root, folder.path().join(Path::new(name).with_extension("pem"))).unwrap();
        fs::write(folder.path().join(Path::new(name).with_extension("toml")), terms).unwrap();
    }
    let (trust, _) = anchors::read_folder(folder.path()).unwrap();
    let [anchor] = trust.anchors() else { panic!("one anchor") };
    assert_eq!(anchor.trusted_until(Purpose::Signature), Some(at("2020-01-01T00:00:00Z")));
    assert_eq!(anchor.trusted_until(Purpose::Timestamp), None);
}

#[test]
fn minutes_hold_only_under_an_anchor_that_vouched_for_signers_when_their_certificates_were_issued() {
    assert_eq!(verify(folder(None).0).verdict, "valid");
    for (sidecar, why) in [
        ("purposes = ['timestamp', 'bankid']", "another purpose"),
        ("purposes = []", "no purpose"),
        ("from = 2099-01-01", "XC-18: not yet believed"),
        ("until = 2001-01-01", "XC-18: no longer believed"),
    ] {
        let found = verify(folder(Some(sidecar)).0);
        assert_eq!(found.verdict, "indeterminate", "{why}");
        let sub = found.signatures[0].sub_indication.as_deref();
        assert_eq!(sub, Some("NO_CERTIFICATE_CHAIN_FOUND"), "{why}");
    }
}
