//! What can be typed about whom the archive believes. INTERFACES section 1.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) const TRUST_HELP: &str = "\
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
