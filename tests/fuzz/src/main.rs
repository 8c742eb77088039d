//! libFuzzer on one of the targets of tests/support/targets.rs: the one that the variable `TARGET` names.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../support/objects.rs"]
mod objects;
#[path = "../../support/targets.rs"]
mod targets;

use targets::TARGETS;
use targets::Target;

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(own, _)| *own == name);
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    found.unwrap_or_else(|| panic!("TARGET={name:?} is none of {names:?}")).1
}

fuzz_target!(|bytes: &[u8]| CHOSEN.get_or_init(chosen)(bytes));
