//! What another validator found then: tokens of the corpus, from DIGG's sandbox and from eduSign, and forms that are none.
//! RFC 9321; VALIDATION 14. Uses the corpus under ../shared; says so when it is not there.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sigill::archive::encoding::Svt;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::svt;
use sigill::format::svt::Token;
use sigill::format::timestamp;
use sigill::format::x509::Certificate;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Grant;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

#[expect(dead_code, reason = "the fixtures are for other tests")]
#[path = "support/setting.rs"]
mod setting;
#[expect(dead_code, reason = "the vectors are for other tests")]
#[path = "support/shared.rs"]
mod shared;

use setting::Setting;

/// A file, the validator whose word it carries, and a moment soon after.
const CARRIERS: [(&str, &str, &str); 2] = [
    ("swedenconnect__add-annotation", "https://swedenconnect.se/validator", "2025-03-22T00:00:00Z"),
    ("underskrift__kushal_about-signed", "https://validator.test.edusign.sunet.se", "2024-07-04T00:00:00Z"),
];

fn carrier(id: &str) -> Option<Vec<u8>> {
    let read = fs::read(shared::path(&format!("corpus/dev/pdf/{id}.pdf"))).ok();
    if read.is_none() {
        println!("NOT RUN: the corpus under ../shared is not there");
    }
    read
}

/// The token in a file's document timestamp, as it stands.
fn token(document: &[u8]) -> Vec<u8> {
    let document = Document::read(document, &Budget::STANDARD).unwrap();
    let mut stamps = document.signatures().iter().filter(|field| field.is_document_timestamp());
    let contents = stamps.next_back().unwrap().contents.as_ref().unwrap();
    let stamp = timestamp::Token::read(contents.value(), &Budget::STANDARD).unwrap();
    stamp.info.svt().unwrap().to_vec()
}

fn issuer(document: &[u8]) -> Certificate {
    Token::read(&token(document)).unwrap().header.certificates().remove(0)
}

/// What is told of the file's one signature; the validator is believed for `purpose`.
fn told(document: &[u8], at: &str, purpose: Option<Purpose>) -> (String, Option<Svt>) {
    let anchor = |purpose| Anchor { grants: vec![Grant::always(purpose)], ..Anchor::usual(issuer(document), "test") };
    let trust = Trust::of(purpose.map(anchor).into_iter().collect());
    let found = Setting { trust, at: at.parse().unwrap(), ..Setting::new() }.verify(document);
    let [signature, _stamp] = found.signatures.as_slice() else { panic!("a signature and its timestamp") };
    (signature.indication.clone(), signature.svt.clone())
}

fn doubts(told: &Svt) -> Vec<&str> {
    told.doubts.iter().map(|doubt| doubt.code.as_str()).collect()
}

#[test]
fn a_trusted_validators_word_is_shown_and_improves_nothing() {
    for (id, name, at) in CARRIERS {
        let Some(document) = carrier(id) else { return };
        let (indication, told) = told(&document, at, Some(Purpose::ValidationToken));
        let told = told.unwrap();
        assert!(told.believed, "{id}: {:?}", told.doubts);
        assert_eq!(told.issuer, name);
        let [answer] = told.answers.as_slice() else { panic!("{id}: one policy") };
        assert_eq!((answer.result.as_str(), answer.message.as_deref()), ("PASSED", Some("OK")), "{id}");
        assert_eq!(answer.policy, "http://id.swedenconnect.se/svt/sigval-policy/ts-pkix/01", "{id}");
        assert_eq!(indication, "INDETERMINATE", "{id}: nobody is trusted as a signer's issuer here");
        assert!(told.summary.sv.contains("fann underskriften giltig"), "{id}: {}", told.summary.sv);
    }
    println!("ran on {} tokens", CARRIERS.len());
}

#[test]
fn a_validator_that_is_not_trusted_for_this_is_shown_as_such() {
    for (id, name, at) in CARRIERS {
        let Some(document) = carrier(id) else { return };
        for purpose in [None, Some(Purpose::Signature)] {
            let told = told(&document, at, purpose).1.unwrap();
            assert!(!told.believed && told.issuer == name, "{id}");
            assert_eq!(doubts(&told), ["SVT-1"], "{id}");
            assert!(told.summary.sv.contains("bortser från det"), "{id}: {}", told.summary.sv);
        }
    }
}

#[test]
fn a_token_from_the_future_is_not_believed() {
    for (id, _, _) in CARRIERS {
        let Some(document) = carrier(id) else { return };
        let told = told(&document, "2024-01-01T00:00:00Z", Some(Purpose::ValidationToken)).1.unwrap();
        assert_eq!(doubts(&told), ["SVT-4"], "{id}");
    }
}

#[test]
fn a_token_about_other_bytes_is_not_believed() {
    for (id, _, at) in CARRIERS {
        let Some(mut document) = carrier(id) else { return };
        let stream = document.windows(6).position(|window| window == b"stream").unwrap();
        document[stream + 40] ^= 1;
        let told = told(&document, at, Some(Purpose::ValidationToken)).1.unwrap();
        assert_eq!(doubts(&told), ["SVT-5", "SVT-7"], "{id}: neither its timestamp nor the signature covers this");
    }
}

#[test]
fn a_changed_token_is_not_believed() {
    for (id, _, at) in CARRIERS {
        let Some(mut document) = carrier(id) else { return };
        // Among the hexadecimal digits of the timestamp: one bit of the token's own signature.
        let token: String = token(&document).iter().map(|byte| format!("{byte:02x}")).collect();
        let (digits, end) = (document.to_ascii_lowercase(), token.len() - 100);
        let place = digits.windows(60).position(|window| window == &token.as_bytes()[end..end + 60]).unwrap() + 1;
        document[place] = if document[place] == b'1' { b'2' } else { b'1' };
        let told = told(&document, at, Some(Purpose::ValidationToken)).1.unwrap();
        assert_eq!(doubts(&told), ["SVT-1", "SVT-5"], "{id}");
    }
}

/// A token of these parts.
fn made(header: &str, claims: &str) -> Vec<u8> {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(claims), part("value")).into_bytes()
}

const HEADER: &str = r#"{"typ":"JWT","alg":"ES256"}"#;
const CLAIMS: &str = r#"{"iss":"x","iat":1,"sig_val_claims":{"ver":"1.0","profile":"PDF","hash_algo":"y","sig":[]}}"#;

#[test]
fn a_member_that_occurs_twice_or_a_critical_header_is_refused() {
    assert!(Token::read(&made(HEADER, CLAIMS)).is_ok());
    let twice = CLAIMS.replace(r#""iat":1"#, r#""iat":1,"iat":2"#);
    assert!(matches!(Token::read(&made(HEADER, &twice)), Err(svt::Error::Json { part: "claims", .. })));
    let critical = HEADER.replace("}", r#","crit":["b64"],"b64":false}"#);
    assert_eq!(Token::read(&made(&critical, CLAIMS)).err(), Some(svt::Error::Critical));
    for broken in [&b""[..], b"a.b", b"a.b.c.d", &made(HEADER, CLAIMS)[3..]] {
        assert!(Token::read(broken).is_err());
    }
    assert!(Token::read(&made("[".repeat(100_000).as_str(), CLAIMS)).is_err(), "depth is bounded");
}

#[test]
fn every_algorithm_of_json_web_signatures_that_proves_an_issuer_is_known() {
    let known = |name: &str| {
        let header = HEADER.replace("ES256", name);
        Token::read(&made(&header, CLAIMS)).unwrap().header.algorithm().is_some()
    };
    let ten = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    assert!(ten.iter().all(|name| known(name)));
    // Without a key, or with a shared one, anybody could have made it.
    assert!(!known("none") && !known("HS256"));
}
