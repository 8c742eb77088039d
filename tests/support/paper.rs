//! A page with a form, signed as far as its form goes: the ByteRange is exact, the CMS is empty.
//! What came after a signature is judged without looking into it (VALIDATION 6), so no key is needed here.

/// Objects of every paper: 1 catalog, 2 pages, 3 page, 4 its content, 5 font, 6 form, 7 /Info, 8 structure, 9 its only
/// element, 20 the signature's field, 21 the signature. 10 to 15 are the fields of [`FORM`].
pub(crate) const CATALOG: &str = "/Type /Catalog /Version /1.6 /Pages 2 0 R /AcroForm 6 0 R /StructTreeRoot 8 0 R";
pub(crate) const PAGE: &str = "/Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</Font <</F1 5 0 R>> \
    /XObject <</X1 14 0 R>>>> /StructParents 0";
pub(crate) const ANNOTATIONS: &str = "10 0 R 11 0 R 13 0 R 16 0 R 20 0 R 23 0 R";
pub(crate) const FIELDS: &str = "10 0 R 11 0 R 13 0 R 15 0 R 17 0 R 20 0 R 22 0 R";
pub(crate) const INFO: &str = "/Title (Protokoll) /Author (Nils) /CreationDate (D:20250101120000Z)";
/// A text field that nobody filled in, without its value.
pub(crate) const EMPTY: &str =
    "/FT /Tx /T (namn) /Type /Annot /Subtype /Widget /P 3 0 R /Rect [100 500 300 520] /DA (/F1 12 Tf)";
/// A text field that said ”Bifall” when it was signed, without its value and appearance.
pub(crate) const FILLED: &str =
    "/FT /Tx /T (beslut) /Type /Annot /Subtype /Widget /P 3 0 R /Rect [100 400 300 420] /DA (/F1 12 Tf)";
/// A text field over the page's only line of text.
pub(crate) const OVER: &str =
    "/FT /Tx /T (rubrik) /Type /Annot /Subtype /Widget /P 3 0 R /Rect [70 695 300 720] /DA (/F1 12 Tf)";
/// An empty signature field whose widget is a kid, and the kid.
pub(crate) const UNSIGNED: &str = "/FT /Sig /T (next) /Kids [16 0 R]";
pub(crate) const KID: &str = "/Type /Annot /Subtype /Widget /Parent 15 0 R /P 3 0 R /F 4 /Rect [100 300 300 350]";
/// A text field without a value, whose widget is a kid over the page's only line of text.
pub(crate) const ABOVE: &str = "/FT /Tx /T (ovan) /Kids [23 0 R]";
const FIELD: &str = "/FT /Sig /T (first) /Type /Annot /Subtype /Widget /P 3 0 R /F 132 /Rect [0 0 0 0] /V 21 0 R";

/// A form XObject that draws text.
pub(crate) fn drawing(text: &str) -> Vec<u8> {
    format!("BT /F1 12 Tf 2 5 Td ({text}) Tj ET").into_bytes()
}

/// The keys of such a drawing.
pub(crate) const DRAWN: &str = "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources <</Font <</F1 5 0 R>>>>";

/// A paper signed by an approval; `signature` and `field` are what its dictionary and its field hold besides.
pub(crate) fn paper(signature: &str, field: &str) -> Vec<u8> {
    let drawn = drawing("Bifall");
    let content = b"BT /F1 14 Tf 72 700 Td (Styrelsens beslut) Tj ET".to_vec();
    let stream = |keys: &str, data: &[u8]| {
        let head = format!("<<{keys} /Length {}>>\nstream\n", data.len()).into_bytes();
        [&head[..], data, b"\nendstream"].concat()
    };
    let dictionary = |body: &str| format!("<<{body}>>").into_bytes();
    let objects: Vec<(u32, Vec<u8>)> = vec![
        (1, dictionary(CATALOG)),
        (2, dictionary("/Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842]")),
        (3, dictionary(&format!("{PAGE} /Annots [{ANNOTATIONS}]"))),
        (4, stream("", &content)),
        (5, dictionary("/Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding")),
        (6, dictionary(&format!("/Fields [{FIELDS}] /SigFlags 3"))),
        (7, dictionary(INFO)),
        (8, dictionary("/Type /StructTreeRoot /K [9 0 R] /ParentTree 18 0 R /ParentTreeNextKey 1")),
        (9, dictionary("/Type /StructElem /S /Document /P 8 0 R /K [0] /Pg 3 0 R")),
        (10, dictionary(EMPTY)),
        (11, dictionary(&format!("{FILLED} /V (Bifall) /AP <</N 12 0 R>>"))),
        (12, stream(DRAWN, &drawn)),
        (13, dictionary(OVER)),
        (14, stream(DRAWN, &drawn)),
        (15, dictionary(UNSIGNED)),
        (16, dictionary(KID)),
        (17, dictionary("/FT /Tx /T (locked) /Ff 1")),
        (18, dictionary("/Nums [0 [9 0 R]]")),
        (20, dictionary(&format!("{FIELD} {field}"))),
        (
            21,
            dictionary(&format!(
                "/Type /Sig /Filter /Adobe.PPKLite {signature} /ByteRange [0 aaaaaaaaaa bbbbbbbbbb cccccccccc] \
             /Contents <30030201010000>"
            )),
        ),
        (22, dictionary(ABOVE)),
        (
            23,
            dictionary("/Type /Annot /Subtype /Widget /Parent 22 0 R /P 3 0 R /Rect [70 695 300 720] /DA (/F1 12 Tf)"),
        ),
    ];
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (number, body) in &objects {
        rows += &format!("{number} 1\n{:010} 00000 n \n", bytes.len());
        bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let at = bytes.len();
    let trailer = "<</Root 1 0 R /Info 7 0 R /Size 57 /ID [<00><00>]>>";
    let end = format!("xref\n0 1\n0000000000 65535 f \n{rows}trailer\n{trailer}\nstartxref\n{at}\n%%EOF\n");
    bytes.extend_from_slice(end.as_bytes());
    ranged(bytes)
}

/// The ByteRange written over its placeholder.
fn ranged(mut bytes: Vec<u8>) -> Vec<u8> {
    let find = |part: &[u8]| bytes.windows(part.len()).position(|window| window == part).expect("it is there");
    let start = find(b"<30030201010000>");
    let end = start + b"<30030201010000>".len();
    let place = find(b"aaaaaaaaaa");
    let numbers = format!("{start:010} {end:010} {:010}", bytes.len() - end);
    bytes[place..place + numbers.len()].copy_from_slice(numbers.as_bytes());
    bytes
}
