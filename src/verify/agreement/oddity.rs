//! The oddities inside minutes, as sentences.
//! Cross-checks of the notes on Swedish minutes, 5.1; gaps are legitimate where a matter has minutes of its own (5.2).

use crate::format::minutes::meeting;
use crate::verify::text::Finding;

/// What the minutes' own oddities mean, as sentences.
#[must_use]
pub fn describe(finding: meeting::Finding) -> Finding {
    match finding {
        meeting::Finding::NumbersMissing { from, to } => Finding::new(
            "MINUTES_NUMBERS_MISSING",
            format!("§ {from}–{to} saknas. Ärenden med egna protokoll (sekretess, omedelbar justering) gör det."),
            format!("Matters {from}–{to} are missing. Matters with minutes of their own are."),
        ),
        meeting::Finding::CountDiffers { promised, found } => Finding::new(
            "MINUTES_COUNT_DIFFERS",
            format!("Protokollet anger {promised} paragrafer, {found} hittades."),
            format!("The minutes announce {promised} matters, {found} were found."),
        ),
        meeting::Finding::OutsideRange { number } => Finding::new(
            "MINUTES_OUTSIDE_RANGE",
            format!("§ {number} ligger utanför de paragrafer som protokollet anger."),
            format!("Matter {number} lies outside the range the minutes announce."),
        ),
        meeting::Finding::StrayHeading { number } => Finding::new(
            "MINUTES_STRAY_HEADING",
            format!("En rad ser ut som rubriken för § {number} men passar inte i nummerföljden."),
            format!("A line looks like the heading of matter {number} but does not fit the order of numbers."),
        ),
        meeting::Finding::DateIncomplete => Finding::new(
            "MINUTES_DATE_INCOMPLETE",
            "Datumet saknar år eller dag.",
            "The date lacks its year or its day.",
        ),
        meeting::Finding::DateMissing => Finding::new(
            "MINUTES_DATE_MISSING",
            "Protokollet anger inget datum som vi kan läsa.",
            "The minutes give no date that we can read.",
        ),
        meeting::Finding::EndBeforeStart => Finding::new(
            "MINUTES_END_BEFORE_START",
            "Mötet slutar enligt protokollet innan det börjar.",
            "According to the minutes the meeting ends before it starts.",
        ),
        meeting::Finding::Truncated => Finding::new(
            "MINUTES_TRUNCATED",
            "Texten är längre än vi läser. Slutet lästes inte.",
            "The text is longer than we read. Its end was not read.",
        ),
    }
}
