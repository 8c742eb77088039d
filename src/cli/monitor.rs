//! `sigill monitor`: audits somebody's ledger from outside, once, or every now and then until an alarm.
//! LEDGER.md 6.7. 0 all holds, 1 alarm, 2 could not be asked: that says nothing about the ledger.

use std::path::PathBuf;
use std::thread;

use jiff::Timestamp;
use serde::Serialize;

use crate::archive::encoding::hex;
use crate::archive::monitor::Error;
use crate::archive::monitor::Monitor;
use crate::cli::Answer;
use crate::cli::args::MonitorOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::receipt;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::verify::text::Text;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    schema: &'static str,
    url: &'a str,
    holds: bool,
    what: Option<String>,
    what_sv: Option<String>,
    origin: Option<String>,
    size: Option<u64>,
    root: Option<String>,
    before: Option<u64>,
    witnesses: Option<usize>,
    /// Keys that the ledger has changed to since it was audited last.
    new_keys: Vec<String>,
    succeeded_at: Option<String>,
}

pub(super) fn run(args: &MonitorOf, policy: Option<&PathBuf>, console: &Console) -> Result<Answer, Stop> {
    let policy = receipt::policy(args.key.as_deref(), policy.map(PathBuf::as_path))?;
    let monitor = Monitor::new(&args.url, policy, &args.memory, args.webhook.as_deref());
    loop {
        let found = audit(args, &monitor, console);
        // What is remembered is on disk by now, whoever ends this and when.
        match (args.every, found) {
            (Some(every), Ok(Answer::Yes)) => thread::sleep(every),
            (Some(every), Err(Stop::Trouble(text))) => {
                console.trouble(&text);
                thread::sleep(every);
            }
            (_, found) => return found,
        }
    }
}

fn audit(args: &MonitorOf, monitor: &Monitor, console: &Console) -> Result<Answer, Stop> {
    let last = monitor.memory().map_err(|error| trouble(&error, None))?.map(|memory| memory.succeeded_at);
    let now = Timestamp::now();
    let found = monitor.run(now, &mut |_, _| {});
    let mut wire = Wire {
        schema: "sigill.audit/1",
        url: &args.url,
        holds: false,
        what: None,
        what_sv: None,
        origin: None,
        size: None,
        root: None,
        before: None,
        witnesses: None,
        new_keys: Vec::new(),
        succeeded_at: last.clone(),
    };
    let (style, sv, en) = match found {
        Ok(held) => {
            let (size, root) = (held.checkpoint.size, hex(&held.checkpoint.root));
            let before = held.before.unwrap_or(0);
            wire.holds = true;
            wire.new_keys = held.new_keys.iter().map(ToString::to_string).collect();
            if !held.new_keys.is_empty() {
                console.note(&Text::new(
                    "Loggen har bytt nyckel, bevisat av den gamla. Den nya är ihågkommen; ersätt --key eller raden i policyn \
                     när det passar (arkivets /ledger.vkeys).",
                    "The ledger has changed its key, as the old one proves. The new one is remembered; replace --key or the \
                     line in the policy when it suits (the archive's /ledger.vkeys).",
                ));
            }
            wire.origin = Some(held.checkpoint.origin.clone());
            (wire.size, wire.root, wire.before) = (Some(size), Some(root.clone()), held.before);
            (wire.witnesses, wire.succeeded_at) = (Some(held.witnesses), Some(now.to_string()));
            (
                Style::Good,
                format!(
                    "✓ {}: {size} poster (förut {before}) med roten {root}. Det som fanns står kvar, och varje del av \
                     trädet stämmer. Sedd av {} vittnen.",
                    held.checkpoint.origin, held.witnesses
                ),
                format!(
                    "✓ {}: {size} entries ({before} before) with the root {root}. What was there stands, and every part \
                     of the tree is right. Seen by {} witnesses.",
                    held.checkpoint.origin, held.witnesses
                ),
            )
        }
        Err(Error::Alarm(alarm)) => {
            (wire.what, wire.what_sv) = (Some(alarm.what.clone()), Some(alarm.what_sv.clone()));
            let since = last.unwrap_or_else(|| "–".to_owned());
            (
                Style::Bad,
                format!(
                    "✕ LARM för {}: {}. Senast allt stämde: {since}. Spara {} och dess .alarm.json: båda \
                     kontrollpunkterna är undertecknade och kan visas för vem som helst.",
                    args.url,
                    alarm.what_sv,
                    args.memory.display()
                ),
                format!(
                    "✕ ALARM for {}: {}. All held last at {since}. Keep {} and its .alarm.json: both checkpoints are \
                     signed and can be shown to anyone.",
                    args.url,
                    alarm.what,
                    args.memory.display()
                ),
            )
        }
        Err(error) => return Err(trouble(&error, last)),
    };
    if console.json {
        console.json(&wire)?;
    } else {
        console.say(style, console.lang.choose(&sv, &en))?;
    }
    Ok(Answer::from(wire.holds))
}

fn trouble(error: &Error, last: Option<String>) -> Stop {
    let since = last.unwrap_or_else(|| "–".to_owned());
    match error {
        Error::Late { size, saw, known } => {
            return Stop::trouble(
                format!(
                    "De {size} posterna stämmer, men bara {saw} av {known} vittnen har sett dem än, vilket inte räcker. \
                     Vittnen kan vara sena: det är inget larm förrän det varat en timme. Senast allt stämde: {since}. Fråga \
                     igen om en stund."
                ),
                format!(
                    "The {size} entries hold, but only {saw} of {known} witnesses have seen them yet, which is not enough. \
                     Witnesses may be late: it is no alarm until it has lasted an hour. All held last at {since}. Ask again \
                     shortly."
                ),
            );
        }
        Error::OtherMemory { path, url } => {
            let path = path.display();
            return Stop::trouble(
                format!(
                    "{path} minns en annan logg, {url}. Inget har granskats och filen är orörd. Ange en egen fil för varje \
                     logg med --memory."
                ),
                format!(
                    "{path} remembers another ledger, {url}. Nothing was audited and the file is untouched. Give each ledger \
                     a file of its own with --memory."
                ),
            );
        }
        Error::Memory { path, what } => {
            let path = path.display();
            return Stop::trouble(
                format!(
                    "Minnet {path} kan inte läsas (teknisk uppgift: {what}). Inget har granskats och filen är orörd. Lägg \
                     tillbaka den ur en kopia; utan den vet ingen vad som sågs förut."
                ),
                format!(
                    "The memory {path} cannot be read ({what}). Nothing was audited and the file is untouched. Put it back \
                     from a copy; without it nobody knows what was seen before."
                ),
            );
        }
        Error::Disk(error) => return Stop::Trouble(told::disk(error).text(While::Other)),
        Error::Alarm(_) | Error::Unasked(_) => {}
    }
    Stop::trouble(
        format!(
            "Loggen kunde inte granskas: {error}. Det säger inget om loggen. Senast allt stämde: {since}. Försök igen."
        ),
        format!(
            "The ledger could not be audited: {error}. That says nothing about the ledger. All held last at {since}. \
             Try again."
        ),
    )
}
