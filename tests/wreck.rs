//! Files that open only after repair, and files whose cross-reference goes round what was signed: never verified, and
//! never made to look unsigned. VALIDATION 5.1, PF-3 and PF-4.

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

/// The fixture with an update whose `/Prev` leads to the section with this number, counted from the first.
fn going_round(section: usize) -> Vec<u8> {
    let file = fixture(GENUINE);
    let text = String::from_utf8_lossy(&file);
    let sections: Vec<usize> =
        text.split("startxref").skip(1).filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect();
    let root = text.rsplit("/Root ").next().and_then(|rest| rest.split(' ').next()).expect("a catalog");
    let (at, previous) = (file.len(), sections[section]);
    let update =
        format!("xref\n0 0\ntrailer\n<</Size 500 /Root {root} 0 R /Prev {previous}>>\nstartxref\n{at}\n%%EOF\n");
    [&file[..], update.as_bytes()].concat()
}

#[test]
fn a_signed_version_that_the_file_goes_round_is_told_and_not_taken_for_a_cut() {
    let answers = [0, 1, 2].map(|section| Setting::new().verify(&going_round(section)));
    let verdicts = answers.each_ref().map(|answer| (answer.verdict.as_str(), answer.signatures.len()));
    assert_eq!(verdicts, [("indeterminate", 3), ("altered", 3), ("altered", 3)]);
    for (kept, answer) in answers.iter().enumerate() {
        for (place, signature) in answer.signatures.iter().enumerate() {
            assert_eq!(signature.indication, "TOTAL-FAILED");
            let codes: Vec<&str> = signature.reasons.iter().map(|reason| reason.code.as_str()).collect();
            let code = if place < kept { "CHANGED_AFTER_SIGNING" } else { "PF-3" };
            assert!(codes.contains(&code), "{place} of {kept}: {codes:?}");
        }
    }
    let whole = Setting::new().verify(&fixture(GENUINE));
    assert_eq!((whole.verdict.as_str(), whole.signatures.len()), ("valid", 3));
}
