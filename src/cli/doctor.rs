//! `sigill doctor`: what must be in order around an archive, each finding with a hint. Only what was really looked at.
//! USERS section 5: people do not find the paths, so they come first.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::anchors;
use crate::archive::backup::last;
use crate::archive::encoding::Text as WireText;
use crate::archive::settings::Settings;
use crate::archive::statement::seal;
use crate::cli::Answer;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::words;
use crate::config::Config;
use crate::verify::text::Text;
use crate::verify::trust::ListName;
use crate::web::auth::Tokens;

/// No clock is right that stands before this program was written: 2026-01-01.
const WRITTEN: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// Below this many kilobytes free, a year of minutes may not fit: 1 GB.
const FREE_KILOBYTES_MIN: u64 = 1_000_000;

/// A backup older than this many days misses too much.
const BACKUP_DAYS_MAX: i64 = 7;

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Error,
}

/// One thing looked at.
struct Finding {
    id: &'static str,
    status: Status,
    what: Text,
    hint: Option<Text>,
}

#[derive(Serialize)]
struct Wire {
    id: &'static str,
    status: Status,
    what: WireText,
    hint: Option<WireText>,
}

#[derive(Serialize)]
struct Examined {
    schema: &'static str,
    version: &'static str,
    checks: Vec<Wire>,
}

impl Finding {
    fn ok(id: &'static str, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id, status: Status::Ok, what: Text::new(sv, en), hint: None }
    }

    fn bad(id: &'static str, status: Status, what: Text, hint: Text) -> Self {
        Self { id, status, what, hint: Some(hint) }
    }
}

pub(super) fn run(config: &Config, console: &Console) -> Result<Answer, Stop> {
    let mut findings = vec![clock(), paths(config)];
    if config.data.is_dir() {
        findings.push(disk(&config.data));
        findings.extend(free(&config.data));
    }
    if Settings::read(&config.data).is_ok() {
        findings.push(trust(config));
        findings.push(tokens(config));
        findings.push(seal(&config.data));
        findings.extend(opened(config));
    }
    let sound = findings.iter().all(|finding| finding.status != Status::Error);
    if console.json {
        let checks = findings.iter().map(Finding::wire).collect();
        console.json(&Examined { schema: "sigill.doctor/1", version: env!("CARGO_PKG_VERSION"), checks })?;
    } else {
        findings.iter().try_for_each(|finding| tell(console, finding))?;
    }
    Ok(Answer::from(sound))
}

impl Finding {
    fn wire(&self) -> Wire {
        let Self { id, status, what, hint } = self;
        Wire { id, status: *status, what: what.into(), hint: hint.as_ref().map(WireText::from) }
    }
}

fn tell(console: &Console, finding: &Finding) -> Result<(), Stop> {
    let (style, shape) = match finding.status {
        Status::Ok => (Style::Plain, "✓"),
        Status::Warning => (Style::Open, "!"),
        Status::Error => (Style::Bad, "✕"),
    };
    console.say(style, &format!("{shape} {}: {}", finding.id, console.lang.of(&finding.what)))?;
    if let Some(hint) = &finding.hint {
        console.say(Style::Plain, &format!("    {}", console.lang.of(hint)))?;
    }
    Ok(())
}

fn clock() -> Finding {
    let now = Timestamp::now();
    if now < WRITTEN {
        return Finding::bad(
            "clock",
            Status::Error,
            Text::new(format!("Datorns klocka säger {now}."), format!("The computer's clock says {now}.")),
            Text::new("Ställ klockan, helst med en tidsserver (NTP).", "Set the clock, best with a time server (NTP)."),
        );
    }
    Finding::ok("clock", format!("Datorns klocka säger {now}."), format!("The computer's clock says {now}."))
}

fn paths(config: &Config) -> Finding {
    let path = fs::canonicalize(&config.data).unwrap_or_else(|_| config.data.clone());
    let path = path.display();
    match Settings::read(&config.data) {
        Ok(settings) => Finding::ok(
            "paths",
            format!("Arkivet {} ligger i {path}.", settings.origin),
            format!("The archive {} is in {path}.", settings.origin),
        ),
        Err(error) => Finding::bad(
            "paths",
            Status::Error,
            Text::new(format!("Inget arkiv i {path}."), format!("No archive in {path}.")),
            told::archive(&error).text(While::Other),
        ),
    }
}

/// Writes a small file, durably, and removes it.
fn disk(data: &Path) -> Finding {
    let probe = data.join(".sigill-doctor");
    let tried = OpenOptions::new().write(true).create_new(true).open(&probe).and_then(|mut file| {
        file.write_all(b"probe")?;
        file.sync_all()
    });
    // Whatever came of it, the probe goes.
    let removed = fs::remove_file(&probe);
    match tried.and(removed) {
        Ok(()) => Finding::ok("disk", "Det går att skriva i arkivets mapp.", "The archive's folder can be written to."),
        Err(error) => Finding::bad(
            "disk",
            Status::Error,
            Text::new(
                format!("Det går inte att skriva i arkivets mapp: {error}."),
                format!("The archive's folder cannot be written to: {error}."),
            ),
            Text::new(
                "Kör som den användare som äger arkivet, och kontrollera att disken inte är full.",
                "Run as the user who owns the archive, and see that the disk is not full.",
            ),
        ),
    }
}

/// Free space as `df` tells it; nothing where there is no `df`.
fn free(data: &Path) -> Option<Finding> {
    let told = Command::new("df").arg("-Pk").arg(data).output().ok().filter(|told| told.status.success())?;
    let text = String::from_utf8(told.stdout).ok()?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let size = words::size(kilobytes.saturating_mul(1024));
    let (sv, en) = (format!("{size} ledigt på disken."), format!("{size} free on the disk."));
    if kilobytes < FREE_KILOBYTES_MIN {
        let hint = Text::new(
            "Utöka disken innan den blir full; då stannar registreringen.",
            "Enlarge the disk before it is full; registration stops then.",
        );
        return Some(Finding::bad("space", Status::Warning, Text::new(sv, en), hint));
    }
    Some(Finding::ok("space", sv, en))
}

fn trust(config: &Config) -> Finding {
    let folder = config.data.join("trust");
    let (trust, problems) = match anchors::read_folder(&folder) {
        Ok(read) => read,
        Err(error) => {
            let what = Text::new(
                format!("Mappen trust kan inte läsas: {error}."),
                format!("The folder trust cannot be read: {error}."),
            );
            let hint = Text::new(
                "Återskapa mappen med era betrodda utfärdares certifikat. Till dess är ingen betrodd; allt annat fungerar.",
                "Make the folder anew with your trusted issuers' certificates. Until then nobody is trusted; all else \
                 works.",
            );
            return Finding::bad("trust-anchors", Status::Error, what, hint);
        }
    };
    let now = Timestamp::now();
    let ended = trust.anchors().iter().filter(|anchor| anchor.certificate.not_after < now).count();
    let count = trust.anchors().len();
    let age = |list: &ListName| {
        format!(" {} ({}): {} d.", list.name, list.sequence, now.duration_since(list.issued).as_hours() / 24)
    };
    let ages: String = trust.lists().iter().map(age).collect();
    let unread = problems.len();
    let what = Text::new(
        format!("Betrodda utfärdare: {count}. Har gått ut: {ended}. Filer som inte kunde läsas: {unread}.{ages}"),
        format!("Trust anchors: {count}. Expired: {ended}. Files that could not be read: {unread}.{ages}"),
    );
    if let Some(list) = trust.lists().iter().find(|list| list.next.is_none_or(|next| next <= now)) {
        let (name, issued) = (&list.name, list.issued.strftime("%F"));
        let hint = Text::new(
            format!("Förteckningen {name} från {issued} har gått ut. Hämta den nya och kör `sigill trust update`."),
            format!("The list {name} of {issued} has run out. Fetch the new one and run `sigill trust update`."),
        );
        return Finding::bad("trust-anchors", Status::Warning, what, hint);
    }
    if count == 0 {
        let hint = Text::new(
            "Lägg era betrodda underskriftstjänsters utfärdarcertifikat i mappen trust. Till dess blir svaret ”kan \
             inte avgöra”.",
            "Put the issuer certificates of the signing services you trust in the folder trust. Until then the answer \
             is \"cannot determine\".",
        );
        return Finding::bad("trust-anchors", Status::Warning, what, hint);
    }
    if let Some(problem) = problems.first() {
        return Finding::bad("trust-anchors", Status::Warning, what, words::anchor_problem(problem));
    }
    Finding { id: "trust-anchors", status: Status::Ok, what, hint: None }
}

fn tokens(config: &Config) -> Finding {
    match Tokens::open(&config.data) {
        Ok(tokens) if tokens.list().is_empty() => Finding::bad(
            "tokens",
            Status::Warning,
            Text::new("Ingen har någon nyckel till tjänsten.", "Nobody has a token for the service."),
            Text::new(
                "Utan nyckel kan ingen registrera genom tjänsten; `sigill ingest` fungerar.",
                "Without one nobody can register through the service; `sigill ingest` works.",
            ),
        ),
        Ok(tokens) => {
            let count = tokens.list().len();
            Finding::ok(
                "tokens",
                format!("Nycklar till tjänsten: {count}."),
                format!("Tokens for the service: {count}."),
            )
        }
        Err(error) => Finding::bad(
            "tokens",
            Status::Error,
            Text::new(format!("Nycklarna kan inte läsas: {error}."), format!("The tokens cannot be read: {error}.")),
            Text::new("Återställ tokens.toml från säkerhetskopia.", "Restore tokens.toml from a backup."),
        ),
    }
}

/// What only an open archive tells: the ledger's state, and the schedule.
fn opened(config: &Config) -> Vec<Finding> {
    let opened = match Archive::open(&config.data, config.archive.clone()) {
        Err(error) if open::only_readable(&error) => Archive::read(&config.data, config.archive.clone()),
        opened => opened,
    };
    let archive = match opened {
        Ok(archive) => archive,
        Err(error) => {
            let what = Text::new("Arkivet går inte att öppna.", "The archive cannot be opened.");
            return vec![Finding::bad("ledger", Status::Error, what, told::archive(&error).text(While::Other))];
        }
    };
    let (size, recovery) = (archive.ledger().size(), archive.ledger().recovery());
    let beside = |text| if archive.is_reading() { text } else { "" };
    let (sv, en) = (
        format!("Poster i loggen: {size}.{}", beside(" Arkivet är öppet i en annan process eller skrivskyddat.")),
        format!("Entries in the ledger: {size}.{}", beside(" The archive is open elsewhere or read-only.")),
    );
    let ledger = match recovery.notes.first() {
        None => Finding::ok("ledger", sv, en),
        Some(note) => Finding::bad("ledger", Status::Warning, Text::new(sv, en), words::repaired(note)),
    };
    vec![ledger, backup(config, size), scrub(&archive), schedule(&archive)]
}

/// When everything in the ledger was read again last. A service does it in the background; a short command does not.
fn scrub(archive: &Archive) -> Finding {
    match archive.ledger().scrubbed().finished {
        Some(time) => Finding::ok(
            "scrub",
            format!("Hela loggen lästes om och jämfördes senast {time}."),
            format!("All of the ledger was last read again and compared at {time}."),
        ),
        None => Finding::ok(
            "scrub",
            "Hela loggen har inte lästs om i bakgrunden än. `sigill check` gör det nu.",
            "All of the ledger has not been read again in the background yet. `sigill check` does it now.",
        ),
    }
}

/// When the archive was last backed up, by `sigill backup`.
fn backup(config: &Config, size: u64) -> Finding {
    let hint = || {
        Text::new(
            "Kör `sigill backup FIL` varje natt och förvara kopian på en annan plats.",
            "Run `sigill backup FILE` every night and keep the copy elsewhere.",
        )
    };
    let Some((last, at)) = last(&config.data).and_then(|last| last.at.parse().ok().map(|at| (last, at))) else {
        let what = Text::new("Ingen säkerhetskopia har tagits härifrån.", "No backup was taken from here.");
        return Finding::bad("backup", Status::Warning, what, hint());
    };
    let days = Timestamp::now().duration_since(at).as_hours() / 24;
    let since = size.saturating_sub(last.size);
    let what = Text::new(
        format!("Senaste säkerhetskopian är {days} dygn gammal; {since} poster har tillkommit sedan dess."),
        format!("The last backup is {days} days old; {since} entries came since."),
    );
    if days > BACKUP_DAYS_MAX && since > 0 {
        return Finding::bad("backup", Status::Warning, what, hint());
    }
    Finding { id: "backup", status: Status::Ok, what, hint: None }
}

fn schedule(archive: &Archive) -> Finding {
    if let Some(problem) = archive.schedule_problem() {
        let what = words::schedule_problem(problem);
        let hint = Text::new(
            "Rätta raden i retention.toml och öppna arkivet på nytt.",
            "Correct that line of retention.toml and open the archive anew.",
        );
        return Finding::bad("retention", Status::Error, what, hint);
    }
    let schedule = archive.schedule();
    let version = &schedule.version;
    let what = Text::new(format!("Gallringsplan: {version}."), format!("Retention schedule: {version}."));
    if schedule.example {
        let hint = Text::new(
            "Det är exemplet. Skriv er egen plan i retention.toml; utan beslut gallras ingenting.",
            "That is the example. Write your own schedule in retention.toml; without a decision nothing is disposed \
             of.",
        );
        return Finding::bad("retention", Status::Warning, what, hint);
    }
    Finding { id: "retention", status: Status::Ok, what, hint: None }
}

/// What statements are sealed with.
fn seal(data: &Path) -> Finding {
    match seal::name(data) {
        Ok(Some(name)) => Finding::ok(
            "seal",
            format!("Kontrollintyg förseglas med seal.pem, vars certifikat är utställt på ”{name}”."),
            format!("Statements are sealed with seal.pem, whose certificate is made out to \"{name}\"."),
        ),
        Ok(None) => Finding::ok(
            "seal",
            "Inget kontrollintyg är utfärdat än; förseglingens nyckel skapas då.",
            "No statement has been issued yet; the seal's key is made then.",
        ),
        Err(error) => Finding::bad(
            "seal",
            Status::Error,
            Text::new(
                format!("Kontrollintyg kan inte förseglas: {error}."),
                format!("Statements cannot be sealed: {error}."),
            ),
            Text::new(
                "Lägg tillbaka seal.pem från en säkerhetskopia, eller flytta undan filen så skapas en ny.",
                "Put seal.pem back from a backup, or move the file away and a new one is made.",
            ),
        ),
    }
}
