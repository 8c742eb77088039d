//! Every file below the paths that were named, sorted within its folder.
//! Hidden files and links to folders are left out: the first are no documents, the second may lead in a circle.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::open;
use crate::cli::words;
use crate::verify::text::Text;

/// A file to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Its length in bytes as it was found; none where no length is known beforehand.
    pub(super) bytes: Option<u64>,
    /// Why it is none.
    pub(super) fault: Option<Text>,
}

/// All of them, in the order in which they are told.
pub(super) fn candidates(paths: &[PathBuf]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut open: Vec<(PathBuf, bool)> = paths.iter().rev().map(|path| (path.clone(), true)).collect();
    while let Some((path, named)) = open.pop() {
        let told = |error: io::Error| words::unreadable_file(&path, &error);
        let (bytes, fault) = match fs::metadata(&path).map_err(told) {
            // What can be named and has no length: standard input.
            Err(_) if named && path.as_os_str() == open::STDIN => (None, None),
            Ok(facts) if facts.is_dir() && (named || !path.is_symlink()) => match inside(&path).map_err(told) {
                Ok(entries) => {
                    open.extend(entries.into_iter().rev().map(|entry| (entry, false)));
                    continue;
                }
                Err(text) => (None, Some(text)),
            },
            Ok(facts) if facts.is_dir() => continue,
            // A pipe or a device in a folder would keep the batch waiting for ever.
            Ok(facts) if !facts.is_file() && !named => (None, Some(words::no_file(&path))),
            Ok(facts) => (facts.is_file().then_some(facts.len()), None),
            Err(text) => (None, Some(text)),
        };
        found.push(Candidate { path, bytes, fault });
    }
    found
}

fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    entries.retain(|path| !open::name(path).starts_with('.'));
    entries.sort();
    Ok(entries)
}
