//! `sigill ingest`: files and folders into the archive, each acknowledged once it is durable.
//! INTERFACES section 1; USERS 8 (11): one bad file never stops the batch, and running it again changes nothing.

use std::fs;
use std::io;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::encoding::Text as WireText;
use crate::archive::encoding::Verification;
use crate::archive::ingest::Ingested;
use crate::archive::pieces::Collected;
use crate::archive::record::Submission;
use crate::cli::Answer;
use crate::cli::args::Ingest;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::console::on_one_line;
use crate::cli::csv::Csv;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::words;
use crate::config::Config;
use crate::verify::text::Text;

/// Who hands documents in by hand.
const ACTOR: &str = "cli";
/// The columns of the report: codes, so that other programs read it too.
const HEADING: &[&str] =
    &["file", "verdict", "outcome", "headline", "record", "entry", "sha256", "signers", "transactionIds", "message"];

/// What became of one path.
struct Done {
    path: PathBuf,
    result: Result<Ingested, Text>,
}

/// How many ended how.
#[derive(Default)]
struct Count {
    new: usize,
    added: usize,
    known: usize,
    failed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    schema: &'static str,
    file: String,
    outcome: &'static str,
    record: Option<&'a str>,
    entry: Option<u64>,
    sha256: Option<&'a str>,
    verdict: Option<&'a str>,
    headline: Option<&'a WireText>,
    /// Beside the answer that new evidence gave: the one that was given when the document was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    when_registered: Option<&'a WireText>,
    public: Option<bool>,
    transaction_ids: &'a [String],
    error: Option<WireText>,
}

pub(super) fn run(args: &Ingest, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let evidence = args.evidence.as_deref().map(open::evidence).transpose()?.unwrap_or_default();
    let archive = open::archive(config, console)?;
    let mut report = args
        .report
        .as_deref()
        .map(|path| Csv::create(path, HEADING).map_err(|error| no_report(path, &error)))
        .transpose()?;
    let found = gather(&args.paths);
    let bar = console.progress(u64::try_from(found.len()).unwrap_or(u64::MAX));
    let mut count = Count::default();
    let written = each(&archive, args, config, &evidence, found, |done| {
        count.add(&done);
        // The line is out before the next file's is: whoever reads it may rely on it.
        bar.suspend(|| acknowledge(console, &done))?;
        if let Some(report) = &mut report {
            row(report, console, &done)?;
        }
        bar.inc(1);
        Ok(())
    });
    bar.finish_and_clear();
    console.note(&count.summary());
    written?;
    Ok(Answer::from(count.failed == 0))
}

impl Count {
    fn add(&mut self, done: &Done) {
        match &done.result {
            Ok(ingested) if ingested.new => self.new += 1,
            Ok(Ingested { added: Some(_), .. }) => self.added += 1,
            Ok(_) => self.known += 1,
            Err(_) => self.failed += 1,
        }
    }

    fn summary(&self) -> Text {
        let Self { new, added, known, failed } = self;
        let (sv, en) = match added {
            0 => (String::new(), String::new()),
            _ => (format!(", {added} med nya bevis"), format!(", {added} with new evidence")),
        };
        Text::new(
            format!("{new} nya{sv}, {known} redan registrerade, {failed} som inte kunde registreras."),
            format!("{new} new{en}, {known} already registered, {failed} that could not be registered."),
        )
    }
}

/// A path to register, or why it is none.
type Candidate = Result<PathBuf, (PathBuf, Text)>;

/// Ingests with as many workers as there are processors, so that several entries share one commit; `tell` hears of each
/// as it is done and may end the batch by an error of its own.
fn each(
    archive: &Archive,
    args: &Ingest,
    config: &Config,
    evidence: &Collected,
    found: Vec<Candidate>,
    mut tell: impl FnMut(Done) -> io::Result<()>,
) -> io::Result<()> {
    let waiting = Mutex::new(found.into_iter());
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(workers);
        for _ in 0..workers {
            let (sender, waiting) = (sender.clone(), &waiting);
            scope.spawn(move || {
                // Taken in its own statement, so that the lock is given back before the work begins.
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                while let Some(candidate) = next() {
                    let done = match candidate {
                        Ok(path) => Done { result: one(archive, args, config, evidence, &path), path },
                        Err((path, text)) => Done { path, result: Err(text) },
                    };
                    if sender.send(done).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(&mut tell)
    })
}

/// A fault of the program in one document is told like any other problem with it.
fn one(archive: &Archive, args: &Ingest, config: &Config, evidence: &Collected, path: &Path) -> Result<Ingested, Text> {
    let document = open::file(path, config.archive.budget.document_bytes_max)?;
    let submission = Submission {
        name: open::name(path),
        title: args.title.clone(),
        record_type: args.record_type.clone(),
        diary_number: args.diary_number.clone(),
        body: args.body.clone(),
        public: args.public,
        actor: ACTOR.to_owned(),
    };
    let ingested = panic::catch_unwind(AssertUnwindSafe(|| archive.ingest_with(&document, &submission, evidence)));
    match ingested {
        Ok(Ok(ingested)) => Ok(ingested),
        Ok(Err(error)) => Err(words::named(path, &told::archive(&error).text(While::Other))),
        Err(_) => Err(words::named(path, &words::own_fault(&open::name(path)))),
    }
}

/// Every file below the paths, sorted within its folder. Hidden files and links to folders are left out: the first are
/// no documents, the second may lead in a circle.
fn gather(paths: &[PathBuf]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut open: Vec<(PathBuf, bool)> = paths.iter().rev().map(|path| (path.clone(), true)).collect();
    while let Some((path, named)) = open.pop() {
        let told = |error: io::Error| words::unreadable_file(&path, &error);
        let candidate = match fs::metadata(&path).map_err(told) {
            Ok(facts) if facts.is_dir() && (named || !path.is_symlink()) => match inside(&path).map_err(told) {
                Ok(entries) => {
                    open.extend(entries.into_iter().rev().map(|entry| (entry, false)));
                    continue;
                }
                Err(text) => Err(text),
            },
            Ok(facts) if facts.is_dir() => continue,
            // A pipe or a device in a folder would keep the batch waiting for ever.
            Ok(facts) if !facts.is_file() && !named => Err(words::no_file(&path)),
            Ok(_) => Ok(()),
            Err(text) => Err(text),
        };
        found.push(candidate.map_or_else(|text| Err((path.clone(), text)), |()| Ok(path.clone())));
    }
    found
}

fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    entries.retain(|path| !open::name(path).starts_with('.'));
    entries.sort();
    Ok(entries)
}

fn acknowledge(console: &Console, done: &Done) -> io::Result<()> {
    if console.json {
        return console.json(&line(done));
    }
    let path = on_one_line(&done.path);
    match &done.result {
        Ok(ingested) => {
            let (found, entry) = told(ingested);
            let look = words::verdict(&found.verdict);
            let said = |headline: &WireText| console.lang.choose(&headline.sv, &headline.en).to_owned();
            let (sv, en) = match &ingested.added {
                Some(_) => ("bevis tillagt", "evidence added"),
                None if ingested.new => ("registrerad", "registered"),
                None => ("fanns redan", "already there"),
            };
            let (state, record) = (console.lang.choose(sv, en), &ingested.record.id);
            let number = console.lang.choose("post nr", "entry no.");
            let (shape, headline) = (look.shape, said(&found.headline));
            let then = match &ingested.added {
                Some(_) => {
                    let when = console.lang.choose("vid registreringen", "when registered");
                    format!(" ({when}: {})", said(&ingested.record.verification.headline))
                }
                None => String::new(),
            };
            console.say(
                Style::Plain,
                &format!("{path}: {state}, {number} {entry}, {record} – {shape} {headline}{then}"),
            )?;
        }
        Err(text) => {
            console.say(Style::Bad, &format!("✕ {}", console.lang.of(text)))?;
        }
    }
    io::Write::flush(&mut io::stdout().lock())
}

/// What is told of a document: what was found last, with the entry that says so.
fn told(ingested: &Ingested) -> (&Verification, u64) {
    let first = (&ingested.record.verification, ingested.index);
    let later = ingested.added.as_ref().and_then(|added| Some((added.act.deed.verification()?, added.index)));
    later.unwrap_or(first)
}

fn outcome(done: &Done) -> &'static str {
    match &done.result {
        Ok(ingested) if ingested.new => "new",
        Ok(Ingested { added: Some(_), .. }) => "evidence-added",
        Ok(_) => "known",
        Err(_) => "failed",
    }
}

fn line(done: &Done) -> Line<'_> {
    let ingested = done.result.as_ref().ok();
    let record = ingested.map(|ingested| &ingested.record);
    let (found, entry) = ingested.map(told).unzip();
    let then = ingested.filter(|ingested| ingested.added.is_some()).map(|ingested| &ingested.record.verification);
    Line {
        schema: "sigill.ingested/1",
        file: done.path.display().to_string(),
        outcome: outcome(done),
        record: record.map(|record| record.id.as_str()),
        entry,
        sha256: found.map(|found| found.file.sha256.as_str()),
        verdict: found.map(|found| found.verdict.as_str()),
        headline: found.map(|found| &found.headline),
        when_registered: then.map(|then| &then.headline),
        public: record.map(|record| record.public),
        transaction_ids: record.map_or(&[], |record| &record.transaction_ids),
        error: done.result.as_ref().err().map(WireText::from),
    }
}

fn row(report: &mut Csv, console: &Console, done: &Done) -> io::Result<()> {
    let line = line(done);
    let record = done.result.as_ref().ok().map(|ingested| &ingested.record);
    let signatures = record.map_or(&[][..], |record| &record.verification.signatures);
    let signers: Vec<&str> =
        signatures.iter().filter_map(|signature| signature.signer.as_ref()?.name.as_deref()).collect();
    let headline = line.headline.map_or("", |text| console.lang.choose(&text.sv, &text.en));
    let message = done.result.as_ref().err().map_or("", |text| console.lang.of(text));
    report.row(&[
        &line.file,
        line.verdict.unwrap_or_default(),
        line.outcome,
        headline,
        line.record.unwrap_or_default(),
        &line.entry.map(|entry| entry.to_string()).unwrap_or_default(),
        line.sha256.unwrap_or_default(),
        &signers.join(", "),
        &line.transaction_ids.join(", "),
        message,
    ])
}

fn no_report(path: &Path, error: &io::Error) -> Stop {
    let path = on_one_line(path);
    Stop::trouble(
        format!(
            "Rapporten {path} kan inte skrivas: {error}. Inget har registrerats. Välj en annan plats för --report."
        ),
        format!(
            "The report {path} cannot be written: {error}. Nothing was registered. Choose another place for --report."
        ),
    )
}
