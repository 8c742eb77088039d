//! A document plan (dokumenthanteringsplan) as a table, and its way to a schedule. USERS 9.6: *handlingstyp; åtgärd;
//! frist_år; utgångspunkt; beslut; beslutsdatum*, and what else a plan may say. Semicolons or commas, UTF-8.

use std::collections::BTreeMap;

use crate::archive::tables;
use crate::format::csv::Row;
use crate::format::csv::Table;
use crate::verify::text::Text;

/// Longest plan read, in rows; the largest have some hundreds.
const ROWS_MAX: usize = 10_000;

/// Columns that must be there, and columns that may, each with the other names it goes by.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("handlingstyp", &["handlingstyper", "handlingsslag", "handling", "record type", "type"]),
    ("kod", &["record_type", "code", "typkod"]),
    ("åtgärd", &["atgard", "utfall", "bevaras/gallras", "bevara/gallra", "outcome", "action"]),
    ("frist_år", &["frist_ar", "frist", "gallringsfrist", "frist år", "years"]),
    ("utgångspunkt", &["utgangspunkt", "from", "trigger"]),
    ("beslut", &["gallringsbeslut", "beslutsnummer", "decision"]),
    ("beslutsdatum", &["date", "decision_date"]),
    ("klassificering", &["klassificeringskod", "classification", "klass"]),
    ("anmärkning", &["anmarkning", "anmärkningar", "kommentar", "note"]),
];

/// What a term can be counted from.
struct StartingPoint {
    /// The word in a schedule.
    from: &'static str,
    /// How a plan may say it; the first is the one we say.
    words: &'static [&'static str],
    /// What it means, in Swedish and in English.
    means: (&'static str, &'static str),
}

/// Every starting point; the first holds where a plan gives none.
const STARTING_POINTS: [StartingPoint; 6] = [
    StartingPoint {
        from: "end-of-year",
        words: &["årets slut", "årsskiftet", "end-of-year"],
        means: (
            "sista dagen det år då det senaste av de tre nedan skedde",
            "the last day of the year of the latest of the three below",
        ),
    },
    StartingPoint {
        from: "signed",
        words: &["underskrift", "sista underskriften", "signed"],
        means: ("dagen för den sista underskriften", "the day of the last signature"),
    },
    StartingPoint {
        from: "registered",
        words: &["registrering", "upprättande", "inkom", "registered"],
        means: ("dagen då handlingen registrerades här", "the day the record was registered here"),
    },
    StartingPoint {
        from: "meeting",
        words: &["sammanträde", "mötet", "meeting"],
        means: ("sammanträdets dag", "the day of the meeting"),
    },
    StartingPoint {
        from: "case-closed",
        words: &["ärendet avslutat", "avslutat ärende", "case-closed"],
        means: ("dagen då ärendet avslutades, som ni anger", "the day the matter was closed, as you state it"),
    },
    StartingPoint {
        from: "legal-force",
        words: &["laga kraft", "legal-force"],
        means: (
            "dagen då beslutet vann laga kraft, som ni anger",
            "the day the decision gained legal force, as you state it",
        ),
    },
];

/// Why a table is no plan: the row, from 1, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {}", .what.en)]
pub struct Fault {
    /// The row, from 1; the heading is 1.
    pub row: usize,
    /// What is wrong.
    pub what: Text,
}

/// The schedule that a table says, as TOML, to be read by [`super::Schedule::parse`] like any other.
///
/// # Errors
/// [`Fault`], the first.
pub fn toml_of(table: &[u8], version: &str, plan: &str) -> Result<String, Fault> {
    let table = Table::read(table).map_err(|error| Fault { row: 1, what: tables::unreadable(error) })?;
    let columns = columns(&table.heading)?;
    if table.rows.len() > ROWS_MAX {
        return Err(fault(ROWS_MAX, "planen har för många rader", "the plan has too many rows"));
    }
    let mut rules = Vec::new();
    for Row { line, cells } in &table.rows {
        let named = columns.iter().copied().zip(cells.iter().map(String::as_str)).filter(|(_, cell)| !cell.is_empty());
        rules.push(toml::Value::Table(rule(*line, &named.collect())?));
    }
    let head = [("version", version.into()), ("example", toml::Value::Boolean(false)), ("plan", plan.into())];
    let head: toml::Table = head.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    let whole = [("schedule".to_owned(), head.into()), ("rule".to_owned(), rules.into())];
    Ok(whole.into_iter().collect::<toml::Table>().to_string())
}

fn rule(row: usize, cells: &BTreeMap<&str, &str>) -> Result<toml::Table, Fault> {
    let label =
        cells.get("handlingstyp").ok_or_else(|| fault(row, "handlingstyp saknas", "there is no record type"))?;
    let code = cells.get("kod").map_or_else(|| code_of(label), |code| (*code).to_owned());
    let action = cells.get("åtgärd").ok_or_else(|| fault(row, "åtgärd saknas", "there is no action"))?;
    let outcome = outcome(action).ok_or_else(|| {
        fault(
            row,
            &format!("åtgärden ”{action}” är varken bevaras, gallras, gallras vid inaktualitet eller utredning"),
            &format!("the action \"{action}\" is none of bevaras, gallras, gallras vid inaktualitet, utredning"),
        )
    })?;
    let mut out = toml::Table::new();
    let mut put = |key: &str, value: toml::Value| out.insert(key.to_owned(), value);
    put("id", code.clone().into());
    put("record_types", toml::Value::Array(vec![code.into()]));
    let both = [("sv", *label), ("en", *label)].map(|(lang, label)| (lang.to_owned(), label.into()));
    put("handlingstyp", both.into_iter().collect::<toml::Table>().into());
    put("outcome", outcome.into());
    if let Some(years) = cells.get("frist_år") {
        let count: i64 = years.trim_end_matches(" år").parse().map_err(|_| {
            fault(row, &format!("fristen ”{years}” är inget antal år"), &format!("\"{years}\" is no number of years"))
        })?;
        put(if outcome == "bevaras" { "deliver_after_years" } else { "years" }, count.into());
        put("from", starting_point(row, cells.get("utgångspunkt").copied())?.into());
    }
    if let Some(codes) = cells.get("klassificering") {
        put("classification", codes.split([' ', '|']).filter(|code| !code.is_empty()).collect::<Vec<_>>().into());
    }
    let basis = [("decision", "beslut"), ("date", "beslutsdatum"), ("note", "anmärkning")];
    let basis = basis.into_iter().filter_map(|(key, column)| Some((key.to_owned(), (*cells.get(column)?).into())));
    put("basis", basis.collect::<toml::Table>().into());
    Ok(out)
}

/// The columns that a heading names; all that are not known are told at once.
fn columns(heading: &[String]) -> Result<Vec<&'static str>, Fault> {
    let known = |name: &String| column(name).ok_or_else(|| format!("”{name}”"));
    let (columns, unknown): (Vec<_>, Vec<_>) = heading.iter().map(known).partition(Result::is_ok);
    let unknown: Vec<String> = unknown.into_iter().filter_map(Result::err).collect();
    if unknown.is_empty() {
        return Ok(columns.into_iter().flatten().collect());
    }
    let (unknown, known) = (unknown.join(", "), COLUMNS.map(|(own, _)| own).join(", "));
    Err(fault(
        1,
        &format!("okända kolumner: {unknown}. De som kan läsas heter {known}. Byt namn på dem, eller ta bort dem"),
        &format!("unknown columns: {unknown}. Those that can be read are {known}. Rename them, or take them away"),
    ))
}

/// The column that a name in the heading means.
fn column(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    let known = COLUMNS.iter().find(|(own, others)| *own == name || others.contains(&name.as_str()));
    known.map(|(own, _)| *own)
}

/// The code for a record type that the plan gives none for: those that documents are read as, else the words.
fn code_of(label: &str) -> String {
    let label = label.to_lowercase();
    match label.as_str() {
        "protokoll" => "minutes".to_owned(),
        "mötesanteckningar" | "minnesanteckningar" => "meeting-notes".to_owned(),
        "information" => "information".to_owned(),
        "kallelser" | "kallelse" => "summons".to_owned(),
        other => other.split_whitespace().collect::<Vec<_>>().join("-"),
    }
}

fn outcome(action: &str) -> Option<&'static str> {
    let action = action.to_lowercase();
    match action.trim() {
        "bevaras" | "bevara" => Some("bevaras"),
        "gallras" | "gallra" => Some("gallras"),
        "gallras vid inaktualitet" | "vid inaktualitet" | "gallras-vid-inaktualitet" => {
            Some("gallras-vid-inaktualitet")
        }
        "utredning" | "utreds" => Some("utredning"),
        _ => None,
    }
}

fn starting_point(row: usize, word: Option<&str>) -> Result<&'static str, Fault> {
    let [first, ..] = &STARTING_POINTS;
    let Some(word) = word else { return Ok(first.from) };
    let asked = word.trim().to_lowercase();
    let known = STARTING_POINTS.iter().find(|point| point.words.contains(&asked.as_str()));
    known.map(|point| point.from).ok_or_else(|| {
        let known =
            STARTING_POINTS.iter().filter_map(|point| point.words.first().copied()).collect::<Vec<_>>().join(", ");
        fault(
            row,
            &format!("utgångspunkten ”{word}” är okänd. De som kan läsas är {known}"),
            &format!("the starting point \"{word}\" is not known. Those that can be read are {known}"),
        )
    })
}

/// The words of the column *utgångspunkt* and what each means, a line for each.
pub fn starting_points() -> Text {
    let mut text = Text::new(
        "Kolumnen utgångspunkt anger vad fristen räknas från (årets slut om den är tom):",
        "The column utgångspunkt says what the years are counted from (årets slut where it is empty):",
    );
    for StartingPoint { words, means: (sv, en), .. } in &STARTING_POINTS {
        let words = words.join(", ");
        text.sv.push_str(&format!("\n  {words}: {sv}"));
        text.en.push_str(&format!("\n  {words}: {en}"));
    }
    text
}

fn fault(row: usize, sv: &str, en: &str) -> Fault {
    Fault { row, what: Text::new(sv, en) }
}
