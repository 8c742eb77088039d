//! What revocation data is believed, and what it then says: foreign vectors, then a PKI made on the spot for every rule
//! that they do not touch. VALIDATION 3.4 and 9.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its material fails")]

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use sigill::format::crl::Reason;
use sigill::format::der;
use sigill::format::x509::Certificate;
use sigill::verify::budget::Budget;
use sigill::verify::budget::Exhausted;
use sigill::verify::budget::Meter;
use sigill::verify::evidence::Evidence;
use sigill::verify::path;
use sigill::verify::path::Demands;
use sigill::verify::path::Role;
use sigill::verify::path::TrustedPath;
use sigill::verify::policy::Policy;
use sigill::verify::policy::RevocationRule;
use sigill::verify::revocation;
use sigill::verify::revocation::Context;
use sigill::verify::revocation::Datum;
use sigill::verify::revocation::Kind;
use sigill::verify::revocation::Says;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;

#[expect(dead_code, reason = "made for fetching, of which this asks little")]
#[path = "support/authority.rs"]
mod authority;
#[path = "support/shared.rs"]
mod shared;

use authority::Answer;
use authority::Draft;
use authority::List;
use authority::Party;

// --- foreign vectors ---------------------------------------------------------------------------------------------

/// The files of one suite's case, and the path they are about.
struct Case {
    folder: String,
    case: Value,
    evidence: Evidence,
    trust: Trust,
    now: Timestamp,
}

impl Case {
    fn all(suite: &str) -> Vec<Self> {
        let folder = format!("vectors/{suite}");
        let Some(table) = shared::json(&format!("{folder}/cases.json")) else { return Vec::new() };
        let cases = table["cases"].as_array().unwrap().iter();
        cases.map(|case| Self::read(folder.clone(), case.clone())).collect()
    }

    fn read(folder: String, case: Value) -> Self {
        let file = |name: &str| plain(fs::read(shared::path(&folder).join(name)).unwrap());
        let mut evidence = Evidence::none();
        names(&case["intermediates"]).for_each(|name| evidence.add_certificates([certificate(&file(name))]));
        names(&case["crls"]).for_each(|name| evidence.add_crl(&file(name)));
        names(&case["ocsp"]).for_each(|name| evidence.add_ocsp(&file(name)));
        assert_eq!(evidence.unreadable(), 0, "{}", case["id"]);
        let anchors: Vec<&str> = case["trust_anchor"].as_str().into_iter().chain(names(&case["anchors"])).collect();
        let anchors: Vec<(&str, Vec<u8>)> = anchors.into_iter().map(|name| (name, file(name))).collect();
        let (trust, problems) = Trust::read(anchors.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
        assert!(problems.is_empty());
        let now = case["validation_time"].as_str().unwrap().parse().unwrap();
        Self { folder, case, evidence, trust, now }
    }

    fn path(&self) -> TrustedPath {
        let leaf = fs::read(shared::path(&self.folder).join(self.case["leaf"].as_str().unwrap())).unwrap();
        let mut meter = Meter::new(Budget::STANDARD);
        let pool = self.evidence.certificates();
        path::find(&certificate(&leaf), pool, &self.trust, Purpose::Signature, &mut meter).unwrap()
    }

    fn data(&self, path: &TrustedPath, place: usize) -> Vec<Datum> {
        // Neither suite tells everything about every responder.
        let policy = Policy { revocation: RevocationRule::IfAvailable, ..Policy::swedish_minutes() };
        let context = Context { evidence: &self.evidence, trust: &self.trust, policy: &policy, now: self.now };
        revocation::data(path, place, &context, &mut Meter::new(Budget::STANDARD)).unwrap()
    }

    /// Whether every certificate of the path for which `wanted` says so is good by data for which `fresh` says so.
    fn good(&self, wanted: impl Fn(&Certificate) -> bool, fresh: impl Fn(&Datum) -> bool) -> bool {
        let path = self.path();
        let judged: Vec<bool> = (0..path.links().count())
            .filter(|place| wanted(&path.certificates()[*place]))
            .map(|place| {
                let data = self.data(&path, place);
                revocation::choose(&data).is_some_and(|datum| datum.says == Says::Good && fresh(datum))
            })
            .collect();
        assert!(!judged.is_empty(), "{}: no certificate was asked about", self.case["id"]);
        judged.iter().all(|good| *good)
    }
}

/// Answers in the suite of OpenSSL stand in base64.
fn plain(bytes: Vec<u8>) -> Vec<u8> {
    let text: String = String::from_utf8_lossy(&bytes).split_whitespace().collect();
    if text.starts_with("MII") { STANDARD.decode(text).unwrap() } else { bytes }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap())
}

fn certificate(bytes: &[u8]) -> Certificate {
    let text = String::from_utf8_lossy(bytes);
    let Some((_, block)) = text.split_once("-----BEGIN CERTIFICATE-----") else {
        return Certificate::read(bytes).unwrap();
    };
    let body: String = block.split("-----END").next().unwrap().split_whitespace().collect();
    Certificate::read(&STANDARD.decode(body).unwrap()).unwrap()
}

#[test]
fn openssl_ocsp_vectors() {
    let cases = Case::all("ocsp");
    for case in &cases {
        // The suite asks only about certificates that some answer is about, right or wrong.
        let responses = case.evidence.ocsp_responses();
        let asked = |certificate: &Certificate| {
            let mut singles = responses.iter().flat_map(|response| &response.responses);
            singles.any(|single| single.cert_id.serial == certificate.serial)
        };
        let good = case.good(asked, |datum| revocation::fresh(datum, case.now));
        assert_eq!(good, case.case["expect"] == "valid", "{}", case.case["id"]);
    }
    println!("ran {} OCSP vectors", cases.len());
}

#[test]
fn freshness_vectors() {
    let cases = Case::all("revinfo-freshness");
    for case in &cases {
        let rule = &case.case["freshness"];
        let hours = rule["hours"].as_i64().unwrap_or_else(|| rule["days"].as_i64().unwrap() * 24);
        let span = SignedDuration::from_hours(hours);
        let signed = case.case["best_signature_time"].as_str().map(|time| time.parse::<Timestamp>().unwrap());
        // The suite's two rules are policies of others (3.4, 1 and 4); ours is nextUpdate.
        let fresh = |datum: &Datum| match signed {
            Some(signed) => datum.issued >= signed + span,
            None => datum.issued >= case.now - span,
        };
        assert_eq!(case.good(|_| true, fresh), case.case["expect"] == "valid", "{}", case.case["id"]);
    }
    println!("ran {} freshness vectors", cases.len());
}

// --- a PKI made on the spot --------------------------------------------------------------------------------------

/// A root, a CA, a person, and what is known of them.
struct Town {
    root: Party,
    ca: Party,
    person: Party,
    evidence: Evidence,
    now: Timestamp,
}

impl Town {
    fn new() -> Self {
        Self::with(Vec::new())
    }

    /// The person's certificate has these extensions too.
    fn with(extensions: Vec<Vec<u8>>) -> Self {
        let draft = Draft::default();
        let extensions = draft.extensions.iter().cloned().chain(extensions).collect();
        Self::of(&Draft { extensions, ..draft })
    }

    fn of(person: &Draft<'_>) -> Self {
        let root = Party::root("Root", 1);
        let ca =
            root.issue(&Draft { serial: 2, subject: "CA", key: 2, extensions: authority::ca(), ..Draft::default() });
        let person = ca.issue(person);
        let mut evidence = Evidence::none();
        evidence.add_certificates([ca.certificate.clone()]);
        Self { root, ca, person, evidence, now: "2024-07-01T00:00:00Z".parse().unwrap() }
    }

    /// A delegate of the CA that may answer, with these extensions besides.
    fn delegate(&self, serial: u8, subject: &str, further: &[Vec<u8>]) -> Party {
        let extensions =
            [authority::usage(0), authority::ocsp_signing()].into_iter().chain(further.iter().cloned()).collect();
        let delegate = self.ca.issue(&Draft { serial, subject, key: serial, extensions, ..Draft::default() });
        assert!(!delegate.certificate.extensions.malformed.iter().any(|_| true));
        delegate
    }

    fn list(&mut self, list: &List<'_>) {
        let der = self.ca.crl(list);
        self.add_crl(&der);
    }

    fn add_crl(&mut self, der: &[u8]) {
        self.evidence.add_crl(der);
        assert_eq!(self.evidence.unreadable(), 0, "a list made here can be read");
    }

    /// This party answers about the person.
    fn answer(&mut self, by: &Party, answer: &Answer<'_>) {
        let about = self.person.certificate.clone();
        self.answer_about(by, &about, answer);
    }

    fn answer_about(&mut self, by: &Party, about: &Certificate, answer: &Answer<'_>) {
        self.evidence.add_ocsp(&by.ocsp(about, &self.ca.certificate, answer));
        assert_eq!(self.evidence.unreadable(), 0, "an answer made here can be read");
    }

    fn ask(&self, place: usize, budget: Budget) -> Result<Vec<Datum>, Exhausted> {
        let (trust, _) = Trust::read([("root", self.root.certificate.der())]);
        let mut meter = Meter::new(Budget::STANDARD);
        let pool = self.evidence.certificates();
        // Also of one who answers about others, which is no signer.
        let demands = Demands { role: Role::Unstated, ..Demands::default() };
        let paths = path::all(&self.person.certificate, pool, &trust, Purpose::Signature, &demands, &mut meter);
        let path = paths.unwrap().remove(0);
        let policy = Policy::swedish_minutes();
        let context = Context { evidence: &self.evidence, trust: &trust, policy: &policy, now: self.now };
        revocation::data(&path, place, &context, &mut Meter::new(budget))
    }

    fn data(&self) -> Vec<Datum> {
        self.ask(0, Budget::STANDARD).unwrap()
    }

    /// What decides about the person.
    fn said(&self) -> Option<Says> {
        revocation::choose(&self.data()).map(|datum| datum.says)
    }

    /// Good, or the reason of the revocation, or nothing.
    #[track_caller]
    fn assert_said(&self, expected: Option<Option<Reason>>, why: &str) {
        let said = self.said().map(|says| match says {
            Says::Good => None,
            Says::Revoked { reason, .. } => Some(reason),
        });
        assert_eq!(said, expected, "{why}");
    }
}

/// The person, revoked or on hold.
fn listed(reason: u8) -> Vec<Vec<u8>> {
    vec![authority::entry(1, "2024-05-01", reason)]
}

const GOOD: Option<Option<Reason>> = Some(None);
const HOLD: u8 = 6;
const SUPERSEDED: u8 = 4;
const REMOVE: u8 = 8;

fn because(reason: Reason) -> Option<Option<Reason>> {
    Some(Some(reason))
}

#[test]
fn without_data_nothing_is_known() {
    Town::new().assert_said(None, "silence is not good");
}

#[test]
fn a_datum_tells_what_it_rests_on() {
    let mut town = Town::new();
    let list = town.ca.crl(&List { entries: listed(SUPERSEDED), ..List::default() });
    town.add_crl(&list);
    let data = town.data();
    let [datum] = data.as_slice() else { panic!("one datum") };
    assert_eq!((datum.kind, datum.delegated), (Kind::Crl, false));
    assert_eq!(datum.digest, sigill::verify::crypto::sha256(&[&list]));
    assert_eq!(datum.issued, "2024-06-01T00:00:00Z".parse().unwrap());
    assert_eq!(datum.issuer, town.ca.certificate);
    let names: Vec<String> = datum.mechanisms.iter().map(|mechanism| mechanism.name()).collect();
    assert_eq!(names, ["Ed25519 (256 bit)"]);
    let next = "2025-06-01T00:00:00Z".parse().unwrap();
    assert_eq!(datum.next, Some(next));
    assert!(!revocation::fresh(datum, next) && revocation::fresh(datum, next - SignedDuration::from_secs(1)));
    let endless = Datum { next: None, ..datum.clone() };
    assert!(!revocation::fresh(&endless, datum.issued), "what names no end is never fresh (3.4)");
}

#[test]
fn a_revocation_wins_over_older_and_newer_good_but_a_hold_may_end() {
    for (reason, expected) in [(SUPERSEDED, because(Reason::Superseded)), (HOLD, GOOD)] {
        let mut town = Town::new();
        town.list(&List { issued: "2024-05-02", entries: listed(reason), ..List::default() });
        town.list(&List { issued: "2024-06-02", extensions: vec![authority::number(2)], ..List::default() });
        town.list(&List { issued: "2024-04-02", extensions: vec![authority::number(0)], ..List::default() });
        town.assert_said(expected, "listed in May, no longer in June");
    }
    let mut town = Town::new();
    town.list(&List { issued: "2024-05-02", ..List::default() });
    town.list(&List { issued: "2024-06-02", entries: listed(HOLD), ..List::default() });
    town.assert_said(because(Reason::CertificateHold), "the newest says hold");
}

#[test]
fn of_several_entries_about_one_certificate_the_worst_counts() {
    let mut town = Town::new();
    let entries = [listed(SUPERSEDED), listed(HOLD)].concat();
    town.list(&List { entries, ..List::default() });
    town.assert_said(because(Reason::Superseded), "whichever comes last");
}

#[test]
fn data_from_the_future_or_from_before_the_certificate_is_not_used() {
    let mut town = Town::new();
    town.list(&List { issued: "2024-07-02", ..List::default() });
    town.list(&List { issued: "2019-12-31", entries: listed(SUPERSEDED), ..List::default() });
    let ca = Party::root("CA", 2);
    town.answer(&ca, &Answer { issued: "2024-07-02", ..Answer::default() });
    town.answer(&ca, &Answer { next: Some("2024-05-31"), ..Answer::default() });
    town.assert_said(None, "CL-1, CL-9, OC-6");
}

// --- CRLs --------------------------------------------------------------------------------------------------------

/// A base list of June and a delta over it of the 15th.
fn base_and_delta(base: Vec<Vec<u8>>, over: u8, delta: Vec<Vec<u8>>) -> Town {
    let mut town = Town::new();
    town.list(&List { entries: base, extensions: vec![authority::number(5)], ..List::default() });
    let extensions = vec![authority::number(6), authority::delta_over(over)];
    town.list(&List { issued: "2024-06-15", next: Some("2024-06-20"), entries: delta, extensions });
    town
}

#[test]
fn a_delta_carries_its_base_on() {
    let town = base_and_delta(Vec::new(), 5, Vec::new());
    let data = town.data();
    assert_eq!((data.len(), data[0].issued), (2, "2024-06-15T00:00:00Z".parse().unwrap()));
    assert_eq!(data[0].with, [data[1].digest], "a delta says good only with its base");
    base_and_delta(listed(HOLD), 5, listed(REMOVE)).assert_said(GOOD, "off hold");
    base_and_delta(listed(HOLD), 5, Vec::new()).assert_said(because(Reason::CertificateHold), "still on hold");
    base_and_delta(Vec::new(), 5, listed(SUPERSEDED)).assert_said(because(Reason::Superseded), "newly revoked");
    base_and_delta(listed(SUPERSEDED), 5, listed(REMOVE))
        .assert_said(because(Reason::Superseded), "for good is for good");
}

#[test]
fn a_delta_without_its_base_can_only_revoke() {
    assert_eq!(base_and_delta(Vec::new(), 6, Vec::new()).data().len(), 1, "the base is older than the delta builds on");
    base_and_delta(listed(HOLD), 6, listed(REMOVE)).assert_said(because(Reason::CertificateHold), "not its base");
    base_and_delta(Vec::new(), 6, listed(HOLD)).assert_said(because(Reason::CertificateHold), "it revokes alone");
    let mut town = Town::new();
    town.list(&List { extensions: vec![authority::number(6), authority::delta_over(5)], ..List::default() });
    town.assert_said(None, "a delta alone says nothing good");
}

#[test]
fn only_a_delta_takes_off_a_list() {
    let mut town = Town::new();
    town.list(&List { entries: listed(REMOVE), ..List::default() });
    town.assert_said(None, "removeFromCRL in a whole list makes no sense");
}

#[test]
fn lists_for_some_reasons_count_together_when_they_cover_all() {
    // Bits 1 to 4 and 5 to 8 of ReasonFlags.
    let some = |bits: &[u8]| vec![authority::scope(&[&der::encode(der::context(3), &[bits])]), authority::number(1)];
    let (low, high) = (some(&[3, 0b0111_1000]), some(&[7, 0b0000_0111, 0x80]));
    let mut town = Town::new();
    town.list(&List { issued: "2024-06-01", extensions: low.clone(), ..List::default() });
    town.assert_said(None, "half the reasons are no answer (CL-5)");
    town.list(&List { issued: "2024-05-01", extensions: high, ..List::default() });
    let data = town.data();
    let [datum] = data.as_slice() else { panic!("one answer of two lists, not {}", data.len()) };
    assert_eq!((datum.says, datum.with.len()), (Says::Good, 1));
    assert_eq!(datum.issued, "2024-05-01T00:00:00Z".parse().unwrap(), "as old as the older");
    let mut town = Town::new();
    town.list(&List { entries: listed(SUPERSEDED), extensions: low, ..List::default() });
    town.assert_said(because(Reason::Superseded), "one reason is enough to be revoked");
}

#[test]
fn an_expired_certificate_drops_off_lists_that_do_not_keep_it() {
    let expired = Draft { not_after: "2024-05-15", ..Draft::default() };
    let mut town = Town::of(&expired);
    town.list(&List::default());
    town.assert_said(None, "not listed says nothing (CL-8)");
    let keeps = |since| {
        vec![authority::number(1), authority::extension(authority::EXPIRED_CERTS, false, &authority::time(since))]
    };
    town.list(&List { extensions: keeps("2024-05-16"), ..List::default() });
    town.assert_said(None, "kept only from later on");
    town.list(&List { extensions: keeps("2024-05-15"), ..List::default() });
    town.assert_said(GOOD, "expiredCertsOnCRL reaches back to its end");
    let mut town = Town::of(&expired);
    town.list(&List { entries: listed(SUPERSEDED), ..List::default() });
    town.assert_said(because(Reason::Superseded), "listed is listed");
}

#[test]
fn a_list_speaks_of_its_own_kind_and_point() {
    let points = |names: &[&[u8]]| {
        let point = authority::sequence(&[&authority::full_name(names)]);
        authority::extension(authority::POINTS, false, &authority::sequence(&[&point]))
    };
    let only = |tag: u8| authority::scope(&[&[der::context(tag), 1, 0xff]]);
    let at = |name: &[u8]| authority::scope(&[&authority::full_name(&[name])]);
    let here = authority::url("http://crl.example/1");
    let relative = {
        let name = der::encode(der::context_constructed(1), &[&authority::common_name("CRL1")]);
        authority::scope(&[&der::encode(der::context_constructed(0), &[&name])])
    };
    let own = {
        let name = authority::sequence(&[
            &der::encode(der::SET, &[&authority::common_name("CA")]),
            &der::encode(der::SET, &[&authority::common_name("CRL1")]),
        ]);
        der::encode(der::context_constructed(4), &[&name])
    };
    for (scope, expected, why) in [
        (only(1), GOOD, "end-entity certificates"),
        (only(2), None, "CA certificates"),
        (only(5), None, "attribute certificates"),
        (at(&here), GOOD, "a point of the certificate"),
        (at(&authority::url("http://crl.example/2")), None, "another point"),
        (at(&authority::directory("CA")), GOOD, "the point that every certificate has: its issuer"),
        (relative, GOOD, "a name relative to the issuer"),
    ] {
        let mut town = Town::with(vec![points(&[&here, &own])]);
        town.list(&List { extensions: vec![scope, authority::number(1)], ..List::default() });
        town.assert_said(expected, why);
    }
}

#[test]
fn what_a_list_says_in_words_we_do_not_understand_makes_it_unusable() {
    let strange = authority::extension(&[0x2a, 3, 4], true, &[der::NULL, 0]);
    let mut town = Town::new();
    town.list(&List { extensions: vec![authority::number(1), strange.clone()], ..List::default() });
    town.list(&List { entries: vec![authority::entry_with(9, "2024-05-01", &[strange])], ..List::default() });
    town.assert_said(None, "CL-3");
}

/// An issuer of lists under the root, whose certificate's serial number is 50.
fn list_issuer(town: &mut Town, subject: &str) -> Party {
    let extensions = vec![authority::extension(&[0x55, 0x1d, 0x0f], true, &[der::BIT_STRING, 2, 1, 0x82])];
    let draft = Draft { serial: 50, subject, key: 50, extensions, ..Draft::default() };
    let issuer = town.root.issue(&draft);
    town.evidence.add_certificates([issuer.certificate.clone()]);
    issuer
}

#[test]
fn another_key_of_the_issuer_signs_its_lists_only_while_it_is_good_itself() {
    let mut town = Town::new();
    let signer = list_issuer(&mut town, "CA");
    town.add_crl(&signer.crl(&List::default()));
    town.assert_said(None, "nothing is known of the signer (CL-4)");
    town.add_crl(&town.root.crl(&List::default()));
    town.assert_said(GOOD, "the root's list clears the signer");
    assert!(town.data()[0].delegated);
    town.add_crl(&town.root.crl(&List { entries: vec![authority::entry(50, "2024-05-01", 1)], ..List::default() }));
    town.assert_said(None, "the signer's key was in other hands");

    let mut town = Town::new();
    let signer = list_issuer(&mut town, "CA");
    town.add_crl(&signer.crl(&List { entries: listed(SUPERSEDED), ..List::default() }));
    town.assert_said(because(Reason::Superseded), "what says revoked is kept");
    assert_eq!(town.data()[0].warnings[0].code, "OC-11", "with the doubt stated");
}

#[test]
fn a_strangers_list_is_nobodys() {
    let mut town = Town::new();
    let foreign = Party::root("Elsewhere", 7).issue(&Draft {
        subject: "CA",
        key: 8,
        extensions: authority::ca(),
        ..Draft::default()
    });
    town.evidence.add_certificates([foreign.certificate.clone()]);
    town.add_crl(&foreign.crl(&List { entries: listed(SUPERSEDED), ..List::default() }));
    town.add_crl(&foreign.crl(&List::default()));
    town.assert_said(None, "same name, no path to the same anchor");
}

#[test]
fn an_indirect_list_needs_the_certificates_word_for_it() {
    let named = {
        let issuer = der::encode(der::context_constructed(2), &[&authority::directory("Lists")]);
        authority::extension(authority::POINTS, false, &authority::sequence(&[&authority::sequence(&[&issuer])]))
    };
    let indirect = || vec![authority::scope(&[&[der::context(4), 1, 0xff]]), authority::number(1)];
    let of_ca =
        authority::extension(authority::CERTIFICATE_ISSUER, true, &authority::sequence(&[&authority::directory("CA")]));
    let mine = || {
        vec![
            authority::entry_with(7, "2024-05-01", std::slice::from_ref(&of_ca)),
            authority::entry(1, "2024-05-01", SUPERSEDED),
        ]
    };
    let others = || vec![authority::entry(1, "2024-05-01", SUPERSEDED)];
    for (points, extensions, entries, expected, why) in [
        (vec![named.clone()], indirect(), Vec::new(), GOOD, "not listed"),
        (vec![named.clone()], indirect(), mine(), because(Reason::Superseded), "the entry's issuer sticks (CL-6)"),
        (vec![named.clone()], indirect(), others(), GOOD, "an entry of the list's own issuer is another's"),
        (vec![named], vec![authority::number(1)], Vec::new(), None, "not said to be indirect (CL-2)"),
        (Vec::new(), indirect(), Vec::new(), None, "not named by the certificate"),
    ] {
        let mut town = Town::with(points);
        let issuer = list_issuer(&mut town, "Lists");
        town.add_crl(&town.root.crl(&List::default()));
        town.add_crl(&issuer.crl(&List { entries, extensions, ..List::default() }));
        town.assert_said(expected, why);
    }
}

// --- OCSP --------------------------------------------------------------------------------------------------------

#[test]
fn the_issuer_and_its_delegates_may_answer_and_unknown_is_not_good() {
    let mut town = Town::new();
    let ca = Party::root("CA", 2);
    town.answer(&ca, &Answer { status: der::encode(der::context(2), &[]), ..Answer::default() });
    town.assert_said(None, "unknown (OC-8)");
    town.answer(&ca, &Answer::default());
    assert!(!town.data()[0].delegated);
    town.answer(&ca, &Answer { status: authority::revoked("2024-05-01", SUPERSEDED), ..Answer::default() });
    town.assert_said(because(Reason::Superseded), "revoked wins");

    let mut town = Town::new();
    let earlier = authority::extension(authority::INVALIDITY, true, &authority::time("2024-03-01"));
    let status = der::encode(der::context_constructed(1), &[&authority::time("2024-05-01")]);
    let reason = authority::extension(authority::REASON, false, &[der::ENUMERATED, 1, SUPERSEDED]);
    town.answer(&ca, &Answer { status, extensions: vec![earlier, reason], ..Answer::default() });
    let said = town.said().and_then(Says::withdrawn);
    let since = "2024-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(said, Some((since, Reason::Superseded)), "extensions of list entries count in answers (RFC 6960 4.4.5)");

    let mut town = Town::new();
    let delegate = town.delegate(30, "Responder", &[authority::extension(authority::NO_CHECK, false, &[der::NULL, 0])]);
    town.answer(&delegate, &Answer::default());
    town.assert_said(GOOD, "a delegate that need not be checked");
    assert!(town.data()[0].delegated);
}

#[test]
fn whoever_else_answers_is_not_heard() {
    let no_check = || authority::extension(authority::NO_CHECK, false, &[der::NULL, 0]);
    let mut town = Town::new();
    let unentitled = Draft { serial: 31, subject: "Responder", key: 31, ..Draft::default() };
    let extensions = vec![authority::usage(0), no_check()];
    let unentitled = town.ca.issue(&Draft { extensions, ..unentitled });
    town.answer(&unentitled, &Answer::default());
    let other = Party::root("CA", 9);
    let extensions = vec![authority::usage(0), authority::ocsp_signing(), no_check()];
    let other = other.issue(&Draft { serial: 32, subject: "Responder 2", key: 32, extensions, ..Draft::default() });
    town.answer(&other, &Answer::default());
    let late = vec![authority::usage(0), authority::ocsp_signing(), no_check()];
    let late =
        Draft { serial: 33, subject: "R 3", key: 33, not_after: "2024-05-31", extensions: late, ..Draft::default() };
    let late = town.ca.issue(&late);
    town.answer(&late, &Answer::default());
    town.assert_said(None, "no purpose; another key of the same name; expired when it answered (OC-3, OC-5)");
}

#[test]
fn a_certificate_does_not_answer_for_itself() {
    let no_check = authority::extension(authority::NO_CHECK, false, &[der::NULL, 0]);
    let mut town = Town::with(vec![authority::ocsp_signing(), no_check]);
    let itself = town.person.certificate.clone();
    let person = town.ca.issue(&Draft {
        extensions: vec![
            authority::usage(0),
            authority::ocsp_signing(),
            authority::extension(authority::NO_CHECK, false, &[der::NULL, 0]),
        ],
        ..Draft::default()
    });
    assert_eq!(person.certificate, itself);
    town.answer(&person, &Answer::default());
    town.assert_said(None, "OC-5");
}

#[test]
fn a_delegate_is_itself_asked_about() {
    let mut town = Town::new();
    let delegate = town.delegate(30, "Responder", &[]);
    town.answer(&delegate, &Answer::default());
    town.assert_said(None, "nothing is known of the delegate (OC-11)");
    town.answer_about(&Party::root("CA", 2), &delegate.certificate, &Answer::default());
    town.assert_said(GOOD, "the CA says that the delegate is good");
    let revoked = Answer { status: authority::revoked("2024-05-01", SUPERSEDED), ..Answer::default() };
    town.answer_about(&Party::root("CA", 2), &delegate.certificate, &revoked);
    town.assert_said(None, "the delegate had been revoked when it answered");

    let mut town = Town::new();
    let delegate = town.delegate(30, "Responder", &[]);
    town.answer(&delegate, &Answer { status: authority::revoked("2024-05-01", SUPERSEDED), ..Answer::default() });
    town.assert_said(because(Reason::Superseded), "what says revoked is kept");
    assert_eq!(town.data()[0].warnings[0].code, "OC-11", "with the doubt stated");
}

#[test]
fn delegates_do_not_vouch_for_one_another_in_a_circle_or_without_end() {
    let mut town = Town::new();
    let (first, second) = (town.delegate(30, "First", &[]), town.delegate(31, "Second", &[]));
    town.answer(&first, &Answer::default());
    town.answer_about(&second, &first.certificate, &Answer::default());
    town.answer_about(&first, &second.certificate, &Answer::default());
    town.assert_said(None, "each other's word");

    for (links, expected) in [(3, GOOD), (4, None)] {
        let mut town = Town::new();
        let chain: Vec<Party> = (0..links).map(|n| town.delegate(30 + n, &format!("Delegate {n}"), &[])).collect();
        town.answer(&chain[0], &Answer::default());
        for pair in chain.windows(2) {
            town.answer_about(&pair[1], &pair[0].certificate, &Answer::default());
        }
        let last = chain.last().unwrap().certificate.clone();
        town.answer_about(&Party::root("CA", 2), &last, &Answer::default());
        town.assert_said(expected, "three deep, no deeper");
    }
}

#[test]
fn of_an_expired_certificate_only_a_responder_that_keeps_records_can_speak() {
    let ca = Party::root("CA", 2);
    let cutoff = |since| vec![authority::extension(authority::ARCHIVE_CUTOFF, false, &authority::time(since))];
    for (extensions, expected) in [(Vec::new(), None), (cutoff("2024-05-16"), None), (cutoff("2024-05-15"), GOOD)] {
        let mut town = Town::of(&Draft { not_after: "2024-05-15", ..Draft::default() });
        town.answer(&ca, &Answer { extensions, ..Answer::default() });
        town.assert_said(expected, "OC-10");
    }
    let mut town = Town::of(&Draft { not_after: "2024-05-15", ..Draft::default() });
    town.answer(&ca, &Answer { status: authority::revoked("2024-05-01", SUPERSEDED), ..Answer::default() });
    town.assert_said(because(Reason::Superseded), "revoked is revoked");
}

#[test]
fn when_the_budget_is_spent_nothing_is_said() {
    let mut town = Town::new();
    town.list(&List::default());
    let budget = Budget { signature_checks_max: 0, ..Budget::STANDARD };
    assert_eq!(town.ask(0, budget).map(|data| data.len()), Err(Exhausted::SignatureChecks(0)));
}
