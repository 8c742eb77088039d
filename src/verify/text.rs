//! Sentences for people, Swedish first, and the findings that carry them.
//! Wording follows the project's user guide: plain words, cause and what to do; check ids stay in the code.

/// One sentence in both languages. Swedish is what registrars read; English is for everyone else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Pairs the two languages.
    pub fn new(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { sv: sv.into(), en: en.into() }
    }
}

/// Something a check found: a stable code (`BR-4`, `REVOCATION_NOT_CHECKED`) and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check id of the project's validation spec, or an upper-case word where it gives none. Never reworded.
    pub code: &'static str,
    /// What it means, with the values compared.
    pub text: Text,
}

impl Finding {
    /// A finding with its sentence in both languages.
    pub fn new(code: &'static str, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, text: Text::new(sv, en) }
    }
}
