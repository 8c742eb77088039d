//! What BankID's own evidence adds to a report: given beside the document, or embedded in it. SWEDEN.md 2.
//! It raises how well a signer is evidenced and changes no verdict.

use crate::format::pdf::Document;
use crate::format::pdf::attachment::Attachment;
use crate::verify::bankid;
use crate::verify::budget::Meter;
use crate::verify::changes::History;
use crate::verify::crypto;
use crate::verify::existence::Circumstances;
use crate::verify::indication::Indication;
use crate::verify::integrity::SignatureState;
use crate::verify::report::Kind;
use crate::verify::report::Report;
use crate::verify::report::Signature;
use crate::verify::signer::EvidenceLevel;
use crate::verify::text::Finding;

/// BankID's own evidence: where it proves, without reservation, that a signer signed this, she is evidenced by level A.
pub fn attest(report: &mut Report, document: &Document<'_>, known: Circumstances<'_>, meter: &mut Meter) {
    let mut given = known.evidence.clone();
    let latest = document.latest();
    let files = Attachment::list(latest).unwrap_or_default();
    name_seals(report, files.len());
    let named = |file: &&Attachment| ["json", "xml"].iter().any(|end| file.name.to_lowercase().ends_with(end));
    for file in files.iter().filter(named) {
        if let Ok(Some(bytes)) = file.content(latest) {
            given.add_bankid_found(&bytes);
        }
    }
    if given.bankid().is_empty() {
        return;
    }
    let (digests, history) = (bankid::Digests::of(document), History::read(document, 1));
    let setting = bankid::Setting { trust: known.trust, policy: known.policy, now: report.checked_at };
    for completion in given.bankid() {
        let mut judged = bankid::judge(completion, &digests, setting, meter);
        let held = |one: &&mut Signature| {
            one.integrity.signature == SignatureState::Valid && one.indication != Indication::Failed
        };
        for signature in report.signatures.iter_mut().filter(held) {
            let leaf = signature.certificates.first().map(|leaf| leaf.sha256);
            let certificate =
                known.evidence.certificates().iter().find(|one| Some(crypto::sha256(&[one.der()])) == leaf);
            if certificate.is_some_and(|signer| judged.proves(signer, signature.revision, &history)) {
                signature.evidence = EvidenceLevel::A;
                if let Some(signer) = &mut signature.signer {
                    signer.identification.get_or_insert_default().method = "BankID".to_owned();
                }
                judged.attested.field.clone_from(&signature.field);
            }
        }
        report.bankid.push(judged.attested);
    }
}

/// Family B of SWEDEN 2.6: an organisation seals the document with evidence pages or files; whose signatures it speaks of
/// is its own word.
fn name_seals(report: &mut Report, files: usize) {
    for signature in report.signatures.iter_mut().filter(|one| one.kind == Kind::Signature) {
        let Some(organisation) = signature.signer.as_ref().and_then(|signer| signer.seal_of()) else { continue };
        signature.warnings.push(Finding::new(
            "ORGANISATION_SEAL",
            format!(
                "Detta är en stämpel av {organisation}, inte någon persons underskrift. Vilka som skrev under är \
                 organisationens uppgift. Bifogade filer: {files}."
            ),
            format!(
                "This is a seal of {organisation}, not a person's signature. Who signed is the organisation's word. \
                 Files attached: {files}."
            ),
        ));
    }
}
