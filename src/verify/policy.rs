//! The rules a document is judged by: dated, named, and pure data.
//! VALIDATION 3.4, 3.5, 6.6 and 12; the policy for the plain Swedish case is written down in [`Policy::swedish_minutes`].

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::PublicKeyInfo;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::text::Text;

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

/// What later annotations do to a signature that does not forbid them (VALIDATION 6.6, level L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationRule {
    /// INDETERMINATE; the document reads `altered`, for something was laid over what was signed.
    Refuse,
    /// A warning.
    Allow,
}

/// What an algorithm is used for, and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// A hash, by its name (`SHA-256`).
    Digest(&'static str),
    /// A signature algorithm by its name (`RSA-PKCS1`) from this many key bits.
    Signature(&'static str, u32),
}

impl Mechanism {
    /// What a signature with this key and algorithm rests on. One without a name here counts as one nobody has dated.
    pub fn of(key: &PublicKeyInfo, algorithm: &AlgorithmIdentifier, stated: Option<DigestAlgorithm>) -> Vec<Self> {
        let description = crypto::describe(key, algorithm, stated);
        let scheme = description.scheme.map_or("unknown", |scheme| scheme.name());
        let digest = description.digest.map(|digest| Self::Digest(digest.name()));
        std::iter::once(Self::Signature(scheme, description.key_bits)).chain(digest).collect()
    }

    /// The name with the strength.
    pub fn name(self) -> String {
        match self {
            Self::Digest(name) => name.to_owned(),
            Self::Signature(name, bits) => format!("{name} ({bits} bit)"),
        }
    }
}

/// Until when a mechanism is reliable: reliable at T where T is before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliable {
    /// No end is set.
    Open,
    /// Until this day, 00:00 UTC.
    Until(Date),
    /// Never was, as far as this table goes.
    Never,
}

impl Reliable {
    /// Whether it is reliable at a moment.
    pub fn at(self, moment: Timestamp) -> bool {
        match self {
            Self::Open => true,
            Self::Until(day) => moment.to_zoned(TimeZone::UTC).date() < day,
            Self::Never => false,
        }
    }
}

/// The rules. Options are chosen once and passed, never read from a global.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Printed in every report.
    pub name: &'static str,
    /// Rises whenever a verdict could change.
    pub version: &'static str,
    /// When revocation data is demanded.
    pub revocation: RevocationRule,
    /// What annotations after signing do.
    pub annotations: AnnotationRule,
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
    ///    form field filled in over an approval is "cannot tell".
    /// 6. RSA PKCS#1 v1.5 without NULL in its DigestInfo is accepted with a warning (SWEDEN 0.1).
    /// 7. Where a path carries name constraints or policy constraints the answer is "cannot tell": not judged yet.
    pub fn swedish_minutes() -> Self {
        Self {
            name: "sigill-se-minutes",
            version: "1",
            revocation: RevocationRule::SingleUseKeysExempt,
            annotations: AnnotationRule::Refuse,
            clock_skew_seconds: 300,
        }
    }

    /// The policy in sentences, for the page that explains how we check.
    pub fn statement(&self) -> Vec<Text> {
        let exempt = match self.revocation {
            RevocationRule::Required => Text::new(
                "Spärrkontroll krävs för varje certifikat under den betrodda utfärdaren.",
                "Revocation data is required for every certificate below the trusted issuer.",
            ),
            RevocationRule::SingleUseKeysExempt => Text::new(
                "Spärrkontroll krävs inte för en undertecknare vars nyckel underskriftstjänsten skapade för en enda \
                 underskrift och sedan förstörde (certifikatet bär intyg om legitimering). Det sägs då i svaret.",
                "Revocation data is not required for a signer whose key the signing service made for one signature and \
                 then destroyed (the certificate attests the identification). The answer says so.",
            ),
            RevocationRule::IfAvailable => Text::new(
                "Spärruppgifter som finns räknas; att de saknas eller är gamla avgör inget men sägs i svaret.",
                "Revocation data that is there counts; that it is missing or old decides nothing, but the answer says so.",
            ),
        };
        vec![
            Text::new(
                "Räknas: filens byte, underskriften, certifikatet och dess väg till en utfärdare på vår lista, \
                 giltighetstider, nyckelanvändning, spärruppgifter som finns, och vad som ändrats efteråt.",
                "Counts: the bytes, the signature, the certificate and its path to an issuer on our list, validity, key \
                 usage, whatever revocation data there is, and what changed afterwards.",
            ),
            Text::new(
                "Räknas inte: tiden som undertecknaren själv uppger, texten på underskriftssidan, namnet i \
                 underskriftsfältet.",
                "Does not count: the time the signer claims, the text of the signature page, the name in the field.",
            ),
            exempt,
            Text::new(
                "Utan tidsstämpel bedöms underskriften vid kontrolltillfället. När certifikatet har gått ut blir svaret \
                 ”vi kan inte avgöra”, om handlingen inte registrerats här i tid.",
                "Without a timestamp the signature is judged at the time of the check. Once the certificate has expired \
                 the answer is \"cannot tell\", unless the document was registered here in time.",
            ),
            Text::new(
                "Varje ändring efter underskriften som inte bevisligen är en ytterligare underskrift, \
                 valideringsuppgifter eller en dokumenttidsstämpel underkänns.",
                "Any change after signing that is not provably a further signature, validation data or a document \
                 timestamp fails.",
            ),
            Text::new(
                "RSA-underskrifter där NULL saknas i DigestInfo godtas med en anmärkning; svenska underskriftstjänster \
                 gör sådana.",
                "RSA signatures that lack NULL in DigestInfo are accepted with a note; Swedish services make them.",
            ),
            Text::new(
                "Namnbegränsningar och policykrav i certifikatkedjor bedöms ännu inte: svaret blir ”vi kan inte avgöra”.",
                "Name and policy constraints in certificate paths are not judged yet: the answer is \"cannot tell\".",
            ),
        ]
    }

    /// Until when a mechanism is reliable. VALIDATION 12, after ETSI TS 119 312; a name it does not list never was.
    pub fn reliable(&self, mechanism: Mechanism) -> Reliable {
        match mechanism {
            Mechanism::Digest(name) => lookup(DIGESTS, name, 0),
            Mechanism::Signature(name, bits) => lookup(SIGNATURES, name, bits),
        }
    }

    /// The latest moment that does not yet count as the future.
    pub fn latest(&self, at: Timestamp) -> Timestamp {
        at.checked_add(self.clock_skew_seconds.seconds()).unwrap_or(Timestamp::MAX)
    }
}

/// One line of the table: name, least key bits, end (`None` = open).
type Row = (&'static str, u32, Option<(i16, i8, i8)>);

/// Hashes. SHA-512/256 and SHAKE256 are open in sigill though EU DSS does not list them (VALIDATION 12).
const DIGESTS: &[Row] = &[
    ("MD5", 0, Some((2004, 8, 1))),
    ("SHA-1", 0, Some((2012, 8, 1))),
    ("RIPEMD-160", 0, Some((2014, 8, 1))),
    ("WHIRLPOOL", 0, Some((2020, 12, 1))),
    ("SHA-224", 0, Some((2029, 1, 1))),
    ("SHA-256", 0, None),
    ("SHA-384", 0, None),
    ("SHA-512", 0, None),
    ("SHA-512/256", 0, None),
    ("SHA3-256", 0, None),
    ("SHA3-384", 0, None),
    ("SHA3-512", 0, None),
    ("SHAKE256", 0, None),
];

/// Signature algorithms; of several lines with one name the largest that fits decides.
const SIGNATURES: &[Row] = &[
    ("RSA-PKCS1", 786, Some((2010, 8, 1))),
    ("RSA-PKCS1", 1024, Some((2019, 10, 1))),
    ("RSA-PKCS1", 1900, Some((2029, 1, 1))),
    ("RSASSA-PSS", 786, Some((2010, 8, 1))),
    ("RSASSA-PSS", 1024, Some((2019, 10, 1))),
    ("RSASSA-PSS", 1900, Some((2029, 1, 1))),
    ("RSASSA-PSS", 3000, None),
    ("DSA", 1024, Some((2015, 12, 1))),
    ("DSA", 1900, Some((2029, 1, 1))),
    ("DSA", 3000, None),
    ("ECDSA", 160, Some((2012, 8, 1))),
    ("ECDSA", 224, Some((2021, 10, 1))),
    ("ECDSA", 256, None),
    ("Ed25519", 0, None),
    ("Ed448", 0, None),
];

fn lookup(table: &[Row], name: &str, bits: u32) -> Reliable {
    let fitting = table.iter().filter(|(row, least, _)| *row == name && *least <= bits);
    match fitting.max_by_key(|(_, least, _)| *least) {
        None => Reliable::Never,
        Some((_, _, None)) => Reliable::Open,
        Some((_, _, Some((year, month, day)))) => {
            Date::new(*year, *month, *day).map_or(Reliable::Never, Reliable::Until)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_judged_at_the_moment_asked_about() {
        let policy = Policy::swedish_minutes();
        let sha1 = policy.reliable(Mechanism::Digest("SHA-1"));
        assert!(sha1.at("2012-07-31T23:59:59Z".parse().unwrap()));
        assert!(!sha1.at("2012-08-01T00:00:00Z".parse().unwrap()));
        let short = policy.reliable(Mechanism::Signature("RSA-PKCS1", 1024));
        assert!(short.at("2019-09-30T00:00:00Z".parse().unwrap()));
        assert!(!short.at("2024-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn the_largest_fitting_key_size_decides_and_the_unknown_never_counts() {
        let policy = Policy::swedish_minutes();
        assert_eq!(policy.reliable(Mechanism::Signature("RSASSA-PSS", 3072)), Reliable::Open);
        assert_eq!(policy.reliable(Mechanism::Signature("ECDSA", 256)), Reliable::Open);
        assert_eq!(policy.reliable(Mechanism::Signature("RSA-PKCS1", 512)), Reliable::Never);
        assert_eq!(policy.reliable(Mechanism::Digest("CRC-32")), Reliable::Never);
    }
}
