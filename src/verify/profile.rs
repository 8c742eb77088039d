//! Whether a CMS structure is the signature its SubFilter promises. VALIDATION 10, CM-3 to CM-16, and 5.4.

use crate::format::cms;
use crate::format::cms::SignedData;
use crate::format::cms::SignerInfo;
use crate::format::cms::attribute;
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
    attributes(data, signer, kind, &mut said);
    said
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
            stated.digest_algorithm.oid == signer.digest_algorithm.oid
                && stated.signature_algorithm.as_ref().is_none_or(|stated| stated.oid == signer.signature_algorithm.oid)
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
