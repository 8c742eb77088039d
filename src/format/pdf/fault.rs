//! What a reader of PDF files has to say when something is wrong: a `Fault` about a file it could read, or an `Error`
//! about one it could not. Rule names are those of the project's validation spec, sections 5 and 17.

use std::collections::HashMap;

/// How much a fault weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The rule demands FORMAT_FAILURE.
    Fail,
    /// Worth telling; decides nothing by itself.
    Warn,
}

/// One broken rule in a file that could be read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule's name in the validation spec: `PF-7`, `BR-3`, `SD-1`.
    pub rule: &'static str,
    /// What the rule demands.
    pub severity: Severity,
    /// Where in the file, in bytes from its beginning, if it is somewhere.
    pub at: Option<usize>,
    /// What was found, in English, without any text from the document.
    pub detail: String,
}

impl Fault {
    /// A fault that demands FORMAT_FAILURE.
    pub(crate) fn fail(rule: &'static str, at: impl Into<Option<usize>>, detail: impl Into<String>) -> Self {
        Self { rule, severity: Severity::Fail, at: at.into(), detail: detail.into() }
    }

    /// A fault that is only told.
    pub(crate) fn warn(rule: &'static str, at: impl Into<Option<usize>>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warn, ..Self::fail(rule, at, detail) }
    }
}

/// Faults as they are found. A hostile file can break one rule a million times; a score of examples says the same.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<(Option<usize>, Fault)>,
    counts: HashMap<(&'static str, Severity, Option<usize>), u32>,
}

/// Examples kept of one rule, severity and revision.
const EXAMPLES_MAX: u32 = 20;

impl Faults {
    /// Adds one that weighs the same wherever it is.
    pub(crate) fn push(&mut self, fault: Fault) {
        self.add(None, fault);
    }

    /// Adds one that weighs more in a revision after the first signature: there it always fails.
    pub(crate) fn push_in(&mut self, revision: usize, fault: Fault) {
        self.add(Some(revision), fault);
    }

    /// All of them, now that the revision of the first signature is known.
    pub(crate) fn settle(self, first_signed: Option<usize>) -> Vec<Fault> {
        let after = |revision: usize| first_signed.is_some_and(|signed| revision > signed);
        let weigh = |(revision, fault): (Option<usize>, Fault)| match revision {
            Some(revision) if after(revision) => Fault { severity: Severity::Fail, ..fault },
            Some(_) | None => fault,
        };
        self.found.into_iter().map(weigh).collect()
    }

    fn add(&mut self, revision: Option<usize>, fault: Fault) {
        let count = self.counts.entry((fault.rule, fault.severity, revision)).or_default();
        *count = count.saturating_add(1);
        if *count <= EXAMPLES_MAX {
            self.found.push((revision, fault));
        }
    }
}

/// Why bytes could not be read as a PDF file, or an object not read from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No `%PDF-` near the beginning (PF-1).
    #[error("not a PDF file: no %PDF- header")]
    NotPdf,
    /// The file opens only after guessing where its objects are, and what is guessed is not verified (PF-4).
    #[error("needs repair: {what} at byte {at}")]
    NeedsRepair {
        /// Where the reader gave up.
        at: usize,
        /// What should have been there.
        what: &'static str,
    },
    /// The chain of cross-reference sections returns to itself or goes forward (PF-3).
    #[error("cross-reference sections form a loop at byte {at}")]
    XrefLoop {
        /// The section met twice.
        at: usize,
    },
    /// The object at a cross-reference offset is not the one promised (PF-6).
    #[error("another object than the cross-reference promises at byte {at}")]
    WrongObject {
        /// The promised offset, or the object stream's.
        at: usize,
    },
    /// Bytes that are no PDF object.
    #[error("no {what} at byte {at}")]
    Syntax {
        /// Where, in the file or in the inflated object stream.
        at: usize,
        /// What should have been there.
        what: &'static str,
    },
    /// A stream's filter failed or is not one that is read here.
    #[error("stream at byte {at} cannot be decoded: {what}")]
    Filter {
        /// Where the stream's bytes begin.
        at: usize,
        /// Which filter, or what went wrong.
        what: &'static str,
    },
    /// A budget was used up; the rule is one of LIM-1 to LIM-9.
    #[error("{rule} met at byte {at}: {what}")]
    Limit {
        /// The limit's name in the validation spec.
        rule: &'static str,
        /// Where the reader stood.
        at: usize,
        /// What there was too much of.
        what: &'static str,
    },
}

impl Error {
    /// The rule of the validation spec that the file broke.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotPdf => "PF-1",
            Self::NeedsRepair { .. } | Self::Syntax { .. } | Self::Filter { .. } => "PF-4",
            Self::XrefLoop { .. } => "PF-3",
            Self::WrongObject { .. } => "PF-6",
            Self::Limit { rule, .. } => rule,
        }
    }

    /// Where in the file the reader stood, in bytes.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::NotPdf => None,
            Self::NeedsRepair { at, .. }
            | Self::XrefLoop { at }
            | Self::WrongObject { at }
            | Self::Syntax { at, .. }
            | Self::Filter { at, .. }
            | Self::Limit { at, .. } => Some(*at),
        }
    }
}
