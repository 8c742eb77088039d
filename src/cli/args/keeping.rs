//! What can be typed about how long records are kept. INTERFACES section 1.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use jiff::civil::Date;

/// `sigill retention`
#[derive(Debug, Args)]
pub struct Retention {
    /// What to ask.
    #[command(subcommand)]
    pub what: RetentionOf,
}

/// What to ask of the retention schedule.
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
}
