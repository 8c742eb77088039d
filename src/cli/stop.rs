//! Why a command ended without an answer, in words that say what happened, what was saved and what to do.
//! USERS section 10. Errors of the rooms below are told in [`crate::cli::told`].

use std::io;

use crate::archive;
use crate::cli::told;
use crate::cli::told::While;
use crate::config;
use crate::verify::text::Text;

/// Why a command ended without an answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// The question could not be answered. Exit status 2.
    Trouble(Text),
    /// Nobody reads the answer any more.
    PipeClosed,
}

impl Stop {
    pub(super) fn trouble(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Trouble(Text::new(sv, en))
    }
}

/// The only `io::Error` that reaches a command as itself is that of its own answer.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::PipeClosed
        } else {
            Self::trouble(
                format!("Svaret kunde inte skrivas: {error}. Frigör utrymme eller skriv det någon annanstans."),
                format!("The answer could not be written: {error}. Free some space or write it elsewhere."),
            )
        }
    }
}

impl From<config::Error> for Stop {
    fn from(error: config::Error) -> Self {
        Self::Trouble(error.text())
    }
}

impl From<archive::Error> for Stop {
    fn from(error: archive::Error) -> Self {
        Self::Trouble(told::archive(&error).text(While::Other))
    }
}
