//! A public key infrastructure made in the test: certificates, revocation lists, OCSP answers and timestamp tokens that
//! say exactly what a case needs. Ed25519 throughout (RFC 8410, 8419), so that equal input gives equal bytes.

#![expect(dead_code, reason = "a test file uses what it needs")]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::digest;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::der::Reader;
use sigill::format::der::encode;
use sigill::format::der::encode_set_of;
use sigill::format::x509::Certificate;

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const SHA256: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA512: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const TST_INFO: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

/// What a certificate says beside its key.
#[derive(Clone)]
pub(crate) struct Profile<'p> {
    pub(crate) name: &'p str,
    pub(crate) serial: u8,
    pub(crate) from: &'p str,
    pub(crate) to: &'p str,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'p> Profile<'p> {
    pub(crate) fn new(name: &'p str, serial: u8, from: &'p str, to: &'p str) -> Self {
        Self { name, serial, from, to, extensions: Vec::new() }
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }
}

/// Someone with a key and a certificate.
pub(crate) struct Holder {
    key: Ed25519KeyPair,
    name: Vec<u8>,
    pub(crate) serial: u8,
    pub(crate) der: Vec<u8>,
}

/// What a token says.
pub(crate) struct Stamp<'s> {
    pub(crate) imprint: Vec<u8>,
    /// genTime, as it is written.
    pub(crate) time: String,
    /// accuracy, ordering, nonce, tsa, extensions.
    pub(crate) more: Vec<Vec<u8>>,
    /// The kind of content it is said to be, an identifier.
    pub(crate) kind: &'s [u8],
}

impl Stamp<'_> {
    pub(crate) fn over(covered: &[u8], at: &str) -> Self {
        let imprint = digest::digest(&digest::SHA256, covered).as_ref().to_vec();
        Self { imprint, time: written(at, "%Y%m%d%H%M%SZ"), more: Vec::new(), kind: TST_INFO }
    }
}

/// One line of a revocation list: serial number, since when, reason (RFC 5280 5.3.1).
pub(crate) type Revoked<'r> = (u8, &'r str, u8);

impl Holder {
    /// A certificate that signs itself.
    pub(crate) fn root(profile: &Profile<'_>) -> Self {
        let key = key(profile.name);
        let der = certificate(profile, &key, &key, &name(profile.name));
        Self { key, name: name(profile.name), serial: profile.serial, der }
    }

    /// A certificate of this holder for another.
    pub(crate) fn issues(&self, profile: &Profile<'_>) -> Self {
        let key = key(profile.name);
        let der = certificate(profile, &key, &self.key, &self.name);
        Self { key, name: name(profile.name), serial: profile.serial, der }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::read(&self.der).expect("the certificate that was made reads")
    }

    /// A revocation list (RFC 5280 5.1).
    pub(crate) fn crl(&self, this: &str, next: &str, revoked: &[Revoked<'_>]) -> Vec<u8> {
        self.crl_with(this, next, revoked, &[])
    }

    /// A revocation list with extensions.
    pub(crate) fn crl_with(&self, this: &str, next: &str, revoked: &[Revoked<'_>], extensions: &[Vec<u8>]) -> Vec<u8> {
        let line = |(serial, since, reason): &Revoked<'_>| {
            let reason = extension(&[0x55, 0x1d, 0x15], false, &[0x0a, 0x01, *reason]);
            encode(SEQUENCE, &[&integer(*serial), &time(since), &encode(SEQUENCE, &[&reason])])
        };
        let lines: Vec<Vec<u8>> = revoked.iter().map(line).collect();
        let lines = if lines.is_empty() { Vec::new() } else { sequence(&lines) };
        let mut all = vec![extension(&[0x55, 0x1d, 0x14], false, &integer(1))];
        all.extend_from_slice(extensions);
        let all = encode(0xa0, &[&sequence(&all)]);
        let algorithm = encode(SEQUENCE, &[ED25519]);
        let parts: [&[u8]; 7] = [&integer(1), &algorithm, &self.name, &time(this), &time(next), &lines, &all];
        self.signed(encode(SEQUENCE, &parts))
    }

    /// An OCSP answer about a certificate of this holder (RFC 6960), by this holder: good, or revoked since.
    pub(crate) fn ocsp(&self, about: u8, this: &str, next: &str, revoked: Option<(&str, u8)>) -> Vec<u8> {
        self.ocsp_by(self, about, this, next, revoked)
    }

    /// The same, answered by a delegate whose certificate comes with it.
    pub(crate) fn ocsp_by(&self, by: &Self, about: u8, this: &str, next: &str, revoked: Option<(&str, u8)>) -> Vec<u8> {
        let sha256 = |bytes: &[u8]| encode(4, &[digest::digest(&digest::SHA256, bytes).as_ref()]);
        let algorithm = encode(SEQUENCE, &[SHA256]);
        let public = self.key.public_key();
        let id = [algorithm, sha256(&self.name), sha256(public.as_ref()), integer(about)];
        let status = match revoked {
            None => vec![0x80, 0],
            Some((since, reason)) => encode(0xa1, &[&generalized(since), &encode(0xa0, &[&[0x0a, 1, reason]])]),
        };
        let single = [sequence(&id), status, generalized(this), encode(0xa0, &[&generalized(next)])];
        let responses = sequence(&[sequence(&single)]);
        let data = encode(SEQUENCE, &[&encode(0xa1, &[&by.name]), &generalized(this), &responses]);
        let value = by.key.sign(&data);
        let certificates = encode(0xa0, &[&sequence(std::slice::from_ref(&by.der))]);
        let algorithm = encode(SEQUENCE, &[ED25519]);
        let basic = encode(SEQUENCE, &[&data, &algorithm, &bits(value.as_ref()), &certificates]);
        let oid: &[u8] = &[0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
        let bytes = encode(SEQUENCE, &[oid, &encode(4, &[&basic])]);
        encode(SEQUENCE, &[&[0x0a, 1, 0], &encode(0xa0, &[&bytes])])
    }

    /// A timestamp token over these bytes (RFC 3161).
    pub(crate) fn stamp(&self, covered: &[u8], at: &str) -> Vec<u8> {
        self.stamp_as(&Stamp::over(covered, at))
    }

    /// A token that says what a case needs.
    pub(crate) fn stamp_as(&self, stamp: &Stamp<'_>) -> Vec<u8> {
        let imprint = encode(SEQUENCE, &[&encode(SEQUENCE, &[SHA256]), &encode(4, &[&stamp.imprint])]);
        let policy: &[u8] = &[0x06, 0x03, 0x2a, 0x03, 0x04];
        let time = encode(0x18, &[stamp.time.as_bytes()]);
        let more = stamp.more.concat();
        let info = encode(SEQUENCE, &[&integer(1), policy, &imprint, &integer(7), &time, &more]);
        self.cms(stamp.kind, Some(&info), &digest_of(&info), &[])
    }

    /// What an authority answers to a question (RFC 3161 2.4.2): a token with the imprint and the nonce that were sent.
    pub(crate) fn answer(&self, question: &[u8], at: &str) -> Vec<u8> {
        let mut fields = Reader::ber(question, &Budget::STANDARD).only_sequence().expect("a question");
        let version = fields.read().expect("a version");
        let imprint = fields.read().expect("an imprint");
        let nonce = fields.read().expect("a nonce");
        let policy: &[u8] = &[0x06, 0x03, 0x2a, 0x03, 0x04];
        let info = encode(SEQUENCE, &[version.raw, policy, imprint.raw, &integer(7), &generalized(at), nonce.raw]);
        let token = self.cms(TST_INFO, Some(&info), &digest_of(&info), &[]);
        encode(SEQUENCE, &[&sequence(&[integer(0)]), &token])
    }

    /// A signature over content that is elsewhere, with further signed and unsigned attributes.
    pub(crate) fn sign(&self, content: &[u8], signed: &[Vec<u8>]) -> Vec<u8> {
        self.cms(DATA, None, &digest_of(content), signed)
    }

    /// A signature that refers to its certificate as a case says, and names the holder of another one as its signer.
    pub(crate) fn sign_referring(&self, content: &[u8], references: &[Vec<u8>], named: &Self) -> Vec<u8> {
        self.cms_referring(DATA, None, &digest_of(content), references, named)
    }

    /// signing-certificate-v2 with SHA-256; `issued`: issuer and number, where they are stated.
    pub(crate) fn reference(&self, issued: Option<(&str, u8)>) -> Vec<u8> {
        let digest = encode(4, &[digest::digest(&digest::SHA256, &self.der).as_ref()]);
        attribute(47, &referring(&digest, issued))
    }

    /// signing-certificate, which is SHA-1.
    pub(crate) fn old_reference(&self, issued: Option<(&str, u8)>) -> Vec<u8> {
        let digest = encode(4, &[digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref()]);
        attribute(12, &referring(&digest, issued))
    }

    fn cms(&self, kind: &[u8], inside: Option<&[u8]>, content: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
        let all = [std::slice::from_ref(&self.reference(None)), more].concat();
        self.cms_referring(kind, inside, content, &all, self)
    }

    fn cms_referring(
        &self,
        kind: &[u8],
        inside: Option<&[u8]>,
        content: &[u8],
        more: &[Vec<u8>],
        named: &Self,
    ) -> Vec<u8> {
        let pkcs9 = |last: &[u8]| {
            [
                &[0x06, u8::try_from(8 + last.len()).expect("short"), 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09],
                last,
            ]
            .concat()
        };
        let attribute = |oid: Vec<u8>, value: &[u8]| encode(SEQUENCE, &[&oid, &encode(SET, &[value])]);
        let mut attributes = vec![attribute(pkcs9(&[3]), kind), attribute(pkcs9(&[4]), &encode(4, &[content]))];
        attributes.extend_from_slice(more);
        let set = encode_set_of(attributes);
        let value = self.key.sign(&set);
        let mut implicit = set.clone();
        implicit[0] = 0xa0;
        let sid = encode(SEQUENCE, &[named.certificate().issuer.raw(), &integer(named.serial)]);
        let (sha512, ed25519) = (encode(SEQUENCE, &[SHA512]), encode(SEQUENCE, &[ED25519]));
        let signer =
            encode(SEQUENCE, &[&integer(1), &sid, &sha512, &implicit, &ed25519, &encode(4, &[value.as_ref()])]);
        let inside = inside.map(|content| encode(0xa0, &[&encode(4, &[content])])).unwrap_or_default();
        let data = [
            integer(3),
            encode(SET, &[&sha512]),
            encode(SEQUENCE, &[kind, &inside]),
            encode(0xa0, &[&self.der]),
            encode(SET, &[&signer]),
        ];
        let oid: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        encode(SEQUENCE, &[oid, &encode(0xa0, &[&sequence(&data)])])
    }

    fn signed(&self, tbs: Vec<u8>) -> Vec<u8> {
        let value = self.key.sign(&tbs);
        encode(SEQUENCE, &[&tbs, &encode(SEQUENCE, &[ED25519]), &bits(value.as_ref())])
    }
}

/// basicConstraints CA, and keyUsage keyCertSign with cRLSign.
pub(crate) fn authority() -> [Vec<u8>; 2] {
    let ca = extension(&[0x55, 0x1d, 0x13], true, &encode(SEQUENCE, &[&[1, 1, 0xff]]));
    [ca, extension(&[0x55, 0x1d, 0x0f], true, &[3, 2, 1, 0x06])]
}

/// keyUsage nonRepudiation.
pub(crate) fn signing() -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x0f], true, &[3, 2, 6, 0x40])
}

/// extendedKeyUsage with one purpose below id-kp (8: timeStamping, 9: OCSPSigning).
pub(crate) fn purpose(last: u8) -> Vec<u8> {
    let oid = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last];
    extension(&[0x55, 0x1d, 0x25], true, &encode(SEQUENCE, &[&oid]))
}

/// An attribute of CMS among those of S/MIME (1.2.840.113549.1.9.16.2).
pub(crate) fn attribute(last: u8, value: &[u8]) -> Vec<u8> {
    let oid = [0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, last];
    encode(SEQUENCE, &[&oid, &encode(SET, &[value])])
}

/// SigningCertificate of either version with one certificate, with SHA-256 or SHA-1, which either may leave unsaid.
fn referring(digest: &[u8], issued: Option<(&str, u8)>) -> Vec<u8> {
    let issued = issued.map(|(issuer, serial)| {
        let names = encode(SEQUENCE, &[&encode(0xa4, &[&name(issuer)])]);
        encode(SEQUENCE, &[&names, &integer(serial)])
    });
    let one = encode(SEQUENCE, &[digest, &issued.unwrap_or_default()]);
    encode(SEQUENCE, &[&encode(SEQUENCE, &[&one])])
}

/// A CMS signature with one unsigned attribute put at its end.
pub(crate) fn with_unsigned(cms: &[u8], attribute: &[u8]) -> Vec<u8> {
    // ContentInfo, [0], SignedData, signers, signer: each is the last value of the one around it.
    fn extended(value: &[u8], shells: usize, addition: &[u8]) -> Vec<u8> {
        let whole = Reader::new(value).only().expect("one value");
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut inside = whole.open().expect("of several");
        while !inside.is_empty() {
            parts.push(inside.read().expect("readable").raw.to_vec());
        }
        match shells {
            0 => parts.push(addition.to_vec()),
            _ => {
                let last = parts.pop().expect("a last one");
                parts.push(extended(&last, shells - 1, addition));
            }
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        encode(whole.tag, &parts)
    }
    extended(cms, 4, &encode(0xa1, &[attribute]))
}

/// The same signature with a timestamp over its value.
pub(crate) fn stamped(cms: &[u8], stamp: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let data = SignedData::read(cms, &Budget::STANDARD).expect("a signature");
    with_unsigned(cms, &attribute(14, &stamp(&data.signers[0].signature)))
}

/// authorityInfoAccess: where questions about revocation are answered.
pub(crate) fn answered_at(url: &str) -> Vec<u8> {
    let ocsp: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
    let way = encode(SEQUENCE, &[ocsp, &encode(0x86, &[url.as_bytes()])]);
    extension(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01], false, &encode(SEQUENCE, &[&way]))
}

/// An extension by the bytes of its identifier.
pub(crate) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    encode(SEQUENCE, &[&encode(6, &[oid]), critical, &encode(4, &[value])])
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    encode(SEQUENCE, &parts)
}

pub(crate) fn integer(value: u8) -> Vec<u8> {
    if value < 0x80 { vec![2, 1, value] } else { vec![2, 2, 0, value] }
}

/// A distinguished name of one common name.
pub(crate) fn name(common: &str) -> Vec<u8> {
    let attribute = encode(SEQUENCE, &[&[0x06, 3, 0x55, 4, 3], &encode(0x0c, &[common.as_bytes()])]);
    encode(SEQUENCE, &[&encode(SET, &[&attribute])])
}

pub(crate) fn at(time: &str) -> Timestamp {
    let whole = if time.len() == 10 { format!("{time}T00:00:00Z") } else { time.to_owned() };
    whole.parse().expect("a time")
}

fn written(time: &str, form: &str) -> String {
    at(time).to_zoned(TimeZone::UTC).strftime(form).to_string()
}

fn time(time: &str) -> Vec<u8> {
    encode(0x17, &[written(time, "%y%m%d%H%M%SZ").as_bytes()])
}

fn generalized(time: &str) -> Vec<u8> {
    encode(0x18, &[written(time, "%Y%m%d%H%M%SZ").as_bytes()])
}

fn bits(value: &[u8]) -> Vec<u8> {
    encode(3, &[&[0], value])
}

fn digest_of(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA512, bytes).as_ref().to_vec()
}

/// The key that belongs to a name.
fn key(name: &str) -> Ed25519KeyPair {
    let seed = digest::digest(&digest::SHA256, name.as_bytes());
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).expect("a key from 32 bytes")
}

fn certificate(profile: &Profile<'_>, own: &Ed25519KeyPair, issuer: &Ed25519KeyPair, issued_by: &[u8]) -> Vec<u8> {
    let algorithm = encode(SEQUENCE, &[ED25519]);
    let validity = encode(SEQUENCE, &[&time(profile.from), &time(profile.to)]);
    let key = encode(SEQUENCE, &[&algorithm, &bits(own.public_key().as_ref())]);
    let extensions = match profile.extensions.is_empty() {
        true => Vec::new(),
        false => encode(0xa3, &[&sequence(&profile.extensions)]),
    };
    let version = encode(0xa0, &[&integer(2)]);
    let (serial, subject) = (integer(profile.serial), name(profile.name));
    let parts: [&[u8]; 8] = [&version, &serial, &algorithm, issued_by, &validity, &subject, &key, &extensions];
    let tbs = encode(SEQUENCE, &parts);
    let value = issuer.sign(&tbs);
    encode(SEQUENCE, &[&tbs, &algorithm, &bits(value.as_ref())])
}
