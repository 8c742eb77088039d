//! The digests signatures are made with, old ones too: an old signature must still be computed before it is judged.
//! OIDs: RFC 5754, RFC 8702, NIST CSOR; whether one is still reliable is `verify::policy`'s to say.

use std::fmt;

use sha2::Digest;

/// A digest algorithm that can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named after its algorithm")]
pub enum DigestAlgorithm {
    Md5,
    Sha1,
    Ripemd160,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    /// With 512 bits of output, as RFC 8419 has it with Ed448.
    Shake256,
}

use DigestAlgorithm::{
    Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512, Sha512_224,
    Sha512_256, Shake256,
};

impl DigestAlgorithm {
    /// Every one of them.
    pub const ALL: [Self; 14] = [
        Md5, Sha1, Ripemd160, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256, Sha3_224, Sha3_256, Sha3_384,
        Sha3_512, Shake256,
    ];

    /// The algorithm a dotted object identifier names. `None`: not one we can compute.
    ///
    /// Some producers (LibreOffice, iText) write the identifier of an RSA signature where one of a digest belongs;
    /// it names the digest no less, and every other verifier takes it.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "1.2.840.113549.1.1.5" => Some(Sha1),
            "1.2.840.113549.1.1.11" => Some(Sha256),
            "1.2.840.113549.1.1.12" => Some(Sha384),
            "1.2.840.113549.1.1.13" => Some(Sha512),
            // id-shake256-len, whose parameter is always 512 (RFC 8419 2.3); another length would not compare equal.
            "2.16.840.1.101.3.4.2.18" => Some(Shake256),
            _ => Self::ALL.into_iter().find(|algorithm| algorithm.oid() == oid),
        }
    }

    /// The dotted object identifier.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Md5 => "1.2.840.113549.2.5",
            Sha1 => "1.3.14.3.2.26",
            Ripemd160 => "1.3.36.3.2.1",
            Sha224 => "2.16.840.1.101.3.4.2.4",
            Sha256 => "2.16.840.1.101.3.4.2.1",
            Sha384 => "2.16.840.1.101.3.4.2.2",
            Sha512 => "2.16.840.1.101.3.4.2.3",
            Sha512_224 => "2.16.840.1.101.3.4.2.5",
            Sha512_256 => "2.16.840.1.101.3.4.2.6",
            Sha3_224 => "2.16.840.1.101.3.4.2.7",
            Sha3_256 => "2.16.840.1.101.3.4.2.8",
            Sha3_384 => "2.16.840.1.101.3.4.2.9",
            Sha3_512 => "2.16.840.1.101.3.4.2.10",
            Shake256 => "2.16.840.1.101.3.4.2.12",
        }
    }

    /// The name used in reports, such as `SHA-256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Md5 => "MD5",
            Sha1 => "SHA-1",
            Ripemd160 => "RIPEMD-160",
            Sha224 => "SHA-224",
            Sha256 => "SHA-256",
            Sha384 => "SHA-384",
            Sha512 => "SHA-512",
            Sha512_224 => "SHA-512/224",
            Sha512_256 => "SHA-512/256",
            Sha3_224 => "SHA3-224",
            Sha3_256 => "SHA3-256",
            Sha3_384 => "SHA3-384",
            Sha3_512 => "SHA3-512",
            Shake256 => "SHAKE256",
        }
    }

    /// Length of the digest in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a digest is never empty")]
    pub const fn len(self) -> usize {
        match self {
            Md5 => 16,
            Sha1 | Ripemd160 => 20,
            Sha224 | Sha512_224 | Sha3_224 => 28,
            Sha256 | Sha512_256 | Sha3_256 => 32,
            Sha384 | Sha3_384 => 48,
            Sha512 | Sha3_512 | Shake256 => 64,
        }
    }

    /// The content octets of the object identifier, as DigestInfo and algorithm identifiers hold it.
    pub(super) const fn oid_content(self) -> &'static [u8] {
        match self {
            Md5 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5],
            Sha1 => &[0x2b, 0x0e, 3, 2, 0x1a],
            Ripemd160 => &[0x2b, 0x24, 3, 2, 1],
            Sha224 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4],
            Sha256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
            Sha384 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
            Sha512 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
            Sha512_224 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 5],
            Sha512_256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 6],
            Sha3_224 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 7],
            Sha3_256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8],
            Sha3_384 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 9],
            Sha3_512 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 10],
            Shake256 => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 12],
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The digest of the parts, one after another.
#[must_use]
pub fn digest(algorithm: DigestAlgorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finish()
}

/// SHA-256 of the parts, one after another: the fingerprint of every validation object.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = sha2::Sha256::new();
    parts.iter().for_each(|part| Digest::update(&mut hasher, part));
    hasher.finalize().into()
}

/// A digest in the making. A clone goes its own way from where it was taken, so one reading of a file serves every
/// ByteRange that starts at its beginning.
#[derive(Clone)]
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: Box<dyn State>,
}

impl Hasher {
    /// Nothing digested yet.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        let state: Box<dyn State> = match algorithm {
            Md5 => Box::new(md5::Md5::new()),
            Sha1 => Box::new(sha1::Sha1::new()),
            Ripemd160 => Box::new(ripemd::Ripemd160::new()),
            Sha224 => Box::new(sha2::Sha224::new()),
            Sha256 => Box::new(sha2::Sha256::new()),
            Sha384 => Box::new(sha2::Sha384::new()),
            Sha512 => Box::new(sha2::Sha512::new()),
            Sha512_224 => Box::new(sha2::Sha512_224::new()),
            Sha512_256 => Box::new(sha2::Sha512_256::new()),
            Sha3_224 => Box::new(sha3::Sha3_224::new()),
            Sha3_256 => Box::new(sha3::Sha3_256::new()),
            Sha3_384 => Box::new(sha3::Sha3_384::new()),
            Sha3_512 => Box::new(sha3::Sha3_512::new()),
            Shake256 => Box::new(Extendable(shake::Shake256::default())),
        };
        Self { algorithm, state }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Digests more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }

    /// The digest of everything given so far.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.state.finish()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm)
    }
}

/// What all digests can do, whichever crate they come from.
trait State: Send + Sync {
    fn update(&mut self, bytes: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
    fn fork(&self) -> Box<dyn State>;
}

impl<D: Digest + Clone + Send + Sync + 'static> State for D {
    fn update(&mut self, bytes: &[u8]) {
        Digest::update(self, bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.finalize().to_vec()
    }

    fn fork(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// SHAKE256 can give any length; what is asked for here is 512 bits.
#[derive(Clone)]
struct Extendable(shake::Shake256);

impl State for Extendable {
    fn update(&mut self, bytes: &[u8]) {
        shake::Update::update(&mut self.0, bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        let mut digest = vec![0; Shake256.len()];
        shake::ExtendableOutput::finalize_xof_into(self.0, &mut digest);
        digest
    }

    fn fork(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn State> {
    fn clone(&self) -> Self {
        // Through the reference: the box itself must not be mistaken for a digest.
        self.as_ref().fork()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::der::Oid;

    #[test]
    fn names_lengths_and_identifiers_agree() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(digest(algorithm, &[b"abc"]).len(), algorithm.len(), "{algorithm}");
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
            assert_eq!(Oid::from_content(algorithm.oid_content()).unwrap(), algorithm.oid());
        }
        assert_eq!(DigestAlgorithm::from_oid("1.0.10118.3.0.55"), None, "WHIRLPOOL is not computed");
    }

    #[test]
    fn a_fork_goes_its_own_way() {
        let mut trunk = Hasher::new(Sha256);
        trunk.update(b"signed ");
        let mut fork = trunk.clone();
        trunk.update(b"once");
        fork.update(b"twice");
        assert_eq!(trunk.finish(), sha256(&[b"signed once"]));
        assert_eq!(fork.finish(), digest(Sha256, &[b"signed", b" ", b"twice"]));
    }
}
