//! The reader of PDF files against files that nobody here made. Corpus: ../shared/corpus/dev, if it is there.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::pdf::Document;

fn corpus() -> Option<(PathBuf, Vec<Value>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    let manifest = std::fs::read(folder.join("manifest.json")).ok();
    println!(
        "corpus: {}",
        if manifest.is_some() {
            "read"
        } else {
            "not there, nothing tested"
        }
    );
    let manifest: Value = serde_json::from_slice(&manifest?).expect("the manifest is JSON");
    Some((
        folder.join("pdf"),
        manifest.as_array().expect("the manifest is a list").clone(),
    ))
}

#[test]
fn dump() {
    let Some((folder, manifest)) = corpus() else {
        return;
    };
    let mut times = Vec::new();
    let (mut missing, mut named, mut total) = (0, 0, 0);
    for entry in &manifest {
        let id = entry["id"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{id}.pdf"))).unwrap();
        let start = Instant::now();
        let document = Document::read(&bytes, &Budget::STANDARD);
        times.push((start.elapsed(), id));
        let empty = Vec::new();
        let wanted = entry["signatures"].as_array().unwrap_or(&empty);
        total += wanted.len();
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                missing += wanted.len();
                println!(
                    "ERR {id}: {} {error} (signatures {}) {}",
                    error.rule(),
                    wanted.len(),
                    entry["category"]
                );
                continue;
            }
        };
        println!(
            "FILE {id} {} revisions {} signatures {} of {}",
            entry["category"],
            document.revisions().len(),
            document.signatures().len(),
            wanted.len()
        );
        for fault in document.faults() {
            println!(
                "  FAULT {id} {:?} {} {:?} {}",
                fault.severity, fault.rule, fault.at, fault.detail
            );
        }
        for signature in document.signatures() {
            for fault in &signature.faults {
                println!(
                    "  SIGFAULT {id} {:?} {} {:?} {}",
                    fault.severity, fault.rule, fault.at, fault.detail
                );
            }
        }
        for want in wanted {
            let range: Option<Vec<i64>> = want["byte_range"]
                .as_array()
                .map(|range| range.iter().filter_map(Value::as_i64).collect());
            let same = document
                .signatures()
                .iter()
                .find(|signature| signature.byte_range == range);
            match same {
                None => {
                    missing += 1;
                    println!(
                        "  MISSING {id} {} {:?} {}",
                        want["field"], range, want["truth"]["integrity"]
                    );
                }
                Some(signature) => {
                    if signature.name.as_deref() == want["field"].as_str() {
                        named += 1
                    } else {
                        println!("  NAME {id} {:?} {:?}", signature.name, want["field"])
                    }
                    let intact = want["truth"]["integrity"]
                        .as_str()
                        .is_some_and(|truth| truth.starts_with("intact"));
                    println!(
                        "  SIG {id} {} range {} coverage {:?} whole {}",
                        if intact { "intact" } else { "other" },
                        signature.range.is_some(),
                        signature.range.as_ref().map(|range| range.coverage()),
                        want["covers_whole_file"]
                    );
                }
            }
        }
    }
    times.sort();
    println!(
        "total {total} missing {missing} named {named}; median {:?} max {:?}",
        times[times.len() / 2],
        times.last()
    );
}

#[test]
fn texts() {
    let Some((folder, manifest)) = corpus() else {
        return;
    };
    let out = std::path::Path::new("/tmp/texts");
    std::fs::create_dir_all(out).unwrap();
    for entry in &manifest {
        let id = entry["id"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{id}.pdf"))).unwrap();
        let Ok(document) = Document::read(&bytes, &Budget::STANDARD) else {
            continue;
        };
        let start = Instant::now();
        let pages = sigill::format::pdf::text::read(document.latest(), &Budget::STANDARD);
        if start.elapsed().as_millis() > 300 {
            println!("SLOW {id} {:?}", start.elapsed());
        }
        let text: String = pages
            .iter()
            .flat_map(|page| &page.lines)
            .map(|line| format!("{line}\n"))
            .collect();
        let mut text = text;
        let view = document.latest();
        for page in view.pages().unwrap_or_default() {
            let Ok(Some(page)) = view.get(page) else {
                continue;
            };
            let Some(page) = page.as_dict() else { continue };
            let annots = view
                .value(page, b"Annots")
                .unwrap_or(sigill::format::pdf::Object::Null);
            for a in annots.as_array().unwrap_or_default() {
                let Ok(a) = view.resolve(a) else { continue };
                let Some(a) = a.as_dict() else { continue };
                let Ok(ap) = view.value(a, b"AP") else {
                    continue;
                };
                let Some(ap) = ap.as_dict() else { continue };
                let Ok(n) = view.value(ap, b"N") else {
                    continue;
                };
                if let Some(stream) = n.as_stream() {
                    for line in sigill::format::pdf::text::drawn(view, stream, &Budget::STANDARD) {
                        text.push_str(&line);
                        text.push('\n');
                    }
                } else if let (Some(states), Some(state)) = (n.as_dict(), a.name(b"AS")) {
                    if let Ok(sigill::format::pdf::Object::Stream(stream)) =
                        view.value(states, state)
                    {
                        for line in
                            sigill::format::pdf::text::drawn(view, &stream, &Budget::STANDARD)
                        {
                            text.push_str(&line);
                            text.push('\n');
                        }
                    }
                }
            }
        }
        std::fs::write(out.join(format!("{id}.txt")), text).unwrap();
    }
}

#[test]
fn lopdf_texts() {
    let Some((folder, manifest)) = corpus() else {
        return;
    };
    let out = std::path::Path::new("/tmp/lotexts");
    std::fs::create_dir_all(out).unwrap();
    for entry in &manifest {
        let id = entry["id"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{id}.pdf"))).unwrap();
        let Ok(document) = lopdf::Document::load_mem(&bytes) else {
            continue;
        };
        let mut text = String::new();
        for page in document.get_pages().keys() {
            let t = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                document.extract_text(&[*page])
            }));
            if let Ok(Ok(t)) = t {
                text.push_str(&t)
            }
        }
        std::fs::write(out.join(format!("{id}.txt")), text).unwrap();
    }
}
