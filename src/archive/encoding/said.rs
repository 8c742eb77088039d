//! The stored and published form of what a document says of itself: signature page, minutes, and whether they agree.
//! INTERFACES section 2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the printed signature page says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page {
    /// For example `signport`.
    pub template: String,
    /// In the order printed.
    pub entries: Vec<PageEntry>,
}

/// One signer on the page.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageEntry {
    /// As printed.
    pub name: Option<String>,
    /// As printed; nothing confirms it.
    pub organisation: Option<String>,
    /// As printed.
    pub method: Option<String>,
    /// With the offset printed.
    pub signed_at: Option<String>,
    /// As printed.
    pub transaction_id: Option<String>,
    /// `C` inside what a signature covers, else `D`.
    pub evidence: String,
}

/// What minutes say about themselves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MinutesFacts {
    /// `minutes`, `meeting-notes`, `information`, `other`.
    pub kind: String,
    /// First heading.
    pub title: Option<String>,
    /// The body that met.
    pub body: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Local date.
    pub date: Option<String>,
    /// Local time.
    pub start: Option<String>,
    /// Local time.
    pub end: Option<String>,
    /// Members present, as printed.
    pub present: Vec<String>,
    /// Absent, as printed.
    pub absent: Vec<String>,
    /// Appointed to adjust.
    pub adjusters: Vec<String>,
    /// First and last paragraph stated.
    pub paragraph_range: Option<(u32, u32)>,
    /// Who keeps the minutes.
    pub secretary: Option<String>,
    /// Who presides; several where the chair changed.
    pub chairs: Vec<String>,
    /// Each paragraph.
    pub paragraphs: Vec<ParagraphFacts>,
}

/// One paragraph of the minutes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParagraphFacts {
    /// The paragraph sign's number; none in notes.
    pub number: Option<u32>,
    /// Its heading.
    pub title: String,
    /// What was decided.
    pub decisions: Vec<String>,
}

/// One line of comparison.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// What is compared.
    pub subject: String,
    /// What the page or the minutes say.
    pub left: String,
    /// What the other place says.
    pub right: Option<String>,
    /// `match`, `partial`, `different`, `missing`.
    pub outcome: String,
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}
