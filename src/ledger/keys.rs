//! The keys that a ledger signs with: Ed25519, which every tool reads, and ML-DSA-44, which outlives quantum computers.
//! LEDGER.md 1.3. Both are made of the one secret in the key file, so that old archives and backups have both.

use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::note::Kind;
use crate::ledger::note::Seed;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;

/// The ledger's two signing keys, of one secret and one name: its origin.
#[derive(Debug)]
pub(crate) struct Keys {
    first: SigningKey,
    second: SigningKey,
}

impl Keys {
    /// The keys of a seed.
    pub(crate) fn new(origin: &str, seed: &Seed) -> Result<Self, Error> {
        Self::of(SigningKey::new(origin, seed)?)
    }

    /// Reads the key file's text.
    pub(crate) fn from_private(text: &str) -> Result<Self, Error> {
        Self::of(SigningKey::from_private(text)?)
    }

    fn of(first: SigningKey) -> Result<Self, Error> {
        let second = SigningKey::of_kind(Kind::Subtree, first.verifier().name(), &first.seed().second())?;
        Ok(Self { first, second })
    }

    /// The key file's text. Secret.
    pub(crate) fn to_private(&self) -> String {
        format!("{}\n", self.first.to_private())
    }

    /// The ledger's name.
    pub(crate) fn origin(&self) -> &str {
        self.first.verifier().name()
    }

    /// The Ed25519 key: by it the ledger is known.
    pub(crate) fn verifier(&self) -> &VerifierKey {
        self.first.verifier()
    }

    /// Both public keys.
    pub(crate) fn verifiers(&self) -> [VerifierKey; 2] {
        [self.first.verifier().clone(), self.second.verifier().clone()]
    }

    /// The signed note over the tree of this size and root; the same bytes each time.
    pub(crate) fn sign(&self, size: u64, root: [u8; 32]) -> Result<String, Error> {
        Ok(Checkpoint::new(self.origin(), size, root).sign_all(&[&self.first, &self.second])?)
    }
}
