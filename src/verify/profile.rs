//! Whether a CMS structure is the signature its SubFilter promises. VALIDATION 10, CM-3 to CM-16; 5.4; SAV-3.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::format::cms;
use crate::format::cms::SignedData;
use crate::format::cms::SignerInfo;
use crate::format::cms::attribute;
use crate::format::der;
use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::Certificate;
use crate::verify::indication::SubIndication;
use crate::verify::text::Finding;

/// The kinds of signature that PDF files hold (VALIDATION 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubFilter {
    /// `ETSI.CAdES.detached`: PAdES.
    CadesDetached,
    /// `adbe.pkcs7.detached`.
    Pkcs7Detached,
    /// `adbe.pkcs7.sha1`.
    Pkcs7Sha1,
    /// `adbe.x509.rsa_sha1`: no CMS at all.
    X509RsaSha1,
    /// `ETSI.RFC3161`: a document timestamp.
    Timestamp,
    /// Missing, or one that no rule is known for.
    Unknown,
}

impl SubFilter {
    /// From the name in the file.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            Some("ETSI.CAdES.detached") => Self::CadesDetached,
            Some("adbe.pkcs7.detached") => Self::Pkcs7Detached,
            Some("adbe.pkcs7.sha1") => Self::Pkcs7Sha1,
            Some("adbe.x509.rsa_sha1") => Self::X509RsaSha1,
            Some("ETSI.RFC3161") => Self::Timestamp,
            Some(_) | None => Self::Unknown,
        }
    }
}

/// What the profile has to say: failures with the standard's word, and what is only noticed.
#[derive(Clone, Debug, Default)]
pub struct Conformance {
    /// Decisive, in the order found.
    pub failures: Vec<(SubIndication, Finding)>,
    /// Noticed.
    pub warnings: Vec<Finding>,
}

impl Conformance {
    fn fail(&mut self, sub: SubIndication, code: &'static str, sv: &str, en: &str) {
        self.failures.push((sub, Finding::new(code, sv, en)));
    }

    fn warn(&mut self, code: &'static str, sv: &str, en: &str) {
        self.warnings.push(Finding::new(code, sv, en));
    }
}

/// Unsigned attributes that something here reads.
const UNSIGNED_KNOWN: [&str; 4] = [
    attribute::COUNTER_SIGNATURE,
    attribute::SIGNATURE_TIME_STAMP,
    attribute::CERTIFICATE_VALUES,
    attribute::REVOCATION_VALUES,
];

/// Unsigned attributes that would prove a time if they were judged, and what they are called: PDF has document timestamps
/// instead (EN 319 142-1), so what stands here is told and counts for nothing.
const UNSIGNED_PROOFS: [(&str, &str, &str); 7] = [
    (attribute::CADES_C_TIME_STAMP, "tidsstämpel över underskrift och referenser", "CAdES-C timestamp"),
    (attribute::REFERENCES_TIME_STAMP, "tidsstämpel över referenser", "certificate and CRL reference timestamp"),
    (attribute::ARCHIVE_TIME_STAMP_V1, "arkivtidsstämpel (CAdES, version 1)", "CAdES archive timestamp, version 1"),
    (attribute::ARCHIVE_TIME_STAMP_V2, "arkivtidsstämpel (CAdES, version 2)", "CAdES archive timestamp, version 2"),
    (attribute::ARCHIVE_TIME_STAMP_V3, "arkivtidsstämpel (CAdES, version 3)", "CAdES archive timestamp, version 3"),
    (attribute::EVIDENCE_RECORD_INTERNAL, "bevispost över underskriften (RFC 4998)", "internal evidence record"),
    (attribute::EVIDENCE_RECORD_EXTERNAL, "bevispost över innehållet (RFC 4998)", "external evidence record"),
];

/// How far the two times that a signer may claim can be apart (CM-16).
const CLAIMS_APART_MAX_HOURS: i64 = 24;

/// Judges the structure. `signer` is the first; CM-3 demands that there be no other.
pub fn judge(data: &SignedData, signer: &SignerInfo, kind: SubFilter) -> Conformance {
    use SubIndication as S;
    let mut said = Conformance::default();
    if data.signers.len() != 1 {
        said.fail(
            S::FormatFailure,
            "CM-3",
            "Fler än en undertecknare i samma underskrift.",
            "More than one signer in one signature.",
        );
    }
    let inside = data.e_content.is_some();
    let fits = match kind {
        SubFilter::CadesDetached | SubFilter::Pkcs7Detached => !inside,
        SubFilter::Pkcs7Sha1 => data.e_content.as_ref().is_some_and(|content| content.len() == 20),
        SubFilter::Timestamp => inside,
        SubFilter::X509RsaSha1 | SubFilter::Unknown => true,
    };
    if !fits {
        said.fail(
            S::FormatFailure,
            "CM-4",
            "Innehållet i underskriften är inte det som typen kräver.",
            "The signature's content is not what its type demands.",
        );
    }
    if kind != SubFilter::Timestamp && data.content_type.as_str() != cms::DATA {
        said.fail(
            S::FormatFailure,
            "CM-5",
            "Underskriften gäller en annan sorts innehåll.",
            "The signature is over another kind of content.",
        );
    }
    if data.certificates_of_other_kinds > 0 {
        said.warn(
            "CM-15",
            "Certifikat av annat slag lämnades utan avseende.",
            "Certificates of other kinds were ignored.",
        );
    }
    if !data.digest_algorithms.iter().any(|listed| listed.oid == signer.digest_algorithm.oid) {
        said.warn(
            "CM-9",
            "Underskriftens hashmetod är inte anmäld i dess hölje.",
            "The signature's digest algorithm is not announced in its envelope.",
        );
    }
    attributes(data, signer, kind, &mut said);
    unjudged_proofs(signer, &mut said);
    unknown_attributes(signer, &mut said);
    said
}

/// What the signer's certificate and what he claims say of each other: CM-12, CM-16 and SAV-3. `claimed` is `/M`.
pub fn claims(
    data: &SignedData,
    signer: &SignerInfo,
    certificate: &Certificate,
    claimed: Option<Timestamp>,
) -> Vec<Finding> {
    let mut said = Conformance::default();
    if !data.certificates.contains(certificate) {
        said.warn(
            "CM-12",
            "Undertecknarens certifikat finns inte i själva underskriften.",
            "The signer's certificate is not in the signature itself.",
        );
    }
    let stated = signer.signed.as_ref().and_then(|signed| signed.attributes().signing_time().ok().flatten());
    let apart = |(stated, claimed): (Timestamp, Timestamp)| {
        stated.duration_since(claimed).abs() > SignedDuration::from_hours(CLAIMS_APART_MAX_HOURS)
    };
    if stated.zip(claimed).is_some_and(apart) {
        said.warn(
            "CM-16",
            "Underskriften uppger två tider som skiljer sig med mer än ett dygn.",
            "The signature states two times that are more than a day apart.",
        );
    }
    let outside = |time: Timestamp| time < certificate.not_before || time > certificate.not_after;
    if [stated, claimed].into_iter().flatten().any(outside) {
        said.warn(
            "SAV-3",
            "Undertecknaren uppger en tid då certifikatet inte gällde.",
            "The signer claims a time when the certificate was not valid.",
        );
    }
    said.warnings
}

/// CM-14: proofs of time that are not judged. The certificates and revocation data in them are used all the same (7).
fn unjudged_proofs(signer: &SignerInfo, said: &mut Conformance) {
    let stands = |oid: &str| signer.unsigned.values(oid).next().is_some();
    let found = || UNSIGNED_PROOFS.iter().filter(|(oid, ..)| stands(oid));
    let names = |of: &dyn Fn(&(&str, &'static str, &'static str)) -> &'static str| -> String {
        found().map(of).collect::<Vec<_>>().join(", ")
    };
    if found().next().is_some() {
        let (sv, en) = (names(&|(_, sv, _)| *sv), names(&|(.., en)| *en));
        said.warn(
            "PROOF_NOT_JUDGED",
            &format!("Underskriften bär bevis om tid som inte har bedömts och inte räknas: {sv}."),
            &format!("The signature carries proofs of time that were not judged and do not count: {en}."),
        );
    }
}

/// CM-14: unsigned attributes that nothing here reads are named and not used.
fn unknown_attributes(signer: &SignerInfo, said: &mut Conformance) {
    let unsigned = signer.unsigned.all().iter().map(|attribute| attribute.oid.as_str());
    let known = |oid: &&str| UNSIGNED_KNOWN.contains(oid) || UNSIGNED_PROOFS.iter().any(|(proof, ..)| proof == oid);
    let mut unknown: Vec<&str> = unsigned.filter(|oid| !known(oid)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        said.warn(
            "CM-14",
            &format!("Tillägg till underskriften lämnades utan avseende: {names}."),
            &format!("Additions to the signature were ignored: {names}."),
        );
    }
}

/// Whether two identifiers name one algorithm. RFC 5754 2: a parameter of NULL says no more than none.
fn same_algorithm(one: &AlgorithmIdentifier, other: &AlgorithmIdentifier) -> bool {
    let parameters =
        |of: &AlgorithmIdentifier| of.parameters.clone().filter(|parameters| *parameters != [der::NULL, 0]);
    one.oid == other.oid && parameters(one) == parameters(other)
}

/// CM-6 to CM-8, CM-11, CM-16.
fn attributes(data: &SignedData, signer: &SignerInfo, kind: SubFilter, said: &mut Conformance) {
    use SubIndication as S;
    let Some(signed) = &signer.signed else {
        said.fail(
            S::FormatFailure,
            "CM-6",
            "Underskriften saknar undertecknade uppgifter.",
            "The signature has no signed attributes.",
        );
        return;
    };
    let attributes = signed.attributes();
    if !attributes.irregular().is_empty() {
        said.fail(
            S::FormatFailure,
            "CM-6",
            "En undertecknad uppgift finns flera gånger.",
            "A signed attribute occurs more than once.",
        );
    }
    match attributes.content_type() {
        Ok(Some(stated)) if stated == data.content_type => {}
        Ok(_) | Err(_) => said.fail(
            S::SigConstraintsFailure,
            "CM-7",
            "Uppgiften om innehållets sort saknas eller är fel.",
            "The content type attribute is missing or wrong.",
        ),
    }
    if !matches!(attributes.message_digest(), Ok(Some(_))) {
        said.fail(
            S::FormatFailure,
            "CM-8",
            "Underskriften saknar kontrollsumma för innehållet.",
            "The signature has no digest of the content.",
        );
    }
    let protection = attributes.algorithm_protection();
    let protected = match &protection {
        Ok(None) => true,
        Ok(Some(stated)) => {
            let signature = stated.signature_algorithm.as_ref();
            same_algorithm(&stated.digest_algorithm, &signer.digest_algorithm)
                && signature.is_some_and(|stated| same_algorithm(stated, &signer.signature_algorithm))
        }
        Err(_) => false,
    };
    if !protected {
        said.fail(
            S::SigConstraintsFailure,
            "CM-11",
            "Underskriftens metod är en annan än den som skrevs under.",
            "The signature's algorithm is not the one that was signed.",
        );
    }
    let timed = attributes.values(attribute::SIGNING_TIME).next().is_some();
    if timed && kind == SubFilter::CadesDetached {
        said.warn(
            "CM-16",
            "Underskriften anger en tid som standarden inte tillåter; den används inte.",
            "The signature states a time that the standard forbids; it is not used.",
        );
    }
}
