//! The stored and published form of what a document says of itself: signature page, minutes, and whether they agree.
//! INTERFACES section 2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::archive::encoding::Finding;
use crate::archive::encoding::Text;

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
    /// Date and time as written; also where no day can be read of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_as_written: Option<String>,
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
    /// What does not add up in the text itself; nothing of it is a fault of the signatures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<Finding>,
    /// Whether all whom they name as signing have signed; none in other documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SigningFacts>,
    /// Which rules apply to such a body's minutes; none where the body's kind is not configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Text>,
    /// The days that kommunallagen makes follow from it; none where the body follows other rules.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DatesFacts>,
}

/// Who is to sign minutes, and who has.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningFacts {
    /// `complete`, `complete-by-law` (the secretary signs by custom), `unclear`, `incomplete`.
    pub state: String,
    /// Everyone, by role.
    pub duties: Vec<DutyFacts>,
    /// The same as a sentence, in Swedish.
    pub sv: String,
    /// In English.
    pub en: String,
}

/// One who is to sign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DutyFacts {
    /// `secretary`, `chair`, `adjuster`, `expected` (said when it was handed in, in no role).
    pub role: String,
    /// As the minutes have it.
    pub name: String,
    /// First and last number of each range of matters it is about, where several share a role; left out for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<(u32, u32)>,
    /// Whether it was said to be expected when the document was handed in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub expected: bool,
    /// Whether kommunallagen demands the signature.
    pub by_law: bool,
    /// `signed`, `unclear`, `printed` (only on the signature page), `missing`.
    pub state: String,
    /// When, as certificate, signature or page say.
    pub at: Option<String>,
    /// Whether that is in time to adjust: `within`, `within-if-moved`, `late`; only where kommunallagen demands it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_time: Option<String>,
}

/// For what is left out where it is the usual.
fn is_false(value: &bool) -> bool {
    !*value
}

/// Days computed from the meeting and the last signature, for a person to check.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatesFacts {
    /// The fourteenth day after the meeting (5:69).
    #[schema(required = false)]
    pub adjust_no_later_than: String,
    /// When the last one whom the law demands had signed.
    #[schema(required = false)]
    pub adjusted_on: Option<String>,
    /// `within`, `within-if-moved` (by lag 1930:173), `late`.
    #[schema(required = false)]
    pub adjusted_in_time: Option<String>,
    /// The second day after (8:12).
    #[schema(required = false)]
    pub post_no_later_than: Option<String>,
    /// Three weeks after that (13:5), if the notice stays up.
    #[schema(required = false)]
    pub appeal_until_if_posted: Option<String>,
    /// The same as sentences, with the clauses.
    #[schema(required = false)]
    pub computed: Vec<Text>,
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
