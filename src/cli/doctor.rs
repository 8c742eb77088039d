//! `sigill doctor`: what must be in order around an archive, each finding with a hint. Only what was really looked at.
//! USERS section 5: people do not find the paths, so they come first.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::Archive;
use crate::archive::anchors;
use crate::archive::backup::last;
use crate::archive::encoding::Text as WireText;
use crate::archive::settings::DATA_VERSION;
use crate::archive::settings::Settings;
use crate::archive::statement::seal;
use crate::cli::Answer;
use crate::cli::args::DoctorArgs;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::mend;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::words;
use crate::config::Config;
use crate::store::disk as store;
use crate::verify::calendar;
use crate::verify::text::Text;
use crate::verify::trust::ListName;
use crate::verify::trust::Problem;
use crate::verify::trust::Trust;
use crate::web::SecurityContact;
use crate::web::auth::Tokens;
use crate::web::finding::Finding;
use crate::web::finding::Status;

/// No clock is right that stands before this program was written: 2026-01-01.
const WRITTEN: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// Below this many bytes free, a year of minutes may not fit: 1 GB.
const FREE_BYTES_MIN: u64 = 1_000_000_000;
/// A trust list that lasts no longer than this many days is fetched anew (USERS 5).
const LIST_DAYS_MIN: i64 = 30;
/// A security contact that lasts no longer than this many days is looked at.
const CONTACT_DAYS_MIN: i64 = 30;

/// A backup older than this many days misses too much.
const BACKUP_DAYS_MAX: i64 = 7;

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
    mended: Vec<WireText>,
}

pub(super) fn run(args: &DoctorArgs, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let mended = if args.fix { mend::mend(&config.data) } else { Vec::new() };
    let mut findings = around(config);
    if Settings::read(&config.data).is_ok() {
        match open::beside(config) {
            Ok(archive) => findings.extend(inside(&archive)),
            Err(error) => {
                let what = Text::new("Arkivet går inte att öppna.", "The archive cannot be opened.");
                findings.push(Finding::bad("log", Status::Error, what, told::archive(&error).text(While::Other)));
            }
        }
    }
    let sound = findings.iter().all(|finding| finding.status != Status::Error);
    if console.json {
        let checks = findings.iter().map(wire).collect();
        let mended = mended.iter().map(WireText::from).collect();
        let version = env!("CARGO_PKG_VERSION");
        console.json(&Examined { schema: "sigill.doctor/1", version, checks, mended })?;
    } else {
        mended.iter().try_for_each(|text| console.tell(text))?;
        findings.iter().try_for_each(|finding| tell(console, finding))?;
    }
    Ok(Answer::from(sound))
}

/// Everything, where the archive is open already: for the page *Drift*.
pub(super) fn examine(config: &Config, archive: &Archive) -> Vec<Finding> {
    let mut findings = around(config);
    findings.extend(inside(archive));
    findings
}

/// What can be seen without opening the archive.
fn around(config: &Config) -> Vec<Finding> {
    let data = &config.data;
    let mut findings = vec![paths(config), clock()];
    if data.is_dir() {
        findings.push(disk(data));
        findings.extend(free(data));
    }
    if let Ok(settings) = Settings::read(data) {
        findings.push(version(&settings));
        findings.push(permissions(data));
        let (trust, problems) = match anchors::read_folder(&data.join("trust")) {
            Ok(read) => read,
            Err(error) => {
                findings.push(no_trust(&error));
                (Trust::nobody(), Vec::new())
            }
        };
        if findings.iter().all(|finding| finding.id != "trust-anchors") {
            findings.push(self::trust(&trust, &problems));
        }
        findings.push(lists(&trust));
        findings.push(tokens(config));
        findings.push(seal(data));
    }
    findings.push(contact(config.web.security.as_ref(), Timestamp::now()));
    findings
}

fn wire(finding: &Finding) -> Wire {
    let Finding { id, status, what, hint } = finding;
    Wire { id, status: *status, what: what.into(), hint: hint.as_ref().map(WireText::from) }
}

fn tell(console: &Console, finding: &Finding) -> Result<(), Stop> {
    let (style, shape) = match finding.status {
        Status::Ok => (Style::Plain, "✓"),
        Status::Warning => (Style::Open, "!"),
        Status::Error => (Style::Bad, "✕"),
    };
    console
        .say(style, &format!("{shape} {}: {}", console.lang.of(&finding.subject()), console.lang.of(&finding.what)))?;
    if let Some(hint) = &finding.hint {
        console.say(Style::Plain, &format!("    {}", console.lang.of(hint)))?;
    }
    Ok(())
}

fn clock() -> Finding {
    let now = Timestamp::now();
    let said = calendar::moment(now);
    let what =
        Text::new(format!("Datorns klocka säger {}.", said.sv), format!("The computer's clock says {}.", said.en));
    if now < WRITTEN {
        return Finding::bad(
            "clock",
            Status::Error,
            what,
            Text::new("Ställ klockan, helst med en tidsserver (NTP).", "Set the clock, best with a time server (NTP)."),
        );
    }
    Finding::ok("clock", what.sv, what.en)
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

/// Free space; nothing where the system does not tell.
fn free(data: &Path) -> Option<Finding> {
    let bytes = store::free(data)?;
    let size = words::size(bytes);
    let (sv, en) = (format!("{size} ledigt på disken."), format!("{size} free on the disk."));
    if bytes < FREE_BYTES_MIN {
        let hint = Text::new(
            "Utöka disken innan den blir full; då stannar registreringen.",
            "Enlarge the disk before it is full; registration stops then.",
        );
        return Some(Finding::bad("space", Status::Warning, Text::new(sv, en), hint));
    }
    Some(Finding::ok("space", sv, en))
}

/// The version of what lies on disk. An older one is brought forward when it is opened to be written to.
fn version(settings: &Settings) -> Finding {
    let (found, known) = (settings.data_version, DATA_VERSION);
    let (sv, en) = (format!("Arkivet har dataversion {found}."), format!("The archive has data version {found}."));
    if found == known {
        return Finding::ok("data-version", sv, en);
    }
    let hint = Text::new(
        format!("Den uppgraderas till {known}, efter en säkerhetskopia, när `sigill serve` startar nästa gång."),
        format!("It is upgraded to {known}, after a backup, when `sigill serve` starts next."),
    );
    Finding::bad("data-version", Status::Warning, Text::new(sv, en), hint)
}

/// Secrets that others on the machine could read.
fn permissions(data: &Path) -> Finding {
    let open = mend::open_to_others(data);
    if open.is_empty() {
        return Finding::ok(
            "permissions",
            "Bara ägaren kan läsa arkivet och dess hemligheter.",
            "Only the owner can read the archive and its secrets.",
        );
    }
    let names: Vec<String> = open.iter().map(|(path, _)| path.display().to_string()).collect();
    let names = names.join(", ");
    let what =
        Text::new(format!("Andra på datorn kommer åt {names}."), format!("Others on this machine reach {names}."));
    let hint = Text::new(
        "Kör `sigill doctor --fix`, som tar bort andras rättigheter. Har någon obehörig läst ledger/key: byt nyckel.",
        "Run `sigill doctor --fix`, which takes others' rights away. If somebody may have read ledger/key: rotate it.",
    );
    Finding::bad("permissions", Status::Error, what, hint)
}

/// Whom to tell of a weakness, and whether that still holds (RFC 9116).
fn contact(contact: Option<&SecurityContact>, now: Timestamp) -> Finding {
    let Some(contact) = contact else {
        let what = Text::new(
            "Ingen säkerhetskontakt: /.well-known/security.txt finns inte.",
            "No security contact: there is no /.well-known/security.txt.",
        );
        let hint = Text::new(
            "Ange security_contact och security_expires i inställningsfilen.",
            "Set security_contact and security_expires in the configuration.",
        );
        return Finding::bad("security-txt", Status::Warning, what, hint);
    };
    let (until, days) = (contact.expires.strftime("%F"), contact.expires.duration_since(now).as_hours() / 24);
    let (sv, en) =
        (format!("Säkerhetskontakten gäller till {until}."), format!("The security contact holds until {until}."));
    let hint = Text::new(
        "Se efter att adressen stämmer och flytta fram security_expires, högst ett år.",
        "See that the address is right and move security_expires on, by a year at most.",
    );
    if days > CONTACT_DAYS_MIN {
        return Finding::ok("security-txt", sv, en);
    }
    let status = if days > 0 { Status::Warning } else { Status::Error };
    Finding::bad("security-txt", status, Text::new(sv, en), hint)
}

fn no_trust(error: &store::Error) -> Finding {
    let what = Text::new(
        format!("Mappen trust kan inte läsas: {error}."),
        format!("The folder trust cannot be read: {error}."),
    );
    let hint = Text::new(
        "Återskapa mappen med era betrodda utfärdares certifikat. Till dess är ingen betrodd; allt annat fungerar.",
        "Make the folder anew with your trusted issuers' certificates. Until then nobody is trusted; all else works.",
    );
    Finding::bad("trust-anchors", Status::Error, what, hint)
}

fn trust(trust: &Trust, problems: &[Problem]) -> Finding {
    let now = Timestamp::now();
    let ended = trust.anchors().iter().filter(|anchor| anchor.certificate.not_after < now).count();
    let (count, unread) = (trust.anchors().len(), problems.len());
    let what = Text::new(
        format!("Betrodda utfärdare: {count}. Har gått ut: {ended}. Filer som inte kunde läsas: {unread}."),
        format!("Trust anchors: {count}. Expired: {ended}. Files that could not be read: {unread}."),
    );
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

/// The trust lists' ages, and which of them runs out soon.
fn lists(trust: &Trust) -> Finding {
    let now = Timestamp::now();
    if trust.lists().is_empty() {
        return Finding::ok("trust-lists", "Inga förteckningar används.", "No trust lists are used.");
    }
    let age = |list: &ListName| {
        format!("{} ({}): {} d.", list.name, list.sequence, now.duration_since(list.issued).as_hours() / 24)
    };
    let ages = trust.lists().iter().map(age).collect::<Vec<_>>().join(" ");
    let what = Text::new(format!("Förteckningarnas ålder: {ages}"), format!("Age of the lists: {ages}"));
    let left = |list: &ListName| list.next.map_or(0, |next| next.duration_since(now).as_hours() / 24);
    let Some(list) = trust.lists().iter().min_by_key(|list| left(list)).filter(|list| left(list) <= LIST_DAYS_MIN)
    else {
        return Finding { id: "trust-lists", status: Status::Ok, what, hint: None };
    };
    let (name, issued, days) = (&list.name, list.issued.strftime("%F"), left(list));
    let hint = match days {
        ..=0 => Text::new(
            format!("Förteckningen {name} från {issued} har gått ut. Hämta den nya och kör `sigill trust update`."),
            format!("The list {name} of {issued} has run out. Fetch the new one and run `sigill trust update`."),
        ),
        days => Text::new(
            format!("Förteckningen {name} går ut om {days} dygn. Kör `sigill trust update`."),
            format!("The list {name} runs out in {days} days. Run `sigill trust update`."),
        ),
    };
    Finding::bad("trust-lists", Status::Warning, what, hint)
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
fn inside(archive: &Archive) -> Vec<Finding> {
    let (size, recovery) = (archive.ledger().size(), archive.ledger().recovery());
    let beside = |text| if archive.is_reading() { text } else { "" };
    let (sv, en) = (
        format!("Poster i loggen: {size}.{}", beside(" Arkivet är öppet i en annan process eller skrivskyddat.")),
        format!("Entries in the ledger: {size}.{}", beside(" The archive is open elsewhere or read-only.")),
    );
    let ledger = match recovery.notes.first() {
        None => Finding::ok("log", sv, en),
        Some(note) => Finding::bad("log", Status::Warning, Text::new(sv, en), words::repaired(note)),
    };
    vec![ledger, backup(archive.directory(), size), scrub(archive), schedule(archive)]
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
fn backup(data: &Path, size: u64) -> Finding {
    let hint = || {
        Text::new(
            "Kör `sigill backup FIL` varje natt och förvara kopian på en annan plats.",
            "Run `sigill backup FILE` every night and keep the copy elsewhere.",
        )
    };
    let Some((last, at)) = last(data).and_then(|last| last.at.parse().ok().map(|at| (last, at))) else {
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
