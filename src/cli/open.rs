//! Opening what a command works on: files of bounded size, the archive, a folder of anchors.
//! LIM-1: a file that is too large is refused before it is in memory.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;

use crate::archive;
use crate::archive::Archive;
use crate::archive::pieces::Collected;
use crate::archive::pieces::Kind;
use crate::archive::pieces::Piece;
use crate::archive::settings::DATA_VERSION;
use crate::archive::settings::Settings;
use crate::archive::witness::Feeder;
use crate::cli::console::Console;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::words;
use crate::config::Config;
use crate::ledger::error as ledger;
use crate::store::disk;
use crate::verify::text::Text;

/// Largest piece of evidence read, in bytes; the largest revocation lists in use have about ten megabytes.
const EVIDENCE_BYTES_MAX: u64 = 64 << 20;
/// The name that stands for standard input.
pub(super) const STDIN: &str = "-";

/// The bytes of a file, at most `max` of them. `-` is standard input.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn file(path: &Path, max: u64) -> Result<Vec<u8>, Text> {
    if path.as_os_str() == STDIN {
        return bounded(&mut io::stdin().lock(), max).map_err(|error| words::unreadable_file(path, &error))?;
    }
    let told = |error: io::Error| words::unreadable_file(path, &error);
    let facts = fs::metadata(path).map_err(told)?;
    if facts.is_dir() {
        return Err(words::is_a_folder(path));
    }
    if facts.len() > max {
        return Err(words::named(path, &words::too_large(facts.len(), max)));
    }
    let mut file = File::open(path).map_err(told)?;
    bounded(&mut file, max).map_err(told)?.map_err(|text| words::named(path, &text))
}

fn bounded(from: &mut dyn Read, max: u64) -> io::Result<Result<Vec<u8>, Text>> {
    let mut bytes = Vec::new();
    from.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(if length > max { Err(words::too_large(length, max)) } else { Ok(bytes) })
}

/// The archive that the configuration names, to write in. Its witnesses are asked first what they saw of it, as LEDGER.md
/// 6.4 says: an older copy put back signs nothing.
pub(super) fn archive(config: &Config, console: &Console) -> Result<Archive, Stop> {
    let archive = unasked(config, console)?;
    Feeder::of(&archive).map_or(Ok(()), |mut feeder| feeder.look(&archive))?;
    Ok(archive)
}

/// The archive that the configuration names, for whoever asks its witnesses themselves. What opening repaired is told on
/// stderr.
pub(super) fn unasked(config: &Config, console: &Console) -> Result<Archive, Stop> {
    let archive = Archive::open(&config.data, config.archive.clone())?;
    tell_opening(&archive, console);
    Ok(archive)
}

/// The archive to ask questions of: opened where nobody else has it open, else read beside whoever has, or from a
/// disk that cannot be written. A sysadmin need not stop the service to ask.
pub(super) fn reading(config: &Config, console: &Console) -> Result<Archive, Stop> {
    match Archive::open(&config.data, config.archive.clone()) {
        Err(error) if only_readable(&error) => Ok(Archive::read(&config.data, config.archive.clone())?),
        Err(error @ archive::Error::Ledger(ledger::Error::ClockBehind { .. })) => {
            // Nothing is written, so that no time is stated.
            let archive = Archive::read(&config.data, config.archive.clone())?;
            console.note(&told::archive(&error).text(While::Other));
            Ok(archive)
        }
        opened => {
            let archive = opened?;
            tell_opening(&archive, console);
            Ok(archive)
        }
    }
}

/// The archive to look at, without a word: as it stands where an older program wrote it, since looking upgrades nothing.
pub(super) fn beside(config: &Config) -> Result<Archive, archive::Error> {
    let read = || Archive::read(&config.data, config.archive.clone());
    if Settings::read(&config.data)?.data_version < DATA_VERSION {
        return read();
    }
    match Archive::open(&config.data, config.archive.clone()) {
        Err(error) if only_readable(&error) => read(),
        opened => opened,
    }
}

/// Whether an archive that does not open may still be read: held by another process, or not ours to write.
pub(super) fn only_readable(error: &archive::Error) -> bool {
    let unwritable = |answer: &io::Error| {
        disk::is_full(answer)
            || matches!(answer.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
    };
    matches!(error, archive::Error::Ledger(ledger::Error::InUse(_))) || disk::answers(error).any(unwritable)
}

/// Tells what opening found and did.
pub(super) fn tell_opening(archive: &Archive, console: &Console) {
    if let Some(upgraded) = archive.upgraded() {
        console.note(&words::upgraded(upgraded));
    }
    for note in &archive.ledger().recovery().notes {
        console.note(&words::repaired(note));
    }
    for problem in archive.trust_problems() {
        console.note(&words::anchor_problem(&problem));
    }
    if let Some(problem) = archive.schedule_problem() {
        console.note(&words::schedule_problem(problem));
    }
}

/// Evidence from a file, or from every file of a folder that holds some by its ending or its content. Each that says it is
/// evidence and cannot be read is a finding.
pub(super) fn evidence(named: &Path) -> Result<Collected, Stop> {
    let told = |error: &io::Error| Stop::Trouble(words::unreadable_file(named, error));
    let alone = named.is_file();
    let mut paths = Vec::new();
    if alone {
        paths.push(named.to_owned());
    } else {
        for entry in fs::read_dir(named).map_err(|error| told(&error))? {
            paths.push(entry.map_err(|error| told(&error))?.path());
        }
    }
    paths.sort();
    let mut pieces = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let bytes = file(path, EVIDENCE_BYTES_MAX).map_err(Stop::Trouble)?;
        let by_ending = path.extension().and_then(|ending| Kind::of_ending(ending.to_str()?));
        let kind = by_ending.or_else(|| Kind::recognised(&bytes));
        // What lies in a folder may be anything; what was named is meant.
        if kind.is_some() || alone {
            pieces.push(Piece { name: name(path), kind, bytes, address: None });
        }
    }
    Ok(Collected::of(&pieces))
}

/// What a file is called where people read it: its last part, without its folders.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Writes a new file; one that is there is never written over.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let file = File::create_new(path).and_then(|mut file| file.write_all(bytes));
    file.map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Stop::Trouble(words::unreadable_file(path, &error));
        }
        exists(path)
    })
}

/// A file that is there already is left alone.
pub(super) fn exists(path: &Path) -> Stop {
    let path = path.display();
    Stop::trouble(
        format!("{path} finns redan. Den är orörd. Välj ett annat namn."),
        format!("{path} exists. It was left alone. Choose another name."),
    )
}
