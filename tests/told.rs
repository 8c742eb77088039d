//! What is said when something is wrong with an archive or with what was typed: each error has its own four answers.
//! USERS sections 5 and 10. Runs the built binary; full and broken disks are in `tests/power/cli.rs`.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

#[expect(dead_code, reason = "other tests read JSON")]
mod by_hand;
#[path = "support/copy.rs"]
mod copy;

use std::fs;
use std::path::Path;

use by_hand::call;
use copy::copy_all;
use tempfile::TempDir;

/// An archive in `house/` with one document, and what belongs to another beside it.
fn town() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    for (house, origin) in [("house", "told.example/log"), ("other", "other.example/log")] {
        assert_eq!(call(at, &["init", "--data", house, "--origin", origin]).status, Some(0));
        fs::write(at.join("first.txt"), "Protokoll\nKommunstyrelsen\n§ 1 Handling\n").unwrap();
        assert_eq!(call(at, &["--data", house, "ingest", "first.txt"]).status, Some(0));
        assert_eq!(call(at, &["--data", house, "export", &format!("{house}-mirror")]).status, Some(0));
    }
    directory
}

/// What is done to the archive in this directory, the command, and its status; words of the answer in Swedish and
/// English; words that would be bad advice.
type Row = (
    fn(&Path),
    &'static [&'static str],
    i32,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

fn gone(path: &Path) {
    if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
}

fn scribbled(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    fs::write(path, vec![0x55; usize::try_from(length).unwrap()]).unwrap();
}

fn journal(house: &Path) -> std::path::PathBuf {
    fs::read_dir(house.join("ledger/journal")).unwrap().next().unwrap().unwrap().path()
}

const GONE_SV: &[&str] = &["saknas", "kan inte göras om", "lägg tillbaka den", "`sigill restore`", "Kvitton"];
const GONE_EN: &[&str] = &["is missing", "cannot be made anew", "put it back", "`sigill restore`", "Receipts"];
const REMAKE_SV: &[&str] = &["Inget har ändrats", "`sigill rebuild --journal`", "`sigill restore`", "Kvitton"];
const REMAKE_EN: &[&str] = &["Nothing was changed", "`sigill rebuild --journal`", "`sigill restore`", "Receipts"];
const FOREIGN_SV: &[&str] = &["ingen kopia", "Inget har ändrats", "Ange en annan mapp", "Arkivet är orört"];
const FOREIGN_EN: &[&str] = &["no copy", "Nothing was changed", "Name another directory", "The archive is untouched"];

const TABLE: &[Row] = &[
    (|at| gone(&at.join("ledger/journal")), &["ingest", "first.txt"], 2, REMAKE_SV, REMAKE_EN, &["check"]),
    (|at| gone(&at.join("ledger/journal")), &["rebuild"], 2, REMAKE_SV, REMAKE_EN, &["check"]),
    (|at| gone(&at.join("ledger/journal")), &["check"], 1, REMAKE_SV, REMAKE_EN, &["sigill check"]),
    (|at| gone(&at.join("ledger/head.anchor")), &["check"], 1, REMAKE_SV, REMAKE_EN, &["sigill check"]),
    (|at| scribbled(&journal(at)), &["check"], 1, REMAKE_SV, REMAKE_EN, &["sigill check"]),
    (|at| scribbled(&journal(at)), &["rebuild"], 2, REMAKE_SV, REMAKE_EN, &["sigill check"]),
    (|at| scribbled(&at.join("ledger/head.anchor")), &["find", "x"], 2, REMAKE_SV, REMAKE_EN, &["check"]),
    (
        |at| ["journal", "store"].iter().for_each(|part| gone(&at.join("ledger").join(part))),
        &["rebuild", "--journal"],
        2,
        &["Publicerade poster: 1. Hela här: 0.", "Inget har ändrats", "`sigill restore`"],
        &["Entries published: 1. Whole here: 0.", "Nothing was changed", "`sigill restore`"],
        &["rebuild", "check"],
    ),
    (|at| gone(&at.join("ledger/key")), &["check"], 1, GONE_SV, GONE_EN, &["rebuild", "sigill check"]),
    (|at| gone(&at.join("documents")), &["check"], 1, GONE_SV, GONE_EN, &["rebuild", "sigill check"]),
    (|_| {}, &["export", "other-mirror"], 2, FOREIGN_SV, FOREIGN_EN, &["rebuild", "check"]),
    (
        |_| {},
        &["check", "--directory", "house"],
        2,
        &["ingen mapp med en exporterad logg"],
        &["no directory with an exported"],
        &["rebuild"],
    ),
    (
        |_| {},
        &["import", "house-mirror", "--key", "other/ledger/key"],
        2,
        FOREIGN_SV,
        FOREIGN_EN,
        &["rebuild", "check"],
    ),
    (
        |_| {},
        &["import", "house", "--key", "house/ledger/key"],
        2,
        &["ingen mapp med en exporterad"],
        &["no directory with an"],
        &["rebuild"],
    ),
    (
        |at| fs::write(at.join("ledger/journal/strange.jnl"), "x").unwrap(),
        &["ingest", "first.txt"],
        2,
        &["hör inte till journalen", "Inget har ändrats", "Flytta bort filen"],
        &["no part of the journal", "Nothing was changed", "Move the file away"],
        &["rebuild", "restore"],
    ),
];

#[test]
fn every_error_says_what_happened_how_bad_it_is_what_to_do_and_what_still_works() {
    let directory = town();
    let at = directory.path();
    copy_all(&at.join("house"), &at.join("whole"));
    for (number, (damage, arguments, status, sv, en, never)) in TABLE.iter().enumerate() {
        gone(&at.join("house"));
        copy_all(&at.join("whole"), &at.join("house"));
        damage(&at.join("house"));
        for (lang, words) in [("sv", sv), ("en", en)] {
            let said = call(at, &[&["--data", "house", "--lang", lang], *arguments].concat());
            let told = format!("{}{}", said.stdout, said.stderr);
            assert_eq!(said.status, Some(*status), "{number} {arguments:?}: {told}");
            for word in *words {
                assert!(told.contains(word), "{number} {arguments:?}: no {word:?} in {told}");
            }
            for word in *never {
                assert!(!told.contains(word), "{number} {arguments:?}: {word:?} is no help: {told}");
            }
        }
    }
}

#[test]
fn what_was_typed_wrong_is_told_in_the_readers_language() {
    let directory = tempfile::tempdir().unwrap();
    let table: &[(&[&str], &str)] = &[
        (&["chek"], "Det finns inget kommando `chek`. Menade du `check`?"),
        (&["check", "--directry", "x"], "`--directry` går inte att ange här. Menade du `--directory`?"),
        (&["verify"], "Det saknas något: <FILE>..."),
        (&["ledger"], ""),
        (&["verify", "--at", "igår", "a.pdf"], "`igår` duger inte för --at <RFC3339>."),
        (&["verify", "--at", "0000-01-01T00:00:00Z", "a.pdf"], "`0000-01-01T00:00:00Z` duger inte för --at <RFC3339>."),
        (&["migrate", "--to", "oracle", "--places", "p", "--into", "d"], "Möjliga värden: postgres."),
        (&["verify", "--online", "--offline", "a.pdf"], "kan inte anges tillsammans med"),
        (&["check", "--lang"], "--lang <sv|en> behöver ett värde"),
        (&["check", "x"], "`x` går inte att ange här."),
    ];
    for (arguments, sentence) in table {
        let said = call(directory.path(), arguments);
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(said.stderr.contains(sentence), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("Inget har gjorts.") || sentence.is_empty(), "{}", said.stderr);
        assert!(!said.stderr.contains("error:") && !said.stderr.contains("Usage"), "{arguments:?}: {}", said.stderr);
    }
    let english = call(directory.path(), &["--lang", "en", "chek"]);
    assert!(english.stderr.contains("unrecognized subcommand 'chek'"), "{}", english.stderr);
}

#[test]
fn the_help_says_each_default_once_and_in_its_language() {
    let directory = tempfile::tempdir().unwrap();
    // Lines are broken where the terminal ends.
    let help = |arguments: &[&str]| {
        let said = call(directory.path(), &[arguments, &["--help"]].concat()).stdout;
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for command in [&["migrate"][..], &["monitor"], &["demo"], &["stamp"], &["serve"], &["trust", "add"]] {
        let swedish = help(command);
        for english in ["[default", "possible values", "On this machine", "In a database"] {
            assert!(!swedish.contains(english), "{command:?}: {swedish}");
        }
        let options = swedish.split("--");
        assert!(options.into_iter().all(|option| option.matches("[förval").count() < 2), "{swedish}");
    }
    let migrate = help(&["migrate"]);
    assert!(migrate.contains("[möjliga värden: postgres]") && migrate.contains("[förval: sled]"), "{migrate}");
    assert!(help(&["monitor"]).contains("[förval: sigill-monitor.json]"));
    assert!(help(&["stamp"]).contains("Tjänstens adress"), "{}", help(&["stamp"]));
    assert!(help(&["monitor"]).contains("Var loggen läses"));
}

#[test]
fn a_backup_of_what_is_already_wrong_is_made_and_answers_so() {
    let directory = town();
    let at = directory.path();
    let document = at.join("house/documents");
    let shelf = fs::read_dir(&document).unwrap().map(|one| one.unwrap().path());
    let shelf = shelf.into_iter().find(|path| path.file_name().is_some_and(|name| name.len() == 2)).unwrap();
    let whole = call(at, &["--data", "house", "backup", "whole.tar"]);
    assert_eq!(whole.status, Some(0), "{}", whole.stderr);
    gone(&shelf);
    let said = call(at, &["--data", "house", "backup", "b.tar"]);
    assert_eq!(said.status, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(at.join("b.tar").is_file() && said.stdout.contains("dokumentet saknas"), "{}", said.stdout);
    assert!(said.stderr.contains("behåll tidigare säkerhetskopior"), "{}", said.stderr);
}

#[test]
fn check_tells_what_opening_made_anew_and_counts_each_loss_once() {
    let directory = town();
    let at = directory.path();
    let check = || call(at, &["--data", "house", "check"]);
    gone(&at.join("house/catalogue"));
    let said = check();
    assert!(said.status == Some(0) && said.stdout.contains("Sökregistret saknades"), "{}{}", said.stdout, said.stderr);
    assert!(!check().stdout.contains("Sökregistret saknades"), "only where it happened");
    fs::write(at.join("house/tokens.toml"), "[[token]]\nid = 7").unwrap();
    let said = check();
    assert!(said.status == Some(1) && said.stdout.contains("Rätta filen"), "{}", said.stdout);
    assert!(!said.stdout.contains("Förlust") && !said.stdout.contains("rebuild"), "no record is lost: {}", said.stdout);
    gone(&at.join("house/tokens.toml"));
    for part in ["salts", "records"] {
        copy_all(&at.join("house"), &at.join("kept"));
        let shelves = fs::read_dir(at.join("house").join(part)).unwrap().map(|one| one.unwrap().path());
        shelves.filter(|path| path.file_name().is_some_and(|name| name.len() == 2)).for_each(|path| gone(&path));
        for catalogue in ["there", "made anew"] {
            let said = check();
            assert_eq!(said.stdout.matches("Förlust").count(), 1, "{part}, {catalogue}: {}", said.stdout);
            let others = said.stdout.matches("Fel i det").count() + said.stdout.matches("avbröts").count();
            assert_eq!(others, 0, "{part}, {catalogue}: {}", said.stdout);
            gone(&at.join("house/catalogue"));
        }
        gone(&at.join("house"));
        fs::rename(at.join("kept"), at.join("house")).unwrap();
    }
}

#[test]
fn the_hint_about_a_change_of_keys_names_the_archive() {
    let directory = town();
    let said = call(directory.path(), &["--data", "house", "ledger", "key", "rotate"]);
    assert!(said.stderr.contains("sigill --data house ledger key rotate --yes"), "{}", said.stderr);
}

#[test]
fn a_backup_is_held_to_what_was_published_after_a_change_of_keys() {
    let directory = town();
    let at = directory.path();
    assert_eq!(call(at, &["--data", "house", "backup", "old.tar"]).status, Some(0));
    assert_eq!(call(at, &["--data", "house", "ledger", "key", "rotate", "--yes"]).status, Some(0));
    fs::write(at.join("second.txt"), "Protokoll\nKommunstyrelsen\n§ 2 En annan\n").unwrap();
    assert_eq!(call(at, &["--data", "house", "ingest", "second.txt"]).status, Some(0));
    assert_eq!(call(at, &["--data", "house", "export", "house-mirror"]).status, Some(0));
    let restore = |published: &str| call(at, &["--data", "back", "restore", "old.tar", "--published", published]);
    let said = restore("house-mirror/checkpoint");
    assert!(said.status == Some(2) && said.stderr.contains("Använd en nyare kopia"), "{}", said.stderr);
    fs::create_dir(at.join("bare")).unwrap();
    fs::copy(at.join("house-mirror/checkpoint"), at.join("bare/checkpoint")).unwrap();
    let said = restore("bare/checkpoint");
    assert!(said.status == Some(2) && said.stderr.contains("`succession` bredvid"), "{}", said.stderr);
}
