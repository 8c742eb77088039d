//! A meeting's minutes as data: kind, time, people, the promised range of matters and the matters found.
//! Grammar `doc` of the notes on Swedish minutes, 5.1, with the edge cases of 5.2.

use jiff::civil::Date;
use jiff::civil::Time;

use crate::format::minutes::Line;
use crate::format::minutes::header;
use crate::format::minutes::header::Field;
use crate::format::minutes::header::Header;
use crate::format::minutes::lines;
use crate::format::minutes::paragraph;
use crate::format::minutes::paragraph::Paragraph;
use crate::format::minutes::person;
use crate::format::minutes::person::Person;
use crate::format::minutes::person::Signatory;
use crate::format::minutes::signpage;
use crate::format::minutes::when;

/// What kind of document the text is. Only minutes are signed; the others have other retention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Minutes (protokoll).
    Minutes,
    /// Notes of a meeting (mötesanteckningar, minnesanteckningar).
    MeetingNotes,
    /// A newsletter or information to staff.
    Information,
    /// The summons to a meeting (kallelse, föredragningslista).
    Summons,
    /// None of these.
    #[default]
    Other,
}

impl Kind {
    /// The code that retention rules and other programs use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::MeetingNotes => "meeting-notes",
            Self::Information => "information",
            Self::Summons => "summons",
            Self::Other => "other",
        }
    }
}

/// Something that does not add up inside the minutes themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Numbers are missing between the matters. Legitimate where a matter has its own, secret or immediate, minutes.
    NumbersMissing {
        /// The first missing.
        from: u32,
        /// The last missing.
        to: u32,
    },
    /// The header promises another number of matters than were found.
    CountDiffers {
        /// Matters in the promised range.
        promised: u32,
        /// Matters found.
        found: u32,
    },
    /// A matter's number lies outside the range in the header.
    OutsideRange {
        /// The number.
        number: u32,
    },
    /// A line looks like the heading of a matter but does not fit the order of numbers.
    StrayHeading {
        /// The number on that line.
        number: u32,
    },
    /// The date lacks its year or day and was kept as written.
    DateIncomplete,
    /// Minutes without a date.
    DateMissing,
    /// The meeting ends before it starts.
    EndBeforeStart,
    /// More lines than are read; the rest was left out.
    Truncated,
}

/// What was read from a document's text. Everything is as written; nothing here is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// The title line.
    pub title: String,
    /// What kind of document it is.
    pub kind: Kind,
    /// The body that met, where the title or the decisions name it.
    pub body: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Date and time as written.
    pub time_literal: Option<String>,
    /// The day of the meeting, or of an information letter.
    pub date: Option<Date>,
    /// When it began, local time.
    pub start: Option<Time>,
    /// When it ended, local time.
    pub end: Option<Time>,
    /// Those present.
    pub present: Vec<Person>,
    /// Who else took part, as prose.
    pub also_present: Option<String>,
    /// Those absent.
    pub absent: Vec<Person>,
    /// Those chosen to adjust the minutes (utses att justera).
    pub adjusters: Vec<Signatory>,
    /// First and last number the header promises.
    pub range: Option<(u32, u32)>,
    /// Who keeps the minutes.
    pub secretary: Option<String>,
    /// Who chairs; several where the chair changed during the meeting.
    pub chairs: Vec<Signatory>,
    /// Those named as adjusting under the signatures (justerande).
    pub adjusting: Vec<Signatory>,
    /// The matters in order.
    pub paragraphs: Vec<Paragraph>,
    /// What does not add up.
    pub findings: Vec<Finding>,
}

/// Reads a document's lines. Always answers: text that is no minutes is [`Kind::Other`] with what could be read.
#[must_use]
pub fn read(lines: &[Line]) -> Minutes {
    let lines::Rows { rows, truncated } = lines::tidy(lines);
    let end = signpage::begins(&rows).unwrap_or(rows.len());
    let rows = rows.get(..end).unwrap_or_default();
    let (headings, stray) = paragraph::numbered(rows);
    let first = headings.first().map_or(rows.len(), |heading| heading.row);
    let header = header::read(rows.get(..first).unwrap_or_default());
    let matters = rows.get(first..).unwrap_or_default();
    let closing = header::closing(matters).map(|at| first + at);
    let signed = closing.map(|at| header::read(rows.get(at..).unwrap_or_default()));

    let mut minutes = people_and_range(&header, signed.as_ref());
    (minutes.title, minutes.kind) = title(&header.title);
    place_and_time(&header, &mut minutes);
    minutes.paragraphs = paragraph::read(rows, headings, closing.unwrap_or(end));
    settle_kind(&mut minutes);
    if minutes.kind == Kind::MeetingNotes && minutes.paragraphs.is_empty() {
        minutes.paragraphs = paragraph::read(rows, paragraph::unnumbered(rows, header.end), end);
    }
    minutes.body =
        body(&header.title, &minutes).or_else(|| rows.iter().find_map(paragraph::decider).map(str::to_owned));
    minutes.findings = findings(&minutes, &stray, truncated);
    minutes
}

/// More words than this are prose, not a title.
const TITLE_WORDS_MAX: usize = 12;
/// The name of a body is shorter than a title.
const BODY_WORDS_MAX: usize = 6;
/// Beginnings of newsletters and information to staff, lower-case.
const INFORMATION: [&str; 6] =
    ["nytt från ", "nyhetsbrev", "informationsbrev", "information från ", "veckobrev", "månadsbrev"];

fn kind_of(title: &str) -> Kind {
    let lower = title.to_lowercase();
    let ends = |word: &str, ending: &str| word.trim_matches(|c: char| !c.is_alphabetic()).ends_with(ending);
    if INFORMATION.iter().any(|words| lower.starts_with(words)) {
        Kind::Information
    } else if lower.contains("mötesanteckning") || lower.contains("minnesanteckning") {
        Kind::MeetingNotes
    } else if lower.starts_with("kallelse") || lower.contains("föredragningslista") {
        Kind::Summons
    } else if lower.split(' ').any(|word| ends(word, "protokoll") || ends(word, "protokollet")) {
        Kind::Minutes
    } else {
        Kind::Other
    }
}

/// The rows above the first label that are titles rather than prose.
fn headline(rows: &[String]) -> impl Iterator<Item = &String> {
    rows.iter().take_while(|row| row.split(' ').nth(TITLE_WORDS_MAX).is_none())
}

/// The first row that says what kind of document this is, else the first row.
fn title(rows: &[String]) -> (String, Kind) {
    let said = headline(rows).map(|row| (row, kind_of(row))).find(|(_, kind)| *kind != Kind::Other);
    match said {
        Some((row, kind)) => (row.clone(), kind),
        None => (rows.first().cloned().unwrap_or_default(), Kind::Other),
    }
}

/// A title alone makes no minutes (there are protocols of inspections too), and minutes need no title.
fn settle_kind(minutes: &mut Minutes) {
    let matters = !minutes.paragraphs.is_empty();
    let roles = minutes.secretary.is_some() || !minutes.chairs.is_empty();
    let meeting = matters || roles || minutes.range.is_some() || !minutes.present.is_empty();
    match minutes.kind {
        Kind::Minutes if !meeting => minutes.kind = Kind::Other,
        Kind::Other if matters && roles => minutes.kind = Kind::Minutes,
        Kind::Minutes | Kind::MeetingNotes | Kind::Information | Kind::Summons | Kind::Other => {}
    }
}

/// The body named beside the title, below it before above it; in a newsletter what it is news from.
fn body(rows: &[String], minutes: &Minutes) -> Option<String> {
    if minutes.kind == Kind::Information {
        let rest = minutes.title.strip_prefix("Nytt från ")?;
        let end = when::find_date(rest).map_or(rest.len(), |found| found.span.start);
        return rest.get(..end).map(|body| body.trim().to_owned());
    }
    let names_body = |row: &&String| {
        row.starts_with(char::is_uppercase)
            && row.split(' ').nth(BODY_WORDS_MAX).is_none()
            && !row.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':'))
            && kind_of(row) == Kind::Other
    };
    let at = headline(rows).position(|row| *row == minutes.title && minutes.kind != Kind::Other)?;
    let below = headline(rows).skip(at + 1).find(names_body);
    let above = || headline(rows).take(at).filter(names_body).last();
    below.or_else(above).cloned()
}

fn people_and_range(header: &Header, closing: Option<&Header>) -> Minutes {
    let (present, remark) = person::people(&header.rows(Field::Present));
    let (absent, _) = person::people(&header.rows(Field::Absent));
    let also: Vec<String> = header.text(Field::AlsoPresent).into_iter().chain(remark).collect();
    let named = |field| {
        let text = header.text(field).or_else(|| closing?.text(field));
        text.map(|text| person::signatories(&text)).unwrap_or_default()
    };
    Minutes {
        present,
        absent,
        also_present: Some(also.join(" ")).filter(|text| !text.is_empty()),
        adjusters: named(Field::Adjusters),
        range: header.text(Field::Range).or_else(|| closing?.text(Field::Range)).and_then(|text| person::range(&text)),
        secretary: named(Field::Secretary).into_iter().next().map(|one| one.name),
        chairs: named(Field::Chair),
        adjusting: named(Field::Adjusting),
        ..Minutes::default()
    }
}

fn place_and_time(header: &Header, minutes: &mut Minutes) {
    minutes.place = header.text(Field::Place);
    let time = header.text(Field::Time);
    let both = header.text(Field::PlaceAndTime);
    let above = headline(&header.title).find(|row| when::find_date(row).is_some());
    let Some(text) = time.as_ref().or(both.as_ref()).or(above) else {
        return;
    };
    let date = when::find_date(text);
    let times = when::find_times(text);
    minutes.date = date.as_ref().and_then(|found| found.date);
    minutes.start = times.as_ref().map(|found| found.start);
    minutes.end = times.as_ref().and_then(|found| found.end);
    let spans: Vec<_> = date.map(|found| found.span).into_iter().chain(times.map(|found| found.span)).collect();
    let (Some(from), Some(to)) = (spans.iter().map(|span| span.start).min(), spans.iter().map(|span| span.end).max())
    else {
        return;
    };
    minutes.time_literal = text.get(from..to).map(str::to_owned);
    if time.is_none() && both.is_some() && minutes.place.is_none() {
        let rest = [text.get(..from), text.get(to..)];
        minutes.place = rest.into_iter().flatten().map(place).find(|place| !place.is_empty());
    }
}

/// What stands beside the date, without the words that lead to it.
fn place(text: &str) -> String {
    let leads = |word: &&str| {
        let word = word.trim_matches([',', '.', ':', ';']).to_lowercase();
        matches!(word.as_str(), "" | "den" | "kl" | "klockan" | "-" | "–")
            || (word.ends_with("dag") && word.len() <= 8)
            || word.ends_with("dagen") && word.len() <= 10
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !leads(word)).collect();
    words.join(" ").trim_matches([',', '.', ';', ' ']).to_owned()
}

fn findings(minutes: &Minutes, stray: &[u32], truncated: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let numbers: Vec<u32> = minutes.paragraphs.iter().filter_map(|matter| matter.number).collect();
    if let Some((from, to)) = minutes.range.filter(|_| minutes.kind == Kind::Minutes) {
        let promised = to.checked_sub(from).map_or(0, |more| more.saturating_add(1));
        let found = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        if promised != found {
            findings.push(Finding::CountDiffers { promised, found });
        }
        let outside = numbers.iter().filter(|number| !(from..=to).contains(*number));
        findings.extend(outside.map(|number| Finding::OutsideRange { number: *number }));
    }
    let from = minutes.range.and_then(|(from, _)| from.checked_sub(1));
    let to = minutes.range.and_then(|(_, to)| to.checked_add(1));
    let edges: Vec<u32> = from.into_iter().chain(numbers.iter().copied()).chain(to).collect();
    let gaps = edges.windows(2).filter(|_| !numbers.is_empty());
    findings.extend(gaps.filter_map(|pair| match pair {
        [before, after] if after.saturating_sub(*before) > 1 => {
            Some(Finding::NumbersMissing { from: before.saturating_add(1), to: after.saturating_sub(1) })
        }
        _ => None,
    }));
    findings.extend(stray.iter().map(|number| Finding::StrayHeading { number: *number }));
    match (minutes.date, &minutes.time_literal) {
        (None, Some(_)) => findings.push(Finding::DateIncomplete),
        (None, None) if minutes.kind == Kind::Minutes => findings.push(Finding::DateMissing),
        (None, None) | (Some(_), _) => {}
    }
    if minutes.end.zip(minutes.start).is_some_and(|(end, start)| end < start) {
        findings.push(Finding::EndBeforeStart);
    }
    if truncated {
        findings.push(Finding::Truncated);
    }
    findings
}
