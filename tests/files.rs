//! PDF files that nobody here made (../shared/corpus/dev, if it is there): every signature listed, every attack caught.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;
use sigill::format::pdf::Severity::Fail;
use sigill::format::pdf::dss::Dss;
use sigill::format::pdf::text;

#[path = "support/writer.rs"]
#[expect(dead_code, reason = "other tests write other files")]
mod writer;

use writer::rules;

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
