//! Files that are broken or mean harm: each rule of the validation spec, section 5.1, on a small file that breaks it.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use std::time::Duration;
use std::time::Instant;

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::Fault;
use sigill::format::pdf::Severity::Fail;
use sigill::format::pdf::Severity::Warn;
use sigill::format::pdf::text;

#[path = "support/writer.rs"]
#[expect(dead_code, reason = "other tests write other files")]
mod writer;

use writer::DER;
use writer::FORM;
use writer::Writer;
use writer::deflated;
use writer::error;
use writer::find;
use writer::id;
use writer::read;
use writer::rules;

#[test]
fn each_rule_on_files_fires_on_the_file_that_breaks_it() {
    let signed = Writer::signed();
    let after = |change: &dyn Fn(&mut Writer)| {
        let mut file = signed.clone();
        change(&mut file);
        file.table();
        file.bytes
    };
    let trailing = |bytes: &[u8]| [&signed.bytes, bytes].concat();
    // Prepared before signing: the object stands where nothing stands yet.
    let ahead = |entry: &dyn Fn(&mut Writer, usize), later: &dyn Fn(&mut Writer)| {
        let mut file = Writer::page();
        entry(&mut file, 4000);
        file.table();
        file.sign(FORM, 10, "Underskrift", "", DER);
        assert!(file.bytes.len() < 4000);
        file.bytes.resize(4000, b' ');
        later(&mut file);
        file.table();
        file.bytes
    };
    let files = [
        ("PF-6", Fail, after(&|file| file.entries.push((20, 1, 9, 0)))),
        ("PF-7", Fail, after(&|file| file.entries.push((4, 1, find(&file.bytes, b"3 0 obj").unwrap(), 0)))),
        (
            "PF-7",
            Fail,
            ahead(&|file, at| file.entries.push((4, 1, at, 0)), &|file| {
                file.bytes.extend_from_slice(b"4 0 obj\n<</Length 5>>\nstream\nBT ET\nendstream\nendobj\n");
            }),
        ),
        (
            "PF-3",
            Fail,
            ahead(&|file, at| file.trailer += &format!(" /XRefStm {at}"), &|file| {
                file.trailer = "/Root 1 0 R /ID [<01> <02>]".to_owned();
                let previous = file.previous;
                file.entries.push((4, 1, 20, 0));
                file.previous = None;
                file.hidden(30);
                file.previous = previous;
            }),
        ),
        ("PF-8", Warn, after(&|file| file.trailer = "/Root 2 0 R /ID [<01> <02>]".to_owned())),
        ("PF-8", Warn, after(&|file| file.trailer = "/Root 1 0 R /ID [<09> <02>]".to_owned())),
        ("PF-8", Fail, after(&|file| file.trailer += " /Encrypt 4 0 R")),
        ("PF-8", Warn, after(&|file| file.trailer += " /Size 9")),
        ("PF-9", Fail, after(&|file| file.trailer += " /Root 1 0 R")),
        (
            "PF-11",
            Warn,
            after(&|file| {
                file.object(1, "<</Type /Catalog /Pages 2 0 R /Version /1.4>>");
                file.table();
                file.object(1, "<</Type /Catalog /Pages 2 0 R /Version /1.3>>");
            }),
        ),
        (
            "PF-9",
            Fail,
            after(&|file| {
                file.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1 /Count 1>>");
            }),
        ),
        (
            "PF-9",
            Fail,
            after(&|file| {
                file.object(20, "<</A 1 /A 2>>");
            }),
        ),
        (
            "PF-10",
            Fail,
            after(&|file| {
                file.object(20, "<</Length 3>>\nstream\nfive!\nendstream");
            }),
        ),
        ("MD-40", Warn, trailing(b"\n \n")),
        ("MD-40", Fail, trailing(b"9 0 obj null endobj")),
        ("MD-40", Fail, trailing(&[b' '; 2000])),
    ];
    for (rule, severity, bytes) in files {
        assert!(rules(&bytes).contains(&(rule, severity)), "{rule}: {:?}", rules(&bytes));
    }
    let mut before = Writer::page();
    before.object(20, "<</A 1 /A 2>>");
    before.table();
    assert_eq!(rules(&before.bytes), [("PF-9", Warn)], "before the first signature, and nothing that decides");
    let unmarked = &signed.bytes[..signed.bytes.len() - b"%%EOF\n".len()];
    assert!(rules(unmarked).contains(&("MD-40", Fail)), "the revision before is what opens");
    let single = &before.bytes[..before.bytes.len() - b"%%EOF\n".len()];
    assert!(rules(single).contains(&("PF-2", Fail)));
    let shifted = [b"junk\n", signed.bytes.as_slice()].concat();
    assert!(Document::read(&shifted, &Budget::STANDARD).is_err(), "offsets do not follow the header");
    assert_eq!(error(b"hello").rule(), "PF-1");
    assert_eq!(error(b"%PDF-1.7\nstartxref\n3\n%%EOF").rule(), "PF-4");
}

#[test]
fn hostile_files_end_soon() {
    let started = Instant::now();
    let mut looped = Writer::page();
    looped.previous = Some(looped.bytes.len());
    looped.table();
    assert_eq!(error(&looped.bytes).rule(), "PF-3");

    let mut nested = Writer::page();
    nested.object(20, &"[".repeat(200_000));
    nested.table();
    assert!(rules(&nested.bytes).contains(&("LIM-3", Fail)));

    let bomb = deflated(&vec![b' '; 40 << 20]);
    let mut inflating = Writer::page();
    for number in 20..60 {
        inflating.stream(number, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &bomb);
        inflating.entries.push((number + 100, 2, usize::try_from(number).unwrap(), 0));
    }
    inflating.xref_stream(99);
    assert!(rules(&inflating.bytes).contains(&("LIM-4", Fail)));

    let mut lengths = Writer::page();
    for number in 20..2_000_u32 {
        let next = number + 1;
        lengths.object(number, &format!("<</Length {next} 0 R>>\nstream\nx\nendstream"));
    }
    lengths.table();
    assert!(rules(&lengths.bytes).contains(&("PF-10", Fail)));

    let mut pages = Writer::new();
    pages.object(1, "<</Type /Catalog /Pages 2 0 R>>");
    pages.object(2, "<</Type /Pages /Kids [2 0 R 3 0 R 2 0 R]>>");
    pages.object(3, "<</Type /Page /Parent 2 0 R /Resources <</XObject <</A 4 0 R>>>> /Contents 5 0 R>>");
    pages.stream(4, "/Subtype /Form /Resources <</XObject <</A 4 0 R>>>>", &b"/A Do ".repeat(50));
    pages.stream(5, "", b"/A Do (((");
    pages.table();
    let document = read(&pages.bytes);
    assert_eq!(document.latest().pages().unwrap(), [id(3)]);
    assert_eq!(text::read(document.latest(), &Budget::STANDARD)[0].lines, Vec::<String>::new());
    let took = started.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn a_file_cut_or_spoiled_anywhere_is_never_a_panic() {
    let mut file = Writer::signed();
    file.packed(50, &[(51, "<</A [1 2.5 (x) <41> /N true null 3 0 R]>>")]);
    file.xref_stream(52);
    for part in 0..50 {
        let cut = &file.bytes[..file.bytes.len() * part / 50];
        if let Ok(document) = Document::read(cut, &Budget::STANDARD) {
            let _ = text::read(document.latest(), &Budget::STANDARD);
        }
    }
    for at in 0..file.bytes.len() {
        let mut spoiled = file.bytes.clone();
        spoiled[at] ^= 0x15;
        if let Ok(document) = Document::read(&spoiled, &Budget::STANDARD) {
            let _ = text::read(document.latest(), &Budget::STANDARD);
            for signature in document.signatures() {
                let gap = signature.range.as_ref().map(|range| &spoiled[range.gap()]);
                assert!(gap.is_none_or(|gap| gap.starts_with(b"<") && gap.ends_with(b">")), "byte {at}");
            }
        }
    }
}

/// Faults carry no text of the document, so that they can be logged.
#[test]
fn faults_tell_nothing_of_the_content() {
    let file = Writer::signed().with("/Filter /Adobe.PPKLite", "");
    let document = read(&file.bytes);
    let faults: Vec<&Fault> = document.signatures().iter().flat_map(|signature| &signature.faults).collect();
    assert!(!faults.is_empty());
    assert!(faults.iter().all(|fault| !fault.detail.contains("Underskrift") && !fault.detail.contains("Justering")));
}

#[test]
fn a_linearized_file_ends_where_its_second_section_does() {
    let mut file = Writer::new();
    file.object(9, "<</Linearized 1 /L 0000001234 /O 3 /N 1>>");
    file.entries.clear();
    let first = file.bytes.len();
    file.previous = Some(1_111_111);
    file.entries.extend([(1, 1, 333_331, 0), (2, 1, 333_332, 0)]);
    let head = file.table().bytes.len();
    let catalog = file.object(1, "<</Type /Catalog /Pages 2 0 R>>");
    let pages = file.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>");
    file.entries.clear();
    file.object(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>");
    file.previous = None;
    let main = file.bytes.len();
    file.table();
    // Some write a trailer of no use behind it, and name the first section again.
    let close = format!("startxref\n{main}\n%%EOF\n");
    file.bytes.truncate(file.bytes.len() - close.len());
    file.bytes.extend_from_slice(format!("trailer\n<</Size 3>>\nstartxref\n{first}\n%%EOF\n").as_bytes());
    let offset = |at: usize| format!("{at:010}");
    let length = file.bytes.len();
    file.previous = Some(first);
    let file = [("1111111", main), ("0000333331", catalog), ("0000333332", pages), ("0000001234", length)]
        .into_iter()
        .fold(file, |file, (from, to)| {
            let to = if from.len() == 7 { format!("{to:07}") } else { offset(to) };
            file.with(from, &to)
        });
    let mut signed = file.clone();
    signed.sign(FORM, 10, "Underskrift", "", DER);
    let document = read(&signed.bytes);
    let extents: Vec<(usize, usize)> = document.revisions().iter().map(|one| (one.start, one.end)).collect();
    assert_eq!(extents, [(0, length), (length, signed.bytes.len())], "and not at byte {head}");
    assert_eq!(rules(&signed.bytes), []);
}
