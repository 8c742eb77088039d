//! `sigill man` and `sigill completions`: what a package brings beside the binary, made from the command line itself.
//! man-pages(7); the pages are in the language of the call, Swedish unless `--lang en`.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Answer;
use crate::cli::args::Cli;
use crate::cli::console::Console;
use crate::cli::help;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::verify::text::Text;

/// Which version a page is of.
const SOURCE: &str = concat!("sigill ", env!("CARGO_PKG_VERSION"));

/// What a shell completes is the same in every language; its descriptions are in the reader's.
pub(super) fn completions(shell: Shell, console: &Console) -> Result<Answer, Stop> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut help::in_language(Cli::command(), console.lang), "sigill", &mut bytes);
    console.raw(&String::from_utf8_lossy(&bytes))?;
    Ok(Answer::Yes)
}

/// A page for every command. What is there by that name is written over: it was made by an older version.
pub(super) fn man(directory: &Path, console: &Console) -> Result<Answer, Stop> {
    let told = |error: io::Error| Stop::Trouble(words::unreadable_file(directory, &error));
    fs::create_dir_all(directory).map_err(told)?;
    let mut command = help::in_language(Cli::command(), console.lang);
    command.build();
    let count = page(&command, "sigill", directory).map_err(told)?;
    let path = directory.display();
    console.note(&Text::new(format!("{count} manualsidor i {path}."), format!("{count} manual pages in {path}.")));
    Ok(Answer::Yes)
}

fn page(command: &Command, name: &str, directory: &Path) -> io::Result<usize> {
    let mut bytes = Vec::new();
    Man::new(command.clone()).title(name).source(SOURCE).manual("sigill").render(&mut bytes)?;
    fs::write(directory.join(format!("{name}.1")), bytes)?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    let pages = below.map(|below| page(below, &format!("{name}-{}", below.get_name()), directory));
    Ok(pages.sum::<io::Result<usize>>()? + 1)
}
