//! One spoiled byte, a file cut short, something appended: never `valid`, and never a panic.
//! VALIDATION R1, R2, BR-1 to BR-11 and MD-40. The only bytes nobody signs are the padding after the last signature.

use std::ops::Range;

use sigill::archive::encoding::Verification;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::pdf::Document;
use sigill::format::x509::Certificate;
use sigill::verify::identify;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;

const ARCHIVED: &str = "styrelseprotokoll-b-lta.pdf";

/// A fixture, and where in it the bytes are that hold a signature together.
struct Signed {
    name: &'static str,
    bytes: Vec<u8>,
    setting: Setting,
}

/// One signature's places in the file, in bytes.
struct Places {
    /// The token of /Contents with its angle brackets.
    gap: Range<usize>,
    byte_range: Range<usize>,
    /// The hexadecimal digits of the CMS structure, without padding.
    cms: Range<usize>,
    /// Where copies of the signer's certificate begin: the fixtures' CMS holds it twice, which is allowed.
    certificates: Vec<usize>,
    /// Digits of one copy.
    certificate_digits: usize,
    attributes: Range<usize>,
    value: Range<usize>,
}

impl Signed {
    fn new(name: &'static str) -> Self {
        // The words of the pages decide nothing here, and reading them takes most of the time.
        let budget = Budget { pages_max: 0, ..Budget::STANDARD };
        let signed = Self { name, bytes: fixture(name), setting: Setting { budget, ..Setting::new() } };
        assert_eq!(signed.setting.verify(&signed.bytes).verdict, "valid", "{name} as it is");
        signed
    }

    /// The places of the signature number `which`, from 0.
    fn places(&self, which: usize) -> Places {
        let document = Document::read(&self.bytes, &Budget::STANDARD).expect("a fixture reads");
        let field = &document.signatures()[which];
        let gap = field.range.as_ref().expect("a sound range").gap();
        let contents = field.contents.as_ref().expect("contents");
        let data = SignedData::read(contents.value(), &Budget::STANDARD).expect("CMS");
        let digits = |part: &[u8]| {
            let at = find(contents.value(), part);
            gap.start + 1 + at * 2..gap.start + 1 + (at + part.len()) * 2
        };
        // As stored the attributes begin with the tag of [0], not with that of a SET: the tag is left out.
        let attributes = data.signers[0].signed.as_ref().expect("signed attributes").stored_as_set();
        let certificate = signer_of(&data).der();
        let copies = contents.value().windows(certificate.len()).enumerate().filter(|(_, part)| *part == certificate);
        let before = &self.bytes[..gap.start];
        let start = rfind(before, b" obj") + find(&self.bytes[rfind(before, b" obj")..], b"/ByteRange");
        Places {
            byte_range: start..start + find(&self.bytes[start..], b"]") + 1,
            cms: digits(contents.value()),
            certificates: copies.map(|(at, _)| gap.start + 1 + at * 2).collect(),
            certificate_digits: certificate.len() * 2,
            attributes: digits(&attributes[1..]),
            value: digits(&data.signers[0].signature),
            gap,
        }
    }

    /// The answer about the file with one byte changed.
    fn with_spoiled(&self, at: usize) -> Verification {
        self.with_all_spoiled(&[at])
    }

    fn with_all_spoiled(&self, places: &[usize]) -> Verification {
        let mut bytes = self.bytes.clone();
        places.iter().for_each(|at| bytes[*at] = spoiled(bytes[*at]));
        self.setting.verify(&bytes)
    }

    fn never_valid(&self, what: &str, places: impl IntoIterator<Item = usize>) {
        let mut tried = 0;
        for at in places {
            let found = self.with_spoiled(at);
            assert_ne!(found.verdict, "valid", "{}: {what}, byte {at}", self.name);
            tried += 1;
        }
        println!("{}: {what}: {tried} bytes", self.name);
        assert!(tried > 0, "{what}");
    }
}

/// The certificate that the first signer names.
fn signer_of(data: &SignedData) -> &Certificate {
    identify::named(&data.signers[0], &data.certificates).expect("the signer's certificate")
}

/// Another byte; another digit for a hexadecimal digit, so that /Contents stays a string of digits.
fn spoiled(byte: u8) -> u8 {
    match byte {
        b'0' => b'1',
        b'9' | b'A'..=b'F' | b'a'..=b'f' => b'0',
        _ => byte ^ 1,
    }
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).expect("it is there")
}

fn rfind(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).rposition(|window| window == part).expect("it is there")
}

/// Bytes of the file outside this gap, evenly spread.
fn outside(bytes: &[u8], gap: &Range<usize>, step: usize) -> impl Iterator<Item = usize> {
    (7..bytes.len()).step_by(step).filter(move |at| !gap.contains(at))
}

#[test]
fn no_signed_byte_may_change_in_the_genuine_minutes() {
    let signed = Signed::new(GENUINE);
    signed.never_valid("signed bytes", outside(&signed.bytes, &signed.places(2).gap, 4_001));
}

#[test]
fn no_signed_byte_may_change_in_the_archived_minutes() {
    let signed = Signed::new(ARCHIVED);
    signed.never_valid("signed bytes", outside(&signed.bytes, &signed.places(3).gap, 9_001));
}

#[test]
fn no_byte_may_change_that_says_what_is_signed() {
    let signed = Signed::new(GENUINE);
    let last = signed.places(2);
    signed.never_valid("/ByteRange", last.byte_range);
    signed.never_valid("where /Contents begins", last.gap.start - 4..last.gap.start + 10);
    signed.never_valid("where /Contents ends", last.gap.end - 1..last.gap.end + 3);
    signed.never_valid("the end of the file", signed.bytes.len() - 8..signed.bytes.len());
}

#[test]
fn no_byte_may_change_that_makes_the_signature() {
    let signed = Signed::new(GENUINE);
    let last = signed.places(2);
    signed.never_valid("the signature value", last.value.step_by(9));
    signed.never_valid("the signed attributes", last.attributes.step_by(37));
    for at in (0..last.certificate_digits).step_by(151) {
        let copies: Vec<usize> = last.certificates.iter().map(|start| start + at).collect();
        let found = signed.with_all_spoiled(&copies);
        assert_ne!(found.verdict, "valid", "{} copies of the signer's certificate, digit {at}", copies.len());
    }
}

#[test]
fn no_byte_may_change_that_makes_the_document_timestamp() {
    let signed = Signed::new(ARCHIVED);
    let last = signed.places(3);
    signed.never_valid("the timestamp's value", last.value.step_by(131));
    signed.never_valid("the timestamp's attributes", last.attributes.step_by(61));
}

#[test]
fn what_is_in_the_padding_is_told() {
    // The digits between the CMS structure and the end of /Contents belong to no revision and are signed by nobody,
    // unless a later signature covers them. They are not shown and mean nothing; BR-9 warns.
    let signed = Signed::new(GENUINE);
    let (first, last) = (signed.places(0), signed.places(2));
    for at in [last.cms.end, last.gap.end - 2] {
        let found = signed.with_spoiled(at);
        assert_eq!(found.verdict, "valid", "byte {at}");
        let warned = |which: usize| found.signatures[which].warnings.iter().any(|warning| warning.code == "BR-9");
        assert_eq!([0, 1, 2].map(warned), [false, false, true], "byte {at}");
    }
    signed.never_valid("padding that later signatures cover", [first.cms.end, first.gap.end - 2]);
}

#[test]
fn a_file_cut_short_is_never_valid_save_where_it_was_whole_once() {
    let signed = Signed::new(GENUINE);
    let whole = signed.bytes.len();
    let lengths = (0..whole).step_by(3_001).chain(whole - 24..whole);
    for length in lengths {
        let found = signed.setting.verify(&signed.bytes[..length]);
        assert_ne!(found.verdict, "valid", "the first {length} bytes");
    }
}

#[test]
fn a_file_cut_back_to_an_earlier_revision_is_that_revision_and_says_who_is_missing() {
    let signed = Signed::new(GENUINE);
    let document = Document::read(&signed.bytes, &Budget::STANDARD).expect("a fixture reads");
    let ends: Vec<usize> = document.revisions().iter().map(|revision| revision.end).collect();
    let verdicts = ["unsigned", "valid", "valid", "valid"];
    for (signatures, (end, verdict)) in ends.iter().zip(verdicts).enumerate() {
        let found = Setting::new().verify(&signed.bytes[..*end]);
        assert_eq!((found.signatures.len(), found.verdict.as_str()), (signatures, verdict), "{signatures} signatures");
        let absent =
            |line: &&sigill::archive::encoding::Agreement| line.subject == "page-signer" && line.outcome == "missing";
        assert_eq!(found.agreement.iter().filter(absent).count(), 3 - signatures, "{signatures} signatures");
    }
}

#[test]
fn what_is_appended_is_white_space_or_fails() {
    let signed = Signed::new(GENUINE);
    let with = |appended: &[u8]| signed.setting.verify(&[signed.bytes.as_slice(), appended].concat());
    for white in [b"\n".to_vec(), b" ".to_vec(), b"\r\n\t \0".to_vec(), vec![b' '; 1_024]] {
        let found = with(&white);
        assert_eq!(found.verdict, "valid", "{} bytes of white space", white.len());
        let told = found.signatures[2].warnings.iter().any(|warning| warning.code == "MD-40");
        assert!(told, "{} bytes of white space", white.len());
    }
    let spaces = vec![b' '; 1_025];
    let tail = &signed.bytes[rfind(&signed.bytes, b"startxref")..];
    let other: [&[u8]; 8] =
        [&spaces, b"x", b"% a comment", b"%%EOF", b"\n%%EOF\n", b"57 0 obj\nnull\nendobj\n", tail, &signed.bytes];
    for appended in other {
        let found = with(appended);
        assert_ne!(found.verdict, "valid", "{} bytes: {:?}", appended.len(), &appended[..appended.len().min(20)]);
    }
}

#[test]
fn bytes_in_front_are_no_part_of_a_pdf() {
    let signed = Signed::new(GENUINE);
    for before in [&b"\n"[..], b"x", b"%!PS\n", b"\xef\xbb\xbf"] {
        let found = signed.setting.verify(&[before, &signed.bytes].concat());
        assert_ne!(found.verdict, "valid", "{before:?}");
    }
}
