//! What can be typed: every command, its options and an example of each. Plain data, nothing is decided here.
//! INTERFACES section 1. The doc comments are the help that people read; the Swedish help is in `help`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Lang;

/// Verifies electronically signed minutes, keeps them, and proves what it kept
#[derive(Debug, Parser)]
#[command(name = "sigill", version, propagate_version = true, max_term_width = 110, subcommand_required = true)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// The archive's directory [default: ./sigill-data] [env: SIGILL_DATA]
    #[arg(long, global = true, value_name = "DIR", display_order = 901)]
    pub data: Option<PathBuf>,
    /// Configuration file in TOML, see deploy/sigill.toml [env: SIGILL_CONFIG]
    #[arg(long, global = true, value_name = "FILE", display_order = 902)]
    pub config: Option<PathBuf>,
    /// Language of what is said to people [default: sv] [env: SIGILL_LANG]
    #[arg(long, global = true, value_enum, value_name = "sv|en", hide_possible_values = true, display_order = 903)]
    pub lang: Option<Lang>,
    /// Rules to judge by: sigill-se-minutes, sigill-strict, or a file, see deploy/sigill.toml [env: SIGILL_POLICY]
    #[arg(long, global = true, value_name = "NAME|FILE", display_order = 904)]
    pub policy: Option<PathBuf>,
    /// Answer in JSON on stdout: one document, or one line for each input
    #[arg(long, global = true, display_order = 905)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what sigill does: an archive with sample minutes, served on this machine
    #[command(after_help = "Example: sigill demo")]
    Demo(Demo),
    /// Create an archive: ledger key, empty ledger, first administrator token (shown once)
    #[command(after_help = "Example: sigill init --origin sigill.example.se/ledger --organisation Exempelkommunen")]
    Init(Init),
    /// Serve an archive over HTTP
    #[command(after_help = "Example: sigill serve --listen 127.0.0.1:8480")]
    Serve(Serve),
    /// Verify the signatures of files; nothing is stored
    #[command(after_help = VERIFY_HELP)]
    Verify(Verify),
    /// Register files and folders in the archive
    #[command(after_help = INGEST_HELP)]
    Ingest(Ingest),
    /// Find records by transaction id, SHA-256, record id, diary number or a file
    #[command(after_help = FIND_HELP)]
    Find(Find),
    /// Write a record's receipt, with which anyone can prove that it was registered
    #[command(after_help = "Example: sigill receipt 5f0c1c2b9d7e4a3f00112233 -o protokoll.tlog-proof")]
    Receipt(ReceiptOf),
    /// Show the versions a signed file holds, or write the one that a signature covers
    #[command(after_help = REVISION_HELP)]
    Revision(Revision),
    /// Check a receipt against a file, without an archive and without network
    #[command(after_help = PROVE_HELP)]
    Prove(Prove),
    /// Audit somebody's ledger from outside: what was there stands, every part of the tree is right
    #[command(after_help = MONITOR_HELP)]
    Monitor(MonitorOf),
    /// Be a witness for other archives' ledgers
    #[command(after_help = "Example: sigill witness init")]
    Witness(WitnessArgs),
    /// Show the ledger's head or its public key
    #[command(after_help = "Example: sigill ledger checkpoint")]
    Ledger(LedgerOf),
    /// Prove the archive sound: everything is derived anew from the bytes on disk
    #[command(after_help = CHECK_HELP)]
    Check(CheckOf),
    /// Copy the whole archive into one file, also while it is served
    #[command(after_help = BACKUP_HELP)]
    Backup(BackupTo),
    /// Put a backup back into an empty directory and prove it
    #[command(after_help = RESTORE_HELP)]
    Restore(RestoreFrom),
    /// Write the ledger as a plain directory of tiles that other programs can read and prove
    #[command(after_help = EXPORT_HELP)]
    Export(ExportTo),
    /// Ask a time-stamping authority (RFC 3161) for time over what was registered, and renew what would age
    #[command(after_help = "Example: sigill stamp --url https://tsa.example.se/")]
    Stamp(StampBy),
    /// Write a record's evidence record (RFC 4998): when its document existed at the latest
    #[command(after_help = "Example: sigill evidence 5f0c1c2b9d7e4a3f00112233 -o protokoll.ers")]
    Evidence(EvidenceOf),
    /// Make the ledger anew from such a directory
    #[command(after_help = IMPORT_HELP)]
    Import(ImportFrom),
    /// Make indexes and catalogue anew from the durable files
    #[command(after_help = "Example: sigill rebuild")]
    Rebuild,
    /// Move an archive into a database and an object store that several processes share; nothing is deleted
    #[command(after_help = "Example: sigill migrate --from sled --to postgres --places places.toml --into new-data")]
    Migrate(Migrate),
    /// Until when records must be kept, and what is due
    #[command(after_help = "Example: sigill retention due --by 2031-12-31")]
    Retention(Retention),
    /// Whom the archive believes, for what and when; trust lists
    #[command(after_help = TRUST_HELP)]
    Trust(TrustArgs),
    /// Examine paths, clock, disk, trust anchors and ledger; each finding with a hint
    #[command(after_help = "Example: sigill doctor")]
    Doctor,
}

const CHECK_HELP: &str = "\
Example: sigill check
         sigill check --directory mirror/ --key log.vkey
Exit status: 0 no errors found, 1 errors found, 2 could not check";

const BACKUP_HELP: &str = "\
Example: sigill backup /backup/sigill-2026-11-01.tar
Exit status: 0 backed up, 2 not backed up";

const RESTORE_HELP: &str = "\
Example: sigill --data /srv/sigill restore /backup/sigill-2026-11-01.tar --published https://arkiv.example.se
Exit status: 0 restored and sound, 1 restored, with errors that were in it already, 2 not restored";

const EXPORT_HELP: &str = "\
Example: sigill export mirror/
Exit status: 0 exported, 2 not exported";

const IMPORT_HELP: &str = "\
Example: sigill --data /srv/sigill import mirror/ --key ledger-key
Exit status: 0 imported, 2 not imported";

const VERIFY_HELP: &str = "\
Example: sigill verify protokoll.pdf
         sigill verify --trust anchors/ --at 2026-11-01T00:00:00Z --json *.pdf
         sigill verify --evidence bankid-completion.json protokoll.pdf
         sigill verify --record \"KS 2026/123\"
Exit status: 0 every file is valid, 1 some file is not, 2 a file could not be opened";

const INGEST_HELP: &str = "\
Example: sigill ingest --report rapport.csv --body Kommunstyrelsen inkorg/
Exit status: 0 every file is registered, 1 some file is not, 2 the archive could not be opened";

const FIND_HELP: &str = "\
Example: sigill find 41c226cf-5c86-4d0c-9f3c-d4c9e9e5f7a1
         sigill find \"KS 2026/123\"
         sigill find protokoll.pdf
Exit status: 0 found, 1 nothing matches, 2 the archive or a file could not be opened";

const REVISION_HELP: &str = "\
Example: sigill revision --list protokoll.pdf
         sigill revision protokoll.pdf --signature 1 -o protokoll-signed.pdf";

const PROVE_HELP: &str = "\
Example: sigill prove --key log.vkey protokoll.pdf protokoll.tlog-proof
Exit status: 0 proven, 1 not proven, 2 a file could not be opened";

const MONITOR_HELP: &str = "\
Example: sigill monitor https://arkiv.example.se --key log.vkey --memory arkiv.json
         sigill monitor https://arkiv.example.se --policy arkiv.policy --webhook https://larm.example.se/sigill
Exit status: 0 all holds, 1 alarm, 2 the ledger could not be asked, which says nothing about it";

/// `sigill demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to put the demonstration
    #[arg(long, value_name = "DIR", default_value = "./sigill-demo")]
    pub dir: PathBuf,
    /// End after printing instead of serving
    #[arg(long)]
    pub no_serve: bool,
    /// Address to serve on; the next free port is taken where this one is busy
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480")]
    pub listen: SocketAddr,
}

/// `sigill init`
#[derive(Debug, Args)]
pub struct Init {
    /// The ledger's name for ever, by custom an address without https://
    #[arg(long, value_name = "NAME")]
    pub origin: String,
    /// The body that keeps the archive
    #[arg(long, value_name = "NAME")]
    pub organisation: Option<String>,
    /// Where database and documents are, where several processes share them: see deploy/places.toml
    #[arg(long, value_name = "FILE")]
    pub places: Option<PathBuf>,
}

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

/// `sigill serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to serve on [default: 127.0.0.1:8480] [env: SIGILL_LISTEN]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// `sigill verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Files to verify; - reads from stdin
    #[arg(required_unless_present = "again", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Verify a registered document once more, by the archive's rules and with the evidence that was kept with it
    #[arg(id = "again", long = "record", value_name = "RECORD", conflicts_with_all = ["files", "evidence", "at", "online"])]
    pub record: Option<OsString>,
    /// Folder of trust anchors, PEM or DER [default: keys/trust where it exists] [env: SIGILL_TRUST]
    #[arg(long, value_name = "DIR")]
    pub trust: Option<PathBuf>,
    /// File or folder to take into account: revocation lists, OCSP answers, certificates, evidence records (.ers), BankID's
    /// answers (JSON or XML)
    #[arg(long, value_name = "PATH")]
    pub evidence: Option<PathBuf>,
    /// Judge as of this moment instead of now, for example 2026-11-01T00:00:00Z
    #[arg(long, value_name = "RFC3339")]
    pub at: Option<Timestamp>,
    /// Fetch what is missing: revocation lists, OCSP answers, issuers' certificates
    #[arg(long)]
    pub online: bool,
    /// Use no network; this is always so without --online and may be said to make it explicit
    #[arg(long, conflicts_with = "online")]
    pub offline: bool,
    /// Show the technical details too
    #[arg(long)]
    pub details: bool,
}

/// `sigill ingest`
#[derive(Debug, Args)]
pub struct Ingest {
    /// Files and folders; folders are gone through with everything in them, hidden files left out
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write a report that spreadsheet programs open
    #[arg(long, value_name = "CSV")]
    pub report: Option<PathBuf>,
    /// File or folder of evidence that is taken into account for each file and kept with it, as for `verify`
    #[arg(long, value_name = "PATH", id = "kept_evidence")]
    pub evidence: Option<PathBuf>,
    /// Let anyone look the records up
    #[arg(long)]
    pub public: bool,
    /// Diary number (diarienummer) of all of them
    #[arg(long, value_name = "NUMBER")]
    pub diary_number: Option<String>,
    /// Code of the record type that the retention schedule knows; else what the text reads as
    #[arg(long, value_name = "CODE")]
    pub record_type: Option<String>,
    /// Title; else the one in the document
    #[arg(long)]
    pub title: Option<String>,
    /// The body they belong to; else the one in the document
    #[arg(long, value_name = "NAME")]
    pub body: Option<String>,
}

/// `sigill find`
#[derive(Debug, Args)]
pub struct Find {
    /// Transaction id (any case, with or without hyphens), SHA-256, record id, diary number or a file's path
    #[arg(value_name = "QUERY")]
    pub query: OsString,
}

/// `sigill receipt`
#[derive(Debug, Args)]
pub struct ReceiptOf {
    /// The record: its id, or anything else that finds exactly one
    #[arg(value_name = "RECORD")]
    pub record: OsString,
    /// File to write; else stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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
    /// Newest checkpoint that others hold: a file, or the ledger's address; an older backup is refused
    #[arg(long, value_name = "FILE|URL")]
    pub published: Vec<String>,
    /// File with the ledger's secret key, where the backup is without it
    #[arg(long = "key", value_name = "FILE")]
    pub secret_key: Option<PathBuf>,
    /// Restore although a newer state was published: what came after the backup is missing from then on
    #[arg(long)]
    pub older: bool,
    /// File with the ids of records that were disposed of since, one a line; they do not come back
    #[arg(long, value_name = "FILE")]
    pub disposed: Option<PathBuf>,
    /// Where database and documents are to be, where several processes share them: see deploy/places.toml
    #[arg(long, value_name = "FILE")]
    pub places: Option<PathBuf>,
}

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
    #[arg(long, value_name = "URL")]
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

/// `sigill revision`
#[derive(Debug, Args)]
pub struct Revision {
    /// The document
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The signature whose version to write, counted from 1 as a verification lists them
    #[arg(long, value_name = "N", requires = "new_file", required_unless_present = "list")]
    pub signature: Option<usize>,
    /// File to write; one that exists is never written over
    #[arg(short, long, value_name = "FILE", id = "new_file")]
    pub output: Option<PathBuf>,
    /// List the versions instead
    #[arg(long, conflicts_with = "signature")]
    pub list: bool,
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

const TRUST_HELP: &str = "\
Example: sigill trust add https://ec.europa.eu/tools/lotl/eu-lotl.xml --name eu --signer lotl-signers.pem
         sigill trust add SE
         sigill trust update
         sigill trust list
Exit status: 0 all is believed, 1 some list or file is not, 2 a list was refused or could not be read";

const TRUST_ADD_HELP: &str = "\
Example: sigill trust add https://ec.europa.eu/tools/lotl/eu-lotl.xml --name eu --signer lotl-signers.pem
         sigill trust add SE
         sigill trust add eu-lotl.xml --name eu --signer lotl-signers.pem";

/// `sigill trust`
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Folder of trust anchors and lists instead of the archive's own [env: SIGILL_TRUST]
    #[arg(long = "trust", global = true, value_name = "DIR")]
    pub trust: Option<PathBuf>,
    /// What to ask or do.
    #[command(subcommand)]
    pub what: TrustOf,
}

/// What to ask of, or do to, what is believed.
#[derive(Debug, Subcommand)]
pub enum TrustOf {
    /// List anchors with purposes, times and sources, and trust lists with their age
    #[command(after_help = "Example: sigill trust list")]
    List,
    /// Take in an ETSI trust list (TS 119 612) after verifying its signature
    #[command(after_help = TRUST_ADD_HELP)]
    Add {
        /// The list: an XML file, an address (https://…), or a territory's two letters, whose list is then fetched from where
        /// the list of lists says that it is
        #[arg(value_name = "FILE|URL|TERRITORY")]
        source: PathBuf,
        /// What the list is called here: lower-case letters, digits, hyphens [default: the territory]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Certificates that may sign it, PEM or DER [default: those that a list of lists names]
        #[arg(long, value_name = "FILE")]
        signer: Option<PathBuf>,
    },
    /// Fetch or read every list again; what is older or does not verify is refused and the old one stays
    #[command(after_help = "Example: sigill trust update")]
    Update,
}

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
