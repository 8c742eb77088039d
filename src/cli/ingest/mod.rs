//! `sigill ingest`: files and folders into the archive, each acknowledged once it is durable.
//! INTERFACES section 1; USERS 8 (11): one bad file never stops the batch, and running it again changes nothing.

mod found;
mod metadata;
mod batch;

use std::collections::BTreeSet;
use std::io;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::MinutesFacts;
use crate::archive::encoding::Page;
use crate::archive::encoding::Text as WireText;
use crate::archive::encoding::Verification;
use crate::archive::entry::ordinal;
use crate::archive::ingest::Ingested;
use crate::archive::pieces::Collected;
use crate::archive::record::Submission;
use crate::archive::refusal::Refusal;
use crate::archive::related::RELATED_FEW;
use crate::archive::related::Related;
use crate::cli::Answer;
use crate::cli::args::Ingest;
use crate::cli::compare;
use crate::cli::compare::Kin;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::console::on_one_line;
use crate::cli::csv::Csv;
use crate::cli::ingest::batch::Scale;
use crate::cli::ingest::found::Candidate;
use crate::cli::ingest::metadata::Said;
use crate::cli::open;
use crate::cli::signal;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::understood;
use crate::cli::words;
use crate::config::Config;
use crate::config::Lang;
use crate::verify::crypto;
use crate::verify::indication::Verdict;
use crate::verify::text::Text;

/// Who hands documents in by hand.
const ACTOR: &str = "cli";
/// The columns of the report in both languages: two of them hold codes, so that other programs read it too, and one says
/// the same in words.
const HEADING: [&[&str]; 2] = [
    &[
        "fil",
        "svarskod",
        "utfallskod",
        "svar",
        "handling",
        "post",
        "kontrollsumma",
        "undertecknare",
        "transaktions-id",
        "meddelande",
    ],
    &["file", "verdict", "outcome", "headline", "record", "entry", "sha256", "signers", "transactionIds", "message"],
];

/// How long an entry waits for company where many follow: a commit costs as much for one as for all of them.
const COMPANY: Duration = Duration::from_millis(20);

/// So many files are shown with what was understood of each; of more only when asked.
const SHOWN_UNASKED: usize = 4;

/// What became of one path.
struct Done {
    path: PathBuf,
    result: Result<Outcome, Text>,
    /// Other records with the same transaction ids.
    related: Vec<Related>,
}

/// What was done with a document, or would be.
enum Outcome {
    /// It is registered, now or before.
    Registered(Box<Ingested>),
    /// A dry run found it fit to be registered, with this answer.
    WouldBe(Box<Verification>),
    /// A dry run met the same bytes before.
    WouldBeKnown(Box<Verification>),
}

impl Outcome {
    fn registered(&self) -> Option<&Ingested> {
        match self {
            Self::Registered(ingested) => Some(ingested),
            Self::WouldBe(_) | Self::WouldBeKnown(_) => None,
        }
    }

    /// What is told of a document: what was found last, with the entry that says so.
    fn found(&self) -> (&Verification, Option<u64>) {
        match self {
            Self::WouldBe(found) | Self::WouldBeKnown(found) => (found, None),
            Self::Registered(ingested) => {
                let later = ingested.added.as_ref();
                let later = later.and_then(|added| Some((added.act.deed.verification()?, Some(added.index))));
                later.unwrap_or((&ingested.record.verification, Some(ingested.index)))
            }
        }
    }

    /// The code that stands in the report, with what people read.
    fn state(&self) -> (&'static str, Text) {
        match self {
            Self::WouldBe(_) => ("would-register", Text::new("skulle registreras", "would be registered")),
            Self::Registered(one) if one.new => ("new", Text::new("registrerad", "registered")),
            Self::Registered(one) if one.added.is_some() => {
                ("evidence-added", Text::new("bevis tillagt", "evidence added"))
            }
            Self::Registered(_) | Self::WouldBeKnown(_) => ("known", Text::new("fanns redan", "already there")),
        }
    }
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
    transaction_ids: Vec<String>,
    related: Vec<Kin>,
    signature_page: Option<&'a Page>,
    minutes: Option<&'a MinutesFacts>,
    error: Option<WireText>,
}

pub(super) fn run(args: &Ingest, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let evidence = args.evidence.as_deref().map(open::evidence).transpose()?.unwrap_or_default();
    let found = found::candidates(&args.paths);
    let (said, without) = metadata::of(args, &found)?;
    if without > 0 {
        console.note(&without_a_row(without));
    }
    let shown = args.details || found.len() <= SHOWN_UNASKED;
    let archive = opened(args, config, console, found.len())?;
    let [sv, en] = HEADING;
    let heading = if console.lang == Lang::Sv { sv } else { en };
    let mut report = args
        .report
        .as_deref()
        .map(|path| Csv::create(path, heading).map_err(|error| no_report(path, &error)))
        .transpose()?;
    let (all, stop) = (found.len(), signal::asked_to_stop());
    let bar = console.rate(u64::try_from(all).unwrap_or(u64::MAX));
    let desk = Desk { archive: &archive, dry: args.dry_run, config, evidence: &evidence, scale: Scale::default() };
    let mut count = Count::new(args.dry_run);
    let jobs = found.into_iter().zip(said).collect();
    let told = batch::each(
        jobs,
        &stop,
        |(candidate, said)| desk.take(candidate, said),
        |done| {
            let done = count.add(done);
            // The line is out before the next file's is: whoever reads it may rely on it.
            bar.suspend(|| acknowledge(console, &done, shown))?;
            if let Some(report) = &mut report {
                row(report, console, &done)?;
            }
            bar.inc(1);
            Ok(())
        },
    );
    bar.finish_and_clear();
    console.note(&count.summary());
    let told = told?;
    if told < all {
        console.note(&interrupted(told, all, args.dry_run));
    }
    Ok(Answer::from(count.failed == 0 && told == all))
}

/// The archive for so many files.
fn opened(args: &Ingest, config: &Config, console: &Console, files: usize) -> Result<Archive, Stop> {
    if args.dry_run {
        return open::reading(config, console);
    }
    let mut config = config.clone();
    if files > SHOWN_UNASKED {
        config.archive.ledger.batch_window = config.archive.ledger.batch_window.max(COMPANY);
    }
    open::archive(&config, console)
}

/// How many ended how.
#[derive(Default)]
struct Count {
    dry: bool,
    new: usize,
    /// Of the new, those that nothing could be read of.
    unreadable: usize,
    added: usize,
    known: usize,
    failed: usize,
    /// What a dry run would have registered: the same bytes again would have been known.
    seen: BTreeSet<String>,
}

impl Count {
    fn new(dry: bool) -> Self {
        Self { dry, ..Self::default() }
    }

    fn add(&mut self, mut done: Done) -> Done {
        done.result = done.result.map(|outcome| match outcome {
            Outcome::WouldBe(found) if !self.seen.insert(found.file.sha256.clone()) => Outcome::WouldBeKnown(found),
            other @ (Outcome::Registered(_) | Outcome::WouldBe(_) | Outcome::WouldBeKnown(_)) => other,
        });
        let found = done.result.as_ref().ok().map(Outcome::found);
        let unreadable = found.is_some_and(|(found, _)| found.verdict == Verdict::Unreadable.name());
        let of = match &done.result {
            Ok(Outcome::WouldBe(_)) => self.fresh(unreadable),
            Ok(Outcome::WouldBeKnown(_)) => &mut self.known,
            Ok(Outcome::Registered(ingested)) if ingested.new => self.fresh(unreadable),
            Ok(Outcome::Registered(ingested)) if ingested.added.is_some() => &mut self.added,
            Ok(Outcome::Registered(_)) => &mut self.known,
            Err(_) => &mut self.failed,
        };
        *of += 1;
        done
    }

    fn fresh(&mut self, unreadable: bool) -> &mut usize {
        self.unreadable += usize::from(unreadable);
        &mut self.new
    }

    /// The sum; what could not be read is registered, and said.
    fn summary(&self) -> Text {
        let mut said = self.ended();
        if self.unreadable > 0 {
            let count = self.unreadable;
            said.sv.push_str(&format!(" Obs: {count} av de nya gick inte att läsa; se efter vad de är."));
            said.en.push_str(&format!(" Note: {count} of the new could not be read; see what they are."));
        }
        said
    }

    fn ended(&self) -> Text {
        let Self { new, added, known, failed, .. } = self;
        if self.dry {
            return Text::new(
                format!(
                    "Provkörning, inget har sparats: {new} skulle registreras, {known} finns redan, {failed} skulle inte \
                     kunna registreras."
                ),
                format!(
                    "Dry run, nothing was saved: {new} would be registered, {known} are there already, {failed} could \
                     not be registered."
                ),
            );
        }
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

/// What every worker works with.
struct Desk<'b> {
    archive: &'b Archive,
    dry: bool,
    config: &'b Config,
    evidence: &'b Collected,
    scale: Scale,
}

impl Desk<'_> {
    fn take(&self, candidate: Candidate, said: Said) -> Done {
        let Candidate { path, bytes, fault } = candidate;
        let result = fault.map_or_else(|| self.one(&path, bytes, said), Err);
        let related = result.as_ref().map(|outcome| self.related(outcome)).unwrap_or_default();
        Done { path, result, related }
    }

    /// The registration stands whether or not these can be read; `find` tells what is the matter.
    fn related(&self, outcome: &Outcome) -> Vec<Related> {
        self.archive.related(outcome.found().0, true, RELATED_FEW).unwrap_or_default()
    }

    /// A fault of the program in one document is told like any other problem with it.
    fn one(&self, path: &Path, bytes: Option<u64>, said: Said) -> Result<Outcome, Text> {
        let max = self.config.archive.budget.document_bytes_max;
        let _weighed = self.scale.weigh(bytes.unwrap_or(max).min(max));
        let document = open::file(path, max)?;
        let submission = Submission {
            name: open::name(path),
            title: said.title,
            record_type: said.record_type,
            diary_number: said.diary_number,
            body: said.body,
            meeting_date: None,
            expected_signers: said.expected_signers,
            public: said.public,
            actor: ACTOR.to_owned(),
        };
        let work = || if self.dry { self.would(&document, &submission) } else { self.register(&document, &submission) };
        match panic::catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(error)) => Err(words::named(path, &told::archive(&error).text(While::Other))),
            Err(_) => Err(words::named(path, &words::own_fault(&open::name(path)))),
        }
    }

    fn register(&self, document: &[u8], submission: &Submission) -> Result<Outcome, archive::Error> {
        let ingested = self.archive.ingest_with(document, submission, self.evidence)?;
        Ok(Outcome::Registered(Box::new(ingested)))
    }

    /// What would become of it. Nothing is stored, and nothing fetched.
    fn would(&self, document: &[u8], submission: &Submission) -> Result<Outcome, archive::Error> {
        if document.is_empty() {
            return Err(archive::Error::Empty);
        }
        if let Some(known) = self.archive.registered(&crypto::sha256(&[document]))? {
            return Ok(Outcome::Registered(Box::new(known)));
        }
        if let Some(original) = self.archive.original_of(&crypto::sha256(&[document]))? {
            return Err(Refusal::Copy(original).into());
        }
        let report = self.archive.verify_with(document, self.evidence);
        let found = Verification::of(&report, &submission.name, self.archive.body());
        Ok(Outcome::WouldBe(Box::new(found)))
    }
}

fn acknowledge(console: &Console, done: &Done, shown: bool) -> io::Result<()> {
    if console.json {
        return console.json(&line(done));
    }
    let path = on_one_line(&done.path);
    match &done.result {
        Ok(outcome) => {
            let (found, entry) = outcome.found();
            let look = words::verdict(&found.verdict);
            let said = |headline: &WireText| console.lang.choose(&headline.sv, &headline.en).to_owned();
            let state = outcome.state().1;
            let number = console.lang.choose("post nr", "entry no.");
            let place = outcome.registered().zip(entry);
            let place = place.map_or_else(String::new, |(ingested, entry)| {
                format!(", {number} {}, {}", ordinal(entry), ingested.record.id)
            });
            let then = earlier(outcome).map_or_else(String::new, |then| {
                let when = console.lang.choose("vid registreringen", "when registered");
                format!(" ({when}: {})", said(&then.headline))
            });
            let (state, shape, headline) = (console.lang.of(&state), look.shape, said(&found.headline));
            console.say(Style::Plain, &format!("{path}: {state}{place} – {shape} {headline}{then}"))?;
            compare::tell_related(console, &done.related)?;
            if shown {
                understood::whole(console, found)?;
            }
        }
        Err(text) => {
            console.say(Style::Bad, &format!("✕ {}", console.lang.of(text)))?;
        }
    }
    io::Write::flush(&mut io::stdout().lock())
}

/// The answer given when the document was registered, where new evidence gave another.
fn earlier(outcome: &Outcome) -> Option<&Verification> {
    outcome.registered().filter(|ingested| ingested.added.is_some()).map(|ingested| &ingested.record.verification)
}

fn line(done: &Done) -> Line<'_> {
    let outcome = done.result.as_ref().ok();
    let record = outcome.and_then(Outcome::registered).map(|ingested| &ingested.record);
    let (found, entry) = outcome.map(Outcome::found).unzip();
    Line {
        schema: "sigill.ingested/1",
        file: done.path.display().to_string(),
        outcome: outcome.map_or("failed", |outcome| outcome.state().0),
        record: record.map(|record| record.id.as_str()),
        entry: entry.flatten(),
        sha256: found.map(|found| found.file.sha256.as_str()),
        verdict: found.map(|found| found.verdict.as_str()),
        headline: found.map(|found| &found.headline),
        when_registered: outcome.and_then(earlier).map(|then| &then.headline),
        public: record.map(|record| record.public),
        transaction_ids: found.map(Verification::transaction_ids).unwrap_or_default(),
        related: done.related.iter().map(Kin::from).collect(),
        signature_page: found.and_then(|found| found.signature_page.as_ref()),
        minutes: found.and_then(|found| found.minutes.as_ref()),
        error: done.result.as_ref().err().map(WireText::from),
    }
}

fn row(report: &mut Csv, console: &Console, done: &Done) -> io::Result<()> {
    let line = line(done);
    let found = done.result.as_ref().ok().map(|outcome| outcome.found().0);
    let signatures = found.map_or(&[][..], |found| &found.signatures);
    let persons = signatures.iter().filter(|signature| signature.kind == "signature");
    let signers: Vec<&str> = persons.filter_map(|signature| signature.signer.as_ref()?.name.as_deref()).collect();
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

fn without_a_row(files: usize) -> Text {
    Text::new(
        format!("{files} filer saknar rad i tabellen: för dem gäller tillvalen."),
        format!("{files} files have no row in the table: the options hold for them."),
    )
}

fn interrupted(told: usize, all: usize, dry: bool) -> Text {
    let (sv, en) = if dry {
        ("Inget har sparats.", "Nothing was saved.")
    } else {
        (
            "Det som sagts registrerat är det. Kör samma kommando igen: det som är registrerat känns igen och resten \
             registreras.",
            "What was said to be registered is. Run the same command again: what is registered is recognised and the \
             rest is registered.",
        )
    };
    Text::new(
        format!("Avbrutet efter {told} av {all} filer. {sv}"),
        format!("Interrupted after {told} of {all} files. {en}"),
    )
}
