//! What may come after a signature: incremental updates onto the genuine minutes, each with the level it must get.
//! VALIDATION 6.3 to 6.6, MD-0 to MD-34. Up to form filling the signatures hold; beyond that the document is altered.

use sigill::archive::encoding::Agreement;
use sigill::archive::encoding::Verification;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::verify::policy::AnnotationRule;
use sigill::verify::policy::Policy;

#[path = "support/setting.rs"]
mod setting;
#[path = "support/update.rs"]
mod update;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;
use update::Update;

/// The catalog as it was signed, without its closing brackets.
const CATALOG: &str = "<</Type /Catalog /Pages 2 0 R /Lang (sv-SE) /Metadata 45 0 R \
    /ViewerPreferences <</DisplayDocTitle true>> /AcroForm 48 0 R";
/// The page tree's eight pages.
const PAGES: &str = "25 0 R 27 0 R 29 0 R 31 0 R 33 0 R 35 0 R 40 0 R 44 0 R";
/// The first page, without its closing brackets.
const PAGE: &str = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Resources 23 0 R /Contents 24 0 R";
/// The last page, which shows the signature page and holds the widgets, without its annotations.
const LAST: &str = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Resources 23 0 R /Contents 41 0 R";
/// Its annotations: two links, three widgets.
const ANNOTATIONS: &str = "42 0 R 43 0 R 49 0 R 52 0 R 55 0 R";
/// A link on the last page.
const LINK: &str = "<</Type /Annot /Subtype /Link /Border [0 0 0] /F 4 /Rect [443.49 689.09 481.13 701.09]";
/// The form's fields.
const FIELDS: &str = "49 0 R 52 0 R 55 0 R";
/// The information dictionary, without its closing brackets.
const INFO: &str = "<</Title <feff00530074007900720065006c0073006500700072006f0074006f006b006f006c006c\
    00200032003000320034002d00310032002d00310033> /Producer (sigill fixtures) \
    /CreationDate (D:20241216170211+01'00')";
/// The third signature's field, without its value.
const FIELD: &str = "<</FT /Sig /T (Signature3) /Type /Annot /Subtype /Widget /F 132 /Rect [0 0 0 0] /P 44 0 R";
/// The third signature's bytes.
const THIRD: [i64; 4] = [0, 114_649, 133_595, 478];
/// A new signature field, without its rectangle and flags.
const NEW_FIELD: &str = "<</FT /Sig /T (Signature4) /Type /Annot /Subtype /Widget /P 44 0 R";

/// What an update is and how it is written.
type Case = (&'static str, fn(Update) -> Vec<u8>);

fn with_catalog(update: Update, more: &str) -> Update {
    update.object(1, &format!("{CATALOG} {more}>>"))
}

fn with_form(update: Update, fields: &str, more: &str) -> Update {
    update.object(48, &format!("<</Fields [{fields}] /SigFlags 3 {more}>>"))
}

fn with_annotations(update: Update, annotations: &str) -> Update {
    update.object(44, &format!("{LAST} /Annots [{annotations}]>>"))
}

/// A field that the form and the last page list.
fn with_field(update: Update, field: &str) -> Update {
    let update = with_form(update.object(60, field), &format!("{FIELDS} 60 0 R"), "");
    with_annotations(update, &format!("{ANNOTATIONS} 60 0 R"))
}

fn with_pages(update: Update, kids: &str, count: u32) -> Update {
    update.object(2, &format!("<</Type /Pages /Count {count} /Kids [{kids}]>>"))
}

/// A root certificate.
fn certificate() -> Vec<u8> {
    Setting::new().trust.anchors()[0].certificate.der().to_vec()
}

/// The file's own XMP with one thing replaced.
fn with_xmp(update: Update, from: &str, to: &str) -> Update {
    let file = fixture(GENUINE);
    let start = find(&file, b"<?xpacket begin");
    let end = start + find(&file[start..], b"endstream");
    let xmp = String::from_utf8_lossy(&file[start..end]);
    assert!(xmp.contains(from), "{xmp}");
    update.stream(45, "/Type /Metadata /Subtype /XML", xmp.trim_end().replacen(from, to, 1).as_bytes())
}

/// An object of the file as it is written there, between `obj` and `endobj`.
fn as_written(number: u32) -> String {
    let file = fixture(GENUINE);
    let start = find(&file, format!("\n{number} 0 obj\n").as_bytes());
    let body = &file[start + format!("\n{number} 0 obj\n").len()..];
    String::from_utf8_lossy(&body[..find(body, b"endobj")]).trim_end().to_owned()
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).expect("it is there")
}

/// L1: keeps what was signed, or says nothing new.
const PRESERVING: &[Case] = &[
    ("nothing at all", |u| u.table()),
    ("validation data", |u| {
        with_catalog(u.object(60, "<</Certs [61 0 R]>>").stream(61, "", &certificate()), "/DSS 60 0 R").table()
    }),
    ("validation data in the catalog itself", |u| {
        with_catalog(u.stream(61, "", &certificate()), "/DSS <</Certs [61 0 R] /VRI <<>>>>").table()
    }),
    ("a cross-reference stream instead of a table", |u| {
        u.object(46, &format!("{INFO} /ModDate (D:20250101)>>")).cross_reference_stream(60)
    }),
    ("the date in /Info", |u| u.object(46, &format!("{INFO} /ModDate (D:20250101)>>")).table()),
    ("the date in XMP", |u| {
        let date = "<xmp:MetadataDate>2025-01-01T00:00:00Z</xmp:MetadataDate></rdf:Description>";
        with_xmp(u, "</rdf:Description>", date).table()
    }),
    ("a page written again as it was", |u| u.object(25, &format!("{PAGE}>>")).table()),
    ("the page tree written again as it was", |u| with_pages(u, PAGES, 8).table()),
    ("the catalog written again as it was", |u| with_catalog(u, "").table()),
    ("a font written again as it was", |u| u.object(7, &as_written(7)).table()),
    ("the catalog under another number", |u| {
        u.object(60, &format!("{CATALOG}>>")).root("/Root 60 0 R /Info 46 0 R").table()
    }),
    ("a statement of the PDF version", |u| with_catalog(u, "/Version /2.0").table()),
    ("an object that nothing refers to", |u| u.object(60, "(alone)").table()),
    ("a number freed that was never used", |u| u.free(47).table()),
];

/// L2: further signing.
const FORM_FILLING: &[Case] = &[
    ("an empty signature field that shows nothing", |u| {
        with_field(u, &format!("{NEW_FIELD} /F 132 /Rect [0 0 0 0]>>")).table()
    }),
    ("the form's default appearance", |u| with_form(u, FIELDS, "/DA (/Helv 0 Tf)").table()),
];

/// L3: something on top of a page.
const ANNOTATING: &[Case] = &[
    ("a text box", |u| {
        let box_ = "<</Type /Annot /Subtype /FreeText /Rect [50 50 300 90] /Contents (Avslås) /DA (/Helv 12 Tf)>>";
        with_annotations(u.object(60, box_), &format!("{ANNOTATIONS} 60 0 R")).table()
    }),
    ("a text box on a page that had none", |u| {
        let box_ = "<</Type /Annot /Subtype /FreeText /Rect [50 50 300 90] /Contents (Avslås)>>";
        u.object(60, box_).object(25, &format!("{PAGE} /Annots [60 0 R]>>")).table()
    }),
    ("a link removed", |u| with_annotations(u, "43 0 R 49 0 R 52 0 R 55 0 R").table()),
    ("a signature's widget removed from its page", |u| with_annotations(u, "42 0 R 43 0 R 49 0 R 52 0 R").table()),
    ("annotations in another order", |u| with_annotations(u, "43 0 R 42 0 R 49 0 R 52 0 R 55 0 R").table()),
    ("a link's border", |u| {
        let target = "/A <</S /URI /URI (https://validering.example.invalid/)>>";
        u.object(42, &format!("{} {target}>>", LINK.replace("[0 0 0]", "[0 0 9]"))).table()
    }),
    ("a signature field that is seen and not signed", |u| {
        let seen = format!("{NEW_FIELD} /F 4 /Rect [50 50 300 90] /AP <</N 61 0 R>>>>");
        let form = "/Type /XObject /Subtype /Form /BBox [0 0 250 40]";
        with_field(u.stream(61, form, b"1 1 1 rg 0 0 250 40 re f"), &seen).table()
    }),
];

/// L4: anything else.
const ALTERING: &[Case] = &[
    ("a page's content", |u| u.stream(24, "", b"BT ET").table()),
    ("a page's content, freed", |u| u.free(24).table()),
    ("a page's content as validation data", |u| {
        with_catalog(u.stream(24, "", &certificate()), "/DSS <</Certs [24 0 R]>>").table()
    }),
    ("validation data that is none", |u| with_catalog(u.stream(61, "", b"BT ET"), "/DSS <</Certs [61 0 R]>>").table()),
    ("validation data that shares the page's content", |u| with_catalog(u, "/DSS <</Certs [24 0 R]>>").table()),
    ("validation data with a stranger's key", |u| with_catalog(u, "/DSS <</Pages 2 0 R>>").table()),
    ("an action when opened", |u| with_catalog(u, "/OpenAction [44 0 R /Fit]").table()),
    ("actions", |u| with_catalog(u, "/AA <</WC <</S /JavaScript /JS (x)>>>>").table()),
    ("names and attachments", |u| with_catalog(u, "/Names <</EmbeddedFiles <</Names []>>>>").table()),
    ("layers", |u| with_catalog(u, "/OCProperties <</OCGs [] /D <<>>>>").table()),
    ("outlines", |u| with_catalog(u, "/Outlines <</Type /Outlines>>").table()),
    ("permissions", |u| with_catalog(u, "/Perms <</DocMDP 56 0 R>>").table()),
    ("how it is shown", |u| {
        u.object(1, "<</Type /Catalog /Pages 2 0 R /Lang (sv-SE) /Metadata 45 0 R /AcroForm 48 0 R>>").table()
    }),
    ("no metadata", |u| u.object(1, &format!("{}>>", CATALOG.replace("/Metadata 45 0 R", ""))).table()),
    ("no form", |u| u.object(1, &format!("{}>>", CATALOG.replace("/AcroForm 48 0 R", ""))).table()),
    ("another catalog", |u| {
        let other = CATALOG.replace("/Pages 2 0 R", "/Pages 61 0 R");
        let u = u.object(60, &format!("{other}>>")).object(61, "<</Type /Pages /Count 1 /Kids [25 0 R]>>");
        u.root("/Root 60 0 R /Info 46 0 R").table()
    }),
    ("a page more", |u| with_pages(u.object(60, &format!("{PAGE}>>")), &format!("{PAGES} 60 0 R"), 9).table()),
    ("a page less", |u| with_pages(u, &PAGES.replace("27 0 R ", ""), 7).table()),
    ("pages in another order", |u| with_pages(u, &PAGES.replace("25 0 R 27 0 R", "27 0 R 25 0 R"), 8).table()),
    ("a page in another's place", |u| {
        with_pages(u.object(60, &format!("{PAGE}>>")), &PAGES.replace("25 0 R", "60 0 R"), 8).table()
    }),
    ("a resource for all pages, in the tree", |u| {
        u.object(2, &format!("<</Type /Pages /Count 8 /Kids [{PAGES}] /Rotate 180>>")).table()
    }),
    ("a page's size", |u| u.object(25, &format!("{}>>", PAGE.replace("841.89", "400"))).table()),
    ("a page's crop", |u| u.object(25, &format!("{PAGE} /CropBox [0 0 10 10]>>")).table()),
    ("a page's rotation", |u| u.object(25, &format!("{PAGE} /Rotate 90>>")).table()),
    ("a page's content, another", |u| u.object(25, &format!("{}>>", PAGE.replace("24 0 R", "26 0 R"))).table()),
    ("resources that swap two fonts", |u| {
        u.object(23, "<</Font <</F1 12 0 R /F2 7 0 R /F3 17 0 R /F4 22 0 R>>>>").table()
    }),
    ("a font", |u| u.object(7, &as_written(7).replace("Identity-H", "WinAnsiEncoding")).table()),
    ("what a font's characters mean", |u| u.stream(6, "", b"begincmap endcmap").table()),
    ("a font's outlines, freed", |u| u.free(3).table()),
    ("a link's target", |u| u.object(42, &format!("{LINK} /A <</S /URI /URI (https://annan.invalid/)>>>>")).table()),
    ("a link turned into a stamp", |u| u.object(42, &format!("{}>>", LINK.replace("/Link", "/Stamp"))).table()),
    ("an annotation that runs a script", |u| {
        let button = "<</Type /Annot /Subtype /Screen /Rect [50 50 300 90] /A <</S /JavaScript /JS (x)>>>>";
        with_annotations(u.object(60, button), &format!("{ANNOTATIONS} 60 0 R")).table()
    }),
    ("an annotation that opens a file when the page is shown", |u| {
        let hidden = "<</Type /Annot /Subtype /Text /Rect [0 0 0 0] /AA <</PO <</S /Launch /F (x)>>>>>>";
        with_annotations(u.object(60, hidden), &format!("{ANNOTATIONS} 60 0 R")).table()
    }),
    ("a text field", |u| {
        let field = "<</FT /Tx /T (Namn) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 44 0 R /V (Nej)>>";
        with_field(u, field).table()
    }),
    ("a signature field that acts", |u| {
        let acts = format!("{NEW_FIELD} /F 132 /Rect [0 0 0 0] /AA <</E <</S /JavaScript /JS (x)>>>>>>");
        with_field(u, &acts).table()
    }),
    ("a signed field's value, another's", |u| u.object(55, &format!("{FIELD} /V 53 0 R>>")).table()),
    ("a signed field's value, a new one", |u| {
        u.object(60, "<</Type /Sig /Filter /A>>").object(55, &format!("{FIELD} /V 60 0 R>>")).table()
    }),
    ("a signature taken out of its field", |u| u.object(55, &format!("{FIELD}>>")).table()),
    ("a signed field's rectangle", |u| {
        u.object(55, &format!("{} /V 56 0 R>>", FIELD.replace("[0 0 0 0]", "[0 0 9 9]"))).table()
    }),
    ("a signed field's name", |u| {
        u.object(55, &format!("{} /V 56 0 R>>", FIELD.replace("Signature3", "Signature9"))).table()
    }),
    ("a field taken out of the form", |u| with_form(u, "49 0 R 52 0 R", "").table()),
    ("fields in another order", |u| with_form(u, "52 0 R 49 0 R 55 0 R", "").table()),
    ("a form of another kind", |u| with_form(u, FIELDS, "/XFA (x)").table()),
    ("appearances left to the viewer", |u| with_form(u, FIELDS, "/NeedAppearances true").table()),
    ("a title in /Info", |u| u.object(46, "<</Title (Annat) /Producer (sigill fixtures)>>").table()),
    ("a title in XMP", |u| with_xmp(u, "Styrelseprotokoll", "Nämndprotokoll").table()),
    ("metadata that is none", |u| u.stream(45, "/Type /Metadata /Subtype /XML", b"not XML").table()),
];

/// The words of the pages decide nothing here, and reading them takes most of the time.
fn without_words() -> Setting {
    Setting { budget: Budget { pages_max: 0, ..Budget::STANDARD }, ..Setting::new() }
}

/// What is answered about the genuine minutes with an update.
fn updated(setting: &Setting, update: fn(Update) -> Vec<u8>) -> Verification {
    setting.verify(&update(Update::onto(&fixture(GENUINE))))
}

fn assert_level(cases: &[Case], level: &str, verdict: &str) {
    let setting = without_words();
    for (what, update) in cases {
        let found = updated(&setting, *update);
        let third = found.signatures.iter().find(|one| one.byte_range == THIRD).expect("the third signature");
        assert_eq!(third.changes_after, level, "{what}: {:?}", third.changes);
        assert_eq!(third.coverage, "whole-revision", "{what}");
        assert_eq!(found.verdict, verdict, "{what}");
        let passed = found.signatures.iter().all(|one| one.indication == "TOTAL-PASSED");
        assert_eq!(passed, verdict == "valid", "{what}");
    }
}

#[test]
fn what_preserves_takes_nothing_away() {
    assert_level(PRESERVING, "lta-updates", "valid");
}

#[test]
fn further_signing_takes_nothing_away() {
    assert_level(FORM_FILLING, "form-filling", "valid");
}

#[test]
fn an_annotation_lies_over_what_was_signed() {
    assert_level(ANNOTATING, "annotations", "altered");
}

#[test]
fn a_further_signature_may_show_itself_but_not_cover_the_page() {
    let third = |rectangle: &str| {
        let setting = without_words();
        let field = format!("{NEW_FIELD} /F 4 /Rect [{rectangle}] /AP <</N 61 0 R>> /V 62 0 R>>");
        let form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]";
        let value = "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <00>>>";
        let update = Update::onto(&fixture(GENUINE)).stream(61, form, b"1 g").object(62, value);
        let found = setting.verify(&with_field(update, &field).table());
        let third = found.signatures.into_iter().find(|one| one.byte_range == THIRD).expect("the third signature");
        (third.changes_after, third.indication)
    };
    assert_eq!(third("50 50 300 150"), ("form-filling".to_owned(), "TOTAL-PASSED".to_owned()));
    assert_eq!(third("0 0 595 842"), ("annotations".to_owned(), "INDETERMINATE".to_owned()));
}

#[test]
fn anything_else_alters_the_document() {
    assert_level(ALTERING, "other", "altered");
}

#[test]
fn a_policy_may_allow_annotations_but_never_more() {
    let policy = Policy { annotations: AnnotationRule::Allow, ..Policy::swedish_minutes() };
    let setting = Setting { policy, ..without_words() };
    for (what, update) in ANNOTATING {
        assert_eq!(updated(&setting, *update).verdict, "valid", "{what}");
    }
    for (what, update) in ALTERING {
        assert_eq!(updated(&setting, *update).verdict, "altered", "{what}");
    }
}

#[test]
fn a_change_is_told_with_its_page_and_in_words() {
    let found = updated(&Setting::new(), |u| u.stream(24, "", b"BT ET").table());
    let change = found.signatures[2].changes.first().expect("a change");
    assert_eq!((change.kind.as_str(), change.page), ("content", Some(1)));
    assert_eq!(change.sv, "Sidan 1 ser annorlunda ut än när den skrevs under");
    assert_eq!(found.headline.sv, "Dokumentet har ändrats efter underskrift");
}

#[test]
fn a_reference_left_dangling_may_not_be_captured_later() {
    let first = Update::onto(&fixture(GENUINE)).object(60, "[61 0 R]").table();
    let found = Setting::new().verify(&Update::onto(&first).object(61, "(captured)").table());
    assert_eq!((found.verdict.as_str(), found.signatures[2].changes_after.as_str()), ("altered", "other"));
}

#[test]
fn a_second_update_cannot_undo_what_the_first_did() {
    let first = Update::onto(&fixture(GENUINE)).object(25, &format!("{PAGE} /Rotate 90>>")).table();
    let found = Setting::new().verify(&Update::onto(&first).object(25, &format!("{PAGE}>>")).table());
    assert_eq!(found.verdict, "altered", "every revision is compared");
}

#[test]
fn an_update_that_leads_nowhere_is_never_valid() {
    let file = fixture(GENUINE);
    let cases: [Case; 4] = [
        ("to the header", |u| u.previous(7).table()),
        ("to itself", |u| {
            let own = u.position();
            u.previous(own).table()
        }),
        ("encrypted", |u| u.root("/Root 1 0 R /Info 46 0 R /Encrypt <</Filter /Standard>>").table()),
        ("to a catalog that is not there", |u| u.root("/Root 99 0 R").table()),
    ];
    for (what, update) in cases {
        let found = Setting::new().verify(&update(Update::onto(&file)));
        assert_ne!(found.verdict, "valid", "{what}");
    }
}

#[test]
fn an_update_that_passes_over_a_signature_alters_the_file_and_is_told() {
    let file = fixture(GENUINE);
    let document = Document::read(&file, &Budget::STANDARD).expect("a fixture reads");
    let second = document.revisions()[2].xref;
    let found = Setting::new().verify(&Update::onto(&file).previous(second).table());
    assert_eq!((found.verdict.as_str(), found.signatures.len()), ("altered", 3));
    let said = "Filen har sparats så att en undertecknad version inte längre räknas";
    let told = |change: &&sigill::archive::encoding::Change| change.sv.starts_with(said);
    assert_eq!(found.signatures[0].changes.iter().filter(told).count(), 1, "{:?}", found.signatures[0].changes);
    let malin = |line: &&Agreement| line.subject == "page-signer" && line.sv.starts_with("Malin Svanholm");
    let said: Vec<&str> = found.agreement.iter().filter(malin).map(|line| line.outcome.as_str()).collect();
    assert_eq!(said, ["partial"], "{:#?}", found.agreement);
}
