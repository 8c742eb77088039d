//! The register: every record in a table that can be narrowed, sorted, turned over and taken out as CSV. USERS 9.5.
//! It answers from the catalogue's lines alone, however many records there are.

use askama::Template;
use axum::extract::Query as QueryString;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::archive::listing::Listed;
use crate::archive::listing::Listing;
use crate::archive::listing::Order;
use crate::archive::listing::Wanted;
use crate::archive::record::called;
use crate::archive::retention::Answer;
use crate::format::csv;
use crate::verify::indication::Verdict;
use crate::verify::mask::masked;
use crate::verify::text::Text;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::asked::Asked;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::retained;
use crate::web::pages::shell::Shell;
use crate::web::pages::words;
use crate::web::state::App;

/// Records on one page.
const PAGE: usize = 50;

/// The columns: what they are sorted by, and what they are called.
const COLUMNS: [(&str, Order, &str, &str); 7] = [
    ("datum", Order::Day, "Datum", "Date"),
    ("handling", Order::Title, "Handling", "Record"),
    ("diarienummer", Order::DiaryNumber, "Diarienummer", "Diary number"),
    ("organ", Order::Body, "Organ", "Body"),
    ("undertecknare", Order::Signers, "Undertecknare", "Signers"),
    ("svar", Order::Verdict, "Svar", "Answer"),
    ("bevarande", Order::Retention, "Bevarande", "Retention"),
];

/// The answers that can be asked for.
const VERDICTS: [Verdict; 7] = [
    Verdict::Valid,
    Verdict::PartlyValid,
    Verdict::Altered,
    Verdict::Indeterminate,
    Verdict::Invalid,
    Verdict::Unsigned,
    Verdict::Unreadable,
];

#[derive(Template)]
#[template(path = "register.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    /// Why the list is not as asked.
    fault: Option<String>,
    columns: Vec<Column>,
    rows: Vec<RowView>,
    bodies: Vec<String>,
    record_types: Vec<(String, String)>,
    verdicts: Vec<(&'static str, String)>,
    /// How many fit, how many there are, and where the page stands.
    total: usize,
    all: usize,
    first: usize,
    last: usize,
    before: Option<String>,
    after: Option<String>,
    export: String,
    narrowed: bool,
    may_add: bool,
}

struct Column {
    name: &'static str,
    link: String,
    /// `ascending` or `descending` where the table is sorted by it.
    sorted: Option<&'static str>,
}

struct RowView {
    link: String,
    day: String,
    title: String,
    diary_number: String,
    body: String,
    signers: String,
    icon: Icon,
    class: &'static str,
    verdict: String,
    retention: String,
    held: bool,
}

pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let asked = Asked::new(pairs);
    let (wanted, fault) = wanted(&asked, shell.language);
    let page = asked.get("sida").and_then(|page| page.parse().ok()).unwrap_or(1_usize).max(1);
    let offset = page.saturating_sub(1).saturating_mul(PAGE);
    let asking = wanted.clone();
    let listing = app.ask(move |archive| archive.list(&asking, offset, PAGE)).await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Page {
        may_add: caller.must_register().is_ok(),
        ..made(&app, &shell, asked, &wanted, fault, (page, offset), listing)
    };
    shell.answer(status, &page)
}

/// All that fit, as CSV.
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let (wanted, _) = wanted(&Asked::new(pairs), shell.language);
    let listing = app.ask(move |archive| archive.list(&wanted, 0, usize::MAX)).await?;
    let language = shell.language;
    let heading = ["Id", "Datum", "Handling", "Handlingstyp", "Diarienummer", "Organ", "Undertecknare", "Svar"];
    let heading: Vec<&str> =
        heading.into_iter().chain(["Bevarande", "Gallringsstopp", "Registrerad", "Kontrollsumma"]).collect();
    let mut out = csv::BEGIN.to_owned() + &csv::written(&heading);
    let schedule = &app.archive().schedule();
    for (row, answer) in &listing.rows {
        let cells = [
            row.id.clone(),
            row.day().to_string(),
            titled(&row.title, language),
            retained::kind(&row.record_type, schedule, language),
            row.diary_number.as_deref().map(masked).unwrap_or_default(),
            row.body.as_deref().map(masked).unwrap_or_default(),
            row.signers.join(", "),
            verdict(&row.verdict, language),
            retained::of(row, answer, language),
            row.holds.iter().map(|hold| hold.reason.as_str()).collect::<Vec<_>>().join(", "),
            row.registered_at.clone(),
            row.sha256.clone(),
        ];
        out += &csv::written(&cells.each_ref().map(String::as_str));
    }
    Ok(table("register.csv", out))
}

/// A table to be saved.
pub(crate) fn table(name: &str, text: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response();
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// What is asked for, and what of it was no day.
fn wanted(asked: &Asked, language: Language) -> (Wanted, Option<String>) {
    let mut fault = None;
    let mut day = |name: &str| {
        let text = asked.get(name)?;
        let day = text.parse().ok();
        if day.is_none() {
            fault = Some(match language {
                Language::Sv => format!("”{}” är ingen dag. Skriv den som 2026-03-12.", masked(text)),
                Language::En => format!("\"{}\" is no day. Write it as 2026-03-12.", masked(text)),
            });
        }
        day
    };
    let (from, to) = (day("fran"), day("till"));
    let column = asked.get("sortera").and_then(|name| COLUMNS.iter().find(|(own, ..)| *own == name));
    let order = column.map_or(Order::Day, |(_, order, ..)| *order);
    let wanted = Wanted {
        text: asked.shown("text"),
        body: asked.text("organ"),
        record_type: asked.text("typ"),
        from,
        to,
        verdict: asked.text("svar"),
        held: asked.get("stopp").map(|word| word == "ja"),
        order,
        descending: asked.get("ordning").map_or(order == Order::Day, |word| word == "fallande"),
    };
    (wanted, fault)
}

fn made(
    app: &App,
    shell: &Shell,
    asked: Asked,
    wanted: &Wanted,
    fault: Option<String>,
    (page, offset): (usize, usize),
    listing: Listing,
) -> Page {
    let (language, schedule) = (shell.language, &app.archive().schedule());
    let Listing { rows, total, all, bodies, record_types } = listing;
    let column = |(key, order, sv, en): (&'static str, Order, &'static str, &'static str)| {
        let current = order == wanted.order;
        // The way on is the other way; days begin with the newest.
        let descending = if current { !wanted.descending } else { order == Order::Day };
        let turned = if descending { "fallande" } else { "stigande" };
        Column {
            name: language.say(sv, en),
            link: asked.address("/register", &[("sortera", Some(key)), ("ordning", Some(turned)), ("sida", None)]),
            sorted: current.then_some(if wanted.descending { "descending" } else { "ascending" }),
        }
    };
    let turned = |page: usize| asked.address("/register", &[("sida", Some(&page.to_string()))]);
    let last = offset.saturating_add(rows.len());
    let mut record_types: Vec<(String, String)> =
        record_types.into_iter().map(|code| (retained::kind(&code, schedule, language), code)).collect();
    record_types.sort();
    Page {
        columns: COLUMNS.map(column).into(),
        bodies: bodies.into_iter().collect(),
        record_types: record_types.into_iter().map(|(name, code)| (code, name)).collect(),
        verdicts: VERDICTS.map(|one| (one.name(), verdict(one.name(), language))).into(),
        first: offset.saturating_add(1).min(last),
        last,
        before: (page > 1).then(|| turned(page - 1)),
        after: (last < total).then(|| turned(page + 1)),
        export: asked.address("/register.csv", &[("sida", None)]),
        narrowed: *wanted != Wanted { order: wanted.order, descending: wanted.descending, ..Wanted::default() },
        rows: rows.iter().map(|(row, answer)| view(row, answer, shell)).collect(),
        total,
        all,
        fault,
        asked,
        may_add: false,
        shell: shell.clone(),
    }
}

fn view(row: &Listed, answer: &Answer, shell: &Shell) -> RowView {
    let language = shell.language;
    let text = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), masked);
    RowView {
        link: shell.href(&format!("/handling/{}", row.id)),
        day: moment::day(row.day(), language),
        title: titled(&row.title, language),
        diary_number: text(&row.diary_number),
        body: text(&row.body),
        signers: if row.signers.is_empty() { "–".to_owned() } else { row.signers.join(", ") },
        icon: Icon::of_verdict(&row.verdict),
        class: words::class(&row.verdict),
        verdict: verdict(&row.verdict, language),
        retention: retained::of(row, answer, language),
        held: !row.holds.is_empty(),
    }
}

/// What a line of the register is called.
pub(crate) fn titled(title: &str, language: Language) -> String {
    let Text { sv, en } = called(title);
    language.say(sv, en)
}

/// An answer in one or two words, for tables.
pub(crate) fn verdict(name: &str, language: Language) -> String {
    let (sv, en) = match name {
        "valid" => ("Giltig", "Valid"),
        "registered-copy" => ("Kopia", "Copy"),
        "partly-valid" => ("Delvis giltig", "Partly valid"),
        "altered" => ("Ändrad", "Altered"),
        "indeterminate" => ("Kan inte avgöras", "Cannot be told"),
        "invalid" => ("Ogiltig", "Invalid"),
        "unsigned" => ("Inte underskriven", "Not signed"),
        _ => ("Kan inte läsas", "Cannot be read"),
    };
    language.say(sv, en).to_owned()
}
