//! The keys that a ledger signs with: Ed25519, which every tool reads, and ML-DSA-44, which outlives quantum computers.
//! LEDGER.md 1.3. Both are made of the one secret in the key file, so that old archives and backups have both. Keys
//! that were replaced sign nothing more and are known for what they signed.

use crate::ledger::checkpoint;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::error::Error;
use crate::ledger::hash::Hash;
use crate::ledger::note::Kind;
use crate::ledger::note::Note;
use crate::ledger::note::Seed;
use crate::ledger::note::SigningKey;
use crate::ledger::note::VerifierKey;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;

/// The ledger's two signing keys, of one secret and one name: its origin; and how they came to be its keys.
#[derive(Debug)]
pub(crate) struct Keys {
    first: SigningKey,
    second: SigningKey,
    succession: Succession,
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
        Ok(Self { first, second, succession: Succession::default() })
    }

    /// The same keys, with the changes that led to them.
    #[must_use]
    pub(crate) fn after(self, succession: Succession) -> Self {
        Self { succession, ..self }
    }

    /// The changes that led to these keys.
    pub(crate) fn succession(&self) -> &Succession {
        &self.succession
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

    /// Both secret keys.
    pub(crate) fn signers(&self) -> [&SigningKey; 2] {
        [&self.first, &self.second]
    }

    /// Every key that this ledger ever had, the retired ones for what they may have signed; those in force first.
    pub(crate) fn ring(&self) -> Vec<Bounded> {
        let current = self.verifiers();
        let retired = self.succession.retired().filter(|held| !current.contains(&held.key));
        current.iter().cloned().map(Bounded::current).chain(retired).collect()
    }

    /// The checkpoint of a note that this ledger has signed, with the keys of now or those of then.
    pub(crate) fn recognise(&self, note: &Note) -> Result<Checkpoint, checkpoint::Error> {
        succession::signed(note, &self.ring())
    }

    /// The signed note over the tree of this size and root; the same bytes each time. The tree in which keys were
    /// changed is the one that both have signed.
    pub(crate) fn sign(&self, size: u64, root: Hash) -> Result<String, Error> {
        let tree = |checkpoint: &Checkpoint| (checkpoint.size, checkpoint.root) == (size, root);
        match self.succession.handovers().iter().find(|one| tree(&one.checkpoint)) {
            Some(handover) => Ok(handover.note().to_owned()),
            None => Ok(Checkpoint::new(self.origin(), size, root).sign_all(&self.signers())?),
        }
    }
}
