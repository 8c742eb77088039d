//! `sigill config check`: every setting with its value and who said so, and everything that is wrong with them.
//! USERS section 5. Secrets are told of, never shown.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::archive::encoding::Text as WireText;
use crate::cli::Answer;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::config::Flags;
use crate::config::Lang;
use crate::config::Misfit;
use crate::config::Origin;
use crate::config::Sources;
use crate::config::Told;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Examined {
    schema: &'static str,
    sound: bool,
    values: Vec<One>,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct One {
    key: String,
    value: Value,
    secret: bool,
    source: &'static str,
    #[serde(rename = "where")]
    place: Option<String>,
}

#[derive(Serialize)]
struct Fault {
    key: Option<&'static str>,
    weight: &'static str,
    what: WireText,
}

/// What was asked for on the command line, still unread.
pub(super) struct Asked<'a> {
    pub(super) file: Option<&'a std::path::Path>,
    pub(super) variables: &'a BTreeMap<String, String>,
    pub(super) flags: Flags,
}

pub(super) fn check(asked: Asked<'_>, console: &Console) -> Result<Answer, Stop> {
    let Asked { file, variables, flags } = asked;
    let (values, faults) = match Sources::read(file, variables, flags) {
        Err((first, rest)) => (Vec::new(), [first].iter().chain(&rest).map(|error| grave(error.text())).collect()),
        Ok(sources) => match sources.decide() {
            Err(error) => (sources.told(), vec![grave(error.text())]),
            Ok(config) => (sources.told(), sources.misfits(&config)),
        },
    };
    let sound = !faults.iter().any(|fault| fault.grave);
    if console.json {
        let values = values.into_iter().map(wire).collect();
        let faults = faults.iter().map(fault).collect();
        console.json(&Examined { schema: "sigill.configuration/1", sound, values, faults })?;
        return Ok(Answer::from(sound));
    }
    for told in &values {
        console.say(Style::Plain, &line(told, console.lang))?;
    }
    for misfit in &faults {
        let (style, shape) = if misfit.grave { (Style::Bad, "✕") } else { (Style::Open, "!") };
        console.say(style, &format!("{shape} {}", console.lang.of(&misfit.text)))?;
    }
    if sound {
        console.tell(&Text::new("Inga fel hittades.", "No errors found."))?;
    }
    Ok(Answer::from(sound))
}

/// The configuration of a service that is about to start: refused where it cannot work, warned of where it is unwise.
pub(super) fn before_serving(sources: &Sources, config: &Config, console: &Console) -> Result<(), Stop> {
    for misfit in sources.misfits(config) {
        if misfit.grave {
            let Text { sv, en } = misfit.text;
            return Err(Stop::trouble(
                format!("{sv} Tjänsten startade inte; inget är ändrat."),
                format!("{en} The service did not start; nothing was changed."),
            ));
        }
        console.note(&misfit.text);
    }
    Ok(())
}

fn grave(text: Text) -> Misfit {
    Misfit { key: "", grave: true, text }
}

fn fault(misfit: &Misfit) -> Fault {
    let weight = if misfit.grave { "error" } else { "warning" };
    Fault { key: Some(misfit.key).filter(|key| !key.is_empty()), weight, what: (&misfit.text).into() }
}

fn wire(told: Told) -> One {
    let (source, place) = match told.origin {
        Origin::Default => ("default", None),
        Origin::File(path) => ("file", Some(path.display().to_string())),
        Origin::Credential(path) => ("credential", Some(path.display().to_string())),
        Origin::Environment(name) => ("environment", Some(name)),
        Origin::Flag => ("flag", None),
    };
    One { key: told.key, value: told.value, secret: told.secret, source, place }
}

/// `key = value`, as the file would have it, and after it who said so.
fn line(told: &Told, lang: Lang) -> String {
    let value = match (told.secret, told.value.is_null()) {
        (true, _) => lang.choose("(hemlig, visas inte)", "(secret, not shown)").to_owned(),
        (false, true) => "–".to_owned(),
        (false, false) => told.value.to_string(),
    };
    let origin = match &told.origin {
        Origin::Default => lang.choose("förval", "default").to_owned(),
        Origin::File(path) => path.display().to_string(),
        Origin::Credential(path) => format!("LoadCredential {}", path.display()),
        Origin::Environment(name) => name.clone(),
        Origin::Flag => lang.choose("kommandoraden", "command line").to_owned(),
    };
    let set = format!("{} = {value}", told.key);
    format!("{set:<50}  # {origin}")
}
