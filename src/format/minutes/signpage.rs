//! The signature page: what a signing service printed about who signed, when and under which transaction id.
//! Labels are data, one template for each service (notes on Swedish minutes, 1.8, 2.6 and 5.3).

use std::collections::BTreeMap;
use std::collections::VecDeque;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::Offset;

use crate::format::minutes::Line;
use crate::format::minutes::lines;
use crate::format::minutes::lines::Mark;
use crate::format::minutes::lines::Row;
use crate::format::minutes::transaction::TransactionId;
use crate::format::minutes::when;

/// The signing services whose page is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Signport (Knowit): text labels, read in full.
    Signport,
    /// eduSign (Sunet): the entries are an image, only the page itself is recognised.
    EduSign,
    /// Netpublicator Sign: recognised, its layout is not known.
    Netpublicator,
    /// Scrive: the verification page is recognised, its layout is not read.
    Scrive,
    /// Visma Sign: recognised, its layout is not known.
    Visma,
}

impl Template {
    /// The name other programs see.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Signport => "signport",
            Self::EduSign => "edusign",
            Self::Netpublicator => "netpublicator",
            Self::Scrive => "scrive",
            Self::Visma => "visma",
        }
    }
}

/// One person's block on a signature page, as printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageEntry {
    /// The number of the block: 2 for `Underskrift 2`.
    pub ordinal: u32,
    /// `Namn`.
    pub name: Option<String>,
    /// `Företag`: entered by somebody, confirmed by nothing.
    pub organisation: Option<String>,
    /// `Identifieringsmetod`, spelt as printed (`BankId`).
    pub method: Option<String>,
    /// `Datum och tid` as printed.
    pub signed_at_literal: Option<String>,
    /// The same as a moment, where it can be read.
    pub signed_at: Option<Timestamp>,
    /// `Transaktions-ID`.
    pub transaction_id: Option<TransactionId>,
}

/// A signature page whose service is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignaturePage {
    /// Whose page it is.
    pub template: Template,
    /// The page it begins on.
    pub page: usize,
    /// The blocks in the order they are printed; empty where the template is recognised by its markers only.
    pub entries: Vec<PageEntry>,
    /// True where the page's opening words stand in more than one place; the last place was read.
    pub repeated: bool,
}

impl PageEntry {
    /// True where name, time and transaction id could all be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.name.is_some() && self.signed_at.is_some() && self.transaction_id.is_some()
    }
}

impl SignaturePage {
    /// True where there are blocks, numbered 1, 2, 3 …, each of them complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.entries.is_empty()
            && self.entries.iter().zip(1..).all(|(entry, ordinal)| entry.ordinal == ordinal && entry.is_complete())
    }
}

/// Why a page that looks like a signature page was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It says that the document is signed, in words that belong to no known service.
    UnknownHeading,
    /// Labels of a known service without its opening words.
    LabelsWithoutHeading,
    /// The opening words of a known service without a single block.
    NoEntries,
}

/// What a document's lines say about signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that looks like a signature page.
    None,
    /// A page of a known service.
    Known(SignaturePage),
    /// Looks like a signature page, of no template we know.
    Unknown {
        /// What is missing for it to be known.
        why: Doubt,
    },
}

/// Reads the signature page among a document's lines.
#[must_use]
pub fn read(lines: &[Line]) -> Outcome {
    outcome(&lines::tidy(lines).rows)
}

/// The row where a known service's page begins.
pub(super) fn begins(rows: &[Row]) -> Option<usize> {
    locate(rows).map(|place| place.row)
}

/// Blocks read of one page: `signatures_max` of `format::budget::Budget`.
const ENTRIES_MAX: usize = 200;
/// A row with more words than this is other text on the page, not the rest of a name or an organisation.
const WRAPPED_WORDS_MAX: usize = 4;
/// Longest field that goes on over rows, in bytes.
const WRAPPED_MAX: usize = 200;
/// What a block's label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Name,
    Organisation,
    Method,
    SignedAt,
    TransactionId,
}

/// How a service's page is laid out, as far as it is known. All words lower-case.
struct Service {
    template: Template,
    /// Any of these begins the page; it may wrap to the next row.
    openings: &'static [&'static str],
    /// The word before a block's number, and its labels; none where only the page is recognised.
    blocks: Option<(&'static str, &'static [(&'static str, Label)])>,
}

const SIGNPORT_LABELS: [(&str, Label); 5] = [
    ("namn", Label::Name),
    ("företag", Label::Organisation),
    ("identifieringsmetod", Label::Method),
    ("datum och tid", Label::SignedAt),
    ("transaktions-id", Label::TransactionId),
];

/// Signport after the sample of notes 5.3; eduSign after 1.7; Netpublicator after 2.6. The openings of Scrive and Visma
/// Sign are from general knowledge of their pages and footers, not from a sample.
static SERVICES: [Service; 5] = [
    Service {
        template: Template::Signport,
        openings: &["detta är ett elektroniskt undertecknat dokument"],
        blocks: Some(("underskrift ", &SIGNPORT_LABELS)),
    },
    Service {
        template: Template::EduSign,
        openings: &["electronically signed using edusign", "validator.edusign.sunet.se"],
        blocks: None,
    },
    Service {
        template: Template::Netpublicator,
        openings: &["stämplat av netpublicator", "bankid:s referensnummer"],
        blocks: None,
    },
    Service { template: Template::Scrive, openings: &["detta verifikat är utfärdat av scrive"], blocks: None },
    Service {
        template: Template::Visma,
        openings: &["sign.visma.net", "undertecknat med visma sign", "signerat med visma sign"],
        blocks: None,
    },
];

/// Words of a page that says the document is signed, whoever made it.
const SIGNED_SOMEHOW: [&str; 6] = [
    "elektroniskt undertecknat",
    "elektroniskt underskrivet",
    "elektroniskt signerat",
    "digitalt signerat",
    "digitalt undertecknat",
    "electronically signed",
];
/// A longer line is prose about signing, not the heading of a signature page.
const HEADING_WORDS_MAX: usize = 10;

struct Place {
    row: usize,
    service: &'static Service,
    repeated: bool,
}

/// The last place where a known service's page begins: services add their page at the end, so earlier ones are text.
fn locate(rows: &[Row]) -> Option<Place> {
    let mut text = String::new();
    let mut ends = Vec::with_capacity(rows.len());
    for row in rows {
        text.push_str(&row.text.to_lowercase());
        ends.push(text.len());
        text.push(' ');
    }
    // Of a row in which pages of several services begin, the first service counts.
    let mut begun: BTreeMap<usize, &'static Service> = BTreeMap::new();
    for service in &SERVICES {
        for (begin, words) in service.openings.iter().flat_map(|words| text.match_indices(*words)) {
            let row = ends.partition_point(|end| *end <= begin);
            let last = ends.get(row + 1).or(ends.last()).copied().unwrap_or_default();
            if begin + words.len() <= last {
                begun.entry(row).or_insert(service);
            }
        }
    }
    // Services that are known by a footer repeat it on every page.
    let several = begun.len() > 1;
    begun.pop_last().map(|(row, service)| Place { row, service, repeated: several && service.blocks.is_some() })
}

fn outcome(rows: &[Row]) -> Outcome {
    let Some(place) = locate(rows) else {
        return unknown(rows);
    };
    let entries = match place.service.blocks {
        Some((heading, labels)) => {
            let entries = entries(rows.get(place.row..).unwrap_or_default(), heading, labels);
            if entries.is_empty() {
                return Outcome::Unknown { why: Doubt::NoEntries };
            }
            entries
        }
        None => Vec::new(),
    };
    Outcome::Known(SignaturePage {
        template: place.service.template,
        page: rows.get(place.row).map_or(0, |row| row.page),
        entries,
        repeated: place.repeated,
    })
}

fn unknown(rows: &[Row]) -> Outcome {
    let labels = |wanted: Label| {
        rows.iter().any(|row| label(&row.text, &SIGNPORT_LABELS).is_some_and(|(label, _)| label == wanted))
    };
    if labels(Label::TransactionId) && labels(Label::Method) {
        return Outcome::Unknown { why: Doubt::LabelsWithoutHeading };
    }
    let heading = rows.iter().any(|row| {
        row.mark != Mark::Bullet
            && !row.text.starts_with('§')
            && row.text.split(' ').count() <= HEADING_WORDS_MAX
            && SIGNED_SOMEHOW.iter().any(|words| row.text.to_lowercase().contains(words))
    });
    if heading {
        return Outcome::Unknown { why: Doubt::UnknownHeading };
    }
    Outcome::None
}

/// A block while it is read: the text of each field.
#[derive(Default)]
struct Block {
    ordinal: u32,
    name: String,
    organisation: String,
    method: String,
    signed_at: String,
    transaction_id: String,
}

/// Reads the blocks. Values stand after their label, on the next rows, or, where a table was cut in columns, in the
/// order of the labels.
fn entries(rows: &[Row], heading: &str, labels: &[(&str, Label)]) -> Vec<PageEntry> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut waiting: VecDeque<Label> = VecDeque::new();
    let mut current: Option<Label> = None;
    for row in rows {
        if let Some(ordinal) = ordinal(&row.text, heading) {
            if blocks.len() == ENTRIES_MAX {
                break;
            }
            blocks.push(Block { ordinal, ..Block::default() });
            waiting.clear();
            current = None;
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            continue;
        };
        match label(&row.text, labels) {
            Some((label, "")) => waiting.push_back(label),
            Some((label, value)) => {
                waiting.clear();
                value.clone_into(block.field(label));
                current = Some(label);
            }
            None => match waiting.pop_front() {
                Some(label) => {
                    row.text.clone_into(block.field(label));
                    current = Some(label);
                }
                None => current = current.filter(|label| block.goes_on(*label, &row.text)),
            },
        }
    }
    blocks.into_iter().map(Block::into_entry).collect()
}

impl Block {
    fn field(&mut self, label: Label) -> &mut String {
        match label {
            Label::Name => &mut self.name,
            Label::Organisation => &mut self.organisation,
            Label::Method => &mut self.method,
            Label::SignedAt => &mut self.signed_at,
            Label::TransactionId => &mut self.transaction_id,
        }
    }

    /// Adds a wrapped row to the field before it where it can belong there; true where another row may follow.
    fn goes_on(&mut self, label: Label, text: &str) -> bool {
        let field = self.field(label);
        let (between, fits) = match label {
            Label::Name | Label::Organisation => (" ", text.split(' ').count() <= WRAPPED_WORDS_MAX),
            Label::Method => ("", false),
            Label::SignedAt => (" ", moment(field).is_none()),
            Label::TransactionId => ("", text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')),
        };
        let fits = fits && field.len() + text.len() <= WRAPPED_MAX;
        if fits {
            field.push_str(between);
            field.push_str(text);
        }
        fits
    }

    fn into_entry(self) -> PageEntry {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        PageEntry {
            ordinal: self.ordinal,
            name: said(self.name),
            organisation: said(self.organisation),
            method: said(self.method),
            signed_at: moment(&self.signed_at),
            signed_at_literal: said(self.signed_at),
            transaction_id: TransactionId::parse(&self.transaction_id).ok(),
        }
    }
}

fn ordinal(text: &str, heading: &str) -> Option<u32> {
    if text.len() > 40 {
        return None;
    }
    text.to_lowercase().strip_prefix(heading)?.trim_end_matches(':').parse().ok()
}

/// The label a row begins with and the value after it.
fn label<'a>(text: &'a str, labels: &[(&str, Label)]) -> Option<(Label, &'a str)> {
    labels.iter().find_map(|(words, label)| {
        let begin = text.get(..words.len())?;
        let rest = text.get(words.len()..)?;
        let ends = rest.is_empty() || rest.starts_with([':', ' ']);
        (ends && begin.to_lowercase() == *words).then(|| (*label, rest.trim_start_matches([':', ' '])))
    })
}

/// `2024-12-16 18:19:22 GMT+01:00` as a moment. Without a zone it is none: it could be any.
fn moment(literal: &str) -> Option<Timestamp> {
    let mut words = literal.splitn(3, ' ');
    let date = when::find_date(words.next()?)?.date?;
    let time: Time = words.next()?.parse().ok()?;
    let offset = offset(words.next()?)?;
    offset.to_timestamp(date.to_datetime(time)).ok()
}

fn offset(zone: &str) -> Option<Offset> {
    let zone = zone.replace(' ', "");
    let hours = match zone.as_str() {
        "Z" | "GMT" | "UTC" => Some(0),
        "CET" => Some(1),
        "CEST" => Some(2),
        _ => None,
    };
    if let Some(hours) = hours {
        return Offset::from_seconds(hours * 3600).ok();
    }
    let zone = zone.trim_start_matches("GMT").trim_start_matches("UTC");
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-" | "−", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let hours = hours.parse::<u8>().ok()?;
    let minutes = minutes.parse::<u8>().ok().filter(|minutes| *minutes < 60)?;
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_time_is_a_moment_only_with_its_zone() {
        let utc = |text| moment(text).map(|at| at.to_string());
        assert_eq!(utc("2024-12-16 18:19:22 GMT+01:00").as_deref(), Some("2024-12-16T17:19:22Z"));
        assert_eq!(utc("2024-07-16 18:19:22 GMT+01:00").as_deref(), Some("2024-07-16T17:19:22Z"));
        assert_eq!(utc("2024-07-16 18:19:22 CEST").as_deref(), Some("2024-07-16T16:19:22Z"));
        assert_eq!(utc("2024-12-16 18:19:22"), None);
        assert_eq!(utc("2024-12-16 18:19:22 GMT+99:00"), None);
        assert_eq!(utc("i går kväll GMT"), None);
    }
}
