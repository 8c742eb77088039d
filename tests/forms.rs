//! Forms, annotations, metadata and structure after signing: what each rule grants, and the attack that a looser rule
//! would let through. VALIDATION 6.1 (shadow attacks, EAA, SSA, overlay through form fill) and 6.4 to 6.6.

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::verify::changes::After;
use sigill::verify::changes::ChangeLevel;
use sigill::verify::changes::ChangeLevel::Annotations;
use sigill::verify::changes::ChangeLevel::FormFilling;
use sigill::verify::changes::ChangeLevel::LtaUpdates;
use sigill::verify::changes::ChangeLevel::Other;
use sigill::verify::changes::History;
use sigill::verify::changes::Permission;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Policy;

#[path = "support/paper.rs"]
mod paper;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use paper::ANNOTATIONS;
use paper::CATALOG;
use paper::DRAWN;
use paper::EMPTY;
use paper::FIELDS;
use paper::FILLED;
use paper::INFO;
use paper::KID;
use paper::OVER;
use paper::PAGE;
use paper::UNSIGNED;
use paper::drawing;
use paper::paper;
use update::Update;

/// What an author says of later changes, in the signature's dictionary and in its field.
#[derive(Clone, Copy)]
struct Author {
    signature: &'static str,
    field: &'static str,
}

const APPROVAL: Author = Author { signature: "/SubFilter /ETSI.CAdES.detached", field: "" };

fn certified(permission: u8) -> Author {
    let signature = match permission {
        1 => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 1 /V /1.2>>>>]"
        }
        2 => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 2 /V /1.2>>>>]"
        }
        _ => {
            "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /DocMDP /TransformParams <</P 3 /V /1.2>>>>]"
        }
    };
    Author { signature, field: "" }
}

/// What is said of an update: how far it goes, and whether the author of the signature before it permits that.
#[derive(Debug, PartialEq)]
enum Said {
    Permitted,
    Undecided,
    Forbidden,
}

use Said::Forbidden;
use Said::Permitted;
use Said::Undecided;

fn judged(author: Author, write: fn(Update) -> Vec<u8>) -> (After, Said) {
    let signed = Update::onto(&paper(author.signature, author.field)).root("/Root 1 0 R /Info 7 0 R");
    let bytes = write(signed);
    let document = Document::read(&bytes, &Budget::STANDARD).expect("it reads");
    let field = document.signatures().iter().find(|one| one.name.as_deref() == Some("first")).expect("it is signed");
    let range = field.range.as_ref().expect("its range is exact");
    assert_eq!((range.revision(), document.revisions().len() > 1), (0, true));
    let after = History::read(&document, 1).after(Some(0));
    let permission = Permission::of(field, document.signatures());
    let said = match after.permitted(&permission, &Policy::swedish_minutes()) {
        Ok(_) => Permitted,
        Err(SubIndication::FormatFailure) => Forbidden,
        Err(_) => Undecided,
    };
    (after, said)
}

type Case = (&'static str, fn(Update) -> Vec<u8>, ChangeLevel, [Said; 4]);

/// Each case for an approval, and for certifications with P = 1, 2 and 3.
fn assert_cases(cases: &[Case]) {
    for (what, write, level, said) in cases {
        let authors = [APPROVAL, certified(1), certified(2), certified(3)];
        for (author, said) in authors.into_iter().zip(said) {
            let (after, found) = judged(author, *write);
            assert_eq!(after.level, *level, "{what}: {:#?}", after.changes);
            assert_eq!(found, *said, "{what}, {}: {:#?}", author.signature, after.changes);
        }
    }
}

fn with(update: Update, number: u32, body: &str) -> Update {
    update.object(number, &format!("<<{body}>>"))
}

fn form(update: Update, fields: &str, more: &str) -> Update {
    with(update, 6, &format!("/Fields [{FIELDS} {fields}] /SigFlags 3 {more}"))
}

fn annotated(update: Update, annotations: &str) -> Update {
    with(update, 3, &format!("{PAGE} /Annots [{ANNOTATIONS} {annotations}]"))
}

/// A field filled in with a value, drawn by a new appearance as something.
fn fill(update: Update, number: u32, field: &str, value: &str, shows: &str) -> Update {
    let update = with(update, number, &format!("{field} /V ({value}) /AP <</N 50 0 R>>"));
    update.stream(50, DRAWN, &drawing(shows))
}

/// A field of the second signer's own, with its signature, at a rectangle.
fn sign(update: Update, rect: &str, sub_filter: &str) -> Update {
    let field = "/FT /Sig /T (andra) /Type /Annot /Subtype /Widget /P 3 0 R /F 4 /AP <</N 50 0 R>> /V 52 0 R";
    let update = with(form(update, "51 0 R", ""), 51, &format!("{field} /Rect [{rect}]"));
    let update = with(update, 52, &format!("/Type /Sig /Filter /A {sub_filter} /Contents <00>"));
    annotated(update, "51 0 R").stream(50, DRAWN, &drawing("andra"))
}

const CADES: &str = "/SubFilter /ETSI.CAdES.detached";
const ALL: [Said; 4] = [Permitted, Permitted, Permitted, Permitted];
const FILLING: [Said; 4] = [Permitted, Forbidden, Permitted, Permitted];
const NONE: [Said; 4] = [Forbidden, Forbidden, Forbidden, Forbidden];
const COVERING: [Said; 4] = [Undecided, Forbidden, Undecided, Undecided];

#[test]
fn fields_are_filled_in_within_their_own_frame() {
    assert_cases(&[
        ("an empty field", |u| fill(u, 10, EMPTY, "Nils", "Nils").table(), FormFilling, FILLING),
        ("drawn in several lines", |u| fill(u, 10, EMPTY, "Nils H", "NilsH").table(), FormFilling, FILLING),
        (
            "a value that was signed",
            |u| fill(u, 11, FILLED, "Avslag", "Avslag").table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value that stays and is drawn as another",
            |u| fill(u, 11, FILLED, "Bifall", "Avslag").table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value wiped out",
            |u| with(u, 11, FILLED).table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "its own appearance drawn anew",
            |u| u.stream(12, DRAWN, &drawing("Avslag")).table(),
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value that stays under a picture",
            |u| {
                let u = with(u, 11, &format!("{FILLED} /V (Bifall) /AP <</N 50 0 R>>"));
                u.stream(50, DRAWN, b"BT /F1 12 Tf 2 5 Td (Bifall) Tj ET 1 g 0 0 200 20 re f").table()
            },
            FormFilling,
            [Undecided, Forbidden, Permitted, Permitted],
        ),
        (
            "a value over the text that nothing draws yet",
            |u| with(u, 13, &format!("{OVER} /V (Avslag)")).table(),
            FormFilling,
            COVERING,
        ),
        ("an appearance that the page draws too", |u| u.stream(14, DRAWN, &drawing("Avslag")).table(), Other, NONE),
        ("a field over the text", |u| fill(u, 13, OVER, "Avslag", "Avslag").table(), FormFilling, COVERING),
        ("a field that moves", |u| fill(u, 10, &EMPTY.replace("[100 500", "[70 690"), "x", "x").table(), Other, NONE),
        ("a border", |u| fill(u, 10, &format!("{EMPTY} /BS <</W 400>>"), "x", "x").table(), Other, NONE),
        ("a field hidden", |u| fill(u, 10, &format!("{EMPTY} /F 2"), "x", "x").table(), Other, NONE),
        ("another name", |u| fill(u, 10, &EMPTY.replace("namn", "annat"), "x", "x").table(), Other, NONE),
        ("an action", |u| with(u, 10, &format!("{EMPTY} /AA <</F <</S /JavaScript /JS (x)>>>>")).table(), Other, NONE),
        ("a field that is locked", |u| with(u, 17, "/FT /Tx /T (locked) /Ff 1 /V (x)").table(), Other, NONE),
        ("a field turned into a button", |u| with(u, 10, &EMPTY.replace("/Tx", "/Btn")).table(), Other, NONE),
    ]);
}

#[test]
fn what_a_field_shows_is_compared_with_what_it_says() {
    let rules = |shows: &'static str| {
        let write: fn(Update) -> Vec<u8> = match shows {
            "Nils" => |u| fill(u, 10, EMPTY, "Nils", "Nils").table(),
            _ => |u| fill(u, 10, EMPTY, "Nils", "Avslag").table(),
        };
        let (after, _) = judged(APPROVAL, write);
        after.changes.into_iter().map(|change| (change.rule, change.warns)).collect::<Vec<_>>()
    };
    assert_eq!(rules("Nils"), [("MD-21", false)]);
    assert_eq!(rules("Avslag"), [("MD-26", true)]);
}

#[test]
fn a_lock_keeps_its_fields_as_they_are() {
    let said = |field: &'static str| judged(Author { field, ..APPROVAL }, |u| fill(u, 10, EMPTY, "x", "x").table()).1;
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /All>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Include /Fields [(namn)]>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Include /Fields [(beslut)]>>"), Permitted);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(beslut)]>>"), Forbidden);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(namn)]>>"), Permitted);
    assert_eq!(said("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(namn)] /P 1>>"), Forbidden);
    let moved = "/SubFilter /ETSI.CAdES.detached /Reference [<</TransformMethod /FieldMDP /TransformParams \
        <</Action /Include /Fields [(namn)]>>>>]";
    let author = Author { signature: moved, field: "" };
    assert_eq!(judged(author, |u| fill(u, 10, EMPTY, "x", "x").table()).1, Forbidden);
    // A later update cannot unlock anything: the lock is that of the signed revision.
    let locked = Author { field: "/Lock <</Type /SigFieldLock /Action /All>>", ..APPROVAL };
    assert_eq!(
        judged(locked, |u| with(fill(u, 10, EMPTY, "x", "x"), 20, "/FT /Sig /T (first) /V 21 0 R").table()).1,
        Forbidden
    );
}

#[test]
fn a_further_signature_shows_itself_beside_the_text() {
    assert_cases(&[
        ("unseen", |u| sign(u, "0 0 0 0", CADES).table(), FormFilling, FILLING),
        (
            "SSA: in a field of its own",
            |u| sign(u, "300 100 500 150", CADES).table(),
            FormFilling,
            [Permitted, Forbidden, Forbidden, Permitted],
        ),
        (
            "SSA: over the text",
            |u| sign(u, "70 690 300 720", CADES).table(),
            FormFilling,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        (
            "SSA: over the page",
            |u| sign(u, "0 0 595 842", CADES).table(),
            Annotations,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        (
            "in a field that waited for it",
            |u| {
                let u = with(u, 15, &format!("{UNSIGNED} /V 52 0 R"));
                let u = with(u, 52, "/Type /Sig /Filter /A /SubFilter /ETSI.CAdES.detached /Contents <00>");
                with(u, 16, &format!("{KID} /AP <</N 50 0 R>>")).stream(50, DRAWN, &drawing("andra")).table()
            },
            FormFilling,
            FILLING,
        ),
        (
            "a widget that shows something though nobody signs",
            |u| with(u, 16, &format!("{KID} /AP <</N 50 0 R>>")).stream(50, DRAWN, &drawing("x")).table(),
            Other,
            NONE,
        ),
        (
            "a timestamp beside the text",
            |u| sign(u, "20 807 198 827", "/SubFilter /ETSI.RFC3161").table(),
            FormFilling,
            [Permitted, Forbidden, Forbidden, Permitted],
        ),
        (
            "a timestamp over the text",
            |u| sign(u, "70 690 300 720", "/SubFilter /ETSI.RFC3161").table(),
            Annotations,
            [Undecided, Forbidden, Forbidden, Undecided],
        ),
        ("a timestamp unseen", |u| sign(u, "0 0 0 0", "/SubFilter /ETSI.RFC3161").table(), LtaUpdates, ALL),
    ]);
    let (after, _) = judged(APPROVAL, |u| sign(u, "300 100 500 150", CADES).table());
    let seen = after.changes.iter().find(|change| change.rule == "MD-24").expect("it is told");
    assert_eq!((seen.page, seen.rect, seen.warns), (Some(1), Some([300.0, 100.0, 500.0, 150.0]), true));
}

#[test]
fn annotations_are_told_and_do_not_hide_what_was_signed() {
    const LAID: [Said; 4] = [Undecided, Forbidden, Forbidden, Permitted];
    const HIDING: [Said; 4] = [Undecided, Forbidden, Forbidden, Undecided];
    assert_cases(&[
        (
            "a text box in the margin",
            |u| {
                let note = "/Type /Annot /Subtype /FreeText /Rect [20 20 120 60] /Contents (Sett)";
                annotated(with(u, 50, note), "50 0 R").table()
            },
            Annotations,
            LAID,
        ),
        (
            "EAA: a text box over the text",
            |u| {
                let note = "/Type /Annot /Subtype /FreeText /Rect [70 690 300 720] /Contents (Avslag)";
                annotated(with(u, 50, note), "50 0 R").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "EAA: a stamp over the page",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Stamp /Rect [0 0 595 842]"), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "EAA: a redaction",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Redact /Rect [70 690 300 720]"), "50 0 R").table(),
            Annotations,
            HIDING,
        ),
        (
            "a marking that the text shows through",
            |u| annotated(with(u, 50, "/Type /Annot /Subtype /Highlight /Rect [70 690 300 720]"), "50 0 R").table(),
            Annotations,
            LAID,
        ),
        (
            "a marking with a picture of its own",
            |u| {
                let marking = "/Type /Annot /Subtype /Highlight /Rect [70 690 300 720] /AP <</N 51 0 R>>";
                annotated(with(u, 50, marking), "50 0 R").stream(51, DRAWN, b"1 g 0 0 200 20 re f").table()
            },
            Annotations,
            HIDING,
        ),
        (
            "an attached file",
            |u| {
                let file = "/Type /Annot /Subtype /FileAttachment /Rect [20 20 40 40] /FS <</F (x)>>";
                annotated(with(u, 50, file), "50 0 R").table()
            },
            Other,
            NONE,
        ),
        (
            "a form to be sent",
            |u| {
                let link = "/Type /Annot /Subtype /Link /Rect [20 20 40 40] /A <</S /SubmitForm /F (x)>>";
                annotated(with(u, 50, link), "50 0 R").table()
            },
            Other,
            NONE,
        ),
    ]);
}

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

#[test]
fn permissions_are_made_once_by_the_first_who_signs() {
    fn certify(update: Update, more: &str) -> Vec<u8> {
        let reference = "/Reference [<</TransformMethod /DocMDP /TransformParams <</P 2 /V /1.2>>>>]";
        let update = sign(update, "0 0 0 0", &format!("{CADES} {reference} /ByteRange [0 1 2 3]"));
        with(update, 1, &format!("{CATALOG} /Perms <<{more}>>")).table()
    }
    const STAMPED: Author = Author { signature: "/SubFilter /ETSI.RFC3161", field: "" };
    let after = |author, write| judged(author, write).0.level;
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 52 0 R")), FormFilling, "a timestamp is nobody's approval");
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 52 0 R /UR3 52 0 R")), Other);
    assert_eq!(after(STAMPED, |u| certify(u, "/DocMDP 21 0 R")), Other, "not the signature of this revision");
    assert_eq!(after(STAMPED, |u| with(u, 1, &format!("{CATALOG} /Perms <</DocMDP 21 0 R>>")).table()), Other);
    assert_eq!(after(APPROVAL, |u| certify(u, "/DocMDP 52 0 R")), Other, "someone signed before");
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

/// The level after two updates.
fn judged_twice(first: fn(Update) -> Vec<u8>, second: fn(Update) -> Vec<u8>) -> ChangeLevel {
    let root = "/Root 1 0 R /Info 7 0 R";
    let once = first(Update::onto(&paper(APPROVAL.signature, "")).root(root));
    let bytes = second(Update::onto(&once).root(root));
    let document = Document::read(&bytes, &Budget::STANDARD).expect("it reads");
    History::read(&document, 1).after(Some(0)).level
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
