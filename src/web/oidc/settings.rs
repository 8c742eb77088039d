//! How an identity provider is named, and what its words mean here: who somebody is, and which role they have.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::archive::settings::Secret;
use crate::verify::mask::masked;
use crate::web::auth::Role;
use crate::web::oidc::token::Claims;

/// Longest value that names a person, in bytes; Core allows a subject as many.
const PERSON_BYTES_MAX: usize = 255;
/// Largest file that holds a secret, in bytes.
const SECRET_BYTES_MAX: usize = 4096;

/// A provider of OpenID Connect, such as Entra ID, Keycloak or AD FS: `[oidc]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its address, exactly as it names itself.
    pub issuer: String,
    /// Our name with it.
    pub client_id: String,
    /// The file of our secret with it; none for a client that has none.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The authorities (PEM) that its certificate must come from, where those are the body's own. Default: the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What it is called on the login page. Default: the body's account.
    #[serde(default = "name")]
    pub name: String,
    /// What is asked for.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim that lists groups or roles; parts within one another are parted by dots.
    #[serde(default = "role_claim")]
    pub role_claim: String,
    /// The claim that names the person.
    #[serde(default = "person_claim")]
    pub person_claim: String,
    /// Which role a group or a role there has here. Who has several has the one that may decide most.
    pub roles: BTreeMap<String, Role>,
}

fn name() -> String {
    "arbetskonto".to_owned()
}

fn scopes() -> Vec<String> {
    ["openid", "profile"].map(str::to_owned).into()
}

fn role_claim() -> String {
    "roles".to_owned()
}

fn person_claim() -> String {
    "sub".to_owned()
}

/// Our secret with the provider.
#[derive(Debug)]
pub(super) struct ClientSecret(Secret);

impl ClientSecret {
    pub(super) fn read(&self) -> &str {
        &self.0.0
    }
}

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address without TLS to another machine, or none.
    #[error("[oidc] issuer: an https address is expected, without query")]
    Issuer,
    /// Nobody can be sent back.
    #[error("[oidc] needs public_url, the address that people are sent back to")]
    PublicUrl,
    /// OpenID Connect without `openid`.
    #[error("[oidc] scopes must hold openid")]
    Scopes,
    /// The authorities cannot be read.
    #[error("[oidc] ca_file cannot be read: {0}")]
    Authorities(String),
    /// The secret cannot be read. Says nothing of its content.
    #[error("[oidc] client_secret_file cannot be read: {0}")]
    Secret(String),
}

impl Settings {
    /// Looks at what can be looked at without asking anybody; gives our secret.
    pub(super) fn checked(&self) -> Result<Option<ClientSecret>, Error> {
        if !allowed(&self.issuer, &self.issuer) || self.issuer.contains(['?', '#']) {
            return Err(Error::Issuer);
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err(Error::Scopes);
        }
        let Some(path) = &self.client_secret_file else { return Ok(None) };
        let text = fs::read_to_string(path).map_err(|error| Error::Secret(error.to_string()))?;
        let text = text.trim();
        if text.is_empty() || text.len() > SECRET_BYTES_MAX {
            return Err(Error::Secret("it is empty or endless".to_owned()));
        }
        Ok(Some(ClientSecret(Secret(text.to_owned()))))
    }

    /// The authorities that its certificate must come from, DER; none where the public ones will do.
    pub(super) fn authorities(&self) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let Some(path) = &self.ca_file else { return Ok(None) };
        let found = CertificateDer::pem_file_iter(path).map_err(|error| Error::Authorities(error.to_string()))?;
        let found: Result<Vec<Vec<u8>>, _> = found.map(|one| one.map(|der| der.to_vec())).collect();
        let found = found.map_err(|error| Error::Authorities(error.to_string()))?;
        if found.is_empty() {
            return Err(Error::Authorities("it holds no certificate".to_owned()));
        }
        Ok(Some(found))
    }

    /// As whom somebody acts: the issuer, which has no `#`, and its name for the person. A name that holds a personal
    /// number is none: it would stand in logs.
    pub(super) fn person(&self, claims: &Claims) -> Option<String> {
        let name = claims.get(&self.person_claim)?.as_str()?;
        let whole = !name.trim().is_empty() && name.len() <= PERSON_BYTES_MAX && !name.chars().any(char::is_control);
        (whole && masked(name) == name).then(|| format!("{}#{name}", self.issuer))
    }

    /// The role that somebody has here.
    pub(super) fn role(&self, claims: &Claims) -> Option<Role> {
        let words: Vec<&str> = match at(claims, &self.role_claim)? {
            Value::String(one) => vec![one],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
        };
        let known: Vec<Role> = words.into_iter().filter_map(|word| self.roles.get(word).copied()).collect();
        Role::ALL.into_iter().rev().find(|role| known.contains(role))
    }
}

/// A claim by its name; where there is none, by the names of what it stands in (`realm_access.roles`).
fn at<'c>(claims: &'c Claims, path: &str) -> Option<&'c Value> {
    if let Some(found) = claims.get(path) {
        return Some(found);
    }
    let (outer, inner) = path.split_once('.')?;
    at(claims.get(outer)?.as_object()?, inner)
}

/// Whether an address may be asked: by TLS, or on this machine where the issuer itself stands here.
pub(super) fn allowed(place: &str, issuer: &str) -> bool {
    let https = |uri: &Uri| uri.scheme_str() == Some("https") && uri.host().is_some();
    let here = |text: &str| text.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("http") && loopback(&uri));
    place.parse::<Uri>().is_ok_and(|uri| https(&uri)) || (here(place) && here(issuer))
}

fn loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
