//! Paths built out of pools that somebody made to mislead: in whatever order, within the budget, never a path too many.
//! VALIDATION 8.2, 8.3, 8.5 and LIM-6.

use std::time::Duration;
use std::time::Instant;

use proptest::prelude::Just;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::proptest;
use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::verify::budget::Budget;
use sigill::verify::budget::Meter;
use sigill::verify::path;
use sigill::verify::path::Demands;
use sigill::verify::path::Role;
use sigill::verify::path::TrustedPath;
use sigill::verify::path::Untrusted;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

use crate::authority;
use crate::authority::Draft;
use crate::authority::Party;
use crate::authority::extension;
use crate::authority::oid;
use crate::authority::sequence;

const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const PURPOSES: &[u8] = &[0x55, 0x1d, 0x25];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

fn ask(leaf: &Party, pool: &[Certificate], root: &Party, demands: &Demands) -> Result<Vec<TrustedPath>, Untrusted> {
    let trust = Trust::of(vec![Anchor::usual(root.certificate.clone(), "test")]);
    path::all(&leaf.certificate, pool, &trust, Purpose::Signature, demands, &mut Meter::new(Budget::STANDARD))
}

/// The answer as it can be compared: the certificates of every path, or why there is none.
fn told(answer: Result<Vec<TrustedPath>, Untrusted>) -> Result<Vec<Vec<Certificate>>, (String, Vec<Certificate>)> {
    let paths = |paths: Vec<TrustedPath>| paths.iter().map(|path| path.certificates().to_vec()).collect();
    answer.map(paths).map_err(|untrusted| (format!("{:?}", untrusted.finding), untrusted.furthest))
}

fn ca(subject: &str, key: u8) -> Draft<'_> {
    Draft { subject, key, extensions: authority::ca(), ..Draft::default() }
}

/// What `issuer` says of the CA `subject`: nothing below it may bear a name under this host.
fn excluding<'d>(subject: &'d str, key: u8, host: &str) -> Draft<'d> {
    let subtree = sequence(&[&der::encode(der::context(2), &[host.as_bytes()])]);
    let constraints = sequence(&[&der::encode(der::context_constructed(1), &[&subtree])]);
    let mut draft = ca(subject, key);
    draft.extensions.push(extension(NAME_CONSTRAINTS, true, &constraints));
    draft
}

/// A person's certificate with a host name.
fn person<'d>(host: &str) -> Draft<'d> {
    let names = sequence(&[&der::encode(der::context(2), &[host.as_bytes()])]);
    Draft { extensions: vec![authority::usage(0), extension(SUBJECT_ALT_NAME, false, &names)], ..Draft::default() }
}

/// Each of these CAs certified by each other and by `above`: two CAs of one name and key differ in their issuer only.
fn mesh(names: &[(&str, u8)], above: &[&Party]) -> Vec<Party> {
    let own: Vec<Party> = names.iter().map(|(name, key)| Party::root(name, *key)).collect();
    let issuers = || own.iter().chain(above.iter().copied());
    let pairs = names.iter().flat_map(|(name, key)| issuers().map(move |issuer| issuer.issue(&ca(name, *key))));
    pairs.collect()
}

fn certificates(parties: &[Party]) -> Vec<Certificate> {
    parties.iter().map(|party| party.certificate.clone()).collect()
}

const FOUR: [(&str, u8); 4] = [("A", 11), ("B", 12), ("C", 13), ("D", 14)];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_the_pool_does_not_matter(
        pool in Just(certificates(&mesh(&FOUR, &[&Party::root("Root", 1), &Party::root("Other", 2)]))).prop_shuffle(),
        again in 0_usize..20,
    ) {
        let leaf = Party::root("A", 11).issue(&person("a.example.se"));
        let twice = [pool.as_slice(), &pool[..again]].concat();
        for root in [Party::root("Root", 1), Party::root("Nobody", 3)] {
            let mut sorted = pool.clone();
            sorted.sort_by(|left, right| left.der().cmp(right.der()));
            let expected = told(ask(&leaf, &sorted, &root, &Demands::default()));
            assert_eq!(expected.is_ok(), root.certificate.subject.common_name() == Some("Root"));
            assert_eq!(told(ask(&leaf, &pool, &root, &Demands::default())), expected);
            assert_eq!(told(ask(&leaf, &twice, &root, &Demands::default())), expected);
        }
    }
}

#[test]
fn a_mesh_gives_several_paths_and_the_shortest_way_up_first() {
    let root = Party::root("Root", 1);
    let leaf = Party::root("A", 11).issue(&person("a.example.se"));
    let paths = ask(&leaf, &certificates(&mesh(&FOUR, &[&root])), &root, &Demands::default()).unwrap();
    assert_eq!(paths.len(), 5, "no more than are asked for");
    for path in &paths {
        assert_eq!(path.anchor().map(|anchor| &anchor.certificate), Some(&root.certificate));
        let mut meter = Meter::new(Budget::STANDARD);
        assert!(path.links().all(|(one, issuer)| path::issued(one, issuer, &mut meter) == Ok(true)));
    }
    let direct = Demands { depth_max: Some(1), ..Demands::default() };
    let paths = ask(&leaf, &certificates(&mesh(&FOUR, &[&root])), &root, &direct).unwrap();
    assert_eq!(paths.iter().map(|path| path.certificates().len()).collect::<Vec<_>>(), [3]);
}

/// The pool ends within the budget without a path: what grew with the number of ways would not end in any time. Two
/// seconds are what it may take; a minute leaves room for a machine that does other things.
fn leads_nowhere(what: &str, leaf: &Party, pool: &[Certificate], root: &Party) -> Untrusted {
    let start = Instant::now();
    let answer = ask(leaf, pool, root, &Demands::default());
    assert!(start.elapsed() < Duration::from_secs(60), "{what} took {:?}", start.elapsed());
    answer.unwrap_err()
}

#[test]
fn thousands_of_one_name_lead_nowhere() {
    let root = Party::root("Root", 1);
    let leaf = Party::root("CA", 250).issue(&person("a.example.se"));
    let ring: Vec<Party> = (2..12).map(|key| Party::root("CA", key)).collect();
    let each = |key| ring.iter().map(move |signer| signer.issue(&ca("CA", key)).certificate);
    let pool: Vec<Certificate> = (2..202).flat_map(each).collect();
    assert_eq!(pool.len(), 2_000);
    assert_eq!(leads_nowhere("a crowd", &leaf, &pool, &root).finding.code, "LIM-6");
    // The same crowd, and one of them did sign.
    let leaf = ring[0].issue(&person("a.example.se"));
    assert_eq!(leads_nowhere("a ring", &leaf, &pool, &root).finding.code, "LIM-6");
}

#[test]
fn an_exponential_mesh_leads_nowhere() {
    let root = Party::root("Root", 1);
    const LAYERS: [&str; 8] = ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"];
    let key = |layer: usize, one: usize| u8::try_from(10 + layer * 4 + one).unwrap();
    let mut pool = Vec::new();
    for (layer, pair) in LAYERS.windows(2).enumerate() {
        for (own, above) in (0..4).flat_map(|own| (0..4).map(move |above| (own, above))) {
            let issuer = Party::root(pair[1], key(layer + 1, above));
            pool.push(issuer.issue(&ca(pair[0], key(layer, own))).certificate);
        }
    }
    let leaf = Party::root("L1", key(0, 0)).issue(&person("a.example.se"));
    leads_nowhere("a mesh without a top", &leaf, &pool, &root);
    // Every one of its 4^7 ways does lead to the anchor, and there each is forbidden.
    let top = (0..4).map(|one| root.issue(&excluding("L8", key(7, one), "example.se")).certificate);
    pool.extend(top);
    assert_eq!(leads_nowhere("a forbidden mesh", &leaf, &pool, &root).finding.code, "LIM-6");
    // Were it not forbidden, there would be a way: it is no empty threat.
    pool.push(root.issue(&ca("L8", key(7, 0))).certificate);
    assert!(
        ask(&Party::root("L8", key(7, 0)).issue(&person("a.example.se")), &pool, &root, &Demands::default()).is_ok()
    );
}

#[test]
fn cycles_end() {
    let root = Party::root("Root", 1);
    let leaf = Party::root("A", 11).issue(&person("a.example.se"));
    let pool = certificates(&mesh(&FOUR, &[]));
    assert_eq!(leads_nowhere("a cycle", &leaf, &pool, &root).finding.code, "NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn a_cross_certificate_that_forbids_hides_no_other() {
    let root = Party::root("Root", 1);
    let leaf = Party::root("A", 11).issue(&person("a.example.se"));
    let forbids = root.issue(&Draft { not_after: "2040-01-01", ..excluding("A", 11, "example.se") }).certificate;
    let allows = root.issue(&excluding("A", 11, "example.no")).certificate;
    let ask = |pool: &[&Certificate]| {
        let pool: Vec<Certificate> = pool.iter().copied().cloned().collect();
        told(ask(&leaf, &pool, &root, &Demands::default()))
    };
    let through = |ca: &Certificate| Ok(vec![vec![leaf.certificate.clone(), ca.clone(), root.certificate.clone()]]);
    assert_eq!(ask(&[&forbids, &allows]), through(&allows));
    assert_eq!(ask(&[&allows, &forbids]), through(&allows));
    assert!(ask(&[&forbids]).unwrap_err().0.contains("XC-6"));
}

#[test]
fn an_expired_cross_certificate_hides_no_other_and_comes_last_where_the_time_is_known() {
    let root = Party::root("Root", 1);
    let leaf = Party::root("A", 11).issue(&person("a.example.se"));
    let [early, late] =
        ["2024-01-01", "2035-01-01"].map(|not_after| root.issue(&Draft { not_after, ..ca("A", 11) }).certificate);
    for pool in [[early.clone(), late.clone()], [late.clone(), early.clone()]] {
        let demands = Demands { around: Some("2026-01-01T00:00:00Z".parse().unwrap()), ..Demands::default() };
        let paths = ask(&leaf, &pool, &root, &demands).unwrap();
        let second: Vec<&Certificate> = paths.iter().map(|path| &path.certificates()[1]).collect();
        assert_eq!(second, [&late, &early]);
    }
}

#[test]
fn an_anchor_under_another_gives_both_paths() {
    let root = Party::root("Root", 1);
    let ca = root.issue(&ca("A", 11));
    let leaf = ca.issue(&person("a.example.se")).certificate;
    let pool = [ca.certificate.clone(), root.certificate.clone()];
    let of = |anchors: &[&Anchor]| {
        let trust = Trust::of(anchors.iter().copied().cloned().collect());
        let mut meter = Meter::new(Budget::STANDARD);
        told(path::all(&leaf, &pool, &trust, Purpose::Signature, &Demands::default(), &mut meter))
    };
    let usual = |party: &Party| Anchor::usual(party.certificate.clone(), "test");
    let short = vec![leaf.clone(), ca.certificate.clone()];
    let long = vec![leaf.clone(), ca.certificate.clone(), root.certificate.clone()];
    assert_eq!(of(&[&usual(&ca), &usual(&root)]), Ok(vec![short, long.clone()]));
    assert_eq!(of(&[&usual(&root)]), Ok(vec![long.clone()]));
    // XC-18: believed only after the certificate was issued; the way through it to the other is open all the same.
    let mut late = usual(&ca);
    for grant in &mut late.grants {
        grant.from = Some("2029-01-01T00:00:00Z".parse().unwrap());
    }
    assert_eq!(of(&[&late, &usual(&root)]), Ok(vec![long]));
    assert!(of(&[&late]).unwrap_err().0.contains("XC-18"));
}

#[test]
fn what_the_end_certificate_may_do_is_asked_by_its_role() {
    let root = Party::root("Root", 1);
    let made = |extensions: Vec<Vec<u8>>| root.issue(&Draft { extensions, ..Draft::default() });
    let as_role = |leaf: &Party, role| ask(leaf, &[], &root, &Demands { role, ..Demands::default() });
    let code = |leaf: &Party, role| as_role(leaf, role).map_or_else(|untrusted| untrusted.finding.code, |_| "");
    let (signer, lists, answers) =
        (made(vec![authority::usage(0)]), made(vec![authority::usage(6)]), made(vec![authority::ocsp_signing()]));
    assert_eq!(
        [Role::Signer, Role::CrlIssuer, Role::OcspResponder].map(|role| code(&signer, role)),
        ["", "XC-4", "XC-5"]
    );
    assert_eq!(
        [Role::Signer, Role::CrlIssuer, Role::OcspResponder].map(|role| code(&lists, role)),
        ["XC-4", "", "XC-5"]
    );
    assert_eq!([Role::CrlIssuer, Role::OcspResponder].map(|role| code(&answers, role)), ["", ""]);
    assert_eq!(code(&made(vec![authority::usage(5)]), Role::Unstated), "");
    // XC-7: whoever need not be asked about revocation signs nothing else.
    assert_eq!(code(&made(vec![extension(authority::NO_CHECK, false, &[5, 0])]), Role::Signer), "XC-7");
    // 8.5: a purpose that is not signing is told, and so is a certificate for logging in alone.
    let login = made(vec![authority::usage(0), extension(PURPOSES, false, &sequence(&[&oid(CLIENT_AUTH)]))]);
    let paths = as_role(&login, Role::Signer).unwrap();
    assert_eq!(paths[0].warnings().iter().map(|warning| warning.code).collect::<Vec<_>>(), ["XC-5"]);
}
