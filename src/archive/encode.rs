//! From a report to its stored and published form. INTERFACES section 2; see [`crate::archive::encoding`].

use jiff::Timestamp;
use jiff::civil::Date;

use crate::archive::encoding as wire;
use crate::archive::encoding::hex;
use crate::format::minutes::meeting;
use crate::format::minutes::meeting::Minutes;
use crate::format::minutes::person::Signatory;
use crate::format::minutes::signpage::PageEntry;
use crate::format::minutes::signpage::SignaturePage;
use crate::format::minutes::when::stockholm;
use crate::format::pdf::Coverage;
use crate::verify::agreement;
use crate::verify::bankid::Attested;
use crate::verify::changes;
use crate::verify::completeness;
use crate::verify::completeness::Completeness;
use crate::verify::completeness::dates;
use crate::verify::completeness::dates::Adjusted;
use crate::verify::completeness::dates::BodyType;
use crate::verify::elsewhere;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::Integrity;
use crate::verify::integrity::SignatureState;
use crate::verify::mask::masked;
use crate::verify::missing::Missing;
use crate::verify::report;
use crate::verify::report::Kind;
use crate::verify::report::Report;
use crate::verify::signer;
use crate::verify::svt;
use crate::verify::text::Finding;
use crate::verify::trust::ListName;

impl wire::Verification {
    /// A report about the bytes that the caller calls `name`. `body`: whose rules its days are computed by.
    pub fn of(report: &Report, name: &str, body: Option<BodyType>) -> Self {
        Self {
            schema: wire::SCHEMA.to_owned(),
            file: wire::File { name: masked(name), sha256: hex(&report.sha256), size: report.size },
            checked_at: time(report.checked_at),
            policy: policy(&report.policy),
            trust: trust(&report.trust),
            verdict: report.verdict.name().to_owned(),
            original_record_id: None,
            headline: (&report.headline).into(),
            advice: (&report.advice).into(),
            signatures: report.signatures.iter().map(signature).collect(),
            revisions: report.revisions.iter().map(revision).collect(),
            unsigned_fields: report.unsigned_fields.iter().map(|name| masked(name)).collect(),
            signature_page: report.signature_page.as_ref().map(|page| signature_page(page, covered(report))),
            minutes: report.minutes.as_ref().map(|minutes| self::minutes(minutes, report.completeness.as_ref(), body)),
            signing: lone_signing(report, body),
            agreement: report.agreement.iter().map(agreed).collect(),
            bankid_evidence: report.bankid.iter().map(attested).collect(),
            evidence_records: report.evidence_records.iter().map(evidence_record).collect(),
            warnings: report.warnings.iter().map(wire::Finding::from).collect(),
            missing: report.missing.iter().map(needed).collect(),
        }
    }

    /// Every transaction id in it, as printed or attested, each once.
    pub fn transaction_ids(&self) -> Vec<String> {
        let printed = self.signature_page.iter().flat_map(|page| &page.entries);
        let printed = printed.filter_map(|entry| entry.transaction_id.clone());
        let attested =
            self.signatures.iter().filter_map(|signature| signature.signer.as_ref()?.identification.as_ref());
        let attested = attested.filter_map(|identification| identification.transaction_id.clone());
        let mut ids: Vec<String> = Vec::new();
        for id in printed.chain(attested) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

fn policy(applied: &report::PolicyName) -> wire::Policy {
    let digest = Some(hex(&applied.digest));
    wire::Policy { name: applied.name.clone(), version: applied.version.clone(), digest }
}

fn time(moment: Timestamp) -> String {
    moment.to_string()
}

fn clean(text: &Option<String>) -> Option<String> {
    text.as_deref().map(masked)
}

fn trust(trust: &report::TrustName) -> wire::Trust {
    let list = |list: &ListName| wire::TrustList {
        name: list.name.clone(),
        territory: list.territory.clone(),
        sequence: list.sequence,
        issued: time(list.issued),
        next_update: list.next.map(time),
        anchors: list.anchors,
    };
    wire::Trust { anchors: trust.anchors, digest: hex(&trust.digest), lists: trust.lists.iter().map(list).collect() }
}

fn attested(by: &Attested) -> wire::BankIdEvidence {
    wire::BankIdEvidence {
        name: clean(&by.name),
        identifier: clean(&by.identifier),
        service: clean(&by.service),
        organisation: clean(&by.organisation),
        order: clean(&by.order),
        text: clean(&by.text),
        at: by.at.map(time),
        revision: by.revision,
        field: clean(&by.field),
        findings: by.findings.iter().map(wire::Finding::from).collect(),
    }
}

fn signature(signature: &report::Signature) -> wire::Signature {
    let timestamp = signature.kind == Kind::DocumentTimestamp;
    let indication = signature.indication;
    let times = &signature.times;
    let found = |finding: &Finding| {
        let would = elsewhere::eu_dss_default_would(finding, &signature.changes);
        wire::Finding {
            eu_dss_default_would: would.map(|would| would.name().to_owned()),
            ..wire::Finding::from(finding)
        }
    };
    wire::Signature {
        field: clean(&signature.field),
        kind: if timestamp { "document-timestamp" } else { "signature" }.to_owned(),
        sub_filter: clean(&signature.sub_filter),
        byte_range: signature.byte_range.clone(),
        level: signature.level.map(|level| level.name().to_owned()),
        indication: if timestamp { indication.timestamp_name() } else { indication.signature_name() }.to_owned(),
        sub_indication: signature.sub_indication.map(|sub| sub.name().to_owned()),
        reasons: signature.reasons.iter().map(found).collect(),
        integrity: integrity(signature.integrity),
        coverage: coverage(signature.coverage).to_owned(),
        revision: signature.revision,
        changes_after: signature.changes_after.name().to_owned(),
        changes: signature.changes.iter().map(change).collect(),
        signer: signature.signer.as_ref().map(|who| signed_by(who, signature.evidence)),
        times: wire::Times {
            claimed: times.claimed.map(time),
            authenticated: times.authenticated.map(time),
            proven: times.proven.as_ref().map(|proof| time(proof.time)),
            proven_by: times.proven.as_ref().map(|proof| proof.by.name().to_owned()),
        },
        algorithms: signature.algorithms.as_ref().map(|used| wire::Algorithms {
            digest: used.digest.clone(),
            signature: used.signature.clone(),
            key_bits: used.key_bits,
        }),
        certificates: signature.certificates.iter().map(certificate).collect(),
        process: signature.process.map(|process| process.name().to_owned()),
        verifiable_until: signature.verifiable_until.map(time),
        claims: wire::Claims {
            name: clean(&signature.claims.name),
            reason: clean(&signature.claims.reason),
            location: clean(&signature.claims.location),
        },
        svt: signature.svt.as_ref().map(told),
        warnings: signature.warnings.iter().map(found).collect(),
    }
}

fn evidence_record(record: &report::EvidenceRecord) -> wire::EvidenceRecord {
    wire::EvidenceRecord {
        indication: record.indication.timestamp_name().to_owned(),
        sub_indication: record.sub_indication.map(|sub| sub.name().to_owned()),
        reasons: record.reasons.iter().map(wire::Finding::from).collect(),
        proven: record.proven.as_ref().map(|proof| time(proof.time)),
        authority: record.proven.as_ref().map(|proof| proof.authority.clone()),
        stamped: record.stamped.iter().copied().map(time).collect(),
    }
}

fn told(said: &svt::Statement) -> wire::Svt {
    let answer = |answer: &svt::Answer| wire::SvtAnswer {
        policy: answer.policy.clone(),
        result: answer.result.name().to_owned(),
        message: answer.message.clone(),
    };
    wire::Svt {
        issuer: said.issuer.clone(),
        issued_at: time(said.issued_at),
        expires: said.expires.map(time),
        summary: (&said.sentence()).into(),
        believed: said.believed(),
        answers: said.answers.iter().map(answer).collect(),
        times: said.times.iter().copied().map(time).collect(),
        doubts: said.doubts.iter().map(wire::Finding::from).collect(),
    }
}

fn integrity(facts: Integrity) -> wire::Integrity {
    let digest = match facts.digest {
        DigestState::Match => "match",
        DigestState::Mismatch => "mismatch",
        DigestState::Unknown => "unknown",
    };
    let signature = match facts.signature {
        SignatureState::Valid => "valid",
        SignatureState::Invalid => "invalid",
        SignatureState::Unsupported => "unsupported",
        SignatureState::Unknown => "unknown",
    };
    wire::Integrity { digest: digest.to_owned(), signature: signature.to_owned() }
}

/// A broken ByteRange covers nothing that could be relied on: partial.
fn coverage(coverage: Option<Coverage>) -> &'static str {
    match coverage {
        Some(Coverage::WholeFile) => "whole-file",
        Some(Coverage::WholeRevision) => "whole-revision",
        Some(Coverage::Partial) | None => "partial",
    }
}

fn revision(extent: &changes::Extent) -> wire::Revision {
    wire::Revision {
        revision: extent.revision,
        start: extent.start,
        end: extent.end,
        author: extent.author.name().to_owned(),
        fields: extent.fields.iter().map(|field| masked(field)).collect(),
    }
}

fn change(change: &changes::Change) -> wire::Change {
    let text = wire::Text::from(&change.text);
    wire::Change {
        revision: change.revision,
        kind: change.kind.name().to_owned(),
        level: change.level.name().to_owned(),
        page: change.page,
        rect: change.rect,
        field: clean(&change.field),
        rule: change.rule.to_owned(),
        path: change.path.clone(),
        warning: change.warns,
        sv: text.sv,
        en: text.en,
    }
}

fn signed_by(who: &signer::Signer, evidence: signer::EvidenceLevel) -> wire::Signer {
    wire::Signer {
        name: clean(&who.name),
        subject: masked(&who.subject),
        identifier: clean(&who.identifier),
        organisation: clean(&who.organisation),
        identification: who.identification.as_ref().map(|attested| wire::Identification {
            method: attested.method.clone(),
            provider: clean(&attested.provider),
            service: clean(&attested.service),
            level_of_assurance: clean(&attested.level_of_assurance),
            authenticated_at: attested.authenticated_at.map(time),
            assertion: clean(&attested.assertion),
            transaction_id: clean(&attested.transaction_id),
        }),
        evidence: evidence.name().to_owned(),
    }
}

fn certificate(facts: &report::CertificateFacts) -> wire::Certificate {
    wire::Certificate {
        subject: masked(&facts.subject),
        issuer: masked(&facts.issuer),
        serial: facts.serial.clone(),
        not_before: time(facts.not_before),
        not_after: time(facts.not_after),
        sha256: hex(&facts.sha256),
        trusted: facts.trusted,
    }
}

/// Whether an unbroken signature covers the text that was read: that of the last revision any ByteRange covers whole.
/// Later changes or an unknown issuer take nothing from that; the verdict tells them.
fn covered(report: &Report) -> bool {
    let whole = |signature: &&report::Signature| !matches!(signature.coverage, Some(Coverage::Partial) | None);
    let read = report.signatures.iter().filter(whole).filter_map(|signature| signature.revision).max();
    report.signatures.iter().filter(whole).any(|signature| {
        let Integrity { digest, signature: value } = signature.integrity;
        signature.revision == read && digest == DigestState::Match && value == SignatureState::Valid
    })
}

/// What a page prints is evidence C where an unbroken signature covers it, else D.
fn signature_page(page: &SignaturePage, covered: bool) -> wire::Page {
    let evidence = if covered { "C" } else { "D" };
    let entry = |entry: &PageEntry| wire::PageEntry {
        name: clean(&entry.name),
        organisation: clean(&entry.organisation),
        method: clean(&entry.method),
        signed_at: entry.signed_at_literal.as_deref().map(|literal| printed_time(literal, entry.signed_at)),
        transaction_id: entry.transaction_id.as_ref().map(|id| masked(id.literal())),
        evidence: evidence.to_owned(),
    };
    wire::Page { template: page.template.id().to_owned(), entries: page.entries.iter().map(entry).collect() }
}

/// `2024-12-16 18:19:22 GMT+01:00` as `2024-12-16T18:19:22+01:00`; as printed where it cannot be read.
fn printed_time(literal: &str, read: Option<Timestamp>) -> String {
    let rewritten = literal.replacen(' ', "T", 1).replace(" GMT", "");
    let same = rewritten.parse::<Timestamp>().ok().is_some_and(|time| Some(time) == read);
    if same { rewritten } else { masked(literal) }
}

fn minutes(minutes: &Minutes, signing: Option<&Completeness>, body: Option<BodyType>) -> wire::MinutesFacts {
    let texts = |texts: &[String]| texts.iter().map(|text| masked(text)).collect();
    let names = |named: &[Signatory]| named.iter().map(|one| masked(&one.name)).collect();
    wire::MinutesFacts {
        kind: minutes.kind.code().to_owned(),
        title: Some(masked(&minutes.title)).filter(|title| !title.is_empty()),
        body: clean(&minutes.body),
        place: clean(&minutes.place),
        date: minutes.date.map(|date| date.to_string()),
        time_as_written: clean(&minutes.time_literal),
        start: minutes.start.map(|time| time.to_string()),
        end: minutes.end.map(|time| time.to_string()),
        present: minutes.present.iter().map(|person| masked(&person.name)).collect(),
        absent: minutes.absent.iter().map(|person| masked(&person.name)).collect(),
        adjusters: names(if minutes.adjusting.is_empty() { &minutes.adjusters } else { &minutes.adjusting }),
        paragraph_range: minutes.range,
        secretary: clean(&minutes.secretary),
        chairs: names(&minutes.chairs),
        paragraphs: minutes
            .paragraphs
            .iter()
            .map(|paragraph| wire::ParagraphFacts {
                number: paragraph.number,
                title: masked(&paragraph.title),
                decisions: texts(&paragraph.decisions),
            })
            .collect(),
        oddities: minutes.findings.iter().map(|odd| wire::Finding::from(&agreement::describe(*odd))).collect(),
        signing: signing.map(|signing| complete(signing, minutes.date, body)),
        rules: body.filter(|_| minutes.kind == meeting::Kind::Minutes).map(|body| (&body.rules()).into()),
        dates: signing.and_then(|signing| days(minutes.date?, signing, body?)),
    }
}

/// Who was expected to sign a document whose text says nothing.
fn lone_signing(report: &Report, body: Option<BodyType>) -> Option<wire::SigningFacts> {
    let signing = report.completeness.as_ref().filter(|_| report.minutes.is_none());
    signing.map(|signing| complete(signing, None, body))
}

fn complete(signing: &Completeness, meeting: Option<Date>, body: Option<BodyType>) -> wire::SigningFacts {
    let signing = signing.under(body);
    let in_time = |duty: &completeness::Duty| {
        let on = duty.at.filter(|_| duty.by_law)?.to_zoned(stockholm()).date();
        dates::in_time(meeting?, on, body?)
    };
    let duty = |duty: &completeness::Duty| wire::DutyFacts {
        role: duty.role.code().to_owned(),
        name: masked(&duty.name),
        matters: duty.matters.clone(),
        expected: duty.expected,
        by_law: duty.by_law,
        state: duty.state.code().to_owned(),
        at: duty.at.map(time),
        in_time: in_time(duty).map(|answer| answer.code().to_owned()),
    };
    wire::SigningFacts {
        state: signing.whole.code().to_owned(),
        duties: signing.duties.iter().map(duty).collect(),
        sv: masked(&signing.text.sv),
        en: masked(&signing.text.en),
    }
}

fn days(meeting: Date, signing: &Completeness, body: BodyType) -> Option<wire::DatesFacts> {
    let dates = dates::dates(meeting, signing.adjusted_on, body)?;
    let adjusted = |of: fn(&Adjusted) -> String| dates.adjusted.as_ref().map(of);
    Some(wire::DatesFacts {
        adjust_no_later_than: dates.adjust_by.to_string(),
        adjusted_on: adjusted(|adjusted| adjusted.on.to_string()),
        adjusted_in_time: adjusted(|adjusted| adjusted.in_time.code().to_owned()),
        post_no_later_than: adjusted(|adjusted| adjusted.post_by.to_string()),
        appeal_until_if_posted: adjusted(|adjusted| adjusted.appeal_until.to_string()),
        computed: dates.told.iter().map(wire::Text::from).collect(),
    })
}

fn agreed(line: &agreement::Agreement) -> wire::Agreement {
    let text = wire::Text::from(&line.text);
    wire::Agreement {
        subject: line.subject.code().to_owned(),
        left: masked(&line.left),
        right: clean(&line.right),
        outcome: line.outcome.code().to_owned(),
        sv: text.sv,
        en: text.en,
    }
}

fn needed(missing: &Missing) -> wire::Needed {
    let (kind, subject, serial) = match missing {
        Missing::Crl(url) => ("crl", url, None),
        Missing::Ocsp(url, request) => ("ocsp", url, Some(request.serial.to_string())),
        Missing::Issuer(url) => ("issuer-certificate", url, None),
        Missing::Anchor(name) => ("trust-anchor", name, None),
    };
    wire::Needed { kind: kind.to_owned(), subject: masked(subject), serial }
}
