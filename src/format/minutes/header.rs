//! The header of minutes: labelled fields, which may wrap or stand apart from their values.
//! Grammar `header` of the notes on Swedish minutes, 5.1, with the vocabulary of 4.8.

use crate::format::minutes::lines::Mark;
use crate::format::minutes::lines::Row;
use crate::format::minutes::when;

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Place only.
    Place,
    /// Date and time only.
    Time,
    /// Both, in either order.
    PlaceAndTime,
    Present,
    AlsoPresent,
    Absent,
    Adjusters,
    Range,
    /// The word above the names of those who sign.
    Signatures,
    Secretary,
    Chair,
    Adjusting,
    /// A label whose value is not kept.
    Passed,
    /// The header is over.
    End,
}

/// The header of a document: the rows above the first label, and the fields in order.
pub(super) struct Header {
    /// The title and what stands around it.
    pub(super) title: Vec<String>,
    fields: Vec<(Field, Vec<String>)>,
    /// The first row after it.
    pub(super) end: usize,
}

impl Header {
    /// All rows of all fields of a kind.
    pub(super) fn rows(&self, field: Field) -> Vec<String> {
        self.fields.iter().filter(|(own, _)| *own == field).flat_map(|(_, rows)| rows.iter().cloned()).collect()
    }

    /// The value of a field as one text; none where there is no value.
    pub(super) fn text(&self, field: Field) -> Option<String> {
        Some(self.rows(field).join(" ")).filter(|text| !text.is_empty())
    }
}

/// Adds a row to the title; a year alone ends the date that the row above begins, for lines wrap.
fn titled(title: &mut Vec<String>, row: &str) {
    if let Some(above) = title.last_mut()
        && row.len() == 4
    {
        let whole = format!("{above} {row}");
        if when::find_date(&whole).is_some_and(|found| found.span.end == whole.len()) {
            *above = whole;
            return;
        }
    }
    if title.len() < TITLE_ROWS_MAX {
        title.push(row.to_owned());
    }
}

/// Reads the header among the rows before the first matter.
pub(super) fn read(rows: &[Row]) -> Header {
    let mut title = Vec::new();
    let mut fields: Vec<(Field, Vec<String>)> = Vec::new();
    let mut open = false;
    let mut end = 0;
    for row in rows.iter().take(ROWS_MAX) {
        end += 1;
        match label(row) {
            Some((Field::End, _)) => break,
            Some((field, value)) => {
                fields.push((field, Vec::new()));
                open = true;
                if let (Some((_, values)), false) = (fields.last_mut(), value.is_empty()) {
                    values.push(value.to_owned());
                }
                continue;
            }
            None => {}
        }
        match fields.last_mut() {
            None => titled(&mut title, &row.text),
            Some(_) if row.mark == Mark::Heading => {
                end -= 1;
                break;
            }
            Some((field, values)) => {
                open = open && continues(*field, values, row);
                if open {
                    values.push(row.text.clone());
                }
            }
        }
    }
    Header { title, fields, end }
}

/// The row from which the names of those who sign stand after the last matter.
pub(super) fn closing(rows: &[Row]) -> Option<usize> {
    rows.iter().rposition(|row| label(row).is_some_and(|(field, _)| field == Field::Signatures))
}

/// Rows read as a header; a page or two, where a long list of those present is counted in.
const ROWS_MAX: usize = 600;
/// Rows above the first label that can hold the title.
const TITLE_ROWS_MAX: usize = 12;

/// The labels, longer before shorter where one begins another.
const LABELS: [(&str, Field); 50] = [
    ("plats och tid", Field::PlaceAndTime),
    ("tid och plats", Field::PlaceAndTime),
    ("plats", Field::Place),
    ("lokal", Field::Place),
    ("tid", Field::Time),
    ("sammanträdesdatum", Field::Time),
    ("sammanträdestid", Field::Time),
    ("mötesdatum", Field::Time),
    ("datum och tid", Field::Time),
    ("datum", Field::PlaceAndTime),
    ("närvarande ledamöter", Field::Present),
    ("närvarande", Field::Present),
    ("beslutande ledamöter", Field::Present),
    ("beslutande", Field::Present),
    ("tjänstgörande ersättare", Field::Present),
    ("deltagare", Field::Present),
    ("samt", Field::AlsoPresent),
    ("övriga närvarande", Field::AlsoPresent),
    ("övriga deltagande", Field::AlsoPresent),
    ("övriga deltagare", Field::AlsoPresent),
    ("ej beslutande", Field::AlsoPresent),
    ("ej tjänstgörande ersättare", Field::AlsoPresent),
    ("närvarande ersättare", Field::AlsoPresent),
    ("frånvarande utan ersättare", Field::Absent),
    ("frånvarande", Field::Absent),
    ("utses att justera", Field::Adjusters),
    ("utsedd att justera", Field::Adjusters),
    ("val av justerare", Field::Adjusters),
    ("justeringens plats och tid", Field::Passed),
    ("justeringens tid och plats", Field::Passed),
    ("justeringsdatum", Field::Passed),
    ("utdragsbestyrkande", Field::Passed),
    ("diarienummer", Field::Passed),
    ("dnr", Field::Passed),
    ("paragrafer", Field::Range),
    ("paragraf", Field::Range),
    ("§§", Field::Range),
    ("underskrifter", Field::Signatures),
    ("vid protokollet", Field::Secretary),
    ("sekreterare", Field::Secretary),
    ("ordförande", Field::Chair),
    ("justerande", Field::Adjusting),
    ("justerare", Field::Adjusting),
    ("justeras", Field::Adjusting),
    ("dagordning", Field::End),
    ("innehållsförteckning", Field::End),
    ("innehåll", Field::End),
    ("ärendelista", Field::End),
    ("ärenden", Field::End),
    ("anslag/bevis", Field::End),
];

/// The label a row begins with, and the value after it. A label begins with a capital; its colon may be missing where
/// a capital, a number or nothing follows.
fn label(row: &Row) -> Option<(Field, &str)> {
    if row.mark == Mark::Bullet || row.text.starts_with(char::is_lowercase) {
        return None;
    }
    LABELS.iter().find_map(|(words, field)| {
        let begin = row.text.get(..words.len())?;
        let rest = row.text.get(words.len()..)?;
        let value = rest.trim_start_matches([':', ' ']);
        let plain = value.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '§');
        let ends = match rest.trim_start().chars().next() {
            None | Some(':') => true,
            Some(_) => {
                let spaced = rest.starts_with(' ') && (plain || row.mark == Mark::Bold);
                spaced || (*words == "§§" && plain)
            }
        };
        (ends && begin.to_lowercase() == *words).then_some((*field, value))
    })
}

/// True where a row without a label still belongs to the field above it.
fn continues(field: Field, values: &[String], row: &Row) -> bool {
    let Some(last) = values.last() else {
        return true;
    };
    let cut = last.ends_with([',', '-', '§']) || !row.text.starts_with(char::is_uppercase);
    match field {
        Field::Present | Field::Absent => !row.gap || cut || row.text.contains('('),
        Field::AlsoPresent | Field::Adjusters | Field::Place | Field::PlaceAndTime | Field::Passed => !row.gap || cut,
        Field::Time | Field::Range => cut,
        Field::Secretary | Field::Chair | Field::Adjusting | Field::Signatures => cut && !row.text.contains('§'),
        Field::End => false,
    }
}
