//! What issuers demand of those below them: names, kind by kind, and policies. VALIDATION 8.3 and 8.4.

use std::time::Duration;
use std::time::Instant;

use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::verify::budget::Budget;
use sigill::verify::budget::Meter;
use sigill::verify::path;
use sigill::verify::path::Demands;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

use crate::authority;
use crate::authority::Draft;
use crate::authority::Party;
use crate::authority::extension;
use crate::authority::oid;
use crate::authority::sequence;

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 0x21];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x24];

/// The code of what is wrong with the path; empty where it holds.
fn fault(leaf: &Party, pool: &[Certificate], root: &Party, demands: &Demands) -> &'static str {
    let trust = Trust::of(vec![Anchor::usual(root.certificate.clone(), "test")]);
    let mut meter = Meter::new(Budget::STANDARD);
    path::all(&leaf.certificate, pool, &trust, Purpose::Signature, demands, &mut meter)
        .map_or_else(|untrusted| untrusted.finding.code, |_| "")
}

/// A name of the kind with this context tag.
fn name(kind: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    der::encode(der::context(kind), &[content.as_ref()])
}

const MAIL: u8 = 1;
const DNS: u8 = 2;
const URI: u8 = 6;
const IP: u8 = 7;
const REGISTERED: u8 = 8;
/// The lists of nameConstraints.
const PERMITTED: u8 = 0;
const EXCLUDED: u8 = 1;

/// Whether a certificate with this alternative name holds under a CA with this constraint.
fn holds(list: u8, critical: bool, base: &[u8], stated: &[u8]) -> bool {
    let constraints = sequence(&[&der::encode(der::context_constructed(list), &[&sequence(&[base])])]);
    let mut extensions = authority::ca();
    extensions.push(extension(NAME_CONSTRAINTS, critical, &constraints));
    let root = Party::root("Root", 1);
    let ca = root.issue(&Draft { subject: "CA", key: 2, extensions, ..Draft::default() });
    let names = extension(SUBJECT_ALT_NAME, false, &sequence(&[stated]));
    let leaf = ca.issue(&Draft { extensions: vec![authority::usage(0), names], ..Draft::default() });
    match fault(&leaf, &[ca.certificate], &root, &Demands::default()) {
        "" => true,
        "XC-6" => false,
        other => panic!("{other}"),
    }
}

/// Kind, constraint, names that hold under it, names that do not.
type Row<'r> = (u8, &'r str, &'r [&'r str], &'r [&'r str]);

#[test]
fn permitted_names() {
    let table: &[Row<'_>] = &[
        (
            DNS,
            "example.se",
            &["example.se", "A.Example.SE", "*.example.se"],
            &["xexample.se", "*.se", "se", "a..example.se"],
        ),
        (DNS, ".example.se", &["a.example.se", "a.b.example.se"], &["example.se", "xexample.se"]),
        (DNS, "", &["example.se", "*.se"], &["a_*.se"]),
        (MAIL, "example.se", &["a@example.se", "*@EXAMPLE.se"], &["a@b.example.se", "a@b@example.se", "example.se"]),
        (MAIL, ".example.se", &["a@b.example.se"], &["a@example.se"]),
        (MAIL, "A@example.se", &["A@Example.se"], &["a@example.se", "AA@example.se"]),
        (URI, "example.se", &["https://example.se:8443/x", "ftp://u@example.se"], &["https://a.example.se", "urn:a:b"]),
        (
            URI,
            ".example.se",
            &["https://a.example.se"],
            &["https://example.se", "https://192.0.2.1", "https://x/.example.se"],
        ),
    ];
    for (kind, base, within, without) in table {
        let holds = |stated: &str| holds(PERMITTED, true, &name(*kind, base), &name(*kind, stated));
        within.iter().for_each(|stated| assert!(holds(stated), "{stated} is within {base:?}"));
        without.iter().for_each(|stated| assert!(!holds(stated), "{stated} is not within {base:?}"));
    }
    assert!(holds(PERMITTED, true, &name(DNS, "example.se"), &name(MAIL, "a@example.no")), "another kind is free");
}

#[test]
fn excluded_names() {
    let table: &[Row<'_>] = &[
        (
            DNS,
            "a.example.se",
            &["b.example.se", "*.example.no", "*.b.example.se"],
            &["a.example.se", "x.a.example.se", "*.example.se"],
        ),
        (DNS, "", &[], &["example.se", "*.se"]),
        (MAIL, "example.se", &["a@b.example.se"], &["a@example.se", "a@b@example.no"]),
        (URI, ".example.se", &["https://example.se"], &["https://a.example.se", "https://[2001:db8::1]/"]),
    ];
    for (kind, base, free, hit) in table {
        let holds = |stated: &str| holds(EXCLUDED, true, &name(*kind, base), &name(*kind, stated));
        free.iter().for_each(|stated| assert!(holds(stated), "{stated} is not hit by {base:?}"));
        hit.iter().for_each(|stated| assert!(!holds(stated), "{stated} is hit by {base:?}"));
    }
}

#[test]
fn addresses_and_names_nobody_compares() {
    let net = name(IP, [192, 0, 2, 0, 255, 255, 254, 0]);
    let stated = |bytes: &[u8]| name(IP, bytes);
    assert!(
        holds(PERMITTED, true, &net, &stated(&[192, 0, 3, 9]))
            && !holds(PERMITTED, true, &net, &stated(&[192, 0, 4, 9]))
    );
    assert!(
        !holds(EXCLUDED, true, &net, &stated(&[192, 0, 3, 9])) && holds(EXCLUDED, true, &net, &stated(&[192, 0, 4, 9]))
    );
    assert!(!holds(PERMITTED, true, &net, &stated(&[0; 16])), "permitted are these alone");
    assert!(holds(EXCLUDED, true, &net, &stated(&[0; 16])));
    assert!(!holds(EXCLUDED, true, &net, &stated(&[10, 0, 0, 0, 255, 0, 0, 0])), "a network is no address");
    let registered = name(REGISTERED, [0x2a, 3]);
    assert!(!holds(EXCLUDED, true, &registered, &name(REGISTERED, [0x2a, 4])), "it could be, for all we know");
    assert!(holds(EXCLUDED, false, &registered, &name(REGISTERED, [0x2a, 4])), "a constraint that may be passed over");
    assert!(holds(EXCLUDED, true, &registered, &name(DNS, "example.se")));
}

#[test]
fn what_the_anchor_demands_counts() {
    let fault = |kind: &[u8], value: &[u8], person: &[Vec<u8>]| {
        let extensions = [authority::ca(), vec![extension(kind, true, value)]].concat();
        let root = Party::root("Root", 1).issue(&Draft { subject: "Root", key: 1, extensions, ..Draft::default() });
        let extensions = [vec![authority::usage(0)], person.to_vec()].concat();
        let leaf = root.issue(&Draft { extensions, ..Draft::default() });
        fault(&leaf, &[], &root, &Demands::default())
    };
    let under = |policy: &[u8]| extension(CERTIFICATE_POLICIES, false, &sequence(&[&sequence(&[&oid(policy)])]));
    let explicit = sequence(&[&der::encode(der::context(0), &[&[0]])]);
    assert_eq!(fault(POLICY_CONSTRAINTS, &explicit, &[]), "XC-6");
    assert_eq!(fault(POLICY_CONSTRAINTS, &explicit, &[under(&[0x2a, 3, 7])]), "");
    assert_eq!(
        fault(POLICY_CONSTRAINTS, &[], &[]),
        "XC-7",
        "an anchor whose demands cannot be read vouches for nobody"
    );
    let excluded = sequence(&[&der::encode(der::context_constructed(1), &[&sequence(&[&name(DNS, "example.se")])])]);
    let named = |host: &str| extension(SUBJECT_ALT_NAME, false, &sequence(&[&name(DNS, host)]));
    assert_eq!(fault(NAME_CONSTRAINTS, &excluded, &[named("a.example.se")]), "XC-6");
    assert_eq!(fault(NAME_CONSTRAINTS, &excluded, &[named("a.example.no")]), "");
}

#[test]
fn policies_mapped_all_to_all_cost_no_more_than_they_are_long() {
    const POLICIES: std::ops::Range<u8> = 0..40;
    const CAS: [&str; 9] = ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"];
    let policy = |number: u8| oid(&[0x2a, 3, number]);
    let stated: Vec<Vec<u8>> = POLICIES.map(|number| sequence(&[&policy(number)])).collect();
    let pairs = POLICIES.flat_map(|from| POLICIES.map(move |to| (from, to)));
    let pairs: Vec<Vec<u8>> = pairs.map(|(from, to)| sequence(&[&policy(from), &policy(to)])).collect();
    let stated = extension(CERTIFICATE_POLICIES, false, &sequence(&[&stated.concat()]));
    let mapped = extension(POLICY_MAPPINGS, true, &sequence(&[&pairs.concat()]));
    let root = Party::root("Root", 1);
    let (mut last, mut pool) = (Party::root("Root", 1), Vec::new());
    for (key, subject) in (2..).zip(CAS) {
        let extensions = [authority::ca(), vec![stated.clone(), mapped.clone()]].concat();
        last = last.issue(&Draft { subject, key, extensions, ..Draft::default() });
        pool.push(last.certificate.clone());
    }
    let leaf = last.issue(&Draft { extensions: vec![authority::usage(0), stated], ..Draft::default() });
    let start = Instant::now();
    let under =
        |policy: &str| Demands { policies: Some(vec![policy.to_owned()]), explicit_policy: true, ..Demands::default() };
    assert_eq!(fault(&leaf, &pool, &root, &under("1.2.3.7")), "", "40 to the power of nine ways lead there");
    assert_eq!(fault(&leaf, &pool, &root, &under("1.2.3.99")), "XC-6");
    assert_eq!(fault(&leaf, &pool, &root, &Demands { inhibit_mapping: true, ..under("1.2.3.7") }), "XC-6");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
