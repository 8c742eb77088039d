//! The days that follow from when minutes were adjusted: kommunallagen (2017:725) 5:69, 8:12 and 13:5, which also
//! say what a board (6:35), a municipal association (9:2) and a joint board (9:32) do. Notes on Swedish minutes, 4.1–4.2.
//! Computed for a person to check; whether a day is moved by lag (1930:173) is arguable, so nothing is called too late
//! without both readings.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::days;
use crate::verify::calendar;
use crate::verify::text::Text;

/// What kind of body met, which decides the rules its minutes follow (notes 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyType {
    /// A municipality.
    Kommun,
    /// A region.
    Region,
    /// A municipal association.
    #[serde(rename = "kommunalförbund", alias = "kommunalforbund")]
    Kommunalforbund,
    /// A joint board of several municipalities or regions.
    #[serde(rename = "gemensam-nämnd", alias = "gemensam-namnd")]
    GemensamNamnd,
    /// A company or foundation under a municipality's decisive influence.
    Bolag,
    /// An association, which follows its own statutes.
    #[serde(rename = "förening", alias = "forening")]
    Forening,
}

impl BodyType {
    /// Whether kommunallagen says how its minutes are adjusted, posted and appealed against.
    #[must_use]
    pub fn follows_the_act(self) -> bool {
        !matches!(self, Self::Bolag | Self::Forening)
    }

    /// What says who signs and when, where the act does not; in Swedish and in English.
    pub(super) fn statutes(self) -> (&'static str, &'static str) {
        match self {
            Self::Bolag => ("bolagsordningen", "the articles of association"),
            Self::Forening => ("stadgarna", "the statutes"),
            Self::Kommun | Self::Region | Self::Kommunalforbund | Self::GemensamNamnd => {
                ("kommunallagen", "the Local Government Act")
            }
        }
    }

    /// Which rules apply to such a body's minutes and records, with their clauses.
    #[must_use]
    pub fn rules(self) -> Text {
        let act_sv = "Kommunallagen 5 kap. 65–69 §§ och 8 kap. 12 § gäller protokollet, arkivlagen och \
                      tryckfrihetsförordningen handlingen.";
        let act_en = "The Local Government Act, ch. 5 ss. 65–69 and ch. 8 s. 12, applies to the minutes; the Archives Act \
                      and the Freedom of the Press Act to the record.";
        let own = |sv: &str, en: &str| Text::new(format!("{act_sv} {sv}"), format!("{act_en} {en}"));
        match self {
            Self::Kommun | Self::Region => Text::new(act_sv, act_en),
            Self::Kommunalforbund => own(
                "Förbundet har en egen anslagstavla (9 kap. 2 §).",
                "The association has a notice board of its own (ch. 9 s. 2).",
            ),
            Self::GemensamNamnd => own(
                "Anslaget ska finnas hos alla medlemmar, och överklagandetiden räknas från det sista (9 kap. 32 §, 13 kap. 5 §).",
                "The notice is posted by every member, and the time to appeal runs from the last (ch. 9 s. 32, ch. 13 s. 5).",
            ),
            Self::Bolag => Text::new(
                "Kommunallagens regler om protokoll gäller inte: bolagsordningen avgör vem som skriver under och när. \
                 Handlingen är allmän som hos en myndighet (offentlighets- och sekretesslagen 2 kap. 3 §).",
                "The Local Government Act's rules on minutes do not apply: the articles of association say who signs and \
                 when. The record is public as with an authority (Public Access to Information and Secrecy Act, ch. 2 s. 3).",
            ),
            Self::Forening => Text::new(
                "Kommunallagen gäller inte: stadgarna avgör vem som skriver under och när. Arkivlagen och \
                 tryckfrihetsförordningen gäller inte heller.",
                "The Local Government Act does not apply: the statutes say who signs and when. Nor do the Archives Act and \
                 the Freedom of the Press Act.",
            ),
        }
    }

    /// Whether the acts on public records and archives apply: all bodies but an association of its own.
    #[must_use]
    pub fn keeps_public_records(self) -> bool {
        !matches!(self, Self::Forening)
    }
}

/// Whether a signature on a day is in time to adjust the minutes of a meeting; none where the act says nothing of such a
/// body, or the day lies before the meeting.
#[must_use]
pub fn in_time(meeting: Date, on: Date, body: BodyType) -> Option<InTime> {
    let adjust_by = meeting.checked_add(14.days()).ok()?;
    (body.follows_the_act() && on >= meeting).then(|| InTime::of(on, adjust_by))
}

/// Whether minutes were adjusted in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTime {
    /// On the fourteenth day or before.
    Within,
    /// If the last day, which was free, is moved to the next weekday.
    WithinIfMoved,
    /// After both.
    Late,
}

impl InTime {
    fn of(on: Date, adjust_by: Date) -> Self {
        match (on <= adjust_by, on <= days::moved(adjust_by)) {
            (true, _) => Self::Within,
            (false, true) => Self::WithinIfMoved,
            (false, false) => Self::Late,
        }
    }

    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::WithinIfMoved => "within-if-moved",
            Self::Late => "late",
        }
    }
}

/// The days of one meeting's minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The last day to adjust on, not moved.
    pub adjust_by: Date,
    /// When the last one who has to had signed.
    pub adjusted: Option<Adjusted>,
    /// The same as sentences, each with its clause.
    pub told: Vec<Text>,
}

/// What follows once minutes are adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// The day.
    pub on: Date,
    /// Against the fourteenth day after the meeting.
    pub in_time: InTime,
    /// The last day to post the notice on, not moved.
    pub post_by: Date,
    /// The last day of appeal if the notice is posted on that day and stays up until then.
    pub appeal_until: Date,
}

/// The days of a meeting on `meeting`, whose minutes were adjusted on `adjusted` if they are. None where the act says
/// nothing of such a body.
#[must_use]
pub fn dates(meeting: Date, adjusted: Option<Date>, body: BodyType) -> Option<Dates> {
    let body = Some(body).filter(|body| body.follows_the_act())?;
    let adjust_by = meeting.checked_add(14.days()).ok()?;
    let adjusted = adjusted.filter(|on| *on >= meeting).and_then(|on| Adjusted::of(on, adjust_by));
    let mut told = vec![adjusted.map_or_else(|| to_adjust(adjust_by), |adjusted| adjusted.told(adjust_by))];
    told.extend(adjusted.iter().flat_map(|adjusted| [adjusted.post(), adjusted.appeal(body)]));
    Some(Dates { adjust_by, adjusted, told })
}

/// The last day of appeal against what was posted on a day: three weeks, moved where that day is free (13:5).
#[must_use]
pub fn appeal_until(posted: Date) -> Option<Date> {
    posted.checked_add(3.weeks()).ok().map(days::moved)
}

impl Adjusted {
    fn of(on: Date, adjust_by: Date) -> Option<Self> {
        let in_time = InTime::of(on, adjust_by);
        let post_by = on.checked_add(2.days()).ok()?;
        Some(Self { on, in_time, post_by, appeal_until: appeal_until(post_by)? })
    }

    fn told(&self, adjust_by: Date) -> Text {
        let (on, last) = (calendar::day(self.on), calendar::day(adjust_by));
        let (sv, en) = match self.in_time {
            InTime::Within => {
                ("inom fjorton dagar efter sammanträdet".to_owned(), "within fourteen days of the meeting".to_owned())
            }
            InTime::WithinIfMoved => (
                format!("vilket är i tid om sista dagen {} flyttas till nästa vardag (lag 1930:173)", last.sv),
                format!("which is in time if the last day, {}, moves to the next weekday (lag 1930:173)", last.en),
            ),
            InTime::Late => (
                format!("efter den fjortonde dagen {}. Bedöm själv vad det betyder", last.sv),
                format!("after the fourteenth day, {}. What that means is for you to judge", last.en),
            ),
        };
        Text::new(
            format!("Beräknat: justerat {}, {sv} (kommunallagen 5 kap. 69 §).", on.sv),
            format!("Computed: adjusted on {}, {en} (Local Government Act, ch. 5 s. 69).", on.en),
        )
    }

    fn post(&self) -> Text {
        let day = calendar::day(self.post_by);
        let next = calendar::day(days::moved(self.post_by));
        let (sv, en) = if next == day {
            (String::new(), String::new())
        } else {
            (
                format!(" eller, om lag 1930:173 gäller, {}", next.sv),
                format!(" or, if lag 1930:173 applies, on {}", next.en),
            )
        };
        Text::new(
            format!("Beräknat: anslå senast {}{sv} (kommunallagen 8 kap. 12 §).", day.sv),
            format!("Computed: post the notice not later than {}{en} (Local Government Act, ch. 8 s. 12).", day.en),
        )
    }

    fn appeal(&self, body: BodyType) -> Text {
        let (posted, until) = (calendar::day(self.post_by), calendar::day(self.appeal_until));
        let (sv, en) = match body {
            BodyType::GemensamNamnd => (" hos alla medlemmar", " by every member"),
            BodyType::Kommun | BodyType::Region | BodyType::Kommunalforbund | BodyType::Bolag | BodyType::Forening => {
                ("", "")
            }
        };
        Text::new(
            format!(
                "Beräknat: om anslaget sätts upp{sv} {} och sitter uppe hela tiden går överklagandetiden ut {} \
                 (kommunallagen 13 kap. 5 §).",
                posted.sv, until.sv
            ),
            format!(
                "Computed: if the notice is posted{en} on {} and stays up all the time, the time to appeal ends on {} \
                 (Local Government Act, ch. 13 s. 5).",
                posted.en, until.en
            ),
        )
    }
}

fn to_adjust(adjust_by: Date) -> Text {
    let day = calendar::day(adjust_by);
    Text::new(
        format!("Beräknat: ska justeras senast {} (kommunallagen 5 kap. 69 §).", day.sv),
        format!("Computed: to be adjusted not later than {} (Local Government Act, ch. 5 s. 69).", day.en),
    )
}
