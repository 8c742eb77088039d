//! Host names and mail addresses inside certificates, as far as name constraints need them.
//! RFC 5280 4.2.1.6 and 4.2.1.10; RFC 1123 2.1. Letter case does not matter in hosts; it does before the `@`.

/// Longest host name there is (RFC 1035 2.3.4).
const HOST_BYTES_MAX: usize = 253;
/// Longest label of one.
const LABEL_BYTES_MAX: usize = 63;

/// A host name: its labels in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(Vec<String>);

impl Host {
    /// Reads one. `None`: it is no host name; a wildcard and an address are none either, for no domain ends in a number
    /// (RFC 3696 2).
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let label = |label: &str| (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(letter);
        let digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let sound = text.len() <= HOST_BYTES_MAX && text.split('.').all(label) && !text.rsplit('.').take(1).all(digits);
        sound.then(|| Self(text.split('.').map(str::to_ascii_lowercase).collect()))
    }

    /// Whether it is this domain or lies below it.
    #[must_use]
    pub fn within(&self, domain: &Self) -> bool {
        self.0.ends_with(&domain.0)
    }

    /// Whether it lies below this domain.
    #[must_use]
    pub fn below(&self, domain: &Self) -> bool {
        self.0.len() > domain.0.len() && self.within(domain)
    }

    /// The host that a URI names after `//`. `None`: it names none, or an address.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        let (_, after) = uri.split_once("://")?;
        let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let host = match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) | None => place,
        };
        Self::read(host)
    }
}

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// What stands before the `@`, letter for letter.
    pub local: String,
    /// What stands after it.
    pub host: Host,
}

impl Mailbox {
    /// Reads one. `None`: it is none; one with a quoted part is none here.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (local, host) = text.split_once('@')?;
        let sound = !local.is_empty() && local.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        Host::read(host).filter(|_| sound).map(|host| Self { local: local.to_owned(), host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_uris() {
        let host = Host::read("www.Example.se").unwrap();
        for uri in ["http://www.example.se", "https://x:y@WWW.example.se:443/a@b?c", "ftp://www.example.se#a"] {
            assert_eq!(Host::of_uri(uri), Some(host.clone()), "{uri}");
        }
        for uri in ["http://192.0.2.1/", "http://[2001:db8::1]/", "urn:a:b", "http:///a", "mailto:a@example.se", ""] {
            assert_eq!(Host::of_uri(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_mail_address_has_one_at_sign_and_minds_letter_case_before_it() {
        assert_eq!(Mailbox::read("a*@Example.se"), Mailbox::read("a*@example.SE"));
        assert_ne!(Mailbox::read("A@example.se"), Mailbox::read("a@example.se"));
        for text in ["a@b@example.se", "@example.se", "a@", "a", "a b@example.se", "a@*.example.se"] {
            assert_eq!(Mailbox::read(text), None, "{text}");
        }
    }
}
