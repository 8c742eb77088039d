//! What a statement says of a signer, in words. USERS 1d ("Hur vet vi det?") and 10.
//! A certificate whose issuer we do not know attests nothing, and is never shown as if it did.

use jiff::Timestamp;

use crate::archive::attested;
use crate::archive::encoding::Signature;
use crate::archive::record::Record;
use crate::archive::statement::Language;
use crate::verify::calendar;
use crate::verify::mask::masked;

/// What a record is called.
pub(super) fn title(record: &Record, language: Language) -> String {
    language.say(&record.called()).to_owned()
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

/// How we know who it was: the level, and what it rests on.
pub(super) fn evidence(signature: &Signature, language: Language) -> Option<String> {
    let signer = signature.signer.as_ref()?;
    let text = attested::evidence(signature, signer);
    let level = language.choose("Bevisnivå", "Evidence level");
    Some(format!("{level} {}: {}", signer.evidence, masked(language.say(&text))))
}

/// Why it did not pass: the decisive reason.
pub(super) fn cause(signature: &Signature, language: Language) -> Option<String> {
    let reason = signature.reasons.first().filter(|_| signature.indication != "TOTAL-PASSED")?;
    Some(language.choose(&reason.sv, &reason.en).to_owned())
}
