//! ECDSA on prime curves that no well-kept crate has: short Weierstrass arithmetic over public values, so nothing here
//! need hide how long it takes. FIPS 186-5 6.4.2, SEC 1 2.3.4; RFC 5639 (Brainpool), ANSSI 2011 (FRP256v1).

use super::dsa::numbers;
use super::modular::Modulus;
use super::modular::Residue;
use super::modular::padded;

/// A curve `y² = x³ + ax + b` of prime order: every point but infinity generates it, so being on it is being in it.
pub(super) struct Domain {
    prime: &'static [u8],
    a: &'static [u8],
    b: &'static [u8],
    generator: (&'static [u8], &'static [u8]),
    order: &'static [u8],
}

/// NIST P-192, secp192r1.
pub(super) const P192: Domain = Domain {
    prime: &octets::<24>("fffffffffffffffffffffffffffffffeffffffffffffffff"),
    a: &octets::<24>("fffffffffffffffffffffffffffffffefffffffffffffffc"),
    b: &octets::<24>("64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1"),
    generator: (
        &octets::<24>("188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012"),
        &octets::<24>("07192b95ffc8da78631011ed6b24cdd573f977a11e794811"),
    ),
    order: &octets::<24>("ffffffffffffffffffffffff99def836146bc9b1b4d22831"),
};

/// FRP256v1, of the French agency for the security of information systems.
pub(super) const FRP256: Domain = Domain {
    prime: &octets::<32>("f1fd178c0b3ad58f10126de8ce42435b3961adbcabc8ca6de8fcf353d86e9c03"),
    a: &octets::<32>("f1fd178c0b3ad58f10126de8ce42435b3961adbcabc8ca6de8fcf353d86e9c00"),
    b: &octets::<32>("ee353fca5428a9300d4aba754a44c00fdfec0c9ae4b1a1803075ed967b7bb73f"),
    generator: (
        &octets::<32>("b6b3d4c356c139eb31183d4749d423958c27d2dcaf98b70164c97a2dd98f5cff"),
        &octets::<32>("6142e0f7c8b204911f9271f0f3ecef8c2701c307e8e4c9e183115a1554062cfb"),
    ),
    order: &octets::<32>("f1fd178c0b3ad58f10126de8ce42435b53dc67e140d2bf941ffdd459c6d655e1"),
};

/// BrainpoolP320r1.
pub(super) const BP320: Domain = Domain {
    prime: &octets::<40>("d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27"),
    a: &octets::<40>("3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4"),
    b: &octets::<40>("520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6"),
    generator: (
        &octets::<40>("43bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611"),
        &octets::<40>("14fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1"),
    ),
    order: &octets::<40>("d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311"),
};

/// BrainpoolP512r1.
pub(super) const BP512: Domain = Domain {
    prime: &octets::<64>(concat!(
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12a",
        "e6a380e62881ff2f2d82c68528aa6056583a48f3"
    )),
    a: &octets::<64>(concat!(
        "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c9",
        "8b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca"
    )),
    b: &octets::<64>(concat!(
        "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
        "dc083e67984050b75ebae5dd2809bd638016f723"
    )),
    generator: (
        &octets::<64>(concat!(
            "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b",
            "93b97d5f7c6d5047406a5e688b352209bcb9f822"
        )),
        &octets::<64>(concat!(
            "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd8",
            "8a2763aed1ca2b2fa8f0540678cd1e0f3ad80892"
        )),
    ),
    order: &octets::<64>(concat!(
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca9261941866119",
        "7fac10471db1d381085ddaddb58796829ca90069"
    )),
};

/// The octets that hexadecimal digits stand for.
const fn octets<const LENGTH: usize>(digits: &str) -> [u8; LENGTH] {
    const fn value(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("a number written here is hexadecimal"),
        }
    }
    assert!(digits.len() == 2 * LENGTH, "a number written here is as long as its field");
    let mut octets = [0; LENGTH];
    let mut place = 0;
    while place < LENGTH {
        octets[place] = value(digits.as_bytes()[2 * place]) << 4 | value(digits.as_bytes()[2 * place + 1]);
        place += 1;
    }
    octets
}

impl Domain {
    /// Whether `signature`, a `SEQUENCE { r, s }`, is the key's over the digest. `None`: it is not, or there is no key.
    pub(super) fn verify(&self, key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
        let [r, s] = numbers(signature)?;
        let (group, order) = (Group::new(self)?, Modulus::new(self.order)?);
        let (r, s) = (order.residue(&r)?, order.residue(&s)?);
        if r.is_zero() {
            return None;
        }
        let key = group.read(key, self.prime.len())?;
        let generator = group.point(self.generator.0, self.generator.1)?;
        // Of a digest longer than the order only the leftmost bits count; an order is whole octets, or longer than any.
        let number = order.remainder(digest.get(..self.order.len()).unwrap_or(digest));
        let inverse = s.inverse()?;
        let scalar = |factor: &Residue| padded(&factor.times(&inverse).octets(), self.order.len());
        let sum = group.combined(&generator, &scalar(&number)?, &key, &scalar(&r)?);
        let x = sum.x.times(&sum.z.times(&sum.z).inverse()?).octets();
        (order.remainder(&x) == r).then_some(())
    }
}

/// The points of a curve.
struct Group {
    field: Modulus,
    a: Residue,
    b: Residue,
    zero: Residue,
    one: Residue,
}

/// A point `(x / z², y / z³)`; infinity where z is zero.
#[derive(Clone)]
struct Point {
    x: Residue,
    y: Residue,
    z: Residue,
}

impl Group {
    fn new(domain: &Domain) -> Option<Self> {
        let field = Modulus::new(domain.prime)?;
        let number = |octets: &[u8]| field.residue(octets);
        let (a, b, zero, one) = (number(domain.a)?, number(domain.b)?, number(&[0])?, number(&[1])?);
        Some(Self { field, a, b, zero, one })
    }

    /// The point with these coordinates, if it is on the curve (CM-18).
    fn point(&self, x: &[u8], y: &[u8]) -> Option<Point> {
        let (x, y) = (self.field.residue(x)?, self.field.residue(y)?);
        (y.times(&y) == self.right_side(&x)).then(|| Point { x, y, z: self.one.clone() })
    }

    /// A point as keys carry it: in full, or its x with the parity of y.
    fn read(&self, octets: &[u8], length: usize) -> Option<Point> {
        let (form, coordinates) = octets.split_first()?;
        match form {
            4 if coordinates.len() == 2 * length => {
                let (x, y) = coordinates.split_at_checked(length)?;
                self.point(x, y)
            }
            2 | 3 if coordinates.len() == length => {
                let root = self.field.root(&self.right_side(&self.field.residue(coordinates)?))?;
                let parity = root.octets().last().map_or(0, |last| last & 1);
                let y = if parity == form & 1 { root } else { self.zero.minus(&root) };
                self.point(coordinates, &y.octets())
            }
            _ => None,
        }
    }

    fn right_side(&self, x: &Residue) -> Residue {
        x.times(x).plus(&self.a).times(x).plus(&self.b)
    }

    /// `m · one + n · other`, the two numbers being as many octets: one walk over the bits of both.
    fn combined(&self, one: &Point, m: &[u8], other: &Point, n: &[u8]) -> Point {
        let both = self.sum(one, other);
        let mut sum = Point { x: self.one.clone(), y: self.one.clone(), z: self.zero.clone() };
        for (m, n) in m.iter().zip(n) {
            for bit in (0..8).rev() {
                sum = self.twice(&sum);
                match (m >> bit & 1, n >> bit & 1) {
                    (0, 0) => {}
                    (_, 0) => sum = self.sum(&sum, one),
                    (0, _) => sum = self.sum(&sum, other),
                    (_, _) => sum = self.sum(&sum, &both),
                }
            }
        }
        sum
    }

    fn twice(&self, point: &Point) -> Point {
        let Point { x, y, z } = point;
        let (yy, zz) = (y.times(y), z.times(z));
        let twice = |number: &Residue| number.plus(number);
        let s = twice(&twice(&x.times(&yy)));
        let xx = x.times(x);
        let slope = twice(&xx).plus(&xx).plus(&self.a.times(&zz.times(&zz)));
        let x = slope.times(&slope).minus(&twice(&s));
        let eight = twice(&twice(&twice(&yy.times(&yy))));
        Point { y: slope.times(&s.minus(&x)).minus(&eight), x, z: twice(&y.times(z)) }
    }

    fn sum(&self, left: &Point, right: &Point) -> Point {
        match (left.z.is_zero(), right.z.is_zero()) {
            (true, _) => return right.clone(),
            (false, true) => return left.clone(),
            (false, false) => {}
        }
        let (left_zz, right_zz) = (left.z.times(&left.z), right.z.times(&right.z));
        let (from, to) = (left.x.times(&right_zz), right.x.times(&left_zz));
        let height = left.y.times(&right_zz).times(&right.z);
        let (run, rise) = (to.minus(&from), right.y.times(&left_zz).times(&left.z).minus(&height));
        if run.is_zero() && rise.is_zero() {
            return self.twice(left);
        }
        // Of two opposite points the run is zero, and so the z of their sum: infinity.
        let square = run.times(&run);
        let (cube, corner) = (square.times(&run), from.times(&square));
        let x = rise.times(&rise).minus(&cube).minus(&corner.plus(&corner));
        let y = rise.times(&corner.minus(&x)).minus(&height.times(&cube));
        Point { x, y, z: run.times(&left.z).times(&right.z) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::verify::crypto::DigestAlgorithm;
    use crate::verify::crypto::digest;

    const P256: Domain = Domain {
        prime: &octets::<32>("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
        a: &octets::<32>("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc"),
        b: &octets::<32>("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        generator: (
            &octets::<32>("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
            &octets::<32>("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        ),
        order: &octets::<32>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    };

    const P384: Domain = Domain {
        prime: &octets::<48>(concat!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000",
            "ffffffff"
        )),
        a: &octets::<48>(concat!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000",
            "fffffffc"
        )),
        b: &octets::<48>(concat!(
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8ed",
            "d3ec2aef"
        )),
        generator: (
            &octets::<48>(concat!(
                "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e38",
                "72760ab7"
            )),
            &octets::<48>(concat!(
                "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c",
                "90ea0e5f"
            )),
        ),
        order: &octets::<48>(concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196a",
            "ccc52973"
        )),
    };

    const P521: Domain = Domain {
        prime: &octets::<66>(concat!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffff"
        )),
        a: &octets::<66>(concat!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "fffffffffffffffffffffffffffffffffffffffffffc"
        )),
        b: &octets::<66>(concat!(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652",
            "c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
        )),
        generator: (
            &octets::<66>(concat!(
                "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1d",
                "c127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
            )),
            &octets::<66>(concat!(
                "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550",
                "b9013fad0761353c7086a272c24088be94769fd16650"
            )),
        ),
        order: &octets::<66>(concat!(
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc",
            "0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        )),
    };

    /// Three curves that ring computes too, so that the arithmetic is held against vectors nobody here wrote.
    const FOREIGN: [(&str, &Domain, DigestAlgorithm); 5] = [
        ("secp256r1_sha256", &P256, DigestAlgorithm::Sha256),
        ("secp256r1_sha512", &P256, DigestAlgorithm::Sha512),
        ("secp384r1_sha256", &P384, DigestAlgorithm::Sha256),
        ("secp384r1_sha384", &P384, DigestAlgorithm::Sha384),
        ("secp521r1_sha512", &P521, DigestAlgorithm::Sha512),
    ];

    fn hex(digits: &serde_json::Value) -> Vec<u8> {
        let digits = digits.as_str().unwrap();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn every_ecdsa_case_of_wycheproof_is_decided_as_it_says() {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/wycheproof");
        let mut ran = 0;
        for (name, domain, algorithm) in FOREIGN {
            let Ok(file) = fs::read(shared.join(format!("ecdsa_{name}_test.json"))) else {
                println!("NOT RUN: {name} is not there");
                continue;
            };
            let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
            for group in file["testGroups"].as_array().unwrap() {
                let key = hex(&group["publicKey"]["uncompressed"]);
                for case in group["tests"].as_array().unwrap() {
                    let holds = domain.verify(&key, &digest(algorithm, &[&hex(&case["msg"])]), &hex(&case["sig"]));
                    assert_eq!(holds.is_some(), case["result"] == "valid", "{name} {case}");
                    ran += 1;
                }
            }
        }
        println!("RAN: {ran} cases");
    }

    #[test]
    fn every_curve_is_the_one_it_is_called() {
        for domain in [&P192, &FRP256, &BP320, &BP512, &P256, &P384, &P521] {
            let group = Group::new(domain).unwrap();
            let generator = group.point(domain.generator.0, domain.generator.1).unwrap();
            let nothing = vec![0; domain.order.len()];
            let around = group.combined(&generator, domain.order, &generator, &nothing);
            assert!(around.z.is_zero(), "as many steps as the order lead back");
            let mut less = domain.order.to_vec();
            *less.last_mut().unwrap() -= 1;
            let opposite = group.combined(&generator, &less, &generator, &nothing);
            assert!(!opposite.z.is_zero() && group.sum(&opposite, &generator).z.is_zero());
        }
    }

    #[test]
    fn a_key_may_state_its_x_alone() {
        for domain in [&P192, &FRP256, &BP320, &BP512] {
            let group = Group::new(domain).unwrap();
            let (x, y) = domain.generator;
            let read = |form: u8, parts: &[&[u8]]| group.read(&[&[form][..], &parts.concat()].concat(), x.len());
            let parity = y.last().unwrap() & 1;
            assert_eq!(read(2 + parity, &[x]).unwrap().y.octets(), read(4, &[x, y]).unwrap().y.octets());
            assert_ne!(read(3 - parity, &[x]).unwrap().y.octets(), read(4, &[x, y]).unwrap().y.octets());
            assert!(read(4, &[y, x]).is_none() && read(4, &[x]).is_none() && read(0, &[]).is_none());
            assert!(read(2, &[domain.prime]).is_none(), "a coordinate is less than the prime");
        }
    }
}
