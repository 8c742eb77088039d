//! Who asks, and what they may. INTERFACES section 3; RFC 6750.
//! A record that is not public is, to whoever may not see it, in every respect a record that is not there.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::extract::Request;
use axum::extract::State;
use axum::http::Extensions;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use crate::archive::look_up::Found;
use crate::web::auth::Role;
use crate::web::auth::Token;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// Whoever made the request: the same to every handler, by whichever way they came.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    role: Role,
    name: Option<String>,
    way: Way,
}

/// By which way somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Without saying who.
    Nobody,
    /// With the cookie of a session that has ended.
    Ended,
    /// With a token that is none, or no longer.
    Unknown,
    /// With a token in the request.
    Bearer,
    /// Logged in, with the cookie of a session.
    Session,
    /// With a client certificate.
    Certificate,
}

/// What somebody must be allowed to, for what they send to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Nothing: anybody may.
    None,
    /// To read everything.
    ReadAll,
    /// To register.
    Register,
    /// To hold, correct and propose.
    Keep,
    /// To decide on disposal.
    Decide,
    /// To decide who may come in.
    Administer,
}

impl Caller {
    /// The holder of a token.
    pub(crate) fn of(token: Token, way: Way) -> Self {
        Self { role: token.role, name: Some(token.actor().to_owned()), way }
    }

    /// Somebody by name and role, such as the holder of a certificate.
    pub(crate) fn named(name: &str, role: Role, way: Way) -> Self {
        Self { role, name: Some(name.to_owned()), way }
    }

    /// Somebody who is not known.
    pub(crate) fn nobody(way: Way) -> Self {
        Self { role: Role::Public, name: None, way }
    }

    /// The token's name, as it stands in the audit log.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("public")
    }

    /// The name, where it is known who asks.
    pub(crate) fn known(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What they may.
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// By which way they came.
    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// Whether it is the browser, not the page in it, that says who this is.
    pub(crate) fn comes_by_browser(&self) -> bool {
        match self.way {
            // A browser shows its certificate to whichever page asks, as it does its cookie.
            Way::Session | Way::Certificate => true,
            Way::Nobody | Way::Ended | Way::Unknown | Way::Bearer => false,
        }
    }

    /// Whether records that are not public are seen.
    pub(crate) fn reads_all(&self) -> bool {
        self.role.reads_all()
    }

    /// Whether a record is there for this caller.
    pub(crate) fn sees(&self, found: &Found) -> bool {
        self.reads_all() || found.record.public
    }

    /// Goes on for those who read everything.
    pub(crate) fn must_read_all(&self) -> Result<(), Problem> {
        self.must(self.role.reads_all())
    }

    /// Goes on for those who hold, correct and propose.
    pub(crate) fn must_keep(&self) -> Result<(), Problem> {
        self.must(self.role.keeps())
    }

    /// Goes on for those who decide on disposal.
    pub(crate) fn must_decide(&self) -> Result<(), Problem> {
        self.must(self.role.decides())
    }

    /// Goes on for those who register.
    pub(crate) fn must_register(&self) -> Result<(), Problem> {
        self.must(self.role.registers())
    }

    /// Goes on for those who may see who did what.
    pub(crate) fn must_audit(&self) -> Result<(), Problem> {
        self.must(self.role.audits())
    }

    /// Goes on for those who decide who may come in.
    pub(crate) fn must_administer(&self) -> Result<(), Problem> {
        self.must(self.role.administers())
    }

    /// Goes on for those who are allowed to.
    fn must_be_allowed(&self, right: Right) -> Result<(), Problem> {
        match right {
            Right::None => Ok(()),
            Right::ReadAll => self.must_read_all(),
            Right::Register => self.must_register(),
            Right::Keep => self.must_keep(),
            Right::Decide => self.must_decide(),
            Right::Administer => self.must_administer(),
        }
    }

    /// The word for the way in the audit log.
    pub(crate) fn way_name(&self) -> &'static str {
        match self.way {
            Way::Nobody | Way::Ended | Way::Unknown => "none",
            Way::Bearer => "token",
            Way::Session => "session",
            Way::Certificate => "certificate",
        }
    }

    fn must(&self, may: bool) -> Result<(), Problem> {
        match (may, &self.name) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(Kind::Forbidden.into()),
            (false, None) => Err(Kind::Unauthorized.into()),
        }
    }
}

/// A caller who may register, so that nobody else's upload is read at all.
pub(crate) struct Allowed(pub(crate) Caller);

impl FromRequestParts<App> for Allowed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.must_register()?;
        Ok(Self(caller))
    }
}

/// Lets those through who may. Whoever may not is not told whether what they sent was well-formed, and it is not read.
pub(crate) async fn only(State(right): State<Right>, request: Request, next: Next) -> Result<Response, Problem> {
    known(request.extensions()).must_be_allowed(right)?;
    Ok(next.run(request).await)
}

/// `guard::observe` names everybody; where it did not, nobody is known.
fn known(extensions: &Extensions) -> Caller {
    extensions.get().cloned().unwrap_or_else(|| Caller::nobody(Way::Nobody))
}

/// Who asks, where that decides nothing: for the frame of a page. An unknown token is refused by whatever it is for.
pub(crate) struct Visitor(pub(crate) Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        Ok(Self(known(&parts.extensions)))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(Visitor(caller)) = Visitor::from_request_parts(parts, app).await;
        match caller.way {
            Way::Unknown => Err(Kind::Unauthorized.into()),
            Way::Nobody | Way::Ended | Way::Bearer | Way::Session | Way::Certificate => Ok(caller),
        }
    }
}
