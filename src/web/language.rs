//! Which language an answer speaks: the link's `lang`, else `Accept-Language` (RFC 9110, 12.5.4), else Swedish.
//! No cookie remembers it; pages carry it on in their links.

use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::archive::encoding;

/// A language of the house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Swedish.
    #[default]
    Sv,
    /// English.
    En,
}

impl Language {
    /// The language asked for in a request.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("lang="));
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        asked.fold(None, |_, tag| Some(tag)).and_then(Self::named).unwrap_or_else(|| Self::accepted(accepted))
    }

    /// The best of the two in an `Accept-Language`; the earlier of equals.
    fn accepted(header: &str) -> Self {
        let mut best = (Self::Sv, 0.0);
        for part in header.split(',') {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            match Self::named(tag.trim()) {
                Some(language) if weight > best.1 => best = (language, weight),
                Some(_) | None => {}
            }
        }
        best.0
    }

    fn named(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "sv" => Some(Self::Sv),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The tag for `lang` attributes and `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::En => "en",
        }
    }

    /// One of two words.
    pub(crate) fn say<T>(self, sv: T, en: T) -> T {
        match self {
            Self::Sv => sv,
            Self::En => en,
        }
    }

    /// The sentence in this language.
    pub(crate) fn of_text(self, text: &encoding::Text) -> &str {
        self.say(&text.sv, &text.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, accept: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        Language::of(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_link_decides_then_the_browser_then_swedish() {
        assert_eq!(asked("/", ""), Language::Sv);
        assert_eq!(asked("/", "de, fr;q=0.8"), Language::Sv);
        assert_eq!(asked("/", "en-GB,en;q=0.9,sv;q=0.8"), Language::En);
        assert_eq!(asked("/", "en;q=0.5, sv-SE"), Language::Sv);
        assert_eq!(asked("/?q=1&lang=sv", "en"), Language::Sv);
        assert_eq!(asked("/?lang=en", "sv"), Language::En);
        assert_eq!(asked("/?lang=xx", "en"), Language::En);
    }
}
