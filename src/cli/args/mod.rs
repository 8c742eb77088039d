//! What can be typed: every command, its options and an example of each. Plain data, nothing is decided here.
//! INTERFACES section 1. The doc comments are the help that people read; the Swedish help is in `help`.

mod documents;
mod upkeep;
mod ledger;
mod trust;
mod keeping;
mod records;
mod doors;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Lang;

pub use documents::{
    Compare, Deliver, Demo, Find, Ingest, Init, ReceiptOf, Revision, Search, Serve, StatementOf, SvtOf, Verify,
};
pub use doors::{Allowed, AuditOf, TokenArgs, TokenOf, WebhookArgs, WebhookOf};
pub use keeping::{Came, Retention, RetentionOf};
pub use ledger::{
    EvidenceOf, ExportTo, Head, ImportFrom, KeyOf, LedgerOf, MonitorOf, Prove, StampBy, WitnessArgs, WitnessOf,
};
pub use records::{Publish, RecordArgs, RecordOf};
pub use trust::{TrustArgs, TrustOf};
pub use upkeep::{
    BackupTo, CheckOf, CompletionsOf, ConfigArgs, ConfigOf, DoctorArgs, Here, ManTo, Migrate, Rebuild, RestoreFrom,
    There,
};

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
    /// Search records by words in their titles, matters and decisions
    #[command(after_help = SEARCH_HELP)]
    Search(Search),
    /// Compare a file's text with a record's: what differs, a hint and no proof
    #[command(after_help = COMPARE_HELP)]
    Compare(Compare),
    /// Write a record's receipt, with which anyone can prove that it was registered
    #[command(after_help = "Example: sigill receipt 5f0c1c2b9d7e4a3f00112233 -o protokoll.tlog-proof")]
    Receipt(ReceiptOf),
    /// Write records as a package for a long-term archive: E-ARK SIP 2.1, which is FGS Paketstruktur 2.0
    #[command(after_help = DELIVER_HELP)]
    Deliver(Deliver),
    /// Show the versions a signed file holds, or write the one that a signature covers
    #[command(after_help = REVISION_HELP)]
    Revision(Revision),
    /// Write the statement about a record (kontrollintyg): one page, sealed by the archive
    #[command(after_help = "Example: sigill statement 5f0c1c2b9d7e4a3f00112233 -o kontrollintyg.pdf")]
    Statement(StatementOf),
    /// Attest what a verification found in a token that other programs check (SVT, RFC 9321)
    #[command(after_help = SVT_HELP)]
    Svt(SvtOf),
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
    #[command(after_help = REBUILD_HELP)]
    Rebuild(Rebuild),
    /// Move an archive into a database and an object store that several processes share; nothing is deleted
    #[command(after_help = "Example: sigill migrate --from sled --to postgres --places places.toml --into new-data")]
    Migrate(Migrate),
    /// Make a copy without signatures and personal numbers, and register it, so that it is recognised
    #[command(after_help = "Example: sigill publish \"KS 2024/123\" -o publicering.pdf")]
    Publish(Publish),
    /// What happened to a record, and what is done to it after it was registered
    #[command(after_help = "Example: sigill record events \"KS 2024/123\"")]
    Record(RecordArgs),
    /// Until when records must be kept, and what is due
    #[command(after_help = "Example: sigill retention due --by 2031-12-31")]
    Retention(Retention),
    /// Whom the archive believes, for what and when; trust lists
    #[command(after_help = trust::TRUST_HELP)]
    Trust(TrustArgs),
    /// Tokens for the service: who may do what; also while it runs
    #[command(after_help = doors::TOKEN_HELP)]
    Token(TokenArgs),
    /// Who is told of what happens (webhooks.toml), and a message to try it with
    #[command(after_help = doors::WEBHOOK_HELP)]
    Webhook(WebhookArgs),
    /// Who did what over HTTP, and what was refused
    #[command(after_help = doors::AUDIT_HELP)]
    Audit(AuditOf),
    /// Examine paths, clock, disk, permissions, trust lists, ledger, backup and more; each finding with a hint
    #[command(after_help = DOCTOR_HELP)]
    Doctor(DoctorArgs),
    /// What this program is set to, and whether that can be followed
    #[command(after_help = CONFIG_HELP)]
    Config(ConfigArgs),
    /// Write manual pages, one for each command
    #[command(after_help = "Example: sigill man /usr/share/man/man1")]
    Man(ManTo),
    /// Print what a shell needs to complete commands and options
    #[command(after_help = "Example: sigill completions bash > /etc/bash_completion.d/sigill")]
    Completions(CompletionsOf),
}

const SVT_HELP: &str = "\
Example: sigill svt protokoll.pdf -o protokoll.svt.jwt
Exit status: 0 issued, 1 no signature is valid, 2 a file or key could not be read";

const CHECK_HELP: &str = "\
Example: sigill check
         sigill check --directory mirror/ --key log.vkey
Exit status: 0 no errors found, 1 errors found, 2 could not check";

const DOCTOR_HELP: &str = "\
Example: sigill doctor --fix
Exit status: 0 it works, perhaps with something to see to; 1 something does not work";

const CONFIG_HELP: &str = "\
Example: sigill --config /etc/sigill/sigill.toml config check
Exit status: 0 no errors found, 1 errors found";

const BACKUP_HELP: &str = "\
Example: sigill backup /backup/sigill-2026-11-01.tar
Exit status: 0 backed up, 1 backed up, with errors that were in the archive already, 2 not backed up";

const RESTORE_HELP: &str = "\
Example: sigill --data /srv/sigill restore /backup/sigill-2026-11-01.tar --published https://arkiv.example.se
Exit status: 0 restored and sound, 1 restored, with errors that were in it already, 2 not restored";

const REBUILD_HELP: &str = "\
Example: sigill rebuild
Exit status: 0 made anew, 2 not made anew";

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
         sigill ingest --dry-run --metadata diarium.csv export/
Exit status: 0 every file is registered, 1 some file is not, 2 the archive could not be opened. Interrupted (Ctrl-C) it \
finishes what is under way; run again, it goes on where it was";

const FIND_HELP: &str = "\
Example: sigill find 41c226cf-5c86-4d0c-9f3c-d4c9e9e5f7a1
         sigill find \"KS 2026/123\"
         sigill find protokoll.pdf
Exit status: 0 found, 1 nothing matches, 2 the archive or a file could not be opened";

const DELIVER_HELP: &str = "\
Example: sigill deliver \"KS 2026/123\" --recipient Regionarkivet -o leverans.tar
         sigill deliver --received kvittens.pdf --reference RA-2026-17 \"KS 2026/123\"";

const SEARCH_HELP: &str = "\
Example: sigill search avgift förskola
         sigill search verksamhetspl
Exit status: 0 found, 1 nothing has those words, 2 the archive could not be opened";

const COMPARE_HELP: &str = "\
Example: sigill compare utskrift.pdf
         sigill compare avskrift.txt \"KS 2026/123\"
Exit status: 0 the text is the same, 1 it differs, 2 nothing was compared";

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
