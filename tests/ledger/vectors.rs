//! What stands under ../shared, if it does: other people's vectors, read as they wrote them.
//! Tests that find nothing there say so and pass.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use sigill::ledger::hash::Hash;

/// The vectors in `name`; none, with a line that says so, where they are not.
pub(crate) fn vectors(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors").join(name);
    let there = path.exists();
    println!("{} {}", if there { "vectors read:" } else { "SKIPPED, vectors not there:" }, path.display());
    there.then_some(path)
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Every JSON file below a directory.
pub(crate) fn json_files(path: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let value = json(&path);
            found.push((path, value));
        }
    }
    found
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    value.as_str().map_or_else(Vec::new, |text| STANDARD.decode(text).unwrap())
}

pub(crate) fn hash_of(value: &Value) -> Option<Hash> {
    bytes(value).try_into().ok()
}

/// A root that the vectors write as a short text ("don't care 1") because only its being equal matters.
pub(crate) fn stand_in(value: &Value) -> Option<Hash> {
    hash_of(value).or_else(|| Some(Sha256::digest(bytes(value)).into()))
}

/// A list of hashes in base64; a missing list is empty, a hash of another length spoils it.
pub(crate) fn hashes_of(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or_else(|| Some(Vec::new()), |list| list.iter().map(hash_of).collect())
}

/// Every file of the ledger's vectors: how its path begins and ends, and the test that reads it, or why none does.
const READ: &[(&str, &str, Result<&str, &str>)] = &[
    ("merkle/testdata/inclusion/", ".json", Ok("transparency_devs_inclusion_vectors")),
    ("merkle/testdata/consistency/", ".json", Ok("transparency_devs_consistency_vectors")),
    ("merkle/testdata/subtreeinclusion/", ".json", Ok("transparency_devs_subtree_vectors")),
    ("merkle/testdata/subtreeconsistency/", ".json", Ok("transparency_devs_subtree_vectors")),
    ("c2sp/checkpoint-body.json", "", Ok("checkpoint_body_vectors")),
    ("c2sp/rfc6962-reference.json", "", Ok("the_reference_leaves_have_the_reference_roots")),
    ("c2sp/signed-note.json", "", Ok("signed_note_vectors")),
    (
        "c2sp/synthetic-70000.json",
        "",
        Ok("seventy_thousand_entries_have_the_roots_and_tiles_of_an_independent_implementation"),
    ),
    ("c2sp/tile-paths.json", "", Ok("tile_path_vectors")),
    ("c2sp/witness-add-checkpoint.json", "", Ok("torchwoods_recorded_exchanges")),
    ("tlog-proof/consistency-testlog.json", "", Ok("all_consistency_proofs_of_the_tessera_log")),
    ("tlog-proof/manifest.json", "", Ok("tlog_proof_vectors")),
    ("tlog-proof/", ".tlog-proof", Ok("tlog_proof_vectors")),
    ("tessera-testlog/log/checkpoint", "", Ok("tesseras_log_is_followed_from_size_to_size")),
    ("tessera-testlog/log/tile/", "", Ok("tesseras_log_is_followed_from_size_to_size")),
    ("tessera-testlog/log/.state/treeState", "treeState", Ok("tesseras_log_is_followed_from_size_to_size")),
    ("tessera-testlog/log/.state/", ".lock", Err("empty: Tessera's lock while it writes")),
    ("tessera-testlog/log/.state/version", "", Err("the number of Tessera's own layout")),
    ("sunlight-mirror/", "tile/entries/000", Err("packed words in the place of entries, for Sunlight's own server")),
    (
        "sunlight-mirror/",
        "tile/entries/001.p/44",
        Err("packed words in the place of entries, for Sunlight's own server"),
    ),
    ("sunlight-mirror/cmd/skylight/testdata/witness/000", "", Ok("sunlights_monitoring_trees")),
    ("sunlight-mirror/cmd/skylight/testdata/witness/witness.v0.json", "", Ok("sunlights_monitoring_trees")),
    ("sunlight-mirror/cmd/skylight/testdata/witness/mirror/000", "", Ok("sunlights_monitoring_trees")),
    ("sunlight-mirror/cmd/skylight/testdata/witness/mirror/mirror.v0.json", "", Ok("sunlights_monitoring_trees")),
    ("sunlight-mirror/", "witness/checkpoint", Err("a decoy for Sunlight's own server: a line of words")),
    ("sunlight-mirror/", "mirror/checkpoint", Err("a decoy for Sunlight's own server: a line of words")),
    ("torchwood-witness/mldsa.txt", "", Ok("logs_of_gos_modules_and_of_lattices_are_witnessed")),
    ("torchwood-witness/sumdb.txt", "", Ok("logs_of_gos_modules_and_of_lattices_are_witnessed")),
    ("torchwood-witness/litewitness.txt", "", Err("its exchanges are c2sp/witness-add-checkpoint.json")),
    ("", "LICENSE", Err("the terms of those who made them")),
];

fn files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_file_of_the_vectors_is_read_by_a_test_or_has_a_reason() {
    let own = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger"));
    let own: String = own.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for (begins, _, reader) in READ {
        match reader {
            Ok(test) => assert!(own.contains(&format!("fn {test}()")), "{begins}: there is no test {test}"),
            Err(reason) => assert!(!reason.is_empty()),
        }
    }
    for folder in ["merkle", "c2sp", "tlog-proof", "tessera-testlog", "sunlight-mirror", "torchwood-witness"] {
        let Some(root) = vectors(folder) else { return };
        for path in files(&root) {
            let name = format!("{folder}/{}", path.strip_prefix(&root).unwrap().display());
            let known = |(begins, ends, _): &&(&str, &str, _)| name.starts_with(begins) && name.ends_with(ends);
            assert!(READ.iter().any(|row| known(&row)), "{name} is read by no test");
        }
    }
}
