//! Serial numbers of certificates and time stamps: integers too long for a machine word.
//! RFC 5280 4.1.2.2: at most 20 octets and positive; others occur and are kept.

use std::cmp::Ordering;
use std::fmt;

/// A serial number, in the fewest octets of two's complement, so that equal numbers are equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Serial(Box<[u8]>);

impl Serial {
    /// From the content octets of an INTEGER.
    #[must_use]
    pub fn new(content: &[u8]) -> Self {
        let mut octets = content;
        while let [sign @ (0 | 0xff), next, ..] = octets {
            if (next & 0x80 == 0) != (*sign == 0) {
                break;
            }
            octets = octets.get(1..).unwrap_or_default();
        }
        Self(octets.into())
    }

    /// The octets of two's complement.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is greater than zero, as RFC 5280 demands.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.0.first().is_some_and(|first| first & 0x80 == 0) && self.0.iter().any(|octet| *octet != 0)
    }
}

/// As numbers, where neither is negative: the shorter is the smaller.
impl Ord for Serial {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Hexadecimal, upper case, without the octet that only carries the sign.
impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsigned = self.0.strip_prefix(&[0]).filter(|rest| !rest.is_empty());
        unsigned.unwrap_or(&self.0).iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_equal_however_padded() {
        assert_eq!(Serial::new(&[0, 0, 0x80]), Serial::new(&[0, 0x80]));
        assert_ne!(Serial::new(&[0, 0x80]), Serial::new(&[0x80]));
        assert_eq!(Serial::new(&[0, 0x80, 1]).to_string(), "8001");
        assert_eq!(Serial::new(&[0]).to_string(), "00");
        assert!(Serial::new(&[1]).is_positive() && !Serial::new(&[0]).is_positive());
        assert!(!Serial::new(&[0xff]).is_positive());
        assert!(Serial::new(&[1, 0]) > Serial::new(&[2]) && Serial::new(&[0, 0x80]) > Serial::new(&[0x7f]));
    }
}
