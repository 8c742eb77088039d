//! Signature values: against Project Wycheproof's vectors, and over messages made for these tests.
//! VALIDATION 10 (CM-10, CM-17, CM-18) and 12.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

mod algorithm;
#[path = "../support/hex.rs"]
mod hexadecimal;
#[path = "../support/shared.rs"]
mod shared;
mod values;
mod wycheproof;
