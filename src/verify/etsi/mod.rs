//! The report as XML for other programs: ETSI TS 119 102-2 V1.4.1, in the order that its schema demands; VALIDATION 15.
//! An export: nothing is judged here, and names and numbers are masked as everywhere. Certificates are told by digest, for
//! a signer's certificate carries the personal number.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::format::budget::Budget;
use crate::format::xml::write::Writer;
use crate::verify::etsi::objects::Objects;
use crate::verify::indication::Indication;
use crate::verify::indication::SubIndication;
use crate::verify::indication::Verdict;
use crate::verify::integrity::DigestState;
use crate::verify::integrity::SignatureState;
use crate::verify::mask::masked;
use crate::verify::report::Kind;
use crate::verify::report::PolicyName;
use crate::verify::report::Report;
use crate::verify::report::Signature;
use crate::verify::text::Finding;
use crate::verify::text::Text;

mod objects;

const NAMESPACES: [(&str, &str); 4] = [
    ("xmlns", "http://uri.etsi.org/19102/v1.4.1#"),
    ("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#"),
    ("xmlns:x", "http://uri.etsi.org/01903/v1.3.2#"),
    ("xmlns:s", "urn:sigill:report:1"),
];

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// What a signed document holds besides signatures: ETSI has no word for a document without any, EU DSS has this.
const NO_SIGNATURE: &str = "urn:cef:dss:mainindication:noSignatureFound";

/// The report about these bytes as XML. `document`: what was verified; its signatures' values and digests are read from it.
pub fn write(report: &Report, document: &[u8], budget: &Budget) -> Vec<u8> {
    let objects = Objects::of(report, document, budget);
    let mut xml = Writer::new();
    xml.within("ValidationReport", &NAMESPACES, |xml| {
        let all = report.signatures.iter().enumerate();
        let persons: Vec<_> = all.filter(|(_, signature)| signature.kind == Kind::Signature).collect();
        for (place, signature) in &persons {
            one(xml, *place, signature, report, &objects);
        }
        if persons.is_empty() {
            without(xml, report);
        }
        objects.write(xml);
    });
    xml.finish()
}

/// One signature.
fn one(xml: &mut Writer, place: usize, signature: &Signature, report: &Report, objects: &Objects<'_>) {
    let facts = objects.facts(place);
    xml.within("SignatureValidationReport", &[], |xml| {
        xml.within("SignatureIdentifier", &[("id", &format!("S-{}", place + 1))], |xml| {
            if let Some(to_be_signed) = facts.and_then(|facts| facts.to_be_signed) {
                digest(xml, &to_be_signed);
            }
            if let Some(value) = facts.map(|facts| &facts.value).filter(|value| !value.is_empty()) {
                xml.text("ds:SignatureValue", &STANDARD.encode(value));
            }
            xml.text("HashOnly", "false");
            xml.text("DocHashOnly", "false");
        });
        xml.within("ValidationConstraintsEvaluationReport", &[], |xml| {
            policy(xml, &report.policy);
            mathematics(xml, signature);
            found(xml, signature.indication, signature.sub_indication, &signature.reasons);
            signature.warnings.iter().for_each(|warning| noticed(xml, warning));
            report.warnings.iter().for_each(|warning| noticed(xml, warning));
        });
        times(xml, report.checked_at, objects.proof(place, signature));
        if let Some(covered) = facts.and_then(|facts| facts.covered) {
            xml.within("SignersDocument", &[], |xml| {
                digest(xml, &covered);
                reference(xml, "SignersDocumentRef", &objects::data_id(place));
            });
        }
        attributes(xml, signature);
        who(xml, signature, objects);
        if let Some(process) = signature.process {
            xml.within("SignatureValidationProcess", &[], |xml| {
                xml.text(
                    "SignatureValidationProcessID",
                    &format!("urn:etsi:019102:validationprocess:{}", process.name()),
                );
            });
        }
        xml.within("SignatureValidationStatus", &[], |xml| {
            let main = signature.indication.signature_name();
            xml.text("MainIndication", &main_indication(main));
            if let Some(sub) = signature.sub_indication {
                xml.text("SubIndication", &sub_indication(sub));
            }
            chain(xml, place, signature, objects);
        });
        xml.within("OtherInformation", &[], |xml| {
            about_the_document(xml, report);
            if let Some(level) = signature.level {
                xml.text("s:Level", level.name());
            }
            xml.text("s:ChangesAfter", signature.changes_after.name());
            for change in &signature.changes {
                said(xml, "s:Change", &change.text);
            }
        });
    });
}

/// A document that nobody signed, or in which nothing could be read.
fn without(xml: &mut Writer, report: &Report) {
    let unsigned = report.verdict == Verdict::Unsigned;
    xml.within("SignatureValidationReport", &[], |xml| {
        xml.within("ValidationConstraintsEvaluationReport", &[], |xml| {
            policy(xml, &report.policy);
            report.warnings.iter().for_each(|warning| noticed(xml, warning));
        });
        times(xml, report.checked_at, None);
        xml.within("SignersDocument", &[], |xml| {
            digest(xml, &report.sha256);
            reference(xml, "SignersDocumentRef", objects::FILE);
        });
        xml.within("SignatureValidationStatus", &[], |xml| {
            let undecided = main_indication("INDETERMINATE");
            xml.text("MainIndication", if unsigned { NO_SIGNATURE } else { &undecided });
        });
        xml.within("OtherInformation", &[], |xml| about_the_document(xml, report));
    });
}

/// Our answer about the whole document, which ETSI's report has no place for.
fn about_the_document(xml: &mut Writer, report: &Report) {
    xml.text("s:DocumentVerdict", report.verdict.name());
    said(xml, "s:Headline", &report.headline);
}

fn said(xml: &mut Writer, name: &str, text: &Text) {
    xml.text_with(name, &[("xml:lang", "sv")], &masked(&text.sv));
    xml.text_with(name, &[("xml:lang", "en")], &masked(&text.en));
}

/// The rules that were applied, by name and digest.
fn policy(xml: &mut Writer, applied: &PolicyName) {
    xml.within("SignatureValidationPolicy", &[], |xml| {
        xml.within("SignaturePolicyIdentifier", &[], |xml| {
            xml.within("x:SignaturePolicyId", &[], |xml| {
                let name = policy_address(applied);
                xml.within("x:SigPolicyId", &[], |xml| xml.text("x:Identifier", &name));
                xml.within("x:SigPolicyHash", &[], |xml| digest_parts(xml, &applied.digest));
            });
        });
        xml.text("PolicyName", &format!("{} {}", applied.name, applied.version));
    });
}

/// The policy's address, for programs.
pub fn policy_address(applied: &PolicyName) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect()
    };
    format!("urn:sigill:policy:{}:{}", plain(&applied.name), plain(&applied.version))
}

/// What is computed of every signature, whatever else is found.
fn mathematics(xml: &mut Writer, signature: &Signature) {
    let digest = match signature.integrity.digest {
        DigestState::Match => (Indication::Passed, None),
        DigestState::Mismatch => (Indication::Failed, Some(SubIndication::HashFailure)),
        DigestState::Unknown => (Indication::Indeterminate, None),
    };
    constraint(xml, "digest", Some(digest), None);
    let value = match signature.integrity.signature {
        SignatureState::Valid => (Indication::Passed, None),
        SignatureState::Invalid => (Indication::Failed, Some(SubIndication::SigCryptoFailure)),
        SignatureState::Unsupported | SignatureState::Unknown => (Indication::Indeterminate, None),
    };
    constraint(xml, "signature-value", Some(value), None);
}

/// What decided against a signature: the first reason carries the sub-indication.
fn found(xml: &mut Writer, main: Indication, sub: Option<SubIndication>, reasons: &[Finding]) {
    let mut sub = sub;
    for reason in reasons {
        constraint(xml, reason.code, Some((main, sub.take())), Some(&reason.text));
    }
}

/// What was noticed and decided nothing.
fn noticed(xml: &mut Writer, warning: &Finding) {
    constraint(xml, warning.code, None, Some(&warning.text));
}

fn constraint(xml: &mut Writer, id: &str, status: Option<(Indication, Option<SubIndication>)>, text: Option<&Text>) {
    xml.within("ValidationConstraint", &[], |xml| {
        xml.text("ValidationConstraintIdentifier", &format!("urn:sigill:check:{id}"));
        xml.within("ConstraintStatus", &[], |xml| xml.text("Status", "urn:etsi:019102:constraintStatus:applied"));
        if let Some((main, sub)) = status {
            xml.within("ValidationStatus", &[], |xml| {
                xml.text("MainIndication", &main_indication(main.timestamp_name()));
                if let Some(sub) = sub {
                    xml.text("SubIndication", &sub_indication(sub));
                }
            });
        }
        if let Some(text) = text {
            xml.within("Indications", &[], |xml| said(xml, "s:Text", text));
        }
    });
}

/// When it was validated, and the earliest time that the signature is proven to have existed: now, where nothing proves more.
fn times(xml: &mut Writer, checked_at: Timestamp, proof: Option<(Timestamp, Option<&str>)>) {
    if !can_be_told(&checked_at) {
        return;
    }
    xml.within("ValidationTimeInfo", &[], |xml| {
        xml.text("ValidationTime", &checked_at.to_string());
        let (time, by) = proof.unwrap_or((checked_at, None));
        proof_of_existence(xml, "BestSignatureTime", time, by);
    });
}

fn proof_of_existence(xml: &mut Writer, name: &str, time: Timestamp, by: Option<&str>) {
    xml.within(name, &[], |xml| {
        xml.text("POETime", &time.to_string());
        xml.text("TypeOfProof", "urn:etsi:019102:poetype:validation");
        if let Some(object) = by {
            reference(xml, "POEObject", object);
        }
    });
}

/// Whether the schema's dateTime can hold a time: it has no year 0, and a document may claim any year. An element whose
/// time cannot be told is left out; the schema demands none of them.
fn can_be_told(time: &Timestamp) -> bool {
    time.to_zoned(TimeZone::UTC).year() > 0
}

/// What the signature dictionary says; the element must not be empty.
fn attributes(xml: &mut Writer, signature: &Signature) {
    let claims = &signature.claims;
    let byte_range = signature.byte_range.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
    let texts = [
        ("SubFilter", "SubFilterElement", &signature.sub_filter),
        ("Name", "NameElement", &claims.name),
        ("Reason", "ReasonElement", &claims.reason),
        ("SignatureProductionPlace", "AddressString", &claims.location),
    ];
    let claimed = signature.times.claimed.filter(can_be_told);
    let nothing = byte_range.is_empty() && texts.iter().all(|(_, _, text)| text.is_none());
    if nothing && claimed.is_none() {
        return;
    }
    xml.within("SignatureAttributes", &[], |xml| {
        if let Some(claimed) = claimed {
            xml.within("SigningTime", &[], |xml| xml.text("Time", &claimed.to_string()));
        }
        for (outer, inner, text) in texts {
            if let Some(text) = text {
                xml.within(outer, &[], |xml| xml.text(inner, &masked(text)));
            }
        }
        if !byte_range.is_empty() {
            xml.text("ByteRange", &byte_range);
        }
    });
}

/// Who signed, by the certificate, and how well that is evidenced.
fn who(xml: &mut Writer, signature: &Signature, objects: &Objects<'_>) {
    let certificate = signature.certificates.first().and_then(|one| objects.certificate_id(one));
    let (Some(signer), Some(certificate)) = (&signature.signer, certificate) else { return };
    xml.within("SignerInformation", &[], |xml| {
        reference(xml, "SignerCertificate", &certificate);
        xml.text("Signer", &masked(&signer.subject));
        xml.within("OtherInformation", &[], |xml| {
            if let Some(name) = &signer.name {
                xml.text("s:Name", &masked(name));
            }
            xml.text("s:Evidence", signature.evidence.name());
        });
    });
}

/// The path as far as it goes, and what an algorithm that failed must be told with.
fn chain(xml: &mut Writer, place: usize, signature: &Signature, objects: &Objects<'_>) {
    let ids = signature.certificates.iter().map(|one| (objects.certificate_id(one), one.trusted));
    let ids: Vec<(String, bool)> = ids.filter_map(|(id, trusted)| Some((id?, trusted))).collect();
    let Some(((signing, own), above)) = ids.split_first() else { return };
    let anchor = ids.iter().find(|(_, trusted)| *trusted).map(|(id, _)| id);
    xml.within("AssociatedValidationReportData", &[], |xml| {
        anchor.iter().for_each(|anchor| reference(xml, "TrustAnchor", anchor));
        xml.within("CertificateChain", &[], |xml| {
            reference(xml, "SigningCertificate", signing);
            if !own {
                let between = above.iter().take_while(|(_, trusted)| !trusted);
                between.for_each(|(id, _)| reference(xml, "IntermediateCertificate", id));
            }
            anchor.iter().for_each(|anchor| reference(xml, "TrustAnchor", anchor));
        });
        revocation(xml, signature, objects);
        let weak = [SubIndication::CryptoConstraintsFailure, SubIndication::CryptoConstraintsFailureNoPoe];
        if signature.sub_indication.is_some_and(|sub| weak.contains(&sub)) {
            let about = if objects.facts(place).is_some() { objects::data_id(place) } else { signing.clone() };
            xml.within("CryptoInformation", &[], |xml| {
                reference(xml, "ValidationObjectId", &about);
                // Which of the algorithms it is stands in the reason's words.
                xml.text("Algorithm", "urn:etsi:019102:algorithm:unidentified");
                xml.text("SecureAlgorithm", "false");
            });
        }
    });
}

/// Which certificate was revoked, since when and why: the signer's own, or one above it, as the answer says.
fn revocation(xml: &mut Writer, signature: &Signature, objects: &Objects<'_>) {
    let above = match signature.sub_indication {
        Some(SubIndication::Revoked | SubIndication::RevokedNoPoe) => false,
        Some(SubIndication::RevokedCaNoPoe) => true,
        Some(_) | None => return,
    };
    let told = signature.certificates.iter().skip(usize::from(above)).find_map(|one| {
        let revoked = one.revoked.filter(|revoked| can_be_told(&revoked.since))?;
        Some((objects.certificate_id(one)?, revoked))
    });
    let Some((id, revoked)) = told else { return };
    xml.within("RevocationStatusInformation", &[], |xml| {
        reference(xml, "ValidationObjectId", &id);
        xml.text("RevocationTime", &revoked.since.to_string());
        let reason = format!("urn:etsi:019102:revocationReason:{}", revoked.reason.name());
        xml.text("RevocationReason", &reason);
    });
}

fn main_indication(name: &str) -> String {
    format!("urn:etsi:019102:mainindication:{}", name.to_ascii_lowercase())
}

fn sub_indication(sub: SubIndication) -> String {
    format!("urn:etsi:019102:subindication:{}", sub.name())
}

fn reference(xml: &mut Writer, name: &str, id: &str) {
    xml.empty(name, &[("VOReference", id)]);
}

fn digest(xml: &mut Writer, sha256: &[u8; 32]) {
    xml.within("DigestAlgAndValue", &[], |xml| digest_parts(xml, sha256));
}

fn digest_parts(xml: &mut Writer, sha256: &[u8; 32]) {
    xml.empty("ds:DigestMethod", &[("Algorithm", SHA256)]);
    xml.text("ds:DigestValue", &STANDARD.encode(sha256));
}
