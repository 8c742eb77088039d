//! What somebody who looks after the archive is told: one thing looked at, how it is, and what to do.
//! USERS sections 5 and 9.8. Found by the command line's doctor, which the page *Drift* asks as well.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::archive::Archive;
use crate::verify::text::Text;

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and something is to be done about it.
    Warning,
    /// It does not work.
    Error,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name, for programs.
    pub id: &'static str,
    /// How it is.
    pub status: Status,
    /// What was seen.
    pub what: Text,
    /// What to do; none where nothing is to be done.
    pub hint: Option<Text>,
}

impl Finding {
    /// As it should be.
    pub fn ok(id: &'static str, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id, status: Status::Ok, what: Text::new(sv, en), hint: None }
    }

    /// Not as it should be.
    pub fn bad(id: &'static str, status: Status, what: Text, hint: Text) -> Self {
        Self { id, status, what, hint: Some(hint) }
    }
}

impl Finding {
    /// What it is about, in words.
    pub fn subject(&self) -> Text {
        let (sv, en) = match self.id {
            "paths" => ("Plats", "Place"),
            "clock" => ("Klocka", "Clock"),
            "disk" => ("Disk", "Disk"),
            "space" => ("Utrymme", "Room"),
            "permissions" => ("Rättigheter", "Permissions"),
            "data-version" => ("Dataversion", "Data version"),
            "trust-anchors" => ("Betrodda utfärdare", "Trusted issuers"),
            "trust-lists" => ("Förteckningar", "Trust lists"),
            "tokens" => ("Nycklar till tjänsten", "Tokens"),
            "seal" => ("Försegling", "Seal"),
            "log" => ("Logg", "Log"),
            "backup" => ("Säkerhetskopia", "Backup"),
            "scrub" => ("Omläsning", "Reading again"),
            "retention" => ("Gallringsplan", "Retention"),
            "security-txt" => ("Säkerhetskontakt", "Security contact"),
            other => (other, other),
        };
        Text::new(sv, en)
    }
}

/// Looks at everything around an open archive.
type Examine = dyn Fn(&Archive) -> Vec<Finding> + Send + Sync;

/// Who looks at everything, where the service was given somebody.
#[derive(Clone, Default)]
pub struct Doctor(pub Option<Arc<Examine>>);

impl fmt::Debug for Doctor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Doctor")
    }
}
