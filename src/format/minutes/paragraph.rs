//! The matters of a meeting: `§` number, title, decisions, background, attachments.
//! Grammar `item` of the notes on Swedish minutes, 5.1, with the edge cases of 5.2.

use crate::format::minutes::lines::Mark;
use crate::format::minutes::lines::Row;

/// One matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// The `§` number; none in notes whose matters are headings only.
    pub number: Option<u32>,
    /// The heading without its number.
    pub title: String,
    /// What was decided or agreed, one string for each point; empty where nothing was.
    pub decisions: Vec<String>,
    /// The text that is neither decision nor attachment (`Bakgrund` and the like), wrapped lines joined.
    pub background: Option<String>,
    /// What stands under `Bilaga` or `Bilagor`.
    pub attachments: Vec<String>,
}

/// The heading of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// Its row.
    pub(super) row: usize,
    pub(super) number: Option<u32>,
    title: String,
    /// The first row after it.
    body: usize,
}

/// The headings that make up the meeting, and the numbers of rows that look like headings but fit nowhere.
///
/// Prose refers to matters and tables of contents list them, so a heading is one of the longest run of rising
/// numbers; of two equal ones the later, because a table of contents comes first.
pub(super) fn numbered(rows: &[Row]) -> (Vec<Heading>, Vec<u32>) {
    let candidates: Vec<(u32, Heading)> = (0..rows.len()).filter_map(|at| candidate(rows, at)).collect();
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(candidates.len());
    let number = |at: &usize| candidates.get(*at).map(|(number, _)| *number);
    for (at, (own, _)) in candidates.iter().enumerate() {
        let length = tails.partition_point(|tail| number(tail) < Some(*own));
        before.push(length.checked_sub(1).and_then(|last| tails.get(last).copied()));
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut chosen = vec![false; candidates.len()];
    let mut next = tails.last().copied();
    while let Some(at) = next {
        if let Some(mark) = chosen.get_mut(at) {
            *mark = true;
        }
        next = before.get(at).copied().flatten();
    }
    let first = chosen.iter().position(|mark| *mark).unwrap_or(chosen.len());
    let mut headings = Vec::new();
    let mut stray = Vec::new();
    for (at, ((number, heading), chosen)) in candidates.into_iter().zip(chosen).enumerate() {
        if chosen {
            headings.push(heading);
        } else if at > first {
            stray.push(number);
        }
    }
    (headings, stray)
}

/// The headings of notes without numbers: rows marked as headings that are no label.
pub(super) fn unnumbered(rows: &[Row], from: usize) -> Vec<Heading> {
    rows.iter()
        .enumerate()
        .skip(from)
        .filter(|(_, row)| row.mark == Mark::Heading && marker(row, Section::Text).is_none())
        .map(|(at, row)| Heading { row: at, number: None, title: row.text.clone(), body: at + 1 })
        .collect()
}

/// Reads each matter from its heading to the next, the last to `end`.
pub(super) fn read(rows: &[Row], headings: Vec<Heading>, end: usize) -> Vec<Paragraph> {
    let ends: Vec<usize> = headings.iter().skip(1).map(|next| next.row).chain([end]).collect();
    headings
        .into_iter()
        .zip(ends)
        .map(|(heading, end)| {
            let body = rows.get(heading.body..end).unwrap_or_default();
            Reading::of(heading, body)
        })
        .collect()
}

/// The body that decides, from a row such as `Styrelsen beslutar att:`.
pub(super) fn decider(row: &Row) -> Option<&str> {
    let (who, rest) = row.text.split_once(" beslutar")?;
    let whole = matches!(rest.trim_end_matches(':'), "" | " att");
    (whole && short(who, DECIDER_WORDS_MAX) && who.starts_with(char::is_uppercase)).then_some(who)
}

/// Longest title in bytes; a longer row is prose.
const TITLE_MAX: usize = 400;
/// `Kommunstyrelsens arbetsutskott för tillväxt`: longer subjects of `beslutar` are prose.
const DECIDER_WORDS_MAX: usize = 5;

/// The parts of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Prose.
    Text,
    Decisions,
    Attachments,
    /// What is read over: proposals, whom it is sent to.
    Passed,
}

/// Rows that begin a part, lower-case: the whole row, or followed by a colon.
const MARKERS: [(&str, Section); 27] = [
    ("beslut", Section::Decisions),
    ("beslutet", Section::Decisions),
    ("mötet överenskommer", Section::Decisions),
    ("mötet beslutar", Section::Decisions),
    ("bakgrund", Section::Text),
    ("ärendet", Section::Text),
    ("ärendebeskrivning", Section::Text),
    ("beskrivning av ärendet", Section::Text),
    ("sammanfattning", Section::Text),
    ("sammanfattning av ärendet", Section::Text),
    ("bilaga", Section::Attachments),
    ("bilagor", Section::Attachments),
    ("beslutsunderlag", Section::Attachments),
    ("förslag till beslut", Section::Passed),
    ("förslag", Section::Passed),
    ("yrkande", Section::Passed),
    ("yrkanden", Section::Passed),
    ("propositionsordning", Section::Passed),
    ("reservation", Section::Passed),
    ("reservationer", Section::Passed),
    ("skickas till", Section::Passed),
    ("expedieras till", Section::Passed),
    ("protokollsutdrag till", Section::Passed),
    ("anslag/bevis", Section::Passed),
    ("nästa möte", Section::Passed),
    ("nästa sammanträde", Section::Passed),
    ("dagordning", Section::Passed),
];

fn short(text: &str, words: usize) -> bool {
    text.split(' ').nth(words).is_none()
}

fn candidate(rows: &[Row], at: usize) -> Option<(u32, Heading)> {
    let row = rows.get(at).filter(|row| row.mark != Mark::Bullet && row.text.len() <= TITLE_MAX)?;
    let (number, rest) = number_and_rest(&row.text)?;
    let mut body = at + 1;
    let mut title = rest.to_owned();
    if title.is_empty() {
        let next = rows.get(body).filter(|next| marker(next, Section::Text).is_none())?;
        title.clone_from(&next.text);
        body += 1;
    }
    let begins = title
        .chars()
        .find(|c| !matches!(c, '"' | '”' | '»' | '\'' | '’'))
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    if !begins || title.len() > TITLE_MAX {
        return None;
    }
    while let Some(next) = rows.get(body).filter(|next| goes_on(next) && title.len() < TITLE_MAX) {
        title.push(' ');
        title.push_str(&next.text);
        body += 1;
    }
    let heading = Heading { row: at, number: Some(number), title, body };
    Some((number, heading))
}

/// A row that goes on where the one before it was cut.
fn goes_on(row: &Row) -> bool {
    !row.gap && row.mark == Mark::None && row.text.starts_with(char::is_lowercase)
}

/// `§43 Title`, `§ 43/24 Title`, `KS § 43 Title` and `43 § Title`.
fn number_and_rest(text: &str) -> Option<(u32, &str)> {
    let (before, after) = text.split_once('§')?;
    let (before, after) = (before.trim(), after.trim_start());
    if let Ok(number) = before.parse() {
        return Some((number, after.trim_start_matches(['.', ':', ' '])));
    }
    if before.len() > 6 || !before.chars().all(char::is_uppercase) {
        return None;
    }
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (number, rest) = after.split_at_checked(digits)?;
    let number = number.parse().ok()?;
    let rest = match rest.strip_prefix('/') {
        Some(year) => year.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let spaced = rest.is_empty() || rest.starts_with(['.', ':', ' ']);
    spaced.then(|| (number, rest.trim_start_matches(['.', ':', ' '])))
}

/// The part that a row begins, and what it already says of it.
fn marker(row: &Row, within: Section) -> Option<(Section, &str)> {
    if row.mark == Mark::Bullet {
        return None;
    }
    let label = |words: &str| {
        let begin = row.text.get(..words.len())?;
        let rest = row.text.get(words.len()..)?;
        let ends = rest.is_empty() || rest.starts_with(':');
        (ends && begin.starts_with(char::is_uppercase) && begin.to_lowercase() == words)
            .then(|| rest.trim_start_matches([':', ' ']))
    };
    let labelled = MARKERS.iter().find_map(|(words, section)| label(words).map(|rest| (*section, rest)));
    if labelled.is_some() {
        return labelled;
    }
    if decider(row).is_some() {
        return Some((Section::Decisions, ""));
    }
    if row.text.starts_with("Nästa möte ") {
        return Some((Section::Passed, ""));
    }
    if short(&row.text, DECIDER_WORDS_MAX) && row.text.trim_end_matches(':').ends_with("s beslut") {
        return Some((Section::Decisions, ""));
    }
    let (who, decision) = row.text.split_once(" beslutar att ")?;
    let stated = within != Section::Passed && short(who, DECIDER_WORDS_MAX) && who.starts_with(char::is_uppercase);
    stated.then_some((Section::Decisions, decision))
}

/// A matter while it is read.
struct Reading {
    paragraph: Paragraph,
    text: String,
    section: Section,
    /// True where the list being read has bullets.
    bullets: bool,
    /// True where the list being read has begun.
    begun: bool,
}

impl Reading {
    fn of(heading: Heading, body: &[Row]) -> Paragraph {
        let mut reading = Self {
            paragraph: Paragraph { number: heading.number, title: heading.title, ..Paragraph::default() },
            text: String::new(),
            section: Section::Text,
            bullets: false,
            begun: false,
        };
        for row in body {
            reading.row(row);
        }
        reading.paragraph.background = Some(reading.text).filter(|text| !text.is_empty());
        reading.paragraph
    }

    fn row(&mut self, row: &Row) {
        if let Some((section, rest)) = marker(row, self.section) {
            self.section = section;
            self.bullets = false;
            self.begun = false;
            if !rest.is_empty() {
                self.add(rest, row);
            }
            return;
        }
        self.add(&row.text, row);
    }

    fn add(&mut self, text: &str, row: &Row) {
        let list = match self.section {
            Section::Text => return self.prose(text, row),
            Section::Passed => return,
            Section::Decisions => &mut self.paragraph.decisions,
            Section::Attachments => &mut self.paragraph.attachments,
        };
        let bullet = row.mark == Mark::Bullet;
        let capital = text.starts_with(|c: char| !c.is_lowercase());
        if self.begun && self.bullets && !bullet && row.gap && capital {
            // A list with bullets ends where plain text begins anew.
            self.section = Section::Text;
            return self.prose(text, row);
        }
        // In a list with bullets "att" begins a point only where something parts it from the one above: lines wrap.
        let att = text.starts_with("att ") && (row.gap || !self.bullets);
        let anew = bullet || att || (capital && !self.bullets);
        match list.last_mut().filter(|_| self.begun && !anew) {
            Some(last) => {
                last.push(' ');
                last.push_str(text);
            }
            None => list.push(text.to_owned()),
        }
        self.begun = true;
        self.bullets |= bullet;
    }

    fn prose(&mut self, text: &str, row: &Row) {
        let capital = text.starts_with(|c: char| !c.is_lowercase());
        if !self.text.is_empty() {
            let anew = row.mark != Mark::None || (row.gap && capital);
            self.text.push(if anew { '\n' } else { ' ' });
        }
        self.text.push_str(text);
    }
}
