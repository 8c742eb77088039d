//! A record's page. USERS 9.4. Not there and not for you look the same.

use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::response::Response;

use crate::archive::act::Deed;
use crate::archive::attested;
use crate::archive::encoding::MinutesFacts;
use crate::archive::encoding::Revision;
use crate::archive::encoding::Verification;
use crate::archive::look_up::Found;
use crate::archive::look_up::Happened;
use crate::archive::pieces::Kind as Evidence;
use crate::archive::record::KeptPiece;
use crate::archive::record::called;
use crate::archive::related::Related;
use crate::archive::retention::Outcome;
use crate::archive::statement::qr;
use crate::archive::then;
use crate::verify::mask::masked;
use crate::verify::text::Text;
use crate::web::api::records;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::guard::Framing;
use crate::web::language::Language;
use crate::web::pages::acting::Acts;
use crate::web::pages::icon::Icon;
use crate::web::pages::moment;
use crate::web::pages::moment::Moment;
use crate::web::pages::retained;
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
    kind: String,
    diary_number: Option<String>,
    organ: Option<String>,
    meeting: Option<String>,
    /// Each with what is to be said of it.
    transactions: Vec<(String, Option<String>)>,
    sha256: String,
    file: String,
    size: String,
    policy: String,
    answer: Answer,
    /// What the check found, as of then.
    found: String,
    /// That it was disposed of, or that this is decided.
    gone: Option<String>,
    /// What is left of a record whose content is destroyed.
    remains: Option<Remains>,
    /// Whether a receipt can be made.
    receipt: bool,
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
    twice: Option<Twice>,
    /// Whether this caller may see the document, and it is there to be shown.
    viewed: bool,
    /// Whether this caller reads everything, and whether anybody may look the record up.
    reads_all: bool,
    public: bool,
    /// The way back from a printout: a QR code's path and side.
    code: Option<(String, i32)>,
}

/// What is left of a record that was disposed of.
struct Remains {
    /// What is still there and what is not.
    what: String,
    /// How many had signed.
    signers: String,
    /// The protocol's page, for those who may read it.
    protocol: Option<String>,
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
        let title = record.called();
        Self {
            link: shell.href(&format!("/handling/{}", record.id)),
            title: shell.language.say(title.sv, title.en),
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

/// What was found once, as it stands beside what was found another time.
struct Then {
    title: &'static str,
    at: Option<Moment>,
    icon: Icon,
    class: &'static str,
    headline: String,
    /// The decisive reason, where it is not valid.
    cause: Option<String>,
    policy: String,
}

impl Then {
    fn of(title: &'static str, at: &str, (found, headline): (&Verification, String), language: Language) -> Self {
        let reasons = found.signatures.iter().filter(|one| one.indication != "TOTAL-PASSED");
        let cause = reasons.filter_map(|one| one.reasons.first()).next();
        Self {
            title,
            at: Moment::read(at, language),
            icon: Icon::of_verdict(&found.verdict),
            class: words::class(&found.verdict),
            headline,
            cause: cause.map(|reason| language.say(&reason.sv, &reason.en).clone()),
            policy: format!("{} {}", found.policy.name, found.policy.version),
        }
    }
}

/// The answer at registration and the newest one, where it was verified once more, and what the difference means.
struct Twice {
    answers: [Then; 2],
    meaning: &'static str,
}

impl Twice {
    fn of(found: &Found, language: Language) -> Option<Self> {
        let (at, now) = found.life.verified_again.as_ref()?;
        let then = &found.record.verification;
        let meaning = match (then.verdict == now.verdict, then.verdict.as_str()) {
            (true, _) => language.say("Svaret är detsamma.", "The answer is the same."),
            (false, "valid") => language.say(
                "Svaren skiljer sig åt. Underskrifterna kontrollerades i tid, och det svaret är bevisat i loggen; det nya \
                 säger vad som går att visa med filen i dag.",
                "The answers differ. The signatures were checked in time, and that answer is proven in the log; the new \
                 one says what can be shown with the file today.",
            ),
            (false, _) => language.say(
                "Svaren skiljer sig åt. Båda står kvar: det som gick att visa då och det som går att visa nu.",
                "The answers differ. Both remain: what could be shown then and what can be shown now.",
            ),
        };
        let titles = [language.say("Kontrollen då", "The check then"), language.say("Kontrollen nu", "The check now")];
        let [first, second] = titles;
        let (once, today) = (of_then(then, language), language.say(&now.headline.sv, &now.headline.en).clone());
        let answers =
            [Then::of(first, &then.checked_at, (then, once), language), Then::of(second, at, (now, today), language)];
        Some(Self { answers, meaning })
    }
}

/// What was found once, in words of then.
fn of_then(found: &Verification, language: Language) -> String {
    let Text { sv, en } = then::headline(found);
    language.say(sv, en)
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
    let mut response = shell.answer(StatusCode::OK, &page)?;
    if page.viewed {
        response.extensions_mut().insert(Framing::Frames);
    }
    Ok(response)
}

/// The document as a browser shows it, in the record's page or by itself. Handing it out is noted as every other way is.
pub(crate) async fn document(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut response = records::given(&app, &caller, &id, &headers, "inline").await?;
    response.extensions_mut().insert(Framing::Framed);
    Ok(response)
}

fn page(app: &App, shell: &Shell, found: Found, happened: &[Happened], acts: Acts, all: bool) -> Page {
    let language = shell.language;
    let retention = app.archive().retention(&found);
    let retention = if all { retention } else { retention.without_reasons() };
    let gone = then::gone(&found.life);
    let twice = Twice::of(&found, language);
    let viewed = all && gone.is_none() && found.record.verification.verdict != "unreadable";
    let unlinked = found.life.unlinked;
    let remains = then::disposal(&found.life).map(|one| {
        let (what, signers) = (then::remains(), then::signers(&found.record));
        Remains {
            what: language.say(what.sv, what.en),
            signers: language.say(signers.sv, signers.en),
            protocol: all.then(|| shell.href(&format!("/gallring/protokoll/{}", one.proposal))),
        }
    });
    let alone = attested::printed_alone(&found.record.verification);
    let Found { record, index, .. } = found;
    let say = |text: &Text| language.say(&text.sv, &text.en).clone();
    let about = |id: &String| match (alone.contains(id), remains.is_some()) {
        (true, _) => Some(say(&attested::not_a_signatures())),
        (false, true) => Some(say(&attested::stood())),
        (false, false) => None,
    };
    let preserved = matches!(retention.outcome, Outcome::Preserve { .. });
    let answer = Answer::of(&record.verification, language);
    let event = |one: &Happened| EventView {
        at: Moment::read(&one.at, language),
        what: say(&one.event.text()),
        found: match (&one.found, one.deed.as_ref().filter(|_| all).and_then(Deed::said)) {
            (Some(found), _) => of_then(found, language),
            (None, Some(said)) => say(&said),
            (None, None) => String::new(),
        },
        entry: moment::number(one.index.saturating_add(1)),
    };
    Page {
        id: record.id.clone(),
        title: say(&record.called()),
        kind: retained::kind(&record.record_type, &app.archive().schedule(), shell.language),
        diary_number: record.diary_number.as_deref().map(masked),
        organ: record.body.as_deref().map(masked),
        meeting: record.meeting_day().map(|day| moment::day(day, language)),
        transactions: record.transaction_ids.iter().map(|id| (masked(id), about(id))).collect(),
        sha256: record.verification.file.sha256.clone(),
        file: say(&called(&record.verification.file.name)),
        size: moment::size(record.verification.file.size, language),
        policy: format!("{} {}", record.verification.policy.name, record.verification.policy.version),
        registered: Moment::read(&record.verification.checked_at, language),
        entry: moment::number(index.saturating_add(1)),
        entries: moment::number(app.archive().ledger().size()),
        retention: say(&retention.reason),
        // That what is preserved is not disposed of has been said already.
        obstacle: retention.obstacle().filter(|_| !preserved && gone.is_none()).as_ref().map(say),
        found: of_then(&record.verification, language),
        gone: gone.as_ref().map(say),
        receipt: !unlinked && remains.is_none(),
        remains,
        minutes: record.verification.minutes.clone().filter(|minutes| minutes.kind == "minutes"),
        related: Vec::new(),
        acts,
        said: None,
        twice,
        viewed,
        reads_all: all,
        public: record.public,
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
