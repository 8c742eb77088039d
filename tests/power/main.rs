//! The power goes in the middle of writing, or the disk refuses: nothing acknowledged is lost, nothing forks.
//! LEDGER.md 5.4 and 6.3. `tests/power/rounds 200` for the long run; says so where a machine has no power to cut.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../by_hand/mod.rs"]
mod by_hand;
mod archive;
mod cli;
mod disk;
mod faults;
mod ledger;
