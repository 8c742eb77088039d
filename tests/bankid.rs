//! BankID's own evidence beside a document: what makes level A, and every reservation that keeps it from being so.
//! SWEDEN.md 2.1 to 2.5; BankID's sample from ../shared, and evidence made here for the signers of the fixtures.

#![expect(clippy::unwrap_used, reason = "the material is made here")]

#[path = "support/authority.rs"]
#[expect(dead_code, reason = "this test needs certificates and OCSP answers alone")]
mod authority;
#[path = "support/seal.rs"]
mod seal;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/setting.rs"]
mod setting;
#[path = "support/shared.rs"]
#[expect(dead_code, reason = "this test needs the path alone")]
mod shared;

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use setting::Setting;
use setting::fixture;
use sigill::archive::encoding::BankIdEvidence;
use sigill::archive::encoding::Verification;
use sigill::format::bankid::Completion;
use sigill::format::ocsp;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Grant;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;
use signing::OURS;
use signing::Signing;
use signing::hex;
use signing::signers;
use signing::unsigned_minutes;

/// The bank's root for BankID, the fixtures' root for signatures, and one relying party.
fn setting() -> Setting {
    let mut setting = Setting::new();
    let (root, _) = Signing::bank();
    let bank = Anchor { grants: vec![Grant::always(Purpose::BankId)], ..Anchor::usual(root.certificate, "bank") };
    setting.trust = Trust::of(setting.trust.anchors().iter().cloned().chain([bank]).collect());
    setting.policy.relying_parties = vec![OURS.to_owned()];
    setting
}

fn verified(setting: &Setting, name: &str, evidence: &[u8]) -> Verification {
    let mut setting = setting.clone();
    setting.evidence.add_bankid(evidence);
    setting.verify(&fixture(name))
}

fn found(evidence: &[u8]) -> (Verification, BankIdEvidence) {
    let verification = verified(&setting(), setting::GENUINE, evidence);
    let [one] = verification.bankid_evidence.as_slice() else { panic!("one piece of evidence") };
    (verification.clone(), one.clone())
}

fn levels(verification: &Verification) -> Vec<String> {
    verification.signatures.iter().filter_map(|one| Some(one.signer.as_ref()?.evidence.clone())).collect()
}

#[test]
fn a_signing_that_names_the_minutes_evidences_its_signer_by_level_a_and_nobody_else() {
    for (index, number) in signers().iter().enumerate() {
        let (verification, evidence) = found(&Signing::by(number).evidence());
        assert_eq!(evidence.findings, [], "signer {index}");
        assert_eq!((evidence.revision, evidence.at.as_deref()), (Some(0), Some("2024-06-01T00:00:00Z")));
        assert_eq!(evidence.field, verification.signatures[index].field);
        for (other, level) in levels(&verification).iter().enumerate() {
            assert_eq!(level == "A", other == index, "signature {other}: {level}");
        }
        let signer = verification.signatures[index].signer.as_ref().unwrap();
        assert_eq!(signer.identification.as_ref().unwrap().method, "BankID");
        assert_eq!(verification.verdict, "valid", "evidence beside a document changes no verdict");
    }
}

#[test]
fn a_digest_may_be_written_as_hexadecimal_or_base64_where_she_saw_it_or_not() {
    let digest = unsigned_minutes();
    let number = &signers()[0];
    for (visible, hidden) in [
        (hex(&digest).to_uppercase(), String::new()),
        ("Protokoll".to_owned(), format!("{{\"sha256\":\"{}\"}}", STANDARD.encode(digest))),
        ("Protokoll".to_owned(), format!("digest={};alg=sha256", hex(&digest))),
    ] {
        let (_, evidence) = found(&Signing { visible, hidden, ..Signing::by(number) }.evidence());
        assert_eq!((evidence.revision, evidence.findings.len()), (Some(0), 0));
    }
}

#[test]
fn each_reservation_is_told_and_keeps_the_level() {
    let number = signers()[0].clone();
    let sound = || Signing::by(&number);
    let other = "199001012384".to_owned();
    let rows: Vec<(&str, Signing)> = vec![
        ("BANKID_FUNCTION", Signing { function: "Identification", ..sound() }),
        ("BANKID_RELYING_PARTY", Signing { service: "5569999999", ..sound() }),
        ("BANKID_RELYING_PARTY", Signing { service: "5569999999,serialNumber=5560000001", ..sound() }),
        ("BANKID_BINDING", Signing { visible: "Jag justerar protokollet.".to_owned(), ..sound() }),
        ("BANKID_BINDING", Signing { visible: hex(&[7; 32]), ..sound() }),
        ("BANKID_NONCE", Signing { bound: false, ..sound() }),
        ("BANKID_OCSP", Signing { status: authority::revoked("2024-01-01", 1), ..sound() }),
        ("BANKID_OCSP", Signing { expires: "2024-05-31", ..sound() }),
    ];
    for (code, signing) in rows {
        let (verification, evidence) = found(&signing.evidence());
        let codes: Vec<&str> = evidence.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, [code]);
        assert_eq!(evidence.field, None, "{code}");
        assert!(!levels(&verification).contains(&"A".to_owned()), "{code}");
        assert_eq!(verification.verdict, "valid");
    }
    let (verification, evidence) = found(&Signing::by(&other).evidence());
    assert_eq!((evidence.findings.len(), evidence.field), (0, None), "it holds, and she is none of the signers");
    assert!(!levels(&verification).contains(&"A".to_owned()));
}

#[test]
fn a_root_counts_only_where_it_is_believed_for_bankid() {
    let evidence = Signing::by(&signers()[0]).evidence();
    let mut setting = setting();
    let usual = |anchor: &Anchor| Anchor::usual(anchor.certificate.clone(), "");
    setting.trust = Trust::of(setting.trust.anchors().iter().map(usual).collect());
    let verification = verified(&setting, setting::GENUINE, &evidence);
    let codes: Vec<&str> = verification.bankid_evidence[0].findings.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["BANKID_CHAIN"]);
}

#[test]
fn a_root_counts_only_while_it_is_believed() {
    let mut setting = setting();
    let ended = |anchor: &Anchor| {
        let mut anchor = anchor.clone();
        anchor.grants.iter_mut().for_each(|grant| grant.until = Some("2024-05-31T00:00:00Z".parse().unwrap()));
        anchor
    };
    setting.trust = Trust::of(setting.trust.anchors().iter().map(ended).collect());
    let verification = verified(&setting, setting::GENUINE, &Signing::by(&signers()[0]).evidence());
    let codes: Vec<&str> = verification.bankid_evidence[0].findings.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["BANKID_TIME"]);
}

#[test]
fn altered_minutes_and_other_minutes_are_not_what_she_signed() {
    let verification =
        verified(&setting(), "styrelseprotokoll-altered-vote.pdf", &Signing::by(&signers()[0]).evidence());
    assert_eq!(verification.verdict, "altered");
    assert!(!levels(&verification).contains(&"A".to_owned()), "no level for a signature that fails");
    let other = verified(&setting(), "organisationsstampel-familj-b.pdf", &Signing::by(&signers()[0]).evidence());
    assert_eq!(other.bankid_evidence[0].findings[0].code, "BANKID_BINDING");
}

/// Family B: the signature is an organisation's seal, and is called so; the persons are its word (level C).
#[test]
fn an_organisations_seal_is_called_one() {
    let sealed = Setting::new().verify(&fixture("organisationsstampel-familj-b.pdf"));
    let told: Vec<&str> = sealed.signatures[0].warnings.iter().map(|one| one.code.as_str()).collect();
    assert!(told.contains(&"ORGANISATION_SEAL"), "{told:?}");
    assert_eq!(levels(&sealed), ["C"]);
    let signed = Setting::new().verify(&fixture(setting::GENUINE));
    let told = signed.signatures.iter().flat_map(|one| &one.warnings).any(|one| one.code == "ORGANISATION_SEAL");
    assert!(!told, "a person's signature is no seal");
}

#[test]
fn a_spoiled_signature_and_other_files_are_no_evidence() {
    let evidence = String::from_utf8(Signing::by(&signers()[0]).evidence()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&evidence).unwrap();
    let xml = STANDARD.decode(json["signature"].as_str().unwrap()).unwrap();
    let spoiled = String::from_utf8(xml.clone()).unwrap().replace("<funcId>Signing", "<funcId> Signing");
    let (_, told) = found(spoiled.as_bytes());
    assert_eq!(told.findings[0].code, "BANKID_SIGNATURE");
    assert_eq!((told.name, told.text), (None, None), "nothing of it is shown");
    let (_, bare) = found(&xml);
    assert_eq!(bare.findings[0].code, "BANKID_OCSP", "the bare signature holds; nothing tells the time");
    // The whole answer of collect is as good, and its order reference is shown.
    let whole = format!("{{\"orderRef\":\"131daac9-16c6-4618-beb0-365768f37288\",\"completionData\":{evidence}}}");
    let (_, whole) = found(whole.as_bytes());
    assert_eq!((whole.findings.len(), whole.order.unwrap().len()), (0, 36));
    for other in ["", "{}", "[1]", "<invoice/>", "{\"signature\":\"PGE+\"}", "{\"signature\":1}"] {
        let read = Completion::read(other.as_bytes());
        let verification = verified(&setting(), setting::GENUINE, other.as_bytes());
        let none = verification.bankid_evidence.iter().all(|one| !one.findings.is_empty());
        assert!(read.is_err() || none, "{other}");
    }
}

#[test]
fn no_whole_identity_number_leaves() {
    let number = &signers()[0];
    let visible = format!("{number} justerar. {}", hex(&unsigned_minutes()));
    let (verification, evidence) = found(&Signing { visible, ..Signing::by(number) }.evidence());
    assert!(evidence.findings.is_empty());
    let json = serde_json::to_string(&verification).unwrap();
    assert!(!json.contains(number.as_str()) && json.contains("••••"));
}

#[test]
fn bankids_own_sample_holds_under_the_test_root_and_says_what_it_is_not() {
    let read = |name: &str| fs::read(shared::path("vectors/bankid").join(name));
    let (Ok(xml), Ok(root), Ok(answer)) =
        (read("sample-signature.xml"), read("bidroot-test.pem"), read("sample-ocsp.der"))
    else {
        println!("NOT RUN: ../shared/vectors/bankid is not there");
        return;
    };
    let mut setting = setting();
    let (roots, _) = Trust::read([("test root", root.as_slice())]);
    let root = Anchor { grants: vec![Grant::always(Purpose::BankId)], ..roots.anchors()[0].clone() };
    setting.trust = Trust::of(vec![root]);
    setting.policy.relying_parties = vec!["5566304928".to_owned()];
    let codes = |evidence: &[u8]| {
        let verification = verified(&setting, setting::GENUINE, evidence);
        let one = verification.bankid_evidence[0].clone();
        assert_eq!(one.name.as_deref(), Some("Tolvan Tolvansson"));
        assert_eq!(one.identifier.as_deref(), Some("19121212-••••"));
        assert_eq!(one.text.as_deref(), Some("signeringstext"));
        assert_eq!((one.service.as_deref(), one.organisation.as_deref()), (Some("Test av BankID"), Some("5566304928")));
        one.findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>()
    };
    // The signature and its path hold; what remains is what the sample is: an identification, for tests, of no file.
    assert_eq!(codes(&xml), ["BANKID_FUNCTION", "BANKID_BINDING", "BANKID_TEST", "BANKID_OCSP"]);
    // The answer that lies beside it is about another signing: its nonce says so.
    let both =
        format!("{{\"signature\":\"{}\",\"ocspResponse\":\"{}\"}}", STANDARD.encode(&xml), STANDARD.encode(&answer));
    assert_eq!(codes(both.as_bytes()), ["BANKID_FUNCTION", "BANKID_BINDING", "BANKID_TEST", "BANKID_NONCE"]);
    let nonce = ocsp::Response::read(&answer).unwrap().nonce.unwrap();
    assert_eq!(nonce.len(), 32, "raw, not wrapped a second time (SWEDEN 2.4)");
    println!("BankID's sample: ran");
}
