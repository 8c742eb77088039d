//! `sigill verify`: files are judged, nothing is stored, no archive is needed, and no network unless it is asked for.
//! INTERFACES sections 1 and 2.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::archive::anchors;
use crate::archive::encoding::Verification;
use crate::archive::gather;
use crate::archive::gather::Asked;
use crate::cli::Answer;
use crate::cli::args::Verify;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::open;
use crate::cli::show;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config;
use crate::config::Config;
use crate::verify::evidence::Evidence;
use crate::verify::report::Report;
use crate::verify::text::Text;
use crate::verify::trust::Trust;
use crate::verify::verdict;

/// Largest piece of evidence read, in bytes; the largest revocation lists in use have about ten megabytes.
const EVIDENCE_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(args: &Verify, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let trust = trust(config, console)?;
    let evidence = args.evidence.as_deref().map_or_else(|| Ok(Evidence::none()), gather)?;
    let at = args.at.unwrap_or_else(Timestamp::now);
    let (mut all_valid, mut unopened) = (true, 0_usize);
    for path in &args.files {
        match open::file(path, config.archive.budget.document_bytes_max) {
            Ok(document) => {
                let (policy, budget) = (&config.archive.policy, &config.archive.budget);
                let judge = |evidence: &Evidence| verdict::verify(&document, evidence, &trust, policy, budget, at);
                let report = if args.online { fetching(config, &evidence, judge, console) } else { judge(&evidence) };
                let found = Verification::of(&report, &open::name(path));
                all_valid &= found.verdict == "valid";
                answer(args, console, path, &found)?;
            }
            Err(text) => {
                unopened += 1;
                console.trouble(&text);
            }
        }
    }
    if unopened > 0 {
        let of = args.files.len();
        return Err(Stop::trouble(
            format!("{unopened} av {of} filer kunde inte öppnas. Övriga är kontrollerade. Inget har sparats."),
            format!("{unopened} of {of} files could not be opened. The others were verified. Nothing was saved."),
        ));
    }
    Ok(Answer::from(all_valid))
}

/// The report after what was missing has been asked for. What did not come is told; the report says what that means.
fn fetching(config: &Config, evidence: &Evidence, judge: impl Fn(&Evidence) -> Report, console: &Console) -> Report {
    let gathered = gather::gather(&config.online, evidence.clone(), judge);
    for Asked { missing, answer } in &gathered.asked {
        if let (Err(trouble), Some(host)) = (answer, missing.host()) {
            console.note(&Text::new(
                format!("Obs: {host} gav inga uppgifter: {trouble}."),
                format!("Note: {host} gave no data: {trouble}."),
            ));
        }
    }
    gathered.report
}

fn answer(args: &Verify, console: &Console, path: &Path, found: &Verification) -> Result<(), Stop> {
    if console.json {
        return Ok(console.json(found)?);
    }
    console.say(Style::Strong, &path.display().to_string())?;
    show::verification(console, found, args.details)?;
    Ok(console.say(Style::Plain, "")?)
}

/// The anchors: of the folder that was named, else of `keys/trust` where it is, else none.
fn trust(config: &Config, console: &Console) -> Result<Trust, Stop> {
    let default = Path::new(config::TRUST);
    let folder = config.trust.as_deref().or_else(|| default.is_dir().then_some(default));
    let (trust, problems) = match folder {
        Some(folder) => anchors::read_folder(folder).map_err(|error| {
            let folder = folder.display();
            Stop::trouble(
                format!(
                    "Mappen {folder} med betrodda utfärdare kan inte läsas: {error}. Inget har kontrollerats. \
                     Rätta --trust."
                ),
                format!(
                    "The folder {folder} of trust anchors cannot be read: {error}. Nothing was verified. Correct \
                     --trust."
                ),
            )
        })?,
        None => (Trust::nobody(), Vec::new()),
    };
    problems.iter().for_each(|problem| console.note(&words::anchor_problem(problem)));
    if trust.anchors().is_empty() {
        console.note(&Text::new(
            "Obs: ingen utfärdare är betrodd här, så äkta underskrifter får svaret ”kan inte avgöra”. Lägg era \
             betrodda \
             utfärdares certifikat i keys/trust eller ange --trust MAPP.",
            "Note: no issuer is trusted here, so genuine signatures are answered \"cannot determine\". Put the \
             certificates of the issuers you trust in keys/trust, or name a folder with --trust DIR.",
        ));
    }
    Ok(trust)
}

/// Evidence from a file or from a folder's, by the ending. What cannot be read as what its ending says is counted, not
/// believed.
fn gather(named: &Path) -> Result<Evidence, Stop> {
    let told = |error: &std::io::Error| Stop::Trouble(words::unreadable_file(named, error));
    let mut paths = Vec::new();
    if named.is_file() {
        paths.push(named.to_owned());
    } else {
        for entry in fs::read_dir(named).map_err(|error| told(&error))? {
            paths.push(entry.map_err(|error| told(&error))?.path());
        }
    }
    paths.sort();
    let mut evidence = Evidence::none();
    for path in paths.iter().filter(|path| path.is_file()) {
        let read = || open::file(path, EVIDENCE_BYTES_MAX).map_err(Stop::Trouble);
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("crl") => evidence.add_crl(&read()?),
            Some("ocsp" | "ors") => evidence.add_ocsp(&read()?),
            Some("ers" | "er") => evidence.add_record(&read()?),
            Some("cer" | "crt" | "der") => evidence.add_certificate(&read()?),
            Some("json" | "xml") => evidence.add_bankid(&read()?),
            Some(_) | None => {}
        }
    }
    Ok(evidence)
}
