//! The look-up by Transaktions-ID: what it belongs to, and whether that holds. INTERFACES section 3.

use axum::Json;
use axum::extract::Path;
use axum::extract::State;

use crate::archive::attested;
use crate::archive::catalogue::Query;
use crate::archive::encoding::Verification;
use crate::archive::look_up::Found;
use crate::format::minutes::transaction::TransactionId;
use crate::web::api::answer::Absent;
use crate::web::api::answer::Refusals;
use crate::web::api::query;
use crate::web::api::records;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::state::App;
use crate::web::wire::Mention;
use crate::web::wire::RecordSummary;
use crate::web::wire::Transaction;
use crate::web::wire::TransactionRecord;

/// The verdict that says that everything holds.
const VALID: &str = "valid";

/// What a transaction id belongs to, and whether it holds.
///
/// A transaction id that stands only in text proves nothing by itself: `evidence` says how each mention is protected.
///
/// **På svenska:** Vad ett Transaktions-ID hör till och om det håller. Ett ID som bara står som text bevisar inget i sig:
/// `evidence` säger hur varje uppgift är skyddad.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{transactionId}",
    tag = "transactions",
    params(("transactionId" = String, Path,
            description = "Any case, with or without hyphens. / Hur det än är skrivet.",
            example = "41c226cf-4468-491a-bafd-389e9b0451b4")),
    security((), ("token" = [])),
    responses((status = 200, description = "What it belongs to. / Vad det hör till.", body = Transaction), Refusals, Absent)
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(asked): Path<String>,
) -> Result<Json<Transaction>, Problem> {
    let id = query::transaction(&asked)?;
    let (meanings, seen) = (vec![vec![Query::Transaction(id.clone())]], caller.clone());
    let found = app.ask(move |archive| records::matching(archive, &meanings, &seen)).await?;
    if found.is_empty() {
        return Err(Problem::new(
            Kind::NotFound,
            "Vi hittar ingen handling med det Transaktions-ID:t, eller så kräver den behörighet.",
            "We find no record with that transaction id, or it needs a token.",
        ));
    }
    let records: Vec<TransactionRecord> = found.iter().map(|found| record(found, &caller, &id)).collect();
    Ok(Json(Transaction {
        transaction_id: id.literal().to_owned(),
        holds: records.iter().any(|record| record.holds),
        total: records.len(),
        records,
    }))
}

fn record(found: &Found, caller: &Caller, id: &TransactionId) -> TransactionRecord {
    let verification = &found.record.verification;
    let mentions = mentions(verification, id);
    // An id that no signature in the file stands behind is not held by the signatures of others.
    let holds = verification.verdict == VALID && mentions.iter().any(|mention| mention.confirmed);
    TransactionRecord { summary: RecordSummary::of(found, caller), holds, mentions }
}

/// Where in a verification a transaction id stands.
fn mentions(verification: &Verification, id: &TransactionId) -> Vec<Mention> {
    let is_it = |text: &Option<String>| {
        let other = text.as_deref().and_then(|text| TransactionId::parse(text).ok());
        other.is_some_and(|other| other.key() == id.key())
    };
    let attested = verification.signatures.iter().filter_map(|signature| signature.signer.as_ref());
    let attested = attested.filter_map(|signer| {
        let identification = signer.identification.as_ref().filter(|found| is_it(&found.transaction_id))?;
        Some(Mention {
            name: signer.name.clone(),
            signed_at: identification.authenticated_at.clone(),
            source: "certificate",
            evidence: signer.evidence.clone(),
            confirmed: true,
        })
    });
    let printed = verification.signature_page.iter().flat_map(|page| &page.entries).enumerate();
    let printed = printed.filter(|(_, entry)| is_it(&entry.transaction_id)).map(|(place, entry)| Mention {
        name: entry.name.clone(),
        signed_at: entry.signed_at.clone(),
        source: "signature-page",
        evidence: entry.evidence.clone(),
        confirmed: attested::is_confirmed(verification, place),
    });
    attested.chain(printed).collect()
}
