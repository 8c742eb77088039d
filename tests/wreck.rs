//! Files that open only after repair: never verified, and never made to look unsigned. VALIDATION 5.1, PF-4.

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::Error;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;

/// The fixture with a `startxref` behind it that leads nowhere.
fn wrecked() -> Vec<u8> {
    [&fixture(GENUINE)[..], b"startxref\n99\n%%EOF\n"].concat()
}

#[test]
fn a_file_that_needs_repair_lists_its_signatures_and_passes_none() {
    let answer = Setting::new().verify(&wrecked());
    assert_eq!((answer.verdict.as_str(), answer.signatures.len()), ("unreadable", 3));
    for signature in &answer.signatures {
        assert_eq!((signature.integrity.digest.as_str(), signature.integrity.signature.as_str()), ("match", "valid"));
        let indication = (signature.indication.as_str(), signature.sub_indication.as_deref());
        assert_eq!(indication, ("TOTAL-FAILED", Some("FORMAT_FAILURE")));
        assert_eq!(signature.reasons.first().map(|reason| reason.code.as_str()), Some("PF-4"));
        assert_eq!((signature.changes_after.as_str(), signature.field.as_deref()), ("not-checked", None));
        assert_eq!(signature.times.proven, None);
    }
}

#[test]
fn the_mathematics_of_a_wreck_is_that_of_its_bytes() {
    let mut file = wrecked();
    file[30] ^= 1;
    let answer = Setting::new().verify(&file);
    assert_eq!(answer.signatures.len(), 3);
    assert!(answer.signatures.iter().all(|signature| signature.integrity.digest == "mismatch"));
}

#[test]
fn a_limit_is_no_wreck_and_no_pdf_is_none() {
    let file = fixture(GENUINE);
    let limit = Error::Limit { rule: "LIM-1", at: 0, what: "bytes in the file" };
    assert!(Document::wreck(&file, &Budget::STANDARD, &limit).is_none());
    assert!(Document::wreck(b"hello", &Budget::STANDARD, &Error::NotPdf).is_none());
}

#[test]
fn dictionaries_without_end_are_searched_in_time() {
    let piece = b"1 0 obj\n<</ByteRange [(\n";
    let file = [&b"%PDF-1.7\n"[..], &piece.repeat(20_000)].concat();
    let started = std::time::Instant::now();
    assert_eq!(Setting::new().verify(&file).verdict, "unreadable");
    assert!(started.elapsed().as_secs() < 10);
}
