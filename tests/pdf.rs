//! The reader of PDF files: each rule of the validation spec, section 5, on a small file that breaks it; then files that
//! nobody here made (../shared/corpus/dev, if it is there).

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::pdf::ChangeKind;
use sigill::format::pdf::Coverage;
use sigill::format::pdf::Document;
use sigill::format::pdf::Error;
use sigill::format::pdf::Fault;
use sigill::format::pdf::Object;
use sigill::format::pdf::ObjectId;
use sigill::format::pdf::Severity;
use sigill::format::pdf::Severity::Fail;
use sigill::format::pdf::Severity::Warn;
use sigill::format::pdf::dss::Dss;
use sigill::format::pdf::text;

/// A file being written, revision by revision.
#[derive(Clone)]
struct Writer {
    bytes: Vec<u8>,
    /// What the next cross-reference section says: number, kind, and its two fields.
    entries: Vec<(u32, u8, usize, usize)>,
    previous: Option<usize>,
    trailer: String,
}

impl Writer {
    fn new() -> Self {
        let bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { bytes, entries: Vec::new(), previous: None, trailer: "/Root 1 0 R /ID [<01> <02>]".to_owned() }
    }

    /// A catalog, one page and its content, not yet closed by a cross-reference.
    fn page() -> Self {
        let mut file = Self::new();
        file.object(1, "<</Type /Catalog /Pages 2 0 R>>");
        file.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>");
        file.object(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>");
        file.stream(4, "", b"BT ET");
        file
    }

    fn object(&mut self, number: u32, body: &str) -> usize {
        let at = self.bytes.len();
        self.entries.push((number, 1, at, 0));
        write!(self.bytes, "{number} 0 obj\n{body}\nendobj\n").unwrap();
        at
    }

    fn stream(&mut self, number: u32, keys: &str, data: &[u8]) {
        self.entries.push((number, 1, self.bytes.len(), 0));
        write!(self.bytes, "{number} 0 obj\n<<{keys} /Length {}>>\nstream\n", data.len()).unwrap();
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// An object stream that holds these objects.
    fn packed(&mut self, number: u32, objects: &[(u32, &str)]) {
        let (mut head, mut body) = (String::new(), String::new());
        for (index, (packed, object)) in objects.iter().enumerate() {
            head += &format!("{packed} {} ", body.len());
            body += &format!("{object} ");
            self.entries.push((*packed, 2, usize::try_from(number).unwrap(), index));
        }
        let keys = format!("/Type /ObjStm /N {} /First {} /Filter /FlateDecode", objects.len(), head.len());
        self.stream(number, &keys, &deflated(format!("{head}{body}").as_bytes()));
    }

    /// Closes the revision with a table; free entries and entries elsewhere can be pushed before.
    fn table(&mut self) -> &mut Self {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(b"xref\n");
        for (number, kind, first, second) in std::mem::take(&mut self.entries) {
            let letter = if kind == 0 { 'f' } else { 'n' };
            write!(self.bytes, "{number} 1\n{first:010} {second:05} {letter} \n").unwrap();
        }
        let previous = self.previous.map(|previous| format!("/Prev {previous}")).unwrap_or_default();
        write!(self.bytes, "trailer\n<</Size 100 {} {previous}>>\n", self.trailer).unwrap();
        self.close(at)
    }

    /// Closes the revision with a cross-reference stream.
    fn xref_stream(&mut self, number: u32) -> &mut Self {
        let at = self.hidden(number);
        self.close(at)
    }

    /// A cross-reference stream that `startxref` does not name.
    fn hidden(&mut self, number: u32) -> usize {
        let at = self.bytes.len();
        let (mut rows, mut index) = (Vec::new(), String::new());
        for (number, kind, first, second) in std::mem::take(&mut self.entries) {
            index += &format!("{number} 1 ");
            rows.push(kind);
            rows.extend_from_slice(&u32::try_from(first).unwrap().to_be_bytes());
            rows.extend_from_slice(&u16::try_from(second).unwrap().to_be_bytes());
        }
        let previous = self.previous.map(|previous| format!("/Prev {previous}")).unwrap_or_default();
        let keys = format!("/Type /XRef /Size 100 /W [1 4 2] /Index [{index}] {} {previous}", self.trailer);
        self.stream(number, &keys, &rows);
        self.entries.clear();
        at
    }

    fn close(&mut self, at: usize) -> &mut Self {
        self.previous = Some(at);
        write!(self.bytes, "startxref\n{at}\n%%EOF\n").unwrap();
        self
    }

    /// A revision with a signature field and its value; `keys` go into the signature dictionary before `/Contents`.
    fn sign(&mut self, catalog: &str, field: u32, name: &str, keys: &str, der: &str) -> &mut Self {
        let dictionary = field + 1;
        self.object(1, &format!("<</Type /Catalog /Pages 2 0 R {catalog}>>"));
        let widget = "/Type /Annot /Subtype /Widget /FT /Sig /Rect [10 20 30 40] /P 3 0 R";
        self.object(field, &format!("<<{widget} /T ({name}) /V {dictionary} 0 R>>"));
        let range = " ".repeat(60);
        let body = format!(
            "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached {keys} /ByteRange [{range}] \
             /Contents <{der:0<64}> /M (D:20250321164435+01'00')>>"
        );
        let at = self.object(dictionary, &body);
        self.table();
        let gap = at + find(&self.bytes[at..], b"/Contents <").unwrap() + 10;
        let end = gap + 66;
        let range = format!("0 {gap} {end} {}", self.bytes.len() - end);
        let slot = at + find(&self.bytes[at..], b"/ByteRange [").unwrap() + 12;
        self.bytes[slot..slot + range.len()].copy_from_slice(range.as_bytes());
        self
    }

    /// A page, signed once, in two revisions.
    fn signed() -> Self {
        let mut file = Self::page();
        file.table();
        file.sign(FORM, 10, "Underskrift", "/Reason (Justering)", DER);
        file
    }

    /// The same file with one text in place of another; the same length keeps every offset.
    fn with(&self, from: &str, to: &str) -> Self {
        let mut changed = self.clone();
        let at = find(&self.bytes, from.as_bytes()).expect("the text is there");
        changed.bytes.splice(at..at + from.len(), format!("{to:<width$}", width = from.len()).into_bytes());
        changed
    }

    /// The stored ByteRange with each number changed.
    fn with_range(&self, change: impl Fn([i64; 4]) -> String) -> Self {
        let document = read(&self.bytes);
        let range: [i64; 4] = document.signatures()[0].byte_range.clone().unwrap().try_into().unwrap();
        let [a, b, c, d] = range;
        self.with(&format!("{:<60}", format!("{a} {b} {c} {d}")), &change(range))
    }
}

const FORM: &str = "/AcroForm <</Fields [10 0 R] /SigFlags 3>>";
const DER: &str = "3003020105";

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn read(bytes: &[u8]) -> Document<'_> {
    Document::read(bytes, &Budget::STANDARD).expect("the file can be read")
}

fn error(bytes: &[u8]) -> Error {
    Document::read(bytes, &Budget::STANDARD).err().expect("the file cannot be read")
}

fn id(number: u32) -> ObjectId {
    ObjectId { number, generation: 0 }
}

/// Every rule that a file and its signatures break.
fn rules(bytes: &[u8]) -> Vec<(&'static str, Severity)> {
    let document = read(bytes);
    let own = document.signatures().iter().flat_map(|signature| &signature.faults);
    let mut rules: Vec<_> = document.faults().iter().chain(own).map(|fault| (fault.rule, fault.severity)).collect();
    rules.dedup();
    rules
}

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
fn the_security_store_is_read_whether_direct_or_not() {
    let mut file = Writer::page();
    file.table();
    let store = "/DSS <</Certs [20 0 R] /CRLs 22 0 R /OCSPs [21 0 R 99 0 R] /VRI <</ABCD <<>> /Type /VRI>>>>";
    file.object(1, &format!("<</Type /Catalog /Pages 2 0 R {store}>>"));
    file.stream(20, "", b"certificate");
    file.stream(21, "/Filter /FlateDecode", &deflated(b"response"));
    file.object(22, "[23 0 R]");
    file.stream(23, "/Filter [/ASCIIHexDecode]", b"6C697374>");
    file.table();
    let document = read(&file.bytes);
    assert_eq!(Dss::read(document.view(0)).unwrap(), None);
    let dss = Dss::read(document.latest()).unwrap().unwrap();
    assert_eq!(dss.certificates, [b"certificate"]);
    assert_eq!(dss.ocsp_responses, [b"response"]);
    assert_eq!(dss.crls, [b"list"]);
    assert_eq!((dss.vri_keys, dss.unreadable), (vec!["ABCD".to_owned()], 1));
}

/// Gold intact signatures that are not listed, or not under the manifest's name, and why that is right.
const EXCEPTIONS: [(&str, &str); 6] = [
    ("itext__cmp_signedEncrypted", "field names are ciphertext without a password"),
    ("dss__pdf-spoofing-attack", "both are orphans or renamed by the attack"),
    ("pdfpig__pdfpig-issue-1040", "opens only after repair: startxref leads nowhere"),
    ("mkl-pdfbox2__isa_D", "opens only after repair: startxref leads nowhere"),
    ("mkl-pdfbox2__siwa_B", "opens only after repair: broken table"),
    ("mkl-pdfbox2__siwa_E", "opens only after repair: broken table"),
];

/// Attacks and broken files on which a rule of 5.5 or 5.3 has to fire.
const CAUGHT: [(&str, &[&str]); 14] = [
    ("mkl-pdfbox2__siwa_A", &["BR-3", "BR-4"]),
    ("mkl-pdfbox2__siwa_D", &["BR-3", "BR-4"]),
    ("mkl-pdfbox2__isa_B", &["MD-40"]),
    ("mkl-pdfbox2__isa_C", &["PF-6", "PF-7"]),
    ("mkl-pdfbox2__isa_H", &["MD-40"]),
    ("mkl-pdfbox2__isa_I", &["MD-40"]),
    ("mkl-pdfbox2__usf_02_00_Contents", &["BR-9"]),
    ("mkl-pdfbox2__usf_03_Null_Contents", &["BR-2"]),
    ("mkl-pdfbox2__usf_04_No_Contents_Value", &["SF-3"]),
    ("mkl-pdfbox2__usf_05_No_Contents", &["BR-2"]),
    ("dss__pdf-byterange-overlap", &["BR-4"]),
    ("dss__pades-spoofing-replaced-reason", &["SD-1"]),
    ("pyhanko__one-byterange", &["BR-1"]),
    ("pyhanko__tail-uncovered", &["BR-6"]),
];

fn corpus() -> Option<(PathBuf, Vec<Value>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    let manifest = std::fs::read(folder.join("manifest.json")).ok();
    println!("corpus: {}", if manifest.is_some() { "there" } else { "not there, nothing tested" });
    let manifest: Value = serde_json::from_slice(&manifest?).unwrap();
    Some((folder.join("pdf"), manifest.as_array().unwrap().clone()))
}

#[test]
fn every_intact_signature_of_the_corpus_is_listed() {
    let Some((folder, manifest)) = corpus() else {
        return;
    };
    let (mut times, mut listed, mut missing) = (Vec::new(), 0, Vec::new());
    for entry in &manifest {
        let name = entry["id"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.pdf"))).unwrap();
        let start = Instant::now();
        let document = Document::read(&bytes, &Budget::STANDARD);
        times.push((start.elapsed(), name));
        let signatures = document.as_ref().map(Document::signatures).unwrap_or_default();
        for wanted in entry["signatures"].as_array().unwrap() {
            let gold = wanted["truth"]["confidence"] == "gold";
            if !gold || wanted["truth"]["integrity"] != "intact" {
                continue;
            }
            let found = signatures.iter().any(|signature| {
                serde_json::json!(signature.byte_range) == wanted["byte_range"]
                    && signature.name.as_deref() == wanted["field"].as_str()
                    && signature.digest_parts(&bytes).is_some()
            });
            if found { listed += 1 } else { missing.push(name) }
        }
    }
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{} files, {listed} gold intact signatures listed; median {median:?}, worst {worst:?}", manifest.len());
    println!("excepted: {missing:?}");
    assert!(worst.0 < Duration::from_secs(5), "{worst:?}");
    missing.dedup();
    let mut excepted: Vec<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    excepted.sort_unstable();
    assert_eq!(missing, excepted, "an unexpected success is a change too");
}

#[test]
fn attacks_of_the_corpus_are_caught_by_the_rule_that_stops_them() {
    let Some((folder, _)) = corpus() else { return };
    for (name, wanted) in CAUGHT {
        let bytes = std::fs::read(folder.join(format!("{name}.pdf"))).unwrap();
        let found = rules(&bytes);
        for rule in wanted {
            assert!(found.contains(&(rule, Fail)), "{name}: {rule} not in {found:?}");
        }
    }
}

#[test]
fn no_text_of_the_corpus_panics() {
    let Some((folder, manifest)) = corpus() else {
        return;
    };
    let mut words = 0;
    for entry in &manifest {
        let name = entry["id"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.pdf"))).unwrap();
        let Ok(document) = Document::read(&bytes, &Budget::STANDARD) else {
            continue;
        };
        let pages = text::read(document.latest(), &Budget::STANDARD);
        words += pages.iter().flat_map(|page| &page.lines).map(|line| line.split(' ').count()).sum::<usize>();
        let _ = Dss::read(document.latest());
    }
    println!("{words} words");
    assert!(words > 40_000, "{words}");
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
