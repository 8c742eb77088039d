//! Sessions: who logged in by a page, until they log out, sit idle, or the day is over. USERS 9; RFC 6265bis.
//! Kept in memory under the hash of what the cookie holds, so that a restart ends all and no file can be stolen.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::verify::crypto;
use crate::web::auth;
use crate::web::auth::random;
use crate::web::oidc::Person;

/// Bytes of randomness in a session's name, as in a token.
const SECRET_BYTES: usize = 32;
/// Characters of it in the cookie; nothing longer is looked at.
const SECRET_CHARACTERS: usize = 43;
/// Sessions at most, some megabytes: more than any body has staff. Beyond it the one that was idle longest ends.
const SESSIONS_MAX: usize = 10_000;

/// On whose behalf a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Of the token with this id, for as long as it is there.
    Token(String),
    /// Of somebody whom the identity provider knows, for as long as the session lasts.
    Person(Person),
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lasting {
    /// From login on, whatever is done.
    pub(crate) whole: Duration,
    /// From the last request on.
    pub(crate) idle: Duration,
}

/// Everybody who is logged in.
pub(crate) struct Sessions {
    lasting: Lasting,
    kept: Mutex<HashMap<[u8; 32], Session>>,
}

struct Session {
    holder: Holder,
    began: Timestamp,
    seen: Timestamp,
}

impl Sessions {
    pub(crate) fn new(lasting: Lasting) -> Self {
        Self { lasting, kept: Mutex::default() }
    }

    /// Begins a session. Gives what the cookie holds, which is kept nowhere else.
    pub(crate) fn begin(&self, holder: Holder, now: Timestamp) -> Result<String, auth::Error> {
        let secret = URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?);
        let mut kept = self.kept();
        if kept.len() >= SESSIONS_MAX {
            kept.retain(|_, session| self.lasting.holds(session, now));
        }
        if kept.len() >= SESSIONS_MAX {
            let idlest = kept.iter().min_by_key(|(_, session)| session.seen).map(|(key, _)| *key);
            idlest.and_then(|key| kept.remove(&key));
        }
        kept.insert(hashed(&secret), Session { holder, began: now, seen: now });
        Ok(secret)
    }

    /// Whose session a cookie names, where it goes on; from now on it is idle anew.
    pub(crate) fn holder(&self, secret: &str, now: Timestamp) -> Option<Holder> {
        if secret.len() != SECRET_CHARACTERS {
            return None;
        }
        let (key, mut kept) = (hashed(secret), self.kept());
        let session = kept.get_mut(&key)?;
        if self.lasting.holds(session, now) {
            session.seen = now;
            return Some(session.holder.clone());
        }
        kept.remove(&key);
        None
    }

    /// Ends the session that a cookie names, if there is one.
    pub(crate) fn end(&self, secret: &str) {
        self.kept().remove(&hashed(secret));
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lasting {
    fn holds(&self, session: &Session, now: Timestamp) -> bool {
        let within = |since: Timestamp, limit: Duration| {
            now.duration_since(since) < SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
        };
        within(session.began, self.whole) && within(session.seen, self.idle)
    }
}

/// The cookie's 256 random bits need no slow hash: nobody tries them all.
fn hashed(secret: &str) -> [u8; 32] {
    crypto::sha256(&[secret.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    fn sessions() -> Sessions {
        Sessions::new(Lasting { whole: Duration::from_secs(600 * 60), idle: Duration::from_secs(60 * 60) })
    }

    #[test]
    fn a_session_ends_when_idle_and_when_the_day_is_over_and_when_it_is_ended() {
        let sessions = sessions();
        let holder = Holder::Token("1".to_owned());
        let idle = sessions.begin(holder.clone(), at(0)).unwrap();
        let busy = sessions.begin(holder.clone(), at(0)).unwrap();
        for minute in (0..600).step_by(59) {
            assert_eq!(sessions.holder(&busy, at(minute)), Some(holder.clone()), "{minute}");
        }
        assert_eq!(sessions.holder(&busy, at(600)), None, "the day is over, though nobody was idle");
        assert_eq!(sessions.holder(&idle, at(60)), None, "idle");
        assert_eq!(sessions.holder(&idle, at(1)), None, "what has ended does not come back");
        let left = sessions.begin(holder, at(0)).unwrap();
        sessions.end(&left);
        assert_eq!(sessions.holder(&left, at(0)), None);
    }

    #[test]
    fn there_are_so_many_and_the_one_that_was_idle_longest_makes_room() {
        let sessions = sessions();
        let first = sessions.begin(Holder::Token("first".to_owned()), at(0)).unwrap();
        let second = sessions.begin(Holder::Token("second".to_owned()), at(1)).unwrap();
        for _ in 2..=SESSIONS_MAX {
            sessions.begin(Holder::Token("other".to_owned()), at(2)).unwrap();
        }
        assert_eq!(sessions.kept().len(), SESSIONS_MAX);
        assert_eq!(sessions.holder(&first, at(2)), None);
        assert!(sessions.holder(&second, at(2)).is_some());
    }
}
