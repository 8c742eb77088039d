//! GuardTime's seals, as Scrive sets them: named, the digest compared, never passed and never called forged.
//! Uses the corpus under ../shared; says so when it is not there.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use sigill::archive::encoding::Verification;

#[expect(dead_code, reason = "the fixtures are for other tests")]
#[path = "support/setting.rs"]
mod setting;
#[expect(dead_code, reason = "the vectors are for other tests")]
#[path = "support/shared.rs"]
mod shared;

use setting::Setting;

const SEALED: [&str; 4] = ["scrive__broken", "scrive__extensible-091415", "scrive__sealed", "scrive__sealed-2"];

fn sealed(id: &str) -> Option<Vec<u8>> {
    let read = fs::read(shared::path(&format!("corpus/dev/pdf/{id}.pdf"))).ok();
    if read.is_none() {
        println!("NOT RUN: the corpus under ../shared is not there");
    }
    read
}

/// The verdict, the only signature's integrity, and the codes of its reasons.
fn answer(document: &[u8]) -> (String, [String; 2], Vec<String>) {
    let found: Verification = Setting::new().verify(document);
    let json = serde_json::to_value(&found).unwrap();
    let [one] = json["signatures"].as_array().unwrap().as_slice() else { panic!("one signature: {json}") };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    assert!(one["field"].is_string(), "the field is named");
    let codes = one["reasons"].as_array().unwrap().iter().map(|reason| text(&reason["code"]));
    let integrity = [text(&one["integrity"]["digest"]), text(&one["integrity"]["signature"])];
    (text(&json["verdict"]), integrity, codes.collect())
}

#[test]
fn a_seal_is_named_and_its_digest_compared() {
    for id in SEALED {
        let Some(document) = sealed(id) else { return };
        let (verdict, integrity, codes) = answer(&document);
        assert_eq!(verdict, "indeterminate", "{id}");
        assert_eq!(integrity, ["match", "unsupported"], "{id}");
        assert_eq!(codes, ["GUARDTIME_SEAL"], "{id}");
    }
    println!("ran on {} seals", SEALED.len());
}

#[test]
fn a_byte_changed_under_a_seal_is_told() {
    for id in SEALED {
        let Some(mut document) = sealed(id) else { return };
        // Within a page's compressed content: the structure stays as it was.
        let stream = document.windows(8).position(|window| window == b"stream\r\n" || window == b"stream\nx").unwrap();
        document[stream + 40] ^= 1;
        let (verdict, integrity, codes) = answer(&document);
        assert_eq!(verdict, "invalid", "{id}");
        assert_eq!(integrity, ["mismatch", "unsupported"], "{id}");
        assert_eq!(codes, ["HASH_FAILURE", "GUARDTIME_SEAL"], "{id}");
    }
}

#[test]
fn what_is_added_after_a_seal_is_told() {
    for id in SEALED {
        let Some(mut document) = sealed(id) else { return };
        document.extend_from_slice(b"\n% more\n");
        let (verdict, integrity, codes) = answer(&document);
        assert_eq!(verdict, "indeterminate", "{id}");
        assert_eq!(integrity, ["match", "unsupported"], "{id}");
        assert_eq!(codes, ["GUARDTIME_SEAL", "CHANGES_NOT_CHECKED"], "{id}");
    }
}
