//! What can be typed about the ledger: its head and keys, proofs, audits, witnesses, plain copies, time. INTERFACES
//! section 1.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

/// `sigill export`
#[derive(Debug, Args)]
pub struct ExportTo {
    /// Directory to write to; one that holds an earlier export is brought up to date
    #[arg(value_name = "DIR")]
    pub mirror: PathBuf,
}

/// `sigill stamp`
#[derive(Debug, Args)]
pub struct StampBy {
    /// The authority's address [default: stamp_url in the configuration] [env: SIGILL_STAMP_URL]
    #[arg(long, value_name = "URL", id = "stamp_url")]
    pub url: Option<String>,
}

/// `sigill evidence`
#[derive(Debug, Args)]
pub struct EvidenceOf {
    /// The record: its id, or anything else that finds exactly one
    #[arg(value_name = "RECORD")]
    pub record: OsString,
    /// File to write; one that exists is never written over
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub new_file: PathBuf,
}

/// `sigill import`
#[derive(Debug, Args)]
pub struct ImportFrom {
    /// Directory that was exported, or copied from the ledger's address
    #[arg(value_name = "DIR")]
    pub mirror: PathBuf,
    /// File with the ledger's secret key
    #[arg(long = "key", value_name = "FILE")]
    pub secret_key: PathBuf,
}

/// `sigill prove`
#[derive(Debug, Args)]
pub struct Prove {
    /// The ledger's public key (vkey), or a file that holds it, or several, each on its line; --policy FILE instead names
    /// a policy of logs and witnesses (C2SP tlog-policy)
    #[arg(long, value_name = "VKEY")]
    pub key: Option<OsString>,
    /// The document
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its receipt (.tlog-proof)
    #[arg(value_name = "RECEIPT")]
    pub receipt: PathBuf,
}

/// `sigill monitor`
#[derive(Debug, Args)]
pub struct MonitorOf {
    /// Where the ledger is read: the address before /checkpoint
    #[arg(value_name = "URL")]
    pub url: String,
    /// The ledger's public key (vkey), or a file that holds it, or several, each on its line; --policy FILE instead names
    /// a policy of logs and witnesses (C2SP tlog-policy)
    #[arg(long, value_name = "VKEY")]
    pub key: Option<OsString>,
    /// File that remembers what held last; an alarm is kept beside it
    #[arg(long, value_name = "FILE", default_value = "sigill-monitor.json")]
    pub memory: PathBuf,
    /// Address that is told of an alarm, in JSON
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// Go on and look again so often, for example 1h or 5m, until an alarm; what cannot be asked is told and asked again
    #[arg(long, value_name = "DURATION", value_parser = every)]
    pub every: Option<Duration>,
}

/// A duration of a second or more.
fn every(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().map_err(|error| error.to_string())?;
    let every = Duration::try_from(parsed).map_err(|error| error.to_string())?;
    if every < Duration::from_secs(1) { Err("1s is the shortest".to_owned()) } else { Ok(every) }
}

/// `sigill witness`
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: WitnessOf,
}

/// What to do as a witness.
#[derive(Debug, Subcommand)]
pub enum WitnessOf {
    /// Make a witness's key; shows the public keys, which the other archives put into their witnesses.policy
    #[command(after_help = "Example: sigill witness init")]
    Init {
        /// The witness's name [default: the ledger's name, then /witness]
        #[arg(long, value_name = "NAME", id = "witness_name")]
        name: Option<String>,
    },
    /// Witness a ledger from now on; the service is to be restarted
    #[command(after_help = "Example: sigill witness add other.vkey")]
    Add {
        /// The ledger's public key (vkey), or a file that holds it
        #[arg(value_name = "VKEY", id = "log_key")]
        key: OsString,
    },
    /// Show the witness's public keys and the ledgers it witnesses
    #[command(after_help = "Example: sigill witness show")]
    Show,
}

/// `sigill ledger`
#[derive(Debug, Args)]
pub struct LedgerOf {
    /// What to show.
    #[command(subcommand)]
    pub what: Head,
}

/// What of the ledger to show.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Head {
    /// How many entries
    #[command(after_help = "Example: sigill ledger size")]
    Size,
    /// The root hash over all entries, in hexadecimal
    #[command(after_help = "Example: sigill ledger root")]
    Root,
    /// The newest signed checkpoint
    #[command(after_help = "Example: sigill ledger checkpoint")]
    Checkpoint,
    /// The public key (vkey) that receipts are checked with; list all keys, or change them
    #[command(after_help = KEY_HELP)]
    Key {
        /// What to do with the keys [default: show the one that receipts are checked with]
        #[command(subcommand)]
        what: Option<KeyOf>,
    },
}

const KEY_HELP: &str = "\
Example: sigill ledger key > log.vkey
         sigill ledger key list
         sigill ledger key rotate --yes";

/// What to do with the ledger's keys.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum KeyOf {
    /// List every key that the ledger ever signed with, from and until how many entries
    #[command(after_help = "Example: sigill ledger key list")]
    List,
    /// Replace both keys by new ones while the ledger goes on; cannot be undone
    #[command(after_help = "Example: sigill ledger key rotate --yes")]
    Rotate {
        /// Do it: without this, only what would happen is told
        #[arg(long)]
        yes: bool,
    },
}
