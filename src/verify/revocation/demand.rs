//! What the policy demands of a path's revocation data, at the time that is proven. XC-8 to XC-12 and XC-14.

use jiff::Timestamp;

use crate::format::authn::AuthnContexts;
use crate::format::crl;
use crate::format::x509::Certificate;
use crate::verify::budget::Exhausted;
use crate::verify::budget::Meter;
use crate::verify::indication::SubIndication;
use crate::verify::path::TrustedPath;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::policy::RevocationRule;
use crate::verify::revocation::Context;
use crate::verify::revocation::Datum;
use crate::verify::revocation::Says;
use crate::verify::revocation::data;
use crate::verify::revocation::fresh;
use crate::verify::revocation::question::reaches_back;
use crate::verify::text::Finding;
use crate::verify::wording;

/// Receipt: nothing at hand says that a certificate of the path was revoked when it mattered, and the policy's demand
/// for data is met.
#[derive(Clone, Debug)]
pub struct NotRevoked {
    limitations: Vec<Finding>,
}

impl NotRevoked {
    /// What was not looked at, and why the policy lets it pass. Always shown.
    pub fn limitations(&self) -> &[Finding] {
        &self.limitations
    }
}

/// What acceptable data says about one certificate.
enum Status {
    /// No acceptable data.
    Silent,
    /// Good by data that is fresh at the moment in question, or issued after it.
    Good,
    /// Good by data that had run out, or was issued, before the moment in question.
    LastKnownGood,
    /// Revoked since then.
    Revoked(Withdrawn),
}

#[derive(Clone, Copy)]
struct Withdrawn {
    since: Timestamp,
    reason: crl::Reason,
}

/// Judges every certificate of the path below its anchor. `existed`: when the signature is proven to have existed;
/// `context.now` where nothing proves it.
///
/// # Errors
/// `REVOKED_NO_POE`, `REVOKED_CA_NO_POE`; `CERTIFICATE_CHAIN_GENERAL_FAILURE` or `TRY_LATER` where data that the policy
/// demands is missing or stale.
pub fn judge(
    path: &TrustedPath,
    context: &Context<'_>,
    existed: Timestamp,
    meter: &mut Meter,
) -> Result<NotRevoked, (SubIndication, Finding)> {
    let mut limitations = Vec::new();
    let unproven = existed == context.now;
    for (place, (certificate, _)) in path.links().enumerate() {
        if certificate.extensions.no_rev_avail() {
            limitations.push(no_data_ever());
            continue;
        }
        let leaf = place == 0;
        let policy = context.policy;
        // What could not be looked at any more may have been the revocation.
        let limit_met = |_: Exhausted| (SubIndication::CertificateChainGeneralFailure, wording::limit_met());
        let data = data(path, place, context, meter).map_err(limit_met)?;
        match status(data, policy, existed, unproven) {
            Status::Revoked(withdrawn) if withdrawn.matters(existed, unproven) => return Err(revoked(leaf, withdrawn)),
            Status::Good => {}
            Status::Revoked(_) => limitations.push(revoked_later()),
            Status::LastKnownGood if exempt(policy, certificate, leaf) => limitations.push(last_known()),
            Status::LastKnownGood => return Err((SubIndication::TryLater, wording::reason(SubIndication::TryLater))),
            Status::Silent if exempt(policy, certificate, leaf) => limitations.push(not_checked(leaf)),
            Status::Silent => return Err(no_data()),
        }
    }
    limitations.dedup();
    Ok(NotRevoked { limitations })
}

/// Whether the policy lets a certificate pass without (fresh) data: a signing service's single-use key, or a CA.
fn exempt(policy: &Policy, certificate: &Certificate, leaf: bool) -> bool {
    match policy.revocation {
        RevocationRule::Required => false,
        RevocationRule::SingleUseKeysExempt => !leaf || attests_authentication(certificate),
        RevocationRule::IfAvailable => true,
    }
}

/// Whether the certificate's AuthnContext says how the signer was authenticated for this signature. An extension that
/// cannot be read, or is about something else, says nothing of a key that was used only once.
fn attests_authentication(certificate: &Certificate) -> bool {
    let contexts = certificate.authn_contexts().map(AuthnContexts::read);
    contexts.is_some_and(|read| read.is_ok_and(|contexts| contexts.saml().is_some()))
}

impl Withdrawn {
    fn told_by(datum: &Datum) -> Option<Self> {
        match datum.says {
            Says::Good => None,
            Says::Revoked { since, reason, invalid_since } => {
                Some(Self { since: invalid_since.map_or(since, |invalid| invalid.min(since)), reason })
            }
        }
    }

    /// INV-2: a revocation after the proven time does not matter, unless the key may have been in other hands before.
    /// An unspecified reason after a proven time is what ordinary services give; only a compromise reaches back.
    fn matters(self, existed: Timestamp, unproven: bool) -> bool {
        unproven || self.since <= existed || reaches_back(self.reason)
    }
}

/// The newest acceptable answer; a revocation wins over every other (VALIDATION 9.4).
fn status(mut data: Vec<Datum>, policy: &Policy, existed: Timestamp, unproven: bool) -> Status {
    // XC-14: what rests on something weak is not believed when it says good.
    let reliable = |used: &Mechanism| policy.reliable(*used).at(existed);
    data.retain(|datum| datum.says != Says::Good || datum.mechanisms.iter().all(reliable));
    // Of several revocations the one that matters decides, whichever came first.
    let withdrawn = data.iter().filter_map(Withdrawn::told_by);
    if let Some(withdrawn) = withdrawn.min_by_key(|found| (!found.matters(existed, unproven), found.since)) {
        return Status::Revoked(withdrawn);
    }
    match data.first() {
        None => Status::Silent,
        Some(newest) if fresh(newest, existed) || newest.issued >= existed => Status::Good,
        Some(_) => Status::LastKnownGood,
    }
}

fn revoked(leaf: bool, withdrawn: Withdrawn) -> (SubIndication, Finding) {
    let sub = if leaf { SubIndication::RevokedNoPoe } else { SubIndication::RevokedCaNoPoe };
    let since = withdrawn.since;
    let finding = Finding::new(
        sub.name(),
        format!("Certifikatet spärrades {since} och vi kan inte visa att underskriften gjordes före spärren."),
        format!("The certificate was revoked at {since}, and nothing shows that the signature was made before that."),
    );
    (sub, finding)
}

fn revoked_later() -> Finding {
    Finding::new(
        "REVOKED_AFTER_SIGNING",
        "Certifikatet spärrades senare. Tidsstämpeln visar att underskriften gjordes före spärren.",
        "The certificate was revoked later. The timestamp shows that the signature was made before that.",
    )
}

fn no_data() -> (SubIndication, Finding) {
    let finding = Finding::new(
        "XC-8",
        "Spärruppgifter för certifikatet saknas, och policyn kräver dem.",
        "Revocation data for the certificate is missing, and the policy demands it.",
    );
    (SubIndication::CertificateChainGeneralFailure, finding)
}

fn not_checked(leaf: bool) -> Finding {
    match leaf {
        true => Finding::new(
            "REVOCATION_NOT_CHECKED",
            "Spärrkontroll har inte gjorts: filen saknar spärruppgifter. Policyn godtar det för certifikat vars nyckel \
             underskriftstjänsten använt en enda gång.",
            "Revocation was not checked: the file holds no revocation data. The policy accepts that for certificates \
             whose key the signing service used only once.",
        ),
        false => Finding::new(
            "CA_REVOCATION_NOT_CHECKED",
            "Spärrkontroll av utfärdarens certifikat har inte gjorts: filen saknar spärruppgifter.",
            "Revocation of the issuer's certificate was not checked: the file holds no revocation data.",
        ),
    }
}

fn last_known() -> Finding {
    Finding::new(
        "REVOCATION_LAST_KNOWN_GOOD",
        "Spärruppgifterna i filen är äldre än kontrollen; senast kända läge var utan spärr.",
        "The revocation data in the file is older than the check; the last known state was not revoked.",
    )
}

fn no_data_ever() -> Finding {
    Finding::new(
        "NO_REV_AVAIL",
        "Utfärdaren lämnar inga spärruppgifter för detta certifikat.",
        "The issuer gives no revocation data for this certificate.",
    )
}
