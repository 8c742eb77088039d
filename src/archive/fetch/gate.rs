//! Whom we talk to: every connection is to an address that was looked at after its name was resolved, and to no other,
//! so that neither a redirect nor a name that changes its mind leads inside (server-side request forgery).

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::NextTimeout;

use crate::archive::fetch::Trouble;

/// The ports of HTTP and HTTPS; of the others below 1024, none is asked.
const WEB_PORTS: [u16; 2] = [80, 443];
/// The first port that no system service has by custom.
const FREE_PORTS_FROM: u16 = 1024;

/// Who may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// These names only, `.example.se` standing for every name below it; any name, where there are none.
    pub only: Vec<String>,
    /// Addresses inside one's own network that may be asked all the same.
    pub inside: Vec<IpAddr>,
    /// Hosts that the operator wrote down himself, by their whole names: they may stand anywhere.
    pub anywhere: Vec<String>,
}

impl Hosts {
    /// Any host with a public address.
    pub const PUBLIC: Self = Self { only: Vec::new(), inside: Vec::new(), anywhere: Vec::new() };

    /// The very hosts of these addresses, which the operator wrote down: no other host is asked, and these wherever they
    /// stand. None at all where no address has a host.
    pub fn named<'u>(urls: impl IntoIterator<Item = &'u str>) -> Self {
        let hosts: Vec<String> = urls.into_iter().filter_map(host).collect();
        // A list of nothing would mean anybody; no host has an empty name.
        let only = if hosts.is_empty() { vec![String::new()] } else { hosts.clone() };
        Self { only, inside: Vec::new(), anywhere: hosts }
    }

    /// These, and the host of an address that the operator wrote down, wherever it stands.
    #[must_use]
    pub fn and(mut self, url: &str) -> Self {
        if let Some(host) = host(url) {
            if !self.only.is_empty() {
                self.only.push(host.clone());
            }
            self.anywhere.push(host);
        }
        self
    }

    /// Whether a host by this name may be asked.
    fn names(&self, host: &str) -> bool {
        let host = plain(host);
        let named = |known: &String| match known.strip_prefix('.') {
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == *known,
        };
        self.only.is_empty() || self.only.iter().map(|known| known.to_ascii_lowercase()).any(|known| named(&known))
    }

    /// Whether a host by this name may be connected to at this address.
    fn admits(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.inside.contains(&address) || self.anywhere.contains(&plain(host))
    }
}

/// The host of an address, as it is compared.
fn host(url: &str) -> Option<String> {
    Some(plain(url.parse::<Uri>().ok()?.host()?))
}

/// A host's name as it is compared.
fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Finds addresses, and refuses a name of which any address is not public.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) hosts: Hosts,
}

impl Resolver for Gate {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let refused = |trouble: Trouble| ureq::Error::Other(Box::new(trouble));
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let port = uri.port_u16().is_none_or(|port| port >= FREE_PORTS_FROM || WEB_PORTS.contains(&port));
        let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let host = uri.host().filter(|_| web && port && bare).ok_or_else(|| refused(Trouble::Address))?;
        if !self.hosts.names(host) {
            return Err(refused(Trouble::Host(host.to_owned())));
        }
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        match addresses.iter().find(|address| !self.hosts.admits(host, address.ip())) {
            Some(inside) => Err(refused(Trouble::Inside(inside.ip()))),
            None => Ok(addresses),
        }
    }
}

/// Whether an address is anybody's on the public network: neither private, loopback, link-local, shared (CGNAT),
/// multicast, documentation, benchmarking or reserved, nor one that carries another address inside (IPv4-mapped, NAT64,
/// 6to4, Teredo). After the IANA special-purpose registries; an address the registries do not know as global is none.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127 | 224.., ..] | [169, 254, ..] | [192, 168, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] => false,
        [100, second, ..] => !(64..=127).contains(&second),
        [172, second, ..] => !(16..=31).contains(&second),
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => false,
        [_, _, _, _] => true,
    }
}

/// Global unicast is 2000::/3; what in it is set apart is refused.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0x0db8, ..] | [0x2002, ..] => false,
        [0x2001, second, ..] => second > 0x01ff,
        [0x3fff, second, ..] => second > 0x0fff,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "193.10.0.1",
            "198.17.0.1",
            "223.255.255.255",
            "2a00:1450::1",
            "2001:200::1",
            "2600::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_list_of_hosts_names_them_and_a_dot_those_below() {
        let hosts = Hosts { only: vec!["ocsp.Example.se".to_owned(), ".myndighet.se".to_owned()], ..Hosts::PUBLIC };
        for named in ["OCSP.example.SE", "ocsp.example.se.", "crl.myndighet.se", "a.b.myndighet.se"] {
            assert!(hosts.names(named), "{named}");
        }
        for other in ["example.se", "xocsp.example.se", "myndighet.se", "xmyndighet.se", "myndighet.se.evil.com", ""] {
            assert!(!hosts.names(other), "{other}");
        }
        assert!(Hosts::PUBLIC.names("anything.example"));
    }

    #[test]
    fn a_host_that_was_written_down_may_stand_inside_and_no_other_is_asked() {
        let inside = "10.1.2.3".parse().unwrap();
        let hosts = Hosts::named(["https://Vittne.kommun.se./logg", "http://[fd12::7]:8080/"]);
        assert!(hosts.names("vittne.kommun.se") && hosts.admits("vittne.kommun.se", inside));
        assert!(hosts.names("[fd12::7]") && hosts.admits("[fd12::7]", "fd12::7".parse().unwrap()));
        for other in ["kommun.se", "x.vittne.kommun.se", "10.1.2.3"] {
            assert!(!hosts.names(other) && !hosts.admits(other, inside), "{other}");
        }
        let nobody = Hosts::named(["no address"]);
        assert!(!nobody.names("vittne.kommun.se") && !nobody.names("no address"));
    }
}
