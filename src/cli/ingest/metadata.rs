//! What a table says about the files of a batch: a row for each file. USERS 5: the way out of a system that ends.
//! Whatever is wrong with the table is told, all at once, before anything is stored.

use std::collections::BTreeMap;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use crate::archive::record;
use crate::archive::tables;
use crate::cli::args::Ingest;
use crate::cli::console::on_one_line;
use crate::cli::ingest::found::Candidate;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::format::csv::Table;
use crate::verify::text::Text;

/// Largest table read: a hundred thousand rows and more.
const BYTES_MAX: u64 = 64 << 20;
/// Faults told at once.
const TOLD_MAX: usize = 20;

/// A column that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    File,
    DiaryNumber,
    Body,
    RecordType,
    Title,
    ExpectedSigners,
    Public,
}

/// What columns are called, as a registrar and as a program calls them.
const COLUMNS: &[(Column, &str, &str)] = &[
    (Column::File, "fil", "file"),
    (Column::DiaryNumber, "diarienummer", "diary_number"),
    (Column::Body, "organ", "body"),
    (Column::RecordType, "handlingstyp", "record_type"),
    (Column::Title, "titel", "title"),
    (Column::ExpectedSigners, "förväntade undertecknare", "expected_signers"),
    (Column::Public, "publik", "public"),
];

/// What is said about one file: by its row, else by the options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) title: Option<String>,
    pub(super) record_type: Option<String>,
    pub(super) diary_number: Option<String>,
    pub(super) body: Option<String>,
    pub(super) expected_signers: Vec<String>,
    pub(super) public: bool,
}

impl Said {
    /// What the options say of every file.
    pub(super) fn by_options(args: &Ingest) -> Self {
        Self {
            title: args.title.clone(),
            record_type: args.record_type.clone(),
            diary_number: args.diary_number.clone(),
            body: args.body.clone(),
            expected_signers: args.expected.clone(),
            public: args.public,
        }
    }

    fn set(&mut self, column: Column, cell: &str) -> Result<(), Text> {
        let text = Some(cell.to_owned());
        match column {
            Column::File => {}
            Column::DiaryNumber => self.diary_number = text,
            Column::Body => self.body = text,
            Column::RecordType => self.record_type = text,
            Column::Title => self.title = text,
            Column::ExpectedSigners => self.expected_signers = record::names(cell),
            Column::Public => self.public = yes_or_no(cell)?,
        }
        Ok(())
    }
}

fn yes_or_no(cell: &str) -> Result<bool, Text> {
    match cell.to_lowercase().as_str() {
        "ja" | "j" | "yes" | "y" | "true" | "sant" | "1" | "x" => Ok(true),
        "nej" | "n" | "no" | "false" | "falskt" | "0" => Ok(false),
        _ => Err(Text::new(format!("”{cell}” är varken ja eller nej."), format!("\"{cell}\" is neither yes nor no."))),
    }
}

/// What is said of each file: the options, over them its row where there is one. The second: how many files have none.
pub(super) fn of(args: &Ingest, found: &[Candidate]) -> Result<(Vec<Said>, usize), Stop> {
    let otherwise = Said::by_options(args);
    let Some(path) = &args.metadata else { return Ok((vec![otherwise; found.len()], 0)) };
    let bytes = open::file(path, BYTES_MAX).map_err(Stop::Trouble)?;
    let faults = match Table::read(&bytes) {
        Ok(table) => match applied(&table, &otherwise, found) {
            Ok(said) => return Ok(said),
            Err(faults) => faults,
        },
        Err(error) => vec![tables::unreadable(error)],
    };
    Err(refused(path, &faults))
}

fn applied(table: &Table, otherwise: &Said, found: &[Candidate]) -> Result<(Vec<Said>, usize), Vec<Text>> {
    let columns = columns(&table.heading)?;
    let places = Places::of(found);
    let (mut said, mut rows, mut faults) = (vec![otherwise.clone(); found.len()], BTreeMap::new(), Vec::new());
    for row in &table.rows {
        let line = row.line;
        let mut fault = |text: Text| faults.push(tables::at_line(line, &text));
        let cells = || columns.iter().zip(&row.cells);
        let file = cells().find(|(column, _)| **column == Column::File).map_or("", |(_, cell)| cell.as_str());
        let place = match places.find(file) {
            Ok(place) => place,
            Err(text) => {
                fault(text);
                continue;
            }
        };
        if let Some(before) = rows.insert(place, line) {
            fault(Text::new(
                format!("{file} står redan på rad {before}."),
                format!("{file} is on line {before} already."),
            ));
        }
        let Some(said) = said.get_mut(place) else { continue };
        for (column, cell) in cells().filter(|(_, cell)| !cell.is_empty()) {
            if let Err(text) = said.set(*column, cell) {
                fault(text);
            }
        }
    }
    let without = found.len().saturating_sub(rows.len());
    if faults.is_empty() { Ok((said, without)) } else { Err(faults) }
}

/// The columns in their order; every heading must be understood, and one must be the file's.
fn columns(heading: &[String]) -> Result<Vec<Column>, Vec<Text>> {
    let plain = |name: &str| name.nfc().collect::<String>().to_lowercase().replace(['_', '-'], " ");
    let (mut columns, mut faults) = (Vec::new(), Vec::new());
    for name in heading {
        let known = COLUMNS.iter().find(|(_, sv, en)| plain(name) == plain(sv) || plain(name) == plain(en));
        match known {
            Some((column, _, _)) if columns.contains(column) => faults.push(Text::new(
                format!("Kolumnen ”{name}” finns två gånger."),
                format!("The column \"{name}\" is there twice."),
            )),
            Some((column, _, _)) => columns.push(*column),
            None => faults.push(Text::new(
                format!("Kolumnen ”{name}” är okänd. Kända är: {}.", all(|(_, sv, _)| *sv)),
                format!("The column \"{name}\" is not known. Known are: {}.", all(|(_, _, en)| *en)),
            )),
        }
    }
    if faults.is_empty() && !columns.contains(&Column::File) {
        faults.push(Text::new(
            "Ingen kolumn heter ”fil”: vilken fil en rad gäller kan inte avgöras.",
            "No column is called \"file\": which file a row is about cannot be told.",
        ));
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

fn all(name: impl Fn(&(Column, &'static str, &'static str)) -> &'static str) -> String {
    COLUMNS.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The files by their names, so that a table of thousands is matched at once.
struct Places<'f> {
    by_name: BTreeMap<String, Vec<(usize, String)>>,
    found: &'f [Candidate],
}

/// A path as it is compared: forward slashes, composed letters (macOS takes å apart).
fn comparable(path: &str) -> String {
    let path: String = path.nfc().collect::<String>().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl<'f> Places<'f> {
    fn of(found: &'f [Candidate]) -> Self {
        let mut by_name: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        for (place, candidate) in found.iter().enumerate() {
            let path = comparable(&candidate.path.to_string_lossy());
            by_name.entry(last(&path).to_owned()).or_default().push((place, path));
        }
        Self { by_name, found }
    }

    /// The one file whose path is this, or ends with it.
    fn find(&self, written: &str) -> Result<usize, Text> {
        let named = comparable(written);
        let candidates = self.by_name.get(last(&named)).map(Vec::as_slice).unwrap_or_default();
        let ends =
            |path: &str| path.strip_suffix(named.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let fitting: Vec<_> = candidates.iter().filter(|(_, path)| ends(path)).collect();
        let exact = fitting.iter().find(|(_, path)| *path == named);
        match (exact, fitting.as_slice()) {
            _ if named.is_empty() => Err(Text::new("Filens namn saknas.", "The file's name is missing.")),
            (Some((place, _)), _) | (None, [(place, _)]) => Ok(*place),
            (None, []) => Err(Text::new(
                format!("Ingen fil i omgången heter {written}."),
                format!("No file of the batch is called {written}."),
            )),
            (None, several) => {
                let paths: Vec<String> = several
                    .iter()
                    .filter_map(|(place, _)| self.found.get(*place))
                    .map(|candidate| on_one_line(&candidate.path))
                    .collect();
                let (n, paths) = (several.len(), paths.join(", "));
                Err(Text::new(
                    format!("{written} är {n} filer: {paths}. Skriv mappen med."),
                    format!("{written} is {n} files: {paths}. Write the folder too."),
                ))
            }
        }
    }
}

fn refused(path: &Path, faults: &[Text]) -> Stop {
    let told = |of: fn(&Text) -> &str| -> String {
        faults.iter().take(TOLD_MAX).map(|text| format!("\n  {}", of(text))).collect()
    };
    let more = faults.len().saturating_sub(TOLD_MAX);
    let (sv, en) = match more {
        0 => (String::new(), String::new()),
        _ => (format!("\n  … och {more} fel till"), format!("\n  … and {more} more")),
    };
    let (path, sv, en) = (on_one_line(path), told(|text| &text.sv) + &sv, told(|text| &text.en) + &en);
    Stop::trouble(
        format!("Tabellen {path} kan inte följas. Inget har registrerats. Rätta den och kör igen.{sv}"),
        format!("The table {path} cannot be followed. Nothing was registered. Correct it and run again.{en}"),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(paths: &[&str]) -> Vec<Candidate> {
        let candidate = |path: &&str| Candidate { path: PathBuf::from(*path), bytes: Some(1), fault: None };
        paths.iter().map(candidate).collect()
    }

    fn options() -> Said {
        Said { body: Some("Kommunstyrelsen".to_owned()), ..Said::default() }
    }

    fn faults(text: &str, paths: &[&str]) -> Vec<String> {
        let table = Table::read(text.as_bytes()).expect("a table");
        applied(&table, &options(), &found(paths)).expect_err("faults").into_iter().map(|text| text.en).collect()
    }

    #[test]
    fn a_row_says_over_the_options_and_an_empty_cell_says_nothing() {
        let table = Table::read(
            "Fil;Diarienummer;Organ;Förväntade undertecknare;Publik\nb.pdf;KS 1;;Anna Ek, Bo Al;ja\nc.pdf;;Nämnden;;\n"
                .as_bytes(),
        );
        let (said, without) =
            applied(&table.expect("a table"), &options(), &found(&["in/a.pdf", "in/b.pdf", "in/c.pdf"]))
                .expect("no fault");
        let body = |name: &str| Some(name.to_owned());
        assert_eq!(without, 1);
        assert_eq!(said[0], Said { body: body("Kommunstyrelsen"), ..Said::default() });
        assert_eq!((said[1].diary_number.as_deref(), said[1].public), (Some("KS 1"), true));
        assert_eq!(
            (&said[1].body, &said[1].expected_signers[..]),
            (&body("Kommunstyrelsen"), &["Anna Ek".to_owned(), "Bo Al".to_owned()][..])
        );
        assert_eq!((&said[2].body, said[2].public), (&body("Nämnden"), false));
    }

    #[test]
    fn a_file_is_found_by_as_much_of_its_path_as_is_needed() {
        let paths = found(&["in/2024/a.pdf", "in/2025/a.pdf", "in/a\u{30a}r.pdf"]);
        let places = Places::of(&paths);
        assert_eq!(places.find("2025/a.pdf").ok(), Some(1));
        assert_eq!(places.find(".\\in\\2024\\a.pdf").ok(), Some(0));
        assert_eq!(places.find("år.pdf").ok(), Some(2), "composed or not");
        assert!(places.find("a.pdf").is_err_and(|text| text.en.contains("is 2 files: in/2024/a.pdf, in/2025/a.pdf")));
        assert!(places.find("5/a.pdf").is_err(), "a part of a folder's name is not its name");
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_line() {
        let told = faults("file,public\na.pdf,kanske\nx.pdf,\na.pdf,ja\n", &["a.pdf"]);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("Line 2: \"kanske\" is neither"), "{told:?}");
        assert!(told[1].starts_with("Line 3: No file of the batch is called x.pdf"), "{told:?}");
        assert!(told[2].starts_with("Line 4: a.pdf is on line 2 already"), "{told:?}");
        assert!(faults("file;färg\na.pdf;röd\n", &["a.pdf"])[0].starts_with("The column \"färg\" is not known"));
        assert!(faults("titel\nEtt\n", &["a.pdf"])[0].contains("No column is called"));
        assert!(faults("fil;file\na;b\n", &["a.pdf"])[0].contains("twice"));
    }
}
