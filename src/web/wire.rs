//! Shapes that exist only in HTTP answers. A verification's own shape is `archive::encoding`.
//! INTERFACES section 3: camelCase, RFC 3339 in UTC. An inner rename never changes these.

use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Text;
use crate::archive::encoding::Verification;
use crate::archive::look_up::Found;
use crate::archive::look_up::Happened;
use crate::archive::record::KeptPiece;
use crate::archive::related::Related;
use crate::archive::retention::Answer;
use crate::archive::retention::Outcome;
use crate::archive::search::Hit;
use crate::archive::search::Matter;
use crate::web::caller::Caller;
use crate::web::since::Since;

/// A record as lists show it. / En handling som den visas i listor.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordSummary {
    /// 24 hex digits. / 24 hexadecimala siffror.
    #[schema(example = "8d1f0c2a4be69f7035d8a1c2")]
    pub(crate) id: String,
    /// Its place in the ledger, from 0. / Dess plats i loggen, från 0.
    pub(crate) index: u64,
    /// When it was registered, UTC. / När den registrerades, UTC.
    pub(crate) registered_at: String,
    /// The token that registered it; only for those who read everything. / Vem som registrerade; bara för behöriga.
    pub(crate) registered_by: Option<String>,
    /// For people. / För människor.
    pub(crate) title: Option<String>,
    /// A code of the retention schedule. / En kod i gallringsplanen.
    pub(crate) record_type: String,
    /// Diarienummer.
    #[schema(example = "KS 2026/123")]
    pub(crate) diary_number: Option<String>,
    /// The body it belongs to. / Organet.
    pub(crate) body: Option<String>,
    /// Whether anyone may look it up. / Om vem som helst får slå upp den.
    pub(crate) public: bool,
    /// The day of the meeting, local. / Sammanträdesdagen.
    pub(crate) meeting_date: Option<String>,
    /// The last signature's time, UTC. / Sista underskriftens tid, UTC.
    pub(crate) last_signed_at: Option<String>,
    /// As printed. / Som de står i handlingen.
    pub(crate) transaction_ids: Vec<String>,
    /// Of the document, hex. / Dokumentets kontrollsumma.
    pub(crate) sha256: String,
    /// Bytes. / Storlek i byte.
    pub(crate) size: u64,
    /// What was found when it was registered. / Svaret när den registrerades.
    #[schema(example = "valid")]
    pub(crate) verdict: String,
    /// The same in a sentence. / Samma sak i en mening.
    pub(crate) headline: Text,
    /// The matters that hold the words, where `text` was asked for. / Ärendena som har orden, när `text` frågats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) matters: Vec<MatterShape>,
    /// Where the rest is. / Var resten finns.
    pub(crate) links: Links,
}

/// A matter that holds words that were looked for. / Ett ärende som har orden.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Matter)]
pub(crate) struct MatterShape {
    /// The paragraph sign's number; none in notes. / Paragrafnummer.
    #[schema(example = 45)]
    pub(crate) number: Option<u32>,
    /// Its heading. / Rubriken.
    pub(crate) title: String,
    /// The decision that holds the words, else the first; shortened. / Beslutet som har orden, annars det första.
    pub(crate) snippet: Option<String>,
}

impl From<&Matter> for MatterShape {
    fn from(matter: &Matter) -> Self {
        let Matter { number, title, snippet } = matter.clone();
        Self { number, title, snippet }
    }
}

/// Where a record's parts are. / Var handlingens delar finns.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Links {
    /// Itself. / Handlingen själv.
    #[serde(rename = "self")]
    pub(crate) this: String,
    /// The bytes; need a token. / Filen; kräver nyckel.
    pub(crate) document: String,
    /// The offline receipt. / Kvittot.
    pub(crate) receipt: String,
    /// Until when and why. / Hur länge och varför.
    pub(crate) retention: String,
    /// What happened to it. / Vad som hänt.
    pub(crate) events: String,
    /// Verified once more, now. / Kontrollerad igen, nu.
    pub(crate) verification: String,
    /// The versions its file holds; needs a token. / Versionerna som filen rymmer; kräver nyckel.
    pub(crate) revisions: String,
    /// For people. / För människor.
    pub(crate) page: String,
}

/// A record with what verification found when it came in. / En handling med svaret från när den kom in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RecordDetail {
    /// As in lists. / Som i listor.
    #[serde(flatten)]
    pub(crate) summary: RecordSummary,
    /// Written once, committed to in the ledger. / Skrivs en gång, bunden i loggen.
    pub(crate) verification: Verification,
    /// Records that name the same transaction ids. / Handlingar med samma Transaktions-ID.
    pub(crate) related: Vec<RelatedShape>,
    /// The evidence kept with it, read at `/evidence/{sha256}`; only for those who read everything. / Bevisen som sparats
    /// med den; bara för behöriga.
    pub(crate) evidence: Vec<KeptPiece>,
    /// What has become of it. / Vad som har hänt med den.
    #[serde(flatten)]
    pub(crate) since: Since,
}

/// A record that belongs to another by a transaction id. / En handling som hör ihop med en annan genom ett Transaktions-ID.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Related)]
pub(crate) struct RelatedShape {
    /// The record. / Handlingen.
    #[schema(example = "8d1f0c2a4be69f7035d8a1c2")]
    pub(crate) id: String,
    /// For people. / För människor.
    pub(crate) title: Option<String>,
    /// `original` (this one claims to be a copy of it), `copy` (it claims to be a copy of this one), `same-transaction`.
    #[schema(example = "original")]
    pub(crate) kind: &'static str,
    /// How many ids both name. / Antal gemensamma Transaktions-ID.
    pub(crate) shared_transaction_ids: usize,
    /// What that means and is worth. / Vad det betyder och är värt.
    pub(crate) text: Text,
    /// The record's address. / Handlingens adress.
    pub(crate) link: String,
}

impl From<&Related> for RelatedShape {
    fn from(one: &Related) -> Self {
        let record = &one.found.record;
        Self {
            id: record.id.clone(),
            title: record.title.clone(),
            kind: one.kinship.name(),
            shared_transaction_ids: one.shared,
            text: (&one.kinship.words()).into(),
            link: format!("/api/v1/records/{}", record.id),
        }
    }
}

/// A page of records. / En sida handlingar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RecordList {
    /// How many there are in all. / Hur många som finns.
    pub(crate) total: u64,
    /// Whether all were looked through: if not, `total` counts the newest of them. / Om alla gåtts igenom.
    #[schema(example = true)]
    pub(crate) whole: bool,
    /// As asked. / Som frågat.
    pub(crate) limit: usize,
    /// As asked. / Som frågat.
    pub(crate) offset: usize,
    /// Newest first, or in the look-up's order. / Nyaste först.
    pub(crate) items: Vec<RecordSummary>,
}

/// What a transaction id belongs to. / Vad ett Transaktions-ID hör till.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    /// As asked, without label. / Som frågat, utan rubrik.
    #[schema(example = "41c226cf-4468-491a-bafd-389e9b0451b4")]
    pub(crate) transaction_id: String,
    /// Whether a record that it stands in holds. / Om någon handling där det står håller.
    pub(crate) holds: bool,
    /// How many records. / Antal handlingar.
    pub(crate) total: usize,
    /// One transaction may sign several files. / Ett ID kan gälla flera filer.
    pub(crate) records: Vec<TransactionRecord>,
}

/// A record that a transaction id stands in. / En handling där ID:t står.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TransactionRecord {
    /// The record. / Handlingen.
    #[serde(flatten)]
    pub(crate) summary: RecordSummary,
    /// Whether it was `valid` when it was registered, and a signature in it stands behind the id. / Om den var giltig när den
    /// registrerades och en underskrift i den står bakom ID:t.
    pub(crate) holds: bool,
    /// Where in it the id stands. / Var i den ID:t står.
    pub(crate) mentions: Vec<Mention>,
}

/// A place where a transaction id stands. / En plats där ID:t står.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mention {
    /// The signer it is written with. / Undertecknaren.
    pub(crate) name: Option<String>,
    /// As stated there. / Som det står där.
    pub(crate) signed_at: Option<String>,
    /// `certificate` or `signature-page`.
    pub(crate) source: &'static str,
    /// `A`, `B`, `C` or `D`: how well that is evidenced. / Hur väl det är styrkt.
    pub(crate) evidence: String,
    /// Whether a certificate in the file bears the name; else it is only printed. / Om ett certifikat i filen bär namnet; annars
    /// står det bara tryckt.
    pub(crate) confirmed: bool,
}

/// Until when a record must be kept, and why. / Hur länge handlingen måste sparas och varför.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Retention {
    /// The record. / Handlingen.
    pub(crate) record_id: String,
    /// `bevaras`, `gallras`, `gallras-vid-inaktualitet`, `utredning`.
    #[schema(example = "bevaras")]
    pub(crate) outcome: &'static str,
    /// The last day it must be kept; null is without end. / Sista dagen; null är utan slut.
    pub(crate) until: Option<String>,
    /// The first day it may go to the long-term archive. / Första dag för leverans till e-arkiv.
    pub(crate) deliver_from: Option<String>,
    /// In a sentence. / I en mening.
    pub(crate) reason: Text,
    /// Why nothing may be disposed of, where that is so. / Varför inget får gallras.
    pub(crate) obstacle: Option<Text>,
    /// The rule. / Regeln.
    pub(crate) rule_id: Option<String>,
    /// The schedule's version. / Planens version.
    pub(crate) schedule_version: String,
    /// The document plan. / Dokumenthanteringsplanen.
    pub(crate) plan: Option<String>,
    /// The decision. / Beslutet.
    pub(crate) decision: Option<String>,
    /// The decision's day. / Beslutsdag.
    pub(crate) decided: Option<String>,
    /// Whether a decision stands behind it. / Om ett beslut ligger bakom.
    pub(crate) adopted: bool,
}

/// What happened to a record. / Vad som hänt med handlingen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Events {
    /// How many. / Antal.
    pub(crate) total: usize,
    /// Oldest first. / Äldst först.
    pub(crate) items: Vec<EventShape>,
}

/// One thing that happened. / En händelse.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventShape {
    /// `registered`, `evidence-added`, `held`, `disposal-decided` …
    #[schema(example = "registered")]
    pub(crate) event: &'static str,
    /// The same in words. / Detsamma i ord.
    pub(crate) title: Text,
    /// UTC.
    pub(crate) at: String,
    /// The token; only for those who read everything. / Nyckeln; bara för behöriga.
    pub(crate) actor: Option<String>,
    /// The ledger index. / Postens nummer i loggen.
    pub(crate) index: u64,
    /// What verification found then, where it is about that: `valid`, `altered` … / Svaret vid kontrollen då.
    #[schema(example = "valid")]
    pub(crate) verdict: Option<String>,
    /// The same in a sentence. / Detsamma i en mening.
    pub(crate) headline: Option<Text>,
    /// What was done, in a sentence; only for those who read everything. / Vad som gjordes; bara för behöriga.
    pub(crate) detail: Option<Text>,
    /// The evidence that came with it; only for those who read everything. / Bevisen som kom då; bara för behöriga.
    pub(crate) evidence: Vec<KeptPiece>,
}

/// Which program answers. / Vilket program som svarar.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Program {
    /// Its name. / Dess namn.
    #[schema(example = "sigill")]
    pub(crate) name: &'static str,
    /// Its version. / Dess version.
    #[schema(example = "0.1.0")]
    pub(crate) version: &'static str,
    /// The newest archives that it reads. / De nyaste arkiv som det läser.
    #[schema(example = 2)]
    pub(crate) data_version: u32,
}

/// The state of the service. / Tjänstens läge.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` or `failed`.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
    /// Each by its name. / Var för sig.
    pub(crate) checks: Vec<Check>,
}

/// One thing looked at. / En sak som kontrollerats.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `ledger`, `catalogue`, `documents`, `trust`.
    #[schema(example = "ledger")]
    pub(crate) id: &'static str,
    /// `ok`, `warning`, `failed`.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
    /// What is the matter, what to do. / Vad som är fel, vad man gör.
    pub(crate) hint: Option<Text>,
}

/// About the interface, as the national REST profile asks. / Om gränssnittet, enligt DIGG:s REST API-profil.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiInfo {
    /// `sigill`.
    #[schema(example = "sigill")]
    pub(crate) api_name: &'static str,
    /// Of the interface. / Gränssnittets version.
    #[schema(example = "1.0.0")]
    pub(crate) api_version: &'static str,
    /// The day that version appeared. / Dagen då den kom.
    #[schema(example = "2026-11-22")]
    pub(crate) api_released: &'static str,
    /// The OpenAPI description. / Beskrivningen.
    pub(crate) api_documentation: String,
    /// `active`.
    #[schema(example = "active")]
    pub(crate) api_status: &'static str,
    /// The program's version. / Programmets version.
    pub(crate) software_version: &'static str,
    /// The body that keeps the archive. / Myndigheten.
    pub(crate) organisation: Option<String>,
    /// The ledger's name. / Loggens namn.
    pub(crate) origin: String,
    /// The ledger's public key (vkey). / Loggens publika nyckel.
    pub(crate) vkey: String,
}

impl RecordSummary {
    /// A record as a caller may see it.
    pub(crate) fn of(found: &Found, caller: &Caller) -> Self {
        let Found { record, index, .. } = found;
        let this = format!("/api/v1/records/{}", record.id);
        let part = |part: &str| format!("{this}/{part}");
        Self {
            id: record.id.clone(),
            index: *index,
            registered_at: record.registered_at.clone(),
            registered_by: caller.reads_all().then(|| record.registered_by.clone()),
            title: record.title.clone(),
            record_type: record.record_type.clone(),
            diary_number: record.diary_number.clone(),
            body: record.body.clone(),
            public: record.public,
            meeting_date: record.meeting_date.clone(),
            last_signed_at: record.last_signed_at.clone(),
            transaction_ids: record.transaction_ids.clone(),
            sha256: record.verification.file.sha256.clone(),
            size: record.verification.file.size,
            verdict: record.verification.verdict.clone(),
            headline: record.verification.headline.clone(),
            matters: Vec::new(),
            links: Links {
                document: part("document"),
                receipt: part("receipt"),
                retention: part("retention"),
                events: part("events"),
                verification: part("verification"),
                revisions: part("revisions"),
                page: format!("/handling/{}", record.id),
                this,
            },
        }
    }
}

impl RecordSummary {
    /// A record with the matters that hold the words asked for.
    pub(crate) fn of_hit(hit: &Hit, caller: &Caller) -> Self {
        Self { matters: hit.matters.iter().map(MatterShape::from).collect(), ..Self::of(&hit.found, caller) }
    }
}

impl RecordDetail {
    /// A record as a caller may see it.
    pub(crate) fn of(found: &Found, related: &[Related], caller: &Caller) -> Self {
        let evidence = if caller.reads_all() { found.record.evidence.clone() } else { Vec::new() };
        Self {
            summary: RecordSummary::of(found, caller),
            verification: found.record.verification.clone(),
            related: related.iter().map(RelatedShape::from).collect(),
            evidence,
            since: Since::of(&found.record.id, &found.life, caller),
        }
    }
}

impl Retention {
    /// An answer of the schedule.
    pub(crate) fn of(record: &str, answer: &Answer) -> Self {
        let basis = answer.basis.as_ref();
        Self {
            record_id: record.to_owned(),
            outcome: outcome(answer.outcome),
            until: answer.until.map(|day| day.to_string()),
            deliver_from: answer.deliver_from.map(|day| day.to_string()),
            reason: (&answer.reason).into(),
            obstacle: answer.obstacle().as_ref().map(Text::from),
            rule_id: answer.rule_id.clone(),
            schedule_version: answer.schedule_version.clone(),
            plan: basis.map(|basis| basis.plan.clone()),
            decision: basis.and_then(|basis| basis.decision.clone()),
            decided: basis.and_then(|basis| basis.date).map(|day| day.to_string()),
            adopted: answer.adopted,
        }
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Preserve { .. } => "bevaras",
        Outcome::Dispose { .. } => "gallras",
        Outcome::DisposeWhenObsolete => "gallras-vid-inaktualitet",
        Outcome::Investigate => "utredning",
    }
}

impl Events {
    /// Events as a caller may see them.
    pub(crate) fn of(happened: Vec<Happened>, caller: &Caller) -> Self {
        let event = |one: Happened| EventShape {
            event: one.event.name(),
            title: (&one.event.text()).into(),
            at: one.at,
            actor: caller.reads_all().then_some(one.actor),
            index: one.index,
            detail: one.deed.filter(|_| caller.reads_all()).and_then(|deed| deed.said()).as_ref().map(Text::from),
            headline: one.found.as_ref().map(|found| found.headline.clone()),
            verdict: one.found.map(|found| found.verdict),
            evidence: if caller.reads_all() { one.evidence } else { Vec::new() },
        };
        let items: Vec<EventShape> = happened.into_iter().map(event).collect();
        Self { total: items.len(), items }
    }
}
