//! A writer of small PDF files, revision by revision, and what the reader says of them.

use std::io::Write as _;

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::Error;
use sigill::format::pdf::ObjectId;
use sigill::format::pdf::Severity;

/// A file being written, revision by revision.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    /// What the next cross-reference section says: number, kind, and its two fields.
    pub(crate) entries: Vec<(u32, u8, usize, usize)>,
    pub(crate) previous: Option<usize>,
    pub(crate) trailer: String,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { bytes, entries: Vec::new(), previous: None, trailer: "/Root 1 0 R /ID [<01> <02>]".to_owned() }
    }

    /// A catalog, one page and its content, not yet closed by a cross-reference.
    pub(crate) fn page() -> Self {
        let mut file = Self::new();
        file.object(1, "<</Type /Catalog /Pages 2 0 R>>");
        file.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>");
        file.object(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>");
        file.stream(4, "", b"BT ET");
        file
    }

    pub(crate) fn object(&mut self, number: u32, body: &str) -> usize {
        let at = self.bytes.len();
        self.entries.push((number, 1, at, 0));
        write!(self.bytes, "{number} 0 obj\n{body}\nendobj\n").unwrap();
        at
    }

    pub(crate) fn stream(&mut self, number: u32, keys: &str, data: &[u8]) {
        self.entries.push((number, 1, self.bytes.len(), 0));
        write!(self.bytes, "{number} 0 obj\n<<{keys} /Length {}>>\nstream\n", data.len()).unwrap();
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// An object stream that holds these objects.
    pub(crate) fn packed(&mut self, number: u32, objects: &[(u32, &str)]) {
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
    pub(crate) fn table(&mut self) -> &mut Self {
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
    pub(crate) fn xref_stream(&mut self, number: u32) -> &mut Self {
        let at = self.hidden(number);
        self.close(at)
    }

    /// A cross-reference stream that `startxref` does not name.
    pub(crate) fn hidden(&mut self, number: u32) -> usize {
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

    pub(crate) fn close(&mut self, at: usize) -> &mut Self {
        self.previous = Some(at);
        write!(self.bytes, "startxref\n{at}\n%%EOF\n").unwrap();
        self
    }

    /// A revision with a signature field and its value; `keys` go into the signature dictionary before `/Contents`.
    pub(crate) fn sign(&mut self, catalog: &str, field: u32, name: &str, keys: &str, der: &str) -> &mut Self {
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
    pub(crate) fn signed() -> Self {
        let mut file = Self::page();
        file.table();
        file.sign(FORM, 10, "Underskrift", "/Reason (Justering)", DER);
        file
    }

    /// The same file with one text in place of another; the same length keeps every offset.
    pub(crate) fn with(&self, from: &str, to: &str) -> Self {
        let mut changed = self.clone();
        let at = find(&self.bytes, from.as_bytes()).expect("the text is there");
        changed.bytes.splice(at..at + from.len(), format!("{to:<width$}", width = from.len()).into_bytes());
        changed
    }

    /// The stored ByteRange with each number changed.
    pub(crate) fn with_range(&self, change: impl Fn([i64; 4]) -> String) -> Self {
        let document = read(&self.bytes);
        let range: [i64; 4] = document.signatures()[0].byte_range.clone().unwrap().try_into().unwrap();
        let [a, b, c, d] = range;
        self.with(&format!("{:<60}", format!("{a} {b} {c} {d}")), &change(range))
    }
}

pub(crate) const FORM: &str = "/AcroForm <</Fields [10 0 R] /SigFlags 3>>";
pub(crate) const DER: &str = "3003020105";

pub(crate) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

pub(crate) fn read(bytes: &[u8]) -> Document<'_> {
    Document::read(bytes, &Budget::STANDARD).expect("the file can be read")
}

pub(crate) fn error(bytes: &[u8]) -> Error {
    Document::read(bytes, &Budget::STANDARD).err().expect("the file cannot be read")
}

pub(crate) fn id(number: u32) -> ObjectId {
    ObjectId { number, generation: 0 }
}

/// Every rule that a file and its signatures break.
pub(crate) fn rules(bytes: &[u8]) -> Vec<(&'static str, Severity)> {
    let document = read(bytes);
    let own = document.signatures().iter().flat_map(|signature| &signature.faults);
    let mut rules: Vec<_> = document.faults().iter().chain(own).map(|fault| (fault.rule, fault.severity)).collect();
    rules.dedup();
    rules
}
