//! What a forger tries: each test is one way in that once was open, or one that must stay shut.
//! VALIDATION 6.1 and 6.4; the documents are the fixtures' genuine minutes and those of fixtures/hostile.

#![expect(clippy::unwrap_used, reason = "the fixtures are there")]

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::verify::changes::History;
use sigill::verify::changes::Permission;
use sigill::verify::evidence::Evidence;
use sigill::verify::indication::Indication;
use sigill::verify::indication::SubIndication;
use sigill::verify::indication::Verdict;
use sigill::verify::policy::Policy;
use sigill::verify::report::Report;
use sigill::verify::trust::Trust;
use sigill::verify::verdict::verify;

/// What a page is made to say instead.
const EVIL: &str = "0 g BT /F1 24 Tf 72 700 Td (AVSLAG) Tj ET";

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

fn report(bytes: &[u8]) -> Report {
    let root = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/trust/test/sigill-test-root-ca.pem"));
    let (trust, problems) = Trust::read([("root", root.unwrap().as_slice())]);
    assert!(problems.is_empty());
    let at = "2026-11-22T12:00:00Z".parse().unwrap();
    verify(bytes, &Evidence::none(), &trust, &Policy::swedish_minutes(), &Budget::STANDARD, at)
}

/// A finished document to which revisions are appended. Every object of these fixtures stands uncompressed.
#[derive(Clone)]
struct Target {
    bytes: Vec<u8>,
    root: u32,
    info: Option<u32>,
}

impl Target {
    fn read(path: &str) -> Self {
        let bytes = fixture(path);
        assert_eq!(report(&bytes).verdict, Verdict::Valid, "{path} is the genuine document to begin with");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let trailer = &text[text.rfind("trailer").unwrap()..];
        let id = |key: &str| {
            let rest = trailer.split_once(key)?.1.trim_start();
            rest.split(' ').next()?.parse().ok()
        };
        Self { root: id("/Root").unwrap(), info: id("/Info"), bytes }
    }

    fn genuine() -> Self {
        Self::read("minutes/styrelseprotokoll-genuine.pdf")
    }

    /// The object as it stands last.
    fn body(&self, number: u32) -> Vec<u8> {
        let head = format!("\n{number} 0 obj");
        let find = |from: &[u8], word: &[u8]| from.windows(word.len()).position(|window| window == word);
        let last = self.bytes.windows(head.len()).rposition(|window| window == head.as_bytes()).unwrap();
        let rest = &self.bytes[last + head.len()..];
        rest[..find(rest, b"endobj").unwrap()].trim_ascii().to_vec()
    }

    fn text(&self, number: u32) -> String {
        String::from_utf8(self.body(number)).unwrap()
    }

    /// The dictionary with more in it.
    fn with(&self, number: u32, entries: &str) -> String {
        format!("{} {entries} >>", self.text(number).strip_suffix(">>").unwrap())
    }

    /// The number that a key of an object refers to.
    fn reference(&self, number: u32, key: &str) -> u32 {
        let text = String::from_utf8_lossy(&self.body(number)).into_owned();
        let rest = text.split_once(key).unwrap().1.trim_start_matches(['[', ' ']);
        rest.split(' ').next().unwrap().parse().unwrap()
    }

    /// The first page of the minutes, and its content.
    fn page(&self) -> (u32, u32) {
        let page = self.reference(self.reference(self.root, "/Pages"), "/Kids");
        (page, self.reference(page, "/Contents"))
    }

    fn form(&self) -> u32 {
        self.reference(self.root, "/AcroForm")
    }

    /// The form with one more field.
    fn form_with(&self, field: u32) -> String {
        self.text(self.form()).replacen(" ]", &format!(" {field} 0 R ]"), 1)
    }

    /// The first page with an annotation.
    fn page_with(&self, annotation: u32) -> String {
        self.with(self.page().0, &format!("/Annots [ {annotation} 0 R ]"))
    }

    /// One more revision; `root` and `info` for what its trailer says.
    fn update<B: AsRef<[u8]>>(&self, objects: &[(u32, B)]) -> Self {
        self.update_as(objects, self.root, self.info)
    }

    fn update_as<B: AsRef<[u8]>>(&self, objects: &[(u32, B)], root: u32, info: Option<u32>) -> Self {
        let mut bytes = self.bytes.clone();
        let mut rows = String::new();
        for (number, body) in objects {
            rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", bytes.len()));
            writeln!(bytes, "{number} 0 obj").unwrap();
            bytes.extend_from_slice(body.as_ref());
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let at = bytes.len();
        let info_entry = info.map(|info| format!("/Info {info} 0 R")).unwrap_or_default();
        write!(bytes, "xref\n{rows}trailer\n<< /Size 500 /Root {root} 0 R {info_entry} ").unwrap();
        write!(bytes, "/Prev {} >>\nstartxref\n{at}\n%%EOF\n", self.startxref()).unwrap();
        Self { bytes, root, info }
    }

    /// A revision whose cross-reference is a stream of this number; `packed` stands in the object stream `container`.
    fn update_packed(&self, stream: u32, objects: &[(u32, String)], packed: Option<(u32, u32)>) -> Self {
        let mut bytes = self.bytes.clone();
        let mut rows: Vec<(u32, [u32; 3])> = Vec::new();
        for (number, body) in objects {
            rows.push((*number, [1, u32::try_from(bytes.len()).unwrap(), 0]));
            write!(bytes, "{number} 0 obj\n{body}\nendobj\n").unwrap();
        }
        rows.extend(packed.map(|(number, container)| (number, [2, container, 0])));
        let at = bytes.len();
        rows.push((stream, [1, u32::try_from(at).unwrap(), 0]));
        rows.sort_unstable();
        let index: Vec<String> = rows.iter().map(|(number, _)| format!("{number} 1")).collect();
        let data: Vec<u8> = rows.iter().flat_map(|(_, row)| row.iter().flat_map(|field| field.to_be_bytes())).collect();
        write!(bytes, "{stream} 0 obj\n<< /Type /XRef /W [4 4 4] /Index [{}] /Size 500 ", index.join(" ")).unwrap();
        write!(bytes, "/Root {} 0 R /Info {} 0 R ", self.root, self.info.unwrap()).unwrap();
        write!(bytes, "/Prev {} /Length {} >>\nstream\n", self.startxref(), data.len()).unwrap();
        bytes.extend_from_slice(&data);
        write!(bytes, "\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").unwrap();
        Self { bytes, ..*self }
    }

    fn startxref(&self) -> usize {
        let tail = String::from_utf8_lossy(&self.bytes[self.bytes.len() - 60..]).into_owned();
        tail.split_once("startxref").unwrap().1.split_whitespace().next().unwrap().parse().unwrap()
    }

    #[track_caller]
    fn is_altered(&self) {
        let report = report(&self.bytes);
        assert_eq!(report.verdict, Verdict::Altered);
        assert!(report.signatures.iter().all(|signature| signature.indication != Indication::Passed));
    }
}

fn stream(keys: &str, data: &str) -> String {
    format!("<< {keys} /Length {} >>\nstream\n{data}\nendstream", data.len())
}

/// A form XObject as large as the page.
fn cover() -> String {
    stream("/Type /XObject /Subtype /Form /BBox [0 0 595 842]", EVIL)
}

#[test]
fn an_update_that_changes_nothing_alters_nothing() {
    let target = Target::genuine();
    let update = target.update(&[(target.root, target.text(target.root))]);
    assert_eq!(report(&update.bytes).verdict, Verdict::Valid, "the forger's own tools do not trip the verifier");
}

#[test]
fn content_listed_as_validation_data_cannot_be_replaced_in_the_next_revision() {
    let target = Target::genuine();
    let (_, content) = target.page();
    let vri = format!("/DSS << /VRI << /{} << /TU {content} 0 R >> >> >>", "A".repeat(40));
    for store in [format!("/DSS << /Type {content} 0 R >>"), vri, format!("/DSS << /Certs [ {content} 0 R ] >>")] {
        let listed = target.update(&[(target.root, target.with(target.root, &store))]);
        listed.update(&[(content, stream("", EVIL))]).is_altered();
    }
    Target::read("hostile/prepared-dss-is-contents.pdf").update(&[(4, stream("", EVIL))]).is_altered();
}

#[test]
fn a_signature_is_not_in_a_file_twice() {
    let target = Target::genuine();
    let text = String::from_utf8_lossy(&target.bytes).into_owned();
    let object = text[..text.find("/ByteRange").unwrap()].rfind(" 0 obj").unwrap() + " 0 obj".len();
    let dictionary = &text[object..object + text[object..].find("endobj").unwrap()];
    // Padding makes another /Contents of it, and no other signature (BR-8, SAV-4).
    let copied = target.update(&[(900, dictionary.replacen("00>", ">", 1))]);
    let found = report(&copied.bytes);
    let twins = found.signatures.iter().filter(|one| one.reasons.iter().any(|reason| reason.code == "SAV-4"));
    assert_eq!((twins.count(), found.verdict), (2, Verdict::PartlyValid));
}

#[test]
fn content_cannot_vanish_by_becoming_something_else() {
    let target = Target::genuine();
    let (page, content) = target.page();
    let (root, form) = (target.text(target.root), target.form());
    let info = target.body(target.info.unwrap());
    target.update_as(&[(content, &root)], content, target.info).is_altered();
    target.update_as(&[(content, info)], target.root, Some(content)).is_altered();
    let moved = root.replace(&format!("/AcroForm {form} "), &format!("/AcroForm {content} "));
    target.update(&[(target.root, moved), (content, target.text(form))]).is_altered();
    let listed = target.with(page, &format!("/Annots {content} 0 R"));
    target.update(&[(page, listed), (content, "[ ]".to_owned())]).is_altered();
    let metadata = target.reference(target.root, "/Metadata");
    let moved = root.replace(&format!("/Metadata {metadata} "), &format!("/Metadata {content} "));
    target.update(&[(target.root, moved.into_bytes()), (content, target.body(metadata))]).is_altered();
}

#[test]
fn content_cannot_be_replaced_as_a_list_of_fields() {
    let target = Target::genuine();
    let (_, content) = target.page();
    let form = target.text(target.form());
    let fields = &form[form.find('[').unwrap()..=form.find(']').unwrap()];
    let grown = fields.replace(" ]", " 300 0 R ]");
    let moved = form.replace(fields, &format!("{content} 0 R"));
    let drawn = stream("/FT /Sig /T (x)", EVIL);
    target.update(&[(target.form(), moved), (content, grown), (300, drawn)]).is_altered();
}

#[test]
fn content_cannot_be_replaced_by_a_container_of_the_revision() {
    let target = Target::genuine();
    let (_, content) = target.page();
    let head = format!("300 0\n{EVIL}\n");
    let keys = format!("/Type /ObjStm /N 1 /First {}", head.len());
    let container = stream(&keys, &format!("{head}<< /X 1 >>"));
    target.update_packed(301, &[(content, container.clone())], Some((300, content))).is_altered();
    target.update_packed(content, &[], None).is_altered();
    let honest = target.update_packed(301, &[(302, container)], Some((300, 302)));
    assert_eq!(report(&honest.bytes).verdict, Verdict::Valid, "a container of its own shows nothing");
    // Readers look for the container by its number: what replaces it replaces all that is in it.
    let other = stream(&keys, &format!("{head}<< /X 2 >>"));
    honest.update(&[(302, other)]).is_altered();
}

#[test]
fn a_field_that_signs_nothing_cannot_cover_the_page() {
    let target = Target::genuine();
    let (page, _) = target.page();
    let form = target.text(target.form());
    let first = form[form.find('[').unwrap() + 1..].trim().split(' ').next().unwrap().parse().unwrap();
    let signed = target.reference(first, "/V");
    let looks = "/F 4 /Rect [0 0 595 842] /AP << /N 301 0 R >>";
    let widget = format!("/Type /Annot /Subtype /Widget /P {page} 0 R {looks}");
    let covered = |field: String, shown: u32, kid: &str| {
        let objects =
            [(target.form(), target.form_with(300)), (300, field), (301, cover()), (page, target.page_with(shown))];
        let kid = (!kid.is_empty()).then(|| (302, kid.to_owned()));
        target.update(&objects.into_iter().chain(kid).collect::<Vec<_>>()).is_altered();
    };
    covered(format!("<< /FT /Sig /T (S9) /V {signed} 0 R {widget} >>"), 300, "");
    covered(format!("<< /FT /Sig /T (S9) {widget} >>").replace("/F 4", "/F 36"), 300, "");
    covered(format!("<< /FT /Sig /T (S9) {widget} >>").replace("/Widget", "/FreeText /Contents (x)"), 300, "");
    let parent = "<< /FT /Sig /T (S9) /Kids [ 302 0 R ] >>".to_owned();
    covered(parent.clone(), 302, &format!("<< /Type /Annot /Subtype /Stamp {looks} >>"));
    covered(parent, 302, &format!("<< /Parent 300 0 R {widget} >>"));
    // A timestamp by anybody: that it is not believed must not make what it covers readable again.
    let stamp = "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /Contents <00> >>".to_owned();
    let field = format!("<< /FT /Sig /T (S9) /V 303 0 R {widget} >>");
    let objects = [(target.form(), target.form_with(300)), (300, field), (301, cover()), (303, stamp)];
    let stamped = target.update(&[&objects[..], &[(page, target.page_with(300))]].concat());
    stamped.is_altered();
}

#[test]
fn a_rectangle_behind_references_covers_as_much_as_any_other() {
    let target = Target::genuine();
    let (page, _) = target.page();
    for rectangle in ["[0 0 302 0 R 303 0 R]", "[0 0 595 842 0]"] {
        let looks = format!("/F 4 /Rect {rectangle} /AP << /N 301 0 R >>");
        let field = format!("<< /FT /Sig /T (S9) /Type /Annot /Subtype /Widget /P {page} 0 R {looks} >>");
        let objects = [(target.form(), target.form_with(300)), (300, field), (301, cover())];
        let numbers = [(302, "595".to_owned()), (303, "842".to_owned()), (page, target.page_with(300))];
        target.update(&[&objects[..], &numbers].concat()).is_altered();
    }
}

/// A page with one field that was filled in when it was signed, of this kind and with these appearances.
fn filled(field: &str, form: &str) -> Target {
    let font = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>";
    let keys = format!("/Type /XObject /Subtype /Form /BBox [0 0 90 20] /Resources << {font} >>");
    let text = |text: &str| stream(&keys, text);
    let objects = [
        (1, format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [ 5 0 R ] {form} >> >>")),
        (2, "<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>".to_owned()),
        (3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [ 5 0 R ] >>".to_owned()),
        (5, format!("<< /T (a) /Type /Annot /Subtype /Widget /F 4 /Rect [9 9 99 29] {field} >>")),
        (6, text("BT /F1 9 Tf 1 1 Td (Bifall) Tj ET")),
        (7, text("")),
    ];
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (number, body) in objects {
        rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", bytes.len()));
        write!(bytes, "{number} 0 obj\n{body}\nendobj\n").unwrap();
    }
    let at = bytes.len();
    write!(bytes, "xref\n{rows}trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n").unwrap();
    Target { bytes, root: 1, info: None }
}

/// What an update of a filled field is to a signature of its first revision.
fn refusal(target: &Target) -> Option<SubIndication> {
    let document = Document::read(&target.bytes, &Budget::STANDARD).unwrap();
    let after = History::read(&document, 1).after(Some(0));
    after.permitted(&Permission::default(), &Policy::swedish_minutes()).err()
}

#[test]
fn what_was_filled_in_and_signed_stays_as_it_was_seen() {
    const STATES: &str = "/AP << /N << /Ja 6 0 R /Off 7 0 R >> >>";
    let open = Some(SubIndication::SigConstraintsFailure);
    let field = |target: &Target, from: &str, to: &str| {
        let body = target.text(5);
        assert!(body.contains(from), "{body}");
        target.update(&[(5, body.replace(from, to))])
    };
    let set = filled(&format!("/FT /Btn /V /Ja /AS /Ja {STATES}"), "");
    assert_eq!(refusal(&field(&set, "/AS /Ja", "/AS /Off")), open, "the mark is gone, the value stays");
    let redrawn = |target: &Target, number, body| target.update(&[(5, target.text(5)), (number, body)]);
    assert_eq!(refusal(&redrawn(&set, 6, cover())), open, "the mark is another");
    let unset = filled(&format!("/FT /Btn /V /Off /AS /Off {STATES}"), "");
    assert_eq!(refusal(&field(&unset, "/V /Off /AS /Off", "/V /Ja /AS /Ja")), None, "a box may be ticked");
    assert_eq!(refusal(&redrawn(&unset, 7, cover())), open, "nobody ticked it");
    let said = filled("/FT /Tx /V (Bifall) /AP << /N 6 0 R >>", "");
    let unseen = "BT 3 Tr /F1 9 Tf 1 1 Td (Bifall) Tj ET 0 0 m 9 9 l S";
    let unseen = stream("/Type /XObject /Subtype /Form /BBox [0 0 90 20]", unseen);
    assert_eq!(refusal(&redrawn(&said, 6, unseen)), open, "the same text, not to be seen");
    let empty = filled("/FT /Tx /AP << /N 7 0 R >>", "");
    assert_eq!(refusal(&field(&empty, "/AP << /N 7 0 R >>", "/V (Bifall) /AP << /N 6 0 R >>")), None);
}

#[test]
fn values_that_readers_draw_anew_keep_their_default_appearance() {
    let form = "/NeedAppearances true /DA (/F1 9 Tf 0 g)";
    let target = filled("/FT /Tx /V (Bifall)", form);
    let catalog = target.text(1).replace("0 g", "1 g");
    assert_eq!(refusal(&target.update(&[(1, catalog)])), Some(SubIndication::FormatFailure));
}

#[test]
fn a_font_that_a_value_already_names_is_not_provided_later() {
    let provided = |target: &Target, name: &str| {
        let catalog = target.text(1).replace("/Fields", &format!("/DR << /Font << /{name} 20 0 R >> >> /Fields"));
        refusal(&target.update(&[(1, catalog), (20, "<< /Type /Font /Subtype /Type3 >>".to_owned())]))
    };
    for (field, form) in [
        ("/V (Bifall) /DA (/Ny 9 Tf) /AP << /N 6 0 R >>", "/NeedAppearances true"),
        ("/V (Bifall) /DA (0 g /N#79 9 Tf)", ""),
        ("/V (Bifall)", "/DA (/Ny 9 Tf)"),
    ] {
        let target = filled(&format!("/FT /Tx {field}"), form);
        assert_eq!(provided(&target, "Ny"), Some(SubIndication::FormatFailure), "{field} {form}");
        assert_eq!(provided(&target, "Annan"), None, "{field} {form}");
    }
    let drawn = filled("/FT /Tx /V (Bifall) /DA (/Ny 9 Tf) /AP << /N 6 0 R >>", "");
    assert_eq!(provided(&drawn, "Ny"), None, "the value is drawn by the file itself");
    let empty = filled("/FT /Tx /DA (/Ny 9 Tf)", "/NeedAppearances true");
    assert_eq!(provided(&empty, "Ny"), None, "nothing is said by it");
}

#[test]
fn a_value_that_viewers_drew_anew_is_not_left_to_what_the_file_draws() {
    let told = |field: &str| filled(field, "/NeedAppearances true");
    let left = |target: &Target| {
        target.update(&[(1, target.text(1).replace("/NeedAppearances true", "/NeedAppearances false"))])
    };
    let open = Some(SubIndication::SigConstraintsFailure);
    assert_eq!(refusal(&left(&told("/FT /Tx /V (Bifall) /AP << /N 6 0 R >>"))), None, "it draws the same");
    assert_eq!(refusal(&left(&told("/FT /Tx /V (Avslag) /AP << /N 6 0 R >>"))), open, "it draws another");
    assert_eq!(refusal(&left(&told("/FT /Tx /V (Bifall)"))), open, "it draws nothing");
    assert_eq!(refusal(&left(&told("/FT /Tx"))), None, "nothing is said");
}

#[test]
fn nothing_comes_to_be_or_ceases_by_the_size_alone() {
    // ISO 32000-2, 7.5.5: whatever is not below /Size is missing, for the readers that heed it.
    let sized = |target: Target, from: &str, to: &str| {
        let text = String::from_utf8_lossy(&target.bytes).into_owned();
        let at = text.rfind(from).unwrap();
        let mut bytes = target.bytes;
        bytes.splice(at..at + from.len(), to.bytes());
        Target { bytes, ..target }
    };
    let said = || filled("/FT /Tx /V (Bifall) /AP << /N 6 0 R >>", "");
    let update = |target: &Target| target.update::<&str>(&[]);
    let altered = Some(SubIndication::FormatFailure);
    assert_eq!(refusal(&update(&said())), None, "a greater /Size brings nothing of itself");
    let dormant = sized(said(), "/Size 8", "/Size 5");
    assert_eq!(refusal(&update(&dormant)), altered, "the field was not there for those who heeded it");
    let by_way = sized(update(&dormant), "/Size 500", "/Size 001");
    assert_eq!(refusal(&update(&by_way)), altered, "by way of a /Size that nobody can heed");
    assert_eq!(refusal(&sized(update(&said()), "/Size 500", "/Size 006")), altered, "what was filled in is gone");
    assert_eq!(refusal(&sized(update(&said()), "/Size 500", "/Size 001")), None, "PDFBox writes that");
    let unused = filled("/FT /Tx", "");
    assert_eq!(refusal(&update(&sized(unused, "/Size 8", "/Size 6"))), None, "nothing refers to it");
}

#[test]
fn an_update_brings_nothing_from_another_file() {
    let target = Target::genuine();
    let (page, content) = target.page();
    target.update(&[(content, stream("/F (x)", EVIL))]).is_altered();
    let looks = format!("/F 4 /Rect [0 0 9 9] /AP << /N 301 0 R >> /P {page} 0 R");
    let stamp = "<< /Type /DocTimeStamp /Filter /A /SubFilter /ETSI.RFC3161 /Contents <00> >>".to_owned();
    let field = format!("<< /FT /Sig /T (S9) /V 303 0 R /Type /Annot /Subtype /Widget {looks} >>");
    let drawn = |keys: &str| stream(&format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] {keys}"), "");
    let objects = |keys| [(target.form(), target.form_with(300)), (300, field.clone()), (301, drawn(keys))];
    let rest = [(303, stamp), (page, target.page_with(300))];
    target.update(&[&objects("/F (x)")[..], &rest].concat()).is_altered();
    let within = target.update(&[&objects("")[..], &rest].concat());
    assert_ne!(report(&within.bytes).verdict, Verdict::Altered);
}

#[test]
fn an_annotation_does_not_become_a_field_to_be_filled_in() {
    let target = Target::genuine();
    let pages = target.text(target.reference(target.root, "/Pages"));
    let last = pages[..pages.find(']').unwrap()].rsplit(" 0 R").nth(1).unwrap();
    let last = last.rsplit([' ', '[']).next().unwrap().parse().unwrap();
    let link = target.reference(last, "/Annots");
    let listed = target.update(&[(target.form(), target.form_with(link))]);
    listed.is_altered();
    listed.update(&[(link, target.with(link, "/AP << /N 301 0 R >>")), (301, cover())]).is_altered();
}

#[test]
fn an_object_prepared_in_two_roles_is_judged_in_both() {
    let target = Target::read("hostile/prepared-field-is-contents.pdf");
    target.update(&[(4, stream("/FT /Tx /T (a)", EVIL))]).is_altered();
    let target = Target::read("hostile/prepared-page-is-stream.pdf");
    let page = String::from_utf8_lossy(&target.body(3)).into_owned();
    let keys = page[2..page.find("stream").unwrap()].trim().strip_suffix(">>").unwrap();
    target.update(&[(3, format!("<< {keys} >>\nstream\n{EVIL}\nendstream"))]).is_altered();
    let target = Target::read("hostile/prepared-lastmod-appearance.pdf");
    let page = target.text(3).replace("/LastModified 13 0 R", "/LastModified 50 0 R");
    target.update(&[(3, page), (50, cover())]).is_altered();
    let target = Target::read("hostile/prepared-tx-V-xobject.pdf");
    let field = target.text(12).replace("/V 13 0 R", "/V 50 0 R");
    target.update(&[(12, field), (50, cover())]).is_altered();
}

#[test]
fn only_a_readable_attestation_excuses_missing_revocation_data() {
    let report = report(&fixture("hostile/authn-unreadable.pdf"));
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert!(report.signatures.iter().all(|signature| signature.indication == Indication::Indeterminate));
}

#[test]
fn annotations_and_forms_without_end_are_refused_in_time() {
    let target = Target::genuine();
    let (page, _) = target.page();
    let before = Instant::now();
    let list: Vec<String> = (1_000..60_000).map(|number| format!("{number} 0 R")).collect();
    target.update(&[(page, target.with(page, &format!("/Annots [ {} ]", list.join(" "))))]).is_altered();
    // Eight forms, each drawing the next a thousand times.
    let calls = "/X Do ".repeat(1_000);
    let form = |number: u32| {
        let resources = format!("/Resources << /XObject << /X {} 0 R >> >>", number + 1);
        (number, stream(&format!("/Type /XObject /Subtype /Form /BBox [0 0 1 1] {resources}"), &calls))
    };
    let forms: Vec<(u32, String)> = (301..310).map(form).collect();
    let drawing = "/Resources << /XObject << /X 301 0 R >> >> /Contents 300 0 R";
    let page_of_forms = format!("<< /Type /Page /MediaBox [0 0 9 9] {drawing} >>");
    let objects = [&forms[..], &[(page, page_of_forms), (300, stream("", &calls))]].concat();
    // Nothing is signed here, so that the pages are read as they are.
    let plain = Target { bytes: fixture("minutes/styrelseprotokoll-flattened.pdf"), ..target };
    let found = report(&plain.update(&objects).bytes);
    assert_ne!(found.verdict, Verdict::Valid);
    assert!(before.elapsed() < Duration::from_secs(60), "{:?}", before.elapsed());
}
