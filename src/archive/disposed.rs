//! The tombstones: ids of records that were disposed of, one a line in `disposed`. Whoever disposes adds to it first.
//! HOUSE, invariant 7: what was disposed of is not brought back, not by a restored backup either.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::archive::error::Error;
use crate::archive::record::RecordId;
use crate::store::disk;

/// The file's name in the archive's directory.
pub const FILE: &str = "disposed";

/// The ids in a list: one a line, `#` begins a remark. Gives the number of a line that is none.
///
/// # Errors
/// The first line, from 1, that is no record id.
pub fn parse(text: &str) -> Result<BTreeSet<RecordId>, usize> {
    let mut ids = BTreeSet::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let id = line.split('#').next().unwrap_or_default().trim();
        if !id.is_empty() {
            ids.insert(id.parse().map_err(|_| number)?);
        }
    }
    Ok(ids)
}

/// What an archive has disposed of; nothing where it says nothing.
///
/// # Errors
/// The disk's; a line that is no id.
pub fn read(directory: &Path) -> Result<BTreeSet<RecordId>, Error> {
    let path = directory.join(FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        read => read.map_err(disk::Error::at("read", &path))?,
    };
    parse(&text).map_err(|line| Error::Damaged(format!("line {line} of {}", path.display())))
}

/// Writes the list, durably.
///
/// # Errors
/// The disk's.
pub fn write(directory: &Path, ids: &BTreeSet<RecordId>) -> Result<(), Error> {
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    Ok(disk::replace(&directory.join(FILE), lines.as_bytes())?)
}

/// Adds an id to the list, durably. One that is there stays.
///
/// # Errors
/// The disk's; a line that is no id.
pub(crate) fn add(directory: &Path, id: RecordId) -> Result<(), Error> {
    let mut ids = read(directory)?;
    if ids.insert(id) { write(directory, &ids) } else { Ok(()) }
}
