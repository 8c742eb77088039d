//! `sigill verify`: files are judged, nothing is stored, no archive is needed, and no network unless it is asked for.
//! INTERFACES sections 1 and 2.

use std::ffi::OsStr;
use std::path::Path;

use jiff::Timestamp;

use crate::archive;
use crate::archive::Archive;
use crate::archive::anchors;
use crate::archive::encoding::Verification;
use crate::archive::gather;
use crate::archive::gather::Asked;
use crate::cli::Answer;
use crate::cli::args::Verify;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::find;
use crate::cli::open;
use crate::cli::show;
use crate::cli::stop::Stop;
use crate::cli::words;
use crate::config;
use crate::config::Config;
use crate::verify::etsi;
use crate::verify::evidence::Evidence;
use crate::verify::indication::Verdict;
use crate::verify::mask::masked;
use crate::verify::report::Report;
use crate::verify::text::Text;
use crate::verify::trust::Trust;
use crate::verify::verdict;

pub(super) fn run(args: &Verify, config: &Config, console: &Console) -> Result<Answer, Stop> {
    if let Some(record) = &args.record {
        return again(record, args, config, console);
    }
    if args.xml.is_some() && args.files.len() > 1 {
        return Err(Stop::trouble(
            "En rapport i XML gäller en handling. Inget har kontrollerats. Ange en fil i taget.",
            "A report in XML is about one document. Nothing was verified. Give one file at a time.",
        ));
    }
    let trust = trust(config, console)?;
    let given = args.evidence.as_deref().map(open::evidence).transpose()?.unwrap_or_default();
    let at = args.at.unwrap_or_else(Timestamp::now);
    let (mut all_valid, mut unopened) = (true, 0_usize);
    for path in &args.files {
        match open::file(path, config.archive.budget.document_bytes_max) {
            Ok(document) => {
                let (policy, budget) = (&config.archive.policy, &config.archive.budget);
                let judge = |evidence: &Evidence| verdict::verify(&document, evidence, &trust, policy, budget, at);
                let evidence = &given.evidence;
                let mut report = if args.online { fetching(config, evidence, judge, console) } else { judge(evidence) };
                report.warnings.extend(given.findings.iter().cloned());
                if let Some(xml) = &args.xml {
                    open::save(xml, &etsi::write(&report, &document, budget))?;
                }
                let mut found = Verification::of(&report, &open::name(path), config.archive.body);
                recognised(&mut found, config);
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

/// Where an archive stands where the configuration says, and can be read, it is asked whether an unsigned file is a copy
/// that it gave out; it needs not be there.
fn recognised(found: &mut Verification, config: &Config) {
    if [Verdict::Unsigned.name(), Verdict::Unreadable.name()].contains(&found.verdict.as_str())
        && let Ok(archive) = Archive::read(&config.data, config.archive.clone())
    {
        // What cannot be read there says nothing of the file.
        let _ = archive.recognise(found, true);
    }
}

/// A registered document, verified once more; the record says what was found when it came in.
fn again(record: &OsStr, args: &Verify, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let archive = open::archive(config, console)?;
    let found = find::only(record, config, &archive)?.record;
    let id = found.id.parse().map_err(|_| archive::Error::Damaged(format!("record {}", found.id)))?;
    let report = archive.verify_again(id)?.ok_or_else(|| archive::Error::Damaged(format!("record {id}")))?;
    if let Some(xml) = &args.xml {
        let document = archive.document(id)?.ok_or_else(|| archive::Error::Damaged(format!("record {id}")))?;
        open::save(xml, &etsi::write(&report, &document, &config.archive.budget))?;
    }
    let now = Verification::of(&report, &found.verification.file.name, config.archive.body);
    answer(args, console, Path::new(&found.verification.file.name), &now)?;
    Ok(Answer::from(now.verdict == "valid"))
}

/// The report after what was missing has been asked for. What did not come is told; the report says what that means.
fn fetching(config: &Config, evidence: &Evidence, judge: impl Fn(&Evidence) -> Report, console: &Console) -> Report {
    let gathered = gather::gather(&config.online, evidence.clone(), judge);
    for Asked { missing, answer } in &gathered.asked {
        if let (Err(trouble), Some(host)) = (answer, missing.host()) {
            let (Text { sv, en }, host) = (trouble.text(), masked(host));
            console.note(&Text::new(
                format!("Obs: {host} gav inga uppgifter: {sv}."),
                format!("Note: {host} gave no data: {en}."),
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
pub(super) fn trust(config: &Config, console: &Console) -> Result<Trust, Stop> {
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
