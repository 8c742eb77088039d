//! The reader of PDF files: revisions, signatures and what they cover, texts and stores, each rule of the validation spec,
//! sections 5.2 to 5.5, on a small file that breaks it.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use sigill::format::budget::Budget;
use sigill::format::pdf::ChangeKind;
use sigill::format::pdf::Coverage;
use sigill::format::pdf::Object;
use sigill::format::pdf::ObjectId;
use sigill::format::pdf::Severity::Fail;
use sigill::format::pdf::Severity::Warn;
use sigill::format::pdf::dss::Dss;
use sigill::format::pdf::text;

#[path = "support/writer.rs"]
#[expect(dead_code, reason = "other tests write other files")]
mod writer;

use writer::DER;
use writer::FORM;
use writer::Writer;
use writer::deflated;
use writer::find;
use writer::id;
use writer::read;
use writer::rules;

#[test]
fn tables_streams_and_object_streams_say_the_same() {
    let mut table = Writer::page();
    table.table();
    let mut stream = Writer::page();
    stream.xref_stream(9);
    let mut packed = Writer::new();
    packed.packed(8, &[(1, "<</Type /Catalog /Pages 2 0 R>>"), (2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")]);
    packed.object(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>");
    packed.stream(4, "", b"BT ET");
    packed.xref_stream(9);
    for file in [&table, &stream, &packed] {
        let document = read(&file.bytes);
        assert_eq!(document.faults(), []);
        assert_eq!(document.revisions().len(), 1);
        assert_eq!(document.latest().pages().unwrap(), [id(3)]);
        let catalog = document.latest().get(id(1)).unwrap().unwrap();
        assert_eq!(catalog.as_dict().unwrap().name(b"Type"), Some(&b"Catalog"[..]));
        let content = document.latest().get(id(4)).unwrap().unwrap();
        assert_eq!(document.latest().inflate(content.as_stream().unwrap()).unwrap(), b"BT ET");
        assert_eq!(document.revisions()[0].end, file.bytes.len());
    }
    let document = read(&packed.bytes);
    assert_eq!(document.latest().container(id(1)), Some(id(8)));
    assert_eq!(document.revisions()[0].containers, [id(8), id(9)]);
}

#[test]
fn each_revision_is_seen_as_it_stood() {
    let mut file = Writer::page();
    file.object(5, "(first)");
    file.object(6, "(freed)");
    file.table();
    let first = file.bytes.len();
    file.object(5, "(second)");
    file.object(7, "(new)");
    file.entries.push((6, 0, 0, 1));
    file.table();
    file.entries.push((6, 1, file.bytes.len(), 1));
    file.bytes.extend_from_slice(b"6 1 obj (again) endobj\n");
    file.table();
    let document = read(&file.bytes);
    assert_eq!(document.faults(), []);
    assert_eq!((document.revisions()[0].start, document.revisions()[0].end), (0, first));
    let text = |revision: usize, id: ObjectId| {
        let object = document.view(revision).get(id).unwrap();
        object.map(|object| String::from_utf8(object.as_string().unwrap().to_vec()).unwrap())
    };
    assert_eq!(text(0, id(5)).as_deref(), Some("first"));
    assert_eq!(text(1, id(5)).as_deref(), Some("second"));
    assert_eq!(text(0, id(7)), None);
    assert_eq!(text(1, id(6)), None);
    assert_eq!(text(2, ObjectId { number: 6, generation: 1 }).as_deref(), Some("again"));
    assert_eq!(text(2, id(6)), None);
    let changes =
        |revision| document.changes(revision).map(|change| (change.id.number, change.kind)).collect::<Vec<_>>();
    assert_eq!(changes(1), [(5, ChangeKind::Override), (6, ChangeKind::Freed), (7, ChangeKind::New)]);
    assert_eq!(changes(2), [(6, ChangeKind::Reused)]);
    assert_eq!(document.view(0).ids().count() + 1, document.view(2).ids().count());
}

#[test]
fn a_hybrid_is_one_revision_with_a_warning() {
    let mut file = Writer::page();
    file.entries.push((5, 0, 0, 65535));
    file.table();
    let table = file.previous;
    file.packed(8, &[(5, "(hidden)")]);
    let hidden = file.hidden(9);
    file.trailer += &format!(" /XRefStm {hidden}");
    file.previous = table;
    file.table();
    let document = read(&file.bytes);
    assert_eq!(document.revisions().len(), 1);
    assert_eq!(document.latest().get(id(5)).unwrap(), Some(Object::String(b"hidden"[..].into())));
    assert_eq!(rules(&file.bytes), [("PF-5", Warn)]);

    // The same after a signature fails.
    let mut late = Writer::signed();
    late.packed(8, &[(5, "(hidden)")]);
    let hidden = late.hidden(9);
    late.trailer += &format!(" /XRefStm {hidden}");
    late.table();
    assert!(rules(&late.bytes).contains(&("PF-5", Fail)));
}

#[test]
fn a_signature_is_listed_with_all_it_says() {
    let file = Writer::signed();
    let document = read(&file.bytes);
    assert_eq!(rules(&file.bytes), []);
    let [signature] = document.signatures() else { panic!("one signature") };
    assert_eq!(signature.name.as_deref(), Some("Underskrift"));
    assert_eq!((signature.field, signature.dictionary_id, signature.revision), (Some(id(10)), id(11), 1));
    assert_eq!(signature.sub_filter.as_deref(), Some("ETSI.CAdES.detached"));
    assert_eq!(signature.reason.as_deref(), Some("Justering"));
    assert_eq!(signature.claimed_time.unwrap().to_string(), "2025-03-21T15:44:35Z");
    assert_eq!((signature.page, signature.rect), (Some(0), Some([10.0, 20.0, 30.0, 40.0])));
    let contents = signature.contents.as_ref().unwrap();
    assert_eq!((contents.value(), contents.bytes.len()), (&[0x30, 3, 2, 1, 5][..], 32));
    let range = signature.range.as_ref().unwrap();
    assert_eq!(range.coverage(), Coverage::WholeFile);
    assert_eq!(&file.bytes[range.gap()], format!("<{DER:0<64}>").as_bytes());
    let parts = range.parts(&file.bytes);
    assert_eq!(parts[0].len() + parts[1].len() + range.gap().len(), file.bytes.len());
    assert_eq!(signature.digest_parts(&file.bytes).unwrap(), parts);
}

#[test]
fn a_later_revision_leaves_a_signature_its_own() {
    let mut file = Writer::signed();
    let signed = file.bytes.len();
    file.object(20, "(later)");
    file.table();
    file.sign("/AcroForm <</Fields [10 0 R 30 0 R] /SigFlags 3>>", 30, "Andra", "", "3003020106");
    let document = read(&file.bytes);
    assert_eq!(rules(&file.bytes), []);
    let ranges: Vec<_> = document.signatures().iter().map(|signature| signature.range.clone().unwrap()).collect();
    assert_eq!((ranges[0].coverage(), ranges[0].end(), ranges[0].revision()), (Coverage::WholeRevision, signed, 1));
    assert_eq!((ranges[1].coverage(), ranges[1].revision()), (Coverage::WholeFile, 3));
}

#[test]
fn permissions_and_locks_are_read() {
    let mut file = Writer::page();
    file.table();
    let keys = "/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</P 1>>>> \
                <</TransformMethod /FieldMDP /TransformParams <</Action /Include /Fields [(a) (b)]>>>>]";
    file.sign(FORM, 10, "Underskrift", keys, DER);
    let document = read(&file.bytes);
    let signature = &document.signatures()[0];
    assert_eq!(signature.doc_mdp, Some(1));
    assert_eq!(signature.field_mdp.as_ref().unwrap().fields, ["a", "b"]);
}

#[test]
fn each_rule_on_ranges_fires_on_the_file_that_breaks_it() {
    let signed = Writer::signed();
    let cert = {
        let mut file = Writer::page();
        file.table();
        file.sign(FORM, 10, "Underskrift", &format!("/Cert <{DER:0<64}>"), DER);
        let other = find(&file.bytes, b"/Cert <").unwrap() + 6;
        let total = file.bytes.len();
        file.with_range(|_| format!("0 {other} {} {}", other + 66, total - other - 66))
    };
    let one_long = |[a, b, c, d]: [i64; 4]| format!("{a} {b} {} {}", c + 1, d - 1);
    let files = [
        ("BR-1", signed.with_range(|[a, b, c, _]| format!("{a} {b} {c}"))),
        ("BR-1", signed.with_range(|[a, b, c, d]| format!("{a} -{b} {c} {d}"))),
        ("BR-2", signed.with_range(|[a, b, c, d]| format!("{a} {b} {c} {}", d + 1))),
        ("BR-2", signed.with_range(|[_, b, c, d]| format!("1 {b} {c} {d}"))),
        ("BR-2", signed.with_range(|[a, b, c, _]| format!("{a} {b} {c} 9007199254740991"))),
        ("BR-3", signed.with_range(one_long)),
        ("BR-4", signed.with_range(one_long)),
        ("BR-4", cert),
        ("BR-5", signed.with_range(|[a, b, c, _]| format!("{a} {b} {c} 5"))),
        ("BR-6", signed.with_range(|[a, b, c, d]| format!("{a} {b} {c} {}", d - 8))),
        ("BR-9", signed.with("<3003020105", "<0000000000")),
        ("BR-10", signed.with_range(|[a, b, c, _]| format!("{a} {b} {c} 5"))),
        ("5.3", signed.with("/Filter /Adobe.PPKLite", "")),
    ];
    for (rule, file) in &files {
        assert!(rules(&file.bytes).contains(&(rule, Fail)), "{rule}: {:?}", rules(&file.bytes));
        let document = read(&file.bytes);
        let exists = document.signatures()[0].range.is_some();
        assert_eq!(exists, !["BR-1", "BR-2", "BR-3", "BR-4"].contains(rule), "{rule}");
    }
    assert!(rules(&signed.with("0000>", "00 0>").bytes).contains(&("BR-3", Fail)));
    assert!(rules(&signed.with("000000>", "0000FF>").bytes).contains(&("BR-9", Warn)));
}

#[test]
fn two_signatures_share_nothing() {
    let signed = Writer::signed();
    let body = {
        let at = find(&signed.bytes, b"11 0 obj\n").unwrap() + 9;
        let end = at + find(&signed.bytes[at..], b"\nendobj").unwrap();
        String::from_utf8(signed.bytes[at..end].to_vec()).unwrap()
    };
    let mut copy = signed.clone();
    copy.object(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R 30 0 R] /SigFlags 3>>>>");
    copy.object(30, "<</FT /Sig /T (Kopia) /V 31 0 R>>");
    copy.object(31, &body);
    copy.table();
    let document = read(&copy.bytes);
    assert_eq!(document.signatures().len(), 2);
    let copied = document.signatures().iter().find(|signature| signature.name.as_deref() == Some("Kopia")).unwrap();
    assert!(copied.range.is_none(), "the copy's own /Contents is elsewhere");
    assert!(copied.faults.iter().any(|fault| fault.rule == "BR-8" && fault.severity == Fail));

    let mut shared = signed.clone();
    shared.object(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R 30 0 R] /SigFlags 3>>>>");
    shared.object(30, "<</FT /Sig /T (Kopia) /V 11 0 R>>");
    shared.table();
    assert_eq!(read(&shared.bytes).signatures().len(), 1);
    assert!(rules(&shared.bytes).contains(&("SF-2", Warn)));
}

#[test]
fn no_gap_lies_in_what_another_signature_covers() {
    let mut file = Writer::page();
    file.table();
    let range = " ".repeat(60);
    let body = format!("<</Type /Sig /Filter /X /ByteRange [{range}] /Contents <{:0<64}>>>", "3003020106");
    file.object(30, "<</FT /Sig /T (Andra) /V 31 0 R>>");
    let at = file.object(31, &body);
    file.sign("/AcroForm <</Fields [10 0 R 30 0 R] /SigFlags 3>>", 10, "Underskrift", "", DER);
    let gap = at + find(&file.bytes[at..], b"/Contents <").unwrap() + 10;
    let stored = format!("0 {gap} {} {}", gap + 66, file.bytes.len() - gap - 66);
    let both = file.with(&format!("[{range}]"), &format!("[{stored:<60}]"));
    assert!(rules(&both.bytes).contains(&("BR-7", Fail)), "{:?}", rules(&both.bytes));
    assert!(!rules(&Writer::signed().bytes).iter().any(|(rule, _)| *rule == "BR-7"));
}

#[test]
fn a_signature_dictionary_stays_what_it_was() {
    let signed = Writer::signed();
    let at = find(&signed.bytes, b"11 0 obj\n").unwrap() + 9;
    let end = at + find(&signed.bytes[at..], b"\nendobj").unwrap();
    let body = String::from_utf8(signed.bytes[at..end].to_vec()).unwrap();
    let mut forged = signed.clone();
    forged.object(11, &body.replace("Justering", "Ogiltigt"));
    forged.table();
    let document = read(&forged.bytes);
    assert_eq!(document.signatures()[0].reason.as_deref(), Some("Justering"));
    assert!(rules(&forged.bytes).contains(&("SD-1", Fail)));

    let mut renamed = signed.clone();
    renamed.object(10, "<</FT /Sig /T (Annan) /V 11 0 R>>");
    renamed.table();
    assert!(rules(&renamed.bytes).contains(&("BR-11", Fail)));

    let mut orphan = signed.clone();
    orphan.object(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields []>>>>");
    orphan.table();
    assert_eq!(read(&orphan.bytes).signatures()[0].name, None);
    assert!(rules(&orphan.bytes).contains(&("SF-1", Warn)));

    let mut named_alike = signed.clone();
    named_alike.object(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R 30 0 R] /SigFlags 3>>>>");
    named_alike.object(30, "<</FT /Sig /T (Underskrift)>>");
    named_alike.table();
    assert!(rules(&named_alike.bytes).contains(&("SF-4", Warn)));

    let direct = signed.with("/V 11 0 R", "/V <<>>");
    assert!(rules(&direct.bytes).contains(&("SF-3", Fail)));
    let empty = signed.with("/V 11 0 R", "");
    assert_eq!(read(&empty.bytes).unsigned_fields(), ["Underskrift"]);
}

#[test]
fn swedish_text_is_read_line_by_line() {
    let mut file = Writer::new();
    file.object(1, "<</Type /Catalog /Pages 2 0 R>>");
    file.object(2, "<</Type /Pages /Kids [3 0 R] /Resources <</Font <</F 5 0 R /G 6 0 R>> /XObject <</X 9 0 R>>>>>>");
    file.object(3, "<</Type /Page /Parent 2 0 R /Contents [4 0 R]>>");
    let content = b"BT /F 12 Tf 50 700 Td (Justerat av \\305sa) Tj 0 -20 Td [(\\326ster) -400 (s\\366n)] TJ ET \
                    BT /G 12 Tf 1 0 0 1 200 700 Tm <00010002> Tj ET q 1 0 0 1 50 600 cm /X Do Q";
    file.stream(4, "", content);
    file.object(5, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>");
    file.object(6, "<</Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [7 0 R] /ToUnicode 8 0 R>>");
    file.object(7, "<</Type /Font /Subtype /CIDFontType2 /DW 600>>");
    file.stream(
        8,
        "",
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0001> <0002> <00E4> endbfrange",
    );
    file.stream(9, "/Subtype /Form", b"BT /F 10 Tf (\\247 43) Tj ET");
    file.table();
    let document = read(&file.bytes);
    let pages = text::read(document.latest(), &Budget::STANDARD);
    assert_eq!(pages[0].lines, ["Justerat av Åsa äå", "Öster sön", "§ 43"]);
}

#[test]
fn a_turned_page_is_read_as_it_is_shown() {
    let turned = [
        (0, "1 0 0 1 100 700", "1 0 0 1 100 680", "0 -1 1 0 40 300"),
        (90, "0 1 -1 0 100 50", "0 1 -1 0 120 50", "1 0 0 1 300 40"),
        (180, "-1 0 0 -1 500 100", "-1 0 0 -1 500 120", "0 1 -1 0 40 300"),
        (270, "0 -1 1 0 120 700", "0 -1 1 0 100 700", "-1 0 0 -1 300 40"),
    ];
    for (rotate, first, second, margin) in turned {
        let mut file = Writer::new();
        file.object(1, "<</Type /Catalog /Pages 2 0 R>>");
        file.object(2, &format!("<</Type /Pages /Kids [3 0 R] /Rotate {rotate} /Resources <</Font <</F 5 0 R>>>>>>"));
        file.object(3, "<</Type /Page /Parent 2 0 R /Contents 4 0 R>>");
        let content =
            format!("BT /F 12 Tf {margin} Tm (Sida 1) Tj {second} Tm (som lyder) Tj {first} Tm (Beslut) Tj ET");
        file.stream(4, "", content.as_bytes());
        file.object(5, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>");
        file.table();
        let pages = text::read(read(&file.bytes).latest(), &Budget::STANDARD);
        assert_eq!(pages[0].lines, ["Beslut", "som lyder", "Sida 1"], "/Rotate {rotate}");
    }
}

#[test]
fn the_security_store_is_read_whether_direct_or_not() {
    let mut file = Writer::page();
    file.table();
    let store = "/DSS <</Certs [20 0 R] /CRLs 22 0 R /OCSPs [21 0 R 99 0 R] /VRI <</ABCD <<>> /BCDE 24 0 R /CDEF <</TS 99 0 R>> /Type /VRI>>>>";
    file.object(1, &format!("<</Type /Catalog /Pages 2 0 R {store}>>"));
    file.stream(20, "", b"certificate");
    file.stream(21, "/Filter /FlateDecode", &deflated(b"response"));
    file.object(22, "[23 0 R]");
    file.stream(23, "/Filter [/ASCIIHexDecode]", b"6C697374>");
    file.object(24, "<</TU (D:20240229120000Z)>>");
    file.table();
    let document = read(&file.bytes);
    assert_eq!(Dss::read(document.view(0)).unwrap(), None);
    let dss = Dss::read(document.latest()).unwrap().unwrap();
    assert_eq!(dss.certificates, [b"certificate"]);
    assert_eq!(dss.ocsp_responses, [b"response"]);
    assert_eq!(dss.crls, [b"list"]);
    assert_eq!((dss.vri_keys.join(" ").as_str(), dss.vri_times, dss.unreadable), ("ABCD BCDE CDEF", 2, 1));
    let held = |revision| Dss::holds_anything(document.view(revision)).unwrap();
    assert_eq!((held(0), held(1)), (false, true));
}
