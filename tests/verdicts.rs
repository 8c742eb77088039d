//! What must be said about each fixture, from fixtures/minutes/expected.toml; then what holds for every answer.
//! INTERFACES section 2; VALIDATION 3 and 4; the fixtures are explained in fixtures/minutes/TABLE.md.

use std::fs;

use serde::Deserialize;
use serde_json::Value;
use sigill::archive::encoding::Agreement;
use sigill::archive::encoding::Signature;
use sigill::archive::encoding::Verification;
use sigill::verify::indication::SubIndication;
use sigill::verify::indication::Verdict;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::trust::Trust;
use sigill::verify::wording;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::VALIDATED_AT;
use setting::fixture;
use setting::project;

/// expected.toml.
#[derive(Deserialize)]
struct Table {
    validated_at: String,
    file: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    file: String,
    sha256: String,
    size: u64,
    verdict: String,
    verdict_also: Vec<String>,
    verdict_with_evidence: String,
    /// Empty where the file has no signature page of a service we know.
    signature_page_evidence: String,
    #[serde(default)]
    signature: Vec<ExpectedSignature>,
}

/// An empty text means null, save for `evidence`, where it means that nothing is expected.
#[derive(Deserialize)]
struct ExpectedSignature {
    field: String,
    #[serde(rename = "type")]
    kind: String,
    signer: String,
    digest: String,
    signature: String,
    indication: String,
    sub_indication: String,
    sub_indication_also: Vec<String>,
    indication_with_evidence: String,
    sub_indication_with_evidence: String,
    coverage: String,
    changes_after: String,
    level: String,
    evidence: String,
    proven: String,
    warnings: Vec<String>,
}

fn table() -> Table {
    let text = fs::read_to_string(project("fixtures/minutes/expected.toml")).expect("the table is there");
    toml::from_str(&text).expect("the table reads as such")
}

/// The setting with the revocation lists that a fetcher would have brought home.
fn with_evidence() -> Setting {
    let mut setting = Setting::new();
    for entry in fs::read_dir(project("fixtures/minutes/evidence")).expect("the folder is there") {
        setting.evidence.add_crl(&fs::read(entry.expect("a file").path()).expect("a file"));
    }
    assert_eq!((setting.evidence.crls().len(), setting.evidence.unreadable()), (3, 0));
    setting
}

/// Everything said about a signature that does not depend on the evidence, as expected and as found.
fn facts<'a>(expected: &'a ExpectedSignature, found: &'a Signature) -> [(&'static str, &'a str, &'a str); 8] {
    let or_empty = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
    let signer = found.signer.as_ref().map_or("", |signer| or_empty(&signer.name));
    [
        ("field", &expected.field, or_empty(&found.field)),
        ("type", &expected.kind, &found.kind),
        ("signer", &expected.signer, signer),
        ("digest", &expected.digest, &found.integrity.digest),
        ("signature", &expected.signature, &found.integrity.signature),
        ("coverage", &expected.coverage, &found.coverage),
        ("changesAfter", &expected.changes_after, &found.changes_after),
        ("level", &expected.level, or_empty(&found.level)),
    ]
}

fn assert_signature(file: &str, expected: &ExpectedSignature, found: &Signature) {
    let at = format!("{file} {}", expected.field);
    for (what, expected, found) in facts(expected, found) {
        assert_eq!(found, expected, "{at}: {what}");
    }
    assert_eq!(found.times.proven.as_deref().unwrap_or_default(), expected.proven, "{at}: proven");
    let evidence = found.signer.as_ref().map_or("", |signer| signer.evidence.as_str());
    assert!(expected.evidence.is_empty() || evidence == expected.evidence, "{at}: evidence {evidence}");
    for code in &expected.warnings {
        assert!(found.warnings.iter().any(|warning| warning.code == *code), "{at}: {code} is said");
    }
}

#[test]
fn every_fixture_gets_the_answer_the_table_expects_from_the_file_alone() {
    let (table, setting) = (table(), Setting::new());
    assert_eq!(table.validated_at, VALIDATED_AT);
    for expected in &table.file {
        let (name, found) = (&expected.file, setting.verify(&fixture(&expected.file)));
        assert_eq!((&found.file.sha256, found.file.size), (&expected.sha256, expected.size), "{name}");
        let fair = found.verdict == expected.verdict || expected.verdict_also.contains(&found.verdict);
        assert!(fair, "{name}: {} instead of {}", found.verdict, expected.verdict);
        assert_eq!(found.signatures.len(), expected.signature.len(), "{name}: every signature, and no other");
        for (expected, found) in expected.signature.iter().zip(&found.signatures) {
            assert_signature(name, expected, found);
            let sub = found.sub_indication.clone().unwrap_or_default();
            let fair = sub == expected.sub_indication || expected.sub_indication_also.contains(&sub);
            assert!(
                fair && found.indication == expected.indication,
                "{name} {}: {} {sub}",
                expected.field,
                found.indication
            );
        }
        let page = found.signature_page.iter().flat_map(|page| &page.entries);
        let levels: Vec<&str> = page.map(|entry| entry.evidence.as_str()).collect();
        let none = expected.signature_page_evidence.is_empty();
        assert_eq!(levels.is_empty(), none, "{name}: signature page");
        assert!(levels.iter().all(|level| *level == expected.signature_page_evidence), "{name}: {levels:?}");
    }
}

#[test]
fn every_fixture_gets_the_answer_the_table_expects_with_revocation_lists() {
    let setting = with_evidence();
    for expected in &table().file {
        let (name, found) = (&expected.file, setting.verify(&fixture(&expected.file)));
        let fair = found.verdict == expected.verdict_with_evidence || expected.verdict_also.contains(&found.verdict);
        assert!(fair, "{name}: {} instead of {}", found.verdict, expected.verdict_with_evidence);
        for (expected, found) in expected.signature.iter().zip(&found.signatures) {
            assert_signature(name, expected, found);
            let sub = found.sub_indication.as_deref().unwrap_or_default();
            let wanted = (expected.indication_with_evidence.as_str(), expected.sub_indication_with_evidence.as_str());
            assert_eq!((found.indication.as_str(), sub), wanted, "{name} {}", expected.field);
        }
    }
}

#[test]
fn whom_nobody_vouches_for_is_never_valid_and_never_called_forged() {
    let nobody = Setting { trust: Trust::nobody(), ..Setting::new() };
    for expected in &table().file {
        let found = nobody.verify(&fixture(&expected.file));
        assert_ne!(found.verdict, "valid", "{}", expected.file);
        assert!(found.signatures.iter().all(|one| !one.indication.ends_with("PASSED")), "{}", expected.file);
    }
    let found = nobody.verify(&fixture(GENUINE));
    assert_eq!(found.verdict, "indeterminate");
    for signature in &found.signatures {
        assert_eq!(signature.sub_indication.as_deref(), Some("NO_CERTIFICATE_CHAIN_FOUND"));
        assert!(signature.reasons.iter().any(|reason| reason.sv.contains("inte att underskriften är falsk")), "reason");
    }
    assert!(found.advice.sv.contains("inte att underskriften är falsk"), "{}", found.advice.sv);
}

/// The verdict about the genuine minutes, and the third signature's sub-indication, at a moment.
fn genuine_at(moment: &str) -> (String, String) {
    let setting = Setting { at: moment.parse().expect("a moment"), ..Setting::new() };
    let mut found = setting.verify(&fixture(GENUINE));
    (found.verdict, found.signatures.remove(2).sub_indication.unwrap_or_default())
}

#[test]
fn without_a_proof_of_time_a_signature_is_judged_at_the_moment_asked_about() {
    let valid = ("valid".to_owned(), String::new());
    let outside = ("indeterminate".to_owned(), "OUT_OF_BOUNDS_NO_POE".to_owned());
    assert_eq!(genuine_at("2024-12-16T18:00:40Z"), valid, "a moment after the third signature");
    assert_eq!(genuine_at("2024-12-15T00:00:00Z"), outside, "before the certificate's first day");
    assert_eq!(genuine_at("2028-12-31T23:59:59Z"), valid, "the last day on which RSA PKCS#1 v1.5 is reliable");
    assert_eq!(genuine_at("2029-01-01T00:00:00Z").0, "indeterminate", "the day after");
    assert_eq!(genuine_at("2049-12-17T00:00:00Z"), outside, "after the certificate's last day");
}

#[test]
fn a_proof_of_time_outlives_the_certificate() {
    let after = Setting { at: "2028-06-01T00:00:00Z".parse().expect("a moment"), ..Setting::new() };
    assert_eq!(after.verify(&fixture("styrelseprotokoll-expired-b-lta.pdf")).verdict, "valid");
}

#[test]
fn a_policy_that_requires_revocation_data_leaves_the_plain_case_open() {
    let policy = Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() };
    let found = Setting { policy: policy.clone(), ..Setting::new() }.verify(&fixture(GENUINE));
    assert_eq!(found.verdict, "indeterminate");
    let sub = |one: &Signature| one.sub_indication.as_deref() == Some("CERTIFICATE_CHAIN_GENERAL_FAILURE");
    assert!(found.signatures.iter().all(sub), "XC-8");
    let given = Setting { policy, ..with_evidence() };
    assert_eq!(given.verify(&fixture(GENUINE)).verdict, "valid");
}

#[test]
fn what_the_policy_forgives_is_said() {
    let found = Setting::new().verify(&fixture(GENUINE));
    for signature in &found.signatures {
        assert!(signature.warnings.iter().any(|warning| warning.code == "REVOCATION_NOT_CHECKED"), "limitation");
    }
}

#[test]
fn a_text_is_unsigned_and_read_as_minutes() {
    for (name, kind, title) in [
        ("styrelseprotokoll.txt", "minutes", "Styrelseprotokoll"),
        ("nytt-fran-kommunledningsgruppen-2025-09.txt", "information", "Nytt från kommunledningsgruppen"),
        ("nytt-fran-kommunledningsgruppen-2024-05-20.txt", "information", "Nytt från kommunledningsgruppen"),
        ("motesanteckningar-koncernledningsgruppen.txt", "meeting-notes", "Mötesanteckningar"),
    ] {
        let found = Setting::new().verify(&fixture(name));
        assert_eq!((found.verdict.as_str(), found.signatures.len()), ("unsigned", 0), "{name}");
        let minutes = found.minutes.expect("read as minutes or their kin");
        assert_eq!(minutes.kind, kind, "{name}");
        assert!(minutes.title.as_deref().is_some_and(|found| found.contains(title)), "{name}: {:?}", minutes.title);
    }
}

#[test]
fn the_minutes_the_page_and_the_certificates_tell_one_story() {
    let found = Setting::new().verify(&fixture(GENUINE));
    assert_eq!(found.headline.sv, "Underskrifterna är giltiga");
    assert_eq!(found.advice.sv, "Ingen åtgärd behövs. Spara originalfilen, inte en utskrift.");
    assert_eq!(outcomes(&found, "page-signer"), ["match"; 3]);
    assert_eq!(outcomes(&found, "page-time"), ["match"; 3]);
    assert_eq!(outcomes(&found, "page-count"), ["match"]);
    for role in ["secretary", "chair", "adjuster"] {
        assert_eq!(outcomes(&found, role), ["match"], "{role}");
    }
    let ids = found.transaction_ids();
    assert_eq!(ids.len(), 3, "{ids:?}");
    let hex = |id: &&String| id.chars().filter(char::is_ascii_hexdigit).count() == 32;
    assert!(ids.iter().all(|id| hex(&id)), "{ids:?}");
    let minutes = found.minutes.expect("minutes");
    assert_eq!((minutes.kind.as_str(), minutes.date.as_deref()), ("minutes", Some("2024-12-13")));
}

#[test]
fn a_signer_of_the_page_who_has_not_signed_is_told_though_the_others_hold() {
    let found = Setting::new().verify(&fixture("styrelseprotokoll-two-of-three.pdf"));
    assert_eq!(found.verdict, "valid", "what was signed holds");
    let missing: Vec<&Agreement> =
        found.agreement.iter().filter(|line| line.subject == "page-signer" && line.outcome == "missing").collect();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].left.contains("Svanholm"), "{}", missing[0].left);
    assert_eq!(outcomes(&found, "page-count"), ["partial"]);
    assert!(found.advice.sv.contains("1 av namnen på underskriftssidan saknar underskrift"), "{}", found.advice.sv);
}

fn outcomes<'a>(found: &'a Verification, subject: &str) -> Vec<&'a str> {
    found.agreement.iter().filter(|line| line.subject == subject).map(|line| line.outcome.as_str()).collect()
}

/// Every text in a JSON value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn no_personal_number_leaves_the_house() {
    // Skatteverket's test numbers, as the fixtures' certificates carry them; also as ten digits and with a hyphen.
    let numbers = ["9001019802", "9001029819", "9001039800"];
    let mut masked = 0;
    for expected in &table().file {
        let answer = Setting::new().verify(&fixture(&expected.file));
        let mut found = Vec::new();
        texts(&serde_json::to_value(&answer).expect("an answer is JSON"), &mut found);
        for text in found {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let whole = numbers.iter().any(|number| digits.contains(number));
            assert!(!whole, "{}: {text}", expected.file);
            masked += usize::from(text.contains("-••••"));
        }
    }
    assert!(masked > 30, "the numbers were there to be masked: {masked}");
}

#[test]
fn every_sub_indication_has_words_for_what_and_what_to_do() {
    for sub in SubIndication::ALL {
        let (cause, remedy) = (wording::cause(*sub), wording::remedy(*sub));
        for text in [&cause.sv, &cause.en, &remedy.sv, &remedy.en] {
            assert!(text.ends_with('.') && text.len() > 10, "{}: {text}", sub.name());
            assert!(!text.contains(sub.name()), "plain words: {text}");
        }
    }
    assert_eq!(SubIndication::ALL.len(), 25, "VALIDATION section 1");
    for verdict in [Verdict::Valid, Verdict::Indeterminate, Verdict::Invalid, Verdict::Altered, Verdict::Unsigned] {
        assert_ne!(wording::headline(verdict, 1, 1).sv, "", "{verdict:?}");
        assert_ne!(wording::advice(verdict).sv, "", "{verdict:?}");
    }
}

#[test]
fn cannot_tell_never_sounds_like_forged() {
    for sub in SubIndication::ALL.iter().filter(|sub| sub.indication().signature_name() == "INDETERMINATE") {
        let said = wording::cause(*sub);
        let accusing = ["ogiltig", "förfalsk", "ändrats", "stämmer inte"].iter().any(|word| said.sv.contains(word));
        assert!(!accusing, "{}: {}", sub.name(), said.sv);
    }
}

#[test]
fn equal_arguments_give_an_equal_answer_to_the_byte() {
    for name in [GENUINE, "styrelseprotokoll-b-lta.pdf", "styrelseprotokoll-altered-vote.pdf"] {
        let answer = || serde_json::to_string(&with_evidence().verify(&fixture(name))).expect("an answer is JSON");
        assert_eq!(answer(), answer(), "{name}");
    }
}

#[test]
fn the_timestamp_authority_of_the_archived_fixture_is_shown_with_its_own_path() {
    let found = Setting::new().verify(&fixture("styrelseprotokoll-b-lta.pdf"));
    let stamp = found.signatures.last().expect("the document timestamp comes last");
    assert_eq!((stamp.kind.as_str(), stamp.indication.as_str()), ("document-timestamp", "PASSED"));
    assert!(stamp.certificates.last().is_some_and(|anchor| anchor.trusted), "up to the anchor");
}
