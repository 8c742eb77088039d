//! The sum over one signature: the first failure decides, and only all receipts together make a pass.
//! VALIDATION 3, 4.10 and 11; the shape is INTERFACES section 2.

use super::Case;
use super::Judged;
use super::Stage;
use crate::format::pdf::SignatureField;
use crate::verify::changes::Change;
use crate::verify::changes::ChangeLevel;
use crate::verify::facts;
use crate::verify::indication::Indication;
use crate::verify::indication::SubIndication;
use crate::verify::profile::SubFilter;
use crate::verify::report::CertificateFacts;
use crate::verify::report::Claims;
use crate::verify::report::Kind;
use crate::verify::report::Level;
use crate::verify::report::Signature;
use crate::verify::report::Times;
use crate::verify::signer::EvidenceLevel;
use crate::verify::signer::Signer;
use crate::verify::text::Finding;
use crate::verify::wording;

impl Case<'_, '_, '_> {
    /// The sum. Without every receipt there is no pass, whichever way the checks went.
    pub(super) fn answer(mut self, level: ChangeLevel, changes: Vec<Change>) -> Judged {
        self.decide();
        let timestamp = self.kind == SubFilter::Timestamp;
        let earned = if timestamp {
            self.proof.is_some() && self.receipts.unchanged.is_some()
        } else {
            self.receipts.complete()
        };
        if self.failures.is_empty() && !earned {
            let sub = SubIndication::CertificateChainGeneralFailure;
            self.fail(Stage::Acceptance, sub, Finding { code: "INV-6", text: wording::cause(sub) });
        }
        self.whose();
        self.failures.sort_by_key(|(stage, sub, _)| (*stage, std::cmp::Reverse(sub.indication())));
        let sub_indication = self.failures.first().map(|(_, sub, _)| *sub);
        let indication = sub_indication.map_or(Indication::Passed, SubIndication::indication);
        let revision = self.field.range.as_ref().map(|range| range.revision());
        let proof = self.proof.clone().filter(|_| timestamp && indication == Indication::Passed);
        // What is wrong for good is not settled by fetching.
        let missing = if indication == Indication::Failed { Vec::new() } else { std::mem::take(&mut self.missing) };
        Judged {
            altered: self.altered,
            missing,
            proof: revision.zip(proof),
            signature: self.signature(indication, sub_indication, level, changes),
        }
    }

    /// A change after signing is told with the signer whose signature came before it.
    fn whose(&mut self) {
        let name = self.certificate.as_ref().map(Signer::of).and_then(|signer| signer.name);
        let Some(name) = name.filter(|_| self.kind != SubFilter::Timestamp) else { return };
        for (_, _, finding) in self.failures.iter_mut().filter(|(_, _, one)| one.code == "CHANGED_AFTER_SIGNING") {
            finding.text.sv.push_str(&format!(", efter att {name} hade skrivit under"));
            finding.text.en.push_str(&format!(", after {name} had signed"));
        }
    }

    /// What only warns by default decides where the policy says so: strictness is data.
    fn decide(&mut self) {
        let policy = self.scene.known.policy;
        let decisive = |warning: &Finding| policy.decides(warning.code);
        let (deciding, noticed): (Vec<Finding>, Vec<Finding>) =
            std::mem::take(&mut self.warnings).into_iter().partition(|warning| decisive(warning).is_some());
        self.warnings = noticed;
        for finding in deciding {
            let sub = decisive(&finding).unwrap_or(SubIndication::SigConstraintsFailure);
            let stage = if sub == SubIndication::FormatFailure { Stage::Format } else { Stage::Acceptance };
            self.fail(stage, sub, finding);
        }
    }

    fn signature(
        self,
        indication: Indication,
        sub_indication: Option<SubIndication>,
        changes_after: ChangeLevel,
        changes: Vec<Change>,
    ) -> Signature {
        let level = self.level();
        let timestamp = self.kind == SubFilter::Timestamp;
        let signer = self.certificate.as_ref().map(Signer::of);
        let authenticated = signer.as_ref().and_then(|signer| signer.identification.as_ref()?.authenticated_at);
        let trust = self.scene.known.trust;
        let facts_of = |(one, revoked)| CertificateFacts { revoked, ..facts::certificate(one, trust) };
        let revoked = self.revoked.into_iter().chain(std::iter::repeat(None));
        let algorithms = self.certificate.as_ref().zip(self.signer_info.as_ref());
        let mut reasons: Vec<Finding> = Vec::new();
        for (_, _, finding) in self.failures {
            if !reasons.contains(&finding) {
                reasons.push(finding);
            }
        }
        let mut warnings = self.warnings;
        warnings.sort_by_key(|warning| warning.code);
        warnings.dedup();
        Signature {
            field: self.field.name.clone(),
            kind: if timestamp { Kind::DocumentTimestamp } else { Kind::Signature },
            sub_filter: self.field.sub_filter.clone(),
            byte_range: self.field.byte_range.clone().unwrap_or_default(),
            level,
            indication,
            sub_indication,
            reasons,
            integrity: self.integrity,
            coverage: self.field.range.as_ref().map(|range| range.coverage()),
            revision: self.field.range.as_ref().map(|range| range.revision()),
            changes_after,
            changes,
            evidence: signer.as_ref().map_or(EvidenceLevel::C, Signer::evidence),
            times: Times { claimed: self.field.claimed_time, authenticated, proven: self.proof },
            algorithms: algorithms.map(|(certificate, signer)| facts::algorithms(certificate, signer)),
            verifiable_until: self.holds_until,
            process: self.process,
            certificates: self.chain.iter().zip(revoked).map(facts_of).collect(),
            signer,
            claims: Claims {
                name: self.field.name_claim.clone(),
                reason: self.field.reason.clone(),
                location: self.field.location.clone(),
            },
            svt: None,
            warnings,
        }
    }

    /// Section 11, by presence.
    fn level(&self) -> Option<Level> {
        match self.kind {
            SubFilter::CadesDetached => {}
            SubFilter::Pkcs7Detached | SubFilter::Pkcs7Sha1 | SubFilter::X509RsaSha1 => return Some(Level::Pdf),
            SubFilter::Timestamp | SubFilter::Unknown => return None,
        }
        let stamped = self.signer_info.as_ref().is_some_and(|signer| signer.signature_time_stamps().next().is_some());
        let later = |other: &&SignatureField| other.is_document_timestamp() && other.revision > self.field.revision;
        let over = self.scene.document.signatures().iter().filter(later).map(|other| other.revision).max();
        Some(match (stamped || over.is_some(), self.scene.material.store_since, over) {
            (true, Some(since), Some(over)) if over >= since => Level::PadesLta,
            (true, Some(_), _) => Level::PadesLt,
            (true, None, _) => Level::PadesT,
            (false, _, _) => Level::PadesB,
        })
    }
}
