//! `sigill demo`: an archive with sample minutes, from any directory, in under a minute.
//! INTERFACES section 1. Everything it needs is in the binary; the test issuer is trusted here and nowhere else.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use serde::Serialize;

use crate::archive::Archive;
use crate::archive::actor::same_person;
use crate::archive::ingest::Ingested;
use crate::archive::look_up::Found;
use crate::archive::record::Submission;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::Demo;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find::Hit;
use crate::cli::init;
use crate::cli::notify::Manager;
use crate::cli::serve;
use crate::cli::show;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::store::disk;
use crate::verify::text::Text;
use crate::web::auth;
use crate::web::auth::Tokens;

/// The demonstration's ledger; `.invalid` can never be a real address (RFC 2606).
const ORIGIN: &str = "demo.sigill.invalid";
/// What people call the demonstration's token.
const TOKEN_NAME: &str = "demo";
/// The only issuer that the demonstration trusts. Its private key is public.
const ANCHOR: (&str, &[u8]) =
    ("sigill-test-root-ca.pem", include_bytes!("../../keys/trust/test/sigill-test-root-ca.pem"));
/// Where copies of the samples are put, to play with.
const SAMPLES_FOLDER: &str = "samples";
/// Ports tried after the one asked for.
const PORTS_TRIED: u16 = 100;

struct Sample {
    name: &'static str,
    bytes: &'static [u8],
    what: (&'static str, &'static str),
}

macro_rules! samples {
    ($($name:literal $sv:literal $en:literal),+ $(,)?) => {
        &[$(Sample {
            name: $name,
            bytes: include_bytes!(concat!("../../fixtures/minutes/", $name)),
            what: ($sv, $en),
        }),+]
    };
}

const SAMPLES: &[Sample] = samples![
    "styrelseprotokoll-b-lta.pdf"
        "Protokoll med tidsstämplar och spärruppgifter i filen" "Minutes with timestamps and revocation data inside",
    "styrelseprotokoll-genuine.pdf"
        "Samma protokoll som tjänster oftast lämnar det, utan spärruppgifter"
        "The same minutes as services mostly deliver them, without revocation data",
    "styrelseprotokoll-altered-vote.pdf"
        "Någon har ändrat en röst efter underskriften" "Somebody changed a vote after signing",
    "styrelseprotokoll-byte-flipped.pdf" "En enda bit har ändrats" "A single bit was changed",
    "styrelseprotokoll-two-of-three.pdf"
        "Underskriftssidan nämner tre, två har skrivit under" "The signature page names three, two have signed",
    "styrelseprotokoll-unknown-issuer.pdf"
        "Underskrivet hos en utfärdare som ingen litar på här" "Signed with an issuer that nobody trusts here",
    "styrelseprotokoll-flattened.pdf" "Utskriven till PDF: underskrifterna är borta" "Printed to PDF: the signatures \
     are gone",
    "organisationsstampel-familj-b.pdf" "Förseglat av en organisation" "Sealed by an organisation",
    "motesanteckningar-koncernledningsgruppen.pdf" "Mötesanteckningar, inte underskrivna" "Meeting notes, not signed",
    "nytt-fran-kommunledningsgruppen-2025-09.pdf" "Information, inte underskriven" "Information, not signed",
    "nytt-fran-kommunledningsgruppen-2024-05-20.pdf" "Information, inte underskriven" "Information, not signed",
    "styrelseprotokoll.txt" "Protokollets text, som den publicerats" "The minutes' text, as published",
    "motesanteckningar-koncernledningsgruppen.txt" "Texten, som den publicerats" "The text, as published",
    "nytt-fran-kommunledningsgruppen-2025-09.txt" "Texten, som den publicerats" "The text, as published",
    "nytt-fran-kommunledningsgruppen-2024-05-20.txt" "Texten, som den publicerats" "The text, as published",
];

#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    data: String,
    url: Option<String>,
    token: &'a str,
    vkey: String,
    records: Vec<Hit<'a>>,
}

pub(super) fn run(args: &Demo, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let listen = if args.no_serve { None } else { Some(free(args.listen)?) };
    let mut config = Config { data: args.dir.clone(), ..config.clone() };
    let archive = prepare(&config)?;
    let token = fresh_token(&archive, &config.data)?;
    let mut shown = Vec::with_capacity(SAMPLES.len());
    for sample in SAMPLES {
        shown.push((sample, register(&archive, sample)?));
    }
    if console.json {
        let found: Vec<Found> = shown.iter().map(|(_, one)| one.found()).collect();
        let records: Result<_, _> = found.iter().map(|one| Hit::of(&archive, one)).collect();
        let records = records?;
        let (data, vkey) = (config.data.display().to_string(), archive.ledger().vkey());
        let url = listen.map(|listen| format!("http://{listen}/"));
        console.json(&Shown { schema: "sigill.demo/1", data, url, token: &token, vkey, records })?;
    } else {
        console.tell(&Text::new(
            "Obs: underskrifterna är gjorda med testnycklar. Deras utfärdare är betrodd bara i det här demoarkivet.",
            "Note: the signatures were made with test keys. Their issuer is trusted in this demonstration only.",
        ))?;
        for (sample, ingested) in &shown {
            tell(console, &archive, sample, ingested)?;
        }
        try_next(console, &config.data, &shown, listen, &archive.ledger().vkey())?;
        let label = console.lang.choose("Administratörens nyckel", "Administrator's token");
        console.say(Style::Strong, &format!("{label}: {token}"))?;
    }
    let Some(listen) = listen else { return Ok(Answer::Yes) };
    announce(console, args.listen, listen)?;
    config.web.listen = listen;
    serve::serve(archive, &config, &Manager::default())
}

/// Creates the demonstration where there is none. Another archive is never given the test issuer.
fn prepare(config: &Config) -> Result<Archive, Stop> {
    let directory = &config.data;
    match Settings::read(directory) {
        Ok(settings) if settings.origin == ORIGIN => {}
        Ok(settings) => {
            let (directory, origin) = (directory.display(), settings.origin);
            return Err(Stop::trouble(
                format!(
                    "I {directory} finns arkivet {origin}, som inte är demonstrationen. Det är orört. Välj en tom \
                     mapp med --dir."
                ),
                format!(
                    "{directory} holds the archive {origin}, which is not the demonstration. It was left alone. \
                     Choose an empty folder with --dir."
                ),
            ));
        }
        Err(crate::archive::Error::Missing(_)) => {
            Archive::create(directory, ORIGIN, Some("sigill demo"), &config.archive)?;
        }
        Err(other) => return Err(other.into()),
    }
    // An interrupted first run may have left these out; writing them again changes nothing.
    let (name, pem) = ANCHOR;
    put(&directory.join("trust").join(name), pem)?;
    for sample in SAMPLES {
        put(&directory.join(SAMPLES_FOLDER).join(sample.name), sample.bytes)?;
    }
    Ok(Archive::open(directory, config.archive.clone())?)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder)
        .map_err(disk::Error::at("create", folder))
        .and_then(|()| fs::write(path, bytes).map_err(disk::Error::at("write", path)));
    written.map_err(|error| crate::archive::Error::from(error).into())
}

/// The token of the last run is of no use to anybody who has lost it; there is one at a time.
fn fresh_token(archive: &Archive, data: &Path) -> Result<String, Stop> {
    // The name of a token that was removed by hand is free when the ledger has been told.
    if Tokens::open(data).is_ok_and(|tokens| tokens.is_leaving(TOKEN_NAME)) {
        // Where it cannot be told, making the token says so.
        drop(auth::tell(archive));
    }
    if let Ok(mut tokens) = Tokens::open(data) {
        let ours = tokens.list().iter().filter(|token| same_person(&token.name, TOKEN_NAME));
        let old: Vec<String> = ours.map(|token| token.id.clone()).collect();
        for id in old {
            // One that stays is an older token of this demonstration, no more.
            let _ = tokens.remove(&id);
        }
    }
    init::token(data, TOKEN_NAME)
}

fn register(archive: &Archive, sample: &Sample) -> Result<Ingested, Stop> {
    let submission =
        Submission { name: sample.name.to_owned(), public: true, actor: "demo".to_owned(), ..Submission::default() };
    Ok(archive.ingest(sample.bytes, &submission)?)
}

fn tell(console: &Console, archive: &Archive, sample: &Sample, ingested: &Ingested) -> Result<(), Stop> {
    let (sv, en) = sample.what;
    let known = if ingested.new { "" } else { console.lang.choose(" (redan registrerad)", " (already registered)") };
    console.say(Style::Plain, "")?;
    console.say(Style::Strong, &format!("{}{known}", sample.name))?;
    console.say(Style::Faint, &format!("  {}", console.lang.choose(sv, en)))?;
    let found = &ingested.record.verification;
    show::headline(console, found)?;
    show::signers(console, found)?;
    let advice = console.lang.choose(&found.advice.sv, &found.advice.en);
    console.say(Style::Plain, &format!("  {}: {advice}", console.lang.choose("Gör så här", "What to do")))?;
    let reason = archive.retention(&ingested.found()).reason;
    let label = console.lang.choose("Bevarande", "Retention");
    Ok(console.say(Style::Plain, &format!("  {label}: {}", console.lang.of(&reason)))?)
}

/// Three things to try: over HTTP while it is served, by hand where it is not.
fn try_next(
    console: &Console,
    data: &Path,
    shown: &[(&Sample, Ingested)],
    listen: Option<SocketAddr>,
    vkey: &str,
) -> Result<(), Stop> {
    let Some((sample, first)) = shown.first() else { return Ok(()) };
    let id = &first.record.id;
    let query = first.record.transaction_ids.first().unwrap_or(id);
    let data = data.display();
    let file = format!("{data}/{SAMPLES_FOLDER}/{}", sample.name);
    console.say(Style::Plain, "")?;
    console.say(Style::Strong, console.lang.choose("Prova:", "Try:"))?;
    let commands = match listen {
        Some(listen) => [
            format!("curl \"http://{listen}/api/v1/records?q={query}\""),
            format!("curl -o kvitto.tlog-proof http://{listen}/api/v1/records/{id}/receipt"),
            format!("sigill prove --key '{vkey}' {file} kvitto.tlog-proof"),
        ],
        None => [
            format!("sigill --data {data} find {query}"),
            format!("sigill --data {data} receipt {id} -o kvitto.tlog-proof"),
            format!("sigill prove --key '{vkey}' {file} kvitto.tlog-proof"),
        ],
    };
    for command in commands {
        console.say(Style::Plain, &format!("  {command}"))?;
    }
    Ok(console.say(Style::Plain, "")?)
}

fn announce(console: &Console, asked: SocketAddr, listen: SocketAddr) -> Result<(), Stop> {
    if listen != asked {
        console.note(&Text::new(
            format!("Porten {} är upptagen; {} används i stället.", asked.port(), listen.port()),
            format!("Port {} is busy; {} is used instead.", asked.port(), listen.port()),
        ));
    }
    let text = Text::new(
        format!("Öppna http://{listen}/ – avsluta med Ctrl-C."),
        format!("Open http://{listen}/ – stop with Ctrl-C."),
    );
    if console.json {
        console.note(&text);
        return Ok(());
    }
    Ok(console.say(Style::Good, console.lang.of(&text))?)
}

/// The address asked for, or the next one that nobody listens on.
fn free(asked: SocketAddr) -> Result<SocketAddr, Stop> {
    let mut problem = None;
    for step in 0..=PORTS_TRIED {
        let port = asked.port().saturating_add(step);
        match TcpListener::bind(SocketAddr::new(asked.ip(), port)).and_then(|listener| listener.local_addr()) {
            Ok(free) => return Ok(free),
            Err(error) => problem = Some(error),
        }
    }
    let what = problem.map(|error| error.to_string()).unwrap_or_default();
    Err(Stop::trouble(
        format!(
            "Det går inte att lyssna på {asked} eller portarna efter: {what}. Inget har skapats. Välj en annan \
             --listen, eller --no-serve."
        ),
        format!(
            "Cannot listen on {asked} or the ports after it: {what}. Nothing was created. Choose another --listen, or \
             --no-serve."
        ),
    ))
}
