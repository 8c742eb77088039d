//! Who comes in by a client certificate, such as one of a SITHS card or of another authority's system. RFC 9440.
//! The certificate was proved by TLS, to us or to a proxy that is trusted; here it only gets a name and a role.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;

use crate::archive::encoding::hex;
use crate::format::x509;
use crate::verify::crypto;
use crate::web::auth::Role;

/// Where a proxy says which certificate it was shown.
const HEADER: &str = "client-cert";

/// A certificate that somebody comes in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Known {
    /// The name at acts.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// SHA-256 of the certificate, hex; or its subject, the last part first: `CN=name, O=body, C=SE`.
    pub certificate: String,
}

impl Known {
    /// Reads `ROLE NAME = SHA-256 or subject`.
    pub fn read(text: &str) -> Option<Self> {
        let (who, certificate) = text.split_once(" = ")?;
        let (role, name) = who.trim().split_once(' ')?;
        let role = Role::ALL.into_iter().find(|known| known.name() == role)?;
        let (name, certificate) = (name.trim().to_owned(), certificate.trim().to_owned());
        (!name.is_empty() && !certificate.is_empty()).then_some(Self { name, role, certificate })
    }
}

impl TryFrom<String> for Known {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::read(&text).ok_or("a certificate is written `ROLE NAME = SHA-256 or subject`")
    }
}

impl From<Known> for String {
    fn from(known: Known) -> Self {
        format!("{} {} = {}", known.role.name(), known.name, known.certificate)
    }
}

/// Whoever comes in with a certificate.
pub(crate) fn find<'k>(known: &'k [Known], shown: &[u8]) -> Option<&'k Known> {
    let fingerprint = hex(&crypto::sha256(&[shown]));
    let subject = x509::Certificate::read(shown).ok().map(|certificate| certificate.subject.to_string());
    known.iter().find(|one| {
        let written: String = one.certificate.chars().filter(|each| *each != ':').collect();
        written.eq_ignore_ascii_case(&fingerprint) || subject.as_ref() == Some(&one.certificate)
    })
}

/// The certificate that a proxy was shown: one header, one byte sequence.
pub(crate) fn told(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut all = headers.get_all(HEADER).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let encoded = only.to_str().ok()?.trim().strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(encoded).ok()
}
