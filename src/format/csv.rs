//! Tables with separators, as spreadsheet programs write them, read and written: a heading, then rows.
//! RFC 4180, also with semicolons (Swedish programs) and with a byte order mark.

/// A table as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns, without space around them.
    pub heading: Vec<String>,
    /// The rows that say anything, in their order.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins on, from 1, as an editor counts them.
    pub line: usize,
    /// What its cells hold, as many as there are columns, without space around it.
    pub cells: Vec<String>,
}

/// Why bytes are no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no heading.
    #[error("there is nothing in it")]
    Empty,
    /// Another encoding, by custom Windows-1252 where a program says only "CSV".
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A quotation mark that nothing closes.
    #[error("line {0} opens a quotation mark that is never closed")]
    Open(usize),
    /// More cells than columns: a separator within a cell that is not quoted.
    #[error("line {line} has {found} cells, the heading {columns}")]
    Wide {
        /// Which line, from 1.
        line: usize,
        /// Its cells.
        found: usize,
        /// The heading's.
        columns: usize,
    },
}

const QUOTE: char = '"';
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Table {
    /// Reads a table whole. Of `;`, tab and `,` that one separates which the heading has most of.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::NotUtf8)?;
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut rows =
            lines(text, separator(text))?.into_iter().filter(|row| row.cells.iter().any(|one| !one.is_empty()));
        let mut heading = rows.next().ok_or(Error::Empty)?.cells;
        while heading.last().is_some_and(String::is_empty) {
            heading.pop();
        }
        let columns = heading.len();
        let fitted = |mut row: Row| {
            // A spreadsheet leaves out cells at the end, or adds empty ones.
            while row.cells.len() > columns && row.cells.last().is_some_and(String::is_empty) {
                row.cells.pop();
            }
            let found = row.cells.len();
            row.cells.resize(columns.max(found), String::new());
            if found > columns { Err(Error::Wide { line: row.line, found, columns }) } else { Ok(row) }
        };
        Ok(Self { rows: rows.map(fitted).collect::<Result<_, _>>()?, heading })
    }
}

fn separator(text: &str) -> char {
    let (mut quoted, mut counts) = (false, [(';', 0), ('\t', 0), (',', 0)]);
    for c in text.trim_start().chars().take_while(|c| *c != '\n') {
        quoted ^= c == QUOTE;
        for (separator, count) in &mut counts {
            *count += usize::from(!quoted && c == *separator);
        }
    }
    // Of equals the first: `max_by_key` gives the last.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(';', |(separator, _)| *separator)
}

fn lines(text: &str, separator: char) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let (mut row, mut cell) = (Row { line: 1, cells: Vec::new() }, String::new());
    let (mut line, mut opened) = (1, None);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        line += usize::from(c == '\n');
        match (c, opened) {
            (QUOTE, Some(_)) if rest.peek() == Some(&QUOTE) => {
                rest.next();
                cell.push(QUOTE);
            }
            (QUOTE, Some(_)) => opened = None,
            (_, Some(_)) => cell.push(c),
            (QUOTE, None) if cell.trim().is_empty() => {
                cell.clear();
                opened = Some(line);
            }
            ('\n', None) => {
                row.cells.push(cell.trim().to_owned());
                cell.clear();
                rows.push(std::mem::replace(&mut row, Row { line, cells: Vec::new() }));
            }
            (_, None) if c == separator => {
                row.cells.push(cell.trim().to_owned());
                cell.clear();
            }
            (_, None) => cell.push(c),
        }
    }
    if let Some(line) = opened {
        return Err(Error::Open(line));
    }
    row.cells.push(cell.trim().to_owned());
    rows.push(row);
    Ok(rows)
}

/// What a written table begins with: without it Excel takes the file for Windows-1252.
pub const BEGIN: &str = "\u{feff}";

/// A row as it is written: semicolons, as Swedish spreadsheet programs expect, and no cell that begins a formula (OWASP, CSV
/// injection).
pub fn written(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(";") + "\r\n"
}

/// Whether a spreadsheet would take a cell for a formula: what begins with one of these, however wide it is written, also
/// behind blanks and tabs, which some programs take away.
pub fn is_formula(cell: &str) -> bool {
    let begins = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}'];
    cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(begins)
}

fn quoted(cell: &str) -> String {
    let formula = is_formula(cell);
    // A name may hold anything; a terminal that shows the table obeys nothing in it.
    let cell: String = cell.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let text = if formula { format!("'{cell}") } else { cell };
    if text.contains([';', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let table = Table::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        std::iter::once(table.heading).chain(table.rows.into_iter().map(|row| row.cells)).collect()
    }

    #[test]
    fn the_same_table_however_a_program_writes_it() {
        let expected = vec![vec!["fil", "titel"], vec!["a.pdf", "Ett; två, \"tre\""], vec!["b.pdf", ""]];
        for text in [
            "\u{feff}fil;titel\r\na.pdf;\"Ett; två, \"\"tre\"\"\"\r\nb.pdf;\r\n",
            "fil,titel\na.pdf,\"Ett; två, \"\"tre\"\"\"\n\nb.pdf",
            "fil\ttitel\t\n a.pdf \t\"Ett; två, \"\"tre\"\"\" \t\nb.pdf\n\t\t\n",
        ] {
            assert_eq!(cells(text), expected, "{text}");
        }
    }

    #[test]
    fn a_row_knows_its_line_also_after_a_cell_of_several() {
        let table = Table::read("a;b\n1;\"x\ny\"\n\n2;z\n".as_bytes()).expect("a table");
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(table.rows[0].cells[1], "x\ny");
    }

    #[test]
    fn written_cells_are_quoted_and_never_formulas() {
        assert_eq!(written(&["a.pdf", "a;\"b\""]), "a.pdf;\"a;\"\"b\"\"\"\r\n");
        assert_eq!(written(&["=cmd()", "-1", "@x"]), "'=cmd();'-1;'@x\r\n");
        assert_eq!(written(&["a\u{1b}[31m\n.pdf"]), "a\u{fffd}[31m\u{fffd}.pdf\r\n");
    }

    #[test]
    fn what_is_no_table_says_where() {
        assert_eq!(Table::read(b""), Err(Error::Empty));
        assert_eq!(Table::read(b"fil;titel\nr\xe5d.pdf;\n"), Err(Error::NotUtf8));
        assert_eq!(Table::read(b"a;b\nx;y;z\n"), Err(Error::Wide { line: 2, found: 3, columns: 2 }));
        assert_eq!(Table::read(b"a;b\nx;\"y\n"), Err(Error::Open(2)));
    }
}
