//! A tagged PDF/A-2a file of text, lines and one seal, written in one piece. ISO 32000-1, ISO 19005-2, ETSI EN 319 142-1.
//! One revision: the seal is in it from the start and covers every byte but its own value. Colours are calibrated, so no
//! profile of a device is needed; nothing is referred to outside the file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;

use crate::archive::encoding::hex;
use crate::archive::statement::font::Font;
use crate::archive::statement::font::Glyph;
use crate::verify::crypto;

/// A4 in points.
pub(super) const WIDTH: f32 = 595.28;
/// Its height.
pub(super) const HEIGHT: f32 = 841.89;

/// Red, green and blue, from 0 to 1.
pub(super) type Colour = (f32, f32, f32);

/// Which of the two fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// What a piece of content is to whoever has it read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    H1,
    H2,
    P,
    Figure,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::P => "P",
            Self::Figure => "Figure",
        }
    }
}

/// A run of text on one line. `y` is that of its baseline, counted downwards from the top of the page.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) colour: Colour,
    pub(super) text: String,
}

/// A piece of the structure: which page it stands on, as which marked content, and what it is.
struct Element {
    page: usize,
    place: usize,
    tag: Tag,
    alternative: Option<(String, [f32; 4])>,
}

/// A document under construction.
pub(super) struct Paper {
    regular: Font,
    bold: Font,
    pages: Vec<String>,
    elements: Vec<Element>,
    /// Glyphs used of each font, with the letter that each stands for.
    used: BTreeMap<(Weight, Glyph), char>,
}

/// What stands about the document in it.
pub(super) struct About<'a> {
    pub(super) language: &'a str,
    pub(super) title: &'a str,
    pub(super) made_at: Timestamp,
    /// Whose seal it bears.
    pub(super) sealed_by: &'a str,
    /// Bytes that the seal's container may take.
    pub(super) seal_bytes_max: usize,
}

impl Paper {
    /// An empty page.
    pub(super) fn new() -> Option<Self> {
        let (regular, bold) = (Font::regular()?, Font::bold()?);
        Some(Self { regular, bold, pages: vec![String::new()], elements: Vec::new(), used: BTreeMap::new() })
    }

    /// The font of a weight.
    pub(super) fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// How many pages there are.
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Goes on on a new page.
    pub(super) fn turn(&mut self) {
        self.pages.push(String::new());
    }

    /// Text that is read as one piece.
    pub(super) fn text(&mut self, tag: Tag, runs: &[Run]) {
        let operators = self.operators(runs);
        self.tagged(tag, None, &operators);
    }

    /// A picture, with what it shows in words. `bounds`: left, top, width, height.
    pub(super) fn figure(&mut self, alternative: &str, bounds: [f32; 4], operators: &str) {
        let [left, top, width, height] = bounds;
        let bounds = [left, HEIGHT - top - height, left + width, HEIGHT - top];
        self.tagged(Tag::Figure, Some((alternative.to_owned(), bounds)), operators);
    }

    /// What only decorates, on the page that is being written.
    pub(super) fn decorate(&mut self, operators: &str) {
        if let Some(page) = self.pages.last_mut() {
            *page += &format!("/Artifact BMC\n{operators}EMC\n");
        }
    }

    /// The number of a page and the like: on every page, no part of what is said.
    pub(super) fn margin(&mut self, page: usize, run: Run) {
        let operators = self.operators(&[run]);
        if let Some(page) = self.pages.get_mut(page) {
            *page += &format!("/Artifact <</Type /Pagination>> BDC\n{operators}EMC\n");
        }
    }

    fn tagged(&mut self, tag: Tag, alternative: Option<(String, [f32; 4])>, operators: &str) {
        let page = self.pages.len().saturating_sub(1);
        let place = self.elements.iter().filter(|element| element.page == page).count();
        self.elements.push(Element { page, place, tag, alternative });
        if let Some(page) = self.pages.last_mut() {
            *page += &format!("/{} <</MCID {place}>> BDC\n{operators}EMC\n", tag.name());
        }
    }

    fn operators(&mut self, runs: &[Run]) -> String {
        let mut out = String::from("BT\n");
        for run in runs {
            let glyphs = self.font(run.weight).glyphs(&run.text);
            let codes: String = glyphs.iter().map(|(glyph, _)| format!("{glyph:04x}")).collect();
            self.used.extend(glyphs.iter().map(|(glyph, c)| ((run.weight, *glyph), *c)));
            let font = if run.weight == Weight::Bold { "F2" } else { "F1" };
            let colour = fill(run.colour);
            let y = HEIGHT - run.y;
            out += &format!("{colour}/{font} {:.2} Tf 1 0 0 1 {:.2} {y:.2} Tm <{codes}> Tj\n", run.size, run.x);
        }
        out + "ET\n"
    }

    /// The finished file. `sign` is given the bytes on both sides of its value and answers with that value.
    pub(super) fn sealed<E>(
        self,
        about: &About<'_>,
        sign: impl FnOnce(&[&[u8]]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let mut file = self.file(about);
        // From behind the mark's `<` to its `>`; the ByteRange names what is before and behind both.
        let (start, end) = (file.contents.start.saturating_sub(1), file.contents.end.saturating_add(1));
        let written = format!("0 {start} {end} {}", file.bytes.len().saturating_sub(end));
        overwrite(&mut file.bytes, file.range.start, written.as_bytes());
        let parts = (file.bytes.get(..start).unwrap_or_default(), file.bytes.get(end..).unwrap_or_default());
        let container = hex(&sign(&[parts.0, parts.1])?);
        overwrite(&mut file.bytes, file.contents.start, container.as_bytes());
        Ok(file.bytes)
    }

    fn file(&self, about: &About<'_>) -> File {
        let mut file = File::new();
        let structure_at = PAGES + 2 * self.pages.len();
        let page_id = |page: usize| PAGES + 2 * page;
        file.object(
            CATALOG,
            &format!(
                "<</Type /Catalog /Pages {TREE} 0 R /Lang ({}) /MarkInfo <</Marked true>> /StructTreeRoot {ROOT} 0 R \
                 /Metadata {METADATA} 0 R /ViewerPreferences <</DisplayDocTitle true>> /AcroForm <</Fields [{WIDGET} 0 R] \
                 /SigFlags 3>>>>",
                about.language
            ),
        );
        let kids: Vec<String> = (0..self.pages.len()).map(|page| format!("{} 0 R", page_id(page))).collect();
        file.object(TREE, &format!("<</Type /Pages /Count {} /Kids [{}]>>", kids.len(), kids.join(" ")));
        self.structure(&mut file, structure_at, page_id);
        file.stream(METADATA, "/Type /Metadata /Subtype /XML", metadata(about).as_bytes(), false);
        self.write_font(&mut file, REGULAR, Weight::Regular);
        self.write_font(&mut file, BOLD, Weight::Bold);
        file.object(
            WIDGET,
            &format!(
                "<</Type /Annot /Subtype /Widget /FT /Sig /T (Kontrollintyg) /F 132 /Rect [0 0 0 0] /P {PAGES} 0 R \
                 /V {SEAL} 0 R>>"
            ),
        );
        file.seal(about);
        for (page, content) in self.pages.iter().enumerate() {
            let annotations = if page == 0 { format!(" /Annots [{WIDGET} 0 R]") } else { String::new() };
            file.object(
                page_id(page),
                &format!(
                    "<</Type /Page /Parent {TREE} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {} 0 R /StructParents \
                     {page} /Tabs /S /Resources <</Font <</F1 {REGULAR} 0 R /F2 {BOLD} 0 R>> /ColorSpace <</C \
                     {COLOURS}>>>>{annotations}>>",
                    page_id(page) + 1
                ),
            );
            file.stream(page_id(page) + 1, "", content.as_bytes(), true);
        }
        file.finish()
    }

    /// Root, document, and one element for each piece; for each page the elements of its pieces.
    fn structure(&self, file: &mut File, first: usize, page_id: impl Fn(usize) -> usize) {
        let id = |element: usize| first + element;
        let parents: Vec<String> = (0..self.pages.len())
            .map(|page| {
                let of = self.elements.iter().enumerate().filter(|(_, element)| element.page == page);
                let ids: Vec<String> = of.map(|(element, _)| format!("{} 0 R", id(element))).collect();
                format!("{page} [{}]", ids.join(" "))
            })
            .collect();
        file.object(
            ROOT,
            &format!(
                "<</Type /StructTreeRoot /K {DOCUMENT} 0 R /ParentTree <</Nums [{}]>> /ParentTreeNextKey {}>>",
                parents.join(" "),
                self.pages.len()
            ),
        );
        let kids: Vec<String> = (0..self.elements.len()).map(|element| format!("{} 0 R", id(element))).collect();
        file.object(DOCUMENT, &format!("<</Type /StructElem /S /Document /P {ROOT} 0 R /K [{}]>>", kids.join(" ")));
        for (number, Element { page, place, tag, alternative }) in self.elements.iter().enumerate() {
            let shown = alternative.as_ref().map(|(text, [left, bottom, right, top])| {
                let bounds = format!("[{left:.2} {bottom:.2} {right:.2} {top:.2}]");
                format!(" /Alt {} /A <</O /Layout /Placement /Block /BBox {bounds}>>", string(text))
            });
            let (name, page, shown) = (tag.name(), page_id(*page), shown.unwrap_or_default());
            file.object(
                id(number),
                &format!("<</Type /StructElem /S /{name} /P {DOCUMENT} 0 R /Pg {page} 0 R /K {place}{shown}>>"),
            );
        }
    }

    /// A font of two-byte codes that are glyph numbers: five objects.
    fn write_font(&self, file: &mut File, first: usize, weight: Weight) {
        let font = self.font(weight);
        let name = font.name;
        let used: Vec<(Glyph, char)> =
            self.used.iter().filter(|((of, _), _)| *of == weight).map(|((_, glyph), c)| (*glyph, *c)).collect();
        let widths: String = used.iter().map(|(glyph, _)| format!("{glyph} [{:.0}] ", font.width(*glyph))).collect();
        let (descendant, descriptor, program, meaning) = (first + 1, first + 2, first + 3, first + 4);
        file.object(
            first,
            &format!(
                "<</Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] \
                 /ToUnicode {meaning} 0 R>>"
            ),
        );
        file.object(
            descendant,
            &format!(
                "<</Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDToGIDMap /Identity /CIDSystemInfo <</Registry \
                 (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor {descriptor} 0 R /W [{widths}]>>"
            ),
        );
        file.object(
            descriptor,
            &format!(
                "<</Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [-550 -271 1204 1048] /ItalicAngle 0 /Ascent \
                 1069 /Descent -293 /CapHeight 714 /StemV {} /FontFile2 {program} 0 R>>",
                if weight == Weight::Bold { 160 } else { 90 }
            ),
        );
        file.stream(program, &format!("/Length1 {}", font.bytes.len()), font.bytes, true);
        file.stream(meaning, "", meanings(&used).as_bytes(), true);
    }
}

const CATALOG: usize = 1;
const TREE: usize = 2;
const ROOT: usize = 3;
const DOCUMENT: usize = 4;
const METADATA: usize = 5;
const WIDGET: usize = 6;
const SEAL: usize = 7;
const REGULAR: usize = 8;
const BOLD: usize = 13;
const PAGES: usize = 18;

/// sRGB's colours and white point, calibrated (ISO 32000-1, 8.6.5.3).
const COLOURS: &str = "[/CalRGB <</WhitePoint [0.9505 1 1.089] /Gamma [2.2 2.2 2.2] /Matrix [0.4124 0.2126 0.0193 0.3576 \
     0.7152 0.1192 0.1805 0.0722 0.9505]>>]";

/// Room for four numbers of ten digits.
const RANGE: usize = 48;

/// The operator that fills with a colour.
pub(super) fn fill((red, green, blue): Colour) -> String {
    format!("/C cs {red:.3} {green:.3} {blue:.3} sc ")
}

/// The operator that strokes with a colour.
pub(super) fn stroke((red, green, blue): Colour) -> String {
    format!("/C CS {red:.3} {green:.3} {blue:.3} SC ")
}

/// The file as it grows.
struct File {
    bytes: Vec<u8>,
    offsets: BTreeMap<usize, usize>,
    range: std::ops::Range<usize>,
    contents: std::ops::Range<usize>,
}

impl File {
    fn new() -> Self {
        let bytes = b"%PDF-1.7\n%\xe5\xe4\xf6\xc5\n".to_vec();
        Self { bytes, offsets: BTreeMap::new(), range: 0..0, contents: 0..0 }
    }

    fn begin(&mut self, id: usize) {
        self.offsets.insert(id, self.bytes.len());
        self.bytes.extend_from_slice(format!("{id} 0 obj\n").as_bytes());
    }

    fn object(&mut self, id: usize, content: &str) {
        self.begin(id);
        self.bytes.extend_from_slice(content.as_bytes());
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn stream(&mut self, id: usize, keys: &str, content: &[u8], packed: bool) {
        let (content, filter) = match packed {
            true => (deflated(content), " /Filter /FlateDecode"),
            false => (content.to_vec(), ""),
        };
        self.begin(id);
        self.bytes.extend_from_slice(format!("<<{keys}{filter} /Length {}>>\nstream\n", content.len()).as_bytes());
        self.bytes.extend_from_slice(&content);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// The signature dictionary, with room for what is not known yet.
    fn seal(&mut self, about: &About<'_>) {
        self.begin(SEAL);
        self.bytes
            .extend_from_slice(b"<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [");
        self.range = self.bytes.len()..self.bytes.len() + RANGE;
        self.bytes.extend_from_slice(&[b' '; RANGE]);
        self.bytes.extend_from_slice(b"] /Contents <");
        self.contents = self.bytes.len()..self.bytes.len() + 2 * about.seal_bytes_max;
        self.bytes.extend(std::iter::repeat_n(b'0', 2 * about.seal_bytes_max));
        let at = about.made_at.strftime("D:%Y%m%d%H%M%S+00'00'");
        self.bytes.extend_from_slice(format!("> /M ({at}) /Name {}>>\nendobj\n", string(about.sealed_by)).as_bytes());
    }

    /// The cross-reference table, and what the file is known by.
    fn finish(mut self) -> Self {
        let at = self.bytes.len();
        let count = self.offsets.keys().next_back().map_or(1, |last| last.saturating_add(1));
        let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
        for id in 1..count {
            // Every number up to the last is used.
            let offset = self.offsets.get(&id).copied().unwrap_or_default();
            table += &format!("{offset:010} 00000 n \n");
        }
        let id = hex(crypto::sha256(&[&self.bytes]).as_slice().get(..16).unwrap_or_default());
        table +=
            &format!("trailer\n<</Size {count} /Root {CATALOG} 0 R /ID [<{id}> <{id}>]>>\nstartxref\n{at}\n%%EOF\n");
        self.bytes.extend_from_slice(table.as_bytes());
        self
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(with.len())) {
        place.copy_from_slice(with);
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}

/// A text string: UTF-16 with its mark, in hexadecimal.
fn string(text: &str) -> String {
    let mut out = String::from("<feff");
    text.encode_utf16().for_each(|unit| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{unit:04x}");
    });
    out + ">"
}

/// Which letter each glyph stands for, so that text can be copied and read aloud.
fn meanings(used: &[(Glyph, char)]) -> String {
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering \
         (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> \
         <ffff>\nendcodespacerange\n",
    );
    // At most a hundred at a time (ISO 32000-1, 9.10.3, and Adobe's technical note 5014).
    for some in used.chunks(100) {
        out += &format!("{} beginbfchar\n", some.len());
        for (glyph, c) in some {
            out += &format!("<{glyph:04x}> <{:04x}>\n", u32::from(*c));
        }
        out += "endbfchar\n";
    }
    out + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
}

fn metadata(about: &About<'_>) -> String {
    let at = about.made_at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (title, language) = (plain(about.title), about.language);
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF \
         xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"><pdfaid:part>2</pdfaid:part>\
         <pdfaid:conformance>A</pdfaid:conformance><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li>\
         </rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\
         <xmp:CreatorTool>sigill</xmp:CreatorTool><xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}\
         </xmp:ModifyDate></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}
