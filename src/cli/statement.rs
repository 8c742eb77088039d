//! `sigill statement`: the statement about a record (kontrollintyg) as a sealed PDF. USERS 8 (9).

use std::path::Path;

use serde::Serialize;

use crate::archive;
use crate::archive::encoding::hex;
use crate::archive::entry::ordinal;
use crate::archive::record::RecordId;
use crate::archive::statement::Language;
use crate::cli::Answer;
use crate::cli::args::StatementOf;
use crate::cli::console::Console;
use crate::cli::find;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::config::Lang;
use crate::verify::crypto;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    record: &'a str,
    file: String,
    sha256: String,
    size: usize,
    /// The entry of its issue; null where it was not registered.
    entry: Option<u64>,
}

/// Who issues by hand, where the configuration does not say.
const BY: &str = "cli";

pub(super) fn run(args: &StatementOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = if args.unregistered { open::reading(config, console)? } else { open::archive(config, console)? };
    let found = find::only(&args.record, config, &archive)?.record;
    let damaged = || archive::Error::Damaged(format!("record {}", found.id));
    let id: RecordId = found.id.parse().map_err(|_| damaged())?;
    let language = match console.lang {
        Lang::Sv => Language::Sv,
        Lang::En => Language::En,
    };
    let (path, address): (&Path, _) = (&args.output, config.web.public_url.as_deref());
    if path.symlink_metadata().is_ok() {
        return Err(open::exists(path));
    }
    if address.is_none() {
        console.note(&Text::new(
            "Intyget får ingen QR-kod: tjänstens adress är inte angiven (public_url i inställningarna).",
            "The statement gets no QR code: the service's address is not given (public_url in the configuration).",
        ));
    }
    let (pdf, entry) = if args.unregistered {
        (archive.statement(id, language, address)?.ok_or_else(damaged)?, None)
    } else {
        let (pdf, acted) = archive
            .issue_statement(id, language, address, config.actor.as_deref().unwrap_or(BY))?
            .ok_or_else(damaged)?;
        (pdf, Some(acted.index))
    };
    open::save(path, &pdf)?;
    let sha256 = hex(&crypto::sha256(&[&pdf]));
    if console.json {
        let (schema, file) = ("sigill.statement/1", path.display().to_string());
        console.json(&Written { schema, record: &found.id, file, sha256, size: pdf.len(), entry })?;
    } else {
        let file = path.display();
        console.note(&match entry.map(ordinal) {
            Some(entry) => Text::new(
                format!("Kontrollintyget är skrivet till {file} och registrerat som post nr {entry}."),
                format!("The statement was written to {file} and registered as entry no. {entry}."),
            ),
            None => Text::new(
                format!("Kontrollintyget är skrivet till {file}. Det är inte registrerat."),
                format!("The statement was written to {file}. It is not registered."),
            ),
        });
    }
    Ok(Answer::Yes)
}
