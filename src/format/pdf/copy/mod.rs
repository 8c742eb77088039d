//! A copy of a signed file for other eyes: without signatures, forms and attachments, what they drew drawn on the pages;
//! and where asked, without parts of the text. The pages look as before and their text stays text. ISO 32000-2.
//!
//! What is copied is what this house reads in the file's last version, object by object: nothing is taken over unread.

mod graph;
mod pages;
mod redact;
mod spoken;

use std::ops::Range;

use crate::format::budget::Budget;
use crate::format::pdf::Document;
use crate::format::pdf::Error;

/// Which bytes of a line of text nobody is to read.
pub type Hide = dyn Fn(&str) -> Vec<Range<usize>>;

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// How many parts of its text were taken out.
    pub hidden: usize,
    /// Images on its pages: what can be read in them stays.
    pub images: usize,
}

/// A copy without signatures, forms, attachments and metadata.
///
/// # Errors
/// If the file cannot be read, or a budget is used up.
pub fn without_signatures(document: &Document<'_>, budget: &Budget) -> Result<Copy, Error> {
    let mut graph = graph::Graph::new(document.latest(), budget);
    let pages = pages::copied(&mut graph)?;
    let images = graph.images();
    let bytes = graph.written()?;
    Ok(Copy { bytes, pages, hidden: 0, images })
}

/// The same, also without what `hide` finds in its text: those glyphs are taken out of the content, not painted over, and
/// a grey bar stands in their place.
///
/// # Errors
/// As [`without_signatures`].
pub fn redacted(document: &Document<'_>, hide: &Hide, budget: &Budget) -> Result<Copy, Error> {
    let plain = without_signatures(document, budget)?;
    let copy = Document::read(&plain.bytes, budget)?;
    let mut graph = graph::Graph::new(copy.latest(), budget);
    let hidden = redact::pages(&mut graph, hide)?;
    let bytes = graph.written()?;
    Ok(Copy { bytes, hidden, ..plain })
}
