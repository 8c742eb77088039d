//! Sums, powers, products, inverses and roots modulo an odd number, for public values: nothing here need hide how long it takes.
//! RFC 8017 5.2.2 and FIPS 186-4 4.7 say what they are for.

use crypto_bigint::BoxedUint;
use crypto_bigint::Limb;
use crypto_bigint::Odd;
use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::modular::BoxedMontyParams;

/// An odd modulus.
pub(super) struct Modulus(BoxedMontyParams);

impl Modulus {
    /// From big-endian octets. `None`: even, or less than three.
    pub(super) fn new(octets: &[u8]) -> Option<Self> {
        let odd = Odd::new(BoxedUint::from_be_slice_vartime(octets)).into_option()?;
        (odd.bits_vartime() > 1).then(|| Self(BoxedMontyParams::new_vartime(odd)))
    }

    /// The number in the octets, which must be less than the modulus.
    pub(super) fn residue(&self, octets: &[u8]) -> Option<Residue> {
        let number = BoxedUint::from_be_slice(octets, self.0.bits_precision()).ok()?;
        (number < **self.0.modulus()).then(|| Residue(BoxedMontyForm::new(number, &self.0)))
    }

    /// A square root, of a modulus that is prime and one less than a multiple of four. `None`: there is none.
    pub(super) fn root(&self, square: &Residue) -> Option<Residue> {
        let modulus = self.0.modulus().as_ref();
        let exponent = modulus.shr_vartime(2)?.wrapping_add(Limb::ONE);
        let root = Residue(square.0.pow(&exponent));
        (root.times(&root) == *square).then_some(root)
    }

    /// The remainder of the number in the octets.
    pub(super) fn remainder(&self, octets: &[u8]) -> Residue {
        let number = BoxedUint::from_be_slice_vartime(octets).rem_vartime(self.0.modulus().as_nz_ref());
        Residue(BoxedMontyForm::new(number, &self.0))
    }
}

/// A number less than a modulus. Two of different moduli must not meet.
#[derive(Clone, PartialEq)]
pub(super) struct Residue(BoxedMontyForm);

impl Residue {
    pub(super) fn is_zero(&self) -> bool {
        self.0.is_zero().into()
    }

    pub(super) fn power(&self, exponent: &[u8]) -> Self {
        let exponent = BoxedUint::from_be_slice_vartime(exponent);
        Self(self.0.pow_bounded_exp(&exponent, exponent.bits_vartime()))
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        Self(self.0.mul(&other.0))
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0))
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self(self.0.sub(&other.0))
    }

    /// `None`: there is no inverse.
    pub(super) fn inverse(&self) -> Option<Self> {
        self.0.invert_vartime().into_option().map(Self)
    }

    /// Big-endian, without zeros before it.
    pub(super) fn octets(&self) -> Vec<u8> {
        self.0.retrieve().to_be_bytes_trimmed_vartime().into_vec()
    }
}

/// A number with as many zeros before it as make it so long. `None`: it is longer.
pub(super) fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut padded = vec![0; length.checked_sub(number.len())?];
    padded.extend_from_slice(number);
    Some(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_modulo_a_small_prime() {
        let modulus = Modulus::new(&[0, 11]).unwrap();
        let seven = modulus.residue(&[7]).unwrap();
        assert_eq!(seven.power(&[3]).octets(), [2], "343 = 31 · 11 + 2");
        assert_eq!(seven.times(&seven).octets(), [5]);
        assert_eq!(seven.inverse().unwrap().octets(), [8]);
        assert_eq!(modulus.remainder(&[1, 0]).octets(), [3], "256 = 23 · 11 + 3");
        assert!(modulus.remainder(&[11]).is_zero());
        assert!(modulus.remainder(&[11]).inverse().is_none());
        assert_eq!((seven.plus(&seven).octets(), seven.minus(&modulus.remainder(&[9])).octets()), (vec![3], vec![9]));
        assert_eq!(modulus.root(&modulus.remainder(&[5])).unwrap().octets(), [4], "16 = 11 + 5");
        assert!(modulus.root(&seven).is_none(), "seven is no square modulo eleven");
    }

    #[test]
    fn what_is_no_odd_modulus_or_no_residue_is_refused() {
        assert!([&[0_u8][..], &[], &[1], &[12]].into_iter().all(|octets| Modulus::new(octets).is_none()));
        let modulus = Modulus::new(&[11]).unwrap();
        assert!(modulus.residue(&[11]).is_none() && modulus.residue(&[255; 40]).is_none());
    }
}
