//! The matters of a meeting: `§` number, title, decisions, background, attachments.
//! Grammar `item` of the notes on Swedish minutes, 5.1, with the edge cases of 5.2.

/// One matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// The `§` number; none in notes whose matters are headings only.
    pub number: Option<u32>,
    /// The heading without its number.
    pub title: String,
    /// What was decided or agreed, one string for each point; empty where nothing was.
    pub decisions: Vec<String>,
    /// The text under `Bakgrund` or the like, wrapped lines joined.
    pub background: Option<String>,
    /// What stands under `Bilaga` or `Bilagor`.
    pub attachments: Vec<String>,
}
