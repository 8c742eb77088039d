//! The words on the pages, line by line, from the same objects that were signed. ISO 32000-2, 9.

use crate::format::budget::Budget;
use crate::format::pdf::file::View;

/// The text of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// The page, counted from 0.
    pub page: usize,
    /// Its lines from top to bottom, words separated by one space.
    pub lines: Vec<String>,
}

/// Reads the text of every page within the budget. What cannot be read is left out: missing text is no error.
#[must_use]
pub fn read(view: View<'_, '_>, budget: &Budget) -> Vec<PageText> {
    let _ = (view, budget);
    todo!()
}
