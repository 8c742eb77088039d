//! What the XML report refers to: the file, what each signature covers, certificates, timestamps, evidence records.
//! Every reference names an object that is there, or the schema's IDREFs would not hold. TS 119 102-2, 4.4.

use jiff::Timestamp;

use crate::format::budget::Budget;
use crate::format::cms::SignedData;
use crate::format::pdf::Document;
use crate::format::pdf::SignatureField;
use crate::format::timestamp::Token;
use crate::format::xml::write::Writer;
use crate::verify::budget;
use crate::verify::budget::Meter;
use crate::verify::crypto;
use crate::verify::etsi;
use crate::verify::indication::Indication;
use crate::verify::mask::masked;
use crate::verify::proof::ProofKind;
use crate::verify::report::CertificateFacts;
use crate::verify::report::EvidenceRecord;
use crate::verify::report::Kind;
use crate::verify::report::Report;
use crate::verify::report::Signature;

/// The whole document.
pub(super) const FILE: &str = "FILE";

/// What a signature covers.
pub(super) fn data_id(place: usize) -> String {
    format!("D-{}", place + 1)
}

/// What is read of a signature in the document itself.
pub(super) struct Facts {
    /// Digest of the signed attributes as a SET.
    pub(super) to_be_signed: Option<[u8; 32]>,
    /// The signature's value.
    pub(super) value: Vec<u8>,
    /// Digest of the bytes that its ByteRange names.
    pub(super) covered: Option<[u8; 32]>,
    /// Digest of the whole container.
    container: [u8; 32],
    /// The time in it, where it is a timestamp.
    stamped: Option<Timestamp>,
    /// Times and digests of the timestamps over its value.
    stamps: Vec<(Timestamp, [u8; 32])>,
}

impl Facts {
    fn of(field: &SignatureField, document: &[u8], budget: &Budget, meter: &mut Meter) -> Option<Self> {
        let contents = field.contents.as_ref()?.value();
        let data = SignedData::read(contents, budget).ok();
        let signer = data.as_ref().and_then(|data| data.signers.first());
        let parts = field.digest_parts(document);
        let length = parts.iter().flatten().map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX));
        let affordable = meter.digest(length.fold(0, u64::saturating_add)).is_ok();
        let stamps = signer.into_iter().flat_map(|signer| signer.signature_time_stamps());
        let stamp = |der: &[u8]| Some((Token::read(der, budget).ok()?.info.gen_time, crypto::sha256(&[der])));
        Some(Self {
            to_be_signed: signer
                .and_then(|signer| signer.signed.as_ref())
                .map(|signed| crypto::sha256(&[signed.stored_as_set()])),
            value: signer.map(|signer| signer.signature.clone()).unwrap_or_default(),
            covered: parts.filter(|_| affordable).map(|parts| crypto::sha256(&parts)),
            container: crypto::sha256(&[contents]),
            stamped: Token::read(contents, budget).ok().map(|token| token.info.gen_time),
            stamps: stamps.filter_map(stamp).collect(),
        })
    }
}

/// A timestamp as an object: one of the document's own, or one over a signature's value.
struct Stamp<'r> {
    id: String,
    time: Timestamp,
    sha256: [u8; 32],
    indication: Indication,
    /// The signature it is over, or the file.
    over: Over<'r>,
}

enum Over<'r> {
    Value(usize, &'r Signature),
    Revision(usize),
}

/// All objects of one report.
pub(super) struct Objects<'r> {
    report: &'r Report,
    facts: Vec<Option<Facts>>,
    certificates: Vec<&'r CertificateFacts>,
    stamps: Vec<Stamp<'r>>,
}

impl<'r> Objects<'r> {
    pub(super) fn of(report: &'r Report, document: &[u8], budget: &Budget) -> Self {
        let mut meter = Meter::new(budget::Budget::STANDARD);
        let read = Document::read(document, budget);
        let read = read.map_or_else(|error| Document::wreck(document, budget, &error), Some);
        let fields = read.as_ref().map(Document::signatures).unwrap_or_default();
        let facts: Vec<Option<Facts>> =
            fields.iter().map(|field| Facts::of(field, document, budget, &mut meter)).collect();
        let mut certificates: Vec<&CertificateFacts> = Vec::new();
        for one in report.signatures.iter().flat_map(|signature| &signature.certificates) {
            if !certificates.iter().any(|known| known.sha256 == one.sha256) {
                certificates.push(one);
            }
        }
        let stamps = stamps(report, &facts);
        Self { report, facts, certificates, stamps }
    }

    /// What was read of the signature in that place.
    pub(super) fn facts(&self, place: usize) -> Option<&Facts> {
        self.facts.get(place)?.as_ref()
    }

    /// The object that a certificate is.
    pub(super) fn certificate_id(&self, certificate: &CertificateFacts) -> Option<String> {
        let place = self.certificates.iter().position(|known| known.sha256 == certificate.sha256)?;
        Some(format!("C-{}", place + 1))
    }

    /// When a signature is proven to have existed, and by which object.
    pub(super) fn proof<'a>(&'a self, place: usize, signature: &Signature) -> Option<(Timestamp, Option<&'a str>)> {
        let proof = signature.times.proven.as_ref()?;
        let fits = |stamp: &&Stamp<'_>| {
            let own = match &stamp.over {
                Over::Value(of, _) => *of == place && proof.by == ProofKind::SignatureTimestamp,
                Over::Revision(_) => proof.by == ProofKind::DocumentTimestamp,
            };
            own && stamp.time == proof.time
        };
        Some((proof.time, self.stamps.iter().find(fits).map(|stamp| stamp.id.as_str())))
    }

    /// All of them, in the order: file, data, certificates, timestamps, evidence records.
    pub(super) fn write(&self, xml: &mut Writer) {
        xml.within("SignatureValidationObjects", &[], |xml| {
            object(xml, FILE, "other", Some(&self.report.sha256), |_| {});
            for (place, signature) in self.report.signatures.iter().enumerate() {
                if let Some(covered) = self.facts(place).and_then(|facts| facts.covered) {
                    object(xml, &data_id(place), "signedData", Some(&covered), |xml| {
                        if let Some((time, by)) = self.proof(place, signature) {
                            etsi::proof_of_existence(xml, "POE", time, by);
                        }
                    });
                }
            }
            for (place, certificate) in self.certificates.iter().enumerate() {
                object(xml, &format!("C-{}", place + 1), "certificate", Some(&certificate.sha256), |_| {});
            }
            self.stamps.iter().for_each(|stamp| self.stamp(xml, stamp));
            for (place, record) in self.report.evidence_records.iter().enumerate() {
                evidence_record(xml, place, record);
            }
        });
    }

    fn stamp(&self, xml: &mut Writer, stamp: &Stamp<'_>) {
        object(xml, &stamp.id, "timestamp", Some(&stamp.sha256), |xml| {
            if etsi::can_be_told(&stamp.time) {
                self.proves(xml, stamp);
            }
            status(xml, stamp.indication);
        });
    }

    /// The time that a timestamp states, and what it states it of.
    fn proves(&self, xml: &mut Writer, stamp: &Stamp<'_>) {
        xml.within("POEProvisioning", &[], |xml| {
            xml.text("POETime", &stamp.time.to_string());
            let (place, field) = match &stamp.over {
                Over::Value(place, signature) => (*place, signature.field.as_ref()),
                Over::Revision(place) => (*place, None),
            };
            if self.facts(place).is_some_and(|facts| facts.covered.is_some()) {
                etsi::reference(xml, "ValidationObject", &data_id(place));
            }
            if let Some(field) = field {
                xml.within("SignatureReference", &[], |xml| xml.text("PAdESFieldName", &masked(field)));
            }
        });
    }
}

/// Document timestamps with our answer about them; those over a value only where they proved a time, for only then is
/// there an answer to tell.
fn stamps<'r>(report: &'r Report, facts: &[Option<Facts>]) -> Vec<Stamp<'r>> {
    let mut stamps: Vec<Stamp<'r>> = Vec::new();
    for (place, signature) in report.signatures.iter().enumerate() {
        let Some(Some(facts)) = facts.get(place) else { continue };
        let id = format!("T-{}", stamps.len() + 1);
        if signature.kind == Kind::DocumentTimestamp {
            let Some(time) = facts.stamped else { continue };
            let (sha256, indication) = (facts.container, signature.indication);
            stamps.push(Stamp { id, time, sha256, indication, over: Over::Revision(place) });
            continue;
        }
        let proven = signature.times.proven.as_ref().filter(|proof| proof.by == ProofKind::SignatureTimestamp);
        let stamp = proven.and_then(|proof| facts.stamps.iter().find(|(time, _)| *time == proof.time));
        if let Some((time, sha256)) = stamp {
            let (over, indication) = (Over::Value(place, signature), Indication::Passed);
            stamps.push(Stamp { id, time: *time, sha256: *sha256, indication, over });
        }
    }
    stamps
}

/// An evidence record that came beside the document: by its place, for the report keeps no bytes of it.
fn evidence_record(xml: &mut Writer, place: usize, record: &EvidenceRecord) {
    object(xml, &format!("E-{}", place + 1), "evidencerecord", None, |xml| {
        if let Some(proof) = &record.proven {
            xml.within("POEProvisioning", &[], |xml| {
                xml.text("POETime", &proof.time.to_string());
                etsi::reference(xml, "ValidationObject", FILE);
            });
        }
        status(xml, record.indication);
    });
}

/// The report about an object.
fn status(xml: &mut Writer, indication: Indication) {
    xml.within("ValidationReport", &[], |xml| {
        xml.within("SignatureValidationStatus", &[], |xml| {
            xml.text("MainIndication", &etsi::main_indication(indication.timestamp_name()));
        });
    });
}

fn object(xml: &mut Writer, id: &str, kind: &str, sha256: Option<&[u8; 32]>, more: impl FnOnce(&mut Writer)) {
    xml.within("ValidationObject", &[("id", id)], |xml| {
        xml.text("ObjectType", &format!("urn:etsi:019102:validationObject:{kind}"));
        xml.within("ValidationObjectRepresentation", &[], |xml| match sha256 {
            Some(sha256) => etsi::digest(xml, sha256),
            None => xml.text("URI", &format!("urn:sigill:beside-the-document:{id}")),
        });
        more(xml);
    });
}
