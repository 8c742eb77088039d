//! Does it hold? Document + evidence + trust + policy + moment → report. ETSI EN 319 102-1 in the project's spec.
//! Pure: no clock, disk, network, randomness or logging. Later modules may name earlier ones, never the reverse:
//! words → knowledge → checks → sum.

pub mod text;
pub mod mask;
pub mod calendar;
pub mod indication;
pub mod wording;
pub mod budget;
pub mod crypto;
pub mod policy;
pub mod trust;
pub mod xmldsig;
pub mod evidence;
pub mod integrity;
pub mod identify;
pub mod asked;
pub mod profile;
pub mod path;
pub mod revocation;
pub mod existence;
pub mod ers;
pub mod changes;
pub mod signer;
pub mod agreement;
pub mod report;
pub mod facts;
pub mod judge;
pub mod verdict;
