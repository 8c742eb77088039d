//! The audit log: who did what, when, and with what result; also what was refused. USERS 4b: JSON lines.
//! It names tokens, records and routes; never a personal number, a query or a document's content. Acts on records stand
//! in the ledger too: this says who tried, who looked, and who came and went.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::disk;

/// The folder in the archive's directory.
pub const FOLDER: &str = "audit";
/// The file that is written to.
const CURRENT: &str = "audit.jsonl";
/// A file is put aside when it is this large: some fifty thousand lines, which any editor opens.
const FILE_BYTES_MAX: u64 = 16_000_000;
/// Files put aside that are kept; with the one above a gigabyte, years of a municipality's work. The oldest goes first.
const FILES_MAX: usize = 64;
/// Longest line read, in bytes; ours are far shorter.
const LINE_BYTES_MAX: usize = 4096;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When, UTC. / När, UTC.
    pub at: String,
    /// Who: the name of a token or of a login. / Vem: namnet på en nyckel eller en inloggning.
    pub who: String,
    /// By which way: `token`, `session`, `certificate` or `command-line`. / På vilket sätt.
    pub way: String,
    /// What: a method and a route, or a word such as `login`. / Vad: metod och adress, eller ett ord som `login`.
    pub what: String,
    /// The record, where it is about one. / Handlingen, om det gäller en.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// `done`, `refused` or `failed`. / Gjort, nekat eller misslyckat.
    pub result: String,
    /// The HTTP status, where there was one. / HTTP-status, om det fanns en.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The request's id, as it stands in the service's log. / Ärende-id, som det står i tjänstens logg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// From which address, where somebody tried to come in. / Från vilken adress, när någon försökt komma in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Adds a line. When this returns it survives a power cut.
///
/// # Errors
/// The disk's. Whatever the line is about has happened all the same.
pub fn append(archive: &Path, line: &Line) -> Result<(), disk::Error> {
    let folder = archive.join(FOLDER);
    if !folder.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(disk::Error::at("create", &folder))?;
    }
    let path = folder.join(CURRENT);
    let failed = || disk::Error::at("write", &path);
    let mut text = serde_json::to_string(line).map_err(|error| failed()(error.into()))?;
    text.push('\n');
    // Opened for each line, so that several processes share it: one `write` to the end never mixes with another's.
    let mut file = File::options().append(true).create(true).mode(0o600).open(&path).map_err(failed())?;
    file.write_all(text.as_bytes()).map_err(failed())?;
    file.sync_data().map_err(failed())?;
    let full = file.metadata().is_ok_and(|facts| facts.len() >= FILE_BYTES_MAX);
    if full { put_aside(&folder, &path, &line.at) } else { Ok(()) }
}

/// Puts the full file aside under the time of its last line, and lets the oldest go.
fn put_aside(folder: &Path, path: &Path, at: &str) -> Result<(), disk::Error> {
    let time: String = at.chars().filter(char::is_ascii_digit).collect();
    let aside = folder.join(format!("audit-{time}.jsonl"));
    fs::rename(path, &aside).map_err(disk::Error::at("rename", path))?;
    let files = put_aside_files(folder).map_err(disk::Error::at("read", folder))?;
    for old in files.iter().take(files.len().saturating_sub(FILES_MAX)) {
        tracing::warn!(file = %old.display(), "the audit log's oldest file is removed");
        fs::remove_file(old).map_err(disk::Error::at("remove", old))?;
    }
    Ok(())
}

/// The files put aside, oldest first.
fn put_aside_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("audit-") && name.ends_with(".jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Which lines are asked for; what is not said fits all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// About this record.
    pub record: Option<String>,
    /// Of this name.
    pub who: Option<String>,
    /// Of this day, UTC: `2026-01-31`.
    pub day: Option<String>,
    /// The newest so many.
    pub limit: usize,
}

impl Wanted {
    fn fits(&self, line: &Line) -> bool {
        self.record.as_ref().is_none_or(|record| line.record.as_ref() == Some(record))
            && self.who.as_ref().is_none_or(|who| line.who == *who)
            && self.day.as_ref().is_none_or(|day| line.at.get(..10) == Some(day))
    }
}

/// The newest lines that fit, oldest first; a line that is none (half written in a power cut) is left out.
///
/// # Errors
/// The disk's.
pub fn read(archive: &Path, wanted: &Wanted) -> Result<Vec<Line>, disk::Error> {
    let folder = archive.join(FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = put_aside_files(&folder).map_err(disk::Error::at("read", &folder))?;
    files.push(folder.join(CURRENT));
    let mut found: Vec<Line> = Vec::new();
    for path in files.iter().rev() {
        let mut here = read_file(path, wanted).map_err(disk::Error::at("read", path))?;
        here.append(&mut found);
        found = here;
        if found.len() >= wanted.limit {
            break;
        }
    }
    let first = found.len().saturating_sub(wanted.limit);
    Ok(found.split_off(first))
}

fn read_file(path: &Path, wanted: &Wanted) -> io::Result<Vec<Line>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut lines = Vec::new();
    for bytes in BufReader::new(file).split(b'\n') {
        let bytes = bytes?;
        if bytes.len() <= LINE_BYTES_MAX {
            lines.extend(serde_json::from_slice::<Line>(&bytes).ok().filter(|line| wanted.fits(line)));
        }
    }
    Ok(lines)
}

/// A line about what was done by hand on the command line.
pub fn by_hand(at: Timestamp, who: &str, what: &str) -> Line {
    Line {
        at: at.to_string(),
        who: who.to_owned(),
        way: "command-line".to_owned(),
        what: what.to_owned(),
        record: None,
        result: "done".to_owned(),
        status: None,
        request: None,
        from: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: &str, who: &str, record: Option<&str>) -> Line {
        Line { record: record.map(str::to_owned), ..by_hand(at.parse().unwrap(), who, "login") }
    }

    fn all() -> Wanted {
        Wanted { limit: usize::MAX, ..Wanted::default() }
    }

    #[test]
    fn lines_are_found_by_record_by_name_and_by_day_newest_last() {
        let archive = tempfile::tempdir().unwrap();
        assert_eq!(read(archive.path(), &all()).unwrap(), []);
        let lines = [
            line("2026-01-01T10:00:00Z", "a", Some("1")),
            line("2026-01-01T11:00:00Z", "b", None),
            line("2026-01-02T10:00:00Z", "a", None),
        ];
        for line in &lines {
            append(archive.path(), line).unwrap();
        }
        let path = archive.path().join(FOLDER).join(CURRENT);
        let half = fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"at\":\"2026");
        half.unwrap();
        assert_eq!(read(archive.path(), &all()).unwrap(), lines);
        let found = |wanted: Wanted| read(archive.path(), &wanted).unwrap().len();
        assert_eq!(found(Wanted { record: Some("1".into()), ..all() }), 1);
        assert_eq!(found(Wanted { who: Some("a".into()), ..all() }), 2);
        assert_eq!(found(Wanted { day: Some("2026-01-01".into()), ..all() }), 2);
        assert_eq!(read(archive.path(), &Wanted { limit: 1, ..all() }).unwrap(), lines[2..]);
    }

    #[test]
    fn a_full_file_is_put_aside_and_there_are_never_more_than_so_many() {
        let archive = tempfile::tempdir().unwrap();
        let folder = archive.path().join(FOLDER);
        for year in 0..FILES_MAX + 2 {
            append(archive.path(), &line(&format!("{}-01-01T00:00:00Z", 2026 + year), "first", None)).unwrap();
            let file = fs::OpenOptions::new().write(true).open(folder.join(CURRENT)).unwrap();
            file.set_len(FILE_BYTES_MAX).unwrap();
            append(archive.path(), &line(&format!("{}-01-02T00:00:00Z", 2026 + year), "last", None)).unwrap();
            assert!(!folder.join(CURRENT).exists());
        }
        let files = put_aside_files(&folder).unwrap();
        assert_eq!(files.len(), FILES_MAX);
        assert!(files.first().unwrap().ends_with("audit-20280102000000.jsonl"), "{files:?}");
        let newest = read(archive.path(), &Wanted { limit: 1, who: Some("first".into()), ..all() }).unwrap();
        assert_eq!(newest.first().unwrap().at, format!("{}-01-01T00:00:00Z", 2026 + FILES_MAX + 1));
    }
}
