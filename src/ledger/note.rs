//! Signed notes: a text, and under it lines by which named keys sign it.
//! C2SP signed-note v1.0.0; signature types 0x01 (Ed25519) and 0x04 (C2SP tlog-cosignature v1).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use ring::signature::ED25519;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use ring::signature::UnparsedPublicKey;
use sha2::Digest;
use sha2::Sha256;

/// Longest note that is read, in bytes: room for sixteen signatures of ML-DSA-44, the longest there are.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// Most signature lines that are read; the specification asks for sixteen at least.
const SIGNATURES_MAX: usize = 64;
/// Longest key name, in bytes: what a cosignature's one byte of length can say.
const NAME_BYTES_MAX: usize = 255;
/// Seconds in a cosignature, before the Ed25519 signature.
const TIMESTAMP_BYTES: usize = 8;
const SIGNATURE_PREFIX: &str = "\u{2014} ";
const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
const TYPE_ED25519: u8 = 0x01;
const TYPE_COSIGNATURE: u8 = 0x04;

/// The four bytes by which a signature line names its key, together with the key's name.
pub type KeyId = [u8; 4];

/// What a key's signatures cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text itself: a log's own signature, type 0x01.
    Log,
    /// The text and the time at which it was seen: a witness's cosignature, type 0x04.
    Witness,
}

impl Kind {
    fn type_byte(self) -> u8 {
        match self {
            Self::Log => TYPE_ED25519,
            Self::Witness => TYPE_COSIGNATURE,
        }
    }
}

/// A public key with its name; written `name+hash+base64` (the vkey).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: Kind,
    key: [u8; 32],
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

    /// The key id of its signature lines.
    pub fn id(&self) -> KeyId {
        let mut hasher = Sha256::new();
        hasher.update(&self.name);
        hasher.update([b'\n', self.kind.type_byte()]);
        hasher.update(self.key);
        let hash: [u8; 32] = hasher.finalize().into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        match self.kind {
            Kind::Log => key.verify(text.as_bytes(), signature).is_ok(),
            Kind::Witness => signature.split_first_chunk::<TIMESTAMP_BYTES>().is_some_and(|(seconds, signature)| {
                let seconds = u64::from_be_bytes(*seconds);
                let signed = format!("cosignature/v1\ntime {seconds}\n{text}");
                i64::try_from(seconds).is_ok() && key.verify(signed.as_bytes(), signature).is_ok()
            }),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        let key = STANDARD.encode([&[self.kind.type_byte()], self.key.as_slice()].concat());
        write!(formatter, "{}+{id:08x}+{key}", self.name)
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
        let (kind, key) = match bytes.split_first() {
            Some((&TYPE_ED25519, key)) => (Kind::Log, key),
            Some((&TYPE_COSIGNATURE, key)) => (Kind::Witness, key),
            Some((&other, _)) => return Err(Error::KeyType(other)),
            None => return Err(Error::VerifierKey),
        };
        let key = key.try_into().map_err(|_| Error::VerifierKey)?;
        let name = name.to_owned();
        let parsed = Self { name, kind, key };
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
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(secret)")
    }
}

/// A log's signing key: Ed25519, signatures of type 0x01.
pub struct SigningKey {
    seed: Seed,
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of this name made from this seed.
    ///
    /// # Errors
    /// [`Error::Name`] unless the name is one that a key may bear.
    pub fn new(name: &str, seed: &Seed) -> Result<Self, Error> {
        if !valid_name(name) {
            return Err(Error::Name);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed.0).map_err(|_| Error::PrivateKey)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| Error::PrivateKey)?;
        let verifier = VerifierKey { name: name.to_owned(), kind: Kind::Log, key };
        let seed = seed.clone();
        Ok(Self { seed, pair, verifier })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text, which must end in a line feed: the text, an empty line, one signature line.
    /// Ed25519 has no randomness, so the same text always gives the same note.
    ///
    /// # Errors
    /// [`Error::Text`] if the text is none that a note may hold.
    pub fn sign(&self, text: &str) -> Result<String, Error> {
        if !text.ends_with('\n') || !valid_text(text) {
            return Err(Error::Text);
        }
        let signature = self.pair.sign(text.as_bytes());
        let signature = STANDARD.encode([&self.verifier.id(), signature.as_ref()].concat());
        Ok(format!("{text}\n{SIGNATURE_PREFIX}{} {signature}\n", self.verifier.name))
    }

    /// The key as Go's note package writes it, `PRIVATE+KEY+name+hash+base64`. Secret.
    pub fn to_private(&self) -> String {
        let id = u32::from_be_bytes(self.verifier.id());
        let key = STANDARD.encode([&[TYPE_ED25519], self.seed.0.as_slice()].concat());
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
        let seed = bytes.strip_prefix(&[TYPE_ED25519]).and_then(|seed| seed.try_into().ok());
        let key = Self::new(name, &Seed(seed.ok_or(Error::PrivateKey)?))?;
        if format!("{:08x}", u32::from_be_bytes(key.verifier.id())) != id {
            return Err(Error::KeyHash);
        }
        Ok(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.verifier)
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key that made it.
    pub name: String,
    /// The id of that key.
    pub id: KeyId,
    /// The signature itself, in the form of its type.
    pub bytes: Vec<u8>,
}

/// A note as parsed; nothing in it is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Parses a note, strictly.
    ///
    /// # Errors
    /// The rule of signed-note that it breaks.
    pub fn parse(note: &str) -> Result<Self, Error> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(Error::Size);
        }
        if !valid_text(note) {
            return Err(Error::Text);
        }
        // The text may hold empty lines; the last one divides.
        let at = note.rfind("\n\n").ok_or(Error::NoSignatures)?;
        let (text, signatures) = note.split_at(at + 1);
        let lines = signatures.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n'));
        let lines = lines.ok_or(Error::NoSignatures)?.split('\n');
        let signatures = lines
            .take(SIGNATURES_MAX + 1)
            .map(|line| Signature::parse(line).ok_or(Error::SignatureLine))
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(Error::Size);
        }
        let text = text.to_owned();
        Ok(Self { text, signatures })
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The text, if the key has signed it. Lines of other keys are passed over; a line of this key that fails spoils
    /// the note.
    ///
    /// # Errors
    /// [`Error::NotSigned`] or [`Error::BadSignature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&str, Error> {
        let id = key.id();
        let mut signed = false;
        for signature in &self.signatures {
            if signature.name == key.name && signature.id == id {
                if !key.verify(&self.text, &signature.bytes) {
                    return Err(Error::BadSignature);
                }
                signed = true;
            }
        }
        if signed { Ok(&self.text) } else { Err(Error::NotSigned) }
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, bytes) = bytes.split_first_chunk()?;
        if !valid_name(name) || bytes.is_empty() {
            return None;
        }
        Some(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

/// Non-empty, no space of Unicode, no plus sign; and no control character, since it stands in a note.
fn valid_name(name: &str) -> bool {
    let forbidden = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(forbidden)
}

/// No ASCII control character save the line feed.
fn valid_text(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' || byte == b'\n')
}

/// Why a key or a note is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key cannot bear this name.
    #[error("a key's name has 1 to {NAME_BYTES_MAX} bytes, no spaces and no plus sign")]
    Name,
    /// Not `name+hash+base64`.
    #[error("not a verifier key (name+hash+base64)")]
    VerifierKey,
    /// Not Go's private form.
    #[error("not a private key")]
    PrivateKey,
    /// The hash in the key is another.
    #[error("the key's hash does not belong to its name and bytes")]
    KeyHash,
    /// A signature type that we do not verify.
    #[error("keys of type {0:#04x} are not supported")]
    KeyType(u8),
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
    /// Longer than [`NOTE_BYTES_MAX`], or too many lines.
    #[error("the note is too large")]
    Size,
    /// Not a text that a note may hold.
    #[error("the text is not one that a note may hold")]
    Text,
    /// No empty line, or nothing whole after it.
    #[error("the note has no signatures")]
    NoSignatures,
    /// A line under the text is no signature line.
    #[error("a signature line cannot be read")]
    SignatureLine,
    /// The key has not signed.
    #[error("the note is not signed by this key")]
    NotSigned,
    /// A line names the key, but it has not signed this text.
    #[error("the key's signature does not hold")]
    BadSignature,
}
