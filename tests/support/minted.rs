//! Minutes of one page that people of the PKI made in the test sign, stamp and add evidence to, revision by revision.

use crate::pki::Holder;
use crate::writer::Writer;
use crate::writer::find;

/// Room for one signature, in hexadecimal digits.
const ROOM: usize = 16_384;

/// A file being signed.
pub(crate) struct Minutes {
    file: Writer,
    /// The page that shows the fields.
    page: u32,
    fields: Vec<u32>,
    store: String,
    next: u32,
}

impl Minutes {
    /// As they were written, by nobody signed.
    pub(crate) fn blank() -> Self {
        let mut file = Writer::page();
        file.table();
        Self::over(file, 3, 10)
    }

    /// Over a file whose catalog is object 1 with its pages in object 2, one page, and the first free number.
    pub(crate) fn over(file: Writer, page: u32, next: u32) -> Self {
        Self { file, page, fields: Vec::new(), store: String::new(), next }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file.bytes
    }

    /// A revision that a signature closes. `sign` gives the CMS over what it covers.
    pub(crate) fn signed(self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        self.closed("/Type /Sig", "ETSI.CAdES.detached", sign)
    }

    /// The same, of another kind.
    pub(crate) fn signed_as(self, sub_filter: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        self.closed("/Type /Sig", sub_filter, sign)
    }

    /// A revision that a document timestamp closes.
    pub(crate) fn stamped(self, authority: &Holder, at: &str) -> Self {
        self.closed("/Type /DocTimeStamp", "ETSI.RFC3161", |covered| authority.stamp(covered, at))
    }

    /// A revision with evidence in the document security store.
    pub(crate) fn with_store(mut self, certificates: &[&[u8]], lists: &[&[u8]]) -> Self {
        let mut keys = String::new();
        for (key, pieces) in [("Certs", certificates), ("CRLs", lists)] {
            let mut references = String::new();
            for piece in pieces {
                self.file.stream(self.next, "", piece);
                references += &format!("{} 0 R ", self.next);
                self.next += 1;
            }
            keys += &format!("/{key} [{references}] ");
        }
        self.store = format!("/DSS <<{keys}>>");
        self.catalog();
        self.file.table();
        self
    }

    fn catalog(&mut self) {
        let fields: String = self.fields.iter().map(|field| format!("{field} 0 R ")).collect();
        let form = format!("/AcroForm <</Fields [{fields}] /SigFlags 3>>");
        self.file.object(1, &format!("<</Type /Catalog /Pages 2 0 R {form} {}>>", self.store));
    }

    fn closed(mut self, kind: &str, sub_filter: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        let (field, dictionary) = (self.next, self.next + 1);
        self.next += 2;
        self.fields.push(field);
        self.catalog();
        let widget = format!("/Type /Annot /Subtype /Widget /FT /Sig /Rect [0 0 0 0] /F 132 /P {} 0 R", self.page);
        self.file.object(field, &format!("<<{widget} /T (Underskrift {field}) /V {dictionary} 0 R>>"));
        let (range, room) = (" ".repeat(60), "0".repeat(ROOM));
        let said = format!("{kind} /Filter /Adobe.PPKLite /SubFilter /{sub_filter}");
        let body = format!("<<{said} /ByteRange [{range}] /Contents <{room}>>>");
        let at = self.file.object(dictionary, &body);
        self.file.table();
        let bytes = &mut self.file.bytes;
        let within = |bytes: &[u8], word: &[u8]| at + find(&bytes[at..], word).expect("written above") + word.len();
        let gap = within(bytes, b"/Contents ");
        let end = gap + ROOM + 2;
        let range = format!("0 {gap} {end} {}", bytes.len() - end);
        let slot = within(bytes, b"/ByteRange [");
        bytes[slot..slot + range.len()].copy_from_slice(range.as_bytes());
        let covered = [&bytes[..gap], &bytes[end..]].concat();
        let value: String = sign(&covered).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(value.len() <= ROOM, "the signature fits");
        bytes[gap + 1..gap + 1 + value.len()].copy_from_slice(value.as_bytes());
        self
    }
}
