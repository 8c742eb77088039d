//! Everything the fuzzers were given and every input that ever broke a reader, once more (VALIDATION 17).
//! The targets are those of tests/fuzz; so no cure can be lost without a test that fails.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

#[path = "support/objects.rs"]
mod objects;
#[path = "support/targets.rs"]
mod targets;

use targets::TARGETS;

/// One input, unoptimised on a busy machine; the fuzzers allow two seconds of an optimised build.
const TIME_MAX: Duration = Duration::from_secs(20);

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(kind)
}

/// The files of a target's folder; none where it has no folder.
fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(kind).join(target)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn replay(kind: &str) {
    for (name, target) in TARGETS {
        let inputs = inputs(kind, name);
        for path in &inputs {
            let bytes = fs::read(path).expect("an input can be read");
            // Where it panics, the last line of the output names the input.
            println!("{}", path.display());
            let start = Instant::now();
            target(&bytes);
            assert!(start.elapsed() < TIME_MAX, "{}: {:?}", path.display(), start.elapsed());
        }
        println!("{name}: {} {kind}", inputs.len());
        assert!(kind != "seeds" || !inputs.is_empty(), "{name} has no seeds");
    }
}

#[test]
fn every_seed_gets_an_answer() {
    replay("seeds");
}

#[test]
fn what_once_broke_a_reader_does_so_no_more() {
    replay("crashes");
}

#[test]
fn every_folder_belongs_to_a_target() {
    for kind in ["seeds", "crashes"] {
        for entry in fs::read_dir(folder(kind)).into_iter().flatten() {
            let name = entry.expect("the folder can be read").file_name();
            assert!(TARGETS.iter().any(|(target, _)| *target == name), "{kind}/{} has no target", name.display());
        }
    }
}
