//! The sum: every signature judged, every revision compared, one answer about the document.
//! INTERFACES section 2 for the precedence; VALIDATION 4.6 (newest timestamp first) and 4.9.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::format::budget::Budget;
use crate::format::minutes::Line;
use crate::format::minutes::meeting;
use crate::format::minutes::signpage;
use crate::format::pdf::Coverage;
use crate::format::pdf::Document;
use crate::format::pdf::Fault;
use crate::format::pdf::Severity;
use crate::format::pdf::SignatureField;
use crate::format::pdf::View;
use crate::format::pdf::text;
use crate::format::pdf::text::PageText;
use crate::verify::agreement;
use crate::verify::agreement::Agreement;
use crate::verify::agreement::CertifiedSigner;
use crate::verify::agreement::Outcome;
use crate::verify::agreement::Subject;
use crate::verify::attest;
use crate::verify::budget;
use crate::verify::budget::Meter;
use crate::verify::changes;
use crate::verify::changes::History;
use crate::verify::completeness;
use crate::verify::crypto;
use crate::verify::ers;
use crate::verify::evidence::Evidence;
use crate::verify::existence::Circumstances;
use crate::verify::facts;
use crate::verify::indication::Indication;
use crate::verify::indication::Verdict;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::Integrity;
use crate::verify::integrity::SignatureState;
use crate::verify::judge;
use crate::verify::judge::Judged;
use crate::verify::judge::Scene;
use crate::verify::material::Material;
use crate::verify::missing::Missing;
use crate::verify::policy::Policy;
use crate::verify::proof::Proofs;
use crate::verify::report::EvidenceRecord;
use crate::verify::report::Kind;
use crate::verify::report::PolicyName;
use crate::verify::report::Report;
use crate::verify::report::Signature;
use crate::verify::report::TrustName;
use crate::verify::svt;
use crate::verify::text::Finding;
use crate::verify::text::Text;
use crate::verify::trust::Trust;
use crate::verify::wording;

/// How far into a file the PDF header is looked for (PF-1 says it must be at 0; a reader of broken files looks on).
const HEADER_WITHIN: usize = 1024;

/// Verifies a document completely. Always answers; a document that cannot be read is an answer too.
///
/// `evidence`: what is known beside the document. `at`: the validation time. Equal arguments give an equal report.
pub fn verify(
    document: &[u8],
    evidence: &Evidence,
    trust: &Trust,
    policy: &Policy,
    budget: &Budget,
    at: Timestamp,
) -> Report {
    let mut report = blank(document, trust, policy, at);
    let known = Circumstances { evidence, trust, policy, budget, proofs: &Proofs::none(at) };
    let pdf = document.get(..document.len().min(HEADER_WITHIN)).unwrap_or_default();
    let is_pdf = pdf.windows(5).any(|window| window == b"%PDF-");
    match (Document::read(document, budget), std::str::from_utf8(document)) {
        (Ok(pdf), _) => {
            read_pdf(&mut report, &pdf, known);
        }
        (Err(_), Ok(plain)) if !is_pdf && is_text(plain) => read_text(&mut report, plain),
        (Err(error), _) => {
            let (rule, said) = (error.rule(), error.to_string());
            let text =
                Text::new(format!("Filen gick inte att läsa: {said}."), format!("The file could not be read: {said}."));
            report.warnings.push(Finding { code: rule, text });
            // Unreadable is not unsigned: what signatures there are is told, and none of them passes (PF-4).
            if let Some(wreck) = Document::wreck(document, budget, &error) {
                let material = Material::of(&wreck, evidence, budget);
                let judged = judge_all(&wreck, &material, known, &mut Meter::new(budget::Budget::STANDARD));
                report.signatures = judged.into_iter().map(|judged| judged.signature).collect();
            }
        }
    }
    report.headline =
        wording::headline(report.verdict, passed(&report.signatures), persons(&report.signatures).count());
    report.advice = advice(&report);
    report
}

/// A report that knows nothing yet.
fn blank(document: &[u8], trust: &Trust, policy: &Policy, at: Timestamp) -> Report {
    Report {
        sha256: crypto::sha256(&[document]),
        size: u64::try_from(document.len()).unwrap_or(u64::MAX),
        checked_at: at,
        policy: PolicyName { name: policy.name.clone(), version: policy.version.clone(), digest: policy.digest() },
        trust: TrustName { anchors: trust.anchors().len(), digest: trust.digest(), lists: trust.lists().to_vec() },
        verdict: Verdict::Unreadable,
        headline: Text::default(),
        advice: Text::default(),
        signatures: Vec::new(),
        revisions: Vec::new(),
        unsigned_fields: Vec::new(),
        signature_page: None,
        signature_page_unknown: None,
        minutes: None,
        agreement: Vec::new(),
        completeness: None,
        bankid: Vec::new(),
        evidence_records: Vec::new(),
        warnings: Vec::new(),
        missing: Vec::new(),
    }
}

/// Text without control characters other than those of lines and pages.
fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

fn read_text(report: &mut Report, plain: &str) {
    report.verdict = Verdict::Unsigned;
    understand(report, &Line::of_text(plain));
}

fn read_pdf(report: &mut Report, document: &Document<'_>, known: Circumstances<'_>) {
    let material = Material::of(document, known.evidence, known.budget);
    let known = Circumstances { evidence: &material.evidence, ..known };
    let mut meter = Meter::new(budget::Budget::STANDARD);
    let proofs = archived(report, document, known, &mut meter);
    let known = Circumstances { proofs: &proofs, ..known };
    let judged = judge_all(document, &material, known, &mut meter);
    report.warnings.extend(material.told());
    report.revisions = changes::extents(document);
    report.unsigned_fields = document.unsigned_fields().to_vec();
    let seals = document.signatures().iter().filter(|field| !facts::grants_usage_rights(field)).count();
    report.verdict = sum(&judged, seals > 0);
    report.missing = judged.iter().flat_map(|judged| judged.missing.iter().cloned()).collect();
    report.signatures = judged.into_iter().map(|judged| judged.signature).collect();
    told_by_others(&mut report.signatures, document, known, &mut meter);
    report.missing.extend(anchors(&report.signatures));
    report.missing.sort();
    report.missing.dedup();
    attest::attest(report, document, known, &mut meter);
    if report.signatures.is_empty() {
        unsigned(report, document.faults());
    }
    if let Some(why) = document.sealed() {
        report.warnings.push(Finding { code: "ENCRYPTED", text: wording::sealed(why) });
        // Signatures may be where nothing can be read.
        report.verdict = if report.verdict == Verdict::Unsigned { Verdict::Unreadable } else { report.verdict };
    }
    let signed = as_signed(document);
    let mut pages = text::read(signed, known.budget);
    let lines = lines(&mut pages);
    if !report.signatures.is_empty() && document.sealed().is_none() {
        report.warnings.extend(changes::hidden(signed, pages));
    }
    understand(report, &lines);
}

/// What another validator said of each signature, laid beside our own answer and never mixed with it (VALIDATION 14).
fn told_by_others(signatures: &mut [Signature], document: &Document<'_>, known: Circumstances<'_>, meter: &mut Meter) {
    let intact =
        |integrity: &Integrity| (integrity.digest, integrity.signature) == (DigestState::Match, SignatureState::Valid);
    let holds = |place: usize| signatures.get(place).is_some_and(|signature| intact(&signature.integrity));
    let told = svt::statements(document, holds, known, meter);
    signatures.iter_mut().zip(told).for_each(|(signature, told)| signature.svt = told);
}

/// A file without signatures. Where its end is missing (PF-2, MD-40), so may signatures be: it cannot be read.
fn unsigned(report: &mut Report, faults: &[Fault]) {
    let cut = |fault: &&Fault| fault.severity == Severity::Fail && matches!(fault.rule, "PF-2" | "MD-40");
    if faults.iter().any(|fault| cut(&fault)) {
        report.verdict = Verdict::Unreadable;
    }
    let told = |fault: &Fault| {
        let (sv, en) =
            (format!("Filens uppbyggnad: {}", fault.detail), format!("The file's structure: {}", fault.detail));
        Finding::new(fault.rule, sv, en)
    };
    report.warnings.extend(faults.iter().map(told));
}

/// 4.6 step 1: what evidence records prove, which is over everything in the file.
fn archived(report: &mut Report, document: &Document<'_>, known: Circumstances<'_>, meter: &mut Meter) -> Proofs {
    let records = ers::over(document.bytes(), known, meter);
    report.evidence_records = records.iter().map(EvidenceRecord::of).collect();
    let mut proofs = known.proofs.clone();
    records.into_iter().filter_map(|record| record.proof).for_each(|proof| proofs.add(usize::MAX, proof));
    proofs
}

/// Document timestamps are judged newest first, so that each can vouch for what it covers; then the signatures.
fn judge_all(document: &Document<'_>, material: &Material, known: Circumstances<'_>, meter: &mut Meter) -> Vec<Judged> {
    let first = document.signatures().iter().map(|field| field.revision).min();
    let history = History::read(document, first.map_or(usize::MAX, |first| first.saturating_add(1)));
    let mut proofs = known.proofs.clone();
    let fields = document.signatures();
    let mut judged: Vec<(usize, Judged)> = Vec::with_capacity(fields.len());
    let (stamps, signatures): (Vec<_>, Vec<_>) =
        fields.iter().enumerate().partition(|(_, field)| field.is_document_timestamp());
    for (place, field) in stamps.into_iter().rev().chain(signatures) {
        let known = Circumstances { proofs: &proofs, ..known };
        let signed_data = material.signed_data.get(place).and_then(Option::as_ref);
        let scene = Scene { document, material, signed_data, history: &history, known };
        let one = judge::judge(field, scene, meter);
        if let Some((revision, proof)) = one.proof.clone() {
            proofs.add(revision, proof);
        }
        judged.push((place, one));
    }
    judged.sort_by_key(|(place, _)| *place);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

/// The pages as they were signed: the last whole revision, so that what is read is what was covered.
fn as_signed<'d, 'a>(document: &'d Document<'a>) -> View<'d, 'a> {
    let covered = |field: &SignatureField| {
        let range = field.range.as_ref().filter(|range| range.coverage() != Coverage::Partial);
        range.map(|range| range.revision())
    };
    let signed = document.signatures().iter().filter_map(covered).max();
    signed.map_or_else(|| document.latest(), |revision| document.view(revision))
}

/// The lines of all pages, taken from them.
fn lines(pages: &mut [PageText]) -> Vec<Line> {
    let page = |(place, page): (usize, &mut PageText)| {
        std::mem::take(&mut page.lines).into_iter().map(move |text| Line { page: place + 1, text })
    };
    pages.iter_mut().enumerate().flat_map(page).collect()
}

/// What the words say, and whether they agree with the certificates.
fn understand(report: &mut Report, lines: &[Line]) {
    if lines.iter().all(|line| line.text.trim().is_empty()) {
        return;
    }
    match signpage::read(lines) {
        signpage::Outcome::None => {}
        signpage::Outcome::Known(page) => report.signature_page = Some(page),
        signpage::Outcome::Unknown { .. } => {
            report.signature_page_unknown = Some(Text::new(
                "Något i dokumentet ser ut som en underskriftssida, men av en tjänst vi inte känner igen.",
                "Something in the document looks like a signature page, but of a service we do not recognise.",
            ));
        }
    }
    let minutes = meeting::read(lines);
    let page = report.signature_page.as_ref();
    (report.agreement, report.completeness) = certified(&report.signatures, |signers| {
        (agreement::agree(page, Some(&minutes), signers), completeness::of(&minutes, page, signers))
    });
    report.minutes = Some(minutes);
}

/// The lines of a document's text: of a PDF file as it was signed, of a text file as it is. None where there is no text.
pub fn words(document: &[u8], budget: &Budget) -> Vec<Line> {
    match (Document::read(document, budget), std::str::from_utf8(document)) {
        (Ok(pdf), _) => lines(&mut text::read(as_signed(&pdf), budget)),
        (Err(_), Ok(plain)) if is_text(plain) => Line::of_text(plain),
        (Err(_), _) => Vec::new(),
    }
}

/// Counts those who were said to be going to sign among those who are to: see [`completeness::expecting`].
pub fn expect(report: &mut Report, names: &[String]) {
    let (minutes, page) = (report.minutes.as_ref(), report.signature_page.as_ref());
    report.completeness =
        certified(&report.signatures, |signers| completeness::expecting(minutes, names, page, signers));
}

/// Those who signed, as their certificates and signatures state them.
fn certified<T>(signatures: &[Signature], f: impl FnOnce(&[CertifiedSigner<'_>]) -> T) -> T {
    let ids: Vec<Vec<String>> = signatures
        .iter()
        .map(|signature| {
            let identification = signature.signer.as_ref().and_then(|signer| signer.identification.as_ref());
            identification.and_then(|attested| attested.transaction_id.clone()).into_iter().collect()
        })
        .collect();
    let certified = signatures.iter().zip(&ids).filter(|(signature, _)| signature.kind == Kind::Signature);
    let certified = certified.filter_map(|(signature, ids)| {
        let signer = signature.signer.as_ref()?;
        Some(CertifiedSigner {
            name: signer.name.as_deref().unwrap_or_default(),
            given_name: signer.given_name.as_deref(),
            surname: signer.surname.as_deref(),
            authenticated_at: signature.times.authenticated,
            claimed_at: signature.times.claimed,
            transaction_ids: ids,
            holds: signature.integrity.signature == SignatureState::Valid && signature.indication != Indication::Failed,
            passed: signature.indication == Indication::Passed,
        })
    });
    f(&certified.collect::<Vec<_>>())
}

/// Signatures of people and organisations that a field of the document holds: timestamps and orphans do not count.
fn persons(signatures: &[Signature]) -> impl Iterator<Item = &Signature> {
    signatures.iter().filter(|signature| signature.kind == Kind::Signature && signature.field.is_some())
}

fn passed(signatures: &[Signature]) -> usize {
    persons(signatures).filter(|signature| signature.indication == Indication::Passed).count()
}

/// The precedence of INTERFACES section 2. A timestamp that fails counts like a signature that fails, save that it
/// makes no undecided signature invalid; one that cannot be decided takes nothing away from what it was laid over.
fn sum(judged: &[Judged], sealed: bool) -> Verdict {
    let counted: Vec<&Judged> = judged.iter().filter(|judged| judged.signature.field.is_some()).collect();
    let person = |judged: &&&Judged| judged.signature.kind == Kind::Signature;
    let of =
        |indication: Indication| counted.iter().filter(person).filter(|j| j.signature.indication == indication).count();
    let (passed, open) = (of(Indication::Passed), of(Indication::Indeterminate));
    let wrong = of(Indication::Failed);
    let failed = counted.iter().filter(|judged| judged.signature.indication == Indication::Failed).count();
    if counted.is_empty() {
        // Signature dictionaries that no field holds (SF-1) are told and count for nothing; but a document that holds
        // one is not simply unsigned, unless it only grants usage rights. If its field was taken away afterwards, that
        // is a change like any other.
        match (sealed, judged.iter().any(|judged| judged.altered)) {
            (true, true) => Verdict::Altered,
            (true, false) => Verdict::Indeterminate,
            (false, _) => Verdict::Unsigned,
        }
    } else if counted.iter().any(|judged| judged.altered) {
        Verdict::Altered
    } else if passed == 0 && (wrong > 0 || (failed > 0 && open == 0)) {
        Verdict::Invalid
    } else if open > 0 {
        Verdict::Indeterminate
    } else if failed > 0 {
        Verdict::PartlyValid
    } else if passed > 0 {
        Verdict::Valid
    } else {
        // Only document timestamps: something proves when, nobody has signed.
        Verdict::Unsigned
    }
}

/// What to do: the decisive signature's own remedy where the document's answer is "cannot tell"; and, whatever the
/// answer, that somebody on the signature page has not signed.
fn advice(report: &Report) -> Text {
    let open = persons(&report.signatures).filter(|signature| signature.indication == Indication::Indeterminate);
    let sub = open.filter_map(|signature| signature.sub_indication).next();
    let signed = intact(&report.signatures).filter(|_| report.verdict == Verdict::Altered);
    let mut advice = match (report.verdict, sub, signed) {
        (Verdict::Indeterminate, Some(sub), _) => {
            let (cause, remedy) = (wording::cause(sub), wording::remedy(sub));
            Text::new(format!("{} {}", cause.sv, remedy.sv), format!("{} {}", cause.en, remedy.en))
        }
        (_, _, Some(number)) => wording::signed_version(number),
        (verdict, _, None) => wording::advice(verdict),
    };
    let hosts: BTreeSet<&str> = report.missing.iter().filter_map(Missing::host).collect();
    if report.verdict == Verdict::Indeterminate && !hosts.is_empty() {
        let further = wording::fetchable(&hosts.into_iter().collect::<Vec<_>>());
        advice = Text::new(format!("{} {}", advice.sv, further.sv), format!("{} {}", advice.en, further.en));
    }
    let absent = |line: &&Agreement| line.subject == Subject::PageSigner && line.outcome == Outcome::Missing;
    let absent = report.agreement.iter().filter(absent).count();
    if absent > 0 && !report.signatures.is_empty() {
        if report.verdict == Verdict::Valid {
            advice = Text::new("Spara originalfilen, inte en utskrift.", "Keep the original file, not a printout.");
        }
        advice.sv.push_str(&format!(" Obs: {absent} av namnen på underskriftssidan saknar underskrift i filen."));
        advice
            .en
            .push_str(&format!(" Note: {absent} of the names on the signature page have no signature in the file."));
    }
    advice
}

/// The last signature that is unbroken over a whole version of the file, counted from 1 as they are listed.
fn intact(signatures: &[Signature]) -> Option<usize> {
    let unbroken = |signature: &Signature| {
        let facts = signature.integrity;
        let whole = signature.coverage.is_some_and(|coverage| coverage != Coverage::Partial);
        whole && facts.digest == DigestState::Match && facts.signature == SignatureState::Valid
    };
    signatures.iter().rposition(unbroken).map(|place| place + 1)
}

/// The anchors without which paths end nowhere.
fn anchors(signatures: &[Signature]) -> Vec<Missing> {
    use crate::verify::indication::SubIndication as S;
    let mut missing = Vec::new();
    for signature in signatures {
        if signature.sub_indication == Some(S::NoCertificateChainFound)
            && let Some(last) = signature.certificates.last()
        {
            missing.push(Missing::Anchor(if last.subject == last.issuer {
                last.subject.clone()
            } else {
                last.issuer.clone()
            }));
        }
    }
    missing
}
