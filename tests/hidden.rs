//! What signers may not have seen: hidden pages, covers, scripts, layers. Warnings for people, never a verdict.
//! VALIDATION 6.5, SH-1 to SH-7.

use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::text;
use sigill::verify::changes;

#[path = "support/paper.rs"]
mod paper;
#[path = "support/setting.rs"]
mod setting;
#[path = "support/update.rs"]
#[expect(dead_code, reason = "other tests write other updates")]
mod update;

use paper::ANNOTATIONS;
use paper::CATALOG;
use paper::DRAWN;
use paper::FILLED;
use paper::PAGE;
use paper::drawing;
use paper::paper;
use setting::GENUINE;
use setting::Setting;
use setting::fixture;
use update::Update;

/// The codes and the Swedish words of what is hidden in the paper with an update.
fn told(write: fn(Update) -> Vec<u8>) -> Vec<(&'static str, String)> {
    let bytes = write(Update::onto(&paper("/SubFilter /ETSI.CAdES.detached", "")).root("/Root 1 0 R /Info 7 0 R"));
    let document = Document::read(&bytes, &Budget::STANDARD).expect("it reads");
    changes::hidden(document.latest(), text::read(document.latest(), &Budget::STANDARD))
        .into_iter()
        .map(|finding| (finding.code, finding.text.sv))
        .collect()
}

fn catalog(update: Update, more: &str) -> Vec<u8> {
    update.object(1, &format!("<<{CATALOG} {more}>>")).table()
}

#[test]
fn an_open_document_hides_nothing() {
    assert_eq!(told(|u| catalog(u, "")), []);
    assert_eq!(told(|u| catalog(u, "/OpenAction <</S /GoTo /D [3 0 R /Fit]>>")), []);
    assert_eq!(told(|u| catalog(u, "/OCProperties <</OCGs [9 0 R] /D <</ON [9 0 R]>>>>")), []);
    let genuine = Setting::new().verify(&fixture(GENUINE));
    assert!(genuine.warnings.iter().all(|warning| !warning.code.starts_with("SH-")), "{:?}", genuine.warnings);
}

#[test]
fn what_runs_varies_or_comes_from_elsewhere_is_told() {
    let code = |write| told(write).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(code(|u| catalog(u, "/OpenAction <</S /JavaScript /JS (x)>>")), ["SH-4"]);
    assert_eq!(code(|u| catalog(u, "/AA <</WC <</S /JavaScript /JS (x)>>>>")), ["SH-4"]);
    assert_eq!(code(|u| catalog(u, "/Names <</JavaScript <</Names []>>>>")), ["SH-4"]);
    assert_eq!(code(|u| u.object(6, "<</Fields [20 0 R] /XFA (x)>>").table()), ["SH-4"]);
    let outside = told(|u| u.stream(4, "/F (elsewhere.txt)", b"").table());
    assert!(matches!(outside.as_slice(), [("SH-4", text)] if text.contains("ur en annan fil")), "{outside:?}");
    assert_eq!(code(|u| catalog(u, "/OCProperties <</OCGs [9 0 R] /D <</OFF [9 0 R]>>>>")), ["SH-6"]);
    assert_eq!(code(|u| catalog(u, "/OCProperties <</OCGs [9 0 R] /D <</BaseState /OFF>>>>")), ["SH-6"]);
    assert_eq!(code(|u| catalog(u, "/Collection <</View /T>>")), ["SH-7"]);
    assert_eq!(code(|u| u.object(5, "<</Type /Font /Subtype /TrueType /BaseFont /Tahoma>>").table()), ["SH-3"]);
}

#[test]
fn covers_and_fields_are_told_with_page_and_place() {
    let cover = told(|u| {
        let stamp = "<</Type /Annot /Subtype /Stamp /Rect [60 680 320 730] /AP <</N 14 0 R>>>>";
        u.object(50, stamp).object(3, &format!("<<{PAGE} /Annots [{ANNOTATIONS} 50 0 R]>>")).table()
    });
    let said = "På sidan 1 (ruta 60, 680 – 320, 730) ligger en bild eller ett fält ovanpå text, som kan tas bort.";
    assert_eq!(cover, [("SH-1", said.to_owned())]);
    let false_field = told(|u| {
        let field = format!("<<{FILLED} /V (Bifall) /AP <</N 50 0 R>>>>");
        u.object(11, &field).stream(50, DRAWN, &drawing("Avslag")).table()
    });
    let said = "Formulärfältet på sidan 1 (ruta 100, 400 – 300, 420) visar något annat än det värde som är sparat.";
    assert_eq!(false_field, [("SH-5", said.to_owned())]);
}

#[test]
fn a_second_set_of_pages_is_told() {
    let said = told(|u| {
        let u = u.object(50, "<</Type /Catalog /Pages 51 0 R>>").object(51, "<</Type /Pages /Kids [52 0 R] /Count 1>>");
        u.object(52, "<</Type /Page /Parent 51 0 R /Contents 4 0 R>>").table()
    });
    assert_eq!(said, [("SH-2", "Filen innehåller 3 sidor eller delar av dokument som inte visas.".to_owned())]);
}
