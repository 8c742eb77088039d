//! `sigill export`, `sigill import` and `sigill check --directory`: the ledger as plain files that anyone can prove.
//! C2SP tlog-tiles; what these write and read is what other programs for such ledgers write and read.

use std::ffi::OsStr;
use std::path::Path;

use serde::Serialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::Text as WireText;
use crate::archive::encoding::hex;
use crate::archive::settings::Settings;
use crate::cli::Answer;
use crate::cli::args::ExportTo;
use crate::cli::args::ImportFrom;
use crate::cli::backup::secret;
use crate::cli::backup::show;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::receipt;
use crate::cli::stop::Stop;
use crate::cli::told;
use crate::cli::told::While;
use crate::config::Config;
use crate::ledger::durable::Durable;
use crate::ledger::error as ledger;
use crate::ledger::export as tiles;
use crate::ledger::mirror::CHECKPOINT;
use crate::ledger::mirror::Fault;
use crate::ledger::mirror::Mirror;
use crate::ledger::succession::Bounded;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Exported {
    schema: &'static str,
    size: u64,
    root: String,
    before: u64,
    written: u64,
}

#[derive(Serialize)]
struct Imported {
    schema: &'static str,
    size: u64,
    root: String,
}

#[derive(Serialize)]
struct Checked {
    schema: &'static str,
    sound: bool,
    size: u64,
    root: String,
    faults: Vec<WireText>,
}

pub(super) fn export(args: &ExportTo, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let bar = console.progress(0);
    let progress = &mut |done, of| show(&bar, done, of);
    let done = match Settings::read(&config.data) {
        Ok(settings) if settings.store.is_some() => {
            let archive = Archive::read(&config.data, config.archive.clone())?;
            tiles::export_shared(archive.ledger(), &args.mirror, progress)
        }
        Ok(_) | Err(_) => Durable::read(&config.data.join("ledger"), &config.archive.ledger)
            .and_then(|ledger| tiles::export(&ledger, &args.mirror, progress)),
    };
    bar.finish_and_clear();
    let done = done.map_err(|error| not_exported(&error))?;
    let (root, directory) = (hex(&done.root), args.mirror.display());
    if console.json {
        let tiles::Exported { size, before, written, .. } = done;
        console.json(&Exported { schema: "sigill.exported/1", size, root, before, written })?;
        return Ok(Answer::Yes);
    }
    let (size, new, written) = (done.size, done.size - done.before, done.written);
    console.tell(&Text::new(
        format!("Loggen finns i {directory}: {size} poster, {new} nya, {written} filer skrivna, rot {root}."),
        format!("The ledger is in {directory}: {size} entries, {new} new, {written} files written, root {root}."),
    ))?;
    Ok(Answer::Yes)
}

fn not_exported(error: &ledger::Error) -> Stop {
    if let ledger::Error::Forked { size, .. } = error {
        return Stop::trouble(
            format!(
                "Mappen håller en annan historia än arkivet: rötterna över {size} poster skiljer sig. Inget har \
                 skrivits. Spara båda och utred."
            ),
            format!(
                "The directory holds another history than the archive: the roots over {size} entries differ. Nothing \
                 was written. Keep both and find out."
            ),
        );
    }
    if let ledger::Error::AnchorRolledBack { published, anchor } = error {
        return Stop::trouble(
            format!(
                "Mappen har {published} poster, arkivet bara {anchor}: arkivet har gått bakåt. Inget har skrivits. \
                 Spara båda och återställ den nyaste säkerhetskopian."
            ),
            format!(
                "The directory has {published} entries, the archive only {anchor}: the archive went back. Nothing was \
                 written. Keep both and restore the newest backup."
            ),
        );
    }
    if matches!(error, ledger::Error::Missing(path) if path.as_os_str() == CHECKPOINT) {
        return Stop::trouble(
            "Loggen har aldrig offentliggjort något att exportera. Inget har skrivits. Registrera något först.",
            "The ledger never published anything to export. Nothing was written. Register something first.",
        );
    }
    Stop::Trouble(told::ledger(error).text(While::Other))
}

/// A directory of tiles that cannot be read is no part of the archive.
fn not_imported(error: archive::Error, mirror: &Path) -> Stop {
    if let archive::Error::Ledger(missing @ ledger::Error::Missing(path)) = &error
        && path.starts_with(mirror)
    {
        return unopened(mirror, missing);
    }
    error.into()
}

pub(super) fn import(args: &ImportFrom, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let key = secret(&args.secret_key)?;
    let bar = console.progress(0);
    let done = Archive::import_ledger(&args.mirror, &config.data, &key, &config.archive, &mut |done, of| {
        show(&bar, done, of);
    });
    bar.finish_and_clear();
    let (size, root) = done.map_err(|error| not_imported(error, &args.mirror))?;
    let root = hex(&root);
    if console.json {
        console.json(&Imported { schema: "sigill.imported/1", size, root })?;
        return Ok(Answer::Yes);
    }
    console.tell(&Text::new(
        format!("Loggen är gjord av {size} poster, och roten är den undertecknade: {root}."),
        format!("The ledger is made of {size} entries, and the root is the one that was signed: {root}."),
    ))?;
    console.note(&Text::new(
        "Handlingar och dokument finns inte i en sådan mapp: lägg tillbaka dem och kör `sigill check`.",
        "Records and documents are not in such a directory: put them back and run `sigill check`.",
    ));
    Ok(Answer::Yes)
}

pub(super) fn check(directory: &Path, key: Option<&OsStr>, console: &Console) -> Result<Answer, Stop> {
    let bar = console.progress(0);
    let (keys, given) = match key {
        Some(key) => (Ok(receipt::keys(key)?), true),
        None => (Mirror::claimed_key(directory).map(|key| vec![Bounded::current(key)]), false),
    };
    let mirror =
        keys.and_then(|keys| Mirror::open_by(directory, &keys)).map_err(|error| unopened(directory, &error))?;
    let faults = mirror.check(&mut |done, of| show(&bar, done, of));
    bar.finish_and_clear();
    let faults = faults.map_err(|error| Stop::Trouble(told::ledger(&error).text(While::Other)))?;
    let sound = faults.iter().all(|fault| matches!(fault, Fault::Stranger(_) | Fault::Keyless));
    let (size, root) = (mirror.checkpoint().size, hex(&mirror.checkpoint().root));
    let texts: Vec<Text> = faults.iter().map(fault).collect();
    if console.json {
        let faults = texts.iter().map(WireText::from).collect();
        console.json(&Checked { schema: "sigill.check-directory/1", sound, size, root: root.clone(), faults })?;
    } else {
        texts.iter().try_for_each(|text| console.tell(text))?;
        if sound {
            let clear = console.lang.choose("Inga fel hittades.", "No errors found.");
            console.say(Style::Good, &format!("✓ {clear}"))?;
        }
    }
    if sound {
        console.note(&Text::new(
            format!("{size} poster leder till den undertecknade roten {root}."),
            format!("{size} entries lead to the signed root {root}."),
        ));
    } else {
        console.note(&Text::new(
            "Mappen är en kopia: inget är förlorat i arkivet. Exportera på nytt till en tom mapp, eller hämta den igen.",
            "The directory is a copy: nothing is lost in the archive. Export to an empty one, or fetch it again.",
        ));
    }
    if !given {
        console.note(&Text::new(
            "Nyckeln är den som mappen själv uppger. Ange --key för att bevisa vems logg det är.",
            "The key is the one that the directory itself states. Give --key to prove whose ledger it is.",
        ));
    }
    Ok(Answer::from(sound))
}

fn fault(fault: &Fault) -> Text {
    match fault {
        Fault::Missing(path) => Text::new(
            format!("{path} saknas eller har fel längd."),
            format!("{path} is missing or has a wrong length."),
        ),
        Fault::Differs(path) => {
            Text::new(format!("{path} följer inte av posterna."), format!("{path} does not follow from the entries."))
        }
        Fault::Root => Text::new(
            "Posterna leder inte till den undertecknade roten: någon post är ändrad.",
            "The entries do not lead to the signed root: some entry was changed.",
        ),
        Fault::Unproven(size) => Text::new(
            format!(
                "Nyckeln byttes vid {size} poster, men filen succession bevisar det inte: den saknas eller är avklippt."
            ),
            format!(
                "The key was changed at {size} entries, but the file succession does not prove it: missing or cut."
            ),
        ),
        Fault::OtherKey => Text::new(
            "Filen vkey anger en nyckel som inte är loggens.",
            "The file vkey names a key that is not the ledger's.",
        ),
        Fault::Keyless => Text::new(
            "Filen vkey saknas: mappen säger inte vems logg det är. Ofarligt för den som har nyckeln.",
            "The file vkey is missing: the directory does not say whose ledger it is. Harmless for who has the key.",
        ),
        Fault::Stranger(path) => {
            let path = path.display();
            Text::new(
                format!("{path} hör inte till loggen. Ofarligt."),
                format!("{path} is no part of the ledger. Harmless."),
            )
        }
    }
}

/// A directory that is not even read as one of tiles.
fn unopened(directory: &Path, error: &ledger::Error) -> Stop {
    let ledger::Error::Missing(missing) = error else {
        return Stop::Trouble(told::ledger(error).text(While::Other));
    };
    let (directory, missing) = (directory.display(), missing.display());
    Stop::trouble(
        format!(
            "{directory} är ingen mapp med en exporterad logg: {missing} finns inte. Inget har ändrats. Ange mappen som \
             `sigill export` skrev, eller en annan loggs, med dess nyckel i --key. Arkivet är orört."
        ),
        format!(
            "{directory} is no directory with an exported ledger: {missing} is not there. Nothing was changed. Name the \
             one that `sigill export` wrote, or another ledger's, with its key in --key. The archive is untouched."
        ),
    )
}
