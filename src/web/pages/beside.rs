//! What evidence beside the signatures says, in plain words: evidence records, BankID's own answers, other validators'
//! doubted words, and what could not be read. USERS 1d; nothing here is judged.

use crate::archive::encoding::BankIdEvidence;
use crate::archive::encoding::EvidenceRecord;
use crate::archive::encoding::Finding;
use crate::archive::encoding::Svt;
use crate::archive::encoding::Verification;
use crate::web::language::Language;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment::Moment;

/// What the codes of findings about evidence that was handed in or kept begin with.
const OF_EVIDENCE: &str = "EVIDENCE_";

/// One piece of evidence: what it shows, and every reservation.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) icon: Icon,
    /// The class that colours it.
    pub(crate) class: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) doubts: Vec<String>,
}

impl Beside {
    /// All that a verification tells beside its signatures.
    pub(crate) fn of(found: &Verification, language: Language) -> Vec<Self> {
        let records = found.evidence_records.iter().map(|record| Self::of_record(record, language));
        let answers = found.bankid_evidence.iter().map(|answer| Self::of_bankid(answer, language));
        let told = found.signatures.iter().filter_map(|signature| signature.svt.as_ref());
        let told = told.filter(|told| !told.believed).map(|told| Self::of_svt(told, language));
        let unread = found.warnings.iter().filter(|warning| warning.code.starts_with(OF_EVIDENCE));
        let unread = unread.map(|warning| Self::of_warning(warning, language));
        records.chain(answers).chain(told).chain(unread).collect()
    }

    fn new(holds: bool, title: &'static str, text: String, doubts: Vec<String>) -> Self {
        let (icon, class) = if holds { (Icon::Tick, "good") } else { (Icon::Question, "open") };
        Self { icon, class, title, text, doubts }
    }

    fn of_record(record: &EvidenceRecord, language: Language) -> Self {
        let title = language.say("Bevispost (RFC 4998)", "Evidence record (RFC 4998)");
        let proven = record.proven.as_deref().and_then(|at| Moment::read(at, language));
        let holds = record.indication == "PASSED" && proven.is_some();
        let text = match proven.filter(|_| holds) {
            Some(at) => {
                let exists =
                    language.say("Filen fanns, precis som den är, senast", "The file existed, exactly as it is, by");
                let by = record.authority.as_deref().map(|name| format!(" {} {name}", language.say("enligt", "by")));
                format!("{exists} {}{}.", at.plain(), by.unwrap_or_default())
            }
            None => {
                language.say("Den visar inte när filen fanns.", "It does not show when the file existed.").to_owned()
            }
        };
        let doubts = if holds { Vec::new() } else { sentences(&record.reasons, language) };
        Self::new(holds, title, text, doubts)
    }

    fn of_bankid(answer: &BankIdEvidence, language: Language) -> Self {
        let title = language.say("BankID:s eget svar", "BankID's own answer");
        let name = answer.name.as_deref().unwrap_or(language.say("En okänd person", "An unknown person"));
        let at = answer.at.as_deref().and_then(|at| Moment::read(at, language));
        let at = at.map(|at| format!(" {}", at.plain())).unwrap_or_default();
        let service = answer.service.as_deref().unwrap_or("–");
        let signed = match language {
            Language::Sv => format!("{name} skrev under med BankID{at}, hos {service}."),
            Language::En => format!("{name} signed with BankID{at}, with {service}."),
        };
        let holds = answer.findings.is_empty() && answer.field.is_some();
        let mut doubts = sentences(&answer.findings, language);
        if doubts.is_empty() && answer.field.is_none() {
            let text = language.say(
                "Svaret hör inte till någon av underskrifterna i filen.",
                "The answer belongs to none of the signatures in the file.",
            );
            doubts.push(text.to_owned());
        }
        Self::new(holds, title, signed, doubts)
    }

    fn of_svt(told: &Svt, language: Language) -> Self {
        let title =
            language.say("Valideringsintyg som vi inte litar på", "Another validator's word that we do not trust");
        Self::new(false, title, language.of_text(&told.summary).to_owned(), sentences(&told.doubts, language))
    }

    fn of_warning(warning: &Finding, language: Language) -> Self {
        let title = language.say("Bevis som inte har använts", "Evidence that was not used");
        Self::new(false, title, language.say(&warning.sv, &warning.en).to_owned(), Vec::new())
    }
}

fn sentences(findings: &[Finding], language: Language) -> Vec<String> {
    findings.iter().map(|finding| language.say(&finding.sv, &finding.en).to_owned()).collect()
}
