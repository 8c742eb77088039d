//! Object identifiers in dotted form.
//! X.690 8.19.

use std::fmt;

/// Longest object identifier read, in content bytes; a time-stamp policy of the vectors has 60.
const OID_BYTES_MAX: usize = 128;

/// An object identifier in dotted form, such as `1.2.840.113549.1.7.2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Box<str>);

impl Oid {
    /// The dotted form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One that a standard names, where a structure has it as its default.
    #[must_use]
    pub(in crate::format) fn known(dotted: &'static str) -> Self {
        Self(dotted.into())
    }

    /// From the content bytes of an OBJECT IDENTIFIER. `None` if they are malformed or longer than any real one.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Option<Self> {
        if content.len() > OID_BYTES_MAX || content.last().is_none_or(|last| last & 0x80 != 0) {
            return None;
        }
        let mut dotted = String::new();
        let mut arc: u128 = 0;
        let mut arc_started = false;
        for &byte in content {
            // X.690 8.19.2: an arc never starts with a padding byte.
            if !arc_started && byte == 0x80 {
                return None;
            }
            arc_started = true;
            arc = arc.checked_mul(128)?.checked_add(u128::from(byte & 0x7f))?;
            if byte & 0x80 != 0 {
                continue;
            }
            if dotted.is_empty() {
                let root = (arc / 40).min(2);
                dotted = format!("{root}.{}", arc - root * 40);
            } else {
                dotted.push('.');
                dotted.push_str(&arc.to_string());
            }
            (arc, arc_started) = (0, false);
        }
        Some(Self(dotted.into()))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Oid {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Oid {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_identifiers() {
        let oid = |bytes: &[u8]| Oid::from_content(bytes).map(|oid| oid.to_string());
        assert_eq!(oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]).as_deref(), Some("1.2.840.113549.1.7.2"));
        assert_eq!(oid(&[0x2a, 0x85, 0x70, 0x81, 0x49, 5, 1]).as_deref(), Some("1.2.752.201.5.1"));
        assert_eq!(oid(&[0x88, 0x37]).as_deref(), Some("2.999"));
        assert_eq!(oid(&[]), None);
        assert_eq!(oid(&[0x2a, 0x86]), None, "an arc is cut short");
        assert_eq!(oid(&[0x2a, 0x80, 1]), None, "an arc is padded");
        assert_eq!(oid(&[0xff; 40]), None);
    }
}
