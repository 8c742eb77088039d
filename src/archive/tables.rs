//! Why a table that somebody handed in cannot be read, in words. USERS 10.

use crate::format::csv::Error;
use crate::verify::text::Text;

/// What is wrong with a table, and what to do about it.
pub fn unreadable(error: Error) -> Text {
    match error {
        Error::Empty => Text::new("Filen är tom.", "The file is empty."),
        Error::NotUtf8 => Text::new(
            "Texten är inte UTF-8. Spara den som ”CSV UTF-8” i kalkylprogrammet.",
            "The text is not UTF-8. Save it as \"CSV UTF-8\" in the spreadsheet program.",
        ),
        Error::Open(line) => at_line(
            line,
            &Text::new("Ett citattecken öppnas som aldrig stängs.", "A quotation mark is opened and never closed."),
        ),
        Error::Wide { line, found, columns } => at_line(
            line,
            &Text::new(
                format!("{found} celler, men rubriken har {columns}. Sätt citattecken om en cell med skiljetecken i."),
                format!("{found} cells, but the heading has {columns}. Quote a cell that holds a separator."),
            ),
        ),
    }
}

/// What is said of a line, from 1.
pub fn at_line(line: usize, text: &Text) -> Text {
    Text::new(format!("Rad {line}: {}", text.sv), format!("Line {line}: {}", text.en))
}
