//! Swedish minutes and their signature page, read from lines of text: what kind of document, which meeting, who signed.
//! Follows sections 1.8, 2.6 and 5 of the project's notes on Swedish minutes. Nothing here is evidence: text can say
//! anything, and `verify::agreement` compares it with the certificates.

mod lines;
pub mod when;
pub mod person;
pub mod transaction;
pub mod signpage;
pub mod paragraph;
mod header;
pub mod meeting;

pub use lines::author_lines;
pub use lines::plain;

/// One line of text and the page it stands on, as the document's reader gave it: possibly wrapped, hyphenated or a
/// page header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Page number, from 1. Text without pages is page 1.
    pub page: usize,
    /// The line without its line break. An empty text is a blank line.
    pub text: String,
}

impl Line {
    /// The lines of a plain text or Markdown document; a form feed begins a new page.
    #[must_use]
    pub fn of_text(text: &str) -> Vec<Self> {
        text.split('\u{c}')
            .zip(1..)
            .flat_map(|(page_text, page)| page_text.lines().map(move |line| (page, line)))
            .map(|(page, line)| Self { page, text: line.to_owned() })
            .collect()
    }
}
