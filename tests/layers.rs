//! The house has one direction: rooms name only rooms below them, pure rooms stay pure, files stay small.
//! A text scan against drift, not against malice; it relies on cross-room paths that start with `crate::`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may name. Drawn in `src/lib.rs`.
const ROOMS: &[(&str, &[&str])] = &[
    ("format", &[]),
    ("store", &[]),
    ("verify", &["format"]),
    ("ledger", &["store"]),
    ("archive", &["format", "verify", "store", "ledger"]),
    ("web", &["format", "verify", "store", "ledger", "archive"]),
    ("telemetry", &["format", "verify", "store", "ledger", "archive", "web"]),
    ("config", &["format", "verify", "store", "ledger", "archive", "web", "telemetry"]),
    ("cli", &["format", "verify", "store", "ledger", "archive", "web", "telemetry", "config"]),
];

/// Rooms that take clock, disk, network and randomness as arguments.
const PURE: &[&str] = &["format", "verify"];

/// What a pure room never says.
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::io::stdin",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio",
    "async fn",
    "tracing",
    "println!",
    "eprintln!",
    "SystemRandom",
];

/// Rooms whose modules also name only modules declared before them in `mod.rs`.
const ORDERED: &[&str] = &["format", "verify"];

/// Longest file, in lines of code: neither blank, nor comment, nor unit test.
const CODE_LINES_MAX: usize = 500;

struct Source {
    room: String,
    module: String,
    name: String,
    text: String,
    code: Vec<(usize, String)>,
}

/// Lines with their numbers, without comments and without the unit tests at the end.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let body = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let stripped = body.enumerate().map(|(number, line)| (number + 1, strip_comment(line)));
    stripped.filter(|(_, line)| !line.trim().is_empty()).collect()
}

fn strip_comment(line: &str) -> String {
    let cut = line.find("//").filter(|at| !line[..*at].ends_with(':'));
    line[..cut.unwrap_or(line.len())].to_owned()
}

fn source(root: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("source files are readable");
    let relative = path.strip_prefix(root).expect("found below the root").to_string_lossy().replace('\\', "/");
    let parts: Vec<&str> = relative.trim_end_matches(".rs").split('/').collect();
    Source {
        room: parts[0].to_owned(),
        module: parts.get(1).copied().unwrap_or("mod").to_owned(),
        name: relative.clone(),
        code: code_lines(&text),
        text,
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("source folders are readable") {
        let path = entry.expect("source folders are readable").path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    paths.iter().map(|path| source(&root, path)).collect()
}

/// The words that follow `crate::` in a line.
fn rooms_named(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").map(|(at, found)| word(&line[at + found.len()..]))
}

/// The leading identifier; empty where a group or glob stands, which the guard cannot follow.
fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

fn direction_faults(source: &Source) -> Vec<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == source.room) else {
        let known = ["lib", "main"].contains(&source.room.as_str());
        return if known { vec![] } else { vec![format!("{}: a room the table does not know", source.name)] };
    };
    let mut faults = Vec::new();
    for (number, line) in &source.code {
        for named in rooms_named(line) {
            if named != source.room && !allowed.contains(&named) {
                faults.push(format!("{}:{number}: {} names {named:?}", source.name, source.room));
            }
        }
        if line.contains("super::super::super") {
            faults.push(format!("{}:{number}: climbs out of its room", source.name));
        }
    }
    faults
}

fn order_faults(sources: &[Source], room: &str) -> Vec<String> {
    let Some(root) = sources.iter().find(|s| s.name == format!("{room}/mod.rs")) else {
        return vec![];
    };
    let declared = root.code.iter().filter_map(|(_, line)| line.trim().strip_prefix("pub mod "));
    let order: BTreeMap<&str, usize> = declared.map(word).zip(0..).collect();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|s| s.room == room && s.module != "mod") {
        let Some(own) = order.get(source.module.as_str()) else {
            faults.push(format!("{}: not declared `pub mod` in {room}/mod.rs", source.name));
            continue;
        };
        let prefix = format!("crate::{room}::");
        for (number, line) in &source.code {
            for (at, found) in line.match_indices(&prefix) {
                let named = word(&line[at + found.len()..]);
                if order.get(named).is_none_or(|place| place > own) {
                    faults.push(format!("{}:{number}: names {named:?}, which comes later", source.name));
                }
            }
        }
    }
    faults
}

fn purity_faults(source: &Source) -> Vec<String> {
    let lines = source.code.iter().filter(|_| PURE.contains(&source.room.as_str()));
    let found = lines.flat_map(|(number, line)| {
        let words = IMPURE_WORDS.iter().filter(|word| line.contains(**word));
        words.map(move |word| format!("{}:{number}: a pure room says {word:?}", source.name))
    });
    found.collect()
}

fn shape_faults(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    if !source.text.starts_with("//!") {
        faults.push(format!("{}: does not open with what it is", source.name));
    }
    if source.code.len() > CODE_LINES_MAX {
        faults.push(format!("{}: {} lines of code", source.name, source.code.len()));
    }
    faults
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn rooms_name_only_rooms_below() {
    assert_none(sources().iter().flat_map(direction_faults).collect());
}

#[test]
fn the_table_has_no_circle() {
    let place = |room: &str| ROOMS.iter().position(|(name, _)| *name == room).expect("every named room has a row");
    for (room, below) in ROOMS {
        for named in *below {
            assert!(place(named) < place(room), "{room} may name {named}, which stands above it");
        }
    }
}

#[test]
fn inside_the_left_pillar_modules_name_only_earlier_ones() {
    let sources = sources();
    assert_none(ORDERED.iter().flat_map(|room| order_faults(&sources, room)).collect());
}

#[test]
fn pure_rooms_say_nothing_impure() {
    assert_none(sources().iter().flat_map(purity_faults).collect());
}

#[test]
fn every_file_opens_with_what_it_is_and_stays_short() {
    assert_none(sources().iter().flat_map(shape_faults).collect());
}

#[test]
fn the_guard_sees_what_it_should() {
    let made = |name: &str, text: &str| Source {
        room: name.split('/').next().unwrap().to_owned(),
        module: name.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned(),
        name: name.to_owned(),
        text: text.to_owned(),
        code: code_lines(text),
    };
    let wrong_way = ["use crate::archive::Archive;", "use crate::{store, web};", "use super::super::super::web;"];
    for line in wrong_way {
        assert!(!direction_faults(&made("verify/path.rs", line)).is_empty(), "{line}");
    }
    let fine = ["use crate::format::der;", "// crate::web is above", "let url = \"https://crate.example\";"];
    for line in fine {
        assert!(direction_faults(&made("verify/path.rs", line)).is_empty(), "{line}");
    }
    assert!(!purity_faults(&made("format/der.rs", "let now = Timestamp::now();")).is_empty());
    assert!(purity_faults(&made("ledger/note.rs", "let now = Timestamp::now();")).is_empty());
    let law =
        [made("verify/mod.rs", "pub mod text;\npub mod path;"), made("verify/text.rs", "use crate::verify::path::X;")];
    assert!(!order_faults(&law, "verify").is_empty());
    let long = format!("//! Long.\n{}", "let x = 1;\n".repeat(CODE_LINES_MAX + 1));
    assert!(!shape_faults(&made("verify/path.rs", &long)).is_empty());
    assert!(!shape_faults(&made("verify/path.rs", "use std::fmt;")).is_empty());
}
