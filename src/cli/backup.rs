//! `sigill backup` and `sigill restore`: the archive in one file, and back.
//! USERS section 5: what happened, whether anything was changed, what to do; a secret in a file is said to be there.

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use serde::Serialize;

use crate::archive::backup;
use crate::archive::backup::About;
use crate::archive::backup::Error;
use crate::archive::backup::Secret;
use crate::archive::backup::Wanted;
use crate::archive::disposed;
use crate::archive::disposed::Disposed;
use crate::archive::settings::Places;
use crate::cli::Answer;
use crate::cli::args::BackupTo;
use crate::cli::args::RestoreFrom;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::published::Published;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::cli::upkeep;
use crate::cli::words;
use crate::config::Config;
use crate::ledger::note::NOTE_BYTES_MAX;
use crate::verify::text::Text;

/// Largest list of disposed records read, in bytes: half a million ids.
const LIST_BYTES_MAX: u64 = 16 << 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackedUp<'a> {
    schema: &'static str,
    file: String,
    made_at: &'a str,
    size: u64,
    root: &'a str,
    files: u64,
    bytes: u64,
    gone: u64,
    secret_key: bool,
    fingerprint: &'a str,
    sound: bool,
    faults: Vec<upkeep::Wire>,
}

#[derive(Serialize)]
struct PutBack<'a> {
    schema: &'static str,
    size: u64,
    root: &'a str,
    files: u64,
    fingerprint: &'a str,
    sound: bool,
    newer: Option<u64>,
    faults: Vec<upkeep::Wire>,
}

pub(super) fn backup(args: &BackupTo, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let secret = if args.without_key { Secret::Out } else { Secret::In };
    let bar = console.progress(0);
    let made = backup::write(&config.data, &config.archive, &args.backup, secret, &mut |done, of| show(&bar, done, of));
    bar.finish_and_clear();
    let made = made.map_err(|error| Stop::Trouble(text(&error, While::Other)))?;
    let (about, sound) = (&made.about, made.faults.is_empty());
    if console.json {
        console.json(&BackedUp {
            schema: "sigill.backed-up/1",
            file: args.backup.display().to_string(),
            made_at: &about.made_at,
            size: about.size,
            root: &about.root,
            files: made.files,
            bytes: made.bytes,
            gone: made.gone,
            secret_key: about.secret_key,
            fingerprint: &made.fingerprint,
            sound,
            faults: made.faults.iter().map(upkeep::wire).collect(),
        })?;
    } else {
        made.faults.iter().try_for_each(|fault| upkeep::tell(console, fault))?;
        let (file, files, bytes, size) = (args.backup.display(), made.files, words::size(made.bytes), about.size);
        console.tell(&Text::new(
            format!("Säkerhetskopierat till {file}: {files} filer, {bytes}, {size} poster, rot {}.", about.root),
            format!("Backed up to {file}: {files} files, {bytes}, {size} entries, root {}.", about.root),
        ))?;
        console.tell(&Text::new(
            format!("Fingeravtryck: {}", made.fingerprint),
            format!("Fingerprint: {}", made.fingerprint),
        ))?;
    }
    console.note(&match secret {
        Secret::In => Text::new(
            "Loggens hemliga nyckel är med: förvara kopian lika skyddad som arkivet (--without-key utelämnar den).",
            "The ledger's secret key is in it: keep it as protected as the archive (--without-key leaves it out).",
        ),
        Secret::Out => Text::new(
            "Loggens hemliga nyckel är inte med. Utan den kan kopian inte återställas: förvara ledger/key för sig.",
            "The ledger's secret key is not in it. Without it nothing can be restored: keep ledger/key elsewhere.",
        ),
    });
    if !sound {
        let count = made.faults.len();
        console.note(&Text::new(
            format!(
                "Kopian är gjord, men {count} fel fanns redan i arkivet och är med i den: behåll tidigare säkerhetskopior, \
                 som har det som saknas, och lägg tillbaka det därifrån."
            ),
            format!(
                "The backup is made, but {count} errors were in the archive already and are in it: keep earlier backups, \
                 which have what is missing, and put it back from them."
            ),
        ));
    }
    Ok(Answer::from(sound))
}

pub(super) fn restore(args: &RestoreFrom, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let key = args.secret_key.as_deref().map(secret).transpose()?;
    let mut disposed = disposed::beside(config.archive.ledger.anchor.as_deref())?;
    disposed.extend(args.disposed.as_deref().map(ids).transpose()?.unwrap_or_default());
    let unknown = args.disposed.is_none() && disposed.is_empty();
    let published = args.published.iter().map(|place| Published::read(place)).collect::<Result<Vec<_>, _>>()?;
    let told = if args.older { since(args, &published, console)? } else { None };
    let unknown = unknown && told.is_none();
    disposed.extend(told.unwrap_or_default());
    let wanted = Wanted {
        key: key.as_deref(),
        published: published.iter().map(|one| one.note.clone()).collect(),
        changes: published.iter().filter_map(|one| one.changes.clone()).collect(),
        older: args.older,
        disposed,
    };
    let places = args.places.as_deref().map(Places::read).transpose()?;
    let bar = console.progress(0);
    let progress = &mut |done, of| show(&bar, done, of);
    let (file, data, options) = (&args.backup_file, &config.data, &config.archive);
    let back = match places {
        Some(places) => backup::restore_to(file, data, places, options, &wanted, progress),
        None => backup::restore(file, data, options, &wanted, progress),
    };
    bar.finish_and_clear();
    let back = back.map_err(|error| Stop::Trouble(text(&error, While::Restoring)))?;
    let about = &back.about;
    let sound = back.faults.iter().all(|fault| fault.weight.is_sound());
    if console.json {
        console.json(&PutBack {
            schema: "sigill.restored/1",
            size: about.size,
            root: &about.root,
            files: back.files,
            fingerprint: &back.fingerprint,
            sound,
            newer: back.newer,
            faults: back.faults.iter().map(upkeep::wire).collect(),
        })?;
    } else {
        back.faults.iter().try_for_each(|fault| upkeep::tell(console, fault))?;
        let (style, shape) = if sound { (Style::Good, "✓") } else { (Style::Open, "!") };
        let (files, size, data) = (back.files, about.size, config.data.display());
        let text = Text::new(
            format!("Återställt i {data}: {files} filer, {size} poster, samma rot som i kopian: {}.", about.root),
            format!("Restored in {data}: {files} files, {size} entries, the root of the backup: {}.", about.root),
        );
        console.say(style, &format!("{shape} {}", console.lang.of(&text)))?;
    }
    if unknown {
        console.note(&may_be_back(about));
    }
    if let Some(newer) = back.newer {
        console.note(&Text::new(
            format!(
                "{newer} poster har offentliggjorts men bara {} är återställda. Registrera inget här innan de som \
                 följer loggen är underrättade: de kommer att se en logg som gått bakåt.",
                about.size
            ),
            format!(
                "{newer} entries were published but only {} are restored. Register nothing here before those who \
                 follow the ledger are told: they will see a ledger that went back.",
                about.size
            ),
        ));
    } else if args.published.is_empty() && config.archive.ledger.anchor.is_none() {
        console.note(&Text::new(
            "Inget nyare läge av loggen var känt att jämföra med. Jämför med den kontrollpunkt som andra har: \
             --published.",
            "No newer state of the ledger was known to compare with. Compare with the checkpoint that others hold: \
             --published.",
        ));
    }
    Ok(Answer::from(sound))
}

pub(super) fn show(bar: &ProgressBar, done: u64, of: u64) {
    bar.set_length(of);
    bar.set_position(done);
}

/// The first line of a file with a secret key.
pub(super) fn secret(path: &Path) -> Result<String, Stop> {
    let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = open::file(path, bytes_max).map_err(Stop::Trouble)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// What the published ledgers say was disposed of after the backup; none where none of them could be followed to its end.
fn since(args: &RestoreFrom, published: &[Published], console: &Console) -> Result<Option<Disposed>, Stop> {
    let stop = |error: Error| Stop::Trouble(text(&error, While::Restoring));
    let about = backup::about(&args.backup_file).map_err(stop)?;
    let mut told = None;
    for one in published {
        match backup::disposed_since(&about, &one.note, one.changes.as_ref(), &mut |path| one.piece(path)) {
            Ok((disposed, size)) => {
                console.note(&followed(disposed.len(), size));
                told.get_or_insert_with(Disposed::new).extend(disposed);
            }
            Err(error @ Error::Unfollowed(_)) => console.note(&text(&error, While::Restoring)),
            Err(error) => return Err(stop(error)),
        }
    }
    Ok(told)
}

/// What the entries after the backup, to the `to`th, say.
fn followed(count: usize, to: u64) -> Text {
    let (sv, en) = match count {
        0 => {
            ("att inget gallrats efter kopian.".to_owned(), "that nothing was disposed of after the backup.".to_owned())
        }
        1 => (
            "att en handling gallrats efter kopian. Den kommer inte tillbaka.".to_owned(),
            "that one record was disposed of after the backup. It does not come back.".to_owned(),
        ),
        _ => (
            format!("att {count} handlingar gallrats efter kopian. De kommer inte tillbaka."),
            format!("that {count} records were disposed of after the backup. They do not come back."),
        ),
    };
    Text::new(
        format!("Loggen som den offentliggjorts, till och med post {to}, säger {sv}"),
        format!("The ledger as it was published, up to entry {to}, says {en}"),
    )
}

/// A backup knows nothing of what was disposed of after it; that is said, since nobody else will.
fn may_be_back(about: &About) -> Text {
    let made = about.made_at.split('T').next().unwrap_or_default();
    Text::new(
        format!(
            "Obs: kopian är från {made}. Har något gallrats sedan dess så finns det här igen, och ingenting i kopian säger \
             vad. Gör om återställningen i en tom mapp med --disposed och filen `disposed` ur det arkiv som var, eller \
             gallra på nytt efter gallringsprotokollen, innan arkivet tas i bruk."
        ),
        format!(
            "Note: the backup is of {made}. What was disposed of since is here again, and nothing in the backup says what. \
             Restore once more into an empty directory with --disposed and the file `disposed` of the archive that was, or \
             dispose again by the protocols, before the archive is used."
        ),
    )
}

fn ids(path: &Path) -> Result<Disposed, Stop> {
    let bytes = open::file(path, LIST_BYTES_MAX).map_err(Stop::Trouble)?;
    disposed::parse(&String::from_utf8_lossy(&bytes)).map_err(|line| {
        let path = path.display();
        Stop::trouble(
            format!("Rad {line} i {path} är inget handlings-id. Inget har återställts. Rätta raden."),
            format!("Line {line} of {path} is no record id. Nothing was restored. Correct the line."),
        )
    })
}

fn text(error: &Error, met: While) -> Text {
    match error {
        Error::Exists(path) => exists(path),
        Error::NotABackup(what) => Text::new(
            format!("Filen är ingen säkerhetskopia från sigill: {what}. Inget har återställts. Välj rätt fil."),
            format!("The file is no backup of sigill's: {what}. Nothing was restored. Choose the right file."),
        ),
        Error::Cut => Text::new(
            "Säkerhetskopian är avklippt. Inget har återställts. Hämta hela filen, eller använd en äldre kopia.",
            "The backup is cut. Nothing was restored. Fetch the whole file, or use an older backup.",
        ),
        Error::Differs(what) => Text::new(
            format!(
                "Säkerhetskopian är skadad: {what} är inte vad som lades in. Inget har återställts. Använd en annan."
            ),
            format!("The backup is damaged: {what} is not what was put in. Nothing was restored. Use another one."),
        ),
        Error::Older { published, backup } => Text::new(
            format!(
                "Säkerhetskopian har {backup} poster, men loggen har offentliggjorts med {published}. Inget har \
                 återställts. Använd en nyare kopia; finns ingen, läs `sigill restore --help` om --older."
            ),
            format!(
                "The backup holds {backup} entries, but the ledger was published with {published}. Nothing was \
                 restored. Use a newer backup; where there is none, see `sigill restore --help` about --older."
            ),
        ),
        Error::OtherHistory(size) => Text::new(
            format!(
                "Kontrollpunkten över {size} poster stämmer inte med säkerhetskopian: två historier. Inget har \
                 återställts. Spara båda och utred innan något skrivs."
            ),
            format!(
                "The checkpoint over {size} entries does not fit the backup: two histories. Nothing was restored. Keep \
                 both and find out before anything is written."
            ),
        ),
        Error::Unfollowed(why) => Text::new(
            format!(
                "Vad som gallrats efter kopian går inte att läsa ur det offentliggjorda (teknisk uppgift: {why}). Ange den \
                 mapp som `sigill export` gjort, eller en adress som svarar."
            ),
            format!(
                "What was disposed of after the backup cannot be read from what was published ({why}). Name the folder that \
                 `sigill export` made, or an address that answers."
            ),
        ),
        Error::KeyNeeded => Text::new(
            "Säkerhetskopian är utan loggens hemliga nyckel. Inget har återställts. Ange nyckelns fil med --key.",
            "The backup is without the ledger's secret key. Nothing was restored. Name the key's file with --key.",
        ),
        Error::KeysChanging => Text::new(
            "Ett byte av loggens nycklar är inte avslutat. Inget har säkerhetskopierats. Kör `sigill check`, som avslutar \
             det, och säkerhetskopiera igen.",
            "A change of the ledger's keys is unfinished. Nothing was backed up. Run `sigill check`, which completes it, \
             and back up again.",
        ),
        Error::KeyMissing => Text::new(
            "Loggens hemliga nyckel (ledger/key) saknas eller är skadad. Inget har säkerhetskopierats. Lägg tillbaka den \
             från en tidigare säkerhetskopia, eller kopiera utan den med --without-key.",
            "The ledger's secret key (ledger/key) is missing or damaged. Nothing was backed up. Put it back from an \
             earlier backup, or back up without it with --without-key.",
        ),
        Error::OtherKey => Text::new(
            "Nyckeln hör till en annan logg. Inget har återställts. Ange rätt fil med --key.",
            "The key is another ledger's. Nothing was restored. Name the right file with --key.",
        ),
        Error::Checkpoint(error) => Text::new(
            format!(
                "Kontrollpunkten att jämföra med är inte undertecknad med en nyckel som säkerhetskopian känner eller leds \
                 till (teknisk uppgift: {error}). Inget har återställts. Ange loggens adress, som säger hur nyckeln har \
                 bytts, eller en fil med `succession` bredvid."
            ),
            format!(
                "The checkpoint to compare with is signed by no key that the backup knows or is led to ({error}). Nothing \
                 was restored. Name the ledger's address, which says how its key was changed, or a file with `succession` \
                 beside it."
            ),
        ),
        Error::Key(error) => Text::new(
            format!("Nyckeln kan inte läsas: {error}. Inget har återställts. Ange rätt fil med --key."),
            format!("The key cannot be read: {error}. Nothing was restored. Name the right file with --key."),
        ),
        Error::File { path, source } => told::system(path, source, error).text(met),
        Error::Disk(error) => told::disk(error).text(met),
        Error::Archive(error) => told::archive(error).text(met),
        Error::Ledger(error) => told::ledger(error).text(met),
    }
}

fn exists(path: &Path) -> Text {
    if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        let path = path.display();
        return Text::new(
            format!("{path} är inte tom. Inget har ändrats. Återställ i en tom mapp med --data och byt namn sedan."),
            format!("{path} is not empty. Nothing was changed. Restore to an empty folder with --data, then rename."),
        );
    }
    let path = path.display();
    Text::new(
        format!("{path} finns redan och är orörd. Välj ett annat namn."),
        format!("{path} exists and was left alone. Choose another name."),
    )
}
