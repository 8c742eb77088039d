//! Whom we believe: trust anchors, from files that somebody chose. VALIDATION 2 and 8.1.
//! An empty set trusts nobody; there is no way to trust everybody.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::format::x509::Certificate;
use crate::verify::crypto;

/// What an anchor may vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signers' certificates.
    Signature,
    /// Time-stamping authorities.
    Timestamp,
}

/// A certificate that is believed because somebody put it there.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// Where it was read from, as people know it.
    pub source: String,
}

/// The set of anchors. Its digest stands in every report, so that two reports can be compared.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<Anchor>,
    digest: [u8; 32],
}

/// A file that was meant to hold anchors and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct Problem {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
}

/// First line of a certificate in PEM (RFC 7468).
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
/// Last line of one.
const END: &str = "-----END CERTIFICATE-----";

impl Trust {
    /// Nobody.
    pub fn nobody() -> Self {
        Self::of(Vec::new())
    }

    /// These anchors; one certificate given twice counts once.
    pub fn of(mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_by(|left, right| left.certificate.der().cmp(right.certificate.der()));
        anchors.dedup_by(|left, right| left.certificate == right.certificate);
        let prints: Vec<[u8; 32]> = anchors.iter().map(|anchor| crypto::sha256(&[anchor.certificate.der()])).collect();
        let mut sorted: Vec<&[u8]> = prints.iter().map(<[u8; 32]>::as_slice).collect();
        sorted.sort_unstable();
        let digest = crypto::sha256(&sorted);
        Self { anchors, digest }
    }

    /// Reads named files of PEM or DER certificates. What cannot be read is told and trusts nobody.
    pub fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> (Self, Vec<Problem>) {
        let (mut anchors, mut problems) = (Vec::new(), Vec::new());
        for (source, bytes) in files {
            match certificates(bytes) {
                Ok(found) => {
                    let anchor = |certificate| Anchor { certificate, source: source.to_owned() };
                    anchors.extend(found.into_iter().map(anchor));
                }
                Err(what) => problems.push(Problem { file: source.to_owned(), what }),
            }
        }
        (Self::of(anchors), problems)
    }

    /// The anchors, in the order of their bytes.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// SHA-256 over the sorted fingerprints.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether this very certificate is an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.anchors.iter().any(|anchor| anchor.certificate == *certificate)
    }

    /// The anchors whose subject is this certificate's issuer.
    pub fn issuers_of<'s>(&'s self, certificate: &'s Certificate) -> impl Iterator<Item = &'s Anchor> {
        self.anchors.iter().filter(|anchor| anchor.certificate.subject == certificate.issuer)
    }
}

/// All certificates of one file: PEM blocks, or else one DER value.
fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, String> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(BEGIN) {
        return Certificate::read(bytes).map(|one| vec![one]).map_err(|error| error.to_string());
    }
    let blocks = text.split(BEGIN).skip(1);
    let read = |block: &str| {
        let (body, _) = block.split_once(END).ok_or("a PEM block without its end")?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|error| format!("not base64: {error}"))?;
        Certificate::read(&der).map_err(|error| error.to_string())
    };
    blocks.map(read).collect()
}
