//! The report of an ingest and the protocol of a disposal, written to a file a row at a time.
//! RFC 4180 with semicolons and a byte order mark: `format::csv`.

use std::fs::File;
use std::io;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::format::csv;

/// A report being written, a row at a time.
pub(super) struct Csv {
    out: BufWriter<File>,
}

impl Csv {
    /// Begins a report with its heading, so that a path that cannot be written to is known before any work is done.
    pub(super) fn create(path: &Path, heading: &[&str]) -> io::Result<Self> {
        let mut csv = Self { out: BufWriter::new(File::create(path)?) };
        csv.out.write_all(csv::BEGIN.as_bytes())?;
        csv.row(heading)?;
        Ok(csv)
    }

    /// Adds a row; it is on its way to the disk when this returns.
    pub(super) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        self.out.write_all(csv::written(cells).as_bytes())?;
        self.out.flush()
    }
}
