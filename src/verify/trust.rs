//! Whom we believe, for what, and during which time: trust anchors that somebody chose. VALIDATION 2, 8.1 and 8.5.
//! An empty set trusts nobody; there is no way to trust everybody.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::format::x509::Certificate;
use crate::verify::crypto;

/// What an anchor may vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Signers' certificates.
    Signature,
    /// Time-stamping authorities.
    Timestamp,
    /// People's own BankID certificates, in evidence beside a document. Never granted unless it is said (SWEDEN 2.5).
    BankId,
    /// Services whose signature validation tokens (RFC 9321) are believed. Never granted unless it is said.
    ValidationToken,
}

impl Purpose {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Signature, Self::Timestamp, Self::BankId, Self::ValidationToken];
    /// What a certificate in a folder is believed for when nothing more is said.
    pub const USUAL: [Self; 2] = [Self::Signature, Self::Timestamp];

    /// The name in files and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
            Self::BankId => "bankid",
            Self::ValidationToken => "validation-token",
        }
    }
}

/// One thing an anchor is believed for, and during which time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// For what.
    pub purpose: Purpose,
    /// From this moment; none: always.
    pub from: Option<Timestamp>,
    /// Before this moment, the sunset; none: without end.
    pub until: Option<Timestamp>,
    /// The service's type on a trust list (TS 119 612 5.5.1, a URI); none where a person chose the anchor.
    pub service: Option<String>,
}

impl Grant {
    /// Believed for this, without limit in time.
    pub fn always(purpose: Purpose) -> Self {
        Self { purpose, from: None, until: None, service: None }
    }

    fn covers(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// A certificate that is believed because somebody put it there, or because a trust list that is believed names it.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// Where it was read from, as people know it.
    pub source: String,
    /// What it is believed for; nothing, where the list is empty.
    pub grants: Vec<Grant>,
    /// From when on the authority keeps expired certificates in its revocation data, as a trust list states
    /// (TS 119 612 5.5.9.1, expiredCertsRevocationInfo; OC-10, CL-8).
    pub keeps_expired_since: Option<Timestamp>,
}

impl Anchor {
    /// An anchor for the usual purposes, without limit in time.
    pub fn usual(certificate: Certificate, source: impl Into<String>) -> Self {
        let grants = Purpose::USUAL.map(Grant::always).to_vec();
        Self { certificate, source: source.into(), grants, keeps_expired_since: None }
    }

    /// Whether it is or ever was believed for this.
    pub fn serves(&self, purpose: Purpose) -> bool {
        self.grants.iter().any(|grant| grant.purpose == purpose)
    }

    /// Whether it is believed for this at a moment: a list's status then, or the operator's window (8.5, XC-18).
    pub fn vouches(&self, purpose: Purpose, at: Timestamp) -> bool {
        self.grants.iter().any(|grant| grant.purpose == purpose && grant.covers(at))
    }

    /// When belief in it for this ended or ends, the sunset of VALIDATION 3.5 and 4.5; none: no end is set. One that
    /// never was believed for this ended before all time.
    pub fn trusted_until(&self, purpose: Purpose) -> Option<Timestamp> {
        let mut ends = self.grants.iter().filter(|grant| grant.purpose == purpose).map(|grant| grant.until);
        ends.try_fold(Timestamp::MIN, |latest, end| Some(latest.max(end?)))
    }
}

/// A trust list that anchors were taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListName {
    /// What it is called here.
    pub name: String,
    /// Its country or area.
    pub territory: String,
    /// Rises with every issue.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it runs out; none: it was closed.
    pub next: Option<Timestamp>,
    /// Certificates believed on its word.
    pub anchors: usize,
}

/// The set of anchors. Its digest stands in every report, so that two reports can be compared.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<Anchor>,
    lists: Vec<ListName>,
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

    /// These anchors; one certificate given twice is one anchor with what either was granted.
    pub fn of(mut anchors: Vec<Anchor>) -> Self {
        anchors.sort_by(|left, right| left.certificate.der().cmp(right.certificate.der()));
        anchors.dedup_by(|again, kept| {
            let same = again.certificate == kept.certificate;
            if same {
                kept.grants.append(&mut again.grants);
                kept.keeps_expired_since = kept.keeps_expired_since.or(again.keeps_expired_since);
            }
            same
        });
        for anchor in &mut anchors {
            anchor.grants.sort();
            anchor.grants.dedup();
        }
        let digest = digest(&anchors);
        Self { anchors, lists: Vec::new(), digest }
    }

    /// The same and what trust lists say. A certificate that a person chose stays as that person said, whatever a list
    /// says of it.
    #[must_use]
    pub fn with_lists(self, lists: Vec<(ListName, Vec<Anchor>)>) -> Self {
        let (names, listed): (Vec<ListName>, Vec<Vec<Anchor>>) = lists.into_iter().unzip();
        let listed = listed.into_iter().flatten().filter(|anchor| !self.contains(&anchor.certificate));
        let anchors = listed.chain(self.anchors.iter().cloned()).collect();
        Self { lists: names, ..Self::of(anchors) }
    }

    /// The trust lists that anchors were taken from.
    pub fn lists(&self) -> &[ListName] {
        &self.lists
    }

    /// Reads named files of PEM or DER certificates for the usual purposes. What cannot be read is told and trusts
    /// nobody.
    pub fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> (Self, Vec<Problem>) {
        let (mut anchors, mut problems) = (Vec::new(), Vec::new());
        for (source, bytes) in files {
            match certificates(bytes) {
                Ok(found) => anchors.extend(found.into_iter().map(|one| Anchor::usual(one, source))),
                Err(what) => problems.push(Problem { file: source.to_owned(), what }),
            }
        }
        (Self::of(anchors), problems)
    }

    /// The anchors, in the order of their bytes.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// SHA-256 over what is believed: the sorted fingerprints with their grants. Where they were read from is no part.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether this very certificate is an anchor, for whatever purpose.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.anchors.iter().any(|anchor| anchor.certificate == *certificate)
    }

    /// This very certificate as an anchor for a purpose. Whether it is believed at a given time is
    /// [`Anchor::vouches`]'s to say.
    pub fn anchor(&self, certificate: &Certificate, purpose: Purpose) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| anchor.certificate == *certificate && anchor.serves(purpose))
    }

    /// The anchors for a purpose whose subject is this certificate's issuer.
    pub fn issuers_of<'s>(
        &'s self,
        certificate: &'s Certificate,
        purpose: Purpose,
    ) -> impl Iterator<Item = &'s Anchor> {
        self.anchors
            .iter()
            .filter(move |anchor| anchor.certificate.subject == certificate.issuer && anchor.serves(purpose))
    }
}

/// One line for each fingerprint and each grant, so that no two different sets read alike.
fn digest(anchors: &[Anchor]) -> [u8; 32] {
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let mut blocks: Vec<String> = Vec::new();
    for anchor in anchors {
        let print = crypto::sha256(&[anchor.certificate.der()]);
        let mut block = format!("{print:02x?} {}\n", moment(anchor.keeps_expired_since));
        for Grant { purpose, from, until, service } in &anchor.grants {
            block.push_str(&format!("{} {} {} {service:?}\n", purpose.name(), moment(*from), moment(*until)));
        }
        blocks.push(block);
    }
    blocks.sort_unstable();
    crypto::sha256(&blocks.iter().map(String::as_bytes).collect::<Vec<_>>())
}

/// All certificates of one file: PEM blocks, or else one DER value.
///
/// # Errors
/// What is wrong with the file, in words; one block that cannot be read spoils it whole.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, String> {
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
