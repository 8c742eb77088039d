//! What can be typed about who may do what over HTTP, and who did. INTERFACES section 1 and 3.

use clap::{Args, Subcommand, ValueEnum};

pub(super) const TOKEN_HELP: &str = "\
Example: sigill token create --name ärendesystemet --role registrar --expires 2027-12-31
         sigill token list
         sigill token remove 1f0a9c3d";

pub(super) const AUDIT_HELP: &str = "\
Example: sigill audit --day 2026-11-01
         sigill audit --record 5f0c1c2b9d7e4a3f00112233 --json";

pub(super) const WEBHOOK_HELP: &str = "\
Example: sigill webhook list
         sigill webhook test diariet";

const WEBHOOK_TEST_HELP: &str = "\
Example: sigill webhook test diariet --json
Exit status: 0 it arrived at all of them, 1 at some it did not, 2 nothing was sent";

/// `sigill webhook`
#[derive(Debug, Args)]
pub struct WebhookArgs {
    /// What to ask or do.
    #[command(subcommand)]
    pub what: WebhookOf,
}

/// What to do about those who are told.
#[derive(Debug, Subcommand)]
pub enum WebhookOf {
    /// List those who are told: of what, when it last arrived, and what went wrong
    #[command(after_help = "Example: sigill webhook list --json")]
    List,
    /// Send a signed message that tells of nothing, and say what was answered
    #[command(after_help = WEBHOOK_TEST_HELP)]
    Test {
        /// Whom to tell, as in webhooks.toml [default: all]
        #[arg(id = "endpoint", value_name = "NAME")]
        name: Option<String>,
    },
}

/// `sigill token`
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to ask or do.
    #[command(subcommand)]
    pub what: TokenOf,
}

/// What to do about tokens.
#[derive(Debug, Subcommand)]
pub enum TokenOf {
    /// Make a token; it is shown once and kept only as its hash
    #[command(after_help = TOKEN_HELP)]
    Create {
        /// The system, desk or person that is to hold it; the name stands in logs and events
        #[arg(id = "holder", long = "name", value_name = "NAME")]
        name: String,
        /// What it may do
        #[arg(long, value_enum, value_name = "ROLE")]
        role: Allowed,
        /// Day or time when it ends, such as 2027-12-31
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// The person behind it, so that two tokens of one person do not count as two persons
        #[arg(id = "behind", long = "person", value_name = "NAME")]
        person: Option<String>,
    },
    /// List the tokens: name, role, until when, last used
    #[command(after_help = "Example: sigill token list --json")]
    List,
    /// Remove a token; whoever logged in with it is logged out
    #[command(after_help = "Example: sigill token remove 1f0a9c3d")]
    Remove {
        /// The token's id, as `token list` shows it
        #[arg(id = "token_id", value_name = "ID")]
        id: String,
    },
}

/// The roles, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    /// What anybody may without a token.
    Public,
    /// Reads everything.
    Auditor,
    /// Registers, and reads everything.
    Registrar,
    /// Reads everything, and decides on disposal.
    Archivist,
    /// Everything.
    Administrator,
}

/// `sigill audit`
#[derive(Debug, Args)]
pub struct AuditOf {
    /// Only about this record: its id
    #[arg(id = "about", long = "record", value_name = "ID")]
    pub record: Option<String>,
    /// Only what this name did
    #[arg(id = "of_name", long = "name", value_name = "NAME")]
    pub name: Option<String>,
    /// Only this day (UTC), such as 2026-11-01
    #[arg(id = "on_day", long = "day", value_name = "DAY")]
    pub day: Option<String>,
    /// At most so many lines, the newest
    #[arg(id = "newest", long = "limit", value_name = "NUMBER", default_value_t = 1000)]
    pub limit: usize,
}
