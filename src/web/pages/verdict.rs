//! The verdict: one file's page, or a table for several. USERS 1d and 9.2.
//! Made from the stored form of a verification, which is masked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::archive;
use crate::archive::Archive;
use crate::archive::catalogue::Query;
use crate::archive::encoding::Signature;
use crate::archive::encoding::Verification;
use crate::archive::record::called;
use crate::archive::record::unhex;
use crate::archive::related::Kinship;
use crate::archive::related::RELATED_MAX;
use crate::archive::statement::qr;
use crate::archive::then;
use crate::verify::comparison;
use crate::verify::comparison::Place;
use crate::verify::mask::masked;
use crate::verify::text::Text;
use crate::web::api::verifications;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::csv;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::words::Answer;
use crate::web::state::App;
use crate::web::upload::Upload;

/// The technical details of a verification.
#[derive(Template)]
#[template(path = "details.html")]
pub(crate) struct Details {
    pub(crate) shell: Shell,
    pub(crate) found: Verification,
}

impl askama::filters::HtmlSafe for Details {}

/// What stands between the heading and the details, on verdict and record pages.
#[derive(Template)]
#[template(path = "answer.html")]
pub(crate) struct Body {
    pub(crate) shell: Shell,
    /// Which of several on a page it is, for addresses within the page; nothing where it is alone.
    pub(crate) among: String,
    pub(crate) answer: Answer,
}

impl askama::filters::HtmlSafe for Body {}

/// The record that holds the same bytes, as far as this caller may know.
#[derive(Clone)]
struct Registered {
    id: String,
    /// Its number in the log, counted from 1.
    entry: String,
    retention: String,
    /// That it was disposed of, or that this is decided.
    gone: Option<String>,
    /// Whether a receipt can be made.
    receipt: bool,
    diary_number: Option<String>,
    at: Option<Moment>,
}

/// Differences shown on the page; `sigill compare` shows more.
const DIFFERENCES_SHOWN: usize = 40;

/// A record that the file claims to be a copy of, by a transaction id in its text: a hint.
struct Claim {
    id: String,
    title: String,
    text: String,
    sum: Option<String>,
    places: Vec<Difference>,
}

/// A place where the file's text and the original's differ.
struct Difference {
    page: usize,
    what: String,
    before: String,
    original: Option<String>,
    copy: Option<String>,
}

/// Largest version that is put into the page itself: nothing of the file is kept to be asked for later.
const VERSION_BYTES_MAX: usize = 10_000_000;

/// The version that was signed, out of a file that was changed afterwards.
struct Version {
    /// The bytes themselves.
    link: String,
    name: String,
    size: String,
}

/// The file, to go on to the register if whoever checked it says so: it waits in their page, not with us.
struct Onward {
    /// In base64; nothing where the file is larger than a page should carry, and is to be chosen again.
    file: Option<String>,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct One {
    shell: Shell,
    onward: Option<Onward>,
    signed: Option<Version>,
    /// The way from a printout to the record: a QR code's path and side.
    code: Option<(String, i32)>,
    /// The file's name, for people and as it is handed on.
    called: String,
    file: String,
    size: String,
    sha256: String,
    checked: Option<Moment>,
    policy: String,
    answer: Answer,
    registered: Option<Registered>,
    unsaid: bool,
    claim: Option<Claim>,
    keeper: Option<String>,
    body: Body,
    details: Details,
}

#[derive(Template)]
#[template(path = "verdicts.html")]
struct Several {
    shell: Shell,
    /// The table as a file, in the link itself.
    csv: String,
    rows: Vec<One>,
}

/// What is known of a file beside its verification.
struct Beside {
    registered: Option<Registered>,
    /// Whether what is on our disk cannot say if the file is registered.
    unsaid: bool,
    claim: Option<Claim>,
    signed: Option<Version>,
    onward: Option<Onward>,
}

pub(crate) async fn check(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    upload: Upload,
) -> Result<Response, Problem> {
    let (asking, language) = (caller.clone(), shell.language);
    let beside = move |archive: &Archive, file: &[u8], found: &Verification| {
        let (registered, unsaid) = match registered(archive, found, &asking, language) {
            // Our damage says nothing about the file: its verification is shown all the same.
            Err(archive::Error::Damaged(_)) => (None, true),
            known => (known?, false),
        };
        let claim =
            if registered.is_none() && !unsaid { claim(archive, file, found, &asking, language)? } else { None };
        let onward = (registered.is_none() && !unsaid && asking.role().registers()).then(|| Onward {
            file: Some(file).filter(|file| file.len() <= VERSION_BYTES_MAX).map(|file| STANDARD.encode(file)),
        });
        Ok(Beside { registered, unsaid, claim, signed: signed(file, found, language), onward })
    };
    let found = verifications::each(&app, &caller, upload, beside).await?;
    let mut rows: Vec<One> = found.into_iter().map(|(found, beside)| page(&app, &shell, found, beside)).collect();
    match (rows.pop(), rows.is_empty()) {
        (Some(only), true) => shell.answer(StatusCode::OK, &only),
        (last, _) => {
            rows.extend(last);
            for (place, row) in rows.iter_mut().enumerate() {
                row.body.among = format!("-{}", place.saturating_add(1));
            }
            let csv = table(&rows, language);
            shell.answer(StatusCode::OK, &Several { shell: shell.clone(), csv, rows })
        }
    }
}

/// The answers as a table for spreadsheets.
fn table(rows: &[One], language: Language) -> String {
    let head = match language {
        Language::Sv => ["Fil", "Svar", "Undertecknare", "Senaste underskrift", "Åtgärd", "SHA-256"],
        Language::En => ["File", "Answer", "Signers", "Last signature", "What to do", "SHA-256"],
    };
    let row = |one: &One| {
        let Answer { headline, who, last, advice, .. } = &one.answer;
        let last = last.as_ref().map(Moment::plain).unwrap_or_default();
        [one.called.clone(), headline.clone(), who.clone(), last, advice.clone(), one.sha256.clone()]
    };
    csv::link(&head, rows.iter().map(row))
}

/// The version that the last unharmed signature is over, where something was changed after it.
fn signed(file: &[u8], found: &Verification, language: Language) -> Option<Version> {
    if found.verdict != "altered" {
        return None;
    }
    let unharmed = |one: &&Signature| one.kind == "signature" && one.integrity.digest == "match";
    let last = found.signatures.iter().rfind(unharmed)?.revision?;
    let end = found.revisions.iter().find(|one| one.revision == last)?.end;
    let bytes = file.get(..end).filter(|bytes| bytes.len() < file.len() && bytes.len() <= VERSION_BYTES_MAX)?;
    let stem = found.file.name.rsplit_once('.').map_or(found.file.name.as_str(), |(stem, _)| stem);
    Some(Version {
        link: format!("data:application/pdf;base64,{}", STANDARD.encode(bytes)),
        name: format!("{stem}-{}.pdf", language.say("underskriven", "signed")),
        size: moment::size(u64::try_from(bytes.len()).unwrap_or(u64::MAX), language),
    })
}

fn registered(
    archive: &Archive,
    found: &Verification,
    caller: &Caller,
    language: Language,
) -> Result<Option<Registered>, archive::Error> {
    let Some(sha256) = unhex(&found.file.sha256) else { return Ok(None) };
    let known = archive.find_shown(&[Query::Document(sha256)], caller.reads_all())?.pop();
    Ok(known.map(|known| {
        let kept = archive.retention(&known).reason;
        let gone = then::gone(&known.life).map(|Text { sv, en }| language.say(sv, en));
        let receipt = !known.life.unlinked && then::disposal(&known.life).is_none();
        let record = known.record;
        Registered {
            at: Moment::read(&record.registered_at, language),
            diary_number: record.diary_number.as_deref().map(masked),
            entry: moment::number(known.index.saturating_add(1)),
            retention: language.say(kept.sv, kept.en),
            id: record.id,
            gone,
            receipt,
        }
    }))
}

/// The record that an unregistered file claims to be a copy of, with what differs in the text. Words of the original are
/// for those who may read its document; whoever may only know of the record sees where their own file says more.
fn claim(
    archive: &Archive,
    file: &[u8],
    found: &Verification,
    caller: &Caller,
    language: Language,
) -> Result<Option<Claim>, archive::Error> {
    let related = archive.related(found, caller.reads_all(), RELATED_MAX)?;
    let Some(one) = related.into_iter().find(|one| one.kinship == Kinship::Original) else { return Ok(None) };
    let record = one.found.record;
    let Ok(id) = record.id.parse() else { return Ok(None) };
    let say = |text: &Text| language.say(&text.sv, &text.en).clone();
    // What is wrong with the original is told on its own page.
    let compared = archive.compare(file, id).ok().flatten();
    let place = |place: &Place| Difference {
        page: place.page,
        what: say(&place.kind.words()),
        before: place.before.clone(),
        original: Some(place.original.clone()).filter(|words| caller.reads_all() && !words.is_empty()),
        copy: Some(place.copy.clone()).filter(|words| !words.is_empty()),
    };
    let places = compared.iter().flat_map(|compared| &compared.places);
    let places = places.filter(|place| caller.reads_all() || place.kind != comparison::Kind::Missing);
    Ok(Some(Claim {
        title: say(&record.called()),
        text: say(&one.kinship.words()),
        sum: compared.as_ref().map(|compared| say(&compared.text)),
        places: places.take(DIFFERENCES_SHOWN).map(place).collect(),
        id: record.id,
    }))
}

fn page(app: &App, shell: &Shell, found: Verification, beside: Beside) -> One {
    let answer = Answer::of(&found, shell.language);
    let Beside { registered, unsaid, claim, signed, onward } = beside;
    let called = called(&found.file.name);
    let address = |one: &Registered| Some(format!("{}/handling/{}", app.options().public_url.as_ref()?, one.id));
    One {
        shell: shell.clone(),
        called: shell.language.say(called.sv, called.en),
        file: found.file.name.clone(),
        size: moment::size(found.file.size, shell.language),
        sha256: found.file.sha256.clone(),
        checked: Moment::read(&found.checked_at, shell.language),
        policy: format!("{} {}", found.policy.name, found.policy.version),
        code: registered.as_ref().and_then(address).and_then(|address| qr::path(&address)),
        registered,
        unsaid,
        claim,
        signed,
        onward,
        keeper: app.archive().organisation().map(str::to_owned),
        body: Body { shell: shell.clone(), among: String::new(), answer: answer.clone() },
        answer,
        details: Details { shell: shell.clone(), found },
    }
}
