//! The shared test material: where it is, and what it holds.
//! Never copied into the project; a test that finds it missing says so and passes.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

/// The path of something under ../shared.
pub(crate) fn path(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(inside)
}

/// A JSON file under ../shared. `None`, and a line of output, when it is not there.
pub(crate) fn json(inside: &str) -> Option<Value> {
    match fs::read(path(inside)) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("shared JSON is well formed")),
        Err(_) => {
            println!("NOT RUN: ../shared/{inside} is not there");
            None
        }
    }
}
