//! DSA signatures, which some old certificates and documents carry. FIPS 186-4 4.7, RFC 3279 2.2.2 and 2.3.2.
//! The arithmetic is our own: the `dsa` crate takes four sizes of key and trusts the caller with the rest.

use super::digest::DigestAlgorithm;
use super::digest::digest;
use super::key::bits;
use super::key::without_zeros;
use super::modular::Modulus;
use crate::format::der;
use crate::format::der::Reader;

/// Longest prime computed with.
const PRIME_BITS_MAX: u32 = 4_096;
/// Lengths of the subgroup's order that the standard names; all whole octets.
const ORDER_BITS: [u32; 3] = [160, 224, 256];

/// A public key, big-endian without leading zeros, within limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DsaKey {
    prime: Vec<u8>,
    order: Vec<u8>,
    generator: Vec<u8>,
    public: Vec<u8>,
    pub(super) bits: u32,
}

impl DsaKey {
    /// `SEQUENCE { p, q, g }` of the algorithm and `INTEGER y`. Parameters that are absent are the issuer's (RFC 3279
    /// 2.3.2): `verify::path`, which knows the issuer, puts them in.
    pub(super) fn read(parameters: Option<&[u8]>, key: &[u8]) -> Result<Self, String> {
        let parameters = parameters.ok_or("DSA key without parameters of its own")?;
        let [prime, order, generator] = numbers(parameters).ok_or("malformed DSA parameters")?;
        let public = Reader::new(key).only().ok().and_then(|value| positive(&value)).ok_or("malformed DSA key")?;
        let (bits, order_bits) = (bits(&prime).unwrap_or(0), bits(&order).unwrap_or(0));
        if bits > PRIME_BITS_MAX || bits <= order_bits || !ORDER_BITS.contains(&order_bits) {
            return Err(format!("DSA key of {bits} bits with a subgroup of {order_bits} bits"));
        }
        Ok(Self { prime, order, generator, public, bits })
    }

    /// Whether `signature`, a `SEQUENCE { r, s }`, is this key's over the message.
    pub(super) fn verify(&self, algorithm: DigestAlgorithm, message: &[&[u8]], signature: &[u8]) -> bool {
        self.holds(&digest(algorithm, message), signature).is_some()
    }

    fn holds(&self, digest: &[u8], signature: &[u8]) -> Option<()> {
        let [r, s] = numbers(signature)?;
        let (prime, order) = (Modulus::new(&self.prime)?, Modulus::new(&self.order)?);
        let (r, s) = (order.residue(&r)?, order.residue(&s)?);
        let (generator, public) = (prime.residue(&self.generator)?, prime.residue(&self.public)?);
        if [&r, &generator, &public].into_iter().any(|number| number.is_zero()) {
            return None;
        }
        // Of a digest longer than the order only the leftmost bits count; the order is whole octets.
        let number = order.remainder(digest.get(..self.order.len()).unwrap_or(digest));
        let inverse = s.inverse()?;
        let (first, second) = (number.times(&inverse).octets(), r.times(&inverse).octets());
        let value = generator.power(&first).times(&public.power(&second)).octets();
        (order.remainder(&value) == r).then_some(())
    }
}

/// A `SEQUENCE` of so many positive numbers and nothing else.
pub(super) fn numbers<const COUNT: usize>(der: &[u8]) -> Option<[Vec<u8>; COUNT]> {
    let mut fields = Reader::new(der).only_sequence().ok()?;
    let numbers: Option<Vec<_>> = (0..COUNT).map(|_| positive(&fields.read().ok()?)).collect();
    fields.finish().ok()?;
    numbers?.try_into().ok()
}

fn positive(value: &der::Value<'_>) -> Option<Vec<u8>> {
    let number = (value.tag == der::INTEGER).then(|| value.integer().ok())??;
    number.first().is_some_and(|first| first & 0x80 == 0).then(|| without_zeros(number))
}
