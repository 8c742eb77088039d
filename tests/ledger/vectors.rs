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
