//! What a statement says of a signer, in words. USERS 1d ("Hur vet vi det?") and 10.
//! A certificate whose issuer we do not know attests nothing, and is never shown as if it did.

use jiff::Timestamp;

use crate::archive::encoding::Identification;
use crate::archive::encoding::Signature;
use crate::archive::record::Record;
use crate::archive::statement::Language;
use crate::verify::calendar;
use crate::verify::mask::masked;
use crate::verify::text::Text;

/// What a record is called.
pub(super) fn title(record: &Record) -> String {
    record.title.as_deref().map_or_else(|| record.verification.file.name.clone(), masked)
}

/// A moment, from a record's text.
pub(super) fn moment(text: &str, language: Language) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| language.say(&calendar::moment(at)).to_owned())
}

/// A moment for machines, to the second: what is below that says nothing to people.
pub(super) fn utc(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The state of a signature: in a word.
pub(super) fn state(signature: &Signature, language: Language) -> (&'static str, State) {
    let (sv, en, state) = match signature.indication.as_str() {
        "TOTAL-PASSED" => ("Giltig", "Valid", State::Good),
        "TOTAL-FAILED" => ("Ogiltig", "Invalid", State::Bad),
        _ => ("Kan inte avgöras", "Cannot be determined", State::Open),
    };
    (if language == Language::Sv { sv } else { en }, state)
}

/// How something is to be taken, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    Open,
    Bad,
    Plain,
}

impl State {
    /// Of a document's verdict.
    pub(super) fn of_verdict(verdict: &str) -> Self {
        match verdict {
            "valid" => Self::Good,
            "partly-valid" | "indeterminate" => Self::Open,
            "altered" | "invalid" => Self::Bad,
            _ => Self::Plain,
        }
    }
}

/// Who signed.
pub(super) fn name(signature: &Signature, language: Language) -> String {
    let nameless = language.choose("Okänd undertecknare", "Unknown signer");
    let signer = signature.signer.as_ref();
    signer.and_then(|signer| signer.name.clone()).unwrap_or_else(|| nameless.to_owned())
}

/// When, and on whose word.
pub(super) fn time(signature: &Signature, language: Language) -> String {
    let times = &signature.times;
    let known = [
        (&times.authenticated, "enligt underskriftstjänsten", "according to the signing service"),
        (&times.claimed, "enligt undertecknaren själv", "on the signer's own word"),
        (&times.proven, "senast, enligt tidsstämpel", "at the latest, by timestamp"),
    ];
    let told = known.into_iter().find_map(|(time, sv, en)| {
        Some(format!("{}, {}", moment(time.as_deref()?, language), language.choose(sv, en)))
    });
    told.unwrap_or_else(|| language.choose("Tid okänd", "Time unknown").to_owned())
}

/// The service or provider that identified somebody; an address is known by its host.
fn service(found: &Identification) -> Option<&str> {
    let named = found.service.as_deref().or(found.provider.as_deref())?;
    let host = named.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    Some(host.filter(|host| !host.is_empty()).unwrap_or(named))
}

/// How we know who it was: the level, and what it rests on.
pub(super) fn evidence(signature: &Signature, language: Language) -> Option<String> {
    let signer = signature.signer.as_ref()?;
    let known = signature.certificates.iter().any(|issuer| issuer.trusted);
    let method = signer.identification.as_ref().map_or("e-legitimation", |found| found.method.as_str());
    let attesting = signer.identification.as_ref().and_then(service);
    let sv = attesting.unwrap_or("Underskriftstjänsten");
    let en = attesting.unwrap_or("The signing service");
    let text = match (signer.evidence.as_str(), known) {
        ("A", _) => Text::new(
            "BankID-underskriften finns med och är kontrollerad.",
            "BankID's own signature is there and has been checked.",
        ),
        ("B", true) => Text::new(
            format!("{sv} intygar att personen legitimerade sig med {method}. Intyget är kontrollerat."),
            format!("{en} attests that the person identified with {method}. It has been checked."),
        ),
        ("B", false) => Text::new(
            format!(
                "Certifikatet säger att personen legitimerade sig med {method}, men utfärdaren finns inte på vår lista."
            ),
            format!(
                "The certificate says that the person identified with {method}, but its issuer is not on our list."
            ),
        ),
        ("C", _) => Text::new(
            "Hur personen legitimerade sig framgår inte av själva underskriften, högst av underskrivet innehåll.",
            "The signature itself does not say how the person identified; signed content may.",
        ),
        (_, _) => Text::new(
            "Uppgiften står bara som text och är inte skyddad.",
            "It stands only as text and is not protected.",
        ),
    };
    let level = language.choose("Bevisnivå", "Evidence level");
    Some(format!("{level} {}: {}", signer.evidence, masked(language.say(&text))))
}

/// Why it did not pass: the decisive reason.
pub(super) fn cause(signature: &Signature, language: Language) -> Option<String> {
    let reason = signature.reasons.first().filter(|_| signature.indication != "TOTAL-PASSED")?;
    Some(language.choose(&reason.sv, &reason.en).to_owned())
}
