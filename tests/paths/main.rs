//! Paths from a certificate to an anchor, against suites nobody here wrote and pools made to mislead.
//! VALIDATION 8; the suites are in ../shared/vectors. Foreign cases run through a table; exceptions have their reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

#[path = "../support/shared.rs"]
mod shared;
#[expect(dead_code, reason = "lists and answers are of other tests")]
#[path = "../support/authority.rs"]
mod authority;

mod suite;
mod limbo;
mod pkits;
mod building;
mod constraints;
