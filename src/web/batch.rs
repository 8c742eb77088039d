//! Files that are added to the register together: they wait in the holding place while somebody looks at what was found, and
//! are registered one by one. What has been done is written down after each, so that nothing is lost or done twice.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;

use crate::archive;
use crate::archive::Archive;
use crate::archive::record;
use crate::archive::record::RecordId;
use crate::archive::record::Submission;
use crate::verify::crypto;
use crate::web::error::Problem;
use crate::web::state::App;

/// The file that says how far it has come.
const STATE: &str = "batch.json";
/// The only answer that needs no reason.
const VALID: &str = "valid";

/// Files and how far each has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Row>,
}

/// One file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) state: State,
    pub(crate) found: Option<Found>,
    pub(crate) said: Said,
    /// What somebody has to mend: the field, and why in Swedish and English.
    pub(crate) fault: Option<(String, String, String)>,
    /// The record that it became, or is already.
    pub(crate) record: Option<String>,
}

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Not looked at yet.
    Waiting,
    /// Looked at; somebody decides.
    Checked,
    /// In the register already.
    Known,
    /// To be saved.
    Saving,
    /// Saved.
    Saved,
    /// Left out by its owner.
    Left,
}

/// What was found in a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) verdict: String,
    /// The same in a sentence, Swedish and English.
    pub(crate) headline: (String, String),
    pub(crate) signers: Vec<String>,
}

/// What is said of a file: read from it, then as its owner has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) title: String,
    pub(crate) diary_number: String,
    pub(crate) body: String,
    pub(crate) meeting_date: String,
    pub(crate) record_type: String,
    pub(crate) expected: String,
    pub(crate) public: bool,
    pub(crate) reason: String,
    pub(crate) leave: bool,
}

impl Row {
    pub(crate) fn new(name: String, size: u64) -> Self {
        let (state, said) = (State::Waiting, Said::default());
        Self { name, size, state, found: None, said, fault: None, record: None }
    }

    /// Whether it may be saved without a reason.
    pub(crate) fn is_valid(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.verdict == VALID)
    }
}

impl Batch {
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(STATE)).ok()?).ok()
    }

    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let new = folder.join("batch.new");
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(new, folder.join(STATE))
    }

    pub(crate) fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    /// Whether something is to be done without asking anybody.
    pub(crate) fn is_under_way(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.state, State::Waiting | State::Saving))
    }
}

/// The place of a file's bytes.
pub(crate) fn place(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{number}.bin"))
}

/// The batches that are worked on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Busy(Arc<Mutex<std::collections::BTreeSet<PathBuf>>>);

/// Held while a batch is worked on.
struct Working {
    busy: Busy,
    folder: PathBuf,
}

impl Busy {
    pub(crate) fn is(&self, folder: &Path) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(folder)
    }

    fn begin(&self, folder: &Path) -> Option<Working> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        new.then(|| Working { busy: self.clone(), folder: folder.to_owned() })
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.busy.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }
}

/// Does what is under way, file by file; nothing where somebody does it already.
pub(crate) async fn go_on(app: App, actor: String, folder: PathBuf) {
    let Some(_working) = app.busy().begin(&folder) else { return };
    let read = folder.clone();
    let Ok(Some(mut batch)) = app.hold(move |_| Ok(Batch::read(&read))).await else { return };
    for number in 0..batch.rows.len() {
        let Some(row) = batch.rows.get(number).cloned() else { break };
        if !matches!(row.state, State::Waiting | State::Saving) {
            continue;
        }
        let Ok(work) = app.gate().work().await else { break };
        let (place, by) = (place(&folder, number), actor.clone());
        let done = app.ask(move |archive| {
            let _held = work;
            Ok(one(archive, &row, &place, &by))
        });
        let Ok(mut row) = done.await else { break };
        // The same file twice: one of them is what is saved.
        if row.state == State::Saved && batch.rows.iter().any(|other| other.record == row.record) {
            row.state = State::Known;
        }
        if row.state == State::Saved {
            metrics::counter!("sigill_ingests_total", "result" => "new").increment(1);
        }
        let (id, saved) = (row.record.clone().unwrap_or_default(), row.state == State::Saved);
        if let Some(old) = batch.rows.get_mut(number) {
            *old = row;
        }
        if saved {
            tracing::info!(target: "sigill::audit", actor, action = "register", record = id, result = "new");
        }
        let (state, at) = (batch.clone(), folder.clone());
        if app.hold(move |_| state.write(&at)).await.is_err() {
            break;
        }
    }
}

/// One file, a step further. A fault is told on its row and stops no other.
fn one(archive: &Archive, row: &Row, place: &Path, actor: &str) -> Row {
    let mut row = row.clone();
    let Ok(bytes) = fs::read(place) else {
        row.state = State::Left;
        row.fault = Some(lost());
        return row;
    };
    let done = if row.state == State::Waiting {
        look(archive, &mut row, &bytes, actor)
    } else {
        save(archive, &mut row, &bytes, actor)
    };
    if let Err(error) = done {
        let problem = Problem::from(error);
        row.state = State::Checked;
        row.fault = Some(("spara".to_owned(), problem.detail.sv, problem.detail.en));
    }
    row
}

fn lost() -> (String, String, String) {
    let (sv, en) = (
        "Filen väntar inte längre här. Den är inte sparad. Välj den igen.",
        "The file does not wait here any more. It is not saved. Choose it again.",
    );
    ("spara".to_owned(), sv.to_owned(), en.to_owned())
}

/// What is found in a file, and what would be said of it.
fn look(archive: &Archive, row: &mut Row, bytes: &[u8], actor: &str) -> Result<(), archive::Error> {
    row.state = State::Checked;
    if let Some(known) = archive.registered(&crypto::sha256(&[bytes]))? {
        row.state = State::Known;
        row.record = Some(known.record.id);
        return Ok(());
    }
    let submission = Submission { name: row.name.clone(), actor: actor.to_owned(), ..Submission::default() };
    let record = archive.described(bytes, &submission)?;
    let found = &record.verification;
    let persons = found.signatures.iter().filter(|one| one.kind == "signature");
    let signers = persons.filter_map(|one| one.signer.as_ref()?.name.clone()).collect();
    let headline = (found.headline.sv.clone(), found.headline.en.clone());
    row.found = Some(Found { verdict: found.verdict.clone(), headline, signers });
    row.said = Said {
        title: record.title.unwrap_or_default(),
        diary_number: record.diary_number.unwrap_or_default(),
        body: record.body.unwrap_or_default(),
        meeting_date: record.meeting_date.unwrap_or_default(),
        record_type: record.record_type,
        ..Said::default()
    };
    Ok(())
}

fn save(archive: &Archive, row: &mut Row, bytes: &[u8], actor: &str) -> Result<(), archive::Error> {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let said = row.said.clone();
    let ingested = archive.ingest(
        bytes,
        &Submission {
            name: row.name.clone(),
            title: some(&said.title),
            record_type: some(&said.record_type),
            diary_number: some(&said.diary_number),
            body: some(&said.body),
            meeting_date: some(&said.meeting_date),
            expected_signers: record::names(&said.expected),
            public: said.public,
            actor: actor.to_owned(),
        },
    )?;
    // What was not there when it was examined, and is there now by the same hand, was saved just before a crash. The reason
    // may be missing then.
    let ours = ingested.new || ingested.record.registered_by == actor;
    let justified = || archive.acts(id_of(&ingested.record.id)?).map(|acts| !acts.is_empty());
    if let Some(reason) = some(&said.reason).filter(|_| ingested.record.verification.verdict != VALID)
        && ours
        && (ingested.new || !justified()?)
    {
        archive.justify(id_of(&ingested.record.id)?, &reason, actor)?;
    }
    row.state = if ours { State::Saved } else { State::Known };
    row.record = Some(ingested.record.id);
    row.fault = None;
    Ok(())
}

fn id_of(id: &str) -> Result<RecordId, archive::Error> {
    id.parse().map_err(|_| archive::Error::Damaged(id.to_owned()))
}
