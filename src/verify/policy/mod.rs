//! The rules a document is judged by: dated, named, and pure data.
//! VALIDATION 3.4, 3.5, 6.6 and 12; the policy for the plain Swedish case is written down in [`Policy::swedish_minutes`].

mod statement;
mod table;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::ToSpan;

use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::indication::SubIndication;

pub use table::Kind;
pub use table::Mechanism;
pub use table::Reliable;
pub use table::Row;
pub use table::Table;

/// Check ids that warn by default and decide under `sigill-strict`; the spec says "strict" of each.
const STRICT: &[&str] = &[
    "ISC-1",
    "VCI-1",
    "SAV-3",
    "XC-5",
    "PF-8",
    "BR-3",
    "BR-9",
    "SF-2",
    "SD-2",
    "MD-3",
    "MD-5",
    "MD-26",
    "MD-33",
    "MD-41",
    "REVOCATION_OLDER_THAN_SIGNATURE",
];

/// When revocation data is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationRule {
    /// Every certificate below the anchor needs acceptable data (XC-8).
    Required,
    /// As above, except for a signer's certificate that carries AuthnContext: the signing service made the key for one
    /// signature and destroyed it, so there is no key left to abuse. Said in the report as a limitation.
    SingleUseKeysExempt,
    /// What there is counts; what is missing or stale is said as a limitation and decides nothing.
    IfAvailable,
}

impl RevocationRule {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Required, Self::SingleUseKeysExempt, Self::IfAvailable];

    /// The name in policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::SingleUseKeysExempt => "single-use-keys-exempt",
            Self::IfAvailable => "if-available",
        }
    }
}

/// What later annotations do to a signature that does not forbid them (VALIDATION 6.6, level L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationRule {
    /// INDETERMINATE; the document reads `altered`, for something was laid over what was signed.
    Refuse,
    /// A warning.
    Allow,
}

impl AnnotationRule {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Allow];

    /// The name in policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Allow => "allow",
        }
    }
}

/// A signature policy that we know: its identifier and the digests of its document, each as good as the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignaturePolicy {
    /// Dotted.
    pub oid: String,
    /// Of the policy's document.
    pub digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

/// The rules. Options are chosen once and passed, never read from a global.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Printed in every report.
    pub name: String,
    /// Rises whenever a verdict could change.
    pub version: String,
    /// Until when algorithms are reliable.
    pub algorithms: Table,
    /// When revocation data is demanded.
    pub revocation: RevocationRule,
    /// What annotations after signing do.
    pub annotations: AnnotationRule,
    /// How old revocation data may be; none where its own nextUpdate says so (VALIDATION 3.4).
    pub revocation_max_age: Option<SignedDuration>,
    /// Check ids and words (`SAV-3`) that decide here though they only warn by default.
    pub decisive: Vec<String>,
    /// Signature policies that signers may refer to (VCI-1).
    pub signature_policies: Vec<SignaturePolicy>,
    /// Organisation numbers of the services whose BankID signatures count as ours (SWEDEN 2.5 number 7); none: nobody's.
    pub relying_parties: Vec<String>,
    /// How far a clock may run ahead, in seconds (VALIDATION 2: five minutes).
    pub clock_skew_seconds: i64,
}

impl Policy {
    /// `sigill-se-minutes`: the plain Swedish case, as it is and not as the standards wish it.
    ///
    /// Swedish signing services sign minutes as PAdES-B-B: the chain is embedded, but neither a timestamp nor
    /// revocation data, and the key is destroyed after one signature (SWEDEN 0.3, 1.2, 1.6). The policy therefore says:
    ///
    /// 1. Counts: the bytes, the signature, the signing certificate's reference, a path to a listed anchor, its dates,
    ///    its key usage, what changed after, revocation data where there is any.
    /// 2. Does not count: the time the signer claims, the text on the signature page, the name in the dictionary.
    /// 3. A signer's certificate with AuthnContext may lack revocation data (`SingleUseKeysExempt`); so may an issuing
    ///    CA's. Said as `REVOCATION_NOT_CHECKED`. An organisation's seal may not.
    /// 4. Without a proof of time the signature is judged at the time of verification: it must be checked while its
    ///    certificate lasts, which is what registering it here is for. Afterwards the answer is "cannot tell".
    /// 5. Any later change that is not provably a further signature, validation data or a document timestamp fails; a
    ///    form field that held a value when it was approved and was given another, and whatever lies over words that
    ///    were signed, is "cannot tell".
    /// 6. RSA PKCS#1 v1.5 without NULL in its DigestInfo is accepted with a warning (SWEDEN 0.1).
    /// 7. What issuers demand of the certificates below them (names, policies, length of the path) is obeyed; a signer's
    ///    certificate whose stated purposes do not mention signatures is noted, not refused (VALIDATION 8.5).
    pub fn swedish_minutes() -> Self {
        Self {
            name: "sigill-se-minutes".to_owned(),
            version: "3".to_owned(),
            algorithms: Table::etsi(),
            revocation: RevocationRule::SingleUseKeysExempt,
            annotations: AnnotationRule::Refuse,
            revocation_max_age: None,
            decisive: Vec::new(),
            signature_policies: Vec::new(),
            relying_parties: Vec::new(),
            clock_skew_seconds: 300,
        }
    }

    /// `sigill-strict`: as above, but revocation data is demanded for every certificate, and what the spec calls an error
    /// under its strict policy is one.
    pub fn strict() -> Self {
        Self {
            name: "sigill-strict".to_owned(),
            revocation: RevocationRule::Required,
            decisive: STRICT.iter().map(|code| (*code).to_owned()).collect(),
            ..Self::swedish_minutes()
        }
    }

    /// What a warning means where this policy lets it decide; none where it only warns.
    pub fn decides(&self, code: &str) -> Option<SubIndication> {
        let room = code.split('-').next().unwrap_or_default();
        self.decisive.iter().any(|decisive| decisive == code).then_some(match (code, room) {
            ("XC-5", _) => SubIndication::ChainConstraintsFailure,
            ("REVOCATION_OLDER_THAN_SIGNATURE", _) => SubIndication::TryLater,
            (_, "ISC") => SubIndication::NoSigningCertificateFound,
            (_, "VCI") => SubIndication::SignaturePolicyNotAvailable,
            (_, "PF" | "BR" | "SF" | "SD" | "MD") => SubIndication::FormatFailure,
            (_, _) => SubIndication::SigConstraintsFailure,
        })
    }

    /// SHA-256 over everything the policy says, line by line, so that two reports can be compared.
    pub fn digest(&self) -> [u8; 32] {
        let age = self.revocation_max_age.map_or(-1, |age| age.as_secs());
        let rules = [self.name.clone(), self.version.clone(), self.revocation.name().to_owned()];
        let rules =
            rules.into_iter().chain([self.annotations.name().to_owned(), format!("{age} {}", self.clock_skew_seconds)]);
        let rows = self.algorithms.rows().iter().map(Row::line);
        let decisive = self.decisive.iter().map(|code| format!("decisive {code}"));
        let known =
            self.signature_policies.iter().map(|known| format!("signature policy {} {:?}", known.oid, known.digests));
        let parties = self.relying_parties.iter().map(|number| format!("relying party {number}"));
        let lines: Vec<String> = rules.chain(rows).chain(decisive).chain(known).chain(parties).collect();
        crypto::sha256(&[lines.join("\n").as_bytes()])
    }

    /// Until when a mechanism is reliable. VALIDATION 12, after ETSI TS 119 312; a name it does not list never was.
    pub fn reliable(&self, mechanism: Mechanism) -> Reliable {
        self.algorithms.reliable(mechanism)
    }

    /// The latest moment that does not yet count as the future.
    pub fn latest(&self, at: Timestamp) -> Timestamp {
        at.checked_add(self.clock_skew_seconds.seconds()).unwrap_or(Timestamp::MAX)
    }
}
