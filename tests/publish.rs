//! Copies for other eyes: signatures and personal numbers are gone from the bytes, not painted over; pages and other text
//! are as before; and whoever checks such a copy is told what it is a copy of. USERS 0 (4), 8 (5); SWEDEN 4.6 and 4.7.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

use std::fs;

use sigill::archive::Error;
use sigill::archive::catalogue::Query;
use sigill::archive::encoding::Verification;
use sigill::archive::entry::Event;
use sigill::archive::record::RecordId;
use sigill::archive::refusal::Refusal;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::copy;
use sigill::format::pdf::copy::Copy;
use sigill::format::pdf::text;
use sigill::verify::crypto;
use sigill::verify::mask::personal;

#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/archive.rs"]
mod house;
#[expect(dead_code, reason = "the tests that share it each use a part")]
#[path = "support/writer.rs"]
mod writer;

use house::House;
use house::fixture;
use writer::Writer;
use writer::read;

const GENUINE: &str = "styrelseprotokoll-genuine.pdf";

fn lines(bytes: &[u8]) -> Vec<Vec<String>> {
    let document = read(bytes);
    text::read(document.latest(), &Budget::STANDARD).into_iter().map(|page| page.lines).collect()
}

/// A page that shows this, with these resources besides a font.
fn page(content: &str, resources: &str, more: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut file = Writer::new();
    file.object(1, "<</Type /Catalog /Pages 2 0 R /Lang (sv-SE)>>");
    file.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>");
    let font = "/Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>";
    let page = format!(
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <<{font} {resources}>> \
         /Annots 9 0 R>>"
    );
    file.object(3, &page);
    file.stream(4, "", content.as_bytes());
    file.object(9, "[]");
    more(&mut file);
    file.table();
    file.bytes
}

fn redacted(bytes: &[u8]) -> Copy {
    copy::redacted(&read(bytes), &personal, &Budget::STANDARD).unwrap()
}

/// Everything in the file that is not packed, and every stream unpacked.
fn holds(copy: &Copy, words: &str) -> bool {
    let document = Document::read(&copy.bytes, &Budget::STANDARD).unwrap();
    let view = document.latest();
    let streams = view.ids().filter_map(|id| view.get(id).ok().flatten()?.as_stream().cloned());
    let mut bytes: Vec<Vec<u8>> = streams.filter_map(|stream| view.inflate(&stream).ok()).collect();
    bytes.push(copy.bytes.clone());
    let hex = |text: &[u8]| text.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let shapes = [words.to_owned(), hex(words.as_bytes()), hex(&wide)];
    let within = |bytes: &Vec<u8>, shape: &String| bytes.windows(shape.len()).any(|one| one == shape.as_bytes());
    bytes.iter().any(|bytes| shapes.iter().any(|shape| within(bytes, shape)))
}

#[test]
fn a_number_is_found_however_it_is_drawn_and_its_end_leaves_the_file() {
    let drawn = [
        ("in one string", "BT /F 12 Tf 72 700 Td (Anna 19620314-1234 Ek) Tj ET"),
        ("with kerning", "BT /F 12 Tf 72 700 Td [(Anna 1962) 12 (0314) -20 (-12) 5 (34 Ek)] TJ ET"),
        ("digit by digit", "BT /F 12 Tf 72 700 Td (Anna 196203) Tj (14-1) Tj (2) Tj (3) Tj (4 Ek) Tj ET"),
        (
            "each digit put in its place",
            "BT /F 10 Tf 1 0 0 1 72 700 Tm (Anna 19620314-) Tj 1 0 0 1 144.25 700 Tm (1) Tj 1 0 0 1 149.81 700 Tm (2) Tj \
             1 0 0 1 155.37 700 Tm (3) Tj 1 0 0 1 160.93 700 Tm (4) Tj 1 0 0 1 169.27 700 Tm (Ek) Tj ET",
        ),
        ("on a next line", "BT /F 12 Tf 14 TL 72 700 Td (x) Tj (Anna 19620314-1234 Ek) ' ET"),
        ("with spacing", "BT /F 12 Tf 14 TL 72 700 Td (x) Tj 1 0.5 (Anna 19620314-1234 Ek) \" ET"),
        ("as hexadecimal digits", "BT /F 12 Tf 72 700 Td <416E6E612031393632303331342D3132333420456B> Tj ET"),
        (
            "drawn twice to be bold",
            "BT /F 12 Tf 72 700 Td (Anna 19620314-1234 Ek) Tj 1 0 0 1 72.3 700 Tm (Anna 19620314-1234 Ek) Tj ET",
        ),
        ("turned on its side", "BT /F 12 Tf 0 1 -1 0 300 100 Tm (Anna 19620314-1234 Ek) Tj ET"),
    ];
    for (how, content) in drawn {
        let file = page(content, "", |_| {});
        assert!(
            lines(&file).concat().iter().any(|line| line.contains("Anna 19620314-1234 Ek")),
            "{how}: {:?}",
            lines(&file)
        );
        let copy = redacted(&file);
        let after = lines(&copy.bytes).concat();
        assert!(after.iter().any(|line| line.contains("Anna 19620314") && line.ends_with("Ek")), "{how}: {after:?}");
        assert!(!after.concat().contains("1234") && copy.hidden == 1, "{how}: {after:?}");
        assert!(!holds(&copy, "1234"), "{how}");
    }
}

#[test]
fn a_number_broken_over_two_lines_goes_too() {
    for (first, second) in [("Anna 620314-", "1234 Ek"), ("Anna 19620314", "-1234 Ek")] {
        let content = format!("BT /F 12 Tf 72 700 Td ({first}) Tj 0 -14 Td ({second}) Tj ET");
        let file = page(&content, "", |_| {});
        let copy = redacted(&file);
        assert_eq!(copy.hidden, 1);
        assert!(!holds(&copy, "1234") && holds(&copy, "0314"), "{:?}", lines(&copy.bytes));
    }
    let file = page("BT /F 12 Tf 72 700 Td (den 20241216) Tj 0 -14 Td (2025 blir) Tj ET", "", |_| {});
    assert_eq!(redacted(&file).hidden, 0, "a day and a year are none");
}

#[test]
fn what_is_said_in_place_of_what_is_drawn_goes_too() {
    let said = "/Span <</MCID 3 /ActualText (Anna 19620314-1234)>> BDC BT /F 12 Tf 72 700 Td (Anna) Tj ET EMC";
    let drawn = "/Figure <</Alt (ID 19620314-1234)>> BDC 0 0 9 9 re f EMC";
    let harmless = "/Span <</ActualText (mötet)>> BDC BT /F 12 Tf 72 600 Td (m) Tj ET EMC";
    let form = "/XObject <</X 5 0 R>>";
    let file = page(&format!("{said} {harmless} /X Do"), form, |file| {
        file.stream(5, "/Type /XObject /Subtype /Form /BBox [0 0 99 99]", drawn.as_bytes());
    });
    let copy = redacted(&file);
    assert!(!holds(&copy, "1234"), "neither on the page nor in a form");
    assert!(holds(&copy, "/MCID 3") && holds(&copy, "mötet") && copy.hidden == 2, "{}", copy.hidden);
    assert_eq!(lines(&copy.bytes), lines(&file), "it looks as before");
}

#[test]
fn what_follows_a_number_stays_where_it_stood() {
    let file = page("BT /F 12 Tf 3 Tc 72 700 Td (19620314-1234 Ek) Tj (, ordf.) Tj ET", "", |_| {});
    let copy = redacted(&file);
    let places = |bytes: &[u8]| {
        let document = read(bytes);
        let page = document.latest().pages().unwrap()[0];
        text::placed(document.latest(), page).last().unwrap().rect
    };
    let (before, after) = (places(&file), places(&copy.bytes));
    assert!((before[2] - after[2]).abs() < 0.05, "{before:?} {after:?}");
}

#[test]
fn numbers_in_forms_titles_links_and_other_texts_go_too() {
    let file = page("/X Do", "/XObject <</X 5 0 R>>", |file| {
        let font = "/Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>";
        let keys = format!("/Type /XObject /Subtype /Form /BBox [0 0 500 800] /Resources <<{font}>>");
        file.stream(5, &keys, b"BT /F 12 Tf 72 700 Td (Bo 19500101-4321) Tj ET");
        file.object(9, "[10 0 R]");
        file.object(
            10,
            "<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /Contents (196203141234) /A <</S /URI /URI (https://a.se)>>>>",
        );
        file.object(11, "<</Title (Protokoll 19500101-4321) /Author (Anna 19620314-1234)>>");
        file.trailer = format!("{} /Info 11 0 R", file.trailer);
    });
    let copy = redacted(&file);
    for number in ["4321", "1234"] {
        assert!(!holds(&copy, number), "{number}");
    }
    assert!(lines(&copy.bytes).concat().iter().any(|line| line.starts_with("Bo 19500101")));
    assert!(holds(&copy, "https://a.se"), "links stay");
}

#[test]
fn scripts_attachments_fields_and_metadata_are_not_copied_and_what_they_drew_is() {
    let file = page("BT /F 12 Tf 72 700 Td (Protokoll) Tj ET", "", |file| {
        let font = "/Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>";
        let keys = format!("/Type /XObject /Subtype /Form /BBox [0 0 100 20] /Resources <<{font}>>");
        file.stream(5, &keys, b"BT /F 12 Tf 2 4 Td (Undertecknat av Anna) Tj ET");
        file.stream(6, "/Type /EmbeddedFile", b"hemlig bilaga");
        file.stream(7, "/Type /Metadata /Subtype /XML", b"<x>hemlig metadata</x>");
        file.object(9, "[10 0 R 12 0 R]");
        file.object(
            10,
            "<</Type /Annot /Subtype /Widget /FT /Tx /T (falt) /V (hemligt varde) /Rect [100 100 300 140] /AP <</N 5 0 R>>>>",
        );
        file.object(12, "<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /JavaScript /JS (hemligt skript)>>>>");
        let catalog = "<</Type /Catalog /Pages 2 0 R /Metadata 7 0 R /AcroForm <</Fields [10 0 R]>> /OpenAction 13 0 R \
                       /Names <</EmbeddedFiles <</Names [(a) <</Type /Filespec /EF <</F 6 0 R>>>>]>>>>>>";
        file.object(1, catalog);
        file.object(13, "<</S /JavaScript /JS (hemligt skript)>>");
    });
    let copy = redacted(&file);
    assert!(!holds(&copy, "hemlig"));
    let shown = lines(&copy.bytes).concat();
    assert_eq!(shown, ["Protokoll", "Undertecknat av Anna"], "the field's appearance is part of the page");
}

#[test]
fn the_copy_of_signed_minutes_says_the_same_on_the_same_pages_and_carries_no_signature() {
    let original = fixture(GENUINE);
    let before = lines(&original);
    let copy = redacted(&original);
    assert_eq!(lines(&copy.bytes), before, "nothing to hide in it, so nothing is changed");
    let again = read(&copy.bytes);
    assert!(again.signatures().is_empty() && again.unsigned_fields().is_empty() && again.faults().is_empty());
    assert_eq!(copy.pages, before.len());
    assert!(!holds(&copy, "ByteRange") && !holds(&copy, "AcroForm") && !holds(&copy, "/DSS"));
}

fn archive_with(document: &[u8]) -> (House, sigill::archive::Archive, RecordId) {
    let (house, archive, _) = House::with(&[]);
    let id = archive.ingest(document, &house::submission()).unwrap().record.id.parse().unwrap();
    (house, archive, id)
}

#[test]
fn whoever_checks_a_registered_copy_is_told_what_it_is_a_copy_of() {
    let (house, archive, id) = archive_with(&fixture(GENUINE));
    let published = archive.publish(id, None, "registrator").unwrap();
    assert_eq!(published.sha256.len(), 64);
    drop(archive);
    let archive = house.rebuild();
    let said = |bytes: &[u8], all: bool| {
        let mut found = Verification::of(&archive.verify(bytes), "kopia.pdf", None);
        archive.recognise(&mut found, all).unwrap();
        found
    };
    let found = said(&published.bytes, false);
    assert_eq!((found.verdict.as_str(), found.original_record_id), ("registered-copy", Some(id.to_string())));
    assert!(
        found.advice.sv.contains("KS 2024/123") && found.advice.sv.contains("Exempelförbundet"),
        "{:?}",
        found.advice
    );
    let mut changed = published.bytes.clone();
    let at = changed.len() - 8;
    changed[at] ^= 1;
    assert_ne!(said(&changed, true).verdict, "registered-copy", "one byte, and it is no copy of ours");
    assert_eq!(said(&fixture(GENUINE), true).verdict, "valid", "the original is itself");
    let size = archive.ledger().size();
    match archive.ingest(&published.bytes, &house::submission()) {
        Err(Error::Refused(refusal)) => assert_eq!(*refusal, Refusal::Copy(id), "it is no record of its own"),
        other => panic!("{other:?}"),
    }
    assert_eq!(archive.ledger().size(), size);
    let sha256 = crypto::sha256(&[&published.bytes]);
    let found = archive.find(&[Query::Document(sha256)]).unwrap();
    assert_eq!(found[0].record.id, id.to_string(), "the copy's hash leads to the record");
    let events = archive.events(id).unwrap().unwrap();
    assert_eq!(events[1].event, Event::CopyRegistered);
    assert_eq!(archive.check(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn who_holds_a_copy_of_a_record_that_is_not_public_is_told_no_more_than_where_the_original_is() {
    let (house, archive, _) = House::with(&[]);
    let submission = sigill::archive::record::Submission { public: false, ..house::submission() };
    let id = archive.ingest(&fixture(GENUINE), &submission).unwrap().record.id.parse().unwrap();
    let published = archive.publish(id, Some("Till nämnden"), "registrator").unwrap();
    for all in [false, true] {
        let mut found = Verification::of(&archive.verify(&published.bytes), "kopia.pdf", None);
        archive.recognise(&mut found, all).unwrap();
        assert_eq!((found.verdict.as_str(), found.original_record_id), ("registered-copy", Some(id.to_string())));
        assert!(found.advice.sv.contains("Exempelförbundet"));
        assert_eq!(found.advice.sv.contains("KS 2024/123"), all, "{:?}", found.advice);
    }
    drop(house);
}

#[test]
fn text_is_copied_as_text_and_what_cannot_be_copied_is_refused_and_registers_nothing() {
    let (_house, archive, id) = archive_with("Närvarande: Anna Ek 19620314-1234".as_bytes());
    let published = archive.publish(id, None, "registrator").unwrap();
    assert_eq!(String::from_utf8(published.bytes).unwrap(), "Närvarande: Anna Ek 19620314-••••");
    let (_house, archive, id) = archive_with(b"%PDF-1.7\nnothing that opens");
    let size = archive.ledger().size();
    match archive.publish(id, None, "registrator") {
        Err(Error::Refused(refusal)) => assert!(matches!(*refusal, Refusal::NoCopy(_)), "{refusal:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(archive.ledger().size(), size);
}

/// For eyes: the copies are written where `TEST_LOOK` says.
#[test]
fn copies_can_be_looked_at() {
    let Ok(folder) = std::env::var("TEST_LOOK") else {
        println!("TEST_LOOK names no folder; nothing to look at");
        return;
    };
    for name in ["styrelseprotokoll-genuine.pdf", "styrelseprotokoll-b-lta.pdf", "organisationsstampel-familj-b.pdf"] {
        let copy = redacted(&fixture(name));
        fs::write(format!("{folder}/{name}"), copy.bytes).unwrap();
    }
    let file = page("BT /F 12 Tf 72 700 Td (Anna 19620314-1234 Ek) Tj ET", "", |_| {});
    fs::write(format!("{folder}/nummer.pdf"), redacted(&file).bytes).unwrap();
}
