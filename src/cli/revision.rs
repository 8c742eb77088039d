//! `sigill revision`: the versions a signed file holds, and the one that a signature covers as a file of its own.
//! VALIDATION 6.6: a document that was changed after signing is still provable as it was signed.

use std::io;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::archive::versions;
use crate::archive::versions::Version;
use crate::cli::Answer;
use crate::cli::args::Revision;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Listed<'a> {
    schema: &'static str,
    file: String,
    revisions: Vec<&'a Version>,
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    signature: usize,
    #[serde(flatten)]
    version: &'a Version,
    output: String,
}

pub(super) fn run(args: &Revision, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let budget = &config.archive.budget;
    let document = open::file(&args.file, budget.document_bytes_max).map_err(Stop::Trouble)?;
    let versions = versions::list(&document, budget).map_err(|error| unreadable(&args.file, &error.to_string()))?;
    let Some(signature) = args.signature else { return list(args, &versions, console) };
    let closed = versions.iter().find(|(version, _)| version.signatures.contains(&signature));
    let Some((version, bytes)) = closed else { return Err(no_such(&args.file, signature)) };
    let Some(output) = args.output.as_deref() else { return list(args, &versions, console) };
    if output.as_os_str() == open::STDIN {
        io::stdout().lock().write_all(bytes)?;
        return Ok(Answer::Yes);
    }
    open::save(output, bytes)?;
    let output = output.display().to_string();
    if console.json {
        console.json(&Written { schema: "sigill.revision/1", signature, version, output })?;
        return Ok(Answer::Yes);
    }
    let (size, sha256) = (version.size, &version.sha256);
    console.say(
        Style::Good,
        console.lang.of(&Text::new(
            format!("Versionen som underskrift {signature} gäller är skriven till {output} ({size} byte)."),
            format!("The version that signature {signature} covers was written to {output} ({size} bytes)."),
        )),
    )?;
    console.say(Style::Plain, &format!("SHA-256 {sha256}"))?;
    Ok(Answer::Yes)
}

fn list(args: &Revision, versions: &[(Version, &[u8])], console: &Console) -> Result<Answer, Stop> {
    let revisions = versions.iter().map(|(version, _)| version);
    if console.json {
        let (file, revisions) = (open::name(&args.file), revisions.collect());
        console.json(&Listed { schema: "sigill.revisions/1", file, revisions })?;
        return Ok(Answer::Yes);
    }
    for version in revisions {
        let Version { revision, size, sha256, .. } = version;
        let who = console.lang.of(&made_by(version)).to_owned();
        console.say(Style::Plain, &format!("{revision:>3}  {size:>10} byte  {sha256}  {who}"))?;
    }
    Ok(Answer::Yes)
}

/// Who probably made a version, for people.
fn made_by(version: &Version) -> Text {
    let numbers: Vec<String> = version.signatures.iter().map(ToString::to_string).collect();
    let numbers = numbers.join(", ");
    match (version.author.as_str(), numbers.is_empty()) {
        ("unknown", _) => Text::new("ingen underskrift", "no signature"),
        (_, true) => Text::new("underskrift som inte täcker versionen", "a signature that does not cover it"),
        ("signature", false) => Text::new(format!("underskrift {numbers}"), format!("signature {numbers}")),
        (_, false) => Text::new(format!("tidsstämpel {numbers}"), format!("timestamp {numbers}")),
    }
}

fn no_such(path: &Path, signature: usize) -> Stop {
    let path = path.display();
    Stop::trouble(
        format!(
            "{path} har ingen underskrift {signature} som täcker en hel version av filen. Inget har skrivits. Se vilka \
             som finns: sigill revision --list {path}"
        ),
        format!(
            "{path} has no signature {signature} that covers a whole version of the file. Nothing was written. See \
             which there are: sigill revision --list {path}"
        ),
    )
}

fn unreadable(path: &Path, error: &str) -> Stop {
    let path = path.display();
    Stop::trouble(
        format!("{path} gick inte att läsa: {error}. Inget har skrivits."),
        format!("{path} could not be read: {error}. Nothing was written."),
    )
}
