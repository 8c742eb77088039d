//! How much work one verification may cause: signature checks, path lengths, paths tried.
//! Figures follow the project's validation spec, sections 8.2 and 17 (LIM-6).

use std::collections::BTreeMap;

use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::PublicKeyInfo;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::crypto::Hasher;
use crate::verify::crypto::Outcome;

/// Bytes of a public key above which one check counts for more than one: RSA 4096.
const KEY_UNIT: usize = 512;

/// The limits of one verification of one document. Counts in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signature values computed: certificates, revocation data, signatures, timestamps (section 8.2).
    pub signature_checks_max: u32,
    /// Bytes of the document digested for all its signatures together: twenty signatures over 100 MB.
    pub digested_bytes_max: u64,
    /// Certificates in one path, the anchor not counted.
    pub path_length_max: u32,
    /// Paths tried for one certificate before it is said that none was found.
    pub paths_max: u32,
    /// Names compared with name constraints on one path.
    pub name_comparisons_max: u32,
    /// How far revocation data may rest on other revocation data (OC-11).
    pub revocation_depth_max: u32,
}

impl Budget {
    /// The limits that hold when nobody asked for others.
    pub const STANDARD: Self = Self {
        signature_checks_max: 1_000,
        digested_bytes_max: 2 << 30,
        path_length_max: 10,
        paths_max: 200,
        name_comparisons_max: 5_000,
        revocation_depth_max: 3,
    };
}

impl Default for Budget {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// What has run out. A finding (LIM-n), never an error of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// No more signature values are computed.
    #[error("more than {0} signature checks")]
    SignatureChecks(u32),
    /// No more of the document is digested.
    #[error("more than {0} bytes to digest")]
    Digested(u64),
    /// No more paths are tried.
    #[error("more than {0} certificate paths")]
    Paths(u32),
    /// No more names are compared.
    #[error("more than {0} comparisons of names with constraints")]
    NameComparisons(u32),
}

/// Counts the work of one verification and refuses what goes beyond the budget. What was computed once need not be
/// again: it keeps the answers.
#[derive(Clone, Debug)]
pub struct Meter {
    budget: Budget,
    /// By the digest of everything that the outcome depends on.
    outcomes: BTreeMap<Vec<u8>, Outcome>,
    signature_checks: u32,
    digested: u64,
    paths: u32,
    name_comparisons: u32,
}

impl Meter {
    /// Nothing spent yet.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        let outcomes = BTreeMap::new();
        Self { budget, outcomes, signature_checks: 0, digested: 0, paths: 0, name_comparisons: 0 }
    }

    /// The limits this meter keeps.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// To be called before a signature value is computed with a key of so many bytes. The work grows with the square of
    /// the key's length, so a long one counts for several: in units of `KEY_UNIT`, one of RSA 16384 for seventeen.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn signature_check(&mut self, key_bytes: usize) -> Result<(), Exhausted> {
        let max = self.budget.signature_checks_max;
        let units = u32::try_from(key_bytes / KEY_UNIT).unwrap_or(u32::MAX);
        for _ in 0..=units.saturating_mul(units).min(max) {
            if !spend(&mut self.signature_checks, max) {
                return Err(Exhausted::SignatureChecks(max));
            }
        }
        Ok(())
    }

    /// What comes of a signature value, as `crypto::verify` says it. Computed once in a verification: all signatures of a
    /// document rest on the same upper certificates and the same revocation lists.
    ///
    /// # Errors
    /// When it must be computed and the budget is spent.
    pub fn verify(
        &mut self,
        key: &PublicKeyInfo,
        algorithm: &AlgorithmIdentifier,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Outcome, Exhausted> {
        self.outcome(key, algorithm, &[b"message", signature, message], (message, signature))
    }

    /// The same of an object that holds both message and signature and whose identity is known: a list of fifty million
    /// bytes is digested once, not once for each certificate that is asked about.
    ///
    /// # Errors
    /// As [`Meter::verify`].
    pub fn verify_held(
        &mut self,
        key: &PublicKeyInfo,
        algorithm: &AlgorithmIdentifier,
        id: &[u8; 32],
        signed: (&[u8], &[u8]),
    ) -> Result<Outcome, Exhausted> {
        self.outcome(key, algorithm, &[b"object", id], signed)
    }

    /// `about`: what tells the message and signature from every other.
    fn outcome(
        &mut self,
        key: &PublicKeyInfo,
        algorithm: &AlgorithmIdentifier,
        about: &[&[u8]],
        (message, signature): (&[u8], &[u8]),
    ) -> Result<Outcome, Exhausted> {
        let stated = format!("{} {:?}", algorithm.oid, algorithm.parameters);
        let mut question = Hasher::new(DigestAlgorithm::Sha256);
        for part in [key.raw.as_slice(), stated.as_bytes()].iter().chain(about) {
            question.update(&part.len().to_be_bytes());
            question.update(part);
        }
        let question = question.finish();
        if let Some(known) = self.outcomes.get(&question) {
            return Ok(known.clone());
        }
        self.signature_check(key.key.len())?;
        let outcome = crypto::verify(key, algorithm, None, &[message], signature);
        self.outcomes.insert(question, outcome.clone());
        Ok(outcome)
    }

    /// To be called before so many bytes of the document are digested for one signature.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn digest(&mut self, bytes: u64) -> Result<(), Exhausted> {
        let max = self.budget.digested_bytes_max;
        let digested = self.digested.checked_add(bytes).filter(|digested| *digested <= max);
        self.digested = digested.ok_or(Exhausted::Digested(max))?;
        Ok(())
    }

    /// Whether no signature check is left. What was not looked at then is unknown, never good (R1).
    #[must_use]
    pub const fn is_spent(&self) -> bool {
        self.signature_checks >= self.budget.signature_checks_max
    }

    /// To be called before another path is tried for the certificate in hand.
    ///
    /// # Errors
    /// When the budget is spent.
    pub const fn path(&mut self) -> Result<(), Exhausted> {
        let max = self.budget.paths_max;
        if spend(&mut self.paths, max) { Ok(()) } else { Err(Exhausted::Paths(max)) }
    }

    /// To be called before a name is compared with a constraint.
    ///
    /// # Errors
    /// When the budget is spent.
    pub const fn name_comparison(&mut self) -> Result<(), Exhausted> {
        let max = self.budget.name_comparisons_max;
        if spend(&mut self.name_comparisons, max) { Ok(()) } else { Err(Exhausted::NameComparisons(max)) }
    }

    /// Paths and comparisons are counted per certificate asked about: this starts the next one.
    pub const fn next_certificate(&mut self) {
        self.paths = 0;
        self.name_comparisons = 0;
    }
}

/// One more, if that is allowed.
const fn spend(spent: &mut u32, max: u32) -> bool {
    let allowed = *spent < max;
    if allowed {
        *spent += 1;
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::der::Oid;

    #[test]
    fn what_is_spent_is_gone() {
        let mut meter = Meter::new(Budget { signature_checks_max: 2, paths_max: 1, ..Budget::STANDARD });
        assert_eq!(meter.signature_check(65), Ok(()));
        assert_eq!(meter.signature_check(65), Ok(()));
        assert_eq!(meter.signature_check(65), Err(Exhausted::SignatureChecks(2)));
        assert_eq!(meter.path(), Ok(()));
        assert_eq!(meter.path(), Err(Exhausted::Paths(1)));
        meter.next_certificate();
        assert_eq!(meter.path(), Ok(()));
        assert!(meter.signature_check(65).is_err(), "signature checks are counted for the whole document");
    }

    #[test]
    fn what_is_known_is_not_computed_again() {
        let ed25519 = AlgorithmIdentifier { oid: Oid::from_content(&[0x2b, 0x65, 0x70]).unwrap(), parameters: None };
        let key = PublicKeyInfo { algorithm: ed25519.clone(), key: vec![7; 32], raw: vec![7; 32] };
        let mut meter = Meter::new(Budget { signature_checks_max: 1, ..Budget::STANDARD });
        let mut ask = |message: &[u8]| meter.verify(&key, &ed25519, message, &[0; 64]);
        assert_eq!(ask(b"one"), Ok(Outcome::Invalid));
        assert_eq!(ask(b"one"), Ok(Outcome::Invalid));
        assert_eq!(ask(b"another"), Err(Exhausted::SignatureChecks(1)));
    }

    #[test]
    fn what_is_too_much_to_digest_is_not_digested() {
        let mut meter = Meter::new(Budget { digested_bytes_max: 10, ..Budget::STANDARD });
        assert_eq!(meter.digest(6), Ok(()));
        assert_eq!(meter.digest(5), Err(Exhausted::Digested(10)));
        assert_eq!(meter.digest(4), Ok(()));
    }

    #[test]
    fn a_long_key_spends_more() {
        let mut meter = Meter::new(Budget { signature_checks_max: 20, ..Budget::STANDARD });
        assert_eq!(meter.signature_check(2060), Ok(()));
        assert_eq!(meter.signature_check(65), Ok(()));
        assert!(!meter.is_spent());
        assert!(meter.signature_check(2060).is_err());
        assert!(meter.is_spent());
    }
}
