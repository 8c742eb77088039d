//! What has become of a record since it was registered, as HTTP answers show it. INTERFACES section 3: camelCase, UTC.
//! Reasons and names are for those who read everything; that a record is on hold or gone is not.

use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::act::Disposal;
use crate::archive::encoding::Text;
use crate::archive::life::Hold;
use crate::archive::life::Life;
use crate::archive::life::Stage;
use crate::web::caller::Caller;

/// What has become of a record. / Vad som har hänt med handlingen.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Since {
    /// Whether its disposal is stopped. / Om den har gallringsstopp.
    pub(crate) on_hold: bool,
    /// The holds; only for those who read everything. / Gallringsstoppen; bara för behöriga.
    pub(crate) holds: Vec<HoldShape>,
    /// Its disposal, once it is decided. / Gallringen, när den är beslutad.
    pub(crate) disposal: Option<DisposalShape>,
    /// The path of its document; null where it is not given out. / Dokumentets sökväg; null om det inte lämnas ut.
    pub(crate) document: Option<String>,
    /// The answer of the newest verification, where it was verified again. / Senaste svaret.
    pub(crate) verified_again: Option<Again>,
    /// Copies and statements that were made of it. / Kopior och kontrollintyg.
    pub(crate) copies: Vec<CopyShape>,
    /// Packages in which it was delivered. / Leveranser.
    pub(crate) deliveries: Vec<DeliveryShape>,
    /// Records it was linked to. / Handlingar den är kopplad till.
    pub(crate) linked: Vec<Link>,
}

/// A hold. / Ett gallringsstopp.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldShape {
    /// Its name. / Dess namn.
    #[schema(example = "9f2c41d0")]
    pub(crate) id: String,
    /// Why. / Varför.
    pub(crate) reason: String,
    /// Whom to ask. / Vem man frågar.
    pub(crate) contact: Option<String>,
    /// Who placed it. / Vem som satte det.
    pub(crate) by: String,
    /// UTC.
    pub(crate) at: String,
}

/// A disposal. / En gallring.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Disposal)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DisposalShape {
    /// The decision's number. / Beslutets nummer.
    #[schema(example = "KS 2031/44")]
    pub(crate) decision: String,
    /// The proposal, which names the protocol. / Förslaget, som protokollet heter efter.
    pub(crate) proposal: String,
    /// The rule. / Regeln.
    pub(crate) rule: String,
    /// The schedule's version. / Planens version.
    pub(crate) schedule_version: String,
    /// UTC.
    pub(crate) decided_at: String,
    /// Until when it can be undone, UTC. / Till när det kan ångras.
    pub(crate) undo_until: String,
    /// When it was carried out, UTC; null until then. / När det verkställdes.
    pub(crate) carried_out_at: Option<String>,
}

/// The answer of a later verification. / Ett senare svar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Again {
    /// UTC.
    pub(crate) at: String,
    /// As in a verification. / Som i en kontroll.
    #[schema(example = "valid")]
    pub(crate) verdict: String,
    /// The same in a sentence. / Detsamma i en mening.
    pub(crate) headline: Text,
}

/// A copy or a statement. / En kopia eller ett kontrollintyg.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Copy)]
pub(crate) struct CopyShape {
    /// Hex.
    pub(crate) sha256: String,
    /// What it is for; null where it is a statement. / Vad den är till för; null om det är ett kontrollintyg.
    pub(crate) purpose: Option<String>,
    /// UTC.
    pub(crate) at: String,
}

/// A delivery. / En leverans.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryShape {
    /// SHA-256 of the package, hex. / Paketets kontrollsumma.
    pub(crate) package: String,
    /// To whom. / Till vem.
    pub(crate) recipient: String,
    /// UTC.
    pub(crate) at: String,
    /// When the recipient acknowledged it, UTC. / När mottagaren kvitterade.
    pub(crate) received_at: Option<String>,
}

/// A link to another record. / En koppling till en annan handling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    /// The other record. / Den andra handlingen.
    pub(crate) record: String,
    /// How they belong together. / Hur de hör ihop.
    pub(crate) relation: String,
}

impl Since {
    /// A record's life as a caller may see it.
    pub(crate) fn of(id: &str, life: &Life, caller: &Caller) -> Self {
        let all = caller.reads_all();
        let closed = life.disposal().is_some();
        let again = |(at, found): &(String, crate::archive::encoding::Verification)| Again {
            at: at.clone(),
            verdict: found.verdict.clone(),
            headline: found.headline.clone(),
        };
        Self {
            on_hold: !life.holds.is_empty(),
            holds: if all { life.holds.iter().map(HoldShape::of).collect() } else { Vec::new() },
            disposal: match &life.disposal {
                Some(Stage::Decided(disposal) | Stage::Done(disposal)) => Some(DisposalShape::of(disposal)),
                Some(Stage::Proposed(_)) | None => None,
            },
            document: (!closed).then(|| format!("/api/v1/records/{id}/document")),
            verified_again: life.verified_again.as_ref().map(again),
            copies: life
                .copies
                .iter()
                .map(|one| CopyShape { sha256: one.sha256.clone(), purpose: one.purpose.clone(), at: one.at.clone() })
                .collect(),
            deliveries: life
                .deliveries
                .iter()
                .map(|one| DeliveryShape {
                    package: one.package.clone(),
                    recipient: one.recipient.clone(),
                    at: one.at.clone(),
                    received_at: one.received_at.clone(),
                })
                .collect(),
            linked: if all {
                let link =
                    |(record, relation): &(String, String)| Link { record: record.clone(), relation: relation.clone() };
                life.links.iter().map(link).collect()
            } else {
                Vec::new()
            },
        }
    }
}

impl HoldShape {
    /// A hold.
    pub(crate) fn of(hold: &Hold) -> Self {
        let Hold { name, reason, contact, by, at } = hold.clone();
        Self { id: name, reason, contact, by, at }
    }
}

impl DisposalShape {
    /// A disposal.
    pub(crate) fn of(disposal: &Disposal) -> Self {
        let one = disposal.clone();
        Self {
            decision: one.decision,
            proposal: one.proposal,
            rule: one.rule,
            schedule_version: one.schedule_version,
            decided_at: one.decided_at,
            undo_until: one.not_before,
            carried_out_at: one.carried_out_at,
        }
    }
}
