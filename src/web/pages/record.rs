//! A record's page. USERS 9.4. Not there and not for you look the same.

use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::response::Response;

use crate::archive::act::Deed;
use crate::archive::encoding::MinutesFacts;
use crate::archive::encoding::Revision;
use crate::archive::encoding::Verification;
use crate::archive::look_up::Found;
use crate::archive::look_up::Happened;
use crate::archive::pieces::Kind as Evidence;
use crate::archive::record::KeptPiece;
use crate::archive::related::Related;
use crate::archive::retention::Outcome;
use crate::archive::statement::qr;
use crate::verify::mask::masked;
use crate::verify::text::Text;
use crate::web::api::records;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::acting::Acts;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::shell::Shell;
use crate::web::pages::verdict::Body;
use crate::web::pages::verdict::Details;
use crate::web::pages::words;
use crate::web::pages::words::Answer;
use crate::web::state::App;

#[derive(Template)]
#[template(path = "record.html")]
struct Page {
    shell: Shell,
    id: String,
    title: String,
    kind: &'static str,
    diary_number: Option<String>,
    organ: Option<String>,
    meeting: Option<String>,
    transactions: Vec<String>,
    sha256: String,
    file: String,
    size: String,
    policy: String,
    answer: Answer,
    registered: Option<Moment>,
    entry: String,
    entries: String,
    retention: String,
    obstacle: Option<String>,
    minutes: Option<MinutesFacts>,
    related: Vec<RelatedView>,
    versions: Vec<VersionView>,
    kept: Vec<String>,
    events: Vec<EventView>,
    body: Body,
    details: Details,
    /// What this caller can do, and what was just done.
    acts: Acts,
    said: Option<String>,
    /// The way back from a printout: a QR code's path and side.
    code: Option<(String, i32)>,
}

/// A record that names the same transaction.
struct RelatedView {
    link: String,
    title: String,
    what: String,
}

impl RelatedView {
    fn of(one: &Related, shell: &Shell) -> Self {
        let (record, words) = (&one.found.record, one.kinship.words());
        Self {
            link: shell.href(&format!("/handling/{}", record.id)),
            title: record.title.as_deref().map_or_else(|| record.verification.file.name.clone(), masked),
            what: shell.language.say(&words.sv, &words.en).clone(),
        }
    }
}

/// A version of the file that can be read, byte for byte.
struct VersionView {
    number: usize,
    revision: usize,
    what: String,
}

/// The versions, where there are several: the signed one stands below what came after it.
fn versions(found: &Verification, language: Language) -> Vec<VersionView> {
    let version = |revision: &Revision| {
        let covering = found.signatures.iter().filter(|one| one.revision == Some(revision.revision));
        let names: Vec<&str> = covering
            .filter(|one| one.kind == "signature")
            .filter_map(|one| one.signer.as_ref()?.name.as_deref())
            .collect();
        let what = match (names.as_slice(), revision.author.as_str()) {
            ([], "document-timestamp") => language.say("Tidsstämplad", "Timestamped").to_owned(),
            ([], _) => {
                language.say("Ingen underskrift gäller just den här versionen", "No signature is over it").to_owned()
            }
            (names, _) => {
                let signed = language.say("Underskriven av", "Signed by");
                format!("{signed} {}", words::joined(names, language))
            }
        };
        VersionView { number: revision.revision.saturating_add(1), revision: revision.revision, what }
    };
    let several = found.revisions.len() > 1;
    found.revisions.iter().filter(|_| several).map(version).collect()
}

/// What is kept beside the file, in words; names are only for those who may read it.
fn kept(evidence: &[KeptPiece], language: Language) -> Vec<String> {
    let words = |piece: &KeptPiece| {
        let kind = Evidence::named(&piece.kind)?.words();
        let from = match piece.address {
            Some(_) => language.say("hämtat av arkivet", "fetched by the archive"),
            None => language.say("inlämnat med filen", "handed in with the file"),
        };
        Some(format!("{} ({from}, {})", language.say(kind.sv, kind.en), moment::size(piece.size, language)))
    };
    evidence.iter().filter_map(words).collect()
}

/// A line of what happened.
struct EventView {
    at: Option<Moment>,
    what: String,
    /// What verification found then, the later answer beside the earlier one; or what was done.
    found: String,
    entry: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    shell: Shell,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    // A page's address that is mistyped is a page that is not there.
    let absent = |kind: Kind| kind == Kind::MalformedIdentifier || kind == Kind::NotFound;
    let found = records::visible(&app, &caller, &id).await;
    let (id, found) = found.map_err(|problem| if absent(problem.kind) { Kind::NotFound.into() } else { problem })?;
    let happened = app.ask(move |archive| archive.events(id)).await?.unwrap_or_default();
    let (found, related) = records::with_related(&app, found, &caller).await?;
    let acts = Acts::of(&shell, &caller, &found);
    let page = Page {
        said: Acts::said(&shell, &uri),
        related: related.iter().map(|one| RelatedView::of(one, &shell)).collect(),
        ..page(&app, &shell, found, &happened, acts, caller.reads_all())
    };
    shell.answer(StatusCode::OK, &page)
}

fn page(app: &App, shell: &Shell, found: Found, happened: &[Happened], acts: Acts, all: bool) -> Page {
    let language = shell.language;
    let retention = app.archive().retention(&found);
    let gone = found.life.disposal().map(|one| match &one.carried_out_at {
        Some(_) => Text::new(
            format!(
                "Handlingen är gallrad enligt beslut {}. Kontrollsumman och uppgifterna här finns kvar.",
                one.decision
            ),
            format!(
                "The record was disposed of by decision {}. Its SHA-256 and what stands here remain.",
                one.decision
            ),
        ),
        None => Text::new(
            format!("Gallring är beslutad ({}). Dokumentet lämnas inte ut.", one.decision),
            format!("Disposal is decided ({}). The document is not given out.", one.decision),
        ),
    });
    let Found { record, index, .. } = found;
    let say = |text: &Text| language.say(&text.sv, &text.en).clone();
    let preserved = matches!(retention.outcome, Outcome::Preserve { .. });
    let answer = Answer::of(&record.verification, language);
    let event = |one: &Happened| EventView {
        at: Moment::read(&one.at, language),
        what: say(&one.event.text()),
        found: match (&one.found, one.deed.as_ref().filter(|_| all).and_then(Deed::said)) {
            (Some(found), _) => language.say(&found.headline.sv, &found.headline.en).clone(),
            (None, Some(said)) => say(&said),
            (None, None) => String::new(),
        },
        entry: moment::number(one.index.saturating_add(1)),
    };
    Page {
        id: record.id.clone(),
        title: record.title.as_deref().map_or_else(|| record.verification.file.name.clone(), masked),
        kind: kind(&record.record_type, shell),
        diary_number: record.diary_number.as_deref().map(masked),
        organ: record.body.as_deref().map(masked),
        meeting: record.meeting_day().map(|day| moment::day(day, language)),
        transactions: record.transaction_ids.iter().map(|id| masked(id)).collect(),
        sha256: record.verification.file.sha256.clone(),
        file: record.verification.file.name.clone(),
        size: moment::size(record.verification.file.size, language),
        policy: format!("{} {}", record.verification.policy.name, record.verification.policy.version),
        registered: Moment::read(&record.registered_at, language),
        entry: moment::number(index.saturating_add(1)),
        entries: moment::number(app.archive().ledger().size()),
        retention: say(&retention.reason),
        // That what is preserved is not disposed of has been said already.
        obstacle: gone.or_else(|| retention.obstacle().filter(|_| !preserved)).as_ref().map(say),
        minutes: record.verification.minutes.clone().filter(|minutes| minutes.kind == "minutes"),
        related: Vec::new(),
        acts,
        said: None,
        versions: versions(&record.verification, language),
        kept: happened.iter().flat_map(|one| kept(&one.evidence, language)).collect(),
        events: happened.iter().map(event).collect(),
        body: Body { shell: shell.clone(), among: String::new(), answer: answer.clone() },
        answer,
        code: app.options().public_url.as_ref().and_then(|url| qr::path(&format!("{url}/handling/{}", record.id))),
        details: Details { shell: shell.clone(), found: record.verification },
        shell: shell.clone(),
    }
}

/// What a record type is called; one that the house does not know is a document.
fn kind(code: &str, shell: &Shell) -> &'static str {
    let (sv, en) = match code {
        "minutes" => ("Protokoll", "Minutes"),
        "meeting-notes" => ("Mötesanteckningar", "Meeting notes"),
        "information" => ("Information", "Information"),
        "summons" => ("Kallelse", "Summons"),
        "delegation-decision" => ("Delegationsbeslut", "Decision by delegation"),
        "adjustment-notice" => ("Justeringsanslag", "Notice of adjustment"),
        "signed-form" => ("Underskriven blankett", "Signed form"),
        "employment-contract" => ("Anställningsavtal", "Employment contract"),
        _ => ("Handling", "Document"),
    };
    shell.language.say(sv, en)
}
