//! The book and the README: every page is reached, every link leads somewhere, every command in them is one that the
//! program takes, what is marked `sh,run` is run in an archive, and the README is short and shows what is so. USERS 6.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use clap::CommandFactory;
use clap::error::ErrorKind;
use sigill::cli::args::Cli;

use crate::archive;
use crate::by_hand::sigill;
use crate::project;
use crate::text;

const PAGES: &str = "deploy/book/src";
/// What stands for a record's id in the book.
const RECORD: &str = "HANDLING";

/// A command that the book tells people to type.
struct Typed {
    page: PathBuf,
    line: String,
    run: bool,
}

fn pages() -> Vec<PathBuf> {
    let (mut pages, mut folders) = (Vec::new(), vec![project(PAGES)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// What stands in a text as code that calls sigill, between words or in a table.
fn named(text: &str) -> Vec<&str> {
    let code = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    code.filter(|code| code.starts_with("sigill ") && code.split(' ').count() > 2).collect()
}

/// Whether it is a command's whole name and nothing else, as a sentence mentions it.
fn is_command(line: &str) -> bool {
    let (mut command, words) = (Cli::command(), words(line));
    words.iter().skip(1).all(|word| {
        let found = command.find_subcommand(word).cloned();
        found.map(|found| command = found).is_some()
    })
}

/// The contents of a text's blocks of a kind.
fn blocks<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```{kind}\n");
    text.match_indices(&fence).filter_map(|(at, _)| text[at + fence.len()..].split("```").next()).collect()
}

/// Every line of the fenced blocks of shell that calls sigill.
fn typed(page: &Path, text: &str) -> Vec<Typed> {
    let (mut lines, mut fence) = (Vec::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(kind), None) => fence = Some(kind),
            (Some(_), Some(_)) => fence = None,
            (None, Some(kind @ ("sh" | "sh,run"))) => {
                assert!(line.starts_with("sigill "), "{}: {line}", page.display());
                lines.push(Typed { page: page.to_owned(), line: line.to_owned(), run: kind == "sh,run" });
            }
            (None, _) => {}
        }
    }
    assert!(fence.is_none(), "{}: a block is not closed", page.display());
    lines
}

/// Words as a shell parts them, as far as the book needs it, up to a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '>' | '|' if !quoted => break,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_page_is_reached_and_every_link_leads_somewhere() {
    let summary = text(&format!("{PAGES}/SUMMARY.md"));
    let mut reached = BTreeSet::from([project(PAGES).join("SUMMARY.md")]);
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices("](") {
            let target: &str = text[at + 2..].split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            if file.extension().is_some_and(|kind| kind == "png") {
                assert!(file.is_file(), "{}: {target}", page.display());
                continue;
            }
            let there = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}: {target}", page.display()));
            let heading = |line: &str| line.starts_with('#') && slug(line) == place;
            assert!(place.is_empty() || there.lines().any(heading), "{}: {target}", page.display());
            if text == summary {
                reached.insert(file);
            }
        }
    }
    assert_eq!(reached, pages().into_iter().collect(), "the summary names every page and no other");
    for door in ["Registrator", "Arkivarie och revisor", "Utvecklare", "Drift"] {
        assert!(summary.contains(&format!("# {door}")), "{door}");
    }
}

/// What mdBook makes of a heading.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_command_in_the_book_is_one_that_the_program_takes() {
    let mut count = 0;
    for page in pages() {
        for Typed { page, line, .. } in typed(&page, &fs::read_to_string(&page).unwrap()) {
            let taken = Cli::command().try_get_matches_from(words(&line));
            assert!(taken.is_ok(), "{}: {line}\n{}", page.display(), taken.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 60, "{count} commands were found");
    assert!(Cli::command().try_get_matches_from(words("sigill verfy \"a b\" > c")).is_err(), "this can fail");
}

#[test]
fn every_command_named_in_a_table_is_one_that_the_program_takes() {
    let mut files = vec![project("README.md"), project("README.sv.md")];
    files.extend(pages());
    let mut count = 0;
    for file in files {
        for line in named(&fs::read_to_string(&file).unwrap()) {
            let taken = Cli::command().try_get_matches_from(words(line));
            let helped = matches!(&taken, Err(error) if error.kind() == ErrorKind::DisplayHelp);
            assert!(taken.is_ok() || helped || is_command(line), "{}: {line}\n{}", file.display(), taken.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 70, "{count} commands were found");
}

/// USERS 6: short, two commands, what is shown is what is said, and the Swedish one names the same.
#[test]
fn the_readme_is_short_and_says_the_same_in_both_languages() {
    let (readme, swedish) = (text("README.md"), text("README.sv.md"));
    assert!(readme.lines().count() <= 120, "{} lines", readme.lines().count());
    let code = |text: &str| -> Vec<String> {
        let shell = blocks(text, "sh").concat();
        let shell = shell.lines().filter_map(|line| Some(line.split('#').next()?.trim().to_owned()));
        shell.chain(named(text).into_iter().map(str::to_owned)).collect()
    };
    assert_eq!(code(&readme), code(&swedish));
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(code(&readme).iter().any(|line| line == command), "{command}");
    }
    for (file, text) in [("README.md", &readme), ("README.sv.md", &swedish)] {
        let links = text.match_indices("](").map(|(at, _)| text[at + 2..].split(')').next().unwrap());
        let pictures = text.match_indices("src=\"").map(|(at, _)| text[at + 5..].split('"').next().unwrap());
        for target in links.chain(pictures) {
            assert!(project(target).is_file(), "{file}: {target}");
        }
    }
}

#[test]
fn the_demonstration_says_what_the_readme_shows() {
    let directory = tempfile::tempdir().unwrap();
    let output = sigill(directory.path()).args(["demo", "--no-serve"]).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    let mut lines = said.lines();
    let readme = text("README.md");
    for shown in blocks(&readme, "text")[0].lines() {
        assert!(lines.any(|line| line == shown), "the demonstration does not say, or not in this order: {shown}");
    }
}

#[test]
fn what_is_marked_to_be_run_runs() {
    let mut ran = 0;
    for page in pages() {
        let lines = typed(&page, &fs::read_to_string(&page).unwrap());
        let lines: Vec<Typed> = lines.into_iter().filter(|typed| typed.run).collect();
        if lines.is_empty() {
            continue;
        }
        let (directory, id) = archive();
        let minutes = project("fixtures/minutes/styrelseprotokoll-b-lta.pdf");
        fs::copy(minutes, directory.path().join("protokoll.pdf")).unwrap();
        let named = sigill(directory.path())
            .args(["record", "correct", &id, "--diary-number", "KS 2026/123", "--reason", "x", "--as", "x"])
            .output();
        assert!(named.unwrap().status.success());
        for Typed { page, line, .. } in lines {
            let line = line.replace(RECORD, &id);
            let to = line.split_once('>').map(|(_, file)| directory.path().join(file.trim()));
            let mut command = sigill(directory.path());
            let output =
                command.env("SIGILL_ACTOR", "registrator").args(words(&line).into_iter().skip(1)).output().unwrap();
            let (said, trouble) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{}: {line}\n{}{trouble}", page.display(), String::from_utf8_lossy(said));
            if let Some(file) = to {
                fs::write(file, said).unwrap();
            }
            ran += 1;
        }
    }
    assert!(ran > 30, "{ran} commands ran");
}

#[test]
fn the_book_builds() {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new("mdbook");
    command.args(["build", "deploy/book", "--dest-dir"]).arg(out.path()).current_dir(project(""));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if env::var("CI").is_ok_and(|ci| ci == "true") => panic!("mdbook: {error}"),
        Err(error) => return eprintln!("not run, mdbook: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reference = fs::read_to_string(out.path().join("drift/installningar.html")).unwrap();
    assert!(reference.contains("metrics_listen") && !reference.contains("{{#include"), "the settings are in it");
}
