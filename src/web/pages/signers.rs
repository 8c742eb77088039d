//! Who signed, when, and how we know: one line of the timeline. USERS 1d, "Hur vet vi det?".
//! A certificate whose issuer we do not know attests nothing, and is never shown as if it did.

use jiff::Timestamp;

use crate::archive::attested;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Signer;
use crate::format::minutes::when::stockholm;
use crate::verify::text::Text;
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

fn last_day(until: &str, language: Language) -> Option<String> {
    let local = until.parse::<Timestamp>().ok()?.to_zoned(stockholm());
    Some(moment::day(local.date(), language))
}

fn identified(signer: &Signer, language: Language) -> Option<String> {
    let found = signer.identification.as_ref()?;
    let said = language.say("Legitimerad med", "Identified with");
    let via = attested::service(found).map(|by| format!(" via {by}")).unwrap_or_default();
    Some(format!("{said} {}{via}", found.method))
}

fn evidence(signature: &Signature, signer: &Signer, language: Language) -> Evidence {
    let Text { sv, en } = attested::evidence(signature, signer);
    let text = language.say(sv, en);
    Evidence { level: signer.evidence.clone(), text }
}
