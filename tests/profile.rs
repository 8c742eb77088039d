//! The rules on CMS (VALIDATION 10, CM-3 to CM-16, and SAV-3), each on a structure that breaks it and nothing else.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::verify::indication::SubIndication;
use sigill::verify::profile::SubFilter;
use sigill::verify::profile::claims;
use sigill::verify::profile::judge;

#[expect(dead_code, reason = "only its certificates are needed here")]
#[path = "support/authority.rs"]
mod authority;

use authority::Party;
use authority::name;
use authority::oid;
use authority::sequence;

fn set(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(der::SET, parts)
}

fn octets(content: &[u8]) -> Vec<u8> {
    der::encode(der::OCTET_STRING, &[content])
}

fn algorithm(last: u8) -> Vec<u8> {
    sequence(&[&oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last])])
}

/// PKCS #9 and S/MIME attributes.
fn attribute(last: &[u8], values: &[&[u8]]) -> Vec<u8> {
    let kind = oid(&[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9], last].concat());
    sequence(&[&kind, &set(values)])
}

fn data_kind(last: u8) -> Vec<u8> {
    oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last])
}

/// CMSAlgorithmProtection of a digest and of RSA with these parameters.
fn protection(digest: &[u8], parameters: &[u8]) -> Vec<u8> {
    let signature = der::encode(der::context_constructed(1), &[&rsa_kind(), parameters]);
    attribute(&[52], &[&sequence(&[digest, &signature])])
}

fn rsa_kind() -> Vec<u8> {
    oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1])
}

/// The parts of a signature that obeys every rule; a test changes one.
struct Draft {
    digests: Vec<u8>,
    kind: Vec<u8>,
    content: Vec<u8>,
    certificates: Vec<u8>,
    signed: Option<Vec<Vec<u8>>>,
    unsigned: Vec<Vec<u8>>,
    signers: usize,
}

impl Draft {
    fn new() -> Self {
        let signed = vec![attribute(&[3], &[&data_kind(1)]), attribute(&[4], &[&octets(&[1; 32])])];
        let (content, certificates, unsigned) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            digests: algorithm(1),
            kind: data_kind(1),
            content,
            certificates,
            signed: Some(signed),
            unsigned,
            signers: 1,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> SignedData {
        let mut draft = Self::new();
        change(&mut draft);
        draft.build()
    }

    fn push(&mut self, attribute: Vec<u8>) {
        self.signed.as_mut().unwrap().push(attribute);
    }

    fn build(&self) -> SignedData {
        let inside = |tag: u8, parts: &[Vec<u8>]| der::encode(der::context_constructed(tag), &[&parts.concat()]);
        let signed = self.signed.as_ref().map(|signed| inside(0, signed)).unwrap_or_default();
        let unsigned = if self.unsigned.is_empty() { Vec::new() } else { inside(1, &self.unsigned) };
        let named = sequence(&[&name("A"), &[2, 1, 7]]);
        let rsa = sequence(&[&rsa_kind(), &[5, 0]]);
        let signer = sequence(&[&[2, 1, 1], &named, &algorithm(1), &signed, &rsa, &octets(&[3; 64]), &unsigned]);
        let content = if self.content.is_empty() { Vec::new() } else { inside(0, &[octets(&self.content)]) };
        let certificates =
            if self.certificates.is_empty() { Vec::new() } else { inside(0, std::slice::from_ref(&self.certificates)) };
        let digests = set(&[&self.digests]);
        let signers = set(&[&signer.repeat(self.signers)]);
        let signed_data =
            sequence(&[&[2, 1, 1], &digests, &sequence(&[&self.kind, &content]), &certificates, &signers]);
        let whole = sequence(&[&data_kind(2), &der::encode(der::context_constructed(0), &[&signed_data])]);
        SignedData::read(&whole, &Budget::STANDARD).unwrap()
    }
}

/// What is said of it: failures with the standard's word, then what is only noticed.
fn said(data: &SignedData, kind: SubFilter) -> (Vec<(SubIndication, &'static str)>, Vec<&'static str>) {
    let said = judge(data, data.signers.first().unwrap(), kind);
    let failures = said.failures.iter().map(|(sub, finding)| (*sub, finding.code)).collect();
    (failures, said.warnings.iter().map(|finding| finding.code).collect())
}

#[test]
fn a_signature_that_obeys_every_rule_is_told_nothing_of() {
    assert_eq!(said(&Draft::new().build(), SubFilter::CadesDetached), (vec![], vec![]));
    let twenty = Draft::with(|draft| draft.content = vec![1; 20]);
    assert_eq!(said(&twenty, SubFilter::Pkcs7Sha1), (vec![], vec![]));
    // NULL says no more than nothing.
    for parameters in [&[5_u8, 0][..], &[]] {
        let protected = Draft::with(|draft| draft.push(protection(&algorithm(1), parameters)));
        assert_eq!(said(&protected, SubFilter::CadesDetached), (vec![], vec![]));
    }
}

#[test]
fn each_rule_that_decides_fires_on_what_breaks_it() {
    use SubIndication::FormatFailure;
    use SubIndication::SigConstraintsFailure;
    let detached = SubFilter::CadesDetached;
    let digest = || attribute(&[4], &[&octets(&[1; 32])]);
    let cases: [(&str, SubFilter, SubIndication, SignedData); 11] = [
        ("CM-3", detached, FormatFailure, Draft::with(|draft| draft.signers = 2)),
        ("CM-4", detached, FormatFailure, Draft::with(|draft| draft.content = vec![1; 20])),
        ("CM-4", SubFilter::Pkcs7Sha1, FormatFailure, Draft::with(|draft| draft.content = vec![1; 32])),
        (
            "CM-5",
            detached,
            FormatFailure,
            Draft::with(|draft| {
                draft.kind = data_kind(6);
                draft.signed = Some(vec![attribute(&[3], &[&data_kind(6)]), digest()]);
            }),
        ),
        ("CM-6", detached, FormatFailure, Draft::with(|draft| draft.signed = None)),
        ("CM-6", detached, FormatFailure, Draft::with(|draft| draft.push(digest()))),
        ("CM-7", detached, SigConstraintsFailure, Draft::with(|draft| draft.signed = Some(vec![digest()]))),
        (
            "CM-8",
            detached,
            FormatFailure,
            Draft::with(|draft| {
                draft.signed = Some(vec![attribute(&[3], &[&data_kind(1)])]);
            }),
        ),
        ("CM-11", detached, SigConstraintsFailure, Draft::with(|draft| draft.push(protection(&algorithm(2), &[5, 0])))),
        (
            "CM-11",
            detached,
            SigConstraintsFailure,
            Draft::with(|draft| {
                draft.push(protection(&algorithm(1), &[4, 0]));
            }),
        ),
        (
            "CM-11",
            detached,
            SigConstraintsFailure,
            Draft::with(|draft| {
                draft.push(attribute(&[52], &[&sequence(&[&algorithm(1)])]));
            }),
        ),
    ];
    for (rule, kind, sub, data) in cases {
        assert_eq!(said(&data, kind), (vec![(sub, rule)], vec![]), "{rule}");
    }
}

#[test]
fn each_rule_that_warns_fires_on_what_breaks_it() {
    let unlisted = Draft::with(|draft| draft.digests = algorithm(3));
    let strange = Draft::with(|draft| draft.unsigned = vec![attribute(&[99], &[&[5, 0]])]);
    let other = Draft::with(|draft| draft.certificates = der::encode(der::context_constructed(2), &[&[5, 0]]));
    let time = der::encode(der::UTC_TIME, &[b"240229120000Z"]);
    let timed = Draft::with(|draft| draft.push(attribute(&[5], &[&time])));
    for (rule, data) in [("CM-9", unlisted), ("CM-14", strange), ("CM-15", other), ("CM-16", timed)] {
        assert_eq!(said(&data, SubFilter::CadesDetached), (vec![], vec![rule]), "{rule}");
    }
}

#[test]
fn a_proof_of_time_that_is_not_judged_is_told_by_its_name() {
    let v3 = [0x04, 0, 0x8d, 0x45, 2, 4];
    let cades = |number: u8, name: &str| (attribute(&[16, 2, number], &[&[5, 0]]), name.to_owned());
    let other = (sequence(&[&der::encode(der::OBJECT_IDENTIFIER, &[&v3]), &der::encode(der::SET, &[&[5, 0]])]), 3);
    let archive = |version: u8| format!("CAdES archive timestamp, version {version}");
    for (unsigned, name) in [
        cades(25, "CAdES-C timestamp"),
        cades(26, "certificate and CRL reference timestamp"),
        cades(27, &archive(1)),
        cades(48, &archive(2)),
        (other.0, archive(other.1)),
        cades(49, "internal evidence record"),
        cades(50, "external evidence record"),
    ] {
        let data = Draft::with(|draft| draft.unsigned = vec![unsigned]);
        let said = judge(&data, &data.signers[0], SubFilter::CadesDetached);
        let [warning] = said.warnings.as_slice() else { panic!("{name}: {:?}", said.warnings) };
        assert_eq!(warning.code, "PROOF_NOT_JUDGED");
        assert!(warning.text.en.contains(&name) && said.failures.is_empty(), "{name}: {}", warning.text.en);
    }
}

#[test]
fn claims_are_held_against_the_certificate_and_each_other() {
    let authority = Party::root("Utfärdare", 1);
    let certificate: &Certificate = &authority.certificate;
    let at = |hours: i64| certificate.not_before.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    let stated = |time: jiff::Timestamp| {
        let text = time.strftime("%Y%m%d%H%M%SZ").to_string();
        let value = der::encode(der::GENERALIZED_TIME, &[text.as_bytes()]);
        Draft::with(|draft| {
            draft.certificates = certificate.der().to_vec();
            draft.push(attribute(&[5], &[&value]));
        })
    };
    let told = |data: &SignedData, claimed| -> Vec<&str> {
        let signer = data.signers.first().unwrap();
        claims(data, signer, certificate, claimed).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(told(&stated(at(1)), Some(at(25))), Vec::<&str>::new());
    assert_eq!(told(&stated(at(1)), Some(at(26))), ["CM-16"]);
    assert_eq!(told(&stated(at(-1)), Some(at(1))), ["SAV-3"]);
    assert_eq!(told(&stated(at(1)), Some(at(-1))), ["SAV-3"]);
    assert_eq!(told(&Draft::new().build(), None), ["CM-12"]);
}
