//! What can be typed about how long records are kept: questions, holds, disposal by two persons. INTERFACES section 1.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::archive::retention::plan;

/// `sigill retention`
#[derive(Debug, Args)]
pub struct Retention {
    /// Who does it, where that is not whoever is logged in [env: SIGILL_ACTOR]
    #[arg(long = "as", id = "actor", global = true, value_name = "NAME", display_order = 800)]
    pub actor: Option<String>,
    /// What to ask or do.
    #[command(subcommand)]
    pub what: RetentionOf,
}

/// What to ask of the retention schedule, or do by it.
#[derive(Debug, Subcommand)]
pub enum RetentionOf {
    /// List what may be disposed of or delivered by a day
    #[command(after_help = "Example: sigill retention due --by 2031-12-31")]
    Due {
        /// The day, for example 2031-12-31
        #[arg(long, value_name = "DATE")]
        by: Date,
    },
    /// Say until when a record must be kept, and why
    #[command(after_help = "Example: sigill retention show 5f0c1c2b9d7e4a3f00112233")]
    Show {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
    },
    /// Stop a record's disposal until the hold is lifted; it wins over every proposal and decision
    #[command(after_help = "Example: sigill retention hold \"KS 2024/123\" --reason \"Utlämnandemål 1234-31\"")]
    Hold {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Whom to ask
        #[arg(long, value_name = "TEXT")]
        contact: Option<String>,
    },
    /// Lift a hold
    #[command(after_help = "Example: sigill retention release \"KS 2024/123\" --reason \"Målet är avgjort\"")]
    Release {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Which hold, where there are several: its name, as `holds` lists it
        #[arg(long, value_name = "HOLD")]
        hold: Option<String>,
    },
    /// List the records on hold
    #[command(after_help = "Example: sigill retention holds")]
    Holds,
    /// State what came to pass that the term is counted from
    #[command(after_help = "Example: sigill retention event \"KS 2024/123\" --what legal-force --on 2026-11-20")]
    Event {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// What: case-closed (ärendet avslutat) or legal-force (laga kraft)
        #[arg(long, value_enum, hide_possible_values = true)]
        what: Came,
        /// On which day
        #[arg(long, value_name = "DATE")]
        on: Date,
    },
    /// Propose to dispose of records; somebody else decides
    #[command(after_help = PROPOSE_HELP)]
    Propose {
        /// The records: ids, or anything else that finds exactly one each
        #[arg(value_name = "RECORD", required_unless_present = "all_due")]
        records: Vec<OsString>,
        /// Everything whose time has passed on this day
        #[arg(long = "due", id = "all_due", value_name = "DATE", conflicts_with = "records")]
        due: Option<Date>,
    },
    /// List the open proposals, and what is decided and can be undone
    #[command(after_help = "Example: sigill retention proposals")]
    Proposals,
    /// Decide a proposal that somebody else made: the records are disposed of when the time to undo it has passed
    #[command(after_help = DISPOSE_HELP)]
    Dispose {
        /// The proposal's name
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
        /// The number of the decision on disposal
        #[arg(long, value_name = "NUMBER")]
        decision: String,
        /// Write the protocol too: a sealed PDF where the name ends in .pdf, else a table; one that exists is never written over
        #[arg(long, value_name = "CSV")]
        protocol: Option<PathBuf>,
    },
    /// Refuse a proposal, or withdraw one's own
    #[command(after_help = "Example: sigill retention refuse 9f2c41d0 --reason \"Behövs i en tvist\"")]
    Refuse {
        /// The proposal's name
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Undo a decision before it is carried out
    #[command(after_help = "Example: sigill retention undo 9f2c41d0 --reason \"Fel handling\"")]
    Undo {
        /// The proposal's name
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Carry out what was decided and can no longer be undone; `serve` does it every hour
    #[command(after_help = "Example: sigill retention carry-out")]
    CarryOut,
    /// List what was disposed of, by which decision
    #[command(after_help = "Example: sigill retention disposed --decision \"KS 2031/44\"")]
    Disposed {
        /// Of this decision only
        #[arg(long = "decision", id = "decided", value_name = "NUMBER")]
        decision: Option<String>,
    },
    /// Write a disposal's protocol (gallringsprotokoll) once more: a sealed PDF where the name ends in .pdf, else a table
    #[command(after_help = "Example: sigill retention protocol 9f2c41d0 -o gallringsprotokoll.csv")]
    Protocol {
        /// The proposal's name
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
        /// File to write; one that exists is never written over
        #[arg(short, long, value_name = "CSV", id = "new_file")]
        output: PathBuf,
    },
    /// Show what another schedule would do, and put it in force
    #[command(after_help = plan_help())]
    Plan {
        /// The schedule (TOML), or a plan as a table (CSV)
        #[arg(value_name = "FILE", id = "plan_file")]
        file: PathBuf,
        /// Its version, where the file is a table
        #[arg(long = "plan-version", id = "plan_version", value_name = "VERSION")]
        version: Option<String>,
        /// The decision it rests on
        #[arg(long = "decision", id = "adopted_by", value_name = "NUMBER")]
        decision: Option<String>,
        /// Do it: without this, only what would happen is told
        #[arg(long)]
        yes: bool,
    },
}

/// What may come to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Came {
    /// The matter was closed.
    CaseClosed,
    /// The decision gained legal force.
    LegalForce,
}

const PROPOSE_HELP: &str = "\
Example: sigill retention propose --due 2031-12-31
         sigill retention propose 5f0c1c2b9d7e4a3f00112233
Exit status: 0 proposed, 1 nothing could be proposed, 2 the archive could not be opened";

const DISPOSE_HELP: &str = "\
Example: sigill retention dispose 9f2c41d0 --decision \"KS 2031/44\" --protocol gallringsprotokoll.csv
Exit status: 0 decided, 1 nothing was decided, 2 refused or the archive could not be opened";

const PLAN_EXAMPLES: &str = "\
Example: sigill retention plan dokumenthanteringsplan.csv --plan-version 2027.1
           handlingstyp;åtgärd;frist_år;utgångspunkt;beslut;beslutsdatum
           Protokoll;bevaras;5;årets slut;KS 2026/8;2026-01-15
           Kallelser;gallras;2;sammanträde;KS 2026/8;2026-01-15
         sigill retention plan retention.toml --decision \"KS 2026/200\" --yes";

const PLAN_STATUS: &str = "\
Exit status: 0 put in force, or nothing stands in the way, 1 a term is shortened without a new decision, 2 not readable";

fn plan_help() -> String {
    format!("{PLAN_EXAMPLES}\n{}\n{PLAN_STATUS}", plan::starting_points().en)
}
