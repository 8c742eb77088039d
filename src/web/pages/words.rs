//! A verification in plain words: the summary, and DIGG's three questions in their order. USERS 1d and 10.
//! Nothing here is judged; codes are looked up, and unknown ones read as "cannot tell".

use crate::archive::attested;
use crate::archive::encoding::Change;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Verification;
use crate::archive::unread;
use crate::verify::indication::SubIndication;
use crate::verify::text::Text;
use crate::verify::wording;
use crate::web::language::Language;
use crate::web::pages::beside::Beside;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment::Moment;
use crate::web::pages::signers::SignerView;

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Yes,
    Unknown,
    No,
}

impl Mark {
    fn icon(self) -> Icon {
        match self {
            Self::Yes => Icon::Tick,
            Self::Unknown => Icon::Question,
            Self::No => Icon::Cross,
        }
    }

    /// The class that colours it.
    fn class(self) -> &'static str {
        match self {
            Self::Yes => "good",
            Self::Unknown => "open",
            Self::No => "bad",
        }
    }

    fn word(self, language: Language) -> String {
        let word = match self {
            Self::Yes => language.say("Ja", "Yes"),
            Self::Unknown => language.say("Vet ej", "Not known"),
            Self::No => language.say("Nej", "No"),
        };
        word.to_owned()
    }
}

/// One of the three questions, answered.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) title: &'static str,
    pub(crate) mark: Mark,
    pub(crate) word: String,
    pub(crate) text: String,
}

impl Question {
    pub(crate) fn icon(&self) -> Icon {
        self.mark.icon()
    }

    /// Between word and text: "Ja, inget har ändrats", "Vet ej. Delar av filen".
    pub(crate) fn pause(&self) -> &'static str {
        if self.text.starts_with(char::is_lowercase) { "," } else { "." }
    }

    pub(crate) fn class(&self) -> &'static str {
        self.mark.class()
    }
}

/// A change after signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangeView {
    pub(crate) text: String,
    pub(crate) grave: bool,
}

/// Everything the verdict and the record page say about a verification above Tekniska detaljer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) verdict: String,
    pub(crate) headline: String,
    pub(crate) summary: String,
    pub(crate) advice: String,
    pub(crate) questions: [Question; 3],
    /// The signers' names, joined.
    pub(crate) who: String,
    /// The last signature's time, as far as it is known.
    pub(crate) last: Option<Moment>,
    pub(crate) signers: Vec<SignerView>,
    pub(crate) beside: Vec<Beside>,
    pub(crate) changes: Vec<ChangeView>,
    pub(crate) disagreements: Vec<String>,
    pub(crate) unread: Option<String>,
}

impl Answer {
    pub(crate) fn of(found: &Verification, language: Language) -> Self {
        let signers: Vec<SignerView> =
            found.signatures.iter().map(|signature| SignerView::of(signature, language)).collect();
        Self {
            verdict: found.verdict.clone(),
            headline: language.of_text(&found.headline).to_owned(),
            summary: summary(found, &signers, language),
            advice: advice(found, language),
            questions: [unchanged(found, language), who(found, language), trusted(found, language)],
            beside: Beside::of(found, language),
            changes: changes(found, language),
            disagreements: disagreements(found, language),
            unread: unread(found, language),
            who: joined(&names(found), language),
            last: last(&signers),
            signers,
        }
    }

    pub(crate) fn icon(&self) -> Icon {
        Icon::of_verdict(&self.verdict)
    }

    /// The class that colours the verdict.
    pub(crate) fn class(&self) -> &'static str {
        class(&self.verdict)
    }
}

/// The class that colours a verdict.
pub(crate) fn class(verdict: &str) -> &'static str {
    match verdict {
        "valid" => "good",
        "registered-copy" => "info",
        "partly-valid" | "indeterminate" => "open",
        "altered" | "invalid" => "bad",
        _ => "plain",
    }
}

/// Why a file could not be read.
fn unread(found: &Verification, language: Language) -> Option<String> {
    unread::reason(found).map(|Text { sv, en }| language.say(sv, en))
}

/// Whether what decided is a fault of the container: then nothing is known of what else is in it. VALIDATION 5, PF, and
/// MD-40, bytes that no revision accounts for.
fn is_malformed(signature: &Signature) -> bool {
    let container = |code: &str| code.starts_with("PF-") || code == "MD-40";
    signature.indication.ends_with("FAILED") && signature.reasons.iter().any(|reason| container(&reason.code))
}

/// What is said where no signature was found. That there is none is known only of a file that could be read.
fn unless_unread(found: &Verification, text: &str, language: Language) -> String {
    let unseen =
        language.say("Det går inte att se: filen kunde inte läsas", "That cannot be seen: the file could not be read");
    if found.verdict == "unreadable" { unseen.to_owned() } else { text.to_owned() }
}

/// Names joined as people join them.
pub(crate) fn joined(names: &[&str], language: Language) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} {} {last}", rest.join(", "), language.say("och", "and")),
    }
}

fn persons(found: &Verification) -> impl Iterator<Item = &Signature> {
    found.signatures.iter().filter(|signature| signature.kind == "signature")
}

fn name(signature: &Signature) -> Option<&str> {
    signature.signer.as_ref()?.name.as_deref()
}

/// Names of signers, each once.
fn names(found: &Verification) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in persons(found).filter_map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What to do. The stored words for an altered file name a command; on a page the version is a button away.
fn advice(found: &Verification, language: Language) -> String {
    let text = match found.verdict.as_str() {
        "altered" => language.say(
            "Använd inte filen. Öppna den underskrivna versionen eller begär originalet.",
            "Do not use the file. Open the signed version, or ask for the original.",
        ),
        _ => language.of_text(&found.advice),
    };
    text.to_owned()
}

fn last(signers: &[SignerView]) -> Option<Moment> {
    signers.iter().filter(|signer| !signer.timestamp).filter_map(|signer| signer.at.clone()).next_back()
}

/// What a file without signatures seems to be.
fn bare(found: &Verification, language: Language) -> String {
    let page = found.signature_page.as_ref().is_some_and(|page| !page.entries.is_empty());
    let text = if page {
        language.say(
            "Filen har en underskriftssida men inga underskrifter. Det är troligen en utskrift till PDF eller en \
             publicerad kopia av ett underskrivet original.",
            "The file has a signature page but no signatures. It is probably printed to PDF, or a published copy of a \
             signed original.",
        )
    } else {
        language.say("Det finns ingen underskrift att kontrollera.", "There is no signature to check.")
    };
    text.to_owned()
}

fn summary(found: &Verification, signers: &[SignerView], language: Language) -> String {
    let names = names(found);
    let last = last(signers);
    let who = match (found.verdict.as_str(), names.as_slice()) {
        ("unsigned", _) => bare(found, language),
        ("unreadable", _) | (_, []) => return unread(found, language).unwrap_or_default(),
        ("valid", names) => {
            format!("{} {}.", language.say("Undertecknat av", "Signed by"), joined(names, language))
        }
        (_, names) => {
            let said = language.say("Underskrifter i namn av", "Signatures in the name of");
            format!("{said} {}.", joined(names, language))
        }
    };
    let when = last.map(|last| {
        let said = language.say("Sista underskriften", "Last signature on");
        format!(" {said} {}.", last.plain())
    });
    who + &when.unwrap_or_default()
}

/// 1 Är dokumentet oförändrat?
fn unchanged(found: &Verification, language: Language) -> Question {
    let broken = found.signatures.iter().find(|signature| signature.integrity.digest == "mismatch");
    // The last one that is touched tells best when the change was made.
    let touched =
        found.signatures.iter().rfind(|signature| matches!(signature.changes_after.as_str(), "other" | "annotations"));
    let last = found.signatures.iter().rfind(|signature| signature.integrity.digest == "match");
    let whole = last.is_some_and(|last| {
        last.coverage == "whole-file" || matches!(last.changes_after.as_str(), "none" | "lta-updates")
    });
    let (mark, text) = match (broken.or(touched), found.verdict.as_str()) {
        (Some(signature), _) => (Mark::No, changed_since(signature, language)),
        (None, "altered") => {
            let text =
                language.say("innehållet har ändrats efter underskrift", "the content was changed after signing");
            (Mark::No, text.to_owned())
        }
        (None, _) if found.signatures.is_empty() => {
            let text = language.say(
                "Utan underskrift går det inte att se om något har ändrats",
                "Without a signature nothing shows whether anything was changed",
            );
            (Mark::Unknown, unless_unread(found, text, language))
        }
        (None, _) if found.signatures.iter().any(is_malformed) => {
            let text = language.say(
                "Filens uppbyggnad följer inte standarden, så det går inte att se",
                "The file's structure does not follow the standard, so that cannot be seen",
            );
            (Mark::Unknown, text.to_owned())
        }
        (None, _) if whole => {
            let text = language
                .say("inget har ändrats efter sista underskriften", "nothing was changed after the last signature");
            (Mark::Yes, text.to_owned())
        }
        (None, _) => {
            let text = language
                .say("Delar av filen täcks inte av någon underskrift", "Parts of the file are covered by no signature");
            (Mark::Unknown, text.to_owned())
        }
    };
    let title = language.say("Är dokumentet oförändrat?", "Is the document unchanged?");
    Question { title, mark, word: mark.word(language), text }
}

fn changed_since(signature: &Signature, language: Language) -> String {
    let annotated = signature.changes_after == "annotations" && signature.integrity.digest == "match";
    let what = match (annotated, language) {
        (true, Language::Sv) => "kommentarer har lagts till eller tagits bort",
        (true, Language::En) => "comments were added or removed",
        (false, Language::Sv) => "innehållet har ändrats",
        (false, Language::En) => "the content was changed",
    };
    match (name(signature), language) {
        (Some(name), Language::Sv) => format!("{what} efter {name}s underskrift"),
        (Some(name), Language::En) => format!("{what} after {name}'s signature"),
        (None, Language::Sv) => format!("{what} efter underskrift"),
        (None, Language::En) => format!("{what} after signing"),
    }
}

/// 2 Vem har skrivit under? A name is only given for sure where the certificate leads to somebody we trust.
fn who(found: &Verification, language: Language) -> Question {
    let title = language.say("Vem har skrivit under?", "Who signed?");
    let names = joined(&names(found), language);
    let count = persons(found).count();
    let trusted = count > 0 && persons(found).all(|one| one.certificates.iter().any(|issuer| issuer.trusted));
    let broken = persons(found).any(|one| one.integrity.signature == "invalid");
    let sound = persons(found).all(|one| one.integrity.signature == "valid");
    let failed: Vec<&str> = persons(found).filter(|one| one.indication == "TOTAL-FAILED").filter_map(name).collect();
    let (mark, text) = if broken {
        let text =
            language.say("Certifikatet stämmer inte med underskriften", "A certificate does not fit its signature");
        (Mark::No, text.to_owned())
    } else if count == 0 {
        let printed = found.signature_page.as_ref().is_some_and(|page| !page.entries.is_empty());
        let text = if printed {
            language.say("Namnet finns bara som text i dokumentet", "Names stand only as text in the document")
        } else {
            language.say("Ingen har skrivit under elektroniskt", "Nobody signed electronically")
        };
        (Mark::Unknown, unless_unread(found, text, language))
    } else if persons(found).all(|one| one.indication == "TOTAL-FAILED") && !names.is_empty() {
        let but = language.say(
            "enligt certifikaten, men underskrifterna håller inte för filen som den är nu",
            "according to the certificates, but the signatures do not hold for the file as it is now",
        );
        (Mark::Unknown, format!("{names} – {but}"))
    } else if sound && trusted && !names.is_empty() && !failed.is_empty() {
        let but = language.say("men den här underskriften håller inte:", "but this signature does not hold:");
        (Mark::Unknown, format!("{names} – {but} {}", joined(&failed, language)))
    } else if sound && trusted && !names.is_empty() {
        (Mark::Yes, format!("{names}{}", identified(found, language)))
    } else if sound && !names.is_empty() {
        let but = language.say(
            "enligt certifikat vars utfärdare inte finns på vår lista",
            "according to certificates whose issuer is not on our list",
        );
        (Mark::Unknown, format!("{names} – {but}"))
    } else {
        let text =
            language.say("Underskriften går inte att knyta till någon", "The signature cannot be tied to anybody");
        (Mark::Unknown, text.to_owned())
    };
    let word = if mark == Mark::Yes { persons_word(self::names(found).len(), language) } else { mark.word(language) };
    Question { title, mark, word, text }
}

fn persons_word(count: usize, language: Language) -> String {
    let (one, more) = language.say(("person", "personer"), ("person", "people"));
    format!("{count} {}", if count == 1 { one } else { more })
}

/// ", legitimerade med BankID via Tjänsten", where the certificates attest it.
fn identified(found: &Verification, language: Language) -> String {
    let of = |signature: &Signature| signature.signer.as_ref()?.identification.clone();
    let Some(attested) = persons(found).map(of).collect::<Option<Vec<_>>>() else { return String::new() };
    let mut methods: Vec<&str> = attested.iter().map(|one| one.method.as_str()).collect();
    methods.dedup();
    let plural = persons(found).count() > 1;
    let verb = match (plural, language) {
        (true, Language::Sv) => "legitimerade med",
        (false, Language::Sv) => "legitimerad med",
        (_, Language::En) => "identified with",
    };
    let service = attested.first().and_then(attested::service);
    let same = attested.iter().all(|one| attested::service(one) == service);
    let via = service.filter(|_| same).map(|service| format!(" via {service}")).unwrap_or_default();
    format!(" – {verb} {}{via}", joined(&methods, language))
}

/// 3 Går underskriften att lita på?
fn trusted(found: &Verification, language: Language) -> Question {
    let title = language.say("Går underskriften att lita på?", "Can the signature be trusted?");
    let failed = found.signatures.iter().find(|one| one.indication.ends_with("FAILED"));
    let open = found.signatures.iter().find(|one| one.indication == "INDETERMINATE");
    let policy = format!("{} {}", found.policy.name, found.policy.version);
    let (mark, text) = match (failed, open) {
        (Some(signature), _) => (Mark::No, cause(signature, language)),
        (None, Some(signature)) => (Mark::Unknown, cause(signature, language)),
        (None, None) if found.signatures.is_empty() => {
            let text = language.say("Det finns ingen underskrift att bedöma", "There is no signature to judge");
            (Mark::Unknown, unless_unread(found, text, language))
        }
        (None, None) => {
            let listed = language.say("Utfärdaren finns på vår lista", "The issuer is on our list");
            let then = language.say("och certifikatet var giltigt då", "and the certificate was valid then");
            (Mark::Yes, format!("{listed} ({policy}) {then}"))
        }
    };
    Question { title, mark, word: mark.word(language), text }
}

/// The code of the finding that something was changed after a signature.
const CHANGED: &str = "CHANGED_AFTER_SIGNING";

/// Whether what decided about a signature is a later change. The standard calls that a fault of form; people do not.
fn decided_by_change(signature: &Signature) -> bool {
    signature.reasons.first().is_some_and(|reason| reason.code == CHANGED)
}

/// Why a signature did not pass, by its sub-indication: the sentence for people, never the finding with its codes.
pub(crate) fn cause(signature: &Signature, language: Language) -> String {
    if decided_by_change(signature) {
        let text = language
            .say("Filen har ändrats efter den här underskriften.", "The file was changed after this signature.");
        return text.to_owned();
    }
    let sub = signature.sub_indication.as_deref();
    let known = SubIndication::ALL.iter().find(|known| Some(known.name()) == sub);
    let text = known.map(|sub| wording::cause(*sub));
    text.map_or_else(
        || {
            language
                .say("Vi kan inte avgöra om underskriften är giltig.", "We cannot determine whether it is valid.")
                .to_owned()
        },
        |text| language.say(text.sv, text.en),
    )
}

/// What to do about a signature that did not pass.
pub(crate) fn remedy(signature: &Signature, language: Language) -> Option<String> {
    let sub = signature.sub_indication.as_deref().filter(|_| !decided_by_change(signature))?;
    let known = SubIndication::ALL.iter().find(|known| known.name() == sub)?;
    let text = wording::remedy(*known);
    Some(language.say(text.sv, text.en))
}

/// Every change after any signature, each once, the earliest first.
fn changes(found: &Verification, language: Language) -> Vec<ChangeView> {
    let mut all: Vec<(usize, ChangeView)> = Vec::new();
    for change in found.signatures.iter().flat_map(|signature| &signature.changes) {
        let text = language.say(&change.sv, &change.en).clone() + &whose(found, change, language);
        let harmless =
            matches!(change.kind.as_str(), "signature" | "validation-data" | "document-timestamp" | "timestamp");
        let view = (change.revision, ChangeView { text, grave: !harmless });
        if !all.contains(&view) {
            all.push(view);
        }
    }
    all.sort_by_key(|(revision, _)| *revision);
    all.into_iter().map(|(_, view)| view).collect()
}

/// Whose signature a change brought, and when: ": Bo Ek, 12 mars 2026 kl. 14.05"; nothing where that is not known.
fn whose(found: &Verification, change: &Change, language: Language) -> String {
    if change.kind != "signature" {
        return String::new();
    }
    let of = persons(found).filter(|one| one.revision == Some(change.revision));
    let one = |signature: &Signature| {
        let at = SignerView::of(signature, language).at.map(|at| at.plain());
        name(signature).map(str::to_owned).into_iter().chain(at).collect::<Vec<_>>().join(", ")
    };
    let told: Vec<String> = of.map(one).filter(|one| !one.is_empty()).collect();
    if told.is_empty() { String::new() } else { format!(": {}", told.join("; ")) }
}

/// Where page, minutes and certificates tell different stories.
fn disagreements(found: &Verification, language: Language) -> Vec<String> {
    // That a certificate names no transaction id is the normal case and tells nothing.
    let told = found.agreement.iter().filter(|line| line.outcome == "different" || line.subject != "page-transaction");
    let differs = told.filter(|line| matches!(line.outcome.as_str(), "different" | "missing"));
    differs.map(|line| language.say(&line.sv, &line.en).clone()).collect()
}
