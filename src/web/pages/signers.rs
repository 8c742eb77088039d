//! Who signed, when, and how we know: one line of the timeline. USERS 1d, "Hur vet vi det?".
//! A certificate whose issuer we do not know attests nothing, and is never shown as if it did.

use jiff::Timestamp;

use crate::archive::encoding::Identification;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Signer;
use crate::format::minutes::when::stockholm;
use crate::web::language::Language;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::words;

/// A signature or timestamp on the timeline.
#[derive(Clone, Debug)]
pub(crate) struct SignerView {
    pub(crate) timestamp: bool,
    pub(crate) name: String,
    pub(crate) organisation: Option<String>,
    pub(crate) at: Option<Moment>,
    /// On whose word the time stands.
    pub(crate) time_by: &'static str,
    pub(crate) icon: Icon,
    pub(crate) class: &'static str,
    pub(crate) state: &'static str,
    /// Cause and remedy where it did not pass.
    pub(crate) cause: Option<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) identified: Option<String>,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) transaction: Option<String>,
    pub(crate) until: Option<String>,
    /// What the signer wrote as reason; on their word alone.
    pub(crate) reason: Option<String>,
    /// What another validator found then; on its word alone.
    pub(crate) told: Option<String>,
}

/// How well the identification is evidenced.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) level: String,
    pub(crate) text: String,
}

impl SignerView {
    pub(crate) fn of(signature: &Signature, language: Language) -> Self {
        let timestamp = signature.kind != "signature";
        let signer = signature.signer.as_ref();
        let nameless = if timestamp {
            language.say("Tidsstämpel", "Timestamp")
        } else {
            language.say("Okänd undertecknare", "Unknown signer")
        };
        let (icon, class, state) = state(&signature.indication, language);
        let passed = class == "good";
        let (at, time_by) = time(signature, language);
        let identification = signer.and_then(|signer| signer.identification.as_ref());
        Self {
            timestamp,
            name: signer.and_then(|signer| signer.name.clone()).unwrap_or_else(|| nameless.to_owned()),
            organisation: signer.and_then(|signer| signer.organisation.clone()),
            at,
            time_by,
            icon: if timestamp { Icon::Clock } else { icon },
            class,
            state,
            cause: (!passed).then(|| words::cause(signature, language)),
            remedy: if passed { None } else { words::remedy(signature, language) },
            identified: signer.and_then(|signer| identified(signer, language)),
            evidence: signer.filter(|_| !timestamp).map(|signer| evidence(signature, signer, language)),
            transaction: identification.and_then(|found| found.transaction_id.clone()),
            until: signature.verifiable_until.as_deref().filter(|_| passed).and_then(|until| last_day(until, language)),
            reason: signature.claims.reason.clone().filter(|reason| !reason.trim().is_empty()),
            told: signature.svt.as_ref().map(|told| language.say(&told.summary.sv, &told.summary.en).to_owned()),
        }
    }
}

fn state(indication: &str, language: Language) -> (Icon, &'static str, &'static str) {
    match indication {
        "TOTAL-PASSED" | "PASSED" => (Icon::Tick, "good", language.say("Giltig", "Valid")),
        "TOTAL-FAILED" | "FAILED" => (Icon::Cross, "bad", language.say("Ogiltig", "Invalid")),
        _ => (Icon::Question, "open", language.say("Kan inte avgöras", "Cannot be determined")),
    }
}

/// The best known time, and on whose word.
fn time(signature: &Signature, language: Language) -> (Option<Moment>, &'static str) {
    let times = &signature.times;
    let known = [
        (&times.authenticated, language.say("enligt underskriftstjänsten", "according to the signing service")),
        (&times.claimed, language.say("enligt undertecknaren själv", "on the signer's own word")),
        (&times.proven, language.say("senast, enligt tidsstämpel", "at the latest, by timestamp")),
    ];
    let found = known.into_iter().find_map(|(time, by)| Some((Moment::read(time.as_deref()?, language)?, by)));
    found.map_or((None, language.say("tid okänd", "time unknown")), |(at, by)| (Some(at), by))
}

/// The service or provider that identified somebody; an address is known by its host.
pub(crate) fn service(found: &Identification) -> Option<String> {
    let named = found.service.as_deref().or(found.provider.as_deref())?;
    let host = named.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    Some(host.filter(|host| !host.is_empty()).unwrap_or(named).to_owned())
}

fn last_day(until: &str, language: Language) -> Option<String> {
    let local = until.parse::<Timestamp>().ok()?.to_zoned(stockholm());
    Some(moment::day(local.date(), language))
}

fn identified(signer: &Signer, language: Language) -> Option<String> {
    let found = signer.identification.as_ref()?;
    let said = language.say("Legitimerad med", "Identified with");
    let via = service(found).map(|by| format!(" via {by}")).unwrap_or_default();
    Some(format!("{said} {}{via}", found.method))
}

fn evidence(signature: &Signature, signer: &Signer, language: Language) -> Evidence {
    let trusted = signature.certificates.iter().any(|issuer| issuer.trusted);
    let method = signer.identification.as_ref().map_or("e-legitimation", |found| found.method.as_str());
    let service = signer.identification.as_ref().and_then(service);
    let service = service.unwrap_or_else(|| language.say("Underskriftstjänsten", "The signing service").to_owned());
    let text = match (signer.evidence.as_str(), trusted, language) {
        ("A", _, Language::Sv) => "BankID-underskriften finns med och är kontrollerad.".to_owned(),
        ("A", _, Language::En) => "BankID's own signature is there and has been checked.".to_owned(),
        ("B", true, Language::Sv) => {
            format!("{service} intygar att personen legitimerade sig med {method}. Intyget är kontrollerat.")
        }
        ("B", true, Language::En) => {
            format!("{service} attests that the person identified with {method}. The attestation has been checked.")
        }
        ("B", false, Language::Sv) => format!(
            "Certifikatet säger att personen legitimerade sig med {method}, men utfärdaren finns inte på vår lista."
        ),
        ("B", false, Language::En) => {
            format!("The certificate says that the person identified with {method}, but its issuer is not on our list.")
        }
        ("C", _, Language::Sv) => {
            "Hur personen legitimerade sig framgår inte av själva underskriften, högst av underskrivet innehåll."
                .to_owned()
        }
        ("C", _, Language::En) => {
            "The signature itself does not say how the person identified; signed content may.".to_owned()
        }
        (_, _, Language::Sv) => "Uppgiften står bara som text och är inte skyddad.".to_owned(),
        (_, _, Language::En) => "It stands only as text and is not protected.".to_owned(),
    };
    Evidence { level: signer.evidence.clone(), text }
}
