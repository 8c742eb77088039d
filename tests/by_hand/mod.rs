//! Calling the built `sigill` as people do, and what it answered.
//! Used by the tests of the command line; each call gets an environment without the caller's own settings.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// What a call answered.
pub(crate) struct Said {
    /// Exit status; none where a signal ended it.
    pub(crate) status: Option<i32>,
    /// The answer.
    pub(crate) stdout: String,
    /// Everything else.
    pub(crate) stderr: String,
}

impl Said {
    /// The lines of a JSON answer; fails on anything else on stdout.
    pub(crate) fn json(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(read).collect()
    }
}

/// `sigill` in a directory, without any `SIGILL_…` of the caller.
pub(crate) fn sigill(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SIGILL_") {
            command.env_remove(name);
        }
    }
    command.current_dir(directory);
    command
}

/// What came out of it.
pub(crate) fn said(output: Output) -> Said {
    Said {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Calls with these arguments.
pub(crate) fn call(directory: &Path, arguments: &[&str]) -> Said {
    said(sigill(directory).args(arguments).output().unwrap())
}
