//! What would settle what is still open: where a certificate says that its revocation is told, and its issuer kept.
//! VALIDATION 9.1 (7) and 8.2; RFC 5280 4.2.1.13 and 4.2.2.1. The engine never fetches; `archive::gather` may.

use jiff::Timestamp;

use crate::format::ocsp;
use crate::format::x509::Certificate;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::policy::Policy;
use crate::verify::validity::Chain;
use crate::verify::validity::Link;

/// Addresses taken from one certificate; real ones have one or two.
const ADDRESSES_MAX: usize = 4;

/// Evidence that would settle an open question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A revocation list at this address.
    Crl(String),
    /// An answer from this address to this question.
    Ocsp(String, ocsp::Request),
    /// The issuer's certificate at this address.
    Issuer(String),
    /// A trust anchor with this name.
    Anchor(String),
}

impl Missing {
    /// The host that could be asked; none for an anchor, which somebody must choose.
    pub fn host(&self) -> Option<&str> {
        let (Self::Crl(url) | Self::Ocsp(url, _) | Self::Issuer(url)) = self else { return None };
        let (_, rest) = url.split_once("://")?;
        rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
    }
}

/// What would settle the revocation of a path's certificates: of those about which nothing is known, and, unless the
/// signature holds by what is known (`settled`), of those about which nothing fresh is. Nothing fresh is to be had of a
/// certificate that has expired, and nothing undoes a revocation.
pub fn of_chain(chain: &Chain, settled: bool, policy: &Policy, now: Timestamp) -> Vec<Missing> {
    let open = |link: &Link| {
        let valid = (link.certificate.not_before..=link.certificate.not_after).contains(&now);
        let known = link.decisive().is_some_and(|datum| settled || datum.says.is_final() || link.is_fresh(policy, now));
        valid && !link.skipped && !known
    };
    let issuers = chain.path.certificates().iter().skip(1);
    let links = chain.links.iter().zip(issuers).filter(|(link, _)| open(link));
    links.flat_map(|(link, issuer)| sources(&link.certificate, issuer)).collect()
}

/// What would lengthen a path that ends nowhere: its last certificate's issuer, where that certificate says where it is.
pub fn of_path(furthest: &[Certificate]) -> Vec<Missing> {
    let last = furthest.last().filter(|last| !last.is_self_issued());
    let urls = last.into_iter().flat_map(|last| web(&last.extensions.ca_issuer_urls));
    urls.map(|url| Missing::Issuer(url.clone())).collect()
}

/// Where a certificate says that its revocation is told.
fn sources(certificate: &Certificate, issuer: &Certificate) -> Vec<Missing> {
    let sha1 = |bytes: &[u8]| crypto::digest(DigestAlgorithm::Sha1, &[bytes]);
    let request = ocsp::Request {
        issuer_name_sha1: sha1(issuer.subject.raw()),
        issuer_key_sha1: sha1(&issuer.public_key.key),
        serial: certificate.serial.clone(),
    };
    let lists: Vec<String> = certificate.extensions.crl_urls().map(str::to_owned).collect();
    let lists = web(&lists).map(|url| Missing::Crl(url.clone())).collect::<Vec<_>>();
    let answers = web(&certificate.extensions.ocsp_urls).map(|url| Missing::Ocsp(url.clone(), request.clone()));
    answers.chain(lists).collect()
}

/// The addresses on the web; lists in directories (LDAP) are not fetched.
fn web(urls: &[String]) -> impl Iterator<Item = &String> {
    let scheme = |url: &&String| {
        let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
        start.starts_with("http://") || start.starts_with("https://")
    };
    urls.iter().filter(scheme).take(ADDRESSES_MAX)
}
