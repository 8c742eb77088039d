//! Signed notes: a text, and under it lines by which named keys sign it.
//! C2SP signed-note v1.0.0. Lines of unknown keys are passed over; a known key's line that fails spoils the note.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use crate::ledger::key::KeyId;
pub use crate::ledger::key::Kind;
pub use crate::ledger::key::Seed;
pub use crate::ledger::key::Seen;
pub use crate::ledger::key::SigningKey;
pub use crate::ledger::key::VerifierKey;
use crate::ledger::key::valid_name;

/// Longest note that is read, in bytes: room for sixteen signatures of ML-DSA-44, the longest there are.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// Most signature lines that are read; the specification asks for sixteen at least.
const SIGNATURES_MAX: usize = 64;
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Signs a text, which must end in a line feed: the text, an empty line, one line for each key. Nothing states a time.
///
/// # Errors
/// [`Error::Text`] if the text is none that a note may hold, or that the keys sign.
pub fn sign(text: &str, keys: &[&SigningKey]) -> Result<String, Error> {
    if !text.ends_with('\n') || !valid_text(text) {
        return Err(Error::Text);
    }
    let mut note = format!("{text}\n");
    for key in keys {
        note.push_str(&Signature::make(key, text, 0)?.to_string());
    }
    Ok(note)
}

impl SigningKey {
    /// Signs a text as [`sign`] does, with this key alone.
    ///
    /// # Errors
    /// [`Error::Text`].
    pub fn sign(&self, text: &str) -> Result<String, Error> {
        sign(text, &[self])
    }

    /// The line by which this key says that it saw the text at this time, in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::NotAWitnessKey`] where the key states no time, or there is none to state; [`Error::Text`].
    pub fn cosign(&self, text: &str, seconds: u64) -> Result<Signature, Error> {
        if !self.verifier().kind().may_be_witness() || seconds == 0 {
            return Err(Error::NotAWitnessKey);
        }
        Signature::make(self, text, seconds)
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
        let signatures = signatures.strip_prefix('\n').filter(|lines| lines.ends_with('\n'));
        let signatures = Signature::lines(signatures.ok_or(Error::NoSignatures)?)?;
        let text = text.to_owned();
        Ok(Self { text, signatures })
    }

    /// The text of a note, without the lines under it, whatever they are.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn without_lines(note: &str) -> Result<Self, Error> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(Error::Size);
        }
        let (text, _) = note.rsplit_once("\n\n").ok_or(Error::NoSignatures)?;
        let text = format!("{text}\n");
        if valid_text(&text) { Ok(Self { text, signatures: Vec::new() }) } else { Err(Error::Text) }
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The text. Nobody need have signed it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, if the key has signed it. Lines of other keys are passed over; a line of this key that fails spoils
    /// the note.
    ///
    /// # Errors
    /// [`Error::NotSigned`] or [`Error::BadSignature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&str, Error> {
        self.seen(key).map(|_| self.text())
    }

    /// The text, if at least one of the keys has signed it and no line of any of them fails.
    ///
    /// # Errors
    /// [`Error::NotSigned`] or [`Error::BadSignature`].
    pub fn verify_any(&self, keys: &[VerifierKey]) -> Result<&str, Error> {
        let mut signed = false;
        for key in keys {
            match self.seen(key) {
                Ok(_) => signed = true,
                Err(Error::NotSigned) => {}
                Err(other) => return Err(other),
            }
        }
        if signed { Ok(&self.text) } else { Err(Error::NotSigned) }
    }

    /// What the key's line says besides, if the key has signed the text; of several lines, the one of the earliest time.
    ///
    /// # Errors
    /// [`Error::NotSigned`] or [`Error::BadSignature`].
    pub fn seen(&self, key: &VerifierKey) -> Result<Seen, Error> {
        let id = key.id();
        let mut found: Option<Seen> = None;
        for signature in self.signatures.iter().filter(|line| line.id == id && line.name == key.name()) {
            let seen = key.verify(&self.text, &signature.bytes).ok_or(Error::BadSignature)?;
            found = match found {
                Some(known) if known.seconds <= seen.seconds => Some(known),
                Some(_) | None => Some(seen),
            };
        }
        found.ok_or(Error::NotSigned)
    }

    /// The same text with those of its lines that are these keys' and hold, and no others.
    #[must_use]
    pub fn only(&self, keys: &[VerifierKey]) -> Self {
        let holds = |line: &&Signature| {
            let made = keys.iter().find(|key| key.id() == line.id && key.name() == line.name);
            made.is_some_and(|key| key.verify(&self.text, &line.bytes).is_some())
        };
        let signatures = self.signatures.iter().filter(holds).cloned().collect();
        Self { text: self.text.clone(), signatures }
    }

    /// The same text with these lines under the ones it has. A line that is there already is not written twice.
    ///
    /// # Errors
    /// [`Error::Size`] where the note would become too large to be read.
    pub fn with(&self, lines: &[Signature]) -> Result<Self, Error> {
        let mut note = self.clone();
        for line in lines {
            if !note.signatures.contains(line) {
                note.signatures.push(line.clone());
            }
        }
        if note.signatures.len() > SIGNATURES_MAX || note.to_string().len() > NOTE_BYTES_MAX {
            return Err(Error::Size);
        }
        Ok(note)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| write!(formatter, "{line}"))
    }
}

impl Signature {
    fn make(key: &SigningKey, text: &str, seconds: u64) -> Result<Self, Error> {
        let (name, id) = (key.verifier().name().to_owned(), key.verifier().id());
        Ok(Self { name, id, bytes: key.signature(text, seconds)? })
    }

    /// Reads lines of signatures that stand by themselves, as witnesses answer. Each must be whole.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::SignatureLine`].
    pub fn lines(text: &str) -> Result<Vec<Self>, Error> {
        if text.len() > NOTE_BYTES_MAX {
            return Err(Error::Size);
        }
        let lines = text.strip_suffix('\n').ok_or(Error::SignatureLine)?.split('\n');
        let lines = lines
            .take(SIGNATURES_MAX + 1)
            .map(|line| Self::parse(line).ok_or(Error::SignatureLine))
            .collect::<Result<Vec<_>, _>>()?;
        if lines.len() > SIGNATURES_MAX { Err(Error::Size) } else { Ok(lines) }
    }

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

impl fmt::Display for Signature {
    /// The line, with its line feed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = STANDARD.encode([&self.id, self.bytes.as_slice()].concat());
        writeln!(formatter, "{SIGNATURE_PREFIX}{} {signature}", self.name)
    }
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
    #[error("a key's name has 1 to 255 bytes, no spaces and no plus sign")]
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
    /// A log's key, or no time to state.
    #[error("not a key by which a witness states when it saw something")]
    NotAWitnessKey,
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
