//! `sigill audit`: who did what over HTTP, and what was refused. USERS 4b.
//! Acts on records are entries of the ledger too (`sigill record events`); this is who tried, looked, came and went.

use serde::Serialize;

use crate::cli::Answer;
use crate::cli::args::AuditOf;
use crate::cli::console::Console;
use crate::cli::console::Style;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::verify::text::Text;
use crate::web::audit;
use crate::web::audit::Line;
use crate::web::audit::Wanted;

#[derive(Serialize)]
struct Lines {
    schema: &'static str,
    total: usize,
    lines: Vec<Line>,
}

pub(super) fn run(args: &AuditOf, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let wanted = Wanted {
        record: args.record.as_ref().map(|id| id.to_lowercase()),
        who: args.name.clone(),
        day: args.day.clone(),
        limit: args.limit,
    };
    let lines = audit::read(&config.data, &wanted).map_err(|error| {
        Stop::trouble(
            format!("Granskningsloggen kunde inte läsas: {error}. Inget har ändrats."),
            format!("The audit log could not be read: {error}. Nothing was changed."),
        )
    })?;
    let answer = Answer::from(!lines.is_empty());
    if console.json {
        console.json(&Lines { schema: "sigill.audit/1", total: lines.len(), lines })?;
        return Ok(answer);
    }
    if lines.is_empty() {
        console.tell(&Text::new("Inget är antecknat.", "Nothing was noted."))?;
    }
    for line in lines {
        let record = line.record.map(|id| format!("  {id}")).unwrap_or_default();
        let style = if line.result == "done" { Style::Plain } else { Style::Bad };
        console.say(style, &format!("{}  {}  {}  {}{record}", line.at, line.who, line.what, line.result))?;
    }
    Ok(answer)
}
