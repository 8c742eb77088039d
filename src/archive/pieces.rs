//! Evidence beside a document, piece by piece: of what kind it is, where it came from, and what cannot be read.
//! VALIDATION 9.1 and 13, SWEDEN 2.5. A piece that cannot be read is a finding; nothing is believed for being handed in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::format::bankid::Completion;
use crate::format::budget::Budget;
use crate::format::cms::SignedData;
use crate::format::crl::Crl;
use crate::format::ers::EvidenceRecord;
use crate::format::ocsp;
use crate::verify::evidence::Evidence;
use crate::verify::mask::masked;
use crate::verify::text::Finding;
use crate::verify::text::Text;
use crate::verify::trust;

/// Pieces taken beside one document; minutes have a handful of signers, each with an answer or two.
pub const PIECES_MAX: usize = 50;

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What BankID answered about one signing: `completionData`, the whole answer of `collect`, or the bare XML.
    BankId,
    /// An OCSP answer (RFC 6960).
    Ocsp,
    /// A revocation list (RFC 5280).
    Crl,
    /// A certificate, or several in PEM or in a bundle (PKCS #7).
    Certificate,
    /// An evidence record (RFC 4998) over the whole document.
    EvidenceRecord,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::BankId, Self::Ocsp, Self::Crl, Self::Certificate, Self::EvidenceRecord];

    /// The word in JSON and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::BankId => "bankid",
            Self::Ocsp => "ocsp",
            Self::Crl => "crl",
            Self::Certificate => "certificate",
            Self::EvidenceRecord => "evidence-record",
        }
    }

    /// The kind by its word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a file with this ending holds, by custom.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "crl" => Some(Self::Crl),
            "ocsp" | "ors" => Some(Self::Ocsp),
            "ers" | "er" => Some(Self::EvidenceRecord),
            "cer" | "crt" | "der" | "pem" | "p7b" | "p7c" => Some(Self::Certificate),
            "json" | "xml" => Some(Self::BankId),
            _ => None,
        }
    }

    /// What it is called.
    pub fn words(self) -> Text {
        match self {
            Self::BankId => Text::new("BankID:s svar om en underskrift", "BankID's answer about a signing"),
            Self::Ocsp => Text::new("ett spärrsvar (OCSP)", "a revocation answer (OCSP)"),
            Self::Crl => Text::new("en spärrlista (CRL)", "a revocation list (CRL)"),
            Self::Certificate => Text::new("ett certifikat", "a certificate"),
            Self::EvidenceRecord => Text::new("en bevispost (RFC 4998)", "an evidence record (RFC 4998)"),
        }
    }

    /// What the bytes can be read as.
    pub fn recognised(bytes: &[u8]) -> Option<Self> {
        let bare = without_armour(bytes);
        let der = bare.as_deref().unwrap_or(bytes);
        // A list that is read twice costs twice, so that the cheap ones come first.
        let reads = |kind: Self| match kind {
            Self::BankId => Completion::read(bytes).is_ok(),
            Self::Ocsp => ocsp::Response::read(der).is_ok(),
            Self::Crl => Crl::read(der).is_ok(),
            Self::Certificate => {
                trust::certificates(bytes).is_ok_and(|found| !found.is_empty()) || bundle(der).is_some()
            }
            Self::EvidenceRecord => EvidenceRecord::read(der, &Budget::STANDARD).is_ok(),
        };
        let order = [Self::Certificate, Self::Ocsp, Self::EvidenceRecord, Self::BankId, Self::Crl];
        order.into_iter().find(|kind| reads(*kind))
    }
}

/// One piece, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What whoever handed it in calls it, for people.
    pub name: String,
    /// What it is said to be; none is whatever it can be read as.
    pub kind: Option<Kind>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The address it was fetched from; none where it was handed in.
    pub address: Option<String>,
}

/// What came of pieces.
#[derive(Clone, Default)]
pub struct Collected {
    /// What the verification is given.
    pub evidence: Evidence,
    /// The pieces that could be read, each with its kind.
    pub readable: Vec<(Kind, Piece)>,
    /// One for each that could not.
    pub findings: Vec<Finding>,
}

impl Collected {
    /// Reads pieces.
    pub fn of(pieces: &[Piece]) -> Self {
        let mut collected = Self::default();
        for piece in pieces {
            let kind = piece.kind.or_else(|| Kind::recognised(&piece.bytes));
            match kind.filter(|kind| add(*kind, &piece.bytes, &mut collected.evidence)) {
                Some(kind) => collected.readable.push((kind, piece.clone())),
                None => collected.findings.push(unreadable(piece)),
            }
        }
        collected
    }

    /// Reads pieces that were handed in. Those beyond [`PIECES_MAX`] are passed over, and said to be.
    pub fn given(pieces: &[Piece]) -> Self {
        let mut collected = Self::of(pieces.get(..PIECES_MAX).unwrap_or(pieces));
        if pieces.len() > PIECES_MAX {
            collected.findings.push(Finding::new(
                "EVIDENCE_TOO_MUCH",
                format!("Högst {PIECES_MAX} bevisfiler läses. De övriga har inte använts."),
                format!("At most {PIECES_MAX} pieces of evidence are read. The others were not used."),
            ));
        }
        collected
    }
}

/// Adds a piece to the evidence. False where it cannot be read as what it is said to be; then nothing was added.
pub fn add(kind: Kind, bytes: &[u8], evidence: &mut Evidence) -> bool {
    let bare = without_armour(bytes);
    let der = bare.as_deref().unwrap_or(bytes);
    let before = evidence.unreadable();
    match kind {
        Kind::BankId => evidence.add_bankid(bytes),
        Kind::Ocsp => evidence.add_ocsp(der),
        Kind::Crl => evidence.add_crl(der),
        Kind::Certificate => match trust::certificates(bytes).ok().filter(|found| !found.is_empty()) {
            Some(found) => evidence.add_certificates(found),
            // VALIDATION 8.2: a bundle of certificates without any signature.
            None => match bundle(der) {
                Some(bundle) => evidence.add_certificates(bundle.certificates),
                None => return false,
            },
        },
        Kind::EvidenceRecord if EvidenceRecord::read(der, &Budget::STANDARD).is_err() => return false,
        Kind::EvidenceRecord => evidence.add_record(der),
    }
    evidence.unreadable() == before
}

fn bundle(der: &[u8]) -> Option<SignedData> {
    SignedData::read(der, &Budget::STANDARD).ok().filter(|bundle| !bundle.certificates.is_empty())
}

fn unreadable(piece: &Piece) -> Finding {
    let name = masked(&piece.name);
    let Text { sv, en } = piece
        .kind
        .map_or_else(|| Text::new("något bevis som vi känner till", "any evidence that we know"), |kind| kind.words());
    Finding::new(
        "EVIDENCE_UNREADABLE",
        format!("Filen ”{name}” som lämnades som bevis kan inte läsas som {sv}. Den har inte använts."),
        format!("The file \"{name}\" that was handed in as evidence cannot be read as {en}. It was not used."),
    )
}

/// One PEM block, which some write where DER is asked for, unwrapped.
fn without_armour(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = bytes.starts_with(b"-----BEGIN ").then(|| std::str::from_utf8(bytes).ok()).flatten()?;
    let (_, body) = text.split_once("-----\n").or_else(|| text.split_once("-----\r\n"))?;
    let (body, _) = body.split_once("-----END")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
