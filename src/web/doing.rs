//! Doing something to a record, for programs and for people alike: may the caller, is the record there, who did it, and a
//! line of the audit log. The answer's form is the asker's business: `api::keeping`, `pages::acting`.

use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::archive;
use crate::archive::Archive;
use crate::archive::act::Acted;
use crate::archive::copies::Published;
use crate::archive::package::Order;
use crate::archive::package::write;
use crate::archive::record::RecordId;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Schedule;
use crate::archive::retention::plan;
use crate::archive::schedules::Preview;
use crate::archive::statement::Language;
use crate::web::api::records::visible;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::holding;
use crate::web::holding::About;
use crate::web::state::App;
use crate::web::upload::Sent;

/// Does something to a record that the caller may see and act upon; with the name of a hold where it made one.
pub(crate) async fn deed<W>(app: &App, caller: &Caller, id: &str, act: W) -> Result<(Acted, Option<String>), Problem>
where
    W: FnOnce(&Archive, RecordId, &str) -> Result<(Acted, Option<String>), archive::Error> + Send + 'static,
{
    caller.must_keep()?;
    let (id, _) = visible(app, caller, id).await?;
    let by = caller.name().to_owned();
    let (acted, hold) = app.ask(move |archive| act(archive, id, &by)).await?;
    let action = acted.act.deed.event().name();
    tracing::info!(target: "sigill::audit", action, record = acted.act.record, result = "done");
    Ok((acted, hold))
}

/// Verifies a record's document once more, for the record.
pub(crate) async fn verify(app: &App, caller: &Caller, id: &str) -> Result<(Acted, Option<String>), Problem> {
    caller.must_keep()?;
    let work = app.gate().work().await?;
    deed(app, caller, id, move |archive, id, by| {
        let _held = work;
        archive.verify_for_the_record(id, by).map(|acted| (acted, None))
    })
    .await
}

/// Makes a copy of a record without signatures and personal numbers, and registers it.
pub(crate) async fn publish(
    app: &App,
    caller: &Caller,
    id: &str,
    purpose: Option<String>,
) -> Result<Published, Problem> {
    caller.must_keep()?;
    let (id, _) = visible(app, caller, id).await?;
    let (work, by) = (app.gate().work().await?, caller.name().to_owned());
    let copy = app
        .ask(move |archive| {
            let _held = work;
            archive.publish(id, purpose.as_deref(), &by)
        })
        .await?;
    tracing::info!(target: "sigill::audit", action = "publish", record = %id, result = "done");
    Ok(copy)
}

/// Issues a statement about a record, and registers its issue.
pub(crate) async fn issue(
    app: &App,
    caller: &Caller,
    id: RecordId,
    language: Language,
) -> Result<(Vec<u8>, Acted), Problem> {
    caller.must_register()?;
    let work = app.gate().work().await?;
    let (address, by) = (app.options().public_url.clone(), caller.name().to_owned());
    let answer = app.ask(move |archive| {
        let _held = work;
        archive.issue_statement(id, language, address.as_deref(), &by)
    });
    let answer = answer.await;
    let result = if matches!(answer, Ok(Some(_))) { "issued" } else { "failed" };
    tracing::info!(target: "sigill::audit", action = "statement", record = %id, result);
    Ok(answer?.ok_or(Kind::NotFound)?)
}

/// To whom records are handed, and how.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) recipient: String,
    pub(crate) agreement: Option<String>,
    pub(crate) without_signatures: bool,
}

/// Makes a package of records, keeps it to be fetched, and states that it was handed over. Gives its ticket and SHA-256.
pub(crate) async fn deliver(
    app: &App,
    caller: &Caller,
    ids: Vec<RecordId>,
    handed: Handed,
) -> Result<(String, String), Problem> {
    caller.must_keep()?;
    let by = caller.name().to_owned();
    let (ticket, folder) = app.hold(move |holding| holding.begin(&by)).await?;
    let Handed { recipient, agreement, without_signatures } = handed;
    let order = Order { recipient: Some(recipient.clone()), agreement, without_signatures };
    let (by, work, place) = (caller.name().to_owned(), app.gate().work().await?, folder.join(holding::FILE));
    let (name, sha256, count) = app
        .ask(move |archive| {
            let _held = work;
            let package = archive
                .package(&ids, &order)?
                .ok_or_else(|| ids.first().map_or_else(|| archive::Error::Empty, |id| Refusal::NoRecord(*id).into()))?;
            let written = package.write_tar(archive, &place).map_err(|error| match error {
                write::Error::Archive(error) => error,
                error @ (write::Error::Exists(_) | write::Error::Disk { .. }) => {
                    archive::Error::Damaged(error.to_string())
                }
            })?;
            let count = archive.hand_over(&package, &written, &recipient, &by)?.len();
            Ok((package.name, written.sha256, count))
        })
        .await?;
    noted("deliver", count, 0);
    let about = About {
        name: format!("{name}.tar"),
        media: "application/x-tar".to_owned(),
        heading: ("Leveranspaketet är skapat".to_owned(), "The package is made".to_owned()),
        said: vec![
            (
                format!(
                    "{count} handlingar. Leveransen är registrerad; spara kvittensen här när mottagaren har skickat den."
                ),
                format!("{count} records. The delivery is registered; keep the acknowledgement here when it has come."),
            ),
            (format!("Paketets kontrollsumma (SHA-256): {sha256}"), format!("The package's SHA-256: {sha256}")),
        ],
        back: "/gallring".to_owned(),
    };
    app.hold(move |holding| holding.say(&folder, &about)).await?;
    Ok((ticket, sha256))
}

/// The records whose newest delivery is a package that nobody acknowledged yet, with to whom it went.
pub(crate) async fn of_package(app: &App, package: &str) -> Result<Vec<(RecordId, String)>, Problem> {
    let package = package.to_owned();
    app.ask(move |archive| {
        let mut records = Vec::new();
        archive.each_listed(|row| {
            let sent = row.delivery.filter(|sent| sent.package == package && sent.received_at.is_none());
            records.extend(sent.and_then(|sent| Some((row.id.parse().ok()?, sent.recipient))));
        })?;
        Ok(records)
    })
    .await
}

/// Keeps the acknowledgement of a package with each of its records.
pub(crate) async fn acknowledge(
    app: &App,
    caller: &Caller,
    package: &str,
    file: Sent,
    reference: Option<String>,
) -> Result<usize, Problem> {
    caller.must_keep()?;
    let records = of_package(app, package).await?;
    let (by, count) = (caller.name().to_owned(), records.len());
    app.ask(move |archive| {
        records.iter().try_for_each(|(id, _)| {
            archive.acknowledge(*id, &file.name, &file.bytes, reference.as_deref(), &by).map(drop)
        })
    })
    .await?;
    noted("acknowledge", count, 0);
    Ok(count)
}

/// The protocol as a sealed PDF.
pub(crate) async fn protocol(app: &App, caller: &Caller, name: &str, language: Language) -> Result<Response, Problem> {
    caller.must_read_all()?;
    let work = app.gate().work().await?;
    let proposal = name.to_owned();
    let bytes = app
        .ask(move |archive| {
            let _held = work;
            archive.protocol_paper(&proposal, language)
        })
        .await?;
    let mut response = ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response();
    let name = format!("inline; filename=\"gallringsprotokoll-{name}.pdf\"");
    let name = HeaderValue::try_from(name).map_err(|_| Kind::Internal)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The schedule that a table says, as it is written, known to be one.
pub(crate) fn plan_of(table: &[u8], name: &str, version: &str) -> Result<String, Problem> {
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let unreadable = |sv: String, en: String| {
        Problem::new(
            Kind::BadRequest,
            format!("{sv}. Inget har ändrats. Rätta tabellen och försök igen."),
            format!("{en}. Nothing was changed. Correct the table and try again."),
        )
    };
    let text = plan::toml_of(table, version, name).map_err(|fault| {
        let (row, what) = (fault.row, fault.what);
        unreadable(format!("Rad {row}: {}", what.sv), format!("Row {row}: {}", what.en))
    })?;
    Schedule::parse(&text).map_err(|error| {
        let what = error.text();
        unreadable(format!("Planen kan inte följas: {}", what.sv), format!("The plan cannot be followed: {}", what.en))
    })?;
    Ok(text)
}

/// What a plan changes, and whether it is in force now.
pub(crate) struct Effect {
    pub(crate) version: String,
    pub(crate) rules: usize,
    pub(crate) preview: Preview,
    pub(crate) in_force: bool,
}

/// Tells what a plan would change, and puts it in force where that is wanted and decided.
pub(crate) async fn plan(
    app: &App,
    caller: &Caller,
    text: String,
    decision: Option<String>,
    wanted: bool,
) -> Result<Effect, Problem> {
    caller.must_decide()?;
    let schedule = Schedule::parse(&text).map_err(|_| Kind::BadRequest)?;
    let by = caller.name().to_owned();
    let effect = app
        .ask(move |archive| {
            let preview = archive.preview(&schedule)?;
            let barred = decision.is_none() && preview.undecided().next().is_some();
            let in_force = wanted && !barred;
            if in_force {
                archive.adopt(&schedule, &text, decision.as_deref(), &by)?;
            }
            Ok(Effect { version: schedule.version.clone(), rules: schedule.rules.len(), preview, in_force })
        })
        .await?;
    if wanted && !effect.in_force {
        return Err(Problem::new(
            Kind::Refused,
            "Handlingar får kortare frist utan nytt beslut. Inget har ändrats. Läs in planen igen och ange beslutet.",
            "Records get a shorter term without a new decision. Nothing was changed. Read the plan again and give the \
             decision.",
        ));
    }
    if wanted {
        tracing::info!(target: "sigill::audit", action = "adopt-schedule", result = "done");
    }
    Ok(effect)
}

/// Notes in the program's log what was done to many records. Who did it stands in the audit log alone.
pub(crate) fn noted(action: &'static str, done: usize, skipped: usize) {
    tracing::info!(target: "sigill::audit", action, done, skipped, result = "done");
}
