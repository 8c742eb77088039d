//! Times and numbers as people write them here. USERS 10: "12 mars 2026 kl. 14.05", Swedish time, UTC for machines.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::verify::calendar;
use crate::verify::text::Text;
use crate::web::language::Language;

/// Keeps day, month and year on one line.
const NBSP: char = '\u{a0}';

/// A moment, written out as `<time>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    at: Timestamp,
    language: Language,
}

impl Moment {
    pub(crate) fn new(at: Timestamp, language: Language) -> Self {
        Self { at, language }
    }

    /// From RFC 3339 text, as verifications and records hold it.
    pub(crate) fn read(text: &str, language: Language) -> Option<Self> {
        Some(Self::new(text.parse().ok()?, language))
    }

    /// Without markup, for sentences.
    pub(crate) fn plain(&self) -> String {
        let (before, joined) = self.language.say(("\u{a0}kl.", " kl."), ("\u{a0}at\u{a0}", " at\u{a0}"));
        // Between day and time a narrow window may break the line.
        on_one_line(calendar::moment(self.at), self.language).replace(before, joined)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, r#"<time datetime="{}">{}</time>"#, self.at, self.plain())
    }
}

impl HtmlSafe for Moment {}

/// A day in words.
pub(crate) fn day(date: Date, language: Language) -> String {
    on_one_line(calendar::day(date), language)
}

fn on_one_line(text: Text, language: Language) -> String {
    language.say(text.sv, text.en).replace(' ', &NBSP.to_string())
}

/// A number with its digits in threes.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(NBSP);
        }
        out.push(digit);
    }
    out
}

/// A size in the unit people expect.
pub(crate) fn size(bytes: u64, language: Language) -> String {
    match bytes {
        0..1_000 => format!("{bytes}{NBSP}byte{}", language.say("", "s")),
        1_000..1_000_000 => format!("{}{NBSP}kB", bytes.div_ceil(1_000)),
        _ => format!("{}{NBSP}MB", bytes.div_ceil(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_here_write_them() {
        let at = |text: &str, language| Moment::read(text, language).unwrap();
        let winter = at("2026-03-12T13:05:00Z", Language::Sv);
        assert_eq!(winter.plain().replace(NBSP, " "), "12 mars 2026 kl. 14.05");
        assert!(winter.to_string().starts_with(r#"<time datetime="2026-03-12T13:05:00Z">"#));
        let summer = at("2026-07-01T22:30:00Z", Language::En);
        assert_eq!(summer.plain().replace(NBSP, " "), "2 July 2026 at 00:30");
        assert_eq!(number(1_284).replace(NBSP, " "), "1 284");
        assert_eq!((number(7), number(999)), ("7".to_owned(), "999".to_owned()));
        assert_eq!(size(134_073, Language::Sv).replace(NBSP, " "), "135 kB");
    }
}
