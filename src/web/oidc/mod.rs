//! Login through an identity provider: authorization code with PKCE. OpenID Connect Core and Discovery 1.0; RFC 6749, 7636,
//! 9207. Nothing is kept here between the two halves of a login: what binds them is one secret in the browser's cookie.

mod keys;
mod settings;
mod token;

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Hosts;
use crate::archive::fetch::Limits;
use crate::archive::fetch::Trouble;
use crate::verify::crypto;
use crate::web::auth::Role;

pub use self::settings::Error;
pub use self::settings::Settings;

use self::keys::Key;
use self::settings::allowed;
use self::token::Expected;
use self::token::Unproved;

/// Where the provider sends people back to.
pub(crate) const ANSWER: &str = "/logga-in/svar";
/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";
/// Longest answer of a provider that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How long one answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// How long what a provider says of itself, and its keys, are believed without asking anew.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How often, at most, an unknown key has the keys fetched before that.
const KEYS_ANEW: SignedDuration = SignedDuration::from_mins(1);

/// The provider, and what it said last.
#[derive(Debug)]
pub(crate) struct Provider {
    settings: Settings,
    secret: Option<settings::ClientSecret>,
    /// Our address, which people are sent back to.
    public_url: String,
    exchange: Exchange,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    discovered: Option<(Discovery, Timestamp)>,
    keys: Vec<Key>,
    keys_at: Option<Timestamp>,
    /// When an unknown key last had them fetched.
    anew_at: Option<Timestamp>,
}

/// What a provider says of itself.
#[derive(Clone, Debug, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// What the provider sends somebody back with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    iss: Option<String>,
}

/// Somebody whom the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Issuer and subject: as whom they act.
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Why nobody comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The provider does not answer, or not as it should.
    Unreachable(String),
    /// The provider let nobody through, such as one who changed their mind.
    Denied,
    /// This answer is to no login that this browser began.
    NotAsked,
    /// What the provider sent is not believed.
    NotBelieved(&'static str),
    /// The person is known, but has no role here.
    NoRole,
    /// What was to name the person is missing, endless, or holds a personal number.
    NoName,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Unreachable(trouble.to_string())
    }
}

/// What both halves of a login know: all of it follows from the secret, none of it tells the secret.
struct Bound<'s>(&'s str);

impl Bound<'_> {
    fn state(&self) -> String {
        self.derived("state")
    }

    fn nonce(&self) -> String {
        self.derived("nonce")
    }

    fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// PKCE's S256.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(crypto::sha256(&[self.verifier().as_bytes()]))
    }

    fn derived(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(crypto::sha256(&[b"sigill login ", what.as_bytes(), b" ", self.0.as_bytes()]))
    }
}

impl Provider {
    pub(crate) fn new(settings: Settings, public_url: Option<&str>) -> Result<Self, Error> {
        let secret = settings.checked()?;
        let public_url = public_url.ok_or(Error::PublicUrl)?.to_owned();
        // Endpoints may be on other hosts than the issuer's; those stand on the public network.
        let hosts = Hosts::PUBLIC.and(&settings.issuer);
        let limits = Limits { hosts, redirects_max: 0, ..Limits::PUBLIC };
        let exchange = match settings.authorities()? {
            None => Exchange::new(&limits),
            Some(authorities) => Exchange::believing(&limits, &authorities),
        };
        Ok(Self { settings, secret, public_url, exchange, said: Mutex::default() })
    }

    /// What the provider is called on the login page.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where to send somebody who wants in, from whose browser `secret` is. Blocks.
    pub(crate) fn begin(&self, secret: &str, now: Timestamp) -> Result<String, Refusal> {
        let discovery = self.discovery(now)?;
        let (bound, back) = (Bound(secret), self.back());
        let scope = self.settings.scopes.join(" ");
        let asked = query(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &back),
            ("scope", &scope),
            ("state", &bound.state()),
            ("nonce", &bound.nonce()),
            ("code_challenge", &bound.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(joined(&discovery.authorization_endpoint, &asked))
    }

    /// Who it is that comes back. Blocks.
    pub(crate) fn finish(&self, secret: &str, answer: &Answer, now: Timestamp) -> Result<Person, Refusal> {
        let bound = Bound(secret);
        if answer.state.as_deref() != Some(&bound.state()) {
            return Err(Refusal::NotAsked);
        }
        let discovery = self.discovery(now)?;
        let named = answer
            .iss
            .as_deref()
            .map_or(!discovery.authorization_response_iss_parameter_supported, |iss| iss == self.settings.issuer);
        if !named {
            return Err(Refusal::NotBelieved("the answer is another provider's (iss)"));
        }
        let (None, Some(code)) = (&answer.error, &answer.code) else { return Err(Refusal::Denied) };
        let id_token = self.redeem(&discovery, code, &bound.verifier())?;
        let unproved = Unproved::read(&id_token).map_err(Refusal::NotBelieved)?;
        let keys = self.keys(&discovery, unproved.kid(), now)?;
        let (issuer, client) = (&self.settings.issuer, &self.settings.client_id);
        let expected = Expected { issuer, client, nonce: &bound.nonce(), now };
        let claims = unproved.proved(&keys, &expected).map_err(Refusal::NotBelieved)?;
        let name = self.settings.person(&claims).ok_or(Refusal::NoName)?;
        let role = self.settings.role(&claims).ok_or(Refusal::NoRole)?;
        Ok(Person { name, role })
    }

    /// Where somebody is sent to be logged out at the provider too, where it has such a place. Blocks.
    pub(crate) fn end(&self, now: Timestamp) -> Option<String> {
        let place = self.discovery(now).ok()?.end_session_endpoint?;
        let after = format!("{}/", self.public_url);
        let asked = [("client_id", self.settings.client_id.as_str()), ("post_logout_redirect_uri", &after)];
        allowed(&place, &self.settings.issuer).then(|| joined(&place, &query(&asked)))
    }

    fn back(&self) -> String {
        format!("{}{ANSWER}", self.public_url)
    }

    /// The token that a code stands for.
    fn redeem(&self, discovery: &Discovery, code: &str, verifier: &str) -> Result<String, Refusal> {
        let (back, id) = (self.back(), self.settings.client_id.as_str());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &back),
            ("code_verifier", verifier),
        ];
        let methods = discovery.token_endpoint_auth_methods_supported.as_deref();
        // Where nothing is said it is the header (Discovery, section 3).
        let by_header = methods.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic"));
        let mut authorization = None;
        match &self.secret {
            Some(secret) if by_header => {
                let pair = format!("{}:{}", escaped(id), escaped(secret.read()));
                authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            Some(secret) => form.extend([("client_id", id), ("client_secret", secret.read())]),
            None => form.push(("client_id", id)),
        }
        let (place, form) = (&discovery.token_endpoint, query(&form));
        let headers: Vec<(&str, &str)> = authorization.iter().map(|pair| ("authorization", pair.as_str())).collect();
        let (time, bytes_max) = (ANSWER_TIME_MAX, ANSWER_BYTES_MAX);
        let answer = self.exchange.post_with(place, FORM, &headers, form.as_bytes(), time, bytes_max)?;
        if (400..500).contains(&answer.status) {
            return Err(Refusal::NotBelieved("the provider did not take the code"));
        }
        Ok(read::<Tokens>(&answer.ok()?)?.id_token)
    }

    fn discovery(&self, now: Timestamp) -> Result<Discovery, Refusal> {
        if let Some((kept, at)) = &self.said().discovered
            && now.duration_since(*at) < KEPT
        {
            return Ok(kept.clone());
        }
        let issuer = &self.settings.issuer;
        let found: Discovery =
            read(&self.get(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?)?;
        let places = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri];
        if found.issuer != *issuer || !places.into_iter().all(|place| allowed(place, issuer)) {
            return Err(Refusal::Unreachable("what it says of itself is another's, or without TLS".to_owned()));
        }
        self.said().discovered = Some((found.clone(), now));
        Ok(found)
    }

    /// The provider's keys. One that is not known has them fetched anew, at most once a minute.
    fn keys(&self, discovery: &Discovery, kid: Option<&str>, now: Timestamp) -> Result<Vec<Key>, Refusal> {
        {
            let mut said = self.said();
            if said.keys_at.is_some_and(|at| now.duration_since(at) < KEPT) {
                let lately = said.anew_at.is_some_and(|at| now.duration_since(at) < KEYS_ANEW);
                if keys::knows(&said.keys, kid) || lately {
                    return Ok(said.keys.clone());
                }
                said.anew_at = Some(now);
            }
        }
        let unreadable = || Refusal::Unreachable("its keys cannot be read".to_owned());
        let found = keys::read(&self.get(&discovery.jwks_uri)?).ok_or_else(unreadable)?;
        let mut said = self.said();
        (said.keys, said.keys_at) = (found.clone(), Some(now));
        Ok(found)
    }

    fn get(&self, place: &str) -> Result<Vec<u8>, Refusal> {
        Ok(self.exchange.get(place, ANSWER_TIME_MAX, ANSWER_BYTES_MAX)?.ok()?)
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(json).map_err(|_| Refusal::Unreachable("its answer cannot be read".to_owned()))
}

/// A query, or a form.
fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

fn joined(place: &str, query: &str) -> String {
    let mark = if place.contains('?') { '&' } else { '?' };
    format!("{place}{mark}{query}")
}

fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    })
}
