//! Thousands of files at once: tried first, described by a table, interrupted and gone on with, told in order.
//! USERS sections 5 and 8 (11): the way out of a system that ends. Runs the built binary.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

mod by_hand;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use by_hand::{Said, call, sigill};
use serde_json::Value;
use tempfile::TempDir;

const GENUINE: &str = "fixtures/minutes/styrelseprotokoll-b-lta.pdf";

/// An archive in `house/`, and a folder `in/` with these texts as files.
fn archive(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = call(directory.path(), &["init", "--data", "house", "--origin", "test.example/log"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    for (name, text) in files {
        let path = directory.path().join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn house(directory: &TempDir, arguments: &[&str]) -> Said {
    call(directory.path(), &[&["--data", "house"], arguments].concat())
}

fn size(directory: &TempDir) -> String {
    house(directory, &["ledger", "size"]).stdout.trim().to_owned()
}

/// Everything below a folder, with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

fn said(line: &Value, key: &str) -> String {
    line[key].as_str().unwrap_or_default().to_owned()
}

/// What the archive says of the one record that a file is.
fn record(directory: &TempDir, file: &str) -> Value {
    let found = house(directory, &["--json", "find", file]);
    found.json()[0]["records"][0].clone()
}

#[test]
fn a_dry_run_says_what_would_happen_and_stores_nothing() {
    let directory =
        archive(&[("a.txt", "Ett brev."), ("b.txt", "Ett annat brev."), ("c.txt", "Ett brev."), ("d.txt", "")]);
    assert_eq!(house(&directory, &["ingest", "in/b.txt"]).status, Some(0));
    let records = contents(&directory.path().join("house/records"));
    let tried = house(&directory, &["--json", "ingest", "--dry-run", "--report", "prov.csv", "in"]);
    let outcomes: Vec<String> = tried.json().iter().map(|line| said(line, "outcome")).collect();
    assert_eq!(outcomes, ["would-register", "known", "known", "failed"]);
    assert!(
        tried.stderr.contains("inget har sparats: 1 skulle registreras, 2 finns redan, 1 skulle inte"),
        "the same bytes twice are one record: {}",
        tried.stderr
    );
    assert_eq!(tried.status, Some(1));
    assert_eq!((size(&directory).as_str(), contents(&directory.path().join("house/records"))), ("1", records));
    let report = fs::read_to_string(directory.path().join("prov.csv")).unwrap();
    assert!(report.contains("a.txt;unsigned;would-register;"), "{report}");

    let then = house(&directory, &["ingest", "in"]);
    assert!(then.stderr.contains("1 nya, 2 redan registrerade, 1 som inte"), "as it was said: {}", then.stderr);
}

#[test]
fn a_table_says_of_each_file_what_no_document_says_of_itself() {
    let directory = archive(&[("2024/a.txt", "Ett"), ("2025/a.txt", "Två"), ("b.txt", "Tre")]);
    let table = "\u{feff}Fil;Diarienummer;Organ;Handlingstyp;Titel;Publik;Förväntade undertecknare\r\n\
                 2024/a.txt;KS 2024/1;Nämnden;letter;\"Brev; det första\";ja;Anna Ek, Bo Al\r\n\
                 2025\\a.txt;KS 2025/1;;;;nej\r\n";
    fs::write(directory.path().join("t.csv"), table).unwrap();
    let done = house(&directory, &["--json", "ingest", "--metadata", "t.csv", "--body", "Styrelsen", "in"]);
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("1 filer saknar rad i tabellen"), "{}", done.stderr);
    let first = record(&directory, "in/2024/a.txt");
    let all = |record: &Value| ["diaryNumber", "body", "recordType", "title"].map(|key| said(record, key));
    assert_eq!(all(&first), ["KS 2024/1", "Nämnden", "letter", "Brev; det första"], "{first}");
    assert_eq!((&first["public"], &first["expectedSigners"]), (&true.into(), &serde_json::json!(["Anna Ek", "Bo Al"])));
    let second = record(&directory, "in/2025/a.txt");
    assert_eq!(
        (all(&second), &second["public"]),
        (["KS 2025/1", "Styrelsen", "other", "Två"].map(str::to_owned), &false.into())
    );
    assert_eq!(
        all(&record(&directory, "in/b.txt")),
        ["", "Styrelsen", "other", "Tre"],
        "the options hold without a row"
    );
}

#[test]
fn a_table_with_a_fault_lets_nothing_be_stored_and_tells_all_its_faults() {
    let directory = archive(&[("a.txt", "Ett"), ("b.txt", "Två")]);
    let tried = |table: &[u8]| {
        fs::write(directory.path().join("t.csv"), table).unwrap();
        let told = house(&directory, &["ingest", "--metadata", "t.csv", "in"]);
        assert_eq!((told.status, told.stdout.as_str()), (Some(2), ""), "{}", told.stderr);
        assert!(told.stderr.contains("Inget har registrerats"), "{}", told.stderr);
        told.stderr
    };
    let told = tried("fil,titel\na.txt,Ett\nsaknas.txt,Två\na.txt,Tre\n".as_bytes());
    assert!(told.contains("Rad 3: Ingen fil i omgången heter saknas.txt"), "{told}");
    assert!(told.contains("Rad 4: a.txt står redan på rad 2"), "{told}");
    assert!(tried("fil;förvarning\na.txt;x\n".as_bytes()).contains("Kolumnen ”förvarning” är okänd"));
    assert!(tried(b"fil;titel\na.txt;\xe5\n").contains("CSV UTF-8"));
    assert_eq!(size(&directory), "0");
}

#[test]
fn a_batch_is_told_in_the_files_order() {
    let mut files: Vec<(String, String)> = (0..60).map(|n| (format!("{n:03}.txt"), format!("Brev {n}"))).collect();
    files.sort();
    let named: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let directory = archive(&named);
    // The first is much work and the others are done before it.
    let minutes = Path::new(env!("CARGO_MANIFEST_DIR")).join(GENUINE);
    fs::copy(minutes, directory.path().join("in/000.txt")).unwrap();
    let done = house(&directory, &["--json", "ingest", "--report", "ut.csv", "in"]);
    let told: Vec<String> = done.json().iter().map(|line| said(line, "file")).collect();
    let expected: Vec<String> = files.iter().map(|(name, _)| format!("in/{name}")).collect();
    assert_eq!(told, expected);
    let report = fs::read_to_string(directory.path().join("ut.csv")).unwrap();
    let rows: Vec<&str> = report.lines().skip(1).map(|row| row.split(';').next().unwrap()).collect();
    assert_eq!(rows, expected, "so is the report");
}

#[test]
fn an_interrupted_batch_ends_in_order_and_goes_on_where_it_was() {
    const FILES: usize = 500;
    let files: Vec<(String, String)> = (0..FILES).map(|n| (format!("{n:03}.txt"), format!("Brev {n}"))).collect();
    let named: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let directory = archive(&named);
    let mut command = sigill(directory.path());
    command.args(["--data", "house", "--json", "ingest", "in"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut answers = BufReader::new(running.stdout.take().unwrap());
    let mut first = String::new();
    answers.read_line(&mut first).unwrap();
    // Nobody reads on: what is told is far more than a pipe holds, so that the batch cannot be done yet.
    let asked = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let mut rest = String::new();
    answers.read_to_string(&mut rest).unwrap();
    let mut told = String::new();
    running.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(1), "{told}");
    let count = 1 + rest.lines().count();
    assert!(count < FILES, "it was interrupted");
    assert!(told.contains(&format!("Avbrutet efter {count} av {FILES} filer")), "{told}");
    assert_eq!(size(&directory), count.to_string(), "all that is registered was told, and all told is registered");

    let again = house(&directory, &["ingest", "in"]);
    assert!(
        again.stderr.contains(&format!("{} nya, {count} redan registrerade, 0 som", FILES - count)),
        "{}",
        again.stderr
    );
    assert_eq!((again.status, size(&directory)), (Some(0), FILES.to_string()));
}
