//! What can be typed about one record's life after it was registered. INTERFACES section 1.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

/// `sigill publish`
#[derive(Debug, Args)]
pub struct Publish {
    /// The record: its id, or anything else that finds exactly one
    #[arg(value_name = "RECORD")]
    pub record: OsString,
    /// File to write; one that exists is never written over
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub new_file: PathBuf,
    /// What the copy is for [default: Publiceringskopia]
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// Who does it, where that is not whoever is logged in [env: SIGILL_ACTOR]
    #[arg(long = "as", id = "actor", value_name = "NAME", display_order = 800)]
    pub actor: Option<String>,
}

/// `sigill record`
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Who does it, where that is not whoever is logged in [env: SIGILL_ACTOR]
    #[arg(long = "as", id = "actor", global = true, value_name = "NAME", display_order = 800)]
    pub actor: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub what: RecordOf,
}

/// What to do with a record, or to ask of it.
#[derive(Debug, Subcommand)]
pub enum RecordOf {
    /// List what happened to a record, each event an entry of the ledger
    #[command(after_help = "Example: sigill record events \"KS 2024/123\"")]
    Events {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
    },
    /// Correct what is stated about a record; what was stated before stays among its events
    #[command(
        after_help = "Example: sigill record correct 5f0c1c2b9d7e4a3f00112233 --diary-number \"KS 2024/124\" --reason \"Fel nummer\""
    )]
    Correct {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The title
        #[arg(long = "title", id = "new_title", value_name = "TEXT")]
        title: Option<String>,
        /// Code of the record type that the retention schedule knows
        #[arg(long = "record-type", id = "new_type", value_name = "CODE")]
        record_type: Option<String>,
        /// The diary number
        #[arg(long = "diary-number", id = "new_number", value_name = "NUMBER")]
        diary_number: Option<String>,
        /// The body it belongs to
        #[arg(long = "body", id = "new_body", value_name = "NAME")]
        body: Option<String>,
        /// The day of the meeting
        #[arg(long, value_name = "DATE")]
        meeting_date: Option<Date>,
        /// Whether anyone may look it up
        #[arg(long = "public", id = "now_public", value_name = "true|false")]
        public: Option<bool>,
    },
    /// State that a record belongs with another
    #[command(after_help = "Example: sigill record link BILAGA PROTOKOLL --relation \"bilaga till\"")]
    Link {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// The other record
        #[arg(value_name = "OTHER")]
        other: OsString,
        /// How it belongs with it
        #[arg(long, value_name = "TEXT")]
        relation: String,
    },
    /// Verify a record's document once more and keep the answer beside the earlier ones
    #[command(after_help = "Example: sigill record verify-again \"KS 2024/123\"")]
    VerifyAgain {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
    },
    /// Show the signers' whole personal numbers; that they were shown becomes an event
    #[command(after_help = "Example: sigill record reveal \"KS 2024/123\" --purpose \"Begäran om registerutdrag\"")]
    Reveal {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// For what purpose; no personal data
        #[arg(long = "purpose", id = "shown_for", value_name = "TEXT")]
        purpose: String,
    },
    /// List the records that name a person, for whoever asks about herself
    #[command(
        after_help = "Example: sigill record person \"Anna Ek\"\n         sigill record person - < personnummer.txt"
    )]
    Person {
        /// Her name; - reads a name or a personal number from stdin, where nobody else sees it
        #[arg(value_name = "NAME", id = "person")]
        person: String,
    },
    /// Destroy a record's salt: nobody can show any more that its entry in the ledger is about its document
    #[command(
        after_help = "Example: sigill record forget-salt 5f0c1c2b9d7e4a3f00112233 --reason \"Begäran om radering\" --yes"
    )]
    ForgetSalt {
        /// The record: its id, or anything else that finds exactly one
        #[arg(value_name = "RECORD")]
        record: OsString,
        /// Why; no personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Do it: without this, only what would happen is told
        #[arg(long)]
        yes: bool,
    },
}
