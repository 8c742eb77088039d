//! What the file says of itself after signing: its catalog, metadata, structure and security store.
//! VALIDATION 6.1 (shadow attacks) and 6.4, MD-3 to MD-12.

use sigill::verify::changes::ChangeLevel::FormFilling;
use sigill::verify::changes::ChangeLevel::LtaUpdates;
use sigill::verify::changes::ChangeLevel::Other;

#[path = "support/judged.rs"]
#[expect(dead_code, reason = "other tests judge other updates")]
mod judged;
#[path = "support/paper.rs"]
mod paper;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use judged::ALL;
use judged::APPROVAL;
use judged::CADES;
use judged::FILLING;
use judged::NONE;
use judged::Permitted;
use judged::assert_cases;
use judged::form;
use judged::judged;
use judged::judged_twice;
use judged::sign;
use judged::with;
use paper::CATALOG;
use paper::DRAWN;
use paper::INFO;
use paper::drawing;
use update::Update;

#[test]
fn shadow_attacks_change_what_signed_objects_mean_and_are_refused() {
    assert_cases(&[
        ("hide: what lay over the text is taken away", |u| u.free(14).table(), Other, NONE),
        ("replace: the font", |u| with(u, 5, "/Type /Font /Subtype /Type1 /BaseFont /Symbol").table(), Other, NONE),
        ("replace: the text", |u| u.stream(4, "", b"BT /F1 14 Tf 72 700 Td (Avslag) Tj ET").table(), Other, NONE),
        (
            "hide and replace: the catalog leads elsewhere",
            |u| {
                let u = with(u, 50, &CATALOG.replace("/Pages 2 0 R", "/Pages 51 0 R"));
                let u = with(u, 51, "/Type /Pages /Count 1 /Kids [52 0 R]");
                with(u, 52, "/Type /Page /Parent 51 0 R /Contents 12 0 R").root("/Root 50 0 R /Info 7 0 R").table()
            },
            Other,
            NONE,
        ),
        (
            "the signature's own dictionary",
            |u| {
                with(u, 21, "/Type /Sig /Filter /A /SubFilter /ETSI.CAdES.detached /Reason (annat) /Contents <00>")
                    .table()
            },
            Other,
            NONE,
        ),
        (
            "new numbers for what the form looked like",
            |u| form(u, "", "/DR <</XObject <</X1 14 0 R>>>>").table(),
            Other,
            NONE,
        ),
    ]);
}

#[test]
fn the_catalog_gains_statements_and_nothing_that_draws() {
    fn catalog(update: Update, more: &str) -> Vec<u8> {
        with(update, 1, &format!("{CATALOG} {more}")).table()
    }
    assert_cases(&[
        (
            "a known developer's extension",
            |u| catalog(u, "/Extensions <</ADBE <</BaseVersion /1.7 /ExtensionLevel 8>>>>"),
            LtaUpdates,
            ALL,
        ),
        (
            "an unknown developer's",
            |u| catalog(u, "/Extensions <</EVIL <</BaseVersion /1.7 /ExtensionLevel 8>>>>"),
            Other,
            NONE,
        ),
        ("an extension that is a drawing", |u| catalog(u, "/Extensions <</ADBE 12 0 R>>"), Other, NONE),
        ("a higher version", |u| with(u, 1, &CATALOG.replace("1.6", "2.0")).table(), LtaUpdates, ALL),
        ("a lower version", |u| with(u, 1, &CATALOG.replace("1.6", "1.3")).table(), LtaUpdates, ALL),
        ("no version that can be read", |u| with(u, 1, &CATALOG.replace("1.6", "x")).table(), Other, NONE),
        ("that it is tagged", |u| catalog(u, "/MarkInfo <</Marked true>>"), LtaUpdates, ALL),
        ("that its tags are suspect", |u| catalog(u, "/MarkInfo <</Marked true /Suspects true>>"), Other, NONE),
        ("a program's own data", |u| catalog(u, "/PieceInfo <</ADBE <</Private 5>>>>"), FormFilling, FILLING),
        ("a program's own data that is a drawing", |u| catalog(u, "/PieceInfo 12 0 R"), Other, NONE),
        (
            "a program's own data that overrides a drawing",
            |u| {
                let u = u.stream(14, DRAWN, &drawing("Avslag"));
                catalog(u, "/PieceInfo <</ADBE <</Private 14 0 R>>>>")
            },
            Other,
            NONE,
        ),
    ]);
    let (after, _) = judged(APPROVAL, |u| with(u, 1, &CATALOG.replace("/Version /1.6", "")).table());
    assert_eq!(after.changes.iter().map(|change| change.rule).collect::<Vec<_>>(), ["MD-6"], "the header says 1.7");
}

fn xmp(properties: &str) -> Vec<u8> {
    let head = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF \
        xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' \
        xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' \
        xmlns:evil='http://evil.invalid/' xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'>";
    format!("{head}{properties}</rdf:Description></rdf:RDF></x:xmpmeta>").into_bytes()
}

#[test]
fn metadata_may_be_repeated_and_dated_and_says_nothing_new() {
    fn described(update: Update, properties: &str) -> Vec<u8> {
        let update = update.stream(50, "/Type /Metadata /Subtype /XML", &xmp(properties));
        with(update, 1, &format!("{CATALOG} /Metadata 50 0 R")).table()
    }
    fn information(update: Update, more: &str) -> Vec<u8> {
        with(update, 7, more).table()
    }
    assert_cases(&[
        (
            "what /Info says",
            |u| {
                described(
                    u,
                    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Protokoll</rdf:li></rdf:Alt></dc:title>\
                <dc:creator><rdf:Seq><rdf:li>Nils</rdf:li></rdf:Seq></dc:creator><dc:format>application/pdf</dc:format>\
                <xmp:CreateDate>2025-01-01T13:00:00+01:00</xmp:CreateDate><xmp:ModifyDate>2026-01-01</xmp:ModifyDate>",
                )
            },
            LtaUpdates,
            ALL,
        ),
        ("another title", |u| described(u, "<dc:title>Annat</dc:title>"), Other, NONE),
        ("a second title", |u| described(u, "<dc:title>Protokoll</dc:title><dc:title>Annat</dc:title>"), Other, NONE),
        (
            "a title in another language",
            |u| described(u, "<dc:title><rdf:Alt><rdf:li xml:lang='en'>Protokoll</rdf:li></rdf:Alt></dc:title>"),
            Other,
            NONE,
        ),
        (
            "a stranger's property with a known name",
            |u| described(u, "<evil:ModifyDate>2026-01-01</evil:ModifyDate>"),
            Other,
            NONE,
        ),
        ("a claim of PDF/A", |u| described(u, "<pdfaid:part>3</pdfaid:part>"), Other, NONE),
        ("an earlier creation", |u| described(u, "<xmp:CreateDate>2024-01-01T12:00:00Z</xmp:CreateDate>"), Other, NONE),
        (
            "the same words in another encoding",
            |u| information(u, &INFO.replace("(Nils)", "<feff004e0069006c0073>")),
            LtaUpdates,
            ALL,
        ),
        ("another author", |u| information(u, &INFO.replace("(Nils)", "(Greta)")), Other, NONE),
        (
            "a save that calls itself a creation",
            |u| {
                let later = INFO.replace("20250101120000Z", "20260101120000Z");
                information(u, &format!("{later} /ModDate (D:20260101120000Z)"))
            },
            LtaUpdates,
            ALL,
        ),
        (
            "a creation put back",
            |u| {
                let earlier = INFO.replace("20250101120000Z", "20240101120000Z");
                information(u, &format!("{earlier} /ModDate (D:20240101120000Z)"))
            },
            Other,
            NONE,
        ),
        (
            "a creation at another moment than the save",
            |u| {
                let later = INFO.replace("20250101120000Z", "20250601120000Z");
                information(u, &format!("{later} /ModDate (D:20260101120000Z)"))
            },
            Other,
            NONE,
        ),
    ]);
}

#[test]
fn the_structure_gains_the_places_of_signatures_and_no_words() {
    fn tagged(update: Update, element: &str, document: &str) -> Vec<u8> {
        let update = sign(update, "300 100 500 150", CADES);
        let update = with(update, 53, &format!("/Type /StructElem /S /Form /P 9 0 R /K <</Type /OBJR {element}>>"));
        let update = with(update, 18, "/Nums [0 [9 0 R] 1 53 0 R]");
        let update = with(update, 8, "/Type /StructTreeRoot /K [9 0 R] /ParentTree 18 0 R /ParentTreeNextKey 2");
        with(update, 9, document).table()
    }
    const GROWN: &str = "/Type /StructElem /S /Document /P 8 0 R /K [0 53 0 R] /Pg 3 0 R";
    let level = |write| judged(APPROVAL, write).0.level;
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", GROWN)), FormFilling);
    assert_eq!(level(|u| tagged(u, "/Obj 10 0 R", GROWN)), Other, "a place of something that was there");
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R>> /ActualText (Avslag) /A <<", GROWN)), Other, "words to be read");
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", &GROWN.replace("[0 53", "[53"))), Other, "what was there is gone");
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", &GROWN.replace("[0 53", "[0 1 53"))), Other, "content is moved here");
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", &GROWN.replace("R]", "R 1]"))), Other, "content is moved here");
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", &format!("{GROWN} /Alt (Avslag)"))), Other);
    assert_eq!(level(|u| tagged(u, "/Obj 51 0 R", &GROWN.replace("/Document", "/Artifact"))), Other);
}

#[test]
fn a_store_may_hold_what_cannot_be_read_and_lends_it_no_place() {
    fn stored(update: Update, number: u32) -> Update {
        with(update, 1, &format!("{CATALOG} /DSS <</Type (DSS) /Certs [{number} 0 R]>>"))
    }
    assert_cases(&[
        (
            "a certificate that cannot be inflated",
            |u| stored(u.stream(50, "/Filter /FlateDecode", b"garbage"), 50).table(),
            LtaUpdates,
            ALL,
        ),
        ("a drawing in the store", |u| stored(u, 12).table(), Other, NONE),
    ]);
    let first = judged_twice(
        |u| stored(u.stream(50, "/Filter /FlateDecode", b"garbage"), 50).table(),
        |u| u.stream(50, DRAWN, &drawing("Avslag")).table(),
    );
    assert_eq!(first, Other, "what could not be read is not replaced by a drawing");
}

#[test]
fn much_that_nothing_shows_is_worth_a_warning() {
    let (after, said) = judged(APPROVAL, |mut u| {
        for number in 100..250 {
            u = u.object(number, "(x)");
        }
        u.table()
    });
    assert_eq!((after.level, said), (LtaUpdates, Permitted));
    assert!(after.changes.iter().any(|change| change.rule == "MD-3" && change.warns), "{:?}", after.changes);
}
