//! The ledger, by its public face: forms, proofs, life, faults, crashes.
//! Foreign vectors run where `../shared` is; the same facts in small stand here and always run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod vectors;
mod house;
mod proofs;
mod forms;
mod policies;
mod witnesses;
mod audits;
mod life;
mod faults;
mod crash;
mod volumes;
mod rotations;
