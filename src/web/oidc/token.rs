//! An ID token: whether it is believed, and what it says. OpenID Connect Core 3.1.3.7; RFC 7515, 7519, 8725.
//! Nothing of it is used before the signature holds.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;

use crate::web::oidc::keys;
use crate::web::oidc::keys::Algorithm;
use crate::web::oidc::keys::Key;

/// Longest token read, in bytes: one with hundreds of groups fits.
const TOKEN_BYTES_MAX: usize = 64 << 10;
/// How far two clocks may differ, in seconds.
const SKEW: i64 = 60;
/// How old a token may be that was asked for a moment ago, in seconds: some providers set it back by five minutes.
const AGE_MAX: i64 = 600;

/// Whose token is believed, for whom, and in which login.
pub(super) struct Expected<'e> {
    pub(super) issuer: &'e str,
    pub(super) client: &'e str,
    pub(super) nonce: &'e str,
    pub(super) now: Timestamp,
}

/// A token in its parts; nothing of it is believed yet.
pub(super) struct Unproved<'t> {
    algorithm: Algorithm,
    header: Header,
    message: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

/// What a believed token says.
pub(super) type Claims = Map<String, Value>;

/// Why a token is not believed, for the log.
pub(super) type Doubt = &'static str;

impl<'t> Unproved<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, Doubt> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err("the token is too long");
        }
        let (message, signature) = token.rsplit_once('.').ok_or("not a signed token")?;
        let (header, payload) = message.split_once('.').ok_or("not a signed token")?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "not base64url");
        let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| "its header cannot be read")?;
        let algorithm = Algorithm::read(&header.alg).ok_or("its algorithm is not one that is believed")?;
        if header.crit.is_some() {
            return Err("it asks for what we do not know (crit)");
        }
        Ok(Self { algorithm, header, message, payload: decoded(payload)?, signature: decoded(signature)? })
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// What it says, where it is signed by one of these keys, by whom, for whom and in the login it should be.
    pub(super) fn proved(&self, by: &[Key], expected: &Expected<'_>) -> Result<Claims, Doubt> {
        let message = self.message.as_bytes();
        if !keys::signed(by, self.kid(), self.algorithm, &self.header.alg, message, &self.signature) {
            return Err("no key of the provider made its signature");
        }
        let claims: Claims = serde_json::from_slice(&self.payload).map_err(|_| "its claims cannot be read")?;
        expected.met(&claims)?;
        Ok(claims)
    }
}

impl Expected<'_> {
    fn met(&self, claims: &Claims) -> Result<(), Doubt> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time = |name: &str| claims.get(name).and_then(Value::as_i64);
        let now = self.now.as_second();
        if text("iss") != Some(self.issuer) {
            return Err("another issuer (iss)");
        }
        let (ours, others) = match claims.get("aud") {
            Some(Value::String(only)) => (only == self.client, false),
            Some(Value::Array(all)) => (all.iter().any(|one| one.as_str() == Some(self.client)), all.len() > 1),
            _ => (false, false),
        };
        if !ours {
            return Err("meant for somebody else (aud)");
        }
        if claims.contains_key("azp") || others {
            // A token for several is ours only where it says that we asked for it.
            if text("azp") != Some(self.client) {
                return Err("issued to somebody else (azp)");
            }
        }
        if time("exp").is_none_or(|at| at <= now.saturating_sub(SKEW)) {
            return Err("expired (exp)");
        }
        if time("iat").is_none_or(|at| at > now.saturating_add(SKEW) || at < now.saturating_sub(AGE_MAX)) {
            return Err("not of now (iat)");
        }
        if claims.contains_key("nbf") && time("nbf").is_none_or(|at| at > now.saturating_add(SKEW)) {
            return Err("not valid yet (nbf)");
        }
        if text("nonce") != Some(self.nonce) {
            return Err("of another login (nonce)");
        }
        match text("sub") {
            Some(subject) if !subject.is_empty() => Ok(()),
            _ => Err("about nobody (sub)"),
        }
    }
}
