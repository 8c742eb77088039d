//! The tombstones: ids of records that were disposed of, one a line in `disposed`, each with the decision as a remark.
//! Whoever disposes adds to it first. HOUSE, invariant 7: what was disposed of is not brought back, not by a restored
//! backup either; so a copy of the list lies where the ledger's anchor does, when that has a place of its own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::Path;

use crate::archive::error::Error;
use crate::archive::record::RecordId;
use crate::store::disk;

/// The file's name in the archive's directory, and beside the ledger's anchor.
pub const FILE: &str = "disposed";

/// What was disposed of, each with what is remarked of it: the decision, or nothing.
pub type Disposed = BTreeMap<RecordId, String>;

/// The ids in a list: one a line, `#` begins a remark. Gives the number of a line that is none.
///
/// # Errors
/// The first line, from 1, that is no record id.
pub fn parse(text: &str) -> Result<Disposed, usize> {
    let mut ids = Disposed::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let (id, remark) = line.split_once('#').unwrap_or((line, ""));
        if !id.trim().is_empty() {
            ids.insert(id.trim().parse().map_err(|_| number)?, remark.trim().to_owned());
        }
    }
    Ok(ids)
}

/// What an archive has disposed of; nothing where it says nothing.
///
/// # Errors
/// The disk's; a line that is no id.
pub fn read(directory: &Path) -> Result<Disposed, Error> {
    let path = directory.join(FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Disposed::new()),
        read => read.map_err(disk::Error::at("read", &path))?,
    };
    parse(&text).map_err(|line| Error::Damaged(format!("line {line} of {}", path.display())))
}

/// What the copy beside the ledger's anchor says; nothing where the anchor has no place of its own.
///
/// # Errors
/// As [`read`].
pub fn beside(anchor: Option<&Path>) -> Result<Disposed, Error> {
    anchor.and_then(Path::parent).map_or_else(|| Ok(Disposed::new()), read)
}

/// Writes the list, durably.
///
/// # Errors
/// The disk's.
pub fn write(directory: &Path, ids: &Disposed) -> Result<(), Error> {
    let line = |(id, remark): (&RecordId, &String)| match remark.as_str() {
        "" => format!("{id}\n"),
        // A decision's number is a person's words: it stays on its line.
        remark => format!("{id} # {}\n", remark.replace(char::is_control, " ")),
    };
    let lines: String = ids.iter().map(line).collect();
    Ok(disk::replace(&directory.join(FILE), lines.as_bytes())?)
}

/// Adds an id to the list, and to its copy beside the anchor, durably. One that is there stays.
///
/// # Errors
/// The disk's; a line that is no id.
pub(crate) fn add(directory: &Path, anchor: Option<&Path>, id: RecordId, decision: &str) -> Result<(), Error> {
    for directory in [Some(directory), anchor.and_then(Path::parent)].into_iter().flatten() {
        let mut ids = read(directory)?;
        if let Entry::Vacant(new) = ids.entry(id) {
            new.insert(decision.to_owned());
            write(directory, &ids)?;
        }
    }
    Ok(())
}
