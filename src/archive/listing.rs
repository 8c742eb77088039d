//! A line of the register for each record: what lists, filters and deadlines need, kept in the catalogue so that no record is
//! read to list it. USERS 9.5 and 9.6. Derived like all of the catalogue: `rebuild` makes it anew from the records.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::act::Occurrence;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::life::Delivery;
use crate::archive::life::Hold;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::archive::look_up::Found;
use crate::archive::record::Record;
use crate::archive::record::RecordId;
use crate::archive::retention::Answer;
use crate::archive::retention::Due;
use crate::archive::retention::RecordFacts;
use crate::archive::retention::Schedule;
use crate::archive::search::Terms;
use crate::format::minutes::when::stockholm;

/// Letters of a text that a line keeps; a title is longer only where something went wrong.
const LETTERS_MAX: usize = 300;
/// Signers that a line names.
const SIGNERS_MAX: usize = 20;

/// What the register says of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The record's id.
    pub id: String,
    /// The ledger index of its registration.
    pub index: u64,
    /// When it was registered, UTC.
    pub registered_at: String,
    /// Its title; the file's name where it has none.
    pub title: String,
    /// The code of its type.
    pub record_type: String,
    /// The diary number.
    pub diary_number: Option<String>,
    /// The body.
    pub body: Option<String>,
    /// Whether anyone may look it up.
    pub public: bool,
    /// The day of the meeting.
    pub meeting_date: Option<String>,
    /// The last signature's time, UTC.
    pub last_signed_at: Option<String>,
    /// The names of those who signed.
    pub signers: Vec<String>,
    /// The newest answer.
    pub verdict: String,
    /// Its document's bytes.
    pub size: u64,
    /// Its document's SHA-256, hex.
    pub sha256: String,
    /// The holds on it.
    pub holds: Vec<Hold>,
    /// How far its disposal has come.
    pub stage: Option<Stage>,
    /// The newest package in which it was handed over.
    pub delivery: Option<Delivery>,
    /// The day the matter was closed.
    pub case_closed: Option<String>,
    /// The day the decision gained legal force.
    pub legal_force: Option<String>,
}

/// What the register can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The day of the meeting, else of registration.
    #[default]
    Day,
    /// The title.
    Title,
    /// The diary number.
    DiaryNumber,
    /// The body.
    Body,
    /// The first signer.
    Signers,
    /// The answer.
    Verdict,
    /// What becomes of it, and when.
    Retention,
}

/// Which records to list. What is not named does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words in titles, diary numbers, bodies and signers' names, or in matters and decisions.
    pub text: String,
    /// The body.
    pub body: Option<String>,
    /// The code of the type.
    pub record_type: Option<String>,
    /// From this day on.
    pub from: Option<Date>,
    /// Until this day.
    pub to: Option<Date>,
    /// The answer.
    pub verdict: Option<String>,
    /// Whether it is on hold.
    pub held: Option<bool>,
    /// Sorted by this.
    pub order: Order,
    /// The last first.
    pub descending: bool,
}

/// A part of the register.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Those asked for.
    pub rows: Vec<(Listed, Answer)>,
    /// How many fit in all.
    pub total: usize,
    /// How many the archive holds.
    pub all: usize,
    /// The bodies that there are.
    pub bodies: BTreeSet<String>,
    /// The types that there are.
    pub record_types: BTreeSet<String>,
}

impl Listed {
    /// The line of a record as it has become.
    pub fn of(Found { record, index, life }: &Found) -> Self {
        Self::line(record, *index, life)
    }

    pub(crate) fn line(record: &Record, index: u64, life: &Life) -> Self {
        let file = &record.verification.file;
        let found = life.verified_again.as_ref().map_or(&record.verification, |(_, found)| found);
        let persons = record.verification.signatures.iter().filter(|one| one.kind == "signature");
        let names = persons.filter_map(|one| one.signer.as_ref()?.name.as_deref());
        Self {
            id: record.id.clone(),
            index,
            registered_at: record.registered_at.clone(),
            title: short(record.title.as_deref().unwrap_or(&file.name)),
            record_type: short(&record.record_type),
            diary_number: record.diary_number.as_deref().map(short),
            body: record.body.as_deref().map(short),
            public: record.public,
            meeting_date: record.meeting_date.clone(),
            last_signed_at: record.last_signed_at.clone(),
            signers: names.take(SIGNERS_MAX).map(short).collect(),
            verdict: found.verdict.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            holds: life.holds.clone(),
            stage: life.disposal.clone(),
            delivery: life.deliveries.last().cloned(),
            case_closed: life.occurred.get(&Occurrence::CaseClosed).map(ToString::to_string),
            legal_force: life.occurred.get(&Occurrence::LegalForce).map(ToString::to_string),
        }
    }

    /// The day that it is listed by: of its meeting, else of its registration.
    pub fn day(&self) -> Date {
        let meeting = self.meeting_date.as_deref().and_then(|day| day.parse().ok());
        meeting.unwrap_or_else(|| self.registered().to_zoned(stockholm()).date())
    }

    fn registered(&self) -> Timestamp {
        self.registered_at.parse().unwrap_or_default()
    }

    /// Until when it must be kept by a schedule, and why.
    pub fn answer(&self, schedule: &Schedule) -> Answer {
        let day = |text: &Option<String>| text.as_deref().and_then(|day| day.parse().ok());
        let answer = schedule.answer(&RecordFacts {
            record_type: &self.record_type,
            registered: self.registered(),
            last_signed: self.last_signed_at.as_deref().and_then(|at| at.parse().ok()),
            meeting_date: day(&self.meeting_date),
            case_closed: day(&self.case_closed),
            legal_force: day(&self.legal_force),
        });
        Answer {
            held: self.holds.iter().map(|hold| hold.reason.clone()).collect(),
            delivered: self.delivery.is_some(),
            under_disposal: self.stage.is_some(),
            ..answer
        }
    }

    /// All that words are looked for in, in small letters.
    fn text(&self) -> String {
        let parts = [Some(&self.title), self.diary_number.as_ref(), self.body.as_ref()];
        let parts = parts.into_iter().flatten().chain(&self.signers);
        parts.map(|part| part.to_lowercase()).collect::<Vec<_>>().join("\n")
    }

    fn fits(&self, wanted: &Wanted) -> bool {
        let is = |wanted: &Option<String>, own: Option<&str>| wanted.as_deref().is_none_or(|one| own == Some(one));
        is(&wanted.body, self.body.as_deref())
            && is(&wanted.record_type, Some(&self.record_type))
            && is(&wanted.verdict, Some(&self.verdict))
            && wanted.held.is_none_or(|held| held != self.holds.is_empty())
            && wanted.from.is_none_or(|from| self.day() >= from)
            && wanted.to.is_none_or(|to| self.day() <= to)
    }
}

/// What a line is sorted by: what has none comes last, then the order of registration.
type Key = (bool, String, u64);

impl Order {
    fn key(self, row: &Listed, schedule: &Schedule) -> Key {
        let text = match self {
            Self::Day => Some(row.day().to_string()),
            Self::Title => Some(collated(&row.title)),
            Self::DiaryNumber => row.diary_number.as_deref().map(collated),
            Self::Body => row.body.as_deref().map(collated),
            Self::Signers => row.signers.first().map(|name| collated(name)),
            Self::Verdict => Some(row.verdict.clone()),
            Self::Retention => {
                let answer = row.answer(schedule);
                answer.until.or(answer.deliver_from).map(|day| day.to_string())
            }
        };
        (text.is_none(), text.unwrap_or_default(), row.index)
    }
}

impl Archive {
    /// Goes through the register, in no order; nothing but the catalogue is read.
    ///
    /// # Errors
    /// The store's.
    pub fn each_listed(&self, mut look: impl FnMut(Listed)) -> Result<(), Error> {
        Ok(self.catalogue.each_line(|line| {
            if let Ok(row) = serde_json::from_slice(line) {
                look(row);
            }
        })?)
    }

    /// The register's line of a record.
    ///
    /// # Errors
    /// The store's.
    pub fn listed(&self, id: RecordId) -> Result<Option<Listed>, Error> {
        Ok(self.catalogue.line(id)?.and_then(|line| serde_json::from_slice(&line).ok()))
    }

    /// The records that are wanted, a page of them; with no `limit`, all.
    ///
    /// # Errors
    /// The store's.
    pub fn list(&self, wanted: &Wanted, offset: usize, limit: usize) -> Result<Listing, Error> {
        let words = wanted.text.split_whitespace().map(|word| Ok((word.to_lowercase(), self.worded(word)?)));
        let words: Vec<(String, BTreeSet<RecordId>)> = words.collect::<Result<_, Error>>()?;
        let (mut listing, schedule) = (Listing::default(), self.schedule());
        let mut fitting: Vec<(Key, RecordId)> = Vec::new();
        self.each_listed(|row| {
            listing.all += 1;
            let Ok(id) = row.id.parse::<RecordId>() else { return };
            if let Some(body) = row.body.as_ref().filter(|body| !listing.bodies.contains(*body)) {
                listing.bodies.insert(body.clone());
            }
            if !listing.record_types.contains(&row.record_type) {
                listing.record_types.insert(row.record_type.clone());
            }
            if !row.fits(wanted) {
                return;
            }
            let text = if words.is_empty() { String::new() } else { row.text() };
            if words.iter().all(|(word, ids)| text.contains(word) || ids.contains(&id)) {
                fitting.push((wanted.order.key(&row, &schedule), id));
            }
        })?;
        listing.total = fitting.len();
        fitting.sort_unstable_by(|(one, _), (other, _)| {
            // What has nothing to be sorted by stays last either way.
            let by = |key: &Key| (key.1.clone(), key.2);
            let order = by(one).cmp(&by(other));
            one.0.cmp(&other.0).then(if wanted.descending { order.reverse() } else { order })
        });
        for (_, id) in fitting.into_iter().skip(offset).take(limit) {
            let row = self.listed(id)?;
            listing.rows.extend(row.map(|row| (row.answer(&schedule), row)).map(|(answer, row)| (row, answer)));
        }
        Ok(listing)
    }

    /// The records in whose matters and decisions a word is.
    fn worded(&self, word: &str) -> Result<BTreeSet<RecordId>, Error> {
        Terms::read(word).map_or_else(|_| Ok(BTreeSet::new()), |terms| self.holding(&terms))
    }

    /// What is due by a day, the oldest first, and the day on which the next is due, with how many.
    ///
    /// # Errors
    /// The store's.
    pub fn deadlines(&self, by: Date) -> Result<Deadlines, Error> {
        let (mut deadlines, schedule) = (Deadlines::default(), self.schedule());
        self.each_listed(|row| {
            let answer = row.answer(&schedule);
            let on = answer.until.or(answer.deliver_from);
            if let Some(due) = answer.due(by) {
                deadlines.due.push((row, answer, due));
            } else if let (Some(on), Some(_)) = (on, answer.due(Date::MAX)) {
                deadlines.next = Some(match deadlines.next {
                    Some((day, count)) if day == on => (day, count + 1),
                    Some((day, count)) if day < on => (day, count),
                    Some(_) | None => (on, 1),
                });
            }
        })?;
        deadlines.due.sort_by_key(|(row, answer, _)| (answer.until.or(answer.deliver_from), row.index));
        Ok(deadlines)
    }
}

/// What is due.
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    /// Each record with why, and what.
    pub due: Vec<(Listed, Answer, Due)>,
    /// The next day on which something is, and of how many records.
    pub next: Option<(Date, usize)>,
}

fn short(text: &str) -> String {
    text.chars().take(LETTERS_MAX).collect()
}

/// A text as Swedish sorts it: small letters, å ä ö last, numbers by their value.
fn collated(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for letter in text.chars().flat_map(char::to_lowercase).chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            out += &format!("{:0>12}", digits.trim_start_matches('0'));
            digits.clear();
        }
        out.push(match letter {
            'å' => '\u{e000}',
            'ä' | 'æ' => '\u{e001}',
            'ö' | 'ø' => '\u{e002}',
            'é' | 'è' => 'e',
            'ü' => 'y',
            other => other,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_as_in_swedish_and_numbers_by_their_value() {
        let mut texts = ["Östra", "Andra", "Ån", "Zebra", "Äng", "KS 2026/9", "KS 2026/123", "ks 2026/10"];
        texts.sort_by_key(|text| collated(text));
        assert_eq!(texts, ["Andra", "KS 2026/9", "ks 2026/10", "KS 2026/123", "Zebra", "Ån", "Äng", "Östra"]);
    }
}
