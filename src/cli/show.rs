//! A verification for people: the answer first, then who signed and how we know, what changed, what to do.
//! USERS section 1d; everything technical only where it is asked for.

use std::io;

use crate::archive::attested;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Signer;
use crate::archive::encoding::Verification;
use crate::archive::then;
use crate::archive::unread;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::understood;
use crate::cli::words;

/// Shows a verification.
pub(super) fn verification(console: &Console, found: &Verification, details: bool) -> io::Result<()> {
    headline(console, found)?;
    signers(console, found)?;
    records(console, found)?;
    page(console, found)?;
    bankid(console, found)?;
    changes(console, found)?;
    disagreement(console, found)?;
    if let Some(minutes) = found.minutes.as_ref().filter(|minutes| minutes.kind != "other") {
        understood::told(console, minutes, details)?;
    }
    let choose = |sv, en| console.lang.choose(sv, en);
    if let Some(reason) = unread::reason(found) {
        console.say(Style::Plain, &format!("  {}", console.lang.of(&reason)))?;
    }
    let advice = console.lang.choose(&found.advice.sv, &found.advice.en);
    console.say(Style::Plain, &format!("  {}: {advice}", choose("Gör så här", "What to do")))?;
    if details {
        technical(console, found)?;
    }
    Ok(())
}

/// The answer in one line, with its shape.
pub(super) fn headline(console: &Console, found: &Verification) -> io::Result<()> {
    answer(console, found, console.lang.choose(&found.headline.sv, &found.headline.en))
}

/// The same of a record, as what it was, and when: what was found when it came in says nothing of today.
pub(super) fn headline_then(console: &Console, found: &Verification) -> io::Result<()> {
    answer(console, found, console.lang.of(&then::headline(found)))?;
    let when = console.lang.choose("Svaret vid kontrollen", "As found when checked on");
    console.say(Style::Plain, &format!("  {when} {}", words::moment_of(&found.checked_at, console.lang)))
}

fn answer(console: &Console, found: &Verification, text: &str) -> io::Result<()> {
    let look = words::verdict(&found.verdict);
    console.say(look.style, &format!("{} {text}", look.shape))
}

/// Who signed, when, how identified, how we know, and why it does not hold where it does not.
pub(super) fn signers(console: &Console, found: &Verification) -> io::Result<()> {
    let shown = found.signatures.iter().filter(|signature| signature.field.is_some());
    for signature in shown {
        let look = words::indication(&signature.indication);
        console.say(look.style, &format!("  {} {}", look.shape, title(console, signature)))?;
        for line in lines(console, signature) {
            console.say(Style::Plain, &format!("      {line}"))?;
        }
        if let Some(reason) = signature.reasons.first().filter(|_| !passed(signature)) {
            console.say(Style::Plain, &format!("      {}", console.lang.choose(&reason.sv, &reason.en)))?;
        }
    }
    Ok(())
}

fn passed(signature: &Signature) -> bool {
    matches!(signature.indication.as_str(), "TOTAL-PASSED" | "PASSED")
}

fn title(console: &Console, signature: &Signature) -> String {
    let choose = |sv: &'static str, en: &'static str| console.lang.choose(sv, en).to_owned();
    if signature.kind == "document-timestamp" {
        return choose("Tidsstämpel över hela dokumentet", "Timestamp over the whole document");
    }
    let named =
        signature.signer.as_ref().and_then(|signer| signer.name.clone().or_else(|| signer.organisation.clone()));
    named.unwrap_or_else(|| choose("Undertecknarens certifikat saknas", "The signer's certificate is missing"))
}

fn lines(console: &Console, signature: &Signature) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if signature.kind != "document-timestamp" {
        lines.extend(signature.signer.as_ref().and_then(|signer| identified(console, signer)));
    }
    lines.extend(signed_at(console, signature));
    if let Some(signer) = signature.signer.as_ref().filter(|_| signature.kind != "document-timestamp") {
        let level = attested::evidence(signature, signer);
        let question = console.lang.choose("Hur vet vi det?", "How do we know?");
        lines.push(format!("{question} {} – {}", signer.evidence, console.lang.of(&level)));
    }
    lines.extend(signature.svt.as_ref().map(|told| {
        let label = console.lang.choose("Valideringsintyg", "Another validator's word");
        format!("{label}: {}", console.lang.choose(&told.summary.sv, &told.summary.en))
    }));
    lines
}

fn identified(console: &Console, signer: &Signer) -> Option<String> {
    let found = signer.identification.as_ref()?;
    let mut line = format!("{} {}", console.lang.choose("Legitimerad med", "Identified with"), found.method);
    if let Some(provider) = attested::service(found) {
        line.push_str(&format!(" {} {provider}", console.lang.choose("via", "through")));
    }
    if let Some(level) = found.level_of_assurance.as_deref().map(words::assurance) {
        line.push_str(&format!(" ({} {level})", console.lang.choose("tillitsnivå", "level of assurance")));
    }
    if let Some(transaction) = &found.transaction_id {
        line.push_str(&format!(", Transaktions-ID {transaction}"));
    }
    Some(line)
}

/// The best time known, with what it rests on.
fn signed_at(console: &Console, signature: &Signature) -> Option<String> {
    let times = &signature.times;
    let lang = console.lang;
    let known = [
        (&times.proven, "styrkt av tidsstämpel", "proven by a timestamp"),
        (&times.authenticated, "enligt underskriftstjänsten", "as the signing service says"),
        (&times.claimed, "enligt underskriften själv", "as the signature itself says"),
    ];
    let (time, sv, en) = known.into_iter().find_map(|(time, sv, en)| Some((time.as_ref()?, sv, en)))?;
    let verb = match (times.proven.is_some(), signature.kind.as_str()) {
        (_, "document-timestamp") => lang.choose("Gjord", "Made"),
        (true, _) => lang.choose("Underskriven senast", "Signed not later than"),
        (false, _) => lang.choose("Underskriven", "Signed"),
    };
    Some(format!("{verb} {} ({})", words::moment_of(time, lang), lang.choose(sv, en)))
}

/// What evidence records prove about the whole file.
fn records(console: &Console, found: &Verification) -> io::Result<()> {
    for record in &found.evidence_records {
        let look = words::indication(&record.indication);
        let title = console.lang.choose("Bevispost över hela filen", "Evidence record over the whole file");
        console.say(look.style, &format!("  {} {title}", look.shape))?;
        let line = match (&record.proven, record.reasons.first()) {
            (Some(proven), _) => {
                let existed = console.lang.choose("Filen fanns senast", "The file existed not later than");
                Some(format!("{existed} {}", words::moment_of(proven, console.lang)))
            }
            (None, reason) => reason.map(|reason| console.lang.choose(&reason.sv, &reason.en).to_owned()),
        };
        line.map_or(Ok(()), |line| console.say(Style::Plain, &format!("      {line}")))?;
    }
    Ok(())
}

/// What a printed signature page says, where the signatures themselves do not say it.
fn page(console: &Console, found: &Verification) -> io::Result<()> {
    let Some(page) = found.signature_page.as_ref() else { return Ok(()) };
    let heading = console.lang.choose("Underskriftssidan säger", "The signature page says");
    console.say(Style::Plain, &format!("  {heading}:"))?;
    for entry in &page.entries {
        let parts = [
            entry.name.clone(),
            entry.method.clone(),
            entry.signed_at.as_deref().map(|at| words::moment_of(at, console.lang)),
        ];
        let mut line = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if let Some(transaction) = &entry.transaction_id {
            line.push_str(&format!(", Transaktions-ID {transaction}"));
        }
        console.say(Style::Plain, &format!("      {line} [{}]", entry.evidence))?;
    }
    let unprotected = page.entries.iter().any(|entry| entry.evidence == "D");
    if unprotected {
        console.say(Style::Plain, &format!("      D – {}", console.lang.of(&attested::printed())))?;
    }
    Ok(())
}

/// Changes that are more than what signing itself adds.
fn changes(console: &Console, found: &Verification) -> io::Result<()> {
    let signed = found.signatures.iter().any(|signature| signature.field.is_some());
    if !signed {
        return Ok(());
    }
    let heading = console.lang.choose("Ändringar efter underskrift", "Changes after signing");
    let mut told: Vec<String> = Vec::new();
    for change in found.signatures.iter().flat_map(|signature| &signature.changes) {
        let line = console.lang.choose(&change.sv, &change.en).to_owned();
        if !told.contains(&line) {
            told.push(line);
        }
    }
    if told.is_empty() {
        let unknown = found.signatures.iter().any(|signature| signature.changes_after == "not-checked");
        let none = if unknown {
            console.lang.choose("gick inte att undersöka", "could not be examined")
        } else {
            console.lang.choose("inga", "none")
        };
        return console.say(Style::Plain, &format!("  {heading}: {none}"));
    }
    console.say(Style::Plain, &format!("  {heading}:"))?;
    told.iter().try_for_each(|line| console.say(Style::Plain, &format!("      {line}")))
}

/// Where page, minutes and certificates do not tell the same story.
fn disagreement(console: &Console, found: &Verification) -> io::Result<()> {
    // That a certificate carries no transaction id, and that the page has no time, is how services do it.
    let usual = |subject: &str| subject == "page-transaction" || subject == "page-time";
    for line in &found.agreement {
        if line.outcome == "different" || (line.outcome == "missing" && !usual(&line.subject)) {
            console.say(Style::Open, &format!("  ! {}", console.lang.choose(&line.sv, &line.en)))?;
        }
    }
    Ok(())
}

fn technical(console: &Console, found: &Verification) -> io::Result<()> {
    let plain = |text: String| console.say(Style::Plain, &text);
    console.say(Style::Strong, console.lang.choose("  Tekniska detaljer", "  Technical details"))?;
    plain(format!("    SHA-256 {}  ({} byte)", found.file.sha256, found.file.size))?;
    plain(format!("    {} {}, {}", found.policy.name, found.policy.version, found.checked_at))?;
    plain(format!("    anchors {}, {}", found.trust.anchors, found.trust.digest))?;
    for signature in &found.signatures {
        detail(console, signature)?;
    }
    for finding in &found.warnings {
        plain(format!("    {}: {}", finding.code, console.lang.choose(&finding.sv, &finding.en)))?;
    }
    for needed in &found.missing {
        plain(format!("    missing {}: {}", needed.kind, needed.subject))?;
    }
    let policy = console.lang.choose(
        "  Inte bedömt: innehållet, och om undertecknarna hade rätt att besluta.",
        "  Not judged: the content, and whether the signers were entitled to decide.",
    );
    plain(policy.to_owned())
}

fn detail(console: &Console, signature: &Signature) -> io::Result<()> {
    let plain = |text: String| console.say(Style::Plain, &format!("      {text}"));
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    console.say(Style::Strong, &format!("    {} ({})", or(&signature.field), signature.kind))?;
    plain(format!("{} {}", signature.indication, or(&signature.sub_indication)))?;
    plain(format!("{}, {}, ByteRange {:?}", or(&signature.sub_filter), or(&signature.level), signature.byte_range))?;
    plain(format!(
        "digest {}, signature {}, coverage {}, changes after {}",
        signature.integrity.digest, signature.integrity.signature, signature.coverage, signature.changes_after
    ))?;
    if let Some(algorithms) = &signature.algorithms {
        plain(format!("{} {} {}", algorithms.digest, algorithms.signature, algorithms.key_bits))?;
    }
    let times = &signature.times;
    plain(format!(
        "claimed {}, authenticated {}, proven {}",
        or(&times.claimed),
        or(&times.authenticated),
        or(&times.proven)
    ))?;
    for certificate in &signature.certificates {
        let anchor = if certificate.trusted { "  [anchor]" } else { "" };
        plain(format!("{} – {} ({}){anchor}", certificate.not_before, certificate.not_after, certificate.subject))?;
    }
    for finding in signature.reasons.iter().chain(&signature.warnings) {
        plain(format!("{}: {}", finding.code, console.lang.choose(&finding.sv, &finding.en)))?;
    }
    Ok(())
}

/// BankID's own evidence: whose, when, and what is reserved.
fn bankid(console: &Console, found: &Verification) -> io::Result<()> {
    for evidence in &found.bankid_evidence {
        let name = evidence.name.as_deref().unwrap_or("?");
        let at = evidence.at.as_deref().map(|at| words::moment_of(at, console.lang)).unwrap_or_default();
        console.say(Style::Plain, &format!("  BankID: {name} {at}"))?;
        for finding in &evidence.findings {
            let text = console.lang.choose(&finding.sv, &finding.en);
            console.say(Style::Plain, &format!("      {text}"))?;
        }
    }
    Ok(())
}
