//! Networks as settings name them: an address, or a block of them. CIDR notation, RFC 4632 and RFC 4291 section 2.3.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Serialize;
use serde::Serializer;

/// An address, or all that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

/// What is wrong with a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Not an address, nor one with a length.
    #[error("write an address such as 10.0.0.1, or a block such as 10.0.0.0/8")]
    Syntax,
    /// The length is beyond the address's own, or 0, which is everybody.
    #[error("after / stands a number from 1 to {0}")]
    Length(u32),
    /// The address has bits beyond the length: which is meant is not clear.
    #[error("the block begins with another address; write {0}")]
    First(Network),
}

impl Network {
    /// Whether an address is one of these.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && left(address) & mask(self.bits) == left(self.first)
    }
}

/// An address's bits, pushed to the left.
fn left(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0)
}

fn length(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl FromStr for Network {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| Malformed::Syntax)?;
        let Some(bits) = bits else { return Ok(address.to_canonical().into()) };
        let own = length(address);
        let bits = bits.parse().ok().filter(|bits| (1..=own).contains(bits)).ok_or(Malformed::Length(own))?;
        let kept = left(address) & mask(bits);
        let first = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(kept >> 96).unwrap_or_default().into()),
            IpAddr::V6(_) => IpAddr::V6(kept.into()),
        };
        let network = Self { first, bits };
        if first == address { Ok(network) } else { Err(Malformed::First(network)) }
    }
}

impl From<IpAddr> for Network {
    fn from(first: IpAddr) -> Self {
        Self { first, bits: length(first) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == length(self.first) {
            write!(out, "{}", self.first)
        } else {
            write!(out, "{}/{}", self.first, self.bits)
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_block_holds_the_addresses_that_begin_as_it_does_and_no_others() {
        for (block, inside, outside) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.6/31", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.6/32", "192.0.2.6", "192.0.2.7"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
            ("8000::/1", "ffff::", "7fff::"),
            ("128.0.0.0/1", "255.0.0.1", "ff00::1"),
            ("::ffff:10.0.0.1", "10.0.0.1", "::ffff:10.0.0.1"),
        ] {
            let has = |address: &str| network(block).contains(address.parse().expect("an address"));
            assert_eq!((has(inside), has(outside)), (true, false), "{block}");
        }
        assert_eq!(network("10.0.0.0/8").to_string(), "10.0.0.0/8");
        assert_eq!(network("10.0.0.1/32").to_string(), "10.0.0.1");
    }

    #[test]
    fn what_is_no_block_is_refused_with_what_is_wrong() {
        let refused = |text: &str| text.parse::<Network>().map(|network| network.to_string());
        for text in ["", "proxy", "10.0.0", "10.0.0.0.0/8", "/8", "10.0.0.1:80", "10.0.0.0 /8"] {
            assert_eq!(refused(text), Err(Malformed::Syntax), "{text}");
        }
        for text in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "0.0.0.0/0", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0"] {
            assert_eq!(refused(text), Err(Malformed::Length(32)), "{text}");
        }
        assert_eq!(refused("::/129"), Err(Malformed::Length(128)));
        assert_eq!(refused("10.1.2.3/8"), Err(Malformed::First(network("10.0.0.0/8"))));
    }
}
