//! The fixtures, and the one place where the tests of `verify` touch the program: a setting in which files are verified.
//! Fixtures and expectations are explained in fixtures/minutes/TABLE.md.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use sigill::archive::anchors;
use sigill::archive::encoding::Verification;
use sigill::format::budget::Budget;
use sigill::verify::evidence::Evidence;
use sigill::verify::policy::Policy;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;

/// The minutes as three people signed them.
pub(crate) const GENUINE: &str = "styrelseprotokoll-genuine.pdf";

/// The moment of the fixtures' expectations: `validated_at` in expected.toml.
pub(crate) const VALIDATED_AT: &str = "2026-11-01T00:00:00Z";

/// A path in the project.
pub(crate) fn project(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// A fixture's bytes.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(project("fixtures/minutes").join(name)).expect("the fixture is there")
}

/// Everything a verification depends on besides the document.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) evidence: Evidence,
    pub(crate) trust: Trust,
    pub(crate) policy: Policy,
    pub(crate) budget: Budget,
    pub(crate) at: Timestamp,
}

impl Setting {
    /// The test anchors, the policy in force, the moment of the expectations, nothing known beside the file.
    pub(crate) fn new() -> Self {
        let (trust, problems) = anchors::read_folder(&project("keys/trust/test")).expect("the folder is there");
        assert!(problems.is_empty() && !trust.anchors().is_empty(), "the test anchors can be read");
        let at = VALIDATED_AT.parse().expect("a moment");
        Self { evidence: Evidence::none(), trust, policy: Policy::swedish_minutes(), budget: Budget::STANDARD, at }
    }

    /// What the program answers about these bytes.
    pub(crate) fn verify(&self, document: &[u8]) -> Verification {
        let Self { evidence, trust, policy, budget, at } = self;
        let report = verdict::verify(document, evidence, trust, policy, budget, *at);
        Verification::of(&report, "protokoll.pdf", None)
    }
}
