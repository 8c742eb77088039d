//! Who asks, and what they may. INTERFACES section 3; RFC 6750.
//! A record that is not public is, to whoever may not see it, in every respect a record that is not there.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::archive::look_up::Found;
use crate::web::auth::Role;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;

/// Whoever made the request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    role: Role,
    name: Option<String>,
}

impl Caller {
    /// The token's name, as it stands in the audit log.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("public")
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

    fn must(&self, may: bool) -> Result<(), Problem> {
        match (may, &self.name) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(Kind::Forbidden.into()),
            (false, None) => Err(Kind::Unauthorized.into()),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            return Ok(Self { role: Role::Public, name: None });
        };
        let (scheme, presented) = header.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
        let token = scheme.eq_ignore_ascii_case("bearer").then(|| app.authenticate(presented.trim())).flatten();
        // A token that is not known is never the public: whoever sent it expects more, and should be told.
        let token = token.ok_or(Kind::Unauthorized)?;
        Ok(Self { role: token.role, name: Some(token.name) })
    }
}
