//! How often: each address may fail to come in, verify and look up so many times a minute. RFC 6585, 429; what is left is
//! told as draft-ietf-httpapi-ratelimit-headers says.
//! Nobody who is known is ever counted, so that a stranger behind the same proxy locks no colleague out. This machine is
//! not counted either: a proxy here that `trusted_proxies` does not name would make one of all visitors.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::http::HeaderMap;
use axum::http::Method;

use crate::web::door;
use crate::web::network::Network;
use crate::web::options::Options;

/// Addresses remembered at most, a few megabytes. Those beyond share one count.
const ADDRESSES_MAX: usize = 65_536;
/// How long full buckets may lie before they are looked for again, when there is no room.
const SWEEP: Duration = Duration::from_secs(1);
/// Header that says, behind a proxy, who asked it.
const FORWARDED: &str = "x-forwarded-for";
/// What the figures are counted by.
const WINDOW: Duration = Duration::from_secs(60);

/// How somebody stands against a limit, for the fields `RateLimit-Policy` and `RateLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    each_minute: u32,
    left: u32,
    seconds: u32,
}

impl Standing {
    /// The limit: so many in so many seconds.
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.each_minute, WINDOW.as_secs())
    }

    /// What is left of it, and in how many seconds there is one more: where none is left, that is `Retry-After`.
    pub(crate) fn left(&self) -> String {
        format!("\"{}\";r={};t={}", self.name, self.left, self.seconds)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// An unknown token, or a login that failed.
    Failure,
    /// A verification by somebody who is not known.
    Verification,
    /// A look-up by somebody who is not known.
    LookUp,
}

impl Matter {
    /// By which name callers are told of its limit.
    fn name(self) -> &'static str {
        match self {
            Self::Failure => "failures",
            Self::Verification => "verifications",
            Self::LookUp => "look-ups",
        }
    }
}

/// The counts.
pub(crate) struct Rates {
    failures: Buckets,
    verifications: Buckets,
    look_ups: Buckets,
    proxies: Vec<Network>,
}

/// One bucket for each address, which fills again with time.
struct Buckets {
    each_minute: u32,
    kept: Mutex<HashMap<IpAddr, Bucket>>,
    /// When full buckets were last thrown away: looking through all of them is not done for each who comes.
    swept: Mutex<Option<Instant>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    pub(crate) fn new(options: &Options) -> Self {
        let of = |each_minute| Buckets { each_minute, kept: Mutex::default(), swept: Mutex::default() };
        Self {
            failures: of(options.failures_per_minute_max),
            verifications: of(options.verifications_per_minute_max),
            look_ups: of(options.look_ups_per_minute_max),
            proxies: options.trusted_proxies.clone(),
        }
    }

    /// Counts one. Where that is too many, gives the seconds to wait.
    pub(crate) fn count(&self, matter: Matter, from: Option<IpAddr>, now: Instant) -> Result<(), u32> {
        match from.filter(|address| !address.is_loopback()) {
            Some(address) => self.buckets(matter).count(network(address), now),
            None => Ok(()),
        }
    }

    /// How somebody stands who is counted; counts nothing.
    pub(crate) fn standing(&self, matter: Matter, from: Option<IpAddr>, now: Instant) -> Option<Standing> {
        let address = from.filter(|address| !address.is_loopback())?;
        self.buckets(matter).standing(matter.name(), network(address), now)
    }

    fn buckets(&self, matter: Matter) -> &Buckets {
        match matter {
            Matter::Failure => &self.failures,
            Matter::Verification => &self.verifications,
            Matter::LookUp => &self.look_ups,
        }
    }

    /// From where a request comes: the connection's address, or what a proxy that is trusted says of it. Whatever stands
    /// before the last address that no trusted proxy wrote may have been made up.
    pub(crate) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let mut address = peer.ip().to_canonical();
        let told: Vec<&str> = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).collect();
        let told = told.join(",");
        let mut told = told.rsplit(',');
        while self.is_proxy(address) {
            match told.next().map(|one| one.trim().parse::<IpAddr>()) {
                Some(Ok(before)) => address = before.to_canonical(),
                Some(Err(_)) | None => break,
            }
        }
        Some(address)
    }

    /// Whether a proxy that is trusted speaks for somebody here.
    pub(crate) fn by_proxy(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|ConnectInfo(peer)| self.is_proxy(peer.ip().to_canonical()))
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(address))
    }
}

impl Buckets {
    fn count(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        if self.each_minute == 0 {
            return Ok(());
        }
        let whole = f64::from(self.each_minute);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ADDRESSES_MAX && !kept.contains_key(&address) && self.may_sweep(now) {
            kept.retain(|_, bucket| self.filled(bucket, now) < whole);
        }
        let own = own(&kept, address);
        let bucket = kept.entry(own).or_insert(Bucket { left: whole, at: now });
        bucket.left = self.filled(bucket, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(self.until_one_more(bucket.left))
    }

    fn standing(&self, name: &'static str, address: IpAddr, now: Instant) -> Option<Standing> {
        if self.each_minute == 0 {
            return None;
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = kept.get(&own(&kept, address));
        let left = bucket.map_or(f64::from(self.each_minute), |bucket| self.filled(bucket, now));
        let seconds = self.until_one_more(left.fract());
        // Whole ones, without a conversion that could be wrong: a count of requests is small.
        let left = u32::try_from(Duration::from_secs_f64(left.max(0.0)).as_secs()).unwrap_or(self.each_minute);
        Some(Standing { name, each_minute: self.each_minute, left, seconds })
    }

    /// What a bucket holds by now.
    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + since * self.each_second()).min(f64::from(self.each_minute))
    }

    fn each_second(&self) -> f64 {
        f64::from(self.each_minute) / WINDOW.as_secs_f64()
    }

    /// Seconds until the part of one that there is has become a whole one.
    fn until_one_more(&self, part: f64) -> u32 {
        let seconds = Duration::from_secs_f64((1.0 - part).max(0.0) / self.each_second()).as_secs().saturating_add(1);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// Whether it is time to look through all buckets again; then it is done now.
    fn may_sweep(&self, now: Instant) -> bool {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = swept.is_none_or(|then| now.saturating_duration_since(then) >= SWEEP);
        if due {
            *swept = Some(now);
        }
        due
    }
}

/// The bucket of an address: its own, or where there is no more room the one that the others share.
fn own(kept: &HashMap<IpAddr, Bucket>, address: IpAddr) -> IpAddr {
    let crowded = kept.len() >= ADDRESSES_MAX && !kept.contains_key(&address);
    if crowded { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { address }
}

/// What one household or office has: an IPv4 address, or 64 bits of an IPv6 one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What a request by somebody who is not known is counted as, if as anything: what costs, or what could be guessed.
pub(crate) fn matter(method: &Method, path: &str) -> Option<Matter> {
    const LOOK_UPS: [&str; 5] = ["/api/v1/records", "/api/v1/transactions", "/handling/", "/sok", "/logga-in/"];
    // A browser asks whether it may ask: that costs nothing and tells nothing.
    if method == Method::OPTIONS {
        return None;
    }
    let verifies = method == Method::POST && (path == "/kontrollera" || path.starts_with("/api/v1/verifications"));
    if verifies {
        return Some(Matter::Verification);
    }
    (path != door::LOGIN && LOOK_UPS.iter().any(|place| path.starts_with(place))).then_some(Matter::LookUp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(proxies: &[&str]) -> Rates {
        Rates::new(&Options {
            failures_per_minute_max: 3,
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            ..Options::default()
        })
    }

    fn told(rates: &Rates, peer: &str, forwarded: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED, value.parse().unwrap());
        }
        rates.address(&extensions, &headers).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asked_it_and_only_the_last_of_what_it_says_counts() {
        let (none, one) = (rates(&[]), rates(&["10.0.0.1", "10.0.0.2"]));
        assert_eq!(told(&none, "10.0.0.1", &["203.0.113.9"]), "10.0.0.1");
        assert_eq!(told(&one, "198.51.100.7", &["203.0.113.9"]), "198.51.100.7", "anybody can write that");
        assert_eq!(told(&one, "10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(told(&one, "::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(told(&one, "10.0.0.1", &["1.2.3.4, 203.0.113.9"]), "203.0.113.9", "1.2.3.4 was made up");
        assert_eq!(told(&one, "10.0.0.1", &["1.2.3.4", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(told(&one, "10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(told(&one, "10.0.0.1", &[]), "10.0.0.1");
        let block = rates(&["10.0.0.0/8"]);
        assert_eq!(told(&block, "10.9.8.7", &["203.0.113.9, 10.1.2.3"]), "203.0.113.9", "all of a block are trusted");
        assert_eq!(told(&block, "11.0.0.1", &["203.0.113.9"]), "11.0.0.1");
    }

    #[test]
    fn so_many_a_minute_for_each_network_and_then_again() {
        let (rates, now) = (rates(&[]), Instant::now());
        let count = |address: &str, seconds: u64| {
            let address = address.parse().ok();
            rates.count(Matter::Failure, address, now + Duration::from_secs(seconds))
        };
        assert_eq!([0, 0, 0].map(|at| count("203.0.113.9", at)), [Ok(()); 3]);
        assert_eq!(count("203.0.113.9", 0), Err(21), "a third of a minute, and one");
        assert_eq!(count("203.0.113.8", 0), Ok(()), "others are others");
        assert_eq!((count("203.0.113.9", 20), count("203.0.113.9", 20)), (Ok(()), Err(21)));
        assert_eq!([1, 2, 3].map(|host| count(&format!("2001:db8::{host}"), 0)), [Ok(()); 3]);
        assert!(count("2001:db8::4", 0).is_err(), "one network");
        assert_eq!([0; 9].map(|at| count("127.0.0.1", at)), [Ok(()); 9]);
    }

    #[test]
    fn what_is_left_is_told_and_telling_counts_nothing() {
        let (rates, now) = (rates(&[]), Instant::now());
        let stranger = "203.0.113.9".parse().ok();
        let told = |seconds: u64| {
            let standing = rates.standing(Matter::Failure, stranger, now + Duration::from_secs(seconds)).unwrap();
            (standing.policy(), standing.left())
        };
        assert_eq!(told(0), ("\"failures\";q=3;w=60".to_owned(), "\"failures\";r=3;t=21".to_owned()));
        for _ in 0..2 {
            rates.count(Matter::Failure, stranger, now).unwrap();
        }
        assert_eq!(told(0).1, "\"failures\";r=1;t=21", "asked twice, told twice the same");
        assert_eq!((told(0).1, told(10).1), ("\"failures\";r=1;t=21".into(), "\"failures\";r=1;t=11".into()));
        rates.count(Matter::Failure, stranger, now).unwrap();
        let wait = rates.count(Matter::Failure, stranger, now).unwrap_err();
        assert_eq!(told(0).1, format!("\"failures\";r=0;t={wait}"), "never another time than Retry-After");
        assert_eq!(rates.standing(Matter::Failure, "127.0.0.1".parse().ok(), now), None, "who is not counted");
    }

    #[test]
    fn memory_is_bounded_however_many_come() {
        let (rates, now) = (rates(&[]), Instant::now());
        for number in 0..200_000_u32 {
            let _ = rates.count(Matter::Failure, Some(IpAddr::V4(number.to_be().into())), now);
        }
        assert!(rates.failures.kept.lock().unwrap().len() <= ADDRESSES_MAX + 1);
        let later = now + WINDOW;
        assert_eq!(rates.count(Matter::Failure, "203.0.113.9".parse().ok(), later), Ok(()), "and room comes back");
    }
}
