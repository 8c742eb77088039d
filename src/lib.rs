//! sigill: verifies electronically signed minutes, keeps them, and proves what it kept.

pub mod format;
pub mod verify;
pub mod store;
pub mod ledger;
pub mod archive;
pub mod web;
pub mod cli;
pub mod config;
pub mod telemetry;
