//! The report of an ingest: semicolons and a byte order mark, as Swedish spreadsheet programs open it.
//! RFC 4180 but for the semicolon; a cell never begins a formula (OWASP, CSV injection), nor holds a control character.

use std::fs::File;
use std::io;
use std::io::{BufWriter, Write};
use std::path::Path;

/// U+FEFF in UTF-8: without it Excel takes the file for Windows-1252.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A report being written, a row at a time.
pub(super) struct Csv {
    out: BufWriter<File>,
}

impl Csv {
    /// Begins a report with its heading, so that a path that cannot be written to is known before any work is done.
    pub(super) fn create(path: &Path, heading: &[&str]) -> io::Result<Self> {
        let mut csv = Self { out: BufWriter::new(File::create(path)?) };
        csv.out.write_all(BYTE_ORDER_MARK)?;
        csv.row(heading)?;
        Ok(csv)
    }

    /// Adds a row; it is on its way to the disk when this returns.
    pub(super) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        self.out.write_all(cells.join(";").as_bytes())?;
        self.out.write_all(b"\r\n")?;
        self.out.flush()
    }
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    // A file's name may hold anything; a terminal that shows the report obeys nothing in it.
    let cell: String = cell.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let text = if formula { format!("'{cell}") } else { cell };
    if text.contains([';', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(quoted("a.pdf"), "a.pdf");
        assert_eq!(quoted("a;\"b\""), "\"a;\"\"b\"\"\"");
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(quoted("a\u{1b}[31m\n.pdf"), "a\u{fffd}[31m\u{fffd}.pdf");
    }
}
