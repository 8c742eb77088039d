//! Where EU DSS 6.4 under its default policy would do otherwise than we, so that an auditor who holds both answers in hand
//! understands the difference. VALIDATION 3.8, 6.6, 16.6 and 18; nothing here decides anything.

use crate::verify::changes::Change;
use crate::verify::text::Finding;

/// What it would do at a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Would {
    /// Not look.
    Ignore,
    /// Warn, and pass the signature all the same.
    Warn,
    /// Not pass the signature.
    Fail,
}

impl Would {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What its default policy would do about what we found; none where it would do the same, or where that is not known.
/// `changes`: all that came after the signature.
pub fn eu_dss_default_would(finding: &Finding, changes: &[Change]) -> Option<Would> {
    match finding.code {
        // Of all changes it fails those in the number of pages.
        "CHANGED_AFTER_SIGNING" if changes.iter().any(|change| change.path == "/Root/Pages/Count") => None,
        "CHANGED_AFTER_SIGNING" => Some(Would::Warn),
        // A range that ends inside a revision is left to its comparison of revisions, which warns.
        "BR-6" => Some(Would::Warn),
        "ISC-3" | "ISC-4" | "TS-12" | "XC-4" | "XC-6" => Some(Would::Warn),
        // Freshness is switched off; the validity of CA certificates is not looked at.
        "XC-12" | "XC-16" => Some(Would::Ignore),
        "EDDSA" | "SAV-3" => Some(Would::Fail),
        _ => None,
    }
}
