//! A verification as it is answered over HTTP: the object of INTERFACES 2, with what a person asks next beside it.
//! USERS 8 (2, 3, 10). What is stored with a record is the object alone.

use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::encoding::Text;
use crate::archive::encoding::Verification;

/// The evidence level of what stands in text that nothing protects.
const TEXT_ALONE: &str = "D";
/// The verdict that is no verdict on the signature.
const INDETERMINATE: &str = "indeterminate";

/// The answer about one document. / Svaret om en handling.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    /// The object `sigill.verification/1`. / Objektet `sigill.verification/1`.
    #[serde(flatten)]
    pub(crate) verification: Verification,
    /// Why the answer is what it is; null where all holds. / Varför svaret är som det är; null om allt håller.
    reason: Option<Text>,
    /// What to do. / Vad man gör.
    next_step: Text,
    /// The versions that somebody signed, oldest first. / Versionerna som någon skrev under, äldst först.
    signed_revisions: Vec<SignedRevision>,
    /// Signings that are only told of in text. / Underskrifter som det bara står om i text.
    text_mentions: Vec<TextMention>,
}

/// A version that was signed. / En version som skrevs under.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedRevision {
    /// Counted from 0, the oldest. / Räknad från 0, den äldsta.
    revision: usize,
    /// The signature fields that it signs. / Underskriftsfälten.
    fields: Vec<String>,
    /// Its length: the file's first so many bytes. / Längden: så många av filens första byte.
    size: usize,
    /// The same file sent here as `POST` is answered with this version. / Skickas filen hit med `POST` svaras med versionen.
    #[schema(example = "/api/v1/signed-revisions/0")]
    href: String,
}

/// A signing that stands in text that nothing protects. / En underskrift som står i text som inget skyddar.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TextMention {
    /// As printed. / Som det står.
    name: Option<String>,
    /// As printed. / Som det står.
    signed_at: Option<String>,
    /// As printed. / Som det står.
    transaction_id: Option<String>,
    /// Always `D`. / Alltid `D`.
    #[schema(example = "D")]
    evidence: String,
}

impl From<Verification> for Answered {
    fn from(verification: Verification) -> Self {
        let of_signature = |author: &str| author != "unknown";
        let signed = verification.revisions.iter().filter(|one| !one.fields.is_empty() && of_signature(&one.author));
        let signed = signed.map(|one| SignedRevision {
            revision: one.revision,
            fields: one.fields.clone(),
            size: one.end,
            href: format!("/api/v1/signed-revisions/{}", one.revision),
        });
        let printed = verification.signature_page.iter().flat_map(|page| &page.entries);
        let printed = printed.filter(|entry| entry.evidence == TEXT_ALONE).map(|entry| TextMention {
            name: entry.name.clone(),
            signed_at: entry.signed_at.clone(),
            transaction_id: entry.transaction_id.clone(),
            evidence: entry.evidence.clone(),
        });
        Self {
            reason: reason(&verification),
            next_step: verification.advice.clone(),
            signed_revisions: signed.collect(),
            text_mentions: printed.collect(),
            verification,
        }
    }
}

/// The decisive reason of the first signature that does not hold, after the headline.
fn reason(verification: &Verification) -> Option<Text> {
    if verification.verdict == "valid" {
        return None;
    }
    let failing = verification.signatures.iter().find(|one| !one.indication.ends_with("PASSED"));
    let found = failing.and_then(|one| one.reasons.first());
    let mut sv = vec![verification.headline.sv.trim_end_matches('.').to_owned()];
    let mut en = vec![verification.headline.en.trim_end_matches('.').to_owned()];
    if let Some(found) = found {
        sv.push(found.sv.trim_end_matches('.').to_owned());
        en.push(found.en.trim_end_matches('.').to_owned());
    }
    if verification.verdict == INDETERMINATE {
        sv.push("Det betyder inte att underskriften är falsk".to_owned());
        en.push("That does not mean that the signature is false".to_owned());
    }
    Some(Text { sv: format!("{}.", sv.join(". ")), en: format!("{}.", en.join(". ")) })
}
