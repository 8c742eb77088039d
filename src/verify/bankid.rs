//! Did a person sign this with her BankID? BankID's own evidence, verified without asking BankID. SWEDEN.md 2.5.
//! Every check that can run runs. Only evidence without a single reservation makes level A; a personal identity number
//! is compared here, masked, and kept nowhere.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::format::bankid::Completion;
use crate::format::bankid::Function;
use crate::format::bankid::SignedData;
use crate::format::bankid::parts;
use crate::format::ocsp;
use crate::format::pdf::Document;
use crate::format::x509::Certificate;
use crate::format::xml;
use crate::format::xml::signature::Signature;
use crate::verify::budget::Meter;
use crate::verify::changes::ChangeLevel;
use crate::verify::changes::History;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Hasher;
use crate::verify::evidence::Evidence;
use crate::verify::mask::masked;
use crate::verify::path;
use crate::verify::policy::Mechanism;
use crate::verify::policy::Policy;
use crate::verify::revocation;
use crate::verify::text::Finding;
use crate::verify::trust::Purpose;
use crate::verify::trust::Trust;
use crate::verify::xmldsig;

/// SHA-256 of "Test BankID Root CA v1 Test": anybody gets a BankID under it, so it proves nothing about a person.
const TEST_ROOT: [u8; 32] = [
    0xc6, 0xfa, 0xea, 0xf8, 0xcc, 0xad, 0xcf, 0xd0, 0x73, 0x8d, 0xc9, 0x91, 0x40, 0xca, 0x78, 0x8c, 0x1a, 0x19, 0xa9,
    0x3f, 0x84, 0x3c, 0x5a, 0x9e, 0xc1, 0x36, 0x98, 0x72, 0xd5, 0x0e, 0x45, 0xf2,
];
/// serialNumber: the person's identity number.
const SERIAL_NUMBER: &str = "2.5.4.5";
/// Bytes of the OCSP nonce that bind it to the signature; twelve random ones follow (SWEDEN 2.4).
const NONCE_BOUND: usize = 20;
/// All of them.
const NONCE_BYTES: usize = 32;
/// Characters shown of what the person was shown.
const TEXT_CHARS_MAX: usize = 2_000;
/// The digests in which a relying party may have named the document.
const DIGESTS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];

/// What BankID's evidence says, as it may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    /// The person's name in her certificate, masked.
    pub name: Option<String>,
    /// Her identity number, masked.
    pub identifier: Option<String>,
    /// Who asked her, as she was told.
    pub service: Option<String>,
    /// That one's organisation number.
    pub organisation: Option<String>,
    /// The order's reference; nothing signs it.
    pub order: Option<String>,
    /// What she was shown, its beginning, masked.
    pub text: Option<String>,
    /// When BankID's authority answered for her certificate: the best evidence of the time.
    pub at: Option<Timestamp>,
    /// The revision of this document that she signed, counted from 0.
    pub revision: Option<usize>,
    /// The signature field whose signer she is, where that is level A.
    pub field: Option<String>,
    /// Every reservation; none: it holds, and for this document.
    pub findings: Vec<Finding>,
}

/// Evidence, judged: what is shown, and for comparing alone the number.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// What may be shown.
    pub attested: Attested,
    number: Option<String>,
}

/// What is known when evidence is judged.
#[derive(Clone, Copy)]
pub struct Setting<'s> {
    /// Anchors; only those for BankID count.
    pub trust: &'s Trust,
    /// Rules, and which relying parties are ours.
    pub policy: &'s Policy,
    /// The validation time.
    pub now: Timestamp,
}

impl Judged {
    /// Whether it makes the signature of this certificate's holder level A: nothing is reserved, she is the one, and
    /// between what she signed and what the signature covers, `revision`, nothing was changed.
    pub fn proves(&self, signer: &Certificate, revision: Option<usize>, history: &History) -> bool {
        let same = self.number.is_some() && self.number == number(signer);
        let (Some(hers), Some(covered)) = (self.attested.revision, revision) else { return false };
        let between = history.after(Some(hers));
        let harmless = between.level != ChangeLevel::NotChecked
            && between
                .changes
                .iter()
                .filter(|change| change.revision <= covered)
                .all(|change| change.field.is_none() && change.level <= ChangeLevel::FormFilling);
        self.attested.findings.is_empty() && same && hers <= covered && harmless
    }

    fn reserve(&mut self, code: &'static str, sv: impl Into<String>, en: impl Into<String>) {
        self.attested.findings.push(Finding::new(code, sv, en));
    }
}

/// Judges one piece of evidence. `digests`: what the document and its revisions have ([`Digests::of`]).
pub fn judge(given: &Completion, digests: &Digests, setting: Setting<'_>, meter: &mut Meter) -> Judged {
    let mut judged = Judged::default();
    judged.attested.order = given.order.as_deref().map(masked);
    let read = xml::read(&given.xml).map_err(|error| error.to_string());
    let signed = read.as_ref().map_err(Clone::clone).and_then(|document| signed(document, meter));
    match signed {
        Ok((data, certificates, mechanisms)) => {
            judged.take(&data, certificates.first());
            judged.purpose(&data, setting.policy);
            judged.binding(&data, digests);
            judged.person(given, &certificates, mechanisms, setting, meter);
        }
        Err(why) => judged.reserve(
            "BANKID_SIGNATURE",
            format!("BankID-underskriften i bevismaterialet håller inte eller kan inte läsas: {why}."),
            format!("The BankID signature in the evidence does not hold or cannot be read: {why}."),
        ),
    }
    judged
}

type Signed = (SignedData, Vec<Certificate>, Vec<Mechanism>);

/// The signature's mathematics, and from what it covers, and from that alone, the data and the certificates (2.5 nr 3).
fn signed(document: &xml::Document<'_>, meter: &mut Meter) -> Result<Signed, String> {
    let (element, data) = parts(document).map_err(|error| error.to_string())?;
    let signature = Signature::read(element).map_err(|error| error.to_string())?;
    let certificates: Result<Vec<Certificate>, _> =
        signature.certificates.iter().map(|der| Certificate::read(der)).collect();
    let certificates = certificates.map_err(|error| error.to_string())?;
    let first = certificates.first().ok_or("no certificate")?;
    meter.signature_check(first.public_key.key.len()).map_err(|_| "over budget")?;
    let receipt = xmldsig::verify(&signature, &first.public_key).map_err(|fault| fault.to_string())?;
    let covers = |node| receipt.targets().contains(&node);
    if !covers(data) || !signature.key_info.is_some_and(covers) {
        return Err("the signature covers something else".to_owned());
    }
    let data = SignedData::read(data).map_err(|error| error.to_string())?;
    Ok((data, certificates, receipt.mechanisms().to_vec()))
}

impl Judged {
    fn take(&mut self, data: &SignedData, certificate: Option<&Certificate>) {
        let attested = &mut self.attested;
        attested.service = data.display_name.as_deref().map(masked);
        attested.organisation = data.organisation_number().map(masked);
        attested.text = std::str::from_utf8(&data.visible).ok().map(excerpt);
        if let Some(certificate) = certificate {
            let subject = &certificate.subject;
            attested.name = subject.common_name().map(masked);
            attested.identifier = subject.find(SERIAL_NUMBER).map(masked);
            self.number = number(certificate);
        }
    }

    /// 2.5 number 4 and 7: she was asked to sign, by somebody we work with.
    fn purpose(&mut self, data: &SignedData, policy: &Policy) {
        if data.function != Function::Signing {
            self.reserve(
                "BANKID_FUNCTION",
                "Personen legitimerade sig med BankID. Det är ingen underskrift.",
                "The person identified herself with BankID. That is no signature.",
            );
        }
        let ours =
            data.organisation_number().is_some_and(|number| policy.relying_parties.iter().any(|one| one == number));
        if !ours {
            self.reserve(
                "BANKID_RELYING_PARTY",
                "Den tjänst som bad om BankID-underskriften finns inte på er lista över underskriftstjänster.",
                "The service that asked for the BankID signature is not on your list of signing services.",
            );
        }
    }

    /// 2.5 number 8: what she signed names this document, or what it was before others signed.
    fn binding(&mut self, data: &SignedData, digests: &Digests) {
        self.attested.revision = digests.named_in([&data.visible, &data.hidden]);
        if self.attested.revision.is_none() {
            self.reserve(
                "BANKID_BINDING",
                "BankID-underskriften säger inte vilken handling den gäller, eller gäller en annan fil.",
                "The BankID signature does not say which document it is over, or is over another file.",
            );
        }
    }

    /// 2.5 number 1, 2, 5 and 9: her certificate's path to a pinned root, and what BankID's authority said of it.
    fn person(
        &mut self,
        given: &Completion,
        certificates: &[Certificate],
        mut mechanisms: Vec<Mechanism>,
        setting: Setting<'_>,
        meter: &mut Meter,
    ) {
        let Some(first) = certificates.first() else { return };
        let path = match path::find(first, certificates, setting.trust, Purpose::BankId, meter) {
            Ok(path) => path,
            Err(untrusted) => {
                let why = untrusted.finding.text;
                return self.reserve(
                    "BANKID_CHAIN",
                    format!("Personens certifikat leder inte till den BankID-rot som ni har lagt in. {}", why.sv),
                    format!("The person's certificate does not lead to the BankID root you have put in. {}", why.en),
                );
            }
        };
        mechanisms.extend(path.mechanisms());
        if path.certificates().last().is_some_and(|root| crypto::sha256(&[root.der()]) == TEST_ROOT) {
            self.reserve(
                "BANKID_TEST",
                "Det är ett BankID för test. Vem som helst kan skaffa ett.",
                "It is a BankID for tests. Anybody can get one.",
            );
        }
        match vouched(given, &path, setting, meter) {
            Ok(datum) => {
                self.attested.at = Some(datum.produced);
                mechanisms.extend(datum.mechanisms);
                self.moment(&path, datum.produced, setting);
            }
            Err((code, text)) => self.reserve(code, text.0, text.1),
        }
        let weak = mechanisms.into_iter().find(|used| !setting.policy.reliable(*used).at(setting.now));
        if let Some(weak) = weak {
            let name = weak.name();
            self.reserve(
                "BANKID_ALGORITHM",
                format!("BankID-underskriften bygger på {name}, som inte längre är säker."),
                format!("The BankID signature rests on {name}, which is no longer reliable."),
            );
        }
    }

    /// Dates are judged when BankID answered: the certificates may have run out since (SWEDEN 2.4).
    fn moment(&mut self, path: &path::TrustedPath, at: Timestamp, setting: Setting<'_>) {
        let outside = |one: &Certificate| at < one.not_before || at > one.not_after;
        let anchored = path.anchor().is_some_and(|anchor| anchor.vouches(Purpose::BankId, at));
        if path.certificates().iter().any(outside) || at > setting.policy.latest(setting.now) || !anchored {
            self.reserve(
                "BANKID_TIME",
                "Ett certifikat i kedjan gällde inte när BankID svarade.",
                "A certificate of the path was not valid when BankID answered.",
            );
        }
    }
}

/// Why BankID's authority does not vouch: a code, and the words in both languages.
type Silent = (&'static str, (&'static str, &'static str));

/// BankID's OCSP answer: authentic, about her certificate, good, and bound to this very signature by its nonce.
fn vouched(
    given: &Completion,
    path: &path::TrustedPath,
    setting: Setting<'_>,
    meter: &mut Meter,
) -> Result<revocation::Datum, Silent> {
    const NONE: Silent = (
        "BANKID_OCSP",
        (
            "Bevismaterialet saknar ett svar från BankID om personens certifikat, så tidpunkten är inte styrkt.",
            "The evidence has no answer from BankID about the person's certificate, so the time is not evidenced.",
        ),
    );
    const NOT_GOOD: Silent = (
        "BANKID_OCSP",
        ("BankID:s svar säger inte att personens certifikat gällde.", "BankID's answer does not say good."),
    );
    const NOT_BOUND: Silent = (
        "BANKID_NONCE",
        ("BankID:s svar hör till en annan underskrift.", "BankID's answer belongs to another signature."),
    );
    let der = given.ocsp.as_deref().ok_or(NONE)?;
    let answer = ocsp::Response::read(der).map_err(|_| NOT_GOOD)?;
    let bound = crypto::digest(DigestAlgorithm::Sha1, &[given.signature.as_bytes()]);
    let nonce = answer.nonce.as_deref().unwrap_or_default();
    if nonce.len() != NONCE_BYTES || nonce.get(..NONCE_BOUND) != Some(bound.as_slice()) {
        return Err(NOT_BOUND);
    }
    let mut evidence = Evidence::none();
    evidence.add_ocsp(der);
    let context =
        revocation::Context { evidence: &evidence, trust: setting.trust, policy: setting.policy, now: setting.now };
    let data = revocation::data(path, 0, &context, meter).map_err(|_| NOT_GOOD)?;
    let chosen = revocation::choose(&data).filter(|datum| datum.says == revocation::Says::Good);
    chosen.cloned().ok_or(NOT_GOOD)
}

/// A Swedish identity number from a certificate, twelve digits, whatever form SWEDEN 1.3 allows. For comparing alone.
fn number(certificate: &Certificate) -> Option<String> {
    let written = certificate.subject.find(SERIAL_NUMBER)?;
    let digits = written.strip_prefix("PNOSE-").unwrap_or(written);
    (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

/// The digests of a document as it was at the end of each revision.
#[derive(Clone, Debug, Default)]
pub struct Digests(Vec<(usize, Vec<u8>)>);

impl Digests {
    /// One reading of the file for each algorithm, forked at the end of each revision.
    ///
    /// A revision ends at its `%%EOF` or after the line end that follows: either may be what the service was given.
    pub fn of(document: &Document<'_>) -> Self {
        let bytes = document.bytes();
        let mut ends: Vec<(usize, usize)> =
            document.revisions().iter().flat_map(|one| [(one.eof, one.index), (one.end, one.index)]).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut digests = Vec::new();
        for algorithm in DIGESTS {
            let mut hasher = Hasher::new(algorithm);
            let mut done = 0;
            for (end, revision) in &ends {
                hasher.update(bytes.get(done..*end).unwrap_or_default());
                done = *end;
                digests.push((*revision, hasher.clone().finish()));
            }
        }
        Self(digests)
    }

    /// The latest revision that one of these texts names by a digest, in hexadecimal or base64, or as the whole text.
    fn named_in(&self, texts: [&[u8]; 2]) -> Option<usize> {
        let mut words = BTreeSet::new();
        for text in texts {
            words.insert(text.to_vec());
            let hexadecimal = text.split(|byte| !byte.is_ascii_alphanumeric());
            words.extend(hexadecimal.map(<[u8]>::to_ascii_lowercase));
            let base64 = text.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/-_".contains(byte));
            words.extend(base64.map(<[u8]>::to_vec));
        }
        let named = |digest: &Vec<u8>| {
            let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let forms = [STANDARD_NO_PAD.encode(digest), URL_SAFE_NO_PAD.encode(digest), hexadecimal];
            words.contains(digest) || forms.iter().any(|form| words.contains(form.as_bytes()))
        };
        self.0.iter().filter(|(_, digest)| named(digest)).map(|(revision, _)| *revision).max()
    }
}

/// The beginning of what she was shown, masked.
fn excerpt(text: &str) -> String {
    masked(&text.chars().take(TEXT_CHARS_MAX).collect::<String>())
}
