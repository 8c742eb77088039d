//! What a form sent, by name, and addresses made of it anew. WHATWG URL, `application/x-www-form-urlencoded`.

use std::fmt::Write;

use crate::verify::mask::masked;

/// Longest value that is taken from an address, in letters.
const LETTERS_MAX: usize = 500;

/// Names and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// What was sent by a name, without space around it; nothing where it is blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rfind(|(own, _)| own == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }

    /// The same as a text that is stored: none where blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// As it was typed, to be shown again: a personal number never is.
    pub(crate) fn shown(&self, name: &str) -> String {
        self.get(name).map(|text| masked(&text.chars().take(LETTERS_MAX).collect::<String>())).unwrap_or_default()
    }

    /// Every value sent by a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.trim()).collect()
    }

    /// An address with what was asked and says something, one name anew; without it where there is no value.
    pub(crate) fn address(&self, path: &str, changed: &[(&str, Option<&str>)]) -> String {
        let kept = self
            .0
            .iter()
            .filter(|(name, value)| !value.trim().is_empty() && !changed.iter().any(|(changed, _)| changed == name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let anew = changed.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let pairs: Vec<String> =
            kept.chain(anew).map(|(name, value)| format!("{}={}", encoded(name), encoded(value.trim()))).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }
}

/// A text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked_but_for_what_changes() {
        let pairs = [("text", "å & \"ä\""), ("organ", " "), ("sida", "3"), ("lang", "en")];
        let asked = Asked::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(
            asked.address("/register", &[("sida", None), ("ordning", Some("titel"))]),
            "/register?text=%C3%A5+%26+%22%C3%A4%22&lang=en&ordning=titel"
        );
        assert_eq!((asked.get("organ"), asked.get("sida")), (None, Some("3")));
        assert_eq!(Asked::default().address("/x", &[]), "/x");
    }
}
