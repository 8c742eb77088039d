//! Does it hold? Document + evidence + trust + policy + moment → report. ETSI EN 319 102-1 in the project's spec.
//! Pure: no clock, disk, network, randomness or logging. Later modules may name earlier ones, never the reverse:
//! words → knowledge → checks → sum.

pub mod text;
pub mod mask;
pub mod calendar;
pub mod indication;
pub mod wording;
pub mod crypto;
pub mod budget;
pub mod policy;
pub mod trust;
pub mod xmldsig;
pub mod listed;
pub mod evidence;
pub mod proof;
pub mod material;
pub mod integrity;
pub mod identify;
pub mod asked;
pub mod profile;
pub mod path;
pub mod revocation;
pub mod validity;
pub mod missing;
pub mod existence;
pub mod ers;
pub mod svt;
pub mod changes;
pub mod elsewhere;
pub mod bankid;
pub mod signer;
pub mod agreement;
pub mod completeness;
pub mod comparison;
pub mod report;
pub mod facts;
pub mod judge;
pub mod attest;
pub mod verdict;
pub mod etsi;
pub mod issue;
