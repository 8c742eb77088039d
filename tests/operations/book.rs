//! The book: every page is reached, every link leads somewhere, every command in it is one that the program takes, and
//! what is marked `sh,run` is run in an archive. USERS section 6.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use clap::CommandFactory;
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
            if path.is_dir() { folders.push(path) } else { pages.push(path) }
        }
    }
    pages.sort();
    pages
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
