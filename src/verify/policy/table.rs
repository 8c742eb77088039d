//! Which algorithms are reliable, and until when. VALIDATION 12.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::format::x509::AlgorithmIdentifier;
use crate::format::x509::PublicKeyInfo;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;

/// What an algorithm is used for, and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// A hash, by its name (`SHA-256`).
    Digest(&'static str),
    /// A signature algorithm by its name (`RSA-PKCS1`) from this many key bits.
    Signature(&'static str, u32),
}

impl Mechanism {
    /// What a signature with this key and algorithm rests on. One without a name here counts as one nobody has dated.
    pub fn of(key: &PublicKeyInfo, algorithm: &AlgorithmIdentifier, stated: Option<DigestAlgorithm>) -> Vec<Self> {
        let description = crypto::describe(key, algorithm, stated);
        let scheme = description.scheme.map_or("unknown", |scheme| scheme.name());
        let digest = description.digest.map(|digest| Self::Digest(digest.name()));
        std::iter::once(Self::Signature(scheme, description.key_bits)).chain(digest).collect()
    }

    /// The name with the strength.
    pub fn name(self) -> String {
        match self {
            Self::Digest(name) => name.to_owned(),
            Self::Signature(name, 0) => name.to_owned(),
            Self::Signature(name, bits) => format!("{name} ({bits} bit)"),
        }
    }
}

/// Until when a mechanism is reliable: reliable at T where T is before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliable {
    /// No end is set.
    Open,
    /// Until this day, 00:00 UTC.
    Until(Date),
    /// Never was, as far as this table goes.
    Never,
}

impl Reliable {
    /// Whether it is reliable at a moment.
    pub fn at(self, moment: Timestamp) -> bool {
        match self {
            Self::Open => true,
            Self::Until(day) => moment.to_zoned(TimeZone::UTC).date() < day,
            Self::Never => false,
        }
    }

    /// The moment from which it is no longer reliable; none where no end is set.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::Until(day) => Some(day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp())),
            Self::Never => Some(Timestamp::MIN),
        }
    }
}

/// Until when a mechanism is reliable, as one line of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// A digest, or a signature algorithm.
    pub kind: Kind,
    /// Its name, as reports say it.
    pub name: String,
    /// From this many bits of key on; 0 for digests.
    pub min_bits: u32,
    /// The end.
    pub reliable: Reliable,
}

impl Row {
    /// The line as text.
    pub fn line(&self) -> String {
        let until = match self.reliable {
            Reliable::Open => "open".to_owned(),
            Reliable::Until(day) => day.to_string(),
            Reliable::Never => "never".to_owned(),
        };
        format!("{} {} {} {until}", self.kind.name(), self.name, self.min_bits)
    }
}

/// What a line of the table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A hash.
    Digest,
    /// A signature algorithm.
    Signature,
}

impl Kind {
    /// The name in policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Signature => "signature",
        }
    }
}

/// Until when algorithms are reliable: policy, not code. Of several lines with one name the largest that fits decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(Vec<Row>);

impl Table {
    /// VALIDATION 12, after ETSI TS 119 312 as of 2024-10-13.
    pub fn etsi() -> Self {
        let row = |kind, (name, min_bits, end): &Line| {
            let until = |(year, month, day)| Date::new(year, month, day).map_or(Reliable::Never, Reliable::Until);
            Row { kind, name: (*name).to_owned(), min_bits: *min_bits, reliable: end.map_or(Reliable::Open, until) }
        };
        let digests = DIGESTS.iter().map(|line| row(Kind::Digest, line));
        Self(digests.chain(SIGNATURES.iter().map(|line| row(Kind::Signature, line))).collect())
    }

    /// Everything we can compute is reliable for ever: for foreign test suites, never for documents.
    pub fn without_end() -> Self {
        let Self(mut rows) = Self::etsi();
        rows.iter_mut().for_each(|row| (row.min_bits, row.reliable) = (0, Reliable::Open));
        Self(rows)
    }

    /// Says this of one mechanism instead of what the table said.
    pub fn set(&mut self, row: Row) {
        let key = |row: &Row| (row.kind, row.name.clone(), row.min_bits);
        self.0.retain(|known| key(known) != key(&row));
        self.0.push(row);
        self.0.sort_by_key(key);
    }

    /// Every line.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// Until when a mechanism is reliable; a name that no line has never was.
    pub fn reliable(&self, mechanism: Mechanism) -> Reliable {
        let (kind, name, bits) = match mechanism {
            Mechanism::Digest(name) => (Kind::Digest, name, 0),
            Mechanism::Signature(name, bits) => (Kind::Signature, name, bits),
        };
        let fitting = self.0.iter().filter(|row| row.kind == kind && row.name == name && row.min_bits <= bits);
        fitting.max_by_key(|row| row.min_bits).map_or(Reliable::Never, |row| row.reliable)
    }
}

/// One line as it is written here: name, least key bits, end (`None` = open).
type Line = (&'static str, u32, Option<(i16, i8, i8)>);

/// Hashes. SHA-512/256 and SHAKE256 are open in sigill though EU DSS does not list them (VALIDATION 12); those of 224
/// bits are as strong as SHA-224 and end with it.
const DIGESTS: &[Line] = &[
    ("MD5", 0, Some((2004, 8, 1))),
    ("SHA-1", 0, Some((2012, 8, 1))),
    ("RIPEMD-160", 0, Some((2014, 8, 1))),
    ("WHIRLPOOL", 0, Some((2020, 12, 1))),
    ("SHA-224", 0, Some((2029, 1, 1))),
    ("SHA-256", 0, None),
    ("SHA-384", 0, None),
    ("SHA-512", 0, None),
    ("SHA-512/224", 0, Some((2029, 1, 1))),
    ("SHA-512/256", 0, None),
    ("SHA3-224", 0, Some((2029, 1, 1))),
    ("SHA3-256", 0, None),
    ("SHA3-384", 0, None),
    ("SHA3-512", 0, None),
    ("SHAKE256", 0, None),
];

/// Signature algorithms; of several lines with one name the largest that fits decides. The Edwards curves are open in
/// sigill though EU DSS does not list them; so is ML-DSA (FIPS 204), whose weakest set is meant to be as strong as AES-128.
const SIGNATURES: &[Line] = &[
    ("RSA-PKCS1", 786, Some((2010, 8, 1))),
    ("RSA-PKCS1", 1024, Some((2019, 10, 1))),
    ("RSA-PKCS1", 1900, Some((2029, 1, 1))),
    ("RSASSA-PSS", 786, Some((2010, 8, 1))),
    ("RSASSA-PSS", 1024, Some((2019, 10, 1))),
    ("RSASSA-PSS", 1900, Some((2029, 1, 1))),
    ("RSASSA-PSS", 3000, None),
    ("DSA", 1024, Some((2015, 12, 1))),
    ("DSA", 1900, Some((2029, 1, 1))),
    ("DSA", 3000, None),
    ("ECDSA", 160, Some((2012, 8, 1))),
    ("ECDSA", 224, Some((2021, 10, 1))),
    ("ECDSA", 256, None),
    ("Ed25519", 0, None),
    ("Ed448", 0, None),
    ("ML-DSA-44", 0, None),
    ("ML-DSA-65", 0, None),
    ("ML-DSA-87", 0, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_judged_at_the_moment_asked_about() {
        let table = Table::etsi();
        let sha1 = table.reliable(Mechanism::Digest("SHA-1"));
        assert!(sha1.at("2012-07-31T23:59:59Z".parse().unwrap()));
        assert!(!sha1.at("2012-08-01T00:00:00Z".parse().unwrap()));
        let short = table.reliable(Mechanism::Signature("RSA-PKCS1", 1024));
        assert!(short.at("2019-09-30T00:00:00Z".parse().unwrap()));
        assert!(!short.at("2024-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn the_largest_fitting_key_size_decides_and_the_unknown_never_counts() {
        let table = Table::etsi();
        assert_eq!(table.reliable(Mechanism::Signature("RSASSA-PSS", 3072)), Reliable::Open);
        assert_eq!(table.reliable(Mechanism::Signature("ECDSA", 256)), Reliable::Open);
        assert_eq!(table.reliable(Mechanism::Signature("RSA-PKCS1", 512)), Reliable::Never);
        assert_eq!(table.reliable(Mechanism::Digest("CRC-32")), Reliable::Never);
    }
}
