//! "Kontrollera från en tidigare kontrollpunkt": whether the log of today continues one that somebody kept. USERS 9.7.
//! C2SP tlog-checkpoint; RFC 9162 2.1.4. Every step is said, those that hold too.

use askama::Template;
use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::encoding::hex;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note::Note;
use crate::ledger::proof;
use crate::verify::text::Text;
use crate::web::error::Problem;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

#[derive(Deserialize)]
pub(crate) struct Asked {
    kontrollpunkt: Option<String>,
}

/// One step, and whether it holds.
struct Step {
    holds: bool,
    text: Text,
}

impl Step {
    fn icon(&self) -> Icon {
        if self.holds { Icon::Tick } else { Icon::Cross }
    }

    fn class(&self) -> &'static str {
        if self.holds { "good" } else { "bad" }
    }
}

/// What came of it.
enum Outcome {
    Nothing,
    /// What was pasted is no checkpoint.
    Unread,
    Walked(Vec<Step>),
}

#[derive(Template)]
#[template(path = "consistency.html")]
struct Page {
    shell: Shell,
    asked: String,
    outcome: Outcome,
}

impl Page {
    fn steps(&self) -> &[Step] {
        match &self.outcome {
            Outcome::Walked(steps) => steps,
            Outcome::Nothing | Outcome::Unread => &[],
        }
    }

    fn unread(&self) -> bool {
        matches!(self.outcome, Outcome::Unread)
    }

    fn holds(&self) -> bool {
        self.steps().iter().all(|step| step.holds)
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    shell: Shell,
    Query(Asked { kontrollpunkt }): Query<Asked>,
) -> Result<Response, Problem> {
    // Forms send lines as CR LF; a note's lines end with LF, and so does its last.
    let asked = kontrollpunkt.unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
    let note = format!("{asked}\n");
    let outcome = match (asked.is_empty(), Note::parse(&note)) {
        (true, _) => Outcome::Nothing,
        (false, Err(_)) => Outcome::Unread,
        (false, Ok(note)) => Outcome::Walked(app.ask(move |archive| walk(archive, &note)).await?),
    };
    let status = if matches!(outcome, Outcome::Unread) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    shell.answer(status, &Page { shell: shell.clone(), asked, outcome })
}

/// Signature, size, consistency: each where the one before it holds.
fn walk(archive: &Archive, note: &Note) -> Result<Vec<Step>, archive::Error> {
    let ledger = archive.ledger();
    let Ok(then) = Checkpoint::signed(note, &ledger.vkeys()) else {
        let text = Text::new(
            "Kontrollpunkten är inte underskriven med den här loggens nyckel. Den hör till en annan logg, eller är inte \
             kopierad hel. Den säger inget om loggen här.",
            "The checkpoint is not signed with this log's key. It belongs to another log, or was not copied whole. It says \
             nothing about the log here.",
        );
        return Ok(vec![Step { holds: false, text }]);
    };
    let signed = Text::new(
        "Underskriften på din kontrollpunkt är gjord med loggens nyckel.",
        "The signature on your checkpoint was made with the log's key.",
    );
    let mut steps = vec![Step { holds: true, text: signed }];
    let (size, count) = (ledger.size(), moment::number(then.size));
    if then.size > size {
        let now = moment::number(size);
        steps.push(Step {
            holds: false,
            text: Text::new(
                format!(
                    "Din kontrollpunkt har {count} poster, loggen här har bara {now}. En logg kan inte bli kortare."
                ),
                format!("Your checkpoint has {count} entries, the log here only {now}. A log cannot become shorter."),
            ),
        });
        return Ok(steps);
    }
    let root = ledger.root_at(size)?;
    steps.push(Step {
        holds: true,
        text: Text::new(
            format!("Loggen hade {count} poster då och har {} nu. Den har inte blivit kortare.", moment::number(size)),
            format!(
                "The log had {count} entries then and has {} now. It has not become shorter.",
                moment::number(size)
            ),
        ),
    });
    let hashes = ledger.consistency(then.size, size)?;
    let holds = then.size == 0 || proof::verify_consistency(then.size, size, &then.root, &root, &hashes).is_ok();
    steps.push(Step { holds, text: continued(holds, hashes.len(), &hex(&root)) });
    Ok(steps)
}

/// The last step in words.
fn continued(holds: bool, hashes: usize, root: &str) -> Text {
    if holds {
        return Text::new(
            format!(
                "Beviset med {hashes} kontrollsummor leder från din rot till dagens, {root}: varje post som fanns då \
                 finns kvar, oförändrad och på samma plats."
            ),
            format!(
                "The proof of {hashes} hashes leads from your root to today's, {root}: every entry of then is still \
                 there, unchanged and in its place."
            ),
        );
    }
    Text::new(
        "Din rot går inte att leda till dagens: poster som fanns då har ändrats eller tagits bort.",
        "Your root does not lead to today's: entries of then were changed or removed.",
    )
}
