//! Reading a folder of trust anchors. VALIDATION 8.1; only the files that lie directly in it, so that `test/` below
//! `keys/trust` is never trusted by accident.

use std::fs;
use std::path::Path;

use crate::store::disk;
use crate::verify::trust::Problem;
use crate::verify::trust::Trust;

/// File name endings that hold certificates.
const ENDINGS: &[&str] = &["pem", "crt", "cer", "der"];
/// Largest file read; a bundle of a thousand certificates has about 2 MB.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// The anchors in a folder, and the files that were meant to be and are not.
///
/// # Errors
/// When the folder cannot be listed or a file cannot be read.
pub fn read_folder(folder: &Path) -> Result<(Trust, Vec<Problem>), disk::Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk::Error::at("list", folder))? {
        let path = entry.map_err(disk::Error::at("list", folder))?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let size = fs::metadata(&path).map_or(0, |facts| if facts.is_file() { facts.len() } else { 0 });
        if size > 0 && size <= FILE_BYTES_MAX && ENDINGS.contains(&ending.as_str()) {
            let bytes = fs::read(&path).map_err(disk::Error::at("read", &path))?;
            files.push((path.display().to_string(), bytes));
        }
    }
    files.sort();
    Ok(Trust::read(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
}
