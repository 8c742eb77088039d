//! Do the signature page, the minutes and the certificates tell the same story?
//! Notes on Swedish minutes, 1.8 (printed values), 5.1 (cross-checks) and 5.2 number 13 (names). A difference is
//! information for a person to judge; it never changes the verdict.

use jiff::Timestamp;

use crate::format::minutes::meeting;
use crate::format::minutes::meeting::Minutes;
use crate::format::minutes::signpage::SignaturePage;
use crate::verify::text::Finding;
use crate::verify::text::Text;

/// A person as a certificate and its signature state them.
#[derive(Clone, Copy, Debug)]
pub struct CertifiedSigner<'a> {
    /// The common name; may be empty.
    pub name: &'a str,
    /// All given names.
    pub given_name: Option<&'a str>,
    /// The surname or surnames.
    pub surname: Option<&'a str>,
    /// When the person identified themselves, from the certificate.
    pub authenticated_at: Option<Timestamp>,
    /// When the document says it was signed.
    pub claimed_at: Option<Timestamp>,
    /// Transaction ids found in the evidence; usually none.
    pub transaction_ids: &'a [String],
    /// True where the signature and its certificate hold.
    pub holds: bool,
}

/// What two places are compared about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name on the signature page against a certificate.
    PageSigner,
    /// A time on the signature page against the certificate's.
    PageTime,
    /// A transaction id on the signature page against the evidence.
    PageTransaction,
    /// The number of signatures on the page that a certificate confirms.
    PageCount,
    /// A certificate against the signature page.
    CertificateSigner,
    /// The secretary in the minutes against the signatures.
    Secretary,
    /// A chair in the minutes against the signatures.
    Chair,
    /// An adjuster in the minutes against the signatures.
    Adjuster,
    /// A signature's time against the end of the meeting.
    AfterMeeting,
}

impl Subject {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PageSigner => "page-signer",
            Self::PageTime => "page-time",
            Self::PageTransaction => "page-transaction",
            Self::PageCount => "page-count",
            Self::CertificateSigner => "certificate-signer",
            Self::Secretary => "secretary",
            Self::Chair => "chair",
            Self::Adjuster => "adjuster",
            Self::AfterMeeting => "after-meeting",
        }
    }
}

/// How two places agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They say the same.
    Match,
    /// They may mean the same; a person should look.
    Partial,
    /// They say different things.
    Different,
    /// One of them says nothing.
    Missing,
}

impl Outcome {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Partial => "partial",
            Self::Different => "different",
            Self::Missing => "missing",
        }
    }
}

/// One comparison with what both places say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is compared.
    pub subject: Subject,
    /// What the page or the minutes say.
    pub left: String,
    /// What the certificate, the page or the clock says; none where it says nothing.
    pub right: Option<String>,
    /// How they agree.
    pub outcome: Outcome,
    /// The same as a sentence.
    pub text: Text,
}

/// Compares what is there: every page entry, every role in the minutes, every signature's time.
#[must_use]
pub fn agree(
    page: Option<&SignaturePage>,
    minutes: Option<&Minutes>,
    signers: &[CertifiedSigner<'_>],
) -> Vec<Agreement> {
    let _ = (page, minutes, signers);
    Vec::new()
}

/// What the minutes' own oddities mean, as sentences.
#[must_use]
pub fn describe(finding: meeting::Finding) -> Finding {
    let _ = finding;
    Finding::new("MINUTES", "", "")
}
