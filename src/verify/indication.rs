//! The words of ETSI EN 319 102-1: indications and sub-indications, and the document's verdict.
//! Imports nothing; a `match` on these has no `_`.

/// What is answered about one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Indication {
    /// Every check held.
    Passed,
    /// With the material at hand neither yes nor no.
    Indeterminate,
    /// A check failed for good: no later evidence can rescue it.
    Failed,
}

impl Indication {
    /// The name for a signature: `TOTAL-PASSED`, `INDETERMINATE`, `TOTAL-FAILED`.
    pub fn signature_name(self) -> &'static str {
        match self {
            Self::Passed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::Failed => "TOTAL-FAILED",
        }
    }

    /// The name for a timestamp: `PASSED`, `INDETERMINATE`, `FAILED`.
    pub fn timestamp_name(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::Failed => "FAILED",
        }
    }
}

macro_rules! sub_indications {
    ($($variant:ident $name:literal $main:ident),+ $(,)?) => {
        /// Why a signature did not pass, in the standard's words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SubIndication {
            $(#[doc = concat!("`", $name, "`.")] $variant),+
        }

        impl SubIndication {
            /// All of them, in the order of the standard's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The standard's name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The indication it belongs to.
            pub fn indication(self) -> Indication {
                match self { $(Self::$variant => Indication::$main),+ }
            }
        }
    };
}

sub_indications! {
    FormatFailure "FORMAT_FAILURE" Failed,
    HashFailure "HASH_FAILURE" Failed,
    SigCryptoFailure "SIG_CRYPTO_FAILURE" Failed,
    Revoked "REVOKED" Failed,
    Expired "EXPIRED" Failed,
    NotYetValid "NOT_YET_VALID" Failed,
    SigConstraintsFailure "SIG_CONSTRAINTS_FAILURE" Indeterminate,
    ChainConstraintsFailure "CHAIN_CONSTRAINTS_FAILURE" Indeterminate,
    CertificateChainGeneralFailure "CERTIFICATE_CHAIN_GENERAL_FAILURE" Indeterminate,
    CryptoConstraintsFailure "CRYPTO_CONSTRAINTS_FAILURE" Indeterminate,
    PolicyProcessingError "POLICY_PROCESSING_ERROR" Indeterminate,
    SignaturePolicyNotAvailable "SIGNATURE_POLICY_NOT_AVAILABLE" Indeterminate,
    TimestampOrderFailure "TIMESTAMP_ORDER_FAILURE" Indeterminate,
    NoSigningCertificateFound "NO_SIGNING_CERTIFICATE_FOUND" Indeterminate,
    NoCertificateChainFound "NO_CERTIFICATE_CHAIN_FOUND" Indeterminate,
    NoCertificateChainFoundNoPoe "NO_CERTIFICATE_CHAIN_FOUND_NO_POE" Indeterminate,
    RevokedNoPoe "REVOKED_NO_POE" Indeterminate,
    RevokedCaNoPoe "REVOKED_CA_NO_POE" Indeterminate,
    OutOfBoundsNotRevoked "OUT_OF_BOUNDS_NOT_REVOKED" Indeterminate,
    OutOfBoundsNoPoe "OUT_OF_BOUNDS_NO_POE" Indeterminate,
    RevocationOutOfBoundsNoPoe "REVOCATION_OUT_OF_BOUNDS_NO_POE" Indeterminate,
    CryptoConstraintsFailureNoPoe "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" Indeterminate,
    NoPoe "NO_POE" Indeterminate,
    TryLater "TRY_LATER" Indeterminate,
    SignedDataNotFound "SIGNED_DATA_NOT_FOUND" Indeterminate,
}

/// What is answered about a whole document. Precedence is in `verify::verdict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every signature holds and nothing unpermitted came after.
    Valid,
    /// Some signatures hold and the others fail.
    PartlyValid,
    /// Something changed after a signature.
    Altered,
    /// With the material at hand neither yes nor no.
    Indeterminate,
    /// No signature holds.
    Invalid,
    /// There is no electronic signature.
    Unsigned,
    /// The bytes cannot be read as a document.
    Unreadable,
    /// The bytes are a copy that the archive registered. Only an archive answers this.
    RegisteredCopy,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::PartlyValid => "partly-valid",
            Self::Altered => "altered",
            Self::Indeterminate => "indeterminate",
            Self::Invalid => "invalid",
            Self::Unsigned => "unsigned",
            Self::Unreadable => "unreadable",
            Self::RegisteredCopy => "registered-copy",
        }
    }
}
