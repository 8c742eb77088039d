//! What is wrong with what was typed, in Swedish: the usual mistakes; English is what `clap` says itself.
//! USERS section 10: what happened, that nothing was done, what to do.

use clap::Error;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;

/// The sentence, where it is one of the usual mistakes. Help and version are no mistakes.
pub(super) fn in_swedish(error: &Error) -> Option<String> {
    let said = |kind| error.get(kind).map(words).unwrap_or_default();
    let (argument, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let meant = meant(&said(ContextKind::SuggestedSubcommand));
            format!("Det finns inget kommando `{}`.{meant}", said(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => {
            format!("`{argument}` går inte att ange här.{}", meant(&said(ContextKind::SuggestedArg)))
        }
        ErrorKind::MissingRequiredArgument => format!("Det saknas något: {argument}."),
        ErrorKind::MissingSubcommand => {
            format!("Det saknas ett kommando: {}.", said(ContextKind::ValidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} behöver ett värde.{}", possible(error)),
        ErrorKind::InvalidValue => {
            let meant = meant(&said(ContextKind::SuggestedValue));
            format!("`{value}` duger inte för {argument}.{}{meant}", possible(error))
        }
        ErrorKind::ValueValidation => format!("`{value}` duger inte för {argument}."),
        ErrorKind::ArgumentConflict => {
            let prior = said(ContextKind::PriorArg);
            if prior == argument || prior.is_empty() {
                format!("{argument} kan bara anges en gång.")
            } else {
                format!("{argument} kan inte anges tillsammans med {prior}.")
            }
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues | ErrorKind::NoEquals => {
            format!("{argument} har fel antal värden.")
        }
        ErrorKind::InvalidUtf8 => "Något av det som skrevs är ingen text i UTF-8.".to_owned(),
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion
        | ErrorKind::Io
        | ErrorKind::Format
        | _ => return None,
    };
    Some(format!("{what} Inget har gjorts. Lägg till --help så visas vad som kan anges."))
}

fn meant(suggested: &str) -> String {
    if suggested.is_empty() { String::new() } else { format!(" Menade du `{suggested}`?") }
}

fn possible(error: &Error) -> String {
    let values = error.get(ContextKind::ValidValue).map(words).unwrap_or_default();
    if values.is_empty() { values } else { format!(" Möjliga värden: {values}.") }
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::Number(number) => number.to_string(),
        ContextValue::None | ContextValue::Bool(_) | ContextValue::StyledStrs(_) | _ => String::new(),
    }
}
