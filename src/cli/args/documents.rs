//! What can be typed about documents: verify, register, find, receipts, versions. INTERFACES section 1.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
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
    /// Write the report as XML for other programs too (ETSI TS 119 102-2); of one document
    #[arg(long, value_name = "FILE", id = "xml")]
    pub xml: Option<PathBuf>,
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
    /// Verify the files and say what would be registered; store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Table (CSV, a heading and a row for each file) of what is said about each: fil, diarienummer, organ, handlingstyp,
    /// titel, förväntade undertecknare, publik; or file, diary_number, body, record_type, title, expected_signers, public.
    /// A file without a row has what the options say
    #[arg(long, value_name = "CSV")]
    pub metadata: Option<PathBuf>,
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
    /// Somebody who is to sign, with the role where it is known: "Anna Ek (ordförande)"; may be given several times
    #[arg(long = "expect", value_name = "NAME", id = "expect")]
    pub expected: Vec<String>,
    /// Show for each file what its text was understood to say; so it is anyway for a few files
    #[arg(long, id = "understood")]
    pub details: bool,
}

/// `sigill find`
#[derive(Debug, Args)]
pub struct Find {
    /// Transaction id (any case, with or without hyphens), SHA-256, record id, diary number or a file's path
    #[arg(value_name = "QUERY")]
    pub query: OsString,
}

/// `sigill search`
#[derive(Debug, Args)]
pub struct Search {
    /// Words that a record must have, or their beginnings; case makes no difference
    #[arg(required = true, value_name = "WORD")]
    pub words: Vec<String>,
    /// Show so many records, the last registered first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

/// `sigill compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// The printout, transcript or copy: PDF or text; - reads from stdin
    #[arg(value_name = "FILE", id = "copy")]
    pub file: PathBuf,
    /// The record: its id, or anything else that finds exactly one [default: the one whose transaction id the file names]
    #[arg(value_name = "RECORD", id = "original")]
    pub record: Option<OsString>,
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

/// `sigill statement`
#[derive(Debug, Args)]
pub struct StatementOf {
    /// The record: its id, or anything else that finds exactly one
    #[arg(value_name = "RECORD")]
    pub record: OsString,
    /// File to write; one that exists is never written over
    #[arg(short, long, value_name = "FILE", id = "new_file")]
    pub output: PathBuf,
    /// Write it without registering it, which also works while the archive is served
    #[arg(long)]
    pub unregistered: bool,
}

/// `sigill svt`
#[derive(Debug, Args)]
pub struct SvtOf {
    /// The document
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// File to write; one that exists is never written over; else stdout
    #[arg(short, long, value_name = "FILE", id = "token_file")]
    pub output: Option<PathBuf>,
    /// Folder of trust anchors, PEM or DER [default: keys/trust where it exists] [env: SIGILL_TRUST]
    #[arg(long, value_name = "DIR")]
    pub trust: Option<PathBuf>,
    /// File or folder to take into account: revocation lists, OCSP answers, certificates, evidence records (.ers), BankID's
    /// answers (JSON or XML)
    #[arg(long, value_name = "PATH")]
    pub evidence: Option<PathBuf>,
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

/// `sigill deliver`
#[derive(Debug, Args)]
pub struct Deliver {
    /// The records, each by its id or by anything else that finds exactly one
    #[arg(required = true, value_name = "RECORD")]
    pub records: Vec<OsString>,
    /// A new file that ends in .tar, or the folder to put the package's folder in
    #[arg(short, long, value_name = "FILE|DIR", id = "package", required_unless_present = "received")]
    pub output: Option<PathBuf>,
    /// The archive that it goes to
    #[arg(long, value_name = "NAME", required_unless_present = "received")]
    pub recipient: Option<String>,
    /// The agreement on deliveries that it follows
    #[arg(long, value_name = "REFERENCE")]
    pub agreement: Option<String>,
    /// Deliver registered copies without signatures in place of the originals
    #[arg(long)]
    pub without_signatures: bool,
    /// Record that archive's acknowledgement of the delivered records, and keep the file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "recipient", "agreement", "without_signatures"])]
    pub received: Option<PathBuf>,
    /// What that archive calls them
    #[arg(long, value_name = "REFERENCE", requires = "received")]
    pub reference: Option<String>,
    /// Who does it, where that is not whoever is logged in [env: SIGILL_ACTOR]
    #[arg(long = "as", id = "actor", value_name = "NAME", display_order = 800)]
    pub actor: Option<String>,
}

/// A time that a report can tell: XML Schema's `dateTime` has no year before 1.
fn moment(text: &str) -> Result<Timestamp, String> {
    let at: Timestamp = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    if at.to_zoned(TimeZone::UTC).year() < 1 { Err("a year before 1".to_owned()) } else { Ok(at) }
}
