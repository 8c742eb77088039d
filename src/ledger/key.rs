//! Keys that sign notes, and all mathematics the right pillar has: Ed25519, ECDSA (read only) and ML-DSA-44.
//! C2SP signed-note v1.0.0; tlog-cosignature v1.1.0; FIPS 204. Signing has no randomness: one text, one signature.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ml_dsa::EncodedVerifyingKey;
use ml_dsa::Keypair;
use ml_dsa::MlDsa44;
use ml_dsa::Signer;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_ASN1;
use ring::signature::ED25519;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use ring::signature::UnparsedPublicKey;
use sha2::Digest;
use sha2::Sha256;

use crate::ledger::cosignature;
use crate::ledger::cosignature::TIMESTAMP_BYTES;
use crate::ledger::note::Error;

/// Longest key name, in bytes: what a cosignature's one byte of length can say.
const NAME_BYTES_MAX: usize = 255;
const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
const TYPE_ED25519: u8 = 0x01;
const TYPE_ECDSA: u8 = 0x02;
const TYPE_COSIGNATURE: u8 = 0x04;
const TYPE_SUBTREE: u8 = 0x06;
const ED25519_KEY_BYTES: usize = 32;
const ML_DSA_44_KEY_BYTES: usize = 1312;
/// What stands before the point in the SubjectPublicKeyInfo of a key on P-256, RFC 5480.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const P256_POINT_BYTES: usize = 65;
/// What separates the second secret made of a seed from everything else hashed from it.
const SECOND_SEED: &[u8] = b"sigill.seed/ml-dsa-44\n";

/// The four bytes by which a signature line names its key, together with the key's name.
pub type KeyId = [u8; 4];

/// What a key's signatures cover, and by which mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The text itself: a log's own Ed25519 signature, type 0x01.
    Log,
    /// The text itself by ECDSA on P-256, type 0x02: read, never made. Older logs have it.
    Legacy,
    /// The text and the time at which it was seen: a witness's Ed25519 cosignature, type 0x04.
    Witness,
    /// Origin, size and root, with the time at which they were seen, or none: ML-DSA-44, type 0x06, of a log or of a
    /// witness. It does not cover extension lines.
    Subtree,
}

impl Kind {
    fn type_byte(self) -> u8 {
        match self {
            Self::Log => TYPE_ED25519,
            Self::Legacy => TYPE_ECDSA,
            Self::Witness => TYPE_COSIGNATURE,
            Self::Subtree => TYPE_SUBTREE,
        }
    }

    fn of_type(byte: u8) -> Result<Self, Error> {
        match byte {
            TYPE_ED25519 => Ok(Self::Log),
            TYPE_ECDSA => Ok(Self::Legacy),
            TYPE_COSIGNATURE => Ok(Self::Witness),
            TYPE_SUBTREE => Ok(Self::Subtree),
            other => Err(Error::KeyType(other)),
        }
    }

    /// Whether a log may sign its own checkpoints so. A witness's Ed25519 cosignature is no log's signature.
    pub fn may_be_log(self) -> bool {
        match self {
            Self::Log | Self::Legacy | Self::Subtree => true,
            Self::Witness => false,
        }
    }

    /// Whether a witness may sign so: with the time.
    pub fn may_be_witness(self) -> bool {
        match self {
            Self::Witness | Self::Subtree => true,
            Self::Log | Self::Legacy => false,
        }
    }
}

/// What a signature that holds says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Seconds since 1970 at which the signer saw this as the newest tree; none where it says nothing of the time.
    pub seconds: Option<u64>,
}

/// A public key with its name; written `name+hash+base64` (the vkey).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    kind: Kind,
    key: Vec<u8>,
}

impl VerifierKey {
    /// The key's name. A log's key is named as its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures cover.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The public key's own bytes, without its name and type.
    pub fn bytes(&self) -> &[u8] {
        &self.key
    }

    /// The key id of its signature lines.
    pub fn id(&self) -> KeyId {
        let mut hasher = Sha256::new();
        match self.kind {
            // As the first logs named ECDSA keys: by the key alone.
            Kind::Legacy => {}
            Kind::Log | Kind::Witness | Kind::Subtree => {
                hasher.update(&self.name);
                hasher.update([b'\n', self.kind.type_byte()]);
            }
        }
        hasher.update(&self.key);
        let hash: [u8; 32] = hasher.finalize().into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    /// What the signature says, if it is this key's over the text.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Option<Seen> {
        match self.kind {
            Kind::Log => {
                let key = UnparsedPublicKey::new(&ED25519, &self.key);
                key.verify(text.as_bytes(), signature).ok().map(|()| Seen { seconds: None })
            }
            Kind::Legacy => {
                let point = self.key.strip_prefix(&P256_SPKI)?;
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
                key.verify(text.as_bytes(), signature).ok().map(|()| Seen { seconds: None })
            }
            Kind::Witness => {
                let (seconds, signature) = timed(signature)?;
                let signed = cosignature::of_text(text, seconds)?;
                UnparsedPublicKey::new(&ED25519, &self.key).verify(&signed, signature).ok()?;
                Some(Seen { seconds: Some(seconds) })
            }
            Kind::Subtree => {
                let (seconds, signature) = timed(signature)?;
                let signed = cosignature::of_tree(&self.name, text, seconds)?;
                let key = EncodedVerifyingKey::<MlDsa44>::try_from(self.key.as_slice()).ok()?;
                let signature = ml_dsa::Signature::<MlDsa44>::try_from(signature).ok()?;
                let key = ml_dsa::VerifyingKey::<MlDsa44>::decode(&key);
                let holds = key.verify_with_context(&signed, &[], &signature);
                holds.then_some(Seen { seconds: Some(seconds).filter(|seconds| *seconds > 0) })
            }
        }
    }
}

/// The time before a signature, and the signature.
fn timed(signature: &[u8]) -> Option<(u64, &[u8])> {
    let (seconds, signature) = signature.split_first_chunk::<TIMESTAMP_BYTES>()?;
    Some((u64::from_be_bytes(*seconds), signature))
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        let key = STANDARD.encode([&[self.kind.type_byte()], self.key.as_slice()].concat());
        write!(formatter, "{}+{id:08x}+{key}", self.name)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({} {:?} {:08x})", self.name, self.kind, u32::from_be_bytes(self.id()))
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // Base64 may hold plus signs too, so only the first two divide.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::VerifierKey);
        };
        if !valid_name(name) {
            return Err(Error::VerifierKey);
        }
        let bytes = STANDARD.decode(key).map_err(|_| Error::VerifierKey)?;
        let (type_byte, key) = bytes.split_first().ok_or(Error::VerifierKey)?;
        let kind = Kind::of_type(*type_byte)?;
        let fits = match kind {
            Kind::Log | Kind::Witness => key.len() == ED25519_KEY_BYTES,
            Kind::Legacy => key.strip_prefix(&P256_SPKI).is_some_and(|point| point.len() == P256_POINT_BYTES),
            Kind::Subtree => key.len() == ML_DSA_44_KEY_BYTES,
        };
        if !fits {
            return Err(Error::VerifierKey);
        }
        let parsed = Self { name: name.to_owned(), kind, key: key.to_vec() };
        if format!("{:08x}", u32::from_be_bytes(parsed.id())) != id {
            return Err(Error::KeyHash);
        }
        Ok(parsed)
    }
}

/// The secret from which a signing key is made: 32 random bytes. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// A seed from the operating system's source of randomness.
    ///
    /// # Errors
    /// [`Error::Randomness`] where the system has none.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| Error::Randomness)?;
        Ok(Self(seed))
    }

    /// The seed of the ML-DSA-44 key that goes with the Ed25519 key of this seed. One secret is kept, so that every
    /// archive and every backup that has an Ed25519 key has both. Whoever breaks Ed25519 finds the scalar, which is a
    /// hash of the seed (RFC 8032 5.1.5), not the seed, and so learns nothing of this one.
    #[must_use]
    pub fn second(&self) -> Self {
        Self(Sha256::new().chain_update(SECOND_SEED).chain_update(self.0).finalize().into())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(secret)")
    }
}

/// A key that signs.
pub struct SigningKey {
    seed: Seed,
    pair: Pair,
    verifier: VerifierKey,
}

/// The secret half.
enum Pair {
    Ed25519(Ed25519KeyPair),
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
}

impl SigningKey {
    /// The log's Ed25519 key of this name made from this seed.
    ///
    /// # Errors
    /// [`Error::Name`] unless the name is one that a key may bear.
    pub fn new(name: &str, seed: &Seed) -> Result<Self, Error> {
        Self::of_kind(Kind::Log, name, seed)
    }

    /// The key of this kind and name made from this seed.
    ///
    /// # Errors
    /// [`Error::Name`] unless the name is one that a key may bear; [`Error::KeyType`] for a kind that is only read.
    pub fn of_kind(kind: Kind, name: &str, seed: &Seed) -> Result<Self, Error> {
        if !valid_name(name) {
            return Err(Error::Name);
        }
        let (pair, key) = match kind {
            Kind::Legacy => return Err(Error::KeyType(TYPE_ECDSA)),
            Kind::Log | Kind::Witness => {
                let pair = Ed25519KeyPair::from_seed_unchecked(&seed.0).map_err(|_| Error::PrivateKey)?;
                let key = pair.public_key().as_ref().to_vec();
                (Pair::Ed25519(pair), key)
            }
            Kind::Subtree => {
                let pair = Box::new(ml_dsa::SigningKey::<MlDsa44>::from_seed(&seed.0.into()));
                let key = pair.verifying_key().encode().to_vec();
                (Pair::MlDsa44(pair), key)
            }
        };
        let verifier = VerifierKey { name: name.to_owned(), kind, key };
        Ok(Self { seed: seed.clone(), pair, verifier })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The secret it was made of.
    pub(crate) fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The signature over a text, without its key id. `seconds` is the time that a cosignature states; a log's own
    /// signature states none, which is 0.
    ///
    /// # Errors
    /// [`Error::Text`] where the text is none that keys of this kind sign.
    pub(crate) fn signature(&self, text: &str, seconds: u64) -> Result<Vec<u8>, Error> {
        let (signed, time) = match self.verifier.kind {
            Kind::Log | Kind::Legacy => (Some(text.as_bytes().to_vec()), Vec::new()),
            Kind::Witness => (cosignature::of_text(text, seconds), seconds.to_be_bytes().to_vec()),
            Kind::Subtree => (cosignature::of_tree(&self.verifier.name, text, seconds), seconds.to_be_bytes().to_vec()),
        };
        let signed = signed.ok_or(Error::Text)?;
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(&signed).as_ref().to_vec(),
            Pair::MlDsa44(pair) => pair.try_sign(&signed).map_err(|_| Error::Text)?.encode().to_vec(),
        };
        Ok([time, signature].concat())
    }

    /// The key as Go's note package writes it, `PRIVATE+KEY+name+hash+base64`. Secret.
    pub fn to_private(&self) -> String {
        let id = u32::from_be_bytes(self.verifier.id());
        let key = STANDARD.encode([&[self.verifier.kind.type_byte()], self.seed.0.as_slice()].concat());
        format!("{PRIVATE_PREFIX}{}+{id:08x}+{key}", self.verifier.name)
    }

    /// Reads what `to_private` wrote.
    ///
    /// # Errors
    /// [`Error::PrivateKey`]; the text is not in the error.
    pub fn from_private(text: &str) -> Result<Self, Error> {
        let mut parts = text.strip_prefix(PRIVATE_PREFIX).ok_or(Error::PrivateKey)?.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::PrivateKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| Error::PrivateKey)?;
        let (type_byte, seed) = bytes.split_first().ok_or(Error::PrivateKey)?;
        let kind = Kind::of_type(*type_byte).map_err(|_| Error::PrivateKey)?;
        let seed = seed.try_into().map_err(|_| Error::PrivateKey)?;
        let key = Self::of_kind(kind, name, &Seed(seed))?;
        if format!("{:08x}", u32::from_be_bytes(key.verifier.id())) != id {
            return Err(Error::KeyHash);
        }
        Ok(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({:?})", self.verifier)
    }
}

/// Non-empty, no space of Unicode, no plus sign; and no control character, since it stands in a note.
pub(crate) fn valid_name(name: &str) -> bool {
    let forbidden = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(forbidden)
}
