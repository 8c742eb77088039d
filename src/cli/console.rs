//! Where words go: the answer to stdout, everything else to stderr.
//! clig.dev, NO_COLOR. Text from documents is stripped of control characters here, so that no file drives a terminal.

use std::collections::BTreeMap;
use std::io;
use std::io::{IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::config::Lang;
use crate::verify::text::Text;

/// How a line looks. Never the only sign of what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// Good news.
    Good,
    /// Nobody can tell.
    Open,
    /// Bad news.
    Bad,
    /// Less important.
    Faint,
}

impl Style {
    /// Select Graphic Rendition (ECMA-48, 8.3.117).
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Good => "1;32",
            Self::Open => "1;33",
            Self::Bad => "1;31",
            Self::Faint => "2",
        }
    }
}

/// Where words go, and in which language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    /// The language of what people read.
    pub(super) lang: Lang,
    /// Whether the answer is JSON.
    pub(super) json: bool,
    colour: bool,
}

impl Console {
    pub(super) fn new(lang: Lang, json: bool, variables: &BTreeMap<String, String>) -> Self {
        let plain = variables.get("NO_COLOR").is_some_and(|value| !value.is_empty())
            || variables.get("TERM").is_some_and(|term| term == "dumb");
        Self { lang, json, colour: io::stdout().is_terminal() && !plain }
    }

    /// One line of the answer.
    pub(super) fn say(&self, style: Style, text: &str) -> io::Result<()> {
        let text = inert(text);
        let mut out = io::stdout().lock();
        match (self.colour, style) {
            (false, _) | (true, Style::Plain) => writeln!(out, "{text}"),
            (true, style) => writeln!(out, "\x1b[{}m{text}\x1b[0m", style.code()),
        }
    }

    /// One line of the answer in the reader's language.
    pub(super) fn tell(&self, text: &Text) -> io::Result<()> {
        self.say(Style::Plain, self.lang.of(text))
    }

    /// Text of the answer exactly as it is: keys, receipts, checkpoints.
    pub(super) fn raw(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// One JSON document on one line, there at once.
    pub(super) fn json(&self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.flush()
    }

    /// Something beside the answer.
    pub(super) fn note(&self, text: &Text) {
        // Nobody is left to be told where this fails.
        let _ = writeln!(io::stderr(), "{}", inert(self.lang.of(text)));
    }

    /// Why there is no answer.
    pub(super) fn trouble(&self, text: &Text) {
        let _ = writeln!(io::stderr(), "sigill: {}", inert(self.lang.of(text)));
    }

    /// A bar on stderr that is only drawn where somebody looks at it.
    pub(super) fn progress(&self, steps: u64) -> ProgressBar {
        bar(steps, "{bar:30} {pos}/{len} {wide_msg}")
    }

    /// The same, for work of many equal steps: how many in a second, and how long the rest takes.
    pub(super) fn rate(&self, steps: u64) -> ProgressBar {
        let template = self.lang.choose(
            "{bar:30} {pos}/{len}  {per_sec}  {eta} kvar {wide_msg}",
            "{bar:30} {pos}/{len}  {per_sec}  {eta} left {wide_msg}",
        );
        bar(steps, template)
    }
}

fn bar(steps: u64, template: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(steps), target).with_style(style)
}

/// The text without control characters and without those that turn its direction around (Trojan Source).
pub(super) fn inert(text: &str) -> String {
    let active = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if active(c) { '\u{fffd}' } else { c }).collect()
}

/// A path as one line: a name with a line break in it must not pass for a line of ours.
pub(super) fn on_one_line(path: &Path) -> String {
    inert(&path.display().to_string()).replace(['\n', '\t'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_drive_the_terminal() {
        assert_eq!(inert("a\x1b[2Jb\u{202e}c.pdf\nå"), "a\u{fffd}[2Jb\u{fffd}c.pdf\nå");
    }
}
