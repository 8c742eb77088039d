//! What can be typed to look after an archive: check, back up, restore, move. INTERFACES section 1.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

/// `sigill migrate`
#[derive(Debug, Args)]
pub struct Migrate {
    /// The kind of archive to move
    #[arg(long, value_enum, default_value = "sled")]
    pub from: Here,
    /// The kind of archive to move to
    #[arg(long, value_enum, default_value = "postgres")]
    pub to: There,
    /// Where database and documents are, where several processes share them: see deploy/places.toml
    #[arg(long, value_name = "FILE")]
    pub places: PathBuf,
    /// New directory for the moved archive's settings and key
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
}

/// Archives that are moved from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Here {
    /// On this machine.
    Sled,
}

/// Archives that are moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum There {
    /// In a database.
    Postgres,
}

/// `sigill check`
#[derive(Debug, Args)]
pub struct CheckOf {
    /// Check a plain directory of tiles instead of the archive
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// The ledger's public key (vkey), or a file that holds it
    #[arg(long, value_name = "VKEY", requires = "directory")]
    pub key: Option<OsString>,
}

/// `sigill rebuild`
#[derive(Debug, Args)]
pub struct Rebuild {
    /// Make the ledger's journal and anchor anew instead, where one of them is damaged or gone, of the database or of what
    /// is left; only if that holds all that was published
    #[arg(long)]
    pub journal: bool,
}

/// `sigill backup`
#[derive(Debug, Args)]
pub struct BackupTo {
    /// File to write, a tar; compressed where its name ends in gz; one that exists is never written over
    #[arg(value_name = "FILE")]
    pub backup: PathBuf,
    /// Leave the ledger's secret key out; restoring asks for it then
    #[arg(long)]
    pub without_key: bool,
}

/// `sigill restore`
#[derive(Debug, Args)]
pub struct RestoreFrom {
    /// The backup
    #[arg(value_name = "FILE")]
    pub backup_file: PathBuf,
    /// Newest checkpoint that others hold: a file, an exported folder, or the ledger's address; an older backup is refused
    #[arg(long, value_name = "FILE|URL")]
    pub published: Vec<String>,
    /// File with the ledger's secret key, where the backup is without it
    #[arg(long = "key", value_name = "FILE")]
    pub secret_key: Option<PathBuf>,
    /// Restore although a newer state was published: what came after the backup is missing from then on. What was
    /// disposed of since is read from what was published, and does not come back
    #[arg(long)]
    pub older: bool,
    /// File with the ids of records that were disposed of since, one a line; they do not come back
    #[arg(long, value_name = "FILE")]
    pub disposed: Option<PathBuf>,
    /// Where database and documents are to be, where several processes share them: see deploy/places.toml
    #[arg(long, value_name = "FILE")]
    pub places: Option<PathBuf>,
}

/// `sigill config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do
    #[command(subcommand)]
    pub what: ConfigOf,
}

/// What is done with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigOf {
    /// Show every setting with its value and who said so, and everything that is wrong; nothing is changed
    #[command(name = "check", after_help = super::CONFIG_HELP)]
    Check,
}

/// `sigill man`
#[derive(Debug, Args)]
pub struct ManTo {
    /// Folder that the pages are put in; it is made where it is not there
    #[arg(id = "pages", value_name = "DIR")]
    pub directory: PathBuf,
}

/// `sigill completions`
#[derive(Debug, Args)]
pub struct CompletionsOf {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// `sigill doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Mend what can be mended safely: others' rights on secrets, a missing folder
    #[arg(long)]
    pub fix: bool,
}
